"""Answers to every exercise, for the tests: wrong ones that each need a hint of their own, and right ones.

Each module here holds two dicts: `WRONG_ANSWERS`, {exercise: [(answer, part of its hint), …]}, at least
three an exercise, all with different hints; and `OTHER_RIGHT_ANSWERS`, {exercise: [answer, …]}, written
differently from the course's own, which must pass as well. A lesson of a later chapter has a module of
its own, named like its checks in course_lib/check.
"""

import importlib
import pkgutil

WRONG_ANSWERS, OTHER_RIGHT_ANSWERS = {}, {}
for _found in pkgutil.iter_modules(__path__):
    _module = importlib.import_module(f"{__name__}.{_found.name}")
    WRONG_ANSWERS |= _module.WRONG_ANSWERS
    OTHER_RIGHT_ANSWERS |= _module.OTHER_RIGHT_ANSWERS
