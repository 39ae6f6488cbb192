"""How fast this machine is, and how long a lesson takes on it."""

import time

import pytest

from course_lib import pace, results, runtime

pytestmark = pytest.mark.backends


def test_a_machine_has_a_speed_and_is_measured_in_under_a_second():
    pace.measure()  # the first in a process also loads
    began = time.perf_counter()
    assert 0.01 < pace.measure() < 1e5
    # No verdict on the machine: the rounds end by the clock.
    assert time.perf_counter() - began < 20 * pace.SECONDS


def test_a_slower_clock_is_a_slower_machine(monkeypatch):
    """Were every second four long, the same work would give a quarter of the speed."""
    now = time.perf_counter
    fast = max(pace.measure() for _ in range(3))
    monkeypatch.setattr(pace.time, "perf_counter", lambda: 4 * now())
    monkeypatch.setattr(pace, "SECONDS", 4 * pace.SECONDS)
    slow = max(pace.measure() for _ in range(3))
    assert 0.1 < slow / fast < 0.6


@pytest.mark.parametrize(
    ("speed", "times", "about"),
    [(10.0, "1.0", "2.0 minutes"), (2.5, "4.0", "8.0 minutes"), (20.0, "0.5", "60 sec")],
)
def test_the_minutes_follow_from_both_speeds(monkeypatch, speed, times, about):
    monkeypatch.setattr(
        results, "execution", lambda lesson, profile: {"seconds": 120.0, "machine": {"speed": 10.0}}
    )
    sentence = pace.forecast("some_lesson", speed)
    assert "took 2.0 minutes" in sentence and f"{times} times as long: about {about}" in sentence


def test_a_lesson_that_was_not_measured_has_no_minutes():
    assert pace.forecast("no_such_lesson", 10.0) is None


def test_start_says_it_in_quick_and_keeps_the_speed(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    monkeypatch.setattr(pace, "measure", lambda: 5.0)
    monkeypatch.setattr(
        results, "execution", lambda lesson, profile: {"seconds": 60.0, "machine": {"speed": 10.0}}
    )
    runtime.start("some_lesson", seed=1)
    runtime.record("a", 1)
    printed = capsys.readouterr().out
    assert "about 2.0 minutes" in printed
    assert results.read(tmp_path / "some_lesson.json")["speed"] == 5.0
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    runtime.start("some_lesson", seed=1)
    assert "minutes" not in capsys.readouterr().out
