"""Layers that Keras does not have, or not as a lesson needs them, and the size that they start from."""

from __future__ import annotations

import keras
from keras import ops

import course_lib.backend  # noqa: F401 (it settles what keras.json may have set otherwise)


@keras.saving.register_keras_serializable("course_lib")
class SpectralDense(keras.layers.Layer):
    """A dense layer whose kernel has the spectral norm 1: it stretches no vector.

    It computes x W / sigma(W) + b, with sigma(W) the largest singular value (Miyato, Kataoka, Koyama,
    Yoshida, ICLR 2018, 1802.05957, eq. 8). One step of power iteration at each training call keeps an
    estimate of the first singular vectors. sigma is part of the computation, so its derivative with
    respect to W counts too (eq. 10): W itself stays free, and gradient descent knows that it is divided.

    Keras' own `SpectralNormalization` overwrites the kernel at each training call instead.

    Args:
        units: outputs; inputs `(batch, n)` become `(batch, units)`.
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
        self.right = self.add_weight(
            name="right", shape=(self.units,), initializer="random_normal", trainable=False,
            aggregation="only_first_replica",
        )  # fmt: skip

    def call(self, inputs, training=False):
        return ops.matmul(inputs, self.kernel / self.sigma(update=training)) + self.bias

    def sigma(self, update=False):
        """The estimate of the kernel's largest singular value, a scalar; `update` improves it."""
        kernel = ops.stop_gradient(self.kernel)  # the vectors are constants, as in eq. 10
        left = _unit(ops.matmul(kernel, self.right))  # (inputs,)
        right = _unit(ops.matmul(left, kernel))  # (units,)
        if update:
            self.right.assign(right)
        return ops.sum(ops.matmul(left, self.kernel) * right)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def _unit(vector):
    return vector / (ops.norm(vector) + 1e-12)


@keras.saving.register_keras_serializable("course_lib")
class PixelsBefore(keras.layers.Layer):
    """What each number of a vector hears from those before it: x W with W strictly upper triangular.

    Output i depends on inputs 0 to i - 1 only, so a product of probabilities given by it is a
    distribution of the whole vector (the fully visible sigmoid belief network of Neal, *Artificial
    Intelligence* 56, 1992). W starts at 0.

    Inputs and outputs `(batch, n)`.
    """

    def build(self, input_shape):
        size = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(size, size), initializer="zeros")

    def call(self, inputs):
        return ops.matmul(inputs, ops.triu(self.kernel, k=1))


def coarse_size(picture_shape, doublings: int) -> tuple[int, int]:
    """Rows and columns of the grid that becomes a picture `(h, w, c)` when it is doubled so often.

    Raises:
        ValueError: if the picture's sides cannot be halved so often.
    """
    height, width, _ = picture_shape
    if height % 2**doublings or width % 2**doublings:
        raise ValueError(
            f"A picture of {height}×{width} cannot be halved {doublings} times: give fewer widths, "
            "or another size."
        )
    return height // 2**doublings, width // 2**doublings


def depth_to_space(inputs, block: int):
    """Channels as pixels: `(batch, h, w, block² · c)` to `(batch, block · h, block · w, c)`.

    Pixel (i, j) of each block comes from the channels (block · i + j) · c to (block · i + j) · c + c − 1.
    After a convolution this is the sub-pixel convolution of Shi et al., CVPR 2016, 1609.05158.
    """
    _, height, width, depth = ops.shape(inputs)
    channels = depth // block**2
    x = ops.reshape(inputs, (-1, height, width, block, block, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (batch, h, block, w, block, c)
    return ops.reshape(x, (-1, height * block, width * block, channels))


@keras.saving.register_keras_serializable("course_lib")
class DepthToSpace(keras.layers.Layer):
    """`depth_to_space` as a layer.

    Args:
        block: pixels of a block in each direction.
    """

    def __init__(self, block: int, **kwargs):
        super().__init__(**kwargs)
        self.block = block

    def call(self, inputs):
        return depth_to_space(inputs, self.block)

    def compute_output_shape(self, input_shape):
        batch, height, width, depth = input_shape
        if depth % self.block**2:
            raise ValueError(f"{depth} channels cannot be dealt to blocks of {self.block}² pixels.")
        height = None if height is None else height * self.block
        width = None if width is None else width * self.block
        return batch, height, width, depth // self.block**2

    def get_config(self):
        return {**super().get_config(), "block": self.block}
