"""Typical wrong answers, and other right ones, to the exercises of lesson 04_cnn/2."""

import keras
import numpy as np
from keras import ops

from course_lib.layers import DepthToSpace


def _split(channels, factor, *inner):
    n, h, w, _ = channels.shape
    return ops.reshape(channels, (n, h, w, *inner))


def _pixels(channels, factor, order, colour_first=False):
    n, h, w, depth = channels.shape
    c = depth // factor**2
    inner = (c, factor, factor) if colour_first else (factor, factor, c)
    x = ops.transpose(_split(channels, factor, *inner), order)
    return ops.reshape(x, (n, factor * h, factor * w, c))


def _db(right, made):
    return np.mean((right.astype("float64") - made.astype("float64")) ** 2)


def _error(picture, made, hole):
    return ops.abs(picture - made) * hole


WRONG_ANSWERS = {
    "to_pixels": [
        (
            lambda t, r: ops.reshape(t, (-1, r * t.shape[1], r * t.shape[2], t.shape[3] // r**2)),
            "only reshaped",
        ),
        (lambda t, r: _pixels(t, r, (0, 1, 4, 2, 3, 5)), "inside a block have changed places"),
        (lambda t, r: _pixels(t, r, (0, 1, 4, 2, 5, 3), True), "PyTorch's order"),
        (lambda t, r: _pixels(t, r, (0, 3, 1, 4, 2, 5)), "whole small pictures"),
        (lambda t, r: _split(t, r, r, r, t.shape[3] // r**2), "split, but not moved"),
        (lambda t, r: ops.repeat(ops.repeat(t, r, axis=1), r, axis=2), "all 12 channels are still there"),
        (
            lambda t, r: ops.repeat(ops.repeat(t[..., :3], r, axis=1), r, axis=2),
            "every pixel of a block got the same",
        ),
        (lambda t, r: ops.convert_to_numpy(_pixels(t, r, (0, 1, 3, 2, 4, 5))), "NumPy"),
        (
            lambda t, r: _pixels(t, r, (0, 1, 3, 2, 4, 5) if r == 2 else (0, 1, 4, 2, 3, 5)),
            "wrong for a factor of 3",
        ),
    ],
    "psnr": [
        (lambda x, y: 10 * np.log10(255**2 / np.mean((x - y) ** 2)), "squares wrap around"),
        (
            lambda x, y: 10 * np.log10(255**2 / np.mean((x - y).astype("float64") ** 2)),
            "before you subtract",
        ),
        (lambda x, y: 10 * np.log(255**2 / _db(x, y)), "natural logarithm"),
        (lambda x, y: 10 * np.log10(255 / _db(x, y)), "255 must be squared"),
        (lambda x, y: 10 * np.log10(1 / _db(x, y)), "the peak is missing"),
        (lambda x, y: 10 * np.log10(_db(x, y) / 255**2), "upside down"),
        (lambda x, y: 20 * np.log10(255**2 / _db(x, y)), "20 belongs to"),
        (lambda x, y: np.log10(255**2 / _db(x, y)), "bels"),
        (lambda x, y: 10 * np.log10(255**2 / (_db(x, y) * x.size)), "take their mean"),
        (
            lambda x, y: 10 * np.log10(255**2 / np.mean((x - 1.0 * y) ** 2, axis=(0, 1))),
            "one number a colour",
        ),
        (
            lambda x, y: 20 * np.log10(255 / np.mean(np.abs(x - 1.0 * y))),
            "square before the mean",
        ),
        (lambda x, y: 10 * np.log10(x.max() ** 2.0 / _db(x, y)), "brightest pixel"),
    ],
    "hole_loss": [
        (lambda x, y, m: ops.mean(_error(x, y, m)), "divided by all pixels"),
        (lambda x, y, m: ops.sum(_error(x, y, m)) / ops.sum(m), "three colours"),
        (
            lambda x, y, m: ops.sum(_error(x, y, 1 - m)) / (3 * ops.sum(1 - m)),
            "outside",
        ),
        (lambda x, y, m: ops.mean(ops.abs(x - y)), "the hole is not used"),
        (
            lambda x, y, m: ops.mean(
                ops.sum(_error(x, y, m), axis=(1, 2, 3)) / (3 * ops.sum(m, axis=(1, 2, 3)))
            ),
            "however small its hole",
        ),
        (
            lambda x, y, m: ops.sum(_error(x, y, m), axis=(1, 2, 3)) / (3 * ops.sum(m)),
            "one number a picture",
        ),
        (lambda x, y, m: ops.sum((x - y) ** 2 * m) / (3 * ops.sum(m)), "squared error"),
        (lambda x, y, m: ops.sum((x - y) * m) / (3 * ops.sum(m)), "opposite sign"),
        (lambda x, y, m: ops.sum(_error(x, y, m)), "that is a sum"),
        (
            lambda x, y, m: (
                np.sum(ops.convert_to_numpy(_error(x, y, m))) / (3 * np.sum(ops.convert_to_numpy(m)))
            ),
            "NumPy",
        ),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "to_pixels": [
        lambda channels, factor: DepthToSpace(factor)(channels),
        lambda channels, factor: ops.reshape(
            ops.swapaxes(_split(channels, factor, factor, factor * (channels.shape[3] // factor**2)), 2, 3),
            (
                channels.shape[0],
                factor * channels.shape[1],
                factor * channels.shape[2],
                channels.shape[3] // factor**2,
            ),
        ),
    ],
    "psnr": [
        lambda right, made: 20 * np.log10(255 / np.sqrt(_db(right, made))),
        lambda right, made: float(
            48.130803608679 - 10 * np.log10(np.mean(np.square(right.astype(int) - made.astype(int))))
        ),
    ],
    "hole_loss": [
        lambda picture, made, hole: (
            ops.sum(ops.abs(picture * hole - made * hole)) / ops.sum(ops.broadcast_to(hole, picture.shape))
        ),
        lambda picture, made, hole: (
            keras.losses.MeanAbsoluteError(reduction="sum")(picture * hole, made * hole) / ops.sum(hole)
        ),
    ],
}
