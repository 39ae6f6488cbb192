"""Exercises of the lesson 01_gan/4, pictures on request."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops

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


# --------------------------------------------------------------------------------------------- slerp


def _angle(start, end):
    return np.arccos(np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end)))


def _slerp(start, end, t):
    angle = _angle(start, end)
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def _straight(start, end, t):
    return (1 - t) * start + t * end


def _walk(angle=_angle, wave=np.sin, divisor=np.sin):
    """The walk with another angle, another function of it, or another divisor."""

    def function(start, end, t):
        with np.errstate(invalid="ignore"):
            a = angle(start, end)
            return (wave((1 - t) * a) * start + wave(t * a) * end) / divisor(a)

    return function


def _on_a_sphere(length):
    """The walk of the directions, with a length of its own."""

    def function(start, end, t):
        a, b = np.linalg.norm(start), np.linalg.norm(end)
        return _slerp(start / a, end / b, t) * length(a, b, t)

    return function


APART = (
    "you walk the directions and set the length apart: where the lengths differ, the formula as it stands "
    "takes both vectors with their own"
)


def _stretched(got, wanted, start, end, t):
    """Points of the straight line with another length."""
    straight = _straight(start, end, t)
    if got.shape == straight.shape and np.isclose(
        got @ straight, np.linalg.norm(got) * np.linalg.norm(straight), rtol=1e-6
    ):
        return (
            "you walk the straight line and stretch the result: right length, but the steps are uneven, "
            "short at the ends and long in the middle"
        )
    return None


@drawn(
    answer=_slerp,
    gives="array", tell=_stretched,
    idea="the angle θ is the arccos of the ends' cosine; each end is weighed by the sine of its part of θ, "
    "and the sum divided by sin θ",
    mistakes=[
        (_straight, "this is the straight line: half-way it is shorter than any latent that training has "
         "seen"),
        (lambda a, b, t: _slerp(b, a, t), "the ends are exchanged: t = 0 is the start"),
        (_walk(divisor=lambda a: 1.0), "the division by sin θ is missing: at t = 0 you are not at the start"),
        (_walk(divisor=lambda a: a), "you divided by θ: by its sine"),
        (_walk(lambda a, b: 1.0), "the angle θ between the ends is missing inside the sines"),
        (_walk(lambda a, b: np.pi / 2), "you took θ for a right angle: compute it from the ends"),
        (_walk(lambda a, b: np.arccos(np.dot(a, b))), "arccos takes a cosine: divide the inner product by "
         "the lengths of both vectors first, or the angle depends on them, or is NaN"),
        (_walk(lambda a, b: np.cos(_angle(a, b))), "this is the cosine of θ in place of θ: take arccos of "
         "it"),
        (_walk(lambda a, b: np.arcsin(np.cos(_angle(a, b)))), "you took arcsin of the cosine: θ is its "
         "arccos"),
        (_walk(lambda a, b: np.rad2deg(_angle(a, b))), "θ is in degrees here, and np.sin takes radians, as "
         "arccos gives them"),
        (_walk(wave=np.cos), "the weights are sines, of (1 - t) θ and of t θ, not cosines"),
        (_on_a_sphere(lambda a, b, t: a), APART),
        (_on_a_sphere(lambda a, b, t: (1 - t) * a + t * b), APART + ", each with its sine"),
    ],
    right=[
        lambda start, end, t: [
            (np.sin(_angle(start, end) * (1 - t)) * a + np.sin(_angle(start, end) * t) * b)
            / np.sin(_angle(start, end))
            for a, b in zip(start, end, strict=True)
        ],
    ],
)  # fmt: skip
def slerp(rng):
    """The way along a great circle from one latent to another (White 2016)."""
    long = rng.uniform(3, 9)  # as latents are: an angle without normalisation is then no angle at all
    yield *_ends(rng, 12, rng.uniform(0.4, 0.8), long, long), float(rng.uniform(0.2, 0.4))
    yield *_ends(rng, 5, rng.uniform(1.8, 2.6), long, 2.5 * long), float(rng.uniform(0.6, 0.8))
    for t in (0.0, 1.0):
        yield hinted(f"at t = {t:g} you must be at one of the ends", *rng.normal(size=(2, 64)), t)


def _ends(rng, d, angle, *lengths):
    """Two vectors at this angle, of these lengths."""
    one, other = np.linalg.qr(rng.normal(size=(d, 2)))[0].T
    return lengths[0] * one, lengths[1] * (np.cos(angle) * one + np.sin(angle) * other)


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
