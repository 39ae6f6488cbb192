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
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import env

if __name__ == "__main__":
    env.enter("main")

import nbformat

import build
import lessons
from course_lib import pace, results
from course_lib.desk.execution import ExecutionError, pictures_of, progress, run

SOLUTION_LIMIT = 1_500_000  # bytes of one executed notebook
SOLUTIONS_LIMIT = 30_000_000  # bytes of all of them
CELL_SECONDS = 60  # what quick promises: no cell over this, …
LESSON_SECONDS = 180  # … and no lesson over this, on two cores
CELL_TIMEOUT = 1800  # seconds after which a cell of quick has failed


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
    path = course.path("solutions", lesson)
    if profile == "quick" and (why := course.in_the_way(path, build.as_text(notebook))):
        raise ExecutionError(
            f"it was {why} by hand; {build.way_out(path.relative_to(course.root).as_posix())}"
        )
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
    notebook.metadata["course"] = course.names(lesson) | {"executed": lesson.fingerprint()}
    text = build.as_text(nbformat.from_dict(notebook))
    if found := flaws(notebook, text):
        raise ExecutionError("\n".join(found))
    result = course.result(lesson)
    profiles = result.get("profiles", {}) if result.get("executed") == lesson.fingerprint() else {}
    machine = {
        "processor": pace.processor(),
        "cores": os.cpu_count(),
        "gpus": gpu_names() if profile == "full" else [],
        "speed": values.get("speed"),
    }
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
        build.write(path, text)
    results.write(course.result_path(lesson), result)
    return measured


def gpu_names() -> list:
    """The GPUs that the profile full is measured on."""
    from course_lib import runtime

    return list(runtime.gpus())


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
    try:  # before the minutes that a lesson takes
        for folder in ("solutions", "notebooks", "docs", build.RESULTS, "."):
            env.require_writable(env.ROOT / folder, "copy the course to a folder of yours.")
    except OSError as error:
        sys.exit(f"{error}")
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
            f"{measured['first_picture_seconds']} s; {measured['peak_megabytes']} MB"
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
