"""Answers to the exercises of the lesson 03_rnn/2: see answers/__init__.py."""

import numpy as np
from keras import ops


def _at_32(step, size):
    back, middle = np.linalg.inv(step), np.full(2, 15.5)
    return back[:2, :2], middle + back[:2, 2] - back[:2, :2] @ middle


def _whole_inverse(step, size):
    centre = np.array([[1, 0, (size - 1) / 2], [0, 1, (size - 1) / 2], [0, 0, 1]])
    back = centre @ np.linalg.inv(step) @ np.linalg.inv(centre)
    return back[:2, :2], back[:2, 2]


def _step(pair):
    def step(model, films, kept):
        inputs, targets = pair(films)
        return model.descend(lambda: ops.mean(model.objective(targets, model.network(inputs, kept))))

    return step


REFUSED = {
    "warp_arguments": [
        (lambda step, size: np.linalg.inv(step)[:2, :2], "two things"),
        (lambda step, size: (np.linalg.inv(step), np.zeros(2)), "3 × 3"),
        (lambda step, size: (np.linalg.inv(step)[:2, :2], 0.0), "one number for rows"),
        (_at_32, "another size"),
    ],
    "next_frame_step": [
        (_step(lambda films: (np.array(films)[:, :-1], films[:, 1:])), "compiled training step"),
        (
            lambda model, films, kept: model.descend(
                lambda: ops.mean(model.network(films[:, :-1], kept, training=True))
            )["loss"],
            "a dict with 'loss'",
        ),
    ],
}

ACCEPTED = {"warp_arguments": [_whole_inverse]}

TYPED = {
    "warp_arguments": (
        (np.array([[0.6, -0.8, 2], [0.8, 0.6, 1], [0, 0, 1]]), 5),
        1.8,
        [5.8, 1.8, 0.2, 4.2, 2.2, 2.8, 5.8, -0.2, 0.6, 4.2, -2.2, 1.8],
    ),
    # its answer is what a step does to a model: nothing that could be typed
    "next_frame_step": ((None, None, None), None, [None] * 18),
}
