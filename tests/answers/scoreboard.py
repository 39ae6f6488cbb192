"""Answers to the exercises of the lesson 05_comparisons/1."""

import numpy as np
from scipy import stats


def off(kernel):
    return kernel[~np.eye(len(kernel), dtype=bool)]


def welch(first, second, quantile=0.975, ddof=1, per=True, freedom=None, sign=1):
    parts = [np.var(one, ddof=ddof) / len(one) for one in (first, second)]
    if freedom is None:
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(first) - 1) + parts[1] ** 2 / (len(second) - 1))
    spread = sum(parts) if per else parts[0] * len(first) + parts[1] * len(second)
    half = stats.t.ppf(quantile, freedom) * np.sqrt(spread)
    middle = sign * (np.mean(first) - np.mean(second))
    return middle - half, middle + half


def by_scipy(first, second):
    return tuple(stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95))


def added(first, second):
    halves = [stats.t.ppf(0.975, len(one) - 1) * stats.sem(one) for one in (first, second)]
    middle = np.mean(first) - np.mean(second)
    return middle - sum(halves), middle + sum(halves)


def inside(distances, radii):
    return distances <= radii[:, None]


WRONG_ANSWERS = {
    "mmd_squared": [
        (lambda a, b, c: a.mean() + b.mean() - 2 * c.mean(), "compared with itself"),
        (
            lambda a, b, c: off(a).sum() / a.size + off(b).sum() / b.size - 2 * c.mean(),
            "n (n - 1) pairs",
        ),
        (lambda a, b, c: off(a).mean() + off(b).mean() - c.mean(), "counts twice"),
        (lambda a, b, c: 2 * c.mean() - off(a).mean() - off(b).mean(), "sign is flipped"),
        (lambda a, b, c: off(a).mean() + off(b).mean() + 2 * c.mean(), "is subtracted"),
        (
            lambda a, b, c: np.sqrt(off(a).mean() + off(b).mean() - 2 * c.mean()),
            "this is the root",
        ),
        (lambda a, b, c: a.mean(axis=1), "not one number"),
    ],
    "precision_coverage": [
        (
            lambda d, r: (inside(d, r).any(axis=1).mean(), inside(d, r).any(axis=0).mean()),
            "exchanged",
        ),
        (lambda d, r: (inside(d, r).mean(), inside(d, r).mean()), "mean over all pairs"),
        (
            lambda d, r: (inside(d, r).mean(), inside(d, r).any(axis=1).mean()),
            "in however many balls",
        ),
        (
            lambda d, r: (inside(d, r).any(axis=0).sum(), inside(d, r).any(axis=1).sum()),
            "these are counts",
        ),
        (
            lambda d, r: ((~inside(d, r).any(axis=0)).mean(), (~inside(d, r).any(axis=1)).mean()),
            "outside",
        ),
        (
            lambda d, r: (inside(d, r).all(axis=0).mean(), inside(d, r).all(axis=1).mean()),
            "any, not all",
        ),
        (
            lambda d, r: ((d < r[:, None]).any(axis=0).mean(), (d < r[:, None]).any(axis=1).mean()),
            "surface",
        ),
        (lambda d, r: inside(d, r).any(axis=0).mean(), "two numbers"),
    ],
    "difference_interval": [
        (lambda a, b: welch(a, b, freedom=1e9), "normal distribution's"),
        (lambda a, b: welch(a, b, per=False), "single runs"),
        (lambda a, b: welch(a, b, ddof=0), "np.var divides by n unless told: "),
        (lambda a, b: welch(a, b, sign=-1), "second minus first"),
        (added, "half widths"),
        (lambda a, b: welch(a, b, quantile=0.95), "0.975"),
        (
            lambda a, b: tuple(stats.ttest_ind(a, b).confidence_interval(0.95)),
            "takes both spreads for equal",
        ),
        (lambda a, b: welch(a, b, freedom=len(a) + len(b) - 2), "larger decides"),
        (lambda a, b: welch(a, b)[::-1], "lower end comes first"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "mmd_squared": [lambda a, b, c: off(a).mean() + off(b).mean() - 2 * c.mean()],
    "precision_coverage": [
        lambda d, r: (
            float(np.mean((d - r[:, None]).min(axis=0) <= 0)),
            float(np.mean(d.min(axis=1) <= r)),
        )
    ],
    "difference_interval": [welch, by_scipy],
}
