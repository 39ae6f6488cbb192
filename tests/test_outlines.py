"""data/outlines.py: lines found in pictures, drawn by hand, and read from files."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from course_lib import data
from course_lib.data import outlines
from course_lib.data.pictures import area_mean

pytestmark = pytest.mark.tensorflow

CIRCLE = [(0.5 + 0.3 * np.cos(a), 0.5 + 0.3 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 40)]


def box(size=28, inside=160, background=0, channels=1):
    """A grey box with a brighter bar across it."""
    picture = np.full((size, size, channels), background, np.uint8)
    picture[size // 4 : -size // 4, size // 4 : -size // 4] = inside
    picture[size // 2 - 2 : size // 2 + 2, size // 4 : -size // 4] = inside + 60
    return picture


def ink(outline):
    return outline[..., 0] == outlines.INK


# -------------------------------------------------------------------------------- found in pictures


@pytest.mark.parametrize(("background", "channels"), [(0, 1), (255, 3)])
def test_contours_are_stronger_than_lines_inside(background, channels):
    lines = outlines.find(box(background=background, channels=channels)[None], background)[0, ..., 0]
    assert lines[7, 7] == outlines.CONTOUR and lines[20, 14] == outlines.CONTOUR
    inside = lines[9:19, 9:19]
    assert 0 < inside.max() <= outlines.CLEAREST
    assert not lines[:5].any() and not lines[:, :5].any()


def test_a_thing_that_touches_the_edge_has_a_closed_contour():
    lines = outlines.find(np.full((1, 12, 12, 1), 200, np.uint8))[0, ..., 0]
    assert (lines[0] == outlines.CONTOUR).all() and (lines[:, -1] == outlines.CONTOUR).all()
    assert not lines[3:-3, 3:-3].any()


def test_an_empty_picture_has_no_lines():
    assert not outlines.find(np.zeros((2, 28, 28, 1), np.uint8)).any()
    assert outlines.find(np.zeros((0, 28, 28, 1), np.uint8)).shape == (0, 28, 28, 1)


def test_fewer_lines_are_strong_enough_the_more_is_asked():
    pictures, _ = data.load("fashion", "test")
    lines = outlines.find(pictures[:20])
    counts = [(outlines.draw(lines, least) == outlines.INK).sum() for least in (1, 100, 255)]
    assert counts[0] > counts[1] > counts[2] > 20 * 20
    assert set(np.unique(outlines.draw(lines))) == {outlines.INK, outlines.PAPER}


@pytest.mark.parametrize("wrong", [np.zeros((2, 28, 28, 1), "float32"), np.zeros((28, 28), np.uint8)])
def test_other_pictures_are_refused(wrong):
    with pytest.raises(ValueError, match=r"uint8 pictures \(n, h, w, 1 or 3\)"):
        outlines.find(wrong)


def test_varied_pictures_keep_their_background_and_their_seed():
    pictures = np.stack([box(background=0)] * 20)
    changed = outlines.varied(pictures, seed=3)
    np.testing.assert_array_equal(changed, outlines.varied(pictures, seed=3))
    assert changed.dtype == np.uint8 and changed.shape == pictures.shape
    assert len(np.unique(changed.reshape(20, -1), axis=0)) == 20
    white = outlines.varied(np.full((3, 16, 16, 3), 255, np.uint8), background=255)
    assert white.min() == 255


# ------------------------------------------------------------------------------------ drawn by hand


@pytest.mark.parametrize("size", [28, 32, 64])
def test_a_stroke_is_a_line_of_one_pixel_where_it_was_drawn(size):
    line = outlines.of_strokes([[(0.1, 0.5), (0.9, 0.5)]], size)
    assert line.shape == (size, size, 1) and line.dtype == np.uint8
    rows, columns = np.nonzero(ink(line))
    assert abs(rows - size / 2).max() <= 1
    assert len(set(columns)) == len(columns) and abs(len(columns) - 0.8 * size) <= 3


def test_a_circle_stays_closed():
    from scipy import ndimage

    _, areas = ndimage.label(~ink(outlines.of_strokes([CIRCLE], 28)))
    assert areas == 2  # inside and outside


def test_a_dot_an_empty_stroke_and_an_empty_sheet():
    assert 1 <= ink(outlines.of_strokes([[(0.5, 0.5)]], 28)).sum() <= 4
    assert not ink(outlines.of_strokes([[]], 28)).any()
    assert not ink(outlines.of_strokes([], 28)).any()


def test_what_leaves_the_sheet_is_left_out():
    assert not ink(outlines.of_strokes([[(1.5, 1.5), (9e9, 1.6)]], 28)).any()
    assert ink(outlines.of_strokes([[(0.5, 0.5), (0.5, -3.0)]], 28))[:14].any()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        3,
        "a line",
        {"x": 1},
        [3],
        [None],
        ["ab"],
        [[(0.1, 0.2, 0.3)]],
        [[("a", "b")]],
        [[(float("nan"), 0.1)]],
        [[(0.1, float("inf"))]],
        [[(0.1, 0.2), (0.3,)]],
        [[None, None]],
    ],
)
def test_bad_strokes_are_named(wrong):
    with pytest.raises(ValueError, match="list"):
        outlines.of_strokes(wrong, 28)


# ---------------------------------------------------------------------------------- read from files


def drawing(size=(300, 300), width=6, paper="white", pen="black", mode="RGB"):
    picture = Image.new(mode, size, paper)
    side = min(size)
    points = [(size[0] / 2 + (x - 0.5) * side, size[1] / 2 + (y - 0.5) * side) for x, y in CIRCLE]
    ImageDraw.Draw(picture).line(points, fill=pen, width=width)
    return picture


def near(one, other):
    """How many pixels of one drawing have no ink of the other within a pixel."""
    from scipy import ndimage

    return (ink(one) & ~ndimage.binary_dilation(ink(other), np.ones((3, 3)))).sum()


KINDS = {
    "plain": drawing(),
    "large, thin": drawing((2000, 2000), width=3),
    "small": drawing((28, 28), width=1),
    "thick": drawing(width=24),
    "wide": drawing((700, 300)),
    "high": drawing((200, 350)),
    "white on black": drawing(paper="black", pen="white"),
    "pencil": drawing(paper=(222, 219, 210), pen=(96, 96, 110)),
    "coloured": drawing(pen=(190, 20, 20)),
    "grey": drawing(mode="L", paper=255, pen=0),
    "palette": drawing().convert("P"),
    "one bit": drawing().convert("1"),
    "16 bit": Image.fromarray((np.asarray(drawing(mode="L", paper=255, pen=0)).astype(np.uint16)) * 257),
    "see-through paper": drawing(mode="RGBA", paper=(0, 0, 0, 0), pen=(0, 0, 0, 255)),
    "see-through white paper": drawing(mode="RGBA", paper=(255, 255, 255, 0), pen=(0, 0, 0, 255)),
    "cmyk": drawing().convert("CMYK"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_gives_the_outline_that_its_strokes_would(kind, tmp_path):
    path = tmp_path / ("drawing.tif" if kind == "cmyk" else "drawing.png")
    KINDS[kind].save(path)
    read = outlines.read(path, 28)
    assert read.shape == (28, 28, 1) and set(np.unique(read)) == {0, 255}
    if KINDS[kind].size[0] == KINDS[kind].size[1]:
        expected = outlines.of_strokes([CIRCLE], 28)
    else:  # there is paper at the sides: the circle comes out smaller
        share = min(KINDS[kind].size) / max(KINDS[kind].size)
        expected = outlines.of_strokes(
            [[(0.5 + (x - 0.5) * share, 0.5 + (y - 0.5) * share) for x, y in CIRCLE]], 28
        )
    assert near(read, expected) <= 1 and near(expected, read) <= 3


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "cannot be read"), (b"no picture", "cannot be read"), (None, "cannot be read")],
)
def test_files_that_are_no_pictures_are_named(content, part, tmp_path):
    path = tmp_path / "drawing.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=part):
        outlines.read(path, 28)


@pytest.mark.parametrize("colour", ["white", "black", (128, 128, 128)])
def test_a_file_with_nothing_drawn_is_named(colour, tmp_path):
    Image.new("RGB", (50, 50), colour).save(tmp_path / "empty.png")
    with pytest.raises(ValueError, match="nothing drawn"):
        outlines.read(tmp_path / "empty.png", 28)


@pytest.mark.parametrize("size", [(280, 28), (100, 28), (37, 28), (96, 64)])
def test_a_smaller_picture_has_the_mean_of_each_area(size):
    large, small = size
    picture = np.random.default_rng(1).integers(0, 256, (large, large)).astype(np.uint8)
    edges = np.linspace(0, large, small + 1)
    covered = np.clip(edges[1:, None] - np.arange(large), 0, 1) - np.clip(
        edges[:-1, None] - np.arange(large), 0, 1
    )
    share = covered / covered.sum(axis=1, keepdims=True)  # (small, large)
    right = share @ picture @ share.T
    np.testing.assert_allclose(area_mean(picture, small, small), right, atol=0.5001)
