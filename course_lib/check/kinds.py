"""Exercises whose answer is no formula: a bet, names for what is unlabelled, a setting that is tried out.

Each takes a function without arguments that returns a dict, so that an open one is seen to be open:

    @bet(answer=_who_is_first, first=("VAE", "GAN"), times=(0.1, 10))
    def who_is_first():
        '''Who reaches a quarter of the untrained distance first, and in how many times fewer seconds?'''

A bet is settled by the lesson: `check.who_is_first.settle(who_is_first, first="VAE", times=1.3)`.
"""

import numpy as np

from course_lib.check.framework import EXERCISES, Exercise
from course_lib.check.guard import Wrong


class Chosen(Exercise):
    """An exercise whose answer is a dict of choices: what all three kinds have in common.

    fields: {name: a tuple of words or numbers to choose from, or a list [low, high] of what a number may be}.
    """

    def __init__(self, answer, properties, fields, idea=""):
        super().__init__(answer, properties)
        self.fields, self.idea = fields, idea

    def chosen(self, attempt) -> dict:
        """What the learner's function returns; Wrong when it is not one choice for each field."""
        found = attempt()
        names = ", ".join(map(repr, self.fields))
        if not isinstance(found, dict):
            raise Wrong(f"your function returns a {type(found).__name__}: return a dict with {names}")
        if missing := [name for name in self.fields if name not in found]:
            raise Wrong(f"{missing[0]!r} is missing from your dict: it needs {names}")
        if extra := [name for name in found if name not in self.fields]:
            raise Wrong(f"{extra[0]!r} is not asked for: the dict needs {names}")
        for name, value in found.items():
            self._refuse(name, value)
        return found

    def _refuse(self, name, value):
        """Wrong unless the value may be chosen for this field."""
        if value is Ellipsis:
            raise Wrong(f"not finished: {name!r} is still `...`")
        allowed = self.fields[name]
        if isinstance(allowed, list):
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if not number or not allowed[0] <= value <= allowed[1]:
                raise Wrong(
                    f"{name!r} is {value!r}: a number from {allowed[0]:g} to {allowed[1]:g} is needed"
                )
        elif value not in allowed:
            raise Wrong(f"{name!r} is {value!r}: choose from {', '.join(map(repr, allowed))}")


class Bet(Chosen):
    """What a learner expects, said before the cell that shows it; whatever can be settled is accepted."""

    def judge(self, attempt, seed):
        self.chosen(attempt)

    def fit(self, function):
        return function, "noted, and settled below"

    def settle(self, bet, **came) -> None:
        """Print each field of a bet beside what came.

        bet: the function that returns it. came: for each field a word, a number, or an estimate with `low`
        and `high`.
        """
        who, said = "the course" if bet is self.answer else "you", bet()
        for name, outcome in came.items():
            betted = f"{name}: {who} bet {said[name]}"
            if hasattr(outcome, "low"):
                inside = outcome.low <= said[name] <= outcome.high
                print(f"{betted}; it is {outcome}: {'inside' if inside else 'outside'}")
            elif isinstance(outcome, str):
                print(f"{betted}, and it is {'so' if said[name] == outcome else outcome}")
            else:
                print(f"{betted}, and it is {outcome:.3g}")


class Named(Chosen):
    """What made each of several unlabelled curves or samples: {letter: name}.

    Args:
        answer: the function that returns the true names.
        properties: the exercise's function, for its name and its docstring.
        names: all that may be chosen; it may hold more than there are letters.
        told: {(the true name, the name given): what tells the two apart}.
        idea: the last hint.
    """

    def __init__(self, answer, properties, names, told, idea=""):
        super().__init__(answer, properties, dict.fromkeys(answer(), tuple(names)), idea)
        self.told = told

    def judge(self, attempt, seed):
        found, true = self.chosen(attempt), self.answer()
        wrong = [letter for letter in true if found[letter] != true[letter]]
        if not wrong:
            return
        known = [(true[letter], found[letter]) for letter in wrong]
        hints = [
            f"{letter}: {self.told[pair]}"
            for letter, pair in zip(wrong, known, strict=True)
            if pair in self.told
        ]
        count = f"{len(true) - len(wrong)} of {len(true)} are named rightly"
        raise Wrong(*(hint for hint in (*hints[:1], count, self.idea) if hint))


class Tried(Chosen):
    """A setting that the check tries out: it trains with it, and looks at what the model then does.

    Args:
        answer: the function that returns the course's setting.
        properties: the exercise's function, for its name and its docstring.
        fields: what may be chosen, as in `Chosen`.
        measure: function(setting) -> {what was measured: number}; 20 CPU seconds at most in quick.
        wanted: [(function(measured) -> bool, the hint where it is False), …], in this order.
        idea: the last hint.
    """

    def __init__(self, answer, properties, fields, measure, wanted, idea=""):
        super().__init__(answer, properties, fields, idea)
        self.measure, self.wanted = measure, wanted
        self._known = {}  # what has been measured since the kernel's start

    def judge(self, attempt, seed):
        measured = self.tried(self.chosen(attempt))
        told = self.told(measured)
        for holds, hint in self.wanted:
            if measured and not holds(measured):
                raise Wrong(*(text for text in (f"{hint} ({told})", self.idea) if text))

    def tried(self, setting: dict) -> dict:
        """What a setting leads to; nothing in smoke, where no training means anything."""
        from course_lib import runtime

        if runtime.profile() == "smoke":
            return {}
        key = tuple(sorted(setting.items()))
        if key not in self._known:
            self._known[key] = self.measure(setting)
        return self._known[key]

    def told(self, measured: dict) -> str:
        """What was measured, in one line."""
        return ", ".join(f"{name} {value:.3g}" for name, value in measured.items()) or "not tried in smoke"

    def fit(self, function):
        return function, self.told(self.tried(function()))


def _entered(exercise):
    if exercise.name in EXERCISES:
        raise ValueError(f"there are two exercises {exercise.name}")
    EXERCISES[exercise.name] = exercise
    return exercise


def bet(*, answer, **fields):
    """Turn a function with a docstring into the bet of its name; see `Bet`."""
    return lambda properties: _entered(Bet(answer, properties, fields))


def named(*, answer, names, told, idea):
    """Turn a function with a docstring into the exercise of its name; see `Named`."""
    return lambda properties: _entered(Named(answer, properties, names, told, idea))


def tried(*, answer, measure, wanted, idea, **fields):
    """Turn a function with a docstring into the exercise of its name; see `Tried`."""
    return lambda properties: _entered(Tried(answer, properties, fields, measure, wanted, idea))
