"""What may be concluded from a few measured numbers: intervals, and differences that are decided or not.

One rule for lessons, ledger and advice. Each sort of number has one kind of interval:

| numbers | kind | function |
|---|---|---|
| one a seed, or one a picture | Student's t, for the mean | `mean` |
| turns of a clock | order statistics, for the median | `median` |
| hits among tries | Wilson, for the share | `share` |
| anything computed from many pictures | bootstrap, by drawing them again | `resampled` |

Whether two entrants differ is decided by the interval of their *difference*, never by whether two intervals
overlap: `difference`, and for several of them in one table `holm`. An interval that holds 0 decides nothing,
which is no evidence that they are equal.

This module needs NumPy and SciPy only.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    value, low, high: the number and the ends of its interval.
    kind: of interval, "Student's t".
    n: how many numbers, tries or pictures it rests on.
    of: what they are, "seeds".
    level: how often such an interval holds the true value; less than 0.95 where n allows no more.
    runs: the numbers themselves where they are one a seed; empty otherwise.
    """

    value: float
    low: float
    high: float
    kind: str
    n: int
    of: str = "seeds"
    level: float = LEVEL
    runs: tuple = ()

    def __str__(self) -> str:
        return f"{figures(self.value)} ({figures(self.low)} to {figures(self.high)})"

    def named(self) -> str:
        """With the kind of interval: "7.33 (7.09 to 7.58; Student's t, 3 seeds)"."""
        return f"{str(self)[:-1]}; {self.source()})"

    def source(self) -> str:
        """How the interval was made: "Student's t, 3 seeds"."""
        weak = "" if self.level >= LEVEL - 1e-9 else f", {self.level:.0%} only"
        return f"{self.kind}, {self.n:,} {self.of}{weak}"


@dataclass(frozen=True)
class Difference:
    """The difference of two means, first minus second, with its interval by Student's t.

    value: the difference. error: its standard error. freedom: degrees of freedom.
    kind: "paired", "Welch" or "against a number". n: how many numbers of each, (3, 3). of: what they are.
    level: of the interval; more than 0.95 after `holm`.
    p: how often equal entrants would differ by this much or more, by chance; corrected after `holm`.
    """

    value: float
    error: float
    freedom: float
    kind: str
    n: tuple
    of: str = "seeds"
    level: float = LEVEL
    p: float = math.nan

    @property
    def smallest(self) -> float:
        """The smallest difference that these numbers, with the spread they have, could have decided."""
        from scipy import stats

        if not self.error:
            return 0.0
        return float(stats.t.ppf((1 + self.level) / 2, self.freedom)) * self.error

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.value - self.smallest

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.value + self.smallest

    @property
    def decided(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{figures(self.value)} ({figures(self.low)} to {figures(self.high)})"

    def said(self, unit: str = "") -> str:
        """The verdict in words; where nothing is decided, with the difference that could have been."""
        unit = f" {unit}" if unit else ""
        if self.decided:
            return f"decided: {self}{unit}"
        count = f"{self.n[0]:,}" if len(set(self.n)) == 1 else " and ".join(f"{one:,}" for one in self.n)
        each = " each" if len(self.n) == 2 and len(set(self.n)) == 1 else ""
        could = f"{count} {self.of}{each} could have decided {figures(self.smallest)}"
        return f"not decided: {self}{unit}; {could}{unit}"


def mean(values, of: str = "seeds") -> Estimate:
    """The mean of one number a seed, and its 95 % interval by Student's t.

    A single number says nothing of its spread: its interval has no width, and n = 1 says so.

    Raises ValueError for no numbers, or NaN among them.
    """
    from scipy import stats

    values = _numbers(values)
    middle, half = float(values.mean()), 0.0
    if len(values) > 1:
        half = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * stats.sem(values))
    runs = tuple(map(float, values)) if len(values) <= 100 else ()
    return Estimate(middle, middle - half, middle + half, "Student's t", len(values), of, runs=runs)


def median(values, of: str = "turns") -> Estimate:
    """The median of a clock's turns, and its interval between two of them (order statistics).

    The interval from the k-th smallest to the k-th largest holds the true median unless fewer than k of n
    turns fall on one side of it, a matter of n tosses of a coin. k is the largest that leaves 95 %; with five
    turns or fewer even lowest and highest do not, and `level` says how often they do. No distribution is
    assumed: a clock has a floor and a long tail.

    Raises ValueError for no numbers, or NaN among them.
    """
    from scipy import stats

    values = np.sort(_numbers(values))
    n = len(values)
    holds = [1 - 2 * float(stats.binom.cdf(k - 1, n, 0.5)) for k in range(1, (n + 1) // 2 + 1)]
    k = max((k for k, level in enumerate(holds, 1) if level >= LEVEL), default=1)
    level = max(holds[k - 1], 0.0)
    low, high = float(values[k - 1]), float(values[n - k])
    return Estimate(float(np.median(values)), low, high, "order statistics", n, of, min(level, LEVEL))


def share(hits, n: int | None = None, of: str = "tries") -> Estimate:
    """A share of hits, and its 95 % interval after Wilson, which stays within 0 and 1.

    hits: booleans, one a try; or their number, with `n` tries.

    Raises ValueError for no tries, or more hits than tries.
    """
    from scipy import stats

    if n is None:
        hits = np.asarray(hits, "float64").ravel()
        hits, n = hits.sum(), hits.size
    if not 0 <= hits <= n or not n:
        raise ValueError(f"a share needs between 0 and n hits among n tries, got {hits} of {n}")
    found = stats.binomtest(int(round(float(hits))), int(n)).proportion_ci(LEVEL, method="wilson")
    return Estimate(float(hits) / n, float(found.low), float(found.high), "Wilson", int(n), of)


def resampled(statistic, *samples, draws: int = 1000, seed: int = 1, of: str = "pictures") -> Estimate:
    """Any number computed from samples, and its 95 % interval by drawing them again (bootstrap).

    statistic: a function of as many arrays as there are samples.
    samples: arrays (n, …), drawn with replacement along their first axis, each by itself. Where several
        numbers belong to one picture, let them be columns of one sample.

    It says what other pictures of the kind would give, not what another training would.
    """
    samples = [np.asarray(sample) for sample in samples]
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(*(sample[rng.integers(len(sample), size=len(sample))] for sample in samples))
        for _ in range(draws)
    ]
    low, high = np.nanpercentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    fewest = min(map(len, samples))
    return Estimate(float(statistic(*samples)), float(low), float(high), "bootstrap", fewest, of)


def difference(one, other, paired: bool, of: str = "seeds") -> Difference:
    """The difference of two means, `one` minus `other`, and whether it is decided.

    one: numbers, one a seed (or one a picture).
    other: the same of the other entrant; or a single number that nobody measured, such as 0.
    paired: whether the i-th of both share what scatters (the seed of the data, the noise, the picture). Then
        only their differences count. Otherwise the interval is Welch's, with
        (u + v)² / (u² / (n − 1) + v² / (m − 1)) degrees of freedom, u and v the squared standard errors
        (Welch, Biometrika 34(1–2), 1947).

    Raises ValueError for fewer than two numbers, NaN, or pairs of different lengths.
    """
    one = _numbers(one, fewest=2)
    if np.ndim(other) == 0:
        return _difference(one - float(other), "against a number", (len(one),), of)
    other = _numbers(other, fewest=2)
    if paired:
        if len(one) != len(other):
            raise ValueError(f"pairs need as many numbers of both, got {len(one)} and {len(other)}")
        return _difference(one - other, "paired", (len(one),), of)
    u, v = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    spread = u**2 / (len(one) - 1) + v**2 / (len(other) - 1)
    freedom = float((u + v) ** 2 / spread) if spread else float(len(one) + len(other) - 2)
    value, error = float(one.mean() - other.mean()), float(np.sqrt(u + v))
    return _with_p(Difference(value, error, freedom, "Welch", (len(one), len(other)), of))


def holm(differences: dict) -> dict:
    """The same differences, judged together: by chance alone one of them is decided in 5 % of tables at most.

    They are tried in the order of their p. The smallest of m has to stand at the level 1 − 0.05 / m, the next
    at 1 − 0.05 / (m − 1), and so on up to the first that does not; those that follow are not decided either
    (Holm, Scandinavian Journal of Statistics 6(2), 1979). Intervals are as wide as the level asks.
    """
    names = sorted(differences, key=lambda name: differences[name].p)
    found, corrected, divisor, stopped = {}, 0.0, len(names), False
    for place, name in enumerate(names):
        one = differences[name]
        left = len(names) - place
        divisor = divisor if stopped else left
        corrected = max(corrected, min(1.0, one.p * left))
        found[name] = dataclasses.replace(one, level=1 - (1 - LEVEL) / divisor, p=corrected)
        stopped = stopped or not found[name].decided
    return {name: found[name] for name in differences}


def _difference(values, kind: str, n: tuple, of: str) -> Difference:
    """The mean of paired differences, against 0."""
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return _with_p(Difference(float(values.mean()), error, float(len(values) - 1), kind, n, of))


def _with_p(found: Difference) -> Difference:
    from scipy import stats

    if not found.error:
        return dataclasses.replace(found, p=0.0 if found.value else 1.0)
    return dataclasses.replace(found, p=float(2 * stats.t.sf(abs(found.value) / found.error, found.freedom)))


def _numbers(values, fewest: int = 1) -> np.ndarray:
    """The values as float64 (n,), or a sentence that says what is wrong with them."""
    values = np.asarray(values, "float64").ravel()
    if len(values) < fewest:
        raise ValueError(f"this needs at least {fewest} number{'s' * (fewest > 1)}, got {len(values)}")
    if not np.isfinite(values).all():
        raise ValueError("there is NaN or infinity among the numbers: find out which run failed")
    return values


def figures(value: float) -> str:
    """Three significant digits, without an exponent where one can do without: 0.0423, 11.3, 84,570."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
