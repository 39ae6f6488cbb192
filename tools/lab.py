"""Opens the lessons in JupyterLab, on copies that are the learner's own.

my_notebooks/ gets a copy of every lesson that is not in it yet; what is there is never overwritten,
so answers survive an update of the course. To start a lesson afresh, delete or rename the copy.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import env

if __name__ == "__main__":
    env.enter("main")


def copy_lessons(source: Path, target: Path) -> list:
    """Copies the notebooks that `target` does not have. Returns them."""
    new = []
    for path in sorted(source.rglob("*.ipynb")):
        own = target / path.relative_to(source)
        if ".ipynb_checkpoints" not in path.parts and not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own)
            new.append(own)
    return new


def main() -> int:
    for path in copy_lessons(env.ROOT / "notebooks", env.ROOT / "my_notebooks"):
        print(f"new: {path.relative_to(env.ROOT).as_posix()}")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={env.ROOT}",
               "--LabApp.default_url=/lab/tree/my_notebooks", *sys.argv[1:]]  # fmt: skip
    try:
        return subprocess.run(command).returncode
    except KeyboardInterrupt:  # Ctrl-C is how one leaves JupyterLab
        return 0


if __name__ == "__main__":
    sys.exit(main())
