"""The learner's own pictures, and the scale of pixels.

`folder` reads what people really have in a folder: photographs that a phone turned, scans, icons with
transparency, downloads that are not pictures at all. What cannot be read is skipped with its reason; what was
never meant to be read, as thumbnails of a server, is passed over and counted.
"""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from course_lib.data import kinds, litter, reading

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


def folder(path, size: int = 64, fit: str = "crop", bits: int | None = None) -> Folder:
    """Reads all pictures in a folder and the folders inside it, in the order of their names.

    Args:
        path: the folder. Hidden files and folders (names that begin with a dot) are ignored.
        size: height and width of the result in pixels, 1 to 1024.
        fit: `"crop"` cuts the square out of the middle; `"pad"` keeps the whole picture and fills
            the rest with white.
        bits: of grey pictures of more than 8 bits: how many of them are used (12: white is 4095),
            where the file does not say so; 9 to 32.

    Returns:
        A `Folder` of uint8 pictures `(n, size, size, 3)` in sRGB, their names, and what was skipped
        and why. A line is printed for each skipped file, ten at most, and one for all files that
        were passed over for the same reason: raw camera files, films, thumbnails of photo servers,
        notes of programs, and what is only in a cloud.

    Pictures are turned as their EXIF data say, colours are brought to sRGB by the profile of the
    picture, transparency is laid on white, of an animation the first frame is taken, and the format
    is told from the content, not from the name. Each picture may declare up to 64 million pixels,
    checked before any of them is decoded. A line says how many were read with a doubt.

    Raises:
        FileNotFoundError: if there is no such folder.
        NotADirectoryError: if `path` is a file.
        ValueError: if `path` is an address, if `size`, `fit` or `bits` is out of range, if no picture
            could be read, or if the result would not fit into 2 GiB.
    """
    size, bits = check_size(size), _check_bits(bits)
    if fit not in ("crop", "pad"):
        raise ValueError(f'There is no fit={fit!r}: choose "crop" or "pad".')
    root = _own(path)
    if not root.exists():
        raise FileNotFoundError(f"There is no folder {root} (the current folder is {Path.cwd()}).")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is a file: give the folder that it lies in.")

    skipped: dict[str, str] = {}  # each could not be read
    passed_over: dict[str, str] = {}  # none was meant to be
    notes: dict[str, list[str]] = {}
    names = _files(root, skipped, passed_over)
    total = len(names) + len(passed_over)
    if not total and not skipped:
        raise ValueError(
            f"The folder {root} is empty: put some pictures into it (hidden files do not count)."
        )
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
            images[len(read)], doubts = reading.read(root / name, size, fit, bits)
            read.append(name)
            for doubt in doubts:
                notes.setdefault(doubt, []).append(name)
        except litter.PassedOver as reason:
            passed_over[name] = str(reason)
        except ValueError as error:
            skipped[name] = str(error)
    groups: dict[str, list[str]] = {}
    for name, reason in passed_over.items():
        groups.setdefault(reason, []).append(name)
    lines = [_counted(members, total, reason) for reason, members in groups.items()]
    if not read:
        if skipped:
            name, reason = next(iter(skipped.items()))
            lines.append(f"the first file, {name!r}: {reason}")
        raise ValueError(f"No picture in {root} could be read; {'; '.join(lines)}. {kinds.LISTED} can be.")
    _report(skipped)
    for line in lines:
        print(f"passed over {line}")
    for note, members in notes.items():
        print(_counted(members, total, note) if len(members) > 1 else f"{members[0]!r} {note}")
    return Folder(images[: len(read)], read, skipped | passed_over)


def picture(path, longest: int = 1024, bits: int | None = None) -> np.ndarray:
    """One picture of the learner's own, whole, read like those of `folder`: uint8 `(h, w, 3)`.

    Args:
        path: the file.
        longest: where a side is longer than this, the picture is made smaller; 1 to 1024 pixels.
        bits: as for `folder`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: with the reason, if it is an address, or not a picture that can be read.
    """
    path = _own(path)
    if not path.exists():
        if path.with_name(f".{path.name}.icloud").exists():
            raise FileNotFoundError(f"{path} {litter.IN_ICLOUD}.")
        raise FileNotFoundError(f"There is no file {path} (the current folder is {Path.cwd()}).")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give one picture in it, or use data.folder(path).")
    try:
        made, notes = reading.read(path, check_size(longest), "whole", _check_bits(bits))
    except ValueError as error:
        raise ValueError(f"{path}: {litter.of_file(path.name) or error}") from None
    for note in notes:
        print(f"{path.name!r} {note}")
    return made


def _own(path) -> Path:
    """The path of something on this machine."""
    if "://" in str(path):
        raise ValueError(
            f"{path} is an address, not a place on this machine: download it, then give its path."
        )
    return Path(os.path.expanduser(path))  # "~name" stays where nobody is called so


def check_size(size) -> int:
    """`size` as an int from 1 to 1024, or a ValueError that says so."""
    try:
        number = operator.index(size)  # accepts NumPy's integers, refuses 64.0 and "64"
    except TypeError:
        number = 0
    if not 1 <= number <= MAX_SIZE or isinstance(size, bool):
        raise ValueError(f"size={size!r} must be a whole number of pixels from 1 to {MAX_SIZE}.")
    return number


def _check_bits(bits) -> int | None:
    if bits is None or (isinstance(bits, (int, np.integer)) and 9 <= bits <= 32):
        return bits
    raise ValueError(f"bits={bits!r} must be a whole number from 9 to 32: of the grey values in the file.")


def _files(root: Path, skipped: dict[str, str], passed_over: dict[str, str]) -> list[str]:
    """Names of all files that may be pictures, sorted; links to folders are not followed."""

    def unreadable(error):
        name = os.path.relpath(error.filename, root)
        skipped[name] = f"the folder cannot be opened ({error.strerror})"

    names = []
    reasons: dict[str, str | None] = {}  # of folders: why nothing in them is a photograph
    for parent, folders, files in os.walk(root, onerror=unreadable):
        for name in folders:
            inside = Path(parent, name)
            reasons[str(inside)] = reasons.get(parent) or litter.of_folder(inside)
        folders[:] = [
            name for name in folders if not name.startswith(".") or reasons[str(Path(parent, name))]
        ]
        for file in files:
            name = Path(parent, file).relative_to(root).as_posix()
            reason = reasons.get(parent) or litter.of_file(file)
            if reason:
                passed_over[name] = reason
            elif not file.startswith("."):
                names.append(name)
    return sorted(names)


def _report(skipped: dict[str, str]) -> None:
    for name, reason in list(skipped.items())[:LINES_SHOWN]:
        print(f"skipped {name!r}: {reason}")  # repr: names may hold anything
    if len(skipped) > LINES_SHOWN:
        print(f"skipped {len(skipped) - LINES_SHOWN} more: see .skipped of the result")


def _counted(members: list[str], total: int, sentence: str) -> str:
    if len(members) == 1:
        return f"{members[0]!r}, which {sentence}"
    return f"{len(members)} of {total} files, each of which {sentence} (the first: {members[0]!r})"


def area_mean(picture, height: int, width: int) -> np.ndarray:
    """A grey picture uint8 `(h, w)` made smaller, each pixel the mean of the area that it covers.

    Pillow's BOX takes each pixel wholly or not at all, and is several greys off where sizes do not divide.
    """
    from skimage.transform import resize_local_mean  # only where it is used: every lesson imports this module

    return np.rint(resize_local_mean(picture, (height, width), preserve_range=True)).astype(np.uint8)


def cut_out(picture, side: int, black: int = 0) -> np.ndarray:
    """A grey picture uint8 `(h, w)` at `side` × `side` pixels, without edges where nothing exceeds `black`.

    Where nothing in it does, the whole picture.
    """
    small = area_mean(picture, side, side)
    rows, columns = (np.flatnonzero((small > black).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return small
    return small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
