"""Executes one lesson on the course's own pictures and writes it as a page under build/.

    python tools/run.py              the first lesson on GANs
    python tools/run.py 02_vae/1     the first lesson whose id contains these letters

COURSE_PROFILE=smoke takes seconds, quick minutes, full is for a GPU.
"""

import argparse
import base64
import os
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
# nbconvert's page without the scripts that it would load from elsewhere: nothing here needs them.
PAGE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>math[display="block"] { display: block math; overflow-x: auto; overflow-y: hidden }</style>
{%- endblock -%}
"""


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
    place = course.path("solutions", lesson).parent
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_formulas(with_links(cell.source, place, folder))
        for output in cell.get("outputs", []):
            for address, _ in execute.pictures_of(output):
                kind, _, content = address.removeprefix("data:image/").partition(";base64,")
                if content:
                    path = target / f"{len(pictures) + 1:02d}.{kind}"
                    path.write_bytes(base64.b64decode(content))
                    pictures.append(path)
    exporter = HTMLExporter(raw_template=PAGE)
    text, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": lesson.title}})
    path = folder / f"{lesson.slug}.html"
    path.write_text(text, encoding="utf-8")
    return path, pictures, measured["seconds"]


def with_links(text: str, place: Path, folder: Path) -> str:
    """Markdown whose links, relative to the folder `place`, lead to the same files from `folder`."""

    def replace(match):
        return f"]({Path(os.path.relpath(place / match[1], folder)).as_posix()})"

    return re.sub(r"\]\((\.\./[^)\s]+)\)", replace, text)


def with_formulas(text: str) -> str:
    """Markdown with its formulas as MathML: a browser shows that without a network.

    TeX that the converter does not understand stays.
    """

    def replace(match):
        code, block, inline = match.groups()
        if code:
            return code
        tex = block or inline
        for unknown, known in (("\\arg", "\\operatorname{arg}"), ("\\lVert", "‖"), ("\\rVert", "‖")):
            tex = tex.replace(unknown, known)
        try:
            formula = convert(tex, display="block" if block else "inline")
        except Exception:  # the converter has no error of its own for what it does not know
            return match.group()
        formula = formula.replace("\\_", "_")
        # TeX's thin space around the name of a function: log D, not logD.
        names = r"(?<=</m[in]>)(?=<mi>\w\w)|(?<=\w\w</mi>)(?=<m[in]>)"
        formula = re.sub(names, '<mspace width="0.17em" />', formula)
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
