"""Losses and layers that keep a GAN stable (losses.py, layers.py). Runs on whichever backend is active."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import check, layers, losses, plots, results, training
from course_lib.models import ring

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(0.5, 2, (2, 6, 1)).astype("float32")
PICTURES, FORGERIES = RNG.normal(size=(2, 6, 4, 4, 1)).astype("float32")
MIX = RNG.uniform(size=(6, 1)).astype("float32")
DIRECTION = RNG.normal(size=(4, 4, 1)).astype("float32")


def linear(slope):
    """A critic whose gradient has the norm `slope` at every picture."""
    unit = DIRECTION / np.linalg.norm(DIRECTION)
    return lambda x: slope * ops.sum(ops.multiply(x, unit), axis=(1, 2, 3))


# -- losses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (losses.wasserstein_critic_loss, FAKE.mean() - REAL.mean()),
        (
            losses.hinge_discriminator_loss,
            np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(),
        ),
        (losses.relativistic_discriminator_loss, np.log1p(np.exp(FAKE - REAL)).mean()),
        (losses.relativistic_generator_loss, np.log1p(np.exp(REAL - FAKE)).mean()),
    ],
    ids=["wasserstein", "hinge", "relativistic D", "relativistic G"],
)
def test_losses_are_their_formulas(loss, expected):
    assert float(loss(REAL, FAKE)) == pytest.approx(float(expected), rel=1e-5)


def test_losses_where_the_discriminator_cannot_tell():
    zero = np.zeros((6, 1), "float32")
    assert float(losses.wasserstein_critic_loss(zero, zero)) == 0
    assert float(losses.wasserstein_generator_loss(zero)) == 0
    assert float(losses.hinge_discriminator_loss(zero, zero)) == 2
    assert float(losses.relativistic_discriminator_loss(zero, zero)) == pytest.approx(np.log(2))


@pytest.mark.parametrize("loss", [losses.wasserstein_critic_loss, losses.relativistic_discriminator_loss])
def test_comparing_losses_do_not_see_a_constant(loss):
    """Only differences of scores count: nothing says where real is."""
    assert float(loss(REAL + 5, FAKE + 5)) == pytest.approx(float(loss(REAL, FAKE)), abs=1e-5)


def test_hinge_ignores_pictures_beyond_the_margin():
    far = np.array([[1.5], [9.0]], "float32")
    assert float(losses.hinge_discriminator_loss(far, -far)) == 0
    slope = training.gradient(lambda x: losses.hinge_discriminator_loss(x, -far), far)
    assert np.abs(ops.convert_to_numpy(slope)).max() == 0


def test_relativistic_loss_survives_large_differences():
    huge = np.full((4, 1), 1e4, "float32")
    assert float(losses.relativistic_discriminator_loss(huge, -huge)) == 0
    assert np.isfinite(float(losses.relativistic_discriminator_loss(-huge, huge)))


@pytest.mark.parametrize("slope", [0.5, 1.0, 3.0])
def test_gradient_penalty_of_a_critic_of_constant_slope(slope):
    penalty = losses.gradient_penalty(linear(slope), PICTURES, FORGERIES, MIX)
    assert float(penalty) == pytest.approx((slope - 1) ** 2, abs=1e-5)


def test_gradient_penalty_looks_between_the_pictures():
    """Of |x|^2 / 2 the slope is x itself: the norms of the mixtures are what is penalised."""
    mixed = MIX[..., None, None] * PICTURES + (1 - MIX[..., None, None]) * FORGERIES
    norms = np.sqrt((mixed**2).sum(axis=(1, 2, 3)))
    penalty = losses.gradient_penalty(
        lambda x: ops.sum(ops.square(x), axis=(1, 2, 3)) / 2, PICTURES, FORGERIES, MIX
    )
    assert float(penalty) == pytest.approx(((norms - 1) ** 2).mean(), rel=1e-5)
    flat = losses.gradient_penalty(
        lambda x: ops.sum(ops.square(x), axis=(1, 2, 3)) / 2, PICTURES, FORGERIES, MIX[:, 0]
    )
    assert float(flat) == pytest.approx(float(penalty))  # (batch,) and (batch, 1) mean the same


def test_gradient_penalty_of_a_flat_critic_has_a_finite_gradient():
    """At a slope of 0 a square root without an epsilon would turn the weights to NaN."""
    weight = np.zeros((16,), "float32")

    def penalty(weight):
        critic = lambda x: ops.sum(ops.reshape(x, (6, 16)) * weight, axis=1)  # noqa: E731
        return losses.gradient_penalty(critic, PICTURES, FORGERIES, MIX)

    assert float(penalty(ops.convert_to_tensor(weight))) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(ops.convert_to_numpy(training.gradient(penalty, weight))).all()


def test_the_exercises_penalty_is_the_librarys():
    answers = {exercise.name: exercise.answer for exercise in check.EXERCISES.values()}
    real, fake = RNG.normal(size=(2, 8, 2)).astype("float32")
    mix = RNG.uniform(size=(8, 1)).astype("float32")

    def critic(x):
        return ops.sum(ops.square(x), axis=1)

    expected = float(losses.gradient_penalty(critic, real, fake, mix))
    assert float(answers["gradient_penalty"](critic, real, fake, mix)) == pytest.approx(expected)


# -- spectral normalisation -------------------------------------------------------------------------


def spectral_layer(inputs=7, units=5, iterations=60, scale=3.0):
    keras.utils.set_random_seed(1)
    layer = layers.SpectralDense(units)
    layer.build((None, inputs))
    layer.kernel.assign(scale * layer.kernel)
    layer.bias.assign(RNG.normal(size=units))
    for _ in range(iterations):
        layer(np.zeros((1, inputs), "float32"), training=True)
    return layer


def matrix(layer):
    return ops.convert_to_numpy(layer.kernel)


def test_sigma_is_the_spectral_norm():
    layer = spectral_layer()
    sigma = ops.convert_to_numpy(layer.sigma())
    assert float(sigma) == pytest.approx(np.linalg.norm(matrix(layer), 2), rel=1e-4)
    x = RNG.normal(size=(4, 7)).astype("float32")
    expected = x @ matrix(layer) / np.linalg.norm(matrix(layer), 2) + ops.convert_to_numpy(layer.bias)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, rtol=1e-3, atol=1e-4)


def test_only_training_improves_the_estimate():
    layer = spectral_layer(iterations=0)
    x = np.ones((2, 7), "float32")
    before = ops.convert_to_numpy(layer.right)
    layer(x)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.right), before)
    layer(x, training=True)
    assert np.abs(ops.convert_to_numpy(layer.right) - before).max() > 1e-3
    first = ops.convert_to_numpy(layer.sigma())
    layer(x, training=True)
    assert ops.convert_to_numpy(layer.sigma()) >= first  # power iteration approaches the norm from below
    assert len(layer.trainable_variables) == 2


def test_the_gradient_flows_through_sigma():
    """Against numerical derivatives of x W / |W|_2; without sigma's own derivative they differ."""
    layer = spectral_layer()
    x = RNG.normal(size=(3, 7)).astype("float32")
    pattern = RNG.normal(size=(3, 5)).astype("float32")

    class Probe(training.Model):
        log_names = ("loss",)

        def __init__(self):
            super().__init__(seed=1)
            self.layer = layer
            self.built = True

        def step(self, batch):
            x, pattern = batch
            loss = self.minimize(lambda: ops.sum(self.layer(x) * pattern), self.sgd, [self.layer.kernel])
            return {"loss": loss}

    start = matrix(layer).astype("float64")
    probe = Probe()
    probe.compile_optimizers({"sgd": keras.optimizers.SGD(1e-3)}, {"sgd": [layer.kernel]})
    probe.fit((x, pattern), batch_size=3, verbose=0)
    found = (start - matrix(layer)) / 1e-3

    def value(kernel):
        return np.sum(x.astype("float64") @ kernel / np.linalg.norm(kernel, 2) * pattern)

    expected = np.zeros_like(start)
    for place in np.ndindex(*start.shape):
        step = np.zeros_like(start)
        step[place] = 1e-5
        expected[place] = (value(start + step) - value(start - step)) / 2e-5
    np.testing.assert_allclose(found, expected, atol=5e-3)
    without_sigma = x.T @ pattern / np.linalg.norm(start, 2)
    assert np.abs(found - without_sigma).max() > 0.05
    # A kernel twice as large makes the same output, so the slope along the kernel itself is 0.
    assert np.sum(found * start) == pytest.approx(0, abs=0.05)


def test_a_network_of_spectral_layers_stretches_nothing():
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((7,)), layers.SpectralDense(6), keras.layers.LeakyReLU(0.2),
                                layers.SpectralDense(1)])  # fmt: skip
    for _ in range(100):
        network(np.zeros((1, 7), "float32"), training=True)
    a, b = RNG.normal(size=(2, 200, 7)).astype("float32")
    apart = np.linalg.norm(ops.convert_to_numpy(network(a) - network(b)), axis=1)
    assert (apart <= 1.001 * np.linalg.norm(a - b, axis=1)).all()


def test_spectral_layers_are_saved_and_loaded(tmp_path):
    network = keras.Sequential([keras.Input((7,)), layers.SpectralDense(5)])
    x = RNG.normal(size=(4, 7)).astype("float32")
    network(x, training=True)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(network(x)), ops.convert_to_numpy(again(x)))
    assert again.layers[0].units == 5


# -- the ring ---------------------------------------------------------------------------------------


def test_real_points_cover_the_ring():
    real = ring.points(4000)
    assert real.shape == (4000, 2) and real.dtype == np.float32
    np.testing.assert_allclose(ring.shares(real), 1 / 8, atol=0.02)
    assert ring.quality(real) == pytest.approx(1 - np.exp(-4.5), abs=0.01)
    np.testing.assert_array_equal(real, ring.points(4000))


def test_points_far_from_every_centre_are_not_good():
    far, near = np.full((30, 2), 9.0), np.repeat(ring.CENTRES[:1], 10, axis=0)
    assert ring.quality(far) == 0
    np.testing.assert_allclose(ring.shares(np.concatenate([far, near])), [0.25] + 7 * [0])


@pytest.mark.parametrize("dense", [keras.layers.Dense, layers.SpectralDense])
def test_a_ring_gan_trains_with_exchanged_losses(dense):
    keras.utils.set_random_seed(1)
    seen = []

    def d_loss(D, real, fake, mix):
        seen.append((tuple(real.shape), tuple(fake.shape), tuple(mix.shape)))
        penalty = losses.gradient_penalty(D, real, fake, mix)
        return losses.wasserstein_critic_loss(D(real), D(fake)) + penalty

    model = ring.RingGAN(
        ring.generator(), ring.discriminator(dense), d_loss,
        lambda D, real, fake: losses.relativistic_generator_loss(D(real), D(fake)), seed=1,
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    before = [ops.convert_to_numpy(w.value) for w in model.trainable_variables]
    logs = model.fit(ring.points(64), batch_size=16, verbose=0).history
    assert seen[0] == ((16, 2), (16, 2), (16, 1))
    assert np.isfinite(logs["d_loss"] + logs["g_loss"]).all()
    changed = [
        np.abs(ops.convert_to_numpy(w.value) - old).max()
        for w, old in zip(model.trainable_variables, before, strict=True)
    ]
    assert sum(change > 0 for change in changed) > len(changed) / 2
    assert model.draw(10).shape == model.draw(10, average=True).shape == (10, 2)


def test_clouds_are_drawn_and_bad_points_refused():
    figure = plots.clouds({"a": ring.points(9), "b\nc": ring.points(9)}, title="t", limit=3)
    assert len(figure.axes) == 2
    with pytest.raises(ValueError, match=r"'a' has the shape \(3,\)"):
        plots.clouds({"a": np.zeros(3)}, title="t", limit=3)
    with pytest.raises(ValueError, match="at least one group"):
        plots.clouds({}, title="t", limit=3)


def test_five_seeds_are_stored_for_every_cure():
    seeds = results.study("stability")["seeds"]
    assert [one["seed"] for one in seeds] == [1, 2, 3, 4, 5]
    for one in seeds:
        assert {"nothing", "R1", "WGAN-GP", "relativistic", "rates 1:1", "rates 1:4"} <= set(one["collapse"])
        assert all(0 <= cure["covered"] <= ring.MODES for cure in one["collapse"].values())


# -- what is tried and named ------------------------------------------------------------------------


@pytest.mark.tensorflow
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("setting", "part"),
    [
        (check.hold_the_ring.answer(), ""),
        ({"d_rate": 4e-3, "g_rate": 1e-3, "r1": 0.0}, "modes are missing"),
        ({"d_rate": 4e-3, "g_rate": 1e-3, "r1": 0.1}, "too few points lie at them"),
        ({"d_rate": 1e-2, "g_rate": 5e-3, "r1": 10.0}, "modes are missing"),
    ],
)
def test_a_ring_is_held_by_some_settings(setting, part, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    mark, hint, _ = check.hold_the_ring.grade(lambda: setting)
    assert mark == ("✗" if part else "✓") and part in hint, hint


@pytest.mark.tensorflow
def test_each_patient_has_what_its_name_says(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    games, names = check.stability.patients(), check.five_patients.answer()
    points = {names[letter]: points for letter, (points, _, _) in games.items()}
    assert np.ptp(points["no noise"], axis=0).max() == 0
    others = [name for name in points if name not in ("G stands still", "no noise")]
    assert all(np.abs(points[name] - points["G stands still"]).max() > 1e-4 for name in others)


def test_whoever_is_taken_for_another_is_a_name_of_the_lesson():
    exercise = check.five_patients
    for pair in exercise.told:
        assert len(set(pair)) == 2 and set(pair) <= set(exercise.fields["A"])
        assert pair[0] in exercise.answer().values()
