"""choosing.py and widgets.Chooser: advice that is made of what the lessons measured."""

import json
import re

import nbformat
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import env
from course_lib import choosing, results, widgets
from test_in_notebook import run

pytestmark = pytest.mark.tensorflow


def test_every_number_of_the_advice_is_one_that_a_lesson_recorded():
    places = [number.place for way in choosing.WAYS for number in way.numbers]
    assert [place for place in places if choosing.look_up(*place) is None] == []
    assert not [row for row in choosing.table() if choosing.NOT_HERE in row[-1]]


def test_a_number_is_looked_up_as_deep_as_it_lies():
    found = results.read(results.place(choosing.SCOREBOARD))
    scores = found["profiles"]["quick"]["values"]["scores"]["value"]
    place = (choosing.SCOREBOARD, "scores", "DCGAN")
    assert choosing.look_up(*place, "distance") == scores["DCGAN"]["distance"]
    assert choosing.look_up(*place) is None, "a table of numbers is no number"
    for wrong in ((*place, "no such key"), (*place, "distance", "deeper"), (choosing.SCOREBOARD, "none")):
        assert choosing.look_up(*wrong) is None


def test_new_pictures_are_tried_in_the_order_of_the_scoreboard():
    scored = [
        choosing.look_up(*number.place)
        for way in choosing.WAYS
        for number in way.numbers
        if number.place[:2] == (choosing.SCOREBOARD, "scores")
    ]
    assert len(scored) > 2
    assert scored == sorted(scored)


def test_the_worked_lesson_found_every_number():
    path = env.ROOT / "solutions" / "05_comparisons" / "3_choosing_a_model.ipynb"
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    said = json.dumps([cell.outputs for cell in cells])
    if "make new pictures" not in said:
        pytest.skip("the worked notebook has no outputs: its code was changed and not executed yet")
    assert choosing.NOT_HERE not in said


def test_amounts_and_times_have_names():
    for way in choosing.WAYS:
        assert way.pictures in choosing.AMOUNTS.values()
        assert way.seconds in choosing.TIMES.values()


def test_with_everything_at_hand_everything_fits():
    for problem in choosing.PROBLEMS:
        found = choosing.advise(problem, 60_000, 10_000)
        assert found == [(way, "") for way in choosing.WAYS if way.problem == problem]


def test_what_fits_comes_first_and_the_others_say_what_they_lack():
    found = choosing.advise("remove noise from a photo", pictures=1, seconds=0)
    assert [bool(lack) for _, lack in found] == [False, True]
    assert "about ten pictures" in found[1][1] and "ten minutes" in found[1][1]
    assert choosing.advise("make new pictures", 100, 600)[0][1]


def test_no_fit_is_said():
    said = choosing.answer("name what is on a picture", "one", "no training")
    assert said.startswith("<b>Nothing that the course tried fits")
    assert "Nothing" not in choosing.answer("name what is on a picture", "ten thousand and more", "a minute")


def test_an_unknown_problem_is_named():
    with pytest.raises(ValueError, match="make new pictures"):
        choosing.advise("make tea", 1, 1)


def test_without_results_it_says_so(monkeypatch):
    monkeypatch.setattr(results, "recorded", lambda lesson, key, what="value": None)
    assert all(row[-1].endswith(choosing.NOT_HERE) for row in choosing.table())
    assert choosing.sheet().axes


def test_one_missing_number_is_not_passed_over(monkeypatch):
    way = next(way for way in choosing.WAYS if len(way.numbers) == 2)
    gone = way.numbers[1].place
    there = choosing.look_up
    monkeypatch.setattr(choosing, "look_up", lambda *place: None if place == gone else there(*place))
    first = choosing.said(way.numbers[0])
    assert choosing.measured(way).endswith(f": {first}, {choosing.NOT_HERE}")


def test_neighbours_whose_order_is_not_decided_stand_beside_a_bar(monkeypatch):
    scored = [way for way in choosing.WAYS if way.numbers[0].place[:2] == (choosing.SCOREBOARD, "scores")]
    entrants = [way.numbers[0].place[2] for way in scored]
    pairs = [f"{one} before {other}" for one, other in zip(entrants, entrants[1:], strict=False)]
    recorded = results.recorded
    told = dict.fromkeys(pairs, True) | {pairs[1]: False, pairs[2]: False}
    monkeypatch.setattr(
        results,
        "recorded",
        lambda lesson, key, what="value": told if key == "decided" else recorded(lesson, key, what),
    )
    neighbours = zip(scored, scored[1:], strict=False)
    assert [choosing.level(*pair) for pair in neighbours] == [not told[pair] for pair in pairs]
    bars = [line for line in choosing.sheet().axes[0].lines if len(set(line.get_xdata())) == 1]
    assert len(bars) == 2 and bars[0].get_ydata()[0] == bars[1].get_ydata()[0]  # one bar, drawn in two parts


def test_distances_of_the_scoreboard_carry_their_intervals():
    assert re.search(r"distance \d+\.\d \(\d+\.\d to \d+\.\d\)", choosing.measured(choosing.WAYS[0]))


def drawn_sheet():
    figure = choosing.sheet()
    FigureCanvasAgg(figure).draw()
    return figure


def test_the_page_is_a4_black_and_white_and_nothing_leaves_it():
    figure = drawn_sheet()
    assert figure.get_size_inches() == pytest.approx((8.27, 11.69))
    (axes,) = figure.axes
    renderer = figure.canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    for text in axes.texts:
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()
        assert text.get_color() == "black"


def test_columns_of_the_page_do_not_run_into_each_other():
    figure = drawn_sheet()
    renderer = figure.canvas.get_renderer()
    boxes = [(text.get_window_extent(renderer), text.get_text()) for text in figure.axes[0].texts]
    for i, (one, said) in enumerate(boxes):
        for other, too in boxes[i + 1 :]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            down = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across <= 1 or down <= 3, (said, too)


# -------------------------------------------------------------------------------------- the menus

ROWS = [("problem", "model"), ("a & b", "<none>")]


def chooser(tell=lambda a, b: f"{a} with {b}"):
    return widgets.Chooser(tell, {"a": ["x", "y"], "b": ["1", "2"]}, rows=ROWS, caption="What to take.")


def test_choosing_changes_the_answer():
    one = chooser()
    assert one.said.value == "x with 1"
    one.menus["b"].value = "2"
    one.menus["a"].value = "y"
    assert one.said.value == "y with 2"


def test_every_choice_of_the_lesson_has_an_answer():
    menus = {"problem": choosing.PROBLEMS, "pictures": choosing.AMOUNTS, "training": choosing.TIMES}
    one = widgets.Chooser(choosing.answer, menus, rows=ROWS, caption="Which?")
    for problem in choosing.PROBLEMS:
        one.menus["problem"].value = problem
        for amount in choosing.AMOUNTS:
            one.menus["pictures"].value = amount
            assert "Error" not in one.said.value and one.said.value
            assert not re.search(r"None|nan|\{", one.said.value)


def test_a_failing_answer_is_said():
    def tell(a, b):
        if a == "y":
            raise ValueError("no <y>")
        return a

    one = chooser(tell)
    one.menus["a"].value = "y"
    assert one.said.value == "ValueError: no &lt;y&gt;"


def test_the_table_is_text_and_html():
    one = chooser()
    assert one.text().splitlines() == ["What to take.", "problem  model", "a & b    <none>"]
    assert "<td>a &amp; b</td><td>&lt;none&gt;</td>" in one.table()


@pytest.mark.parametrize(
    ("menus", "rows", "part"),
    [({}, ROWS, "at least one menu"), ({"a": []}, ROWS, "at least one menu"),
     ({"a": ["x"]}, [("one",), ("one", "two")], "as many texts")],
)  # fmt: skip
def test_wrong_menus_are_named(menus, rows, part):
    with pytest.raises(ValueError, match=part):
        widgets.Chooser(lambda a: a, menus, rows=rows, caption="What?")


@pytest.mark.parametrize("recorded", [False, True])
def test_where_no_widget_runs_the_table_stands_there(tmp_path, recorded):
    source = (
        "from course_lib import widgets\n"
        "widgets.Chooser(str, {'a': ['x', 'y']}, rows=[('one', 'two'), ('1', '2')], caption='Take.').show()"
    )
    (cell,) = run(source, COURSE_RESULTS=str(tmp_path) if recorded else None)
    output, line = cell.outputs
    assert (line["output_type"], line["text"]) == ("stream", widgets.DEAD + "\n")
    assert output["data"]["text/plain"] == "Take.\none  two\n1    2"
    assert ("text/html" in output["data"]) == recorded
    assert (widgets.VIEW in output["data"]) != recorded
    json.dumps(output)


def test_outside_a_notebook_it_shows_nothing(capsys):
    chooser().show()
    assert capsys.readouterr().out == ""
