"""Exercises of the lesson 01_gan/3, failures on purpose."""

import functools

import numpy as np

from course_lib.check.drawn import drawn, ops
from course_lib.check.framework import refuse_numpy

# ----------------------------------------------------------------------------------- covered modes


def _distances(points, centres, order=None):
    return np.linalg.norm(points[:, None] - centres, order, axis=2)


def _covered_modes(points, centres, width):
    shares = (_distances(points, centres) < 3 * width).mean(axis=0)
    return int((shares >= 0.25 / len(centres)).sum())


def _counted(reach=3.0, order=None, least=lambda k: 0.25 / k, covered=np.greater_equal):
    """The count by another distance, or with another share that covers a mode."""

    def function(points, centres, width):
        shares = (_distances(points, centres, order) < reach * width).mean(axis=0)
        return covered(shares, least(len(centres))).sum()

    return function


def _by_nearest(points, centres, width):
    nearest = _distances(points, centres).argmin(axis=1)
    return (np.bincount(nearest, minlength=len(centres)) >= 0.25 * len(points) / len(centres)).sum()


def _by_squares(points, centres, width):
    return ((_distances(points, centres) ** 2 < 3 * width).mean(axis=0) >= 0.25 / len(centres)).sum()


@drawn(
    answer=_covered_modes,
    gives="int",
    idea="for each centre the share of the points that are nearer than 3 widths, (k,); a mode counts where "
    "that is a quarter of 1/k or more",
    mistakes=[
        (_by_nearest, "a point belongs to its nearest centre in your count, however far away that is: ask "
         "for a distance below 3 widths"),
        (_counted(1), "you ask for one width: a real point may be up to three away"),
        (_counted(least=lambda k: 0, covered=np.greater), "one point is enough in your count: a mode needs a "
         "quarter of its fair share"),
        (_counted(least=lambda k: 1 / k), "you ask for the whole fair share: a quarter of it is enough, or "
         "chance decides"),
        (_counted(least=lambda k: 0.25), "you ask for a quarter of all points: a quarter of the *fair "
         "share*, 1 / (number of centres), is meant"),
        (_counted(covered=np.greater), 'exactly a quarter of the fair share covers a mode, too: "at least" '
         'is >='),
        (_counted(least=lambda k: 0.25 / 8), "eight modes are typed in: take as many as there are rows in "
         "`centres`"),
        (_by_squares, "these are squares of distances: take the root, or compare with (3 * width) ** 2"),
        (_counted(order=np.inf), "3 widths in each coordinate make a square: a distance is the root of the "
         "sum of squares"),
        (_counted(order=1), "you added the coordinates' differences: a distance is the root of the sum of "
         "their squares"),
        (lambda p, c, w: (_distances(p, c).min(axis=1) < 3 * w).mean(), "this is the quality, the share of "
         "points near any centre: count the centres"),
        (lambda p, c, w: (_distances(p, c).min(axis=1) < 3 * w).sum(), "you counted the points near any "
         "centre: count the centres"),
        (lambda p, c, w: (_distances(p, c) < 3 * w).mean(axis=0), "you return one value a centre: count "
         "those that are covered, one number"),
    ],
    right=[
        lambda p, c, w: sum(sum(np.hypot(*(p - one).T) <= 3 * w) >= len(p) / (4 * len(c)) for one in c),
        lambda p, c, w: float(_covered_modes(p, c, w)),
    ],
)  # fmt: skip
def covered_modes(rng):
    """Modes with at least a quarter of their fair share of the points within three widths."""
    # (how many, how many widths away, on a diagonal?); the fair share is 40. On a diagonal a point at 2.6 is
    # beyond 3 where differences are added, one at 3.5 within 3 by the larger difference.
    many, stray = (0.5, False), (7.0, False)
    eight = [(165, *many)], [(45, *many)], [(12, 2.6, True)], [(11, 2.6, True)], [(12, 3.5, True)]
    eight += [(12, 3.5, False)], [(10, *many)], [(1, *many), (52, *stray)]
    five = [(60, *many)], [(45, *many)], [(12, 2.85, False)], [(12, 3.5, False)], [(8, *many), (63, *stray)]
    for content in (eight, five):
        yield _clouds(rng, rng.uniform(0.1, 0.2), content)
    yield _clouds(rng, 2.0, ([(20, 4.0, True)], [(20, *stray)]))  # no mode is covered


def _clouds(rng, width, content):
    """Points and centres, (how many, how many widths away, on a diagonal?) for each centre, and the width."""
    centres = 40 * width * np.stack(np.divmod(rng.permutation(25)[: len(content)], 5), axis=1)
    points = []
    for centre, parts in zip(centres, content, strict=True):
        for count, away, diagonal in parts:
            turn = np.pi / 2 * (rng.integers(4, size=count) + diagonal / 2) + rng.uniform(-0.02, 0.02, count)
            ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(0.99, 1.01, (count, 1))
            points.append(centre + width * away * ring)
    return rng.permutation(np.concatenate(points)), centres, width


# -------------------------------------------------------------------------------- gradient penalty


def _slope(critic, x):
    from course_lib import training

    return training.gradient(critic, x)


def _between(real, fake, mix):
    return mix * real + (1 - mix) * fake


def _one_for_each(slope, epsilon=1e-12, axis=1):
    return ops.sqrt(ops.sum(ops.square(slope), axis=axis) + epsilon)


def _squared_off(norm):
    return ops.mean(ops.square(norm - 1))


def _penalty(off=_squared_off, where=_between, norm=_one_for_each):
    """The penalty with another mean of the norms, at other places, or of another norm."""
    return lambda critic, real, fake, mix: off(norm(_slope(critic, where(real, fake, mix))))


def _bowl(weight, x):
    """A critic whose slope at x is weight * x."""
    return ops.sum(ops.multiply(ops.square(x), weight), axis=1, keepdims=True) / 2


def _by_weight(penalty, critic, real, fake, mix):
    """The penalty's gradient by the critic's weight, which the lesson descends."""

    def loss(weight):
        value = penalty(lambda x: _bowl(weight, x), real, fake, mix)
        refuse_numpy(value)
        return value + 0.0 * ops.sum(weight)  # PyTorch has no slope by what plays no part; this makes it 0

    return _slope(loss, critic.args[0])


@drawn(
    answer="losses.gradient_penalty",
    tensors=True, compiled=True, observe={"its gradient by the critic's weights": _by_weight},
    idea="the slope at each point between, its length (a root of a sum over axis 1), the square of its "
    "difference from 1, and the mean of those",
    mistakes=[
        (_penalty(lambda n: ops.mean(ops.square(n))), "this is the mean square of the slope (R1's kind of "
         "penalty): WGAN-GP wants the norm to be 1, so subtract 1 before you square"),
        (_penalty(lambda n: ops.mean(ops.square(n)) / 2), "this is R1's penalty: WGAN-GP wants the norm to "
         "be 1, so subtract 1 and square"),
        (_penalty(lambda n: _squared_off(ops.square(n))), "the square root is missing: the norm is the root "
         "of the sum of squares"),
        (_penalty(lambda n: ops.mean(n - 1)), "the difference from 1 is not squared: slopes below 1 would be "
         "paid for"),
        (_penalty(lambda n: ops.mean(ops.abs(n - 1))), "you took the size of the difference from 1: square "
         "it"),
        (_penalty(lambda n: ops.mean(ops.square(ops.relu(n - 1)))), "only slopes above 1 are punished: that "
         "is another, one-sided penalty; square the difference whatever its sign"),
        (_penalty(where=lambda r, f, m: r), "you look at the real points only: mix real and fake"),
        (_penalty(where=lambda r, f, m: f), "you look at the fakes only: mix real and fake"),
        (_penalty(where=lambda r, f, m: (r + f) / 2), "you look half-way between the points only: use the "
         "random numbers in `mix`"),
        (_penalty(where=lambda r, f, m: r + (1 - m) * f), "the real points are not weighted: mix * real + (1 "
         "- mix) * fake"),
        (_penalty(where=lambda r, f, m: m * (r + f)), "both points have the weight `mix`: the weights must "
         "add to 1"),
        (_penalty(where=lambda r, f, m: _between(f, r, m)), "real and fake have changed ends: `mix` is the "
         "weight of the real point (uniform numbers make both the same on average, but not here)"),
        (_penalty(norm=lambda s: _one_for_each(s, axis=None)), "you took one norm of the whole batch: sum "
         "the squares over axis 1, a norm a point"),
        (_penalty(norm=lambda s: _one_for_each(s, axis=0)), "you summed over the points, axis 0: a point's "
         "norm is a sum over its coordinates, axis 1"),
        (_penalty(norm=lambda s: ops.abs(s)), "you compare each component with 1: sum the squares over axis "
         "1 first"),
        (_penalty(lambda n: ops.sum(ops.square(n - 1))), "you summed over the batch: take the mean"),
        (_penalty(lambda n: ops.square(n - 1)), "you return one value a point: take the mean over the batch"),
        (_penalty(lambda n: 10 * _squared_off(n)), "the weight of 10 does not belong in here: the lesson "
         "multiplies outside"),
        (_penalty(norm=lambda s: _one_for_each(s, epsilon=0.0)), "with a flat critic the *gradient* of your "
         "penalty is not finite, for the root's slope at 0 is infinite: add a small epsilon, such as 1e-12, "
         "inside the root"),
        (_penalty(norm=lambda s: _one_for_each(ops.stop_gradient(s))), "nothing comes back to the critic's "
         "weights, so that your penalty trains nothing: do not detach the slope"),
        (lambda D, r, f, m: np.mean((np.linalg.norm(_slope(D, _between(r, f, m)), axis=1) - 1) ** 2),
         "computed by NumPy, so that the penalty has no gradient and trains nothing: use keras.ops"),
    ],
    right=[
        _penalty(norm=lambda slope: _one_for_each(slope, epsilon=1e-8)),
        _penalty(where=lambda real, fake, mix: fake + mix * (real - fake)),
    ],
)  # fmt: skip
def gradient_penalty(rng):
    """WGAN-GP's penalty on points (batch, 2), Gulrajani et al. 2017, equation 3."""
    for batch, most in ((int(rng.integers(10, 17)), 2.0), (3, 0.5)):
        real, fake = rng.normal(size=(2, batch, 2)) + [[[0.5]], [[-0.3]]]
        weight = rng.uniform(0.3, 1, 2) * most * [1, -1]
        yield _critic(weight), real, fake, rng.uniform(size=(batch, 1))
    yield _critic(np.zeros(2)), real, fake, rng.uniform(size=(batch, 1))  # flat: its slope is 0 everywhere


def _critic(weight):
    return functools.partial(_bowl, weight.astype("float32"))


# -------------------------------------------------------------------------------------- hinge loss


def _hinge(score):
    return ops.mean(ops.relu(1 - score))


BEFORE = "you took the mean before the hinge: cut each point's loss first"


@drawn(
    answer="losses.hinge_discriminator_loss",
    tensors=True, slopes=("real_scores", "fake_scores"), compiled=True,
    idea="a real point costs what its score lacks to 1, a fake what its score lacks to -1 from above, and "
    "nothing beyond: ops.relu; the mean of each, added",
    mistakes=[
        (lambda r, f: _hinge(-r) + _hinge(f), "real and fake have changed sides: the score of a real point "
         "should be above 1"),
        (lambda r, f: ops.mean(1 - r) + ops.mean(1 + f), "nothing is cut off: points beyond the margin must "
         "cost 0, so use ops.relu"),
        (lambda r, f: ops.mean(ops.relu(-r)) + ops.mean(ops.relu(f)), "the margin is missing: a score is "
         "right from +1 or -1 on, not from 0"),
        (lambda r, f: _hinge(r) + _hinge(f), "the fakes have the sign of the real points: theirs should be "
         "below -1"),
        (lambda r, f: _hinge(-r) + _hinge(-f), "the real points have the sign of the fakes: theirs should be "
         "above 1"),
        (lambda r, f: ops.mean(ops.softplus(-r)) + ops.mean(ops.softplus(f)), "this is the cross-entropy: "
         "the hinge is max(0, 1 - score)"),
        (lambda r, f: _hinge(ops.mean(r)) + _hinge(-ops.mean(f)), BEFORE),
        (lambda r, f: ops.relu(ops.mean(1 - r) + ops.mean(1 + f)), BEFORE + ", and for real and fake apart"),
        (lambda r, f: (_hinge(r) + _hinge(-f)) / 2, "you averaged the two halves: add them"),
        (lambda r, f: -_hinge(r) - _hinge(-f), "the sign is flipped: a loss is made small"),
        (lambda r, f: ops.sum(ops.relu(1 - r)) + ops.sum(ops.relu(1 + f)), "you summed over the batch: take "
         "the mean"),
        (lambda r, f: _hinge(r), "the fakes are missing"),
        (lambda r, f: _hinge(-f), "the real points are missing"),
        (lambda r, f: _hinge(r) - _hinge(-f), "you subtracted one half from the other: both are losses, so "
         "add them"),
        (lambda r, f: ops.mean(ops.square(ops.relu(1 - r))) + ops.mean(ops.square(ops.relu(1 + f))),
         "this is the squared hinge: no square is asked for"),
        (lambda r, f: ops.relu(1 - r) + ops.relu(1 + f), "one value a point is no loss: take the mean over "
         "the batch"),
    ],
    right=[
        lambda real, fake: ops.mean(ops.relu(1 - real) + ops.relu(1 + fake)),
        lambda real, fake: ops.mean(ops.maximum(1 - real, 0)) + ops.mean(ops.maximum(0, 1 + fake)),
        lambda real, fake: 2 - ops.mean(ops.minimum(real, 1)) + ops.mean(ops.maximum(fake, -1)),
    ],
)  # fmt: skip
def hinge_loss(rng):
    """E max(0, 1 - f(x)) + E max(0, 1 + f(G(z))), Lim and Ye 2017."""
    for real, fake in ((0.6, -0.9), (-2.0, 2.0)):
        size = int(rng.integers(5, 12)), 1
        yield rng.normal(real, 1.5, size), rng.normal(fake, 1.5, size)
    for real, fake in ((30.0, -30.0), (-30.0, 30.0), (30.0, 30.0)):  # the first is beyond the margin: 0
        yield np.full((4, 1), real), np.full((4, 1), fake)
