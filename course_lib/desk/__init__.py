"""What surrounds the lessons on a learner's machine: copies, JupyterLab, pages, one command for all."""

import os
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


def require_home() -> None:
    """Make sure that Jupyter has a place for its notes of running kernels. Raises DeskError."""
    from jupyter_core import paths, utils

    variable = "JUPYTER_RUNTIME_DIR" if "JUPYTER_RUNTIME_DIR" in os.environ else "HOME"
    instead = f"let the environment variable {variable} name a folder of yours."
    try:
        folder = paths.jupyter_runtime_dir()
        utils.ensure_dir_exists(folder, 0o700)
        files.require_writable(folder, instead)
    except RuntimeError as error:
        raise DeskError(f"This user has no home folder: {instead}") from error
    except OSError as error:
        why = (
            f"{error.filename} cannot be made ({error.strerror}): {instead}" if error.filename else f"{error}"
        )
        raise DeskError(why) from error
