"""A lesson's worked version, executed and written as a web page, its pictures beside it."""

import base64
import os
import re
import sys
from pathlib import Path

import nbformat
from latex2mathml.converter import convert
from nbconvert import HTMLExporter

from course_lib import contents
from course_lib.desk import DeskError, execution
from course_lib.files import write_atomically

KINDS = (".webp", ".png", ".gif", ".jpeg")  # of pictures as a page names them; others are somebody's own

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


def matching(wanted: str) -> dict:
    """The lesson of `contents` with this number, or else the first whose file contains these letters.

    Raises DeskError, which names all lessons.
    """
    found = [lesson for lesson in contents.lessons() if wanted == lesson["number"]]
    found += [lesson for lesson in contents.lessons() if wanted in lesson["file"].removesuffix(".ipynb")]
    if not found:
        known = "\n  ".join(lesson["file"].removesuffix(".ipynb") for lesson in contents.lessons())
        raise DeskError(f"No lesson's name contains {wanted!r}. There are:\n  {known}")
    return found[0]


def write(source: Path, folder: Path) -> tuple:
    """Execute a worked notebook; write <folder>/<lesson>.html and its pictures into <folder>/<lesson>/.

    Pictures of an earlier page are replaced, what else lies there stays.

    Returns (path of the page, paths of the pictures, seconds).
    Raises execution.ExecutionError: a cell failed; nothing was written. DeskError: nbconvert is not whole.
    """
    try:
        exporter = HTMLExporter(raw_template=PAGE)
    except ValueError as error:  # they lie in share/, which venv --system-site-packages leaves behind
        raise DeskError(
            f"nbconvert finds no templates for {sys.prefix}: run "
            f'`"{sys.executable}" -m pip install --force-reinstall --no-deps nbconvert`, then this again.'
        ) from error
    notebook = nbformat.read(source, as_version=4)
    name = notebook.metadata["course"]["lesson"]
    measured = execution.run(notebook, {}, report=execution.progress)
    pictures = []
    # An installed course has no README.md, to which the footer leads; the header has all other links.
    notebook.cells = [cell for cell in notebook.cells if not cell.id.endswith("-footer")]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_formulas(with_links(cell.source, source.parent, folder))
        for output in cell.get("outputs", []):
            for address, _ in execution.pictures_of(output):
                kind, _, content = address.removeprefix("data:image/").partition(";base64,")
                if content:
                    pictures.append((f"{len(pictures) + 1:02d}.{kind}", base64.b64decode(content)))
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    text, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    for old in (folder / name).glob("[0-9][0-9].*"):
        if old.suffix in KINDS:
            old.unlink()
    for picture, content in pictures:
        write_atomically(folder / name / picture, content)
    path = folder / f"{name}.html"
    write_atomically(path, text.encode())
    return path, [folder / name / picture for picture, _ in pictures], measured["seconds"]


def with_links(text: str, place: Path, folder: Path) -> str:
    """Markdown whose links, relative to the folder `place`, lead to the same files from `folder`."""

    def replace(match):
        target = Path(os.path.abspath(place / match[1]))
        try:
            return f"]({Path(os.path.relpath(target, folder)).as_posix()})"
        except ValueError:  # another drive of Windows
            return f"]({target.as_uri()})"

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
