"""Which exercises a learner has solved: one small file each beside the copies of the lessons.

    my_notebooks/.course/solved/generator_loss.json    when, and with what code

One file each, because several notebooks may be open at once. Where there are no copies (the course's own
notebooks, Colab, tests), nothing is kept; neither is it for the worked versions, nor under COURSE_STRICT.
"""

import inspect
import json
import os
from datetime import datetime
from pathlib import Path

from course_lib.desk import copies
from course_lib.files import write_atomically

SOLVED = Path(copies.RECORD).parent / "solved"
MOST_SOURCE = 100_000  # characters; a function that is longer was not typed


def folder(start: Path | None = None) -> Path | None:
    """The folder of the learner's copies that `start`, or the current folder, lies in; None without one."""
    try:
        start = Path(start or Path.cwd()).resolve()
        for parent in (start, *start.parents):
            if (parent / copies.RECORD).is_file():
                below = start.relative_to(parent).parts
                return None if below[:1] == (copies.WORKED,) else parent
    except OSError:  # a folder that is gone, or closed to us
        pass
    return None


def keep(name: str, function) -> Path | None:
    """Remember that an exercise is solved, with the function's code. Returns the folder where that is news.

    Raises OSError when it cannot be written.
    """
    target = None if os.environ.get("COURSE_STRICT", "") == "1" else folder()
    if target is None:
        return None
    path = _place(target, name)
    news = not path.exists()
    try:
        source = inspect.getsource(inspect.unwrap(function))[:MOST_SOURCE]
    except (OSError, TypeError):
        source = ""
    entry = {"at": datetime.now().astimezone().isoformat(timespec="seconds"), "source": source}
    write_atomically(path, (json.dumps(entry, indent=1, ensure_ascii=False) + "\n").encode())
    return target if news else None


def solved(target: Path) -> set:
    """The names of the solved exercises; whatever else lies in the folder is none."""
    try:
        return {path.stem for path in (Path(target) / SOLVED).glob("*.json")}
    except OSError:
        return set()


def source(target: Path, name: str) -> str:
    """The code with which an exercise was solved last; empty where nobody knows it."""
    try:
        return str(json.loads(_place(Path(target), name).read_text(encoding="utf-8"))["source"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def forget(target: Path, name: str) -> None:
    """Let an exercise be open again."""
    _place(Path(target), name).unlink(missing_ok=True)


def _place(target: Path, name: str) -> Path:
    return target / SOLVED / f"{name}.json"
