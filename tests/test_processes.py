"""Trainings that need a process of their own: several replicas, a kill."""

import signal
import sys

import numpy as np
import pytest

from separate_process import norm

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("settings", [["normalise=0", "r1=1.0"], ["synchronised=1", "r1=0.0"]])
def test_two_replicas_end_in_the_weights_of_one(processes, tmp_path, settings):
    one = processes.run(tmp_path / "one.npz", "steps=5", "replicas=1", *settings)
    two = processes.run(tmp_path / "two.npz", "steps=5", "replicas=2", *settings)
    for group in ("generator", "discriminator", "average"):
        assert norm(two, group) == pytest.approx(norm(one, group), rel=1e-5)
        for name in one:
            if name.startswith(group):
                np.testing.assert_allclose(two[name], one[name], atol=3e-4, err_msg=name)


def test_batch_statistics_are_those_of_all_replicas(processes, tmp_path):
    """Left alone, the moving averages of BatchNorm are those of the first replica's half of the batch."""
    one, two = (
        processes.run(tmp_path / f"{n}.npz", "steps=1", f"replicas={n}", "normalise=1", "synchronised=0")
        for n in (1, 2)
    )
    mean = "generator/04"  # of the first BatchNorm, before which both have the same weights
    assert np.abs(one[mean]).min() > 1e-4
    np.testing.assert_allclose(two[mean], one[mean], atol=1e-6)


def test_replicas_draw_different_noise(processes, tmp_path):
    noise = processes.run(tmp_path / "noise.npz", "noise_of=2")
    assert np.abs(noise["noise/0"] - noise["noise/1"]).min() > 1e-4


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_training_killed_twenty_times_ends_in_the_same_weights(processes, tmp_path):
    """One training, killed again and again, the writing of its checkpoint among the moments."""
    expected = processes.run(tmp_path / "whole.npz", f"checkpoint={tmp_path / 'whole.checkpoint'}")
    path = tmp_path / "killed.checkpoint"
    in_the_file = ["half_written", "before_replace", "after_replace"] * 2
    in_training = [f"{steps}+{steps % 4}" for steps in range(1, 14)] + ["17+0"]
    for moment in [*in_the_file, *in_training]:
        status = processes.status(tmp_path / "killed.npz", f"checkpoint={path}", f"kill={moment}")
        assert status == -signal.SIGKILL, moment
    ended = processes.run(tmp_path / "killed.npz", f"checkpoint={path}")
    assert set(ended) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(ended[name], value, err_msg=name)
