"""Runs the GANs of the lesson 01_gan/4 that see few pictures, with three seeds, and writes what it measured.

    python benchmarks/few_pictures.py

The functions are the lesson's own, read from its source, so that the study "few_pictures" holds what a reader
of the lesson sees.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import lesson_source

LESSON = ROOT / "chapters/01_gan/4_pictures_on_request.py"
VALUES = ("people", "y", "everybody", "subjects", "features", "aside")


def main():
    from course_lib import results, runtime

    lesson_source.begin("few_pictures", "pictures_on_request")
    lesson = lesson_source.namespace(LESSON, VALUES)
    found = []
    for seed in (1, 2, 3):
        began = time.perf_counter()
        found.append(lesson["compared"](seed))
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    told = {"profile": runtime.profile(), "steps": lesson["study_steps"], "seeds": found}
    results.keep_study("few_pictures", told)


if __name__ == "__main__":
    main()
