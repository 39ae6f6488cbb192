"""Exercises of the lesson 05_comparisons/1, one scoreboard."""

import numpy as np
from scipy import special

from course_lib.check.drawn import drawn, hinted


def _mmd_squared(within_x, within_y, between):
    n, m = between.shape
    return (
        (within_x.sum() - np.trace(within_x)) / (n * (n - 1))
        + (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
        - 2 * between.mean()
    )


def _off(kernel):
    """The likeness of different points, all of it."""
    return kernel.sum() - np.trace(kernel)


def _apart(kernel):
    """The mean likeness of two different points."""
    return _off(kernel) / (len(kernel) * (len(kernel) - 1))


def _estimate(within=_apart, between=lambda c: 2 * c.mean()):
    """An estimate from means of its own."""
    return lambda a, b, c: within(a) + within(b) - between(c)


@drawn(
    answer=_mmd_squared, gives="float",
    idea="an expectation is a mean over independent pairs: n (n - 1) ordered pairs of different real "
    "points, m (m - 1) of generated ones, and all n·m of both kinds",
    mistakes=[
        (_estimate(np.mean),
         "every point is compared with itself, too, which is always alike: leave the diagonals of within_x "
         "and within_y out, or equal sets come out apart"),
        (_estimate(lambda a: _off(a) / a.size),
         "the diagonals are left out of the sums but not of the counts: there are n (n - 1) pairs"),
        (_estimate(lambda a: (a.sum() - len(a)) / (a.size - len(a))),
         "the diagonal was taken for 1, which it is for some kernels only: subtract the trace"),
        (_estimate(lambda a: np.triu(a, 1).sum() / (a.size - len(a))),
         "above the diagonal each pair stands once: of n (n - 1) / 2 pairs take the mean"),
        (_estimate(_off), "these are sums over the pairs: take their means, n (n - 1) and m (m - 1) pairs"),
        (_estimate(between=np.mean), "`between` counts twice: the cross term of a square is 2 ab"),
        (lambda a, b, c: -_mmd_squared(a, b, c),
         "the sign is flipped: within minus between, so that sets that differ come out above 0"),
        (_estimate(between=lambda c: -2 * c.mean()),
         "`between` is subtracted: what the sets have in common makes them nearer"),
        (_estimate(between=lambda c: 2 * (c.sum() - np.trace(c)) / (c.size - min(c.shape))),
         "`between` has no diagonal to leave out: x_i and y_i have nothing to do with each other"),
        (lambda a, b, c: np.sqrt(_mmd_squared(a, b, c)),
         "this is the root: the *squared* discrepancy has an unbiased estimator, its root has none"),
        (lambda a, b, c: max(_mmd_squared(a, b, c), 0.0),
         "below 0 was cut off: an estimate around 0 must be free to fall on either side, or its mean is "
         "too large"),
        (lambda a, b, c: _apart(a) + _off(b) / (len(a) * (len(a) - 1)) - 2 * c.mean(),
         "within_y has m (m - 1) pairs: the two sets need not be of one size"),
        (lambda a, b, c: _apart(a) + _apart(b) - 2 * c.sum() / len(c) ** 2,
         "`between` has n·m entries, not n·n: take their mean"),
    ],
    right=[
        _estimate(lambda a: a[~np.eye(len(a), dtype=bool)].mean()),
        lambda a, b, c: sum(np.triu(k, 1).sum() * 2 / len(k) / (len(k) - 1) for k in (a, b)) - 2 * c.mean(),
    ],
)  # fmt: skip
def mmd_squared(rng):
    """E k(x, x') + E k(y, y') - 2 E k(x, y), no point compared with itself."""
    for n, m in ((5, 8), (4, 2)):
        x, y = rng.normal(0, 1, (n, 3)), rng.normal(0.8, 1, (m, 3))
        yield tuple((a @ b.T / 3 + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))  # the judge's kernel
    x = rng.normal(0, 1, (6, 2))
    same = np.exp(-np.square(x[:, None] - x).sum(axis=2) / 2)
    yield hinted("of a set with itself the estimate is below 0, as it may be", same, same, same)
    yield np.eye(3), 2 * np.eye(4), np.zeros((3, 4))  # no two different points are alike: 0


def _precision_coverage(distances, radii):
    inside = distances <= radii[:, None]
    return inside.any(axis=0).mean(), inside.any(axis=1).mean()


def _judged(formula):
    """A formula of which generated picture (column) lies in which ball (row)."""
    return lambda distances, radii: formula(distances <= radii[:, None])


def _by_radii(change):
    """The answer with other radii."""
    return lambda distances, radii: _precision_coverage(distances, change(radii))


def _nearest_ball(distances, radii):
    found = distances.min(axis=0) <= radii[distances.argmin(axis=0)]
    return found.mean(), _precision_coverage(distances, radii)[1]


@drawn(
    answer=_precision_coverage, returns=("precision", "coverage"), gives="float",
    idea="ask of every pair whether the picture lies in the ball; a generated picture (column) is found "
    "when any ball has it, a ball (row) is covered when it has any: two shares, one along each axis",
    mistakes=[
        (lambda d, r: _precision_coverage(d, r)[::-1],
         "the two are exchanged: precision is a share of the generated pictures (columns), coverage one of "
         "the real ones (rows)"),
        (_judged(lambda inside: (inside.mean(), inside.any(axis=1).mean())),
         "precision counts a generated picture once, in however many balls it lies: any over the real "
         "pictures first, then the mean"),
        (_judged(lambda inside: (inside.mean(), inside.mean())),
         "the mean over all pairs is neither: for each picture ask whether there is *any*, then average"),
        (_judged(lambda inside: (inside.sum(axis=0).mean(), inside.any(axis=1).mean())),
         "the first number counts balls and can be above 1, which no share is: ask whether there is any"),
        (_judged(lambda inside: (inside.any(axis=0).sum(), inside.any(axis=1).sum())),
         "these are counts: divide by the number of generated and of real pictures"),
        (_judged(lambda inside: (1 - inside.any(axis=0).mean(), 1 - inside.any(axis=1).mean())),
         "these are the shares of pictures outside: the distance is at most the radius inside"),
        (_by_radii(lambda radii: np.full_like(radii, radii.mean())),
         "every real picture has a radius of its own, not their mean: compare row i with radii[i]"),
        (_by_radii(lambda radii: np.full_like(radii, radii.max())),
         "every real picture has a radius of its own, not the largest: compare row i with radii[i]"),
        (_nearest_ball,
         "you looked at the ball of the nearest real picture only: a farther one may have a larger ball, "
         "and the picture lies in it"),
        (_judged(lambda inside: (inside.all(axis=0).mean(), inside.all(axis=1).mean())),
         "one ball is enough: any, not all"),
        (_judged(lambda inside: (inside.any(axis=0), inside.any(axis=1))),
         "this is yes or no for each picture: the mean of each is its share"),
        (lambda d, r: ((d < r[:, None]).any(axis=0).mean(), (d < r[:, None]).any(axis=1).mean()),
         "a picture on the ball's surface lies inside: its distance is at most the radius"),
        (lambda d, r: ((d <= r).any(axis=0).mean(), (d <= r).any(axis=1).mean()),
         "each row needs its own radius, but `distances <= radii` puts them along the columns: "
         "radii[:, None]"),
    ],
    right=[
        lambda d, r: (float(np.mean((d - r[:, None]).min(axis=0) <= 0)), float(np.mean(d.min(axis=1) <= r))),
        lambda d, r: [np.mean([(d[:, j] <= r).any() for j in range(d.shape[1])]), (d.min(1) <= r).mean()],
    ],
)  # fmt: skip
def precision_coverage(rng):
    """The share of generated pictures inside any real ball; the share of real balls that hold one."""
    radii = np.array([1.0, 0.5, 2.0, 0.7, 0.3, 1.2])
    distances = np.full((6, 9), 5.0)  # real pictures x generated ones
    distances[0, :5] = [0.9, 0.2, 0.4, 0.6, 0.8]
    distances[2, [0, 1, 5, 7]] = [1.5, 1.9, 0.9, 1.0]
    distances[3, 5] = 0.6
    distances[4, 7] = 0.4  # the nearest ball is too small, a farther one is not
    distances[5, 6] = 1.2  # on the surface
    distances[1, 8] = 0.8  # outside, but by the mean radius
    rows, columns, size = rng.permutation(6), rng.permutation(9), rng.uniform(0.5, 3)
    yield size * distances[rows][:, columns], size * radii[rows]
    yield rng.uniform(0.2, 3, (5, 5)), rng.permutation([0.3, 0.6, 0.9, 1.2, 1.5])
    yield np.array([[1.0, 3.0]]), np.array([1.0])
    yield rng.uniform(2, 3, (3, 4)), np.ones(3)  # none inside


def _difference_interval(first, second):
    u, v = (np.var(one, ddof=1) / len(one) for one in (first, second))
    freedom = (u + v) ** 2 / (u**2 / (len(first) - 1) + v**2 / (len(second) - 1))
    half = special.stdtrit(freedom, 0.975) * np.sqrt(u + v)
    difference = np.mean(first) - np.mean(second)
    return difference - half, difference + half


def _welch(u, v, n, m):
    return (u + v) ** 2 / (u**2 / (n - 1) + v**2 / (m - 1))


def _student(u, v, n, m, freedom=_welch, quantile=0.975):
    return special.stdtrit(freedom(u, v, n, m), quantile)


def _around(half, ddof=1, each=True):
    """An interval around the difference, of a half width made of both variances and numbers of seeds."""

    def function(first, second):
        n, m = len(first), len(second)
        u, v = np.var(first, ddof=ddof), np.var(second, ddof=ddof)
        width = half(u / n, v / m, n, m) if each else half(u, v, n, m)
        middle = np.mean(first) - np.mean(second)
        return middle - width, middle + width

    return function


def _by(freedom):
    """Student's t of other degrees of freedom, times the standard error."""
    return _around(lambda u, v, n, m: _student(u, v, n, m, freedom) * np.sqrt(u + v))


def _pooled(u, v, n, m):
    both = ((n - 1) * u * n + (m - 1) * v * m) / (n + m - 2)
    return special.stdtrit(n + m - 2, 0.975) * np.sqrt(both * (1 / n + 1 / m))


@drawn(
    answer=_difference_interval, returns=("low", "high"), gives="float",
    idea="each mean has the variance s²/n; the variances of two means add; the root of the sum, times "
    "Student's t for Welch's degrees of freedom, goes to both sides of the difference",
    mistakes=[
        (_around(lambda u, v, n, m: special.ndtri(0.975) * np.sqrt(u + v)),
         "1.96 is the normal distribution's quantile, for many seeds: with so few the spread itself is "
         "hardly known, and Student's t is wider"),
        (_around(lambda u, v, n, m: _student(u, v, n, m) * np.sqrt(u * n + v * m)),
         "this is where single runs lie: of a *mean* divide each variance by its number of seeds"),
        (_around(lambda u, v, n, m: _student(u, v, n, m) * np.sqrt(u + v), each=False),
         "u and v are variances of *means*: divide s² by the number of seeds wherever they stand"),
        (_around(lambda u, v, n, m: _student(u, v, n, m) * np.sqrt(u + v), ddof=0),
         "np.var divides by n unless told: ddof=1, or three seeds look too much alike"),
        (_around(lambda u, v, n, m: _student(u, v, n, m) * np.sqrt(u * (n - 1) / n + v * (m - 1) / m)),
         "np.var divides by n unless told otherwise: ddof=1, as in the degrees of freedom"),
        (_around(lambda u, v, n, m: _student(u, v, n, m) * (u + v)),
         "u + v is a variance: the half width goes by its root"),
        (_around(lambda u, v, n, m: _student(u, v, n, m) * (np.sqrt(u) + np.sqrt(v))),
         "you added the two errors: variances add, and the root is taken of their sum"),
        (_around(lambda u, v, n, m: np.sqrt(u + v)),
         "this is one standard error to each side: Student's t of 0.975 is missing"),
        (lambda a, b: _difference_interval(b, a), "this is second minus first"),
        (lambda a, b: _difference_interval(a, b)[::-1], "the lower end comes first"),
        (_around(lambda u, v, n, m: special.stdtrit([n - 1, m - 1], 0.975) @ np.sqrt([u, v])),
         "you added the two half widths: variances add, half widths do not (this interval is too wide)"),
        (_around(lambda u, v, n, m: _student(u, v, n, m, quantile=0.95) * np.sqrt(u + v)),
         "95 % in the middle leave 2.5 % on each side: the quantile is 0.975"),
        (_around(_pooled),
         "this takes both spreads for equal and pools them: a GAN's and a VAE's need not be"),
        (_by(lambda u, v, n, m: n + m - 2),
         "the degrees of freedom are Welch's, not n + m - 2: of two unequal spreads the larger decides"),
        (_by(lambda u, v, n, m: min(n, m) - 1),
         "the degrees of freedom are Welch's: those of the smaller set alone make the interval too wide"),
        (_by(lambda u, v, n, m: np.floor(_welch(u, v, n, m))),
         "Welch's degrees of freedom need not be a whole number: do not round them down"),
        (_by(lambda u, v, n, m: np.rint(_welch(u, v, n, m))),
         "Welch's degrees of freedom need not be a whole number: do not round them"),
    ],
    right=[_by(_welch), lambda a, b: np.array(_difference_interval(a, b))],
)  # fmt: skip
def difference_interval(rng):
    """Welch's 95 % interval of the difference of two means: (low, high)."""
    yield _seeds(rng, 3, 7.0, 1.0), _seeds(rng, 3, 10.0, 0.4)
    few = "right for three seeds each, wrong for other numbers: take them from the arguments"
    yield hinted(few, _seeds(rng, 5, 0.3, 2.0), _seeds(rng, 3, 0.2, 0.8))
    yield hinted(few, _seeds(rng, 2, 80.0, 1.0), _seeds(rng, 6, 60.0, 5.0))


def _seeds(rng, number, mean, spread):
    """One result a seed, of exactly this spread, so that no drawn one makes two formulas agree."""
    x = rng.normal(size=number)
    return mean + rng.uniform(-0.1, 0.1) + spread * (x - x.mean()) / x.std(ddof=1)
