"""Exercises of the lesson 04_cnn/1, networks that recognise."""

import math

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops


def _receptive_field(layers):
    pixels, step = 1, 1
    for kernel, stride in layers:
        pixels += (kernel - 1) * step
        step *= stride
    return pixels


def _seen(layers, start=1, more=-1, early=False, forget=False):
    """The answer from another beginning, with kernels larger, a layer's own stride, or the last one alone."""
    pixels, step = start, 1
    for kernel, stride in layers:
        after = stride if forget else step * stride
        pixels += (kernel + more) * (after if early else step)
        step = after
    return pixels


def _backwards(layers, less):
    pixels = 1
    for kernel, stride in layers[::-1]:
        pixels = (pixels - less) * stride + kernel
    return pixels


@drawn(
    answer=_receptive_field, gives="int",
    idea="a kernel adds k - 1 neighbours to what is seen, and neighbours lie as many pixels apart as the "
    "strides before them multiply to: [(3, 1), (3, 1)] gives 5, [(3, 2), (3, 1)] gives 7",
    mistakes=[
        (lambda layers: 1 + sum(k - 1 for k, _ in layers), "the strides are missing: behind a stride of 2, "
         "neighbouring units are two pixels apart, and every later kernel reaches twice as far"),
        (lambda layers: _seen(layers, early=True), "a layer's own stride is counted in its reach: it spreads "
         "the layers *behind* it, so update the step after adding"),
        (lambda layers: _seen(layers, start=0), "the 1 is missing: a unit sees at least the pixel in the "
         "middle"),
        (lambda layers: _seen(layers, more=0), "a kernel of k adds k - 1 pixels to what is seen, not k: one "
         "of them was there already"),
        (lambda layers: sum(k for k, _ in layers), "adding up kernels counts their common middle again and "
         "again, and forgets the strides"),
        (lambda layers: math.prod(k for k, _ in layers), "kernels overlap: what they see does not multiply"),
        (lambda layers: _receptive_field(layers[::-1]), "the layers are taken in the wrong order: the first "
         "of the list looks at the picture"),
        (lambda layers: _backwards(layers, 0), "going backwards, p units cover (p - 1) * stride + kernel: "
         "between p units lie p - 1 steps"),
        (lambda layers: _seen(layers, forget=True), "only the stride of the layer just before is used: "
         "strides multiply along the way"),
        (lambda layers: _receptive_field(layers[:1]), "only the first layer is counted: is the `return` "
         "inside the loop?"),
        (lambda layers: math.prod(s for _, s in layers), "this is how far apart two units of the last layer "
         "look; add up what each layer sees more"),
        (lambda layers: [_receptive_field(layers[: n + 1]) for n in range(len(layers))], "one number is "
         "asked for: the side behind the last layer"),
    ],
    right=[
        lambda layers: _backwards(layers, 1),
        lambda x: 1 + sum((k - 1) * math.prod(s for _, s in x[:n]) for n, (k, _) in enumerate(x)),
    ],
)  # fmt: skip
def receptive_field(rng):
    """Pixels to a side that one unit can see: 1 + sum of (kernel - 1) times the strides before."""
    yield ([(5, 2), (3, 1), (2, 3), (7, 2)],)
    yield ([(int(k), int(s)) for k, s in rng.integers((3, 2), (8, 4), (8, 2))],)  # more than 255 pixels
    yield ([(int(rng.integers(3, 12)), 2)],)
    yield hinted("without layers a unit is a pixel and sees itself: begin with 1", [])


def _cross_entropy(labels, logits):
    chosen = ops.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return ops.mean(ops.logsumexp(logits, axis=1) - chosen)


def _at(labels, values):
    """Of each row the value at its label, (batch,)."""
    return ops.take_along_axis(values, labels[:, None], axis=1)[:, 0]


def _flat(got, wanted, labels, logits):
    """Cut-off probabilities: right where the network hesitates, too small a loss where it is sure."""
    if got.shape == () and np.isfinite(got) and 0 < got < wanted and np.abs(logits).max() > 100:
        return (
            "a network that is sure and wrong must pay: at a logit of 200 for the wrong class the loss is "
            "200; do not clip probabilities"
        )
    return None


@drawn(
    answer=_cross_entropy,
    tensors=True, slopes=("logits",), compiled=True, tell=_flat,
    idea="the loss of an example is the logsumexp of all its logits minus the one at its label: 0 if that "
    "one towers above the others, about the gap if another does",
    mistakes=[
        (lambda y, z: ops.sum(ops.logsumexp(z, axis=1) - _at(y, z)), "you summed over the examples: the size "
         "of the step then grows with the batch"),
        (lambda y, z: ops.mean(_at(y, ops.log_softmax(z))), "the sign is flipped: a probability is at most "
         "1, so minus its logarithm is never negative"),
        (lambda y, z: -_at(y, ops.log_softmax(z)), "one number an example is left: take their mean"),
        (lambda y, z: -ops.mean(ops.one_hot(y, z.shape[1]) * ops.log_softmax(z)), "you averaged over the "
         "classes too: only the right class counts, the others are in the denominator"),
        (lambda y, z: -ops.mean(_at(y, ops.log_softmax(ops.softmax(z)))), "softmax is applied twice: the "
         "logits are meant to go in as they are"),
        (lambda y, z: -ops.mean(_at(y, ops.softmax(z))), "the logarithm is missing: this is minus the "
         "probability"),
        (lambda y, z: -ops.mean(_at(y, z)), "the logits are no log-probabilities: logsumexp of all of them "
         "is missing"),
        (lambda y, z: -ops.mean(ops.log_softmax(z)), "the labels are not used: pick the log-probability of "
         "the right class"),
        (lambda y, z: ops.mean(ops.sparse_categorical_crossentropy(y, z)), "the logits were taken for "
         "probabilities: set from_logits=True, or use ops.logsumexp"),
        (lambda y, z: -ops.mean(_at(y, ops.log_softmax(z, axis=0))), "you normalised over the examples: the "
         "classes are axis 1"),
        (lambda y, z: ops.mean(ops.logsumexp(z) - _at(y, z)), "one logsumexp for the whole batch: every "
         "example has its own, axis=1"),
        (lambda y, z: ops.mean(ops.max(z, axis=1) - _at(y, z)), "the largest logit is not the logsumexp of "
         "all"),
        (lambda y, z: ops.mean(1 - _at(y, ops.softmax(z))), "this is the mean probability of a wrong answer, "
         "without a logarithm"),
        (lambda y, z: ops.mean(ops.sum((ops.softmax(z) - ops.one_hot(y, z.shape[1])) ** 2, axis=1)), "this "
         "is a squared error of probabilities: wanted is minus the logarithm of one of them"),
        (lambda y, z: -ops.mean(_at(y, ops.log_softmax(z))) / math.log(2), "this is in bits: take the "
         "natural logarithm, for nats"),
        (lambda y, z: -ops.log(ops.mean(_at(y, ops.softmax(z)))), "the logarithm of a mean is not the mean "
         "of logarithms: logarithm first"),
        (lambda y, z: -ops.mean(ops.log(_at(y, ops.softmax(z)))), "at logits of 200 the result is not "
         "finite: the exponential overflows, or the logarithm meets a 0; logsumexp does neither"),
    ],
    right=[
        lambda y, z: ops.mean(ops.sparse_categorical_crossentropy(y, z, from_logits=True)),
        lambda y, z: -ops.sum(ops.one_hot(y, z.shape[1]) * ops.log_softmax(z)) / z.shape[0],
    ],
)  # fmt: skip
def cross_entropy(rng):
    """Minus the log-probability of the right class, from logits, the mean over the examples."""
    for examples, classes in ((6, 10), (7, 3)):
        yield rng.integers(0, classes, examples).astype("int32"), rng.normal(1, 2, (examples, classes))
    yield hinted(
        "with five equal logits the loss is log 5", np.arange(3, dtype="int32"), np.full((3, 5), 7.0)
    )
    sure = np.zeros((4, 6))
    sure[:, 3] = 200
    yield np.array([4, 5, 3, 0], "int32"), sure  # once right, three times wrong


def _iou(box, other):
    left, top = max(box[0], other[0]), max(box[1], other[1])
    right, bottom = min(box[2], other[2]), min(box[3], other[3])
    shared = max(right - left, 0) * max(bottom - top, 0)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return shared / (sum(areas) - shared)


def _sides(a, b, more=0):
    """Width and height of what two boxes share, below 0 where they are apart."""
    return min(a[2], b[2]) - max(a[0], b[0]) + more, min(a[3], b[3]) - max(a[1], b[1]) + more


def _shared(a, b, more=0):
    width, height = _sides(a, b, more)
    return max(width, 0) * max(height, 0)


def _area(a, more=0):
    return (a[2] - a[0] + more) * (a[3] - a[1] + more)


def _over(shared, more=0):
    """Something in place of the shared area, over the union."""
    return lambda a, b: shared(a, b) / (_area(a, more) + _area(b, more) - shared(a, b))


def _corners(a):
    """The edges of a box of left, top, width and height."""
    return a[0], a[1], a[0] + a[2], a[1] + a[3]


def _around(a, b):
    return (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))


@drawn(
    answer=_iou, gives="float",
    idea="the shared area is a box too, from the larger of the left and top edges to the smaller of the "
    "right and bottom ones; the union is both areas minus what they share",
    mistakes=[
        (lambda a, b: _shared(a, b) / (_area(a) + _area(b)), "what both share is counted twice: union = area "
         "+ area - shared"),
        (_shared, "this is the shared area: divide it by the union's"),
        (lambda a, b: _area(a) + _area(b) - _shared(a, b), "this is the union's area: the shared area over "
         "it is asked for"),
        (lambda a, b: 2 * _shared(a, b) / (_area(a) + _area(b)), "this is Dice's coefficient, 2 shared / "
         "(area + area): another measure, always larger"),
        (lambda a, b: _shared(a, b) / min(_area(a), _area(b)), "you divide by the smaller area: a tiny box "
         "inside a huge one would count as perfect"),
        (lambda a, b: _shared(a, b) / max(_area(a), _area(b)), "you divide by the larger area: the union is "
         "wanted"),
        (lambda a, b: _shared(a, b) / _area(a), "you divide by one box's area, so the result depends on the "
         "order of the boxes: divide by the union"),
        (lambda a, b: _shared(a, b) / _area(b), "you divide by the other box's area, so the result depends "
         "on the order of the boxes: divide by the union"),
        (lambda a, b: _shared(a, b) / _around(a, b), "you divide by the smallest box around both: the union "
         "has no empty corners"),
        (_over(lambda a, b: _shared(a, b, 1), 1), "edges are not pixels' numbers here: the width is right - "
         "left, without + 1"),
        (lambda a, b: 1 - _iou(a, b), "this is the Jaccard distance, 1 minus what is wanted"),
        (lambda a, b: _iou(_corners(a), _corners(b)), "the last two numbers are the right and the bottom "
         "edge, not width and height"),
        (lambda a, b: _iou(*((c[0], c[2], c[1], c[3]) for c in (a, b))), "the axes are mixed: numbers 0 and "
         "2 are left and right, 1 and 3 top and bottom"),
        (_over(lambda a, b: math.prod(_sides(a, b))), "boxes apart have a width or height below 0, which is "
         "none: cut both off at 0 before you multiply"),
        (_over(lambda a, b: max(math.prod(_sides(a, b)), 0)), "boxes apart to both sides have width and "
         "height below 0, and a product above: cut both off at 0 *before* you multiply"),
        (_over(lambda a, b: abs(math.prod(_sides(a, b)))), "a width or height below 0 means apart: cut both "
         "off at 0, and take no absolute value"),
    ],
    right=[
        lambda a, b: _shared(a, b) / (_area(a) + _area(b) - _shared(a, b)),
        _over(lambda a, b: np.prod(np.clip(np.minimum(a, b)[2:] - np.maximum(a, b)[:2], 0, None))),
    ],
)  # fmt: skip
def iou(rng):
    """The area that two boxes share, over the area that they cover together."""

    def box(left, top, *size):
        return tuple(float(edge) for edge in (left, top, left + size[0], top + size[1]))

    x, y = rng.uniform(-3, 5, 2)
    one = box(x, y, 10, rng.uniform(5, 7))
    yield one, box(x + rng.uniform(3, 5), y + rng.uniform(1, 2), 8, rng.uniform(11, 14))
    yield box(x + rng.uniform(3, 5), y + 3, 8, rng.uniform(9, 11)), box(x, y, 9, 8)
    inside = "of a box inside another the smaller area over the larger is wanted, in either order"
    yield hinted(inside, one, box(x + rng.uniform(2, 4), y + 2, rng.uniform(2, 4), 2))
    apart = "boxes apart overlap by 0"
    yield hinted(apart, one, box(x + 20, y + rng.uniform(20, 30), 8, 6))
    yield hinted(apart, one, box(x + 12, y + 1, rng.uniform(4, 8), 2))
    yield hinted("a box overlaps itself by 1", np.array(one), np.array(one))
