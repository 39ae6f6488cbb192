"""Putting back what a learner wants to begin afresh: one exercise, or a whole lesson.

Nothing is lost: an exercise's old answer goes to my_notebooks/old_answers/, a lesson's old copy stays beside
the new one. In a notebook: `from course_lib.desk import reset`, then `reset.exercise("generator_loss")` or
`reset.lesson("1.1")`.
"""

import ast
import difflib
import json
import os
from pathlib import Path

from course_lib import contents
from course_lib.console import wrapped
from course_lib.desk import DeskError, copies, home, progress
from course_lib.files import free_name, move_aside, write_atomically

OLD_ANSWERS = "old_answers"
RELOAD = "If it is open in JupyterLab: File → Reload Notebook from Disk."


def exercise(name: str) -> None:
    """In a notebook: put an exercise back, by its name, "generator_loss", or its number, "1.1.3"."""
    _say(name)


def lesson(name: str) -> None:
    """In a notebook: put a lesson back, by its name, "the_adversarial_game", or its number, "1.1"."""
    _say(name)


def _say(what: str) -> None:
    """Put it back in the copies that the notebook belongs to; whatever is in the way is one sentence, too."""
    target = progress.folder()
    if target is None:
        print("This works in a notebook of my_notebooks/, opened by `learning-to-draw lab`.")
        return
    try:
        print(wrapped(reset(target, str(what))))
    except DeskError as error:
        print(wrapped(f"{error}"))


def reset(target: Path, what: str) -> str:
    """Put a lesson or an exercise back, by its name or its number. Returns sentences that say what was done.

    target: the folder of the copies. Raises DeskError; then nothing was changed.
    """
    target, what = Path(target), what.strip()
    if not (target / copies.RECORD).is_file():
        raise DeskError(
            f"{target} holds no copies of lessons: name their folder with --folder, or run "
            "`learning-to-draw lab`, which makes them."
        )
    names, lessons = {}, {}  # what a learner may say -> (lesson, exercise), and -> lesson
    for one in contents.lessons():
        for said in (one["name"], one["number"], one["file"].removesuffix(".ipynb")):
            lessons[said] = one
        for position, name in enumerate(one["exercises"], 1):
            names[name] = names[f"{one['number']}.{position}"] = (one, name)
    try:
        if what in lessons:
            said = _reset_lesson(target, lessons[what])
        elif what in names:
            said = _reset_exercise(target, *names[what])
        else:
            near = difflib.get_close_matches(what, [*lessons, *names], n=3)
            meant = f": did you mean {' or '.join(near)}?" if near else f": see {copies.HOME}."
            raise DeskError(f"There is no lesson and no exercise {what!r}{meant}")
        return " ".join(filter(None, [said, home.write(target)]))
    except OSError as error:
        raise DeskError(f"{error.filename or target} cannot be written ({error.strerror}).") from error


def _reset_lesson(target: Path, lesson: dict) -> str:
    """A fresh copy in the place of the learner's, which is renamed; right answers that it lacks are kept."""
    place, old = lesson["file"], None
    path = target / place
    texts = [text for _, text, _ in copies.cells_of(path.read_bytes() if path.is_file() else b"") or ()]
    if os.path.lexists(path) and not (path.is_file() and path.read_bytes() == copies.text_of(place).encode()):
        old = move_aside(path, copies.old_name(path), numbered=True)
    known = copies.read_record(target)
    _, known[place] = copies.settle(path, place, None)
    copies.write_record(target, known)
    kept = []
    for name in lesson["exercises"]:
        solved = progress.source(target, name).strip()
        if solved and not any(solved in text for text in texts):
            kept.append(_keep_answer(target, name, solved))
        progress.forget(target, name)
    title = f"{lesson['number']} {lesson['title']}: {place}"
    said = f"{title} is as the course left it."
    if old is not None:
        said = f"{title} is new, your old copy is {old.relative_to(target).as_posix()}. {RELOAD}"
    return f"{said} What was right before is in {', '.join(kept)}." if kept else said


def _reset_exercise(target: Path, lesson: dict, name: str) -> str:
    """The course's open cell in the place of the learner's, whose code is kept."""
    path = target / lesson["file"]
    course = json.loads(copies.text_of(lesson["file"]))["cells"]
    wanted = _open_cell(course, name)
    try:
        notebook = json.loads(path.read_bytes())  # in any encoding that an editor may have chosen
        found = _answer_cells(notebook["cells"], course, wanted, name)
    except FileNotFoundError as error:
        raise DeskError(f"{lesson['file']} is not there: `learning-to-draw lab` brings it.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DeskError(
            f"{lesson['file']} is damaged: `learning-to-draw reset {lesson['number']}`."
        ) from error
    if not found:
        raise DeskError(
            f"The cell of {name} was not found in {lesson['file']}, and nothing was changed: "
            f"`learning-to-draw reset {lesson['number']}` puts the whole lesson back and keeps yours."
        )
    first, *others = found
    answer = "\n\n".join(_source(cell) for cell in found)
    solved = progress.source(target, name)
    if solved.strip() and solved.strip() not in answer:
        answer += f"\n\n\n# what the check found right before\n{solved}"
    kept = ""
    if answer.strip() != _source(wanted).strip():
        kept = f" Your old answer is in {_keep_answer(target, name, answer)}."
    first.update(source=wanted["source"], outputs=[], execution_count=None)
    cells = [cell for cell in notebook["cells"] if not any(cell is other for other in others)]
    if not any(f"check.{name}(" in _source(cell) for cell in cells if cell["cell_type"] == "code"):
        missing = dict(_check_cell(course, name))  # it was merged into the answer, or deleted
        if "id" not in first:  # notebooks of older editors have none
            del missing["id"]
        cells.insert(cells.index(first) + 1, missing)
    notebook["cells"] = cells
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomically(path, text.encode())
    progress.forget(target, name)
    return f"{name} in {lesson['file']} is open again.{kept} {RELOAD}"


def _keep_answer(target: Path, name: str, answer: str) -> str:
    """Write an answer down where nothing is overwritten; where that is, from the folder of the copies."""
    path = free_name(target / OLD_ANSWERS / f"{name}.py", numbered=True)
    write_atomically(path, f"{answer.rstrip()}\n".encode())
    return path.relative_to(target).as_posix()


def _check_cell(course: list, name: str) -> dict:
    """The course's cell that checks an exercise."""
    for cell in course:
        if "check" in _tags(cell) and f"check.{name}(" in _source(cell):
            return cell
    raise DeskError(f"The course's own lesson has no exercise {name}: install the course again.")


def _open_cell(course: list, name: str) -> dict:
    """The course's open cell of an exercise: the last one before its check."""
    before = course[: course.index(_check_cell(course, name))]
    return [cell for cell in before if "exercise" in _tags(cell)][-1]


def _answer_cells(cells: list, course: list, wanted: dict, name: str) -> list:
    """The learner's cell of an exercise, and those that he split from it; empty where it is not to be found.

    It keeps its id wherever it is moved; a part that was split off has a new one, and the same tag. In a copy
    of an older course the id may be another, too: then it is the one that defines the function.
    """
    ids = {cell["id"] for cell in course}
    found = [
        i for i, cell in enumerate(cells) if cell.get("id") == wanted["id"] and cell["cell_type"] == "code"
    ]
    if not found:
        found = [i for i, cell in enumerate(cells) if _is_part(cell, ids) and name in _defined(_source(cell))]
    if len(found) != 1:
        return []
    first = last = found[0]
    while first > 0 and _is_part(cells[first - 1], ids):
        first -= 1
    while last + 1 < len(cells) and _is_part(cells[last + 1], ids):
        last += 1
    parts = cells[first : last + 1]
    return [cells[found[0]], *(cell for cell in parts if cell is not cells[found[0]])]


def _is_part(cell: dict, ids: set) -> bool:
    """Whether a cell belongs to an exercise, and is none of the course's own."""
    return cell["cell_type"] == "code" and "exercise" in _tags(cell) and cell.get("id") not in ids


def _defined(source: str) -> set:
    """The names of the functions that a cell defines; of one that Python cannot read, by its lines."""
    try:
        return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    except SyntaxError:
        lines = [line.split("(")[0].split() for line in source.splitlines()]
        return {words[1] for words in lines if words[:1] == ["def"] and len(words) == 2}


def _tags(cell: dict) -> list:
    return cell["metadata"].get("tags", [])


def _source(cell: dict) -> str:
    """A cell's source, which a notebook holds as one text or as its lines."""
    return "".join(cell["source"])
