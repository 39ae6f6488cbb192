"""What holds the checks of lesson 04_cnn/3 from outside.

At rates of 0 a step of the painters leaves everything as it was: the numbers are its two losses.
"""

import numpy as np

from course_lib.check.translation import Painters

TYPED = {
    "painter_step": (
        (
            Painters([0.5, -0.25, 1.0, 0.5], 3.0, rates=(0.0, 0.0)),
            np.array([1.0, -1.0]).reshape(2, 1, 1, 1),
            np.array([0.8, -0.4]).reshape(2, 1, 1, 1),
        ),
        3.21581,
        [3.71581, 2.34436, 2.7929, 2.56863, 3.21581, 3.21581, 3.21581, 3.21581, 3.51581,
         2.64436, 1.86581, 2.31581, 3.06726, 3.15656, 3.21581, 3.21581, 3.13757, 3.21581, 3.21581],
    ),
    "cycle_loss": (
        (
            np.array([[1.0, -0.5], [0.0, 2.0]]).reshape(2, 1, 2, 1),
            np.array([[0.25, 2.0], [-1.0, 3.0]]).reshape(2, 1, 2, 1),
            lambda x: 0.5 * x * x,
            lambda x: 1.5 * x - 0.5,
        ),
        2.82617,
        [0.484375, 2.3418, 1, 3.0625, 1.24219, 2.18359, 9.10548, 11.3047, 5.65234, 5.65234, 1.41309,
         -2.82617, 2.36133],
    ),
}  # fmt: skip
