"""Exercises of lesson 04_cnn/3, from one kind of picture to another."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, tensors
from course_lib.check.guard import Wrong


def _translation_loss(logits, painted, pictures, pixel_weight):
    from keras import ops

    return ops.mean(ops.softplus(-logits)) + pixel_weight * ops.mean(ops.abs(painted - pictures))


def _patch_side(kernels, strides):
    side, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        side += (kernel - 1) * step
        step *= stride
    return side


def _cycle_loss(day, night, to_night, to_day):
    from keras import ops

    there_and_back = ops.mean(ops.abs(to_day(to_night(day)) - day))
    return there_and_back + ops.mean(ops.abs(to_night(to_day(night)) - night))


def _softplus(x):
    return np.logaddexp(0, x)


@exercise(answer=_translation_loss)
def translation_loss(attempt):
    """The generator's loss: the adversary's part, and lambda times the mean absolute error."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0.6, 1.5, (2, 3, 3, 1)).astype("float32")  # a map of patches a picture
    painted, pictures = rng.uniform(-1, 1, (2, 2, 4, 5, 1)).astype("float32")
    weight = 7.0
    result = attempt(*tensors(logits, painted, pictures), weight)
    value = number(result, "take the mean over all patches, and over all pixels")
    fooled = _softplus(-logits).mean()  # -log D
    caught = _softplus(logits).mean()  # -log(1 - D)
    error = np.abs(painted - pictures).mean()
    squares = np.square(painted - pictures).mean()
    mistakes = [
        (fooled + error, "pixel_weight is missing: it says how much the pixels count"),
        (weight * fooled + error, "pixel_weight belongs to the pixels' error, not to the adversary's part"),
        (weight * (fooled + error), "pixel_weight multiplies the pixels' error only"),
        (fooled - weight * error, "the pixels' error is to become small too: add it"),
        (-fooled + weight * error, "the sign of the adversary's part is flipped: -log D is made small"),
        (
            caught + weight * error,
            "this labels the painted patches as false, which is the discriminator's aim: softplus(-logit)",
        ),
        (-caught + weight * error, "log(1 - D) is the saturating form: take -log D, softplus(-logit)"),
        (
            -logits.mean() + weight * error,
            "you averaged the raw logits: -log D of a logit is softplus(-logit)",
        ),
        (fooled + weight * squares, "you squared the differences: take their absolute values"),
        (
            fooled + weight * np.abs((painted - pictures).mean()),
            "differences of opposite sign cancel: take absolute values before the mean",
        ),
        (fooled + weight * error * 20, "you summed over the pixels: lambda = 100 is meant for their mean"),
        (
            _softplus(-logits).sum() + weight * error,
            "you summed over the patches: the number of patches is no reason for a larger loss",
        ),
        (weight * error, "the adversary's part is missing"),
        (fooled, "the pixels' part is missing"),
    ]
    compare(value, fooled + weight * error, mistakes, "the value is not the mean of -log D + lambda · L1")
    refuse_numpy(result)
    sure = float(array(attempt(*tensors(logits * 0 - 120, painted, pictures), weight)))
    if not same(sure, 120 + weight * error):
        raise Wrong(
            "where the discriminator is sure, the logarithm was rounded: softplus(-logit) is exact there"
        )


@exercise(answer=_patch_side)
def patch_side(attempt):
    """How many pixels wide the patch is that one logit sees, after convolutions in a row."""
    kernels, strides = [4, 5, 3, 2], [2, 3, 1, 2]
    value = number(attempt(list(kernels), list(strides)))
    right = 1 + 3 + 4 * 2 + 2 * 6 + 1 * 6

    def walked(order, before=True, first=1):
        side, step = first, 1
        for kernel, stride in order:
            step = step if before else step * stride
            side += (kernel - 1) * step
            step = step * stride if before else step
        return side

    layers = list(zip(kernels, strides, strict=True))
    mistakes = [
        (1 + sum(k - 1 for k in kernels), "the strides are missing: after a stride of 2, neighbours are two "
                                          "pixels apart"),
        (sum(kernels), "each kernel adds kernel - 1 steps, for its first pixel was seen already"),
        (np.prod(kernels), "kernels do not multiply: each adds kernel - 1 steps to the patch"),
        (np.prod(strides), "this is how far apart two neighbouring patches are, not how wide one is"),
        (walked(layers, before=False), "a stride widens the steps of the layers after it, not its own"),
        (walked(layers, first=0), "one pixel is missing: before the first layer, a place sees one pixel"),
        (walked(layers[::-1]), "you began with the last layer: go from the picture to the logit"),
        (
            1 + sum((k - 1) * s for k, s in layers),
            "strides multiply along the way: the third layer's steps are those of the first two together",
        ),
        (
            1 + sum(k * step for k, step in zip(kernels, (1, 2, 6, 6), strict=True)),
            "a kernel reaches over kernel - 1 steps: its first pixel is no step",
        ),
    ]  # fmt: skip
    otherwise = "the value is not 1 + the sum of (kernel - 1) · (product of the strides before)"
    compare(value, right, mistakes, otherwise)
    for kernels, strides in (([3], [1]), ([3, 3], [1, 1]), ([4] * 5, [2, 2, 2, 1, 1]), ([1], [2])):
        if not same(number(attempt(list(kernels), list(strides))), _patch_side(kernels, strides)):
            raise Wrong(f"right for four layers, wrong for kernels {kernels} with strides {strides}")


@exercise(answer=_cycle_loss)
def cycle_loss(attempt):
    """How far pictures are from themselves after a way there and back, for both ways."""
    rng = np.random.default_rng(4)
    day = rng.uniform(-1, 1, (3, 4, 5, 2)).astype("float32")
    night = rng.uniform(-1, 1, (3, 4, 5, 2)).astype("float32")  # of other places

    def darker(x):
        return 0.4 * x - 0.3 + 0.1 * x * x

    def brighter(x):
        return 1.3 * x + 0.5

    result = attempt(*tensors(day, night), darker, brighter)
    value = number(result, "take the mean over everything, then add")

    def far(a, b):
        return np.abs(a - b).mean()

    days, nights = far(brighter(darker(day)), day), far(darker(brighter(night)), night)
    mistakes = [
        (days, "this is the way of the day pictures only: night pictures go to day and back as well"),
        (nights, "this is the way of the night pictures only: day pictures go to night and back as well"),
        (
            far(darker(day), day) + far(brighter(night), night),
            "you compared after the first step: to_night(day) must go back through to_day first",
        ),
        (
            far(darker(day), night) + far(brighter(night), day),
            "these are pictures of other places, there are no pairs: compare each picture with itself",
        ),
        (
            far(brighter(day), day) + far(darker(night), night),
            "day pictures went through to_day: that is an identity loss, and there is no cycle in it",
        ),
        (
            far(darker(brighter(day)), day) + far(brighter(darker(night)), night),
            "the order is exchanged: a day picture goes to night first, to_day(to_night(day))",
        ),
        (
            np.square(brighter(darker(day)) - day).mean() + np.square(darker(brighter(night)) - night).mean(),
            "you squared the differences: take their absolute values",
        ),
        (
            np.abs(brighter(darker(day)) - day).sum() + np.abs(darker(brighter(night)) - night).sum(),
            "you summed over the pixels: take their mean",
        ),
        ((days + nights) / 2, "add the two ways: you took their mean"),
        (-(days + nights), "the sign is flipped: the differences are to become small"),
        (
            abs((brighter(darker(day)) - day).mean()) + abs((darker(brighter(night)) - night).mean()),
            "differences of opposite sign cancel: take absolute values before the mean",
        ),
    ]
    otherwise = "the value is not |to_day(to_night(day)) - day| + the same for night"
    compare(value, days + nights, mistakes, otherwise)
    refuse_numpy(result)
