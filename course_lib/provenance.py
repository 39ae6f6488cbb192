"""Where a picture comes from, written down so that others can check it; and a card for a model.

A *record* is a dict of facts with the fingerprint of the pixels and an authentication code over both. `save`
puts it into a PNG file. The code is an HMAC (RFC 2104). It is no digital signature, which anybody could check
and only one could make: who has the secret can check the code, and could have made it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from course_lib import weights
from course_lib.files import write_atomically

FIELD = "provenance"  # the name of the text in the PNG file


def fingerprint(picture) -> str:
    """SHA-256 of a picture's shape and pixels, 64 hexadecimal digits: another pixel, another fingerprint.

    Args:
        picture: uint8 `(h, w, channels)`.

    Raises:
        TypeError: for anything but uint8, whose bytes depend on how they were rounded.
    """
    picture = np.asarray(picture)
    if picture.dtype != np.uint8:
        raise TypeError(f"A fingerprint needs uint8 pixels, not {picture.dtype}: data.to_uint8(picture).")
    return hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).hexdigest()


def seal(picture, secret: bytes, **facts) -> dict:
    """The record of a picture: `{"facts": …, "pixels": fingerprint, "code": …}`.

    Args:
        picture: uint8 `(h, w, channels)`.
        secret: the key of the code; keep it out of notebooks and repositories.
        facts: what is claimed (model, weights, seed, date, licence, …): strings, numbers, lists, dicts.

    Raises:
        ValueError: for an empty secret, with which anybody could seal.
    """
    if not secret:
        raise ValueError("The secret is empty: anybody could seal with it. Take secrets.token_bytes(32).")
    claimed = {"facts": facts, "pixels": fingerprint(picture)}
    return {**claimed, "code": _code(claimed, secret)}


def _code(claimed, secret):
    # One text for one meaning: sorted keys, no spaces, or equal records would have different codes.
    text = json.dumps(claimed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def examine(picture, record, secret: bytes) -> str:
    """What a record says about a picture, as one of four answers.

    - `"no record"`: nothing is known. That is no evidence of anything.
    - `"record not sealed with this secret"`: facts, fingerprint or code were changed, or another secret.
    - `"other pixels"`: the record is genuine, and belongs to another picture.
    - `"as sealed"`: these pixels and these facts were sealed by somebody who has the secret.
    """
    if not record:
        return "no record"
    claimed = {key: record.get(key) for key in ("facts", "pixels")}
    if not hmac.compare_digest(_code(claimed, secret), str(record.get("code"))):
        return "record not sealed with this secret"
    return "as sealed" if record["pixels"] == fingerprint(picture) else "other pixels"


def save(path, picture, record=None) -> Path:
    """Writes a PNG file with the record as a text in it (PNG specification, iTXt), and returns its path."""
    texts = PngImagePlugin.PngInfo()
    if record is not None:
        texts.add_itxt(FIELD, json.dumps(record, ensure_ascii=False))
    content = io.BytesIO()
    Image.fromarray(_drawable(picture)).save(content, format="PNG", pnginfo=texts)
    write_atomically(path, content.getvalue())
    return Path(path)


def _drawable(picture):
    """Pictures of one channel without their last axis, as Pillow wants them."""
    picture = np.asarray(picture)
    return picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture


def load(path):
    """The picture and the record of a file: uint8 `(h, w, channels)`, and a dict or None.

    A text that is no record counts as none: whoever edits a file decides what stands in it.
    """
    with Image.open(path) as opened:
        picture = np.asarray(opened if opened.mode in ("L", "RGB") else opened.convert("RGB"))
        text = opened.info.get(FIELD)
    picture = picture[..., None] if picture.ndim == 2 else picture
    try:
        record = json.loads(text) if text else None
    except ValueError:
        record = None
    return picture, record if isinstance(record, dict) else None


SECTIONS = (
    "Intended use", "Factors", "Training data", "Evaluation data", "Ethical considerations", "Caveats",
)  # fmt: skip


def model_card(title: str, weights_file: str, measured: dict, sections: dict, date: str) -> str:
    """A model card in Markdown, with the headings of Mitchell et al. (FAT* 2019, 1810.03993, section 4).

    What can be looked up is looked up: version, fingerprint, size and the command that rebuilds the file come
    from the list of the shipped weights, and numbers from what lessons recorded. What only a person knows
    must be written, and a section left out is an error, not an empty heading.

    Args:
        title: what the model is.
        weights_file: a name in course_lib/weights/manifest.json.
        measured: what was measured: number or text; None prints "not measured".
        sections: a text for each of `SECTIONS`.
        date: of the card, YYYY-MM-DD.

    Raises:
        ValueError: for a missing, empty or unknown section.
        weights.WeightsError: for weights that are not listed, missing or damaged.
    """
    missing = [name for name in SECTIONS if not str(sections.get(name, "")).strip()]
    unknown = [name for name in sections if name not in SECTIONS]
    if missing or unknown:
        raise ValueError(
            f"A model card needs a text for each of {', '.join(SECTIONS)}"
            + (f"; missing: {', '.join(missing)}" if missing else "")
            + (f"; unknown: {', '.join(unknown)}" if unknown else "")
            + "."
        )
    _, entry = weights.verified(weights_file)
    numbers = [
        f"| {name} | {'not measured' if value is None else _number(value)} |"
        for name, value in measured.items()
    ]
    lines = [
        f"# Model card: {title}", "",
        "## Model details", "",
        f"- weights: `{weights_file}`, version {entry['version']}, {entry['bytes']:,} bytes",
        f"- SHA-256: `{entry['sha256']}`",
        f"- made by: `{entry['made_by']}`",
        f"- date of this card: {date}", "",
    ]  # fmt: skip
    for name in SECTIONS[:2]:
        lines += [f"## {name}", "", sections[name].strip(), ""]
    lines += ["## Metrics and quantitative analyses", "", "| what | measured |", "|---|---|", *numbers, ""]
    for name in SECTIONS[2:]:
        lines += [f"## {name}", "", sections[name].strip(), ""]
    return "\n".join(lines)


def _number(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
