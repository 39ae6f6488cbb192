"""Answers to the exercises of the lesson on turning and sliding."""

import numpy as np
from keras import ops


def _affine(matrix, shift, middle):
    return matrix[:2, :2], middle + shift - matrix[:2, :2] @ middle


def _middle(size):
    return np.full(2, (size - 1) / 2)


def _mix(pixel, row, column, down, right):
    top, left = ops.floor(row), ops.floor(column)
    upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1)
    lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1)
    return (1 - down) * upper + down * lower


def _share(place):
    return place - ops.floor(place)


def _detached(pixel, row, column):
    return _mix(pixel, row, column, ops.stop_gradient(_share(row)), ops.stop_gradient(_share(column)))


def _by_weights(pixel, row, column):
    total = 0
    for i in (0, 1):
        for j in (0, 1):
            near = ops.floor(row) + i, ops.floor(column) + j
            total += (1 - ops.abs(row - near[0])) * (1 - ops.abs(column - near[1])) * pixel(*near)
    return total


def _whole_inverse(step, size):
    centre = np.array([[1, 0, (size - 1) / 2], [0, 1, (size - 1) / 2], [0, 0, 1]])
    back = centre @ np.linalg.inv(step) @ np.linalg.inv(centre)
    return back[:2, :2], back[:2, 2]


WRONG_ANSWERS = {
    "warp_arguments": [
        (lambda step, size: np.linalg.inv(step)[:2, :2], "two things"),
        (lambda step, size: (np.linalg.inv(step), np.zeros(2)), "3 × 3"),
        (lambda step, size: (np.linalg.inv(step)[:2], np.zeros(2)), "your matrix has the shape"),
        (lambda step, size: (np.linalg.inv(step)[:2, :2], 0.0), "one number for rows"),
        (lambda step, size: _affine(step, step[:2, 2], _middle(size)), "where a pixel goes: affine"),
        (
            lambda step, size: _affine(step, np.linalg.inv(step)[:2, 2], _middle(size)),
            "the turn is not undone",
        ),
        (
            lambda step, size: (np.linalg.inv(step)[:2, :2], np.linalg.inv(step)[:2, 2]),
            "upper left corner: count",
        ),
        (
            lambda step, size: _affine(np.linalg.inv(step), np.linalg.inv(step)[:2, 2], np.full(2, size / 2)),
            "drifts",
        ),
        (lambda step, size: _affine(step.T, step.T[:2, 2], _middle(size)), "the shift is lost"),
        (lambda step, size: _affine(np.linalg.inv(step), step[:2, 2], _middle(size)), "the wrong way"),
        (lambda step, size: _affine(np.linalg.inv(step), -step[:2, 2], _middle(size)), "before the turn is"),
        (
            lambda step, size: (
                np.linalg.inv(step)[:2, :2],
                np.linalg.inv(step)[:2, 2] - np.linalg.inv(step)[:2, :2] @ _middle(size),
            ),
            "not added back",
        ),
        (lambda step, size: _whole_inverse(step, 20), "wrong for another"),
    ],
    "bilinear": [
        (lambda pixel, row, column: pixel(row, column), "no whole number"),
        (lambda pixel, row, column: ops.mean(_by_weights(pixel, row, column)), "every place has one value"),
        (lambda pixel, row, column: pixel(ops.floor(row), ops.floor(column)), "to the left alone"),
        (lambda pixel, row, column: pixel(ops.round(row), ops.round(column)), "nearest pixel"),
        (
            lambda pixel, row, column: _mix(pixel, row, column, 1 - _share(row), 1 - _share(column)),
            "the *nearer*",
        ),
        (
            lambda pixel, row, column: _mix(pixel, row, column, _share(column), _share(row)),
            "the fractions have",
        ),
        (lambda pixel, row, column: _mix(pixel, row, column, 0.5, 0.5), "plain mean"),
        (lambda pixel, row, column: _mix(pixel, row, column, _share(row), 0.0), "mix left and right too"),
        (lambda pixel, row, column: _mix(pixel, row, column, 0.0, _share(column)), "mix upper and lower too"),
        (lambda pixel, row, column: _by_weights(pixel, column, row), "rows and columns"),
        (
            lambda pixel, row, column: ops.convert_to_numpy(_by_weights(pixel, row, column)),
            "computed by NumPy",
        ),
        (_detached, "no slope comes through"),
    ],
    "inputs_and_targets": [
        (lambda films: films[:, 1:], "two things"),
        (lambda films: (films, films[:, 1:]), "do not pair"),
        (lambda films: (films, films), "itself"),
        (lambda films: (films[:, :-1], films[:, :-1]), "the original picture, so"),
        (lambda films: (films[:, 1:], films[:, :-1]), "backwards"),
        (lambda films: (films[:, :-1], np.repeat(films[:, :1], 5, axis=1)), "every target is frame 0"),
        (lambda films: (films[:-1], films[1:]), "neighbouring *films*"),
        (lambda films: (films[:, :-2], films[:, 2:]), "two frames apart"),
        (lambda films: (films[:, :-1], films[:, 1:] - films[:, :-1]), "this is the change"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "warp_arguments": [_whole_inverse],
    "bilinear": [_by_weights],
    "inputs_and_targets": [lambda films: [films[:, : films.shape[1] - 1], films[:, 1:]]],
}
