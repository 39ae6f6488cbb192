"""training.py: derivatives, updates, resuming. Runs on whichever backend is active."""

import json
import sys

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib import callbacks, losses, training
from course_lib.data import Batches
from course_lib.models import gan

pytestmark = pytest.mark.backends

PICTURES = np.random.default_rng(0).integers(0, 256, (100, 6, 6, 1), dtype=np.uint8)


def small_gan(seed=1, normalise=True, **settings):
    keras.utils.set_random_seed(seed)
    model = gan.GAN(
        gan.dense_generator(3, (6, 6, 1), (8,), normalise),
        gan.dense_discriminator((6, 6, 1), (8,)),
        seed=seed,
        **settings,
    )
    model.compile()
    return model


def state(model):
    return [ops.convert_to_numpy(v.value) for v in [*model.variables, *model.optimizer.variables]]


def assert_same(first, second):
    for a, b in zip(state(first), state(second), strict=True):
        np.testing.assert_array_equal(a, b)


# -- derivatives ------------------------------------------------------------------------------------


def test_gradient_of_a_cube_is_three_times_the_square():
    x = np.array([[1.0, 2.0], [-3.0, 0.5]], np.float32)
    slope = training.gradient(lambda x: ops.sum(x**3, axis=1), x)
    np.testing.assert_allclose(ops.convert_to_numpy(slope), 3 * x**2, rtol=1e-6)


def test_gradient_can_be_differentiated_again_and_again():
    x = np.array([1.0, 2.0, -3.0], np.float32)

    def first(x):
        return training.gradient(lambda x: x**4, x)

    def second(x):
        return training.gradient(first, x)

    np.testing.assert_allclose(ops.convert_to_numpy(second(x)), 12 * x**2, rtol=1e-6)
    third = ops.convert_to_numpy(training.gradient(second, x))
    np.testing.assert_allclose(third, 24 * x, rtol=1e-6)


def test_gradient_of_a_staircase_is_zero_on_every_backend():
    slope = training.gradient(lambda x: ops.round(x), np.array([0.3, 1.7], "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(slope), [0, 0])


def test_gradient_outside_a_loss_keeps_no_graph():
    slope = training.gradient(lambda x: x**2, np.ones(3, np.float32))
    assert not getattr(slope, "requires_grad", False)


def test_gradient_keeps_the_updates_of_batch_norm():
    layer = keras.layers.BatchNormalization()
    layer.build((None, 2))
    before = ops.convert_to_numpy(layer.moving_mean)
    x = np.array([[1.0, 2.0], [3.0, 5.0]], np.float32)
    training.gradient(lambda x: layer(x, training=True), x)
    assert np.abs(ops.convert_to_numpy(layer.moving_mean) - before).max() > 0.01


class OneWeight(training.Model):
    """Weights `w` of shape (2,), and a loss to be set."""

    log_names = ("loss", "double")

    def __init__(self, loss):
        super().__init__(seed=0)
        self.w = self.add_weight(name="w", shape=(2,), initializer="ones")
        self.other = self.add_weight(name="other", shape=(2,), initializer="ones")
        self.loss_of = loss
        self.built = True

    def compile(self, optimizer=None, steps_per_execution=1):
        self.compile_optimizers(
            {"w_optimizer": optimizer or keras.optimizers.SGD(0.1)},
            {"w_optimizer": [self.w]},
            steps_per_execution=steps_per_execution,
        )

    def step(self, batch):
        def loss():
            value = self.loss_of(self, batch)
            return value, {"double": 2 * value}

        value, logs = self.minimize(loss, self.w_optimizer, [self.w])
        return {"loss": value, **logs}


def test_a_model_that_does_not_say_what_to_save_refuses_before_it_writes(tmp_path):
    with pytest.raises(NotImplementedError, match="OneWeight cannot be saved"):
        OneWeight(loss=None).save(tmp_path / "model.keras")


def run_one_step(loss, batch):
    model = OneWeight(loss)
    model.compile()
    logs = model.train_on_batch(np.asarray(batch, np.float32), return_dict=True)
    return model, logs


def test_minimize_steps_down_the_gradient_and_reports_the_loss_before():
    model, logs = run_one_step(lambda m, x: ops.mean(ops.sum(x * m.w * m.other, axis=1)), [[1.0, 3.0]])
    assert float(logs["loss"]) == pytest.approx(4.0)
    assert float(logs["double"]) == pytest.approx(8.0)
    np.testing.assert_allclose(ops.convert_to_numpy(model.w), [0.9, 0.7], rtol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(model.other), [1.0, 1.0])


def test_a_penalty_on_the_gradient_reaches_the_weights():
    """D(x) = w.x has slope w, so R1 is |w|^2 / 2, its gradient w, and SGD(0.1) takes w to 0.9 w."""

    def penalty(model, x):
        return losses.r1_penalty(lambda x: ops.sum(x * model.w, axis=1), x)

    model, logs = run_one_step(penalty, [[1.0, 3.0], [2.0, -1.0]])
    assert float(logs["loss"]) == pytest.approx(1.0)
    np.testing.assert_allclose(ops.convert_to_numpy(model.w), [0.9, 0.9], rtol=1e-6)


def test_step_must_return_what_log_names_promises():
    class Wrong(OneWeight):
        log_names = ("other_name",)

    model = Wrong(lambda m, x: ops.sum(m.w))
    model.compile()
    with pytest.raises(ValueError, match="log_names promises"):
        model.train_on_batch(np.ones((1, 2), np.float32))


# -- two players ------------------------------------------------------------------------------------


def test_play_equals_the_textbook_that_generates_twice():
    shared, textbook = small_gan(normalise=False), small_gan(normalise=False)
    latents = np.random.default_rng(5).normal(size=(10, 3)).astype(np.float32)
    for model in (shared, textbook):
        model.noise = lambda shape: ops.convert_to_tensor(latents)

    def twice(real):
        def d_loss():
            return textbook.discriminator_loss(real, textbook.generator(latents, training=True))

        def g_loss():
            return textbook.generator_loss(textbook.generator(latents, training=True))

        d, scores = textbook.minimize(
            d_loss, textbook.d_optimizer, textbook.discriminator.trainable_variables
        )
        g = textbook.minimize(g_loss, textbook.g_optimizer, textbook.generator.trainable_variables)
        return {"d_loss": d, "g_loss": g, **scores}

    textbook.step = twice
    batches = Batches(PICTURES, 10)
    for indices in batches.order(0)[:3]:
        real = batches.batch(indices)
        a = shared.train_on_batch(real, return_dict=True)
        b = textbook.train_on_batch(real, return_dict=True)
        for name in a:
            assert float(a[name]) == pytest.approx(float(b[name]), abs=1e-5)
    for network in ("generator", "discriminator"):
        weights = [getattr(model, network).get_weights() for model in (shared, textbook)]
        for a, b in zip(*weights, strict=True):
            np.testing.assert_allclose(a, b, atol=2e-4)


def test_the_discriminator_does_not_move_the_generator_nor_the_reverse():
    model = small_gan()
    model.compile(g_optimizer=keras.optimizers.SGD(0.0), d_optimizer=keras.optimizers.SGD(0.1))
    trained = [ops.convert_to_numpy(v) for v in model.generator.trainable_variables]
    model.fit(PICTURES, batch_size=10, steps_per_epoch=2, verbose=0)
    for a, b in zip(trained, model.generator.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, ops.convert_to_numpy(b))
    start = small_gan().discriminator.get_weights()
    assert any(np.abs(a - b).max() > 0 for a, b in zip(start, model.discriminator.get_weights(), strict=True))


def test_moving_average_follows_the_formula():
    model = small_gan(normalise=False)
    start = [w.copy() for w in model.average_generator.get_weights()]
    model.train_on_batch(Batches(PICTURES, 10).batch(np.arange(10)))
    decay = 1 / 10  # step 0: (1 + 0) / (10 + 0)
    now = zip(start, model.generator.get_weights(), model.average_generator.get_weights(), strict=True)
    for old, new, average in now:
        np.testing.assert_allclose(average, decay * old + (1 - decay) * new, atol=1e-6)


def test_noise_differs_from_step_to_step_and_repeats_with_the_seed():
    first, second = small_gan(seed=4), small_gan(seed=4)
    draws = [ops.convert_to_numpy(first.noise((5, 3))) for _ in range(2)]
    again = [ops.convert_to_numpy(second.noise((5, 3))) for _ in range(2)]
    assert np.abs(draws[0] - draws[1]).max() > 0.1
    np.testing.assert_array_equal(draws, again)


# -- fit, saving, resuming --------------------------------------------------------------------------


def test_two_fits_of_one_epoch_equal_one_fit_of_two():
    once, twice = small_gan(), small_gan()
    once.fit(PICTURES, batch_size=10, steps_per_epoch=7, epochs=2, verbose=0)
    for _ in range(2):
        twice.fit(PICTURES, batch_size=10, steps_per_epoch=7, verbose=0)
    assert_same(once, twice)


def test_several_steps_in_one_execution_end_in_the_same_weights():
    one, several = small_gan(), small_gan()
    several.compile(steps_per_execution=3)
    for model in (one, several):
        model.fit(PICTURES, batch_size=10, steps_per_epoch=6, verbose=0)
    for a, b in zip(state(one), state(several), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_history_has_the_mean_of_each_log_and_the_seconds():
    history = small_gan().fit(PICTURES, batch_size=10, epochs=2, verbose=0).history
    assert set(history) == {"d_loss", "g_loss", "real_score", "fake_score", "seconds"}
    assert all(len(values) == 2 for values in history.values())
    assert history["seconds"][1] > history["seconds"][0] > 0


def test_keras_file_gives_back_samples_and_the_next_step(tmp_path):
    model = small_gan()
    model.fit(PICTURES, batch_size=10, steps_per_epoch=5, verbose=0)
    model.save(tmp_path / "gan.keras")
    custom = {"GAN": gan.GAN, "Optimizers": training.Optimizers}
    loaded = keras.saving.load_model(tmp_path / "gan.keras", custom_objects=custom)
    np.testing.assert_array_equal(model.generate(4), loaded.generate(4))
    assert loaded.g_optimizer.get_config() == model.g_optimizer.get_config()
    moments = [np.abs(ops.convert_to_numpy(v.value)).max() for v in loaded.optimizer.variables]
    assert len(moments) == len(model.optimizer.variables) and max(moments) > 0
    # .keras keeps no seeds' states, so both are given the same noise for the next steps
    latents = np.random.default_rng(1).normal(size=(10, 3)).astype(np.float32)
    real = Batches(PICTURES, 10).batch(np.arange(10))
    for one in (model, loaded):
        one.noise = lambda shape: ops.convert_to_tensor(latents)
        one.make_train_function(force=True)  # the old one was traced with the old noise
        one.reset_metrics()
    for _ in range(2):
        logs = []
        for one in (model, loaded):
            logs.append({k: float(v) for k, v in one.train_on_batch(real, return_dict=True).items()})
        assert logs[0] == logs[1]
    for a, b in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a.value), ops.convert_to_numpy(b.value))
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a.value), ops.convert_to_numpy(b.value))


def test_a_resumed_training_ends_in_the_same_weights_and_history(tmp_path):
    path = tmp_path / "run" / "gan.checkpoint"
    settings = {"batch_size": 10, "steps_per_epoch": 7, "verbose": 0}
    whole = small_gan()
    expected = whole.fit(PICTURES, epochs=4, **settings).history
    small_gan().fit(PICTURES, epochs=2, checkpoint=path, **settings)
    resumed = small_gan(seed=9)  # other weights and seeds: everything must come from the file
    history = resumed.fit(PICTURES, epochs=4, checkpoint=path, **settings).history
    assert_same(whole, resumed)
    for name in ("d_loss", "g_loss"):
        assert history[name] == expected[name]
    finished = small_gan()
    assert finished.fit(PICTURES, epochs=4, checkpoint=path, **settings).history["d_loss"]
    assert_same(whole, finished)


@pytest.mark.parametrize("damage", ["empty", "half", "flipped", "text"])
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    path = tmp_path / "gan.checkpoint"
    small_gan().fit(PICTURES, batch_size=10, steps_per_epoch=1, checkpoint=path, verbose=0)
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "empty": b"",
            "half": content[:middle],
            "flipped": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
            "text": b"<html>404</html>",
        }[damage]
    )
    with pytest.raises(ValueError, match="cannot be read.*gan.checkpoint"):
        small_gan().fit(PICTURES, batch_size=10, steps_per_epoch=1, checkpoint=path, verbose=0)


def test_a_checkpoint_of_another_run_or_model_is_refused(tmp_path):
    path = tmp_path / "gan.checkpoint"
    small_gan().fit(PICTURES, batch_size=10, steps_per_epoch=1, checkpoint=path, verbose=0)
    with pytest.raises(ValueError, match="'batch_size': 10.*'batch_size': 20.*Delete"):
        small_gan().fit(PICTURES, batch_size=20, steps_per_epoch=1, checkpoint=path, verbose=0)
    with pytest.raises(ValueError, match="another model"):
        other = small_gan(normalise=False)
        other.fit(PICTURES, batch_size=10, steps_per_epoch=1, checkpoint=path, verbose=0)


def test_a_checkpoint_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way of a folder")
    with pytest.raises(OSError, match="gan.checkpoint' cannot be written"):
        small_gan().fit(
            PICTURES, steps_per_epoch=1, checkpoint=tmp_path / "file" / "gan.checkpoint", verbose=0
        )


@pytest.mark.tensorflow  # JAX always compiles, PyTorch never does
def test_the_step_compiles_with_xla():
    """On a GPU it is compiled so; on a CPU it is slower, and left out."""
    import tensorflow as tf

    plain, compiled = small_gan(), small_gan()
    real = tf.constant(Batches(PICTURES, 10).batch(np.arange(10)))
    latents = np.random.default_rng(5).normal(size=(10, 3)).astype(np.float32)
    for model in (plain, compiled):
        model.noise = lambda shape: tf.constant(latents)
    expected = plain.train_step(real)
    logs = tf.function(compiled.train_step, jit_compile=True)(real)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), abs=1e-4)


def test_an_interrupted_fit_leaves_a_model_that_trains_on():
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    model = small_gan()
    with pytest.raises(KeyboardInterrupt):
        model.fit(PICTURES, batch_size=10, callbacks=[Interrupt()], verbose=0)
    assert int(model.steps_taken) == 3
    model.fit(PICTURES, batch_size=10, steps_per_epoch=4, verbose=0)
    straight = small_gan()
    straight.fit(PICTURES, batch_size=10, steps_per_epoch=7, verbose=0)
    for a, b in zip(state(model), state(straight), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_stays_near_float32(policy):
    plain = small_gan()
    expected = plain.fit(PICTURES, batch_size=10, steps_per_epoch=10, epochs=2, verbose=0).history
    keras.config.set_dtype_policy(policy)
    try:
        mixed = small_gan()
    finally:
        keras.config.set_dtype_policy("float32")
    scaled = isinstance(mixed.g_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    history = mixed.fit(PICTURES, batch_size=10, steps_per_epoch=10, epochs=2, verbose=0).history
    for name in ("d_loss", "g_loss"):
        assert history[name] == pytest.approx(expected[name], abs=0.1)
    assert mixed.generate(2).dtype == np.float32


# -- callbacks --------------------------------------------------------------------------------------


def test_training_stops_at_a_nan_in_any_log(capsys):
    model = OneWeight(lambda m, x: ops.sum(m.w) * ops.mean(x))
    model.compile()
    batches = np.ones((20, 2), np.float32)
    batches[::2] = np.nan
    model.fit(Batches(batches, 2), epochs=5, verbose=0)
    assert int(model.steps_taken) < 10
    assert "learning rate" in capsys.readouterr().err


def test_samples_become_pictures_and_a_film(tmp_path):
    from PIL import Image

    grid = callbacks.SampleGrid(lambda m: m.generate(5), tmp_path / "samples", columns=3)
    small_gan().fit(PICTURES, batch_size=10, steps_per_epoch=2, epochs=3, callbacks=[grid], verbose=0)
    assert sorted(p.name for p in (tmp_path / "samples").glob("*.png")) == [
        "0001.png", "0002.png", "0003.png"
    ]  # fmt: skip
    with Image.open(tmp_path / "samples" / "training.gif") as film:
        assert film.n_frames == 3 and film.size == (18, 12)


def test_measure_adds_to_the_history():
    measure = callbacks.Measure("pixels", lambda m: m.generate(2).size)
    history = small_gan().fit(PICTURES, steps_per_epoch=1, callbacks=[measure], verbose=0).history
    assert history["pixels"] == [72.0]


def test_the_progress_bar_stays_one_line(capsys):
    small_gan().fit(PICTURES, batch_size=10, epochs=3)
    out = capsys.readouterr().out
    assert "30/30 steps" in out and out.rstrip().count("\n") == 0


@pytest.mark.parametrize(
    ("logs", "seen", "unseen"),
    [
        ({"loss": 0.25, "seconds": 3.0}, "loss=0.25", "seconds"),
        ({f"measured_number_{i}": i / 3 for i in range(9)}, "measured_number_0=0, ", "number_1="),
        ({f"measured_number_{i}": i / 3 for i in range(9)}, "measured_number_8=2.67", "number_6="),
        ({"a_name_longer_than_the_line" * 5: 1.0}, "a_name_longer", "=1"),
    ],
)
def test_the_progress_bar_fits_a_page_with_the_first_number_and_the_last(capsys, logs, seen, unseen):
    bar = callbacks.Progress()
    bar.set_params({"steps": 60, "epochs": 500})
    bar.on_train_begin()
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        bar.on_train_batch_end(59)
        bar.on_epoch_end(epoch, logs)
    bar.on_train_end()
    states = capsys.readouterr().out.rstrip().split("\r")
    assert max(map(len, states)) <= 100
    assert seen in states[-1] and unseen not in states[-1]


# -- batches ----------------------------------------------------------------------------------------


def test_every_epoch_has_each_picture_once_in_another_order():
    batches = Batches(np.arange(12), 4, seed=3)
    orders = [batches.order(epoch).ravel() for epoch in range(2)]
    for order in orders:
        assert sorted(order) == list(range(12))
    assert list(orders[0]) != list(orders[1])
    np.testing.assert_array_equal(Batches(np.arange(12), 4, seed=3).order(1).ravel(), orders[1])


def test_batches_begin_at_any_step():
    batches = Batches({"x": np.arange(10), "y": (np.arange(10) * 2,)}, 3, seed=1)
    endless = batches.from_step(0)
    expected = [next(endless) for _ in range(9)]
    late = batches.from_step(4)
    for batch in expected[4:]:
        np.testing.assert_array_equal(next(late)["x"], batch["x"])
        np.testing.assert_array_equal(batch["y"][0], 2 * batch["x"])


@pytest.mark.tensorflow
def test_the_tensorflow_pipeline_gives_the_same_batches():
    batches = Batches((PICTURES, np.arange(100)), 30, seed=2)
    endless = batches.from_step(2)
    for pictures, numbers in batches.dataset(2).take(5):
        expected_pictures, expected_numbers = next(endless)
        np.testing.assert_array_equal(pictures, expected_pictures)
        np.testing.assert_array_equal(numbers, expected_numbers)
        assert pictures.shape == (30, 6, 6, 1) and pictures.dtype == "float32"
    assert batches.dataset().element_spec[0].shape == (30, 6, 6, 1)
    assert batches.dataset().options().autotune.enabled is False


@pytest.mark.parametrize(
    ("arrays", "batch_size", "seed", "sentence"),
    [
        ((np.zeros(3), np.zeros(4)), 1, 0, "same number"),
        (np.zeros(3), 4, 0, "batch_size=4 does not fit 3"),
        (np.zeros(3), 0, 0, "batch_size=0"),
        (np.zeros(3), 1, -1, "seed=-1"),
    ],
)
def test_batches_refuse_what_cannot_be(arrays, batch_size, seed, sentence):
    with pytest.raises(ValueError, match=sentence):
        Batches(arrays, batch_size, seed)


def test_checkpoint_header_is_readable_json(tmp_path):
    path = tmp_path / "gan.checkpoint"
    small_gan().fit(PICTURES, batch_size=10, steps_per_epoch=1, checkpoint=path, verbose=0)
    with np.load(path) as archive:
        header = json.loads(bytes(archive["header"]))
    assert header["epochs"] == 1 and header["run"]["examples"] == 100
    assert "course_lib" in sys.modules


@pytest.mark.backends
def test_the_draws_of_one_seed_are_not_those_of_the_next():
    """Keras seeds PyTorch with the sum of the seed and the number of the draw."""
    draws = [
        ops.convert_to_numpy(model.noise((5,)))
        for model in (training.Model(seed=seed) for seed in range(1, 5))
        for _ in range(4)
    ]
    assert len({draw.tobytes() for draw in draws}) == len(draws)


@pytest.mark.backends
@pytest.mark.skipif(keras.config.backend() == "torch", reason="there the streams are told apart")
def test_elsewhere_draws_are_those_of_keras():
    model, seeds = training.Model(seed=3), keras.random.SeedGenerator(3)
    for _ in range(3):
        theirs = keras.random.normal((5,), dtype="float32", seed=seeds)
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (model.noise((5,)), theirs)))


def test_a_penalty_that_is_seldom_due_counts_so_many_times_as_much():
    """Due at the first step, with the weight of both, and not at the second one."""
    pictures = np.random.default_rng(1).uniform(-1, 1, (8, 4, 4, 1)).astype("float32")

    def networks():
        generator = keras.Sequential([keras.Input((3,)), layers.Dense(16, "tanh"), layers.Reshape((4, 4, 1))])
        discriminator = keras.Sequential(
            [keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(8, "tanh"), layers.Dense(1)]
        )
        return generator, discriminator

    def steps(model, number):
        model.fit(Batches(pictures, 4, seed=1), steps_per_epoch=number, verbose=0)
        return [ops.convert_to_numpy(weight) for weight in model.discriminator.trainable_variables]

    first = networks()
    begin = [network.get_weights() for network in first]
    seldom = gan.GAN(*first, r1_weight=3.0, r1_every=2, seed=5)
    seldom.compile()
    after_one = steps(seldom, 1)
    after_two = steps(seldom, 1)

    other = networks()
    for network, weights in zip(other, begin, strict=True):
        network.set_weights(weights)
    other_model = gan.GAN(*other, r1_weight=6.0, seed=5)
    other_model.compile()
    for here, there in zip(after_one, steps(other_model, 1), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-7)
    other_model.r1_weight = 0.0
    other_model.compile(other_model.g_optimizer, other_model.d_optimizer)  # traced anew, moments kept
    for here, there in zip(after_two, steps(other_model, 1), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("every", [0, -1])
def test_a_penalty_is_due_at_some_step(every):
    generator, discriminator = gan.dense_generator(), gan.dense_discriminator()
    with pytest.raises(ValueError, match="r1_every must be a whole number from 1 on"):
        gan.GAN(generator, discriminator, r1_every=every)
