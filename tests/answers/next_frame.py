"""Answers to the exercises of the lesson 03_rnn/1, and what each mistake gives on arguments typed by hand."""

import numpy as np
from keras import ops

REFUSED = {
    "frames_to_keep": [  # the answer that let the lesson stop: it works until it is compiled
        (
            lambda coins, given, chance: np.where(
                np.arange(coins.shape[1]) < given, 1.0, np.asarray(coins) < float(chance)
            ),
            "compiled",
        ),
    ],
    "error_per_step": [
        (lambda r, m: np.mean((r[..., 0] / 255 - m[..., 0] / 255) ** 2, axis=(0, 2, 3)), "first channel"),
    ],
}

ACCEPTED = {
    "error_per_step": [lambda r, m: ops.mean(ops.square(r / 255 - m / 255), axis=(0, 2, 3, 4))],
    "frames_to_keep": [
        lambda coins, given, chance: ops.maximum(
            ops.cast(ops.less(coins, chance), "float32"),
            ops.cast(ops.arange(coins.shape[1]) < given, "float32"),
        ),
    ],
}

TYPED = {
    "linear_extrapolation": (
        (np.array([[10, 30], [60, 200], [100, 50], [90, 250]], "uint8").reshape(1, 4, 1, 2, 1), 2),
        660,
        [335, 660, 1450, 1250, 482, 1020, 2018, 150, 482, 675, 640, 260, 680, 670, 840, 769, 780, 660],
    ),
    "error_per_step": (
        (
            np.array([[[255, 0], [51, 102]], [[0, 204], [153, 255]]], "uint8").reshape(2, 2, 1, 1, 2),
            np.array([[[0, 0], [51, 51]], [[51, 204], [204, 0]]], "uint8").reshape(2, 2, 1, 1, 2),
        ),
        0.53,
        [0.265, 0.53, 1.06, 1.06, 1.06, 1.06, 0.54, 34460, 135.2, 0.8331, 0.0004806, 0.02607, 2.12, 1.06]
        + [1.03, 0.65, 0.1025, 0.79],
    ),
    "frames_to_keep": (
        (np.array([[0.1, 0.6, 0.3, 0.7], [0.9, 0.2, 0.5, 0.4]]), 1, 0.5),
        5,
        [4, 6, 4, 6, 4, 5, 4, 2, 4.7, 5, 3, 2, 8, 1, 7, 5],
    ),
}
