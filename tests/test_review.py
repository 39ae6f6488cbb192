"""docs/review.md: a row for every item of three sceptical readings, and what each names is there."""

import re

import pytest

import env
from course_lib import results

pytestmark = pytest.mark.tools

# The readings by the chapters they read, and the items of each: errors that matter, and nits.
ITEMS = {
    "012": [*map(str, range(1, 26)), *(f"B{n}" for n in range(1, 11))],
    "34": [*(f"A{n}" for n in range(1, 21)), *(f"B{n}" for n in range(1, 10))],
    "56": [*(f"A{n}" for n in range(1, 22)), *(f"B{n}" for n in range(1, 12)), "LAW"],
}
ROW = re.compile(r"^\| (\d+)-(\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$")
TEST = re.compile(r"`tests/(\w+)\.py::(\w+)`")
NUMBER = re.compile(r"`(\w+)/([^`]+)`")  # a lesson's name, and the key of a recorded number


def rows():
    lines = (env.ROOT / "docs/review.md").read_text(encoding="utf-8").splitlines()
    return [match.groups() for line in lines if (match := ROW.match(line))]


def test_every_item_has_its_row():
    lines = (env.ROOT / "docs/review.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line[:1] == "|" and line[2:3].isdigit() and not ROW.match(line)] == []
    found = {(reading, item) for reading, item, *_ in rows()}
    assert found == {(reading, item) for reading, items in ITEMS.items() for item in items}


def test_every_row_says_what_holds_it():
    for reading, item, _, _, shown in rows():
        named = TEST.search(shown) or NUMBER.search(shown)
        assert named or re.search("a later issue:|Words:", shown), f"{reading}-{item} shows nothing"


def test_every_test_that_is_named_exists():
    for reading, item, *_, shown in rows():
        for file, name in TEST.findall(shown):
            source = (env.ROOT / f"tests/{file}.py").read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", source, re.M), f"{reading}-{item}: tests/{file}.py::{name}"


def test_every_number_that_is_named_was_recorded():
    for reading, item, *_, shown in rows():
        for lesson, key in NUMBER.findall(TEST.sub("", shown)):
            path = results.place(lesson)
            assert path.exists(), f"{reading}-{item}: {lesson}"
            values = results.read(path)["profiles"]["quick"]["values"]
            assert key in values, f"{reading}-{item}: {lesson}/{key}"
