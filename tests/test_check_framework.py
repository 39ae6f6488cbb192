"""The guard and the one line that answers: code that raises, hangs, floods or returns nonsense.

The learners' functions below stand in a small exercise of their own, "double a list of numbers".
"""

import _thread
import asyncio
import builtins
import contextlib
import itertools
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from keras import ops

from course_lib import console, losses
from course_lib.check import framework, guard
from course_lib.check.framework import Exercise, array, refuse_numpy, tensors
from course_lib.check.guard import Wrong

pytestmark = pytest.mark.tensorflow


def answer(numbers):
    return numbers * 2


def properties(attempt):
    """Twice every number."""
    numbers = np.arange(4.0)
    result = array(attempt(numbers))
    if np.isnan(result).any():
        raise Wrong("there are NaN in the result")
    for value, hint in ((numbers**2, "you squared"), (result, "the numbers are not doubled")):
        if not np.array_equal(result, numbers * 2) and np.array_equal(result, value):
            raise Wrong(hint)


double = Exercise(answer, properties)


@pytest.fixture(scope="module", autouse=True)
def backend():
    """Let the backend start, with its notices, before any output is looked at."""
    ops.zeros(())


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 0.3)
    monkeypatch.setattr(guard, "PATIENCE", 0.5)
    monkeypatch.delenv("COURSE_STRICT", raising=False)


# ---------------------------------------------------------------- what a learner may hand in


def raises_error(numbers):
    return numbers.no_such_method()


def raises_long_error(numbers):
    raise ValueError("x" * 10_000_000)


class Unprintable(Exception):
    def __str__(self):
        raise ZeroDivisionError


def raises_unprintable(numbers):
    raise Unprintable


def raises_system_exit(numbers):
    raise SystemExit(3)


def calls_sys_exit(numbers):
    sys.exit()


def calls_exit(numbers):
    exit()


def raises_interrupt(numbers):
    raise KeyboardInterrupt


def raises_generator_exit(numbers):
    raise GeneratorExit


def raises_base_exception(numbers):
    raise BaseException("odd")


def recurses(numbers):
    return recurses(numbers)


def out_of_memory(numbers):
    raise MemoryError


def asserts(numbers):
    assert numbers.sum() == 1


def loops(numbers):
    while True:
        pass


def loops_swallowing(numbers):
    while True:
        try:
            _ = 1 / 0
        except Exception:
            continue


def loops_swallowing_everything(numbers):
    while True:
        try:
            _ = 1 / 0
        except:  # noqa: E722
            continue


def loops_catching_its_own_sleep(numbers):
    while True:
        try:
            time.sleep(0.05)
        except BaseException:
            continue


def loops_finally(numbers):
    while True:
        try:
            time.sleep(0.01)
        finally:
            continue  # noqa: B012 - swallows what is raised, like a bare except


def loops_over_a_backend(numbers):
    total = ops.zeros(())
    while True:
        total = total + ops.sum(ops.convert_to_tensor(numbers, "float32"))


def loops_in_an_iterator(numbers):
    for _ in itertools.count():
        pass


def sleeps(numbers):
    time.sleep(60)
    return numbers * 2


def floods(numbers):
    for _ in range(200):
        print("x" * 100_000)
        sys.stderr.write("y" * 100_000)


def floods_for_ever(numbers):
    while True:
        print("again and again")


def waits_for_input(numbers):
    return float(input("How many? "))


def returns_nan(numbers):
    return numbers * np.nan


def returns_shape(numbers):
    return np.zeros((2, 3))


def returns_none(numbers):
    numbers = numbers * 2


def returns_text(numbers):
    return "2 4 6"


def returns_dict(numbers):
    return {"result": numbers * 2}


def returns_ragged(numbers):
    return [[1], [2, 3]]


def returns_objects(numbers):
    return [object(), object()]


def returns_function(numbers):
    return np.double


def returns_method(numbers):
    return numbers.sum


def returns_generator(numbers):
    return (2 * number for number in numbers)


class Hostile:
    shape = (4,)

    def __array__(self, *arguments, **options):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


def returns_hostile(numbers):
    return Hostile()


def changes_argument(numbers):
    numbers *= 2
    return numbers


def squares(numbers):
    return numbers**2


def yields(numbers):
    yield numbers * 2


async def is_async(numbers):
    return numbers * 2


async def _coroutine(numbers):
    return numbers * 2


def returns_coroutine(numbers):
    return _coroutine(numbers)


def no_arguments():
    return 2


def two_arguments(numbers, factor):
    return numbers * factor


class AClass:
    pass


WRONG = [
    (raises_error, "AttributeError: 'numpy.ndarray' object has no attribute 'no_such_method'"),
    (raises_error, "`return numbers.no_such_method()`"),
    (raises_long_error, "raises ValueError: xxx"),
    (raises_unprintable, "raises Unprintable"),
    (raises_system_exit, "ends Python with exit()"),
    (calls_sys_exit, "calls exit(), which ends Python"),
    (calls_exit, "calls exit(), which ends Python"),
    (raises_interrupt, "raises KeyboardInterrupt"),
    (raises_generator_exit, "raises GeneratorExit"),
    (raises_base_exception, "raises BaseException: odd"),
    (recurses, "calls itself without end"),
    (out_of_memory, "more memory than there is"),
    (asserts, "raises AssertionError"),
    (loops, "still running after 0.3 s"),
    (loops_swallowing, "still running after 0.3 s"),
    (loops_swallowing_everything, "still running after 0.3 s"),
    (loops_catching_its_own_sleep, "a loop that never ends?"),
    (loops_finally, "a loop that never ends?"),
    (loops_over_a_backend, "a loop that never ends?"),
    (loops_in_an_iterator, "a loop that never ends?"),
    (floods_for_ever, "a loop that never ends?"),
    (sleeps, "cannot be stopped: restart the kernel"),
    (floods, "returns nothing"),
    (waits_for_input, "input() would wait for ever"),
    (returns_nan, "NaN"),
    (returns_shape, "the numbers are not doubled"),
    (returns_none, "returns nothing: end it with `return`"),
    (returns_text, "returns a str, not an array"),
    (returns_dict, "returns a dict, not an array"),
    (returns_ragged, "returns a list, not an array"),
    (returns_objects, "not an array of numbers"),
    (returns_function, "returns a function"),
    (returns_method, "returns a function"),
    (returns_generator, "returns a generator"),
    (returns_hostile, "returns a Hostile, not an array"),
    (returns_coroutine, "is `async`"),
    (changes_argument, "changes its argument `numbers` in place"),
    (squares, "you squared"),
    (yields, "uses `yield`"),
    (is_async, "is `async`"),
    (no_arguments, "takes the arguments (none), but needs (numbers)"),
    (two_arguments, "takes the arguments (numbers, factor), but needs (numbers)"),
    (AClass, "is a class here"),
    (3.5, "takes the function itself, without (…): this has the type float"),
    (np.zeros(3), "takes the function itself"),
    ("text", "takes the function itself"),
]


def sentence(out):
    """The first thing that was printed, without the line breaks that fit it to a page."""
    return re.sub(r"\n  (?![| ]|your function printed)", " ", out).splitlines()[0]


@pytest.mark.parametrize(("function", "part"), WRONG, ids=[part[:40] for _, part in WRONG])
def test_slip_gets_its_sentence(function, part, capfd):
    returned = double(function)
    out, err = capfd.readouterr()
    first = sentence(out)
    assert first.startswith("✗ properties: ")
    assert part in first
    assert len(first) < 500
    assert len(out) < 2_500 and not err
    assert returned is answer


def test_right_answers_pass(capsys):
    numbers_twice = lambda numbers: numbers + numbers  # noqa: E731
    assert double(numbers_twice) is numbers_twice
    assert double(np.vectorize(lambda number: 2 * number, otypes=[float])) is not answer
    assert capsys.readouterr().out == "✓ properties\n" * 2


def open_docstring(numbers):
    """Twice every number."""
    ...


def open_pass(numbers):
    pass


def open_raise(numbers):
    """Twice every number."""
    raise NotImplementedError


def open_raise_text(numbers):
    raise NotImplementedError("your turn")


def open_return(numbers):
    return ...


def open_result(numbers):
    result = ...
    return result


def open_last_line(numbers):
    largest = numbers.max()
    result = ...
    return result + largest


def open_loop(numbers):
    result = ...
    while True:
        pass
    return result


def open_end(numbers):
    largest = numbers.max()  # noqa: F841
    ...


@pytest.mark.parametrize(
    "function",
    [
        None,
        ...,
        open_docstring,
        open_pass,
        open_raise,
        open_raise_text,
        open_return,
        open_result,
        open_last_line,
        open_end,
    ],
    ids=lambda function: getattr(function, "__name__", repr(function)),
)
def test_open_work_is_not_a_mistake(function, capsys):
    assert double(function) is answer
    assert capsys.readouterr().out.startswith("○ properties: not ")


def test_dots_left_above_an_answer_do_not_matter(capsys):
    def twice(numbers):
        ...
        return numbers * 2

    assert double(twice) is twice

    def wrong(numbers):
        ...
        return numbers**2

    double(wrong)
    assert "you squared" in capsys.readouterr().out


def test_the_courses_answer_is_not_the_learners(capsys):
    assert double(answer) is answer
    assert capsys.readouterr().out.startswith("○ properties: this is the course's answer")


def test_strict_mode_raises(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STRICT", "1")
    for function in (squares, open_pass, loops, answer, None):
        with pytest.raises(framework.ExerciseFailed, match="properties"):
            double(function)
    assert double(lambda numbers: 2 * numbers) is not answer
    assert capsys.readouterr().out == "✓ properties\n"


def test_what_a_function_prints_is_shown_after_the_result(capsys):
    def chatty(numbers):
        print("largest", numbers.max())
        return numbers

    double(chatty)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✗ properties")
    assert lines[-1] == "  | largest 3.0"


def test_flood_is_cut(capsys):
    double(floods)
    out = capsys.readouterr().out
    assert "more characters not shown" in out
    assert len(out) < guard.MOST_OUTPUT + 500


def test_other_threads_keep_their_output(capsys):
    def meanwhile():
        time.sleep(0.1)
        print("from elsewhere")

    thread = threading.Thread(target=meanwhile)
    thread.start()
    double(loops)
    thread.join()
    assert "from elsewhere\n" in capsys.readouterr().out


def test_streams_input_and_random_states_are_put_back():
    def meddles(numbers):
        np.random.seed(0)
        random.seed(0)
        np.random.random()
        np.seterr(all="raise")
        return numbers * 2

    before = sys.stdout, sys.stderr, builtins.input
    np.random.seed(5)
    random.seed(5)
    errors = np.geterr()
    expected = np.random.RandomState(5).random(3), random.Random(5).random()
    assert double(meddles) is meddles
    assert (sys.stdout, sys.stderr, builtins.input) == before
    assert np.geterr() == errors
    np.testing.assert_array_equal(np.random.random(3), expected[0])
    assert random.random() == expected[1]


def test_thread_left_behind_writes_nothing_more(capsys):
    released = threading.Event()

    def waits_and_prints(numbers):
        try:
            released.wait()  # native code, which no exception reaches
        finally:
            print("late words")

    double(waits_and_prints)
    assert "cannot be stopped" in capsys.readouterr().out
    left = [thread for thread in threading.enumerate() if thread.name == "exercise"]
    released.set()
    left[-1].join(10)
    assert not left[-1].is_alive()
    assert capsys.readouterr().out == ""


def test_stopped_threads_do_end():
    before = threading.active_count()
    double(loops)
    double(loops_swallowing)
    double(floods_for_ever)
    assert threading.active_count() <= before


def test_the_learners_own_interrupt_works():
    # A shell's background jobs ignore the signal, and hand that down.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.1, _thread.interrupt_main)
    guard_before = sys.stdout
    timer.start()
    guard_limit = 30
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            guard.call(properties, loops, seconds=guard_limit)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert time.monotonic() - began < guard_limit
    assert sys.stdout is guard_before


@contextlib.contextmanager
def interrupts(*seconds):
    """Press the stop button after so many seconds each."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    timers = [threading.Timer(each, _thread.interrupt_main) for each in seconds]
    try:
        for timer in timers:
            timer.start()
        yield
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        for timer in timers:
            timer.cancel()
        signal.signal(signal.SIGINT, handler)


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (loops, "`(while True:|pass)`"),
        (loops_swallowing_everything, "`"),
        (loops_catching_its_own_sleep, r"`time.sleep\(0.05\)`"),
        (
            sleeps,
            r"`time.sleep\(60\)`\), and it cannot be stopped: restart the kernel, unless it ends by itself",
        ),
        (open_loop, "`(while True:|pass)`"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_stopped_check_gives_the_courses_answer(function, line, capsys, monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 30)
    streams, threads = sys.stdout, set(threading.enumerate())
    with interrupts(0.1, 0.15, 0.2):  # an impatient learner
        assert double(function) is answer
    assert re.match(
        rf"✗ properties: you stopped it while it was running \(line \d+: {line}.*\n$",
        capsys.readouterr().out.replace("\n  ", " "),  # sentences are wrapped
    )
    if function is not sleeps:
        left = set(threading.enumerate()) - threads
        assert sys.stdout is streams and "exercise" not in {thread.name for thread in left}


def test_what_a_stopped_function_printed_is_shown(capsys, monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 30)

    def chatty(numbers):
        print("round 1")
        time.sleep(0.3)
        while True:
            pass

    with interrupts(0.1):
        double(chatty)
    assert capsys.readouterr().out.endswith("printed:\n  | round 1\n")


def test_strict_mode_raises_for_a_stopped_check(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 30)
    monkeypatch.setenv("COURSE_STRICT", "1")
    with interrupts(0.1), pytest.raises(framework.ExerciseFailed, match="you stopped it"):
        double(loops)


def test_a_stop_between_the_check_and_its_answer_loses_neither(monkeypatch, capsys):
    seen = []

    class Slow(Exercise):
        def _graded(self, function, seed):
            graded = super()._graded(function, seed)
            time.sleep(0.3)
            seen.append(graded)
            return graded

    twice = lambda numbers: 2 * numbers  # noqa: E731
    with interrupts(0.1):
        assert Slow(answer, properties)(twice) is twice
    assert seen == [("✓", "", "", ())]
    assert capsys.readouterr().out == "✓ properties\n"


def test_interrupts_that_a_shell_ignores_stay_ignored():
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with guard.held_interrupts() as came:
            _thread.interrupt_main()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert came == []
    finally:
        signal.signal(signal.SIGINT, handler)


def test_checks_work_in_another_thread_than_the_main_one():
    """As widgets' callbacks run: signals are the main thread's."""
    given = []
    thread = threading.Thread(target=lambda: given.append(double(loops)))
    thread.start()
    thread.join(10)
    assert given == [answer]


def test_time_for_many_calls_adds_up():
    def slow(numbers):
        time.sleep(0.1)
        return numbers * 2

    def many(attempt):
        for _ in range(1000):
            attempt(np.zeros(2))

    hint, _, _ = guard.call(many, slow)
    assert "still running after 0.3 s" in hint


def test_works_inside_a_running_event_loop():
    async def cell():
        return double(lambda numbers: 2 * numbers)

    assert asyncio.run(cell()) is not answer


def test_line_number_is_the_learners(capsys):
    scope = {"np": np}
    source = "def double(numbers):\n    first = numbers[0]\n    return np.reshape(first, (2, 2))\n"
    exec(compile(source, "cell-7", "exec"), scope)
    double(scope["double"])
    assert "(line 3)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "✗ generator_loss: "
        + "a loss is made small, and this grows where the fakes are taken for real; " * 4,
        "✗ x: " + "y" * 90 + " `keras.ops.mean(losses, axis = -1)` is what the sum over pixels wants",
        "✗ x: " + "y" * 87 + " raises ValueError (line 12: `return a + b`)",
        "✗ x: one `" + "word in code " * 12 + "` stays whole",
        "✗ x: a lone ` and then " + "words " * 30,
        "✗ x: it raises ValueError: first\n    second   line, drawn\n\n    with care",
        "○ x: schließlich − 漢字 " + "é " * 80,
        "✓ x",
        "",
    ],
)
def test_a_hint_fits_a_page_and_is_broken_between_words(text):
    wrapped = console.wrapped(text)
    codes = re.findall(r"`[^`\n]*`", text)
    assert all(code in wrapped for code in codes)
    for line in wrapped.split("\n"):
        assert len(line) <= 100 or any(code in line and len(code) > 60 for code in codes)
    assert wrapped.split() == text.split()


def test_what_a_check_prints_is_wrapped_with_a_hanging_indent(capsys):
    def fails(numbers):
        raise ValueError("many words " * 20)

    double(fails)
    first, *rest = capsys.readouterr().out.splitlines()
    assert len(first) <= 100 and rest
    assert all(line.startswith("  ") and len(line) <= 100 for line in rest)


def test_results_are_read_from_any_kind_of_number():
    assert array(3) == array(np.float32(3)) == array(ops.convert_to_tensor(3.0)) == 3.0
    np.testing.assert_array_equal(array([1, 2]), np.array([1, 2]))
    np.testing.assert_array_equal(array(ops.ones((2,))), np.ones(2))


def test_arguments_are_tensors_as_in_training():
    values, labels = tensors(np.ones(2), np.ones(2, "int32"))
    assert ops.is_tensor(values) and ops.is_tensor(labels)
    assert [array(values).dtype, array(labels).dtype] == ["float32", "int32"]


@pytest.mark.parametrize("result", [1.0, 1, np.float32(1), np.ones(2)], ids=repr)
def test_what_numpy_computed_is_refused(result):
    refuse_numpy(ops.convert_to_tensor(result))
    with pytest.raises(Wrong, match="computed by NumPy"):
        refuse_numpy(result)


def test_an_answer_can_be_the_librarys():
    assert Exercise("losses.gaussian_kl", properties).answer is losses.gaussian_kl


def test_import_loads_no_backend_and_nothing_slow_before_it_is_used():
    code = (
        "import sys, course_lib.check, course_lib.metrics, course_lib.plots, course_lib.runtime\n"
        "print(sorted({'tensorflow', 'keras', 'jax', 'torch', 'scipy.stats', 'scipy.optimize',"
        " 'matplotlib.pyplot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
