"""A recurrent network that paints pictures row by row and pixel by pixel, with exact probabilities.

An LSTM reads a picture from the top, one row a step; its state is all that a row hears of what lies far
above. Within a row a pixel hears some of the pixels to its left. So no pixel hears itself or a later one,
in reading order, and the product of what is said about each is a probability of the whole picture. A
small relative of PixelRNN (van den Oord, Kalchbrenner, Kavukcuoglu, ICML 2016, 1601.06759), whose states
lie on the columns and pass from row to row by convolutions.
"""

from __future__ import annotations

import keras
import numpy as np
import scipy
from keras import layers, ops

from course_lib import losses
from course_lib.training import Model


def before(pictures, reach: int):
    """What lies to the left of every pixel: `(batch, h, w, 1)` to `(batch, h, w, reach)`.

    Channel k holds the pixel k + 1 places to the left, and 0 where that lies beyond the picture's edge.
    """
    width = pictures.shape[2]
    padded = ops.pad(pictures, ((0, 0), (0, 0), (reach, 0), (0, 0)))
    shifted = [padded[:, :, reach - k : reach - k + width] for k in range(1, reach + 1)]
    return ops.concatenate(shifted, axis=-1)


def row_above(pictures, reach: int = 3):
    """The row above, up to `reach` columns to either side: `(batch, h, w, 1)` to `(…, 2 reach + 1)`."""
    height, width = pictures.shape[1:3]
    padded = ops.pad(pictures, ((0, 0), (1, 0), (reach, reach), (0, 0)))[:, :height]
    return ops.concatenate([padded[:, :, k : k + width] for k in range(2 * reach + 1)], axis=-1)


def memory(units: int = 256, features: int = 16, picture_shape=(28, 28, 1)) -> keras.Model:
    """Pictures `(batch, h, w, 1)` to what the rows above say of every place, `(batch, h, w, features + 7)`.

    The LSTM has read rows 0 to r - 1 when it speaks about row r: `features` numbers a column, projected
    from its state. The row right above is added as it is, seven pixels of it.
    """
    height, width, _ = picture_shape
    pictures = keras.Input(picture_shape, name="pictures")
    rows = layers.Reshape((height, width))(pictures)
    read = layers.ZeroPadding1D((1, 0))(rows)[:, :height]  # at step r the LSTM reads row r - 1
    state = layers.LSTM(units, return_sequences=True)(read)
    spread = layers.Dense(width * features)(state)
    spread = layers.Reshape((height, width, features))(spread)
    return keras.Model(pictures, layers.Concatenate()([spread, row_above(pictures)]), name="memory")


def pixel_network(inputs: int = 33, width: int = 96, components: int = 4) -> keras.Model:
    """What is heard of a pixel's surroundings, `(…, inputs)`, to a mixture of logistics, `(…, 3 components)`.

    The outputs are logits, means and log-scales, one after the other; see `RowPainter.mixture`.
    """
    heard = keras.Input((None, None, inputs), name="heard")
    x = heard
    for _ in range(2):
        x = layers.Dense(width, activation="relu")(x)
    return keras.Model(heard, layers.Dense(3 * components, dtype="float32")(x), name="pixel")


class RowPainter(Model):
    """A probability of pictures with 256 levels that is exact, and from which one can draw.

    The loss is -log p in nats a picture. Called on pictures it returns log p of every pixel given all
    before it, `(batch, h, w)`; the sum over pixels is log p of the picture.

    Args:
        memory: a model from pictures `(batch, h, w, 1)` to `(batch, h, w, n)`, in which place (r, c) may
            depend on rows 0 to r - 1 only.
        pixel: a model from `(…, reach + n)` to the parameters of a mixture, `(…, 3 k)`.
        reach: how many pixels to its left a pixel hears.
        seed: of everything random in training.
    """

    log_names = ("loss",)
    saved = ("memory", "pixel", "reach")
    default_rate = 2e-3

    def __init__(self, memory: keras.Model, pixel: keras.Model, reach: int = 10, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.memory = memory
        self.pixel = pixel
        self.reach = reach
        self.built = True

    def left_of(self, pictures):
        """What a pixel hears of its own row, `(batch, h, w, reach)`; a lesson overrides it."""
        return before(pictures, self.reach)

    def call(self, pictures, training=False):
        mixture = self.mixture(self.parameters(pictures, training))
        return losses.mixture_of_logistics(pictures, *mixture)

    def parameters(self, pictures, training=False):
        """What is said about every pixel after those before it were heard, `(batch, h, w, 3 k)`."""
        heard = [self.left_of(pictures), self.memory(pictures, training=training)]
        return self.pixel(ops.concatenate(heard, axis=-1), training=training)

    def step(self, pictures):
        def loss():
            return -ops.mean(ops.sum(self(pictures, training=True), axis=(1, 2)))

        return self.descend(loss)

    @staticmethod
    def mixture(parameters):
        """The pixel network's outputs as `(logits, means, log_scales)`, `(…, k)` each.

        Training starts at scales of e^-2, and none is below e^-7.
        """
        logits, means, log_scales = ops.split(parameters, 3, axis=-1)
        return logits, means, ops.maximum(log_scales - 2, -7.0)

    def log_likelihood(self, pictures, batch_size: int = 250):
        """log p of every pixel given those before it, in nats: a float32 NumPy array `(n, h, w)`.

        Args:
            pictures: `(n, h, w, 1)` in [-1, 1], on the 256 levels.
        """
        return np.asarray(self.predict(pictures, batch_size=batch_size, verbose=0))

    def paint(self, pictures, first_row: int, seed: int = 0, temperature: float = 1.0, choose=None):
        """Keeps the rows above `first_row` and paints the rest, pixel after pixel: `(n, h, w, 1)`.

        Args:
            pictures: `(n, h, w, 1)` in [-1, 1]; rows from `first_row` on are not looked at. Repeat a
                picture to get several completions of it.
            first_row: the first row that is painted; 0 paints whole pictures.
            seed: of what is drawn.
            temperature: below 1, what is likely becomes likelier: logits are divided by it, scales
                multiplied.
            choose: a function `(logits, means, log_scales, chance, place)` of NumPy arrays `(n, k)`,
                `(n, k)`, `(n, k)`, `(n,)` and `(n,)` to the pixels `(n,)`; the default is `draw_pixel`.

        Raises:
            ValueError: for a first row that the picture does not have.
        """
        number, height, width, _ = pictures.shape
        if not 0 <= first_row < height:
            raise ValueError(f"first_row={first_row}: the picture has rows 0 to {height - 1}.")
        rng = np.random.default_rng(seed)
        choose = choose or draw_pixel
        painted = np.array(pictures, "float32")
        painted[:, first_row:] = 0
        for row in range(first_row, height):
            above = self.memory.predict(painted, batch_size=500, verbose=0)[:, row]  # (n, w, features)
            for column in range(width):
                left = ops.convert_to_numpy(self.left_of(painted[:, row : row + 1]))[:, 0, column]
                heard = np.concatenate([left, above[:, column]], axis=-1)[:, None, None]
                parameters = self.mixture(self.pixel.predict_on_batch(heard))
                logits, means, log_scales = (ops.convert_to_numpy(x)[:, 0, 0] for x in parameters)
                scales = log_scales + np.log(temperature)
                chance, place = rng.random((2, number))
                pixels = choose(logits / temperature, means, scales, chance, place)
                painted[:, row, column, 0] = pixels
        return painted


def draw_pixel(logits, means, log_scales, chance, place):
    """One pixel of each of n mixtures of logistics, on the 256 levels in [-1, 1], by NumPy.

    Args:
        logits, means, log_scales: `(n, k)`.
        chance: `(n,)`, uniform in [0, 1): which component.
        place: `(n,)`, uniform in (0, 1): where in its distribution, mean + scale · log(u / (1 - u)).

    Returns:
        `(n,)`.
    """
    shares = np.cumsum(scipy.special.softmax(logits, axis=-1), axis=-1)  # (n, k)
    component = np.minimum((chance[:, None] > shares).sum(axis=-1), logits.shape[-1] - 1)  # (n,)
    every = np.arange(len(logits))
    drawn = means[every, component] + np.exp(log_scales[every, component]) * scipy.special.logit(place)
    return np.clip(np.rint((drawn + 1) * 127.5) / 127.5 - 1, -1, 1)


def painter(seed=None) -> RowPainter:
    """The painter of lesson 03_rnn/3 whose weights ship with the course: 0.4 million of them."""
    return RowPainter(memory(), pixel_network(), seed=seed)
