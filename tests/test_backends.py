"""The models of the course are written once: TensorFlow, JAX and PyTorch must agree (row S6)."""

import importlib.util
import os
import sys

import pytest

from course_lib import training
from separate_process import norm

pytestmark = pytest.mark.backends

# JAX and PyTorch are tested in an environment without TensorFlow, which then names another's Python.
TENSORFLOW_PYTHON = os.environ.get("COURSE_TENSORFLOW_PYTHON") or (
    sys.executable if importlib.util.find_spec("tensorflow") else None
)


@pytest.mark.parametrize("r1", ["0.0", "1.0"])
@pytest.mark.skipif(TENSORFLOW_PYTHON is None, reason="needs COURSE_TENSORFLOW_PYTHON to compare with")
def test_three_steps_agree_with_tensorflow(processes, tmp_path, r1):
    """From the same weights and noise; norms, for single weights differ more after a step of Adam."""

    def weights(name, python, backend, steps):
        settings = (f"steps={steps}", f"r1={r1}", "normalise=1")
        return processes.run(tmp_path / f"{name}.npz", *settings, python=python, backend=backend)

    before = weights("before", TENSORFLOW_PYTHON, "tensorflow", 0)
    expected = weights("tensorflow", TENSORFLOW_PYTHON, "tensorflow", 3)
    here = weights("here", sys.executable, training.BACKEND, 3)
    for group in ("generator", "discriminator", "average"):
        # the steps did something, so that agreeing means something
        assert norm(before, group) != pytest.approx(norm(expected, group), rel=1e-4)
        assert norm(here, group) == pytest.approx(norm(expected, group), rel=1e-5)
