"""What holds the checks of the lesson 05_comparisons/1 from outside."""

import numpy as np
from scipy import stats


def _for_three(first, second):
    u, v = np.var(first, ddof=1) / 3, np.var(second, ddof=1) / 3
    half = stats.t.ppf(0.975, (u + v) ** 2 / (u**2 / 2 + v**2 / 2)) * np.sqrt(u + v)
    middle = np.mean(first) - np.mean(second)
    return middle - half, middle + half


REFUSED = {"difference_interval": [(_for_three, "right for three seeds each")]}

ACCEPTED = {
    "difference_interval": [
        lambda first, second: tuple(
            stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
        ),
    ],
}

TYPED = {
    "mmd_squared": (
        (
            np.array([[3.0, 1], [1, 2]]),
            np.array([[4.0, 1, 0.5], [1, 2, 0], [0.5, 0, 1]]),
            np.array([[1.0, 0.5, 0], [0.25, 0.5, 1]]),
        ),
        0.416667,
        [1.77778, -0.25, 2.58333, -0.333333, 3.91667, 0.958333, -0.416667, 2.58333, 0.625, 0.645497, 0.416667,
         1.41667, -0.125],
    ),
    "precision_coverage": (
        (np.array([[0.5, 1.0, 3.0, 1.1], [2.0, 2.0, 1.2, 1.25]]), np.array([1.0, 1.3])),
        2,
        [2, 1.5, 1, 2, 6, 0, 1.25, 2, 1.75, 0, 6, 1.75, None],
    ),
    # The sum of both ends is twice the difference, whatever the width.
    "difference_interval": (
        (np.array([1.0, 2, 4]), np.array([3.0, 3.5, 5, 7])),
        -4.58333,
        [-4.58333] * 8 + [4.58333] + [-4.58333] * 8,
    ),
}  # fmt: skip
