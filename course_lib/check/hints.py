"""What is said to a learner who asks again: more with every time, and never the code.

The first hint names the mistake; the second says on which input what came out and what should have; the
third shows the idea. The same answer tried again asks, and so does `check.hint("2.1.1")`.
"""

import inspect

from course_lib import contents
from course_lib.console import wrapped

_LAST = {}  # exercise: (the answer's code, its hints, how many of them were shown), since the kernel's start


def next_of(name: str, function, hints: tuple[str, ...]) -> str:
    """The hint to show now: the first for a new answer, the next one where the same is tried again."""
    code = _code(function)
    last, _, shown = _LAST.get(name, (None, (), 0))
    shown = min(shown + 1, len(hints)) if last == code else 1
    _LAST[name] = code, tuple(hints), shown
    return hints[shown - 1]


def show(which: str, exercises: dict) -> None:
    """Print the next hint of an exercise, named by its number in the lessons or by its function.

    Raises:
        ValueError: if there is no such exercise.
    """
    numbers = {
        f"{lesson['number']}.{place}": name
        for lesson in contents.lessons()
        for place, name in enumerate(lesson["exercises"], 1)
    }
    name = numbers.get(str(which), which)
    if name not in exercises:
        raise ValueError(
            f"There is no exercise {which!r}: write its number, such as {next(iter(numbers))!r}."
        )
    code, hints, shown = _LAST.get(name, (None, ("try it first: a hint is about what you wrote",), 0))
    shown = min(shown + 1, len(hints))
    if code is not None:
        _LAST[name] = code, hints, shown
    print(wrapped(f"{name}, hint {shown} of {len(hints)}: {hints[shown - 1]}"))


def _code(function):
    """What tells one answer from another: its source, or where there is none its compiled code."""
    try:
        return inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return (code.co_code, code.co_consts) if code is not None else repr(function)
