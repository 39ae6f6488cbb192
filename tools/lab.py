"""Opens the lessons in JupyterLab, on copies that are the learner's own (course_lib/desk/copies.py).

Arguments go to JupyterLab: `python tools/lab.py --port 9000`.
"""

import sys

import env

if __name__ == "__main__":
    env.enter("main")

sys.path.insert(0, str(env.ROOT))

from course_lib.desk import DeskError, lab

if __name__ == "__main__":
    try:
        sys.exit(lab.open_lab(env.ROOT / "my_notebooks", sys.argv[1:]))
    except DeskError as error:
        sys.exit(f"{error}")
