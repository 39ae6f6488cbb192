"""attacks.py: attacks within a budget, and a classifier trained on them. Runs on any backend."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib import attacks, data, training
from course_lib.check.trust import _attack_step

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(-1, 1, (6, 4, 4, 1)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    picture = keras.Input((4, 4, 1))
    h = layers.Dense(16, activation="tanh")(layers.Flatten()(picture))
    return keras.Model(picture, layers.Dense(3)(h))


def array(x):
    return ops.convert_to_numpy(x)


def test_a_budget_in_grey_levels_is_a_part_of_the_range():
    assert attacks.eps_of(255) == 2
    assert attacks.eps_of(0) == 0


def test_the_loss_is_the_cross_entropy_and_the_margin_says_who_leads(network):
    logits = array(network(PICTURES))
    wanted = keras.losses.sparse_categorical_crossentropy(LABELS, logits, from_logits=True)
    np.testing.assert_allclose(array(attacks.wrong_name(network, LABELS)(PICTURES)), array(wanted), atol=1e-5)
    leads = array(attacks.margin(network, LABELS)(PICTURES))
    assert ((leads > 0) == (logits.argmax(axis=1) != LABELS)).all()
    best = array(attacks.margin(network, logits.argmax(axis=1))(PICTURES))
    ordered = np.sort(logits, axis=1)
    np.testing.assert_allclose(best, ordered[:, -2] - ordered[:, -1], atol=1e-5)


def test_fgsm_follows_the_signs_of_a_linear_loss():
    slopes = RNG.normal(size=(4, 4, 1)).astype("float32")
    slopes[0, 0] = 0
    levers = ops.convert_to_tensor(slopes)
    changed = array(attacks.fgsm(lambda x: ops.sum(x * levers, axis=(1, 2, 3)), 0.5 * PICTURES, 0.1))
    wanted = 0.5 * PICTURES + 0.1 * np.sign(slopes)
    np.testing.assert_allclose(changed, wanted, atol=1e-6)


@pytest.mark.parametrize("noise", [None, RNG.random(PICTURES.shape).astype("float32")])
def test_pgd_stays_in_the_budget_and_in_the_range_and_raises_the_loss(network, noise):
    loss = attacks.wrong_name(network, LABELS)
    changed = array(attacks.pgd(loss, PICTURES, 0.2, steps=7, noise=noise))
    assert np.abs(changed - PICTURES).max() <= 0.2 + 1e-6
    assert np.abs(changed).max() <= 1
    assert (array(loss(changed)) > array(loss(PICTURES))).all()


def test_pgd_is_the_step_of_the_exercise_repeated(network):
    loss = attacks.wrong_name(network, LABELS)
    start = moved = ops.convert_to_tensor(PICTURES)
    for _ in range(4):
        moved = _attack_step(moved, start, training.gradient(loss, moved), 2.5 * 0.1 / 4, 0.1)
    np.testing.assert_allclose(array(attacks.pgd(loss, PICTURES, 0.1, steps=4)), array(moved), atol=1e-6)


def test_where_the_slope_is_zero_nothing_moves():
    flat = attacks.fgsm(lambda x: ops.sum(ops.round(x), axis=(1, 2, 3)), PICTURES, 0.1)
    np.testing.assert_array_equal(array(flat), PICTURES)


def test_no_budget_changes_nothing_and_a_negative_one_is_refused(network):
    loss = attacks.wrong_name(network, LABELS)
    np.testing.assert_allclose(array(attacks.pgd(loss, PICTURES, 0.0)), PICTURES, atol=1e-6)
    with pytest.raises(ValueError, match="at least 0"):
        attacks.pgd(loss, PICTURES, -0.1)
    with pytest.raises(ValueError, match="at least one step"):
        attacks.pgd(loss, PICTURES, 0.1, steps=0)


def test_a_hardened_classifier_trains_on_attacked_pictures(network):
    model = attacks.Hardened(keras.models.clone_model(network), eps=0.1, mirrored=False, reach=0, seed=1)
    shown, labels = model.pair((ops.convert_to_tensor(PICTURES), ops.convert_to_tensor(LABELS)))
    changed = np.abs(array(shown) - PICTURES)
    assert 0.05 < changed.max() <= 0.1 + 1e-6
    np.testing.assert_array_equal(array(labels), LABELS)
    model.compile(keras.optimizers.Adam(1e-2))
    before = [array(weight).copy() for weight in model.network.weights]
    source = data.Batches((PICTURES, LABELS.astype("int32")), 6, seed=1)
    history = model.fit(source, epochs=2, steps_per_epoch=5, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert any((array(w) != b).any() for w, b in zip(model.network.weights, before, strict=True))
    assert model.get_config()["eps"] == 0.1
