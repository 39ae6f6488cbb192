"""The way through TensorFlow Datasets: equal to the bundled data, offline, and hard to poison."""

import functools
import gzip
import hashlib
import http.server
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from course_lib import data
from course_lib.data import bundled, tfds_builders

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A cache in which people, earth and fashion are prepared, once for all tests here."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_CACHE", str(cache))
        _no_network(patch)
        for name, size in (("people", 32), ("earth", 64), ("fashion", 28)):
            data.load(name, "test", source="tfds", size=size)
    return cache


@pytest.fixture
def cache(prepared, monkeypatch):
    """That cache, not to be changed, and no network."""
    monkeypatch.setenv("COURSE_CACHE", str(prepared))
    monkeypatch.setattr(tfds_builders, "_install", None)  # fails if something is prepared again
    _no_network(monkeypatch)
    return prepared


@pytest.fixture
def own_cache(prepared, tmp_path, monkeypatch):
    """A copy with people only, to be damaged."""
    shutil.copytree(prepared / "tfds/people-32", tmp_path / "tfds/people-32")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    _no_network(monkeypatch)
    return tmp_path


def _no_network(patch):
    def refuse(*arguments, **more):
        raise OSError("the network was touched")

    patch.setattr(socket.socket, "connect", refuse)
    patch.setattr(socket, "getaddrinfo", refuse)


load_people = functools.partial(data.load, "people", source="tfds", size=32)


def _assert_people_are_right():
    images, labels = load_people("test")
    expected, expected_labels = data.load("people", "test", size=32)
    assert (images == expected).all()
    for key, values in expected_labels.items():
        assert (labels[key] == values).all()


# ---------------------------------------------------------------------------- equality


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_people_are_equal_picture_by_picture(cache, split):
    images, labels = load_people(split)
    expected, expected_labels = data.load("people", split, size=32)
    assert images.dtype == np.uint8 and (images == expected).all()
    assert list(labels) == list(expected_labels)
    for key, values in expected_labels.items():
        assert labels[key].dtype == np.int64 and (labels[key] == values).all()


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_earth_is_equal_picture_by_picture(cache, split):
    images, labels = data.load("earth", split, source="tfds")
    expected, expected_labels = data.load("earth", split)
    assert images.dtype == np.uint8 and (images == expected).all()
    assert labels.dtype == np.int64 and (labels == expected_labels).all()


@pytest.mark.parametrize("split", ["train", "validation", "test", "train+validation"])
def test_fashion_is_equal_but_for_its_order(cache, split):
    images, labels = data.load("fashion", split, source="tfds")
    expected, expected_labels = data.load("fashion", split)
    assert images.shape == expected.shape and images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert _sorted_rows(images, labels) == _sorted_rows(expected, expected_labels)
    again, _ = data.load("fashion_mnist", split, source="tfds")  # by the name of the builder
    assert (again == images).all()


def _sorted_rows(images, labels):
    return sorted(zip(map(np.ndarray.tobytes, images), labels.tolist(), strict=True))


def test_the_builders_name_their_labels(cache):
    builder = tfds_builders.CoursePeople(config="32", data_dir=cache / "tfds/people-32")
    for key, names in data.LABELS["people"].items():
        assert builder.info.features[key].names == list(names)
    builder = tfds_builders.CourseEarth(config="64", data_dir=cache / "tfds/earth-64")
    assert builder.info.features["label"].names == list(data.LABELS["earth"])


def test_nothing_but_the_prepared_data_stays_in_the_cache(prepared):
    names = sorted(path.name for path in (prepared / "tfds").iterdir())
    assert names == ["earth-64", "fashion-28", "people-32"]
    assert not list(prepared.rglob("downloads"))
    assert sum(path.stat().st_size for path in prepared.rglob("*")) < 70e6


def test_loading_writes_nothing_so_that_a_read_only_cache_serves(cache):
    def state():
        return {path: path.stat().st_mtime_ns for path in cache.rglob("*")}

    before = state()
    load_people("train")
    assert state() == before


# ---------------------------------------------------------------------------- damaged caches


def _file(folder, ending):
    (path,) = folder.rglob(f"*{ending}")
    return path


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _replace_by_file(folder):
    shutil.rmtree(folder)
    folder.write_text("what is this?")


RECORDS = "test.tfrecord-00000-of-00001"
DAMAGES = {
    "records cut short": (RECORDS, lambda p: os.truncate(p, 1000), "it was changed"),
    "records emptied": (RECORDS, lambda p: os.truncate(p, 0), "it was changed"),
    "one bit of a record": (RECORDS, _flip, "it was changed"),
    "records gone": (RECORDS, Path.unlink, "No such file"),
    "info emptied": ("dataset_info.json", lambda p: p.write_text(""), "it was changed"),
    "features gone": ("features.json", Path.unlink, "No such file"),
    "list of files gone": ("course.json", Path.unlink, "No such file"),
    "list of files cut short": ("course.json", lambda p: os.truncate(p, 50), "Unterminated"),
    "list of files of another kind": ("course.json", lambda p: p.write_text("[1]"), "indices"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_named_and_prepared_again(damage, own_cache, capsys):
    ending, spoil, reason = DAMAGES[damage]
    path = _file(own_cache / "tfds/people-32", ending)
    spoil(path)
    _assert_people_are_right()
    printed = capsys.readouterr().out.splitlines()
    assert path.name in printed[0] and reason in printed[0] and "must be prepared again" in printed[0]
    load_people("train")
    assert capsys.readouterr().out == ""  # now it is whole


def test_a_file_in_the_place_of_the_cache(own_cache):
    _replace_by_file(own_cache / "tfds/people-32")
    _assert_people_are_right()


def test_a_cache_of_another_version_is_replaced(own_cache):
    stamp = own_cache / "tfds/people-32/course.json"
    content = json.loads(stamp.read_text())
    stamp.write_text(json.dumps(content | {"made_from": "an older course"}))
    _assert_people_are_right()
    assert json.loads(stamp.read_text())["made_from"] == content["made_from"]


def test_a_damaged_archive_is_named(tmp_path, monkeypatch):
    copy = tmp_path / "files"
    shutil.copytree(bundled.FILES, copy)
    monkeypatch.setattr(bundled, "FILES", copy)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    os.truncate(copy / "fashion-mnist/train-labels-idx1-ubyte.gz", 100)
    with pytest.raises(data.DataError, match="train-labels-idx1-ubyte.gz has 100 bytes"):
        data.load("fashion", "train", source="tfds")
    assert list((tmp_path / "cache/tfds").iterdir()) == []  # nothing half-made is left


def test_a_kill_during_preparation_harms_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    code = "from course_lib import data; data.load('people', 'test', source='tfds', size=32)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    part = []
    while process.poll() is None and not part:
        part = list(tmp_path.rglob("*.tfrecord*")) + list(tmp_path.rglob("*incomplete*"))
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert part and not (tmp_path / "tfds/people-32").exists()
    _assert_people_are_right()
    leftover = next((tmp_path / "tfds").glob("*.part"))
    os.utime(leftover, (0, 0))  # as if it were old
    shutil.rmtree(tmp_path / "tfds/people-32")
    _assert_people_are_right()
    assert [path.name for path in (tmp_path / "tfds").iterdir()] == ["people-32"]


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file/cache"))
    monkeypatch.setattr(tfds_builders, "_temporary", {})
    _assert_people_are_right()
    assert "cannot be written (Not a directory): a temporary folder" in capsys.readouterr().out
    load_people("train")  # from the temporary folder
    assert capsys.readouterr().out == ""


def test_a_full_disk_gets_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))

    def full(builder, work):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tfds_builders, "_prepare_offline", full)
    with pytest.raises(data.DataError, match="people-32 could not be prepared: .*No space left"):
        load_people("test")
    assert list((tmp_path / "tfds").iterdir()) == []


# ---------------------------------------------------------------------------- other names


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mnst", "no data set 'mnst'. Did you mean 'mnist'"),
        ("huggingface:mnist", "no data set 'huggingface:mnist'"),
        ("cycle_gan/nothing", "no variant 'cycle_gan/nothing'; it has .*horse2zebra"),
        ("coco", "'coco' is not a data set of 8-bit pictures with one label"),
        ("wikipedia", "'wikipedia' is not a data set"),
        (7, "no data set 7"),
    ],
)
def test_names_that_do_not_fit(cache, name, sentence):
    with pytest.raises(ValueError, match=sentence):
        data.load(name, "train", source="tfds")


def test_nothing_is_downloaded_unless_asked_for(cache):
    with pytest.raises(data.DataError, match=r"'mnist' is not on this computer .*download=True.* MB"):
        data.load("mnist", "train", source="tfds")


def test_offline_is_told_quickly(cache):
    start = time.monotonic()
    with pytest.raises(data.DataError, match="'mnist' cannot be downloaded: .* Check the network"):
        data.load("mnist", "train", source="tfds", download=True)
    assert time.monotonic() - start < 30  # a promise of the interface: TFDS alone retries for 204 s


def test_a_name_server_that_never_answers_does_not_hang(cache, monkeypatch):
    monkeypatch.setattr(tfds_builders, "SECONDS_TO_REACH", 0.2)
    forever = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **more: [forever.wait()][:0])
    try:
        assert not tfds_builders._reachable(["example.org"])
    finally:
        forever.set()


def test_a_download_is_stopped_when_its_time_is_over(tmp_path):
    lives = tmp_path / "pid"
    code = f"import os, time; open({str(lives)!r}, 'w').write(str(os.getpid())); time.sleep(99)"
    with pytest.raises(data.DataError, match="'mnist' was not there after 2 seconds: .*time_limit"):
        tfds_builders._run_with_limit([sys.executable, "-c", code], tmp_path, 2, "mnist")
    with pytest.raises(ProcessLookupError):
        os.kill(int(lives.read_text()), 0)


def test_a_download_that_fails_says_why(tmp_path):
    code = "raise OSError('the server said 404')"
    with pytest.raises(data.DataError, match="'mnist' could not .*OSError: the server said 404"):
        tfds_builders._run_with_limit([sys.executable, "-c", code], tmp_path, 60, "mnist")


def _idx(array):
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes())


class Breaking(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; the first time it is asked for the training pictures, it stops half-way."""

    asked = []

    def do_GET(self):
        first = self.path not in self.asked
        self.asked.append(self.path)
        if not first or "train-images" not in self.path:
            return super().do_GET()
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])

    def log_message(self, *arguments):
        pass


def test_a_download_from_a_server(tmp_path, monkeypatch, capsys):
    """The whole way of `download=True`, for a builder whose server is on this machine."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 28, 28), np.uint8)
    labels = rng.integers(0, 10, 40).astype(np.uint8)
    served = tmp_path / "served"
    served.mkdir()
    for part in ("train", "t10k"):
        (served / f"{part}-images-idx3-ubyte.gz").write_bytes(_idx(images))
        (served / f"{part}-labels-idx1-ubyte.gz").write_bytes(_idx(labels))
    handler = functools.partial(Breaking, directory=served)
    monkeypatch.setattr(Breaking, "asked", [])
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(tfds_builders, "_reachable", lambda hosts: True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        patched = (
            "from tensorflow_datasets.image_classification import mnist; "
            f"mnist.KMNIST.URL = 'http://127.0.0.1:{server.server_port}/'; "
            "mnist._TRAIN_EXAMPLES = mnist._TEST_EXAMPLES = 40; "
        )
        monkeypatch.setattr(tfds_builders, "WORKER", patched + tfds_builders.WORKER)
        load = functools.partial(data.load, "kmnist", source="tfds")
        with pytest.raises(data.DataError, match="prepared: http.*train-images.* broke off after .* kept"):
            load("train", download=True)
        finished = {note.stem for note in (tmp_path / "cache").rglob("*.json") if ".part" not in note.name}
        capsys.readouterr()
        found, found_labels = load("train", download=True)
        printed = capsys.readouterr().out
        assert "Going on with" in printed and "train-images-idx3-ubyte.gz cannot be continued" in printed
        asked = [hashlib.sha256(f"http://127.0.0.1:{server.server_port}{path}".encode()).hexdigest()[:16]
                 for path in Breaking.asked]  # fmt: skip
        assert all(asked.count(name) == 1 for name in finished)  # what was whole is not fetched again
        server.shutdown()
    expected = _sorted_rows(images[..., None], labels.astype(np.int64))
    assert found.shape == (40, 28, 28, 1) and found_labels.dtype == np.int64
    assert _sorted_rows(found, found_labels) == expected
    assert [path.name for path in (tmp_path / "cache/tfds").iterdir()] == ["kmnist-3.0.1"]

    # From now on without a server: whole, in part, and in another size.
    assert (load("train")[0] == found).all()
    assert (load("train[:10]")[0] == found[:10]).all()
    assert load("test", size=14)[0].shape == (40, 14, 14, 1)
    with pytest.raises(ValueError, match="no split 'valid'; it has 'train', 'test'"):
        load("valid")
    monkeypatch.setattr(tfds_builders, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match=r'40 pictures of .* need .*split="train\[:5000\]"'):
        load("train")
