"""What grades the exercises: `fn = check.some_exercise(fn)` prints ○, ✗ with a hint, or ✓.

It returns the learner's function when that is right, and the course's own otherwise, so that every
later cell of a lesson runs. With COURSE_STRICT=1 anything but ✓ raises. Importing this package
imports neither TensorFlow nor Keras. How to write an exercise: docs/authoring.md.

`check.hint("2.1.1")` says more of what went wrong last; `check.progress()` shows what is solved.
"""

import importlib
import pkgutil

from course_lib import contents
from course_lib.check import hints
from course_lib.check.framework import EXERCISES, SOLVED, Exercise, ExerciseFailed

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")  # enters its exercises in EXERCISES

globals().update(EXERCISES)
__all__ = ["EXERCISES", "ExerciseFailed", "hint", "progress", *sorted(EXERCISES)]


def hint(which: str) -> None:
    """Print the next hint of an exercise: `check.hint("2.1.1")`, or by its function's name.

    Raises:
        ValueError: if there is no such exercise.
    """
    hints.show(which, EXERCISES)


def progress() -> None:
    """Print which exercises are solved: in this folder of copies, and since the kernel's start."""
    from course_lib.desk import progress as kept

    folder = kept.folder()
    solved = SOLVED | (kept.solved(folder) if folder else set())
    lessons = [lesson for lesson in contents.lessons() if lesson["exercises"]]
    names = {name for lesson in lessons for name in lesson["exercises"]}
    print(f"{len(solved & names)} of {len(names)} exercises solved")
    for lesson in lessons:
        marks = "".join("✓" if name in solved else "○" for name in lesson["exercises"])
        print(f"  {lesson['number']} {marks:5s}{lesson['title']}")


def __getattr__(name: str) -> Exercise:
    """For what is asked for and is no exercise; from this line editors know what the exercises are."""
    raise AttributeError(f"course_lib.check has no exercise {name!r}")
