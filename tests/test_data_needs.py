"""The functions of lesson 06_challenges/2, and the file of what they measured."""

import importlib.util

import numpy as np
import pytest

import env
import lesson_source
from course_lib import results

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("data_needs", env.ROOT / "benchmarks/data_needs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lesson(benchmark):
    return lesson_source.namespace(benchmark.LESSON, benchmark.VALUES)


def test_every_experiment_is_stored_with_every_seed(benchmark):
    told = results.study("data_needs")
    assert told["made_by"] == "python benchmarks/data_needs.py"
    assert told["profile"] == "quick"
    assert {name: set(runs) for name, runs in told["experiments"].items()} == {
        name: {str(seed) for seed in benchmark.SEEDS} for name in benchmark.EXPERIMENTS
    }


def test_a_smaller_choice_is_part_of_a_larger_one_of_its_seed(lesson):
    few, few_names = lesson["some"](50, 3)
    more, more_names = lesson["some"](200, 3)
    assert np.array_equal(more[:50], few) and np.array_equal(more_names[:50], few_names)
    assert not np.array_equal(lesson["some"](50, 4)[0], few)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
def test_a_skewed_set_has_the_share_that_was_asked_for(lesson, share):
    _, names = lesson["skewed"](8, 1000, 1, share)
    numbers = np.bincount(names, minlength=10)
    assert numbers[8] == 1000 * share
    assert set(np.delete(numbers, 8)) == {round((1 - share) * 1000 / 9)}


def test_reweighted_pictures_show_all_kinds_equally_often(lesson):
    _, names = lesson["reweighted"](*lesson["skewed"](8, 1000, 1), 1)
    assert np.bincount(names) / len(names) == pytest.approx(np.full(10, 0.1), abs=0.01)


def test_halves_are_equal_and_keep_their_names(lesson):
    images, names = np.zeros((3, 28, 28, 1), "uint8"), np.array([4, 5, 6])
    drawn, theirs = np.ones((10, 28, 28, 1), "uint8"), np.arange(10)
    both, called = lesson["mixture"](images, names, drawn, theirs)
    assert both.shape == (20, 28, 28, 1)
    assert both.mean() == 0.5
    assert called.tolist() == [4, 5, 6] * 3 + [4] + list(range(10))


def test_drawn_pictures_come_on_top_of_as_many_real_ones(lesson):
    images, drawn = np.zeros((3, 28, 28, 1), "uint8"), np.ones((10, 28, 28, 1), "uint8")
    for share in lesson["SHARES"]:
        both, _ = lesson["mixture"](images, np.zeros(3), drawn, np.zeros(10), share)
        assert both.mean() == pytest.approx(share)
        assert (1 - both.mean()) * round(64 / (1 - share)) == pytest.approx(64)


def test_what_is_chosen_is_chosen_by_validation_pictures(lesson):
    runs = {0.2: {"validation": 0.7, "test": 0.9}, 0.5: {"validation": 0.8, "test": 0.1}}
    assert lesson["by_validation"](runs) == {"validation": 0.8, "test": 0.1, "chosen": 0.5}


@pytest.mark.parametrize("pairs", [False, True])
def test_wrong_labels_are_wrong_in_their_share_and_their_way(lesson, pairs):
    names = np.random.default_rng(0).integers(0, 10, 5000)
    spoiled = lesson["wrong_labels"](names, 0.3, pairs, seed=1)
    wrong = spoiled != names
    assert wrong.mean() == pytest.approx(0.3, abs=0.03)
    ways = {(a, b) for a, b in zip(names[wrong].tolist(), spoiled[wrong].tolist(), strict=True)}
    assert len(ways) == (10 if pairs else 90)
    if pairs:
        assert ways == set(lesson["CONFUSED"].items())


def test_memory_of_nothing_is_one_half(lesson):
    class Forgetful:
        """A generator that draws test pictures, and a discriminator that likes all pictures alike."""

        discriminator = type("D", (), {"predict": lambda self, x, **_: np.zeros((len(x), 1))})()

        def generate(self, number, seed=0):
            return np.random.default_rng(seed).uniform(-1, 1, (number, 28, 28, 1)).astype("float32")

    told = lesson["memory_of"](Forgetful(), lesson["some"](500, 1)[0])
    assert told["discriminator"] == 0.5
    assert told["nearest sample"] == pytest.approx(0.5, abs=0.08)
