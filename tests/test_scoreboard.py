"""The scoreboard of lesson 5.1: the distance that needs no discriminator, the entrants, what was stored."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

import lesson_source
from course_lib import losses, plots, results, scoreboard
from course_lib.models import gan, matching

pytestmark = pytest.mark.backends

numpy = ops.convert_to_numpy
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (64, 8, 8, 1)).astype("uint8")
LESSON = Path(__file__).parents[1] / "chapters/05_comparisons/1_one_scoreboard.py"


def small_generator(seed=1):
    keras.utils.set_random_seed(seed)
    return gan.dense_generator(4, (8, 8, 1), widths=(16,))


def energy(x, y):
    """Székely's formula, pair by pair."""

    def mean_distance(a, b, different):
        away = np.linalg.norm(a[:, None] - b, axis=2)
        return away.sum() / (len(a) * (len(a) - 1)) if different else away.mean()

    return 2 * mean_distance(x, y, False) - mean_distance(x, x, True) - mean_distance(y, y, True)


def test_mmd_is_the_energy_distance():
    x, y = RNG.normal(size=(7, 5)), RNG.normal(0.5, 2, (9, 5))
    assert float(losses.mmd(x, y)) == pytest.approx(energy(x, y), abs=1e-2)
    assert float(losses.mmd(x, y)) == pytest.approx(float(losses.mmd(y, x)), abs=1e-5)


def test_mmd_is_unbiased():
    same = [float(losses.mmd(RNG.normal(size=(5, 3)), RNG.normal(size=(8, 3)))) for _ in range(300)]
    apart = [float(losses.mmd(RNG.normal(size=(5, 3)), RNG.normal(1, 1, (8, 3)))) for _ in range(50)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(len(same))
    assert min(same) < 0
    assert np.mean(apart) > 0.3


def test_mmd_takes_another_kernel():
    x, y = np.zeros((2, 1)), np.ones((3, 1))
    gaussian = losses.mmd(x, y, lambda squares: ops.exp(-squares))
    assert float(gaussian) == pytest.approx(2 - 2 * np.exp(-1), rel=1e-5)


def test_a_generator_learns_without_an_opponent():
    model = matching.Matching(small_generator(), seed=1)
    model.compile(keras.optimizers.Adam(1e-2))
    white = np.full((64, 8, 8, 1), 255, "uint8")
    history = model.fit(white, batch_size=32, epochs=30, steps_per_epoch=2, verbose=0).history["loss"]
    assert history[-1] < 0.2 * history[0]
    drawn = model.generate(6, seed=2)
    assert drawn.shape == (6, 8, 8, 1) and drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn, model.generate(6, seed=2))
    again = matching.Matching.from_config(model.get_config())
    assert again.average_decay == model.average_decay


def test_the_lessons_step_is_the_librarys():
    names = ("energy_distance", "WithoutOpponent")
    space = {}
    imports = (
        "from keras import ops",
        "from course_lib import training",
        "from course_lib.models import matching",
    )
    exec("\n".join(imports), space)
    exec(lesson_source.definitions(LESSON, *names).replace("784", "64"), space)
    outputs = []
    for kind in (space["WithoutOpponent"], matching.Matching):
        model = kind(small_generator(), seed=1)
        model.compile()
        history = model.fit(PICTURES, batch_size=16, epochs=4, steps_per_epoch=1, verbose=0).history
        outputs.append((history["loss"], model.generate(3)))
    assert outputs[0][0] == pytest.approx(outputs[1][0], rel=1e-4)
    np.testing.assert_allclose(outputs[0][1], outputs[1][1], atol=1e-4)


def test_wgan_gp_trains_and_its_critic_follows_its_loss():
    keras.utils.set_random_seed(1)
    critic = gan.dense_discriminator((8, 8, 1), widths=(16,))
    model = gan.WassersteinGAN(small_generator(), critic, seed=1)
    model.compile()
    history = model.fit(PICTURES, batch_size=16, epochs=2, steps_per_epoch=2, verbose=0).history
    assert np.isfinite(history["d_loss"]).all()
    fake = numpy(model.generator(np.zeros((16, 4), "float32"))) + 0.1
    real = PICTURES[:16].astype("float32") / 127.5 - 1
    loss, _ = model.discriminator_loss(real, fake)
    apart = numpy(critic(fake)).mean() - numpy(critic(real)).mean()
    assert float(loss) >= apart - 1e-4  # the penalty is never below 0
    assert gan.WassersteinGAN.from_config(model.get_config()).penalty_weight == model.penalty_weight


def test_false_alarms_of_equal_entrants_are_what_the_lesson_says():
    space = {"np": np, "stats": stats, "rng": np.random.default_rng(1), "n_tables": 4000}
    exec(lesson_source.definitions(LESSON, "false_alarms"), space)
    for seeds in (3, 5):
        fixed, ranked = space["false_alarms"](np.ones(7), seeds).values()
        assert 0.14 < fixed[0] < 0.25  # one table in five
        assert fixed[1] < 0.05  # by Holm's rule fewer than one in twenty
        assert ranked[0] < 0.05  # neighbours of a ranking are safer
        assert ranked[2] > 0.15  # its ends are the trap


def test_points_grow_and_end_at_the_budget():
    for entrant in scoreboard.ENTRANTS.values():
        points = scoreboard.points_of(entrant.steps)
        assert points == sorted(set(points)) and points[-1] == entrant.steps
        assert not any(point % scoreboard.PER_CALL for point in points)


def test_fitted_codes_have_the_mean_and_covariance_of_the_codes():
    codes = RNG.normal(size=(500, 3)) @ np.array([[2, 0, 0], [1, 1, 0], [0, 0, 0.1]]) + [1, 2, 3]
    drawn = scoreboard.gaussian_codes(codes, 20_000, seed=1)
    np.testing.assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), np.cov(codes, rowvar=False), atol=0.2)


def test_the_table_is_whole():
    table = results.study("scoreboard")
    samples = table["samples"]
    found = {(run["entrant"], run["seed"]) for run in table["runs"]}
    assert found == {(name, seed) for name in scoreboard.ENTRANTS for seed in scoreboard.SEEDS}
    for run in table["runs"]:
        assert run["steps"] == scoreboard.points_of(scoreboard.ENTRANTS[run["entrant"]].steps)
        assert len(run["distance"]) == len(run["seconds"]) == len(run["steps"])
        assert np.isfinite(run["distance"]).all()
        assert (run["bits"] is None) == (run["entrant"] not in ("dense VAE", "row LSTM"))
        assert run["score"]["judge"] == table["judge"]
        assert run["score"]["reference"] == "test" and run["nearest"] > 0
        assert run["untrained"] > run["distance"][-1]
    for name in scoreboard.ENTRANTS:
        assert samples[name].shape == (64, 28, 28, 1) and samples[name].dtype == np.uint8
    for grid in table["grid"]:
        assert [(one["width"], one["depth"]) for one in grid["networks"]] == list(scoreboard.GRID)
        assert all({"frechet", "loss", "nearest"} <= set(one["score"]) for one in grid["networks"])
    assert {grid["pictures"] for grid in table["grid"]} == set(scoreboard.GRID_PICTURES)
    assert set(table["baselines"]) == {"one Gaussian", "the mean picture"}


def test_tables_and_races_are_drawn():
    labels = {"xlabel": "x", "ylabel": "y", "title": "title"}
    drawn = plots.table([[1.0, 2.0]], ["row"], ["one", "two"], [[0.0, 0.9]], **labels)
    texts = [text for text in drawn.axes[0].texts]
    assert [text.get_weight() for text in texts] == ["normal", "bold"]
    with pytest.raises(ValueError, match="1 rows and 1 columns"):
        plots.table([[1.0, 2.0]], ["row"], ["one"], [[0.0, 0.9]], **labels)
    lines = {"a": ([1, 2], [[3.0, 2.0], [4.0, 2.5]]), "b": ([1, 2], [[5.0, 1.0]])}
    strips = {name: np.zeros((3, 8, 8, 1), "uint8") for name in lines}
    figure = plots.race(lines, strips, **labels)
    assert [axes.get_xlabel() for axes in figure.axes] == ["x", ""]
    assert [text.get_text() for text in figure.axes[1].texts] == ["a\n2.2", "b\n1.0"]
