"""A fixed share of the mechanical wrong answers; all of them are tried by `make nightly`."""

import pytest

import mutants
from course_lib import check
from course_lib.check import guard
from course_lib.check.drawn import Drawn

pytestmark = pytest.mark.tensorflow

DRAWN = [name for name, exercise in check.EXERCISES.items() if isinstance(exercise, Drawn)]
SHARE = 24  # every how manieth mutant, and so many fewer inputs for those that seem equivalent


@pytest.mark.parametrize("name", DRAWN)
def test_a_share_of_the_mutants_is_refused(name, monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", mutants.SECONDS)
    monkeypatch.setattr(mutants, "AGREE", mutants.AGREE // SHARE)
    found = mutants.judged(check.EXERCISES[name], SHARE)
    assert found["mutants"] > 0
    assert mutants.score(found) >= mutants.LEAST_OF_ONE, found["survived"]
