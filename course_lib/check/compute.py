"""Exercises of lesson 06_challenges/3, where the seconds go."""

import numpy as np

from course_lib.check.drawn import drawn, hinted


def _least_seconds(multiply_adds, bytes_moved, flops_per_second, bytes_per_second):
    return max(2 * multiply_adds / flops_per_second, bytes_moved / bytes_per_second)


UPSIDE_DOWN = "the quotients are upside down: work divided by speed, and then the longer time"


@drawn(
    answer=_least_seconds, gives="float",
    idea="each part takes its work divided by its speed, and a machine that does both at once is ready when "
    "the slower part is",
    mistakes=[
        (lambda f, q, p, b: max(f / p, q / b), "a multiply-add is two FLOPs, a product and a sum"),
        (lambda f, q, p, b: 2 * f / p + q / b, "you added the two: while it waits for numbers, a machine "
         "multiplies those that it has, so the longer of the two counts"),
        (lambda f, q, p, b: min(2 * f / p, q / b), "you took the shorter one: both have to be finished"),
        (lambda f, q, p, b: 2 * f / p, "the bytes are missing: moving them can take longer than the "
         "arithmetic"),
        (lambda f, q, p, b: f / p, "the bytes are missing, and a multiply-add is two FLOPs"),
        (lambda f, q, p, b: q / b, "the arithmetic is missing: it can take longer than moving the bytes"),
        (lambda f, q, p, b: (2 * f / p + q / b) / 2, "you took the mean of the two: the longer one counts"),
        (lambda f, q, p, b: max(2 * f / p, 8 * q / b), "the bandwidth is in bytes per second, so no factor "
         "of 8 for bits"),
        (lambda f, q, p, b: max(f / p / 2, q / b), "the number of FLOPs is twice that of multiply-adds: "
         "multiply by 2"),
        (lambda f, q, p, b: 1 / max(2 * f / p, q / b), "this is one over the time: work divided by speed"),
        (lambda f, q, p, b: min(p / (2 * f), b / q), UPSIDE_DOWN),
        (lambda f, q, p, b: max(p / (2 * f), b / q), UPSIDE_DOWN),
        (lambda f, q, p, b: 1000 * max(2 * f / p, q / b), "these are milliseconds: return seconds"),
    ],
    right=[
        lambda f, q, p, b: np.maximum(f * 2 / p, q / b),
        lambda f, q, p, b: 2 * f / p if 2 * f * b > q * p else q / b,
    ],
)  # fmt: skip
def least_seconds(rng):
    """The shortest time in which a machine can do so many multiply-adds and move so many bytes."""
    peak, bandwidth = float(rng.uniform(1e11, 9e11)), float(rng.uniform(1e10, 9e10))
    for low, high in ((2.5, 4), (0.3, 0.7), (1.2, 1.8)):  # arithmetic over memory: it waits for one of them
        memory = float(rng.uniform(0.01, 0.02))
        yield memory * float(rng.uniform(low, high)) * peak / 2, memory * bandwidth, peak, bandwidth
    yield 6e9, 0, peak, bandwidth
    yield 0, 4e8, peak, bandwidth


def _speed_up(before, after):
    ratios = before / after
    return np.median(ratios), ratios.min(), ratios.max()


def _told(ratios, middle=np.median):
    return middle(ratios), ratios.min(), ratios.max()


MIXED = "lowest and highest mix seconds of different turns: divide turn by turn first"
EVEN = "with an even number of turns the median lies in the middle between two of them: use np.median"


@drawn(
    answer=_speed_up, returns=("median", "lowest", "highest"), gives="float",
    idea="a busy neighbour slows both of one turn, and the quotient of that turn does not notice: so first "
    "divide turn by turn, then order the quotients",
    mistakes=[
        (lambda b, a: _told(a / b), "the ratio is upside down: twice as fast must give 2"),
        (lambda b, a: (np.median(b / a), max(b / a), min(b / a)), "lowest and highest have changed places"),
        (lambda b, a: (min(b / a), np.median(b / a), max(b / a)), "the median comes first, then the lowest "
         "and the highest"),
        (lambda b, a: _told(b / a, np.mean), "you took the mean of the ratios: one disturbed turn moves it, "
         "and not the median"),
        (lambda b, a: (np.median(b) / np.median(a), *_told(b / a)[1:]), "you divided the medians: divide "
         "turn by turn first, for both of a turn had the same neighbours"),
        (lambda b, a: (b.mean() / a.mean(), *_told(b / a)[1:]), "you divided the means: divide turn by turn "
         "first, then take the median"),
        (lambda b, a: (np.median(b) / np.median(a), b.min() / a.max(), b.max() / a.min()), MIXED),
        (lambda b, a: (np.median(b) / np.median(a), b.min() / a.min(), b.max() / a.max()), MIXED),
        (lambda b, a: (np.median(b / a), b.min() / a.max(), b.max() / a.min()), MIXED),
        (lambda b, a: _told(np.sort(b) / np.sort(a)), "you sorted the seconds: that tears the turns apart"),
        (lambda b, a: _told(b - a), "these are seconds saved: a speed-up is a ratio"),
        (lambda b, a: _told((b - a) / b), "this is the share of the seconds that is saved: divide before by "
         "after"),
        (lambda b, a: _told((b - a) / a), "twice as fast is 2, not 1: divide before by after, without "
         "taking 1 away"),
        (lambda b, a: _told(100 * b / a), "this is in per cent: twice as fast must give 2"),
        (lambda b, a: _told(b / a, lambda r: sorted(r)[len(r) // 2]), EVEN),
        (lambda b, a: _told(b / a, lambda r: sorted(r)[(len(r) - 1) // 2]), EVEN),
        (lambda b, a: _told(b / a, lambda r: r[len(r) // 2]), "the median is the middle one in order of "
         "size, not of the turns: sort first, or use np.median"),
    ],
    right=[
        lambda b, a: np.percentile(np.divide(b, a), [50, 0, 100]),
        lambda b, a: [np.median(b / a), min(x / y for x, y in zip(b, a, strict=True)), max(b / a)],
    ],
)  # fmt: skip
def speed_up(rng):
    """Median, lowest and highest of the ratios before / after, turn by turn."""
    for turns, fast in ((5, 2.0), (4, 0.6), (10, 1.0)):
        after = rng.uniform(0.5, 0.8, turns)
        before = fast * after * rng.uniform(0.7, 1.4, turns)
        neighbour = np.where(np.arange(turns) == turns // 2, 3.0, 1.0)  # in one turn, for both
        yield before * neighbour, after * neighbour


def _quantised(kernel, bits):
    largest = np.abs(kernel).max(axis=0)
    scale = np.where(largest == 0, 1, largest) / (2 ** (bits - 1) - 1)
    return np.rint(kernel / scale) * scale


def _rounded(scales, how=np.rint):
    """Rounds to multiples of `scales(kernel, bits)`."""

    def function(kernel, bits):
        scale = scales(kernel, bits)
        with np.errstate(all="ignore"):
            return how(kernel / scale) * scale

    return function


def _on_zeros(mistake):
    """The same, with the column of zeros looked after."""
    return lambda kernel, bits: np.where(np.abs(kernel).max(axis=0) > 0, mistake(kernel, bits), 0)


def _largest(kernel, bits, axis=0):
    return np.abs(kernel).max(axis=axis, keepdims=True)


def _scale(kernel, bits):
    return _largest(kernel, bits) / (2 ** (bits - 1) - 1)


SIGN = "one bit is the sign: the largest whole number is 2^(bits-1) - 1"
FAR = [  # from the answer, whether or not an output of zeros is looked after
    (_rounded(lambda k, b: _largest(k, b, 1) / (2 ** (b - 1) - 1)), "a scale for each input: every output "
     "(a column) has its own, axis=0"),
    (_rounded(_scale, np.trunc), "astype and int cut off: round to the nearest, np.rint"),
    (_rounded(_scale, np.floor), "floor always goes down: round to the nearest, np.rint"),
    (_rounded(_scale, np.ceil), "ceil always goes up: round to the nearest, np.rint"),
    (_rounded(lambda k, b: _largest(k, b) / (2**b - 1)), SIGN),
    (_rounded(lambda k, b: _largest(k, b) / 2**b), SIGN),
    (_rounded(lambda k, b: _largest(k, b) / 2 ** (b - 1)), "the largest whole number is 2^(bits-1) - 1, or "
     "the range has no room for it"),
    (_rounded(lambda k, b: _largest(k, b) / b), "bits is no number of levels: the largest whole number is "
     "2^(bits-1) - 1"),
    (_rounded(lambda k, b: _largest(k, b) / 7), "right for 4 bits, wrong for others: take the number of "
     "bits from the argument"),
    (_rounded(lambda k, b: k.max(axis=0) / (2 ** (b - 1) - 1)), "the largest weight may be negative: take "
     "np.abs first"),
    (_rounded(lambda k, b: np.ptp(k, axis=0) / (2**b - 1)), "these steps divide the range from lowest to "
     "highest: here the largest absolute weight becomes 2^(bits-1) - 1"),
    (_rounded(lambda k, b: k.std(axis=0) / (2 ** (b - 1) - 1)), "the standard deviation is no largest "
     "weight: large weights would need more bits"),
    (lambda k, b: _rounded(_scale)(k, b) / _scale(k, b), "these are the whole numbers: multiply with the "
     "scales again"),
]  # fmt: skip


@drawn(
    answer=_quantised,
    idea="a scale is the worth of one step: divide by it and weights count steps, round, and multiply by it "
    "again; a column of zeros may have any scale but 0",
    mistakes=[
        *FAR,
        *((_on_zeros(mistake), hint) for mistake, hint in FAR[1:]),
        (_rounded(lambda k, b: np.abs(k).max() / (2 ** (b - 1) - 1)), "one scale for all: every output (a "
         "column) has its own, axis=0"),
        (lambda k, b: k, "nothing is rounded: the weights come back as they were"),
        (_rounded(_scale), "an output whose weights are all 0 has the scale 0, and 0 / 0 is NaN: use "
         "another scale there"),
    ],
    right=[
        lambda k, b: np.floor(k / (_scale(k, b) + 1e-30) + 0.5) * _scale(k, b),
        lambda k, b: np.clip(np.round(k / np.maximum(_scale(k, b), 1e-9)), -(2 ** (b - 1)), 2 ** (b - 1) - 1)
        * _scale(k, b),
        lambda k, b: np.rint(k / np.maximum(_scale(k, b), 1e-9)).astype("int8") * _scale(k, b),
    ],
)  # fmt: skip
def quantised(rng):
    """A kernel (inputs, outputs) after rounding to whole numbers of so many bits, a scale an output."""
    for bits, inputs, outputs in ((4, 9, 4), (8, 6, 5), (3, 7, 3), (2, 12, 3)):
        top = 2 ** (bits - 1) - 1
        steps = rng.integers(1 - top, top, (inputs, outputs)) + rng.uniform(-0.4, 0.4, (inputs, outputs))
        steps[0] = np.where(np.arange(outputs) % 2, top, -top)  # the largest weight, below 0 in every other
        steps[1, :2] = [-0.3, 0.3]  # no weight lies halfway between two whole numbers, and none is exact
        kernel = steps * rng.uniform(0.5, 1.5, outputs) * 10.0 ** np.resize([-1, 1, 0], outputs) / top
        kernel[:, 2] *= bits != 3
        yield kernel.astype("float32"), bits


def _footprint(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    hours = 1e6 / pictures_per_second / 3600
    kwh = hours * watts / 1000
    return kwh, kwh * grams_per_kwh, hours * price_per_hour


def _cost(hours, watts, grams, price, kilo=1000.0):
    return hours * watts / kilo, hours * watts / kilo * grams, hours * price


def _hours(rate):
    return 1e6 / rate / 3600


@drawn(
    answer=_footprint, returns=("kilowatt-hours", "grams", "money"), gives="float",
    idea="a million pictures take some hours; a watt for an hour is a watt-hour, a thousandth of a "
    "kilowatt-hour; grams follow from the energy, money from the hours",
    mistakes=[
        (lambda r, w, g, p: _cost(1e6 / r, w, g, p), "seconds were taken for hours: divide by 3600"),
        (lambda r, w, g, p: _cost(1e6 / r / 60, w, g, p), "an hour has 3600 seconds, not 60"),
        (lambda r, w, g, p: _cost(_hours(r), w, g, p, 1.0), "watts times hours are watt-hours: a "
         "kilowatt-hour is a thousand of them"),
        (lambda r, w, g, p: _cost(1e6 / r, w, g, p, 1.0), "watts times seconds are joules: divide by 3600, "
         "then by 1000"),
        (lambda r, w, g, p: _cost(1 / r / 3600, w, g, p), "this is one picture: a million is asked for"),
        (lambda r, w, g, p: _cost(1e6 * r / 3600, w, g, p), "you multiplied with the pictures per second: "
         "more of them take less time"),
        (lambda r, w, g, p: (_hours(r) * w / 1000, _hours(r) * g, _hours(r) * p), "grams are for each "
         "kilowatt-hour, not for each hour"),
        (lambda r, w, g, p: (_hours(r) * w / 1000, _hours(r) * w * g, _hours(r) * p), "grams are for each "
         "kilowatt-hour, not for each watt-hour"),
        (lambda r, w, g, p: (_hours(r) * w / 1000, _hours(r) * w * g / 1e6, _hours(r) * p), "these are "
         "kilograms: return grams"),
        (lambda r, w, g, p: (*_cost(_hours(r), w, g, p)[:2], _hours(r) * w / 1000 * p), "the price is for "
         "an hour of a core, not for energy"),
        (lambda r, w, g, p: (*_cost(_hours(r), w, g, p)[:2], 1e6 / r * p), "the price is for an hour: these "
         "are seconds"),
        (lambda r, w, g, p: (_cost(_hours(r), w, g, p)[1], *_cost(_hours(r), w, g, p)[::2]), "kilowatt-hours "
         "and grams have changed places"),
    ],
    right=[lambda r, w, g, p: (w / r / 3.6, w / r / 3.6 * g, p * 1e6 / (3600 * r))],
)  # fmt: skip
def footprint(rng):
    """Kilowatt-hours, grams and money that a million pictures cost on one core."""
    rest = [float(rng.uniform(*span)) for span in ((4, 9), (200, 800), (0.02, 0.06))]
    yield float(rng.uniform(30, 90)), *rest
    faster = "more pictures a second must cost less: take the speed from the argument"
    yield hinted(faster, float(rng.uniform(2000, 9000)), *rest)
