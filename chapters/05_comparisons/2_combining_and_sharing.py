# %% [markdown]
# # Combining and sharing
#
# **Count what a combination computes before you call it efficient: a shared part saves where two owners would
# both have run it, and nowhere else.**
#
# ## What you will be able to do
#
# - count the multiply-adds of a network and of a training step, and compare models at equal arithmetic;
# - build a VAE-GAN, in which a discriminator decides how alike two pictures are, and say which loss moves
#   which part;
# - share an encoder with a discriminator or a classifier, and measure what that saves and what it costs;
# - recognise two losses that ruin each other's network through the part they share, and keep them apart.
#
# ## Prerequisites
#
# Lessons <<the_adversarial_game>> (the adversarial game, R1, the judge's distance),
# <<convolutions_that_draw>> (a gradient that is stopped), <<from_autoencoder_to_vae>> and
# <<a_space_of_pictures>> (the VAE, and a $\sigma$ that fits itself).

# %%
from course_lib import runtime

runtime.start(lesson="combining_and_sharing", seed=1)

# %%
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_lib import check, data, inference, judge, losses, operations, plots, results, weights
from course_lib.models import combined, gan, vae

# %% tags=["knobs"]
live_seed = 1
steps = runtime.pick(smoke=10, quick=1500, full=20_000)  # of each of the three
naming_steps = runtime.pick(smoke=10, quick=1200, full=6000)  # of each naming network
failure_steps = runtime.pick(smoke=20, quick=400, full=2000)
n_score = runtime.pick(smoke=300, quick=3000, full=10_000)  # pictures in a score
repeats = runtime.pick(smoke=1, quick=15, full=30)  # of every measured pass
amounts = runtime.pick(smoke=[500], quick=[500, 50_000], full=[500, 50_000])  # labelled pictures
few = amounts[0]
variants = runtime.pick(smoke=1, quick=3, full=3)  # trained of those that are compared, at most
angles = runtime.pick(smoke=2, quick=20, full=20)  # batches on which two gradients are compared
naming_weight = 100.0  # nats that a nat of cross-entropy counts

# %% [markdown]
# Two networks that give a picture back from 16 numbers. The VAE of lesson <<a_space_of_pictures>>, made of
# convolutions, was trained to be near in pixels. The other one is made of dense layers, and was trained to be
# near in what a discriminator notices. Their weights ship with the course, and have seen these pictures; you
# will train one like it, for fewer steps. Do not ask yet which is better; look at *how* they err.

# %%
pictures, labels = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8, (50000,)
held_out, unseen_labels = data.load("fashion", "validation")  # (10000, 28, 28, 1)
unseen = data.signed(held_out)  # float32 in [-1, 1]
by_pixels = vae.VAE(vae.conv_encoder(), vae.conv_decoder())
weights.load_into(by_pixels, "conv_vae.weights.h5")
by_likeness = vae.VAE(combined.encoder_on(combined.trunk()), combined.decoder())
weights.load_into(by_likeness, "vae_gan.weights.h5")
rows = {
    "real picture": unseen[:12],
    "VAE": by_pixels(unseen[:12]),
    "VAE-GAN": by_likeness(unseen[:12]),
}
figure = plots.pairs(rows, title="Given back from 16 numbers")
plots.show(
    figure,
    alt="Real garments, soft reconstructions by a VAE, and grainier ones with harder edges by a VAE-GAN.",
)

# %% [markdown]
# ## From the documents
#
# One of the articles proposes to fuse CNN, GAN and VAE, and to share parts of the networks between them,
# which is to save computation and give better pictures (row S9, claim C10). It shows no such model and no
# number. So this lesson builds the three combinations that come to mind first: a VAE with a GAN, an encoder
# that shares layers with the discriminator, and one that shares them with a classifier. Where the article
# says CNN, the parts here are dense, so that a dozen trainings take minutes: what follows is about dense
# networks.
#
# | the articles say | in this lesson |
# |---|---|
# | models are combined into one | a GAN and a VAE as one model, against each of them alone |
# | sharing parts is more efficient | multiply-adds and weights counted, seconds measured side by side |
# | the combination is better | the judge's distance, sharpness, two reconstruction errors; a classifier's accuracy and the VAE's bound |
#
# GAN, VAE and their combination are compared twice: after an equal number of steps, and after equal
# arithmetic.
#
# ## The idea
#
# A VAE's decoder and a GAN's generator are the same kind of network: numbers in, picture out. So let one
# network be both.
#
# ```
#  picture x ─┬─► encoder ──► code z ──┐
#             │                        ├──► decoder ──► made pictures x̂(z), x̂(z') ──┐
#             │       random code z' ──┘                                             │
#             │                                                                      ▼
#             └────────────────────────────────────────────────────────────────► discriminator ──► real or made?
#                                                                                    │
#                                                                                    └──► features: how alike are x and x̂(z)?
# ```
#
# The GAN gains an encoder. The VAE gains another question: in place of *how far apart are the pixels?*, whose
# best answer to a doubt is a blur, *how far apart are the pictures for someone who learns to notice a blur?*
# That is a **learned similarity** (Larsen et al. 2016).
#
# ### What a network costs
#
# "Efficient" needs a unit. A **multiply-add** is one product added to a running sum; nearly all of a
# network's arithmetic is made of them (in FLOPs, count two). A dense layer from $a$ to $b$ numbers has $ab$.
# The three parts of today:

# %%
body = combined.trunk()  # pictures -> features (n, 128)
encoder, decoder = combined.encoder_on(body), combined.decoder()
discriminator = combined.discriminator_on(combined.trunk())
counts = {
    "encoder": operations.count(encoder),
    "decoder": operations.count(decoder),
    "discriminator": operations.count(discriminator),
}
print(counts["encoder"])
for name, count in counts.items():
    print(f"{name:14s} {count.multiply_adds:9,d} multiply-adds, {count.weights:9,d} weights")

# %% [markdown]
# Training costs more than looking. Backwards, a layer needs one product of the same size for the gradient of
# its weights, and one for that of its inputs. With $c$ for the forward pass of one picture:
#
# - a network that only **looks**: $c$;
# - a network that a gradient **passes** on its way to another: $2c$;
# - a network that **learns**: $3c$.
#
# ## The mathematics
#
# Write $\ell(x)$ for the features of a picture $x$: the $n=128$ numbers that the discriminator's last layer
# but two gives. The VAE of lesson <<a_space_of_pictures>> said that $x$ is the decoder's picture $\hat x(z)$
# of a code $z$, plus Gaussian noise. Now that is said of its features:
#
# $$p(\ell(x)\mid z)=\mathcal N\big(\ell(x);\ \ell(\hat x(z)),\ \sigma^2 I\big),$$
#
# with one variance $\sigma^2$ for all of them ($I$ is the unit matrix). The **likeness** loss is minus the
# logarithm of this density, the mean of a batch. With the $\sigma$ that suits the batch best,
# $\sigma^2=\operatorname{mean}\,(\ell(x)-\ell(\hat x(z)))^2$ over pictures and features, it is
#
# $$L_\text{like}=\frac n2\big(\log\sigma^2+\log 2\pi+1\big)\quad\text{nats a picture.}$$
#
# (Larsen et al. keep $\sigma=1$; then features that grow in training would count for more and more.) Four
# losses are to be dealt to three parts: this one; $\operatorname{KL}$, that of the encoder's Gaussian from
# the prior of codes (lesson <<from_autoencoder_to_vae>>); $L_D$, the cross-entropy of the discriminator
# (lesson <<the_adversarial_game>>), which sees real pictures, reconstructions $\hat x(z)$ and pictures
# $\hat x(z')$ of random codes; and $L_G$, the generator's loss on both kinds of made pictures.
#
# | part | makes small | never hears of |
# |---|---|---|
# | encoder | $\operatorname{KL}+L_\text{like}$ | $L_G$: a code must say what the picture is, not please |
# | decoder | $\gamma\,L_\text{like}+L_G$ | KL: it has no code to choose |
# | discriminator | $L_D$ (and R1) | $L_\text{like}$ and $L_G$: it would notice less and less |
#
# $\gamma$ is what a nat of likeness counts for the decoder, in nats of $L_G$. One gradient serves encoder and
# decoder: that of $\gamma(\operatorname{KL}+L_\text{like})+L_G$, if $L_G$ sees codes $z$ that are constants.
# The encoder's gradient is then $\gamma$ times its own, throughout, which Adam does not notice, for it
# divides by a gradient's own size.
#
# This is no bound on $\log p(x)$ any more: the density is one of features, which many pictures have in
# common, and the features move while they are being matched.
#
# ### Exercise: what a step costs
#
# Count one step of the VAE-GAN for one picture $x$, by the rule above. The makers (encoder and decoder) move
# first, then the discriminator:
#
# - the encoder learns from $x$; the decoder learns from three codes: $z$ for the likeness, then $z$ and $z'$
#   for $L_G$;
# - the discriminator looks at $x$ for the wanted features; a gradient passes it from $\hat x(z)$ for the
#   likeness, and from two pictures for $L_G$;
# - then the discriminator learns from three pictures, $x$ and the two of $L_G$, which are constants now.


# %% tags=["exercise"]
def step_operations(encoder, decoder, discriminator):
    """Multiply-adds of one training step for one picture; each argument is those of one forward pass."""
    ...


# %% tags=["solution"]
def step_operations(encoder, decoder, discriminator):
    """Multiply-adds of one training step for one picture; each argument is those of one forward pass."""
    makers = 3 * encoder + 3 * 3 * decoder + (1 + 2 + 2 * 2) * discriminator
    return makers + 3 * 3 * discriminator


# %% tags=["check"]
step_operations = check.step_operations(step_operations)

# %% [markdown]
# Two corrections. Nobody asks for the gradient of a *given* picture, so the first layer of a network that
# learns from one has $2c$ only; here the first layers are most of the network. And R1 (lesson
# <<the_adversarial_game>>) differentiates twice: a pass and its way back, $2c$, and the way back through
# both, $4c$, again without the given picture. A rule is a guess until something checks it: TensorFlow knows
# the products in the graph of a step (lesson <<where_the_seconds_go>> has more on it).

# %%
forward = [count.multiply_adds for count in counts.values()]
c_enc, c_dec, c_dis = forward
first = counts["discriminator"].rows[0].multiply_adds  # the encoder's is as large
c_trunk = operations.count(body).multiply_adds
r1 = 6 * c_dis - first
cost = {
    "VAE": 3 * c_enc - first + 3 * c_dec,
    "GAN": 3 * c_dec + 2 * c_dis + 2 * (3 * c_dis - first) + r1,
    "VAE-GAN": step_operations(*forward) - 4 * first + r1,
}
# Sharing a trunk with the discriminator, below: the encoder's head learns, its trunk only looks.
c_head = c_enc - c_trunk
cost["VAE-GAN, shared trunk"] = cost["VAE-GAN"] - (3 * c_enc - first) + c_trunk + 3 * c_head
together = cost["VAE-GAN"] / (cost["VAE"] + cost["GAN"])
repeated = c_dec + 4 * c_dis  # z is decoded twice; x and x̂(z') are judged twice, x̂(z) three times
thrifty = (cost["VAE-GAN"] - repeated) / (cost["VAE"] + cost["GAN"])


# %%
def in_graph(step, batch=64):
    """Multiply-adds for one picture in TensorFlow's graph of a training step."""
    graph = tf.function(step).get_concrete_function(tf.TensorSpec((batch, 28, 28, 1))).graph
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops / 2 / batch


runtime.record("multiply_adds_a_step", cost, unit="a picture")
runtime.record("operations_vae_gan_over_both", together)
print(f"VAE-GAN over VAE and GAN together: {together:.2f}")
print(f"the same without any forward pass that only repeats an earlier one: {thrifty:.2f}")

# %% [markdown]
# Combining is the opposite of saving, to begin with: in training the VAE-GAN's step costs more than the VAE's
# and the GAN's together, because every made picture is looked at by the discriminator, several times. A step
# that kept the results of passes that are now repeated would still cost more than both (last line).
#
# ### Exercise: the likeness
#
# Write $L_\text{like}$. What is wanted is a *constant*: the features of the real picture say where to go, and
# must not come to meet the others. `wanted` and `made` are `(batch, n)`, and $n$ is the number of features
# given. It runs inside a compiled step: `keras.ops` only, for the constant, too.


# %% tags=["exercise"]
def likeness(wanted, made):
    """Minus the log of the Gaussian around `made`, at `wanted`, (batch, n) each: a scalar in nats a picture."""
    ...


# %% tags=["solution"]
def likeness(wanted, made):
    """Minus the log of the Gaussian around `made`, at `wanted`, (batch, n) each: a scalar in nats a picture."""
    variance = ops.mean(ops.square(ops.stop_gradient(wanted) - made))
    return wanted.shape[-1] / 2 * (ops.log(variance) + np.log(2 * np.pi) + 1)


# %% tags=["check"]
likeness = check.likeness(likeness)

# %% [markdown]
# ## The experiment
#
# The makers' loss, line by line. `combined.VAEGAN` does the rest: Adam for either side, R1, and a moving
# average of encoder and decoder, as the GANs of the course have it.


# %%
class VAEGAN(combined.VAEGAN):
    """Its makers' loss in view; `made` are the pictures that the discriminator then learns from."""

    def makers_loss(self, pictures, noise, random_codes):
        mean, log_var = self.encoder(pictures, training=True)  # (batch, 16) each
        codes = vae.reparameterise(mean, log_var, noise)
        decoded = self.decoder(codes, training=True)  # (batch, 28, 28, 1)
        _, wanted = self.discriminator(pictures, training=True)  # (batch, 128)
        _, found = self.discriminator(decoded, training=True)
        kl, alike = losses.gaussian_kl(mean, log_var), likeness(wanted, found)
        judged = ops.concatenate([ops.stop_gradient(codes), random_codes])
        made = self.decoder(judged, training=True)  # (2 batch, 28, 28, 1)
        logits, _ = self.discriminator(made, training=True)  # (2 batch, 1)
        g_loss = losses.generator_loss(logits)
        loss = self.gamma * (kl + alike) + g_loss
        return loss, {"kl": kl, "likeness": alike, "g_loss": g_loss, "made": made}


# %% [markdown]
# Which loss reaches which part? A gradient answers, before any training. A dash is a gradient that the step
# does not apply.


# %%
def gradient_lengths(model, given):
    """How long the gradient of each loss is, in each part."""
    shape = (len(given), model.latent_size)
    noise, codes = (keras.random.normal(shape, seed=seed) for seed in (1, 2))
    parts = {
        "encoder": model.encoder,
        "decoder": model.decoder,
        "discriminator": model.discriminator,
    }
    with tf.GradientTape(persistent=True) as tape:
        _, terms = model.makers_loss(given, noise, codes)
        constant = ops.stop_gradient(terms["made"])
        terms["d_loss"], _ = model.discriminator_loss(given, constant)
    return {
        name: {
            part: float(
                tf.linalg.global_norm(
                    tape.gradient(terms[name], [v.value for v in network.trainable_variables])
                )
            )
            for part, network in parts.items()
        }
        for name in ("kl", "likeness", "g_loss", "d_loss")
    }


# %%
reached = gradient_lengths(VAEGAN(encoder, decoder, discriminator), unseen[:64])
applied = {
    "encoder": ("kl", "likeness"),
    "decoder": ("likeness", "g_loss"),
    "discriminator": ("d_loss",),
}
print(f"{'':10s}" + "".join(f"{part:>15s}" for part in applied))
for name, found in reached.items():
    said = [
        f"{found[part]:15.3g}" if name in names or not found[part] else f"{'–':>15s}"
        for part, names in applied.items()
    ]
    print(f"{name:10s}" + "".join(said))

# %% [markdown]
# The zeros are the table's "never hears of": $L_G$ does not reach the encoder, because its codes are
# constants; KL has no decoder in it; the discriminator's pictures are constants. The two dashes *would* reach
# the discriminator. They are kept from it by not moving its weights while the makers move. Remember them;
# they come back under "When it goes wrong".
#
# ### Three models, one budget
#
# VAE, GAN and VAE-GAN of the same parts, the same pictures, the same batches. Each is trained as in its own
# lesson: the VAE by Adam with a rate of 0.001, the other two by an Adam of 0.0005 for either side, with R1
# and a moving average of what draws. $\gamma=0.01$ was chosen on pictures held back, never on the test
# pictures; so the VAE-GAN was tuned here, and the other two were not.


# %%
def build(name, seed, kind=None):
    """One of the contestants, untrained; `kind` is the class of a VAE-GAN, `VAEGAN` if none is given."""
    runtime.seed(seed)
    seen, shared = combined.trunk(), "shared" in name
    encoder = combined.encoder_on(seen if shared else combined.trunk(), reads_only=shared)
    decoder, discriminator = combined.decoder(), combined.discriminator_on(seen)
    if name == "VAE":
        model = vae.CalibratedVAE(encoder, decoder, seed=seed)
    elif name == "GAN":
        verdict = keras.Model(discriminator.input, discriminator.output[0])
        model = gan.GAN(decoder, verdict, seed=seed)
    else:
        model = (kind or VAEGAN)(encoder, decoder, discriminator, gamma=0.01, seed=seed)
    model.compile(steps_per_execution=10)
    return model


def train(model, number, seed):
    """`number` steps, rounded to tens; returns milliseconds a step, the first ten left out."""
    batches = data.Batches(pictures, 64, seed=seed)
    model.fit(batches, steps_per_epoch=10, verbose=0)  # TensorFlow compiles
    number = max(round(number / 10), 2) * 10 - 10
    history = model.fit(batches, steps_per_epoch=number, verbose=0).history
    return 1000 * history["seconds"][-1] / number


# %%
for name, products in cost.items():
    graph = in_graph(build(name, live_seed).step)
    runtime.record(f"in_graph_{name}", graph, by_rule=products)
    print(
        f"{name:22s} {products / 1e6:5.2f} million multiply-adds a picture and step, in the graph {graph / 1e6:5.2f}; "
        f"{products / cost['VAE']:.1f} × the VAE's"
    )

# %% [markdown]
# The rule is good to a few per cent; it leaves out biases, losses and Adam.
#
# Four numbers for each. *Distance*: the judge's, between random and real pictures. *Sharpness*: the mean
# absolute difference of neighbouring pixels, as a share of that in real pictures (grain is sharp, too: 1 is
# right, more is not better). *Pixel error*: the root of the mean squared difference between real pictures and
# what is given back, of a range of 2. *Judge error*: the same in the judge's features, as a share of how much
# those vary among real pictures. Lower is better for all but sharpness. Here the real pictures are the
# validation pictures; the study below takes the test pictures.

# %%
jury = judge.load("fashion")
real = runtime.pick(
    smoke=unseen[:300], quick="validation", full="validation"
)  # what drawings are compared with
seen_by_judge = jury.features(unseen[:n_score])  # (n_score, 128)


def sharpness(images):
    """The mean absolute difference of neighbouring pixels."""
    return sum(np.abs(np.diff(images, axis=axis)).mean() for axis in (1, 2))


def measure(model):
    """The four numbers of a trained model; a GAN has two."""
    drawn = model.generate(n_score)
    found = {"distance": jury.frechet(drawn, real), "sharpness": sharpness(drawn) / sharpness(unseen)}
    if hasattr(model, "encoder"):
        back = model.predict(unseen[:n_score], batch_size=500, verbose=0)
        found["pixel error"] = np.sqrt(np.mean((back - unseen[:n_score]) ** 2))
        apart = jury.features(back) - seen_by_judge
        spread = seen_by_judge - seen_by_judge.mean(axis=0)
        found["judge error"] = np.sqrt(np.mean(apart**2) / np.mean(spread**2))
    return {name: float(number) for name, number in found.items()}


# %%
def contest(name, seed):
    """The model trained for `steps` steps, then on to the VAE-GAN's arithmetic; numbers after each."""
    model = build(name, seed)
    milliseconds = train(model, steps, seed)
    found = {"equal steps": measure(model) | {"ms a step": milliseconds}}
    more = steps * (cost["VAE-GAN"] / cost[name] - 1)
    if more:
        train(model, more, seed + 100)
        found["equal operations"] = measure(model)
    return found, model


# %%
contests, trained = {}, {}
for name in ("VAE", "GAN"):
    contests[name], trained[name] = contest(name, live_seed)

# %% covers="S9"
contests["VAE-GAN"], trained["VAE-GAN"] = contest("VAE-GAN", live_seed)
columns = ("distance", "sharpness", "pixel error", "judge error", "ms a step")
print(f"{'':28s}" + "".join(f"{column:>12s}" for column in columns))
for name, found in contests.items():
    for budget, numbers in found.items():
        said = [f"{numbers[c]:12.3g}" if c in numbers else " " * 12 for c in columns]
        print(f"{name + ', ' + budget:28s}" + "".join(said))

# %%
rows = {"real picture": unseen[:12]}
rows |= {f"{name}, back": trained[name].predict(unseen[:12], verbose=0) for name in ("VAE", "VAE-GAN")}
rows |= {f"{name}, new": model.generate(12, seed=3) for name, model in trained.items()}
figure = plots.pairs(rows, title="Three models after equal arithmetic, seed 1")
plots.show(
    figure,
    alt="Real garments, reconstructions by the VAE (smooth) and the VAE-GAN (grainier), and random "
    "pictures of VAE, GAN and VAE-GAN.",
)

# %% [markdown]
# One seed is an anecdote. `python benchmarks/combining_seeds.py` runs these functions, and those below,
# with five seeds in the profile quick, on one core, and judges them by the test pictures. Seed 1 above ends
# near its numbers there, not in them: other pictures judge, and more cores add up in another order.
# Intervals are those of lesson <<one_scoreboard>>'s one rule: Student's $t$ for a mean, Welch's for a
# difference, Holm's correction within a table.

# %%
seeds = results.study("combining")["seeds"]


def tell(key, places, comparisons, width=34):
    """Prints and records a table {row: {column: where it stands}}, and says which rows differ.

    comparisons: (a row, another row, a column), judged together.
    """
    runs = {
        row: {c: [find(one) for one in seeds] for c, find in finds.items()} for row, finds in places.items()
    }
    table = {row: {c: inference.mean(values) for c, values in found.items()} for row, found in runs.items()}
    for row, found in table.items():
        print(f"{row:{width}s}" + "   ".join(f"{c} {mean}" for c, mean in found.items()))
    runtime.record(key, table, judge=jury.version)
    found = {
        f"{column}: {one} − {other}": inference.difference(
            runs[one][column], runs[other][column], paired=False
        )
        for one, other, column in comparisons
    }
    for said, difference in inference.holm(found).items():
        print(f"{said:{width + 26}s} {difference.said()}")


# %% covers="C10"
wanted = {"VAE": ("equal steps", "equal operations"), "GAN": ("equal steps", "equal operations")}
wanted["VAE-GAN"] = ("equal steps",)
places = {
    f"{name}, {budget}": {
        column: lambda one, n=name, b=budget, c=column: one["contest"][n][b][c]
        for column in columns[: 2 if name == "GAN" else 4]
    }
    for name, budgets in wanted.items()
    for budget in budgets
}
ours = "VAE-GAN, equal steps"
errors = [(ours, f"VAE, {b}", c) for b in wanted["VAE"] for c in ("pixel error", "judge error")]
far = [(ours, f"{name}, {budget}", "distance") for name in ("VAE", "GAN") for budget in wanted[name]]
tell("contest", places, [*far, *errors])

# %% [markdown]
# Read it by columns.
#
# - **Distance.** After equal steps the VAE-GAN draws far nearer to real pictures than the VAE, and a little
#   less near than the GAN. But its step is the dearest. Give the same arithmetic to the others, and the VAE
#   has caught up (nothing is decided any more), and the GAN is well ahead: the encoder and the comparison of
#   features are paid for with steps, and random pictures get nothing for them.
# - **Sharpness.** The VAE stays soft, after more steps as well; the GAN is as sharp as real pictures, the
#   VAE-GAN a little sharper. In the picture above you see what the number cannot tell: much of it is grain.
# - **Both errors.** Pictures come back worse from the VAE-GAN: in pixels, as you would expect of a model that
#   was not asked for pixels, and also in the features of the judge, which neither of them was trained for. So
#   what this discriminator finds alike is not what another network finds alike.
#
# The errors in the judge's eyes go against the idea, and their limits belong to them: these networks are
# small and dense, the training is short, and the discriminator's eye is trained on nothing but these made
# pictures, whose grain gives them away. Larsen's convolutional networks were trained for far longer, and on
# faces.
#
# Multiply-adds of training are one bill. Two others: weights, for one decoder serves as two; and the clock.
# For a fair clock the models take turns, forty steps each, so that whatever else the machine does meets all
# of them. (A median of turns, between two of them.)


# %%
def steps_side_by_side(models, seed, turns):
    """Seconds of `turns` times forty more training steps of each model, in turn: an array each."""
    batches = data.Batches(pictures, 64, seed=seed)
    taken = [[] for _ in models]
    for turn in range(turns + 1):
        for model, seconds in zip(models, taken, strict=True):
            history = model.fit(batches, steps_per_epoch=40, verbose=0).history
            seconds += history["seconds"] if turn else []  # the first turn warms up
    return [np.array(seconds) for seconds in taken]


one, two, both = steps_side_by_side(trained.values(), live_seed, min(repeats, 9))
in_seconds = inference.median(both / (one + two))
w_enc, w_dec, w_dis = (count.weights for count in counts.values())
in_weights = (w_enc + w_dec + w_dis) / (w_enc + 2 * w_dec + w_dis)
runtime.record("seconds_vae_gan_over_both", in_seconds)
runtime.record("weights_vae_gan_over_both", in_weights)
print(f"VAE-GAN over VAE and GAN together: {together:.2f} × the operations of a training step, "
      f"{in_seconds.named()} × the seconds, {in_weights:.2f} × the weights")  # fmt: skip

# %% [markdown]
# So in training the combination is dearer by the count, and by the clock no bargain that these turns could
# show; to store it is cheaper.
#
# ### Sharing with the discriminator
#
# Encoder and discriminator both look at pictures, and both begin with a trunk of the same shape. Let them
# have one: the discriminator trains it, the encoder reads its features through a stopped gradient and keeps
# two small layers of its own. What is saved was counted above: the encoder's trunk need not learn. (It
# looks at $x$ once for the encoder and once for the discriminator; a step that kept the result would save
# that, too.)

# %%
share = cost["VAE-GAN, shared trunk"] / cost["VAE-GAN"]
kept = counts["encoder"].weights - operations.count(body).weights
print(f"a step: {share:.3f} of the operations of separate trunks")
print(f"the encoder's own weights: {kept:,} in place of {counts['encoder'].weights:,}")
print(f"a picture to its code, when trained: {c_enc:,} multiply-adds, shared or not")
runtime.record("operations_shared_over_separate", share)


# %%
def share_with_discriminator(seed):
    """The VAE-GAN with one trunk, trained to the arithmetic of the one with two; its numbers, and it."""
    name = "VAE-GAN, shared trunk"
    model = build(name, seed)
    milliseconds = train(model, steps * cost["VAE-GAN"] / cost[name], seed)
    return measure(model) | {"ms a step": milliseconds}, model


live, with_one_trunk = share_with_discriminator(live_seed)
separate = contests["VAE-GAN"]["equal steps"]
for column in columns:
    print(f"{column:12s} shared {live[column]:8.3g}   separate {separate[column]:8.3g}")

# %% covers="C10"
sharing = {
    kind: {
        column: lambda one, k=kind, c=column: (
            one["shared trunk"][c] if k == "one trunk" else one["contest"]["VAE-GAN"]["equal steps"][c]
        )
        for column in columns[:4]
    }
    for kind in ("one trunk", "two trunks")
}
tell("shared_with_discriminator", sharing, [("one trunk", "two trunks", c) for c in columns[:4]], width=12)

# %%
models = with_one_trunk, trained["VAE-GAN"]
one, two = steps_side_by_side(models, live_seed, min(repeats, 9))
step_ratio = inference.median(one / two)
print(f"one trunk over two: {step_ratio.named()} × the seconds")
runtime.record("seconds_one_trunk_over_two", step_ratio)

# %% [markdown]
# One trunk fewer to store, and a step that is cheaper by the few percent that the count promised; where the
# clock says more, there are also fewer weights for Adam and the moving average to go through, which the
# count leaves out. The saving is small because the encoder's share of a step is small: the discriminator
# works on every picture several times. And once the model is trained, the head of the discriminator is
# thrown away; who wants a code runs the whole trunk, as before.
#
# In return the encoder has to read what the discriminator found worth noticing, which is not what a code
# needs. With the arithmetic made equal, what is decided between the two is on the side of two trunks.
#
# ### Sharing with a classifier
#
# A classifier looks at pictures, too. A trunk with a head for the code and a head for the name: the VAE
# learns from all pictures, the names come with 500 of them, or with all 50,000. The loss is the VAE's (lesson
# <<a_space_of_pictures>>) on a batch of 64 pictures plus the cross-entropy of 64 labelled ones, drawn by
# themselves, times 100 (chosen on validation pictures).


# %%
class CodeAndName(vae.CalibratedVAE):
    """A VAE, and a network that names garments; whether they have a trunk in common is up to the networks."""

    log_names = ("loss", "reconstruction", "kl", "naming")

    def __init__(self, encoder, decoder, namer, known, **settings):
        super().__init__(encoder, decoder, **settings)
        self.namer, self.known = namer, known  # known: pictures and labels

    def trained(self):
        networks = (self.encoder, self.decoder, self.namer)
        every = [v for network in networks for v in network.trainable_variables]
        return list({id(v): v for v in every}.values())  # a shared one once

    def compile(self, **settings):
        adam = {"optimizer": keras.optimizers.Adam(1e-3)}
        self.compile_optimizers(adam, {"optimizer": self.trained()}, **settings)

    def naming(self, chance):
        """The cross-entropy of labelled pictures drawn by `chance`, (batch,) in [0, 1)."""
        chosen = ops.cast(chance * len(self.known[1]), "int32")
        given, names = (ops.take(part, chosen, axis=0) for part in self.known)
        given = ops.cast(given, "float32") / 127.5 - 1  # (batch, 28, 28, 1)
        logits = self.namer(given, training=True)  # (batch, 10)
        each = keras.losses.sparse_categorical_crossentropy(names, logits, from_logits=True)
        return ops.mean(each)


# %%
class TwoTasks(CodeAndName):
    """Its training step: one gradient of the bound and the names together."""

    def step(self, batch):
        noise = self.noise((ops.shape(batch)[0], self.latent_size))
        chance = self.uniform_noise((64,))

        def loss():
            reconstruction, kl = self.terms(batch, noise, training=True)
            naming = self.naming(chance)
            logs = {"reconstruction": reconstruction, "kl": kl, "naming": naming}
            return reconstruction + kl + naming_weight * naming, logs

        value, logs = self.minimize(loss, self.optimizer.named["optimizer"], self.trained())
        return {"loss": value, **logs}


# %% [markdown]
# Three arrangements. *Shared*: one trunk. *Separate*: two of the same width. *Separate, narrow*: two of half
# the operations each, so that a picture's code *and* name cost as much as with the shared one, in use. In
# training nothing is shared but weights: code and name learn from different pictures, so the one trunk is run
# for 128 of them, as two are, and the narrow ones cost half of that.


# %%
WIDTHS = {"shared": (256, 128), "separate": (256, 128), "separate, narrow": (136, 96)}


def namer_on(body):
    """Pictures to the logits of ten names, on a trunk."""
    x = layers.LeakyReLU(0.2)(layers.Dense(64)(body.output))
    return keras.Model(body.input, layers.Dense(10)(x), name="namer")


def two_tasks(kind, number, seed):
    """The model, untrained, with `number` labelled pictures; and the network from a picture to code and name."""
    runtime.seed(seed)
    body = combined.trunk(widths=WIDTHS[kind])
    other = body if kind == "shared" else combined.trunk(widths=WIDTHS[kind])
    encoder, namer = combined.encoder_on(body), namer_on(other)
    known = pictures[:number], labels[:number].astype("int32")
    model = TwoTasks(encoder, combined.decoder(), namer, known, seed=seed)
    names = namer.output if kind == "shared" else namer(encoder.input)
    return model, keras.Model(encoder.input, [*encoder.output, names])


# %%
at_use = {kind: two_tasks(kind, few, live_seed)[1] for kind in WIDTHS}
for kind, network in at_use.items():
    count = operations.count(network)
    print(
        f"{kind:18s} {count.multiply_adds:9,d} multiply-adds for code and name, {count.weights:9,d} weights"
    )
    runtime.record(f"code_and_name_{kind}", count.multiply_adds)


def side_by_side(networks, given):
    """Seconds of `repeats` passes of each network, in turn; the first pass, which compiles, left out."""
    run = {name: tf.function(network) for name, network in networks.items()}
    taken = {name: [] for name in run}
    for turn in range(repeats + 1):
        for name, call in run.items():
            began = time.perf_counter()
            call(given)[0].numpy()
            taken[name] += [time.perf_counter() - began] if turn else []
    return {name: np.array(seconds) for name, seconds in taken.items()}


# %%
taken = side_by_side(at_use, tf.constant(unseen[:2000]))
by_count = operations.count(at_use["separate"]).multiply_adds
by_count /= operations.count(at_use["shared"]).multiply_adds
middle = inference.median(taken["separate"] / taken["shared"])
print(f"separate over shared: {by_count:.2f} × the operations, {middle.named()} × the seconds")
runtime.record("seconds_separate_over_shared", middle)
runtime.record("operations_separate_over_shared", by_count)


# %%
def name_and_draw(kind, number, seed):
    """Trains one arrangement; returns its numbers on `unseen` pictures, and the model."""
    model, _ = two_tasks(kind, number, seed)
    model.compile(steps_per_execution=10)
    milliseconds = train(model, naming_steps, seed)
    logits = model.namer.predict(unseen, batch_size=1000, verbose=0)  # (10000, 10)
    noise = np.random.default_rng(0).standard_normal((n_score, model.latent_size))
    bound = -sum(map(float, model.terms(unseen[:n_score], noise.astype("float32"))))
    return {
        "accuracy": float(np.mean(logits.argmax(axis=1) == unseen_labels)),
        "bound": bound,
        "distance": jury.frechet(model.generate(n_score), real),
        "ms a step": milliseconds,
    }, model


# %%
named, both = {}, None
for number in amounts:
    for kind in list(WIDTHS)[:variants]:
        named[f"{kind}, {number}"], model = name_and_draw(kind, number, live_seed)
        both = model if (kind, number) == ("shared", few) else both
        found = named[f"{kind}, {number}"]
        print(f"{number:6,d} labels, {kind:17s}" + "".join(f"  {k} {v:8.4g}" for k, v in found.items()))

# %% [markdown]
# With all seeds, on the test pictures (accuracy is a share of 10,000, the bound is in nats a picture, more
# is better for both). The bound takes the $\sigma$ that suits the pictures at hand best, which flatters
# every row a little. The VAE of *separate* never hears of names, so its bound and distance are the same
# with 500 labels and with 50,000.

# %% covers="C10"
places = {
    f"{number:,} labels, {kind}": {
        column: lambda one, k=f"{kind}, {number}", c=column: one["naming"][k][c]
        for column in ("accuracy", "bound", "distance")
    }
    for number in (few, len(pictures))
    for kind in WIDTHS
}
for number in (few, len(pictures)):
    rows = {kind: f"{number:,} labels, {kind}" for kind in WIDTHS}
    pairs = [(rows["shared"], rows[other]) for other in ("separate", "separate, narrow")]
    compared = [(*pair, column) for column in ("accuracy", "bound") for pair in pairs]
    some = {row: place for row, place in places.items() if row in rows.values()}
    tell(f"shared_with_classifier_{number}", some, [*compared, (*pairs[0], "distance")])

# %% [markdown]
# Here two owners would both run their trunks on the same picture, and sharing saves nearly half of the
# arithmetic at use, and not much less of the seconds. (In training, says the count, there is nothing to save
# but Adam's work.) Is the result better?
#
# - *The names.* With 500 labels the shared trunk names fewer rightly, by less than one in a hundred: than a
#   network of its own, which takes twice the operations, and than two narrow trunks, which are as cheap in
#   use. With all labels nothing is decided, which is not "as good": the line says what so many seeds could
#   have seen.
# - *The bound.* Here the VAE gains against two narrow trunks, with few labels and with all. Against a trunk
#   of its own of the same width neither is decided.
# - *The random pictures* are farther with a shared trunk than with the VAE's own of the same width.
#
# ### Exercise: do two tasks agree?
#
# In a shared trunk two gradients meet. If they point the same way, a step for one helps the other; if they
# oppose each other, each undoes some of the other's work. The cosine of the angle between them tells: 1 for
# the same way, 0 for a right angle, −1 for opposite ways. Each gradient is a list of NumPy arrays of several
# shapes: join them first, all their numbers in one row.


# %% tags=["exercise"]
def agreement(first, second):
    """The cosine between two gradients, each a list of arrays, one a weight: a number from -1 to 1."""
    ...


# %% tags=["solution"]
def agreement(first, second):
    """The cosine between two gradients, each a list of arrays, one a weight: a number from -1 to 1."""
    one, other = (np.concatenate([np.ravel(part) for part in parts]) for parts in (first, second))
    return one @ other / (np.linalg.norm(one) * np.linalg.norm(other))


# %% tags=["check"]
agreement = check.agreement(agreement)


# %%
def chances_of(turn, latent_size):
    """Noise (64, latent_size) for codes and chances (64,) for labelled pictures, independent of each other."""
    rng = np.random.default_rng(turn)
    return rng.standard_normal((64, latent_size)).astype("float32"), rng.random(64).astype("float32")


def agreements(model, turns=angles):
    """The cosine of the two losses' gradients (VAE's, names') in the trunk, on `turns` batches."""
    trunk_weights = [v.value for v in model.encoder.trainable_variables[:4]]  # two layers
    found = []
    for turn in range(turns):
        given = data.signed(pictures[10_000 + 64 * turn : 10_064 + 64 * turn])
        noise, chances = chances_of(turn, model.latent_size)
        with tf.GradientTape(persistent=True) as tape:
            minus_bound = sum(model.terms(given, noise, training=True))
            naming = model.naming(chances)
        gradients = [tape.gradient(loss, trunk_weights) for loss in (minus_bound, naming)]
        found.append(agreement(*[[g.numpy() for g in parts] for parts in gradients]))
    return np.array(found)


untrained, _ = two_tasks("shared", few, live_seed)
for name, model in (("untrained", untrained), ("trained with 500 labels", both)):
    found = agreements(model)
    cosine, opposed = inference.mean(found, of="batches"), inference.share(found < 0, of="batches")
    print(f"{name:24s} cosine {cosine.named()}; below 0 in a share of {opposed.named()}")
    runtime.record(f"agreement_{name.replace(' ', '_')}", cosine)
chance = operations.count(combined.trunk()).weights ** -0.5
print(f"two directions drawn at random: about {chance:.3f} on either side of 0")

# %% [markdown]
# Before training the two tasks agree a little: the cosine is far from 1, but far above what chance gives
# among so many weights. After training less is left of it; partly for a dull reason: a late gradient is
# largely the noise of its own 64 pictures, and noise makes any cosine smaller. So the names do not get in
# the way of the bound, and help it little, one step at a time. A cosine near 1 would mean that one task
# teaches the other; far below 0, that they had better keep trunks of their own.
#
# ## When it goes wrong
#
# The shared trunk above belongs to the discriminator: the makers' move leaves it alone. That line is soon
# forgotten, because nothing looks wrong without it. The encoder's list of weights contains the trunk; whoever
# trains "encoder and decoder" trains the trunk as well, and the two dashes of the table of gradients are no
# dashes any more. The stopped gradient in the encoder does not help: it closes one door, and likeness and
# $L_G$ come in by the other, through the discriminator that compares the pictures and judges them.
#
# *Feature spread*, which is measured here besides, says how much the features differ between real pictures,
# as a share of their size.


# %%
class Muddled(VAEGAN):
    """The makers move all weights of encoder and decoder, the shared trunk among them."""

    def moved(self):
        both = [*self.encoder.trainable_variables, *self.decoder.trainable_variables]
        return list({id(v): v for v in both}.values())


def feature_spread(model):
    """How much features differ between real pictures, as a share of their size: 0 if they are constant."""
    _, features = model.discriminator.predict(unseen[:2000], verbose=0)
    return float(np.sqrt(features.var(axis=0).mean() / np.square(features).mean()))


def watch(kind, seed):
    """A short training; returns the likeness along the way, numbers at the end, and the model."""
    model = build("VAE-GAN, shared trunk", seed, kind)
    batches = data.Batches(pictures, 64, seed=seed)
    history = model.fit(batches, epochs=10, steps_per_epoch=failure_steps // 10, verbose=0).history
    return history["likeness"], measure(model) | {"feature spread": feature_spread(model)}, model


# %%
kinds = {"trunk left alone": VAEGAN, "trunk moved too": Muddled}
watched = {name: watch(kinds[name], live_seed) for name in list(kinds)[-variants:]}
done = failure_steps // 10 * np.arange(1, 11)
lines = {name: (done, np.array(line)) for name, (line, _, _) in watched.items()}
figure = plots.curves(
    lines,
    xlabel="training step",
    ylabel="likeness loss (nats a picture)",
    title="What the likeness loss says of two trainings",
)
plots.show(
    figure,
    alt="Two curves over the steps. Where the trunk is left alone the likeness loss falls; where it is moved "
    "too, the loss is lower for most of the training, then rises and ends above.",
)

# %%
for name, (line, numbers, _) in watched.items():
    print(f"{name:18s} likeness {line[-1]:8.1f}" + "".join(f"   {k} {v:.3g}" for k, v in numbers.items()))
    runtime.record(f"watched_{name}", numbers | {"likeness": line[-1]}, steps=failure_steps)
rows = {"real picture": unseen[:12]}
rows |= {name: model.predict(unseen[:12], verbose=0) for name, (*_, model) in watched.items()}
figure = plots.pairs(rows, title=f"Given back after {failure_steps:,} steps")
plots.show(
    figure,
    alt="Real garments, reconstructions that resemble them where the trunk is left alone, and ruined "
    "ones, scattered white dots, where the makers moved the trunk.",
)
# %%
watching = {
    name: {
        c: lambda one, n=name, c=c: one["watched"][n][c] for c in ("likeness", "feature spread", "distance")
    }
    for name in kinds
}
tell(
    "watched",
    watching,
    [(*list(kinds)[::-1], c) for c in ("likeness", "feature spread", "distance")],
    width=18,
)

# %% [markdown]
# For most of the training the muddled model has the lower loss, and at its end its pictures
# are ruined. Short ways stood open to both of the makers' losses. The likeness is small where the trunk's
# features tell pictures less apart, for then every reconstruction is alike: the feature spread shows that.
# And $L_G$ is small where the trunk cannot tell made pictures from real ones. Neither asks anything of the
# decoder. Distance, both errors and the pictures show the damage; the curve tells you last, for the
# discriminator's own loss, which moves the same trunk, pulls the other way. A loss that is measured in
# features under training is a ruler of rubber.
#
# The cure is to make constants of what a loss must not move. In `combined.VAEGAN` one line does it, which
# takes the discriminator's weights out of the makers' list; that is a stopped gradient for weights. And how
# do you notice? Measure what is being compared with (the spread of the features), and judge by a ruler that
# training cannot touch.
#
# ## Verdict

# %%
print(f"a step of the VAE-GAN: {together:.2f} × the operations of a VAE's and a GAN's together, "
      f"{in_seconds.value:.2f} × the seconds; {in_weights:.2f} × the weights")  # fmt: skip
print(
    f"trunk shared with the discriminator: {share:.2f} × the operations of a step, {step_ratio.value:.2f} × the seconds"
)
print(
    f"trunk shared with a classifier, in use: {1 / by_count:.2f} × the operations, {1 / middle.value:.2f} × the seconds"
)
print("what is decided, and what is not, stands below each table of the seeds")

# %% [markdown]
# - *Combining models is efficient* (C10): in training no. A step of the combination takes more arithmetic
#   than those of its parts together, and its seconds show no saving. To store it is cheaper, for one
#   decoder serves as two. What one gets is one model that gives pictures back *and* draws sharp (and
#   grainy) ones from the same codes.
# - *It is better*: not at equal arithmetic, not here. The GAN draws nearer to real pictures and the VAE
#   gives them back more faithfully, also in the judge's eyes. In the distance from real pictures, the
#   VAE-GAN is ahead of the VAE after equal steps, and not to be told from it after equal arithmetic: ask
#   which of the two somebody counted.
# - *Sharing saves computation*: where two owners would run the same layers on the same picture, nearly in
#   proportion (code and name, in use); where one owner dominates, or leaves after training, little (encoder
#   and discriminator); where they learn from different pictures, nothing (code and name, in training).
# - *Sharing makes better results*: nowhere for both owners. With the discriminator all that is decided is a
#   loss. With the classifier the bound gains on narrow trunks of the same cost; with few labels the names
#   lose a little, and random pictures lose against a trunk of the VAE's own.
# - *Row S9* names such models without building one. You have built three, and one that looks right and is
#   ruined.
#
# All of this holds for small dense networks, short trainings and garments. What carries over is the bill:
# count what each part computes, for whom, and how often, before you merge two boxes.

# ## What to read
#
# - Larsen, Sønderby, Larochelle, Winther, *Autoencoding beyond pixels using a learned similarity metric*,
#   ICML 2016, [1512.09300](https://arxiv.org/abs/1512.09300): the VAE-GAN. Algorithm 1 says which loss goes
#   to which part.
# - Rybkin, Daniilidis, Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021,
#   [2006.13202](https://arxiv.org/abs/2006.13202): the $\sigma$ that fits itself, used here for features.
# - Kingma, Rezende, Mohamed, Welling, *Semi-supervised learning with deep generative models*, NIPS 2014,
#   [1406.5298](https://arxiv.org/abs/1406.5298): codes for a classifier with few labels, and a model in which
#   the name is part of the code.
# - Yu, Kumar, Gupta, Levine, Hausman, Finn, *Gradient surgery for multi-task learning*, NeurIPS 2020,
#   [2001.06782](https://arxiv.org/abs/2001.06782): what to do where gradients of two tasks oppose each other.
# - Caruana, *Multitask learning*, Machine Learning 28, 1997: when a second task helps the first.
