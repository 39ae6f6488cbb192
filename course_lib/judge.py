"""The judge: one small network whose opinion every lesson quotes.

It was trained to name the garments of Fashion-MNIST, and its weights are frozen: `fashion-1` today
is `fashion-1` in every lesson, so the numbers can be compared. Distances are taken between its
*features*: 128 numbers a picture, each the mean over the 7×7 positions of one channel of the last
convolution, after BatchNorm and ReLU (so never negative), just before the dense layer that names
the class. They are used raw, neither scaled nor centred.

These are not the features of the Inception network that "FID" stands for. Another network has
another scale, so no number from here may be compared with a published FID: every score carries the
judge's version instead.
"""

import functools
import random

import keras
import numpy as np
from keras import layers, ops

from course_lib import backend, data, metrics, runtime, weights

VERSION = "fashion-1"
FILES = {"fashion": "judge_fashion.weights.h5"}
FEATURES = 128
BATCH = 250  # pictures at a time: the judge's largest layer then takes 50 MB
REFERENCE_PICTURES = 10_000


def network():
    """Return the judge's network, untrained: pictures (n, 28, 28, 1) → features, logits.

    Pictures lie in [-1, 1]; features have shape (n, 128) and logits (n, 10). About 224,000 weights,
    in float32 whatever the global policy says, so that mixed precision does not change the judge.
    """

    def block(pictures, filters, name):
        settings = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        pictures = layers.Conv2D(filters, 3, dtype="float32", name=f"{name}_conv", **settings)(pictures)
        pictures = layers.BatchNormalization(momentum=0.9, dtype="float32", name=f"{name}_norm")(pictures)
        return layers.ReLU(dtype="float32", name=f"{name}_relu")(pictures)

    pictures = keras.Input((28, 28, 1), dtype="float32", name="pictures")
    x = block(pictures, 32, "block_1")  # 28×28×32
    x = layers.MaxPooling2D(2, dtype="float32", name="halve_1")(x)  # 14×14×32
    x = block(x, 64, "block_2")  # 14×14×64
    x = block(x, 64, "block_3")  # 14×14×64
    x = layers.MaxPooling2D(2, dtype="float32", name="halve_2")(x)  # 7×7×64
    x = block(x, 96, "block_4")  # 7×7×96
    x = block(x, FEATURES, "block_5")  # 7×7×128
    features = layers.GlobalAveragePooling2D(dtype="float32", name="features")(x)  # 128
    logits = layers.Dense(10, dtype="float32", name="logits")(features)  # 10
    return keras.Model(pictures, [features, logits], name="judge")


@functools.cache
def load(name="fashion"):
    """Return the judge for a dataset; the second call returns the same one.

    Raises ValueError for a dataset that has no judge, and `weights.WeightsError` when the weights
    file is missing or damaged (its SHA-256 is checked).
    """
    if name not in FILES:
        raise ValueError(f"There is no judge for {name!r}; there is one for: {', '.join(FILES)}.")
    path, entry = weights.verified(FILES[name])
    # Building layers draws seeds for weights that are overwritten at once. Put the random state
    # back, so that a lesson gets the same numbers whether it loads the judge early or late.
    state = random.getstate()
    judge_network = network()
    random.setstate(state)
    judge_network.load_weights(path)
    judge_network.trainable = False
    return Judge(judge_network, entry["version"], name)


def _checked(images):
    """Return pictures as float32 in [-1, 1], (n, 28, 28, 1), or raise what is wrong with them."""
    if ops.is_tensor(images):
        images = ops.convert_to_numpy(images)
    images = np.asarray(images)
    if images.ndim == 3 and images.shape[1:] == (28, 28):
        images = images[..., None]
    if images.ndim != 4 or images.shape[1:] != (28, 28, 1):
        raise ValueError(
            f"The judge looks at pictures of shape (n, 28, 28, 1), got {images.shape}; a single "
            "picture needs picture[None], flat ones need reshape(-1, 28, 28, 1)."
        )
    if len(images) == 0:
        raise ValueError("The judge got no pictures: the array is empty.")
    if images.dtype == np.uint8:
        return data.signed(images)
    if images.dtype.kind != "f" and images.dtype.name != "bfloat16":
        raise ValueError(
            f"The judge takes uint8 pictures (0 to 255) or float ones in [-1, 1], got "
            f"{images.dtype}; convert whole numbers with astype('uint8')."
        )
    images = images.astype(np.float32)
    low, high = images.min(), images.max()
    if not np.isfinite(low + high):
        raise ValueError(
            "The pictures hold NaN or infinite numbers; the network that made them has diverged."
        )
    if low < -1.001 or high > 1.001:
        raise ValueError(
            f"Float pictures must lie in [-1, 1], these run from {low:.4g} to {high:.4g}; use "
            "data.signed on 0 to 255, or np.clip(images, -1, 1) after an output without tanh."
        )
    # Real pictures are mostly background, which is 0 in [0, 1] and -1 here. A generator that fails
    # by painting everything white stays above zero too, and must be judged, not refused.
    if low >= 0 and 0 < images.mean() < 0.6:
        raise ValueError(
            f"These pictures run from {low:.4g} to {high:.4g}, so they seem to be scaled to "
            "[0, 1]; the judge expects [-1, 1]: pass 2 * images - 1."
        )
    return images


class Score(dict):
    """The numbers of `Judge.score`, as a dict that prints itself with the judge's name.

    Keys: `frechet`, `kernel` and `kernel_spread`, `precision`, `recall`, `density`, `coverage`,
    `judge` (its version), `pictures` and `reference_pictures` (how many), `reference` (which).
    """

    def __repr__(self):
        return (
            f"Fréchet distance {self['frechet']:.3g} (judge {self['judge']}, "
            f"{self['pictures']:,} against {self['reference_pictures']:,} pictures)\n"
            f"kernel distance {self['kernel']:.3g}, spread {self['kernel_spread']:.2g}; "
            f"precision {self['precision']:.3f}, recall {self['recall']:.3f}; "
            f"density {self['density']:.3f}, coverage {self['coverage']:.3f}"
        )


class Judge:
    """A frozen network that looks at pictures; get one by `load`.

    All methods take uint8 pictures (0 to 255) or float ones in [-1, 1], of shape (n, 28, 28, 1) or
    (n, 28, 28), and raise a ValueError that names the fault in anything else.
    """

    def __init__(self, judge_network, version, name="fashion"):
        self.network = judge_network
        self.version = version
        self.name = name
        self._references = {}

    def __repr__(self):
        return f"<Judge {self.version}>"

    def _look(self, images):
        """Return (features, logits) as float32 arrays; BatchNorm uses its frozen statistics."""
        images = _checked(images)

        def answer(start):
            batch = images[start : start + BATCH]
            if len(batch) == BATCH:
                return self.network.predict_on_batch(batch)
            # Batches of one size: the network is compiled once, whatever number of pictures comes.
            filled = np.zeros((BATCH, *images.shape[1:]), np.float32)
            filled[: len(batch)] = batch
            return [part[: len(batch)] for part in self.network.predict_on_batch(filled)]

        parts = backend.side_by_side(answer, range(0, len(images), BATCH))
        features, logits = zip(*parts, strict=True)
        return np.concatenate(features), np.concatenate(logits)

    def features(self, images):
        """Return the raw features, float32 (n, 128), none below zero, for distances."""
        return self._look(images)[0]

    def labels(self, images):
        """Return the likeliest class of each picture, int64 (n,); names in `data.LABELS`."""
        return self._look(images)[1].argmax(axis=1).astype(np.int64)

    def class_counts(self, images):
        """Return how many pictures the judge sees of each class, int64 (10,).

        A generator that has dropped a mode shows here as a class with few pictures or none.
        """
        return np.bincount(self.labels(images), minlength=10)

    def reference(self, split="validation"):
        """Return the features of 10,000 real pictures, float32 (10000, 128), kept in memory.

        `split` is "validation" or "test" (all of them), or "train" (a fixed random choice). In the profile
        smoke, whose numbers nobody compares, 1,000 of them.
        """
        if split not in self._references:
            images, _ = data.load(self.name, split)
            wanted = runtime.pick(smoke=1_000, quick=REFERENCE_PICTURES, full=REFERENCE_PICTURES)
            if len(images) > wanted:
                rng = np.random.default_rng(0)
                images = images[rng.choice(len(images), wanted, replace=False)]
            self._references[split] = self.features(images)
        return self._references[split]

    def frechet(self, images, reference="validation"):
        """Return the Fréchet distance alone, the quick number for curves during training."""
        fake = self.features(images)
        return metrics.frechet(self._reference_features(reference), fake)

    def score(self, images, reference="validation", seed=0):
        """Return every metric of `images` against real pictures, as a `Score`.

        `reference` is "validation", by which to watch and to choose; "test", once, when everything is
        chosen; "train" (10,000 pictures each); or pictures of your own, for example those of one class.
        `seed` draws the subsets of the kernel distance, of 1,000 pictures, or
        of all when there are fewer.

        Compare scores of the same judge, the same reference and the same number of pictures only, and hold
        them against `floor` with that number.
        """
        fake = self.features(images)
        real = self._reference_features(reference)
        subset_size = min(1000, len(real), len(fake))
        kernel, kernel_spread = metrics.kernel(real, fake, subset_size, seed=seed)
        precision, recall, density, coverage = metrics.precision_recall_density_coverage(real, fake)
        return Score(
            frechet=metrics.frechet(real, fake),
            kernel=kernel,
            kernel_spread=kernel_spread,
            precision=precision,
            recall=recall,
            density=density,
            coverage=coverage,
            judge=self.version,
            pictures=len(fake),
            reference_pictures=len(real),
            reference=reference if isinstance(reference, str) else "given",
        )

    def floor(self, n, reference="validation", seed=0):
        """Return the score of `n` real pictures of "train" against those of `reference`.

        No generator can be expected to score better with n pictures: what remains is the chance of
        drawing few of them (the bias), and what sets the two parts of the data apart. The judge was trained
        on "train" and "validation", not on "test", so each reference has its own floor: 0.04 and 0.03 with
        5,000 pictures. A generator that copies its training pictures reaches this floor, so a good score
        does not prove that it does not copy.
        """
        images, _ = data.load(self.name, "train")
        if not 0 < n <= len(images):
            raise ValueError(f"n must lie between 1 and {len(images):,}; got {n}.")
        rng = np.random.default_rng(seed)
        return self.score(images[rng.choice(len(images), n, replace=False)], reference, seed=seed)

    def _reference_features(self, reference):
        return self.reference(reference) if isinstance(reference, str) else self.features(reference)
