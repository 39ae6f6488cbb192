"""Batches whose order is a function of a seed and the number of the step, and of nothing else.

`tf.data`'s own seeded `shuffle` counts its iterations from the start of the process, so a training that is
interrupted and resumed sees the pictures in another order. Here epoch `e` is shuffled with the seed
`(seed, e)`: step 5,000 draws the same pictures whether the process is one second or one day old, and
TensorFlow, JAX and PyTorch draw the same ones.
"""

from __future__ import annotations

import numpy as np

from course_lib.data.pictures import around_zero


class Batches:
    """Shuffled batches of arrays that lie in memory.

    Args:
        arrays: one array, or a tuple or dict of arrays, all with the same first axis, for example
            pictures `(n, h, w, c)`, or `(pictures, labels)`.
        batch_size: examples in a batch. What does not fill the last batch of an epoch is left out, so
            that every batch has the same static shape; another epoch's shuffle brings it back.
        seed: any integer from 0; it decides the order.
        scale: whether uint8 arrays become float32 in [-1, 1] on the way (`data.signed`).

    Raises:
        ValueError: if the arrays differ in length, or are fewer than one batch.
    """

    def __init__(self, arrays, batch_size: int, seed: int = 0, scale: bool = True):
        self.arrays = _map(np.asarray, arrays)
        lengths = set()
        _map(lambda array: lengths.add(len(array)), self.arrays)
        if len(lengths) != 1:
            raise ValueError(f"The arrays must have the same number of examples, not {lengths}.")
        self.examples = lengths.pop()
        if not 0 < batch_size <= self.examples:
            raise ValueError(
                f"batch_size={batch_size} does not fit {self.examples} examples: "
                f"choose a number from 1 to {self.examples}."
            )
        if seed < 0:
            raise ValueError(f"seed={seed} is negative; choose an integer from 0.")
        self.batch_size, self.seed, self.scale = batch_size, seed, scale

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self.examples // self.batch_size

    def order(self, epoch: int) -> np.ndarray:
        """The order of epoch number `epoch`, shape `(batches, batch_size)`: indices into the arrays."""
        shuffled = np.random.default_rng((self.seed, int(epoch))).permutation(self.examples)
        return shuffled[: len(self) * self.batch_size].reshape(len(self), self.batch_size)

    def batch(self, indices: np.ndarray):
        """The examples at `indices`, in the structure of the arrays."""
        return _map(lambda array: self.scaled(array[indices]), self.arrays)

    def from_step(self, first_step: int = 0):
        """Yields NumPy batches without end, beginning where training step `first_step` begins."""
        step = first_step
        while True:
            epoch, offset = divmod(step, len(self))
            for indices in self.order(epoch)[offset:]:
                yield self.batch(indices)
                step += 1

    def __iter__(self):
        """Yields the batches of epoch 0 as NumPy arrays."""
        for indices in self.order(0):
            yield self.batch(indices)

    def dataset(self, first_step: int = 0):
        """The same endless sequence as a `tf.data.Dataset`, without tf.data's autotuner; needs TensorFlow."""
        from course_lib.backend import tensorflow  # loads it, which nothing else here does

        return tensorflow.feed(self, first_step)

    def scaled(self, array, cast=np.asarray):
        """uint8 as float32 in [-1, 1] where that is wanted; everything else as it is.

        Args:
            array: an array or tensor.
            cast: takes it and the name of a type, and returns it in that type.
        """
        if not self.scale or array.dtype != "uint8":
            return array
        return around_zero(cast(array, "float32"))


def _map(function, arrays):
    """`function` of every array in an array, a tuple or a dict."""
    if isinstance(arrays, dict):
        return {key: _map(function, value) for key, value in arrays.items()}
    if isinstance(arrays, tuple):
        return tuple(_map(function, value) for value in arrays)
    return function(arrays)
