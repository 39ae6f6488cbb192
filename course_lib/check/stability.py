"""Exercises of the lesson 01_gan/3, failures on purpose."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, tensors
from course_lib.check.guard import Wrong

# ----------------------------------------------------------------------------- 1.3.1, covered modes


def _covered_modes(points, centres, width):
    away = np.linalg.norm(points[:, None] - centres, axis=2)
    shares = (away < 3 * width).mean(axis=0)
    return int((shares >= 0.25 / len(centres)).sum())


def _some_points():
    """Centres (10, 2) and points (400, 2) for which each mistake counts differently."""
    centres = np.stack([3.0 * np.arange(10), np.zeros(10)], axis=1)
    rng = np.random.default_rng(5)
    width = 0.2
    # A quarter of the fair share of 400 / 10 is 10 points.
    near = {0: 150, 1: 60, 2: 50, 3: 30, 4: 11, 5: 9, 6: 7, 7: 1}
    parts = [centres[k] + width * rng.uniform(-0.6, 0.6, (n, 2)) for k, n in near.items()]
    # Between one and three widths from a centre: still good.
    between = centres[8] + width * np.stack([rng.uniform(1.8, 2.6, 30), np.zeros(30)], axis=1)
    # Nearest to the last centre, but good for nobody.
    stray = centres[9] + np.array([1.0, 1.0]) + 0.05 * rng.standard_normal((52, 2))
    return np.concatenate([*parts, between, stray]), centres, width


@exercise(answer=_covered_modes)
def covered_modes(attempt):
    """Modes with at least a quarter of their fair share of the points within three widths."""
    points, centres, width = _some_points()
    hints = {(len(centres),): "you return one value a centre: count those that are covered, one number"}
    value = number(attempt(points.copy(), centres.copy(), width), hints=hints)
    away = np.linalg.norm(points[:, None] - centres, axis=2)
    fair = 1 / len(centres)

    def count(reach, least):
        return int(((away < reach).mean(axis=0) >= least).sum())

    nearest = np.bincount(away.argmin(axis=1), minlength=len(centres)) / len(points)
    mistakes = [
        (
            int((nearest >= fair / 4).sum()),
            "a point belongs to its nearest centre in your count, however far away that is: "
            "ask for a distance below 3 widths",
        ),
        (count(width, fair / 4), "you ask for one width: a real point may be up to three away"),
        (
            count(3 * width, 1e-9),
            "one point is enough in your count: a mode needs a quarter of its fair share",
        ),
        (
            count(3 * width, fair),
            "you ask for the whole fair share: a quarter of it is enough, or chance decides",
        ),
        (
            count(3 * width, 0.25),
            "you ask for a quarter of all points: a quarter of the *fair share*, 1 / (number of "
            "centres), is meant",
        ),
        (
            (away.min(axis=1) < 3 * width).mean(),
            "this is the quality, the share of points near any centre: count the centres",
        ),
        ((away.min(axis=1) < 3 * width).sum(), "you counted the points near any centre: count the centres"),
    ]
    otherwise = (
        "for each centre take the share of points nearer than 3 * width; count the centres whose "
        "share is at least 0.25 / len(centres)"
    )
    compare(value, _covered_modes(points, centres, width), mistakes, otherwise)
    half = number(attempt(points[::2], centres[:5], width))
    if half != _covered_modes(points[::2], centres[:5], width):
        raise Wrong("your count depends on fixed numbers: use len(points) and len(centres)")


# --------------------------------------------------------------------------- 1.3.2, gradient penalty


@exercise(answer="losses.gradient_penalty")
def gradient_penalty(attempt):
    """WGAN-GP's penalty on points (batch, 2), Gulrajani et al. 2017, equation 3."""
    from keras import ops

    rng = np.random.default_rng(6)
    real, fake = rng.normal(size=(2, 16, 2)).astype("float32")
    mix = rng.uniform(size=(16, 1)).astype("float32")
    scale = np.array([1.0, 2.0], "float32")

    def critic(x):  # its slope at x is scale * x
        return ops.sum(ops.multiply(ops.square(x), scale), axis=1, keepdims=True) / 2

    points = tensors(real, fake, mix)
    value = number(attempt(critic, *points), "take the mean over the batch")
    between = (mix * real + (1 - mix) * fake).astype("float64")

    def norms(x):
        return np.linalg.norm(x * scale, axis=1)

    norm = norms(between)
    everything = np.sqrt((norm**2).sum())
    mistakes = [
        (
            (norm**2).mean(),
            "this is the mean square of the slope (R1's kind of penalty): WGAN-GP wants the norm "
            "to be 1, so subtract 1 before you square",
        ),
        (
            (norm**2 / 2).mean(),
            "this is R1's penalty: WGAN-GP wants the norm to be 1, so subtract 1 and square",
        ),
        (
            ((norm**2 - 1) ** 2).mean(),
            "the square root is missing: the norm is the root of the sum of squares",
        ),
        ((norm - 1).mean(), "the difference from 1 is not squared: slopes below 1 would be paid for"),
        (
            (np.maximum(norm - 1, 0) ** 2).mean(),
            "only slopes above 1 are punished: that is another, one-sided penalty; square the "
            "difference whatever its sign",
        ),
        (((norms(real) - 1) ** 2).mean(), "you look at the real points only: mix real and fake"),
        (((norms(fake) - 1) ** 2).mean(), "you look at the fakes only: mix real and fake"),
        (
            ((norms((real + fake) / 2) - 1) ** 2).mean(),
            "you look half-way between the points only: use the random numbers in `mix`",
        ),
        (
            ((norms(real + (1 - mix) * fake) - 1) ** 2).mean(),
            "the real points are not weighted: mix * real + (1 - mix) * fake",
        ),
        (
            ((norms(mix * (real + fake)) - 1) ** 2).mean(),
            "both points have the weight `mix`: the weights must add to 1",
        ),
        (
            (everything - 1) ** 2,
            "you took one norm of the whole batch: sum the squares over axis 1, a norm a point",
        ),
        (
            ((np.abs(between * scale) - 1) ** 2).mean(),
            "you compare each component with 1: sum the squares over axis 1 first",
        ),
        (((norm - 1) ** 2).sum(), "you summed over the batch: take the mean"),
        (
            10 * ((norm - 1) ** 2).mean(),
            "the weight of 10 does not belong in here: the lesson multiplies outside",
        ),
    ]
    otherwise = "the value is not the mean of (norm of the slope at mix*real + (1-mix)*fake, minus 1)²"
    swapped = ((norms((1 - mix) * real + mix * fake) - 1) ** 2).mean()
    # With uniform numbers it does not matter which end is called 1.
    if not np.isclose(value, swapped, rtol=1e-3):
        compare(value, ((norm - 1) ** 2).mean(), mistakes, otherwise)

    def flat(x):
        return ops.sum(ops.multiply(x, 0.0), axis=1, keepdims=True)

    if not np.isfinite(_slope_of_penalty(attempt, points)):
        raise Wrong(
            "with a flat critic the *gradient* of your penalty is not finite, for the root's slope "
            "at 0 is infinite: add a small epsilon, such as 1e-12, inside the root"
        )
    if abs(float(array(attempt(flat, *points))) - 1) > 1e-3:
        raise Wrong("the penalty of a flat critic must be 1: its slope is 0 everywhere")


def _slope_of_penalty(attempt, points):
    """d penalty / d weight of a critic whose weight is 0."""
    from keras import ops

    from course_lib import training

    def penalty(weight):
        return attempt(lambda x: ops.sum(x * weight, axis=1, keepdims=True), *points)

    return float(np.sum(array(training.gradient(penalty, np.zeros((1, 2), "float32")))))


# -------------------------------------------------------------------------------- 1.3.3, hinge loss


@exercise(answer="losses.hinge_discriminator_loss")
def hinge_loss(attempt):
    """E max(0, 1 - f(x)) + E max(0, 1 + f(G(z))), Lim and Ye 2017."""
    rng = np.random.default_rng(7)
    real = rng.normal(0.6, 1.5, (9, 1)).astype("float32")
    fake = rng.normal(-0.9, 1.5, (9, 1)).astype("float32")
    result = attempt(*tensors(real, fake))
    value = number(result, "take the mean over the batch")
    refuse_numpy(result)

    def relu(x):
        return np.maximum(x, 0.0)

    right = relu(1 - real).mean() + relu(1 + fake).mean()
    mistakes = [
        (
            relu(1 + real).mean() + relu(1 - fake).mean(),
            "real and fake have changed sides: the score of a real point should be above 1",
        ),
        (
            (1 - real).mean() + (1 + fake).mean(),
            "nothing is cut off: points beyond the margin must cost 0, so use ops.relu",
        ),
        (
            relu(-real).mean() + relu(fake).mean(),
            "the margin is missing: a score is right from +1 or -1 on, not from 0",
        ),
        (
            relu(1 - real).mean() + relu(1 - fake).mean(),
            "the fakes have the sign of the real points: theirs should be below -1",
        ),
        (
            np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean(),
            "this is the cross-entropy: the hinge is max(0, 1 - score)",
        ),
        (
            relu(1 - real.mean()) + relu(1 + fake.mean()),
            "you took the mean before the hinge: cut each point's loss first",
        ),
        (
            relu((1 - real).mean() + (1 + fake).mean()),
            "you took the mean before the hinge: cut each point's loss first",
        ),
        (right / 2, "you averaged the two halves: add them"),
        (-right, "the sign is flipped: a loss is made small"),
        (right * len(real), "you summed over the batch: take the mean"),
        (relu(1 - real).mean(), "the fakes are missing"),
        (relu(1 + fake).mean(), "the real points are missing"),
        (
            relu(1 - real).mean() - relu(1 + fake).mean(),
            "you subtracted one half from the other: both are losses, so add them",
        ),
        (
            (relu(1 - real) ** 2).mean() + (relu(1 + fake) ** 2).mean(),
            "this is the squared hinge: no square is asked for",
        ),
    ]
    compare(value, right, mistakes, "the value is not mean max(0, 1 - real) + mean max(0, 1 + fake)")
