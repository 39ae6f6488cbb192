"""Convolutional networks that name what is on a picture, float in [-1, 1], channels last.

Those that also say where it is stand in `course_lib.detection`.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from course_lib import augment
from course_lib.models.supervised import Supervised


def block(pictures, width: int, name: str, kernel: int = 3, stride: int = 1):
    """Convolution, batch normalisation, ReLU; returns `(batch, h / stride, w / stride, width)`.

    The convolution has no bias, because the normalisation that follows subtracts the mean and adds an
    offset of its own (Ioffe and Szegedy, ICML 2015, 1502.03167, section 3.2). The three layers are
    called `<name>_conv`, `<name>_norm` and `<name>_relu`.
    """
    pictures = layers.Conv2D(
        width, kernel, strides=stride, padding="same", use_bias=False,
        kernel_initializer="he_normal", name=f"{name}_conv",
    )(pictures)  # fmt: skip
    pictures = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(pictures)
    return layers.ReLU(name=f"{name}_relu")(pictures)


def classifier(widths=(16, 64, 64, 64), classes: int = 10, picture_shape=(28, 28, 1)) -> keras.Model:
    """Pictures `(batch, h, w, c)` to logits `(batch, classes)`, under 100,000 weights.

    Four blocks, `block_1` to `block_4`, with max-pooling behind the first two, so that most channels work
    at a quarter of the resolution. The layer `features` holds the means over places of the last block's
    channels.
    """
    picture = keras.Input(picture_shape, name="pictures")
    x = block(picture, widths[0], "block_1")  # (batch, 28, 28, 16)
    x = layers.MaxPooling2D(2, name="halve_1")(x)  # (batch, 14, 14, 16)
    x = block(x, widths[1], "block_2")  # (batch, 14, 14, 64)
    x = layers.MaxPooling2D(2, name="halve_2")(x)  # (batch, 7, 7, 64)
    x = block(x, widths[2], "block_3")  # (batch, 7, 7, 64)
    x = block(x, widths[3], "block_4")  # (batch, 7, 7, 64)
    x = layers.GlobalAveragePooling2D(name="features")(x)  # (batch, 64)
    return keras.Model(picture, layers.Dense(classes, name="logits")(x), name="classifier")


def moved(pictures, amounts, reach: int):
    """Pictures moved by up to `reach` pixels each way, with black coming in.

    Args:
        pictures: `(batch, h, w, c)` in [-1, 1].
        amounts: `(batch, 2)` in [0, 1), as for `augment.translate`.
        reach: in pixels.
    """
    part = (reach + 0.5) / pictures.shape[1]  # `translate` rounds down, and moves 0s in
    return augment.translate(pictures + 1, amounts, part) - 1


class Classifier(Supervised):
    """A network that learns names: pairs of pictures and whole-number labels.

    In training every picture is
    moved by up to `reach` pixels, and half of them are mirrored, unless told otherwise.

    Args:
        network: pictures `(batch, h, w, c)` to logits `(batch, classes)`.
        mirrored: whether pictures may be mirrored.
        reach: how far they are moved, in pixels; 0 leaves them where they are.
        objective: the loss, as for `Supervised`; None is the labels' cross-entropy, its mean over the batch.
        seed: of everything random in training.
    """

    saved = (*Supervised.saved, "mirrored", "reach")

    def __init__(self, network, mirrored: bool = True, reach: int = 1, objective=None, seed=None, **kwargs):
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        super().__init__(network, objective or cross_entropy, seed=seed, **kwargs)
        self.mirrored = mirrored
        self.reach = reach

    def pair(self, batch):
        pictures, labels = batch
        chance = self.uniform_noise((pictures.shape[0], 3))  # (batch, 3)
        if self.reach:
            pictures = moved(pictures, chance[:, :2], self.reach)
        if self.mirrored:
            turn = chance[:, 2, None, None, None] < 0.5
            pictures = ops.where(turn, ops.flip(pictures, axis=2), pictures)
        return pictures, labels
