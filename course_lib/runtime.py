"""What a lesson needs around its own code: profile, seeds, quiet logs, recorded numbers.

The first cell of every lesson is

    from course_lib import runtime

    runtime.start("01_gan/1", seed=1)

It comes before `import keras`, because TensorFlow reads its log settings while it is imported.
Importing this module imports neither TensorFlow nor Keras.
"""

import contextlib
import functools
import importlib.metadata
import json
import logging
import math
import os
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np

from course_lib.files import write_atomically

PROFILES = ("smoke", "quick", "full")
GIGABYTE = 1e9

_lesson = {"name": None, "seed": None, "values": {}}


# ------------------------------------------------------------------------------ starting a lesson


def start(lesson, seed=1):
    """Prepare this process for a lesson and print one line that says what it runs on.

    Quietens the logs, loads Keras with its backend, seeds Python, NumPy and the backend, and has a CPU
    compute the same numbers every time that the seed is the same.

    lesson: folder and number, such as "01_gan/1"; `record` names its file after it.
    seed: an integer from 0 to 2**32 - 1.
    """
    profile()  # a misspelt COURSE_PROFILE is reported before TensorFlow's seconds of loading
    _seed_everything(seed)
    _lesson.update(name=str(lesson), seed=int(seed), values={})
    if not gpus():
        backend().make_repeatable()
    print(_headline())


def seed(number):
    """Seed Python, NumPy and the backend again, for a cell that must not depend on earlier ones."""
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise TypeError(f"the seed must be an integer, not {number!r}")
    if not 0 <= number < 2**32:
        raise ValueError(f"the seed must lie between 0 and 2**32 - 1, and {number} does not")
    backend()  # loads Keras quietly
    import keras

    keras.utils.set_random_seed(int(number))


_seed_everything = seed  # for `start`, which has an argument of that name


def _quiet_logs():
    """Hide notices that are no use to a learner; errors still arrive as Python exceptions."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("absl", "tensorflow", "jax"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextlib.contextmanager
def _unheard_stderr():
    """Keep what native code writes to standard error, and show it only if something is raised.

    TensorFlow 2.21 writes two notices while it is imported, whatever TF_CPP_MIN_LOG_LEVEL says.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        except BaseException:
            file.seek(0)
            os.write(kept, file.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _headline():
    ram = memory()
    parts = [
        f"Python {platform.python_version()}",
        f"Keras {_version('keras')} on {backend().TITLE} {_version(backend().NAME)}",
        f"profile {profile()} ({_profile_reason()})",
        f"{cores()} CPU core" + ("s" if cores() != 1 else ""),
    ]
    if ram:
        parts.append(f"{ram.total / GIGABYTE:.0f} GB memory")
    if gpus():
        parts.append(", ".join(gpus()))
    if on_colab():
        parts.append("Colab")
    return " · ".join(parts)


# ---------------------------------------------------------------------------------------- profile


def profile():
    """ "smoke" (tests: seconds), "quick" (CPU: minutes) or "full" (GPU).

    COURSE_PROFILE decides when it is set; otherwise a GPU that the backend sees means "full".
    Raises ValueError for any other value of COURSE_PROFILE.
    """
    wanted = os.environ.get("COURSE_PROFILE", "").strip()
    if wanted and wanted not in PROFILES:
        raise ValueError(
            f"COURSE_PROFILE is {wanted!r}, but it must be smoke, quick or full "
            "(or unset, to let the hardware decide)"
        )
    if wanted:
        return wanted
    return "full" if gpus() else "quick"


def pick(*, smoke, quick, full):
    """The value for the profile in force: `steps = pick(smoke=5, quick=1500, full=20_000)`."""
    return {"smoke": smoke, "quick": quick, "full": full}[profile()]


def _profile_reason():
    if os.environ.get("COURSE_PROFILE", "").strip():
        return "COURSE_PROFILE"
    return "GPU found" if gpus() else "no GPU found"


# --------------------------------------------------------------------------------------- hardware


def backend():
    """The package course_lib.backend; the first call loads Keras and what it runs on, quietly."""
    _quiet_logs()
    with contextlib.nullcontext() if "keras" in sys.modules else _unheard_stderr():
        from course_lib import backend

    return backend


@functools.cache
def gpus():
    """Names of the GPUs that the Keras backend sees, as a tuple; empty on a CPU.

    Asks the backend itself: a GPU that it cannot use does not count.
    """
    return backend().gpus()


def cores():
    """How many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_colab():
    """Whether this runs on Google Colab."""
    return "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules


def memory():
    """psutil's figures, or None where psutil (a part of ipykernel's installation) is missing."""
    try:
        import psutil
    except ImportError:
        return None
    return psutil.virtual_memory()


def keras_backend():
    """The name of the backend that Keras uses, and of its package: "tensorflow", "jax" or "torch"."""
    return backend().NAME


_backend_package = keras_backend


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"


# ------------------------------------------------------------------------------- recorded numbers


def record(key, value, **details):
    """Remember a number that the lesson measured.

    key: a short name, unique in the lesson; a second `record` of it replaces the first.
    value, details: numbers, strings, booleans, None, or lists and dicts of them; NumPy scalars and
        arrays and backend tensors are converted. Details say how it was measured
        (`seconds=…, judge="fashion-1", samples=5000`).

    Written to $COURSE_RESULTS/<lesson, "/" as "__">.json when COURSE_RESULTS is set, at every call
    and in one piece, so that a lesson stopped half-way leaves a whole file.
    Raises ValueError when a number is NaN or infinite, RuntimeError before `start`.
    """
    if _lesson["name"] is None:
        raise RuntimeError("runtime.record needs runtime.start('chapter/lesson') to run before it")
    if not isinstance(key, str) or not key:
        raise TypeError(f"the key of a recorded number must be a string, not {key!r}")
    entry = {"value": _plain(value, key)}
    entry.update({name: _plain(detail, f"{key}, {name}") for name, detail in details.items()})
    _lesson["values"][key] = entry
    folder = os.environ.get("COURSE_RESULTS", "").strip()
    if folder:
        _write_results(Path(folder))


def recorded(lesson, key):
    """The number that another lesson recorded when the course was executed in the profile quick.

    lesson: its id, "02_vae/1_from_autoencoder_to_vae". Returns None where there is no such number.
    """
    name = lesson.replace("/", "__") + ".json"
    # Beside the library in a clone of the repository, within it where it was installed.
    places = (Path(__file__).parent / "results", Path(__file__).parents[1] / "results")
    path = next((place / name for place in places if (place / name).exists()), Path(name))
    with contextlib.suppress(OSError, ValueError, KeyError):
        measured = json.loads(path.read_text(encoding="utf-8"))
        return measured["profiles"]["quick"]["values"][key]["value"]
    return None


def _plain(value, name):
    """The value as JSON knows it."""
    if value is None or isinstance(value, str | bool | np.bool_):
        return bool(value) if isinstance(value, np.bool_) else value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            raise ValueError(
                f"the recorded number {name!r} is {float(value)}: "
                "a result must be finite, so look at what went wrong before it is recorded"
            )
        return float(value)
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{name}, {key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "shape"):  # an array, a tensor or a Keras variable
        if not isinstance(value, np.ndarray):
            import keras

            value = keras.ops.convert_to_numpy(value)
        return _plain(np.asarray(value).tolist(), name)
    raise TypeError(f"the recorded value {name!r} is a {type(value).__name__}: record numbers")


def _write_results(folder):
    content = {
        "lesson": _lesson["name"],
        "profile": profile(),
        "seed": _lesson["seed"],
        "versions": {
            "python": platform.python_version(),
            "keras": _version("keras"),
            "backend": keras_backend(),
            _backend_package(): _version(_backend_package()),
            "numpy": np.__version__,
        },
        "values": _lesson["values"],
    }
    path = folder / (_lesson["name"].replace("/", "__") + ".json")
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise OSError(
            f"results cannot be written to {path} ({error.strerror}): "
            "check that COURSE_RESULTS names a folder you may write to"
        ) from error
