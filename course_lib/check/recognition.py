"""Exercises of the lesson 04_cnn/1, networks that recognise."""

import numpy as np
from scipy import special

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, tensors
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------------- 4.1.1, receptive field


def _receptive_field(layers):
    pixels, step = 1, 1
    for kernel, stride in layers:
        pixels += (kernel - 1) * step
        step *= stride
    return pixels


@exercise(answer=_receptive_field)
def receptive_field(attempt):
    """Pixels to a side that one unit can see: 1 + sum of (kernel - 1) times the strides before."""
    layers = [(5, 2), (3, 1), (2, 3), (7, 2)]
    given = list(layers)
    value = number(attempt(layers))
    if layers != given:
        raise Wrong("your function changes the list `layers`: read it and leave it as it was")
    right = _receptive_field(layers)

    def backwards(formula):
        pixels = 1
        for kernel, stride in layers[::-1]:
            pixels = formula(pixels, kernel, stride)
        return pixels

    steps = np.cumprod([1, *(s for _, s in layers)])
    extra = np.array([k - 1 for k, _ in layers])
    mistakes = [
        (
            1 + extra.sum(),
            "the strides are missing: behind a stride of 2, neighbouring units are two pixels apart, and "
            "every later kernel reaches twice as far",
        ),
        (
            1 + (extra * steps[1:]).sum(),
            "a layer's own stride is counted in its reach: it spreads the layers *behind* it, so update "
            "the step after adding",
        ),
        ((extra * steps[:-1]).sum(), "the 1 is missing: a unit sees at least the pixel in the middle"),
        (
            1 + ((extra + 1) * steps[:-1]).sum(),
            "a kernel of k adds k - 1 pixels to what is seen, not k: one of them was there already",
        ),
        (
            sum(k for k, _ in layers),
            "adding up kernels counts their common middle again and again, and forgets the strides",
        ),
        (np.prod([k for k, _ in layers]), "kernels overlap: what they see does not multiply"),
        (
            _receptive_field(layers[::-1]),
            "the layers are taken in the wrong order: the first of the list looks at the picture",
        ),
        (
            backwards(lambda p, k, s: p * s + k),
            "going backwards, p units cover (p - 1) * stride + kernel: between p units lie p - 1 steps",
        ),
        (
            1 + (extra * [1, *(s for _, s in layers[:-1])]).sum(),
            "only the stride of the layer just before is used: strides multiply along the way",
        ),
        (_receptive_field(layers[:1]), "only the first layer is counted: is the `return` inside the loop?"),
        (
            steps[-1],
            "this is how far apart two units of the last layer look; add up what each layer sees more",
        ),
    ]
    compare(value, right, mistakes, "test it: [(3, 1), (3, 1)] gives 5, [(3, 2), (3, 1)] gives 7")
    if number(attempt([])) != 1:
        raise Wrong("without layers a unit is a pixel and sees itself: begin with 1")


# ----------------------------------------------------------------- 4.1.2, cross-entropy of labels


def _cross_entropy(labels, logits):
    from keras import ops

    chosen = ops.take_along_axis(logits, ops.cast(labels, "int32")[:, None], axis=1)[:, 0]
    return ops.mean(ops.logsumexp(logits, axis=1) - chosen)


@exercise(answer=_cross_entropy)
def cross_entropy(attempt):
    """Minus the log-probability of the right class, from logits, the mean over the examples."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 2, (6, 10)).astype("float32")
    labels = rng.integers(0, 10, 6).astype("int32")
    result = attempt(*tensors(labels, logits))
    hints = {
        (6,): "one number an example is left: take their mean",
        (10,): "one number a class is left: the loss of an example looks at the right class only",
        (6, 10): "the loss of an example is the one at its label: pick that column, then take the mean",
    }
    value = number(result, hints=hints)
    z = logits.astype("float64")
    rows = np.arange(6)
    log_p = z - special.logsumexp(z, axis=1, keepdims=True)
    p = np.exp(log_p)
    right = -log_p[rows, labels].mean()
    again = p - special.logsumexp(p, axis=1, keepdims=True)
    one_hot = np.eye(10)[labels]
    mistakes = [
        (6 * right, "you summed over the examples: the size of the step then grows with the batch"),
        (-right, "the sign is flipped: a probability is at most 1, so minus its logarithm is never negative"),
        (right / 10, "you averaged over the ten classes too: only the right class counts, the others are "
         "in the denominator"),
        (-again[rows, labels].mean(), "softmax is applied twice: the logits are meant to go in as they "
         "are"),
        (-p[rows, labels].mean(), "the logarithm is missing: this is minus the probability"),
        (-z[rows, labels].mean(), "the logits are no log-probabilities: logsumexp of all of them is "
         "missing"),
        (-log_p.mean(), "the labels are not used: pick the log-probability of the right class"),
        ((1 - p[rows, labels]).mean(), "this is the mean probability of a wrong answer, without a logarithm"),
        (((p - one_hot) ** 2).sum(axis=1).mean(), "this is a squared error of probabilities: wanted "
         "is minus the logarithm of one of them"),
        (right / np.log(2), "this is in bits: take the natural logarithm, for nats"),
        (-np.log(p[rows, labels].mean()), "the logarithm of a mean is not the mean of logarithms: "
         "logarithm first"),
    ]  # fmt: skip
    compare(value, right, mistakes, "the value is not the mean of logsumexp(logits) - right logit")
    refuse_numpy(result)
    sure = np.zeros((2, 10), "float32")
    sure[0, 3], sure[1, 5] = 200, 200
    far = array(attempt(*tensors(np.array([4, 5], "int32"), sure)))
    if not np.isfinite(far):
        raise Wrong(
            "at logits of 200 the result is not finite: the exponential overflows, or the logarithm "
            "meets a 0; logsumexp does neither"
        )
    if not same(far, 100.0):
        raise Wrong(
            "a network that is sure and wrong must pay: at a logit of 200 for the wrong class the loss is "
            f"200, yours says {2 * float(far):.4g}; do not clip probabilities"
        )
    if not same(array(attempt(*tensors(labels, logits + 7))), right):
        raise Wrong("adding the same number to all logits of an example must not change the loss")
    if not same(array(attempt(*tensors(labels[:3, None][:, 0], logits[:3, :5] * 0))), np.log(5)):
        raise Wrong("with five equal logits the loss is log 5: take sizes from the arguments")


# ------------------------------------------------------------------ 4.1.3, intersection over union


def _iou(box, other):
    left, top = max(box[0], other[0]), max(box[1], other[1])
    right, bottom = min(box[2], other[2]), min(box[3], other[3])
    shared = max(right - left, 0) * max(bottom - top, 0)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return shared / (sum(areas) - shared)


@exercise(answer=_iou)
def iou(attempt):
    """The area that two boxes share, over the area that they cover together."""
    box, other = (2.0, 3.0, 12.0, 9.0), (7.0, 5.0, 15.0, 18.0)
    value = number(attempt(box, other))
    if not same(number(attempt(other, box)), value):
        raise Wrong(
            "the result depends on the order of the boxes: divide by the union, not by one box's area"
        )
    first, second, shared = 10 * 6.0, 8 * 13.0, 5 * 4.0
    right = shared / (first + second - shared)
    mistakes = [
        (shared / (first + second), "what both share is counted twice: union = area + area - shared"),
        (shared, "this is the shared area: divide it by the union's"),
        (first + second - shared, "this is the union's area: the shared area over it is asked for"),
        (2 * shared / (first + second), "this is Dice's coefficient, 2 shared / (area + area): another "
         "measure, always larger"),
        (shared / min(first, second), "you divide by the smaller area: a tiny box inside a huge one would "
         "count as perfect"),
        (shared / max(first, second), "you divide by the larger area: the union is wanted"),
        (shared / (13 * 15.0), "you divide by the smallest box around both: the union has no empty corners"),
        (6 * 5 / (11 * 7 + 9 * 14 - 6 * 5.0), "edges are not pixels' numbers here: the width is "
         "right - left, without + 1"),
        (1 - right, "this is the Jaccard distance, 1 minus what is wanted"),
        (7 * 4 / (144 + 270 - 28.0), "the last two numbers are the right and the lower edge, not "
         "width and height"),
    ]  # fmt: skip
    compare(value, right, mistakes, "the value is not shared / (area + area - shared)")
    for far, how in (
        ((30.0, 40.0, 40.0, 46.0), "to both sides"),
        ((14.0, 4.0, 20.0, 8.0), "to the right"),
        ((3.0, 11.0, 10.0, 14.0), "below"),
    ):
        found = number(attempt(box, far))
        if not same(found, 0.0):
            raise Wrong(
                f"boxes apart ({how}) overlap by 0, yours says {found:.3g}: a width or height below 0 is "
                "none, so cut both off at 0 before you multiply"
            )
    if not same(number(attempt(box, box)), 1.0):
        raise Wrong("a box overlaps itself by 1")
    inner = (4.0, 4.0, 8.0, 7.0)
    if not same(number(attempt(box, inner)), 12 / 60) or not same(number(attempt(inner, box)), 12 / 60):
        raise Wrong("of a box inside another the smaller area over the larger is wanted, in either order")
