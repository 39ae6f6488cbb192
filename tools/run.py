"""Executes one lesson on the course's own pictures and writes it as a page under build/.

    python tools/run.py              the first lesson on GANs
    python tools/run.py 02_vae/1     the first lesson whose id contains these letters

COURSE_PROFILE=smoke takes seconds, quick minutes, full is for a GPU.
"""

import argparse
import base64
import html
import re
import sys
from pathlib import Path

import env

if __name__ == "__main__":
    env.enter("main")

from latex2mathml.converter import convert
from nbconvert import HTMLExporter

import build
import execute
import lessons

FIRST = "01_gan/1"  # the first lesson that makes pictures


def page(course, lesson, folder: Path) -> tuple:
    """Executes the worked version; writes <folder>/<lesson>.html and its pictures beside it.

    Returns (path of the page, paths of the pictures, seconds).
    """
    notebook = course.notebook("solutions", lesson)
    measured = execute.run(notebook, {}, timeout=None, report=execute.progress)
    pictures = []
    target = folder / lesson.slug
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.*"):
        old.unlink()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
        for output in cell.get("outputs", []):
            kind, content = execute.picture_of(output)
            if kind:
                path = target / f"{len(pictures) + 1:02d}.{kind}"
                path.write_bytes(base64.b64decode(content))
                pictures.append(path)
                # The page's template leaves a picture's description out, so write its tag here.
                alt = html.escape(execute.alt_of(cell, output))
                tag = f'<img alt="{alt}" src="data:image/{kind};base64,{content.strip()}">'
                output.data = {"text/html": tag}
    text, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": lesson.title}})
    path = folder / f"{lesson.slug}.html"
    path.write_text(text, encoding="utf-8")
    return path, pictures, measured["seconds"]


def with_formulas(text: str) -> str:
    """Markdown with its formulas as MathML: a browser shows that without a network.

    TeX that the converter does not understand stays, for MathJax, which the page loads when it can.
    """

    def replace(match):
        code, block, inline = match.groups()
        if code:
            return code
        try:
            formula = convert(block or inline, display="block" if block else "inline")
        except Exception:  # the converter has no error of its own for what it does not know
            return match.group()
        return match.group() if ">&<" in formula or "\\" in formula else formula

    code = r"(```.*?```|`[^`]*`)"
    return re.sub(code + r"|\$\$(.+?)\$\$|\$([^$\n]+)\$", replace, text, flags=re.S)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lesson", nargs="?", default=FIRST, help=f"part of its id (default {FIRST})")
    wanted = parser.parse_args().lesson
    try:
        course = build.Course()
    except lessons.LessonError as error:
        sys.exit(f"{error}")
    found = [lesson for lesson in course.lessons if wanted in lesson.id]
    if not found:
        known = "\n  ".join(lesson.id for lesson in course.lessons)
        sys.exit(f"No lesson's id contains {wanted!r}. There are:\n  {known}")
    print(f"Executing {found[0].id} …", flush=True)
    try:
        path, pictures, seconds = page(course, found[0], env.ROOT / "build")
    except execute.ExecutionError as error:
        sys.exit(f"{found[0].id}: {error}")
    print(f"{found[0].number} {found[0].title}: {seconds:.0f} s, {len(pictures)} pictures in "
          f"{path.with_suffix('')}")  # fmt: skip
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
