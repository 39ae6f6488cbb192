"""Exercises that are graded by what they do on drawn inputs: what is recognised, and what is said."""

import inspect

import numpy as np
import pytest
from keras import ops

import mutants
from course_lib import check
from course_lib.check import drawn, framework, hints
from course_lib.check.drawn import Drawn, difference, hinted

pytestmark = pytest.mark.tensorflow


def doubled(numbers):
    return numbers * 2


def inputs(rng):
    """Twice every number."""
    yield (rng.normal(size=5),)
    yield hinted("nothing must stay nothing", np.zeros(3))


SETTINGS = {
    "mistakes": [(lambda numbers: numbers**2, "you squared"), (lambda numbers: numbers.sum(), "you added")],
    "idea": "twice is the number and itself",
}
double = Drawn(doubled, inputs, **SETTINGS)
trained = Drawn(doubled, inputs, tensors=True, slopes=("numbers",), compiled=True, **SETTINGS)


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    monkeypatch.setattr(hints, "_LAST", {})
    monkeypatch.delenv("COURSE_STRICT", raising=False)


def said(exercise, function, capsys, **settings):
    """What is printed about an answer, on one line."""
    exercise(function, **settings)
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("seed", range(20))
def test_a_mistake_is_recognised_by_what_it_does(seed):
    assert double.grade(lambda n: np.square(n), seed)[1] == "you squared"
    assert double.grade(lambda n: sum(n), seed)[1] == "you added"
    assert double.grade(lambda n: n + n, seed)[0] == "✓"


@pytest.mark.parametrize(
    "function", [doubled, lambda n: n + n, np.square, lambda n: n / 0 + "", lambda: 1, lambda n: ...]
)
def test_whether_it_is_accepted_can_be_asked_alone(function):
    assert double.accepts(function) == (double.grade(function)[0] == "✓")


def test_what_nobody_foresaw_is_told_with_its_input():
    text = double.grade(lambda n: 16 * n)[1]
    assert text.startswith("yours is 8.00 times as large everywhere, for numbers = [")


def test_a_trial_may_have_a_sentence_of_its_own():
    assert double.grade(lambda n: n * 2 if n.any() else n + 1)[1] == "nothing must stay nothing"


def test_the_same_answer_is_told_more_each_time(capsys):
    def squared(numbers):
        return numbers * numbers

    lines = [said(double, squared, capsys, seed=3) for _ in range(4)]
    assert "you squared" in lines[0]
    assert "yours" in lines[1] and "should" in lines[1]
    assert "twice is the number and itself" in lines[2] and lines[3] == lines[2]
    assert all(line.endswith("(seed=3)") for line in lines)

    def added(numbers):
        return numbers.sum()

    assert "you added" in said(double, added, capsys)


def test_a_hint_can_be_asked_for_by_number_and_by_name(capsys):
    check.hint("1.1.3")
    assert "generator_loss, hint 1 of 1: try it first" in capsys.readouterr().out
    check.generator_loss(lambda fake: ops.mean(ops.softplus(fake)))
    capsys.readouterr()
    check.hint("generator_loss")
    assert "generator_loss, hint 2 of 3" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no exercise '9.9.9'"):
        check.hint("9.9.9")


def test_a_seed_repeats_the_inputs_and_strict_runs_fix_it(monkeypatch):
    seen = []

    def recorded(numbers):
        seen.append(numbers.copy())
        return numbers * 2

    for settings in ({"seed": 5}, {"seed": 5}, {"seed": 6}):
        double(recorded, **settings)
    first, second, third = seen[0], seen[2], seen[4]
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)
    monkeypatch.setenv("COURSE_STRICT", "1")
    seen.clear()
    double(recorded)
    double(recorded)
    np.testing.assert_array_equal(seen[0], seen[2])


@pytest.mark.parametrize(
    ("function", "part"),
    [
        (lambda n: ops.convert_to_tensor(ops.convert_to_numpy(n) * 2), "no gradient comes back"),
        (lambda n: 2 * ops.stop_gradient(n), "no gradient comes back"),
        (lambda n: n + ops.stop_gradient(n), "not its slope by `numbers`: yours is 0.50 times as large"),
        (lambda n: 2 * np.asarray(n), "computed by NumPy"),
        (lambda n: n * 2 * (len(n) / n.shape[0]), "not inside the compiled training step"),
    ],
    ids=["there and back", "stopped", "half", "numpy", "len"],
)
def test_what_training_needs_is_looked_at(function, part):
    mark, text, _ = trained.grade(function)
    assert mark == "✗" and part in text


def test_what_training_needs_is_not_asked_elsewhere():
    assert double.grade(lambda n: 2 * np.asarray(n))[0] == "✓"


def test_arguments_that_are_changed_are_named():
    def in_place(numbers):
        numbers *= 2
        return numbers

    assert "changes its argument `numbers` in place" in double.grade(in_place)[1]
    listed = Drawn(lambda items: len(items), lambda rng: iter([([1, 2],)]), idea="count", mistakes=[])
    assert "changes its argument `items`" in listed.grade(lambda items: [len(items), items.clear()][0])[1]


@pytest.mark.parametrize(
    ("gives", "function", "kind"),
    [
        ("array", lambda n: list(n * 2), np.ndarray),
        ("array", lambda n: ops.convert_to_tensor(n * 2), np.ndarray),
        ("list", lambda n: tuple(n * 2), list),
    ],
)
def test_the_next_cells_get_what_they_need(gives, function, kind, capsys):
    exercise = Drawn(doubled, inputs, gives=gives, **SETTINGS)
    right = exercise(function)
    assert "the cells below get your" in " ".join(capsys.readouterr().out.split())
    assert isinstance(right(np.ones(2)), kind)


def test_a_whole_number_is_made_one(capsys):
    count = Drawn(lambda n: int(n.size), lambda rng: iter([(np.ones(3),)]), gives="int", idea="count")
    right = count(lambda n: float(n.size))
    assert type(right(np.ones(4))) is int


@pytest.mark.parametrize(
    ("got", "wanted", "text"),
    [
        (8.0, 1.0, "yours is 8.00 times as large: yours gives 8, and should give 1"),
        (-2.5, 2.5, "yours has the opposite sign: yours gives -2.5, and should give 2.5"),
        (1.3, 1.1, "yours gives 1.3, and should give 1.1"),
        ([3.0, 4.0], [1.0, 2.0], "yours is larger by 2 everywhere"),
        ([1.0, 2.0, 9.0], [1.0, 2.0, 3.0], "1 of 3 values differ: at [2] yours is 9, and should be 3"),
        ([1.0, np.nan], [1.0, 2.0], "1 of 2 values are nan"),
        ([[1.0]], [1.0], "the result has the shape (1, 1), not (1,)"),
        ([1.0, 2.0], 1.0, "the result has the shape (2,), not one number"),
    ],
)
def test_a_difference_is_told_in_words(got, wanted, text):
    assert difference(np.asarray(got), np.asarray(wanted)) == text


def test_several_things_are_returned_under_their_names():
    pair = Drawn(
        lambda n: (n, -n), lambda rng: iter([(rng.normal(size=3),)]), returns=("first", "second"), idea="both"
    )
    assert "return first, second" in pair.grade(lambda n: n[0])[1]
    assert "not 3" in pair.grade(lambda n: (n, n, n))[1]
    assert pair.grade(lambda n: [n, -n])[0] == "✓"


def test_two_exercises_cannot_share_a_name(monkeypatch):
    monkeypatch.setattr(drawn, "EXERCISES", {"inputs": double})
    with pytest.raises(ValueError, match="two exercises inputs"):
        drawn.drawn(answer=doubled)(inputs)


def test_progress_is_printed_and_stays_here(monkeypatch, capsys):
    monkeypatch.setattr(framework, "SOLVED", set())
    monkeypatch.setattr(check, "SOLVED", framework.SOLVED)
    check.overlap(lambda n, k, s: check.EXERCISES["overlap"].answer(n, k, s))
    capsys.readouterr()
    check.progress()
    assert capsys.readouterr().out.startswith("1 of ")


def test_a_mutant_differs_and_equivalence_is_computed():
    exercise = Drawn(plus_one, lambda rng: iter([(rng.normal(size=4),)]), idea="one more")
    exercise.name = "plus_one"
    found = mutants.judged(exercise)
    assert found["mutants"] >= mutants.LEAST
    assert not found["survived"]
    assert exercise.agrees(lambda numbers: 1 + numbers, 50)
    assert not exercise.agrees(lambda numbers: 1 - numbers, 50)
    texts = [text for text, _ in mutants.mutants(exercise)]
    assert len(set(texts)) == len(texts)
    assert inspect.getsource(plus_one) not in texts


def plus_one(numbers):
    return numbers + 1.0


def test_every_operator_changes_something():
    sources = {
        "def f(a, b):\n    return -np.mean(np.square(a - b), axis=0, keepdims=True)[1:]",
        "def f(a, b):\n    for x in a:\n        b += x\n    return b if a > b and not b else (a, b)",
        "def f(a, b):\n    return np.clip(a.astype('float32'), 0, 255)[:-1] / 2.5",
    }
    used = set()
    for source in sources:
        tree = mutants.ast.parse(source).body[0]
        for one in mutants.changes(tree):
            used.add(one[1])
            assert mutants.ast.unparse(mutants.changed(tree, one)) != mutants.ast.unparse(tree)
    assert used == set(range(len(mutants.OPERATORS)))


def test_ops_is_keras_when_it_is_used():
    assert drawn.ops.square is ops.square
