"""How fast this machine is, and how long a lesson takes on it."""

import itertools

import pytest

from course_lib import pace, results, runtime

pytestmark = pytest.mark.backends


def rounds_of(monkeypatch, step):
    """The speed by a clock that moves on by `step` seconds whenever it is read, and how often it was."""
    read = itertools.count()
    monkeypatch.setattr(pace.time, "perf_counter", lambda: step * next(read))
    return pace.measure(), next(read)


def test_a_machine_is_measured_until_its_seconds_are_over(monkeypatch):
    speed, readings = rounds_of(monkeypatch, 0.01)
    multiply_adds = 64 * (14 * 14 * 32 * 4 * 4 * 16 + 784 * 512)
    assert speed == pytest.approx(multiply_adds / 0.01 / 1e9)
    assert pace.SECONDS / 0.01 < readings < pace.SECONDS / 0.01 + 8
    assert rounds_of(monkeypatch, 0.04)[0] == pytest.approx(speed / 4)


def test_a_real_clock_gives_a_speed():
    assert 0.01 < pace.measure() < 1e5


def test_damaged_results_do_not_stop_a_lesson(monkeypatch):
    def damaged(lesson, profile):
        raise results.ResultsError("half a file")

    monkeypatch.setattr(results, "execution", damaged)
    assert pace.forecast("some_lesson", 1.0) is None


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
