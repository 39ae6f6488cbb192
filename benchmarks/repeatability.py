"""Trains the same GANs again and again on a busy machine: are the weights the same, and what does that cost?

    python benchmarks/repeatability.py [RUNS]

Three processes at a time train the dense and the convolutional GAN, always from the same seed: half of the
runs as `runtime.start` prepares them, half with TensorFlow's own numbers of threads, as they are without it.
Prints how many runs ended where most of them did. Then, alone, both ways train in turns, five each, and it
prints the speed of what `runtime.start` prepares relative to TensorFlow's own.
"""

import hashlib
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

WAYS = ("free", "repeatable")
NETWORKS = ("dense", "conv")
STEPS = 100
AT_ONCE = 10  # trainings of one process


def train(way, network, runs):
    """Prints, for each of `runs` trainings, a checksum of all weights and the seconds they took."""
    import tensorflow as tf

    if way == "free":  # what `runtime.start` asks for is then asked for in vain
        tf.constant(0) + 1
    from course_lib import runtime

    runtime.start(lesson="benchmarks/repeatability", seed=1)
    from course_lib import data
    from course_lib.models import gan

    pictures, _ = data.load("fashion", "train")
    generator, discriminator = (getattr(gan, f"{network}_{side}") for side in ("generator", "discriminator"))
    for _ in range(int(runs)):
        runtime.seed(1)
        model = gan.GAN(generator(), discriminator(), seed=1)
        model.compile(steps_per_execution=10)
        batches = data.Batches(pictures, 64, seed=1)
        model.fit(batches, steps_per_epoch=10, verbose=0)  # compiles
        began = time.perf_counter()
        model.fit(batches, steps_per_epoch=STEPS, verbose=0)
        taken = time.perf_counter() - began
        weights = b"".join(weight.tobytes() for weight in model.get_weights())
        print("trained", hashlib.sha256(weights).hexdigest()[:12], taken)


def outcomes(way, network, runs):
    """`runs` trainings in a process of their own: a list of (checksum, seconds)."""
    command = [sys.executable, __file__, "--train", way, network, str(runs)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split()[1:] for line in printed.splitlines() if line.startswith("trained")]
    return [(checksum, float(seconds)) for checksum, seconds in lines]


def main(runs=200):
    for network in NETWORKS:
        with ThreadPoolExecutor(3) as pool:
            jobs = [(way, network, AT_ONCE) for _ in range(runs // AT_ONCE) for way in WAYS]
            found = list(pool.map(lambda job: (job[0], outcomes(*job)), jobs))
        for way in WAYS:
            checksums = [checksum for name, results in found if name == way for checksum, _ in results]
            most = Counter(checksums).most_common(1)[0][1]
            print(f"{network:6s} {way:10s} {most} of {len(checksums)} ended in the same weights", flush=True)
        ratios = []
        for _ in range(5):
            seconds = {way: outcomes(way, network, 2)[-1][1] for way in WAYS}
            ratios.append(seconds["free"] / seconds["repeatable"])
        print(
            f"{network:6s} alone: {statistics.median(ratios):.2f} of the speed "
            f"({min(ratios):.2f} to {max(ratios):.2f}, five turns of {STEPS} steps)",
            flush=True,
        )


if __name__ == "__main__":
    if "--train" in sys.argv:
        train(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:2]))
