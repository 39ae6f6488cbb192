"""Runs the comparisons of the lesson 01_gan/2 with three seeds and writes what they measured.

    python benchmarks/one_knob.py          # seeds 1, 2 and 3, and the longer run of the usual recipe
    python benchmarks/one_knob.py 3        # that seed only; the rest stays as it is

The functions and classes are the lesson's own, read from its source, so that what the study "one_knob" holds
is what a reader of the lesson sees. How long a row took is counted in seconds of one core, without building
the graph, so that other programs on the machine do not matter.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import lesson_source

LESSON = ROOT / "chapters/01_gan/2_convolutions_that_draw.py"
VALUES = {
    "pictures", "jury", "coasts", "held_coasts", "all_ways", "USUAL_NETWORKS", "OURS", "KNOBS", "NORMS",
    "COAST_GENERATORS",
}  # fmt: skip
COAST_STEPS = {"4×4, stride 2": 300, "repeat, then 3×3": 218}  # as long as each other
LONGER = {"steps": 24, "epochs": 5}


def clock():
    """A callback that counts the seconds of one core that training takes, from the first report on."""
    import keras

    class Clock(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.marks = []

        def on_train_batch_end(self, batch, logs=None):
            self.marks.append((batch + 1, time.process_time()))

        def seconds(self):
            (first, began), (last, ended) = self.marks[0], self.marks[-1]
            return (ended - began) / (last - first) * last

    return Clock()


def of_one_seed(lesson, seed):
    """Every row that the lesson tells of three seeds, for one of them."""
    knobs = {}
    for name, (changed, steps) in (lesson["KNOBS"] | lesson["NORMS"]).items():
        counted = clock()
        knobs[name] = lesson["turned"](changed, steps, seed, measures=[counted])
        knobs[name]["cpu_seconds"] = counted.seconds()
        print(name, knobs[name], flush=True)
    coasts = {}
    for way, steps in COAST_STEPS.items():
        counted = clock()
        coasts[way] = lesson["coasts_of"](way, seed, steps, measures=[counted])
        coasts[way]["cpu_seconds"] = counted.seconds()
        print(way, {key: value for key, value in coasts[way].items() if key != "pictures"}, flush=True)
    return {"seed": seed, "knobs": knobs, "coasts": coasts}


def longer(lesson):
    """The usual recipe for several times the lesson's steps: its distance on the way, and 16 pictures."""
    import keras

    from course_lib import callbacks, data

    distance = callbacks.Measure("distance", lambda model: lesson["distance_of"](model.generator))
    changed, _ = lesson["KNOBS"]["usual networks and settings"]
    model, log = lesson["trained"](**lesson["OURS"] | changed | LONGER, measures=[distance])
    drawn = model.generator.predict(keras.random.normal((16, 100), seed=8), verbose=0)
    steps = [LONGER["steps"] * (report + 1) for report in range(LONGER["epochs"])]
    return {"steps": steps, "distance": log["distance"], "pictures": data.to_uint8(drawn)}


def main():
    from course_lib import results, runtime

    lesson_source.begin("one_knob", "convolutions_that_draw")
    lesson = lesson_source.namespace(LESSON, VALUES)
    wanted = [int(word) for word in sys.argv[1:]]
    before = results.study("one_knob") if wanted else None
    told = {"profile": runtime.profile(), "judge": lesson["jury"].version, "samples": lesson["n_watch"]}
    told["longer"] = before["longer"] if wanted else longer(lesson)
    found = {one["seed"]: one for one in before["seeds"]} if wanted else {}
    for seed in wanted or (1, 2, 3):
        began = time.perf_counter()
        found[seed] = of_one_seed(lesson, seed)
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
        results.keep_study("one_knob", told | {"seeds": [found[number] for number in sorted(found)]})


if __name__ == "__main__":
    main()
