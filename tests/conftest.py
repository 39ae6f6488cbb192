"""Chooses the tests of an environment by what each test file says at its top; what test files share.

    pytestmark = pytest.mark.backends

`pytest --for colab` reads that line before it imports the file, for a file may need packages which that
environment lacks. A test may be marked more narrowly than its file. pyproject.toml says what the marks mean.
"""

import ast
import gc
import os
from pathlib import Path

import pytest

from separate_process import Processes

# The marks whose tests run in each environment.
ENVIRONMENTS = {
    "main": {"tools", "tensorflow", "backends"},
    "colab": {"tensorflow", "backends"},
    "backends": {"backends"},
    "browser": {"browser"},  # in the environment main, after everything else
}
MARKS = set().union(*ENVIRONMENTS.values())


def pytest_addoption(parser):
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    parser.addoption(
        "--for", dest="environment", choices=ENVIRONMENTS,
        default="main" if backend == "tensorflow" else "backends",
        help="run the tests of this environment",
    )  # fmt: skip
    parser.addoption(
        "--course", type=Path, default=Path(__file__).parents[1],
        help="the checkout whose lab.py and lessons the tests in a browser open",
    )  # fmt: skip


def mark_of(path):
    """The mark at the top of a test file, from its text alone; None where it is not one of MARKS."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            said = MARKS.intersection(getattr(node, "attr", None) for node in ast.walk(statement.value))
            return said.pop() if len(said) == 1 else None


def pytest_ignore_collect(collection_path, config):
    """Leaves out files and folders of other environments; a file that says of none is an error."""
    if collection_path.is_dir():  # its conftest.py may need packages, too
        marks = {mark_of(path) for path in collection_path.rglob("test_*.py")}
        none = marks and None not in marks and marks.isdisjoint(ENVIRONMENTS[config.option.environment])
        return True if none else None
    if not collection_path.match("test_*.py"):
        return None
    mark = mark_of(collection_path)
    if mark is None:
        raise pytest.Collector.CollectError(
            f"{collection_path.name} does not say where it runs: "
            f"write `pytestmark = pytest.mark.…` at its top, with one of {', '.join(sorted(MARKS))}"
        )
    return True if mark not in ENVIRONMENTS[config.option.environment] else None


def pytest_collection_modifyitems(items, config):
    """Leaves out single tests that are marked more narrowly than their file."""
    kept, left_out = [], []
    for item in items:
        nearest = next(mark.name for mark in item.iter_markers() if mark.name in MARKS)
        (kept if nearest in ENVIRONMENTS[config.option.environment] else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_collection_finish():
    """What was imported stays to the end: the collector need not look at it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def processes():
    """Runs tests/fixed_run.py in processes of their own."""
    with Processes() as processes:
        yield processes
