"""Figures of the lessons: picture grids, curves, bars and latent maps.

Every function returns a matplotlib `Figure`, and `show(figure, alt="…")` puts it into the notebook
together with a description for those who cannot see it. Pictures are uint8 from 0 to 255 or floats
in [-1, 1], with shape (n, height, width, channels) and 1 or 3 channels.

Colours are those of Okabe and Ito (2008, "Color universal design"), which people with any common
form of colour blindness can tell apart; lines and points differ in shape as well.
"""

import base64
import contextlib
import html
import inspect
import io
import sys
import textwrap
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure as _Figure
from matplotlib.patches import Circle, Rectangle
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_INSIDE = 5  # names in a legend that stands inside the axes
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
KINDS = (*COLOURS, "#882255", "#999933", "#8C8C8C")  # of ten kinds: three more, of Paul Tol's
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":")
DPI = 100  # pixels of the page to an inch
SHARPNESS = 2  # stored pixels a pixel of the page, along each side: sharp screens have as many
WIDEST = 840  # pixels of the page: JupyterLab's column of output in a window of 1280, less a margin
FRAME = 190  # grey level of the line around a picture
MOST_PICTURES = 1024  # in one figure
DRAWN_COLOURS = 2**15  # a figure of pictures with more colours holds photographs


# What a style, or a matplotlibrc, may set of a figure's looks: matplotlib's own values, which the course is
# drawn for. The rest is about windows, keys and files.
_LOOKS = (
    "agg.", "axes", "contour", "errorbar", "figure", "font", "grid", "hatch", "hist", "image", "legend",
    "lines", "markers", "mathtext", "patch", "path", "savefig", "scatter", "text", "xaxis", "xtick",
    "yaxis", "ytick",
)  # fmt: skip
_STYLE = {name: value for name, value in matplotlib.rcParamsDefault.items() if name.startswith(_LOOKS)}


def set_aside():
    """Names of the settings, in a learner's style or matplotlibrc, that the course's figures leave."""
    return sorted(name for name, value in _STYLE.items() if matplotlib.rcParams[name] != value)


_entered = []  # whether the course's style is in force


@contextlib.contextmanager
def _own_style():
    """A context in which matplotlib draws as the course does; outside it a learner's style stays in force."""
    if _entered:  # by a method that calls this one
        yield
        return
    _entered.append(True)
    try:
        with matplotlib.rc_context(_STYLE):
            yield
    finally:
        _entered.clear()


def _in_own_style(base):
    """A class like `base` whose methods draw as the course does: any may read matplotlib's settings."""
    methods = {
        name: _own_style()(method)
        for name, method in inspect.getmembers(base, inspect.isfunction)
        # Those that matplotlib wants left alone read none; `cla` calls `clear`.
        if name == "__init__" or name != "cla" and not name.startswith(("_", "get_"))
    }
    return type(base.__name__, (base,), methods)


_Axes = _in_own_style(Axes)


class Figure(_in_own_style(_Figure)):
    """A matplotlib figure that a notebook displays when it is the last value of a cell.

    It does not register with pyplot, so nothing has to be closed and nothing is drawn twice. It looks the
    same whatever style the learner has chosen.
    """

    def add_axes(self, *arguments, **options):
        return super().add_axes(*arguments, **_on_own_axes(options))

    def add_subplot(self, *arguments, **options):
        return super().add_subplot(*arguments, **_on_own_axes(options))

    def _ipython_display_(self):
        # Not `_repr_html_`: once pyplot is used, IPython would store a PNG of every figure beside it.
        _display(self)


def _on_own_axes(options):
    """What `add_axes` and `add_subplot` are given, which a polar plot's axes are not for."""
    return options if options.keys() & {"projection", "polar"} else {"axes_class": _Axes} | options


def show(figure, *, alt):
    """Display a figure in the notebook, described by `alt`; outside a notebook, do nothing.

    What is stored is one `<img>` with its description, two pixels for each of the page, and the description
    as text. Front ends drop an "alt" that stands in the metadata of a picture.

    alt: one or two sentences that say what the figure shows.
    """
    if _to_be_shown(alt, "plots.show", "figure"):
        _display(figure, alt)
    if "matplotlib.pyplot" in sys.modules:  # the figure may be the learner's, made with pyplot
        sys.modules["matplotlib.pyplot"].close(figure)


def show_film(film, *, alt):
    """Display a film in the notebook as `show` does a figure; outside a notebook, do nothing.

    film: the path of a GIF, PNG or WebP file, such as `callbacks.save_gif` writes, or its bytes.
    alt: one or two sentences that say what the film shows.

    Raises ValueError for what is no such file, OSError where there is none.
    """
    shown = _to_be_shown(alt, "plots.show_film", "film")
    content = film if isinstance(film, bytes) else Path(film).read_bytes()
    try:
        with Image.open(io.BytesIO(content), formats=("GIF", "PNG", "WEBP")) as opened:
            kind, size = opened.format.lower(), opened.size
    except UnidentifiedImageError:
        name = "this" if isinstance(film, bytes) else f"'{film}'"
        raise ValueError(f"{name} is no GIF, PNG or WebP: callbacks.save_gif writes films") from None
    if shown:
        from IPython.display import display

        display({"text/html": img(content, kind, size, alt), "text/plain": alt}, raw=True)


def _to_be_shown(alt, function, what):
    """Whether this is a notebook; ValueError where `function` was given no words for what it shows."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"{function} needs alt='…', a sentence that says what the {what} shows")
    return "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None


def _display(figure, alt=None):
    from IPython.display import display

    picture = _webp(figure)
    size = [side // SHARPNESS for side in Image.open(io.BytesIO(picture)).size]
    display({"text/html": img(picture, "webp", size, alt), "text/plain": alt or repr(figure)}, raw=True)


def img(content, kind, size, alt=None, style=""):
    """An `<img>` that holds the bytes `content` of a file of this `kind` ("gif", "png", "webp").

    size: `(width, height)` in pixels of the page; on a narrower page it shrinks. style: more CSS.
    """
    described = "" if alt is None else f'alt="{html.escape(alt)}" '
    style = "; ".join(filter(None, ["max-width: 100%; height: auto", style]))
    return (
        f'<img {described}width="{size[0]}" height="{size[1]}" style="{style}" '
        f'src="data:image/{kind};base64,{base64.b64encode(content).decode("ascii")}">'
    )


def _webp(figure):
    """The figure as WebP bytes: every pixel as it was drawn, unless colour photographs are in it.

    A figure of the course is drawn in its own style; a learner's, made with pyplot, in the learner's.
    """
    drawn, small = io.BytesIO(), io.BytesIO()
    fast = {"compress_level": 1}
    dpi = SHARPNESS * min(DPI, WIDEST / figure.get_figwidth())  # drawn smaller, or a browser would blur it
    figure.savefig(drawn, format="png", dpi=dpi, facecolor=figure.get_facecolor(), pil_kwargs=fast)
    picture = Image.open(drawn).convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    # Whole pixels of the page, or a browser would have to blur.
    rest = (0, 0, -picture.width % SHARPNESS, -picture.height % SHARPNESS)
    picture = ImageOps.expand(picture, rest, "white")
    pictures = any(image.get_array().ndim == 3 for axes in figure.axes for image in axes.images)
    photographs = pictures and picture.getcolors(DRAWN_COLOURS) is None
    picture.save(small, format="webp", lossless=not photographs, quality=90)
    return small.getvalue()


# --------------------------------------------------------------------------------------- pictures


@_own_style()
def grid(images, columns=8, title=None, captions=None):
    """Pictures side by side, row by row.

    images: (n, height, width, 1 or 3), uint8 or float in [-1, 1].
    captions: n short strings, one under each picture.
    """
    images = _pictures(images)
    if captions is not None and len(captions) != len(images):
        raise ValueError(f"{len(captions)} captions do not fit {len(images)} pictures")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, not {columns}")
    columns = min(columns, len(images))
    rows = [images[first : first + columns] for first in range(0, len(images), columns)]
    if captions is not None:
        captions = [captions[first : first + columns] for first in range(0, len(images), columns)]
    return _picture_rows(rows, title=title, captions=captions)


@_own_style()
def pairs(rows, title=None, captions=None):
    """Named rows of pictures, so that each picture stands above its counterpart.

    rows: {"label": images, …}, each (n, height, width, 1 or 3) with the same n, height and width:
        a sample above its nearest training picture, or one row for each of several training steps.
    captions: n short strings, one under each column.
    """
    if not rows:
        raise ValueError("plots.pairs needs at least one row: {'label': images, …}")
    pictures = [_pictures(images, f"the row {label!r}") for label, images in rows.items()]
    for label, images in zip(rows, pictures, strict=True):
        if images.shape[:3] != pictures[0].shape[:3]:
            raise ValueError(
                f"the row {label!r} has the shape {images.shape}, but the first row "
                f"{pictures[0].shape}: rows must hold as many pictures, of the same size"
            )
    if captions is not None:
        if len(captions) != len(pictures[0]):
            raise ValueError(f"{len(captions)} captions do not fit {len(pictures[0])} columns")
        captions = [[""] * len(captions)] * (len(pictures) - 1) + [captions]
    return _picture_rows(pictures, title=title, labels=list(rows), captions=captions)


def _picture_rows(rows, title=None, labels=None, captions=None):
    """One figure in a single axes, where each pixel of the pictures is a whole number of stored pixels wide.

    Where it would be too wide for a page, the labels stand above their rows, or pictures are smaller.
    """
    height, width = rows[0].shape[1:3]
    columns = max(len(row) for row in rows)
    gap, line = (
        4 * SHARPNESS,
        13 * SHARPNESS,
    )  # between pictures, and for a line of caption; all is stored pixels
    edge = 8 * SHARPNESS
    beside = SHARPNESS * (7 * max(len(str(label)) for label in labels) + 6) if labels else 0
    scale = SHARPNESS * max(1, round((84 if captions else 56) / max(height, width)))
    sizes = [(s, left) for s in range(scale, SHARPNESS - 1, -1) for left in sorted({beside, 0}, reverse=True)]
    for scale, beside in sizes:  # noqa: B007 (the last one stays, where none fits)
        across, down = (gap + scale * side + scale * side % SHARPNESS for side in (width, height))
        wide = columns * across - gap + 2 * SHARPNESS  # and a frame, or white pictures would vanish
        if edge + beside + wide + edge <= SHARPNESS * WIDEST:
            break
    above = 15 * SHARPNESS if labels and not beside else 0
    height, width = scale * height, scale * width
    below = [
        line * max((str(caption).count("\n") + 1 for caption in row if str(caption)), default=0)
        for row in (captions or [[]] * len(rows))
    ]
    left, top = edge + beside, edge + (22 * SHARPNESS if title else 0)
    high = sum(above + down + extra for extra in below) - gap + 2 * SHARPNESS
    canvas = np.full((high, wide, 3), 255, np.uint8)

    total_wide = max(left + wide + edge, left + 9 * SHARPNESS * len(title or ""))
    total_high = top + high + edge
    dpi = SHARPNESS * DPI
    figure = Figure(figsize=(total_wide / dpi, total_high / dpi), dpi=DPI)
    axes = figure.add_axes((left / total_wide, edge / total_high, wide / total_wide, high / total_high))
    y = SHARPNESS
    for index, row in enumerate(rows):
        if labels:
            place = (0, y + above - 3 * SHARPNESS) if above else (-6 * SHARPNESS, y + height / 2)
            how = {"ha": "left", "va": "bottom"} if above else {"ha": "right", "va": "center"}
            axes.text(*place, labels[index], fontsize=9, **how)
        y += above
        for column, picture in enumerate(row):
            x = SHARPNESS + column * across
            framed = (
                slice(y - SHARPNESS, y + height + SHARPNESS),
                slice(x - SHARPNESS, x + width + SHARPNESS),
            )
            canvas[framed] = FRAME
            canvas[y : y + height, x : x + width] = picture.repeat(scale, axis=0).repeat(scale, axis=1)
            if captions:
                caption = str(captions[index][column])
                place = (x + width / 2, y + height + 2 * SHARPNESS)
                axes.text(*place, caption, ha="center", va="top", fontsize=7)
        y += down + below[index]
    axes.imshow(canvas, interpolation="nearest", aspect="equal")
    axes.set_axis_off()
    if title:
        figure.text(left / total_wide, 1 - 6 * SHARPNESS / total_high, title, va="top", fontsize=11)
    return figure


def _pictures(images, name="images"):
    """Pictures as uint8 (n, height, width, 3), after checks that say what is wrong."""
    images = _array(images, name)
    shape = images.shape
    if images.ndim == 3 and shape[-1] in (1, 3):
        raise ValueError(f"{name} has the shape {shape}, one picture: pass images[None]")
    if images.ndim == 3:
        raise ValueError(f"{name} has the shape {shape}, no channels: pass images[..., None]")
    if images.ndim != 4 or shape[-1] not in (1, 3):
        raise ValueError(f"{name} has the shape {shape}, not (n, height, width, 1 or 3)")
    if not images.size:
        raise ValueError(f"{name} has the shape {shape}: there is nothing to draw")
    if len(images) > MOST_PICTURES:
        raise ValueError(f"{name} holds {len(images)} pictures: pass some of them, images[:64]")
    if images.dtype != np.uint8:
        if not np.issubdtype(images.dtype, np.floating):
            raise TypeError(f"{name} are {images.dtype}: pictures are uint8 or float in [-1, 1]")
        if not np.isfinite(images).all():
            raise ValueError(f"{name} holds values that are not finite (NaN or infinity)")
        low, high = images.min(), images.max()
        if low < -1.001 or high > 1.001:
            raise ValueError(
                f"{name} are floats from {low:.4g} to {high:.4g}, but must lie in [-1, 1]: "
                "data.signed(pictures) brings uint8 pictures there"
            )
        images = np.rint((np.clip(images.astype("float32"), -1, 1) + 1) * 127.5).astype(np.uint8)
    return np.broadcast_to(images, (*shape[:3], 3))


def _array(values, name):
    """A NumPy array from a list, an array or a tensor of any backend."""
    if not isinstance(values, np.ndarray | list | tuple) and hasattr(values, "shape"):
        import keras

        values = keras.ops.convert_to_numpy(values)
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} is a list of arrays of different shapes") from None
    if array.dtype == object:
        raise TypeError(f"{name} holds {type(array.ravel()[0]).__name__}, not numbers")
    return array


# ------------------------------------------------------------------------------------- statistics


@_own_style()
def curves(lines, *, xlabel, ylabel, title, floor=None, floor_label="floor", log=False, bands=None):
    """Lines over a common axis: losses, distances, accuracies.

    lines: {"name": y} or {"name": (x, y)}; without x it is the index, from 0. Where a value is
        not finite the line has a gap, and the legend says so.
    floor: a value that cannot be beaten, drawn as a dashed level named `floor_label`.
    log: a logarithmic vertical axis; "x": a horizontal one; "both". Every value there must then be positive.
    bands: {"name": (low, high)}, the spread around a line of that name.
    """
    if not lines:
        raise ValueError("plots.curves needs at least one line: {'name': values}")
    figure, axes = _axes(xlabel, ylabel, title)
    longest = 0
    for index, (name, line) in enumerate(lines.items()):
        x, y = line if isinstance(line, tuple) else (None, line)
        y = _line(y, name)
        x = np.arange(len(y)) if x is None else _line(x, name)
        if len(x) != len(y):
            raise ValueError(f"the line {name!r} has {len(x)} x values and {len(y)} y values")
        finite = np.isfinite(y)
        if not finite.any():
            raise ValueError(f"the line {name!r} holds no finite value")
        if log not in (False, "x") and (y[finite] <= 0).any():
            raise ValueError(f"the line {name!r} is not positive everywhere: leave log=True out")
        label = name if finite.all() else f"{name} (not finite at {xlabel} {x[~finite][0]:g})"
        colour = COLOURS[index % len(COLOURS)]
        dashes = DASHES[index // len(COLOURS) % len(DASHES)]
        marker = MARKERS[index % len(MARKERS)] if len(y) <= 30 else None
        axes.plot(x, y, dashes, color=colour, label=label, marker=marker, markersize=4, lw=1.6)
        if bands and name in bands:
            low, high = (_line(edge, f"band of {name}") for edge in bands[name])
            axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
        longest = max(longest, len(y))
    for name in bands or ():
        if name not in lines:
            raise ValueError(f"there is a band for {name!r}, but no line of that name")
    if floor is not None:
        axes.axhline(floor, color="#555555", ls=(0, (4, 3)), lw=1.2, label=floor_label)
    if log in ("x", "both"):
        axes.set_xscale("log")
        _plain_numbers(axes.xaxis)
    if log not in (False, "x"):
        axes.set_yscale("log")
        _plain_numbers(axes.yaxis)
    named = len(axes.get_legend_handles_labels()[0])
    if named > MOST_INSIDE:  # so long a legend would lie on the lines
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)
    elif named > 1:
        axes.legend(framealpha=0.8, edgecolor="none", fontsize=9)
    axes.grid(alpha=0.25)
    return figure


@_own_style()
def bars(
    names,
    values,
    *,
    ylabel,
    title,
    xlabel=None,
    expected=None,
    expected_label="expected",
    spread=None,
    log=False,
):
    """Bars over named classes: how many samples of each, or one number a model.

    Names too long to stand under their bars, in lines, stand beside bars that lie on their side.

    names: a name a bar. values: as many numbers, or {"series": numbers, …} for bars side by side.
    expected: the height that every bar should have, drawn as a dashed level.
    spread: (low, high), as many numbers each: from where to where the values of a single series reach; of
        several, {"series": (low, high), …}.
    log: a logarithmic axis for the values, which must be positive. Points stand in place of bars then, for
        such an axis has no 0 from which a bar could begin.
    """
    series = values if isinstance(values, dict) else {None: values}
    if spread is not None and not isinstance(spread, dict):
        spread = {next(iter(series)): spread}
    if spread is not None and set(spread) != set(series):
        raise ValueError(f"a spread belongs to one series of bars, not to {len(series)}")
    room = 80 // max(1, len(names)) - 1  # letters that fit under a bar
    lines = [textwrap.fill(str(name), room, break_long_words=False, break_on_hyphens=False) for name in names]
    parts = [name.split("\n") for name in lines]
    lying = any(len(part) > 3 or max(map(len, part), default=0) > room + 1 for part in parts)
    if lying:
        lines = [textwrap.fill(str(name), 28) for name in names]
        high = 1.1 + len(names) * max(0.3, 0.16 * len(series))
        figure, axes = _axes(ylabel, xlabel or "", title, size=(7, high))
        draw, level, ticks, along = axes.barh, axes.axvline, axes.set_yticks, "x"
        axes.invert_yaxis()  # the first on top
    else:
        figure, axes = _axes(xlabel, ylabel, title)
        draw, level, ticks, along = axes.bar, axes.axhline, axes.set_xticks, "y"
    places = np.arange(len(names))
    width = 0.8 / max(1, len(series))
    for index, (label, heights) in enumerate(series.items()):
        heights = _line(heights, label or "values")
        if len(heights) != len(names):
            raise ValueError(f"{len(heights)} values do not fit {len(names)} names")
        if not np.isfinite(heights).all():
            raise ValueError(f"the bars {label or 'values'!r} hold a value that is not finite")
        offset = (index - (len(series) - 1) / 2) * width
        where = (heights, places + offset) if lying else (places + offset, heights)
        colour = COLOURS[index % len(COLOURS)]
        if log:
            if heights.min() <= 0:
                raise ValueError(f"{label or 'values'!r} is not positive everywhere: leave log=True out")
            axes.plot(*where, "o^sd"[index % 4], color=colour, ms=7, label=label)
        else:
            style = {"color": colour, "hatch": ("", "//", "..", "xx")[index % 4]}
            draw(places + offset, heights, width * 0.95, edgecolor="white", label=label, **style)
        if spread is not None:
            reach = np.abs(np.stack([_line(edge, "spread") for edge in spread[label]]) - heights)
            axes.errorbar(*where, **{along + "err": reach}, fmt="none", ecolor="black", capsize=3)
    if expected is not None:
        level(expected, color="black", ls=(0, (4, 3)), lw=1.2, label=expected_label)
    ticks(places, lines, fontsize=9)
    if log:
        (axes.set_xscale if lying else axes.set_yscale)("log")
        _plain_numbers(axes.xaxis if lying else axes.yaxis)
    if axes.get_legend_handles_labels()[0]:
        # Below the title and above the bars, where no bar can hide it.
        if lying:
            axes.set_ylim(top=-0.5 - 0.33 * len(names) / (high - 1.1))
        else:
            axes.margins(y=0.2)
        axes.legend(framealpha=1, edgecolor="none", fontsize=9, loc="upper right", ncols=4)
    axes.grid(axis=along, alpha=0.25)
    axes.set_axisbelow(True)
    return figure


@_own_style()
def latent_map(codes, labels, names=None, *, title, xlabel="z₁", ylabel="z₂", circle=None):
    """Two-dimensional codes as points, coloured and shaped by label, each class named in place.

    codes: (n, 2). labels: n integers. names: what to call the labels 0, 1, 2, …
    circle: the radius of a dashed circle around 0, and what it is.
    """
    codes, labels = _array(codes, "codes"), _array(labels, "labels").ravel()
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"codes has the shape {codes.shape}, not (n, 2): choose two dimensions")
    if len(labels) != len(codes):
        raise ValueError(f"{len(labels)} labels do not fit {len(codes)} codes")
    if not len(codes) or not np.isfinite(codes).all():
        raise ValueError("codes must hold at least one point, and finite values only")
    figure, axes = _axes(xlabel, ylabel, title, size=(6, 5.4))
    kinds = np.unique(labels)
    medians = np.stack([np.median(codes[labels == label], axis=0) for label in kinds])
    places = _apart(medians, np.ptp(codes, axis=0).max() * np.array([0.18, 0.045]))
    for index, label in enumerate(kinds):
        colour, marker = KINDS[index % len(KINDS)], MARKERS[index % len(MARKERS)]
        axes.scatter(*codes[labels == label].T, s=9, alpha=0.5, lw=0, color=colour, marker=marker)
        name = str(label if names is None else names[label])
        text = axes.text(*places[index], name, ha="center", va="center", fontsize=9, weight="bold")
        text.set_path_effects([patheffects.withStroke(linewidth=3, foreground="white")])
    if circle is not None:
        axes.add_patch(Circle((0, 0), circle[0], fill=False, ls=(0, (4, 3)), lw=1.4, label=circle[1]))
        axes.legend(framealpha=1, edgecolor="none", fontsize=9, loc="upper left")
    axes.grid(alpha=0.25)
    axes.set_aspect("equal", adjustable="datalim")
    return figure


def _apart(places, room):
    """Places `(n, 2)` of names, moved up and down until no two are within `room`, `(2,)`, of each other."""
    places = places.astype("float64")
    for _ in range(200):
        gaps = places[:, None] - places[None]  # (n, n, 2)
        close = (np.abs(gaps) < room).all(axis=-1) & ~np.eye(len(places), dtype=bool)
        if not close.any():
            break
        # The upper one of two goes up, the lower one down; of equals, the later one goes up.
        order = np.arange(len(places))
        above = (gaps[..., 1] > 0) | ((gaps[..., 1] == 0) & (order[:, None] > order))
        places[:, 1] += 0.1 * room[1] * np.where(close, np.where(above, 1, -1), 0).sum(axis=1)
    return places


@_own_style()
def latent_grid(decode, limit=2.0, steps=12, *, title, xlabel="z₁", ylabel="z₂"):
    """What a decoder draws at regular places of a two-dimensional latent plane.

    decode: function from codes (steps², 2), float32, to pictures (steps², height, width, 1 or 3).
    limit: the plane runs from -limit to limit along both axes, z₂ upwards.
    """
    places = np.linspace(-limit, limit, steps)
    across, up = np.meshgrid(places, places[::-1])  # the first row of pictures is the top one
    codes = np.stack([across.ravel(), up.ravel()], axis=1).astype("float32")
    images = _pictures(decode(codes), "the decoded pictures")
    if len(images) != len(codes):
        raise ValueError(f"decode made {len(images)} pictures of {len(codes)} codes")
    height, width = images.shape[1:3]
    canvas = images.reshape(steps, steps, height, width, 3).transpose(0, 2, 1, 3, 4)
    canvas = canvas.reshape(steps * height, steps * width, 3)
    figure, axes = _axes(xlabel, ylabel, title, size=(5.6, 5.8))
    edge = limit + limit / (steps - 1) if steps > 1 else limit
    axes.imshow(canvas, extent=(-edge, edge, -edge, edge), interpolation="nearest")
    return figure


@_own_style()
def boxes(pictures, found, *, title, right=None, names=None, columns=4):
    """Pictures with boxes on them: found ones as solid lines, right ones dashed.

    pictures: (n, height, width, 1 or 3). found: n arrays (k, 4), a row a box: left, top, right and bottom
        edge in pixels from the upper left corner.
    right: n arrays like it, or None. names: n lists of k short strings, written above the found boxes.
    """
    pictures = _pictures(pictures)
    n, height, width, _ = pictures.shape
    for what, given in (("found", found), ("right", right), ("names", names)):
        if given is not None and len(given) != n:
            raise ValueError(f"{what} holds {len(given)} lists, but there are {n} pictures")
    columns = min(columns, n)
    rows = -(-n // columns)
    size = (1.9 * columns, 1.9 * rows * height / width + 0.45)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    figure.suptitle(title, fontsize=11)
    for index, picture in enumerate(pictures):
        axes = figure.add_subplot(rows, columns, index + 1)
        axes.imshow(picture, extent=(0, width, height, 0), interpolation="nearest")
        axes.set_axis_off()
        for places, dashes, colour in ((right, (0, (2, 2)), 5), (found, "-", 3)):
            style = {"fill": False, "lw": 1.3, "ls": dashes, "ec": COLOURS[colour]}
            for left, top, east, bottom in [] if places is None else _array(places[index], "boxes"):
                axes.add_patch(Rectangle((left, top), east - left, bottom - top, **style))
        for name, box in zip(names[index] if names else (), found[index], strict=False):
            x, y = np.clip(box[0], 0, 0.8 * width), max(box[1] - 1, 6)
            text = axes.text(x, y, name, fontsize=6, color="white")
            text.set_path_effects([patheffects.withStroke(linewidth=1.5, foreground="black")])
    return figure


@_own_style()
def matrix(values, names, *, xlabel, ylabel, title):
    """A square table of whole numbers with its diagonal, darker where a number is larger.

    values: (n, n), row i and column j belong to names[i] and names[j]; zeros stay empty.
    """
    values, names = _array(values, "values"), [str(name) for name in names]
    if values.shape != (len(names), len(names)):
        raise ValueError(f"values has the shape {values.shape}; {len(names)} names need a square of them")
    figure, axes = _axes(xlabel, ylabel, title, size=(6.4, 5.2))
    top = max(float(values.max()), 1.0)
    axes.imshow(np.sqrt(np.maximum(values, 0) / top), cmap="Greys", vmin=0, vmax=1.15)
    for row, column in np.argwhere(values > 0):
        value = values[row, column]
        colour = "white" if value > 0.35 * top else "black"
        axes.text(column, row, f"{value:,.0f}", ha="center", va="center", fontsize=7, color=colour)
    places = np.arange(len(names))
    axes.set_xticks(places, names, rotation=35, ha="right", fontsize=8)
    axes.set_yticks(places, names, fontsize=8)
    return figure


@_own_style()
def table(values, rows, columns, strength, *, xlabel, ylabel, title):
    """A table of numbers whose cells are darker, and their numbers bold, where `strength` is larger.

    values: (r, c). rows, columns: their names. strength: (r, c), from 0 (white) to 1; bold above 0.5.
    """
    values, strength = _array(values, "values"), _array(strength, "strength")
    if values.shape != (len(rows), len(columns)) or strength.shape != values.shape:
        raise ValueError(
            f"values has the shape {values.shape} and strength {strength.shape}; "
            f"{len(rows)} rows and {len(columns)} columns were named"
        )
    figure, axes = _axes(xlabel, ylabel, title, size=(7.8, 1.1 + 0.33 * len(rows)))
    axes.imshow(np.clip(strength, 0, 1), cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for row, column in np.ndindex(values.shape):
        text, weight = f"{values[row, column]:.3g}", "bold" if strength[row, column] > 0.5 else "normal"
        axes.text(column, row, text, ha="center", va="center", fontsize=8.5, weight=weight)
    axes.set_xticks(range(len(columns)), columns, fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.tick_params(length=0)
    return figure


@_own_style()
def race(lines, strips, *, xlabel, ylabel, title):
    """Curves on logarithmic axes, each with a strip of pictures at its side, in the order given.

    lines: {"name": (x, y)}: x is (points,), y (runs, points); drawn are the mean and, as a band, lowest and
        highest. strips: {"name": pictures (n, height, width, 1)}, uint8 or float in [-1, 1].
    """
    figure = Figure(figsize=(9.6, 0.6 + 0.68 * len(lines)), dpi=DPI)
    axes, side = figure.add_axes((0.07, 0.11, 0.46, 0.8)), figure.add_axes((0.55, 0.06, 0.44, 0.88))
    for place, (name, (x, y)) in enumerate(lines.items()):
        style = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
        x, y = _line(x, name), np.atleast_2d(_array(y, name))
        axes.plot(x, y.mean(axis=0), ms=4, lw=1.6, **style)
        axes.fill_between(x, y.min(axis=0), y.max(axis=0), color=style["color"], alpha=0.15, lw=0)
        low = len(lines) - 1 - place
        strip = np.concatenate(list(_pictures(strips[name], f"the strip {name!r}")), axis=1)
        side.imshow(strip, extent=(0.26, 1, low + 0.03, low + 0.97), aspect="auto", interpolation="nearest")
        side.plot([0.015], [low + 0.5], ms=7, **style)
        text = f"{name}\n{y[:, -1].mean():.1f}"
        side.text(0.045, low + 0.5, text, va="center", fontsize=9.5, color=style["color"])
    axes.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
    _plain_numbers(axes.xaxis)
    _plain_numbers(axes.yaxis)
    axes.set_title(title, fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, which="both")
    side.set(xlim=(0, 1), ylim=(0, len(lines)))
    side.set_axis_off()
    return figure


@_own_style()
def clouds(groups, *, title, limit, centres=None, columns=4):
    """Points of a plane, one panel a group, all on the same scale.

    groups: {"name": points (n, 2), ...}; the name becomes the panel's title and may have two lines.
    limit: every panel runs from -limit to limit along both axes; points outside it are not seen.
    centres: (k, 2), marked by crosses in every panel.
    """
    if not groups:
        raise ValueError("plots.clouds needs at least one group: {'name': points}")
    rows = -(-len(groups) // columns)
    figure = Figure(figsize=(2.1 * columns, 2.4 * rows + 0.4), dpi=DPI, layout="constrained")
    figure.suptitle(title, fontsize=11)
    for index, (name, points) in enumerate(groups.items()):
        points = _array(points, name)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"{name!r} has the shape {points.shape}, not (n, 2)")
        axes = figure.add_subplot(rows, columns, index + 1)
        if centres is not None:
            axes.scatter(*np.asarray(centres).T, s=40, marker="+", color=COLOURS[1], lw=1, zorder=3)
        axes.scatter(*points.T, s=3, alpha=0.4, lw=0, color=COLOURS[0])
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
        axes.set_title(name, fontsize=9)
        axes.tick_params(labelsize=7)
        axes.set_xlabel("x₁", fontsize=8, labelpad=0)
        axes.set_ylabel("x₂", fontsize=8, labelpad=-4)
    return figure


def _axes(xlabel, ylabel, title, size=(7, 3.8)):
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, loc="left", wrap=True)
    axes.set_xlabel(xlabel or "")
    axes.set_ylabel(textwrap.fill(ylabel or "", round(12 * size[1])))  # a longer line would be cut off
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _plain_numbers(axis):
    """Labels a logarithmic axis with 30 and not 3 × 10¹, and a short one more densely."""
    low, high = axis.get_view_interval()
    digits = "235" if high < 30 * low else "25" if high < 1000 * low else ""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in digits else "")


def _line(values, name):
    values = _array(values, name)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{name!r} has the shape {values.shape}, not (n,) with n at least 1")
    return values.astype("float64")
