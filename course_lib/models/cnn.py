"""Convolutional networks that name what is on a picture, or say where it is.

`classifier` and `Classifier` (a garment's name), `detector` and `detection_loss` (boxes on a canvas; what a
canvas and a box are says `course_lib.detection`). Pictures are float in [-1, 1], channels last.
"""

from __future__ import annotations

import math

import keras
from keras import layers, ops

from course_lib import augment, detection
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


def detector(
    widths=(24, 48, 64, 96, 96), classes: int = 10, size: int = detection.SIZE, rare: float = 0.01
) -> keras.Model:
    """Canvases `(batch, size, size, 1)` to what each cell of the grid says.

    The output is `(batch, size / 8, size / 8, 5 + classes)`.

    Three strides of 2 make a cell of 8×8 pixels, as `detection.targets` has them: the logit of "a garment
    is here", four numbers of its box, the logits of its kind. The network has no dense layer, so it takes
    canvases of any size that 8 divides (`size` None).

    Args:
        widths: channels of the five blocks.
        classes: kinds of garments.
        size: pixels to a side, or None.
        rare: the probability of a garment that every cell starts with (Lin, Goyal, Girshick, He and
            Dollár, ICCV 2017, 1708.02002, section 3.3): nearly all cells are empty.
    """
    canvas = keras.Input((size, size, 1), name="canvas")
    x = block(canvas, widths[0], "block_1", kernel=5, stride=2)  # (batch, 40, 40, 24)
    x = block(x, widths[1], "block_2", stride=2)  # (batch, 20, 20, 48)
    x = block(x, widths[2], "block_3")  # (batch, 20, 20, 64)
    x = block(x, widths[3], "block_4", stride=2)  # (batch, 10, 10, 96)
    x = block(x, widths[4], "block_5")  # (batch, 10, 10, 96)
    small = keras.initializers.RandomNormal(stddev=0.01)
    start = keras.initializers.Constant(math.log(rare / (1 - rare)))
    here = layers.Conv2D(1, 1, kernel_initializer=small, bias_initializer=start, name="here")(x)
    rest = layers.Conv2D(4 + classes, 1, kernel_initializer=small, name="box_and_kind")(x)
    cells = layers.Concatenate(name="cells")([here, rest])  # (batch, 10, 10, 15)
    return keras.Model(canvas, cells, name="detector")


def detection_loss(wanted, cells):
    """What a detector pays: for saying where garments are, for their boxes, and for their names.

    - Every cell: cross-entropy of "a garment is here".
    - Cells that must announce one: the absolute errors of the four numbers of its box, and the
      cross-entropy of its kind.

    Each is summed over the canvas's cells, and everything is divided by the number of cells that must
    announce a garment, in the whole batch: empty cells then cost no less on a larger canvas, and
    crowded canvases count for more.

    Args:
        wanted: `(batch, rows, columns, 6)`, see `detection.targets`.
        cells: `(batch, rows, columns, 5 + classes)`.

    Returns:
        A scalar.
    """
    here = wanted[..., 0]  # (batch, rows, columns)
    logit = cells[..., 0]
    seen = ops.softplus(logit) - here * logit  # cross-entropy of a logit
    box = ops.sum(ops.abs(cells[..., 1:5] - wanted[..., 1:5]), axis=-1)
    kind = ops.cast(wanted[..., 5], "int32")
    named = keras.losses.sparse_categorical_crossentropy(kind, cells[..., 5:], from_logits=True)
    announced = ops.maximum(ops.sum(here), 1.0)
    return ops.sum(seen + here * (box + named)) / announced
