"""Exercises of lesson 06_challenges/3, where the seconds go."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, same, shaped
from course_lib.check.guard import Wrong


def _least_seconds(multiply_adds, bytes_moved, flops_per_second, bytes_per_second):
    return max(2 * multiply_adds / flops_per_second, bytes_moved / bytes_per_second)


def _speed_up(before, after):
    ratios = before / after
    return np.median(ratios), ratios.min(), ratios.max()


def _quantised(kernel, bits):
    largest = np.abs(kernel).max(axis=0)
    scales = np.where(largest > 0, largest, 1) / (2 ** (bits - 1) - 1)
    return np.rint(kernel / scales) * scales


def _footprint(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    hours = 1e6 / pictures_per_second / 3600
    kwh = hours * watts / 1000
    return kwh, kwh * grams_per_kwh, hours * price_per_hour


@exercise(answer=_least_seconds)
def least_seconds(attempt):
    """The shortest time in which a machine can do so many multiply-adds and move so many bytes."""
    peak, bandwidth = 4e11, 2e10
    work = ((6e9, 2e8), (1e9, 4e8))  # the first waits for arithmetic, the second for memory
    values = np.array([number(attempt(f, q, peak, bandwidth), "one number of seconds") for f, q in work])
    compute = np.array([2 * f / peak for f, _ in work])
    memory = np.array([q / bandwidth for _, q in work])
    mistakes = [
        (np.maximum(compute / 2, memory), "a multiply-add is two FLOPs, a product and a sum: 2 F / P"),
        (compute + memory, "you added the two: while it waits for numbers, a machine multiplies those that"
                           " it has, so the longer of the two counts"),
        (np.minimum(compute, memory), "you took the shorter one: both have to be finished"),
        (compute, "the bytes are missing: moving them can take longer than the arithmetic"),
        (compute / 2, "the bytes are missing, and a multiply-add is two FLOPs"),
        (memory, "the arithmetic is missing: it can take longer than moving the bytes"),
        ((compute + memory) / 2, "you took the mean of the two: the longer one counts"),
        (np.maximum(compute, 8 * memory), "the bandwidth is in bytes per second, so no factor of 8 for bits"),
        (1 / np.maximum(compute, memory), "this is one over the time: work divided by speed"),
        (np.minimum(1 / compute, 1 / memory), "the quotients are upside down: work divided by speed"),
        (np.maximum(1 / compute, 1 / memory), "the quotients are upside down: work divided by speed, and"
                                              " then the longer time"),
        (1000 * np.maximum(compute, memory), "these are milliseconds: return seconds"),
    ]  # fmt: skip
    compare(values, np.maximum(compute, memory), mistakes, "the value is not the longer of the two times")


@exercise(answer=_speed_up)
def speed_up(attempt):
    """Median, lowest and highest of the ratios before / after, turn by turn."""
    before = np.array([1.0, 1.1, 3.4, 1.2, 1.06])
    after = np.array([0.5, 0.5, 1.6, 0.7, 0.56])  # the third turn had a neighbour, in both
    values = shaped(attempt(before.copy(), after.copy()), (3,), "three numbers: median, lowest, highest")

    def told(ratios, middle=np.median):
        return np.array([middle(ratios), ratios.min(), ratios.max()])

    ratios = before / after
    right = told(ratios)
    of_medians = np.median(before) / np.median(after)
    mistakes = [
        (told(after / before), "the ratio is upside down: twice as fast must give 2"),
        (right[[0, 2, 1]], "lowest and highest have changed places"),
        (told(ratios, np.mean), "you took the mean of the ratios: one disturbed turn moves it, and not the"
                                " median"),
        ([of_medians, ratios.min(), ratios.max()],
         "you divided the medians: divide turn by turn first, for both of a turn had the same neighbours"),
        ([before.mean() / after.mean(), ratios.min(), ratios.max()],
         "you divided the means: divide turn by turn first, then take the median"),
        ([of_medians, before.min() / after.max(), before.max() / after.min()],
         "lowest and highest mix seconds of different turns: divide turn by turn first"),
        ([ratios[np.argmin(before)], before.min() / after.max(), before.max() / after.min()],
         "lowest and highest mix seconds of different turns: divide turn by turn first"),
        (told(np.sort(before) / np.sort(after)), "you sorted the seconds: that tears the turns apart"),
        (told(before - after), "these are seconds saved: a speed-up is a ratio"),
        (told((before - after) / before), "this is the share of the seconds that is saved: divide before by"
                                          " after"),
        (100 * right, "this is in per cent: twice as fast must give 2"),
    ]  # fmt: skip
    compare(values, right, mistakes, "the values are not median, lowest and highest of before / after")


@exercise(answer=_quantised)
def quantised(attempt):
    """A kernel (inputs, outputs) after rounding to whole numbers of so many bits, a scale an output."""
    rng = np.random.default_rng(1)
    kernel = (rng.normal(size=(9, 4)) * np.array([1.0, 0.1, 3.0, 0.4])).astype("float32")
    bits = 4
    values = shaped(attempt(kernel.copy(), bits), kernel.shape, "that of the kernel")
    levels = 2 ** (bits - 1) - 1

    def rounded(scales, how=np.rint):
        return how(kernel / scales) * scales

    largest = np.abs(kernel).max(axis=0)
    inputs = np.abs(kernel).max(axis=1, keepdims=True)
    low, high = kernel.min(axis=0), kernel.max(axis=0)
    right = rounded(largest / levels)
    mistakes = [
        (np.rint(kernel / (largest / levels)), "these are the whole numbers: multiply with the scales again"),
        (rounded(np.abs(kernel).max() / levels), "one scale for all: every output (a column) has its own,"
                                                 " axis=0"),
        (rounded(inputs / levels), "a scale for each input: every output (a column) has its own, axis=0"),
        (rounded(largest / levels, np.trunc), "astype and int cut off: round to the nearest, np.rint"),
        (rounded(largest / levels, np.floor), "floor always goes down: round to the nearest, np.rint"),
        (rounded(largest / (2**bits - 1)), "one bit is the sign: the largest whole number is 2^(bits-1) - 1"),
        (rounded(largest / (2**bits)), "one bit is the sign: the largest whole number is 2^(bits-1) - 1"),
        (rounded(largest / 2 ** (bits - 1)), "the largest whole number is 2^(bits-1) - 1, or the range has no"
                                             " room for it"),
        (rounded(largest / bits), "bits is no number of levels: the largest whole number is 2^(bits-1) - 1"),
        (rounded(high / levels), "the largest weight may be negative: take np.abs first"),
        (rounded((high - low) / (2**bits - 1)), "these steps divide the range from lowest to highest: here"
                                                " the largest absolute weight becomes 2^(bits-1) - 1"),
        (rounded(kernel.std(axis=0) / levels), "the standard deviation is no largest weight: large weights"
                                               " would need more bits"),
    ]  # fmt: skip
    compare(values, right, mistakes, "the values are not rint(kernel / scale) · scale")
    with_zeros = kernel.copy()
    with_zeros[:, 1] = 0
    with np.errstate(all="ignore"):
        values = array(attempt(with_zeros.copy(), 3))
    if not np.isfinite(values).all():
        raise Wrong(
            "an output whose weights are all 0 has the scale 0, and 0 / 0 is NaN: use another scale there"
        )
    if not same(values, _quantised(with_zeros, 3)):
        raise Wrong(f"right for {bits} bits, wrong for 3: take the number of bits from the argument")


@exercise(answer=_footprint)
def footprint(attempt):
    """Kilowatt-hours, grams and money that a million pictures cost on one core."""
    rate, watts, grams, price = 50.0, 6.0, 400.0, 0.03
    values = shaped(attempt(rate, watts, grams, price), (3,), "three numbers: kilowatt-hours, grams, money")

    def told(hours, kilo=1000.0):
        kwh = hours * watts / kilo
        return np.array([kwh, kwh * grams, hours * price])

    seconds = 1e6 / rate
    hours = seconds / 3600
    right = told(hours)
    mistakes = [
        (told(seconds), "seconds were taken for hours: divide by 3600"),
        (told(seconds / 60), "an hour has 3600 seconds, not 60"),
        (told(hours, 1.0), "watts times hours are watt-hours: a kilowatt-hour is a thousand of them"),
        (told(seconds, 1.0), "watts times seconds are joules: divide by 3600, then by 1000"),
        (told(1 / rate / 3600), "this is one picture: a million is asked for"),
        (told(1e6 * rate / 3600), "you multiplied with the pictures per second: more of them take less time"),
        ([right[0], hours * grams, right[2]], "grams are for each kilowatt-hour, not for each hour"),
        ([right[0], right[1] / 1000, right[2]], "these are kilograms: return grams"),
        ([right[0], right[1], right[0] * price], "the price is for an hour of a core, not for energy"),
        ([right[0], right[1], seconds * price], "the price is for an hour: these are seconds"),
        (right[[1, 0, 2]], "kilowatt-hours and grams have changed places"),
    ]
    compare(values, right, mistakes, "the values are not energy, energy · grams and hours · price")
    if not same(array(attempt(2 * rate, watts, grams, price)), right / 2):
        raise Wrong("twice as many pictures a second must cost half: take the speed from the argument")
