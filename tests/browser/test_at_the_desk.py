"""JupyterLab as `make lab` opens it: home, the learner's copies, their links, and leaving."""

import hashlib
import json
import os
import re
import signal
import sys
import urllib.request
from pathlib import Path

import pexpect
import pytest
from playwright.sync_api import expect

from lab_page import address, surroundings, until

pytestmark = pytest.mark.browser

ASKED = "2_a_space_of_pictures.ipynb"


def digests(course):
    """What the course's own notebooks hold."""
    return {
        path.relative_to(course).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("notebooks", "solutions")
        for path in sorted((course / folder).rglob("*.ipynb"))
    }


def copies(course):
    """Every notebook in the learner's folder."""
    found = sorted((course / "my_notebooks").rglob("*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def links(notebook):
    """The targets of its texts' relative links."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.findall(r"\]\((?!\w+:|#)([^)\s#]+)", text)


# ----------------------------------------------------------------------------------------- home


def test_home_is_what_opens(lab):
    """C10: the list of lessons in place of the Launcher."""
    expect(lab.page.locator("#jp-main-dock-panel")).to_contain_text("A picture is a tensor", timeout=10_000)
    assert re.match(r"home\.\w+$", Path(lab.shown()).name)


def test_home_tells_what_no_lesson_can(lab):
    """C8, C9, C13: that kernels take memory, that the tab stays open while cells run, and how to print."""
    home = lab.page.locator("#jp-main-dock-panel").inner_text()
    for said in ("[Mm]emory", "tab open", "(make|desk|learning-to-draw) run", "restarts", "■"):
        assert re.search(said, home), f"home does not say {said}"


def test_a_lesson_is_one_click_from_home_and_its_kernel_lives_quietly(lab, desk):
    """Without encryption, every kernel would warn the learner's terminal of eavesdroppers."""
    lab.page.locator("#jp-main-dock-panel").get_by_role("link", name="A picture is a tensor").first.click()
    path = lab.wait_shown("1_a_picture_is_a_tensor.ipynb")
    assert path == lab.copy("00_start_here/1_a_picture_is_a_tensor.ipynb")
    lesson = lab.open(path)
    lesson.live()
    lesson.write("from course_lib import data, plots, runtime", "print(6 * 7)")
    expect(lesson.run("print(6 * 7)")).to_have_text("42\n")
    assert "WARNING" not in desk[1].read_text(encoding="utf-8")


def test_the_terminal_says_where_copies_are_and_how_to_leave(desk, course):
    """C10: in words of the course, not in the server's."""
    said = desk[1].read_text(encoding="utf-8")
    assert "my_notebooks" in said and "Ctrl-C" in said
    assert "extension was successfully linked" not in said


# --------------------------------------------------------------------------------------- copies


def test_links_of_every_copy_lead_to_copies(course):
    """A2: one that led out of them led to files which an update of the course needs as they are."""
    mine = (course / "my_notebooks").resolve()
    assert len(copies(course)) >= 2 * len(list((course / "chapters").glob("*/*.py")))
    for notebook in copies(course):
        for link in links(notebook):
            target = (notebook.parent / link).resolve()
            assert target.exists() and target.is_relative_to(mine), f"{notebook}: {link}"


def test_the_worked_version_and_the_way_back_stay_within_the_copies(lab, course):
    """A2, A3: followed by pointer, and saved as autosave would: the checkout is as it was."""
    before = digests(course)
    mine = lab.copy(f"02_vae/{ASKED}")
    lesson = lab.open(mine)
    lesson.node.get_by_role("link", name="worked version").first.click()
    worked = lab.open(lab.wait_shown(ASKED, other_than=mine))
    worked.live()
    worked.node.get_by_role("link", name="version with open exercises").first.click()
    back = lab.wait_shown(ASKED, other_than=worked.path)
    lab.save_all()
    assert (back, digests(course) == before) == (mine, True)
    assert worked.path.startswith(lab.copy("")) and worked.path != mine


def test_a_closed_lesson_leaves_no_kernel_behind(lab):
    """C8: header links open tab upon tab, and every kernel holds memory."""
    lesson = lab.open(lab.copy("01_gan/3_failures_on_purpose.ipynb"))
    lesson.live()
    assert lesson.path in lab.sessions()
    lab.page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").click()

    def gone():
        yes = lab.page.locator(".jp-Dialog .jp-mod-accept")
        if yes.count():
            yes.last.click()  # asked, a learner says yes
        return lesson.path not in lab.sessions()

    until(lab.page, gone, "the kernel goes on without a tab", patience=10_000)


def test_nothing_asks_about_news(lab):
    """C10: the question comes a while after the page."""
    assert lab.page.get_by_text("official Jupyter news").count() == 0


# -------------------------------------------------------------------------------------- leaving


@pytest.fixture(scope="module")
def second(desk, course, tmp_path_factory):
    """Another start after an update of the course, in a terminal: (the terminal, its own home)."""
    for folder, text in (("my_notebooks", "What I think of it"), ("notebooks", "A new end")):
        path = next((course / folder).glob("01_gan/2_*.ipynb"))
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"][-2]["source"] = text
        path.write_text(json.dumps(notebook), encoding="utf-8")
    home = tmp_path_factory.mktemp("second")
    terminal = in_a_terminal(course, home, ServerApp={"allow_root": True})
    assert address(home), terminal.before
    yield terminal, home
    leave(terminal)


def in_a_terminal(course, home, **settings):
    """`tools/lab.py` as a process in a terminal, as soon as it has opened JupyterLab or has ended."""
    terminal = pexpect.spawn(
        sys.executable, ["tools/lab.py"], cwd=course, env=surroundings(course, home, **settings),
        encoding="utf-8", timeout=60, dimensions=(50, 200),
    )  # fmt: skip
    while address(home) is None and terminal.isalive():
        terminal.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.1)
    return terminal


def leave(terminal):
    """Ends what may still run in it."""
    terminal.kill(signal.SIGTERM)
    terminal.wait()
    terminal.close()


def test_a_lesson_that_an_update_changed_is_named(second):
    """C11: a copy that the learner has worked in stays, and meets a library that it was not written for."""
    terminal, _ = second
    assert "2_convolutions_that_draw" in (terminal.before or "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused, and this is not root")
def test_root_may_open_the_lessons(course, tmp_path):
    """C12: in a container everybody is root, and make hands no argument on."""
    terminal = in_a_terminal(course, tmp_path / "root")
    opened = address(tmp_path / "root")
    leave(terminal)
    assert opened, terminal.before


def kernels(home, method="GET"):
    """The running kernels of the server whose home this is; POST starts one."""
    at, token = address(home).split("/lab")[0], address(home).split("token=")[1]
    request = urllib.request.Request(
        f"{at}/api/kernels", method=method, headers={"Authorization": f"token {token}"},
        data=b"{}" if method == "POST" else None,
    )  # fmt: skip
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # tools/offline names one
    with direct.open(request, timeout=30) as answer:
        return json.load(answer)


def test_ctrl_c_by_mistake_takes_nothing_away(second):
    """A1: answered with n, the server and what its kernels hold go on."""
    terminal, home = second
    kernel = kernels(home, "POST")["id"]
    terminal.sendintr()
    terminal.expect("Shut down this Jupyter server")
    assert terminal.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=2) == 0  # a learner reads it first
    terminal.sendline("n")
    assert terminal.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=1) == 0
    assert [one["id"] for one in kernels(home)] == [kernel]


def test_ctrl_c_and_yes_leaves_and_leaves_nothing(second):
    """A1: exit status 0, and no note of a running server in Jupyter's folder."""
    terminal, home = second
    terminal.sendintr()
    terminal.expect("Shut down this Jupyter server")
    terminal.sendline("y")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert not list((home / "runtime").glob("jpserver-*"))
