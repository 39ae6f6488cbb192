"""The library as pip installs it: lessons find what was measured where there is no checkout."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

import env
import lesson_source
import lessons

pytestmark = pytest.mark.tools

# Copies what the wheel holds. Setuptools' own command does it, for pip would also zip 80 MB and unzip them.
INSTALL = """
import json, sys
from setuptools import Distribution

table = json.loads(sys.argv[1])
names = ("packages", "package_dir", "package_data")
keys = {name: name.replace("_", "-") for name in names}
found = Distribution({name: table[key] for name, key in keys.items() if key in table})
command = found.get_command_obj("build_py")
command.build_lib = sys.argv[2]
command.ensure_finalized()
command.run()
"""
# Lesson -> values that the cells need, how the cells are found, and a row that they print.
TABLES = {
    "01_gan/3_failures_on_purpose": (
        ("CURES",),
        ("seeds =", "GRADIENT_RULES =", "GAME_RULES ="),
        r"explosion: slope above 1000, or no number +\d of 5",
    ),
    "05_comparisons/2_combining_and_sharing": (
        ("columns", "jury"),
        ("seeds =", 'tell("contest"'),
        r"VAE-GAN, equal steps +distance [\d.]+ \[[\d.]+, [\d.]+\]",
    ),
    "06_challenges/3_where_the_seconds_go": (
        (),
        ('table["backends"]',),
        r"torch +[\d.]+ +dense +[\d.]+ ms \([\d.]+ to [\d.]+\), conv +[\d.]+ ms",
    ),
}


def script(name):
    """The source of a lesson up to its table: what it defines, and the cells that read and print it."""
    values, marks, _ = TABLES[name]
    path = env.ROOT / "chapters" / f"{name}.py"
    cells = [cell.source for cell in lessons.read(path, env.ROOT).worked_cells() if cell.cell_type == "code"]
    tables = [source for source in cells if any(mark in source for mark in marks)]
    assert len(tables) == len(marks), f"{name}: {len(tables)} cells match {marks}"
    start = f"from course_lib import runtime\n\nruntime.start(lesson={name!r}, seed=1)"
    return "\n\n".join([start, lesson_source.preparation(path, values), f"print({name!r})", *tables])


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Lesson -> what its table says, in a process that sees the installed package and no checkout."""
    site, empty = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("empty")
    table = tomllib.loads((env.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    install = [sys.executable, "-c", INSTALL, json.dumps(table), str(site)]
    subprocess.run(install, cwd=env.ROOT, check=True, capture_output=True)
    parts = ["import course_lib", "print(course_lib.__file__)", *map(script, TABLES)]
    (empty / "tables.py").write_text("\n\n".join(parts), encoding="utf-8")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
    done = subprocess.run(
        [sys.executable, "tables.py"],
        cwd=empty,
        env=surroundings | {"PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8", "COURSE_PROFILE": "smoke"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site)), "the checkout was imported, not the installed package"
    pieces = re.split("^(" + "|".join(map(re.escape, TABLES)) + ")$", done.stdout, flags=re.M)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_an_installed_lesson_shows_its_table(printed, name):
    assert re.search(TABLES[name][2], printed[name]), printed[name]
    assert "no stored" not in printed[name] and " of 0" not in printed[name]
