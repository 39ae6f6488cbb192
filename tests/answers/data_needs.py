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

_picture = np.arange(1, 21, dtype="uint8").reshape(4, 5, 1)
_mirrored, _near = _picture[:, ::-1], _picture + (_picture == 1)
_shown = [  # so many times
    (_picture, 1), (_mirrored, 2), (np.roll(_picture, 1, 0), 1), (np.roll(_picture, -1, 0), 2),
    (np.roll(_picture, 1, 1), 3), (np.roll(_picture, -1, 1), 4), (np.roll(_mirrored, 1, 1), 5),
    (0 * _picture, 6), (_picture[::-1], 13), (_near, 8), (np.roll(_picture, 2, 1), 9),
    (np.roll(_picture, (1, 1), (0, 1)), 11), (_picture[::-1, ::-1], 12),
]  # fmt: skip
_validation = np.stack([one for one, times in _shown for _ in range(times)])
_subjects = np.where(_validation.any(axis=(1, 2, 3)), 7, 5)

# Of 4, 1, 0, -3 against 2, 5, 1 there are 2 wins and a tie among 12 pairs: 2.5 / 12.
AREA = [0.7917, 0.1667, 0.25, 0.7917, 2.5, -2.167, 0, 0.2917, 0.25, 0.3333, 2.5, 0.8333]
TYPED = {
    "auc": ((np.array([4.0, 1.0, 0.0, -3.0]), np.array([2.0, 5.0, 1.0])), 0.2083, AREA),
    # 1 + 2 + 10 + 5 are copies in some form, 6 show the subject 5: 24, and the middle is not 10.5.
    "leaks": (
        (_picture[None], np.array([5]), _validation, _subjects, 6.0),
        25,
        [8, 18, 10, 20, 31, 22, 13, 19, 36, 34, 19, 7, 1, 53, 70, 54, 2, 2, 24, 24, 24, 25],
    ),
    # The first and the third of 9, 2, 8 become (9 + 4) % 10 = 3 and (8 + 6) % 10 = 4.
    "spoiled": (
        (np.array([9, 2, 8]), 0.5, np.array([0.1, 0.6, 0.4]), np.array([4, 1, 6])),
        9,
        [19, 12, 29, 20, 10, 11, 11, 20, 9, 10, 20, 13, 9, 9],
    ),
}
