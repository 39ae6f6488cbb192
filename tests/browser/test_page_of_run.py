"""The page that `make run` writes, as a browser shows it: B5, B6 and B7 of what went wrong with it."""

import os
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import pytest

from lab_page import HERE

pytestmark = pytest.mark.browser

# Cells are not run again: the page shows the outputs that the worked version has.
UNRUN = """
import runpy, sys
from nbclient import NotebookClient

async def pass_over(self, cell, cell_index, **options):
    return cell

NotebookClient.async_execute_cell = pass_over
sys.argv = ["tools/run.py", "01_gan/1"]
sys.path.insert(0, "tools")
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def page(course, context):
    """The page of lesson 1.1, and in `page.asked` what it asked for."""
    inside = {"COURSE_PYTHON": sys.executable, "COURSE_ENTERED": os.path.abspath(sys.executable)}
    path = {"PYTHONPATH": os.pathsep.join([str(course), str(course / "tools" / "offline")])}
    made = subprocess.run(
        [sys.executable, "-c", UNRUN],
        cwd=course,
        env=os.environ | inside | path,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(next((course / "build").glob("*.html")).as_uri())
    yield page
    page.close()


def test_every_link_of_the_page_leads_to_a_file(page):
    """B5: the header's among them."""
    links = [url for url in page.locator("a").evaluate_all("(all) => all.map((one) => one.href)")
             if url.startswith("file:")]  # fmt: skip
    files = {unquote(urlsplit(url).path) for url in links}
    assert len(files) >= 3
    assert [path for path in sorted(files) if not os.path.exists(path)] == []


def test_the_page_asks_nobody_for_anything(page):
    """B6: it was blank as long as a server for its scripts kept silent."""
    assert page.asked and [url for url in page.asked if not HERE.match(url)] == []
    assert "MathJax" not in page.content() and page.locator("math").count() > 20


def test_long_formulas_can_be_read_on_a_telephone(page):
    """B7: what is wider than the page scrolls within it."""
    page.set_viewport_size({"width": 400, "height": 800})
    cut = page.locator("math[display=block]").evaluate_all(
        """(formulas) => formulas.filter((one) => {
            const room = one.parentElement.getBoundingClientRect().right;
            const end = () => Math.max(...Array.from(one.querySelectorAll("*"),
                (part) => part.getBoundingClientRect().right));
            if (end() <= room + 1) return false;
            one.scrollLeft = 10000;
            return end() > room + 1;
        }).map((one) => one.textContent)"""
    )
    assert page.locator("math[display=block]").count() >= 3 and cut == []
