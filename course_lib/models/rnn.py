"""Networks that see a film frame by frame and say what comes next."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from course_lib.data.pictures import signed, to_uint8
from course_lib.layers import depth_to_space
from course_lib.models.supervised import Supervised
from course_lib.training import outside_gradients

# ---------------------------------------------------------------------------------------------------
# Networks. All of them take frames (batch, time, h, w, channels) in [-1, 1] and return as many:
# output t is what the network expects as frame t + 1, having seen the frames 0 to t.
# ---------------------------------------------------------------------------------------------------


def dense_lstm(shape, units: int = 256) -> keras.Model:
    """An LSTM over flattened frames (Hochreiter, Schmidhuber 1997), with an output at every step.

    Args:
        shape: (h, w, channels) of a frame.
        units: numbers in the hidden state.

    Returns:
        Frames (batch, time, h, w, channels) to the expected next ones, of the same shape.
    """
    frames = keras.Input((None, *shape))
    size = shape[0] * shape[1] * shape[2]
    flat = layers.Reshape((-1, size))(frames)  # (batch, time, pixels)
    hidden = layers.LSTM(units, return_sequences=True)(flat)  # (batch, time, units)
    pixels = layers.Dense(size, activation="tanh")(hidden)  # the projection back, (batch, time, pixels)
    return keras.Model(frames, layers.Reshape((-1, *shape))(pixels))


@keras.saving.register_keras_serializable("course_lib")
class ConvGRU(layers.Layer):
    """One step of a gated recurrent unit whose products are convolutions.

    The state is a grid of vectors, and a place hears from its neighbours only, by the same weights
    everywhere (Ballas, Yao, Pal, Courville, ICLR 2016, 1511.06432; with an LSTM's gates: Shi et al.,
    NIPS 2015, 1506.04214).

    Args:
        width: numbers in the state at each place.
        kernel_size: odd; how far a place hears.

    Called on inputs (batch, rows, columns, any) and the state (batch, rows, columns, width), it returns the
    next state.
    """

    def __init__(self, width: int, kernel_size: int = 3, **kwargs):
        super().__init__(**kwargs)
        self.width, self.kernel_size = width, kernel_size
        self.gates = layers.Conv2D(2 * width, kernel_size, padding="same", activation="sigmoid")
        self.candidate = layers.Conv2D(width, kernel_size, padding="same", activation="tanh")

    def build(self, inputs_shape, state_shape):
        both = (*inputs_shape[:-1], inputs_shape[-1] + self.width)
        self.gates.build(both)
        self.candidate.build(both)

    def call(self, inputs, state):
        gates = self.gates(ops.concatenate([inputs, state], axis=-1))  # (batch, rows, columns, 2 width)
        update, reset = gates[..., : self.width], gates[..., self.width :]
        candidate = self.candidate(ops.concatenate([inputs, reset * state], axis=-1))
        return (1 - update) * state + update * candidate

    def get_config(self):
        return {**super().get_config(), "width": self.width, "kernel_size": self.kernel_size}


@keras.saving.register_keras_serializable("course_lib")
class FrameNetwork(keras.Model):
    """A recurrent convolutional network from each frame of a film to the next.

    A frame is cut into cells of `cell` × `cell` pixels, and the grid of cells goes through recurrent
    layers. In go, for each cell, its pixels, and how well each shift of the last frame explains them (a
    correlation layer: Dosovitskiy et al., ICCV 2015, 1504.06852). Out comes how the cell's next pixels
    are made: as a mixture, pixel by pixel, of what it paints and of `moves` copies of the present
    frame, each moved by a distribution over shifts (Finn, Goodfellow, Levine, NIPS 2016, 1605.07157).
    With `moves=0` everything is painted.

    Args:
        shape: (h, w, channels) of a frame; `cell` must divide h and w.
        width: numbers in the state of a cell, in each recurrent layer.
        depth: recurrent layers.
        cell: side of a cell, in pixels.
        moves: shifted copies among which a pixel may choose.
        reach: the largest shift along either axis, in pixels, at most `cell`.

    Raises:
        ValueError: if the cells do not fill the frame, or a shift reaches beyond the next cell.
    """

    def __init__(
        self, shape, width: int = 64, depth: int = 2, cell: int = 4, moves: int = 2, reach: int = 3, **kwargs
    ):
        super().__init__(**kwargs)
        height, wide, channels = self.shape = tuple(shape)
        if height % cell or wide % cell:
            raise ValueError(
                f"Cells of {cell}×{cell} pixels do not fill a frame of {height}×{wide}: choose another cell."
            )
        if not 0 < reach <= cell:
            raise ValueError(f"reach={reach} must lie between 1 and the side of a cell, {cell}.")
        self.width, self.depth, self.cell, self.moves, self.reach = width, depth, cell, moves, reach
        self.grid = (height // cell, wide // cell)
        self.encoder = layers.Conv2D(width, 3, padding="same", activation="relu")
        self.recurrent = [ConvGRU(width) for _ in range(depth)]
        self.shifts = shifts = (2 * reach + 1) ** 2
        outputs = moves * shifts + cell**2 * (channels + (moves + 1 if moves else 0))
        self.decoder = layers.Conv2D(outputs, 3, padding="same", bias_initializer=self._first_answer)
        self.picked = _picked(cell, reach)
        self.encoder.build((None, *self.grid, cell**2 * channels + shifts))
        for layer in self.recurrent:
            layer.build((None, *self.grid, width), (None, *self.grid, width))
        self.decoder.build((None, *self.grid, width))
        self.built = True

    def _first_answer(self, shape, dtype=None):
        """The decoder's first bias: paint dark, and paint little, so that what is black stays so."""
        bias = np.zeros(shape, "float32")
        pixels = self.cell**2 * self.shape[-1]
        if self.moves:
            bias[:pixels] = -1
            shares = bias[pixels + self.moves * self.shifts :].reshape(self.cell**2, self.moves + 1)
            shares[:, self.moves] = -3
        return ops.convert_to_tensor(bias, dtype)

    def start(self, batch_size):
        """The states before frame 0: the shifts of a black frame, and an empty grid for each layer.

        Returns:
            A list of tensors: (batch, rows, columns, shifts, cell² channels), all -1, then `depth` times
            (batch, rows, columns, width), all 0.
        """
        cells = (batch_size, *self.grid, self.shifts, self.cell**2 * self.shape[-1])
        grid = ops.zeros((batch_size, *self.grid, self.width), self.compute_dtype)
        return [ops.full(cells, -1.0, self.compute_dtype)] + [grid] * self.depth

    def advance(self, frame, states):
        """One step: a frame (batch, h, w, channels) and states to the expected next frame and new states."""
        last_shifted, *grids = states
        values = self.look(frame, last_shifted)
        new_grids = []
        for layer, grid in zip(self.recurrent, grids, strict=True):
            values = layer(values, grid)
            new_grids.append(values)
        shifted = self.shifted(frame)
        return self.next_frame(shifted, self.decoder(values)), [shifted, *new_grids]

    def look(self, frame, last_shifted):
        """What the encoder says of a frame and the shifts of the last one: (batch, rows, columns, width)."""
        cells = _to_cells(frame, self.cell)  # (batch, rows, columns, cell² channels)
        misfit = ops.mean(ops.abs(cells[..., None, :] - last_shifted), axis=-1)  # (..., shifts)
        return self.encoder(ops.concatenate([cells, misfit], axis=-1))

    def next_frame(self, shifted, said):
        """The next frame, from the shifts of this one and what cells say (batch, rows, columns, outputs)."""
        cell, moves, shifts = self.cell, self.moves, self.shifts
        pixels = cell**2 * self.shape[-1]
        painted = depth_to_space(ops.tanh(said[..., :pixels]), cell)  # (batch, h, w, channels)
        if not moves:
            return painted
        kernels = said[..., pixels : pixels + moves * shifts]
        kernels = ops.softmax(ops.reshape(kernels, (-1, *self.grid, moves, shifts)))
        choice = depth_to_space(said[..., pixels + moves * shifts :], cell)
        choice = ops.softmax(choice)  # (batch, h, w, moves + 1)
        moved = ops.matmul(kernels, shifted)  # (batch, rows, columns, moves, cell² channels)
        moved = ops.reshape(ops.swapaxes(moved, -1, -2), (-1, *self.grid, pixels * moves))
        moved = ops.reshape(depth_to_space(moved, cell), (-1, *self.shape, moves))
        return ops.sum(moved * choice[:, :, :, None, :moves], axis=-1) + painted * choice[..., moves:]

    def shifted(self, frame):
        """Every shift of `frame`, cell by cell: (batch, rows, columns, shifts, cell² channels)."""
        rows, columns = self.grid
        cells = ops.reshape(_to_cells(frame, self.cell), (-1, rows, columns, self.cell**2, self.shape[-1]))
        cells = ops.swapaxes(cells, -1, -2)  # (batch, rows, columns, channels, cell²)
        cells = ops.pad(cells, [[0, 0], [1, 1], [1, 1], [0, 0], [0, 0]], constant_values=-1.0)
        around = [cells[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
        around = ops.concatenate(around, axis=-1)  # with the eight neighbours: (..., channels, 9 cell²)
        every = ops.matmul(around, ops.convert_to_tensor(self.picked, around.dtype))
        every = ops.reshape(every, (-1, rows, columns, self.shape[-1], self.shifts, self.cell**2))
        every = ops.transpose(every, (0, 1, 2, 4, 5, 3))  # (..., shifts, cell², channels)
        return ops.reshape(every, (-1, rows, columns, self.shifts, self.cell**2 * self.shape[-1]))

    def call(self, frames, kept=None, training=False):
        """The expected next frames; see the module's comment.

        Args:
            frames: (batch, time, h, w, channels) in [-1, 1].
            kept: (batch, time), numbers from 0 to 1, or None for ones: 1 where the network sees the
                film's own frame, 0 where it sees what it expected in its place. Frame 0 is always the
                film's own.
        """
        states = self.start(ops.shape(frames)[0])
        seen, expected = frames[:, 0], []
        for time in range(frames.shape[1]):
            if time:
                seen = frames[:, time]
                if kept is not None:
                    keep = ops.reshape(ops.cast(kept[:, time], seen.dtype), (-1, 1, 1, 1))
                    seen = keep * seen + (1 - keep) * ops.stop_gradient(expected[-1])
            frame, states = self.advance(seen, states)
            expected.append(frame)
        return ops.stack(expected, axis=1)

    def get_config(self):
        return {
            "shape": self.shape, "width": self.width, "depth": self.depth, "cell": self.cell,
            "moves": self.moves, "reach": self.reach,
        }  # fmt: skip


def _to_cells(pixels, cell):
    """(batch, h, w, channels) to (batch, h / cell, w / cell, cell² channels)."""
    _, height, width, channels = pixels.shape
    rows, columns = height // cell, width // cell
    pixels = ops.reshape(pixels, (-1, rows, cell, columns, cell * channels))
    return ops.reshape(ops.transpose(pixels, (0, 1, 3, 2, 4)), (-1, rows, columns, cell**2 * channels))


def _picked(cell, reach):
    """Which pixels of a cell and its eight neighbours each shift brings into the cell.

    Ones and zeros (9 cell², shifts cell²): the product of a row of pixels with it is every shift of the cell.
    """
    picked = np.zeros((3, 3, cell, cell, 2 * reach + 1, 2 * reach + 1, cell, cell), "float32")
    for down, right, row, column in np.ndindex(2 * reach + 1, 2 * reach + 1, cell, cell):
        above, from_row = divmod(cell + row + down - reach, cell)
        beside, from_column = divmod(cell + column + right - reach, cell)
        picked[above, beside, from_row, from_column, down, right, row, column] = 1
    return picked.reshape(9 * cell**2, -1)


# ---------------------------------------------------------------------------------------------------
# Training, and going on
# ---------------------------------------------------------------------------------------------------


class NextFrame(Supervised):
    """Trains a `FrameNetwork` on films (batch, time, h, w, channels).

    The loss is the mean over films, expected frames and pixels of `objective`. The network sees the
    first `given` frames as they are; of the others it sees each with probability `forcing`, and
    otherwise what it expected in its place: 1 is teacher forcing, 0 free running, and a schedule from 1
    downwards is scheduled sampling (Bengio, Vinyals, Jaitly, Shazeer, NIPS 2015, 1506.03099). What it
    expected comes back in as a constant: gradients flow through the state of the cells only.

    Args:
        network: a `FrameNetwork`, or another with its `call`.
        given: frames from the beginning that are always seen.
        forcing: a number from 0 to 1, or a Keras schedule, such as
            `keras.optimizers.schedules.PolynomialDecay(1.0, steps, 0.0)`.
        objective: the loss as Keras names it, a `keras.losses.Loss`, or a function of (targets, outputs).
        seed: of everything random in training.
    """

    saved = (*Supervised.saved, "given", "forcing")

    def __init__(
        self,
        network,
        given: int,
        forcing=0.0,
        objective="mean_squared_error",
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(network, objective, seed=seed, **kwargs)
        self.given, self.forcing = given, forcing

    def kept(self, batch_size, length):
        """Which of `length` frames the network sees as they are: floats (batch, length), 1 or 0."""
        chance = self.forcing(self.steps_taken) if callable(self.forcing) else self.forcing
        coins = ops.cast(self.uniform_noise((batch_size, length)) < chance, "float32")
        return ops.where(ops.arange(length) < self.given, 1.0, coins)

    def pair(self, frames):
        """What goes in, and what shall come out at the same place: each frame's next one."""
        return frames[:, :-1], frames[:, 1:]

    def arguments(self, inputs):
        return inputs, self.kept(ops.shape(inputs)[0], inputs.shape[1])


def continue_films(network, films, steps: int) -> np.ndarray:
    """Lets a network run freely: each frame that it expects becomes the next one that it sees.

    Args:
        network: a `FrameNetwork`, or any network from frames (n, time, h, w, channels) to as many
            expected next ones. That one runs again for each step, on a film whose later frames are
            still black: one that looks ahead finds nothing there.
        films: the given frames, (n, given, h, w, channels), uint8 or floats in [-1, 1].
        steps: how many frames to add.

    Returns:
        uint8 (n, steps, h, w, channels), the added frames.
    """
    films = np.asarray(films)
    films = signed(films) if films.dtype == np.uint8 else films.astype("float32")
    n, given = films.shape[:2]
    unknown = np.full((n, steps - 1, *films.shape[2:]), -1, "float32")
    film = np.concatenate([films, unknown], axis=1)
    with outside_gradients():
        if isinstance(network, FrameNetwork):
            kept = np.repeat([[1.0] * given + [0.0] * (steps - 1)], n, axis=0).astype("float32")
            return to_uint8(ops.convert_to_numpy(network(film, kept))[:, given - 1 :])
        added = []
        for time in range(given, given + steps):
            added.append(ops.convert_to_numpy(network(film))[:, time - 1])
            if time < film.shape[1]:
                film[:, time] = added[-1]
    return to_uint8(np.stack(added, axis=1))
