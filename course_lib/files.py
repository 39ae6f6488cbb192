"""Files that are never half-written, and where those go that can be made again."""

import os
import tempfile
from pathlib import Path


def write_atomically(path, content: bytes):
    """Write a file so that at every moment `path` holds either the old content or the new.

    The content is written beside its place and moved there. Folders are made as needed.

    Raises OSError when the folder cannot be written to, or the disk is full; the old file stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
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
        raise OSError(f"{folder} cannot be written ({error.strerror}): {instead}") from error


def free_name(path: Path) -> Path:
    """`path` where nothing has that name, or else the first that is free of a-2.ipynb, a-3.ipynb, …"""
    count, free = 1, path
    while os.path.lexists(free):
        count += 1
        free = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return free


def cache_folder() -> Path:
    """Where prepared data lie: the environment's COURSE_CACHE, or the user's cache folder."""
    import platformdirs  # only where it is used: the doctor has to run without it

    chosen = os.environ.get("COURSE_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("learning-to-draw")
