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

from course_lib import augment, callbacks, check, data, metrics, plots, weights
from course_lib.models import gan

# %% tags=["knobs"]
people_steps = runtime.pick(smoke=12, quick=2040, full=30_000)  # of the GAN that takes orders
film_frames = runtime.pick(smoke=2, quick=12, full=30)  # how often its samples are kept
article_steps = runtime.pick(smoke=1, quick=250, full=3000)  # of the article's, by each optimizer
examiner_steps = runtime.pick(smoke=2, quick=400, full=1000)  # of the one who checks the orders
few_steps = runtime.pick(smoke=2, quick=800, full=3000)  # of the GANs that see few pictures
folder_steps = runtime.pick(smoke=2, quick=800, full=10_000)  # of the GAN on your own folder
per_call = runtime.pick(smoke=1, quick=10, full=50)  # steps in one call of the compiled function
my_folder = None  # the path of a folder with your own pictures, for example "~/Pictures/cats"

# %% [markdown]
# What comes out at the end. The generator below was asked for a woman and for a man, in six skin tones, as a
# face and at a job. It has seen 762 emoji people, and its weights ship with the course.

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
orders = [(t, g, k) for g in ("woman", "man") for t in TONES for k in ("face", "job")]
latents = np.random.default_rng(3).standard_normal((12, 64)).astype("float32")  # for both rows
asked = np.concatenate([order(*wanted) for wanted in orders])
figure = plots.grid(
    painter.predict([np.tile(latents, (2, 1)), asked], verbose=0),
    columns=12,
    captions=[f"{tone}\n{gender}, {kind}" for tone, gender, kind in orders],
    title="Painted to order",
)
plots.show(
    figure,
    alt="Two rows of twelve painted emoji people, women above and men below: faces and half-length figures, "
    "from yellow through five skin tones.",
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
people, people_labels = data.load("people", "train", size=32)  # (762, 32, 32, 3) uint8
y = data.one_hot("people", people_labels)  # (762, 14) float32
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
# the bias tensors. Return the logits, `(n,)`: picture $i$ with order $i$.


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
# With 762 pictures, D can learn each of them by heart, and then every drawn picture is wrong, however good it
# is. The cure (Zhao et al. 2020): D never sees a picture as it is. Whatever comes in, *real or drawn*, goes
# through a random change $T$ first. Both losses of lesson <<the_adversarial_game>> keep their form,
#
# $$L_D=-\mathbb E\log D(T(x),y)-\mathbb E\log\bigl(1-D(T(G(z,y)),y)\bigr),\qquad L_G=-\mathbb E\log D(T(G(z,y)),y),$$
#
# and $T$ must let the gradient pass, for G learns through it. Two changes are used here: a shift by up to an
# eighth of the side, and a grey square over a part of the picture.

# %%
some = data.signed(people[[0, 100, 300, 500, 640, 700, 720, 750]])  # (8, 32, 32, 3) in [-1, 1]
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
#
# ## Exercise: walk the circle
#
# `start` and `end` are latents `(d,)`, `t` a number from 0 to 1. Return the point on the way.


# %% tags=["exercise"]
def slerp(start, end, t):
    """The point at t between two latents, along a great circle."""
    ...


# %% tags=["solution"]
def slerp(start, end, t):
    """The point at t between two latents, along a great circle."""
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


# %% tags=["check"]
slerp = check.slerp(slerp)

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
# between neighbours, 96 numbers a picture), and put the Fréchet distance on these. Half of the pictures serve
# as reference, the other half shows what real pictures get. A GAN will have been trained on the reference, so
# that a copier would get a distance near 0; the section on copying looks for that.

# %%
halves = np.random.default_rng(2).permutation(len(people)).reshape(2, -1)  # 2 × 381 indices
reference = metrics.colour_texture(people[halves[0]])  # (381, 96)


def score(name, pictures):
    """Prints and records distance, precision and recall of 381 pictures; returns the distance."""
    features = metrics.colour_texture(pictures)
    distance = metrics.frechet(reference, features)
    precision, recall = metrics.precision_recall(reference, features)
    ruler = {"features": "colour and texture", "samples": len(pictures)}
    for key, value in {"distance": distance, "precision": precision, "recall": recall}.items():
        runtime.record(f"{key}_{name}".replace(" ", "_"), value, **ruler)
    print(f"{name:22s} distance {distance:6.2f}, precision {precision:.2f}, recall {recall:.2f}")
    return distance


floor = score("real", people[halves[1]])

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
    article[name] = ops.convert_to_numpy(
        model.generator(keras.random.normal((381, 100), seed=3), training=True)
    )
    score(f"article_{name}", article[name])
figure = plots.pairs(
    {name: pictures[:10] for name, pictures in article.items()},
    title=f"The article's networks, mended, after {article_steps} steps",
)
plots.show(
    figure,
    alt="Two rows of twelve pictures: with SGD coloured noise, with Adam coloured noise of more contrast.",
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
aside = halves[1][:62]  # pictures that this GAN never sees: we need them later
shown = np.setdiff1d(np.arange(len(people)), aside)  # the other 700
rng = np.random.default_rng(4)
faces = shown[people_labels["kind"][shown] == KINDS.index("face")]
wishes = y[np.concatenate([rng.choice(faces, 5), rng.choice(shown, 11)])]  # (16, 14)
film = callbacks.SampleGrid(lambda model: model.generate(16, seed=5, labels=wishes))
live, log = trained(
    live, bold_adam, (people[shown], y[shown]), people_steps, epochs=film_frames, callbacks=[film]
)
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
drawn = live.generate(381, seed=6, labels=y[halves[0]])
live_distance = score("people_32", drawn)

# %% [markdown]
# A minute of training, a few hundred pictures, and a stranger sees people. The eyes are small at 32×32; below
# we go to 64×64.
#
# Is D's logit the one that you wrote? Take its features, its weights and your function:

# %%
d = live.discriminator
h = keras.Model(d.inputs, d.get_layer("features").output)([data.signed(people[:50]), y[:50]])
(w, b), (embedding,) = (d.get_layer(name).get_weights() for name in ("real", "embedding"))
yours = projection_logits(h, y[:50], w[:, 0], b[0], embedding)  # (50,)
theirs = d([data.signed(people[:50]), y[:50]])[:, 0]
print(f"largest difference of 50 logits: {float(ops.max(ops.abs(yours - theirs))):.1e}")

# %% [markdown]
# ### Did you get what you asked for?
#
# Ask an examiner: a small classifier with three questions, trained for a few seconds on the real people, each
# moved to other places. What is its word worth? Let it first name real people that it has never seen. (The
# test set holds other *subjects*: nobody there is in the training set in another tone.)

# %%
test_people, test_labels = data.load("people", "test", size=32)  # (138, 32, 32, 3)
questions = {"tone": slice(0, 6), "gender": slice(6, 9), "kind": slice(9, 14)}  # the columns of y


def examiners_loss(y, logits):
    """The sum of three cross-entropies, (batch,)."""
    return sum(
        keras.losses.categorical_crossentropy(y[:, part], logits[:, part], from_logits=True)
        for part in questions.values()
    )


rng = np.random.default_rng(17)
varied = [
    ops.convert_to_numpy(augment.translate(data.signed(people), rng.uniform(size=(762, 2)))) for _ in range(8)
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
    right = (answers(test_people, name) == test_labels[name]).mean()
    got = (answers(drawn, name) == people_labels[name][halves[0]]).mean()
    commonest = np.bincount(people_labels[name]).max() / len(people)
    runtime.record(f"order_kept_{name}", got, examiner_on_real=right)
    print(f"{name:6s}: as asked {got:4.0%}; the examiner is right on new real people in {right:4.0%}; "
          f"by saying the commonest, in {commonest:.0%}")  # fmt: skip

# %% [markdown]
# Read each number beside the examiner's own. Where it knows real people well, "as asked" speaks of the
# generator; where it does not, of the examiner. And it has learnt the training pictures: a drawn copy of one
# would be easier for it than a new person. So the next question is whether they are copies; it has a section
# of its own below.
#
# ### 64×64
#
# The generator from the top of the lesson has the same plan with one more doubling, and trained for longer
# (`python tools/rebuild_weights.py people_gan`). Its nearest training picture stands under each sample.

# %%
large_people, _ = data.load("people", "train")  # (762, 64, 64, 3)
z = np.random.default_rng(7).standard_normal((381, 64)).astype("float32")
painted = painter.predict([z, y[halves[0]]], batch_size=64, verbose=0)


def nearest_pictures(pictures, pool):
    """The nearest of a pool, by pixels, for each picture; both (n, h, w, 3), one uint8, one in [-1, 1]."""
    flat = data.signed(pool).reshape(len(pool), -1)
    return pool[metrics.nearest(pictures.reshape(len(pictures), -1), flat)[1][:, 0]]


score("people_64", painted)
sample = painted[:12]
figure = plots.pairs(
    {"painted": sample, "nearest real": data.signed(nearest_pictures(sample, large_people))},
    title="64×64, not chosen",
)
plots.show(
    figure,
    alt="Twelve painted people of 64×64 above their nearest training pictures: alike, not the same.",
)

# %% [markdown]
# ## Films
#
# Along the great circle between latents, with the order fixed, one person becomes another. Change the order
# on the way and keep the latent: the same person in another tone. Both are saved as a GIF, frame by frame.

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
    alt="A film of two faces: left one person turns into others, right a face changes its tone.",
)
print(out / "walk.gif")

# %%
figure = plots.pairs({"walk": faces[::2], "tone": same_face[::2]}, title="The film, every other frame")
plots.show(
    figure,
    alt="Two rows of eight faces: one changes hair and features step by step, one its skin tone only.",
)

# %% [markdown]
# (Between two tones the order has two halves, which no training picture had: G was never told what half a
# tone is.)
#
# Is slerp worth it? Score what is painted half-way between 381 random pairs, and from as many fresh latents.

# %%
pairs_of_z = np.random.default_rng(12).standard_normal((2, 381, 64))
ways = {
    "fresh": pairs_of_z[0],
    "straight": pairs_of_z.mean(axis=0),
    "slerp": np.array([slerp(a, b, 0.5) for a, b in zip(*pairs_of_z, strict=True)]),
}
for name, points in ways.items():
    score(
        f"halfway_{name}",
        painter.predict([points.astype("float32"), y[halves[0]]], batch_size=64, verbose=0),
    )

# %% [markdown]
# Half-way on the straight line G paints what people have in common: higher precision, lower recall. Half-way
# on the circle it paints as it does from fresh latents, because such points are.
#
# ## When it goes wrong: it copies
#
# A generator that has learnt its training pictures by heart gets the best distance there is, for its pictures
# *are* real. With few pictures that is a danger. Provoke it: the same networks, 62 pictures, once with the
# changes $T$ and once without.

# %%
few = np.random.default_rng(13).choice(shown, 62, replace=False)  # as many as were put aside
students = {}
for name, augmented in {"62 pictures, unchanged": False, "62 pictures, changed": True}.items():
    students[name], _ = trained(order_taker(augmented), bold_adam, (people[few], y[few]), few_steps)
students["700 pictures, changed"] = live

# %%
rows = {name: model.generate(12, seed=8, labels=y[few[:12]]) for name, model in students.items()}
first = rows["62 pictures, unchanged"]
rows = {"62, unchanged": first, "its nearest of 62": data.signed(nearest_pictures(first, people[few])),
        "62, changed": rows["62 pictures, changed"], "700, changed": rows["700 pictures, changed"]}  # fmt: skip
figure = plots.pairs(rows, title="Painted or copied?")
plots.show(
    figure,
    alt="Rows of twelve people. Those of the GAN that saw 62 pictures unchanged resemble their nearest training pictures.",
)

# %% [markdown]
# ## Exercise: a number for copying
#
# Take two sets of equal size: pictures that the generator was trained on, and pictures that were put aside,
# drawn from the same lot. If G paints, a sample has no reason to lie nearer to the one than to the other:
# half of the samples should. If it copies, more do.
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
# A second sign is in the discriminator. It should not care whether a real picture was in the training set.
# The gap between its mean logits on the two kinds says how much it knows by heart.


# %%
def flat(pictures):
    """Pictures as rows (n, 3072) in [-1, 1]."""
    pictures = data.signed(pictures) if pictures.dtype == np.uint8 else pictures
    return pictures.reshape(len(pictures), -1)


copied, knows = {}, {}
for name, model in students.items():
    asked = y[np.random.default_rng(9).choice(shown, 200)]
    samples = flat(model.generate(200, seed=9, labels=asked))
    copied[name] = closer_to_training(samples, flat(people[few]), flat(people[aside]))
    logit = [
        float(ops.mean(model.discriminator([data.signed(people[some]), y[some]]))) for some in (few, aside)
    ]
    knows[name] = logit[0] - logit[1]
    runtime.record(f"closer_to_training, {name}", copied[name])
    runtime.record(f"logit_gap, {name}", knows[name])
    print(f"{name:23s} nearer to training: {copied[name]:4.0%} of 200; D's gap {knows[name]:5.2f}")

# %% [markdown]
# Two sets of 62 are small: one may lie nearer to everything by luck. How much luck is in such a share? Ask it
# of pictures and sets that have nothing to do with each other: 60 real pictures, and two sets drawn blindly
# from the rest, twenty times.

# %%
luck = []
for number in range(20):
    mixed = np.random.default_rng(number).permutation(len(people))
    some, one_set, other_set = mixed[:60], mixed[60:122], mixed[122:184]
    luck.append(closer_to_training(flat(people[some]), flat(people[one_set]), flat(people[other_set])))
print(f"nothing but luck: {np.mean(luck):.0%}, give or take {2 * np.std(luck):.0%} (two standard deviations)")

# %% [markdown]
# The two GANs that saw 62 pictures can be read by this ruler, and the changes $T$ lower both signs. For the
# third it is nearly blind: even if that GAN copied all of its 700 pictures, only 62 of them are looked at
# here. D's gap has no such limit, and it is the smallest of the three.
#
# ## Coasts
#
# The same plan learns the Earth from above, with two labels, sea and land. Its training differs in several
# ways (the recipe in `tools/rebuild_weights.py` has them: mirrored tiles, no changes $T$, a weaker R1, a
# lower learning rate). In the network one thing differs: after *each* transposed convolution it takes the
# mean of 2×2 neighbours, not after the last one only. That was chosen by looking, for seas and deserts show
# the faintest weave; no cell here compares the two.

# %%
tiles, tile_labels = data.load("earth", "train")  # (1447, 64, 64, 3)
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
    alt="Twelve columns. Top: dark blue sea. Second row: coasts, bays, islands and ice. Third row: deserts and "
    "forests. Last: the real tiles most similar to the second row.",
)

# %% [markdown]
# Nobody taught it the second row: a training tile is called sea *or* land. Between the two orders lies the
# coast.

# %%
half = np.random.default_rng(15).permutation(len(tiles))[:1446].reshape(2, -1)  # 2 × 723
tile_reference = metrics.colour_texture(tiles[half[0]])
z = np.random.default_rng(16).standard_normal((723, 64)).astype("float32")
made = planet.predict([z, data.one_hot("earth", tile_labels[half[0]])], batch_size=64, verbose=0)
for name, pictures in {"real_earth": tiles[half[1]], "earth_64": made}.items():
    features = metrics.colour_texture(pictures)
    distance = metrics.frechet(tile_reference, features)
    precision, recall = metrics.precision_recall(tile_reference, features)
    ruler = {"features": "colour and texture", "samples": len(pictures)}
    runtime.record(f"distance_{name}", distance, **ruler)
    runtime.record(f"recall_{name}", recall, **ruler)
    print(f"{name:12s} distance {distance:5.2f}, precision {precision:.2f}, recall {recall:.2f}")

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
# ## Verdict
#
# The numbers of this run, next to the article:

# %%
for name, pictures in article.items():
    distance = metrics.frechet(reference, metrics.colour_texture(pictures))
    print(f"distance, the article's with {name}: {distance:.2f}")
print(f"distance, the GAN that takes orders: {live_distance:.2f}")
print(f"distance, real pictures: {floor:.2f}")
for name, share in copied.items():
    print(f"{name}: nearer to training {share:.0%}, D's gap {knows[name]:.2f}")

# %% [markdown]
# - *The art GAN* (S5) stops at its last layer; past that, a batch of one takes the noise away that it should
#   paint from. Mended, its dense layers do not come near people in the seconds printed above, with either
#   optimizer. The other GAN differs from it in convolutions, R1, changes $T$ and the number of steps: which
#   of these matters most is not shown here (lesson <<convolutions_that_draw>> takes such a list apart).
# - *Made from the learner's own pictures* (U11): a few hundred are enough to begin with, if D is kept from
#   learning them by heart.
# - *What the user asks for* (U10): count how often, with an examiner whose own mistakes you know.
# - *Few pictures* are a danger of their own: a good distance and a sharp picture are no sign that anything
#   was invented. Keep some pictures aside, and look.

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
