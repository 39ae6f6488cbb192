# %% [markdown]
# # Can you trust a picture?
#
# **Find out which signs of a picture's origin survive an ordinary day: what a detector sees, what an
# invisible mark withstands, what sealed papers prove, and what courts have said so far.**
#
# ## What you will be able to do
#
# - train a detector of generated pictures, and say of which generators its answer means anything;
# - mark a photograph invisibly, and measure what the mark survives;
# - seal a picture, say what that proves and to whom, and write a model card;
# - say what is settled about authorship and training, and what is not, with a source for each.
#
# ## Prerequisites
#
# Lessons <<convolutions_that_draw>> (generator and discriminator), <<from_autoencoder_to_vae>> (the VAE),
# <<restoring_photographs>> (PSNR, SSIM, a denoiser) and <<fooling_the_judges>> (many tiny changes that add
# up).

# %%
from course_lib import runtime

runtime.start(lesson="can_you_trust_a_picture", seed=1)

# %%
import io

import keras
import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage, stats

from course_lib import callbacks, check, data, inference, metrics, plots, provenance, watermark, weights
from course_lib.models import gan, restoration, rows, vae
from course_lib.models.supervised import Supervised

# %% tags=["knobs"]
n_made = runtime.pick(smoke=64, quick=10_000, full=30_000)  # a detector's pictures of each kind
n_detectors = runtime.pick(smoke=2, quick=3, full=3)  # that are trained
n_watched = runtime.pick(smoke=16, quick=500, full=2000)  # and the ones it is tested on
detector_steps = runtime.pick(smoke=2, quick=900, full=5000)
at_once = runtime.pick(smoke=1, quick=10, full=10)  # of these steps, in one call
n_keys = runtime.pick(smoke=20, quick=400, full=2000)  # wrong keys tried on each photograph
photo_side = runtime.pick(smoke=256, quick=512, full=512)  # the longer one, in pixels
first_row = runtime.pick(smoke=27, quick=0, full=0)  # where the row painter begins
n_photos = runtime.pick(smoke=7, quick=14, full=14)  # that are marked
every_photo = runtime.pick(smoke=7, quick=2, full=1)  # which photographs are searched
n_removed = runtime.pick(smoke=1, quick=4, full=4)  # photographs whose mark somebody removes

# %% [markdown]
# A piece of a photograph, twice. One of the two says whose it is, and no eye will find out which.

# %%
photos = {}
for name, photo in list(data.load("photos").items())[:n_photos]:
    scale = photo_side / max(photo.shape[:2])
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))  # width, height
    photos[name] = np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))
key = 7
marked = {name: watermark.embed(photo, key) for name, photo in photos.items()}
psnr = np.array([metrics.psnr(photos[n][None], marked[n][None])[0] for n in photos])
ssim = np.array([metrics.ssim(photos[n][None], marked[n][None])[0] for n in photos])
runtime.record("mark_psnr", psnr.mean(), lowest=psnr.min(), ssim=ssim.mean(), lowest_ssim=ssim.min())
print(
    f"PSNR {psnr.mean():.1f} dB (lowest {psnr.min():.1f}), SSIM {ssim.mean():.3f} (lowest {ssim.min():.3f})"
)

# %%
view = (slice(0, photo_side // 5), slice(photo_side // 4, photo_side // 2))
before, after = photos["chelsea"][view], marked["chelsea"][view]
difference = np.clip(128 + 10 * (after.astype(int) - before), 0, 255).astype("uint8")
figure = plots.grid(
    np.stack([before, after, difference]),
    columns=3,
    captions=["before", "marked", "difference, ten times"],
    title="A mark that nobody sees",
)
plots.show(
    figure,
    alt="A piece of a cat's photograph twice, the same to the eye, and a grey pattern of blotches.",
)

# %% [markdown]
# ## From the documents
#
# The articles name copyright, authorship and provenance (row K7) among the problems of generated pictures,
# and leave it there.
#
# | question | experiment |
# |---|---|
# | can one see that a picture was generated? | detectors, on generators they know and on others |
# | can one mark it, so that the mark stays? | a watermark, thirteen kinds of damage, and somebody who wants it gone |
# | can one prove where it comes from? | sealed papers, and a model card |
# | who is the author, and may one train on it? | no experiment: laws and judgments, with dates |
#
# ## The idea
#
# A generator leaves traces that it did not intend: what it cannot draw is missing. A **detector** is a
# network that learns to see them. A **mark** is a trace put in on purpose, for whoever has the key.
# **Papers** change no pixel: they say in words where the picture comes from, sealed so that a change is
# noticed. Each of the three fails in another way, and this lesson provokes all of them.
#
# ## The mathematics
#
# **Telling two heaps apart.** Let $s$ be a detector's score, high for "generated". How well scores
# *separate*, wherever a line is drawn, is told by the **area under the ROC curve** (lesson
# <<needs_bias_leakage>> uses it for members of a training set): the chance that a random generated picture
# scores above a random real one, where a tie counts one half.
#
# **Many tiny signs.** The mark of Cox and others is the attack of lesson <<fooling_the_judges>>, turned to
# good use: many changes, each invisible, that add up for whoever knows the signs. A **key** is the seed of
# a pattern of random signs $s_k=\pm1$. Write the brightness of the picture, reduced to 256×256, as a sum of
# cosine waves with coefficients $c_k$ (the discrete cosine transform). Marking adds $a\,s_k$ to the
# coefficients of a middle band, with $a$ of a few grey levels. Detection computes
#
# $$\text{score}=\frac{\sum_k s_k\,u_k}{\sqrt{\sum_k u_k^2}},$$
#
# with $u_k$ the coefficient $c_k$ made equally loud at all frequencies, and cut where it is still twice as
# loud. To a picture without this mark the signs are coin tosses: the score has mean 0 and spread 1. No
# original is needed (detection is *blind*). Coarse waves are spared because they would be seen, the finest
# because blur, resizing and JPEG take them first.
#
# ## The experiment
#
# ### Detecting what was generated
#
# Generated pictures come as floats, real ones on 256 levels; a detector could learn that and nothing else, so
# both are saved as uint8 first. Of five generators, the *row painter* of lesson <<completing_and_restoring>>
# is of another kind: it draws pixel by pixel, each from a distribution that it computes from those before.

# %%
conv_painter = gan.conv_generator()  # latents (n, 64) -> pictures (n, 28, 28, 1)
weights.load_into(conv_painter, "dcgan_fashion.weights.h5")
dense_painter = gan.dense_generator()
weights.load_into(dense_painter, "dense_gan.weights.h5")
decoder = vae.dense_decoder()  # codes (n, 20) -> pictures
weights.load_into(decoder, "dense_vae.weights.h5")
conv_vae = vae.VAE(vae.conv_encoder(), vae.conv_decoder())
weights.load_into(conv_vae, "conv_vae.weights.h5")
row_painter = rows.painter()
weights.load_into(row_painter, "row_painter.weights.h5")
generators = {
    "DCGAN": conv_painter, "dense GAN": dense_painter, "dense VAE": decoder, "conv VAE": conv_vae.decoder,
}  # fmt: skip


def make(name, number, seed):
    """Pictures of a generator, saved: uint8 (number, 28, 28, 1)."""
    size = generators[name].input_shape[-1]
    latents = np.random.default_rng(seed).standard_normal((number, size)).astype("float32")
    return data.to_uint8(generators[name].predict(latents, batch_size=500, verbose=0))


watched = {name: make(name, n_watched, seed=22) for name in generators}
empty = -np.ones((n_watched, 28, 28, 1), "float32")
watched["row painter"] = data.to_uint8(row_painter.paint(empty, first_row, seed=22))  # pixel by pixel

# %% [markdown]
# Three detectors with the same network (that of lesson <<convolutions_that_draw>>'s discriminator), the same
# number of pictures and steps: one knows the DCGAN, one the dense VAE, one half of each. All are asked about
# five generators; three of them none has seen. Intervals are those of drawing the test pictures again
# (bootstrap); each detector was trained once, so they say nothing of another training.


# %%
def train_detector(made, genuine):
    """Learns to give generated pictures a logit above 0, and real ones one below."""
    runtime.seed(1)
    detector = gan.conv_discriminator()
    shown = np.concatenate([genuine, made])
    wanted = np.repeat([[0.0], [1.0]], [len(genuine), len(made)], axis=0).astype("float32")  # (n, 1)
    model = Supervised(detector, keras.losses.BinaryCrossentropy(from_logits=True), seed=1)
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=at_once)
    source = data.Batches((shown, wanted), 64, seed=1)
    model.fit(source, steps_per_epoch=detector_steps, verbose=0)
    return detector


def scores(detector, shown):
    """The detector's logits for saved pictures, (n,)."""
    return detector.predict(data.signed(shown), batch_size=500, verbose=0)[:, 0]


def area_under_curve(real, made):
    """How often a generated picture scores above a real one, of all pairs; a tie counts half."""
    made = made[:, None]  # (m, 1), against real (n,)
    return np.mean((made > real) + 0.5 * (made == real))


genuine = data.load("fashion", "train")[0][:n_made]
learned = {name: make(name, n_made, seed=11) for name in ("DCGAN", "dense VAE")}
learned["both"] = np.concatenate([made[: n_made // 2] for made in learned.values()])
detectors = {name: train_detector(learned[name], genuine) for name in list(learned)[:n_detectors]}
chosen_on = data.load("fashion", "validation")[0]  # (10000, 28, 28, 1), real
line = np.quantile(scores(detectors["dense VAE"], chosen_on[:n_made]), 0.95)  # 5 % false accusations

# %% [markdown]
# All is trained, and a line is drawn where five of a hundred validation pictures are accused. Now the test
# pictures, which none of it has seen.


# %% tags=["final"]
watched_real = data.load("fashion", "test")[0][:n_watched]


def percent(part):
    """A share with its interval, in words."""
    return f"{part.value:.0%} ({part.low:.0%} to {part.high:.0%})"


# %% covers="K7"
areas = {}
for knows, detector in detectors.items():
    on_real = scores(detector, watched_real)
    areas[knows] = {
        name: inference.resampled(area_under_curve, on_real, scores(detector, made), draws=200)
        for name, made in watched.items()
    }
    runtime.record(f"auc_{knows}", areas[knows], pictures=n_watched)
    for name, area in areas[knows].items():
        print(
            f"trained on {knows:9s} asked about {name:11s} {area.value:.3f} ({area.low:.3f} to {area.high:.3f})"
        )

# %%
figure = plots.bars(
    list(watched),
    {f"trained on {knows}": [area.value for area in row.values()] for knows, row in areas.items()},
    spread={
        f"trained on {knows}": ([area.low for area in row.values()], [area.high for area in row.values()])
        for knows, row in areas.items()
    },
    ylabel="area under the ROC curve",
    title="Whom does a detector recognise that learned from whom?",
    expected=0.5,
    expected_label="guessing",
)
plots.show(
    figure,
    alt="Bars with intervals for five generators and three detectors. The two VAEs are recognised by all three, the "
    "GANs less, and the row painter is at or below guessing.",
)

# %% [markdown]
# The detector that learned the dense VAE is nearly perfect on it, and that is the number that gets
# advertised. On the GANs it is far from perfect, and about the row painter it is worse than a coin: its
# interval lies below one half, so more often than not it finds its pictures more real than real ones. The
# mixture helps with what is in the mixture, if less than learning from that alone; it does not help with the
# row painter. Why? Look at what each generator leaves out.


# %%
frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(28), np.fft.fftfreq(28)))  # (28, 28), periods a pixel
rings = np.digitize(frequency, (np.arange(15) + 0.5) / 28)  # ring k: k periods across the picture


def power(shown):
    """The mean power of pictures in each of 14 rings of frequency, (14,)."""
    waves = np.mean(np.abs(np.fft.fft2(data.signed(shown)[..., 0])) ** 2, axis=0)  # (28, 28)
    return np.array([waves[rings == ring].mean() for ring in range(1, 15)])


spectra = {name: 10 * np.log10((power(made) + 1e-9) / power(watched_real)) for name, made in watched.items()}

# %%
figure = plots.curves(
    {name: (np.arange(1, 15) / 28, ratio) for name, ratio in spectra.items()},
    xlabel="frequency (periods a pixel)",
    ylabel="power, against real pictures (dB)",
    title="What a generator leaves out",
    floor=0,
    floor_label="real",
)
plots.show(
    figure,
    alt="Both VAEs lose power with frequency, six decibels and more at the fine end; the GANs lose one or two; the "
    "row painter's line ends at or above the level of real pictures.",
)
for name, ratio in spectra.items():
    print(f"{name:12s} {ratio[-4:].mean():+5.1f} dB in the finest waves")
    runtime.record(f"fine_power_{name}", ratio[-4:].mean())

# %% [markdown]
# Go through the lines at their fine end from the top down, and the bars of the detector that learned a VAE
# grow, until they are full. VAEs blur, so a detector of VAEs seems to become a detector of *missing fine
# detail*; the row painter, which draws every pixel with a noise of its own, misses none. That is a guess
# from five points, so test it: take detail away from real pictures, and give some to generated ones. People
# who never heard of generators do both every day.


# %%
def jpeg(shown, quality):
    """A picture (h, w, 3) or pictures (n, h, w, 1), saved as JPEG and read again."""
    if shown.ndim == 4:
        return np.stack([jpeg(one, quality) for one in shown])
    file = io.BytesIO()
    Image.fromarray(shown[..., 0] if shown.shape[-1] == 1 else shown).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).reshape(shown.shape)


def blurred(shown):
    """Every picture through a Gaussian of 0.7 pixels."""
    return data.to_uint8(ndimage.gaussian_filter(data.signed(shown), (0, 0.7, 0.7, 0)))


def sharpened(shown):
    """Unsharp masking: what a blur takes away is added."""
    plain = data.signed(shown)
    return data.to_uint8(plain + 1.5 * (plain - ndimage.gaussian_filter(plain, (0, 1, 1, 0))))


# %% covers="K7"
detector, made = detectors["dense VAE"], watched["dense VAE"]
accused = {
    "real": watched_real, "real, JPEG 50": jpeg(watched_real, 50), "real, a little blurred": blurred(watched_real),
    "VAE": made, "VAE, JPEG 50": jpeg(made, 50), "VAE, sharpened": sharpened(made),
}  # fmt: skip
for name, shown in accused.items():
    part = inference.share(scores(detector, shown) > line, of="pictures")
    print(f"{name:24s} {percent(part)} called generated")
    runtime.record(f"accused_{name}", part)
figure = plots.pairs(
    {name: accused[name][:8] for name in ("real, a little blurred", "VAE", "VAE, sharpened")},
    title="Accused, accused, and mostly acquitted",
)
plots.show(
    figure,
    alt="Eight soft real garments, eight soft generated ones, and the generated ones sharpened.",
)

# %% [markdown]
# The guess holds: a real picture that was slightly blurred stands accused, and a generated one that was
# sharpened mostly walks free. JPEG, which takes away other things, does little to this detector at this size.
# A detector answers the question that it happened to learn. Whoever quotes its answer should say: of which
# generators, after which processing, at which rate of false accusations. And among how many honest ones?
#
# ## Exercise: who is accused?
#
# Pictures that score *above* `threshold` are accused. `real` `(n,)` and `made` `(m,)` are scores that a
# detector gave in a test, NumPy arrays. Where it is put to use, a `share` of all pictures is generated,
# whatever it was in the test, and each kind scores as its own did there. Return which share of the accused is
# real, and 0 where nobody is accused.


# %% tags=["exercise"]
def wrongly_accused(real, made, threshold, share):
    """The share of the accused that are real, where a `share` of all pictures is generated."""
    ...


# %% tags=["solution"]
def wrongly_accused(real, made, threshold, share):
    """The share of the accused that are real, where a `share` of all pictures is generated."""
    innocent = (1 - share) * np.mean(real > threshold)  # accused and real, of all pictures
    guilty = share * np.mean(made > threshold)
    return innocent / (innocent + guilty) if innocent + guilty else 0.0


# %% tags=["check"]
wrongly_accused = check.wrongly_accused(wrongly_accused)

# %%
on_real, on_made = scores(detector, watched_real), scores(detector, made)
for part in (0.5, 0.1, 0.01):
    innocent = wrongly_accused(on_real, on_made, line, part)
    print(f"where {part:.0%} of all pictures are generated, {innocent:.0%} of the accused are real")

# %% [markdown]
# The detector is the same in each line. Where few pictures are generated, even a low rate of false
# accusations accuses more innocent ones than guilty.
#
# ### Marking what you make
#
# A detector looks for a mark that nobody intended. The photographs above carry one on purpose. When may one
# say that it is there?

# %% [markdown]
# ## Exercise: when to say "mine"
#
# A threshold is a promise about *unmarked* pictures. `scores` are theirs; at most the share `rate` of them
# may lie above the threshold. Return the lowest of the given scores that keeps the promise; several may be
# equal.


# %% tags=["exercise"]
def alarm_threshold(scores, rate):
    """The lowest of the scores (n,) that at most a share `rate` of them exceed."""
    ...


# %% tags=["solution"]
def alarm_threshold(scores, rate):
    """The lowest of the scores (n,) that at most a share `rate` of them exceed."""
    return min(score for score in scores if np.mean(scores > score) <= rate)


# %% tags=["check"]
alarm_threshold = check.alarm_threshold(alarm_threshold)

# %% [markdown]
# Unmarked pictures are had in plenty: to every key that was not used, a photograph is one. (So the rate below
# is that of random keys on fourteen photographs. For a rate over photographs it would take many photographs.)

# %%
heard = np.stack([watermark.waves(photo) for photo in photos.values()])  # (n_photos, waves)
heard = heard / np.linalg.norm(heard, axis=1, keepdims=True)
keys = np.stack([watermark.signs(1000 + number) for number in range(n_keys)])  # (keys, waves)
unmarked = (keys @ heard.T).ravel()  # (keys * n_photos,)
threshold = alarm_threshold(unmarked, 0.001)
own = np.array([watermark.score(photo, key) for photo in marked.values()])  # (n_photos,)
print(
    f"{len(unmarked):,} scores of unmarked pictures: mean {unmarked.mean():.2f}, spread {unmarked.std():.2f}"
)
print(
    f"threshold for one false alarm in 1,000: {threshold:.2f} (of a normal distribution {stats.norm.isf(0.001):.2f})"
)
runtime.record("mark_threshold", threshold, scores=len(unmarked), lowest_marked=own.min())
print(f"marked photographs: {own.min():.1f} to {own.max():.1f}")


# %%
def resized(picture, factor):
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def cropped(picture, part):
    """A piece with `part` of either side, from somewhere near the middle."""
    high, wide = (round(part * side) for side in picture.shape[:2])
    top, left = (picture.shape[0] - high) // 3, (picture.shape[1] - wide) // 2
    return np.ascontiguousarray(picture[top : top + high, left : left + wide])


def noisy(picture, spread):
    changed = picture + np.random.default_rng(5).normal(0, spread, picture.shape)
    return np.clip(np.rint(changed), 0, 255).astype("uint8")


def through(change):
    """A damage to a picture as Pillow knows it, for arrays."""
    return lambda picture: np.asarray(change(Image.fromarray(picture)))


damages = {
    "noise, spread 20 levels": lambda picture: noisy(picture, 20),
    "blur, 2 pixels": through(lambda picture: picture.filter(ImageFilter.GaussianBlur(2))),
    "half the size": lambda picture: resized(picture, 1 / 2),
    "brighter, more contrast": lambda picture: np.clip(1.4 * picture + 20, 0, 255).astype("uint8"),
    "turned by 3 degrees": through(lambda picture: picture.rotate(3, Image.Resampling.BICUBIC)),
    "cropped to 70 %": lambda picture: cropped(picture, 0.7),
}

# %% covers="K7"
qualities = (90, 70, 50, 30, 20, 10, 5)
under_jpeg = [[watermark.score(jpeg(photo, q), key) for q in qualities] for photo in marked.values()]
under_jpeg = np.array(under_jpeg)  # (n_photos, 7)
found = {f"JPEG {q}": under_jpeg[:, place] > threshold for place, q in enumerate(qualities)}
for name, damage in damages.items():
    points = np.array([watermark.score(damage(photo), key) for photo in marked.values()])
    found[name] = points > threshold
for name, hits in found.items():
    print(f"{name:26s} mark found in {hits.sum():2d} of {len(hits)}, {percent(inference.share(hits))}")
    runtime.record(f"mark_found_{name}", inference.share(hits, of="photographs"))
figure = plots.curves(
    {"mean": (qualities, under_jpeg.mean(axis=0)), "weakest": (qualities, under_jpeg.min(axis=0))},
    xlabel="JPEG quality (90 is good, 5 is ruined)",
    ylabel="score (spreads of an unmarked picture)",
    title=f"The mark of {len(photos)} photographs under JPEG",
    floor=threshold,
    floor_label="threshold, one false alarm in 1,000",
)
plots.show(
    figure,
    alt="The mean score falls as the quality falls and stays above the threshold; the weakest photograph's crosses "
    "it at the lowest qualities.",
)

# %% [markdown]
# JPEG, noise, blur, another size, another brightness: the mark is still there, nearly always. (Fourteen of
# fourteen leave room for one photograph in five: the intervals say so.)
#
# ## When it goes wrong
#
# ### The same picture, a little to the side
#
# Look at the last two lines. After a small turn or a crop the picture is about as good as before, and the
# mark is gone: not erased but *displaced*. Every wave of the piece is compared with a sign that belongs to
# another. The **cure** for the crop is to try all places: a product of two Fourier transforms compares
# pattern and piece at every offset at once. With more than a hundred thousand attempts a picture the
# threshold has to rise, and it is measured as before, with keys that were not used.

# %% covers="K7"
some = list(photos)[::every_photo]
size_of = {name: photos[name].shape[:2] for name in some}
pieces = {name: cropped(marked[name], 0.7) for name in some}
searched = np.array([watermark.search(pieces[name], key, size_of[name]) for name in some])
others = [watermark.search(pieces[name], wrong, size_of[name]) for name in some for wrong in range(50, 54)]
highest = alarm_threshold(np.array(others), 0.0)  # none of these may be above
print(f"highest answer to wrong keys, {len(others)} searches: {highest:.2f}")
print(f"answers to the right key: {', '.join(f'{one:.1f}' for one in searched)}")
by_search = inference.share(searched > highest, of="photographs")
runtime.record("mark_found_by_search", by_search, threshold=highest)
print(f"found in {np.sum(searched > highest)} of {len(some)}, {percent(by_search)}")

# %% [markdown]
# Few searches make a rough threshold: the highest of so many answers says nothing about one false alarm in
# 1,000. Here the gap is wide. Whether a piece was scaled or turned as well would have to be tried out too,
# and each such doubt multiplies the attempts.
#
# ### Somebody who wants it gone
#
# So far the damage was blind. A remover who has the key subtracts the pattern. One who has not can let a
# network paint the picture again: add noise, and have the denoiser of lesson <<restoring_photographs>> remove
# it. (Zhao and others do so with larger generators, and prove for invisible marks in the pixels that enough
# noise makes them undetectable; marks that change what is on the picture may withstand it.)


# %%
def repainted(picture, level):
    """Noise of a spread of `level` of 255, and the denoiser behind it: uint8."""
    return data.to_uint8(restoration.denoised(denoiser, data.signed(noisy(picture, level)), level))


def subtracted(picture):
    pattern = watermark.pattern(key, picture.shape[:2])[..., None]  # (h, w, 1)
    return np.clip(np.rint(picture - watermark.STRENGTH * pattern), 0, 255).astype("uint8")


denoiser = restoration.network("denoise")
weights.load_into(denoiser, "denoise.weights.h5")
removers = {
    "nobody": lambda picture: picture,
    "with the key": subtracted,
    "repainted, noise 20": lambda picture: repainted(picture, 20),
    "repainted, noise 50": lambda picture: repainted(picture, 50),
}

# %% covers="K7"
chosen = restoration.TEST_PHOTOS[:n_removed]  # the denoiser never saw them
removed = {}
for name, remove in removers.items():
    left = [remove(marked[photo]) for photo in chosen]
    points = np.array([watermark.score(one, key) for one in left])
    near = [metrics.psnr(photos[photo][None], one[None])[0] for photo, one in zip(chosen, left, strict=True)]
    removed[name] = left[0]
    found_in = inference.share(points > threshold, of="photographs")
    print(f"{name:20s} mean score {points.mean():5.1f}, found in {np.sum(points > threshold)} of {len(points)}; "
          f"PSNR to the unmarked photograph {np.mean(near):.1f} dB")  # fmt: skip
    runtime.record(f"removal_{name}", points.mean(), found=found_in.value, psnr=np.mean(near))
view = (slice(photo_side // 16, photo_side // 4), slice(photo_side // 4, photo_side // 2))
figure = plots.grid(
    np.stack([one[view] for one in removed.values()]),
    columns=4,
    captions=list(removed),
    title="Who removed the mark?",
)
plots.show(
    figure,
    alt="A piece of an astronaut's portrait four times, the last two smoother than the first.",
)

# %% [markdown]
# With the key the mark is gone and the photograph is back; so the key must stay secret, and whoever has it
# can put the mark on a photograph that is not theirs. Repainting weakens the mark, in some of these few
# photographs below the threshold, and it costs the picture: read both columns. What this small denoiser
# pays dearly for, larger painters get cheaper. A mark is a label for honest hands and a nuisance for
# others.
#
# ## Saying where it comes from
#
# The opposite approach changes no pixel: write down what you know, and seal it. A **fingerprint** of the
# pixels is a number of 256 bits that comes out otherwise when any of them changes (SHA-256: no two contents
# with the same one are known). A **message authentication code**, a MAC for short, over fingerprint and facts
# changes with either, and nobody is known to be able to compute it without the secret. The one here is an
# *HMAC* (RFC 2104): a fingerprint of secret and text together. It is often called a signature, and is none:
# see below. Here is a sheet of people by lesson <<pictures_on_request>>'s generator, marked and sealed.

# %%
people = gan.conditional_generator(label_size=14)  # latents (n, 64), orders (n, 14) -> (n, 64, 64, 3)
weights.load_into(people, "people_gan.weights.h5")
_, orders = data.load("people", "validation")
asked = data.one_hot("people", orders)[:84:7]  # (12, 14)
z = np.random.default_rng(4).standard_normal((12, 64)).astype("float32")
sheet = callbacks.tile(data.to_uint8(people.predict([z, asked], verbose=0)), columns=6)  # (h, w, 3)
sheet = watermark.embed(sheet, key, strength=6.0)  # so few pixels need a stronger one
secret = b"for this lesson only; yours comes from secrets.token_bytes(32)"
facts = {
    "made by": "the generator of lesson <<pictures_on_request>>",
    "weights": weights.manifest()["people_gan.weights.h5"]["sha256"][:16],
    "seed": 4, "date": "2026-11-20", "learned from": "Fluent Emoji (MIT licence, Microsoft)",
}  # fmt: skip
record = provenance.seal(sheet, secret, **facts)
folder = runtime.art_folder()  # a new folder of this run, below my_art
provenance.save(folder / "people.png", sheet, record)
figure = plots.grid(sheet[None], columns=1, title="Marked and sealed")
plots.show(figure, alt="A sheet of twelve generated emoji people in two rows.")
print("\n".join(f"{name}: {value}" for name, value in record["facts"].items()))
print(folder / "people.png")

# %% covers="K7"
shown, papers = provenance.load(folder / "people.png")
touched = shown.copy()
touched[0, 0, 0] ^= 1  # one pixel by one level
lied = {**papers, "facts": {**papers["facts"], "made by": "me, with a brush"}}
Image.fromarray(shown).save(folder / "again.png")  # as any program saves it
again, no_papers = provenance.load(folder / "again.png")
cases = {
    "the file as it was": (shown, papers), "one pixel by one level": (touched, papers),
    "another author": (shown, lied), "saved again as PNG": (again, no_papers),
    "the same, papers kept aside": (again, papers), "JPEG 80, papers kept aside": (jpeg(shown, 80), papers),
    "half the size, kept aside": (resized(shown, 0.5), papers), "cropped, kept aside": (cropped(shown, 0.8), papers),
}  # fmt: skip
survived = {}
for name, (one, of_it) in cases.items():
    answer, point = provenance.examine(one, of_it, secret), watermark.score(one, key)
    survived[name] = {"papers": answer == "as sealed", "mark": bool(point > threshold)}
    print(f"{name:28s} {answer:38s} mark {point:5.1f}{', found' if point > threshold else ''}")
runtime.record("survived", survived, threshold=threshold)
valid, seen = (sum(case[what] for case in survived.values()) for what in ("papers", "mark"))
print(f"papers valid in {valid} of {len(cases)} cases, mark found in {seen}")

# %% [markdown]
# The papers notice one level in one pixel and one changed word. And they are lost the first time that a
# program saves the picture that does not know them, or belong to "other pixels" after any honest change. The
# mark cares about neither (a crop hides it, as above), and says nothing about date, author or weights. So
# they are used together: the mark to find the papers again, the papers to say what is known.
#
# And what does the code prove? Who can check a MAC can also make one:

# %%
forged = provenance.seal(photos["coffee"], secret, **facts)  # a photograph, with a generator's papers
stranger = provenance.seal(sheet, b"another secret", **facts)
print(
    "a photograph with false papers, the shared secret:", provenance.examine(photos["coffee"], forged, secret)
)
print("true papers, sealed with another secret:", provenance.examine(sheet, stranger, secret))

# %% [markdown]
# A shared secret proves to *you* that *your own* papers were not touched. To prove something to others
# takes a **digital signature**: a pair of keys, a private one that signs and a public one with which
# anybody checks and nobody signs (Ed25519 is one such scheme), and somebody who vouches for whose key it
# is. That is what **C2PA** (Content Credentials) standardises: signed manifests, in the file or beside it,
# with a history of edits, and certificates for the keys. No signature proves that the facts are *true*: it
# proves who stated them, and that they were not changed since. And having neither papers nor a mark is
# evidence of nothing.
#
# ### Papers for a model
#
# A picture's papers point to a model, and whoever relies on that wants to know more. A **model card**
# (Mitchell and others) says what it is for, what it learned from, how it was measured, and where it fails.
# The library looks up what can be looked up, and refuses to leave out what only you know. "Not measured" is a
# result too: it tells the reader what nobody looked at.

# %% covers="K7"
judged = "fooling_the_judges"
measured = {
    "Fréchet distance of 1,000 pictures (lesson <<fooling_the_judges>>)": runtime.recorded(
        judged, "ruler_DCGAN"
    ),
    "the same of 1,000 real pictures": runtime.recorded(judged, "ruler_real"),
    "area under the ROC curve, a detector that knows it": areas["DCGAN"]["DCGAN"].value,
    "area under the ROC curve, a detector that knows a VAE": areas["dense VAE"]["DCGAN"].value,
    "training pictures that it reproduces": None,
}
sections = {
    "Intended use": "Teaching. Grey pictures of 28×28 pixels; no illustration, no data of a real shop.",
    "Factors": "Ten kinds of garment, one shop's range, each alone on black, shoes pointing to the left.",
    "Training data": "The 60,000 training pictures of Fashion-MNIST (Zalando SE, MIT licence, 1708.07747).",
    "Evaluation data": "Its 10,000 test pictures, through the judge. Early settings of the course were chosen by them, too.",
    "Ethical considerations": "No people are shown. The pictures carry no mark: seal what you publish.",
    "Caveats": "The judge can be gamed; its distance counts only for pictures that were not made for it.",
}
title = "generator of garments (lesson <<convolutions_that_draw>>)"
card = provenance.model_card(title, "dcgan_fashion.weights.h5", measured, sections, "2026-11-20")
(folder / "model_card.md").write_text(card, encoding="utf-8")
print(card[card.index("## Metrics") : card.index("## Evaluation")])
print("The whole card:", folder / "model_card.md")

# %% [markdown]
# ## Whose picture is it?
#
# A map with dates, and **no legal advice**: law differs by country, and much of it is moving. Public sources
# were searched in November 2026; most of what was found ends in the summer of that year, so what is open here
# may be decided by now. No highest court was found to have decided whether one may train on works, or whether
# weights hold them. Sources stand in the course's bibliography.
#
# **May the result be owned?**
#
# - *International ground.* The Berne Convention (last revised in 1971) protects works and their authors and
#   does not define who an author is; scholars (Ricketson, Ginsburg) read it as speaking of people.
# - *United States: settled for one kind of case.* A work whose only named author is a machine cannot be
#   registered (*Thaler v. Perlmutter*, Court of Appeals for the D.C. Circuit, 18 March 2025; the Supreme
#   Court declined to hear the case on 2 March 2026, which decides nothing itself). In the opinion of the
#   Copyright Office (report of 29 January 2025) prompts alone do not make their writer the author; what a
#   person contributed can be protected where it shows. *Unsettled:* how much is enough.
# - *China.* The Beijing Internet Court protected a picture made with Stable Diffusion, for the choices of its
#   user (*Li v. Liu*, 27 November 2023, first instance). In September 2025 it announced a decision against
#   somebody who could not document such choices.
# - *United Kingdom: a rule of its own.* By section 9(3) of the Copyright, Designs and Patents Act 1988 the
#   author of a computer-generated work is who undertakes the arrangements necessary for it. *Unsettled:* who
#   that is when a network draws, and whether the rule stays (the government's report of 18 March 2026 changed
#   no law).
# - *European Union.* Its court asks for the author's own intellectual creation (*Infopaq*, C-5/08, 16 July
#   2009), shown in free and creative choices (*Painer*, C-145/10, 1 December 2011, about a photograph).
#   *Unsettled:* what that means for prompts.
#
# **May one train on it, and are the works then in the weights?**
#
# - *European Union.* Directive (EU) 2019/790 has two exceptions for text and data mining of works to which
#   one has lawful access: Article 3 for scientific research; Article 4 for anybody, unless the rightholder
#   has reserved the use. In *Kneschke v. LAION*, about collecting a data set, the Regional Court of Hamburg
#   applied the first (27 September 2024), and the Higher Regional Court both (10 December 2025; not final, a
#   further appeal was allowed). *Unsettled:* which reservations count.
# - *Germany: yes, where a model memorised.* In *GEMA v. OpenAI* the Regional Court of Munich I (42 O
#   14139/24, 11 November 2025) held that song lyrics which a language model had memorised, and gave back
#   when asked, are reproduced in its weights, and that Article 4 does not cover that. Not final when last
#   reported; no decision on appeal was found.
# - *United Kingdom: no, where it stores no copy.* In *Getty Images v. Stability AI* (High Court, 4 November
#   2025, [2025] EWHC 2863 (Ch)) a model that stores no copies was held to be no infringing copy. Getty had
#   not claimed that it stores any, and had dropped its claim about training, which could not be shown to
#   have taken place in the country. Not final: permission to appeal was given in December 2025; no decision
#   on it was found. So the two courts answered different questions; whether a model memorised is one to
#   *measure* (lessons <<pictures_on_request>> and <<needs_bias_leakage>>).
# - *Before the Union's court:* *Like Company v. Google* (C-250/25, referred on 3 April 2025, heard in March
#   2026) asks whether training a chatbot is a reproduction, whether Article 4 covers it, and what its answers
#   are. Neither an opinion nor a judgment was found.
# - *United States.* The question is fair use, case by case. Of three decisions of district courts in 2025,
#   one did not find it (*Thomson Reuters v. Ross*, 11 February, no generative model), and two found it for
#   training, on the record before them (*Bartz v. Anthropic*, 23 June, which did not excuse copies from
#   pirate libraries; *Kadrey v. Meta*, 25 June). None binds other courts.
# - *Licences come first.* What this course learned from is under the MIT licence, in the public domain, or
#   under CC0 and CC BY, which asks that authors be named: the `SOURCE.md` beside the files does.
#
# **Must one say so?** In the European Union Article 50 of the AI Act (Regulation (EU) 2024/1689) has applied
# since 2 August 2026. Providers of systems that generate pictures, sound, video or text have to mark what
# these generate in a machine-readable way, as robustly as is technically feasible (paragraph 2); those whose
# systems were on the market before have until 2 December 2026 (Article 111(4), added by Regulation (EU)
# 2026/1744). Who publishes a *deep fake*, other than privately, has to disclose it, for evidently artistic
# works in a manner that does not spoil them (paragraph 4). There are exceptions:
# read the text in force. How robust a mark can be, you have measured.
#
# **For your own art**, as good manners and not as law: keep what shows your part (sketches, orders, seeds,
# choices); respect licences; name your tools; do not imitate living people's faces or work to deceive; and do
# not claim what your papers cannot show.
#
# ## Verdict
#
# What this lesson measured:

# %%
print("K7: area under the ROC curve, detector trained on the dense VAE:")
print("  " + ", ".join(f"{name} {area}" for name, area in areas["dense VAE"].items()))
for name in ("JPEG 50", "JPEG 10", "turned by 3 degrees", "cropped to 70 %"):
    print(f"  mark found, {name}: {percent(inference.share(found[name]))}")
print(f"  cropped and searched: {percent(by_search)}")

# %% [markdown]
# - *Detection* (K7) knows the generators and the processing that it has seen. On others it can be worse than
#   a coin.
# - *Provenance* (K7) can be stated, and not enforced. A mark survives what breaks a seal, and a seal notices
#   what a mark does not; a determined hand can get rid of both, and the absence of either says nothing.
# - *Authorship* (K7) is no property of the pixels. People decide it, differently in different places, and in
#   part not yet.

# %% [markdown]
# ## What to read
#
# - Wang, Wang, Zhang, Owens, Efros, *CNN-generated images are surprisingly easy to spot… for now*, CVPR 2020,
#   [1912.11035](https://arxiv.org/abs/1912.11035): the optimistic case, helped by augmentation.
# - Durall, Keuper, Keuper, *Watch your up-convolution*, CVPR 2020,
#   [2003.01826](https://arxiv.org/abs/2003.01826): spectra of generators.
# - Cox, Kilian, Leighton, Shamoon, *Secure spread spectrum watermarking for multimedia*, IEEE Transactions on
#   Image Processing 6(12), 1997.
# - Zhao et al., *Invisible image watermarks are provably removable using generative AI*, NeurIPS 2024,
#   [2306.01953](https://arxiv.org/abs/2306.01953).
# - Mitchell et al., *Model cards for model reporting*, FAT* 2019,
#   [1810.03993](https://arxiv.org/abs/1810.03993).
