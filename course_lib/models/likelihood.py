"""VAEs whose reconstruction term is a likelihood with a name, and the numbers that say how good it is.

`GreyVAE`, `BinaryVAE` and `LevelsVAE` differ in what they say about a pixel and in nothing else. Their
losses are in nats a picture. The first two bound the same thing, the mean log-probability of
black-and-white pictures drawn from the grey ones, with encoders that see the grey picture or the drawn
one. The third bounds the probability of pictures with 256 levels, and must not be compared with either.
"""

from __future__ import annotations

import keras
import numpy as np
import scipy
from keras import layers, ops

from course_lib import losses
from course_lib.data import signed
from course_lib.layers import PixelsBefore
from course_lib.models import vae


def dense_parameters(latent_size: int = 20, outputs: int = 1, widths=(256,)) -> keras.Model:
    """Codes `(batch, latent_size)` to what is said about each pixel, `(batch, 28, 28, outputs)`.

    The outputs are parameters of a distribution, any real numbers: a logit, or a mean and a log-scale.
    """
    codes = keras.Input((latent_size,), name="codes")
    x = codes
    for width in widths:
        x = layers.Dense(width, activation="relu")(x)
    x = layers.Dense(784 * outputs, dtype="float32")(x)
    return keras.Model(codes, layers.Reshape((28, 28, outputs), dtype="float32")(x), name="decoder")


def ordered_decoder(latent_size: int = 20, widths=(256, 512)) -> keras.Model:
    """`[codes, pictures]` to logits `(batch, 28, 28, 1)`: a pixel also hears all pixels before it.

    Before means above, or in the same row to the left. Each hears its predecessors through weights of
    its own, one triangular matrix (`layers.PixelsBefore`); that adds to what the code says.
    """
    codes = keras.Input((latent_size,), name="codes")
    pictures = keras.Input((28, 28, 1), name="pictures")
    x = codes
    for width in widths:
        x = layers.Dense(width, activation="relu")(x)
    from_code = layers.Dense(784, dtype="float32")(x)
    from_pixels = PixelsBefore(dtype="float32", name="before")(layers.Flatten()(pictures))
    logits = layers.Add(dtype="float32")([from_code, from_pixels])
    logits = layers.Reshape((28, 28, 1), dtype="float32")(logits)
    return keras.Model([codes, pictures], logits, name="decoder")


def draw_in_order(decoder, codes, rng):
    """Pictures `(n, 28, 28, 1)` of -1 and 1 from an `ordered_decoder`, pixel after pixel, by NumPy."""
    nothing = np.zeros((len(codes), 28, 28, 1), "float32")
    from_code = decoder.predict([codes, nothing], batch_size=500, verbose=0).reshape(len(codes), 784)
    kernel = ops.convert_to_numpy(decoder.get_layer("before").kernel)
    drawn = np.zeros((len(codes), 784), "float32")
    for place in range(784):
        logit = from_code[:, place] + drawn[:, :place] @ kernel[:place, place]
        drawn[:, place] = np.where(rng.random(len(codes)) < scipy.special.expit(logit), 1, -1)
    return drawn.reshape(nothing.shape)


class BinaryVAE(vae.VAE):
    """A VAE of black-and-white pictures, drawn anew from the grey ones whenever they are seen.

    A grey level is taken for the probability of white (dynamic binarisation, as in Burda et al., ICLR
    2016). The decoder returns one logit a pixel.

    Args:
        encoder: a model from pictures in [-1, 1] to `[mean, log_var]`.
        decoder: a model from codes, or from `[codes, pictures]` where a pixel may depend on those
            before it, to the parameters of the pixels' distributions.
        beta: the weight of the KL term once the warm-up is over.
        warm_up_steps: training steps in which the weight rises from 0 to `beta` (Bowman et al.,
            CoNLL 2016, 1511.06349).
        free_nats: the KL that every latent has for nothing (see `losses.free_bits`).
        seed: of the noise in training.
    """

    saved = ("encoder", "decoder", "beta", "warm_up_steps", "free_nats")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        beta: float = 1.0,
        warm_up_steps: int = 0,
        free_nats: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(encoder, decoder, beta=beta, seed=seed, **kwargs)
        self.warm_up_steps = warm_up_steps
        self.free_nats = free_nats

    # What one kind of pixel differs in from another.

    def observe(self, pictures):
        """What the model sees of pictures in [-1, 1]: black and white ones, -1 and 1."""
        white = self.uniform_noise(ops.shape(pictures)) < (pictures + 1) / 2
        return 2 * ops.cast(white, self.compute_dtype) - 1

    def log_likelihood(self, pictures, parameters):
        """log p(picture | code), `(batch,)`."""
        return losses.bernoulli_log_likelihood((pictures + 1) / 2, parameters)

    def mean_pictures(self, parameters):
        """The means of the pixels' distributions, in [-1, 1]."""
        return ops.tanh(parameters / 2)  # 2 sigmoid(l) - 1

    # The rest is common to all.

    def parameters(self, codes, pictures, training=False):
        """What the decoder says about the pixels of `pictures`, given codes `(batch, latent_size)`."""
        inputs = [codes, pictures] if len(self.decoder.inputs) == 2 else codes
        return self.decoder(inputs, training=training)

    def call(self, pictures, training=False):
        mean, _ = self.encoder(pictures, training=False)
        return self.mean_pictures(self.parameters(mean, pictures))

    def step(self, pictures):
        seen = self.observe(pictures)
        noise = self.noise((ops.shape(seen)[0], self.latent_size))
        beta = self.beta
        if self.warm_up_steps:
            share = ops.cast(self.steps_taken, "float32") / self.warm_up_steps
            beta = beta * ops.minimum(1.0, share)

        def loss():
            mean, log_var = self.encoder(seen, training=True)
            codes = self.sample(mean, log_var, noise)
            parameters = self.parameters(codes, seen, training=True)
            reconstruction = -ops.mean(self.log_likelihood(seen, parameters))
            kl_each = losses.kl_per_latent(mean, log_var)
            kl = ops.mean(ops.sum(kl_each, axis=-1))
            priced = losses.free_bits(kl_each, self.free_nats)
            return reconstruction + beta * priced, {"reconstruction": reconstruction, "kl": kl}

        return self.descend(loss)

    def log_weights(self, pictures, noise):
        """log p(x | z) + log p(z) - log q(z | x) of codes drawn from q: what bounds are made of.

        Args:
            pictures: `(batch, h, w, c)`, as the model observes them.
            noise: standard normal, `(k, batch, latent_size)`.

        Returns:
            `(k, batch)`; see `losses.importance_weighted_bound`.
        """
        k, batch = noise.shape[:2]
        mean, log_var = self.encoder(pictures, training=False)
        noise = ops.cast(noise, mean.dtype)
        codes = self.sample(mean, log_var, noise)  # (k, batch, latent_size)
        log_ratio = 0.5 * ops.sum(noise**2 + log_var - codes**2, axis=-1)  # log p(z) - log q(z | x)
        shape = tuple(pictures.shape[1:])
        many = ops.reshape(ops.repeat(pictures[None], k, axis=0), (k * batch, *shape))
        flat = ops.reshape(codes, (k * batch, self.latent_size))
        likelihood = self.log_likelihood(many, self.parameters(flat, many))
        return ops.reshape(likelihood, (k, batch)) + log_ratio

    def all_log_weights(self, pictures, samples: int, seed: int = 0, at_once: int = 4000):
        """`log_weights` of many pictures and codes as a float32 NumPy array `(samples, n)`, part by part."""
        rng = np.random.default_rng(seed)
        per_part = max(1, at_once // samples)
        parts = []
        for start in range(0, len(pictures), per_part):
            part = pictures[start : start + per_part]
            noise = rng.standard_normal((samples, len(part), self.latent_size)).astype("float32")
            parts.append(ops.convert_to_numpy(self.log_weights(ops.convert_to_tensor(part), noise)))
        return np.concatenate(parts, axis=1)

    def draw(self, number: int, seed: int = 0):
        """`number` pictures from p(x) itself, -1 and 1: a code from the prior, then each pixel by chance."""
        rng = np.random.default_rng(seed)
        codes = rng.standard_normal((number, self.latent_size)).astype("float32")
        if len(self.decoder.inputs) == 2:
            return draw_in_order(self.decoder, codes, rng)
        return binarised(self.decode(codes), seed)

    def decode(self, codes, batch_size: int = 500):
        parameters = self.decoder.predict(codes, batch_size=batch_size, verbose=0)
        return ops.convert_to_numpy(self.mean_pictures(parameters))


class GreyVAE(BinaryVAE):
    """The cross-entropy of grey pixels, as many programs have it.

    Its loss bounds no likelihood of the grey pictures; minus the loss bounds the mean log-probability of
    binarised ones, from below.
    """

    def observe(self, pictures):
        return pictures


class LevelsVAE(BinaryVAE):
    """A VAE of pictures with 256 grey levels; the decoder returns a mean and a log-scale for each pixel."""

    def observe(self, pictures):
        return pictures

    def log_likelihood(self, pictures, parameters):
        return losses.discretised_logistic_log_likelihood(pictures, *self.mean_and_log_scale(parameters))

    @staticmethod
    def mean_and_log_scale(parameters):
        """The decoder's two outputs; training starts at scales of e^-2, and none is below e^-7."""
        return parameters[..., :1], ops.maximum(parameters[..., 1:] - 2, -7.0)

    def mean_pictures(self, parameters):
        return ops.clip(parameters[..., :1], -1, 1)  # the middle: half the mass lies to either side

    def draw(self, number: int, seed: int = 0):
        """`number` pictures from p(x) itself, on the 256 levels."""
        rng = np.random.default_rng(seed)
        codes = rng.standard_normal((number, self.latent_size)).astype("float32")
        parameters = self.decoder.predict(codes, batch_size=500, verbose=0)
        mean, log_scale = map(ops.convert_to_numpy, self.mean_and_log_scale(parameters))
        drawn = mean + np.exp(log_scale) * rng.logistic(size=mean.shape)
        return np.clip(np.rint((drawn + 1) * 127.5) / 127.5 - 1, -1, 1).astype("float32")


def binarised(pictures, seed: int = 0):
    """Black-and-white pictures, float32 of -1 and 1, drawn once from grey ones: uint8, or in [-1, 1]."""
    grey = signed(pictures) if pictures.dtype == np.uint8 else pictures
    white = np.random.default_rng(seed).random(grey.shape) < (grey + 1) / 2
    return np.where(white, np.float32(1), np.float32(-1))


def mutual_information(mean, log_var, seed: int = 0) -> float:
    """How many nats the code says about which of n pictures it belongs to; at most log n.

    E log q(z | x) - log q(z), with q(z) the mean of the n pictures' distributions (Hoffman and Johnson,
    2016). One code a picture.

    Args:
        mean, log_var: `(n, latent_size)`; memory grows with n².
    """
    mean, log_var = np.asarray(mean, "float64"), np.asarray(log_var, "float64")
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    codes = mean + np.exp(log_var / 2) * noise
    precision = np.exp(-log_var)
    # log q(z_i | x_j) without its constant, (n, n)
    squares = codes**2 @ precision.T - 2 * codes @ (mean * precision).T + (mean**2 * precision).sum(1)
    each = -0.5 * (squares + log_var.sum(axis=1))
    return float(np.mean(np.diag(each) - scipy.special.logsumexp(each, axis=1) + np.log(len(mean))))
