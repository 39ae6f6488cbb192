"""JupyterLab on the learner's copies, and nothing else."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from course_lib.desk import DeskError, copies

SETTINGS = Path(__file__).with_name(
    "jupyter"
)  # what JupyterLab does otherwise unless a learner's own settings say
HOME = "home.md"  # the page that JupyterLab opens, where the copies have one


def open_lab(target: Path, options=()) -> int:
    """Bring the copies in `target` up to date and run JupyterLab on them until the learner leaves it.

    options: further arguments for JupyterLab. Returns its exit status.
    Raises DeskError: `target` cannot be written, or there is no JupyterLab.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise DeskError(f"JupyterLab is not installed: run `{sys.executable} -m pip install jupyterlab`.")
    target = Path(target).resolve()
    report = copies.open_copies(target)
    first = copies.places()[0]
    start = HOME if (target / HOME).exists() else first
    print(
        *report.lines,
        f"Your copies of the lessons are in {target}: nothing overwrites what you write there.",
        f"Begin with {start}. To leave: save, then Ctrl-C here, and y.",
        sep="\n",
    )
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={target}",
               f"--LabApp.default_url=/lab/tree/{start}", "--ServerApp.log_level=ERROR"]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("You are root (in a container, for one): JupyterLab is told that this is meant.")
        command.append("--allow-root")
    sys.stdout.flush()
    return wait_for([*command, *options])


def wait_for(command: list) -> int:
    """Run a server that answers Ctrl-C itself. Returns its exit status.

    Ctrl-C reaches server and parent alike. The server asks whether it is meant, and may go on: so does the parent.
    """
    paths = [str(SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    surroundings = {"JUPYTER_PREFER_ENV_PATH": "1"} | os.environ
    server = subprocess.Popen(command, env=surroundings | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)})
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # or the server would stay behind
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            pass
