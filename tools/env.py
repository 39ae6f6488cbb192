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
sys.path.insert(0, str(ROOT))  # the course, wherever a tool is called from

from course_lib import machine
from course_lib.console import speak_plainly
from course_lib.files import require_writable
from course_lib.machine import NEWEST, OLDEST

# Settings of pip by which it would install elsewhere, less, or not at all; those of an index or a proxy stay.
PIP_UNSET = (
    "TARGET",
    "PREFIX",
    "ROOT",
    "REQUIREMENT",
    "EDITABLE",
    "PLATFORM",
    "PYTHON",
    "NO_BUILD_ISOLATION",
)
PIP_OFF = ("USER", "NO_DEPS", "DRY_RUN")
# What pip wrote -> what that means and what to do; the first that fits. Without a connection it also says
# "No matching distribution", so that comes late.
REASONS = (
    ("install elsewhere: .*", "take `target`, `prefix` and `root` out of pip's settings (pip config list)"),
    ("No space left|Errno 28|not enough space", "the disk is full: make room, four gigabytes at least"),
    ("CERTIFICATE|SSLError|SSL:", "a certificate is not trusted: pip config set global.cert FILE"),
    ("ProxyError|407 Proxy", "the proxy refuses: check HTTPS_PROXY, or pip's setting `proxy`"),
    ("NewConnectionError|NameResolution|(Connect|Read)Timeout|timed out|Connection (aborted|refused|reset)",
     "no connection to the package index: check the network, or pip's setting `index-url`"),
    (r"\b(401|403) ", "the package index refuses: check name and password in pip's setting `index-url`"),
    ("WinError (5|32)|Access is denied|used by another process",
     "a file is in use: close JupyterLab and all that runs in the environment"),
    ("WinError 206|too long", "a path is too long for Windows: move the course to a shorter one"),
    ("Permission denied|Errno 13|Read-only|Errno 30", "a folder cannot be written: change its rights"),
    ("THESE PACKAGES DO NOT MATCH|Hashes are required|--require-hashes",
     "pip's setting `require-hashes` forbids it: unset that for the course"),
    ("ResolutionImpossible|conflicting dependencies",
     "pip's setting `constraint` contradicts the course's versions, so unset it, or they need a newer "
     f"release of this Python, which is {sys.version.split()[0]}"),
    ("No matching distribution",
     "the package index has no version for this Python and system: let `index-url` name a whole one"),
)  # fmt: skip
STAMP = "course-stamp.txt"  # in an environment: the hash of what is in it, and the Python it was made with


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
            "requests",
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
    speak_plainly()
    try:
        use_suitable_python()
        stood = stands(name)
        python = ensure(name)
    except SetupError as error:
        sys.exit(f"{error}")
    entered = os.environ.pop("COURSE_ENTERED", None) == python
    inside = stood and Path(sys.prefix).resolve() == (ROOT / ENVIRONMENTS[name].folder).resolve()
    if not entered and (prepared(name) or not inside):
        start_again(python, dict(outside_python(), JUPYTER_PREFER_ENV_PATH="1", COURSE_ENTERED=python))
    sys.excepthook = name_missing_package


def ensure(name: str = "main") -> str:
    """Path of the environment's Python, made or brought up to date when it is not.

    Raises:
        SetupError: no suitable Python, no place for an environment, or pip could not install.
    """
    if prepared(name):
        return prepared(name)
    environment = ENVIRONMENTS[name]
    folder = ROOT / environment.folder
    python, stamp = python_of(folder), folder / STAMP
    if stands(name):
        return str(python)
    require_place(folder)
    made_with = stamp.read_text(encoding="utf-8").split()[1:] if stamp.is_file() else []
    if abi(python) is None or made_with not in ([], abi(python)):
        if folder.exists():
            print(f"{environment.folder} was made with another Python, or is damaged: it is made again.")
        create(folder)
    stamp.unlink(missing_ok=True)
    print(f"Installing into {environment.folder} (once; a few minutes) …", flush=True)
    for arguments in install_arguments(environment):
        code, said = pip(python, ["install", "--quiet", "--no-input", *arguments])
        if code:
            why = next(
                (why for pattern, why in REASONS if re.search(pattern, said)), "pip's message is above"
            )
            raise SetupError(f"Installing into {environment.folder} failed: {why}. Then run this again.")
    stamp.write_text(" ".join([fingerprint(environment), *abi(python)]), encoding="utf-8")
    return str(python)


def stands(name: str) -> bool:
    """Whether there is nothing to install: all that decides it, the Python too, is as the stamp says."""
    if prepared(name):
        return True
    folder = ROOT / ENVIRONMENTS[name].folder
    found = abi(python_of(folder)) if (folder / STAMP).is_file() else None
    return found is not None and (folder / STAMP).read_text(encoding="utf-8").split() == [
        fingerprint(ENVIRONMENTS[name]),
        *found,
    ]


def abi(python: Path) -> list | None:
    """What compiled packages depend on: [".cpython-311-x86_64-linux-gnu.so", "x86_64"]; None without one.

    An environment's Python is a link, which may lead to another version tomorrow, or nowhere.
    """
    ask = "import _imp, os; print(_imp.extension_suffixes()[0], *getattr(os, 'uname', str)()[-1:])"
    command = [str(python), "-I", "-S", "-c", ask]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=outside_python())
    except OSError:
        return None
    return done.stdout.split() or None


def require_place(folder: Path) -> None:
    """Makes sure that an environment can be made, or changed, in `folder`.

    Raises:
        SetupError: it cannot be written, or its path is too long for Windows.
    """
    elsewhere = (
        "copy the course to a folder of yours, or let COURSE_PYTHON name a Python that has its packages."
    )
    if machine.path_too_long(folder):
        raise SetupError(machine.path_too_long(folder))
    try:
        require_writable(folder if folder.is_dir() else ROOT, elsewhere)
    except OSError as error:
        raise SetupError(f"{error}") from error


def pip(python: Path, arguments: list) -> tuple:
    """Runs pip and passes on what it complains of. Returns (exit status, what that was)."""
    settings = [f"PIP_{name}" for name in PIP_UNSET] + ["PYTHONPATH"]
    variables = {name: value for name, value in outside_python().items() if name not in settings}
    variables |= {f"PIP_{name}": "0" for name in PIP_OFF} | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(python), "-m", "pip"]
    own = subprocess.run([*command, "config", "list"], capture_output=True, text=True, env=variables).stdout
    elsewhere = re.search(r"^\w+\.(target|prefix|root)=.*", own, re.M)
    if elsewhere:
        return 1, f"pip's own settings install elsewhere: {elsewhere[0]}"
    process = subprocess.Popen([*command, *arguments], cwd=ROOT, env=variables, stderr=subprocess.PIPE,
                               text=True, encoding="utf-8", errors="replace")  # fmt: skip
    said = []
    for line in process.stderr:
        print(line, end="", file=sys.stderr)
        said.append(line)
    return process.wait(), "".join(said)


def outside_python() -> dict:
    """The environment variables, without those that would send another Python to this one's home."""
    foreign = ("PYTHONHOME", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in foreign}


def require(python: str, *modules) -> None:
    """Makes sure that a Python has some modules, before it is asked to run them.

    Raises:
        SetupError: one is missing.
    """
    ask = "import sys, importlib.util as u; print(*(name for name in sys.argv[1:] if not u.find_spec(name)))"
    done = subprocess.run([python, "-c", ask, *modules], capture_output=True, text=True)
    for name in done.stdout.split():
        raise SetupError(machine.missing_sentence(name, python))


def name_missing_package(kind, error, trace) -> None:
    """Ends a tool in one sentence where a package is missing; anything else that ends it is shown whole."""
    module = (getattr(error, "name", None) or "course_lib").split(".")[0]
    if kind is not ModuleNotFoundError or module == "course_lib":
        return sys.__excepthook__(kind, error, trace)
    print(machine.missing_sentence(module), file=sys.stderr)


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
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be made ({error.strerror or error}): close what runs in it and make room, or "
            "copy the course elsewhere."
        ) from error
    except (subprocess.CalledProcessError, SystemExit, ImportError, ValueError) as error:
        raise SetupError(
            f"This Python ({sys.executable}) cannot make virtual environments: {error}. "
            "On Debian and Ubuntu install the package python3-venv."
        ) from error


def use_suitable_python() -> None:
    """Starts the tool again with a Python that the course supports, unless this is one."""
    if machine.wrong_python() is None:
        return
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    candidates = [str(python_of(ROOT / ".venv")), *(f"python3.{minor}" for minor in minors)]
    ask = f"import sys, venv; sys.path.insert(0, {str(ROOT)!r}); from course_lib import machine; " \
          "sys.exit(machine.wrong_python())"  # fmt: skip
    for candidate in filter(None, map(shutil.which, candidates)):
        works = subprocess.run([candidate, "-c", ask], capture_output=True)
        if works.returncode == 0:
            start_again(candidate, outside_python())
    raise SetupError(f"{machine.wrong_python()} To name another: make … PYTHON=/path/to/python")


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
