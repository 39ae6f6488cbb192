# %% [markdown] weights=["inpaint.weights.h5"]
# # Restoring photographs
#
# **Damage pictures yourself, and you know as many right answers as you like: from them one small U-Net learns
# to remove noise, to enlarge, and to fill holes.**
#
# ## What you will be able to do
#
# - make training pairs from photographs alone, and keep the test honest by holding out whole photos;
# - build a U-Net and account for its skips, its residual and its sub-pixel output;
# - hold it against methods without a network, each at its best, on equal terms;
# - say what L1, L2, a perceptual and an adversarial loss ask a network for, and measure distortion and
#   distribution apart;
# - restore a photo of your own, of any size.
#
# ## Prerequisites
#
# Lesson <<name_it_find_it_judge_it>> (convolution, receptive field) and, for one experiment, lesson
# <<the_adversarial_game>> (the adversarial game). You know what mean, median and standard deviation are.

# %%
from course_lib import runtime

runtime.start(lesson="restoring_photographs", seed=1)

# %%
import keras
import numpy as np
from keras import layers, ops
from PIL import Image
from scipy import ndimage
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from course_lib import check, data, inference, metrics, plots, training, weights
from course_lib.layers import DepthToSpace
from course_lib.models import features, restoration
from course_lib.models.supervised import Supervised

# %% tags=["knobs"]
live_steps = runtime.pick(smoke=4, quick=700, full=6000)  # of either live training
tune_steps = runtime.pick(smoke=3, quick=250, full=2000)  # of each loss that is compared
losses = ["L1", "L2", "perceptual", "adversarial"]
losses = runtime.pick(smoke=["L1", "adversarial"], quick=losses, full=losses)
n_patches = runtime.pick(smoke=64, quick=4000, full=8000)
longest = runtime.pick(smoke=96, quick=1024, full=1024)  # of a test photo, in pixels
seeds = runtime.pick(smoke=(1, 2), quick=(1, 2, 3), full=(1, 2, 3, 4, 5))  # of noise, and of strokes

# %% [markdown]
# Fourteen photographs come with the course. **Four of them no training has seen**, neither yours nor that of
# the shipped weights: two faces, a building, a still life. What is reported here is measured on those four,
# on whole photos and in RGB where nothing else is said. Settings are chosen on two others, and you train on
# the eight that are left. (The shipped weights learned from all ten. One choice about them was made on the
# four: what the network for holes starts from.) Four photographs are few, and what they decide is said each
# time.

# %%
photos = data.load("photos")  # dict of name to uint8 (h, w, 3)
test = {name: photos.pop(name)[:longest, :longest] for name in restoration.TEST_PHOTOS}
to_choose = {name: photos.pop(name) for name in restoration.VALIDATION_PHOTOS}
shipped = {job: restoration.network(job) for job in ("denoise", "enlarge", "inpaint")}
for job, network in shipped.items():
    weights.load_into(network, f"{job}.weights.h5")
print("tested on:  ", ", ".join(f"{k} {v.shape[1]}×{v.shape[0]}" for k, v in test.items()))
print("chosen on:  ", ", ".join(to_choose))
print("trained on: ", ", ".join(photos))

# %% [markdown]
# What the three shipped networks do with them. The *noise* is Gaussian, independent in each pixel and
# channel, with a standard deviation of 25 of the 255 steps of an 8-bit picture, and is not clipped. The
# *small* picture was reduced with an anti-aliasing filter. The *hole* is a brush stroke 12 to 24 pixels wide.

# %%
signed = {name: data.signed(photo) for name, photo in test.items()}  # float32 in [-1, 1]


def noisy(picture, level, seed=1):
    """A picture (h, w, 3) in [-1, 1] with Gaussian noise of `level` 8-bit steps."""
    noise = np.random.default_rng(seed).standard_normal(picture.shape)
    return (picture + level / 127.5 * noise).astype("float32")


def crop(picture, row, column, size=80):
    """A square of a picture, twice as large; nearer to the middle where it would not fit."""
    row, column = (max(0, min(a, b - size)) for a, b in zip((row, column), picture.shape[:2], strict=True))
    square = picture[row : row + size, column : column + size].clip(-1, 1)
    return square.repeat(2, axis=0).repeat(2, axis=1)


small = {name: restoration.reduced(photo, 3) for name, photo in test.items()}


# %%
def holes_of(seed):
    return {n: restoration.strokes(*photo.shape[:2], share=0.1, seed=seed) for n, photo in test.items()}


holes = holes_of(1)
face, house, cat = signed["astronaut"], signed["china"], signed["chelsea"]
damaged = [
    noisy(face, 25),
    data.signed(restoration.enlarged(small["china"], 3)),
    np.where(holes["chelsea"][..., None], 0, cat),
]
restored = [
    restoration.denoised(shipped["denoise"], damaged[0], 25),
    restoration.sharpened(shipped["enlarge"], small["china"], 3),
    restoration.filled(shipped["inpaint"], damaged[2], holes["chelsea"]),
]
places = ((65, 175), (75, 120), (75, 190))
rows = {
    label: np.stack([crop(one, *place) for one, place in zip(made, places, strict=True)])
    for label, made in {"damaged": damaged, "restored": restored}.items()
}
figure = plots.pairs(
    rows,
    title="Three kinds of damage, three networks",
    captions=["noise of 25", "enlarged three times", "hole"],
)
plots.show(
    figure,
    alt="Above a noisy face, a blurred pagoda and a cat with grey strokes; below the same, restored.",
)

# %% [markdown]
# ## From the documents
#
# The articles name models that transform a given picture (row S8) and promise what they are for: better
# quality (U2: noise, resolution) and repaired damage (U3). None shows such a model. One claim can be tested:
#
# | the articles say | in this lesson |
# |---|---|
# | networks remove noise and raise resolution | measured in decibels against what needs no training |
# | networks repair damaged pictures | measured inside the hole |
# | networks beat the traditional methods of editing pictures (C16) | job by job, with the cases in which they do not |
#
# ## The idea
#
# Photographs without damage are easy to come by; pairs of damaged and whole ones are not. So take whole
# photos and damage them yourself, in the way in which the pictures that you want to repair are damaged: the
# input is the damaged patch, the right answer is the patch as it was. Ten photos give millions of patches.
#
# | job | what the network gets | what it gives |
# |---|---|---|
# | denoise | noisy picture, and the level of the noise as a fourth channel | the picture |
# | enlarge ×2, ×3 | small picture, enlarged by bicubic interpolation | the picture |
# | inpaint | picture whose hole the classical method has filled, and the hole as a fourth channel | the picture |
#
# All three get a picture and return one of the same size, so one architecture does. It has to look far (what
# is this thing?) and near (where exactly is its edge?), which is what a **U-Net** is for:
#
# ```
#  picture (h, w) ─ 6×6, step 2 ─► 32 ───────── skip ─────────► 32 ─► 3×3 ─► 4·3 channels ─► sub-pixels ─► + picture
#                                  │ step 2                      ▲ double
#                                  ▼                             │
#                                  48 ───────── skip ─────────► 48        grids: h/2, h/4, h/8
#                                  │ step 2                      ▲ double
#                                  ▼                             │
#                                  64 ───────────────────────────┘
# ```


# %%
def convolution(width, kernel, start="he_normal", **options):
    return layers.Conv2D(width, kernel, padding="same", kernel_initializer=start, **options)


def block(x, width):
    """x plus a correction, which is 0 before training. x: (batch, h', w', width)."""
    h = layers.LeakyReLU(0.2)(convolution(width, 3)(x))
    return layers.Add()([x, convolution(width, 3, start="zeros")(h)])


def build_unet(channels_in, widths=(32, 48, 64)):
    """Pictures (batch, h, w, channels_in) to (batch, h, w, 3); the widths are those of the grids."""
    pictures = keras.Input((None, None, channels_in))
    x = convolution(widths[0], 6, strides=2)(pictures)  # (batch, h/2, w/2, 32)
    x, skips = block(x, widths[0]), []
    for width in widths[1:]:
        skips.append(x)
        x = layers.LeakyReLU(0.2)(convolution(width, 4, strides=2)(x))  # half as high and wide
        x = block(x, width)
    for width, skip in zip(widths[-2::-1], reversed(skips), strict=True):
        x = layers.UpSampling2D(2)(convolution(width, 1)(x))  # every place becomes 2 × 2 equal ones
        x = layers.Concatenate()([x, skip])  # (batch, h', w', 2 · width)
        x = block(layers.LeakyReLU(0.2)(convolution(width, 3)(x)), width)
    x = convolution(4 * 3, 3, start="zeros")(x)  # (batch, h/2, w/2, 12)
    correction = layers.Rescaling(0.1)(DepthToSpace(2)(x))  # (batch, h, w, 3)
    return keras.Model(pictures, layers.Add()([pictures[..., :3], correction]))


# %% [markdown]
# Four choices, each for a reason:
#
# - **Skips** (Ronneberger et al.). The way down forgets where things are; features of the same grid are laid
#   beside what comes up again.
# - **A residual.** The damaged picture is nearly right, so the network only adds a correction (Kim et al.;
#   Zhang et al.). The last layer starts at 0: before training the network returns what it is given.
#   Corrections are small, so a tenth of what the last layer says is added: in trials without that, the steps
#   overshot until all ReLUs of a level were dead. That is also why the units here leak.
# - **Half the resolution inside, sub-pixels at the end** (Shi et al.): the first convolution steps over two
#   pixels; the last one computes 12 numbers for each place, which are dealt out to 2×2 pixels of 3 colours.
# - **Nothing that normalises.** A batch's statistics would change the very brightness that is to be given
#   back (Lim et al. left it out for that reason).
#
# The same network stands in the library; the shipped weights fit into yours, and before training it returns
# its input:

# %%
mine = build_unet(4)
untrained = np.asarray(mine(np.concatenate([face[:64, :64], face[:64, :64, :1]], -1)[None]))
print(
    f"{mine.count_params():,} weights; before training it changes a picture by {np.abs(untrained[0] - face[:64, :64]).max():.3f}"
)
weights.load_into(mine, "denoise.weights.h5")

# %% [markdown]
# ## The mathematics
#
# ### Dealing channels out to pixels
#
# Let $T$ be a tensor of shape $(h, w, r^2c)$, with $r$ the factor and $c$ the number of colours, and $m$, $n$
# the row and column of one of its places. The picture $P$ of shape $(rh, rw, c)$ is, at row $i$ and column
# $j$ of that place's block and for colour $k$,
#
# $$P_{\,rm+i,\;rn+j,\;k}=T_{\,m,\;n,\;(ri+j)\,c+k},\qquad 0\le i,j<r,\quad 0\le k<c .$$
#
# Nothing is computed, numbers change their places. A transposed convolution, the other way up, lets each
# place paint a window of pixels and adds up where windows overlap; with a kernel that the stride does not
# divide, unequally often, which shows as a checkerboard (lesson <<convolutions_that_draw>>). Here blocks do
# not overlap.
#
# ## Exercise: sub-pixels
#
# Write it with `ops.reshape` and `ops.transpose`. `channels` has the shape `(batch, h, w, factor² · c)`.


# %% tags=["exercise"]
def to_pixels(channels, factor):
    """(batch, h, w, factor² · c) to (batch, factor · h, factor · w, c)."""
    ...


# %% tags=["solution"]
def to_pixels(channels, factor):
    """(batch, h, w, factor² · c) to (batch, factor · h, factor · w, c)."""
    _, h, w, depth = channels.shape
    c = depth // factor**2
    x = ops.reshape(channels, (-1, h, w, factor, factor, c))  # (batch, m, n, i, j, k)
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (batch, m, i, n, j, k)
    return ops.reshape(x, (-1, factor * h, factor * w, c))


# %% tags=["check"]
to_pixels = check.to_pixels(to_pixels)

# %%
twelve = keras.random.normal((1, 4, 4, 12), seed=1)
same = np.array_equal(to_pixels(twelve, 2), DepthToSpace(2)(twelve))
print(f"yours and the layer of the library agree: {same}")

# %% [markdown]
# ### What a loss asks for
#
# Write $y$ for the damaged picture and $x$ for the whole one. Damage loses something: many $x$ fit the same
# $y$. A network that is trained with a loss $\ell$ on all pairs tends to
#
# $$f(y)=\arg\min_{a}\ \mathbb E\big[\ell(x,a)\mid y\big].$$
#
# Here $a$ is any answer that it might give, and $\mathbb E[\,\cdot\mid y]$ the mean over all $x$ that fit
# $y$, each as often as it occurs. Take one pixel. For L2, $\ell=(x-a)^2$, the derivative by $a$,
# $-2\,\mathbb E[x-a\mid y]$, is 0 at the **mean** $a=\mathbb E[x\mid y]$. For L1, $\ell=|x-a|$, it is
# $P(x<a\mid y)-P(x>a\mid y)$, which is 0 at the **median**. Neither is asked to be a picture that could have
# been there. Suppose that $y$ leaves open behind which of 15 pixels dark turns into bright:

# %%
edges = (np.arange(16)[None] >= np.arange(1, 16)[:, None]).astype(float)  # (15 possible x, 16 pixels)
answers = {
    "one of the possible edges": edges[3],
    "mean: best for L2": edges.mean(0),
    "median: best for L1": np.median(edges, 0),
}
figure = plots.curves(
    answers,
    xlabel="pixel",
    ylabel="brightness",
    title="Which single answer is best, if the edge may be anywhere?",
)
plots.show(figure, alt="A step near the left, a straight ramp from 0 to 1, and a step in the middle.")
for name, answer in answers.items():
    print(
        f"{name:26s} mean squared error {np.mean((edges - answer) ** 2):.3f}   mean absolute error {np.abs(edges - answer).mean():.3f}"
    )

# %% [markdown]
# The ramp is blur, and by mean squared error it is *right*: no sharp answer does as well. The median is sharp
# here, because a pixel is either 0 or 1; where the possible values lie on many grey levels, median and mean
# are near each other, and both are a blur. So whoever asks for fidelity to $x$ gets softness where $y$ does
# not determine $x$. A table below has both.
#
# ### Decibels
#
# The **peak signal-to-noise ratio** is the mean squared error on a scale of logarithms. With pixels from 0 to
# 255,
#
# $$\operatorname{PSNR}=10\log_{10}\frac{255^2}{\operatorname{MSE}}\ \text{dB},\qquad
# \operatorname{MSE}=\frac1{hwc}\sum_{\text{pixels, colours}}(x-\hat x)^2 .$$
#
# Here $x$ is the original, $\hat x$ the restored picture, and the mean runs over $h\cdot w$ pixels of $c$
# colours. Three decibels more are half the squared error. The other measure, SSIM, compares local means,
# spreads and correlations, and is 1 for equal pictures.
#
# Make floats first: in `uint8`, 3 - 5 is 254.


# %%
def psnr(right, made):
    """The PSNR of one picture in decibels, a float."""
    error = np.mean((right.astype("float64") - made.astype("float64")) ** 2)
    return 10 * np.log10(255**2 / error)


large = restoration.enlarged(small["china"], 3)  # (h, w, 3) uint8
right = test["china"][: large.shape[0], : large.shape[1]]
print(f"the pagoda, reduced to a third and enlarged by bicubic interpolation: {psnr(right, large):.2f} dB")

# %% [markdown]
# ### The classical methods
#
# Each says in a line what it believes about pictures.
#
# - **Interpolation** (bicubic, Lanczos) believes that a picture is smooth between its pixels: every new pixel
#   is a weighted mean of the old ones around, with weights that depend on where it lies between them, and on
#   nothing in the picture. **Unsharp masking** then adds some of the difference to a blurred copy. The best
#   weights of all can be *fitted*: one **linear filter** for each sub-pixel place, by least squares, on the
#   training photos. What a network gains over that is what being non-linear is worth.
# - **Total variation** believes in flat pieces with sharp edges: it takes the picture nearby whose
#   neighbouring pixels differ least in sum.
# - **Non-local means** (Buades et al.) believes that a photo repeats itself. Pixel $p$ becomes a mean of the
#   pixels $q$ in a window around it, with weights $\exp\!\big(-\max(d^2-2\sigma^2,0)/h^2\big)$: $d^2$ is the
#   mean squared difference of the patches around $p$ and $q$, $\sigma$ the standard deviation of the noise,
#   $h$ a strength that you choose.
# - **Cosine thresholding** (Yu and Sapiro) believes that a small block needs few waves: it writes every block
#   of 8×8 pixels as cosines, as JPEG does, drops those that noise could have made, and takes the mean over
#   all blocks that hold a pixel.
# - **Biharmonic filling** believes that a hole is a stiff plate clamped at its rim: it solves $\Delta^2u=0$
#   inside, with $\Delta$ the Laplace operator.

# %% [markdown]
# ## The experiment
#
# ### Noise
#
# Equal terms: every method is told $\sigma$, works in colour, and has its other settings chosen on the two
# photos that are there to choose by.


# %%
def by_non_local_means(picture, level, settings):
    """Non-local means of a picture in [-1, 1]; settings: patch, window, strength in units of σ."""
    patch, window, strength = settings
    made = denoise_nl_means(
        picture, patch_size=patch, patch_distance=window, h=strength * level / 127.5,
        sigma=level / 127.5, fast_mode=True, channel_axis=-1,
    )  # fmt: skip
    return made.clip(-1, 1).astype("float32")


def by_variation(picture, level, strength):
    """Total variation; its weight in units of σ."""
    return denoise_tv_chambolle(picture, weight=strength * level / 127.5, channel_axis=-1).clip(-1, 1)


windows = [(p, w, s) for p, w in ((3, 8), (5, 6), (5, 11)) for s in (0.5, 0.7, 0.9)]
rivals = {
    "total variation": (by_variation, (0.6, 0.8, 1.0, 1.3)),
    "non-local means": (by_non_local_means, windows),
    "cosines": (restoration.by_cosines, (2.4, 2.7, 3.0, 3.3)),
}

# %%
middles = [data.signed(x[100:300, 200:400]) for x in to_choose.values()]  # (200, 200, 3) each
best, reached = {}, {}
for way, (method, settings) in rivals.items():
    scores = {
        one: np.mean([metrics.psnr(x[None], method(noisy(x, 25), 25, one)[None]) for x in middles])
        for one in settings
    }
    best[way] = max(scores, key=scores.get)
    reached[way] = scores[best[way]]
    print(f"{way}: best of {len(scores)} settings {best[way]}, {reached[way]:.2f} dB where it was chosen")
classical = max(reached, key=reached.get)
print(f"to beat: {classical}")

# %% [markdown]
# ## Exercise: cosines on a budget
#
# Blocks of `size`×`size` begin at every `step`-th place; waves below `strength` times $\sigma$ go. That costs
# $4\cdot$`size` multiplications a pixel for each of the (`size`/`step`)² blocks that hold it: 512 for 8 and
# 2, as above. Spend at most 256, and reach 32.4 dB on the two photos to choose by. Sizes: 4, 8, 16, 32; steps
# also 1, 2.


# %% tags=["exercise"]
def cheap_waves():
    """{"size": …, "step": …, "strength": …} for at most 256 multiplications a pixel."""
    ...


# %% tags=["solution"]
def cheap_waves():
    """{"size": …, "step": …, "strength": …} for at most 256 multiplications a pixel."""
    return {"size": 8, "step": 4, "strength": 3.3}


# %% tags=["check"]
cheap_waves = check.cheap_waves(cheap_waves)

# %% [markdown]
# ### A network against noise
#
# Now train. The batch is clean patches; each step makes fresh noise, so no pair comes twice. L1, Adam, a
# learning rate that rises briefly and then falls along a cosine. Adam's memory of squared gradients is short
# here, $\beta_2=0.99$: behind a last layer that starts at 0 the gradients begin at 0 and grow, and divided by
# what they were long ago they would make steps that are far too long.


# %%
class Noise25(Supervised):
    """Pairs of a patch with noise of 25 8-bit steps, its level beside it, and the patch."""

    def pair(self, clean):  # (batch, 64, 64, 3)
        spread = 25 / 127.5
        noisy = clean + spread * self.noise(ops.shape(clean))
        level = spread * ops.ones_like(clean[..., :1])
        return ops.concatenate([noisy, level], axis=-1), clean


def trained(kind, network, objective, source, steps, rate=1e-3):
    """Trains `network` on batches of 8 from `source`; returns seconds."""
    runtime.seed(1)
    rises = {"warmup_target": rate, "warmup_steps": max(1, steps // 20)}
    schedule = keras.optimizers.schedules.CosineDecay(0.0, steps - rises["warmup_steps"], **rises)
    model = kind(network, objective, seed=1)
    optimizer = keras.optimizers.Adam(schedule, beta_2=0.99)
    model.compile(optimizer, steps_per_execution=runtime.pick(smoke=1, quick=10, full=50))
    batches = data.Batches(source, 8, seed=1)
    return model.fit(batches, steps_per_epoch=steps, verbose=0).history["seconds"][-1]


# %% covers="U2"
runtime.seed(1)
live = build_unet(4)
seconds = trained(Noise25, live, "mean_absolute_error", data.patches(photos, 64, n_patches), live_steps)
print(f"{live_steps} steps in {seconds:.0f} s")
ways = {"noisy": lambda y: y.clip(-1, 1)}
for way, (method, _) in rivals.items():
    ways[way] = lambda y, method=method, way=way: method(y, 25, best[way])
ways["trained here"] = lambda y: restoration.denoised(live, y, 25)
ways["shipped"] = lambda y: restoration.denoised(shipped["denoise"], y, 25)
denoised = {way: {n: f(noisy(x, 25)) for n, x in signed.items()} for way, f in ways.items()}


# %%
def note(name, value, **details):
    """Remembers a number for the table of results."""
    runtime.record(name.replace(" ", "_"), value, **details)


def table(results, right, name):
    """Prints and records PSNR and SSIM of each way, {way: {photo: picture}}; returns the PSNRs, (photos,)."""
    print(f"{'':18s}" + "".join(f"{photo:>11s}" for photo in right) + "       mean   SSIM   (dB, RGB)")
    db = {}
    for way, made in results.items():
        db[way] = np.array([metrics.psnr(right[n][None], made[n][None])[0] for n in right])
        alike = [metrics.ssim(right[n][None], made[n][None])[0] for n in right]
        numbers = "".join(f"{value:11.2f}" for value in db[way])
        print(f"{way:18s}{numbers}{db[way].mean():11.2f}  {np.mean(alike):.3f}")
        note(f"{name} {way} psnr", inference.mean(db[way], of="photographs"))
        note(f"{name} {way} ssim", inference.mean(alike, of="photographs"))
    return db


# %% covers="C16"
def gains(db, over, networks=("trained here", "shipped")):
    """Prints what networks gain over another way, photograph by photograph; returns the differences."""
    each = {way: inference.difference(db[way], db[over], paired=True, of="photographs") for way in networks}
    each = inference.holm(each)
    for way, gain in each.items():
        print(f"{way} minus {over}: {gain.said('dB')}")
    return each


noise_db = table(denoised, signed, "denoise_25")
noise_gains = gains(noise_db, classical)
again = [
    metrics.psnr(x[None], ways["shipped"](noisy(x, 25, seed))[None])[0]
    for x in signed.values()
    for seed in seeds
]
spread = np.ptp(np.reshape(again, (len(signed), len(seeds))), axis=1).max()
print(f"another noise, shipped network: a photograph's number moves by {spread:.2f} dB at most")


# %% [markdown]
# ## Exercise: whose work is it?
#
# One noisy face after four methods; below each what it took away, grey where that is nothing. What a method
# believes, it leaves behind. Give each letter a name: "total variation", "non-local means", "cosines" or
# "trained here".

# %%
unlabelled = {letter: denoised[way]["astronaut"] for letter, way in check.whose_work.answer().items()}
taken = {letter: 1.5 * (noisy(face, 25) - made) for letter, made in unlabelled.items()}
rows = {
    row: np.stack([crop(one, 65, 175) for one in pictures.values()])
    for row, pictures in {"made": unlabelled, "taken away": taken}.items()
}
figure = plots.pairs(rows, title="Noise of 25, four methods", captions=list(unlabelled))
plots.show(
    figure,
    alt="A face four times, under it what was taken away: in A faint waves beside edges; B soft and a little "
    "mottled; C in flat pieces, with hair and eyes among what was taken; D smooth, with specks left.",
)


# %% tags=["exercise"]
def whose_work():
    """The method behind each letter, {"A": …, "B": …, "C": …, "D": …}."""
    ...


# %% tags=["solution"]
def whose_work():
    """The method behind each letter, {"A": …, "B": …, "C": …, "D": …}."""
    return {"A": "cosines", "B": "trained here", "C": "total variation", "D": "non-local means"}


# %% tags=["check"]
whose_work = check.whose_work(whose_work)


# %%
def side_by_side(results, right, name, place, title, alt):
    """One row of crops of one photo: each way, then the original."""
    pictures = [crop(made[name], *place) for made in [*results.values(), right]]
    captions = [*results, "original"]
    figure = plots.grid(np.stack(pictures), columns=6, title=title, captions=captions)
    plots.show(figure, alt=alt)


side_by_side(
    {way: made for way, made in denoised.items() if way != "total variation"},
    signed, "astronaut", (65, 175), "Noise of 25 of 255",
    "A face: noisy; smooth but for specks at eyes and hair by non-local means; with faint waves by cosines; soft "
    "and a little mottled by the network trained here; cleaner by the shipped one; and as it was.",
)  # fmt: skip

# %% [markdown]
# Well tuned methods are hard to beat: the network that you trained does not. The shipped one, trained
# for longer, is ahead of non-local means on all four, which keeps noise where no other place looks the same:
# the specks at the eyes. Thresholded cosines, twenty lines that learned nothing, come nearest: where a photo
# is full of regular detail, as the pagoda is, they are level with it. The line *minus* says what four
# photographs decide. (Not run: BM3D, which thresholds blocks that look alike together, because its package
# forbids commercial use. Published for 68 grey photographs at this noise: BM3D 28.57 dB, the network of Zhang
# et al. 29.23.)
#
# ### Enlarging
#
# The small picture is made by Pillow's bicubic *reduction*, which stretches its kernel by the factor and so
# averages over all pixels, as MATLAB's does with which published numbers are made; then rounded to 8 bits.
# The network gets it enlarged by bicubic interpolation: what is in that picture is in the small one, and
# nothing else. One network learns both factors.


# %%
def pairs_of(photos, factor, method="bicubic"):
    """Photos (h, w, 6): in the first three channels reduced and enlarged, in the others as they are."""
    made = []
    for photo in photos:
        blurred = restoration.enlarged(restoration.reduced(photo, factor, method), factor)
        made.append(np.concatenate([blurred, photo[: len(blurred), : blurred.shape[1]]], axis=-1))
    return made


pool = data.patches(pairs_of(photos.values(), 2) + pairs_of(photos.values(), 3), 64, n_patches)
runtime.seed(1)
live_larger = build_unet(3)
source = (pool[..., :3], pool[..., 3:])
seconds = trained(Supervised, live_larger, "mean_absolute_error", source, live_steps)
print(f"{live_steps} steps in {seconds:.0f} s")


# %% covers="U2 C16"
def unsharp(small, factor, settings):
    """Lanczos interpolation and an unsharp mask; settings: blur in pixels, amount."""
    plain = data.signed(restoration.enlarged(small, factor, "lanczos"))
    blur, amount = settings
    return (plain + amount * (plain - ndimage.gaussian_filter(plain, (blur, blur, 0)))).clip(-1, 1)


def cut(photo, factor):
    """A photo in [-1, 1] without the rows and columns that the factor does not divide."""
    height, width = (side // factor * factor for side in photo.shape[:2])
    return data.signed(photo[:height, :width])


# %%
to_fit = data.patches(photos, 96, runtime.pick(smoke=10, quick=300, full=1000), seed=5)
filters, masks = {}, {}
for factor in (2, 3):
    filters[factor] = restoration.linear_filters(to_fit, factor)  # (81, factor²)
    scores = {}
    for settings in [(blur, amount) for blur in (0.7, 1.0, 1.5) for amount in (0.3, 0.6, 1.0)]:
        made = [unsharp(restoration.reduced(x, factor), factor, settings) for x in to_choose.values()]
        pairs = zip(to_choose.values(), made, strict=True)
        scores[settings] = np.mean([metrics.psnr(cut(x, factor)[None], one[None]) for x, one in pairs])
    masks[factor] = max(scores, key=scores.get)
    print(f"×{factor}: {filters[factor].size} weights fitted; unsharp mask {masks[factor]}")

# %% covers="U2 C16"
ways = {
    "bicubic": lambda y, factor: data.signed(restoration.enlarged(y, factor)),
    "Lanczos": lambda y, factor: data.signed(restoration.enlarged(y, factor, "lanczos")),
    "unsharp mask": lambda y, factor: unsharp(y, factor, masks[factor]),
    "linear filter": lambda y, factor: restoration.by_filters(y, filters[factor], factor),
    "trained here": lambda y, factor: restoration.sharpened(live_larger, y, factor),
    "shipped": lambda y, factor: restoration.sharpened(shipped["enlarge"], y, factor),
}
whole, larger, larger_db, larger_gains = {}, {}, {}, {}
for factor in (2, 3):
    whole[factor] = {n: cut(photo, factor) for n, photo in test.items()}
    larger[factor] = {
        way: {n: f(restoration.reduced(photo, factor), factor) for n, photo in test.items()}
        for way, f in ways.items()
    }
    print(f"×{factor}")
    larger_db[factor] = table(larger[factor], whole[factor], f"enlarge_{factor}")
    gains(larger_db[factor], "bicubic")
    larger_gains[factor] = gains(larger_db[factor], "linear filter")

# %%
shown = {way: made for way, made in larger[3].items() if way not in ("Lanczos", "unsharp mask")}
side_by_side(
    shown, whole[3], "china", (75, 120), "Three times as large",
    "A pagoda: soft by bicubic interpolation, with clearer beams by the linear filter and both networks, which "
    "differ little, and as it was.",
)  # fmt: skip

# %% [markdown]
# Most of what the networks gain over bicubic interpolation is no matter of networks: a linear filter with a
# few hundred weights has it too. What is left for being non-linear is a few tenths of a decibel with the
# shipped weights, and none that shows with yours.
#
# Published numbers look different: on the five pictures of *Set5*, ×3, bicubic interpolation has 30.39 dB,
# SRCNN (Dong et al.) 32.75 and ESPCN (Shi et al.) 33.1. They are **not comparable** with the table: other
# pictures, and only the luminance of them, on a scale of its own. What may be held against each other is the
# *gain* over bicubic interpolation, as an orientation, on luminance here too:


# %%
def luminance(picture):
    """(h, w, 3) to (1, h, w, 1): the brightness that television uses (ITU-R BT.601)."""
    return (picture @ np.array([0.299, 0.587, 0.114], "float32"))[None, ..., None]


for factor in (2, 3):
    gain = np.mean([
        metrics.psnr(luminance(x), luminance(larger[factor]["shipped"][n]))
        - metrics.psnr(luminance(x), luminance(larger[factor]["bicubic"][n]))
        for n, x in whole[factor].items()
    ])  # fmt: skip
    note(f"enlarge_{factor} gain luminance", gain)
    print(
        f"×{factor}: shipped minus bicubic {gain:+.2f} dB on luminance"
        + (" (Set5: SRCNN +2.36, ESPCN +2.7)" if factor == 3 else "")
    )

# %% [markdown]
# About a third of what those two gained, with a small network, trained for minutes on ten photos, and on
# other pictures, on which the gain depends: for the pagoda it is far smaller than for the astronaut.
#
# ### Holes
#
# Here too the network gets what the classical method makes, the hole filled like a plate, and corrects it.
# (One of this size that began with grey holes stayed behind the plate. That choice was made on these same
# four photographs, so the gain below flatters.) A fourth channel says where the hole was, 1 inside and 0
# outside. The loss counts only pixels of the hole: elsewhere the answer is given. And the network's picture
# is used only there.
#
# ## Exercise: a loss inside the hole
#
# `picture` and `made` have the shape `(batch, h, w, 3)`, `hole` has `(batch, h, w, 1)`, with 1 inside. Return
# one number, with `keras.ops`, since a network is trained with it: the mean absolute error over all missing
# pixels of the batch and their three colours. A large hole counts more than a small one, in proportion to its
# pixels.


# %% tags=["exercise"]
def hole_loss(picture, made, hole):
    """Mean absolute error of the missing pixels and their colours."""
    ...


# %% tags=["solution"]
def hole_loss(picture, made, hole):
    """Mean absolute error of the missing pixels and their colours."""
    error = ops.abs(picture - made) * hole  # (batch, h, w, 3); 0 outside
    return ops.sum(error) / (picture.shape[-1] * ops.sum(hole))


# %% tags=["check"]
hole_loss = check.hole_loss(hole_loss)

# %% [markdown]
# The shipped network was trained with it. Its grids go one step further down, to a sixteenth of the
# resolution, so that it sees past a stroke of 24 pixels to both sides. Measured is what is *inside*, by SSIM
# over windows whose centre lies in the hole, and by PSNR of the missing pixels; for three sets of strokes, of
# which each photograph gets the mean.


# %%
def inside(made, right, holes):
    """SSIM, PSNR (dB) and the loss inside the holes, (photos, 3)."""
    told = []
    for n, x in right.items():
        error = hole_loss(x[None], made[n][None], holes[n][None, ..., None].astype("float32"))
        square = np.square(x - made[n])[holes[n]].mean()
        alike = metrics.ssim(x[None], made[n][None], where=holes[n])[0]
        told.append([alike, 10 * np.log10(4 / square), error])
    return np.array(told, dtype="float64")


# %% covers="U3 C16 S8"
filling = {"biharmonic": [], "shipped": []}
for seed in reversed(seeds):  # the first set comes last, for the figures
    holes = holes_of(seed)
    filled = {"biharmonic": {n: restoration.by_plate(x, holes[n]) for n, x in signed.items()}}
    filled["shipped"] = {
        n: restoration.filled(shipped["inpaint"], x, holes[n], filled["biharmonic"][n])
        for n, x in signed.items()
    }
    for way, made in filled.items():
        filling[way].append(inside(made, signed, holes))
filling = {way: np.mean(each, axis=0) for way, each in filling.items()}  # (photos, 3) each

# %%
for way, told in filling.items():
    alike, db, error = told.mean(axis=0)
    print(f"{way:12s} inside the hole: SSIM {alike:.3f}   PSNR {db:.2f} dB   loss {error:.4f}")
    note(f"inpaint {way} ssim inside", inference.mean(told[:, 0], of="photographs"))
    note(f"inpaint {way} psnr inside", inference.mean(told[:, 1], of="photographs"))
hole_gains = inference.holm({
    what: inference.difference(
        filling["shipped"][:, k], filling["biharmonic"][:, k], paired=True, of="photographs"
    )
    for k, what in enumerate(("SSIM", "PSNR, dB"))
})  # fmt: skip
for what, gain in hole_gains.items():
    print(f"shipped minus biharmonic, {what}: {gain.said()}")

# %%
with_hole = {"hole": {n: np.where(holes[n][..., None], 0, x) for n, x in signed.items()}}
for name, place, alt in (
    ("china", (95, 170), "A pagoda with a grey stroke; filled with a white flare; filled with a brown and "
     "green blur that has no flare, and no tiles; and as it was."),
    ("coffee", (130, 150), "The rim of a cup with grey strokes; filled twice nearly alike, the rim blurred and "
     "dented; and as it was."),
):  # fmt: skip
    side_by_side(with_hole | filled, signed, name, place, "Brush strokes, filled", alt)

# %% [markdown]
# The plate continues *slopes*: brightness that rises towards the rim goes on rising in the hole, until it is
# a white flare. The network takes flares back to the colours around. Where there is none, as at the cup, it
# changes little. Neither goes on with the row of tiles or the round rim, which you see at once, and no
# texture is invented; nothing asked for any.
#
# ### L1, L2, features, an adversary
#
# Ask for something else, then. Four copies of the shipped network for enlarging go on training for the same
# number of steps, ×3, each with another loss:
#
# - **L1** and **L2**, the control;
# - **perceptual** (Johnson et al.): the distance between the two pictures' *features* in a network that was
#   trained to name the things in photographs (EfficientNet-Lite0, two early layers), plus a little L1 to hold
#   the colours. The hope is that a missing edge costs more than one that is a little out of place;
# - **adversarial** (Ledig et al.): the perceptual loss, plus a discriminator that looks at patches and has to
#   tell real from made.

# %%
# a dict of two names to (batch, h', w', channels)
early = features.efficientnet(["block2_expand", "block4_expand"])


def perceptual(right, made):
    """Distance of features, averaged over two layers, plus a little L1."""
    seen, wanted = early(made), early(right)
    distance = sum(ops.mean(ops.abs(wanted[name] - seen[name])) for name in wanted) / len(wanted)
    return distance + 0.1 * ops.mean(ops.abs(right - made))


def patch_discriminator():
    """Pictures (batch, h, w, 3) to a logit for each overlapping patch of 22 × 22 pixels."""
    return keras.Sequential([
        keras.Input((None, None, 3)),
        layers.Conv2D(32, 4, strides=2, padding="same"), layers.LeakyReLU(0.2),
        layers.Conv2D(64, 4, strides=2, padding="same"), layers.LeakyReLU(0.2),
        layers.Conv2D(1, 4, padding="same"),
    ])  # fmt: skip


# %%
class Adversarial(training.Model):
    """The perceptual loss plus `weight` times the discriminator's opinion."""

    log_names = ("g_loss", "d_loss")

    def __init__(self, network, weight, seed=None):
        super().__init__(seed=seed)
        self.network, self.critic, self.weight = network, patch_discriminator(), weight
        self.built = True

    def compile(self, optimizer, steps_per_execution=1):
        optimizers = {"g": optimizer, "d": keras.optimizers.Adam(1e-3, beta_1=0.5)}
        trained = {"g": self.network, "d": self.critic}
        self.compile_optimizers(optimizers, trained, steps_per_execution=steps_per_execution)

    def step(self, batch):
        blurred, right = batch  # (batch, 64, 64, 3) each

        def d_loss(made):  # softplus(-l) is the cross-entropy of "real", softplus(l) that of "made"
            return ops.mean(ops.softplus(-self.critic(right)) + ops.softplus(self.critic(made)))

        def g_loss(made):
            fooled = ops.mean(ops.softplus(-self.critic(made)))
            return perceptual(right, made) + self.weight * fooled

        first = d_loss, self.d, self.critic.trainable_variables
        second = g_loss, self.g, self.network.trainable_variables
        d_value, g_value = self.play(lambda: self.network(blurred, training=True), first, second)
        return {"g_loss": g_value, "d_loss": d_value}


# %%
pool = data.patches(pairs_of(photos.values(), 3), 64, n_patches, seed=3)
source = (pool[..., :3], pool[..., 3:])
adversary_weight = 0.1  # as an objective, it makes an Adversarial
objectives = {"L1": "mean_absolute_error", "L2": "mean_squared_error", "perceptual": perceptual}
objectives["adversarial"] = adversary_weight
tuned = {}
for name in losses:
    tuned[name] = restoration.network("enlarge")
    weights.load_into(tuned[name], "enlarge.weights.h5")
    kind = Adversarial if name == "adversarial" else Supervised
    seconds = trained(kind, tuned[name], objectives[name], source, tune_steps, rate=1e-3)
    print(f"{name:12s} {tune_steps} steps in {seconds:.0f} s")

# %% [markdown]
# Two kinds of measure. *Distortion*: how far from the one original, by PSNR, by SSIM, and by features of a
# deeper layer than those that the perceptual loss looked at (as LPIPS does; bicubic = 1), though of the same
# network, so that the perceptual loss plays at home. *Distribution*: does what was made look like pictures at
# all? The same features at all places of all photos are taken for a cloud, and the two clouds' Fréchet
# distance asks nobody which place belongs to which (bicubic = 1). Sharpness is the mean difference of
# neighbouring pixels as a share of the original's; noise would raise it as well.

# %%
deeper = features.efficientnet("block6_expand")


def seen_of(pictures):
    """Deeper features at every place of every picture, a list of (places, channels)."""
    maps = [np.asarray(deeper(one[None])["block6_expand"])[0] for one in pictures.values()]
    return [one.reshape(-1, one.shape[-1]) for one in maps]


def steepness(picture):
    """Mean absolute difference of neighbouring pixels."""
    return np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean()


# %%
by_loss = {"bicubic": larger[3]["bicubic"]}
for name, network in tuned.items():
    by_loss[name] = {n: restoration.sharpened(network, photo, 3) for n, photo in small.items()}
of_original, units, loss_db = seen_of(whole[3]), None, {}
print(f"{'':12s}{'PSNR, dB':>10s}{'SSIM':>8s}{'features':>10s}{'distribution':>14s}{'sharpness':>11s}")
for name, made in by_loss.items():
    of_made = seen_of(made)
    far = np.mean([np.abs(a - b).mean() for a, b in zip(of_original, of_made, strict=True)])
    apart = metrics.frechet(np.concatenate(of_original), np.concatenate(of_made))
    units = units or (far, apart)  # of bicubic, the first
    loss_db[name] = np.array([metrics.psnr(x[None], made[n][None])[0] for n, x in whole[3].items()])
    alike = np.mean([metrics.ssim(x[None], made[n][None])[0] for n, x in whole[3].items()])
    sharp = np.mean([steepness(made[n]) / steepness(x) for n, x in whole[3].items()])
    numbers = {"psnr": loss_db[name].mean(), "ssim": alike, "features": far / units[0],
               "distribution": apart / units[1], "sharpness": sharp}  # fmt: skip
    print(f"{name:12s}{numbers['psnr']:10.2f}{alike:8.3f}{numbers['features']:10.3f}"
          f"{numbers['distribution']:14.3f}{sharp:11.2f}")  # fmt: skip
    for what, value in numbers.items():
        note(f"loss {name} {what}", value, factor=3)
_ = gains(loss_db, "L1", [name for name in losses if name != "L1"])

# %%
shown = {name: made for name, made in by_loss.items() if name != "L2"}  # which looks like L1
for name, place, what in (
    ("astronaut", (350, 132), "An embroidered badge"), ("chelsea", (95, 130), "A cat's eye")
):  # fmt: skip
    side_by_side(
        shown, whole[3], name, place, f"×3, four ways ({name})",
        f"{what}: soft, clearer, a little crisper, crisper still with some grain, and the original.",
    )  # fmt: skip

# %% [markdown]
# Read the table by columns (one run of each, of a few hundred steps, so only large gaps count). The two
# losses that compare pixels hold PSNR and stay soft; L1 and L2 hardly differ. The perceptual loss gives some
# PSNR up, the adversary more, and adds sharpness: fur looks a little more like fur, and the letters on the
# badge are as unreadable as before, because the small picture does not hold them. The two feature columns
# come from the network that was the loss, so they are lenient with whoever learned from it.
#
# Blau and Michaeli proved that this is no weakness of one network: at the edge of what is possible, pictures
# that are distributed more like real ones must differ more, in the mean, from the originals. (A poor network
# is away from that edge and can gain in both, as L1 does over bicubic.) So an adversary can help where
# somebody looks at the picture, and harms where somebody measures in it: a detail that looks real is not one
# that was there.
#
# ### Your own photo
#
# A whole photo at once may not fit into memory: the features of ten million pixels on half the grid are
# gigabytes. So it is cut into tiles that overlap, and where two tiles overlap, both count, each the less the
# nearer its own edge is:

# %%
level_map = np.full((*face.shape[:2], 1), 25 / 127.5, "float32")
hazy = np.concatenate([noisy(face, 25), level_map], axis=-1)  # (h, w, 4)
at_once = restoration.in_tiles(shipped["denoise"], hazy, tile=512)  # the photo is one tile
lines = np.arange(128, max(129, len(face)), 128)  # where two tiles of 128 pixels meet
for overlap in (0, 32):
    tiled = restoration.in_tiles(shipped["denoise"], hazy, tile=128 + overlap, overlap=overlap)
    jump = 127.5 * np.abs(np.diff(tiled - at_once, axis=0))[lines[lines < len(face)] - 1]
    seam = jump.mean() if jump.size else 0.0  # steps that the photo in one piece does not have
    runtime.record(f"seam_{overlap}", seam, unit="8-bit steps")
    print(f"tiles of 128 pixels, overlap {overlap:2d}: a step of {seam:.2f} of 255 where they meet")

# %% [markdown]
# Put a path in place of `None`. The result is written into a new folder below `my_art`.

# %%
my_photo = None  # or "my_pictures/holiday.jpg"
job = "enlarge"  # or "denoise", or "inpaint"
factor = 2  # for "enlarge": 2 or 3
level = 15  # for "denoise": the standard deviation of the noise, 5 to 50
rows, columns = slice(120, 140), slice(60, 200)  # for "inpaint": the rectangle to be filled

# %%
mine = data.picture(my_photo) if my_photo else test["coffee"]  # (h, w, 3) uint8
if job == "enlarge":
    result = restoration.sharpened(shipped["enlarge"], mine, factor)
elif job == "denoise":
    result = restoration.denoised(shipped["denoise"], data.signed(mine), level)
else:
    hole = np.zeros(mine.shape[:2], bool)
    hole[rows, columns] = True
    result = restoration.filled(shipped["inpaint"], data.signed(mine), hole)
file = runtime.art_folder() / "restored.png"
Image.fromarray(data.to_uint8(result)).save(file)
print(f"{mine.shape[1]} × {mine.shape[0]} pixels became {result.shape[1]} × {result.shape[0]}: {file}")

# %%
before = restoration.enlarged(mine, factor) if job == "enlarge" else mine
middle = [side // 2 for side in before.shape[:2]]
if job == "inpaint":  # where there is something to see
    middle = [(part.start + part.stop) // 2 for part in (rows, columns)]
corner = [place - 60 for place in middle]
views = np.stack([crop(one, *corner, size=120) for one in (data.signed(before), result)])
captions = ["before (bicubic where enlarged)", "after"]
figure = plots.grid(views, columns=2, title="A part of your photo", captions=captions)
alt = "A part of a photo before and after; of the bundled one the rim of a cup, a little clearer after."
plots.show(figure, alt=alt)

# %% [markdown]
# ## When it goes wrong
#
# A network undoes the damage it was shown: yours were shown noise of one level, and one way of making small.
#
# ### Another level of noise
#
# The one you trained has seen nothing but noise of 25. Give it a cleaner and a noisier photo:

# %%
levels = (10, 25, 50)
blind = {}
ways = {
    "noisy": lambda y, level: y.clip(-1, 1),
    "trained here on 25": lambda y, level: restoration.denoised(live, y, 25),
    "shipped, told 25": lambda y, level: restoration.denoised(shipped["denoise"], y, 25),
    "shipped, told the level": lambda y, level: restoration.denoised(shipped["denoise"], y, level),
    classical: lambda y, level: rivals[classical][0](y, level, best[classical]),
}
print(f"{'PSNR, dB, at a noise of':26s}" + "".join(f"{level:8d}" for level in levels))
for way, f in ways.items():
    blind[way] = [
        np.mean([metrics.psnr(x[None], f(noisy(x, level), level)[None]) for x in signed.values()])
        for level in levels
    ]
    print(f"{way:26s}" + "".join(f"{db:8.2f}" for db in blind[way]))
    for noise_level, db in zip(levels, blind[way], strict=True):
        note(f"noise_{noise_level} {way} psnr", db)

# %%
rows = {way: {"chelsea": f(noisy(cat, 50), 50)} for way, f in ways.items() if way != classical}
side_by_side(
    rows, {"chelsea": cat}, "chelsea", (95, 130), "A noise of 50",
    "A cat's eye: noisy; twice with much of the noise left; clean and soft; and as it was.",
)  # fmt: skip

# %% [markdown]
# Too little noise is smoothed away together with what looks like it; too much is left standing, because the
# network has learnt that what is so strong must be the picture. The cure (Zhang, Zuo and Zhang): train on all
# levels, and say which it is. In your `Noise25` that is one line, a random `spread` for each picture, and it
# is how the shipped network was trained. Told the wrong level it fails in the same way, so the level is worth
# knowing; on a photo of your own, look at a flat part of it, such as sky, and take the standard deviation
# there. (A camera's noise has been smoothed and compressed before you see it: it is no longer independent
# from pixel to pixel, as all noise here was.)
#
# ### Another way of making small
#
# The network for enlarging knows pictures that were reduced with an anti-aliasing filter. Many programs keep
# every third pixel and drop the others.


# %%
def gain_over_bicubic(network, method):
    """PSNR over bicubic interpolation, ×3, for pictures that were reduced by `method`; dB, (photos,)."""
    told = []
    for n, x in whole[3].items():
        little = restoration.reduced(test[n], 3, method)
        made = restoration.sharpened(network, little, 3)
        plain = data.signed(restoration.enlarged(little, 3))
        told.append(metrics.psnr(x[None], made[None])[0] - metrics.psnr(x[None], plain[None])[0])
    return inference.mean(told, of="photographs")


# %%
coarse = data.patches(pairs_of(photos.values(), 3, "nearest"), 64, n_patches, seed=3)
cured = restoration.network("enlarge")
weights.load_into(cured, "enlarge.weights.h5")
source = (coarse[..., :3], coarse[..., 3:])
seconds = trained(Supervised, cured, "mean_absolute_error", source, tune_steps, rate=1e-3)
print(f"{'gain over bicubic, dB':26s}{'averaged':>25s}{'dropped':>25s}")
for name, network in {"shipped, knows averaged": shipped["enlarge"], "cured": cured}.items():
    gain = {method: gain_over_bicubic(network, method) for method in ("bicubic", "nearest")}
    print(f"{name:26s}{gain['bicubic']!s:>25s}{gain['nearest']!s:>25s}")
    note(f"gain {name.split(',')[0]} averaged", gain["bicubic"], factor=3)
    note(f"gain {name.split(',')[0]} dropped", gain["nearest"], factor=3)

# %% [markdown]
# What it does to such a picture is worse than bicubic interpolation alone: it sharpens the jagged edges that
# dropping pixels has made. Some steps on the right damage turn the sign, at a cost for the other kind. A
# network does not "enlarge photos", it undoes the *reductions that it was shown*, one kind or many.
#
# ## Verdict
#
# Claim C16, that networks beat the traditional methods, job by job on four photos that no training saw,
# against the best method here that has no network:

# %% covers="C16"
for job, (gain, over) in {
    "noise of 25": (noise_gains, classical),
    "×2": (larger_gains[2], "linear filter"),
    "×3": (larger_gains[3], "linear filter"),
}.items():
    for way in ("trained here", "shipped"):
        print(f"{job:12s} {way:13s} minus {over:14s} {gain[way].said('dB')}")
        note(
            f"gain {job} {way.split()[0]}",
            gain[way].value,
            interval=[gain[way].low, gain[way].high],
            over=over,
        )
wrong = blind["trained here on 25"][-1] - blind[classical][-1]
print(f"noise of 50, taken for 25: trained here minus {classical} {wrong:+.2f} dB")
for what, gain in hole_gains.items():
    print(f"holes, shipped minus biharmonic, {what}: {gain.said()}")

# %% [markdown]
# - *Resolution* (U2): **better than interpolation, yes**, with half a minute of training already. But so is a
#   linear filter, and against that four photographs decide nothing in the networks' favour; at ×3 yours is
#   behind it.
# - *Noise* (U2): **not decided** against the best method here, thresholded cosines, which need no training
#   and one well chosen number. In the mean the shipped network is ahead of them and yours behind.
# - *Holes* (U3): **hardly**. The network starts from the classical filling and takes its blotches away, which
#   counts in decibels; in structural similarity it gains next to nothing, and both fill with too little
#   texture.
# - *Always?* **No.** Where the noise or the reduction is not what it was trained on, the network falls behind
#   a method that has a level to set, or behind plain interpolation.
# - What the claim leaves out is the measure. "Better" in decibels and "better" to the eye are two orders, and
#   each has its loss.
#
# Not measured here: large networks trained on thousands of photos, which are well ahead of every method above
# in what is published; diffusion models, which draw *one* of the possible pictures in place of their average.

# %% [markdown]
# ## What to read
#
# - Ronneberger, Fischer, Brox, *U-Net*, MICCAI 2015, [1505.04597](https://arxiv.org/abs/1505.04597).
# - Zhang, Zuo, Chen, Meng, Zhang, *Beyond a Gaussian denoiser*, TIP 2017,
#   [1608.03981](https://arxiv.org/abs/1608.03981), and Zhang, Zuo, Zhang, *FFDNet*, TIP 2018,
#   [1710.04026](https://arxiv.org/abs/1710.04026): residual learning, and the level of the noise as an input.
# - Yu, Sapiro, *DCT image denoising: a simple and effective image denoising algorithm*, IPOL 1, 2011, [doi
#   10.5201/ipol.2011.ys-dct](https://doi.org/10.5201/ipol.2011.ys-dct): twenty lines, with a page to try.
# - Buades, Coll, Morel, *A non-local algorithm for image denoising*, CVPR 2005,
#   [doi 10.1109/CVPR.2005.38](https://doi.org/10.1109/CVPR.2005.38).
# - Dong, Loy, He, Tang, *Image super-resolution using deep convolutional networks* (SRCNN), TPAMI 2016,
#   [1501.00092](https://arxiv.org/abs/1501.00092); Kim, Lee, Lee (VDSR), CVPR 2016,
#   [1511.04587](https://arxiv.org/abs/1511.04587): one network for several factors; Shi et al. (ESPCN), CVPR
#   2016, [1609.05158](https://arxiv.org/abs/1609.05158): sub-pixels; Lim et al. (EDSR), CVPR workshops 2017,
#   [1707.02921](https://arxiv.org/abs/1707.02921): without normalisation.
# - Pathak et al., *Context encoders*, CVPR 2016, [1604.07379](https://arxiv.org/abs/1604.07379): filling
#   holes, with an adversary.
# - Johnson, Alahi, Fei-Fei, *Perceptual losses*, ECCV 2016, [1603.08155](https://arxiv.org/abs/1603.08155);
#   Ledig et al., *SRGAN*, CVPR 2017, [1609.04802](https://arxiv.org/abs/1609.04802).
# - Blau, Michaeli, *The perception-distortion tradeoff*, CVPR 2018,
#   [1711.06077](https://arxiv.org/abs/1711.06077).
