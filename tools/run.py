"""Executes one lesson on the course's own pictures and writes it as a page under build/.

    python tools/run.py              the first lesson on GANs
    python tools/run.py 02_vae/1     the first lesson whose name contains these letters

COURSE_PROFILE=smoke takes seconds, quick minutes, full is for a GPU.
"""

import sys

import env

if __name__ == "__main__":
    env.enter("main")
    sys.path.insert(0, str(env.ROOT))

    from course_lib.desk import command

    sys.exit(command.main(["run", f"--folder={env.ROOT / 'build'}", *sys.argv[1:]]))
