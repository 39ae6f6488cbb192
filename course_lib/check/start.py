"""Exercises of lesson 00, a picture is a tensor."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, same, shaped
from course_lib.check.guard import Wrong


def _to_signed(pictures):
    return pictures.astype("float32") / 127.5 - 1.0


def _brighten(pictures, amount):
    return np.clip(pictures.astype("int16") + amount, 0, 255).astype("uint8")


def _mean_picture(pictures):
    return pictures.mean(axis=0)


def _pictures(seed):
    """Five pictures (5, 6, 4, 3) that hold 0 and 255, with no two sides or means alike."""
    pictures = np.random.default_rng(seed).integers(0, 256, (5, 6, 4, 3), dtype="uint8")
    pictures[0, 0, 0], pictures[1, 2, 3] = 0, 255
    return pictures


@exercise(answer=_to_signed)
def to_signed(attempt):
    """uint8 pictures become float32: 0 to -1, 255 to 1, in a straight line between."""
    pictures = _pictures(1)
    x = pictures.astype("float64")
    result = shaped(attempt(pictures.copy()), pictures.shape)
    if np.isnan(result).any():
        raise Wrong("some values are NaN: nothing has to be divided by a number that can be 0")
    off_middle = "255 becomes a little less than 1: half of 255 is 127.5, not 128"
    whole = "only whole numbers are left, so every shade is lost: // and integer types do that"
    wrapped = (
        "numbers have wrapped around, because uint8 holds 0 to 255 and nothing else: "
        'convert with .astype("float32") before you calculate'
    )
    mistakes = [
        (
            x / 255,
            "your values run from 0 to 1: the range from -1 to 1 is twice as wide, "
            "so divide by half of 255 and then subtract 1",
        ),
        (x / 127.5, "your values run from 0 to 2: dividing by 127.5 is right, now subtract 1"),
        (x / 255 - 0.5, "your values run from -0.5 to 0.5: the range must be twice as wide"),
        (x / 128 - 1, off_middle),
        ((x - 127.5) / 128, off_middle),
        ((x - 1) / 127.5, "you subtracted 1 before you divided: divide first, then subtract"),
        (1 - x / 127.5, "black and white have changed places: 0 must become -1"),
        ((x - 1) % 256 / 127.5, wrapped),
        ((x - 127) % 256 / 127, wrapped),
        ((x - 127) % 256 / 127.5, wrapped),
        ((x - 127) % 256 / 128, wrapped),
        ((x - 128) % 256 / 127.5, wrapped),
        ((x - 128) % 256 / 128, wrapped),
        (2 * x % 256 / 255 - 1, wrapped),
        ((2 * x - 255) % 256 / 255, wrapped),
    ]
    if np.unique(result).size <= 3:
        otherwise = whole
    elif abs(result.mean()) < 1e-3 and abs(result.std() - 1) < 0.05:
        otherwise = (
            "you used the mean and the spread of this batch: use the fixed range from 0 to 255, "
            "so that every batch is treated alike"
        )
    else:
        otherwise = (
            f"your values run from {result.min():.3g} to {result.max():.3g}: "
            "0 must become -1, and 255 must become 1"
        )
    compare(result, x / 127.5 - 1, mistakes, otherwise)
    if result.dtype != np.float32:
        raise Wrong(
            f"the values are right but stored as {result.dtype}: networks compute in float32, "
            'so convert with .astype("float32")'
        )
    dark = pictures // 4
    if not same(array(attempt(dark.copy())), dark / 127.5 - 1):
        raise Wrong(
            "the result depends on the darkest and brightest value of the batch: use the fixed "
            "range from 0 to 255, so that a dark picture stays dark"
        )


@exercise(answer=_brighten)
def brighten(attempt):
    """Add an amount to uint8 pictures; what leaves 0..255 stays at the edge."""
    pictures = _pictures(2)
    x, amount = pictures.astype("int64"), 60
    result = shaped(attempt(pictures.copy(), amount), pictures.shape)
    mistakes = [
        (
            (x + amount) % 256,
            "bright pixels have turned dark: uint8 cannot hold more than 255 and starts again "
            "from 0, so convert to a wider type before you add",
        ),
        (x + amount, "values above 255 are left: cut them off with np.clip(…, 0, 255)"),
        (x, "nothing has changed: the amount must be added to every pixel"),
        (np.clip(x * amount, 0, 255), "you multiplied: brightness is added, contrast is multiplied"),
        (x * amount % 256, "you multiplied: brightness is added, contrast is multiplied"),
        (np.clip(x - amount, 0, 255), "the pictures became darker: add the amount"),
        (
            np.where(x + amount > 255, 0, x + amount),
            "pixels that became too bright are 0 now: they must stay at 255",
        ),
        (
            np.clip(x + amount, -1, 1),
            "you cut off at -1 and 1, the range of floats: these pictures run from 0 to 255",
        ),
        (np.clip(x + amount, 0, 1), "you cut off at 1: these pictures are uint8 and run from 0 to 255"),
    ]
    otherwise = "the result is not the picture plus the amount, cut off at 0 and at 255"
    compare(result, np.clip(x + amount, 0, 255), mistakes, otherwise)
    if result.dtype != np.uint8:
        raise Wrong(
            f"the values are right but stored as {result.dtype}: "
            'a picture from 0 to 255 is uint8, so end with .astype("uint8")'
        )
    if not same(array(attempt(pictures.copy(), -60)), np.clip(x - 60, 0, 255)):
        raise Wrong("an amount of -60 must darken, and stop at 0: look at what becomes of negative numbers")


@exercise(answer=_mean_picture)
def mean_picture(attempt):
    """The average of a batch (n, height, width, channels) is one picture of the same size."""
    pictures = _pictures(3)
    x = pictures.astype("float64")
    n, height, width, channels = x.shape
    along = "the pictures lie along axis 0"
    hints = {
        (): "you averaged over everything and got one number: name the batch axis, mean(axis=0)",
        (n, height, width): f"you averaged over the channels, the last axis: {along}",
        (n, width, channels): f"you averaged over the rows of each picture, axis 1: {along}",
        (n, height, channels): f"you averaged over the columns of each picture, axis 2: {along}",
        (n, channels): f"you averaged inside each picture, to its mean colour: {along}",
        (n,): f"you averaged inside each picture, to its brightness: {along}",
        (1, height, width, channels): "the batch axis is still there, with length 1: "
        "one picture has no batch axis, so leave keepdims out",
        x.shape: "the result still holds every picture: average them into one",
    }
    result = shaped(attempt(pictures.copy()), x.shape[1:], "one picture", hints)
    mistakes = [
        (x.sum(axis=0), "you added the pictures up: divide by how many there are"),
        (
            x.sum(axis=0) % 256 / n,
            "you added in uint8, and sums above 255 started again from 0: use mean(axis=0), or convert first",
        ),
        (np.floor(x.mean(axis=0)), "the fractions are lost: keep the mean as float"),
        (np.rint(x.mean(axis=0)), "the mean was rounded to whole numbers: keep it as float"),
        (np.median(x, axis=0), "this is the median, and the mean is asked for"),
        (x.sum(axis=0) / (n - 1), "you divided by one less than the number of pictures"),
        (x[0], "this is one picture of the batch: average all of them"),
    ]
    otherwise = "the shape is right, but the values are not the mean over the batch"
    compare(result, x.mean(axis=0), mistakes, otherwise)
