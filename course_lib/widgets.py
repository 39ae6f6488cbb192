"""Pictures that follow a hand: explorers with sliders, a sheet to draw on; and menus that answer.

In JupyterLab, Jupyter Notebook and Colab. Explorers are plain ipywidgets, which all three show without an
extension of their own; the sheet's canvas is an anywidget, whose JavaScript (sheet.js) travels with it.
"""

import contextlib
import html
import io
import os
import sys
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets
from PIL import Image

from course_lib import plots
from course_lib.data import outlines
from course_lib.data.pictures import to_uint8

VIEW = "application/vnd.jupyter.widget-view+json"  # what a front end replaces by the live widget


class Explorer:
    """Sliders, and a picture that is drawn again whenever one of them moves.

    Args:
        draw: a function of the sliders' values, in their order; returns one picture `(h, w, 1 or 3)`,
            uint8 or float in [-1, 1].
        sliders: `{"name": (low, start, high)}`. Three whole numbers make a slider of whole numbers.
        alt: one sentence that says what the picture shows.
        width: of the picture, in pixels of the screen (about).

    Attributes:
        sliders: the ipywidgets sliders by name; set `.value` to move one.
        picture: the `ipywidgets.Image`; `.value` holds PNG bytes.
        message: an `ipywidgets.HTML`, empty unless `draw` failed.
        box: all of it, the widget to display.
    """

    def __init__(self, draw, sliders, *, alt, width=320):
        if not sliders:
            raise ValueError("An explorer needs at least one slider: {'name': (low, start, high)}.")
        self.draw, self.alt, self.width = draw, alt, width
        self.sliders = {name: _slider(name, *values) for name, values in sliders.items()}
        self.picture = ipywidgets.Image(format="png")
        self.message = ipywidgets.HTML()
        back = ipywidgets.Button(description="back to the start")
        back.on_click(lambda button: self.reset())
        self.starts = {name: slider.value for name, slider in self.sliders.items()}
        for slider in self.sliders.values():
            slider.observe(self._moved, names="value")
        self.picture.value = self._png()  # a wrong `draw` fails here, where one sees it
        controls = ipywidgets.VBox([*self.sliders.values(), back, self.message])
        self.box = ipywidgets.HBox([self.picture, controls])

    def reset(self):
        """Moves every slider back to where it started."""
        for name, value in self.starts.items():
            self.sliders[name].value = value

    def figure(self, steps=5):
        """Each slider moved alone from low to high, a row of pictures each: what paper can show of it."""
        rows = {}
        for name, slider in self.sliders.items():
            values = np.linspace(slider.min, slider.max, steps)
            if isinstance(slider, ipywidgets.IntSlider):
                values = np.rint(values).astype(int)
            rows[f"{name}, {slider.min:g} to {slider.max:g}"] = np.stack(
                [self._drawn({**self.starts, name: value.item()}) for value in values]
            )
        return plots.pairs(rows, title="Each slider moved alone")

    def show(self):
        """Displays the explorer; where no front end can, `figure()` stands in its place.

        Outside a notebook it does nothing. A stored notebook would show a dead widget, so while one is
        recorded (tools/execute.py), only the figure is stored.
        """
        _show(self, self.alt)

    def _moved(self, change):
        with _failures_in(self.message):
            self.picture.value = self._png()
            self.message.value = ""

    def _drawn(self, values):
        """The picture at these values: uint8 `(h, w, 1 or 3)`."""
        return _checked(self.draw(*values.values()), "draw")

    def _png(self):
        values = {name: slider.value for name, slider in self.sliders.items()}
        return _png(self._drawn(values), self.width)


class _Pad(anywidget.AnyWidget):
    """The canvas; its front end is sheet.js."""

    _esm = Path(__file__).with_name("sheet.js")
    strokes = traitlets.Any([]).tag(sync=True)  # whatever arrives is looked at by `outlines.of_strokes`
    side = traitlets.Int(320).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)


class Sheet:
    """A sheet to draw on with mouse, finger or pen, and beside it what a function paints after the drawing.

    Args:
        paint: a function of an outline, uint8 `(size, size, 1)`, 0 on the lines and 255 on paper; returns a
            picture `(h, w, 1 or 3)`, uint8 or float in [-1, 1].
        size: of the outline, in pixels.
        examples: `{"name": strokes}`, drawings to begin with (strokes as `outlines.of_strokes` takes them).
        alt: one sentence that says what drawings and paintings there are.
        side: of the sheet, in pixels of the screen.

    Attributes:
        pad: the widget of the canvas; `.strokes` holds what is drawn, and setting it draws.
        outline, picture: `ipywidgets.Image`s: the drawing as the function gets it, and what it painted;
            `.value` holds PNG bytes.
        message: an `ipywidgets.HTML`: what to do, or what went wrong; empty otherwise.
        choice: the menu of examples.
        box: all of it, the widget to display.
    """

    def __init__(self, paint, size, *, examples, alt, side=320):
        self.paint, self.size, self.examples, self.alt = paint, size, dict(examples), alt
        self.pad = _Pad(side=side, label=alt)
        self.outline = ipywidgets.Image(format="png")
        self.picture = ipywidgets.Image(format="png")
        self.message = ipywidgets.HTML()
        begin = ["an empty sheet", *self.examples]
        self.choice = ipywidgets.Dropdown(options=begin, description="start from")
        self.choice.observe(self._chosen, names="value")
        self.pad.observe(self._drawn, names="strokes")
        side_by_side = ipywidgets.HBox([self.pad, self.outline, self.picture])
        self.box = ipywidgets.VBox([self.choice, side_by_side, self.message])
        if self.examples:  # a wrong `paint` fails here, where one sees it
            self._painted(next(iter(self.examples.values())))
        self._drawn()

    def figure(self):
        """The examples as the function gets them, and what it paints: what paper can show of it."""
        pairs = [self._painted(strokes) for strokes in self.examples.values()]
        rows = {"drawn": [outline for outline, _ in pairs], "painted": [picture for _, picture in pairs]}
        rows = {name: np.stack(pictures) for name, pictures in rows.items()}
        return plots.pairs(rows, title="Drawn by hand, and painted", captions=list(self.examples))

    def show(self):
        """Displays the sheet; in a stored notebook `figure()` stands in its place (see `Explorer.show`)."""
        _show(self, self.alt)

    def _chosen(self, change):
        self.pad.strokes = self.examples.get(change["new"], [])

    def _painted(self, strokes):
        outline = outlines.of_strokes(strokes, self.size)
        return outline, _checked(self.paint(outline), "paint")

    def _drawn(self, change=None):
        with _failures_in(self.message):
            outline, picture = self._painted(self.pad.strokes)
            self.message.value = "" if self.pad.strokes else "Draw: each line is painted at once."
            self.outline.value = _png(outline, self.pad.side)
            self.picture.value = _png(picture, self.pad.side)


class Chooser:
    """Menus, and a text that answers whenever something else is chosen.

    Args:
        tell: a function of what is chosen, one string a menu, in their order; returns HTML.
        menus: `{"name": [options]}`; the first option is chosen to begin with.
        rows: the table to show where no widget runs: texts, the first row being the header.
        caption: one sentence that says what there is to choose.

    Attributes:
        menus: the ipywidgets menus by name; set `.value` to choose.
        said: the `ipywidgets.HTML` with the answer, or with what went wrong.
        box: all of it, the widget to display.
    """

    def __init__(self, tell, menus, *, rows, caption):
        if not menus or not all(menus.values()):
            raise ValueError("A chooser needs at least one menu, each with an option: {'name': ['option']}.")
        if len({len(row) for row in rows}) != 1:
            raise ValueError("The rows of a chooser's table must all have as many texts as its header.")
        self.tell, self.rows, self.caption = tell, [list(map(str, row)) for row in rows], caption
        wide = {"layout": {"width": "34em"}, "style": {"description_width": "9em"}}
        self.menus = {
            name: ipywidgets.Dropdown(options=list(options), description=name, **wide)
            for name, options in menus.items()
        }
        self.said = ipywidgets.HTML()
        for menu in self.menus.values():
            menu.observe(self._chosen, names="value")
        self.said.value = self._answer()  # a wrong `tell` fails here, where one sees it
        self.box = ipywidgets.VBox([*self.menus.values(), self.said])

    def text(self):
        """The table as plain text, its columns in line."""
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in self.rows]
        return "\n".join([self.caption, *lines])

    def table(self):
        """The table as HTML."""
        head, *body = [[html.escape(text) for text in row] for row in self.rows]
        lines = ["<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in body]
        first = "<tr>" + "".join(f"<th>{text}</th>" for text in head) + "</tr>"
        return f"<table><caption>{html.escape(self.caption)}</caption>{first}{''.join(lines)}</table>"

    def show(self):
        """Displays the chooser; where no front end can, and in a stored notebook, the table stands there.

        Outside a notebook it does nothing.
        """
        _show(self, self.text(), self.table())

    def _answer(self):
        return self.tell(*(menu.value for menu in self.menus.values()))

    def _chosen(self, change):
        with _failures_in(self.said):
            self.said.value = self._answer()


@contextlib.contextmanager
def _failures_in(message):
    """Says in an `ipywidgets.HTML` what fails inside: an exception in a callback would vanish in a log."""
    try:
        yield
    except Exception as error:
        message.value = html.escape(f"{type(error).__name__}: {error}")


def _show(widget, text, table=None):
    """Displays a widget: its `box`, in a stored notebook `table` or its `figure()`, outside one nothing."""
    if "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None:
        return
    stored = os.environ.get("COURSE_RESULTS")
    if stored and table is None:
        plots.show(widget.figure(), alt=text)
        return
    from IPython.display import display

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.box.model_id}
    shown = {"text/html": table} if stored else {VIEW: view}
    display({**shown, "text/plain": text}, raw=True)


def _checked(picture, function):
    """What a function drew as uint8 `(h, w, 1 or 3)`."""
    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[-1] not in (1, 3):
        raise ValueError(f"{function} must return one picture (h, w, 1 or 3), not the shape {picture.shape}.")
    return picture if picture.dtype == np.uint8 else to_uint8(picture)


def _png(picture, screen):
    """A picture as PNG bytes, enlarged by a whole number to about `screen` pixels."""
    height, width, channels = picture.shape
    scale = max(1, round(screen / width))
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    content = io.BytesIO()
    image.resize((width * scale, height * scale), Image.Resampling.NEAREST).save(content, "png")
    return content.getvalue()


def _slider(name, low, start, high):
    if not low <= start <= high or low == high:
        raise ValueError(f"The slider {name!r} goes from {low} over {start} to {high}: low to high.")
    whole = all(isinstance(value, int) for value in (low, start, high))
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    step = 1 if whole else (high - low) / 40
    return kind(value=start, min=low, max=high, step=step, description=name)
