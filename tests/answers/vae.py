"""The lesson 02_vae/1: answers that reviews found to get past the checks, and what each mistake comes to."""

import keras
import numpy as np
from keras import ops


def _each(m, s):
    return (m**2 + ops.exp(s) - s - 1) / 2


def _nats(x, y, s):
    return ((x - y) / s) ** 2 / 2 + np.log(s * np.sqrt(2 * np.pi))


REFUSED = {
    "gaussian_kl": [(lambda m, s: ops.stop_gradient(ops.sum(_each(m, s)) / m.shape[0]), "no gradient comes")],
    "reparameterise": [
        (lambda m, s, e: m + ops.exp(s / 2) * keras.random.normal(m.shape), "random numbers of your own"),
        (lambda m, s, e: m + ops.stop_gradient(ops.exp(s / 2)) * e, "no gradient passes"),
    ],
    "reconstruction_loss": [
        (
            lambda x, y, s: ops.stop_gradient(ops.sum(_nats(x, y, s)) / x.shape[0]),
            "does not reach the decoder",
        )
    ],
}
if keras.config.backend() == "tensorflow":  # elsewhere the length of a tensor is known in a compiled step
    told = "x.shape[0] in place of len(x)"
    REFUSED["gaussian_kl"].append((lambda m, s: ops.sum(_each(m, s)) / len(m), told))
    REFUSED["reconstruction_loss"].append((lambda x, y, s: ops.sum(_nats(x, y, s)) / len(x), told))
ACCEPTED = {}
MEAN = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]])
LOG_VAR = np.array([[0.75, 1.0], [2.0, 0.25], [1.5, 0.75]])
NOISE = np.array([[0.5, -1.0], [2.0, 1.0], [-0.5, 0.25]])
X = np.array([[[[0.5, -1.0]], [[1.0, 0.0]]], [[[0.25, -0.5]], [[0.75, 0.0]]]])  # (2, 2, 1, 2)
Y = np.array([[[[0.0, -0.5]], [[0.75, 0.5]]], [[[-0.25, 0.5]], [[1.0, 0.5]]]])
TYPED = {
    "gaussian_kl": ((MEAN, LOG_VAR), 3.851,
     [7.702, -3.851, -7.702, 5.935, 1.926, 11.55, 5.777, 11.55, 3.851, 11.55, 2.727, 2.255, 14.91, 4.851,
      4.893, 1.31, 1.893, 2.56, 2.027, 3.851]),
    "reparameterise": ((MEAN, LOG_VAR, NOISE), 8.454,
     [16.19, 5.866, 6.562, 5.75, 3.5, 2.25, 4.954, 9.325, -1.454, 4.791, 14.03, 15.62, 8.454, 8.454, 8.454]),
    "reconstruction_loss": ((X, Y, 0.5), 3.278,
     [0.8195, 6.556, 1.639, 6.556, 6.556, -3.278, 5.653, 2.091, 1.497, 2.375, -0.3976, 6.051, 2.601, 6.954,
      0.5056, 1.472, 4.903, 1.188, 3.278]),
}  # fmt: skip
