"""Runs the experiments of the lesson 01_gan/3 with five seeds and writes what they measured.

    python benchmarks/stability_seeds.py

The functions are the lesson's own, read from its source, so that what stands in
results/five_seeds_of_01_gan_3.json is what a reader of the lesson sees run with one seed.
"""

import json
import math
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import lesson_source

LESSON = ROOT / "chapters/01_gan/3_failures_on_purpose.py"
RESULTS = ROOT / "results/five_seeds_of_01_gan_3.json"
VALUES = ("CURES", "WAYS", "TAMED", "SPEED", "real", "jury", "pictures", "live_seed")


def plain(value):
    """The value as JSON knows it; a number that is not finite becomes null."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main():
    from course_lib import runtime

    runtime.start(lesson="01_gan/3_failures_on_purpose", seed=1)
    lesson = lesson_source.namespace(LESSON, VALUES)
    found = []
    for seed in range(1, 6):
        began = time.perf_counter()
        distances = lesson["oscillation"](seed)
        found.append(
            plain(
                {
                    "seed": seed,
                    "vanishing": lesson["vanishing"](seed),
                    "collapse": {name: lesson["collapse"](name, seed)[0] for name in lesson["CURES"]},
                    "oscillation": {name: line[[0, -1]] for name, line in distances.items()},
                    "explosion": lesson["explosion"](seed),
                    "speed": {name: lesson["speed"](name, seed)[0] for name in lesson["SPEED"]},
                }
            )
        )
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    result = {"profile": runtime.profile(), "judge": lesson["jury"].version, "seeds": found}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
