"""widgets.py: sliders move the picture, without a browser."""

import io
import json
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from PIL import Image

import env
from course_lib import widgets


def disc(size, dark):
    """A disc of `size` pixels: white, or dark."""
    y, x = np.mgrid[:16, :16] - 7.5
    inside = (x**2 + y**2 < size**2).astype("float32")
    return (inside * (0.2 if dark else 1.0) * 2 - 1)[..., None]


def explorer(draw=disc, **changes):
    sliders = {"size": (1.0, 4.0, 8.0), "dark": (0, 0, 1)} | changes
    return widgets.Explorer(draw, sliders, alt="A disc.")


def pixels(one):
    return np.asarray(Image.open(io.BytesIO(one.picture.value)))


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
    notebook = nbformat.v4.new_notebook()
    source = (
        "import numpy as np\nfrom course_lib import widgets\n"
        "widgets.Explorer(lambda a: np.full((4, 4, 1), a), {'a': (-1.0, 0.0, 1.0)}, alt='Grey.').show()"
    )
    notebook.cells = [nbformat.v4.new_code_cell(source)]
    path = tmp_path / "one.ipynb"
    nbformat.write(notebook, path)
    variables = dict(os.environ, PYTHONPATH=str(env.ROOT))
    variables.pop("COURSE_RESULTS", None)
    if recorded:
        variables["COURSE_RESULTS"] = str(tmp_path)
    script = (
        "import sys, nbformat, nbclient\n"
        "n = nbformat.read(sys.argv[1], 4)\n"
        "nbclient.NotebookClient(n, kernel_name='python3', store_widget_state=False).execute()\n"
        "nbformat.write(n, sys.argv[1])"
    )
    command = [sys.executable, "-c", script, str(path)]
    subprocess.run(command, env=variables, check=True, cwd=tmp_path, capture_output=True)
    (output,) = nbformat.read(path, 4).cells[0].outputs
    assert output["data"]["text/plain"] == "Grey."
    assert ("image/png" in output["data"]) == recorded
    assert (widgets.VIEW in output["data"]) != recorded
    json.dumps(output)
