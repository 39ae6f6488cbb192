"""Measures the scoreboard of lesson 05_comparisons/1: every entrant, three seeds, and a grid of networks.

    python benchmarks/scoreboard.py                  prints the shipped table
    python benchmarks/scoreboard.py --all            what is missing, a process each, then writes the file
    python benchmarks/scoreboard.py --list           the names of the runs that are missing
    python benchmarks/scoreboard.py --run NAME …     these runs only: "dense VAE 1", "grid 1000 1"
    python benchmarks/scoreboard.py --collect        writes course_lib/weights/scoreboard.npz of what is there
    python benchmarks/scoreboard.py --calibrate      how many steps fit into the budget on this machine
    python benchmarks/scoreboard.py --repeat NAME …  trains again: how far are the numbers from the stored?

Each run is stored as soon as it is there (in build/scoreboard), so that an interruption loses one run. All is
meant for one core: `taskset -c 0 python benchmarks/scoreboard.py --all` where there are several: 40 minutes.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
STORE = ROOT / "build" / "scoreboard"
MADE_BY = "python benchmarks/scoreboard.py --all"


def started():
    """The library, with TensorFlow made repeatable."""
    from course_lib import runtime, scoreboard

    runtime.start(lesson="05_comparisons/1_one_scoreboard", seed=1)
    return scoreboard


def names():
    """Every run, those of the first seed first."""
    from course_lib import scoreboard

    return [
        name
        for seed in scoreboard.SEEDS
        for name in (
            *(f"{entrant} {seed}" for entrant in scoreboard.ENTRANTS),
            *(f"grid {pictures} {seed}" for pictures in scoreboard.GRID_PICTURES),
        )
    ]


def place(name, folder=STORE):
    """Where a run is stored."""
    return folder / (name.replace(" ", "_") + ".npz")


def measured(name):
    """One run: a dict of numbers, and a dict of samples."""
    scoreboard = started()
    what, seed = name.rsplit(" ", 1)
    if what.startswith("grid "):
        return scoreboard.measure_grid(int(what.split()[1]), int(seed)), {}
    return scoreboard.measure(what, int(seed))


def store(name):
    """Measures a run and writes it."""
    clock = time.perf_counter()
    numbers, samples = measured(name)
    STORE.mkdir(parents=True, exist_ok=True)
    half = place(name).with_suffix(".part")
    with half.open("wb") as file:
        np.savez_compressed(file, numbers=packed(numbers), **samples)
    half.replace(place(name))
    print(f"{name}: {time.perf_counter() - clock:.0f} s")


def packed(numbers):
    """Numbers as JSON in an array of bytes."""
    return np.frombuffer(json.dumps(numbers).encode(), np.uint8)


def stored(name):
    """`(numbers, samples)` of a run that was stored."""
    with np.load(place(name), allow_pickle=False) as archive:
        samples = {key: archive[key] for key in archive.files if key != "numbers"}
        return json.loads(bytes(archive["numbers"])), samples


def collect():
    """Writes the file that ships: all numbers of all seeds, and the samples of the first seed."""
    import keras
    import tensorflow

    from course_lib import judge, weights

    scoreboard = started()
    table = {"runs": [], "grid": []}
    samples = {}
    for name in names():
        if not place(name).exists():
            print(f"{name} is missing")
            continue
        numbers, pictures = stored(name)
        table["grid" if name.startswith("grid") else "runs"].append(numbers)
        if pictures and numbers["seed"] == scoreboard.SEEDS[0]:
            samples[numbers["entrant"]] = pictures["at_end"]
            samples[f"{numbers['entrant']}, points"] = pictures["at_points"]
    jury = judge.load("fashion")
    table |= {
        "judge": jury.version, "budget": scoreboard.BUDGET, "grid_budget": scoreboard.GRID_BUDGET,
        "curve_pictures": scoreboard.CURVE_PICTURES, "score_pictures": scoreboard.SCORE_PICTURES,
        "floor": dict(jury.floor(scoreboard.SCORE_PICTURES)), "cores": 1,
        "versions": {"tensorflow": tensorflow.__version__, "keras": keras.__version__},
    }  # fmt: skip
    path = weights.FOLDER / scoreboard.FILE
    np.savez_compressed(path, table=packed(table), **samples)
    entry = weights.record(scoreboard.FILE, "scoreboard-1", MADE_BY)
    print(f"{path.name}: {entry['bytes']:,} bytes, {len(table['runs'])} runs, {len(table['grid'])} grids")


def calibrate(seconds=4.0):
    """Prints how many steps of each entrant and network fit into the budget."""
    scoreboard = started()
    from course_lib import data

    def rate(model, batch_size):
        batches = data.Batches(data.load("fashion", "train")[0], batch_size, seed=1)
        model.fit(batches, steps_per_epoch=20, verbose=0)
        clock, steps = time.process_time(), 20
        while time.process_time() - clock < seconds:
            model.fit(batches, steps_per_epoch=steps, verbose=0)
            steps *= 2
        return (steps - 20) / (time.process_time() - clock)

    for name, entrant in scoreboard.ENTRANTS.items():
        model, _ = entrant.build(1)
        print(f"{name}: {rate(model, entrant.batch_size) * scoreboard.BUDGET:.0f}", flush=True)
    for width, depth in scoreboard.GRID:
        model, _ = scoreboard.grid_vae(width, depth, 1)
        print(f"{width} x {depth}: {rate(model, 128) * scoreboard.GRID_BUDGET:.0f}", flush=True)


def repeat(name):
    """Trains a stored run again and prints the largest difference of its distances."""
    before, _ = stored(name) if place(name).exists() else shipped(name)
    after, _ = measured(name)
    pairs = zip(distances(before), distances(after), strict=True)
    gaps = [abs(a - b) for a, b in pairs]
    same = "identical" if not any(gaps) else f"differ by up to {max(gaps):.3g}"
    print(f"{name}: distances {same}")


def shipped(name):
    """The numbers of a run in the shipped file."""
    from course_lib import scoreboard

    table, _ = scoreboard.load()
    what, seed = name.rsplit(" ", 1)
    for one in table["grid" if what.startswith("grid ") else "runs"]:
        label = one.get("entrant") or f"grid {one['pictures']}"
        if (label, one["seed"]) == (what, int(seed)):
            return one, {}
    raise SystemExit(f"There is no run {name!r}: --list names them.")


def show():
    """Prints the final distances of the shipped runs, the nearest first."""
    from course_lib import scoreboard

    table, _ = scoreboard.load()
    found = {}
    for run in table["runs"]:
        found.setdefault(run["entrant"], []).append(run["score"]["frechet"])
    for name in sorted(found, key=lambda name: np.mean(found[name])):
        print(f"{name:12s}", "  ".join(f"{distance:6.2f}" for distance in found[name]))


def distances(numbers):
    """Every Fréchet distance of a run."""
    if "networks" in numbers:
        return [distance for one in numbers["networks"] for distance in one["distance"]]
    return [*numbers["distance"], numbers["score"]["frechet"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--collect", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--run", nargs="+", default=[])
    parser.add_argument("--repeat", nargs="+", default=[])
    arguments = parser.parse_args()
    missing = [name for name in names() if not place(name).exists()]
    if arguments.list:
        print("\n".join(missing))
    elif arguments.collect:
        collect()
    elif arguments.calibrate:
        calibrate()
    elif arguments.repeat:
        for name in arguments.repeat:
            repeat(name)
    elif len(arguments.run) == 1:
        store(arguments.run[0])
    elif arguments.run or arguments.all:
        for name in arguments.run or missing:  # a process each: memory and random states start anew
            subprocess.run([sys.executable, __file__, "--run", name], check=True)
        if arguments.all:
            collect()
    else:
        show()


if __name__ == "__main__":
    main()
