"""Answers to the exercises of the lesson 03_rnn/3: see answers/__init__.py."""

import numpy as np
from keras import ops


def _by_shift(pictures, reach):
    """One column of zeros in front, again and again."""
    found, moved = [], pictures
    for _ in range(reach):
        moved = ops.concatenate([ops.zeros_like(moved[:, :, :1]), moved[:, :, :-1]], axis=2)
        found.append(moved)
    return ops.concatenate(found, axis=-1)


def _by_numpy(pictures, reach):
    padded = np.pad(np.asarray(pictures), ((0, 0), (0, 0), (reach, 0), (0, 0)))
    width = pictures.shape[2]
    return np.concatenate([padded[:, :, k : k + width] for k in range(reach - 1, -1, -1)], axis=-1)


REFUSED = {"before": [(_by_numpy, "compiled training step")]}

ACCEPTED = {
    "before": [_by_shift],
    "bits_per_dimension": [lambda log_p, painted: float(np.mean(-log_p[:, painted] / np.log(2)))],
}

TYPED = {
    "before": (
        (np.array([[1.0, 2, 4, 8], [16, 32, 64, 128]])[None, :, :, None], 2),
        170,
        [374, 170, 374, 442, 510, 15, 164, 238, 68, None],
    ),
    "bits_per_dimension": (
        (
            -np.array([[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]], [[2, 2, 2], [1, 1, 4], [3, 3, 3]]]),
            np.array([False, True, False]),
        ),
        5.049,
        [3.5, 2.426, 1.52, -5.049, 5.29, 1.683, 30.3, 15.15, 10.1, 5.049, 15.15, 2.94, 5.41]
        + [7.935, 5.049, 10.1, 30.3],
    ),
    "draw_pixel": (
        (
            np.array([[0.0, 1], [0.5, -1], [0, 0]]),
            np.array([[-0.5, 0.25], [0.1, 0.3], [-0.9, 0.9]]),
            np.array([[-2.0, -1], [-2, -3], [-1, -2]]),
            np.array([0.6, 0.2, 0.4]),
            np.array([0.3, 0.9, 0.05]),
        ),
        -0.6627,
        [-0.6643, -1.643, -1.648, -0.6706, -0.6627, -0.5529, 0.1922, -0.6627, -0.5529, -0.5529]
        + [1, 0.5451, -0.6706, -0.302, -0.6471, -0.6941, -1.22, -0.6627, -0.6627, 0.8353, -0.6627, -0.6627],
    ),
}
