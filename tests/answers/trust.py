"""Typical wrong answers, and other right ones, to the exercises of lesson 06_challenges/4 and 5."""

import math

import numpy as np
from keras import ops
from scipy import stats


def _back(changed, pictures, eps):
    return ops.clip(pictures + ops.clip(changed - pictures, -eps, eps), -1, 1)


def _length(slope):
    return ops.sqrt(ops.sum(slope**2, axis=(1, 2, 3), keepdims=True))


def _falling(scores, number):
    return np.sort(scores)[::-1][number]


WRONG_ANSWERS = {
    "attack_step": [
        (lambda m, p, g, step, eps: _back(m - step * ops.sign(g), p, eps), "downhill"),
        (lambda m, p, g, step, eps: _back(m + step * g, p, eps), "slope itself"),
        (lambda m, p, g, step, eps: _back(m + step * g / _length(g), p, eps), "slope's length"),
        (lambda m, p, g, step, eps: m + step * ops.sign(g), "nothing is brought back"),
        (lambda m, p, g, step, eps: ops.clip(m + step * ops.sign(g), -1, 1), "budget is missing"),
        (
            lambda m, p, g, step, eps: p + ops.clip(m + step * ops.sign(g) - p, -eps, eps),
            "pixel range is missing",
        ),
        (lambda m, p, g, step, eps: _back(m + step * ops.sign(g), m, eps), "counted from `moved`"),
        (lambda m, p, g, step, eps: _back(p + step * ops.sign(g), p, eps), "begins at `pictures` again"),
        (lambda m, p, g, step, eps: _back(m + eps * ops.sign(g), p, eps), "must be `step` long"),
        (lambda m, p, g, step, eps: _back(m + step * ops.sign(g), p, step), "and not `step`"),
        (lambda m, p, g, step, eps: ops.clip(m + step * ops.sign(g), -eps, eps), "it is the change"),
        (
            lambda m, p, g, step, eps: ops.clip(p + ops.clip(m + step * ops.sign(g) - p, 0, eps), -1, 1),
            "darker too",
        ),
        (lambda m, p, g, step, eps: ops.mean(_back(m, p, eps), axis=0), "has the shape"),
        (
            lambda m, p, g, step, eps: _back(m + step * ops.where(g >= 0, 1.0, -1.0), p, eps),
            "where the slope is 0",
        ),
        (lambda m, p, g, step, eps: _back(m + 0.14 * ops.sign(g), p, eps), "for others"),
    ],
    "left_after_all": [
        (lambda hits: hits.mean(axis=1).min(), "strongest single attack"),
        (lambda hits: hits.mean(), "mean over the attacks"),
        (lambda hits: hits.mean(axis=1).prod(), "multiplied"),
        (lambda hits: hits.any(axis=0).mean(), "right under some attack"),
        (lambda hits: hits.all(axis=1).mean(), "over the attacks, axis 0"),
        (lambda hits: 1 - hits.all(axis=0).mean(), "share that is fooled"),
        (lambda hits: hits.all(axis=0).sum(), "counts pictures"),
        (lambda hits: hits.all(axis=0), "one share"),
        (lambda hits: (hits[0] & hits[1] & hits[2]).sum() / 40 if len(hits) == 3 else 0.5, "may be fixed"),
    ],
    "area_under_curve": [
        (
            lambda real, made: np.mean(real[:, None] > made) + np.mean(real[:, None] == made) / 2,
            "changed places",
        ),
        (lambda real, made: np.mean(made[:, None] > real), "count as nothing"),
        (lambda real, made: np.mean(made[:, None] >= real), "count as successes"),
        (lambda real, made: (np.mean(made > 0) + np.mean(real <= 0)) / 2, "accuracy at the threshold"),
        (lambda real, made: made.mean() - real.mean(), "difference of the means"),
        (lambda real, made: np.mean([m > r for r, m in zip(real, made, strict=False)]), "equal numbers"),
        (
            lambda real, made: np.sum((made[:, None] > real) + 0.5 * (made[:, None] == real)),
            "number of pairs",
        ),
        (lambda real, made: np.mean(made > real.mean()), "mean of the real ones"),
        (lambda real, made: made[:, None] > real, "must return one number"),
    ],
    "alarm_threshold": [
        (lambda scores, rate: np.sort(scores)[math.floor(rate * len(scores))], "lower end"),
        (lambda scores, rate: _falling(scores, math.floor(rate * len(scores)) - 1), "too strict"),
        (lambda scores, rate: _falling(scores, math.ceil(rate * len(scores))), "too lenient"),
        (lambda scores, rate: np.quantile(scores, 1 - rate), "between two scores"),
        (lambda scores, rate: _falling(np.abs(scores), math.floor(rate * len(scores))), "absolute values"),
        (
            lambda scores, rate: scores.mean() + stats.norm.isf(rate) * scores.std(),
            "normal distribution",
        ),
        (lambda scores, rate: scores[math.floor(rate * len(scores))], "not sorted"),
        (lambda scores, rate: scores.max(), "a share of them may be"),
        (
            lambda scores, rate: _falling(scores, max(1, math.floor(rate * len(scores)))),
            "rate of 0",
        ),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "attack_step": [
        lambda m, p, g, step, eps: ops.minimum(
            ops.maximum(m + step * ops.sign(g), ops.maximum(p - eps, -1)), ops.minimum(p + eps, 1)
        ),
    ],
    "left_after_all": [
        lambda hits: 1 - (~hits).any(axis=0).mean(),
        lambda hits: hits.min(axis=0).mean(),
        lambda hits: sum(all(column) for column in hits.T) / hits.shape[1],
    ],
    "area_under_curve": [
        lambda real, made: stats.mannwhitneyu(made, real).statistic / (len(real) * len(made)),
    ],
    "alarm_threshold": [
        lambda scores, rate: min(t for t in scores if np.mean(scores > t) <= rate),
    ],
}
