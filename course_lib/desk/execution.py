"""A notebook, executed in a process of its own: pictures described, cells measured."""

import html
import os
import re
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course_lib.desk import copies


class ExecutionError(Exception):
    """A lesson that failed, or cannot be recorded; the message says where and why."""


class Runner(NotebookClient):
    """An nbclient that describes pictures, and measures: every cell, and until the first picture."""

    def __init__(self, notebook, **options):
        super().__init__(
            notebook,
            kernel_name="python3",
            coalesce_streams=True,
            record_timing=False,
            store_widget_state=False,
            extra_arguments=["--log-level=ERROR"],  # the kernel's own: no word about its transport
            **options,
        )
        self.seconds = {}
        self.first_picture = None
        self.peak_memory = None  # MB
        self.began = time.monotonic()

    async def async_execute_cell(self, cell, cell_index, **options):
        began = time.monotonic()
        try:
            return await super().async_execute_cell(cell, cell_index, **options)
        finally:
            self.seconds[cell_index] = time.monotonic() - began
            self.peak_memory = peak_memory(self.km.provisioner.pid) or self.peak_memory

    def process_message(self, msg, cell, cell_index):
        describe(msg["content"], cell.metadata.get("alt", ""))
        if self.first_picture is None and pictures_of(msg["content"]):
            self.first_picture = time.monotonic() - self.began
        return super().process_message(msg, cell, cell_index)


def run(notebook, variables: dict, timeout: int | None = None, report=None) -> dict:
    """Executes a notebook in place, in a process and an empty folder of its own.

    variables: environment variables for it. timeout: seconds that a cell may take, without an end where None.
    report(done, of): called after every cell.

    Returns what was measured: seconds, longest_cell (its number, counted from 1 among all cells,
    and its first line), longest_cell_seconds, first_picture_seconds (None without a picture),
    peak_megabytes (None where the system does not tell).

    Raises:
        ExecutionError: a cell failed, or the process died.
    """
    runner = Runner(notebook, timeout=timeout)
    if report:
        runner.on_cell_executed = lambda cell_index, **_: report(cell_index + 1, len(notebook.cells))
    # A lesson may write files; they go where nobody looks for them.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        try:
            runner.execute(cwd=scratch, env=surroundings() | variables)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            position = max(runner.seconds, default=0)
            raise ExecutionError(
                f"cell {position + 1} failed:\n{indent(notebook.cells[position].source)}\n"
                f"{error_text(notebook.cells[position], error)}"
            ) from error
    total = time.monotonic() - runner.began
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    longest = max(runner.seconds, key=runner.seconds.get)
    return {
        "seconds": round(total, 1),
        "longest_cell": f"{longest + 1}: {notebook.cells[longest].source.splitlines()[0][:60]}",
        "longest_cell_seconds": round(runner.seconds[longest], 1),
        "first_picture_seconds": runner.first_picture and round(runner.first_picture, 1),
        "peak_megabytes": runner.peak_memory and round(runner.peak_memory),
    }


def peak_memory(process) -> float | None:
    """The most memory that a process has held so far, in MB; None where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), None)


def surroundings() -> dict:
    """The environment of kernels and their servers: they find this course, installed or not."""
    return dict(os.environ, PYTHONPATH=os.pathsep.join(python_path()))


def python_path() -> list:
    """The checkout, where this is one, for it need not be installed; then whatever PYTHONPATH held."""
    root = copies.originals()
    ours = [str(root)] if (root / "course_lib").exists() else []
    return [*ours, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]


def indent(text: str) -> str:
    """The text, moved in by four columns."""
    return "\n".join("    " + line for line in text.splitlines())


def error_text(cell, error: Exception) -> str:
    """What went wrong in a cell, without the colours of a terminal."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.traceback))
    return str(error)


class Images(HTMLParser):
    """Gathers the attributes of every <img> that it is fed."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append({name: value or "" for name, value in attrs})


def pictures_of(output) -> list:
    """(address, alt) of each picture in an output's HTML: [("data:image/webp;base64,Ukl…", "A shoe.")]."""
    images = Images()
    images.feed(output.get("data", {}).get("text/html", ""))
    return [(image.get("src", ""), image.get("alt", "").strip()) for image in images.found]


def describe(output, alt: str) -> None:
    """Turns a bare picture into HTML, as `plots.show` makes it, and describes what does not say its alt.

    Front ends drop an "alt" that stands in the metadata of a bare picture.
    """
    data, metadata = output.get("data", {}), output.get("metadata", {})
    for kind in ("image/png", "image/gif", "image/jpeg"):
        if kind in data:
            words = metadata.get(kind, {}).get("alt") or alt
            tag = f'<img alt="{html.escape(words)}" src="data:{kind};base64,{data[kind].strip()}">'
            output.update(data={"text/html": tag, "text/plain": words}, metadata={})
            return
    if alt and any(not own for _, own in pictures_of(output)):
        data["text/html"] = data["text/html"].replace("<img ", f'<img alt="{html.escape(alt)}" ', 1)


def progress(done: int, of: int) -> None:
    """One line that counts cells, where there is a terminal to rewrite it."""
    if sys.stdout.isatty():
        print(f"\r  cell {done} of {of}", end="\n" if done == of else "", flush=True)
