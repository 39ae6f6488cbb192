"""Which tests run where, and which warnings stop them: conftest.py, and pytest's part of pyproject.toml."""

import functools
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

pytestmark = pytest.mark.tools

MARKED = """
import pytest
import {module}

pytestmark = pytest.mark.{mark}


def test_of_the_file(): pass


@pytest.mark.tensorflow
def test_that_is_narrower(): pass
"""


@pytest.fixture
def collect(tmp_path):
    """Runs pytest --collect-only over folders of one test file each, with the course's conftest.py."""
    for name in ("conftest.py", "separate_process.py"):
        shutil.copyfile(Path(__file__).with_name(name), tmp_path / name)

    def run(environment, **files):
        for name, text in files.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / f"test_{name}.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "--collect-only", "-qp", "no:cacheprovider"]
        command += ["-c", os.devnull, f"--rootdir={tmp_path}", f"--for={environment}"]
        return subprocess.run(
            [*command, *(tmp_path / name for name in files)],
            env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ("main", ["wide.py::test_of_the_file", "wide.py::test_that_is_narrower",
                  "narrow.py::test_of_the_file", "narrow.py::test_that_is_narrower"]),
        ("colab", ["wide.py::test_of_the_file", "wide.py::test_that_is_narrower"]),
        ("backends", ["wide.py::test_of_the_file"]),
    ],
)  # fmt: skip
def test_an_environment_runs_what_is_marked_for_it(collect, environment, found):
    """What is not for it is not even imported."""
    module = "json" if environment == "main" else "a_module_that_is_not_there"
    narrow = MARKED.format(mark="tools", module=module)
    done = collect(environment, wide=MARKED.format(mark="backends", module="json"), narrow=narrow)
    assert done.returncode == 0, done.stdout
    listed = [line.partition("/test_")[2] for line in done.stdout.splitlines() if "::" in line]
    assert listed == found


def test_what_needs_a_browser_runs_apart_from_everything_else(collect):
    """And what it imports need not be there elsewhere."""
    for environment, here, other in (("browser", "browser", "tools"), ("main", "tools", "browser")):
        files = {here: MARKED.format(mark=here, module="json"), other: MARKED.format(mark=other, module="no")}
        done = collect(environment, **{f"{environment}_{name}": text for name, text in files.items()})
        assert done.returncode == 0, done.stdout
        listed = [line.partition("/test_")[2] for line in done.stdout.splitlines() if "::" in line]
        assert listed[0] == f"{environment}_{here}.py::test_of_the_file"
        assert not [line for line in listed if other in line]


def test_a_file_that_does_not_say_where_it_runs_is_an_error(collect):
    marks = {"right": "backends", "silent": "timeout", "misspelt": "backend"}
    done = collect("backends", **{name: MARKED.format(mark=m, module="json") for name, m in marks.items()})
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    for name in ("silent", "misspelt"):
        assert f"test_{name}.py does not say where it runs: write `pytestmark" in done.stdout
    assert "with one of backends, browser, tensorflow, tools" in done.stdout
    assert "test_right.py does" not in done.stdout


@pytest.mark.parametrize("category", [DeprecationWarning, RuntimeWarning, UserWarning, FutureWarning])
def test_a_warning_in_the_library_is_an_error(category):
    """pyproject.toml says so; what others are warned of is theirs."""
    warn = functools.partial(warnings.warn_explicit, "this will change", category, "a_file.py", 1)
    with pytest.raises(category, match="this will change"):
        warn(module="course_lib.data.batches")
    if category is DeprecationWarning:
        warn(module="keras.src.layers")
