"""Runs the experiments of the lesson 01_gan/3 with five seeds and writes what they measured.

    python benchmarks/stability_seeds.py

The functions are the lesson's own, read from its source, so that what the study "stability" holds is what a
reader of the lesson sees run with one seed.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import lesson_source

LESSON = ROOT / "chapters/01_gan/3_failures_on_purpose.py"
VALUES = ("CURES", "WAYS", "TAMED", "SPEED", "SGD_RATES", "RATES", "real", "jury", "pictures", "live_seed")
SIXTH = 6  # the seed that chooses learning rates, and counts for nothing else there


def main():
    from course_lib import results, runtime

    lesson_source.begin("stability", "failures_on_purpose")
    lesson = lesson_source.namespace(LESSON, VALUES)
    rates = {
        name: {f"{rate:g}": lesson["speed"](name, SIXTH, rate)[0] for rate in tried}
        for name, tried in lesson["RATES"].items()
    }
    best = {name: float(min(tried, key=tried.get)) for name, tried in rates.items()}
    print(rates, flush=True)
    found = []
    for seed in range(1, 6):
        began = time.perf_counter()
        distances = lesson["oscillation"](seed)
        found.append(
            {
                "seed": seed,
                "vanishing": lesson["vanishing"](seed),
                "collapse": {name: lesson["collapse"](name, seed)[0] for name in lesson["CURES"]},
                "oscillation": {name: line[[0, -1]] for name, line in distances.items()},
                "explosion": lesson["explosion"](seed),
                "speed": {name: lesson["speed"](name, seed, best.get(name))[0] for name in lesson["SPEED"]},
            }
        )
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    bare = ("nothing", "rates 1:1", "rates 1:4")
    more = [
        {"seed": seed, "collapse": {name: lesson["collapse"](name, seed)[0] for name in bare}}
        for seed in range(6, 11)
    ]
    told = {"profile": runtime.profile(), "judge": lesson["jury"].version, "rates": rates}
    results.keep_study("stability", told | {"seeds": found, "more": more})


if __name__ == "__main__":
    main()
