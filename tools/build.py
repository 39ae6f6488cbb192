"""Renders chapters/ into notebooks/ (for learners) and solutions/ (worked), the README's table of
lessons, and the pages of docs/ that say what covers and what became of the articles' claims.

    python tools/build.py                      writes what differs
    python tools/build.py --check              writes nothing; names what differs, and fails
    python tools/build.py --take-over          also what was edited, or what a merge made of two versions
    python tools/build.py --take-over PATH …   of that only these files, or all below these folders

A notebook says in its metadata what was rendered, so a build knows whether somebody edited or ran it since.
It replaces and removes only what nobody did: an edited notebook is left and named until --take-over moves it
to my_notebooks/taken_over/ and renders it again. Other files in these folders are their owner's.

The same sources give the same bytes. Outputs of a worked notebook are kept as long as its code
and the weights it uses are those that were executed; else it waits, without outputs, for
tools/execute.py.
"""

import argparse
import contextlib
import json
import re
import sys
from pathlib import Path

import env

if __name__ == "__main__":
    env.enter("main")

import tomllib

import nbformat

import claims
import lessons

sys.path.insert(0, str(env.ROOT))

from course_lib import pace, results
from course_lib.desk import copies
from course_lib.files import move_aside, write_atomically

KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
RESULTS = "course_lib/results/lessons"
TAKEN_OVER = "my_notebooks/taken_over"  # where edited notebooks go before they are rendered again
FEW = 2  # edited notebooks that get a sentence each; more share one
TABLE = ("<!-- lessons: written by tools/build.py -->", "<!-- end of lessons -->")


class Course:
    """The sources below `root`, read once, and everything that is rendered from them."""

    def __init__(self, root: Path = env.ROOT):
        self.root = Path(root)
        self.lessons = lessons.find(self.root)
        self.problems = [problem for lesson in self.lessons for problem in lesson.problems]
        project = self.root / "pyproject.toml"
        table = tomllib.loads(project.read_text(encoding="utf-8")) if project.exists() else {}
        self.settings = table.get("tool", {}).get("course", {})
        for lesson in self.lessons:
            self.problems += lessons.leaking(lesson)
            self.problems += lessons.too_long(lesson, self.notebook("notebooks", lesson).cells)
        allowed, long = self.settings.get("long_cells"), lessons.count_long_cells(self.lessons)
        if allowed is not None and long != allowed:
            self.problems.append(
                f"{long} code cells have over {lessons.LONG_CELL} lines, and pyproject.toml says {allowed}: "
                + ("divide those that are new." if long > allowed else "write the lower number there.")
            )

    def files(self) -> dict:
        """Path -> text of every generated file."""
        rendered = {}
        for lesson in self.lessons:
            rendered[self.path("notebooks", lesson)] = self.render("notebooks", lesson)
            rendered[self.path("solutions", lesson)] = self.render("solutions", lesson)
        if (self.root / "course_lib").exists():
            rendered[self.root / "course_lib" / "contents.json"] = self.contents()
        readme = self.root / "README.md"
        if readme.exists():
            rendered[readme] = self.readme(readme.read_text(encoding="utf-8"))
        if (self.root / "chapters" / "rows.toml").exists():
            rendered[self.root / "docs" / "claims.md"] = claims.ledger(self)
            rendered[self.root / "docs" / "coverage.md"] = claims.coverage(self)
        return rendered

    def path(self, folder: str, lesson) -> Path:
        """Where a lesson's notebook is: folder is "notebooks" or "solutions"."""
        return self.root / folder / f"{lesson.id}.ipynb"

    def result_path(self, lesson) -> Path:
        """Where a lesson's numbers are."""
        return results.place(lesson.slug, self.root / RESULTS)

    def result(self, lesson) -> dict:
        """The numbers of a lesson; empty before its first execution."""
        path = self.result_path(lesson)
        try:
            return results.read(path) if path.exists() else {}
        except results.ResultsError as error:
            raise lessons.LessonError(
                f"{error}: get it back from git, or delete it and run make execute."
            ) from error

    def stale(self, lesson) -> bool:
        """Whether the worked notebook was not executed, or with other code or weights."""
        return executed(self.existing(lesson)) != lesson.fingerprint()

    def existing(self, lesson):
        """The worked notebook as it is on the disk; None, and so stale, when it is missing or damaged."""
        return read(self.path("solutions", lesson))

    def render(self, folder: str, lesson) -> str:
        """One notebook as text."""
        notebook = self.notebook(folder, lesson)
        old = self.existing(lesson) if folder == "solutions" else None
        if old is not None and executed(old) == lesson.fingerprint() and outputs_are_ours(old, notebook):
            copy_outputs(old, notebook)
        return as_text(notebook)

    def notebook(self, folder: str, lesson):
        """One notebook without outputs: the chapter's cells, and the header after the title."""
        chosen = lesson.learner_cells() if folder == "notebooks" else lesson.worked_cells()
        cells = [nbformat.from_dict(dict(cell)) for cell in chosen]
        taken = set()
        for cell in cells:
            cell.id = cell_id(lesson, cell, taken)
            if cell.cell_type == "code":
                cell.update(outputs=[], execution_count=None)
        cells[1:1] = self.header(folder, lesson)
        cells.append(self.footer(lesson))
        metadata = json.loads(json.dumps(KERNEL)) | {"course": self.names(lesson)}
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

    def names(self, lesson) -> dict:
        """What a notebook says of where it belongs."""
        return {"file": f"{lesson.id}.ipynb", "lesson": lesson.slug}

    def header(self, folder: str, lesson) -> list:
        """The cells that every lesson gets after its title."""
        position = self.lessons.index(lesson)
        neighbours = []
        if position:
            neighbours.append(f"← {self.link(lesson, self.lessons[position - 1])}")
        if position + 1 < len(self.lessons):
            neighbours.append(f"{self.link(lesson, self.lessons[position + 1])} →")
        other = {"notebooks": "solutions", "solutions": "notebooks"}[folder]
        name = {"notebooks": "worked version", "solutions": "version with open exercises"}[folder]
        neighbours.append(f"[{name}](../../{other}/{lesson.id}.ipynb)")
        lines = [
            f"*Lesson {lesson.number} · quick (CPU): {self.minutes(lesson, 'quick')}"
            f"{self.machine(lesson, 'quick')} · full (GPU): {self.minutes(lesson, 'full')}"
            f"{self.machine(lesson, 'full')}*",
            " · ".join(neighbours),
        ]
        repository = self.settings.get("colab_repository")
        install = []
        if repository:
            branch = self.settings.get("colab_branch", "main")
            address = f"https://colab.research.google.com/github/{repository}/blob/{branch}"
            lines.append(
                "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
                f"({address}/{folder}/{lesson.id}.ipynb)"
            )
            package = f"learning-to-draw @ git+https://github.com/{repository}@{branch}"
            install = [
                nbformat.v4.new_code_cell(
                    # Colab has what the course needs but anywidget (and psygnal, which that needs) and
                    # pi-heif: without its dependencies nothing is replaced.
                    "import sys\n\n"
                    'if "google.colab" in sys.modules:  # elsewhere it is installed already\n'
                    f'    %pip install --quiet --no-deps "{package}" anywidget psygnal pi-heif',
                    id=f"{lessons.sha256(lesson.slug)[:12]}-colab",
                )
            ]
        text = nbformat.v4.new_markdown_cell(
            "\n\n".join(lines), id=f"{lessons.sha256(lesson.slug)[:12]}-header"
        )
        return [text, *install]

    def footer(self, lesson):
        """The cell that every lesson ends with: where to go on."""
        following = self.lessons[self.lessons.index(lesson) + 1 :][:1]
        ways = [f"next: {self.link(lesson, other)} →" for other in following]
        return nbformat.v4.new_markdown_cell(
            " · ".join([f"*End of lesson {lesson.number}*", *ways, "[all lessons](../../README.md)"]),
            id=f"{lessons.sha256(lesson.slug)[:12]}-footer",
        )

    def link(self, lesson, other) -> str:
        """A link from one lesson's notebook to another's."""
        return f"[{other.number} {other.title}](../{other.id}.ipynb)"

    def contents(self) -> str:
        """What the library knows of the lessons (course_lib.contents), in their order."""
        table = [
            {
                "name": lesson.slug,
                "number": lesson.number,
                "title": lesson.title,
                "idea": lesson.idea,
                "file": f"{lesson.id}.ipynb",
                "minutes": self.minutes(lesson, "quick"),
                "exercises": lesson.exercises(),
            }
            for lesson in self.lessons
        ]
        return json.dumps(table, indent=1, ensure_ascii=False) + "\n"

    def minutes(self, lesson, profile: str) -> str:
        """How long a lesson was measured to take: "2.4 minutes", or "40 seconds"."""
        measured = self.result(lesson).get("profiles", {}).get(profile)
        if not measured:
            return "not measured"
        return pace.in_words(measured["seconds"])

    def machine(self, lesson, profile: str) -> str:
        """Where the minutes were measured, as it follows them: " on 2 cores (AMD EPYC)"."""
        machine = self.result(lesson).get("profiles", {}).get(profile, {}).get("machine", {})
        if machine.get("gpus"):
            return f" on {', '.join(machine['gpus'])}"
        if not machine.get("processor"):
            return ""
        cores = f"{machine['cores']} core" + ("s" if machine["cores"] != 1 else "")
        return f" on {cores} ({machine['processor']})"

    def readme(self, text: str) -> str:
        """The README with its table of lessons brought up to date."""
        begin, end = TABLE
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            self.problems.append(f"README.md must hold the lines {begin!r} and {end!r} once, in order.")
            return text
        rows = ["| | lesson | the idea | on a CPU |", "|---|---|---|---|"]
        for lesson in self.lessons:
            rows.append(
                f"| {lesson.number} | [{lesson.title}](notebooks/{lesson.id}.ipynb) "
                f"([worked](solutions/{lesson.id}.ipynb)) | {lesson.idea} "
                f"| {self.minutes(lesson, 'quick')} |"
            )
        before, after = text[: text.index(begin)], text[text.index(end) :]
        return "\n".join([before + begin, *rows, after])

    def orphans(self) -> tuple:
        """Generated files whose chapter is gone: (those that are as they were generated, the others)."""
        known = {self.path(folder, lesson) for folder in ("notebooks", "solutions")
                 for lesson in self.lessons}  # fmt: skip
        known |= {self.result_path(lesson) for lesson in self.lessons}
        unchanged, changed, removed = [], [], {}
        for folder in ("notebooks", "solutions"):
            for path in sorted(set((self.root / folder).rglob("*.ipynb")) - known):
                notebook = read(path)
                if path == self.root / folder / str(said_by(notebook).get("file")):  # or else somebody's own
                    (changed if edits(notebook) else unchanged).append(path)
                    if not edits(notebook):
                        removed[said_by(notebook).get("lesson")] = executed(notebook)
        for path in sorted(set((self.root / RESULTS).glob("*.json")) - known):
            with contextlib.suppress(results.ResultsError):
                belongs = results.read(path).get("executed") == removed.get(path.stem, "")
                (unchanged if belongs else changed).append(path)
        return unchanged, changed

    def in_the_way(self, path: Path, text: str) -> str:
        """Why a file is not simply replaced by its text: "edited", "run" or "damaged"; else empty."""
        if path.suffix != ".ipynb" or not path.exists():
            return ""
        there = read(path)
        if there is None:
            return "" if copies.is_beginning(path.read_bytes(), text) else "damaged"
        if sources(there) == sources(nbformat.reads(text, as_version=4)):  # an older build's, or a merge's
            known = said_by(there).get("outputs", outputs(there) if executed(there) else None)
            return "" if outputs(there) in (None, known) else "run"
        return edits(there)


def cell_id(lesson, cell, taken: set) -> str:
    """A cell's name, which only its lesson and content decide: edits elsewhere leave it."""
    content = [lesson.slug, cell.cell_type, lessons.tags_of(cell), cell.source]
    base = lessons.sha256(json.dumps(content))[:12]
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name


def read(path: Path):
    """A notebook as it is on the disk; None when it is missing or damaged."""
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
        return notebook
    except (OSError, ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError):
        return None


def said_by(notebook) -> dict:
    """What a notebook says of itself: file, lesson, sources; where it has outputs, outputs and executed."""
    said = None if notebook is None else notebook.metadata.get("course")
    return said if isinstance(said, dict) else {}


def executed(notebook) -> str | None:
    """The fingerprint that a worked notebook's outputs were made from."""
    return said_by(notebook).get("executed")


def sources(notebook) -> str:
    """A hash of what the cells say."""
    return copies.meaning([(cell.cell_type, cell.source) for cell in notebook.cells])


def outputs(notebook) -> str | None:
    """A hash of what the cells put out; None when that is nothing."""
    found = [cell.outputs for cell in executed_cells(notebook)]
    return lessons.sha256(json.dumps(found, sort_keys=True)) if any(found) else None


def outputs_are_ours(old, new) -> bool:
    """Whether what a notebook shows is what tools/execute.py wrote there, cell by cell of a fresh one."""
    ours = said_by(old).get("outputs", outputs(old)) == outputs(old)
    return ours and len(executed_cells(old)) == len(executed_cells(new))


def edits(notebook) -> str:
    """What was done to a notebook since it was rendered: "edited", "run", or nothing that counts (empty).

    JupyterLab writes its metadata into every notebook that was looked at; that is no edit.
    """
    if said_by(notebook).get("sources") != sources(notebook):
        return "edited"
    return "" if said_by(notebook).get("outputs") == outputs(notebook) else "run"


def copy_outputs(old, new) -> None:
    """Gives a fresh notebook the outputs of an executed one whose code means the same, cell by cell."""
    for before, after in zip(executed_cells(old), executed_cells(new), strict=True):
        after.outputs = before.outputs
        after.execution_count = before.execution_count
    new.metadata["course"]["executed"] = executed(old)


def executed_cells(notebook) -> list:
    """The code cells that come from the chapter: all but Colab's."""
    return [c for c in notebook.cells if c.cell_type == "code" and not c.get("id", "").endswith("-colab")]


def as_text(notebook) -> str:
    """A notebook as the one text it has: keys sorted, a line end at the end, and what it holds noted."""
    said = notebook.metadata["course"]
    said["sources"] = sources(notebook)
    if outputs(notebook):
        said["outputs"] = outputs(notebook)
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4, sort_keys=True).rstrip("\n") + "\n"


def holds(path: Path, text: str) -> bool:
    """Whether a file holds this text, whatever git made of its line ends."""
    return path.exists() and path.read_bytes().replace(b"\r\n", b"\n") == text.encode("utf-8")


def write(path: Path, text: str) -> bool:
    """Writes a file unless it holds this text already; says whether it did."""
    if holds(path, text):
        return False
    write_atomically(path, text.encode("utf-8"))
    return True


def is_moved_aside(name: str, why: str) -> bool:
    """Whether a build takes a file over unasked: what is damaged, or an open notebook that was only run."""
    return why == "damaged" or (why == "run" and name.startswith("notebooks/"))


def way_out(name: str) -> str:
    """What to do about a notebook that was edited."""
    command = f"python tools/build.py --take-over {name}"
    return f"{command} moves your version to {TAKEN_OVER}/ and renders it again."


def of_many(sentences: dict) -> list:
    """A sentence for each edited notebook, by name; one for all of them where they are many."""
    if len(sentences) <= FEW:
        return [*sentences.values()]
    return [
        f"{len(sentences)} notebooks were changed by hand or by a merge, {next(iter(sentences))} first: "
        f"python tools/build.py --take-over moves them to {TAKEN_OVER}/ and renders them again."
    ]


def keep_aside(root: Path, path: Path) -> str:
    """Moves a file to where nothing is ever overwritten; says where, from the root."""
    return move_aside(path, root / TAKEN_OVER / path.relative_to(root)).relative_to(root).as_posix()


def build(root: Path = env.ROOT, take_over=()) -> tuple:
    """Writes every generated file that differs.

    take_over: paths of edited notebooks, or of folders, that are moved aside and rendered again; those whose
    chapter is gone are moved aside.

    Returns (what was done, what is wrong in the sources, or was edited).
    """
    course = Course(root)
    done, edited, takes = [], {}, [Path(taken).resolve() for taken in take_over]

    def wanted(path):
        return any(path.resolve().is_relative_to(taken) for taken in takes)

    for path, text in course.files().items():
        if holds(path, text):
            continue
        name = path.relative_to(course.root).as_posix()
        why = course.in_the_way(path, text)
        if why and not (wanted(path) or is_moved_aside(name, why)):
            edited[name] = f"{name} was {why} by hand, and is left as it is: {way_out(name)}"
            continue
        if why:
            done.append(f"{name} was {why}: kept as {keep_aside(course.root, path)}")
        write(path, text)
        done.append(f"wrote {name}")
    unchanged, changed = course.orphans()
    for path in unchanged:
        path.unlink()
        done.append(f"removed {path.relative_to(course.root).as_posix()}: its chapter is gone")
    for path in changed:
        name = path.relative_to(course.root).as_posix()
        if wanted(path):
            done.append(f"{name} has no chapter: kept as {keep_aside(course.root, path)}")
        else:
            done.append(f"left {name}: its chapter is gone, but it is not as it was generated")
    return done, course.problems + of_many(edited)


def check(root: Path = env.ROOT) -> list:
    """One sentence for everything that is wrong or out of date; an empty list when all is well."""
    course = Course(root)
    problems, edited = [], {}
    for path, text in course.files().items():
        name = path.relative_to(course.root).as_posix()
        if not path.exists():
            problems.append(f"{name} is missing: run make build.")
        elif not holds(path, text):
            why = course.in_the_way(path, text)
            differs = f"{name} is not what its source renders to: "
            if why and not is_moved_aside(name, why):
                edited[name] = f"{differs}it was {why} by hand; {way_out(name)}"
            else:
                problems.append(f"{differs}run make build.")
    problems += of_many(edited)
    for path in course.orphans()[0]:
        name = path.relative_to(course.root).as_posix()
        problems.append(f"{name} belongs to no chapter: run make build.")
    for lesson in course.lessons:
        if course.stale(lesson):
            problems.append(
                f"solutions/{lesson.id}.ipynb is stale: its code, its weights or its studies are not those "
                "that were executed; run make execute."
            )
        elif course.result(lesson).get("executed") != lesson.fingerprint():
            problems.append(
                f"{RESULTS}/{course.result_path(lesson).name} does not belong to the executed solution: run "
                f"python tools/execute.py --force --only {lesson.id}."
            )
    return course.problems + problems


def main() -> int:
    parser = argparse.ArgumentParser(description=re.sub(r"\s+", " ", __doc__.split("\n")[0]))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing, fail when out of date")
    what.add_argument("--take-over", nargs="*", metavar="PATH", type=Path,
                      help="move edited notebooks aside and render them again: these, those below these "
                      "folders, or all")  # fmt: skip
    arguments = parser.parse_args()
    all_or_none = [] if arguments.take_over is None else [env.ROOT]
    try:
        done, problems = (
            ([], check()) if arguments.check else build(take_over=arguments.take_over or all_or_none)
        )
    except lessons.LessonError as error:
        sys.exit(f"{error}")
    except OSError as error:  # every file is written whole or not at all, so the next build goes on
        place = error.filename2 or error.filename or "The course"
        sys.exit(
            f"{place} cannot be read or written ({error.strerror}): copy the course to a folder of yours, or "
            "make room."
        )
    print("\n".join(done + problems) or "Everything is up to date.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
