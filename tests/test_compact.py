"""Networks made smaller: rounding stays within its bounds, files come back, pruned shapes fit."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import lesson_source
from course_lib import compact, operations, results
from course_lib.models import gan, supervised

pytestmark = pytest.mark.backends

ROOT = Path(__file__).parents[1]
LESSON = ROOT / "chapters/06_challenges/3_where_the_seconds_go.py"


def conv():
    keras.utils.set_random_seed(1)
    return gan.conv_generator(8, widths=(12, 8, 4))


def dense():
    """With BatchNorm whose numbers are not the ones it begins with."""
    keras.utils.set_random_seed(1)
    network = gan.dense_generator(8, widths=(12, 16))
    rng = np.random.default_rng(1)
    network.set_weights([w + np.abs(rng.normal(0, 0.2, w.shape)) for w in network.get_weights()])
    return network


def drawn(network):
    latents = np.random.default_rng(2).standard_normal((5, 8)).astype("float32")
    return ops.convert_to_numpy(network(latents))


KERNEL = np.random.default_rng(3).normal(size=(7, 5)).astype("float32") * [1, 0.1, 5, 0, 0.01]


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("bits", range(2, 9))
def test_no_weight_moves_by_more_than_half_a_scale(bits, axis):
    codes, scales = compact.quantise(KERNEL, bits, axis)
    assert codes.dtype == np.int8 and codes.shape == KERNEL.shape
    assert np.abs(codes).max() == 2 ** (bits - 1) - 1
    assert (np.abs(codes * scales - KERNEL) <= scales * 0.5001).all()
    assert scales.size == {None: 1, 0: 7, 1: 5, -1: 5}[axis]


def test_a_channel_of_zeros_stays_zero_and_signs_are_symmetric():
    codes, scales = compact.quantise(KERNEL, 4, axis=1)
    assert (codes[:, 3] == 0).all() and np.isfinite(scales).all()
    opposite, _ = compact.quantise(-KERNEL, 4, axis=1)
    assert (opposite == -codes).all()


def test_quantising_twice_changes_nothing_more():
    codes, scales = compact.quantise(KERNEL, 5, axis=1)
    again, _ = compact.quantise(codes * scales, 5, axis=1)
    assert (again == codes).all()


@pytest.mark.parametrize("bits", [1, 9, 0, -4])
def test_quantise_refuses_other_numbers_of_bits(bits):
    with pytest.raises(ValueError, match="choose 2 to 8"):
        compact.quantise(KERNEL, bits)


def test_quantise_refuses_what_is_not_finite():
    with pytest.raises(ValueError, match="diverged"):
        compact.quantise(np.array([1.0, np.nan]), 8)


@pytest.mark.parametrize("build", [conv, dense])
def test_a_file_of_32_bits_brings_the_same_network_back(build):
    network = build()
    back = compact.unpack(network, compact.pack(network, 32))
    for one, other in zip(network.get_weights(), back.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.allclose(drawn(network), drawn(back), atol=1e-6)


@pytest.mark.parametrize("bits", [16, 8, 7, 6, 5, 4, 3, 2])
@pytest.mark.parametrize("per_channel", [True, False])
def test_a_file_holds_the_quantised_kernels_and_everything_else_as_it_was(bits, per_channel):
    network = dense()
    back = compact.unpack(network, compact.pack(network, bits, per_channel))
    for one, other in zip(network.get_weights(), back.get_weights(), strict=True):
        if one.ndim < 2:
            np.testing.assert_array_equal(one, other)
        elif bits == 16:
            np.testing.assert_array_equal(one.astype("float16"), other.astype("float16"))
        else:
            codes, scales = compact.quantise(one, bits, 1 if per_channel else None)
            np.testing.assert_allclose(codes * scales, other, atol=1e-7)


def test_fewer_bits_make_smaller_files_as_promised():
    network = gan.dense_generator()
    kernels = sum(w.size for w in network.get_weights() if w.ndim > 1)
    sizes = {bits: len(compact.pack(network, bits)) for bits in (32, 16, 8, 4)}
    for more, fewer in ((32, 16), (16, 8), (8, 4)):
        saved = kernels * (more - fewer) / 8
        assert abs(sizes[more] - sizes[fewer] - saved) < 20_000  # scales, and names in the file


@pytest.mark.parametrize("content", [b"", b"no file", "half", "other"])
def test_a_file_that_does_not_fit_is_refused(content):
    network = conv()
    if content == "half":
        content = compact.pack(network, 8)[:300]
    if content == "other":
        content = compact.pack(dense(), 8)
    with pytest.raises(ValueError, match="no weights of this network"):
        compact.unpack(network, content)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 1.0])
def test_the_smallest_weights_of_every_kernel_become_zero(share):
    network = conv()
    pruned = compact.zeroed(network, share)
    for one, other in zip(network.get_weights(), pruned.get_weights(), strict=True):
        if one.ndim < 2:
            np.testing.assert_array_equal(one, other)
            continue
        gone = other == 0
        assert gone.sum() == round(share * one.size)
        np.testing.assert_array_equal(one[~gone], other[~gone])
        if 0 < gone.sum() < one.size:
            assert np.abs(one[gone]).max() <= np.abs(one[~gone]).min()
    # A network whose weights are zero asks for as much as before.
    assert operations.count(pruned).multiply_adds == operations.count(network).multiply_adds


@pytest.mark.parametrize("build", [conv, dense])
def test_all_channels_kept_is_the_same_network(build):
    network = build()
    assert np.allclose(drawn(network), drawn(compact.narrowed(network, 1.0)), atol=1e-6)


@pytest.mark.parametrize("build", [conv, dense])
def test_channels_that_nothing_feeds_can_go_without_a_trace(build):
    """Half of each hidden layer's channels are made to answer 0: those go, and the pictures stay."""
    network = build()
    keras_layers = [layer for layer in network.layers if layer.weights]
    last = [layer for layer in keras_layers if hasattr(layer, "kernel")][-1]
    for layer in keras_layers:
        if layer is last:
            continue
        values = layer.get_weights()
        if not hasattr(layer, "kernel"):  # BatchNorm: gamma, beta, mean, variance
            for value in values[:3]:
                value[1::2] = 0
        elif isinstance(layer, keras.layers.Conv2DTranspose):
            values[0][:, :, 1::2], values[1][1::2] = 0, 0
        else:  # dense; 12 channels a place in `conv`, so every second unit is every second channel
            values[0][:, 1::2], values[1][1::2] = 0, 0
        layer.set_weights(values)
    small = compact.narrowed(network, 0.5)
    assert small.count_params() < 0.6 * network.count_params()
    assert np.allclose(drawn(network), drawn(small), atol=1e-5)


def test_narrowed_shapes_and_work():
    network = gan.conv_generator()
    half = compact.narrowed(network, 0.5)
    same = gan.conv_generator(widths=(64, 32, 16))
    assert [w.shape for w in half.get_weights()] == [w.shape for w in same.get_weights()]
    work = operations.count(half).multiply_adds / operations.count(network).multiply_adds
    assert 0.25 < work < 0.3


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_a_share_that_leaves_nothing_is_refused(share):
    with pytest.raises(ValueError, match="above 0, up to 1"):
        compact.narrowed(conv(), share)
    if share:
        with pytest.raises(ValueError, match="from 0 to 1"):
            compact.zeroed(conv(), share)


def test_networks_that_are_no_chain_are_refused():
    with pytest.raises(ValueError, match="is a Flatten"):
        compact.narrowed(gan.conv_discriminator(), 0.5)
    branched = gan.conditional_generator(3, 8, (32, 32, 3), (8, 8, 8, 8, 8))
    with pytest.raises(ValueError, match="take a generator of the course"):
        compact.pack(branched, 8)


def test_a_student_learns_the_teachers_map():
    teacher = conv()
    latents = np.random.default_rng(4).standard_normal((128, 8)).astype("float32")
    pairs = latents, ops.convert_to_numpy(teacher(latents))
    student = supervised.Supervised(compact.narrowed(teacher, 0.5), "mean_absolute_error", seed=1)
    student.compile(keras.optimizers.Adam(1e-2))
    losses = student.fit(pairs, batch_size=32, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]


def lesson_functions(*names):
    """Functions of the lesson, the worked ones, without running it."""
    imports = "import keras, numpy as np\nfrom keras import layers\nfrom course_lib import operations\n"
    imports += "from course_lib.models import gan\n"
    space = {}
    exec(imports + lesson_source.definitions(LESSON, *names), space)
    return [space[name] for name in names]


@pytest.mark.tensorflow  # the graph is TensorFlow's
def test_the_rule_for_a_training_step_agrees_with_the_graph():
    """3 g + 8 d, and 6 d more for R1, within 3 %: what the lesson says of the GAN's step."""
    import tensorflow as tf

    generator, discriminator = gan.conv_generator(), gan.conv_discriminator()
    g, d = (operations.count(network).multiply_adds for network in (generator, discriminator))
    for r1, by_rule in ((0.0, 3 * g + 8 * d), (1.0, 3 * g + 14 * d)):
        model = gan.GAN(generator, discriminator, r1_weight=r1, seed=1)
        model.compile()
        graph = tf.function(model.step).get_concrete_function(tf.TensorSpec((32, 28, 28, 1))).graph
        builder = tf.compat.v1.profiler.ProfileOptionBuilder
        options = builder(builder.float_operation()).with_empty_output().build()
        flops = tf.compat.v1.profiler.profile(graph, options=options).total_float_ops
        assert flops / 2 / 32 == pytest.approx(by_rule, rel=0.03)


@pytest.mark.tensorflow
def test_r1_costs_six_passes_less_what_the_first_layer_saves():
    """The dense discriminator's first layer is the most of it, so it pays about 5.3 and not 6."""
    import tensorflow as tf

    names = ("graph_flops", "step_in_graph", "dense_players")
    imports = "import tensorflow as tf\nfrom course_lib.models import gan\n"
    space = {"tf": tf}
    exec(imports + lesson_source.definitions(LESSON, *names), space)
    prices = [space["step_in_graph"](gan.GAN, space["dense_players"], r1) for r1 in (0.0, 1.0)]
    d = operations.count(gan.dense_discriminator())
    by_rule = 6 * d.multiply_adds - d.rows[0].multiply_adds
    assert prices[1] - prices[0] == pytest.approx(by_rule, rel=0.05)


def test_the_cost_of_larger_pictures_counts_what_it_says():
    conv_players, players_for, step_cost = lesson_functions("conv_players", "players_for", "step_cost")
    generator, discriminator = players_for(64)
    assert generator.output_shape[1:] == discriminator.input_shape[1:] == (64, 64, 1)
    g, d = (operations.count(network).multiply_adds for network in conv_players())
    assert step_cost(28) == 3 * g + 14 * d
    (bytes_moved,) = lesson_functions("bytes_moved")
    one = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert bytes_moved(one, 10) == 4 * (8 + 10 * (3 + 2))


def test_the_backends_benchmark_can_be_read_and_its_result_is_stored():
    path = ROOT / "benchmarks/backends.py"
    spec = importlib.util.spec_from_file_location("backends_benchmark", path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    compile(benchmark.BENCHMARK, "BENCHMARK", "exec")
    stored = results.study("backends")
    assert set(stored["backends"]) == set(benchmark.BACKENDS)
    pictures = [row["picture"] for row in stored["backends"].values()]
    assert max(pictures) - min(pictures) < 1e-5  # the same weights paint the same pictures
