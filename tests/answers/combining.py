"""Typical wrong answers, and other right ones, to the exercises of lesson 05_comparisons/2."""

import numpy as np
from keras import ops


def _variance(wanted, made):
    return ops.mean(ops.square(ops.stop_gradient(wanted) - made))


def _nats(variance, n, share=1):
    return n / 2 * (ops.log(variance) + share * (np.log(2 * np.pi) + 1))


def _joined(parts):
    return np.concatenate([np.ravel(part) for part in parts])


def _cosine(a, b):
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


WRONG_ANSWERS = {
    "step_operations": [
        (lambda e, g, d: e + 3 * g + 7 * d, "forward passes only"),
        (lambda e, g, d: 3 * e + 3 * g + 16 * d, "three codes: z for the likeness"),
        (lambda e, g, d: 3 * e + 9 * g + 21 * d, "does not learn: it looks"),
        (lambda e, g, d: 3 * e + 9 * g + 7 * d, "own move is missing"),
        (lambda e, g, d: 3 * e + 9 * g + 15 * d, "must look at x, too"),
        (lambda e, g, d: 2 * (3 * e + 9 * g + 16 * d), "FLOPs"),
        (lambda e, g, d: 9 * e + 9 * g + 16 * d, "made pictures are not encoded"),
        (lambda e, g, d: 3 * 3_511 + 9 * 4_573 + 16 * 2_553, "wrong for another"),
    ],
    "likeness": [
        (lambda w, m: -_nats(_variance(w, m), 5), "sign is flipped"),
        (lambda w, m: _nats(_variance(w, m), 1), "for one feature"),
        (lambda w, m: _nats(_variance(w, m), 128), "need not be 128"),
        (lambda w, m: _nats(ops.sqrt(_variance(w, m)), 5), "not of its root"),
        (lambda w, m: _nats(_variance(w, m), 5, 0), "constant log 2π + 1"),
        (lambda w, m: ops.mean(ops.sum(ops.square(w - m), axis=-1)) / 2, "takes σ for 1"),
        (lambda w, m: _nats(ops.mean(ops.square(w - m)), 5), "a gradient reaches `wanted`"),
        (lambda w, m: _nats(_variance(w, ops.stop_gradient(m)), 5), "no gradient reaches what was made"),
        (lambda w, m: ops.square(w - m), "one number remains"),
        (
            lambda w, m: 5 / 2 * float(np.log(_variance(w, m)) + np.log(2 * np.pi) + 1),
            "computed by NumPy",
        ),
    ],
    "agreement": [
        (lambda a, b: abs(_cosine(_joined(a), _joined(b))), "sign is lost"),
        (lambda a, b: np.sum(_joined(a) * _joined(b)), "divide by both lengths"),
        (lambda a, b: np.mean([_cosine(x, y) for x, y in zip(a, b, strict=True)]), "averaged one cosine"),
        (lambda a, b: _cosine(a[0], b[0]), "only the first array"),
        (lambda a, b: np.arccos(_cosine(_joined(a), _joined(b))), "this is the angle"),
        (
            lambda a, b: np.sum(_joined(a) * _joined(b)) / np.sum(_joined(a) ** 2) ** 0.5,
            "length of the second",
        ),
        (
            lambda a, b: (
                np.sum(_joined(a) * _joined(b))
                / (np.linalg.norm(_joined(a)) * np.linalg.norm(_joined(b)) + 1e-2)
            ),
            "must give -1",
        ),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "step_operations": [lambda e, g, d: 3 * (e + 3 * g) + d + 2 * d + 2 * 2 * d + 3 * 3 * d],
    "likeness": [
        lambda w, m: w.shape[-1] * (0.5 * ops.log(2 * np.pi * np.e * _variance(w, m))),
    ],
    "agreement": [
        lambda a, b: (
            sum(np.sum(x * y) for x, y in zip(a, b, strict=True))
            / (sum(np.sum(x**2) for x in a) * sum(np.sum(y**2) for y in b)) ** 0.5
        ),
    ],
}
