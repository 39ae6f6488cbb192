"""Runs the experiments of the lesson 01_gan/3 with five seeds and writes what they measured.

    python benchmarks/stability_seeds.py

The functions are the lesson's own, read from its source, so that what stands in
results/five_seeds_of_01_gan_3.json is what a reader of the lesson sees run with one seed.
"""

import ast
import json
import math
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
LESSON = ROOT / "chapters/01_gan/3_failures_on_purpose.py"
RESULTS = ROOT / "results/five_seeds_of_01_gan_3.json"
CONSTANTS = ("CURES", "WAYS", "TAMED", "SPEED", "real", "jury", "pictures", "live_seed")


def lesson_functions():
    """The lesson's imports, functions, knobs and the few values that the functions use."""

    def wanted(node):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef):
            return True
        if not isinstance(node, ast.Assign):
            return False
        source = ast.unparse(node)
        names = {
            part.id for target in node.targets for part in ast.walk(target) if hasattr(part, "id")
        }
        return bool(names & set(CONSTANTS)) or "runtime.pick(" in source

    tree = ast.parse(LESSON.read_text(encoding="utf-8"))
    space = {}
    for node in filter(wanted, tree.body):
        exec(ast.unparse(node), space)
    return space


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
    lesson = lesson_functions()
    found = []
    for seed in range(1, 6):
        began = time.perf_counter()
        distances = lesson["oscillation"](seed)
        found.append(
            plain(
                {
                    "seed": seed,
                    "vanishing": lesson["vanishing"](seed),
                    "collapse": {
                        name: lesson["collapse"](name, seed)[0] for name in lesson["CURES"]
                    },
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
