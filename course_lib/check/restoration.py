"""Exercises of lesson 04_cnn/2, restoring photographs."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops


def _to_pixels(channels, factor):
    _, h, w, depth = channels.shape
    c = depth // factor**2
    x = ops.reshape(channels, (-1, h, w, factor, factor, c))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, factor * h, factor * w, c))


def _dealt(*order, split="ijk", factor=None, colours=None):
    """The six axes in another order, of channels split in another way; factor or colours as given here."""

    def function(channels, r):
        r = factor or r
        n, h, w, depth = channels.shape
        c = colours or depth // r**2
        x = ops.reshape(channels, (n, h, w, *((r, r, c) if split == "ijk" else (c, r, r))))
        return ops.reshape(ops.transpose(x, order), (n, r * h, r * w, c))

    return function


@drawn(
    answer=_to_pixels,
    tensors=True, slopes=("channels",),
    idea="split the channels into the axes (i, j, k), bring the six axes into the order batch, m, i, n, j, "
    "k, and join m with i to rows and n with j to columns",
    mistakes=[
        (lambda x, r: ops.reshape(x, (-1, r * x.shape[1], r * x.shape[2], x.shape[3] // r**2)), "only "
         "reshaped: that puts the pixels of a place side by side in one row; move axes first"),
        (_dealt(0, 1, 4, 2, 3, 5), "rows and columns inside a block have changed places: i, the slower one, "
         "counts rows"),
        (_dealt(0, 1, 4, 2, 5, 3, split="kij"), "the channels were taken as (colour, i, j), PyTorch's order: "
         "here colour counts fastest, (i, j, colour)"),
        (_dealt(0, 3, 1, 4, 2, 5), "the blocks lie beside one another as whole small pictures: put the axis "
         "i after m, not before"),
        (_dealt(0, 2, 3, 1, 4, 5), "rows and columns of the picture have changed places: keep the order m, "
         "i, n, j"),
        (_dealt(0, 1, 3, 2, 4, 5, colours=3), "the number of colours is fixed to 3: it is the channels "
         "divided by factor²"),
        (_dealt(0, 1, 3, 2, 4, 5, factor=2), "the factor is fixed to 2: use `factor`"),
        (lambda x, r: ops.repeat(ops.repeat(x[..., : x.shape[3] // r**2], r, axis=1), r, axis=2), "every "
         "pixel of a block got the same channels: all of them must be used"),
        (lambda x, r: ops.repeat(ops.repeat(x, r, axis=1), r, axis=2), "all channels are still there: each "
         "pixel gets a factor²-th of them"),
        (lambda x, r: ops.reshape(x, (*x.shape[:3], r, r, x.shape[3] // r**2)), "the channels are split, but "
         "not moved: transpose, then reshape once more"),
        (lambda x, r: ops.reshape(_to_pixels(x, r), (-1, *_to_pixels(x, r).shape[2:])), "the batch is lost: "
         "it stays the first axis"),
    ],
    right=[
        _dealt(0, 1, 3, 2, 4, 5),
        lambda x, r: ops.reshape(
            ops.swapaxes(ops.reshape(x, (-1, x.shape[1], x.shape[2], r, x.shape[3] // r)), 2, 3),
            (-1, r * x.shape[1], r * x.shape[2], x.shape[3] // r**2)),
    ],
)  # fmt: skip
def to_pixels(rng):
    """`(batch, h, w, factor² · c)` dealt out to `(batch, factor · h, factor · w, c)`."""
    yield rng.normal(size=(2, 3, 5, 12)), 2
    other = "right for a factor of 2 and 3 colours, wrong for others: take both from the arguments"
    yield hinted(other, rng.normal(size=(1, 2, 4, 18)), 3)
    yield hinted(other, rng.normal(size=(3, 4, 2, 4)), 2)


def _psnr(right, made):
    error = np.mean((right.astype("float64") - made.astype("float64")) ** 2)
    return 10 * np.log10(255**2 / error)


def _decibels(error, peak=255.0):
    with np.errstate(all="ignore"):
        return 10 * np.log10(peak**2 / error)


def _mse(right, made, kind="float64"):
    return np.mean((right.astype(kind) - made.astype(kind)) ** 2)


@drawn(
    answer=_psnr, gives="float",
    idea="turn both pictures into floats, take the mean of all squared differences, and tell on a scale of "
    "logarithms how often it fits into 255²",
    mistakes=[
        (lambda x, y: _decibels(_mse(x, y, "uint8")), "in uint8 3 - 5 is 254, and squares wrap around too: "
         'make floats first, `.astype("float64")`'),
        (lambda x, y: _decibels(np.mean((x - y).astype("float64") ** 2)), "in uint8 3 - 5 is 254: make "
         "floats before you subtract"),
        (lambda x, y: _decibels(_mse(x, y, "int16")), "int16 holds the differences, but not their squares, "
         'which reach 65,025: make floats first, `.astype("float64")`'),
        (lambda x, y: _decibels(_mse(x, y, "int8")), "int8 ends at 127: make floats first"),
        (lambda x, y: np.log(10) * _decibels(_mse(x, y)), "the natural logarithm was taken: np.log10"),
        (lambda x, y: _decibels(_mse(x, y), 255**0.5), "255 must be squared, as the error is"),
        (lambda x, y: _decibels(_mse(x, y), 1), "the peak is missing: 255² over the mean squared error"),
        (lambda x, y: _decibels(_mse(x, y), 256), "the largest value that uint8 can hold is 255"),
        (lambda x, y: -_decibels(_mse(x, y)), "the fraction is upside down: a smaller error has more "
         "decibels"),
        (lambda x, y: 2 * _decibels(_mse(x, y)), "20 belongs to the ratio of 255 to the *root* of the error; "
         "to squares belongs 10"),
        (lambda x, y: _decibels(_mse(x, y)) / 2, "after a root it is 20 · log10, or leave the root out"),
        (lambda x, y: _decibels(_mse(x, y)) / 10, "those are bels: ten decibels to one"),
        (lambda x, y: _decibels(_mse(x, y) * x.size), "you summed the squares: take their mean, or large "
         "pictures come out worse"),
        (lambda x, y: _decibels(np.mean(np.abs(x - 1.0 * y)) ** 2), "that is the mean absolute error: square "
         "before the mean"),
        (lambda x, y: _decibels(_mse(x, y), float(x.max())), "the peak is what uint8 can hold, 255, not the "
         "brightest pixel of this picture"),
        (lambda x, y: np.mean(_decibels(np.mean((x - 1.0 * y) ** 2, axis=(0, 1)))), "you averaged decibels "
         "over the colours: average the squared errors, then take one logarithm"),
        (lambda x, y: _decibels(np.mean((x - 1.0 * y) ** 2, axis=(0, 1))), "one number a colour is left: the "
         "mean squared error is taken over colours too"),
        (_mse, "this is the mean squared error itself: 10 · log10 of 255² over it"),
    ],
    right=[
        lambda x, y: 20 * np.log10(255 / np.sqrt(_mse(x, y))),
        lambda x, y: float(48.130803608679 - 10 * np.log10(_mse(x, y, "int64"))),
    ],
)  # fmt: skip
def psnr(rng):
    """The peak signal-to-noise ratio of one uint8 picture, in decibels."""
    right = rng.integers(0, 256, (8, 6, 3)).astype("uint8")
    noise = rng.normal(0, 20, right.shape) * [0.5, 1, 1.5]  # the colours differ in it
    yield right, np.clip(right + noise, 0, 255).astype("uint8")
    black = 255 * (rng.uniform(size=(5, 7, 3)) < 0.5).astype("uint8")
    made = black.copy()
    made[:3] = 255 - made[:3]  # black against white
    made[3:] ^= rng.integers(1, 32, (2, 7, 3)).astype("uint8")
    yield hinted("right where pixels differ little, wrong for black against white", black, made)
    yield rng.integers(90, 110, (4, 3, 3)).astype("uint8"), rng.integers(70, 90, (4, 3, 3)).astype("uint8")


def _hole_loss(picture, made, hole):
    error = ops.abs(picture - made) * hole
    return ops.sum(error) / (picture.shape[-1] * ops.sum(hole))


def _each(picture, made, hole):
    """The answer for every picture of its own, (batch,)."""
    error = ops.sum(ops.abs(picture - made) * hole, axis=(1, 2, 3))
    return error / (3 * ops.sum(hole, axis=(1, 2, 3)))


@drawn(
    answer=_hole_loss,
    tensors=True, slopes=("made",),
    idea="add up what differs inside, over the whole batch, and divide by how many numbers that were: the "
    "missing pixels, three colours each",
    mistakes=[
        (lambda x, y, m: ops.mean(ops.abs(x - y) * m), "you divided by all pixels, so a small hole costs "
         "next to nothing: divide by the missing ones"),
        (lambda x, y, m: ops.sum(ops.abs(x - y) * m) / ops.sum(m), "you divided by the missing pixels, but "
         "each has three colours: three times as many numbers"),
        (lambda x, y, m: _hole_loss(x, y, 1 - m), "that is the error *outside*: hole is 1 where the picture "
         "is missing"),
        (lambda x, y, m: ops.mean(ops.abs(x - y)), "the hole is not used: that is the error of the whole "
         "picture"),
        (lambda x, y, m: ops.mean(_each(x, y, m)), "every picture counts the same, however small its hole: "
         "sum over the batch, then divide once"),
        (_each, "one number a picture is left: sum over the whole batch before you divide"),
        (lambda x, y, m: ops.sum(ops.abs(x - y) * m) / (3 * ops.sum(m[:1])), "only the first picture's hole "
         "is counted: divide by the missing pixels of the batch"),
        (lambda x, y, m: ops.sum(ops.abs(x - y) * m), "that is a sum: divide by how many numbers it has"),
        (lambda x, y, m: ops.sum((x - y) ** 2 * m) / (3 * ops.sum(m)), "that is the squared error: the "
         "absolute one is wanted"),
        (lambda x, y, m: ops.abs(ops.sum((x - y) * m)) / (3 * ops.sum(m)), "errors of opposite sign cancel: "
         "take the absolute value before the sum"),
        (lambda x, y, m: ops.sum((x - y) * m) / (3 * ops.sum(m)), "errors of opposite sign cancel: the "
         "absolute value is missing"),
    ],
    right=[
        lambda x, y, m: ops.sum(ops.abs(x * m - y * m)) / ops.sum(ops.broadcast_to(m, x.shape)),
        lambda x, y, m: ops.mean(ops.mean(ops.abs(x - y), axis=-1, keepdims=True) * m) / ops.mean(m),
    ],
)  # fmt: skip
def hole_loss(rng):
    """The mean absolute error over the missing pixels of the batch and their colours."""
    picture = rng.uniform(-1, 0.2, (2, 6, 5, 3))  # mostly darker than what is made
    made = -rng.uniform(-1, 0.2, picture.shape)
    hole = np.zeros((2, 6, 5, 1))
    hole[0, 1:5, 1:4] = 1  # 12 pixels
    hole[1, 2:3, 2:4] = 1  # 2 pixels
    yield picture, made, hole
    some = (rng.uniform(size=(3, 4, 3, 1)) < 0.4) * np.array([1.0, 0.0, 1.0]).reshape(3, 1, 1, 1)
    some[0, 0, 0], some[2] = 1, 1  # a picture with little missing, one with nothing, one with all
    yield *rng.uniform(-1, 1, (2, 3, 4, 3, 3)), some
