"""Losses that the lessons derive on paper, as functions of tensors; all return the mean over the batch.

A discriminator's output is a logit: the log of the odds that a picture is real, any real number.
"""

from __future__ import annotations

import math

from keras import ops

from course_lib.training import gradient


def discriminator_loss(real_logits, fake_logits):
    """Binary cross-entropy of the discriminator, real pictures labelled 1 and generated ones 0.

    -E log D(x) - E log(1 - D(G(z))) with D = sigmoid(logit): what the discriminator minimises is minus
    the value function of Goodfellow et al. (NIPS 2014, 1406.2661, eq. 1). `softplus(-l)` is
    -log sigmoid(l) without overflow.

    Args:
        real_logits, fake_logits: any shape, one logit a picture.

    Returns:
        A scalar; 2 log 2 = 1.386 where the discriminator cannot tell.
    """
    real_logits = ops.cast(real_logits, "float32")
    fake_logits = ops.cast(fake_logits, "float32")
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def generator_loss(fake_logits):
    """The non-saturating loss of the generator, -E log D(G(z)) (Goodfellow et al. 2014, section 3).

    Returns:
        A scalar; log 2 = 0.693 where the discriminator cannot tell.
    """
    return ops.mean(ops.softplus(-ops.cast(fake_logits, "float32")))


def saturating_generator_loss(fake_logits):
    """The generator's half of the value function, E log(1 - D(G(z))), which it minimises.

    Its gradient vanishes where the discriminator is sure, which is where the generator needs it most.

    Returns:
        A scalar; -log 2 = -0.693 where the discriminator cannot tell.
    """
    return -ops.mean(ops.softplus(ops.cast(fake_logits, "float32")))


def r1_penalty(discriminator, real):
    """E ||dD(x)/dx||^2 / 2 at real pictures x, with D the logit (Mescheder et al., ICML 2018, eq. 9).

    Args:
        discriminator: a function from pictures to logits.
        real: pictures, the batch first.

    Returns:
        A scalar, to be multiplied with the weight gamma.
    """
    slope = ops.cast(gradient(discriminator, real), "float32")
    return 0.5 * ops.mean(_sum_of_pixels(ops.square(slope)))


def wasserstein_critic_loss(real_scores, fake_scores):
    """E f(G(z)) - E f(x) of a critic f, which makes it small (Arjovsky et al., ICML 2017, 1701.07875).

    Where f's slope is at most 1 everywhere, minus the smallest loss is the Wasserstein distance of the
    two distributions. A critic that nothing holds to such slopes can make this loss as small as it likes.

    Args:
        real_scores, fake_scores: any shape, one score a picture, any real number.

    Returns:
        A scalar, in the units of the pictures.
    """
    return ops.mean(ops.cast(fake_scores, "float32")) - ops.mean(ops.cast(real_scores, "float32"))


def wasserstein_generator_loss(fake_scores):
    """-E f(G(z)): the generator moves its pictures to where the critic's score is higher.

    The generator's loss of a hinge GAN as well.
    """
    return -ops.mean(ops.cast(fake_scores, "float32"))


def gradient_penalty(critic, real, fake, mix):
    """E (||df(x)/dx|| - 1)^2 on the lines between real and generated pictures (WGAN-GP).

    Gulrajani et al. (NIPS 2017, 1704.00028, eq. 3), who multiply it by 10.

    Args:
        critic: a function from pictures to scores.
        real, fake: pictures of the same shape, the batch first.
        mix: `(batch,)` or `(batch, 1, ...)`, *uniform* random numbers in [0, 1), one a picture: 1 is at
            the real picture, 0 at the generated one.

    Returns:
        A scalar; 0 where the critic's slope is 1 everywhere.
    """
    mix, real, fake = map(ops.convert_to_tensor, (mix, real, fake))
    mix = ops.reshape(mix, (-1,) + (1,) * (len(real.shape) - 1))
    slope = ops.cast(gradient(critic, mix * real + (1 - mix) * fake), "float32")
    squares = _sum_of_pixels(ops.square(slope))
    # The derivative of a square root is infinite at 0: without the epsilon a flat critic gives NaN.
    return ops.mean(ops.square(ops.sqrt(squares + 1e-12) - 1))


def hinge_discriminator_loss(real_scores, fake_scores):
    """E max(0, 1 - f(x)) + E max(0, 1 + f(G(z))) (Lim and Ye, *Geometric GAN*, 2017, 1705.02894).

    Only pictures on the wrong side of the margin count. The generator's loss that goes with it is
    `wasserstein_generator_loss`.

    Returns:
        A scalar; 2 where the discriminator cannot tell and says 0 to everything.
    """
    real_scores = ops.cast(real_scores, "float32")
    fake_scores = ops.cast(fake_scores, "float32")
    return ops.mean(ops.relu(1 - real_scores)) + ops.mean(ops.relu(1 + fake_scores))


def relativistic_discriminator_loss(real_logits, fake_logits):
    """-E log sigmoid(l(x) - l(G(z))): the discriminator says which one of a pair is real.

    Jolicoeur-Martineau (ICLR 2019, 1807.00734); with R1 and R2, the same penalty on generated pictures,
    it is the loss of R3GAN (Huang et al., NeurIPS 2024, 2501.05441).

    Args:
        real_logits, fake_logits: of the same shape; the i-th of each are a pair.

    Returns:
        A scalar; log 2 = 0.693 where the discriminator cannot tell.
    """
    difference = ops.cast(real_logits, "float32") - ops.cast(fake_logits, "float32")
    return ops.mean(ops.softplus(-difference))


def relativistic_generator_loss(real_logits, fake_logits):
    """-E log sigmoid(l(G(z)) - l(x)): the discriminator's loss with the pair exchanged."""
    return relativistic_discriminator_loss(fake_logits, real_logits)


def gaussian_kl(mean, log_var):
    """KL(N(mean, exp(log_var)) || N(0, I)) of diagonal Gaussians, in nats.

    Kingma and Welling (ICLR 2014, 1312.6114, appendix B):
    1/2 (mean^2 + exp(log_var) - log_var - 1) for each latent, summed over the latents.

    Args:
        mean, log_var: `(batch, latent_size)`.

    Returns:
        A scalar; 0 at the standard normal, and nowhere below.
    """
    return ops.mean(ops.sum(kl_per_latent(mean, log_var), axis=-1))


def gaussian_reconstruction(pictures, decoded, sigma):
    """-log N(pictures; decoded, sigma^2 I), the reconstruction term of a VAE, in nats.

    A density, so it can be above 1 and its -log below 0. Summed over height, width and channels.

    Args:
        pictures, decoded: `(batch, h, w, c)`.
        sigma: the standard deviation of a pixel, a number or a scalar tensor.

    Returns:
        A scalar.
    """
    pictures, decoded = ops.cast(pictures, "float32"), ops.cast(decoded, "float32")
    each = 0.5 * (ops.square((pictures - decoded) / sigma) + math.log(2 * math.pi)) + ops.log(sigma)
    return ops.mean(_sum_of_pixels(each))


# -- log-likelihoods of pictures: one number a picture, in nats ---------------------------------------


def bernoulli_log_likelihood(pictures, logits):
    """log p(pictures) of independent black-and-white pixels, summed over height, width and channels.

    x l - softplus(l) for each pixel, which is x log p + (1 - x) log(1 - p) with p = sigmoid(l). With grey
    pixels the number can be computed all the same, and is then minus a cross-entropy and the logarithm of
    no probability (Loaiza-Ganem and Cunningham, NeurIPS 2019, 1907.06845).

    Args:
        pictures: `(batch, h, w, c)`, 0 or 1.
        logits: of the same shape.

    Returns:
        `(batch,)`, never above 0.
    """
    pictures, logits = ops.cast(pictures, "float32"), ops.cast(logits, "float32")
    return _sum_of_pixels(pictures * logits - ops.softplus(logits))


def discretised_logistic_log_likelihood(pictures, mean, log_scale):
    """log p(pictures) of pixels with 256 levels, each the mass of a logistic distribution in its bin.

    Salimans et al. (*PixelCNN++*, ICLR 2017, 1701.05517, section 2.1), with one component. Levels lie at
    -1, -1 + 2/255, ..., 1. A level's bin reaches 1/255 to either side, the outermost ones to infinity, so
    the 256 probabilities add up to 1. With a and b the bin's edges, (x +- 1/255 - mean) / scale,

        log(sigmoid(a) - sigmoid(b)) = log sigmoid(a) + log sigmoid(-b) + log(1 - exp(b - a)),

    which loses no digits however small the mass is.

    Args:
        pictures: `(batch, h, w, c)`, levels in [-1, 1].
        mean, log_scale: of the same shape, the logistic distribution's mean and the log of its scale.

    Returns:
        `(batch,)`, never above 0; over -pixels * log 2 it is in bits per dimension.
    """
    return _sum_of_pixels(_log_mass_of_bin(pictures, mean, log_scale))


def mixture_of_logistics(pictures, logits, means, log_scales):
    """log p of every pixel with 256 levels, under a mixture of k discretised logistics.

    log of the sum over components of share times mass (*PixelCNN++*, 1701.05517, eq. 2), with the shares
    softmax(logits) and the masses of `discretised_logistic_log_likelihood`: the 256 levels of a pixel add
    up to 1.

    Args:
        pictures: `(batch, h, w, 1)`, levels in [-1, 1].
        logits, means, log_scales: `(batch, h, w, k)`.

    Returns:
        `(batch, h, w)`, in nats, never above 0.
    """
    logits = ops.cast(logits, "float32")
    log_shares = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
    return ops.logsumexp(log_shares + _log_mass_of_bin(pictures, means, log_scales), axis=-1)


def _log_mass_of_bin(pictures, mean, log_scale):
    """The log of the mass that a logistic distribution has in the bin of each pixel's level."""
    pictures, mean, log_scale = (ops.cast(x, "float32") for x in (pictures, mean, log_scale))
    inverse_scale = ops.exp(-log_scale)
    upper = (pictures + 1 / 255 - mean) * inverse_scale
    lower = (pictures - 1 / 255 - mean) * inverse_scale
    below_upper, above_lower = -ops.softplus(-upper), -ops.softplus(lower)
    inside = below_upper + above_lower + ops.log(-ops.expm1(-2 / 255 * inverse_scale))
    # Levels are 2/255 apart; a tenth of that is far more than float32 loses.
    lowest, highest = pictures < -1 + 0.2 / 255, pictures > 1 - 0.2 / 255
    return ops.where(lowest, below_upper, ops.where(highest, above_lower, inside))


def _sum_of_pixels(each):
    return ops.sum(each, axis=tuple(range(1, len(each.shape))))


def importance_weighted_bound(log_weights):
    """A lower bound of log p(x) from k codes a picture: the log of the mean weight.

    Burda et al. (ICLR 2016, 1509.00519, eq. 8): w = p(x | z) p(z) / q(z | x) with z from q. One code gives
    the evidence lower bound; more codes never lower the expectation, which tends to log p(x).

    Args:
        log_weights: `(k, batch)`.

    Returns:
        `(batch,)`, one number a picture.
    """
    log_weights = ops.cast(log_weights, "float32")
    return ops.logsumexp(log_weights, axis=0) - math.log(log_weights.shape[0])


def kl_per_latent(mean, log_var):
    """What `gaussian_kl` adds up: 1/2 (mean^2 + exp(log_var) - log_var - 1), `(batch, latent_size)`."""
    mean, log_var = ops.cast(mean, "float32"), ops.cast(log_var, "float32")
    return 0.5 * (ops.square(mean) + ops.exp(log_var) - log_var - 1)


def free_bits(kl_each, nats):
    """The KL term of which the first `nats` of every latent are free.

    Kingma et al. (NIPS 2016, 1606.04934, appendix C.8): the sum over latents of
    max(nats, mean over the batch of the latent's KL). A latent below has no gradient from this term,
    so nothing pulls it to the prior.

    Args:
        kl_each: `(batch, latent_size)`, as `kl_per_latent` returns it.
        nats: a number; 0 changes nothing.

    Returns:
        A scalar.
    """
    return ops.sum(ops.maximum(ops.mean(kl_each, axis=0), nats))


# -- a distance between two sets, without a network that is trained to see it ---------------------------


def negative_distance(squares):
    """The kernel -||x - y||, from squared distances: MMD² with it is the energy distance.

    Sejdinovic et al. (Annals of Statistics 41(5), 2013, 1207.6076) show that the two are the same. It has no
    width that would have to be chosen.
    """
    # The derivative of a root is infinite at 0, where a picture is compared with itself.
    return -ops.sqrt(squares + 1e-6)


def mmd(real, fake, kernel=negative_distance):
    """The squared maximum mean discrepancy of two sets of vectors, by its unbiased estimator.

    Gretton et al. (JMLR 13, 2012, eq. 3): E k(x, x') + E k(y, y') - 2 E k(x, y), where x and x' are two
    *different* real vectors and y and y' two different generated ones. Zero on average where both sets come
    from the same distribution, so a single value may be below zero.

    Args:
        real: `(n, d)`. fake: `(m, d)`. At least two rows each.
        kernel: a function of squared distances.

    Returns:
        A scalar.
    """
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    n, m = real.shape[0], fake.shape[0]

    def similarities(a, b):
        lengths = ops.sum(a * a, axis=1)[:, None] + ops.sum(b * b, axis=1)
        return kernel(ops.maximum(lengths - 2 * ops.matmul(a, ops.transpose(b)), 0.0))

    def between_different(a, number):
        every = similarities(a, a) * (1 - ops.eye(number))
        return ops.sum(every) / (number * (number - 1))

    return between_different(real, n) + between_different(fake, m) - 2 * ops.mean(similarities(real, fake))
