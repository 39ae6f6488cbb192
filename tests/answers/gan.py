"""Answers to the exercises of the lessons 01_gan/1 and 01_gan/2: see answers/__init__.py."""

import keras
import numpy as np
from keras import ops

from course_lib import losses


def _bce(label, logits):
    return keras.losses.BinaryCrossentropy(from_logits=True)(ops.full(logits.shape, label), logits)


def _in_place(average, weight, step, limit):
    average *= min(limit, (1 + step) / (10 + step))
    average += (1 - min(limit, (1 + step) / (10 + step))) * weight
    return average


REFUSED = {
    "generator_loss": [
        (lambda fake: ops.stop_gradient(losses.generator_loss(fake)), "no gradient comes back"),
        (lambda fake: -ops.mean(ops.log(ops.clip(ops.sigmoid(fake), 1e-7, 1.0))), "flat where"),
    ],
    "discriminator_loss": [
        (lambda real, fake: ops.stop_gradient(_bce(1.0, real) + _bce(0.0, fake)), "no gradient comes back")
    ],
    "optimal_discriminator": [(lambda p, q: p / (p + q + 0.3), "values differ")],
    "overlap": [(lambda n, k, s: np.resize([3, 2], (n - 1) * s + k), "values differ")],
    "follow": [(_in_place, "in place")],
}

ACCEPTED = {
    "generator_loss": [lambda fake: _bce(1.0, fake)],
    "discriminator_loss": [lambda real, fake: _bce(1.0, real) + _bce(0.0, fake)],
    "optimal_discriminator": [lambda p, q: p / (p + q + 1e-8)],
}

REAL, FAKE = np.array([[2.0], [0.5], [-1]]), np.array([[-3.0], [0.25], [-0.5]])

TYPED = {
    "generator_loss": (
        (np.array([[0.25], [0.5], [2]]),),
        0.3923,
        [1.177, -0.3923, -1.309, 1.309, 0.4091, 0.6931, 0.4621, -0.9167, -0.6885, 0.3115, 0.566]
        + [1.177, 0.3923],
    ),
    "discriminator_loss": (
        (REAL, FAKE),
        1.088,
        [
            3.263,
            -1.088,
            2.671,
            0.6381,
            0.4495,
            2.171,
            1.588,
            1.325,
            5.7,
            0.5438,
            0.1886,
            -1.583,
            3.263,
            1.088,
        ],
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
    "follow": (
        (np.array([4.0]), np.array([1.0]), 2, 0.9),
        1.75,
        [3.25, 3.7, 1.3, 2, 10.6, 1.5, 1.75, 3.7, 2.5, 1, 4],
    ),
}
