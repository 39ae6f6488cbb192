"""Exercises of the lesson 01_gan/3, failures on purpose."""

import functools

import numpy as np

from course_lib.check.drawn import drawn, ops
from course_lib.check.framework import refuse_numpy
from course_lib.check.kinds import named, tried

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


# ------------------------------------------------------------------------------------ hold the ring


def _hold_the_ring():
    return {"d_rate": 1e-2, "g_rate": 5e-3, "r1": 0.1}


def _game(seed, d_rate, g_rate, r1=0.0, kind=None, per_call=50):
    """The ring GAN of the lesson, ready to train."""
    from keras.optimizers import SGD, Adam

    from course_lib import losses, runtime
    from course_lib.models import ring

    def d_loss(D, real, fake, mix):
        loss = losses.discriminator_loss(D(real), D(fake))
        return loss + r1 * losses.r1_penalty(D, real) if r1 else loss

    def g_loss(D, real, fake):
        return losses.generator_loss(D(fake))

    runtime.seed(seed)
    model = (kind or ring.RingGAN)(ring.generator(), ring.discriminator(), d_loss, g_loss, seed=seed)
    rates = (Adam(rate, beta_1=0.5, beta_2=0.99) if rate else SGD(0.0) for rate in (g_rate, d_rate))
    model.compile(*rates, steps_per_execution=per_call)
    return model


def _ring_batches(seed):
    from course_lib import data
    from course_lib.models import ring

    return data.Batches(ring.points(20_000, seed=1), batch_size=128, seed=seed)


def _held(setting):
    """The modes and the quality after 1,000 steps: the worse of two seeds."""
    from course_lib.models import ring

    found = []
    for seed in (1, 2):
        model = _game(seed, **setting)
        model.fit(_ring_batches(seed), steps_per_epoch=1000, verbose=0)
        points = model.draw(2000, average=True)  # the last weights still swing, from run to run
        found.append((_covered_modes(points, ring.CENTRES, ring.WIDTH), ring.quality(points)))
    modes, quality = np.min(np.nan_to_num(found), axis=0)
    return {"modes": modes, "quality": quality}


@tried(
    answer=_hold_the_ring,
    d_rate=[1e-5, 1e-1], g_rate=[1e-5, 1e-1], r1=[0, 100],
    measure=_held,
    wanted=[
        (lambda found: found["modes"] == 8, "modes are missing: what holds D, and how far may it lead?"),
        (
            lambda found: found["quality"] >= 0.55,
            "all modes are found, and too few points lie at them: is D held too hard, or are the steps too "
            "short to arrive, or too long to settle?",
        ),
    ],
    idea="change one number at a time by factors of two to ten, and read which of the two measurements moves",
)  # fmt: skip
def hold_the_ring():
    """Two rates and a weight of R1 with which 1,000 steps find all modes and stay at them."""


# ------------------------------------------------------------------------------------- five patients


def _five_patients():
    return {
        "A": "G stands still", "B": "nothing", "C": "R1 too strong", "D": "no noise", "E": "D stands still",
    }  # fmt: skip


def patients():
    """Five short games on the ring: {letter: (points, D's losses, G's losses)}.

    What ails them stands in the exercise's answer, and in the settings below.
    """
    from course_lib import runtime
    from course_lib.models import ring

    class Silent(ring.RingGAN):
        """Its latents are zeros."""

        def noise(self, shape):
            return ops.zeros(shape)

        def draw(self, number, seed=0, average=False):
            return np.repeat(ops.convert_to_numpy(self(ops.zeros((1, ring.LATENTS)))), number, axis=0)

    settings = {
        "A": {"d_rate": 4e-3, "g_rate": 0.0, "r1": 0.0},
        "B": {"d_rate": 1e-2, "g_rate": 5e-3, "r1": 0.1},
        "C": {"d_rate": 4e-3, "g_rate": 1e-3, "r1": 100.0},
        "D": {"d_rate": 4e-3, "g_rate": 1e-3, "r1": 0.1, "kind": Silent},
        "E": {"d_rate": 0.0, "g_rate": 1e-3, "r1": 0.0},
    }
    steps = runtime.pick(smoke=1, quick=40, full=40)
    found = {}
    for letter, setting in settings.items():
        model = _game(3, per_call=steps, **setting)
        log = model.fit(_ring_batches(3), epochs=20, steps_per_epoch=steps, verbose=0).history
        found[letter] = model.draw(500, average=True), log["d_loss"], log["g_loss"]
    return found


FAULTS = (
    "nothing", "no noise", "G stands still", "D stands still", "R1 too strong", "signs reversed",
    "modes dropped",
)  # fmt: skip


@named(
    answer=_five_patients,
    names=FAULTS,
    told={
        (
            "G stands still",
            "no noise",
        ): "its points differ from each other, so there is noise: have they moved?",
        (
            "G stands still",
            "D stands still",
        ): "D's loss falls, so D learns: it is the other one that does not",
        (
            "G stands still",
            "R1 too strong",
        ): "D's loss falls far below 1.386: a D held too hard stays near it",
        ("G stands still", "nothing"): "its points lie where the untrained ones do",
        ("D stands still", "G stands still"): "its points have left the middle, so G moves",
        (
            "D stands still",
            "nothing",
        ): "its points are nowhere near the ring, and G's loss says that all is well",
        (
            "D stands still",
            "R1 too strong",
        ): "G's loss falls towards 0, and no D that learns lets that happen",
        ("D stands still", "signs reversed"): "a reversed loss of D runs below zero without end: this one is "
        "positive",
        (
            "R1 too strong",
            "D stands still",
        ): "both losses stay where a D that cannot tell has them, and a D that stands still lets G's fall",
        ("R1 too strong", "G stands still"): "if G stood still, D would find it out and its loss would fall",
        ("R1 too strong", "nothing"): "its points stand at no centre: D tells G hardly anything",
        ("no noise", "nothing"): "look at how many places its points take",
        ("no noise", "modes dropped"): "a dropped mode is a cloud as wide as a real one: this is a point",
        ("no noise", "G stands still"): "untrained, the points are a cloud: these are one",
        ("nothing", "R1 too strong"): "all eight centres have points, so D has told G a good deal",
    },
    idea="ask of each: do the points differ, have they moved, and is there a D that answers?",
)
def five_patients():
    """What ails each of five games, by its points and its two losses."""
