"""Every exercise accepts its answer, sees that the open version is open, and names mistakes."""

import inspect
import types

import keras
import numpy as np
import pytest

from answers import ACCEPTED, REFUSED, TYPED
from course_lib import check
from course_lib.check import kinds
from course_lib.check.drawn import Drawn

pytestmark = pytest.mark.backends

EXERCISES = check.EXERCISES
DRAWN = {name: one for name, one in EXERCISES.items() if isinstance(one, Drawn)}
MISTAKES = [(name, place) for name, one in DRAWN.items() for place in range(len(one.mistakes))]
REVIEWED = [(name, place) for name, cases in REFUSED.items() for place in range(len(cases))]
SEEDS = range(3)


def same_code(function):
    """Another function with the same body, as a learner's right answer would be."""
    return types.FunctionType(function.__code__, function.__globals__, function.__name__)


def open_version(exercise):
    """The function as the learner's notebook holds it, with `...` for a body."""
    names = ", ".join(inspect.signature(exercise.answer).parameters)
    scope = {}
    exec(f"def {exercise.name}({names}):\n    'What to do.'\n    ...\n", scope)
    return scope[exercise.name]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_answer_passes(exercise, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    right = same_code(exercise.answer)
    monkeypatch.setenv("COURSE_PROFILE", "smoke")  # a setting is tried by a training, elsewhere
    assert exercise(right) is right
    beside = {kinds.Bet: ": noted, and settled below", kinds.Tried: ": not tried in smoke"}
    assert capsys.readouterr().out == f"✓ {exercise.name}{beside.get(type(exercise), '')}\n"


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_open_version_is_not_a_mistake(exercise, capsys, monkeypatch):
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    assert exercise(open_version(exercise)) is exercise.answer
    assert capsys.readouterr().out.startswith(f"○ {exercise.name}: not attempted")


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_open_version_fails_where_solutions_are_executed(exercise, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(check.ExerciseFailed, match="not attempted"):
        exercise(open_version(exercise))


@pytest.mark.parametrize("name", DRAWN)
def test_right_answers_pass_whatever_is_drawn(name):
    for seed in SEEDS:
        for answer in [*DRAWN[name].right, *ACCEPTED.get(name, [])]:
            assert EXERCISES[name].grade(answer, seed) == ("✓", "", "")


@pytest.mark.parametrize(("name", "place"), MISTAKES, ids=[f"{name} {place}" for name, place in MISTAKES])
def test_a_mistake_gets_its_own_hint_whatever_is_drawn(name, place):
    mistake = DRAWN[name].mistakes[place]
    for seed in SEEDS[: 1 + (place % len(SEEDS) == 0)]:
        mark, hint, _ = DRAWN[name].grade(mistake.function, seed)
        assert (mark, hint) == ("✗", mistake.hint)
    assert "\n" not in mistake.hint


@pytest.mark.parametrize(("name", "place"), REVIEWED, ids=[f"{name} {place}" for name, place in REVIEWED])
def test_what_got_past_a_check_once_is_named(name, place):
    answer, part = REFUSED[name][place]
    mark, hint, _ = EXERCISES[name].grade(answer)
    assert mark == "✗"
    assert part in hint


@pytest.mark.parametrize("name", DRAWN)
def test_there_are_several_hints_and_a_last_one_that_shows_the_idea(name):
    hints = {mistake.hint for mistake in DRAWN[name].mistakes}  # what wraps around has one for many functions
    assert len(hints) >= 3
    assert DRAWN[name].idea and DRAWN[name].idea not in hints


@pytest.mark.parametrize("name", TYPED)
def test_each_mistake_computes_the_number_that_was_typed_for_it(name):
    exercise = DRAWN[name]
    arguments, answer, numbers = TYPED[name]
    assert len(numbers) == len(exercise.mistakes)
    functions = [exercise.answer, *(mistake.function for mistake in exercise.mistakes)]
    for function, number in zip(functions, [answer, *numbers], strict=True):
        found = total(exercise, function, arguments)
        if number is None:
            assert found is None
        elif found is None and function is not exercise.answer and keras.config.backend() == "torch":
            continue  # a slip that mixes NumPy's arrays with tensors, which PyTorch's do not allow
        else:
            assert found == pytest.approx(number, rel=1e-3, abs=1e-4, nan_ok=True)


def total(exercise, function, arguments):
    """The sum of all that a function returns; None where it raises."""
    try:
        seen = exercise.plain(function, arguments)
    except Exception:
        return None
    return sum(float(np.sum(part)) for part in seen)


def test_every_exercise_has_typed_numbers():
    assert set(TYPED) == set(DRAWN)


def test_every_exercise_is_exported_and_documented():
    for name, exercise in EXERCISES.items():
        assert getattr(check, name) is exercise
        assert name in check.__all__
        assert exercise.__doc__


def test_what_is_no_exercise_is_named():
    with pytest.raises(AttributeError, match="has no exercise 'gausian_kl'"):
        check.gausian_kl  # noqa: B018
