"""The bundled data sets: right, the same every time, offline, and honest about damage."""

import functools
import hashlib
import itertools
import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_lib import data
from course_lib.data import bundled

pytestmark = pytest.mark.tensorflow


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **more):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A copy of the bundled files that a test may damage."""
    copy = tmp_path / "files"
    shutil.copytree(bundled.FILES, copy)
    monkeypatch.setattr(bundled, "FILES", copy)
    return copy


# ---------------------------------------------------------------------------- contents


@pytest.mark.parametrize(("split", "count"), [("train+validation", 60_000), ("test", 10_000)])
def test_fashion_is_whole_and_balanced(split, count):
    images, labels = data.load("fashion", split)
    assert images.shape == (count, 28, 28, 1) and images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [count // 10] * 10
    assert len(data.LABELS["fashion"]) == 10


@pytest.mark.parametrize(("name", "size"), [("fashion", 28), ("people", 32), ("earth", 64)])
def test_validation_is_cut_from_what_may_be_learnt_from(name, size):
    parts = [data.load(name, split, size=size)[0] for split in ("train", "validation")]
    both = {picture.tobytes() for picture in data.load(name, "train+validation", size=size)[0]}
    train, validation = ({picture.tobytes() for picture in part} for part in parts)
    assert train | validation <= both and len(validation) == len(parts[1])
    assert not (validation & train) or name == "fashion"  # which holds a few pictures twice
    assert len(train & validation) < 50
    if name == "fashion":
        assert [len(part) for part in parts] == [50_000, 10_000]


def test_fashion_labels_name_what_is_seen():
    images, labels = data.load("fashion", "test")
    mean = [images[labels == label].mean() for label in range(10)]
    name = data.LABELS["fashion"].index
    # A sandal is mostly holes, a pullover fills its square; ankle boots are taller than sneakers.
    assert min(mean) == mean[name("Sandal")]
    assert mean[name("Pullover")] > 2 * mean[name("Sandal")]
    height = (images.max(axis=2)[..., 0] > 20).sum(axis=1)
    boots, sneakers = (height[labels == name(kind)].mean() for kind in ("Ankle boot", "Sneaker"))
    assert boots > 1.5 * sneakers


@pytest.mark.parametrize("size", [64, 32])
@pytest.mark.parametrize(("split", "count"), [("train+validation", 762), ("test", 138)])
def test_people_shapes(split, count, size):
    images, labels = data.load("people", split, size=size)
    assert images.shape == (count, size, size, 3) and images.dtype == np.uint8
    assert list(labels) == ["tone", "gender", "kind"]
    for key, values in labels.items():
        assert values.shape == (count,) and values.dtype == np.int64
        assert set(values) == set(range(len(data.LABELS["people"][key])))  # every label occurs


def test_people_of_size_32_are_the_same_pictures():
    large, _ = data.load("people", "test")
    small, _ = data.load("people", "test", size=32)
    blurred = large.reshape(-1, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(blurred - small).max() <= 0.5


def test_people_have_150_designs_in_six_tones():
    assert len(bundled.people_names()) == 900 == len(set(bundled.people_names()))
    everybody = [bundled.person(name) for name in bundled.people_names()]
    tones = [who.tone for who in everybody]
    assert {tone: tones.count(tone) for tone in tones} == dict.fromkeys(data.LABELS["people"]["tone"], 150)


@pytest.mark.parametrize(
    ("name", "tone", "gender", "kind"),
    [
        ("1f469-1f3ff-200d-1f680", "dark", "woman", "job"),  # astronaut
        ("1f468-1f3fb", "light", "man", "face"),
        ("1f9d1", "none", "not stated", "face"),
        ("1f937-1f3fe-200d-2642-fe0f", "medium-dark", "man", "gesture"),  # shrug
        ("1f9da-200d-2640-fe0f", "none", "woman", "fantasy"),  # fairy
        ("1f478-1f3fb", "light", "woman", "fantasy"),  # princess
        ("1f935-1f3ff", "dark", "not stated", "other"),  # tuxedo
        ("1f469-1f3fb-200d-1f9b0", "light", "woman", "face"),  # red hair
        ("1f575-fe0f-200d-2642-fe0f", "none", "man", "job"),  # detective
        ("1f468-1f3fc-200d-1f4bb", "medium-light", "man", "job"),  # laptop: named rightly
        ("1f468-1f3fc-200d-1f692", "medium", "man", "job"),  # firefighter: exchanged
        ("1f9cf-1f3fb-200d-2640-fe0f", "light", "man", "gesture"),  # deaf: exchanged
    ],
)
def test_names_of_people(name, tone, gender, kind):
    assert name in bundled.people_names()
    assert bundled.person(name)[1:] == (tone, gender, kind)


def _designs():
    """For each of the 150 designs, its five toned pictures (5, 64, 64, 3), from light to dark."""
    images, names = [], []
    for split in ("train", "validation", "test"):
        images.extend(data.load("people", split)[0])
        names.extend(n for n in bundled.people_names() if bundled.person(n).split == split)
    designs = {}
    for image, name in zip(images, names, strict=True):
        tone = bundled.person(name).tone
        if tone != "none":
            design = re.sub("-1f3f[b-f]", "", name)
            designs.setdefault(design, {})[tone] = image
    order = data.LABELS["people"]["tone"][1:]
    return {key: np.stack([tones[tone] for tone in order]) for key, tones in designs.items()}


def test_tones_of_people_are_in_order_of_brightness():
    """Measured: of all orders, the one of the labels darkens the most pixels at every step.

    Hair does not darken from tone to tone (the second is blond), clothes do not change: it is skin.
    """
    designs = _designs()
    assert len(designs) == 150
    for design, pictures in designs.items():
        grey = pictures.astype(float) @ [0.299, 0.587, 0.114]
        darkening = {
            order: (np.diff(grey[list(order)], axis=0) < -6).all(0).sum()
            for order in itertools.permutations(range(5))
        }
        assert max(darkening, key=darkening.get) == (0, 1, 2, 3, 4), design


def test_deaf_women_wear_purple_and_men_blue_like_all_the_others():
    for split in ("train", "validation", "test"):
        images, _ = data.load("people", split)
        names = [n for n in bundled.people_names() if bundled.person(n).split == split]
        for image, name in zip(images, names, strict=True):
            who = bundled.person(name)
            if who.subject not in ("1f9cf", "1f937", "1f64b", "1f481"):
                continue
            if who.gender == "not stated":
                continue
            red, green, blue = image.reshape(-1, 3).astype(int).T
            blues = ((blue > red + 100) & (green > red + 40)).sum()
            purples = ((blue > green + 50) & (red > green + 15)).sum()
            assert (purples > blues) == (who.gender == "woman"), name


def test_no_person_is_in_two_splits_in_another_tone_or_gender():
    subjects = {split: set() for split in ("train", "validation", "test")}
    for name in bundled.people_names():
        who = bundled.person(name)
        subjects[who.split].add(who.subject)
    # Nor as nearly the same picture under another name: the closest pair differs by 15 grey levels.
    for one, other in itertools.combinations(subjects, 2):
        assert not subjects[one] & subjects[other]
        a, b = (
            data.load("people", split)[0].reshape(-1, 64 * 64 * 3).astype(float) for split in (one, other)
        )
        squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
        assert np.sqrt(squares.min() / a.shape[1]) > 15


@pytest.mark.parametrize(
    ("size", "split", "count", "land"),
    [
        (64, "train+validation", 1447, 594),
        (64, "test", 317, 156),
        (32, "train+validation", 4154, 1957),
        (32, "test", 1009, 545),
    ],
)
def test_earth_counts(size, split, count, land):
    images, labels = data.load("earth", split, size=size)
    assert images.shape == (count, size, size, 3) and images.dtype == np.uint8
    assert labels.dtype == np.int64 and np.bincount(labels).tolist() == [count - land, land]
    deviation = images.reshape(count, -1, 3).astype(float).std(axis=1).mean(-1)
    assert deviation.min() > 8


@pytest.mark.parametrize(
    ("latitude", "longitude", "label"),
    [
        (30, 86, "land"),  # Tibet
        (-22, 122, "land"),  # West Australia
        (46, 10, "land"),  # Alps
        (24, 8, "land"),  # Sahara
        (80, -25, "land"),  # Greenland's ice, which is bluish
        (-68, 45, "land"),  # Antarctica's coast
        (58, 20, "sea"),  # Baltic, shallow and bright
        (34, 20, "sea"),  # Mediterranean
        (25, -90, "sea"),  # Gulf of Mexico
        (15, 116, "sea"),  # South China Sea
    ],
)
def test_places_on_the_earth_are_sea_or_land(latitude, longitude, label):
    globe = np.asarray(Image.open(bundled.FILES / "blue-marble/bmng.jpg"))
    top, left = int((90 - latitude) * 15) // 64 * 64, int((longitude + 180) * 15) // 64 * 64
    tile = globe[top : top + 64, left : left + 64]
    pairs = [_earth("train+validation"), _earth("test")]
    images, labels = (np.concatenate(arrays) for arrays in zip(*pairs, strict=True))
    (found,) = np.flatnonzero((images == tile).all((1, 2, 3)))
    assert data.LABELS["earth"][labels[found]] == label


@functools.cache
def _earth(split):
    return data.load("earth", split)


@pytest.mark.parametrize("size", [64, 32])
def test_no_tile_of_the_earth_touches_one_of_another_split(size, monkeypatch):
    """The split as code, seen on a globe whose pixels say their own column."""
    columns = np.arange(5400)
    globe = np.zeros((2700, 5400, 3), np.uint8)
    globe[..., 0], globe[..., 1] = columns // 256, columns % 256
    globe[::2, :, 2] = 255  # contrast, so that no tile is left out
    monkeypatch.setattr(bundled.Image, "open", lambda file: Image.fromarray(globe))
    left = {}
    for split in ("train", "validation", "test"):
        corner = bundled.earth(split, size)[0][:, 0, 0].astype(int)
        left[split] = np.unique(corner[:, 0] * 256 + corner[:, 1])
    for one, other in itertools.combinations(left, 2):
        gaps = np.abs(left[one][:, None] - left[other][None])
        assert gaps.min() > size and gaps.min() >= 64 + size


def test_photos():
    photos = data.load("photos")
    assert len(photos) == 14 and list(photos) == sorted(photos)
    for name, picture in photos.items():
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[-1] == 3, name
        assert min(picture.shape[:2]) >= 300
    assert photos["astronaut"].shape == (512, 512, 3)
    assert photos["chelsea"].shape == (300, 451, 3)
    blue_share = (photos["mountains"][:100].mean((0, 1)) / 255).round(1)
    assert blue_share[2] > blue_share[0]  # sky above


def test_paintings_have_no_border():
    (painting,) = data.load("paintings").values()
    assert painting.dtype == np.uint8 and painting.shape == (560, 712, 3)
    edges = painting[0], painting[-1], painting[:, 0], painting[:, -1]
    assert all(edge.mean() > 40 for edge in edges)


def test_films():
    films = data.load("films")
    assert films["cat"].shape == (24, 64, 96, 1) and films["rabbit"].shape == (132, 64, 96, 3)
    assert all(film.dtype == np.uint8 for film in films.values())
    # The sheet's black bars are cut off, and frames follow each other: the next is nearer than a later one.
    cat = films["cat"].astype(float)
    assert cat[:, [0, -1]].mean() > 60 and cat[:, :, [0, -1]].mean() > 60
    rabbit = films["rabbit"].astype(float)
    assert np.abs(rabbit[1:] - rabbit[:-1]).mean() < np.abs(rabbit[40:] - rabbit[:-40]).mean() / 3


@pytest.mark.parametrize("name", ["fashion", "people", "earth"])
def test_every_load_is_the_same_and_its_arrays_are_the_learners_own(name):
    first, first_labels = data.load(name, "test")
    copy = first.copy()
    first[:] = 0  # must not reach the next load
    second, second_labels = data.load(name, "test")
    assert (second == copy).all()
    assert json.dumps(first_labels, default=np.ndarray.tolist) == json.dumps(
        second_labels, default=np.ndarray.tolist
    )


# ---------------------------------------------------------------------------- pixels and errors


def test_signed_and_back_is_exact():
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    scaled = data.signed(every)
    assert scaled.dtype == np.float32
    assert scaled.min() == -1 and scaled.max() == 1
    assert (data.to_uint8(scaled) == every).all()


def test_to_uint8_rounds_and_clips():
    values = np.array([-3.0, -1.0, -0.999, 0.0, 0.999, 1.0, 7.0, np.inf])
    assert data.to_uint8(values).tolist() == [0, 0, 0, 128, 255, 255, 255, 255]


def test_scales_refuse_what_was_scaled_before():
    with pytest.raises(TypeError, match="uint8 pictures .* not float32"):
        data.signed(np.zeros((1, 2, 2, 1), np.float32))
    with pytest.raises(TypeError, match="uint8 already"):
        data.to_uint8(np.zeros((1, 2, 2, 1), np.uint8))
    with pytest.raises(ValueError, match="NaN"):
        data.to_uint8(np.array([0.0, np.nan]))


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("fasion", "train"), {}, "no data set 'fasion' .* mean 'fashion'.* 'paintings' or 'films'"),
        (("zebra", "train"), {}, r"no data set 'zebra' in the course\. Choose"),
        ((None, "train"), {}, "no data set None"),
        (("fashion", "valid"), {}, "no split 'valid' of 'fashion': choose 'train', 'validation', 'test' or"),
        (("people",), {}, "no split None of 'people'"),
        (("earth", "train"), {"size": 48}, "'earth' has no size 48: choose 64 or 32"),
        (("fashion", "train"), {"size": 64}, "'fashion' has no size 64: choose 28"),
        (("photos", "train"), {}, "no splits"),
        (("photos",), {"source": "tfds"}, "no splits"),
        (("films",), {"size": 32}, '"films" has no splits'),
        (("fashion", "train"), {"source": "web"}, "no source 'web': choose 'bundled' or 'tfds'"),
    ],
)
def test_wrong_arguments_get_a_sentence(arguments, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        data.load(*arguments, **options)


# ---------------------------------------------------------------------------- damaged archives

TRAIN = "fashion-mnist/train-images-idx3-ubyte.gz"


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _make_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("file", "damage", "load", "reason"),
    [
        (TRAIN, lambda p: p.write_bytes(b""), ("fashion", "train"), "is empty"),
        (TRAIN, lambda p: p.unlink(), ("fashion", "train"), "is missing"),
        (
            TRAIN,
            lambda p: p.write_bytes(p.read_bytes()[:1000]),
            ("fashion", "train"),
            "has 1,000 bytes where 26,421,880 are expected",
        ),
        (TRAIN, _flip, ("fashion", "train"), "is damaged or was replaced"),
        (TRAIN, _make_folder, ("fashion", "train"), "cannot be read"),
        (
            "fashion-mnist/t10k-labels-idx1-ubyte.gz",
            lambda p: shutil.copy(p.with_name("train-labels-idx1-ubyte.gz"), p),
            ("fashion", "test"),
            "has 29,515 bytes where 5,148",
        ),
        ("emoji-people/people_64.webp", _flip, ("people", "train"), "is damaged or was replaced"),
        ("emoji-people/people.json", lambda p: p.write_text("[]"), ("people", "test"), "2 bytes"),
        ("blue-marble/bmng.jpg", _flip, ("earth", "train"), "is damaged or was replaced"),
        ("photos/coffee.png", lambda p: p.unlink(), ("photos",), "is missing"),
        ("manifest.json", lambda p: p.write_text("{"), ("photos",), "cannot be read"),
        ("manifest.json", lambda p: p.unlink(), ("fashion", "test"), "cannot be read"),
    ],
)
def test_a_damaged_archive_is_named_with_what_to_do(files, file, damage, load, reason):
    damage(files / file)
    with pytest.raises(data.DataError) as caught:
        data.load(*load)
    message = str(caught.value)
    assert Path(file).name in message and reason in message
    assert "git checkout" in message and "\n" not in message


# ---------------------------------------------------------------------------- notices


def test_every_file_has_its_notice_and_checksum():
    manifest = json.loads((bundled.FILES / "manifest.json").read_text())
    found = {
        path.relative_to(bundled.FILES).as_posix()
        for path in bundled.FILES.rglob("*")
        if path.is_file() and path.name not in ("SOURCE.md", "LICENSE")
    }
    assert found - {".gitattributes"} == set(manifest) | {"manifest.json"}
    for name in manifest:
        path = bundled.FILES / name
        source = (path.parent / "SOURCE.md").read_text()
        assert f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" in source
        assert "icence" in source
    for folder in ("fashion-mnist", "emoji-people", "blue-marble"):
        assert "Copyright (c)" in (bundled.FILES / folder / "LICENSE").read_text()


def test_importing_data_imports_no_framework():
    code = (
        "import sys, course_lib.data; "
        "print([name for name in ('tensorflow', 'keras', 'jax', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_one_hot_has_a_one_in_every_group():
    _, labels = data.load("people", "test")
    rows = data.one_hot("people", labels)
    assert rows.shape == (138, 6 + 3 + 5) and rows.dtype == np.float32
    for key, block in zip(("tone", "gender", "kind"), np.split(rows, [6, 9], axis=1), strict=True):
        np.testing.assert_array_equal(block.argmax(axis=1), labels[key])
        np.testing.assert_array_equal(block.sum(axis=1), 1)
    np.testing.assert_array_equal(data.one_hot("earth", [1, 0]), [[0, 1], [1, 0]])


def test_one_hot_refuses_labels_that_there_are_not():
    with pytest.raises(ValueError, match="run from 0 to 2; earth has 0 to 1"):
        data.one_hot("earth", [0, 2])


def test_heads_are_every_combination_once_and_the_test_set_has_one_kind_of_hair_each():
    sets = {split: data.heads(split) for split in ("train", "test")}
    combinations = {}
    for split, (images, who) in sets.items():
        assert images.shape[1:] == (64, 64, 3) and images.dtype == np.uint8
        assert [len(labels) for labels in who.values()] == [len(images)] * 3
        columns = [who[key].tolist() for key in ("tone", "gender", "hair")]
        combinations[split] = list(zip(*columns, strict=True))
    everything = combinations["train"] + combinations["test"]
    assert len(everything) == len(set(everything)) == 6 * 3 * 7
    assert len({(tone, gender) for tone, gender, _ in combinations["test"]}) == 18
    for position, values in enumerate((6, 3, 7)):  # every part is known, though not together
        assert {one[position] for one in combinations["train"]} == set(range(values))
    known = {image.tobytes() for image in sets["train"][0]}
    assert not known & {image.tobytes() for image in sets["test"][0]}


def test_heads_refuse_a_misspelt_split():
    with pytest.raises(ValueError, match="no split 'tset' of the heads"):
        data.heads("tset")


def test_the_hair_of_heads_is_what_the_pictures_show():
    images, who = data.heads("train")
    crown = images[:, 8:14, 26:38].astype("float32").mean(axis=(1, 2))  # (n, 3), colour above the brow
    hair = np.array(data.HAIR)[who["hair"]]
    assert crown[hair == "white"].mean() > crown[hair == "plain"].mean() + 40
    red = crown[:, 0] - crown[:, 2]
    assert red[hair == "red"].mean() > red[hair == "curly"].mean() + 30
    assert red[hair == "blond"].mean() < red[hair == "red"].mean()
