# %% [markdown]
# # From autoencoder to VAE
#
# **Give every picture a small cloud of codes in place of a point, keep the clouds close together, and random
# codes turn into pictures.**
#
# ## What you will be able to do
#
# - show with a number why random codes tell an autoencoder nothing, and on a map what a VAE changes about it;
# - derive the bound that a VAE makes large, with every sign, sum and mean in its place;
# - send a gradient through a random number;
# - write a VAE's `train_step`, read its two losses, and recognise six ways of getting them wrong by what they
#   do.
#
# ## Prerequisites
#
# Lesson <<the_adversarial_game>> (the judge, a `train_step` by hand). You know what a density and an
# expectation are, and that the logarithm of a product is a sum.

# %%
from course_lib import runtime

runtime.start(lesson="from_autoencoder_to_vae", seed=1)

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_lib import callbacks, check, data, inference, judge, losses, plots, results, weights
from course_lib.models import gan, vae

# %% tags=["knobs"]
latent_size = 20  # numbers in a code
reports = 8  # how often the long training is looked at
steps_per_report = runtime.pick(smoke=2, quick=500, full=4000)  # of the autoencoder and of the VAE: equal
flat_steps = runtime.pick(smoke=2, quick=1500, full=6000)  # of the networks with two numbers in a code
short_steps = runtime.pick(smoke=4, quick=300, full=1000)  # of the mistakes
n_score = runtime.pick(smoke=300, quick=5000, full=10_000)  # pictures that a score is made of
n_watch = runtime.pick(smoke=200, quick=2000, full=5000)  # pictures for quicker looks

# %% [markdown]
# Where this lesson goes: twenty random numbers went into a decoder, and these came out. Its weights ship with
# the course; you will train one like it, and see what had to be true of its training for random numbers to be
# good enough.

# %%
shipped = vae.dense_decoder(latent_size)  # codes (n, 20) -> pictures (n, 28, 28, 1)
weights.load_into(shipped, "dense_vae.weights.h5")
codes = keras.random.normal((20, latent_size), seed=3)
figure = plots.grid(shipped.predict(codes, verbose=0), columns=10, title="Decoded from random codes")
plots.show(
    figure,
    alt="20 grey, slightly blurred pictures of garments made by the shipped decoder.",
)

# %% [markdown]
# ## From the documents
#
# Two of the articles show a dense VAE (row S2), all of them describe one (M2). Neither listing can learn: in
# both, the code that the decoder gets does not come from the encoder. This lesson builds the network they
# meant, and then puts their lines back, one at a time:
#
# | the articles say or do | in this lesson |
# |---|---|
# | the code is random noise; the encoder brings it close to the picture | what a code is, on a map |
# | the VAE maximises the probability of the data | a lower bound of it; the gap measured where it is known |
# | the expectation is over the data | over the codes of one picture; derived |
# | z comes from outside, not from mean and log-variance | trained as written, then measured |
# | $+\sum(1+\log\sigma^2-\mu^2-\sigma^2)$ is added to the loss | trained as written, then measured |
# | $\mathbb{E}\log p(x\mid z)$ is made small | trained as written, then measured |
# | the loss is summed over the batch, or averaged over everything | both measured |
# | encoder and decoder have goals of their own | trained so, then measured |
# | a "variational adversarial algorithm" | what *variational* means |
# | a VAE trains fast | seconds to a distance, for lesson <<one_scoreboard>> |

# %% [markdown]
# ## The idea
#
# An **autoencoder** is two networks in a row. The *encoder* turns a picture into a few numbers, its *code*;
# the *decoder* makes a picture of a code. Trained together to give back what went in, they must find a code
# from which the picture can be painted again.
#
# ```
#  picture, 784 numbers ──► encoder ──► code, 20 numbers ──► decoder ──► picture, 784 numbers
# ```
#
# Half of that looks like a generator. Put random codes into the decoder, and will it draw?


# %%
def build_encoder(latent_size):
    """Pictures (batch, 28, 28, 1) to mean and log-variance, (batch, latent_size) each."""
    picture = keras.Input((28, 28, 1))
    h = layers.Flatten()(picture)  # (batch, 784)
    for width in (512, 256):
        h = layers.Dense(width, activation="relu")(h)  # (batch, width)
    return keras.Model(picture, [layers.Dense(latent_size)(h), layers.Dense(latent_size)(h)])


def build_decoder(latent_size):
    """Codes (batch, latent_size) to pictures (batch, 28, 28, 1) in (-1, 1)."""
    code = keras.Input((latent_size,))
    h = code
    for width in (256, 512):
        h = layers.Dense(width, activation="relu")(h)  # (batch, width)
    h = layers.Dense(784, activation="tanh")(h)  # (batch, 784)
    return keras.Model(code, layers.Reshape((28, 28, 1))(h))


# %% [markdown]
# The encoder has two outputs. An autoencoder uses the first one only; the second waits for the VAE. With
# codes of *two* numbers you can look at all of them at once. All curves, maps and choices of this lesson use
# validation pictures, which no network is trained on; the test set is opened once, at the end.

# %%
pictures, _ = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8
held_pictures, held_labels = data.load("fashion", "validation")  # (10000, 28, 28, 1), (10000,)
held = data.signed(held_pictures)  # float32 in [-1, 1]


def train_autoencoder(latent_size, steps, seed=1):
    """Trains encoder and decoder to give pictures back; returns both."""
    runtime.seed(seed)
    encoder, decoder = build_encoder(latent_size), build_decoder(latent_size)
    code, _ = encoder.output
    both = keras.Model(encoder.input, decoder(code))
    both.compile("adam", "mse", jit_compile=False)
    pairs = data.Batches((pictures, pictures), batch_size=128, seed=seed)  # what goes in shall come out
    both.fit(pairs.dataset(), steps_per_epoch=steps, shuffle=False, verbose=0)
    return keras.Model(encoder.input, code), decoder


# %%
to_code, to_picture = train_autoencoder(2, flat_steps)
flat_codes = to_code.predict(held, batch_size=500, verbose=0)  # (10000, 2)
middle, spread = flat_codes.mean(axis=0), flat_codes.std(axis=0)  # (2,), (2,)
figure = plots.latent_map(
    (flat_codes[:3000] - middle) / spread,
    held_labels[:3000],
    data.LABELS["fashion"],
    title="Autoencoder: the codes of 3,000 unseen pictures",
    xlabel="z₁ (spreads from the mean)",
    ylabel="z₂ (spreads from the mean)",
)
plots.show(
    figure,
    alt="Points of ten kinds of garment in lanes that spread like a fan, with empty wedges between them.",
)
print(f"the codes' own scale: means {middle.round(1)}, spreads {spread.round(1)}")

# %%
figure = plots.latent_grid(
    lambda z: to_picture.predict(middle + spread * z, verbose=0),
    limit=2.5,
    steps=8,
    title="Autoencoder: what the decoder paints at each place",
    xlabel="z₁ (spreads from the mean)",
    ylabel="z₂ (spreads from the mean)",
)
plots.show(
    figure,
    alt="A plane of decoded pictures: garments along the lanes, and between them dim "
    "mixtures, of trousers and a shoe for one.",
)

# %% [markdown]
# A code is neither noise nor close to a picture: it is an address. The encoder put similar garments at
# neighbouring addresses, because that helps the decoder; between the lanes, where nothing lives, the decoder
# was never told what to paint, and paints mixtures. And where the codes lie, on which scale, was nobody's
# choice: read the printed line. Nothing in the loss asks for more.
#
# In two dimensions one could live with that. In twenty there is no map to look at, though a code then holds
# enough for good reconstructions. Where should random codes come from? Nobody says. Three guesses: standard
# normal; with the mean and spread of each number as the training codes have them; and with their whole
# covariance.

# %%
to_code, to_picture = train_autoencoder(latent_size, reports * steps_per_report)
known = to_code.predict(data.signed(pictures[:20_000]), batch_size=500, verbose=0)  # (20000, 20)
standard = np.random.default_rng(1).standard_normal((n_score, latent_size)).astype("float32")


def fitted(codes):
    """Random codes (n_score, 20) from the Gaussian with the mean and covariance of `codes`."""
    root = np.linalg.cholesky(np.cov(codes, rowvar=False))  # (20, 20)
    return (codes.mean(axis=0) + standard @ root.T).astype("float32")


guesses = {
    "standard normal": standard,
    "own spread": known.mean(axis=0) + known.std(axis=0) * standard,
    "own covariance": fitted(known),
}

# %%
jury = judge.load("fashion")
given_back = to_picture.predict(to_code.predict(held[:n_score], verbose=0), verbose=0)
from_random = {name: to_picture.predict(guess, batch_size=500, verbose=0) for name, guess in guesses.items()}
autoencoder = {"given back": jury.frechet(given_back)}
autoencoder |= {name: jury.frechet(drawn) for name, drawn in from_random.items()}
rows = {"unseen picture": held[:12], "given back": given_back[:12]}
rows |= {f"codes: {name}": drawn[:12] for name, drawn in from_random.items() if name != "own spread"}
figure = plots.pairs(rows, title="What an autoencoder gives back, and what it makes of random codes")
plots.show(
    figure,
    alt="Garments, their softer reconstructions, and two rows of decoded random codes: grey fog for "
    "standard normal ones; for fitted ones soft garments, some of them torn.",
)
for name, far in autoencoder.items():
    print(f"{name:16s} distance {far:6.2f}")
    runtime.record(f"autoencoder_{name.replace(' ', '_')}", far, judge=jury.version, samples=n_score)

# %% [markdown]
# The better the guess, the better the pictures. So the trouble is not the decoder but the question *which
# codes are pictures*, and it is asked too late, when the codes lie where they lie. (Keep the last row in mind
# all the same; we come back to it.)
#
# A **VAE** turns the question around. It fixes the distribution of codes first, the standard normal, and then
# trains the encoder until the codes follow it:
#
# ```
#                     ┌─► mean ────────────┐
#  picture ──► encoder                     ├─► code = mean + spread · noise ──► decoder ──► picture
#                     └─► log-variance ────┘
# ```
#
# Each picture gets a small cloud of codes, and the decoder must paint it from anywhere in its cloud. A second
# loss pulls the clouds to where random codes fall. How far they follow depends on what the two losses are
# worth against each other: a map at the end of the experiment shows it.

# %% [markdown]
# ## The mathematics
#
# ### A model of pictures, and why its likelihood is out of reach
#
# Write $x$ for a picture and $z$ for its code. The decoder is half of a **model**: draw a code from the
# *prior* $p(z)=\mathcal N(0,I)$, paint the picture $\hat x(z)$, and add to each pixel noise of a fixed size
# $\sigma$:
#
# $$p(x\mid z)=\mathcal N\big(x;\ \hat x(z),\ \sigma^2 I\big),\qquad p(x)=\int p(x\mid z)\,p(z)\,dz .$$
#
# We would like to make $\log p(x)$ large for the training pictures. The integral is over all codes; nearly
# all of them have nothing to do with $x$, so samples of the prior do not find the few that matter. The
# encoder proposes them: for each picture, a Gaussian
#
# $$q(z\mid x)=\mathcal N\big(z;\ \mu(x),\ \operatorname{diag} v(x)\big),$$
#
# with $\mu$ the mean and $v$ the variance that it returns (as $\log v$, which may be any number).
#
# How far is one distribution of codes from another? The **Kullback–Leibler divergence**
# $\operatorname{KL}(q\,\|\,p)=\mathbb E_{z\sim q}\log\frac{q(z)}{p(z)}$ says by how much $q$ makes its own
# codes more probable than $p$ does, on average and as a logarithm. It is 0 where the two are equal, else
# above 0, and not symmetric. With natural logarithms it is counted in **nats**: one nat is a factor of $e$ in
# probability, or 1.44 bits.
#
# ### The bound
#
# Bayes' rule gives $p(x)=p(x\mid z)\,p(z)\,/\,p(z\mid x)$ for *every* $z$, so also on average over codes from
# $q$. Multiply and divide by $q$ inside the logarithm:
#
# $$\log p(x)=\mathbb{E}_{z\sim q(z\mid x)}\log\frac{p(x\mid z)\,p(z)}{p(z\mid x)}
# =\underbrace{\mathbb{E}_{q}\log p(x\mid z)-\operatorname{KL}\big(q(z\mid x)\,\|\,p(z)\big)}_{\text{ELBO}}
# +\operatorname{KL}\big(q(z\mid x)\,\|\,p(z\mid x)\big).$$
#
# The last term cannot be computed, but it is never below 0. So the rest is an **evidence lower bound**, and
# it is tight where $q$ is the true posterior. Three things to notice:
#
# - The expectation is over the codes of *one* picture. The average over the data comes afterwards, as the
#   mean over a batch.
# - It is a bound. A VAE does not maximise the probability of the data; it pushes it up from below.
# - A hard integral has become the search for a good function $q$. That is what **variational** means, and
#   nothing in it is adversarial: encoder and decoder climb the same bound.
#
# In one dimension, with a linear decoder $\hat x(z)=wz$, everything is known: $p(x)$ is normal with variance
# $w^2+\sigma^2$, and so is the posterior. Try some $q$.

# %%
w, sigma_x, seen = 1.5, 0.6, 0.7  # decoder, pixel noise, and a "picture" of one pixel
log_p = -0.5 * seen**2 / (w**2 + sigma_x**2) - 0.5 * np.log(2 * np.pi * (w**2 + sigma_x**2))


def bound(mean, variance):
    """The ELBO of q = N(mean, variance) for the one picture."""
    squares = (seen - w * mean) ** 2 + w**2 * variance  # the expectation over q of (seen - w z)²
    log_likelihood = -0.5 * squares / sigma_x**2 - 0.5 * np.log(2 * np.pi * sigma_x**2)
    return log_likelihood - 0.5 * (mean**2 + variance - np.log(variance) - 1)


# %%
variance = 1 / (1 + w**2 / sigma_x**2)  # the posterior's
means = np.linspace(-0.4, 1.2, 81)
lines = {
    f"variance of q: {factor:g} × the posterior's": (
        means,
        bound(means, factor * variance),
    )
    for factor in (1, 2, 0.1)
}
figure = plots.curves(
    lines,
    xlabel="mean of q",
    ylabel="ELBO (nats)",
    title="The bound touches log p(x) at the posterior, and never passes it",
    floor=log_p,
    floor_label="log p(x)",
)
plots.show(
    figure,
    alt="Three arches below the dashed level log p(x); the one with the posterior's "
    "variance touches it at its top.",
)
print(f"log p(x) {log_p:.4f}   largest ELBO {max(y.max() for _, y in lines.values()):.4f}")

# %% [markdown]
# ### The KL term
#
# Both distributions are Gaussians with independent coordinates, so the divergence is a **sum over the
# latents**, and of one latent with mean $\mu$ and variance $v$ you can do it by hand, for
# $\mathbb E_q(z-\mu)^2=v$ and $\mathbb E_q z^2=\mu^2+v$:
#
# $$\mathbb E_q\log q=-\tfrac12\log 2\pi-\tfrac12\log v-\tfrac12,\qquad
# \mathbb E_q\log p=-\tfrac12\log 2\pi-\tfrac12(\mu^2+v),$$
#
# $$\operatorname{KL}(q\,\|\,p)=\tfrac12\big(\mu^2+v-\log v-1\big).$$
#
# ## Exercise: the KL term
#
# `mean` and `log_var` have shape `(batch, latents)`, and $v=e^{\texttt{log\_var}}$. Return one number: the
# sum over the latents, the mean over the batch. It runs inside a compiled training step, so use `keras.ops`
# for everything, and `mean.shape[0]` in place of `len(mean)`.


# %% tags=["exercise"]
def gaussian_kl(mean, log_var):
    """KL of N(mean, exp(log_var)) from N(0, I), the mean over the batch."""
    ...


# %% tags=["solution"]
def gaussian_kl(mean, log_var):
    """KL of N(mean, exp(log_var)) from N(0, I), the mean over the batch."""
    each = 0.5 * (mean**2 + ops.exp(log_var) - log_var - 1)  # (batch, latents)
    return ops.mean(ops.sum(each, axis=-1))


# %% tags=["check"]
gaussian_kl = check.gaussian_kl(gaussian_kl)

# %% [markdown]
# A formula derived on paper deserves a witness. Draw codes from a $q$, and average $\log q-\log p$ over them.

# %%
rng = np.random.default_rng(2)
some_mean, some_log_var = (
    rng.normal(0, 1, (1, 5)),
    rng.normal(-1, 1, (1, 5)),
)  # (1, 5) each
drawn = some_mean + np.exp(some_log_var / 2) * rng.standard_normal((200_000, 5))
log_q = -0.5 * ((drawn - some_mean) ** 2 / np.exp(some_log_var) + some_log_var)  # without log 2 pi,
log_prior = -0.5 * drawn**2  # which both have
log_ratio = (log_q - log_prior).sum(axis=1)  # (200000,)
derived = float(gaussian_kl(ops.convert_to_tensor(some_mean), ops.convert_to_tensor(some_log_var)))
error = log_ratio.std() / np.sqrt(len(log_ratio))
print(f"derived {derived:.4f}   from samples {log_ratio.mean():.4f} ± {2 * error:.4f}")

# %% [markdown]
# ### A gradient through a random number
#
# The other term is an expectation over codes drawn from $q$, and one code a picture is enough for training:
# the batch averages. But how does the loss change when the *encoder's* weights change? They decide about $z$
# through a random draw, and a random draw has no derivative. Unless you draw first and transform afterwards:
#
# $$z=\mu+\sqrt v\;\varepsilon,\qquad \varepsilon\sim\mathcal N(0,I).$$
#
# That is the same distribution, and $z$ is now a smooth function of $\mu$ and $v$ with $\varepsilon$ held
# fixed. This is the **reparameterisation trick**.
#
# In code $\sqrt v$ is an exponential as well, for the encoder returns $\log v$. Test it where the answer
# is known: $\mathbb E z^2=\mu^2+v$, so the derivatives are $2\mu$ with respect to the mean and $v$ with
# respect to $\log v$. First the code is drawn by NumPy, from outside; then by this function.


# %%
def reparameterise(mean, log_var, noise):
    """A code (batch, latents) from N(mean, exp(log_var)), made of standard normal noise."""
    return mean + ops.exp(log_var / 2) * noise


mean, log_var = tf.constant([[0.8]]), tf.constant([[-1.0]])  # (1, 1)
noise = tf.constant(rng.standard_normal((1000, 1)), dtype="float32")  # (1000, 1)
with tf.GradientTape(persistent=True) as tape:
    tape.watch([mean, log_var])
    outside = tf.constant(rng.normal(0.8, np.exp(-0.5), (1000, 1)), dtype="float32")
    inside = reparameterise(mean, log_var, noise)
    loss_outside, loss_inside = ops.mean(outside**2), ops.mean(inside**2)
print("drawn outside:   ", tape.gradient(loss_outside, [mean, log_var]))
print(
    "reparameterised: ",
    [round(float(slope[0, 0]), 3) for slope in tape.gradient(loss_inside, [mean, log_var])],
)
print("exact:           ", [1.6, round(float(np.exp(-1)), 3)])

# %% [markdown]
# `None`: the two numbers are not connected. Both averages of $z^2$ are right, which is why nobody notices.
#
# Is it the *only* way? No. $\nabla\,\mathbb E_q f=\mathbb E_q\big[f\,\nabla\log q\big]$ holds without it, and
# needs no derivative of $f$. It is what one uses where a code is a choice among words, and has no derivative
# at all. But it is noisy:

# %%
codes_in = np.asarray(inside)  # (1000, 1)
by_path = 2 * codes_in  # d z² / d mean, one for each draw
by_score = codes_in**2 * (codes_in - 0.8) / np.exp(-1)  # z² · d log q / d mean
for name, slopes in (("reparameterised", by_path), ("f · grad log q", by_score)):
    print(f"{name:16s} d/d mean: {slopes.mean():.2f}, spread of one draw {slopes.std():.2f}")
ratio = by_score.var() / by_path.var()
runtime.record("score_to_path_variance", ratio)
print(
    f"the second needs {ratio:.0f} times as many draws for the same accuracy, with one latent and a parabola"
)

# %% [markdown]
# ### The reconstruction term
#
# $-\log p(x\mid z)$ is a **sum over the pixels**, for they are independent given the code:
#
# $$-\log p(x\mid z)=\sum_{\text{pixels}}\Big(\frac{(x-\hat x)^2}{2\sigma^2}+\log\sigma+\tfrac12\log 2\pi\Big).$$
#
# So it is the squared error after all, but with a price: $\sigma$ says how large an error is worth a nat. A
# small $\sigma$ buys sharp reconstructions with a large KL. Here $\sigma=0.25$ on pixels in $[-1,1]$, about
# the error that the trained network makes. Two things about this number that are often got wrong:
#
# - Pixels are treated as real numbers, so $p(x\mid z)$ is a *density*. Densities may exceed 1, and this loss
#   may be negative. Whole grey levels would need a discrete distribution.
# - Many programs use the binary cross-entropy of grey pixels in its place. Grey is not black or white with
#   some probability: that is no bound of $\log p(x)$ of the grey picture. Lesson <<likelihood_and_collapse>>
#   says what it is a bound of.
#
# A sum over the pixels and channels, a mean over the batch:


# %%
def reconstruction_loss(pictures, decoded, sigma):
    """-log N(pictures; decoded, sigma²) of pictures (batch, height, width, channels)."""
    squares = ((pictures - decoded) / sigma) ** 2  # (batch, height, width, channels)
    each = squares / 2 + np.log(sigma) + np.log(2 * np.pi) / 2
    return ops.mean(ops.sum(each, axis=(1, 2, 3)))


# %% [markdown]
# ## `train_step`, by hand
#
# One tape, one loss, one optimizer. Compare the GAN's: there, each player had its own.
#
# ## Exercise: one step of a VAE
#
# Fill the six gaps, with the three functions from above. `model` has an `encoder`, a `decoder` and an
# `optimizer`; `pictures` are `(batch, height, width, channels)`, `noise` is standard normal, `(batch,
# latents)`. What the loss asks for must reach the weights of both networks. The check takes two steps with
# tiny networks, and compares what they return and where the weights went.


# %% tags=["exercise"]
def vae_step(model, pictures, noise, sigma):
    """One step of encoder and decoder down minus the ELBO; returns the loss and its two terms."""
    with tf.GradientTape() as tape:
        mean, log_var = model.encoder(pictures, training=True)  # (batch, latents) each
        z = ...  # (batch, latents)
        decoded = ...
        reconstruction = ...
        kl = ...
        loss = ...
    weights = ...
    model.optimizer.apply(tape.gradient(loss, weights), weights)
    return {"loss": loss, "reconstruction": reconstruction, "kl": kl}


# %% tags=["solution"]
def vae_step(model, pictures, noise, sigma):
    """One step of encoder and decoder down minus the ELBO; returns the loss and its two terms."""
    with tf.GradientTape() as tape:
        mean, log_var = model.encoder(pictures, training=True)  # (batch, latents) each
        z = reparameterise(mean, log_var, noise)  # (batch, latents)
        decoded = model.decoder(z, training=True)  # (batch, height, width, channels)
        reconstruction = reconstruction_loss(pictures, decoded, sigma)
        kl = gaussian_kl(mean, log_var)
        loss = reconstruction + kl  # minus the ELBO
    weights = [*model.encoder.trainable_variables, *model.decoder.trainable_variables]
    model.optimizer.apply(tape.gradient(loss, weights), weights)
    return {"loss": loss, "reconstruction": reconstruction, "kl": kl}


# %% tags=["check"]
vae_step = check.vae_step(vae_step)

# %%
sigma = 0.25  # noise of a pixel around the decoder's output, on the scale from -1 to 1


class HandMadeVAE(keras.Model):
    def __init__(self, encoder, decoder, seed):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.seeds = keras.random.SeedGenerator(seed)
        self.built = True

    def train_step(self, pictures):  # (batch, 28, 28, 1)
        noise = keras.random.normal((pictures.shape[0], latent_size), seed=self.seeds)
        return vae_step(self, pictures, noise, sigma)


# %% covers="S2 M2"
batches = data.Batches(pictures, batch_size=128, seed=1)  # float32 in [-1, 1] on the way
runtime.seed(1)
by_hand = HandMadeVAE(build_encoder(latent_size), build_decoder(latent_size), seed=1)
by_hand.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
logs = by_hand.fit(batches.dataset(), epochs=4, steps_per_epoch=5, shuffle=False, verbose=0).history
for step, reconstruction, kl in zip((5, 10, 15, 20), logs["reconstruction"], logs["kl"], strict=True):
    print(f"step {step:2d}: reconstruction {reconstruction:7.1f} nats   KL {kl:6.2f} nats")

# %% [markdown]
# (Two shortcuts of this class: a model without a `call` says itself that it is built; and what `train_step`
# returns are numbers of one batch, so `fit` shows the last batch's. Keras' idiom is a `keras.metrics.Mean`
# for each number, which keeps the mean of the epoch. The library has both.)
#
# ### The same from the library
#
# `vae.VAE` does this on TensorFlow, JAX and PyTorch. It must take the same twenty steps.

# %%
runtime.seed(1)
by_library = vae.VAE(build_encoder(latent_size), build_decoder(latent_size), sigma=sigma, seed=1)
by_library.compile(keras.optimizers.Adam(1e-3))
by_library.fit(batches, steps_per_epoch=20, verbose=0)
for network in ("encoder", "decoder"):
    hand, library = (getattr(model, network).trainable_variables for model in (by_hand, by_library))
    apart = max(float(ops.max(ops.abs(a - b))) for a, b in zip(hand, library, strict=True))
    print(
        f"{network}: weights differ by {apart:.1e} at most (the largest is "
        f"{float(ops.max(ops.abs(library[0]))):.2f})"
    )

# %% [markdown]
# ## The experiment
#
# Now for real, for as many steps on the same batches as the autoencoder had, with the judge watching what
# random codes become.


# %%
def new_vae(latent_size, sigma=sigma, seed=1, kind=vae.VAE):
    """A VAE of the lesson's networks, ready to be trained."""
    runtime.seed(seed)
    one = kind(build_encoder(latent_size), build_decoder(latent_size), sigma=sigma, seed=seed)
    one.compile(keras.optimizers.Adam(1e-3), steps_per_execution=runtime.pick(smoke=1, quick=10, full=50))
    return one


model = new_vae(latent_size)
film = callbacks.SampleGrid(lambda model: model.decode(codes[:12]))
distance = callbacks.Measure("distance", lambda model: jury.frechet(model.generate(n_watch)))
history = model.fit(
    batches, epochs=reports, steps_per_epoch=steps_per_report, callbacks=[film, distance]
).history
at_step = steps_per_report * np.arange(1, reports + 1)
for seconds, far in zip(history["seconds"], history["distance"], strict=True):
    print(f"{seconds:5.1f} s of training: distance {far:.2f}")

# %%
shown = [0, 2, reports - 1]
rows = {f"step {at_step[i]:,}": film.samples[i] for i in shown}
figure = plots.pairs(rows, title="The same 12 random codes as training goes on")
plots.show(
    figure,
    alt="Three rows of 12 pictures: soft garments from the first row on, with more detail in the later ones.",
)

# %%
figure = plots.curves(
    {
        "reconstruction": (at_step, history["reconstruction"]),
        "KL": (at_step, history["kl"]),
    },
    xlabel="training step",
    ylabel="nats a picture",
    title="The two terms of the loss",
)
plots.show(
    figure,
    alt="The reconstruction term falls from above 0 to below it; the KL term is flat "
    "from the first report on.",
)

# %% [markdown]
# The reconstruction term passes 0 and goes on: it is a density. The KL term settles within the first report
# and stays. It is not an error that ought to become 0: it is how many nats the code says about its picture,
# and 0 would mean that it says nothing. How much is worth saying is decided early, by $\sigma$; the rest of
# the training learns to make more of it.
#
# The same two terms of *unseen* pictures, added, are minus the bound in nats a picture: the number to report.


# %%
def terms(images):
    """Reconstruction and KL of pictures in [-1, 1], in nats; their sum is minus the bound."""
    return [float(term) for term in model.terms(images, keras.random.normal((len(images), 20), seed=5))]


for name, numbers in (("unseen", terms(held)), ("trained on", terms(data.signed(pictures[: len(held)])))):
    print(f"pictures {name:10s}: reconstruction {numbers[0]:.1f} + KL {numbers[1]:.1f} nats")
error = float(np.sqrt(np.mean((model.predict(held, batch_size=500, verbose=0) - held) ** 2)))
print(f"error of a pixel, root of the mean square: {error:.3f}; sigma is {sigma}")
runtime.record("training_seconds", history["seconds"][-1], steps=int(model.steps_taken))

# %%
drawn = model.generate(n_score, seed=7)  # (n_score, 28, 28, 1), from random codes
figure = plots.grid(
    drawn[:24], columns=12, title=f"24 random codes after {int(model.steps_taken):,} steps, not chosen"
)
plots.show(
    figure,
    alt="24 generated garments, all soft, without print or seams; most are recognisable, some are mixtures.",
)

# %% [markdown]
# ### What was cured, and what was not
#
# Three kinds of codes for each of the two: those of unseen pictures (for the VAE the middle of each cloud),
# standard normal ones, and those of a Gaussian fitted afterwards to the training pictures' codes (for the VAE
# one draw from each cloud).


# %%
def from_three_codes(decode, seen, known):
    """Distances of what is decoded from codes of unseen pictures, from random ones, and from fitted ones."""
    tried = {"given back": seen, "standard normal": standard, "own covariance": fitted(known)}
    return {name: jury.frechet(decode(codes)) for name, codes in tried.items()}


def one_from_each_cloud(mean, log_var, seed=2):
    """One code drawn from each picture's cloud (n, latents)."""
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    return (mean + np.exp(log_var / 2) * noise).astype("float32")


held_mean, _ = model.encode(held[:n_score])  # (n_score, 20)
of_known = one_from_each_cloud(*model.encode(data.signed(pictures[:20_000])))  # (20000, 20)
variational = from_three_codes(model.decode, held_mean, of_known)
for name, far in variational.items():
    print(f"{name:16s} VAE {far:6.2f}   autoencoder {autoencoder[name]:6.2f}")
    runtime.record(f"vae_{name.replace(' ', '_')}", far, judge=jury.version, samples=n_score)

# %% [markdown]
# One training of each says little. The same with three seeds, which take longer than a lesson has (`python
# benchmarks/vae_seeds.py` measures them; both networks of a seed begin with the same weights and see the same
# batches, so their differences are taken seed by seed):

# %%
study = results.study("autoencoders")["from autoencoder to vae"]
by_kind = {
    (kind, name): [one["codes"][kind][name] for one in study]
    for kind in ("autoencoder", "VAE")
    for name in variational
}
# %%
means = {f"{kind}, {name}": inference.mean(far) for (kind, name), far in by_kind.items()}
compared = {
    f"{ours[0]}, {ours[1]}, against {theirs[0]}, {theirs[1]}": inference.difference(
        by_kind[ours], by_kind[theirs], paired=True
    )
    for ours, theirs in (
        (("VAE", "standard normal"), ("autoencoder", "standard normal")),
        (("VAE", "standard normal"), ("autoencoder", "own covariance")),
        (("VAE", "own covariance"), ("autoencoder", "own covariance")),
        (("VAE", "given back"), ("autoencoder", "given back")),
    )
}
for name, difference in inference.holm(compared).items():
    print(f"{name}\n    {difference.said()}")
runtime.record("three_seeds", means, judge=jury.version, samples=n_score)

# %%
figure = plots.bars(
    list(means),
    [one.value for one in means.values()],
    spread=([one.low for one in means.values()], [one.high for one in means.values()]),
    ylabel=f"Fréchet distance (judge {jury.version})",
    title=f"Where the codes come from ({len(study)} seeds, 95 % by Student's t)",
)
plots.show(
    figure,
    alt="Six bars with short intervals. The autoencoder's with standard normal codes towers above all others; "
    "codes of unseen pictures give the lowest two; with fitted codes the autoencoder lies below the VAE with "
    "either kind of random codes.",
)

# %%
rows = {"unseen picture": held[:10], "autoencoder": given_back[:10], "VAE": model.decode(held_mean[:10])}
figure = plots.pairs(rows, title="The same pictures, given back")
plots.show(
    figure,
    alt="Three rows: garments, the autoencoder's reconstructions, and the VAE's, all a little soft.",
)

# %% [markdown]
# - With *standard normal* codes the VAE draws, and the autoencoder does not. That is the promise it was
#   trained for.
# - With a *fitted* Gaussian **the autoencoder wins** by this ruler: over the VAE with the codes that it was
#   trained for, and over the VAE with a Gaussian fitted to it as well. This is no accident: fitting a density
#   afterwards is a method of its own (Ghosh et al.). It also gives pictures back a little better (no
#   noise is added to its codes).
# - Why then a VAE? Its random codes are known before training, with nothing to fit afterwards. A cloud says
#   how exactly a picture determines its code. How much a code says has a price, in nats. And an unseen
#   picture gets a bound of its log-probability, which an autoencoder has not: lesson
#   <<likelihood_and_collapse>> asks what that is worth.
# - Codes of *real pictures* decode better than random ones in both. So two things are left over: blur (the
#   lowest bars are not 0), and codes that no picture has (the rest).

# %% [markdown]
# ### The plane again
#
# With two numbers in a code, and the same networks, the map of a VAE: one code from each cloud, and the
# circle within which 95 of 100 random codes fall. Twice: with the $\sigma$ of above, and with one four times
# as large, which makes errors cheap and distance from the prior dear.

# %%
planes = {sigma_of: new_vae(2, sigma_of) for sigma_of in (sigma, 4 * sigma)}
for sigma_of, flat in planes.items():
    flat.fit(batches, steps_per_epoch=flat_steps, verbose=0)
    flat_mean, flat_log_var = flat.encode(held[:n_watch])  # (n_watch, 2) each
    drawn_codes = one_from_each_cloud(flat_mean, flat_log_var)
    figure = plots.latent_map(
        drawn_codes,
        held_labels[:n_watch],
        data.LABELS["fashion"],
        title=f"VAE, σ = {sigma_of:g}: codes of {n_watch:,} unseen pictures",
        circle=(np.sqrt(2 * np.log(20)), "holds 95 % of random codes"),
    )
    inside = np.mean(np.linalg.norm(drawn_codes, axis=1) < np.sqrt(2 * np.log(20)))
    plots.show(
        figure,
        alt="Points of ten kinds of garment in lanes that fan out from the middle, with empty wedges between them; "
        f"{inside:.0%} of them lie within a dashed circle.",
    )
    back, random = jury.frechet(flat.decode(drawn_codes)), jury.frechet(flat.generate(n_watch))
    spread = drawn_codes.std(axis=0)
    print(
        f"spread of the codes {spread[0]:.1f} and {spread[1]:.1f} (a standard normal has 1); distance from "
        f"pictures' codes {back:.1f}, from random ones {random:.1f}"
    )
    runtime.record(f"plane_spread_{sigma_of:g}", spread)
    runtime.record(f"plane_random_{sigma_of:g}", random, pictures_codes=back, judge=jury.version)

# %%
figure = plots.latent_grid(
    flat.decode, limit=2.5, steps=8, title=f"VAE, σ = {sigma_of:g}: what the decoder paints at each place"
)
plots.show(
    figure,
    alt="A plane of garments that change gradually into one another: trousers, dresses, shirts, bags, shoes; "
    "where trousers meet shoes, dim mixtures.",
)

# %% [markdown]
# Both maps have lanes with gaps between them, as the autoencoder's has: the clouds do not fill the plane, and
# in a gap the decoder still paints mixtures. What the KL term moves is the *scale*. With the small $\sigma$
# the fan is more than twice as wide as what random codes come from, for room in the code buys more
# reconstruction than it costs: random codes see the middle of the fan only, and their pictures are clearly
# farther from real ones than those of pictures' codes. With the large $\sigma$ the fan has shrunk nearly to
# the circle, and random codes do almost as well as pictures' own. (One training each.) What the two terms are
# worth against each other is the subject of lesson <<likelihood_and_collapse>>.
#
# The class names were never used in training. Footwear lies with footwear and shirts lie with pullovers,
# because that is what a decoder needs. Two numbers are too few to tell a shirt from a coat: where kinds
# overlap, the decoder paints their mean, and that is blur.

# %% [markdown]
# ## When it goes wrong
#
# The lines that the articles print, each put into the VAE as it stands. What changes is always one method.


# %%
class FreshNoise(vae.VAE):
    """z is drawn from outside: mean and log-variance never reach the decoder."""

    def sample(self, mean, log_var, noise):
        return noise


class ReversedLikelihood(vae.VAE):
    """E log p(x | z) is made small."""

    def reconstruction_loss(self, pictures, decoded):
        return -super().reconstruction_loss(pictures, decoded)


# %%
class MeanOfPixels(vae.VAE):
    """The reconstruction term is averaged over the 784 pixels, the KL term is not."""

    def reconstruction_loss(self, pictures, decoded):
        return super().reconstruction_loss(pictures, decoded) / 784


class SeparateGoals(vae.VAE):
    """The decoder learns to reconstruct, the encoder only to stay near the prior."""

    def sample(self, mean, log_var, noise):
        return ops.stop_gradient(super().sample(mean, log_var, noise))


class SumOverBatch(vae.VAE):
    """Both terms are summed over the batch."""

    def terms(self, pictures, noise, training=False):
        return [pictures.shape[0] * term for term in super().terms(pictures, noise, training)]


class FlippedKL(vae.VAE):
    """Listing A's term: the half is missing, and the sign is flipped."""

    def kl_loss(self, mean, log_var):
        return ops.mean(ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=-1))


# %% [markdown]
# ## Exercise: what breaks?
#
# Bet before anything runs. For each of the six, what becomes of the KL term (in nats, as it was derived)?
# `"silent"`: it ends near 0. `"as derived"`: tens of nats, like the VAE's above. `"without end"`. And `"all
# alike"`: how many of the first five give back one picture, whatever went in? Ask of each what the decoder
# hears, and what saying something costs the encoder.


# %% tags=["exercise"]
def what_breaks():
    """What the KL of each does, and how many of the first five give back one picture for all."""
    # return {"fresh noise": "…", "reversed likelihood": "…", "mean of pixels": "…", "separate goals": "…",
    #         "sum over batch": "…", "flipped KL": "…", "all alike": a number}
    ...


# %% tags=["solution"]
def what_breaks():
    """What the KL of each does, and how many of the first five give back one picture for all."""
    return {
        "fresh noise": "silent",
        "reversed likelihood": "silent",
        "mean of pixels": "silent",
        "separate goals": "silent",
        "sum over batch": "as derived",
        "flipped KL": "without end",
        "all alike": 4,
    }


# %% tags=["check"]
what_breaks = check.what_breaks(what_breaks)


# %%
def short_training(kind, seed=1):
    """`short_steps` steps of one kind; returns reconstructions and four numbers about it."""
    one = new_vae(latent_size, seed=seed, kind=kind)
    one.fit(batches, steps_per_epoch=short_steps, verbose=0)
    returned = np.asarray(one(held[:n_watch]))
    mean, log_var = one.encode(held[:n_watch])
    spoken = np.sqrt(returned.var(axis=0).mean() / held[:n_watch].var(axis=0).mean())
    return returned, {
        "error": np.sqrt(np.mean((returned - held[:n_watch]) ** 2)),
        "KL": float(losses.gaussian_kl(mean, log_var)),
        "differs": spoken,
        "distance": jury.frechet(one.generate(n_watch)),
    }


kinds = {
    "as derived": vae.VAE,
    "fresh noise": FreshNoise,
    "reversed likelihood": ReversedLikelihood,
    "mean of pixels": MeanOfPixels,
    "separate goals": SeparateGoals,
    "sum over batch": SumOverBatch,
}
mistakes = {name: short_training(kind) for name, kind in kinds.items()}


def became(nats, as_derived):
    """What a KL term did, in the words of the bet."""
    return "silent" if nats < 2 else "as derived" if nats < 10 * as_derived else "without end"


# %% covers="S2 M2"
rows = {"unseen picture": held[:9]} | {name: returned[:9] for name, (returned, _) in mistakes.items()}
figure = plots.pairs(rows, title=f"What comes back after {short_steps:,} steps")
plots.show(
    figure,
    alt="Rows of reconstructions: as derived and sum over batch give garments back; "
    "fresh noise, mean of pixels and separate goals give one grey mean picture "
    "for all; reversed likelihood gives white where there should be black.",
)
print(f"{'':20s} {'pixel error':>11s} {'KL, nats':>11s} {'differs':>8s} {'distance':>9s}")
for name, (_, told) in mistakes.items():
    print(
        f"{name:20s} {told['error']:11.3f} {told['KL']:11.4g} {told['differs']:8.2f} {told['distance']:9.1f}"
    )
    for what in ("KL", "differs", "distance"):
        details = {"judge": jury.version, "samples": n_watch} if what == "distance" else {}
        runtime.record(f"{what.lower()}_{name.replace(' ', '_')}", told[what], **details)

# %%
broken = {name: told for name, (_, told) in mistakes.items() if name != "as derived"}
usual = mistakes["as derived"][1]["KL"]
came = {name: became(told["KL"], usual) for name, told in broken.items()}
came["all alike"] = sum(told["differs"] < 0.1 for told in broken.values())
check.what_breaks.settle(what_breaks, **came)

by_seed = {
    name: {what: [one["mistakes"][name][what] for one in study] for what in ("differs", "distance")}
    for name in kinds
}
apart = {
    f"{name}, {what}": inference.difference(by_seed[name][what], by_seed["as derived"][what], paired=True)
    for name in list(kinds)[1:]
    for what in ("differs", "distance")
}
for name, difference in inference.holm(apart).items():
    print(f"{name}, less as derived, {len(study)} seeds: {difference.said()}")

# %% [markdown]
# *differs* is how much the reconstructions differ from one another, as a share of how much the pictures do: 0
# means that all pictures come back as the same one. Row by row:
#
# - **fresh noise**: the decoder cannot know which picture is meant, so the best it can do is the mean of all
#   of them. Mean and log-variance have only the KL term to please, and it becomes 0. The loss falls smoothly
#   all the while.
# - **reversed likelihood**: the worst picture is wanted. `tanh` keeps the pixels in range, so what comes back
#   is as unlike as black and white allow, and the same for all; with a linear output, as in one listing,
#   there is no bound at all.
# - **mean of pixels**: the sum has 784 terms, and dividing one term of the loss by 784 makes the other 784
#   times as dear. Saying anything about the picture no longer pays: this is *posterior collapse*, and lesson
#   <<likelihood_and_collapse>> returns to it.
# - **separate goals**: the encoder is never told what the decoder needs, so it says nothing, and the decoder
#   has nothing to listen to. One objective for both, or no code.
# - **sum over batch**: nothing to see, or less than three seeds can tell.
#
# The sixth does not live long enough to stand in that table. Listing A adds the sum of $1+\log v-\mu^2-v$ to
# the loss, which is *minus twice* the divergence: it is made large, and it has no largest value.

# %%
divergences = {}
for name, kind, factor in (("as derived", vae.VAE, 1), ("flipped", FlippedKL, -0.5)):
    one = new_vae(latent_size, kind=kind)
    one.compile(keras.optimizers.Adam(1e-3))  # one step at a time
    logged = one.fit(batches, epochs=12, steps_per_epoch=1, verbose=0).history["kl"]
    divergences[name] = (
        np.arange(1, 13),
        factor * np.array(logged),
    )  # KL in nats, for both

# %% covers="M2"
figure = plots.curves(
    divergences,
    xlabel="training step",
    ylabel="KL (nats)",
    title="A sign, and where it leads within twelve steps",
    log=True,
)
plots.show(
    figure,
    alt="The KL term as derived rises to about a hundred nats and falls again; flipped, it only grows, to "
    "far more within the twelve steps.",
)
runtime.record("kl_flipped", divergences["flipped"][1][-1], steps=12)
print(
    f"KL after 12 steps: {divergences['as derived'][1][-1]:.3g} nats as derived, "
    f"{divergences['flipped'][1][-1]:.3g} flipped"
)
flipped = became(*(divergences[name][1][-1] for name in ("flipped", "as derived")))
check.what_breaks.settle(what_breaks, **{"flipped KL": flipped})

# %% [markdown]
# It has no largest value to end at, and a smaller learning rate would only make it take longer.
#
# How one notices without reading the code: look at KL *and* at what comes back. KL near 0 with equal pictures
# means that the code is not heard; KL without end, that a sign is wrong. The loss alone tells you none of it.
# The cure for all is the first row.
#
# (Two more mistakes end in an error at once: a decoder that is given the encoder's whole output, and flat
# pixels compared with 28×28. That is the kindest thing a mistake can do.)
#
# ### A sum that nobody notices
#
# The last row looks healthy: Adam divides each gradient by its own running size, so a loss multiplied by the
# batch size takes the same steps. The gradient itself tells. With plain gradient descent, other batch sizes
# mean other step lengths, nearly in proportion, and a learning rate that was right becomes wrong.


# %%
def gradient_length(batch_size, summed):
    """The length of the loss's gradient with respect to all weights."""
    noise = keras.random.normal((batch_size, latent_size), seed=1)
    with tf.GradientTape() as tape:
        loss = sum(model.terms(held[:batch_size], noise, training=True)) * (batch_size if summed else 1)
    return float(tf.linalg.global_norm(tape.gradient(loss, model.trainable_variables)))


for summed in (True, False):
    lengths = [gradient_length(batch_size, summed) for batch_size in (32, 256)]
    print(
        f"{'sum' if summed else 'mean'} over the batch: gradient {lengths[0]:9.1f} at "
        f"32 pictures, {lengths[1]:9.1f} at 256"
    )
    runtime.record(f"gradient_growth_{'sum' if summed else 'mean'}", lengths[1] / lengths[0])

# %% [markdown]
# ## The test set, once
#
# Everything is trained and chosen. The score, next to others on the same ruler (precision and recall are
# shares of pictures, so their intervals are Wilson's; they say nothing of other trainings):

# %% tags=["final"] covers="U1 K4"
test_pictures, _ = data.load("fashion", "test")  # (10000, 28, 28, 1)
score = jury.score(drawn, "test")
longer = jury.frechet(shipped.predict(standard, batch_size=500, verbose=0), "test")
generator = gan.dense_generator()
weights.load_into(generator, "dense_gan.weights.h5")
rival = generator.predict(keras.random.normal((n_score, 64), seed=7), batch_size=500, verbose=0)
for name, one in (("this VAE", score), ("the shipped GAN", jury.score(rival, "test"))):
    print(f"{name:32s} distance {one['frechet']:6.2f}")
    for which, n in (("precision", one["pictures"]), ("recall", one["reference_pictures"])):
        print(f"{'':32s} {which} {inference.share(one[which] * n, n)}")
print(f"{'the shipped VAE, trained longer':32s} distance {longer:6.2f}")
print(f"{'real training pictures':32s} distance {jury.frechet(pictures[:n_score], 'test'):6.2f}")
test_terms = terms(data.signed(test_pictures))
runtime.record("test_loss", sum(test_terms), sigma=sigma, unit="nats a picture, a density")
runtime.record("frechet_shipped", longer, judge=jury.version, samples=n_score)
for key in ("frechet", "precision", "recall"):
    runtime.record(key, score[key], judge=jury.version, samples=n_score)

# %% [markdown]
# This GAN's pictures look more real (precision), and its weights had many more steps. That a VAE leaves less
# out is often said; here the two recalls lie close together, and not in that order. Read it as two networks,
# not as two families: lesson <<one_scoreboard>> gives all models equal budgets.
#
# ## Verdict
#
# What this lesson measured, next to what the articles say:

# %%
derived = mistakes["as derived"][1]
print(
    "z from outside:      reconstructions differ "
    f"{mistakes['fresh noise'][1]['differs']:.2f} (as derived {derived['differs']:.2f})"
)
print(
    f"KL flipped:          {divergences['flipped'][1][-1]:.3g} nats after 12 steps "
    f"(as derived {divergences['as derived'][1][-1]:.0f})"
)
print(
    "likelihood reversed: pixel error "
    f"{mistakes['reversed likelihood'][1]['error']:.2f} (as derived "
    f"{derived['error']:.2f})"
)
print(f"mean over pixels:    KL {mistakes['mean of pixels'][1]['KL']:.2g} nats")
print(
    f"the dense VAE of row S2, mended: distance {score['frechet']:.2f} after {history['seconds'][-1]:.0f} s"
)
print(f"its loss on test pictures, minus the bound: {sum(test_terms):.1f} nats a picture")

# %% [markdown]
# - *Neither listing learns* (S2): a code that is drawn outside the encoder carries nothing, whatever else is
#   right.
# - *The objective* (M2) with the flipped sign, without the half, or with the likelihood made small drives the
#   network away from what is wanted, and the loss looks well while it does.
# - *The code is no random noise.* It is an address, drawn from a cloud that belongs to the picture; only when
#   you generate is it noise.
# - *The probability of the data* is not what a VAE maximises, but a bound below it. How large the gap is,
#   lesson <<likelihood_and_collapse>> measures.
# - *Fast?* Random codes became garments within the first seconds. Whether that is faster than a GAN to the
#   *same* distance is another question; the seconds are recorded, and lesson <<one_scoreboard>> decides.
#
# **What is left over:** blur, and codes that no picture has. A fixed prior, a Gaussian for each cloud and
# independent pixels are assumptions, and each has its price. Lesson <<a_space_of_pictures>> looks closer at
# the blur, and at what else the codes are good for.

# %% [markdown]
# ## What to read
#
# - Kingma, Welling, *Auto-encoding variational Bayes*, ICLR 2014,
#   [1312.6114](https://arxiv.org/abs/1312.6114): the bound, the reparameterisation, and in appendix B the KL
#   term.
# - Rezende, Mohamed, Wierstra, *Stochastic backpropagation and approximate inference in deep generative
#   models*, ICML 2014, [1401.4082](https://arxiv.org/abs/1401.4082): the same idea, found at the same time.
# - Rybkin, Daniilidis, Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021,
#   [2006.13202](https://arxiv.org/abs/2006.13202): what $\sigma$ does, and how to learn it.
# - Ghosh et al., *From variational to deterministic autoencoders*, ICLR 2020,
#   [1903.12436](https://arxiv.org/abs/1903.12436): how far an autoencoder gets with a density fitted to its
#   codes afterwards.
# - Higgins et al., *β-VAE*, ICLR 2017, [OpenReview](https://openreview.net/forum?id=Sy2fzU9gl): what becomes
#   of a VAE whose KL term has another weight. Lesson <<likelihood_and_collapse>> tries it.
# - Xiao, Rasul, Vollgraf, *Fashion-MNIST*, [1708.07747](https://arxiv.org/abs/1708.07747): the pictures.
