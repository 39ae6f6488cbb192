"""Typical wrong answers, and other right ones, to the exercises of chapters 0, 1 and 2."""

import keras
import numpy as np
from keras import ops

from course_lib import metrics, training

SOFTPLUS, SIGMOID = ops.softplus, ops.sigmoid

GAN = {
    "generator_loss": [
        (lambda fake: ops.sum(SOFTPLUS(-fake)), "summed over the batch"),
        (lambda fake: -ops.mean(SOFTPLUS(-fake)), "sign is flipped"),
        (lambda fake: ops.mean(ops.log(1 - SIGMOID(fake))), "saturating form"),
        (lambda fake: ops.mean(SOFTPLUS(fake)), "labelled the fakes as fake"),
        (lambda fake: ops.mean(SOFTPLUS(-SIGMOID(fake))), "applied twice"),
        (
            lambda fake: ops.mean(ops.binary_crossentropy(ops.ones_like(fake), fake)),
            "taken for probabilities",
        ),
        (lambda fake: -ops.mean(fake), "raw logits"),
        (lambda fake: SOFTPLUS(-fake), "one value an example"),
        (
            lambda fake: np.mean(np.logaddexp(0.0, -np.asarray(ops.convert_to_numpy(fake)))),
            "computed by NumPy",
        ),
        (lambda fake: -ops.mean(ops.log(SIGMOID(fake))), "rounded to 0"),
        (
            lambda fake: -ops.mean(ops.log(ops.clip(SIGMOID(fake), 1e-7, 1.0))),
            "flat where the discriminator is sure",
        ),
        (lambda fake: ops.mean(1 - SIGMOID(fake)), "without a logarithm"),
        (lambda fake: ops.mean(SOFTPLUS(-fake)) * float("nan"), "NaN"),
    ],
    "discriminator_loss": [
        (
            lambda real, fake: ops.sum(SOFTPLUS(-real)) + ops.sum(SOFTPLUS(fake)),
            "summed over the batch",
        ),
        (
            lambda real, fake: -ops.mean(SOFTPLUS(-real)) - ops.mean(SOFTPLUS(fake)),
            "sign is flipped",
        ),
        (
            lambda real, fake: ops.mean(SOFTPLUS(real)) + ops.mean(SOFTPLUS(-fake)),
            "changed places",
        ),
        (lambda real, fake: ops.mean(SOFTPLUS(-real)), "fakes are missing"),
        (lambda real, fake: ops.mean(SOFTPLUS(fake)), "real pictures are missing"),
        (
            lambda real, fake: ops.mean(SOFTPLUS(-real)) + ops.mean(SOFTPLUS(-fake)),
            "label 1 as well",
        ),
        (
            lambda real, fake: ops.mean(SOFTPLUS(-SIGMOID(real))) + ops.mean(SOFTPLUS(SIGMOID(fake))),
            "applied twice",
        ),
        (
            lambda real, fake: (ops.mean(SOFTPLUS(-real)) + ops.mean(SOFTPLUS(fake))) / 2,
            "averaged the two halves",
        ),
        (lambda real, fake: ops.mean(fake) - ops.mean(real), "Wasserstein"),
        (
            lambda real, fake: -ops.mean(ops.log(SIGMOID(real))) - ops.mean(ops.log(1 - SIGMOID(fake))),
            "rounded to 0",
        ),
        (lambda real, fake: SOFTPLUS(-real) + SOFTPLUS(fake), "one value an example"),
    ],
    "optimal_discriminator": [
        (lambda p, q: q / (p + q), "changed places"),
        (lambda p, q: p / q, "ratio"),
        (lambda p, q: np.log(p / q), "logit"),
        (lambda p, q: p / p + q, "parentheses"),
        (lambda p, q: 2 * p / (p + q), "twice D"),
        (lambda p, q: 0.5 * p / (p + q), "half of D"),
        (lambda p, q: p - q, "difference"),
        (lambda p, q: np.mean(p / (p + q)), "do not sum or average"),
        (lambda p, q: p / (p + q + 0.3), "must be 1/2"),
        (lambda p, q: 1 / (1 + np.exp(np.log(np.maximum(q, 1e-2)) - np.log(p))), "never goes"),
    ],
}

CONVOLUTIONS = {
    "enlarged_size": [
        (lambda size, layers: _stack(size, layers, lambda n, k, s, p: n * s), "nothing is cut off"),
        (
            lambda size, layers: _stack(size, layers, lambda n, k, s, p: (n - 1) * s + k),
            "the edges are cut",
        ),
        (
            lambda size, layers: _stack(size, layers, lambda n, k, s, p: n * s if p == "same" else n * s + k),
            "one stride too many",
        ),
        (
            lambda size, layers: _stack(
                size, layers, lambda n, k, s, p: n * s if p == "same" else (n - 1) * s
            ),
            "kernel is missing",
        ),
        (
            lambda size, layers: _stack(
                size, layers, lambda n, k, s, p: -(-n // s) if p == "same" else (n - k) // s + 1
            ),
            "what a convolution leaves",
        ),
        (
            lambda size, layers: _stack(
                size, layers, lambda n, k, s, p: n * s if p == "valid" else (n - 1) * s + k
            ),
            "changed places",
        ),
        (lambda size, layers: _enlarged(size, layers[:1]), "inside the loop"),
        (lambda size, layers: _enlarged(size, layers[-1:]), "only the last layer"),
        (lambda size, layers: size, "nothing has been enlarged"),
        (lambda size, layers: [_enlarged(size, layers)], "a list of sizes"),
        (lambda size, layers: _enlarged(size, layers) if layers else 0, "without layers"),
    ],
    "overlap": [
        (lambda n, k, s: (_overlap(n, k, s) > 0) * 1, "with `+=`"),
        (lambda n, k, s: _overlap(n, k, s)[: n * s], 'size for "same"'),
        (lambda n, k, s: np.full((n - 1) * s + k, k / s), "average overlap"),
        (
            lambda n, k, s: np.pad(np.convolve(np.ones(n), np.ones(k)), (0, (n - 1) * (s - 1))),
            "stand one place apart",
        ),
        (lambda n, k, s: np.convolve(np.ones(n), np.ones(k)), "has no room"),
        (lambda n, k, s: np.ones((n, k)), "has the shape"),
        (lambda n, k, s: np.resize([3, 2], (n - 1) * s + k), "draw it"),
        (lambda n, k, s: _overlap(n, k, s).sum(), "one number"),
        (lambda n, k, s: np.full(n, k), "for each input"),
        (lambda n, k, s: _overlap(n, s, s).tolist() + [0] * (k - s), "not `stride`"),
        (lambda n, k, s: _overlap(n, 5, s)[: (n - 1) * s + k], "not others"),
    ],
    "follow": [
        (lambda a, w, t, limit: _mix(w, a, min(limit, (1 + t) / (10 + t))), "changed places"),
        (lambda a, w, t, limit: _mix(a, w, limit), "beginning is missing"),
        (lambda a, w, t, limit: _mix(w, a, limit), "early decay is missing"),
        (lambda a, w, t, limit: _mix(a, w, (1 + t) / (10 + t)), "must not exceed"),
        (lambda a, w, t, limit: min(limit, (1 + t) / (10 + t)) * a + w, "the sum grows"),
        (lambda a, w, t, limit: _mix(a, w, 1 + t / 10 + t), "in parentheses"),
        (lambda a, w, t, limit: (a + w) / 2, "plain mean"),
        (lambda a, w, t, limit: w, "forgotten"),
        (lambda a, w, t, limit: a.__imul__(limit).__iadd__((1 - limit) * w), "in place"),
    ],
}


def _stack(size, layers, formula):
    for layer in layers:
        size = formula(size, *layer)
    return size


def _enlarged(size, layers):
    return _stack(size, layers, lambda n, k, s, p: n * s if p == "same" else (n - 1) * s + k)


def _overlap(length, kernel, stride):
    return np.convolve(np.kron(np.ones(length), [1] + [0] * (stride - 1)), np.ones(kernel))[
        : (length - 1) * stride + kernel
    ]


def _mix(average, weight, decay):
    return decay * average + (1 - decay) * weight


STABILITY = {
    "covered_modes": [
        (lambda p, c, w: _near(p, c, 3 * w) >= 0.25 / len(c), "one value a centre"),
        (lambda p, c, w: np.sum(_nearest_share(p, c) >= 0.25 / len(c)), "nearest centre"),
        (lambda p, c, w: np.sum(_near(p, c, w) >= 0.25 / len(c)), "one width"),
        (lambda p, c, w: np.sum(_near(p, c, 3 * w) > 0), "one point is enough"),
        (lambda p, c, w: np.sum(_near(p, c, 3 * w) >= 1 / len(c)), "whole fair share"),
        (lambda p, c, w: np.sum(_near(p, c, 3 * w) >= 0.25), "quarter of all points"),
        (lambda p, c, w: np.sum(_near(p, c, 3 * w)), "this is the quality"),
        (lambda p, c, w: np.sum(_near(p, c, 3 * w) >= 0.025), "fixed numbers"),
    ],
    "gradient_penalty": [
        (lambda f, r, g, m: ops.mean(_norm(f, m * r + (1 - m) * g) ** 2), "subtract 1 before"),
        (lambda f, r, g, m: ops.mean(_norm(f, m * r + (1 - m) * g) - 1), "is not squared"),
        (
            lambda f, r, g, m: ops.mean((_norm(f, m * r + (1 - m) * g) ** 2 - 1) ** 2),
            "square root is missing",
        ),
        (
            lambda f, r, g, m: ops.mean(ops.relu(_norm(f, m * r + (1 - m) * g) - 1) ** 2),
            "only slopes above 1",
        ),
        (lambda f, r, g, m: ops.mean((_norm(f, r) - 1) ** 2), "the real points only"),
        (lambda f, r, g, m: ops.mean((_norm(f, g) - 1) ** 2), "the fakes only"),
        (lambda f, r, g, m: ops.mean((_norm(f, (r + g) / 2) - 1) ** 2), "half-way"),
        (lambda f, r, g, m: ops.mean((_norm(f, m * (r + g)) - 1) ** 2), "add to 1"),
        (lambda f, r, g, m: ops.sum((_norm(f, m * r + (1 - m) * g) - 1) ** 2), "take the mean"),
        (lambda f, r, g, m: (_norm(f, m * r + (1 - m) * g) - 1) ** 2, "has the shape"),
        (
            lambda f, r, g, m: ops.mean((_norm(f, m * r + (1 - m) * g, 0.0) - 1) ** 2),
            "inside the root",
        ),
    ],
    "hinge_loss": [
        (lambda r, f: ops.mean(ops.relu(1 + r)) + ops.mean(ops.relu(1 - f)), "changed sides"),
        (lambda r, f: ops.mean(1 - r) + ops.mean(1 + f), "nothing is cut off"),
        (lambda r, f: ops.mean(ops.relu(-r)) + ops.mean(ops.relu(f)), "margin is missing"),
        (lambda r, f: ops.mean(ops.relu(1 - r)) + ops.mean(ops.relu(1 - f)), "sign of the real"),
        (lambda r, f: ops.mean(SOFTPLUS(-r)) + ops.mean(SOFTPLUS(f)), "cross-entropy"),
        (lambda r, f: ops.relu(1 - ops.mean(r)) + ops.relu(1 + ops.mean(f)), "before the hinge"),
        (lambda r, f: ops.sum(ops.relu(1 - r)) + ops.sum(ops.relu(1 + f)), "take the mean"),
        (lambda r, f: ops.mean(ops.relu(1 - r)), "the fakes are missing"),
        (lambda r, f: ops.relu(1 - r) + ops.relu(1 + f), "has the shape"),
    ],
}


def _near(points, centres, reach):
    """The share of the points that lie nearer than `reach` to each centre."""
    return (np.linalg.norm(points[:, None] - centres, axis=2) < reach).mean(axis=0)


def _nearest_share(points, centres):
    away = np.linalg.norm(points[:, None] - centres, axis=2)
    return np.bincount(away.argmin(axis=1), minlength=len(centres)) / len(points)


def _norm(critic, x, epsilon=1e-12):
    """The norm of a critic's slope, one number a point."""
    slope = training.gradient(critic, x)
    return ops.sqrt(ops.sum(ops.square(slope), axis=1) + epsilon)


def _unit(vector):
    return vector / np.linalg.norm(vector)


def _along(start, end, t, angle, divide=True):
    point = np.sin((1 - t) * angle) * start + np.sin(t * angle) * end
    return point / np.sin(angle) if divide else point


def _angle(start, end):
    return np.arccos(_unit(start) @ _unit(end))


def _distances(samples, pool):
    return np.linalg.norm(samples[:, None] - pool[None], axis=2)


ART = {
    "projection_logits": [
        (lambda h, y, w, b, e: ops.mean(ops.sum(h * (w + y @ e), axis=1) + b), "one number"),
        (lambda h, y, w, b, e: h @ ops.transpose(y @ e) + b, "(n, n)"),
        (lambda h, y, w, b, e: h * (w + y @ e) + b, "axis 1"),
        (lambda h, y, w, b, e: ops.sum(h * w, axis=1) + b, "labels play no part"),
        (lambda h, y, w, b, e: ops.sum(h * (y @ e), axis=1), "w and b are missing"),
        (lambda h, y, w, b, e: ops.sum(h * (y @ e), axis=1) + b, "w is missing"),
        (lambda h, y, w, b, e: ops.sum(h * (w + y @ e), axis=1), "bias b is missing"),
        (lambda h, y, w, b, e: ops.sum(h * w + y @ e, axis=1) + b, "same for every picture"),
        (lambda h, y, w, b, e: ops.mean(h * (w + y @ e), axis=1) + b, "averaged"),
        (lambda h, y, w, b, e: ops.sum(h * (w + y @ e) + b, axis=1), "once for every feature"),
        (lambda h, y, w, b, e: ops.sum(h * (w - y @ e), axis=1) + b, "sign"),
    ],
    "slerp": [
        (lambda start, end, t: (1 - t) * start + t * end, "straight line"),
        (lambda start, end, t: _along(end, start, t, _angle(start, end)), "exchanged"),
        (lambda start, end, t: 3 * _unit((1 - t) * start + t * end), "stretch the result"),
        (lambda start, end, t: _along(start, end, t, _angle(start, end), False), "division by sin"),
        (lambda start, end, t: _along(start, end, t, 1.0), "missing inside the sines"),
        (lambda start, end, t: _along(start, end, t, np.pi / 2), "right angle"),
        (lambda start, end, t: _along(start, end, t, np.arccos(start @ end)), "NaN"),
        (lambda start, end, t: _along(start, end, t, np.arccos(start @ end / 9)), "lengths"),
        (lambda start, end, t: t, "shape"),
    ],
    "closer_to_training": [
        (lambda s, a, b: _distances(s, a).min(1) < _distances(s, b).min(1), "share, their mean"),
        (lambda s, a, b: (_distances(s, a).min(1) > _distances(s, b).min(1)).mean(), "exchange"),
        (lambda s, a, b: (_distances(s, a).min(1) < _distances(s, b).min(1)).sum(), "divide"),
        (lambda s, a, b: (_distances(s, a).mean(1) < _distances(s, b).mean(1)).mean(), "smallest"),
        (lambda s, a, b: (_distances(s, a).min(0) < _distances(s, b).min(0)).mean(), "over the samples"),
        (lambda s, a, b: float(_distances(s, a).min() < _distances(s, b).min()), "votes for itself"),
        (lambda s, a, b: _distances(s, a).min(1).mean() / _distances(s, b).min(1).mean(), "ratio"),
    ],
}


WRONG_ANSWERS = {**GAN, **CONVOLUTIONS, **STABILITY, **ART}


def _bce(label, logits):
    labels = ops.full(logits.shape, label)
    return keras.losses.BinaryCrossentropy(from_logits=True)(labels, logits)


OTHER_RIGHT_ANSWERS = {
    "projection_logits": [
        lambda h, y, w, b, e: ops.matmul(h, w) + b + ops.sum(h * ops.matmul(y, e), axis=-1),
        lambda h, y, w, b, e: ops.sum(h * (w + y @ e), axis=1, keepdims=True) + b,
        lambda h, y, w, b, e: ops.einsum("nf,nf->n", h, w[None] + y @ e) + b,
    ],
    "slerp": [
        lambda start, end, t: _along(start, end, t, _angle(start, end)),
        lambda start, end, t: ops.convert_to_tensor(_along(start, end, t, _angle(start, end))),
    ],
    "closer_to_training": [
        lambda s, a, b: np.mean(metrics.nearest(s, a)[0] < metrics.nearest(s, b)[0]),
        lambda s, a, b: (
            sum(min(np.linalg.norm(x - p) for p in a) < min(np.linalg.norm(x - p) for p in b) for x in s)
            / len(s)
        ),
    ],
    "covered_modes": [
        lambda p, c, w: int(np.sum(_near(p, c, 3 * w) * len(c) >= 0.25)),
        lambda p, c, w: sum(sum(np.hypot(*(p - one).T) < 3 * w) >= len(p) / (4 * len(c)) for one in c),
    ],
    "gradient_penalty": [
        lambda f, r, g, m: ops.mean(ops.square(_norm(f, m * r + (1 - m) * g) - 1)),
        lambda f, r, g, m: ops.mean((_norm(f, g + m * (r - g), 1e-8) - 1) ** 2),
        lambda f, r, g, m: ops.mean((_norm(f, (1 - m) * r + m * g) - 1) ** 2),
    ],
    "hinge_loss": [
        lambda r, f: ops.mean(ops.relu(1 - r) + ops.relu(1 + f)),
        lambda r, f: ops.mean(ops.maximum(1 - r, 0)) + ops.mean(ops.maximum(0, 1 + f)),
    ],
    "generator_loss": [
        lambda fake: _bce(1.0, fake),
        lambda fake: -ops.mean(ops.log_sigmoid(fake)),
        lambda fake: ops.sum(SOFTPLUS(-fake)) / fake.shape[0],
        lambda fake: ops.mean(ops.logaddexp(ops.zeros_like(fake), -fake)),
    ],
    "discriminator_loss": [
        lambda real, fake: _bce(1.0, real) + _bce(0.0, fake),
        lambda real, fake: ops.mean(SOFTPLUS(-real) + SOFTPLUS(fake)),
        lambda real, fake: -ops.mean(ops.log_sigmoid(real)) - ops.mean(ops.log_sigmoid(-fake)),
    ],
    "enlarged_size": [
        lambda size, layers: _enlarged(size, layers),
        lambda size, layers: np.int64(_enlarged(size, layers)),
        lambda size, layers: _stack(
            size, layers, lambda n, k, s, p: n * s + (max(k - s, 0) if p == "valid" else 0)
        ),
    ],
    "overlap": [
        lambda n, k, s: _overlap(n, k, s),
        lambda n, k, s: [
            sum(i * s <= place < i * s + k for i in range(n)) for place in range((n - 1) * s + k)
        ],
    ],
    "follow": [
        lambda a, w, t, limit: w + min(limit, (1 + t) / (10 + t)) * (a - w),
        lambda a, w, t, limit: ops.add(a, (1 - ops.minimum(limit, (1 + t) / (10 + t))) * (w - a)),
    ],
    "optimal_discriminator": [
        lambda p, q: 1 / (1 + q / p),
        lambda p, q: p / (p + q + 1e-8),
        lambda p, q: ops.divide(p, ops.add(p, q)),
        lambda p, q: [a / (a + b) for a, b in zip(p, q, strict=True)],
    ],
}
