"""Figures: what they hold, what they refuse, and how a notebook shows them."""

import io
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from PIL import Image

from course_lib import plots

pytestmark = pytest.mark.tensorflow

RANDOM = np.random.default_rng(0)
TEXT = {"xlabel": "step", "ylabel": "loss (nats)", "title": "Losses"}


def stored(figure):
    return Image.open(io.BytesIO(plots._webp(figure))).convert("RGB")


def pixels(figure):
    """What is stored of a figure, at a pixel of the page each."""
    return np.asarray(stored(figure))[:: plots.SHARPNESS, :: plots.SHARPNESS]


def drawn(figure):
    """What matplotlib draws, at the resolution that is stored."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=plots.SHARPNESS * plots.DPI, facecolor="white")
    return np.asarray(Image.open(content).convert("RGB"))


def pictures(n=6, size=28, channels=1):
    return RANDOM.integers(0, 256, (n, size, size, channels), dtype="uint8")


# ------------------------------------------------------------------------------------- pictures


def test_grid_shows_every_pixel_at_a_whole_scale():
    image = pictures(1, size=5, channels=3)
    shown = pixels(plots.grid(image))
    large = image[0].repeat(11, axis=0).repeat(11, axis=1)  # 56 pixels is the size aimed at
    assert contains(shown, large)


@pytest.mark.parametrize(
    ("n", "size", "title"), [(1, 3, None), (3, 7, "x" * 33), (11, 28, "x"), (5, 61, None)]
)
def test_stored_pixels_are_whole_multiples_too_and_begin_with_a_pixel_of_the_page(n, size, title):
    image = pictures(n, size=size)
    scale = plots.SHARPNESS * max(1, round(56 / size))
    shown = np.asarray(stored(plots.grid(image, title=title)))
    assert shown.shape[0] % plots.SHARPNESS == 0 and shown.shape[1] % plots.SHARPNESS == 0
    large = np.broadcast_to(image[0], (size, size, 3)).repeat(scale, axis=0).repeat(scale, axis=1)
    assert contains(shown, large)
    assert contains(
        shown[:: plots.SHARPNESS, :: plots.SHARPNESS], large[:: plots.SHARPNESS, :: plots.SHARPNESS]
    )


@pytest.mark.parametrize(
    ("n", "size", "label", "scale", "beside"),
    [
        (14, 28, None, 3, False),  # columns of 42 pixels of the page, not of 56
        (12, 28, "a long name of a row", 4, False),
        (16, 28, "short", 3, True),
        (16, 28, "a name that is too long", 3, False),
        (12, 64, "label", 2, False),
        (10, 61, "label", 2, True),
        (15, 48, "film 1, garments: 2", 2, False),
        (9, 15, "label", 8, True),
    ],
)
def test_wide_rows_fit_the_page_in_whole_stored_pixels_below_or_beside_their_labels(
    n, size, label, scale, beside
):
    rows = {label or "a": pictures(n, size=size), f"{label} 2": pictures(n, size=size)}
    figure = plots.pairs(rows) if label else plots.grid(rows["a"], columns=n)
    shown = np.asarray(stored(figure))
    assert shown.shape[1] <= plots.SHARPNESS * plots.WIDEST
    for images in list(rows.values())[: 2 if label else 1]:
        for image in images[[0, 1, -1]]:
            assert contains(
                shown, np.broadcast_to(image, (size, size, 3)).repeat(scale, axis=0).repeat(scale, axis=1)
            )
    figure.draw_without_rendering()
    image = figure.axes[0].images[0].get_window_extent()
    for text in figure.axes[0].texts:
        words = text.get_window_extent()
        assert words.x0 >= 0 and (words.x1 <= image.x0) == beside


@pytest.mark.parametrize(
    "figure",
    [
        plots.race({"a": ([1, 2], [[3, 1]])}, {"a": pictures(3)}, **TEXT),
        plots.clouds({str(i): RANDOM.normal(size=(9, 2)) for i in range(4)}, title="Four", limit=2),
        plots.boxes(pictures(4, size=16), [np.zeros((0, 4))] * 4, title="Four"),
        plots.grid(pictures(64, size=64), columns=64),  # nothing fits: smaller all the same
        plots.Figure(figsize=(12, 3)),
        plots.Figure(figsize=(8.401, 3), dpi=72),
        plots.Figure(figsize=(8.4, 3)),
        plots.Figure(figsize=(200, 1)),
    ],
)
def test_no_figure_is_wider_than_a_page(figure):
    shown = stored(figure)
    assert shown.width <= plots.SHARPNESS * plots.WIDEST and shown.width % plots.SHARPNESS == 0
    wanted = figure.get_figheight() / figure.get_figwidth()
    assert abs(shown.height - wanted * shown.width) <= plots.SHARPNESS


def contains(big, small):
    """Whether `small` is a part of `big`; all places compared at once would take gigabytes."""
    windows = np.lib.stride_tricks.sliding_window_view(big, small.shape)[:, :, 0]
    corner = (windows[:, :, 0, 0] == small[0, 0]) & (windows[:, :, -1, -1] == small[-1, -1])
    places = np.argwhere(corner.all(axis=-1))
    return any(np.array_equal(windows[y, x], small) for y, x in places)


def test_floats_are_drawn_like_the_uint8_they_stand_for():
    images = pictures(4, channels=3)
    signed = images.astype("float32") / 127.5 - 1
    np.testing.assert_array_equal(pixels(plots.grid(images)), pixels(plots.grid(signed)))


def test_tensors_are_drawn_like_arrays():
    from keras import ops

    images = pictures(2).astype("float32") / 127.5 - 1
    tensor = ops.convert_to_tensor(images)
    np.testing.assert_array_equal(pixels(plots.grid(images)), pixels(plots.grid(tensor)))


def test_grid_of_64_pictures_is_small():
    ramp = np.linspace(-1, 1, 64 * 28 * 28).reshape(64, 28, 28, 1)
    noise = np.clip(ramp + RANDOM.normal(0, 0.1, ramp.shape), -1, 1)
    figure = plots.grid(noise, title="Sixty-four samples")
    assert len(plots._webp(figure)) < 75_000  # noise; four times the pixels of a PNG of 56,487 bytes
    assert plots._webp(figure) == plots._webp(figure)


def test_an_incomplete_row_stays_white():
    shown = pixels(plots.grid(np.zeros((5, 8, 8, 1), "uint8"), columns=4))
    assert (shown[-20:, -20:] == 255).all()


def test_captions_and_titles_are_drawn():
    figure = plots.grid(pictures(3), captions=["one", "two", "three"], title="Numbers")
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert {"one", "two", "three"} <= texts
    assert figure.texts[0].get_text() == "Numbers"


def test_a_long_title_is_not_cut():
    title = "Photographs that the painters never saw, each in one pass"
    figure = plots.pairs({"trained here": pictures(2)}, title=title)
    figure.draw_without_rendering()
    assert figure.texts[0].get_window_extent().x1 <= figure.bbox.x1


def test_pairs_stand_in_labelled_rows():
    rows = {"sample": pictures(4), "nearest": pictures(4, channels=3)}
    figure = plots.pairs(rows, captions=["a", "b", "c", "d"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {"sample", "nearest", "a", "d"} <= set(texts)


@pytest.mark.parametrize(
    ("images", "part"),
    [
        (np.zeros((28, 28, 1), "uint8"), r"pass images\[None\]"),
        (np.zeros((9, 28, 28), "uint8"), r"pass images\[\.\.\., None\]"),
        (np.zeros((28, 28), "uint8"), "not \\(n, height, width, 1 or 3\\)"),
        (np.zeros((2, 28, 28, 4), "uint8"), "not \\(n, height, width, 1 or 3\\)"),
        (np.zeros((0, 28, 28, 1), "uint8"), "nothing to draw"),
        (np.zeros((2000, 2, 2, 1), "uint8"), r"images\[:64\]"),
        (np.full((1, 4, 4, 1), np.nan), "not finite"),
        (np.full((1, 4, 4, 1), np.inf), "not finite"),
        (np.full((1, 4, 4, 1), 255.0), r"from 255 to 255, but must lie in \[-1, 1\]"),
        (np.full((1, 4, 4, 1), -2.0), r"must lie in \[-1, 1\]"),
        (np.zeros((1, 4, 4, 1), "int64"), "int64: pictures are uint8 or float"),
        ([np.zeros((4, 4, 1)), np.zeros((5, 5, 1))], "different shapes"),
        (["a", "b"], "not \\(n, height|not numbers"),
        ([None], "not numbers"),
    ],
)
def test_unfit_pictures_are_refused(images, part):
    with pytest.raises((ValueError, TypeError), match=part) as caught:
        plots.grid(images)
    assert "\n" not in str(caught.value)


def test_counts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 captions do not fit 6 pictures"):
        plots.grid(pictures(), captions=["a", "b"])
    with pytest.raises(ValueError, match="columns must be at least 1"):
        plots.grid(pictures(), columns=0)
    with pytest.raises(ValueError, match="the row 'b' has the shape"):
        plots.pairs({"a": pictures(4), "b": pictures(3)})
    with pytest.raises(ValueError, match="the row 'b' has the shape"):
        plots.pairs({"a": pictures(4), "b": pictures(4, size=32)})
    with pytest.raises(ValueError, match="3 captions do not fit 4 columns"):
        plots.pairs({"a": pictures(4)}, captions=["x"] * 3)
    with pytest.raises(ValueError, match="at least one row"):
        plots.pairs({})


# ----------------------------------------------------------------------------------- statistics


def test_curves_hold_their_lines_labels_and_floor():
    lines = {"generator": [3, 2, 1.0], "discriminator": ([0, 10], [1.0, 1.5])}
    bands = {"generator": ([2, 1, 0], [4, 3, 2])}
    figure = plots.curves(lines, **TEXT, floor=0.5, floor_label="real", bands=bands)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss (nats)")
    assert axes.get_title(loc="left") == "Losses"
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["generator", "discriminator", "real"]
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0, 1, 2])
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [0, 10])
    assert len(axes.collections) == 1
    pixels(figure)


def test_a_loss_that_stops_being_a_number_is_said_in_the_legend():
    figure = plots.curves({"loss": ([0, 5, 10], [1, np.nan, np.inf]), "other": [1, 2]}, **TEXT)
    assert "loss (not finite at step 5)" in figure.axes[0].get_legend().get_texts()[0].get_text()


def test_log_axis():
    axis = plots.curves({"a": [1, 10, 60]}, **TEXT, log=True).axes[0].yaxis
    assert axis.get_scale() == "log"
    assert (axis.get_major_formatter()(10, 0), axis.get_minor_formatter()(20, 0)) == ("10", "20")
    assert axis.get_minor_formatter()(40, 0) == ""
    with pytest.raises(ValueError, match="leave log=True out"):
        plots.curves({"a": [0, 10]}, **TEXT, log=True)


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        ({}, "at least one line"),
        ({"a": []}, "'a' has the shape"),
        ({"a": [[1, 2]]}, "'a' has the shape"),
        ({"a": ([1, 2], [1, 2, 3])}, "2 x values and 3 y values"),
        ({"a": [np.nan, np.nan]}, "no finite value"),
    ],
)
def test_unfit_curves_are_refused(lines, part):
    with pytest.raises(ValueError, match=part):
        plots.curves(lines, **TEXT)


def test_a_band_needs_its_line():
    with pytest.raises(ValueError, match="no line of that name"):
        plots.curves({"a": [1]}, **TEXT, bands={"b": ([1], [2])})


def test_bars_hold_counts_and_the_expected_level():
    names = ["Trouser", "Bag"]
    figure = plots.bars(names, [3, 4], ylabel="samples", title="Counts", expected=3.5)
    axes = figure.axes[0]
    assert [bar.get_height() for bar in axes.patches] == [3, 4]
    assert axes.lines[0].get_ydata()[0] == 3.5
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    two = plots.bars(names, {"GAN": [3, 4], "VAE": [1, 2]}, ylabel="samples", title="Counts")
    assert len(two.axes[0].patches) == 4
    with pytest.raises(ValueError, match="3 values do not fit 2 names"):
        plots.bars(names, [1, 2, 3], ylabel="samples", title="Counts")
    with pytest.raises(ValueError, match="not finite"):
        plots.bars(names, [1, np.nan], ylabel="samples", title="Counts")


LONG = [
    "steps_per_execution",
    "half the channels",
    "batches of 128 for 32 (convolutional)",
    "XLA",
    "bfloat16",
]


def test_bars_with_long_names_lie_on_their_side_the_first_on_top():
    spread = ([1, 1, 2, 3, 4], [2, 3, 5, 4, 6])
    figure = plots.bars(
        LONG, [1, 2, 3, 4, 5], ylabel="times as fast", title="Ways", expected=1.5, spread=spread, xlabel="way"
    )
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [1, 2, 3, 4, 5]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("times as fast", "way")
    assert list(axes.lines[-1].get_xdata()) == [1.5, 1.5]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [name.replace("\n", " ") for name in names] == LONG and "\n" in names[2]
    assert axes.yaxis_inverted() and not any(label.get_rotation() for label in axes.get_yticklabels())
    reach = axes.collections[0].get_segments()
    np.testing.assert_allclose([line[:, 0] for line in reach], np.transpose(spread))
    figure.draw_without_rendering()
    assert axes.get_legend().get_window_extent().y0 >= axes.patches[0].get_window_extent().y1  # hides none


def test_names_that_fit_in_lines_leave_bars_upright():
    names = ["codes of test pictures", "standard normal codes", "codes of a fitted Gaussian"]
    axes = plots.bars(names, {"a": [1, 2, 3], "b": [3, 2, 1]}, ylabel="distance", title="Codes").axes[0]
    assert [bar.get_height() for bar in axes.patches] == [1, 2, 3, 3, 2, 1]
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert [name.replace("\n", " ") for name in shown] == names
    assert not any(label.get_rotation() for label in axes.get_xticklabels())


def test_a_spread_needs_a_single_series():
    with pytest.raises(ValueError, match="one series of bars, not to 2"):
        plots.bars(["a"], {"x": [1], "y": [2]}, ylabel="n", title="t", spread=([0], [3]))


def test_a_long_label_of_the_upright_axis_has_several_lines():
    figure = plots.bars(
        ["a", "b"], [1, 2], ylabel="bits a pixel more than the other one needs " * 2, title="t"
    )
    label = figure.axes[0].yaxis.label
    assert "\n" in label.get_text()
    figure.draw_without_rendering()
    box = label.get_window_extent()
    assert box.y0 >= 0 and box.y1 <= figure.bbox.height


def test_latent_map_names_its_classes_in_place():
    codes = np.concatenate([RANDOM.normal(m, 0.1, (20, 2)) for m in range(10)])
    names = [f"class {index}" for index in range(10)]
    figure = plots.latent_map(codes, np.repeat(np.arange(10), 20), names, title="Codes")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == names
    looks = {
        (tuple(points.get_facecolor()[0]), points.get_paths()[0].vertices.tobytes())
        for points in axes.collections
    }
    assert len(looks) == 10  # no two classes have both the colour and the shape in common
    assert len({colour for colour, _ in looks}) == 10  # nor the colour alone
    pixels(figure)


def test_latent_map_draws_a_named_circle():
    codes = np.array([[0.0, 1.0], [2.0, 0.0]])
    figure = plots.latent_map(codes, [0, 1], title="Codes", circle=(2.4, "most random codes"))
    (circle,) = figure.axes[0].patches
    assert circle.get_radius() == 2.4 and circle.get_center() == (0, 0)
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["most random codes"]


def test_unfit_codes_are_refused():
    with pytest.raises(ValueError, match="choose two dimensions"):
        plots.latent_map(np.zeros((5, 3)), np.zeros(5, int), title="Codes")
    with pytest.raises(ValueError, match="4 labels do not fit 5 codes"):
        plots.latent_map(np.zeros((5, 2)), np.zeros(4, int), title="Codes")
    with pytest.raises(ValueError, match="finite"):
        plots.latent_map(np.full((5, 2), np.nan), np.zeros(5, int), title="Codes")


def test_latent_grid_has_the_second_code_upwards():
    def decode(codes):
        assert codes.shape == (9, 2) and codes.dtype == np.float32
        z1, z2 = codes[:, 0] / 2, codes[:, 1] / 2
        images = np.stack([z1, z2, -np.ones(9)], axis=1)
        return np.broadcast_to(images[:, None, None, :], (9, 4, 4, 3))

    figure = plots.latent_grid(decode, limit=2, steps=3, title="Plane")
    shown = figure.axes[0].images[0].get_array()
    assert shown.shape == (12, 12, 3)
    np.testing.assert_array_equal(shown[0, 0], [0, 255, 0])  # top left: z1 = -2, z2 = 2
    np.testing.assert_array_equal(shown[-1, -1], [255, 0, 0])
    with pytest.raises(ValueError, match="decode made 2 pictures of 9 codes"):
        plots.latent_grid(lambda codes: pictures(2), steps=3, title="Plane")


# -------------------------------------------------------------------------------------- showing


def test_outside_a_notebook_show_is_quiet(capfd):
    assert plots.show(plots.grid(pictures()), alt="Six pictures of noise.") is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("alt", ["", "  ", None, 3])
def test_a_figure_needs_words(alt):
    with pytest.raises(ValueError, match="alt"):
        plots.show(plots.grid(pictures()), alt=alt)


def test_show_closes_a_learners_pyplot_figure():
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    figure, _ = plt.subplots()
    plots.show(figure, alt="An empty axes.")
    assert plt.get_fignums() == before


def test_import_loads_no_backend_and_no_pyplot():
    code = (
        "import sys, course_lib.plots\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib.pyplot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "figure",
    [
        plots.curves({"a": np.cumsum(RANDOM.normal(size=300)), "b": [1, 2]}, **TEXT),
        plots.bars(["Trouser", "Bag"], {"GAN": [3, 4], "VAE": [1, 2]}, ylabel="samples", title="Counts"),
        plots.latent_map(RANDOM.normal(size=(9000, 2)), RANDOM.integers(0, 10, 9000), title="Codes"),
        plots.matrix([[1000, 0], [12, 3]], ["bag", "coat"], xlabel="said", ylabel="is", title="Who is who"),
        plots.grid(pictures(24), title="Grey"),
        plots.grid(pictures(4, channels=3), title="Colour"),
    ],
)
def test_lines_words_and_small_pictures_are_stored_as_they_were_drawn(figure):
    np.testing.assert_array_equal(np.asarray(stored(figure)), drawn(figure))


def photographs():
    """Eight colour pictures with many soft tones, and a little grain."""
    y, x = np.mgrid[:96, :144] / 96
    waves = [np.sin(3 * (x * a + y * b) + c) for a, b, c in RANDOM.normal(size=(24, 3)) * 2]
    images = np.stack(waves).reshape(8, 3, 96, 144).transpose(0, 2, 3, 1)
    return np.clip(0.9 * images + RANDOM.normal(0, 0.03, images.shape), -1, 1)


def test_photographs_take_less_room_and_show_no_steps():
    figure = plots.grid(photographs(), columns=4, title="Soft tones")
    lossless = io.BytesIO()
    stored(figure).save(lossless, format="png", optimize=True)
    assert len(plots._webp(figure)) < len(lossless.getvalue()) / 2
    error = np.abs(np.asarray(stored(figure), "float32") - drawn(figure))
    assert error.mean() < 3
    tones = np.asarray(stored(figure))[100:250, 100:250].reshape(-1, 3)
    assert len(np.unique(tones, axis=0)) > 4096


def test_names_on_a_map_keep_apart():
    codes = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.05], [4.0, 4.0], [-4.0, -4.0]]).repeat(3, axis=0)
    figure = plots.latent_map(codes, np.arange(5).repeat(3), title="Names")
    places = np.array([text.get_position() for text in figure.axes[0].texts])
    heights = np.sort(places[:3, 1])
    assert (np.diff(heights) > 0.3).all()
    np.testing.assert_allclose(places[3:], [[4, 4], [-4, -4]])


# ------------------------------------------------------------------------------ boxes and tables


def test_boxes_stand_on_the_edges_of_the_pixels_that_they_name():
    dark = np.zeros((1, 20, 20, 1), "uint8")
    figure = plots.boxes(dark, [np.array([[5, 8, 15, 12]])], title="One box", names=[["bag"]])
    (axes,) = figure.axes
    (patch,) = axes.patches
    assert patch.get_bbox().extents.tolist() == [5, 8, 15, 12]
    assert axes.images[0].get_extent() == [0, 20, 20, 0]  # pixel 5 reaches from 5 to 6
    assert [text.get_text() for text in axes.texts] == ["bag"]


def test_boxes_draws_nothing_where_nothing_was_found_and_dashes_where_it_should_have_been():
    nothing = np.zeros((0, 4))
    figure = plots.boxes(
        pictures(2, size=16), [nothing, nothing], right=[[[1, 1, 5, 5]], nothing], title="Missed"
    )
    assert [len(axes.patches) for axes in figure.axes] == [1, 0]
    assert figure.axes[0].patches[0].get_linestyle() != "solid"


def test_boxes_refuses_lists_that_do_not_fit_the_pictures():
    with pytest.raises(ValueError, match="found holds 1 lists, but there are 2 pictures"):
        plots.boxes(pictures(2, size=16), [np.zeros((0, 4))], title="Too few")


def test_matrix_writes_every_number_but_zeros():
    figure = plots.matrix(
        [[1000, 0], [12, 3]], ["bag", "coat"], xlabel="said", ylabel="is", title="Who is who"
    )
    (axes,) = figure.axes
    assert sorted(text.get_text() for text in axes.texts) == ["1,000", "12", "3"]
    with pytest.raises(ValueError, match="2 names need a square"):
        plots.matrix([[1, 2, 3]], ["a", "b"], xlabel="x", ylabel="y", title="No square")


# ----------------------------------------------------------------------------------- a learner's own style

STYLES = {
    "dark": "dark_background",
    "small": {"figure.dpi": 30, "savefig.dpi": 30, "font.size": 3, "font.family": "no such font"},
    "cut": {"savefig.bbox": "tight", "savefig.transparent": True, "figure.autolayout": True},
    "tex": {"text.usetex": True},
    "bare": {"axes.grid": True, "axes.spines.left": False, "image.cmap": "jet", "image.origin": "lower"},
    "lines": {"lines.linewidth": 9, "legend.loc": "center", "axes.prop_cycle": "cycler('color', ['w'])"},
}


def drawn_in(style):
    """Figures as the course shows them, drawn while matplotlib has a style of the learner's."""
    import matplotlib.style

    with matplotlib.style.context(style):
        before = dict(matplotlib.rcParams)
        own = plots.Figure(figsize=(3, 2), layout="constrained")  # as a lesson makes one itself
        axes = own.add_subplot()
        axes.set(title="t", xlabel="x", ylabel="y")
        axes.plot([1, 2])
        axes.text(0, 1, "here")
        own.suptitle("Both")
        changed = plots.curves({"a": [1, 2], "b": [3, 1]}, xlabel="x", ylabel="y", title="t")
        changed.axes[0].set_xticks(range(2))
        changed.axes[0].legend(frameon=False)
        changed.axes[0].axhline(2)
        figures = [
            changed,
            plots.curves({"a": [1, 2], "b": [3, 1]}, xlabel="x", ylabel="y", title="t", log=True),
            plots.bars(["a", "b"], [1, 2], ylabel="n", title="t", expected=1.5),
            plots.grid(np.zeros((2, 8, 8, 1), np.uint8), title="t", captions=["a", "b"]),
            plots.matrix([[1, 2], [3, 4]], ["a", "b"], xlabel="x", ylabel="y", title="t"),
            own,
        ]
        shown = [np.asarray(stored(figure)) for figure in figures]
        assert dict(matplotlib.rcParams) == before, "the learner's own settings were changed"
    return shown


@pytest.fixture(scope="module")
def plain():
    return drawn_in("default")


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_figures_look_the_same_in_every_style(plain, style):
    for figure, wanted in zip(drawn_in(style), plain, strict=True):
        assert figure.shape == wanted.shape and (figure == wanted).all()


def test_a_figure_of_the_course_takes_every_kind_of_axes():
    figure = plots.Figure()
    axes = [figure.add_subplot(polar=True), *figure.subplots(1, 2), figure.add_axes((0, 0, 1, 1))]
    assert figure.axes == axes
    assert figure.add_axes(axes[0]) is axes[0]


def test_a_learners_own_figure_keeps_the_learners_style():
    import matplotlib.pyplot as plt
    import matplotlib.style

    with matplotlib.style.context("dark_background"):
        figure, axes = plt.subplots(figsize=(2, 2))
        axes.set_title("white words")
        picture = np.asarray(stored(figure))
    plt.close(figure)
    assert (picture[2, 2] == 0).all() and (picture == 255).all(axis=-1).any()


def test_a_figure_without_a_background_is_shown_on_white():
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(1, 1), facecolor="none")
    plt.close(figure)
    assert (np.asarray(stored(figure)) == 255).all()


def test_a_film_that_is_none_gets_a_sentence(tmp_path):
    page = tmp_path / "page.gif"
    page.write_text("<html>404</html>")
    with pytest.raises(ValueError, match="page.gif' is no GIF, PNG or WebP: callbacks.save_gif"):
        plots.show_film(page, alt="A page.")
    with pytest.raises(ValueError, match="this is no GIF"):
        plots.show_film(b"", alt="Nothing.")
    with pytest.raises(ValueError, match="plots.show_film needs alt='…', a sentence that says what the film"):
        plots.show_film(page, alt=" ")
    with pytest.raises(FileNotFoundError, match="none.gif"):
        plots.show_film(tmp_path / "none.gif", alt="None.")


def test_on_a_logarithmic_axis_points_stand_in_place_of_bars():
    names = [f"a name that is far too long to stand under its own bar {k}" for k in range(6)]
    figure = plots.bars(names, [3, 10, 30, 80, 100, 300], ylabel="far", title="t " * 80, log=True)
    (axes,) = figure.axes
    figure.canvas.draw()
    assert axes.get_xscale() == "log" and not axes.patches
    written = {text.get_text() for text in axes.get_xticklabels(which="both")} - {""}
    assert {"10", "100"} <= written and not any("^" in text for text in written)
    assert axes.title.get_window_extent().x1 <= figure.bbox.x1 + 1  # a long title is folded
    with pytest.raises(ValueError, match="not positive everywhere"):
        plots.bars(names, [0, 1, 2, 3, 4, 5], ylabel="far", title="t", log=True)


def test_every_series_of_bars_has_its_own_spread():
    spread = {"a": ([1, 1], [3, 3]), "b": ([0, 2], [4, 6])}
    figure = plots.bars(["x", "y"], {"a": [2, 2], "b": [1, 4]}, ylabel="n", title="t", spread=spread)
    reaches = [bar[2][0].get_segments() for bar in figure.axes[0].containers if len(bar) == 3]
    ends = [[segment[:, 1].tolist() for segment in one] for one in reaches]
    assert ends == [[[1, 3], [1, 3]], [[0, 4], [2, 6]]]


def test_curves_may_be_logarithmic_along_x_alone():
    lines = {"a": ([1, 10, 100], [-1, 0, 1])}
    axes = plots.curves(lines, xlabel="seconds", ylabel="gain", title="t", log="x").axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    both = plots.curves({"a": ([1, 10], [2, 20])}, xlabel="x", ylabel="y", title="t", log="both").axes[0]
    assert (both.get_xscale(), both.get_yscale()) == ("log", "log")
