"""models/vae.py and its losses. Runs on whichever backend is active."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from course_lib import losses, training
from course_lib.data import Batches
from course_lib.models import vae

pytestmark = pytest.mark.backends

PICTURES = np.random.default_rng(0).integers(0, 256, (100, 6, 6, 1), dtype=np.uint8)
RNG = np.random.default_rng(1)
MEAN = RNG.normal(0, 1, (5, 3)).astype("float32")
LOG_VAR = RNG.normal(-1, 1, (5, 3)).astype("float32")


def small_vae(seed=1, kind=vae.VAE, **settings):
    keras.utils.set_random_seed(seed)
    networks = vae.dense_encoder(3, (6, 6, 1), (16,)), vae.dense_decoder(3, (6, 6, 1), (16,))
    model = kind(*networks, seed=seed, **settings)
    model.compile()
    return model


def values(model):
    return [ops.convert_to_numpy(v.value) for v in [*model.variables, *model.optimizer.variables]]


# -- the two terms ----------------------------------------------------------------------------------


def test_kl_is_zero_at_the_standard_normal_and_positive_elsewhere():
    zeros = ops.zeros((4, 3))
    assert float(losses.gaussian_kl(zeros, zeros)) == 0
    for mean, log_var in ((zeros + 0.1, zeros), (zeros, zeros + 0.1), (zeros, zeros - 0.1)):
        assert float(losses.gaussian_kl(mean, log_var)) > 0


def test_kl_agrees_with_samples():
    draws = MEAN + np.exp(LOG_VAR / 2) * np.random.default_rng(2).normal(size=(200_000, 5, 3))
    log_ratio = stats.norm.logpdf(draws, MEAN, np.exp(LOG_VAR / 2)) - stats.norm.logpdf(draws)
    expected = log_ratio.sum(axis=2).mean()
    assert float(losses.gaussian_kl(MEAN, LOG_VAR)) == pytest.approx(expected, rel=0.01)


def test_kl_sums_over_latents_and_averages_over_the_batch():
    once = float(losses.gaussian_kl(MEAN, LOG_VAR))
    wide = float(losses.gaussian_kl(np.tile(MEAN, (1, 4)), np.tile(LOG_VAR, (1, 4))))
    long = float(losses.gaussian_kl(np.tile(MEAN, (4, 1)), np.tile(LOG_VAR, (4, 1))))
    assert wide == pytest.approx(4 * once, rel=1e-5)
    assert long == pytest.approx(once, rel=1e-5)


@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_reconstruction_is_the_log_density_of_independent_pixels(sigma):
    x, y = np.random.default_rng(3).uniform(-1, 1, (2, 4, 6, 5, 2)).astype("float32")
    expected = -stats.norm.logpdf(x, y, sigma).sum(axis=(1, 2, 3)).mean()
    assert float(losses.gaussian_reconstruction(x, y, sigma)) == pytest.approx(expected, rel=1e-5)


def test_samples_have_the_mean_and_the_variance_and_pass_gradients():
    noise = np.random.default_rng(4).normal(size=(100_000, 3)).astype("float32")
    mean, log_var, noise = map(ops.convert_to_tensor, (MEAN, LOG_VAR, noise))
    codes = ops.convert_to_numpy(vae.reparameterise(mean[:1], log_var[:1], noise))
    np.testing.assert_allclose(codes.mean(axis=0), MEAN[0], atol=0.02)
    np.testing.assert_allclose(codes.var(axis=0), np.exp(LOG_VAR[0]), rtol=0.02)
    slope = training.gradient(lambda m: vae.reparameterise(m, log_var, noise[:5]), mean)
    np.testing.assert_allclose(ops.convert_to_numpy(slope), 1)


def test_the_bound_is_below_the_likelihood_where_that_is_known():
    """With a linear decoder of one latent, p(x) is normal, and the best q makes the bound exact."""
    x, weight, sigma = 0.7, 1.5, 0.6
    exact = stats.norm.logpdf(x, 0, np.hypot(weight, sigma))
    variance = 1 / (1 + weight**2 / sigma**2)
    best = variance * weight * x / sigma**2
    noise = ops.convert_to_tensor(np.random.default_rng(5).normal(size=(200_000, 1)).astype("float32"))

    def bound(mean, variance):
        mean, log_var = ops.full((1, 1), mean), ops.full((1, 1), float(np.log(variance)))
        codes = vae.reparameterise(mean, log_var, noise)
        reconstruction = losses.gaussian_reconstruction(ops.full_like(codes, x), weight * codes, sigma)
        return -float(reconstruction) - float(losses.gaussian_kl(mean, log_var))

    assert bound(best, variance) == pytest.approx(exact, abs=0.01)
    assert bound(best + 0.3, variance) < exact - 0.05
    assert bound(best, 3 * variance) < exact - 0.05


# -- the model --------------------------------------------------------------------------------------


def test_the_loss_is_the_sum_of_its_terms():
    for beta in (1.0, 0.5):
        history = small_vae(beta=beta).fit(PICTURES, batch_size=10, epochs=2, verbose=0).history
        for loss, reconstruction, kl in zip(
            history["loss"], history["reconstruction"], history["kl"], strict=True
        ):
            assert loss == pytest.approx(reconstruction + beta * kl, rel=1e-4)


def test_training_lowers_the_bound():
    history = small_vae().fit(PICTURES, batch_size=10, epochs=5, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_the_encoder_learns_through_the_sample_only():
    """Without the KL term, nothing but the reconstruction can move the encoder."""

    class Deaf(vae.VAE):
        def sample(self, mean, log_var, noise):
            return ops.stop_gradient(super().sample(mean, log_var, noise))

    moved = {}
    for kind in (vae.VAE, Deaf):
        model = small_vae(kind=kind, beta=0.0)
        before = model.encoder.get_weights()
        model.fit(PICTURES, batch_size=10, steps_per_epoch=3, verbose=0)
        moved[kind] = max(
            np.abs(a - b).max() for a, b in zip(before, model.encoder.get_weights(), strict=True)
        )
    assert moved[Deaf] == 0 < moved[vae.VAE]


def test_shapes_and_ranges():
    model = small_vae()
    pictures = Batches(PICTURES, 7).batch(np.arange(7))
    mean, log_var = model.encode(pictures)
    assert mean.shape == log_var.shape == (7, 3)
    assert model.decode(mean).shape == (7, 6, 6, 1)
    np.testing.assert_allclose(ops.convert_to_numpy(model(pictures)), model.decode(mean), atol=1e-6)
    drawn = model.generate(11, seed=2)
    assert drawn.shape == (11, 6, 6, 1) and drawn.dtype == np.float32 and np.abs(drawn).max() <= 1
    np.testing.assert_array_equal(drawn, model.generate(11, seed=2))
    assert np.abs(drawn - model.generate(11, seed=3)).max() > 0


def test_keras_file_gives_back_samples_and_the_next_step(tmp_path):
    model = small_vae(sigma=0.3, beta=0.7)
    model.fit(PICTURES, batch_size=10, steps_per_epoch=5, verbose=0)
    model.save(tmp_path / "vae.keras")
    custom = {"VAE": vae.VAE, "Optimizers": training.Optimizers}
    loaded = keras.saving.load_model(tmp_path / "vae.keras", custom_objects=custom)
    np.testing.assert_array_equal(model.generate(4), loaded.generate(4))
    assert (loaded.sigma, loaded.beta) == (0.3, 0.7)
    moments = [np.abs(ops.convert_to_numpy(v.value)).max() for v in loaded.optimizer.variables]
    assert len(moments) == len(model.optimizer.variables) and max(moments) > 0
    # .keras keeps no seeds' states, so both are given the same noise for the next steps
    noise = np.random.default_rng(1).normal(size=(10, 3)).astype(np.float32)
    pictures = Batches(PICTURES, 10).batch(np.arange(10))
    for _ in range(2):
        logs = []
        for one in (model, loaded):
            one.noise = lambda shape: ops.convert_to_tensor(noise)
            one.make_train_function(force=True)  # the old one was traced with the old noise
            one.reset_metrics()
            logs.append({k: float(v) for k, v in one.train_on_batch(pictures, return_dict=True).items()})
        assert logs[0] == logs[1]
    for a, b in zip(values(model), values(loaded), strict=True):
        if a.dtype.kind == "f":  # the seeds' states differ
            np.testing.assert_array_equal(a, b)


def test_a_resumed_training_ends_in_the_same_weights(tmp_path):
    settings = {"batch_size": 10, "steps_per_epoch": 4, "verbose": 0}
    path = tmp_path / "vae.checkpoint"
    whole = small_vae()
    whole.fit(PICTURES, epochs=4, **settings)
    small_vae().fit(PICTURES, epochs=2, checkpoint=path, **settings)
    resumed = small_vae(seed=9)
    resumed.fit(PICTURES, epochs=4, checkpoint=path, **settings)
    for a, b in zip(values(whole), values(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_stays_near_float32(policy):
    settings = {"batch_size": 10, "steps_per_epoch": 10, "verbose": 0}
    expected = small_vae().fit(PICTURES, **settings).history
    keras.config.set_dtype_policy(policy)
    try:
        mixed = small_vae()
    finally:
        keras.config.set_dtype_policy("float32")
    history = mixed.fit(PICTURES, **settings).history
    assert history["loss"] == pytest.approx(expected["loss"], rel=0.05)
    assert mixed.generate(2).dtype == np.float32


# -- convolutions, the best sigma, and wishes ---------------------------------------------------------


@pytest.mark.parametrize(("shape", "widths"), [((28, 28, 1), (4, 2)), ((16, 32, 3), (4, 3, 2))])
def test_convolutional_networks_mirror_each_other(shape, widths):
    encoder = vae.conv_encoder(5, shape, widths[::-1], dense=7)
    decoder = vae.conv_decoder(5, shape, widths, dense=7)
    assert [tuple(output.shape) for output in encoder.outputs] == [(None, 5), (None, 5)]
    assert decoder.output_shape == (None, *shape)
    pictures = ops.convert_to_numpy(decoder(RNG.normal(0, 9, (3, 5)).astype("float32")))
    assert np.abs(pictures).max() <= 1 and np.ptp(pictures) > 0


def test_a_picture_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="30×28 cannot be halved 2 times"):
        vae.conv_decoder(5, (30, 28, 1), (4, 2))


def test_the_calibrated_sigma_is_the_best_one():
    x, y = np.random.default_rng(3).uniform(-1, 1, (2, 4, 6, 5, 2)).astype("float32")
    model = small_vae(kind=vae.CalibratedVAE)
    best = float(model.reconstruction_loss(x, y))
    error = float(np.sqrt(np.mean((x - y) ** 2)))
    assert best == pytest.approx(float(losses.gaussian_reconstruction(x, y, error)), rel=1e-5)
    for factor in (0.8, 0.99, 1.01, 1.25):
        assert float(losses.gaussian_reconstruction(x, y, factor * error)) > best


def small_conditional(seed=1):
    keras.utils.set_random_seed(seed)
    sizes = {"picture_shape": (8, 8, 1), "dense": 16}
    encoder = vae.conditional_encoder(2, 3, widths=(2, 4), **sizes)
    model = vae.ConditionalVAE(encoder, vae.conditional_decoder(2, 3, widths=(4, 2), **sizes), seed=seed)
    model.compile(keras.optimizers.Adam(1e-2))
    return model


def bright_and_dark(number=100):
    """Noisy pictures, bright ones and dark ones, and what they are in one-hot form."""
    rng = np.random.default_rng(5)
    wanted = np.eye(2, dtype="float32")[np.arange(number) % 2]
    pictures = 60 + 130 * wanted[:, :1, None, None] + rng.normal(0, 20, (number, 8, 8, 1))
    return np.clip(pictures, 0, 255).astype(np.uint8), wanted


def test_a_conditional_vae_makes_what_is_wanted():
    model = small_conditional()
    pairs = Batches(bright_and_dark(), 20, seed=1)
    history = model.fit(pairs, epochs=2, steps_per_epoch=60, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
    made = model.generate(np.eye(2)[[0] * 20 + [1] * 20], seed=3)
    assert made.shape == (40, 8, 8, 1) and made.dtype == np.float32
    assert made[:20].mean() > 0.2 > -0.2 > made[20:].mean()
    np.testing.assert_array_equal(made, model.generate(np.eye(2)[[0] * 20 + [1] * 20], seed=3))
    batch = pairs.batch(np.arange(6))
    given_back = ops.convert_to_numpy(model(batch))
    mean, _ = model.encoder(list(batch))
    expected = model.decode(ops.convert_to_numpy(mean), batch[1])
    np.testing.assert_allclose(given_back, expected, atol=1e-5)


def test_a_conditional_vae_survives_its_file(tmp_path):
    model = small_conditional()
    model.fit(Batches(bright_and_dark(), 20), steps_per_epoch=3, verbose=0)
    model.save(tmp_path / "asked.keras")
    custom = {"ConditionalVAE": vae.ConditionalVAE, "Optimizers": training.Optimizers}
    loaded = keras.saving.load_model(tmp_path / "asked.keras", custom_objects=custom)
    np.testing.assert_array_equal(model.generate(np.eye(2)), loaded.generate(np.eye(2)))
