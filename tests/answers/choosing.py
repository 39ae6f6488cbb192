"""Holds the checks of the lesson on choosing a model from outside: see the package."""

import numpy as np

REFUSED = {
    "lstm_weights": [(lambda inputs, units: 3 * (inputs * units + units**2), "two things are missing")],
    "optimism": [
        (
            lambda seen, fresh: np.mean(seen[:, seen.argmax(axis=1)] - fresh[:, seen.argmax(axis=1)]),
            "looked up in every trial",
        ),
        (
            lambda seen, fresh: np.mean(seen.max(axis=1) - fresh[:, seen.argmax(axis=1)]),
            "all trials of `fresh`",
        ),
        (lambda seen, fresh: np.mean((seen - fresh)[:, np.mean(seen, 0).argmax()]), "for all trials"),
    ],
}

ACCEPTED = {}

TYPED = {
    # Six inputs and two units: one product has 2 · (6 + 2 + 1) = 18 weights.
    "lstm_weights": ((6, 2), 72, [18, 54, 48, 64, 56, 24, 80, 216, 2016, 36, 96, 68]),
    # From 0.01 to 1 by chances of 0 and 1/2: 0.01 and 0.1, of logarithms -4.605 and -2.303.
    "log_uniform": (
        (np.array([0.0, 0.5]), 0.01, 1.0),
        0.11,
        [0.515, -6.908, -3.0, 0.5032, 0.005007, 1.1, 0.02, 2.015, 2.11, 11.02, 0.02649],
    ),
    # Chosen are 0.8 and 0.9, worth 0.5 and 0.65 on fresh pictures: overrated by 0.3 and 0.25.
    "optimism": (
        (np.array([[0.8, 0.3, 0.4], [0.3, 0.9, 0.1]]), np.array([[0.5, 0.1, 0.7], [0.4, 0.65, 0.25]])),
        0.275,
        [-0.275, 0.175, 0.1, 0.03333, 0.225, 0.1, 0.08333, 0.1625, 0.4375, 0.85, 0.3833, 0.4167, -0.025, 0.55]
        + [0.25, 0.025, 0.55],
    ),
}
