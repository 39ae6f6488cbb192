"""Runs the experiments of the lesson 05_comparisons/2 with five seeds and writes what they measured.

    python benchmarks/combining_seeds.py          # seeds 1 to 5
    python benchmarks/combining_seeds.py 3        # that one only; the others stay as they are

The functions and classes are the lesson's own, read from its source, so that what the study "combining" holds
is what a reader of the lesson sees run with one seed. They are judged by the test pictures, from which nobody
chose anything; the lesson, which goes on working with its models, takes the validation pictures.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import lesson_source

LESSON = ROOT / "chapters/05_comparisons/2_combining_and_sharing.py"
SEEDS = (1, 2, 3, 4, 5)
VALUES = {
    "few", "naming_weight", "pictures", "held_out", "unseen", "jury", "seen_by_judge", "body", "encoder",
    "discriminator", "counts", "forward", "c_enc", "first", "c_trunk", "c_head", "r1", "cost", "WIDTHS",
    "kinds",
}  # fmt: skip


def judge_by_test_pictures(lesson):
    """Puts the test pictures in the place of those that the lesson measures by."""
    from course_lib import data

    pictures, lesson["unseen_labels"] = data.load("fashion", "test")
    lesson["unseen"], lesson["real"] = data.signed(pictures), "test"
    lesson["seen_by_judge"] = lesson["jury"].features(lesson["unseen"][: lesson["n_score"]])


def of_one_seed(lesson, seed):
    """Everything that the lesson tells of several seeds, for one of them."""
    return {
        "seed": seed,
        "contest": {name: lesson["contest"](name, seed)[0] for name in ("VAE", "GAN", "VAE-GAN")},
        "shared trunk": lesson["share_with_discriminator"](seed)[0],
        "naming": {
            f"{kind}, {number}": lesson["name_and_draw"](kind, number, seed)[0]
            for number in (lesson["few"], len(lesson["pictures"]))
            for kind in lesson["WIDTHS"]
        },
        "watched": {name: ended(lesson["watch"](kind, seed)) for name, kind in lesson["kinds"].items()},
    }


def ended(watched):
    """The numbers at the end of a short training, its last loss among them."""
    likeness, numbers, _ = watched
    return numbers | {"likeness": likeness[-1]}


def main():
    from course_lib import results, runtime

    lesson_source.begin("combining", "combining_and_sharing")
    lesson = lesson_source.namespace(LESSON, VALUES)
    judge_by_test_pictures(lesson)
    wanted = [int(word) for word in sys.argv[1:]]
    found = {one["seed"]: one for one in results.study("combining")["seeds"]} if wanted else {}
    for seed in wanted or SEEDS:
        began = time.perf_counter()
        found[seed] = of_one_seed(lesson, seed)
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
        seeds = [found[number] for number in sorted(found)]
        told = {"profile": runtime.profile(), "judge": lesson["jury"].version, "seeds": seeds}
        results.keep_study("combining", told)


if __name__ == "__main__":
    main()
