"""Variational autoencoders: the networks of the lessons and the model that trains them."""

from __future__ import annotations

import math

import keras
from keras import layers, ops

from course_lib import losses, training


def dense_encoder(
    latent_size: int = 20, picture_shape=(28, 28, 1), widths=(512, 256)
) -> keras.Model:
    """Pictures `(batch, *picture_shape)` to `[mean, log_var]`, each `(batch, latent_size)`.

    The documents' dense encoder: flat pixels, dense layers with ReLU, and two heads without
    activation, for a mean may be any number, and so may the logarithm of a variance.
    """
    pictures = keras.Input(picture_shape, name="pictures")
    x = layers.Flatten()(pictures)
    for width in widths:
        x = layers.Dense(width, activation="relu")(x)
    return keras.Model(pictures, posterior_heads(x, latent_size), name="encoder")


def posterior_heads(features, latent_size: int):
    """The last layers of an encoder, from features `(batch, n)`: `[mean, log_var]`."""
    # float32 whatever the policy: exp(log_var) leaves float16's range early.
    mean = layers.Dense(latent_size, dtype="float32", name="mean")(features)
    log_var = layers.Dense(latent_size, dtype="float32", name="log_var")(features)
    return [mean, log_var]


def dense_decoder(
    latent_size: int = 20, picture_shape=(28, 28, 1), widths=(256, 512)
) -> keras.Model:
    """Codes `(batch, latent_size)` to pictures `(batch, *picture_shape)` in (-1, 1), by dense layers."""
    codes = keras.Input((latent_size,), name="codes")
    x = codes
    for width in widths:
        x = layers.Dense(width, activation="relu")(x)
    x = layers.Dense(math.prod(picture_shape), activation="tanh", dtype="float32")(x)
    return keras.Model(codes, layers.Reshape(picture_shape, dtype="float32")(x), name="decoder")


def reparameterise(mean, log_var, noise):
    """A sample of N(mean, exp(log_var)) as a function that gradients pass: mean + std * noise.

    Kingma and Welling (ICLR 2014, 1312.6114, section 2.4). exp(log_var / 2) is the standard deviation.

    Args:
        mean, log_var: `(batch, latent_size)`.
        noise: standard normal, of the same shape.
    """
    return mean + ops.exp(log_var / 2) * noise


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
        self.latent_size = decoder.input_shape[-1]
        self.built = True

    def compile(self, optimizer=None, steps_per_execution: int = 1):
        """Sets the optimizer of both networks; the default is Adam(1e-3)."""
        self.compile_optimizers(
            {"optimizer": optimizer or keras.optimizers.Adam(1e-3)},
            {"optimizer": [*self.encoder.trainable_variables, *self.decoder.trainable_variables]},
            steps_per_execution=steps_per_execution,
        )

    def call(self, pictures, training=False):
        mean, _ = self.encoder(pictures, training=False)
        return self.decoder(mean, training=False)

    def step(self, pictures):
        noise = self.noise((ops.shape(pictures)[0], self.latent_size))

        def loss():
            reconstruction, kl = self.terms(pictures, noise, training=True)
            return reconstruction + self.beta * kl, {"reconstruction": reconstruction, "kl": kl}

        value, logs = self.minimize(
            loss,
            self.optimizer.named["optimizer"],
            [*self.encoder.trainable_variables, *self.decoder.trainable_variables],
        )
        return {"loss": value, **logs}

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

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "sigma": self.sigma,
            "beta": self.beta,
        }

    @classmethod
    def from_config(cls, config):
        for network in ("encoder", "decoder"):
            config[network] = keras.saving.deserialize_keras_object(config[network])
        return cls(**config)
