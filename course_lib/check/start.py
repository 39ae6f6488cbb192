"""Exercises of lesson 00, a picture is a tensor."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.framework import array


def _pictures(rng, *shape):
    """Pictures that hold 0 and 255, which no first or last place does."""
    pictures = rng.integers(1, 255, shape, dtype="uint8")
    pictures.flat[1], pictures.flat[-2] = 0, 255
    return pictures


def _to_signed(pictures):
    return pictures.astype("float32") / 127.5 - 1.0


WRAPPED = (
    "numbers have wrapped around, because uint8 holds 0 to 255 and nothing else: convert with "
    '.astype("float32") before you calculate'
)
OFF_MIDDLE = "half of 255 is 127.5: with another divisor 255 becomes a little less or more than 1"
OF_BATCH = "the range is fixed, 0 to 255, whatever is in the batch: "


def _range(got, wanted, pictures):
    """Whole numbers alone; else the range that the values have."""
    if got.shape != wanted.shape or not np.isfinite(got).all():
        return None
    if np.unique(got).size <= 3:
        return "only whole numbers are left, so every shade is lost: // and integer types do that"
    return f"your values run from {got.min():.3g} to {got.max():.3g}: 0 must become -1, and 255 must become 1"


def _beyond(function, pictures):
    """How much too far from 0 the two ends are: a thousandth is enough to leave the networks' range."""
    return np.round(np.abs(array(function(np.array([0, 255], "uint8")))) - 1, 4)


@drawn(
    answer=_to_signed,
    dtype="float32", gives="array", tell=_range, observe={"beyond -1 and 1": _beyond},
    idea="a straight line: the range from 0 to 255 becomes one of width 2, with its middle at 0; the numbers "
    "are float32 before anything else is done to them",
    mistakes=[
        (lambda x: x / 255,
         "your values run from 0 to 1: the range from -1 to 1 is twice as wide, so divide by half of 255 and "
         "then subtract 1"),
        (lambda x: x / 127.5, "your values run from 0 to 2: dividing by 127.5 is right, now subtract 1"),
        (lambda x: x / 255 - 0.5, "your values run from -0.5 to 0.5: the range must be twice as wide"),
        (lambda x: x / 128 - 1, OFF_MIDDLE),
        (lambda x: (x - 127.5) / 128, OFF_MIDDLE),
        (lambda x: (x - 127.5) / 127, OFF_MIDDLE),
        (lambda x: (x - 127.5) / 127.4, OFF_MIDDLE),
        (lambda x: (x - 128.0) / 127.5, "the middle of 0 and 255 is 127.5: 0 must become -1 and 255 1"),
        (lambda x: x / 127 - 1, OFF_MIDDLE + "; it is not 127"),
        (lambda x: (x - 1.0) / 127.5, "you subtracted 1 before you divided: divide first, then subtract"),
        (lambda x: 1 - x / 127.5, "black and white have changed places: 0 must become -1"),
        (lambda x: x // 127.5 - 1, "only whole numbers are left, so every shade is lost: // does that"),
        *((lambda x, less=less, width=width: (x - less) / width, WRAPPED) for less, width in
          ((1, 127.5), (127, 127), (127, 127.5), (127, 128), (128, 127.5), (128, 128))),
        (lambda x: 2 * x / 255 - 1, WRAPPED),
        (lambda x: (2 * x - 255) / 255, WRAPPED),
        (lambda x: (x - x.mean()) / x.std(),
         OF_BATCH + "you used its mean and its spread, and every batch is treated otherwise"),
        (lambda x: (x - x.min()) / (np.float32(x.max()) - x.min()) * 2 - 1,
         OF_BATCH + "you used its darkest and brightest value, and a dark picture must stay dark"),
        (lambda x: x / 127.5 - 1,
         'the values are right but stored as float64: networks compute in float32, so convert with '
         '.astype("float32")'),
    ],
    right=[
        lambda x: (x.astype("float32") - 127.5) / 127.5,
        lambda x: (x / 255 * 2 - 1).astype("float32"),
        lambda x: ops.cast(x, "float32") / 127.5 - 1,
        lambda x: np.interp(x, [0, 255], [-1, 1]).astype(np.float32),
    ],
)  # fmt: skip
def to_signed(rng):
    """uint8 pictures become float32: 0 to -1, 255 to 1, in a straight line between."""
    yield (_pictures(rng, int(rng.integers(3, 7)), 6, 4, 3),)
    yield (_pictures(rng, 5, 4),)
    yield (_pictures(rng, 7, 4, 1) // 4 + np.uint8(9),)  # a dark one, without any black


def _brighten(pictures, amount):
    return np.clip(pictures.astype("int16") + amount, 0, 255).astype("uint8")


def _clipped(change, low=0, high=255):
    """What a change of whole numbers leaves, cut off at two edges, as uint8."""
    return lambda x, amount: np.clip(change(x.astype("int64"), amount), low, high).astype("uint8")


MULTIPLIED = "you multiplied: brightness is added, contrast is multiplied"


@drawn(
    answer=_brighten,
    dtype="uint8", gives="array",
    idea="no sum of a byte and an amount may wrap around, so widen first; then add, cut off at 0 and 255, "
    "and make bytes of it again",
    mistakes=[
        (lambda x, a: x + np.array(a).astype("uint8"),
         "bright pixels have turned dark: uint8 cannot hold more than 255 and starts again from 0; go to "
         "a wider type before you add, and cut off before you come back"),
        (lambda x, a: x + np.uint8(a),
         "bright pixels have turned dark, and a negative amount is no uint8 at all: convert to a wider type "
         "before you add"),
        (lambda x, a: np.clip(x.astype("int8") + np.int16(a), 0, 255).astype("uint8"),
         "int8 holds -128 to 127, so bytes above 127 became negative: int16 is wide enough"),
        (lambda x, a: np.clip(x.astype("int16") + np.array(a).astype("int8"), 0, 255).astype("uint8"),
         "int8 holds -128 to 127, and amounts go from -255 to 255: int16 is wide enough"),
        (lambda x, a: np.clip(x.astype("int16") + np.int8(a), 0, 255).astype("uint8"),
         "int8 holds -128 to 127, and an amount of 200 does not fit: int16 is wide enough"),
        (lambda x, a: x.astype("int32") + a,
         "values above 255 are left: cut them off with np.clip(…, 0, 255)"),
        (lambda x, a: x, "nothing has changed: the amount must be added to every pixel"),
        (_clipped(lambda x, a: x * a), MULTIPLIED),
        (_clipped(lambda x, a: x * (1 + a / 255)), MULTIPLIED),
        (_clipped(lambda x, a: x - a), "the pictures became darker: add the amount"),
        (_clipped(lambda x, a: x + abs(a)), "an amount below 0 must darken: add it as it is, with its sign"),
        (_clipped(lambda x, a: np.where(x + a > 255, 0, x + a)),
         "pixels that became too bright are 0 now: they must stay at 255"),
        (_clipped(lambda x, a: np.where((x + a > 255) | (x + a < 0), x, x + a)),
         "pixels that would leave the range stay as they were in yours: they go to its edge, 0 or 255"),
        (_clipped(lambda x, a: x + a, 0, 254), "the brightest byte is 255: you cut off at 254"),
        (_clipped(lambda x, a: x + np.clip(a, -100, 100)),
         "you cut the amount off: any whole number from -255 to 255 may come"),
        (lambda x, a: np.minimum(x.astype("int32") + a, 255).astype("uint8"),
         "a negative amount must stop at 0: look at what becomes of negative numbers"),
        (lambda x, a: np.maximum(x.astype("int32") + a, 0).astype("uint8"),
         "a positive amount must stop at 255: only negative numbers are cut off"),
        (lambda x, a: np.clip(x * 1.0 + a, -1, 1),
         "you cut off at -1 and 1, the range of floats: these pictures run from 0 to 255"),
        (lambda x, a: np.clip(x * 1.0 + a, 0, 1),
         "you cut off at 1: these pictures are uint8 and run from 0 to 255"),
        (lambda x, a: np.clip(x.astype("int16") + a, 0, 255),
         'the values are right but stored as int16: a picture from 0 to 255 is uint8, so end with '
         '.astype("uint8")'),
    ],
    right=[
        lambda x, a: np.clip(x + float(a), 0, 255).astype("uint8"),
        lambda x, a: np.uint8(np.maximum(0, np.minimum(255, x * 1.0 + a))),
        lambda x, a: ops.cast(ops.clip(ops.cast(x, "int32") + a, 0, 255), "uint8"),
    ],
)  # fmt: skip
def brighten(rng):
    """Add an amount to uint8 pictures; what leaves 0..255 stays at the edge."""
    yield _pictures(rng, 4, 6, 5, 3), int(rng.integers(40, 90))
    yield _pictures(rng, 6, 5, 3), -int(rng.integers(40, 90))
    for amount in (200, -200, 255, 0):
        hint = f"it fails for an amount of {amount}: any from -255 to 255 may come"
        yield hinted(hint, _pictures(rng, 5, 7, 1), amount)


def _mean_picture(pictures):
    return pictures.mean(axis=0)


ALONG = ": the pictures lie along axis 0"


@drawn(
    answer=_mean_picture,
    idea="one picture is left when the axis that counts the pictures is averaged away, and no other",
    mistakes=[
        (lambda x: x.mean(),
         "you averaged over everything and got one number: name the batch axis, mean(axis=0)"),
        (lambda x: x.mean(axis=-1), "you averaged over the channels, the last axis" + ALONG),
        (lambda x: x.mean(axis=1), "you averaged over the rows of each picture, axis 1" + ALONG),
        (lambda x: x.mean(axis=2), "you averaged over the columns of each picture, axis 2" + ALONG),
        (lambda x: x.mean(axis=(1, 2)), "you averaged inside each picture, to its mean colour" + ALONG),
        (lambda x: x.mean(axis=(1, 2, 3)), "you averaged inside each picture, to its brightness" + ALONG),
        (lambda x: x.mean(axis=0, keepdims=True),
         "the batch axis is still there, with length 1: one picture has none, so leave keepdims out"),
        (lambda x: x.astype("float32"), "the result still holds every picture: average them into one"),
        (lambda x: x.sum(axis=0), "you added the pictures up: divide by how many there are"),
        (lambda x: sum(x) / len(x),
         "you added in uint8, and sums above 255 started again from 0: use mean(axis=0), or convert first"),
        (lambda x: np.floor(x.mean(axis=0)), "the fractions are lost: keep the mean as float"),
        (lambda x: np.rint(x.mean(axis=0)), "the mean was rounded to whole numbers: keep it as float"),
        (lambda x: np.median(x, axis=0), "this is the median, and the mean is asked for"),
        (lambda x: x.sum(axis=0) / (len(x) - 1), "you divided by one less than the number of pictures"),
        (lambda x: x[0], "this is one picture of the batch: average all of them"),
        (lambda x: x.mean(axis=0) / 127.5 - 1,
         "you brought the mean to [-1, 1] as well: the mean of bytes lies from 0 to 255"),
    ],
    right=[
        lambda x: np.mean(x, axis=0, dtype="float32"),
        lambda x: ops.mean(ops.cast(x, "float32"), axis=0),
        lambda x: sum(x / len(x)),
    ],
)  # fmt: skip
def mean_picture(rng):
    """The average of a batch (n, height, width, channels) is one picture of the same size."""
    yield (_pictures(rng, int(rng.integers(7, 10)), 6, 4, 3),)
    yield (_pictures(rng, 4, 3, 5, 1),)
    yield (np.repeat(_pictures(rng, 1, 4, 5, 3), int(rng.integers(11, 20)), axis=0),)  # all alike
    yield (_pictures(rng, 1, 3, 4, 2),)
