"""The model of pairs: it learns, repeats itself, lets a task make its pairs, and survives saving."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.models.supervised import Supervised

pytestmark = pytest.mark.backends


def dense(width=1):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(width)])


def examples(n=64):
    inputs = np.random.default_rng(0).normal(size=(n, 3)).astype("float32")
    return inputs, inputs @ np.array([[1.0], [-2.0], [0.5]], "float32")


def trained(kind=Supervised, objective="mean_squared_error", data=None, epochs=60):
    keras.utils.set_random_seed(1)
    model = kind(dense(), objective, seed=1)
    model.compile(keras.optimizers.Adam(0.1))
    history = model.fit(examples() if data is None else data, batch_size=32, epochs=epochs, verbose=0)
    return model, history.history["loss"]


def test_it_learns_and_ends_in_the_same_weights_again():
    model, loss = trained()
    again, _ = trained()
    assert loss[-1] < loss[0] / 100
    inputs, targets = examples()
    assert np.allclose(ops.convert_to_numpy(model(inputs)), targets, atol=0.3)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_loss_may_be_a_function_and_is_averaged():
    _, (loss,) = trained(objective=lambda right, made: 7 + 0 * (right - made), epochs=1)
    assert np.isclose(loss, 7)


def test_a_task_makes_its_own_pairs_with_noise_from_the_models_seed():
    class Denoise(Supervised):
        def pair(self, clean):
            return clean + 0.5 * self.noise(ops.shape(clean)), clean[:, :1]

    first, loss = trained(Denoise, data=examples()[0])
    second, _ = trained(Denoise, data=examples()[0])
    assert loss[-1] < loss[0]
    assert np.allclose(first.get_weights()[0], second.get_weights()[0], rtol=1e-5, atol=1e-6)


def test_dropout_is_on_in_training_and_off_when_called():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.9), keras.layers.Dense(1)])
    model = Supervised(network, "mean_squared_error", seed=1)
    inputs, _ = examples()
    assert np.allclose(ops.convert_to_numpy(model(inputs)), ops.convert_to_numpy(model(inputs)))
    model.compile()
    calls = []
    plain = network.call
    network.call = lambda *a, **k: calls.append(k.get("training")) or plain(*a, **k)
    model.step(tuple(map(ops.convert_to_tensor, examples())))
    assert calls == [True]


def test_a_saved_model_comes_back_compiled(tmp_path):
    model, _ = trained(epochs=1)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"Supervised": Supervised})
    inputs, _ = examples()
    assert np.allclose(ops.convert_to_numpy(model(inputs)), ops.convert_to_numpy(again(inputs)))
    assert again.optimizer is not None and again.objective is not None
