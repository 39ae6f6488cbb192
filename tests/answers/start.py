"""Lesson 00: answers that reviews found to get past the checks, and what each mistake comes to."""

import numpy as np


def _in_a_loop(pictures):
    total = np.zeros(pictures.shape[1:])
    for picture in pictures:
        total += picture
    return total / len(pictures)


REFUSED = {
    "to_signed": [(lambda pictures: (pictures / 127.5 - 1).tolist(), "stored as float64")],
    "brighten": [(lambda pictures, amount: pictures.__iadd__(np.uint8(amount)), "in place")],
}
ACCEPTED = {
    "to_signed": [lambda pictures: list((pictures / 127.5 - 1).astype("float32"))],
    "mean_picture": [_in_a_loop, lambda pictures: np.einsum("nhwc->hwc", pictures * 1.0) / len(pictures)],
}
PICTURES = [[[[200, 10]], [[0, 255]]], [[[100, 20]], [[30, 90]]], [[[50, 61]], [[7, 3]]]]
TYPED = {
    "to_signed": ((np.array([[0, 200], [51, 90]], "uint8"),), -1.325,
     [1.337, 2.675, -0.6627, -1.336, -1.32, -1.331, -1.327, -1.341, -1.315, 2.643, 1.325, -3.0, 4.651, 4.732,
      4.714, 4.695, 4.682, 4.664, -2.329, 1.686, 0.0, -0.59, -1.325]),
    "brighten": ((np.array([[250, 30], [100, 0]], "uint8"), 200), 940.0,
     [668.0, 668.0, 879.0, 238.0, None, 1180.0, 380.0, 765.0, 486.0, 50.0, 940.0, 430.0, 780.0, 938.0, 685.0,
      940.0, 668.0, 4.0, 4.0, 940.0]),
    "mean_picture": ((np.array(PICTURES, "uint8"),), 275.3,
     [68.83, 413.0, 413.0, 826.0, 413.0, 206.5, 275.3, 826.0, 826.0, 104.7, 274.0, 275.0, 217.0, 413.0,
      465.0, -1.841]),
}  # fmt: skip
