# %% [markdown] weights=["dense_gan.weights.h5", "dcgan_fashion.weights.h5", "dense_vae.weights.h5"]
# # One scoreboard
#
# **Find out what your ruler sees before you rank anything; then give every model the same pictures, the same
# judge and the same seconds, three times over.**
#
# ## What you will be able to do
#
# - say which of seven metrics notices blur, noise, missing kinds, repetition and copying, and which is blind
#   to it;
# - show how too few samples, or another ruler, turn a ranking over;
# - train a generator without any opponent, and write the unbiased estimator that it learns from;
# - read a table of models with intervals, and say of each difference whether it is decided.
#
# ## Prerequisites
#
# Lessons <<the_adversarial_game>> (Fréchet distance, precision and recall, R1), <<convolutions_that_draw>>
# (DCGAN), <<failures_on_purpose>> (WGAN-GP), <<from_autoencoder_to_vae>> (VAE), <<likelihood_and_collapse>>
# (bits) and <<completing_and_restoring>> (the painter of rows). You know what a standard deviation is.

# %%
from course_lib import runtime

runtime.start(lesson="one_scoreboard", seed=1)

# %%
import keras
import numpy as np
from keras import ops
from scipy import ndimage, stats

from course_lib import check, data, judge, metrics, plots, results, scoreboard, training, weights
from course_lib.models import gan, matching, vae
from course_lib.results import interval

# %% tags=["knobs"]
n_lab = runtime.pick(smoke=140, quick=1500, full=5000)  # pictures that the ruler is tried on
n_score = runtime.pick(smoke=140, quick=5000, full=5000)  # pictures of a score, as in the table
n_curve = runtime.pick(smoke=100, quick=1000, full=1000)  # pictures of a point of a curve
n_known = runtime.pick(smoke=200, quick=10_000, full=10_000)  # where copies are looked for
points_mmd = runtime.pick(smoke=1, quick=5, full=6)  # how far along the stored curve you train
points_vae = runtime.pick(smoke=1, quick=4, full=6)
draws = runtime.pick(smoke=2, quick=20, full=50)  # repetitions of small experiments

# %% [markdown]
# Seven models drew these, after the same time on the same pictures. You may rank them now, by eye; write the
# order down.

# %%
table = results.study("scoreboard")
samples = table["samples"]  # entrant -> uint8 pictures (64, 28, 28, 1)
NAMES = list(scoreboard.ENTRANTS)
figure = plots.pairs(
    {name: samples[name][:8] for name in NAMES},
    title=f"Seven models after {table['budget']} seconds of one core each",
)
plots.show(
    figure,
    alt="Seven rows of 8 garments: soft ones from autoencoder and VAE, speckled ones from the dense GAN and "
    "from MMD, smooth angular ones from DCGAN and WGAN-GP, ragged detailed ones from the row LSTM.",
)

# %% [markdown]
# ## From the documents
#
# | the articles say | in this lesson |
# |---|---|
# | GAN pictures look more real than VAE pictures (C1) | precision and distance after equal time |
# | GANs train long, VAEs fast (C2) | seconds to two given distances |
# | GANs are unstable, VAEs stable (C3, K5) | the spread over three seeds, and how well three seeds can know it |
# | a generator needs a discriminator to know how far off it is (C4) | the same generator trained without one |
# | deeper and wider networks give better pictures (C14) | six networks against the same seconds |
# | they pay off where data are plenty (C17) | the same six on 1,000 and on 60,000 pictures |
# | quality is hard to measure (K4) | the laboratory of the ruler, which comes first |
#
# On C2 and C3 one article contradicts itself: a section before it calls GANs slow and unstable it says so of
# both kinds. That is what measuring is for.

# %% [markdown]
# ## The idea
#
# Most distances of this course are read off one ruler, a small network that was trained to name garments. A
# ruler that was never laid on something of known length is a guess. So take pictures whose fault you *know*,
# because you put it there, and look which number moves.
#
# ```
#  real pictures ──► one known fault ──► the judge's 128 features ──► seven numbers
#                                                    │
#                                  other real pictures (test set)
# ```
#
# | number | what it asks of the judge's features | best |
# |---|---|---|
# | Fréchet | how far apart are two Gaussians, fitted to the real and to the other set? | 0 |
# | kernel | how much more alike are pictures of one set than pictures of different sets? (its formula follows) | 0 |
# | precision | what share lies in a ball around any real picture? | what real sets have |
# | recall | what share of the real pictures lies in a ball around any of the set? | what real sets have |
# | density | in how many real balls does a picture lie, of $k$ that are usual? | about 1 |
# | coverage | what share of the real balls holds a picture of the set? | what real sets have |
# | nearest | how far is the nearest *training* picture, beside what unseen real pictures have? | 1 |
#
# Each ball reaches from its picture to the $k$-th neighbour of the same set, $k=3$ for precision and recall,
# 5 for the other two.
#
# Faultless sets come first: how much do the numbers of *real* pictures differ from draw to draw? What is
# within that is no finding.

# %%
pictures, labels = data.load("fashion", "train+validation")  # (60000, 28, 28, 1) uint8, (60000,)
jury = judge.load("fashion")
rng = np.random.default_rng(1)
known, others = pictures[:n_known], pictures[n_known:]  # a "training set", and pictures outside it
kinds = labels[n_known:]
fresh = others[rng.permutation(len(others))]
real = fresh[:n_lab]  # (n_lab, 28, 28, 1)
footwear = np.isin(kinds, (5, 7, 9))  # sandals, sneakers, boots


def noisy(pictures, spread):
    """Normal noise of that many grey levels on uint8 pictures."""
    return np.clip(pictures + rng.normal(0, spread, pictures.shape), 0, 255).astype("uint8")


# %%
white_noise = rng.integers(0, 256, (n_lab // 2, 28, 28, 1)).astype("uint8")
FAULTS = {
    "blurred": ndimage.gaussian_filter(real, (0, 0.8, 0.8, 0)),
    "noisy": noisy(real, 20),
    "two pictures in one": (real // 2 + fresh[-n_lab:] // 2).astype("uint8"),
    "2 pixels to the right": np.roll(real, 2, axis=2),
    "half of them noise": np.concatenate([real[: n_lab - n_lab // 2], white_noise]),
    "no footwear": others[~footwear][:n_lab],
    "20 pictures, repeated": np.tile(real[:20], (n_lab // 20, 1, 1, 1)),
    "copies of training pictures": known[:n_lab],
}
shown = np.arange(0, n_lab, n_lab // 7 + 1)  # seven places in each set
figure = plots.pairs(
    {"real": real[shown]} | {name: faulty[shown] for name, faulty in FAULTS.items()},
    title="Real pictures with one known fault each",
)
plots.show(
    figure,
    alt="Nine rows of garments: real ones, then blurred, noisy, doubled, moved, half of them replaced by noise, "
    "without shoes, few repeated, and copies.",
)

# %% [markdown]
# The seventh number is the only one that asks about the *training* pictures: the median distance to the
# nearest of them, in units of what real unseen pictures have. Lesson <<the_adversarial_game>> used it to look
# for copies. A number *notices* a fault here if it is farther from the mean of three faultless sets than five
# times their range: a rough bar, for three sets know their range badly.

# %%
pool = jury.features(known)  # (n_known, 128)


def seven_numbers(images):
    """Everything the judge can say about a set of pictures."""
    score = jury.score(images, "test")
    away, _ = metrics.nearest(jury.features(images), pool)  # (n, 1)
    keys = ("frechet", "kernel", "precision", "recall", "density", "coverage")
    return np.array([*(score[key] for key in keys), np.median(away)])


faultless = np.array([seven_numbers(fresh[k * n_lab : (k + 1) * n_lab]) for k in range(3)])
usual, width = faultless.mean(axis=0), np.ptp(faultless, axis=0)  # (7,), (7,)
found = {name: seven_numbers(images) for name, images in FAULTS.items()}

# %%
METRICS = ["Fréchet", "kernel", "precision", "recall", "density", "coverage", "nearest"]
values = np.array([usual, *found.values()])  # (9, 7)
values[:, -1] /= usual[-1]
moved = np.abs(np.array([usual, *found.values()]) - usual) / width  # in ranges of real sets
figure = plots.table(
    values,
    ["none (mean of 3)", *FAULTS],
    METRICS,
    strength=np.log10(np.maximum(moved, 1)) / (2 * np.log10(5)),  # 0.5 at five ranges
    xlabel="the metric (bold: farther off than 5 times the range of three real sets)",
    ylabel="the fault",
    title="Which number notices which fault",
)
plots.show(
    figure,
    alt="A table of seven metrics for faultless pictures and eight faults. No column is dark for all of them; copies are "
    "noticed by the last column alone.",
)

# %% covers="K4"
noticed = {name: (moved[row] > 5).tolist() for row, name in enumerate(FAULTS, start=1)}
for name, marks in noticed.items():
    blind = [metric for metric, mark in zip(METRICS, marks, strict=True) if not mark]
    print(f"{name:28s} not noticed by: {', '.join(blind) or 'none'}")
runtime.record("noticed", noticed, metrics=METRICS, judge=jury.version, samples=n_lab)
for name, row in zip(("none", *FAULTS), values, strict=True):
    runtime.record(f"lab_{name}", dict(zip(METRICS, row, strict=True)), judge=jury.version, samples=n_lab)
# %% [markdown]
# Read the table by columns. **Precision** asks only whether each picture looks real, and is content with
# twenty of them. **Recall and coverage** ask what is missing. But where every picture is spoilt, as by blur,
# few garments count as found, and they fall with precision: read them together. That half of a set is noise
# escapes recall, for the other half reaches everywhere. **Fréchet and kernel distance** mix both questions,
# so one number can stand for quite different faults, and a fault that the judge was trained to overlook moves
# them little: it saw its training pictures shifted, so that two pixels would not matter to it. **Nearest** is
# the only number that sees copies, and it sees them *below* 1; above 1 it says once more that pictures look
# like nothing real.
#
# Coverage is far below 1 even without a fault: few pictures cannot be in each of many thousand balls. So
# every number needs its floor, and a score without the number of pictures, the judge and a look at the
# pictures is half a score.
#
# ## The mathematics
#
# Two sets, real $x_1,\dots,x_n$ and generated $y_1,\dots,y_m$, and a *kernel* $k(a,b)$ that says how alike
# two points are. The squared **maximum mean discrepancy** compares likeness within the sets to likeness
# between them:
#
# $$\operatorname{MMD}^2=\mathbb E\,k(x,x')+\mathbb E\,k(y,y')-2\,\mathbb E\,k(x,y),$$
#
# where $\mathbb E$ is the mean over all draws, $x,x'$ are two *independent* real pictures, and $y,y'$ two
# generated ones. For many kernels, the Gaussian one among them, it is 0 only if both distributions are the
# same (Gretton et al.). The judge's kernel distance is this with $k(a,b)=(a\cdot b/d+1)^3$ on $d$ features,
# which is none of those: it compares means of products of up to three features.
#
# An estimate from samples must not compare a picture with itself: $k(x_i,x_i)$ is no pair of independent
# pictures, but as alike as can be. With the diagonal left out the mean over samples is right for *every* $n$.
# That is called unbiased.
#
# ## Exercise: the unbiased estimator
#
# `within_x` is $k(x_i,x_j)$, `(n, n)`; `within_y` is `(m, m)`; `between` is $k(x_i,y_j)$, `(n, m)`. Return
# one number.


# %% tags=["exercise"]
def mmd_squared(within_x, within_y, between):
    """The unbiased estimate of the squared MMD, from three matrices of a kernel."""
    ...


# %% tags=["solution"]
def mmd_squared(within_x, within_y, between):
    """The unbiased estimate of the squared MMD, from three matrices of a kernel."""
    n, m = between.shape
    of_x = (within_x.sum() - np.trace(within_x)) / (n * (n - 1))
    of_y = (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
    return of_x + of_y - 2 * between.mean()


# %% tags=["check"]
mmd_squared = check.mmd_squared(mmd_squared)

# %% [markdown]
# Both distances on *real against real*, at several sizes. The Fréchet distance has no unbiased estimator
# (Bińkowski et al. prove it): it goes through a square root of an estimated covariance, and errors of it add
# up in one direction, by about $b/n$ for a constant $b$.

# %%
real_features = jury.features(fresh[: 2 * n_score])  # (2 n_score, 128)
one, two = real_features[:n_score], real_features[n_score:]
sizes = np.unique(np.geomspace(len(one) // 40 + 5, len(one), 7).astype(int))


def cubic(a, b):
    """The judge's kernel, (n, m)."""
    return (a @ b.T / a.shape[1] + 1) ** 3


def both_distances(size, repeat):
    """Fréchet and kernel distance of `size` real pictures from as many others."""
    chosen = np.random.default_rng((size, repeat)).permutation(len(one))[:size]
    x, y = one[chosen].astype("float64"), two[chosen].astype("float64")
    return metrics.frechet_of_moments(*metrics.moments(x), *metrics.moments(y)), mmd_squared(
        cubic(x, x), cubic(y, y), cubic(x, y)
    )


# %%
repeats = [max(2, min(draws, 20_000 // size)) for size in sizes]
by_size = [
    np.array([both_distances(size, k) for k in range(number)])
    for size, number in zip(sizes, repeats, strict=True)
]
frechet_means = np.array([one_size[:, 0].mean() for one_size in by_size])
bias = np.linalg.lstsq(1 / sizes[3:, None], frechet_means[3:], rcond=None)[0][0]
figure = plots.curves(
    {"measured": (sizes, frechet_means), f"{bias:.0f} / n": (sizes, bias / sizes)},
    xlabel="pictures in each set, n",
    ylabel="Fréchet distance",
    title="Real against real: the distance is made of having few pictures",
    log=True,
)
plots.show(
    figure,
    alt="Two falling curves from more than 2 to less than 0.1, on logarithmic height: what was measured, and close to "
    "it a constant over n.",
)

# %%
runtime.record("bias", {str(n): d for n, d in zip(sizes, frechet_means, strict=True)}, times_n=bias)
for size, one_size in zip(sizes, by_size, strict=True):
    mean, spread = one_size[:, 1].mean(), one_size[:, 1].std(ddof=1) / np.sqrt(len(one_size))
    error = f"± {spread:.4f}" if size < len(one) else "(all there are, once)"
    print(f"n = {size:5d}: Fréchet {one_size[:, 0].mean():7.3f}   kernel {mean:+.4f} {error}")

# %% [markdown]
# The kernel distance scatters around 0 at every size: it pays with scatter, not with bias. What follows ± is
# the standard error of the mean over the repetitions. At large sizes they share most of their pictures, which
# makes it too small; at the largest there is one pair of sets.
#
# ### Inside the balls
#
# Precision and coverage come from one matrix: which pictures lie in the balls around the real ones.
#
# ## Exercise: precision and coverage
#
# `distances` is `(real, generated)`, `radii` `(real,)`. Return the share of generated pictures that lie in
# *any* ball, and the share of balls that hold *any* generated picture. On the surface counts as inside.


# %% tags=["exercise"]
def precision_coverage(distances, radii):
    """(share of generated pictures inside any real ball, share of real balls that are not empty)."""
    ...


# %% tags=["solution"]
def precision_coverage(distances, radii):
    """(share of generated pictures inside any real ball, share of real balls that are not empty)."""
    inside = distances <= radii[:, None]  # (real, generated)
    return inside.any(axis=0).mean(), inside.any(axis=1).mean()


# %% tags=["check"]
precision_coverage = check.precision_coverage(precision_coverage)

# %% [markdown]
# Your matrix version on a few hundred pictures, against the library's, for a set that is complete and one of
# a single picture repeated. Both numbers from the balls of $k=5$ here.

# %%
centres = one[: n_lab // 4]
radii = metrics.nearest(centres, centres, k=6)[0][:, -1]  # the first neighbour is itself
for name, some in (
    ("real", two[: n_lab // 4]),
    ("one picture, repeated", np.repeat(two[:1], 50, axis=0)),
):
    away = np.linalg.norm(centres[:, None] - some, axis=2)  # (real, generated)
    precision, coverage = precision_coverage(away, radii)
    _, library = metrics.density_coverage(centres, some, k=5)
    print(f"{name:22s} precision {precision:.2f}, coverage {coverage:.3f} (library {library:.3f})")

# %% [markdown]
# ## When it goes wrong
#
# ### Too few samples
#
# Two shipped generators, trained longer than anything in the table, with a known order: the DCGAN is nearer
# to real pictures than the dense GAN, at 5,000 pictures each. Now let somebody score the better one with
# fewer pictures.

# %%
shipped = {
    "dense GAN": gan.dense_generator(),
    "DCGAN": gan.conv_generator(),
    "dense VAE": vae.dense_decoder(),
}
for network, file in zip(shipped.values(), ("dense_gan", "dcgan_fashion", "dense_vae"), strict=True):
    weights.load_into(network, f"{file}.weights.h5")
latents = {name: keras.random.normal((n_score, net.input_shape[-1]), seed=1) for name, net in shipped.items()}
long_trained = {
    name: net.predict(ops.convert_to_numpy(latents[name]), batch_size=500, verbose=0)
    for name, net in shipped.items()
}
features = {name: jury.features(drawn) for name, drawn in long_trained.items()}  # (n_score, 128) each
reference = metrics.moments(jury.reference("test"))


def distance_of(name, size, seed):
    """The Fréchet distance of `size` of a generator's pictures from the test set."""
    chosen = np.random.default_rng(seed).permutation(n_score)[:size]
    return metrics.frechet_of_moments(*reference, *metrics.moments(features[name][chosen]))


# %%
counts = [max(20, n_score // part) for part in (200, 100, 50, 25, 10, 5, 2, 1)]
few = {name: [distance_of(name, size, 1) for size in counts] for name in ("dense GAN", "DCGAN")}
figure = plots.curves(
    {name: (np.log10(counts), line) for name, line in few.items()},
    xlabel="log₁₀ of the number of pictures that were scored",
    ylabel=f"Fréchet distance ({jury.version})",
    title="Fewer pictures make any generator look worse",
    floor=few["dense GAN"][-1],
    floor_label=f"dense GAN, {counts[-1]:,} pictures",
)
plots.show(
    figure,
    alt="Both curves fall with the number of pictures; the better generator's lies above the other's "
    "full score while it is scored with few pictures.",
)
turned = [size for size, far in zip(counts, few["DCGAN"], strict=True) if far > few["dense GAN"][-1]]
runtime.record("turned_over_at", turned, judge=jury.version, samples=n_score)
print(f"the DCGAN seems worse than the dense GAN's full score at {turned} pictures")

# %% [markdown]
# At the left end of this draw even equal counts turn the order over: with fewer pictures than the judge has
# features a covariance is singular, and most of the distance is bias.
#
# The cure: equal counts that are large, or, where pictures are dear, the extrapolation to $1/n=0$ after Chong
# and Forsyth: distances of several smaller sets, a straight line over $1/n$, and its height at 0.

# %%
cured = {}
for name in few:
    some = features[name][:n_curve]  # (n_curve, 128)
    cured[name] = metrics.frechet_bias(jury.reference("test"), some).extrapolated
    raw = metrics.frechet_of_moments(*reference, *metrics.moments(some))
    print(
        f"{name:10s} {len(some):,} pictures {raw:.2f}, extrapolated {cured[name]:.2f}; "
        f"{counts[-1]:,} pictures {few[name][-1]:.2f}"
    )
runtime.record("extrapolated", cured, judge=jury.version, samples=n_curve)

# %% [markdown]
# From a fifth of the pictures the line comes nearer to the score of all of them than that fifth's own score
# does. Equal counts need no line; they are the rule of this course.
#
# ### Another ruler
#
# Three rulers on the same pictures: the judge's features, pixels halved to 14×14, and colour and texture of
# sixteen parts of the picture. Real pictures of the training set are the floor.


# %%
def small_pixels(images):
    """Pictures (n, 28, 28, 1) as vectors (n, 196) of means of 2×2 pixels, from -1 to 1."""
    signed = data.signed(images) if images.dtype == np.uint8 else images
    return signed.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)


RULERS = {
    "judge": jury.features,
    "pixels": small_pixels,
    "colour and texture": metrics.colour_texture,
}
test_pictures, _ = data.load("fashion", "test")
softened = ndimage.gaussian_filter(fresh[:n_score], (0, 0.8, 0.8, 0))
rulers = {}
for ruler, look in RULERS.items():
    right = metrics.moments(look(test_pictures))
    contestants = long_trained | {"real": fresh[:n_score], "blurred": softened}
    rulers[ruler] = {
        name: metrics.frechet_of_moments(*right, *metrics.moments(look(images)))
        for name, images in contestants.items()
    }
    order = sorted(rulers[ruler], key=rulers[ruler].get)
    print(f"{ruler:20s}", " < ".join(f"{name} {rulers[ruler][name]:.3g}" for name in order))
runtime.record("rulers", rulers, samples=n_score)
print(f"({n_score:,} pictures of each)")

# %% [markdown]
# On the three generators the rulers agree; nothing forces them to. Look at the blurred pictures, which are
# real pictures after all. To the judge they are worse than the VAE's, by pixels they are better: a mean of
# 2×2 pixels hardly changes where a picture is a little out of focus. Nor can the numbers themselves be
# compared, only their order. Whoever names a distance has to name the ruler; and whoever trains *by* a ruler
# must not be judged by it.
#
# ## The experiment
#
# ### The rules
#
# Written down before anything was measured, in `course_lib/scoreboard.py`:
#
# - *pictures*: the same 60,000, in an order that the seed decides; no labels;
# - *compute*: the same seconds of one CPU core for training. They were turned into a number of steps for each
#   entrant once, so that a second run does the same work; what the steps really took is in the table. The
#   first ten steps, in which the graph is compiled, are not counted;
# - *settings*: those of the lessons that introduced each model, at a constant learning rate. There they were
#   chosen with an eye on this judge and its test pictures, which flatters them all a little. The two
#   newcomers, WGAN-GP on pictures and MMD, had a few short trials against *training* pictures, and are hardly
#   tuned;
# - *judge*: 5,000 drawn pictures against the 10,000 test pictures (1,000 for the points of a curve);
# - *seeds*: 1, 2 and 3, for first weights, order and noise.
#
# Not written down before: the two distances to which the seconds are counted (C2). They were chosen after the
# first seed's curves had been seen.
#
# Not everything fits into three minutes, so the table comes with the course, and one command makes it again:
# `python benchmarks/scoreboard.py --all`, some forty minutes of one core (`--repeat "MMD 1"` for one run).
# You will repeat parts of it here.
#
# The entrants: the **autoencoder**, whose codes a Gaussian is fitted to afterwards, for otherwise it cannot
# draw; **dense VAE** and **dense GAN** (lessons <<from_autoencoder_to_vae>>, <<the_adversarial_game>>); the
# small **DCGAN** (<<convolutions_that_draw>>); **WGAN-GP**, the same two networks with the losses of lesson
# <<failures_on_purpose>>; the **row LSTM** (<<completing_and_restoring>>); and the one that follows.
#
# ### Without a discriminator
#
# Take the dense GAN's generator and throw its opponent away. What is left to tell it how far off it is? MMD,
# on the pixels of one batch of real and one of generated pictures. With $k(a,b)=-\lVert a-b\rVert$ there is
# no width to choose, and MMD² is the *energy distance* (Sejdinovic et al.; it lacks of a kernel in the strict
# sense only terms that cancel in the difference). Nothing in it is learned, and it sees no feature of any
# network: had it used the judge's, it would have been trained by its own examiner.


# %%
def energy_distance(real, fake):
    """Squared MMD of two batches (n, 784) with the kernel -|a - b|, as tensors: your estimator again."""
    n = real.shape[0]

    def likeness(a, b):
        squares = ops.sum(a**2, axis=1)[:, None] + ops.sum(b**2, axis=1) - 2 * a @ ops.transpose(b)
        return -ops.sqrt(ops.maximum(squares, 0.0) + 1e-6)  # (n, n)

    different = 1 - ops.eye(n)  # nobody is compared with itself
    within = ops.sum((likeness(real, real) + likeness(fake, fake)) * different) / (n * (n - 1))
    return within - 2 * ops.mean(likeness(real, fake))


class WithoutOpponent(matching.Matching):
    """The library's `Matching`, its step written out."""

    def step(self, real):
        latents = self.noise((real.shape[0], self.latent_size))  # (batch, 64)

        def loss():
            fake = self.generator(latents, training=True)  # (batch, 28, 28, 1)
            return energy_distance(ops.reshape(real, (-1, 784)), ops.reshape(fake, (-1, 784)))

        value = self.minimize(loss, self.optimizer.named["optimizer"], self.generator.trainable_variables)
        t = ops.cast(self.steps_taken, "float32")
        decay = ops.minimum(self.average_decay, (1 + t) / (10 + t))
        training.update_moving_average(self.average_generator, self.generator, decay)
        return {"loss": value}


# %% covers="C4"
runtime.seed(1)
alone = WithoutOpponent(gan.dense_generator(), seed=1)
alone.compile(steps_per_execution=scoreboard.PER_CALL)
untrained = jury.frechet(alone.generate(n_curve, seed=1), "test")
batches = data.Batches(pictures, scoreboard.ENTRANTS["MMD"].batch_size, seed=1)
steps = scoreboard.points_of(scoreboard.ENTRANTS["MMD"].steps)[:points_mmd]
steps = runtime.pick(smoke=[20], quick=steps, full=steps)
film = []


def look(model):
    film.append(model.generate(n_curve, seed=1))
    return jury.frechet(film[-1], "test")


live, _ = scoreboard.train(alone, batches, steps, look)
for step, seconds, far in live:
    print(f"step {step:5d}, {seconds:5.1f} CPU seconds: distance {far:.2f}")
print(f"untrained: {untrained:.1f}")

# %%
figure = plots.pairs(
    {f"step {step:,}: {far:.1f}": drawn[:8] for (step, _, far), drawn in zip(live, film, strict=True)},
    title="A generator that never met a discriminator, with its distance",
)
plots.show(
    figure,
    alt="Five rows of 8 pictures: speckled clouds become speckled trousers, shirts and shoes.",
)

# %% [markdown]
# It learns. So the discriminator is not *needed* to know how far off one is. Whether it is *worth* its
# seconds is what the table says.
#
# ### Is the stored table true?
#
# Two of its runs again, from the same seeds: the one that you trained, which should follow its stored curve,
# and the beginning of the dense VAE's. On another number of cores sums are added up in another order, and a
# training amplifies what rounding left over. So do not expect the last digit here: read the largest
# difference, and hold it against what the seeds differ by. (On the machine that measured, on one core, three
# runs that were repeated gave every digit again.)

# %%
again = {"MMD": live}
vae_steps = scoreboard.points_of(scoreboard.ENTRANTS["dense VAE"].steps)[:points_vae]
vae_steps = runtime.pick(smoke=[20], quick=vae_steps, full=vae_steps)
_, _, curve = scoreboard.run("dense VAE", 1, points=vae_steps, pictures=n_curve)
again["dense VAE"] = list(zip(curve["steps"], curve["seconds"], curve["distance"], strict=True))


def runs_of(name):
    """The stored runs of an entrant, in the order of the seeds."""
    return [run for run in table["runs"] if run["entrant"] == name]


# %%
repeated = {}
for name, points in again.items():
    stored = np.array([run["distance"] for run in runs_of(name)])  # (seeds, points)
    for k, (step, _, far) in enumerate(points):
        low, high = stored[:, k].min(), stored[:, k].max()
        print(
            f"{name:10s} step {step:5d}: now {far:6.2f}, stored {stored[0, k]:6.2f} (seeds {low:.2f} to {high:.2f})"
        )
    gap = max(abs(far / stored[0, k] - 1) for k, (_, _, far) in enumerate(points))
    print(f"{'':10s} largest difference from the stored seed: {gap:.1%}")
    repeated[name] = gap
if runtime.profile() != "smoke":
    runtime.record("repeated", repeated, judge=jury.version, samples=n_curve, seed=1)

# %% [markdown]
# ### What three seeds are worth
#
# A mean of three runs is uncertain, and so is their spread. Student's $t$ accounts for both: with three seeds
# of standard deviation $s$ the 95 % interval of the mean is $\pm4.3\,s/\sqrt3$, two and a half standard
# deviations to each side. Wide, and honest, as far as runs are normally distributed, which three of them
# cannot show.
#
# For two entrants the question is their difference. Variances add, and the degrees of freedom of unequal ones
# are Welch's:
#
# $$\bar a-\bar b\ \pm\ t_{0.975,\nu}\sqrt{u+v},\qquad u=\frac{s_a^2}{n_a},\quad v=\frac{s_b^2}{n_b},\quad
# \nu=\frac{(u+v)^2}{u^2/(n_a-1)+v^2/(n_b-1)}.$$
#
# $\bar a$ and $\bar b$ are the two means, $s_a$ and $s_b$ the standard deviations, $n_a$ and $n_b$ the
# numbers of seeds; $\nu$ are the degrees of freedom, and $t_{0.975,\nu}$ is the value that Student's $t$
# stays below with probability 0.975.
#
# ## Exercise: the interval of a difference
#
# `first` and `second` are arrays of one number a seed. `stats.t.ppf(q, nu)` is the quantile;
# `np.var(…, ddof=1)` divides by $n-1$.


# %% tags=["exercise"]
def difference_interval(first, second):
    """Welch's 95 % interval of mean(first) - mean(second): (low, high)."""
    ...


# %% tags=["solution"]
def difference_interval(first, second):
    """Welch's 95 % interval of mean(first) - mean(second): (low, high)."""
    u, v = (np.var(one, ddof=1) / len(one) for one in (first, second))
    nu = (u + v) ** 2 / (u**2 / (len(first) - 1) + v**2 / (len(second) - 1))
    half = stats.t.ppf(0.975, nu) * np.sqrt(u + v)
    difference = np.mean(first) - np.mean(second)
    return difference - half, difference + half


# %% tags=["check"]
difference_interval = check.difference_interval(difference_interval)

# %% [markdown]
# ### The table
#
# Each number is the mean of three seeds, with the interval from above: `interval` of the library returns
# `(mean, low, high)`.


# %%
def numbers_of(name, key):
    """One number a seed: a key of the score, or of the run."""
    return np.array([run["score"].get(key, run.get(key)) for run in runs_of(name)], "float64")


KEYS = ("frechet", "kernel", "precision", "recall", "density", "coverage", "milliseconds", "memory")
board = {name: {key: interval(numbers_of(name, key)) for key in KEYS} for name in NAMES}
ranking = sorted(NAMES, key=lambda name: board[name]["frechet"][0])
floor = table["floor"]
print(f"{'':12s} {'distance':>8s} {'95 % interval':>16s}  kernel  prec. recall  dens. cover.")
for name in ranking:
    far, low, high = board[name]["frechet"]
    rest = [board[name][key][0] for key in KEYS[1:6]]
    print(f"{name:12s} {far:8.2f} {f'{low:.2f} to {high:.2f}':>16s}", *(f"{one:6.3f}" for one in rest))
print(f"{'real':12s} {floor['frechet']:8.2f} {'':16s}", *(f"{floor[key]:6.3f}" for key in KEYS[1:6]))

# %% covers="K4 K5"
print(f"{'':12s} weights to draw  ms a picture   memory  CPU seconds  bits a pixel")
for name in ranking:
    some = runs_of(name)
    bits = [run["bits"] for run in some]
    said = f"{np.mean(bits):.2f}" if bits[0] is not None else "none"
    seconds = np.mean([run["seconds"][-1] for run in some])
    print(
        f"{name:12s} {some[0]['weights']:15,d} {board[name]['milliseconds'][0]:13.3f} "
        f"{board[name]['memory'][0]:5.0f} MB {seconds:11.1f} {said:>13s}"
    )
scores = {
    name: {"distance": board[name]["frechet"]} | {key: board[name][key] for key in KEYS[1:6]}
    for name in NAMES
}
runtime.record(
    "scores",
    {name: {key: of[0] for key, of in one.items()} for name, one in scores.items()},
    interval={name: {key: of[1:] for key, of in one.items()} for name, one in scores.items()},
    of="three seeds, Student's t", judge=table["judge"], samples=table["score_pictures"],
    cpu_seconds=table["budget"],
)  # fmt: skip
for name in NAMES:
    of_bits = [run["bits"] for run in runs_of(name)]
    costs = {key: board[name][key][0] for key in ("milliseconds", "memory")}
    runtime.record(f"costs_{name}", costs, weights=runs_of(name)[0]["weights"], bits=of_bits)

naive = [run["naive_distance"] for run in runs_of("autoencoder")]
runtime.record("autoencoder_standard_normal", np.mean(naive), interval=interval(naive)[1:])
print(f"the autoencoder with standard normal codes: distance {np.mean(naive):.1f}")

# %% [markdown]
# Measured on one core: *memory* is what the process grew by in the first steps of training (peak of its
# resident size); *ms a picture* is for 5,000 at a time, and the autoencoder's contains fitting its Gaussian
# anew, without which it draws like the VAE's decoder, its equal.
#
# *Bits a pixel* are the $-\log_2 p(x)$ of 500 unseen pictures with 256 levels. For the LSTM that is exact.
# For the VAE it is an upper bound, and a loose one: the VAE was trained for another likelihood, a Gaussian of
# one fixed width, and the width of each pixel's distribution was set afterwards, from training pictures. In
# lesson <<likelihood_and_collapse>> a VAE that was trained for the levels themselves needs clearly fewer. So
# these two bits do not tell which of the two *kinds* of model is better. The other five give no probability
# at all.
#
# Which neighbours in the ranking are really apart?

# %%
decided = {}
for better, worse in zip(ranking, ranking[1:], strict=False):
    low, high = difference_interval(numbers_of(worse, "frechet"), numbers_of(better, "frechet"))
    decided[f"{better} before {worse}"] = bool(low > 0)
    print(
        f"{better:12s} before {worse:12s} by {low:6.2f} to {high:6.2f}: {'decided' if low > 0 else 'not decided'}"
    )
runtime.record("ranking", ranking, decided=decided, judge=table["judge"])
print("the ranking:", ", ".join(ranking))

# %% [markdown]
# Six questions at 95 % each: even if no two neighbours differed, about one table in four would call one of
# them decided. The intervals know only the seeds, not other settings and not another judge.
#
# ### Distance against seconds

# %%
by_curve = sorted(NAMES, key=lambda name: np.mean([run["distance"][-1] for run in runs_of(name)]))
lines = {
    name: (
        np.mean([run["seconds"] for run in runs_of(name)], axis=0),  # (points,)
        [run["distance"] for run in runs_of(name)],  # (seeds, points)
    )
    for name in by_curve
}
figure = plots.race(
    lines,
    {name: samples[name][:5] for name in NAMES},
    xlabel="seconds of one CPU core",
    ylabel=f"Fréchet distance ({table['judge']}, {table['curve_pictures']:,} pictures)",
    title="The same pictures, the same seconds",
)
plots.show(
    figure,
    alt="Left, seven falling curves on logarithmic axes that cross one another; right, five pictures of each "
    "model, the nearest to real ones on top.",
)
real_score = jury.frechet(fresh[:n_curve], "test")
print(f"as many real pictures: {real_score:.2f}")

# %% [markdown]
# Bands are the three seeds from lowest to highest. The curves cross: who leads depends on when you look. And
# none is flat at its end, so that more seconds may change the order again.
#
# Seconds to a rough and to a good distance, both within reach of the dense GAN and the dense VAE, and both
# chosen after the first seed: another pair of distances could give another answer, and the figure shows
# which. Who is there at the first look gets that look's seconds.


# %%
def seconds_to(run, target):
    """CPU seconds until a curve is down at `target`, between its points by logarithms; inf if it never is."""
    seconds, far = np.log(run["seconds"]), np.log(run["distance"])
    below = np.flatnonzero(far <= np.log(target))
    if not len(below):
        return np.inf
    k = below[0]
    if k == 0:
        return float(np.exp(seconds[0]))  # it was there at the first look
    share = (far[k - 1] - np.log(target)) / (far[k - 1] - far[k])
    return float(np.exp(seconds[k - 1] + share * (seconds[k] - seconds[k - 1])))


# %% covers="C2"
TARGETS = (25, 12)
for target in TARGETS:
    needed = {name: np.array([seconds_to(run, target) for run in runs_of(name)]) for name in NAMES}
    arrived = {name: times for name, times in needed.items() if np.isfinite(times).all()}
    spans = {name: interval(times) for name, times in arrived.items()}
    for name in sorted(spans, key=lambda name: spans[name][0]):
        mean, low, high = spans[name]
        print(f"to {target}: {name:12s} {mean:6.1f} s ({low:.1f} to {high:.1f})")
    print(f"to {target}: not in all runs: {sorted(set(NAMES) - set(arrived)) or 'none'}")
    runtime.record(
        f"seconds_to_{target}",
        {name: span[0] for name, span in spans.items()},
        interval={name: span[1:] for name, span in spans.items()},
        of="three seeds, Student's t", judge=table["judge"],
    )  # fmt: skip

# %% [markdown]
# An interval that reaches below 0 seconds is Student's $t$ on numbers that are far from normal: three seeds,
# one of them late. Read it as "unknown".
#
# ### Stability
#
# The spread of the three final distances as a share of their mean. How uncertain is a spread that comes from
# three numbers? If runs are normal, $2s^2/\sigma^2$ follows a $\chi^2$ distribution with 2 degrees of
# freedom; the printed interval is made of that. A run counts as *failed* if it ends more than twice as far as
# the best run of its kind.

# %% covers="C3"
quantiles = np.sqrt(2 / stats.chi2.ppf((0.975, 0.025), 2))  # times s: the interval of sigma
spreads, failures, relapses = {}, {}, {}
for name in ranking:
    ends = numbers_of(name, "frechet")
    spreads[name] = float(ends.std(ddof=1) / ends.mean())
    failures[name] = int((ends > 2 * ends.min()).sum())
    steps_up = np.array([np.diff(run["distance"]) > 0 for run in runs_of(name)])
    relapses[name] = int(steps_up.sum())
    low, high = spreads[name] * quantiles
    print(
        f"{name:12s} spread {spreads[name]:5.1%} ({low:5.1%} to {high:6.1%}), {failures[name]} of {len(ends)} failed, "
        f"{relapses[name]} of {steps_up.size} times farther than at the look before"
    )
runtime.record(
    "spread", spreads, interval={name: spread * quantiles for name, spread in spreads.items()},
    of="three seeds, chi-square", failures=failures, relapses=relapses,
)  # fmt: skip
print(f"failed: {sum(failures.values())} of {len(table['runs'])} runs")

# %% [markdown]
# Three seeds know the spread to within a factor of twelve. Even a model that fails every other time passes
# three seeds unnoticed once in eight; to rank the stability of models that never failed they are too few.
# Lesson <<failures_on_purpose>> provoked what this table does not show, with five seeds each.
#
# ### Depth, width, seconds and data
#
# Six dense VAEs: 64, 256 or 1,024 units in 1 or 3 hidden layers, in the encoder as in the decoder. The same
# seconds each; once on 1,000 pictures, once on 60,000.

# %%
grids = {
    count: [one["networks"] for one in table["grid"] if one["pictures"] == count] for count in (1_000, 60_000)
}


def grid_lines(count, key):
    """{"width × depth": (mean seconds, mean of a number over the seeds)} for one number of pictures."""
    lines = {}
    for k, network in enumerate(grids[count][0]):
        of_seeds = [networks[k] for networks in grids[count]]
        seconds = np.mean([one["seconds"] for one in of_seeds], axis=0)
        lines[f"{network['width']} × {network['depth']}"] = (
            seconds,
            np.mean([one[key] for one in of_seeds], axis=0),
        )
    return lines


# %%
for count in grids:
    figure = plots.curves(
        {name: (np.log2(seconds), far) for name, (seconds, far) in grid_lines(count, "distance").items()},
        xlabel="log₂ of the seconds of one core",
        ylabel="Fréchet distance",
        title=f"Width × hidden layers, trained on {count:,} pictures",
        log=True,
    )
    plots.show(figure, alt=f"Six falling curves of dense VAEs on {count:,} pictures; the order of the networks changes "
               "along the way.")  # fmt: skip

# %% covers="C14 C17"
ends = {
    count: {
        f"{one['width']} x {one['depth']}": interval(
            [networks[k]["distance"][-1] for networks in grids[count]]
        )
        for k, one in enumerate(grids[count][0])
    }
    for count in grids
}
print(f"{'':10s} {'1,000 pictures':>26s} {'60,000 pictures':>26s}")
for name in ends[1_000]:
    cells = [f"{mean:6.1f} ({low:.1f} to {high:.1f})" for mean, low, high in (ends[c][name] for c in grids)]
    print(f"{name:10s} {cells[0]:>26s} {cells[1]:>26s}")
for count in grids:
    runtime.record(
        f"grid_{count}", {name: one[0] for name, one in ends[count].items()},
        interval={name: one[1:] for name, one in ends[count].items()},
        of=f"{len(grids[count])} seeds, Student's t", judge=table["judge"], cpu_seconds=table["grid_budget"],
    )  # fmt: skip


# %% [markdown]
# Two looks beside it: after equally many *steps*, and by the loss on test pictures (minus the bound, in nats
# a picture, of a density: it may be below 0) in place of the distance. A dash stands where a network's first
# look came later.

# %%
same_steps = scoreboard.GRID[1024, 3]  # what the largest network had time for


def at_steps(network):
    """The distance at `same_steps` steps, between two looks by logarithms; None before the first look."""
    if network["steps"][0] > same_steps:
        return None
    far = np.interp(np.log(same_steps), np.log(network["steps"]), np.log(network["distance"]))
    return float(np.exp(far))


print(f"{'':10s} {f'distance after {same_steps} steps':>26s}   test loss after the same seconds")
print(f"{'':10s} {'60,000 pictures':>26s}   60,000 pictures   1,000 pictures")
for k, name in enumerate(ends[1_000]):
    by_steps = [at_steps(networks[k]) for networks in grids[60_000]]
    told = "-" if None in by_steps else "{:.1f} ({:.1f} to {:.1f})".format(*interval(by_steps))
    loss = {c: np.mean([networks[k]["loss"][-1] for networks in grids[c]]) for c in grids}
    print(f"{name:10s} {told:>26s} {loss[60_000]:17.1f} {loss[1_000]:16.1f}")
    runtime.record(f"grid_{name}", loss[60_000], unit="nats", loss_of_1000=loss[1_000], by_steps=by_steps)


# %%
def gain(count, small, large):
    """By what factor the larger network's distance is smaller, one number a seed."""
    names = list(ends[count])
    k, j = names.index(small), names.index(large)
    return [networks[k]["distance"][-1] / networks[j]["distance"][-1] for networks in grids[count]]


gains = {}
for small, large in (
    ("64 x 1", "256 x 1"),
    ("64 x 1", "1024 x 1"),
    ("256 x 1", "256 x 3"),
    ("64 x 1", "1024 x 3"),
):
    for count in grids:
        gains[f"{small} to {large}, {count}"] = interval(gain(count, small, large))
        mean, low, high = gains[f"{small} to {large}, {count}"]
        print(
            f"{small:8s} to {large:8s} on {count:6,d} pictures: nearer by a factor {mean:.2f} ({low:.2f} to {high:.2f})"
        )
runtime.record(
    "gains", {name: one[0] for name, one in gains.items()},
    interval={name: one[1:] for name, one in gains.items()}, of="seeds, Student's t",
)  # fmt: skip
print(f"({len(grids[1_000])} seeds of each)")

# %%
lines = {}
for count in grids:
    for name in ("64 × 1", "256 × 3"):
        seconds, loss = grid_lines(count, "loss")[name]
        lines[f"{name}, {count:,} pictures"] = (np.log2(seconds), loss)
figure = plots.curves(
    lines,
    xlabel="log₂ of the seconds of one core",
    ylabel="loss on test pictures (nats)",
    title="By heart: with few pictures the loss on unseen ones rises again",
)
plots.show(
    figure,
    alt="Four curves of the test loss. On 60,000 pictures both networks' fall; on 1,000 both fall and then rise.",
)

# %% [markdown]
# Depth pays as long as its steps are cheap: at 64 and at 256 units, three layers are nearer than one, and at
# 256 the interval of the gain leaves 1 out; at 1,024 units three layers are far behind. Width does not pay:
# 256 units can hardly be told from 64, and 1,024 are worse than 256. Wide steps are slow, so that there are
# few of them: after the same *steps* 1,024 units in one layer are well ahead of 256 (in three layers the two
# are level), after the same *seconds* they are behind. These seconds have a best size. What each network
# would reach with time without end, nobody measured here.
#
# The test loss puts them into another order. And look at the 1,000 pictures: the *distance* of both networks
# of 64 units, and of 256 × 3, is smaller than on 60,000, while the loss on unseen pictures, drawn for two of
# them, rises again. That is what learning by heart looks like, and the distance does not mind. Whether the
# drawn pictures are near copies, the table does not say, for the stored runs have no seventh number; but you
# have met this blindness before, in the last row of the table of faults.
#
# Do large networks pay off more where data are plenty? By this ruler, depth gains more on the *few* pictures,
# and great width, which costs clearly on the few, costs little or nothing on the many. The claim cuts both
# ways here, and a ruler that is blind to learning by heart should not have the last word on it. (Lesson
# <<needs_bias_leakage>> goes on with data.)
#
# ## Verdict

# %% covers="C1"
one, other = "dense GAN", "dense VAE"
for key in ("frechet", "precision", "recall", "coverage"):
    low, high = difference_interval(numbers_of(one, key), numbers_of(other, key))
    said = "decided" if low * high > 0 else "not decided"
    print(f"C1  {key:10s} dense GAN minus dense VAE {low:+7.3f} to {high:+7.3f}: {said}")
low, high = difference_interval(numbers_of("MMD", "frechet"), numbers_of(one, "frechet"))
left = {"share of the way left": board["MMD"]["frechet"][0] / untrained}
spans = {"share of the way left": np.array(board["MMD"]["frechet"][1:]) / untrained}
runtime.record("without_discriminator", left, interval=spans, untrained=untrained)
print(f"C4  MMD minus dense GAN {low:+.2f} to {high:+.2f}; untrained generator {untrained:.0f}")

# %% [markdown]
# - *More real than a VAE's?* (C1) By precision and by distance yes, in equal seconds and with networks of
#   nearly equal size, and the seeds agree. What is *missing* is less clear: the dense GAN's recall is far
#   below the VAE's, its coverage above. Recall draws its balls around generated pictures, coverage around
#   real ones, which soft pictures seldom come near. "More real" is one of two questions, and the other one
#   has two answers.
# - *VAEs train fast, GANs long?* (C2) To a rough distance the two cannot be told apart; at a good one the GAN
#   was first. (Both distances were chosen with the first seed in view.) And the row that nobody mentions won
#   both: an autoencoder with a Gaussian fitted to its codes draws at once, if not by standard normal codes.
#   The VAE pays for codes that are known before training, and for its bound.
# - *Unstable?* (C3) No run failed, of any entrant. The two GANs with R1 have the smallest spreads, the third
#   GAN a larger one than the VAE; but the intervals of all three overlap with the VAE's, so that this table
#   neither supports the claim nor refutes it, for GANs with a penalty and settings that somebody had already
#   found. Lesson <<failures_on_purpose>> shows what happens without them.
# - *A discriminator is needed* (C4): no. A fixed distance brings the generator most of the way from noise.
#   With a discriminator the same generator comes nearer in the same seconds: a ruler that learns where to
#   look is worth its price.
# - *Deeper, wider* (C14): within a budget, deeper yes while the layers are narrow, wider no. *Where data are
#   plenty* (C17): width costs less there, depth gains less.
# - *Quality* (K4) is no number: the row LSTM has the highest precision and recall, stands behind the DCGAN in
#   distance, and takes hundreds of times as long to draw a picture as a dense generator.
# - *Stability* (K5): the intervals in the table are what three seeds allow to say. Two neighbours that are
#   "not decided" may stand in either order.
# - *What this table owes:* WGAN-GP is hardly tuned. Its critic takes one step where Gulrajani et al. give it
#   five, its penalty has a tenth of their weight, and its rates are the twin's; that it stands below the
#   DCGAN says little about the loss. The VAE's bits are a loose bound. The distances of C2 were chosen after
#   one seed. And one data set of small grey pictures is one data set.
#
# Now take the order that you wrote down at the beginning. Where it differs from the table, ask which of the
# two questions you had in mind.
#
# ## What to read
#
# - Bińkowski, Sutherland, Arbel, Gretton, *Demystifying MMD GANs*, ICLR 2018,
#   [1801.01401](https://arxiv.org/abs/1801.01401): the kernel distance, and why the Fréchet distance has no
#   unbiased estimator.
# - Kynkäänniemi et al., *Improved precision and recall metric*, NeurIPS 2019,
#   [1904.06991](https://arxiv.org/abs/1904.06991): the balls.
# - Lucic et al., *Are GANs created equal?*, NeurIPS 2018, [1711.10337](https://arxiv.org/abs/1711.10337):
#   equal budgets change the ranking, and most of the differences go away.
# - Gretton et al., *A kernel two-sample test*, JMLR 13, 2012: MMD, and its unbiased estimator.
# - Li, Swersky, Zemel, *Generative moment matching networks*, ICML 2015,
#   [1502.02761](https://arxiv.org/abs/1502.02761), and Dziugaite, Roy, Ghahramani, UAI 2015,
#   [1505.03906](https://arxiv.org/abs/1505.03906): generators without an opponent.
# - Sejdinovic et al., *Equivalence of distance-based and RKHS-based statistics*, 2013,
#   [1207.6076](https://arxiv.org/abs/1207.6076): the energy distance is an MMD.
# - Naeem et al., *Reliable fidelity and diversity metrics*, ICML 2020,
#   [2002.09797](https://arxiv.org/abs/2002.09797): density and coverage.
# - Chong, Forsyth, *Effectively unbiased FID*, CVPR 2020, [1911.07023](https://arxiv.org/abs/1911.07023): the
#   bias and its extrapolation.
# - Gulrajani et al., *Improved training of Wasserstein GANs*, 2017,
#   [1704.00028](https://arxiv.org/abs/1704.00028): WGAN-GP as its authors tuned it.
# - Agarwal et al., *Deep reinforcement learning at the edge of the statistical precipice*, NeurIPS 2021,
#   [2108.13264](https://arxiv.org/abs/2108.13264): how much a handful of seeds can say.
