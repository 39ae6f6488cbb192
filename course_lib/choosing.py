"""Which model for which problem: what the lessons measured, put in the order in which one would try it.

No number of a measurement stands here. They are read from the results of the lessons when they are asked for
(`results.recorded`), so that they are as new as those; where results are not there, the text says so.
"""

from __future__ import annotations

import html
import textwrap
from typing import NamedTuple

from course_lib import contents, plots, results

AMOUNTS = {  # what somebody may say of their pictures, and how many that is
    "one": 1,
    "about ten": 10,
    "about a hundred": 100,
    "about a thousand": 1000,
    "ten thousand and more": 10_000,
}
TIMES = {  # seconds of training on two cores
    "no training": 0,
    "a minute": 60,
    "ten minutes": 600,
    "an hour and more": 3600,
}
NOT_HERE = "not measured here"
SCOREBOARD = "one_scoreboard"


class Number(NamedTuple):
    """A number that a lesson recorded: how it is said, and where it stands."""

    form: str  # "distance {:.1f}"
    place: tuple  # (lesson, key, keys into its value …)


class Way(NamedTuple):
    """One way to a goal. `pictures` and `seconds` are the order of what it was seen to work with."""

    problem: str
    model: str
    pictures: int
    seconds: int
    reason: str
    numbers: tuple


def _one(form, lesson, *keys):
    return Number(form, (lesson, *keys))


def _scored(entrant):
    """The distance on the scoreboard: all entrants with the same pictures, judge and seconds."""
    return _one("distance {:.1f}", SCOREBOARD, "scores", entrant, "distance")


_ORDER, _SPACE, _BOUND = "pictures_on_request", "a_space_of_pictures", "likelihood_and_collapse"
_FILM, _TURN, _ROWS = "the_next_frame", "turning_and_sliding", "completing_and_restoring"
_NAME, _RESTORE = "name_it_find_it_judge_it", "restoring_photographs"
_OUTLINE, _STYLE = "from_outline_to_picture", "the_look_of_a_painting"

# The order inside a problem is the order in which to try. Pictures: the smallest of AMOUNTS with which a
# lesson saw the way work. Seconds: the smallest of TIMES in which a lesson trained it.
WAYS = (
    Way("make new pictures", "GAN, convolutional", 10_000, 60, "as many weights as the dense one, much more "
        "arithmetic", (_scored("DCGAN"),)),
    Way("make new pictures", "GAN, dense", 10_000, 60, "many cheap steps in little time; small grey pictures "
        "only", (_scored("dense GAN"),)),
    Way("make new pictures", "LSTM over rows, pixel by pixel", 10_000, 60, "no adversary; draws slowly",
        (_scored("row LSTM"), _one("{:.0f} ms a picture", SCOREBOARD, "costs_row LSTM", "milliseconds"))),
    Way("make new pictures", "autoencoder, and a Gaussian of its codes", 10_000, 60, "one loss, which falls; "
        "soft pictures within seconds", (_scored("autoencoder"),)),
    Way("make new pictures", "VAE", 10_000, 60, "a loss of two parts; codes need no fitting",
        (_scored("dense VAE"),)),
    Way("make new pictures", "GAN whose pictures are moved and covered", 1000, 60, "may keep D from "
        "learning them by heart (gap between pictures seen and new ones: undecided)",
        (_one("gap {:.1f}", _ORDER, "copying, hundreds, changed", "gap"),
         _one("unchanged {:.1f}", _ORDER, "copying, hundreds, unchanged", "gap"))),
    Way("make pictures to order", "conditional GAN", 1000, 60, "the label goes into both networks",
        (_one("kind kept {:.2f}", _ORDER, "order_kept_kind"),)),
    Way("make pictures to order", "conditional VAE", 10_000, 60, "told loudly, or the code keeps the label",
        (_one("kind kept {:.2f}", _SPACE, "asked_agreement_loud"),)),
    Way("change one thing in a picture", "VAE, conditional", 100, 60, "move the code, hold the rest",
        (_one("error {:.3f}", _SPACE, "hair_error_hair_changed_in_the_code"),
         _one("pasted pixels {:.3f}", _SPACE, "hair_error_hair_changed_in_pixels"))),
    Way("complete a picture, or say how likely it is", "LSTM over rows, pixel by pixel", 10_000, 600,
        "an exact likelihood, and a different ending each time",
        (_one("{:.2f} bits a pixel", _ROWS, "bits_shipped_painter"), _one("PNG {:.2f}", _ROWS, "bits_PNG"))),
    Way("complete a picture, or say how likely it is", "VAE", 10_000, 60, "a bound, in one pass",
        (_one("at most {:.2f} bits a pixel", _BOUND, "bits_per_pixel"), _one("PNG "
         "{:.2f}", _BOUND, "bits_png"))),
    Way("go on with a film", "geometry: find the motion, repeat it", 1, 0, "where one thing turns or slides",
        (_one("{:.1f} dB", _TURN, "psnr_warp_found_new_garments"),
         _one("last frame kept {:.1f} dB", _TURN, "psnr_last_frame_copied_new_garments"))),
    Way("go on with a film", "network that finds the motion, and warps", 1000, 60, "noisy frames, stiff "
    "motion",
        (_one("{:.1f} dB", _TURN, "psnr_finder_2_new_garments"),
         _one("last frame kept {:.1f} dB", _TURN, "psnr_last_frame_copied_new_garments"))),
    Way("go on with a film", "recurrent convolutions", 1000, 60, "several things, which hide one another",
        (_one("squared error, step 5 {:.3f}", _FILM, "mse_scheduled_5"),
         _one("last frame kept {:.3f}", _FILM, "mse_copy_5"))),
    Way("name what is on a picture", "CNN", 10_000, 60, "a thing keeps its name where it stands elsewhere",
        (_one("right {:.3f}", _NAME, "accuracy_trained"),
         _one("moved by four pixels {:.3f}", _NAME, "right_at_four_live"))),
    Way("find where things are", "CNN with a grid of boxes", 10_000, 60, "one pass, any number of things",
        (_one("average precision {:.2f}", _NAME, "ap_trained_50"),)),
    Way("remove noise from a photo", "thresholded cosines", 1, 0, "patches are few cosines; nothing to train",
        (_one("{:.1f} dB", _RESTORE, "denoise_25_cosines_psnr"),)),
    Way("remove noise from a photo", "U-Net told the level", 10, 600, "patches are many even in ten photos",
        (_one("{:.1f} dB", _RESTORE, "denoise_25_shipped_psnr"),
         _one("{:.1f} dB after 700 steps", _RESTORE, "denoise_25_trained_here_psnr"))),
    Way("enlarge a photo", "one linear filter a sub-pixel place", 10, 0, "solved by least squares in seconds",
        (_one("{:.1f} dB at ×2", _RESTORE, "enlarge_2_linear_filter_psnr"),)),
    Way("enlarge a photo", "U-Net for what bicubic leaves out", 10, 60, "learns a correction",
        (_one("{:.1f} dB at ×2", _RESTORE, "enlarge_2_trained_here_psnr"),)),
    Way("fill a hole in a photo", "biharmonic", 1, 0, "smooth, and nearly as good",
        (_one("SSIM {:.3f}", _RESTORE, "inpaint_biharmonic_ssim_inside"),)),
    Way("fill a hole in a photo", "U-Net", 10, 600, "a little more texture",
        (_one("SSIM {:.3f}", _RESTORE, "inpaint_shipped_ssim_inside"),)),
    Way("turn a drawing into a picture", "U-Net, pixel loss and adversary", 10_000, 60, "the pixel loss "
    "alone paints medians", (_one("distance {:.1f}", _OUTLINE, "frechet, pixels and adversary"),
                           _one("pixels alone {:.1f}", _OUTLINE, "frechet, pixels only"))),
    Way("paint in somebody's style", "change the pixels, by features of a CNN", 1, 0, "one picture at a time",
        (_one("{:.0f} s a picture", _STYLE, "painting_seconds"),)),
    Way("paint in somebody's style", "CNN trained on one style", 10, 60, "paints at once, and more dully",
        (_one("{:.0f} s to train", _STYLE, "painter_seconds"),
         _one("{:.2f} s a picture", _STYLE, "pass_seconds"))),
)  # fmt: skip
PROBLEMS = tuple(dict.fromkeys(way.problem for way in WAYS))


def look_up(lesson: str, key: str, *inner: str) -> int | float | None:
    """A number of a lesson's results: of what it recorded as `key`, the keys `inner` into it.

    Returns:
        The number; None where the results hold none at this place.
    """
    value = _inside(results.recorded(lesson, key), inner)
    return value if isinstance(value, int | float) else None


def _inside(value, keys):
    """What lies at these keys of dicts in dicts; None where nothing does."""
    for name in keys:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def said(number: Number) -> str:
    """A number as it is told, with its interval if it is the scoreboard's: "distance 5.0 (4.9 to 5.1)"."""
    value = look_up(*number.place)
    if value is None:
        return NOT_HERE
    lesson, key, *inner = number.place
    ends = _inside(results.recorded(lesson, key, "interval"), inner) if lesson == SCOREBOARD else None
    return number.form.format(value) + ("" if ends is None else " ({:.1f} to {:.1f})".format(*ends))


def level(way: Way, other: Way) -> bool:
    """Whether the scoreboard left open which of two neighbours stands before the other."""
    entrants = [number.place[2] for one in (way, other) for number in one.numbers[:1] if _is_scored(number)]
    return look_up(SCOREBOARD, "decided", " before ".join(entrants)) == 0


def _is_scored(number):
    return number.place[:2] == (SCOREBOARD, "scores")


def measured(way: Way) -> str:
    """The lesson and the numbers behind a way: "5.1: distance 5.0"; a number that is not there is named."""
    told = dict.fromkeys(said(number) for number in way.numbers)
    return f"{contents.number(way.numbers[0].place[0])}: {', '.join(told)}"


def advise(problem: str, pictures: int, seconds: float) -> list[tuple[Way, str]]:
    """The ways to solve a problem, those that fit first.

    Args:
        problem: one of `PROBLEMS`.
        pictures: how many there are to learn from.
        seconds: how long training may take on two cores; 0 if there is to be none.

    Returns:
        Pairs of a way and what it lacks: "" where nothing.

    Raises:
        ValueError: for a problem that the course does not know; it lists those it knows.
    """
    found = [(way, _lack(way, pictures, seconds)) for way in WAYS if way.problem == problem]
    if not found:
        raise ValueError(f"There is no problem {problem!r}: choose one of {', '.join(PROBLEMS)}.")
    return sorted(found, key=lambda pair: bool(pair[1]))


def answer(problem: str, amount: str, time: str) -> str:
    """The advice as HTML, for an amount of `AMOUNTS` and a time of `TIMES`."""
    found = advise(problem, AMOUNTS[amount], TIMES[time])
    lines = [_line(way, lack) for way, lack in found]
    if found[0][1]:
        lines.insert(0, "<b>Nothing that the course tried fits.</b> Nearest:")
    return "<br>".join(lines)


def table() -> list[tuple[str, str, str, str, str]]:
    """Every way as texts: problem, model, pictures, training, what was measured."""
    amounts = {number: name for name, number in AMOUNTS.items()}
    times = {number: name for name, number in TIMES.items()}
    return [
        (way.problem, way.model, amounts[way.pictures], times[way.seconds], measured(way)) for way in WAYS
    ]


QUESTIONS = (
    ("Is there one right answer to each input?", "Yes: a loss between the two. No, or none at all: an "
     "adversary, a distance between distributions, or a code that says which answer. A pixel loss alone "
     "paints an average."),
    ("What does the answer depend on?", "Neighbours, wherever they stand: convolutions. Frames at most k "
     "ago: stack "
     "k frames. Longer, or unknown: a state. A known law (a turn, a blur): compute it, and learn the rest."),
    ("How many pictures are there?", "One to ten: methods without training, or patches. Hundreds: change "
     "what the network sees. Less than that: what it draws may be copied."),
    ("How long may it take?", "On two cores, dense layers are cheap and convolutions are good value. Start "
     "with what needs no training, and keep it as the rival."),
    ("Is it decided?", "Settings on validation pictures, one look at the test set, three seeds, an "
     "interval of the difference. Where it holds 0: not decided."),
)  # fmt: skip


def sheet() -> plots.Figure:
    """One page of A4 for the wall: five questions, and every way with what was measured; black on white."""
    figure = plots.Figure(figsize=(8.27, 11.69), dpi=plots.DPI)
    axes = figure.add_axes((0.055, 0.03, 0.89, 0.945))
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(1, 0))
    line = 0.0126  # height of a line of text

    def write(x, y, text, width=200, size=7.9, **style):
        """Writes text below y, `width` letters to a line; returns the y under it."""
        lines = textwrap.wrap(text, width)
        axes.text(x, y, "\n".join(lines), va="top", fontsize=size, linespacing=1.2, **style)
        return y + line * len(lines)

    write(0, 0, "Choosing a model", size=17, weight="bold")
    y = write(0, 0.026, "Learning to Draw, lesson 5.3. Numbers are those of the lessons named. Distance, "
              "error, bits: lower is better.")  # fmt: skip
    y += 0.006
    for number, (question, advice) in enumerate(QUESTIONS, start=1):
        write(0, y, f"{number}  {question}", weight="bold")
        y = max(write(0.375, y, advice, 79, size=7.6), y + line) + 0.005
    places, widths = (0.012, 0.31, 0.385, 0.49), (34, 9, 12, 64)
    y += 0.004
    header = (
        "to try, in this order (bar: undecided)",
        "pictures",
        "training",
        "what was measured; why",
    )
    for place, text in zip(places, header, strict=True):
        write(place, y, text, style="italic")
    y += line + 0.003
    rows, before, top = table(), None, y
    for way, (problem, model, _, training, number) in zip(WAYS, rows, strict=True):
        if way is next(one for one in WAYS if one.problem == problem):
            axes.plot((0, 1), (y, y), color="black", lw=0.6)
            y = write(0, y + 0.002, problem, size=8.2, weight="bold") + 0.001
        amount = f"{way.pictures:,}" + ("+" if way.pictures == 10_000 else "")
        texts = (model, amount, training, f"{number}; {way.reason}")
        top = top if before and level(before, way) else y
        ends = [write(*cell) for cell in zip(places, (y,) * 4, texts, widths, strict=True)]
        y = max(ends) + 0.001
        if before and level(before, way):
            axes.plot((0.004, 0.004), (top + 0.001, y - 0.002), color="black", lw=1.4)
        before = way
    axes.plot((0, 1), (y, y), color="black", lw=0.6)
    return figure


def _lack(way, pictures, seconds):
    lacks = []
    if pictures < way.pictures:
        lacks.append(f"seen to work with {_name(AMOUNTS, way.pictures)} pictures")
    if seconds < way.seconds:
        lacks.append(f"trained for {_name(TIMES, way.seconds)}")
    return " and ".join(lacks)


def _name(named, number):
    return next(name for name, value in named.items() if value == number)


def _line(way, lack):
    text = f"{way.reason} ({measured(way)})"
    if lack:
        return f"&#9675; {html.escape(way.model)}: <i>{html.escape(lack)}</i>"
    return f"&#9679; <b>{html.escape(way.model)}</b>: {html.escape(text)}"
