"""What a lesson needs around its own code: profile, seeds, quiet logs, recorded numbers, doctor.

The first cell of every lesson is

    from course_lib import runtime

    runtime.start("the_adversarial_game", seed=1)

It comes before `import keras`, because TensorFlow reads its log settings while it is imported.
Importing this module imports neither TensorFlow nor Keras. `python -m course_lib.runtime` runs the
doctor.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import logging
import math
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from course_lib import results
from course_lib.results import record, recorded  # noqa: F401 (lessons call them here)

PROFILES = ("smoke", "quick", "full")
GIGABYTE = 1e9
LEAST_MEMORY = 2 * GIGABYTE  # free memory that a lesson needs in the quick profile
LEAST_DISK = 1 * GIGABYTE  # room for prepared data and checkpoints
MOST_PROBLEMS = 5  # that the doctor lists of one kind


# ------------------------------------------------------------------------------ starting a lesson


def start(lesson, seed=1):
    """Prepare this process for a lesson and print one line that says what it runs on.

    Quietens the logs, loads Keras with its backend, seeds Python, NumPy and the backend, and asks
    TensorFlow on a CPU for deterministic operations, so that the same seed gives the same numbers.

    lesson: its name, such as "the_adversarial_game"; `record` names its file after it.
    seed: an integer from 0 to 2**32 - 1.
    """
    profile()  # a misspelt COURSE_PROFILE is reported before TensorFlow's seconds of loading
    _quiet_logs()
    _seed_everything(seed)
    results.begin(lesson, seed, profile(), _versions())
    if keras_backend() == "tensorflow" and not gpus():
        _make_repeatable()
    print(_headline())


def _make_repeatable():
    """Have TensorFlow on a CPU compute the same numbers every time.

    Deterministic operations are not enough: an operation that runs beside another one may be given
    fewer threads, adds up in another order, and now and then a training ends elsewhere (2 of 10 runs
    of a GAN of lesson 1.3 did, in benchmarks/repeatability.py). So operations run one after the other,
    each on all cores.
    """
    import tensorflow as tf

    # TensorFlow refuses once it has computed anything; then the caller has to do without.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


def seed(number):
    """Seed Python, NumPy and the backend again, for a cell that must not depend on earlier ones."""
    _seed_everything(number)


def _seed_everything(number):
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise TypeError(f"the seed must be an integer, not {number!r}")
    if not 0 <= number < 2**32:
        raise ValueError(f"the seed must lie between 0 and 2**32 - 1, and {number} does not")
    keras_backend()  # loads Keras quietly
    import keras

    keras.utils.set_random_seed(int(number))


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
    memory = _memory()
    parts = [
        f"Python {platform.python_version()}",
        f"Keras {_version('keras')} on {_backend_name()} {_version(_backend_package())}",
        f"profile {profile()} ({_profile_reason()})",
        f"{cores()} CPU core" + ("s" if cores() != 1 else ""),
    ]
    if memory:
        parts.append(f"{memory.total / GIGABYTE:.0f} GB memory")
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


def keras_backend():
    """The name of the backend that Keras uses: "tensorflow", "jax" or "torch"."""
    _quiet_logs()
    with contextlib.nullcontext() if "keras" in sys.modules else _unheard_stderr():
        import keras

    return keras.config.backend()


@functools.cache
def gpus():
    """Names of the GPUs that the Keras backend sees, as a tuple; empty on a CPU.

    Asks the backend itself: a GPU that it cannot use does not count.
    """
    backend = keras_backend()
    if backend == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(device) for device in devices]
        return tuple(detail.get("device_name", "GPU") for detail in details)
    if backend == "jax":
        import jax

        return tuple(d.device_kind for d in jax.devices() if d.platform != "cpu")
    if backend == "torch":
        import torch

        return tuple(torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
    return ()


def cores():
    """How many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_colab():
    """Whether this runs on Google Colab."""
    return "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules


def _memory():
    """psutil's figures, or None where psutil (a part of ipykernel's installation) is missing."""
    try:
        import psutil
    except ImportError:
        return None
    return psutil.virtual_memory()


def _backend_package():
    return {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}.get(keras_backend(), keras_backend())


def _backend_name():
    return {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}.get(
        keras_backend(), keras_backend()
    )


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"


# ------------------------------------------------------------------------------- recorded numbers


def _versions():
    """What numbers depend on beside code and weights."""
    return {
        "python": platform.python_version(),
        "keras": _version("keras"),
        "backend": keras_backend(),
        _backend_package(): _version(_backend_package()),
        "numpy": np.__version__,
    }


# ----------------------------------------------------------------------------------------- doctor


def doctor():
    """Check this installation, one line a check, and return whether everything is in order.

    A line that starts with ✗ says what to do; one that starts with – was left out, and says why.
    Folders are named only where something is wrong with them, so the report can be shown to others.
    """
    checks = (
        _check_python,
        _check_packages,
        _check_memory,
        _check_disk,
        _check_gpu,
        _check_jupyter,
        _check_writing,
        _check_data,
        _check_weights,
        _check_training,
    )
    healthy = True
    for check in checks:
        try:
            lines = check()
        except Exception as error:  # a doctor that falls over helps nobody
            name = check.__name__.removeprefix("_check_")
            problem = f"{type(error).__name__}: {error}".splitlines()[0]
            lines = [("✗", f"{name}: the check itself failed ({problem}): please report this")]
        for mark, text in lines:
            healthy = healthy and mark != "✗"
            print(mark, text, flush=True)
    print("Everything is in order." if healthy else "Something needs your attention: see ✗ above.")
    return healthy


def _check_python():
    version = platform.python_version()
    if sys.version_info < (3, 11) or sys.version_info >= (3, 14):
        return [("✗", f"Python {version}: the course needs 3.11, 3.12 or 3.13; install one")]
    return [("✓", f"Python {version}")]


def _requirements():
    """What course_lib asks for: from the installed package, or from pyproject.toml beside it."""
    for distribution in importlib.metadata.packages_distributions().get("course_lib", []):
        requirements = importlib.metadata.requires(distribution)
        if requirements:
            return requirements
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if not project.exists():
        return None
    import tomllib

    return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]


def _check_packages():
    from packaging.requirements import Requirement

    texts = _requirements()
    if texts is None:
        return [("✗", "course_lib is not installed: run `pip install -e .` in the course's folder")]
    backend = keras_backend()
    lines = []
    for requirement in map(Requirement, texts):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = requirement.name
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if name.startswith("tensorflow") and backend != "tensorflow":
                lines.append(("–", f"{name}: not installed, and not needed with KERAS_BACKEND={backend}"))
            else:
                lines.append(("✗", f"{name} is not installed: run `pip install '{requirement}'`"))
            continue
        if requirement.specifier.contains(version, prereleases=True):
            lines.append(("✓", f"{name} {version}"))
        else:
            lines.append(("✗", f"{name} {version} does not fit: run `pip install -U '{requirement}'`"))
    return lines


def _check_memory():
    memory = _memory()
    if memory is None:
        return [("–", "memory: unknown, because psutil is not installed")]
    text = f"{memory.available / GIGABYTE:.1f} of {memory.total / GIGABYTE:.1f} GB memory free"
    if memory.available < LEAST_MEMORY:
        return [("✗", f"{text}: a lesson needs {LEAST_MEMORY / GIGABYTE:.0f}; close other programs")]
    return [("✓", text)]


def _check_disk():
    folder = _cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / GIGABYTE:.1f} GB free on the cache's disk"
    if free < LEAST_DISK:
        return [("✗", f"{text} ({folder}): the course needs {LEAST_DISK / GIGABYTE:.0f}; make room")]
    return [("✓", text)]


def _check_gpu():
    if gpus():
        return [("✓", f"GPU: {', '.join(gpus())}")]
    if shutil.which("nvidia-smi"):
        return [
            (
                "–",
                f"GPU: there is an NVIDIA driver, but {_backend_name()} sees no GPU; "
                "on Linux `pip install -e '.[gpu]'` may help (lessons run without)",
            )
        ]
    return [("–", "GPU: none, so lessons run in the quick profile (minutes on a CPU)")]


def _check_jupyter():
    if on_colab():
        return [("–", "JupyterLab: not needed on Colab")]
    version = _version("jupyterlab")
    if "unknown" in version:
        return [("–", "JupyterLab's kernel: not looked for, because JupyterLab is not installed")]
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return [("✗", "JupyterLab has no Python kernel: run `python -m ipykernel install --sys-prefix`")]
    program = shutil.which(spec.argv[0])
    if program is None:
        return [
            (
                "✗",
                f"JupyterLab's kernel starts {spec.argv[0]}, which does not exist: "
                "run `python -m ipykernel install --sys-prefix`",
            )
        ]
    return [("✓", f"JupyterLab {version} with a Python kernel")]


def _check_writing():
    lines = []
    for what, folder in (("the cache", _cache_folder()), ("this folder", Path.cwd())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"drawing")
            lines.append(("✓", f"{what} can be written"))
        except OSError as error:
            lines.append(("✗", f"{what} cannot be written ({error.strerror}): {folder}; change its rights"))
    return lines


def _cache_folder():
    """Where course_lib.data prepares other data sets (asking it would load TensorFlow Datasets)."""
    import platformdirs

    chosen = os.environ.get("COURSE_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("learning-to-draw")


def _check_data():
    from course_lib.data import bundled

    names = json.loads((bundled.FILES / "manifest.json").read_text(encoding="utf-8"))
    problems = []
    for name in names:
        try:
            bundled.read_file(name)
        except bundled.DataError as error:
            problems.append(("✗", str(error)))
    more = len(problems) - MOST_PROBLEMS
    if more > 0:
        problems[MOST_PROBLEMS:] = [("✗", f"{more} more bundled files are missing or damaged")]
    return problems or [("✓", f"bundled pictures are whole ({len(names)} files)")]


def _check_weights():
    folder = Path(__file__).resolve().parent / "weights"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    lines = []
    for name, facts in manifest.items():
        path = folder / name
        if not path.exists():
            lines.append(("✗", f"weights {name} are missing: fetch the course again"))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != facts["sha256"]:
            lines.append(("✗", f"weights {name} are damaged: fetch the course again"))
    return lines or [("✓", f"shipped weights are whole ({len(manifest)} files)")]


def _check_training():
    """One optimizer step of each kind of network that the course trains."""
    import keras

    pictures = np.zeros((4, 8, 8, 1), "float32")
    frames = np.zeros((4, 3, 16), "float32")
    kinds = {
        "dense": (pictures, [keras.layers.Flatten(), keras.layers.Dense(1)]),
        "convolutional": (
            pictures,
            [
                keras.layers.Conv2D(4, 3, strides=2, activation="relu"),
                keras.layers.Conv2DTranspose(1, 4, strides=2),
            ],
        ),
        "recurrent": (frames, [keras.layers.LSTM(4), keras.layers.Dense(1)]),
    }
    lines = []
    for kind, (inputs, layers) in kinds.items():
        began = time.perf_counter()
        model = keras.Sequential(layers)
        model.compile(optimizer="adam", loss="mse", jit_compile=False)
        loss = model.train_on_batch(inputs, np.ones(model(inputs).shape, "float32"))
        seconds = time.perf_counter() - began
        if math.isfinite(float(loss)):
            lines.append(("✓", f"a {kind} network trains ({seconds:.1f} s)"))
        else:
            lines.append(("✗", f"a {kind} network gives the loss {loss}: install {_backend_name()} again"))
    return lines


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a Windows log file may not know ✓
    sys.exit(0 if doctor() else 1)
