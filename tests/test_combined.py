"""Combined models: each loss moves its own part, shared trunks stay with their owner, the count is right."""

import keras
import numpy as np
import pytest
from keras import ops

import lesson_source
from course_lib import losses, training
from course_lib.models import combined
from test_lessons import CHAPTERS, definitions

pytestmark = pytest.mark.backends

LESSON = "05_comparisons/2_combining_and_sharing.py"


def pictures(n=16):
    return np.random.default_rng(0).uniform(-1, 1, (n, 28, 28, 1)).astype("float32")


def model(shared=False, kind=combined.VAEGAN, seed=1, **settings):
    keras.utils.set_random_seed(seed)
    body = combined.trunk(widths=(16, 8))
    own = body if shared else combined.trunk(widths=(16, 8))
    return kind(
        combined.encoder_on(own, 3, width=6, reads_only=shared),
        combined.decoder(3, widths=(8, 16)),
        combined.discriminator_on(body, width=6),
        seed=1,
        **settings,
    )


def moved(one, networks, **settings):
    """Which of the networks' weights changed in one step."""
    before = {name: getattr(one, name).get_weights() for name in networks}
    one.compile(**settings)
    one.fit(pictures(), batch_size=16, steps_per_epoch=1, verbose=0)
    after = {name: getattr(one, name).get_weights() for name in networks}
    return {name: not all(map(np.array_equal, before[name], after[name])) for name in networks}


PARTS = ("encoder", "decoder", "discriminator")


def test_a_step_moves_all_parts_and_logs_finite_numbers():
    one = model()
    assert all(moved(one, PARTS).values())
    history = one.fit(pictures(32), batch_size=16, steps_per_epoch=2, verbose=0).history
    assert all(np.isfinite(history[name]).all() for name in one.log_names)
    assert one.generate(5).shape == (5, 28, 28, 1) and one.encode(pictures())[0].shape == (16, 3)
    assert np.abs(ops.convert_to_numpy(one(pictures()))).max() <= 1


def test_the_generators_loss_does_not_reach_the_encoder():
    """With gamma 0 nothing else is left for the makers to learn from."""
    found = moved(model(gamma=0.0), PARTS)
    assert found == {"encoder": False, "decoder": True, "discriminator": True}


def test_the_likeness_does_not_reach_the_discriminator():
    still = keras.optimizers.SGD(0.0)
    found = moved(model(gamma=1e3), PARTS, d_optimizer=still)
    assert found == {"encoder": True, "decoder": True, "discriminator": False}


def test_a_shared_trunk_is_moved_by_the_discriminator_only():
    one = model(shared=True)
    trunk = one.discriminator.layers[2]
    assert trunk in one.encoder.layers
    before = np.array(trunk.get_weights()[0])
    moved(one, PARTS, d_optimizer=keras.optimizers.SGD(0.0))
    assert np.array_equal(before, trunk.get_weights()[0])
    moved(one, PARTS)
    assert not np.array_equal(before, trunk.get_weights()[0])


def test_an_encoder_that_only_reads_sends_its_trunk_no_gradient():
    body = combined.trunk(widths=(16, 8))
    for reads_only in (True, False):
        encoder = combined.encoder_on(body, 3, width=6, reads_only=reads_only)
        # The pictures' own sum keeps the gradient defined where the trunk is cut off.
        slope = training.gradient(lambda x, e=encoder: ops.sum(e(x)[0]) + 0 * ops.sum(x), pictures(2))
        assert (np.abs(ops.convert_to_numpy(slope)).max() == 0) == reads_only


def test_the_likeness_is_a_gaussians_and_does_not_know_the_scale():
    rng = np.random.default_rng(1)
    wanted, made = (rng.normal(size=(7, 5)).astype("float32") for _ in range(2))
    sigma = np.sqrt(np.mean((wanted - made) ** 2))
    value = float(combined.likeness(wanted, made))
    as_pictures = [x[:, None, :, None] for x in (wanted, made)]
    assert value == pytest.approx(float(losses.gaussian_reconstruction(*as_pictures, sigma)), rel=1e-5)
    assert float(combined.likeness(10 * wanted, 10 * made)) == pytest.approx(value + 5 * np.log(10), rel=1e-4)


def test_the_lessons_losses_are_the_librarys():
    lesson = definitions(LESSON, "likeness")
    rng = np.random.default_rng(1)
    wanted, made = (ops.convert_to_tensor(rng.normal(size=(7, 5)).astype("float32")) for _ in range(2))
    pair = [float(loss(wanted, made)) for loss in (lesson["likeness"], combined.likeness)]
    assert pair[0] == pytest.approx(pair[1], rel=1e-5)


def test_the_lessons_makers_loss_is_the_librarys():
    from course_lib.models import vae

    lesson = definitions(LESSON, "likeness", "VAEGAN", combined=combined, losses=losses, vae=vae)
    noise = [np.random.default_rng(seed).normal(size=(16, 3)).astype("float32") for seed in (1, 2)]
    with training.outside_gradients():  # PyTorch's losses are numbers only there
        pairs = [
            model(kind=kind).makers_loss(pictures(), *noise) for kind in (combined.VAEGAN, lesson["VAEGAN"])
        ]
    assert float(pairs[0][0]) == pytest.approx(float(pairs[1][0]), rel=1e-5)
    assert set(pairs[0][1]) == set(pairs[1][1])


@pytest.mark.tensorflow  # the profiler is TensorFlow's
def test_the_rule_for_a_step_counts_what_tensorflow_counts():
    """Within two per cent: TensorFlow also counts activations, losses and Adam."""
    values = ("body", "encoder", "discriminator", "counts", "forward", "c_enc", "first", "c_trunk", "c_head")
    lesson = lesson_source.namespace(CHAPTERS / LESSON, {*values, "r1", "cost", "held_out", "unseen"})
    assert len(lesson["cost"]) == 4
    for name, rule in lesson["cost"].items():
        counted = lesson["in_graph"](lesson["build"](name, 1).step, 512)  # so that Adam's part is small
        assert rule == pytest.approx(counted, rel=0.02), name


def test_noise_and_labels_of_a_batch_are_drawn_independently():
    """One seed gives normal and uniform draws of the same bits: labels would follow from the noise."""
    lesson = definitions(LESSON, "chances_of")
    noise, chances = zip(*(lesson["chances_of"](turn, 16) for turn in range(300)), strict=True)
    radii = (
        np.array(noise).reshape(300, -1)[:, :128:2] ** 2 + np.array(noise).reshape(300, -1)[:, 1:128:2] ** 2
    )
    found = np.corrcoef(radii.T, np.array(chances).T)[:64, 64:]  # of each pair with each chance
    assert np.abs(found).max() < 0.3
    assert np.array(chances).min() >= 0 and np.array(chances).max() < 1


def test_a_models_noise_and_chances_are_drawn_independently():
    one = model()
    draws = [(ops.convert_to_numpy(one.noise((64, 2))), ops.convert_to_numpy(one.uniform_noise((64,))))
             for _ in range(100)]  # fmt: skip
    radii, chances = np.array([(noise**2).sum(axis=1) for noise, _ in draws]), np.array([u for _, u in draws])
    assert abs(np.corrcoef(radii.ravel(), chances.ravel())[0, 1]) < 0.05
