"""Exercises of the lesson 01_gan/4."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, shaped, tensors
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------------- 1.4.1, projection logits


def _projection_logits(features, labels, weight, bias, embedding):
    from keras import ops

    return ops.sum(features * (weight + labels @ embedding), axis=1) + bias


@exercise(answer=_projection_logits)
def projection_logits(attempt):
    """The logit of Miyato and Koyama's projection discriminator, one for each picture."""
    rng = np.random.default_rng(3)
    h = rng.normal(size=(5, 4)).astype("float32")
    y = (rng.uniform(size=(5, 3)) < 0.5).astype("float32")
    y[0] = [1, 0, 1]
    w, e = rng.normal(size=4).astype("float32"), rng.normal(size=(3, 4)).astype("float32")
    b = 0.7
    result = array(attempt(*tensors(h, y, w), b, *tensors(e)))
    hints = {
        (): "you return one number: every picture has a logit of its own, so sum over the features only",
        (5, 5): "you return (n, n): `features @ (labels @ embedding).T` pairs every picture with every "
        "picture's labels; multiply elementwise, then sum over the features",
        (5, 4): "you return (n, f): sum over the features, axis 1",
    }
    result = shaped(result[:, 0] if result.shape == (5, 1) else result, (5,), "one logit a picture", hints)
    asked = y @ e
    real = h @ w + b
    mistakes = [
        (real, "the labels play no part: this discriminator accepts any real picture, asked for or not"),
        ((h * asked).sum(1), "w and b are missing: how real the picture is must count as well"),
        (
            (h * asked).sum(1) + b,
            "w is missing: how real the picture is, whatever was asked for, must count as well",
        ),
        ((h * (w + asked)).sum(1), "the bias b is missing"),
        (
            real + asked.sum(1),
            "the labels' part is the same for every picture: multiply it with the features before you sum",
        ),
        ((h * (w + asked)).mean(1) + b, "you averaged over the features: an inner product is a sum"),
        ((h * (w + asked) + b).sum(1), "b is counted once for every feature: add it after the sum"),
        (
            real - (h * asked).sum(1),
            "the sign of the labels' part is flipped: what fits should raise the logit",
        ),
    ]
    otherwise = "logit = w·h + b + (y E)·h, with one h and one y for each picture"
    compare(result, (h * (w + asked)).sum(1) + b, mistakes, otherwise)


# ---------------------------------------------------------------------------------------- 1.4.2, slerp


def _slerp(start, end, t):
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


@exercise(answer=_slerp)
def slerp(attempt):
    """The way along a great circle from one latent to another (White 2016)."""
    rng = np.random.default_rng(4)
    # Long vectors, as latents are: an angle without normalisation is then no angle at all.
    a, b = rng.normal(size=(2, 12))
    a, b = 3 * a / np.linalg.norm(a), 3 * b / np.linalg.norm(b)
    t = 0.3
    result = shaped(attempt(a.copy(), b.copy(), t), (12,), "the point is a latent like both ends")
    if np.isnan(result).any():
        raise Wrong(
            "your point is NaN: arccos takes a cosine, so divide the inner product by the lengths of both "
            "vectors first"
        )
    straight = (1 - t) * a + t * b
    angle = np.arccos(a @ b / 9)
    mistakes = [
        (
            straight,
            "this is the straight line: half-way it is shorter than any latent that training has seen",
        ),
        (_slerp(b, a, t), "the ends are exchanged: t = 0 is the start"),
        (
            3 * straight / np.linalg.norm(straight),
            "you walk the straight line and stretch the result: right length, but the steps are uneven, "
            "short at the ends and long in the middle",
        ),
        (
            np.sin((1 - t) * angle) * a + np.sin(t * angle) * b,
            "the division by sin θ is missing: at t = 0 you are not at the start",
        ),
        (
            np.sin(1 - t) * a / np.sin(1) + np.sin(t) * b / np.sin(1),
            "the angle θ between the ends is missing inside the sines",
        ),
        (
            np.cos(t * np.pi / 2) * a + np.sin(t * np.pi / 2) * b,
            "you took θ for a right angle: compute it from the ends",
        ),
    ]
    otherwise = "(sin((1 - t) θ) · start + sin(t θ) · end) / sin θ, with θ = arccos of the ends' cosine"
    compare(result, _slerp(a, b, t), mistakes, otherwise)
    longer = array(attempt(a, 2 * b, 0.5))
    if np.isnan(longer).any() or not np.allclose(longer, _slerp(a, 2 * b, 0.5)):
        raise Wrong("your angle depends on the lengths: divide the inner product by both of them")


# -------------------------------------------------------------------------------- 1.4.3, copied share


def _closer_to_training(samples, training, held_out):
    def nearest(pool):
        return np.linalg.norm(samples[:, None] - pool[None], axis=2).min(axis=1)

    return (nearest(training) < nearest(held_out)).mean()


@exercise(answer=_closer_to_training)
def closer_to_training(attempt):
    """The share of samples that lie nearer to a training picture than to any held-out one."""
    rng = np.random.default_rng(5)
    train, held = rng.normal(size=(2, 9, 4))
    near_train = train[rng.integers(9, size=30)] + 0.2 * rng.normal(size=(30, 4))
    samples = np.concatenate(
        [near_train, held[:5] + 0.2 * rng.normal(size=(5, 4)), 2 * rng.normal(size=(6, 4))]
    )
    hints = {(len(samples),): "you return one value for each sample: return the share, their mean"}
    value = number(attempt(samples.copy(), train.copy(), held.copy()), hints=hints)

    def distances(pool):
        return np.linalg.norm(samples[:, None] - pool[None], axis=2)

    to_train, to_held = distances(train), distances(held)
    right = (to_train.min(1) < to_held.min(1)).mean()
    mistakes = [
        (1 - right, "this is the share that is nearer to the held-out pictures: exchange the two"),
        (
            (to_train.min(1) < to_held.min(1)).sum(),
            "this is a number of samples: divide by how many there are",
        ),
        (
            (to_train.mean(1) < to_held.mean(1)).mean(),
            "you compare mean distances: a copy is near *one* picture, so take the smallest",
        ),
        (
            (to_train.min(0) < to_held.min(0)).mean(),
            "your minimum runs over the samples: for each sample, take the minimum over the pictures",
        ),
        (
            to_train.min() < to_held.min(),
            "you compare one smallest distance of all samples: every sample votes for itself",
        ),
        (
            to_train.min(1).mean() / to_held.min(1).mean(),
            "this is a ratio of mean distances: count the samples that are nearer",
        ),
    ]
    otherwise = (
        "for each sample: its smallest distance to either set; then the share where training's is smaller"
    )
    compare(value, right, mistakes, otherwise)
