"""Two lessons in JupyterLab, all cells run in smoke; then what a hand does in them, and a restart.

2.2 has explorers with sliders, 6.1 a sheet to draw on, both exercises and figures.
"""

import json
import re

import pytest
from playwright.sync_api import expect

from lab_page import HERE, LAPTOP, output, pixels, until

pytestmark = pytest.mark.browser

EXPLORERS = "02_vae/2_a_space_of_pictures.ipynb"
SHEET = "06_challenges/1_what_a_unit_does.ipynb"
WINDOWS = {
    "a laptop": {"width": 1280, "height": 800},
    "enlarged by half": {"width": 933, "height": 600},  # 1400 × 900 at 150 %, in the page's own pixels
}


@pytest.fixture(scope="module")
def both(lab):
    """Both lessons after Run → Run All Cells, at the same time: (with explorers, with the sheet)."""
    lessons = [lab.open(lab.copy(path)) for path in (EXPLORERS, SHEET)]
    for lesson in lessons:
        lesson.run_all()
    for lesson in lessons:
        lesson.has_run()
    return lessons


@pytest.fixture
def explorers(both):
    return both[0].show()


@pytest.fixture
def sheet(both):
    """The cell with the sheet, in view."""
    cell = both[1].show().cell_with("widgets.Sheet(")
    cell.locator("canvas").hover()
    return cell


@pytest.fixture(params=WINDOWS.values(), ids=WINDOWS)
def narrow(request, lab):
    """The lessons in a smaller window."""
    lab.page.set_viewport_size(request.param)
    yield
    lab.page.set_viewport_size(LAPTOP)


def shown_pictures(lesson):
    """Of every picture among the outputs: alt, natural size, size on the page, whether pixels are squares."""
    lesson.show()
    return lesson.node.locator(".jp-OutputArea-output img").evaluate_all(
        """(images) => images.map((one) => ({
            alt: one.alt, own: [one.naturalWidth, one.naturalHeight], shown: [one.width, one.height],
            squares: getComputedStyle(one).imageRendering === "pixelated"}))"""
    )


def comes(cell, act):
    """What appears among a cell's outputs while `act()` runs: "picture", or a text."""
    cell.evaluate(
        """(cell) => {
            cell.seen = [];
            cell.watch = new MutationObserver((changes) => {
                for (const one of changes)
                    for (const node of one.type === "attributes" ? [one.target] : one.addedNodes)
                        cell.seen.push(node.tagName === "IMG" || node.querySelector?.("img")
                            ? "picture" : node.textContent);
            });
            cell.watch.observe(cell, {subtree: true, childList: true, attributeFilter: ["src"]});
        }"""
    )
    act()
    return cell.evaluate("(cell) => { cell.watch.disconnect(); return cell.seen; }")


# ------------------------------------------------------------------------------------- run all


def test_run_all_reaches_the_end(both):
    for lesson in both:
        outputs = lesson.outputs()
        assert len(outputs) > 20 and not [one for one in outputs if one["output_type"] == "error"]


def test_every_picture_is_described(both):
    """B1: in the page, where a screen reader finds it; explorers and the sheet included."""
    for lesson in both:
        alts = [one["alt"] for one in shown_pictures(lesson)]
        assert len(alts) >= 10 and all(alt.strip() for alt in alts), f"{lesson.path}: {alts}"


def test_figures_are_sharp_on_a_laptop(both):
    """C4: whole pixels of the figure are whole pixels of the page, so nothing is smoothed."""
    for lesson in both:
        for one in shown_pictures(lesson):
            own, shown = one["own"][0], one["shown"][0]
            assert own % shown == 0 or (shown % own == 0 and one["squares"]), one


def test_no_picture_is_stretched(both):
    """B3: what is painted has the shape of what is drawn."""
    for lesson in both:
        for one in shown_pictures(lesson):
            (w, h), (width, height) = one["own"], one["shown"]
            assert abs(width * h - height * w) <= max(w, h), one


def test_no_printed_line_breaks_inside_a_word(both):
    """C5: JupyterLab breaks a line that is too long wherever the box ends."""
    for lesson in both:
        lesson.show()
        broken = lesson.node.locator(".jp-OutputArea-output pre").evaluate_all(BROKEN)
        assert not broken, f"{lesson.path}: {broken}"


BROKEN = r"""(boxes) => boxes.flatMap((box) => {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), words = [];
    for (let node; (node = walker.nextNode()); )
        for (const word of node.data.matchAll(/\S+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set(Array.from(range.getClientRects(), (one) => Math.round(one.top))).size > 1)
                words.push(word[0]);
        }
    return words;
})"""


def test_explorers_and_sheet_fit_into_the_output(both, narrow):
    """B4: nothing of them is cut off, and nothing lies behind a sideways scroll."""
    for lesson in both:
        lesson.show()
        outside = lesson.node.locator(".jp-OutputArea-output .jupyter-widgets").evaluate_all(
            """(widgets) => widgets.filter((one) => {
                const area = one.closest(".jp-OutputArea-output").getBoundingClientRect();
                const box = one.getBoundingClientRect();
                return box.width && (box.right > area.right + 1 || one.scrollWidth > one.clientWidth + 1);
            }).map((one) => one.className)"""
        )
        assert not outside, f"{lesson.path}: {outside}"


def test_what_can_be_moved_or_seen_has_a_name(both):
    """C7: for a screen reader: slider handles, menus, buttons, pictures, and the canvas."""
    for lesson in both:
        widgets = lesson.show().node.locator(".jp-OutputArea-output:has(.jupyter-widgets)")
        seen = "\n".join(widgets.nth(index).aria_snapshot() for index in range(widgets.count()))
        assert re.search("- (slider|combobox)", seen)
        nameless = re.findall(r"^ *- (?:slider|combobox|button|img|textbox)(?! \").*$", seen, re.M)
        assert not nameless, f"{lesson.path}: {nameless}"


# ------------------------------------------------------------------------------------ exercises

EXERCISE = "def best_picture("
CHECK = "best_picture = check.best_picture("
NEXT = "class CalibratedVAE("


def answered(lesson, source):
    """Writes an answer, runs it, and runs its check; returns where the check answers."""
    lesson.write(EXERCISE, source)
    lesson.run(EXERCISE)
    return lesson.run(CHECK)


def goes_on(lesson):
    """The kernel runs the next thing."""
    lesson.write("from course_lib import runtime", "from course_lib import runtime\n\nprint(6 * 7)")
    expect(lesson.run("from course_lib import runtime")).to_have_text("42\n", timeout=20_000)


def test_an_open_exercise_says_so(explorers):
    expect(output(explorers.cell(CHECK))).to_contain_text(re.compile("^○ .*not attempted yet"))


def test_a_wrong_answer_names_the_mistake(explorers):
    wrong = "def best_picture(code, mean, log_var, pictures):\n    return pictures.mean(axis=0)"
    said = answered(explorers, wrong)
    expect(said).to_contain_text(re.compile(r"^✗ .*weigh\s+them\s+by\s+how\s+likely", re.S))
    assert not said.locator("pre").evaluate_all(BROKEN)  # C5


def test_an_endless_loop_is_stopped(explorers):
    said = answered(
        explorers, "def best_picture(code, mean, log_var, pictures):\n    while True:\n        pass"
    )
    expect(said).to_contain_text(re.compile(r"^✗ .*a\s+loop\s+that\s+never\s+ends", re.S))
    goes_on(explorers)


def test_the_stop_button_ends_a_check(explorers):
    """A4: with a sentence and no traceback; what follows runs, with the course's answer."""
    stop = explorers.node.locator("[data-command='notebook:interrupt-kernel']")
    said = answered(
        explorers, "def best_picture(code, mean, log_var, pictures):\n    while True: pass  # stop me"
    )
    expect(said).to_have_text("")  # what the test before left is gone: the check runs
    stop.click()
    try:
        expect(said).to_contain_text(re.compile(r"^✗ .*you\s+stopped\s+it", re.S), timeout=20_000)
        assert "Traceback" not in said.inner_text()
        goes_on(explorers)
    finally:  # the tests that follow need a kernel
        stop.click()
        explorers.live()


def test_the_right_answer_is_right(explorers, course):
    worked = next((course / "solutions").glob(EXPLORERS))
    cells = ["".join(cell["source"]) for cell in json.loads(worked.read_text(encoding="utf-8"))["cells"]]
    said = answered(explorers, next(source for source in cells if source.startswith(EXERCISE)))
    expect(said).to_contain_text(re.compile("^✓ "))


def test_home_counts_the_exercise_as_solved(lab, course):
    """After the right answer, in the file that JupyterLab opens first."""
    home = course / "my_notebooks" / "home.md"
    assert re.search(r"\b1 of \d+ exercises", home.read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------ explorers


@pytest.fixture
def explorer(explorers):
    """The cell with the first explorer, in view: (the cell, its picture, its sliders' handles)."""
    cell = explorers.cell_with("explorer = widgets.Explorer(")
    return cell, cell.locator(".jp-OutputArea-output img"), cell.get_by_role("slider")


def drag(page, handle, by):
    """Moves something sideways with the mouse."""
    handle.hover()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=5)
    page.mouse.up()


def test_each_slider_changes_the_picture(explorer):
    cell, picture, sliders = explorer
    for index in range(4):
        before = pixels(picture)
        drag(cell.page, sliders.nth(index), 40)
        until(cell.page, lambda before=before: pixels(picture) != before, f"slider {index} moves nothing")


def test_a_slider_follows_the_arrow_keys(explorer):
    cell, picture, sliders = explorer
    before = pixels(picture)
    sliders.nth(0).focus()
    cell.page.keyboard.press("ArrowLeft")
    until(cell.page, lambda: pixels(picture) != before, "the key moves nothing")


def test_back_to_the_start_draws_once(explorer):
    """C15: four sliders jump, and one picture follows."""
    cell, picture, sliders = explorer
    back = cell.get_by_role("button", name="back to the start")
    back.click()
    until(cell.page, lambda: values(sliders) == ["0"] * 4, "the sliders stay where they are")
    start = settled(picture)
    for index in range(4):
        drag(cell.page, sliders.nth(index), 40)
    assert settled(picture) != start

    def go_back():
        back.click()
        until(cell.page, lambda: pixels(picture) == start, "the picture stays as it is")

    assert comes(cell, go_back).count("picture") == 1


def values(sliders):
    """Where sliders stand, as a screen reader says it."""
    return [one.get_attribute("aria-valuetext") for one in sliders.all()]


def settled(picture):
    """What a picture shows once the kernel has nothing more to draw."""
    before = None
    while before != (before := pixels(picture)):
        picture.page.wait_for_timeout(700)
    return before


# -------------------------------------------------------------------------------- the forced choice


def test_pairs_are_answered_one_by_one_and_kept(explorers, course):
    """The left one each time: half of the DCGAN's pictures stand there, and the answers stay in a file."""
    cell = explorers.cell_with("choice = widgets.ForcedChoice(")
    left = cell.get_by_role("button", name="left one")
    for number in range(1, 41):
        cell.get_by_text(f"Pair {number} of 40.").wait_for()
        left.click()
    cell.get_by_text("DCGAN was chosen in 50% of 40 pairs").wait_for()
    expect(left).to_be_disabled()
    (kept,) = course.rglob("looks_more_real.json")
    (sitting,) = json.loads(kept.read_text(encoding="utf-8"))
    assert sitting["chose_left"] == [True] * 40 and sum(sitting["first_left"]) == 20


# ---------------------------------------------------------------------------------------- sheet


def ink(sheet):
    """How many points of the canvas are black, and the furthest of them to the right, from 0 to 1."""
    return sheet.locator("canvas").evaluate(
        """(canvas) => {
            const {data, width} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let dark = 0, right = 0;
            for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] > 128 && data[i] + data[i + 1] + data[i + 2] < 200)
                    [dark, right] = [dark + 1, Math.max(right, (i / 4) % width)];
            return [dark, right / width];
        }"""
    )


def stroke(sheet, *points):
    """A line on the canvas, by mouse; points from 0 to 1."""
    sheet.locator("canvas").hover()
    box, mouse = sheet.locator("canvas").bounding_box(), sheet.page.mouse
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=8)
    mouse.up()


def painted(sheet):
    """The picture that is painted after the drawing."""
    return sheet.locator(".jp-OutputArea-output img").last


def test_a_stroke_is_painted(sheet):
    before, empty = pixels(painted(sheet)), ink(sheet)[0]
    stroke(sheet, (0.2, 0.3), (0.6, 0.7))
    assert ink(sheet)[0] > empty
    until(sheet.page, lambda: pixels(painted(sheet)) != before, "the stroke changes nothing")


def test_the_sheet_says_that_it_paints(sheet):
    """C3: on a slow machine it takes a second."""
    once = ink(sheet)[0]

    def draw():
        before = pixels(painted(sheet))
        stroke(sheet, (0.8, 0.3), (0.5, 0.7))
        until(sheet.page, lambda: pixels(painted(sheet)) != before, "the stroke changes nothing")

    seen = comes(sheet, draw)
    sheet.get_by_role("button", name="undo").click()
    until(sheet.page, lambda: ink(sheet)[0] == once, "undo leaves the stroke")
    assert any("painting" in text for text in seen)


def test_undo_takes_the_stroke_back(sheet):
    before = pixels(painted(sheet))
    sheet.get_by_role("button", name="undo").click()
    until(sheet.page, lambda: pixels(painted(sheet)) != before, "undo changes nothing")
    assert ink(sheet)[0] == 0


def test_a_cleared_drawing_comes_back(sheet):
    """C1: clear is one click away from undo."""
    stroke(sheet, (0.2, 0.3), (0.6, 0.7))
    drawn = ink(sheet)
    sheet.get_by_role("button", name="clear").click()
    until(sheet.page, lambda: ink(sheet)[0] == 0, "clear leaves something")
    sheet.get_by_role("button", name="undo").click()
    until(sheet.page, lambda: ink(sheet) == drawn, "undo brings nothing back", 5000)


def test_the_same_example_can_be_chosen_again(sheet):
    """C1: after clear the menu says that the sheet is empty."""
    menu = sheet.get_by_role("combobox")
    menu.select_option("an atoll")
    until(sheet.page, lambda: ink(sheet)[0] > 0, "the example is not drawn")
    sheet.get_by_role("button", name="clear").click()
    until(sheet.page, lambda: ink(sheet)[0] == 0, "clear leaves something")
    until(sheet.page, lambda: menu.input_value() != "an atoll", "the menu still says so", 5000)
    menu.select_option("an atoll")
    until(sheet.page, lambda: ink(sheet)[0] > 0, "the example is not drawn again")
    sheet.get_by_role("button", name="clear").click()


def test_keys_draw_too(sheet):
    """C7: who cannot use a mouse puts the pen down, moves it, and lifts it."""
    before = pixels(painted(sheet))
    sheet.locator("canvas").focus()
    for key in ("Space", *["Shift+ArrowRight"] * 4, *["ArrowDown"] * 4, "Space"):
        sheet.page.keyboard.press(key)
    assert ink(sheet)[0] > 0
    until(sheet.page, lambda: pixels(painted(sheet)) != before, "the keys change nothing")
    sheet.page.keyboard.press("Control+z")
    until(sheet.page, lambda: ink(sheet)[0] == 0, "undo leaves something")


def test_a_palm_beside_the_finger_draws_nothing(sheet):
    """C2: it made a zigzag between the two."""
    until(sheet.page, lambda: ink(sheet)[0] == 0, "the sheet is not empty")
    box = sheet.locator("canvas").bounding_box()
    touch = sheet.page.context.new_cdp_session(sheet.page)

    def fingers(kind, *places):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": number}
                  for number, (x, y) in enumerate(places)]  # fmt: skip
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (0.2, 0.2))
    fingers("touchMove", (0.2, 0.3))
    fingers("touchStart", (0.2, 0.3), (0.8, 0.8))
    fingers("touchMove", (0.2, 0.4), (0.85, 0.8))
    fingers("touchMove", (0.2, 0.5), (0.8, 0.85))
    fingers("touchEnd", (0.2, 0.5))
    fingers("touchMove", (0.2, 0.6))
    fingers("touchEnd")
    dark, right = ink(sheet)
    assert dark and right < 0.4


def test_drawing_and_painting_say_which_is_which(sheet):
    """C6: and the paper has an edge where it meets the page."""
    shown = sheet.locator(".jp-OutputArea-output").filter(has=sheet.page.locator("canvas"))
    assert re.search(r"network", shown.inner_text()) and re.search(r"painted", shown.inner_text())
    drawn = shown.locator("img").first
    assert drawn.evaluate(
        """(image) => [image, image.parentElement].some((one) => {
            const style = getComputedStyle(one);
            return parseFloat(style.borderTopWidth) || style.boxShadow !== "none";
        })"""
    )


# -------------------------------------------------------------------------------------- restart


def test_after_a_restart_every_widget_says_what_to_do(both, lab):
    """B2: at once, and when the lesson is opened again: a dead widget alone is a riddle."""
    for lesson in both:
        lesson.show()
        lab.menu("Kernel", "Restart Kernel…")
        lab.page.locator(".jp-Dialog .jp-mod-accept").click()
        lesson.live()
    lab.save_all()
    for opened_again in (False, True):
        if opened_again:
            lab.page.reload()
            lab.ready()
        for path in (EXPLORERS, SHEET):
            lesson = lab.open(lab.copy(path))
            for source in [one for one in lesson.cells() if ".show()" in one and "widgets." in one]:
                said = output(lesson.cell(source))
                expect(said).to_contain_text(re.compile(r"[Rr]un .*again.*restart"), timeout=10_000)


def test_nothing_left_this_machine(context, lab):
    """Neither a page nor JupyterLab behind it, which would ask for news and updates."""
    assert len(context.asked) > 100
    assert [url for url in context.asked if not HERE.match(url)] == []
    assert [url for url in context.asked if re.search(r"/lab/api/(news|update)", url)] == []
