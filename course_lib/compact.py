"""Trained networks made smaller: weights in fewer bits, weights set to zero, channels taken out.

All of it is done to a network that is trained already, and needs no pictures. What it costs in quality has
to be measured, and what it saves in seconds too: lesson 06_challenges/3 does both.
"""

from __future__ import annotations

import io

import keras
import numpy as np
from keras import layers

FLOATS = {32: np.float32, 16: np.float16}
MOST_BITS, FEWEST_BITS = 8, 2  # of a whole number


# -- fewer bits ------------------------------------------------------------------------------------------


def quantise(values, bits: int, axis: int | None = None):
    """Numbers as small whole numbers, and the scales that turn them back: `values ≈ codes * scales`.

    The codes run from -(2^(bits-1) - 1) to 2^(bits-1) - 1, so that 0 stays 0, and the largest number of a
    channel gets the largest code (symmetric, linear; Jacob et al., CVPR 2018, 1712.05877). No number moves
    by more than half a scale.

    Args:
        values: an array of floats.
        bits: from 2 to 8.
        axis: the axis of the output channels, each of which gets a scale of its own; None for one scale.

    Returns:
        `(codes, scales)`: int8 of the shape of `values`, and float32 that multiplies with it.

    Raises:
        ValueError: for other numbers of bits, or values that are not finite.
    """
    if not FEWEST_BITS <= bits <= MOST_BITS:
        raise ValueError(f"bits={bits} makes no whole numbers here: choose {FEWEST_BITS} to {MOST_BITS}.")
    values = np.asarray(values, "float32")
    if not np.isfinite(values).all():
        raise ValueError("The weights hold NaN or infinite numbers; the network that has them diverged.")
    others = None if axis is None else tuple(i for i in range(values.ndim) if i != axis % values.ndim)
    largest = np.abs(values).max(axis=others, keepdims=True)
    scales = np.where(largest > 0, largest, 1) / np.float32(2 ** (bits - 1) - 1)
    return np.rint(values / scales).astype("int8"), scales.astype("float32")


def pack(network, bits: int, per_channel: bool = True) -> bytes:
    """A network's weights as the bytes of a file.

    Kernels take `bits` bits a weight; what there is few of (biases, the numbers of BatchNorm, the scales)
    stays float32.

    Args:
        network: a chain of the layers that `narrowed` knows.
        bits: 32 and 16 for floats, 2 to 8 for whole numbers (`quantise`).
        per_channel: whether each output channel gets a scale of its own, or each kernel one.

    Raises:
        ValueError: for other numbers of bits, or other layers.
    """
    arrays = {"bits": np.array(bits)}
    for number, (values, axis) in enumerate(_weights(network)):
        if axis is None:
            arrays[f"plain{number}"] = values
        elif bits in FLOATS:
            arrays[f"float{number}"] = values.astype(FLOATS[bits])
        else:
            codes, scales = quantise(values, bits, axis if per_channel else None)
            unsigned = (codes.astype("int16") + 2 ** (bits - 1)).astype("uint8").ravel()
            places = np.unpackbits(unsigned[:, None], axis=1)[:, 8 - bits :]  # (weights, bits)
            arrays[f"codes{number}"], arrays[f"scales{number}"] = np.packbits(places), scales
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def unpack(network, content: bytes):
    """A copy of `network` with the weights of a file that `pack` made of the same layers.

    Raises:
        ValueError: if the file is damaged, or belongs to other layers.
    """
    wrong = ValueError("These bytes are no weights of this network: pack it again, from the same layers.")
    try:
        arrays = dict(np.load(io.BytesIO(content), allow_pickle=False))
        bits = int(arrays.pop("bits"))
    except Exception as error:  # NumPy raises many kinds
        raise wrong from error
    restored = []
    for number, (values, _) in enumerate(_weights(network)):
        found = {name.rstrip("0123456789"): array for name, array in arrays.items()
                 if name.lstrip("abcdefghijklmnopqrstuvwxyz") == str(number)}  # fmt: skip
        if "codes" in found:
            places = np.unpackbits(found["codes"])[: values.size * bits]
            if len(places) != values.size * bits:
                raise wrong
            full = np.pad(places.reshape(-1, bits), ((0, 0), (8 - bits, 0)))
            codes = np.packbits(full, axis=1).astype("float32") - 2 ** (bits - 1)
            array = codes.reshape(values.shape) * found["scales"]
        else:
            array = found.get("plain", found.get("float"))
        if array is None or array.shape != values.shape:
            raise wrong
        restored.append(array.astype("float32"))
    return _copy(network, restored)


# -- fewer weights ---------------------------------------------------------------------------------------


def zeroed(network, share: float):
    """A copy of `network` in which the smallest weights of every kernel are 0 (magnitude pruning).

    Han, Pool, Tran and Dally, NIPS 2015, 1506.02626, without their training afterwards. The kernels keep
    their shapes, and a dense matrix product multiplies zeros like other numbers.

    Args:
        network: a chain of the layers that `narrowed` knows.
        share: of each kernel's weights, from 0 to 1, that become 0.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share} is no share: choose a number from 0 to 1.")
    pruned = []
    for values, axis in _weights(network):
        number = 0 if axis is None else round(share * values.size)
        values = values.copy()
        values.ravel()[np.argsort(np.abs(values), axis=None, kind="stable")[:number]] = 0
        pruned.append(values)
    return _copy(network, pruned)


def narrowed(network, share: float):
    """A smaller network: of every hidden layer only the channels with the largest weights stay.

    A channel's rank is the sum of the absolute weights that make it (Li, Kadav, Durdanovic, Samet and Graf,
    ICLR 2017, 1608.08710). With a channel go its bias, its numbers in BatchNorm and the weights by which
    the next layer read it. The last layer keeps all its outputs.

    Args:
        network: a chain of Dense, Conv2D, Conv2DTranspose, BatchNormalization, activations and Reshape.
        share: of each hidden layer's channels that stay, above 0, up to 1; at least one stays.

    Returns:
        A network with the same input and output, that needs less: about share² of the multiply-adds.

    Raises:
        ValueError: for another share, or a network that is no such chain.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share={share} leaves nothing, or adds something: choose above 0, up to 1.")
    chain = _chain(network)
    last = max(i for i, layer in enumerate(chain) if _output_axis(layer) is not None)
    configs, weights = {}, {}
    inputs = np.arange(network.inputs[0].shape[-1])  # which channels of the layer's input are left
    for i, layer in enumerate(chain):
        config, values = layer.get_config(), layer.get_weights()
        axis = _output_axis(layer)
        if axis is not None:
            outputs = np.arange(values[0].shape[axis])
            if i != last:
                channels = _channels_after(chain, i, len(outputs))
                size = np.abs(values[0]).sum(axis=tuple(j for j in range(values[0].ndim) if j != axis))
                size = size.reshape(-1, channels).sum(axis=0)  # places of a grid share their channel
                kept = np.sort(np.argsort(-size, kind="stable")[: max(1, round(share * channels))])
                outputs = (np.arange(len(outputs) // channels)[:, None] * channels + kept).ravel()
            values = [np.take(values[0], inputs, _input_axis(layer)), *values[1:]]
            values = [np.take(values[0], outputs, axis), *(v[outputs] for v in values[1:])]
            config["units" if isinstance(layer, layers.Dense) else "filters"] = len(outputs)
            inputs = outputs
        elif isinstance(layer, layers.Reshape):
            *grid, channels = layer.target_shape
            if i < last:
                inputs = inputs[inputs < channels]
                config["target_shape"] = (*grid, len(inputs))
        else:
            values = [v[inputs] for v in values]  # BatchNorm has a number a channel
        configs[layer.name], weights[layer.name] = config, values

    def rebuilt(layer):
        return type(layer).from_config(configs.get(layer.name, layer.get_config()))

    small = keras.models.clone_model(network, clone_function=rebuilt)
    for layer in small.layers:
        if layer.name in weights:
            layer.set_weights(weights[layer.name])
    return small


# -- what they share -------------------------------------------------------------------------------------

_FREE = (layers.Reshape, layers.LeakyReLU, layers.ReLU, layers.Activation, layers.BatchNormalization)


def _chain(network):
    """The layers of a chain, the input left out."""
    chain = [layer for layer in network.layers if not isinstance(layer, layers.InputLayer)]
    for layer in chain:
        if _output_axis(layer) is None and not isinstance(layer, _FREE):
            raise ValueError(
                f"'{layer.name}' is a {type(layer).__name__}, and this knows Dense, Conv2D, Conv2DTranspose, "
                "BatchNormalization, activations and Reshape: take a generator of the course."
            )
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise ValueError("The network has several inputs or outputs: this knows chains of layers only.")
    return chain


def _output_axis(layer):
    """The axis of a kernel's output channels; None for a layer without kernel."""
    if isinstance(layer, layers.Dense):
        return 1
    if isinstance(layer, layers.Conv2DTranspose):  # the kernel is (height, width, filters, inputs)
        return 2
    return 3 if type(layer) is layers.Conv2D else None


def _input_axis(layer):
    return {1: 0, 2: 3, 3: 2}[_output_axis(layer)]


def _channels_after(chain, i, outputs):
    """The channels that layer i makes: where a Reshape follows, a dense layer paints a grid of them."""
    for layer in chain[i + 1 :]:
        if isinstance(layer, layers.Reshape):
            return layer.target_shape[-1]
        if _output_axis(layer) is not None:
            break
    return outputs


def _weights(network):
    """`(values, axis)` of each weight in the order of `get_weights`; the axis is None but for kernels."""
    found = []
    for layer in _chain(network):
        axis = _output_axis(layer)
        found += [(v, axis if i == 0 else None) for i, v in enumerate(layer.get_weights())]
    return found


def _copy(network, values):
    copy = keras.models.clone_model(network)
    copy.set_weights(values)
    return copy
