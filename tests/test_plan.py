"""The plan of the library in its docstring: every module stands in it, with the lessons that call it."""

import itertools
import re
from pathlib import Path

import pytest

import course_lib
import env
import names
from course_lib import contents

pytestmark = pytest.mark.tools

LINE = re.compile(r"^    ([a-z_.]+) +\S.* \((.+)\)$", re.M)
PLAN = dict(LINE.findall(course_lib.__doc__))
MODULES = {names.module_of(path).removeprefix("course_lib."): path for path in names.LIBRARY}
del MODULES["course_lib"]


def lessons_of(module: str) -> str:
    """The numbers of the lessons that reach a module of the library, in short: "1.1-1.3, 2.1"."""
    numbers, calling = [], []
    for lesson in contents.lessons():
        path = env.ROOT / "chapters" / Path(lesson["file"]).with_suffix(".py")
        numbers.append(lesson["number"])
        if names.reaches(path, f"course_lib.{module}", MODULES[module]):
            calling.append(len(numbers) - 1)
    if len(calling) == len(numbers):
        return "all"
    runs = itertools.groupby(enumerate(calling), key=lambda pair: pair[1] - pair[0])
    runs = [[numbers[index] for _, index in run] for _, run in runs]
    return ", ".join("-".join(dict.fromkeys((run[0], run[-1]))) for run in runs) or "the library"


def test_every_module_stands_in_the_plan():
    assert len(LINE.findall(course_lib.__doc__)) == len(PLAN), "a module stands there twice"
    assert set(PLAN) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_the_plan_names_the_lessons_that_call_a_module(module):
    assert PLAN.get(module) == lessons_of(module)
