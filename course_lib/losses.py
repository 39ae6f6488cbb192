"""Losses that the lessons derive on paper, as functions of tensors; all return the mean over the batch.

A discriminator's output is a logit: the log of the odds that a picture is real, any real number.
"""

from __future__ import annotations

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
    return 0.5 * ops.mean(ops.sum(ops.square(slope), axis=tuple(range(1, len(slope.shape)))))
