"""Networks that go on with a turn or a slide: one that makes pixels, and one that finds the motion.

The first is trained by `rnn.NextFrame`, beside `rnn.FrameNetwork`; the second by `Supervised`.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from course_lib.models import rnn

# ---------------------------------------------------------------------------------------------------
# From frames to the next frame, pixel by pixel
# ---------------------------------------------------------------------------------------------------


@keras.saving.register_keras_serializable("course_lib")
class StackNetwork(rnn.FrameNetwork):
    """A feed-forward network from the last few frames to the next one.

    It looks at a frame, and makes the next one, as `rnn.FrameNetwork` does. Between the two, where that
    network has recurrent layers, this one stacks what it saw of the last `memory` frames as channels
    and passes them through convolutions; what is older it has forgotten.

    Args:
        shape, width, cell, moves, reach: as for `rnn.FrameNetwork`.
        memory: how many frames it looks at, the present one included.
        hidden: channels of the convolutions between, but for the last, which has `width`.
    """

    def __init__(
        self, shape, width: int = 32, memory: int = 4, hidden=(56, 56), cell: int = 4, moves: int = 1,
        reach: int = 3, **kwargs,
    ):  # fmt: skip
        super().__init__(shape, width, depth=0, cell=cell, moves=moves, reach=reach, **kwargs)
        self.memory, self.hidden = memory, tuple(hidden)
        sizes = (memory * width, *self.hidden, width)
        self.between = [layers.Conv2D(size, 3, padding="same", activation="relu") for size in sizes[1:]]
        for layer, size in zip(self.between, sizes[:-1], strict=True):
            layer.build((None, *self.grid, size))

    def start(self, batch_size):
        """The shifts of a black frame, and nothing seen before: zeros (batch, rows, columns, width)."""
        nothing = ops.zeros((batch_size, *self.grid, self.width), self.compute_dtype)
        return super().start(batch_size) + [nothing] * (self.memory - 1)

    def advance(self, frame, states):
        last_shifted, *earlier = states
        seen = self.look(frame, last_shifted)  # (batch, rows, columns, width)
        values = ops.concatenate([seen, *earlier], axis=-1)
        for layer in self.between:
            values = layer(values)
        shifted = self.shifted(frame)
        return self.next_frame(shifted, self.decoder(values)), [shifted, seen, *earlier][: self.memory]

    def get_config(self):
        config = {**super().get_config(), "memory": self.memory, "hidden": self.hidden}
        return {name: value for name, value in config.items() if name != "depth"}


# ---------------------------------------------------------------------------------------------------
# From frames to the motion
# ---------------------------------------------------------------------------------------------------


def sample(pictures, rows, columns):
    """Bilinear sampling: the values of pictures between their pixels, differentiable in the places.

    Args:
        pictures: (batch, h, w, 1). Around them all is black, -1.
        rows, columns: (batch, n), in pixels from the middle of the upper left one; any numbers.

    Returns:
        (batch, n).
    """
    _, height, width, _ = pictures.shape
    padded = ops.pad(pictures[..., 0], [[0, 0], [1, 1], [1, 1]], constant_values=-1.0)
    padded = ops.reshape(padded, (-1, (height + 2) * (width + 2)))
    rows = ops.clip(rows, -1.0, height) + 1  # in the padded picture
    columns = ops.clip(columns, -1.0, width) + 1
    top, left = ops.clip(ops.floor(rows), 0, height), ops.clip(ops.floor(columns), 0, width)
    down, right = rows - top, columns - left  # from 0 to 1
    first = ops.cast(top * (width + 2) + left, "int32")

    def corner(offset):
        return ops.take_along_axis(padded, first + offset, axis=1)

    upper = (1 - right) * corner(0) + right * corner(1)
    lower = (1 - right) * corner(width + 2) + right * corner(width + 3)
    return (1 - down) * upper + down * lower


def repeated(motion, steps: int):
    """The motion of 1, 2, …, `steps` frames.

    Args:
        motion: (batch, 3): the angle of one frame in radians, counter-clockwise; then the shift of one
            frame, down and to the right, in pixels, which comes after the turn.

    Returns:
        (batch, steps, 3).
    """
    angle, down, right = motion[:, 0], motion[:, 1], motion[:, 2]
    every = [motion]
    for step in range(2, steps + 1):
        _, row, column = ops.unstack(every[-1], 3, axis=-1)
        turned_row = ops.cos(angle) * row - ops.sin(angle) * column
        turned_column = ops.sin(angle) * row + ops.cos(angle) * column
        every.append(ops.stack([step * angle, turned_row + down, turned_column + right], axis=-1))
    return ops.stack(every, axis=1)


def moved(pictures, motions):
    """Pictures (batch, h, w, 1), each moved in `steps` ways, (batch, steps, 3): (batch, steps, h, w, 1)."""
    _, height, width, _ = pictures.shape
    steps = motions.shape[1]
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    places = np.indices((height, width), dtype="float32").reshape(2, -1)  # of what is to be made
    rows, columns = ops.unstack(ops.convert_to_tensor(places), 2)
    angle, down, right = ops.split(motions, 3, axis=-1)  # (batch, steps, 1) each
    rows, columns = rows - middle_row - down, columns - middle_column - right
    from_rows = ops.cos(angle) * rows + ops.sin(angle) * columns + middle_row  # the turn backwards
    from_columns = ops.cos(angle) * columns - ops.sin(angle) * rows + middle_column
    flat = (-1, steps * height * width)
    values = sample(pictures, ops.reshape(from_rows, flat), ops.reshape(from_columns, flat))
    return ops.reshape(values, (-1, steps, height, width, 1))


@keras.saving.register_keras_serializable("course_lib")
class MotionNetwork(keras.Model):
    """A network that finds how a picture moves, and leaves the moving to geometry.

    A spatial transformer (Jaderberg, Simonyan, Zisserman, Kavukcuoglu, NIPS 2015, 1506.02025): a small
    network says three numbers, the angle and the shift of one frame, and bilinear sampling, which has no
    weights, does the rest. As in Lin and Lucey (CVPR 2017, 1612.03897) the same small network looks
    several times: at each frame beside the first one, moved by what has been found so far, and corrects it.

    Args:
        shape: (h, w, 1) of a frame.
        given: frames that it sees.
        steps: frames that it adds.
        rounds: how often it looks in training.

    Called on frames (batch, given, h, w, 1) in [-1, 1] it returns those that follow, (batch, steps, h, w, 1).
    """

    def __init__(self, shape, given: int = 4, steps: int = 10, rounds: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.shape, self.given, self.steps, self.rounds = tuple(shape), given, steps, rounds
        self.look = [
            layers.Conv2D(width, 3 if index else 5, strides=2, padding="same", activation="relu")
            for index, width in enumerate((24, 48, 64))
        ]
        self.judge = layers.Dense(64, activation="relu")
        self.correct = layers.Dense(3, kernel_initializer="zeros")
        size = (None, shape[0], shape[1], 2 * (given - 1))
        for layer in self.look:
            layer.build(size)
            size = layer.compute_output_shape(size)
        self.judge.build((None, int(np.prod(size[1:]))))
        self.correct.build((None, 64))
        self.built = True

    def find(self, frames, rounds: int | None = None):
        """The motion of one frame, (batch, 3), as `repeated` takes it, after so many looks."""
        first = frames[:, 0]
        motion = ops.zeros_like(frames[:, 0, 0, :1, 0]) + ops.zeros((1, 3))
        for _ in range(rounds or self.rounds):
            guess = moved(first, repeated(motion, self.given - 1))  # (batch, given - 1, h, w, 1)
            both = ops.concatenate([guess, frames[:, 1:]], axis=1)[..., 0]
            values = ops.transpose(both, (0, 2, 3, 1))  # (batch, h, w, 2 (given - 1))
            for layer in self.look:
                values = layer(values)
            values = self.judge(ops.reshape(values, (-1, int(np.prod(values.shape[1:])))))
            # A weight's step should turn by a few degrees as readily as it shifts by half a pixel.
            motion = motion + self.correct(values) * ops.array([0.1, 1.0, 1.0])
        return motion

    def call(self, frames, training=False):
        return moved(frames[:, -1], repeated(self.find(frames), self.steps))

    def get_config(self):
        return {"shape": self.shape, "given": self.given, "steps": self.steps, "rounds": self.rounds}
