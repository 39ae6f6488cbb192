"""A course of two tiny lessons for the tests of the tools, written into a temporary folder."""

from pathlib import Path

INTRODUCTION = """\
# %% [markdown]
# # A first look
#
# **One sentence that says the idea.**
#
# ## What you will be able to do
# Read a lesson.
#
# ## Prerequisites
# None.

# %%
from course_lib import runtime

runtime.start(lesson="first")

# %% [markdown]
# ## What to read
# Nothing yet.
"""

LESSON = """\
# %% [markdown]
# # A lesson
#
# **Two numbers
# make a third.**
#
# ## What you will be able to do
# Add.
#
# ## Prerequisites
# Counting. See lesson <<first>>.
#
# ## From the documents
# ## The idea
# ## The mathematics
# With $n$ numbers, `simply` in code is code.
#
# ## The experiment

# %%
from course_lib import runtime

runtime.start(lesson="add")

# %% tags=["knobs"]
steps = 3

# %% [markdown]
# ## When it goes wrong
# ## Exercise: add

# %% tags=["exercise"]
def add(a, b):
    ...

# %% tags=["solution"]
def add(a, b):
    return a + b

# %% tags=["check"]
print("graded", add(1, 2))

# %% [markdown]
# ## Exercise

# %% tags=["exercise"]
total = ...

# %% tags=["solution"]
total = sum(range(steps))

# %% tags=["check"]
print("graded", total)

# %% [markdown] tags=["solution"]
# Three numbers from zero add up to three.

# %% [markdown]
# ## Verdict
# ## What to read
"""

README = """\
# Sample

<!-- lessons: written by tools/build.py -->
<!-- end of lessons -->

The end.
"""

RUNTIME = '''\
"""Stands in for the library: a lesson of the sample course needs no more."""

import json
import os


def start(lesson, seed=1):
    folder = os.environ.get("COURSE_RESULTS")
    if folder:
        path = os.path.join(folder, lesson + ".json")
        with open(path, "w") as file:
            json.dump({"seed": seed, "versions": {}, "values": {"steps": {"value": 3}}}, file)
'''


def make(root: Path) -> Path:
    """Writes the sample course below `root`."""
    for path, text in {
        "chapters/00_start/1_first.py": INTRODUCTION,
        "chapters/01_sum/1_add.py": LESSON,
        "README.md": README,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def edit(root: Path, old: str, new: str, path: str = "chapters/01_sum/1_add.py") -> None:
    """Changes a text in one of its files."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")
