"""Exercises of the lesson 04_cnn/1, networks that recognise."""

import math

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.kinds import tried


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


def _mended_training():
    return {"labels": "together", "ending": "logits", "rate": 0.002, "validation": "top first"}


def _accuracies(setting):
    """After 200 steps of 64 pictures: the loss, and the shares of pictures that are named rightly."""
    import keras
    from keras import layers

    from course_lib import data, runtime
    from course_lib.models.supervised import Supervised

    def objective(labels, outputs):
        right = ops.take_along_axis(outputs, labels[:, None], axis=1)[:, 0]
        return ops.logsumexp(outputs, axis=1) - right

    pictures, labels = (part[:12_000] for part in data.load("fashion", "train"))
    others, names = (part[:2000] for part in data.load("fashion", "validation"))
    order = np.random.default_rng(1).permutation(len(labels))
    shown = data.signed(pictures[order])
    labels = (labels[order] if setting["labels"] == "together" else labels).astype("int32")
    others = data.signed(others if setting["validation"] == "top first" else others[:, ::-1])
    runtime.seed(1)
    h = picture = keras.Input((28, 28, 1))
    for width in (16, 32):
        h = layers.Conv2D(width, 3, padding="same", activation="relu")(layers.MaxPooling2D(2)(h))
    h = layers.Dense(64, activation="relu")(layers.Flatten()(h))
    ending = "softmax" if setting["ending"] == "softmax" else None
    network = keras.Model(picture, layers.Dense(10, activation=ending)(h))
    model = Supervised(network, objective, seed=1)
    model.compile(keras.optimizers.Adam(setting["rate"]), steps_per_execution=10)
    model.fit(data.Batches((shown, labels), 64, seed=1), steps_per_epoch=200, verbose=0)
    outputs = network.predict(shown[:2000], batch_size=500, verbose=0)
    return {
        "loss": float(ops.mean(objective(labels[:2000], outputs))),
        "training": np.mean(outputs.argmax(axis=1) == labels[:2000]),
        "validation": np.mean(network.predict(others, batch_size=500, verbose=0).argmax(axis=1) == names),
    }


@tried(
    answer=_mended_training, measure=_accuracies,
    wanted=[
        (lambda found: found["training"] > 0.3,
         "it guesses, even on pictures that it learns from: either its steps are so long that its units die, "
         "or so short that nothing moves, or pictures and labels do not belong together"),
        (lambda found: found["validation"] > found["training"] - 0.1,
         "it names what it learns from, and fails on the others: do those reach it in the same form?"),
        (lambda found: found["loss"] < 1,
         "many are right, and yet the loss is high: it takes what it gets for logits, and probabilities "
         "differ by 1 at most, with which it cannot come below 1.46"),
    ],
    idea="change one line, measure, keep what helps: two accuracies near a tenth, one far below the other, "
    "and a loss that stays high are different faults",
    labels=("apart", "together"), ending=("softmax", "logits"), rate=(0.3, 0.002, 0.000002),
    validation=("bottom first", "top first"),
)  # fmt: skip
def mended_training():
    """Four lines of a training that was sent in broken, so that it names validation pictures it never saw."""


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
