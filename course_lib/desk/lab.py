"""JupyterLab on the learner's copies, and nothing else."""

import importlib.util
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

from course_lib.desk import DeskError, copies, execution, home

SETTINGS = Path(__file__).with_name("jupyter")  # JupyterLab's defaults; own settings overrule them
# Where custom.css is looked for can be set only after the tag.
START = """\
try:
    from jupyter_server.serverapp import ServerApp
    from jupyterlab.labapp import main
    ServerApp.static_custom_path.tag(config=True)
    main()
except KeyboardInterrupt:  # before the server is up, and can ask whether it is meant
    raise SystemExit(130)
"""


def open_lab(target: Path, options=()) -> int:
    """Bring the copies in `target` up to date and run JupyterLab on them until the learner leaves it.

    options: further arguments for JupyterLab. Returns its exit status.
    Raises DeskError: `target` cannot be written, or there is no JupyterLab.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise DeskError(f"JupyterLab is not installed: run `{sys.executable} -m pip install jupyterlab`.")
    from jupyter_core.paths import jupyter_config_dir

    target = Path(target).resolve()
    report = copies.open_copies(target)
    try:
        said = home.write(target)
    except OSError as error:
        raise DeskError(f"{target / copies.HOME} cannot be written ({error.strerror}): mend that.") from error
    print(
        *filter(None, [*report.lines, said]),
        f"Your copies of the lessons are in {target}: nothing overwrites what you write there.",
        f"Begin with {copies.HOME}. To leave: save, press Ctrl-C here, and answer y.",
        sep="\n",
    )
    command = [sys.executable, "-c", START, f"--ServerApp.root_dir={target}",
               f"--LabApp.default_url=/lab/tree/{copies.HOME}", "--LabApp.custom_css=True",
               # The first custom.css that is found counts: the learner's own, or else ours.
               *(f"--ServerApp.static_custom_path={Path(folder, 'custom')}"
                 for folder in (jupyter_config_dir(), SETTINGS))]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("You are root (in a container, for one): JupyterLab is told that this is meant.")
        command.append("--allow-root")
    sys.stdout.flush()
    return wait_for([*command, *options])


def wait_for(command: list) -> int:
    """Run a server that answers Ctrl-C itself, with our settings, and our Python in its terminals.

    Ctrl-C reaches server and parent alike. The server asks whether it is meant, and may go on; so does the
    parent. Returns the exit status.
    """
    surroundings = execution.surroundings()
    for name, place in (("JUPYTER_CONFIG_PATH", str(SETTINGS)), ("PATH", sysconfig.get_path("scripts"))):
        surroundings[name] = os.pathsep.join(filter(None, [place, surroundings.get(name)]))
    server = subprocess.Popen(command, env=surroundings)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # or the server would stay behind
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            pass
