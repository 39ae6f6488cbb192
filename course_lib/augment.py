"""Changes of pictures through which a gradient flows, for a discriminator that has seen few pictures.

Zhao, Liu, Lin, Zhu and Han, *Differentiable Augmentation for Data-Efficient GAN Training*, NeurIPS 2020
(2006.10738): whatever the discriminator sees, real or generated, is changed at random first. It cannot
learn the real pictures by heart then, and the generator is told the way through the change.
"""

from __future__ import annotations

from keras import ops


def translate(pictures, amounts, reach: float = 0.125):
    """Moves every picture by whole pixels; what comes in is 0, the grey between black and white.

    Args:
        pictures: `(batch, h, w, c)` in [-1, 1].
        amounts: `(batch, 2)` in [0, 1): 0 moves furthest up or left, 1 furthest down or right.
        reach: how far at most, as a part of the sides.

    Returns:
        The moved pictures, of the same shape.
    """
    _, height, width, channels = pictures.shape
    batch = ops.shape(pictures)[0]
    down = _shift_matrix(amounts[:, 0], height, int(reach * height), pictures.dtype)
    right = _shift_matrix(amounts[:, 1], width, int(reach * width), pictures.dtype)
    # A shift is a matrix of zeros and ones: unlike an index into the pixels, it has a fast gradient.
    rows = ops.matmul(down, ops.reshape(pictures, (batch, height, width * channels)))
    rows = ops.transpose(ops.reshape(rows, (batch, height, width, channels)), (0, 2, 1, 3))
    moved = ops.matmul(right, ops.reshape(rows, (batch, width, height * channels)))
    return ops.transpose(ops.reshape(moved, (batch, width, height, channels)), (0, 2, 1, 3))


def _shift_matrix(amounts, size, reach, dtype):
    """`(batch, size, size)`: row i has its one in the column that is moved to place i."""
    steps = ops.floor(ops.cast(amounts, "float32") * (2 * reach + 1)) - reach
    places = ops.arange(size, dtype="float32")
    from_place = places[None, :, None] - steps[:, None, None]
    return ops.cast(ops.equal(from_place, places[None, None, :]), dtype)


def cut_out(pictures, centres, side: float = 0.5):
    """Puts a grey square over every picture.

    Args:
        pictures: `(batch, h, w, c)` in [-1, 1].
        centres: `(batch, 2)` in [0, 1): where the square's centre is, from the top and from the left.
        side: of the square, as a part of the picture's; near an edge less of it is seen.

    Returns:
        The pictures with 0 in the squares, of the same shape.
    """
    covered = [
        ops.abs(
            (ops.arange(size, dtype="float32") + 0.5) / size
            - ops.cast(centres[:, axis : axis + 1], "float32")
        )
        < side / 2
        for axis, size in enumerate(pictures.shape[1:3])
    ]  # (batch, h), (batch, w)
    square = ops.logical_and(covered[0][:, :, None, None], covered[1][:, None, :, None])
    return ops.where(square, ops.zeros_like(pictures), pictures)
