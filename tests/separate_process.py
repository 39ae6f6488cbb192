"""Runs fixed_run.py in a process of its own and reads the weights that it ended in."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).with_name("fixed_run.py")


def environment(**variables):
    paths = [str(PROGRAM.parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **variables}


def run(out, *arguments, python=sys.executable, **variables):
    """The arrays of OUT.npz after `fixed_run.py OUT.npz arguments`."""
    done = subprocess.run(
        [python, str(PROGRAM), str(out), *arguments],
        env=environment(**variables), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(out) as archive:
        return {name: archive[name] for name in archive.files}


def norm(weights, group):
    """The length of all weights of a group as one vector."""
    found = [np.sum(np.square(v, dtype=np.float64)) for k, v in weights.items() if k.startswith(group)]
    assert found
    return np.sqrt(sum(found))
