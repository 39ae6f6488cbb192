# %% [markdown] weights=["efficientnet_lite0.npz"]
# # What did it look at?
#
# **A heat map tells you where a network looked; break the network first, and see whether the map notices.**
#
# ## What you will be able to do
#
# - look at what the layers of a network answer to, and let it paint what it would most like to see;
# - compute Grad-CAM and occlusion maps, and say what each weight, mean and sign in them is for;
# - test a map: where the truth is known, by painting over what it points at, and by destroying the network;
# - find a shortcut that a data set has taught a network, mend it, and name one that no map of this kind can
#   show.
#
# ## Prerequisites
#
# Lesson <<the_adversarial_game>> (the judge) and <<name_it_find_it_judge_it>> (a classifier, its logits). You
# know what a derivative with respect to an input is.

# %%
from course_lib import runtime

runtime.start(lesson="what_did_it_look_at", seed=1)

# %%
import keras
import numpy as np
from keras import layers, ops
from skimage.transform import resize

from course_lib import check, data, inference, judge, plots, seeing, training, weights
from course_lib.models import cnn, features
from course_lib.models.supervised import Supervised

# %% tags=["knobs"]
n_maps = runtime.pick(smoke=6, quick=60, full=500)  # pictures that a number is the mean of
n_units = runtime.pick(smoke=100, quick=3000, full=10_000)  # pictures shown to every unit
n_wishes = runtime.pick(smoke=10, quick=40, full=200)  # pictures made for the ten classes
garment_steps = runtime.pick(smoke=2, quick=100, full=300)  # of pictures made for a class
colour_steps = runtime.pick(smoke=1, quick=80, full=300)  # of pictures made for a unit, in colour
colour_size = runtime.pick(smoke=32, quick=96, full=160)  # their side, in pixels
early_and_late = ("block5", "block8", "block11")  # layers, to be painted in colour
painted = runtime.pick(smoke=early_and_late[:1], quick=early_and_late, full=early_and_late)
n_shares = runtime.pick(smoke=3, quick=21, full=21)  # points of a deletion curve
destroyed = runtime.pick(smoke=(5,), quick=(5, 4, 3, 2, 1), full=(5, 4, 3, 2, 1))  # blocks
wrecks = runtime.pick(smoke=2, quick=3, full=5)  # ways of destroying the network
n_grids = runtime.pick(smoke=3, quick=24, full=100)  # pictures made of four photographs
heads = runtime.pick(smoke=(True,), quick=(True, False), full=(True, False))  # ImageNet's, random
n_crops = runtime.pick(smoke=1, quick=10, full=30)  # views of each photograph to learn it from
head_steps = runtime.pick(smoke=2, quick=150, full=300)
short_steps = runtime.pick(smoke=3, quick=200, full=1000)  # of classifiers with a shortcut
seeds = runtime.pick(smoke=(1, 2), quick=(1, 2, 3), full=(1, 2, 3, 4, 5))  # each of them with all these
n_coats = runtime.pick(smoke=100, quick=2000, full=2000)  # pullovers and coats that none of them learned from

# %% [markdown]
# Whenever this course said how far drawn garments are from real ones, one network had measured it, the judge.
# It names 93 of 100 test garments rightly. But what does it look at? Below, yellow marks the places that
# spoke for the name that it gave. (They are test pictures: nothing below learns from them, or is chosen by
# them.)

# %% tags=["final"]
jury = judge.load("fashion")
network = keras.Model(jury.network.input, jury.network.get_layer("logits").output)
front, back = seeing.halves(network, "block_5_relu")  # cut after the last convolution
pictures, labels = data.load("fashion", "test")  # (10000, 28, 28, 1) uint8, (10000,)
test = data.signed(pictures)  # float32 in [-1, 1]
ten = np.array([np.flatnonzero(labels == kind)[3] for kind in range(10)])  # one of each kind
named = jury.labels(test[ten])  # (10,)
rows = {
    "picture": pictures[ten],
    "spoke for it": seeing.overlay(test[ten], seeing.grad_cam(front, back, test[ten], named)),
}
figure = plots.pairs(
    rows,
    title="Where the judge found what it named",
    captions=[data.LABELS["fashion"][kind].replace("/", "/\n") for kind in named],
)
plots.show(
    figure,
    alt="Ten garments, and below each the same with glowing patches: on the chest of shirts, between the legs of "
    "trousers, inside the handle of a bag, on the instep of shoes.",
)

# %% [markdown]
# The bag is known by the hole under its handle, it seems, the trousers by what is between the legs. This
# lesson builds such maps, and asks of each whether it deserves to be believed.
#
# ## From the documents
#
# The articles name interpretability among the problems that are still open (row K1), and show no tool. Here
# are four, with a test for each:
#
# | question | tool | its test in this lesson |
# |---|---|---|
# | what does a unit answer to? | the pictures that excite it most | do they have something in common, and what do they leave out? |
# | what would it like to see? | a picture made for it, by gradient ascent | can a network with random weights do the same? |
# | which part of *this* picture speaks for the answer? | Grad-CAM, occlusion, gradients | the truth where it is known; deletion; random weights |
# | did the network learn what we meant? | maps, on a data set with a planted shortcut | one shortcut they find, one they cannot |

# %% [markdown]
# ## The idea
#
# A convolutional network is a stack of pictures. Each *channel* of a layer is a map that says, place by
# place, how strongly one pattern is present there: its **activation**. So the first thing to do is to look at
# them.


# %%
def channel_maps(layer, picture, count=8):
    """The `count` channels of a layer that vary most over one picture, as pictures (count, 28, 28, 1)."""
    until = keras.Model(network.input, network.get_layer(layer).output)
    maps = ops.convert_to_numpy(until(picture[None]))[0]  # (h, w, channels)
    liveliest = np.argsort(-maps.std(axis=(0, 1)))[:count]
    maps = np.moveaxis(maps[..., liveliest], -1, 0)  # (count, h, w)
    maps = 2 * maps / maps.max(axis=(1, 2), keepdims=True) - 1  # each on its own scale
    repeat = 28 // maps.shape[1]
    return maps.repeat(repeat, axis=1).repeat(repeat, axis=2)[..., None]


pullover = test[1]  # (28, 28, 1)
rows = {"picture": np.stack([pullover] * 8)}
for layer, words in {
    "block_1_relu": "28 × 28",
    "block_3_relu": "14 × 14",
    "block_5_relu": "7 × 7",
}.items():
    rows[f"{layer[:7].replace('_', ' ')}, {words}"] = channel_maps(layer, pullover)
figure = plots.pairs(rows, title="Eight channels each of three layers, looking at one pullover")
plots.show(
    figure,
    alt="A pullover with writing, eight times, and below it activations: in the first block edges and outlines of the "
    "pullover, in the third a few bright spots, in the fifth soft patches on a 7 by 7 grid.",
)

# %% [markdown]
# In the first block you still see the pullover: left edges, right edges, its writing. In the third a channel
# is silent nearly everywhere; in the fifth, 49 places are left. What it stands for cannot be read off one
# picture. So show it thousands, and keep those that excite it most.

# %%
answers = jury.features(test[:n_units])  # (n_units, 128): each channel's mean over its 49 places
chosen = np.sort(np.random.default_rng(4).choice(128, 3, replace=False))
rows = {f"unit {unit}": pictures[np.argsort(-answers[:, unit])[:10]] for unit in chosen}
figure = plots.pairs(rows, title=f"The ten of {n_units:,} test pictures that excite a unit most")
plots.show(
    figure,
    alt="Three rows of ten garments; each row holds garments of one or two kinds that look much alike.",
)

# %%
top = min(30, n_units // 3)


def commonest(kinds):
    """The part of the pictures that belongs to their commonest kind."""
    return np.bincount(kinds).max() / len(kinds)


favourites = np.argsort(-answers, axis=0)[:top]  # (top, 128): pictures by unit
purity = np.mean([commonest(labels[column]) for column in favourites.T])
rng = np.random.default_rng(1)
chance = np.mean([commonest(labels[rng.choice(n_units, top)]) for _ in range(128)])
loudest = np.take_along_axis(answers, favourites, axis=0).sum() / answers.sum()
runtime.record("purity", purity, units=128, pictures=n_units)
runtime.record("loudest_share", loudest, units=128, pictures=n_units)
print(f"of a unit's {top} favourites, {purity:.0%} are of one kind (of {top} random pictures, {chance:.0%})")
print(f"they are {top / n_units:.0%} of the pictures, and {loudest:.0%} of all that the units ever say")

# %% [markdown]
# The rows are no accident, and it is tempting to give each unit a name: "boots", "long sleeves". Read the
# last line before you do. Nearly everything a unit says, it says about pictures that are not in its row. A
# favourite shows the loudest word of a unit, and not its vocabulary.
#
# ### What would it like to see?
#
# Instead of searching for the picture that excites a unit, *make* it: start with noise, and follow the
# gradient of the activation with respect to the pixels, uphill. This is **feature visualisation**. Before the
# mathematics, do it the plain way: the ten logits, and the pixels as the unknowns.

# %%
no_data = data.Batches(np.zeros((1, 1), "float32"), 1)  # these models learn from no pictures
wished = np.arange(n_wishes) % 10  # picture i shall raise this logit
classes = seeing.class_score(network, wished)


def make(score, steps, *arguments, **settings):
    """Pictures that raise a score: (count, size, size, channels), in (-1, 1)."""
    model = seeing.PicturesFor(score, *arguments, **settings)
    model.compile()
    model.fit(no_data, steps_per_epoch=steps, verbose=0)
    return model.pictures()


made = {"pixels": make(classes, garment_steps, n_wishes, 28, prior=False)}
figure = plots.grid(
    made["pixels"][1:10:2],
    columns=5,
    captions=data.LABELS["fashion"][1::2],
    title="Made to raise one logit",
)
plots.show(
    figure,
    alt="Five pictures of black and white noise with short, hard lines; no garment among them.",
)

# %%
logits = ops.convert_to_numpy(classes(made["pixels"]))  # (n_wishes,)
real = ops.convert_to_numpy(seeing.class_score(network, labels[:1000])(test[:1000]))  # (1000,)
print(
    f"the wanted logit: {logits.mean():.1f} here, {real.mean():.1f} on real garments, at most {real.max():.1f}"
)

# %% [markdown]
# None of a thousand real garments comes near such a logit. So what raises a logit most is no garment. (Lesson
# <<fooling_the_judges>> builds attacks on this.) The gradient of a network is full of fine detail,
# because each pixel is a lever of its own, and a step in all pixels at once adds up 784 levers that no
# natural picture pulls together.
#
# ## The mathematics
#
# ### A prior in place of pixels
#
# In natural pictures, neighbouring pixels are alike. In waves: write the picture $x$, with
# $N\times N$ pixels, as a sum of Fourier waves, $x=\sum_k a_k\,\varphi_k$, with $a_k$ the amplitude of wave
# $\varphi_k$ (a wave down the picture times one across it) and $f_k$ its frequency in periods a pixel. Then
# $|a_k|$ falls at least as fast as $1/f_k$. Is that so? Ask the fourteen photographs.

# %%
photos = data.load("photos")  # name -> uint8 (h, w, 3)
size = 256
basis, frequencies = seeing.fourier_basis(size)  # (size, size): one wave a row; (size,)
radius = np.hypot(frequencies[:, None], frequencies)  # (size, size): frequency in the plane
spectrum = np.zeros((size, size))
for photo in photos.values():
    grey = data.signed(photo[:size, :size].mean(axis=-1).astype("uint8"))  # (size, size)
    spectrum += np.abs(basis @ (grey - grey.mean()) @ basis.T) / len(photos)
edges = np.geomspace(2 / size, 0.5, 13)
rings = np.digitize(radius, edges)
middles = np.sqrt(edges[1:] * edges[:-1])
falls = np.array([spectrum[rings == ring].mean() for ring in range(1, 13)])
slope = np.polyfit(np.log(middles), np.log(falls), 1)[0]
figure = plots.curves(
    {
        "14 photographs": (middles, falls),
        "1 / frequency": (middles, falls[4] * middles[4] / middles),
    },
    xlabel="frequency (periods a pixel)",
    ylabel="mean amplitude",
    title="Photographs are made of coarse waves first",
    log=True,
)
figure.axes[0].set(xscale="log", xticks=(ticks := [0.01, 0.03, 0.1, 0.3]), xticklabels=ticks)
plots.show(
    figure,
    alt="On logarithmic axes the photographs' amplitudes fall along a nearly straight line, steeper than 1 over frequency.",
)
runtime.record("spectrum_slope", slope)
print(f"amplitude ~ frequency to the power {slope:.2f}")

# %% [markdown]
# So take *coefficients* $c_k$ as the unknowns, and let the picture be
#
# $$x=\tanh\Big(\gamma\sum_k \frac{c_k}{\max(f_k,\,1/N)}\,\varphi_k\Big),$$
#
# with one factor $\gamma$ for all waves, so that both kinds of picture begin with the same contrast. (The
# pictures above had a coefficient for each pixel, $x=\tanh c$; the tanh keeps them between black and white.)
#
# Every picture can still be written in this way: nothing is forbidden. What changes is the path. A step of
# equal size in all $c_k$, as Adam takes it, is a large step for a coarse wave, a small one for a fine one.
# And with every step the picture is shifted and scaled at random before the network sees it, so that detail
# which only works at one place of the grid averages out (the middle row shows what that does alone). With
# $\varphi_k$ real and orthonormal, the sum is two matrix products, and needs no complex numbers.
#
# Is anything gained? Ask a *witness*: the classifier of lesson <<name_it_find_it_judge_it>>, a smaller
# network that was trained on the same garments, and was never asked while these pictures were made.

# %%
moved = {"reach": 2, "zoom": 0.1}  # pixels, and a part of the size
made["pixels, moved"] = make(classes, garment_steps, n_wishes, 28, prior=False, **moved)
made["waves, moved"] = make(classes, garment_steps, n_wishes, 28, **moved)
figure = plots.pairs(
    {name: shown[1:10:2] for name, shown in made.items()},
    title="The same wishes, in pixels and in waves",
    captions=data.LABELS["fashion"][1::2],
)
plots.show(
    figure,
    alt="Above, noise with hard lines. In the middle, noise with longer lines. Below, softer pictures with larger dark "
    "and light shapes, among which an ankle boot's can be guessed.",
)

# %%
witness = cnn.classifier()  # of lesson <<name_it_find_it_judge_it>>
weights.load_into(witness, "classifier_fashion.weights.h5")
small_basis, small_frequencies = seeing.fourier_basis(28)
fine = np.hypot(small_frequencies[:, None], small_frequencies) > 0.25  # (28, 28)
agreed = {}
for name, shown in {"real": test[:1000], **made}.items():
    power = (small_basis @ shown[..., 0] @ small_basis.T) ** 2  # (n, 28, 28)
    power[:, 0, 0] = 0  # the mean brightness is no wave
    share = power[:, fine].sum() / power.sum()
    wanted = real if name == "real" else ops.convert_to_numpy(classes(shown))
    truth = labels[:1000] if name == "real" else wished
    agreed[name] = witness.predict(shown, verbose=0).argmax(axis=1) == truth  # (n,)
    print(
        f"{name:13s} power in fine waves {share:4.0%}   wanted logit {wanted.mean():5.1f}   "
        f"the witness agrees {inference.share(agreed[name], of='pictures')}"
    )
    runtime.record(f"fine_power_{name}", share, witness=agreed[name].mean())
steps = {
    name: inference.difference(agreed["waves, moved"], agreed[name], paired=True, of="pictures")
    for name in list(made)[:2]
}
for name, step in inference.holm(steps).items():
    print(f"agreement, waves and moved against {name}: {step.said()}")

# %% [markdown]
# Noise in pixels drives the judge beyond anything real, and persuades the witness less than half the time:
# much of it is peculiar to the judge's weights. Most of what moving and waves together draw persuades the
# witness too, so it is something that both have learned. (How much of that moving brings alone, the last line
# says; the pictures are few.) Garments these pictures are not, and their logits are still far beyond those of
# real ones. For ten kinds of grey clothes, the judge needed to learn no more than what tells them apart. One
# that had to tell a thousand things apart in photographs learned more, and there this tool is at its best.
# The course ships such a network, EfficientNet-Lite0, trained on ImageNet. Photographs have a palette, too:
# `colours` mixes three independent channels into red, green and blue that go together as they do in the
# fourteen photographs, in the first noise and in every step.

# %%
pixels = np.concatenate([data.signed(photo[::7, ::7].reshape(-1, 3)) for photo in photos.values()])
covariance = np.cov(np.arctanh(np.clip(pixels, -0.98, 0.98)), rowvar=False)  # (3, 3), before the tanh
values, vectors = np.linalg.eigh(covariance)
palette = vectors * np.sqrt(values) @ vectors.T  # its square root: white noise to the photographs' colours
palette /= np.linalg.norm(palette, axis=0).max()


def unit_score(layer, count=3, trained=True):
    """Score i is the mean activation of the i-th of `count` random channels of a layer."""
    efficientnet = features.efficientnet(layer, trained=trained)
    channels = efficientnet.output[layer].shape[-1]
    units = np.random.default_rng(2).choice(channels, count, replace=False)
    wanted = np.eye(channels, dtype="float32")[units]  # (count, channels)

    def score(pictures):
        means = ops.mean(efficientnet(pictures)[layer], axis=(1, 2))  # (count, channels)
        return ops.sum(ops.multiply(means, wanted), axis=-1)

    return score


# %%
waves = {"reach": 8, "zoom": 0.1, "colours": palette}
shape = (3, colour_size, 3)
dreams = {}
for layer in painted:
    dreams[layer] = make(unit_score(layer), colour_steps, *shape, **waves)
figure = plots.pairs(dreams, title="Three random units of three layers, from early to late")
plots.show(
    figure,
    alt="Rows of coloured pictures: lines and weaves in the early layer, patches of patterns in the next, and scales, "
    "feathers and folds in the late one.",
)

# %% [markdown]
# From lines to weaves to scales and feathers: nobody told these units what to look for. And nobody chose
# them; the three of each row are the first that a random generator picked.
#
# Now the doubt. Here are the three units of the last row again, painted in *pixels*, and then in waves, but
# for a network whose weights are random numbers.

# %%
doubts = {}
doubts["block11, pixels"] = make(unit_score("block11"), colour_steps, *shape, prior=False, **waves)
doubts["random weights"] = make(unit_score("block11", trained=False), colour_steps, *shape, **waves)
figure = plots.pairs(doubts, title="The last row without the prior, and without training")
plots.show(
    figure,
    alt="First row: the same scales and folds, finer and nearly without colour. Second row, from random weights: "
    "blotches of light and dark without any form.",
)

# %% [markdown]
# Shifting and scaling at random are a prior of their own, so even in pixels there is something to see: fine,
# and nearly without colour. The waves bring the large forms and the palette. Some of what you see is thus the
# prior, and the random network shows how much: it has the palette and large blotches of light and dark, and
# no form at all. The textures are what training brought. Keep the pair in mind: **what a random network shows
# as well was not learned.** It is the test that the rest of this lesson leans on.
#
# ### Grad-CAM
#
# Now one picture, and one answer. Write $A_k(u,v)$ for the activation of channel $k$ at place $(u,v)$ of a
# layer, $Z$ for the number of its places (here $7\cdot7$), and $y_c$ for the logit of class $c$. Grad-CAM
# asks for each channel how much it speaks for the class,
#
# $$\alpha_k=\frac1Z\sum_{u,v}\frac{\partial y_c}{\partial A_k(u,v)},\qquad
# M(u,v)=\operatorname{ReLU}\Big(\sum_k\alpha_k\,A_k(u,v)\Big),$$
#
# and adds up the channels with these weights. Three things to notice:
#
# - The mean is taken of the *slopes*, not of the activations: where a channel was active is what the map is
#   about.
# - The ReLU stands outside the sum. A channel that speaks against the class may cancel one that speaks for
#   it; only what is left over is cut.
# - The logit is differentiated, not the probability. The last part of this lesson shows why.
#
# In two lines, for `activations` and `slopes` (the derivative of the logit with respect to them), tensors
# `(n, h, w, channels)`:


# %%
def grad_cam(activations, slopes):
    """Maps (n, h, w): where the activations speak for the class."""
    weights = ops.mean(slopes, axis=(1, 2), keepdims=True)  # (n, 1, 1, channels)
    return ops.relu(ops.sum(weights * activations, axis=-1))  # (n, h, w)


# %% [markdown]
# The second half of the network, from activations to logits, is what has to be differentiated. The maps of
# the first figure:

# %%
activations = front(test[ten])  # (10, 7, 7, 128)
slopes = training.gradient(seeing.class_score(back, named), activations)  # the same shape
maps = ops.convert_to_numpy(grad_cam(activations, slopes))  # (10, 7, 7)
library = seeing.grad_cam(front, back, test[ten], named)
print(f"largest difference to the first figure's maps: {np.abs(maps - library).max():.1g}")

# %% [markdown]
# What is the unit of such a map? For this network there is a clean answer. Behind the last convolution come a
# mean over the places and one dense layer with weights $w_{kc}$ and offset $b_c$, so
# $y_c=b_c+\sum_k w_{kc}\,\frac1Z\sum_{u,v}A_k(u,v)$, and all slopes are $w_{kc}/Z$. The map *before* the ReLU
# is then a division of the logit among the 49 places: it adds up to $y_c-b_c$.

# %%
signed = seeing.grad_cam(front, back, test[:n_maps], labels[:n_maps], relu=False)  # (n, 7, 7)
logits = ops.convert_to_numpy(seeing.class_score(network, labels[:n_maps])(test[:n_maps]))
offsets = back.get_layer("logits").get_weights()[1][labels[:n_maps]]  # (n,)
error = np.abs(signed.sum(axis=(1, 2)) - (logits - offsets)).max()
print(
    f"sum over the map against logit - offset: largest difference {error:.1g}, logits around {logits.mean():.1f}"
)

# %% [markdown]
# That holds for this kind of network, and for *activations*. An
# activation of the last layer sees a large part of the picture, so a bright place in the map says "here sits
# an activation that counts", and not yet "these pixels count". Pixels have to be asked in another way.
#
# ### Occlusion
#
# Hide a square of the picture, and see how far the logit falls. No derivative, no layer, any network: and a
# question about pixels.
#
# ## Exercise: occlusion
#
# `score` takes an array of pictures `(n, h, w, c)` and returns a tensor `(n,)`. `picture` is one picture
# `(h, w, c)`, a NumPy array, whose sides are multiples of `side`. Cut it into squares of that side, paint one
# at a time with the value `fill` in a copy, and return how far the score *falls*: an array
# `(h // side, w // side)`.


# %% tags=["exercise"]
def occlusion_map(score, picture, side, fill):
    """How far the score falls when each square of a picture is hidden, (h // side, w // side)."""
    ...


# %% tags=["solution"]
def occlusion_map(score, picture, side, fill):
    """How far the score falls when each square of a picture is hidden, (h // side, w // side)."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    hidden = np.stack([picture] * (rows * columns))  # (squares, h, w, c), a copy for each square
    for place in range(len(hidden)):
        top, left = side * (place // columns), side * (place % columns)
        hidden[place, top : top + side, left : left + side] = fill
    after = ops.convert_to_numpy(score(hidden))  # (squares,)
    before = ops.convert_to_numpy(score(picture[None]))  # (1,)
    return (before - after).reshape(rows, columns)


# %% tags=["check"]
occlusion_map = check.occlusion_map(occlusion_map)

# %% [markdown]
# Side by side, with two more candidates: the *gradient* of the logit with respect to each pixel, of which
# only the size is shown, and **gradient × input**, which multiplies it by the pixel's distance from black.
# And a row that never asked the network: an **edge detector**. The squares are painted black: in the figure 4
# pixels wide, side by side, by your function; in the tables after it 8 pixels wide and overlapping, so that a
# pixel has the mean of the squares that cover it.


# %%
def all_maps(one, shown, kinds):
    """Four kinds of map of the same pictures, (n, 28, 28) each."""
    score = seeing.class_score(one, kinds)
    cam = seeing.grad_cam(*seeing.halves(one, "block_5_relu"), shown, kinds)
    return {
        "Grad-CAM": seeing.enlarge(cam, (28, 28)),
        "gradient": seeing.input_gradient(score, shown),
        "gradient × input": seeing.input_gradient(score, shown, times_input=True),
        "edge detector": seeing.edge_map(shown),
    }


shown = test[:n_maps]  # (n, 28, 28, 1)
kinds = jury.labels(shown)  # (n,): what the judge says, right or wrong
score = seeing.class_score(network, kinds)
maps = {"occlusion": seeing.occlusion(score, shown, side=8, stride=4)} | all_maps(network, shown, kinds)

# %%
six, told = test[ten[4:]], named[4:]  # (6, 28, 28, 1), (6,)
squares = np.stack(
    [occlusion_map(lambda p, k=k: seeing.class_score(network, [k] * len(p))(p), one, 4, -1.0)
     for one, k in zip(six, told, strict=True)]
)  # (6, 7, 7)  # fmt: skip
as_rgb = data.to_uint8(six).repeat(3, axis=-1)  # (6, 28, 28, 3)
rows = {"picture": as_rgb, "occlusion, yours": seeing.overlay(six, squares)}
for name, one in all_maps(network, six, told).items():
    rows[name] = seeing.overlay(six, one)
figure = plots.pairs(rows, title="Five answers to one question")
plots.show(
    figure,
    alt="Five rows of maps over six garments. Occlusion and Grad-CAM mark similar places on shirts, sneaker and "
    "boot, others on the sandal, and opposite ends of the bag; gradients are scattered dots; gradient times input "
    "speckles the garment; the edge detector draws its outline.",
)

# %% [markdown]
# They do not agree. Take the bag: Grad-CAM points at the hole under its handle,
# occlusion at its bottom. Neither is wrong about what it measured. The hole is black, and painting it black
# changes next to nothing, so occlusion with black *cannot* point there. What a square is painted with is part
# of the question.
#
# How far do they agree on the whole? *Rank correlation* compares the order into which two maps put the
# pixels: 1 for the same order, 0 for none in common, −1 for the reverse.

# %%
for name in list(maps)[1:]:
    agreement = seeing.rank_correlation(maps[name], maps["occlusion"]).mean()
    print(f"{name:17s} with occlusion: {agreement:5.2f}")
    runtime.record(f"with_occlusion_{name}", agreement, pictures=n_maps)

# %% [markdown]
# ### A number for faithfulness, and what it is worth
#
# If a map is right, then painting over what it marks should hurt the network, and bringing it back should
# help. *Deletion*: paint the pixels over, those with the largest values first, and take the mean of the
# class's probability on the way; low is good. *Insertion*: begin with nothing and bring them back; high is
# good. Two more rows for control: a random map, and the *brightness of the picture itself*.

# %%
maps["random"] = np.random.default_rng(1).random(shown.shape[:3])
maps["brightness"] = shown[..., 0]
shares = np.linspace(0, 1, n_shares)  # parts of the pixels


def probability(pictures):
    """How probable the judge's own answer is in each picture, (n,)."""
    wanted = np.eye(10, dtype="float32")[kinds]
    return ops.sum(ops.softmax(network(pictures, training=False)) * wanted, axis=-1)


print(f"{'':17s} {'delete to black':>15s} {'insert on black':>15s} {'delete to grey':>15s}")
curves, faith = {}, {}
for name, one in maps.items():
    black = seeing.deletion_curve(probability, shown, one, shares)  # (n_shares, n)
    back_in = seeing.deletion_curve(probability, shown, one, shares, keep=True)
    to_grey = seeing.deletion_curve(probability, shown, one, shares, fill=0.0)
    curves[name] = (100 * shares, black.mean(axis=1))
    print(f"{name:17s} {black.mean():15.2f} {back_in.mean():15.2f} {to_grey.mean():15.2f}")
    for key, value in (("deletion", black), ("insertion", back_in), ("deletion_grey", to_grey)):
        faith[key, name] = value.mean(axis=0)  # (n,): one number a picture
        runtime.record(f"{key}_{name}", inference.mean(faith[key, name], of="pictures"))

# %%
better = {}  # than the control, on the same pictures
for name in ("Grad-CAM", "occlusion"):
    for control in ("random", "edge detector", "brightness"):
        for key, sign in (("deletion", -1), ("insertion", 1)):
            gain = inference.difference(
                sign * faith[key, name], sign * faith[key, control], paired=True, of="pictures"
            )
            better[f"{key}, {name} better than {control}"] = gain
for name, gain in inference.holm(better).items():
    print(f"{name:43s} {gain.said()}")

# %%
few = {name: curves[name] for name in ("Grad-CAM", "occlusion", "edge detector", "random", "brightness")}
figure = plots.curves(
    few,
    xlabel="painted black, largest values of the map first (% of the pixels)",
    ylabel="probability of the judge's answer",
    title="Deletion: the lower a curve, the better its map",
)
plots.show(
    figure,
    alt="Curves that fall from nearly one to a tenth: Grad-CAM and occlusion fall fastest, brightness close to them, "
    "edges later, random pixels latest.",
)

# %% [markdown]
# Both maps beat random pixels, and at deletion the edge detector too: that is evidence. At insertion the
# edges, which never asked the network, come close, and from Grad-CAM they are not told apart. *Brightness*
# asks no network either: at deletion it is not told apart from the two maps, and at insertion it beats both.
# Painting the bright pixels black removes the garment, whatever the network looks at (and gradient × input
# does well for the same reason: it contains the brightness). In the last column, with grey in place of black,
# scattered maps, random pixels among them, suddenly lead: grey speckles are a picture that the judge was
# never trained on, and confuse it more than anything one could hide. A faithfulness score measures the map
# *and* the paint.

# %% [markdown]
# ## The experiment
#
# ### Break the network
#
# A map that explains a network must change when the network does. Adebayo et al. proposed the test: destroy
# the weights layer by layer, from the logits downwards, and compare the maps with the original ones. Here
# each array, a convolution's weights and its normalisation's numbers, keeps what it holds and loses the
# order.
#
# ## Exercise: a bet on what survives
#
# Every weight is destroyed. Of the three maps that asked the network (the edge detector did not), which
# changes least, and what is the rank correlation of its maps before and after? The table below settles it.


# %% tags=["exercise"]
def what_survives():
    """Your bet: {"survivor": "Grad-CAM", "gradient" or "gradient × input", "likeness": -1 to 1}."""
    ...


# %% tags=["solution"]
def what_survives():
    """Your bet: {"survivor": "Grad-CAM", "gradient" or "gradient × input", "likeness": -1 to 1}."""
    return {"survivor": "gradient × input", "likeness": 0.9}


# %% tags=["check"]
what_survives = check.what_survives(what_survives)

# %% [markdown]
# Gradient × input gets four rows at the end. Its zero may be black, as above, or grey, the 0 of the numbers
# that the network gets; and its sign may be dropped, as above, or kept.


# %%
def factors(one, shown, kinds):
    """Four ways of multiplying gradient and input, maps (n, 28, 28): two zeros, with and without a sign."""
    slopes = training.gradient(seeing.class_score(one, kinds), ops.convert_to_tensor(shown))
    slopes, x = ops.convert_to_numpy(slopes)[..., 0], shown[..., 0]  # (n, 28, 28) each; black is -1 in x
    return {
        "gradient × input": np.abs(slopes) * (x + 1),
        "the same, signed": slopes * (x + 1),
        "black is -1": np.abs(slopes * x),
        "black is -1, signed": slopes * x,
    }


blocks = [["logits"], *([f"block_{number}_conv", f"block_{number}_norm"] for number in destroyed)]
intact = all_maps(network, shown, kinds)
likeness = {name: [1.0] for name in intact}
accuracies = [np.mean(kinds == labels[:n_maps])]
for depth in range(1, len(blocks) + 1):
    broken = seeing.randomised(network, sum(blocks[:depth], []))
    after = all_maps(broken, shown, kinds)
    for name in intact:
        likeness[name].append(seeing.rank_correlation(intact[name], after[name]).mean())
    guesses = broken.predict(shown, verbose=0).argmax(axis=1)
    accuracies.append(np.mean(guesses == labels[:n_maps]))

# %%
figure = plots.curves(
    likeness,
    xlabel="weight layers destroyed, from the logits downwards",
    ylabel="rank correlation with the intact network's map",
    title="Which maps notice that the network is gone?",
)
plots.show(
    figure,
    alt="Grad-CAM drops to zero with the first layer, the gradient falls to near zero; gradient times input stays near "
    "0.9, the edge detector at one.",
)
print(f"right answers: {accuracies[0]:.0%} intact, {accuracies[1]:.0%} after the first layer")

# %%
inside = shown[..., 0] > -0.9  # (n, 28, 28): where the garment is
intact |= factors(network, shown, kinds)
left = {name: [] for name in intact}  # one number for each way of destroying everything
on_garment, empty = {name: [] for name in intact}, {name: [] for name in intact}
for seed in range(1, wrecks + 1):
    broken = seeing.randomised(network, sum(blocks, []), seed=seed)
    for name, one in (all_maps(broken, shown, kinds) | factors(broken, shown, kinds)).items():
        left[name].append(seeing.rank_correlation(intact[name], one).mean())
        pairs = zip(intact[name], one, inside, strict=True)
        on_garment[name].append(
            np.mean([seeing.rank_correlation(a[w][None], b[w][None])[0] for a, b, w in pairs])
        )
        empty[name].append(np.mean(np.ptp(one, axis=(1, 2)) == 0))
print(f"all destroyed, in {wrecks} ways: likeness (Student's t)    on the garment alone    empty maps")
for name in intact:
    kept, garment = inference.mean(left[name], of="ways"), np.mean(on_garment[name])
    print(f"{name:20s} {kept!s:>24s} {garment:31.2f} {np.mean(empty[name]):18.0%}")
    runtime.record(f"destroyed_{name}", kept, pictures=n_maps, garment=garment)

# %%
asked = {name: inference.mean(left[name], of="ways") for name in ("Grad-CAM", "gradient", "gradient × input")}
survivor = max(asked, key=lambda name: asked[name].value)
check.what_survives.settle(what_survives, survivor=survivor, likeness=asked[survivor])
rows = {"picture": as_rgb}
wreck = all_maps(broken, six, told)
for name, one in all_maps(network, six, told).items():
    if name in ("Grad-CAM", "gradient × input"):
        rows[name] = seeing.overlay(six, one)
        rows[f"{name}, destroyed"] = seeing.overlay(six, wreck[name])
figure = plots.pairs(rows, title="Explaining a judge, and noise")
plots.show(
    figure,
    alt="For six garments, maps of the judge and of the destroyed judge. Grad-CAM's become unrelated patches or "
    "vanish; those of gradient times input still outline the garments.",
)

# %% [markdown]
# - **Grad-CAM** and the plain **gradient** pass: without the network their maps are gone. Of Grad-CAM's, many
#   are gone in the plainest sense: the ReLU leaves nothing, and a map that is the same everywhere counts as 0
#   here. The others have next to nothing in common with the originals.
# - **Gradient × input** fails *as it is shown above*: a network of random numbers is "explained" by pictures
#   of garments, because the factor *input* draws them, black pixels staying black whatever the weights. Keep
#   the sign, and nothing is left; measure from grey, and little is. So zero and sign, which a caption seldom
#   names, decide this verdict.
# - The **edge detector** cannot fall, and looks no worse than the others. If a map of a network looks like
#   edges, that is no reason to trust it.
#
# Passing is necessary, and not sufficient: a map of random numbers drawn from the weights would pass as well.
#
# ### Ask where the truth is known
#
# So build a picture for which you know the answer: four photographs, two above two. If the class is "cat", a
# good map lies in the cat's quarter. EfficientNet comes without its classifier, so train one dense layer on
# its features that tells the fourteen photographs apart, from crops; the grids are made of other crops, and
# grids were never shown in training.

# %%
rng = np.random.default_rng(1)


def crop(photo, side=112):
    """A random square of a photograph, sometimes mirrored, (side, side, 3) in [-1, 1]."""
    height, width = photo.shape[:2]
    length = int(min(height, width) * rng.uniform(0.7, 1.0))
    top, left = rng.integers(height - length + 1), rng.integers(width - length + 1)
    square = photo[top : top + length, left : left + length]
    square = square[:, ::-1] if rng.random() < 0.5 else square
    step = max(1, length // (2 * side))  # a coarse first step saves most of the time
    return 2 * resize(square[::step, ::step], (side, side), anti_aliasing=True).astype("float32") - 1


which = np.repeat(np.arange(len(photos)), n_crops).astype("int32")
crops = np.stack([crop(photo) for photo in photos.values() for _ in range(n_crops)])
four = np.stack([rng.choice(len(photos), 4, replace=False) for _ in range(n_grids)])  # (n_grids, 4)
tiles = np.stack([crop(list(photos.values())[k]) for k in four.ravel()])  # (n, 112, 112, 3)
grids = tiles.reshape(n_grids, 2, 2, 112, 112, 3).transpose(0, 1, 3, 2, 4, 5)
grids = grids.reshape(n_grids, 224, 224, 3)


# %%
def trained_head(trained):
    """EfficientNet's last features of the grids, and a dense layer from features to the photograph's number."""
    extract = features.efficientnet("head", trained=trained)
    seen = extract.predict(crops, batch_size=28, verbose=0)["head"]  # (n, 4, 4, 1280)
    look = keras.Input((None, None, 1280), name="features")
    scaled = layers.Rescaling(float(1 / seen.mean(axis=(1, 2)).std()))(look)
    means = layers.GlobalAveragePooling2D()(scaled)
    runtime.seed(1)
    head = keras.Model(look, layers.Dense(len(photos), name="logits")(means))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = Supervised(head, loss, seed=1)
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(data.Batches((seen, which), 14, seed=1), steps_per_epoch=head_steps, verbose=0)
    new = extract.predict(tiles, batch_size=28, verbose=0)["head"]  # crops not trained on
    named = head.predict(new, verbose=0).argmax(axis=1) == four.ravel()
    print(f"the head names {named.mean():.0%} of the crops in the grids rightly, one at a time")
    return extract.predict(grids, batch_size=8, verbose=0)["head"], head  # (n_grids, 7, 7, 1280)


quarters = np.zeros((4, 224, 224), bool)
for place in range(4):
    row, column = divmod(place, 2)
    quarters[place, 112 * row : 112 * (row + 1), 112 * column : 112 * (column + 1)] = True

# %% [markdown]
# ## Exercise: the share of a map
#
# `maps` has the shape `(n, h, w)`, `where` marks a region with booleans: `(h, w)` for all maps, or one each,
# `(n, h, w)`. Return for each map which part of its sum lies inside, from 0 to 1; values below 0 count as 0.
# A map without any value above 0 has no such part: return NaN for it.


# %% tags=["exercise"]
def share_inside(maps, where):
    """The part of each map's positive values that lies inside a region, (n,)."""
    ...


# %% tags=["solution"]
def share_inside(maps, where):
    """The part of each map's positive values that lies inside a region, (n,)."""
    positive = np.maximum(maps, 0)  # (n, h, w)
    return (positive * where).sum(axis=(1, 2)) / positive.sum(axis=(1, 2))


# %% tags=["check"]
share_inside = check.share_inside(share_inside)

# %% covers="K1"
in_quarter = {}
for trained in heads:
    seen, head = trained_head(trained)
    same = keras.Model(head.input, head.input)  # the features are given already
    found = [
        seeing.enlarge(seeing.grad_cam(same, head, seen, four[:, place]), (224, 224)) for place in range(4)
    ]  # (n_grids, 224, 224) each, place by place
    each = [share_inside(found[place], quarters[place]) for place in range(4)]  # (n_grids,) each
    right = np.nanmean(each, axis=0)  # (n_grids,)
    kind = "ImageNet's weights" if trained else "random weights"
    in_quarter[kind] = np.nanmean(right)
    told = inference.mean(right[np.isfinite(right)], of="grids")
    print(f"{kind:18s}: {told} of the map lies in the right quarter (a blind one: 0.25)\n")
    runtime.record(f"right_quarter_{'trained' if trained else 'random'}", told, grids=n_grids)
    if trained:
        drawn = [[grids[k], *(seeing.overlay(grids[k : k + 1], found[place][k : k + 1])[0] for place in range(4))]
                 for k in range(2)]  # fmt: skip

# %%
names = list(photos)
small = [data.to_uint8(first) for first, *_ in drawn]  # the grids themselves
small = [picture for first, row in zip(small, drawn, strict=True) for picture in (first, *row[1:])]
small = np.stack(small).reshape(10, 112, 2, 112, 2, 3).mean(axis=(2, 4)).astype("uint8")
captions = [text for k in range(2) for text in ("", *(f"“{names[kind]}”" for kind in four[k]))]
figure = plots.grid(
    small, columns=5, captions=captions, title="Where is it? Grad-CAM for each of four classes"
)
plots.show(
    figure,
    alt="Two grids of four photographs, each followed by four copies in which the quarter with the named photograph "
    "glows.",
)

# %% [markdown]
# Here a map can be right or wrong, and it is right. On random features, with a head trained in the same way,
# it is blind: so neither method nor grid lights the right quarter up. But read the other line
# as well. That head names new crops rightly more often than chance would (one in fourteen), and seldom all
# the same; who does not know the cat cannot point at it. (Böhle, Fritz and Schiele use such grids to compare
# methods. Maps without anything above 0 are left out of the mean.)
#
# ### A data set with a shortcut
#
# Now the use that maps are sold for. Pullovers and coats are hard to tell apart. Suppose the coats were
# photographed in another shop, which leaves a price tag in the corner: in the training data it is on 97 of
# 100 coats, and on 3 of 100 pullovers. Nobody noticed, and the held-out data come from the same two shops.
# Each network is trained anew from several seeds.


# %%
def coats(split):
    """Pullovers and coats: pictures (n, 28, 28, 1) in [-1, 1], and 1 for a coat."""
    every, kinds = data.load("fashion", split)
    two = (kinds == 2) | (kinds == 4)
    return data.signed(every[two]), (kinds[two] == 4).astype("int32")


def tag(shown, on):
    """A small bright tag in the upper right corner of the pictures where `on` is true."""
    changed = shown.copy()
    changed[on, 2:5, 23:26] = 0.6
    return changed


def given(is_coat, agreement):
    """Booleans: true for a part `agreement` of the coats, and 1 - `agreement` of the pullovers."""
    drawn = np.random.default_rng(1).random(len(is_coat))  # the same for every network
    return (drawn < agreement) == (is_coat == 1)


train_shown, train_coat = coats("train")  # (n, 28, 28, 1), (n,)
new_shown, new_coat = (part[:n_coats] for part in coats("validation"))  # (m, 28, 28, 1), (m,): held out


# %%
def learned(shown):
    """Small classifiers of pullovers and coats, one a seed, each trained for a few seconds."""
    networks = []
    for seed in seeds:
        runtime.seed(seed)
        picture = keras.Input((28, 28, 1))
        h = layers.Conv2D(24, 3, strides=2, padding="same", activation="relu")(picture)  # (n, 14, 14, 24)
        h = layers.Conv2D(48, 3, padding="same", activation="relu")(h)  # (n, 14, 14, 48)
        h = layers.Conv2D(64, 3, padding="same", activation="relu", name="last")(h)  # (n, 14, 14, 64)
        h = layers.GlobalAveragePooling2D()(h)  # (n, 64)
        one = keras.Model(picture, layers.Dense(2, name="logits")(h))
        model = Supervised(one, keras.losses.SparseCategoricalCrossentropy(from_logits=True), seed=seed)
        model.compile(
            keras.optimizers.Adam(2e-3), steps_per_execution=runtime.pick(smoke=1, quick=10, full=10)
        )
        batches = data.Batches((shown, train_coat), 64, seed=seed)
        networks.append(model.fit(batches, steps_per_epoch=short_steps, verbose=0).model.network)
    return networks


def right_answers(networks, cue, agreement):
    """The part of held-out pictures named rightly when the cue agrees with the answer that often, one a seed."""
    changed = cue(new_shown, given(new_coat, agreement))
    guesses = [one.predict(changed, batch_size=500, verbose=0).argmax(axis=1) for one in networks]
    return [np.mean(guess == new_coat) for guess in guesses]


# %% covers="K1"
trained = {"honest": learned(train_shown), "tag, biased": learned(tag(train_shown, given(train_coat, 0.97)))}
tagged = {}
for agreement, words in (
    (0.97, "the same two shops"),
    (0.5, "tags at random"),
    (0.03, "tags changed over"),
):
    tagged[agreement] = inference.mean(right_answers(trained["tag, biased"], tag, agreement))
    print(f"{words:20s} right: {tagged[agreement]}")
    runtime.record(f"tag_right_{round(100 * agreement)}", tagged[agreement], pictures=len(new_coat))
print(
    f"trained without tags right: {inference.mean(right_answers(trained['honest'], tag, 0.5))}, tags at random"
)
print(f"(intervals: {tagged[0.97].source()})")

# %% [markdown]
# The first line is the number that would have been published: the held-out data share the fault of the
# training data, so it looks better than garments without tags allow. The other two need to know of the tag.
# Does the map show it to somebody who does not?

# %%
corner = np.zeros((28, 28), bool)
corner[:8, 20:] = True  # the tag, and a few pixels around it
wearing = tag(new_shown, new_coat == 1)[new_coat == 1]  # coats, all with the tag
plain = new_shown[new_coat == 1]  # the same coats without


def cam_of(one, shown):
    """Grad-CAM for "coat", (n, 28, 28)."""
    return seeing.enlarge(seeing.grad_cam(*seeing.halves(one, "last"), shown, 1), (28, 28))


def share_on(networks, shown, where):
    """Which part of the maps lies in a region, the mean over pictures; one number a seed."""
    return [np.nanmean(share_inside(cam_of(one, shown), where)) for one in networks]


trained["tag, cured"] = learned(tag(train_shown, given(train_coat, 0.5)))
rows = {"coat with tag": wearing[:6].repeat(3, axis=-1)}
in_corner = {}
print(f"the corner is {corner.mean():.0%} of the picture")
for name, networks in trained.items():
    in_corner[name] = inference.mean(share_on(networks, wearing[:300], corner))
    rows[name] = seeing.overlay(wearing[:6], cam_of(networks[0], wearing[:6]))
    at_random, over = (inference.mean(right_answers(networks, tag, part)) for part in (0.5, 0.03))
    print(f"{name:12s} {in_corner[name]} of the map in the corner\n"
          f"             right with tags at random {at_random}, changed over {over}")  # fmt: skip
    runtime.record(f"corner_{name}", in_corner[name], right=at_random.value)

# %%
figure = plots.pairs(rows, title="What speaks for “coat”, in three networks?")
plots.show(
    figure,
    alt="Six coats with a small tag in the upper right corner. The honest network's maps glow in the dark beside "
    "shoulders and sleeves, the biased one's at the tag alone, the mended one's beside shoulders and sleeves again.",
)

# %% [markdown]
# The map gives it away at a glance. The **cure** is in the third row: the tag was put on a random half of
# *all* training pictures, so that it no longer tells anything, and the network turned back to the outline of
# the garments. (Painting over the corner would do as well, if it is always the corner.) A map found the
# fault; a change of the data mended it; and only the accuracy on pictures *without* the fault proves that it
# mended.
#
# ## When it goes wrong
#
# ### A shortcut that no map shows
#
# The second shop could have had another lamp. Then its coats are a little darker: no tag, no corner, nothing
# that has a place.


# %%
def dim(shown, on):
    """Pictures with 70 % of their brightness where `on` is true."""
    changed = shown.copy()
    changed[on] = 0.7 * (changed[on] + 1) - 1
    return changed


trained["lamp, biased"] = learned(dim(train_shown, given(train_coat, 0.97)))
trained["lamp, cured"] = learned(dim(train_shown, given(train_coat, 0.5)))
dimmed = dim(new_shown, new_coat == 1)[new_coat == 1]
on_coats, runs = {}, {}
garment = plain[:300, ..., 0] > -0.9  # (n, 28, 28)
rows = {"dimmed coat": dimmed[:6].repeat(3, axis=-1)}
for name in ("honest", "lamp, biased", "lamp, cured"):
    runs[name] = share_on(trained[name], dimmed[:300], garment)
    on_coats[name] = inference.mean(runs[name])
    rows[name] = seeing.overlay(dimmed[:6], cam_of(trained[name][0], dimmed[:6]))
    same, over = (inference.mean(right_answers(trained[name], dim, part)) for part in (0.97, 0.03))
    print(f"{name:13s} {on_coats[name]} of the map on the coat\n"
          f"              right: same shops {same}, changed over {over}")  # fmt: skip
    runtime.record(f"coat_{name}", on_coats[name], changed_over=over.value)
gap = inference.difference(runs["lamp, biased"], runs["lamp, cured"], paired=True)
print(f"map on the coat, biased minus cured: {gap.said()}")

# %%
figure = plots.pairs(rows, title="Which of these three networks cheats?")
plots.show(
    figure,
    alt="Six darker coats and three rows of maps at shoulders, sleeves and beside them; nothing gives the biased "
    "network away.",
)

# %% [markdown]
# All three glow at shoulders, at sleeves and in the dark beside them, and the cheat's map lies on the coat no
# less than the others'. It is in the middle row: it looks at how *bright* the coat is, and its answers fall
# apart when the lamps change over. A map says where, and never what. So **a map that shows no shortcut proves
# nothing**: the numbers in the last column do, and for them you need a suspicion, and data in which the
# suspect and the answer are not tied together. Lesson <<needs_bias_leakage>> goes there.
#
# ### The gradient of the wrong thing
#
# Training differentiates the *loss*, and who copies that line gets a map with the opposite sign: the loss
# falls when the logit rises. With the ReLU behind it, the map keeps what speaks against the class, or for its
# rivals. It looks like a map all the same.

# %%
wanted = np.eye(10, dtype="float32")[kinds]  # (n, 10)
inner = front(shown)  # (n, 7, 7, 128)
differentiated = {
    "the logit": lambda a: ops.sum(back(a) * wanted, axis=-1),
    "the loss": lambda a: -ops.sum(ops.log_softmax(back(a)) * wanted, axis=-1),
}
for name, function in differentiated.items():
    cam = ops.convert_to_numpy(grad_cam(inner, training.gradient(function, inner)))  # (n, 7, 7)
    cam = seeing.enlarge(cam, (28, 28))
    falls = seeing.deletion_curve(probability, shown, cam, shares).mean(axis=0)  # (n,)
    likes = seeing.rank_correlation(cam, maps["occlusion"]).mean()
    print(f"{name:10s} deletion {falls.mean():.2f}   rank correlation with occlusion {likes:5.2f}")
    runtime.record(
        f"differentiated_{name.split()[1]}", inference.mean(falls, of="pictures"), with_occlusion=likes
    )
worse = inference.difference(falls, faith["deletion", "random"], paired=True, of="pictures")
print(f"deletion by the loss's map minus by random pixels: {worse.said()}")

# %% [markdown]
# The numbers notice what the eye does not: a map worse than random pixels, and against the occlusion map
# instead of with it. The cure is to differentiate the logit.
#
# ### The gradient of a probability
#
# Why not the probability, which is what one wants to know about? Write $p_c=e^{y_c}/\sum_j e^{y_j}$ for that
# of class $c$, with $j$ running over all ten. Then
#
# $$\frac{\partial p_c}{\partial x}=p_c\Big(\frac{\partial y_c}{\partial x}-\sum_j p_j\frac{\partial y_j}{\partial x}\Big),$$
#
# and for a sure network, $p_c\to1$, the bracket goes to 0: the surer the answer, the less there is to
# explain.

# %%
probabilities = ops.convert_to_numpy(probability(shown))  # (n,)
of_logit = np.abs(ops.convert_to_numpy(training.gradient(score, shown))).sum(axis=(1, 2, 3))  # (n,)
of_probability = np.abs(ops.convert_to_numpy(training.gradient(probability, shown))).sum(axis=(1, 2, 3))
print("how sure the judge is   pictures   gradient of the logit   of the probability")
for low, high in ((0, 0.9), (0.9, 0.99), (0.99, 0.9999), (0.9999, 1.01)):
    group = (probabilities >= low) & (probabilities < high)
    if group.any():
        print(f"{low:7.2%} to {min(high, 1):7.2%} {group.sum():10d} {of_logit[group].mean():19.0f} "
              f"{of_probability[group].mean():22.2g}")  # fmt: skip
surest = probabilities.argsort()[-max(1, n_maps // 4) :]
vanished = np.median(of_probability[surest] / of_logit[surest])
runtime.record("gradient_left", vanished, pictures=len(surest))
print(f"the surest pictures keep {vanished:.1g} of the gradient's length")

# %% [markdown]
# The gradient of the logit (here the sum of its sizes over the pixels) is as long for a sure picture as for a
# doubtful one; that of the probability is gone. `overlay` would still draw a map, because every map is drawn
# on its own scale, and nothing in it would tell you that next to nothing is left; where the probability is
# rounded to 1, it would draw rounding errors. That scale is the last trap: a bright patch is bright compared
# with the rest of *its* map, and two maps must not be compared by their colours.
#
# ## Verdict
#
# What the lesson measured:

# %%


def listed(parts):
    """The numbers of a dict in one line."""
    return ", ".join(f"{name} {part:.0%}" for name, part in parts.items())


print(f"Grad-CAM in the right quarter: {listed(in_quarter)}")
print("likeness, network destroyed:   "
      + ", ".join(f"{name} {np.mean(values):.2f}" for name, values in left.items()))  # fmt: skip
print(f"accuracy with a planted tag:   {tagged[0.97].value:.1%}, tags changed over {tagged[0.03].value:.1%}")
print(f"map in the tag's corner:       {listed({name: one.value for name, one in in_corner.items()})}")
print(f"map on the coat, planted lamp: {listed({name: one.value for name, one in on_coats.items()})}")
print(f"gradient left by a softmax:    {vanished:.1g} of the logit's, surest pictures")

# %% [markdown]
# The articles are right to call interpretability open (K1), and wrong if that is read as "nothing can be
# seen":
#
# - **What these tools show:** where the evidence for an answer sits, well enough to be right about a grid
#   whose truth is known, and to give a price tag away that an excellent accuracy had hidden. Which kinds of
#   pattern a trained unit wants, and a random one does not.
# - **What they do not show:** *what* at that place counted, why, and what the network would do elsewhere. A
#   cue without a place stays invisible. A map is evidence for a shortcut when it shows one, and no evidence
#   of innocence when it shows none.
# - **What decides between maps** is not looking at them: an edge detector looks as well as any. It is a known
#   answer, a network broken on purpose, and a control that never saw the network.
#
# Lesson <<what_a_unit_does>> returns to K1 with the generators, and <<needs_bias_leakage>> to what data teach
# without anybody wanting it.

# %% [markdown]
# ## What to read
#
# - Selvaraju et al., *Grad-CAM*, ICCV 2017, [1610.02391](https://arxiv.org/abs/1610.02391).
# - Zhou, Khosla, Lapedriza, Oliva, Torralba, *Learning deep features for discriminative localization*, CVPR
#   2016, [1512.04150](https://arxiv.org/abs/1512.04150): the case in which the map divides the logit exactly.
# - Zeiler, Fergus, *Visualizing and understanding convolutional networks*, ECCV 2014,
#   [1311.2901](https://arxiv.org/abs/1311.2901): favourite pictures of units, and occlusion.
# - Olah, Mordvintsev, Schubert, *Feature visualization*, Distill 2017,
#   [distill.pub/2017/feature-visualization](https://distill.pub/2017/feature-visualization/): with many more
#   pictures, and what to add.
# - Adebayo et al., *Sanity checks for saliency maps*, NeurIPS 2018,
#   [1810.03292](https://arxiv.org/abs/1810.03292): read the discussion of gradient × input.
# - Petsiuk, Das, Saenko, *RISE*, BMVC 2018, [1806.07421](https://arxiv.org/abs/1806.07421): deletion and
#   insertion.
# - Böhle, Fritz, Schiele, *Convolutional dynamic alignment networks for interpretable classifications*, CVPR
#   2021, [2104.00032](https://arxiv.org/abs/2104.00032): the grid with a known answer.
# - Adebayo, Muelly, Abelson, Kim, *Post hoc explanations may be ineffective for detecting unknown spurious
#   correlation*, ICLR 2022, [2212.04629](https://arxiv.org/abs/2212.04629): planted shortcuts, with and
#   without a place.
