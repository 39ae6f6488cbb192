"""An invisible mark in a photograph that its owner finds again with a key: spread-spectrum watermarking.

After Cox, Kilian, Leighton and Shamoon, *Secure spread spectrum watermarking for multimedia* (IEEE
Transactions on Image Processing 6(12), 1997): a weak pattern of random signs is added to many cosine waves
of the picture at once. Each is far below what one sees; a correlation with the same signs adds them all up.
Unlike theirs, this detector is blind: it needs the key, and not the picture before.

Pictures are uint8 `(h, w, 3)`; the mark is in their brightness.
"""

from __future__ import annotations

import numpy as np
import scipy
from PIL import Image

SIDE = 256  # pictures of any size are reduced to this square, and marked and read there
BAND = (24, 112)  # which cosine waves carry the mark: half periods across the square
STRENGTH = 4.0  # grey levels: what is added to the coefficient of each wave
LEAST_SIDE = 64
_GREY = np.array([0.299, 0.587, 0.114])

_rows, _columns = np.indices((SIDE, SIDE))
_RADIUS = np.hypot(_rows, _columns)
_PLACES = (BAND[0] <= _RADIUS) & (BAND[1] > _RADIUS)
_RINGS = _RADIUS[_PLACES].astype(int) // 4  # waves of nearly one frequency


def signs(key: int) -> np.ndarray:
    """The secret pattern of a key: float64 `(waves,)` of -1 and 1.

    Args:
        key: an integer from 0, the secret.
    """
    return np.random.default_rng(key).choice([-1.0, 1.0], _PLACES.sum())


def pattern(key: int, size) -> np.ndarray:
    """What marking adds to the brightness of a picture of `size` (height, width), in grey levels."""
    waves = np.zeros((SIDE, SIDE))
    waves[_PLACES] = signs(key)
    return _resized(scipy.fft.idctn(waves, norm="ortho"), size)


def embed(picture, key: int, strength: float = STRENGTH) -> np.ndarray:
    """The picture with the mark of `key`: uint8, of the same shape.

    Args:
        picture: uint8 `(h, w, 3)`, at least 64 pixels a side.
        key: the secret.
        strength: in grey levels, see `STRENGTH`; 0 marks nothing.

    Raises:
        ValueError: for anything but such a picture.
    """
    picture = _checked(picture)
    added = strength * pattern(key, picture.shape[:2])
    return np.rint(np.clip(picture + added[..., None], 0, 255)).astype(np.uint8)


def waves(picture) -> np.ndarray:
    """The picture's coefficients in the marked band, as the detector hears them: float64 `(waves,)`.

    Waves of one frequency are divided by their root mean square, and what is above 2 is cut: a few strong
    edges would drown the rest.
    """
    square = _resized(_checked(picture) @ _GREY, (SIDE, SIDE))
    heard = scipy.fft.dctn(square, norm="ortho")[_PLACES]
    power = np.bincount(_RINGS, heard**2) / np.maximum(np.bincount(_RINGS), 1)
    return np.clip(heard / np.sqrt(power[_RINGS] + 1e-12), -2, 2)


def score(picture, key: int) -> float:
    """How strongly a picture answers to a key: the sum of sign times wave, over its standard deviation.

    For a picture that was not marked with this key the signs are coin tosses to it, so the score has mean 0
    and standard deviation 1 (and is nearly normal, being a sum of thousands of terms).
    """
    heard = waves(picture)
    return float(signs(key) @ heard / np.linalg.norm(heard))


def search(picture, key: int, size) -> float:
    """The highest answer of a piece cut out of a picture of `size`, over all places it may come from.

    `score` compares wave by wave and is lost when the picture was cropped. Here the pattern, in the size of
    the original, is compared with the piece at every offset at once, by a product of Fourier transforms.

    Args:
        picture: uint8 `(h, w, 3)`, not scaled, no larger than `size`.
        key: the secret.
        size: (height, width) of the picture that was marked.

    Returns:
        The largest correlation over all offsets, in standard deviations. It is the largest of very many
        numbers, so it is well above 0 for unmarked pictures too: it needs a threshold of its own.
    """
    grey = _checked(picture) @ _GREY
    if grey.shape[0] > size[0] or grey.shape[1] > size[1]:
        raise ValueError(f"A piece of {grey.shape} pixels cannot come from a picture of {tuple(size)}.")
    fine = grey - scipy.ndimage.gaussian_filter(grey, 3)
    fine = fine / (np.sqrt(scipy.ndimage.gaussian_filter(fine**2, 8)) + 1)
    piece = np.zeros(size)
    piece[: grey.shape[0], : grey.shape[1]] = fine
    found = scipy.fft.irfft2(scipy.fft.rfft2(pattern(key, size)) * np.conj(scipy.fft.rfft2(piece)), s=size)
    return float(found.max() / found.std())


def _resized(values, size):
    """A float array in another size (height, width)."""
    picture = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.LANCZOS), np.float64)


def _checked(picture):
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] != 3:
        raise ValueError(
            f"A picture in colour is wanted, uint8 (h, w, 3); this is {picture.dtype} {picture.shape}."
        )
    if min(picture.shape[:2]) < LEAST_SIDE:
        raise ValueError(f"The picture has {picture.shape[:2]} pixels; a mark needs {LEAST_SIDE} a side.")
    return picture
