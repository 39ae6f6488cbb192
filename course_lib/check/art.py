"""Exercises of the lesson 01_gan/4, pictures on request."""

import numpy as np

from course_lib.check.drawn import drawn, ops

# --------------------------------------------------------------------------------- projection logits


def _projection_logits(features, labels, weight, bias, embedding):
    return ops.sum(features * (weight + labels @ embedding), axis=1) + bias


def _logit_shapes(got, wanted, features, *_):
    """What the shape of the result tells, whatever its values."""
    n, f = features.shape
    return {
        (): "you return one number: every picture has a logit of its own, so sum over the features only",
        (n, n): "you return (n, n): every picture is paired with every picture's labels, as in features @ "
        "(labels @ embedding).T; multiply elementwise, then sum over the features",
        (n, f): "you return (n, f): sum over the features, axis 1",
        (n, 1): "you return (n, 1), and minus the (n,) of another that makes (n, n): return (n,), without "
        "keepdims",
    }.get(got.shape)


@drawn(
    answer=_projection_logits,
    tensors=True, tell=_logit_shapes,
    idea="logit = w·h + b + (y E)·h, with one h and one y for each picture: an inner product is a sum of "
    "products, over axis 1",
    mistakes=[
        (lambda h, y, w, b, e: ops.sum(h * w, axis=1) + b, "the labels play no part: this discriminator "
         "accepts any real picture, asked for or not"),
        (lambda h, y, w, b, e: ops.sum(h * (y @ e), axis=1), "w and b are missing: how real the picture is "
         "must count as well"),
        (lambda h, y, w, b, e: ops.sum(h * (y @ e), axis=1) + b, "w is missing: how real the picture is, "
         "whatever was asked for, must count as well"),
        (lambda h, y, w, b, e: ops.sum(h * (w + y @ e), axis=1), "the bias b is missing"),
        (lambda h, y, w, b, e: ops.sum(h * w + y @ e, axis=1) + b, "the labels' part is the same for every "
         "picture: multiply it with the features before you sum"),
        (lambda h, y, w, b, e: ops.sum(h * (w * (y @ e)), axis=1) + b, "w and the labels' vector are "
         "multiplied: they are two questions, so add them"),
        (lambda h, y, w, b, e: ops.mean(h * (w + y @ e), axis=1) + b, "you averaged over the features: an "
         "inner product is a sum"),
        (lambda h, y, w, b, e: ops.sum(h * (w + y @ e) + b, axis=1), "b is counted once for every feature: "
         "add it after the sum"),
        (lambda h, y, w, b, e: ops.sum(h * (w + y @ e + b), axis=1), "b is multiplied with the features: add "
         "it after the sum"),
        (lambda h, y, w, b, e: ops.sum(h * (w - y @ e), axis=1) + b, "the sign of the labels' part is "
         "flipped: what fits should raise the logit"),
        (lambda h, y, w, b, e: ops.sum(h * (w + ops.softmax(y) @ e), axis=1) + b,
         "a softmax was taken of the labels: they are 0 or 1 as they come, and several may be 1"),
    ],
    right=[
        lambda h, y, w, b, e: ops.matmul(h, w) + b + ops.sum(h * ops.matmul(y, e), axis=-1),
        lambda h, y, w, b, e: ops.einsum("nf,nf->n", h, w[None] + y @ e) + b,
        lambda h, y, w, b, e: ops.diagonal(h @ ops.transpose(w + y @ e)) + b,
    ],
)  # fmt: skip
def projection_logits(rng):
    """The logit of Miyato and Koyama's projection discriminator, one for each picture."""
    for n, f, k in ((5, 4, 3), (1, 6, 2), (2, 3, 7)):
        labels = rng.integers(0, 2, (n, k)).astype("float32")
        labels[0, :2] = 1, 0
        bias = float(rng.uniform(0.4, 2) * rng.choice([-1, 1]))
        yield rng.normal(size=(n, f)), labels, rng.normal(size=f), bias, rng.normal(size=(k, f))


# -------------------------------------------------------------------------------------- copied share


def _far(samples, pool, order=None):
    return np.linalg.norm(samples[:, None] - pool[None], order, axis=2)


def _closer_to_training(samples, training, held_out):
    return (_far(samples, training).min(axis=1) < _far(samples, held_out).min(axis=1)).mean()


def _nearer(nearest=lambda far: far.min(axis=1), order=None, result=np.mean):
    """The share by another distance of a sample to a set, or what else is made of the comparisons."""
    return lambda s, a, b: result(nearest(_far(s, a, order)) < nearest(_far(s, b, order)))


@drawn(
    answer=_closer_to_training,
    gives="float",
    idea="for each sample its smallest distance to either set; then the share where training's is smaller",
    mistakes=[
        (lambda s, a, b: _closer_to_training(s, b, a), "this is the share that is nearer to the held-out "
         "pictures: exchange the two"),
        (_nearer(result=np.sum), "this is a number of samples: divide by how many there are"),
        (_nearer(result=lambda votes: 100 * votes.mean()), "these are per cent: a share lies between 0 and "
         "1"),
        (_nearer(result=lambda votes: votes), "you return one value for each sample: return their mean"),
        (_nearer(lambda far: far.mean(axis=1)), "you compare mean distances: a copy is near *one* picture, "
         "so take the smallest"),
        (_nearer(lambda far: far.min(axis=0)), "your minimum runs over the samples: for each sample, take "
         "the minimum over the pictures"),
        (_nearer(np.min), "you compare one smallest distance of all samples: every sample votes for itself"),
        (lambda s, a, b: _far(s, a).min(axis=1).mean() / _far(s, b).min(axis=1).mean(),
         "this is a ratio of mean distances: count the samples that are nearer"),
        (_nearer(order=1), "you added the differences: Euclidean is the root of the sum of their squares"),
        (_nearer(order=np.inf), "you took the largest difference of a pixel: Euclidean is the root of the "
         "sum of squares"),
    ],
    right=[
        lambda s, a, b: np.mean([(_far(x[None], a) ** 2).min() < (_far(x[None], b) ** 2).min() for x in s]),
        lambda s, a, b: 1 - (_far(s, a).min(axis=1) >= _far(s, b).min(axis=1)).sum() / len(s),
    ],
)  # fmt: skip
def closer_to_training(rng):
    """The share of samples that lie nearer to a training picture than to any held-out one."""
    # How far the nearest training picture and the nearest held-out one lie from a sample, along two axes.
    kinds = [
        ((0.3, 0), (0.8, 0.8)),
        ((0.75, 0.75), (1.2, 0)),  # nearer for Euclid, farther where differences are added
        ((1.2, 0), (0.9, 0.9)),  # nearer for Euclid, farther by the largest difference
        ((0.9, 0.9), (0.1, 0)),
    ]
    for counts in ((4, 3, 1, 4), (1, 1, 2, 9)):
        yield _near_pairs(rng, np.repeat(kinds, counts, axis=0))
    samples, *sets = rng.normal(size=(3, 9, 6))
    yield samples[:4], *sets


def _near_pairs(rng, pairs):
    """Samples far apart, each near one picture of either set; one held-out picture is far from all."""
    centres = np.zeros((len(pairs) + 1, 4))
    centres[:, 2:] = 8 * np.stack(np.divmod(rng.permutation(16)[: len(centres)], 4), axis=1)
    sets = [centres.copy(), centres.copy()]
    for number, pair in enumerate(pairs):
        for one, place in zip(sets, pair, strict=True):
            one[number, :2] += rng.choice([-1, 1], 2) * place * rng.uniform(0.98, 1.02)
    sets[1][-1] += 300
    return rng.permutation(centres[:-1]), *sets
