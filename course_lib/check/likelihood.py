"""Exercises of the lesson 02_vae/3, likelihood and collapse."""

import numpy as np
from scipy import special

from course_lib.check.framework import array, compare, exercise, number, same, shaped, tensors
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------- 2.3.1, a discretised logistic


def _level_probabilities(pictures, mean, scale):
    from keras import ops

    upper = ops.sigmoid((pictures + 1 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 1 / 255 - mean) / scale)
    upper = ops.where(pictures > 0.999, 1.0, upper)
    lower = ops.where(pictures < -0.999, 0.0, lower)
    return upper - lower


@exercise(answer=_level_probabilities)
def level_probabilities(attempt):
    """The mass that a logistic distribution gives to each of 256 levels; the tails count too."""
    levels = np.linspace(-1, 1, 256)
    x = np.tile(levels, (3, 1))
    mean = np.repeat([[-0.97], [0.21], [0.99]], 256, axis=1)
    scale = np.repeat([[0.04], [0.15], [0.02]], 256, axis=1)

    meant = "every pixel has a probability of its own"
    result = shaped(attempt(*tensors(x, mean, scale)), x.shape, meant)

    def mass(half, cdf=special.expit, low=0.0, high=1.0, stretch=scale):
        upper, lower = cdf((x + half - mean) / stretch), cdf((x - half - mean) / stretch)
        lower[:, 0] = lower[:, 0] if low is None else low
        upper[:, -1] = upper[:, -1] if high is None else high
        return upper - lower

    bin_ = 1 / 255
    right = mass(bin_)
    share = special.expit((x - mean) / scale)
    density = share * (1 - share) / scale
    exchanged = mass(bin_, low=None, high=None)
    exchanged[:, 0] = 1 - special.expit((x[:, 0] - bin_ - mean[:, 0]) / scale[:, 0])
    exchanged[:, -1] = special.expit((x[:, -1] + bin_ - mean[:, -1]) / scale[:, -1])
    mistakes = [
        (
            mass(bin_, low=None, high=None),
            "the two outermost levels are bins like the others in yours, and what lies beyond is "
            "lost: they reach to infinity",
        ),
        (mass(bin_, low=None), "the lowest level's bin reaches down to minus infinity"),
        (mass(bin_, high=None), "the highest level's bin reaches up to infinity"),
        (exchanged, "lowest and highest have changed places: the lowest level keeps its upper edge"),
        (
            mass(2 * bin_),
            "your bins are twice as wide as the distance of two levels: 1/255 to either side",
        ),
        (
            mass(bin_ / 2),
            "levels lie 2/255 apart on the scale from -1 to 1: a bin reaches 1/255 to either side",
        ),
        (density, "this is the density at the level: the mass of a bin is a difference of two sigmoids"),
        (
            density * 2 * bin_,
            "density times width is nearly the mass, but does not add up to 1: take the difference "
            "of two sigmoids",
        ),
        (special.expit((x + bin_ - mean) / scale), "this is all mass up to the level: subtract what "
         "lies below its bin"),
        (-right, "the sign is flipped: upper edge minus lower edge"),
        (np.log(np.maximum(right, 1e-30)), "this is the logarithm: return the probability itself"),
        (mass(bin_, stretch=1 / scale), "divide by the scale, not multiply"),
        (mass(bin_, cdf=special.ndtr), "this is a Gaussian's: a logistic's mass up to y is sigmoid(y)"),
        (mass(bin_, stretch=np.exp(scale)), "`scale` is the scale itself, not its logarithm"),
    ]  # fmt: skip
    otherwise = (
        "for inner levels it is sigmoid((x + 1/255 - mean) / scale) - sigmoid((x - 1/255 - mean) / "
        "scale); the lowest has no lower edge, the highest no upper one"
    )
    compare(result, right, mistakes, otherwise)
    few = array(attempt(*tensors(x[1:2, 5:9], mean[1:2, 5:9], scale[1:2, 5:9])))
    if not same(few, right[1:2, 5:9]):
        raise Wrong(
            "right for all 256 levels in order, wrong for a few of them: go by the pixel's value "
            "(is it -1, is it 1?), not by its place in the array"
        )


# ----------------------------------------------------------------- 2.3.2, importance-weighted bound


@exercise(answer="losses.importance_weighted_bound")
def importance_weighted_bound(attempt):
    """The log of the mean weight of k codes, for each picture; log-weights (k, batch)."""
    weights = np.random.default_rng(3).normal(-3, 1.5, (4, 6))
    k, batch = weights.shape
    right = special.logsumexp(weights, axis=0) - np.log(k)
    hints = {
        (): "one number is left, but each picture has a bound of its own: reduce axis 0 only",
        (k,): "you reduced over the pictures, axis 1: the codes of a picture lie along axis 0",
        (k, batch): "one number a code is left: the log of the *mean* weight of the k codes",
    }
    result = shaped(attempt(*tensors(weights)), right.shape, "one number a picture", hints)
    mistakes = [
        (
            weights.mean(axis=0),
            "this is the mean of the logs, which is the ELBO however many codes there are: take the "
            "log of the mean",
        ),
        (
            special.logsumexp(weights, axis=0),
            "this is the log of the sum: a mean also divides by k, so subtract log k (or the bound "
            "grows with k for nothing)",
        ),
        (special.logsumexp(weights, axis=0) + np.log(k), "subtract log k: you added it"),
        (special.logsumexp(weights, axis=0) / k, "divide the sum by k before the log, not after"),
        (
            special.logsumexp(weights, axis=0) - np.log(batch),
            "you divided by the number of pictures: the mean is over the k codes",
        ),
        (weights.max(axis=0), "this is the best code alone: the mean takes all of them"),
        (np.exp(weights).mean(axis=0), "this is the mean weight: take its logarithm"),
        (-right, "the sign is flipped: a bound of log p, not a loss"),
    ]
    compare(result, right, mistakes, "the value is not log((1/k) Σ exp(log_weights)) over axis 0")
    far = array(attempt(*tensors(weights - 2000)))
    if not np.isfinite(far).all():
        raise Wrong(
            "right for small numbers, but exp(-2000) is 0 in float32, and its log is minus infinity: "
            "use ops.logsumexp, which subtracts the largest first"
        )
    if not np.allclose(far, right - 2000, atol=0.01):
        raise Wrong("log-weights that are all 2000 lower must give a bound that is 2000 lower")


# ------------------------------------------------------------------------------ 2.3.3, active units


def _active_units(means):
    return int((np.var(means, axis=0) > 0.01).sum())


@exercise(answer=_active_units)
def active_units(attempt):
    """Latents whose mean varies over pictures with a variance above 0.01 (Burda et al. 2016)."""
    rng = np.random.default_rng(4)
    # spreads of the latents' means, and where they lie; 0.05 is a variance of 0.0025
    spreads = np.array([1.0, 0.9, 0.6, 0.4, 0.15, 0.05, 0.04, 0.03, 0.02, 0.001, 0.002, 0.003])
    centres = np.array([0.0, 0.1, 0, 0, 0, 0, 0, 0, 0, 0.5, -0.7, 0.3])
    draws = rng.standard_normal((40, 12))
    means = centres + spreads * (draws - draws.mean(axis=0)) / draws.std(axis=0)
    hints = {(12,): "one value a latent is left: count those that are active, one number"}
    value = number(attempt(means.astype("float32")), hints=hints)
    variance = means.var(axis=0)
    right = int((variance > 0.01).sum())
    mistakes = [
        ((means.std(axis=0) > 0.01).sum(), "the threshold is for the variance: you took its root"),
        (
            ((means**2).mean(axis=0) > 0.01).sum(),
            "a mean that is the same for all pictures says nothing about them, however far from 0 it "
            "is: take the variance, not the mean square",
        ),
        (
            (np.abs(means.mean(axis=0)) > 0.01).sum(),
            "you look at where the means lie: what counts is how much they differ between pictures",
        ),
        (
            (means.var(axis=1) > 0.01).sum(),
            "you counted pictures: the variance is over the pictures, axis 0, one for each latent",
        ),
        ((variance <= 0.01).sum(), "you counted the silent ones"),
        (right / 12, "this is the share of active latents: return how many"),
        (variance.sum(), "this is the sum of the variances: count those above 0.01"),
        (12, "you counted all latents"),
    ]
    compare(value, right, mistakes, "count the columns whose variance over axis 0 is above 0.01")
    if number(attempt((means[:, 3:5] / 3).astype("float32"))) != 1:
        raise Wrong("right for 12 latents, wrong for two: take sizes from the argument")


# --------------------------------------------------------------------------------- 2.3.4, free bits


@exercise(answer="losses.free_bits")
def free_bits(attempt):
    """Σ over latents of max(nats, mean over the batch of the latent's KL) (Kingma et al. 2016)."""
    kl_each = np.random.default_rng(5).gamma(1.0, [2.0, 1.0, 0.4, 0.1, 0.05], (6, 5))
    nats = 0.5
    batch, latents = kl_each.shape
    hints = {
        (batch,): "one number a picture is left: average over the batch (axis 0) first",
        (latents,): "one number a latent is left: sum over the latents at the end",
    }
    value = number(attempt(*tensors(kl_each), nats), hints=hints)
    each = kl_each.mean(axis=0)
    silent = number(attempt(*tensors(kl_each / 100), nats))
    if same(silent, nats) and same(value, each.sum()):
        raise Wrong(
            "you compared the sum of all latents: one loud latent would use up what is free for the "
            "silent ones"
        )
    mistakes = [
        (each.sum(), "nothing is free yet: a latent below `nats` counts as `nats`"),
        (
            np.maximum(kl_each, nats).sum(axis=1).mean(),
            "you took the maximum for every picture: average each latent over the batch first, then compare",
        ),
        (
            np.minimum(each, nats).sum(),
            "with the minimum, latents above `nats` get no gradient and those below do: the other way round",
        ),
        (
            np.maximum(each - nats, 0).sum(),
            "this subtracts the free nats: the gradient is right, but the term is no longer the KL "
            "where it is above them; take the maximum of both",
        ),
        (np.maximum(each, nats).mean(), "you averaged over the latents: sum over them"),
        (np.maximum(kl_each.sum(axis=0), nats).sum(), "you summed over the batch: average over it"),
        (
            np.maximum(kl_each.sum(axis=1), nats).mean(),
            "you compared each picture's whole KL: every latent has free nats of its own",
        ),
    ]
    compare(value, np.maximum(each, nats).sum(), mistakes, "the value is not Σ max(nats, mean KL)")
    other = number(attempt(*tensors(kl_each[:, :3]), 0.0))
    if not same(other, each[:3].sum()):
        raise Wrong("with nothing free (nats = 0) the term must be the KL itself")
