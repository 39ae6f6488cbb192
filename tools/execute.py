"""Executes the worked notebooks that are stale and writes what they show and measure.

    python tools/execute.py                        what is stale, in the profile quick
    python tools/execute.py --only 01_gan          of the lessons whose id contains 01_gan
    python tools/execute.py --force                stale or not
    python tools/execute.py --profile full --force on a GPU: measures only, solutions stay

solutions/<lesson>.ipynb gets the outputs, a file in course_lib/results/lessons the numbers. Nothing is
written for a lesson in which a cell fails, an exercise is not solved, a picture has no alt text or a
limit is passed.
"""

import argparse
import html
import json
import os
import re
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path

import env

if __name__ == "__main__":
    env.enter("main")

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import build
import lessons
from course_lib import results

SOLUTION_LIMIT = 1_500_000  # bytes of one executed notebook
SOLUTIONS_LIMIT = 30_000_000  # bytes of all of them
CELL_SECONDS = 60  # what quick promises: no cell over this, …
LESSON_SECONDS = 180  # … and no lesson over this, on two cores
CELL_TIMEOUT = 1800  # seconds after which a cell of quick has failed


class ExecutionError(Exception):
    """A lesson that cannot be recorded; the message says where and why."""


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
        self.began = time.monotonic()

    async def async_execute_cell(self, cell, cell_index, **options):
        began = time.monotonic()
        try:
            return await super().async_execute_cell(cell, cell_index, **options)
        finally:
            self.seconds[cell_index] = time.monotonic() - began

    def process_message(self, msg, cell, cell_index):
        describe(msg["content"], cell.metadata.get("alt", ""))
        if self.first_picture is None and pictures_of(msg["content"]):
            self.first_picture = time.monotonic() - self.began
        return super().process_message(msg, cell, cell_index)


def run(notebook, variables: dict, timeout: int | None = CELL_TIMEOUT, report=None) -> dict:
    """Executes a notebook in place, in a process and an empty folder of its own.

    variables: environment variables for it. report(done, of): called after every cell.

    Returns what was measured: seconds, longest_cell (its number, counted from 1 among all cells,
    and its first line), longest_cell_seconds, first_picture_seconds (None without a picture).

    Raises:
        ExecutionError: a cell failed, or the process died.
    """
    variables = dict(os.environ, PYTHONPATH=os.pathsep.join(python_path())) | variables
    runner = Runner(notebook, timeout=timeout)
    if report:
        runner.on_cell_executed = lambda cell_index, **_: report(cell_index + 1, len(notebook.cells))
    # A lesson may write files; they go where nobody looks for them.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        try:
            runner.execute(cwd=scratch, env=variables)
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
    }


def python_path() -> list:
    """The course first, then whatever PYTHONPATH held."""
    return [str(env.ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]


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


def flaws(notebook, text: str) -> list:
    """Why executed outputs may not be written down."""
    found = []
    if len(text.encode()) > SOLUTION_LIMIT:
        found.append(
            f"it has {len(text.encode()) // 1000} KB, more than {SOLUTION_LIMIT // 1000}: make its "
            "figures smaller or fewer."
        )
    # Places that say on whose machine it ran: where the course is, home, the scratch folder.
    places = {str(env.ROOT), str(Path.home()), tempfile.gettempdir()} - {"/"}
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            shown = json.dumps(output)
            for place in sorted(places):
                if re.search(rf"(?<![\w.]){re.escape(json.dumps(place)[1:-1])}(?![\w-])", shown):
                    found.append(f"the output of cell {number} names a folder of this machine: {place}.")
            if not all(alt for _, alt in pictures_of(output)):
                found.append(f"the picture that cell {number} shows has no alt text.")
    return found


def record(course, lesson, profile: str = "quick") -> dict:
    """Executes one lesson and writes its solution and results. Returns what was measured.

    Raises:
        ExecutionError: nothing was written.
    """
    notebook = course.notebook("solutions", lesson)
    with tempfile.TemporaryDirectory() as folder:
        measured = run(
            notebook,
            {"COURSE_PROFILE": profile, "COURSE_STRICT": "1", "COURSE_RESULTS": folder},
            timeout=CELL_TIMEOUT if profile == "quick" else None,
            report=progress,
        )
        recorded = results.place(lesson.slug, folder)
        values = results.read(recorded) if recorded.exists() else {}
    notebook.metadata = json.loads(json.dumps(build.KERNEL))
    notebook.metadata["course"] = {"lesson": lesson.slug, "executed": lesson.fingerprint()}
    text = build.as_text(nbformat.from_dict(notebook))
    if found := flaws(notebook, text):
        raise ExecutionError("\n".join(found))
    result = course.result(lesson)
    profiles = result.get("profiles", {}) if result.get("executed") == lesson.fingerprint() else {}
    machine = {"cores": os.cpu_count(), "gpus": gpu_names() if profile == "full" else []}
    profiles[profile] = measured | {
        "machine": machine,
        "seed": values.get("seed"),
        "versions": values.get("versions", {}),
        "values": values.get("values", {}),
    }
    result = {
        "lesson": lesson.slug,
        "executed": lesson.fingerprint(),
        "weights": lesson.weights,
        "profiles": profiles,
    }
    if profile == "quick":
        build.write(course.path("solutions", lesson), text)
    results.write(course.result_path(lesson), result)
    return measured


def gpu_names() -> list:
    """The GPUs that the profile full is measured on."""
    from course_lib import runtime

    return list(runtime.gpus())


def progress(done: int, of: int) -> None:
    """One line that counts cells, where there is a terminal to rewrite it."""
    if sys.stdout.isatty():
        print(f"\r  cell {done} of {of}", end="\n" if done == of else "", flush=True)


def promises(measured: dict) -> list:
    """What a lesson in quick takes longer for than the course promises."""
    late = []
    if measured["longest_cell_seconds"] > CELL_SECONDS:
        late.append(f"cell {measured['longest_cell']} takes {measured['longest_cell_seconds']} s, "
                    f"more than {CELL_SECONDS}")  # fmt: skip
    if measured["seconds"] > LESSON_SECONDS:
        late.append(f"the lesson takes {measured['seconds']} s, more than {LESSON_SECONDS}")
    return late


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", metavar="PATTERN", help="lessons whose id contains this")
    parser.add_argument("--force", "--all", action="store_true", help="also what is not stale")
    parser.add_argument("--profile", choices=("quick", "full"), default="quick")
    arguments = parser.parse_args()
    try:
        course = build.Course()
    except lessons.LessonError as error:
        sys.exit(f"{error}")
    if course.problems:
        sys.exit("\n".join(course.problems))
    if arguments.profile == "full" and not gpu_names():
        sys.exit("The profile full is measured on a GPU, and Keras sees none on this machine.")
    chosen = [lesson for lesson in course.lessons if arguments.only in lesson.id]
    if not chosen:
        sys.exit(f"No lesson's id contains {arguments.only!r}.")
    chosen = [lesson for lesson in chosen if arguments.force or course.stale(lesson)]
    failed = 0
    for lesson in chosen:
        print(f"{lesson.id} …", flush=True)
        try:
            measured = record(course, lesson, arguments.profile)
        except ExecutionError as error:
            print(f"{lesson.id} was not written:\n{error}", file=sys.stderr)
            failed += 1
            continue
        print(
            f"  {measured['seconds']} s in all; longest cell {measured['longest_cell']} "
            f"({measured['longest_cell_seconds']} s); first picture after "
            f"{measured['first_picture_seconds']} s"
        )
        if arguments.profile == "quick":
            for promise in promises(measured):
                print(f"  ! {promise}")
    build.build()  # headers and the README show what was measured
    total = sum(path.stat().st_size for path in (env.ROOT / "solutions").rglob("*.ipynb"))
    if total > SOLUTIONS_LIMIT:
        print(f"solutions/ holds {total:,} bytes, more than {SOLUTIONS_LIMIT:,}: shrink figures.")
        failed += 1
    if not chosen:
        print("No solution is stale.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
