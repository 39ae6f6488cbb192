"""One JupyterLab and one browser for all tests of this folder, and a screenshot of what fails.

`python -m pytest --for=browser tests/browser` runs them; `--course=FOLDER` opens another checkout's lessons.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from playwright.sync_api import sync_playwright

import env
import lab_page

NOT_COPIED = (".git", ".venv*", "build", "my_*", "__pycache__", ".ipynb_checkpoints")
SHOTS = env.ROOT / "build" / "test" / "browser"


@pytest.fixture(scope="session")
def course(request, tmp_path_factory):
    """A copy of the checkout: what a learner does in it spoils nothing here."""
    copy = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(request.config.getoption("course"), copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return copy


@pytest.fixture(scope="session")
def desk(course, tmp_path_factory):
    """`tools/lab.py`, running: (the address that it opened, the file that its terminal is written to)."""
    home = tmp_path_factory.mktemp("home")
    # A learner may be root (in a container), but what a slip of lab.py there does is one test's matter.
    variables = lab_page.surroundings(
        course, home, ServerApp={"allow_root": True}, LabApp={"expose_app_in_browser": True}
    )
    terminal = home / "terminal"
    with terminal.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "tools/lab.py"], cwd=course, env=variables,
            stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    while lab_page.address(home) is None:
        assert server.poll() is None, f"lab.py ended:\n{terminal.read_text()}"
        time.sleep(0.05)
    yield lab_page.address(home), terminal
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)  # JupyterLab ends its kernels
    server.wait()


@pytest.fixture(scope="session")
def context():
    """A browser that reaches this machine only, and remembers in `asked` what it asked for."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in SHOTS.glob("*.png"):
        old.unlink()
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=env.browser(), args=[nowhere])
        context = browser.new_context(viewport=lab_page.LAPTOP)
        context.asked = []
        context.on("request", lambda request: context.asked.append(request.url))
        context.on("page", lambda page: page.on("websocket", lambda one: context.asked.append(one.url)))
        yield context
        browser.close()


@pytest.fixture(scope="session")
def lab(desk, context):
    """JupyterLab as the learner's browser shows it."""
    page = context.new_page()
    page.goto(desk[0])
    lab = lab_page.Lab(page)
    lab.ready()
    # The home page comes last, and would cover what a test opens before.
    lab_page.until(page, lambda: lab.shown() == "home.md", "home is not shown")
    return lab


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Keeps a picture of every page that was open when a test failed."""
    report = (yield).get_result()
    context = getattr(item, "funcargs", {}).get("context")
    if not report.failed or context is None:
        return
    for number, page in enumerate(context.pages, 1):
        path = SHOTS / f"{item.name.translate(str.maketrans('/[]', '---'))}-{report.when}-{number}.png"
        with contextlib.suppress(Exception):  # a page may be gone
            page.screenshot(path=path, timeout=10_000)
            report.sections.append(("screenshot", os.path.relpath(path)))
