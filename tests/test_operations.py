"""Multiply-adds counted by hand, layer by layer; every kind of network; clear sentences for the rest."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib import detection, operations
from course_lib.layers import PixelsBefore, SpectralDense
from course_lib.models import cnn, gan, rnn, rows, unet, vae

pytestmark = pytest.mark.backends


def cost(layer, *shape):
    return operations.count(keras.Sequential([layer]), shape).multiply_adds


@pytest.mark.parametrize(
    "layer, shape, right",
    [
        (layers.Dense(5), (7,), 7 * 5),
        (layers.Dense(5), (3, 7), 3 * 7 * 5),
        (layers.Conv2D(6, 3, padding="same"), (8, 10, 4), 8 * 10 * 3 * 3 * 4 * 6),
        (layers.Conv2D(6, 3, padding="valid"), (8, 10, 4), 6 * 8 * 3 * 3 * 4 * 6),
        (layers.Conv2D(6, 4, strides=2, padding="same"), (8, 10, 4), 4 * 5 * 16 * 4 * 6),
        (layers.Conv2D(6, 3, groups=2, padding="same"), (8, 8, 4), 64 * 9 * 2 * 6),
        (layers.Conv1D(6, 5, padding="same"), (9, 4), 9 * 5 * 4 * 6),
        (layers.Conv3D(2, 3, padding="same"), (4, 5, 6, 3), 4 * 5 * 6 * 27 * 3 * 2),
        # Each of the 7×9 inputs is spread over 4×4 places of 6 channels, whatever the stride makes of it.
        (layers.Conv2DTranspose(6, 4, strides=2, padding="same"), (7, 9, 3), 7 * 9 * 16 * 3 * 6),
        (layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), (8, 8, 5), 64 * 9 * 10),
        (layers.LSTM(5), (11, 3), 11 * 4 * 5 * (3 + 5)),
        (layers.LSTM(5, return_sequences=True), (11, 3), 11 * 4 * 5 * (3 + 5)),
        (layers.GRU(5), (11, 3), 11 * 3 * 5 * (3 + 5)),
        (layers.SimpleRNN(5), (11, 3), 11 * 5 * (3 + 5)),
        (layers.Bidirectional(layers.LSTM(5)), (11, 3), 2 * 11 * 4 * 5 * (3 + 5)),
        (layers.ConvLSTM2D(5, 3, padding="same"), (4, 6, 7, 2), 4 * 42 * 9 * (2 + 5) * 20),
        (
            layers.ConvLSTM2D(5, 3, padding="valid", return_sequences=True),
            (4, 6, 7, 2),
            4 * 20 * 9 * (2 + 5) * 20,
        ),
        (layers.Embedding(9, 4), (6,), 0),
        (layers.BatchNormalization(), (6,), 0),
        (SpectralDense(5), (7,), 35),
        (PixelsBefore(), (7,), 49),
        (layers.MaxPooling2D(), (4, 4, 2), 0),
        (layers.LeakyReLU(), (4,), 0),
    ],
)
def test_a_layer_costs_what_one_counts_by_hand(layer, shape, right):
    assert cost(layer, *shape) == right


def test_a_strided_convolution_backwards_costs_what_it_costs_forwards():
    """A transposed convolution is the convolution's gradient, so both form the same products."""
    assert cost(layers.Conv2DTranspose(3, 4, strides=2, padding="same"), 7, 7, 8) == cost(
        layers.Conv2D(8, 4, strides=2, padding="same"), 14, 14, 3
    )


def test_functional_networks_and_their_weights():
    encoder = vae.dense_encoder(20)
    found = operations.count(encoder)
    assert found.multiply_adds == 784 * 512 + 512 * 256 + 2 * 256 * 20
    assert found.weights == encoder.count_params()
    assert {row.name for row in found.rows} >= {"mean", "log_var"}
    assert [row.output for row in found.rows] == [(512,), (256,), (20,), (20,)]
    assert found.trained == 3 * found.multiply_adds


def test_the_dcgans_networks():
    made = operations.count(gan.conv_generator(64))
    assert made.multiply_adds == 64 * 6272 + 49 * 16 * 128 * 64 + 196 * 16 * 64 * 32 + 784 * 9 * 32
    seen = operations.count(gan.conv_discriminator())
    assert seen.multiply_adds == 196 * 16 * 32 + 49 * 16 * 32 * 64 + 16 * 16 * 64 * 128 + 2048


@pytest.mark.parametrize(
    "build",
    [
        lambda: cnn.classifier(widths=(2, 2, 2, 2)),
        lambda: unet.unet(size=4, widths=(2, 2)),
        lambda: detection.detector(widths=(2, 2, 2, 2, 2), size=16),
    ],
)
def test_the_weights_of_a_network_are_all_found(build):
    network = build()
    assert operations.count(network).weights == network.count_params()


def test_a_network_with_two_inputs():
    network = gan.conditional_generator(3, 5, (4, 4, 3), widths=(8, 8, 8))
    found = operations.count(network)
    assert found.rows[0].multiply_adds == 8 * 2 * 2 * 8
    assert operations.count(network, [(5,), (3,)]).multiply_adds == found.multiply_adds


def test_a_layer_that_is_called_twice_counts_twice_and_holds_its_weights_once():
    x = keras.Input((4,))
    shared = layers.Dense(4)
    found = operations.count(keras.Model(x, shared(shared(x))))
    assert found.multiply_adds == 2 * 16 and found.weights == 20
    assert "(2 calls)" in repr(found) and "one example, forward" in repr(found)


def test_models_of_the_course_count_as_they_are_called():
    encoder, decoder = vae.dense_encoder(4), vae.dense_decoder(4)
    whole = operations.count(vae.VAE(encoder, decoder), (28, 28, 1))
    parts = operations.count(encoder).multiply_adds + operations.count(decoder).multiply_adds
    assert whole.multiply_adds == parts
    player = gan.GAN(gan.dense_generator(8), gan.dense_discriminator())
    assert operations.count(player, (8,)).weights == player.generator.count_params()


def test_recurrent_networks_pay_for_every_step():
    network = rnn.FrameNetwork((8, 8, 1), width=6, depth=1)
    one, three = (operations.count(network, (frames, 8, 8, 1)).multiply_adds for frames in (1, 3))
    assert three == 3 * one
    gru = 2 * 2 * 9 * (6 + 6) * (2 * 6 + 6)  # the gates and the candidate at 2×2 cells
    first = 2 * 2 * 9 * (16 + 49) * 6
    outputs = 2 * 49 + 16 * (1 + 3)
    assert one == first + gru + 2 * 2 * 9 * 6 * outputs
    lstm = rnn.dense_lstm((4, 4, 1), units=5)
    assert operations.count(lstm, (3, 4, 4, 1)).multiply_adds == 3 * (4 * 5 * (16 + 5) + 5 * 16)
    memory = rows.memory(units=6, features=2)
    assert operations.count(memory).multiply_adds == 28 * 4 * 6 * (28 + 6) + 28 * 6 * 56


def test_a_product_between_layers_of_a_functional_network():
    x, y = keras.Input((3, 4)), keras.Input((4, 5))
    network = keras.Model([x, y], ops.matmul(x, y))
    assert operations.count(network).multiply_adds == 3 * 4 * 5
    dot = keras.Model([a := keras.Input((6,)), b := keras.Input((6,))], layers.Dot(axes=1)([a, b]))
    assert operations.count(dot).multiply_adds == 6


def test_counting_leaves_nothing_behind():
    plain = keras.Operation.__call__
    network = gan.dense_discriminator()
    before = network.get_weights()
    operations.count(network)
    with pytest.raises(ValueError, match="no rule"):
        operations.count(keras.Sequential([layers.EinsumDense("ab,bc->ac", 3)]), (2,))
    assert keras.Operation.__call__ is plain
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


class Mine(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2))

    def call(self, x):
        return ops.matmul(x, self.kernel)


@pytest.mark.parametrize(
    "layer, shape",
    [
        (Mine(name="mine"), (3,)),
        (layers.TimeDistributed(layers.Dense(2), name="mine"), (4, 3)),
        (layers.SpectralNormalization(layers.Dense(2), name="mine"), (3,)),
    ],
)
def test_what_has_no_rule_is_named(layer, shape):
    with pytest.raises(ValueError, match=f"no rule for what 'mine', a {type(layer).__name__}"):
        cost(layer, *shape)


@pytest.mark.parametrize(
    "build, shape, says",
    [
        (lambda: keras.Sequential([layers.Dense(2)]), None, "give input_shape"),
        (lambda: detection.detector(widths=(2,) * 5, size=None), None, "give input_shape"),
        (lambda: layers.Dense(2), (None, 3), "whole numbers"),
        (lambda: layers.Dense(2), 28, "whole numbers"),
        (lambda: layers.Dense(2), (28.0, 3), "whole numbers"),
    ],
)
def test_a_missing_shape_is_asked_for(build, shape, says):
    with pytest.raises(ValueError, match=says):
        operations.count(build(), shape)


@pytest.mark.tensorflow  # the profiler is TensorFlow's
def test_tensorflow_counts_the_same_forwards_and_about_thrice_in_training():
    import tensorflow as tf
    from tensorflow.python.profiler import model_analyzer, option_builder

    network = gan.conv_discriminator((32, 32, 1))  # sides that every stride divides
    size = 4

    def flops(function):
        graph = tf.function(function).get_concrete_function(tf.TensorSpec((size, 32, 32, 1))).graph
        options = option_builder.ProfileOptionBuilder.float_operation()
        quiet = option_builder.ProfileOptionBuilder(options).with_empty_output().build()
        return model_analyzer.profile(graph, options=quiet).total_float_ops / size

    def step(pictures):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(network(pictures))
        return tape.gradient(loss, [v.value for v in network.trainable_variables])

    found = operations.count(network)
    assert flops(network) == pytest.approx(2 * found.multiply_adds, rel=0.03)  # biases are not counted
    first = found.rows[0].multiply_adds  # nobody asks for the gradient of the pictures
    assert flops(step) == pytest.approx(2 * (found.trained - first), rel=0.05)
