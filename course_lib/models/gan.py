"""Generative adversarial networks: the networks of the lessons and the model that trains them."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import layers, ops

from course_lib import augment, backend, losses, training
from course_lib.layers import coarse_size


def dense_generator(
    latent_size: int = 64, picture_shape=(28, 28, 1), widths=(128, 256, 512), normalise=True
) -> keras.Model:
    """Latents `(batch, latent_size)` to pictures `(batch, *picture_shape)` in (-1, 1), by dense layers.

    The generator of the documents' dense GAN (z - 128 - 256 - 512 - 784), with BatchNorm and leaky ReLU.
    """
    latents = keras.Input((latent_size,), name="latents")
    x = latents
    for width in widths:
        x = layers.Dense(width)(x)
        if normalise:
            x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.LeakyReLU(0.2)(x)
    # float32 whatever the policy: float16 would round the pictures before the discriminator sees them.
    x = layers.Dense(math.prod(picture_shape), activation="tanh", dtype="float32")(x)
    return keras.Model(latents, layers.Reshape(picture_shape, dtype="float32")(x), name="generator")


def dense_discriminator(picture_shape=(28, 28, 1), widths=(512, 256, 128)) -> keras.Model:
    """Pictures `(batch, *picture_shape)` to one logit each `(batch, 1)`, by dense layers.

    Without BatchNorm, which would let the pictures of a batch influence each other's logits.
    """
    pictures = keras.Input(picture_shape, name="pictures")
    x = layers.Flatten()(pictures)
    for width in widths:
        x = layers.LeakyReLU(0.2)(layers.Dense(width)(x))
    return keras.Model(pictures, layers.Dense(1, dtype="float32")(x), name="discriminator")


def conv_generator(latent_size: int = 64, picture_shape=(28, 28, 1), widths=(128, 64, 32)) -> keras.Model:
    """Latents `(batch, latent_size)` to pictures `(batch, *picture_shape)` in (-1, 1), by convolutions.

    A dense layer paints a coarse grid of `widths[0]` channels; a transposed convolution for each
    further width doubles its height and width; a last convolution mixes the channels into colours.
    After Radford, Metz and Chintala (ICLR 2016, 1511.06434), with kernels of 4×4, which stride 2 divides
    (Odena, Dumoulin, Olah, Distill 2016), and without BatchNorm.

    28×28 starts at 7×7 with three widths, 32×32 at 4×4 with four, 64×64 at 4×4 with five.

    Raises:
        ValueError: if the picture's sides cannot be halved so often.
    """
    *_, channels = picture_shape
    rows, columns = coarse_size(picture_shape, doublings=len(widths) - 1)
    latents = keras.Input((latent_size,), name="latents")
    x = layers.Dense(rows * columns * widths[0])(latents)
    x = layers.LeakyReLU(0.2)(layers.Reshape((rows, columns, widths[0]))(x))
    for filters in widths[1:]:
        x = layers.LeakyReLU(0.2)(layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x))
    # float32 whatever the policy, as in `dense_generator`.
    x = layers.Conv2D(channels, 3, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(latents, x, name="generator")


def conv_discriminator(picture_shape=(28, 28, 1), widths=(32, 64, 128)) -> keras.Model:
    """Pictures `(batch, *picture_shape)` to one logit each `(batch, 1)`, by convolutions.

    Every convolution, 4×4, halves height and width. Without BatchNorm, which would let the pictures of a
    batch influence each other's logits.
    """
    pictures = keras.Input(picture_shape, name="pictures")
    x = pictures
    for filters in widths:
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    x = layers.Flatten()(x)
    return keras.Model(pictures, layers.Dense(1, dtype="float32")(x), name="discriminator")


def conditional_generator(
    label_size: int,
    latent_size: int = 64,
    picture_shape=(64, 64, 3),
    widths=(128, 96, 64, 48, 24, 16),
    smooth: bool = False,
) -> keras.Model:
    """Latents `(batch, latent_size)` and labels `(batch, label_size)` to pictures in (-1, 1).

    The labels are joined to the latents (Mirza and Osindero 2014, 1411.1784). A dense layer paints a coarse
    grid of `widths[0]` channels; for each width but the first and the last a transposed convolution doubles
    its sides; after the last of them a mean over 2×2 neighbours removes the weave that strides of 2 leave;
    two convolutions finish the picture. With `smooth` the mean follows each of them: better for coasts and
    clouds, slower to learn outlines.

    32×32 starts at 4×4 with five widths, 64×64 with six.

    Raises:
        ValueError: if the picture's sides cannot be halved so often.
    """
    *_, channels = picture_shape
    doublings = len(widths) - 2
    rows, columns = coarse_size(picture_shape, doublings)
    latents = keras.Input((latent_size,), name="latents")
    labels = keras.Input((label_size,), name="labels")
    x = layers.Dense(rows * columns * widths[0])(layers.Concatenate()([latents, labels]))
    x = layers.LeakyReLU(0.2)(layers.Reshape((rows, columns, widths[0]))(x))
    for doubling, filters in enumerate(widths[1:-1], start=1):
        x = layers.LeakyReLU(0.2)(layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x))
        if smooth or doubling == doublings:
            x = layers.AveragePooling2D(2, strides=1, padding="same")(x)
    x = layers.LeakyReLU(0.2)(layers.Conv2D(widths[-1], 3, padding="same")(x))
    # float32 whatever the policy, as in `dense_generator`.
    x = layers.Conv2D(channels, 3, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model([latents, labels], x, name="generator")


def conditional_discriminator(
    label_size: int, picture_shape=(64, 64, 3), widths=(24, 48, 96, 128), features: int = 128
) -> keras.Model:
    """Pictures and labels `(batch, label_size)` to one logit each: is this real *and* what was asked for?

    The projection discriminator (Miyato and Koyama, ICLR 2018, 1802.05637): logit = w·h(x) + b + (Ey)·h(x),
    where h(x) are `features` numbers that convolutions find in the picture x, and E is learned.
    """
    pictures = keras.Input(picture_shape, name="pictures")
    labels = keras.Input((label_size,), name="labels")
    x = pictures
    for filters in widths:
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    h = layers.LeakyReLU(0.2, name="features")(layers.Dense(features)(layers.Flatten()(x)))
    real = layers.Dense(1, dtype="float32", name="real")(h)
    order = layers.Dense(features, use_bias=False, name="embedding")(labels)
    asked_for = layers.Dot(axes=1, dtype="float32")([h, order])
    logit = layers.Add(dtype="float32")([real, asked_for])
    return keras.Model([pictures, labels], logit, name="discriminator")


class Adversaries(training.Model):
    """What all games of two sides have in common: networks that paint against networks that judge.

    A subclass has a `generator` and a `discriminator`, or says in `generators` and `discriminators` which
    variables either side moves.
    """

    def compile(self, g_optimizer=None, d_optimizer=None, steps_per_execution: int = 1):
        """Sets the optimizers; the default is Adam(5e-4, beta_1=0.5, beta_2=0.99) for both."""
        optimizers = {"g_optimizer": g_optimizer or default_optimizer()}
        moved = {"g_optimizer": self.generators()}
        if self.discriminators() is not None:
            optimizers["d_optimizer"] = d_optimizer or default_optimizer()
            moved["d_optimizer"] = self.discriminators()
        self.compile_optimizers(optimizers, moved, steps_per_execution=steps_per_execution)

    def generators(self):
        """The variables that `g_optimizer` changes: a list."""
        return self.generator.trainable_variables

    def discriminators(self):
        """The variables that `d_optimizer` changes: a list, or None where nobody judges."""
        return self.discriminator.trainable_variables

    def compete(self, generate, d_loss, g_loss):
        """One move of either side, with one pass through the generator: see `play`."""
        return self.play(
            generate,
            first=(d_loss, self.d_optimizer, self.discriminators()),
            second=(g_loss, self.g_optimizer, self.generators()),
        )


class GAN(Adversaries):
    """Two networks that train each other (Goodfellow et al., NIPS 2014, 1406.2661).

    Called on latents it returns pictures, made with the moving average of the generator's weights.

    Trained on `(pictures, labels)` it is conditional: generator and discriminator then take the labels
    as their second input, and the model is called on `[latents, labels]`.

    Args:
        generator: a model from latents `(batch, latent_size)` to pictures in [-1, 1].
        discriminator: a model from pictures to one logit each.
        r1_weight: gamma, the weight of `losses.r1_penalty`; 0 leaves the penalty out.
        r1_every: the penalty is due at every so many steps, the first among them, and counts so many times as
            much then: nearly the same push for less work (lazy regularisation: Karras et al., CVPR 2020,
            1912.04958). With more than 1 the discriminator must not draw random numbers, as Dropout does.
        average_decay: the moving average's decay at the end; at step t it is at most (1+t)/(10+t), so
            that the average forgets the untrained weights soon.
        augmented: whether the discriminator sees every picture, real or generated, moved and partly covered
            (see `course_lib.augment`): for a few hundred pictures.
        seed: of the noise in training.
    """

    log_names = ("d_loss", "g_loss", "real_score", "fake_score")
    saved = ("generator", "discriminator", "r1_weight", "average_decay", "augmented", "r1_every")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        r1_weight: float = 1.0,
        average_decay: float = 0.999,
        augmented: bool = False,
        seed: int | None = None,
        r1_every: int = 1,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        if r1_every < 1:
            raise ValueError(f"r1_every must be a whole number from 1 on, and it is {r1_every!r}")
        self.generator = generator
        self.discriminator = discriminator
        self.average_generator = training.moving_average_of(generator)
        self.r1_weight = r1_weight
        self.r1_every = r1_every
        self.average_decay = average_decay
        self.augmented = augmented
        self.latent_size = generator.inputs[0].shape[-1]
        self.built = True

    def call(self, latents, training=False):
        return self.average_generator(latents, training=False)

    def step(self, batch):
        # A subclass for pictures without labels need not take any in its losses.
        real, *labels = batch if isinstance(batch, tuple) else (batch,)
        latents = self.noise((ops.shape(real)[0], self.latent_size))
        (d_loss, scores), g_loss = self.compete(
            lambda: self.generator(_with_labels(latents, *labels), training=True),
            lambda fake: self.discriminator_loss(real, fake, *labels),
            lambda fake: self.generator_loss(fake, *labels),
        )
        self.keep_average(self.average_generator, self.generator)
        return {"d_loss": d_loss, "g_loss": g_loss, **scores}

    def discriminator_loss(self, real, fake, labels=None):
        """The discriminator's loss on pictures `(batch, h, w, c)`, and both mean probabilities."""
        real, fake = self.seen(real), self.seen(fake)
        real_logits, fake_logits = self.logits(real, labels), self.logits(fake, labels)
        loss = losses.discriminator_loss(real_logits, fake_logits)
        if self.r1_weight:
            loss = loss + self.r1_weight * self.r1_penalty(real, labels)
        scores = {
            "real_score": ops.mean(ops.sigmoid(ops.cast(real_logits, "float32"))),
            "fake_score": ops.mean(ops.sigmoid(ops.cast(fake_logits, "float32"))),
        }
        return loss, scores

    def r1_penalty(self, real, labels=None):
        """`losses.r1_penalty` of this step, a scalar: `r1_every` times it, or 0 where it is not due."""

        def due():
            penalty = losses.r1_penalty(lambda pictures: self.logits(pictures, labels), real)
            return self.r1_every * ops.cast(penalty, "float32")

        if self.r1_every == 1:
            return due()
        return ops.cond(self.steps_taken % self.r1_every == 0, due, lambda: ops.zeros((), "float32"))

    def generator_loss(self, fake, labels=None):
        """The generator's loss on the pictures it made."""
        return losses.generator_loss(self.logits(self.seen(fake), labels))

    def logits(self, pictures, labels=None):
        """The discriminator's logits in training, `(batch, 1)`."""
        return self.discriminator(_with_labels(pictures, labels), training=True)

    def seen(self, pictures):
        """Pictures as the discriminator sees them: changed at random where the model is `augmented`."""
        if not self.augmented:
            return pictures
        batch = ops.shape(pictures)[0]
        moved = augment.translate(pictures, self.uniform_noise((batch, 2)))
        return augment.cut_out(moved, self.uniform_noise((batch, 2)))

    def generate(self, number: int, seed: int = 0, batch_size: int = 500, labels=None):
        """`number` pictures as a float32 NumPy array in [-1, 1]; the same seed gives the same ones.

        A conditional model needs `labels`, `(number, label_size)`.
        """
        latents = keras.random.normal((number, self.latent_size), seed=seed)

        def painted(start):
            part = slice(start, start + batch_size)
            asked_for = None if labels is None else labels[part]
            return ops.convert_to_numpy(self(_with_labels(latents[part], asked_for)))

        return np.concatenate(backend.side_by_side(painted, range(0, number, batch_size)))


class WassersteinGAN(GAN):
    """A GAN whose discriminator gives scores, held by a gradient penalty (WGAN-GP, 1704.00028).

    Args:
        penalty_weight: of `losses.gradient_penalty`. Gulrajani et al. take 10; 1 learns faster here.
        settings: those of `GAN`, R1 left out.
    """

    saved = (*GAN.saved, "penalty_weight")

    def __init__(self, generator, discriminator, penalty_weight: float = 1.0, **settings):
        super().__init__(generator, discriminator, **{"r1_weight": 0.0, **settings})
        self.penalty_weight = penalty_weight

    def discriminator_loss(self, real, fake, labels=None):
        real_scores, fake_scores = self.logits(real, labels), self.logits(fake, labels)
        mix = self.uniform_noise((ops.shape(real)[0],))
        penalty = losses.gradient_penalty(lambda x: self.logits(x, labels), real, fake, mix)
        loss = losses.wasserstein_critic_loss(real_scores, fake_scores) + self.penalty_weight * penalty
        return loss, {"real_score": ops.mean(real_scores), "fake_score": ops.mean(fake_scores)}

    def generator_loss(self, fake, labels=None):
        return losses.wasserstein_generator_loss(self.logits(fake, labels))


def _with_labels(tensor, labels=None):
    """What a network is called on: the tensor alone, or the tensor and the labels."""
    return tensor if labels is None else [tensor, labels]


def default_optimizer() -> keras.optimizers.Optimizer:
    """Adam as it suits small GANs: little memory of past gradients, for the opponent moves too."""
    return keras.optimizers.Adam(5e-4, beta_1=0.5, beta_2=0.99)
