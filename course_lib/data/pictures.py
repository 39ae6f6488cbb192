"""The learner's own pictures, and the scale of pixels.

`folder` reads what people really have in a folder: photographs that a phone turned, scans, icons
with transparency, downloads that are not pictures at all. What cannot be read is skipped with its
reason.
"""

from __future__ import annotations

import operator
import os
import stat
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps
from tqdm.auto import tqdm

# Formats whose decoders are part of Pillow; EPS and others that start outside programs are left
# out. The JPEG reader also reads MPO, which many phones write.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
MAX_PIXELS = 64_000_000  # of one picture, as its header declares: 8,000 × 8,000
MAX_BYTES = 2 * 1024**3  # of the array that `folder` returns
MAX_SIZE = 1024
LINES_SHOWN = 10


def signed(images) -> np.ndarray:
    """uint8 pictures (0 to 255) as float32 in [-1, 1], the range of the networks.

    Raises:
        TypeError: if `images` is not uint8.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise TypeError(
            f"signed() takes uint8 pictures (0 to 255), not {images.dtype}: it may have been called twice."
        )
    return around_zero(images.astype(np.float32))


def around_zero(pixels):
    """Floats from 0 to 255, an array or tensor of any library, as -1 to 1."""
    return pixels / 127.5 - 1


def to_uint8(images) -> np.ndarray:
    """Float pictures in [-1, 1] as uint8 (0 to 255), rounded; what lies outside is clipped.

    Raises:
        TypeError: if `images` is not floating point.
        ValueError: if it holds NaN.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        raise TypeError("to_uint8() takes float pictures in [-1, 1]; these are uint8 already.")
    images = images.astype(np.float32)
    if np.isnan(images).any():
        raise ValueError("The pictures hold NaN (not a number): what made them diverged.")
    return np.rint((np.clip(images, -1, 1) + 1) * 127.5).astype(np.uint8)


class Folder(NamedTuple):
    """What `folder` read."""

    images: np.ndarray  # uint8 (n, size, size, 3)
    names: list[str]  # of the pictures, in the same order, relative to the folder
    skipped: dict[str, str]  # name of a file: why it was not read


def folder(path, size: int = 64, fit: str = "crop") -> Folder:
    """Reads all pictures in a folder and the folders inside it, in the order of their names.

    Args:
        path: the folder. Hidden files and folders (names that begin with a dot) are ignored.
        size: height and width of the result in pixels, 1 to 1024.
        fit: `"crop"` cuts the square out of the middle; `"pad"` keeps the whole picture and fills
            the rest with white.

    Returns:
        A `Folder` of uint8 pictures `(n, size, size, 3)`, their names, and what was skipped and
        why. A line is printed for each skipped file, ten at most.

    Pictures are turned as their EXIF data say, transparency is laid on white, of an animation the
    first frame is taken, and the format is told from the content, not from the name. Each picture
    may declare up to 64 million pixels, checked before any of them is decoded.

    Raises:
        FileNotFoundError: if there is no such folder.
        NotADirectoryError: if `path` is a file.
        ValueError: if `size` or `fit` is out of range, if no picture could be read, or if the
            result would not fit into 2 GiB.
    """
    size = check_size(size)
    if fit not in ("crop", "pad"):
        raise ValueError(f'There is no fit={fit!r}: choose "crop" or "pad".')
    root = Path(path).expanduser()
    if not root.exists():
        raise FileNotFoundError(f"There is no folder {root} (the current folder is {Path.cwd()}).")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is a file: give the folder that it lies in.")

    skipped: dict[str, str] = {}
    names = _files(root, skipped)
    if not names and not skipped:
        raise ValueError(f"The folder {root} is empty: put some pictures into it.")
    needed = len(names) * size * size * 3
    if needed > MAX_BYTES:
        raise ValueError(
            f"{len(names):,} files of {size} × {size} need {needed / 1024**3:.1f} GiB of memory, "
            f"more than the {MAX_BYTES / 1024**3:.0f} GiB allowed: take a smaller size or fewer."
        )

    images = np.empty((len(names), size, size, 3), np.uint8)
    read = []
    for name in tqdm(names, desc="Reading pictures", delay=2, leave=False):
        try:
            images[len(read)] = read_picture(root / name, size, fit)
            read.append(name)
        except ValueError as error:
            skipped[name] = str(error)
    _report(skipped)
    if not read:
        name, reason = next(iter(skipped.items()))
        raise ValueError(
            f"No picture in {root} could be read; the first file, {name!r}: {reason}. "
            "JPEG, PNG, WebP, GIF, BMP, TIFF, PPM and AVIF can be."
        )
    return Folder(images[: len(read)], read, skipped)


def picture(path, longest: int = 1024) -> np.ndarray:
    """One picture of the learner's own, whole, read like those of `folder`: uint8 `(h, w, 3)`.

    Args:
        path: the file.
        longest: where a side is longer than this, the picture is made smaller; 1 to 1024 pixels.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: with the reason, if it is not a picture that can be read.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path} (the current folder is {Path.cwd()}).")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give one picture in it, or use data.folder(path).")
    try:
        return read_picture(path, check_size(longest), fit="whole")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def check_size(size) -> int:
    """`size` as an int from 1 to 1024, or a ValueError that says so."""
    try:
        number = operator.index(size)  # accepts NumPy's integers, refuses 64.0 and "64"
    except TypeError:
        number = 0
    if not 1 <= number <= MAX_SIZE or isinstance(size, bool):
        raise ValueError(f"size={size!r} must be a whole number of pixels from 1 to {MAX_SIZE}.")
    return number


def _files(root: Path, skipped: dict[str, str]) -> list[str]:
    """Names of all files that may be pictures, sorted; links to folders are not followed."""

    def unreadable(error):
        name = os.path.relpath(error.filename, root)
        skipped[name] = f"the folder cannot be opened ({error.strerror})"

    names = []
    for parent, folders, files in os.walk(root, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        shown = [Path(parent, file) for file in files if not file.startswith(".")]
        names += [path.relative_to(root).as_posix() for path in shown]
    return sorted(names)


def _report(skipped: dict[str, str]) -> None:
    for name, reason in list(skipped.items())[:LINES_SHOWN]:
        print(f"skipped {name!r}: {reason}")  # repr: names may hold anything
    if len(skipped) > LINES_SHOWN:
        print(f"skipped {len(skipped) - LINES_SHOWN} more: see .skipped of the result")


def read_picture(path: Path, size: int, fit: str = "crop") -> np.ndarray:
    """One picture file as uint8 `(size, size, 3)`, or with `fit="whole"` `(h, w, 3)`, no side above size.

    Raises:
        ValueError: with the reason, if the file is not a picture that can be read.
    """
    try:
        # Asked of the name, not of the open file: opening a pipe would wait for its other end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("is not a regular file")
        with path.open("rb") as file:
            start = file.read(512)
            if not start:
                raise ValueError("the file is empty")
            file.seek(0)
            with warnings.catch_warnings():
                # Pillow warns of big pictures and odd metadata; the checks below decide.
                warnings.simplefilter("ignore")
                return _decode(file, start, size, fit)
    except FileNotFoundError:
        raise ValueError("is a link to a file that does not exist") from None
    except PermissionError:
        raise ValueError("may not be read (no permission)") from None
    except OSError as error:
        raise ValueError(f"cannot be opened ({error.strerror})") from None


def _decode(file, start: bytes, size: int, fit: str) -> np.ndarray:
    try:
        Image.init()  # loads the readers, once
        image = Image.open(file, formats=[name for name in FORMATS if name in Image.OPEN])
    except Image.DecompressionBombError:
        raise ValueError(_too_large("it declares")) from None
    except Exception:  # Pillow's readers raise nearly anything on damaged headers
        raise ValueError(_what_it_is(start)) from None
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ValueError(_too_large(f"{width:,} × {height:,}"))
        try:
            # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which saves memory and time.
            image.draft(None, (4 * size, 4 * size))
            image.load()
            return np.asarray(square(_colours(_upright(image)), size, fit))
        except MemoryError:
            raise ValueError("there is not enough memory to decode it") from None
        except Exception as error:  # as above, on damaged pixels
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(f"damaged or cut short ({reason})") from None


def _too_large(declared: str) -> str:
    return f"{declared} pixels, more than the {MAX_PIXELS / 1e6:.0f} million allowed: make it smaller"


def _what_it_is(start: bytes) -> str:
    """A reason for a file that Pillow does not know, from its first bytes."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture: download the picture itself"
    if b"<svg" in text:
        return "is an SVG drawing, which has no pixels: export it as PNG"
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"heif", b"mif1", b"msf1"):
        return "is a HEIC photograph: save it as JPEG or PNG"
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*")):
        return "is damaged or cut short within its header"
    return "is not a picture that can be read"


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF data say."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF data: the pixels are still good
        return image


def _colours(image: Image.Image) -> Image.Image:
    """The picture in RGB, or in RGBA if anything in it is transparent."""
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.float32) / 257  # 65535 becomes 255
    elif image.mode in ("I", "F"):
        grey = _stretched(np.asarray(image).astype(np.float64))
    else:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return Image.fromarray(np.rint(grey).astype(np.uint8)).convert("RGB")


def _stretched(values: np.ndarray) -> np.ndarray:
    """Grey values of 32 bits, which have no agreed range, as 0 to 255.

    What fits 0 to 1, 0 to 255 or 0 to 65535 is taken for that; anything else is stretched from its
    lowest to its highest value.
    """
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are not finite numbers")
    lowest, highest = values.min(), values.max()
    if lowest >= 0:
        for white in (1, 255, 65535):
            if highest <= white:
                return values * (255 / white)
    return (values - lowest) * (255 / max(highest - lowest, 1e-12))


def cut_out(picture, side: int, black: int = 0) -> np.ndarray:
    """A grey picture uint8 `(h, w)` at `side` × `side` pixels, without edges where nothing exceeds `black`.

    Where nothing in it does, the whole picture.
    """
    small = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BOX))
    rows, columns = (np.flatnonzero((small > black).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return small
    return small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def square(image: Image.Image, size: int, fit: str) -> Image.Image:
    """Cropped or padded to `size` × `size`, or whole with no side above `size`; on white, in RGB."""
    if fit == "whole":
        small = image.copy()
        small.thumbnail((size, size), Image.Resampling.LANCZOS)
    elif fit == "crop":
        small = ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
    else:
        scale = size / max(image.size)
        shape = tuple(max(1, round(side * scale)) for side in image.size)
        small = image.resize(shape, Image.Resampling.LANCZOS)
    made = Image.new("RGB", small.size if fit == "whole" else (size, size), "white")
    corner = ((made.width - small.width) // 2, (made.height - small.height) // 2)
    made.paste(small, corner, mask=small if small.mode == "RGBA" else None)
    return made
