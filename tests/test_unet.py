"""The U-Net: sizes, what it is before training, what reaches where, and that it survives saving."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.layers import DepthToSpace
from course_lib.models.unet import unet, unet_stride

pytestmark = pytest.mark.backends

SMALL = {"widths": (4, 6, 8)}


def pictures(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def test_depth_to_space_deals_the_channels_row_by_row():
    channels = np.arange(2 * 3 * 8).reshape(1, 2, 3, 8).astype("float32")  # blocks of 2x2, 2 channels
    made = ops.convert_to_numpy(DepthToSpace(2)(channels))
    assert made.shape == (1, 4, 6, 2)
    for i in range(2):
        for j in range(2):
            first = 2 * (2 * i + j)
            assert (made[:, i::2, j::2] == channels[..., first : first + 2]).all()


def test_depth_to_space_says_what_does_not_fit():
    with pytest.raises(ValueError, match="5 channels"):
        keras.Sequential([keras.Input((4, 4, 5)), DepthToSpace(2)])


@pytest.mark.parametrize("patch", [1, 2, 3])
def test_it_takes_any_size_that_its_stride_divides(patch):
    network = unet(channels_in=4, channels_out=2, patch=patch, **SMALL)
    stride = unet_stride(patch=patch, **SMALL)
    assert stride == 4 * patch
    for height, width in ((stride, 3 * stride), (2 * stride, stride)):
        made = ops.convert_to_numpy(network(pictures(2, height, width, 4)))
        assert made.shape == (2, height, width, 2)
        assert np.abs(made).max() <= 1


@pytest.mark.parametrize("patch", [1, 2])
def test_a_residual_network_gives_its_input_back_before_training(patch):
    inputs = pictures(1, 16, 24, 4)
    made = ops.convert_to_numpy(unet(channels_in=4, patch=patch, outputs="residual", **SMALL)(inputs))
    assert (made == inputs[..., :3]).all()


def test_the_fine_level_reaches_the_output_and_so_does_the_coarse_one():
    keras.utils.set_random_seed(1)
    network = unet(32, 1, 1, outputs="tanh", **SMALL)
    for weight in network.weights:  # the blocks are 0 before training
        weight.assign(keras.random.normal(weight.shape, stddev=0.2, seed=1))
    base, changed = np.zeros((1, 32, 32, 1), "float32"), np.zeros((1, 32, 32, 1), "float32")
    changed[0, 16, 16] = 1
    far = ops.convert_to_numpy(network(changed) - network(base))[0, ..., 0]
    rows, _ = np.nonzero(np.abs(far) > 1e-7)
    assert abs(far[16, 16]) > 1e-7
    assert rows.max() - rows.min() > 20  # one 3x3 convolution reaches 3 pixels


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 30}, "multiple of 4"),
        ({"outputs": "sigmoid"}, "choose one of tanh"),
        ({"outputs": "residual", "channels_in": 1}, "too few"),
    ],
)
def test_bad_arguments_get_a_sentence(arguments, words):
    with pytest.raises(ValueError, match=words):
        unet(**arguments)


def test_it_survives_saving(tmp_path):
    network = unet(channels_in=2, channels_out=1, patch=2, **SMALL)
    network.save(tmp_path / "unet.keras")
    again = keras.saving.load_model(tmp_path / "unet.keras")
    inputs = pictures(1, 8, 16, 2)
    assert np.allclose(ops.convert_to_numpy(network(inputs)), ops.convert_to_numpy(again(inputs)), atol=1e-6)
