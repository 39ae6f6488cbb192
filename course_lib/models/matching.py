"""A generator that learns without any opponent: its pictures as a set are compared with real ones.

The comparison is the maximum mean discrepancy, a distance between two sets that a formula gives
(Li, Swersky and Zemel, *Generative moment matching networks*, ICML 2015, 1502.02761; Dziugaite, Roy and
Ghahramani, UAI 2015, 1505.03906).
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from course_lib import losses, training


class Matching(training.Model):
    """A generator trained on the squared maximum mean discrepancy alone.

    Called on latents it returns pictures, made with the moving average of the generator's weights, as
    `gan.GAN` does.

    Args:
        generator: a model from latents `(batch, latent_size)` to pictures in [-1, 1].
        average_decay: of the moving average, as in `gan.GAN`.
        seed: of the noise in training.
    """

    log_names = ("loss",)
    saved = ("generator", "average_decay")

    def __init__(self, generator, average_decay: float = 0.999, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.generator = generator
        self.average_generator = training.moving_average_of(generator)
        self.average_decay = average_decay
        self.latent_size = generator.inputs[0].shape[-1]
        self.built = True

    def call(self, latents, training=False):
        return self.average_generator(latents, training=False)

    def step(self, real):
        latents = self.noise((real.shape[0], self.latent_size))
        flat = ops.reshape(real, (real.shape[0], -1))  # (batch, pixels)

        def loss():
            fake = self.generator(latents, training=True)
            return losses.mmd(flat, ops.reshape(fake, flat.shape))

        logs = self.descend(loss)
        self.keep_average(self.average_generator, self.generator)
        return logs

    def generate(self, number: int, seed: int = 0) -> np.ndarray:
        """`number` pictures as a float32 NumPy array in [-1, 1]; the same seed gives the same ones."""
        latents = keras.random.normal((number, self.latent_size), seed=seed)
        return self.average_generator.predict(ops.convert_to_numpy(latents), batch_size=500, verbose=0)
