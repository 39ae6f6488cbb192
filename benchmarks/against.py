"""What parts of the library cost, beside the same parts of another checkout of the course.

    git worktree add ../before b96e505
    python benchmarks/against.py ../before                # five turns of everything
    python benchmarks/against.py ../before score --turns 3

Each turn runs a part in both checkouts, one after the other and in changing order, in fresh processes that
are held to one core, for a machine's speed drifts. Counted are seconds of the processor, from the place on
that the part says. Printed are ratios, the median with the smallest and the largest.

    score    the second `Judge.score` of a process, of 10,000 pictures new to it; the numbers must agree
    first    from `import tensorflow` on until the first picture of lesson 1.1 stands there
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLOCK = "import time; from time import process_time as clock\n"

PARTS = {
    "score": """
from course_lib import runtime
runtime.start(lesson="benchmarks/against", seed=1)
import numpy as np
from course_lib import data, judge
jury = judge.load()
pictures = data.signed(data.load("fashion", "test")[0])
rng = np.random.default_rng(TURN)
first, second = (
    np.clip(pictures + rng.normal(0, 0.1, pictures.shape).astype("float32"), -1, 1) for _ in range(2)
)
jury.score(first, "test")
began = clock()
score = jury.score(second, "test")
seconds = clock() - began
numbers = [float(score[name]) for name in ("frechet", "kernel", "precision", "recall", "density", "coverage")]
""",
    "first": """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow
began = clock()
from course_lib import runtime
runtime.start(lesson="the_adversarial_game", seed=1)
import keras
from course_lib import callbacks, check, data, judge, losses, metrics, plots, training, weights
from course_lib.models import gan
shipped = gan.dense_generator()
weights.load_into(shipped, "dense_gan.weights.h5")
latents = keras.random.normal((32, 64), seed=3)
figure = plots.grid(shipped.predict(latents, verbose=0), columns=16, title="Nobody took these pictures")
plots.show(figure, alt="32 grey pictures of garments.")
seconds = clock() - began
numbers = []
""",
}
SAY = "import json; print(); print(json.dumps({'seconds': seconds, 'numbers': numbers}))\n"


def measured(root: Path, part: str, turn: int) -> dict:
    """One run of a part in a checkout: its seconds, and the numbers that both checkouts must agree on."""
    program = CLOCK + PARTS[part].replace("TURN", str(turn)) + SAY
    environment = {**os.environ, "PYTHONPATH": str(root), "COURSE_PROFILE": "quick"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=root,
        preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{part} of {root} ended with an error:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", type=Path, help="another checkout of the course")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; else all of them")
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    if not (given.other / "course_lib").is_dir():
        parser.error(f"{given.other} is no checkout of the course: it has no folder course_lib")
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(PARTS)}")
    if not hasattr(os, "sched_setaffinity"):
        parser.error("a process can be held to one core on Linux only")
    for part in given.parts or PARTS:
        ratios, seconds, apart = [], [], 0.0
        for turn in range(given.turns):
            order = [ROOT, given.other.resolve()][:: 1 if turn % 2 else -1]
            found = {root: measured(root, part, turn) for root in order}
            here, there = found[ROOT], found[given.other.resolve()]
            seconds.append((here["seconds"], there["seconds"]))
            ratios.append(here["seconds"] / there["seconds"])
            pairs = zip(here["numbers"], there["numbers"], strict=True)
            apart = max([apart, *(abs(one - other) / abs(other) for one, other in pairs)])
        mine, others = (statistics.median(one) for one in zip(*seconds, strict=True))
        print(
            f"{part:6s} {mine:6.2f} s here, {others:6.2f} s there; ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}); numbers differ by {apart:.0e} at most"
        )


if __name__ == "__main__":
    main()
