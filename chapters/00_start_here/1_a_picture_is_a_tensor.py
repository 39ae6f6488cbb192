# %% [markdown]
# # A picture is a tensor
#
# **A picture is a block of numbers: it can be measured, averaged and changed by arithmetic, and arithmetic
# alone, without any network, can already draw new ones.**
#
# ## What you will be able to do
#
# - check that your computer is ready, and know how every lesson of this course works;
# - draw new pictures of clothing with the simplest generator there is, and measure how bad they are;
# - read shape, type and range of any picture, and notice at once when one of them is wrong;
# - change pictures by arithmetic: brightness, contrast, mirror image, crop, colour, average;
# - make the batches that training needs, and tell what may be looked at while choosing, and what only at the
#   end;
# - bring your own pictures.
#
# ## Prerequisites
#
# Python: functions, loops, `try … except`. NumPy: you have seen `array.shape` and `array[0]`. Nothing about
# neural networks. For one section it helps to have heard of mean and covariance; you can do without.
#
# ## The first cell of every lesson
#
# Run the cells from top to bottom: Shift+Enter runs one and goes to the next; *Run → Run All Cells* runs all.
# The first cell imports what the lesson needs and calls `runtime.start`. That loads Keras and TensorFlow
# quietly (some seconds), fixes the random numbers with a *seed*, and prints what you run on.

# %%
from course_lib import data, plots, runtime

runtime.start(lesson="a_picture_is_a_tensor", seed=1)

# %% [markdown]
# The second cell holds the *knobs*: every number that depends on how much time there is. Turn them as you
# like; nothing else in the lesson needs to change.

# %% tags=["knobs"]
pictures_to_fit = runtime.pick(smoke=2000, quick=50_000, full=50_000)  # of 50,000
samples = runtime.pick(smoke=200, quick=5000, full=5000)  # pictures that are drawn and judged
through_tfds = runtime.pick(smoke="earth", quick="fashion", full="fashion")  # at the end

# %% [markdown]
# ## The idea: a generator without a network
#
# A *generator* turns random numbers into pictures. Here is one in two steps. First, look at many real
# pictures and note two things: how bright each pixel is on average, and which pixels tend to be bright
# *together*. Second, draw random numbers with this same average and these same ties.
#
# The real pictures are Fashion-MNIST: 70,000 grey pictures of clothing with 28 × 28 pixels, made to take the
# place of MNIST's handwritten digits, and harder. They come with the course, in three sets. From `train`,
# 50,000 pictures, one learns. By `validation`, 10,000 others, one compares and chooses. `test`, 10,000 more,
# is opened once, at the end.

# %%
import time

import numpy as np

images, labels = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8, (50000,) int64
images, labels = images[:pictures_to_fit], labels[:pictures_to_fit]
vectors = data.signed(images).reshape(len(images), 784)  # (n, 784) float32, values in [-1, 1]
print(images.shape, images.dtype, "→", vectors.shape, vectors.dtype)

# %% [markdown]
# ### The mathematics
#
# Write one picture as a vector $x$ of 784 numbers, one for each pixel. From $n$ pictures come
#
# $$\mu = \frac1n\sum_i x_i \qquad\text{and}\qquad
# \Sigma = \frac1{n-1}\sum_i (x_i-\mu)(x_i-\mu)^\top .$$
#
# $\mu$ is the mean picture. $\Sigma$ is the covariance, $784\times784$ numbers: entry $(j,k)$ says whether
# pixels $j$ and $k$ tend to be bright together. A symmetric matrix such as $\Sigma$ can be written as
# $V\Lambda V^\top$: the columns of $V$ are *directions* (each is itself a pattern of 784 pixels, at right
# angles to all others), and the diagonal of $\Lambda$ says how much the pictures vary along each. Now take a
# vector $z$ of 784 independent random numbers, each normally distributed with mean 0 and variance 1, and
# compute
#
# $$x = \mu + V\Lambda^{1/2}z .$$
#
# Its mean is $\mu$, and its covariance $V\Lambda^{1/2}\,\Lambda^{1/2}V^\top=\Sigma$: by construction, the
# drawn pictures have the mean and the covariance of the real ones. This is a *Gaussian*, fitted to pixels.
# The directions with the largest variance are the *principal components* of the pictures.


# %%
def fit(vectors):
    """Mean (784,), spread along each direction (784,), and directions (784, 784), largest first."""
    mean = vectors.mean(axis=0)
    centred = vectors - mean  # (n, 784)
    covariance = centred.T @ centred / (len(vectors) - 1)  # (784, 784)
    variances, directions = np.linalg.eigh(covariance)  # smallest first; directions are columns
    spreads = np.sqrt(np.maximum(variances[::-1], 0))  # rounding may leave a variance of -1e-7
    return mean, spreads, directions[:, ::-1]


def draw(gaussian, noise):
    """Pictures (n, 28, 28, 1) from noise (n, k), along the k directions that vary most."""
    mean, spreads, directions = gaussian
    k = noise.shape[1]
    drawn = mean + (noise * spreads[:k]) @ directions[:, :k].T  # (n, 784)
    return np.clip(drawn, -1, 1).reshape(-1, 28, 28, 1)


# %%
began = time.perf_counter()
gaussian = fit(vectors)
rng = np.random.default_rng(1)
noise = rng.standard_normal((samples, 784), dtype="float32")
drawn = draw(gaussian, noise)  # (samples, 28, 28, 1) float32
uniform = rng.uniform(-1, 1, drawn.shape).astype("float32")  # every pixel on its own
print(f"fitted and {samples:,} pictures drawn in {time.perf_counter() - began:.1f} s")

figure = plots.pairs(
    {"pure noise": uniform[:8], "Gaussian": drawn[:8], "real": images[:8]},
    title="Your first generated pictures",
)
plots.show(
    figure,
    alt="Three rows of eight small grey pictures. Pure noise shows nothing; the Gaussian's show "
    "ghosts of shirts and coats, grainy and laid over each other; the real ones show clothing.",
)

# %% [markdown]
# Nobody would take the middle row for photographs, but it is no longer noise: there are shoulders, sleeves,
# hems. All of it came out of one average and one table of covariances.
#
# ### How bad is it? Ask the judge
#
# "Looks better" is not a measurement. The course has a *judge*: a small network that was trained to name the
# kind of a garment, and was then frozen. It describes every picture by 128 numbers, its *features*. To
# compare two sets of pictures, take mean and covariance of their features and compute the *Fréchet distance*
# between the two: 0 when they agree, larger when they differ. (The published FID, "Fréchet Inception
# distance", does the same with another network; the numbers cannot be compared, so each of ours carries the
# judge's name.) Lesson <<the_adversarial_game>> looks closer; here you only need: **smaller is better**.
#
# All sets are compared with the validation pictures. Two marks make the number readable: pure noise at one
# end, and at the other as many *real* training pictures. They do not reach 0 either, because they are other
# pictures than those they are compared with; no generator can be expected to do better.

# %%
from course_lib import judge

critic = judge.load("fashion")
chosen = rng.choice(len(images), samples, replace=False)
entrants = {"noise": uniform, "gaussian": drawn, "real": images[chosen]}
for name, pictures in entrants.items():
    distance = critic.frechet(pictures)
    print(f"{name:>8}: Fréchet distance {distance:7.3f}  ({critic.version}, {samples:,} pictures)")

# %% [markdown]
# ### What is missing?
#
# Perhaps we did not use enough directions? Draw the same pictures again, from the same noise, with the first
# 0, 2, 10, 50 of the directions only, and with all of them.

# %%
counts = (0, 2, 10, 50, 784)
stages = {k: draw(gaussian, noise[:, :k]) for k in counts}
figure = plots.pairs(
    {f"{k} directions": stages[k][:6] for k in counts},
    title="Six draws, more directions in each row",
)
plots.show(
    figure,
    alt="Five rows of six pictures. With 0 directions all show the same blurred mean; with 2 and 10 "
    "they part into soft shirts and shoes; with 50 and 784 detail appears that looks like grain and "
    "tartan, not like cloth.",
)
for k in counts:
    print(f"{k:>3} directions: distance {critic.frechet(stages[k]):.1f}")

# %% [markdown]
# The distance falls steeply for the first few directions and then hardly at all: hundreds of further ones buy
# nearly nothing. The lack is elsewhere. Check first that the generator does what was promised, on the numbers
# *before* they are cut off at -1 and 1:

# %%
mean, spreads, directions = gaussian
raw = mean + (noise * spreads) @ directions.T  # (samples, 784), not clipped
gap = np.linalg.norm(np.cov(raw.T) - np.cov(vectors.T)) / np.linalg.norm(np.cov(vectors.T))
print(f"the means differ by {np.abs(raw.mean(axis=0) - mean).max():.3f} at most, in a range of 2")
print(f"the covariances differ by {gap:.1%}")
print(f"values darker than black or brighter than white: {(np.abs(raw) > 1).mean():.0%}")
print(f"exactly black: {(vectors == -1).mean():.0%} of real, {(raw == -1).mean():.0%} of drawn pixels")

# %% [markdown]
# Mean and covariance are right, and what remains of a difference is the chance of a finite number of draws.
# What is wrong is everything that mean and covariance cannot say. Half of all real pixels are *exactly*
# black, and a Gaussian is a smooth hill that puts no weight on any exact value. It also has one summit only:
# between the trousers and the boots it finds pictures that are half one and half the other, and no such
# picture exists.
#
# The second fault has a cure that needs no network either: one Gaussian for each of the ten kinds. To draw
# from it, $\Sigma$ and its directions are not even needed. Add up how *all* real pictures of a kind deviate
# from their mean, each with a random weight $w_i$ of mean 0 and variance $1/(n-1)$,
#
# $$x = \mu + \sum_i w_i\,(x_i-\mu) ,$$
#
# and mean and covariance are again $\mu$ and $\Sigma$. So whatever a Gaussian draws is thousands of pictures
# laid over each other: hence the ghosts.


# %%
def overlay(vectors, count):
    """`count` pictures (count, 28, 28, 1), drawn from the Gaussian of vectors (n, 784)."""
    mean = vectors.mean(axis=0)
    weights = rng.standard_normal((count, len(vectors)), dtype="float32")  # (count, n)
    drawn = mean + weights @ (vectors - mean) / np.sqrt(len(vectors) - 1)  # (count, 784)
    return np.clip(drawn, -1, 1).reshape(-1, 28, 28, 1)


by_kind = [overlay(vectors[labels == kind], samples // 10) for kind in range(10)]
figure = plots.grid(
    np.stack([row[0] for row in by_kind] + [row[1] for row in by_kind]),
    columns=10,
    captions=[""] * 10 + [name.split("/")[0] for name in data.LABELS["fashion"]],
    title="Ten Gaussians, one for each kind",
)
plots.show(
    figure,
    alt="Two rows of ten drawn pictures, one column for each kind of clothing. All kinds but the sandal "
    "can be recognised; surfaces are grainy and edges smeared.",
)
entrants["gaussian_by_kind"] = np.concatenate(by_kind)
print(f"ten Gaussians: Fréchet distance {critic.frechet(entrants['gaussian_by_kind']):.3f}")

# %% [markdown]
# Choosing a *kind* before drawing brings the distance down to a fraction, where hundreds of further
# directions brought next to nothing.
#
# ### The test set, once
#
# We have looked at distances to the validation pictures again and again, and chosen by them. Whoever does
# that a hundred times finds something that suits *these* pictures. So the last word has a set at which nobody
# has looked. In every lesson one cell at most loads test pictures. It has the tag `final`, and nothing is
# trained or chosen by what it loads.

# %% tags=["final"]
test_images, test_labels = data.load("fashion", "test")  # (10000, 28, 28, 1) uint8
for name, pictures in entrants.items():
    distance = critic.frechet(pictures, reference="test")
    runtime.record(f"{name}_frechet", distance, judge=critic.version, samples=samples)
    print(f"{name:>16}: Fréchet distance to the test pictures {distance:7.3f}")

# %% [markdown]
# The order stays, and so, nearly, do the numbers: so few choices have spoilt nothing. Keep the two Gaussians'
# in mind when lesson <<the_adversarial_game>> prints its first distances: **they are the marks that a neural
# network has to beat to be worth its training**, the second one above all, which was told the ten kinds.
#
# ## Is your computer ready?
#
# It has drawn, so most of it works. `doctor.examine()` looks at the rest, and trains each kind of network for
# one step. A line with ✗ says what to do. In a terminal, `make doctor` does the same.

# %%
from course_lib import doctor

healthy = doctor.examine()

# %% [markdown]
# ## How the lessons work
#
# **Profiles.** The same code runs in three sizes. Without a GPU you get `quick`, with one `full`. Set the
# environment variable `COURSE_PROFILE` before you start Jupyter to choose another.
#
# | profile | for | what it costs |
# |---|---|---|
# | `smoke` | testing that everything runs; pictures mean nothing | seconds |
# | `quick` | a laptop without GPU | no lesson over three minutes on two cores |
# | `full` | a GPU | more steps, better pictures |
#
# **Exercises.** A function whose body is `...` waits for you. The cell after it checks your function and
# answers in one line:
#
# | answer | meaning | what happens next |
# |---|---|---|
# | ○ | not attempted | the lesson goes on with the course's own function |
# | ✗ and a sentence | the likely mistake | the same; correct yours, run both cells again |
# | ✓ | right | the lesson goes on with *your* function |
#
# So "Run All" always reaches the end. The worked version is linked under the title. To begin an exercise, or
# this whole lesson, afresh: `from course_lib.desk import reset`, then `reset.exercise("brighten")` or
# `reset.lesson("a_picture_is_a_tensor")`. Your old answer is kept.
#
# **The articles.** The course works through five articles, published in Chinese, on networks that make and
# edit pictures. They introduce GANs, VAEs, recurrent and convolutional networks, each with formulas and a
# program, compare them, and list what they are good for and what remains hard. Their programs do not run as
# printed, and nobody checked what they claim. So the lessons mend the programs, and turn claims into
# experiments that can fail. You need not have read them. A mark such as S7 (a program), M1 (a formula) or C3
# (a claim) names a row in `docs/coverage.md`, which says what covers it; what became of each claim stands in
# `docs/claims.md`.
#
# **Numbers with an interval.** Chance (first weights, noise) changes what a training gives. Where it matters,
# several seeds were run, and a number reads like 7.3 (7.1 to 7.6). One rule for the whole course says what
# may be concluded from that; lesson <<one_scoreboard>> teaches it. In short: two methods differ if the
# interval of their *difference* leaves out 0; if it does not, nothing is decided, which is no evidence that
# they are equal.
#
# **Stopping.** The ■ button (or *Kernel → Interrupt*) stops the running cell, never the notebook: all that
# was computed so far is still there, and a training that was stopped keeps the weights that it has reached.
# Here is a training that would take very long, of a network too small to be of use; at its fourth step it
# presses the button on itself. Training it again goes on from there.

# %%
import signal

import keras

network = keras.Sequential([keras.Input((784,)), keras.layers.Dense(784)])
network.compile(optimizer="adam", loss="mse", jit_compile=False)


def press_stop(step, logs=None):
    """What the ■ button sends, at step number 3, counted from 0."""
    if step == 3:
        signal.raise_signal(signal.SIGINT)


impatient = keras.callbacks.LambdaCallback(on_train_batch_end=press_stop)
try:
    network.fit(vectors[:2000], vectors[:2000], epochs=100_000, verbose=0, callbacks=[impatient])
except KeyboardInterrupt:
    print("interrupted; steps kept:", int(network.optimizer.iterations))
network.fit(vectors[:320], vectors[:320], batch_size=32, verbose=0)  # ten steps more
print("trained further; steps in all:", int(network.optimizer.iterations))

# %% [markdown]
# A check can be stopped, too; it answers with the line at which it stood. When a notebook is in a muddle,
# *Kernel → Restart Kernel and Run All Cells* puts everything back.
#
# **In JupyterLab.** Leave the tab open while a lesson runs: the kernel works on without it, but what it shows
# from then on is lost. A lesson that has trained takes about 1.5 GB of memory until its kernel ends, which
# closing its tab does (JupyterLab asks first). The page `home.md`, to which every lesson's last line leads,
# lists all lessons, the exercises that you have solved, and the keys.
#
# **Where things are written.** `make lab` opens *copies* of the lessons in `my_notebooks/`: your answers are
# yours, and updates of the course do not touch them. Prepared data sets go to your user's cache
# folder, or to the folder that the environment variable `COURSE_CACHE` names. Nothing is written elsewhere
# unless a cell says so, and nothing is sent anywhere.
#
# **Seeds.** Computers draw "random" numbers by a rule that starts from a number, the seed. Test what that
# means:


# %%
def random_things(seed):
    """What training takes from chance: NumPy's numbers, Keras' numbers, first weights."""
    runtime.seed(seed)
    layer = keras.layers.Dense(3)
    layer.build((None, 5))
    noise = keras.ops.convert_to_numpy(keras.random.normal((4,)))
    return np.random.rand(4), noise, layer.get_weights()[0]


once, again, other = random_things(1), random_things(1), random_things(2)
for name, a, b, c in zip(("NumPy", "Keras", "weights"), once, again, other, strict=True):
    print(f"{name:>8}: seed 1 twice: {np.array_equal(a, b)}; seeds 1 and 2: {np.array_equal(a, c)}")
    assert np.array_equal(a, b) and not np.array_equal(a, c)
runtime.seed(1)  # the seed that this lesson began with

# %% [markdown]
# The same seed gives the same arrays, to the last bit. That holds **on one computer, with one set of
# versions, on the CPU**. Elsewhere the last digits may differ, for a reason that has nothing to do with
# chance: adding rounded numbers in another order gives another sum, and every processor has its own best
# order.

# %%
numbers = np.random.default_rng(1).standard_normal(100_000).astype("float32")
print("added from the left: ", numbers.cumsum()[-1])
print("added from the right:", numbers[::-1].cumsum()[-1])

# %% [markdown]
# In a training of thousands of steps such differences grow, and another computer draws other pictures from
# the same seed. What must agree between computers is the *conclusion*.
#
# ## Shape, type, range
#
# Three questions describe any block of numbers, and most bugs with pictures are a wrong answer to one of
# them. A *tensor* is such a block: NumPy calls it an array, TensorFlow a tensor, and Keras takes both.

# %%
people, people_labels = data.load("people", "train")
earth, earth_labels = data.load("earth", "train")
photos = data.load("photos")
sets = {"fashion": images, "people": people, "earth": earth, "one photo": photos["coffee"]}
for name, x in sets.items():
    print(f"{name:>9}: shape {x.shape}, {x.dtype}, {x.min()} to {x.max()}")
print("labels of people:", ", ".join(people_labels), "· labels of earth:", *data.LABELS["earth"])
print("photos:", ", ".join(photos))

# %% [markdown]
# - **Shape** `(n, height, width, channels)`: *n* pictures, rows from top to bottom, columns from left to
#   right, 1 channel (grey) or 3 (red, green, blue, in this order). A single photograph has no *n*. Grey keeps
#   its channel axis, `(28, 28, 1)`, because the layers of a network expect one.
# - **Type**: `uint8`, whole numbers in one byte, is how pictures are stored.
# - **Range**: 0 is black (no light), 255 is full light.

# %%
figure = plots.pairs(
    {"people": people[::127][:5], "earth": earth[190::95][:5]}, title="Two more sets, 64 × 64 × 3"
)
plots.show(
    figure,
    alt="Five colourful cartoon people in different clothes and skin tones; under them five "
    "satellite pictures of sea, ice, coasts and land.",
)

# %% [markdown]
# Numbers and nothing else: eight rows and twelve columns out of the middle of an ankle boot, and
# the whole of one pixel of a cup of coffee.

# %% covers="X3"
boot = images[0, :, :, 0]  # (28, 28): picture 0, all rows, all columns, channel 0
print(boot[12:20, 8:20])
red, green, blue = photos["coffee"][200, 100]  # row 200, column 100
print(f"\none pixel of the coffee: red {red}, green {green}, blue {blue}")

# %% [markdown]
# ## Two ranges, and the way between them
#
# Stored pictures are `uint8` from 0 to 255. Networks compute with `float32`, and those of this course see and
# draw numbers **from -1 to 1**: the last layer of our generators is a tanh, whose values lie there, and
# inputs around 0 suit the first weights that Keras draws. The way there is a straight line. `data.signed`,
# used above, takes it, and `data.to_uint8` goes back. Write the first of them yourself.
#
# ### Exercise
#
# `pictures` is a `uint8` array of any shape. Return `float32` of the same shape: 0 must become -1, and 255
# must become 1, exactly.


# %% tags=["exercise"]
def to_signed(pictures):
    """uint8 pictures become float32: 0 to -1, 255 to 1, in a straight line between."""
    ...


# %% tags=["solution"]
def to_signed(pictures):
    """uint8 pictures become float32: 0 to -1, 255 to 1, in a straight line between."""
    return pictures.astype("float32") / 127.5 - 1.0


# %% tags=["check"]
from course_lib import check

to_signed = check.to_signed(to_signed)

# %% [markdown] tags=["solution"]
# 127.5 is half of 255: dividing by it gives 0 to 2, subtracting 1 gives -1 to 1. The conversion comes first,
# because numbers of the type `uint8` cannot hold what follows. The range is fixed, not taken from the darkest
# and brightest pixel: a dark picture must stay dark.

# %% [markdown]
# ## When it goes wrong: pixels on another scale
#
# One of the five articles trains a GAN (row S7) without ever rescaling its pixels. How bad
# is that? The judge's network has learned to name garments from pictures in [-1, 1]. Show it the same 2,000
# test pictures on three scales; going around the judge's own guard, to its bare network.

# %%
test_images, test_labels = test_images[:2000], test_labels[:2000]
scales = {
    "-1 to 1": to_signed(test_images),
    "0 to 1": test_images.astype("float32") / 255,
    "0 to 255": test_images.astype("float32"),
}
for name, pictures in scales.items():
    _, logits = critic.network.predict(pictures, batch_size=500, verbose=0)
    right = (logits.argmax(axis=-1) == test_labels).mean()
    runtime.record(f"accuracy on the scale {name}", right, judge=critic.version, samples=2000)
    print(f"{name:>8}: {right:.1%} named correctly")

# %% [markdown]
# No error, no warning: only wrong answers, about pictures that *look* the same in every viewer that stretches
# them from their own darkest to their own brightest value. So the doors of this course refuse what does not
# fit:

# %%
for name in ("0 to 1", "0 to 255"):
    try:
        critic.labels(scales[name])
    except ValueError as error:
        print(f"{name}: {error}\n")
try:
    data.signed(data.signed(test_images))
except TypeError as error:
    print("twice:", error)

# %% [markdown]
# ## Arithmetic on pictures
#
# Brightness is an addition. Try it on the photograph as it is stored:

# %%
square = photos["coffee"][8:392, 110:494]  # (384, 384, 3), cut out of (400, 600, 3)
blocks = square.reshape(96, 4, 96, 4, 3)  # 96 × 96 blocks of 4 × 4 pixels
coffee = blocks.mean(axis=(1, 3)).round().astype("uint8")  # (96, 96, 3): one pixel for each block
wrong = coffee + 100  # uint8 plus a small number stays uint8
print("shape", coffee.shape, "· pixel", coffee[12, 40], "→", wrong[12, 40])
print(f"mean brightness {coffee.mean():.0f} → {wrong.mean():.0f}, and 100 were added")

# %% [markdown]
# A byte holds 0 to 255. What goes over starts again from 0: 200 + 100 is 300, and 300 - 256 = 44. NumPy does
# not complain, since that is how bytes are added. You see it below, as soon as the exercise is done.
#
# ### Exercise
#
# Add `amount` (any whole number from -255 to 255) to `uint8` pictures, an array of any shape. What would
# leave 0 to 255 stays at the edge, 0 or 255. The result is `uint8` again.


# %% tags=["exercise"]
def brighten(pictures, amount):
    """Add an amount to uint8 pictures; what leaves 0..255 stays at the edge."""
    ...


# %% tags=["solution"]
def brighten(pictures, amount):
    """Add an amount to uint8 pictures; what leaves 0..255 stays at the edge."""
    return np.clip(pictures.astype("int16") + amount, 0, 255).astype("uint8")


# %% tags=["check"]
brighten = check.brighten(brighten)

# %% [markdown] tags=["solution"]
# Widen, compute, cut off, narrow: `int16` holds -32,768 to 32,767, room enough for every sum. The mean rises
# by less than 100 in the next cell, because pixels that were brighter than 155 can only go to 255. That light
# is gone: darkening again does not bring it back.

# %%
right = brighten(coffee, 100)
back = brighten(right, -100)
figure = plots.grid(
    np.stack([coffee, wrong, right, back]),
    captions=["as stored", "+ 100 in uint8", "brighten(…, 100)", "and back by -100"],
    title="A byte cannot hold more than 255",
)
plots.show(
    figure,
    alt="A cup of coffee four times: as stored; with psychedelic false colours, where bright parts of "
    "the cup have turned dark; evenly brighter; and darkened again, with its highlights now flat and grey.",
)
named = {"as stored": coffee, "wrapped": wrong, "right": right, "and back": back}
print("mean brightness:", ", ".join(f"{name} {x.mean():.0f}" for name, x in named.items()))
print(f"values that did not come back: {(back != coffee).mean():.0%}")

# %% [markdown]
# Where the cup was brightest, the last picture is flat: light that went over the edge does not come back.
#
# Everything else that an editing program does to all pixels alike is indexing and arithmetic as well:

# %%
grey = coffee @ np.array([0.299, 0.587, 0.114])  # (96, 96): how bright the eye finds each colour
x = data.signed(coffee)
contrast = data.to_uint8(np.clip(1.8 * x, -1, 1))  # away from the middle grey, which is 0
versions = {
    "as stored": coffee,
    "mirrored\n[:, ::-1]": coffee[:, ::-1],
    "upside down\n[::-1]": coffee[::-1],
    "cropped, enlarged\n[24:72, 24:72]": coffee[24:72, 24:72].repeat(2, axis=0).repeat(2, axis=1),
    "negative\n255 - picture": 255 - coffee,
    "more contrast\n1.8 × signed": contrast,
    "grey\nweighted mean": np.repeat(grey[..., None].round().astype("uint8"), 3, axis=-1),
    "blue for red\n[..., ::-1]": coffee[..., ::-1],
}
figure = plots.grid(
    np.stack(list(versions.values())), columns=4, captions=list(versions), title="One line each"
)
plots.show(
    figure,
    alt="The cup of coffee in eight versions: as stored, mirrored, upside down, its middle enlarged, as "
    "a negative, with more contrast, in grey, and with red and blue exchanged, so that the saucer is blue.",
)

# %% [markdown]
# Note the last one. OpenCV reads files as blue, green, red; Pillow, TensorFlow and this course as red, green,
# blue. Shape, type and range agree, so nothing warns you: look at one picture after loading.
#
# ### Exercise
#
# Many pictures make one, too. Return the average of a `uint8` batch `(n, height, width, channels)`: one
# picture `(height, width, channels)`, as floats from 0 to 255.


# %% tags=["exercise"]
def mean_picture(pictures):
    """The average of a batch (n, height, width, channels) is one picture of the same size."""
    ...


# %% tags=["solution"]
def mean_picture(pictures):
    """The average of a batch (n, height, width, channels) is one picture of the same size."""
    return pictures.mean(axis=0)


# %% tags=["check"]
mean_picture = check.mean_picture(mean_picture)

# %% [markdown] tags=["solution"]
# Axis 0 counts the pictures, so the mean goes along it, and the other three axes stay. NumPy adds in float64
# here, so nothing wraps around, and the result keeps its fractions.

# %% [markdown]
# Use it on each of the ten kinds. (These ten pictures are the $\mu$ of the ten Gaussians above.)

# %%
means = np.stack([mean_picture(images[labels == kind]) for kind in range(10)])  # (10, 28, 28, 1)
spread = [images[labels == kind].std(axis=0).mean() for kind in range(10)]
figure = plots.grid(
    data.to_uint8(means / 127.5 - 1),
    columns=10,
    captions=[
        f"{name.split('/')[0]}\n± {deviation:.0f}"
        for name, deviation in zip(data.LABELS["fashion"], spread, strict=True)
    ],
    title="The mean of each kind, and how far a pixel strays from it",
)
plots.show(
    figure,
    alt="Ten soft grey pictures, the means of ten kinds. Trousers, sneaker and ankle boot are crisp, the "
    "bag is a pale block and the sandal a faint wedge.",
)

# %% [markdown]
# The ± under each picture is the standard deviation of a pixel in grey levels, averaged over the picture. A
# mean is crisp where all pictures of a kind agree: compare trousers and sneakers with bags. It is also what a
# generator draws that plays safe: among all single answers, the mean has the smallest squared error on
# average. You will meet these soft pictures again, in the chapter on the VAE.

# %% [markdown]
# ## Batches
#
# Training does not see 50,000 pictures at once, nor one at a time, but a *batch* of, say, 64, in random
# order; when all have had their turn, an *epoch* is over, and the order is drawn anew. `data.Batches` does
# that, with two promises. Every batch has the same shape, so that a compiled network need not be compiled
# again for a smaller last one (the few that are left over get their chance in the next epoch). And the order
# depends on the seed and the number of the epoch only, so that a training which was interrupted can go on
# with the very pictures that come next.

# %%
batches = data.Batches((images, labels), batch_size=64, seed=1)
first, first_labels = next(iter(batches))
print(f"{len(batches)} batches an epoch; one is {first.shape} {first.dtype}")
print(f"its values: {first.min()} to {first.max()}, converted on the way")
print("left over in each epoch:", len(images) - 64 * len(batches))

same, other = (data.Batches((images, labels), 64, seed=seed) for seed in (1, 2))
print("same seed, same order:", np.array_equal(batches.order(epoch=0), same.order(epoch=0)))
print("other seed:           ", np.array_equal(batches.order(epoch=0), other.order(epoch=0)))
print("next epoch:           ", np.array_equal(batches.order(epoch=0), batches.order(epoch=1)))

# %% [markdown]
# TensorFlow has its own kind of pipeline, `tf.data.Dataset`, which prepares the next batch while the network
# works on this one; `batches.dataset()` gives the same batches in that form.
#
# ## Your own pictures
#
# `data.folder(path)` reads every picture in a folder of yours as one block `(n, size, size, 3)`. Real folders
# are untidy. This one, made for the lesson and removed after it, holds a photograph that a phone stored lying
# on its side with a note ("turn me", in the EXIF data), a drawing with 16 colours and a transparent
# background, a photograph whose download broke off, and a web page that calls itself a picture.

# %%
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

temporary = tempfile.TemporaryDirectory()
path = Path(temporary.name)

(path / "page.jpg").write_text("<!DOCTYPE html><title>404</title>")
upright = Image.fromarray(photos["astronaut"])
upright.save(path / "cut.jpg")
(path / "cut.jpg").write_bytes((path / "cut.jpg").read_bytes()[:9000])

note = Image.Exif()
note[0x0112] = 6  # orientation: "turn by 90° clockwise before showing"
upright.rotate(90, expand=True).save(path / "phone.jpg", exif=note)

drawing = Image.new("RGBA", (200, 150), (0, 0, 0, 0))  # transparent
ImageDraw.Draw(drawing).ellipse((40, 20, 160, 130), fill=(213, 94, 0, 255))
drawing.quantize(16).save(path / "drawing.png")

# %%
mine = data.folder(path, size=96)
print(mine.images.shape, mine.images.dtype, mine.names)

# %% [markdown]
# Two were read, two were skipped, each with its reason (also in `mine.skipped`). Now compare with what you
# get if you open the files and take the numbers as they come:

# %%
naive = [Image.open(path / name) for name in mine.names]
for name, picture in zip(mine.names, naive, strict=True):
    print(f"{name}: mode {picture.mode!r}, as array {np.asarray(picture).shape}")
flat = [picture.convert("RGBA").convert("RGB").resize((96, 96)) for picture in naive]
as_they_come = np.stack([np.asarray(picture) for picture in flat])
figure = plots.pairs({"as they come": as_they_come, "data.folder": mine.images}, title="Your own pictures")
plots.show(
    figure,
    alt="Top: an orange ellipse on black, and an astronaut lying on her side. Bottom, by data.folder: the "
    "ellipse on white and rounder, and the astronaut upright.",
)
temporary.cleanup()

# %% [markdown]
# Three traps in one figure. The phone's note was not read, so the astronaut lies on her side. The drawing's
# transparent pixels hold some colour that nobody was meant to see, here black, and its array is
# 2-dimensional: those numbers are places in a table of colours. And resizing to a square without cropping has
# squeezed the ellipse.
#
# ## From the documents
#
# The articles also name tools and data sets (row X3):
#
# | named there | what it is | what the course uses |
# |---|---|---|
# | OpenCV | fast processing of pictures and video; blue comes first | Pillow and NumPy, which are smaller |
# | PIL | reads and writes files of many formats | Pillow, its version of today |
# | scikit-image | classical processing; its floats lie in 0 to 1, a third range | the same, for comparisons |
# | TensorFlow, Keras, PyTorch | networks and their training | Keras 3, on TensorFlow, PyTorch or JAX |
# | MNIST | 70,000 handwritten digits, 28 × 28 | Fashion-MNIST: same size, harder |
# | CIFAR-10 | 60,000 colour photographs, 32 × 32, ten kinds | `people` and `earth`, which we may pass on |
# | ImageNet | over a million photographs, a thousand kinds | nothing: its terms do not let us pass it on |
#
# Two of these conventions, so that you have seen them once:

# %% covers="X3"
from skimage.util import img_as_float

floats = img_as_float(coffee)
print(f"scikit-image: {floats.dtype} from {floats.min():.2f} to {floats.max():.2f}")
photo = photos["coffee"]
print(f"Pillow: size {Image.fromarray(photo).size}; NumPy: shape {photo.shape}")

# %% [markdown]
# Of the articles' mistakes you have met one, pixels that are never rescaled. Another (row S7 again) gives an
# image loader a shape where a file is wanted. That one is cheaper, because Python stops, and the last line of
# its message names what was handed over, a `tuple`:

# %%
try:
    Image.open((64, 64, 3))
except (TypeError, AttributeError) as error:
    print(f"{type(error).__name__}: {error}")

# %% [markdown]
# ## More: TensorFlow Datasets
#
# Skip this until you need it. Most data sets that people train on are found in *TensorFlow
# Datasets* (TFDS), a library of *builders*: one class for each data set, which knows where the files are,
# what they hold, and how to turn them into one common format on your disk. Ask one:

# %% covers="X3"
import tensorflow_datasets as tfds

builder = tfds.builder("fashion_mnist")
print(builder.info.features)
print("for training, (input, label) is", builder.info.supervised_keys)
print("from", builder.info.homepage)

# %% [markdown]
# `data.load(…, source="tfds")` goes through the builder, and knows every set of 8-bit pictures with one
# label, MNIST and CIFAR-10 among them. It downloads nothing unless you say `download=True`. The first time
# the builder *prepares*, here from the archives that the course brings along, in ten seconds or so; from then
# on it reads what it has written. It shuffles once, so compare its pictures with those of the direct way as
# sorted collections. (In the profile `smoke` the set is `earth`, which is smaller.)

# %%
for attempt in ("first", "second"):
    began = time.perf_counter()
    tfds_images, tfds_labels = data.load(through_tfds, "train", source="tfds")
    print(f"{attempt} time: {time.perf_counter() - began:.1f} s for {tfds_images.shape}")


def contents(images, labels):
    """Every picture with its label, in an order that does not depend on how they came."""
    return sorted(zip((picture.tobytes() for picture in images), labels.tolist(), strict=True))


direct_images, direct_labels = data.load(through_tfds, "train")
assert contents(tfds_images, tfds_labels) == contents(direct_images, direct_labels)
print("the same pictures with the same labels;", end=" ")
print("in the same order:", np.array_equal(tfds_images, direct_images))
try:
    data.load("fashon_mnist", "train", source="tfds")
except ValueError as error:
    print("fashon_mnist:", error)

# %% [markdown]
# ## What to keep
#
# 1. Before anything else, print **shape, type and range**, and look at one picture.
# 2. `uint8` 0 to 255 on disk, `float32` -1 to 1 in networks. Convert before you calculate; cut off before you
#    convert back.
# 3. One judge, one number of pictures, one set to compare with: then two generators can be compared. Learn
#    from `train`, choose by `validation`, open `test` once. The fitted Gaussians are the mark to beat.
#
# ## What to read
#
# - Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
#   algorithms", 2017, [arXiv:1708.07747](https://arxiv.org/abs/1708.07747): where the pictures come from, and
#   why not digits.
# - Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter, "GANs trained by a two time-scale update rule converge
#   to a local Nash equilibrium", NIPS 2017, [arXiv:1706.08500](https://arxiv.org/abs/1706.08500): introduces
#   the Fréchet distance between features.
# - The guides of [TensorFlow Datasets](https://www.tensorflow.org/datasets) and
#   [tf.data](https://www.tensorflow.org/guide/data).
