"""Times one model on TensorFlow, JAX and PyTorch side by side, for lesson 06_challenges/3 (row S6).

    python benchmarks/backends.py [PYTHON …] [--write]

Every backend runs the same script. PYTHON names interpreters, for no environment of the course has all
three backends: with `make test-backends` done, `.venv/bin/python .venv-backends/bin/python`. Without any, it
is this one. Every backend that one of them has gets processes of its own, in turns. --write puts what was
measured into the study "backends", if all three were there.
"""

import datetime
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from course_lib import results

BACKENDS = ("tensorflow", "jax", "torch")
STEPS, TURNS, PROCESSES = 10, 3, 2  # steps in a turn, turns in a process, processes of each backend
FIND = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


BENCHMARK = """
import json, sys, time
import keras, numpy as np
from course_lib import data, weights
from course_lib.models import gan

steps, turns = map(int, sys.argv[1:])
shipped = gan.conv_generator()
weights.load_into(shipped, "dcgan_fashion.weights.h5")
latents = np.random.default_rng(1).standard_normal((64, 64)).astype("float32")
found = {"keras": keras.__version__, "picture": float(np.abs(shipped.predict(latents, verbose=0)).mean())}
players_of = {"dense": (gan.dense_generator, gan.dense_discriminator),
              "conv": (gan.conv_generator, gan.conv_discriminator)}
for name in players_of:
    model = gan.GAN(*(player() for player in players_of[name]), seed=1)
    model.compile(steps_per_execution=min(10, steps))
    batches = data.Batches(data.load("fashion", "train")[0][:1000], 32, seed=1)
    found[name] = []
    for turn in range(turns + 1):
        began = time.perf_counter()
        model.fit(batches, steps_per_epoch=steps, verbose=0)
        found[name].append((time.perf_counter() - began) / steps)
print(json.dumps(found))
"""


def call(python, *arguments, **variables):
    """What a Python prints; None if it fails."""
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"} | variables
    done = subprocess.run([python, *arguments], env=surroundings, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def main():
    pythons = [word for word in sys.argv[1:] if word != "--write"] or [sys.executable]
    if "--write" in sys.argv:
        try:
            results.require_study("backends")
        except OSError as error:
            sys.exit(f"{error}")
    found, versions = {}, {}
    for backend in BACKENDS:
        for python in pythons:
            version = call(python, "-c", FIND, backend)
            if version and backend not in found:
                found[backend], versions[backend] = python, version
    runs = {backend: [] for backend in found}
    for _ in range(PROCESSES):
        for backend, python in found.items():
            printed = call(python, "-c", BENCHMARK, str(STEPS), str(TURNS), KERAS_BACKEND=backend)
            if printed is None:
                sys.exit(f"The benchmark fails on {backend}: KERAS_BACKEND={backend} {python} -c … says why.")
            runs[backend].append(json.loads(printed.splitlines()[-1]))
    table = {}
    for backend, several in runs.items():
        row = {"version": versions[backend], "keras": several[0]["keras"], "picture": several[0]["picture"]}
        for name in ("dense", "conv"):
            seconds = [step for one in several for step in one[name][1:]]  # without the turn that compiles
            row[name] = {"median": statistics.median(seconds), "low": min(seconds), "high": max(seconds),
                         "first": STEPS * statistics.median(one[name][0] for one in several)}  # fmt: skip
            print(f"{backend:10s} {row['version']:12s} {name:5s} {1000 * row[name]['median']:7.1f} ms a step "
                  f"({1000 * row[name]['low']:.1f} to {1000 * row[name]['high']:.1f}); "
                  f"the first {STEPS} steps {row[name]['first']:.1f} s")  # fmt: skip
        table[backend] = row
    for backend in set(BACKENDS) - set(found):
        print(f"{backend:10s} is in none of the interpreters named")
    if "--write" in sys.argv and set(found) == set(BACKENDS):
        content = {
            "date": datetime.date.today().isoformat(), "cores": os.cpu_count(), "batch": 32, "steps": STEPS,
            "turns": TURNS * PROCESSES, "backends": table,
        }  # fmt: skip
        results.keep_study("backends", content)


if __name__ == "__main__":
    main()
