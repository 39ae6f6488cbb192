"""How the seconds and the memory of what lessons call most grow with what they are given.

    python benchmarks/growth.py [PART OF A NAME]

Every point is a process of its own on one core: the processor's seconds of a second call, and the most memory
above what the process held before the first. Printed are both at each point, and the slopes of straight lines
through the logarithms: 0 is no growth, 1 is in proportion. The program fails where seconds grow by a
slope above 1.15 (a line is never quite straight).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

STEEPEST = 1.15


def scored(number):
    """The judge's whole score of so many pictures, against ten thousand."""
    from course_lib import data, judge

    jury = judge.load()
    pictures = data.load("fashion", "train")[0]
    jury.reference("validation")
    return lambda turn: jury.score(pictures[turn * number : (turn + 1) * number])


def drawn(number):
    """So many pictures of the convolutional generator."""
    from course_lib.models import gan

    model = gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=1)
    return lambda turn: model.generate(number, seed=turn)


def known(number):
    """Twenty steps of the dense GAN on a training set of so many pictures."""
    return _steps(number=number)


def batch(number):
    """Twenty steps of the dense GAN on batches of so many pictures."""
    return _steps(batch=number)


def sides(pixels):
    """Twenty steps of a convolutional GAN on square pictures of so many pixels; widths stay the same."""
    from course_lib.models import gan

    side = round(pixels**0.5)
    shape = (side, side, 1)
    networks = gan.conv_generator(64, shape, (32, 16, 16)), gan.conv_discriminator(shape, (16, 16, 32))
    return _steps(networks, side=side, batch=16)


def _steps(networks=None, number=5_000, batch=64, side=28):
    from course_lib import data
    from course_lib.models import gan

    pictures = data.load("fashion", "train")[0][:number]
    if side != 28:
        pictures = np.ascontiguousarray(np.resize(pictures[:500], (500, side, side, 1)))
    model = gan.GAN(*(networks or (gan.dense_generator(), gan.dense_discriminator())), seed=1)
    model.compile(steps_per_execution=10)
    batches = data.Batches(pictures, batch, seed=1)
    return lambda turn: model.fit(batches, steps_per_epoch=20, verbose=0)


WORK = {  # -> what grows: its unit and its values
    scored: ("pictures", (1_250, 2_500, 5_000, 10_000)),
    drawn: ("pictures", (1_250, 2_500, 5_000, 10_000)),
    known: ("pictures", (6_250, 12_500, 25_000, 50_000)),
    batch: ("pictures", (32, 64, 128, 256)),
    sides: ("pixels", (28 * 28, 56 * 56, 112 * 112)),
}


def point(name, value):
    """Seconds of the processor, and MB, of one call."""
    from course_lib import runtime

    runtime.start(lesson="benchmarks/growth", seed=1)
    (make,) = [work for work in WORK if work.__name__ == name]
    before = runtime.peak_memory()
    call = make(value)
    call(0)  # compiles
    began = time.process_time()
    call(1)
    return time.process_time() - began, runtime.peak_memory() - before


def slope(values, measured):
    """Of the straight line through the logarithms."""
    return float(np.polyfit(np.log(values), np.log(np.maximum(measured, 1e-3)), 1)[0])


def main(wanted=""):
    steep = []
    for work, (unit, values) in WORK.items():
        if wanted not in work.__name__:
            continue
        print(work.__doc__, flush=True)
        points = []
        for value in values:
            done = subprocess.run(
                [sys.executable, __file__, "--point", work.__name__, str(value)],
                capture_output=True, text=True, check=True, env={**os.environ, "COURSE_PROFILE": "quick"},
                preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
            )  # fmt: skip
            points.append(json.loads(done.stdout.splitlines()[-1]))
            print(f"  {value:7,} {unit:8s} {points[-1][0]:8.2f} s {points[-1][1]:8.0f} MB", flush=True)
        seconds, memory = (slope(values, one) for one in zip(*points, strict=True))
        print(f"  slope of the seconds {seconds:.2f}, of the memory {memory:.2f}", flush=True)
        if seconds > STEEPEST:
            steep.append(f"{work.__name__}: {seconds:.2f}")
    if steep:
        raise SystemExit(f"Seconds grow faster than in proportion: {', '.join(steep)}.")


if __name__ == "__main__":
    if "--point" in sys.argv:
        print(json.dumps(point(sys.argv[2], int(sys.argv[3]))))
    else:
        main(*sys.argv[1:2])
