"""seeing.py: maps of where a network looks, and pictures made for it. Runs on whichever backend is active."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib import data, seeing

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(-1, 1, (4, 8, 8, 1)).astype("float32")
NOTHING = data.Batches(np.zeros((1, 1), "float32"), 1)


@pytest.fixture(scope="module")
def network():
    """A small network with a mean over places and one dense layer behind its last convolution."""
    keras.utils.set_random_seed(1)
    picture = keras.Input((8, 8, 1), name="pictures")
    h = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="first")(picture)
    h = layers.Conv2D(5, 3, padding="same", activation="relu", name="last")(h)
    h = layers.GlobalAveragePooling2D(name="means")(h)
    return keras.Model(picture, layers.Dense(3, bias_initializer="ones", name="logits")(h))


def array(x):
    return ops.convert_to_numpy(x)


# -- halves and scores ------------------------------------------------------------------------------


def test_the_halves_together_are_the_network(network):
    for layer in ("first", "last", "means"):
        front, back = seeing.halves(network, layer)
        np.testing.assert_allclose(array(back(front(PICTURES))), array(network(PICTURES)), atol=1e-5)
    front, back = seeing.halves(network, "first", output="means")
    assert array(back(front(PICTURES))).shape == (4, 5)


def test_halves_names_the_layers_that_exist(network):
    with pytest.raises(ValueError, match="no layer 'none'.*first, last"):
        seeing.halves(network, "none")
    with pytest.raises(ValueError, match="no layer 'end'"):
        seeing.halves(network, "first", output="end")


def test_the_score_is_one_logit_a_picture(network):
    logits = array(network(PICTURES))
    np.testing.assert_allclose(array(seeing.class_score(network, 2)(PICTURES)), logits[:, 2], atol=1e-6)
    each = seeing.class_score(network, [0, 2, 1, 1])(PICTURES)
    np.testing.assert_allclose(array(each), logits[range(4), [0, 2, 1, 1]], atol=1e-6)


def test_randomising_permutes_named_layers_and_leaves_the_rest(network):
    copy = seeing.randomised(network, ["last"])
    for layer in network.layers:
        for before, after in zip(layer.get_weights(), copy.get_layer(layer.name).get_weights(), strict=True):
            assert np.array_equal(np.sort(before.ravel()), np.sort(after.ravel()))
            assert np.array_equal(before, after) == (layer.name != "last" or before.ndim == 1)
    again = seeing.randomised(network, ["last"])
    np.testing.assert_array_equal(array(copy(PICTURES)), array(again(PICTURES)))
    with pytest.raises(ValueError, match="no layer 'lost'"):
        seeing.randomised(network, ["lost"])


# -- maps -------------------------------------------------------------------------------------------


def test_the_edges_of_a_picture_do_not_depend_on_its_neighbours():
    together = seeing.edge_map(PICTURES)  # (4, 8, 8)
    alone = np.concatenate([seeing.edge_map(PICTURES[k : k + 1]) for k in range(4)])
    np.testing.assert_array_equal(together, alone)
    step = np.where(np.arange(8) < 4, -1.0, 1.0) * np.ones((2, 8, 8))
    step[1] = 0
    edges = seeing.edge_map(step[..., None])
    assert np.array_equal(edges[0, 4] > 0, [0, 0, 0, 1, 1, 0, 0, 0]) and not edges[1].any()


def test_grad_cam_divides_the_logit_among_the_places(network):
    front, back = seeing.halves(network, "last")
    labels = [0, 1, 2, 0]
    signed = seeing.grad_cam(front, back, PICTURES, labels, relu=False)
    logits = array(seeing.class_score(network, labels)(PICTURES))
    assert signed.shape == (4, 4, 4)
    np.testing.assert_allclose(signed.sum(axis=(1, 2)), logits - 1, atol=1e-5)  # the bias is 1
    np.testing.assert_allclose(
        seeing.grad_cam(front, back, PICTURES, labels), np.maximum(signed, 0), atol=1e-6
    )


def test_grad_cam_of_a_picture_does_not_depend_on_its_batch(network):
    halves = seeing.halves(network, "last")
    together = seeing.grad_cam(*halves, PICTURES, [0, 1, 2, 0])
    alone = seeing.grad_cam(*halves, PICTURES[2:3], 2)
    np.testing.assert_allclose(together[2:3], alone, atol=1e-6)


def linear(weights):
    return lambda pictures: ops.sum(ops.multiply(pictures, weights), axis=(1, 2, 3))


def test_the_gradient_of_a_linear_score_is_its_weights():
    weights = RNG.normal(size=(8, 8, 1)).astype("float32")
    maps = seeing.input_gradient(linear(weights), PICTURES)
    np.testing.assert_allclose(maps, np.broadcast_to(np.abs(weights[..., 0]), (4, 8, 8)), atol=1e-6)
    times = seeing.input_gradient(linear(weights), PICTURES, times_input=True)
    np.testing.assert_allclose(times, maps * (PICTURES[..., 0] + 1), atol=1e-5)


def test_occlusion_of_a_linear_score_is_known():
    weights = RNG.normal(size=(8, 8, 1)).astype("float32")
    one_pixel = seeing.occlusion(linear(weights), PICTURES, side=1, fill=-1.0)
    np.testing.assert_allclose(one_pixel, ((PICTURES + 1) * weights)[..., 0], atol=1e-4)
    squares = seeing.occlusion(linear(weights), PICTURES, side=4, stride=4, fill=0.5)
    blocks = ((PICTURES - 0.5) * weights)[..., 0].reshape(4, 2, 4, 2, 4).sum(axis=(2, 4))
    np.testing.assert_allclose(squares, blocks.repeat(4, axis=1).repeat(4, axis=2), atol=1e-4)


def test_occlusion_reaches_every_pixel_when_the_stride_does_not_fit():
    maps = seeing.occlusion(linear(np.ones((8, 8, 1), "float32")), np.ones_like(PICTURES), 3, 2)
    assert np.isfinite(maps).all() and (maps > 0).all()


@pytest.mark.parametrize(("side", "stride"), [(9, 1), (0, 1), (2, 3), (3, 0)])
def test_occlusion_refuses_squares_that_do_not_fit(side, stride):
    with pytest.raises(ValueError, match="must lie between"):
        seeing.occlusion(linear(np.ones((8, 8, 1), "float32")), PICTURES, side, stride)


def test_enlarging_keeps_constants_and_places():
    maps = np.zeros((2, 4, 4), "float32")
    maps[0] = 3
    maps[1, 0, 3] = 1
    large = seeing.enlarge(maps, (12, 16))
    assert large.shape == (2, 12, 16)
    np.testing.assert_allclose(large[0], 3, atol=1e-5)
    assert large[1, :6, 8:].sum() == pytest.approx(large[1].sum())


def test_the_overlay_shows_the_picture_where_the_map_is_zero():
    maps = np.zeros((4, 8, 8), "float32")
    maps[:, 2, 5] = 1
    shown = seeing.overlay(PICTURES, maps)
    assert shown.dtype == np.uint8 and shown.shape == (4, 8, 8, 3)
    there = np.zeros((8, 8), bool)
    there[2, 5] = True
    assert np.array_equal(shown[:, ~there], data.to_uint8(PICTURES)[:, ~there].repeat(3, axis=-1))
    np.testing.assert_array_equal(seeing.overlay(PICTURES, 5 * maps), shown)  # its own scale
    np.testing.assert_array_equal(  # an empty map draws nothing
        seeing.overlay(PICTURES, 0 * maps), data.to_uint8(PICTURES).repeat(3, axis=-1)
    )


# -- numbers about maps -----------------------------------------------------------------------------


def test_rank_correlation_knows_order_only():
    maps = RNG.random((3, 5, 6))
    np.testing.assert_allclose(seeing.rank_correlation(maps, np.exp(3 * maps)), 1)
    np.testing.assert_allclose(seeing.rank_correlation(maps, -maps), -1)
    np.testing.assert_array_equal(seeing.rank_correlation(maps, np.ones_like(maps)), 0)


def test_deletion_ends_empty_insertion_ends_whole_and_both_follow_the_order():
    weights = np.ones((8, 8, 1), "float32")
    score, maps = linear(weights), PICTURES[..., 0]
    shares = np.linspace(0, 1, 9)
    gone = seeing.deletion_curve(score, PICTURES, maps, shares)
    back = seeing.deletion_curve(score, PICTURES, maps, shares, keep=True)
    whole = array(score(PICTURES))
    assert gone.shape == (9, 4)
    np.testing.assert_allclose(gone[0], whole, atol=1e-4)
    np.testing.assert_allclose(gone[-1], -64, atol=1e-4)
    np.testing.assert_allclose(back[0], -64, atol=1e-4)
    np.testing.assert_allclose(back[-1], whole, atol=1e-4)
    np.testing.assert_allclose(gone + back, np.broadcast_to(whole - 64, (9, 4)), atol=1e-3)
    # For this score the pixels themselves are the best order, and their reverse the worst.
    worst = seeing.deletion_curve(score, PICTURES, -maps, shares)
    other = seeing.deletion_curve(score, PICTURES, RNG.random(maps.shape), shares)
    assert (gone <= other + 1e-4).all() and (other <= worst + 1e-4).all()


# -- pictures made for a unit -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [7, 8, 28])
def test_the_waves_are_orthonormal_and_have_their_frequency(size):
    basis, frequencies = seeing.fourier_basis(size)
    np.testing.assert_allclose(basis @ basis.T, np.eye(size), atol=1e-5)
    assert frequencies[0] == 0 and frequencies.max() <= 0.5
    for wave, frequency in zip(basis, frequencies, strict=True):
        assert np.abs(np.fft.rfft(wave)).argmax() == round(float(frequency) * size)


def test_the_prior_makes_amplitudes_fall_as_one_over_frequency():
    model = seeing.PicturesFor(linear(np.ones((64, 64, 1), "float32")), 24, 64, contrast=0.01)
    basis, frequencies = seeing.fourier_basis(64)
    amplitudes = np.abs(basis @ model.pictures()[..., 0] @ basis.T).mean(axis=0)  # (64, 64)
    radius = np.hypot(frequencies[:, None], frequencies)
    low, high = (amplitudes[np.abs(radius - f) < 0.04].mean() for f in (0.1, 0.4))
    assert low / high == pytest.approx(4, rel=0.2)
    plain = seeing.PicturesFor(model.score, 24, 64, contrast=0.01, prior=False)
    assert plain.pictures().std() == pytest.approx(model.pictures().std(), rel=0.15)


def test_resampling_by_one_and_zero_changes_nothing_and_shifts_are_shifts():
    same = array(seeing._resample(PICTURES, np.ones(4, "float32"), np.zeros((4, 2), "float32")))
    np.testing.assert_allclose(same, PICTURES, atol=1e-6)
    moved = array(seeing._resample(PICTURES, np.ones(4, "float32"), np.full((4, 2), [2, -1], "float32")))
    np.testing.assert_allclose(moved[:, 2:, :-1], PICTURES[:, :-2, 1:], atol=1e-6)
    np.testing.assert_allclose(moved[:, :2], 0, atol=1e-6)


def test_zooming_in_spreads_the_middle():
    picture = np.zeros((1, 9, 9, 1), "float32")
    picture[0, 4, 4] = 1
    shown = array(seeing._resample(picture, np.full(1, 3.0, "float32"), np.zeros((1, 2), "float32")))
    assert shown[0, 4, 4, 0] == pytest.approx(1)
    assert shown.sum() == pytest.approx(9, rel=1e-4)


@pytest.mark.parametrize("prior", [True, False])
def test_training_raises_the_score_and_repeats(network, prior):
    score = seeing.class_score(network, [0, 1, 2])
    results = []
    for _ in range(2):
        model = seeing.PicturesFor(score, 3, 8, prior=prior, reach=1 if prior else 0, zoom=0.1 * prior)
        model.compile()
        before = array(score(model.pictures()))
        model.fit(NOTHING, steps_per_epoch=20, verbose=0)
        results.append(model.pictures())
        assert (array(score(results[-1])) > before).all()
        assert np.abs(results[-1]).max() < 1
    np.testing.assert_allclose(*results, atol=1e-5)


def test_colours_mix_the_noise():
    mixing = np.array([[0.5, 0.5, 0.5], [0, 0, 0], [0, 0, 0]])
    score = linear(np.ones((8, 8, 3), "float32"))
    grey = seeing.PicturesFor(score, 2, 8, 3, colours=mixing).pictures()
    np.testing.assert_allclose(grey[..., 0], grey[..., 2], atol=1e-6)
