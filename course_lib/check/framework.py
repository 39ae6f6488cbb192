"""What every exercise shares: reading the attempt, running it under guard, answering in one line.

An exercise prints ○, ✗ or ✓ of the function that it is called with, and returns that function when it is
right, else the answer. `course_lib.check.drawn` says what is right.
"""

import ast
import contextlib
import dis
import inspect
import os
import pkgutil
import textwrap

import numpy as np

from course_lib.check import guard, hints
from course_lib.check.guard import Wrong
from course_lib.console import wrapped

EXERCISES = {}  # name -> Exercise, filled by the decorators of the kinds of exercise
SOLVED = set()  # names, since the kernel's start


class ExerciseFailed(AssertionError):
    """Under COURSE_STRICT=1, an exercise that is not solved."""


class Exercise:
    """One exercise: call it with the learner's function.

    answer: the reference function, or the name of the library's, "losses.gaussian_kl". properties: a function
    of the guarded attempt that raises `Wrong` with the likely mistake; its name is the exercise's, for good,
    while the lessons' numbers follow from their order.
    """

    right = ()  # right answers other than the course's
    seeded = False  # whether it is tried on inputs that a seed draws

    def __init__(self, answer, properties):
        self._answer = answer
        self.properties = properties
        self.name = properties.__name__
        self.__doc__ = properties.__doc__

    @property
    def answer(self):
        """The reference function; the library's is looked up only here, for its module imports Keras."""
        named = isinstance(self._answer, str)
        return pkgutil.resolve_name(f"course_lib.{self._answer}") if named else self._answer

    def __call__(self, function=None, seed: int | None = None):
        """Grade the function, print one line, and return it or the course's answer.

        seed: of the inputs that it is tried on; without one they are drawn anew, and a ✗ says the seed.
        """
        with guard.held_interrupts():  # one between answer and assignment would leave the next cell hanging
            return self._answered(function, seed)

    def judge(self, attempt, seed: int):
        """Raise `Wrong` with the likely mistake unless the guarded attempt is right."""
        self.properties(attempt)

    def fit(self, function):
        """The function as the next cells need it, and what is said of it beside ✓."""
        return function, ""

    def _answered(self, function, seed):
        strict = os.environ.get("COURSE_STRICT", "") == "1"
        if seed is None:
            seed = 0 if strict else int.from_bytes(os.urandom(2), "big")
        if function is self.answer:
            mark, printed = "○", ""
            text = (
                "this is the course's answer, put in place of yours by an earlier check: run the cell with "
                "your function again"
            )
        else:
            mark, text, printed, more = self._graded(function, seed)
        if mark == "✗" and not strict:
            text = hints.next_of(self.name, function, (text, *more))
            text += f" (seed={seed})" if self.seeded else ""
        elif mark == "✓":
            function, text = self.fit(function)
        line = f"{mark} {self.name}" + (f": {text}" if text else "")
        if mark != "✓" and strict:
            raise ExerciseFailed(line)
        print(wrapped(line))
        if printed:
            print("  your function printed:", *printed.splitlines(), sep="\n  | ")
        if mark != "✓":
            return self.answer
        SOLVED.add(self.name)
        from course_lib.desk import home  # it reads the lessons' table, which only a solved exercise needs

        with contextlib.suppress(Exception):  # whatever is wrong with that folder, the answer is right
            home.note_solved(self.name, function)
        return function

    def grade(self, function, seed: int = 0):
        """(mark, text, printed): "✓" "✗" or "○", the sentence, and what the function wrote."""
        return self._graded(function, seed)[:3]

    def _graded(self, function, seed):
        """What `grade` returns, and what is said of a mistake when the learner asks again."""
        open_text = "not attempted yet (the lesson goes on with the course's answer)"
        if function is None or function is Ellipsis:
            return "○", open_text, "", ()
        hint = self._unfit(function)
        if hint:
            return "✗", hint, "", ()
        if _is_empty(function):
            return "○", open_text, "", ()
        try:
            hint, attempt, printed = guard.call(lambda attempt: self.judge(attempt, seed), function)
        except guard.Stopped as stopped:
            return "✗", stopped.hint, stopped.printed, ()
        if hint is None:
            return "✓", "", printed, ()
        if attempt.empty and _has_open_place(function):
            return "○", "not finished: there is still a `...` to fill in", printed, ()
        return "✗", hint, printed, attempt.more

    def _unfit(self, function):
        """Why this object cannot be an answer, seen without running it; None if it can."""
        if inspect.isclass(function):
            return f"`{self.name}` is a class here, and must be a function"
        if not callable(function):
            return (
                f"check.{self.name} takes the function itself, without (…): "
                f"this has the type {type(function).__name__}"
            )
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            return "your function is `async`: write `def`, without `async`"
        if inspect.isgeneratorfunction(function):
            return "your function uses `yield`, which makes a generator: use `return`"
        code = getattr(inspect.unwrap(function), "__code__", None)
        for name in ("exit", "quit"):
            if code is not None and name in code.co_names:
                return f"your function calls {name}(), which ends Python: leave it with `return`"
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return None
        wanted = list(inspect.signature(self.answer).parameters)
        try:
            signature.bind(*wanted)
        except TypeError:
            given = ", ".join(signature.parameters) or "none"
            return f"your function takes the arguments ({given}), but needs ({', '.join(wanted)})"
        return None


# ------------------------------------------------------------------------------------ open places


def _is_empty(function):
    """Whether the body is nothing but `...`, `pass`, a docstring or `raise NotImplementedError`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    ignored = {"RESUME", "NOP", "CACHE", "PRECALL", "CALL", "PUSH_NULL", "COPY_FREE_VARS"}
    steps = [step for step in dis.get_instructions(code) if step.opname not in ignored]
    if any(step.opname == "RAISE_VARARGS" for step in steps):
        names = [step.argval for step in steps if step.opname.startswith("LOAD_GLOBAL")]
        others = {step.opname for step in steps} - {"RAISE_VARARGS", "LOAD_GLOBAL", "LOAD_CONST"}
        return names == ["NotImplementedError"] and not others
    return all(
        step.opname == "RETURN_VALUE"
        or (step.opname in ("LOAD_CONST", "RETURN_CONST") and step.argval in (None, Ellipsis))
        for step in steps
    )


def _has_open_place(function):
    """Whether a statement `...`, `name = ...`, `return ...` or NotImplementedError is left."""
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        return False
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return):
            if isinstance(value, ast.Constant) and value.value is Ellipsis:
                return True
        elif isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node):
            return True
    return False


# ------------------------------------------------------------ giving arguments, reading the results


def tensors(*arrays):
    """Arrays as the backend's tensors, as in training: what is float64 becomes float32."""
    from keras import ops

    return [ops.convert_to_tensor(x.astype("float32") if x.dtype == "float64" else x) for x in arrays]


def array(result, what="your function"):
    """The result as a NumPy array of numbers, from any backend; Wrong when it is none."""
    if isinstance(result, str | bytes | dict | set):
        raise Wrong(f"{what} returns a {type(result).__name__}, not an array")
    try:
        if hasattr(result, "shape") and not isinstance(result, np.ndarray | np.generic):
            import keras

            values = keras.ops.convert_to_numpy(result)
        else:
            values = np.asarray(result)
    except Exception:
        raise Wrong(f"{what} returns a {type(result).__name__}, not an array") from None
    if not (np.issubdtype(values.dtype, np.number) or values.dtype == bool):
        raise Wrong(f"{what} returns a {type(result).__name__}, not an array of numbers")
    return values


def refuse_numpy(result):
    """Raise Wrong when the result is NumPy's or Python's, and no tensor of the backend."""
    if isinstance(result, np.ndarray | np.generic | float | int):
        raise Wrong(
            "your result is computed by NumPy, so no gradient can flow back through it, and no step can be "
            "compiled: use keras.ops"
        )
