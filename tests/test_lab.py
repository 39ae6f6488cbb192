"""The learner's copies (course_lib/desk/copies.py), and JupyterLab on them."""

import errno
import importlib
import json
import os
import re
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import env
from course_lib import files
from course_lib.desk import DeskError, command, copies, execution, home, lab

pytestmark = pytest.mark.tools

OWN, OTHER = "01_sum/1_add.ipynb", "01_sum/2_more.ipynb"
WORKED = f"worked/{OWN}"


def notebook(*sources, output=None, header="*Lesson 1.1 · 2 minutes*", link=None):
    """The text of a notebook: a header, and a code cell for each source; the last has the output."""
    texts = [{"cell_type": "markdown", "id": "h", "metadata": {}, "source": [header + (link or "")]}]
    for number, source in enumerate(sources):
        outputs = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
        texts.append({"cell_type": "code", "execution_count": None, "id": f"c{number}", "metadata": {},
                      "outputs": outputs, "source": source.splitlines(keepends=True)})  # fmt: skip
    return json.dumps({"cells": texts, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


class Course:
    """A course of two lessons whose notebooks a test may change, and the learner's copies of it."""

    def __init__(self, root):
        self.root, self.target = root / "course", root / "my notebooks"
        self.files = [OWN, OTHER]
        for file in self.files:
            self.change("notebooks", notebook("total = ...", link=f" [worked](../../solutions/{file})"), file)
            text = notebook("total = 3", output="3\n", link=f" [open](../../notebooks/{file})")
            self.change("solutions", text, file)

    def change(self, folder, text, file=OWN):
        path = self.root / folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def open(self):
        return copies.open_copies(self.target)

    def copy(self, place=OWN):
        return (self.target / place).read_text(encoding="utf-8")

    def put(self, content, place=OWN):
        (self.target / place).write_bytes(content if isinstance(content, bytes) else content.encode())

    def held(self):
        """Every file below the copies, the record aside."""
        paths = [path for path in self.target.rglob("*") if path.is_file() and ".course" not in path.parts]
        return {path.relative_to(self.target).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def course(tmp_path, monkeypatch):
    made = Course(tmp_path)
    monkeypatch.setattr(copies, "originals", lambda: made.root)
    rest = {"number": "1.1", "title": "Add", "minutes": "2 minutes", "exercises": []}
    monkeypatch.setattr(copies.contents, "lessons", lambda: [{"file": file} | rest for file in made.files])
    return made


@pytest.fixture
def opened(course):
    course.open()
    return course


def saved_by_lab(text):
    """What JupyterLab's autosave makes of a notebook that was looked at."""
    content = json.loads(text)
    content["metadata"] = {"kernelspec": {"name": "python3"}, "language_info": {"version": "3.11.7"}}
    return json.dumps(content, indent=1)


def test_links_of_copies_lead_to_copies(tmp_path):
    """Of the real course: no link leaves the folder, and each leads to the version that it names."""
    copies.open_copies(tmp_path)
    home.write(tmp_path)
    assert set(copies.places()) == {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb")
    }
    for place in copies.places():
        cells = json.loads((tmp_path / place).read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        links = dict(re.findall(r"\[([^\]]*)\]\((\.\.?/[^)]+)\)", "\n".join(texts)))
        assert links
        for words, link in links.items():
            found = (tmp_path / place).parent.joinpath(link).resolve()
            assert found.is_file() and found.is_relative_to(tmp_path), f"{place}: {link}"
            worked = "worked" in found.relative_to(tmp_path).parts
            if words == "all lessons":
                assert found == tmp_path / copies.HOME
                continue
            assert worked == (place.startswith("worked/") != (words in ("worked version",
                              "version with open exercises"))), f"{place}: {words}"  # fmt: skip


def test_the_first_start_copies_everything_and_the_second_nothing(course):
    assert course.open().lines == ["2 lessons and 2 worked versions copied into my notebooks/"]
    before = course.held()
    assert set(before) == {OWN, OTHER, WORKED, f"worked/{OTHER}"}
    assert course.open() == ([], [])
    assert course.held() == before


def test_what_a_learner_wrote_stays_and_the_newer_lesson_is_told_once(opened):
    mine = saved_by_lab(opened.copy().replace("...", "1 + 2"))
    opened.put(mine)
    assert opened.open() == ([], [])
    opened.change("notebooks", notebook("total = ...", "print(total)"))
    told = opened.open()
    assert re.search(r"01_sum/1_add: newer in the course, your copy stays; rename it", told.lines[0])
    assert told.updated == [OWN] and opened.open() == ([], [OWN])
    assert opened.copy() == mine
    opened.change("notebooks", notebook("total = ...", "print(total, 1)"))
    assert opened.open().lines == told.lines
    (opened.target / OWN).rename(opened.target / "01_sum/mine.ipynb")
    assert opened.open() == (["01_sum/1_add: copied again, for the copy was gone"], [])
    assert "print(total, 1)" in opened.copy() and opened.copy("01_sum/mine.ipynb") == mine


def test_new_minutes_in_the_header_are_no_newer_lesson(opened):
    opened.put(opened.copy().replace("...", "1 + 2"))
    opened.change("notebooks", notebook("total = ...", header="*Lesson 1.2 · 3 minutes*"))
    assert opened.open() == ([], [])


def saved_by_an_older_editor(text):
    """nbformat 4.4 knows no ids, and a source may be one text."""
    content = json.loads(text) | {"nbformat_minor": 4}
    for cell in content["cells"]:
        del cell["id"]
        cell["source"] = "".join(cell["source"])
    return json.dumps(content)


def saved_by_vs_code(text):
    content = json.loads(text) | {"metadata": {"vscode": {"interpreter": {"hash": "31f2"}}}}
    for cell in content["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
    return json.dumps(content, indent=2)


def saved_by_notepad(text):
    return text.encode("utf-8-sig")


@pytest.mark.parametrize(
    "look",
    [str, saved_by_lab, saved_by_an_older_editor, saved_by_vs_code, saved_by_notepad,
     lambda text: text.replace("\n", "\r\n")],
)  # fmt: skip
@pytest.mark.parametrize(("place", "folder"), [(OWN, "notebooks"), (WORKED, "solutions")])
def test_a_copy_that_nobody_worked_in_is_brought_up_to_date(opened, look, place, folder):
    opened.put(look(opened.copy(place)), place)
    opened.change(folder, notebook("total = 4"))
    assert opened.open() == ([f"{place[:-6]}: brought up to date; you had not worked in it"], [])
    assert "total = 4" in opened.copy(place)


def test_outputs_of_the_learner_stay_in_an_open_copy_and_give_way_in_a_worked_one(opened):
    for place in (OWN, WORKED):
        opened.put(opened.copy(place).replace('"3\\n"', '"mine"').replace(
            '"outputs": []', '"outputs": [{"output_type": "stream", "name": "stdout", "text": "mine"}]'
        ), place)  # fmt: skip
        assert "mine" in opened.copy(place)
    assert opened.open() == ([], [])
    opened.change("notebooks", notebook("total = ...", "print(total)"))
    opened.change("solutions", notebook("total = 3", output="three\n"))
    assert opened.open().updated == [OWN]
    assert "mine" in opened.copy(OWN) and "three" in opened.copy(WORKED)
    assert "mine" in opened.copy(f"{WORKED[:-6]}-old-1.ipynb")  # and are kept: they may have taken hours
    assert not opened.open().lines


def test_a_worked_copy_that_nobody_ran_leaves_nothing_behind(opened):
    """An editor may keep an output's text whole, where the course keeps its lines."""
    content = json.loads(opened.copy(WORKED))
    for output in [output for cell in content["cells"] for output in cell.get("outputs", [])]:
        output["text"] = [output["text"]] if isinstance(output["text"], str) else "".join(output["text"])
    opened.put(json.dumps(content), WORKED)
    opened.change("solutions", notebook("total = 3", output="three\n"))
    (line,) = opened.open().lines
    assert "you had not worked in it" in line and not [*opened.target.rglob("*-old*")]


def test_an_answer_typed_into_the_worked_version_stays(opened):
    opened.put(opened.copy(WORKED).replace("= 3", "= 2 + 1"), WORKED)
    opened.change("solutions", notebook("total = 4", output="4\n"))
    assert opened.open().updated == [WORKED] and "2 + 1" in opened.copy(WORKED)


@pytest.mark.parametrize("wrote_down", [True, False])
def test_a_copy_that_an_interruption_cut_off_is_made_again(opened, wrote_down):
    """Wherever it was cut off, also by a course that left links as they were; a power cut may leave zeros."""
    for text in (opened.copy(), (opened.root / "notebooks" / OWN).read_text(encoding="utf-8")):
        for length in {*range(0, len(text) - 3, 41), len(text) - 3}:
            for tail in (b"", b"\0" * 9):
                opened.put(text.encode()[:length] + tail)
                if not wrote_down:
                    (opened.target / copies.RECORD).unlink()
                said = "01_sum/1_add: copied again, for the first copy was interrupted"
                assert opened.open() == ([said], [])
                assert opened.copy() == copies.text_of(OWN)
    assert len(opened.held()) == 4


@pytest.mark.parametrize(
    "content",
    [
        "<<<<<<< HEAD\n",  # git left it so
        "{}",
        "[]",
        "null",
        '{"cells": 3}',
        '{"cells": [{"cell_type": "code"}]}',
        b"\xff\xfe\xff",
        lambda text: text.replace("...", "1 + 2")[:-9],
        lambda text: text.replace('"cells"', '"cel'),
    ],
)
def test_a_damaged_copy_is_kept_beside_a_new_one(opened, content):
    content = content(opened.copy()) if callable(content) else content
    content = content if isinstance(content, bytes) else content.encode()
    for count in ("", "-2"):
        opened.put(content)
        (line,) = opened.open().lines
        assert line == "01_sum/1_add: was damaged; kept as ….damaged beside a fresh copy"
        assert opened.copy() == copies.text_of(OWN)
        assert opened.held()[f"01_sum/1_add{count}.damaged"] == content


def test_a_full_disk_is_said_and_room_is_all_that_the_next_start_needs(course, monkeypatch):
    written, write = [], copies.write_atomically

    def full(path, content):
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        written.append(path)
        write(path, content)

    monkeypatch.setattr(copies, "write_atomically", full)
    with pytest.raises(DeskError, match="1_add.ipynb.*No space left on device.*start again"):
        course.change("notebooks", notebook("total = ..."), OTHER)
        course.files.append("01_sum/3_last.ipynb")
        course.change("notebooks", notebook("last"), course.files[-1])
        course.change("solutions", notebook("last"), course.files[-1])
        course.open()
    monkeypatch.setattr(copies, "write_atomically", write)
    assert len(course.held()) == 3
    course.open()
    assert {place: text.decode() for place, text in course.held().items()} == {
        place: copies.text_of(place) for place in copies.places()
    }


def test_what_an_interrupted_update_brought_is_still_known_to_be_the_courses(opened, monkeypatch):
    """Or else a later update would take it for the learner's, and leave it old without a word."""
    opened.change("notebooks", notebook("total = ...", "print(total)"))
    settle = copies.settle

    def stops(path, place, *known):
        if place == OTHER:
            raise KeyboardInterrupt
        return settle(path, place, *known)

    with monkeypatch.context() as patch:
        patch.setattr(copies, "settle", stops)
        with pytest.raises(KeyboardInterrupt):
            opened.open()
    opened.change("notebooks", notebook("total = ...", "print(total, 1)"))
    assert opened.open().lines == ["01_sum/1_add: brought up to date; you had not worked in it"]
    assert "print(total, 1)" in opened.copy()


@pytest.mark.parametrize("first", [True, False])
def test_two_labs_at_once_lose_nothing(course, first):
    """On a folder that is new, and on one with an answer and a damaged copy."""
    mine = damaged = None
    if not first:
        course.open()
        mine = course.copy().replace("...", "1 + 2")
        damaged = course.copy(OTHER)[:-9].replace("...", "1 + 2").encode()
        course.put(mine)
        course.put(damaged, OTHER)
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(course.open) for _ in range(4)]
    assert {type(one.exception()) for one in done} <= {type(None), DeskError}
    assert not any(course.open().lines)
    assert course.copy() == (mine or copies.text_of(OWN)) and course.copy(OTHER) == copies.text_of(OTHER)
    assert first or damaged in course.held().values()


def test_a_file_that_may_not_be_replaced_is_named_and_not_its_half_written_neighbour(opened, monkeypatch):
    opened.change("notebooks", notebook("total = ...", "print(total)"))

    def refuse(source, place):
        raise PermissionError(errno.EACCES, "Permission denied", str(source), None, str(place))

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(files, "WAITS", ())
    with pytest.raises(
        DeskError, match=r"stopped at \S+ notebooks/01_sum/1_add\.ipynb \(Permission denied\)"
    ):
        opened.open()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_the_folder_of_the_copies_may_be_a_link(course, tmp_path):
    (tmp_path / "cloud").mkdir()
    course.target.symlink_to(tmp_path / "cloud")
    course.open()
    mine = course.copy().replace("...", "1 + 2")
    course.put(mine)
    assert course.open() == ([], []) and (tmp_path / "cloud" / OWN).read_text(encoding="utf-8") == mine


def test_a_copy_that_was_moved_is_the_learners_and_a_fresh_one_comes(opened):
    mine = opened.copy().replace("...", "1 + 2")
    opened.put(mine)
    (opened.target / "mine").mkdir()
    (opened.target / OWN).rename(opened.target / "mine" / "1_add.ipynb")
    assert opened.open().lines == ["01_sum/1_add: copied again, for the copy was gone"]
    assert opened.copy("mine/1_add.ipynb") == mine and opened.copy() == copies.text_of(OWN)


def test_a_lesson_with_another_number_keeps_its_copy(opened):
    mine = opened.copy().replace("...", "1 + 2")
    opened.put(mine)
    opened.files[:] = ["01_sum/2_add.ipynb", "01_sum/3_more.ipynb"]
    for folder in ("notebooks", "solutions"):
        for old, new in zip((OTHER, OWN), reversed(opened.files), strict=True):
            (opened.root / folder / old).rename(opened.root / folder / new)
    (line,) = opened.open().lines
    assert line.startswith("01_sum/2_add, 01_sum/3_more, worked/01_sum/2_add and 1 more: your copy is here")
    assert opened.copy("01_sum/2_add.ipynb") == mine
    assert set(opened.held()) == set(copies.places())
    assert opened.open() == ([], [])


def test_a_lesson_that_is_gone_leaves_its_copy(opened):
    opened.files.remove(OTHER)
    before = opened.held()
    (line,) = opened.open().lines
    assert line == "01_sum/2_more, worked/01_sum/2_more: no longer in the course; your copy stays"
    assert opened.held() == before and opened.open() == ([], [])


def test_files_of_the_learners_own_stay(opened):
    for place in ("01_sum/Untitled.ipynb", "01_sum/1_add-Copy1.ipynb", "mine/net.ipynb", "worked/notes.txt"):
        (opened.target / place).parent.mkdir(exist_ok=True)
        opened.put("mine", place)
    before = opened.held()
    assert opened.open() == ([], []) and opened.held() == before


@pytest.mark.parametrize("record", ["", "{", "[]", "null", '{"01_sum/1_add.ipynb": 3}', b"\xff", '{"a": {}}'])
def test_without_a_record_every_copy_is_the_learners(opened, record):
    mine = opened.copy().replace("...", "1 + 2")
    opened.put(mine)
    opened.put(record, copies.RECORD)
    opened.change("notebooks", notebook("total = ...", "print(total)"))
    assert opened.open().lines == [] and opened.copy() == mine


def test_links_of_an_older_course_are_mended_where_nobody_worked(opened):
    (opened.target / copies.RECORD).unlink()
    opened.put((opened.root / "notebooks" / OWN).read_bytes())
    assert opened.open().lines == ["01_sum/1_add: brought up to date; you had not worked in it"]
    assert "](../worked/01_sum/1_add.ipynb)" in opened.copy()


def test_copies_of_an_older_course_stay_and_are_told_once(opened):
    """It wrote no record, so nobody knows whether a copy unlike the lesson is older or the learner's work."""
    opened.change("notebooks", notebook("total = ...", "print(total)"))
    mine = opened.copy().replace("...", "1 + 2")
    opened.put(mine)
    (opened.target / copies.RECORD).unlink()
    (line,) = opened.open().lines
    assert line.startswith(
        "01_sum/1_add: of an older course, or changed by you, and stays; for all lessons anew"
    )
    assert opened.copy() == mine and opened.open().lines == []
    assert "1.1 Add" in home.page(opened.target).partition("**Newer in the course")[2]
    opened.target.rename(opened.root / "mine")
    assert opened.open().lines == ["2 lessons and 2 worked versions copied into my notebooks/"]


def test_links_and_folders_in_place_of_a_copy_are_left_alone(opened, tmp_path):
    (tmp_path / "elsewhere.ipynb").write_text("mine")
    (opened.target / OWN).unlink()
    (opened.target / OWN).symlink_to(tmp_path / "elsewhere.ipynb")
    (opened.target / OTHER).unlink()
    (opened.target / OTHER).mkdir()
    assert opened.open().lines == ["01_sum/1_add, 01_sum/2_more: a link or a folder of yours, left alone"]
    assert (tmp_path / "elsewhere.ipynb").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_named_before_any_work(course, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        DeskError, match=r"file.my_notebooks cannot be written \(.+\): name a folder of yours"
    ):
        copies.open_copies(tmp_path / "file" / "my_notebooks")


def test_a_lesson_that_is_missing_from_the_course_is_named(course):
    (course.root / "solutions" / OWN).unlink()
    with pytest.raises(DeskError, match="solutions/01_sum/1_add.ipynb is missing from the course"):
        course.open()


# ------------------------------------------------------------------------------------ JupyterLab

# Answers Ctrl-C as JupyterLab does: it asks, goes on after "n", ends after "y" or a second Ctrl-C.
SERVER = """
import signal, sys
def stop(*_): print("ending", flush=True); sys.exit(0)
def ask(*_):
    signal.signal(signal.SIGINT, stop)
    print("Shut down?", flush=True)
    if sys.stdin.readline() == "y\\n": stop()
    signal.signal(signal.SIGINT, ask)
    print("going on", flush=True)
signal.signal(signal.SIGINT, ask)
signal.signal(signal.SIGTERM, stop)
print("serving", flush=True)
while True: signal.pause()
"""
PARENT = (
    f"import sys; from course_lib.desk import lab; sys.exit(lab.wait_for([sys.executable, '-c', {SERVER!r}]))"
)


@pytest.fixture
def server():
    if sys.platform == "win32":
        pytest.skip("a terminal of its own needs Linux or macOS")
    from terminal import Terminal

    with Terminal([sys.executable, "-c", PARENT], cwd=env.ROOT) as terminal:
        terminal.until("serving")
        yield terminal


def test_ctrl_c_by_mistake_ends_nothing(server):
    for _ in range(2):
        server.type("\x03")
        server.until("Shut down")
        time.sleep(0.5)  # as long as it takes to read the question, and twice as long as was once allowed
        server.type("n\n")
        server.until("going on")
    assert server.program.poll() is None
    server.type("\x03")
    server.until("Shut down")
    server.type("y\n")
    server.until("ending")
    assert server.ended() == 0


def test_ctrl_c_twice_ends_it(server):
    server.type("\x03")
    server.until("Shut down")
    server.type("\x03")
    server.until("ending")
    assert server.ended() == 0


def test_whoever_ends_the_command_ends_the_server(server):
    server.program.terminate()
    server.until("ending")
    assert server.ended() == 0


@pytest.fixture
def started(course, monkeypatch):
    """What `lab` would start."""
    commands = []
    monkeypatch.setattr(lab, "wait_for", lambda command: commands.append(command) or 0)
    return commands


def test_the_lab_serves_the_copies_and_nothing_else(course, started, capsys):
    assert command.main(["lab", f"--folder={course.target}", "--port", "9000", "--no-browser"]) == 0
    assert f"--ServerApp.root_dir={course.target}" in started[0]
    assert started[0][-3:] == ["--port", "9000", "--no-browser"]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2 lessons and 2 worked versions copied into my notebooks/"
    assert str(course.target) in said[1] and "nothing overwrites" in said[1]
    assert "Begin with home.md" in said[2] and "Ctrl-C" in said[2]
    assert "--LabApp.default_url=/lab/tree/home.md" in started[0]
    assert "(01_sum/1_add.ipynb)" in (course.target / "home.md").read_text(encoding="utf-8")


def test_a_home_page_that_the_learner_changed_is_named(course, started, capsys):
    course.open()
    course.put("my own", "home.md")
    command.main(["lab", f"--folder={course.target}"])
    assert "home.md stays as you changed it" in capsys.readouterr().out
    assert course.copy("home.md") == "my own"


def test_terminals_in_the_lab_find_this_python(capfd):
    said = "import os, shutil; print(os.path.dirname(shutil.which('python')))"
    assert lab.wait_for([sys.executable, "-c", said]) == 0
    assert capfd.readouterr().out.strip() == sysconfig.get_path("scripts")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows knows no root")
@pytest.mark.parametrize("user", [0, 1000])
def test_root_is_told_and_let_in(course, started, capsys, monkeypatch, user):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    command.main(["lab", f"--folder={course.target}"])
    assert ("--allow-root" in started[0]) == ("You are root" in capsys.readouterr().out) == (user == 0)


@pytest.mark.parametrize("arguments", [["lab"], ["run", "01_sum/1"]])
def test_a_command_says_before_any_work_that_it_cannot_write(tmp_path, started, monkeypatch, arguments):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(execution, "run", lambda *_, **__: pytest.fail("it began to work"))
    with pytest.raises(SystemExit, match=r"cannot be written \(.+\): name a folder of yours with --folder"):
        command.main([*arguments, "--folder", str(tmp_path / "file" / "folder")])
    assert not started


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["run", "--port", "9000"], "unrecognized arguments: --port"),
        (["doctor", "now"], "unrecognized arguments: now"),
        (["run", "02_vae", "--folder"], "expected one argument"),
    ],
)
def test_a_command_that_does_not_exist_is_refused(arguments, said, capsys):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert said in capsys.readouterr().err


def test_a_lesson_that_does_not_exist_is_answered_with_those_that_do(tmp_path):
    with pytest.raises(
        SystemExit, match=r"(?s)No lesson's name contains '9_9'.*01_gan/1_the_adversarial_game"
    ):
        command.main(["run", "9_9", f"--folder={tmp_path}"])


def test_a_package_that_is_missing_is_named(course, monkeypatch):
    monkeypatch.setattr(lab, "open_lab", lambda *_: importlib.import_module("no_such_package"))
    with pytest.raises(SystemExit, match="no_such_package is not installed for .*doctor"):
        command.main(["lab", f"--folder={course.target}"])
