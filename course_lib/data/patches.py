"""Square patches of large photographs: many examples from few pictures."""

from __future__ import annotations

import numpy as np


def patches(photos, size: int, number: int, seed: int = 0) -> np.ndarray:
    """Random patches of photos, each in one of the eight positions that turning and mirroring give.

    Every patch chooses a photo, all equally likely, then a place in it. To hold something out, leave out
    whole photos: two patches of one photo overlap, or show the same wall.

    Args:
        photos: a list of arrays, or a dict of them, each `(h, w, c)` with the same c and type. What belongs
            together (a damaged photo and the original) goes in as further channels, and stays together.
        size: height and width of a patch in pixels.
        number: how many.
        seed: any integer from 0.

    Returns:
        `(number, size, size, c)`, of the photos' type.

    Raises:
        ValueError: if there is no photo, or one is smaller than a patch.
    """
    photos = list(photos.values()) if isinstance(photos, dict) else list(photos)
    if not photos or min(min(photo.shape[:2]) for photo in photos) < size:
        raise ValueError(f"patches needs photos of at least {size} × {size} pixels; got {len(photos)}.")
    rng = np.random.default_rng(seed)
    made = np.empty((number, size, size, photos[0].shape[2]), photos[0].dtype)
    for patch in made:
        photo = photos[rng.integers(len(photos))]
        row, column = (rng.integers(side - size + 1) for side in photo.shape[:2])
        turned = np.rot90(photo[row : row + size, column : column + size], rng.integers(4))
        patch[:] = turned[:, ::-1] if rng.integers(2) else turned
    return made
