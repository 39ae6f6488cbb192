"""Measures the scoreboard of lesson 05_comparisons/1: every entrant, three seeds, and a grid of networks.

    python benchmarks/scoreboard.py                  prints the stored table
    python benchmarks/scoreboard.py --all            what is missing, a process each, then keeps the study
    python benchmarks/scoreboard.py --list           the names of the runs that are missing
    python benchmarks/scoreboard.py --run NAME …     these runs only: "dense VAE 1", "grid 1000 1"
    python benchmarks/scoreboard.py --collect        keeps the study "scoreboard" of what is there
    python benchmarks/scoreboard.py --calibrate      how many steps fit into the budget on this machine
    python benchmarks/scoreboard.py --repeat NAME …  trains again: how far are the numbers from the stored?

Each run is stored as soon as it is there (in build/scoreboard), so that an interruption loses one run. All is
meant for one core: `taskset -c 0 python benchmarks/scoreboard.py --all` where there are several: 40 minutes.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from course_lib import runtime

runtime.start(lesson="one_scoreboard", seed=1)

import keras
import tensorflow
from keras import ops

from course_lib import data, judge, losses, metrics, results, scoreboard
from course_lib.files import require_writable
from course_lib.models import vae

STORE = ROOT / "build" / "scoreboard"


def names():
    """Every run, those of the first seed first."""
    return [
        name
        for seed in scoreboard.SEEDS
        for name in (
            *(f"{entrant} {seed}" for entrant in scoreboard.ENTRANTS),
            *(f"grid {pictures} {seed}" for pictures in scoreboard.GRID_PICTURES),
        )
    ]


def grid_vae(width, depth, seed):
    """A dense VAE of a grid: `depth` hidden layers of `width` units in the encoder and in the decoder."""
    networks = (vae.dense_encoder(widths=(width,) * depth), vae.dense_decoder(widths=(width,) * depth))
    model = vae.VAE(*networks, seed=seed)
    model.compile(steps_per_execution=scoreboard.PER_CALL)
    return model, model.generate


def drawing_weights(name, model):
    """How many numbers it takes to draw: those of the network that is needed after training."""
    if name == "autoencoder":  # the decoder, and a Gaussian of twenty numbers
        return vae.dense_decoder().count_params() + 20 + 210
    for part in ("average_generator", "decoder"):
        if hasattr(model, part):
            return getattr(model, part).count_params()
    return model.memory.count_params() + model.pixel.count_params()


def bits_per_dimension(name, model, number: int = 500, codes: int = 100):
    """Bits for each pixel of `number` test pictures with 256 levels; None where there is no bound.

    Exact for the painter. For the VAE an upper bound of -log p, from `codes` codes a picture; the widths of
    the 784 pixels' logistic distributions come from the errors of training pictures.
    """
    unseen = data.signed(data.load("fashion", "test")[0][:number])
    if name == "row LSTM":
        return float(-model.log_likelihood(unseen).mean() / np.log(2))
    if name == "dense VAE":
        return vae_bits(model, unseen, codes)
    return None


def vae_bits(model, pictures, codes: int, seed: int = 0):
    """`bits_per_dimension` of a VAE whose decoder returns the pixels' means."""
    rng = np.random.default_rng(seed)

    def drawn(mean, log_var):
        noise = rng.standard_normal(mean.shape).astype("float32")
        return mean + np.exp(log_var / 2) * noise, noise

    known = data.signed(data.load("fashion", "train")[0][:5_000])
    mean, log_var = model.encode(known)
    decoded = model.decode(drawn(mean, log_var)[0])
    spread = np.sqrt(np.mean((known - decoded) ** 2, axis=0, keepdims=True)) * np.sqrt(3) / np.pi

    def log_likelihood(pictures, decoded, factor):
        log_scale = np.maximum(np.log(factor * spread + 1e-9), -7.0)
        found = losses.discretised_logistic_log_likelihood(pictures, decoded, log_scale)
        return ops.convert_to_numpy(found)

    # Errors have long tails: narrower distributions fit most of them better.
    factor = max((0.3, 0.45, 0.6, 0.8, 1.0), key=lambda one: log_likelihood(known, decoded, one).mean())
    mean, log_var = model.encode(pictures)
    bounds = []
    for start in range(0, len(pictures), 20):
        part = slice(start, start + 20)
        m, v = (np.tile(one[part], (codes, 1)) for one in (mean, log_var))
        z, noise = drawn(m, v)
        log_ratio = 0.5 * np.sum(noise**2 + v - z**2, axis=1)
        fits = log_likelihood(np.tile(pictures[part], (codes, 1, 1, 1)), model.decode(z), factor)
        bounds.append(losses.importance_weighted_bound((fits + log_ratio).reshape(codes, -1)))
    bounds = np.concatenate([ops.convert_to_numpy(one) for one in bounds])
    return float(-np.mean(bounds) / 784 / np.log(2))


def nearest(jury, drawn, pool):
    """How far drawn pictures are from the nearest of those learnt from, beside real unseen ones.

    The ratio of two medians, of distances in the judge's features; below 1 for copies.

    Args:
        jury: the judge.
        drawn: pictures.
        pool: the judge's features of the pictures that were learnt from.
    """
    unseen = jury.reference("test")[: len(drawn)]
    away, usual = (metrics.nearest(one, pool)[0] for one in (jury.features(drawn), unseen))
    return float(np.median(away) / np.median(usual))


def measure(name, seed):
    """All that is stored of one entrant and one seed: a dict of plain numbers, and of its samples.

    Returns:
        The dict; its samples are uint8 arrays, `at_points` `(points, 8, 28, 28, 1)` and `at_end`
        `(64, 28, 28, 1)`.
    """
    model, draw, curve = scoreboard.run(name, seed, watch=runtime.peak_memory)
    before, after, *_ = curve.pop("watched")
    at_points = curve.pop("samples")
    draw(100, seed=seed)
    clock = time.process_time()
    drawn = draw(scoreboard.SCORE_PICTURES, seed=seed)
    each = (time.process_time() - clock) / scoreboard.SCORE_PICTURES
    jury = judge.load("fashion")
    added = None if before is None else after - before
    score = dict(jury.score(drawn, reference="test"))
    numbers = curve | {"memory": added, "entrant": name, "seed": seed, "score": score}
    if name == "autoencoder":
        naive = draw(scoreboard.SCORE_PICTURES, seed=seed, naive=True)
        numbers["naive_distance"] = jury.frechet(naive, reference="test")
    runtime.seed(seed)
    _, untrained = scoreboard.ENTRANTS[name].build(seed)
    numbers["untrained"] = jury.frechet(untrained(scoreboard.CURVE_PICTURES, seed=seed))  # as the curve
    return numbers | {
        "nearest": nearest(jury, drawn, jury.features(data.load("fashion", "train")[0])),
        "milliseconds": 1000 * each,
        "weights": drawing_weights(name, model),
        "trained_weights": int(sum(np.prod(w.shape) for w in model.trainable_variables)),
        "bits": bits_per_dimension(name, model),
        "class_counts": jury.class_counts(drawn).tolist(),
        "samples": {"at_points": at_points, "at_end": data.to_uint8(drawn[:64])},
    }


def measure_grid(pictures, seed):
    """Every network of `scoreboard.GRID` on `pictures` training pictures: a dict of plain numbers."""
    every, _ = data.load("fashion", "train")
    chosen = np.random.default_rng(seed).permutation(len(every))[:pictures]
    batches = data.Batches(every[chosen], 128, seed=seed)
    jury = judge.load("fashion")
    pool = jury.features(every[chosen])

    def loss(model, split):
        """Minus the bound of 10,000 pictures that nobody trained on."""
        unseen = data.signed(data.load("fashion", split)[0])
        noise = np.random.default_rng(0).standard_normal((len(unseen), 20)).astype("float32")
        return float(sum(model.terms(unseen, noise)))

    found = []
    for (width, depth), steps in scoreboard.GRID.items():
        runtime.seed(seed)
        model, draw = grid_vae(width, depth, seed)

        def look(model, draw=draw):
            return jury.frechet(draw(scoreboard.CURVE_PICTURES, seed=seed)), loss(model, "validation")

        curve, _ = scoreboard.train(model, batches, scoreboard.points_of(steps, scoreboard.GRID_SHARES), look)
        points, seconds, looks = zip(*curve, strict=True)
        distances, losses_seen = zip(*looks, strict=True)
        drawn = draw(scoreboard.SCORE_PICTURES, seed=seed)
        score = {
            "frechet": jury.frechet(drawn, reference="test"), "loss": loss(model, "test"),
            "nearest": nearest(jury, drawn, pool),
        }  # fmt: skip
        found.append(
            {
                "width": width, "depth": depth, "weights": model.count_params(), "steps": list(points),
                "seconds": list(seconds), "distance": list(distances), "loss": list(losses_seen),
                "score": score,
            }
        )  # fmt: skip
    return {"pictures": pictures, "seed": seed, "networks": found}


def place(name):
    """Where a run is stored."""
    return STORE / (name.replace(" ", "_") + ".json")


def measured(name):
    """One run: a dict of numbers, and of the samples of an entrant."""
    what, seed = name.rsplit(" ", 1)
    if what.startswith("grid "):
        return measure_grid(int(what.split()[1]), int(seed))
    return measure(what, int(seed))


def store(name):
    """Measures a run and writes it."""
    clock = time.perf_counter()
    results.write(place(name), measured(name))
    print(f"{name}: {time.perf_counter() - clock:.0f} s")


def collect():
    """Keeps the study: all numbers of all seeds, and the samples of the first seed."""
    table, samples = {"runs": [], "grid": []}, {}
    for name in names():
        if not place(name).exists():
            print(f"{name} is missing")
            continue
        found = results.read(place(name))
        pictures = found.pop("samples", None)
        table["grid" if name.startswith("grid") else "runs"].append(found)
        if pictures and found["seed"] == scoreboard.SEEDS[0]:
            samples[found["entrant"]] = pictures["at_end"]
            samples[f"{found['entrant']}, points"] = pictures["at_points"]
    jury = judge.load("fashion")
    table |= {
        "judge": jury.version, "budget": scoreboard.BUDGET, "grid_budget": scoreboard.GRID_BUDGET,
        "curve_pictures": scoreboard.CURVE_PICTURES, "score_pictures": scoreboard.SCORE_PICTURES,
        "floor": dict(jury.floor(scoreboard.SCORE_PICTURES, reference="test")), "cores": 1,
        "baselines": baselines(jury),
        "versions": {"tensorflow": tensorflow.__version__, "keras": keras.__version__},
    }  # fmt: skip
    results.keep_study("scoreboard", table | {"samples": samples})
    print(f"{len(table['runs'])} runs, {len(table['grid'])} grids")


def baselines(jury):
    """The distances of what needs no training: one Gaussian of the pixels, and the mean picture repeated."""
    pixels = data.signed(data.load("fashion", "train")[0]).reshape(-1, 784)
    rng = np.random.default_rng(1)
    sets = {
        "one Gaussian": rng.multivariate_normal(
            pixels.mean(axis=0), np.cov(pixels, rowvar=False), scoreboard.SCORE_PICTURES, method="eigh"
        ),
        "the mean picture": np.tile(pixels.mean(axis=0), (scoreboard.SCORE_PICTURES, 1)),
    }
    shape = (-1, 28, 28, 1)
    return {
        name: jury.frechet(np.clip(one, -1, 1).reshape(shape), reference="test") for name, one in sets.items()
    }


def calibrate(seconds=4.0):
    """Prints how many steps of each entrant and network fit into the budget."""

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
        model, _ = grid_vae(width, depth, 1)
        print(f"{width} x {depth}: {rate(model, 128) * scoreboard.GRID_BUDGET:.0f}", flush=True)


def repeat(name):
    """Trains a stored run again and prints the largest difference of its distances."""
    before = results.read(place(name)) if place(name).exists() else kept(name)
    pairs = zip(distances(before), distances(measured(name)), strict=True)
    gaps = [abs(a - b) for a, b in pairs]
    same = "identical" if not any(gaps) else f"differ by up to {max(gaps):.3g}"
    print(f"{name}: distances {same}")


def kept(name):
    """The numbers of a run in the study."""
    table = results.study("scoreboard")
    what, seed = name.rsplit(" ", 1)
    for one in table["grid" if what.startswith("grid ") else "runs"]:
        label = one.get("entrant") or f"grid {one['pictures']}"
        if (label, one["seed"]) == (what, int(seed)):
            return one
    raise SystemExit(f"There is no run {name!r}: --list names them.")


def show():
    """Prints the final distances of the stored runs, the nearest first."""
    found = {}
    for run in results.study("scoreboard")["runs"]:
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
    try:
        if arguments.all or arguments.run:
            require_writable(STORE, "copy the course to a folder of yours.")
        if arguments.all or arguments.collect:
            results.require_study("scoreboard")
    except OSError as error:
        sys.exit(f"{error}")
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
