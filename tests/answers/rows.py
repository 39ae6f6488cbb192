"""Typical wrong answers, and other right ones, to the exercises of lesson 3.3."""

import numpy as np
from keras import ops
from scipy import special


def windows(pictures, starts, pad, width=None):
    width = width or pictures.shape[2]
    padded = ops.pad(pictures, ((0, 0), (0, 0), pad, (0, 0)))
    return ops.concatenate([padded[:, :, start : start + width] for start in starts], axis=-1)


def by_shift(pictures, reach):
    """One column of zeros in front, again and again."""
    found, moved = [], pictures
    for _ in range(reach):
        moved = ops.concatenate([ops.zeros_like(moved[:, :, :1]), moved[:, :, :-1]], axis=2)
        found.append(moved)
    return ops.concatenate(found, axis=-1)


def bits(log_p, painted):
    return -log_p[:, painted].mean() / np.log(2)


def draw(logits, means, log_scales, chance, place, pick=None, noise=special.logit, scale=np.exp, finish=None):
    shares = special.softmax(logits, axis=1)
    component = (chance[:, None] >= np.cumsum(shares, axis=1)).sum(axis=1)
    if pick is not None:
        component = pick(shares)
    every = np.arange(len(logits))
    value = means[every, component] + scale(log_scales[every, component]) * noise(place)
    if finish is not None:
        return finish(value)
    return np.clip(np.round((value + 1) * 127.5) / 127.5 - 1, -1, 1)


def averaged(logits, means, log_scales, chance, place):
    every = means + np.exp(log_scales) * special.logit(place)[:, None]
    value = (special.softmax(logits, axis=1) * every).sum(axis=1)
    return np.clip(np.round((value + 1) * 127.5) / 127.5 - 1, -1, 1)


WRONG_ANSWERS = {
    "before": [
        (lambda pictures, reach: windows(pictures, range(reach, 0, -1), (reach, 0)), "the pixel itself"),
        (lambda pictures, reach: windows(pictures, range(reach), (reach, 0)), "farthest comes first"),
        (lambda pictures, reach: windows(pictures, range(1, reach + 1), (0, reach)), "to the right"),
        (
            lambda pictures, reach: ops.concatenate(
                [ops.roll(pictures, place, axis=2) for place in range(1, reach + 1)], axis=-1
            ),
            "wraps around",
        ),
        (
            lambda pictures, reach: ops.transpose(
                by_shift(ops.transpose(pictures, (0, 2, 1, 3)), reach), (0, 2, 1, 3)
            ),
            "rows are axis 1",
        ),
        (lambda pictures, reach: windows(pictures, range(reach, -1, -1), (reach, 0)), "one channel too many"),
        (lambda pictures, reach: windows(pictures, [reach - 1] * reach, (reach, 0)), "all channels are"),
        (lambda pictures, reach: windows(pictures, [reach - 1], (reach, 0)), "one channel is left"),
    ],
    "bits_per_dimension": [
        (lambda log_p, painted: -log_p[:, painted].mean(), "these are nats"),
        (lambda log_p, painted: -bits(log_p, painted), "sign is flipped"),
        (lambda log_p, painted: -log_p.mean() / np.log(2), "given rows, too"),
        (
            lambda log_p, painted: -log_p[:, painted].sum() / log_p.size / np.log(2),
            "all pixels of the picture",
        ),
        (lambda log_p, painted: -log_p[:, painted].sum(axis=(1, 2)).mean() / np.log(2), "bits a picture"),
        (lambda log_p, painted: -log_p[:, painted].mean(axis=(1, 2)) / np.log(2), "one number a picture"),
        (lambda log_p, painted: -np.log2(np.exp(log_p[:, painted]).mean()), "mean of the logarithms"),
        (lambda log_p, painted: -log_p[:, painted].mean() * np.log(2), "divide by log 2, not multiply"),
        (lambda log_p, painted: bits(log_p, ~painted), "you took the others"),
    ],
    "draw_pixel": [
        (averaged, "averaged the components"),
        (lambda *a: draw(*a, pick=lambda shares: shares.argmax(axis=1)), "likeliest component"),
        (lambda *a: draw(*a, scale=lambda x: x), "logarithms: take exp"),
        (lambda *a: draw(*a, noise=special.ndtri), "Gaussian's"),
        (lambda *a: draw(*a, noise=lambda u: special.logit(1 - u)), "far above the mean"),
        (lambda *a: draw(*a, finish=lambda value: np.clip(value, -1, 1)), "not on the 256 levels"),
        (
            lambda *a: draw(*a, finish=lambda value: np.round((value + 1) * 127.5) / 127.5 - 1),
            "beyond black and white",
        ),
        (lambda *a: draw(*a, noise=lambda u: 0 * u), "this is the component's mean"),
        (
            lambda logits, means, log_scales, chance, place: (
                means + np.exp(log_scales) * special.logit(place)[:, None]
            ),
            "one number a component",
        ),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "before": [by_shift, lambda pictures, reach: windows(pictures, range(reach - 1, -1, -1), (reach, 0))],
    "bits_per_dimension": [bits, lambda log_p, painted: float(np.mean(-log_p[:, painted] / np.log(2)))],
    "draw_pixel": [draw],
}
