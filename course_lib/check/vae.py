"""Exercises of the chapter 02_vae, variational autoencoders."""

import contextlib

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, shaped, tensors
from course_lib.check.guard import Wrong


def _reconstruction_loss(pictures, decoded, sigma):
    from keras import ops

    squares = ((pictures - decoded) / sigma) ** 2
    each = squares / 2 + np.log(sigma) + np.log(2 * np.pi) / 2
    return ops.mean(ops.sum(each, axis=(1, 2, 3)))


def _codes(seed, batch=6, latents=4):
    """Means of either sign and log-variances above 0, `(batch, latents)`, and noise."""
    rng = np.random.default_rng(seed)
    mean = rng.normal(0.4, 1.0, (batch, latents)).astype("float32")
    log_var = rng.uniform(0.3, 1.5, (batch, latents)).astype("float32")
    return mean, log_var, rng.normal(size=(batch, latents)).astype("float32")


@exercise(answer="losses.gaussian_kl")
def gaussian_kl(attempt):
    """KL of N(mean, exp(log_var)) from N(0, I): summed over the latents, mean over the batch."""
    mean, log_var, _ = _codes(1)
    result = attempt(*tensors(mean, log_var))
    batch, latents = mean.shape
    hints = {
        (batch,): "one number a picture is left: take the mean over the batch",
        (latents,): "you averaged over the batch and kept the latents: sum over them first, axis=-1",
        (batch, latents): "one number a latent is left: sum over the latents, axis=-1, then take "
        "the mean over the batch",
    }
    value = number(result, hints=hints)
    m, s = mean.astype("float64"), log_var.astype("float64")
    each = 0.5 * (m**2 + np.exp(s) - s - 1)
    right = each.sum(axis=1).mean()

    def kl(first, second, third, one=1.0):
        return 0.5 * (first + second - third - one).sum(axis=1).mean()

    mistakes = [
        (2 * right, "the factor 1/2 is missing"),
        (-right, "the sign is flipped: a KL divergence is never below 0"),
        (
            -2 * right,
            "the sign is flipped and the factor 1/2 is missing, as in one of the articles: training "
            "would make the divergence large",
        ),
        (
            right / latents,
            "you averaged over the latents: the KL divergence of a vector is a sum over its coordinates",
        ),
        (right * batch, "you summed over the batch: take the mean over the pictures"),
        (
            right * batch / latents,
            "the axes have changed places: sum over the latents (axis=-1), mean over the batch",
        ),
        (kl(m**2, s, np.log(s)), "log_var was taken for the variance: exp(log_var) is the variance"),
        (
            kl(m**2, np.exp(s / 2), s),
            "exp(log_var / 2) is the standard deviation: the formula wants the variance, exp(log_var)",
        ),
        (
            kl(m**2, np.exp(2 * s), 2 * s),
            "log_var was taken for the logarithm of the standard deviation: it is that of the variance",
        ),
        (kl(m**2, np.exp(s), s, 0.0), "the -1 is missing: test it at mean 0, log_var 0"),
        (kl(m**2, np.exp(s), 0 * s), "the logarithm of the variance is missing"),
        (kl(0 * m, np.exp(s), s), "the mean is missing: a code far from 0 must cost something"),
        (kl(m, np.exp(s), s), "the mean must be squared"),
        (kl(np.abs(m), np.exp(s), s), "the mean must be squared, not made positive"),
        (
            kl((1 + m**2) / np.exp(s), s, 0 * s),
            "the two distributions have changed places: this is KL(N(0, I) || q)",
        ),
    ]
    compare(value, right, mistakes, "the value is not ½ Σ (mean² + exp(log_var) - log_var - 1)")
    refuse_numpy(result)
    other_mean, other_log_var, _ = _codes(2, 3, 7)
    other = 0.5 * (other_mean**2 + np.exp(-other_log_var) + other_log_var - 1).sum(axis=1).mean()
    if not same(number(attempt(*tensors(other_mean, -other_log_var))), other):
        raise Wrong(
            f"right for the shape {mean.shape}, wrong for {other_mean.shape}: take sizes from the arguments"
        )


@exercise(answer="models.vae.reparameterise")
def reparameterise(attempt):
    """A sample of N(mean, exp(log_var)) made of given noise, through which gradients pass."""
    from course_lib.training import gradient

    mean, log_var, noise = _codes(3)
    result = attempt(*tensors(mean, log_var, noise))
    values = shaped(result, mean.shape, "each picture has a code of its own, as it has a mean")
    if not same(array(attempt(*tensors(mean, log_var, noise))), values):
        raise Wrong(
            "two calls with the same arguments differ: you drew random numbers of your own; use "
            "those in `noise`"
        )
    mistakes = [
        (
            mean + np.exp(log_var) * noise,
            "exp(log_var) is the variance: noise is scaled by the standard deviation, exp(log_var / 2)",
        ),
        (
            mean + np.sqrt(log_var) * noise,
            "log_var was taken for the variance: its standard deviation is exp(log_var / 2)",
        ),
        (mean + log_var * noise, "log_var is a logarithm: the standard deviation is exp(log_var / 2)"),
        (mean + noise, "the noise has size 1: scale it by the standard deviation, exp(log_var / 2)"),
        (mean, "the noise is left out, so this is the mean, and no sample"),
        (noise, "mean and log_var are left out: the decoder would never hear of the picture"),
        (np.exp(log_var / 2) * noise, "the mean is missing: add it after scaling the noise"),
        (
            np.exp(log_var / 2) * (mean + noise),
            "you scaled the mean as well: scale the noise alone, then add the mean",
        ),
        (
            mean - np.exp(log_var / 2) * noise,
            "you subtracted the noise: the distribution is the same, but the formula adds it",
        ),
        (mean + np.exp(-log_var / 2) * noise, "the sign in the exponent is wrong: exp(+log_var / 2)"),
        (mean + np.exp(log_var / 2), "the standard deviation is added, without the noise"),
        (
            mean + np.exp(log_var * noise / 2),
            "the noise stands in the exponent: multiply it with exp(log_var / 2)",
        ),
    ]
    right = mean + np.exp(log_var / 2) * noise
    compare(values, right, mistakes, "the value is not mean + standard deviation · noise")
    refuse_numpy(result)
    fixed_mean, fixed_log_var, fixed_noise = tensors(mean, log_var, noise)
    slopes = []
    # Where nothing is connected, TensorFlow says None, PyTorch raises a RuntimeError, JAX says 0.
    with contextlib.suppress(RuntimeError):
        slopes.append(gradient(lambda m: attempt(m, fixed_log_var, fixed_noise), fixed_mean))
        slopes.append(gradient(lambda s: attempt(fixed_mean, s, fixed_noise), fixed_log_var))
    expected = [np.ones_like(mean), (right - mean) / 2]
    if len(slopes) < 2 or any(
        slope is None or not same(array(slope), one) for slope, one in zip(slopes, expected, strict=True)
    ):
        raise Wrong(
            "the value is right, but its gradient does not reach mean and log_var: something stops "
            "it on the way (stop_gradient, or a detour through NumPy)"
        )


@exercise(answer=_reconstruction_loss)
def reconstruction_loss(attempt):
    """-log N(pictures; decoded, sigma²): summed over the pixels, mean over the batch."""
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-1, 1, (2, 3, 5, 4, 2)).astype("float32")
    sigma, pixels, batch = 0.3, 40, 3
    result = attempt(*tensors(x, y), sigma)
    hints = {(batch,): "one number a picture is left: take the mean over the batch"}
    meant = "sum over height, width and channels (axis=(1, 2, 3)), then take the mean over the batch"
    value = number(result, meant, hints)
    squares = (x.astype("float64") - y) ** 2
    constant = np.log(sigma) + np.log(2 * np.pi) / 2

    def loss(each):
        return each.sum(axis=(1, 2, 3)).mean()

    right = loss(squares / (2 * sigma**2) + constant)
    mistakes = [
        (right / pixels, "you averaged over the pixels: a picture's log-density is the sum over its pixels"),
        (right * batch, "you summed over the batch: take the mean over the pictures"),
        (right * batch / pixels, "the axes have changed places: sum over the pixels, mean over the batch"),
        (-right, "the sign is flipped: this is log p, and a loss is -log p"),
        (loss(squares / sigma**2 + constant), "the factor 1/2 before the squares is missing"),
        (loss(squares / (2 * sigma) + constant), "divide by sigma², not by sigma"),
        (loss(squares / 2 + constant), "the squares are not divided by sigma²"),
        (
            loss(squares / (2 * sigma**2)),
            "log sigma and ½ log 2π are missing: without them it is no log-density",
        ),
        (loss(squares / (2 * sigma**2) + np.log(sigma)), "½ log 2π is missing"),
        (loss(squares / (2 * sigma**2) + np.log(2 * np.pi) / 2), "log sigma is missing"),
        (
            loss(squares / (2 * sigma**2)) + constant,
            "log sigma + ½ log 2π is there once: every pixel brings it",
        ),
        (
            loss(squares / (2 * sigma**2) + np.log(sigma) + np.log(2 * np.pi)),
            "the constant is ½ log 2π, half of what you have",
        ),
        (
            loss(squares / (2 * sigma**2) + 2 * np.log(sigma) + np.log(2 * np.pi) / 2),
            "log sigma stands there once, not twice: log sigma² has a factor 1/2",
        ),
        (
            loss(squares / (2 * sigma**2) - constant),
            "the constant has the wrong sign: + log sigma + ½ log 2π",
        ),
        (loss(np.abs(x - y) / (2 * sigma**2) + constant), "the difference must be squared"),
        (loss(squares), "this is the squared error: a density also needs sigma and its constant"),
    ]
    otherwise = "the value is not Σ ((x - decoded)² / (2 sigma²) + log sigma + ½ log 2π)"
    compare(value, right, mistakes, otherwise)
    refuse_numpy(result)
    other = loss((x[:2] - y[:2]).astype("float64") ** 2 / 2 + np.log(2 * np.pi) / 2)
    if not same(number(attempt(*tensors(x[:2], y[:2]), 1.0)), other):
        raise Wrong("right for one sigma and batch, wrong for others: use the arguments")
