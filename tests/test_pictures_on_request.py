"""Lessons 1.4 and 4.3: what is compared there stands on equal terms, and what one draws with is measured."""

import pytest

import env
import lesson_source
from course_lib import results

pytestmark = pytest.mark.tensorflow


def test_the_gans_of_the_study_of_copying_differ_in_two_things_only():
    study = results.study("few_pictures")
    seeds = [one["seed"] for one in study["seeds"]]
    assert len(seeds) == len(set(seeds)) >= 3
    for one in study["seeds"]:
        assert set(one["signs"]) == {
            f"{number}, {name}" for number in ("84", "hundreds") for name in ("unchanged", "changed")
        }
        for found in one["signs"].values():
            assert set(found) == {"distance", "precision", "recall", "nearer", "gap"}


def test_held_out_people_are_nobodys_twins():
    path = env.ROOT / "chapters/01_gan/4_pictures_on_request.py"
    lesson = lesson_source.namespace(path, ("people", "everybody", "subjects", "features", "aside"))
    for seed in (1, 2):
        known, few, strangers = lesson["shared_out"](seed)
        assert len(few) == len(set(few)) == len(lesson["aside"])
        assert set(few) <= set(known)
        shown, others = set(lesson["subjects"][known]), set(lesson["subjects"][strangers])
        assert not shown & others
        assert len(known) + len(strangers) == len(lesson["people"])


def test_the_generator_on_show_is_asked_whether_it_copies():
    twins, painted, strangers = (
        results.recorded("pictures_on_request", f"way_off, {name}")
        for name in ("real twins", "painted", "real strangers")
    )
    assert 0 < twins < strangers
    assert painted > 0


@pytest.mark.parametrize("lines", ["", ", crooked"])
def test_the_painter_that_one_draws_with_is_measured_beside_the_others(lines):
    for name in ("pixels only", "pixels and adversary", "exact lines only", "shipped"):
        assert 0 < results.recorded("from_outline_to_picture", f"error, {name}{lines}") < 1
