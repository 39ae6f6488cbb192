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

import numpy as np

sys.path.insert(0, str(env.ROOT))

from course_lib import data, judge, weights


def shifted(images, rng, reach=2):
    """Move every picture by up to `reach` pixels each way; what comes in is background (0)."""
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    rows = np.arange(height) + rng.integers(0, 2 * reach + 1, (n, 1))
    columns = np.arange(width) + rng.integers(0, 2 * reach + 1, (n, 1))
    return padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


def train_judge(epochs=16, batch_size=128, seed=1):
    """Train the judge on all 60,000 training pictures and return its network.

    Pictures are shifted but never mirrored: in Fashion-MNIST every shoe points to the left, and a
    judge that has seen both directions could not tell a generator that gets it wrong. Nothing is
    chosen by looking at the test pictures: the last weights are the result.
    """
    import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    images, labels = data.load("fashion", "train")
    network = judge.network()
    steps = len(images) // batch_size
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, (epochs - 1) * steps, warmup_target=2e-3, warmup_steps=steps
    )
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
        print(
            f"epoch {epoch + 1:2d} of {epochs}: loss {np.mean(losses):.4f}, {minutes:.1f} minutes",
            flush=True,
        )
    return network


def fitted(build, source, batch_size, steps, optimizers=dict, seed=1):
    """The model that `build()` makes after `steps` steps on the arrays `source`, as the lessons train it."""
    import keras

    keras.utils.set_random_seed(seed)
    model = build(seed)
    model.compile(**optimizers(), steps_per_execution=10)
    model.fit(data.Batches(source, batch_size, seed=seed), epochs=5, steps_per_epoch=steps // 5)
    return model


def two_adams(rate):
    """The optimizers of a convolutional GAN; `rate` is a number or a schedule."""
    import keras

    return {
        player: keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99)
        for player in ("g_optimizer", "d_optimizer")
    }


def train_dense_gan():
    """Train the dense GAN of lesson 01_gan/1 as the lesson does, for longer; return its average."""
    from course_lib.models import gan

    def build(seed):
        return gan.GAN(gan.dense_generator(), gan.dense_discriminator(), seed=seed)

    return fitted(build, data.load("fashion", "train")[0], 64, steps=25_000).average_generator


def train_dense_vae():
    """Train the dense VAE of lesson 02_vae/1 as the lesson does, for longer; return its decoder."""
    from course_lib.models import vae

    def build(seed):
        return vae.VAE(vae.dense_encoder(), vae.dense_decoder(), seed=seed)

    return fitted(build, data.load("fashion", "train")[0], 128, steps=25_000).decoder


def train_dcgan_fashion():
    """Train the small convolutional GAN of lesson 01_gan/2 as the lesson does, for longer."""
    from course_lib.models import gan

    def build(seed):
        return gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=seed)

    source, _ = data.load("fashion", "train")
    return fitted(build, source, 32, steps=7_000, optimizers=lambda: two_adams(1e-3)).average_generator


def train_orders(images, wanted, steps, rate, smooth, **settings):
    """Train a GAN of 64×64 pictures that takes orders, as lesson 01_gan/4 does with 32×32."""
    import keras

    from course_lib.models import gan

    def build(seed):
        size = wanted.shape[1]
        generator = gan.conditional_generator(size, smooth=smooth)
        return gan.GAN(generator, gan.conditional_discriminator(size), seed=seed, **settings)

    def optimizers():
        return two_adams(keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.05))

    return fitted(build, (images, wanted), 32, steps, optimizers).average_generator


def train_people_gan():
    """Train on the 762 people, which the discriminator never sees as they are."""
    images, labels = data.load("people", "train")
    wanted = data.one_hot("people", labels)
    return train_orders(images, wanted, 5_000, rate=2e-3, smooth=False, r1_weight=0.3, augmented=True)


def train_earth_gan():
    """Train on the tiles of the Earth and their mirror images.

    Coasts have no left and right. Dark tiles leave a discriminator little to see, so R1 is weak.
    """
    images, labels = data.load("earth", "train")
    wanted = np.tile(data.one_hot("earth", labels), (2, 1))
    images = np.concatenate([images, images[:, :, ::-1]])
    return train_orders(images, wanted, 4_500, rate=1e-3, smooth=True, r1_weight=0.1)


def train_calibrated_vae(source, networks, batch_size, steps):
    """Train a VAE of lesson 02_vae/2 with a learning rate that falls to 0; return it, not compiled."""
    import keras

    from course_lib.models import vae

    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model = fitted(
        lambda seed: vae.CalibratedVAE(*networks(), seed=seed),
        source,
        batch_size,
        steps,
        optimizers=lambda: {"optimizer": keras.optimizers.Adam(rate)},
    )
    return vae.VAE(model.encoder, model.decoder)


def train_conv_vae():
    """Train the convolutional VAE of garments, encoder and decoder."""
    from course_lib.models import vae

    def networks():
        return vae.conv_encoder(), vae.conv_decoder()

    return train_calibrated_vae(data.load("fashion", "train")[0], networks, 64, steps=12_000)


def train_heads_vae():
    """Train the VAE of emoji heads in colour, encoder and decoder, without the 18 of the test set."""
    from course_lib.models import vae

    return train_calibrated_vae(data.heads("train")[0], vae.head_networks, 36, steps=6_000)


def train_vae_gan(steps=40_000):
    """Train the VAE-GAN of lesson 05_comparisons/2 as the lesson does, for longer, with a falling rate."""
    import keras

    from course_lib.models import combined, vae

    def build(seed):
        parts = combined.encoder_on(combined.trunk()), combined.decoder()
        return combined.VAEGAN(*parts, combined.discriminator_on(combined.trunk()), seed=seed)

    rate = keras.optimizers.schedules.CosineDecay(5e-4, steps, alpha=0.05)
    model = fitted(build, data.load("fashion", "train")[0], 64, steps, lambda: two_adams(rate))
    # It is used as a VAE is, and the discriminator is not needed for that.
    return vae.VAE(model.average_encoder, model.average_decoder)


def one_cycle(steps, peak):
    """AdamW whose rate rises for a fifth of the steps and falls to 0 along a cosine (lesson 04_cnn/1)."""
    import keras

    rise = steps // 5
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 20, steps - rise, warmup_target=peak, warmup_steps=rise
    )
    return {"optimizer": keras.optimizers.AdamW(rate, weight_decay=0.05)}


def names_learned(build, steps):
    """Train what `build(seed)` makes, a classifier, on all training garments and their names."""
    images, labels = data.load("fashion", "train")
    examples = images, labels.astype("int32")
    return fitted(build, examples, 128, steps, optimizers=lambda: one_cycle(steps, 4e-3)).network


def train_classifier_fashion(steps=9_400):
    """Train the classifier of lesson 04_cnn/1 twenty times over all training pictures, moved and mirrored."""
    from course_lib.models import cnn

    return names_learned(lambda seed: cnn.Classifier(cnn.classifier(), seed=seed), steps)


def train_detector_fashion(steps=4_000):
    """Train the detector of lesson 04_cnn/1 on 20,000 canvases of training garments."""
    from course_lib import detection
    from course_lib.models import supervised

    garments = data.load("fashion", "train")
    canvases = detection.canvases(*garments, 20_000, seed=1)
    return fitted(
        lambda seed: supervised.Supervised(detection.detector(), detection.detection_loss, seed=seed),
        (canvases.pictures, detection.targets(canvases.boxes, canvases.labels)),
        32,
        steps,
        optimizers=lambda: one_cycle(steps, 3e-3),
    ).network


def train_hardened_fashion(steps=3_000):
    """Train the classifier of lesson 04_cnn/1 on pictures attacked by 8 of 255 grey levels."""
    from course_lib import attacks
    from course_lib.models import cnn

    def build(seed):
        return attacks.Hardened(cnn.classifier(), mirrored=False, seed=seed)

    return names_learned(build, steps)


def train_discriminator_fashion(steps=2_000):
    """Train a discriminator against the convolutional generator that ships, which goes on learning slowly.

    With the R1 weight of 1 and equal rates it stays at even odds for everything: nothing to attack.
    """
    import keras

    from course_lib.models import gan

    def build(seed):
        generator = gan.conv_generator()
        weights.load_into(generator, "dcgan_fashion.weights.h5")
        return gan.GAN(generator, gan.conv_discriminator(), r1_weight=0.05, seed=seed)

    def optimizers():
        settings = {"beta_1": 0.5, "beta_2": 0.99}
        return {
            "g_optimizer": keras.optimizers.Adam(1e-4, **settings),
            "d_optimizer": keras.optimizers.Adam(5e-4, **settings),
        }

    source, _ = data.load("fashion", "train")
    return fitted(build, source, 32, steps, optimizers).discriminator


def discriminator_report(network, version):
    """How many real and generated pictures a discriminator takes for what they are."""
    import keras

    from course_lib.models import gan

    generator = gan.conv_generator()
    weights.load_into(generator, "dcgan_fashion.weights.h5")
    made = generator.predict(keras.random.normal((5000, 64), seed=9), verbose=0)
    real = data.signed(data.load("fashion", "test")[0][:5000])
    shares = [np.mean(network.predict(x, batch_size=500, verbose=0) > 0) for x in (real, made)]
    return f"takes {shares[0]:.1%} of test pictures for real, and {shares[1]:.1%} of generated ones"


def classifier_report(network, version):
    """How often a classifier names a test picture rightly."""
    images, labels = data.load("fashion", "test")
    logits = network.predict(data.signed(images), batch_size=500, verbose=0)
    return f"{np.mean(logits.argmax(axis=1) == labels):.2%} of the test pictures named rightly"


def detector_report(network, version):
    """The average precision of a detector on canvases of test garments."""
    from course_lib import detection

    canvases = detection.canvases(*data.load("fashion", "test"), 500, seed=3)
    cells = network.predict(data.signed(canvases.pictures), batch_size=100, verbose=0)
    found = [detection.suppress(one) for one in detection.decode(cells)]
    boxes = detection.average_precision(found, canvases.boxes, canvases.labels).average
    named = np.mean(
        [
            detection.average_precision(found, canvases.boxes, canvases.labels, kind=kind).average
            for kind in range(10)
        ]
    )
    return f"AP at 0.5 on 500 canvases: {boxes:.3f} for boxes, {named:.3f} with names"


def train_row_painter():
    """Train the painter of lesson 03_rnn/3 as the lesson does, for longer and at a smaller rate."""
    import keras

    from course_lib.models import rows

    rate = keras.optimizers.schedules.CosineDecay(2e-3, 7_000)
    model = fitted(
        rows.painter,
        data.load("fashion", "train")[0],
        32,
        steps=7_000,
        optimizers=lambda: {"optimizer": keras.optimizers.Adam(rate)},
    )
    return rows.RowPainter(model.memory, model.pixel)  # without the optimizer


def painter_report(network, version):
    """How many bits the painter needs for pictures that it was not trained on."""
    images, _ = data.load("fashion", "test")
    bits = -network.log_likelihood(data.signed(images)).mean() / np.log(2)
    return f"{bits:.3f} bits per dimension of {len(images):,} test pictures"


def train_painter(pictures, background, widths, batch_size, steps):
    """Train a generator that paints outlines of `pictures`, as lesson 04_cnn/3 does, for longer."""
    import keras

    from course_lib.data import outlines
    from course_lib.models import translation, unet

    _, height, _, channels = pictures.shape

    def build(seed):
        return translation.Translator(
            unet.unet(height, 1, channels, widths=widths, patch=2, outputs="linear"),
            translation.patch_discriminator((height, height, 1), channels),
            pixel_weight=20.0,
            seed=seed,
        )

    rate = keras.optimizers.schedules.CosineDecay(6e-4, steps, alpha=0.05)
    pairs = (outlines.find(pictures, background), pictures)
    return fitted(build, pairs, batch_size, steps, lambda: two_adams(rate)).average_generator


def train_garment_painter():
    """Train the painter of garments: all training pictures, and a fifth of them moved and turned."""
    from course_lib.data import outlines

    pictures, _ = data.load("fashion", "train")
    pictures = np.concatenate([pictures, outlines.varied(pictures[::5])])
    return train_painter(pictures, 0, (48, 96), 32, steps=3_500)


def train_people_painter():
    """Train the painter of emoji people: each of the 762 as it is and in five varied versions."""
    from course_lib.data import outlines

    people, _ = data.load("people", "train")
    pictures = np.concatenate([people, *(outlines.varied(people, 255, seed) for seed in range(5))])
    return train_painter(pictures, 255, (32, 64, 96), 8, steps=4_500)


def train_stylizer(steps=3_000):
    """Trains the network of lesson 4.5, which paints like The Starry Night (about six minutes on one core).

    Three photographs are left out, and the lesson shows it on them.
    """
    import keras

    from course_lib.models import features, style

    keras.utils.set_random_seed(1)
    painting = data.load("paintings")["starry_night"]
    photos = [photo for name, photo in data.load("photos").items() if name not in style.HELD_OUT]
    look = style.Style(data.signed(painting), features.efficientnet(style.STYLE_LAYERS))
    model = style.Stylizer(style.stylizer(), look, seed=1)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps, alpha=0.02)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=10)
    crops = style.crops(photos, painting, 880)
    model.fit(crops, batch_size=4, epochs=10, steps_per_epoch=steps // 10, verbose=0)
    return model.network


def stylizer_report(network, version):
    """How far it is from the painting on photographs that it never saw."""
    from course_lib.models import features, style

    painting = data.load("paintings")["starry_night"]
    look = style.Style(data.signed(painting), features.efficientnet(style.STYLE_LAYERS))
    model, lines = style.Stylizer(network, look), []
    for name in style.HELD_OUT:
        photo = style.in_colours_of(style.fit_picture(data.load("photos")[name], 320, 480), painting)
        photo = data.signed(photo)[None]
        before, after = (float(look.style_loss(look.maps(x))[0]) for x in (photo, model(photo)))
        lines.append(f"{name}: style loss {before:.2f} before, {after:.2f} after")
    return "\n".join(lines)


def photo_pool(pair, size, number):
    """Patches `(number, size, size, c)` of `pair(photo)` `(h, w, c)`, of the photos that may be trained on.

    Each is there as it is and at half its size, where detail is denser.
    """
    from course_lib.models import restoration

    photos = data.load("photos")
    kept = [photo for name, photo in photos.items() if name not in restoration.TEST_PHOTOS]
    kept += [restoration.reduced(photo, 2) for photo in kept]
    return data.patches([pair(photo) for photo in kept], size, number, seed=1)


def train_restorer(build, source, steps, rate=1e-3):
    """Train a network of lesson 04_cnn/2 with a rate that rises for a twentieth of the steps, then falls."""
    import keras

    warmup = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=rate, warmup_steps=warmup
    )
    # Its gradients grow from 0: with a longer memory of them, Adam's first steps are too long.
    optimizer = keras.optimizers.Adam(schedule, beta_2=0.99)
    return fitted(build, source, 8, steps, lambda: {"optimizer": optimizer}).network


def train_denoise():
    """Train the denoiser of lesson 04_cnn/2 on noise of all levels that it is to know."""
    from course_lib.models import restoration

    pool = photo_pool(lambda photo: photo, 64, 8_000)
    return train_restorer(
        lambda seed: restoration.Denoiser(restoration.network("denoise"), seed=seed), pool, 10_000
    )


def train_enlarge():
    """Train the network of lesson 04_cnn/2 that sharpens pictures enlarged twice and three times."""
    from course_lib.models import restoration, supervised

    def pairs(factor):
        def pair(photo):
            small = restoration.reduced(photo, factor)
            height, width = (side * factor for side in small.shape[:2])
            blurred = restoration.enlarged(small, factor)
            return np.concatenate([blurred, photo[:height, :width]], axis=-1)

        return photo_pool(pair, 64, 5_000)

    pool = np.concatenate([pairs(2), pairs(3)])
    return train_restorer(
        lambda seed: supervised.Supervised(restoration.network("enlarge"), "mean_absolute_error", seed=seed),
        (pool[..., :3], pool[..., 3:]),
        3_000,
    )


def train_inpaint():
    """Train the network of lesson 04_cnn/2 that corrects the filling of strokes of 12 to 24 pixels."""
    from course_lib.models import restoration

    pool = photo_pool(lambda photo: photo, 64, 3_000)
    holes = [restoration.strokes(64, 64, 0.15, seed=i) for i in range(len(pool))]
    filled = [restoration.by_plate(data.signed(x), hole) for x, hole in zip(pool, holes, strict=True)]
    holes = np.where(holes, 255, 0).astype("uint8")[..., None]
    return train_restorer(
        lambda seed: restoration.Inpainter(restoration.network("inpaint"), seed=seed),
        np.concatenate([pool, holes, data.to_uint8(filled)], axis=-1), 2_500,
    )  # fmt: skip


def judge_report(network, version):
    """How often the judge names a test picture rightly."""
    images, labels = data.load("fashion", "test")
    accuracy = np.mean(judge.Judge(network, version).labels(images) == labels)
    return f"{accuracy:.2%} of the {len(labels):,} test pictures named rightly"


def generator_report(network, version):
    """The score of a generator of garments."""
    import keras

    latents = keras.random.normal((5000, network.input_shape[-1]), seed=0)
    return repr(judge.load("fashion").score(network.predict(latents, verbose=0)))


def vae_report(name):
    """A report of what a VAE gives back of pictures that it was not trained on."""

    def report(network, version):
        images, _ = data.heads("test") if name == "heads" else data.load(name, "test")
        given_back = network.predict(data.signed(images), batch_size=500, verbose=0)
        error = np.sqrt(np.mean((given_back - data.signed(images)) ** 2))
        return f"error of a pixel of {len(images):,} test pictures: {error:.3f}"

    return report


def order_report(name):
    """A report of how near a generator of `name` comes to the training pictures."""

    def report(network, version):
        import keras

        from course_lib import metrics

        images, labels = data.load(name, "train")
        latents = keras.random.normal((len(images), network.inputs[0].shape[-1]), seed=0)
        made = network.predict([latents, data.one_hot(name, labels)], batch_size=64, verbose=0)
        features = [metrics.colour_texture(pictures) for pictures in (images, made)]
        _, recall = metrics.precision_recall(*features)
        return f"distance in colour and texture {metrics.frechet(*features):.2f}, recall {recall:.2f}"

    return report


def outline_report(name, background):
    """A report of how far a painter's pictures are from those that test outlines were found in."""

    def report(network, version):
        from course_lib.data import outlines

        images, _ = data.load(name, "test")
        drawn = data.signed(outlines.draw(outlines.find(images, background)))
        painted = np.clip(network.predict(drawn, batch_size=100, verbose=0), -1, 1)
        error = np.abs(painted - data.signed(images)).mean()
        return f"mean absolute error of {len(images):,} test pictures: {error:.3f}"

    return report


def train_next_frame():
    """Train the recurrent network of lesson 03_rnn/1 as the lesson does, for longer; return it."""
    import keras

    from course_lib.data import sequences
    from course_lib.models import rnn

    steps = 1500

    def error(right, made):
        return keras.ops.square(right - made) + 0.2 * keras.ops.abs(right - made)

    def build(seed):
        network = rnn.FrameNetwork((32, 32, 1), width=48, depth=1)
        falling = keras.optimizers.schedules.PolynomialDecay(1.0, steps // 2, 0.0)
        return rnn.NextFrame(network, given=5, forcing=falling, objective=error, seed=seed)

    def optimizers():
        return {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps))}

    pictures, _ = data.load("fashion", "train")
    films = sequences.moving_garments(pictures, 20_000, 12, seed=1).frames
    return fitted(build, films, 16, steps, optimizers).network


def next_frame_report(network, version):
    """How far ten predicted frames of films of test garments are from the right ones."""
    from course_lib.data import sequences
    from course_lib.models import rnn

    films = sequences.moving_garments(data.load("fashion", "test")[0], 200, 15, seed=2).frames
    made = rnn.continue_films(network, films[:, :5], 10)
    error = np.square(made / 255.0 - films[:, 5:] / 255.0).mean(axis=(0, 2, 3, 4))
    return f"mean squared error, grey from 0 to 1: step 1 {error[0]:.4f}, step 10 {error[-1]:.4f}"


def restorer_report(job):
    """A report of how near a network of lesson 04_cnn/2 comes to photos that no training saw."""

    def report(network, version):
        from course_lib import metrics
        from course_lib.models import restoration

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

    return report


class Recipe(NamedTuple):
    """How one file of weights is made."""

    file: str
    version: str
    train: Callable  # returns the trained network
    report: Callable  # (network, version) -> what became of it, in words


RECIPES = {
    "judge": Recipe(judge.FILES["fashion"], judge.VERSION, train_judge, judge_report),
    "dense_gan": Recipe(
        "dense_gan.weights.h5", "dense-gan-1", train_dense_gan, generator_report
    ),
    "dense_vae": Recipe(
        "dense_vae.weights.h5", "dense-vae-1", train_dense_vae, generator_report
    ),
    "dcgan_fashion": Recipe(
        "dcgan_fashion.weights.h5", "dcgan-fashion-1", train_dcgan_fashion, generator_report
    ),
    "conv_vae": Recipe("conv_vae.weights.h5", "conv-vae-1", train_conv_vae, vae_report("fashion")),
    "vae_gan": Recipe("vae_gan.weights.h5", "vae-gan-1", train_vae_gan, vae_report("fashion")),
    "heads_vae": Recipe("heads_vae.weights.h5", "heads-vae-1", train_heads_vae, vae_report("heads")),
    "row_painter": Recipe(
        "row_painter.weights.h5", "row-painter-1", train_row_painter, painter_report
    ),
    "starry_stylizer": Recipe(
        "starry_stylizer.weights.h5", "starry-stylizer-1", train_stylizer, stylizer_report
    ),
    "denoise": Recipe(
        "denoise.weights.h5", "denoise-1", train_denoise, restorer_report("denoise")
    ),
    "enlarge": Recipe(
        "enlarge.weights.h5", "enlarge-1", train_enlarge, restorer_report("enlarge")
    ),
    "inpaint": Recipe(
        "inpaint.weights.h5", "inpaint-1", train_inpaint, restorer_report("inpaint")
    ),
    "people_gan": Recipe(
        "people_gan.weights.h5", "people-gan-1",
        train_people_gan, order_report("people"),
    ),
    "earth_gan": Recipe(
        "earth_gan.weights.h5", "earth-gan-1",
        train_earth_gan, order_report("earth"),
    ),
    "classifier_fashion": Recipe(
        "classifier_fashion.weights.h5", "classifier-fashion-1",
        train_classifier_fashion, classifier_report,
    ),
    "hardened_fashion": Recipe(
        "hardened_fashion.weights.h5", "hardened-fashion-1",
        train_hardened_fashion, classifier_report,
    ),
    "discriminator_fashion": Recipe(
        "discriminator_fashion.weights.h5", "discriminator-fashion-1",
        train_discriminator_fashion, discriminator_report,
    ),
    "detector_fashion": Recipe(
        "detector_fashion.weights.h5", "detector-fashion-1",
        train_detector_fashion, detector_report,
    ),
    "garment_painter": Recipe(
        "garment_painter.weights.h5", "garment-painter-1",
        train_garment_painter, outline_report("fashion", 0),
    ),
    "people_painter": Recipe(
        "people_painter.weights.h5", "people-painter-1",
        train_people_painter, outline_report("people", 255),
    ),
    "next_frame": Recipe(
        "next_frame.weights.h5", "next-frame-1", train_next_frame, next_frame_report
    ),
}  # fmt: skip


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
    network = recipe.train()
    (folder / recipe.file).unlink(missing_ok=True)
    network.save_weights(folder / recipe.file)
    made_by = f"python tools/rebuild_weights.py {what}"
    entry = weights.record(recipe.file, recipe.version, made_by, folder)
    minutes = (time.perf_counter() - start) / 60
    return f"{what} {entry['version']}: {entry['bytes']:,} bytes, {minutes:.1f} minutes\n" + recipe.report(
        network, entry["version"]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=[*RECIPES, "all"])
    parser.add_argument("--force", action="store_true", help="train even if the file is intact")
    parser.add_argument("--folder", type=Path, default=weights.FOLDER, help="where to write")
    arguments = parser.parse_args()
    for what in RECIPES if arguments.what == "all" else [arguments.what]:
        print(rebuild(what, arguments.folder, arguments.force))


if __name__ == "__main__":
    main()
