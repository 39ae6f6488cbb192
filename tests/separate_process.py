"""Runs fixed_run.py, each time in a process of its own, and reads the weights that it ended in."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).with_name("fixed_run.py")


class Processes:
    """One server (see `fixed_run.serve`) for each Python and backend, until the `with` ends."""

    def __init__(self):
        self.servers = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for server in self.servers.values():
            server.communicate()  # the end of its input ends it

    def status(self, out, *arguments, python=sys.executable, backend="tensorflow"):
        """The exit status of `fixed_run.py OUT arguments`, negative after a signal."""
        if (python, backend) not in self.servers:
            paths = [str(PROGRAM.parents[1]), os.environ.get("PYTHONPATH", "")]
            variables = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "KERAS_BACKEND": backend}
            self.servers[python, backend] = subprocess.Popen(
                [python, str(PROGRAM)], env=os.environ | variables,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        server = self.servers[python, backend]
        print(json.dumps([str(out), *arguments]), file=server.stdin, flush=True)
        return int(server.stdout.readline())

    def run(self, out, *arguments, **where):
        """The arrays of OUT.npz after `fixed_run.py OUT.npz arguments`."""
        assert self.status(out, *arguments, **where) == 0  # pytest shows what it wrote to stderr
        with np.load(out) as archive:
            return {name: archive[name] for name in archive.files}


def norm(weights, group):
    """The length of all weights of a group as one vector."""
    found = [np.sum(np.square(v, dtype=np.float64)) for k, v in weights.items() if k.startswith(group)]
    assert found
    return np.sqrt(sum(found))
