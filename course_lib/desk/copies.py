"""The learner's own copies of the lessons, open and worked, which no update of the course overwrites.

    my_notebooks/01_gan/1_the_adversarial_game.ipynb           the learner's
    my_notebooks/worked/01_gan/1_the_adversarial_game.ipynb    the worked version
    my_notebooks/.course/copies.json                           what was copied, to know later who changed it

A copy is replaced by a newer lesson only as long as nobody has worked in it.
"""

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

from course_lib import __version__, contents
from course_lib.desk import DeskError, require_writable
from course_lib.files import move_aside, write_atomically

WORKED = "worked"  # the folder of the worked versions, below that of the copies
RECORD = ".course/copies.json"
HOME = "home.md"  # the page that lists the lessons (course_lib.desk.home), to which their last cells lead
NAMES = 3  # of copies that a line of the report names


class Report(NamedTuple):
    """What `open_copies` did.

    lines: short sentences for the terminal, each said once.
    updated: places whose lesson is newer than the copy, which stays because the learner has worked in it.
    """

    lines: list
    updated: list


def originals() -> Path:
    """The folder that holds the course's own notebooks/ and solutions/: the checkout, or the package.

    Raises DeskError where there are none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package, package.parent):
        if (folder / "notebooks").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise DeskError(f"{package} has no notebooks with it: install the course again.")


def places() -> list:
    """Where the copies are, below their folder: every lesson's own, then every worked version."""
    files = [lesson["file"] for lesson in contents.lessons()]
    return [*files, *(f"{WORKED}/{file}" for file in files)]


def text_of(place: str) -> str:
    """What a fresh copy holds: the original, with links that lead to other copies.

    place: one of `places()`.
    """
    if place.startswith(f"{WORKED}/"):
        text = original_text(place)
        return text.replace("](../../notebooks/", "](../../").replace(
            "](../../README.md)", f"](../../{HOME})"
        )
    text = original_text(place).replace("](../../solutions/", f"](../{WORKED}/")
    return text.replace("](../../README.md)", f"](../{HOME})")


def original_text(place: str) -> str:
    """The course's notebook that a copy is made from."""
    folder, file = "notebooks", place
    if place.startswith(f"{WORKED}/"):
        folder, file = "solutions", place.removeprefix(f"{WORKED}/")
    try:
        return (originals() / folder / file).read_text(encoding="utf-8")
    except OSError as error:
        raise DeskError(f"{folder}/{file} is missing from the course: fetch the course again.") from error


def cells_of(content: bytes | str) -> list | None:
    """(type, source, outputs or None) of a notebook's cells; None where it is none, or damaged."""
    try:
        return [
            (cell["cell_type"], "".join(cell["source"]).replace("\r\n", "\n"), cell.get("outputs") or None)
            for cell in json.loads(content)["cells"]
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def meaning(cells: list, header: bool = True) -> str:
    """A hash of what cells say, not of what they put out; the header and the footer may be left out."""
    frame = ("*Lesson ", "*End of lesson ")
    said = [cell[:2] for cell in cells if header or not cell[1].startswith(frame)]
    return sha256(json.dumps(said))


def shown(cells: list) -> str:
    """A hash of what cells put out, whether an editor keeps a text whole or by lines."""

    def whole(value):
        if isinstance(value, dict):
            return {key: whole(each) for key, each in value.items()}
        if isinstance(value, list):
            return "".join(value) if all(isinstance(one, str) for one in value) else [*map(whole, value)]
        return value

    return sha256(json.dumps([whole(outputs) for *_, outputs in cells], sort_keys=True))


def sha256(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def open_copies(target: Path) -> Report:
    """Copy what `target` lacks, bring up to date what nobody has worked in, and leave everything else.

    Raises DeskError: `target` cannot be written, or a lesson is missing from the course.
    """
    target = Path(target)
    require_writable(target)
    recorded = os.path.lexists(target / RECORD)  # an older course wrote nothing down
    known = read_record(target)
    found = {}  # kind of news -> places
    try:
        try:
            follow_renamed(target, known, found)
            for place in places():
                kind, known[place] = settle(target / place, place, known.get(place), recorded)
                found.setdefault(kind, []).append(place)
        except BaseException:
            with contextlib.suppress(OSError):  # or what was copied would count as the learner's next time
                write_record(target, known)
            raise
        write_record(target, known)
    except OSError as error:
        place = error.filename2 or error.filename or target
        raise DeskError(
            f"Copying stopped at {place} ({error.strerror}): mend that, then start again. "
            "Nothing of yours was changed."
        ) from error
    return Report(news(target, found), found.get("behind", []) + found.get("still behind", []))


def read_record(target: Path) -> dict:
    """What was copied; without it, or where it is damaged, every copy counts as the learner's own."""
    try:
        known = json.loads((target / RECORD).read_text(encoding="utf-8"))
        return {place: entry for place, entry in known.items() if {"written", "cells", "lesson"} <= {*entry}}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_record(target: Path, known: dict) -> None:
    """Note what was copied. Raises OSError when it cannot be written."""
    write_atomically(target / RECORD, (json.dumps(known, indent=1) + "\n").encode())


def follow_renamed(target: Path, known: dict, found: dict) -> None:
    """Move copies of lessons that have another number now, for a lesson keeps its name; others stay."""
    now = {name_of(place): place for place in places()}
    for old in sorted(set(known) - set(now.values())):
        entry = known.pop(old)
        new = now.get(name_of(old))
        if os.path.lexists(target / old):
            if new and not os.path.lexists(target / new):
                (target / new).parent.mkdir(parents=True, exist_ok=True)
                os.replace(target / old, target / new)
                known[new] = entry
                found.setdefault("moved", []).append(new)
            else:
                found.setdefault("gone", []).append(old)


def settle(path: Path, place: str, entry: dict | None, recorded: bool = True) -> tuple:
    """Bring one copy to where it should be. Returns (kind of news, what is known of the copy now).

    recorded: whether there is a record; without one, a copy unlike the lesson may be an older lesson.
    """
    wanted = text_of(place)
    cells = cells_of(wanted)
    fresh = {
        "written": sha256(wanted),
        "cells": meaning(cells),
        "lesson": meaning(cells, header=False),
        "outputs": shown(cells),
        "course": __version__,
    }
    if not os.path.lexists(path):
        write_atomically(path, wanted.encode())
        return ("again" if entry else "new"), fresh
    if path.is_symlink() or not path.is_file():
        return "foreign", entry or fresh
    content = path.read_bytes()
    if content == wanted.encode():
        return "same", fresh
    own = cells_of(content)
    if own is None:
        return repair(path, content, wanted, place), fresh
    # An older course copied without links of its own, and wrote down nothing.
    before = entry or fresh | {"written": "", "cells": meaning(cells_of(original_text(place)))}
    touched = meaning(own) not in (before["cells"], fresh["cells"])
    if not place.startswith(f"{WORKED}/"):
        touched = touched or any(outputs for *_, outputs in own)
    if not touched and before["written"] != fresh["written"]:
        ran = shown(own) not in (before.get("outputs", shown(own)), fresh["outputs"])
        if ran:  # a worked version, whose new outputs would replace the learner's
            move_aside(path, old_name(path), numbered=True)
        write_atomically(path, wanted.encode())
        return ("rerun" if ran else "refreshed"), fresh
    if touched and not recorded and meaning(own, header=False) != fresh["lesson"]:
        return "older", before | {"told": fresh["lesson"]}
    if touched and before["lesson"] != fresh["lesson"]:
        told = before.get("told") == fresh["lesson"]
        return ("still behind" if told else "behind"), before | {"told": fresh["lesson"]}
    return "same", before


def old_name(path: Path) -> Path:
    """What a copy is called that makes room for a fresh one; a number is added."""
    return path.with_name(f"{path.stem}-old.ipynb")


def repair(path: Path, content: bytes, wanted: str, place: str) -> str:
    """Replace a copy that is no notebook; keep it under another name unless it is the beginning of ours."""
    if any(is_beginning(content, text) for text in (wanted, original_text(place))):
        write_atomically(path, wanted.encode())
        return "repaired"
    move_aside(path, path.with_suffix(".damaged"))
    write_atomically(path, wanted.encode())
    return "damaged"


def is_beginning(content: bytes, text: str) -> bool:
    """Whether a file holds no more than the beginning of a text, and zeros, as an interruption leaves it."""
    begun = content.rstrip(b"\0").replace(b"\r\n", b"\n")
    return text.encode().startswith(begun)


SAID = {  # kind of news -> what it means; other kinds need no word
    "new": "copied",
    "again": "copied again, for the copy was gone",
    "repaired": "copied again, for the first copy was interrupted",
    "damaged": "was damaged; kept as ….damaged beside a fresh copy",
    "moved": "your copy is here now, for the lesson has a new number",
    "refreshed": "brought up to date; you had not worked in it",
    "rerun": "brought up to date; what you had run is kept beside it, as …-old-1.ipynb",
    "behind": "newer in the course, your copy stays; rename it, and the next start brings the new one",
    "older": "of an older course, or changed by you, and stays; for all lessons anew, rename the folder that "
    "your copies are in, and start again",
    "gone": "no longer in the course; your copy stays",
    "foreign": "a link or a folder of yours, left alone",
}


def news(target: Path, found: dict) -> list:
    """One line for each kind of news."""
    lines = []
    for kind, said in SAID.items():
        named = found.get(kind, [])
        if kind == "new" and named == places():
            count = len(named) // 2
            lines.append(f"{count} lessons and {count} worked versions copied into {target.name}/")
        elif named:
            more = f" and {len(named) - NAMES} more" if len(named) > NAMES else ""
            shown = ", ".join(place.removesuffix(".ipynb") for place in named[:NAMES])
            lines.append(f"{shown}{more}: {said}")
    return lines


def name_of(place: str) -> tuple:
    """What stays of a place when numbers change: whether it is a worked version, and the lesson's name."""
    return place.startswith(f"{WORKED}/"), re.sub(r".*/\d+_", "", place)
