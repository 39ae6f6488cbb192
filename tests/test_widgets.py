"""widgets.py: sliders move the picture, without a browser."""

import base64
import io
import json
import threading

import keras
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from course_lib import data, widgets
from course_lib.desk import execution
from course_lib.models import unet
from test_in_notebook import run

pytestmark = pytest.mark.tensorflow


def disc(size, dark):
    """A disc of `size` pixels: white, or dark."""
    y, x = np.mgrid[:16, :16] - 7.5
    inside = (x**2 + y**2 < size**2).astype("float32")
    return (inside * (0.2 if dark else 1.0) * 2 - 1)[..., None]


def explorer(draw=disc, **changes):
    sliders = {"size": (1.0, 4.0, 8.0), "dark": (0, 0, 1)} | changes
    return widgets.Explorer(draw, sliders, alt="A disc.")


def tag(shown):
    """The attributes of the one `<img>` in an `ipywidgets.HTML`."""
    parser = execution.Images()
    parser.feed(shown.value)
    (found,) = parser.found
    return found


def pixels(one, sharpness=1):
    """What a screen shows that has so many pixels for each of the page."""
    return seen(one.picture, sharpness)


def seen(shown, sharpness=2):
    found = tag(shown)
    assert "image-rendering: pixelated" in found["style"] and found["alt"]
    picture = Image.open(io.BytesIO(base64.b64decode(found["src"].removeprefix("data:image/png;base64,"))))
    size = int(found["width"]) * sharpness, int(found["height"]) * sharpness
    return np.asarray(picture.resize(size, Image.Resampling.NEAREST))


def test_moving_a_slider_draws_another_picture():
    one = explorer()
    seen = {one.picture.value}
    for name, value in (("size", 6.0), ("dark", 1), ("size", 2.0)):
        one.sliders[name].value = value
        assert one.picture.value not in seen
        seen.add(one.picture.value)
    assert one.message.value == ""


def test_the_picture_is_what_was_drawn_enlarged():
    one = explorer()
    one.sliders["size"].value = 6.0
    shown = pixels(one)
    assert shown.shape == (320, 320)
    np.testing.assert_array_equal(shown[::20, ::20] > 127, disc(6.0, 0)[..., 0] > 0)


def test_whole_numbers_stay_whole_and_the_button_goes_back():
    one = explorer(draw=lambda size, dark: disc(size, [False, True][dark]))
    start = one.picture.value
    one.sliders["dark"].value = 1
    one.sliders["size"].value = 7.0
    assert one.picture.value != start
    button = one.box.children[1].children[-2]
    button.click()
    assert one.picture.value == start
    assert one.sliders["dark"].value == 0


def test_going_back_to_the_start_draws_once():
    drawn = []
    one = explorer(draw=lambda size, dark: drawn.append((size, dark)) or disc(size, dark))
    one.sliders["size"].value, one.sliders["dark"].value = 6.0, 1
    drawn.clear()
    one.reset()
    assert drawn == [(4.0, 0)]
    one.sliders["size"].value = 5.0  # and it still follows
    assert drawn[1:] == [(5.0, 0)]


def test_the_words_of_an_explorer_have_the_values():
    one = explorer()
    one.sliders["size"].value = 6.0
    assert tag(one.picture)["alt"] == "A disc. Now: size 6, dark 0."


def test_colour_and_uint8():
    one = explorer(draw=lambda size, dark: np.full((4, 5, 3), [int(size * 30), 0, 9], np.uint8))
    assert pixels(one)[0, 0].tolist() == [120, 0, 9]


def test_a_failure_while_a_slider_moves_is_said_beside_it():
    def draw(size, dark):
        if size > 5:
            raise ValueError("too <large>")
        return disc(size, dark)

    one = explorer(draw=draw)
    before = one.picture.value
    one.sliders["size"].value = 6.0
    assert one.message.value == "ValueError: too &lt;large&gt;"
    assert one.picture.value == before
    one.sliders["size"].value = 3.0
    assert one.message.value == "" and one.picture.value != before


@pytest.mark.parametrize(
    ("draw", "sliders", "part"),
    [
        (disc, {}, "at least one slider"),
        (disc, {"size": (4.0, 1.0, 8.0)}, "'size' goes from 4.0 over 1.0 to 8.0"),
        (disc, {"size": (1.0, 1.0, 1.0)}, "low to high"),
        (lambda size: disc(size, 0)[None], {"size": (1.0, 4.0, 8.0)}, "not the shape (1, 16, 16, 1)"),
    ],
)
def test_wrong_settings_are_named(draw, sliders, part):
    with pytest.raises(ValueError, match=part.replace("(", r"\(").replace(")", r"\)")):
        widgets.Explorer(draw, sliders, alt="A disc.")


def test_the_figure_has_a_row_a_slider():
    one = explorer()
    one.sliders["size"].value = 7.0  # the figure shows the start's surroundings all the same
    figure = one.figure(steps=3)
    assert [text.get_text() for text in figure.axes[0].texts] == ["size, 1 to 8", "dark, 0 to 1"]


def test_outside_a_notebook_showing_does_nothing(capsys):
    explorer().show()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("recorded", [False, True])
def test_in_a_notebook_it_shows_the_widget_and_in_a_stored_one_the_figure(tmp_path, recorded):
    source = (
        "import numpy as np\nfrom course_lib import widgets\n"
        "widgets.Explorer(lambda a: np.full((4, 4, 1), a), {'a': (-1.0, 0.0, 1.0)}, alt='Grey.').show()"
    )
    (cell,) = run(source, COURSE_RESULTS=str(tmp_path) if recorded else None)
    output, line = cell.outputs
    assert (line["output_type"], line["text"]) == ("stream", widgets.DEAD + "\n")
    assert output["data"]["text/plain"] == "Grey."
    assert ('<img alt="Grey." ' in output["data"].get("text/html", "")) == recorded
    assert not [kind for kind in output["data"] if kind.startswith("image/")]
    assert (widgets.VIEW in output["data"]) != recorded
    json.dumps(output)


# ----------------------------------------------------------------------------- the sheet to draw on

SQUARE = [[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)]]
CORNER = [[(0.1, 0.1), (0.1, 0.4)], [(0.1, 0.1), (0.4, 0.1)]]


def filled(outline):
    """Paints grey what the lines enclose, in a picture twice as large."""
    inside = ndimage.binary_fill_holes(outline[..., 0] == 0)
    return np.kron(inside, np.ones((2, 2)))[..., None].astype("float32")


def sheet(paint=filled, examples=None):
    return widgets.Sheet(paint, 28, examples=examples or {"a square": SQUARE}, alt="Squares.")


def test_what_is_drawn_is_painted_at_once():
    one = sheet()
    assert "Draw" in one.message.value  # the sheet is empty
    empty = one.picture.value
    one.pad.strokes = SQUARE
    assert one.message.value == ""
    outline, picture = seen(one.outline), seen(one.picture)
    assert outline.shape[0] >= 280 and picture.shape[0] >= 280
    assert (outline[::11, ::11] == 0).sum() > 50
    assert picture[160, 160] == 255 and picture[20, 20] == 128 and one.picture.value != empty
    square = one.picture.value
    one.pad.strokes = [*SQUARE, *CORNER]
    assert one.picture.value != square


def test_undo_and_clear_are_what_the_canvas_sends():
    one = sheet()
    empty = one.picture.value
    one.pad.strokes = SQUARE
    square = one.picture.value
    one.pad.strokes = [*SQUARE, *CORNER]
    one.pad.strokes = SQUARE  # undone
    assert one.picture.value == square
    one.pad.strokes = []  # cleared
    assert one.picture.value == empty and "Draw" in one.message.value


def test_an_example_is_put_on_the_sheet():
    one = sheet(examples={"a square": SQUARE, "a corner": CORNER})
    one.choice.value = "a corner"
    assert one.pad.strokes == CORNER and one.message.value == ""
    one.choice.value = "an empty sheet"
    assert one.pad.strokes == []


def test_the_menu_says_what_is_on_the_sheet_so_that_an_example_can_be_chosen_again():
    one = sheet(examples={"a square": SQUARE, "a corner": CORNER})
    one.choice.value = "a corner"
    painted = one.picture.value
    one.pad.strokes = []  # cleared
    assert one.choice.value == "an empty sheet"
    one.choice.value = "a corner"
    assert one.pad.strokes == CORNER and one.picture.value == painted
    one.pad.strokes = [*CORNER, *SQUARE]  # drawn on
    assert one.choice.value is None
    one.choice.value = "a corner"
    assert one.pad.strokes == CORNER and one.picture.value == painted


def test_words_follow_what_is_shown():
    one = sheet()
    assert tag(one.picture)["alt"] == "painted from an empty sheet, 56 by 56 pixels"
    one.choice.value = "a square"
    assert tag(one.outline)["alt"] == "a square, as thin black lines on white, 28 by 28 pixels"
    one.pad.strokes = [*SQUARE, *CORNER]
    assert tag(one.picture)["alt"] == "painted from your drawing, lines: 3, 56 by 56 pixels"
    rude = sheet(examples={"<b>\"a\" & 'b'": SQUARE})
    rude.choice.value = "<b>\"a\" & 'b'"
    assert tag(rude.picture)["alt"].startswith("painted from <b>\"a\" & 'b', 56")


@pytest.mark.parametrize(("size", "side"), [(28, 252), (64, 256), (13, 260), (300, 300)])
def test_drawing_and_paintings_have_one_size_and_whole_pixels(size, side):
    one = widgets.Sheet(lambda outline: outline, size, examples={}, alt="Lines.")
    assert one.pad.side == side and side % size == 0
    for shown in (one.outline, one.picture):
        assert (tag(shown)["width"], tag(shown)["height"]) == (str(side), str(side))
    if size < 100:
        assert 3 * (side + 2 * 4) + 2 * 8 <= 848  # borders and margins, and gaps
    wide = widgets.Sheet(lambda outline: np.zeros((20, 30, 3), "uint8"), 28, examples={}, alt="Black.")
    assert (tag(wide.picture)["width"], tag(wide.picture)["height"]) == ("252", "168")


def test_while_it_is_painted_the_sheet_says_so():
    said = []
    one = sheet(lambda outline: said.append(one.message.value if said else "") or filled(outline))
    one.pad.strokes = SQUARE
    assert said[-1] == "painting …" and one.message.value == ""


@pytest.mark.parametrize("strokes", [None, "x", [["a"]], [[(0.1, None)]], 7, [[(1, 2, 3)]]])
def test_a_bad_message_from_the_canvas_is_answered_and_forgotten(strokes):
    one = sheet()
    one.pad.strokes = SQUARE
    before = one.picture.value
    one.pad.strokes = strokes
    assert one.message.value.startswith("ValueError: ") and one.picture.value == before
    one.pad.strokes = CORNER
    assert one.message.value == ""


def test_a_message_of_a_front_end_arrives_like_a_stroke():
    one = sheet()
    one.pad.set_state({"strokes": [[[0.2, 0.2], [0.8, 0.8]]]})  # as JSON brings it: lists of lists
    assert one.message.value == "" and (seen(one.outline) == 0).any()


def test_a_failure_of_the_painter_is_said_under_the_sheet():
    def paint(outline):
        if (outline == 0).sum() > 60:
            raise RuntimeError("too much <ink>")
        return filled(outline)

    one = sheet(paint, {"a corner": CORNER})
    one.pad.strokes = [*SQUARE, *CORNER]
    assert one.message.value == "RuntimeError: too much &lt;ink&gt;"
    with pytest.raises(RuntimeError, match="too much"):  # a painter that fails at once is seen at once
        sheet(paint, {"a square": SQUARE + CORNER})
    with pytest.raises(ValueError, match="paint must return one picture"):
        sheet(lambda outline: outline[None])


def test_the_canvas_knows_what_python_reads():
    """The names that sheet.js uses are the widget's, and it promises a module with `render`."""
    script = str(widgets._Pad._esm)
    pad = sheet().pad
    for name in ("strokes", "side", "label"):
        assert f'model.get("{name}")' in script and pad.has_trait(name)
    assert 'model.set("strokes"' in script and "save_changes()" in script
    assert "export default { render }" in script


def test_the_sheet_on_paper_shows_its_examples():
    figure = sheet(examples={"a square": SQUARE, "a corner": CORNER}, paint=lambda outline: outline).figure()
    written = [text.get_text() for text in figure.axes[0].texts]
    assert {"drawn", "painted", "a square", "a corner"} <= set(written)


def test_a_drawing_does_not_disturb_a_training_with_a_seed():
    painter = unet.unet(28, 1, 1, widths=(4, 8), patch=2)
    one = sheet(lambda outline: painter.predict_on_batch(data.signed(outline[None]))[0])
    x = np.random.default_rng(0).normal(size=(400, 20)).astype("float32")

    def trained(strokes):
        keras.utils.set_random_seed(1)
        network = keras.Sequential([keras.Input((20,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
        network.compile("adam", "mse")
        done, painted = threading.Event(), []

        def draw():
            while not done.is_set():
                one.pad.strokes = strokes[len(painted) % 2]
                painted.append(one.picture.value)

        hand = threading.Thread(target=draw)
        if strokes:
            hand.start()
        network.fit(x, x[:, :1], batch_size=4, epochs=3, verbose=0)
        done.set()
        if strokes:
            hand.join()
        return network.get_weights(), len(set(painted))

    alone, _ = trained([])
    beside, seen = trained([SQUARE, CORNER])
    assert seen == 2 and one.message.value == ""
    for one_weight, other in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(one_weight, other)
