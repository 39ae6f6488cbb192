"""Holds the checks of lesson 06_challenges/2 from outside: see the package."""

import numpy as np
from scipy import stats


def _ranked(inside, outside):
    return stats.mannwhitneyu(inside, outside).statistic / len(inside) / len(outside)


REFUSED = {
    "auc": [(lambda a, b: max(_ranked(a, b), _ranked(b, a)), "worse than a coin")],
    "spoiled": [
        (
            lambda y, share, c, o: np.array([(a + d) % 10 for a, d in zip(y, o * (c < 0.3), strict=True)]),
            "0.3",
        ),
        (lambda y, share, c, o: ((y + o * (c < share)) % 10).astype("float32"), "no whole numbers"),
    ],
}

ACCEPTED = {"auc": [_ranked]}

# Of 4, 1, 0, -3 against 2, 5, 1 there are 2 wins and a tie among 12 pairs: 2.5 / 12.
AREA = [0.7917, 0.1667, 0.25, 0.7917, 2.5, -2.167, 0, 0.2917, 0.25, 0.3333, 2.5, 0.8333]
TYPED = {
    "auc": ((np.array([4.0, 1.0, 0.0, -3.0]), np.array([2.0, 5.0, 1.0])), 0.2083, AREA),
    # Four of kind 3 and one of kind 7: together each kind has 1/2, so that the weights are 1/8 and 1/2.
    "sampling_weights": (
        (np.array([3, 3, 7, 3, 3]),),
        1.0,
        [1.0, 3.4, 2.0, 0.2, 0.25, 2.0, 1.0, 2.5, 1.0, 1.25, 0.625],
    ),
    # The first and the third of 9, 2, 8 become (9 + 4) % 10 = 3 and (8 + 6) % 10 = 4.
    "spoiled": (
        (np.array([9, 2, 8]), 0.5, np.array([0.1, 0.6, 0.4]), np.array([4, 1, 6])),
        9,
        [19, 12, 29, 20, 10, 11, 11, 20, 9, 10, 20, 13, 9, 9],
    ),
}
