"""Exercises of chapter 02_vae that are no formulas: what is said to each confusion and measurement."""

import pytest

from course_lib import check
from course_lib.check import latent

pytestmark = pytest.mark.tensorflow

SETS = latent.lost_detail.answer()
HEALTHY = {"active": 20, "KL": 20, "distance": 12}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    monkeypatch.delenv("COURSE_STRICT", raising=False)


@pytest.mark.parametrize("letter", SETS)
def test_every_curve_that_is_taken_for_another_gets_a_sentence(letter):
    for name in SETS.values():
        mark, text, _ = check.lost_detail.grade(lambda name=name: SETS | {letter: name})
        assert mark == ("✓" if name == SETS[letter] else "✗")
        assert mark == "✓" or text.startswith(f"{letter}: ")


@pytest.mark.parametrize(
    ("name", "found", "part"),
    [
        ("within_budget", {"distance": float("inf")}, "went astray"),
        ("within_budget", {"active": 0}, "says next to nothing"),
        ("within_budget", {"KL": 90, "distance": 50}, "spends more nats"),
        ("within_budget", {"distance": 50}, "one at a time"),
        ("mended", {"active": 1, "distance": 50}, "hardly a latent speaks"),
        ("mended", {"active": 9}, "go on with sigma"),
        ("mended", {"distance": 50}, "sigma is too small"),
    ],
)
def test_what_a_try_lacks_is_named_with_what_was_measured(monkeypatch, name, found, part):
    exercise = check.EXERCISES[name]
    monkeypatch.setattr(exercise, "_known", {})
    monkeypatch.setattr(exercise, "measure", lambda setting: HEALTHY | found)
    mark, text, _ = exercise.grade(lambda: exercise.answer())
    assert mark == "✗" and part in text and "distance" in text
    monkeypatch.setattr(exercise, "_known", {})
    monkeypatch.setattr(exercise, "measure", lambda setting: HEALTHY)
    assert exercise.grade(lambda: exercise.answer())[0] == "✓"
