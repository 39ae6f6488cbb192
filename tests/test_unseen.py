"""Wrong answers that were written from the statements alone, by somebody who had not seen the checks."""

import functools

import pytest

from course_lib import check
from unseen_answers import UNSEEN as FORMULAS
from unseen_steps import UNSEEN as STEPS

pytestmark = pytest.mark.tensorflow

UNSEEN = FORMULAS | STEPS
LEAST = 0.95  # of them are refused
WAYS = [(name, place) for name in UNSEEN for place in range(len(UNSEEN[name]))]


@functools.cache
def accepted(name):
    """The places of the answers to an exercise that its check accepts."""
    grades = [check.EXERCISES[name].grade(answer)[0] for answer in UNSEEN[name]]
    return [place for place, mark in enumerate(grades) if mark == "✓"]


@pytest.mark.parametrize("name", UNSEEN)
def test_most_of_an_exercise_are_refused(name):
    assert len(accepted(name)) <= 1


def test_nearly_all_are_refused():
    passed = {name: accepted(name) for name in UNSEEN if accepted(name)}
    print(f"accepted, of {len(WAYS)}: {passed}")
    assert len(WAYS) >= 200
    assert sum(map(len, passed.values())) <= (1 - LEAST) * len(WAYS), passed
