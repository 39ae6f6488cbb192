"""What the tests of this folder do in JupyterLab, as a learner does it: with pointer and keys.

Only waiting, and opening a file, goes through JupyterLab's own application object.
"""

import contextlib
import html
import json
import os
import re
import sys
from pathlib import Path

from playwright.sync_api import expect

HERE = re.compile(r"(https?|wss?)://(localhost|127\.0\.0\.1)[:/]|(data|blob|file|about|chrome-error):")
LAPTOP = {"width": 1366, "height": 768}
PATIENCE = 60_000  # milliseconds until a wait is given up: nothing here is about time
expect.set_options(timeout=PATIENCE)

# Of the notebook whose path is given: a JavaScript expression that may use `panel` and `app`.
WITH_PANEL = """(path) => {
    const app = window.jupyterapp;
    const panel = Array.from(app.shell.widgets("main")).find((one) => one.context?.path === path);
    return %s;
}"""
HAS_RUN = """panel.content.widgets.every((cell) => cell.model.type !== "code"
    || (cell.model.executionCount && cell.model.executionState === "idle"))
    && panel.sessionContext.session?.kernel?.status === "idle" """
# The picture as it was sent, whatever its address: a `blob:` changes with every update.
PIXELS = """async (image) => {
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL();
}"""


def surroundings(course: Path, home: Path, **settings) -> dict:
    """Environment variables of `tools/lab.py`: a home of its own, no settings of the user's, no network.

    settings: `ServerApp`'s and `LabApp`'s, as in Jupyter's files of settings.
    """
    (home / "config").mkdir(parents=True)
    (home / "config" / "jupyter_lab_config.json").write_text(json.dumps(settings))
    browser = home / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > "{home}/opened.part" && mv "{home}/opened.part" "{home}/opened"\n'
    )
    browser.chmod(0o755)
    kept = {name: value for name, value in os.environ.items()
            if name != "MPLBACKEND" and not name.startswith(("JUPYTER", "COURSE_", "IPYTHON"))}  # fmt: skip
    return kept | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "BROWSER": f"{browser} %s",
        "COURSE_PYTHON": sys.executable,
        "COURSE_PROFILE": "smoke",
        "COURSE_CACHE": str(home / "cache"),
        "PYTHONPATH": os.pathsep.join([str(course), str(course / "tools" / "offline")]),
    }


def address(home: Path) -> str | None:
    """What JupyterLab asked the browser to open: its address with the token; None as long as it did not."""
    with contextlib.suppress(FileNotFoundError):
        opened = (home / "opened").read_text().strip()
        page = Path(opened.removeprefix("file://")).read_text(encoding="utf-8")
        return html.unescape(re.search(r'href="(http[^"]+)"', page)[1])


class Lab:
    """A page with JupyterLab in it."""

    def __init__(self, page):
        self.page = page

    def ready(self):
        """Waits until JupyterLab has restored what was open."""
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=PATIENCE)
        self.page.evaluate("() => window.jupyterapp.restored.then(() => true)")
        entries = self.page.evaluate(
            """() => window.jupyterapp.serviceManager.contents.get('')
                .then((folder) => folder.content.map((one) => one.name))"""
        )
        self.folder = "my_notebooks/" if "my_notebooks" in entries else ""

    def copy(self, name) -> str:
        """The path of a copy in JupyterLab's words."""
        return self.folder + name

    def shown(self) -> str:
        """The path of the document in front."""
        return self.page.evaluate("() => window.jupyterapp.shell.currentWidget?.context?.path ?? ''")

    def wait_shown(self, name, other_than=""):
        """Waits until a document of this name, at another path than that, is in front; returns its path."""
        until(
            self.page,
            lambda: self.shown().endswith(f"/{name}") and self.shown() != other_than,
            f"{name} is not shown",
        )
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.ready.then(() => true)")
        return self.shown()

    def open(self, path):
        """A document, in front. Returns it as a `Notebook`."""
        self.page.evaluate(
            "(path) => window.jupyterapp.commands.execute('docmanager:open', {path}).then(() => true)", path
        )
        self.wait_shown(Path(path).name)
        return Notebook(self, path)

    def sessions(self) -> list:
        """The paths of the notebooks that have a kernel."""
        return self.page.evaluate(
            """async () => {
                const sessions = window.jupyterapp.serviceManager.sessions;
                await sessions.refreshRunning();
                return Array.from(sessions.running(), (one) => one.path);
            }"""
        )

    def menu(self, name, item):
        """Chooses from a menu of the menu bar."""
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_role("menuitem", name=item).first.click()

    def save_all(self):
        """What autosave does after two minutes."""
        for panel in self.page.evaluate(
            """() => Array.from(window.jupyterapp.shell.widgets("main"), (one) => one.context?.path)
                     .filter((path) => path?.endsWith(".ipynb"))"""
        ):
            self.page.evaluate(WITH_PANEL % "panel.context.save().then(() => true)", panel)


class Notebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, lab, path):
        self.lab, self.page, self.path = lab, lab.page, path
        self.within = self.ask("panel.sessionContext ? panel.id : null")

    def ask(self, expression):
        """The value of a JavaScript expression that may use `panel` and `app`."""
        return self.page.evaluate(WITH_PANEL % expression, self.path)

    def wait(self, expression, patience=PATIENCE):
        """Waits until the expression is true."""
        handle = self.page.wait_for_function(WITH_PANEL % expression, arg=self.path, timeout=patience)
        handle.dispose()

    def show(self):
        """Brings it to the front."""
        self.ask("app.shell.activateById(panel.id)")
        self.lab.wait_shown(Path(self.path).name)
        return self

    def live(self):
        """Waits until its kernel answers."""
        self.ask("panel.sessionContext.ready.then(() => true)")
        self.wait("panel.sessionContext.session?.kernel?.status === 'idle'")

    def run_all(self):
        """Run → Run All Cells."""
        self.show().live()
        self.lab.menu("Run", "Run All Cells")

    def has_run(self, patience=5 * PATIENCE):
        """Waits until every cell has run."""
        self.wait(HAS_RUN, patience)

    @property
    def node(self):
        return self.page.locator(f"[id='{self.ask('panel.id')}']")

    def cells(self):
        """The sources of all cells."""
        return self.ask("panel.content.widgets.map((cell) => cell.model.sharedModel.getSource())")

    def cell(self, beginning):
        """The first cell whose source begins so."""
        sources = self.cells()
        found = [index for index, source in enumerate(sources) if source.startswith(beginning)]
        assert found, f"no cell of {self.path} begins with {beginning!r}"
        return self.node.locator(".jp-Notebook-cell").nth(found[0])

    def cell_with(self, part):
        """The first cell whose source has this part."""
        return self.cell(next(source for source in self.cells() if part in source))

    def write(self, beginning, source):
        """Puts another source into the cell that begins so, by keyboard."""
        editor = self.cell(beginning).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def run(self, beginning):
        """Runs the cell that begins so, by Ctrl+Enter; returns its output."""
        cell = self.cell(beginning)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        return output(cell)

    def outputs(self):
        """Every output of the notebook as nbformat has it."""
        return self.ask("panel.content.widgets.flatMap((cell) => cell.model.outputs?.toJSON() ?? [])")


def output(cell):
    """Where a cell's outputs are."""
    return cell.locator(".jp-Cell-outputWrapper")


def pixels(image) -> str:
    """What a picture shows, as text; equal for equal pictures."""
    return image.evaluate(PIXELS)


def until(page, true, what, patience=30_000):
    """Waits until a function of no arguments returns something true; returns that."""
    for _ in range(patience // 100):
        if found := true():
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"waited in vain: {what}")
