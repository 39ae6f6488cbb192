"""How fast this machine trains small networks, and so how long a lesson takes on it.

The minutes in a lesson's header were measured on one machine; others differ by factors. Both are told by the
same two operations, which most of a lesson's seconds go into.
"""

from __future__ import annotations

import platform
import time
from pathlib import Path

import numpy as np

from course_lib import results

SECONDS = 0.15  # of measuring; the first call of an operation comes before them
PICTURES = 64  # a batch of the lessons


def measure() -> float:
    """The speed of this machine, in thousands of millions of multiply-adds a second.

    Of a convolution of 4×4, stride 2, from 28×28×16 to 14×14×32, and of a product of (64, 784) with
    (784, 512), a batch of 64 each, as this process's backend computes them. The fastest of as many rounds
    as 0.15 s hold counts: what else the machine does makes others slower.
    """
    from keras import ops

    pictures = ops.convert_to_tensor(np.full((PICTURES, 28, 28, 16), 0.5, "float32"))
    kernel = ops.convert_to_tensor(np.full((4, 4, 16, 32), 0.01, "float32"))
    vectors = ops.convert_to_tensor(np.full((PICTURES, 784), 0.5, "float32"))
    matrix = ops.convert_to_tensor(np.full((784, 512), 0.01, "float32"))
    multiply_adds = PICTURES * (14 * 14 * 32 * 4 * 4 * 16 + 784 * 512)

    def round_trip():
        began = time.perf_counter()
        ops.convert_to_numpy(ops.sum(ops.conv(pictures, kernel, strides=2, padding="same")))
        ops.convert_to_numpy(ops.sum(ops.matmul(vectors, matrix)))
        return time.perf_counter() - began

    round_trip()  # a first call sets up more than it computes
    end, fastest = time.perf_counter() + SECONDS, round_trip()
    while time.perf_counter() < end:
        fastest = min(fastest, round_trip())
    return multiply_adds / fastest / 1e9


def processor() -> str:
    """The processor's name, "" where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def in_words(seconds: float) -> str:
    """ "2.4 minutes", or "40 seconds"."""
    return f"{seconds / 60:.1f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"


def forecast(lesson: str, speed: float) -> str | None:
    """A sentence on how long a lesson takes here in the profile quick; None where its own speed is not known.

    Args:
        lesson: its name.
        speed: what `measure` returned on this machine.
    """
    try:
        measured = results.execution(lesson, "quick")
    except (OSError, results.ResultsError):  # the lesson can do without the sentence
        return None
    there = measured.get("machine", {}).get("speed")
    if not there:
        return None
    ratio = there / speed
    there, here = in_words(measured["seconds"]), in_words(ratio * measured["seconds"])
    return (
        f"The lesson took {there} where it was measured; by its speed in two operations, this machine "
        f"takes {ratio:.1f} times as long: about {here}."
    )
