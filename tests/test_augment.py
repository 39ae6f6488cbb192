"""Augmentation through which a gradient flows, and conditional GANs (lesson 01_gan/4)."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import augment, training
from course_lib.data import Batches
from course_lib.models import gan

pytestmark = pytest.mark.backends

PICTURES = np.random.default_rng(0).uniform(-1, 1, (3, 16, 24, 2)).astype("float32")


def numpy_shift(picture, down, right):
    """What a loop over the pixels makes of it."""
    moved = np.zeros_like(picture)
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            if 0 <= row - down < picture.shape[0] and 0 <= column - right < picture.shape[1]:
                moved[row, column] = picture[row - down, column - right]
    return moved


def test_translate_moves_whole_pixels_and_fills_with_grey():
    amounts = np.array([[0.0, 0.999], [0.5, 0.5], [0.999, 0.2]], "float32")  # reach: 2 rows, 3 columns
    moved = ops.convert_to_numpy(augment.translate(PICTURES, amounts))
    for picture, result, (down, right) in zip(PICTURES, moved, [(-2, 3), (0, 0), (2, -2)], strict=True):
        np.testing.assert_array_equal(result, numpy_shift(picture, down, right))


def test_all_shifts_within_reach_are_equally_likely():
    amounts = np.stack([np.linspace(0, 1, 500, endpoint=False)] * 2, axis=1).astype("float32")
    rows = np.broadcast_to(np.arange(1.0, 17)[None, :, None, None], (500, 16, 16, 1)).astype("float32")
    moved = ops.convert_to_numpy(augment.translate(rows, amounts))
    shifts, counts = np.unique(8 + 1 - moved[:, 8, 8, 0], return_counts=True)
    np.testing.assert_array_equal(shifts, [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(counts, 100)


def test_cut_out_covers_half_the_sides_and_nothing_else():
    white = np.ones((2, 16, 24, 1), "float32")
    covered = ops.convert_to_numpy(augment.cut_out(white, np.array([[0.5, 0.5], [0.0, 0.0]], "float32")))[
        ..., 0
    ]
    expected = np.ones((16, 24))
    expected[4:12, 6:18] = 0
    np.testing.assert_array_equal(covered[0], expected)
    assert (covered[1] == 0).sum() == 4 * 6  # a corner: a quarter of the square is inside


@pytest.mark.parametrize("change", [augment.translate, augment.cut_out])
def test_gradient_goes_where_the_pixels_went(change):
    places = np.array([[0.1, 0.9], [0.5, 0.5], [0.8, 0.3]], "float32")
    weights = np.random.default_rng(1).normal(size=PICTURES.shape).astype("float32")
    slope = training.gradient(lambda x: ops.sum(ops.multiply(change(x, places), weights)), PICTURES)
    # Both are linear: the value is the inner product of the pictures and the gradient.
    value = np.sum(ops.convert_to_numpy(change(PICTURES, places)) * weights)
    np.testing.assert_allclose(np.sum(ops.convert_to_numpy(slope) * PICTURES), value, rtol=1e-4)


def tiny(augmented=False, seed=1):
    """A conditional GAN on pictures of 8×8 with three labels."""
    keras.utils.set_random_seed(seed)
    shape = (8, 8, 3)
    model = gan.GAN(
        gan.conditional_generator(3, 4, shape, (6, 5, 4)),
        gan.conditional_discriminator(3, shape, (4, 6), features=5),
        augmented=augmented,
        seed=seed,
    )
    model.compile()
    return model


@pytest.mark.parametrize(
    ("shape", "widths"), [((32, 32, 3), (8, 6, 4, 4, 2)), ((64, 64, 3), (8, 6, 4, 4, 2, 2))]
)
def test_conditional_networks_fit_each_other(shape, widths):
    generator = gan.conditional_generator(3, 4, shape, widths)
    discriminator = gan.conditional_discriminator(3, shape, (2, 3), features=4)
    latents, labels = np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2]
    pictures = ops.convert_to_numpy(generator([latents, labels]))
    assert pictures.shape == (2, *shape)
    assert np.abs(pictures).max() <= 1
    assert np.abs(pictures[0] - pictures[1]).max() > 0  # the labels count
    assert discriminator([pictures, labels]).shape == (2, 1)


def test_projection_is_what_the_lesson_writes_down():
    discriminator = gan.conditional_discriminator(3, (8, 8, 3), (4, 6), features=5)
    pictures = np.random.default_rng(2).uniform(-1, 1, (4, 8, 8, 3)).astype("float32")
    labels = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0], [1, 1, 1]], "float32")
    inside = keras.Model(discriminator.inputs, discriminator.get_layer("features").output)
    h = ops.convert_to_numpy(inside([pictures, labels]))
    weight, bias = discriminator.get_layer("real").get_weights()
    (embedding,) = discriminator.get_layer("embedding").get_weights()
    expected = (h * (weight[:, 0] + labels @ embedding)).sum(1) + bias[0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(discriminator([pictures, labels]))[:, 0], expected, rtol=1e-4, atol=1e-5
    )


def test_conditional_gan_trains_and_repeats_itself():
    pictures = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), dtype=np.uint8)
    labels = np.eye(3, dtype="float32")[np.arange(16) % 3]
    ends = []
    for _ in range(2):
        model = tiny(augmented=True)
        log = model.fit(Batches((pictures, labels), 8, seed=1), steps_per_epoch=3, verbose=0).history
        assert np.isfinite([log[name][-1] for name in model.log_names]).all()
        ends.append(model.generate(3, seed=0, labels=labels[:3]))
    np.testing.assert_array_equal(*ends)
    assert ends[0].shape == (3, 8, 8, 3)
    assert np.abs(model.generate(3, seed=0, labels=labels[::-1][:3]) - ends[0]).max() > 0


def test_augmentation_is_part_of_the_config():
    model = tiny(augmented=True)
    assert gan.GAN.from_config(model.get_config()).augmented


def test_augmented_discriminator_sees_changed_pictures():
    model = tiny(augmented=True)
    white = np.ones((8, 8, 8, 3), "float32")
    seen = ops.convert_to_numpy(model.seen(white))
    assert (seen == 0).any(axis=(1, 2, 3)).all()
    assert seen.shape == white.shape
    np.testing.assert_array_equal(tiny().seen(white), white)


def test_a_conditional_picture_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="30×28 cannot be halved 2 times"):
        gan.conditional_generator(3, picture_shape=(30, 28, 1), widths=(4, 4, 4, 2))


def test_losses_of_a_subclass_for_pictures_alone_need_no_labels():
    class Own(gan.GAN):
        def discriminator_loss(self, real, fake):
            return super().discriminator_loss(real, fake)

        def generator_loss(self, fake):
            return super().generator_loss(fake)

    shape = (8, 8, 3)
    model = Own(gan.conv_generator(3, shape, (4, 4)), gan.conv_discriminator(shape, (4, 4)), seed=1)
    model.compile()
    pictures = np.random.default_rng(0).integers(0, 256, (16, *shape), dtype=np.uint8)
    log = model.fit(Batches(pictures, 8, seed=1), steps_per_epoch=2, verbose=0).history
    assert np.isfinite([log[name][-1] for name in model.log_names]).all()
