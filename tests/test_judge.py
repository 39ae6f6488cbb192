"""The judge: what it names, what it refuses, and what its score says about known pictures.

These tests hold on every backend: they compare with properties, not with stored numbers.
"""

import hashlib
import json
import random
import re
import shutil

import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

import rebuild_weights
from course_lib import data, judge, metrics, weights

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def the_judge():
    return judge.load("fashion")


@pytest.fixture(scope="module")
def test_set():
    return data.load("fashion", "test")


@pytest.fixture(scope="module")
def train_set():
    return data.load("fashion", "train")


@pytest.fixture(scope="module")
def few(test_set):
    return test_set[0][:40]


# --- the shipped weights


def test_names_at_least_93_percent_of_the_test_pictures(the_judge, test_set):
    images, labels = test_set
    assert np.mean(the_judge.labels(images) == labels) >= 0.93


def test_version_and_manifest(the_judge):
    path, entry = weights.verified(judge.FILES["fashion"])
    assert the_judge.version == judge.VERSION == entry["version"] == "fashion-1"
    assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert entry["bytes"] == path.stat().st_size < 1_500_000
    assert entry["made_by"] == "python tools/rebuild_weights.py judge"
    assert "fashion-1" in repr(the_judge)


def test_every_weights_file_is_listed_and_intact():
    found = [path.name for kind in ("*.h5", "*.npz") for path in weights.FOLDER.glob(kind)]
    assert set(weights.manifest()) == set(found)
    for name in weights.manifest():
        weights.verified(name)


@pytest.fixture
def own_weights(tmp_path, monkeypatch):
    """A copy of the weights folder that a test may damage, and a judge that is not loaded yet."""
    folder = tmp_path / "weights"
    shutil.copytree(weights.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    verified = weights.verified
    monkeypatch.setattr(weights, "verified", lambda name, _=None: verified(name, folder))
    monkeypatch.setattr(judge, "load", judge.load.__wrapped__)
    return folder


def damage_one_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (damage_one_byte, "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:1000]), "is damaged .its 1,000 bytes"),
        (lambda path: path.write_bytes(b""), "is damaged .its 0 bytes"),
        (lambda path: path.unlink(), "is missing"),
    ],
    ids=["one-bit", "cut-short", "empty", "missing"],
)
def test_damaged_weights_get_one_sentence(own_weights, damage, sentence):
    path = own_weights / judge.FILES["fashion"]
    damage(path)
    with pytest.raises(weights.WeightsError, match=sentence) as caught:
        judge.load("fashion")
    assert str(path) in str(caught.value)
    assert "python tools/rebuild_weights.py judge" in str(caught.value)


@pytest.mark.parametrize("content", [None, "{", "[]"], ids=["missing", "cut-short", "not-a-dict"])
def test_damaged_manifest_gets_one_sentence(own_weights, content):
    path = own_weights / "manifest.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(weights.WeightsError, match=re.escape(str(path))):
        judge.load("fashion")


def test_unknown_judge_and_unlisted_file():
    with pytest.raises(ValueError, match="no judge for 'people'; there is one for: fashion"):
        judge.load("people")
    with pytest.raises(weights.WeightsError, match="nothing.weights.h5 is not among the weights"):
        weights.verified("nothing.weights.h5")


def test_other_bytes_under_the_same_version_get_a_version_of_their_own(own_weights):
    name = judge.FILES["fashion"]
    again = weights.record(name, "fashion-1", "a test", own_weights)
    assert again["version"] == "fashion-1"  # same bytes, same judge
    damage_one_byte(own_weights / name)
    other = weights.record(name, "fashion-1", "a test", own_weights)
    assert other["version"] == f"fashion-1+{other['sha256'][:8]}"
    assert json.loads((own_weights / "manifest.json").read_text())[name] == other
    assert weights.record(name, "fashion-2", "a test", own_weights)["version"] == other["version"]


def test_every_recipe_is_that_of_its_line_in_the_manifest():
    made = {
        name: entry for name, entry in weights.manifest().items() if "rebuild_weights" in entry["made_by"]
    }
    for name, recipe in rebuild_weights.RECIPES.items():
        entry = made.pop(recipe.file)
        assert entry["made_by"] == f"python tools/rebuild_weights.py {name}"
        assert entry["version"] == recipe.version
    assert not made


@pytest.mark.tensorflow  # shipped weights are rebuilt there only
def test_rebuild_leaves_intact_weights_alone(own_weights):
    before = (own_weights / judge.FILES["fashion"]).read_bytes()
    assert "is intact and frozen" in rebuild_weights.rebuild("judge", own_weights)
    assert (own_weights / judge.FILES["fashion"]).read_bytes() == before


@pytest.mark.tensorflow  # shipped weights are rebuilt there only
def test_rebuild_trains_writes_and_reports(own_weights, monkeypatch):
    """The command with a training of 6 batches: another judge, so another version."""
    small = {split: tuple(a[:768] for a in data.load("fashion", split)) for split in data_splits()}
    monkeypatch.setattr(data, "load", lambda name, split: small[split])
    (own_weights / judge.FILES["fashion"]).unlink()
    recipe = rebuild_weights.RECIPES["judge"]
    short = recipe._replace(train=lambda: recipe.train(epochs=2))
    monkeypatch.setitem(rebuild_weights.RECIPES, "judge", short)
    report = rebuild_weights.rebuild("judge", own_weights)
    rebuilt = judge.load("fashion")
    assert rebuilt.version.startswith("fashion-1+") and rebuilt.version in report
    assert re.search(r"\d\d\.\d\d% of the 768 test pictures", report)


def data_splits():
    return ("train+validation", "test")


def test_shifting_moves_pictures_and_fills_with_background():
    images = np.full((200, 28, 28, 1), 7, np.uint8)
    moved = rebuild_weights.shifted(images, np.random.default_rng(0))
    sums = moved.sum(axis=(1, 2, 3)) / 7
    assert moved.shape == images.shape and moved.dtype == np.uint8
    assert set(sums) == {a * b for a in (26, 27, 28) for b in (26, 27, 28)}


# --- what it takes


def test_features_are_128_raw_numbers_from_relu(the_judge, few):
    features = the_judge.features(few)
    assert features.shape == (40, 128) and features.dtype == np.float32
    assert features.min() >= 0


def test_labels_are_the_largest_logits(the_judge, few):
    labels = the_judge.labels(few)
    _, logits = the_judge.network(data.signed(few))
    assert np.array_equal(labels, ops.convert_to_numpy(logits).argmax(axis=1)) and labels.dtype == np.int64
    counts = the_judge.class_counts(few)
    assert counts.shape == (10,) and counts.sum() == 40
    assert np.array_equal(counts, [np.count_nonzero(labels == c) for c in range(10)])


def test_features_are_the_numbers_before_the_dense_layer(the_judge, few):
    kernel, bias = the_judge.network.get_layer("logits").get_weights()
    logits = the_judge.features(few) @ kernel + bias
    assert np.array_equal(logits.argmax(axis=1), the_judge.labels(few))


def test_all_forms_of_the_same_pictures_give_the_same_features(the_judge, few):
    features = the_judge.features(few)
    signed = data.signed(few)
    forms = {
        "no channel": few[..., 0],
        "float32": signed,
        "float64": signed.astype("float64"),
        "tensor": ops.convert_to_tensor(signed),
        "uint8 tensor": ops.convert_to_tensor(few),
        "read-only view": np.broadcast_to(few, few.shape)[::1],
    }
    for name, form in forms.items():
        assert the_judge.features(form) == pytest.approx(features, abs=1e-4), name
    half = ops.cast(ops.convert_to_tensor(signed), "bfloat16")
    assert np.abs(the_judge.features(half) - features).mean() < 0.02


def test_a_picture_is_judged_alone(the_judge, few, monkeypatch):
    """Not by its batch: BatchNorm is frozen, and the last batch is filled up."""
    features = the_judge.features(few)
    assert the_judge.features(few[7:8]) == pytest.approx(features[7:8], abs=1e-4)
    monkeypatch.setattr(judge, "BATCH", 16)
    assert the_judge.features(few) == pytest.approx(features, abs=1e-4)


def with_value(value):
    images = np.zeros((3, 28, 28, 1), np.float32)
    images[1, 4, 4] = value
    images[1, 5, 5] = -0.5
    return images


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros((0, 28, 28, 1), np.uint8), "got no pictures"),
        (np.zeros((28, 28, 1), np.uint8), "a single picture needs"),
        (np.zeros((28, 28), np.uint8), "a single picture needs"),
        (np.zeros((5, 784), np.uint8), "flat ones need reshape"),
        (np.zeros((5, 28, 28, 3), np.uint8), "got .5, 28, 28, 3."),
        (np.zeros((5, 64, 64, 1), np.uint8), "got .5, 64, 64, 1."),
        (np.zeros((5, 28, 28, 1), np.int64), "got int64"),
        (np.zeros((5, 28, 28, 1), bool), "got bool"),
        (np.full((1, 28, 28), "x"), "takes uint8 pictures"),
        (with_value(np.nan), "NaN or infinite"),
        (with_value(np.inf), "NaN or infinite"),
        (with_value(1.5), "run from -0.5 to 1.5"),
        (with_value(-3), "run from -3 to 0"),
        (np.linspace(0, 255, 784).reshape(1, 28, 28, 1), "use data.signed"),
        (np.linspace(0, 1, 784).reshape(1, 28, 28, 1), r"pass 2 \* images - 1"),
        ([], "got .0,."),
    ],
    ids=[
        "none", "single", "single-flat", "flat", "colour", "size", "int64", "bool", "text", "nan",
        "infinite", "above", "below", "0-to-255", "0-to-1", "empty-list",
    ],
)  # fmt: skip
def test_bad_pictures_get_one_sentence(the_judge, images, sentence):
    for method in (the_judge.features, the_judge.labels, the_judge.score):
        with pytest.raises(ValueError, match=sentence):
            method(images)


@pytest.mark.parametrize("value", [-1, 0, 1])
def test_a_failed_generator_is_judged_not_refused(the_judge, value):
    assert the_judge.features(np.full((2, 28, 28, 1), value, np.float32)).shape == (2, 128)


def test_loading_leaves_random_numbers_alone(own_weights):
    keras.utils.set_random_seed(3)
    state = random.getstate(), np.random.get_state()[1].copy()
    fresh = keras.layers.Dense(2)
    fresh.build((None, 4))
    keras.utils.set_random_seed(3)
    judge.load("fashion")
    assert random.getstate() == state[0]
    assert np.array_equal(np.random.get_state()[1], state[1])
    again = keras.layers.Dense(2)
    again.build((None, 4))
    assert np.array_equal(fresh.get_weights()[0], again.get_weights()[0])


def test_mixed_precision_does_not_change_the_judge(own_weights, the_judge, few):
    policy = keras.mixed_precision.dtype_policy()
    try:
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        mixed = judge.load("fashion")
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    assert mixed.features(few) == pytest.approx(the_judge.features(few), abs=1e-5)


def test_two_loads_are_one_judge(the_judge):
    assert judge.load("fashion") is the_judge


def test_the_judge_is_frozen(the_judge):
    assert the_judge.network.trainable_variables == []


# --- what it says


REFERENCE = 2_000


@pytest.fixture(scope="module")
def quick_judge(the_judge):
    """The same judge with fewer reference pictures, so that scores take tenths of a second."""
    quick = judge.Judge(the_judge.network, the_judge.version)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "REFERENCE_PICTURES", REFERENCE)
        quick.reference("validation")
        quick.reference("test")
        quick.reference("train")
    return quick


@pytest.fixture(scope="module")
def floor(quick_judge):
    return quick_judge.floor(1000)


def test_score_names_quick_judge_and_never_fid(floor):
    text = repr(floor)
    assert str(floor) == text
    assert re.match(r"Fréchet distance \S+ \(judge fashion-1, 1,000 against 2,000 pictures\)", text)
    assert "FID" not in text
    assert set(floor) == {
        "frechet", "kernel", "kernel_spread", "precision", "recall", "density", "coverage",
        "judge", "pictures", "reference_pictures", "reference",
    }  # fmt: skip
    assert json.loads(json.dumps(floor)) == floor
    assert floor["judge"] == "fashion-1" and floor["reference"] == "validation"
    assert (floor["pictures"], floor["reference_pictures"]) == (1000, REFERENCE)


def test_score_is_what_the_metrics_say(quick_judge, train_set):
    images = train_set[0][:300]
    real, fake = quick_judge.reference("validation"), quick_judge.features(images)
    score = quick_judge.score(images)
    assert score["frechet"] == quick_judge.frechet(images) == metrics.frechet(real, fake)
    assert (score["kernel"], score["kernel_spread"]) == metrics.kernel(real, fake, 300)
    assert (score["precision"], score["recall"]) == metrics.precision_recall(real, fake)
    assert (score["density"], score["coverage"]) == metrics.density_coverage(real, fake)


def test_floor_repeats_and_falls_with_more_pictures(quick_judge, floor):
    assert quick_judge.floor(1000) == floor
    assert quick_judge.floor(1000, seed=1)["frechet"] != floor["frechet"]
    assert quick_judge.floor(2000)["frechet"] < floor["frechet"]
    for n in (0, 50_001):
        with pytest.raises(ValueError, match="n must lie between 1 and 50,000"):
            quick_judge.floor(n)


def test_the_reference_can_be_chosen(quick_judge, test_set):
    images, labels = test_set
    assert quick_judge.score(images[:300], reference="train")["reference_pictures"] == REFERENCE
    bags = images[labels == 8]
    own = quick_judge.score(bags[:400], reference=bags[400:])
    assert own["reference"] == "given" and own["reference_pictures"] == 600
    assert own["frechet"] < quick_judge.frechet(bags[:400]) / 3


def test_the_floor_of_the_test_set_is_asked_for(quick_judge, floor):
    on_test = quick_judge.floor(1000, "test")
    assert on_test["reference"] == "test"
    assert 0 < on_test["frechet"] != floor["frechet"]


def test_smoke_holds_few_pictures_as_reference(quick_judge, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    fresh = judge.Judge(quick_judge.network, quick_judge.version)
    assert len(fresh.reference("test")) == len(fresh.reference("train")) == 1000


def test_known_damage_costs_what_it_should(quick_judge, train_set, floor):
    images = train_set[0][:1000]
    noise = np.random.default_rng(0).uniform(-1, 1, images.shape)
    blurred = ndimage.gaussian_filter(data.signed(images), (0, 1, 1, 0))
    in_noise = quick_judge.score(noise)
    in_blur = quick_judge.score(blurred)
    for key in ("frechet", "kernel"):
        assert in_noise[key] > 3 * in_blur[key] > 9 * floor[key]
    for key in ("precision", "density", "coverage"):
        assert in_noise[key] < in_blur[key] < floor[key]
    assert in_noise["recall"] < 0.01


def test_a_missing_class_shows(quick_judge, train_set, floor):
    images, labels = train_set
    without_bags = images[labels != 8][:1000]
    score = quick_judge.score(without_bags)
    assert score["frechet"] > 3 * floor["frechet"]
    assert score["recall"] < floor["recall"] - 0.03
    assert score["coverage"] < floor["coverage"] - 0.03
    assert score["precision"] > floor["precision"] - 0.03
    counts = quick_judge.class_counts(without_bags)
    assert counts[8] <= 5 and counts[np.arange(10) != 8].min() > 50


def test_mirrored_shoes_are_noticed(the_judge, train_set, test_set):
    """The reason the judge was not trained on mirrored pictures."""
    shoes, real_shoes = (images[np.isin(labels, (5, 7, 9))][:800] for images, labels in (train_set, test_set))
    straight = the_judge.frechet(shoes, reference=real_shoes)
    assert the_judge.frechet(shoes[:, :, ::-1], reference=real_shoes) > 10 * straight
