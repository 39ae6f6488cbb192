"""Computers and Pythons that the course cannot run on, each with the sentence that says so.

Importing this module imports the standard library only, and any Python 3.8 or later can: the tools ask it
before anything is installed.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

GIGABYTE = 1e9
ROOT = Path(__file__).resolve().parent.parent  # of the checkout, or where the package is installed
DISTRIBUTIONS = {"PIL": "pillow", "skimage": "scikit-image", "tensorflow_datasets": "tensorflow-datasets"}
OLDEST, NEWEST = (3, 11), (3, 13)
# The longest path in the wheel of TensorFlow 2.21 for Windows, and the longest that Windows opens unless it
# is told otherwise.
LONGEST_IN_WHEEL, LONGEST_PATH = 163, 259


def wrong_python() -> str | None:
    """Why this Python has no TensorFlow, and what to do; None where it should have one."""
    named = f"{sys.executable} is {platform.python_version()}"
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return f"The course needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and {named}: install one of them."
    if sys.maxsize < 2**32:
        return f"TensorFlow needs a 64-bit Python, and {sys.executable} has 32 bits: install the 64-bit one."
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return f"TensorFlow needs a global lock, and {sys.executable} has none: install 3.13, not 3.13t."
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        if _asked("sysctl", "-n", "sysctl.proc_translated") == "1":
            return (
                f"This Mac has Apple silicon, and {sys.executable} is a Python for Intel's: install one for "
                "arm64 (from python.org, or Homebrew in /opt/homebrew)."
            )
        return (
            "TensorFlow no longer exists for Macs with Intel's processors: take Colab, or another computer."
        )
    if os.name == "nt" and platform.machine() == "ARM64" and "arm64" in sysconfig.get_platform():
        return "TensorFlow does not exist for Windows on ARM: install the Python for x86-64, or use WSL."
    if sys.platform == "linux" and "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
        return (
            "TensorFlow does not exist for Linux with musl (Alpine): take an image with glibc, such as "
            "python:3.13-slim."
        )
    return None


def moved_python() -> str | None:
    """Why the packages of this environment are not found, and what to do: its Python is another one now."""
    settings = Path(sys.prefix, "pyvenv.cfg")
    if not settings.is_file():
        return None
    text = settings.read_text(encoding="utf-8", errors="replace")
    made_with = re.search(r"^version\w* *= *(\d+\.\d+)", text, re.M)
    if made_with is None or made_with[1] == "{}.{}".format(*sys.version_info):
        return None
    return (
        f"The environment {sys.prefix} was made with Python {made_with[1]}, and its Python is "
        f"{platform.python_version()} now: make it again (`make doctor` does so for its own)."
    )


def current_folder() -> str | None:
    """The folder that this process works in; None where it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return None


def wrong_processor() -> str | None:
    """Why TensorFlow would die here without a word, and what to do; None where nothing is known of that."""
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    flags = next((line.split() for line in facts.splitlines() if line.startswith("flags")), None)
    if flags is None or "avx" in flags or platform.machine() != "x86_64":
        return None
    return (
        "This processor has no AVX, without which TensorFlow dies: in a virtual machine let it pass the "
        "host's processor through, else take PyTorch (KERAS_BACKEND=torch), Colab or another computer."
    )


def path_too_long(folder) -> str | None:
    """Why Windows could not install TensorFlow into the environment `folder`; None where it could.

    folder: of a virtual environment, that need not exist yet.
    """
    if os.name != "nt" or long_paths_enabled():
        return None
    most = LONGEST_PATH - LONGEST_IN_WHEEL - len("\\Lib\\site-packages\\")
    if len(str(folder)) <= most:
        return None
    return (
        f"{folder} has {len(str(folder))} characters, and TensorFlow's files fit below {most} at most: move "
        "the course to a shorter path such as C:\\course, or allow long paths in Windows (LongPathsEnabled "
        "= 1 in HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem)."
    )


def long_paths_enabled() -> bool:
    """Whether Windows was told to open paths of any length."""
    import winreg

    try:
        place = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    except OSError:
        return False


def missing_sentence(module, python=sys.executable) -> str:
    """What to do about a module that a Python does not find."""
    what = DISTRIBUTIONS.get(module, module)
    if (ROOT / "pyproject.toml").is_file():
        what = f'-e "{ROOT}[test]"'
    return f'{module} is not installed for {python}: run `"{python}" -m pip install {what}`, then this again.'


def _asked(*command) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
