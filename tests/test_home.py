"""The home page, what is solved, what is put back, and JupyterLab's settings (course_lib/desk)."""

import contextlib
import json
import linecache
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupyterlab
import pytest

from course_lib import check, console, contents
from course_lib.desk import DeskError, command, copies, home, lab, progress, reset

pytestmark = pytest.mark.tools

FIRST, SECOND = contents.lessons()[:2]
GAME = SECOND["file"]
RIGHT = "def to_signed(pictures):\n    return pictures.astype('float32') / 127.5 - 1\n"


@pytest.fixture
def target(tmp_path, monkeypatch):
    """A folder of copies with two lessons, whose first lesson's notebook is the current folder's."""
    folder = tmp_path / "my notebooks"
    copies.write_record(folder, {})
    for lesson in (FIRST, SECOND):
        (folder / lesson["file"]).parent.mkdir()
        (folder / lesson["file"]).write_bytes(copies.text_of(lesson["file"]).encode())
    (folder / "worked/01_gan").mkdir(parents=True)
    monkeypatch.chdir((folder / FIRST["file"]).parent)
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    return folder


def function(source=RIGHT, name="to_signed"):
    """The function that a cell defines, whose source Python can find again, as in a notebook."""
    file = f"<cell {len(linecache.cache)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope = {}
    exec(compile(source, file, "exec"), scope)
    return scope[name]


# -------------------------------------------------------------------------------------- what is solved


def test_a_right_answer_is_kept_with_its_code_and_shown(target):
    home.write(target)
    assert "○○○ 0 of 3" in (target / "home.md").read_text(encoding="utf-8")
    right = function()
    assert check.to_signed(right) is right
    assert progress.solved(target) == {"to_signed"}
    assert progress.source(target, "to_signed") == RIGHT
    entry = json.loads((target / ".course/solved/to_signed.json").read_text(encoding="utf-8"))
    assert set(entry) == {"at", "source"}
    text = (target / "home.md").read_text(encoding="utf-8")
    assert "✓○○ 1 of 3" in text
    assert f"**1 of {sum(len(one['exercises']) for one in contents.lessons())} exercises solved.**" in text
    assert f"Go on with [{FIRST['number']} {FIRST['title']}]({FIRST['file']})" in text


def test_what_is_no_right_answer_changes_nothing(target):
    check.to_signed(function("def to_signed(pictures):\n    return pictures / 255\n"))
    check.to_signed(None)
    check.to_signed(check.to_signed.answer)
    assert progress.solved(target) == set()


@pytest.mark.parametrize("where", ["worked/01_gan", "worked", "..", "strict"])
def test_elsewhere_nothing_is_kept(target, where, monkeypatch):
    if where == "strict":
        monkeypatch.setenv("COURSE_STRICT", "1")
    else:
        monkeypatch.chdir(target / where)
    right = function()
    assert check.to_signed(right) is right
    assert progress.solved(target) == set()


def _a_file_for_a_folder(target):
    (target / ".course/solved").write_text("no folder")


def _a_folder_for_a_file(target):
    (target / ".course/solved/to_signed.json").mkdir(parents=True)


def _a_page_that_is_a_folder(target):
    (target / "home.md").mkdir()


def _a_record_that_is_damaged(target):
    (target / copies.RECORD).write_bytes(b"\xff{")


def _nothing_left(target):
    for path in (target / ".course").iterdir():
        path.unlink()
    (target / ".course").rmdir()


def _no_current_folder(target):
    elsewhere = target / "gone"
    elsewhere.mkdir()
    os.chdir(elsewhere)
    elsewhere.rmdir()


@pytest.mark.parametrize(
    "spoil",
    [_a_file_for_a_folder, _a_folder_for_a_file, _a_page_that_is_a_folder, _a_record_that_is_damaged,
     _nothing_left, _no_current_folder],
)  # fmt: skip
def test_nothing_that_is_wrong_with_the_folder_disturbs_a_check(target, spoil, capsys):
    spoil(target)
    right = function()
    assert check.to_signed(right) is right
    assert capsys.readouterr().out == "✓ to_signed\n"


def test_several_notebooks_at_once_lose_nothing(target):
    names = [name for lesson in contents.lessons() for name in lesson["exercises"]][:12]
    right = function()

    def solve(name):
        with contextlib.suppress(OSError):  # as a check does: another may write the page just now
            home.note_solved(name, right)

    threads = [threading.Thread(target=solve, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.solved(target) == set(names)
    home.write(target)
    assert "**12 of " in (target / "home.md").read_text(encoding="utf-8")


def test_a_function_without_source_is_solved_all_the_same(target):
    scope = {}
    exec(RIGHT, scope)
    check.to_signed(scope["to_signed"])
    assert progress.solved(target) == {"to_signed"}
    assert progress.source(target, "to_signed") == ""


# ---------------------------------------------------------------------------------------- the home page


def test_the_page_names_every_lesson_and_leads_to_it(target):
    text = home.page(target)
    for lesson in contents.lessons():
        line = next(line for line in text.splitlines() if line.startswith(f"| {lesson['number']} "))
        assert f"[{lesson['title']}]({lesson['file']})" in line
        assert f"(worked/{lesson['file']})" in line
        assert f"| {lesson['minutes']} |" in line
        assert f"○ 0 of {len(lesson['exercises'])} |" in line
    keys = ("■", "`I` `I`", "`0` `0`", "Escape", "Shift+Enter", "Run All", "Table of Contents")
    for said in (*keys, "Leave the tab open", "1.5 GB", "reset.exercise", "course_lib.desk run 1.1"):
        assert said in text, said


def test_the_last_cell_leads_to_the_page_and_the_next_lesson():
    for lesson, after in zip(contents.lessons(), [*contents.lessons()[1:], None], strict=True):
        own = json.loads(copies.original_text(lesson["file"]))["cells"][-1]
        assert own["id"].endswith("-footer") and "(../../README.md)" in "".join(own["source"])
        for place, up in ((lesson["file"], ".."), (f"worked/{lesson['file']}", "../..")):
            last = "".join(json.loads(copies.text_of(place))["cells"][-1]["source"])
            assert f"[all lessons]({up}/home.md)" in last
            assert (after is None) or f"[{after['number']} {after['title']}](../{after['file']})" in last


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("# Learning to Draw", "# My notes"),
        lambda text: text + "\nA note at the end.\n",
        lambda text: "my own page\n",
        lambda text: "",
        lambda text: text.replace("written by the course: ", "written by the course: 0"),
    ],
    ids=["a line", "the end", "another", "empty", "the mark"],
)
def test_a_page_that_the_learner_changed_stays(target, change):
    home.write(target)
    path = target / "home.md"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    before = path.read_bytes()
    assert home.write(target).startswith("home.md stays as you changed it")
    check.to_signed(function())
    assert path.read_bytes() == before
    assert progress.solved(target) == {"to_signed"}


@pytest.mark.parametrize(
    "change",
    [lambda content: content.replace(b"\n", b"\r\n"), lambda content: content.rstrip(b"\n"),
     lambda content: content + b"\n\n"],
    ids=["Windows", "no end", "more ends"],
)  # fmt: skip
def test_line_ends_are_no_change(target, change):
    home.write(target)
    path = target / "home.md"
    path.write_bytes(change(path.read_bytes()))
    progress.keep("to_signed", function())
    assert home.write(target) == ""
    assert "1 of 3" in path.read_text(encoding="utf-8")


def test_a_link_in_place_of_the_page_is_the_learners(target, tmp_path):
    (target / "home.md").symlink_to(tmp_path / "elsewhere.md")
    assert home.write(target)
    assert not (tmp_path / "elsewhere.md").exists()


def test_the_count_says_how_it_is_brought_up_to_date(target):
    """JupyterLab goes on showing the page as it was when it was opened."""
    count, how = home.page(target).splitlines()[2:4]
    assert "exercises solved" in count and "Reload Markdown File from Disk" in how


def test_lessons_that_became_newer_are_named(target):
    assert "Newer in the course" not in home.page(target)
    entry = {"written": "", "cells": "", "lesson": "old", "told": "new"}
    copies.write_record(target, {GAME: entry, f"worked/{FIRST['file']}": entry})
    line = next(line for line in home.page(target).splitlines() if "Newer in the course" in line)
    assert f"{SECOND['number']} {SECOND['title']}" in line
    assert FIRST["title"] not in line


def test_an_exercise_that_has_another_name_now_counts_no_longer(target):
    for name in ("an_old_name", "to_signed", "to_signed-LAPTOP-7Q conflicted copy"):
        progress.keep(name, function())
    assert "**1 of " in home.page(target) and "✓○○ 1 of 3" in home.page(target)
    assert (target / ".course/solved/an_old_name.json").exists()


def test_when_all_is_solved_the_page_says_so(target):
    for lesson in contents.lessons():
        for name in lesson["exercises"]:
            progress.keep(name, function())
    assert "That is all of them." in home.page(target)


# -------------------------------------------------------------------------------------- what is put back


def cells(target, place=GAME):
    return json.loads((target / place).read_text(encoding="utf-8"))["cells"]


def change(target, edit, place=GAME):
    """Let `edit` change the list of cells of a learner's copy."""
    notebook = json.loads((target / place).read_text(encoding="utf-8"))
    edit(notebook["cells"])
    (target / place).write_text(json.dumps(notebook), encoding="utf-8")


def position(found, name):
    """Where the open cell of an exercise is: before its check."""
    return next(i for i, cell in enumerate(found) if f"check.{name}(" in "".join(cell["source"])) - 1


def answered(found):
    """Give generator_loss an answer with an output."""
    cell = found[position(found, "generator_loss")]
    cell.update(source=["def generator_loss(fake_logits):\n", "    return mine\n"], execution_count=3,
                outputs=[{"output_type": "stream", "name": "stdout", "text": ["said\n"]}])  # fmt: skip


def split(found):
    """As JupyterLab splits a cell: the tags are copied, the id stays with one part."""
    answered(found)
    at = position(found, "generator_loss")
    tail = dict(found[at], id="split-off", source=["    return more\n"])
    head = dict(found[at], id="split-too", source=["# before\n"])
    found[at : at + 1] = [head, found[at], tail]


def moved(found):
    answered(found)
    found.insert(2, found.pop(position(found, "generator_loss")))


def merged(found):
    """Merged with its check, the cell keeps its id, and the check has none of its own."""
    answered(found)
    at = position(found, "generator_loss")
    found[at]["source"] += ["\n", *found.pop(at + 1)["source"]]


def older(found):
    """A copy of an older course, whose cell had another id."""
    answered(found)
    found[position(found, "generator_loss")]["id"] = "older"


def unfinished(found):
    older(found)
    found[position(found, "generator_loss")]["source"] = [
        "def generator_loss(fake_logits):\n",
        "    return (\n",
    ]


@pytest.mark.parametrize("edit", [answered, split, moved, merged, older, unfinished])
def test_an_exercise_is_put_back_and_its_answer_kept(target, edit):
    course = json.loads(copies.text_of(GAME))["cells"]
    change(target, edit)
    before = cells(target)
    progress.keep("generator_loss", function(name="to_signed"))
    progress.keep("to_signed", function())
    said = reset.reset(target, "generator_loss")
    assert "Your old answer is in old_answers/generator_loss-1.py" in said and "Reload Notebook" in said
    kept = (target / "old_answers/generator_loss-1.py").read_text(encoding="utf-8")
    assert "return (" in kept if edit is unfinished else "return mine" in kept
    assert ("return more" in kept and "# before" in kept) == (edit is split)
    after = cells(target)
    opened = [
        cell for cell in after if cell["source"] == course[position(course, "generator_loss")]["source"]
    ]
    assert len(opened) == 1 and opened[0]["outputs"] == [] and opened[0]["execution_count"] is None
    assert [cell["source"] for cell in after if cell["id"] in ("split-off", "split-too")] == []
    assert [cell["source"] for cell in after if "check.generator_loss(" in "".join(cell["source"])] == [
        course[position(course, "generator_loss") + 1]["source"]
    ]
    touched = {"split-off", "split-too", opened[0]["id"]}
    untouched = [cell for cell in before if cell["id"] not in touched]
    assert [cell for cell in after if cell in untouched] == untouched
    assert progress.solved(target) == {"to_signed"}
    if edit is not moved and edit not in (older, unfinished):
        assert [cell["id"] for cell in after] == [cell["id"] for cell in course]


def rewritten(target, how, place=GAME):
    """Let another program save a learner's copy: `how` makes bytes of the notebook."""
    notebook = json.loads((target / place).read_text(encoding="utf-8"))
    answered(notebook["cells"])
    (target / place).write_bytes(how(notebook))


def _in_vs_code(notebook):
    notebook["metadata"] = {"language_info": {"name": "python"}, "vscode": {"interpreter": {"hash": "31f2"}}}
    for cell in notebook["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
    return json.dumps(notebook, indent=2).replace("\n", "\r\n").encode()


def _without_ids(notebook):
    """As nbformat 4.4 is written, with a source of one text."""
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]
        cell["source"] = "".join(cell["source"])
    return json.dumps(notebook).encode()


def _without_ids_and_check(notebook):
    del notebook["cells"][position(notebook["cells"], "generator_loss") + 1]
    return _without_ids(notebook)


def _by_jupytext(notebook):
    """Made again from a text: every cell has a new id."""
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"new-{number}"
    notebook["metadata"]["jupytext"] = {"formats": "ipynb,py:percent"}
    return json.dumps(notebook, indent=1).encode()


def _by_notepad(notebook):
    return json.dumps(notebook).encode("utf-8-sig")


def _by_powershell(notebook):
    return json.dumps(notebook).encode("utf-16")


@pytest.mark.parametrize(
    "how", [_in_vs_code, _without_ids, _without_ids_and_check, _by_jupytext, _by_notepad, _by_powershell]
)
def test_an_exercise_of_a_copy_that_another_program_saved_is_put_back(target, how):
    rewritten(target, how)
    assert "old_answers/generator_loss-1.py" in reset.reset(target, "generator_loss")
    assert "return mine" in (target / "old_answers/generator_loss-1.py").read_text(encoding="utf-8")
    notebook = json.loads((target / GAME).read_text(encoding="utf-8"))
    found = ["".join(cell["source"]) for cell in notebook["cells"]]
    course = ["".join(cell["source"]) for cell in json.loads(copies.text_of(GAME))["cells"]]
    assert found == course
    assert all("id" not in cell for cell in notebook["cells"]) == how.__name__.startswith("_without_ids")


@pytest.mark.parametrize("gone", [False, True])
def test_right_answers_outlive_the_lesson_that_is_put_back(target, gone):
    """Also where the copy holds another attempt by now, or was deleted."""
    progress.keep("generator_loss", function("def to_signed(x):\n    return 'was right'\n"))
    change(target, answered)
    if gone:
        (target / GAME).unlink()
    assert "right before is in old_answers/generator_loss-1.py." in reset.reset(target, "1.1")
    assert "was right" in (target / "old_answers/generator_loss-1.py").read_text(encoding="utf-8")
    assert progress.solved(target) == set()
    assert "old_answers" not in reset.reset(target, "1.1")


def test_an_answer_that_the_old_copy_holds_is_not_written_down_twice(target):
    change(target, answered)
    mine = "def generator_loss(fake_logits):\n    return mine\n"
    progress.keep("generator_loss", function(mine, "generator_loss"))
    assert "old_answers" not in reset.reset(target, "1.1")


@pytest.mark.parametrize("what", ["generator_loss", "1.1"])
def test_resets_at_once_lose_nothing(target, what):
    """As from a notebook that is run twice, or from two; one that comes too late says so."""
    change(target, answered)
    mine = (target / GAME).read_bytes()
    progress.keep("generator_loss", function())

    def one(_):
        with contextlib.suppress(DeskError):
            reset.reset(target, what)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(6)))
    if what == "1.1":
        assert mine in [path.read_bytes() for path in (target / "01_gan").glob("*-old-*.ipynb")]
    else:
        kept = [path.read_text(encoding="utf-8") for path in (target / "old_answers").iterdir()]
        assert any("return mine" in text for text in kept)
    assert (target / GAME).exists() and cells(target) == json.loads(copies.text_of(GAME))["cells"]


def test_a_folder_in_place_of_a_copy_is_moved_aside_whole(target):
    (target / GAME).unlink()
    (target / GAME).mkdir()
    (target / GAME / "mine.txt").write_text("mine")
    reset.reset(target, "1.1")
    assert (target / "01_gan/1_the_adversarial_game-old-1.ipynb/mine.txt").read_text() == "mine"
    assert (target / GAME).read_text(encoding="utf-8") == copies.text_of(GAME)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_copies_may_lie_behind_links(target, tmp_path, monkeypatch):
    """The whole folder, as in a cloud's, or one notebook, as in a repository of the learner's own."""
    (tmp_path / "link").symlink_to(target)
    monkeypatch.chdir(tmp_path / "link" / "00_start_here")
    progress.keep("to_signed", function())
    assert progress.solved(tmp_path / "link") == {"to_signed"}
    change(target, answered)
    (target / GAME).rename(tmp_path / "mine.ipynb")
    (target / GAME).symlink_to(tmp_path / "mine.ipynb")
    reset.reset(tmp_path / "link", "generator_loss")
    assert (target / GAME).is_symlink()
    assert (tmp_path / "mine.ipynb").read_text(encoding="utf-8").count("return mine") == 0
    assert "return mine" in (target / "old_answers/generator_loss-1.py").read_text(encoding="utf-8")


def test_an_answer_that_was_pasted_twice_is_kept_twice(target):
    def paste(found):
        answered(found)
        at = position(found, "generator_loss")
        found.insert(
            at + 1, dict(found[at], id="pasted", source=["def generator_loss(x):\n    return other\n"])
        )

    change(target, paste)
    reset.reset(target, "generator_loss")
    kept = (target / "old_answers/generator_loss-1.py").read_text(encoding="utf-8")
    assert "return mine" in kept and "return other" in kept
    assert cells(target) == json.loads(copies.text_of(GAME))["cells"]


def test_what_was_right_before_is_kept_too(target):
    change(target, answered)
    progress.keep("generator_loss", function("def to_signed(x):\n    return 'was right'\n"))
    reset.reset(target, "generator_loss")
    kept = (target / "old_answers/generator_loss-1.py").read_text(encoding="utf-8")
    assert kept.index("return mine") < kept.index("found right before") < kept.index("was right")
    change(target, answered)
    assert "old_answers/generator_loss-2.py" in reset.reset(target, "1.1.3")
    assert "Your old answer" not in reset.reset(target, "generator_loss")  # nothing is left to keep


def _deleted(found):
    del found[position(found, "generator_loss")]


def _twice(found):
    older(found)
    at = position(found, "generator_loss")
    found.insert(at, dict(found[at], id="again"))
    found.insert(at + 1, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": []})


@pytest.mark.parametrize("edit", [_deleted, _twice])
def test_a_cell_that_is_not_found_changes_nothing(target, edit):
    change(target, edit)
    progress.keep("generator_loss", function())
    before = (target / GAME).read_bytes()
    with pytest.raises(DeskError, match="generator_loss was not found in 01_gan/1_.*nothing was changed"):
        reset.reset(target, "generator_loss")
    assert (target / GAME).read_bytes() == before
    assert progress.solved(target) == {"generator_loss"}
    assert not (target / "old_answers").exists()


def test_a_lesson_is_put_back_and_the_old_copy_stays(target):
    change(target, answered)
    mine = (target / GAME).read_bytes()
    for name in ("generator_loss", "to_signed"):
        progress.keep(name, function())
    for number, name in enumerate(("the_adversarial_game", "1.1"), 1):
        (target / GAME).write_bytes(mine)
        assert f"your old copy is 01_gan/1_the_adversarial_game-old-{number}.ipynb" in reset.reset(
            target, name
        )
        assert (target / GAME).read_text(encoding="utf-8") == copies.text_of(GAME)
        assert (target / f"01_gan/1_the_adversarial_game-old-{number}.ipynb").read_bytes() == mine
    assert progress.solved(target) == {"to_signed"}
    assert "is as the course left it" in reset.reset(target, "1.1")
    copy = copies.settle(target / GAME, GAME, copies.read_record(target)[GAME])
    assert copy[0] == "same"


def test_a_lesson_that_is_gone_or_damaged_is_put_back(target):
    (target / GAME).unlink()
    reset.reset(target, "01_gan/1_the_adversarial_game")
    assert (target / GAME).read_text(encoding="utf-8") == copies.text_of(GAME)
    (target / GAME).write_bytes(b"\xff\x00 no notebook")
    with pytest.raises(DeskError, match=r"1_the_adversarial_game.ipynb is damaged: .*reset 1\.1"):
        reset.reset(target, "generator_loss")
    reset.reset(target, "1.1")
    assert (target / "01_gan/1_the_adversarial_game-old-1.ipynb").read_bytes() == b"\xff\x00 no notebook"


@pytest.mark.parametrize(
    "content", ["[]", '{"cells": 3}', '{"cells": [{}]}', "", '{"cells": [{"id": 1, "source": 2}]}']
)
def test_a_notebook_of_another_shape_gets_its_sentence(target, content):
    (target / GAME).write_text(content)
    with pytest.raises(DeskError, match="is damaged|was not found"):
        reset.reset(target, "generator_loss")
    assert (target / GAME).read_text() == content


@pytest.mark.parametrize(
    ("what", "part"),
    [("generatorloss", "did you mean generator_loss"), ("1.1.9", "did you mean 1.1"), ("zzz", "see home.md"),
     ("", "There is no lesson")],
)  # fmt: skip
def test_what_there_is_not_gets_a_sentence(target, what, part):
    with pytest.raises(DeskError, match=part):
        reset.reset(target, what)


def test_every_exercise_of_the_course_can_be_put_back(target):
    for lesson in contents.lessons():
        course = json.loads(copies.text_of(lesson["file"]))["cells"]
        for name in lesson["exercises"]:
            wanted = reset._open_cell(course, name)
            assert "..." in "".join(wanted["source"])
            assert reset._answer_cells(course, course, wanted, name) == [wanted]


def test_from_a_notebook_every_answer_is_a_sentence(target, capsys, monkeypatch, tmp_path):
    change(target, answered)
    reset.exercise("generator_loss")
    reset.lesson(1.1)
    reset.exercise("nothing")
    monkeypatch.chdir(tmp_path)
    reset.exercise("generator_loss")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= console.COLUMNS  # wider, JupyterLab breaks file names
    lines = said.replace("\n  ", " ").splitlines()
    assert [line.split()[0] for line in lines] == ["generator_loss", "1.1", "There", "This"]


def test_the_command_finds_the_copies_around_it(target, capsys, monkeypatch):
    change(target, answered)
    assert command.main(["reset", "1.1.3"]) == 0
    assert "generator_loss in 01_gan" in capsys.readouterr().out
    monkeypatch.chdir(target.parent)
    with pytest.raises(SystemExit, match="my_notebooks holds no copies"):
        command.main(["reset", "1.1.3"])
    assert command.main(["reset", "1.1", "--folder", str(target)]) == 0


# ----------------------------------------------------------------------------------- JupyterLab's settings


SETTING = """
import json, sys
from pathlib import Path
from jupyterlab.commands import get_app_dir
from jupyterlab_server.settings_utils import get_settings

app, own = Path(get_app_dir()), sys.argv[1]
found = {}
for name in sys.argv[2:]:
    [answer, _] = get_settings(app / "settings", app / "schemas", own, schema_name=name)
    schema = answer["schema"]["properties"]
    found[name] = {key: value.get("default") for key, value in schema.items()} | answer["settings"]
print(json.dumps(found))
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """What JupyterLab's browser side gets to know of settings, with the learner's own below tmp_path/own."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(lab.SETTINGS))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))

    def read(*names):
        done = subprocess.run([sys.executable, "-c", SETTING, str(tmp_path / "own"), *names],
                              capture_output=True, text=True, check=True)  # fmt: skip
        return json.loads(done.stdout)

    return read


TRACKER, DOCUMENTS = "@jupyterlab/notebook-extension:tracker", "@jupyterlab/docmanager-extension:plugin"
NEWS = "@jupyterlab/apputils-extension:notification"


def test_jupyterlab_gets_the_courses_settings_and_a_learners_own_win(settings, tmp_path):
    kernels = json.loads((lab.SETTINGS / "jupyter_server_config.json").read_text())["MappingKernelManager"]
    assert kernels["cull_idle_timeout"] >= 4 * 3600  # after lunch, everything is as it was
    found = settings(TRACKER, DOCUMENTS, NEWS)
    assert found[TRACKER]["kernelShutdown"] is True
    assert found[DOCUMENTS]["confirmClosingDocument"] is True
    assert found[DOCUMENTS]["defaultViewers"] == {"markdown": "Markdown Preview"}
    assert found[NEWS]["fetchNews"] == "false"
    for name, value in ((TRACKER, {"kernelShutdown": False}), (DOCUMENTS, {"confirmClosingDocument": False})):
        plugin, _, file = name.partition(":")
        path = tmp_path / "own" / plugin / f"{file}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text("// the learner's\n" + json.dumps(value))
    found = settings(TRACKER, DOCUMENTS)
    assert found[TRACKER]["kernelShutdown"] is False
    assert found[DOCUMENTS]["confirmClosingDocument"] is False
    assert found[DOCUMENTS]["defaultViewers"] == {"markdown": "Markdown Preview"}


def test_the_settings_are_some_that_this_jupyterlab_knows():
    schemas = Path(sys.prefix) / "share/jupyter/lab/schemas"
    if not schemas.exists():
        pytest.skip(f"JupyterLab {jupyterlab.__version__} lies elsewhere")
    overrides = json.loads((lab.SETTINGS / "labconfig/default_setting_overrides.json").read_text())
    for name, values in overrides.items():
        plugin, _, file = name.partition(":")
        known = json.loads((schemas / plugin / f"{file}.json").read_text(encoding="utf-8"))["properties"]
        assert set(values) <= set(known)
