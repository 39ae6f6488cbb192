"""Answers to the exercises of lesson 04_cnn/2, and what each mistake gives on arguments typed by hand."""

import keras
import numpy as np
from keras import ops

from course_lib.layers import DepthToSpace

REFUSED = {}

ACCEPTED = {
    "to_pixels": [lambda channels, factor: DepthToSpace(factor)(channels)],
    "hole_loss": [
        lambda x, y, m: keras.losses.MeanAbsoluteError(reduction="sum")(x * m, y * m) / ops.sum(m),
    ],
}

TYPED = {
    "to_pixels": (
        (np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 1, 4), 2),
        10,
        [10, 10, 10, 10, 10, None, 10, 4, 40, 10, 10],
    ),
    "hole_loss": (
        (
            np.zeros((2, 1, 2, 3)),
            np.array([[[[1, -2, 0.5], [3, 0, 1]]], [[[0.5, 0.5, -1], [2, 2, 4]]]]),
            np.array([1.0, 0.0, 1.0, 1.0]).reshape(2, 1, 2, 1),
        ),
        1.5,
        [1.125, 4.5, 1.333, 1.458, 1.417, 2.833, 4.5, 13.5, 3.417, 0.8333, -0.8333],
    ),
}
