"""The table of contents, as tools/build.py wrote it down: the lessons, and the exercises they have.

A lesson's name ("the_adversarial_game") and an exercise's (that of its check, "generator_loss") never change;
numbers follow from the order of the lessons.
"""

import functools
import json
from pathlib import Path


@functools.cache
def lessons() -> tuple[dict, ...]:
    """The lessons in order: dicts of name, number, title, idea, file, minutes and exercises."""
    path = Path(__file__).with_name("contents.json")
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def number(name: str) -> str:
    """The number of a lesson, "1.1".

    Raises:
        KeyError: if there is no lesson of this name.
    """
    return {lesson["name"]: lesson["number"] for lesson in lessons()}[name]
