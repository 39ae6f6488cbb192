# %% [markdown]
# # The adversarial game
#
# **A network that forges and a network that unmasks train each other, and the forger ends up drawing.**
#
# ## What you will be able to do
#
# - derive both players' losses from one value function, and say who makes it large and who small;
# - write a `train_step` for two networks with `tf.GradientTape`;
# - read a GAN's losses, which do not fall as those of other networks do, and know what they read at the
#   equilibrium;
# - tell with three measurements whether a generator draws well, draws everything, or copies, and say what
#   each of them cannot see.
#
# ## Prerequisites
#
# Lesson <<a_picture_is_a_tensor>> (a picture is a tensor). You know what a dense layer, a loss and a gradient
# are. Derivatives of logarithms are used once.

# %%
from course_lib import runtime

runtime.start(lesson="the_adversarial_game", seed=1)

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_lib import callbacks, check, data, inference, judge, losses, metrics, plots, training, weights
from course_lib.models import gan

# %% [markdown]
# The numbers that depend on your machine stand in one cell. The budget is a number of steps, not of seconds,
# so that the same seed gives the same pictures on a fast machine and on a slow one.

# %% tags=["knobs"]
reports = 10  # how often training is looked at
steps_per_report = runtime.pick(smoke=2, quick=500, full=5000)
short_steps = runtime.pick(smoke=2, quick=400, full=1000)  # of the side experiments
n_score = runtime.pick(smoke=300, quick=5000, full=10_000)  # pictures that a score is made of
n_watch = runtime.pick(smoke=200, quick=2000, full=5000)  # pictures for the curve during training

# %% [markdown]
# These are pictures that nobody took. A generator that was trained as you will train yours drew them from
# random numbers; its weights ship with the course. By the end you will know how it learnt that without ever
# being shown which garment to draw.

# %%
shipped = gan.dense_generator()  # latents (n, 64) -> pictures (n, 28, 28, 1)
weights.load_into(shipped, "dense_gan.weights.h5")
latents = keras.random.normal((32, 64), seed=3)
figure = plots.grid(shipped.predict(latents, verbose=0), columns=16, title="Nobody took these pictures")
plots.show(
    figure,
    alt="32 grey pictures of garments made by the shipped generator: shirts, trousers, shoes, bags.",
)

# %% [markdown]
# ## From the documents
#
# Two of the five articles show a GAN of dense layers (row S1): noise, then layers of 128, 256 and 512 units,
# then the 784 pixels; and a discriminator that mirrors it. Neither listing runs. One never trains, the other
# evaluates its losses without an optimizer. Around the code they say things that this lesson puts to the
# test:
#
# | the articles say | in this lesson |
# |---|---|
# | the objective, without saying who makes it large and who small (M1) | both derived |
# | both objectives with their signs reversed (M1) | trained as written, then measured |
# | the generator's loss is a cross-entropy of its own pixels | trained as written, then measured |
# | the GAN minimises, the discriminator maximises, a distance between pictures | what the discriminator does measure |
# | the discriminator judges which of two pictures is more real | it never sees two |
#
# ## The idea
#
# Nobody can write down a loss for "looks like a garment". So let a second network become that loss.
#
# ```
#  z, 64 random numbers ──► generator G ──► picture ──┐
#                                                     ├──► discriminator D ──► "real?"  one number
#            training set ──────────────► picture ──┘
# ```
#
# The **discriminator** sees one picture at a time and says how likely it is to be real. The **generator**
# never sees a real picture. All it gets is the gradient of D's opinion: which way to change each pixel so
# that D would believe a little more. The two are trained in turns.
#
# ## Exercise: bet on two curves
#
# Each player has a loss, and training makes both small. Which way will each curve go while the pictures get
# better? Return `{"discriminator": …, "generator": …}`, each `"falls"`, `"rises"` or `"stays"` (within a
# twentieth of where it began). Any bet is right to make; the training below settles it.


# %% tags=["exercise"]
def two_curves():
    """Which way does each player's loss go while the pictures get better?"""
    ...


# %% tags=["solution"]
def two_curves():
    """Which way does each player's loss go while the pictures get better?"""
    return {"discriminator": "rises", "generator": "falls"}


# %% tags=["check"]
two_curves = check.two_curves(two_curves)

# %% [markdown]
# Of the real pictures 50,000 are for training. 10,000 are held back to measure with on the way
# (*validation*); the *test* pictures are looked at once, in the verdict.

# %%
pictures, labels = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8, (50000,)
held, _ = data.load("fashion", "validation")  # (10000, 28, 28, 1), which no generator here learns from
figure = plots.grid(pictures[:32], columns=16, title="The training set: these are real")
plots.show(figure, alt="32 grey photographs of garments from Fashion-MNIST.")

# %% [markdown]
# ## The mathematics
#
# Write $x$ for a picture, $p_\text{data}$ for the distribution the real ones come from, $z$ for the random
# numbers (the *latents*), $p_z$ for their distribution, a standard normal of 64 dimensions, and $p_g$ for the
# distribution of the generated pictures $G(z)$. $D(x)\in(0,1)$ is the probability that $x$ is real. The game
# has one **value function** (Goodfellow et al. 2014, eq. 1):
#
# $$V(D,G)=\mathbb{E}_{x\sim p_\text{data}}\big[\log D(x)\big]+\mathbb{E}_{z\sim p_z}\big[\log\big(1-D(G(z))\big)\big],
# \qquad \min_G\max_D V(D,G).$$
#
# **D makes it large.** Both terms are at most 0, and reach it where D says 1 to every real picture and 0 to
# every generated one. **G makes it small**; only the second term depends on G.
#
# A loss is something to make small, so D's loss is $-V$: the binary cross-entropy of a classifier with the
# labels real = 1 and generated = 0. The network does not return $D$ itself but the **logit** $\ell$, with
# $D=\sigma(\ell)=1/(1+e^{-\ell})$. Then
#
# $$-\log D=\log(1+e^{-\ell})=\operatorname{softplus}(-\ell),\qquad -\log(1-D)=\operatorname{softplus}(\ell),$$
#
# and no logarithm ever meets a zero. The expectations become means over a batch.
#
# Both arguments below are logits of the shape `(batch, 1)`; the loss is one number, $-V$. What does a
# discriminator that cannot tell, $\ell=0$ everywhere, pay? Remember the number: it is the landmark in all
# curves of this chapter.


# %%
def discriminator_loss(real_logits, fake_logits):
    """-V, the mean over the batch of -log D(x) plus the mean of -log(1 - D(G(z)))."""
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


undecided = ops.zeros((64, 1))
print(f"D's loss when it cannot tell: {float(discriminator_loss(undecided, undecided)):.4f}")
print(f"                     2 log 2: {2 * np.log(2):.4f}")

# %% [markdown]
# ### The best answer to a fixed generator
#
# Hold G fixed. At one picture $x$, D's choice adds $p_\text{data}(x)\log D+p_g(x)\log(1-D)$ to $V$. The
# derivative with respect to $D$ is $p_\text{data}/D-p_g/(1-D)$; it is zero at one place only, and that is a
# maximum.
#
# ## Exercise: the optimal discriminator
#
# Solve for $D$. Both arguments are arrays of densities at the same places.


# %% tags=["exercise"]
def optimal_discriminator(p_data, p_generator):
    """D*(x), the probability of "real" that makes V largest, at each place x."""
    ...


# %% tags=["solution"]
def optimal_discriminator(p_data, p_generator):
    """D*(x), the probability of "real" that makes V largest, at each place x."""
    return p_data / (p_data + p_generator)


# %% tags=["check"]
optimal_discriminator = check.optimal_discriminator(optimal_discriminator)

# %% [markdown]
# Does gradient descent find it? In one dimension you can look. The data come from two bumps, the generator
# makes one wide one in the middle; each of 400 places has a logit of its own, and `training.gradient` (the
# course's gradient with respect to an input, on any backend) moves all of them down the slope of $-V$.


# %%
def bump(x, middle, width):
    """The density of a normal distribution at x."""
    return np.exp(-0.5 * ((x - middle) / width) ** 2) / (width * np.sqrt(2 * np.pi))


x = np.linspace(-6, 6, 400).astype("float32")  # (400,)
p_data = 0.5 * bump(x, -2, 0.7) + 0.5 * bump(x, 2, 0.7)
p_generator = bump(x, 0, 1.5)


def minus_value(logits):
    """-V as an integral over x, with one logit for each place."""
    integrand = p_data * ops.softplus(-logits) + p_generator * ops.softplus(logits)
    return ops.sum(integrand) * (x[1] - x[0])


# %%
logits = ops.zeros(400)
for _ in range(500):
    slope = training.gradient(minus_value, logits)  # (400,)
    # Where both densities are small, so are the slopes: dividing by the sum evens that out.
    logits = logits - 50 * slope / (p_data + p_generator)
found = ops.convert_to_numpy(ops.sigmoid(logits))
expected = optimal_discriminator(p_data, p_generator)
error = np.abs(found - expected).max()
runtime.record("optimal_discriminator_error", error)
print(f"largest difference between found and derived D: {error:.4f}")
figure = plots.curves(
    {
        "p_data": (x, p_data),
        "p_g": (x, p_generator),
        "D* derived": (x, expected),
        "D found": (x[::20], found[::20]),
    },
    xlabel="x",
    ylabel="density, probability",
    title="Gradient descent finds the derived discriminator",
)
plots.show(
    figure,
    alt="Two bumps of data, one wide bump of the generator, and D near 1 at the data's "
    "bumps and near 0 between.",
)

# %% [markdown]
# ### What the game is about
#
# How far is one distribution $p$ from another, $q$? The **Kullback–Leibler divergence**
# $\operatorname{KL}(p\|q)=\int p\log(p/q)$ says how surprised one is, on average, who expects $q$ and is
# shown $p$: 0 where they are equal, never negative. With natural logarithms its unit is the **nat**, 1.44
# bits. The Jensen–Shannon divergence is the mean of two of them, from the average
# $m=\tfrac12(p_\text{data}+p_g)$. It is at most $\log 2$ nats, one bit: one glance then tells which of the
# two a picture is from. Put $D^*$ back into $V$:
#
# $$V(D^*,G)=2\operatorname{JSD}(p_\text{data}\,\|\,p_g)-2\log 2,\qquad
# \operatorname{JSD}=\tfrac12\operatorname{KL}(p_\text{data}\|m)+\tfrac12\operatorname{KL}(p_g\|m).$$
#
# So against the best discriminator, the generator makes small a divergence between two *distributions*. It
# is 0 only where $p_g=p_\text{data}$; there $D^*=\tfrac12$ everywhere and $V=-2\log 2$. That is the
# **equilibrium**: D pays $2\log 2=1.386$ nats. No distance between two pictures occurs anywhere.


# %%
def kl(p, q):
    """KL(p || q) of two densities on the grid, in nats."""
    return np.sum(np.where(p > 1e-30, p * np.log(np.maximum(p, 1e-30) / q), 0)) * (x[1] - x[0])


average = (p_data + p_generator) / 2
divergence = 0.5 * kl(p_data, average) + 0.5 * kl(p_generator, average)
value = -float(minus_value(np.log(p_data / p_generator)))
print(f"V(D*, G)            {value:.4f}")
print(f"2 JSD - 2 log 2     {2 * divergence - 2 * np.log(2):.4f}")

# %% [markdown]
# ### The generator's loss, and why it is not $V$
#
# G could make small its own term of $V$, $\mathbb{E}\log(1-D(G(z)))$. At the start D finds every forgery out,
# its logits there are far below 0, and this **saturating** loss has a slope of $-\sigma(\ell)\approx 0$: the
# worse the forger, the less it learns. Goodfellow et al. give G another loss with the same equilibrium,
# $-\mathbb{E}\log D(G(z))$, the **non-saturating** one, with slope $-\sigma(-\ell)\approx -1$ in the same
# place. (Against $D^*$ it goes down another slope than the JSD's, that of
# $\operatorname{KL}(p_g\|p_\text{data})-2\operatorname{JSD}$: Arjovsky and Bottou 2017.)
#
# ## Exercise: the generator's loss
#
# Return the non-saturating loss of logits `(batch, 1)`.


# %% tags=["exercise"]
def generator_loss(fake_logits):
    """The mean over the batch of -log D(G(z))."""
    ...


# %% tags=["solution"]
def generator_loss(fake_logits):
    """The mean over the batch of -log D(G(z))."""
    return ops.mean(ops.softplus(-fake_logits))


# %% tags=["check"]
generator_loss = check.generator_loss(generator_loss)

# %%
opinion = np.linspace(-8, 8, 81).astype("float32")[:, None]  # (81, 1) logits of D about a forgery
slopes = {}
for name, loss in (
    ("non-saturating", generator_loss),
    ("saturating", losses.saturating_generator_loss),
):
    slope = training.gradient(lambda logit, loss=loss: loss(logit) * len(opinion), opinion)
    slopes[name] = (opinion[:, 0], ops.convert_to_numpy(slope)[:, 0])
    print(f"{name:15s} slope where D is sure of a forgery (logit -8): {slopes[name][1][0]:.5f}")
figure = plots.curves(
    slopes,
    xlabel="logit of D for a generated picture",
    ylabel="slope of G's loss",
    title="Where D is sure (left), only one loss still teaches",
)
plots.show(
    figure,
    alt="The slope of the non-saturating loss is near -1 on the left, that of the saturating loss near 0.",
)

# %% [markdown]
# ## Two networks
#
# The documents' sizes, with two additions that the next lessons examine: BatchNorm in the generator, and a
# leaky ReLU, which lets a gradient pass where a unit is negative. Read the comments: they are the shapes.


# %%
def build_generator():
    """Latents (batch, 64) to pictures (batch, 28, 28, 1) in (-1, 1)."""
    z = keras.Input((64,))
    h = z
    for width in (128, 256, 512):
        h = layers.Dense(width)(h)  # (batch, width)
        h = layers.BatchNormalization(momentum=0.9)(h)
        h = layers.LeakyReLU(0.2)(h)
    h = layers.Dense(784, activation="tanh")(h)  # (batch, 784), in (-1, 1) like the pictures
    return keras.Model(z, layers.Reshape((28, 28, 1))(h), name="generator")


def build_discriminator():
    """Pictures (batch, 28, 28, 1) to logits (batch, 1)."""
    picture = keras.Input((28, 28, 1))
    h = layers.Flatten()(picture)  # (batch, 784)
    for width in (512, 256, 128):
        h = layers.LeakyReLU(0.2)(layers.Dense(width)(h))  # (batch, width)
    return keras.Model(picture, layers.Dense(1)(h), name="discriminator")


# %% [markdown]
# The `Flatten` is not decoration. One article leaves it out. Keras does not object: a dense layer works on
# the last axis, whatever stands before it, and D then returns not one opinion a picture but one a *row*.

# %%
rows = layers.Dense(1)(layers.Dense(512)(data.signed(pictures[:64, ..., 0])))  # (64, 28, 1)
print("logits without Flatten:", tuple(rows.shape))
print("logits with Flatten:   ", tuple(build_discriminator()(data.signed(pictures[:64])).shape))

# %% [markdown]
# ## `train_step`, by hand
#
# `model.fit` calls `train_step` once a batch. For two networks you write it yourself: D moves, then G moves
# against the new D. A `tf.GradientTape` records what is computed while it is open; `tape.gradient` walks the
# record backwards. `training=True` must be said to every network, or BatchNorm would stay in inference mode.
#
# ## Exercise: two moves
#
# `model` has a `generator` and a `discriminator`, and an optimizer for each, `g_optimizer` and `d_optimizer`.
# Let D move down its loss on `real` and on fakes from the latents `z`; then G down its own, through the new
# D, with the same `z`. `tape.gradient(loss, weights)` gives the slopes, `optimizer.apply(slopes, weights)`
# takes the step. Return both losses, as they were before each move. `fit` compiles this: no `float`, no
# NumPy.


# %% tags=["exercise"]
def two_moves(model, real, z):
    """D's move, then G's move against the new D; returns D's loss and G's loss."""
    d_weights = model.discriminator.trainable_variables
    with tf.GradientTape() as tape:
        fake = model.generator(z, training=True)  # of the shape of `real`
        d_loss = ...
    ...  # D moves
    g_weights = model.generator.trainable_variables
    with tf.GradientTape() as tape:
        g_loss = ...
    ...  # G moves
    return ...  # both losses


# %% tags=["solution"]
def two_moves(model, real, z):
    """D's move, then G's move against the new D; returns D's loss and G's loss."""
    d_weights = model.discriminator.trainable_variables
    with tf.GradientTape() as tape:
        fake = model.generator(z, training=True)  # of the shape of `real`
        real_logits = model.discriminator(real, training=True)  # (batch, 1)
        d_loss = discriminator_loss(real_logits, model.discriminator(fake, training=True))
    model.d_optimizer.apply(tape.gradient(d_loss, d_weights), d_weights)
    g_weights = model.generator.trainable_variables
    with tf.GradientTape() as tape:  # it records the way through the new discriminator
        fake = model.generator(z, training=True)
        g_loss = generator_loss(model.discriminator(fake, training=True))
    model.g_optimizer.apply(tape.gradient(g_loss, g_weights), g_weights)
    return d_loss, g_loss


# %% tags=["check"]
two_moves = check.two_moves(two_moves)

# %% [markdown]
# A Keras model round it, so that `fit` can call it: it draws the latents, and takes your two moves.


# %% covers="S1 M1"
class HandMadeGAN(keras.Model):
    def __init__(self, generator, discriminator, seed):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.seeds = keras.random.SeedGenerator(seed)  # an attribute, so that Keras tracks its state

    def compile(self, g_optimizer, d_optimizer):
        super().compile(optimizer=None, jit_compile=False)
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        g_optimizer.build(self.generator.trainable_variables)
        d_optimizer.build(self.discriminator.trainable_variables)

    def train_step(self, real):  # (batch, 28, 28, 1)
        z = keras.random.normal((real.shape[0], 64), seed=self.seeds)  # (batch, 64)
        d_loss, g_loss = two_moves(self, real, z)
        return {"d_loss": d_loss, "g_loss": g_loss}


# %% [markdown]
# Each tape asks for the gradient of one loss with respect to *one* network's weights: that is all that keeps
# D's move from changing G. Twenty steps, to see that it runs. (`fit` shows the loss of the last step of each
# epoch here; it shows an epoch's mean only where the model has a metric of that name.)


# %%
def adam():
    """Little memory of past gradients (beta_1 = 0.5): the opponent moves too."""
    return keras.optimizers.Adam(5e-4, beta_1=0.5, beta_2=0.99)


batches = data.Batches(pictures, batch_size=64, seed=1)  # float32 in [-1, 1] on the way
runtime.seed(1)
by_hand = HandMadeGAN(build_generator(), build_discriminator(), seed=1)
by_hand.compile(adam(), adam())
logs = by_hand.fit(batches.dataset(), epochs=4, steps_per_epoch=5, shuffle=False, verbose=0).history
for step, d_loss, g_loss in zip((5, 10, 15, 20), logs["d_loss"], logs["g_loss"], strict=True):
    print(f"step {step:2d}: D {d_loss:.4f}  G {g_loss:.4f}")

# %% [markdown]
# ### The same from the library
#
# `gan.GAN` does this on TensorFlow, JAX and PyTorch. It passes through the generator once for both moves,
# and can add a penalty to D's loss (below). Without the penalty it must take the same twenty steps. Beside
# G it keeps a *moving average*, a second generator whose weights follow G's slowly. That one draws better,
# as lesson <<convolutions_that_draw>> shows; `generate` uses it, and so do all distances here.

# %%
runtime.seed(1)
by_library = gan.GAN(build_generator(), build_discriminator(), r1_weight=0, seed=1)
by_library.compile(g_optimizer=adam(), d_optimizer=adam())
by_library.fit(batches, steps_per_epoch=20, verbose=0)
for network in ("generator", "discriminator"):
    hand, library = (getattr(model, network).trainable_variables for model in (by_hand, by_library))
    apart = max(float(ops.max(ops.abs(a - b))) for a, b in zip(hand, library, strict=True))
    moved = float(ops.max(ops.abs(library[0])))
    print(f"{network}: weights differ by {apart:.1e} at most (the largest is {moved:.2f})")

# %% [markdown]
# ## The experiment
#
# Now for real. The judge, a small classifier that every lesson of this course asks, measures the **Fréchet
# distance** between generated and held-back pictures: 0 would be two equal clouds of features. (The FID of
# papers is the same formula on another network's features; never compare the two.) Three landmarks first:
# uniform noise; the ten Gaussians of lesson <<a_picture_is_a_tensor>>, one for each kind of garment, which
# need no training but were told the labels; and as many real pictures, the best that any generator can
# hope for.

# %%
jury = judge.load("fashion")
noise = np.random.default_rng(0).uniform(-1, 1, (n_watch, 28, 28, 1)).astype("float32")
noise_distance = jury.frechet(noise)
floor_watch = jury.floor(n_watch)["frechet"]
print(f"uniform noise {noise_distance:.1f}, real pictures {floor_watch:.3f} (judge {jury.version})")


# %%
def gaussian(vectors, count, rng):
    """`count` pictures from the Gaussian of real ones, vectors (n, 784), as in lesson <<a_picture_is_a_tensor>>."""
    centre = vectors.mean(axis=0)  # (784,)
    mix = rng.standard_normal((count, len(vectors)), dtype="float32")  # (count, n)
    drawn = centre + mix @ (vectors - centre) / np.sqrt(len(vectors) - 1)
    return np.clip(drawn, -1, 1).reshape(-1, 28, 28, 1)


rng = np.random.default_rng(1)
real_vectors = data.signed(pictures).reshape(-1, 784)  # (50000, 784)
by_kind = [gaussian(real_vectors[labels == kind], n_score // 10, rng) for kind in range(10)]
ten_gaussians = np.concatenate(by_kind)  # (n_score, 28, 28, 1)
print(f"ten Gaussians {jury.frechet(rng.permutation(ten_gaussians)[:n_watch]):.2f}")

# %% [markdown]
# D's loss gets one more term. Nothing in it so far stops D from becoming infinitely steep around the real
# pictures. **R1** adds $\tfrac{\gamma}{2}\,\mathbb{E}\lVert\nabla_x \ell(x)\rVert^2$ at real pictures: a
# slope costs. Here $\gamma=1$. (Further down a shorter training runs with and without it.)

# %%
runtime.seed(1)
model = gan.GAN(build_generator(), build_discriminator(), r1_weight=1.0, seed=1)
model.compile(
    g_optimizer=adam(),
    d_optimizer=adam(),
    steps_per_execution=runtime.pick(smoke=1, quick=10, full=50),
)
film = callbacks.SampleGrid(lambda model: model(latents[:16]))
watched = callbacks.SampleGrid(lambda model: model.generate(n_watch))
distance = callbacks.Measure("distance", lambda model: jury.frechet(watched.samples[-1]))
history = model.fit(
    batches,
    epochs=reports,
    steps_per_epoch=steps_per_report,
    callbacks=[film, watched, distance],
).history

# %%
at_step = steps_per_report * np.arange(1, reports + 1)
shown = [0, 1, 3, reports - 1]
rows = {f"step {at_step[i]:,}": film.samples[i] for i in shown}
figure = plots.pairs(rows, title="The same 16 latents as training goes on")
plots.show(
    figure,
    alt="Four rows of 16 pictures: from blurred blobs to garments with sleeves, legs and soles.",
)

# %%
figure = plots.curves(
    {"generated": (at_step, history["distance"])},
    xlabel="training step",
    ylabel="Fréchet distance",
    title=f"Distance to held-back pictures (judge {jury.version}, {n_watch:,} pictures)",
    log=True,
    floor=floor_watch,
    floor_label="real pictures",
)
plots.show(
    figure,
    alt="The distance falls steeply at first, then slowly, and stays above the floor of real pictures.",
)

# %% [markdown]
# Compare that with the two losses (D's includes the penalty), and with your bet.

# %%
figure = plots.curves(
    {
        "discriminator": (at_step, history["d_loss"]),
        "generator": (at_step, history["g_loss"]),
        "G's at the equilibrium": (at_step, np.full(reports, np.log(2))),
    },
    xlabel="training step",
    ylabel="loss (nats)",
    title="The two losses",
    floor=2 * np.log(2),
    floor_label="D's at the equilibrium",
)
plots.show(figure, alt="D's loss rises towards the upper dashed level, G's falls towards the lower one.")


def went(curve):
    """Which way a curve went, from its first report to its last."""
    change = curve[-1] / curve[0]
    return "falls" if change < 0.95 else "rises" if change > 1.05 else "stays"


check.two_curves.settle(two_curves, discriminator=went(history["d_loss"]), generator=went(history["g_loss"]))

# %% [markdown]
# D's *rises* while the pictures get better, and G's falls: both creep towards what a discriminator that
# cannot tell would read, $2\log 2$ and $\log 2$. Each measures one player against the other. That tells
# whether the game is balanced; it does not tell whether the pictures are good, for two bad players can be
# balanced too. Only a measurement from outside does.

# %% [markdown]
# The score in full, from pictures that were not used for the curve. *Precision* is the share of generated
# pictures that lie among real ones, *recall* the share of real ones that lie among the generated: a
# generator can have one without the other. (The other numbers tell the same without assuming Gaussians, or
# with less trust in outliers: the *kernel distance* is the KID of papers, Bińkowski et al. 2018, its
# *spread* that over subsets; *density* and *coverage* are kinds of precision and recall, Naeem et al.
# 2020. Lesson <<one_scoreboard>> takes them apart.)

# %%
drawn = model.generate(n_score, seed=7)  # (n_score, 28, 28, 1), the moving average's pictures
print(jury.score(drawn))
runtime.record("training_seconds", history["seconds"][-1], steps=int(model.steps_taken))
print(f"training took {history['seconds'][-1]:.0f} s on this machine")
figure = plots.grid(
    drawn[:64],
    columns=16,
    title=f"64 pictures after {int(model.steps_taken):,} steps, not chosen",
)
plots.show(figure, alt="64 generated garments; most are recognisable, some are torn or blurred.")

# %% [markdown]
# ### How far from the equilibrium?
#
# At the equilibrium nobody could tell, not even a discriminator that starts fresh and takes its time. So
# train one, as an ordinary classifier, on real training pictures against generated ones, and try it on
# *held-back* pictures against new generated ones. As a control, the same with real pictures on both sides:
# that is what the equilibrium looks like. And for comparison, what the D that has played all along says of
# the same pictures.


# %%
def opinion_of(judge_network, *sides):
    """The logits that a discriminator gives to pictures, one array (n, 1) a side."""
    return [judge_network.predict(data.signed(side), verbose=0, batch_size=500) for side in sides]


def fresh_discriminator(fakes):
    """A new D, trained on `fakes` against as many training pictures."""
    runtime.seed(2)
    examples = np.concatenate([pictures[: len(fakes)], fakes])  # reals first
    targets = np.repeat([1.0, 0.0], len(fakes)).astype("float32")[:, None]
    fresh = build_discriminator()
    fresh.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    pairs = data.Batches((examples, targets), batch_size=64, seed=2)
    fresh.fit(pairs.dataset(), steps_per_epoch=4 * short_steps, shuffle=False, verbose=0)
    return fresh


# %%
n = 2 * n_watch
new = data.to_uint8(model.generate(3 * n_watch, seed=8))  # uint8, like the real pictures
real, fake, other_real = held[:n_watch], new[n:], held[-n_watch:]
sides = {
    "generated": opinion_of(fresh_discriminator(new[:n]), real, fake),
    "real (control)": opinion_of(fresh_discriminator(pictures[-n:]), real, other_real),
    "generated, by the D that played": opinion_of(model.discriminator, real, fake),
}
for name, (on_real, on_other) in sides.items():
    right = inference.share(np.concatenate([on_real > 0, on_other < 0]), of="pictures")
    paid = float(discriminator_loss(on_real, on_other))
    print(f"real against {name:32s} right {right}, loss {paid:.3f}")
    runtime.record(f"fresh_accuracy_{name.split()[0] if 'played' not in name else 'played'}", right)
print(f"at the equilibrium: half of them, {2 * np.log(2):.3f}; intervals: {right.source()}")

# %%
bins = np.linspace(0, 1, 11)
names = [f"{low:.1f}" for low in bins[:-1]]
share = {
    who: np.histogram(1 / (1 + np.exp(-logit)), bins)[0] / len(logit)
    for who, logit in zip(("held-back pictures", "generated pictures"), sides["generated"], strict=True)
}
figure = plots.bars(
    names,
    share,
    xlabel="D's probability of “real”, from",
    ylabel="share of pictures",
    title="A fresh discriminator still tells them apart",
)
plots.show(figure, alt="Most held-back pictures get a probability near 1, most generated ones near 0.")

# %% [markdown]
# Why does the D that played pay so much more than the fresh one, on the same pictures? It has met each
# generator for one step only, and whatever it learnt G used at once, so G paints where *this* D is blind.
# The fresh one looks long at a G that stands still. A playing D's loss tells how the game stands, not how
# far G has come.
#
# Any discriminator's $V$ is at most that of the best one, so $\operatorname{JSD}\ge (V+2\log 2)/2$: the
# fresh classifier's loss says how far apart the two distributions are at least, out of a largest possible
# $\log 2$. It is a mean over so many pictures; drawing them again and again (*bootstrap*) tells how well
# it is known.


# %%
def least_jsd(on_real, on_other):
    """The lower bound of the JSD, in nats, from D's logits on pictures of either side."""
    return (2 * np.log(2) - np.logaddexp(0, -on_real).mean() - np.logaddexp(0, on_other).mean()) / 2


bound = inference.resampled(least_jsd, *sides["generated"])
runtime.record("jsd_lower_bound", bound)
print(f"JSD at least {bound.named()} nats, of at most {np.log(2):.3f}")

# %% [markdown]
# ## When it goes wrong
#
# ### Something is missing
#
# A generator may draw well and still not draw everything. That is **mode dropping**. Does D punish it? Take
# data of two kinds, equally often, and a generator that draws one of them perfectly and never the other.

# %%
told = optimal_discriminator(0.5, 1.0)  # D* at a drawn picture: real half as often as it is drawn
print(f"D* says {told:.3f}: G pays {-np.log(told):.2f} in place of log 2 = {np.log(2):.2f}")
print(f"V = {0.5 * np.log(told) + np.log(1 - told):.3f}, at the equilibrium {-2 * np.log(2):.3f}")

# %% [markdown]
# The best D does: it sees one picture at a time, but it has learnt how often each kind comes. What moves
# G, though, is not what it pays but D's *slope* at the pictures it draws. That slope says "fewer of
# these"; it need not lead to a kind that lies far away and is never drawn. So a real pair may stay where
# it is, and you have to count. The judge names each generated picture; the training set has the ten
# classes in equal shares. How much is the judge's own doing? It errs on real pictures too: the counts of
# the held-back ones, of which each class has about a tenth, show by how much.

# %%
classes = data.LABELS["fashion"]
expected_count = n_score / 10
counts = jury.class_counts(drawn)  # (10,)
figure = plots.bars(
    classes, {"generated": counts, "real, held back": jury.class_counts(held[:n_score])}, ylabel="pictures",
    title=f"What {n_score:,} pictures show", expected=expected_count, expected_label="equal shares",
)  # fmt: skip
plots.show(
    figure,
    alt="For each class two bars: those of real pictures keep to equal shares, those of generated ones are "
    "far below in some classes and far above in others.",
)
rarest = int(np.argmin(counts))
share = counts[rarest] / expected_count
runtime.record("rarest_class_share", share, label=classes[rarest], samples=n_score)
print(f"rarest: {classes[rarest]}, {counts[rarest]} of {expected_count:.0f} expected")

# %% [markdown]
# Is it R1 that is to blame, or would there be still less without it? Take it away, change nothing else, and
# compare after as many steps.

# %%
runtime.seed(1)
without = gan.GAN(build_generator(), build_discriminator(), r1_weight=0, seed=1)
without.compile(
    g_optimizer=adam(),
    d_optimizer=adam(),
    steps_per_execution=runtime.pick(smoke=1, quick=10, full=50),
)
shorter = without.fit(batches, epochs=2, steps_per_epoch=steps_per_report)

# %%
loose = without.generate(n_watch)
tight = watched.samples[1]  # with R1, after as many steps
shares = {"with R1": jury.class_counts(tight), "without": jury.class_counts(loose)}
figure = plots.bars(
    classes,
    shares,
    ylabel="pictures",
    title=f"After {int(without.steps_taken):,} steps, with and without the penalty",
    expected=n_watch / 10,
    expected_label="equal shares",
)
plots.show(
    figure,
    alt="Class counts with and without the penalty against equal shares: with either, some bars are nearly 0.",
)
for name, images in (("with R1", tight), ("without", loose)):
    one = jury.score(images)
    print(
        f"{name}: distance {one['frechet']:.2f}, recall {one['recall']:.3f}, rarest class {min(shares[name])}"
    )
    runtime.record(
        f"early_frechet_{name.replace(' ', '_')}",
        one["frechet"],
        judge=jury.version,
        samples=n_watch,
    )

# %% [markdown]
# So early, and with this one seed, the penalty shows in the distance and not in what is missing: classes are
# nearly empty either way. Which parts matter is measured with several seeds in lessons
# <<convolutions_that_draw>> (distance) and <<failures_on_purpose>> (modes).
#
# ### Does it copy?
#
# The opposite suspicion: a generator that has learnt some training pictures by heart would score well on all
# of this. Look for each generated picture's nearest neighbour among the 50,000 training pictures, pixel by
# pixel.


# %%
def flat(images):
    """Pictures (n, 28, 28, 1) as vectors (n, 784) in [-1, 1]."""
    return (data.signed(images) if images.dtype == np.uint8 else images).reshape(len(images), -1)


asked = runtime.pick(smoke=20, quick=500, full=2000)
far, which = metrics.nearest(flat(drawn[:asked]), flat(pictures))  # (asked, 1), (asked, 1)
figure = plots.pairs(
    {"generated": drawn[:16], "nearest training": pictures[which[:16, 0]]},
    title="Each drawing above its nearest neighbour",
)
plots.show(
    figure,
    alt="16 generated garments, each above the training picture that is nearest in pixels: alike, not equal.",
)

# %% [markdown]
# Alike, but is "alike" suspicious? Every shirt is near some other shirt. The fair comparison is how near
# *held-back* pictures, which this generator cannot have copied, come to the training set: how the medians
# compare, and, since a median does not notice if four in ten are copies, how many of the drawings are nearer
# than all but one in twenty of the held-back pictures.

# %%
far_held, _ = metrics.nearest(flat(held[:asked]), flat(pictures))  # (asked, 1)
ratio = np.median(far) / np.median(far_held)
very_near = inference.share(far[:, 0] < np.quantile(far_held, 0.05), of="pictures")
runtime.record("nearest_training_ratio", ratio, samples=asked)
runtime.record("very_near_training", very_near)
print(f"median distance to the nearest training picture: drawn {np.median(far):.2f}, "
      f"held back {np.median(far_held):.2f}, ratio {ratio:.2f}")  # fmt: skip
print(f"nearer than all but 5 % of held-back pictures: {very_near.named()}")

# %% [markdown]
# A share well above 0.05 would be a sign of copies. One thing neither number can tell: pixels that are
# blurred lie nearer to everything. Lesson <<needs_bias_leakage>> asks the question with a sharper
# instrument.
#
# ### Trained as the documents write it
#
# Three of the articles' mistakes need one changed line each. Everything else stays: networks, optimizer,
# batches, and the one seed. (Five seeds of such a network differ by about a tenth, as lesson
# <<failures_on_purpose>> shows; look for larger gaps here.)


# %%
class LossOfItsOwnPixels(gan.GAN):
    """The generator's cross-entropy is taken of the pixels G(z) in place of D(G(z))."""

    def generator_loss(self, fake):
        return ops.mean(ops.softplus(-fake))


class ReversedSigns(gan.GAN):
    """D makes its log-likelihood small, and G makes log D(G(z)) small."""

    def discriminator_loss(self, real, fake):
        loss, scores = super().discriminator_loss(real, fake)
        return -loss, scores

    def generator_loss(self, fake):
        return -super().generator_loss(fake)


class Evaluated(gan.GAN):
    """Losses are evaluated and nothing is done with them: every step has length 0."""

    def compile(self, g_optimizer=None, d_optimizer=None, steps_per_execution=1):
        super().compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), steps_per_execution)


# %% covers="S1 M1"
def short_training(kind):
    """`short_steps` steps of one kind of GAN; returns it, its distance, and D's mean loss."""
    runtime.seed(1)
    one = kind(build_generator(), build_discriminator(), r1_weight=0, seed=1)
    one.compile(g_optimizer=adam(), d_optimizer=adam())
    d_loss = one.fit(batches, steps_per_epoch=short_steps, verbose=0).history["d_loss"][-1]
    return one, jury.frechet(one.generate(n_watch)), d_loss


kinds = {
    "as derived": gan.GAN,
    "own pixels": LossOfItsOwnPixels,
    "reversed signs": ReversedSigns,
    "evaluated": Evaluated,
}
results = {name: short_training(kind) for name, kind in kinds.items()}

# %%
figure = plots.pairs(
    {name: one(latents[:16]) for name, (one, _, _) in results.items()},
    title=f"After {short_steps:,} steps",
)
plots.show(
    figure,
    alt="Four rows: as derived, the first blurred garments; white squares; the same "
    "white blob 16 times; grey noise.",
)
for name, (one, far_off, d_loss) in results.items():
    mean_pixel = one.generate(100).mean()
    print(f"{name:15s} distance {far_off:6.2f}   mean pixel {mean_pixel:+.2f}   D's loss {d_loss:10.3g}")
    runtime.record(f"frechet_{name.replace(' ', '_')}", far_off, judge=jury.version, samples=n_watch)

# %% [markdown]
# How one notices, without reading the code:
#
# - **own pixels**: the mean pixel goes to +1. $-\log\sigma(\text{pixel})$ is smallest for white, whatever D
#   thinks; G's loss falls smoothly, which no GAN's does.
# - **reversed signs**: D's loss runs below zero without end, and all latents give one picture. A
#   cross-entropy cannot be negative.
# - **evaluated**: the losses hover and the picture never changes. Compare a weight before and after.
#
# The cure for all three is the first row: the same networks with the losses you derived.
#
# ## Verdict
#
# Everything is trained and chosen. Now, once, the test pictures.

# %% tags=["final"] covers="U1"
longer = shipped.predict(keras.random.normal((n_score, 64), seed=7), verbose=0)  # (n_score, 28, 28, 1)
final = {
    name: jury.score(images, "test")
    for name, images in (
        ("ten Gaussians, told the labels", ten_gaussians),
        ("this GAN", drawn),
        ("the shipped one, trained longer", longer),
    )
}
score, floor = final["this GAN"], jury.floor(n_score, "test")["frechet"]
for name, one in final.items():
    numbers = ", ".join(f"{key} {one[key]:.2f}" for key in ("frechet", "precision", "recall"))
    print(f"{name:32s} {numbers}")
print(f"{'real pictures':32s} frechet {floor:.2f}")
runtime.record("frechet", score["frechet"], judge=jury.version, samples=n_score)
runtime.record("frechet_floor", floor, judge=jury.version, samples=n_score)
runtime.record("precision", score["precision"], judge=jury.version)
runtime.record("recall", score["recall"], judge=jury.version)

# %% [markdown]
# Take the middle row as it is. After so short a training the GAN, which had to find the kinds out for
# itself, comes near the ten Gaussians that were told them, and has not passed them by this ruler. What it
# has over them is *precision*: a Gaussian smears. What it lacks is recall. The last row is the same
# network with five times the steps. (One seed; three of them stand in lesson <<one_scoreboard>>.) Next to
# what the articles say:

# %%
for name, (_, far_off, _) in results.items():
    print(f"{name:15s} distance {far_off:5.1f} after {short_steps} steps (noise {noise_distance:.1f})")
print(f"its equilibrium: a fresh discriminator finds a JSD of at least {bound} of {np.log(2):.2f} nats")

# %% [markdown]
# - *The objectives as printed* (M1) do not train: with the signs reversed the game has no equilibrium, and a
#   loss of its own pixels has one that is white.
# - *A distance between pictures* is not what D measures. It is a classifier, and at its best it measures a
#   divergence between distributions; you saw both sides of that equation come out equal.
# - *Which of two pictures is more real* is never asked here. A GAN that does ask it is the relativistic one,
#   in lesson <<failures_on_purpose>>.
# - The dense network itself is sound. Mended, it draws garments in about a minute on two CPU cores, leaves
#   some classes short, shows no sign of copying by the two numbers above, and is still told apart from the
#   real thing.
#
# **What is exact:** on one machine without a GPU, the same seed gives the same numbers, digit for digit. On a
# GPU, and between machines, sums are taken in another order; expect the distance to agree within a few per
# cent, and the pictures in kind only.
#
# ## What to read
#
# - Goodfellow et al., *Generative adversarial nets*, NIPS 2014, [1406.2661](https://arxiv.org/abs/1406.2661):
#   sections 3 and 4 are this lesson's mathematics.
# - Arjovsky, Bottou, *Towards principled methods for training generative adversarial networks*, ICLR 2017,
#   [1701.04862](https://arxiv.org/abs/1701.04862): what the two losses of G make small, and why one
#   vanishes.
# - Mescheder, Geiger, Nowozin, *Which training methods for GANs do actually converge?*, ICML 2018,
#   [1801.04406](https://arxiv.org/abs/1801.04406): R1, and why the game needs it.
# - Heusel et al., *GANs trained by a two time-scale update rule*, NIPS 2017,
#   [1706.08500](https://arxiv.org/abs/1706.08500): the Fréchet distance (theirs in Inception features).
# - Kynkäänniemi et al., *Improved precision and recall metric*, NeurIPS 2019,
#   [1904.06991](https://arxiv.org/abs/1904.06991). Bińkowski et al., *Demystifying MMD GANs*, ICLR 2018,
#   [1801.01401](https://arxiv.org/abs/1801.01401); Naeem et al., *Reliable fidelity and diversity
#   metrics*, ICML 2020, [2002.09797](https://arxiv.org/abs/2002.09797): the judge's other numbers.
# - Xiao, Rasul, Vollgraf, *Fashion-MNIST*, [1708.07747](https://arxiv.org/abs/1708.07747): the pictures.
