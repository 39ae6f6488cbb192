"""Every exercise accepts its answer, sees that the open version is open, and names mistakes."""

import inspect
import types

import pytest

from answers import OTHER_RIGHT_ANSWERS, WRONG_ANSWERS
from course_lib import check

pytestmark = pytest.mark.backends

EXERCISES = check.EXERCISES
CASES = [(name, *case) for name, cases in WRONG_ANSWERS.items() for case in cases]


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
    assert exercise(right) is right
    assert capsys.readouterr().out == f"✓ {exercise.name}\n"


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


@pytest.mark.parametrize("name", EXERCISES)
def test_other_right_answers_pass(name):
    for answer in OTHER_RIGHT_ANSWERS[name]:
        assert EXERCISES[name].grade(answer) == ("✓", "", "")


@pytest.mark.parametrize(
    ("name", "answer", "part"), CASES, ids=[f"{name}: {part}" for name, _, part in CASES]
)
def test_wrong_answer_is_named(name, answer, part):
    mark, hint, _ = EXERCISES[name].grade(answer)
    assert mark == "✗"
    assert part in hint
    assert "\n" not in hint


@pytest.mark.parametrize("name", EXERCISES)
def test_mistakes_have_hints_of_their_own(name):
    assert len(WRONG_ANSWERS.get(name, [])) >= 3, f"tests/answers: add {name}"
    hints = [EXERCISES[name].grade(answer)[1] for answer, _ in WRONG_ANSWERS[name]]
    assert len(set(hints)) == len(hints)


def test_every_exercise_is_exported_and_documented():
    for name, exercise in EXERCISES.items():
        assert getattr(check, name) is exercise
        assert name in check.__all__
        assert exercise.__doc__


def test_what_is_no_exercise_is_named():
    with pytest.raises(AttributeError, match="has no exercise 'gausian_kl'"):
        check.gausian_kl  # noqa: B018
