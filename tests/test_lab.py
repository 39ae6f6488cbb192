"""tools/lab.py: the learner's copies."""

import pytest

import lab

pytestmark = pytest.mark.tools


def test_a_learners_copy_is_never_overwritten(tmp_path):
    source, target = tmp_path / "notebooks", tmp_path / "my_notebooks"
    (source / "01_gan/.ipynb_checkpoints").mkdir(parents=True)
    (source / "01_gan/1_a.ipynb").write_text("first")
    (source / "01_gan/.ipynb_checkpoints/1_a-checkpoint.ipynb").write_text("hidden")
    assert lab.copy_lessons(source, target) == [target / "01_gan/1_a.ipynb"]
    (target / "01_gan/1_a.ipynb").write_text("answers")
    (source / "01_gan/1_a.ipynb").write_text("second")
    (source / "01_gan/2_b.ipynb").write_text("new")
    assert lab.copy_lessons(source, target) == [target / "01_gan/2_b.ipynb"]
    assert (target / "01_gan/1_a.ipynb").read_text() == "answers"
