"""Exercises of the lesson 03_rnn/2, turning and sliding."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops

# ----------------------------------------------------------------------------- arguments of the warp


def _warp_arguments(step, size):
    back = np.linalg.inv(step)
    middle = np.full(2, (size - 1) / 2)
    return back[:2, :2], middle + back[:2, 2] - back[:2, :2] @ middle


def _from(formula):
    """(matrix, offset) by a formula of the step's turn and shift, of its inverse's, and of the middle."""

    def function(step, size):
        back = np.linalg.inv(step)
        return formula(step[:2, :2], step[:2, 2], back[:2, :2], back[:2, 2], np.full(2, (size - 1) / 2))

    return function


def _misshapen(got, wanted, *_):
    """What the shapes tell, whatever the values."""
    matrix, offset = (one.shape for one in got)
    if matrix == (3, 3):
        return "your matrix is 3 × 3: pass its upper left 2 × 2, and the offset beside it"
    if matrix != (2, 2):
        return f"your matrix has the shape {matrix}, not (2, 2): return two things, matrix and offset"
    if offset != (2,):
        return f"your offset has the shape {offset}: one number for rows, one for columns"
    return None


@drawn(
    answer=_warp_arguments,
    returns=("matrix", "offset"), gives="array", tell=_misshapen,
    idea="input = middle + inverse (output - middle), written as matrix @ output + offset",
    mistakes=[
        (_from(lambda t, s, u, v, m: (t, m + s - t @ m)), "this is where a pixel goes: affine_transform "
         "asks, for each pixel of the result, where it comes from"),
        (_from(lambda t, s, u, v, m: (t, m + v - t @ m)), "the turn is not undone: take the matrix from the "
         "inverse too"),
        (_from(lambda t, s, u, v, m: (u, v)), "this turns about pixel (0, 0), the upper left corner: count "
         "from the middle"),
        (_from(lambda t, s, u, v, m: (t, s)), "this is where a pixel goes, counted from the upper left "
         "corner: invert the step, and count from the middle"),
        (_from(lambda t, s, u, v, m: (u, (m + 0.5) + v - u @ (m + 0.5))), "the middle of pixels 0 … size - 1 "
         "is (size - 1) / 2: at size / 2 the picture drifts"),
        (_from(lambda t, s, u, v, m: (u, m - u @ m)), "the shift is lost"),
        (_from(lambda t, s, u, v, m: (u, m + s - u @ m)), "the shift goes the wrong way: it has to be "
         "undone"),
        (_from(lambda t, s, u, v, m: (u, m - s - u @ m)), "the shift came after the turn, so it is undone "
         "before the turn is: the inverse of the whole matrix does that"),
        (_from(lambda t, s, u, v, m: (u, u @ m - m - v)), "the sign of the offset is flipped: test it on a "
         "step that only shifts"),
        (_from(lambda t, s, u, v, m: (u, m + v)), "the middle is added back, but was never taken away: "
         "subtract matrix @ middle"),
        (_from(lambda t, s, u, v, m: (u, v - u @ m)), "the middle is taken away, but not added back"),
        (_from(lambda t, s, u, v, m: (u.T, m + v[::-1] - u.T @ m)), "rows and columns have changed places"),
    ],
    right=[
        _from(lambda t, s, u, v, m: (t.T, m - t.T @ (s + m))),
        lambda step, size: [one.tolist() for one in _warp_arguments(step, size)],
    ],
)  # fmt: skip
def warp_arguments(rng):
    """From a 3 × 3 motion about the centre to (matrix, offset) of scipy.ndimage.affine_transform."""
    turn, shift = rng.uniform(20, 80), rng.uniform([1, -3], [3, -1])
    yield _motion(turn, shift), 32
    another = "right for 32 pixels and not for another size: take the middle from `size`"
    yield hinted(another, _motion(-turn, shift), int(rng.integers(9, 30)))
    yield _motion(turn - 100, [0, 0]), 8
    yield _motion(0, shift), 5


def _motion(angle, shift):
    turn = np.deg2rad(angle)
    return np.array(
        [[np.cos(turn), -np.sin(turn), shift[0]], [np.sin(turn), np.cos(turn), shift[1]], [0, 0, 1]]
    )


# -------------------------------------------------------------------------------- between the pixels


def _corners(down, right, corners):
    upper = (1 - right) * corners[0] + right * corners[1]
    lower = (1 - right) * corners[2] + right * corners[3]
    return (1 - down) * upper + down * lower


def _mixed(mix=_corners, whole=None, step=lambda x: x + 1):
    """The four pixels, above and below, left and right, mixed by another formula of the fractions."""

    def function(pixel, row, column):
        top, left = map(whole or ops.floor, (row, column))
        bottom, further = step(top), step(left)
        corners = pixel(top, left), pixel(top, further), pixel(bottom, left), pixel(bottom, further)
        return mix(row - top, column - left, corners)

    return function


def _bilinear(pixel, row, column):
    top, left = ops.floor(row), ops.floor(column)
    down, right = row - top, column - left
    upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1)
    lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1)
    return (1 - down) * upper + down * lower


def _by_ceil(pixel, row, column):
    top, left, bottom, right = ops.floor(row), ops.floor(column), ops.ceil(row), ops.ceil(column)
    upper = (right - column) * pixel(top, left) + (column - left) * pixel(top, right)
    lower = (right - column) * pixel(bottom, left) + (column - left) * pixel(bottom, right)
    return (bottom - row) * upper + (row - top) * lower


def _towards_zero(x):
    return ops.cast(ops.cast(x, "int32"), "float32")


@drawn(
    answer=_bilinear,
    tensors=True, slopes=("row", "column"), compiled=True,
    observe={"at whole numbers": lambda f, pixel, row, column: f(pixel, ops.floor(row), ops.floor(column))},
    idea="the four pixels around: each counts by one minus its distance in rows, times one minus that in "
    "columns",
    mistakes=[
        (lambda p, r, c: p(r, c), "pixel was asked for a place that is no whole number: take ops.floor "
         "first"),
        (_mixed(lambda d, r, x: x[0]), "this is the pixel above and to the left alone: mix four of them"),
        (lambda p, r, c: p(ops.round(r), ops.round(c)), "this is the nearest pixel: mix the four around the "
         "place, or the value does not change as the place moves"),
        (_mixed(lambda d, r, x: _corners(1 - d, 1 - r, x)), "the weights have changed places: a pixel counts "
         "more the *nearer* it is"),
        (_mixed(lambda d, r, x: _corners(1 - d, r, x)), "the weights of upper and lower row have changed "
         "places"),
        (_mixed(lambda d, r, x: _corners(d, 1 - r, x)), "the weights of left and right have changed places"),
        (_mixed(lambda d, r, x: _corners(r, d, x)), "the fractions have changed places: the row's share "
         "mixes upper and lower"),
        (_mixed(lambda d, r, x: _corners(0.5, 0.5, x)), "this is the plain mean of four pixels: weigh them "
         "by how near they are"),
        (_mixed(lambda d, r, x: _corners(d, 0.0, x)), "you mixed upper and lower only: mix left and right "
         "too"),
        (_mixed(lambda d, r, x: _corners(0.0, r, x)), "you mixed left and right only: mix upper and lower "
         "too"),
        (_mixed(lambda d, r, x: 4 * _corners(d, r, x)), "the weights must add up to 1"),
        (_mixed(lambda d, r, x: (1 - d) * x[0] + d * x[3]), "the other two corners are missing"),
        (_mixed(lambda d, r, x: x[0] + d * (x[2] - x[0]) + r * (x[1] - x[0])), "the fourth corner is "
         "missing: what d and r do together is d · r · (x00 - x01 - x10 + x11)"),
        (lambda p, r, c: _bilinear(p, c, r), "rows and columns have changed places"),
        (_mixed(step=lambda x: x - 1), "you mixed with the pixel before: the place lies between floor and "
         "floor + 1"),
        (_mixed(whole=_towards_zero), "wrong below 0: cutting off the fraction makes 0 of -0.3, and "
         "ops.floor makes -1"),
        (lambda p, r, c: ops.mean(_bilinear(p, r, c)), "one number is left, but every place has a value of "
         "its own"),
        (_by_ceil, "at a whole number ceil(r) is r as well as floor(r), so that all weights are 0: take "
         "floor(r) + 1"),
    ],
    right=[
        _mixed(lambda d, r, x: (x[0] * (1 - r) + x[1] * r) * (1 - d) + x[2] * d * (1 - r) + x[3] * d * r),
        _mixed(lambda d, r, x: _corners(d % 1, r % 1, x)),
    ],
)  # fmt: skip
def bilinear(rng):
    """The value at places between pixels: rows and columns (n,), a function of whole places, to (n,)."""
    for n in (6, 1):
        places = np.concatenate([rng.uniform(-3.9, -0.1, (2, n)), rng.uniform(0.1, 6.9, (2, n))], axis=1)
        yield _table(rng), places[0], rng.permutation(places[1])


def _table(rng):
    """Pixels from -5 to 8 in both directions; between them stands NaN."""
    values = rng.uniform(-1, 1, 14 * 14).astype("float32")

    def pixel(row, column):
        row, column = (ops.cast(place, "float32") for place in (row, column))
        whole = (row == ops.floor(row)) & (column == ops.floor(column))
        found = ops.take(values, ops.cast(ops.floor(row) * 14 + ops.floor(column), "int32") + 5 * 15)
        return ops.where(whole, found, np.nan)

    return pixel


# ---------------------------------------------------------------------------------- the right target


def _inputs_and_targets(films):
    return films[:, :-1], films[:, 1:]


def _pictures(films):
    """Frame 0 in place of all but the last."""
    return ops.repeat(films[:, :1], films.shape[1] - 1, axis=1)


def _unpaired(got, wanted, *_):
    inputs, targets = (one.shape for one in got)
    if inputs != targets:
        return f"{inputs} inputs and {targets} targets do not pair: each input needs one target"
    return None


@drawn(
    answer=_inputs_and_targets,
    returns=("inputs", "targets"), tensors=True, compiled=True, tell=_unpaired,
    idea="the inputs are all frames but the last, which has no next one; the targets all but the first, "
    "which is nobody's next one",
    mistakes=[
        (lambda x: (x, x), "the target is the input itself, so doing nothing will be perfect: pair each "
         "frame with its next one"),
        (lambda x: (x[:, :-1], x[:, :-1]), "the target is the original picture, so doing nothing will be "
         "perfect: take the *next* frame"),
        (lambda x: (x[:, 1:], x[:, 1:]), "input and target are the same frames: the input comes one earlier"),
        (lambda x: (x[:, 1:], x[:, :-1]), "input and target have changed places: this network would run the "
         "film backwards"),
        (lambda x: (x[:, :-1], _pictures(x)), "every target is frame 0, the original picture: take the frame "
         "after the input"),
        (lambda x: (_pictures(x), x[:, 1:]), "every input is frame 0: nothing could be learnt from what came "
         "later"),
        (lambda x: (x[:-1], x[1:]), "these are neighbouring *films*: axis 0 is the batch, time is axis 1"),
        (lambda x: (x[:, :-2], x[:, 2:]), "these are two frames apart, and the last pairs are missing: take "
         "the very next frame"),
        (lambda x: (x[:, :-1], x[:, 1:] - x[:, :-1]), "this is the change: the target is the next frame "
         "itself"),
        (lambda x: (x[:, :5], x[:, 1:6]), "films of six frames are typed in: take all frames but the last, "
         "and all but the first"),
        (lambda x: (x[:, 0], x[:, 1]), "these are the first two frames alone: every frame but the last has a "
         "next one"),
    ],
    right=[
        lambda films: [films[:, : films.shape[1] - 1], films[:, 1:]],
        lambda films: (ops.stack(ops.unstack(films, axis=1)[:-1], axis=1), films[:, 1:]),
    ],
)  # fmt: skip
def inputs_and_targets(rng):
    """Inputs and targets of one step, (batch, time - 1, h, w, c) each, from films (batch, time, h, w, c)."""
    for shape in ((3, 7, 3, 4, 1), (1, 2, 2, 3, 3), (8, 9, 2, 2, 1)):
        yield (rng.uniform(-1, 1, shape),)
