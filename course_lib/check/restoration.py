"""Exercises of lesson 04_cnn/2, restoring photographs."""

import math

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.kinds import named, tried


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


DEAREST = 256  # multiplications for each number of a picture
LEAST = 32.4  # dB


def _cheap_waves():
    return {"size": 8, "step": 4, "strength": 3.3}


def _waves(setting):
    """Multiplications for each number of a picture, and decibels on the photographs to choose by."""
    from course_lib import data, metrics
    from course_lib.models import restoration

    size, step = setting["size"], setting["step"]
    cost = 4 * size * math.ceil(size / step) ** 2
    photos, told = data.load("photos"), []
    for name in restoration.VALIDATION_PHOTOS if cost <= DEAREST else ():
        right = data.signed(photos[name][100:300, 200:400])
        noise = np.random.default_rng(1).standard_normal(right.shape)
        noisy = (right + 25 / 127.5 * noise).astype("float32")
        made = restoration.by_cosines(noisy, 25, setting["strength"], size, step)
        told.append(metrics.psnr(right[None], made[None])[0])
    return {"multiplications": cost} | ({"dB": np.mean(told)} if told else {})


@tried(
    answer=_cheap_waves, measure=_waves,
    wanted=[
        (lambda found: found["multiplications"] <= DEAREST,
         f"too dear: {DEAREST} multiplications may be spent, and half the step costs four times as much"),
        (lambda found: found["dB"] >= LEAST,
         f"{LEAST:g} dB are wanted: too small blocks hold too few waves to tell noise from picture, blocks "
         "that do not overlap show their edges, too low a strength leaves noise, too high takes detail"),
    ],
    idea="two prices, one for the size and one for the overlap: go through the pairs that the budget allows, "
    "and find the best strength for each",
    size=(4, 8, 16, 32), step=(1, 2, 4, 8, 16, 32), strength=[0, 10],
)  # fmt: skip
def cheap_waves():
    """Block, step and strength of the cosine method under a budget, scored on two photographs."""


def _whose_work():
    return {"A": "cosines", "B": "trained here", "C": "total variation", "D": "non-local means"}


SIGNS = {
    "total variation": "its surfaces are flat and end at steps, and what it took away shows the drawing of "
    "hair and eyes: it pays for every change of brightness, wanted or not",
    "non-local means": "it is smooth, but specks of noise are left where nothing else in the window looks "
    "alike, and there it took nothing away",
    "cosines": "faint waves run beside edges, straight ones: in a block of 8×8 pixels whole "
    "waves were kept or dropped",
    "trained here": "it is soft and a little mottled, with no flat pieces, no specks and no straight waves: "
    "a mean over what might have been there",
}


@named(
    answer=_whose_work, names=tuple(SIGNS),
    told={(true, given): sign for true, sign in SIGNS.items() for given in SIGNS if given != true},
    idea="each method leaves what it believes in: flat pieces, things that come again, waves in blocks; what "
    "is left of the noise, and what of the picture lies among what was taken away, tells them apart",
)  # fmt: skip
def whose_work():
    """Which of four methods made each of four unlabelled pictures of one noisy face."""


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
