"""Damage that is known, networks that undo it, and pictures of any size in tiles."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops
from PIL import Image

from course_lib.data.pictures import signed
from course_lib.models.supervised import Supervised
from course_lib.models.unet import unet

# No training of the course sees these: two faces, a building, a still life.
TEST_PHOTOS = ("astronaut", "chelsea", "china", "coffee")
VALIDATION_PHOTOS = ("dogs", "rocket")  # to choose by; the shipped weights have learned from them, too
LEVELS = (5.0, 50.0)  # standard deviations of noise that the shipped denoiser knows, of 255
WIDTHS = {"denoise": (32, 48, 64), "enlarge": (32, 48, 64), "inpaint": (32, 48, 64, 64)}


def network(job: str) -> keras.Model:
    """The U-Net of one job, before training.

    | job | channels in, all in [-1, 1] | out |
    |---|---|---|
    | `"denoise"` | noisy picture, 3; the noise's standard deviation, in the same units, 1 | picture |
    | `"enlarge"` | picture enlarged by bicubic interpolation, 3 | picture |
    | `"inpaint"` | picture, its holes filled by `by_plate`, 3; 1 in the holes and 0 outside, 1 | picture |
    """
    return unet(None, 3 if job == "enlarge" else 4, 3, WIDTHS[job], patch=2, outputs="residual")


class Denoiser(Supervised):
    """Learns from clean pictures `(batch, h, w, 3)`, to which it adds noise of a level drawn for each.

    Args:
        levels: lowest and highest standard deviation of the noise, in 8-bit steps (of 255); equal for one
            level.
        network, objective, seed: as for `Supervised`; the network takes four channels.
    """

    saved = (*Supervised.saved, "levels")

    def __init__(self, network, objective="mean_absolute_error", levels=LEVELS, seed=None, **kwargs):
        super().__init__(network, objective, seed=seed, **kwargs)
        self.levels = tuple(levels)

    def pair(self, clean):
        low, high = (level / 127.5 for level in self.levels)
        spread = low + (high - low) * self.uniform_noise((ops.shape(clean)[0], 1, 1, 1))
        noisy = clean + spread * self.noise(ops.shape(clean))
        return ops.concatenate([noisy, spread * ops.ones_like(clean[..., :1])], axis=-1), clean


class Inpainter(Supervised):
    """Learns to correct a filling from `(batch, h, w, 7)`: picture, hole (above 0 inside), filled picture.

    The loss counts the pixels of the holes only, each as much as any other.
    """

    def __init__(self, network, objective="mean_absolute_error", seed=None, **kwargs):
        super().__init__(network, objective, seed=seed, **kwargs)

    def pair(self, batch):
        picture, hole, filling = batch[..., :3], batch[..., 3:4], batch[..., 4:]
        return ops.concatenate([filling, ops.cast(hole > 0, batch.dtype)], axis=-1), picture

    def average(self, errors, inputs):
        hole = inputs[..., 3]  # (batch, h, w), as the errors
        return ops.sum(errors * hole) / ops.maximum(ops.sum(hole), 1.0)


# --- damage ---------------------------------------------------------------------------------------


def reduced(photo, factor: int, method: str = "bicubic") -> np.ndarray:
    """A photo uint8 `(h, w, 3)` as a smaller one, uint8 `(h // factor, w // factor, 3)`.

    Rows and columns that `factor` does not divide are cut off first. `"bicubic"` is Pillow's: made
    smaller, its kernel is stretched by the factor, so that it averages over all pixels (as MATLAB's
    `imresize`, with which published numbers are made). `"nearest"` keeps one pixel and drops the others.
    """
    height, width = (side // factor for side in photo.shape[:2])
    whole = Image.fromarray(photo[: height * factor, : width * factor])
    kernel = {"bicubic": Image.Resampling.BICUBIC, "nearest": Image.Resampling.NEAREST}[method]
    return np.asarray(whole.resize((width, height), kernel))


def enlarged(photo, factor: int, method: str = "bicubic") -> np.ndarray:
    """A photo uint8 `(h, w, 3)`, `factor` times as high and wide, interpolated: `"bicubic"`, `"lanczos"`."""
    height, width = photo.shape[:2]
    kernel = {"bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}[method]
    return np.asarray(Image.fromarray(photo).resize((width * factor, height * factor), kernel))


def strokes(height: int, width: int, share: float = 0.15, thickness=(12, 24), seed: int = 0) -> np.ndarray:
    """Holes as a brush leaves them: booleans `(height, width)`, true where the picture is gone.

    Strokes of a random width, with round ends and two bends, are added until at least `share` of the
    pixels is gone.

    Args:
        share: above 0 and below 1.
        thickness: smallest and largest width of a stroke in pixels.
    """
    from skimage.draw import disk

    rng = np.random.default_rng(seed)
    hole = np.zeros((height, width), bool)
    while hole.mean() < share:
        radius = rng.uniform(*thickness) / 2
        place = rng.uniform((0, 0), (height, width))
        angle = rng.uniform(0, 2 * np.pi)
        for _ in range(3):
            angle += rng.uniform(-1, 1)
            for _ in range(int(rng.uniform(0.5, 2) * radius) + 1):
                hole[disk(place, radius, shape=hole.shape)] = True
                place = place + radius / 2 * np.array([np.sin(angle), np.cos(angle)])
    return hole


def by_plate(picture, hole) -> np.ndarray:
    """A picture, float `(h, w, 3)` in [-1, 1], whose hole (booleans `(h, w)`) is filled like a stiff plate.

    scikit-image's biharmonic inpainting; what the picture holds inside the hole is not looked at.
    """
    from skimage.restoration import inpaint_biharmonic

    inside = np.asarray(hole, bool)[..., None]
    if not inside.any():
        return np.asarray(picture, "float32")
    known = np.where(inside, 0, (picture + 1) / 2).astype("float64")
    made = inpaint_biharmonic(known, inside[..., 0], channel_axis=-1, split_into_regions=True)
    return np.where(inside, 2 * made.clip(0, 1) - 1, picture).astype("float32")


# --- what needs no network --------------------------------------------------------------------------


def linear_filters(photos, factor: int, size: int = 9) -> np.ndarray:
    """The best linear way to enlarge: for each sub-pixel place one filter over `size` × `size` small pixels.

    A small pixel becomes `factor`² new ones, each a weighted sum of the small pixels around, with weights of
    its own that serve all colours. They are fitted by least squares to photos and their `reduced` ones. What
    a network gains over that is what its non-linear part is worth.

    Args:
        photos: uint8 `(h, w, 3)` each, whole ones or patches.

    Returns:
        float32 `(size², factor²)`, for `by_filters`.
    """
    squares, products, edge = 0.0, 0.0, size // 2
    for photo in photos:
        small = signed(reduced(photo, factor))
        height, width = small.shape[:2]
        right = signed(photo)[: factor * height, : factor * width]
        right = right.reshape(height, factor, width, factor, 3).transpose(0, 2, 4, 1, 3)  # (h, w, 3, i, j)
        right = right[edge : height - edge, edge : width - edge].reshape(-1, factor**2)
        seen = _windows(small, size)
        squares, products = squares + seen.T @ seen, products + seen.T @ right
    ridge = 1e-7 * np.trace(squares) * np.eye(size**2)
    return np.linalg.solve(np.asarray(squares + ridge, "float64"), products).astype("float32")


def by_filters(small, filters, factor: int) -> np.ndarray:
    """A picture uint8 `(h, w, 3)`, enlarged by `linear_filters`: float32 `(factor · h, factor · w, 3)`."""
    height, width = small.shape[:2]
    size = round(len(filters) ** 0.5)
    edge = size // 2
    around = np.pad(signed(small), ((edge, edge), (edge, edge), (0, 0)), mode="symmetric")
    made = (_windows(around, size) @ filters).reshape(height, width, 3, factor, factor)
    return made.transpose(0, 3, 1, 4, 2).reshape(factor * height, factor * width, 3).clip(-1, 1)


def _windows(picture, size):
    """Every whole window of each colour of a picture `(h, w, 3)`: `(windows, size²)`, the colours last."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))
    return windows.reshape(-1, size**2)


_OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])  # orthonormal rows


def by_cosines(noisy, level: float, strength: float = 2.7, size: int = 8, step: int = 2) -> np.ndarray:
    """A noisy picture without the waves that could be noise, float32 `(h, w, 3)` in [-1, 1].

    Yu, Sapiro, *DCT image denoising*, IPOL 1, 2011: each block of `size` × `size` pixels is written
    as cosine waves, in brightness and two colour differences; waves smaller than `strength` times the noise
    are dropped; and the mean is taken over blocks at every `step`-th place.

    Args:
        noisy: float `(h, w, 3)`; clean, it would lie in [-1, 1].
        level: the standard deviation of the noise in 8-bit steps (of 255).
    """
    from scipy import fft

    height, width = noisy.shape[:2]
    around = ((size, size + -height % size), (size, size + -width % size), (0, 0))
    padded = np.pad((noisy @ _OPPONENT.T).astype("float32"), around, mode="symmetric")
    total, count = np.zeros_like(padded), np.zeros((*padded.shape[:2], 1), "float32")
    for down in range(0, size, step):
        for right in range(0, size, step):
            place = np.s_[down : down - size, right : right - size]
            blocks = padded[place]
            tall, wide = blocks.shape[0] // size, blocks.shape[1] // size
            waves = fft.dctn(blocks.reshape(tall, size, wide, size, 3), axes=(1, 3), norm="ortho")
            kept = np.abs(waves) > strength * level / 127.5
            kept[:, 0, :, 0] = True  # the mean of a block is no wave
            total[place] += fft.idctn(waves * kept, axes=(1, 3), norm="ortho").reshape(blocks.shape)
            count[place] += 1
    inside = np.s_[size : size + height, size : size + width]
    made = total[inside] / count[inside] @ _OPPONENT
    return made.clip(-1, 1).astype("float32")


# --- the three jobs on a whole picture ------------------------------------------------------------


def denoised(network, noisy, level: float) -> np.ndarray:
    """A noisy picture without its noise, float32 `(h, w, 3)` in [-1, 1].

    Args:
        network: of the job `"denoise"`.
        noisy: float `(h, w, 3)`; clean, it would lie in [-1, 1].
        level: the standard deviation of the noise in 8-bit steps (of 255).
    """
    spread = np.full((*noisy.shape[:2], 1), level / 127.5, "float32")
    made = in_tiles(network, np.concatenate([noisy, spread], axis=-1))
    return made.clip(-1, 1)


def sharpened(network, small, factor: int) -> np.ndarray:
    """A picture uint8 `(h, w, 3)` enlarged by `factor`, float32 `(factor · h, factor · w, 3)` in [-1, 1].

    Args:
        network: of the job `"enlarge"`; it gets the picture enlarged by bicubic interpolation.
    """
    return in_tiles(network, signed(enlarged(small, factor))).clip(-1, 1)


def filled(network, picture, hole, filling=None) -> np.ndarray:
    """A picture whose hole the network has painted; outside it stays what it was.

    The network corrects what `by_plate` puts there, `filling` where that is computed already.

    Args:
        network: of the job `"inpaint"`.
        picture: float `(h, w, 3)` in [-1, 1]; what it holds inside the hole is not looked at.
        hole: booleans `(h, w)`.

    Returns:
        float32 `(h, w, 3)` in [-1, 1].
    """
    inside = np.asarray(hole, bool)[..., None]
    filling = by_plate(picture, hole) if filling is None else filling
    made = in_tiles(network, np.concatenate([filling, inside.astype("float32")], axis=-1))
    return np.where(inside, made.clip(-1, 1), filling)


# --- pictures of any size -------------------------------------------------------------------------


def in_tiles(restore, picture, tile: int = 320, overlap: int = 32) -> np.ndarray:
    """What `restore` makes of a picture that may be too large for it at once, without seams.

    Tiles overlap; where two do, each counts the less, the nearer its own edge is. They are as equal as
    sides that 16 divides allow; what the last ones have too much is the picture, mirrored outwards.

    Args:
        restore: a function from `(1, h', w', channels)` to `(1, h', w', 3)`, for sides that are multiples of
            16, up to `tile`.
        picture: float `(h, w, channels)`.
        tile: the longest side of a tile in pixels, a multiple of 16.
        overlap: pixels that neighbours share, below `tile`.

    Returns:
        float32 `(h, w, 3)`.
    """
    height, width, _ = picture.shape
    rows, tall = _division(height, tile, overlap)
    columns, wide = _division(width, tile, overlap)
    below = rows[-1] + tall - height
    beside = columns[-1] + wide - width
    padded = np.pad(picture, ((0, below), (0, beside), (0, 0)), mode="symmetric")
    weight = (_ramp(tall, overlap)[:, None] * _ramp(wide, overlap))[..., None]  # (tall, wide, 1)
    total = np.zeros((*padded.shape[:2], 3), "float32")
    weights = np.zeros((*padded.shape[:2], 1), "float32")
    for row in rows:
        for column in columns:
            place = np.s_[row : row + tall, column : column + wide]
            total[place] += weight * ops.convert_to_numpy(restore(padded[place][None]))[0]
            weights[place] += weight
    return (total / weights)[:height, :width]


def _division(side: int, tile: int, overlap: int):
    """Where the tiles of one side begin, and how long each is."""
    number = max(1, -(-(side - overlap) // (tile - overlap)))
    length = -(-(side - overlap) // number) + overlap
    length = -(-length // 16) * 16
    return [i * (length - overlap) for i in range(number)], length


def _ramp(length: int, overlap: int):
    """Weights `(length,)` that rise from the ends over the overlap, up to 1."""
    to_the_end = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1))
    return (np.minimum(to_the_end, overlap + 1) / (overlap + 1)).astype("float32")
