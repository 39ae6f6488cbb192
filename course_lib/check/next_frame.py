"""Exercises of the lesson 03_rnn/1, the next frame."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, shaped, tensors
from course_lib.check.guard import Wrong


def _films(rng, *shape):
    """Films in which no two mistakes agree: dark and bright pixels that move fast."""
    return rng.integers(0, 256, shape).astype(np.uint8)


# ------------------------------------------------------------------------ 3.1.1, linear extrapolation


def _linear_extrapolation(seen, steps):
    last, before = seen[:, -1].astype("float32"), seen[:, -2].astype("float32")
    ahead = [last + (k + 1) * (last - before) for k in range(steps)]
    return np.clip(np.stack(ahead, axis=1), 0, 255).astype("uint8")


@exercise(answer=_linear_extrapolation)
def linear_extrapolation(attempt):
    """Every pixel goes on as it changed last: frames (n, given, h, w, c) to (n, steps, h, w, c), uint8."""
    seen = _films(np.random.default_rng(1), 3, 4, 5, 6, 1)
    seen[:, -1] = np.clip(
        seen[:, -2].astype(int) + np.random.default_rng(2).integers(-40, 41, (3, 5, 6, 1)), 0, 255
    )
    steps = 6
    right = _linear_extrapolation(seen, steps)
    hints = {
        (3, 5, 6, 1): "only one frame is left: return all steps, stacked along axis 1",
        (steps, 3, 5, 6, 1): "steps come first in yours: time is axis 1, films are axis 0",
        (3, 4 + steps, 5, 6, 1): "the given frames are in front of yours: return the new ones only",
    }
    result = shaped(attempt(seen, steps), right.shape, "(films, steps, …)", hints)
    last, before = seen[:, -1].astype(int), seen[:, -2].astype(int)
    change = last - before

    def line(start, slope, first=1):
        return np.stack([start + (k + first) * slope for k in range(steps)], axis=1)

    wrapped = line(last, (seen[:, -1] - seen[:, -2]).astype(int))
    if result.min() < 0 or result.max() > 255:
        raise Wrong("some pixels are below 0 or above 255: clip them, a pixel can be no blacker than black")
    mistakes = [
        (line(last, change).astype(np.uint8), "pixels that passed 0 or 255 came back at the other end: clip "
         "before you make them uint8"),
        (np.clip(wrapped, 0, 255), "the difference of two uint8 arrays wraps around (10 - 20 is 246): turn "
         "them into floats first"),
        (wrapped.astype(np.uint8), "the difference of two uint8 arrays wraps around, and so does the sum: "
         "turn them into floats first, and clip at the end"),
        (np.clip(line(last, change, first=0), 0, 255), "your first frame is the last one given: the first "
         "new one lies one step after it"),
        (np.clip(line(last, -change), 0, 255), "your pixels go back to where they came from: the change is "
         "the last frame minus the one before"),
        (np.clip(line(last, 0 * change), 0, 255), "nothing changes: this is the copied last frame"),
        (np.clip(np.stack([last + change] * steps, axis=1), 0, 255), "all your frames are one step ahead: "
         "step k adds k changes"),
        (np.clip(line(last, seen[:, 1].astype(int) - seen[:, 0]), 0, 255), "you take the change between the "
         "first two frames: take the last two"),
        (np.clip(line(last, (last - seen[:, 0].astype(int)) / 3), 0, 255).astype(np.uint8), "you take the "
         "mean change over all given frames: take that of the last two"),
    ]  # fmt: skip
    difference = np.abs(result.astype(float) - right)
    if difference.max() <= 0.5:
        if result.dtype != np.uint8:
            raise Wrong(f"the values are right, but they are {result.dtype}: frames are uint8")
        return
    otherwise = "step k, from 1, is last + k (last - the one before), clipped to 0 … 255"
    compare(result, right, mistakes, otherwise)


# --------------------------------------------------------------------------------- 3.1.2, error per step


def _error_per_step(right, made):
    difference = (right.astype("float32") - made.astype("float32")) / 255  # grey from 0 to 1
    return np.mean(difference**2, axis=(0, 2, 3, 4))


@exercise(answer=_error_per_step)
def error_per_step(attempt):
    """The mean squared error of each step, grey from 0 to 1: two (n, steps, h, w, c) uint8 to (steps,)."""
    rng = np.random.default_rng(3)
    right, made = _films(rng, 4, 6, 3, 5, 1), _films(rng, 4, 6, 3, 5, 1)
    made[:, 3] = right[:, 3]
    expected = _error_per_step(right, made)
    each = ((right.astype(float) - made) / 255) ** 2
    hints = {
        (): "one number is left: the error of every step is asked for, so leave axis 1 alone",
        (4,): "one number a film is left: average over the films (axis 0) and keep the steps (axis 1)",
        (4, 6): "one number for each film and step is left: average over the films too, axis 0",
        (6, 3, 5, 1): "you averaged over the films only: average over rows, columns and channels as well",
        (6, 1): "the channels are left: average over the last axis as well",
    }
    result = shaped(attempt(right, made), (6,), "one number a step", hints)
    wrapped = (right - made) / 255
    mistakes = [
        (255**2 * expected, "grey runs from 0 to 255 in yours: divide by 255 first, so that it runs "
         "from 0 to 1"),
        (255 * expected, "divide the difference by 255 *before* you square it: the unit is squared too"),
        ((wrapped**2).mean(axis=(0, 2, 3, 4)), "the difference of two uint8 arrays wraps around (10 - 20 is "
         "246): turn them into floats first"),
        (((right - made) ** 2).mean(axis=(0, 2, 3, 4)) / 255**2, "in uint8 both the difference and its "
         "square wrap around: turn the frames into floats first"),
        (each.sum(axis=(0, 2, 3, 4)), "you summed over films and pixels: take the mean, or the number grows "
         "with how many there are"),
        (each.sum(axis=(2, 3, 4)).mean(axis=0), "you summed over the pixels and averaged over the films: "
         "here both are averaged (Moving MNIST's published numbers are sums over the pixels)"),
        (np.sqrt(expected), "this is the root of the mean square: leave the root out"),
        (np.abs(right.astype(float) - made).mean(axis=(0, 2, 3, 4)) / 255, "this is the mean absolute error: "
         "square the differences"),
        (np.cumsum(expected), "yours adds up over the steps: each step has its own error"),
    ]  # fmt: skip
    otherwise = "the value is not the mean of ((right - made) / 255)² over axes 0, 2, 3, 4"
    compare(result, expected, mistakes, otherwise)


# ------------------------------------------------------------------------------------- 3.1.3, GRU's update


def _next_state(state, update, reset, candidate):
    return (1 - update) * state + update * candidate(reset * state)


@exercise(answer=_next_state)
def next_state(attempt):
    """h' = (1 - u) h + u c(r h), all of shape (batch, width)."""
    from keras import ops

    rng = np.random.default_rng(4)
    state, matrix = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
    update, reset = rng.uniform(0.05, 0.95, (2, 3, 4))
    inputs = rng.normal(size=(3, 4))
    weights, heard = tensors(matrix, inputs)

    def candidate(value):
        return ops.tanh(ops.matmul(value, weights) + heard)

    def proposed(value):
        return np.tanh(value @ matrix + inputs)

    result = attempt(*tensors(state, update, reset), candidate)
    result = shaped(result, state.shape, "the next state has that of the state")
    u, r, h = update, reset, state
    right = (1 - u) * h + u * proposed(r * h)
    mistakes = [
        (u * h + (1 - u) * proposed(r * h), "u and 1 - u have changed places: here an update gate of 1 takes "
         "the candidate (Keras' own GRU has it the other way round, and is trained to it)"),
        ((1 - u) * h + u * proposed(h), "the reset gate is never used: the candidate sees the state times r"),
        ((1 - u) * r * h + u * proposed(r * h), "the reset gate belongs inside the candidate only: what is "
         "kept is the whole state"),
        (proposed(r * h), "this is the candidate alone: the state is forgotten at every step"),
        (h + u * proposed(r * h), "nothing is ever forgotten: multiply the old state by 1 - u"),
        ((1 - u) * h + proposed(r * h), "the candidate enters whole: multiply it by u"),
        ((1 - r) * h + r * proposed(u * h), "the gates have changed places: u mixes, r goes into the "
         "candidate"),
        ((1 - u) * h + u * r * proposed(h), "the reset gate multiplies what the candidate gives; it must "
         "multiply what the candidate is given"),
        ((1 - u) * h + u * proposed((1 - r) * h), "a reset gate of 1 must leave the state as it is: r, "
         "not 1 - r"),
        (u * h + r * proposed(h), "the two shares must add up to 1: 1 - u and u"),
        ((1 - u) * h + u * np.tanh(proposed(r * h)), "the candidate has its tanh already"),
    ]  # fmt: skip
    otherwise = "the next state is (1 - update) * state + update * candidate(reset * state)"
    compare(result, right, mistakes, otherwise)
    grid = np.full((2, 3, 3, 4), 0.5)
    (half,) = tensors(grid)
    on_grid = array(attempt(half, half, half, lambda value: 3 * value))
    if on_grid.shape != grid.shape or not np.allclose(on_grid, 0.25 + 0.375):
        raise Wrong(
            "right for vectors, wrong for a grid of them, (batch, rows, columns, width): work element "
            "by element"
        )


# ------------------------------------------------------------------------------ 3.1.4, scheduled sampling


def _frames_to_keep(coins, given, chance):
    from keras import ops

    kept = ops.cast(coins < chance, "float32")
    return ops.where(ops.arange(coins.shape[1]) < given, 1.0, kept)


@exercise(answer=_frames_to_keep)
def frames_to_keep(attempt):
    """1 where the network sees the true frame, 0 where its own: coins (batch, time), uniform in [0, 1)."""
    coins = np.random.default_rng(9).uniform(0, 1, (6, 9))
    given, chance = 3, 0.3
    meant = "every frame of every film has a decision of its own"
    result = shaped(attempt(*tensors(coins), given, chance), coins.shape, meant)
    first = np.arange(9) < given

    def with_given(kept, first=first):
        return np.where(first, 1.0, kept)

    mistakes = [
        (with_given(coins > chance), "true frames are kept with the probability 1 - chance: keep where "
         "the coin is below"),
        (coins < chance, "the given frames are not kept: the first `given` are always the film's own"),
        (with_given(coins < chance, np.arange(9) <= given), "one frame too many is given: frames 0 to "
         "given - 1 are"),
        (with_given(coins < chance, np.arange(9) < given - 1), "one frame too few is given: frames 0 to "
         "given - 1 are"),
        (with_given(np.tile(coins[:, :1] < chance, 9)), "one coin decides for a whole film: every frame "
         "has its own"),
        (with_given(np.tile(coins[:1] < chance, (6, 1))), "one coin decides for the whole batch: every "
         "film has its own"),
        (with_given(coins), "these are the coins themselves: compare them with the chance"),
        (with_given(np.full(coins.shape, chance)), "this is the chance itself, which would mix two "
         "frames into one: decide with the coins, 0 or 1"),
        (1 - with_given(coins < chance), "0 and 1 have changed places: 1 keeps the film's own frame"),
        (with_given(0.0 * coins), "nothing after the given frames is kept: that is free running, "
         "whatever the chance"),
        (np.ones(coins.shape), "everything is kept: that is teacher forcing, whatever the chance"),
        (with_given(np.zeros(coins.shape)) * (coins < chance), "the given frames are kept by chance, "
         "the others never: the coins are for those after them"),
    ]  # fmt: skip
    otherwise = "keep a frame if its number is below `given` or its coin below `chance`"
    compare(result, with_given(coins < chance), mistakes, otherwise)
    for sure, kept in ((1.0, np.ones(coins.shape)), (0.0, with_given(0.0 * coins))):
        if not np.array_equal(array(attempt(*tensors(coins), given, sure)), kept):
            raise Wrong(
                f"with a chance of {sure:g} {'all' if sure else 'only the given'} frames must be kept"
            )
