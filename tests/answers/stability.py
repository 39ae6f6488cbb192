"""Answers to the exercises of the lesson 01_gan/3: see answers/__init__.py."""

import numpy as np
from keras import ops

from course_lib import losses

REFUSED = {
    "covered_modes": [
        (
            lambda p, c, w: (
                (np.linalg.norm(p[:, None] - c, axis=2) < 2.7 * w).mean(axis=0) >= 0.25 / len(c)
            ).sum(),
            "should give 3",
        )
    ],
    "gradient_penalty": [(lambda *a: ops.stop_gradient(losses.gradient_penalty(*a)), "trains nothing")],
}

ACCEPTED = {}

CENTRES = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10], [0, 20]])
PLACES = [[0.1, 0], [10.1, 0], [0.35, 10.35], [10.5, 10.5], [0.1, 20], [3, 20]]


def _critic(x):
    return ops.sum(ops.multiply(x * x, [2.0, -1.0]), axis=1) / 2


TYPED = {
    "covered_modes": (
        (np.repeat(PLACES, [15, 8, 2, 3, 1, 11], axis=0), CENTRES, 0.2),
        3,
        [5, 2, 4, 2, 1, 2, 3, 4, 4, 2, 0.65, 26, 0.65],
    ),
    "gradient_penalty": (
        (
            _critic,
            np.array([[1.0, 0], [0, 2]]),
            np.array([[0.0, 1], [1, 1]]),
            np.array([[0.25], [0.5]]),
        ),
        0.3271,
        [2.031, 1.016, 2.549, 0.3521, 0.4507, 0.3222, 1, 0.7639, 0.3292, 2.078, 0.4195, 0.4578]
        + [1.031, 0.2362, 0.1406, 0.6542, 0.6542, 3.271, 0.3271, 0.3271, 0.3271],
    ),
}
