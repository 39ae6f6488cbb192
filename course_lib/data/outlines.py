"""Outlines of pictures: what a drawing of them would show, found by scikit-image.

An outline has one channel. `find` says of each pixel how strong a line runs there, `draw` puts the lines
that are strong enough on paper, and `read` makes such a drawing of a file that somebody drew.
"""

from __future__ import annotations

import numpy as np
import scipy
import skimage
from PIL import Image, ImageDraw, ImageOps

from course_lib.data.pictures import area_mean

CONTOUR = 255  # the strength of the line between a thing and its background
CLEAREST = 200  # the strength of the clearest line inside a thing
PAPER, INK = 255, 0


def find(pictures, background: int = 0, smoothing: float = 1.0) -> np.ndarray:
    """How strong a line runs through each pixel.

    Lines inside a thing are Canny's edges (1986) of any channel, as strong as their contrast. Its contour
    is where it ends on the plain background.

    Args:
        pictures: uint8 `(n, h, w, 1 or 3)`.
        background: the grey level around the things, 0 or 255.
        smoothing: the standard deviation, in pixels, of the blur before edges are looked for.

    Returns:
        uint8 `(n, h, w, 1)`: 0 where there is no line, 1 to 200 inside, 255 on the contour.
    """
    pictures = np.asarray(pictures)
    if pictures.dtype != np.uint8 or pictures.ndim != 4:
        raise ValueError(
            f"Outlines are found in uint8 pictures (n, h, w, 1 or 3), not in {pictures.dtype} of shape "
            f"{pictures.shape}: data.to_uint8 brings floats in [-1, 1] there."
        )
    lines = [_lines(picture, background, smoothing) for picture in pictures]
    return np.stack(lines)[..., None] if lines else np.zeros((*pictures.shape[:3], 1), np.uint8)


def _lines(picture, background, smoothing):
    """The strength of the lines in one picture, uint8 `(h, w)`."""
    # A thing may touch the edge of its picture: with background around it, its contour is closed there.
    padded = np.pad(picture, ((2, 2), (2, 2), (0, 0)), constant_values=background) / np.float32(255)
    strength = np.zeros(padded.shape[:2], np.float32)
    for channel in np.moveaxis(padded, -1, 0):
        edges = skimage.feature.canny(channel, smoothing, low_threshold=0.02, high_threshold=0.06)
        contrast = scipy.ndimage.gaussian_gradient_magnitude(channel, smoothing)
        strength = np.maximum(strength, edges * np.minimum(contrast / 0.2, 1))
    thing = (np.abs(padded - background / 255) > 0.12).any(axis=-1)
    thing = scipy.ndimage.binary_closing(thing)
    contour = thing & ~scipy.ndimage.binary_erosion(thing)
    lines = np.where(contour, CONTOUR, np.ceil(strength * CLEAREST))
    # Beside the contour Canny finds it once more.
    beside = scipy.ndimage.binary_dilation(contour, np.ones((3, 3))) & ~contour
    lines[beside] = 0
    return lines[2:-2, 2:-2].astype(np.uint8)


def draw(lines, least: int = 100) -> np.ndarray:
    """Lines as a drawing, black on white.

    Args:
        lines: uint8, as `find` returns them.
        least: the strength from which on a line is drawn; 255 leaves the contours alone.

    Returns:
        uint8 of the same shape, 0 (ink) or 255 (paper).
    """
    return np.where(np.asarray(lines) >= least, INK, PAPER).astype(np.uint8)


def of_strokes(strokes, size: int) -> np.ndarray:
    """Strokes of a pen as an outline of `size` × `size` pixels.

    Args:
        strokes: a list of strokes, each a list of points `(x, y)` from (0, 0), the sheet's left upper
            corner, to (1, 1). A stroke of one point is a dot. What lies off the sheet is not drawn.
        size: in pixels.

    Returns:
        uint8 `(size, size, 1)`, 0 (ink) or 255 (paper), lines one pixel wide.

    Raises:
        ValueError: if a stroke is not a list of pairs of finite numbers.
    """
    scale = 8  # drawn large and reduced, so that a line does not jump from pixel to pixel
    sheet = Image.new("L", (size * scale, size * scale), PAPER)
    pen = ImageDraw.Draw(sheet)
    if not isinstance(strokes, list | tuple):
        raise ValueError(f"Strokes are a list of lists of points (x, y), not a {type(strokes).__name__}.")
    for stroke in strokes:
        try:
            points = np.asarray(stroke, dtype=np.float64).reshape(len(stroke), 2)
        except (TypeError, ValueError):
            points = np.array([[np.nan, np.nan]])
        if not np.isfinite(points).all():
            raise ValueError(
                "A stroke is a list of points (x, y), numbers from 0 to 1, such as [(0.2, 0.3), (0.5, 0.3)]."
            )
        points = [tuple(point) for point in np.clip(points, -1, 2) * size * scale]
        if len(points) == 1:
            (x, y), half = points[0], scale / 2
            pen.ellipse((x - half, y - half, x + half, y + half), fill=INK)
        elif points:
            pen.line(points, fill=INK, width=scale, joint="curve")
    return _thin(sheet, size)


def read(path, size: int) -> np.ndarray:
    """The outline in a picture file: a drawing of any size, scanned or made in a paint program.

    It is brought to a square with paper around it and reduced; lines become one pixel wide. Transparent
    pixels count as paper; where more than half of the picture is dark, it is taken for white on black.

    Args:
        path: the file, of any format that Pillow reads.
        size: in pixels.

    Returns:
        uint8 `(size, size, 1)`, 0 (ink) or 255 (paper).

    Raises:
        ValueError: if the file is no picture, or has nothing drawn in it; it says what to do.
    """
    try:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"{path} cannot be read as a picture ({error}): save the drawing as PNG and give its name."
        ) from error
    see_through = np.asarray(picture)[..., 3] < 128
    paper = Image.new("RGBA", picture.size, "white")
    grey = np.array(Image.alpha_composite(paper, picture).convert("L"))
    solid = grey[~see_through]
    if solid.size and np.median(solid) < 128 and solid.size > grey.size / 2:
        grey[~see_through] = 255 - solid
    low, high = grey.min(), grey.max()
    if high - low < 40:
        raise ValueError(f"{path} has nothing drawn in it: draw dark lines on white paper.")
    # Pencil on grey paper becomes black on white.
    grey = ((grey.astype(np.float32) - low) / (high - low) > 0.5) * np.uint8(255)
    side = max(grey.shape)
    square = Image.new("L", (side, side), PAPER)
    square.paste(Image.fromarray(grey), ((side - grey.shape[1]) // 2, (side - grey.shape[0]) // 2))
    return _thin(square, size)


def _thin(sheet, size):
    """A drawing, reduced to `size` × `size`, with lines of one pixel."""
    small = area_mean(np.asarray(sheet), size, size)
    # A thin line on a large sheet covers little of each pixel: what is darkest sets the measure.
    ink = 1 - small.astype(np.float32) / 255
    if ink.max() > 0:
        ink = ink > 0.3 * min(1, np.quantile(ink[ink > 0], 0.9))
    thin = skimage.morphology.skeletonize(ink.astype(bool))
    return np.where(thin, INK, PAPER).astype(np.uint8)[..., None]


def varied(pictures, background: int = 0, seed: int = 0) -> np.ndarray:
    """The pictures turned, resized, stretched and moved a little, half of them mirrored.

    By up to 8 degrees, to 75 to 105 % of their height and 75 to 115 % of their width, and by a twelfth of the
    sides: a hand does not put its drawing where photographers put their garments.

    Args:
        pictures: uint8 `(n, h, w, c)`.
        background: what comes in from outside, a grey level.
        seed: of the changes.

    Returns:
        uint8 of the same shape.
    """
    rng = np.random.default_rng(seed)
    height, width = pictures.shape[1:3]
    middle = np.array([width - 1, height - 1]) / 2
    result = np.empty_like(pictures)
    for number, picture in enumerate(pictures):
        stretch = rng.uniform((0.75, 0.75), (1.15, 1.05)) * (rng.choice((-1, 1)), 1)
        move = rng.uniform(-0.08, 0.08, 2) * (width, height)
        change = skimage.transform.AffineTransform(translation=-middle)
        change += skimage.transform.AffineTransform(scale=stretch, rotation=np.deg2rad(rng.uniform(-8, 8)))
        change += skimage.transform.AffineTransform(translation=middle + move)
        moved = skimage.transform.warp(
            picture, change.inverse, order=1, cval=background, preserve_range=True, mode="constant"
        )
        result[number] = np.rint(moved)
    return result
