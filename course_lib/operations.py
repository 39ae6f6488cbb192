"""How much arithmetic a network asks for: multiply-adds and weights, layer by layer.

A *multiply-add* is one product added to a running sum, what matrix products and convolutions are made
of. A machine's "FLOPs" count the product and the sum one by one: 1 multiply-add = 2 FLOPs.

What is counted: every product of an input number with a weight that the plain algorithm forms, products
with the zeros of the padding included, for they are formed too. What is not: biases, activations,
normalisation, pooling, resizing, dropout, the lookup of an embedding, and whatever a network computes
between its layers. In the networks of the course that is a few percent of the arithmetic; of the seconds
it can be far more, for it moves as many numbers and multiplies few (lesson 06_challenges/3 measures).

The rule for training. Call c the multiply-adds of a forward pass. Going backwards through a layer takes
about c for the gradient of its weights, and c for that of its inputs, which the layer before needs:

- a network that is trained: 3 c an example (`Count.trained`);
- a network with fixed weights through which a gradient passes to reach another one: 2 c;
- a network that only looks: c (`Count.multiply_adds`).

It is a little too much for the first layer, whose inputs are pictures: nobody asks for their gradient.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass

import keras
from keras import layers, ops

from course_lib.layers import PixelsBefore, SpectralDense
from course_lib.training import outside_gradients


@dataclass
class Row:
    """What one layer costs for one example.

    Attributes:
        name, kind: the layer's name and class.
        output: the shape of what it returns, without the batch.
        multiply_adds: of all its calls together.
        weights: numbers that it holds, trained or not.
        calls: how often the network calls it.
    """

    name: str
    kind: str
    output: tuple
    multiply_adds: int
    weights: int
    calls: int = 1


@dataclass
class Count:
    """What `count` found; printed, it is a table.

    Attributes:
        rows: a list of `Row`, in the order of the calls; layers that are free and hold nothing are left out.
    """

    rows: list

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of a forward pass of one example."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def weights(self) -> int:
        """Numbers that the layers which were called hold; one that is called twice counts once."""
        return sum(row.weights for row in self.rows)

    @property
    def trained(self) -> int:
        """Multiply-adds an example of a training step: forward, and about twice as many backwards."""
        return 3 * self.multiply_adds

    def __repr__(self):
        lines = [f"{'layer':28s} {'output':>14s} {'multiply-adds':>14s} {'weights':>10s}"]
        for row in self.rows:
            name = row.name if row.calls == 1 else f"{row.name} ({row.calls} calls)"
            shape = "×".join(map(str, row.output))
            lines.append(f"{name:28s} {shape:>14s} {row.multiply_adds:14,d} {row.weights:10,d}")
        lines.append(f"{'one example, forward':28s} {'':14s} {self.multiply_adds:14,d} {self.weights:10,d}")
        return "\n".join(lines)


# -- rules: from a layer and the shapes of its first input and its output (batch of 1) to multiply-adds ---


def _kernel(layer):
    return math.prod(layer.kernel.shape)


def _dense(layer, given, made):
    return math.prod(made[:-1]) * _kernel(layer)


def _convolution(layer, given, made):
    # Each place of the output is a product with the whole kernel (k…, inputs / groups, filters).
    return math.prod(made) // layer.filters * _kernel(layer)


def _transposed(layer, given, made):
    # Each place of the *input* is spread over k… places: the kernel is (k…, filters, inputs).
    return math.prod(given) // layer.kernel.shape[-1] * _kernel(layer)


def _depthwise(layer, given, made):
    channels, multiplier = layer.kernel.shape[-2:]
    return math.prod(made) // (channels * multiplier) * _kernel(layer)


def _recurrent(layer, given, made):
    cell = getattr(layer, "cell", layer)  # a layer runs its cell once a time step
    steps = given[1] if cell is not layer else 1
    return steps * (_kernel(cell) + math.prod(cell.recurrent_kernel.shape))


def _convolutional_lstm(layer, given, made):
    cell, steps = layer.cell, given[1]
    places = math.prod(made) // cell.filters // (steps if layer.return_sequences else 1)
    return steps * places * (_kernel(cell) + math.prod(cell.recurrent_kernel.shape))


def _dot(layer, given, made):
    axis = layer.axes if isinstance(layer.axes, int) else layer.axes[0]
    return math.prod(made) * given[axis]


def _matrix_product(operation, given, made):
    return math.prod(made) * given[-1]


def _nothing(layer, given, made):
    return 0


_LAYERS = {
    _dense: (layers.Dense, SpectralDense, PixelsBefore),
    _convolution: (layers.Conv1D, layers.Conv2D, layers.Conv3D),
    _transposed: (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose),
    _depthwise: (layers.DepthwiseConv1D, layers.DepthwiseConv2D),
    _recurrent: (layers.SimpleRNN, layers.GRU, layers.LSTM,
                 layers.SimpleRNNCell, layers.GRUCell, layers.LSTMCell),
    _convolutional_lstm: (layers.ConvLSTM2D,),
    _dot: (layers.Dot,),
    _nothing: (layers.Embedding, layers.BatchNormalization, layers.GroupNormalization,
               layers.LayerNormalization, layers.PReLU),
}  # fmt: skip
_RULES = {kind: rule for rule, kinds in _LAYERS.items() for kind in kinds}
# Functions of keras.ops that stand in a functional network as nodes of their own.
_PRODUCTS = {"Matmul": _matrix_product}
_UNKNOWN_PRODUCTS = {"Dot", "Einsum", "Tensordot", "Inner", "Outer", "Conv", "ConvTranspose",
                     "DepthwiseConv", "SeparableConv", "DotProductAttention"}  # fmt: skip


def count(network, input_shape=None) -> Count:
    """Counts the multiply-adds of one example's forward pass, and the weights, layer by layer.

    The network is called once, with the shape of one example in place of pictures (nothing is computed),
    and every layer that is called on the way is looked at: so it counts functional and sequential networks,
    and the course's own classes. A model that holds several networks (a GAN, a VAE) is counted as its `call`
    uses them: count its networks one by one to know what each costs. Only the rules for layers know
    numbers; arithmetic that a class does between its layers is not seen, such as the shifted frames of
    `models.rnn.FrameNetwork`.

    Args:
        network: a `keras.Model` or layer.
        input_shape: the shape of one example, without the batch; a list of shapes for several inputs.
            A functional or sequential network knows its own, unless a side in it is None.

    Returns:
        A `Count`.

    Raises:
        ValueError: if the shape is missing, does not fit, or the network holds a layer with weights that
            no rule knows.
    """
    example = _example(network, input_shape)
    if not network.built:
        with outside_gradients():
            network(keras.tree.map_structure(lambda x: ops.zeros(x.shape, x.dtype), example))
    seen = {}
    with _watched(seen):
        _Shapes(network).compute_output_spec(example)
    return Count([row for row in seen.values() if row.multiply_adds or row.weights])


class _Shapes(layers.Layer):
    """Lets the backend follow the shapes through a network, without computing anything."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, example):
        return self.network(example)


def _example(network, input_shape):
    """The shape and type of one example, as `network` takes it."""
    if input_shape is None:
        inputs = getattr(network, "inputs", None)
        if not inputs or any(side is None for x in inputs for side in x.shape[1:]):
            raise ValueError(
                f"count does not know what '{network.name}' looks at: give input_shape, the shape of "
                "one example without the batch, such as (28, 28, 1)."
            )
        several = isinstance(network.input, (list, tuple))
        shapes, types = [x.shape[1:] for x in inputs], [x.dtype for x in inputs]
        return _tensors(shapes, types, several)
    nested = isinstance(input_shape, (list, tuple))
    several = nested and all(isinstance(shape, (list, tuple)) for shape in input_shape)
    shapes = input_shape if several else [input_shape if nested else (input_shape,)]
    if not nested or any(not isinstance(side, int) or side < 1 for shape in shapes for side in shape):
        raise ValueError(
            "input_shape holds whole numbers from 1 on, without the batch, such as (28, 28, 1), or is a "
            f"list of such shapes; got {input_shape}."
        )
    return _tensors(shapes, ["float32"] * len(shapes), several)


def _tensors(shapes, types, several):
    found = [keras.KerasTensor((1, *shape), dtype) for shape, dtype in zip(shapes, types, strict=True)]
    return found if several else found[0]


@contextlib.contextmanager
def _watched(seen):
    """Inside, every call of a layer is entered into the dict `seen`, from the layer's id to its `Row`."""
    plain = keras.Operation.__call__
    inside_a_rule = []

    def watching(self, *args, **kwargs):
        rule = None if inside_a_rule else _rule(self)  # an LSTM's own cell is part of the LSTM
        if rule is None:
            return plain(self, *args, **kwargs)
        inside_a_rule.append(self)
        try:
            output = plain(self, *args, **kwargs)
        finally:
            inside_a_rule.pop()
        given, *_ = keras.tree.flatten((args, kwargs))
        made, *_ = keras.tree.flatten(output)
        products = int(rule(self, tuple(given.shape), tuple(made.shape)))
        if id(self) in seen:
            seen[id(self)].multiply_adds += products
            seen[id(self)].calls += 1
        else:
            weights = self.count_params() if isinstance(self, layers.Layer) else 0
            kind = type(self).__name__
            seen[id(self)] = Row(self.name, kind, tuple(made.shape)[1:], products, weights)
        return output

    keras.Operation.__call__ = watching
    try:
        yield
    finally:
        keras.Operation.__call__ = plain


def _rule(operation):
    """The rule for a layer, or None for one that is counted by what it calls.

    Raises:
        ValueError: for a layer that holds weights, or multiplies, and has no rule.
    """
    kind = type(operation)
    known = next((_RULES[base] for base in kind.__mro__ if base in _RULES), None)
    if known:
        return known
    if not isinstance(operation, layers.Layer):
        if kind.__name__ in _UNKNOWN_PRODUCTS:
            raise ValueError(_advice(operation))
        return _PRODUCTS.get(kind.__name__, _nothing)
    parts = operation._layers
    of_keras = kind.__module__.partition(".")[0] == "keras" and not isinstance(operation, keras.Model)
    # A wrapper of Keras need not call what it wraps as a layer; `Bidirectional` does.
    opaque = of_keras and parts and not isinstance(operation, layers.Bidirectional)
    if operation._trainable_variables or opaque or isinstance(operation, layers.Attention):
        raise ValueError(_advice(operation))
    return None if parts else _nothing


def _advice(operation):
    known = ", ".join(sorted({kind.__name__ for kind, rule in _RULES.items() if rule is not _nothing}))
    return (
        f"There is no rule for what '{operation.name}', a {type(operation).__name__}, multiplies: count "
        f"it by hand and add it to the total, or build it of layers that have one ({known})."
    )
