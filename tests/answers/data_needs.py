"""Typical wrong answers, and other right ones, to the exercises of lesson 6.2."""

import numpy as np
from scipy import stats


def _numbers(names):
    kinds, numbers = np.unique(names, return_counts=True)
    return numbers[np.searchsorted(kinds, names)]


WRONG_ANSWERS = {
    "auc": [
        (lambda inside, outside: np.mean(inside[:, None] > outside), "ties count as nothing"),
        (lambda inside, outside: np.mean(inside[:, None] >= outside), "ties count as wins"),
        (
            lambda inside, outside: 1 - stats.mannwhitneyu(inside, outside)[0] / inside.size / outside.size,
            "exchange the two",
        ),
        (lambda inside, outside: stats.mannwhitneyu(inside, outside)[0], "number of pairs"),
        (lambda inside, outside: inside.mean() - outside.mean(), "difference of means"),
        (lambda inside, outside: float(inside.mean() > outside.mean()), "compare the two means"),
        (lambda inside, outside: inside[:, None] > outside, "a value for each pair"),
        (
            lambda inside, outside: ((inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)).mean(
                axis=1
            ),
            "average over both axes",
        ),
    ],
    "sampling_weights": [
        (lambda names: _numbers(names) / len(names), "must fall with it"),
        (lambda names: 1 / _numbers(names), "add up to the number of kinds"),
        (lambda names: 1 / (10 * _numbers(names)), "ten kinds"),
        (lambda names: _numbers(names).min() / _numbers(names), "the largest is 1"),
        (lambda names: np.full(len(names), 1 / len(names)), "weigh the same"),
        (lambda names: np.full(len(names), 1 / len(np.unique(names))), "share it among"),
        (lambda names: 1 / np.unique(names, return_counts=True)[1], "one weight for each kind"),
        (lambda names: _numbers(names) / _numbers(names).sum(), "divide by the number"),
    ],
    "spoiled": [
        (lambda names, share, chance, other: np.where(chance < share, other, names), "right one by luck"),
        (lambda names, share, chance, other: np.where(chance < share, names + other, names), "above 9"),
        (
            lambda names, share, chance, other: np.where(chance > share, (names + other) % 10, names),
            "exchanged",
        ),
        (lambda names, share, chance, other: (names + other) % 10, "all labels are wrong"),
        (
            lambda names, share, chance, other: np.where(chance < share, (names + 1) % 10, names),
            "always taken for the next one",
        ),
        (lambda names, share, chance, other: names, "nothing has changed"),
        (
            lambda names, share, chance, other: np.where(chance < share, np.minimum(names + other, 9), names),
            "are boots",
        ),
    ],
}


def _spoiled_in_a_loop(names, share, chance, other):
    result = names.copy()
    for place, (draw, step) in enumerate(zip(chance, other, strict=True)):
        if draw < share:
            result[place] = (result[place] + step) % 10
    return result


OTHER_RIGHT_ANSWERS = {
    "auc": [
        lambda inside, outside: stats.mannwhitneyu(inside, outside)[0] / (len(inside) * len(outside)),
        lambda inside, outside: (np.sign(inside[:, None] - outside).mean() + 1) / 2,
    ],
    "sampling_weights": [
        lambda names: (1 / _numbers(names)) / (1 / _numbers(names)).sum(),
        lambda names: 1 / (np.bincount(names)[names] * len(set(names.tolist()))),
    ],
    "spoiled": [_spoiled_in_a_loop],
}
