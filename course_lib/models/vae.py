"""Variational autoencoders: the networks of the lessons and the model that trains them."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import layers, ops

from course_lib import losses, training
from course_lib.layers import coarse_size


def dense_encoder(latent_size: int = 20, picture_shape=(28, 28, 1), widths=(512, 256)) -> keras.Model:
    """Pictures `(batch, *picture_shape)` to `[mean, log_var]`, each `(batch, latent_size)`.

    The documents' dense encoder: flat pixels, dense layers with ReLU, and two heads without
    activation, for a mean may be any number, and so may the logarithm of a variance.
    """
    pictures = keras.Input(picture_shape, name="pictures")
    x = layers.Flatten()(pictures)
    for width in widths:
        x = layers.Dense(width, activation="relu")(x)
    return keras.Model(pictures, posterior_heads(x, latent_size), name="encoder")


def conv_encoder(
    latent_size: int = 16, picture_shape=(28, 28, 1), widths=(16, 32), dense: int = 192
) -> keras.Model:
    """Pictures `(batch, *picture_shape)` to `[mean, log_var]`, each `(batch, latent_size)`, by convolutions.

    Every convolution, 4×4, halves height and width; a dense layer then looks at all of the grid at once.
    """
    pictures = keras.Input(picture_shape, name="pictures")
    x = pictures
    for filters in widths:
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    x = layers.LeakyReLU(0.2)(layers.Dense(dense)(layers.Flatten()(x)))
    return keras.Model(pictures, posterior_heads(x, latent_size), name="encoder")


def posterior_heads(features, latent_size: int):
    """The last layers of an encoder, from features `(batch, n)`: `[mean, log_var]`."""
    # float32 whatever the policy: exp(log_var) leaves float16's range early.
    mean = layers.Dense(latent_size, dtype="float32", name="mean")(features)
    log_var = layers.Dense(latent_size, dtype="float32", name="log_var")(features)
    return [mean, log_var]


def dense_decoder(latent_size: int = 20, picture_shape=(28, 28, 1), widths=(256, 512)) -> keras.Model:
    """Codes `(batch, latent_size)` to pictures `(batch, *picture_shape)` in (-1, 1), by dense layers."""
    codes = keras.Input((latent_size,), name="codes")
    x = codes
    for width in widths:
        x = layers.Dense(width, activation="relu")(x)
    x = layers.Dense(math.prod(picture_shape), activation="tanh", dtype="float32")(x)
    return keras.Model(codes, layers.Reshape(picture_shape, dtype="float32")(x), name="decoder")


def conv_decoder(
    latent_size: int = 16, picture_shape=(28, 28, 1), widths=(32, 16), dense: int = 192
) -> keras.Model:
    """Codes `(batch, latent_size)` to pictures `(batch, *picture_shape)` in (-1, 1), by convolutions.

    `conv_encoder` run backwards: two dense layers paint a coarse grid of `widths[0]` channels, and every
    transposed convolution, 4×4, doubles its sides; the last one makes the picture.

    28×28 starts at 7×7 with two widths, 64×64 at 4×4 with four.

    Raises:
        ValueError: if the picture's sides cannot be halved so often.
    """
    *_, channels = picture_shape
    rows, columns = coarse_size(picture_shape, doublings=len(widths))
    codes = keras.Input((latent_size,), name="codes")
    x = layers.LeakyReLU(0.2)(layers.Dense(dense)(codes))
    x = layers.Dense(rows * columns * widths[0])(x)
    x = layers.LeakyReLU(0.2)(layers.Reshape((rows, columns, widths[0]))(x))
    for filters in widths[1:]:
        x = layers.LeakyReLU(0.2)(layers.Conv2DTranspose(filters, 4, strides=2, padding="same")(x))
    # float32 whatever the policy, as in `dense_decoder`.
    x = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(codes, x, name="decoder")


def head_networks() -> tuple[keras.Model, keras.Model]:
    """Encoder and decoder of lesson 02_vae/2 for heads of 64×64×3, with 24 latents; 0.7 million weights."""
    return (
        conv_encoder(24, (64, 64, 3), widths=(24, 48, 64, 96), dense=128),
        conv_decoder(24, (64, 64, 3), widths=(96, 64, 32, 16), dense=128),
    )


def conditional_encoder(
    wanted_size: int, latent_size: int = 16, picture_shape=(28, 28, 1), widths=(16, 32), dense: int = 192,
    loudness: float = 10.0,
) -> keras.Model:  # fmt: skip
    """`[pictures, wanted (batch, wanted_size)]` to `[mean, log_var]`: `conv_encoder`, told what is wanted.

    Args:
        loudness: what `wanted` is multiplied with. The encoder must know it to leave it out of the code,
            and the decoder listens to the louder of its inputs first (lesson 02_vae/2 shows both).
    """
    pictures = keras.Input(picture_shape, name="pictures")
    wanted = keras.Input((wanted_size,), name="wanted")
    loud = layers.Rescaling(loudness)(wanted)
    x = pictures
    for filters in widths:
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(x))
    x = layers.Concatenate()([layers.Flatten()(x), loud])
    x = layers.LeakyReLU(0.2)(layers.Dense(dense)(x))
    heads = posterior_heads(layers.Concatenate()([x, loud]), latent_size)
    return keras.Model([pictures, wanted], heads, name="encoder")


def conditional_decoder(
    wanted_size: int, latent_size: int = 16, picture_shape=(28, 28, 1), loudness: float = 10.0, **settings
) -> keras.Model:
    """`[codes, wanted (batch, wanted_size)]` to pictures: `conv_decoder` with a longer code."""
    codes = keras.Input((latent_size,), name="codes")
    wanted = keras.Input((wanted_size,), name="wanted")
    decoder = conv_decoder(latent_size + wanted_size, picture_shape, **settings)
    pictures = decoder(layers.Concatenate()([codes, layers.Rescaling(loudness)(wanted)]))
    return keras.Model([codes, wanted], pictures, name="decoder")


def reparameterise(mean, log_var, noise):
    """A sample of N(mean, exp(log_var)) as a function that gradients pass: mean + std * noise.

    Kingma and Welling (ICLR 2014, 1312.6114, section 2.4). exp(log_var / 2) is the standard deviation.

    Args:
        mean, log_var: `(batch, latent_size)`.
        noise: standard normal, of the same shape.
    """
    return mean + ops.exp(log_var / 2) * ops.convert_to_tensor(noise)


class VAE(training.Model):
    """An encoder and a decoder that maximise one bound together (Kingma, Welling, ICLR 2014, 1312.6114).

    The loss is minus the evidence lower bound, in nats a picture: the reconstruction term
    -log N(x; decoder(z), sigma^2), summed over pixels, plus `beta` times the KL divergence of the code's
    distribution from the standard normal, summed over latents; both are means over the batch. With
    `beta` other than 1 it is no bound any more (Higgins et al., ICLR 2017).

    Called on pictures it returns their reconstructions, from the codes' means.

    Args:
        encoder: a model from pictures in [-1, 1] to `[mean, log_var]`, `(batch, latent_size)` each.
        decoder: a model from codes `(batch, latent_size)` to pictures.
        sigma: the standard deviation of a pixel around the decoder's output.
        beta: the weight of the KL term.
        seed: of the noise in training.
    """

    log_names = ("loss", "reconstruction", "kl")
    saved = ("encoder", "decoder", "sigma", "beta")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        sigma: float = 0.25,
        beta: float = 1.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.sigma = sigma
        self.beta = beta
        self.latent_size = decoder.inputs[0].shape[-1]
        self.built = True

    def call(self, pictures, training=False):
        mean, _ = self.encoder(pictures, training=False)
        return self.decoder(mean, training=False)

    def step(self, batch):
        number = ops.shape(keras.tree.flatten(batch)[0])[0]
        noise = self.noise((number, self.latent_size))

        def loss():
            reconstruction, kl = self.terms(batch, noise, training=True)
            return reconstruction + self.beta * kl, {"reconstruction": reconstruction, "kl": kl}

        return self.descend(loss)

    def terms(self, pictures, noise, training=False):
        """The two terms of the loss as scalars, `(reconstruction, kl)`.

        Their sum is minus the evidence lower bound; without training, of pictures that were not
        trained on, it is the number to report.

        Args:
            pictures: `(batch, h, w, c)` in [-1, 1].
            noise: standard normal, `(batch, latent_size)`.
        """
        mean, log_var = self.encoder(pictures, training=training)
        decoded = self.decoder(self.sample(mean, log_var, noise), training=training)
        return self.reconstruction_loss(pictures, decoded), self.kl_loss(mean, log_var)

    # What the loss is made of. A lesson that changes one of them overrides it.

    def sample(self, mean, log_var, noise):
        """The codes `(batch, latent_size)` that the decoder gets in training."""
        return reparameterise(mean, log_var, ops.cast(noise, mean.dtype))

    def reconstruction_loss(self, pictures, decoded):
        """-log p(pictures | codes), a scalar."""
        return losses.gaussian_reconstruction(pictures, decoded, self.sigma)

    def kl_loss(self, mean, log_var):
        """KL of the codes' distributions from the standard normal, a scalar."""
        return losses.gaussian_kl(mean, log_var)

    def encode(self, pictures, batch_size: int = 500):
        """`(mean, log_var)` of pictures in [-1, 1], as NumPy arrays `(n, latent_size)`."""
        return tuple(self.encoder.predict(pictures, batch_size=batch_size, verbose=0))

    def decode(self, codes, batch_size: int = 500):
        """Codes `(n, latent_size)` to pictures, as a float32 NumPy array in [-1, 1]."""
        return self.decoder.predict(codes, batch_size=batch_size, verbose=0)

    def generate(self, number: int, seed: int = 0):
        """`number` pictures of codes from the prior, float32 NumPy; the same seed gives the same ones.

        They are the decoder's outputs, the means of the pixels: the noise of size sigma is left out.
        """
        codes = keras.random.normal((number, self.latent_size), seed=seed)
        return self.decode(ops.convert_to_numpy(codes))


class CalibratedVAE(VAE):
    """A VAE whose sigma is the best one, the root of the mean squared error of the batch's pixels.

    Rybkin, Daniilidis and Levine (ICML 2021, 2006.13202, section 3.2). With it the reconstruction term is
    pixels · (log sigma + (1 + log 2π) / 2): its gradient is that of the squared error, with a weight that
    grows as the error shrinks. `sigma` given at the start is not used.
    """

    def reconstruction_loss(self, pictures, decoded):
        error = ops.cast(pictures, "float32") - ops.cast(decoded, "float32")
        sigma = ops.sqrt(ops.mean(ops.square(error)))
        return losses.gaussian_reconstruction(pictures, decoded, sigma)


class ConditionalVAE(CalibratedVAE):
    """A VAE whose encoder and decoder are told what is wanted (Sohn, Lee, Yan, NIPS 2015).

    Its bound is one of log p(picture | wanted). The prior of the codes stays the standard normal whatever
    is wanted, so the codes need not say what `wanted` says already.

    Batches are pairs: pictures, and what is wanted of each, `(batch, wanted_size)`, for example labels in
    one-hot form. Called on a pair it returns reconstructions.

    Args:
        encoder: a model from `[pictures, wanted]` to `[mean, log_var]`.
        decoder: a model from `[codes, wanted]` to pictures.
        settings: those of `VAE`.
    """

    def call(self, batch, training=False):
        mean, _ = self.encoder(batch, training=False)
        return self.decoder([mean, batch[1]], training=False)

    def terms(self, batch, noise, training=False):
        """The two terms of the loss, as in `VAE.terms`; `batch` is a pair."""
        pictures, wanted = batch
        mean, log_var = self.encoder([pictures, wanted], training=training)
        decoded = self.decoder([self.sample(mean, log_var, noise), wanted], training=training)
        return self.reconstruction_loss(pictures, decoded), self.kl_loss(mean, log_var)

    def decode(self, codes, wanted, batch_size: int = 500):
        """Codes `(n, latent_size)` and wishes `(n, wanted_size)` to pictures, float32 NumPy in [-1, 1]."""
        return self.decoder.predict([codes, wanted], batch_size=batch_size, verbose=0)

    def generate(self, wanted, seed: int = 0):
        """One picture for each row of `wanted`, of codes from the prior, as a float32 NumPy array."""
        codes = keras.random.normal((len(wanted), self.latent_size), seed=seed)
        return self.decode(ops.convert_to_numpy(codes), np.asarray(wanted, "float32"))
