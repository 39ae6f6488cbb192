"""What holds the checks of the lesson 05_comparisons/1 from outside."""

import numpy as np

REFUSED = {}

ACCEPTED = {}

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
    # Chances by the rule: 0.00017 (paired), 0.0023, 0.030, 0.46, 0.070; held against 1, 1.25 … per cent.
    "decided": (
        (
            [
                (np.array([10.1, 20.2, 30.0, 40.3]), np.array([9, 19, 29, 39.1]), True),
                (np.array([1, 2, 3, 4]), np.array([5, 6, 7, 8.5, 9]), False),
                (np.array([1, 2, 3, 5]), np.array([4.5, 4, 7, 6, 5, 8]), False),
                (np.array([1, 2, 4]), np.array([2, 3, 5.2]), False),
                (np.array([1, 2, 2, 3]), np.array([3, 4, 2, 5, 3]), False),
            ],
        ),
        2,
        [3, 2, 2, 3, 2, 1, 3, 2, 3, 3, 1, 3, 2],
    ),
}  # fmt: skip
