"""Typical wrong answers, and other right ones, to the exercises of lesson 04_cnn/3."""

import numpy as np
from keras import ops

SOFTPLUS = ops.softplus


def _error(painted, pictures):
    return ops.mean(ops.abs(painted - pictures))


def _walk(kernels, strides, before=True, first=1):
    side, step = first, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        step = step if before else step * stride
        side += (kernel - 1) * step
        step = step * stride if before else step
    return side


WRONG_ANSWERS = {
    "translation_loss": [
        (lambda g, p, x, w: ops.mean(SOFTPLUS(-g)) + _error(p, x), "pixel_weight is missing"),
        (lambda g, p, x, w: w * ops.mean(SOFTPLUS(-g)) + _error(p, x), "belongs to the pixels' error"),
        (lambda g, p, x, w: w * (ops.mean(SOFTPLUS(-g)) + _error(p, x)), "multiplies the pixels' error only"),
        (lambda g, p, x, w: ops.mean(SOFTPLUS(-g)) - w * _error(p, x), "add it"),
        (lambda g, p, x, w: w * _error(p, x) - ops.mean(SOFTPLUS(-g)), "sign of the adversary's part"),
        (lambda g, p, x, w: ops.mean(SOFTPLUS(g)) + w * _error(p, x), "the discriminator's aim"),
        (lambda g, p, x, w: w * _error(p, x) - ops.mean(SOFTPLUS(g)), "saturating form"),
        (lambda g, p, x, w: w * _error(p, x) - ops.mean(g), "raw logits"),
        (
            lambda g, p, x, w: ops.mean(SOFTPLUS(-g)) + w * ops.mean(ops.square(p - x)),
            "squared the differences",
        ),
        (lambda g, p, x, w: ops.mean(SOFTPLUS(-g)) + w * ops.abs(ops.mean(p - x)), "opposite sign cancel"),
        (
            lambda g, p, x, w: ops.mean(SOFTPLUS(-g)) + w * ops.mean(ops.sum(ops.abs(p - x), axis=(1, 2, 3))),
            "summed over the pixels",
        ),
        (lambda g, p, x, w: ops.sum(SOFTPLUS(-g)) + w * _error(p, x), "summed over the patches"),
        (lambda g, p, x, w: w * _error(p, x), "adversary's part is missing"),
        (lambda g, p, x, w: ops.mean(SOFTPLUS(-g)), "pixels' part is missing"),
        (lambda g, p, x, w: ops.mean(SOFTPLUS(-g), axis=(1, 2, 3)) + w * _error(p, x), "has the shape"),
        (
            lambda g, p, x, w: -ops.mean(ops.log(ops.maximum(ops.sigmoid(g), 1e-7))) + w * _error(p, x),
            "logarithm was rounded",
        ),
        (
            lambda g, p, x, w: float(
                np.logaddexp(0, -np.asarray(ops.convert_to_numpy(g))).mean()
                + w * np.abs(ops.convert_to_numpy(p) - ops.convert_to_numpy(x)).mean()
            ),
            "computed by NumPy",
        ),
    ],
    "patch_side": [
        (lambda kernels, strides: 1 + sum(k - 1 for k in kernels), "strides are missing"),
        (lambda kernels, strides: sum(kernels), "kernel - 1 steps, for its first"),
        (lambda kernels, strides: int(np.prod(kernels)), "do not multiply"),
        (lambda kernels, strides: int(np.prod(strides)), "how far apart"),
        (lambda kernels, strides: _walk(kernels, strides, before=False), "not its own"),
        (lambda kernels, strides: _walk(kernels, strides, first=0), "one pixel is missing"),
        (lambda kernels, strides: _walk(kernels[::-1], strides[::-1]), "began with the last"),
        (
            lambda kernels, strides: 1 + sum((k - 1) * s for k, s in zip(kernels, strides, strict=True)),
            "multiply along the way",
        ),
        (lambda kernels, strides: 30 if len(kernels) == 4 else 3, "right for four layers"),
    ],
    "cycle_loss": [
        (lambda day, night, g, f: _error(f(g(day)), day), "day pictures only"),
        (lambda day, night, g, f: _error(g(f(night)), night), "night pictures only"),
        (lambda day, night, g, f: _error(g(day), day) + _error(f(night), night), "after the first step"),
        (lambda day, night, g, f: _error(f(day), day) + _error(g(night), night), "identity loss"),
        (lambda day, night, g, f: _error(g(f(day)), day) + _error(f(g(night)), night), "order is exchanged"),
        (
            lambda day, night, g, f: (
                ops.mean(ops.square(f(g(day)) - day)) + ops.mean(ops.square(g(f(night)) - night))
            ),
            "squared the differences",
        ),
        (
            lambda day, night, g, f: (
                ops.sum(ops.abs(f(g(day)) - day)) + ops.sum(ops.abs(g(f(night)) - night))
            ),
            "summed over the pixels",
        ),
        (
            lambda day, night, g, f: (_error(f(g(day)), day) + _error(g(f(night)), night)) / 2,
            "took their mean",
        ),
        (lambda day, night, g, f: -_error(f(g(day)), day) - _error(g(f(night)), night), "sign is flipped"),
        (
            lambda day, night, g, f: (
                ops.abs(ops.mean(f(g(day)) - day)) + ops.abs(ops.mean(g(f(night)) - night))
            ),
            "opposite sign cancel",
        ),
        (
            lambda day, night, g, f: _error(g(day), night) + _error(f(night), day),
            "compare each picture with itself",
        ),
        (
            lambda day, night, g, f: ops.mean(ops.abs(f(g(day)) - day), axis=(1, 2, 3)),
            "has the shape",
        ),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "translation_loss": [
        lambda logits, painted, pictures, pixel_weight: (
            ops.mean(ops.binary_crossentropy(ops.ones_like(logits), logits, from_logits=True))
            + ops.mean(pixel_weight * ops.abs(pictures - painted))
        ),
    ],
    "patch_side": [
        lambda kernels, strides: 1 + sum((k - 1) * int(np.prod(strides[:i])) for i, k in enumerate(kernels)),
    ],
    "cycle_loss": [
        lambda day, night, to_night, to_day: (
            ops.mean(ops.abs(night - to_night(to_day(night))))
            + ops.mean(ops.abs(day - to_day(to_night(day))))
        ),
    ],
}
