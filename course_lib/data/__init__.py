"""Pictures to learn from: bundled data sets, TensorFlow Datasets, and the learner's own folder.

>>> images, labels = load("fashion", "train")    # uint8 (50000, 28, 28, 1), int64 (50000,)
"""

from __future__ import annotations

import difflib

import numpy as np

from course_lib.data import bundled
from course_lib.data.batches import Batches
from course_lib.data.bundled import HAIR, LABELS, SIZES, DataError, heads
from course_lib.data.patches import patches
from course_lib.data.pictures import Folder, check_size, folder, picture, signed, to_uint8

__all__ = [
    "HAIR",
    "LABELS",
    "Batches",
    "DataError",
    "Folder",
    "folder",
    "heads",
    "load",
    "one_hot",
    "patches",
    "picture",
    "signed",
    "to_uint8",
]

COLLECTIONS = ("photos", "paintings", "films")  # a name for each picture or film; no splits
NAMES = (*SIZES, *COLLECTIONS)
SPLITS = ("train", "validation", "test", "train+validation")
SOURCES = ("bundled", "tfds")


def load(
    name: str,
    split: str | None = None,
    *,
    source: str = "bundled",
    size: int | None = None,
    download: bool = False,
    time_limit: float = 600,
):
    """A data set as NumPy arrays.

    | name | pictures, uint8 | labels, int64 (`LABELS[name]` names them) |
    |---|---|---|
    | `"fashion"` | (50000 or 10000, 28, 28, 1) | (n,), ten kinds of clothing |
    | `"people"` | (678, 84 or 138, size, size, 3), size 64 or 32 | dict of (n,): tone, gender, kind |
    | `"earth"` | (n, size, size, 3), size 64 or 32 | (n,), sea or land |
    | `"photos"` | dict of 14 names to (h, w, 3); no split, no labels | |
    | `"paintings"` | dict of 1 name to (h, w, 3) | |
    | `"films"` | dict of 2 names to (frames, 64, 96, 1 or 3) | |

    Args:
        name: one of these, or with `source="tfds"` any name of TensorFlow Datasets whose pictures
            have one label each.
        split: `"train"` to learn from, `"validation"` to choose by and for curves, `"test"` for the numbers
            at the end; people and earth are cut so that no two of them hold nearly the same picture.
            `"train+validation"` is all that may be learnt from once everything is chosen: of fashion the
            60,000 that its authors publish as training set. (For other names, the splits of TensorFlow
            Datasets.)
        source: `"bundled"` decodes the files of the course; `"tfds"` goes through
            tensorflow-datasets, which prepares them once, offline, in the cache folder. The
            pictures and labels are equal; fashion comes in the order of its builder, which
            shuffles.
        size: height and width in pixels. For other names of TensorFlow Datasets, pictures are
            cropped to a square of this size (needed where they differ in size).
        download: whether a name of TensorFlow Datasets that is not prepared may be downloaded.
        time_limit: seconds that a download and its preparation may take.

    Returns:
        `(images, labels)`, or a dict for `"photos"`, `"paintings"` and `"films"`.

    Raises:
        ValueError: for a name, split, size or source that does not exist; it lists those that do.
        DataError: if a file is missing or damaged, or if a download fails; it says what to do.
    """
    if source not in SOURCES:
        raise ValueError(f"There is no source {source!r}: choose {_listed(SOURCES)}.")
    if name in COLLECTIONS:
        if split is not None or size is not None or source == "tfds":
            raise ValueError(f'"{name}" has no splits, sizes or other source: data.load("{name}").')
        return getattr(bundled, name)()
    if source == "tfds" and name == "fashion_mnist":  # the name of its builder
        name = "fashion"
    if source == "tfds" and name not in SIZES:
        size = None if size is None else check_size(size)
        return _tfds_builders().other(name, split, size, download, time_limit)
    if name not in SIZES:
        raise ValueError(_unknown_name(name))
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r} of {name!r}: choose {_listed(SPLITS)}.")
    if size is None:
        size = SIZES[name][0]
    if size not in SIZES[name]:
        raise ValueError(f"{name!r} has no size {size!r}: choose {_listed(SIZES[name])}.")
    if source == "tfds":
        return _tfds_builders().bundled_by_tfds(name, split, size)
    return getattr(bundled, name)(split, size)


def one_hot(name: str, labels) -> np.ndarray:
    """Labels as zeros and ones, for a network that takes them as an input.

    Args:
        name: the data set, which says how many values each label has (`LABELS[name]`).
        labels: as `load` returns them: int64 `(n,)`, or for `"people"` a dict of `(n,)`.

    Returns:
        float32 `(n, number of values)`. For `"people"` the columns are 6 tones, 3 genders and 5 kinds, so
        that every row has three ones.

    Raises:
        ValueError: if a label is not among the values.
    """
    values = LABELS[name]
    if not isinstance(values, dict):
        values, labels = {name: values}, {name: labels}
    blocks = []
    for key, names in values.items():
        numbers = np.asarray(labels[key])
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(names):
            raise ValueError(
                f"The labels {key!r} run from {numbers.min()} to {numbers.max()}; {name} has 0 to "
                f"{len(names) - 1}."
            )
        blocks.append(np.eye(len(names), dtype="float32")[numbers])
    return np.concatenate(blocks, axis=1)


def _tfds_builders():
    """The module that needs TensorFlow, imported when it is asked for."""
    try:
        from course_lib.data import tfds_builders
    except ModuleNotFoundError as error:
        raise DataError(
            f'source="tfds" needs the package {error.name}, which is not installed: '
            "python -m pip install tensorflow tensorflow-datasets"
        ) from error
    return tfds_builders


def _unknown_name(name) -> str:
    close = difflib.get_close_matches(str(name), NAMES, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return (
        f"There is no data set {name!r} in the course.{guess} Choose {_listed(NAMES)}; "
        'source="tfds" knows the names of TensorFlow Datasets, and data.folder(path) reads your '
        "own pictures."
    )


def _listed(values) -> str:
    """'a', 'b' or 'c'."""
    *most, last = map(repr, values)
    return f"{', '.join(most)} or {last}" if most else last
