"""Exercises of the lesson 03_rnn/2, turning and sliding."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, refuse_numpy, shaped, tensors
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------------- 3.2.1, arguments of the warp


def _warp_arguments(step, size):
    back = np.linalg.inv(step)
    middle = np.full(2, (size - 1) / 2)
    return back[:2, :2], middle + back[:2, 2] - back[:2, :2] @ middle


def _pair(result, *names):
    """Both results as arrays."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong(f"two things are asked for: return {', '.join(names)}")
    return [array(one, f"your {name}") for one, name in zip(result, names, strict=True)]


def _motion(angle, shift):
    turn = np.deg2rad(angle)
    return np.array(
        [[np.cos(turn), -np.sin(turn), shift[0]], [np.sin(turn), np.cos(turn), shift[1]], [0, 0, 1]]
    )


@exercise(answer=_warp_arguments)
def warp_arguments(attempt):
    """From a 3 × 3 motion about the centre to (matrix, offset) of scipy.ndimage.affine_transform."""
    step, size = _motion(25, (1.5, -2.25)), 20
    matrix, offset = _pair(attempt(step.copy(), size), "matrix", "offset")
    if matrix.shape == (3, 3):
        raise Wrong("your matrix is 3 × 3: pass its upper left 2 × 2, and the offset beside it")
    if matrix.shape != (2, 2):
        raise Wrong(f"your matrix has the shape {matrix.shape}, not (2, 2)")
    if offset.shape != (2,):
        raise Wrong(f"your offset has the shape {offset.shape}: one number for rows, one for columns")

    def flat(matrix, offset):
        return np.concatenate([np.ravel(matrix), np.ravel(offset)])

    back, middle = np.linalg.inv(step), np.full(2, (size - 1) / 2)
    turn, shift = step[:2, :2], step[:2, 2]
    unturn, unshift = back[:2, :2], back[:2, 2]
    half = np.full(2, size / 2)
    swapped = back[::-1, ::-1]
    mistakes = [
        (flat(turn, middle + shift - turn @ middle), "this is where a pixel goes: affine_transform asks, for "
         "each pixel of the result, where it comes from"),
        (flat(turn, middle + unshift - turn @ middle), "the turn is not undone: take the matrix from the "
         "inverse too"),
        (flat(unturn, unshift), "this turns about pixel (0, 0), the upper left corner: count from the "
         "middle"),
        (flat(turn, shift), "this is where a pixel goes, counted from the upper left corner: invert the "
         "step, and count from the middle"),
        (flat(unturn, half + unshift - unturn @ half), "the middle of pixels 0 … size - 1 is (size - 1) / 2: "
         "at size / 2 the picture drifts"),
        (flat(unturn, middle - unturn @ middle), "the shift is lost"),
        (flat(unturn, middle + shift - unturn @ middle), "the shift goes the wrong way: it has to be undone"),
        (flat(unturn, middle - shift - unturn @ middle), "the shift came after the turn, so it is undone "
         "before the turn is: the inverse of the whole matrix does that"),
        (flat(unturn, unturn @ middle - middle - unshift), "the sign of the offset is flipped: test it on a "
         "step that only shifts"),
        (flat(unturn, middle + unshift), "the middle is added back, but was never taken away: subtract "
         "matrix @ middle"),
        (flat(unturn, unshift - unturn @ middle), "the middle is taken away, but not added back"),
        (flat(swapped[1:, 1:], middle + unshift[::-1] - swapped[1:, 1:] @ middle), "rows and columns have "
         "changed places"),
    ]  # fmt: skip
    right = flat(*_warp_arguments(step, size))
    otherwise = "wanted: input = middle + inverse (output - middle), written as matrix @ output + offset"
    compare(flat(matrix, offset), right, mistakes, otherwise)
    other = _motion(-70, (0, 3))
    again = flat(*map(array, attempt(other.copy(), 33)))
    if not np.allclose(again, flat(*_warp_arguments(other, 33)), atol=1e-4):
        raise Wrong("right for one step and one size, wrong for another: take both from the arguments")


# ------------------------------------------------------------------------------ 3.2.2, between the pixels


def _bilinear(pixel, row, column):
    from keras import ops

    top, left = ops.floor(row), ops.floor(column)
    down, right = row - top, column - left
    upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1)
    lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1)
    return (1 - down) * upper + down * lower


@exercise(answer=_bilinear)
def bilinear(attempt):
    """The value at places between pixels: rows and columns (n,), a function of whole places, to (n,)."""
    from keras import ops

    from course_lib.training import gradient

    rng = np.random.default_rng(5)
    table = rng.uniform(-1, 1, (9, 9)).astype("float32")
    rows = rng.uniform(1.1, 6.9, 12).astype("float32")
    columns = rng.uniform(1.1, 6.9, 12).astype("float32")
    rows[0], columns[0] = 3, 4

    def pixel(row, column):
        row, column = ops.convert_to_tensor(row), ops.convert_to_tensor(column)
        for name, whole in (("row", row), ("column", column)):
            values = ops.convert_to_numpy(whole)
            if not np.allclose(values, np.rint(values)):
                raise Wrong(f"pixel was asked for a {name} that is no whole number: take ops.floor first")
        return ops.take(*tensors(table.ravel()), ops.cast(row * 9 + column, "int32"))

    result = attempt(pixel, *tensors(rows, columns))
    values = shaped(result, rows.shape, "every place has one value")
    i, j = np.floor(rows).astype(int), np.floor(columns).astype(int)
    d, r = rows - i, columns - j

    def mixed(d, r, i=i, j=j):
        upper = (1 - r) * table[i, j] + r * table[i, j + 1]
        return (1 - d) * upper + d * ((1 - r) * table[i + 1, j] + r * table[i + 1, j + 1])

    mistakes = [
        (table[i, j], "this is the pixel above and to the left alone: mix four of them"),
        (table[np.rint(rows).astype(int), np.rint(columns).astype(int)], "this is the nearest pixel: mix "
         "the four around the place, or the value does not change as the place moves"),
        (mixed(1 - d, 1 - r), "the weights have changed places: a pixel counts more the *nearer* it is"),
        (mixed(1 - d, r), "the weights of upper and lower row have changed places"),
        (mixed(d, 1 - r), "the weights of left and right have changed places"),
        (mixed(r, d), "the fractions have changed places: the row's share mixes upper and lower"),
        (mixed(0.5, 0.5), "this is the plain mean of four pixels: weigh them by how near they are"),
        (mixed(d, 0), "you mixed upper and lower only: mix left and right too"),
        (mixed(0, r), "you mixed left and right only: mix upper and lower too"),
        (mixed(d, r) * 4, "the weights must add up to 1"),
        ((1 - d) * table[i, j] + d * table[i + 1, j + 1], "the other two corners are missing"),
        (mixed(r, d, j, i), "rows and columns have changed places"),
    ]  # fmt: skip
    compare(values, mixed(d, r), mistakes, "wanted: the four pixels around, each weighed by its share")
    refuse_numpy(result)
    try:
        slope = gradient(
            lambda place: attempt(pixel, *ops.unstack(place, 2)), ops.stack(tensors(rows, columns))
        )
    except Wrong:
        raise
    except Exception:
        slope = None
    if slope is None or not np.any(array(slope)):
        raise Wrong("no slope comes through: keep row - floor(row) a tensor")
    upper = table[i, j + 1] - table[i, j]
    lower = table[i + 1, j + 1] - table[i + 1, j]
    if not np.allclose(array(slope)[1, 1:], ((1 - d) * upper + d * lower)[1:], atol=1e-3):
        raise Wrong("the values are right, but their slope is not: mix by the fractions themselves")


# --------------------------------------------------------------------------------- 3.2.3, the right target


def _inputs_and_targets(films):
    return films[:, :-1], films[:, 1:]


@exercise(answer=_inputs_and_targets)
def inputs_and_targets(attempt):
    """Inputs and targets of one step, (batch, time - 1, h, w, c) each, from films (batch, time, h, w, c)."""
    films = np.random.default_rng(6).uniform(-1, 1, (6, 6, 3, 4, 1)).astype("float32")
    inputs, targets = _pair(attempt(films.copy()), "inputs", "targets")
    if inputs.shape[1:2] != targets.shape[1:2] or inputs.shape[:1] != targets.shape[:1]:
        raise Wrong(
            f"{inputs.shape} inputs and {targets.shape} targets do not pair: each input needs one target"
        )

    def equals(first, second):
        return first.shape == second.shape and np.allclose(first, second)

    first = np.repeat(films[:, :1], 5, axis=1)
    mistakes = [
        ((films, films), "the target is the input itself, so doing nothing will be perfect: pair each frame "
         "with its next one"),
        ((films[:, :-1], films[:, :-1]), "the target is the original picture, so doing nothing will be "
         "perfect: take the *next* frame"),
        ((films[:, 1:], films[:, 1:]), "input and target are the same frames: the input comes one earlier"),
        ((films[:, 1:], films[:, :-1]), "input and target have changed places: this network would run the "
         "film backwards"),
        ((films[:, :-1], first), "every target is frame 0, the original picture: take the frame after the "
         "input"),
        ((films[:-1], films[1:]), "these are neighbouring *films*: axis 0 is the batch, time is axis 1"),
        ((films[:, :-2], films[:, 2:]), "these are two frames apart, and the last pairs are missing: take "
         "the very next frame"),
        ((films[:, :-1], films[:, 1:] - films[:, :-1]), "this is the change: the target is the next frame "
         "itself"),
        ((first, films[:, 1:]), "every input is frame 0: nothing could be learnt from what came later"),
    ]  # fmt: skip
    for (one, other), hint in mistakes:
        if equals(inputs, one) and equals(targets, other):
            raise Wrong(hint)
    right = _inputs_and_targets(films)
    if not equals(inputs, right[0]):
        raise Wrong("the inputs are all frames but the last, which has no next one")
    if not equals(targets, right[1]):
        raise Wrong("the targets are all frames but the first, which is nobody's next one")
