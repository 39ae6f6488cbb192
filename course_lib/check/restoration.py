"""Exercises of lesson 04_cnn/2, restoring photographs."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, shaped, tensors
from course_lib.check.guard import Wrong


def _to_pixels(channels, factor):
    from keras import ops

    _, h, w, depth = channels.shape
    c = depth // factor**2
    x = ops.reshape(channels, (-1, h, w, factor, factor, c))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, factor * h, factor * w, c))


def _psnr(right, made):
    error = np.mean((right.astype("float64") - made.astype("float64")) ** 2)
    return 10 * np.log10(255**2 / error)


def _hole_loss(picture, made, hole):
    from keras import ops

    error = ops.abs(picture - made) * hole
    return ops.sum(error) / (picture.shape[-1] * ops.sum(hole))


def _dealt(channels, factor, order, grouped="pixel"):
    """The channels dealt out with the six axes in `order`, by NumPy."""
    n, h, w, depth = channels.shape
    c = depth // factor**2
    inner = (factor, factor, c) if grouped == "pixel" else (c, factor, factor)
    x = channels.reshape(n, h, w, *inner)
    return x.transpose(order).reshape(n, factor * h, factor * w, c)


@exercise(answer=_to_pixels)
def to_pixels(attempt):
    """`(batch, h, w, factor² · c)` dealt out to `(batch, factor · h, factor · w, c)`."""
    factor, shape = 2, (2, 3, 5, 12)
    channels = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    result = attempt(*tensors(channels), factor)
    wanted = (2, 6, 10, 3)
    hints = {
        (2, 3, 5, 2, 2, 3): "the channels are split, but not moved: transpose, then reshape once more",
        (6, 10, 3): "the batch is lost: it stays the first axis",
        (2, 6, 10, 12): "all 12 channels are still there: each pixel gets 12 / 2² = 3 of them",
    }
    values = shaped(result, wanted, hints=hints)
    mistakes = [
        (
            channels.reshape(wanted),
            "only reshaped: that puts the 2 · 2 pixels of a place side by side in one row; move axes first",
        ),
        (
            _dealt(channels, 2, (0, 1, 4, 2, 3, 5)),
            "rows and columns inside a block have changed places: i, the slower one, counts rows",
        ),
        (
            _dealt(channels, 2, (0, 1, 4, 2, 5, 3), "colour"),
            "the channels were taken as (colour, i, j), PyTorch's order: here colour counts fastest, "
            "(i, j, colour)",
        ),
        (
            _dealt(channels, 2, (0, 3, 1, 4, 2, 5)),
            "the blocks lie beside one another as whole small pictures: put the axis i after m, not before",
        ),
        (
            _dealt(channels, 2, (0, 2, 3, 1, 4, 5)).reshape(wanted),
            "rows and columns of the picture have changed places: keep the order m, i, n, j",
        ),
        (
            channels[..., :3].repeat(2, axis=1).repeat(2, axis=2),
            "every pixel of a block got the same three channels: all 12 must be used",
        ),
    ]
    right = _dealt(channels, 2, (0, 1, 3, 2, 4, 5))
    compare(values, right, mistakes, "the channels arrive at other pixels than the formula says")
    refuse_numpy(result)
    other = np.random.default_rng(1).normal(size=(1, 2, 4, 18)).astype("float32")
    again = array(attempt(*tensors(other), 3))
    if not same(again, _dealt(other, 3, (0, 1, 3, 2, 4, 5))):
        raise Wrong("right for a factor of 2 and 3 colours, wrong for a factor of 3 and 2: use `factor`")


@exercise(answer=_psnr)
def psnr(attempt):
    """The peak signal-to-noise ratio of one uint8 picture, in decibels."""
    rng = np.random.default_rng(1)
    right = rng.integers(0, 256, (8, 6, 3), dtype="uint8")
    made = np.clip(right + rng.normal(0, 20, right.shape), 0, 255).astype("uint8")
    hints = {(3,): "one number a colour is left: the mean squared error is taken over colours too"}
    value = number(attempt(right, made), hints=hints)
    difference = right.astype("float64") - made.astype("float64")
    error = np.mean(difference**2)
    wrapped = right - made
    with np.errstate(over="ignore"):
        wrapped_squares = np.mean(wrapped**2)
    mistakes = [
        (
            10 * np.log10(255**2 / wrapped_squares),
            'in uint8 3 - 5 is 254, and squares wrap around too: make floats first, `.astype("float64")`',
        ),
        (
            10 * np.log10(255**2 / np.mean(wrapped.astype("float64") ** 2)),
            "in uint8 3 - 5 is 254: make floats before you subtract",
        ),
        (10 * np.log(255**2 / error), "the natural logarithm was taken: np.log10"),
        (10 * np.log10(255 / error), "255 must be squared, as the error is"),
        (10 * np.log10(1 / error), "the peak is missing: 255² over the mean squared error"),
        (10 * np.log10(error / 255**2), "the fraction is upside down: a smaller error has more decibels"),
        (
            20 * np.log10(255**2 / error),
            "20 belongs to the ratio of 255 to the *root* of the error; to squares belongs 10",
        ),
        (10 * np.log10(255 / np.sqrt(error)), "after a root it is 20 · log10, or leave the root out"),
        (np.log10(255**2 / error), "those are bels: ten decibels to one"),
        (
            10 * np.log10(255**2 / np.sum(difference**2)),
            "you summed the squares: take their mean, or large pictures come out worse",
        ),
        (
            20 * np.log10(255 / np.mean(np.abs(difference))),
            "that is the mean absolute error: square before the mean",
        ),
        (
            10 * np.log10(float(right.max()) ** 2 / error) if right.max() < 255 else np.inf,
            "the peak is what uint8 can hold, 255, not the brightest pixel of this picture",
        ),
        (
            np.mean(10 * np.log10(255**2 / np.mean(difference**2, axis=(0, 1)))),
            "you averaged decibels over the colours: average the squared errors, then take one logarithm",
        ),
    ]
    compare(value, 10 * np.log10(255**2 / error), mistakes, "the value is not 10 · log10(255² / MSE)")
    dim, dimmer = np.full((4, 4, 3), 100, "uint8"), np.full((4, 4, 3), 90, "uint8")
    if not same(number(attempt(dim, dimmer)), 10 * np.log10(255**2 / 100)):
        raise Wrong("the peak is what uint8 can hold, 255, not the brightest pixel of this picture")


@exercise(answer=_hole_loss)
def hole_loss(attempt):
    """The mean absolute error over the missing pixels of the batch and their colours."""
    rng = np.random.default_rng(1)
    picture, made = rng.uniform(-1, 1, (2, 2, 6, 5, 3)).astype("float32")
    hole = np.zeros((2, 6, 5, 1), "float32")
    hole[0, 1:5, 1:4] = 1  # 12 pixels
    hole[1, 2:3, 2:4] = 1  # 2 pixels
    result = attempt(*tensors(picture, made, hole))
    hints = {(2,): "one number a picture is left: sum over the whole batch before you divide"}
    value = number(result, "sum, then divide", hints)
    error = np.abs(picture.astype("float64") - made)
    right = (error * hole).sum() / (3 * hole.sum())
    each = (error * hole).sum(axis=(1, 2, 3)) / (3 * hole.sum(axis=(1, 2, 3)))
    mistakes = [
        (
            (error * hole).mean(),
            "you divided by all pixels, so a small hole costs next to nothing: divide by the missing ones",
        ),
        (
            (error * hole).sum() / hole.sum(),
            "you divided by the missing pixels, but each has three colours: three times as many numbers",
        ),
        (
            (error * (1 - hole)).sum() / (3 * (1 - hole).sum()),
            "that is the error *outside*: hole is 1 where the picture is missing",
        ),
        (error.mean(), "the hole is not used: that is the error of the whole picture"),
        (
            each.mean(),
            "every picture counts the same, however small its hole: sum over the batch, then divide once",
        ),
        ((error * hole).sum(), "that is a sum: divide by how many numbers it has"),
        ((error**2 * hole).sum() / (3 * hole.sum()), "that is the squared error: the absolute one is wanted"),
        (
            abs(((picture - made) * hole).sum()) / (3 * hole.sum()),
            "errors of opposite sign cancel: take the absolute value before the sum",
        ),
        (
            ((picture - made) * hole).sum() / (3 * hole.sum()),
            "errors of opposite sign cancel: the absolute value is missing",
        ),
    ]
    compare(value, right, mistakes, "the value is not the mean error of the missing pixels")
    refuse_numpy(result)
