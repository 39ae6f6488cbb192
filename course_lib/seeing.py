"""What a network looks at: maps of a picture, and pictures made for a unit.

Maps are float32 `(n, h, w)`, one number a place, larger where more depends on the place. A *score* is a
function from pictures `(n, h, w, channels)` to `(n,)`: how strongly a network speaks for something in each
picture, such as the logit of a class.
"""

from __future__ import annotations

import keras
import numpy as np
import scipy
from keras import ops
from matplotlib import colormaps

from course_lib import data
from course_lib.training import Model, gradient

# -- two halves of a network ------------------------------------------------------------------------


def halves(network, layer: str, output: str | None = None):
    """Cuts a network at the output of one of its layers.

    Args:
        network: a functional model in which all paths to the output lead through the layer.
        layer: the name of the layer.
        output: the name of the layer whose output the second half returns; None for the network's own.

    Returns:
        Two models that share the network's weights: from pictures to the activations of the layer, and
        from those to the output.

    Raises:
        ValueError: for a name that the network does not have.
    """
    names = [each.name for each in network.layers]
    for name in (layer, output):
        if name is not None and name not in names:
            raise ValueError(f"There is no layer {name!r} in this network; it has: {', '.join(names)}.")
    middle = network.get_layer(layer).output
    end = network.output if output is None else network.get_layer(output).output
    return keras.Model(network.input, middle), keras.Model(middle, end)


def class_score(network, labels):
    """The logit of one class for each picture, as a score.

    Args:
        network: from pictures (or activations) to logits `(n, classes)`.
        labels: one class for all, or `n` of them.

    Returns:
        A function from `(n, ...)` to `(n,)`.
    """

    def score(pictures):
        logits = network(pictures, training=False)  # (n, classes)
        wanted = ops.one_hot(ops.convert_to_tensor(np.asarray(labels, "int32")), logits.shape[-1])
        return ops.sum(logits * wanted, axis=-1)

    return score


def randomised(network, layer_names, seed: int = 1):
    """A copy of a network in which some layers have their weights in random order.

    Every weight of such a layer keeps its numbers, so that signals stay about as large as they were, and
    loses what was learned. For the sanity checks of Adebayo et al., NeurIPS 2018 (1810.03292), who draw
    fresh numbers in their place.

    Raises:
        ValueError: for a name that the network does not have.
    """
    names = [layer.name for layer in network.layers]
    unknown = [name for name in layer_names if name not in names]
    if unknown:
        raise ValueError(f"There is no layer {unknown[0]!r}; the network has: {', '.join(names)}.")
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    rng = np.random.default_rng(seed)
    for name in layer_names:
        layer = copy.get_layer(name)
        layer.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in layer.get_weights()])
    return copy


# -- maps -------------------------------------------------------------------------------------------


def grad_cam(front, back, pictures, labels, relu: bool = True):
    """Where a layer's activations speak for a class.

    Selvaraju et al., *Grad-CAM*, ICCV 2017 (1610.02391): each channel is weighted by the mean, over all
    places, of the derivative of the class's logit with respect to it; the weighted sum of the channels is
    the map, of which only what speaks *for* the class is kept.

    Args:
        front, back: the network's halves (`halves`): pictures to activations, activations to logits.
        pictures: `(n, h, w, c)` in [-1, 1].
        labels: one class for all pictures, or `n` of them.
        relu: False keeps what speaks against the class, below zero.

    Returns:
        Maps of the layer's resolution, float32 `(n, h', w')`; see `enlarge`.
    """
    activations = front(ops.convert_to_tensor(pictures), training=False)  # (n, h', w', channels)
    slopes = gradient(class_score(back, labels), activations)  # the same shape
    weights = ops.mean(slopes, axis=(1, 2), keepdims=True)  # (n, 1, 1, channels)
    maps = ops.sum(weights * activations, axis=-1)  # (n, h', w')
    return ops.convert_to_numpy(ops.relu(maps) if relu else maps).astype("float32")


def input_gradient(score, pictures, times_input: bool = False):
    """How much the score changes with each pixel: |d score / d pixel|, the largest of its channels.

    Args:
        score: a function from pictures to `(n,)`.
        pictures: `(n, h, w, c)` in [-1, 1].
        times_input: multiplies by the pixel's distance from black, as "gradient × input" does.
    """
    slopes = np.abs(ops.convert_to_numpy(gradient(score, ops.convert_to_tensor(pictures))))
    if times_input:
        slopes = slopes * (np.asarray(pictures) + 1)
    return slopes.max(axis=-1).astype("float32")


def occlusion(score, pictures, side: int, stride: int = 1, fill: float = -1.0):
    """How far the score falls when a square hides each place.

    Zeiler, Fergus, *Visualizing and understanding convolutional networks*, ECCV 2014 (1311.2901).

    Args:
        score: a function from pictures to `(n,)`.
        pictures: float array `(n, h, w, c)`.
        side: of the square, in pixels.
        stride: pixels from one position of the square to the next.
        fill: what the square is painted with; the result depends on it.

    Returns:
        float32 `(n, h, w)`: at each pixel the mean fall over all squares that cover it. Negative where
        hiding raised the score.

    Raises:
        ValueError: for a side that does not fit into the pictures, or a stride that leaves pixels out.
    """
    pictures = np.asarray(pictures, "float32")
    height, width = pictures.shape[1:3]
    if not 1 <= stride <= side <= min(height, width):
        raise ValueError(
            f"The square's side must lie between the stride ({stride}) and {min(height, width)}; "
            f"it is {side}."
        )
    before = ops.convert_to_numpy(score(ops.convert_to_tensor(pictures)))  # (n,)
    falls, covers = np.zeros(pictures.shape[:3]), np.zeros((height, width))
    for top in _starts(height, side, stride):
        for left in _starts(width, side, stride):
            hidden = pictures.copy()
            hidden[:, top : top + side, left : left + side] = fill
            fall = before - ops.convert_to_numpy(score(ops.convert_to_tensor(hidden)))
            falls[:, top : top + side, left : left + side] += fall[:, None, None]
            covers[top : top + side, left : left + side] += 1
    return (falls / covers).astype("float32")


def _starts(size, side, stride):
    """Where the square begins: every `stride` pixels, and once flush with the far edge."""
    return sorted({*range(0, size - side + 1, stride), size - side})


def edge_map(pictures):
    """The length of the brightness' slope at each pixel, by Sobel's filters: no network is involved.

    Each picture by itself: along the axes that it does not differentiate SciPy's filter smooths, and in a
    stack that would be from picture to picture.
    """
    grey = np.asarray(pictures, "float32").mean(axis=-1)  # (n, h, w)
    return np.stack([np.hypot(scipy.ndimage.sobel(one, 0), scipy.ndimage.sobel(one, 1)) for one in grey])


def enlarge(maps, size):
    """Maps `(n, h', w')` in the size of the pictures, `(n, *size)`, by bilinear interpolation."""
    large = ops.image.resize(ops.convert_to_tensor(maps)[..., None], size, data_format="channels_last")
    return ops.convert_to_numpy(large)[..., 0]


def overlay(pictures, maps, strength: float = 0.85):
    """Pictures with their maps laid over them in colour, uint8 `(n, h, w, 3)`.

    Dark violet to yellow is little to much; each map is drawn on its own scale, from 0 to its largest
    value. The colours are matplotlib's "inferno", whose lightness rises with the value.
    """
    pictures = data.to_uint8(np.asarray(pictures)) / 255
    maps = np.maximum(enlarge(maps, pictures.shape[1:3]), 0)
    maps = maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-12)
    shown = colormaps["inferno"](maps)[..., :3]
    share = strength * np.sqrt(maps)[..., None]
    mixed = (1 - share) * np.broadcast_to(pictures, shown.shape) + share * shown
    return np.rint(255 * mixed).astype("uint8")


# -- numbers about maps -----------------------------------------------------------------------------


def rank_correlation(one, other):
    """Spearman's rank correlation of two maps of each picture, `(n,)` from -1 to 1.

    1 where both put the places into the same order. A map that is the same everywhere has no order, and
    gets 0.
    """
    pairs = zip(np.asarray(one), np.asarray(other), strict=True)
    return np.array([_spearman(a.ravel(), b.ravel()) for a, b in pairs])


def _spearman(a, b):
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(scipy.stats.spearmanr(a, b).statistic)


def deletion_curve(score, pictures, maps, shares, fill: float = -1.0, keep: bool = False):
    """How the score falls while the places with the largest values of a map are painted over.

    Petsiuk, Das, Saenko, *RISE*, BMVC 2018 (1806.07421).

    Args:
        score: a function from pictures to `(n,)`, such as a probability.
        pictures: float array `(n, h, w, c)`.
        maps: `(n, h, w)`.
        shares: which parts of the pixels to paint over, each from 0 to 1.
        fill: what with.
        keep: True starts from the empty picture and brings the same places back instead ("insertion").

    Returns:
        `(len(shares), n)`: the score of every picture at every share.
    """
    pictures = np.asarray(pictures, "float32")
    n, height, width, _ = pictures.shape
    order = np.argsort(-np.asarray(maps).reshape(n, -1), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable").reshape(n, height, width, 1)  # 0: the largest
    values = []
    for share in shares:
        first = rank < round(share * height * width)
        shown = np.where(first == keep, pictures, np.float32(fill))
        values.append(ops.convert_to_numpy(score(ops.convert_to_tensor(shown))))
    return np.stack(values)


# -- pictures made for a unit -----------------------------------------------------------------------


def fourier_basis(size: int):
    """The real Fourier basis of `size` pixels, and the frequency of each of its rows.

    Returns:
        An orthonormal matrix `(size, size)`, float32, whose rows are the constant, then cosine and sine of
        1, 2, … periods; and `(size,)`, their frequencies in periods a pixel, 0 to 0.5.
    """
    places = np.arange(size)
    rows, frequencies = [np.full(size, 1 / np.sqrt(size))], [0.0]
    for k in range(1, size // 2 + 1):
        waves = [np.cos(2 * np.pi * k * places / size), np.sin(2 * np.pi * k * places / size)]
        for wave in waves[: 1 if 2 * k == size else 2]:  # the shortest wave's sine is 0 at every pixel
            rows.append(wave / np.linalg.norm(wave))
            frequencies.append(k / size)
    return np.array(rows, "float32"), np.array(frequencies, "float32")


class PicturesFor(Model):
    """Pictures that are trained, by gradient ascent, to raise a score: feature visualisation.

    Olah, Mordvintsev, Schubert, *Feature visualization*, Distill 2017. What is trained are coefficients
    `(n, size, size, channels)`. With the prior, a picture's pixels are the sum of Fourier waves with these
    coefficients, each divided by its frequency: natural pictures have such a spectrum, and a step then
    changes coarse things further than fine ones. Without it the coefficients are the pixels. A tanh keeps
    them in (-1, 1).

    Args:
        score: a function from pictures `(n, size, size, channels)` to `(n,)`, or one number a picture and
            channel wanted.
        count, size, channels: how many pictures, and of which shape.
        prior: False makes the pixels themselves the coefficients.
        reach: how many pixels a picture is shifted at random before the network sees it, at most.
        zoom: by which factor it is scaled at random, at most: 0.1 is 0.9 to 1.1.
        colours: `(channels, channels)`, a matrix that mixes the colours of white noise into those of
            photographs; None leaves them alone.
        contrast: the size of the first, random, pictures.
        seed: of everything random.
    """

    log_names = ("score",)

    def __init__(
        self, score, count, size, channels=1, *, prior=True, reach=0, zoom=0.0, colours=None,
        contrast=0.1, seed=1,
    ):  # fmt: skip
        super().__init__(seed=seed)
        self.score = score
        self.reach, self.zoom = reach, zoom
        self.colours = np.eye(channels) if colours is None else np.asarray(colours)
        self.basis, frequencies = fourier_basis(size)
        self.prior = prior
        radius = np.hypot(frequencies[:, None], frequencies)  # (size, size), periods a pixel
        scale = 1 / np.maximum(radius, 1 / size)
        # With this factor both kinds of picture begin with the same contrast.
        self.scale = (scale / np.sqrt(np.mean(scale**2)))[..., None].astype("float32")
        self.coefficients = self.add_weight(
            name="coefficients", shape=(count, size, size, channels),
            initializer=keras.initializers.RandomNormal(stddev=contrast, seed=seed),
        )  # fmt: skip
        self.built = True

    def compile(self, learning_rate: float = 0.05, steps_per_execution: int = 1):
        """Sets Adam's learning rate."""
        super().compile(keras.optimizers.Adam(learning_rate), steps_per_execution)

    def trained(self):
        return [self.coefficients]  # and nothing of a network that `score` may be

    def call(self, inputs=None, training=False):
        """The pictures, `(count, size, size, channels)` in (-1, 1)."""
        values = ops.convert_to_tensor(self.coefficients)
        if self.prior:
            values = _separably(ops.multiply(values, self.scale), self.basis.T, self.basis.T)
        return ops.tanh(ops.matmul(values, ops.cast(self.colours, values.dtype)))

    def step(self, batch):
        count = self.coefficients.shape[0]
        zooms = 1 + self.zoom * (2 * self.uniform_noise((count,)) - 1)
        shifts = self.reach * (2 * self.uniform_noise((count, 2)) - 1)

        def loss():
            reached = self.score(_resample(self(), zooms, shifts))
            return -ops.sum(reached) / count

        return {"score": -self.descend(loss)["loss"]}

    def pictures(self):
        """The pictures as a NumPy array."""
        return ops.convert_to_numpy(self())


def _resample(pictures, zooms, shifts):
    """Pictures scaled about their middle and shifted, by linear interpolation; what comes in is 0, grey.

    Args:
        pictures: `(n, h, w, c)`.
        zooms: `(n,)`; 2 shows the middle at twice the size.
        shifts: `(n, 2)`, pixels down and to the right.
    """
    _, height, width, _ = pictures.shape
    down = _resampling(height, zooms, shifts[:, 0], pictures.dtype)
    right = _resampling(width, zooms, shifts[:, 1], pictures.dtype)
    return _separably(pictures, down, right)


def _resampling(size, zooms, shifts, dtype):
    """`(n, size, size)`: row i holds the weights of the pixels from which pixel i is made."""
    places = ops.arange(size, dtype="float32")
    middle = (size - 1) / 2
    zooms, shifts = ops.cast(zooms, "float32")[:, None], ops.cast(shifts, "float32")[:, None]
    source = (places[None] - middle - shifts) / zooms + middle  # (n, size)
    return ops.cast(ops.relu(1 - ops.abs(source[:, :, None] - places)), dtype)


def _separably(pictures, down, right):
    """`down @ picture @ right.T` for every channel: matrices `(h, h)`, `(w, w)`, or one a picture."""
    down, right = (ops.convert_to_tensor(matrix) for matrix in (down, right))
    _, height, width, channels = pictures.shape
    rows = ops.matmul(down, ops.reshape(pictures, (-1, height, width * channels)))
    columns = ops.transpose(ops.reshape(rows, (-1, height, width, channels)), (0, 2, 1, 3))
    columns = ops.matmul(right, ops.reshape(columns, (-1, width, height * channels)))
    return ops.transpose(ops.reshape(columns, (-1, width, height, channels)), (0, 2, 1, 3))
