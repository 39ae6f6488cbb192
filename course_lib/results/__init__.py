"""What was measured: numbers of lessons and of studies, written and read here and nowhere else.

`lessons/` holds a file for each lesson: what it told `record` when tools/execute.py executed it. `studies/`
holds what takes longer than a lesson may, several seeds or several backends: a program in benchmarks/
measures it by the lesson's own functions, and the lesson reads it with `study`.

All of them are JSON. In a file a number that is not finite is null, and pictures are PNG; `read` gives the
same uint8 arrays back. Importing this module imports no Keras.
"""

import base64
import io
import json
import math
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image

from course_lib import inference
from course_lib.files import require_writable, write_atomically

FOLDER = Path(__file__).parent
STUDIES = {  # name -> the command that measures it
    "autoencoders": "python benchmarks/vae_seeds.py",
    "backends": "python benchmarks/backends.py PYTHON … --write",
    "combining": "python benchmarks/combining_seeds.py",
    "data_needs": "python benchmarks/data_needs.py",
    "few_pictures": "python benchmarks/few_pictures.py",
    "scoreboard": "python benchmarks/scoreboard.py --all",
    "one_knob": "python benchmarks/one_knob.py",
    "stability": "python benchmarks/stability_seeds.py",
}
_running = {}  # the lesson that runs in this process, and what it has recorded


class ResultsError(RuntimeError):
    """Measured numbers are missing or damaged; the message says which, and what to do."""


def begin(lesson, seed, profile, versions, speed=None):
    """Start an empty record of a lesson; `runtime.start` calls this.

    versions: a dict from what the numbers depend on ("python", "keras", …) to its version.
    speed: what `pace.measure` says of this machine, or None.

    Raises OSError when $COURSE_RESULTS cannot be written to, before anything was measured.
    """
    if folder := os.environ.get("COURSE_RESULTS", "").strip():
        require_writable(folder, "check that COURSE_RESULTS names a folder you may write to")
    _running.clear()
    _running.update(lesson=str(lesson), profile=profile, seed=int(seed), versions=versions, values={})
    if speed is not None:
        _running["speed"] = speed


def running():
    """The name of the lesson that runs in this process, or None before `begin`."""
    return place(_running["lesson"]).stem if _running else None


def record(key, value, **details):
    """Remember a number that the lesson measured.

    key: a short name, unique in the lesson; a second `record` of it replaces the first.
    value: an `inference.Estimate`, or a dict (of dicts) of them, is recorded with its interval, how that was
        made, and the numbers of its runs.
    value, details: numbers, strings, booleans, None, or lists and dicts of them; NumPy scalars and
        arrays and backend tensors are converted. Details say how it was measured
        (`seconds=…, judge="fashion-1", samples=5000`).

    Written to the lesson's file in $COURSE_RESULTS when that is set, at every call and in one piece, so
    that a lesson stopped half-way leaves a whole file.
    Raises ValueError when a number is NaN or infinite, RuntimeError before `runtime.start`.
    """
    if not _running:
        raise RuntimeError("runtime.record needs runtime.start('lesson') to run before it")
    if not isinstance(key, str) or not key:
        raise TypeError(f"the key of a recorded number must be a string, not {key!r}")
    value, found = _told_apart(value)
    details = found | details
    entry = {"value": _plain(value, key)}
    entry.update({name: _plain(detail, f"{key}, {name}") for name, detail in details.items()})
    _running["values"][key] = entry
    folder = os.environ.get("COURSE_RESULTS", "").strip()
    if folder:
        path = place(_running["lesson"], folder)
        try:
            write(path, _running)
        except OSError as error:
            raise OSError(
                f"results cannot be written to {path} ({error.strerror}): "
                "check that COURSE_RESULTS names a folder you may write to"
            ) from error


def recorded(lesson, key, what="value"):
    """The number that another lesson recorded when the course was executed in the profile quick.

    lesson: its name, "from_autoencoder_to_vae". what: the number itself, or its "interval", "runs", …

    Returns None where there is no such number.
    """
    return execution(lesson, "quick").get("values", {}).get(key, {}).get(what)


def execution(lesson, profile):
    """What the course's execution of a lesson in a profile measured: a dict with seconds, machine, values, …

    Empty where it was not executed so.
    """
    path = place(lesson)
    return read(path)["profiles"].get(profile, {}) if path.exists() else {}


def place(lesson, folder=FOLDER / "lessons"):
    """Where the numbers of a lesson are; `folder` is the course's own unless given.

    lesson: its name. Older copies give their file, "03_rnn/1_the_next_frame", which ends in the name.
    """
    return Path(folder) / (re.sub(r".*/\d+_", "", lesson) + ".json")


def require_study(name):
    """Make sure that `keep_study` will be able to write, before hours of measuring; raises OSError."""
    require_writable(FOLDER / "studies", f"the study {name!r} is kept there, so make it writable")


def study(name):
    """What a study measured: the dict that its program kept.

    Raises ResultsError, which names the command that measures it, when its file is missing or damaged.
    """
    made_by = STUDIES[name]
    try:
        return read(FOLDER / "studies" / f"{name}.json")
    except (OSError, ResultsError) as error:
        raise ResultsError(
            f"The study {name!r} cannot be read ({error}): get its file back from git, install the course "
            f"again, or measure again: {made_by}"
        ) from error


def keep_study(name, content):
    """Put what a study measured in the place of what it measured before, in one piece."""
    write(FOLDER / "studies" / f"{name}.json", {"made_by": STUDIES[name]} | content)


def read(path):
    """The dict that a file of results holds.

    Raises OSError when it is missing, ResultsError when it is damaged.
    """
    text = Path(path).read_bytes()
    try:
        content = json.loads(text, object_hook=_unpacked)
        if not isinstance(content, dict):
            raise ValueError("it holds no dict")
        return content
    except (ValueError, TypeError, OSError) as error:  # the last two of pictures that are none
        raise ResultsError(f"{Path(path).as_posix()} is damaged ({error})") from error


def write(path, content):
    """Write a dict in the one format that `read` reads, so that no file is ever half-written.

    Raises OSError when the folder cannot be written to.
    """
    content = _plain(content, Path(path).name, in_file=True)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(path, text.encode())


def _told_apart(value):
    """What is recorded of estimates: (values, {"interval": …, "of": …, "runs": …}), dicts as they were."""
    if isinstance(value, inference.Estimate):
        found = {"interval": [value.low, value.high], "of": value.source()}
        return value.value, found | ({"runs": list(value.runs)} if value.runs else {})
    if not isinstance(value, dict) or not value:
        return value, {}
    parts = {key: _told_apart(one) for key, one in value.items()}
    if not all(details for _, details in parts.values()):
        return value, {}
    details = {
        word: {key: one[word] for key, (_, one) in parts.items() if word in one}
        for word in ("interval", "of", "runs")
    }
    return {key: one for key, (one, _) in parts.items()}, {word: one for word, one in details.items() if one}


def _plain(value, name, in_file=False):
    """The value as JSON knows it; in a file with PNG for uint8 arrays, and null for what is not finite."""
    if value is None or isinstance(value, str | bool | np.bool_):
        return bool(value) if isinstance(value, np.bool_) else value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if not math.isfinite(value) and not in_file:
            raise ValueError(
                f"the recorded number {name!r} is {float(value)}: "
                "a result must be finite, so look at what went wrong before it is recorded"
            )
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{name}, {key}", in_file) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name, in_file) for item in value]
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "shape"):  # an array, a tensor or a Keras variable
        if not isinstance(value, np.ndarray):
            import keras

            value = keras.ops.convert_to_numpy(value)
        if in_file and value.dtype == np.uint8:
            return _packed(value)
        return _plain(np.asarray(value).tolist(), name, in_file)
    raise TypeError(f"the recorded value {name!r} is a {type(value).__name__}: record numbers")


def _packed(pictures):
    """Pictures (…, height, width, channels) as one PNG of grey levels, one below the other."""
    file = io.BytesIO()
    sheet = pictures.reshape(-1, math.prod(pictures.shape[-2:]))
    Image.fromarray(sheet).save(file, "PNG", optimize=True)
    return {"png": base64.b64encode(file.getvalue()).decode(), "shape": list(pictures.shape)}


def _unpacked(found):
    """The pictures that `_packed` put away; any other dict as it is."""
    if found.keys() != {"png", "shape"}:
        return found
    sheet = Image.open(io.BytesIO(base64.b64decode(found["png"])))
    return np.array(sheet).reshape(found["shape"])
