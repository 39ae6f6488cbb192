"""course_lib/results: what was measured comes back as it was, and what is not there is said."""

import numpy as np
import pytest

import env
from course_lib import results

pytestmark = pytest.mark.tensorflow

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 4, 3)).astype("uint8")


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Results of which there are none yet."""
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    return tmp_path


def test_a_study_comes_back_as_it_was_kept(folder):
    content = {"seeds": [{"seed": 1, "far": 0.1 + 0.2}], "of": np.float32(1.5), "ü": (np.int64(3), None)}
    results.keep_study("stability", content | {"drawn": {"at the end": PICTURES}})
    told = results.study("stability")
    drawn = told.pop("drawn")["at the end"]
    assert drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn, PICTURES)
    assert told == {
        "made_by": "python benchmarks/stability_seeds.py",
        "seeds": [{"seed": 1, "far": 0.1 + 0.2}],
        "of": 1.5,
        "ü": [3, None],
    }


@pytest.mark.parametrize("shape", [(3, 28, 28, 1), (4, 4), (7,)])
def test_pictures_of_any_shape_come_back(folder, shape):
    pictures = np.arange(np.prod(shape), dtype="uint8").reshape(shape)
    results.write(folder / "file.json", {"pictures": pictures})
    np.testing.assert_array_equal(results.read(folder / "file.json")["pictures"], pictures)


def test_a_slope_that_exploded_is_null_in_a_study(folder):
    results.keep_study("stability", {"slopes": np.array([1.0, np.inf, np.nan])})
    assert results.study("stability")["slopes"] == [1.0, None, None]


def test_a_study_is_written_over_in_one_piece(folder):
    results.keep_study("stability", {"seeds": [1, 2]})
    with pytest.raises(TypeError, match="seeds' is a object"):
        results.keep_study("stability", {"seeds": [object()]})
    assert results.study("stability")["seeds"] == [1, 2]
    assert [path.name for path in (folder / "studies").iterdir()] == ["stability.json"]


@pytest.mark.parametrize("name", results.STUDIES)
def test_a_missing_study_names_the_command_that_measures_it(folder, name):
    with pytest.raises(results.ResultsError, match=f"'{name}' cannot be read") as caught:
        results.study(name)
    assert str(caught.value).endswith(results.STUDIES[name])


@pytest.mark.parametrize(
    "content",
    [b"", b'{"seeds": [1,', b"[1, 2]", b"\xff\xfe", b'{"a": {"png": "AAAA", "shape": [1]}}',
     b'{"a": {"png": 3, "shape": [1]}}'],
)  # fmt: skip
def test_a_damaged_study_names_the_command_that_measures_it(folder, content):
    (folder / "studies").mkdir()
    (folder / "studies/stability.json").write_bytes(content)
    with pytest.raises(results.ResultsError, match=r"stability.json is damaged .*stability_seeds.py"):
        results.study("stability")


def test_every_study_is_there_and_so_is_its_program():
    assert {path.stem for path in (results.FOLDER / "studies").iterdir()} == set(results.STUDIES)
    for name, command in results.STUDIES.items():
        assert results.study(name)["made_by"] == command
        assert (env.ROOT / command.split()[1]).exists()


def test_a_lesson_that_recorded_nothing_has_no_number(tmp_path, monkeypatch):
    path = tmp_path / "lesson.json"
    monkeypatch.setattr(results, "place", lambda lesson: path)
    assert results.recorded("nothing", "key") is None
    results.write(path, {"profiles": {"quick": {"values": {"key": {"value": 3}}}}})
    assert results.recorded("nothing", "key") == 3
    assert results.recorded("nothing", "another") is None
    path.write_text("{")
    with pytest.raises(results.ResultsError, match=r"lesson.json is damaged"):
        results.recorded("nothing", "key")


def test_a_lesson_is_known_by_its_name_also_to_older_copies():
    assert results.place("the_next_frame").name == "the_next_frame.json"
    assert results.place("03_rnn/1_the_next_frame") == results.place("the_next_frame")


def test_a_lesson_whose_numbers_cannot_be_written_does_not_begin(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path / "file"))
    monkeypatch.setattr(results, "_running", {})
    with pytest.raises(OSError, match="COURSE_RESULTS names a folder"):
        results.begin("a_lesson", 1, "smoke", {})
    assert results._running == {}


def test_a_study_that_cannot_be_kept_is_not_measured(monkeypatch, tmp_path):
    (tmp_path / "studies").write_text("")
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    with pytest.raises(OSError, match="the study 'stability' is kept there"):
        results.require_study("stability")
