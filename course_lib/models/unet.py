"""The U-Net: pictures in, pictures of the same size out, for every job that changes a given picture."""

from __future__ import annotations

import keras
from keras import layers

from course_lib.layers import DepthToSpace

OUTPUTS = ("tanh", "linear", "residual")


def unet(
    size: int | None = None,
    channels_in: int = 3,
    channels_out: int = 3,
    widths=(32, 64, 128),
    patch: int = 1,
    blocks: int = 1,
    outputs: str = "tanh",
) -> keras.Model:
    """Pictures `(batch, h, w, channels_in)` to pictures `(batch, h, w, channels_out)`.

    Down: every level but the first begins with a strided convolution that halves height and width. Up:
    nearest-neighbour doubling, and the features of the same level on the way down laid beside it (the
    skip connections of Ronneberger, Fischer, Brox, MICCAI 2015, 1505.04597), so that the coarse levels need
    not remember where things are. No normalisation, which would rescale what has to be given back; and no
    transposed convolution, whose overlaps leave checkerboards.

    With `patch` above 1 the first convolution steps over `patch` pixels, all levels work on the coarser
    grid, and the last layer writes `patch`² pixels for each place of it (`layers.DepthToSpace`, the
    sub-pixel convolution of Shi et al., CVPR 2016, 1609.05158): patch² times less to compute a layer.

    Args:
        size: height and width in pixels; None for pictures of any size whose sides are multiples of
            `unet_stride(widths, patch)`.
        channels_in, channels_out: of the pictures; a mask or a noise level may be a channel.
        widths: channels of each level, from fine to coarse.
        patch: pixels in each direction that the finest level treats as one place.
        blocks: residual blocks, of two 3×3 convolutions each, on each level and in each direction.
        outputs: `"tanh"`: pictures in (-1, 1); `"linear"`: pictures that may leave [-1, 1], grey before
            training; `"residual"`: a correction, 0 before training, a tenth of which is added to the
            first `channels_out` channels of the input. A step of Adam would otherwise overshoot corrections
            that are small, and kill ReLUs; so they also leak (0.2) where the output is a residual.

    Raises:
        ValueError: if the size cannot be halved so often, for an unknown `outputs`, or if there are fewer
            channels in than a residual needs.
    """
    stride = unet_stride(widths, patch)
    if size is not None and (size < stride or size % stride):
        raise ValueError(f"size={size} does not fit: choose a multiple of {stride}.")
    if outputs not in OUTPUTS:
        raise ValueError(f"There is no outputs={outputs!r}: choose one of {', '.join(OUTPUTS)}.")
    if outputs == "residual" and channels_in < channels_out:
        raise ValueError(f"{channels_in} channels in are too few for a residual of {channels_out}.")
    leak = 0.2 if outputs == "residual" else 0.0
    pictures = keras.Input((size, size, channels_in), name="pictures")
    x = _conv(pictures, widths[0], 3 * patch if patch > 1 else 3, strides=patch)
    passed = []
    for level, width in enumerate(widths):
        if level:
            passed.append(x)
            x = layers.ReLU(negative_slope=leak)(_conv(x, width, 4, strides=2))  # half as high and wide
        for _ in range(blocks):
            x = _block(x, width, leak)
    for width, skip in zip(reversed(widths[:-1]), reversed(passed), strict=True):
        x = layers.UpSampling2D(2)(_conv(x, width, 1))  # the cheap layer on the coarse side
        x = layers.ReLU(negative_slope=leak)(_conv(layers.Concatenate()([x, skip]), width, 3))
        for _ in range(blocks):
            x = _block(x, width, leak)
    last = layers.Conv2D(
        channels_out * patch**2, 3, padding="same", dtype="float32",
        kernel_initializer="glorot_uniform" if outputs == "tanh" else "zeros",
    )  # fmt: skip
    x = DepthToSpace(patch, dtype="float32")(last(x)) if patch > 1 else last(x)
    if outputs == "tanh":
        x = layers.Activation("tanh", dtype="float32")(x)
    if outputs == "residual":
        x = layers.Rescaling(0.1, dtype="float32")(x)
        x = layers.Add(dtype="float32")([pictures[..., :channels_out], x])
    return keras.Model(pictures, x, name="unet")


def unet_stride(widths=(32, 64, 128), patch: int = 1) -> int:
    """The number of pixels that must divide the height and width of a U-Net's pictures."""
    return patch * 2 ** (len(widths) - 1)


def _conv(x, filters, kernel, strides=1, start="he_normal"):
    return layers.Conv2D(filters, kernel, strides=strides, padding="same", kernel_initializer=start)(x)


def _block(x, width, leak):
    """x plus a correction of it, 0 before training: two convolutions with a ReLU between."""
    changed = layers.ReLU(negative_slope=leak)(_conv(x, width, 3))
    changed = _conv(changed, width, 3, start="zeros")
    return layers.Add()([x, changed])
