"""Wrong answers that were written from the statements alone, by somebody who had not seen the checks."""

import pytest

from course_lib import check
from unseen_answers import UNSEEN

pytestmark = pytest.mark.tensorflow

LEAST = 0.95  # of them are refused
WAYS = [(name, place) for name in UNSEEN for place in range(len(UNSEEN[name]))]
accepted = []


@pytest.mark.parametrize("name", UNSEEN)
def test_most_of_an_exercise_are_refused(name):
    passed = [
        place for place, answer in enumerate(UNSEEN[name]) if check.EXERCISES[name].grade(answer)[0] == "✓"
    ]
    accepted.extend((name, place) for place in passed)
    assert len(passed) <= 1, f"{name}: {passed}"


def test_nearly_all_are_refused():
    print(f"accepted, of {len(WAYS)}: {accepted}")
    assert len(WAYS) >= 200
    assert len(accepted) <= (1 - LEAST) * len(WAYS), accepted
