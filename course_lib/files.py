"""Files that are never half-written, and where those go that can be made again."""

import contextlib
import itertools
import os
import re
import secrets
import shutil
import tempfile
import time
from pathlib import Path

WAITS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds before a refused move is tried again
FORGOTTEN = 3600  # seconds after which nobody is still writing a half-written file


def write_atomically(path, content: bytes):
    """Write a file so that at every moment `path` holds either the old content or the new.

    The content is written beside its place, under a name that no other process uses, and moved there.
    Folders are made as needed; where `path` is a link, the file it leads to is written, and the link stays.
    What a killed process left half-written is removed by a later write.

    Raises OSError when the folder cannot be written to, the disk is full, or the move is refused for more
    than three seconds; the old file stays.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_forgotten(path)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _move(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def require_writable(folder, instead: str):
    """Make sure that a folder takes files, before work is done for it; it is made where it is missing.

    instead: what to do where it does not, as the end of the sentence.

    Raises OSError with one sentence.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"drawing")
            file.flush()
    except OSError as error:
        why = "it is a file" if folder.is_file() else error.strerror
        raise OSError(f"{folder} cannot be written ({why}): {instead}") from error


def free_name(path: Path, numbered: bool = False) -> Path:
    """`path` where nothing has that name, or else the first that is free of a-2.ipynb, a-3.ipynb, …

    An empty file takes the name at once, for the caller to replace: no other process gets the same.

    numbered: whether the names are a-1.ipynb, a-2.ipynb, … from the first on. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for count in itertools.count(1):
        free = path.with_stem(f"{path.stem}-{count}") if numbered or count > 1 else path
        if not os.path.lexists(free):
            with contextlib.suppress(FileExistsError):  # another process was faster
                free.open("x").close()
                return free


def move_aside(path: Path, target: Path, numbered: bool = False) -> Path:
    """Move a file or a folder to `free_name(target, numbered)`, which is returned. Raises OSError."""
    free = free_name(target, numbered)
    try:
        if path.is_dir() and not path.is_symlink():
            free.unlink()  # a folder replaces no file
        shutil.move(path, free)
    except BaseException:
        if os.path.lexists(path):
            free.unlink(missing_ok=True)
        raise
    return free


def _move(source, target):
    """`os.replace`, which Windows refuses while a virus scanner or a sync client reads the target."""
    for wait in WAITS:
        try:
            return os.replace(source, target)
        except PermissionError:
            time.sleep(wait)
    return os.replace(source, target)


def _remove_forgotten(path):
    half_written = re.compile(re.escape(path.name) + r"(\.[0-9a-f]{8})?\.part")
    with contextlib.suppress(OSError):  # another process may have been faster
        for name in filter(half_written.fullmatch, os.listdir(path.parent)):
            if os.stat(path.with_name(name)).st_mtime < time.time() - FORGOTTEN:
                os.unlink(path.with_name(name))


def numbered_folder(parent, before="") -> Path:
    """A new folder in `parent`, made by nobody else: `before`, and the number after the highest there.

    Raises OSError when it cannot be made.
    """
    parent = Path(parent)
    parent.mkdir(parents=True, exist_ok=True)
    names = [name.removeprefix(before) for name in os.listdir(parent) if name.startswith(before)]
    number = max((int(name) for name in names if name.isdecimal() and name.isascii()), default=0)
    while True:
        number += 1
        folder = parent / f"{before}{number}"
        with contextlib.suppress(FileExistsError):  # another process was faster
            folder.mkdir()
            return folder


def cache_folder() -> Path:
    """Where prepared data lie: the environment's COURSE_CACHE, or the user's cache folder.

    A user without a home folder, as in a container, has one among the temporary files.
    """
    import platformdirs  # only where it is used: the doctor has to run without it

    if chosen := os.environ.get("COURSE_CACHE"):
        return Path(os.path.expanduser(chosen))
    with contextlib.suppress(RuntimeError):  # older versions return "~/.cache"
        if (folder := platformdirs.user_cache_path("learning-to-draw")).is_absolute():
            return folder
    return Path(tempfile.gettempdir(), f"learning-to-draw-{os.getuid()}")
