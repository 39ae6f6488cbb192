"""Exercises of lesson 04_cnn/3, from one kind of picture to another."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops


def _translation_loss(logits, painted, pictures, pixel_weight):
    return ops.mean(ops.softplus(-logits)) + pixel_weight * ops.mean(ops.abs(painted - pictures))


def _fooled(logits):
    return ops.mean(ops.softplus(-logits))


def _far(one, other, axis=None):
    return ops.mean(ops.abs(one - other), axis=axis)


@drawn(
    answer=_translation_loss, tensors=True, slopes=("logits", "painted"),
    idea="-log D of a logit is softplus(-logit), small where a patch passes for real; to its mean comes λ "
    "times how far pixels are off on average",
    mistakes=[
        (lambda g, p, x, w: _fooled(g) + _far(p, x),
         "pixel_weight is missing: it says how much the pixels count"),
        (lambda g, p, x, w: w * _fooled(g) + _far(p, x),
         "pixel_weight belongs to the pixels' error, not to the adversary's part"),
        (lambda g, p, x, w: w * (_fooled(g) + _far(p, x)), "pixel_weight multiplies the pixels' error only"),
        (lambda g, p, x, w: _fooled(g) - w * _far(p, x), "the pixels' error is to become small too: add it"),
        (lambda g, p, x, w: w * _far(p, x) - _fooled(g),
         "the sign of the adversary's part is flipped: -log D is made small"),
        (lambda g, p, x, w: _fooled(-g) + w * _far(p, x),
         "this labels the painted patches as false, which is the discriminator's aim: softplus(-logit)"),
        (lambda g, p, x, w: w * _far(p, x) - _fooled(-g),
         "log(1 - D) is the saturating form: take -log D, softplus(-logit)"),
        (lambda g, p, x, w: w * _far(p, x) - ops.mean(g),
         "you averaged the raw logits: -log D of a logit is softplus(-logit)"),
        (lambda g, p, x, w: _fooled(ops.sigmoid(g)) + w * _far(p, x),
         "a sigmoid was applied twice: these are logits already, and softplus contains the sigmoid"),
        (lambda g, p, x, w: _fooled(g) + w * ops.mean(ops.square(p - x)),
         "you squared the differences: take their absolute values"),
        (lambda g, p, x, w: _fooled(g) + w * ops.abs(ops.mean(p - x)),
         "differences of opposite sign cancel: take absolute values before the mean"),
        (lambda g, p, x, w: _fooled(g) + w * ops.mean(ops.sum(ops.abs(p - x), axis=(1, 2, 3))),
         "you summed over the pixels of a picture: with their mean, λ means the same for every size"),
        (lambda g, p, x, w: _fooled(g) + w * ops.sum(ops.abs(p - x)),
         "you summed over the pixels of all pictures: take their mean"),
        (lambda g, p, x, w: ops.sum(ops.softplus(-g)) + w * _far(p, x),
         "you summed over the patches: the number of patches is no reason for a larger loss"),
        (lambda g, p, x, w: ops.mean(ops.softplus(-g), axis=(1, 2, 3)) + w * _far(p, x, axis=(1, 2, 3)),
         "one value a picture is left: take the mean over the batch as well"),
        (lambda g, p, x, w: w * _far(p, x), "the adversary's part is missing"),
        (lambda g, p, x, w: _fooled(g), "the pixels' part is missing"),
    ],
    right=[
        lambda g, p, x, w: ops.mean(ops.binary_crossentropy(ops.ones_like(g), g, from_logits=True))
        + ops.mean(w * ops.abs(x - p)),
        lambda g, p, x, w: w * ops.mean(ops.maximum(p - x, x - p)) - ops.mean(ops.log_sigmoid(g)),
    ],
)  # fmt: skip
def translation_loss(rng):
    """The generator's loss: the adversary's part, and lambda times the mean absolute error."""
    for batch, sides, weight in ((2, (4, 5, 1), rng.uniform(3, 9)), (3, (2, 3, 3), rng.uniform(0.2, 0.7))):
        painted, pictures = rng.uniform(-1, 1, (2, batch, *sides))
        yield rng.normal(0.6, 1.5, (batch, 3, 2, 1)), painted, pictures, float(weight)  # a map of patches
    sure = "where the discriminator is sure, the logarithm was rounded: softplus(-logit) is exact there"
    black, white = np.full((2, 2, 4, 5, 1), [[[[[-1.0]]]], [[[[1.0]]]]])
    yield hinted(sure, np.full((2, 3, 3, 1), -120.0), black, white, 20.0)


def _patch_side(kernels, strides):
    side, step = 1, 1
    for layer, kernel in enumerate(kernels):
        side += (kernel - 1) * step
        step *= strides[layer]
    return side


def _reaching(steps, less=1):
    """1 and, for each layer, so many steps as its kernel has pixels but `less`, each step as long as told."""
    return lambda kernels, strides: (
        1 + sum((kernel - less) * int(step) for kernel, step in zip(kernels, steps(strides), strict=False))
    )


@drawn(
    answer=_patch_side,
    idea="go from the picture to the logit with two numbers, how wide the patch is and how many pixels a "
    "step is long: a layer first widens the patch by kernel - 1 steps, then its stride lengthens them",
    mistakes=[
        (_reaching(np.ones_like),
         "the strides are missing: after a stride of 2, neighbours are two pixels apart"),
        (lambda kernels, strides: sum(kernels),
         "each kernel adds kernel - 1 steps, for its first pixel was seen already"),
        (lambda kernels, strides: int(np.prod(kernels)),
         "kernels do not multiply: each adds kernel - 1 steps to the patch"),
        (lambda kernels, strides: int(np.prod(strides)),
         "this is how far apart two neighbouring patches are, not how wide one is"),
        (_reaching(np.cumprod), "a stride widens the steps of the layers after it, not its own"),
        (lambda kernels, strides: _patch_side(kernels, strides) - 1,
         "one pixel is missing: before the first layer, a place sees one pixel"),
        (lambda kernels, strides: _patch_side(kernels[::-1], strides[::-1]),
         "you began with the last layer: go from the picture to the logit"),
        (_reaching(lambda strides: strides),
         "strides multiply along the way: the third layer's steps are those of the first two together"),
        (_reaching(lambda strides: [1, *strides]),
         "only the stride of the layer before is looked at: strides multiply along the way"),
        (_reaching(lambda strides: np.cumprod([1, *strides]), less=0),
         "a kernel reaches over kernel - 1 steps: its first pixel is no step"),
        (lambda kernels, strides: _patch_side(kernels[:1], strides[:1]),
         "only the first layer is counted: is the `return` inside the loop?"),
        (lambda k, s: [_patch_side(k[: n + 1], s[: n + 1]) for n in range(len(k))],
         "you return a list of sides: that of the last layer is asked for, one number"),
    ],
    right=[
        lambda kernels, strides: 1 + sum((k - 1) * int(np.prod(strides[:i])) for i, k in enumerate(kernels)),
        lambda kernels, strides: 1 + np.dot(np.array(kernels) - 1, np.cumprod([1, *strides])[:-1]),
    ],
)  # fmt: skip
def patch_side(rng):
    """How many pixels wide the patch is that one logit sees, after convolutions in a row."""
    yield [4] * 5, [2, 2, 2, 1, 1]
    layers = int(rng.integers(2, 5))
    yield rng.integers(2, 8, layers).tolist(), rng.integers(1, 4, layers).tolist()
    yield [int(rng.integers(2, 9))], [int(rng.integers(2, 5))]
    yield [1, 3], [3, 1]
    yield [3] * 12, [3] * 12  # too many pixels for small numbers


def _cycle_loss(day, night, to_night, to_day):
    there_and_back = ops.mean(ops.abs(to_day(to_night(day)) - day))
    return there_and_back + ops.mean(ops.abs(to_night(to_day(night)) - night))


def _returned(compare):
    """Both ways, by what is made of the pictures that came back and those they were."""
    return lambda day, night, g, f: compare(f(g(day)), day) + compare(g(f(night)), night)


@drawn(
    answer=_cycle_loss, tensors=True, slopes=("day", "night"),
    idea="send the day to night and back to day, and ask how far each pixel is from where it was; the same "
    "for the night, the other way round; add the two means",
    mistakes=[
        (lambda day, night, g, f: _far(f(g(day)), day),
         "this is the way of the day pictures only: night pictures go to day and back as well"),
        (lambda day, night, g, f: _far(g(f(night)), night),
         "this is the way of the night pictures only: day pictures go to night and back as well"),
        (lambda day, night, g, f: _far(g(day), day) + _far(f(night), night),
         "you compared after the first step: to_night(day) must go back through to_day first"),
        (lambda day, night, g, f: _far(g(day), night) + _far(f(night), day),
         "these are pictures of other places, there are no pairs: compare each picture with itself"),
        (lambda day, night, g, f: _far(f(day), day) + _far(g(night), night),
         "day pictures went through to_day: that is an identity loss, and there is no cycle in it"),
        (lambda day, night, g, f: _far(g(f(day)), day) + _far(f(g(night)), night),
         "the order is exchanged: a day picture goes to night first, to_day(to_night(day))"),
        (_returned(lambda back, was: ops.mean(ops.square(back - was))),
         "you squared the differences: take their absolute values"),
        (_returned(lambda back, was: ops.sum(ops.abs(back - was))),
         "you summed over the pixels: take their mean"),
        (_returned(lambda back, was: ops.mean(ops.sum(ops.abs(back - was), axis=(1, 2, 3)))),
         "you summed over the pixels of a picture: take the mean over them as over the pictures"),
        (_returned(lambda back, was: _far(back, was, axis=(1, 2, 3))),
         "one value a picture is left: take the mean over the pictures as well"),
        (_returned(lambda back, was: _far(back, was) / 2), "add the two ways: you took their mean"),
        (_returned(lambda back, was: -_far(back, was)),
         "the sign is flipped: the differences are to become small"),
        (_returned(lambda back, was: ops.abs(ops.mean(back - was))),
         "differences of opposite sign cancel: take absolute values before the mean"),
    ],
    right=[
        lambda day, night, to_night, to_day: ops.mean(ops.abs(night - to_night(to_day(night))))
        + ops.mean(ops.abs(day - to_day(to_night(day)))),
        lambda day, night, g, f: ops.mean(ops.abs(f(g(day)) - day) + ops.abs(g(f(night)) - night)),
    ],
)  # fmt: skip
def cycle_loss(rng):
    """How far pictures are from themselves after a way there and back, for both ways."""
    for shape in ((3, 4, 5, 3), (1, 2, 3, 3)):
        slope, light = rng.uniform(0.3, 0.6, 2).tolist()
        day, night = rng.uniform(-1, 1, (2, *shape))
        day[0, 0], night[0, 0] = -1.0, 1.0  # black, and white
        yield day, night, _curve(-0.3, slope, 0.1), _curve(light, 1.3, 0.0)


def _curve(light, slope, bend):
    return lambda x: light + slope * x + bend * x * x
