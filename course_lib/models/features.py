"""Features of photographs: EfficientNet-Lite0, trained to name the 1,000 things of ImageNet.

Tan, Le, "EfficientNet", ICML 2019, 1905.11946, in its Lite variant: no squeeze-and-excitation, ReLU6 in
place of swish. The classifier is left out, so 6.4 MB of weights are enough; `course_lib/weights/README.md`
says where they come from.

| feature map | channels | pixels to one | after |
|---|---|---|---|
| `"stem"` | 32 | 2 | the first convolution |
| `"block1"` … `"block16"` | see `_STAGES`: 16 to 320 | 2 to 32 | a block, without ReLU |
| `"block2_expand"`, … | six times the block's input | the input's | its 1×1 convolution and ReLU6 |
| `"block1_depthwise"`, … | the same | the output's | its depthwise convolution and ReLU6 |
| `"head"` | 1280 | 32 | the last convolution |

Blocks 2, 4, 6 and 12 halve the resolution; block 1 has no expansion.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from course_lib import weights

FILE = "efficientnet_lite0.npz"
# One row a stage: repeats, channels, kernel, stride of the first, expansion.
_STAGES = (
    (1, 16, 3, 1, 1),
    (2, 24, 3, 2, 6),
    (2, 40, 5, 2, 6),
    (3, 80, 3, 2, 6),
    (3, 112, 5, 1, 6),
    (4, 192, 5, 2, 6),
    (1, 320, 3, 1, 6),
)
_EPSILON = 1e-3  # of the batch normalisations


def efficientnet(outputs, trained: bool = True) -> keras.Model:
    """A frozen network from pictures to some of its feature maps.

    Args:
        outputs: names of feature maps, see the table above; only what they need is computed.
        trained: False leaves random weights in place of ImageNet's (He normal, seeded), for comparison.

    Returns:
        A model from pictures `(n, h, w, 3)`, floats in [-1, 1] of any height and width, to a dict from
        each name to a tensor `(n, h', w', channels)`. Padding is "same", so h' is h divided by the pixels
        to one, rounded up.

    Raises:
        ValueError: for a name that is not in the table, or for none.
        weights.WeightsError: if the weights file is missing or damaged.
    """
    outputs = [outputs] if isinstance(outputs, str) else list(outputs)
    pictures = keras.Input((None, None, 3), dtype="float32", name="pictures")
    maps, convolutions = _network(pictures)
    unknown = [name for name in outputs if name not in maps]
    if unknown or not outputs:
        raise ValueError(
            f"There is no feature map {unknown[0]!r}; choose from: {', '.join(maps)}."
            if unknown
            else f"Name at least one feature map of: {', '.join(maps)}."
        )
    model = keras.Model(pictures, {name: maps[name] for name in outputs}, name="efficientnet_lite0")
    inside = {id(layer) for layer in model.layers}
    values = _folded(convolutions) if trained else _random(convolutions)
    for (layer, _, _), value in zip(convolutions, values, strict=True):
        if id(layer) in inside:
            layer.set_weights(value)
    model.trainable = False
    return model


def _network(pictures):
    """All feature maps by name, and `(layer, convolution, batch normalisation)` with the file's names."""
    convolutions = []

    def convolution(x, source, norm, filters=None, kernel=1, stride=1, relu=True, name=None):
        # Nothing random: a lesson gets the same numbers wherever it builds this network.
        options = {"padding": "same", "strides": stride, "dtype": "float32", "name": f"{name}_conv"}
        if filters is None:
            layer = layers.DepthwiseConv2D(kernel, depthwise_initializer="zeros", **options)
        else:
            layer = layers.Conv2D(filters, kernel, kernel_initializer="zeros", **options)
        convolutions.append((layer, source, norm))
        x = layer(x)
        return layers.ReLU(6.0, dtype="float32", name=name)(x) if relu else x

    # The network was trained on (pixel - 127) / 128, with pixels from 0 to 255.
    x = layers.Rescaling(127.5 / 128, 0.5 / 128, dtype="float32", name="rescale")(pictures)
    x = convolution(x, "_conv_stem", "_bn0", 32, 3, 2, name="stem")
    maps = {"stem": x}
    number = 0
    for repeats, channels, kernel, first_stride, expansion in _STAGES:
        for repeat in range(repeats):
            name, source, number = f"block{number + 1}", f"_blocks.{number}", number + 1
            stride = first_stride if repeat == 0 else 1
            before = x
            if expansion > 1:
                wide = expansion * before.shape[-1]
                x = convolution(x, f"{source}._expand_conv", f"{source}._bn0", wide, name=f"{name}_expand")
                maps[f"{name}_expand"] = x
            x = convolution(
                x, f"{source}._depthwise_conv", f"{source}._bn1", None, kernel, stride,
                name=f"{name}_depthwise",
            )  # fmt: skip
            maps[f"{name}_depthwise"] = x
            x = convolution(x, f"{source}._project_conv", f"{source}._bn2", channels, relu=False, name=name)
            if repeat > 0:
                x = layers.Add(dtype="float32", name=f"{name}_sum")([x, before])
            maps[name] = x
    maps["head"] = convolution(x, "_conv_head", "_bn1", 1280, name="head")
    return maps, convolutions


def _folded(convolutions):
    """`[kernel, bias]` of each: a batch normalisation that is frozen is part of the convolution before it."""
    path, _ = weights.verified(FILE)
    with np.load(path, allow_pickle=False) as archive:
        tensors = {name: archive[name].astype("float32") for name in archive}
    folded = []
    for layer, source, norm in convolutions:
        kernel = tensors[f"{source}.weight"].transpose(2, 3, 1, 0)  # (h, w, in, out)
        scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + _EPSILON)
        bias = tensors[f"{norm}.bias"] - scale * tensors[f"{norm}.running_mean"]
        kernel = kernel * scale  # by output channel
        if isinstance(layer, layers.DepthwiseConv2D):
            kernel = kernel.swapaxes(2, 3)  # (h, w, channels, 1)
        folded.append([kernel, bias])
    return folded


def _random(convolutions, seed: int = 1):
    """He normal kernels and biases of 0 (He et al., ICCV 2015, 1502.01852), always the same ones."""
    rng = np.random.default_rng(seed)
    drawn = []
    for layer, _, _ in convolutions:
        kernel, bias = layer.weights
        h, w, into, _ = kernel.shape
        fan_in = h * w * (1 if isinstance(layer, layers.DepthwiseConv2D) else into)
        value = rng.normal(0, np.sqrt(2 / fan_in), tuple(kernel.shape)).astype("float32")
        drawn.append([value, np.zeros(bias.shape, "float32")])
    return drawn
