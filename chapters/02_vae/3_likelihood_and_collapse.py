# %% [markdown]
# # Likelihood and collapse
#
# **A VAE can say how probable a picture is; find out what that number is worth, and when a code falls
# silent.**
#
# ## What you will be able to do
#
# - say of a reconstruction loss whether it is a likelihood, of what, and which other numbers it may be
#   compared with;
# - tighten the bound with several codes a picture, and check the estimator where the truth is known;
# - detect posterior collapse by a number, tell its two causes apart, and know which cure belongs to which;
# - say what a likelihood tells about samples, and what it does not.
#
# ## Prerequisites
#
# Lesson <<from_autoencoder_to_vae>> (the bound, its two terms, the reparameterised code). From lesson
# <<the_adversarial_game>> the judge and the two ways in which a generator can be good. You know what a
# logarithm of a product is, and what a variance is.

# %%
from course_lib import runtime

runtime.start(lesson="likelihood_and_collapse", seed=1)

# %%
import io
import zlib

import keras
import numpy as np
from keras import layers, ops
from PIL import Image
from scipy import special, stats

from course_lib import check, data, judge, losses, metrics, plots, weights
from course_lib.models import gan, likelihood, vae

# %% tags=["knobs"]
latent_size = 20  # numbers in a code
steps = runtime.pick(smoke=4, quick=1200, full=6000)  # of the pixel models; a multiple of 4
linear_steps = runtime.pick(smoke=4, quick=1500, full=3000)
sigma_steps = runtime.pick(smoke=4, quick=600, full=3000)
strong_steps = runtime.pick(smoke=4, quick=800, full=3000)  # with the strong decoder
n_bound = runtime.pick(smoke=20, quick=250, full=1000)  # test pictures that a bound is made of
n_codes = runtime.pick(smoke=100, quick=1000, full=1000)  # codes for each of them, a power of ten
n_watch = runtime.pick(smoke=200, quick=2000, full=5000)  # pictures for a distance
n_single = runtime.pick(smoke=200, quick=1000, full=1000)  # pictures that are looked at one by one
n_kernels = runtime.pick(smoke=500, quick=20_000, full=50_000)  # of a memory of the training set
per_call = runtime.pick(smoke=1, quick=10, full=50)  # training steps in one call of the backend

# %% [markdown]
# Two generators from earlier lessons. One of them was trained to make the training pictures probable; the
# other was never told what probability is. Which of the two has learnt the distribution of garments?

# %%
shipped = vae.dense_decoder()  # codes (n, 20) -> pictures (n, 28, 28, 1)
weights.load_into(shipped, "dense_vae.weights.h5")
forger = gan.dense_generator()  # latents (n, 64) -> pictures (n, 28, 28, 1)
weights.load_into(forger, "dense_gan.weights.h5")
rows = {
    "VAE": shipped.predict(keras.random.normal((12, 20), seed=3), verbose=0),
    "GAN": forger.predict(keras.random.normal((12, 64), seed=3), verbose=0),
}
figure = plots.pairs(rows, title="Which of the two knows the distribution?")
plots.show(figure, alt="A row of soft garments by the VAE, one of sharper, grainy ones by the GAN.")

# %% [markdown]
# ## From the documents
#
# | the articles say or do | in this lesson |
# |---|---|
# | VAEs learn the distribution of the data, GANs imitate the data (C15) | both under two rulers: probability of unseen pictures, and distance of samples |
# | a decoder that ends in a sigmoid here, in nothing there; pixels compared by whatever loss is at hand | three things to say about a pixel, and what each number means |
# | the VAE maximises the probability of the data | how far below it the bound lies |
# | the two terms of the loss are added, as if that were the only way | what happens when one of them is worth more |
#
# Two debts of lesson <<from_autoencoder_to_vae>> are paid here: how large the gap of the bound is, and why
# one network said nothing about its pictures.
#
# ## The idea
#
# A probability of pictures is a *prediction*, and the test of a prediction is something it has not seen.
# There is a second way to say the same thing: whoever holds a model $p$ can store the picture $x$ in
# $-\log_2 p(x)$ bits, and on average nobody needs fewer than the one whose $p$ is the distribution of the
# data itself. A good model is a good compressor.
#
# ```
#  a picture that was not trained on ──► p ──► log p(x) ──► −log₂ p(x) bits   (few: the model expected it)
# ```
#
# So before any network runs, here is what it has to beat: programs for lossless compression, and a table that
# knows how often each pixel had each of its 256 levels in the training set. All on the same test pictures, in
# bits per pixel.

# %%
pictures, _ = data.load("fashion", "train")  # (60000, 28, 28, 1) uint8
test_pictures, _ = data.load("fashion", "test")  # (10000, 28, 28, 1)
test = data.signed(test_pictures)  # float32 in [-1, 1]
sheet = test_pictures[:n_bound].reshape(-1, 10, 28, 28).swapaxes(1, 2).reshape(-1, 280)
png, webp = io.BytesIO(), io.BytesIO()
Image.fromarray(sheet).save(png, "PNG", optimize=True)
Image.fromarray(sheet).save(webp, "WEBP", lossless=True, quality=100, method=6)  # slow and small
counts = [np.bincount(pixel, minlength=256) for pixel in pictures.reshape(-1, 784).T]
counts = np.stack(counts)  # (784, 256)
table = np.log2((counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True))
levels = test_pictures[:n_bound].reshape(-1, 784)  # (n_bound, 784)
bits = {
    "raw": 8.0,
    "each pixel's table": -np.mean(table[np.arange(784), levels]),
    "zlib": 8 * len(zlib.compress(sheet.tobytes(), 9)) / sheet.size,
    "PNG": 8 * png.tell() / sheet.size,
    "WebP": 8 * webp.tell() / sheet.size,
}
for name, size in bits.items():
    print(f"{name:20s} {size:.2f} bits a pixel")

# %% [markdown]
# ## The mathematics
#
# ### Three things to say about a pixel
#
# Lesson <<from_autoencoder_to_vae>> said: a pixel is a real number, normally distributed around the decoder's
# output. The bound holds for anything else that one may say, as long as it is a *distribution of the pixel*:
# not negative, with a total of 1. Three candidates, with $\ell$ the decoder's output and
# $\sigma(\ell)=1/(1+e^{-\ell})$ the sigmoid (from *Can the estimator be believed?* on, $\sigma$ without
# brackets is the standard deviation of a pixel):
#
# | | what it says about the pixel $x$ | its term of $-\log p(x\mid z)$ |
# |---|---|---|
# | grey cross-entropy | $x\in[0,1]$ is a grey level, $p=\sigma(\ell)$ | $-x\log p-(1-x)\log(1-p)$ |
# | binary | $b\in\{0,1\}$ is white with probability $p=\sigma(\ell)$ | $-b\log p-(1-b)\log(1-p)$ |
# | levels | $x$ is one of 256 levels | $-\log P(x)$, a mass, below |
#
# The first is in countless programs, and looks like the second. Is it a distribution? Then its exponential,
# integrated over all grey levels, is 1.

# %%
grey = np.linspace(0, 1, 10_001)  # all grey levels of a pixel
print(f"{'p':>6s} {'integral':>9s} {'closed form':>12s} {'loss at x = p':>14s}")
for p in (0.01, 0.1, 0.3, 0.5, 0.9):
    loss = -grey * np.log(p) - (1 - grey) * np.log(1 - p)
    total = np.trapezoid(np.exp(-loss), grey)
    closed = 0.5 if p == 0.5 else (2 * p - 1) / np.log(p / (1 - p))
    entropy = -p * np.log(p) - (1 - p) * np.log(1 - p)
    print(f"{p:6.2f} {total:9.4f} {closed:12.4f} {entropy:14.4f}")
print(f"784 pixels at 0.5: the integral is exp({784 * np.log(0.5):.0f})")

# %% [markdown]
# It is not: the total is below 1, and by how much depends on $p$, that is, on the network. Dividing by the
# closed form makes a distribution of it, the *continuous Bernoulli* of Loaiza-Ganem and Cunningham. Without,
# the loss punishes a grey pixel even where the network is exactly right (last column), so it cannot be 0. How
# much of a loss is that, for perfect reconstructions of the test pictures? And what is the number, if no
# likelihood of $x$? Draw black-and-white pictures $b$ from $x$, pixel by pixel white with probability $x$:
# the loss is linear in $x$, so it is the *mean over such $b$* of the binary one.

# %%
share = test_pictures / 255  # (10000, 28, 28, 1) in [0, 1]
perfect = (special.entr(share) + special.entr(1 - share)).sum(axis=(1, 2, 3))  # (10000,)
logits = np.random.default_rng(1).normal(0, 2, (1, 28, 28, 1)).astype("float32")
on_grey = losses.bernoulli_log_likelihood(share[:1], logits)  # (1,)
draws = (likelihood.binarised(np.repeat(test_pictures[:1], 2000, axis=0)) + 1) / 2
on_binary = ops.convert_to_numpy(losses.bernoulli_log_likelihood(draws, logits))  # (2000,)
runtime.record("grey_loss_of_perfect_reconstructions", perfect.mean(), unit="nats a picture")
print(f"loss of a perfect reconstruction: {perfect.mean():.1f} nats a picture")
print(f"some logits and one picture: {-float(on_grey[0]):.2f} nats on grey pixels, and")
error = 2 * on_binary.std() / np.sqrt(len(on_binary))
print(f"{-on_binary.mean():.2f} ± {error:.2f} as the mean over 2,000 black-and-white draws of it")

# %% [markdown]
# So minus the grey loss is a bound after all: of the log-probability of black-and-white *versions* of the
# picture, on average, by an encoder that has seen the original. Of the grey picture itself it says nothing,
# and no number of bits. The honest form of the same idea draws $b$ anew whenever a picture is seen and gives
# it to the encoder: *dynamic binarisation*, in which most published numbers for MNIST are.
#
# ### 256 levels
#
# The test pictures have whole grey levels. Let the decoder return a mean $m$ and a scale $s$ for each pixel,
# of a logistic distribution, whose mass up to $y$ is $\sigma((y-m)/s)$. A level's probability is the mass in
# its bin. On the scale from −1 to 1 levels lie $2/255$ apart, so
#
# $$P(x)=\sigma\Big(\frac{x+\frac1{255}-m}{s}\Big)-\sigma\Big(\frac{x-\frac1{255}-m}{s}\Big),$$
#
# but the bin of the lowest level reaches down to $-\infty$, and that of the highest up to $+\infty$ (Salimans
# et al.).
#
# ## Exercise: a discretised logistic
#
# All three arguments are tensors of one shape; every value of `pictures` is one of the 256 levels. Return the
# probability of each, in the same shape. `ops.where(condition, a, b)` chooses place by place.


# %% tags=["exercise"]
def level_probabilities(pictures, mean, scale):
    """The mass of each pixel's bin under a logistic distribution; the outermost bins are open."""
    ...


# %% tags=["solution"]
def level_probabilities(pictures, mean, scale):
    """The mass of each pixel's bin under a logistic distribution; the outermost bins are open."""
    upper = ops.sigmoid((pictures + 1 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 1 / 255 - mean) / scale)
    upper = ops.where(pictures > 0.999, 1.0, upper)  # nothing lies beyond
    lower = ops.where(pictures < -0.999, 0.0, lower)
    return upper - lower


# %% tags=["check"]
level_probabilities = check.level_probabilities(level_probabilities)

# %%
scale_of_levels = np.linspace(-1, 1, 256).astype("float32")  # (256,)
for mean, scale in ((-1.05, 0.01), (0.2, 0.3), (0.9, 0.002)):
    both = np.full(256, mean, "float32"), np.full(256, scale, "float32")
    chances = ops.convert_to_numpy(level_probabilities(scale_of_levels, *both))
    print(
        f"mean {mean:5.2f}, scale {scale:5.3f}: sum {chances.sum():.6f}, "
        f"black {chances[0]:.4f}, likeliest level {chances.argmax()}"
    )

# %% [markdown]
# The sum is 1, whatever the network says. And look at the first line: with a mean *below* black and a small
# scale the network can be sure that a pixel is black, which is what most pixels of this data are. (The
# library's version returns the logarithm, in a form that keeps its digits where the mass is tiny.)
#
# ### More codes, a tighter bound
#
# The bound averages $\log w$ over codes, with $w=p(x\mid z)\,p(z)/q(z\mid x)$ the **weight** of a code. The
# average of $w$ itself is $p(x)$, exactly. So take the mean of $k$ weights *before* the logarithm (Burda et
# al.):
#
# $$\mathcal L_k=\mathbb E_{z_1\dots z_k\sim q(z\mid x)}\ \log\frac1k\sum_{i=1}^{k}w_i ,\qquad
# \text{ELBO}=\mathcal L_1\le\mathcal L_{10}\le\dots\le\log p(x).$$
#
# ## Exercise: the importance-weighted bound
#
# `log_weights` has the shape `(k, batch)`. Return one bound a picture, `(batch,)`. Log-weights of pictures
# are numbers like −2,000.


# %% tags=["exercise"]
def importance_weighted_bound(log_weights):
    """The log of the mean weight of k codes, for each picture."""
    ...


# %% tags=["solution"]
def importance_weighted_bound(log_weights):
    """The log of the mean weight of k codes, for each picture."""
    return ops.logsumexp(log_weights, axis=0) - np.log(log_weights.shape[0])


# %% tags=["check"]
importance_weighted_bound = check.importance_weighted_bound(importance_weighted_bound)


# %% [markdown]
# From a thousand codes a picture you get $\mathcal L_{1000}$ once, $\mathcal L_{100}$ ten times, and so on:
# all of them are used.


# %%
def bounds(log_weights):
    """{k: a bound for each picture (n,)} for k = 1, 10, 100, ..., of log-weights (many, n)."""
    many, n = log_weights.shape
    found = {}
    for k in 10 ** np.arange(int(np.log10(many)) + 1):
        groups = log_weights.reshape(many // k, k, n).swapaxes(0, 1).reshape(k, -1)
        each = ops.convert_to_numpy(importance_weighted_bound(groups))  # (many // k * n,)
        found[int(k)] = each.reshape(-1, n).mean(axis=0)
    return found


def with_error(values):
    """The mean and twice its standard error: what another choice of pictures would change."""
    return values.mean(), 2 * values.std() / np.sqrt(len(values))


# %% [markdown]
# ### Can the estimator be believed?
#
# Try it where the truth is known. With a linear decoder, $\hat x(z)=Wz+\bar x$ with $\bar x$ the mean
# picture, and Gaussian pixels of variance $\sigma^2$, everything is Gaussian: that is *probabilistic PCA*
# (Tipping and Bishop). The columns of $W$ are eigenvectors of the data's covariance, scaled; along each,
# $p(x)$ has the eigenvalue $\lambda_j$ as its variance, and $\sigma^2$ in all other directions. Both
# $\log p(x)$ and the posterior have a closed form. Take a $q$ that is wrong on purpose, half a standard
# deviation off and with twice the variance: its KL from the posterior, which is the gap of the ELBO, can be
# computed too.

# %%
known = 16  # latents of the linear model
flat = data.signed(pictures[:20_000]).reshape(-1, 784)
middle = flat.mean(axis=0)
eigenvalues, directions = np.linalg.eigh(np.cov(flat, rowvar=False))
eigenvalues, directions = eigenvalues[::-1], directions[:, ::-1]  # the largest first
sigma2 = eigenvalues[known:].mean()  # the best variance of a pixel (Tipping and Bishop)
along = (test[:n_bound].reshape(-1, 784) - middle) @ directions  # (n, 784), independent under p
spread2 = np.where(np.arange(784) < known, eigenvalues, sigma2)
log_p = -0.5 * (along**2 / spread2 + np.log(2 * np.pi * spread2)).sum(axis=1)  # (n,), exact
stretch = np.sqrt(eigenvalues[:known] - sigma2)  # W = directions · stretch
posterior = along[:, :known] * stretch / eigenvalues[:known], sigma2 / eigenvalues[:known]

# %%
noise = np.random.default_rng(1).standard_normal((n_codes, n_bound, known))
z = posterior[0] + np.sqrt(posterior[1]) * (0.5 + np.sqrt(2) * noise)  # from the wrong q
log_q = -0.5 * (noise**2 + np.log(2 * np.pi * 2 * posterior[1])).sum(axis=2)
log_prior = -0.5 * (z**2 + np.log(2 * np.pi)).sum(axis=2)
squares = (along[:, known:] ** 2).sum(axis=1) + ((along[:, :known] - stretch * z) ** 2).sum(axis=2)
log_likelihood = -0.5 * (squares / sigma2 + 784 * np.log(2 * np.pi * sigma2))
gap = known * 0.5 * (2 + 0.5**2 - np.log(2) - 1)  # KL(q || posterior)
print(f"exact log p(x): {log_p.mean():.2f} nats; KL of q from the posterior: {gap:.3f}")
linear = bounds(log_likelihood + log_prior - log_q)
for k, bound in linear.items():
    missing, error = with_error(log_p - bound)
    print(f"k = {k:4d}: the bound lies {missing:.3f} ± {error:.3f} nats below")
    runtime.record(f"linear_gap_{k}", missing, error=error, exact=gap if k == 1 else 0)

# %% [markdown]
# The first gap is the KL divergence, as derived; the others shrink towards 0, and none is below it by more
# than its error. So the estimator may be believed, *where $q$ is not too far off*. When it is, a few weights
# do all the work, and the bound is loose without saying so.

# %% [markdown]
# ## The experiment
#
# The same small network three times, 784-256-20-256-784, differing in what its outputs mean. Only the last
# has two outputs a pixel.

# %%
batches = data.Batches(pictures, batch_size=128, seed=1)  # float32 in [-1, 1] on the way


def trained(kind, outputs=1, **settings):
    """One pixel model after `steps` steps, and the mean of its loss in the last quarter of them."""
    runtime.seed(1)
    encoder = vae.dense_encoder(latent_size, widths=(256,))
    model = kind(encoder, likelihood.dense_parameters(latent_size, outputs), seed=1, **settings)
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=per_call)
    history = model.fit(batches, epochs=4, steps_per_epoch=steps // 4, verbose=0).history
    return model, history["loss"][-1]


models, last_loss = {}, {}
models["grey"], last_loss["grey"] = trained(likelihood.GreyVAE)
models["binary"], last_loss["binary"] = trained(likelihood.BinaryVAE)
models["levels"], last_loss["levels"] = trained(likelihood.LevelsVAE, outputs=2)

# %%
jury = judge.load("fashion")
binary_test = likelihood.binarised(test_pictures, seed=1)  # -1 and 1, drawn once
rows = {name: model.generate(12, seed=3) for name, model in models.items()}
figure = plots.pairs(rows, title="Three pixel models, the same codes: means of the pixels")
plots.show(figure, alt="Three rows of soft garments; the rows look alike in sharpness.")
print(f"{'':8s} {'loss, last quarter':>18s} {'distance of means':>18s}")
for name, model in models.items():
    far = jury.frechet(model.generate(n_watch))
    print(f"{name:8s} {last_loss[name]:18.1f} {far:18.2f}")
    runtime.record(f"frechet_{name}", far, judge=jury.version, samples=n_watch)

# %% [markdown]
# Three losses, all "in nats a picture", for pictures that look alike (the third model's are a little nearer
# to real ones). What they measure has been derived above. Two of them are bounds of the same thing, the mean
# log-probability of black-and-white pictures, by different encoders: one is shown the grey picture, the other
# the black-and-white one. The third is of another kind. Now two of the models are asked for the *probability
# of unseen pictures*, each in its own terms.

# %% covers="C15"
seen = {"binary": binary_test, "levels": test}
found, lines, bands = {}, {}, {}
for name, observed in seen.items():
    found[name] = bounds(models[name].all_log_weights(observed[:n_bound], n_codes))
    start = found[name][1].mean()
    ks = list(found[name])
    lines[name] = ks, [found[name][k].mean() - start for k in ks]
    errors = np.array([with_error(found[name][k] - found[name][1])[1] for k in ks])
    bands[name] = lines[name][1] - errors, lines[name][1] + errors
    for k in ks:
        mean, error = with_error(found[name][k])
        print(f"{name:7s} k = {k:4d}: {mean:8.1f} ± {error:4.1f} nats")
        runtime.record(f"bound_{name}_{k}", mean, error=error, pictures=n_bound)
lines = {name: (np.log10(ks), y) for name, (ks, y) in lines.items()}
figure = plots.curves(
    lines,
    bands=bands,
    xlabel="log10 of the number of codes k",
    ylabel="nats above the ELBO",
    title="The bound rises with the number of codes",
)
plots.show(figure, alt="Two rising lines, narrow bands; for levels it rises several times as far.")

# %% [markdown]
# The rise is a lower bound of the ELBO's gap, which lesson <<from_autoencoder_to_vae>> left open: for binary
# pixels a few nats of more than two hundred, for levels many more, where small changes of the code make large
# differences in probability, so that a plain Gaussian $q$ fits the true posterior badly. The lines are not
# flat at their ends: the truth is higher still. (The error of a *difference* is far smaller than that of a
# mean, for pictures differ more from each other than bounds do. Compare models on the same pictures, pair by
# pair.)
#
# Levels are in the compressors' terms: one nat is $1/\ln 2$ bits, and there are 784 pixels.

# %%
best = max(found["levels"])
bits["VAE, ELBO"] = -found["levels"][1].mean() / 784 / np.log(2)
bits[f"VAE, L_{best}"] = -found["levels"][best].mean() / 784 / np.log(2)
program = min(("zlib", "PNG", "WebP"), key=bits.get)  # the best of them
runtime.record("bits_per_pixel", bits[f"VAE, L_{best}"], codes=best, pictures=n_bound)
for name in ("zlib", "PNG", "WebP"):
    runtime.record(f"bits_{name.lower()}", bits[name])
figure = plots.bars(
    list(bits),
    list(bits.values()),
    ylabel="bits a pixel",
    title="How few bits hold an unseen picture",
)
plots.show(figure, alt="Bars from 8 bits for raw pixels down to the VAE's, which is the lowest.")
print(f"{program} {bits[program]:.2f}, VAE, ELBO {bits['VAE, ELBO']:.2f} bits a pixel")

# %% [markdown]
# A code of twenty numbers and some seconds of training need fewer bits than the best of these programs. (That
# can be made a program, too: *bits back* coding of Townsend et al. comes near the bar of the ELBO, not that
# of the tighter bound. We count the pictures' bits and not those of the network, as compressors do not count
# their own. They have to do with any picture, though; the network is made for garments.)
#
# ### What may be compared with what
#
# | number | is | may be compared with |
# |---|---|---|
# | grey cross-entropy + KL | minus a bound for black-and-white versions, the encoder having seen the grey one | its like and binary bounds of the same data, drawn anew (each lies below the mean $\log p(b)$, by its own gap); not with any density |
# | Gaussian loss of lesson <<from_autoencoder_to_vae>> | minus a bound of a log-*density* | its like, with the same scale of pixels: on $[0,1]$ each differs by $784\log 2$ |
# | binary bound | nats of a probability of black-and-white pictures | binary bounds of the same data and the same kind of binarisation |
# | levels bound | nats, or bits a pixel, of a probability of the pictures themselves | any lossless compressor, any model of 256 levels, same data |
#
# And with publications? For MNIST, dynamically binarised, one layer of 50 latents, Burda et al. report −86.8
# nats for a VAE and −84.8 for one trained with $\mathcal L_{50}$. To hold a network against that you need
# MNIST itself, $b$ drawn anew for each use, the 10,000 test pictures, and $\mathcal L_{5000}$, on which those
# numbers are measured. Fashion-MNIST has far more grey, so its numbers are far larger; no published bound for
# it was found whose terms are stated well enough to be set beside ours. The compressors are held on the same
# terms.

# %% [markdown]
# ### What the two terms are worth
#
# Alemi et al. call the KL term the **rate** $R$ (nats that the code says about the picture) and the other the
# **distortion** $D$. The bound is $-(R+D)$. What if a nat of rate costs $\beta$ nats (Higgins et al.)? That
# trains another network; what it is worth as a model is still told by the bound with $\beta=1$, by
# $\mathcal L_k$ and by the distance of what it draws.

# %%
betas = (0.1, 0.3, 1, 3, 10)
by_beta = {1: models["binary"]}
for beta in betas:
    if beta != 1:
        by_beta[beta], _ = trained(likelihood.BinaryVAE, beta=beta)

# %%
rate, distortion, tight, far = {}, {}, {}, {}
print("  beta   rate  distortion     ELBO      L_100  distance")
for beta in betas:
    model = by_beta[beta]
    mean, log_var = model.encode(binary_test[:n_watch])
    rate[beta] = float(losses.gaussian_kl(mean, log_var))
    distortion[beta] = -model.all_log_weights(binary_test[:n_watch], 1).mean() - rate[beta]
    tight[beta] = bounds(model.all_log_weights(binary_test[:n_bound], 100))[100].mean()
    far[beta] = jury.frechet(model.generate(n_watch))
    elbo = -rate[beta] - distortion[beta]
    print(
        f"{beta:6.1f} {rate[beta]:6.1f} {distortion[beta]:11.1f} {elbo:8.1f} {tight[beta]:10.1f} "
        f"{far[beta]:9.2f}"
    )
    runtime.record(f"beta_{beta}_bound", tight[beta], codes=100, pictures=n_bound)
    runtime.record(f"beta_{beta}_distance", far[beta], judge=jury.version, samples=n_watch)
agree = stats.spearmanr([-tight[b] for b in betas], [far[b] for b in betas]).statistic
runtime.record("rank_correlation_beta", agree)
print(f"rank correlation of (minus) the bound and the distance: {agree:.2f}")

# %%
r = np.array([rate[b] for b in betas])
d = np.array([distortion[b] for b in betas])
best_sum = min(r + d)
figure = plots.curves(
    {
        "networks, β from 0.1 (right) to 10 (left)": (r, d),
        "equal ELBO, that of the best": (r, best_sum - r),
    },
    xlabel="rate: KL, nats a picture",
    ylabel="distortion, nats a picture",
    title="Rate buys distortion, at a falling price",
)
plots.show(
    figure,
    alt="A falling, flattening curve of five networks that touches a straight line of equal sums at beta 1.",
)
rows = {f"β = {beta}": by_beta[beta].generate(12, seed=3) for beta in betas}
figure = plots.pairs(rows, title="The same codes, decoded by five networks")
plots.show(
    figure,
    alt="Five rows: torn and mixed shapes for small beta, soft garments in the middle, blurred "
    "outlines for beta 10.",
)

# %% [markdown]
# On the straight line the sum is the same. The curve's slope is the price $-\beta$ at which each network was
# trained, so it touches the line at $\beta=1$: that one has the best bound. To its right the codes say much,
# and the reconstructions are good; but clouds are so small that random codes fall between them. To its left
# the clouds overlap, and random codes are fine, but say little. *In this family* bound and distance agree on
# the order. Keep that in mind; it will not hold outside.

# %% [markdown]
# ## When it goes wrong: a code that says nothing
#
# At large $\beta$ some latents have given up: their cloud is the prior's, whatever the picture. A decoder
# learns to ignore them. This is **posterior collapse**, and the loss does not tell: it is a sum. Burda et al.
# call a latent **active** when its mean $\mu_j(x)$ differs between pictures: variance over the data above
# 0.01.
#
# ## Exercise: active units
#
# `means` is an array `(n, latents)`, a row for each picture. Return how many latents are active.


# %% tags=["exercise"]
def active_units(means):
    """How many latents have a mean that varies over pictures by more than 0.01."""
    ...


# %% tags=["solution"]
def active_units(means):
    """How many latents have a mean that varies over pictures by more than 0.01."""
    return int((np.var(means, axis=0) > 0.01).sum())


# %% tags=["check"]
active_units = check.active_units(active_units)

# %% [markdown]
# The last number of a line asks what the code tells. Draw a code of one of 1,000 pictures: by how many nats
# does it make the picture it came from more probable than before, when all had the same chance?
#
# $$\mathbb E\,\log\frac{q(z\mid x)}{\frac1n\sum_i q(z\mid x_i)}$$
#
# That is 0 if the code is silent, and $\log n$ at most, if it always tells which picture it was (Hoffman and
# Johnson).

# %%
for beta in betas:
    mean, log_var = by_beta[beta].encode(binary_test[:n_watch])
    each = ops.convert_to_numpy(losses.kl_per_latent(mean, log_var)).mean(axis=0)  # (20,)
    told = likelihood.mutual_information(mean[:n_single], log_var[:n_single])
    active = active_units(mean)
    runtime.record(f"beta_{beta}_active", active)
    print(
        f"beta {beta:4.1f}: {active:2d} of {latent_size} active, KL of the loudest "
        f"{each.max():.2f}, of the quietest {each.min():.4f} nats; "
        f"which of {n_single:,} pictures: {told:.2f} nats"
    )
print(f"(telling {n_single:,} pictures apart takes log {n_single:,} = {np.log(n_single):.2f} nats)")

# %% [markdown]
# ### First cause: it is not worth it
#
# Why *some* latents? In the linear model the answer is a theorem. The best linear VAE is probabilistic PCA
# (Lucas et al.): latent $j$ points along the $j$-th eigenvector, and the variance of its mean is
# $1-\sigma^2/\lambda_j$ where $\lambda_j>\sigma^2$. Where the data vary less than the noise that you allow a
# pixel, the best latent is a silent one. So *the number of active units is the number of eigenvalues above
# $\sigma^2$*. Train three, by gradient descent on the bound, with 20 latents each.


# %%
def linear_decoder(latent_size):
    """Codes (batch, latents) to pictures, one matrix and no bend."""
    code = keras.Input((latent_size,))
    return keras.Model(code, layers.Reshape((28, 28, 1))(layers.Dense(784)(code)))


mean_picture = middle.reshape(28, 28, 1).astype("float32")
centred = data.Batches(data.signed(pictures) - mean_picture, 256, seed=1)


def linear_vae(sigma2, kind=vae.VAE, **settings):
    """The latents' means (n_watch, 20) of test pictures, after training."""
    runtime.seed(1)
    model = kind(
        vae.dense_encoder(latent_size, widths=()),
        linear_decoder(latent_size),
        sigma=float(np.sqrt(sigma2)),
        seed=1,
        **settings,
    )
    rate = keras.optimizers.schedules.CosineDecay(1e-2, linear_steps)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=per_call)
    model.fit(centred, steps_per_epoch=linear_steps, verbose=0)
    mean, _ = model.encode(test[:n_watch] - mean_picture)
    return np.asarray(mean)


# %%
print("the largest eigenvalues:", eigenvalues[:10].round(1))
means_at = {sigma2: linear_vae(sigma2) for sigma2 in (30, 7.7, 4.4)}  # each between two eigenvalues
lines = {}
for sigma2, means in means_at.items():
    above = int((eigenvalues > sigma2).sum())
    active = active_units(means)
    print(f"sigma² = {sigma2:4.1f}: {above:2d} eigenvalues above it, {active:2d} active units")
    runtime.record(f"linear_active_{sigma2}", active, predicted=above)
    lines[f"trained, σ² = {sigma2}"] = np.arange(1, 21), np.sort(means.var(axis=0))[::-1]
    predicted = np.maximum(0, 1 - sigma2 / eigenvalues[:latent_size])
    lines[f"theorem, σ² = {sigma2}"] = np.arange(1, 21), predicted
figure = plots.curves(
    lines,
    xlabel="latent, in the order of its variance",
    ylabel="variance of the latent's mean",
    title="How many latents speak is decided by σ²",
)
plots.show(
    figure,
    alt="Three pairs of falling lines, trained and predicted; each pair reaches zero at the same "
    "latent: 2, 6 and 8.",
)

# %% [markdown]
# Trained and predicted agree in the number, and nearly in the heights. No latent got lost on the way: with
# this $\sigma$, silence *is* the optimum. So a cure that helps the optimiser should bring back no more than
# the theorem allows, and a better $\sigma$ everything. A cure of the first kind is **KL warm-up** (Bowman et
# al.): $\beta$ rises from 0 to 1 during training. One of the second kind lets $\sigma$ be what it wants to
# be, the size of the error (Rybkin et al.). First the linear model with the warm-up, then a network with a
# bend and far too much noise, $\sigma=7$, with either cure. To a linear model the theorem allows one latent
# there, for one eigenvalue lies above 49, and that says $\frac12\log(\lambda_1/49)$ nats.


# %%
class WarmedUp(vae.VAE):
    """A Gaussian VAE whose KL term counts fully only after `sigma_steps / 2` steps."""

    def kl_loss(self, mean, log_var):
        share = ops.cast(self.steps_taken, "float32") / (sigma_steps / 2)
        return ops.minimum(1.0, share) * super().kl_loss(mean, log_var)


class LearnedSigma(vae.VAE):
    """A Gaussian VAE with the best sigma for each batch: the root of the mean squared error."""

    def reconstruction_loss(self, pictures, decoded):
        sigma = ops.sqrt(ops.mean(ops.square(pictures - decoded)))
        return losses.gaussian_reconstruction(pictures, decoded, sigma)


warmed = active_units(linear_vae(7.7, WarmedUp))
runtime.record("linear_active_7.7_warmed", warmed)
print(f"linear, sigma² = 7.7: {active_units(means_at[7.7])} active; with warm-up {warmed}")

# %%
kinds = {
    "sigma = 7": (vae.VAE, 7.0),
    "sigma = 7, warm-up": (WarmedUp, 7.0),
    "learned": (LearnedSigma, 1.0),
}
for name, (kind, sigma) in kinds.items():
    runtime.seed(1)
    both = vae.dense_encoder, vae.dense_decoder
    networks = (build(latent_size, widths=(256,)) for build in both)
    model = kind(*networks, sigma=sigma, seed=1)
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=per_call)
    model.fit(batches, steps_per_epoch=sigma_steps, verbose=0)
    mean, log_var = model.encode(test[:n_watch])
    away = jury.frechet(model.generate(n_watch))
    off = np.sqrt(np.mean((model.predict(test[:n_watch], verbose=0) - test[:n_watch]) ** 2))
    kl = float(losses.gaussian_kl(mean, log_var))
    print(
        f"{name:18s} {active_units(mean):2d} active, KL {kl:5.2f} nats, error of a pixel {off:.2f}"
        f", distance {away:.1f}"
    )
    key = name.replace(" = ", "_").replace(", ", "_")
    runtime.record(f"active_{key}", active_units(mean), kl=kl)
    runtime.record(f"frechet_{key}", away, judge=jury.version, samples=n_watch)
print(f"the theorem allows sigma = 7 a KL of {0.5 * np.log(eigenvalues[0] / 49):.2f} nats")

# %% [markdown]
# In the linear model the warm-up changed nothing. In the bent one it brings back a fraction of a nat, about
# what the theorem allows: the network without it had lost even that. (A few units may count as active, for
# 0.01 is a low bar.) The right $\sigma$ brings all latents back, and many times as many nats. In lesson
# <<from_autoencoder_to_vae>>'s *mean of pixels* it was the same: dividing the reconstruction term by 784 is
# $\sigma=0.25\cdot28=7$ in disguise, which is why that number stands here. (With Gaussian pixels, $\beta$ in
# front of the KL is a $\sigma$ of $\sqrt\beta$ times the size. The large $\beta$ above is the same kind of
# cause.)
#
# ### Second cause: nobody was listening
#
# Now a decoder that needs no code. It predicts pixels one after the other; each hears all pixels before it,
# above and to its left, through one triangular matrix:
#
# $$\log p(b\mid z)=\sum_i\log p(b_i\mid b_1,\dots,b_{i-1},z),\qquad \ell_i=f_i(z)+\sum_{j<i}W_{ji}\,b_j .$$
#
# That is a proper distribution of binary pictures, for any $z$ or none. (In $\ell_i$ a pixel $b_j$ is written
# as −1 or 1, as in the arrays.) What does it do with 20 latents that it does not need? And two cures. One is
# the warm-up. The other are **free bits** (Kingma et al. 2016): the first $\lambda$ nats of every latent cost
# nothing (a new $\lambda$, no eigenvalue).
#
# ## Exercise: free bits
#
# `kl_each` is a tensor `(batch, latents)`, `nats` is $\lambda$. Average each latent over the batch; a latent
# below $\lambda$ counts as $\lambda$; sum over the latents. Where the maximum picks $\lambda$, there is no
# gradient that could silence the latent.


# %% tags=["exercise"]
def free_bits(kl_each, nats):
    """The KL term in which the first `nats` of every latent are free; one number."""
    ...


# %% tags=["solution"]
def free_bits(kl_each, nats):
    """The KL term in which the first `nats` of every latent are free; one number."""
    return ops.sum(ops.maximum(ops.mean(kl_each, axis=0), nats))


# %% tags=["check"]
free_bits = check.free_bits(free_bits)

# %%
mean, log_var = by_beta[10].encode(binary_test[:n_watch])
kl_each = losses.kl_per_latent(mean, log_var)  # (n_watch, 20)
for nats in (0.0, 0.1, 0.25):
    priced = float(free_bits(kl_each, nats))
    print(f"beta 10 again, {nats:.2f} nats a latent free: {priced:.2f} nats")


# %%
def strong(**settings):
    """A VAE with the decoder that hears the pixels before, after `strong_steps` steps."""
    runtime.seed(1)
    networks = vae.dense_encoder(latent_size), likelihood.ordered_decoder(latent_size)
    model = likelihood.BinaryVAE(*networks, seed=1, **settings)
    model.compile(keras.optimizers.Adam(3e-3), steps_per_execution=per_call)
    model.fit(batches, steps_per_epoch=strong_steps, verbose=0)
    return model


strong_models = {"as it is": strong(), "warm-up": strong(warm_up_steps=strong_steps // 2)}

# %%
strong_models |= {"free bits": strong(free_nats=0.25), "beta 0.5": strong(beta=0.5)}

# %% [markdown]
# This time the samples are drawn from $p(x)$ itself, pixel after pixel, and compared with the test pictures
# in black and white.

# %%
real_features = jury.features(binary_test)  # (10000, 128)


def distance_of_drawn(pictures):
    """The Fréchet distance of black-and-white pictures from the test pictures, so drawn."""
    return metrics.frechet(real_features, jury.features(pictures))


strong_bound, strong_far, drawn = {}, {}, {}
which = f"which of {n_single:,}"
print(f"{'':10s} active     KL {which:>16s}     ELBO   L_100   against as it is   distance")
for name, model in strong_models.items():
    mean, log_var = model.encode(binary_test[:n_watch])
    kl = float(losses.gaussian_kl(mean, log_var))
    told = likelihood.mutual_information(mean[:n_single], log_var[:n_single])
    found_here = bounds(model.all_log_weights(binary_test[:n_bound], 100))
    strong_bound[name] = found_here[100]
    better, error = with_error(strong_bound[name] - strong_bound["as it is"])
    drawn[name] = model.draw(n_watch)  # black and white, from p(x) itself
    strong_far[name] = distance_of_drawn(drawn[name])
    print(
        f"{name:10s} {active_units(mean):6d} {kl:6.1f} {told:16.2f} {found_here[1].mean():8.1f} "
        f"{found_here[100].mean():7.1f} {better:9.1f} ± {error:.1f} {strong_far[name]:12.2f}"
    )
    key = name.replace(" ", "_")
    runtime.record(f"strong_{key}_active", active_units(mean), kl=kl)
    runtime.record(f"strong_{key}_bound", found_here[100].mean(), gain=better, error=error)
    details = {"judge": jury.version, "samples": n_watch, "reference": "binarised test pictures"}
    runtime.record(f"strong_{key}_distance", strong_far[name], **details)

# %% [markdown]
# As it is, nearly all latents are silent, while the bound is about as good as that of the VAE above. A likely
# reason: at first codes are noise, and the decoder learns to do without; what a code then costs in KL, it
# does not earn. With the price at 0 until codes mean something, the same network ends with a better bound
# *after as many steps*: so it had not found the best that it can be. (The ± is over pictures; another seed
# moves the numbers, too.) A smaller $\beta$ does nearly as much here. Free bits bring back every unit and, at
# this $\lambda$, little in the bound: each latent varies as much as is free, and says little. A number that a
# loss is paid to raise is no longer a measurement. And the samples? Read the last column: none of the cures
# made them clearly better.
#
# So an experiment helps to tell the two causes apart. Train with a warm-up: where the code comes back *and
# the bound gets better*, it was the optimiser. Where it does not come back, suspect the objective first:
# change $\beta$ or $\sigma$, or the model. (Distances between black-and-white pictures are on a scale of
# their own: the judge was trained on grey ones.)

# %% [markdown]
# ## Two rulers
#
# Now the question from the beginning (C15). The first ruler is the probability of unseen pictures, the second
# the distance of samples. Five models of black-and-white pictures on both. The VAE and the strong decoder you
# know. The third is an old prank of Theis et al.: the VAE, but 99 times out of 100 it draws **noise**. Its
# likelihood is exact arithmetic: $p_\text{mix}=0.01\,p+0.99\,u\ge 0.01\,p$, with $u$ the uniform
# distribution. The fourth learns nothing: it **remembers** training pictures, draws one of them, and lets
# each pixel be white by its grey level (cut to between ε and 1−ε, so that nothing is impossible). Its
# likelihood is a mean over what it remembers.
#
# The fifth is **the GAN**. By itself it has no number: its grey pictures lie on a thin sheet in the space of
# pictures, and any other picture has probability 0. Drawing pixels by its grey levels, with the same ε, gives
# it one: an integral over 64 latents, and no encoder says where to look. That number has to wait for the last
# experiment. (The GAN was trained for 25,000 steps, with wider layers; the VAE for `steps`, the strong
# decoder for `strong_steps`. The rows compare these networks, not two methods.)


# %%
def log_kernels(binary, centres, epsilon):
    """log p (n,) of the mixture that has one kernel at each grey picture in `centres`."""
    white = (binary.reshape(len(binary), 784) > 0).astype("float32")
    parts = []
    for part in np.array_split(centres.reshape(len(centres), 784), max(1, len(centres) // 5000)):
        chance = np.clip((part + 1) / 2, epsilon, 1 - epsilon).astype("float32")
        parts.append(white @ special.logit(chance).T + np.log1p(-chance).sum(axis=1))  # (n, part)
    return special.logsumexp(np.concatenate(parts, axis=1), axis=1) - np.log(len(centres))


memory = data.signed(pictures[:n_kernels])
validation = likelihood.binarised(pictures[-300:], seed=2)  # training pictures not remembered
tried = {e: log_kernels(validation, memory, e).mean() for e in (0.003, 0.01, 0.03)}
epsilon = max(tried, key=tried.get)
print({e: round(float(value), 1) for e, value in tried.items()}, "-> epsilon", epsilon)

# %%
unseen = binary_test[:n_bound]
log_vae = found["binary"][max(found["binary"])]
uniform = np.float32(-784 * np.log(2))
prank = np.logaddexp(log_vae + np.log(0.01), uniform + np.log(0.99))
rng = np.random.default_rng(5)
drawn["VAE"] = models["binary"].draw(n_watch)
noise = rng.choice(np.float32([-1, 1]), drawn["VAE"].shape)
is_noise = rng.random((n_watch, 1, 1, 1)) < 0.99
drawn["99 % noise"] = np.where(is_noise, noise, drawn["VAE"])
cut = 2 * epsilon - 1, 1 - 2 * epsilon  # epsilon and 1 - epsilon, on the scale from -1 to 1
chosen = memory[rng.integers(0, n_kernels, n_watch)]
drawn["memory"] = likelihood.binarised(np.clip(chosen, *cut), seed=6)
latents = keras.random.normal((n_kernels, 64), seed=7)
forged = forger.predict(latents, batch_size=500, verbose=0)  # (n_kernels, 28, 28, 1), grey
drawn["GAN"] = likelihood.binarised(np.clip(forged[:n_watch], *cut), seed=8)
drawn["strong decoder"] = drawn["warm-up"]

# %% covers="C15"
log_of = {
    "VAE": log_vae,
    "strong decoder": strong_bound["warm-up"],
    "99 % noise": prank,
    "memory": log_kernels(unseen, memory, epsilon),
    "GAN": None,
}
exact_or_bound = {name: f"L_{max(found['binary'])}" for name in ("VAE", "99 % noise")}
exact_or_bound |= {"strong decoder": "L_100", "memory": "exact"}
ruled = {}
details = {"judge": jury.version, "samples": n_watch, "reference": "binarised test pictures"}
print(f"{'':15s} {'log p, unseen':>14s} {'':6s} {'against the VAE':>17s} {'distance':>9s}")
for name, values in log_of.items():
    ruled[name] = away = distance_of_drawn(drawn[name])
    number, against = "not known", ""
    if values is not None:
        better, error = with_error(values - log_vae)
        number, against = f"{values.mean():.1f}", f"{better:.1f} ± {error:.1f}"
    kind = exact_or_bound.get(name, "")
    print(f"{name:15s} {number:>14s} {kind:6s} {against:>17s} {away:9.2f}")
    key = name.replace(" ", "_").replace("%", "percent")
    if values is not None:
        runtime.record(f"ruler_{key}_log_p", values.mean(), pictures=n_bound)
    runtime.record(f"ruler_{key}_distance", away, **details)

# %%
floor = distance_of_drawn(likelihood.binarised(pictures[-n_watch:], seed=9))
runtime.record("ruler_real_distance", floor, **details)
print(f"real pictures, drawn without epsilon, are at a distance of {floor:.2f}")
print(f"the prank costs {np.mean(log_vae - prank):.3f} nats; log 100 is {np.log(100):.3f}")

# %%
rows = {name: drawn[name][:12] for name in log_of} | {"unseen pictures": unseen[:12]}
figure = plots.pairs(rows, title="Drawn from each model, black and white")
plots.show(
    figure,
    alt="Rows of black and white pictures: grainy shapes by the VAE, clearer ones by the strong "
    "decoder, pure noise, garments from memory and by the GAN, and unseen test pictures.",
)

# %% [markdown]
# And one look that neither ruler takes. Is a picture (in grey, before its pixels were drawn) nearer to
# training pictures or to unseen ones? Take 9,000 of each. What owes nothing to either has an even chance.
# Memory holds more than 9,000 pictures, and the GAN and the VAE were trained on all 60,000: to know how much
# of a copy this look could see, a row of pictures drawn from all of those is added.

# %%
pools = [data.signed(pool).reshape(9000, 784) for pool in (pictures[:9000], test_pictures[1000:])]
grey_of = {
    "memory": memory[rng.integers(0, n_kernels, n_single)],
    "copies of all 60,000": data.signed(pictures[rng.integers(0, 60_000, n_single)]),
    "GAN": forged[:n_single],
    "VAE": models["binary"].generate(n_single),
    "unseen pictures": test[:n_single],  # none of them in the pool
}
for name, some in grey_of.items():
    to_seen, to_new = (metrics.nearest(some.reshape(n_single, -1), pool)[0] for pool in pools)
    nearer, error = with_error(100 * (to_seen < to_new))  # of n_single numbers, 0 or 100
    print(f"{name:20s} nearer to a training picture: {nearer:5.1f} ± {error:.1f} %")
    runtime.record(f"nearer_{name.replace(' ', '_')}", nearer, error=error, pool=9000)

# %% [markdown]
# Read the two rulers, and the look:
#
# - **The prank** loses $\log 100$ nats, no more than serious models differ by, and draws nothing but noise.
#   *A good likelihood does not mean good samples.*
# - **Memory** draws training pictures with a few pixels flipped, and comes within a few nats of a trained
#   VAE. *Good samples do not mean that anything was learnt*, and the distance does not notice: nearly all
#   that it charges are the flips, as real pictures without them show. The look notices, although fewer than
#   half of memory's pictures are in its pool.
# - **The GAN**, which has seen the training pictures through D's gradient only, is nearer to them no more
#   often than unseen pictures are, within the error; a copyist of all 60,000 would show. (One that copies now
#   and then would not.) Its distance is far smaller than that of the VAE, and with the same flips a little
#   larger than memory's.
#
# Now the number that is missing. The integral over latents is a mean over samples, and `log_kernels` is such
# a mean: one kernel at each sample. That is exercise <<importance_weighted_bound>> with the prior in place of
# an encoder, so on average a lower bound (of the model with its levels cut at ε). Hold the same instrument to
# the VAE, of which a better bound is known, and to real pictures, where it is a memory of that many, and
# exact.

# %%
of_vae = models["binary"].generate(n_kernels, seed=9)  # grey means, as many as of the others
centres = {"GAN samples": forged, "training pictures": memory, "VAE samples": of_vae}
by_kernels = {}
for name, grey_pictures in centres.items():
    for k in (n_kernels // 100, n_kernels // 10, n_kernels):
        by_kernels[name] = log_kernels(unseen, grey_pictures[:k], epsilon)  # the last one stays
        mean = by_kernels[name].mean()
        better, error = with_error(by_kernels[name] - log_vae)
        against = f"against the VAE's bound {better:6.1f} ± {error:.1f}"
        print(f"{k:6,d} {name:18s} {mean:7.1f} nats; {against}")
    key = f"kernel_estimate_{name.replace(' ', '_')}"
    runtime.record(key, mean, kernels=n_kernels, gain=better, error=error)
print(f"the VAE's own bound {log_vae.mean():14.1f} nats")

# %% [markdown]
# All of them rise with the number of kernels, and none has come to its end. For the VAE the number lies far
# below the bound that its encoder gives; by kernels alone it would stand below memory, and it stands above.
# So such numbers cannot rank models (with Gaussian kernels they are *Parzen window estimates*, in many early
# tables of GANs; Theis et al.). But a lower bound is one: with noise on its pixels this GAN, trained for many
# more steps, has a bound as high as that of this VAE. Neither says how much higher the truth lies. (Wu et al.
# come nearer to it: annealed importance sampling.)

# %% [markdown]
# ## Verdict
#
# What this lesson measured, next to what the articles say:

# %% covers="C15"
at_least = {"VAE": log_vae.mean(), "GAN": by_kernels["GAN samples"].mean()}
for name, bound in at_least.items():
    print(f"C15  {name}: unseen pictures at least {bound:.1f} nats, samples at {ruled[name]:.2f}")
print(f"     in one family (beta): rank correlation of bound and distance {agree:.2f}")
print(f"     99 % noise: {prank.mean():.1f} nats, yet it draws noise")
print(f"     memory: {log_of['memory'].mean():.1f} nats, yet it learnt nothing")
first, last = (found["binary"][k].mean() for k in (1, max(found["binary"])))
print(f"bound and likelihood: at least {last - first:.1f} nats apart for the binary VAE")
print(f"grey cross-entropy: {perfect.mean():.1f} nats even for perfect pictures")
print(f"bits a pixel: {program} {bits[program]:.2f}, VAE (ELBO) {bits['VAE, ELBO']:.2f}")
for name in ("as it is", "warm-up"):
    mean, _ = strong_models[name].encode(binary_test[:n_watch])
    bound = strong_bound[name].mean()
    print(f"strong decoder, {name}: {active_units(mean)} active, {bound:.1f} nats")

# %% [markdown]
# - *VAEs learn the distribution, GANs imitate the data* (C15) is half a truth on either side. A VAE can be
#   **asked** for a probability of an unseen picture, cheaply, and its answer beats compression programs. The
#   GAN cannot until its pixels get noise, and then only by a loose bound. That bound is no worse than the
#   VAE's here. What differs is the access, not a proven rank. And by what they **draw**, this GAN is nearer
#   to unseen pictures than this VAE, after many more steps. Which is "learning the distribution" depends on
#   the ruler, and the rulers are nearly independent, as the prank and the memory show.
# - "Imitate" suggests copying. What copies is memory, and both rulers let it pass. The look at nearest
#   neighbours sees it, and sees no such thing in the GAN or the VAE.
# - *The VAE maximises the probability of the data*: it maximises a bound some nats below, and those nats were
#   measured from both sides: exactly where the truth is known, from below where it is not.
# - *A reconstruction loss is a reconstruction loss*: three of them in the same network gave, for pictures
#   that look the same, a number of black-and-white pictures, the same by another encoder, and one of 256
#   levels that cannot be ranked with either.
#
# **What is left over:** one layer of independent Gaussians for $q$, one for the prior, and pixels that know
# nothing of each other unless they are told. Deep hierarchies, flows and diffusion models each remove one of
# these; the last comes up in the final chapter.

# %% [markdown]
# ## What to read
#
# - Burda, Grosse, Salakhutdinov, *Importance weighted autoencoders*, ICLR 2016,
#   [1509.00519](https://arxiv.org/abs/1509.00519): the bound with $k$ codes, active units, and the MNIST
#   numbers.
# - Theis, van den Oord, Bethge, *A note on the evaluation of generative models*, ICLR 2016,
#   [1511.01844](https://arxiv.org/abs/1511.01844): why the rulers are independent. Read this one first.
# - Loaiza-Ganem, Cunningham, *The continuous Bernoulli*, NeurIPS 2019,
#   [1907.06845](https://arxiv.org/abs/1907.06845): the grey cross-entropy, mended.
# - Salimans, Karpathy, Chen, Kingma, *PixelCNN++*, ICLR 2017, [1701.05517](https://arxiv.org/abs/1701.05517):
#   the discretised logistic.
# - Lucas, Tucker, Grosse, Norouzi, *Don't blame the ELBO!*, NeurIPS 2019,
#   [1911.02469](https://arxiv.org/abs/1911.02469): collapse in the linear VAE.
# - Tipping, Bishop, *Probabilistic principal component analysis*, Journal of the Royal Statistical Society B
#   61(3), 1999, [doi 10.1111/1467-9868.00196](https://doi.org/10.1111/1467-9868.00196): the linear model, and
#   its best $\sigma$.
# - Rybkin, Daniilidis, Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021,
#   [2006.13202](https://arxiv.org/abs/2006.13202): $\sigma$ from the error.
# - Townsend, Bird, Barber, *Practical lossless compression with latent variables using bits back coding*,
#   ICLR 2019, [1901.04866](https://arxiv.org/abs/1901.04866): the bound as a program.
# - Higgins et al., *beta-VAE*, ICLR 2017, [OpenReview Sy2fzU9gl](https://openreview.net/forum?id=Sy2fzU9gl):
#   the KL term with a price.
# - Hoffman, Johnson, *ELBO surgery*, NIPS 2016 workshop,
#   [approximateinference.org](http://approximateinference.org/accepted/HoffmanJohnson2016.pdf): how much a
#   code says about which picture it belongs to.
# - Alemi et al., *Fixing a broken ELBO*, ICML 2018, [1711.00464](https://arxiv.org/abs/1711.00464): rate and
#   distortion.
# - Bowman et al., *Generating sentences from a continuous space*, CoNLL 2016,
#   [1511.06349](https://arxiv.org/abs/1511.06349): KL warm-up, where it was needed first.
# - Kingma et al., *Improved variational inference with inverse autoregressive flow*, NIPS 2016,
#   [1606.04934](https://arxiv.org/abs/1606.04934): free bits.
# - Wu, Burda, Salakhutdinov, Grosse, *On the quantitative analysis of decoder-based generative models*, ICLR
#   2017, [1611.04273](https://arxiv.org/abs/1611.04273): likelihoods of GANs, estimated with care.
