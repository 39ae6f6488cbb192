"""From one kind of picture to another: a generator that is given a picture, and its judge of pairs.

Isola, Zhu, Zhou and Efros, *Image-to-image translation with conditional adversarial networks* (pix2pix),
CVPR 2017, 1611.07004. Here the given picture is an outline, ink (-1) on paper (+1).
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from course_lib import losses, training
from course_lib.models.gan import Adversaries


def patch_discriminator(
    outline_shape=(28, 28, 1), channels: int = 1, widths=(32, 64, 96), sees_outline: bool = True
) -> keras.Model:
    """A logit for each patch of a picture: is it real, and does it belong to its outline?

    Every width but the last halves the sides with a convolution of 4×4; the last one, 3×3, and the
    logits, 1×1, keep them. So each logit depends on a patch only (pix2pix's PatchGAN).

    Args:
        outline_shape, channels: of outlines and pictures.
        widths: filters of each convolution.
        sees_outline: whether it takes `[outlines, pictures]`, or pictures alone.
    """
    rows, columns, _ = outline_shape
    picture = keras.Input((rows, columns, channels), name="picture")
    outline = keras.Input(outline_shape, name="outline")
    x = layers.Concatenate()([outline, picture]) if sees_outline else picture
    for filters in widths[:-1]:
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    x = layers.LeakyReLU(0.2)(layers.Conv2D(widths[-1], 3, padding="same")(x))
    logits = layers.Conv2D(1, 1, dtype="float32")(x)
    return keras.Model([outline, picture] if sees_outline else picture, logits, name="discriminator")


def with_noise(outlines, latents):
    """Outlines `(batch, h, w, 1)` and latents `(batch, k)` as one tensor `(batch, h, w, 1 + k)`."""
    ones = ops.ones_like(ops.cast(outlines, "float32"))
    return ops.concatenate([outlines, ones * latents[:, None, None, :]], axis=-1)


def sloppy(lines, chance, wobble_down, wobble_right, gaps):
    """Drawings as a hand might make them of the lines that were found: fewer, thicker, crooked, torn.

    Args:
        lines: `(batch, h, w, 1)` in [-1, 1], how strong a line runs through each pixel
            (`data.outlines.find`, as `data.Batches` passes it on).
        chance: `(batch, 3)` in [0, 1): which lines are strong enough, how many gaps, whether thick.
        wobble_down, wobble_right: `(batch, k)` standard normal; how far lines are moved at k places
            from left to right, and from top to bottom.
        gaps: `(batch, rows, columns, 1)` in [0, 1): blocks of the picture in which lines may be missing.

    Returns:
        `(batch, h, w, 1)`: -1 where there is ink, +1 on paper.
    """
    _, height, width, _ = lines.shape
    faintest, share, thick = (ops.reshape(chance[:, i], (-1, 1, 1, 1)) for i in range(3))
    ink = ops.cast(lines > 1.95 * faintest - 0.98, "float32")
    # Whole columns slide up or down, whole rows left or right, neighbours alike.
    ink = _slide(ink, _smooth(wobble_down, width) * height / 50, axis=1)
    ink = _slide(ink, _smooth(wobble_right, height) * width / 50, axis=2)
    missing = ops.cast(gaps < 0.25 * share, "float32")
    for axis, size in ((1, height), (2, width)):
        missing = ops.repeat(missing, size // gaps.shape[axis], axis=axis)
    ink = ink * (1 - missing)
    ink = ops.where(thick > 0.5, ops.max_pool(ink, 2, strides=1, padding="same"), ink)
    return 1 - 2 * ink


def _smooth(values, size):
    """`(batch, k)` numbers as `(batch, size)`, joined by straight lines."""
    places = np.linspace(0, values.shape[1] - 1, size)
    weights = np.maximum(0, 1 - np.abs(places[None] - np.arange(values.shape[1])[:, None]))
    return ops.matmul(values, weights.astype("float32"))


def _slide(ink, steps, axis):
    """Moves column j (axis 1) or row j (axis 2) of `(batch, h, w, 1)` by `steps[:, j]`, rounded."""
    size = ink.shape[axis]
    steps = ops.expand_dims(ops.expand_dims(ops.cast(ops.round(steps), "int32"), axis), -1)
    places = ops.reshape(ops.arange(size, dtype="int32"), (1, -1, 1, 1) if axis == 1 else (1, 1, -1, 1))
    places = ops.clip(places - steps, 0, size - 1)
    return ops.take_along_axis(ink, places, axis=axis)


def clean(lines):
    """Drawings of all lines of at least medium strength, exactly where they were found."""
    return ops.where(lines > -0.2, -1.0, 1.0)


class Translator(Adversaries):
    """A generator that paints outlines, and a discriminator that compares pairs (pix2pix, 1611.07004).

    Trained on `(lines, pictures)`; called on outlines it returns pictures, painted with the moving average of
    the generator's weights.

    Args:
        generator: a model from outlines `(batch, h, w, 1 + k)` to pictures, such as `unet.unet`; k channels
            more than an outline has are filled with noise, a number a channel and picture.
        discriminator: a model from `[outlines, pictures]`, or pictures alone, to logits of any shape;
            None leaves the mean absolute error as the only loss.
        pixel_weight: lambda, how much the mean absolute error counts beside the adversary.
        by_hand: whether it trains on `sloppy` drawings of the lines, or on `clean` ones.
        average_decay: as in `gan.GAN`.
        seed: of everything random in training.
    """

    log_names = ("d_loss", "g_loss", "pixel_error")
    saved = ("generator", "discriminator", "pixel_weight", "by_hand", "average_decay")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None,
        pixel_weight: float = 100.0,
        by_hand: bool = True,
        average_decay: float = 0.999,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.average_generator = training.moving_average_of(generator)
        self.pixel_weight = pixel_weight
        self.by_hand = by_hand
        self.average_decay = average_decay
        self.noise_size = generator.inputs[0].shape[-1] - 1
        self.built = True

    def discriminators(self):
        return None if self.discriminator is None else super().discriminators()

    def call(self, inputs, training=False):
        return ops.clip(self.average_generator(inputs, training=False), -1, 1)

    def outlines(self, lines):
        """The drawings of one training step."""
        if not self.by_hand:
            return clean(lines)
        batch, (height, width) = ops.shape(lines)[0], lines.shape[1:3]
        return sloppy(
            lines,
            self.uniform_noise((batch, 3)),
            self.noise((batch, 6)),
            self.noise((batch, 6)),
            self.uniform_noise((batch, height // 4, width // 4, 1)),
        )

    def step(self, batch):
        lines, pictures = batch
        outlines = self.outlines(lines)
        inputs = outlines
        if self.noise_size:
            inputs = with_noise(outlines, self.noise((ops.shape(lines)[0], self.noise_size)))

        def generate():
            return self.generator(inputs, training=True)

        def g_loss_of(painted):
            return self.generator_loss(outlines, pictures, painted)

        if self.discriminator is None:
            g_loss = self.minimize(lambda: g_loss_of(generate()), self.g_optimizer, self.generators())
            logs = {"d_loss": 0.0 * g_loss, "g_loss": g_loss, "pixel_error": g_loss / self.pixel_weight}
        else:
            (d_loss, error), g_loss = self.compete(
                generate, lambda painted: self.discriminator_loss(outlines, pictures, painted), g_loss_of
            )
            logs = {"d_loss": d_loss, "g_loss": g_loss, **error}
        self.keep_average(self.average_generator, self.generator)
        return logs

    def logits(self, outlines, pictures):
        """The discriminator's logits in training, a map of them a picture."""
        alone = len(self.discriminator.inputs) == 1
        return self.discriminator(pictures if alone else [outlines, pictures], training=True)

    def discriminator_loss(self, outlines, pictures, painted):
        """Its cross-entropy on pairs with real and with painted pictures, and the pixels' error to log."""
        loss = losses.discriminator_loss(self.logits(outlines, pictures), self.logits(outlines, painted))
        return loss, {"pixel_error": ops.mean(ops.abs(painted - pictures))}

    def generator_loss(self, outlines, pictures, painted):
        """The adversary's part, and lambda times the mean absolute error."""
        loss = self.pixel_weight * ops.mean(ops.abs(ops.cast(painted, "float32") - pictures))
        if self.discriminator is not None:
            loss = loss + losses.generator_loss(self.logits(outlines, painted))
        return loss


def colour_curves(width: int = 16, channels: int = 3) -> keras.Model:
    """Pictures to pictures, each pixel for itself: what light and colour can do, and nothing can move.

    Two hidden layers of 1×1 convolutions; what they find is added to the picture, 0 before training.
    """
    pictures = keras.Input((None, None, channels), name="pictures")
    x = pictures
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.Conv2D(width, 1)(x))
    change = layers.Conv2D(channels, 1, kernel_initializer="zeros", dtype="float32")(x)
    return keras.Model(pictures, layers.Add(dtype="float32")([pictures, change]), name="colour_curves")


class CycleGAN(Adversaries):
    """Two generators that translate into each other's domain, without pairs.

    Zhu, Park, Isola and Efros, *Unpaired image-to-image translation using cycle-consistent adversarial
    networks*, ICCV 2017, 1703.10593, with the cross-entropy of `losses` for their squares. Trained on
    `(pictures of one domain, pictures of the other)`, of which no two belong together; called on pictures of
    the first domain it translates them into the second.

    Args:
        there, back: models from pictures of one domain to the other's, and back.
        there_discriminator, back_discriminator: models from pictures to logits, for what `there` and what
            `back` paint.
        cycle_weight: how much the way there and back counts beside the adversaries.
        seed: of everything random in training.
    """

    log_names = ("d_loss", "g_loss", "cycle_error")

    def __init__(
        self,
        there: keras.Model,
        back: keras.Model,
        there_discriminator: keras.Model,
        back_discriminator: keras.Model,
        cycle_weight: float = 10.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.there, self.back = there, back
        self.there_discriminator, self.back_discriminator = there_discriminator, back_discriminator
        self.cycle_weight = cycle_weight
        self.built = True

    def generators(self):
        """The variables of both generators."""
        return self.there.trainable_variables + self.back.trainable_variables

    def discriminators(self):
        """The variables of both discriminators."""
        return self.there_discriminator.trainable_variables + self.back_discriminator.trainable_variables

    def call(self, inputs, training=False):
        return ops.clip(self.there(inputs, training=False), -1, 1)

    def step(self, batch):
        first, second = batch
        in_second = ops.stop_gradient(self.there(first, training=True))
        in_first = ops.stop_gradient(self.back(second, training=True))

        def judged(discriminator, real, made):
            return losses.discriminator_loss(*(discriminator(x, training=True) for x in (real, made)))

        def d_loss_of():
            there = judged(self.there_discriminator, second, in_second)
            return there + judged(self.back_discriminator, first, in_first)

        def g_loss_of():
            return self.generator_loss(first, second)

        d_loss = self.minimize(d_loss_of, self.d_optimizer, self.discriminators())
        g_loss, logs = self.minimize(g_loss_of, self.g_optimizer, self.generators())
        return {"d_loss": d_loss, "g_loss": g_loss, **logs}

    def generator_loss(self, first, second):
        """Both adversaries' parts and the weighted cycle error, and that error to log."""
        in_second = self.there(first, training=True)
        in_first = self.back(second, training=True)
        cycle = ops.mean(ops.abs(self.back(in_second, training=True) - first))
        cycle = cycle + ops.mean(ops.abs(self.there(in_first, training=True) - second))
        fooled = losses.generator_loss(self.there_discriminator(in_second, training=True))
        fooled = fooled + losses.generator_loss(self.back_discriminator(in_first, training=True))
        return fooled + self.cycle_weight * cycle, {"cycle_error": cycle}
