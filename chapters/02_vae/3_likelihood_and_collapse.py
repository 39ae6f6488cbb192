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
# <<the_adversarial_game>> the judge.

# %%
from course_lib import runtime

runtime.start(lesson="likelihood_and_collapse", seed=1)

# %%
import io
import lzma
import zlib

import keras
import numpy as np
from keras import layers, ops
from PIL import Image
from scipy import special, stats

from course_lib import check, data, inference, judge, losses, metrics, plots, results, weights
from course_lib.models import gan, likelihood, vae

# %% tags=["knobs"]
latent_size = 20  # numbers in a code
steps = runtime.pick(smoke=4, quick=1200, full=6000)  # of the pixel models; a multiple of 4
linear_steps = runtime.pick(smoke=4, quick=1500, full=3000)
sigma_steps = runtime.pick(smoke=4, quick=600, full=3000)
strong_steps = runtime.pick(smoke=4, quick=800, full=3000)  # with the strong decoder
n_bound = runtime.pick(smoke=20, quick=250, full=1000)  # pictures that a bound is made of
n_codes = runtime.pick(smoke=100, quick=1000, full=1000)  # codes for each of them, a power of ten
n_watch = runtime.pick(smoke=200, quick=2000, full=5000)  # pictures for a distance
n_single = runtime.pick(smoke=200, quick=1000, full=1000)  # pictures that are looked at one by one
n_kernels = runtime.pick(smoke=500, quick=20_000, full=50_000)  # of a memory of the training set
per_call = runtime.pick(smoke=1, quick=10, full=50)  # training steps in one call of the backend

# %% [markdown]
# Two generators from earlier lessons. One was trained to make the training pictures probable; the other was
# never told what probability is. Which of the two has learnt the distribution of garments?

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
# ## The idea
#
# A probability of pictures is a *prediction*, and the test of a prediction is something it has not seen.
# Whoever holds a model $p$ can store the picture $x$ in $-\log_2 p(x)$ bits, and on average nobody needs
# fewer than the one whose $p$ is the distribution of the data itself: a good model is a good compressor.
#
# ```
#  a picture that was not trained on ──► p ──► log p(x) ──► −log₂ p(x) bits   (few: the model expected it)
# ```
#
# So before any network runs, here is what it has to beat: programs for lossless compression, each with the
# pictures in one column (where neighbours help most), and a table of how often each pixel had each of its 256
# levels in training. In bits per pixel, on pictures kept from training; the test set is opened once, further
# down.

# %%
pictures, _ = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8
held_pictures, _ = data.load("fashion", "validation")  # (10000, 28, 28, 1)
held = data.signed(held_pictures)  # float32 in [-1, 1]
counts = [np.bincount(pixel, minlength=256) for pixel in pictures.reshape(-1, 784).T]
counts = np.stack(counts)  # (784, 256)
table = np.log2((counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True))


def compressed(some):
    """Bits a pixel of pictures (n, 28, 28, 1) of uint8: by the table, and by programs, in one file."""
    column = some.reshape(-1, 28)
    png, webp = io.BytesIO(), io.BytesIO()
    Image.fromarray(column).save(png, "PNG", optimize=True)
    Image.fromarray(column).save(webp, "WEBP", lossless=True, quality=100, method=6)  # slow and small
    sizes = {"zlib": len(zlib.compress(column.tobytes(), 9)), "lzma": len(lzma.compress(column.tobytes()))}
    sizes |= {"PNG": png.tell(), "WebP": webp.tell()}
    by_table = -np.mean(table[np.arange(784), some.reshape(-1, 784)])
    return {"each pixel's table": by_table} | {name: 8 * size / some.size for name, size in sizes.items()}


for name, size in compressed(held_pictures[:n_bound]).items():
    print(f"{name:20s} {size:.2f} bits a pixel (8 before)")

# %% [markdown]
# ## The mathematics
#
# ### Three things to say about a pixel
#
# Lesson <<from_autoencoder_to_vae>> said: a pixel is a real number, normally distributed around the decoder's
# output. The bound holds for anything else that is a *distribution of the pixel*: not negative, with a total
# of
# 1. Three candidates, with $\ell$ the decoder's output and $\sigma(\ell)=1/(1+e^{-\ell})$ the sigmoid
#    (further down, $\sigma$ without brackets is the standard deviation of a pixel):
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
# the loss punishes a grey pixel even where the network is exactly right (last column). How much is that, for
# perfect reconstructions? And what is the number, if no likelihood of $x$? Draw black-and-white pictures $b$
# from $x$, each pixel white with probability $x$: the loss is linear in $x$, so it is the *mean over such
# $b$* of the binary one.

# %%
share = held_pictures / 255  # (10000, 28, 28, 1) in [0, 1]
perfect = (special.entr(share) + special.entr(1 - share)).sum(axis=(1, 2, 3))  # (10000,)
logits = np.random.default_rng(1).normal(0, 2, (1, 28, 28, 1)).astype("float32")
on_grey = losses.bernoulli_log_likelihood(share[:1], logits)  # (1,)
draws = (likelihood.binarised(np.repeat(held_pictures[:1], 2000, axis=0)) + 1) / 2
on_binary = ops.convert_to_numpy(losses.bernoulli_log_likelihood(draws, logits))  # (2000,)
runtime.record("grey_loss_of_perfect_reconstructions", perfect.mean(), unit="nats a picture")
print(f"loss of a perfect reconstruction: {perfect.mean():.1f} nats a picture")
print(f"some logits and one picture: {-float(on_grey[0]):.2f} nats on grey pixels, and")
print(f"{inference.mean(-on_binary, of='draws').named()} of it in black and white")

# %% [markdown]
# So minus the grey loss is no bound of $\log p(x)$, but one of another number: of the mean log-probability of
# black-and-white *versions* of the picture, by an encoder that has seen the original. The honest form draws
# $b$ anew whenever a picture is seen and gives it to the encoder: *dynamic binarisation*.
#
# ### 256 levels
#
# The pictures have whole grey levels. Let the decoder return a mean $m$ and a scale $s$ for each pixel,
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
# All three arguments are arrays of one shape, whatever it is; every value of `pictures` is one of the 256
# levels. Return the probability of each, in the same shape, by `keras.ops` or NumPy.
# `ops.where(condition, a, b)` chooses place by place.


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
# The sum is 1, whatever the network says. With a mean *below* black and a small scale (first line) the
# network can be sure that a pixel is black, as most pixels of this data are.
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
# `log_weights` is an array `(k, batch)`. Return one bound a picture, `(batch,)`, by `keras.ops` or NumPy.
# Log-weights are numbers like −2,000 for one picture and −3,000 for the next.


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
along = (held[:n_bound].reshape(-1, 784) - middle) @ directions  # (n, 784), independent under p
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
    missing = inference.mean(log_p - bound, of="pictures")
    print(f"k = {k:4d}: the bound lies {missing} nats below")
    runtime.record(f"linear_gap_{k}", missing, exact=gap if k == 1 else 0)

# %% [markdown]
# The first interval holds the KL divergence that was derived; the others shrink towards 0. So the estimator
# may be believed, *where $q$ is not too far off*. When it is, a few weights do all the work, and the bound is
# loose without saying so.
#
# ## The experiment
#
# The same small network three times, 784-256-20-256-784, differing in what its outputs mean. Only the last
# has two outputs a pixel.

# %%
batches = data.Batches(pictures, batch_size=128, seed=1)  # float32 in [-1, 1] on the way


def trained(kind, outputs=1, seed=1, **settings):
    """One pixel model after `steps` steps, and the mean of its loss in the last quarter of them."""
    runtime.seed(seed)
    encoder = vae.dense_encoder(latent_size, widths=(256,))
    model = kind(encoder, likelihood.dense_parameters(latent_size, outputs), seed=seed, **settings)
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=per_call)
    history = model.fit(batches, epochs=4, steps_per_epoch=steps // 4, verbose=0).history
    return model, history["loss"][-1]


models, last_loss = {}, {}
models["grey"], last_loss["grey"] = trained(likelihood.GreyVAE)
models["binary"], last_loss["binary"] = trained(likelihood.BinaryVAE)
models["levels"], last_loss["levels"] = trained(likelihood.LevelsVAE, outputs=2)

# %%
jury = judge.load("fashion")
binary_held = likelihood.binarised(held_pictures, seed=1)  # -1 and 1, drawn once
rows = {name: model.generate(12, seed=3) for name, model in models.items()}
figure = plots.pairs(rows, title="Three pixel models, the same codes: means of the pixels")
plots.show(figure, alt="Three rows of soft garments; the rows look alike in sharpness.")
print(f"{'':8s} {'loss, last quarter':>18s} {'distance of means':>18s}")
for name, model in models.items():
    far = jury.frechet(model.generate(n_watch))
    print(f"{name:8s} {last_loss[name]:18.1f} {far:18.2f}")
    runtime.record(f"frechet_{name}", far, judge=jury.version, samples=n_watch)

# %% [markdown]
# Three losses, all "in nats a picture", for pictures that look alike. Two of them bound the same thing, by an
# encoder that is shown the grey picture and one that is shown the black-and-white one; the third is of
# another kind. Now two of the models are asked for the *probability of unseen pictures*, each in its own
# terms.

# %% covers="C15"
seen = {"binary": binary_held, "levels": held}
found, lines, bands = {}, {}, {}
for name, observed in seen.items():
    found[name] = bounds(models[name].all_log_weights(observed[:n_bound], n_codes // 10))
    rise = [inference.mean(each - found[name][1], of="pictures") for each in found[name].values()]
    lines[name] = list(found[name]), [one.value for one in rise]
    bands[name] = [one.low for one in rise], [one.high for one in rise]
    for k, above in zip(found[name], rise, strict=True):
        print(f"{name:7s} k = {k:4d}: {found[name][k].mean():8.1f} nats, {above} above the ELBO")
        runtime.record(f"rise_{name}_{k}", above)
figure = plots.curves(
    {f"{name}, 95 % by Student's t, {n_bound} pictures": line for name, line in lines.items()},
    bands={f"{name}, 95 % by Student's t, {n_bound} pictures": band for name, band in bands.items()},
    xlabel="codes a picture, k",
    ylabel="nats above the ELBO",
    title="The bound rises with the number of codes",
)
figure.axes[0].set_xscale("log")
figure.axes[0].set_xticks(list(found["levels"]), [f"{k}" for k in found["levels"]])
plots.show(figure, alt="Two rising lines, narrow bands; for levels it rises several times as far.")

# %% [markdown]
# The rise is a lower bound of the ELBO's gap: for binary pixels a few nats of more than two hundred, for
# levels many more, where small changes of the code make large differences in probability, so that a plain
# Gaussian $q$ fits the posterior badly. The truth is higher still.
# (Pictures differ far more from each other than bounds do. So compare models on the same pictures, pair by
# pair.)
#
# Levels are in the compressors' terms: one nat is $1/\ln 2$ bits, and there are 784 pixels.

# %%
of_vae = {k: -each / 784 / np.log(2) for k, each in found["levels"].items()}  # bits a pixel, of each picture
files = [compressed(some) for some in np.array_split(held_pictures[:n_bound], 10)]
by_file = {name: [one[name] for one in files] for name in files[0]}
ours = [part.mean() for part in np.array_split(of_vae[1], 10)]
print(
    f"VAE, ELBO {of_vae[1].mean():.2f} bits a pixel, with {max(of_vae)} codes {of_vae[max(of_vae)].mean():.2f}"
)
fewer = {name: inference.difference(sizes, ours, paired=True, of="files") for name, sizes in by_file.items()}
for name, difference in inference.holm(fewer).items():
    print(f"bits that {name} needs more than the ELBO: {difference.said()}")
figure = plots.bars(
    list(fewer),
    [one.value for one in fewer.values()],
    spread=([one.low for one in fewer.values()], [one.high for one in fewer.values()]),
    ylabel="bits a pixel more than the VAE's ELBO (95 % by Student's t, ten files)",
    title="How many more bits others need for the same unseen pictures",
)
plots.show(
    figure,
    alt="Five bars with intervals: the table of pixels and zlib need most bits more than the VAE's bound, PNG and "
    "lzma fewer, WebP least.",
)

# %% [markdown]
# A code of twenty numbers and some seconds of training need fewer bits than the best of these programs. (Ten
# small files cost the programs a little; as one file, printed above, they come nearer. *Bits back* coding of
# Townsend et al. makes a program of the VAE. The network's bits are not counted, nor the programs' own; but
# those have to do with any picture.)
#
# ### What may be compared with what
#
# | number | is | may be compared with |
# |---|---|---|
# | grey cross-entropy + KL | minus a bound for black-and-white versions | its like, and binary bounds of the same data |
# | Gaussian loss | minus a bound of a log-*density* | its like, with the same scale of pixels: on $[0,1]$ each differs by $784\log 2$ |
# | binary bound | nats of a probability of black-and-white pictures | binary bounds of the same data, made binary alike |
# | levels bound | nats, or bits a pixel, of the pictures themselves | any lossless compressor, any model of 256 levels, same data |
#
# No published bound of Fashion-MNIST was
# found whose terms are stated well enough.
#
# ### What the two terms are worth
#
# Alemi et al. call the KL term the **rate** $R$ and the other the **distortion** $D$; the bound is $-(R+D)$.
# What if a nat of rate costs $\beta$ nats (Higgins et al.)? That trains another network; what it is worth is
# still told by the bound with $\beta=1$, by $\mathcal L_k$ and by the distance of what it draws.

# %%
betas = (0.1, 0.3, 1, 3, 10)
by_beta = {1: models["binary"]}
for beta in betas:
    if beta != 1:
        by_beta[beta], _ = trained(likelihood.BinaryVAE, beta=beta)


# %%
def of_beta(model):
    """Rate, distortion, ELBO and L_100 of `n_bound` unseen pictures (n,) each, and the distance of samples."""
    mean, log_var = model.encode(binary_held[:n_bound])
    rate = ops.convert_to_numpy(losses.kl_per_latent(mean, log_var)).sum(axis=1)
    found = bounds(model.all_log_weights(binary_held[:n_bound], 100))
    distance = jury.frechet(model.generate(n_watch))
    return {
        "rate": rate,
        "distortion": -found[1] - rate,
        "ELBO": found[1],
        "L_100": found[100],
        "distance": distance,
    }


# %%
def agreement(rows):
    """Rank correlations of the distance with minus each of the two bounds, over networks."""
    far = [row["distance"] for row in rows]
    return {
        name: stats.spearmanr([-np.mean(row[name]) for row in rows], far).statistic
        for name in ("ELBO", "L_100")
    }


# %%
measured = {beta: of_beta(by_beta[beta]) for beta in betas}
less = {}
for beta, row in measured.items():
    numbers = "   ".join(f"{name} {np.mean(values):.1f}" for name, values in row.items())
    print(f"β = {beta:4}   {numbers}")
    runtime.record(f"beta_{beta}_bound", row["L_100"].mean(), codes=100, pictures=n_bound)
    runtime.record(f"beta_{beta}_distance", row["distance"], judge=jury.version, samples=n_watch)
    for name in ("ELBO", "L_100") if beta != 1 else ():
        less[f"{name} at β = {beta} below that at 1"] = inference.difference(
            measured[1][name], row[name], paired=True, of="pictures"
        )
for name, difference in inference.holm(less).items():
    print(f"{name}: {difference.said('nats')}")

# %%
study = results.study("autoencoders")["likelihood and collapse"]
agree = agreement(list(measured.values()))
seeds = [agreement([one["beta"][str(beta)] for beta in betas]) for one in study]
for name in agree:
    runtime.record(f"rank_correlation_beta_{name}", agree[name], seeds=[one[name] for one in seeds])
    others = ", ".join(f"{one[name]:.2f}" for one in seeds)
    print(f"rank correlation of minus {name} and distance: {agree[name]:.2f}; three seeds {others}")

# %%
r, d = (np.array([measured[beta][name].mean() for beta in betas]) for name in ("rate", "distortion"))
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
# trained, so it touches the line at $\beta=1$: the best ELBO. To its right the clouds are so small that
# random codes fall between them; to its left they overlap, and say little. *In this family* of five the
# distance ranks as the tighter bound does, with every seed; by the ELBO two of them change places. Keep that
# in mind; it will not hold outside.
#
# ## When it goes wrong: a code that says nothing
#
# At large $\beta$ some latents have given up: their cloud is the prior's, whatever the picture, and the
# decoder ignores them. This is **posterior collapse**, and the loss, a sum, does not tell. Burda et al. call
# a latent **active** when the variance of its mean $\mu_j(x)$ over the data is above 0.01.


# %%
def active_units(means):
    """How many latents have a mean (n, latents) that varies over the n pictures by more than 0.01."""
    return int((np.var(means, axis=0) > 0.01).sum())


# %% [markdown]
# The last number of a line asks what the code tells. Draw a code of one of 1,000 pictures: by how many nats
# does it make the picture it came from more probable than chance?
#
# $$\mathbb E\,\log\frac{q(z\mid x)}{\frac1n\sum_i q(z\mid x_i)}$$
#
# That is 0 if the code is silent, and $\log n$ if it always tells which picture it was (Hoffman and Johnson).

# %%
for beta in betas:
    mean, log_var = by_beta[beta].encode(binary_held[:n_watch])
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
# ## Exercise: mend it by measuring
#
# A patient: a small VAE of lesson <<from_autoencoder_to_vae>>'s kind, 20 latents, 400 steps, $\sigma=7$. No
# latent is active, and all random codes give one grey picture. Two screws: `sigma`, from 0.01 to 10, and
# `warm_up`, from 0 to 1, the share of the steps in which the price of the KL term rises from 0 to 1. Turn one
# at a time, and read what the check measures on validation pictures. Healthy: at least 15 latents active, and
# 2,000 random codes at a distance of at most 40.


# %% tags=["exercise"]
def mended():
    """A sigma and a warm-up with which codes are heard, and random codes are pictures."""
    # return {"sigma": a number, "warm_up": a number}
    ...


# %% tags=["solution"]
def mended():
    """A sigma and a warm-up with which codes are heard, and random codes are pictures."""
    return {"sigma": 1, "warm_up": 0}


# %% tags=["check"]
mended = check.mended(mended)

# %% [markdown]
# ### First cause: it is not worth it
#
# Why *some* latents? In the linear model the answer is a theorem. The best linear VAE is probabilistic PCA
# (Lucas et al.): latent $j$ points along the $j$-th eigenvector, and the variance of its mean is
# $1-\sigma^2/\lambda_j$ where $\lambda_j>\sigma^2$; where the data vary less than the noise that you allow a
# pixel, the best latent is a silent one. So *the number of active units is the number of eigenvalues above
# $\sigma^2$*. Train three, with 20 latents each.


# %%
def linear_decoder(latent_size):
    """Codes (batch, latents) to pictures, one matrix and no bend."""
    code = keras.Input((latent_size,))
    return keras.Model(code, layers.Reshape((28, 28, 1))(layers.Dense(784)(code)))


mean_picture = middle.reshape(28, 28, 1).astype("float32")
centred = data.Batches(data.signed(pictures) - mean_picture, 256, seed=1)


def linear_vae(sigma2, kind=vae.VAE, **settings):
    """The latents' means (n_watch, 20) of unseen pictures, after training."""
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
    mean, _ = model.encode(held[:n_watch] - mean_picture)
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
figure.axes[0].set_xticks(range(2, latent_size + 1, 2))
plots.show(
    figure,
    alt="Three pairs of falling lines, trained and predicted; each pair reaches zero at the same "
    "latent: 2, 6 and 8.",
)

# %% [markdown]
# Trained and predicted agree in the number, and nearly in the heights: with this $\sigma$, silence *is* the
# optimum. So a cure that helps the optimiser should bring back no more than the theorem allows, and a better
# $\sigma$ everything. The first kind is **KL warm-up** (Bowman et al.): $\beta$ rises from 0 to 1 during
# training. The second lets $\sigma$ be the size of the error (Rybkin et al.). First the linear model with the
# warm-up, then a network with a bend and far too much noise, $\sigma=7$, with either cure. To a linear model
# the theorem allows one latent there, and $\frac12\log(\lambda_1/49)$ nats.


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
    mean, log_var = model.encode(held[:n_watch])
    away = jury.frechet(model.generate(n_watch))
    off = np.sqrt(np.mean((model.predict(held[:n_watch], verbose=0) - held[:n_watch]) ** 2))
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
# what the theorem allows; the right $\sigma$ brings all latents back, and many times as many nats. (One
# training each.) Lesson <<from_autoencoder_to_vae>>'s *mean of pixels* was the same: dividing the
# reconstruction term by 784 is $\sigma=0.25\cdot28=7$ in disguise. And with Gaussian pixels, $\beta$ in front
# of the KL is a $\sigma$ of $\sqrt\beta$ times the size.
#
# ### Second cause: nobody was listening
#
# Now a decoder that needs no code. It predicts pixels one after the other; each hears all pixels before it,
# above and to its left, through one triangular matrix:
#
# $$\log p(b\mid z)=\sum_i\log p(b_i\mid b_1,\dots,b_{i-1},z),\qquad \ell_i=f_i(z)+\sum_{j<i}W_{ji}\,b_j .$$
#
# That is a proper distribution of binary pictures, for any $z$ or none ($b_j$ is −1 or 1). Two cures: the
# warm-up, and **free bits** (Kingma et al. 2016), where the first $\lambda$ nats of every latent cost
# nothing.
#
# ## Exercise: free bits
#
# `kl_each` is a tensor `(batch, latents)`, `nats` is $\lambda$. Average each latent over the batch; a latent
# below $\lambda$ counts as $\lambda$; sum over the latents. It is a loss, so use `keras.ops`: where the
# maximum picks $\lambda$, there is no gradient that could silence the latent, and elsewhere there must be.


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
mean, log_var = by_beta[10].encode(binary_held[:n_watch])
kl_each = losses.kl_per_latent(mean, log_var)  # (n_watch, 20)
for nats in (0.0, 0.1, 0.25):
    priced = float(free_bits(kl_each, nats))
    print(f"beta 10 again, {nats:.2f} nats a latent free: {priced:.2f} nats")


# %%
def strong(seed=1, **settings):
    """A VAE with the decoder that hears the pixels before, after `strong_steps` steps."""
    runtime.seed(seed)
    networks = vae.dense_encoder(latent_size), likelihood.ordered_decoder(latent_size)
    model = likelihood.BinaryVAE(*networks, seed=seed, **settings)
    model.compile(keras.optimizers.Adam(3e-3), steps_per_execution=per_call)
    model.fit(batches, steps_per_epoch=strong_steps, verbose=0)
    return model


strong_models = {"as it is": strong(), "warm-up": strong(warm_up_steps=strong_steps // 2)}

# %%
strong_models |= {"free bits": strong(free_nats=0.25), "beta 0.5": strong(beta=0.5)}

# %% [markdown]
# This time the samples are drawn from $p(x)$ itself, pixel after pixel, and compared with unseen pictures in
# black and white.

# %%
real_features = jury.features(binary_held)  # (10000, 128)


def of_strong(model):
    """The bounds {1, 10, 100: (n_bound,)} of unseen pictures, and black-and-white pictures drawn from p(x)."""
    return bounds(model.all_log_weights(binary_held[:n_bound], 100)), model.draw(n_watch)


def distance_of_drawn(pictures, real):
    """The Fréchet distance of black-and-white pictures from features of real ones, so drawn."""
    return metrics.frechet(real, jury.features(pictures))


# %%
strong_drawn, strong_bound = {}, {}
print(f"{'':10s} active     KL   which of {n_single:,}     ELBO    L_100   distance")
for name, model in strong_models.items():
    mean, log_var = model.encode(binary_held[:n_watch])
    kl, active = float(losses.gaussian_kl(mean, log_var)), active_units(mean)
    told = likelihood.mutual_information(mean[:n_single], log_var[:n_single])
    bound, strong_drawn[name] = of_strong(model)
    strong_bound[name] = bound[100]
    away, key = distance_of_drawn(strong_drawn[name], real_features), name.replace(" ", "_")
    print(f"{name:10s} {active:6d} {kl:6.1f} {told:16.2f} ", end="")
    print(f"{bound[1].mean():8.1f} {bound[100].mean():8.1f} {away:10.2f}")
    runtime.record(f"strong_{key}_active", active, kl=kl)
    runtime.record(f"strong_{key}_bound", bound[100].mean())
    runtime.record(f"strong_{key}_distance", away, judge=jury.version, samples=n_watch)

# %%
gains = {
    name: inference.difference(strong_bound[name], strong_bound["as it is"], paired=True, of="pictures")
    for name in list(strong_models)[1:]
}
for name, gain in inference.holm(gains).items():
    print(f"L_100, {name} above as it is: {gain.said('nats')}")
for what in ("L_100", "distance"):
    warm, plain = ([one["strong"][name][what] for one in study] for name in ("warm-up", "as it is"))
    seeds = inference.difference(warm, plain, paired=True)
    print(f"{what}, warm-up less as it is, three seeds: {seeds.said()}")

# %% [markdown]
# As it is, most latents are silent, while the bound is near that of the VAE above. A likely reason: at first
# codes are noise, and the decoder learns to do without; what a code then costs in KL, it does not earn. With
# the price at 0 until codes mean something, the same network ends with a better bound *after as many steps*,
# so it had not found the best that it can be. A smaller $\beta$ does nearly as much here. Free bits bring
# back every unit and, at this $\lambda$, less in the bound: each latent says as much as is free. A number
# that a loss is paid to raise is no longer a measurement. Whether the warm-up makes samples nearer, three
# seeds do not decide.
#
# So train with a warm-up: where the code comes back *and the bound gets better*, it was the optimiser. Where
# it does not, suspect the objective first: change $\beta$ or $\sigma$, or the model.
#
# ## Two rulers
#
# Now the question from the beginning (C15). The first ruler is the probability of unseen pictures, the second
# the distance of samples; five models of black-and-white pictures on both. The VAE and the strong decoder you
# know. The third is a prank of Theis et al.: the VAE, but 99 times out of 100 it draws **noise**:
# $p_\text{mix}=0.01\,p+0.99\,u\ge 0.01\,p$, with $u$ the uniform distribution. The fourth learns nothing: it
# **remembers** training pictures, draws one, and lets each pixel be white by its grey level (cut to between ε
# and 1−ε). Its likelihood is a mean over what it remembers.
#
# The fifth is **the GAN**. By itself it has no number: its grey pictures lie on a thin sheet in the space of
# pictures, and any other picture has probability 0. Drawing pixels by its grey levels, with the same ε, gives
# it one: an integral over 64 latents, which has to wait for the last experiment. (The GAN was trained for
# 25,000 steps, with wider layers, on all 60,000 pictures; the others for `steps` and `strong_steps`. The rows
# compare these networks, not two methods.)


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
tried = {e: log_kernels(binary_held[:300], memory, e).mean() for e in (0.003, 0.01, 0.03)}
epsilon = max(tried, key=tried.get)
print({e: round(float(value), 1) for e, value in tried.items()}, "-> epsilon", epsilon)

# %% [markdown]
# Everything is trained and chosen, and the test set is opened: no network here has seen it. First the two
# kinds of bound, and the compressors.

# %% tags=["final"]
test_pictures, _ = data.load("fashion", "test")  # (10000, 28, 28, 1)
test = data.signed(test_pictures)  # float32 in [-1, 1]
binary_test = likelihood.binarised(test_pictures, seed=1)  # -1 and 1, drawn once
unseen = binary_test[:n_bound]
final = {
    "binary": bounds(models["binary"].all_log_weights(unseen, n_codes)),
    "levels": bounds(models["levels"].all_log_weights(test[:n_bound], n_codes)),
}
for name, by_k in final.items():
    for k, each in by_k.items():
        bound = inference.mean(each, of="pictures")
        print(f"{name:7s} k = {k:4d}: {bound} nats")
        runtime.record(f"bound_{name}_{k}", bound)
bits = compressed(test_pictures[:n_bound]) | {
    f"VAE, k = {k}": -final["levels"][k].mean() / 784 / np.log(2) for k in (1, n_codes)
}
for name, size in bits.items():
    print(f"{name:20s} {size:.2f} bits a pixel")
    runtime.record(f"bits_{name.lower()}", size)
runtime.record("bits_per_pixel", bits[f"VAE, k = {n_codes}"], codes=n_codes, pictures=n_bound)

# %%
log_vae = final["binary"][n_codes]
drawn = {}
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
drawn["strong decoder"] = strong_drawn["warm-up"]

# %% covers="C15"
strong_test = bounds(strong_models["warm-up"].all_log_weights(unseen, 100))[100]
log_of = {
    "VAE": (log_vae, f"L_{n_codes}"),
    "strong decoder": (strong_test, "L_100"),
    "99 % noise": (prank, f"L_{n_codes}"),
    "memory": (log_kernels(unseen, memory, epsilon), "exact"),
}
real_test = jury.features(binary_test)  # (10000, 128)
against, ruled = {}, {}
for name, some in drawn.items():
    ruled[name], number = distance_of_drawn(some, real_test), "not known"
    key = name.replace(" ", "_").replace("%", "percent")
    if name in log_of:
        values, kind = log_of[name]
        number = f"{inference.mean(values, of='pictures')} {kind}"
        runtime.record(f"ruler_{key}_log_p", inference.mean(values, of="pictures"))
        if name != "VAE":
            against[name] = inference.difference(values, log_vae, paired=True, of="pictures")
            runtime.record(f"ruler_VAE_over_{key}", inference.mean(log_vae - values, of="pictures"))
    print(f"{name:15s} log p {number:34s} distance {ruled[name]:6.2f}")
    details = {"judge": jury.version, "samples": n_watch, "reference": "binarised test pictures"}
    runtime.record(f"ruler_{key}_distance", ruled[name], **details)
for name, difference in inference.holm(against).items():
    print(f"log p of {name} above the VAE's: {difference.said('nats')}")

# %%
floor = distance_of_drawn(likelihood.binarised(pictures[-n_watch:], seed=9), real_test)
runtime.record("ruler_real_distance", floor, **details)
print(f"real pictures, drawn without epsilon, are at a distance of {floor:.2f}")
print(f"the prank costs {np.mean(log_vae - prank):.3f} nats; log 100 is {np.log(100):.3f}")

# %%
rows = {name: some[:12] for name, some in drawn.items()} | {"unseen pictures": unseen[:12]}
figure = plots.pairs(rows, title="Drawn from each model, black and white")
plots.show(
    figure,
    alt="Rows of black and white pictures: grainy shapes by the VAE, clearer ones by the strong "
    "decoder, pure noise, garments from memory and by the GAN, and unseen test pictures.",
)

# %% [markdown]
# And one look that neither ruler takes. Is a picture (in grey) nearer to training pictures or to unseen ones,
# of 9,000 each? What owes nothing to either has an even chance. The GAN was trained on all 60,000: pictures
# drawn from all of those show how much of a copy this look could see.

# %%
pools = [data.signed(pool).reshape(9000, 784) for pool in (pictures[:9000], test_pictures[1000:])]
everything, _ = data.load("fashion", "train+validation")  # (60000, 28, 28, 1)
grey_of = {
    "memory": memory[rng.integers(0, n_kernels, n_single)],
    "copies of all 60,000": data.signed(everything[rng.integers(0, len(everything), n_single)]),
    "GAN": forged[:n_single],
    "VAE": models["binary"].generate(n_single),
    "unseen pictures": test[:n_single],  # none of them in the pool
}
nearer = {}
for name, some in grey_of.items():
    to_seen, to_new = (metrics.nearest(some.reshape(n_single, -1), pool)[0] for pool in pools)
    nearer[name] = to_seen < to_new  # (n_single, 1)
    told = inference.share(nearer[name], of="pictures")
    print(f"{name:20s} nearer to a training picture: {told}")
    runtime.record(f"nearer_{name.replace(' ', '_')}", told, pool=9000)
more = {
    name: inference.difference(hits, nearer["unseen pictures"], paired=False, of="pictures")
    for name, hits in nearer.items()
    if name != "unseen pictures"
}
for name, difference in inference.holm(more).items():
    print(f"share of {name} above that of unseen pictures: {difference.said()}")

# %% [markdown]
# Read the two rulers, and the look:
#
# - **The prank** loses $\log 100$ nats, about what serious models differ by, and draws hardly anything but
#   noise. *A good likelihood does not mean good samples.*
# - **Memory** draws training pictures with a few pixels flipped, and comes within a few nats of a trained
#   VAE. *Good samples do not mean that anything was learnt*, and the distance does not notice: nearly all
#   that it charges are the flips, as real pictures without them show. The look notices.
# - **The GAN** is not found nearer to training pictures than unseen ones are, where a copyist of all 60,000
#   is noticed. (One that copies now and then would not be.) Its distance is far smaller than that of the VAE.
#
# Now the number that is missing. The integral over latents is a mean over samples, and `log_kernels` is such
# a mean: one kernel at each sample. That is exercise <<importance_weighted_bound>> with the prior in place of
# an encoder, so on average a lower bound. Hold the same instrument to the VAE, of which a better bound is
# known, and to real pictures, where it is a memory of that many, and exact.

# %%
of_vae = models["binary"].generate(n_kernels, seed=9)  # grey means, as many as of the others
centres = {"GAN samples": forged, "training pictures": memory, "VAE samples": of_vae}
by_kernels, over = {}, {}
for name, grey_pictures in centres.items():
    for k in (n_kernels // 100, n_kernels // 10, n_kernels):
        by_kernels[name] = log_kernels(unseen, grey_pictures[:k], epsilon)  # the last one stays
        print(f"{k:6,d} {name:18s} {by_kernels[name].mean():7.1f} nats")
    over[name] = inference.difference(by_kernels[name], log_vae, paired=True, of="pictures")
    number = inference.mean(by_kernels[name], of="pictures")
    runtime.record(f"kernel_estimate_{name.replace(' ', '_')}", number, kernels=n_kernels)
print(f"the VAE's own bound {log_vae.mean():14.1f} nats")
for name, difference in inference.holm(over).items():
    print(f"{n_kernels:,} {name} above the VAE's own bound: {difference.said('nats')}")
apart = by_kernels["VAE samples"] - by_kernels["GAN samples"]
runtime.record("kernel_estimate_VAE_over_GAN", inference.mean(apart, of="pictures"))

# %% [markdown]
# All of them rise with the number of kernels, and none has come to its end. For the VAE the number lies far
# below the bound that its encoder gives; by kernels alone it would stand below memory, and by its bound it
# stands above. So such numbers cannot rank models (with Gaussian kernels: *Parzen window estimates*; Theis et
# al.). But a lower bound is one: with noise on its pixels this GAN, trained for many more steps, has one too,
# and the printed line says how far from this VAE's it lies. Neither says how much higher the truth lies. (Wu
# et al. come nearer to it.)
#
# ## Verdict
#
# What this lesson measured, next to what the articles say:

# %% covers="C15"
at_least = {"VAE": log_vae.mean(), "GAN": by_kernels["GAN samples"].mean()}
for name, bound in at_least.items():
    print(f"C15  {name}: unseen pictures at least {bound:.1f} nats, samples at {ruled[name]:.2f}")
for name, rank in agree.items():
    print(f"     in one family (beta): rank correlation of {name} and distance {rank:.2f}")
print(f"     99 % noise: {prank.mean():.1f} nats, yet it draws noise")
print(f"     memory: {log_of['memory'][0].mean():.1f} nats, yet it learnt nothing")
gap = inference.mean(log_vae - final["binary"][1], of="pictures")
print(f"bound and likelihood: at least {gap} nats apart for the binary VAE")
print(f"grey cross-entropy: {perfect.mean():.1f} nats even for perfect pictures")
best = min(("zlib", "lzma", "PNG", "WebP"), key=bits.get)
print(f"bits a pixel: {best} {bits[best]:.2f}, VAE (ELBO) {bits['VAE, k = 1']:.2f}")
for name in ("as it is", "warm-up"):
    mean, _ = strong_models[name].encode(binary_held[:n_watch])
    print(f"strong decoder, {name}: {active_units(mean)} active, {strong_bound[name].mean():.1f} nats")

# %% [markdown]
# - *VAEs learn the distribution, GANs imitate the data* (C15) is half a truth on either side. A VAE can be
#   **asked** for a probability of an unseen picture, cheaply, and its answer beats compression programs. The
#   GAN cannot until its pixels get noise, and then only by a loose bound: a difference in access, not a
#   proven rank. By what they **draw**, this GAN is nearer to unseen pictures than this VAE, after many more
#   steps. Neither ruler implies the other, as the prank and the memory show.
# - What copies is memory, and both rulers let it pass. The look at nearest neighbours sees it, and does not
#   see as much in the GAN or the VAE.
# - *The VAE maximises the probability of the data*: it maximises a bound some nats below, as was measured:
#   exactly where the truth is known, from below where it is not.
#
# **What is left over:** one layer of independent Gaussians for $q$, one for the prior, and pixels that know
# nothing of each other unless they are told. Deep hierarchies and flows each remove one of these.
#
# ## What to read
#
# - Burda, Grosse, Salakhutdinov, *Importance weighted autoencoders*, ICLR 2016,
#   [1509.00519](https://arxiv.org/abs/1509.00519): the bound with $k$ codes, active units.
# - Theis, van den Oord, Bethge, *A note on the evaluation of generative models*, ICLR 2016,
#   [1511.01844](https://arxiv.org/abs/1511.01844).
# - Loaiza-Ganem, Cunningham, *The continuous Bernoulli*, NeurIPS 2019,
#   [1907.06845](https://arxiv.org/abs/1907.06845).
# - Salimans, Karpathy, Chen, Kingma, *PixelCNN++*, ICLR 2017, [1701.05517](https://arxiv.org/abs/1701.05517).
# - Lucas, Tucker, Grosse, Norouzi, *Don't blame the ELBO!*, NeurIPS 2019,
#   [1911.02469](https://arxiv.org/abs/1911.02469).
# - Tipping, Bishop, *Probabilistic principal component analysis*, Journal of the Royal Statistical Society B
#   61(3), 1999, [doi 10.1111/1467-9868.00196](https://doi.org/10.1111/1467-9868.00196).
# - Rybkin, Daniilidis, Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021,
#   [2006.13202](https://arxiv.org/abs/2006.13202).
# - Townsend, Bird, Barber, *Practical lossless compression with latent variables using bits back coding*,
#   ICLR 2019, [1901.04866](https://arxiv.org/abs/1901.04866).
# - Higgins et al., *beta-VAE*, ICLR 2017, [OpenReview Sy2fzU9gl](https://openreview.net/forum?id=Sy2fzU9gl).
# - Hoffman, Johnson, *ELBO surgery*, NIPS 2016 workshop,
#   [approximateinference.org](http://approximateinference.org/accepted/HoffmanJohnson2016.pdf).
# - Alemi et al., *Fixing a broken ELBO*, ICML 2018, [1711.00464](https://arxiv.org/abs/1711.00464).
# - Bowman et al., *Generating sentences from a continuous space*, CoNLL 2016,
#   [1511.06349](https://arxiv.org/abs/1511.06349): KL warm-up.
# - Kingma et al., *Improved variational inference with inverse autoregressive flow*, NIPS 2016,
#   [1606.04934](https://arxiv.org/abs/1606.04934): free bits.
# - Wu, Burda, Salakhutdinov, Grosse, *On the quantitative analysis of decoder-based generative models*, ICLR
#   2017, [1611.04273](https://arxiv.org/abs/1611.04273).
