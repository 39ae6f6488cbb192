"""What a lesson needs around its own code: profile, seeds, quiet logs, recorded numbers.

The first cell of every lesson is

    from course_lib import runtime

    runtime.start("the_adversarial_game", seed=1)

It comes before `import keras`, because TensorFlow reads its log settings while it is imported.
Importing this module imports neither TensorFlow nor Keras.
"""

import contextlib
import functools
import importlib.metadata
import logging
import os
import platform
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from course_lib import pace, results
from course_lib.console import speak_plainly
from course_lib.files import numbered_folder
from course_lib.machine import GIGABYTE
from course_lib.results import record, recorded  # noqa: F401 (lessons call them here)

PROFILES = ("smoke", "quick", "full")
CONTAINER = Path("/sys/fs/cgroup")  # where Linux says what a container may use


# ------------------------------------------------------------------------------ starting a lesson


def start(lesson, seed=1):
    """Prepare this process for a lesson and print what it runs on, and in quick how long it will take here.

    Quietens the logs, loads Keras with its backend, seeds Python, NumPy and the backend, and has a CPU
    compute the same numbers every time that the seed is the same.

    lesson: its name, such as "the_adversarial_game"; `record` names its file after it.
    seed: an integer from 0 to 2**32 - 1.
    """
    speak_plainly()
    profile()  # a misspelt COURSE_PROFILE is reported before TensorFlow's seconds of loading
    _seed_everything(seed)
    if not gpus():
        backend().make_repeatable(cores())
    speed = pace.measure() if profile() == "quick" else None
    results.begin(lesson, seed, profile(), _versions(), speed)
    print(_headline(), *backend().REMARKS, sep="\n")
    if speed and (sentence := pace.forecast(lesson, speed)):
        print(sentence)


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
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed below)
    except OSError:  # no temporary folder, or a full one
        yield
        return
    kept = os.dup(2)
    with file:
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


def art_folder():
    """A new, empty folder for what this run of the lesson makes: my_art/<lesson>/<number of the run>.

    It lies in the folder that the notebook runs in. Every call makes another one, so that no lesson and no
    second run writes over what an earlier one made.

    Returns a relative `Path`. Raises RuntimeError before `start`, OSError where it cannot be made.
    """
    lesson = results.running()
    if lesson is None:
        raise RuntimeError("runtime.art_folder needs runtime.start('lesson') to run before it")
    try:
        return numbered_folder(Path("my_art", re.sub(r"[^\w-]+", "_", lesson)))
    except OSError as error:
        raise OSError(
            f"the folder my_art cannot be made here ({error.strerror}): "
            "start Jupyter in a folder that you may write to"
        ) from error


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


def peak_memory():
    """The most memory that this process has used so far, in MB; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def cores():
    """How many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_colab():
    """Whether this runs on Google Colab."""
    return "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules


def memory():
    """psutil's figures, or None where psutil (a part of ipykernel's installation) is missing.

    In a container that may have less than the computer has, they are the container's.
    """
    try:
        import psutil
    except ImportError:
        return None
    found = psutil.virtual_memory()
    try:
        limit, used = (int((CONTAINER / f"memory.{name}").read_text()) for name in ("max", "current"))
        details = dict(line.split() for line in (CONTAINER / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        return found
    free = limit - used + int(details.get("inactive_file", 0))  # copies of files, which make way
    return found._replace(total=min(found.total, limit), available=min(found.available, max(0, free)))


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"


def _versions():
    """What numbers depend on beside code and weights."""
    name = backend().NAME
    return {
        "python": platform.python_version(),
        "keras": _version("keras"),
        "backend": name,
        name: _version(name),
        "numpy": np.__version__,
    }
