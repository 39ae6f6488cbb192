"""Answers to the exercises of the lesson 04_cnn/1, and what each mistake gives on arguments typed by hand."""

import keras
import numpy as np
from keras import ops

from course_lib import detection

REFUSED = {
    "cross_entropy": [
        (
            lambda y, z: (
                -ops.mean(ops.log(ops.maximum(ops.take_along_axis(ops.softmax(z), y[:, None], axis=1), 1e-7)))
            ),
            "do not clip",
        ),
    ],
}

ACCEPTED = {
    "cross_entropy": [
        lambda y, z: ops.mean(keras.losses.sparse_categorical_crossentropy(y, z, from_logits=True))
    ],
    "iou": [lambda a, b: float(detection.overlaps(np.array([a]), np.array([b]))[0, 0])],
}

TYPED = {
    "receptive_field": (
        ([(3, 2), (5, 3), (2, 1)],),
        17,
        [8, 35, 16, 26, 10, 30, 12, 31, 14, 3, 6, 31],
    ),
    "cross_entropy": (
        (np.array([2, 0], "int32"), np.array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]])),
        1.147,
        [2.293, -1.147, 2.293, 0.3822, 1.109, -0.3245, -0.3, 1.113, 1.498, 0.6713, 1.84, 0.25]
        + [0.6755, 0.6942, 1.654, 1.125, 1.147],
    ),
    "iou": (
        ((0.0, 3.0, 4.0, 9.0), (2.0, 6.0, 5.0, 8.0)),
        0.1538,
        [0.1333, 4, 26, 0.2667, 0.6667, 0.1667, 0.1667, 0.6667, 0.1333, 0.2368, 0.8462, 0.1875, 0.125]
        + [0.1538] * 3,
    ),
}
