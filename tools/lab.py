"""Opens the lessons in JupyterLab, on copies that are the learner's own: `python tools/lab.py`.

What is there is never overwritten, so answers survive an update of the course. To start a lesson afresh,
rename the copy. Arguments go to JupyterLab: `python tools/lab.py --port 9000`.
"""

import sys

import env

if __name__ == "__main__":
    env.enter("main")
    sys.path.insert(0, str(env.ROOT))

    from course_lib.desk import command

    sys.exit(command.main(["lab", f"--folder={env.ROOT / 'my_notebooks'}", *sys.argv[1:]]))
