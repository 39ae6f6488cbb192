"""Holds the checks of lesson 06_challenges/1 from outside: see the package."""

import numpy as np
from scipy import optimize


def _rest(strength, chosen):
    return [unit for unit in range(len(strength)) if unit not in chosen]


def _partners(strength, chosen):
    free = np.array(strength)
    free[list(chosen)] = np.inf
    for unit in chosen:
        partner = int(np.argmin(np.abs(free - strength[unit])))
        free[partner] = np.inf
        yield partner


def _strongest_first(strength, chosen):
    served = sorted(chosen, key=lambda unit: -strength[unit])
    partners = dict(zip(served, _partners(strength, served), strict=True))
    return [partners[unit] for unit in chosen]


def _nearest_in_all(strength, chosen):
    rest = np.array(_rest(strength, chosen))
    return rest[optimize.linear_sum_assignment(np.abs(strength[chosen][:, None] - strength[rest]))[1]]


REFUSED = {
    "matched": [
        (_strongest_first, "in the order given"),
        (lambda strength, chosen: sorted(_partners(strength, chosen)), "in the order given"),
        (_nearest_in_all, "still free"),
    ],
}

ACCEPTED = {"matched": [lambda strength, chosen: list(_partners(strength, chosen))]}

_first = np.array([[[1.0, 3.0], [2.0, 4.0]], [[0.5, 5.0], [1.0, 0.0]]])  # two pictures of 2 × 2

TYPED = {
    # Of the first unit 3 places are lit, of the second 6; the mask has 2, and each shares 1: 1/4 and 1/7.
    "unit_iou": (
        (
            np.stack([_first, 5 - _first], -1),
            _first == [[[9, 9], [9, 4]], [[0.5, 9], [9, 9]]],
            np.array([2, 1]),
        ),
        0.3929,
        [0.325, 0.65, 1, 0.5, 0.25, 0.875, 0.4167, 0.2, 0.5714, 0.4167, 1.607, 0.1964, 0.8333, 0.4857],
    ),
    # To 50 the nearest is 58, unit 2; then to 57 both 30 and 84, units 3 and 5.
    "matched": ((np.array([50.0, 57, 58, 30, 90, 84]), [0, 1]), 5, [4, 1, 3, 88, 9, 5, 5, 8, 7]),
    # The transpose turns the rows into (-1.8, -2.8) and (2.6, 4.6).
    "absorb": (
        (np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[0.6, 0.8], [-0.8, 0.6]])),
        2.6,
        [10.6, 11, -2.6, -7.88, 2.6, -37.86, 1.2],
    ),
}
