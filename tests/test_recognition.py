"""Canvases, boxes, average precision, and the networks of models/cnn.py."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import data, detection, training
from course_lib.check.recognition import _receptive_field
from course_lib.models import cnn, supervised
from test_lessons import definitions

pytestmark = pytest.mark.backends

LESSON = "04_cnn/1_name_it_find_it_judge_it.py"


@pytest.fixture(scope="module")
def garments():
    pictures, labels = data.load("fashion", "test")
    return pictures[:200], labels[:200]


def outputs_that_say(wanted, classes=10):
    """What a detector would have to say to be right everywhere."""
    cells = np.zeros((*wanted.shape[:3], 5 + classes))
    cells[..., 0] = np.where(wanted[..., 0] > 0, 9, -9)
    cells[..., 1:5] = wanted[..., 1:5]
    cells[..., 5:] = 9 * np.eye(classes)[wanted[..., 5].astype(int)]
    return cells


def one(boxes, scores, labels=None):
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    labels = np.zeros(len(boxes), int) if labels is None else np.asarray(labels)
    return detection.Detections(boxes, np.asarray(scores, float), np.eye(2)[labels])


# --- canvases ------------------------------------------------------------------------------------


def test_canvases_have_what_they_say(garments):
    made = detection.canvases(*garments, 40, seed=1)
    assert made.pictures.shape == (40, 80, 80, 1) and made.pictures.dtype == np.uint8
    present = made.labels >= 0
    assert present.sum(axis=1).min() >= 1 and present.sum(axis=1).max() == detection.MOST
    assert (made.boxes[~present] == 0).all()
    boxes = made.boxes[present]
    assert (boxes >= 0).all() and (boxes <= 80).all()
    sides = boxes[:, 2:] - boxes[:, :2]
    assert sides.max() <= 28 and sides.max(axis=1).min() >= 8
    for places, there in zip(made.boxes, present, strict=True):
        shared = detection.overlaps(places[there], places[there])
        assert (shared[~np.eye(len(shared), dtype=bool)] <= 0.1).all()


def test_a_seed_decides_the_canvases(garments):
    first, again, other = (detection.canvases(*garments, 5, seed=s) for s in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first.pictures != other.pictures).any()


def test_garments_are_brighter_than_what_is_around_them(garments):
    made = detection.canvases(*garments, 60, seed=3)
    inside = np.zeros(made.pictures.shape[:3], bool)
    for canvas, places in zip(inside, made.boxes.astype(int), strict=True):
        for left, top, right, bottom in places:
            canvas[top:bottom, left:right] = True
    assert made.pictures[..., 0][inside].mean() > 2 * made.pictures[..., 0][~inside].mean()


def test_canvases_say_what_they_cannot_use(garments):
    with pytest.raises(ValueError, match="uint8"):
        detection.canvases(data.signed(garments[0]), garments[1], 1)
    with pytest.raises(ValueError, match="multiple of 8"):
        detection.canvases(*garments, 1, size=70)


# --- boxes ---------------------------------------------------------------------------------------


def test_overlaps_of_boxes_that_are_equal_apart_inside_and_empty():
    boxes = [[0, 0, 10, 10], [20, 20, 30, 40], [2, 2, 7, 7], [5, 0, 15, 10], [3, 3, 3, 9]]
    shared = detection.overlaps(boxes, boxes)
    np.testing.assert_allclose(shared, shared.T)
    np.testing.assert_allclose(np.diag(shared), [1, 1, 1, 1, 0])
    np.testing.assert_allclose(shared[0], [1, 0, 0.25, 1 / 3, 0])


def test_what_the_targets_say_decodes_to_the_boxes(garments):
    made = detection.canvases(*garments, 30, seed=5)
    wanted = detection.targets(made.boxes, made.labels)
    announcing = wanted[..., 0].sum(axis=(1, 2))
    present = (made.labels >= 0).sum(axis=1)
    assert (announcing >= present).all() and (announcing <= 4 * present).all()
    found = [detection.suppress(d) for d in detection.decode(outputs_that_say(wanted))]
    for kind in (None, *np.unique(made.labels[made.labels >= 0])):
        score = detection.average_precision(found, made.boxes, made.labels, 0.99, kind)
        assert score.average == pytest.approx(1)


def test_suppression_keeps_the_surest_of_each_heap():
    found = one(
        [[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60], [0, 1, 10, 11], [5, 0, 15, 10]],
        [0.7, 0.9, 0.3, 0.8, 0.6],
    )
    kept = detection.suppress(found)
    np.testing.assert_array_equal(kept.scores, [0.9, 0.6, 0.3])  # IoU of 0.9 and 0.6: 3/7
    assert len(detection.suppress(one([], [])).scores) == 0


# --- average precision ---------------------------------------------------------------------------

BOXES = np.array([[[0, 0, 10, 10], [20, 20, 30, 30]], [[0, 0, 10, 10], [0, 0, 0, 0]]], float)
LABELS = np.array([[0, 1], [0, -1]])


def test_average_precision_by_hand():
    """Right, wrong, right, and one of three never found: 1/3 · 1 + 1/3 · 2/3."""
    found = [one([[0, 0, 10, 10], [60, 60, 70, 70]], [0.9, 0.8]), one([[0, 0, 10, 9]], [0.7])]
    score = detection.average_precision(found, BOXES, LABELS)
    assert score.average == pytest.approx(1 / 3 + 2 / 9)
    np.testing.assert_allclose(score.precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(score.recall, [1 / 3, 1 / 3, 2 / 3])


def test_precision_at_a_recall_is_the_best_from_there_on():
    found = [one([[60, 60, 70, 70], [0, 0, 10, 10], [20, 20, 30, 30]], [0.9, 0.8, 0.7]), one([], [])]
    score = detection.average_precision(found, BOXES, LABELS)
    assert score.average == pytest.approx(2 / 3 * 2 / 3)


def test_a_second_box_on_one_garment_is_wrong():
    twice = [one([[0, 0, 10, 10], [0, 0, 10, 10], [20, 20, 30, 30]], [0.9, 0.8, 0.7]), one([], [])]
    np.testing.assert_allclose(detection.average_precision(twice, BOXES, LABELS).precision, [1, 1 / 2, 2 / 3])


def test_the_order_of_scores_counts_across_canvases_and_their_scale_does_not():
    rng = np.random.default_rng(0)
    found = [one(BOXES[0], [0.4, 0.2]), one(rng.uniform(40, 80, (3, 4)), [0.9, 0.3, 0.1])]
    scaled = [d._replace(scores=d.scores / 7) for d in found]
    values = [detection.average_precision(f, BOXES, LABELS).average for f in (found, scaled)]
    assert values[0] == values[1] < 2 / 3


def test_kinds_are_scored_on_their_own():
    found = [one(BOXES[0], [0.9, 0.8], [0, 0]), one(BOXES[1, :1], [0.7], [0])]
    zero = detection.average_precision(found, BOXES, LABELS, kind=0)
    assert zero.average == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    assert detection.average_precision(found, BOXES, LABELS, kind=1).average == 0


def test_a_box_is_a_candidate_for_every_kind_with_the_product_of_both_probabilities():
    """A sure box stands behind where its kind is less probable, and the argmax shuts no kind out."""
    found = [
        detection.Detections(BOXES[0], np.array([0.9, 0.6]), np.array([[0.3, 0.7], [0.4, 0.6]])),
        detection.Detections(BOXES[1, :1], np.array([0.8]), np.array([[0.45, 0.55]])),
    ]
    zero = detection.average_precision(found, BOXES, LABELS, kind=0)  # 0.36 right, 0.27 right, 0.24 wrong
    assert zero.average == pytest.approx(1)
    np.testing.assert_allclose(zero.precision, [1, 1, 2 / 3])
    one_kind = detection.average_precision(found, BOXES, LABELS, kind=1)  # 0.63 and 0.44 wrong, 0.36 right
    np.testing.assert_allclose(one_kind.precision, [0, 0, 1 / 3])
    assert [list(each.labels) for each in found] == [[1, 1], [1]]


def test_average_precision_says_what_it_cannot_use():
    with pytest.raises(ValueError, match="1 canvases do not fit 2"):
        detection.average_precision([one([], [])], BOXES, LABELS)
    with pytest.raises(ValueError, match="no box"):
        detection.average_precision([one([], [])] * 2, BOXES, LABELS, kind=7)


# --- networks ------------------------------------------------------------------------------------


def test_the_classifier_is_small_and_has_the_layers_that_lessons_ask_for():
    network = cnn.classifier()
    assert network.count_params() < 100_000
    assert network.output_shape == (None, 10)
    assert network.get_layer("features").output.shape == (None, 64)
    assert network.get_layer("block_4_relu").output.shape == (None, 7, 7, 64)


def test_moved_pictures_are_the_pictures_elsewhere_with_black_around():
    pictures = np.random.default_rng(0).uniform(-0.9, 1, (5, 28, 28, 1)).astype("float32")
    corners = np.array([[0, 0], [0.999, 0.999], [0.5, 0.5], [0, 0.5], [0.5, 0.999]], "float32")
    made = ops.convert_to_numpy(cnn.moved(ops.convert_to_tensor(pictures), corners, 2))
    padded = np.pad(pictures, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=-1)
    for picture, whole, (down, right) in zip(
        made, padded, [(-2, -2), (2, 2), (0, 0), (-2, 0), (0, 2)], strict=True
    ):
        there = whole[2 - down : 30 - down, 2 - right : 30 - right]
        np.testing.assert_allclose(picture, there, atol=1e-6)


def test_a_classifier_learns_mirrors_half_and_comes_back_from_a_file(tmp_path, garments):
    pictures, labels = garments
    keras.utils.set_random_seed(1)
    model = cnn.Classifier(cnn.classifier((8, 8, 8, 8)), reach=0, seed=1)
    model.compile(keras.optimizers.Adam(1e-2))
    losses = model.fit((pictures, labels.astype("int32")), batch_size=50, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    batch = (ops.convert_to_tensor(data.signed(pictures)), ops.convert_to_tensor(labels))
    seen, _ = model.pair(batch)
    mirrored = [
        np.allclose(new, old[:, ::-1])
        for new, old in zip(ops.convert_to_numpy(seen), data.signed(pictures), strict=True)
    ]
    assert 60 < sum(mirrored) < 140
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"Classifier": cnn.Classifier})
    assert again.reach == 0 and again.mirrored
    pair = [ops.convert_to_numpy(m(data.signed(pictures[:4]))) for m in (model, again)]
    np.testing.assert_allclose(*pair, atol=1e-5)


def test_an_untrained_detector_hardly_announces_anything_on_canvases_of_any_size():
    network = detection.detector(size=None)
    for side in (64, 96):
        cells = ops.convert_to_numpy(network(np.zeros((2, side, side, 1), "float32")))
        assert cells.shape == (2, side // 8, side // 8, 15)
        np.testing.assert_allclose(1 / (1 + np.exp(-cells[..., 0])), 0.01, atol=0.005)


def test_the_detection_loss_is_small_where_all_is_said_rightly(garments):
    made = detection.canvases(*garments, 8, seed=2)
    wanted = detection.targets(made.boxes, made.labels)
    right = outputs_that_say(wanted).astype("float32")

    def loss(cells):
        value = detection.detection_loss(ops.convert_to_tensor(here), ops.convert_to_tensor(cells))
        return float(ops.convert_to_numpy(value))

    here = wanted
    assert loss(right) < 0.1
    empty = wanted[..., 0] == 0
    elsewhere = right.copy()
    elsewhere[empty, 1:] = 5  # what an empty cell says of boxes and kinds costs nothing
    assert loss(elsewhere) == pytest.approx(loss(right))
    for channel in (0, 1, 3):
        worse = right.copy()
        worse[..., channel] += 1 if channel else 12
        assert loss(worse) > loss(right) + 0.5
    here = np.zeros_like(wanted)  # canvases without garments
    assert np.isfinite(loss(np.zeros_like(right)))


def test_a_detector_learns(garments):
    made = detection.canvases(*garments, 32, seed=4, size=64)
    keras.utils.set_random_seed(1)
    model = supervised.Supervised(
        detection.detector((4, 4, 8, 8, 8), size=64), detection.detection_loss, seed=1
    )
    model.compile(keras.optimizers.Adam(1e-2))
    pairs = (made.pictures, detection.targets(made.boxes, made.labels, 64))
    losses = model.fit(pairs, batch_size=16, epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_unit_sees_what_the_formula_says():
    """The gradient of one unit reaches exactly as far as exercise 4.1.1 says."""
    keras.utils.set_random_seed(1)
    stack = [(3, 1), (5, 2), (3, 2)]
    network = keras.Sequential(
        [keras.Input((41, 41, 1))] + [keras.layers.Conv2D(4, k, strides=s, padding="valid") for k, s in stack]
    )
    middle = network.output_shape[1] // 2
    picture = np.random.default_rng(0).normal(size=(1, 41, 41, 1)).astype("float32")
    slope = training.gradient(lambda x: ops.sum(network(x)[:, middle, middle], axis=-1), picture)
    seen = np.flatnonzero(np.abs(ops.convert_to_numpy(slope)[0, :, :, 0]).max(axis=1) > 1e-9)
    assert seen[-1] - seen[0] + 1 == _receptive_field(stack) == 11


# --- the lesson ----------------------------------------------------------------------------------


@pytest.mark.tensorflow  # the lesson runs on TensorFlow
def test_the_lesson_builds_the_librarys_classifier_and_loss(garments):
    space = definitions(LESSON, "block", "classifier", "detection_loss")
    built, shipped = space["classifier"](), cnn.classifier()
    assert [w.shape for w in built.weights] == [w.shape for w in shipped.weights]
    made = detection.canvases(*garments, 4, seed=2)
    wanted = detection.targets(made.boxes, made.labels)
    cells = np.random.default_rng(0).normal(size=(4, 10, 10, 15)).astype("float32")
    by_lesson, by_library = (
        float(loss(wanted, ops.convert_to_tensor(cells)))
        for loss in (space["detection_loss"], detection.detection_loss)
    )
    assert by_lesson == pytest.approx(by_library, rel=1e-5)
