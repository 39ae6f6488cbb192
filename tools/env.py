"""The environments that the tools run in, made from a bare Python (Linux, macOS, Windows).

`enter("main")`, the first call of every tool, makes `.venv` when it is missing or out of date and
starts the tool again inside it. A stamp, the hash of all that decides what is installed, tells
whether there is anything to do, so nothing asks the network once an environment stands.

COURSE_PYTHON=/path/to/python names an environment that you prepared yourself (conda, a shared
machine, one that has PyTorch already): the tools then use it as it is and install nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)


class Environment(NamedTuple):
    """A folder, the exact versions that go into it, and which of the course's requirements."""

    folder: str
    constraints: str
    extras: tuple
    without: tuple = ()  # requirements that this environment must not have
    may_be_prepared: bool = True  # whether COURSE_PYTHON may stand in for it


ENVIRONMENTS = {
    "main": Environment(".venv", "constraints.txt", ("test",)),
    "colab": Environment(".venv-colab", "constraints-colab.txt", ("test",), may_be_prepared=False),
    "backends": Environment(
        ".venv-backends",
        "constraints-backends.txt",
        ("jax", "torch", "pytest", "pytest-timeout", "pytest-xdist"),
        without=(
            "tensorflow",
            "tensorflow-datasets",
            "importlib_resources",
            "anywidget",
            "ipywidgets",
            "jupyterlab",
            "latex2mathml",
            "nbclient",
            "nbconvert",
            "nbformat",
        ),
    ),
}


BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # programs, each as good as the other
NO_BROWSER = "The tests in a browser need Chromium: install it (on Debian: apt install chromium)."


class SetupError(Exception):
    """What a tool needs is not there and cannot be made; the message says what to do."""


def enter(name: str = "main") -> None:
    """Makes the environment if necessary and goes on inside it; returns when already inside."""
    try:
        use_suitable_python()
        python = ensure(name)
    except SetupError as error:
        sys.exit(f"{error}")
    environment = dict(os.environ, JUPYTER_PREFER_ENV_PATH="1")
    if prepared(name):
        if os.environ.get("COURSE_ENTERED") == python:
            return
        environment["COURSE_ENTERED"] = python
    elif Path(sys.prefix).resolve() == (ROOT / ENVIRONMENTS[name].folder).resolve():
        return
    start_again(python, environment)


def ensure(name: str = "main") -> str:
    """Path of the environment's Python, made or brought up to date when it is not.

    Raises:
        SetupError: no suitable Python, or pip could not install.
    """
    if prepared(name):
        return prepared(name)
    environment = ENVIRONMENTS[name]
    folder = ROOT / environment.folder
    stamp = folder / "course-stamp.txt"
    python = python_of(folder)
    wanted = fingerprint(environment)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    if not python.exists():
        create(folder)
    stamp.unlink(missing_ok=True)
    print(f"Installing into {environment.folder} (once; a few minutes) …", flush=True)
    for arguments in install_arguments(environment):
        command = [str(python), "-m", "pip", "install", "--quiet", "--no-input",
                   "--disable-pip-version-check", *arguments]  # fmt: skip
        if subprocess.run(command, cwd=ROOT).returncode:
            raise SetupError(
                f"Installing into {environment.folder} failed: pip's message is above. "
                "Check the connection and the free space on the disk, then run this again."
            )
    stamp.write_text(wanted)
    return str(python)


def prepared(name: str) -> str | None:
    """The interpreter that COURSE_PYTHON names, where the user's own may stand in."""
    wanted = os.environ.get("COURSE_PYTHON")
    if not wanted or not ENVIRONMENTS[name].may_be_prepared:
        return None
    found = shutil.which(wanted)
    if not found:
        raise SetupError(f"COURSE_PYTHON names {wanted}, which is not a program. Unset it or correct it.")
    return os.path.abspath(found)


def browser() -> str:
    """Path of the browser that the tests drive.

    Raises:
        SetupError: there is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SetupError(NO_BROWSER)
    return found


def python_of(folder: Path) -> Path:
    """Where a virtual environment keeps its interpreter."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(environment: Environment) -> str:
    """Hash of everything that decides what is installed: change one of them, and pip runs again."""
    parts = [
        str(ROOT),  # the editable install points here
        (ROOT / environment.constraints).read_text(encoding="utf-8"),
        *(" ".join(arguments) for arguments in install_arguments(environment)),
        *sorted(requirements(environment)),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def install_arguments(environment: Environment) -> list:
    """What pip is called with, one list a call."""
    constraints = ["-c", environment.constraints]
    if not environment.without:
        return [[*constraints, "-e", f".[{','.join(environment.extras)}]"]]
    # The package itself asks for TensorFlow: install its other requirements, then it alone.
    return [[*constraints, *requirements(environment)], ["--no-deps", "-e", "."]]


def requirements(environment: Environment) -> list:
    """The requirement strings of pyproject.toml that belong to this environment."""
    project = project_table()
    optional = project["optional-dependencies"]
    chosen = list(project["dependencies"])
    for extra in environment.extras:  # an extra of pyproject.toml, or one line of the extra "test"
        chosen += optional.get(extra) or [line for line in optional["test"] if named(line) == extra]
    return [line for line in chosen if named(line) not in environment.without]


def named(requirement: str) -> str:
    """The package's name in a requirement: "keras>=3.13" -> "keras"."""
    return re.match(r"[\w.-]+", requirement).group()


def project_table() -> dict:
    """pyproject.toml's [project]."""
    import tomllib  # Python 3.11; older ones must get as far as the sentence that refuses them

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def create(folder: Path) -> None:
    """Makes an empty virtual environment with the Python that runs this."""
    try:
        venv.EnvBuilder(with_pip=True, clear=True, symlinks=os.name != "nt").create(folder)
    except (subprocess.CalledProcessError, SystemExit, ImportError) as error:
        raise SetupError(
            f"This Python ({sys.executable}) cannot make virtual environments: {error}. "
            "On Debian and Ubuntu install the package python3-venv."
        ) from error


def use_suitable_python() -> None:
    """Starts the tool again with a Python that the course supports, unless this is one."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    candidates = [str(python_of(ROOT / ".venv")), *(f"python3.{minor}" for minor in minors)]
    for candidate in filter(None, map(shutil.which, candidates)):
        works = subprocess.run([candidate, "-c", "import venv"], capture_output=True)
        if works.returncode == 0:
            start_again(candidate, dict(os.environ))
    raise SetupError(
        f"The course needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; {sys.executable} is "
        f"{sys.version.split()[0]}. Install one of them and name it: make … PYTHON=/path/to/python"
    )


def start_again(python: str, environment: dict) -> None:
    """Runs this tool, arguments and all, with another interpreter. Does not return."""
    command = [python, *sys.argv]
    sys.stdout.flush()
    if os.name == "nt":  # exec returns to the prompt at once there, so wait for a child instead
        sys.exit(subprocess.run(command, env=environment).returncode)
    os.execve(python, command, environment)


if __name__ == "__main__":
    if len(sys.argv) > 2 or (sys.argv[1:] and sys.argv[1] not in ENVIRONMENTS):
        sys.exit(f"usage: python tools/env.py [{'|'.join(ENVIRONMENTS)}]")
    try:
        use_suitable_python()
        print(ensure(*sys.argv[1:]))
    except SetupError as problem:
        sys.exit(f"{problem}")
