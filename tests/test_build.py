"""tools/build.py and tools/lessons.py: rendering, staleness, and the rules for lessons."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

import build
import env
import lessons
import sample_course
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


def sources(root, folder):
    return [cell.source for cell in notebook(root, folder).cells]


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
    build.write(root / "results" / f"{found.slug}.json", json.dumps(result))


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


def test_colab_appears_with_its_setting_only(built):
    assert "colab" not in (built / "notebooks/01_sum/1_add.ipynb").read_text(encoding="utf-8")
    (built / "pyproject.toml").write_text('[tool.course]\ncolab_repository = "someone/course"\n')
    build.build(built)
    badge, install = sources(built, "notebooks")[1:3]
    assert "/github/someone/course/blob/main/notebooks/01_sum/1_add.ipynb" in badge
    assert "git+https://github.com/someone/course@main" in install
    assert "anywidget psygnal" in install  # which Colab may lack, and --no-deps would leave out
    assert "/blob/main/solutions/01_sum/1_add.ipynb" in sources(built, "solutions")[1]


def test_lessons_come_in_the_order_of_their_numbers(root):
    for number in (2, 10):
        text = sample_course.LESSON.replace("1_add", f"{number}_more")
        (root / f"chapters/01_sum/{number}_more.py").write_text(text)
    assert [lesson.number for lesson in lessons.find(root)] == ["0.1", "1.1", "1.2", "1.10"]


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
            lambda root: (root / "results/01_sum__1_add.json").unlink(),
            "results/01_sum__1_add.json does not belong to the executed solution",
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
        ("## Verdict", "## The end", "the section 'Verdict' is missing"),
        ("## Prerequisites", "## Before", "the section 'Prerequisites' is missing"),
        ("**Two numbers", "Two numbers", "no **bold sentence**"),
        ("steps = 3", "plots.grid(x)", "a figure without alt text"),
        ("steps = 3", "plots.show(figure)", "a figure without alt text"),
        ("steps = 3", "plt.show()", "a figure without alt text"),
        ("01_sum/1_add", "01_sum/1", 'call runtime.start(lesson="01_sum/1_add")'),
        ("runtime.start(", "print(", 'call runtime.start(lesson="01_sum/1_add")'),
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


def test_one_exercise_is_too_few(root):
    text = sample_course.LESSON
    cut = text[: text.index("# %% [markdown]\n# ## Exercise 2")]
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
    (finished / "results/01_sum__1_add.json").write_text("{")
    with pytest.raises(lessons.LessonError, match="results/01_sum__1_add.json is damaged"):
        build.check(finished)


def test_the_tool_is_a_command():
    command = [sys.executable, env.ROOT / "tools" / "build.py", "--help"]
    inside = dict(os.environ, COURSE_PYTHON=sys.executable)  # stay in the Python that runs the tests
    made = subprocess.run(command, capture_output=True, text=True, env=inside)
    assert made.returncode == 0 and "--check" in made.stdout
