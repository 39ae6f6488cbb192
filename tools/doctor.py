"""Checks this machine and says what to do about what fails: `python tools/doctor.py`."""

import sys

import env

if __name__ == "__main__":
    env.enter("main")
    sys.path.insert(0, str(env.ROOT))

    from course_lib.desk import command

    sys.exit(command.main(["doctor", *sys.argv[1:]]))
