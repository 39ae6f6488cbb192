"""What this machine can do, and what to do about what it cannot: `python -m course_lib.doctor`.

Importing this module imports the standard library only, and each check imports what it is about: the doctor
comes where something is missing.
"""

import hashlib
import importlib.metadata
import io
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from course_lib import machine, surroundings
from course_lib.console import knows_all, speak_plainly
from course_lib.files import cache_folder, require_writable
from course_lib.machine import GIGABYTE

LEAST_MEMORY = 2 * GIGABYTE  # free memory that a lesson needs in the quick profile
LEAST_DISK = 1 * GIGABYTE  # room for prepared data and checkpoints
MOST_PROBLEMS = 5  # that are listed of one kind


def examine():
    """Check this installation, one line a check, and return whether everything is in order.

    A line that starts with ✗ says what to do; one that starts with – was left out, and says why.
    Folders are named only where something is wrong with them, so the report can be shown to others.
    """
    healthy, known = True, set()
    for name in [name for name in globals() if name.startswith("_check_")]:  # as they stand below
        subject, lines = name.removeprefix("_check_"), []
        try:
            for line in globals()[name]():
                lines.append(line)
        except Exception as error:  # a doctor that falls over helps nobody
            reason, text = f"{type(error).__name__}: {error}", _sentence(subject, error)
            same = f"{subject}: left out, for the same reason"
            lines.append(("–", same) if reason in known else ("✗", text))
            known.add(reason)
        for mark, text in lines:
            healthy = healthy and mark != "✗"
            print(mark, text, flush=True)
    print("Everything is in order." if healthy else "Something needs your attention: see ✗ above.")
    return healthy


def _sentence(subject, error):
    """What stopped a check, and what to do."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return machine.missing_sentence(error.name.split(".")[0])
    if isinstance(error, ImportError) and "DLL load failed" in str(error):
        return f"{error}: install Microsoft's Visual C++ Redistributable (x64), then this again"
    if isinstance(error, ImportError):  # a sentence of the course's own, or of a package
        return f"{str(error).splitlines()[0]}"
    if not machine.current_folder():
        return "the folder that this runs in was removed: change to another one"
    problem = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"{subject}: the check itself failed ({problem}): please report this"


def _check_python():
    reasons = (machine.wrong_python(), machine.wrong_processor(), machine.moved_python())
    for problem in filter(None, reasons):
        yield "✗", problem
    yield "✓", f"Python {platform.python_version()}"


def _check_settings():
    """What this machine has set that the course notices; nothing where nothing is."""
    for name, file in surroundings.hiding_files(Path.cwd(), [str(Path.cwd()), *sys.path]).items():
        yield "✗", surroundings.hiding_sentence(name, file)
    for folder in filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        for name, file in surroundings.hiding_files(folder, sys.path).items():
            yield "✗", f"PYTHONPATH has {name} come from {file.parent}, not from this environment: unset it"
    if getattr(os, "geteuid", lambda: 1)() == 0:
        yield "–", "you are root: what the course writes belongs to root (in a container that does no harm)"
    if not knows_all(sys.stdout.encoding):
        yield "–", f"this console writes {sys.stdout.encoding}: other signs stand for those that it lacks"
    for name in ("PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
        if os.environ.get(name, "0") not in ("", "0", "false", "no"):
            yield (
                "–",
                f"{name} has pip install elsewhere: the course's commands set it aside, unset it for yours",
            )
    # Without PIP_USER=0 a `user = true` is also an option of this command, which hides where it comes from.
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True,
                           env=os.environ | {"PIP_USER": "0"})  # fmt: skip
    for setting in re.findall(r"^(?!:env:)\S+\.(?:user|target|prefix)='(?!0|false|no).*", asked.stdout, re.M):
        yield "–", f"pip is set to install elsewhere ({setting}): take that out of its settings for yours"
    if problem := machine.path_too_long(Path(sys.prefix)):
        yield "✗", problem
    constraints = machine.ROOT / "constraints.txt"
    if constraints.is_file() and b"\r\n" in constraints.read_bytes():
        yield (
            "✗",
            "git gave the course's files Windows' line ends, and make build compares bytes: clone it again",
        )


def _check_profile():
    from course_lib import runtime

    try:
        runtime.profile()
    except ValueError as error:
        yield "✗", str(error)


def _check_keras():
    from course_lib import runtime

    found = importlib.metadata.packages_distributions().get("tensorflow", [])
    if len(set(found)) > 1:
        names = " ".join(sorted(set(found)))
        yield "✗", f"{names} overwrite each other: run `pip uninstall {names}`, then install the course again"
    try:
        remarks = runtime.backend().REMARKS
    except ImportError:
        raise
    except Exception as error:  # packages that do not fit one another raise nearly anything
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ImportError(
            f"Keras does not start ({problem}): install the course into an environment of its own"
        ) from error
    for remark in remarks:
        yield "–", remark
    yield "✓", f"Keras loads, on {runtime.backend().TITLE}"


def _check_figures():
    if problem := surroundings.why_no_figures():
        raise ImportError(problem)
    from course_lib import plots

    if theirs := plots.set_aside():
        more = f" and {len(theirs) - 1} more" if len(theirs) > 1 else ""
        yield "–", f"your settings of matplotlib ({theirs[0]}{more}) change your figures, not the course's"
    plots.curves({"a": [1, 2]}, xlabel="x", ylabel="y", title="t").savefig(io.BytesIO())
    yield "✓", "figures can be drawn"


def _requirements():
    """What course_lib asks for: from the installed package, or from pyproject.toml beside it."""
    for distribution in importlib.metadata.packages_distributions().get("course_lib", []):
        requirements = importlib.metadata.requires(distribution)
        if requirements:
            return requirements
    return _project().get("dependencies")


def _project():
    """pyproject.toml's [project]; empty where there is none, for the course is installed."""
    project = machine.ROOT / "pyproject.toml"
    if not project.exists():
        return {}
    import tomllib

    return tomllib.loads(project.read_text(encoding="utf-8"))["project"]


def _check_packages():
    from packaging.requirements import Requirement

    from course_lib import runtime

    texts = _requirements()
    if texts is None:
        yield "✗", "course_lib is not installed: run `pip install -e .` in the course's folder"
    for requirement in map(Requirement, texts or []):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = requirement.name
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if any(importlib.metadata.packages_distributions().get(name, [])):
                yield "✓", f"{name}, by another name"
            elif surroundings.installed("keras") and name in runtime.backend().SPARED:
                yield "–", f"{name}: not installed, and not needed on {runtime.backend().TITLE}"
            else:
                yield "✗", f"{name} is not installed: run `pip install '{requirement}'`"
            continue
        if requirement.specifier.contains(version, prereleases=True):
            yield "✓", f"{name} {version}"
        else:
            yield "✗", f"{name} {version} does not fit: run `pip install -U '{requirement}'`"
    if missing := _missing_for_tests():
        names = ", ".join(missing)
        yield "–", f"{names}: not installed; only `make test` needs them: run `pip install -e '.[test]'`"


def _missing_for_tests():
    """Names of the extra "test" that are not installed; an installed course has no tests."""
    from packaging.requirements import Requirement

    texts = _project().get("optional-dependencies", {}).get("test", [])
    names = [Requirement(text).name for text in texts]
    return [name for name in names if not any(importlib.metadata.distributions(name=name))]


def _check_memory():
    from course_lib import runtime

    memory = runtime.memory()
    if memory is None:
        return [("–", "memory: unknown, because psutil is not installed")]
    text = f"{memory.available / GIGABYTE:.1f} of {memory.total / GIGABYTE:.1f} GB memory free"
    if memory.available < LEAST_MEMORY:
        return [("✗", f"{text}: a lesson needs {LEAST_MEMORY / GIGABYTE:.0f}; close other programs")]
    return [("✓", text)]


def _check_disk():
    folder = cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / GIGABYTE:.1f} GB free on the cache's disk"
    if free < LEAST_DISK:
        return [("✗", f"{text} ({folder}): the course needs {LEAST_DISK / GIGABYTE:.0f}; make room")]
    return [("✓", text)]


def _check_gpu():
    from course_lib import runtime

    if runtime.gpus():
        return [("✓", f"GPU: {', '.join(runtime.gpus())}")]
    if program := shutil.which("nvidia-smi"):
        asked = subprocess.run([program, "-L"], capture_output=True, text=True, errors="replace")
        if asked.returncode:
            said = " ".join(asked.stdout.split()) or f"exit status {asked.returncode}"
            return [("–", f"GPU: NVIDIA's driver fails ({said}): restart, or install it again")]
        text = f"GPU: there is an NVIDIA driver, but {runtime.backend().TITLE} sees no GPU; "
        return [("–", text + "on Linux `pip install -e '.[gpu]'` may help (lessons run without)")]
    return [("–", "GPU: none, so lessons run in the quick profile (minutes on a CPU)")]


def _check_jupyter():
    from course_lib import runtime

    if runtime.on_colab():
        return [("–", "JupyterLab: not needed on Colab")]
    try:
        version = importlib.metadata.version("jupyterlab")
    except importlib.metadata.PackageNotFoundError:
        return [("–", "JupyterLab's kernel: not looked for, because JupyterLab is not installed")]
    from jupyter_client import KernelManager
    from jupyter_client.kernelspec import NoSuchKernel

    from course_lib import desk

    remedy = f'run `"{sys.executable}" -m ipykernel install --sys-prefix`'
    try:
        desk.require_home()
    except desk.DeskError as error:
        return [("✗", f"JupyterLab does not start: {error}")]
    try:
        program = KernelManager(kernel_name="python3").format_kernel_cmd()[0]  # "python" is this Python
    except NoSuchKernel:
        return [("✗", f"JupyterLab has no Python kernel: {remedy}")]
    if shutil.which(program) is None:
        return [("✗", f"JupyterLab's kernel starts {program}, which does not exist: {remedy}")]
    return [("✓", f"JupyterLab {version} with a Python kernel")]


def _check_writing():
    places = (
        ("the cache", cache_folder(), "change its rights, or let COURSE_CACHE name another"),
        ("this folder", Path.cwd(), "change its rights, or work in another"),
    )
    for what, folder, instead in places:
        try:
            require_writable(folder, instead)
            yield "✓", f"{what} can be written"
        except OSError as error:
            yield "✗", f"{what} cannot be written: {error}"
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"drawing")
    except OSError as error:
        yield "✗", f"there is no folder for temporary files ({error}): make room, or let TMPDIR name one"


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
    import numpy as np

    from course_lib import runtime

    runtime.backend()
    import keras

    layers = keras.layers
    pictures = np.zeros((4, 8, 8, 1), "float32")
    frames = np.zeros((4, 3, 16), "float32")
    kinds = {
        "dense": (pictures, [layers.Flatten(), layers.Dense(1)]),
        "convolutional": (pictures, [layers.Conv2D(4, 3, 2), layers.ReLU(), layers.Conv2DTranspose(1, 4, 2)]),
        "recurrent": (frames, [layers.LSTM(4), layers.Dense(1)]),
    }
    for kind, (inputs, stack) in kinds.items():
        began = time.perf_counter()
        model = keras.Sequential(stack)
        model.compile(optimizer="adam", loss="mse", jit_compile=False)
        loss = model.train_on_batch(inputs, np.ones(model(inputs).shape, "float32"))
        seconds = time.perf_counter() - began
        if math.isfinite(float(loss)):
            yield "✓", f"a {kind} network trains ({seconds:.1f} s)"
        else:
            yield "✗", f"a {kind} network gives the loss {loss}: install {runtime.backend().TITLE} again"


if __name__ == "__main__":
    speak_plainly()
    sys.exit(0 if examine() else 1)
