"""The shipped painters paint what no data set has: the callback of the sheet, with strokes of a hand."""

import numpy as np
import pytest

from course_lib import data, judge, weights, widgets
from course_lib.data import outlines
from course_lib.models import unet

pytestmark = pytest.mark.tensorflow

SLEEVES = [[(0.3, 0.12), (0.12, 0.2), (0.02, 0.45), (0.16, 0.5), (0.24, 0.36)],
           [(0.7, 0.12), (0.88, 0.2), (0.98, 0.45), (0.84, 0.5), (0.76, 0.36)]]  # fmt: skip
BODY = [
    [(0.24, 0.36), (0.25, 0.93), (0.75, 0.93), (0.76, 0.36)],
    [(0.3, 0.12), (0.42, 0.2), (0.58, 0.2), (0.7, 0.12)],
]
LEGS = [
    [
        (0.33, 0.04),
        (0.67, 0.04),
        (0.72, 0.97),
        (0.56, 0.97),
        (0.5, 0.3),
        (0.44, 0.97),
        (0.28, 0.97),
        (0.33, 0.04),
    ]
]
SNEAKER = [
    [
        (0.04, 0.66),
        (0.2, 0.56),
        (0.42, 0.42),
        (0.52, 0.44),
        (0.8, 0.42),
        (0.94, 0.36),
        (0.97, 0.7),
        (0.05, 0.72),
        (0.04, 0.66),
    ]
]
HANDBAG = [[(0.08, 0.45), (0.92, 0.45), (0.96, 0.92), (0.04, 0.92), (0.08, 0.45)],
           [(0.3, 0.45), (0.32, 0.25), (0.4, 0.14), (0.6, 0.14), (0.68, 0.25), (0.7, 0.45)]]  # fmt: skip


def ring(x, y, wide, high):
    angles = np.linspace(0, 2 * np.pi, 40)
    return [(x + wide * np.cos(a), y + high * np.sin(a)) for a in angles]


FACE = [
    ring(0.5, 0.52, 0.37, 0.4),
    ring(0.37, 0.5, 0.04, 0.05),
    ring(0.63, 0.5, 0.04, 0.05),
    [(0.36, 0.68), (0.5, 0.74), (0.64, 0.68)],
]


def painter(kind):
    if kind == "garments":
        network = unet.unet(28, 1, 1, widths=(48, 96), patch=2, outputs="linear")
        weights.load_into(network, "garment_painter.weights.h5")
    else:
        network = unet.unet(64, 1, 3, widths=(32, 64, 96), patch=2, outputs="linear")
        weights.load_into(network, "people_painter.weights.h5")
    return lambda drawing: np.clip(network.predict(data.signed(drawing)[None], verbose=0)[0], -1, 1)


@pytest.fixture(scope="module")
def garments():
    return painter("garments")


@pytest.fixture(scope="module")
def people():
    return painter("people")


@pytest.mark.parametrize(
    ("strokes", "expected"),
    [
        ([*BODY, *SLEEVES], {"T-shirt/top", "Shirt"}),
        (LEGS, {"Trouser"}),
        (SNEAKER, {"Sneaker", "Ankle boot"}),
        (HANDBAG, {"Bag"}),
    ],
    ids=["T-shirt", "trousers", "sneaker", "bag"],
)
def test_the_judge_recognises_what_was_drawn(garments, strokes, expected):
    painted = garments(outlines.of_strokes(strokes, 28))
    assert data.LABELS["fashion"][judge.load("fashion").labels(painted[None])[0]] in expected
    assert painted.max() > 0 and painted[0, 0, 0] < -0.8  # cloth, and a dark background


def test_the_sheet_paints_where_lines_are_added(garments):
    sheet = widgets.Sheet(garments, 28, examples={"a body": BODY}, alt="Garments.")
    sheet.pad.strokes = BODY
    without = garments(outlines.of_strokes(BODY, 28))
    sheet.pad.strokes = [*BODY, *SLEEVES]
    assert sheet.message.value == ""
    change = np.abs(garments(outlines.of_strokes([*BODY, *SLEEVES], 28)) - without)[..., 0]
    assert change[6:12, [2, 3, 4, 23, 24, 25]].mean() > 3 * change[18:24, 10:18].mean()


def test_a_drawn_face_is_in_colour_on_white(people):
    painted = people(outlines.of_strokes(FACE, 64))
    assert painted[:3, :3].min() > 0.8 and painted[-3:, :3].min() > 0.8  # paper around it
    skin = painted[36:42, 28:36].mean(axis=(0, 1))
    assert skin[0] > skin[2] + 0.1  # more red than blue
    moved = people(outlines.of_strokes([FACE[0], *[[(x, y + 0.08) for x, y in s] for s in FACE[1:]]], 64))
    assert np.abs(moved - painted).mean() > 0.01


def test_an_empty_sheet_stays_empty(garments, people):
    assert garments(np.full((28, 28, 1), 255, np.uint8)).mean() < -0.8
    assert people(np.full((64, 64, 1), 255, np.uint8)).mean() > 0.8
