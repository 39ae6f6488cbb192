"""What a machine's own settings, and files that lie about, would do to the course.

Importing `course_lib` calls `refuse_hiding_files` and `choose_backend`, for both must come before anything
else is imported. Importing this module imports the standard library only.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from course_lib.machine import wrong_processor

_files = Path(__file__).with_name("backend").glob("[!_]*.py")
BACKENDS = sorted(
    (file.stem for file in _files), key=lambda name: (name != "tensorflow", name)
)  # the first is best
OURS = {"image_data_format": "channels_last", "floatx": "float32", "epsilon": 1e-7}  # of keras.json
ALLOWED = {
    "image_data_format": ("channels_last", "channels_first"),
    "floatx": ("float16", "float32", "float64"),
}
_taken = []  # what `choose_backend` did, as a sentence
LIMITS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
# What the course imports; of Python's own modules those whose names files of learners have.
PACKAGES = (
    "course_lib", "keras", "tensorflow", "jax", "torch", "numpy", "scipy", "PIL", "matplotlib", "skimage",
    "tqdm", "IPython", "ipywidgets", "anywidget", "packaging", "platformdirs", "tensorflow_datasets",
)  # fmt: skip
STANDARD = (
    "calendar", "code", "colorsys", "copy", "csv", "email", "fractions", "html", "http", "inspect", "json",
    "logging", "numbers", "operator", "platform", "queue", "random", "secrets", "select", "shutil", "signal",
    "socket", "statistics", "string", "struct", "tempfile", "token", "types", "typing", "uuid",
)  # fmt: skip


# ----------------------------------------------------------------------------------- files that hide modules


def hiding_files(folder, path):
    """Names of modules that the course needs -> the file in `folder` that is imported in their place.

    path: folders in the order in which Python looks for modules, `folder` among them.
    """
    folder = Path(folder).resolve()
    others = [entry for entry in path if Path(entry).resolve() != folder]
    found = {}
    for name in PACKAGES + STANDARD:
        for file in (folder / name / "__init__.py", folder / f"{name}.py"):
            if not file.is_file() or file.parent == Path(__file__).resolve().parent:
                continue
            first, rest = PathFinder.find_spec(name, path), PathFinder.find_spec(name, others)
            if first and Path(first.origin or "").resolve() == file and (rest or name == "course_lib"):
                found[name] = file
    return found


def hiding_sentence(name, file):
    """What a file that hides a module does, and what to do."""
    what = f"The folder {file.parent}" if file.name == "__init__.py" else f"The file {file}"
    return f"{what} hides the module {name}, which the course needs: give it another name."


def refuse_hiding_files():
    """Raise ImportError with one sentence when a file beside the program hides what the course imports."""
    try:
        for folder in {Path.cwd(), Path(sys.argv[0] if sys.argv else "").resolve().parent}:
            for name, file in hiding_files(folder, sys.path).items():
                loaded = getattr(sys.modules.get(name), "__file__", None)
                if loaded is None or Path(loaded).resolve() == file:
                    raise ImportError(hiding_sentence(name, file))
    except OSError:  # the current folder is gone, or may not be read
        return


# ------------------------------------------------------------------------------------------ settings of Keras


def keras_file() -> Path:
    """Where Keras reads its settings."""
    home = os.path.expanduser("~")
    folder = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return Path(os.path.expanduser(os.path.join(os.environ.get("KERAS_HOME", folder), "keras.json")))


def keras_settings() -> dict:
    """What keras.json says; empty where there is none, or none that can be read."""
    try:
        found = json.loads(keras_file().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def installed(package) -> bool:
    """Whether a package can be found, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def choose_backend():
    """Let Keras take an installed backend of the course where keras.json names another.

    KERAS_BACKEND is somebody's choice, and stays. Nothing happens once Keras is imported.
    """
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return
    named = keras_settings().get("backend", BACKENDS[0])
    usable = [name for name in BACKENDS if installed(name)]
    if usable and named not in usable:
        os.environ["KERAS_BACKEND"] = usable[0]
        why = "is not installed" if named in BACKENDS else "the course does not run on"
        _taken.append(f"Your keras.json names the backend {named}, which {why}; here it is {usable[0]}.")


def why_no_keras() -> str | None:
    """Why Keras could not be imported, and what to do, as one sentence; None where nothing is known."""
    file, chosen = keras_file(), os.environ.get("KERAS_BACKEND")
    try:
        found = json.loads(file.read_text()) if file.exists() else {}
    except ValueError:  # Keras passes over it
        found = {}
    except OSError as error:
        return f"Keras cannot read its settings {file} ({error.strerror}): delete that, or change its rights."
    if not isinstance(found, dict) or any(found.get(key, ok[0]) not in ok for key, ok in ALLOWED.items()):
        return f"Keras does not start with the settings that {file} holds: delete that file."
    if not isinstance(found.get("epsilon", 0.1), float):
        return f"Keras does not start with epsilon {found['epsilon']!r} in {file}: delete that file."
    for name in LIMITS:
        if name in os.environ and not os.environ[name].strip().isdecimal():
            return f"Keras does not start with {name}={os.environ[name]}: unset that environment variable."
    if chosen and chosen not in BACKENDS:
        return not_a_backend(chosen)
    name = chosen or found.get("backend", BACKENDS[0])
    for package in ("keras", name):
        if not installed(package):
            or_else = " Or unset KERAS_BACKEND." if package == chosen else ""
            return f"{package} is not installed: run `{sys.executable} -m pip install {package}`.{or_else}"
    return (wrong_processor() if name != "torch" else None) or why_no_figures()


def why_no_figures() -> str | None:
    """Why matplotlib, which Keras imports too, does not start, and what to do; else None."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return None
    except Exception as error:
        chosen = os.environ.get("MPLBACKEND", "")
        if chosen and chosen in str(error):
            return f"matplotlib does not start with MPLBACKEND={chosen}: unset that environment variable."
        return f"matplotlib does not start with its settings ({error}): delete your file matplotlibrc."


def not_a_backend(name):
    """What to do about a backend that the course does not run on."""
    return (
        f"The course runs on the backends {', '.join(sorted(BACKENDS))}, not on '{name}': "
        "set the environment variable KERAS_BACKEND to one of them."
    )


def settle(keras) -> list[str]:
    """Give this process the settings that the course is written for, and say what was otherwise, a line each.

    Only what keras.json set is changed: what a program sets itself, a data type policy too, is its own.
    """
    theirs, lines = keras_settings(), list(_taken)
    changed = [name for name in OURS if getattr(keras.config, name)() == theirs.get(name) != OURS[name]]
    for name in changed:
        getattr(keras.config, f"set_{name}")(OURS[name])
    if "floatx" in changed and keras.config.dtype_policy().name == theirs["floatx"]:
        keras.config.set_dtype_policy(OURS["floatx"])
    if changed:
        said = ", ".join(f"{name} {theirs[name]}" for name in changed)
        lines.append(
            f"Your keras.json says {said}; here it is {', '.join(str(OURS[name]) for name in changed)}."
        )
    limited = [f"{name}={os.environ[name]}" for name in LIMITS if name in os.environ]
    return lines + [f"{limit} cuts every training short: unset it." for limit in limited]
