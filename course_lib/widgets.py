"""Explorers: a picture that follows sliders, in JupyterLab, Jupyter Notebook and Colab.

Plain ipywidgets only, which all three show without an extension of their own.
"""

import html
import io
import os
import sys

import ipywidgets
import numpy as np
from PIL import Image

from course_lib import plots
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
        self.draw = draw
        self.alt = alt
        self.width = width
        self.sliders = {name: _slider(name, *values) for name, values in sliders.items()}
        self.picture = ipywidgets.Image(format="png")
        self.message = ipywidgets.HTML()
        back = ipywidgets.Button(description="back to the start")
        back.on_click(lambda button: self.reset())
        self.starts = {name: slider.value for name, slider in self.sliders.items()}
        for slider in self.sliders.values():
            slider.observe(self._moved, names="value")
        self.picture.value = self._png(self._values())  # a wrong `draw` fails here, where one sees it
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
        if "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None:
            return
        if os.environ.get("COURSE_RESULTS"):
            plots.show(self.figure(), alt=self.alt, colours=128)
            return
        from IPython.display import display

        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        display({VIEW: view, "text/plain": self.alt}, raw=True)

    def _values(self):
        return {name: slider.value for name, slider in self.sliders.items()}

    def _moved(self, change):
        try:
            self.picture.value = self._png(self._values())
            self.message.value = ""
        except Exception as error:  # an exception in a callback would vanish in a log
            self.message.value = html.escape(f"{type(error).__name__}: {error}")

    def _drawn(self, values):
        """The picture at these values: uint8 `(h, w, 1 or 3)`."""
        picture = np.asarray(self.draw(*values.values()))
        if picture.ndim != 3 or picture.shape[-1] not in (1, 3):
            raise ValueError(
                f"draw must return one picture (h, w, 1 or 3), not the shape {picture.shape}."
            )
        return picture if picture.dtype == np.uint8 else to_uint8(picture)

    def _png(self, values):
        picture = self._drawn(values)
        height, width, channels = picture.shape
        scale = max(1, round(self.width / width))
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
