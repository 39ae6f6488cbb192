"""The lesson 02_vae/1: answers that reviews found to get past the checks, and what each mistake comes to."""

import keras
import numpy as np
from keras import ops


def _each(m, s):
    return (m**2 + ops.exp(s) - s - 1) / 2


REFUSED = {
    "gaussian_kl": [(lambda m, s: ops.stop_gradient(ops.sum(_each(m, s)) / m.shape[0]), "no gradient comes")],
    "vae_step": [(lambda model, x, e, sigma: 0.0, "return a dict with 'loss', 'reconstruction' and 'kl'")],
}
if keras.config.backend() == "tensorflow":  # elsewhere the length of a tensor is known in a compiled step
    told = "x.shape[0] in place of len(x)"
    REFUSED["gaussian_kl"].append((lambda m, s: ops.sum(_each(m, s)) / len(m), told))
ACCEPTED = {}
MEAN = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]])
LOG_VAR = np.array([[0.75, 1.0], [2.0, 0.25], [1.5, 0.75]])
TYPED = {
    "gaussian_kl": ((MEAN, LOG_VAR), 3.851,
     [7.702, -3.851, -7.702, 5.935, 1.926, 11.55, 5.777, 11.55, 3.851, 11.55, 2.727, 2.255, 14.91, 4.851,
      4.893, 1.31, 1.893, 2.56, 2.027, 3.851]),
    # A step returns a dict and moves weights: tests/test_lessons.py holds the lesson's to the library's.
    "vae_step": ((None,) * 4, None, [None] * 23),
}  # fmt: skip
