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

from course_lib import asking, plots
from course_lib.data import outlines
from course_lib.data.pictures import to_uint8

VIEW = "application/vnd.jupyter.widget-view+json"  # what a front end replaces by the live widget
DEAD = "Does nothing move? Run this cell again; after a restart, those above it too."
EMPTY = "an empty sheet"
HOW_TO_DRAW = (
    "Sheet to draw on with mouse, finger or pen. Keys: arrows move the pen, with Shift further; space puts "
    "it down and lifts it; Escape forgets the line; Control and Z undo."
)
SIDE_BY_SIDE = {
    "flex_flow": "row wrap",
    "align_items": "flex-start",
    "grid_gap": "8px",
}  # on narrow pages below


class Explorer:
    """Sliders, and a picture that is drawn again whenever one of them moves.

    Args:
        draw: a function of the sliders' values, in their order; returns one picture `(h, w, 1 or 3)`,
            uint8 or float in [-1, 1].
        sliders: `{"name": (low, start, high)}`. Three whole numbers make a slider of whole numbers.
        alt: one sentence that says what the picture shows.
        width: of the picture, in pixels of the page (about).

    Attributes:
        sliders: the ipywidgets sliders by name; set `.value` to move one.
        picture: an `ipywidgets.HTML`, one `<img>` whose alt has `alt` and the sliders' values.
        message: an `ipywidgets.HTML`, empty unless `draw` failed.
        box: all of it, the widget to display.
    """

    def __init__(self, draw, sliders, *, alt, width=320):
        if not sliders:
            raise ValueError("An explorer needs at least one slider: {'name': (low, start, high)}.")
        self.draw, self.alt, self.width = draw, alt, width
        self.sliders = {name: _slider(name, *values) for name, values in sliders.items()}
        self.picture = ipywidgets.HTML()
        self.message = ipywidgets.HTML()
        back = ipywidgets.Button(description="back to the start")
        back.on_click(lambda button: self.reset())
        self.starts = {name: slider.value for name, slider in self.sliders.items()}
        for slider in self.sliders.values():
            slider.observe(self._moved, names="value")
        self.resetting = False
        self.picture.value = self._seen()  # a wrong `draw` fails here, where one sees it
        controls = ipywidgets.VBox([*self.sliders.values(), _SliderNames(), back, self.message])
        self.box = ipywidgets.HBox([self.picture, controls], layout=SIDE_BY_SIDE)

    def reset(self):
        """Moves every slider back to where it started, and draws once."""
        self.resetting = True
        for name, value in self.starts.items():
            self.sliders[name].value = value
        self.resetting = False
        self._moved()

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

    def _moved(self, change=None):
        if self.resetting:
            return
        with _failures_in(self.message):
            self.picture.value = self._seen()
            self.message.value = ""

    def _drawn(self, values):
        """The picture at these values: uint8 `(h, w, 1 or 3)`."""
        return _checked(self.draw(*values.values()), "draw")

    def _seen(self):
        values = {name: slider.value for name, slider in self.sliders.items()}
        picture = self._drawn(values)
        width = _whole(self.width, picture.shape[1])
        return _img(
            picture, width, f"{self.alt} Now: {', '.join(f'{n} {v:.3g}' for n, v in values.items())}."
        )


class _SliderNames(anywidget.AnyWidget):
    """Names the handles of the sliders beside it for those who hear the page, which ipywidgets 8 does not."""

    _esm = """
    function render({ el }) {
      let rounds = 50; // front ends show the parts of a box one after the other
      const timer = setInterval(() => {
        for (const slider of el.closest(".widget-vbox")?.querySelectorAll(".widget-slider") ?? [])
          for (const handle of slider.querySelectorAll("[role=slider]"))
            handle.setAttribute("aria-label", slider.querySelector("label").textContent);
        if (!--rounds) clearInterval(timer);
      }, 100);
      return () => clearInterval(timer);
    }
    export default { render };
    """


class _Pad(anywidget.AnyWidget):
    """The canvas; its front end is sheet.js."""

    _esm = Path(__file__).with_name("sheet.js")
    strokes = traitlets.Any([]).tag(sync=True)  # whatever arrives is looked at by `outlines.of_strokes`
    side = traitlets.Int().tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)


class Sheet:
    """A sheet to draw on with mouse, finger or pen, and beside it what a function paints after the drawing.

    Args:
        paint: a function of an outline, uint8 `(size, size, 1)`, 0 on the lines and 255 on paper; returns a
            picture `(h, w, 1 or 3)`, uint8 or float in [-1, 1].
        size: of the outline, in pixels.
        examples: `{"name": strokes}`, drawings to begin with (strokes as `outlines.of_strokes` takes them).
        alt: one sentence that says what drawings and paintings there are.
        side: of the sheet and of each picture beside it, in pixels of the page (about). Three times 256 fit
            a notebook in a window of 1280.

    Attributes:
        pad: the widget of the canvas; `.strokes` holds what is drawn, and setting it draws.
        outline, picture: `ipywidgets.HTML`s, one described `<img>` each: the drawing as the function gets it,
            and what it painted.
        message: an `ipywidgets.HTML`: what to do or wait for, or what went wrong; empty otherwise.
        choice: the menu of examples; None where something else is on the sheet.
        box: all of it, the widget to display.
    """

    def __init__(self, paint, size, *, examples, alt, side=256):
        self.paint, self.size, self.examples, self.alt = paint, size, dict(examples), alt
        side = _whole(side, size)
        # All three are in sight where a page is narrow, or a reader has enlarged it.
        part = {"flex": "1 1 140px", "max_width": f"{side + 6}px"}
        self.pad = _Pad(side=side, label=HOW_TO_DRAW, layout=part | {"margin": "2px"})  # as pictures have
        self.outline = ipywidgets.HTML(layout=part)
        self.picture = ipywidgets.HTML(layout=part)
        self.message = ipywidgets.HTML(layout={"min_height": "2em"})
        begin = [EMPTY, *self.examples]
        self.choice = ipywidgets.Dropdown(options=begin, description="start from")
        self.choice.observe(self._chosen, names="value")
        self.pad.observe(self._drawn, names="strokes")
        side_by_side = ipywidgets.HBox([self.pad, self.outline, self.picture], layout=SIDE_BY_SIDE)
        self.box = ipywidgets.VBox([self.choice, side_by_side, self.message])
        if self.examples:  # a wrong `paint` fails here, where one sees it
            self._painted(next(iter(self.examples.values())))
        self._drawn()

    def figure(self):
        """The examples as the function gets them, and what it paints: what paper can show of it."""
        pairs = [self._painted(strokes) for strokes in self.examples.values()]
        rows = {"drawn": [outline for outline, _ in pairs], "painted": [picture for _, picture in pairs]}
        rows = {name: np.stack(pictures) for name, pictures in rows.items()}
        return plots.pairs(rows, title="Drawn, and painted", captions=list(self.examples))

    def show(self):
        """Displays the sheet; in a stored notebook `figure()` stands in its place (see `Explorer.show`)."""
        _show(self, self.alt)

    def _chosen(self, change):
        if change["new"] is not None:
            self.pad.strokes = self.examples.get(change["new"], [])

    def _painted(self, strokes):
        outline = outlines.of_strokes(strokes, self.size)
        return outline, _checked(self.paint(outline), "paint")

    def _drawn(self, change=None):
        strokes, side = self.pad.strokes, self.pad.side
        with _failures_in(self.message):
            if strokes == []:
                self.choice.value = EMPTY
            elif strokes is not self.examples.get(self.choice.value):
                self.choice.value = None  # so that the same example can be chosen again
            self.message.value = "painting …"
            outline, picture = self._painted(strokes)
            what = self.choice.value or f"your drawing, lines: {len(strokes)}"
            seen = f"{what}, as thin black lines on white, {_pixels(outline)}"
            self.outline.value = _img(outline, side, seen, "as the network gets it")
            self.picture.value = _img(picture, side, f"painted from {what}, {_pixels(picture)}", "painted")
            self.message.value = "" if strokes else "Draw: each line is painted at once."


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


class ForcedChoice:
    """Pairs of pictures, one pair after the other: which looks more real? A button for each side.

    After the last pair it says what the answers say, and keeps them (`asking.keep`). A sitting that is not
    finished is not kept.

    Args:
        entrants: `{"GAN": pictures, "VAE": pictures}`, two of them, each uint8 or float in [-1, 1]
            `(pairs, h, w, 1 or 3)`.
        nearer: the name of the one that the ruler has nearer to real pictures.
        path: the file that keeps the answers.
        seed: of the sides; None draws others each time.

    Attributes:
        buttons: `{"left": …, "right": …}`, ipywidgets buttons; `.click()` answers.
        pair: an `ipywidgets.HTML`, two `<img>` side by side.
        said: an `ipywidgets.HTML`: how many pairs are left, then the verdict.
        told, before: what earlier sittings said, as text and as an `ipywidgets.HTML`.
        box: all of it, the widget to display.
    """

    def __init__(self, entrants, *, nearer, path=asking.PLACE, seed=None):
        if len(entrants) != 2 or nearer not in entrants:
            raise ValueError(
                "A forced choice needs two entrants by name, and `nearer`, which is one of them."
            )
        (self.first, one), (self.other, another) = entrants.items()
        if len(one) != len(another):
            raise ValueError(f"Pairs need as many pictures of both, not {len(one)} and {len(another)}.")
        self.pictures = [[_checked(picture, name) for picture in of] for name, of in entrants.items()]
        self.nearer, self.path = nearer, path
        self.first_left, self.chose_left = asking.sides(len(one), seed), []
        self.pair, self.said = ipywidgets.HTML(), ipywidgets.HTML()
        self.told = asking.told(self.first, self.other, nearer, path)
        self.before = ipywidgets.HTML(html.escape(self.told).replace("\n", "<br>"))
        self.buttons = {side: ipywidgets.Button(description=f"{side} one") for side in ("left", "right")}
        for side, button in self.buttons.items():
            button.on_click(lambda _, side=side: self._answered(side == "left"))
        self._ask()
        buttons = ipywidgets.HBox(list(self.buttons.values()))
        self.box = ipywidgets.VBox([self.pair, buttons, self.said, self.before])

    def show(self):
        """Displays the pairs; in a stored notebook, and where no front end can, what is kept of answers.

        Outside a notebook it does nothing.
        """
        _show(self, self.told, f"<p>{self.before.value}</p>")

    def _ask(self):
        number = len(self.chose_left)
        left, right = (self.pictures[which][number] for which in self._order(number))
        width = _whole(140, left.shape[1])
        pictures = (
            _img(picture, width, f"A picture, {side}.")
            for picture, side in ((left, "left"), (right, "right"))
        )
        self.pair.value = '<div style="display: flex; gap: 28px">' + "".join(pictures) + "</div>"
        self.said.value = f"Which looks more like a photograph? Pair {number + 1} of {len(self.first_left)}."

    def _order(self, number):
        return (0, 1) if self.first_left[number] else (1, 0)

    def _answered(self, left):
        with _failures_in(self.said):
            if len(self.chose_left) == len(self.first_left):
                return
            self.chose_left.append(left)
            if len(self.chose_left) < len(self.first_left):
                return self._ask()
            for button in self.buttons.values():
                button.disabled = True
            share = asking.taken(self.first_left, self.chose_left)
            verdict = asking.verdict(share, self.first, self.other, self.nearer)
            try:
                asking.keep(self.first, self.other, self.first_left, self.chose_left, self.path)
            except OSError as error:
                verdict += f" {self.path} could not be written ({error.strerror}), so this is not kept."
            self.said.value = html.escape(verdict)


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
        print(DEAD)
        return
    from IPython.display import display

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.box.model_id}
    shown = {"text/html": table} if stored else {VIEW: view}
    display({**shown, "text/plain": text}, raw=True)
    print(DEAD)


def _checked(picture, function):
    """What a function drew as uint8 `(h, w, 1 or 3)`."""
    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[-1] not in (1, 3):
        raise ValueError(f"{function} must return one picture (h, w, 1 or 3), not the shape {picture.shape}.")
    return picture if picture.dtype == np.uint8 else to_uint8(picture)


def _whole(about, pixels):
    """About as many pixels of the page, so that each of a picture's pixels has a whole number of them."""
    return pixels * max(1, round(about / pixels))


def _pixels(picture):
    return f"{picture.shape[1]} by {picture.shape[0]} pixels"


def _img(picture, width, alt, caption=""):
    """HTML of a picture `(h, w, 1 or 3)`, `width` pixels of the page wide, its own pixels as squares."""
    high, wide, channels = picture.shape
    content = io.BytesIO()
    Image.fromarray(picture[..., 0] if channels == 1 else picture).save(content, "png")
    style = "image-rendering: pixelated; box-shadow: 0 0 0 1px #777"
    tag = plots.img(content.getvalue(), "png", (width, round(width * high / wide)), alt, style)
    return f'<div style="line-height: 28px">{html.escape(caption)}</div>{tag}' if caption else tag


def _slider(name, low, start, high):
    if not low <= start <= high or low == high:
        raise ValueError(f"The slider {name!r} goes from {low} over {start} to {high}: low to high.")
    whole = all(isinstance(value, int) for value in (low, start, high))
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    step = 1 if whole else (high - low) / 40
    return kind(value=start, min=low, max=high, step=step, description=name)
