"""Train again the small networks whose weights ship with the course.

    python tools/rebuild_weights.py judge      # about 8 minutes on 2 free cores

Shipped weights are frozen: this command writes only where a file is missing or damaged, unless
`--force` is given. Another machine rounds differently and ends in slightly different weights; they
are then entered under a version of their own (`fashion-1+1a2b3c4d`), because their distances
cannot be compared with those of the shipped judge.
"""

import argparse
import os
import sys
import time
from pathlib import Path

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


def rebuild_judge(folder, force=False):
    """Train the judge, write its weights into `folder`, and print what became of it."""
    name, made_by = judge.FILES["fashion"], "python tools/rebuild_weights.py judge"
    if not force:
        try:
            path, _ = weights.verified(name, folder)
        except weights.WeightsError:
            pass
        else:
            return f"{path} is intact and frozen; nothing was done (--force trains it again)."
    start = time.perf_counter()
    network = train_judge()
    (folder / name).unlink(missing_ok=True)
    network.save_weights(folder / name)
    entry = weights.record(name, judge.VERSION, made_by, folder)
    images, labels = data.load("fashion", "test")
    accuracy = np.mean(judge.Judge(network, entry["version"]).labels(images) == labels)
    return (
        f"judge {entry['version']}: {accuracy:.2%} of the {len(labels):,} test pictures named "
        f"rightly, {entry['bytes']:,} bytes, {(time.perf_counter() - start) / 60:.1f} minutes."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["judge"])
    parser.add_argument("--force", action="store_true", help="train even if the file is intact")
    parser.add_argument("--folder", type=Path, default=weights.FOLDER, help="where to write")
    arguments = parser.parse_args()
    print(rebuild_judge(arguments.folder, arguments.force))


if __name__ == "__main__":
    main()
