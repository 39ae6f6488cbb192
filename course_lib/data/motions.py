"""Films in which one garment turns or slides, by the same small step from every frame to the next.

Unlike the films of `course_lib.data.sequences` these move by fractions of pixels and degrees, so every
frame has to be resampled. Each is sampled from the garment as it was bundled, with more pixels than on the
canvas, so that errors of one frame never enter the next; nobody who sees only the frames can draw the next
one exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy

KINDS = ("turn", "slide", "both")


class Motions(NamedTuple):
    """Films of one garment each, and the step by which it moves.

    frames: uint8 (n, frames, size, size, 1).
    angles: float64 (n,), degrees a frame, counter-clockwise as one looks at the picture.
    shifts: float64 (n, 2), pixels a frame, down and to the right.
    """

    frames: np.ndarray
    angles: np.ndarray
    shifts: np.ndarray


def step_matrix(angle: float, shift=(0.0, 0.0), steps: int = 1) -> np.ndarray:
    """Where a point is `steps` frames later, as a 3 × 3 matrix that multiplies (row, column, 1).

    Rows count downwards and columns to the right, both from the centre of the picture. One step turns by
    `angle` degrees about that centre, counter-clockwise as one looks at it, and then moves by `shift`.
    """
    turn = np.deg2rad(angle)
    one = np.array(
        [[np.cos(turn), -np.sin(turn), shift[0]], [np.sin(turn), np.cos(turn), shift[1]], [0, 0, 1]]
    )
    return np.linalg.matrix_power(one, steps)


def moving_pictures(
    pictures,
    n: int,
    frames: int = 12,
    *,
    kinds=("turn", "slide"),
    turns=((5, 10), (14, 18)),
    slides=((0.5, 0.8), (1.0, 1.2)),
    directions=(0, 270),
    size: int = 32,
    side: int = 16,
    seed: int = 0,
) -> Motions:
    """Makes `n` films; the same arguments make the same films.

    A film that turns begins upright and in the middle; one that slides crosses the middle half-way.

    Args:
        pictures: uint8 (m, h, w, 1), garments on black (0). Films for a test need pictures of their own.
        n, frames: how many films, and how long each is.
        kinds: what there is to choose from: "turn", "slide", or "both" at once.
        turns: ranges of angles in degrees a frame; the sense is chosen by chance.
        slides: ranges of speeds in pixels a frame.
        directions: smallest and largest direction of a slide in degrees: 0 is to the right, 90 up.
        size, side: of the canvas and of the garment on it, in pixels.
        seed: any integer from 0.

    Raises:
        ValueError: if the pictures are not grey uint8, for an unknown kind, or if there is nothing to make.
    """
    pictures = np.asarray(pictures)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 1 or not len(pictures):
        raise ValueError(
            "Films are made of grey uint8 pictures of shape (m, h, w, 1), not of "
            f'{pictures.dtype} of shape {pictures.shape}: data.load("fashion", "train")[0] has some.'
        )
    if not kinds or set(kinds) - set(KINDS):
        raise ValueError(f"kinds={kinds!r}: choose from {', '.join(KINDS)}.")
    if n < 1 or frames < 1:
        raise ValueError(f"n={n}, frames={frames}: each must be at least 1.")
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(pictures), n)
    kind = rng.choice(kinds, n)
    angles = _from_ranges(rng, turns, n) * rng.choice((-1, 1), n) * (kind != "slide")
    speeds = _from_ranges(rng, slides, n) * (kind != "turn")
    direction = np.deg2rad(rng.uniform(*directions, n))
    shifts = speeds[:, None] * np.stack([-np.sin(direction), np.cos(direction)], axis=1)  # down, right
    films = np.empty((n, frames, size, size, 1), np.uint8)
    for film in range(n):
        source = pictures[chosen[film], :, :, 0]
        films[film, ..., 0] = _film(source, angles[film], shifts[film], frames, size, side)
    return Motions(films, angles, shifts)


def _from_ranges(rng, ranges, n):
    """`n` numbers, evenly spread over several ranges."""
    low, high = np.array(ranges, dtype=float).T
    which = rng.choice(len(low), n, p=(high - low) / (high - low).sum() if (high > low).any() else None)
    return rng.uniform(low[which], high[which])


def _film(source, angle, shift, frames, size, side):
    """The frames of one film, uint8 (frames, size, size)."""
    scale = np.array(source.shape) / side  # the garment's pixels in one of the canvas
    # A blur of 0.4 pixels of the canvas, or thin lines would flicker as they pass between its pixels.
    smooth = scipy.ndimage.gaussian_filter(source.astype(np.float32), 0.4 * scale, mode="constant")
    smooth = scipy.ndimage.spline_filter(smooth, order=3, mode="constant")
    middle, centre = (np.array(source.shape) - 1) / 2, np.full(2, (size - 1) / 2)
    start = np.eye(3)
    if angle == 0:
        start[:2, 2] = -np.asarray(shift) * (frames - 1) / 2
    film = np.empty((frames, size, size), np.float32)
    for time in range(frames):
        back = np.linalg.inv(step_matrix(angle, shift, time) @ start)  # from the canvas to the garment
        matrix = scale[:, None] * back[:2, :2]
        offset = middle + scale * back[:2, 2] - matrix @ centre
        scipy.ndimage.affine_transform(
            smooth, matrix, offset, (size, size), output=film[time], order=3, mode="constant", prefilter=False
        )
    return np.rint(np.clip(film, 0, 255)).astype(np.uint8)
