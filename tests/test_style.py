"""Style transfer: what the losses see and what they do not, a picture that is trained, a fast painter."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_lib import data, training
from course_lib.models import style

pytestmark = pytest.mark.backends


def small_network():
    """Two maps of a tiny network with random weights, always the same."""
    rng = np.random.default_rng(1)
    picture = keras.Input((None, None, 3))
    first = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu")(picture)
    second = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(first)
    model = keras.Model(picture, {"first": first, "second": second})
    model.set_weights([0.3 * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def pictures(n=2, h=40, w=48, seed=0):
    rng = np.random.default_rng(seed)
    return np.tanh(rng.normal(size=(n, h, w, 3)) + rng.normal(size=(n, 1, 1, 3))).astype("float32")


def look(**options):
    return style.Style(pictures(1, seed=5)[0], small_network(), ("first", "second"), "second", **options)


def test_gram_is_the_mean_of_outer_products_and_forgets_places():
    maps = pictures(2, 5, 4)
    flat = maps.reshape(2, 20, 3)
    right = np.einsum("npi,npj->nij", flat, flat) / 20
    made = ops.convert_to_numpy(style.gram(ops.convert_to_tensor(maps)))
    assert np.allclose(made, right, atol=1e-5)
    shuffled = flat[:, np.random.default_rng(1).permutation(20)].reshape(maps.shape)
    assert np.allclose(ops.convert_to_numpy(style.gram(ops.convert_to_tensor(shuffled))), right, atol=1e-5)
    assert np.linalg.eigvalsh(made).min() > -1e-5


def test_relative_error_is_a_share_and_total_variation_a_mean():
    x = ops.convert_to_tensor(pictures())
    assert np.allclose(ops.convert_to_numpy(style.relative_error(0 * x, x)), 1)
    assert np.allclose(ops.convert_to_numpy(style.relative_error(3 * x, x)), 4)
    stripes = np.zeros((1, 6, 8, 3), "float32")
    stripes[:, :, ::2] = 1
    assert np.allclose(ops.convert_to_numpy(style.total_variation(ops.convert_to_tensor(stripes))), 1)


def test_adain_gives_mean_and_spread_of_the_style():
    content, other = (ops.convert_to_tensor(pictures(2, h, 12, seed=h)) for h in (10, 14))
    made = ops.convert_to_numpy(style.adain(content, other))
    right = ops.convert_to_numpy(other)
    assert np.allclose(made.mean((1, 2)), right.mean((1, 2)), atol=1e-4)
    assert np.allclose(made.std((1, 2)), right.std((1, 2)), atol=1e-3)
    even = ops.convert_to_numpy(style.adain(0 * content + 0.5, other))
    assert np.isfinite(even).all()


def test_a_picture_is_fitted_by_cutting_its_longer_side():
    picture = np.zeros((40, 100, 3), np.uint8)
    picture[:, 30:70] = 200
    made = style.fit_picture(picture, 20, 20)
    assert made.shape == (20, 20, 3) and made.dtype == np.uint8 and (made[:, 3:-3] > 190).all()
    assert style.fit_picture(picture, 80, 50).shape == (80, 50, 3)


def test_losses_are_zero_at_their_targets_and_the_transform_reaches_both():
    painting = pictures(1, seed=5)
    for transform in (None, lambda maps: maps + 1):
        one = look(transform=transform)
        maps = one.maps(ops.convert_to_tensor(painting))
        assert np.allclose(ops.convert_to_numpy(one.style_loss(maps)), 0, atol=1e-6)
        assert np.allclose(ops.convert_to_numpy(one.content_loss(maps, maps["second"])), 0, atol=1e-6)
    other = one.maps(ops.convert_to_tensor(pictures()))
    assert ops.convert_to_numpy(one.style_loss(other)).shape == (2,)
    assert ops.convert_to_numpy(one.style_loss(other)).min() > 1e-3


@pytest.mark.parametrize(("places", "moved"), [((0.0, 0.0), (-2, -2)), ((0.5, 0.999), (0, 2))])
def test_shifted_moves_by_whole_pixels_and_mirrors_at_the_edge(places, moved):
    x = pictures(1, 8, 9)
    made = ops.convert_to_numpy(style.shifted(ops.convert_to_tensor(x), ops.convert_to_tensor(places), 2))
    padded = np.pad(x, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="reflect")
    top, left = 2 + moved[0], 2 + moved[1]
    assert np.allclose(made, padded[:, top : top + 8, left : left + 9])
    same = style.shifted(ops.convert_to_tensor(x), ops.convert_to_tensor(places), 0)
    assert np.array_equal(ops.convert_to_numpy(same), x)


def test_a_painting_comes_nearer_and_again_the_same():
    photo = 0.2 * pictures(1)[0]
    made = []
    for _ in range(2):
        model = style.Painting(photo, photo, look(), content_weight=0, reach=2, seed=1)
        made.append(model.paint(40))
    loss = model.history_of_losses.history["style"]
    assert loss[-1] < 0.7 * loss[0]
    assert made[0].shape == photo.shape and np.abs(made[0]).max() <= 1
    assert np.abs(made[0] - photo).mean() > 0.01
    assert np.allclose(made[0], made[1], atol=1e-3)


def test_more_content_weight_stays_nearer_to_the_photograph():
    photo = pictures(1)[0]
    far = []
    for weight in (0.0, 30.0):
        made = style.Painting(photo, photo, look(), weight, seed=1).paint(20)
        far.append(np.abs(made - photo).mean())
    assert far[1] < far[0]


def test_the_network_of_pixels_is_not_trained_with_them():
    one = look()
    before = one.network.get_weights()
    style.Painting(pictures(1)[0], pictures(1)[0], one, seed=1).paint(3)
    assert all(np.array_equal(a, b) for a, b in zip(before, one.network.get_weights(), strict=True))


def test_a_stylizer_begins_with_the_photograph_and_learns():
    photos = pictures(8)
    model = style.Stylizer(style.stylizer(8, 1), look(), content_weight=0.05, seed=1)
    assert np.allclose(ops.convert_to_numpy(model(photos[:2])), photos[:2], atol=1e-6)
    model.compile(keras.optimizers.Adam(5e-3))
    history = model.fit(photos, batch_size=4, epochs=2, steps_per_epoch=15, verbose=0).history
    assert history["style"][1] < history["style"][0]
    made = ops.convert_to_numpy(model(photos[:2]))
    assert made.shape == photos[:2].shape and np.abs(made).max() <= 1
    assert np.allclose(made, ops.convert_to_numpy(model(photos[:2])))  # its noise is always the same
    alone = ops.convert_to_numpy(model(photos[:1]))
    assert np.allclose(made[:1], alone, atol=1e-4)  # nothing passes from picture to picture


def test_instance_normalisation_forgets_the_contrast_of_a_photograph():
    network = style.stylizer(8, 1)
    last = network.layers[-2]
    last.set_weights([np.random.default_rng(0).normal(size=w.shape) for w in last.get_weights()])
    photo = pictures(1)
    change = ops.convert_to_numpy(network(photo))
    assert np.allclose(change, ops.convert_to_numpy(network(0.3 * photo)), atol=0.02 * change.std())


def test_crops_have_the_colours_of_the_painting_and_repeat_themselves():
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 120, (60, 90, 3), dtype=np.uint8) for _ in range(2)]
    painting = rng.integers(100, 200, (50, 50, 3), dtype=np.uint8)
    made = style.crops(photos, painting, 6, size=16, height=40, seed=3)
    assert made.shape == (6, 16, 16, 3) and made.dtype == np.uint8
    assert np.abs(made.mean((0, 1, 2)) - painting.mean((0, 1))).max() < 15
    assert np.array_equal(made, style.crops(photos, painting, 6, size=16, height=40, seed=3))
    whole = style.in_colours_of(photos[0], painting)
    assert np.abs(whole.mean((0, 1)) - painting.mean((0, 1))).max() < 1


def test_a_gradient_reaches_the_picture():
    one, x = look(), pictures(1)
    slope = training.gradient(lambda p: one.style_loss(one.maps(p)), x)
    slope = ops.convert_to_numpy(slope)
    assert slope.shape == x.shape and np.isfinite(slope).all() and np.abs(slope).max() > 0


def test_held_out_photographs_exist():
    assert set(style.HELD_OUT) < set(data.load("photos"))


def test_a_scrambled_picture_keeps_its_spectrum_and_loses_its_strokes():
    rows, columns = np.mgrid[0:60, 0:80]
    stripes = np.where((columns + rows) % 12 < 5, 150, 90)[..., None] + [0, 10, -20]
    stripes[:, 40:] = (np.where((columns - 2 * rows) % 17 < 7, 140, 100)[..., None] + [5, 0, 5])[:, 40:]
    picture = stripes.astype("uint8")
    twin = style.scrambled(picture)
    assert twin.shape == picture.shape and (twin != picture).any()
    np.testing.assert_array_equal(twin, style.scrambled(picture))
    sizes = [np.abs(np.fft.rfft2(one[..., 0].astype(float))) for one in (picture, twin)]
    assert np.corrcoef(sizes[0].ravel(), sizes[1].ravel())[0, 1] > 0.99
    covariances = [np.cov(one.reshape(-1, 3).T.astype(float)) for one in (picture, twin)]
    np.testing.assert_allclose(*covariances, rtol=0.05)
    assert np.median(style.coherence(picture)) > np.median(style.coherence(twin)) + 0.1


def test_coherence_is_one_along_stripes_and_nothing_on_an_even_wall():
    stripes = (100 + 50 * np.sin(np.arange(40) / 3))[None, :, None] * np.ones((40, 40, 3))
    assert style.coherence(stripes.astype("uint8")).min() > 0.9
    assert style.coherence(np.full((40, 40, 3), 90, "uint8")).max() < 1e-6
