"""Train again the small networks whose weights ship with the course.

    python tools/rebuild_weights.py people_gan   # or another; --help lists them; each says how long it took

Shipped weights are frozen: this command writes only where a file is missing or damaged, unless
`--force` is given. Another machine rounds differently and ends in slightly different weights; they
are then entered under a version of their own (`fashion-1+1a2b3c4d`), because their distances
cannot be compared with those of the shipped judge.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import env

if __name__ == "__main__":
    env.enter("main")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras.optimizers.schedules import CosineDecay, PolynomialDecay

sys.path.insert(0, str(env.ROOT))

from course_lib import attacks, data, detection, judge, metrics, weights
from course_lib.data import outlines, sequences
from course_lib.models import cnn, combined, gan, restoration, rnn, rows, style, translation, unet, vae
from course_lib.models.features import efficientnet
from course_lib.models.supervised import Supervised

SEED = 1


class Recipe(NamedTuple):
    """How one file of weights is made."""

    file: str
    version: str
    train: Callable  # returns the trained network
    report: Callable  # (network, *about) -> what became of it, in words
    about: tuple


RECIPES = {}


def recipe(report, *about, file=None, version=None):
    """Enter `train_some_name` in `RECIPES`: it makes some_name.weights.h5, of the version some-name-1."""

    def enter(train):
        name = train.__name__.removeprefix("train_")
        version_1 = version or f"{name.replace('_', '-')}-1"
        RECIPES[name] = Recipe(file or f"{name}.weights.h5", version_1, train, report, about)
        return train

    return enter


def fitted(model, source, batch_size, steps, **optimizers):
    """The model after `steps` steps on the arrays `source`, as the lessons train it."""
    model.compile(**optimizers, steps_per_execution=10)
    model.fit(data.Batches(source, batch_size, seed=SEED), epochs=5, steps_per_epoch=steps // 5)
    return model


def two_adams(rate, d_rate=None):
    """The optimizers of a convolutional GAN; a rate is a number or a schedule."""
    rates = {"g_optimizer": rate, "d_optimizer": rate if d_rate is None else d_rate}
    return {name: keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99) for name, rate in rates.items()}


# --- The judge -----------------------------------------------------------------------------------


def shifted(images, rng, reach=2):
    """Move every picture by up to `reach` pixels each way; what comes in is background (0)."""
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    down = np.arange(height) + rng.integers(0, 2 * reach + 1, (n, 1))
    right = np.arange(width) + rng.integers(0, 2 * reach + 1, (n, 1))
    return padded[np.arange(n)[:, None, None], down[:, :, None], right[:, None, :]]


def judge_report(network):
    """How often the judge names a test picture rightly."""
    images, labels = data.load("fashion", "test")
    accuracy = np.mean(judge.Judge(network, judge.VERSION).labels(images) == labels)
    return f"{accuracy:.2%} of the {len(labels):,} test pictures named rightly"


@recipe(judge_report, file=judge.FILES["fashion"], version=judge.VERSION)
def train_judge(epochs=16, batch_size=128):
    """Train the judge on all 60,000 training pictures and return its network.

    Pictures are shifted but never mirrored: in Fashion-MNIST every shoe points to the left, and a
    judge that has seen both directions could not tell a generator that gets it wrong. Nothing is
    chosen by looking at the test pictures: the last weights are the result.
    """
    rng = np.random.default_rng(SEED)
    images, labels = data.load("fashion", "train+validation")
    network = judge.network()
    steps = len(images) // batch_size
    rate = CosineDecay(0.0, (epochs - 1) * steps, warmup_target=2e-3, warmup_steps=steps)
    classifier = keras.Model(network.input, network.get_layer("logits").output)
    classifier.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    start = time.perf_counter()
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        losses = []
        # Batch by batch: `fit` would lose seconds an epoch to tf.data's autotuning.
        for step in range(steps):
            chosen = order[step * batch_size : (step + 1) * batch_size]
            batch = data.signed(shifted(images[chosen], rng))
            losses.append(float(classifier.train_on_batch(batch, labels[chosen])))
        minutes = (time.perf_counter() - start) / 60
        loss = np.mean(losses)
        print(f"epoch {epoch + 1:2d} of {epochs}: loss {loss:.4f}, {minutes:.1f} minutes", flush=True)
    return network


# --- Generators and autoencoders -----------------------------------------------------------------


def generator_report(network):
    """The score of a generator of garments."""
    latents = keras.random.normal((5000, network.input_shape[-1]), seed=0)
    return repr(judge.load("fashion").score(network.predict(latents, verbose=0), "test"))


@recipe(generator_report)
def train_dense_gan():
    """Train the dense GAN of lesson 01_gan/1 as the lesson does, for longer; return its average."""
    model = gan.GAN(gan.dense_generator(), gan.dense_discriminator(), seed=SEED)
    return fitted(model, data.load("fashion", "train+validation")[0], 64, 25_000).average_generator


@recipe(generator_report)
def train_dense_vae():
    """Train the dense VAE of lesson 02_vae/1 as the lesson does, for longer; return its decoder."""
    model = vae.VAE(vae.dense_encoder(), vae.dense_decoder(), seed=SEED)
    return fitted(model, data.load("fashion", "train+validation")[0], 128, 25_000).decoder


@recipe(generator_report)
def train_dcgan_fashion():
    """Train the small convolutional GAN of lesson 01_gan/2 as the lesson does, for longer."""
    model = gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=SEED)
    return fitted(
        model, data.load("fashion", "train+validation")[0], 32, 7_000, **two_adams(1e-3)
    ).average_generator


def vae_report(network, name):
    """What a VAE gives back of pictures that it was not trained on."""
    images, _ = data.heads("test") if name == "heads" else data.load(name, "test")
    given_back = network.predict(data.signed(images), batch_size=500, verbose=0)
    error = np.sqrt(np.mean((given_back - data.signed(images)) ** 2))
    return f"error of a pixel of {len(images):,} test pictures: {error:.3f}"


def train_calibrated_vae(source, encoder, decoder, batch_size, steps):
    """Train a VAE of lesson 02_vae/2 with a learning rate that falls to 0; return it, not compiled."""
    model = vae.CalibratedVAE(encoder, decoder, seed=SEED)
    fitted(model, source, batch_size, steps, optimizer=keras.optimizers.Adam(CosineDecay(2e-3, steps)))
    return vae.VAE(model.encoder, model.decoder)


@recipe(vae_report, "fashion")
def train_conv_vae():
    """Train the convolutional VAE of garments, encoder and decoder."""
    networks = vae.conv_encoder(), vae.conv_decoder()
    return train_calibrated_vae(data.load("fashion", "train+validation")[0], *networks, 64, 12_000)


@recipe(vae_report, "fashion")
def train_vae_gan(steps=40_000):
    """Train the VAE-GAN of lesson 05_comparisons/2 as the lesson does, for longer, with a falling rate."""
    parts = combined.encoder_on(combined.trunk()), combined.decoder()
    model = combined.VAEGAN(*parts, combined.discriminator_on(combined.trunk()), seed=SEED)
    adams = two_adams(CosineDecay(5e-4, steps, alpha=0.05))
    fitted(model, data.load("fashion", "train+validation")[0], 64, steps, **adams)
    # It is used as a VAE is, and the discriminator is not needed for that.
    return vae.VAE(model.average_encoder, model.average_decoder)


@recipe(vae_report, "heads")
def train_heads_vae():
    """Train the VAE of emoji heads in colour, encoder and decoder, without the 18 of the test set."""
    return train_calibrated_vae(data.heads("train")[0], *vae.head_networks(), 36, 6_000)


def order_report(network, name):
    """How near a generator of `name` comes to the training pictures."""
    images, labels = data.load(name, "train+validation")
    latents = keras.random.normal((len(images), network.inputs[0].shape[-1]), seed=0)
    made = network.predict([latents, data.one_hot(name, labels)], batch_size=64, verbose=0)
    seen = [metrics.colour_texture(pictures) for pictures in (images, made)]
    _, recall = metrics.precision_recall(*seen)
    return f"distance in colour and texture {metrics.frechet(*seen):.2f}, recall {recall:.2f}"


def train_orders(images, wanted, steps, rate, smooth, **settings):
    """Train a GAN of 64×64 pictures that takes orders, as lesson 01_gan/4 does with 32×32."""
    size = wanted.shape[1]
    generator = gan.conditional_generator(size, smooth=smooth)
    model = gan.GAN(generator, gan.conditional_discriminator(size), seed=SEED, **settings)
    adams = two_adams(CosineDecay(rate, steps, alpha=0.05))
    return fitted(model, (images, wanted), 32, steps, **adams).average_generator


@recipe(order_report, "people")
def train_people_gan():
    """Train on the 762 people, which the discriminator never sees as they are."""
    images, labels = data.load("people", "train+validation")
    wanted = data.one_hot("people", labels)
    return train_orders(images, wanted, 5_000, rate=2e-3, smooth=False, r1_weight=0.3, augmented=True)


@recipe(order_report, "earth")
def train_earth_gan():
    """Train on the tiles of the Earth and their mirror images.

    Coasts have no left and right. Dark tiles leave a discriminator little to see, so R1 is weak.
    """
    images, labels = data.load("earth", "train+validation")
    wanted = np.tile(data.one_hot("earth", labels), (2, 1))
    images = np.concatenate([images, images[:, :, ::-1]])
    return train_orders(images, wanted, 4_500, rate=1e-3, smooth=True, r1_weight=0.1)


def painter_report(network):
    """How many bits the painter needs for pictures that it was not trained on."""
    images, _ = data.load("fashion", "test")
    bits = -network.log_likelihood(data.signed(images)).mean() / np.log(2)
    return f"{bits:.3f} bits per dimension of {len(images):,} test pictures"


@recipe(painter_report)
def train_row_painter():
    """Train the painter of lesson 03_rnn/3 as the lesson does, for longer and at a smaller rate."""
    optimizer = keras.optimizers.Adam(CosineDecay(2e-3, 7_000))
    source, _ = data.load("fashion", "train+validation")
    model = fitted(rows.painter(SEED), source, 32, 7_000, optimizer=optimizer)
    return rows.RowPainter(model.memory, model.pixel)  # without the optimizer


# --- Films ---------------------------------------------------------------------------------------


def next_frame_report(network):
    """How far ten predicted frames of films of test garments are from the right ones."""
    films = sequences.moving_garments(data.load("fashion", "test")[0], 200, 15, seed=2).frames
    made = rnn.continue_films(network, films[:, :5], 10)
    error = np.square(made / 255.0 - films[:, 5:] / 255.0).mean(axis=(0, 2, 3, 4))
    return f"mean squared error, grey from 0 to 1: step 1 {error[0]:.4f}, step 10 {error[-1]:.4f}"


@recipe(next_frame_report)
def train_next_frame(steps=1500):
    """Train the recurrent network of lesson 03_rnn/1 as the lesson does, for longer; return it."""

    def error(right, made):
        return keras.ops.square(right - made) + 0.2 * keras.ops.abs(right - made)

    network = rnn.FrameNetwork((32, 32, 1), width=48, depth=1)
    falling = PolynomialDecay(1.0, steps // 2, 0.0)
    model = rnn.NextFrame(network, given=5, forcing=falling, objective=error, seed=SEED)
    films = sequences.moving_garments(data.load("fashion", "train+validation")[0], 20_000, 12, seed=1).frames
    return fitted(model, films, 16, steps, optimizer=keras.optimizers.Adam(CosineDecay(3e-3, steps))).network


# --- Names and boxes -----------------------------------------------------------------------------


def one_cycle(steps, peak):
    """AdamW whose rate rises for a fifth of the steps and falls to 0 along a cosine (lesson 04_cnn/1)."""
    rise = steps // 5
    rate = CosineDecay(peak / 20, steps - rise, warmup_target=peak, warmup_steps=rise)
    return keras.optimizers.AdamW(rate, weight_decay=0.05)


def classifier_report(network):
    """How often a classifier names a test picture rightly."""
    images, labels = data.load("fashion", "test")
    logits = network.predict(data.signed(images), batch_size=500, verbose=0)
    return f"{np.mean(logits.argmax(axis=1) == labels):.2%} of the test pictures named rightly"


def names_learned(model, steps):
    """Train a classifier on all training garments and their names."""
    images, labels = data.load("fashion", "train+validation")
    examples = images, labels.astype("int32")
    return fitted(model, examples, 128, steps, optimizer=one_cycle(steps, 4e-3)).network


@recipe(classifier_report)
def train_classifier_fashion(steps=9_400):
    """Train the classifier of lesson 04_cnn/1 twenty times over all training pictures, moved and mirrored."""
    return names_learned(cnn.Classifier(cnn.classifier(), seed=SEED), steps)


@recipe(classifier_report)
def train_hardened_fashion(steps=3_000):
    """Train the classifier of lesson 04_cnn/1 on pictures attacked by 8 of 255 grey levels."""
    return names_learned(attacks.Hardened(cnn.classifier(), mirrored=False, seed=SEED), steps)


def discriminator_report(network):
    """How many real and generated pictures a discriminator takes for what they are."""
    generator = gan.conv_generator()
    weights.load_into(generator, "dcgan_fashion.weights.h5")
    made = generator.predict(keras.random.normal((5000, 64), seed=9), verbose=0)
    real = data.signed(data.load("fashion", "test")[0][:5000])
    shares = [np.mean(network.predict(x, batch_size=500, verbose=0) > 0) for x in (real, made)]
    return f"takes {shares[0]:.1%} of test pictures for real, and {shares[1]:.1%} of generated ones"


@recipe(discriminator_report)
def train_discriminator_fashion(steps=2_000):
    """Train a discriminator against the convolutional generator that ships, which goes on learning slowly.

    With the R1 weight of 1 and equal rates it stays at even odds for everything: nothing to attack.
    """
    generator = gan.conv_generator()
    weights.load_into(generator, "dcgan_fashion.weights.h5")
    model = gan.GAN(generator, gan.conv_discriminator(), r1_weight=0.05, seed=SEED)
    source, _ = data.load("fashion", "train+validation")
    return fitted(model, source, 32, steps, **two_adams(1e-4, d_rate=5e-4)).discriminator


def detector_report(network):
    """The average precision of a detector on canvases of test garments."""
    canvases = detection.canvases(*data.load("fashion", "test"), 500, seed=3)
    cells = network.predict(data.signed(canvases.pictures), batch_size=100, verbose=0)
    found = [detection.suppress(one) for one in detection.decode(cells)]

    def precision(kind=None):
        return detection.average_precision(found, canvases.boxes, canvases.labels, kind=kind).average

    named = np.mean([precision(kind) for kind in range(10)])
    return f"AP at 0.5 on 500 canvases: {precision():.3f} for boxes, {named:.3f} with names"


@recipe(detector_report)
def train_detector_fashion(steps=4_000):
    """Train the detector of lesson 04_cnn/1 on 20,000 canvases of training garments."""
    canvases = detection.canvases(*data.load("fashion", "train+validation"), 20_000, seed=1)
    pairs = canvases.pictures, detection.targets(canvases.boxes, canvases.labels)
    model = Supervised(detection.detector(), detection.detection_loss, seed=SEED)
    return fitted(model, pairs, 32, steps, optimizer=one_cycle(steps, 3e-3)).network


# --- Pictures from pictures ----------------------------------------------------------------------


def photo_pool(pair, size, number):
    """Patches `(number, size, size, c)` of `pair(photo)` `(h, w, c)`, of the photos that may be trained on.

    Each is there as it is and at half its size, where detail is denser.
    """
    photos = data.load("photos")
    kept = [photo for name, photo in photos.items() if name not in restoration.TEST_PHOTOS]
    kept += [restoration.reduced(photo, 2) for photo in kept]
    return data.patches([pair(photo) for photo in kept], size, number, seed=1)


def restorer_report(network, job):
    """How near a network of lesson 04_cnn/2 comes to photos that no training saw."""
    photos = data.load("photos")
    found = []
    for name in restoration.TEST_PHOTOS:
        right = data.signed(photos[name])
        right = right[: right.shape[0] // 2 * 2, : right.shape[1] // 2 * 2]
        if job == "denoise":
            noise = np.random.default_rng(1).standard_normal(right.shape).astype("float32")
            made = restoration.denoised(network, right + 25 / 127.5 * noise, 25)
        elif job == "enlarge":
            made = restoration.sharpened(network, restoration.reduced(data.to_uint8(right), 2), 2)
        else:
            hole = restoration.strokes(*right.shape[:2], 0.1, seed=1)
            made = restoration.filled(network, right, hole)
        found.append(metrics.psnr(right[None], made[None])[0])
    what = {"denoise": "noise of 25 removed", "enlarge": "twice", "inpaint": "a tenth filled"}[job]
    return f"{what}: PSNR {np.mean(found):.2f} dB, mean of {len(found)} held-out photos"


def train_restorer(kind, job, source, steps):
    """Train a network of lesson 04_cnn/2 with a rate that rises for a twentieth of the steps, then falls."""
    warmup = steps // 20
    schedule = CosineDecay(0.0, steps - warmup, warmup_target=1e-3, warmup_steps=warmup)
    # Its gradients grow from 0: with a longer memory of them, Adam's first steps are too long.
    optimizer = keras.optimizers.Adam(schedule, beta_2=0.99)
    model = kind(restoration.network(job), "mean_absolute_error", seed=SEED)
    return fitted(model, source, 8, steps, optimizer=optimizer).network


@recipe(restorer_report, "denoise")
def train_denoise():
    """Train the denoiser of lesson 04_cnn/2 on noise of all levels that it is to know."""
    pool = photo_pool(lambda photo: photo, 64, 8_000)
    return train_restorer(restoration.Denoiser, "denoise", pool, 10_000)


@recipe(restorer_report, "enlarge")
def train_enlarge():
    """Train the network of lesson 04_cnn/2 that sharpens pictures enlarged twice and three times."""

    def pairs(factor):
        def pair(photo):
            small = restoration.reduced(photo, factor)
            height, width = (side * factor for side in small.shape[:2])
            blurred = restoration.enlarged(small, factor)
            return np.concatenate([blurred, photo[:height, :width]], axis=-1)

        return photo_pool(pair, 64, 5_000)

    pool = np.concatenate([pairs(2), pairs(3)])
    return train_restorer(Supervised, "enlarge", (pool[..., :3], pool[..., 3:]), 3_000)


@recipe(restorer_report, "inpaint")
def train_inpaint():
    """Train the network of lesson 04_cnn/2 that corrects the filling of strokes of 12 to 24 pixels."""
    pool = photo_pool(lambda photo: photo, 64, 3_000)
    holes = [restoration.strokes(64, 64, 0.15, seed=i) for i in range(len(pool))]
    filled = [restoration.by_plate(data.signed(x), hole) for x, hole in zip(pool, holes, strict=True)]
    holes = np.where(holes, 255, 0).astype("uint8")[..., None]
    source = np.concatenate([pool, holes, data.to_uint8(filled)], axis=-1)
    return train_restorer(restoration.Inpainter, "inpaint", source, 2_500)


def outline_report(network, name, background):
    """How far a painter's pictures are from those that test outlines were found in."""
    images, _ = data.load(name, "test")
    drawn = data.signed(outlines.draw(outlines.find(images, background)))
    painted = np.clip(network.predict(drawn, batch_size=100, verbose=0), -1, 1)
    error = np.abs(painted - data.signed(images)).mean()
    return f"mean absolute error of {len(images):,} test pictures: {error:.3f}"


def train_painter(pictures, background, widths, batch_size, steps):
    """Train a generator that paints outlines of `pictures`, as lesson 04_cnn/3 does, for longer."""
    _, height, _, channels = pictures.shape
    generator = unet.unet(height, 1, channels, widths=widths, patch=2, outputs="linear")
    discriminator = translation.patch_discriminator((height, height, 1), channels)
    model = translation.Translator(generator, discriminator, pixel_weight=20.0, seed=SEED)
    adams = two_adams(CosineDecay(6e-4, steps, alpha=0.05))
    pairs = (outlines.find(pictures, background), pictures)
    return fitted(model, pairs, batch_size, steps, **adams).average_generator


@recipe(outline_report, "fashion", 0)
def train_garment_painter():
    """Train the painter of garments: all training pictures, and a fifth of them moved and turned."""
    pictures, _ = data.load("fashion", "train+validation")
    pictures = np.concatenate([pictures, outlines.varied(pictures[::5])])
    return train_painter(pictures, 0, (48, 96), 32, steps=3_500)


@recipe(outline_report, "people", 255)
def train_people_painter():
    """Train the painter of emoji people: each of the 762 as it is and in five varied versions."""
    people, _ = data.load("people", "train+validation")
    pictures = np.concatenate([people, *(outlines.varied(people, 255, seed) for seed in range(5))])
    return train_painter(pictures, 255, (32, 64, 96), 8, steps=4_500)


def look_of(painting):
    """What the network of photographs sees of a painting."""
    return style.Style(data.signed(painting), efficientnet(style.STYLE_LAYERS))


def stylizer_report(network):
    """How far it is from the painting on photographs that it never saw."""
    painting = data.load("paintings")["starry_night"]
    look = look_of(painting)
    model, lines = style.Stylizer(network, look), []
    for name in style.HELD_OUT:
        photo = style.in_colours_of(style.fit_picture(data.load("photos")[name], 320, 480), painting)
        photo = data.signed(photo)[None]
        before, after = (float(look.style_loss(look.maps(x))[0]) for x in (photo, model(photo)))
        lines.append(f"{name}: style loss {before:.2f} before, {after:.2f} after")
    return "\n".join(lines)


@recipe(stylizer_report)
def train_starry_stylizer(steps=3_000):
    """Trains the network of lesson 4.5, which paints like The Starry Night (about six minutes on one core).

    Three photographs are left out, and the lesson shows it on them.
    """
    painting = data.load("paintings")["starry_night"]
    photos = [photo for name, photo in data.load("photos").items() if name not in style.HELD_OUT]
    look = look_of(painting)
    model = style.Stylizer(style.stylizer(), look, seed=SEED)
    rate = CosineDecay(2e-3, steps, alpha=0.02)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=10)
    crops = style.crops(photos, painting, 880)
    model.fit(crops, batch_size=4, epochs=10, steps_per_epoch=steps // 10, verbose=0)
    return model.network


# --- The command ---------------------------------------------------------------------------------


def rebuild(what, folder, force=False):
    """Train one network, write its weights into `folder`, and return what became of it."""
    recipe = RECIPES[what]
    if not force:
        try:
            path, _ = weights.verified(recipe.file, folder)
        except weights.WeightsError:
            pass
        else:
            return f"{path} is intact and frozen; nothing was done (--force trains it again)."
    start = time.perf_counter()
    keras.utils.set_random_seed(SEED)
    network = recipe.train()
    (folder / recipe.file).unlink(missing_ok=True)
    network.save_weights(folder / recipe.file)
    made_by = f"python tools/rebuild_weights.py {what}"
    entry = weights.record(recipe.file, recipe.version, made_by, folder)
    minutes = (time.perf_counter() - start) / 60
    done = f"{what} {entry['version']}: {entry['bytes']:,} bytes, {minutes:.1f} minutes"
    return f"{done}\n{recipe.report(network, *recipe.about)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=[*RECIPES, "all"])
    parser.add_argument("--force", action="store_true", help="train even if the file is intact")
    parser.add_argument("--folder", type=Path, default=weights.FOLDER, help="where to write")
    arguments = parser.parse_args()
    try:
        env.require_writable(arguments.folder, "let --folder name one of yours.")
    except OSError as error:
        sys.exit(f"{error}")
    for what in RECIPES if arguments.what == "all" else [arguments.what]:
        print(rebuild(what, arguments.folder, arguments.force))


if __name__ == "__main__":
    main()
