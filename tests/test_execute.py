"""tools/execute.py and pages (course_lib/desk/page.py) on a course of two tiny lessons, with real kernels."""

import base64
import re
import struct
import zlib
from pathlib import Path

import nbformat
import pytest

import build
import execute
import sample_course
from course_lib.desk import DeskError, execution, page

pytestmark = pytest.mark.tools


def png(width=2, height=2):
    """A black picture, as bytes."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURE = base64.b64encode(png()).decode()
SHOW = f"""\
from IPython.display import display
display({{"image/png": "{PICTURE}", "text/plain": "dark"}}, metadata=META, raw=True)
"""
SHOW_HTML = f"""\
from IPython.display import display
display({{"text/html": '<img ALT src="data:image/png;base64,{PICTURE}">', "text/plain": "dark"}}, raw=True)
"""
WITH_ALT = SHOW.replace("META", '{"image/png": {"alt": "a dark square"}}')


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The sample course, whose lessons import a stand-in for course_lib."""
    root = sample_course.make(tmp_path / "course")
    (root / "course_lib").mkdir()
    (root / "course_lib/__init__.py").write_text("")
    (root / "course_lib/runtime.py").write_text(sample_course.RUNTIME)
    monkeypatch.setattr(execution, "python_path", lambda: [str(root)])
    return root


def lesson_of(root):
    course = build.Course(root)
    assert course.problems == []
    return course, course.lessons[1]


def solution(root):
    text = (root / "solutions/01_sum/1_add.ipynb").read_text(encoding="utf-8")
    return nbformat.reads(text, as_version=4)


def test_an_executed_lesson_is_fresh_and_measured(root):
    sample_course.edit(root, "steps = 3", f"steps = 3\nprint('a')\nprint('b')\n{WITH_ALT}")
    course, lesson = lesson_of(root)
    assert course.stale(lesson)
    measured = execute.record(course, lesson)
    assert not course.stale(lesson)
    assert 0 < measured["first_picture_seconds"] <= measured["seconds"]
    assert 0 <= measured["longest_cell_seconds"] <= measured["seconds"]
    told = Path("/proc/self/status").exists()
    assert measured["peak_megabytes"] > 20 if told else measured["peak_megabytes"] is None

    result = course.result(lesson)
    assert result["profiles"]["quick"]["values"] == {"steps": {"value": 3}}
    assert result["profiles"]["quick"]["seconds"] == measured["seconds"]
    assert result["executed"] == lesson.fingerprint()

    worked = solution(root)
    streams = [output.text for cell in worked.cells for output in cell.get("outputs", [])
               if output.output_type == "stream"]  # fmt: skip
    assert streams == ["a\nb\n", "graded 3\n", "graded 3\n"]
    assert "execution" not in str([cell.metadata for cell in worked.cells])

    before = (root / "solutions/01_sum/1_add.ipynb").read_bytes()
    build.build(root)  # the header now has the minutes; nothing else changes
    assert [cell.get("outputs") for cell in solution(root).cells] == [
        cell.get("outputs") for cell in nbformat.reads(before.decode(), as_version=4).cells
    ]
    assert not [line for line in build.check(root) if "01_sum" in line]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("steps = 1 / 0", "ZeroDivisionError: division by zero"),
        (SHOW.replace("META", "{}"), "shows has no alt text"),
        (SHOW_HTML.replace("ALT ", ""), "shows has no alt text"),
        (SHOW_HTML.replace("ALT", 'alt=" "'), "shows has no alt text"),
        (SHOW_HTML.replace("ALT", 'alt="dark"><img'), "shows has no alt text"),
        ("import os\nprint(os.path.expanduser('~'))", "names a folder of this machine"),
        ("import os\nprint(os.getcwd())", "names a folder of this machine"),
        ("print(('x' * 99 + '\\n') * 16_000)", "more than 1500: make its figures smaller"),
        ("import os\nos._exit(3)", "failed"),
    ],
)
def test_nothing_is_written_for_a_lesson_with_a_flaw(root, code, said):
    sample_course.edit(root, "steps = 3", f"steps = 3\n{code}")
    course, lesson = lesson_of(root)
    with pytest.raises(execute.ExecutionError) as caught:
        execute.record(course, lesson)
    assert said in str(caught.value)
    assert not (root / "solutions").exists() and not (root / "course_lib/results").exists()


def test_full_measures_and_leaves_the_solution(root, monkeypatch):
    monkeypatch.setattr(execute, "gpu_names", lambda: ["a GPU"])
    course, lesson = lesson_of(root)
    execute.record(course, lesson)
    before = (root / "solutions/01_sum/1_add.ipynb").read_bytes()
    execute.record(course, lesson, "full")
    result = course.result(lesson)
    assert set(result["profiles"]) == {"quick", "full"}
    assert result["profiles"]["full"]["machine"]["gpus"] == ["a GPU"]
    assert (root / "solutions/01_sum/1_add.ipynb").read_bytes() == before


def test_an_edited_solution_is_left_and_named_before_any_work(root, monkeypatch):
    build.build(root)
    path = root / "solutions/01_sum/1_add.ipynb"
    mine = path.read_text(encoding="utf-8").replace("total = sum", "total = 3 * sum")
    path.write_text(mine, encoding="utf-8")
    monkeypatch.setattr(execute, "run", lambda *_, **__: pytest.fail("it began to work"))
    with pytest.raises(
        execute.ExecutionError, match="it was edited by hand; .*--take-over solutions/01_sum/1_add"
    ):
        execute.record(*lesson_of(root))
    assert path.read_text(encoding="utf-8") == mine


def test_strictness_and_profile_reach_the_lesson(root):
    pair = "os.environ['COURSE_STRICT'], os.environ['COURSE_PROFILE']"
    code = f"import os\nassert ({pair}) == ('1', 'quick')"
    sample_course.edit(root, "steps = 3", f"steps = 3\n{code}")
    execute.record(*lesson_of(root))


def test_files_that_a_lesson_writes_do_not_stay(root):
    sample_course.edit(root, "steps = 3", "steps = 3\nopen('left_behind.txt', 'w').close()")
    execute.record(*lesson_of(root))
    assert not list(root.rglob("left_behind.txt"))


@pytest.mark.parametrize("code", [WITH_ALT, SHOW.replace("META", "{}"), SHOW_HTML.replace("ALT ", "")])
def test_a_picture_is_stored_once_in_words_of_its_own_or_else_of_its_cell(root, code):
    said = "a dark square" if code == WITH_ALT else 'a "square" & more'
    sample_course.edit(root, 'tags=["knobs"]\nsteps = 3', f"alt='a \"square\" & more'\nsteps = 3\n{code}")
    execute.record(*lesson_of(root))
    (output,) = [output for cell in solution(root).cells for output in cell.get("outputs", [])
                 if output.output_type == "display_data"]  # fmt: skip
    assert execution.pictures_of(output) == [(f"data:image/png;base64,{PICTURE}", said)]
    assert set(output.data) == {"text/html", "text/plain"} and output.metadata == {}


def test_a_page_has_the_pictures_beside_it(root, tmp_path):
    sample_course.edit(root, "steps = 3", f"steps = 3\n{WITH_ALT}")
    build.build(root)
    source = root / "solutions/01_sum/1_add.ipynb"
    before = source.read_bytes()
    own = ("07.txt", "12.jpg", "portrait.png")
    (tmp_path / "build/add").mkdir(parents=True)
    for name in (*own, "02.webp"):  # the last one is of an earlier page
        (tmp_path / "build/add" / name).touch()
    path, pictures, seconds = page.write(source, tmp_path / "build")
    assert {file.name for file in (tmp_path / "build/add").iterdir()} == {*own, "01.png"}
    html = path.read_text(encoding="utf-8")
    assert "A lesson" in html and 'alt="a dark square"' in html and seconds > 0
    assert [picture.read_bytes() for picture in pictures] == [png()]
    assert source.read_bytes() == before and not (root / "course_lib/results").exists()


def test_a_page_asks_nobody_else_and_its_links_lead_somewhere(root, tmp_path):
    sample_course.edit(root, "steps = 3", f"steps = 3\n{WITH_ALT}")
    build.build(root)
    path, _, _ = page.write(root / "solutions/01_sum/1_add.ipynb", tmp_path / "build")
    text = path.read_text(encoding="utf-8")
    for tag in re.findall(r"<(?:script|link|img|iframe|source|object)\b[^>]*>", text):
        assert not re.search(r"""(?:src|href|data|srcset)=["']?(?!data:image/|"data:image/)""", tag), tag[
            :200
        ]
    assert not re.search(r"""@import|\bimport\(|url\(["']?(?:https?:)?//""", text)
    assert 'math[display="block"] { display: block math; overflow-x: auto' in text
    links = [link for link in re.findall(r'<a href="([^"#]+)"', text) if not re.match(r"https?:", link)]
    first = root / "solutions/00_start/1_first.ipynb"  # once in the prerequisites, once in the header
    places = [(path.parent / link).resolve() for link in links]
    assert sorted(places) == [root / "notebooks/01_sum/1_add.ipynb", first, first]
    assert all((path.parent / link).exists() for link in links)


def test_promises_are_reminded_of():
    measured = {"longest_cell": "3: fit", "longest_cell_seconds": 61, "seconds": 181}
    assert len(execute.promises(measured)) == 2
    assert execute.promises(measured | {"longest_cell_seconds": 60, "seconds": 180}) == []


def test_missing_templates_are_named_before_the_lesson_runs(root, tmp_path, monkeypatch):
    def fail(**_):
        raise ValueError("No template sub-directory with name 'lab' found in the following paths: …")

    monkeypatch.setattr(page, "HTMLExporter", fail)
    monkeypatch.setattr(execution, "run", lambda *_, **__: pytest.fail("it began to work"))
    with pytest.raises(DeskError, match="no templates for .*: run .* -m pip install --force-reinstall"):
        page.write(root / "solutions/01_sum/1_add.ipynb", tmp_path / "build")


def test_the_formulas_of_a_page_need_no_network():
    text = page.with_formulas("Let $x^2$ be\n$$\n\\frac{a}{b}\n$$\nand `$code$`, 3 $ or \\$4.")
    assert text.count("<math") == 2 and "<mfrac>" in text
    assert "`$code$`" in text and text.endswith("3 $ or \\$4.")


def test_a_formula_that_cannot_be_converted_stays_tex():
    aligned = r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"
    assert page.with_formulas(aligned) == aligned


def test_every_formula_of_the_course_is_shown_without_a_network():
    cells = [cell.source for lesson in build.Course().lessons for cell in lesson.cells
             if cell.cell_type == "markdown"]  # fmt: skip
    text = re.sub(r"```.*?```|`[^`]*`", "", page.with_formulas("\n\n".join(cells)), flags=re.S)
    assert text.count("<math") > 900 and re.findall(r"\$[^$\n]+\$", text) == []


def test_a_function_stands_apart_from_its_argument():
    space = '<mspace width="0.17em" />'
    assert f"<mn>2</mn>{space}<mi>log</mi>{space}<mi>D</mi><mo" in page.with_formulas(r"$2\log D(x)$")


def test_nothing_is_executed_where_nothing_could_be_written(monkeypatch, tmp_path, capsys):
    (tmp_path / "solutions").write_text("a file")
    monkeypatch.setattr(execute.env, "ROOT", tmp_path)
    monkeypatch.setattr(execute, "record", None)
    monkeypatch.setattr(execute.sys, "argv", ["execute.py", "--force"])
    with pytest.raises(SystemExit, match=r"solutions cannot be written .* copy the course"):
        execute.main()
