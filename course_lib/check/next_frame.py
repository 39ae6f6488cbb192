"""Exercises of the lesson 03_rnn/1, the next frame."""

import numpy as np
import scipy

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.kinds import tried


def _films(rng, *shape):
    return rng.integers(0, 256, shape).astype("uint8")


def _linear_extrapolation(seen, steps):
    last, before = seen[:, -1].astype("float32"), seen[:, -2].astype("float32")
    ahead = [last + k * (last - before) for k in range(1, steps + 1)]
    return np.clip(np.stack(ahead, axis=1), 0, 255).astype("uint8")


def _straight(last, change, steps, first=1):
    """Not clipped: `last` and `first`, `first` + 1, … changes."""
    return np.stack([last + (k + first) * change for k in range(steps)], axis=1)


def _line(change=lambda x: x[:, -1] - x[:, -2], first=1):
    """The line with another change, of whole numbers, or another beginning."""

    def function(seen, steps):
        x = seen.astype(int)
        return np.clip(_straight(x[:, -1], change(x), steps, first), 0, 255).astype("uint8")

    return function


def _wrapped(seen, steps):
    """In whole numbers, but for the difference, which is taken in uint8."""
    return _straight(seen[:, -1].astype(int), (seen[:, -1] - seen[:, -2]).astype(int), steps)


def _free(seen, steps):
    """In whole numbers that may leave 0 to 255."""
    x = seen.astype(int)
    return _straight(x[:, -1], x[:, -1] - x[:, -2], steps)


UNCLIPPED = "some pixels are below 0 or above 255: clip them, a pixel can be no blacker than black"
FLOATS = "the difference of two uint8 arrays wraps around (10 - 20 is 246): turn them into floats first"


@drawn(
    answer=_linear_extrapolation, dtype="uint8", gives="array",
    idea="a pixel that went from 100 to 90 goes on to 80, 70, …: the last value and once, twice, three "
    "times its change, held between 0 and 255",
    mistakes=[
        (lambda seen, steps: _line()(seen, steps)[:, 0], "only one frame is left: return all steps, stacked "
         "along axis 1"),
        (lambda seen, steps: _line()(seen, steps).swapaxes(0, 1), "steps come first in yours: time is axis "
         "1, films are axis 0"),
        (lambda seen, steps: np.concatenate([seen, _line()(seen, steps)], axis=1), "the given frames are in "
         "front of yours: return the new ones only"),
        (_free, UNCLIPPED),
        (lambda seen, steps: _free(seen, steps).astype("uint8"), "pixels that passed 0 or 255 came back at "
         "the other end: turn them into floats first, and clip before you make them uint8"),
        (lambda seen, steps: np.clip(_wrapped(seen, steps), 0, 255).astype("uint8"), FLOATS),
        (lambda seen, steps: _wrapped(seen, steps), FLOATS + "; and clip at the end"),
        (lambda seen, steps: _line()(seen.astype("int8"), steps), "int8 ends at 127: make the frames floats"),
        (_line(lambda x: (x[:, -1] - x[:, -2]).astype("int8").astype(int)), "int8 has no room for a change "
         "from black to white: turn the frames into floats"),
        (_line(first=0), "your first frame is the last one given: the first new one lies one step after it"),
        (_line(first=2), "your first frame is two steps ahead: step 1 adds one change"),
        (_line(lambda x: x[:, -2] - x[:, -1]), "your pixels go back to where they came from: the change is "
         "the last frame minus the one before"),
        (_line(lambda x: 0), "nothing changes: this is the copied last frame"),
        (lambda seen, steps: np.repeat(_line()(seen, 1), steps, axis=1), "all your frames are one step "
         "ahead: step k adds k changes"),
        (_line(lambda x: x[:, 1] - x[:, 0]), "you take the change between the first two frames: take the "
         "last two"),
        (_line(lambda x: (x[:, -1] - x[:, 0]) / (x.shape[1] - 1)), "you take the mean change over all given "
         "frames: take that of the last two"),
        (_line(lambda x: x[:, -1] - x[:, -3]), "you take the change over two frames: take that between the "
         "last two"),
        (lambda seen, steps: np.clip(_free(seen, steps), 0, 255), "the values are right, but stored in "
         "another type: frames are uint8"),
    ],
    right=[
        lambda seen, steps: np.clip(
            seen[:, -1:].astype("int16")
            + np.arange(1, steps + 1)[:, None, None, None] * np.diff(seen[:, -2:].astype("int16"), axis=1),
            0, 255).astype(np.uint8),
    ],
)  # fmt: skip
def linear_extrapolation(rng):
    """Every pixel goes on as it changed last: frames (n, given, h, w, c) to (n, steps, h, w, c), uint8."""
    seen = _films(rng, 2, 4, 3, 5, 1)
    seen[:, -1] = np.clip(seen[:, -2] + rng.integers(-40, 41, seen[:, -1].shape), 0, 255)
    yield seen, 6
    sudden = _films(rng, 3, 7, 2, 2, 2)
    sudden[:, -2:, 0] = np.array([0, 255]).reshape(2, 1, 1)  # from black to white, and back
    sudden[:, -2:, 1] = np.array([255, 0]).reshape(2, 1, 1)
    yield hinted("right where pixels change little, wrong from black to white", sudden, 3)
    yield _films(rng, 1, 3, 4, 3, 1), 1


def _error_per_step(right, made):
    difference = right.astype("float64") / 255 - made / 255  # grey from 0 to 1
    return np.mean(difference**2, axis=(0, 2, 3, 4))


def _squares(right, made, kind="float64"):
    """Of differences taken in this type, on the scale to 255."""
    return (right.astype(kind) - made.astype(kind)) ** 2


STEPS = (0, 2, 3, 4)  # all axes but that of the steps


@drawn(
    answer=_error_per_step, gives="array",
    idea="every number belongs to one step, and all that belong to a step are averaged: films, rows, "
    "columns and channels",
    mistakes=[
        (lambda r, m: _error_per_step(r, m).mean(), "one number is left: the error of every step is asked "
         "for, so leave axis 1 alone"),
        (lambda r, m: _squares(r / 255, m / 255).mean(axis=(1, 2, 3, 4)), "one number a film is left: "
         "average over the films (axis 0) and keep the steps (axis 1)"),
        (lambda r, m: _squares(r / 255, m / 255).mean(axis=(2, 3, 4)), "one number for each film and step is "
         "left: average over the films too, axis 0"),
        (lambda r, m: _squares(r / 255, m / 255).mean(axis=0), "you averaged over the films only: average "
         "over rows, columns and channels as well"),
        (lambda r, m: _squares(r / 255, m / 255).mean(axis=(0, 2, 3)), "the channels are left: average over "
         "the last axis as well"),
        (lambda r, m: _squares(r / 255, m / 255).mean(axis=(0, 2, 3)).sum(-1), "you added the channels up: "
         "average over them too"),
        (lambda r, m: _error_per_step(r[..., :1], m[..., :1]), "only the first channel is looked at: average "
         "over all"),
        (lambda r, m: _squares(r, m).mean(axis=STEPS), "grey runs from 0 to 255 in yours: divide by 255 "
         "first, so that it runs from 0 to 1"),
        (lambda r, m: _squares(r, m).mean(axis=STEPS) / 255, "divide the difference by 255 *before* you "
         "square it: the unit is squared too"),
        (lambda r, m: (((r - m) / 255) ** 2).mean(axis=STEPS), FLOATS),
        (lambda r, m: _squares(r, m, "uint8").mean(axis=STEPS) / 255**2, "in uint8 both the difference and "
         "its square wrap around: turn the frames into floats first"),
        (lambda r, m: _squares(r, m, "int16").mean(axis=STEPS) / 255**2, "int16 holds the differences, but "
         "not their squares, which reach 65,025: turn the frames into floats first"),
        (lambda r, m: _squares(r / 255, m / 255).sum(axis=STEPS), "you summed over films and pixels: take "
         "the mean, or the number grows with how many there are"),
        (lambda r, m: _squares(r / 255, m / 255).sum(axis=(2, 3, 4)).mean(axis=0), "you summed over the "
         "pixels and averaged over the films: here both are averaged (Moving MNIST's published numbers are "
         "sums over the pixels)"),
        (lambda r, m: np.sqrt(_error_per_step(r, m)), "this is the root of the mean square: leave the root "
         "out"),
        (lambda r, m: np.abs(r / 255 - m / 255).mean(axis=STEPS), "this is the mean absolute error: square "
         "the differences"),
        (lambda r, m: (r / 255 - m / 255).mean(axis=STEPS) ** 2, "errors of opposite sign cancel: square "
         "before the mean"),
        (lambda r, m: np.cumsum(_error_per_step(r, m)), "yours adds up over the steps: each step has its own "
         "error"),
    ],
    right=[
        lambda r, m: [np.mean((r[:, k] / 255 - m[:, k] / 255) ** 2) for k in range(r.shape[1])],
        lambda r, m: np.mean(((r.astype("int16") - m) / 255) ** 2, axis=STEPS),
    ],
)  # fmt: skip
def error_per_step(rng):
    """The mean squared error of each step, grey from 0 to 1: two (n, steps, h, w, c) uint8 to (steps,)."""
    right, made = _films(rng, 2, 4, 6, 3, 5, 3)
    made[:, 3] = right[:, 3]
    right[:, 4], made[:, 4] = 255, 0  # white against black
    yield right, made
    yield tuple(_films(rng, 2, 1, 10, 2, 4, 2))


# ----------------------------------------------------------------------------- what a gate remembers

FRAMES, UNITS, UPDATES, BATCH = 40, 8, 200, 32


def _lamps(rng, n):
    """Films of one pixel, (time, n, 1), bright or dark in frame 0 and grey afterwards; the answers."""
    films, answers = rng.normal(0, 0.1, (FRAMES, n, 1)), rng.choice([-1.0, 1.0], (n, 1))
    films[0] += answers
    return films, answers


def _passed(weights, project, films, answers):
    """The error of the last frame's answer, its slope by every frame, and by both arrays of weights.

    The unit has the update gate alone: h <- (1 - u) h + u tanh(...).
    """
    n = films.shape[1]
    state, kept, felt = np.zeros((n, UNITS)), [], []
    for frame in films:
        heard = np.concatenate([frame, state, np.ones((n, 1))], axis=1)
        said = heard @ weights  # (n, 2 UNITS)
        update, new = scipy.special.expit(said[:, :UNITS]), np.tanh(said[:, UNITS:])
        kept.append((heard, state, update, new))
        state = (1 - update) * state + update * new
    wrong = state @ project - answers
    slope, moved = 2 * wrong / n @ project.T, np.zeros_like(weights)
    for heard, before, update, new in reversed(kept):  # back through time
        by_update, by_new = slope * (new - before) * update * (1 - update), slope * update * (1 - new**2)
        said = np.concatenate([by_update, by_new], axis=1)
        moved += heard.T @ said
        back = said @ weights.T
        felt.append(np.linalg.norm(back[:, 0]))
        slope = slope * (1 - update) + back[:, 1:-1]
    return np.mean(wrong**2), felt[::-1], [moved, state.T @ (2 * wrong / n)]


def _remembered(setting, seed=0):
    """Trains the unit on lamps, with NumPy; what frame 0 counts at the start, and the error at the end."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 0.5 / np.sqrt(UNITS), (UNITS + 2, 2 * UNITS))
    weights[0] *= np.sqrt(UNITS)
    weights[-1] = np.repeat([setting["update_bias"], 0.0], UNITS)
    parts = [weights, rng.normal(0, 1 / np.sqrt(UNITS), (UNITS, 1))]
    speeds, first, largest = [np.zeros_like(part) for part in parts], None, 0.0
    with np.errstate(all="ignore"):  # some settings explode: that is what they are tried for
        for _ in range(UPDATES):
            _, felt, slopes = _passed(*parts, *_lamps(rng, BATCH))
            first, size = first or felt, np.sqrt(sum(np.sum(slope**2) for slope in slopes))
            largest = max(largest, size)
            for part, speed, slope in zip(parts, speeds, slopes, strict=True):
                speed *= 0.9
                speed += slope * min(1, setting["clip"] / max(size, 1e-30))
                part -= setting["rate"] * speed
        error = _passed(*parts, *_lamps(rng, 500))[0]
    return first[0] / first[-1], largest, error


def _three_times(setting):
    """The mean slope, and the worst of the rest: one training may be lucky."""
    slopes, largest, errors = zip(*(_remembered(setting, seed) for seed in range(3)), strict=True)
    return {"slope by frame 0": np.mean(slopes), "largest gradient": max(largest), "error": max(errors)}


def _remember():
    return {"update_bias": -4.0, "rate": 0.3, "clip": 1.0}


@tried(
    answer=_remember, measure=_three_times,
    update_bias=[-10, 5], rate=[1e-4, 10], clip=[0.01, 1e9],
    wanted=[
        (lambda found: found["error"] < 0.1 or found["slope by frame 0"] > 0.02, "the answer "
         "hardly depends on frame 0: what is kept over a step is 1 - u, u the logistic function of the "
         "gate's bias, and there are 39 steps"),
        (lambda found: found["error"] < 0.1 or found["largest gradient"] < 1e4, "the gradient "
         "exploded: clip it, or go in smaller steps"),
        (lambda found: found["error"] < 0.1, "frame 0 can be felt, and yet it is not learnt: look at how "
         "large the steps are, and whether the gate lets enough in for one frame to leave a trace"),
    ],
    idea="u must be small enough that (1 - u)^39 is no tiny number, and large enough that a frame leaves a "
    "trace: between a hundredth and a twentieth; then any rate near a tenth learns",
)  # fmt: skip
def remember():
    """The bias of the update gate, the rate and the clipping with which the lamp of frame 0 is remembered."""


# -------------------------------------------------------------------------- which frames are seen


def _frames_to_keep(coins, given, chance):
    kept = ops.cast(coins < chance, "float32")
    return ops.where(ops.arange(coins.shape[1]) < given, 1.0, kept)


def _with_given(kept, given):
    """`kept`, (batch, time) or less, with the first `given` frames."""
    kept = ops.cast(kept, "float32")
    return ops.where(ops.arange(kept.shape[1]) < given, ops.ones_like(kept), kept)


def _by_numpy(coins, given, chance):
    coins, chance = ops.convert_to_numpy(coins), ops.convert_to_numpy(chance)
    return ((np.arange(coins.shape[1]) < given) | (coins < chance)).astype("float32")


@drawn(
    answer=_frames_to_keep,
    tensors=True, compiled=True,
    idea="a frame is kept for one of two reasons: its number is below `given`, whatever the coin; or its "
    "coin, one of its own, is below `chance`",
    mistakes=[
        (lambda x, n, p: _with_given(x > p, n), "true frames are kept with the probability 1 - chance: keep "
         "where the coin is below"),
        (lambda x, n, p: _with_given(x <= p, n), "a coin that equals the chance is not below it: with `<=` a "
         "chance of 0 would keep a frame now and then"),
        (lambda x, n, p: ops.cast(x < p, "float32"), "the given frames are not kept: the first `given` are "
         "always the film's own"),
        (lambda x, n, p: _with_given(x < p, n + 1), "one frame too many is given: frames 0 to given - 1 are"),
        (lambda x, n, p: _with_given(x < p, n - 1), "one frame too few is given: frames 0 to given - 1 are"),
        (lambda x, n, p: _with_given((x[:, :1] < p) & (x > -1), n), "one coin decides for a whole film: "
         "every frame has its own"),
        (lambda x, n, p: _with_given((x[:1] < p) & (x > -1), n), "one coin decides for the whole batch: "
         "every film has its own"),
        (lambda x, n, p: (x < p)[0], "every frame of every film has a decision of its own: (batch, time)"),
        (lambda x, n, p: _with_given(x, n), "these are the coins themselves: compare them with the chance"),
        (lambda x, n, p: _with_given(0 * x + p, n), "this is the chance itself, which would mix two frames "
         "into one: decide with the coins, 0 or 1"),
        (lambda x, n, p: 1 - _with_given(x < p, n), "0 and 1 have changed places: 1 keeps the film's own "
         "frame"),
        (lambda x, n, p: _with_given(0 * x, n), "nothing after the given frames is kept: that is free "
         "running, whatever the chance"),
        (lambda x, n, p: ops.ones_like(x), "everything is kept: that is teacher forcing, whatever the "
         "chance"),
        (lambda x, n, p: _with_given(0 * x, n) * ops.cast(x < p, "float32"), "the given frames are kept by "
         "chance, the others never: the coins are for those after them"),
        (lambda x, n, p: ops.where(ops.arange(x.shape[1]) < n, ops.cast(x < p, "float32"), 1.0), "given and "
         "later frames have changed places: the coins are for those after the first `given`"),
        (_by_numpy, "right, but by NumPy, which cannot run inside a compiled training step: use keras.ops"),
    ],
    right=[
        lambda x, n, p: ops.concatenate([ops.ones_like(x[:, :n]), ops.cast(x[:, n:] < p, "float32")], axis=1),
        lambda x, n, p: ops.logical_or(x < p, ops.arange(x.shape[1])[None] < n),
    ],
)  # fmt: skip
def frames_to_keep(rng):
    """1 where the network sees the true frame, 0 where its own: coins (batch, time), uniform in [0, 1)."""
    coins = rng.permuted(np.linspace(0, 0.98, 54)).reshape(6, 9)
    coins[:, 2:5] = [[0.7, 0.5, 0.1], [0.2, 0.9, 0.8], [0.9, 0.1, 0.9], [0.1, 0.1, 0.2], [0.6] * 3, [0.4] * 3]
    yield coins, 3, np.array(0.35)  # a schedule gives the chance as a tensor
    coins[2, 4:6] = [0.25, 0.0]
    yield coins, 4, 0.25
    for sure, text in ((1.0, "all"), (0.0, "only the given")):
        yield hinted(f"with a chance of {sure:g} {text} frames must be kept", coins[:5], 2, sure)
    yield coins[:, :3], 0, 0.5
