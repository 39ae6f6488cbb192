"""Trainings that need a process of their own: several replicas, a kill."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from separate_process import PROGRAM, environment, norm, run

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("settings", [["normalise=0", "r1=1.0"], ["synchronised=1", "r1=0.0"]])
def test_two_replicas_end_in_the_weights_of_one(tmp_path, settings):
    one = run(tmp_path / "one.npz", "steps=5", "replicas=1", *settings)
    two = run(tmp_path / "two.npz", "steps=5", "replicas=2", *settings)
    for group in ("generator", "discriminator", "average"):
        assert norm(two, group) == pytest.approx(norm(one, group), rel=1e-5)
        for name in one:
            if name.startswith(group):
                np.testing.assert_allclose(two[name], one[name], atol=3e-4, err_msg=name)


def test_replicas_draw_different_noise():
    code = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
from course_lib import training
with strategy.scope():
    model = training.Model(seed=1)
first, second = strategy.run(lambda: model.noise((4, 3))).values
difference = abs(first.numpy() - second.numpy()).min()
print("DIFFERENCE", float(difference))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert float(done.stdout.split("DIFFERENCE")[1]) > 1e-4


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_training_killed_twenty_times_ends_in_the_same_weights(tmp_path):
    """One training, killed again and again, the writing of its checkpoint among the moments."""
    expected = run(tmp_path / "whole.npz", f"checkpoint={tmp_path / 'whole.checkpoint'}")
    path = tmp_path / "killed.checkpoint"
    in_the_file = ["half_written", "before_replace", "after_replace"] * 2
    in_training = [f"{steps}+{steps % 4}" for steps in range(1, 14)] + ["17+0"]
    for moment in [*in_the_file, *in_training]:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(tmp_path / "killed.npz"),
             f"checkpoint={path}", f"kill={moment}"],
            env=environment(), capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, f"{moment}: {done.stderr[-3000:]}"
    ended = run(tmp_path / "killed.npz", f"checkpoint={path}")
    assert set(ended) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(ended[name], value, err_msg=name)
