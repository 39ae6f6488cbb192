"""Answers to the exercises of the lesson 01_gan/4: see answers/__init__.py."""

import numpy as np
from keras import ops

from course_lib import metrics

REFUSED = {
    "projection_logits": [
        (lambda h, y, w, b, e: ops.sum(h * (w + y @ e), axis=1, keepdims=True) + b, "(n, 1)"),
        (lambda h, y, w, b, e: ops.mean(ops.sum(h * (w + y @ e), axis=1) + b), "one number"),
        (lambda h, y, w, b, e: h @ ops.transpose(y @ e) + b, "(n, n)"),
        (lambda h, y, w, b, e: h * (w + y @ e) + b, "axis 1"),
    ],
}


ACCEPTED = {
    "closer_to_training": [lambda s, a, b: np.mean(metrics.nearest(s, a)[0] < metrics.nearest(s, b)[0])],
}

TYPED = {
    "projection_logits": (
        (
            np.array([[1.0, 2], [3, -1]]),
            np.array([[1.0, 0], [1, 1]]),
            np.array([0.5, -1]),
            0.25,
            np.array([[2.0, 1], [-1, 0.5]]),
        ),
        7,
        [1.5, 5.5, 6, 6.5, 7, 2.5, 3.75, 7.5, 7.75, -4, 5.174],
    ),
    "closer_to_training": (
        (
            np.array([[0.0, 0], [5, 0], [0, 9], [9, 9]]),
            np.array([[0.8, 0.8], [6.2, 0], [2, 7]]),
            np.array([[0, 1.2], [5.9, 0.9], [0, 8]]),
        ),
        0.75,
        [0.25, 3, 75, 3, 0.75, 0.6667, 0, 1.024, 0.5, 0.5],
    ),
}
