"""Exercises of the lesson 02_vae/3, likelihood and collapse."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.kinds import tried
from course_lib.check.latent import trained_vae


def _level_probabilities(pictures, mean, scale):
    upper = ops.sigmoid((pictures + 1 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 1 / 255 - mean) / scale)
    upper = ops.where(pictures > 0.999, 1.0, upper)
    lower = ops.where(pictures < -0.999, 0.0, lower)
    return upper - lower


def _bins(half=1 / 255, low=-0.999, high=0.999, cdf=lambda z: ops.sigmoid(z), stretch=lambda s: s):
    """The masses with bins of another width, other open ends, another distribution or scale."""

    def function(x, m, s):
        upper, lower = (cdf((x + side * half - m) / stretch(s)) for side in (1, -1))
        return ops.where(x > high, 1.0, upper) - ops.where(x < low, 0.0, lower)

    return function


def _exchanged(x, m, s):
    upper, lower = (ops.sigmoid((x + side / 255 - m) / s) for side in (1, -1))
    return ops.where(x < -0.999, 1.0, upper) - ops.where(x > 0.999, 0.0, lower)


def _by_place(x, m, s):
    upper, lower = (ops.convert_to_numpy(ops.sigmoid((x + side / 255 - m) / s)).copy() for side in (1, -1))
    upper[..., -1], lower[..., 0] = 1, 0
    return upper - lower


def _density(*given):
    x, m, s = map(ops.convert_to_tensor, given)
    return ops.sigmoid((x - m) / s) * ops.sigmoid((m - x) / s) / s


@drawn(
    answer=_level_probabilities,
    idea="the mass between two edges is the sigmoid at the upper edge less that at the lower, 1/255 to "
    "either side of the level; where an edge lies at infinity, its sigmoid is 1 above and 0 below",
    mistakes=[
        (_bins(low=-9, high=9),
         "the two outermost levels, -1 and 1, are bins like the others in yours, and what lies beyond is "
         "lost: they reach to infinity"),
        (_bins(low=-9), "the lowest level's bin reaches down to minus infinity"),
        (_bins(high=9), "the highest level's bin reaches up to infinity"),
        (_bins(low=0, high=9),
         "you look for the ends at 0 and 255: on this scale the lowest level is -1 and the highest is 1"),
        (_exchanged, "lowest and highest have changed places: the lowest level keeps its upper edge"),
        (_bins(half=2 / 255),
         "your bins are twice as wide as the distance of two levels: 1/255 to either side"),
        (_bins(half=0.5 / 255),
         "levels lie 2/255 apart on the scale from -1 to 1: a bin reaches 1/255 to either side"),
        (_density, "this is the density at the level: the mass of a bin is a difference of two sigmoids"),
        (lambda x, m, s: _density(x, m, s) * 2 / 255,
         "density times width is nearly the mass, but does not add up to 1: take the difference of two "
         "sigmoids"),
        (lambda x, m, s: ops.sigmoid((x + 1 / 255 - m) / s),
         "this is all mass up to the level: subtract what lies below its bin"),
        (lambda x, m, s: -_level_probabilities(x, m, s), "the sign is flipped: upper edge minus lower edge"),
        (lambda x, m, s: ops.log(ops.maximum(_level_probabilities(x, m, s), 1e-30)),
         "this is the logarithm: return the probability itself"),
        (lambda x, m, s: ops.maximum(_level_probabilities(x, m, s), 1e-5),
         "you cut small probabilities off, and the levels add up to more than 1: leave them as they are"),
        (_bins(stretch=lambda s: 1 / s), "divide by the scale, not multiply"),
        (_bins(stretch=lambda s: ops.exp(s)), "`scale` is the scale itself, not its logarithm"),
        (_bins(cdf=lambda z: (1 + ops.erf(z / np.sqrt(2))) / 2),
         "this is a Gaussian's: a logistic's mass up to y is sigmoid(y)"),
        (_by_place,
         "go by the pixel's value (is it -1, is it 1?), not by its place in the array: pictures do not hold "
         "the levels in order"),
    ],
    right=[
        lambda x, m, s: (
            ops.where(x == 1, 1.0, (1 + ops.tanh((x + 1 / 255 - m) / (2 * s))) / 2)
            - ops.where(x == -1, 0.0, (1 + ops.tanh((x - 1 / 255 - m) / (2 * s))) / 2)
        ),
    ],
)  # fmt: skip
def level_probabilities(rng):
    """The mass that a logistic distribution gives to each of 256 levels; the tails count too."""
    levels = np.linspace(-1, 1, 256, dtype="float32")
    middles, scales = np.array([-0.97, 0.2, 0.99]) + rng.uniform(-0.01, 0.01, 3), (0.04, 0.15, 0.02)
    rows = (np.repeat(np.float32(one)[:, None], 256, axis=1) for one in (middles, scales))
    yield np.tile(levels, (3, 1)), *rows
    some = rng.choice(levels, (4, 5, 2))
    some[0, 1], some[2, 3] = [1, -1], [1, -1]
    scale = rng.uniform(0.01, 0.2, some.shape).astype("float32")
    yield some, some + scale * rng.normal(size=some.shape).astype("float32"), scale
    yield levels, np.full(256, -1.05, "float32"), np.full(256, 0.01, "float32")
    yield levels[5:60:5], np.full(11, -0.9, "float32"), np.full(11, 0.1, "float32")  # neither black nor white


def _log_sum(w, axis=0):
    return ops.logsumexp(w, axis=axis)


def _around(w, axis):
    """The bound with the largest log-weight taken out, of each picture (axis 0) or of all (None)."""
    most = ops.max(w, axis=axis)
    return most + ops.log(ops.mean(ops.exp(w - most), axis=0))


@drawn(
    answer="losses.importance_weighted_bound",
    idea="the log of the mean of k weights is the log of their sum less log k, for each picture by itself; "
    "and it stays finite when the picture's largest log-weight is taken out before the exponential",
    mistakes=[
        (lambda w: ops.mean(w, axis=0),
         "this is the mean of the logs, which is the ELBO however many codes there are: take the log of the "
         "mean"),
        (_log_sum,
         "this is the log of the sum: a mean also divides by k, so subtract log k (or the bound grows with k "
         "for nothing)"),
        (lambda w: _log_sum(w) + np.log(w.shape[0]), "subtract log k: you added it"),
        (lambda w: _log_sum(w) / w.shape[0], "divide the sum by k before the log, not after"),
        (lambda w: _log_sum(w) - np.log(w.shape[1]),
         "you divided by the number of pictures: the mean is over the k codes"),
        (lambda w: ops.max(w, axis=0), "this is the best code alone: the mean takes all of them"),
        (lambda w: ops.mean(ops.exp(w), axis=0), "this is the mean weight: take its logarithm"),
        (lambda w: np.log(w.shape[0]) - _log_sum(w), "the sign is flipped: a bound of log p, not a loss"),
        (lambda w: ops.mean(_log_sum(w) - np.log(w.shape[0])),
         "one number is left, but each picture has a bound of its own: reduce axis 0 only"),
        (lambda w: _log_sum(w, 1) - np.log(w.shape[1]),
         "you reduced over the pictures, axis 1: the codes of a picture lie along axis 0"),
        (lambda w: w - np.log(w.shape[0]),
         "one number a code is left: the log of the *mean* weight of the k codes"),
        (lambda w: ops.log(ops.mean(ops.exp(w), axis=0)),
         "right for small numbers, but exp(-2000) is 0 in floating point, and its log is minus infinity: use "
         "ops.logsumexp, which subtracts the largest first"),
        (lambda w: _around(ops.convert_to_tensor(w), axis=None),
         "you subtracted one maximum for all pictures: beside the likeliest picture, the weights of others "
         "are 0 in floating point, and their log is minus infinity; each picture has a maximum of its own"),
    ],
    right=[
        lambda w: _around(ops.convert_to_tensor(w), axis=0),
        lambda w: ops.logsumexp(w - np.log(len(w)), axis=0),
        lambda w: np.logaddexp.reduce(w, axis=0) - np.log(len(w)),
    ],
)  # fmt: skip
def importance_weighted_bound(rng):
    """The log of the mean weight of k codes, for each picture; log-weights (k, batch)."""
    yield (rng.normal(-3, 1.5, (int(rng.integers(3, 6)), 7)),)
    yield (rng.normal(-2, 2, (6, int(rng.integers(2, 5)))).astype("float32"),)
    yield (rng.normal(-2, 2, (1, 5)),)
    yield (rng.permutation([-1000, -2100, -3200, -4300]) + rng.normal(0, 1.5, (5, 4)),)


def _mended():
    return {"sigma": 1, "warm_up": 0}


def _treated(setting):
    return trained_vae(setting["sigma"], warm_up=setting["warm_up"])


@tried(
    answer=_mended,
    measure=_treated,
    wanted=[
        (lambda found: found["active"] >= 4,
         "hardly a latent speaks: whatever a latent could say saves less than it costs at this sigma, and a "
         "price that rises late is the full price in the end"),
        (lambda found: found["active"] >= 15,
         "the loudest latents are back, the others still cost more than they save: go on with sigma"),
        (lambda found: found["distance"] <= 40,
         "the codes are heard, but they say so much that their clouds are tiny, and random codes fall "
         "between them: sigma is too small now"),
    ],
    idea="sigma says what an error costs: where it is large, saying anything does not pay, and where it is "
    "small, saying everything does; look between, and leave a nat its full price from the start",
    sigma=[0.01, 10], warm_up=[0, 1],
)  # fmt: skip
def mended():
    """The sigma and the warm-up that bring a collapsed code back without tearing holes into the prior."""


@drawn(
    answer="losses.free_bits",
    tensors=True, slopes=("kl_each",),
    idea="for each latent, the larger of `nats` and its mean over the batch; and these are added up",
    mistakes=[
        (lambda k, n: ops.sum(ops.mean(k, axis=0)),
         "nothing is free yet: a latent below `nats` counts as `nats`"),
        (lambda k, n: ops.mean(ops.sum(ops.maximum(k, n), axis=1)),
         "you took the maximum for every picture: average each latent over the batch first, then compare"),
        (lambda k, n: ops.sum(ops.minimum(ops.mean(k, axis=0), n)),
         "with the minimum, latents above `nats` get no gradient and those below do: the other way round"),
        (lambda k, n: ops.sum(ops.relu(ops.mean(k, axis=0) - n)),
         "this subtracts the free nats: the gradient is right, but the term is no longer the KL where it is "
         "above them; take the maximum of both"),
        (lambda k, n: ops.mean(ops.maximum(ops.mean(k, axis=0), n)),
         "you averaged over the latents: sum over them"),
        (lambda k, n: ops.sum(ops.maximum(ops.sum(k, axis=0), n)),
         "you summed over the batch: average over it"),
        (lambda k, n: ops.mean(ops.maximum(ops.sum(k, axis=1), n)),
         "you compared each picture's whole KL: every latent has free nats of its own"),
        (lambda k, n: ops.maximum(ops.mean(ops.sum(k, axis=1)), n),
         "you compared the sum of all latents: one loud latent would use up what is free for others"),
        (lambda k, n: ops.maximum(ops.mean(k, axis=0), n),
         "one number a latent is left: sum over the latents at the end"),
        (lambda k, n: ops.sum(ops.where(ops.mean(k, axis=0) > n, ops.mean(k, axis=0), 0.0)),
         "a latent below `nats` counts as 0 in yours: it counts as `nats`, or the loss jumps there"),
    ],
    right=[
        lambda k, n: sum(ops.maximum(ops.mean(k[:, i]), n) for i in range(k.shape[1])),
        lambda k, n: n * k.shape[1] + ops.sum(ops.relu(ops.mean(k, axis=0) - n)),
    ],
)  # fmt: skip
def free_bits(rng):
    """Σ over latents of max(nats, mean over the batch of the latent's KL) (Kingma et al. 2016)."""

    def around(middles, batch):  # a latent's KL in a batch is now above, now below its mean
        return np.outer(rng.permutation(np.linspace(0.2, 1.8, batch)), rng.permutation(middles))

    yield around([3.0, 1.0, 0.4, 0.1, 0.05], int(rng.integers(6, 9))), 0.5
    yield hinted("with nothing free (nats = 0) the term must be the KL itself", around([2, 1, 0.1], 5), 0.0)
    yield around([0.1, 0.2, 0.05, 0.02], 4), 0.5
