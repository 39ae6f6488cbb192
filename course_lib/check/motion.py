"""Exercises of the lesson 03_rnn/2, turning and sliding."""

import numpy as np
from scipy import ndimage

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.kinds import named

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


# ------------------------------------------------------------------------------ which curve is which

LATE, CORNER, AGAIN = "one step late", "about the corner", "again and again"
ONCE, BACK, HALF = "stops after a step", "the wrong way", "half the angle"
TWICE = "twice the angle"  # which made none of the curves: it errs as the copied frame does
_WAYS = {
    LATE: lambda angle, k: (angle, k - 1),
    CORNER: lambda angle, k: (angle, k),
    AGAIN: lambda angle, k: (angle, 1),
    ONCE: lambda angle, k: (angle, 1),
    BACK: lambda angle, k: (-angle, k),
    HALF: lambda angle, k: (angle / 2, k),
}


def _what_went_wrong():
    return dict(zip("ABCDEF", _WAYS, strict=True))


def made_wrongly(frames, angles, steps) -> dict:
    """What six faulty programs make of the last given frames (n, 32, 32, 1) of films that turn, by letter.

    Returns:
        {letter: uint8 (n, steps, 32, 32, 1)}.
    """
    made = {}
    for letter, fault in _what_went_wrong().items():
        films = []
        for frame, angle in zip(frames[..., 0].astype("float32"), angles, strict=True):
            film = [frame]
            for k in range(1, steps + 1):
                turn = _turn(*_WAYS[fault](angle, k))
                film.append(_turned(film[-1] if fault == AGAIN else frame, turn, fault == CORNER))
            films.append(np.rint(film[1:]))
        made[letter] = np.stack(films).astype("uint8")[..., None]
    return made


def _turn(angle, times):
    turn = np.deg2rad(angle * times)
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def _turned(picture, turn, about_the_corner):
    middle = np.zeros(2) if about_the_corner else (np.array(picture.shape) - 1) / 2
    return ndimage.affine_transform(picture, turn.T, middle - turn.T @ middle, order=1)


_TOLD = {
    (HALF, AGAIN): "step 1 is already 5 dB worse than resampling: half a step is missing there",
    (HALF, ONCE): "one right step would begin at the ceiling; this begins below it and falls on slowly",
    (HALF, LATE): "who is one step late is so at every step; this error grows",
    (
        AGAIN,
        HALF,
    ): "step 1 is right, and what is lost afterwards is lost slowly: is that an error of the angle?",
    (AGAIN, ONCE): "who stops is at the level of a copy soon; this curve stays far above it",
    (
        ONCE,
        AGAIN,
    ): "step 1 is right, and step 2 is as bad as a copy's first step: more than blur is wrong there",
    (ONCE, HALF): "step 1 is right, so the angle is; what became of the garment afterwards?",
    (LATE, HALF): "an error of the angle grows with the steps, and this one does not",
    (LATE, AGAIN): "blur adds up over the steps; this is as bad at step 1 as at step 8",
    (LATE, ONCE): "step 1 is wrong here, and step 8 no worse",
    (BACK, CORNER): "this begins where the copy is at step 2: after one step the angle is off by two steps",
    (BACK, TWICE): "who turns twice as far is as far from the film as the copy is; this is further away",
    (CORNER, BACK): "this begins lower than any angle's error could put it: the garment is elsewhere",
    (CORNER, TWICE): "an angle that is off by one step costs what the copy's does; this costs far more",
}


@named(
    answer=_what_went_wrong, names=(*_WAYS, TWICE), told=_TOLD,
    idea="count how far each fault is from the film at step k, in steps: a copy is k steps away, twice the "
    "angle too; half the angle is k / 2 away, the wrong way 2k, one step late always 1",
)  # fmt: skip
def what_went_wrong():
    """Which fault made which curve: {letter: fault}."""


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
