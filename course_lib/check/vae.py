"""Exercises of the lesson 02_vae/1, variational autoencoders."""

import functools
import types

import numpy as np

from course_lib.check.drawn import drawn, ops
from course_lib.check.framework import array
from course_lib.check.guard import Wrong
from course_lib.check.kinds import bet

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


def _tiny_networks(shape, latents):
    """An encoder and a decoder of a few weights for pictures of a shape; with the weights of their start."""
    import keras
    from keras import layers

    picture, code = keras.Input(shape), keras.Input((latents,))
    flat = layers.Flatten()(picture)
    encoder = keras.Model(picture, [layers.Dense(latents)(flat) for _ in range(2)])
    painted = layers.Dense(int(np.prod(shape)), activation="tanh")(code)
    decoder = keras.Model(code, layers.Reshape(shape)(painted))
    rng = np.random.default_rng(latents)
    for network in (encoder, decoder):
        network.set_weights([rng.normal(0, 0.4, w.shape) for w in network.get_weights()])
    return encoder, decoder, [network.get_weights() for network in (encoder, decoder)]


_networks = functools.cache(_tiny_networks)  # building them takes longer than a step
TERMS = ("loss", "reconstruction", "kl")


def _two_steps(step, pictures, noise, sigma):
    """What two steps return, and by how much they move the weights of either network."""
    import keras

    encoder, decoder, start = _networks(tuple(pictures.shape[1:]), noise.shape[-1])
    for network, weights in zip((encoder, decoder), start, strict=True):
        network.set_weights(weights)
    model = types.SimpleNamespace(encoder=encoder, decoder=decoder, optimizer=keras.optimizers.SGD(0.003))
    logs = [step(model, pictures, one, sigma) for one in noise]
    if not all(isinstance(log, dict) and set(log) == set(TERMS) for log in logs):
        raise Wrong("return a dict with 'loss', 'reconstruction' and 'kl', each one number of the batch")
    moved = [
        np.concatenate([(now - old).ravel() for now, old in zip(network.get_weights(), weights, strict=True)])
        for network, weights in zip((encoder, decoder), start, strict=True)
    ]
    return [np.stack([array(log[name], f"your {name!r}") for log in logs]) for name in TERMS] + moved


def _both(model):
    return [*model.encoder.trainable_variables, *model.decoder.trainable_variables]


def _stepping(
    code=lambda m, s, e: m + ops.exp(s / 2) * e, loss=lambda r, k, x: r + k, weights=_both, say=None, rate=1,
    swapped=False, noise_of=lambda sigma: sigma,
):  # fmt: skip
    """A step with another code, loss, choice of weights, dict, or length of the step."""

    def step(model, pictures, noise, sigma):
        from course_lib import backend, losses

        def value():
            mean, log_var = model.encoder(pictures, training=True)
            decoded = model.decoder(code(mean, log_var, noise), training=True)
            terms = (
                losses.gaussian_reconstruction(pictures, decoded, noise_of(sigma)),
                losses.gaussian_kl(*((log_var, mean) if swapped else (mean, log_var))),
            )
            return loss(*terms, pictures), dict(zip(TERMS[1:], terms, strict=True))

        variables = weights(model)
        (total, logs), slopes = backend.value_and_gradients(value, variables)
        if not model.optimizer.built:
            model.optimizer.build(variables)
        backend.apply(model.optimizer, [rate * slope for slope in slopes], variables)
        return (say or dict)({"loss": total, **logs})

    return step


def _vae_step(model, pictures, noise, sigma):
    return _stepping()(model, pictures, noise, sigma)


def _pixels(x):
    return float(np.prod(x.shape[1:]))


@drawn(
    answer=_vae_step,
    tensors=True, value=False, observe={"after two steps": _two_steps},
    idea="a code is made of the encoder's two outputs and the noise; the loss is minus the ELBO, one term "
    "plus the other; and its gradient moves the weights of both networks",
    mistakes=[
        (_stepping(code=lambda m, s, e: m), "the code is the mean alone: this trains an autoencoder with a "
         "price on its codes; make the code of mean, log_var and noise"),
        (_stepping(code=lambda m, s, e: e),
         "the decoder gets the noise itself: mean and log_var must be in the code, or it never hears of the "
         "picture"),
        (_stepping(code=lambda m, s, e: m + ops.exp(s) * e),
         "exp(log_var) is the variance: noise is scaled by the standard deviation, exp(log_var / 2)"),
        (_stepping(code=lambda m, s, e: m + s * e),
         "log_var is a logarithm: the standard deviation is exp(log_var / 2)"),
        (_stepping(code=lambda m, s, e: m + e),
         "the noise has size 1 in your code: scale it by the standard deviation, exp(log_var / 2)"),
        (_stepping(code=lambda m, s, e: s + ops.exp(m / 2) * e),
         "mean and log_var have changed places: the encoder returns the mean first"),
        (_stepping(code=lambda m, s, e: ops.stop_gradient(m + ops.exp(s / 2) * e)),
         "the loss is right, but what the decoder needs does not reach the encoder: the code must not be cut "
         "off from mean and log_var"),
        (_stepping(loss=lambda r, k, x: r - k),
         "the KL term is subtracted: a loss is minus the ELBO, in which the KL has a minus already, so it is "
         "added"),
        (_stepping(loss=lambda r, k, x: k - r),
         "the reconstruction term is subtracted: it is -log p(x|z) already, and wants to be small"),
        (_stepping(loss=lambda r, k, x: -r - k),
         "this is the ELBO, and the optimizer makes it small: the loss is minus it"),
        (_stepping(loss=lambda r, k, x: r),
         "the KL term is not in the loss: nothing keeps the codes near the prior"),
        (_stepping(loss=lambda r, k, x: k), "the reconstruction term is not in the loss: nothing is painted"),
        (_stepping(loss=lambda r, k, x: (r + k) / 2), "the two terms are added, not averaged"),
        (_stepping(loss=lambda r, k, x: r / _pixels(x) + k),
         "the reconstruction term is divided by the number of pixels, and the KL term is not: that makes "
         "saying anything about the picture too dear"),
        (_stepping(loss=lambda r, k, x: (r + k) / _pixels(x)),
         "the loss is in nats a picture: do not divide it by the number of pixels"),
        (_stepping(loss=lambda r, k, x: x.shape[0] * (r + k)),
         "you summed over the batch: both terms are means over it already"),
        (_stepping(weights=lambda model: model.decoder.trainable_variables),
         "the encoder's weights stay as they are: one step moves both networks"),
        (_stepping(weights=lambda model: model.encoder.trainable_variables),
         "the decoder's weights stay as they are: one step moves both networks"),
        (_stepping(swapped=True),
         "mean and log_var have changed places in the KL term"),
        (_stepping(noise_of=lambda sigma: 1.0),
         "sigma is not used: the reconstruction term of a pixel is divided by its square"),
        (_stepping(rate=-1), "you climb the loss: the optimizer goes down by itself, so hand it the gradient "
         "as it is"),
        (_stepping(rate=0), "no weight moves: the optimizer must apply the gradient"),
        (_stepping(say=lambda logs: logs | {"kl": logs["reconstruction"], "reconstruction": logs["kl"]}),
         "the two terms have changed places in what you return"),
    ],
    right=[
        _stepping(code=lambda m, s, e: m + ops.sqrt(ops.exp(s)) * e),
        _stepping(loss=lambda r, k, x: ops.sum(ops.stack([k, r])), weights=lambda model: _both(model)[::-1]),
    ],
)  # fmt: skip
def vae_step(rng):
    """One step of encoder and decoder down minus the ELBO; returns the loss and its two terms."""
    for batch, shape, latents in ((int(rng.integers(3, 6)), (4, 3, 1), 3), (2, (2, 3, 2), 5)):
        pictures, noise = rng.uniform(-1, 1, (batch, *shape)), rng.normal(size=(2, batch, latents))
        yield pictures, noise, float(rng.uniform(0.4, 0.9))


FAULTS = (
    "fresh noise", "reversed likelihood", "mean of pixels", "separate goals", "sum over batch", "flipped KL"
)  # fmt: skip


def _what_breaks():
    silent = dict.fromkeys(FAULTS[:4], "silent")
    return silent | {"sum over batch": "as derived", "flipped KL": "without end", "all alike": 4}


@bet(
    answer=_what_breaks,
    **dict.fromkeys(FAULTS, ("silent", "as derived", "without end")), **{"all alike": [0, 5]},
)  # fmt: skip
def what_breaks():
    """What the KL of each broken loss does, and how many of the first five give back one picture for all."""
