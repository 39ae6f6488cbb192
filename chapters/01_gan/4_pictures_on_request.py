# %% [markdown]
# # Pictures on request
#
# **A few hundred pictures, a generator that takes orders, and a way to tell painting from copying.**
#
# ## What you will be able to do
#
# - train a GAN that draws whom you ask for, and measure how often you get what you asked for;
# - train on hundreds of pictures where others need thousands, by changing what the discriminator sees;
# - walk from one face to another, and save the walk as a film;
# - put in a folder of your own, and get PNG files and a GIF out;
# - find out whether a generator paints or copies.
#
# ## Prerequisites
#
# Lessons <<the_adversarial_game>> and <<convolutions_that_draw>>: the two losses, R1, the moving average.
# From <<failures_on_purpose>> you know why the slope of D matters.

# %%
from course_lib import runtime

runtime.start(lesson="pictures_on_request", seed=1)

# %%
import keras
import numpy as np
from keras import layers, ops
from PIL import Image

from course_lib import augment, callbacks, check, data, inference, metrics, plots, results, weights
from course_lib.data import bundled
from course_lib.models import gan

# %% tags=["knobs"]
people_steps = runtime.pick(smoke=12, quick=2040, full=30_000)  # of the GAN that takes orders
film_frames = runtime.pick(smoke=2, quick=12, full=30)  # how often its samples are kept
article_steps = runtime.pick(smoke=1, quick=250, full=3000)  # of the article's, by each optimizer
examiner_steps = runtime.pick(smoke=2, quick=400, full=1000)  # of the one who checks the orders
few_steps = runtime.pick(smoke=2, quick=800, full=3000)  # of the GAN that is made to copy
study_steps = runtime.pick(smoke=2, quick=1200, full=3000)  # of the GANs in the study of copying
folder_steps = runtime.pick(smoke=2, quick=800, full=10_000)  # of the GAN on your own folder
per_call = runtime.pick(smoke=1, quick=10, full=50)  # steps in one call of the compiled function
my_folder = None  # the path of a folder with your own pictures, for example "~/Pictures/cats"

# %% [markdown]
# What comes out at the end. The generator below was asked for a woman and for a man, as a face and at a job,
# in six skin tones, with one latent for each tone. Its weights ship with the course: it was trained on all
# the emoji people but those kept for tests.

# %%
TONES, GENDERS, KINDS = (data.LABELS["people"][name] for name in ("tone", "gender", "kind"))


def order(tone, gender, kind):
    """Labels (1, 14) of what is asked for: order("dark", "woman", "face")."""
    places = {
        "tone": [TONES.index(tone)],
        "gender": [GENDERS.index(gender)],
        "kind": [KINDS.index(kind)],
    }
    return data.one_hot("people", places)


# Latents (n, 64) and labels (n, 14) to pictures (n, 64, 64, 3).
painter = gan.conditional_generator(label_size=14)
weights.load_into(painter, "people_gan.weights.h5")

# %%
latents = np.random.default_rng(3).standard_normal((6, 64)).astype("float32")  # one for each tone
rows = {}
for gender, kind in (("woman", "face"), ("man", "face"), ("woman", "job"), ("man", "job")):
    asked = np.concatenate([order(tone, gender, kind) for tone in TONES])  # (6, 14)
    rows[f"{gender}, {kind}"] = painter.predict([latents, asked], verbose=0)  # (6, 64, 64, 3)
figure = plots.pairs(rows, captions=["none: yellow", *TONES[1:]], title="Painted to order")
plots.show(
    figure,
    alt="Four rows of six painted emoji people, from yellow through five skin tones: faces of women and of "
    "men, then half-length figures, whose clothes are partly smeared. Hair changes along a row, too.",
)

# %% [markdown]
# ## From the documents
#
# One article makes art with a GAN (row S5): the learner's own pictures go in, a picture of 64×64 comes out.
# As printed, it cannot run, and mended where it stops it still cannot learn:
#
# | the article | in this lesson |
# |---|---|
# | the last dense layer has 64·3·3 outputs, reshaped to 64×3×3 | how many are needed |
# | BatchNorm in both networks, and batches of one picture | what that generator draws |
# | G is trained on noise without a target, never through D | two losses, as in lesson <<the_adversarial_game>> |
# | SGD with clipped gradients, in prose only | compiled, trained, and measured against Adam |
# | text: convolutions and a sigmoid; code: dense layers and tanh | what dense layers do with people |
# | the result is saved to a file | PNG files and a film, from your own folder too |

# %% [markdown]
# ## The idea
#
# Give both players the **order**. The generator gets latents *and* labels, and the discriminator gets a
# picture *and* the labels that it was ordered with. A perfect picture of the wrong person then gives a bad
# score, so it pays for G to listen.
#
# ```
#  z (64) ──┐                                        picture (64×64×3) ──► convolutions ──► h ──┐
#           ├─► dense ─► 4×4 ─► … ─► 64×64×3                                                    ├─► logit
#  y (14) ──┘                                        y (14) ──────────────────► yE ─────────────┘
# ```
#
# $y$ holds ones for what is asked: one for a tone (6), one for a gender (3), one for a kind of picture (5).

# %%
people, people_labels = data.load("people", "train", size=32)  # (678, 32, 32, 3) uint8
y = data.one_hot("people", people_labels)  # (678, 14) float32
print(
    y[0].astype(int),
    [data.LABELS["people"][name][people_labels[name][0]] for name in people_labels],
)

# %% [markdown]
# ## The mathematics
#
# ### What should the discriminator say?
#
# From lesson <<the_adversarial_game>>: the best discriminator's logit is $\log\frac{p(x)}{q(x)}$, with $p$
# the density of real pictures and $q$ that of drawn ones. With labels it sees pairs, and the best logit for a
# pair splits into two questions:
#
# $$\log\frac{p(x,y)}{q(x,y)}=\underbrace{\log\frac{p(x)}{q(x)}}_{\text{does it look real?}}+
# \underbrace{\log\frac{p(y\mid x)}{q(y\mid x)}}_{\text{does it fit the order?}}$$
#
# The **projection discriminator** (Miyato and Koyama 2018) has one term for each. Convolutions turn the
# picture into features $h$, $f$ numbers. The first term is a dense layer, $w\cdot h+b$. The second is an
# inner product of the features with a vector that belongs to the order: $(yE)\cdot h$, where row $j$ of the
# learned matrix $E$ says which features speak for label $j$.
#
# ## Exercise: two questions, one logit
#
# `features` is `(n, f)`, `labels` `(n, k)`, `weight` `(f,)`, `bias` a number, `embedding` `(k, f)`, all but
# the bias tensors. Return the logits, `(n,)` and not `(n, 1)`: picture $i$ with order $i$.


# %% tags=["exercise"]
def projection_logits(features, labels, weight, bias, embedding):
    """One logit for each picture and its order."""
    ...


# %% tags=["solution"]
def projection_logits(features, labels, weight, bias, embedding):
    """One logit for each picture and its order."""
    return ops.sum(features * (weight + labels @ embedding), axis=1) + bias


# %% tags=["check"]
projection_logits = check.projection_logits(projection_logits)

# %% [markdown]
# ### Few pictures
#
# With a few hundred pictures, D can learn each of them by heart, and then every drawn picture is wrong,
# however good it is. The cure (Zhao et al. 2020): D never sees a picture as it is. Whatever comes in, *real
# or drawn*, goes through a random change $T$ first. Both losses of lesson <<the_adversarial_game>> keep their
# form,
#
# $$L_D=-\mathbb E\log D(T(x),y)-\mathbb E\log\bigl(1-D(T(G(z,y)),y)\bigr),\qquad L_G=-\mathbb E\log D(T(G(z,y)),y),$$
#
# and $T$ must let the gradient pass, for G learns through it. Two changes are used here: a shift by up to an
# eighth of the side, and a grey square over a part of the picture.

# %%
some = data.signed(people[[0, 100, 250, 400, 500, 550, 600, 650]])  # (8, 32, 32, 3) in [-1, 1]
rng = np.random.default_rng(1)
rows = {"as it is": some}
for number in range(2):
    moved = augment.translate(some, rng.uniform(size=(8, 2)).astype("float32"))
    rows[f"seen by D, {number + 1}"] = augment.cut_out(moved, rng.uniform(size=(8, 2)).astype("float32"))
figure = plots.pairs(rows, title="What the discriminator sees")
plots.show(
    figure,
    alt="Eight emoji people; below, twice, the same people shifted, each with a grey square over a part.",
)

# %% [markdown]
# Why does G not draw grey squares? Because G's own pictures get a square on top. A drawn square under the
# real one would make *two*, which no real picture has. Whatever G does, it is best off when $G(z,y)$ itself
# looks like $x$. That holds as long as the change can be undone on average; a change that always paints
# everything grey would teach nothing.
#
# ### The way from one picture to another
#
# A latent has $d=64$ standard normal numbers, so its squared length is a sum of 64 squares, each 1 on
# average. Such sums vary little: nearly all latents have a length near $\sqrt{64}=8$. Half-way on the
# straight line between two of them, the length is only about $8/\sqrt2$, where G has hardly ever been in
# training. Walk along the great circle instead:
#
# $$\text{slerp}(z_0,z_1,t)=\frac{\sin((1-t)\theta)\,z_0+\sin(t\theta)\,z_1}{\sin\theta},\qquad
# \cos\theta=\frac{z_0\cdot z_1}{\lVert z_0\rVert\,\lVert z_1\rVert}$$


# %%
def slerp(start, end, t):
    """The point at t between two latents (d,), along a great circle."""
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


# %%
z = np.random.default_rng(0).standard_normal((2000, 64))
lengths = np.linalg.norm(z, axis=1)
halfway = {"straight": (z[::2] + z[1::2]) / 2,
           "slerp": np.array([slerp(a, b, 0.5) for a, b in zip(z[::2], z[1::2], strict=True)])}  # fmt: skip
print(f"latents: length {lengths.mean():.2f}, the shortest of 2,000 {lengths.min():.2f}")
for name, points in halfway.items():
    print(f"half-way, {name:8s}: {np.linalg.norm(points, axis=1).mean():.2f}")

# %% [markdown]
# ## The article's network
#
# Its generator first: dense layers of 128, 256 and 512, each with LeakyReLU and BatchNorm, then the pixels.


# %% covers="S5"
def articles_generator(outputs, shape):
    """Latents (batch, 100) to pictures, as the article has it."""
    noise = keras.Input((100,))
    h = noise
    for width in (128, 256, 512):
        h = layers.LeakyReLU(0.2)(layers.Dense(width)(h))
        h = layers.BatchNormalization(momentum=0.8)(h)
    return keras.Model(noise, layers.Reshape(shape)(layers.Dense(outputs, activation="tanh")(h)))


try:
    articles_generator(64 * 3 * 3, (64, 64, 3))
except ValueError as error:
    print(f"{64 * 3 * 3} outputs for {64 * 64 * 3} places: {type(error).__name__}")
mended = articles_generator(64 * 64 * 3, (64, 64, 3))
print(f"{64 * 64 * 3} outputs:", mended.output_shape, f"{mended.count_params():,} weights")

# %% [markdown]
# **A batch of one.** BatchNorm subtracts the mean of the batch. In a batch of one dense vector, every number
# *is* the mean of its batch: what remains is zero. So in training this generator cannot hear its noise:

# %%
for size in (1, 2, 16):
    first, second = (mended(keras.random.normal((size, 100), seed=s), training=True) for s in (1, 2))
    print(
        f"batches of {size:2d}: other noise changes a pixel by up to {float(ops.max(ops.abs(first - second))):.4f}"
    )

# %% [markdown]
# The article's picture does not depend on $z$ at all. So take batches of 16, both losses of lesson
# <<the_adversarial_game>>, and train through D, once with the article's clipped SGD and once with Adam. The
# pictures are people of 32×32, as below; the last layer shrinks with them.


# %%
def articles_discriminator():
    """Pictures (batch, 32, 32, 3) to logits: convolutions of 64, 128, 256, BatchNorm, as the article has it."""
    picture = keras.Input((32, 32, 3))
    h = picture
    for filters in (64, 128, 256):
        h = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 5, strides=2, padding="same")(h))
        h = layers.BatchNormalization(momentum=0.8)(h)
    return keras.Model(picture, layers.Dense(1)(layers.Flatten()(h)))


# %%
def clipped_sgd(steps):
    return keras.optimizers.SGD(0.01, clipnorm=1.0)


def bold_adam(steps):
    """Long steps at first, twenty times shorter ones at the end: the pictures settle."""
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps, alpha=0.05)
    return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99)


def trained(model, optimizer, source, steps, epochs=1, callbacks=()):
    """The model after `steps` steps in all, and its history."""
    batch_size = min(16, len(source[0] if isinstance(source, tuple) else source))
    model.compile(optimizer(steps), optimizer(steps), steps_per_execution=min(per_call, steps // epochs))
    log = model.fit(
        data.Batches(source, batch_size, seed=1),
        epochs=epochs,
        steps_per_epoch=steps // epochs,
        callbacks=callbacks,
        verbose=0,
    )
    return model, log.history


# %% [markdown]
# The judge of the other lessons knows garments only. For people we compare colour and texture, measured
# without any network (`metrics.colour_texture`: for each of 4×4 blocks the mean colour and the mean contrast
# between neighbours, 96 numbers a picture), and put the Fréchet distance on these, against all training
# people.

# %%
features = metrics.colour_texture(people)  # (678, 96)


def measured(real, fake):
    """What features (m, 96) of pictures are worth against those of real ones (n, 96)."""
    precision, recall = metrics.precision_recall(real, fake)
    return {"distance": metrics.frechet(real, fake), "precision": precision, "recall": recall}


def score(name, pictures, real=features):
    """Prints and records what pictures are worth against features of real ones."""
    found = measured(real, metrics.colour_texture(pictures))
    for key, value in found.items():
        ruler = {"features": "colour and texture", "samples": len(pictures)}
        runtime.record(f"{key}_{name}".replace(" ", "_"), value, **ruler)
    print(f"{name:20s}", ", ".join(f"{key} {value:5.2f}" for key, value in found.items()))


# %% [markdown]
# What do real people get? That depends on how one parts them. Nearly every emoji has **twins**: the same
# subject in other tones, and as another gender. Halve the pictures blindly, and the twins of one half are in
# the other. Halve the *subjects*, and the other half shows other people. `bundled.person` reads the subject
# off an emoji's name; the course's own splits go by it, too.

# %%
everybody = map(bundled.person, bundled.people_names())
subjects = np.array([who.subject for who in everybody if who.split == "train"])  # (678,) of 39 kinds


def halved(names, seed):
    """Which of the things that bear these names (n,) fall into a half of the names: bool (n,)."""
    shuffled = np.random.default_rng(seed).permutation(np.unique(names))
    return np.isin(names, shuffled[: len(shuffled) // 2])


for name, by in {"twins": np.arange(len(people)), "other subjects": subjects}.items():
    floors = [measured(features[half], features[~half]) for half in (halved(by, seed) for seed in range(10))]
    found = {key: np.sort([floor[key] for floor in floors]) for key in floors[0]}
    runtime.record(f"real, {name}", {key: values.mean() for key, values in found.items()}, halvings=10)
    told = ", ".join(f"{key} {values.mean():.2f}" for key, values in found.items())
    print(
        f"real, {name:14s}: {told}; ten distances: {found['distance'][0]:.2f} to {found['distance'][-1]:.2f}"
    )

# %% [markdown]
# Same pictures, same ruler, and marks many times apart: the first is what *leaking* looks like. A GAN is
# compared with the very pictures that it was trained on, so it may come far below the second mark without a
# single new idea. The distance says whether colours and textures are right. Whether anything was invented,
# the section on copying asks.
#
# And the article's two?

# %% covers="S5"
article = {}
for name, optimizer in {"clipped SGD": clipped_sgd, "Adam": bold_adam}.items():
    runtime.seed(1)
    model = gan.GAN(
        articles_generator(32 * 32 * 3, (32, 32, 3)),
        articles_discriminator(),
        r1_weight=0.0,
        seed=1,
    )
    _, log = trained(model, optimizer, people, article_steps)
    print(f"{name}: {article_steps} steps in {log['seconds'][-1]:.0f} s")
    # Drawn with the statistics of the batch, as in training: the moving ones would need longer.
    drawn = ops.convert_to_numpy(
        model.generator(keras.random.normal((len(people), 100), seed=3), training=True)
    )
    score(f"article_{name}", drawn)
    article[name] = drawn[:10]
figure = plots.pairs(article, title=f"The article's networks, mended, after {article_steps} steps")
plots.show(
    figure,
    alt="Two rows of ten pictures: with SGD coloured noise, with Adam coloured noise of more contrast.",
)

# %% [markdown]
# ## The experiment
#
# Now the GAN that takes orders: transposed convolutions from 4×4 to 32×32, the projection discriminator, R1,
# changes $T$, and the bold Adam of lesson <<convolutions_that_draw>>. During training, 16 people are drawn
# from the same latents again and again.


# %%
def order_taker(augmented=True, label_size=14, smooth=False, r1_weight=0.3, seed=1):
    """A conditional GAN for 32×32 pictures, untrained."""
    runtime.seed(seed)
    shape = (32, 32, 3)
    widths = (128, 96, 48, 24, 16)
    generator = gan.conditional_generator(label_size, 64, shape, widths, smooth)
    discriminator = gan.conditional_discriminator(label_size, shape, widths=(24, 48, 96))
    return gan.GAN(generator, discriminator, r1_weight, augmented=augmented, seed=seed)


live = order_taker()
print(f"G {live.generator.count_params():,} weights, D {live.discriminator.count_params():,}")
rng = np.random.default_rng(4)
faces = np.flatnonzero(people_labels["kind"] == KINDS.index("face"))
wishes = y[np.concatenate([rng.choice(faces, 5), rng.choice(len(people), 11)])]  # (16, 14)
film = callbacks.SampleGrid(lambda model: model.generate(16, seed=5, labels=wishes))
live, log = trained(live, bold_adam, (people, y), people_steps, epochs=film_frames, callbacks=[film])
runtime.record("seconds_people", log["seconds"][-1], steps=int(live.steps_taken))
print(f"{int(live.steps_taken)} steps in {log['seconds'][-1]:.0f} s")

# %%
moments = np.unique(np.linspace(0, len(film.samples) - 1, 4).astype(int))
steps_of = people_steps // film_frames
figure = plots.pairs(
    {f"step {(moment + 1) * steps_of}": film.samples[moment][:10] for moment in moments},
    title="The same orders as training goes on",
)
plots.show(
    figure,
    alt="Four rows of ten pictures: blobs become heads and busts, then faces with hair, clothes and eyes.",
)
drawn = live.generate(len(people), seed=6, labels=y)  # (678, 32, 32, 3)
score("people_32", drawn)

# %% [markdown]
# A minute of training and a few hundred pictures, and one sees people, if not their eyes: those are small at
# 32×32. Below we go to 64×64.
#
# Is D's logit the one that you wrote? Take its features, its weights and your function:

# %%
d = live.discriminator
h = keras.Model(d.inputs, d.get_layer("features").output)([data.signed(people[:50]), y[:50]])
(w, b), (embedding,) = (d.get_layer(name).get_weights() for name in ("real", "embedding"))
yours = ops.reshape(projection_logits(h, y[:50], w[:, 0], b[0], embedding), (50,))
theirs = d([data.signed(people[:50]), y[:50]])[:, 0]
print(f"largest difference of 50 logits: {float(ops.max(ops.abs(yours - theirs))):.1e}")

# %% [markdown]
# ### Did you get what you asked for?
#
# Ask an examiner: a small classifier with three questions, trained for a few seconds on the real people, each
# moved to other places. What is its word worth? Let it first name real people that it has never seen, those
# of the validation set: other *subjects*, so nobody there is a twin of somebody whom it has seen.

# %%
aside, aside_labels = data.load("people", "validation", size=32)  # (84, 32, 32, 3)
questions = {"tone": slice(0, 6), "gender": slice(6, 9), "kind": slice(9, 14)}  # the columns of y


def examiners_loss(y, logits):
    """The sum of three cross-entropies, (batch,)."""
    return sum(
        keras.losses.categorical_crossentropy(y[:, part], logits[:, part], from_logits=True)
        for part in questions.values()
    )


rng = np.random.default_rng(17)
varied = [
    ops.convert_to_numpy(augment.translate(data.signed(people), rng.uniform(size=(len(people), 2))))
    for _ in range(8)
]  # each person eight times, at other places

# %%
runtime.seed(1)
stages = [layers.Conv2D(f, 4, strides=2, padding="same", activation="relu") for f in (24, 48, 96)]
examiner = keras.Sequential(
    [keras.Input((32, 32, 3)), *stages, layers.Flatten(), layers.Dropout(0.5), layers.Dense(14)]
)  # pictures (n, 32, 32, 3) to logits (n, 14)
examiner.compile(optimizer=keras.optimizers.Adam(1e-3), loss=examiners_loss, jit_compile=False)
lessons = data.Batches((np.concatenate(varied), np.tile(y, (8, 1))), 64, seed=1)
examiner.fit(lessons.dataset(), steps_per_epoch=examiner_steps, shuffle=False, verbose=0)


def answers(pictures, name):
    """What the examiner says of each picture (n, 32, 32, 3): labels (n,)."""
    logits = examiner.predict(data.signed(pictures) if pictures.dtype == np.uint8 else pictures, verbose=0)
    return logits[:, questions[name]].argmax(axis=1)


# %% covers="U10 X2"
for name in questions:
    right = (answers(aside, name) == aside_labels[name]).mean()
    got = inference.share(answers(drawn, name) == people_labels[name])
    commonest = np.bincount(people_labels[name]).max() / len(people)
    runtime.record(f"order_kept_{name}", got, examiner_on_real=right)
    print(f"{name:6s}: as asked {got.named()}; the examiner is right on new real people in {right:.0%}; "
          f"by saying the commonest, in {commonest:.0%}")  # fmt: skip

# %% [markdown]
# Read each number beside the examiner's own. Where it knows real people well, "as asked" speaks of the
# generator; where it often errs, as with gender and kind, of the examiner too. (Its own share rests on 84
# pictures of six subjects, twins of each other, so it may be off by a good deal.) And it has learnt the
# training pictures: a drawn copy of one is easier for it than a new person, which may be why drawn people's
# kind is "as asked" more often than it is right on new ones. So the next question is whether they are copies;
# it has a section of its own below.
#
# ### 64×64
#
# The generator from the top of the lesson has the same plan with one more doubling, and trained for longer
# (`python tools/rebuild_weights.py people_gan`), on the validation people too. Its nearest training picture
# stands under each sample. (At 64×64 neighbours differ less than at 32×32, so its distance is to features of
# that size, and no number to set beside those above.)

# %%
large_people, large_labels = data.load("people", "train+validation")  # (762, 64, 64, 3)
large_features, large_y = metrics.colour_texture(large_people), data.one_hot("people", large_labels)
z = np.random.default_rng(7).standard_normal((762, 64)).astype("float32")
mixed = np.random.default_rng(7).permutation(762)  # the file holds alike people side by side
painted = painter.predict([z, large_y[mixed]], batch_size=64, verbose=0)  # (762, 64, 64, 3)


def nearest_pictures(pictures, pool):
    """The nearest of a pool, by pixels, for each picture; both (n, h, w, 3), one uint8, one in [-1, 1]."""
    flat = data.signed(pool).reshape(len(pool), -1)
    return pool[metrics.nearest(pictures.reshape(len(pictures), -1), flat)[1][:, 0]]


score("people_64", painted, large_features)
rows = {"painted": painted[:12], "nearest real": data.signed(nearest_pictures(painted[:12], large_people))}
plots.show(
    plots.pairs(rows, title="64×64, not chosen"),
    alt="Twelve painted people above their nearest training pictures. Faces and suits are nearly the same; "
    "hats, hands and costumes are smeared.",
)

# %% [markdown]
# ## Films
#
# Along the great circle between latents, with the order fixed, one person becomes another. Or keep the
# latent, and change the tone in the order, from none to nearly medium-dark. Both are saved as a GIF, frame by
# frame.

# %% covers="U11"
out = runtime.art_folder()  # a new folder of this run, below my_art
stops = np.random.default_rng(11).standard_normal((4, 64))
path = [
    slerp(stops[i], stops[(i + 1) % 4], t) for i in range(4) for t in np.linspace(0, 1, 4, endpoint=False)
]
tones = [
    np.eye(6)[i] * (1 - t) + np.eye(6)[i + 1] * t
    for i in range(4)
    for t in np.linspace(0, 1, 4, endpoint=False)
]
wish = order("medium", "woman", "face")[0]
faces = painter.predict([np.array(path, "float32"), np.tile(wish, (16, 1))], verbose=0)
recoloured = np.concatenate([np.array(tones), np.tile(wish[6:], (16, 1))], axis=1).astype("float32")
same_face = painter.predict([np.tile(stops[:1], (16, 1)).astype("float32"), recoloured], verbose=0)
both = np.concatenate([faces, same_face], axis=2)  # (16, 64, 128, 3): side by side
callbacks.save_gif(data.to_uint8(both), out / "walk.gif", seconds_per_frame=0.12)
plots.show_film(
    out / "walk.gif",
    alt="A film of two faces: left the hair changes and the smile stays, right tone and hair change.",
)
print(out / "walk.gif")

# %%
figure = plots.pairs({"walk": faces[::2], "tone": same_face[::2]}, title="The film, every other frame")
plots.show(
    figure,
    alt="Two rows of eight smiling faces. In the first the hair turns from dark to white and back. In the "
    "second the skin darkens, and the hair goes with it from yellow to black, to blond and back to black.",
)

# %% [markdown]
# Look at the second row: the order changed the *tone* alone, and the hair changed with it. So it does in the
# training pictures: most people without a tone are yellow-haired, light ones black-haired, medium-light ones
# blond, all others brown to black. G has learnt the two as one; a label is no knob that turns one thing and
# holds the rest (*entanglement*; lesson <<a_space_of_pictures>> measures it). And between two tones the order
# has two halves, which no training picture had.
#
# Is slerp worth it? Paint what is half-way between 381 random pairs, on the straight line and on the circle,
# and as many from fresh latents; six times over, from new pairs.

# %%
ways = {"fresh": [], "straight": [], "slerp": []}
for seed in range(12, 18):
    pairs_of_z = np.random.default_rng(seed).standard_normal((2, 381, 64))
    points = {"fresh": pairs_of_z[0], "straight": pairs_of_z.mean(axis=0)}
    points["slerp"] = np.array([slerp(a, b, 0.5) for a, b in zip(*pairs_of_z, strict=True)])
    for name, z in points.items():
        pictures = painter.predict([z.astype("float32"), large_y[mixed[:381]]], batch_size=127, verbose=0)
        ways[name].append(measured(large_features, metrics.colour_texture(pictures)))

# %%
six = {name: {key: [draw[key] for draw in draws] for key in draws[0]} for name, draws in ways.items()}
for name, by_key in six.items():
    found = {key: inference.mean(values, of="draws") for key, values in by_key.items()}
    runtime.record(f"halfway_{name}", found)
    print(f"{name:9s}", ", ".join(f"{key} {estimate}" for key, estimate in found.items()))
shifts = {key: inference.difference(six["straight"][key], six["slerp"][key], True, "draws") for key in found}
for key, shift in inference.holm(shifts).items():
    print(f"straight minus slerp, {key}: {shift.said()}")

# %% [markdown]
# Half-way on the straight line G paints what people have in common: more of it looks real, and less of what
# is real occurs. Half-way on the circle it paints as it does from fresh latents, because such points are.
# (Every difference has its interval, Student's t over six pairs of numbers, and the three are judged
# together, after Holm: lesson <<one_scoreboard>> teaches this rule, which is the whole course's.)
#
# ## When it goes wrong: it copies
#
# A generator that has learnt its training pictures by heart gets the best distance there is, for its pictures
# *are* real. With few pictures that is a danger. Provoke it: the same networks, 84 pictures (as many as the
# validation set has), without the changes $T$.


# %%
def shared_out(seed):
    """Indices of people: all those of one half of the subjects, 84 of these, and those of the other half."""
    known = halved(subjects, seed)
    few = np.random.default_rng(seed).choice(np.flatnonzero(known), len(aside), replace=False)
    return np.flatnonzero(known), few, np.flatnonzero(~known)


known, few, strangers = shared_out(seed=1)
copier, _ = trained(order_taker(augmented=False), bold_adam, (people[few], y[few]), few_steps)

# %%
first = copier.generate(12, seed=8, labels=y[few[:12]])
rows = {
    "84, unchanged": first,
    "its nearest of 84": data.signed(nearest_pictures(first, people[few])),
    "678, changed": live.generate(12, seed=8, labels=y[few[:12]]),
}
figure = plots.pairs(rows, title="Painted or copied?")
plots.show(
    figure,
    alt="Rows of twelve people. Those of the GAN that saw 84 pictures unchanged are speckled copies of their "
    "nearest training pictures; those of the GAN that saw 678 changed ones are blurred.",
)

# %% [markdown]
# ## Exercise: a number for copying
#
# Take two sets of equal size: pictures that the generator was trained on, and pictures that were put aside,
# none of them a twin of a training picture. If G paints, a sample has little reason to lie nearer to the one
# set than to the other, and about half of the samples should. If it copies, more do.
#
# `samples` is `(n, d)`, `training` and `held_out` are `(m, d)`. Return the share of samples whose nearest
# training picture is nearer than their nearest held-out one (Euclidean).


# %% tags=["exercise"]
def closer_to_training(samples, training, held_out):
    """The share of samples that are nearer to a training picture than to any held-out one."""
    ...


# %% tags=["solution"]
def closer_to_training(samples, training, held_out):
    """The share of samples that are nearer to a training picture than to any held-out one."""
    to_training = np.linalg.norm(samples[:, None] - training[None], axis=2).min(axis=1)  # (n,)
    to_held_out = np.linalg.norm(samples[:, None] - held_out[None], axis=2).min(axis=1)
    return (to_training < to_held_out).mean()


# %% tags=["check"]
closer_to_training = check.closer_to_training(closer_to_training)

# %% [markdown]
# How much is "about half"? That depends on the two sets, and *real* people can tell: **strangers**, of
# subjects that nobody was shown, and **twins** of those who were shown. A second sign is in the
# discriminator. It should not care whether a real picture was in the training set; the gap between its mean
# logits on the two sets says how much it knows by heart.


# %%
def flat(pictures):
    """Pictures as rows (n, 3072) in [-1, 1]."""
    pictures = data.signed(pictures) if pictures.dtype == np.uint8 else pictures
    return pictures.reshape(len(pictures), -1)


def nearer(samples, training, held_out):
    """Your share, for pictures, some at a time: all at once would fill the memory."""
    parts = np.array_split(flat(samples), 8)
    hits = [len(part) * closer_to_training(part, flat(training), flat(held_out)) for part in parts]
    return float(sum(hits) / len(samples))


def signs(model, known, few):
    """How well a GAN draws people like the known ones, and two signs that it copies the few."""
    drawn = model.generate(len(known), seed=9, labels=y[known])
    sets = (people[few], y[few]), (aside, data.one_hot("people", aside_labels))
    seen, new = (float(ops.mean(model.discriminator([data.signed(some), asked]))) for some, asked in sets)
    found = measured(features[known], metrics.colour_texture(drawn))
    return found | {"nearer": nearer(drawn, people[few], aside), "gap": seen - new}


runtime.record("copier", found := signs(copier, known, few))
print("84 pictures, unchanged:", ", ".join(f"{key} {value:.2f}" for key, value in found.items()))

# %% [markdown]
# Nearly every sample lies nearer to a training picture. Do the changes $T$ prevent it, and do more pictures?
# That takes four GANs, each with several seeds: other subjects, other pictures, other first weights. It also
# takes more seconds than this lesson has, so `python benchmarks/few_pictures.py` runs the function below, and
# the lesson reads what it found. All four get equal steps; the 84 are part of the hundreds.


# %%
def compared(seed):
    """Four GANs after equal steps: few or all pictures of half the subjects, with T and without."""
    known, few, _ = shared_out(seed)
    found = {}
    for number, shown in {"84": few, "hundreds": known}.items():
        for name, augmented in {"unchanged": False, "changed": True}.items():
            model = order_taker(augmented, seed=seed)
            trained(model, bold_adam, (people[shown], y[shown]), study_steps)
            found[f"{number}, {name}"] = signs(model, known, few)
    return {"seed": seed, "signs": found}


# %%
study = results.study("few_pictures")
arms, marks = {}, {"real strangers": [], "real twins": []}
for one in study["seeds"]:
    for arm, found in one["signs"].items():
        for key, value in found.items():
            arms.setdefault(arm, {}).setdefault(key, []).append(value)
    known, few, strangers = shared_out(one["seed"])
    for name, who in {"real strangers": strangers, "real twins": np.setdiff1d(known, few)}.items():
        marks[name].append(nearer(people[who], people[few], aside))
print(f"nearer to training than to others; {study['steps']} steps, intervals: Student's t over seeds")
for name, found in marks.items():
    runtime.record(f"copying, {name}", {"nearer": inference.mean(found)})
    print(f"{name:19s} nearer {inference.mean(found)}")
for arm, by_key in arms.items():
    found = {key: inference.mean(values) for key, values in by_key.items()}
    runtime.record(f"copying, {arm}", found)
    print(f"{arm:19s} nearer {found.pop('nearer')}, D's gap {found.pop('gap')}")
    print(" " * 19, ", ".join(f"{key} {estimate}" for key, estimate in found.items()))

# %%
effects = {}
for number in ("84", "hundreds"):
    with_t, without = arms[f"{number}, changed"], arms[f"{number}, unchanged"]
    for key in ("nearer", "gap", "precision", "recall"):
        effects[f"{number}, {key}"] = inference.difference(with_t[key], without[key], paired=True)
for name, effect in inference.holm(effects).items():
    print(f"changed minus unchanged, {name}: {effect.said()}")

# %% [markdown]
# First the marks. Real strangers lie nearer to the training pictures in somewhat more than half of the cases
# (84 people of many subjects are somewhere near to everybody, 84 of six subjects are not); real twins in
# nearly all. The GANs' shares are like those of twins: what they paint is painted after subjects that they
# were shown. More the share cannot say, for to paint a subject in a new tone and to copy a picture look alike
# to it; and of those that saw hundreds it knows a part only.
#
# D's gap might say more. In the table it is smaller with the changes: D knew less by heart. And the price?
# Without the changes few and sharp people come out, most of which look real (precision) and which leave out
# more (recall); with them it is the other way round after so many steps. But a table of means is no verdict.
# The last lines judge all eight differences together, and most of them so few seeds cannot decide. That does
# not make them absent: each line says how large a difference would have been seen.
#
# ## Coasts
#
# The same plan learns the Earth from above, with two labels, sea and land. Its training differs in several
# ways (the recipe in `tools/rebuild_weights.py` has them: mirrored tiles, no changes $T$, a weaker R1, a
# lower learning rate). In the network one thing differs: after *each* transposed convolution it takes the
# mean of 2×2 neighbours, not after the last one only. That was chosen by looking, for seas and deserts show
# the faintest weave; no cell here compares the two.

# %%
tiles, tile_labels = data.load("earth", "train+validation")  # (1447, 64, 64, 3): what it was trained on
planet = gan.conditional_generator(label_size=2, smooth=True)
weights.load_into(planet, "earth_gan.weights.h5")
z = np.random.default_rng(14).standard_normal((12, 64)).astype("float32")
asked = {"sea": (1, 0), "half and half": (0.5, 0.5), "land": (0, 1)}
views = {
    name: planet.predict([z, np.tile(np.array([label], "float32"), (12, 1))], verbose=0)
    for name, label in asked.items()
}  # (12, 64, 64, 3) each
views["nearest to half"] = data.signed(nearest_pictures(views["half and half"], tiles))
figure = plots.pairs(views, title="The same latents, three orders; not chosen")
plots.show(
    figure,
    alt="Twelve columns. Top: dark blue sea, one with ice. Second row: most have a coast, an island or ice, "
    "some are land alone. Third row: deserts and forests. Last: the real tiles most similar to the second row, "
    "some of them sea alone.",
)

# %% [markdown]
# No training tile was called half and half: a tile whose pixels are sea by half or more is called sea, any
# other land. But coasts were among them, under either name. How many, and how many does each order bring?
# Count pixels by the rule that made the labels.


# %%
def mixed_views(pictures):
    """Which pictures, uint8 (n, 64, 64, 3), are sea by 15 to 85 %: bool (n,)."""
    red, blue = pictures[..., 0].astype("int16"), pictures[..., 2].astype("int16")
    sea = ((blue - red > 8) & (red < 100)).mean(axis=(1, 2))  # (n,)
    return (sea > 0.15) & (sea < 0.85)


z = np.random.default_rng(16).standard_normal((300, 64)).astype("float32")
hits = {"training tiles": mixed_views(tiles)}
for name, label in asked.items():
    views = planet.predict([z, np.tile(np.array([label], "float32"), (300, 1))], verbose=0)
    hits[name] = mixed_views(data.to_uint8(views))
for name, found in hits.items():
    share = inference.share(found, of="pictures")
    runtime.record(f"coasts_{name}".replace(" ", "_"), share)
    print(f"{name:14s}: {share.named()} have 15 to 85 % of sea")

# %%
half_asked, gaps = hits.pop("half and half"), {}
for name, found in hits.items():  # the three orders have the same latents
    gaps[name] = inference.difference(half_asked, found, paired=name != "training tiles", of="pictures")
for name, gap in inference.holm(gaps).items():
    print(f"half and half minus {name}: {gap.said()}")

# %% [markdown]
# Asked for half of each, it paints a coast more often than under either pure order, and more often than its
# training tiles have one. What is new is the *order*, ½ and ½, and the generator makes sense of it; the
# coasts themselves it had seen. And it is no promise: look at the columns whose second row is land alone.
#
# How near do its views come? Half of the tiles serve as reference, the other half shows what real tiles get.
# (The tiles are halved one by one, and a coast goes on in the tile beside it, so this mark is a generous
# one.)

# %%
half = np.random.default_rng(15).permutation(len(tiles))[:1446].reshape(2, -1)  # 2 × 723
tile_reference = metrics.colour_texture(tiles[half[0]])
z = np.random.default_rng(17).standard_normal((723, 64)).astype("float32")
made = planet.predict([z, data.one_hot("earth", tile_labels[half[0]])], batch_size=64, verbose=0)
score("real_earth", tiles[half[1]], tile_reference)
score("earth_64", made, tile_reference)

# %% [markdown]
# ## Your own folder
#
# Set `my_folder` in the cell of the knobs, near the top, to a folder of yours. Run that cell again (after a
# restart of the kernel: all cells down to here), then go on from here. A few hundred pictures of one kind
# work best. Without a folder of yours the lesson makes one, of 400 views of coasts.

# %%
if my_folder is None:
    small_tiles, _ = data.load("earth", "train", size=32)
    varied = small_tiles[small_tiles.std(axis=(1, 2, 3)) > 35]  # coasts, mountains, ice
    example = out / "example"
    example.mkdir(exist_ok=True)
    for number, picture in enumerate(np.random.default_rng(18).permutation(varied)[:400]):
        Image.fromarray(picture).save(example / f"{number:04d}.png")
mine = data.folder(my_folder or example, size=32)
print(len(mine.images), "pictures read,", len(mine.skipped), "skipped")
if len(mine.images) < 50:
    print("fewer than 50 pictures: expect copies of them")

# %% covers="U11"
artist = order_taker(label_size=1, smooth=True, r1_weight=0.1, seed=2)
like_mine = np.ones((max(16, len(mine.images)), 1), "float32")  # one label, one wish
gallery = runtime.art_folder()
growth = callbacks.SampleGrid(
    lambda model: model.generate(16, seed=3, labels=like_mine[:16]), folder=gallery / "training"
)
_, log = trained(
    artist,
    bold_adam,
    (mine.images, like_mine[: len(mine.images)]),
    folder_steps,
    epochs=min(5, folder_steps),
    callbacks=[growth],
)
works = data.to_uint8(artist.generate(16, seed=4, labels=like_mine[:16]))
for number, picture in enumerate(works):
    Image.fromarray(picture).save(gallery / f"work_{number:02d}.png")
print(f"{log['seconds'][-1]:.0f} s; 16 works are in {gallery}, {growth.folder} has training.gif")

# %%
some_of_mine = mine.images[np.arange(16) % len(mine.images)]
figure = plots.pairs(
    {"yours": some_of_mine[:12], "painted": works[:12]},
    title="Your folder, and what was painted after it",
)
plots.show(
    figure,
    alt="Twelve small pictures from the folder, and twelve that were painted after it.",
)

# %% [markdown]
# ## The test people
#
# One question is left, and its pictures were kept for it: does the generator on top of this lesson copy? It
# has seen all people but the test's, who are nine subjects. Let five of these be the strangers and four be
# set aside, by ten random halvings; opposite stand as many of its training pictures. And measure the way to
# the nearest training picture, which is 0 for a copy.

# %% tags=["final"]
new_people, _ = data.load("people", "test", size=32)  # (138, 32, 32, 3)
who_is_new = [who.subject for who in map(bundled.person, bundled.people_names()) if who.split == "test"]
pool, _ = data.load("people", "train+validation", size=32)  # (762, 32, 32, 3)
small = painted[:200].reshape(200, 32, 2, 32, 2, 3).mean(axis=(2, 4))  # (200, 32, 32, 3)
shares = {"painted": [], "real strangers": []}
for seed in range(10):
    put_aside = halved(who_is_new, seed)
    rival = np.random.default_rng(seed).choice(pool, put_aside.sum(), replace=False)
    for name, pictures in {"painted": small, "real strangers": new_people[~put_aside]}.items():
        shares[name].append(nearer(pictures, rival, new_people[put_aside]))
for name, found in shares.items():
    runtime.record(f"nearer_64, {name}", np.mean(found), lowest=min(found), highest=max(found))
    print(
        f"nearer to training, {name}: {np.mean(found):.0%}; ten halvings: {min(found):.0%} to {max(found):.0%}"
    )
twins = metrics.nearest(flat(pool), flat(pool), k=2)[0][:, 1]  # its nearest is the picture itself
ways_off = {"painted": small, "real strangers": new_people}
ways_off = {name: metrics.nearest(flat(some), flat(pool))[0][:, 0] for name, some in ways_off.items()}
for name, found in {"real twins": twins, **ways_off}.items():
    lower, middle, upper = np.percentile(found, [25, 50, 75])
    runtime.record(f"way_off, {name}", middle, quartiles=[lower, upper])
    print(
        f"{name:14s} {middle:4.1f} from the nearest training picture; half of them {lower:.1f} to {upper:.1f}"
    )

# %% [markdown]
# Painted people lie between twins and strangers. They are farther from the nearest training picture than most
# twins are from each other, so pixel for pixel they are no copies. They are much nearer than people of new
# subjects: this generator recombines what it was shown, and of new subjects there is no sign. Your share
# points the same way, but nine subjects are too few for it: what real strangers get changes from halving to
# halving by more than the two rows differ.
#
# And what can no such comparison show? Test people are *other subjects*, on purpose, and G was never asked to
# draw those. A generator that paints the subjects it knows, in combinations that it has not seen, would lie
# nearer to its training pictures as well. To tell it from one that copies with smears, one needs new pictures
# of the same lot that are nobody's twins, and there are none here.
#
# ## Verdict
#
# - *The art GAN* (S5) stops at its last layer; past that, a batch of one takes the noise away that it should
#   paint from. Mended, its dense layers do not come near people in the seconds printed above, with either
#   optimizer. The other GAN differs from it in convolutions, R1, changes $T$ and the number of steps: which
#   of these matters most is not shown here (lesson <<convolutions_that_draw>> takes such a list apart).
# - *Made from the learner's own pictures* (U11): a few hundred people were enough for faces; 400 views, in
#   fewer steps, gave little but their colours, blurred. How new such pictures are is another question. With
#   the changes $T$ and without, what the GANs of the study painted lay nearer to the training pictures than
#   real strangers do; how far $T$ helps against copying takes more seeds to say.
# - *What the user asks for* (U10): count how often, with an examiner whose own mistakes you know.
# - *Few pictures* are a danger of their own: a good distance and a sharp picture are no sign that anything
#   was invented. Keep some pictures aside, nobody's twins, and look.

# %% [markdown]
# ## What to read
#
# - Zhao, Liu, Lin, Zhu, Han, *Differentiable augmentation for data-efficient GAN training*, NeurIPS 2020,
#   [2006.10738](https://arxiv.org/abs/2006.10738), and Karras et al., *Training generative adversarial
#   networks with limited data*, NeurIPS 2020, [2006.06676](https://arxiv.org/abs/2006.06676): which changes
#   leak into the pictures, and which do not.
# - Mirza, Osindero, *Conditional generative adversarial nets*, 2014,
#   [1411.1784](https://arxiv.org/abs/1411.1784), and Miyato, Koyama, *cGANs with projection discriminator*,
#   ICLR 2018, [1802.05637](https://arxiv.org/abs/1802.05637).
# - White, *Sampling generative networks*, 2016, [1609.04468](https://arxiv.org/abs/1609.04468): why to walk
#   the great circle.
