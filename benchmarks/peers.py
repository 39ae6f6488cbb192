"""Measures this course's recipes beside those that people usually take, by the same clock and judge.

    python benchmarks/peers.py                        prints the table of all rounds that are complete
    python benchmarks/peers.py --tune                 eight trials of 30 CPU seconds for each entrant
    python benchmarks/peers.py --rounds 5             rounds to 60 CPU seconds
    python benchmarks/peers.py --rounds 3 --long      rounds to 300 CPU seconds
    python benchmarks/peers.py … --torch PYTHON       also PyTorch's example, with a Python that has torch

A round is every entrant once, with one seed, in random order, and is stored when it is complete (in
build/peers): an interruption loses one round. Every run is a process of its own on one core; several cores
take rounds side by side. The clock counts the processor's seconds of training, without compiling and looking.
Settings are chosen against validation pictures, rounds are judged against test pictures.

The peers are written here, from their published sizes and settings; all but the last are trained by the
library's `step`:

- the DCGAN of TensorFlow's tutorial (tensorflow.org/tutorials/generative/dcgan): lesson 1.2 has it;
- WGAN-GP for MNIST with its authors' settings (Gulrajani et al., NIPS 2017, 1704.00028; igul222/
  improved_wgan_training, gan_mnist.py): five moves of the critic to one of the generator;
- the convolutional VAE of Keras' examples (keras.io/examples/generative/vae);
- PyTorch's example of a dense VAE (pytorch/examples, vae/main.py), trained by a loop in PyTorch, with the
  continuous Bernoulli likelihood that it has today (Loaiza-Ganem and Cunningham, NeurIPS 2019, 1907.06845).
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

STORE = ROOT / "build" / "peers"
MARKS = (5, 10, 15, 20, 30, 60)  # CPU seconds at which everybody is looked at
LONG_MARKS = (*MARKS, 120, 300)
TRIAL = 30  # CPU seconds of a trial
PER_CALL = 10  # training steps in one call of the backend, of our small networks; those of peers take longer
PICTURES = 5_000  # drawn for the judge
TORCH = "PyTorch's dense VAE"

# What is tried before the rounds: the first of each is what was published, or what the lesson has.
TRIALS = {
    "DCGAN (1.2)": [
        {"rate": 2e-3, "beta_1": 0.5, "batch": 32},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 32},
        {"rate": 3e-3, "beta_1": 0.5, "batch": 32},
        {"rate": 4e-3, "beta_1": 0.5, "batch": 32},
        {"rate": 2e-3, "beta_1": 0.0, "batch": 32},
        {"rate": 3e-3, "beta_1": 0.0, "batch": 32},
        {"rate": 2e-3, "beta_1": 0.5, "batch": 16},
        {"rate": 2e-3, "beta_1": 0.5, "batch": 64},
    ],
    "dense GAN (1.1)": [
        {"rate": 5e-4, "beta_1": 0.5, "batch": 64},
        {"rate": 2.5e-4, "beta_1": 0.5, "batch": 64},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 64},
        {"rate": 2e-3, "beta_1": 0.5, "batch": 64},
        {"rate": 5e-4, "beta_1": 0.0, "batch": 64},
        {"rate": 1e-3, "beta_1": 0.0, "batch": 64},
        {"rate": 5e-4, "beta_1": 0.5, "batch": 32},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 128},
    ],
    "convolutional VAE (2.2)": [
        {"rate": 1e-3, "batch": 64},
        {"rate": 5e-4, "batch": 64},
        {"rate": 2e-3, "batch": 64},
        {"rate": 3e-3, "batch": 64},
        {"rate": 1e-3, "batch": 32},
        {"rate": 2e-3, "batch": 32},
        {"rate": 1e-3, "batch": 128},
        {"rate": 2e-3, "batch": 128},
    ],
    "tutorial DCGAN": [
        {"rate": 1e-4, "beta_1": 0.9, "batch": 256},
        {"rate": 2e-4, "beta_1": 0.5, "batch": 256},
        {"rate": 2e-4, "beta_1": 0.5, "batch": 64},
        {"rate": 5e-4, "beta_1": 0.5, "batch": 64},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 64},
        {"rate": 2e-4, "beta_1": 0.5, "batch": 32},
        {"rate": 5e-4, "beta_1": 0.5, "batch": 32},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 32},
    ],
    "WGAN-GP": [
        {"rate": 1e-4, "beta_1": 0.5, "batch": 50, "moves": 5},
        {"rate": 2e-4, "beta_1": 0.5, "batch": 50, "moves": 5},
        {"rate": 5e-4, "beta_1": 0.5, "batch": 50, "moves": 5},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 50, "moves": 5},
        {"rate": 2e-4, "beta_1": 0.5, "batch": 32, "moves": 2},
        {"rate": 5e-4, "beta_1": 0.5, "batch": 32, "moves": 2},
        {"rate": 5e-4, "beta_1": 0.5, "batch": 32, "moves": 1},
        {"rate": 1e-3, "beta_1": 0.5, "batch": 32, "moves": 1},
    ],
    "Keras' convolutional VAE": [
        {"rate": 1e-3, "batch": 128, "latents": 2},
        {"rate": 1e-3, "batch": 128, "latents": 8},
        {"rate": 1e-3, "batch": 128, "latents": 16},
        {"rate": 2e-3, "batch": 128, "latents": 8},
        {"rate": 1e-3, "batch": 64, "latents": 8},
        {"rate": 2e-3, "batch": 64, "latents": 8},
        {"rate": 1e-3, "batch": 32, "latents": 8},
        {"rate": 2e-3, "batch": 64, "latents": 2},
    ],
    TORCH: [
        {"rate": 1e-3, "batch": 128, "latents": 20},
        {"rate": 2e-3, "batch": 128, "latents": 20},
        {"rate": 5e-4, "batch": 128, "latents": 20},
        {"rate": 1e-3, "batch": 64, "latents": 20},
        {"rate": 2e-3, "batch": 64, "latents": 20},
        {"rate": 1e-3, "batch": 32, "latents": 20},
        {"rate": 1e-3, "batch": 128, "latents": 8},
        {"rate": 2e-3, "batch": 128, "latents": 8},
    ],
}
OURS = ("DCGAN (1.2)", "dense GAN (1.1)", "convolutional VAE (2.2)")


# ---------------------------------------------------------------------------------------- the entrants


def keras_entrant(name, settings, seed):
    """`train(steps)` and `draw(number)` of an entrant that the library trains."""
    import keras
    from keras import layers, ops

    import lesson_source
    from course_lib import data, training
    from course_lib.models import gan, vae

    lesson = lesson_source.namespace(ROOT / "chapters/01_gan/2_convolutions_that_draw.py", ["pictures"])

    class Critics(gan.WassersteinGAN):
        """WGAN-GP as it was published: several moves of the critic, each on new pictures, to one of G."""

        moves = settings.get("moves", 1)

        def step(self, batch):
            for real in ops.split(batch, self.moves):
                shape = (ops.shape(real)[0], self.latent_size)
                fake = ops.stop_gradient(self.generator(self.noise(shape), training=True))
                d_loss, scores = self.minimize(
                    lambda real=real, fake=fake: self.discriminator_loss(real, fake),
                    self.d_optimizer, self.discriminators(),
                )  # fmt: skip
            g_loss = self.minimize(
                lambda: self.generator_loss(self.generator(self.noise(shape), training=True)),
                self.g_optimizer, self.generators(),
            )  # fmt: skip
            training.update_moving_average(self.average_generator, self.generator, decay=0)
            return {"d_loss": d_loss, "g_loss": g_loss, **scores}

    class Bernoulli(vae.VAE):
        """Grey values as probabilities of white, as the example has them."""

        def reconstruction_loss(self, pictures, decoded):
            brightness, drawn = (pictures + 1) / 2, (decoded + 1) / 2
            found = keras.losses.binary_crossentropy(brightness, drawn)  # (batch, 28, 28)
            return ops.mean(ops.sum(found, axis=(1, 2)))

    def critic_networks(width=64):
        latents = keras.Input((128,))
        x = layers.ReLU()(layers.Reshape((4, 4, 4 * width))(layers.Dense(16 * 4 * width)(latents)))
        x = layers.ReLU()(layers.Conv2DTranspose(2 * width, 5, strides=2, padding="same")(x))
        x = layers.Cropping2D(((0, 1), (0, 1)))(x)  # 7×7
        x = layers.ReLU()(layers.Conv2DTranspose(width, 5, strides=2, padding="same")(x))
        x = layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="sigmoid")(x)
        generator = keras.Model(latents, layers.Rescaling(2.0, offset=-1.0)(x))
        pictures = keras.Input((28, 28, 1))
        x = pictures
        for filters in (width, 2 * width, 4 * width):
            x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 5, strides=2, padding="same")(x))
        return generator, keras.Model(pictures, layers.Dense(1)(layers.Flatten()(x)))

    def example_networks(latents):
        pictures = keras.Input((28, 28, 1))
        x = layers.Rescaling(0.5, offset=0.5)(pictures)
        for filters in (32, 64):
            x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
        x = layers.Dense(16, activation="relu")(layers.Flatten()(x))
        encoder = keras.Model(pictures, vae.posterior_heads(x, latents))
        codes = keras.Input((latents,))
        x = layers.Reshape((7, 7, 64))(layers.Dense(7 * 7 * 64, activation="relu")(codes))
        for filters in (64, 32):
            x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", activation="relu")(x)
        x = layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid")(x)
        return encoder, keras.Model(codes, layers.Rescaling(2.0, offset=-1.0)(x))

    beta_2 = {"tutorial DCGAN": 0.999, "WGAN-GP": 0.9}.get(name, 0.99)

    def adam():
        return keras.optimizers.Adam(settings["rate"], beta_1=settings.get("beta_1", 0.9), beta_2=beta_2)

    if name == "DCGAN (1.2)":
        model = gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=seed)
    elif name == "dense GAN (1.1)":
        model = gan.GAN(gan.dense_generator(), gan.dense_discriminator(), seed=seed)
    elif name == "convolutional VAE (2.2)":
        model = vae.CalibratedVAE(vae.conv_encoder(), vae.conv_decoder(), seed=seed)
    elif name == "tutorial DCGAN":
        networks = lesson["usual_generator"](), lesson["usual_discriminator"]()
        model = lesson["UsualGAN"](*networks, r1_weight=0, seed=seed)
    elif name == "WGAN-GP":
        model = Critics(*critic_networks(), penalty_weight=10.0, seed=seed)
    else:
        model = Bernoulli(*example_networks(settings["latents"]), seed=seed)
    players = 2 if isinstance(model, gan.GAN) else 1
    # The VAEs take Keras' own default of beta_2.
    model.compile(
        *([adam() for _ in range(2)] if players == 2 else [keras.optimizers.Adam(settings["rate"])]),
        steps_per_execution=PER_CALL if name in OURS else 1,
    )
    batches = data.Batches(
        data.load("fashion", "train")[0], settings["batch"] * settings.get("moves", 1), seed=seed
    )

    def train(steps):
        model.fit(batches, steps_per_epoch=steps, verbose=0)

    return train, lambda number: model.generate(number, seed=7)


def torch_entrant(settings, seed):
    """The same of PyTorch's example, by a loop of PyTorch's own."""
    import torch
    from torch import nn
    from torch.nn import functional

    from course_lib import data

    torch.manual_seed(seed)
    latents = settings["latents"]
    hidden, heads = nn.Linear(784, 400), nn.Linear(400, 2 * latents)
    decoder = nn.Sequential(nn.Linear(latents, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid())
    weights = [weight for part in (hidden, heads, decoder) for weight in part.parameters()]
    optimizer = torch.optim.Adam(weights, lr=settings["rate"])
    pictures = torch.from_numpy(data.load("fashion", "train")[0].reshape(-1, 784))
    order = iter(())

    def log_normaliser(drawn):
        """Of the continuous Bernoulli; by its Taylor series near 1/2, where the formula is 0/0."""
        near = (drawn - 0.5).abs() < 0.01
        safe = torch.where(near, torch.full_like(drawn, 0.4), drawn)
        away = 1 - 2 * safe
        exact = torch.log((2 * torch.atanh(away) / away).abs())
        square = (drawn - 0.5) ** 2
        return torch.where(near, np.log(2.0) + 4 / 3 * square + 104 / 45 * square**2, exact)

    def train(steps):
        nonlocal order
        for _ in range(steps):
            chosen = next(order, None)
            if chosen is None:
                order = iter(torch.randperm(len(pictures)).split(settings["batch"]))
                chosen = next(order)
            real = pictures[chosen].float() / 255
            mean, log_var = heads(functional.relu(hidden(real))).split(latents, dim=1)
            drawn = decoder(mean + torch.exp(log_var / 2) * torch.randn_like(mean)).clamp(1e-4, 1 - 1e-4)
            loss = functional.binary_cross_entropy(drawn, real, reduction="sum")
            loss = loss - log_normaliser(drawn).sum()
            loss = loss - 0.5 * (1 + log_var - mean**2 - log_var.exp()).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    @torch.no_grad()
    def draw(number):
        noise = torch.randn((number, latents), generator=torch.Generator().manual_seed(7))
        return 2 * decoder(noise).reshape(-1, 28, 28, 1).numpy() - 1

    return train, draw


# ---------------------------------------------------------------------------------------------- a run


def run(name, seed, settings, marks, reference):
    """Trains an entrant until each mark, and has the judge look there: a list of dicts.

    Each has `seconds` (of the processor, trained so far), `steps` and `frechet`.
    """
    from course_lib import judge, runtime

    runtime.start(lesson="benchmarks/peers", seed=seed)
    make = torch_entrant if name == TORCH else lambda *rest: keras_entrant(name, *rest)
    train, draw = make(settings, seed)
    jury = judge.load()
    unit = PER_CALL if name in OURS else 1
    train(unit)  # compiles, and counts as steps but not as seconds
    steps, seconds, found = unit, 0.0, []
    for mark in marks:
        while seconds < mark:
            rate = (steps - unit) / seconds if seconds else 0  # steps a second
            wanted = rate * min(mark - seconds, mark / 4)  # in parts, for the rate is a guess
            number = unit * max(1, round(wanted / unit))
            began = time.process_time()
            train(number)
            seconds += time.process_time() - began
            steps += number
        pictures = draw(PICTURES)
        distance = jury.frechet(pictures, reference) if np.isfinite(pictures).all() else None
        found.append(
            {"seconds": seconds, "steps": steps, "frechet": None if distance is None else float(distance)}
        )
    return found


def in_process(core, name, seed, settings, marks, reference, python):
    """`run` in a process of its own, held to one core."""
    environment = {
        **os.environ,
        "COURSE_PROFILE": "quick",
        "KERAS_BACKEND": "torch" if name == TORCH else "tensorflow",
    }
    arguments = json.dumps([name, seed, settings, marks, reference])
    command = [python if name == TORCH else sys.executable, __file__, "--run", arguments]

    def hold():
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {core})

    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, preexec_fn=hold)
    if done.returncode:
        raise SystemExit(f"{name} ended with an error:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def side_by_side(jobs):
    """Calls each of `jobs` with a core that no other job has at that time; their results in order."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    free = SimpleQueue()
    for core in cores:
        free.put(core)

    def on_a_core(job):
        core = free.get()
        try:
            return job(core)
        finally:
            free.put(core)

    with ThreadPoolExecutor(len(cores)) as pool:
        return list(pool.map(on_a_core, jobs))


# ------------------------------------------------------------------------------ settings, and rounds


def stored(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def store(path, content):
    from course_lib.files import write_atomically

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(content, indent=1).encode())


def tune(names, python):
    """Eight trials of each entrant; what was found already is not measured again."""
    path = STORE / "trials.json"
    found = stored(path)

    def trial(name, settings):
        def job(core):
            key = f"{name} {json.dumps(settings)}"
            if key not in found:
                (end,) = in_process(core, name, 1, settings, [TRIAL], "validation", python)
                found[key] = end["frechet"]
                store(path, dict(found))
                print(f"{key}: {end['frechet']}", flush=True)

        return job

    side_by_side([trial(name, settings) for name in names for settings in TRIALS[name]])


def chosen(name):
    """The settings of an entrant that did best in its trials."""
    found = stored(STORE / "trials.json")
    tried = [(found.get(f"{name} {json.dumps(settings)}"), settings) for settings in TRIALS[name]]
    if missing := sum(f"{name} {json.dumps(settings)}" not in found for settings in TRIALS[name]):
        raise SystemExit(f"{missing} trials of {name} are missing: python benchmarks/peers.py --tune")
    # One that ended in NaN is the worst.
    return min(tried, key=lambda one: float("inf") if one[0] is None else one[0])[1]


def play(names, number, marks, python):
    """Rounds 1 to `number`; those that are stored are not played again."""
    settings = {name: chosen(name) for name in names}

    def a_round(seed):
        def job(core):
            path = STORE / f"round_{max(marks)}_{seed}.json"
            found = stored(path)
            if set(names) <= set(found.get("entrants", {})) and found.get("settings") == settings:
                return
            order = random.Random(seed).sample(names, len(names))
            entrants = {
                name: in_process(core, name, seed, settings[name], marks, "test", python) for name in order
            }
            store(path, {"settings": settings, "order": order, "entrants": entrants})
            print(f"round {seed} to {max(marks)} s is complete", flush=True)

        return job

    side_by_side([a_round(seed) for seed in range(1, number + 1)])


def complete():
    """All rounds that are stored, with the seconds that they went to."""
    paths = sorted(STORE.glob("round_*.json"))
    return [stored(path) | {"marks": path.stem.split("_")[1]} for path in paths]


def table(rounds):
    """Lines of text: distances at each mark, and ratios within rounds to the best peer's."""
    from course_lib import inference

    lines = []
    for longest in sorted({one["marks"] for one in rounds}, key=int):
        played = [one["entrants"] for one in rounds if one["marks"] == longest]
        names = [name for name in TRIALS if all(name in one for one in played)]
        marks = [m for m in LONG_MARKS if m <= int(longest)]
        lines.append(f"{len(played)} rounds to {longest} CPU seconds: distance, mean over rounds")
        lines.append(" " * 26 + "".join(f"{mark:>9} s" for mark in marks))
        for name in names:
            means = []
            for place in range(len(marks)):
                found = [one[name][place]["frechet"] for one in played]
                means.append(f"{np.mean(found):11.2f}" if None not in found else f"{'NaN':>11}")
            lines.append(f"{name:26s}" + "".join(means))
        for name in OURS:
            for mark in (m for m in (15, 30, 60, 300) if m in marks):
                place = marks.index(mark)
                ratios = []
                for one in played:
                    peers = [one[peer][place]["frechet"] for peer in names if peer not in OURS]
                    ratios.append(one[name][place]["frechet"] / min(p for p in peers if p is not None))
                lines.append(f"{name} to the best peer at {mark} s: {inference.mean(ratios, 'rounds')}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tune", action="store_true", help="tries the settings of every entrant")
    parser.add_argument("--rounds", type=int, default=0, help="how many rounds there shall be")
    parser.add_argument("--long", action="store_true", help="rounds to 300 seconds in place of 60")
    parser.add_argument(
        "--torch", metavar="PYTHON", help="a Python that has torch, keras and this course's needs"
    )
    parser.add_argument(
        "--only", default="", metavar="PART", help="trials of entrants whose name contains this"
    )
    parser.add_argument("--run", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(run(*json.loads(arguments.run))))
        return
    names = [name for name in TRIALS if name != TORCH or arguments.torch]
    if arguments.tune:
        tune([name for name in names if arguments.only in name], arguments.torch)
    if arguments.rounds:
        play(names, arguments.rounds, LONG_MARKS if arguments.long else MARKS, arguments.torch)
    if arguments.rounds or not arguments.tune:
        lines = table(complete())
        print(*lines or ["No round is complete: python benchmarks/peers.py --tune --rounds 5"], sep="\n")


if __name__ == "__main__":
    main()
