"""Typical wrong answers, and other right ones, to the exercises of lesson 6.3."""

import numpy as np


def _scales(kernel, bits):
    return np.abs(kernel).max(axis=0) / (2 ** (bits - 1) - 1)


def _with_scales(scales, how=np.rint):
    """An answer that rounds to multiples of `scales(kernel, bits)`."""
    return lambda kernel, bits: how(kernel / scales(kernel, bits)) * scales(kernel, bits)


def _in_place(kernel, bits):
    result = np.zeros_like(kernel)
    for column in range(kernel.shape[1]):
        largest = max(abs(kernel[:, column].min()), abs(kernel[:, column].max()))
        step = largest / (2 ** (bits - 1) - 1)
        if step:
            result[:, column] = np.round(kernel[:, column] / step) * step
    return result


def _told(ratios, middle=np.median):
    return middle(ratios), ratios.min(), ratios.max()


def _cost(hours, watts, grams, price, kilo=1000):
    return hours * watts / kilo, hours * watts / kilo * grams, hours * price


WRONG_ANSWERS = {
    "least_seconds": [
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: max(
            multiply_adds / flops_per_second, bytes_moved / bytes_per_second), "two FLOPs, a product"),
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second:
            2 * multiply_adds / flops_per_second + bytes_moved / bytes_per_second, "added the two"),
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: min(
            2 * multiply_adds / flops_per_second, bytes_moved / bytes_per_second), "the shorter one"),
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second:
            2 * multiply_adds / flops_per_second, "bytes are missing: moving"),
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second:
            bytes_moved / bytes_per_second, "arithmetic is missing"),
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: max(
            2 * multiply_adds / flops_per_second, 8 * bytes_moved / bytes_per_second), "factor of 8"),
        (lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: min(
            flops_per_second / (2 * multiply_adds), bytes_per_second / bytes_moved), "one over the time"),
    ],
    "speed_up": [
        (lambda before, after: _told(after / before), "upside down"),
        (lambda before, after: _told(before / after, np.mean), "mean of the ratios"),
        (lambda before, after: (np.median(before) / np.median(after), *_told(before / after)[1:]),
         "divided the medians"),
        (lambda before, after: (before.mean() / after.mean(), *_told(before / after)[1:]),
         "divided the means"),
        (lambda before, after: (np.median(before) / np.median(after), before.min() / after.max(),
                                before.max() / after.min()), "different turns"),
        (lambda before, after: _told(np.sort(before) / np.sort(after)), "you sorted"),
        (lambda before, after: _told(before - after), "seconds saved"),
        (lambda before, after: np.median(before / after), "three numbers"),
        (lambda before, after: (np.median(before / after), max(before / after), min(before / after)),
         "lowest and highest have changed"),
    ],
    "quantised": [
        (lambda kernel, bits: np.rint(kernel / _scales(kernel, bits)), "multiply with the scales"),
        (_with_scales(lambda kernel, bits: np.abs(kernel).max() / (2 ** (bits - 1) - 1)),
         "one scale for all"),
        (_with_scales(lambda kernel, bits: np.abs(kernel).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)),
         "for each input"),
        (lambda kernel, bits: (kernel / _scales(kernel, bits)).astype(int) * _scales(kernel, bits),
         "cut off"),
        (_with_scales(_scales, np.floor), "always goes down"),
        (_with_scales(lambda kernel, bits: np.abs(kernel).max(axis=0) / (2**bits - 1)),
         "one bit is the sign"),
        (_with_scales(lambda kernel, bits: np.abs(kernel).max(axis=0) / 2 ** (bits - 1)), "no room"),
        (_with_scales(lambda kernel, bits: kernel.max(axis=0) / (2 ** (bits - 1) - 1)), "np.abs first"),
        (_with_scales(_scales), "0 / 0 is NaN"),
        (lambda kernel, bits: _in_place(kernel, 4), "number of bits from the argument"),
    ],
    "footprint": [
        (lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: _cost(
            1e6 / pictures_per_second, watts, grams_per_kwh, price_per_hour), "taken for hours"),
        (lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: _cost(
            1e6 / pictures_per_second / 60, watts, grams_per_kwh, price_per_hour), "not 60"),
        (lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: _cost(
            1e6 / pictures_per_second / 3600, watts, grams_per_kwh, price_per_hour, 1), "watt-hours"),
        (lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: _cost(
            1e6 * pictures_per_second / 3600, watts, grams_per_kwh, price_per_hour), "you multiplied"),
        (lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: _cost(
            1 / pictures_per_second / 3600, watts, grams_per_kwh, price_per_hour), "one picture"),
        (lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: (
            *_cost(1e6 / pictures_per_second / 3600, watts, grams_per_kwh, price_per_hour)[:2],
            1e6 / pictures_per_second / 3600 * watts / 1000 * price_per_hour), "hour of a core"),
    ],
}  # fmt: skip

OTHER_RIGHT_ANSWERS = {
    "least_seconds": [
        lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: np.maximum(
            multiply_adds * 2 / flops_per_second, bytes_moved / bytes_per_second
        ),
        lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: float(
            np.max([2 * multiply_adds / flops_per_second, bytes_moved / bytes_per_second])
        ),
    ],
    "speed_up": [
        lambda before, after: np.percentile(np.divide(before, after), [50, 0, 100]),
        lambda before, after: [
            np.median(before / after),
            min(b / a for b, a in zip(before, after, strict=True)),
            max(before / after),
        ],
    ],
    "quantised": [_in_place],
    "footprint": [
        lambda pictures_per_second, watts, grams_per_kwh, price_per_hour: (
            watts / pictures_per_second / 3.6,
            watts / pictures_per_second / 3.6 * grams_per_kwh,
            price_per_hour * 1e6 / (3600 * pictures_per_second),
        )
    ],
}
