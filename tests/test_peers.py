"""The recipes beside which the course's own are measured, and how rounds become a table."""

import importlib.util

import numpy as np
import pytest

import env

pytestmark = pytest.mark.tensorflow
spec = importlib.util.spec_from_file_location("peers", env.ROOT / "benchmarks/peers.py")
peers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peers)


def weights_of(name, settings=None):
    """How many weights the networks of an entrant have: what draws, and what teaches it."""
    train, _ = peers.keras_entrant(name, settings or peers.TRIALS[name][0], seed=1)
    model = next(cell.cell_contents for cell in train.__closure__ if hasattr(cell.cell_contents, "fit"))
    pair = ("generator", "discriminator") if hasattr(model, "generator") else ("decoder", "encoder")
    return [getattr(model, part).count_params() for part in pair]


def test_everybody_has_as_many_trials():
    for trials in peers.TRIALS.values():
        assert len(trials) == 8
        assert len({tuple(settings.items()) for settings in trials}) == 8


def convolution(kernel, entering, leaving, bias=True):
    return kernel * kernel * entering * leaving + bias * leaving


def test_the_peers_have_their_published_sizes():
    generator = (
        128 * 4096 + 4096 + convolution(5, 256, 128) + convolution(5, 128, 64) + convolution(5, 64, 1),
        convolution(5, 1, 64) + convolution(5, 64, 128) + convolution(5, 128, 256) + 4096 + 1,
    )
    assert weights_of("WGAN-GP") == list(generator)
    encoder = convolution(3, 1, 32) + convolution(3, 32, 64) + 3136 * 16 + 16 + 2 * (16 * 2 + 2)
    decoder = 2 * 3136 + 3136 + convolution(3, 64, 64) + convolution(3, 64, 32) + convolution(3, 32, 1)
    assert weights_of("Keras' convolutional VAE") == [decoder, encoder]


def test_a_critic_moves_oftener_than_its_generator():
    train, draw = peers.keras_entrant(
        "WGAN-GP", {"rate": 1e-3, "beta_1": 0.5, "batch": 2, "moves": 3}, seed=1
    )
    train(2)
    model = next(cell.cell_contents for cell in train.__closure__ if hasattr(cell.cell_contents, "fit"))
    assert (int(model.d_optimizer.iterations), int(model.g_optimizer.iterations)) == (6, 2)
    assert draw(3).shape == (3, 28, 28, 1) and np.abs(draw(3)).max() <= 1


def test_a_run_is_looked_at_when_its_seconds_are_over(monkeypatch):
    """An entrant whose steps take a tenth of a second each, after a first one that compiles for nine."""
    monkeypatch.setattr(peers, "PICTURES", 200)
    now, trained = [0.0], []

    def train(steps):
        now[0] += 0.1 * steps + (0 if trained else 9)
        trained.append(steps)

    def draw(number):
        now[0] += 50  # looking does not count
        return np.zeros((number, 28, 28, 1), "float32")

    monkeypatch.setattr(peers, "keras_entrant", lambda *settings: (train, draw))
    monkeypatch.setattr(peers.time, "process_time", lambda: now[0])
    found = peers.run("WGAN-GP", 1, {}, [1, 4, 5], "validation")
    for mark, look in zip([1, 4, 5], found, strict=True):
        assert mark <= look["seconds"] < mark + 0.15
        assert look["steps"] == 1 + round(look["seconds"] / 0.1)
        assert look["frechet"] > 0
    assert sum(trained) == found[-1]["steps"]


def test_the_best_settings_are_those_of_the_smallest_distance(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "STORE", tmp_path)
    with pytest.raises(SystemExit, match="8 trials of WGAN-GP are missing"):
        peers.chosen("WGAN-GP")
    distances = iter([3.0, None, 2.0, 5.0, 9.0, 9.0, 9.0, 9.0])  # None: it ended in NaN
    monkeypatch.setattr(peers, "in_process", lambda *run: [{"frechet": next(distances)}])
    monkeypatch.setattr(peers.os, "sched_getaffinity", lambda process: {0}, raising=False)
    peers.tune(["WGAN-GP"], None)
    assert peers.chosen("WGAN-GP") == peers.TRIALS["WGAN-GP"][2]
    peers.tune(["WGAN-GP"], None)  # nothing is measured twice


def test_a_round_is_kept_whole_and_not_played_again(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "STORE", tmp_path)
    names = [name for name in peers.TRIALS if name != peers.TORCH]
    monkeypatch.setattr(peers, "chosen", lambda name: peers.TRIALS[name][0])
    played = []

    def one(core, name, seed, settings, marks, reference, python):
        assert reference == "test"
        played.append((seed, name))
        ours = name in peers.OURS
        return [{"seconds": m, "steps": 1, "frechet": (2.0 if ours else 8.0) + seed} for m in marks]

    monkeypatch.setattr(peers, "in_process", one)
    peers.play(names, 2, peers.MARKS, None)
    assert sorted(played) == sorted((seed, name) for seed in (1, 2) for name in names)
    orders = [[name for seed, name in played if seed == number] for number in (1, 2)]
    assert orders[0] != orders[1]
    peers.play(names, 3, peers.MARKS, None)
    assert len(played) == 3 * len(names)

    lines = peers.table(peers.complete())
    assert lines[0].startswith("3 rounds to 60 CPU seconds")
    (told,) = [line for line in lines if line.startswith("DCGAN (1.2) to the best peer at 60 s")]
    # 3/9, 4/10 and 5/11
    assert "0.396" in told or "0.40" in told
