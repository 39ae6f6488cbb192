"""What surrounds the lessons on a learner's machine: copies, JupyterLab, pages, one command for all."""

from pathlib import Path

from course_lib import files


class DeskError(RuntimeError):
    """A command cannot go on; the message is a sentence that says why, and what to do."""


def require_writable(folder: Path) -> None:
    """Make sure that the folder that a command writes to takes files. Raises DeskError."""
    try:
        files.require_writable(folder, "name a folder of yours with --folder.")
    except OSError as error:
        raise DeskError(f"{error}") from error
