"""Exercises of the lesson 05_comparisons/1, one scoreboard."""

import numpy as np
from scipy import special

from course_lib.check.framework import array, compare, exercise, number, same, shaped
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------- 5.1.1, the unbiased estimator


def _mmd_squared(within_x, within_y, between):
    n, m = between.shape
    return (
        (within_x.sum() - np.trace(within_x)) / (n * (n - 1))
        + (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
        - 2 * between.mean()
    )


@exercise(answer=_mmd_squared)
def mmd_squared(attempt):
    """E k(x, x') + E k(y, y') - 2 E k(x, y), no point compared with itself."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (5, 2)), rng.normal(1.5, 1, (8, 2))

    def similarities(a, b):
        return np.exp(-np.square(a[:, None] - b).sum(axis=2) / 2)

    kernels = similarities(x, x), similarities(y, y), similarities(x, y)
    value = number(attempt(*(one.copy() for one in kernels)), "take means over all pairs")
    a, b, c = kernels
    n, m = c.shape
    right = _mmd_squared(*kernels)
    off_a, off_b = a.sum() - np.trace(a), b.sum() - np.trace(b)
    mistakes = [
        (
            a.mean() + b.mean() - 2 * c.mean(),
            "every point is compared with itself, too, which is always alike: leave the diagonals of "
            "within_x and within_y out, or equal sets come out apart",
        ),
        (
            off_a / n**2 + off_b / m**2 - 2 * c.mean(),
            "the diagonals are left out of the sums but not of the counts: there are n (n - 1) pairs",
        ),
        (
            off_a / (n * (n - 1)) + off_b / (m * (m - 1)) - c.mean(),
            "`between` counts twice: the cross term of a square is 2 ab",
        ),
        (-right, "the sign is flipped: within minus between, so that sets that differ come out above 0"),
        (
            off_a / (n * (n - 1)) + off_b / (m * (m - 1)) + 2 * c.mean(),
            "`between` is subtracted: what the sets have in common makes them nearer",
        ),
        (
            off_a / (n * (n - 1)) + off_b / (m * (m - 1)) - 2 * (c.sum() - np.trace(c)) / (n * m - min(n, m)),
            "`between` has no diagonal to leave out: x_i and y_i have nothing to do with each other",
        ),
        (
            np.sqrt(max(right, 0)),
            "this is the root: the *squared* discrepancy has an unbiased estimator, its root has none",
        ),
        (
            off_a / (n * (n - 1)) + off_b / (n * (n - 1)) - 2 * c.mean(),
            "within_y has m (m - 1) pairs: the two sets need not be of one size",
        ),
    ]
    otherwise = "mean of k(x, x') + mean of k(y, y') - 2 mean of k(x, y), x and x' different"
    compare(value, right, mistakes, otherwise)
    few = np.eye(3)
    if not same(number(attempt(few, few, np.zeros((3, 3)))), 0.0):
        raise Wrong("wrong where no two different points are alike: then it must be 0")


# ----------------------------------------------------------------- 5.1.2, precision and coverage


def _precision_coverage(distances, radii):
    inside = distances <= radii[:, None]
    return inside.any(axis=0).mean(), inside.any(axis=1).mean()


@exercise(answer=_precision_coverage)
def precision_coverage(attempt):
    """The share of generated pictures inside any real ball; the share of real balls that hold one."""
    radii = np.array([1.0, 0.5, 2.0, 0.7, 0.3, 1.2])
    distances = np.full((6, 9), 5.0)  # real pictures x generated ones
    distances[0, :5] = [0.9, 0.2, 0.4, 0.6, 0.8]
    distances[2, [0, 1, 5]] = [1.5, 1.9, 0.9]
    distances[3, 5] = 0.6
    distances[5, 5:7] = 1.1
    pair = shaped(attempt(distances.copy(), radii.copy()), (2,), "return two numbers, (precision, coverage)")
    inside = distances <= radii[:, None]
    right = np.array([inside.any(axis=0).mean(), inside.any(axis=1).mean()])
    narrow = distances <= radii.mean()
    mistakes = [
        (
            right[::-1],
            "the two are exchanged: precision is a share of the generated pictures (columns), coverage one "
            "of the real ones (rows)",
        ),
        (
            np.array([inside.mean(), inside.any(axis=1).mean()]),
            "precision counts a generated picture once, in however many balls it lies: any over the real "
            "pictures first, then the mean",
        ),
        (
            np.array([inside.mean(), inside.mean()]),
            "the mean over all pairs is neither: for each picture ask whether there is *any*, then average",
        ),
        (
            np.array([inside.sum(axis=0).mean(), inside.any(axis=1).mean()]),
            "the first number counts balls and is above what a share can be: ask whether there is any",
        ),
        (
            np.array([inside.any(axis=0).sum(), inside.any(axis=1).sum()]),
            "these are counts: divide by the number of generated and of real pictures",
        ),
        (1 - right, "these are the shares of pictures outside: the distance is at most the radius inside"),
        (
            np.array([narrow.any(axis=0).mean(), narrow.any(axis=1).mean()]),
            "every real picture has a radius of its own, not their mean: compare row i with radii[i]",
        ),
        (
            np.array([inside.all(axis=0).mean(), inside.all(axis=1).mean()]),
            "one ball is enough: any, not all",
        ),
        (
            np.full(2, right.prod() * 2 / right.sum()),
            "one number of both hides which of the two is missing: return precision and coverage",
        ),
    ]
    compare(pair, right, mistakes, "precision: mean over columns of any(distance <= radius of the row)")
    edge = array(attempt(np.array([[1.0, 3.0]]), np.array([1.0])))
    if edge.shape != (2,) or not same(edge, np.array([0.5, 1.0])):
        raise Wrong("a picture on the ball's surface lies inside: its distance is at most the radius")


# --------------------------------------------------------------- 5.1.3, the interval of a difference


def _difference_interval(first, second):
    parts = np.array([np.var(one, ddof=1) / len(one) for one in (first, second)])
    each = sum(p**2 / (len(one) - 1) for p, one in zip(parts, (first, second), strict=True))
    freedom = parts.sum() ** 2 / each
    half = special.stdtrit(freedom, 0.975) * np.sqrt(parts.sum())
    difference = np.mean(first) - np.mean(second)
    return difference - half, difference + half


@exercise(answer=_difference_interval)
def difference_interval(attempt):
    """Welch's 95 % interval of the difference of two means: (low, high)."""
    first, second = np.array([7.1, 6.2, 8.4]), np.array([10.3, 9.9, 10.1, 10.8])
    result = shaped(attempt(first.copy(), second.copy()), (2,), "return two numbers, (low, high)")
    right = np.array(_difference_interval(first, second))
    middle, both = right.mean(), (first, second)
    parts = np.array([one.var(ddof=1) / len(one) for one in both])
    freedom = parts.sum() ** 2 / sum(p**2 / (len(one) - 1) for p, one in zip(parts, both, strict=True))
    t = special.stdtrit(freedom, 0.975)

    def around(half):
        return np.array([middle - half, middle + half])

    careless = np.array([one.var() / len(one) for one in both])
    loose = careless.sum() ** 2 / sum(p**2 / (len(one) - 1) for p, one in zip(careless, both, strict=True))
    halves = [special.stdtrit(len(one) - 1, 0.975) * np.sqrt(p) for p, one in zip(parts, both, strict=True)]
    n = len(first) + len(second) - 2
    pooled = sum((len(one) - 1) * one.var(ddof=1) for one in both) / n
    pooled = special.stdtrit(n, 0.975) * np.sqrt(pooled * sum(1 / len(one) for one in both))
    mistakes = [
        (
            around(special.ndtri(0.975) * np.sqrt(parts.sum())),
            "1.96 is the normal distribution's quantile, for many seeds: with so few the spread itself is "
            "hardly known, and Student's t is wider",
        ),
        (
            around(t * np.sqrt((parts * [len(one) for one in both]).sum())),
            "this is where single runs lie: of a *mean* divide each variance by its number of seeds",
        ),
        (
            around(special.stdtrit(loose, 0.975) * np.sqrt(careless.sum())),
            "np.var divides by n unless told: ddof=1, or three seeds look too much alike",
        ),
        (
            around(t * np.sqrt(careless.sum())),
            "np.var divides by n unless told otherwise: ddof=1, as in the degrees of freedom",
        ),
        (-right[::-1], "this is second minus first"),
        (right[::-1], "the lower end comes first"),
        (
            around(sum(halves)),
            "you added the two half widths: variances add, half widths do not (this interval is too wide)",
        ),
        (
            around(special.stdtrit(freedom, 0.95) * np.sqrt(parts.sum())),
            "95 % in the middle leave 2.5 % on each side: the quantile is 0.975",
        ),
        (around(pooled), "this takes both spreads for equal and pools them: a GAN's and a VAE's need not be"),
        (
            around(special.stdtrit(n, 0.975) * np.sqrt(parts.sum())),
            "the degrees of freedom are Welch's, not n + m - 2: of two unequal spreads the larger decides",
        ),
    ]
    otherwise = "difference of the means ± t · sqrt(var₁/n₁ + var₂/n₂), with ddof=1 and Welch's freedom"
    compare(result, right, mistakes, otherwise)
    if not same(array(attempt(first + 2, second)), right + 2):
        raise Wrong("adding 2 to all of `first` must move both ends by 2")
