"""The data sets that come with the course, decoded from their files in `files/`.

The standard library, Pillow and NumPy do all the work, so that every backend gets the same arrays
and no lesson waits for a download. `files/*/SOURCE.md` says where each file comes from and under
which licence; `files/manifest.json` holds the checksums that every load compares.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

FILES = Path(__file__).parent / "files"

LABELS = {
    "fashion": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "people": {
        "tone": ("none", "light", "medium-light", "medium", "medium-dark", "dark"),
        "gender": ("not stated", "woman", "man"),
        "kind": ("face", "job", "gesture", "fantasy", "other"),
    },
    "earth": ("sea", "land"),
}

# The sizes in pixels that each data set comes in; the first is the default.
SIZES = {"fashion": (28,), "people": (64, 32), "earth": (64, 32)}


class DataError(RuntimeError):
    """A file of the course, or one that it prepared, is missing or damaged."""


def read_file(name: str) -> bytes:
    """The bytes of the bundled file `name`, for example `"photos/coffee.png"`.

    Raises:
        DataError: if the file is missing, or is not, byte for byte, the one that was published.
    """
    path = FILES / name
    try:
        expected = _manifest()[name]
        content = path.read_bytes()
    except FileNotFoundError:
        problem = "is missing"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    else:
        if not content:
            problem = "is empty"
        elif len(content) != expected["bytes"]:
            problem = f"has {len(content):,} bytes where {expected['bytes']:,} are expected"
        elif hashlib.sha256(content).hexdigest() != expected["sha256"]:
            problem = "is damaged or was replaced (its sha256 is not the published one)"
        else:
            return content
    raise DataError(f"{path} {problem}. {_RESTORE}")


_RESTORE = (
    "Put the original back: `git checkout -- course_lib/data/files` in a clone, or install course_lib again."
)


def _manifest() -> dict:
    """`{file: {"bytes": ..., "sha256": ...}}` of everything in `files/`."""
    path = FILES / "manifest.json"
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}). {_RESTORE}") from error


# ------------------------------------------------------------------------------------------ fashion


FASHION_VALIDATION = 10_000  # as many as the test set has, so that distances to either can be compared


def fashion(split: str, size: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): uint8 `(n, 28, 28, 1)` and int64 `(n,)`.

    Its authors know a training and a test set. "validation" is the last 10,000 of their training set,
    "train" the 50,000 before.
    """
    prefix = "t10k" if split == "test" else "train"
    images = _idx(f"fashion-mnist/{prefix}-images-idx3-ubyte.gz")
    labels = _idx(f"fashion-mnist/{prefix}-labels-idx1-ubyte.gz")
    parts = {"train": slice(-FASHION_VALIDATION), "validation": slice(-FASHION_VALIDATION, None)}
    chosen = parts.get(split, slice(None))
    return images[chosen, ..., np.newaxis].copy(), labels[chosen].astype(np.int64)


def _idx(name: str) -> np.ndarray:
    """The uint8 array in a gzipped IDX file: two zero bytes, type, axes, lengths, values."""
    content = gzip.decompress(read_file(name))
    axes = content[3]
    shape = struct.unpack_from(f">{axes}I", content, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


# ------------------------------------------------------------------------------------------- people

_TONES = {
    "1f3fb": "light",
    "1f3fc": "medium-light",
    "1f3fd": "medium",
    "1f3fe": "medium-dark",
    "1f3ff": "dark",
}
_SIGNS = {"2640": "woman", "2642": "man"}
_ADULTS = {"1f468": "man", "1f469": "woman", "1f9d1": "not stated"}
_GENDERS = _ADULTS | {
    "1f467": "woman",  # girl
    "1f475": "woman",  # old woman
    "1f478": "woman",  # princess
    "1f930": "woman",  # pregnant
    "1f931": "woman",  # feeding a baby
    "1f936": "woman",  # Mrs. Claus
    "1f9d5": "woman",  # with headscarf
    "1f385": "man",  # Santa Claus
    "1f466": "man",  # boy
    "1f474": "man",  # old man
    "1f934": "man",  # prince
}
# Code points, by what the picture shows. "face" is a head alone, which fills the picture.
_KINDS = {
    "face": "1f385 1f384 1f936 1f473 1f474 1f475 1f476 1f47c 1f9d1 1f9d2 1f9d3",
    "job": (
        "1f33e 1f373 1f393 1f3a4 1f3a8 1f3eb 1f3ed 1f4bb 1f4bc 1f527 1f52c 1f680 1f692 "
        "2695 2696 2708 1f477 1f482 1f575"
    ),
    "gesture": "1f481 1f645 1f646 1f64b 1f64d 1f64e 1f926 1f937 1f9cf",
    "fantasy": "1f934 1f478 1f977 1f9b8 1f9b9 1f9d9 1f9da 1f9db 1f9dd",
    "other": "1f470 1f472 1f930 1f931 1f935 1f9d5",
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}
# Plain, blond, bearded, red-haired, curly, bald and white-haired adults are nearly the same head
# (blond and plain differ by one grey level), and so are girl, boy and child: one subject each.
_SAME_SUBJECT = dict.fromkeys(
    ["1f468", "1f469", "1f471", "1f9d4", "1f9b0", "1f9b1", "1f9b2", "1f9b3"], "1f9d1"
)
_SAME_SUBJECT |= {"1f466": "1f9d2", "1f467": "1f9d2"}
# Heads with a turban, old women; artists, firefighters, health workers; raised hands, shrugs;
# mages; headscarves.
_TEST_SUBJECTS = frozenset(["1f473", "1f475", "1f3a8", "1f692", "2695", "1f64b", "1f937", "1f9d9", "1f9d5"])
# Old men and old people; astronauts, builders; a gesture of no; elves.
_VALIDATION_SUBJECTS = frozenset(["1f474", "1f9d3", "1f680", "1f477", "1f645", "1f9dd"])


class Person(NamedTuple):
    """What the name of a picture says, after the corrections below."""

    subject: str  # the code point of what is drawn, whatever its tone and gender
    tone: str
    gender: str
    kind: str

    @property
    def split(self) -> str:
        if self.subject in _TEST_SUBJECTS:
            return "test"
        return "validation" if self.subject in _VALIDATION_SUBJECTS else "train"


def person(name: str) -> Person:
    """Reads the name of an emoji: its Unicode code points, such as `1f469-1f3fd-200d-1f680`.

    Two mistakes of the package that the pictures come from are put right: except in the pictures
    with a laptop, the tones medium-light and medium are exchanged; and the deaf man and the deaf
    woman are. A test measures both in the pictures.
    """
    codes = [code for code in name.split("-") if code not in ("200d", "fe0f")]  # joiners
    tone = next((_TONES[code] for code in codes if code in _TONES), "none")
    sign = next((_SIGNS[code] for code in codes if code in _SIGNS), None)
    base, *rest = (code for code in codes if code not in _TONES and code not in _SIGNS)
    gender = sign or _GENDERS.get(base, "not stated")
    subject = rest[0] if rest else base
    if subject != "1f4bb":
        tone = {"medium-light": "medium", "medium": "medium-light"}.get(tone, tone)
    if subject == "1f9cf":
        gender = {"woman": "man", "man": "woman"}.get(gender, gender)
    subject = _SAME_SUBJECT.get(subject, subject)
    return Person(subject, tone, gender, _KIND_OF[subject])


def people_names() -> list[str]:
    """The names of the 900 pictures of the sheet, in its order."""
    return json.loads(read_file("emoji-people/people.json"))


def people(split: str, size: int = 64) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Fluent Emoji people (Microsoft): uint8 `(n, size, size, 3)` and a dict of int64 `(n,)`.

    The split goes by subject: nobody in one set is in another in another skin tone or as another gender,
    which would be nearly the same picture.
    """
    sheet = Image.open(io.BytesIO(read_file("emoji-people/people_64.webp"))).convert("RGB")
    everybody = [person(name) for name in people_names()]
    chosen = [index for index, who in enumerate(everybody) if who.split in split.split("+")]
    images = _tiles(np.asarray(sheet), 64).reshape(-1, 64, 64, 3)[chosen]
    if size == 32:
        images = np.rint(images.reshape(-1, 32, 2, 32, 2, 3).mean((2, 4))).astype(np.uint8)
    labels = {
        key: np.array([values.index(getattr(everybody[i], key)) for i in chosen], np.int64)
        for key, values in LABELS["people"].items()
    }
    return images, labels


HAIR = ("plain", "blond", "red", "curly", "white", "bald", "beard")
_HAIR_CODES = {"1f471": 1, "1f9b0": 2, "1f9b1": 3, "1f9b3": 4, "1f9b2": 5, "1f9d4": 6}


def heads(split: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The 126 heads that differ in tone, gender and hair alone: uint8 `(n, 64, 64, 3)` and a dict of `(n,)`.

    They are pictures of `people("train")`: every one of 6 tones and 3 genders with every one of 7 kinds of
    hair (`HAIR`). The split goes by combination: in "test" is one kind of hair of each tone and gender,
    18 heads, of which "train" has every part, but not together.

    Raises:
        ValueError: for a split other than "train" and "test".
    """
    if split not in ("train", "test"):
        raise ValueError(f'There is no split {split!r} of the heads: choose "train" or "test".')
    training = [name for name in people_names() if person(name).split == "train"]
    chosen, labels = [], {"tone": [], "gender": [], "hair": []}
    for index, name in enumerate(training):
        who = person(name)
        if who.subject != "1f9d1" or who.kind != "face":
            continue
        hair = max(_HAIR_CODES.get(code, 0) for code in name.split("-"))
        tone = LABELS["people"]["tone"].index(who.tone)
        gender = LABELS["people"]["gender"].index(who.gender)
        if (split == "test") == (hair == (tone + 3 * gender) % len(HAIR)):
            chosen.append(index)
            for key, value in (("tone", tone), ("gender", gender), ("hair", hair)):
                labels[key].append(value)
    images, _ = people("train")
    return images[chosen], {key: np.array(values, np.int64) for key, values in labels.items()}


# -------------------------------------------------------------------------------------------- earth

# Columns of pixels. The test set is two strips from pole to pole: 77.6° W to 52° W (the Americas'
# east, Greenland) and 101.6° E to 127.2° E (East Asia, West Australia); the validation set is one,
# 16.3° E to 29.1° E (the Baltic to the Cape). A strip of 64 pixels on either side belongs to no set, so
# that no tile touches one of another set.
_STRIPS = {"test": ((24 * 64, 30 * 64), (66 * 64, 72 * 64)), "validation": ((46 * 64, 49 * 64),)}
_GUARD = 64


def earth(split: str, size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Tiles of NASA's Blue Marble: uint8 `(n, size, size, 3)` and int64 `(n,)`, 0 sea, 1 land.

    Tiles of nearly one colour are left out (a standard deviation of 8 grey levels or less, mean of
    the channels): most of them are the same deep blue. A tile is sea if half of its pixels or more
    are: blue exceeds red by more than 8, and red is below 100 (ice is bluish too, but bright).
    """
    globe = np.asarray(Image.open(io.BytesIO(read_file("blue-marble/bmng.jpg"))).convert("RGB"))
    red, blue = globe[..., 0].astype(np.int16), globe[..., 2].astype(np.int16)
    sea_share = _tiles((blue - red > 8) & (red < 100), size).mean((2, 3))
    tiles = _tiles(globe, size)

    # Sums of integers are exact: which tiles are kept does not depend on the machine. Over one axis after
    # the other they take a tenth of the time.
    mean = tiles.sum(2, dtype=np.uint32).sum(2) / size**2
    mean_square = np.square(tiles, dtype=np.uint16).sum(2, dtype=np.uint32).sum(2) / size**2
    contrast = np.sqrt(mean_square - mean**2).mean(-1)

    left = np.arange(tiles.shape[1]) * size

    def within(strips, guard=0):
        return np.any([(left >= first - guard) & (left < last + guard) for first, last in strips], 0)

    if split in _STRIPS:
        columns = within(_STRIPS[split])
    elif split == "train":
        columns = ~within(sum(_STRIPS.values(), ()), _GUARD)
    else:  # "train+validation"
        columns = ~within(_STRIPS["test"], _GUARD)
    chosen = (contrast > 8) & columns
    return tiles[chosen], (sea_share[chosen] < 0.5).astype(np.int64)


def _tiles(picture: np.ndarray, size: int) -> np.ndarray:
    """Cuts `(h, w, ...)` into `(rows, columns, size, size, ...)`, without what fills no tile."""
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    whole = picture[: rows * size, : columns * size]
    return whole.reshape(rows, size, columns, size, *picture.shape[2:]).swapaxes(1, 2)


# ------------------------------------------------------------------------------------------- photos


def photos() -> dict[str, np.ndarray]:
    """Fourteen photographs: their name, and uint8 `(h, w, 3)` of the size of each."""
    names = sorted(name for name in _manifest() if name.startswith("photos/"))
    return {
        Path(name).stem: np.array(Image.open(io.BytesIO(read_file(name))).convert("RGB")) for name in names
    }


# ----------------------------------------------------------------------------------------- paintings


def paintings() -> dict[str, np.ndarray]:
    """Pictures to take a style from: their name, and uint8 `(h, w, 3)`.

    The scan's black border and the frayed edge of the canvas are cut off.
    """
    scan = np.array(Image.open(io.BytesIO(read_file("paintings/starry_night.jpg"))).convert("RGB"))
    return {"starry_night": scan[20:-20, 20:-20].copy()}


# --------------------------------------------------------------------------------------------- films

# Where the photographs stand on Muybridge's sheet: left and upper edges, in pixels.
_CAT_LEFT = (14, 179, 347, 516, 687, 854)
_CAT_TOP = (14, 139, 265, 393)


def films() -> dict[str, np.ndarray]:
    """Two films as uint8 `(frames, 64, 96, channels)`.

    `"cat"`: 24 photographs of a cat that walks and begins to run (Muybridge, 1887), one channel;
    `"rabbit"`: 132 frames, 5.3 s, of an animated film, three channels.
    """
    sheet = Image.open(io.BytesIO(read_file("films/cat.jpg"))).convert("L")
    boxes = [(x, y, x + 153, y + 102) for y in _CAT_TOP for x in _CAT_LEFT]
    cat = [np.asarray(sheet.crop(box).resize((96, 64), Image.Resampling.LANCZOS)) for box in boxes]
    with np.load(io.BytesIO(read_file("films/rabbit.npz"))) as archive:
        rabbit = archive["frames"]
    return {"cat": np.stack(cat)[..., np.newaxis], "rabbit": rabbit}
