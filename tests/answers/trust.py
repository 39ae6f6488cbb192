"""Holds the checks of lessons 06_challenges/4 and 5 from outside: see the package."""

import numpy as np

REFUSED = {
    "alarm_threshold": [
        (lambda scores, rate: np.quantile(scores, 1 - rate, method="higher"), "too high"),
        (lambda scores, rate: np.quantile(scores, 1 - rate, method="lower"), "too low"),
        (lambda scores, rate: sorted(set(scores))[-1 - int(rate * len(scores))], "counted once"),
    ],
}

ACCEPTED = {}


def _pixels(*values):
    return np.array(values).reshape(1, 1, -1, 1)


TYPED = {
    # The steps lead to 0.14, 1.02, -1.03 and 0.45, the budget to 0.06, 0.96, -1.03 and 0.45, the range to -1.
    "attack_step": (
        (_pixels(0.04, 0.92, -0.93, 0.45), _pixels(0.0, 0.9, -0.97, 0.5), _pixels(0.02, 3, -1, 0), 0.1, 0.06),
        0.47,
        [0.32, 0.452, 0.489, 0.58, 0.59, 0.44, 0.54, 0.52, 0.48, 0.55, 0.12, 0.01, 0.55, 1.47, 0.57, 0.46],
    ),
    # Of five pictures the last one alone is True throughout; the attacks leave 4, 3 and 2 of them.
    "left_after_all": (
        (np.array([[1, 1, 0, 1, 1], [1, 0, 0, 1, 1], [0, 1, 0, 0, 1]], bool),),
        0.2,
        [0.4, 0.6, 0.192, 0.8, 0.0, 0.8, 1, 1, 0.4],
    ),
    # Of ten real ones 3 is above 2: 0.8 · 0.1 of all; of five generated ones 3, 4 and 5: 0.2 · 0.6 of all.
    "wrongly_accused": (
        (np.array([0, 1, 2, 3, -1, -2, 0, 1, 1, 0]), np.array([2, 2, 3, 4, 5]), 2.0, 0.2),
        0.4,
        [0.25, 0.1, 0.6, 0.04, 0.08, 0.1429, 0.5, 0.4444, 1, 0.2857, 0.8, 0.6667, 0.4],
    ),
    # 0.35 of six are 2.1, so that two may be above: 4 and 4.
    "alarm_threshold": (
        (np.array([4.0, 1.0, 4.0, -6.0, -7.0, 3.0]), 0.35),
        3.0,
        [1.0, 3.25, 4.0, 1.605, 4.0, 4.0, 1.0],
    ),
}
