"""tools/build.py and tools/lessons.py: rendering, staleness, and the rules for lessons."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

import build
import env
import lessons
import sample_course
from course_lib import results
from sample_course import edit

pytestmark = pytest.mark.tools


@pytest.fixture
def root(tmp_path):
    return sample_course.make(tmp_path)


@pytest.fixture
def built(root):
    assert build.build(root)[1] == []
    return root


def notebook(root, folder, lesson="01_sum/1_add"):
    text = (root / folder / f"{lesson}.ipynb").read_text(encoding="utf-8")
    return nbformat.reads(text, as_version=4)


def sources(root, folder, lesson="01_sum/1_add"):
    return [cell.source for cell in notebook(root, folder, lesson).cells]


def pretend_executed(root, lesson="01_sum/1_add"):
    """What tools/execute.py leaves behind, without executing."""
    course = build.Course(root)
    found = next(item for item in course.lessons if item.id == lesson)
    path = course.path("solutions", found)
    worked = course.notebook("solutions", found)
    for count, cell in enumerate((c for c in worked.cells if c.cell_type == "code"), 1):
        cell.execution_count = count
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"out {count}\n")]
    worked.metadata["course"]["executed"] = found.fingerprint()
    build.write(path, build.as_text(worked))
    result = {
        "executed": found.fingerprint(),
        "lesson": lesson,
        "profiles": {"quick": {"seconds": 141.0}},
    }
    results.write(course.result_path(found), result)


@pytest.fixture
def finished(built):
    pretend_executed(built)
    pretend_executed(built, "00_start/1_first")
    build.build(built)
    assert build.check(built) == []
    return built


# ------------------------------------------------------------------------------------- rendering


def test_learners_get_exercises_and_the_worked_version_gets_solutions(built):
    learner, worked = sources(built, "notebooks"), sources(built, "solutions")
    assert "total = ..." in learner and "total = ..." not in worked
    assert "total = sum(range(steps))" in worked and "total = sum(range(steps))" not in learner
    assert any("add up to three" in source for source in worked)
    assert not any("add up to three" in source for source in learner)


def test_the_same_sources_give_the_same_bytes(built, tmp_path_factory):
    elsewhere = sample_course.make(tmp_path_factory.mktemp("elsewhere"))
    build.build(elsewhere)
    generated = sorted(path.relative_to(built) for path in built.rglob("*.ipynb"))
    assert len(generated) == 4
    for path in generated:
        content = (built / path).read_bytes()
        assert content == (elsewhere / path).read_bytes()
        assert content.endswith(b"}\n") and b"\r" not in content


def test_building_twice_writes_nothing(built):
    assert build.build(built) == ([], [])


def test_learners_do_not_see_instructions_to_the_formatter(root):
    edit(root, "    return a + b\n", "    return a + b  # fmt: skip\n")
    assert build.build(root)[1] == []
    assert "    return a + b" in "\n".join(sources(root, "solutions"))
    assert "fmt:" not in "\n".join(sources(root, "solutions"))


def test_line_ends_of_windows_change_nothing(built):
    before = (built / "notebooks/01_sum/1_add.ipynb").read_bytes()
    source = built / "chapters/01_sum/1_add.py"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert build.build(built) == ([], [])
    assert (built / "notebooks/01_sum/1_add.ipynb").read_bytes() == before


def test_cell_ids_are_unique_and_survive_edits_elsewhere(built):
    before = {cell.source: cell.id for cell in notebook(built, "notebooks").cells}
    assert len(set(before.values())) == len(before)
    edit(built, "steps = 3", "steps = 4")
    edit(built, "# ## Verdict", "# A new cell before it.\n\n# %% [markdown]\n# ## Verdict")
    build.build(built)
    after = {cell.source: cell.id for cell in notebook(built, "notebooks").cells}
    changed = {source for source in before if before[source] != after.get(source)}
    assert changed == {"steps = 3"}


def test_equal_cells_get_different_ids(root):
    edit(
        root,
        "# ## Verdict",
        "# Again.\n\n# %% [markdown]\n# Again.\n\n# %% [markdown]\n# ## Verdict",
    )
    build.build(root)
    ids = [cell.id for cell in notebook(root, "notebooks").cells if cell.source == "Again."]
    assert ids == [ids[0], f"{ids[0]}-2"]


def test_notebooks_name_no_version_and_hold_no_output(built):
    made = notebook(built, "notebooks")
    assert made.metadata.language_info == {"name": "python", "pygments_lexer": "ipython3"}
    assert made.metadata.kernelspec.name == "python3"
    assert all(not cell.outputs for cell in made.cells if cell.cell_type == "code")


def test_the_header_links_the_neighbours_and_the_other_version(built):
    header = sources(built, "notebooks")[1]
    assert "Lesson 1.1" in header and "not measured" in header
    assert "[0.1 A first look](../00_start/1_first.ipynb)" in header
    assert "(../../solutions/01_sum/1_add.ipynb)" in header
    folder = built / "notebooks/01_sum"
    assert (folder / "../00_start/1_first.ipynb").exists()
    assert (folder / "../../solutions/01_sum/1_add.ipynb").exists()


def test_measured_minutes_appear_in_header_and_readme(finished):
    assert "quick (CPU): 2.4 minutes" in sources(finished, "notebooks")[1]
    assert "full (GPU): not measured" in sources(finished, "notebooks")[1]
    readme = (finished / "README.md").read_text(encoding="utf-8")
    assert "| 1.1 | [A lesson](notebooks/01_sum/1_add.ipynb)" in readme
    assert "| Two numbers make a third. | 2.4 minutes |" in readme
    assert readme.endswith("The end.\n")


@pytest.mark.parametrize(
    ("profile", "machine", "named"),
    [
        (
            "quick",
            {"processor": "P 1", "cores": 2, "gpus": []},
            "2.4 minutes on 2 cores (P 1)",
        ),
        ("quick", {"processor": "P 1", "cores": 1}, "2.4 minutes on 1 core (P 1)"),
        ("quick", {"cores": 2}, "2.4 minutes ·"),
        ("full", {"processor": "P 1", "cores": 2, "gpus": ["a GPU"]}, "2.4 minutes on a GPU"),
    ],
)
def test_the_header_names_the_machine(finished, profile, machine, named):
    (path,) = (finished / "course_lib/results/lessons").glob("add.json")
    result = json.loads(path.read_text(encoding="utf-8"))
    result["profiles"][profile] = {"seconds": 144.0, "machine": machine}
    path.write_text(json.dumps(result), encoding="utf-8")
    build.build(finished)
    assert named in sources(finished, "notebooks")[1]


def test_colab_appears_with_its_setting_only(built):
    assert "colab" not in (built / "notebooks/01_sum/1_add.ipynb").read_text(encoding="utf-8")
    (built / "pyproject.toml").write_text('[tool.course]\ncolab_repository = "someone/course"\n')
    build.build(built)
    badge, install = sources(built, "notebooks")[1:3]
    assert "/github/someone/course/blob/main/notebooks/01_sum/1_add.ipynb" in badge
    assert "git+https://github.com/someone/course@main" in install
    assert "anywidget psygnal pi-heif" in install  # which Colab may lack, and --no-deps would leave out
    assert "/blob/main/solutions/01_sum/1_add.ipynb" in sources(built, "solutions")[1]


def test_lessons_come_in_the_order_of_their_numbers(root):
    for number in (2, 10):
        text = sample_course.LESSON.replace('"add"', f'"more_{number}"')
        (root / f"chapters/01_sum/{number}_more_{number}.py").write_text(text)
    found = [(lesson.number, lesson.slug) for lesson in lessons.find(root)]
    assert found == [("0.1", "first"), ("1.1", "add"), ("1.2", "more_2"), ("1.3", "more_10")]


def test_a_lesson_that_moves_keeps_its_name_and_its_result(finished):
    """Numbers follow from the order; what is known by name stays."""
    (finished / "chapters/01_sum/1_add.py").rename(finished / "chapters/01_sum/2_add.py")
    text = sample_course.LESSON.replace('"add"', '"new"').replace("A lesson", "A new lesson")
    (finished / "chapters/01_sum/1_new.py").write_text(text)
    (finished / "solutions/01_sum/1_add.ipynb").rename(finished / "solutions/01_sum/2_add.ipynb")
    build.build(finished)
    assert sources(finished, "notebooks", "01_sum/2_add")[1].startswith(
        "*Lesson 1.2 · quick (CPU): 2.4 minutes"
    )
    assert "out 1" in str(notebook(finished, "solutions", "01_sum/2_add"))
    assert not [problem for problem in build.check(finished) if "add" in problem]


def test_names_become_numbers_and_in_text_links(root):
    edit(root, "# Add.", "# Add, as in <<add>>.")
    edit(root, "steps = 3", "steps = 3  # lesson <<first>>'s")
    assert build.build(root)[1] == []
    text = "\n".join(sources(root, "notebooks"))
    assert "Counting. See lesson [0.1](../00_start/1_first.ipynb)." in text
    assert "Add, as in [1.1](../01_sum/1_add.ipynb)." in text
    assert "steps = 3  # lesson 0.1's" in text
    assert "## Exercise 1.1.1: add\n" in text + "\n" and "## Exercise 1.1.2\n" in text + "\n"


def test_an_exercise_is_known_by_the_name_of_its_check(root):
    edit(root, 'print("graded", total)', "total = check.total(total)")
    edit(root, "# Three numbers from zero", "# By exercise <<total>>, three numbers from zero")
    assert build.build(root)[1] == []
    assert lessons.find(root)[1].exercises() == ["", "total"]
    assert any("By exercise 1.1.2, three" in source for source in sources(root, "solutions"))


def test_two_lessons_cannot_have_one_name(root):
    text = sample_course.LESSON
    (root / "chapters/01_sum/2_add.py").write_text(text)
    assert "the name 'add' is taken by 1.1" in "\n".join(build.Course(root).problems)


def test_the_library_gets_the_table_of_contents(root):
    (root / "course_lib").mkdir()
    build.build(root)
    table = json.loads((root / "course_lib/contents.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["number"], one["file"]) for one in table] == [
        ("first", "0.1", "00_start/1_first.ipynb"),
        ("add", "1.1", "01_sum/1_add.ipynb"),
    ]


# ------------------------------------------------------------------------------------- staleness


def test_prose_keeps_outputs_and_code_drops_them(finished):
    edit(finished, "Three numbers", "The three numbers")
    build.build(finished)
    assert build.check(finished) == []
    worked = notebook(finished, "solutions")
    assert "out 1" in str(worked) and "The three numbers" in str(worked)

    edit(finished, "steps = 3", "steps = 4")
    build.build(finished)
    assert "out 1" not in str(notebook(finished, "solutions"))
    assert ["stale" in problem for problem in build.check(finished)].count(True) == 1


def test_comments_and_layout_keep_outputs(finished):
    edit(finished, "steps = 3", "steps = (  # how many\n    3\n)")
    edit(finished, "def add(a, b):\n    return a + b", "def add(\n    a, b\n):\n    return a + b  # the sum")
    build.build(finished)
    assert build.check(finished) == []
    worked = notebook(finished, "solutions")
    outputs = {cell.source: cell.outputs[0].text for cell in worked.cells if cell.get("outputs")}
    assert outputs["steps = (  # how many\n    3\n)"] == "out 2\n"


def test_an_edited_exercise_does_not_make_the_solution_stale(finished):
    edit(finished, "total = ...", "total = ...  # the sum of the numbers below `steps`")
    build.build(finished)
    assert build.check(finished) == []


def test_other_weights_make_a_solution_stale(finished):
    edit(finished, "steps = 3", 'steps = 3  # judge.load("fashion")')
    manifest = finished / "course_lib/weights/manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"judge_fashion.weights.h5": {"sha256": "1"}, "other.weights.h5": {"sha256": "1"}}')
    build.build(finished)
    pretend_executed(finished)
    build.build(finished)
    assert build.check(finished) == []
    manifest.write_text('{"judge_fashion.weights.h5": {"sha256": "1"}, "other.weights.h5": {"sha256": "2"}}')
    assert build.check(finished) == []
    manifest.write_text('{"judge_fashion.weights.h5": {"sha256": "2"}, "other.weights.h5": {"sha256": "2"}}')
    assert any("solutions/01_sum/1_add.ipynb is stale" in line for line in build.check(finished))


def test_another_study_makes_its_lesson_stale(finished):
    edit(finished, "steps = 3", 'steps = results.study("sums")["steps"]')
    assert "reads the study sums, which course_lib/results does not hold" in "\n".join(build.check(finished))
    folder = finished / "course_lib/results/studies"
    results.write(folder / "sums.json", {"steps": 3})
    results.write(folder / "others.json", {"steps": 3})
    pretend_executed(finished)
    build.build(finished)
    assert build.check(finished) == []
    results.write(folder / "others.json", {"steps": 4})
    assert build.check(finished) == []
    results.write(folder / "sums.json", {"steps": 4})
    assert any("solutions/01_sum/1_add.ipynb is stale" in line for line in build.check(finished))


def test_weights_can_be_declared_on_the_title(root):
    edit(root, "# %% [markdown]\n# # A lesson", '# %% [markdown] weights=["a.h5"]\n# # A lesson')
    assert "declares the weights a.h5" in "\n".join(build.check(root))
    (root / "course_lib/weights").mkdir(parents=True)
    (root / "course_lib/weights/manifest.json").write_text('{"a.h5": {"sha256": "12"}}')
    assert build.build(root)[1] == []
    assert lessons.find(root)[1].weights == {"a.h5": "12"}


# ----------------------------------------------------------------------------------------- drift


def spoil_edit(root):
    path = root / "notebooks/01_sum/1_add.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Counting", "Guessing"))


def spoil_damage(root):
    (root / "solutions/01_sum/1_add.ipynb").write_text("{")


def spoil_outputs(root):
    path = root / "notebooks/01_sum/1_add.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"execution_count": null', '"execution_count": 1')
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_edit, "notebooks/01_sum/1_add.ipynb is not what its source renders to"),
        (spoil_outputs, "notebooks/01_sum/1_add.ipynb is not what its source renders to"),
        (spoil_damage, "solutions/01_sum/1_add.ipynb is stale"),
        (lambda root: (root / "notebooks/01_sum/1_add.ipynb").unlink(), "1_add.ipynb is missing"),
        (lambda root: edit(root, "Add.", "Add up."), "is not what its source renders to"),
        (
            lambda root: edit(root, "steps = 3", "steps = 4"),
            "solutions/01_sum/1_add.ipynb is stale",
        ),
        (lambda root: edit(root, "Two numbers", "2 numbers"), "README.md is not what its source"),
        (
            lambda root: (root / "chapters/01_sum/1_add.py").unlink(),
            "notebooks/01_sum/1_add.ipynb belongs to no chapter",
        ),
        (
            lambda root: (root / "course_lib/results/lessons/add.json").unlink(),
            "course_lib/results/lessons/add.json does not belong to the executed solution",
        ),
        (
            lambda root: edit(root, "<!-- end of lessons -->", "", "README.md"),
            "README.md must hold the lines",
        ),
    ],
)
def test_check_names_what_is_out_of_date(finished, spoil, said):
    spoil(finished)
    assert said in "\n".join(build.check(finished))


def test_check_writes_nothing(root):
    before = sorted(root.rglob("*"))
    assert build.check(root)
    assert sorted(root.rglob("*")) == before


def test_build_removes_what_has_no_chapter(finished):
    (finished / "chapters/01_sum/1_add.py").unlink()
    done, _ = build.build(finished)
    assert sum("its chapter is gone" in line for line in done) == 3
    assert not (finished / "solutions/01_sum/1_add.ipynb").exists()


def test_the_copies_that_jupyterlab_keeps_are_left_alone(built):
    copy = built / "notebooks/01_sum/.ipynb_checkpoints/1_add-checkpoint.ipynb"
    copy.parent.mkdir()
    shutil.copyfile(built / "notebooks/01_sum/1_add.ipynb", copy)
    assert build.build(built) == ([], [])
    assert copy.exists()


# ------------------------------------------------------------------------- what somebody else wrote

OPEN, SOLVED = "notebooks/01_sum/1_add.ipynb", "solutions/01_sum/1_add.ipynb"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["mine\n"]}


def change(root, name, how):
    """Changes a notebook as an editor does, on the disk; returns its new text."""
    content = json.loads((root / name).read_text(encoding="utf-8"))
    how(content)
    text = json.dumps(content, indent=1)
    (root / name).write_text(text, encoding="utf-8")
    return text


def answer(content):
    """A learner solves an exercise."""
    (cell,) = [cell for cell in content["cells"] if "".join(cell["source"]).startswith("total = ")]
    cell["source"] = ["total = 1 + 2"]


def look(content):
    """JupyterLab opens a notebook, completes its metadata and saves."""
    content["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    content["metadata"]["language_info"] = {
        "name": "python",
        "version": "3.11.7",
        "mimetype": "text/x-python",
    }
    content["cells"][0]["metadata"] = {"editable": True, "tags": []}


def press_run(content):
    """A learner runs every cell."""
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[OUTPUT], execution_count=7)


def add_cell(content):
    cell = {"cell_type": "code", "id": "mine", "metadata": {}, "execution_count": None, "outputs": []}
    content["cells"].insert(3, cell | {"source": ["my_own = 3"]})


def write_prose(content):
    content["cells"][0]["source"].append("A note of mine.")


def move_up(content):
    content["cells"].insert(0, content["cells"].pop())


def taken_over(root):
    folder = root / build.TAKEN_OVER
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


@pytest.mark.parametrize("renewed", [False, True])
@pytest.mark.parametrize("how", [answer, add_cell, write_prose, move_up, lambda c: c["cells"].pop()])
@pytest.mark.parametrize("name", [OPEN, SOLVED])
def test_what_was_edited_is_left_and_named(finished, name, how, renewed):
    """Also where its chapter has changed since."""
    mine = change(finished, name, how)
    if renewed:
        edit(finished, "Three numbers", "The three numbers")
        edit(finished, "# Add.", "# Add up.")
    for _ in range(2):
        (problem,) = build.build(finished)[1]
        assert problem.startswith(f"{name} was edited by hand, and is left as it is: ")
        assert f"python tools/build.py --take-over {name} moves your version to my_notebooks/" in problem
        assert (finished / name).read_text(encoding="utf-8") == mine
    assert build.check(finished) == [
        f"{name} is not what its source renders to: it was edited by hand; {build.way_out(name)}"
    ]
    assert not taken_over(finished)


@pytest.mark.parametrize("name", [OPEN, SOLVED])
def test_an_edited_notebook_is_taken_over_when_asked(finished, name):
    rendered = (finished / name).read_bytes()
    kept = {}
    for number, how in enumerate((write_prose, answer), 1):
        kept[f"{name[:-6]}{'-2' if number == 2 else ''}.ipynb"] = change(finished, name, how)
        done, problems = build.build(finished, [finished / name.split("/")[0]])
        assert done[0] == f"{name} was edited: kept as my_notebooks/taken_over/{list(kept)[-1]}"
        assert problems == [] and taken_over(finished) == kept
        assert (finished / name).read_bytes() == rendered  # a worked version with its outputs
    assert build.check(finished) == []


def test_only_what_was_named_is_taken_over(finished):
    change(finished, OPEN, answer)
    other = change(finished, "notebooks/00_start/1_first.ipynb", write_prose)
    assert len(build.build(finished, [finished / OPEN])[1]) == 1
    assert (finished / "notebooks/00_start/1_first.ipynb").read_text(encoding="utf-8") == other


def test_what_was_looked_at_is_no_edit(finished):
    before = {name: (finished / name).read_bytes() for name in (OPEN, SOLVED)}
    for name in before:
        change(finished, name, look)
    assert build.build(finished) == ([f"wrote {OPEN}", f"wrote {SOLVED}"], [])
    assert {name: (finished / name).read_bytes() for name in before} == before


def test_a_run_is_kept_aside(finished):
    mine = change(finished, OPEN, press_run)
    assert build.build(finished) == (
        [f"{OPEN} was run: kept as my_notebooks/taken_over/{OPEN}", f"wrote {OPEN}"], []
    )  # fmt: skip
    assert taken_over(finished) == {OPEN: mine} and build.check(finished) == []


def test_a_run_of_the_worked_version_is_not_taken_for_measured(finished):
    mine = change(finished, SOLVED, press_run)
    assert f"{SOLVED} was run by hand" in build.build(finished)[1][0]
    assert (finished / SOLVED).read_text(encoding="utf-8") == mine
    build.build(finished, [finished / SOLVED])
    assert "mine" not in (finished / SOLVED).read_text(encoding="utf-8")
    assert any(f"{SOLVED} is stale" in problem for problem in build.check(finished))


def test_line_ends_that_git_changed_are_no_edit(finished):
    for path in finished.rglob("*.*"):
        if path.suffix in (".ipynb", ".md", ".json"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert build.check(finished) == [] and build.build(finished) == ([], [])


def test_files_of_somebodys_own_stay_and_are_no_fault(finished):
    places = ("notebooks/01_sum/Untitled.ipynb", "notebooks/01_sum/1_add-Copy1.ipynb", "notebooks/7.ipynb",
              "notebooks/mine/1_add.ipynb", "solutions/01_sum/2_add.ipynb",
              "solutions/1_add.ipynb")  # fmt: skip
    for place in places:
        (finished / place).parent.mkdir(exist_ok=True)
        shutil.copyfile(finished / place.split("/")[0] / "01_sum/1_add.ipynb", finished / place)
    (finished / "notebooks/mine/empty.ipynb").touch()
    (finished / "notebooks/mine/list.ipynb").write_text("[]")
    own = {path: path.read_bytes() for path in finished.rglob("*.ipynb")
           if path.parent.name == "mine" or path.relative_to(finished).as_posix() in places}  # fmt: skip
    assert build.check(finished) == [] and build.build(finished) == ([], [])
    (finished / "chapters/01_sum/1_add.py").unlink()
    assert sum("its chapter is gone" in line for line in build.build(finished)[0]) == 3
    assert len(own) == 8 and {path: path.read_bytes() for path in own} == own
    assert not any("mine" in problem or "Untitled" in problem for problem in build.check(finished))


def test_an_edited_notebook_outlives_its_chapter(finished):
    mine = {name: change(finished, name, answer) for name in (OPEN, SOLVED)}
    (finished / "chapters/01_sum/1_add.py").unlink()
    done, problems = build.build(finished)
    said = "its chapter is gone, but it is not as it was generated"
    kept = [*mine, "course_lib/results/lessons/add.json"]
    assert [line for line in done if said in line] == [f"left {name}: {said}" for name in kept]
    assert {name: (finished / name).read_text(encoding="utf-8") for name in mine} == mine and not problems
    assert (finished / kept[-1]).exists() and build.check(finished) == []


@pytest.mark.parametrize(
    "content", ["<<<<<<< HEAD\n{}\n=======\n", '{"cells": 3}', "[]", "null", b"\xff\xfe"]
)
def test_what_is_no_notebook_is_kept_aside(finished, content):
    content = content if isinstance(content, bytes) else content.encode()
    (finished / OPEN).write_bytes(content)
    done, problems = build.build(finished)
    assert done[0] == f"{OPEN} was damaged: kept as my_notebooks/taken_over/{OPEN}" and problems == []
    assert (finished / build.TAKEN_OVER / OPEN).read_bytes() == content and build.check(finished) == []


def test_an_interrupted_write_is_made_good(finished):
    whole = (finished / OPEN).read_bytes()
    for length in (0, 1, 200, len(whole) - 3):
        (finished / OPEN).write_bytes(whole[:length])
        assert build.build(finished) == ([f"wrote {OPEN}"], [])
        assert (finished / OPEN).read_bytes() == whole
    assert not taken_over(finished)


def forget(content):
    """As builds wrote notebooks before they noted what they render."""
    for key in ("file", "sources", "outputs"):
        content["metadata"]["course"].pop(key, None)


def test_notebooks_of_older_builds_are_known_by_their_cells(finished):
    before = {name: (finished / name).read_bytes() for name in (OPEN, SOLVED)}
    for name in before:
        change(finished, name, forget)
    assert build.build(finished)[1] == []
    assert {name: (finished / name).read_bytes() for name in before} == before
    for name in before:
        change(finished, name, lambda content: [forget(content), answer(content)])
    assert len(build.build(finished)[1]) == 2 and not taken_over(finished)


def test_many_edited_notebooks_share_one_line_and_are_taken_over_at_once(finished, monkeypatch, capsys):
    """As after a merge, which mixes the notes of what was rendered."""
    names = ("notebooks/00_start/1_first.ipynb", OPEN, SOLVED)
    mine = {name: change(finished, name, write_prose) for name in names}
    line = (
        f"3 notebooks were changed by hand or by a merge, {names[0]} first: python tools/build.py "
        "--take-over moves them to my_notebooks/taken_over/ and renders them again."
    )
    assert build.check(finished) == build.build(finished)[1] == [line]
    assert {name: (finished / name).read_text(encoding="utf-8") for name in names} == mine
    monkeypatch.setattr(env, "ROOT", finished)
    command(monkeypatch, finished, "--take-over")
    assert taken_over(finished) == mine and build.check(finished) == []
    assert "Everything is up to date." not in capsys.readouterr().out


def command(monkeypatch, root, *arguments):
    """Runs tools/build.py on a sample course, as far as `main` goes."""
    whole, look = build.build, build.check
    monkeypatch.setattr(build, "build", lambda **settings: whole(root, **settings))
    monkeypatch.setattr(build, "check", lambda: look(root))
    monkeypatch.setattr(sys, "argv", ["build.py", *arguments])
    try:
        return build.main()
    finally:
        monkeypatch.undo()


@pytest.mark.parametrize("name", [OPEN, SOLVED])
def test_a_merge_that_says_what_its_source_says_is_no_edit(finished, name):
    """Git took the cells of one side, and the note of what was rendered from the other."""
    noted = json.loads((finished / name).read_text(encoding="utf-8"))["metadata"]["course"]["sources"]
    edit(finished, "Three numbers", "The three numbers")
    edit(finished, "# Add.", "# Add up.")
    build.build(finished)
    merged = (finished / name).read_bytes()
    change(finished, name, lambda content: content["metadata"]["course"].update(sources=noted))
    assert build.build(finished) == ([f"wrote {name}"], []) and (finished / name).read_bytes() == merged
    change(finished, name, lambda content: [content["metadata"]["course"].update(sources=noted),
                                            press_run(content)])  # fmt: skip
    build.build(finished)
    assert any("mine" in text for text in (*taken_over(finished).values(),
                                           (finished / name).read_text(encoding="utf-8")))  # fmt: skip


def save_without_ids(content):
    """As editors do that write nbformat 4.4."""
    content["nbformat_minor"] = 4
    for cell in content["cells"]:
        del cell["id"]


def save_in_vs_code(content):
    content["metadata"] = {"language_info": {"name": "python", "version": "3.12.1"}, "vscode": {}} | {
        key: content["metadata"][key] for key in ("course", "kernelspec")
    }
    for cell in content["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}


def pair_by_jupytext(content):
    content["metadata"]["jupytext"] = {"formats": "ipynb,py:percent", "main_language": "python"}


@pytest.mark.parametrize("save", [save_without_ids, save_in_vs_code, pair_by_jupytext])
def test_what_another_editor_saved_is_no_edit(finished, save):
    before = {name: (finished / name).read_bytes() for name in (OPEN, SOLVED)}
    for name in before:
        change(finished, name, save)
    assert build.build(finished) == ([f"wrote {OPEN}", f"wrote {SOLVED}"], [])
    assert {name: (finished / name).read_bytes() for name in before} == before


def test_a_chapter_that_moves_leaves_the_edited_notebook_until_it_is_taken_over(finished):
    mine = change(finished, OPEN, answer)
    (finished / "chapters/01_sum/1_add.py").rename(finished / "chapters/01_sum/2_add.py")
    done, problems = build.build(finished)
    assert f"left {OPEN}: its chapter is gone, but it is not as it was generated" in done and not problems
    assert (finished / OPEN).read_text(encoding="utf-8") == mine
    assert "total = ..." in sources(finished, "notebooks", "01_sum/2_add")
    assert build.build(finished, [finished]) == (
        [f"{OPEN} has no chapter: kept as my_notebooks/taken_over/{OPEN}"], []
    )  # fmt: skip
    assert taken_over(finished) == {OPEN: mine} and build.build(finished) == ([], [])


@pytest.mark.parametrize("moves", range(3))
def test_an_interrupted_build_is_finished_by_the_next(finished, monkeypatch, moves):
    change(finished, OPEN, press_run)
    mine = (finished / OPEN).read_text(encoding="utf-8")
    edit(finished, "# Add.", "# Add up.")
    edit(finished, "Two numbers", "2 numbers")
    left, replace = [None] * moves, os.replace

    def interrupted(*places):
        if not left:
            raise KeyboardInterrupt
        left.pop()
        replace(*places)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build.build(finished)
    assert build.build(finished)[1] == [] and build.check(finished) == []
    assert taken_over(finished) == {OPEN: mine}
    assert not list(finished.rglob("*.part"))


def test_two_builds_at_once_lose_nothing(finished):
    """Each moves what was only run to a name of its own, and renders the same."""
    mine = change(finished, OPEN, press_run)
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(build.build, finished) for _ in range(4)]
    assert any(one.exception() is None for one in made)
    assert mine in taken_over(finished).values() and build.check(finished) == []


def test_a_place_that_takes_no_files_is_named_in_a_sentence(finished, monkeypatch):
    shutil.rmtree(finished / "notebooks")
    (finished / "notebooks").write_text("in the way")
    with pytest.raises(SystemExit, match=r"notebooks.* cannot be read or written \(.+\): copy the course"):
        command(monkeypatch, finished)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_notebooks_of_ones_own_may_lie_behind_a_link(finished, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (finished / "my_notebooks").symlink_to(elsewhere)
    mine = change(finished, OPEN, press_run)
    build.build(finished)
    assert (elsewhere / "taken_over" / OPEN).read_text(encoding="utf-8") == mine


def test_a_full_disk_leaves_the_old_notebook(finished, monkeypatch):
    before = (finished / OPEN).read_bytes()
    edit(finished, "# Add.", "# Add up.")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        build.build(finished)
    assert (finished / OPEN).read_bytes() == before


# ----------------------------------------------------------------------------------------- rules

LONG = "\n".join(f"x{number} = {number}" for number in range(31))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('tags=["knobs"]', 'tags=["knob"]', "line 25: the tag 'knob' is unknown"),
        ('tags=["knobs"]', 'colour="red"', "the cell option 'colour' is unknown"),
        ('tags=["knobs"]', 'weights=["a"]', "weights are declared on the title cell only"),
        ('tags=["solution"]\ntotal', "\ntotal", "the exercise has no solution"),
        ('tags=["check"]\nprint("graded", total)', "\nprint(total)", "has no check after"),
        ('tags=["exercise"]\ntotal', "\ntotal", "the solution has no exercise"),
        ("steps = 3", LONG, "the cell has 31 lines, more than 30"),
        ("steps = 3", "steps = ", "the cell is not valid Python"),
        ("Counting.", "You simply count.", "the word 'simply'"),
        ("Counting.", "Just count.", "the word 'just'"),
        ("Counting.", "Easily done.", "the word 'easily'"),
        ("Counting.", "Obviously.", "the word 'obviously'"),
        ("Counting.", "word " * 22, "columns, more than 110"),
        ("## Verdict", "## The end", "the section 'Verdict' is missing"),
        ("## Prerequisites", "## Before", "the section 'Prerequisites' is missing"),
        ("**Two numbers", "Two numbers", "no **bold sentence**"),
        ("steps = 3", "plots.grid(x)", "a figure without alt text"),
        ("steps = 3", "plots.show(figure)", "a figure without alt text"),
        ("steps = 3", "plots.show_film(path)", "a figure without alt text"),
        ("steps = 3", "plt.show()", "a figure without alt text"),
        ('"add"', '"1_add"', 'call runtime.start(lesson="add")'),
        ("runtime.start(", "print(", 'call runtime.start(lesson="add")'),
        ("Counting.", "Counting, of <<second>>.", "<<second>> is the name of no lesson and no exercise"),
        ("lesson <<first>>", "Lesson 0.1", "'Lesson 0.1': numbers follow from the order"),
        ("steps = 3", "steps = 3  # as in exercise 1.1", "'exercise 1.1': numbers follow from the order"),
        (
            "## Exercise: add",
            "## Exercises: add",
            "2 exercises need as many headings '## Exercise: …'; there are 1",
        ),
    ],
)
def test_each_broken_rule_has_its_sentence(root, old, new, said):
    edit(root, old, new)
    problems = build.Course(root).problems
    assert said in "\n".join(problems)
    assert all("chapters/01_sum/1_add.py" in problem for problem in problems)


@pytest.mark.parametrize(
    "source",
    [
        'plots.show(plots.grid(x), alt="a grid")',
        "figure = plots.grid(x)",
        "%matplotlib inline\nsteps = 3",
        "text = 'just'",
    ],
)
def test_what_keeps_the_rules_passes(root, source):
    edit(root, "steps = 3", source)
    assert build.Course(root).problems == []


def test_a_cell_option_describes_a_figure(root):
    edit(root, 'tags=["knobs"]\nsteps = 3', 'alt="a curve"\nplt.show()')
    assert build.Course(root).problems == []


@pytest.mark.parametrize(
    ("allowed", "said"), [(0, "divide those that are new"), (2, "write the lower number there")]
)
def test_the_number_of_long_cells_only_falls(root, allowed, said):
    edit(root, "steps = 3", "\n".join(f"steps = {number}" for number in range(21)))
    (root / "pyproject.toml").write_text(f"[tool.course]\nlong_cells = {allowed}\n")
    assert "\n".join(build.Course(root).problems) == (
        f"1 code cells have over 20 lines, and pyproject.toml says {allowed}: {said}."
    )
    (root / "pyproject.toml").write_text("[tool.course]\nlong_cells = 1\n")
    assert build.Course(root).problems == []


def test_a_lesson_is_not_longer_than_one_sitting(root):
    words = "\n".join("# " + "word " * 20 for _ in range(180))
    edit(
        root,
        "# %% [markdown]\n# ## Exercise\n",
        f"# %% [markdown]\n{words}\n\n# %% [markdown]\n# ## Exercise\n",
    )
    course = build.Course(root)
    (problem,) = (one for one in course.problems if "more than 3,500" in one)
    assert problem.startswith("chapters/01_sum/1_add.py: its text has 3,")
    cells = "\n\n".join("# %%\nsteps = 3" for _ in range(80))
    edit(root, words, f"# Text.\n\n{cells}")
    course = build.Course(root)
    assert [one for one in course.problems if "cells, more than 80" in one]


def test_a_lesson_trains_without_the_test_set(root):
    edit(root, "steps = 3", 'steps = 3\n\n# %%\nx, y = data.load("fashion", "test")\nmodel.fit(x)')
    assert [problem.partition(": ")[2] for problem in build.Course(root).problems] == [
        'data.load(…, "test") belongs into the one cell tagged `final`.',
        'x came from the test set, and this cell trains with it: watch and choose by "validation".',
    ]


def test_one_exercise_is_too_few(root):
    text = sample_course.LESSON
    cut = text[: text.index("# %% [markdown]\n# ## Exercise\n")]
    rest = text[text.index('# %% [markdown] tags=["solution"]') :]
    (root / "chapters/01_sum/1_add.py").write_text(cut + rest)
    assert "a lesson has 2 to 4 exercises; this one has 1." in "\n".join(build.Course(root).problems)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("2_no_marker.py", "x = 1\n", "does not begin with a '# %%' cell marker"),
        ("2_no_title.py", "# %%\nx = 1\n", "whose first line is '# Title'"),
        ("unnumbered.py", sample_course.LESSON, "begin with their number"),
        ("2_empty.py", "", "does not begin with a '# %%' cell marker"),
    ],
)
def test_what_cannot_be_a_lesson_is_refused(root, name, text, said):
    (root / "chapters/01_sum" / name).write_text(text)
    with pytest.raises(lessons.LessonError, match=r".+") as caught:
        build.Course(root)
    assert said in str(caught.value) and name.removesuffix(".py") in str(caught.value)


def test_a_damaged_result_is_named(finished):
    (finished / "course_lib/results/lessons/add.json").write_text("{")
    with pytest.raises(lessons.LessonError, match="course_lib/results/lessons/add.json is damaged"):
        build.check(finished)


def test_the_tool_is_a_command():
    command = [sys.executable, env.ROOT / "tools" / "build.py", "--help"]
    inside = dict(os.environ, COURSE_PYTHON=sys.executable)  # stay in the Python that runs the tests
    made = subprocess.run(command, capture_output=True, text=True, env=inside)
    assert made.returncode == 0 and "--check" in made.stdout


def test_a_build_that_cannot_write_ends_in_a_sentence(monkeypatch):
    """The file system is stubbed."""

    def refuse(**_):
        raise OSError(30, "Read-only file system", "notebooks/a.ipynb")

    monkeypatch.setattr(build, "build", refuse)
    monkeypatch.setattr(sys, "argv", ["build.py"])
    with pytest.raises(SystemExit, match=r"a.ipynb cannot be .* \(Read-only file system\): copy the course"):
        build.main()
