"""The doctor: what it says of a sound machine, and of each thing that can be wrong with one."""

import json
import os
import re
import subprocess
import sys

import pytest

from course_lib import doctor

pytestmark = pytest.mark.tensorflow


def test_doctor_says_that_all_is_well(capsys):
    healthy = doctor.examine()
    out = capsys.readouterr().out
    assert healthy, out
    assert out.splitlines()[-1] == "Everything is in order."
    for line in out.splitlines()[:-1]:
        assert line[:2] in ("✓ ", "– ")
    for word in ("Python", "keras", "memory", "disk", "GPU", "Jupyter", "cache", "this folder"):
        assert word in out
    for word in ("bundled pictures", "weights", "dense", "convolutional", "recurrent"):
        assert word in out


def lines(check):
    return "\n".join(f"{mark} {text}" for mark, text in check())


def test_doctor_names_old_and_missing_packages(monkeypatch):
    wanted = ["numpy>=99", "no-such-package>=1", "pillow", "tifffile; sys_platform == 'none'"]
    monkeypatch.setattr(doctor, "_requirements", lambda: wanted)
    text = lines(doctor._check_packages)
    assert re.search(r"✗ numpy \S+ does not fit: run `pip install -U 'numpy>=99'`", text)
    assert "✗ no-such-package is not installed: run `pip install 'no-such-package>=1'`" in text
    assert "✓ pillow" in text
    assert "tifffile" not in text


def test_doctor_reads_the_packages_own_bounds():
    assert any(requirement.startswith("keras>=") for requirement in doctor._requirements())


def test_doctor_names_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert "✗ the cache cannot be written" in lines(doctor._check_writing)


def test_doctor_names_too_little_room(monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_MEMORY", 1e15)
    monkeypatch.setattr(doctor, "LEAST_DISK", 1e18)
    assert "close other programs" in lines(doctor._check_memory)
    assert "make room" in lines(doctor._check_disk)


def test_doctor_names_damaged_pictures(monkeypatch):
    from course_lib.data import bundled

    def damaged(name):
        raise bundled.DataError(f"{name} is damaged.")

    monkeypatch.setattr(bundled, "read_file", damaged)
    found = doctor._check_data()
    assert {mark for mark, _ in found} == {"✗"}
    assert len(found) == doctor.MOST_PROBLEMS + 1
    assert "more bundled files" in found[-1][1]


def test_doctor_names_damaged_weights(monkeypatch, tmp_path):
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "whole").write_bytes(b"")
    (folder / "torn").write_bytes(b"half")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest = {name: {"sha256": empty} for name in ("whole", "torn", "lost")}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "doctor.py"))
    text = lines(doctor._check_weights)
    assert "weights torn are damaged" in text
    assert "weights lost are missing" in text
    assert "whole" not in text


def test_a_check_that_falls_over_is_reported(monkeypatch, capsys):
    def broken():
        raise RuntimeError("two\nlines")

    for name in [name for name in vars(doctor) if name.startswith("_check_")]:
        monkeypatch.setattr(doctor, name, lambda: [("✓", "fine")])
    monkeypatch.setattr(doctor, "_check_gpu", broken)
    assert doctor.examine() is False
    out = capsys.readouterr().out
    assert "the check itself failed (RuntimeError: two)" in out
    assert "Something needs your attention" in out


def test_doctor_as_a_command_exits_with_1_when_something_fails(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "course_lib.doctor"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"COURSE_CACHE": str(tmp_path / "file" / "x"), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 1
    assert "✗ the cache cannot be written" in done.stdout
    assert done.stderr == ""
