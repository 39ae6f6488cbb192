"""Small trained weights that ship with the course, and the list that tells whether they are intact.

`manifest.json` holds one entry a file: `{file: {version, sha256, bytes, made_by}}`. Nothing here
imports Keras: a damaged file is found before anything reads it.
"""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent


class WeightsError(RuntimeError):
    """A weights file is missing, damaged or unknown; the message says which, and what to do."""


def manifest(folder=FOLDER):
    """Return the list of weights files as a dict: file name → version, sha256, bytes, made_by.

    Raises WeightsError when the list itself is missing or cannot be read.
    """
    path = Path(folder) / "manifest.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(entries, dict):
            raise ValueError("it holds no list of files")
        return entries
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"{path} cannot be read ({error}); get it back from git, or install the course again."
        ) from error


def verified(name, folder=FOLDER):
    """Return `(path, entry)` of one weights file, after its size and SHA-256 were checked.

    Raises WeightsError when the file is missing, damaged or not in the list.
    """
    path = Path(folder) / name
    entry = manifest(folder).get(name)
    if entry is None:
        raise WeightsError(f"{name} is not among the weights listed in {path.parent}.")
    remedy = f"get the shipped file back from git, or rebuild it: {entry['made_by']}"
    if not path.is_file():
        raise WeightsError(f"The weights file {path} is missing; {remedy}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise WeightsError(
            f"The weights file {path} is damaged (its {len(content):,} bytes are not the "
            f"{entry['bytes']:,} that were shipped); {remedy}"
        )
    return path, entry


def record(name, version, made_by, folder=FOLDER):
    """Enter a freshly written weights file in the list, and return its entry.

    A file whose bytes differ from the ones shipped under the same version is another network: its
    numbers cannot be compared. So its version gets the beginning of its checksum as a suffix.
    """
    path = Path(folder) / name
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    entries = manifest(folder) if (Path(folder) / "manifest.json").exists() else {}
    before = entries.get(name)
    if before and before["version"].split("+")[0] == version and before["sha256"] != sha256:
        version = f"{version}+{sha256[:8]}"
    entry = {"version": version, "sha256": sha256, "bytes": len(content), "made_by": made_by}
    if before and before["sha256"] == sha256:
        entry["version"] = before["version"]
    entries[name] = entry
    text = json.dumps(entries, indent=2, sort_keys=True) + "\n"
    (Path(folder) / "manifest.json").write_text(text, encoding="utf-8")
    return entry


def load_into(network, name):
    """Put shipped weights into a network of the same architecture, after checking the file.

    Raises WeightsError when the file is missing, damaged, or made for other layers.
    """
    path, _ = verified(name)
    try:
        network.load_weights(path)
    except (ValueError, KeyError) as error:
        raise WeightsError(
            f"The weights in {name} do not fit this network ({network.count_params():,} weights): "
            "build it with the arguments that the lesson uses."
        ) from error
