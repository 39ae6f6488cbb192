"""What grades the exercises: `fn = check.some_exercise(fn)` prints ○, ✗ with a hint, or ✓.

It returns the learner's function when that is right, and the course's own otherwise, so that every
later cell of a lesson runs. With COURSE_STRICT=1 anything but ✓ raises. Importing this package
imports neither TensorFlow nor Keras. How to write an exercise: docs/authoring.md.
"""

import importlib
import pkgutil

from course_lib.check.framework import EXERCISES, Exercise, ExerciseFailed

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")  # enters its exercises in EXERCISES

globals().update(EXERCISES)
__all__ = ["EXERCISES", "ExerciseFailed", *sorted(EXERCISES)]


def __getattr__(name: str) -> Exercise:
    """For what is asked for and is no exercise; from this line editors know what the exercises are."""
    raise AttributeError(f"course_lib.check has no exercise {name!r}")
