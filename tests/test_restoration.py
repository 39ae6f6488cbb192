"""Damage, the networks that undo it, patches, and pictures of any size in tiles."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import data, training
from course_lib.models import restoration
from test_lessons import definitions

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (40, 57, 3), dtype="uint8")


# --- patches --------------------------------------------------------------------------------------


def test_patches_come_from_the_photos_and_keep_channels_together():
    photos = [PHOTO, 255 - PHOTO[:30]]
    pairs = [np.concatenate([photo, photo], axis=-1) for photo in photos]
    made = data.patches(pairs, 8, 50, seed=3)
    assert made.shape == (50, 8, 8, 6) and made.dtype == np.uint8
    assert (made[..., :3] == made[..., 3:]).all()
    assert (made == data.patches(pairs, 8, 50, seed=3)).all()
    assert (made != data.patches(pairs, 8, 50, seed=4)).any()


def test_a_patch_is_a_turned_or_mirrored_piece_of_a_photo():
    windows = np.lib.stride_tricks.sliding_window_view(PHOTO, (9, 9, 3)).reshape(-1, 9, 9, 3)
    known = {window.tobytes() for window in windows}
    found = set()
    for patch in data.patches({"one": PHOTO}, 9, 60):
        ways = [
            (turns, mirrored)
            for turns in range(4)
            for mirrored in (False, True)
            if np.rot90(patch[:, ::-1] if mirrored else patch, turns).tobytes() in known
        ]
        assert len(ways) == 1  # of noise, exactly one way fits
        found.update(ways)
    assert len(found) == 8


@pytest.mark.parametrize("photos", [[], [PHOTO[:7]]])
def test_patches_say_what_is_too_small(photos):
    with pytest.raises(ValueError, match="at least 8"):
        data.patches(photos, 8, 2)


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [2, 3])
def test_reduced_averages_and_nearest_keeps_single_pixels(factor):
    small = restoration.reduced(PHOTO, factor)
    assert small.shape == (40 // factor, 57 // factor, 3)
    assert small.std() < 0.75 * PHOTO.std()  # noise averages out
    dropped = restoration.reduced(PHOTO, factor, "nearest")
    middle = factor // 2
    height, width = (side * factor for side in small.shape[:2])
    assert (dropped == PHOTO[middle:height:factor, middle:width:factor]).all()
    assert restoration.enlarged(small, factor).shape == (height, width, 3)


def test_reducing_and_enlarging_keep_a_flat_picture():
    flat = np.full((12, 12, 3), (10, 120, 250), np.uint8)
    assert (restoration.enlarged(restoration.reduced(flat, 3), 3) == flat).all()


def test_strokes_cover_their_share_and_are_as_thick_as_asked():
    from scipy.ndimage import distance_transform_edt

    for seed in range(5):
        hole = restoration.strokes(80, 90, share=0.15, thickness=(12, 24), seed=seed)
        assert hole.dtype == bool and hole.shape == (80, 90)
        assert 0.15 <= hole.mean() < 0.5
        assert distance_transform_edt(np.pad(hole, 30, mode="edge")).max() >= 5
    assert (restoration.strokes(80, 90, seed=1) == restoration.strokes(80, 90, seed=1)).all()


# --- training -------------------------------------------------------------------------------------


def clean(*shape):
    return np.random.default_rng(1).uniform(-0.5, 0.5, shape).astype("float32")


def test_the_denoiser_adds_noise_of_the_level_that_it_tells():
    model = restoration.Denoiser(restoration.network("denoise"), levels=(10, 40), seed=1)
    pictures = clean(16, 32, 32, 3)
    inputs, targets = map(ops.convert_to_numpy, model.pair(ops.convert_to_tensor(pictures)))
    assert (targets == pictures).all() and inputs.shape == (16, 32, 32, 4)
    told = 127.5 * inputs[:, 0, 0, 3]
    there = 127.5 * (inputs[..., :3] - pictures).std(axis=(1, 2, 3))
    assert np.allclose(told, there, rtol=0.08)
    assert told.min() >= 10 and told.max() <= 40 and told.max() - told.min() > 5


def test_the_inpainter_learns_inside_the_hole_only_and_does_not_see_it():
    model = restoration.Inpainter(restoration.network("inpaint"), seed=1)
    picture, filling = clean(2, 32, 32, 3), clean(2, 32, 32, 3)[::-1]
    holes = np.full((2, 32, 32, 1), -1, "float32")
    holes[:, 8:20, 8:20] = 1
    batch = np.concatenate([picture, holes, filling], axis=-1)
    inputs, targets = map(ops.convert_to_numpy, model.pair(ops.convert_to_tensor(batch)))
    assert (inputs[..., :3] == filling).all() and (targets == picture).all()
    assert inputs[..., 3].sum() == 2 * 12 * 12 and (inputs[:, 8:20, 8:20, 3] == 1).all()
    model.compile(keras.optimizers.Adam(1e-3))
    (loss,) = model.fit(batch, batch_size=2, epochs=1, verbose=0).history["loss"]
    # Before training the network returns the filling.
    assert np.isclose(loss, np.abs(picture - filling)[:, 8:20, 8:20].mean(), rtol=1e-4)


def test_a_plate_continues_a_slope_and_keeps_what_is_there():
    ramp = np.broadcast_to(np.linspace(-0.8, 0.8, 32, dtype="float32")[:, None, None], (32, 32, 3))
    hole = np.zeros((32, 32), bool)
    hole[10:18, 12:22] = True
    damaged = np.where(hole[..., None], 1, ramp)
    assert np.allclose(restoration.by_plate(damaged, hole), ramp, atol=0.01)
    assert (restoration.by_plate(ramp, np.zeros((32, 32), bool)) == ramp).all()


@pytest.mark.parametrize("factor", [2, 3])
def test_fitted_filters_enlarge_better_than_the_interpolations_that_are_filters_too(factor):
    photo = data.load("photos")["flower"][:180, :180]
    filters = restoration.linear_filters([photo], factor)
    assert filters.shape == (81, factor**2) and filters.dtype == np.float32
    small, right = restoration.reduced(photo, factor), data.signed(photo)
    errors = [
        np.square(made - right)[4 * factor : -4 * factor, 4 * factor : -4 * factor].mean()
        for made in (
            restoration.by_filters(small, filters, factor),
            data.signed(restoration.enlarged(small, factor)),
            data.signed(restoration.enlarged(small, factor, "lanczos")),
        )
    ]
    assert errors[0] < min(errors[1:])


def test_filters_keep_the_places_of_pixels():
    """Filters that only copy the pixel in the middle repeat every pixel."""
    small = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype("uint8")
    copy = np.zeros((9, 4), "float32")
    copy[4] = 1
    made = restoration.by_filters(small, copy, 2)
    np.testing.assert_allclose(made, data.signed(small.repeat(2, axis=0).repeat(2, axis=1)), atol=1e-6)


def test_cosines_take_noise_off_and_leave_what_is_none():
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:45, 0:52] / 50
    clean = np.stack([rows - 0.5, columns - 0.5, 0.3 * np.cos(6 * rows)], axis=-1)  # (45, 52, 3)
    noise = 25 / 127.5 * rng.standard_normal(clean.shape)
    made = restoration.by_cosines(clean + noise, 25)
    assert made.shape == clean.shape and made.dtype == np.float32
    assert np.square(made - clean).mean() < np.square(noise).mean() / 10
    np.testing.assert_allclose(restoration.by_cosines(clean, 0), clean, atol=1e-6)


def test_a_denoiser_survives_its_config():
    model = restoration.Denoiser(restoration.network("denoise"), levels=(10, 40))
    again = restoration.Denoiser.from_config(model.get_config())
    assert tuple(again.levels) == (10, 40)


def test_a_denoiser_survives_a_file(tmp_path):
    model = restoration.Denoiser(restoration.network("denoise"), levels=(10, 40))
    model.compile()
    model.save(tmp_path / "model.keras")
    custom = {"Denoiser": restoration.Denoiser, "Optimizers": training.Optimizers}
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects=custom)
    assert again.levels == (10, 40) and again.objective is keras.losses.mean_absolute_error
    noisy = clean(1, 16, 16, 4)
    np.testing.assert_array_equal(again.predict(noisy, verbose=0), model.predict(noisy, verbose=0))


# --- whole pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(40, 57), (64, 64), (7, 9), (150, 33)])
def test_tiles_put_a_picture_together_again(shape):
    picture = clean(*shape, 4)
    made = restoration.in_tiles(lambda tile: tile[..., :3], picture, tile=64, overlap=16)
    assert made.shape == (*shape, 3)
    assert np.allclose(made, picture[..., :3], atol=1e-6)


def test_tiles_leave_no_seams():
    """A filter that reaches 8 pixels: without overlap its tiles break at their edges."""
    from scipy.ndimage import uniform_filter

    picture = np.cumsum(clean(128, 128, 3), axis=1)

    def blurred(tile):
        return uniform_filter(tile, (1, 17, 17, 1), mode="nearest")

    right = blurred(picture[None])[0]

    def worst(overlap):
        made = restoration.in_tiles(blurred, picture, tile=32 + overlap, overlap=overlap)
        return np.abs(made - right)[24:-24, 24:-24].max()

    assert worst(32) < 0.5 * worst(0)


@pytest.mark.parametrize("shape", [(33, 50), (16, 16)])
def test_untrained_networks_give_pictures_of_any_size_back(shape):
    picture = clean(*shape, 3)
    assert np.allclose(restoration.denoised(restoration.network("denoise"), picture, 25), picture, atol=1e-6)
    small = data.to_uint8(picture)
    made = restoration.sharpened(restoration.network("enlarge"), small, 3)
    assert np.allclose(made, data.signed(restoration.enlarged(small, 3)), atol=1e-6)
    hole = np.zeros(shape, bool)
    hole[4:9, 5:12] = True
    made = restoration.filled(restoration.network("inpaint"), picture, hole)
    assert (made[~hole] == picture[~hole]).all()
    assert np.allclose(made, restoration.by_plate(picture, hole), atol=1e-6)


def test_what_lies_in_the_hole_is_not_looked_at():
    network = restoration.network("inpaint")
    for weight in network.weights:
        weight.assign(keras.random.normal(weight.shape, stddev=0.05, seed=1))
    picture, hole = clean(32, 32, 3), np.zeros((32, 32), bool)
    hole[10:20, 10:20] = True
    other = np.where(hole[..., None], 0.9, picture)
    first, second = (restoration.filled(network, one, hole) for one in (picture, other))
    assert np.abs(first[hole]).max() > 0 and (first == second).all()


# --- the lesson -----------------------------------------------------------------------------------


def test_the_lessons_network_is_the_librarys():
    lesson = definitions("04_cnn/2_restoring_photographs.py", "convolution", "block", "build_unet")
    lesson["build_unet"].__globals__["DepthToSpace"] = restoration.unet.__globals__["DepthToSpace"]
    by_hand, by_library = lesson["build_unet"](4), restoration.network("denoise")
    values = [0.1 * RNG.normal(size=weight.shape) for weight in by_library.weights]
    by_library.set_weights(values)
    by_hand.set_weights(values)
    inputs = clean(1, 32, 24, 4)
    one, other = (ops.convert_to_numpy(network(inputs)) for network in (by_hand, by_library))
    assert np.allclose(one, other, atol=1e-5)
    assert np.abs(one - inputs[..., :3]).max() > 0.01
