"""What holds the checks of lesson 04_cnn/3 from outside."""

import numpy as np
from keras import ops

REFUSED = {
    "translation_loss": [
        (
            lambda g, p, x, w: ops.mean(ops.abs(p - x)) * w - ops.mean(ops.log(ops.sigmoid(g) + 1e-7)),
            "logarithm was rounded",
        ),
    ],
    "patch_side": [(lambda kernels, strides: 46, "yours gives 46")],
}

TYPED = {
    "translation_loss": (
        (
            np.array([1.0, -2.0]).reshape(2, 1, 1, 1),
            np.array([[0.5, -1.0], [0.0, 0.25]]).reshape(2, 1, 2, 1),
            np.array([[1.0, -0.5], [-1.0, 0.75]]).reshape(2, 1, 2, 1),
            3.0,
        ),
        3.09509,
        [1.84509, 4.28528, 5.53528, -0.654905, 0.654905, 2.59509, 1.15491, 2.375, 2.38915, 2.53259, 1.59509,
         4.97009, 8.72009, 4.31519, 6.19019, 1.875, 1.22009],
    ),
    "patch_side": (([4, 3, 2], [2, 3, 2]), 14, [7, 9, 24, 12, 31, 13, 24, 15, 11, 23, 4, 26]),
    "cycle_loss": (
        (
            np.array([[1.0, -0.5], [0.0, 2.0]]).reshape(2, 1, 2, 1),
            np.array([[0.25, 2.0], [-1.0, 3.0]]).reshape(2, 1, 2, 1),
            lambda x: 0.5 * x * x,
            lambda x: 1.5 * x - 0.5,
        ),
        2.82617,
        [0.484375, 2.3418, 1, 3.0625, 1.24219, 2.18359, 9.10548, 11.3047, 5.65234, 5.65234, 1.41309,
         -2.82617, 2.36133],
    ),
}  # fmt: skip
