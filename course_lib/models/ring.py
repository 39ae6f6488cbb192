"""A GAN on points of a plane, small enough to see everything: eight Gaussians on a ring.

The toy of the literature on stability (Metz et al., ICLR 2017; Mescheder et al., ICML 2018): real points
lie around eight centres, so a mode that a generator has dropped can be counted.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from course_lib import training
from course_lib.models.gan import Adversaries

MODES = 8
RADIUS = 2.0
WIDTH = 0.1  # the standard deviation of each Gaussian
LATENTS = 8

ANGLES = 2 * np.pi * np.arange(MODES) / MODES
CENTRES = RADIUS * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)  # (8, 2)


def points(number: int, seed: int = 0) -> np.ndarray:
    """Real points, float32 `(number, 2)`: a centre drawn at random, and Gaussian noise around it."""
    rng = np.random.default_rng(seed)
    noise = WIDTH * rng.standard_normal((number, 2))
    return (CENTRES[rng.integers(MODES, size=number)] + noise).astype("float32")


def shares(drawn) -> np.ndarray:
    """The share of the points that lie within three WIDTHs of each centre, `(8,)`; real ones: 0.124."""
    away = np.linalg.norm(np.asarray(drawn)[:, None] - CENTRES, axis=2)  # (n, 8)
    return (away < 3 * WIDTH).mean(axis=0)


def quality(drawn) -> float:
    """The share of the points that lie within three WIDTHs of some centre; real ones: 0.99."""
    return float(shares(drawn).sum())


def generator(width: int = 64) -> keras.Model:
    """Latents `(batch, 8)` to points `(batch, 2)`; any real numbers."""
    latents = keras.Input((LATENTS,), name="latents")
    x = latents
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.Dense(width)(x))
    return keras.Model(latents, layers.Dense(2)(x), name="generator")


def discriminator(dense=layers.Dense, width: int = 64) -> keras.Model:
    """Points `(batch, 2)` to one logit or score each `(batch, 1)`; `dense` is the kind of its layers."""
    places = keras.Input((2,), name="points")
    x = places
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(dense(width)(x))
    return keras.Model(places, dense(1)(x), name="discriminator")


class RingGAN(Adversaries):
    """Two networks and two losses, given as functions, so that a lesson can exchange them.

    Called on latents it returns points, made with the moving average of the generator's weights.

    Args:
        generator, discriminator: as above.
        d_loss: a function of (D, real, fake, mix) that returns a scalar; D is the discriminator in
            training mode, real and fake are `(batch, 2)`, mix is uniform in [0, 1), `(batch, 1)`.
        g_loss: a function of (D, real, fake) that returns a scalar.
        average_decay: of the moving average.
        seed: of everything random in training.
    """

    log_names = ("d_loss", "g_loss")

    def __init__(self, generator, discriminator, d_loss, g_loss, average_decay=0.99, seed=None):
        super().__init__(seed=seed)
        self.generator = generator
        self.discriminator = discriminator
        self.average_generator = training.moving_average_of(generator)
        self.d_loss, self.g_loss = d_loss, g_loss
        self.average_decay = average_decay
        self.built = True

    def call(self, latents, training=False):
        return self.average_generator(latents)

    def step(self, real):
        number = ops.shape(real)[0]
        latents = self.noise((number, LATENTS))
        mix = self.uniform_noise((number, 1))

        def look(x):
            return self.discriminator(x, training=True)

        d_loss, g_loss = self.compete(
            lambda: self.generator(latents, training=True),
            lambda fake: self.d_loss(look, real, fake, mix),
            lambda fake: self.g_loss(look, real, fake),
        )
        training.update_moving_average(self.average_generator, self.generator, self.average_decay)
        return {"d_loss": d_loss, "g_loss": g_loss}

    def draw(self, number: int, seed: int = 0, average: bool = False) -> np.ndarray:
        """`number` generated points `(number, 2)`, by the last weights or by their moving average."""
        latents = keras.random.normal((number, LATENTS), seed=seed)
        network = self.average_generator if average else self.generator
        return ops.convert_to_numpy(network(latents))
