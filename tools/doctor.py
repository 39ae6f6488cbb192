"""Checks this machine and says what to do about what fails: `python tools/doctor.py`."""

import runpy

import env

if __name__ == "__main__":
    env.enter("main")
    runpy.run_module("course_lib.doctor", run_name="__main__")
