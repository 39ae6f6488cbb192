"""Answers to the exercises of the lesson 04_cnn/1, and what each mistake gives on arguments typed by hand."""

import numpy as np

from course_lib import detection

ACCEPTED = {
    "iou": [lambda a, b: float(detection.overlaps(np.array([a]), np.array([b]))[0, 0])],
}

TYPED = {
    "receptive_field": (
        ([(3, 2), (5, 3), (2, 1)],),
        17,
        [8, 35, 16, 26, 10, 30, 12, 31, 14, 3, 6, 31],
    ),
    "iou": (
        ((0.0, 3.0, 4.0, 9.0), (2.0, 6.0, 5.0, 8.0)),
        0.1538,
        [0.1333, 4, 26, 0.2667, 0.6667, 0.1667, 0.1667, 0.6667, 0.1333, 0.2368, 0.8462, 0.1875, 0.125]
        + [0.1538] * 3,
    ),
}
