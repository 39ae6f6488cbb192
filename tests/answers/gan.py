"""Answers to the exercises of the lessons 01_gan/1 and 01_gan/2: see answers/__init__.py."""

import keras
import numpy as np
from keras import ops

from course_lib import losses


def _bce(label, logits):
    return keras.losses.BinaryCrossentropy(from_logits=True)(ops.full(logits.shape, label), logits)


REFUSED = {
    "generator_loss": [
        (lambda fake: ops.stop_gradient(losses.generator_loss(fake)), "no gradient comes back"),
        (lambda fake: -ops.mean(ops.log(ops.clip(ops.sigmoid(fake), 1e-7, 1.0))), "flat where"),
    ],
    "optimal_discriminator": [(lambda p, q: p / (p + q + 0.3), "values differ")],
    "overlap": [(lambda n, k, s: np.resize([3, 2], (n - 1) * s + k), "values differ")],
}

ACCEPTED = {
    "generator_loss": [lambda fake: _bce(1.0, fake)],
    "optimal_discriminator": [lambda p, q: p / (p + q + 1e-8)],
}


def _times(factor):
    """A network of one weight."""
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(factor))
    return keras.Sequential([keras.Input((1,)), layer])


class Linear:
    """Two networks whose optimizers are new whenever they are asked for, and take steps of length 0."""

    generator, discriminator = _times(2.0), _times(1.0)
    g_optimizer = d_optimizer = property(lambda self: keras.optimizers.SGD(0.0))


TYPED = {
    "generator_loss": (
        (np.array([[0.25], [0.5], [2]]),),
        0.3923,
        [1.177, -0.3923, -1.309, 1.309, 0.4091, 0.6931, 0.4621, -0.9167, -0.6885, 0.3115, 0.566]
        + [1.177, 0.3923],
    ),
    "optimal_discriminator": (
        (np.array([0.5, 0.25]), np.array([0.25, 0.005])),
        1.647,
        [0.3529, 52, 4.605, 2.255, 3.294, 0.8235, 0.75, 0.495, 1.349, 0.8235, 1.628],
    ),
    "enlarged_size": (
        (5, [(4, 2, "valid"), (4, 3, "same")]),
        36,
        [30, 37, 42, 24, 1, 31, 12, 15, 5, 48, 36],
    ),
    "overlap": ((3, 4, 2), 12, [8, 30, 6, 12, 4, 16, 6, 10, 12, 6, 12, 12]),
    "two_moves": (
        (Linear(), np.array([[2.0], [0.5]]), np.array([[0.5], [-0.25]])),
        1.838,
        [1.838] * 7 + [2.388, 1.838, 1.838, 1.838, 2.838, 1.838, 1.838],
    ),
}
