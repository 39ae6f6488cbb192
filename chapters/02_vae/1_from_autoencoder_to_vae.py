# %% [markdown]
# # From autoencoder to VAE
#
# **Give every picture a small cloud of codes in place of a point, keep the clouds close together, and random
# codes turn into pictures.**
#
# ## What you will be able to do
#
# - show with a map and with a number why an autoencoder cannot draw;
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

from course_lib import callbacks, check, data, judge, losses, plots, weights
from course_lib.models import gan, vae

# %% tags=["knobs"]
latent_size = 20  # numbers in a code
reports = 10  # how often the long training is looked at
steps_per_report = runtime.pick(smoke=2, quick=500, full=3000)
side_steps = runtime.pick(smoke=2, quick=2000, full=6000)  # of the autoencoders and the two-number VAE
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
# codes of *two* numbers you can look at all of them at once.

# %%
pictures, labels = data.load("fashion", "train")  # (60000, 28, 28, 1) uint8, (60000,)
test_pictures, test_labels = data.load("fashion", "test")  # (10000, 28, 28, 1)
test = data.signed(test_pictures)  # float32 in [-1, 1]


def train_autoencoder(latent_size):
    """Trains encoder and decoder to give pictures back; returns both."""
    runtime.seed(1)
    encoder, decoder = build_encoder(latent_size), build_decoder(latent_size)
    code, _ = encoder.output
    both = keras.Model(encoder.input, decoder(code))
    both.compile("adam", "mse", jit_compile=False)
    pairs = data.Batches((pictures, pictures), batch_size=128, seed=1)  # what goes in shall come out
    both.fit(pairs.dataset(), steps_per_epoch=side_steps, shuffle=False, verbose=0)
    return keras.Model(encoder.input, code), decoder


# %%
to_code, to_picture = train_autoencoder(2)
flat_codes = to_code.predict(test, batch_size=500, verbose=0)  # (10000, 2)
middle, spread = flat_codes.mean(axis=0), flat_codes.std(axis=0)  # (2,), (2,)
figure = plots.latent_map(
    (flat_codes[:3000] - middle) / spread,
    test_labels[:3000],
    data.LABELS["fashion"],
    title="Autoencoder: the codes of 3,000 test pictures",
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
# In two dimensions one could live with that. In twenty, nearly all of the space is empty, and there is no map
# to look at. With twenty numbers a code holds enough for good reconstructions. Where should random codes come
# from? Nobody says. Three guesses: standard normal; with the mean and spread of each number as the training
# codes have them; and with their whole covariance.

# %%
to_code, to_picture = train_autoencoder(latent_size)
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
given_back = to_picture.predict(to_code.predict(test[:n_score], verbose=0), verbose=0)
from_random = {name: to_picture.predict(guess, batch_size=500, verbose=0) for name, guess in guesses.items()}
autoencoder = {"given back": jury.frechet(given_back)}
autoencoder |= {name: jury.frechet(drawn) for name, drawn in from_random.items()}
rows = {"test picture": test[:12], "given back": given_back[:12]}
rows |= {f"codes: {name}": drawn[:12] for name, drawn in from_random.items() if name != "own spread"}
figure = plots.pairs(rows, title="What an autoencoder gives back, and what it makes of random codes")
plots.show(
    figure,
    alt="Test garments, their faithful reconstructions, and two rows of decoded "
    "random codes: torn shapes for standard normal ones, soft garments for fitted ones.",
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
# Each picture gets a small cloud of codes. The decoder must paint it from anywhere in its cloud, so there are
# no points with nothing around them; and a second loss keeps the clouds together near 0, so that they fill
# the space.

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
# sum over the latents, the mean over the batch.


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
# ## Exercise: reparameterise
#
# All three arguments have the shape `(batch, latents)`. Remember that $\sqrt{v}$ is the exponential of *half*
# of `log_var`.


# %% tags=["exercise"]
def reparameterise(mean, log_var, noise):
    """A code from N(mean, exp(log_var)), made of standard normal noise."""
    ...


# %% tags=["solution"]
def reparameterise(mean, log_var, noise):
    """A code from N(mean, exp(log_var)), made of standard normal noise."""
    return mean + ops.exp(log_var / 2) * noise


# %% tags=["check"]
reparameterise = check.reparameterise(reparameterise)

# %% [markdown]
# Test it where the answer is known: $\mathbb E z^2=\mu^2+v$, so the derivatives are $2\mu$ with respect to
# the mean and $v$ with respect to $\log v$. First the code is drawn by NumPy, from outside; then by your
# function.

# %%
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
#   some probability: that is not the logarithm of any likelihood, and no bound. Lesson
#   <<likelihood_and_collapse>> measures the difference.
#
# ## Exercise: the reconstruction term
#
# `pictures` and `decoded` have shape `(batch, height, width, channels)`, `sigma` is a number. Sum over the
# pixels, mean over the batch.


# %% tags=["exercise"]
def reconstruction_loss(pictures, decoded, sigma):
    """-log N(pictures; decoded, sigma²), the mean over the batch."""
    ...


# %% tags=["solution"]
def reconstruction_loss(pictures, decoded, sigma):
    """-log N(pictures; decoded, sigma²), the mean over the batch."""
    squares = ((pictures - decoded) / sigma) ** 2  # (batch, height, width, channels)
    each = squares / 2 + np.log(sigma) + np.log(2 * np.pi) / 2
    return ops.mean(ops.sum(each, axis=(1, 2, 3)))


# %% tags=["check"]
reconstruction_loss = check.reconstruction_loss(reconstruction_loss)

# %% [markdown]
# ## `train_step`, by hand
#
# One tape, one loss, one optimizer, both networks. Compare the GAN's: there, each player had its own.

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
        with tf.GradientTape() as tape:
            mean, log_var = self.encoder(pictures, training=True)  # (batch, 20) each
            z = reparameterise(mean, log_var, noise)  # (batch, 20)
            decoded = self.decoder(z, training=True)  # (batch, 28, 28, 1)
            reconstruction = reconstruction_loss(pictures, decoded, sigma)
            kl = gaussian_kl(mean, log_var)
            loss = reconstruction + kl  # minus the ELBO
        weights = [*self.encoder.trainable_variables, *self.decoder.trainable_variables]
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}


# %% covers="S2 M2"
batches = data.Batches(pictures, batch_size=128, seed=1)  # float32 in [-1, 1] on the way
runtime.seed(1)
by_hand = HandMadeVAE(build_encoder(latent_size), build_decoder(latent_size), seed=1)
by_hand.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
logs = by_hand.fit(batches.dataset(), epochs=4, steps_per_epoch=5, shuffle=False, verbose=0).history
for step, reconstruction, kl in zip((5, 10, 15, 20), logs["reconstruction"], logs["kl"], strict=True):
    print(f"step {step:2d}: reconstruction {reconstruction:7.1f} nats   KL {kl:6.2f} nats")

# %% [markdown]
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
# Now for real, with the judge watching what random codes become.

# %%
runtime.seed(1)
model = vae.VAE(build_encoder(latent_size), build_decoder(latent_size), sigma=sigma, seed=1)
model.compile(
    keras.optimizers.Adam(1e-3),
    steps_per_execution=runtime.pick(smoke=1, quick=10, full=50),
)
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
# The same two terms of *test* pictures give the number to report: with both, minus the bound in nats a
# picture.

# %%
test_terms = model.terms(test, keras.random.normal((len(test), latent_size), seed=5))
print(f"test pictures: reconstruction {float(test_terms[0]):.1f} + KL {float(test_terms[1]):.1f} nats")
print(f"training, last epoch:         {history['reconstruction'][-1]:.1f} +    {history['kl'][-1]:.1f}")
runtime.record(
    "test_loss",
    sum(map(float, test_terms)),
    sigma=sigma,
    unit="nats a picture, a density",
)
error = float(np.sqrt(np.mean((model.predict(test, batch_size=500, verbose=0) - test) ** 2)))
print(f"error of a pixel, root of the mean square: {error:.3f}; sigma is {sigma}")

# %% [markdown]
# The score, next to others on the same ruler:

# %% covers="U1 K4"
drawn = model.generate(n_score, seed=7)  # (n_score, 28, 28, 1), from random codes
score = jury.score(drawn)
longer = jury.frechet(shipped.predict(standard, batch_size=500, verbose=0))
generator = gan.dense_generator()
weights.load_into(generator, "dense_gan.weights.h5")
rival = jury.score(generator.predict(keras.random.normal((n_score, 64), seed=7), batch_size=500, verbose=0))
floor = jury.frechet(pictures[:n_score])
for name, one in (("this VAE", score), ("the shipped GAN of lesson <<the_adversarial_game>>", rival)):
    print(
        f"{name:32s} distance {one['frechet']:6.3f}   precision "
        f"{one['precision']:.2f}   recall {one['recall']:.2f}"
    )
print(f"{'the shipped VAE, trained longer':32s} distance {longer:6.3f}")
print(f"{'real training pictures':32s} distance {floor:6.3f}")
runtime.record("frechet", score["frechet"], judge=jury.version, samples=n_score)
runtime.record("frechet_shipped", longer, judge=jury.version, samples=n_score)
runtime.record("precision", score["precision"], judge=jury.version, samples=n_score)
runtime.record("recall", score["recall"], judge=jury.version, samples=n_score)
runtime.record("training_seconds", history["seconds"][-1], steps=int(model.steps_taken))
print(f"training took {history['seconds'][-1]:.0f} s on this machine")

# %% [markdown]
# Compare precision and recall: the GAN draws sharper, the VAE leaves less out. (The GAN's weights were
# trained for longer; lesson <<one_scoreboard>> puts all models of the course on one scoreboard, with equal
# budgets.)

# %%
figure = plots.grid(
    drawn[:48],
    columns=16,
    title=f"48 random codes after {int(model.steps_taken):,} steps, not chosen",
)
plots.show(
    figure,
    alt="48 generated garments; most are recognisable, all are soft, without print or seams.",
)

# %% [markdown]
# ### What was cured, and what was not
#
# Three kinds of codes for each of the two: those of test pictures, standard normal ones, and those of a
# Gaussian fitted to the training pictures' codes afterwards. For the VAE a picture's code is one draw from
# its cloud.

# %%
returned = model.predict(test[:n_score], batch_size=500, verbose=0)  # (n_score, 28, 28, 1)
mean, log_var = model.encode(data.signed(pictures[:20_000]))  # (20000, 20) each
clouds = mean + np.exp(log_var / 2) * rng.standard_normal(mean.shape)
variational = {"given back": jury.frechet(returned), "standard normal": score["frechet"]}
variational["own covariance"] = jury.frechet(model.decode(fitted(clouds)))
for name, far in variational.items():
    print(f"{name:16s} VAE {far:6.2f}   autoencoder {autoencoder[name]:6.2f}")
    runtime.record(f"vae_{name.replace(' ', '_')}", far, judge=jury.version, samples=n_score)
figure = plots.bars(
    ["codes of test pictures", "standard normal codes", "codes of a fitted Gaussian"],
    {
        "autoencoder": [autoencoder[name] for name in variational],
        "VAE": list(variational.values()),
    },
    ylabel=f"Fréchet distance (judge {jury.version})",
    title="Where the codes come from",
)
plots.show(
    figure,
    alt="Bars: with standard normal codes the autoencoder's towers above all others; "
    "the other two pairs are nearly equal.",
)

# %%
rows = {"test picture": test[:10], "autoencoder": given_back[:10], "VAE": returned[:10]}
figure = plots.pairs(rows, title="The same pictures, given back")
plots.show(
    figure,
    alt="Three rows: test garments, the autoencoder's reconstructions, and the VAE's, all a little soft.",
)

# %% [markdown]
# - With *standard normal* codes only the VAE draws. That is the promise it was trained for.
# - With a *fitted* Gaussian the autoencoder comes about as far, by this ruler. This is no accident: fitting a
#   density afterwards is a method of its own (Ghosh et al.). What it does not give is a bound on the
#   likelihood, a distribution that is known before training, and a cloud that says how exactly a picture
#   determines its code.
# - Codes of *real pictures* decode better than random ones in both. So two things are left over: blur (the
#   left pair is not 0), and codes that no picture has (the rest).

# %% [markdown]
# ### The plane again
#
# With two numbers in a code, and the same networks, the map of a VAE:

# %%
runtime.seed(1)
flat = vae.VAE(build_encoder(2), build_decoder(2), sigma=sigma, seed=1)
flat.compile(
    keras.optimizers.Adam(1e-3),
    steps_per_execution=runtime.pick(smoke=1, quick=10, full=50),
)
flat.fit(batches, steps_per_epoch=side_steps, verbose=0)
flat_mean, _ = flat.encode(test[:3000])
figure = plots.latent_map(
    flat_mean,
    test_labels[:3000],
    data.LABELS["fashion"],
    title="VAE: the mean codes of 3,000 test pictures",
)
plots.show(
    figure,
    alt="Points of ten kinds of garment fan out from the middle in all directions, to a "
    "distance of five and more; neighbours are alike.",
)
spread = np.std(flat_mean, axis=0)
print(f"spread of the codes: {spread[0]:.1f} and {spread[1]:.1f}; a standard normal has 1")

# %%
figure = plots.latent_grid(
    flat.decode, limit=2.5, steps=8, title="VAE: what the decoder paints at each place"
)
plots.show(
    figure,
    alt="A plane of garments that change gradually into one another: shoes, bags, shirts, trousers, dresses.",
)

# %% [markdown]
# The class names were never used in training. Footwear lies with footwear and shirts lie with pullovers,
# because that is what a decoder needs. Two numbers are too few to tell a shirt from a coat: where kinds
# overlap, the decoder paints their mean, and that is blur. The fan is also wider than the standard normal
# that random codes come from: with two numbers for 784 pixels, room in the code buys more reconstruction than
# it costs in KL. So random codes see its middle only. What the two terms are worth against each other is the
# subject of lesson <<likelihood_and_collapse>>.

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


# %%
def short_training(kind):
    """`short_steps` steps of one kind; returns reconstructions and four numbers about it."""
    runtime.seed(1)
    one = kind(build_encoder(latent_size), build_decoder(latent_size), sigma=sigma, seed=1)
    one.compile(keras.optimizers.Adam(1e-3))
    one.fit(batches, steps_per_epoch=short_steps, verbose=0)
    returned = np.asarray(one(test[:n_watch]))
    mean, log_var = one.encode(test[:n_watch])
    spoken = np.sqrt(returned.var(axis=0).mean() / test[:n_watch].var(axis=0).mean())
    return returned, {
        "error": np.sqrt(np.mean((returned - test[:n_watch]) ** 2)),
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
results = {name: short_training(kind) for name, kind in kinds.items()}

# %% covers="S2 M2"
rows = {"test picture": test[:9]} | {name: returned[:9] for name, (returned, _) in results.items()}
figure = plots.pairs(rows, title=f"What comes back after {short_steps:,} steps")
plots.show(
    figure,
    alt="Rows of reconstructions: as derived and sum over batch give garments back; "
    "fresh noise, mean of pixels and separate goals give one grey mean picture "
    "for all; reversed likelihood gives white where there should be black.",
)
print(f"{'':20s} {'pixel error':>11s} {'KL, nats':>11s} {'differs':>8s} {'distance':>9s}")
for name, (_, told) in results.items():
    print(
        f"{name:20s} {told['error']:11.3f} {told['KL']:11.4g} {told['differs']:8.2f} {told['distance']:9.1f}"
    )
    for what in ("KL", "differs", "distance"):
        details = {"judge": jury.version, "samples": n_watch} if what == "distance" else {}
        runtime.record(f"{what.lower()}_{name.replace(' ', '_')}", told[what], **details)

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
# - **sum over batch**: nothing to see.
#
# One mistake does not live long enough to stand in that table. Listing A adds the sum of $1+\log v-\mu^2-v$
# to the loss, which is *minus twice* the divergence: it is made large, and it has no largest value.


# %%
class FlippedKL(vae.VAE):
    """The half is missing, and the sign is flipped."""

    def kl_loss(self, mean, log_var):
        return ops.mean(ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=-1))


divergences = {}
for name, kind, factor in (("as derived", vae.VAE, 1), ("flipped", FlippedKL, -0.5)):
    runtime.seed(1)
    one = kind(build_encoder(latent_size), build_decoder(latent_size), sigma=sigma, seed=1)
    one.compile(keras.optimizers.Adam(1e-3))
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
    alt="The KL term as derived stays near a hundred nats; flipped, it grows by many orders of magnitude.",
)
runtime.record("kl_flipped", divergences["flipped"][1][-1], steps=12)
print(
    f"KL after 12 steps: {divergences['as derived'][1][-1]:.3g} nats as derived, "
    f"{divergences['flipped'][1][-1]:.3g} flipped"
)
# %% [markdown]
# A few steps later it is no longer a finite number, and a smaller learning rate would only make it take
# longer.
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
        loss = sum(model.terms(test[:batch_size], noise, training=True)) * (batch_size if summed else 1)
    return float(tf.linalg.global_norm(tape.gradient(loss, model.trainable_variables)))


for summed in (True, False):
    lengths = [gradient_length(batch_size, summed) for batch_size in (32, 256)]
    print(
        f"{'sum' if summed else 'mean'} over the batch: gradient {lengths[0]:9.1f} at "
        f"32 pictures, {lengths[1]:9.1f} at 256"
    )
    runtime.record(f"gradient_growth_{'sum' if summed else 'mean'}", lengths[1] / lengths[0])

# %% [markdown]
# ## Verdict
#
# What this lesson measured, next to what the articles say:

# %%
derived = results["as derived"][1]
print(
    "z from outside:      reconstructions differ "
    f"{results['fresh noise'][1]['differs']:.2f} (as derived {derived['differs']:.2f})"
)
print(
    f"KL flipped:          {divergences['flipped'][1][-1]:.3g} nats after 12 steps "
    f"(as derived {divergences['as derived'][1][-1]:.0f})"
)
print(
    "likelihood reversed: pixel error "
    f"{results['reversed likelihood'][1]['error']:.2f} (as derived "
    f"{derived['error']:.2f})"
)
print(f"mean over pixels:    KL {results['mean of pixels'][1]['KL']:.2g} nats")
print(
    f"the dense VAE of row S2, mended: distance {score['frechet']:.2f} after {history['seconds'][-1]:.0f} s"
)
print(f"its loss on test pictures, minus the bound: {sum(map(float, test_terms)):.1f} nats a picture")

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
# - Rybkin, Daniilidis, Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021,
#   [2006.13202](https://arxiv.org/abs/2006.13202): what $\sigma$ does, and how to learn it.
# - Ghosh et al., *From variational to deterministic autoencoders*, ICLR 2020,
#   [1903.12436](https://arxiv.org/abs/1903.12436): how far an autoencoder gets with a density fitted to its
#   codes afterwards.
# - Higgins et al., *β-VAE*, ICLR 2017, [OpenReview](https://openreview.net/forum?id=Sy2fzU9gl): what becomes
#   of a VAE whose KL term has another weight. Lesson <<likelihood_and_collapse>> tries it.
# - Xiao, Rasul, Vollgraf, *Fashion-MNIST*, [1708.07747](https://arxiv.org/abs/1708.07747): the pictures.
