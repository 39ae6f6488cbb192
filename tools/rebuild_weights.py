"""Train again the small networks whose weights ship with the course.

    python tools/rebuild_weights.py judge       # about 8 minutes on 2 free cores
    python tools/rebuild_weights.py dense_gan   # about 3
    python tools/rebuild_weights.py dcgan_fashion   # about 4
    python tools/rebuild_weights.py dense_vae   # about 2

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

import numpy as np

sys.path.insert(0, str(env.ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

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


def train_dense_gan(steps=25_000, seed=1):
    """Train the dense GAN of lesson 01_gan/1 as the lesson does, for longer; return its average."""
    import keras

    from course_lib.models import gan

    keras.utils.set_random_seed(seed)
    images, _ = data.load("fashion", "train")
    model = gan.GAN(gan.dense_generator(), gan.dense_discriminator(), seed=seed)
    model.compile(steps_per_execution=10)
    model.fit(data.Batches(images, 64, seed=seed), epochs=5, steps_per_epoch=steps // 5)
    return model.average_generator


def train_dense_vae(steps=25_000, seed=1):
    """Train the dense VAE of lesson 02_vae/1 as the lesson does, for longer; return its decoder."""
    import keras

    from course_lib.models import vae

    keras.utils.set_random_seed(seed)
    images, _ = data.load("fashion", "train")
    model = vae.VAE(vae.dense_encoder(), vae.dense_decoder(), seed=seed)
    model.compile(steps_per_execution=10)
    model.fit(data.Batches(images, 128, seed=seed), epochs=5, steps_per_epoch=steps // 5)
    return model.decoder


def train_dcgan_fashion(steps=7_000, seed=1):
    """Train the small convolutional GAN of lesson 01_gan/2 as the lesson does, for longer."""
    import keras

    from course_lib.models import gan

    def adam():
        return keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.99)

    keras.utils.set_random_seed(seed)
    images, _ = data.load("fashion", "train")
    model = gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=seed)
    model.compile(g_optimizer=adam(), d_optimizer=adam(), steps_per_execution=10)
    model.fit(data.Batches(images, 32, seed=seed), epochs=5, steps_per_epoch=steps // 5)
    return model.average_generator


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
    return (
        f"{what} {entry['version']}: {entry['bytes']:,} bytes, {minutes:.1f} minutes\n"
        + recipe.report(network, entry["version"])
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
