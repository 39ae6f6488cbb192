"""The learner's copies, and JupyterLab on them."""

import pytest

from course_lib.desk import copies

pytestmark = pytest.mark.tools


def test_a_learners_copy_is_never_overwritten(tmp_path):
    first, second = copies.places()[:2]
    copies.open_copies(tmp_path)
    (tmp_path / first).write_text(copies.text_of(first).replace("loss", "answers"))
    (tmp_path / second).unlink()
    mine = (tmp_path / first).read_text()
    copies.open_copies(tmp_path)
    assert (tmp_path / first).read_text() == mine and (tmp_path / second).exists()
