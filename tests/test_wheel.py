"""The library as pip installs it: lessons find what was measured where there is no checkout."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

import env
import lessons
import meaning

# Copies what the wheel holds. Setuptools' own command does it, for pip would also zip 80 MB and unzip them.
INSTALL = """
import json, sys
from setuptools import Distribution

table = json.loads(sys.argv[1])
attributes = {name.replace("-", "_"): told for name, told in table.items() if name != "dynamic"}
found = Distribution({**attributes, "script_name": "setup.py"})
found.command_options["build_py"] = {"build_lib": ("test", sys.argv[2])}
found.run_command("build_py")
"""
# Lesson -> names that the cells need, how the cells are found, and a row that they print.
TABLES = {
    "01_gan/3_failures_on_purpose": (
        ("CURES", "plain", "with_r1", "wgan_gp", "hinge", "relativistic", "relativistic_g", "non_saturating",
         "higher_score"),
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
        r"torch +\S+ +dense +[\d.]+ ms \([\d.]+ to [\d.]+\), conv +[\d.]+ ms",
    ),
}  # fmt: skip


def script(name):
    """A lesson's table as a script: its imports, what the table needs, and the cells that print it."""
    needed, marks, _ = TABLES[name]
    found = lessons.read(env.ROOT / "chapters" / f"{name}.py", env.ROOT)
    cells = [cell for cell in found.worked_cells() if cell.cell_type == "code"]
    tables = [cell.source for cell in cells if any(mark in cell.source for mark in marks)]
    assert len(tables) == len(marks), f"{name}: {len(tables)} cells match {marks}"

    def wanted(node):
        names = [getattr(node, "name", ""), *map(ast.unparse, getattr(node, "targets", []))]
        return isinstance(node, ast.Import | ast.ImportFrom) or not set(names).isdisjoint(needed)

    parts = [ast.unparse(node) for cell in cells for node in meaning.syntax(cell.source).body if wanted(node)]
    start = f"from course_lib import runtime\n\nruntime.start(lesson={name!r}, seed=1)"
    return "\n\n".join([start, *parts, f"print({name!r})", *tables])


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
