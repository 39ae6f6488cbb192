"""Answers to the exercises of the lesson on the next frame."""

import numpy as np
from keras import ops


def _line(last, change, steps, first=1):
    ahead = [last + (k + first) * change for k in range(steps)]
    return np.clip(np.stack(ahead, axis=1), 0, 255).astype("uint8")


def _last(seen):
    return seen[:, -1].astype("float32")


def _change(seen):
    return seen[:, -1].astype("float32") - seen[:, -2].astype("float32")


def _squares(right, made):
    return ((right.astype("float32") - made.astype("float32")) / 255) ** 2


def _kept(coins, given, chance):
    first = ops.arange(coins.shape[1]) < given
    return ops.where(first, 1.0, ops.cast(coins < chance, "float32"))


WRONG_ANSWERS = {
    "linear_extrapolation": [
        (lambda seen, steps: _line(_last(seen), _change(seen), steps)[:, 0], "all steps"),
        (lambda seen, steps: _line(_last(seen), _change(seen), steps).swapaxes(0, 1), "steps come first"),
        (
            lambda seen, steps: np.concatenate([seen, _line(_last(seen), _change(seen), steps)], axis=1),
            "the new ones only",
        ),
        (
            lambda seen, steps: np.stack(
                [_last(seen) + (k + 1) * _change(seen) for k in range(steps)], axis=1
            ),
            "no blacker than black",
        ),
        (
            lambda seen, steps: (
                np.stack([_last(seen) + (k + 1) * _change(seen) for k in range(steps)], axis=1)
                .astype("int64")
                .astype("uint8")
            ),
            "came back at the other end",
        ),
        (
            lambda seen, steps: _line(_last(seen), (seen[:, -1] - seen[:, -2]).astype("float32"), steps),
            "turn them into floats first",
        ),
        (lambda seen, steps: _line(_last(seen), _change(seen), steps, first=0), "one step after it"),
        (lambda seen, steps: _line(_last(seen), -_change(seen), steps), "where they came from"),
        (lambda seen, steps: np.stack([seen[:, -1]] * steps, axis=1), "copied last frame"),
        (
            lambda seen, steps: np.stack([_line(_last(seen), _change(seen), 1)[:, 0]] * steps, axis=1),
            "step k adds k changes",
        ),
        (
            lambda seen, steps: _line(
                _last(seen), seen[:, 1].astype("float32") - seen[:, 0].astype("float32"), steps
            ),
            "first two frames",
        ),
        (
            lambda seen, steps: np.clip(
                np.stack([_last(seen) + (k + 1) * _change(seen) for k in range(steps)], axis=1), 0, 255
            ),
            "frames are uint8",
        ),
    ],
    "error_per_step": [
        (lambda right, made: _squares(right, made).mean(), "leave axis 1 alone"),
        (lambda right, made: _squares(right, made).mean(axis=(1, 2, 3, 4)), "one number a film"),
        (lambda right, made: _squares(right, made).mean(axis=(2, 3, 4)), "each film and step"),
        (lambda right, made: _squares(right, made).mean(axis=0), "films only"),
        (lambda right, made: 255**2 * _squares(right, made).mean(axis=(0, 2, 3, 4)), "divide by 255 first"),
        (
            lambda right, made: ((right.astype(float) - made) ** 2 / 255).mean(axis=(0, 2, 3, 4)),
            "before",
        ),
        (lambda right, made: (((right - made) / 255) ** 2).mean(axis=(0, 2, 3, 4)), "10 - 20 is 246"),
        (
            lambda right, made: ((right - made) ** 2).mean(axis=(0, 2, 3, 4)) / 255**2,
            "both the difference and its square",
        ),
        (lambda right, made: _squares(right, made).sum(axis=(0, 2, 3, 4)), "take the mean, or"),
        (lambda right, made: _squares(right, made).sum(axis=(2, 3, 4)).mean(axis=0), "published numbers"),
        (lambda right, made: np.sqrt(_squares(right, made).mean(axis=(0, 2, 3, 4))), "root"),
        (
            lambda right, made: np.sqrt(_squares(right, made)).mean(axis=(0, 2, 3, 4)),
            "mean absolute error",
        ),
    ],
    "next_state": [
        (
            lambda state, update, reset, candidate: update * state + (1 - update) * candidate(reset * state),
            "Keras",
        ),
        (
            lambda state, update, reset, candidate: (1 - update) * state + update * candidate(state),
            "never used",
        ),
        (
            lambda state, update, reset, candidate: (
                (1 - update) * reset * state + update * candidate(reset * state)
            ),
            "what is kept",
        ),
        (lambda state, update, reset, candidate: candidate(reset * state), "candidate alone"),
        (
            lambda state, update, reset, candidate: state + update * candidate(reset * state),
            "nothing is ever",
        ),
        (
            lambda state, update, reset, candidate: (1 - update) * state + candidate(reset * state),
            "enters whole",
        ),
        (
            lambda state, update, reset, candidate: (1 - reset) * state + reset * candidate(update * state),
            "the gates have changed places",
        ),
        (
            lambda state, update, reset, candidate: (1 - update) * state + update * reset * candidate(state),
            "what the candidate gives",
        ),
        (
            lambda state, update, reset, candidate: (
                (1 - update) * state + update * candidate((1 - reset) * state)
            ),
            "not 1 - r",
        ),
        (lambda state, update, reset, candidate: ops.mean(state), "has that of the state"),
    ],
    "frames_to_keep": [
        (lambda coins, given, chance: _kept(1 - coins, given, 1 - chance), "below"),
        (lambda coins, given, chance: ops.cast(coins < chance, "float32"), "always the film's own"),
        (lambda coins, given, chance: _kept(coins, given + 1, chance), "too many"),
        (lambda coins, given, chance: _kept(coins, given - 1, chance), "too few"),
        (lambda coins, given, chance: _kept(coins[:, :1] + 0 * coins, given, chance), "whole film"),
        (lambda coins, given, chance: _kept(coins[:1] + 0 * coins, given, chance), "whole batch"),
        (lambda coins, given, chance: 1 - _kept(coins, given, chance), "1 keeps"),
        (lambda coins, given, chance: _kept(coins, given, 0.0), "free running"),
        (lambda coins, given, chance: _kept(coins, given, 1.0), "teacher forcing"),
        (lambda coins, given, chance: coins[0], "a decision of its own"),
        (
            lambda coins, given, chance: _kept(0 * coins + 1, given, 0) + 0.3 * (1 - _kept(coins, given, 0)),
            "mix",
        ),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "linear_extrapolation": [
        lambda seen, steps: np.clip(
            seen[:, -1:].astype(int)
            + np.arange(1, steps + 1)[:, None, None, None] * np.diff(seen[:, -2:].astype(int), axis=1),
            0,
            255,
        ).astype(np.uint8),
    ],
    "error_per_step": [
        lambda right, made: np.array(
            [np.mean((right[:, k] / 255 - made[:, k] / 255) ** 2) for k in range(right.shape[1])]
        ),
    ],
    "next_state": [
        lambda state, update, reset, candidate: state + update * (candidate(reset * state) - state),
    ],
    "frames_to_keep": [
        lambda coins, given, chance: ops.concatenate(
            [ops.ones_like(coins[:, :given]), ops.cast(coins[:, given:] < chance, "float32")], axis=1
        ),
        lambda coins, given, chance: (
            (np.asarray(ops.convert_to_numpy(coins)) < chance) | (np.arange(coins.shape[1]) < given)
        ),
    ],
}
