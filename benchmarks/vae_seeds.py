"""Runs the experiments of chapter 02_vae with three seeds and writes what they measured.

    python benchmarks/vae_seeds.py                # every lesson, seeds 1, 2 and 3
    python benchmarks/vae_seeds.py 2.1 3          # one lesson, that seed only; the others stay as they are

The functions and classes are the lessons' own, read from their sources, so that what the study "autoencoders"
holds is what a reader sees run with one seed.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import numpy as np

import lesson_source


def codes_and_mistakes(lesson, seed):
    """An autoencoder and a VAE after equal steps, decoded from three kinds of codes; and the mistakes."""
    steps = lesson["reports"] * lesson["steps_per_report"]
    known, seen = lesson["data"].signed(lesson["pictures"][:20_000]), lesson["held"][: lesson["n_score"]]
    to_code, to_picture = lesson["train_autoencoder"](lesson["latent_size"], steps, seed)
    coded = [to_code.predict(images, batch_size=500, verbose=0) for images in (seen, known)]
    plain = lesson["from_three_codes"](lambda z: to_picture.predict(z, batch_size=500, verbose=0), *coded)
    model = lesson["new_vae"](lesson["latent_size"], seed=seed)
    model.fit(lesson["data"].Batches(lesson["pictures"], 128, seed=seed), steps_per_epoch=steps, verbose=0)
    clouds = lesson["one_from_each_cloud"](*model.encode(known))
    return {
        "codes": {
            "autoencoder": plain,
            "VAE": lesson["from_three_codes"](model.decode, model.encode(seen)[0], clouds),
        },
        "mistakes": {name: lesson["short_training"](kind, seed)[1] for name, kind in lesson["kinds"].items()},
    }


def three_sigmas(lesson, seed):
    """What VAEs with three sizes of a pixel's noise give back and draw."""
    return {"trade": {str(sigma): lesson["traded"](sigma, seed) for sigma in (0.5, 0.2, 0.08)}}


def prices_and_cures(lesson, seed):
    """Five prices of a nat of KL; and the strong decoder with and without a warm-up."""
    kind = lesson["likelihood"].BinaryVAE
    beta = {}
    for price in lesson["betas"]:
        row = lesson["of_beta"](lesson["trained"](kind, seed=seed, beta=price)[0])
        beta[str(price)] = {name: float(np.mean(values)) for name, values in row.items()}
    strong = {}
    for name, settings in (("as it is", {}), ("warm-up", {"warm_up_steps": lesson["strong_steps"] // 2})):
        found, drawn = lesson["of_strong"](lesson["strong"](seed, **settings))
        away = lesson["distance_of_drawn"](drawn, lesson["real_features"])
        strong[name] = {"L_100": float(found[100].mean()), "distance": away}
    return {"beta": beta, "strong": strong}


LESSONS = {  # name -> its file, values that its functions use beside the knobs, what is measured of a seed
    "from autoencoder to vae": (
        "1_from_autoencoder_to_vae.py",
        {
            "latent_size",
            "reports",
            "pictures",
            "held_pictures",
            "held",
            "jury",
            "standard",
            "sigma",
            "batches",
            "kinds",
        },
        codes_and_mistakes,
    ),
    "a space of pictures": (
        "2_a_space_of_pictures.py",
        {"latent_size", "pictures", "held_pictures", "held", "jury", "batches", "rings"},
        three_sigmas,
    ),
    "likelihood and collapse": (
        "3_likelihood_and_collapse.py",
        {"latent_size", "pictures", "held_pictures", "held", "jury", "batches", "betas", "binary_held"}
        | {"real_features"},
        prices_and_cures,
    ),
}


def main():
    from course_lib import results, runtime

    lesson_source.begin("autoencoders", "from_autoencoder_to_vae")
    numbers = dict(zip(("2.1", "2.2", "2.3"), LESSONS, strict=False))
    lessons = [numbers[word] for word in sys.argv[1:] if word in numbers] or list(LESSONS)
    seeds = [int(word) for word in sys.argv[1:] if word not in numbers] or [1, 2, 3]
    for name in lessons:
        file, values, measure = LESSONS[name]
        lesson = lesson_source.namespace(ROOT / "chapters/02_vae" / file, values)
        for seed in seeds:
            began = time.perf_counter()
            found = {"seed": seed} | measure(lesson, seed)
            print(f"{name}, seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
            try:
                kept = results.study("autoencoders")
            except results.ResultsError:
                kept = {}
            others = [one for one in kept.get(name, []) if one["seed"] != seed]
            kept[name] = sorted([*others, found], key=lambda one: one["seed"])
            kept |= {"profile": runtime.profile(), "judge": lesson["jury"].version}
            results.keep_study("autoencoders", kept)


if __name__ == "__main__":
    main()
