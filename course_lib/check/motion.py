"""Exercises of the lesson 03_rnn/2, turning and sliding."""

import functools
import types

import numpy as np
import scipy

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.framework import array
from course_lib.check.guard import Wrong
from course_lib.check.kinds import bet, named

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
    return scipy.ndimage.affine_transform(picture, turn.T, middle - turn.T @ middle, order=1)


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


# ------------------------------------------------------------------------------- a step of training


def _uneven(right, made):
    """A loss that tells targets from outputs."""
    return ops.square(right - made) + 0.5 * ops.maximum(right - made, 0)


@functools.cache
def _tiny_model():
    """A recurrent network of a few weights, its model, and its first weights."""
    import keras
    from keras import layers

    from course_lib.models import rnn

    class Tiny(keras.Model):
        """What a pixel was says what it will be: called as `rnn.FrameNetwork` is, and much faster."""

        def __init__(self):
            super().__init__()
            self.remember, self.say = layers.Dense(2, "tanh"), layers.Dense(1)
            self.remember.build((None, 3))
            self.say.build((None, 2))
            self.built = True

        def call(self, frames, kept=None, training=False):
            state, expected = ops.repeat(0 * frames[:, 0], 2, axis=-1), []
            for time in range(frames.shape[1]):
                seen = frames[:, time]
                if time and kept is not None:
                    keep = kept[:, time][:, None, None, None]
                    seen = keep * seen + (1 - keep) * ops.stop_gradient(expected[-1])
                state = self.remember(ops.concatenate([seen, state], axis=-1))
                expected.append(self.say(state))
            return (1.0 if training else 0.9) * ops.stack(expected, axis=1)  # as Dropout would tell the two

    network = Tiny()
    rng = np.random.default_rng(1)
    start = [rng.normal(0, 0.6, weight.shape) for weight in network.get_weights()]
    model = rnn.NextFrame(network, 1, objective=_uneven, seed=1)
    model.compile(keras.optimizers.SGD(0.02))
    return model, start


def _two_steps(step, films, kept):
    """The losses of two steps, and by how much they move the weights."""
    model, start = _tiny_model()
    model.network.set_weights(start)

    def asked(function):
        def call(*tensors, **settings):
            if any(isinstance(one, np.ndarray) for one in tensors):
                raise Wrong("NumPy cannot run inside a compiled training step: slice the tensors themselves")
            return function(*tensors, **settings)

        return call

    given = types.SimpleNamespace(
        network=asked(model.network), objective=asked(model.objective), descend=model.descend
    )
    logs = [step(given, films, kept) for _ in range(2)]
    if not all(isinstance(log, dict) and set(log) == {"loss"} for log in logs):
        raise Wrong("return what model.descend returns: a dict with 'loss', the loss before the step")
    moved = [now - old for now, old in zip(model.network.get_weights(), start, strict=True)]
    return [np.array([array(log["loss"]) for log in logs]), *moved]


def _next_frame_step(model, films, kept):
    def loss():
        return ops.mean(model.objective(films[:, 1:], model.network(films[:, :-1], kept, training=True)))

    return model.descend(loss)


def _mean(objective, targets, outputs):
    return ops.mean(objective(targets, outputs))


def _next(films):
    return films[:, :-1], films[:, 1:]


def _stepping(pair=_next, keep=lambda k: k, loss=_mean, down=None, **mode):
    """A step with other pairs, frames that are seen, or loss."""

    def step(model, films, kept):
        inputs, targets = pair(films)

        def value():
            seen = () if keep is None else (keep(kept),)
            expected = model.network(inputs, *seen, **{"training": True} | mode)
            return loss(model.objective, targets, expected)

        return down(model, value) if down else model.descend(value)

    return step


def _again(films):
    """Frame 0 in place of all but the last."""
    return ops.repeat(films[:, :1], films.shape[1] - 1, axis=1)


@drawn(
    answer=_next_frame_step,
    tensors=True, value=False, observe={"after two steps": _two_steps},
    idea="each frame but the last goes in, and the frame after it is its target; the network gets `kept` "
    "beside the inputs; the loss is one number, the mean of what the objective says of targets and outputs",
    mistakes=[
        (_stepping(lambda x: (x[:, :-1], x[:, :-1])), "the target is the picture that went in, so doing "
         "nothing will be perfect: take the *next* frame"),
        (_stepping(lambda x: (x[:, 1:], x[:, 1:])), "input and target are the same frames: the input comes "
         "one earlier"),
        (_stepping(lambda x: (x[:, 1:], x[:, :-1])), "input and target have changed places: this network "
         "would run the film backwards"),
        (_stepping(lambda x: (x[:, :-1], _again(x))), "every target is frame 0, the original picture: take "
         "the frame after the input"),
        (_stepping(lambda x: (_again(x), x[:, 1:])), "every input is frame 0: nothing could be learnt from "
         "what came later"),
        (_stepping(lambda x: (x[:, :-2], x[:, 2:])), "these are two frames apart, and the last pairs are "
         "missing: take the very next frame"),
        (_stepping(lambda x: (x[:, :-1], x[:, 1:] - x[:, :-1])), "this is the change: the target is the next "
         "frame itself"),
        (_stepping(keep=None), "the network never hears of `kept`: that is teacher forcing, in "
         "which it never practises on its own frames"),
        (_stepping(keep=lambda k: ops.zeros_like(k)), "nothing is kept: that is free running, whatever "
         "`kept` says"),
        (_stepping(keep=lambda k: 1 - k), "1 and 0 have changed places: 1 keeps the film's own frame"),
        (_stepping(loss=lambda f, t, e: ops.mean(f(e, t))), "targets and outputs have changed places: the "
         "objective takes the targets first"),
        (_stepping(loss=lambda f, t, e: ops.sum(f(t, e))), "you summed: the loss is the mean over films, "
         "frames and pixels"),
        (_stepping(loss=lambda f, t, e: ops.mean(f(t[:, -1], e[:, -1]))), "only the last frame is in the "
         "loss: every output has a target"),
        (_stepping(loss=lambda f, t, e: ops.mean(f(t[:, 0], e[:, 0]))), "only the first frame is in the "
         "loss: every output has a target"),
        (_stepping(loss=lambda f, t, e: ops.mean(ops.square(t - e))), "this is the squared error: take the "
         "model's own objective"),
        (_stepping(loss=lambda f, t, e: -ops.mean(f(t, e))), "you climb: `descend` goes down by itself, so "
         "hand it the loss as it is"),
        (_stepping(training=False), "training=True is missing: some layers do otherwise in training"),
        (_stepping(down=lambda model, value: {"loss": value()}), "the loss is right, but no weight moves: "
         "hand the function that computes it to model.descend, and cut off nothing that the network said"),
    ],
    right=[
        _stepping(lambda x: (x[:, : x.shape[1] - 1], ops.stack(ops.unstack(x, axis=1)[1:], axis=1))),
        _stepping(loss=lambda f, t, e: ops.mean(ops.mean(f(t, e), axis=(1, 2, 3, 4)))),
    ],
)  # fmt: skip
def next_frame_step(rng):
    """One training step of a network that goes on with films; returns what `model.descend` returns."""
    for batch, time in ((3, 4), (2, 5)):
        kept = np.stack(
            [[1.0, *rng.permutation([1.0, 0.0, *rng.integers(0, 2, time - 4)])] for _ in range(batch)]
        )
        yield rng.uniform(-1, 1, (batch, time, 2, 3, 1)), kept


# ---------------------------------------------------------------------------------------------- a bet


def _how_far_they_turn():
    return {"further": "recurrent", "early": 0.9, "late": 0.7}


@bet(answer=_how_far_they_turn, further=("recurrent", "feed-forward"), early=[0, 1.5], late=[0, 1.5])
def how_far_they_turn():
    """Which network turns a garment further, and which share of the angle the recurrent one makes."""
