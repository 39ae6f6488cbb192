"""The convolutional networks of models/gan.py and the features of metrics.colour_texture."""

import keras
import numpy as np
import pytest
from keras import ops

import lesson_source
from course_lib import check, data, metrics, results
from course_lib.data import Batches
from course_lib.models import gan
from test_lessons import CHAPTERS, definitions

pytestmark = pytest.mark.backends

SIZES = [((28, 28, 1), (16, 8, 4)), ((32, 32, 3), (16, 8, 8, 4)), ((64, 64, 3), (16, 8, 8, 4, 4))]


@pytest.mark.parametrize(("shape", "widths"), SIZES)
def test_networks_fit_each_other_at_every_size(shape, widths):
    generator = gan.conv_generator(5, shape, widths)
    discriminator = gan.conv_discriminator(shape, widths[::-1])
    pictures = ops.convert_to_numpy(generator(np.ones((2, 5), "float32")))
    assert pictures.shape == (2, *shape)
    assert np.abs(pictures).max() <= 1
    assert discriminator(pictures).shape == (2, 1)


def test_a_size_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="30×28 cannot be halved 2 times"):
        gan.conv_generator(picture_shape=(30, 28, 1))


def test_every_place_is_painted_equally_often():
    """With all weights equal, no checkerboard: inside, neighbours are the same."""
    generator = gan.conv_generator(3, (32, 32, 1), (2, 2, 2, 2))
    generator.set_weights(
        [np.full(w.shape, 0.01 if w.ndim > 1 else 0.0, "float32") for w in generator.get_weights()]
    )
    picture = ops.convert_to_numpy(generator(np.ones((1, 3), "float32")))[0, 8:24, 8:24, 0]
    assert picture.max() > 0
    np.testing.assert_allclose(picture, picture[0, 0], rtol=1e-5)


def test_mixed_precision_leaves_pictures_and_logits_in_float32():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        generator, discriminator = gan.conv_generator(3), gan.conv_discriminator()
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    pictures = generator(np.ones((2, 3), "float32"))
    for output in (pictures, discriminator(pictures)):
        assert keras.backend.standardize_dtype(output.dtype) == "float32"


def test_a_convolutional_gan_trains_on_every_backend():
    keras.utils.set_random_seed(1)
    shape = (8, 8, 3)
    model = gan.GAN(gan.conv_generator(3, shape, (4, 4)), gan.conv_discriminator(shape, (4, 4)), seed=1)
    model.compile()
    before = [w.copy() for w in model.average_generator.get_weights()]
    pictures = np.random.default_rng(0).integers(0, 256, (16, *shape), dtype=np.uint8)
    history = model.fit(Batches(pictures, 8, seed=1), steps_per_epoch=3, verbose=0).history
    assert np.isfinite(history["d_loss"] + history["g_loss"]).all()
    after = model.average_generator.get_weights()
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, after, strict=True))


LESSON = "01_gan/2_convolutions_that_draw.py"


@pytest.mark.tensorflow  # as lessons are
def test_the_lessons_networks_are_the_librarys():
    """So that shipped weights fit the networks that a learner builds."""
    lesson = definitions(LESSON, "small_generator", "small_discriminator")
    for built, library in (
        (lesson["small_generator"](), gan.conv_generator()),
        (lesson["small_discriminator"](), gan.conv_discriminator()),
    ):
        assert [w.shape for w in built.weights] == [w.shape for w in library.weights]
        kinds = [[type(layer).__name__ for layer in network.layers] for network in (built, library)]
        assert kinds[0] == kinds[1]


@pytest.mark.tensorflow  # as lessons are
def test_the_lessons_average_is_the_librarys():
    follow = definitions(LESSON, "follow")["follow"]
    model = gan.GAN(gan.conv_generator(3, (8, 8, 1), (4, 4)), gan.conv_discriminator((8, 8, 1), (4, 4)))
    model.compile()
    average = model.average_generator.get_weights()
    pictures = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), dtype=np.uint8)
    for step in range(3):
        model.fit(Batches(pictures, 8, seed=1), steps_per_epoch=1, verbose=0)
        weights = model.generator.get_weights()
        average = [follow(a, w, step, model.average_decay) for a, w in zip(average, weights, strict=True)]
    for ours, library in zip(average, model.average_generator.get_weights(), strict=True):
        np.testing.assert_allclose(ours, library, atol=1e-6)


@pytest.mark.tensorflow  # as lessons are
def test_the_lesson_turns_one_knob_a_row():
    """A row that changed two settings would not say which of them it was."""
    lesson = lesson_source.namespace(CHAPTERS / LESSON, {"pictures", "USUAL_NETWORKS", "OURS", "KNOBS"})
    together = {"usual settings", "usual networks and settings"}
    for name, (changed, _) in lesson["KNOBS"].items():
        settings = lesson["OURS"] | changed
        if name not in together:
            assert len(changed) == (name != "small")
        ours, rate = (adam().get_config() for adam in (lesson["OURS"]["adam"], settings["adam"]))
        differ = {
            key for key in ("learning_rate", "beta_1", "beta_2") if ours[key] != pytest.approx(rate[key])
        }
        assert name in together or differ in (set(), {"learning_rate"}, {"beta_1", "beta_2"})
    seeds = results.study("one_knob")["seeds"]
    assert [one["seed"] for one in seeds] == [1, 2, 3]
    assert all(set(lesson["KNOBS"]) <= set(one["knobs"]) for one in seeds)


@pytest.mark.tensorflow  # as lessons are
def test_a_weave_is_measured_by_its_strength():
    weave = definitions(LESSON, "weave", data=data)["weave"]
    rows, columns = np.indices((8, 8))
    flat = np.full((1, 8, 8, 3), 0.25)
    assert weave(flat) == pytest.approx([0])
    for sign in ((-1.0) ** rows, (-1.0) ** columns, (-1.0) ** (rows + columns)):
        assert weave(flat + 2 / 127.5 * sign[None, :, :, None]) == pytest.approx([2])
    shade = np.broadcast_to(np.linspace(0, 70, 8)[None, :, None, None], (1, 8, 8, 3)).astype("uint8")
    assert weave(shade) == pytest.approx([0])  # a slope is no weave


# -- colour and texture -------------------------------------------------------------------------------


def test_colour_and_texture_of_a_flat_picture():
    flat = np.broadcast_to(np.array([-1, 0, 0.5]), (2, 8, 8, 3))
    features = metrics.colour_texture(flat, blocks=2)
    assert features.shape == (2, 24)
    np.testing.assert_allclose(features[:, :12], np.tile([-1, 0, 0.5], (2, 4)))
    np.testing.assert_allclose(features[:, 12:], 0)


def test_colour_is_the_blocks_mean_and_texture_sees_detail():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (1, 8, 8, 1), dtype=np.uint8)
    features = metrics.colour_texture(picture, blocks=2)[0]
    signed = picture / 127.5 - 1
    np.testing.assert_allclose(features[1], signed[0, :4, 4:].mean())
    np.testing.assert_allclose(features, metrics.colour_texture(signed, blocks=2)[0])
    faint = metrics.colour_texture(0.1 * signed, blocks=2)[0]
    np.testing.assert_allclose(faint[4:], 0.1 * features[4:])


def test_texture_is_the_root_mean_square_step():
    stripes = np.tile([-1.0, 1.0], (1, 8, 4))[..., None]  # a step of 2 between all neighbours in a row
    texture = metrics.colour_texture(stripes, blocks=1)[0, 1]
    assert texture == pytest.approx(np.sqrt(7 / 8 * 4 / 2))


@pytest.mark.parametrize("shape", [(2, 8, 8), (2, 9, 8, 3), (2, 8, 10, 3)])
def test_pictures_that_do_not_divide_are_refused(shape):
    with pytest.raises(ValueError, match="sides 4 divides"):
        metrics.colour_texture(np.zeros(shape))


def test_a_setting_over_the_budget_is_refused_before_it_trains(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    mark, hint, _ = check.beat_the_table.grade(lambda: {"batch": 256, "steps": 1000, "rate": 2e-3})
    assert mark == "✗" and "the work is over 5500" in hint


@pytest.mark.tensorflow
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("setting", "mark"),
    [
        (check.beat_the_table.answer(), "✓"),
        ({"batch": 32, "steps": 150, "rate": 2e-3}, "✗"),
        ({"batch": 8, "steps": 440, "rate": 1e-4}, "✗"),
    ],
)
def test_the_table_is_beaten_by_some_settings(setting, mark, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    assert check.beat_the_table.grade(lambda: setting)[0] == mark
