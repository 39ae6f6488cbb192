"""Runs the checks of the course, each in the environment it is for.

    python tools/test.py             everything but the backends: main, then colab
    python tools/test.py main        lint, library, build in sync, every lesson, exercises open and solved
    python tools/test.py colab       library and one lesson with Colab's versions
    python tools/test.py backends    the library's backend tests on JAX and on PyTorch
    python tools/test.py browser     JupyterLab and the lessons' pages, driven in Chromium
    python tools/test.py nightly     what is too long for every run: every lesson with Colab's versions

All of them run in the profile smoke where a profile matters, and with the network refused. Which tests an
environment runs is said by a mark in each test file (tests/conftest.py).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import env

TESTS = env.ROOT / "tests"
SCRATCH = env.ROOT / "build" / "test"
NEEDED = ("pytest", "pytest_timeout", "xdist", "nbval", "ruff", "codespell_lib")
CELL_SECONDS = 300  # a cell in smoke that takes longer hangs

# The first cell of the copy of a worked lesson. At its end, the path's tools/ hides no other module.
HOLD_SHAPES = {
    "cell_type": "code",
    "id": "shapes",
    "metadata": {},
    "execution_count": None,
    "outputs": [],
    "source": f"import sys\n\nsys.path.append({str(TESTS)!r})\n%load_ext shapes",
}


class Suite:
    """Steps in one environment, how they ended, and how long they took."""

    def __init__(self, name: str):
        self.name = name
        self.run, environment = SUITES[name]
        self.python = env.ensure(environment)
        needed = {"backends": NEEDED[:3], "browser": (*NEEDED, "pexpect", "playwright")}
        env.require(self.python, *needed.get(name, NEEDED))
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.failures = []
        self.seconds = {}

    def step(self, title: str, *arguments, **variables) -> None:
        """Runs a module or a script; it passes with exit status 0."""
        if self.call(title, arguments, variables):
            self.counts["failed"] += 1
            self.failures.append(title)
        else:
            self.counts["passed"] += 1

    def pytest(self, title: str, *arguments, **variables) -> None:
        """Runs pytest and adds up what it counted."""
        report = SCRATCH / f"{self.name}-{title.replace(' ', '-')}.xml"
        report.unlink(missing_ok=True)
        # Two processes, for most tests keep one core busy; the tests of a file stay in one.
        arguments = ("pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}",
                     "--durations=5", "--durations-min=10", "-n", "2", "--dist", "loadfile",
                     *arguments)  # fmt: skip
        if self.call(title, arguments, variables):
            self.failures.append(title)
        if not report.exists():  # it ended before a single test
            self.counts["failed"] += 1
            return
        for suite in ElementTree.parse(report).iter("testsuite"):
            failed = int(suite.get("failures")) + int(suite.get("errors"))
            skipped = int(suite.get("skipped"))
            self.counts["failed"] += failed
            self.counts["skipped"] += skipped
            self.counts["passed"] += int(suite.get("tests")) - failed - skipped

    def call(self, title: str, arguments, variables: dict) -> int:
        print(f"\n── {self.name}: {title}", flush=True)
        began = time.monotonic()
        module = [] if isinstance(arguments[0], Path) else ["-m"]
        code = subprocess.run(
            [self.python, *module, *map(str, arguments)],
            cwd=env.ROOT,
            env=surroundings() | variables,
            stdin=subprocess.DEVNULL,
        ).returncode
        self.seconds[title] = time.monotonic() - began
        ending = "ok" if code == 0 else f"FAILED (exit status {code})"
        print(f"── {self.name}: {title}: {ending}, {self.seconds[title]:.0f} s", flush=True)
        return code


def surroundings() -> dict:
    """Environment variables of every check: no settings of the user's, no network."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("COURSE_", "KERAS_"))}  # fmt: skip
    offline = str(env.ROOT / "tools" / "offline")
    # Two processes at a time: where both use the threads of OpenBLAS or OpenMP (PyTorch's), those spin while
    # they wait for each other. A pair of notebooks took 61 seconds in place of 25, a file of tests on PyTorch
    # eight times as long.
    return kept | {"PYTHONPATH": offline, "JUPYTER_PREFER_ENV_PATH": "1", "MPLBACKEND": "Agg",
                   "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
                   "KERAS_HOME": str(SCRATCH / "keras"), "TF_CPP_MIN_LOG_LEVEL": "3"}  # fmt: skip


def lesson_files() -> list:
    """Where the lessons are, below notebooks/ and solutions/."""
    table = (env.ROOT / "course_lib" / "contents.json").read_text(encoding="utf-8")
    return [lesson["file"] for lesson in json.loads(table)]


def with_all_answers(worked: list, learners: list, which: int) -> list:
    """A worked lesson's cells; before each solution the open exercise, after its check another right answer.

    So each exercise is open, solved, and solved otherwise, and the lesson goes on with the last. That stands
    for the learner's lesson, too, as long as all its other cells are those of the worked one.

    which: the place of the other answer in the exercise's list `right`; counted round where it has fewer.
    """
    assert given_code(worked) == given_code(learners), "the two forms differ in more than their exercises"
    opened = [cell for cell in learners if "exercise" in cell["metadata"].get("tags", ())]
    checks = [cell for cell in worked if "check" in cell["metadata"].get("tags", ())]
    names = [re.search(r"check\.(\w+)\(", "".join(cell["source"]))[1] for cell in checks]
    found = []
    for number, cell in enumerate(worked):
        tags = cell["metadata"].get("tags", ())
        if "solution" in tags and cell["cell_type"] == "code":
            exercise, name = opened.pop(0), names[0]
            lines = [
                "".join(exercise["source"]), "", "import os", "", "from course_lib import check", "",
                'del os.environ["COURSE_STRICT"]',
                f"assert check.{name}({name}) is check.EXERCISES[{name!r}].answer",
                'os.environ["COURSE_STRICT"] = "1"',
            ]  # fmt: skip
            found.append(code_cell("open", number, lines))
        found.append(cell)
        if "check" in tags:
            name = names.pop(0)
            lines = [
                f"_right = check.EXERCISES[{name!r}].right",
                f"{name} = check.{name}(_right[{which} % len(_right)]) if _right else {name}",
            ]
            found.append(code_cell("other", number, lines))
    assert not opened and not names, "an exercise has no solution"
    return found


def given_code(cells: list) -> list:
    """The code that both forms of a lesson must share: all but the exercises and their solutions."""
    answers = {"exercise", "solution"}
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return ["".join(c["source"]) for c in code if answers.isdisjoint(c["metadata"].get("tags", ()))]


def code_cell(name: str, number: int, lines: list) -> dict:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    return cell | {"id": f"{name}-{number}", "source": "\n".join(lines)}


def copy_notebooks(folder: str, pattern: str = "*/*.ipynb", which: int = 0) -> Path:
    """Lessons run on copies, in a folder where what they write disturbs nothing; others' notebooks do not."""
    target = SCRATCH / folder
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in map(Path, lesson_files()):
        if not file.match(pattern):
            continue
        own = target / file
        own.parent.mkdir(exist_ok=True)
        notebook = json.loads((env.ROOT / folder / file).read_text(encoding="utf-8"))
        if folder == "solutions":
            learners = json.loads((env.ROOT / "notebooks" / file).read_text(encoding="utf-8"))
            cells = with_all_answers(notebook["cells"], learners["cells"], which)
            notebook["cells"] = [HOLD_SHAPES, *cells]
        own.write_text(json.dumps(notebook), encoding="utf-8")
    return target


def notebooks(suite: Suite, folder: str, pattern: str = "*/*.ipynb", which: int = 0, **variables) -> None:
    """nbval over notebooks: every cell runs, outputs are compared where a tag asks for it."""
    variables |= {"COURSE_PROFILE": "smoke"}
    variables["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    suite.pytest(
        folder, "--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}",
        f"--timeout={CELL_SECONDS + 60}", copy_notebooks(folder, pattern, which), **variables,
    )  # fmt: skip


def library(suite: Suite, title: str, *arguments, **variables) -> None:
    """The tests in tests/, without nbval, which would cost every process a second of importing."""
    suite.pytest(title, "-p", "no:nbval", *arguments, TESTS, **variables)


def main_suite(suite: Suite) -> None:
    """Everything that CI holds the course to, with the versions of constraints.txt."""
    suite.step("lint", "ruff", "check", ".")
    suite.step("layout", "ruff", "format", "--check", ".")
    suite.step("spelling", "codespell_lib", ".")
    library(suite, "library")
    suite.step("build in sync", env.ROOT / "tools" / "build.py", "--check")
    notebooks(suite, "solutions", COURSE_STRICT="1")


def colab_suite(suite: Suite) -> None:
    """The library's tests and one lesson with the versions that Colab has."""
    library(suite, "library", "--for=colab", "-m", "not nightly")
    notebooks(suite, "solutions", "01_gan/1_*.ipynb", COURSE_STRICT="1")


def backends_suite(suite: Suite) -> None:
    """The backend tests on the two backends that are not TensorFlow."""
    variables = {
        "COURSE_TENSORFLOW_PYTHON": str(env.ensure("main")),  # what the two are compared with
        # Most of JAX's time goes into compiling, and many tests ask for the same: each program once.
        "JAX_COMPILATION_CACHE_DIR": str(SCRATCH / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    for backend in ("jax", "torch"):
        library(suite, backend, "--for=backends", KERAS_BACKEND=backend, **variables)


def browser_suite(suite: Suite) -> None:
    """Two lessons in JupyterLab, and pages, in a browser: what a learner sees, and what a hand does."""
    library(suite, "in a browser", "--for=browser", "-n", "0")  # one JupyterLab for all of them


def nightly_suite(suite: Suite) -> None:
    """With the versions that Colab has, whatever the suite colab leaves out; every mutant of every answer."""
    library(suite, "library", "--for=colab", "-m", "nightly")
    notebooks(suite, "notebooks")
    notebooks(suite, "solutions", which=1, COURSE_STRICT="1")
    suite.step("mutants", env.ROOT / "tools" / "mutants.py")


SUITES = {  # name -> what runs, in which environment
    "main": (main_suite, "main"),
    "colab": (colab_suite, "colab"),
    "backends": (backends_suite, "backends"),
    "browser": (browser_suite, "main"),
    "nightly": (nightly_suite, "colab"),
}


def main() -> int:
    chosen = sys.argv[1:] or ["main", "colab"]
    if set(chosen) - set(SUITES):
        sys.exit(f"usage: python tools/test.py [{'|'.join(SUITES)}] …")
    began = time.monotonic()
    env.speak_plainly()
    try:
        env.use_suitable_python()
        if "browser" in chosen:
            env.browser()
        env.require_writable(SCRATCH, "copy the course to a folder of yours.")
        done = [Suite(name) for name in chosen]  # all of them, before the first runs for minutes
    except (env.SetupError, OSError) as error:
        sys.exit(f"{error}")
    for suite in done:
        suite.run(suite)
    failures = [f"{suite.name}: {title}" for suite in done for title in suite.failures]
    steps = [(suite.name, *step) for suite in done for step in suite.seconds.items()]
    total = sum(seconds for *_, seconds in steps)
    print()
    for name, title, seconds in steps:
        print(f"{name:10}{title:15}{seconds:6.0f} s{seconds / total:6.0%}")
    for failure in failures:
        print(f"FAILED {failure}")
    counts = {key: sum(suite.counts[key] for suite in done) for key in ("failed", "passed", "skipped")}
    said = ", ".join(f"{count} {key}" for key, count in counts.items() if count)
    print(f"========== {said} in {time.monotonic() - began:.2f}s ==========")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
