"""Short films made on the fly: garments that move, bounce off the walls, and pass in front of one another.

Moving MNIST (Srivastava, Mansimov, Salakhutdinov, ICML 2015, 1502.04681) with Fashion-MNIST's garments, and
with three differences: a garment in front hides what is behind it, where Moving MNIST shows the brighter of
the two; it turns back when its outermost pixel touches the wall, which can be seen; and it moves by whole
pixels, so that nothing is resampled and whoever knows the motion can draw the next frame exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.data.pictures import cut_out


class Sequences(NamedTuple):
    """Films of moving garments, and everything that there is to know about the motion.

    frames: uint8 (n, frames, size, size, 1).
    positions: int64 (n, frames, garments, 2), row and column of each garment's upper left corner, in pixels.
    velocities: int64 (n, garments, 2), down and to the right, in pixels a frame, before any bounce.
    cutouts: uint8 (n, garments, side, side), the garments, 0 where there is none; later ones are in front.

    A film of one garment, in a set with room for two, has an empty cutout (all zero) as its first.
    """

    frames: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    cutouts: np.ndarray


def moving_garments(
    pictures,
    n: int,
    frames: int = 15,
    *,
    size: int = 32,
    garments: int | tuple[int, int] = (1, 2),
    sides: tuple[int, int] = (14, 18),
    speeds: tuple[int, int] = (1, 3),
    seed: int = 0,
) -> Sequences:
    """Makes `n` films; the same arguments make the same films.

    Args:
        pictures: uint8 (m, h, w, 1), garments on black (0), such as `load("fashion", "train")[0]`. Films for
            a test need pictures of their own: those of the other split.
        n, frames: how many films, and how long each is.
        size: height and width of the canvas, in pixels.
        garments: how many in a film: a number, or the smallest and the largest.
        sides: the smallest and the largest side to which a picture is shrunk, in pixels. Its empty edge is
            cut off afterwards.
        speeds: the smallest and the largest speed along either axis, in whole pixels a frame; the direction
            is chosen by chance.
        seed: any integer from 0.

    Raises:
        ValueError: if the pictures are not grey uint8, if nothing is to be made, or if a garment has no
            room to move.
    """
    pictures = np.asarray(pictures)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 1 or not len(pictures):
        raise ValueError(
            "Garments are cut from grey uint8 pictures of shape (m, h, w, 1), not from "
            f'{pictures.dtype} of shape {pictures.shape}: data.load("fashion", "train")[0] has some.'
        )
    fewest, most = (garments, garments) if isinstance(garments, int) else garments
    if n < 1 or frames < 1 or not 1 <= fewest <= most:
        raise ValueError(f"n={n}, frames={frames}, garments={garments}: each must be at least 1.")
    if not 4 <= sides[0] <= sides[1] < size:
        raise ValueError(f"sides={sides} must run from 4 or more to less than the canvas, {size}.")
    if not 0 <= speeds[0] <= speeds[1]:
        raise ValueError(f"speeds={speeds} must run upwards from 0 or more.")
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(pictures), (n, most))
    side = rng.integers(sides[0], sides[1] + 1, (n, most))
    cutouts = np.zeros((n, most, sides[1], sides[1]), np.uint8)
    for film in range(n):
        for place in range(most):
            cut = cut_out(pictures[chosen[film, place], :, :, 0], int(side[film, place]))
            cutouts[film, place, : cut.shape[0], : cut.shape[1]] = cut
    there = rng.integers(fewest, most + 1, n)  # garments in each film
    cutouts[np.arange(most) < most - there[:, None]] = 0
    room = size - np.stack([_extent(cutouts, axis=3), _extent(cutouts, axis=2)], axis=-1)  # (n, most, 2)
    start = rng.integers(0, room + 1)
    velocities = rng.integers(speeds[0], speeds[1] + 1, (n, most, 2)) * rng.choice((-1, 1), (n, most, 2))
    unfolded = start[:, None] + velocities[:, None] * np.arange(frames)[:, None, None]  # (n, frames, most, 2)
    folded = unfolded % (2 * room)[:, None]
    positions = np.minimum(folded, 2 * room[:, None] - folded)
    return Sequences(_drawn(cutouts, positions, size), positions, velocities, cutouts)


def redraw(films: Sequences, given: int) -> np.ndarray:
    """What follows the first `given` frames for somebody who knows the motion: exact but for what was hidden.

    Places, outlines and the order of the garments are taken from `films`; grey values are not: a pixel
    of a garment that was hidden in all of the given frames is unknown, and stays black.

    Returns:
        uint8 (n, frames - given, size, size, 1).

    Raises:
        ValueError: unless 1 <= given < frames.
    """
    frames, positions, _, cutouts = films
    length, size = frames.shape[1:3]
    if not 1 <= given < length:
        raise ValueError(f"given={given} of {length} frames: choose from 1 to {length - 1}.")
    n, garments, side, _ = cutouts.shape
    film = np.arange(n)[:, None, None]
    seen = np.zeros(cutouts.shape, bool)
    for time in range(given):
        free = np.ones((n, size + side, size + side), bool)  # not hidden by a garment further in front
        for place in reversed(range(garments)):
            rows, columns = _pixels(positions[:, time, place], side)
            seen[:, place] |= free[film, rows, columns]
            free[film, rows, columns] &= cutouts[:, place] == 0
    known = np.where(seen, cutouts, 0).astype(np.uint8)
    return _drawn(known, positions[:, given:], size, outlines=cutouts > 0)


def _extent(cutouts, axis):
    """How far each cutout reaches, in pixels: its height with axis=3, its width with axis=2."""
    used = cutouts.any(axis=axis)
    return np.where(used, np.arange(1, used.shape[-1] + 1), 0).max(axis=-1)


def _pixels(corner, side):
    """Rows (n, side, 1) and columns (n, 1, side) of cutouts with their upper left corners at (n, 2)."""
    reach = np.arange(side)
    return corner[:, 0, None, None] + reach[:, None], corner[:, 1, None, None] + reach


def _drawn(cutouts, positions, size, outlines=None):
    """Frames uint8 (n, frames, size, size, 1); later garments cover earlier ones inside their outlines."""
    n, garments, side, _ = cutouts.shape
    outlines = cutouts > 0 if outlines is None else outlines
    canvas = np.zeros((n, positions.shape[1], size + side, size + side), np.uint8)
    film = np.arange(n)[:, None, None]
    for time in range(positions.shape[1]):
        for place in range(garments):
            rows, columns = _pixels(positions[:, time, place], side)
            below = canvas[film, time, rows, columns]
            canvas[film, time, rows, columns] = np.where(outlines[:, place], cutouts[:, place], below)
    return canvas[:, :, :size, :size, None]
