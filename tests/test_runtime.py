"""Profiles, seeds and recorded numbers."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from course_lib import files, results, runtime

pytestmark = pytest.mark.tensorflow


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No lesson started, and no setting of the machine that runs the tests."""
    monkeypatch.setattr(results, "_running", {})
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    monkeypatch.delenv("COURSE_RESULTS", raising=False)


def in_new_process(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
    )


# ------------------------------------------------------------------------------------- profiles


def test_hardware_chooses_the_profile(monkeypatch):
    monkeypatch.setattr(runtime, "gpus", lambda: ())
    assert runtime.profile() == "quick"
    monkeypatch.setattr(runtime, "gpus", lambda: ("a GPU",))
    assert runtime.profile() == "full"


@pytest.mark.parametrize("name", runtime.PROFILES)
def test_the_environment_overrides_it(monkeypatch, name):
    monkeypatch.setenv("COURSE_PROFILE", name)
    assert runtime.profile() == name
    assert runtime.pick(smoke="smoke", quick="quick", full="full") == name


@pytest.mark.parametrize("name", ["fast", "SMOKE", "quick,full"])
def test_a_misspelt_profile_is_refused(monkeypatch, name):
    monkeypatch.setenv("COURSE_PROFILE", name)
    with pytest.raises(ValueError, match="must be smoke, quick or full"):
        runtime.profile()
    with pytest.raises(ValueError, match="COURSE_PROFILE"):
        runtime.start("00_start_here")


def test_every_profile_needs_its_value():
    with pytest.raises(TypeError):
        runtime.pick(smoke=1, quick=2)


# --------------------------------------------------------------------------------------- starting


def test_start_prints_one_line_and_no_logs():
    done = in_new_process("from course_lib import runtime; runtime.start('01_gan/1')", COURSE_PROFILE="smoke")
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.fullmatch(
        r"Python \S+ · Keras \S+ on (TensorFlow|JAX|PyTorch) \S+ · profile smoke "
        r"\(COURSE_PROFILE\) · \d+ CPU cores?( · [^\n]+)?\n",
        done.stdout,
    )


def test_a_failing_import_is_not_silenced(tmp_path):
    (tmp_path / "keras.py").write_text("import os\nos.write(2, b'native words')\nraise OSError(1)")
    path = os.pathsep.join([str(tmp_path), str(Path(runtime.__file__).parents[1])])
    done = in_new_process("from course_lib import runtime; runtime.gpus()", PYTHONPATH=path)
    assert done.returncode == 1
    assert "native words" in done.stderr and "OSError" in done.stderr


@pytest.mark.parametrize(("cores", "beside", "within"), [(1, 1, 1), (2, 2, 1), (8, 1, 0)])
def test_an_operation_always_gets_the_same_number_of_threads(cores, beside, within):
    """Side by side on many threads, one gets fewer of them now and then, and adds up in another order."""
    code = (
        f"from course_lib import runtime; runtime.cores = lambda: {cores}; "
        "runtime.start('01_gan/1'); import tensorflow as tf; tf.constant(1) + 1; runtime.start('01_gan/1'); "
        "threads = tf.config.threading; print(len(runtime.gpus()), "
        "threads.get_inter_op_parallelism_threads(), threads.get_intra_op_parallelism_threads())"
    )
    done = in_new_process(code, KERAS_BACKEND="tensorflow")
    assert done.returncode == 0, done.stderr
    gpus, *threads = map(int, done.stdout.splitlines()[-1].split())
    assert threads == ([beside, within] if gpus == 0 else [0, 0])


def test_start_seeds_everything_and_so_does_seed(capsys):
    import random

    import keras

    def draw():
        noise = keras.ops.convert_to_numpy(keras.random.normal((3,)))
        return [random.random(), np.random.random(), *noise.tolist()]

    runtime.start("00_start_here", seed=3)
    first = draw()
    runtime.seed(3)
    assert draw() == first
    runtime.seed(4)
    assert draw() != first


@pytest.mark.parametrize("seed", [1.5, "1", None, True, -1, 2**32])
def test_a_seed_is_an_integer_in_range(seed):
    with pytest.raises((TypeError, ValueError), match="seed must"):
        runtime.seed(seed)


# ---------------------------------------------------------------------------------------- recording


def test_record_returns_nothing_and_writes_nothing_by_itself(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runtime.start("first_lesson")
    # A cell may end in it without printing the number once more.
    assert runtime.record("distance", 3.5, judge="fashion-1") is None
    assert list(tmp_path.iterdir()) == []


def test_record_writes_plain_json(tmp_path, monkeypatch, capsys):
    from keras import ops

    folder = tmp_path / "made" / "results"
    monkeypatch.setenv("COURSE_RESULTS", str(folder))
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    runtime.start("first_lesson", seed=7)
    runtime.record("distance", np.float32(1.5), samples=np.int64(10), whole=np.bool_(True))
    runtime.record("curve", np.arange(3), tensor=ops.ones((2,)), pair=(1, None), more={"a": 0.5})
    runtime.record("distance", 2.5, path=Path("a/b"))
    assert [path.name for path in folder.iterdir()] == ["first_lesson.json"]
    content = json.loads((folder / "first_lesson.json").read_text(encoding="utf-8"))
    assert content["lesson"] == "first_lesson"
    assert (content["profile"], content["seed"]) == ("smoke", 7)
    assert {"python", "keras", "backend", "numpy"} <= set(content["versions"])
    assert content["values"] == {
        "distance": {"value": 2.5, "path": "a/b"},
        "curve": {"value": [0, 1, 2], "tensor": [1.0, 1.0], "pair": [1, None], "more": {"a": 0.5}},
    }


@pytest.mark.parametrize("value", [float("nan"), np.float32("inf"), [1.0, np.nan], {"a": np.inf}])
def test_a_number_that_is_none_is_refused(value, capsys):
    runtime.start("first_lesson")
    with pytest.raises(ValueError, match="must be finite"):
        runtime.record("distance", value)
    with pytest.raises(ValueError, match="must be finite"):
        runtime.record("distance", 1.0, spread=value)


def test_unfit_records_are_refused(tmp_path, monkeypatch, capsys):
    with pytest.raises(RuntimeError, match="runtime.start"):
        runtime.record("distance", 1.0)
    runtime.start("first_lesson")
    with pytest.raises(TypeError, match="is a object"):
        runtime.record("distance", object())
    with pytest.raises(TypeError, match="must be a string"):
        runtime.record(3, 1.0)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path / "file"))
    with pytest.raises(OSError, match="COURSE_RESULTS names a folder"):
        runtime.record("distance", 1.0)


def test_a_write_that_fails_leaves_the_earlier_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    runtime.start("first_lesson")
    runtime.record("distance", 1.0)

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        runtime.record("distance", 2.0)
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text())["values"] == {"distance": {"value": 1.0}}


# ----------------------------------------------------------------------------------------- other


def test_colab_is_recognised(monkeypatch):
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    assert not runtime.on_colab()
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    assert runtime.on_colab()


def test_a_number_of_another_lesson_can_be_read():
    far = runtime.recorded("from_autoencoder_to_vae", "frechet")
    assert isinstance(far, float) and far > 0
    assert runtime.recorded("from_autoencoder_to_vae", "no such key") is None
    assert runtime.recorded("nothing", "frechet") is None


# ---------------------------------------------------------------------------- what a learner makes


def test_every_run_of_a_lesson_has_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runtime.start("the_look_of_a_painting")
    first, second = runtime.art_folder(), runtime.art_folder()
    assert first == Path("my_art/the_look_of_a_painting/1") and second.name == "2"
    (second.parent / "10").mkdir()
    (second.parent / "notes.txt").write_text("a learner's own")
    assert runtime.art_folder().name == "11"
    runtime.start("from_outline_to_picture")
    third = runtime.art_folder()
    assert third == Path("my_art/from_outline_to_picture/1") and not any(third.iterdir())
    runtime.start("03_rnn/1_the next: frame")  # an older copy, and what no folder may be called
    assert runtime.art_folder() == Path("my_art/the_next_frame/1")


def test_folders_that_are_made_at_once_are_different(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: files.numbered_folder(tmp_path, "run_"), range(40)))
    assert sorted(made) == sorted(tmp_path / f"run_{number}" for number in range(1, 41))


def test_an_art_folder_before_the_lesson_began_or_where_none_can_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match=r"needs runtime.start\('lesson'\)"):
        runtime.art_folder()
    runtime.start("the_next_frame")
    (tmp_path / "my_art").write_text("in the way")
    with pytest.raises(OSError, match="my_art cannot be made here .*: start Jupyter in a folder"):
        runtime.art_folder()


def test_no_lesson_writes_into_a_folder_that_another_one_uses():
    for path in (Path(runtime.__file__).parents[1] / "chapters").rglob("*.py"):
        assert not re.search(r"""(["'])my_art""", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    ("files", "gigabytes"),
    [
        ({}, None),
        ({"max": "max", "current": "9", "stat": ""}, None),
        (
            {"max": "2000000000", "current": "1500000000", "stat": "anon 1\ninactive_file 300000000"},
            (2.0, 0.8),
        ),
        ({"max": "1000000000", "current": "1000000001", "stat": "anon 1"}, (1.0, 0.0)),
    ],
)
def test_the_memory_is_that_of_the_container(monkeypatch, tmp_path, files, gigabytes):
    """The computer, of 64 GB, and what Linux says of the container are stubbed."""
    import psutil

    whole = psutil.virtual_memory()._replace(total=64 * 10**9, available=60 * 10**9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: whole)
    monkeypatch.setattr(runtime, "CONTAINER", tmp_path)
    for name, text in files.items():
        (tmp_path / f"memory.{name}").write_text(text)
    found = runtime.memory()
    assert (found.total / 1e9, found.available / 1e9) == (gigabytes or (64, 60))
