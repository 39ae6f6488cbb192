"""Trains one GAN of lesson 01_gan/3 again and again on a busy machine: are the weights the same?

    python benchmarks/repeatability.py [RUNS]

Three processes at a time train the relativistic GAN with the same seed, half of the runs as
`runtime.start` prepares them, half with TensorFlow's operations side by side, as they are without it.
Prints how many runs ended where most of them did.
"""

import hashlib
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]


def train(way):
    """Prints a checksum of what the trained generator draws."""
    import stability_seeds
    import tensorflow as tf

    import lesson_source
    from course_lib import runtime

    if way == "side by side":  # what `runtime.start` asks for is then asked for in vain
        tf.constant(0) + 1
    runtime.start(lesson="failures_on_purpose", seed=1)
    lesson = lesson_source.namespace(stability_seeds.LESSON, stability_seeds.VALUES)
    _, (last, _) = lesson["collapse"]("relativistic", 1)
    print(hashlib.sha256(last.tobytes()).hexdigest()[:12])


def main(runs=15):
    """Trains `runs` times each way, in processes of their own."""

    def outcome(way):
        command = [sys.executable, __file__, "--train", way]
        return way, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]

    ways = ["side by side", "one after the other"]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(outcome, ways * runs))
    for way in ways:
        counts = Counter(checksum for name, checksum in found if name == way)
        print(f"{way:20s} {counts.most_common(1)[0][1]} of {runs} ended in the same weights")


if __name__ == "__main__":
    if "--train" in sys.argv:
        train(sys.argv[-1])
    else:
        main(*map(int, sys.argv[1:2]))
