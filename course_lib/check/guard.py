"""Calling code that a learner has just written, without letting a slip spoil the notebook.

`call(body, function, seconds)` runs `body(attempt)` in a thread of its own, where `attempt` calls
the learner's function. What it promises, for slips and not for attacks:

- whatever the function raises, `SystemExit` and `KeyboardInterrupt` included, becomes a sentence
  with the line it came from;
- a Python loop that never ends is stopped after `seconds`, also one that catches every exception;
  a thread that cannot be stopped (a call into C that does not return) is left behind and reported,
  and its output is dropped from then on;
- what it prints is kept apart, and only the beginning of a flood is kept;
- `input()` raises instead of waiting; changed arguments are noticed; the random states of Python
  and NumPy are put back;
- the learner's own interrupt (the stop button, Ctrl-C) ends the function and is raised as `Stopped`,
  which knows the line, when everything is in order again.

It does not limit memory, does not undo changes to files or to global objects, and cannot stop
native code.
"""

import builtins
import contextlib
import copy
import ctypes
import inspect
import linecache
import random
import signal
import sys
import threading
import time

import numpy as np

SECONDS = 10.0  # of the learner's own computing, for one check
PATIENCE = 1.0  # seconds to wait for a thread that was told to stop
MOST_OUTPUT = 1000  # characters of what a function prints
POLL = 0.02
_RAISE_IN = ctypes.pythonapi.PyThreadState_SetAsyncExc


class Wrong(Exception):
    """A property that the learner's function lacks; its text names the likely mistake.

    more: what is said when the learner asks again. kind: of the error that the function raised, if it did.
    """

    def __init__(self, hint, *more, kind=""):
        super().__init__(hint)
        self.more, self.kind = more, kind


class Stopped(KeyboardInterrupt):
    """The learner stopped the check. hint: where; printed: what the function wrote until then."""

    def __init__(self, hint, printed):
        super().__init__(hint)
        self.hint, self.printed = hint, printed


class Attempt:
    """The learner's function, called with care. What it remembers tells open work from mistakes."""

    def __init__(self, function):
        self.function = function
        self.empty = False  # the last call returned None or ..., or raised
        self.more = ()  # what is said of the mistake when the learner asks again
        self.stopped = False  # time is up, and the thread is being ended
        self.ended = False  # and it has ended
        self._spent = 0.0
        self._began = None

    def __call__(self, *arguments):
        before = [copy.deepcopy(a) if isinstance(a, np.ndarray | list | dict) else None for a in arguments]
        self.empty = True
        self._began = time.monotonic()
        try:
            result = self.function(*arguments)
        except BaseException as error:
            if self.stopped:
                raise
            if isinstance(error, Wrong):
                raise
            raise Wrong(_describe(error, self.function), kind=type(error).__name__) from None
        finally:
            self._spent, self._began = self.spent(), None
        self._refuse_nothing(result)
        self.empty = False
        for argument, old, name in zip(arguments, before, _parameters(self.function), strict=False):
            if old is not None and not _equal(argument, old):
                raise Wrong(
                    f"your function changes its argument `{name}` in place, so the caller's array changes "
                    "too: compute a new one and return that"
                )
        return result

    def spent(self):
        """Seconds that the learner's function has run so far, over all calls."""
        began = self._began
        return self._spent + (time.monotonic() - began if began is not None else 0.0)

    @staticmethod
    def _refuse_nothing(result):
        if result is None:
            raise Wrong("your function returns nothing: end it with `return` and the result")
        if result is Ellipsis:
            raise Wrong("your function returns `...`: put the result in its place")
        if inspect.isgenerator(result):
            raise Wrong("your function returns a generator: use `return`, not `yield`, for results")
        if inspect.iscoroutine(result):
            result.close()
            raise Wrong("your function is `async`: write `def`, without `async`")
        if inspect.isclass(result) or (callable(result) and not hasattr(result, "shape")):
            raise Wrong("your function returns a function: did you forget to call it with (…)?")


def call(body, function, seconds=None):
    """Run `body(attempt)` beside the caller, and wait for it.

    Returns (hint, attempt, printed): hint is None when `body` finished, else the sentence that
    says what went wrong; attempt is the `Attempt`; printed is what the function wrote, shortened.

    Raises Stopped when the learner interrupts it.
    """
    seconds = SECONDS if seconds is None else seconds
    attempt = Attempt(function)
    outcome = {"hint": "the check was stopped"}

    def work():
        try:
            body(attempt)
            outcome["hint"] = None
        except Wrong as wrong:
            outcome["hint"], attempt.more = str(wrong), wrong.more
        except Exception as error:  # the result was of a kind that the check did not foresee
            outcome["hint"] = f"the check cannot use what your function returns ({text(error)})"
        except SystemExit:  # from _stop, whose caller knows what to say
            attempt.ended = True

    thread = threading.Thread(target=work, daemon=True, name="exercise")
    with held_interrupts() as interrupts, _Surroundings(thread) as surroundings:
        thread.start()
        try:
            while thread.is_alive() and not interrupts and attempt.spent() <= seconds:
                thread.join(POLL)
        finally:
            where = _running_line(thread, function)
            late, stopped = thread.is_alive(), bool(interrupts)
            surroundings.abandoned = late and not _stop(thread, attempt)
    if not late:
        return outcome["hint"], attempt, surroundings.printed()
    hint = f"your function was still running after {seconds:g} s{where}"
    if stopped:
        hint = f"you stopped it while it was running{where}"
    if surroundings.abandoned:
        hint += (
            ", and it cannot be stopped: restart the kernel, unless it ends by itself soon, as a sleep does"
        )
    elif not stopped:
        hint += ": a loop that never ends?"
    if stopped:
        raise Stopped(hint, surroundings.printed())
    return hint, attempt, surroundings.printed()


@contextlib.contextmanager
def held_interrupts():
    """While open, the stop button and Ctrl-C raise nothing: they add an entry to the list this gives.

    Python would raise KeyboardInterrupt wherever its main thread happens to be, for instance between the
    answer of a check and the assignment of its result. Elsewhere than in the main thread none arrives.
    """
    came = []
    main = threading.current_thread() is threading.main_thread()
    old = signal.getsignal(signal.SIGINT)
    if not main or not callable(old):  # a shell's background jobs ignore interrupts
        yield came
        return
    signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, old)


def _stop(thread, attempt):
    """Raise _End in the thread until it ends, for PATIENCE seconds; whether it did."""
    attempt.stopped = True
    deadline = time.monotonic() + PATIENCE
    while thread.is_alive() and time.monotonic() < deadline:
        if not attempt.ended:
            _RAISE_IN(ctypes.c_ulong(thread.ident), ctypes.py_object(_End))
        thread.join(0.002)
    return not thread.is_alive()


class _End(SystemExit):
    """Ends a thread, silently, though its code catches everything and goes on.

    Python makes the exception in the thread that it ends, when somebody catches it at the latest. From then
    on every further line of that thread raises the next one, so that the handler does not survive either.
    """

    def __init__(self):
        super().__init__()
        sys.settrace(_raise_again)
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != __file__:
            frame.f_trace = _raise_again
            frame = frame.f_back


def _raise_again(frame, event, argument):
    """Python calls it at every line of a thread that has to end, but for those of this file."""
    if frame.f_code.co_filename in (__file__, threading.__file__):
        return None
    here = ctypes.c_ulong(threading.get_ident())
    [_] = map(_RAISE_IN, [here], [ctypes.py_object(_End)])  # a call would raise it in here, not there
    return _raise_again


class _Surroundings:
    """Output, input and random states while the thread runs; the other threads notice nothing."""

    def __init__(self, thread):
        self.abandoned = False
        self._thread = thread
        self._kept, self._dropped = [], 0

    def __enter__(self):
        self._old = sys.stdout, sys.stderr, builtins.input
        self._random = random.getstate(), np.random.get_state()
        sys.stdout, sys.stderr = (_Stream(self, stream) for stream in self._old[:2])
        builtins.input = self._input
        return self

    def __exit__(self, *error):
        if not self.abandoned:  # an abandoned thread must go on writing to nowhere
            sys.stdout, sys.stderr, builtins.input = self._old
        random.setstate(self._random[0])
        np.random.set_state(self._random[1])

    def inside(self):
        return threading.current_thread() is self._thread

    def keep(self, text):
        room = max(0, MOST_OUTPUT - sum(map(len, self._kept)))
        if room and text:
            self._kept.append(text[:room])
        self._dropped += len(text) - len(text[:room])

    def printed(self):
        text = "".join(self._kept)
        if self._dropped:
            text = f"{text.rstrip()} … ({self._dropped:,} more characters not shown)"
        return text.rstrip()

    def _input(self, *arguments):
        if self.inside():
            raise RuntimeError("input() would wait for ever here: use the arguments instead")
        return self._old[2](*arguments)


class _Stream:
    """Writes of one thread kept apart; everything else goes to the stream it stands for."""

    def __init__(self, surroundings, stream):
        self._surroundings, self._stream = surroundings, stream

    def write(self, text):
        if self._surroundings.inside():
            self._surroundings.keep(str(text))
            return len(text)
        return self._stream.write(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        return getattr(self._stream, name)


# --------------------------------------------------------------------------------- what to say


def _describe(error, function):
    where = _line_text(function, _error_line(error, function))
    if isinstance(error, SystemExit):
        return f"your function ends Python with exit(){where}: leave it with `return`"
    if isinstance(error, RecursionError):
        return f"your function calls itself without end{where}"
    if isinstance(error, MemoryError):
        return f"your function asks for more memory than there is{where}"
    if isinstance(error, GeneratorExit | KeyboardInterrupt):
        return f"your function raises {type(error).__name__}{where}"
    return f"your function raises {text(error)}{where}"


def text(error):
    """The type and the first line of an error's message, whatever that message is."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    message = lines[0][:200] if lines else ""
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _error_line(error, function):
    """The last line of the learner's own code that the error passed through, or None."""
    file, line = _file(function), None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _running_line(thread, function):
    """Where the thread is just now in the learner's own code."""
    file = _file(function)
    frame = sys._current_frames().get(thread.ident)
    while frame is not None and frame.f_code.co_filename != file:
        frame = frame.f_back
    return _line_text(function, frame.f_lineno if frame is not None else None)


def _line_text(function, line):
    if line is None:
        return ""
    source = linecache.getline(_file(function), line).strip()
    return f" (line {line}: `{source[:80]}`)" if source else f" (line {line})"


def _file(function):
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_filename if code is not None else None


def _equal(one, other):
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other


def _parameters(function):
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
