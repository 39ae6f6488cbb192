"""Exercises of the lesson 02_vae/1, variational autoencoders."""

import numpy as np

from course_lib.check.drawn import drawn, ops

BATCH_SUM = "you summed over the batch: take the mean over the pictures"
EACH = "one number a picture is left: take the mean over the batch"
BY_NUMPY = (
    "the value is right, but no gradient passes the exponential: np.exp is NumPy's, use ops.exp (and no "
    "stop_gradient)"
)


def _codes(rng, low, high, batch, latents):
    """Means of either sign and log-variances in a range, `(batch, latents)`."""
    return rng.normal(0.4, 1.0, (batch, latents)), rng.uniform(low, high, (batch, latents))


def _divergence(m, s):
    return (m**2 + ops.exp(s) - s - 1) / 2


def _kl(each):
    """Half the sum over the latents of twice a latent's divergence, the mean over the batch."""
    return lambda m, s: ops.mean(ops.sum(each(m, s), axis=-1)) / 2


@drawn(
    answer="losses.gaussian_kl",
    tensors=True, slopes=("mean", "log_var"), compiled=True,
    idea="of one latent it is ½ (mean² + exp(log_var) - log_var - 1), which is 0 at mean 0 and log_var 0",
    mistakes=[
        (_kl(lambda m, s: 2 * (m**2 + ops.exp(s) - s - 1)), "the factor 1/2 is missing"),
        (_kl(lambda m, s: 1 + s - m**2 - ops.exp(s)),
         "the sign is flipped: a KL divergence is never below 0"),
        (_kl(lambda m, s: 2 * (1 + s - m**2 - ops.exp(s))),
         "the sign is flipped and the factor 1/2 is missing, as in one of the articles: training would make "
         "the divergence large"),
        (_kl(lambda m, s: m**2 + ops.exp(s) + s - 1),
         "the sign of log_var is flipped: the formula has - log v, and log v is log_var, whatever its sign"),
        (lambda m, s: ops.mean(_divergence(m, s)),
         "you averaged over the latents: the KL divergence of a vector is a sum over its coordinates"),
        (lambda m, s: ops.sum(_divergence(m, s)), BATCH_SUM),
        (lambda m, s: ops.mean(ops.sum(_divergence(m, s), axis=0)),
         "the axes have changed places: sum over the latents (axis=-1), mean over the batch"),
        (lambda m, s: ops.sum(_divergence(m, s), axis=-1), EACH),
        (lambda m, s: ops.mean(_divergence(m, s), axis=0),
         "you averaged over the batch and kept the latents: sum over them first, axis=-1"),
        (_divergence,
         "one number a latent is left: sum over the latents, axis=-1, then take the mean over the batch"),
        (_kl(lambda m, s: m**2 + s - ops.log(s) - 1),
         "log_var was taken for the variance: exp(log_var) is the variance"),
        (_kl(lambda m, s: m**2 + ops.exp(s / 2) - s - 1),
         "exp(log_var / 2) is the standard deviation: the formula wants the variance, exp(log_var)"),
        (_kl(lambda m, s: m**2 + ops.exp(2 * s) - 2 * s - 1),
         "log_var was taken for the logarithm of the standard deviation: it is that of the variance"),
        (_kl(lambda m, s: m**2 + ops.exp(s) - s), "the -1 is missing: test it at mean 0, log_var 0"),
        (_kl(lambda m, s: m**2 + ops.exp(s) - 1), "the logarithm of the variance is missing"),
        (_kl(lambda m, s: ops.exp(s) - s - 1), "the mean is missing: a code far from 0 must cost something"),
        (_kl(lambda m, s: m + ops.exp(s) - s - 1), "the mean must be squared"),
        (_kl(lambda m, s: ops.abs(m) + ops.exp(s) - s - 1), "the mean must be squared, not made positive"),
        (_kl(lambda m, s: (1 + m**2) / ops.exp(s) + s - 1),
         "the two distributions have changed places: this is KL(N(0, I) || q)"),
        (_kl(lambda m, s: m**2 + ops.stop_gradient(ops.exp(s)) - s - 1), BY_NUMPY),
    ],
    right=[
        lambda m, s: -0.5 * ops.mean(ops.sum(1 + s - ops.square(m) - ops.exp(s), axis=1)),
        lambda m, s: ops.sum(ops.square(m) + ops.exp(s) - s - 1.0) / (2 * m.shape[0]),
        lambda m, s: ops.mean(ops.sum((m**2 + ops.expm1(s) - s) / 2, axis=-1)),
    ],
)  # fmt: skip
def gaussian_kl(rng):
    """KL of N(mean, exp(log_var)) from N(0, I): summed over the latents, mean over the batch."""
    yield _codes(rng, 0.3, 1.5, int(rng.integers(5, 9)), 4)
    yield _codes(rng, -3.0, -0.3, 3, int(rng.integers(5, 9)))
    yield _codes(rng, -1.0, 1.0, 1, 5)
    yield np.zeros((2, 3)), rng.uniform(-9.0, 7.0, (2, 3))


def _own_noise(got, wanted, mean, log_var, noise):
    """Noise of about the right size that has nothing to do with the one that was handed in."""
    if got.shape != wanted.shape:
        return None
    drawn_noise = (got - mean) / np.exp(log_var / 2)
    alike = np.corrcoef(drawn_noise.ravel(), noise.ravel())[0, 1]
    if 0.7 < drawn_noise.std() < 1.3 and abs(alike) < 0.5:
        return "you drew random numbers of your own, so two calls differ: use those in `noise`"
    return None


@drawn(
    answer="models.vae.reparameterise",
    tensors=True, slopes=("mean", "log_var"), compiled=True, tell=_own_noise,
    idea="a standard normal number times the standard deviation, exp(log_var / 2), plus the mean",
    mistakes=[
        (lambda m, s, e: m + ops.exp(s) * e,
         "exp(log_var) is the variance: noise is scaled by the standard deviation, exp(log_var / 2)"),
        (lambda m, s, e: m + ops.sqrt(s) * e,
         "log_var was taken for the variance: its standard deviation is exp(log_var / 2)"),
        (lambda m, s, e: m + s * e, "log_var is a logarithm: the standard deviation is exp(log_var / 2)"),
        (lambda m, s, e: m + e, "the noise has size 1: scale it by the standard deviation, exp(log_var / 2)"),
        (lambda m, s, e: m, "the noise is left out, so this is the mean, and no sample"),
        (lambda m, s, e: e, "mean and log_var are left out: the decoder would never hear of the picture"),
        (lambda m, s, e: ops.exp(s / 2) * e, "the mean is missing: add it after scaling the noise"),
        (lambda m, s, e: ops.exp(s / 2) * (m + e),
         "you scaled the mean as well: scale the noise alone, then add the mean"),
        (lambda m, s, e: m - ops.exp(s / 2) * e,
         "you subtracted the noise: the distribution is the same, but the formula adds it"),
        (lambda m, s, e: m + ops.exp(-s / 2) * e, "the sign in the exponent is wrong: exp(+log_var / 2)"),
        (lambda m, s, e: m + ops.exp(s / 2), "the standard deviation is added, without the noise"),
        (lambda m, s, e: m + ops.exp(s * e / 2),
         "the noise stands in the exponent: multiply it with exp(log_var / 2)"),
        (lambda m, s, e: ops.sum(m + ops.exp(s / 2) * e, axis=-1),
         "each picture has a code of its own, with as many numbers as it has means: do not sum"),
        (lambda m, s, e: ops.stop_gradient(m + ops.exp(s / 2) * e),
         "the value is right, but its gradient does not reach mean and log_var: stop_gradient stops it"),
        (lambda m, s, e: m + ops.stop_gradient(ops.exp(s / 2)) * e, BY_NUMPY),
    ],
    right=[
        lambda m, s, e: m + e * ops.sqrt(ops.exp(s)),
        lambda m, s, e: ops.add(m, ops.multiply(ops.exp(0.5 * s), e)),
    ],
)  # fmt: skip
def reparameterise(rng):
    """A sample of N(mean, exp(log_var)) made of given noise, through which gradients pass."""
    for low, high, shape in ((0.3, 1.5, (int(rng.integers(9, 14)), 8)), (-3.0, -0.3, (5, 20))):
        yield *_codes(rng, low, high, *shape), rng.normal(size=shape)


def _reconstruction_loss(pictures, decoded, sigma):
    squares = ((pictures - decoded) / sigma) ** 2
    each = squares / 2 + np.log(sigma) + np.log(2 * np.pi) / 2
    return ops.mean(ops.sum(each, axis=(1, 2, 3)))


HALF_LOG = np.log(2 * np.pi) / 2


def _nats(x, y, s):
    return (x - y) ** 2 / (2 * s**2) + np.log(s) + HALF_LOG


def _loss(each):
    """The sum over the pixels of a function of the difference and sigma, the mean over the batch."""
    return lambda x, y, s: ops.mean(ops.sum(each(x - y, s), axis=(1, 2, 3)))


@drawn(
    answer=_reconstruction_loss,
    tensors=True, slopes=("decoded",), compiled=True,
    idea="every pixel brings (x - decoded)² / (2 sigma²) + log sigma + ½ log 2π; sum over height, width and "
    "channels, axis=(1, 2, 3), then take the mean over the batch",
    mistakes=[
        (lambda x, y, s: ops.mean(_nats(x, y, s)),
         "you averaged over the pixels: a picture's log-density is the sum over its pixels"),
        (lambda x, y, s: ops.sum(_nats(x, y, s)), BATCH_SUM),
        (lambda x, y, s: ops.mean(ops.sum(_nats(x, y, s), axis=0)),
         "the axes have changed places: sum over the pixels, mean over the batch"),
        (lambda x, y, s: ops.sum(_nats(x, y, s), axis=(1, 2, 3)), EACH),
        (lambda x, y, s: ops.sum(_nats(x, y, s), axis=-1),
         "you summed over the channels alone: height and width belong to the picture too, axis=(1, 2, 3)"),
        (_loss(lambda d, s: -_nats(d, 0, s)), "the sign is flipped: this is log p, and a loss is -log p"),
        (_loss(lambda d, s: (d / s) ** 2 + np.log(s) + HALF_LOG),
         "the factor 1/2 before the squares is missing"),
        (_loss(lambda d, s: d**2 / (2 * s) + np.log(s) + HALF_LOG), "divide by sigma², not by sigma"),
        (_loss(lambda d, s: d**2 / 2 + np.log(s) + HALF_LOG), "the squares are not divided by sigma²"),
        (_loss(lambda d, s: (d / s) ** 2 / 2),
         "log sigma and ½ log 2π are missing: without them it is no log-density"),
        (_loss(lambda d, s: (d / s) ** 2 / 2 + np.log(s)), "½ log 2π is missing"),
        (_loss(lambda d, s: (d / s) ** 2 / 2 + HALF_LOG), "log sigma is missing"),
        (lambda x, y, s: _loss(lambda d, s: (d / s) ** 2 / 2)(x, y, s) + np.log(s) + HALF_LOG,
         "log sigma + ½ log 2π is there once: every pixel brings it"),
        (_loss(lambda d, s: (d / s) ** 2 / 2 + np.log(s) + 2 * HALF_LOG),
         "the constant is ½ log 2π, half of what you have"),
        (_loss(lambda d, s: (d / s) ** 2 / 2 + 2 * np.log(s) + HALF_LOG),
         "log sigma stands there once, not twice: log sigma² has a factor 1/2"),
        (_loss(lambda d, s: (d / s) ** 2 / 2 - np.log(s) - HALF_LOG),
         "the constant has the wrong sign: + log sigma + ½ log 2π"),
        (_loss(lambda d, s: ops.abs(d) / (2 * s**2) + np.log(s) + HALF_LOG),
         "the difference must be squared"),
        (_loss(lambda d, s: d**2), "this is the squared error: a density also needs sigma and its constant"),
        (lambda x, y, s: _reconstruction_loss(x, ops.stop_gradient(y), s),
         "the value is right, but its gradient does not reach the decoder: stop_gradient stops it"),
    ],
    right=[
        lambda x, y, s: ops.sum(_nats(x, y, s)) / x.shape[0],
        lambda x, y, s: (
            ops.sum((x - y) ** 2) / (2 * s**2 * x.shape[0])
            + np.prod(x.shape[1:]) * np.log(s * np.sqrt(2 * np.pi))
        ),
        lambda x, y, s: ops.mean(ops.sum(ops.reshape(_nats(x, y, s), (x.shape[0], -1)), axis=1)),
    ],
)  # fmt: skip
def reconstruction_loss(rng):
    """-log N(pictures; decoded, sigma²): summed over the pixels, mean over the batch."""
    for low, high, shape in ((0.2, 0.5, (int(rng.integers(2, 5)), 6, 5, 2)), (1.3, 2.0, (3, 2, 5, 4))):
        yield *rng.uniform(-1, 1, (2, *shape)), float(rng.uniform(low, high))
