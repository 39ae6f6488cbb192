"""Exercises of the lesson 05_comparisons/1, one scoreboard."""

import numpy as np
import scipy

from course_lib import inference
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


def _p_value(one, other, paired, equal=False):
    """How often equal entrants differ by as much; the course's rule, or with spreads taken for equal."""
    if paired:
        return scipy.stats.ttest_rel(one, other).pvalue
    return scipy.stats.ttest_ind(one, other, equal_var=equal).pvalue


def _holm(p):
    """Booleans: what Holm's rule decides at 5 %."""
    found = np.zeros(len(p), bool)
    for place, number in enumerate(np.argsort(p)):
        if p[number] > 0.05 / (len(p) - place):
            break
        found[number] = True
    return found


def _decided(comparisons):
    return _holm([_p_value(*one) for one in comparisons])


def _at(level, p_value=_p_value):
    """Decided by a rule of its own for all chances of one table."""
    return lambda comparisons: level(np.array([p_value(*one) for one in comparisons]))


def _ranks(p):
    return np.argsort(np.argsort(p)) + 1


def _up_to_last(p, levels):
    """All up to the last in order that stands at its level."""
    holds = np.sort(p) <= levels
    return _ranks(p) <= (np.max(np.flatnonzero(holds)) + 1 if holds.any() else 0)


def _normal(one, other, paired):
    one, other = np.array(one), np.array(other)
    each = [one - other] if paired else [one, other]
    error = np.sqrt(sum(x.var(ddof=1) / len(x) for x in each))
    return 2 * scipy.stats.norm.sf(abs(one.mean() - other.mean()) / error)


def _overlap(comparisons):
    spans = [
        [
            (x.mean() + k * scipy.stats.t.ppf(0.975, len(x) - 1) * scipy.stats.sem(x))
            for x in pair
            for k in (-1, 1)
        ]
        for *pair, _ in comparisons
    ]
    return [b < c or d < a for a, b, c, d in spans]


@drawn(
    answer=_decided, gives="array",
    idea="first the chance of each comparison, paired where its runs share what scatters, else by Welch; "
    "then go from the smallest up, against 5/m, 5/(m - 1), … per cent, and stop at the first that fails",
    mistakes=[
        (_at(lambda p: p <= 0.05), "each is held against 5 % by itself: of so many in a table more than one "
         "in twenty tables would be wrong, so use Holm's rule"),
        (_at(lambda p: p <= 0.05 / len(p)), "all are held against 5/m per cent: after the first the next "
         "need only stand at 5/(m - 1)"),
        (_at(lambda p: p <= 0.05 / (len(p) + 1 - _ranks(p))), "one after the first that failed was decided: "
         "stop there"),
        (_at(lambda p: _up_to_last(p, 0.05 * np.arange(1, len(p) + 1) / len(p))), "these are the levels "
         "5·k/m per cent, from the largest chance down: they bound another error (Benjamini and Hochberg)"),
        (_at(lambda p: p <= 0.05 / _ranks(p)), "the levels run the wrong way: the smallest chance has to "
         "stand at 5/m, the largest at 5 per cent"),
        (_at(_holm, lambda one, other, paired: _p_value(one, other, False)), "runs that are paired share "
         "what scatters: take their differences first"),
        (_at(_holm, lambda one, other, paired: _p_value(one, other, len(one) == len(other))), "as many runs "
         "of both do not make pairs: look at `paired`"),
        (_at(_holm, lambda one, other, paired: _p_value(one, other, paired, True)), "the two spreads were "
         "taken for equal: Welch's freedom does without that"),
        (_at(_holm, _normal), "the normal distribution takes the spread for known: with few runs it is "
         "Student's t"),
        (_at(_holm, lambda *one: _p_value(*one) / 2), "this looks at one side only: the difference may fall "
         "on either, so the chance is twice that"),
        (_overlap, "two intervals may overlap and the difference be decided all the same: look at the "
         "interval of the *difference*"),
        (_at(lambda p: ~_holm(p)), "True stands for decided"),
        (_at(lambda p: _holm(p)[np.argsort(p)]), "your verdicts stand in the order of the chances: return "
         "them in the order of the comparisons"),
    ],
    right=[
        lambda comparisons: [
            one.decided for one in inference.holm(dict(enumerate(
                inference.difference(*pair, paired=paired) for *pair, paired in comparisons))).values()],
    ],
)  # fmt: skip
def decided(rng):
    """Which of several comparisons of one table are decided."""
    yield ([_runs(rng, p) for p in (0.3, 0.014, 0.03, 0.004)],)
    yield ([_runs(rng, p) for p in (0.022, 0.3, 0.004, 0.02)],)
    yield ([_runs(rng, p) for p in (0.045, 0.001, 0.2, 0.3, 0.6)],)
    mixed = [_paired_runs(rng, 0.002), _runs(rng, 0.4, 6, 6, 1.2, 1.0, alike=True), _runs(rng, 0.5)]
    yield hinted("the first of these is paired, the others are not", mixed)
    mixed = [_paired_runs(rng, 0.03), _runs(rng, 0.03), _runs(rng, 0.4)]
    yield hinted("the table is one, whether its runs are paired or not: all share the five per cent", mixed)
    for p, *given in (
        (0.12, 3, 10, 5.0, 1.0),
        (0.11, 3, 3, 1.0, 1.1),
        (0.08, 30, 29, 1.0, 1.0),
        (0.02, 10, 9, 2.0, 2.0),
    ):
        yield hinted("of one comparison the level is 5 per cent", [_runs(rng, p, *given)])


def _spread(rng, number, spread):
    """Numbers of mean 0 and exactly this standard deviation."""
    x = rng.normal(size=number)
    return spread * (x - x.mean()) / x.std(ddof=1)


def _runs(rng, p, n=9, m=8, a=1.0, b=1.2, alike=False):
    """(one, other, False): two entrants that differ with exactly this chance by Welch."""
    x = _spread(rng, n, a)
    y = b / a * x if alike else _spread(rng, m, b)
    u, v = a**2 / n, b**2 / m
    freedom = (u + v) ** 2 / (u**2 / (n - 1) + v**2 / (m - 1))
    apart = rng.choice([-1, 1]) * scipy.stats.t.isf(p / 2, freedom) * np.sqrt(u + v)
    return x + apart + 20, y + 20, False


def _paired_runs(rng, p, n=5):
    """(one, other, True): runs whose differences have this chance, lost in what they share."""
    shared = 60 + _spread(rng, n, 20.0)
    return shared + _spread(rng, n, 1.0) + scipy.stats.t.isf(p / 2, n - 1) / np.sqrt(n), shared, True
