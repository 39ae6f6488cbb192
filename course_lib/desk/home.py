"""The learner's home page: every lesson, what is solved, what the keys do.

JupyterLab opens `home.md` at its start. It is written again then, and whenever an exercise becomes solved,
but only while it is as the course left it: its last line holds a hash of the others.
"""

import os
import re
from pathlib import Path

from course_lib import contents
from course_lib.desk import copies, progress
from course_lib.files import write_atomically

MARK = re.compile(r"<!-- written by the course: ([0-9a-f]{64}) -->\s*$")

WORDS = """
## Keys, buttons, memory

| | |
|---|---|
| Shift+Enter | runs a cell and goes to the next; *Run → Run All Cells* runs the lesson |
| Enter, Escape | into a cell, to type; out of it, for the keys below |
| ■, or `I` `I` | stops what runs. Variables stay, also a network as far as it is trained |
| `0` `0` | restarts the kernel: nothing runs, and all variables are gone. Cells and outputs stay |
| `A`, `B`, `Z` | a new cell above, one below, and undo for cells |
| Ctrl+S | saves (⌘S on a Mac); it also happens by itself, every two minutes |
| *View → Table of Contents* | the headings and exercises of a lesson, beside it |

- **Leave the tab open while a lesson runs.** The kernel goes on without it, but what it shows from then
  on is lost.
- **A lesson that has trained takes about 1.5 GB of memory** until its kernel ends. Closing its tab ends
  it, with the networks in it; JupyterLab asks first. The notebook, its answers and its outputs stay. A kernel
  whose tab is gone, with a browser that was closed, ends after four hours in which it computed nothing.
- **The worked version** of a lesson has answers, pictures and numbers. Run it, change it: it is a copy too.
- **Afresh:** in any notebook here, `from course_lib.desk import reset`, then
  `reset.exercise("generator_loss")` or `reset.lesson("1.1")` puts it back and keeps your old answer.
- **Asked again, a check says more:** try the same answer once more, or write `check.hint("2.1.1")` in a cell;
  `check.progress()` lists what is solved.
- **A page to print:** in a terminal (*File → New → Terminal*), `python -m course_lib.desk run 1.1` executes a
  lesson and writes it below `build/`, as a web page. The formats in *File → Save and Export* mostly need
  further programs.
- This page is written anew when an exercise gets its first ✓. What you change in it stays.
"""


def note_solved(name: str, function) -> None:
    """Remember that an exercise is solved, and show it on the page. Raises OSError when it cannot be kept."""
    target = progress.keep(name, function)
    if target is not None:
        write(target)


def write(target: Path) -> str:
    """Write the home page of the copies in `target`, or leave it. Returns a sentence to say, or "".

    Raises OSError when it cannot be written.
    """
    path = Path(target) / copies.HOME
    if os.path.lexists(path) and not _is_ours(path):
        return (
            f"{copies.HOME} stays as you changed it: rename it, and the next start writes the course's again."
        )
    text = page(Path(target))
    write_atomically(
        path, f"{text}\n<!-- written by the course: {copies.sha256(text.rstrip())} -->\n".encode()
    )
    return ""


def _is_ours(path: Path) -> bool:
    """Whether the page is as `write` left it; what an editor does to line ends is no change."""
    if path.is_symlink() or not path.is_file():
        return False
    text = path.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n")
    mark = MARK.search(text)
    return mark is not None and copies.sha256(text[: mark.start()].rstrip()) == mark[1]


def page(target: Path) -> str:
    """The home page as Markdown, without the line that marks it as the course's."""
    lessons, solved = contents.lessons(), progress.solved(target)
    exercises = [name for lesson in lessons for name in lesson["exercises"]]
    done = solved.intersection(exercises)
    lines = [
        "# Learning to Draw",
        "",
        f"**{len(done)} of {len(exercises)} exercises solved.** {_next(lessons, done)}",
        "A new ✓ is seen after *File → Reload Markdown File from Disk*.",
        "",
        "| | lesson | on a CPU | exercises |",
        "|---|---|---|---|",
    ]
    for lesson in lessons:
        names = lesson["exercises"]
        marks = "".join("✓" if name in done else "○" for name in names)
        worked = f"[worked]({copies.WORKED}/{lesson['file']})"
        lines.append(
            f"| {lesson['number']} | [{lesson['title']}]({lesson['file']}) ({worked}) | {lesson['minutes']} "
            f"| {marks} {len(done.intersection(names))} of {len(names)} |"
        )
    behind = {place for place, entry in copies.read_record(target).items() if "told" in entry}
    if behind.intersection(lesson["file"] for lesson in lessons):
        lines += [
            "",
            "**Newer in the course than your copy**, which stays as it is: "
            + ", ".join(
                f"{lesson['number']} {lesson['title']}" for lesson in lessons if lesson["file"] in behind
            )
            + ". `reset.lesson` (below) brings the new one and keeps yours beside it.",
        ]
    return "\n".join(lines) + f"\n{WORDS}"


def _next(lessons, done) -> str:
    """Where to go on: the first lesson with an open exercise."""
    for lesson in lessons:
        if not done.issuperset(lesson["exercises"]):
            word = "Go on with" if done else "Begin with"
            return f"{word} [{lesson['number']} {lesson['title']}]({lesson['file']})."
    return "That is all of them."
