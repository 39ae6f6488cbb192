"""The painter: nobody hears itself, probabilities are exact, and what is drawn follows them."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import lesson_source
from course_lib import check, losses, training
from course_lib.models import rows

pytestmark = pytest.mark.backends

LESSON = Path(__file__).resolve().parents[1] / "chapters/03_rnn/3_completing_and_restoring.py"
numpy = ops.convert_to_numpy
LEVELS = np.linspace(-1, 1, 256, dtype="float32")
SIZE = 8  # rows and columns
PICTURES = LEVELS[np.random.default_rng(0).integers(0, 256, (24, SIZE, SIZE, 1))]


def small(seed=1, reach=3):
    keras.utils.set_random_seed(seed)
    network = rows.pixel_network(inputs=reach + 2 + 7, width=8, components=2)
    return rows.RowPainter(rows.memory(6, 2, (SIZE, SIZE, 1)), network, reach=reach, seed=seed)


def test_before_and_row_above_look_where_they_say():
    numbers = np.arange(20, dtype="float32").reshape(1, 4, 5, 1)
    left = numpy(rows.before(numbers, 2))
    assert left.shape == (1, 4, 5, 2)
    assert left[0, 1].tolist() == [[0, 0], [5, 0], [6, 5], [7, 6], [8, 7]]
    above = numpy(rows.row_above(numbers, 1))
    assert above.shape == (1, 4, 5, 3)
    assert (above[0, 0] == 0).all()
    assert above[0, 2].tolist() == [[0, 5, 6], [5, 6, 7], [6, 7, 8], [7, 8, 9], [8, 9, 0]]


@pytest.mark.parametrize("place", [(0, 0), (0, 7), (4, 0), (5, 4), (7, 7)])
def test_a_pixel_hears_those_before_it_and_no_other(place):
    model, (row, column) = small(), place

    def said(pictures):  # what is said at the place, one number a picture
        return ops.sum(model.parameters(pictures)[:, row, column], axis=-1)

    slope = numpy(training.gradient(said, PICTURES[:2]))
    heard = (slope != 0).any(axis=(0, 3)).ravel()
    here = row * SIZE + column
    assert not heard[here:].any()
    near = [(row, column - k) for k in (1, 2, 3)] + [(row - 1, column + k) for k in range(-3, 4)]
    near += [(r, c) for r in range(max(row - 3, 0), row) for c in range(SIZE)]
    for r, c in near:
        if r >= 0 and 0 <= c < SIZE:
            assert heard[r * SIZE + c]


def test_a_change_moves_no_statement_at_its_place_or_before():
    model = small()
    before = numpy(model.parameters(PICTURES[:1]))
    for row, column in ((0, 0), (3, 7), (5, 3), (7, 7)):
        changed = PICTURES[:1].copy()
        changed[0, row, column] = -0.9 * changed[0, row, column] + 0.05
        differs = np.abs(numpy(model.parameters(changed)) - before).max(axis=-1).ravel() > 1e-7
        assert not differs[: row * SIZE + column + 1].any()


def test_the_levels_of_a_mixture_add_up_to_one():
    rng = np.random.default_rng(2)
    logits, means = rng.normal(0, 3, (1, 1, 40, 3)), rng.normal(0, 1.2, (1, 1, 40, 3))
    log_scales = rng.uniform(-7, 1, (1, 1, 40, 3))
    every = np.tile(LEVELS[:, None, None, None], (1, 1, 40, 1))
    parameters = [np.repeat(x, 256, axis=0) for x in (logits, means, log_scales)]
    mass = np.exp(numpy(losses.mixture_of_logistics(every, *parameters)))
    assert mass.shape == (256, 1, 40)
    np.testing.assert_allclose(mass.sum(axis=0), 1, atol=2e-4)


def test_a_mixture_of_one_is_the_logistic():
    mean, log_scale = np.full(PICTURES.shape, 0.2, "float32"), np.full(PICTURES.shape, -1.5, "float32")
    mixed = numpy(losses.mixture_of_logistics(PICTURES, 7 + 0 * mean, mean, log_scale))
    alone = numpy(losses.discretised_logistic_log_likelihood(PICTURES, mean, log_scale))
    np.testing.assert_allclose(mixed.sum(axis=(1, 2)), alone, rtol=1e-5)


def test_shares_weigh_the_components():
    logits = np.log(np.array([[[[0.25, 0.75]]]]))
    means, log_scales = np.array([[[[-1.5, 1.5]]]]), np.full((1, 1, 1, 2), -5.0)
    for level, share in ((-1, 0.25), (1, 0.75)):
        mass = numpy(losses.mixture_of_logistics(np.full((1, 1, 1, 1), level), logits, means, log_scales))
        assert np.exp(mass) == pytest.approx(share, abs=1e-5)


def test_what_is_drawn_follows_the_probabilities():
    rng = np.random.default_rng(3)
    n = 40_000
    logits, means, log_scales = [0.5, 0.0, -1.0], [-1.02, 0.1, 0.9], [-4.0, -2.0, -3.0]
    tiled = [np.tile(np.array(x), (n, 1)) for x in (logits, means, log_scales)]
    drawn = rows.draw_pixel(*tiled, *rng.random((2, n)))
    numbers = np.rint((drawn + 1) * 127.5).astype(int)
    np.testing.assert_allclose(numbers / 127.5 - 1, drawn, atol=1e-12)
    repeated = [np.tile(np.array(x), (256, 1, 1, 1)) for x in (logits, means, log_scales)]
    mass = np.exp(numpy(losses.mixture_of_logistics(LEVELS.reshape(256, 1, 1, 1), *repeated))).ravel()
    found = np.bincount(numbers, minlength=256) / n
    np.testing.assert_allclose(np.cumsum(found), np.cumsum(mass), atol=0.01)


def test_training_makes_pictures_more_probable():
    model = small()
    dark = np.ones((16, SIZE, SIZE, 1)) / 2 - 1.5 * (np.arange(SIZE) < 3).reshape(SIZE, 1, 1)
    dark = dark.astype("float32")
    before = model.log_likelihood(dark)
    assert before.shape == (16, SIZE, SIZE) and (before <= 0).all()
    model.compile(keras.optimizers.Adam(0.02))
    loss = model.fit(dark, batch_size=16, epochs=30, verbose=0).history["loss"]
    assert loss[0] == pytest.approx(-before.sum(axis=(1, 2)).mean(), rel=1e-3)
    assert loss[-1] < 0.7 * loss[0]
    assert -model.log_likelihood(dark).sum() < -before.sum()


def test_painting_keeps_what_is_given_and_looks_at_nothing_else():
    model = small()
    painted = model.paint(PICTURES[:3], first_row=6, seed=4)
    assert painted.shape == (3, SIZE, SIZE, 1) and painted.dtype == np.float32
    np.testing.assert_array_equal(painted[:, :6], PICTURES[:3, :6])
    levels = (painted[:, 6:] + 1) * 127.5
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
    assert np.abs(painted).max() <= 1
    other = PICTURES[:3].copy()
    other[:, 6:] *= -0.5
    np.testing.assert_array_equal(model.paint(other, first_row=6, seed=4), painted)
    assert (model.paint(PICTURES[:3], first_row=6, seed=5) != painted).any()


def test_painting_follows_the_network():
    """A network that says one grey, and is sure, paints that grey; its pixels hear the ones just painted."""
    model = small()
    *_, last = model.pixel.layers
    last.kernel.assign(np.zeros(last.kernel.shape))
    last.bias.assign([0, 0, 0.2, 0.2, -9, -9])
    painted = model.paint(PICTURES[:2], first_row=7)
    np.testing.assert_allclose(painted[:, 7], np.rint(1.2 * 127.5) / 127.5 - 1, atol=0.02)
    loud = model.paint(PICTURES[:2], first_row=7, choose=lambda *a: np.full(2, 0.25))
    assert (loud[:, 7] == 0.25).all()
    heard = []

    def listen(logits, means, log_scales, chance, place):
        heard.append(means[0, 0])
        return np.where(len(heard) == 5, 1.0, -1.0) * np.ones(2)

    model = small()
    model.paint(PICTURES[:1].repeat(2, axis=0), first_row=7, choose=listen)
    painted = model.paint(PICTURES[:1].repeat(2, axis=0), 7, choose=lambda *a: -np.ones(2))
    said = numpy(model.mixture(model.parameters(painted))[1])[0, 7, :, 0]
    np.testing.assert_allclose(heard[:5], said[:5], atol=1e-5)
    assert np.abs(np.array(heard)[5:] - said[5:]).max() > 1e-4


def test_temperature_narrows_what_is_drawn():
    model = small()
    repeated = np.repeat(PICTURES[:1], 60, axis=0)
    spread = [model.paint(repeated, 7, temperature=t)[:, 7].std(axis=0).mean() for t in (0.2, 1.0)]
    assert spread[0] < 0.7 * spread[1]


@pytest.mark.parametrize("row", [-1, 8])
def test_a_row_that_does_not_exist_is_named(row):
    with pytest.raises(ValueError, match="rows 0 to 7"):
        small().paint(PICTURES[:1], first_row=row)


def test_a_saved_painter_says_the_same(tmp_path):
    model = small()
    model.compile()
    model.save(tmp_path / "painter.keras")
    custom = {"RowPainter": rows.RowPainter, "Optimizers": training.Optimizers}
    again = keras.saving.load_model(tmp_path / "painter.keras", custom_objects=custom)
    assert again.reach == model.reach
    np.testing.assert_allclose(
        model.log_likelihood(PICTURES[:2]), again.log_likelihood(PICTURES[:2]), rtol=1e-5, atol=1e-6
    )


def test_the_lessons_draw_takes_the_last_component_where_shares_round_below_one():
    draw = lesson_source.namespace(LESSON, ())["draw_pixel"]
    logits = np.random.default_rng(1).normal(size=(200, 7)).astype("float32")
    means = np.tile(np.linspace(-1, 1, 7, dtype="float32"), (200, 1))
    chance, place = np.full(200, np.nextafter(1, 0)), np.full(200, 0.5)
    assert (draw(logits, means, np.full((200, 7), -9, "float32"), chance, place) == 1).all()


def test_a_budget_lasts_for_more_steps_of_a_smaller_network():
    found = [check.rows.steps_of({"reach": 10, "width": width}) for width in (256, 96, 32, 8)]
    assert found == [20, 125, 600, 600]


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({}, ""),
        ({"reach": 10, "width": 96, "rate": 0.003}, "narrower network"),
        ({"rate": 0.0005}, "look at the rate"),
    ],
)
def test_a_small_painter_is_judged_by_its_bits(change, part, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    setting = check.small_painter.answer() | change
    mark, hint, _ = check.small_painter.grade(lambda: setting)
    assert (mark, part in hint) == ("✗" if part else "✓", True)
