"""Holds the checks of lesson 05_comparisons/2 from outside: see the package."""

import keras
import numpy as np
from keras import ops


def _log_variance(wanted, made):
    return ops.log(ops.mean((ops.stop_gradient(wanted) - made) ** 2)) + np.log(2 * np.pi * np.e)


TORCH = keras.config.backend() == "torch"  # whose tensors say another word where they meet NumPy

REFUSED = {
    "step_operations": [(lambda e, g, d: 9 * e + 3 * g + 16 * d, "changed places")],
    "likeness": [
        (lambda w, m: 4 * _log_variance(w, m), "this counts 8 features"),
        (lambda w, m: 64 * _log_variance(w, m), "this counts 128 features"),
        (lambda w, m: m.shape[0] / 2 * _log_variance(w, m), "not of pictures"),
        (lambda w, m: m.shape[-1] / 2 * _log_variance(np.asarray(w), m), "numpy" if TORCH else "NumPy"),
        (lambda w, m: m.shape[-1] / 2 * float(_log_variance(w, m)), "NumPy"),
    ],
    "agreement": [
        (
            lambda a, b: np.corrcoef(*(np.concatenate([x.ravel() for x in c]) for c in (a, b)))[0, 1],
            "means away",
        ),
    ],
}

ACCEPTED = {}

_wanted = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

TYPED = {
    "step_operations": (
        (1, 10, 100),
        1693,
        [731, 1362, 3386, 1633, 1663, 2193, 1793, 1593, 1393, 1493, 993, 793, 1093, 1690, 1699, 1639],
    ),
    # Squares 1, 0, 4, 1, 0 and 9, in the mean 2.5: log 2.5 + log 2π + 1.
    "likeness": (
        (_wanted, _wanted + [[1, 0], [2, -1], [0, 3]]),
        3.754,
        [
            -3.754,
            1.877,
            5.631,
            11.26,
            7.508,
            3.296,
            4.670,
            0.9163,
            2.754,
            1.916,
            5.546,
            2.992,
            3.695,
            3.414,
            2.5,
        ]
        + [15, 3.754, 3.754, 3.754],
    ),
    # The product is 24 + 24 - 120, the lengths are 13 and √200.
    "agreement": (
        ((np.array([3.0, 4.0]), np.array([12.0])), (np.array([8.0, 6.0]), np.array([-10.0]))),
        -0.3916,
        [
            0.3916,
            0.3916,
            1.3916,
            -72,
            -5.538,
            -5.091,
            -0.00213,
            -1,
            -0.3916,
            1.973,
            -0.02,
            -0.04,
            -0.4235,
            0.96,
        ]
        + [-0.04],
    ),
}
