"""Models made of parts of others: a VAE whose decoder is a generator, and networks with a trunk in common."""

from __future__ import annotations

import math

import keras
from keras import layers, ops

from course_lib import losses, training
from course_lib.models.gan import Adversaries
from course_lib.models.vae import posterior_heads, reparameterise


def trunk(picture_shape=(28, 28, 1), widths=(256, 128)) -> keras.Model:
    """Pictures `(batch, *picture_shape)` to features `(batch, widths[-1])`: dense layers with leaky ReLU."""
    pictures = keras.Input(picture_shape, name="pictures")
    x = layers.Flatten()(pictures)
    for width in widths:
        x = layers.LeakyReLU(0.2)(layers.Dense(width)(x))
    return keras.Model(pictures, x, name="trunk")


def discriminator_on(body: keras.Model, width: int = 64) -> keras.Model:
    """A discriminator that also says what it saw: pictures to `[logits (batch, 1), features]`.

    Args:
        body: a trunk; its output is what the discriminator compares pictures by.
        width: of the layer between the features and the logit.
    """
    features = body.output
    x = layers.LeakyReLU(0.2)(layers.Dense(width)(features))
    logits = layers.Dense(1, dtype="float32", name="logit")(x)
    return keras.Model(body.input, [logits, features], name="discriminator")


def encoder_on(
    body: keras.Model, latent_size: int = 16, width: int = 64, reads_only: bool = False
) -> keras.Model:
    """An encoder on a trunk: pictures to `[mean, log_var]`, `(batch, latent_size)` each.

    Args:
        body: a trunk, the encoder's own or shared.
        latent_size: numbers in a code.
        width: of the layer between the features and the two heads.
        reads_only: whether the trunk is a constant for the encoder's losses, by a stopped gradient.
    """
    features = ops.stop_gradient(body.output) if reads_only else body.output
    x = layers.LeakyReLU(0.2)(layers.Dense(width)(features))
    return keras.Model(body.input, posterior_heads(x, latent_size), name="encoder")


def decoder(latent_size: int = 16, picture_shape=(28, 28, 1), widths=(128, 256)) -> keras.Model:
    """Codes `(batch, latent_size)` to pictures in (-1, 1), by dense layers with leaky ReLU."""
    codes = keras.Input((latent_size,), name="codes")
    x = codes
    for width in widths:
        x = layers.LeakyReLU(0.2)(layers.Dense(width)(x))
    x = layers.Dense(math.prod(picture_shape), activation="tanh", dtype="float32")(x)
    return keras.Model(codes, layers.Reshape(picture_shape, dtype="float32")(x), name="decoder")


class VAEGAN(Adversaries):
    """A VAE that compares pictures by what a discriminator sees (Larsen et al., ICML 2016, 1512.09300).

    Three parts, each with its own loss:

    - the discriminator: real pictures against reconstructions and pictures of random codes, nothing else;
    - the encoder: KL + likeness, where the likeness is -log of a Gaussian around the features of the
      reconstruction, at those of the picture;
    - the decoder: `gamma` · likeness + the generator's loss.

    Encoder and decoder move first, by one gradient of gamma · (KL + likeness) + generator's loss, in which
    the codes of the reconstructions that the generator's loss sees are constants. (The encoder's gradient
    comes out gamma times its own, which Adam undoes.) The discriminator then learns from the pictures that
    this made.

    Called on pictures it returns their reconstructions, from the codes' means.

    Args:
        encoder: pictures to `[mean, log_var]`.
        decoder: codes to pictures.
        discriminator: pictures to `[logits, features]`.
        gamma: the weight of KL and likeness against the generator's loss.
        r1_weight, average_decay: as in `gan.GAN`; encoder and decoder are averaged both.
        seed: of the noise in training.
    """

    log_names = ("kl", "likeness", "g_loss", "d_loss", "real_score", "fake_score")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        gamma: float = 1e-2,
        r1_weight: float = 1.0,
        average_decay: float = 0.999,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.encoder, self.decoder, self.discriminator = encoder, decoder, discriminator
        self.average_encoder = training.moving_average_of(encoder)
        self.average_decoder = training.moving_average_of(decoder)
        self.gamma, self.r1_weight, self.average_decay = gamma, r1_weight, average_decay
        self.latent_size = decoder.inputs[0].shape[-1]
        self.built = True

    def generators(self):
        return self.moved()

    def moved(self):
        """The variables that KL, likeness and the generator's loss may change: a list.

        Those of encoder and decoder, but none that are the discriminator's too: where both have a trunk in
        common it belongs to the discriminator.
        """
        taken = {id(variable) for variable in self.discriminator.trainable_variables}
        both = [*self.encoder.trainable_variables, *self.decoder.trainable_variables]
        return [variable for variable in both if id(variable) not in taken]

    def call(self, pictures, training=False):
        mean, _ = self.average_encoder(pictures, training=False)
        return self.average_decoder(mean, training=False)

    def step(self, pictures):
        shape = ops.shape(pictures)[0], self.latent_size
        noise, random_codes = self.noise(shape), self.noise(shape)
        _, logs = self.minimize(
            lambda: self.makers_loss(pictures, noise, random_codes), self.g_optimizer, self.moved()
        )
        made = logs.pop("made")
        d_loss, scores = self.minimize(
            lambda: self.discriminator_loss(pictures, made), self.d_optimizer, self.discriminators()
        )
        self.keep_average(self.average_encoder, self.encoder)
        self.keep_average(self.average_decoder, self.decoder)
        return {"d_loss": d_loss, **scores, **logs}

    def makers_loss(self, pictures, noise, random_codes):
        """The loss of encoder and decoder, and its three terms; "made" are the pictures that it judged."""
        mean, log_var = self.encoder(pictures, training=True)
        codes = reparameterise(mean, log_var, noise)
        kl = losses.gaussian_kl(mean, log_var)
        likeness = self.likeness(pictures, self.decoder(codes, training=True))
        judged = ops.concatenate([ops.stop_gradient(codes), random_codes])
        made = self.decoder(judged, training=True)
        g_loss = losses.generator_loss(self.discriminator(made, training=True)[0])
        loss = self.gamma * (kl + likeness) + g_loss
        return loss, {"kl": kl, "likeness": likeness, "g_loss": g_loss, "made": made}

    def likeness(self, pictures, decoded):
        """-log N(features of pictures; features of reconstructions, sigma^2 I), with the best sigma.

        As in `vae.CalibratedVAE`, whose unit it has (nats), but in the discriminator's features: so it does
        not change when these grow.
        """
        wanted = ops.stop_gradient(self.discriminator(pictures, training=True)[1])
        return likeness(wanted, self.discriminator(decoded, training=True)[1])

    def discriminator_loss(self, pictures, made):
        """The discriminator's loss, and both mean probabilities; `made` are constants."""
        real_logits = self.discriminator(pictures, training=True)[0]
        made_logits = self.discriminator(made, training=True)[0]
        loss = losses.discriminator_loss(real_logits, made_logits)
        if self.r1_weight:
            penalty = losses.r1_penalty(lambda x: self.discriminator(x, training=True)[0], pictures)
            loss = loss + self.r1_weight * penalty
        return loss, {
            "real_score": ops.mean(ops.sigmoid(real_logits)),
            "fake_score": ops.mean(ops.sigmoid(made_logits)),
        }

    def encode(self, pictures, batch_size: int = 500):
        """`(mean, log_var)` of pictures in [-1, 1], as NumPy arrays `(n, latent_size)`."""
        return tuple(self.average_encoder.predict(pictures, batch_size=batch_size, verbose=0))

    def decode(self, codes, batch_size: int = 500):
        """Codes `(n, latent_size)` to pictures, as a float32 NumPy array in [-1, 1]."""
        return self.average_decoder.predict(codes, batch_size=batch_size, verbose=0)

    def generate(self, number: int, seed: int = 0):
        """`number` pictures of codes from the prior, float32 NumPy; the same seed gives the same ones."""
        codes = keras.random.normal((number, self.latent_size), seed=seed)
        return self.decode(ops.convert_to_numpy(codes))


def likeness(wanted, made):
    """-log N(wanted; made, sigma^2 I) with sigma^2 the mean squared difference of the whole batch, in nats.

    n · (log sigma + (1 + log 2π) / 2) for n features (Rybkin, Daniilidis, Levine, ICML 2021, 2006.13202).

    Args:
        wanted, made: `(batch, features)`.

    Returns:
        A scalar, any real number; its gradient does not depend on the features' scale.
    """
    wanted, made = ops.cast(wanted, "float32"), ops.cast(made, "float32")
    sigma = ops.sqrt(ops.mean(ops.square(wanted - made)) + 1e-12)
    return wanted.shape[-1] * (ops.log(sigma) + 0.5 * (1 + math.log(2 * math.pi)))
