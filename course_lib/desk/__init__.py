"""What surrounds the lessons on a learner's machine: copies, JupyterLab, pages, one command for all."""

import tempfile
from pathlib import Path


class DeskError(RuntimeError):
    """A command cannot go on; the message is a sentence that says why, and what to do."""


def require_writable(folder: Path) -> None:
    """Make sure that a folder takes files, before work is done for it; it is made where it is missing.

    Raises DeskError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"drawing")
    except OSError as error:
        raise DeskError(
            f"{folder} cannot be written ({error.strerror}): name a folder of yours with --folder."
        ) from error
