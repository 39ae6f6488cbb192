# %% [markdown] weights=["efficientnet_lite0.npz"]
# # The look of a painting
#
# **What a network sees in a painting, with all places forgotten, is its style; give a photograph the same,
# and it looks painted.**
#
# ## What you will be able to do
#
# - say what of a picture is style and what is content to a network, and write both as a loss;
# - train the pixels of a picture in place of the weights of a network, from coarse to fine;
# - tell which networks are fit to judge style, with numbers that no network had a part in, and a control that
#   shows what each of them is blind to;
# - train a network that paints any photograph in a fraction of a second, and say what is lost by that.
#
# ## Prerequisites
#
# Lesson <<name_it_find_it_judge_it>> (convolutions, what deeper layers respond to). You know what a gradient
# with respect to the *input* is.

# %%
from course_lib import runtime

runtime.start(lesson="the_look_of_a_painting", seed=1)

# %%
import time

import keras
import numpy as np
from keras import ops
from PIL import Image
from scipy import stats

from course_lib import callbacks, check, data, inference, judge, metrics, plots, training, weights
from course_lib.models import features, style

# %% tags=["knobs"]
height, width = runtime.pick(smoke=(64, 96), quick=(320, 480), full=(512, 768))
steps = runtime.pick(smoke=(2, 2, 2), quick=(80, 100, 120), full=(300, 300, 300))
side_height, side_width = runtime.pick(smoke=(64, 96), quick=(192, 288), full=(192, 288))
side_steps = runtime.pick(smoke=2, quick=80, full=300)  # of the pictures to compare
painter_steps = runtime.pick(smoke=10, quick=300, full=6000)  # of the fast painter
n_frames = runtime.pick(smoke=5, quick=44, full=96)  # of a film
content_weight = 0.06  # beta

# %% [markdown]
# Where this lesson goes: a photograph of a cat, and what a small network of this course makes of it in
# one pass. What it knows of painting it learned from one picture, van Gogh's *The Starry Night*.

# %%
painting = data.load("paintings")["starry_night"]  # (560, 712, 3) uint8
photos = data.load("photos")
photo = style.fit_picture(photos["chelsea"], 160, 240)  # (160, 240, 3)
shipped = style.Stylizer(style.stylizer(), None)
weights.load_into(shipped.network, "starry_stylizer.weights.h5")
recoloured = data.signed(style.in_colours_of(photo, painting))[None]  # (1, 160, 240, 3)
painted = ops.convert_to_numpy(shipped(recoloured))
figure = plots.grid(
    np.stack([data.signed(photo), painted[0]]),
    columns=2,
    title="A photograph, and what the shipped painter makes of it",
)
plots.show(
    figure,
    alt="A cat's face as a photograph; and the same face, eyes and stripes in short blue and yellow strokes.",
)

# %% [markdown]
# ## From the documents
#
# | the articles say | in this lesson |
# |---|---|
# | a trained CNN changes the style of a picture (row U4) | by which loss, with which network, and how far |
# | content and style can be taken apart | what each keeps, shown by shuffling all places |
# | a CNN serves as the judge of style, whichever it is | five of them, two neutral rulers |
#
# None of them says what a style *is*. That is where we begin.
#
# ## The idea
#
# A CNN turns a picture into maps of features: here an edge that leans left, there yellow beside blue. Two
# questions to a map:
#
# - *where* is what? That is **content**: it tells a roof from a tree.
# - *which features occur together*, wherever that is? That is **style**: short parallel strokes, yellow next
#   to blue.
#
# ```
#  photograph ──► network ──► maps ─────────────────────► content: keep these
#  picture x  ──► network ──► maps ──┬──────────────────► compare with the photograph's maps
#                                    └► Gram matrices ──► compare with the painting's
#  painting   ──► network ──► maps ───► Gram matrices ──► style: take these
# ```
#
# The network is trained already, and stays as it is. What is trained is the picture: its pixels are the
# weights.
#
# Ours is EfficientNet-Lite0, trained on the 1.3 million photographs of ImageNet. It ships with the course,
# without the layer that names things.

# %%
network = features.efficientnet(style.STYLE_LAYERS)  # (n, h, w, 3) -> a dict of maps
target = data.signed(painting)  # (560, 712, 3), float32 in [-1, 1]
for name, maps in network(target[None]).items():
    _, h, w, channels = maps.shape
    print(f"{name:8s} {channels:3d} maps of {h} × {w}: one place for every {len(target) / h:.0f} pixels")

# %% [markdown]
# ## The mathematics
#
# ### Style
#
# Let $F_p\in\mathbb R^{c}$ be the $c$ features of a map at place $p$, of which there are $h\cdot w$. The
# **Gram matrix** is the mean over all places of the products of every two features:
#
# $$G=\frac1{hw}\sum_p F_pF_p^\top\in\mathbb R^{c\times c}.$$
#
# ## Exercise: the Gram matrix
#
# `maps` has the shape `(n, h, w, c)`. Return `(n, c, c)`, one matrix a picture, with `keras.ops`.


# %% tags=["exercise"]
def gram(maps):
    """The Gram matrix of each picture's feature map, a mean over positions."""
    ...


# %% tags=["solution"]
def gram(maps):
    """The Gram matrix of each picture's feature map, a mean over positions."""
    n, h, w, c = maps.shape
    flat = ops.reshape(maps, (n, h * w, c))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / (h * w)  # (n, c, c)


# %% tags=["check"]
gram = check.gram(gram)

# %% [markdown]
# Nothing in $G$ knows where a feature was. Shuffle the places of a map, and see what each of the two losses
# says.

# %%
maps = network(target[None])["block5"]  # (1, 70, 89, 40)
_, h, w, c = maps.shape
order = np.random.default_rng(1).permutation(h * w)
shuffled = ops.reshape(ops.take(ops.reshape(maps, (1, h * w, c)), order, axis=1), (1, h, w, c))
style_change = float(style.relative_error(gram(shuffled), gram(maps))[0])
content_change = float(style.relative_error(shuffled, maps)[0])
print(f"all places shuffled: style differs by {style_change:.1e}, content by {content_change:.2f}")

# %% [markdown]
# ### Content, and the whole
#
# Both are compared as a share, so that no layer counts more because its numbers are larger. With $x$ the
# picture that is painted, $a$ the painting, $q$ the photograph, and $l$ one of $L$ layers:
#
# $$\mathcal L_{\text{style}}=\frac1L\sum_{l}\frac{\|G_l(x)-G_l(a)\|^2}{\|G_l(a)\|^2},\qquad
# \mathcal L_{\text{content}}=\frac{\|F(x)-F(q)\|^2}{\|F(q)\|^2},\qquad
# \mathcal L=\mathcal L_{\text{style}}+\beta\,\mathcal L_{\text{content}}+\gamma\,\mathcal L_{\text{tv}},$$
#
# where $\|\cdot\|^2$ is the sum of the squares of all entries, $G_l$ the Gram matrix of layer $l$, and $F$
# the map of one layer alone, here block 8; $\beta$ and $\gamma$ say how much content and smoothness count.
# (Gatys et al., who found this, leave the sum over places undivided, write $1/(4c^2h^2w^2)$ in front of each
# layer's squares, and $\tfrac12\sum(F-F')^2$ for content. For pictures of one size that is the same up to a
# weight for each layer.)
#
# $\mathcal L_{\text{tv}}$ keeps neighbouring pixels alike. It is the mean of the squared differences of
# pixels one below the other, plus the mean for those side by side:


# %%
def total_variation(pictures):
    """Mean squared differences of neighbours, down plus across, `(n,)`."""
    down = pictures[:, 1:] - pictures[:, :-1]  # (n, h-1, w, channels)
    across = pictures[:, :, 1:] - pictures[:, :, :-1]  # (n, h, w-1, channels)
    return ops.mean(down**2, axis=(1, 2, 3)) + ops.mean(across**2, axis=(1, 2, 3))


# %% [markdown]
# ### Colour first
#
# Strokes are hard, colours are not: a formula moves them. Give each channel of the photograph the mean $\mu$
# and the standard deviation $\sigma$ that it has in the painting:
#
# $$\operatorname{AdaIN}(q,a)=\sigma(a)\,\frac{q-\mu(q)}{\sigma(q)}+\mu(a).$$
#
# Huang and Belongie do this to *features*, and train a decoder that paints in any style at once. On pixels it
# is a good start.
#
# ## Exercise: another's mean and spread
#
# `content` and `style` are tensors `(n, h, w, c)`, perhaps of different sizes. Mean and standard deviation
# are over the places of each channel of each picture. What if a channel of $q$ is the same everywhere? It is
# to become $\mu(a)$: a small number, at most 0.01, added to $\sigma(q)$ helps.


# %% tags=["exercise"]
def adain(content, style):
    """Content with the mean and the standard deviation of each channel of style."""
    ...


# %% tags=["solution"]
def adain(content, style):
    """Content with the mean and the standard deviation of each channel of style."""
    mean, variance = ops.moments(content, axes=(1, 2), keepdims=True)  # (n, 1, 1, c)
    style_mean, style_variance = ops.moments(style, axes=(1, 2), keepdims=True)
    scale = ops.sqrt((style_variance + 1e-5) / (variance + 1e-5))
    return scale * (content - mean) + style_mean


# %% tags=["check"]
adain = check.adain(adain)

# %% [markdown]
# Now the two losses as one function of the pixels, and a few steps by hand, each against the gradient with
# respect to the *picture*, and so long that the pixel that changes most changes by 0.1.

# %%
small = style.fit_picture(photos["china"], side_height, side_width)  # (side_height, side_width, 3)
start = ops.clip(adain(ops.convert_to_tensor(data.signed(small)[None]), target[None]), -1, 1)
grams = {name: gram(maps) for name, maps in network(target[None]).items()}
content = network(start)["block8"]


def total_loss(x, beta=content_weight):
    """Style plus beta times content, `(1,)`."""
    maps = network(x)
    errors = [style.relative_error(gram(maps[name]), grams[name]) for name in grams]
    return sum(errors) / len(errors) + beta * style.relative_error(maps["block8"], content)


x = start
for step in range(6):
    slope = training.gradient(total_loss, x)  # (1, side_height, side_width, 3)
    print(f"step {step}: loss {float(total_loss(x)[0]):.3f}")
    x = x - 0.1 * slope / ops.max(ops.abs(slope))

# %% [markdown]
# It falls. `style.Painting` is this loop with Adam, compiled: a model whose one weight is the picture. Two
# things are added, for reasons that *When it goes wrong* shows: the picture is moved by a few pixels at
# random before the network looks, and it is painted at a quarter of its size first, then at half of it, then
# whole.
#
# ## The experiment
#
# At the edge of a picture the network sees nothing beyond, and paints oddly. So a little more is painted than
# is wanted, and cut off.


# %%
def paint(photo, look, steps, content_weight, smoothness=0.5, margin=16, rate=0.06):
    """Coarse to fine: from a uint8 photograph to a uint8 painting of the same size."""
    wide = style.in_colours_of(photo, painting)
    wide = np.pad(wide, [(margin, margin), (margin, margin), (0, 0)], mode="reflect")
    picture = wide
    for halvings, n in zip((2, 1, 0), steps, strict=True):
        h, w = (side >> halvings for side in wide.shape[:2])
        content, start = (data.signed(style.fit_picture(p, h, w)) for p in (wide, picture))
        model = style.Painting(start, content, look, content_weight, smoothness, seed=1)
        picture = data.to_uint8(model.paint(n, rate=rate))
    return picture[margin:-margin, margin:-margin]


# %% [markdown]
# ### Which numbers to compare
#
# `Style` holds a painting's Gram matrices. It takes a *transform*: a function of the maps, applied before
# anything is compared. Wang, Li and Vasconcelos found in 2021 that networks with residual connections make
# poor judges of style, because a few large activations rule their Gram matrices, and that a **softmax** over
# the whole map cures it. With a temperature $T$, for a map with $N$ entries:
#
# $$\tilde F_{i}=N\,\frac{e^{F_i/T}}{\sum_j e^{F_j/T}} .$$
#
# (The factor $N$ makes the mean 1, and cancels in errors that are shares.) Their $T$ is 1. EfficientNet has
# residual connections too, so we have to look. How evenly is a map's activity spread? With
# $s_i=|F_i|/\sum_j|F_j|$, the entropy $-\sum_is_i\log s_i/\log N$ is 1 if all entries have the same, and 0 if
# one has it all.


# %%
def smoothed(temperature):
    """A softmax over each picture's map, `(n, h, w, c)`; the mean of its entries is 1."""

    def transform(maps):
        n, h, w, c = maps.shape
        flat = ops.reshape(maps, (n, h * w * c))
        return ops.reshape(ops.softmax(flat / temperature, axis=-1) * (h * w * c), maps.shape)

    return transform


def entropy(maps):
    """From 0, one entry has it all, to 1, all have the same."""
    share = np.abs(ops.convert_to_numpy(maps)).ravel().astype("float64")
    share = share / share.sum()
    return -np.sum(share * np.log(np.maximum(share, 1e-300))) / np.log(len(share))


# %%
print(f"{'':8s} {'largest':>8s} {'as it is':>9s} {'T = 1':>7s} {'T = 30':>7s}")
for name, maps in network(target[None]).items():
    kinds = [entropy(kind) for kind in (maps, smoothed(1.0)(maps), smoothed(30.0)(maps))]
    largest = float(ops.max(ops.abs(maps)))
    print(f"{name:8s} {largest:8.1f} {kinds[0]:9.3f} {kinds[1]:7.3f} {kinds[2]:7.3f}")
    for label, value in zip(("raw", "t1", "t30"), kinds, strict=True):
        runtime.record(f"entropy_{name}_{label}", value)

# %% [markdown]
# Two surprises. The maps of this network are *not* peaked as they are. (A likely reason: its blocks end
# without a ReLU, and few of them in a row add to each other.) And the softmax as published makes them peaked,
# for exponentials of such large numbers leave a handful of entries; only the stem, whose ReLU stops at 6, is
# spared. A softmax evens out what is small beside its temperature; with $T=30$ it does, and most entries come
# close to $1+(F_i-\bar F)/T$, with $\bar F$ the mean of the map.
#
# ### Two rulers that no network had a part in
#
# To compare networks by their own losses would be to ask each for its opinion of itself. So take thousands of
# patches of 8×8 pixels of a picture at half size, each without its mean colour, and measure the Fréchet
# distance between them and the painting's. It compares means and covariances, in other words the
# **spectrum**: how strong waves of each length, direction and colour are. It cannot know whether waves meet
# in a stroke.
#
# A stroke has *one direction*: along it the brightness stays, across it changes. The structure tensor says at
# each pixel how far the slopes around agree, from 0, all directions alike, to 1, one only. The second ruler,
# **direction**, is the distance between the painting's distribution of that number and a picture's: by how
# much its values have to be moved, in the mean, to become the other's (Wasserstein).
#
# How near is near? The painting's left half and its right half give each ruler's floor; what is nearer, it
# cannot rank. And a control says what a ruler is blind to: the painting with every wave moved at random,
# which has its colours and its spectrum and not one stroke.
#
# And for content: how alike are painting and photograph in grey and at a quarter of their size, where no
# stroke is left (SSIM, 1 if equal)?


# %%
def patches(picture, n=4000, size=8):
    """Random patches of a uint8 picture at half size, without their mean colours: `(n, 192)`."""
    rng = np.random.default_rng(0)
    half = data.signed(style.fit_picture(picture, picture.shape[0] // 2, picture.shape[1] // 2))
    rows = rng.integers(0, half.shape[0] - size + 1, n)
    columns = rng.integers(0, half.shape[1] - size + 1, n)
    cut = np.stack([half[y : y + size, x : x + size] for y, x in zip(rows, columns, strict=True)])
    return (cut - cut.mean(axis=(1, 2), keepdims=True)).reshape(n, -1)


def directions(picture):
    """How far the slopes agree around each pixel of a uint8 picture at half size, 0 to 1: `(pixels,)`."""
    return style.coherence(style.fit_picture(picture, picture.shape[0] // 2, picture.shape[1] // 2)).ravel()


def from_painting(picture, other=painting):
    """Distances of the spectrum and of the directions from the painting's."""
    spectrum = metrics.frechet(patches(picture), patches(other))
    return spectrum, stats.wasserstein_distance(directions(picture), directions(other))


def measured(picture, photo):
    """Spectrum and direction, and SSIM of the grey pictures at a quarter of the size."""
    quarter = picture.shape[0] // 4, picture.shape[1] // 4
    small = [Image.fromarray(style.fit_picture(p, *quarter)).convert("L") for p in (photo, picture)]
    kept = metrics.ssim(*(np.asarray(grey)[None, ..., None] for grey in small))
    return *from_painting(picture), float(kept[0])


# %%
floors = from_painting(*np.array_split(painting, 2, axis=1))
twin = style.scrambled(painting)  # (560, 712, 3) uint8
of_twin = from_painting(twin)
for name, (spectrum, direction) in {"left half and right half": floors, "random phases": of_twin}.items():
    print(f"{name:26s} spectrum {spectrum:.2f}   direction {direction:.3f}")
    runtime.record(f"{name.replace(' ', '_')}_spectrum", spectrum, direction=direction)
figure = plots.grid(
    np.stack([painting[:168, :216], twin[:168, :216]]),
    columns=2,
    captions=["the painting", "its waves, moved at random"],
    title="The same spectrum, with strokes and without",
)
plots.show(
    figure,
    alt="A part of The Starry Night with its swirling strokes, and a cloudy noise in the same blues and yellows.",
)

# %% [markdown]
# By its spectrum the noise on the right is as near to the painting as one half of it to the other, or nearer.
# So a small first number does not say that a picture has strokes; a large one says that it has not these. The
# second ruler tells the two apart at once. It, in turn, knows nothing of colours or widths, and a photograph,
# whose edges have directions too, is not far. Read both.
#
# ### Five judges of style
#
# EfficientNet as it is; with the published softmax; with $T=30$; the same network with random weights, as
# before it was trained; and the course's own CNN, the judge of chapters 1 and 2, which knows 28×28 grey
# garments and nothing else. It gets the pictures in grey. (All but its last two layers are convolutions and
# poolings, which take any size.) All five get the same $\beta$ and the same steps, on one photograph, once;
# none was tuned to its network, so trust large differences only. SSIM is measured against the photograph in
# the painting's colours, where all begin.
#
# ## Exercise: a bet on the five
#
# Before they paint: whose picture will be nearest to the painting by its *spectrum*, and whose farthest? You
# have seen the entropies, and know what each was trained on. The names are `"EfficientNet"`,
# `"softmax, T = 1"`, `"softmax, T = 30"`, `"untrained"` and `"garments"`. Any bet is noted, and the table
# settles it.


# %% tags=["exercise"]
def best_judge():
    """Your bet: {"nearest": a judge's name, "farthest": a judge's name}."""
    ...


# %% tags=["solution"]
def best_judge():
    """Your bet: {"nearest": a judge's name, "farthest": a judge's name}."""
    return {"nearest": "softmax, T = 30", "farthest": "softmax, T = 1"}


# %% tags=["check"]
best_judge = check.best_judge(best_judge)

# %%
jury = judge.load("fashion")
picture, garment_layers = keras.Input((None, None, 1)), {}
x = picture
for layer in jury.network.layers[1:]:
    if layer.name == "features":
        break
    x = layer(x)
    if layer.name.endswith("_relu"):
        garment_layers[layer.name] = x
garments = keras.Model(picture, garment_layers)  # (n, h, w, 1) -> five maps
luminance = np.array([0.299, 0.587, 0.114], "float32")


def garment_maps(pictures):
    """The judge's maps of colour pictures (n, h, w, 3), seen in grey."""
    return garments(ops.sum(pictures * luminance, axis=-1, keepdims=True))


# %%
untrained = features.efficientnet(style.STYLE_LAYERS, trained=False)
judges = {
    "EfficientNet": style.Style(target, network),
    "softmax, T = 1": style.Style(target, network, transform=smoothed(1.0)),
    "softmax, T = 30": style.Style(target, network, transform=smoothed(30.0)),
    "untrained": style.Style(target, untrained),
    "garments": style.Style(target, garment_maps, list(garment_layers), "block_5_relu"),
}
calm = style.in_colours_of(small, painting)  # (side_height, side_width, 3) uint8
made = {"photograph": calm}
for name, look in judges.items():
    model = style.Painting(data.signed(calm), data.signed(calm), look, content_weight, seed=1)
    made[name] = data.to_uint8(model.paint(side_steps))

# %%
results = {name: measured(picture, calm) for name, picture in (made | {"random phases": twin}).items()}
print(
    f"{'':16s} {'spectrum':>9s} {'direction':>10s} {'SSIM':>6s}   (floors {floors[0]:.2f}, {floors[1]:.3f})"
)
for name, (spectrum, direction, kept) in results.items():
    print(f"{name:16s} {spectrum:9.2f} {direction:10.3f} {kept:6.2f}")
    key = "".join(letter for letter in name.lower() if letter.isalnum())
    runtime.record(f"spectrum_{key}", spectrum, direction=direction)
    runtime.record(f"ssim_{key}", kept)
apart = {name: results[name][0] for name in judges}  # by spectrum
check.best_judge.settle(best_judge, nearest=min(apart, key=apart.get), farthest=max(apart, key=apart.get))

# %%
figure = plots.grid(
    np.stack([picture[:104, 24:176] for picture in made.values()]),
    columns=3,
    captions=list(made),
    title="One photograph, five judges of style",
)
plots.show(
    figure,
    alt="Cut-outs of a pavilion: brush strokes with EfficientNet, cleaner ones with T = 30; "
    "coloured noise with T = 1 and with the untrained network; grey dabs with the garments' network.",
)

# %% [markdown]
# - *EfficientNet* finds strokes, and some noise with them. With $T=30$ they are cleaner, and nearer to the
#   painting.
# - *The softmax as published* fails here, as its entropy foretold: what is compared is a handful of entries.
#   The idea of that paper carries over to this network, its constant does not.
# - *Untrained* gives noise. The paper concludes from other networks, with its softmax, that trained weights
#   matter less than how a network is built. Here, without a softmax and with these random weights, they
#   matter. Its high SSIM is no merit: noise vanishes at a quarter of the size.
# - *The garments' network* makes dabs. It learned to tell trousers from shirts in 28 grey pixels. No colour
#   ever mattered to it, so it leaves the colours as it found them; what its few maps can ask for is light and
#   dark.
#
# ### The picture
#
# Noise can be had away without a softmax as well, by some total variation (*When it goes wrong* has the
# number). With that, and from coarse to fine, we take EfficientNet as it is: one thing less to choose. To
# paint a photograph of your own, put it into a folder and name the folder here; what cannot be read is
# skipped with its reason, and the first picture that can be is cut to a square.

# %% covers="U4 U11"
my_folder = None  # for example "my_photos"
chosen = style.fit_picture(photos["china"], height, width)
if my_folder is not None:
    chosen = data.folder(my_folder, size=height).images[0]
began = time.perf_counter()
best = paint(chosen, judges["EfficientNet"], steps, content_weight)
seconds = time.perf_counter() - began
out = runtime.art_folder()  # a new folder of this run, below my_art
Image.fromarray(best).save(out / "painted.png")
best_spectrum, best_direction, best_kept = measured(best, chosen)
runtime.record("painting_seconds", seconds, height=height, width=width)
runtime.record("painting_spectrum", best_spectrum, direction=best_direction)
runtime.record("painting_ssim", best_kept)
print(f"{seconds:.0f} s; spectrum {best_spectrum:.2f}, direction {best_direction:.3f}, SSIM {best_kept:.2f}")
print(out / "painted.png")

# %%
figure = plots.grid(best[None], columns=1, title="Painted from coarse to fine")
plots.show(
    figure,
    alt="The pavilion in the manner of The Starry Night: long curved strokes of blue, white and "
    "yellow sweep through the sky, follow the roofs and run down the hill.",
)

# %% [markdown]
# Look where the strokes run: along the roofs, down the slope, in curves through the empty sky. No term of the
# loss names directions. A likely reason: descent begins with the photograph, whose edges are there already,
# and a stroke along an edge disturbs it least.
#
# ### A painter in one pass
#
# Hundreds of steps for each picture are too slow for a film. Johnson, Alahi and Fei-Fei train a *network*
# with the same loss instead: photographs go in, and the loss is taken of what comes out. It learns one
# painting, and needs no loss any more afterwards.
#
# ```
#  photograph ─┬─► halve ─► halve ─► 4 residual blocks ─► double ─► double ─► change ─┐
#              └───────────────────────────────────────────────────────────────────── + ─► painting
# ```
#
# Three details matter. **Instance normalisation** after the convolutions takes each picture's own mean and
# contrast out of each channel (AdaIN towards mean 0 and spread 1), because a painting's contrast does not
# depend on the photograph's. A little **noise** is added to the input: in an even sky a network would
# otherwise have nothing to begin a stroke with. And it enlarges by repeating pixels before a convolution, in
# place of transposed convolutions and their checkerboards (lesson <<convolutions_that_draw>>).

# %%
known = [picture for name, picture in photos.items() if name not in style.HELD_OUT]
crops = style.crops(known, painting, 440, seed=1)  # (440, 128, 128, 3) uint8
rate = keras.optimizers.schedules.CosineDecay(2e-3, painter_steps, alpha=0.05)
painter = style.Stylizer(style.stylizer(), judges["EfficientNet"], seed=1)
painter.compile(keras.optimizers.Adam(rate), steps_per_execution=10)
history = painter.fit(
    crops, batch_size=4, seed=1, epochs=10, steps_per_epoch=painter_steps // 10, verbose=0
).history
runtime.record("painter_seconds", history["seconds"][-1], steps=painter_steps)
print(
    f"{painter.network.count_params():,} weights, {len(known)} photographs, "
    f"{painter_steps} steps in {history['seconds'][-1]:.0f} s"
)

# %% covers="U4"
rows = {}
for name, model in {"trained here": painter, "shipped": shipped}.items():
    rows[name] = []
    for subject in ("china", "chelsea"):  # not among the photographs of the training
        own = style.fit_picture(photos[subject], 192, 288)
        given = data.signed(style.in_colours_of(own, painting))[None]  # (1, 192, 288, 3)
        result = data.to_uint8(ops.convert_to_numpy(model(given)))[0]
        spectrum, direction, kept = measured(result, own)
        print(f"{name:12s} {subject:8s} spectrum {spectrum:5.2f}, direction {direction:.3f}, SSIM {kept:.2f}")
        runtime.record(f"spectrum_{name.split()[0]}_{subject}", spectrum, direction=direction)
        rows[name].append(result[:104, 60:212])
figure = plots.pairs(
    {name: np.stack(cut) for name, cut in rows.items()},
    title="Photographs that the painters never saw, each in one pass",
)
plots.show(
    figure,
    alt="Cut-outs of a pavilion and a cat's face in short, mostly parallel strokes of blue, white "
    "and yellow; those of the two networks look much alike.",
)

# %%
big = data.signed(style.in_colours_of(chosen, painting))[None]  # (1, height, width, 3)
big = big[:, : big.shape[1] // 4 * 4, : big.shape[2] // 4 * 4]  # the network halves twice
shipped(big)  # the first call of a shape prepares it
turns = []
for _ in range(7):
    began = time.perf_counter()
    shipped(big)
    turns.append(time.perf_counter() - began)
once = inference.median(turns)
runtime.record("pass_seconds", once, height=height, width=width)
print(f"one pass {once} s ({once.source()}), by its own pixels {seconds:.0f} s")
print(f"that is {seconds / once.value:.0f} times as long")

# %% [markdown]
# By this ruler the shipped painter, trained with many times the steps, is not much ahead of yours, and
# neither comes near the picture that was painted by its own pixels. (That one was larger; *coarse to fine* in
# the last table of this lesson has the painters' size, and is far ahead too. SSIM is measured here against
# the photograph in its own colours.) One network for all photographs has to find in one pass what descent
# looks for in hundreds.
#
# A pass is fast enough for a film. A painted film *flickers*, because each frame is painted for itself. The
# number: by how much (root mean square) do pixels change from frame to frame that did *not* change in the
# film? The noise in which strokes begin would be one source, so the painter uses the same noise for all
# frames; the last row shows fresh noise for each.

# %%
frames = data.load("films")["rabbit"][36:][:n_frames]  # (n_frames, 64, 96, 3)
frames = np.stack([style.fit_picture(frame, 128, 192) for frame in frames])
joined = style.in_colours_of(frames.reshape(-1, 192, 3), painting).reshape(frames.shape)
signed = data.signed(joined)  # (n_frames, 128, 192, 3), all frames recoloured alike
film = data.to_uint8(ops.convert_to_numpy(shipped(signed)))
noise = 0.1 * np.random.default_rng(1).standard_normal(signed.shape, "float32")
fresh = data.to_uint8(ops.convert_to_numpy(shipped.paint(signed, noise)))
still = np.abs(np.diff(joined.astype(int), axis=0)).max(axis=-1) <= 1  # (n_frames - 1, 128, 192)
for name, kind in {"film": joined, "same noise": film, "fresh noise": fresh}.items():
    kept = np.mean([measured(a, b)[2] for a, b in zip(kind[::11], joined[::11], strict=True)])
    change = np.sqrt(np.mean(np.diff(kind.astype(float), axis=0)[still] ** 2))
    print(f"{name:12s} still pixels change by {change:5.2f} of 255 grey levels; content SSIM {kept:.2f}")
    runtime.record(f"flicker_{name.replace(' ', '_')}", change, ssim=kept)

# %%
file = runtime.art_folder() / "painted_film.gif"
callbacks.save_gif(film, file, seconds_per_frame=0.08)
some = np.s_[:: max(1, n_frames // 3)]
figure = plots.pairs(
    {"film": frames[some][:3], "painted": film[some][:3]}, title="Three frames of a film, and painted"
)
plots.show(
    figure,
    alt="Three frames of a grey rabbit that stretches beside a green burrow, and below each the same frame in blue "
    "and yellow strokes, in which the rabbit is a paler shape.",
)
print(file)

# %% [markdown]
# The same noise for all frames leaves some flicker: whatever moves changes what the network makes of its
# surroundings. Fresh noise for each frame makes several times as much.
#
# ## When it goes wrong
#
# What happens without the shifts, without total variation, and with no content or far too much of it? *Grain*
# is the total variation of the result, next to the painting's own. The first three are painted at full size
# from the beginning.

# %%
look, photo = judges["EfficientNet"], data.signed(calm)
wrong = {}
for name, change in {
    "plain": {},
    "never shifted": {"reach": 0},
    "total variation": {"smoothness": 1.0},
}.items():
    options = {"content_weight": content_weight, "seed": 1} | change
    wrong[name] = data.to_uint8(style.Painting(photo, photo, look, **options).paint(side_steps))
for name, factor in {"no content": 0, "coarse to fine": 1, "content × 100": 100}.items():
    wrong[name] = paint(small, look, (side_steps,) * 3, factor * content_weight)
wrong["× 100, rate / 10"] = paint(small, look, (side_steps,) * 3, 100 * content_weight, rate=0.006)

# %%
own = float(total_variation(ops.convert_to_tensor(target[None]))[0])
print(
    f"{'':20s} {'spectrum':>9s} {'direction':>10s} {'SSIM':>6s} {'grain':>7s}   (painting's grain {own:.3f})"
)
for name, picture in wrong.items():
    spectrum, direction, kept = measured(picture, calm)
    grain = float(total_variation(ops.convert_to_tensor(data.signed(picture)[None]))[0])
    print(f"{name:20s} {spectrum:9.2f} {direction:10.3f} {kept:6.2f} {grain:7.3f}")
    key = "".join(letter for letter in name if letter.isalnum())
    runtime.record(f"wrong_spectrum_{key}", spectrum, direction=direction)
    runtime.record(f"wrong_grain_{key}", grain)
figure = plots.grid(
    np.stack([picture[:104, 24:176] for picture in wrong.values()]),
    columns=4,
    captions=list(wrong),
    title="What each choice does",
)
plots.show(
    figure,
    alt="Cut-outs of the painted pavilion: speckled when the picture is never shifted, clean with "
    "total variation, dissolved into long strokes from coarse to fine, full of specks with too much content, "
    "and nearly the photograph where the steps are small as well.",
)

# %% [markdown]
# - **Never shifted**: the first convolution puts its 3×3 windows on every second place, always the same ones.
#   Some pixels lie in four windows, others in two or one, so their gradients differ, and descent leaves
#   specks that the network answers to and no eye wants. Shifting gives every pixel each of these places in
#   turn. It helps a little; much of the grain stays.
# - **Total variation** is the second cure: with it, grain and spectrum come to the painting's own. The
#   directions hardly move: it takes specks away, and makes no stroke.
# - **No content**: what is left of the pavilion is left from the beginning, for descent starts at the
#   photograph. By SSIM that is nearly as much as with content; your eye finds the roofs in one and hardly in
#   the other. A ruler does not see everything that you see.
# - **Content × 100**: not the photograph comes back, but specks. The loss did not ask for them: the
#   photograph itself has a content loss of 0, and a smaller total. It is descent that fails. With a loss so
#   steep, Adam's steps of up to 0.06 a pixel jump across the valley and back. With steps of a tenth (the last
#   row) the specks are gone.
# - **Coarse to fine**: a stroke wider than what a layer sees can be found at a quarter of the size only.
#   Compare the skies. At this size the smallest picture has some fifty rows, too few for a pavilion: coarse
#   beginnings want large pictures.
# - A softmax that makes a map *more* peaked, and a network that knows no colours, you have seen above.
#   Entropy told the one beforehand; for the other, look at what the network was trained on.
#
# ### With VGG19, when you are online
#
# Most of the literature uses VGG19: no residual connections and no batch normalisation. Without its
# classifier it has 20 million weights, a download of 80 MB by Keras, with a progress bar and a checksum. Set
# `online = True` to try it. With its wide convolutions at full size it takes its time.

# %%
online = False
if online:
    import socket

    socket.setdefaulttimeout(30)  # seconds without a byte, then an error in place of waiting
    names = [f"block{i}_conv1" for i in range(1, 6)]
    full = keras.applications.VGG19(include_top=False, weights="imagenet")
    vgg = keras.Model(full.input, {n: full.get_layer(n).output for n in [*names, "block4_conv2"]})
    mean = np.array([103.939, 116.779, 123.68], "float32")  # of blue, green, red, 0 to 255
    look = style.Style(target, lambda x: vgg((x[..., ::-1] + 1) * 127.5 - mean), names, "block4_conv2")
    photo = data.signed(calm)
    made_by_vgg = style.Painting(photo, photo, look, content_weight, seed=1).paint(side_steps)
    Image.fromarray(data.to_uint8(made_by_vgg)).save(runtime.art_folder() / "painted_vgg.png")
    print(measured(data.to_uint8(made_by_vgg), calm))  # spectrum, direction, SSIM

# %% [markdown]
# ## Verdict

# %%
names = ("photograph", "EfficientNet", "untrained", "garments", "random phases")
rows = {name: results[name][:2] for name in names} | {"coarse to fine": (best_spectrum, best_direction)}
for name, (spectrum, direction) in (rows | {"floor": floors}).items():
    print(f"{name:15s} spectrum {spectrum:.2f}   direction {direction:.3f}")
print(f"content kept: SSIM {best_kept:.2f}")
print(f"seconds: {seconds:.0f} by its own pixels, {once} by a trained painter")

# %% [markdown]
# - *A CNN can change a picture's style* (U4): yes. But this CNN does not paint, it judges; the pixels are
#   found by descent, or by a second network that was trained with the judge's help.
# - *Style and content can be taken apart*: as far as shuffling places goes. The Gram matrix keeps strokes and
#   colours, and knows nothing of composition: no moon hangs in our sky.
# - *Whichever CNN*: no. Of our five, those served that were trained where strokes and colours make a
#   difference, and whose compared numbers are spread over many entries, not a few.
# - *A painter in one pass* has its price: one network for one style, and shorter, more timid strokes. The
#   picture that was painted by its own pixels is the one to hang up.
#
# Whether such a picture is van Gogh's in any sense, and who may sell it, is a question for lesson
# <<can_you_trust_a_picture>>. His paintings are free to use, for he died in 1890. Most painters whose look
# people ask for did not.

# %% [markdown]
# ## What to read
#
# - Gatys, Ecker, Bethge, *Image style transfer using convolutional neural networks*, CVPR 2016, [open
#   access](https://openaccess.thecvf.com/content_cvpr_2016/html/Gatys_Image_Style_Transfer_CVPR_2016_paper.html):
#   where it began.
# - Johnson, Alahi, Fei-Fei, *Perceptual losses for real-time style transfer and super-resolution*, ECCV 2016,
#   [1603.08155](https://arxiv.org/abs/1603.08155), and Ulyanov, Vedaldi, Lempitsky, *Instance normalization*,
#   2016, [1607.08022](https://arxiv.org/abs/1607.08022): the painter in one pass.
# - Huang, Belongie, *Arbitrary style transfer in real-time with adaptive instance normalization*, ICCV 2017,
#   [1703.06868](https://arxiv.org/abs/1703.06868): one painter for every style.
# - Wang, Li, Vasconcelos, *Rethinking and improving the robustness of image style transfer*, CVPR 2021,
#   [2104.05623](https://arxiv.org/abs/2104.05623): residual networks, and the softmax.
# - Tan, Le, *EfficientNet*, ICML 2019, [1905.11946](https://arxiv.org/abs/1905.11946): the family. Lite0,
#   which judges here, came later, without squeeze-and-excitation and with ReLU6.
