"""Runs the experiments of the lesson 06_challenges/2 with five seeds and stores what they measured.

    python benchmarks/data_needs.py                    # what is missing; all: half an hour of one core
    python benchmarks/data_needs.py --only GAN:1       # some experiments, each with a seed
    python benchmarks/data_needs.py --repeat GAN:1     # again, compared with what is stored

The functions are the lesson's own, read from its source. Each experiment with each seed is kept in
build/data_needs as soon as it is done, so that an interruption loses one; when none is missing, all of
them are kept as the study "data_needs", which the lesson reads.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import lesson_source

LESSON = ROOT / "chapters/06_challenges/2_needs_bias_leakage.py"
PARTS = ROOT / "build/data_needs"
SEEDS = (1, 2, 3, 4, 5)
SIZES = (100, 1000, 50_000)
VALUES = {"pictures", "jury", "kinds_drawn", "SHARES", "CONFUSED"}
BOTH = ("validation", "test")  # what is chosen is chosen by the first; the second is looked at once
TEST = BOTH[1:]

# Each is a function of what the lesson defines, and of the seed.
EXPERIMENTS = {
    "100 labelled": lambda do, seed: do["extra_data"](100, seed, BOTH),
    "1000 labelled": lambda do, seed: do["extra_data"](1000, seed, BOTH),
    "10000 labelled": lambda do, seed: do["extra_data"](10_000, seed, BOTH),
    "unfair rivals": lambda do, seed: do["unfair_rivals"](100, seed, BOTH),
    "confused labels": lambda do, seed: {"0.4": do["noise"](0.4, True, seed, TEST)},
    "random labels": lambda do, seed: {
        str(share): do["noise"](share, False, seed, TEST) for share in (0.0, 0.4, 0.6)
    },
    "shirts named": lambda do, seed: do["bias_of_classifier"](seed, "test"),
    "VAE": lambda do, seed: {str(n): do["needs_vae"](n, seed, BOTH) for n in SIZES},
    "GAN": lambda do, seed: {str(n): do["needs_gan"](n, seed, BOTH) for n in SIZES},
    "50000 labelled": lambda do, seed: {
        how: do["accuracy"](do["train_classifier"](*do["some"](50_000, seed), seed, how == "moved"), TEST)
        for how in ("as it is", "moved")
    },
}


def part(name, seed):
    return PARTS / f"{name.replace(', ', '_').replace(' ', '_')}_{seed}.json"


def measure(lesson, name, seed):
    """One experiment with one seed: what it found, and the processor's seconds."""
    began = time.process_time()
    found = EXPERIMENTS[name](lesson, seed)
    return {"found": found, "seconds": round(time.process_time() - began, 1)}


def main():
    from course_lib import results, runtime
    from course_lib.files import require_writable

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="EXPERIMENT:SEED")
    parser.add_argument("--repeat", metavar="EXPERIMENT:SEED")
    arguments = parser.parse_args()
    try:
        results.require_study("data_needs")
        require_writable(PARTS, "copy the course to a folder of yours.")
    except OSError as error:
        sys.exit(f"{error}")
    runtime.start(lesson="needs_bias_leakage", seed=1)
    lesson = lesson_source.namespace(LESSON, VALUES)
    names = list(EXPERIMENTS)
    if arguments.repeat:
        name, seed = arguments.repeat.split(":")
        again = measure(lesson, name, int(seed))["found"]
        stored = results.study("data_needs")["experiments"][name][seed]["found"]
        print("the same to the last digit" if again == stored else f"then: {stored}\nnow:  {again}")
        return
    pairs = [(name, seed) for seed in SEEDS for name in names]
    if arguments.only:
        pairs = [wanted.split(":") for wanted in arguments.only]
    for name, seed in pairs:
        if not part(name, seed).exists():
            told = measure(lesson, name, int(seed))
            results.write(part(name, seed), told)
            print(f"{name}, seed {seed}: {told['seconds']:.0f} s", flush=True)
    if all(part(name, seed).exists() for name in names for seed in SEEDS):
        found = {name: {seed: results.read(part(name, seed)) for seed in SEEDS} for name in names}
        told = {"profile": runtime.profile(), "judge": lesson["jury"].version, "experiments": found}
        results.keep_study("data_needs", told)


if __name__ == "__main__":
    main()
