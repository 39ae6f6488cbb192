"""models/likelihood.py, its log-likelihoods and bounds. Runs on whichever backend is active."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import integrate, special, stats

from course_lib import layers, losses, training
from course_lib.data import Batches
from course_lib.models import likelihood, vae

pytestmark = pytest.mark.backends

LEVELS = np.linspace(-1, 1, 256).astype("float32")
PICTURES = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def log_levels(mean, log_scale):
    """The log-probabilities of all 256 levels of one pixel, (256,)."""
    shape = (256, 1, 1, 1)
    parameters = [np.full(shape, value, "float32") for value in (mean, log_scale)]
    return numpy(losses.discretised_logistic_log_likelihood(LEVELS.reshape(shape), *parameters))


# -- likelihoods of pixels --------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [-1.2, -1.0, 0.0, 0.3, 1.0, 1.5])
@pytest.mark.parametrize("log_scale", [-7.0, -3.0, 0.0, 2.0])
def test_the_256_probabilities_add_up_to_one(mean, log_scale):
    assert np.exp(log_levels(mean, log_scale).astype("float64")).sum() == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize(("mean", "log_scale"), [(0.2, -2.0), (-0.9, -4.0), (1.1, -1.0)])
def test_a_levels_probability_is_the_mass_of_its_bin(mean, log_scale):
    edges = (LEVELS[1:].astype("float64") + LEVELS[:-1]) / 2
    inner = stats.logistic.cdf(edges, mean, np.exp(log_scale))
    expected = np.diff(np.concatenate([[0], inner, [1]]))
    np.testing.assert_allclose(np.exp(log_levels(mean, log_scale)), expected, rtol=2e-3, atol=1e-7)


def test_levels_far_from_the_mean_keep_a_finite_log_and_its_slope():
    shape = (256, 1, 1, 1)
    mean = ops.convert_to_tensor(np.full(shape, 0.9, "float32"))

    def total(mean):
        scale = np.full(shape, -7.0, "float32")
        return losses.discretised_logistic_log_likelihood(LEVELS.reshape(shape), mean, scale)

    assert np.isfinite(numpy(total(mean))).all()
    assert np.isfinite(numpy(training.gradient(total, mean))).all()


def test_bernoulli_adds_up_to_one_over_all_pictures():
    rng = np.random.default_rng(1)
    logits = np.tile(rng.normal(0, 2, (1, 2, 2, 1)), (16, 1, 1, 1)).astype("float32")
    all_pictures = ((np.arange(16)[:, None] >> np.arange(4)) & 1).reshape(16, 2, 2, 1)
    log_p = numpy(losses.bernoulli_log_likelihood(all_pictures, logits))
    assert np.exp(log_p).sum() == pytest.approx(1, rel=1e-5)


def test_grey_cross_entropy_is_no_density_and_the_mean_over_binary_pictures():
    """Its integral over grey levels is the inverse of the continuous Bernoulli's constant."""
    for logit in (-3.0, 0.5, 2.0):

        def density(x, logit=logit):
            pixel = np.full((1, 1, 1, 1), x, "float32")
            value = losses.bernoulli_log_likelihood(pixel, np.full(pixel.shape, logit, "float32"))
            return float(np.exp(numpy(value)[0]))

        p = special.expit(logit)
        total = integrate.quad(density, 0, 1, limit=20)[0]
        assert total == pytest.approx((2 * p - 1) / logit, rel=1e-3)
        assert total < 0.51
    grey = np.random.default_rng(2).uniform(0, 1, (1, 3, 3, 1)).astype("float32")
    logits = np.random.default_rng(3).normal(size=grey.shape).astype("float32")
    drawn = np.random.default_rng(4).random((20_000, 3, 3, 1)) < grey
    binary = numpy(losses.bernoulli_log_likelihood(drawn, np.repeat(logits, len(drawn), axis=0)))
    assert float(losses.bernoulli_log_likelihood(grey, logits)[0]) == pytest.approx(
        binary.mean(), abs=4 * binary.std() / np.sqrt(len(drawn))
    )


# -- bounds -----------------------------------------------------------------------------------------


def test_the_bound_is_the_log_of_the_mean_weight_however_small():
    log_weights = np.random.default_rng(5).normal(0, 2, (7, 4)).astype("float32")
    expected = np.log(np.exp(log_weights).mean(axis=0))
    np.testing.assert_allclose(
        numpy(losses.importance_weighted_bound(log_weights)), expected, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        numpy(losses.importance_weighted_bound(log_weights - 3000)), expected - 3000, atol=0.01
    )
    one = numpy(losses.importance_weighted_bound(log_weights[:1]))
    np.testing.assert_allclose(one, log_weights[0], rtol=1e-5)


class Exact(likelihood.BinaryVAE):
    """A linear Gaussian model whose p(x) is known: x = W z + sigma noise, with four pixels."""

    spread = 0.5

    def log_likelihood(self, pictures, parameters):
        squares = ops.sum(ops.square(pictures - parameters), axis=(1, 2, 3))
        return -0.5 * (squares / self.spread**2 + 4 * np.log(2 * np.pi * self.spread**2))


def test_the_bound_rises_to_the_exact_likelihood_and_its_gap_is_a_kl_divergence():
    w = np.array([[1.0, 0.5, 0.0, -0.5], [0.0, 1.0, -1.0, 0.3]], "float32")  # (2, 4)
    precision = np.eye(2) + w @ w.T / Exact.spread**2
    mean_map = np.linalg.solve(precision, w / Exact.spread**2).T  # posterior mean = x @ mean_map
    encoder = vae.dense_encoder(2, (2, 2, 1), ())
    encoder.get_layer("mean").set_weights([mean_map, np.zeros(2)])
    encoder.get_layer("log_var").set_weights([np.zeros((4, 2)), np.full(2, -1.0)])
    codes = keras.Input((2,))
    linear = keras.layers.Reshape((2, 2, 1))(keras.layers.Dense(4, use_bias=False)(codes))
    decoder = keras.Model(codes, linear)
    decoder.set_weights([w])
    model = Exact(encoder, decoder, seed=1)
    rng = np.random.default_rng(6)
    x = (rng.normal(size=(50, 2)) @ w + 0.5 * rng.normal(size=(50, 4))).astype("float32")
    covariance = w.T @ w + 0.25 * np.eye(4)
    exact = stats.multivariate_normal(np.zeros(4), covariance).logpdf(x)
    variance = np.exp(-1.0)
    kl = 0.5 * (
        variance * np.trace(precision) - 2 - np.linalg.slogdet(precision)[1] - 2 * np.log(variance)
    )  # of N(m, variance I) from the posterior N(m, precision^-1)
    log_weights = model.all_log_weights(x.reshape(50, 2, 2, 1), 1000, seed=2)
    assert log_weights.shape == (1000, 50)
    assert (exact - log_weights.mean(axis=0)).mean() == pytest.approx(kl, abs=0.05)
    gaps = []
    for k in (1, 10, 100, 1000):
        groups = [
            numpy(losses.importance_weighted_bound(part)).mean()
            for part in log_weights.reshape(1000 // k, k, 50)
        ]
        gaps.append(exact.mean() - np.mean(groups))
    assert gaps == sorted(gaps, reverse=True)
    assert abs(gaps[-1]) < 0.02


# -- free bits, active units, mutual information ----------------------------------------------------


def test_free_bits_leave_silent_latents_without_a_gradient():
    mean = ops.convert_to_tensor(np.array([[2.0, 0.01], [-2.0, 0.02]], "float32"))

    def priced(mean):
        return losses.free_bits(losses.kl_per_latent(mean, ops.zeros_like(mean)), 0.1)

    slope = numpy(training.gradient(priced, mean))
    assert (slope[:, 0] != 0).all() and (slope[:, 1] == 0).all()
    each = losses.kl_per_latent(mean, ops.zeros_like(mean))
    assert float(losses.free_bits(each, 0.0)) == pytest.approx(
        float(losses.gaussian_kl(mean, ops.zeros_like(mean))), rel=1e-5
    )


def test_mutual_information_is_zero_for_silence_and_log_n_for_certainty():
    rng = np.random.default_rng(8)
    silent = np.zeros((300, 2))
    assert likelihood.mutual_information(silent, silent) == pytest.approx(0, abs=1e-9)
    far = 100 * rng.normal(size=(300, 2))
    assert likelihood.mutual_information(far, silent - 8) == pytest.approx(np.log(300), abs=0.05)


# -- models -----------------------------------------------------------------------------------------


def small(kind=likelihood.BinaryVAE, outputs=1, seed=1, ordered=False, **settings):
    keras.utils.set_random_seed(seed)
    decoder = (
        likelihood.ordered_decoder(3, (8,)) if ordered else likelihood.dense_parameters(3, outputs, (8,))
    )
    model = kind(vae.dense_encoder(3, widths=(8,)), decoder, seed=seed, **settings)
    model.compile()
    return model


@pytest.mark.parametrize(
    ("kind", "outputs"),
    [(likelihood.BinaryVAE, 1), (likelihood.GreyVAE, 1), (likelihood.LevelsVAE, 2)],
)
def test_every_kind_trains_and_draws(kind, outputs):
    model = small(kind, outputs)
    history = model.fit(PICTURES, batch_size=20, epochs=6, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    for drawn in (model.generate(5), model.draw(5), numpy(model(Batches(PICTURES, 5).batch(np.arange(5))))):
        assert drawn.shape == (5, 28, 28, 1) and np.abs(drawn).max() <= 1
    on_levels = (model.draw(5) + 1) * 127.5
    np.testing.assert_allclose(on_levels, np.rint(on_levels), atol=1e-3)
    np.testing.assert_array_equal(model.draw(3, seed=4), model.draw(3, seed=4))
    if kind is not likelihood.LevelsVAE:
        assert set(np.unique(model.draw(5))) == {-1.0, 1.0}


def test_binary_pictures_are_drawn_anew_at_every_step():
    model = small()
    grey = ops.zeros((1, 28, 28, 1))
    first, second = numpy(model.observe(grey)), numpy(model.observe(grey))
    assert set(np.unique(first)) == {-1.0, 1.0}
    assert (first != second).any()
    assert abs(first.mean()) < 0.2


def test_binarised_pictures_have_the_grey_ones_as_their_mean():
    drawn = likelihood.binarised(np.full((2000, 4, 4, 1), 64, np.uint8), seed=3)
    assert drawn.mean() == pytest.approx(2 * 64 / 255 - 1, abs=0.02)
    np.testing.assert_array_equal(
        drawn[:5], likelihood.binarised(np.full((2000, 4, 4, 1), 64 / 127.5 - 1), seed=3)[:5]
    )


def test_the_warm_up_starts_without_the_kl_term():
    model = small(warm_up_steps=4, beta=2.0)
    logs = model.fit(PICTURES, batch_size=20, steps_per_epoch=1, epochs=6, verbose=0).history
    shares = [
        (loss - reconstruction) / kl
        for loss, reconstruction, kl in zip(logs["loss"], logs["reconstruction"], logs["kl"], strict=True)
    ]
    assert shares == pytest.approx([0, 0.5, 1.0, 1.5, 2.0, 2.0], abs=0.02)


def test_a_pixel_hears_only_those_before_it():
    decoder = likelihood.ordered_decoder(3, (8,))
    kernel = decoder.get_layer("before").kernel
    kernel.assign(np.random.default_rng(9).normal(size=kernel.shape))
    codes = np.random.default_rng(10).normal(size=(1, 3)).astype("float32")
    picture = np.random.default_rng(11).choice([-1.0, 1.0], (1, 28, 28, 1)).astype("float32")
    before = numpy(decoder([codes, picture])).ravel()
    for place in (0, 300, 783):
        changed = picture.copy()
        changed.reshape(-1)[place] *= -1
        differs = np.abs(numpy(decoder([codes, changed])).ravel() - before) > 1e-5
        assert not differs[: place + 1].any()
        assert differs[place + 1 :].all()


def test_drawing_in_order_follows_the_decoder():
    """With a kernel that makes every pixel repeat the one before, pictures are of one colour."""
    model = small(ordered=True)
    kernel = np.zeros((784, 784))
    kernel[np.arange(783), np.arange(1, 784)] = 50
    model.decoder.get_layer("before").kernel.assign(kernel)
    drawn = model.draw(40, seed=5).reshape(40, 784)
    assert (drawn == drawn[:, :1]).all()
    assert 5 < (drawn[:, 0] > 0).sum() < 35


def test_keras_file_gives_back_the_model(tmp_path):
    model = small(ordered=True, warm_up_steps=7, free_nats=0.2, beta=0.5)
    model.fit(PICTURES, batch_size=20, steps_per_epoch=3, verbose=0)
    model.save(tmp_path / "model.keras")
    custom = {"BinaryVAE": likelihood.BinaryVAE, "Optimizers": training.Optimizers}
    loaded = keras.saving.load_model(tmp_path / "model.keras", custom_objects=custom)
    assert (loaded.warm_up_steps, loaded.free_nats, loaded.beta) == (7, 0.2, 0.5)
    binary = likelihood.binarised(PICTURES[:6])
    np.testing.assert_allclose(model.all_log_weights(binary, 3), loaded.all_log_weights(binary, 3), rtol=1e-6)


def test_pixels_before_start_at_nothing():
    layer = layers.PixelsBefore()
    assert np.abs(numpy(layer(np.ones((2, 5), "float32")))).max() == 0
