"""The course as pip installs it: lessons, what was measured, and the command, where there is no checkout."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import env
import lessons
import meaning
from course_lib import contents

pytestmark = pytest.mark.tools

# Lesson -> names that the cells need, how the cells are found, and a row that they print.
TABLES = {
    "01_gan/3_failures_on_purpose": (
        ("CURES", "plain", "with_r1", "wgan_gp", "hinge", "relativistic", "relativistic_g", "non_saturating",
         "higher_score"),
        ("seeds =", "OBEYED = {", "in OBEYED.items()"),
        r"explosion: slope above 1000, or no number +\d of 5",
    ),
    "05_comparisons/2_combining_and_sharing": (
        ("columns", "jury"),
        ("seeds =", 'tell("contest"'),
        r"VAE-GAN, equal steps +distance [\d.]+ \([\d.]+ to [\d.]+\)",
    ),
    "06_challenges/3_where_the_seconds_go": (
        (),
        ('table["backends"]',),
        r"torch +\S+ +dense +[\d.]+ ms \([\d.]+ to [\d.]+\), conv +[\d.]+ ms",
    ),
}  # fmt: skip


def script(name):
    """A lesson's table as a script: its imports, what the table needs, and the cells that print it."""
    needed, marks, _ = TABLES[name]
    found = lessons.read(env.ROOT / "chapters" / f"{name}.py", env.ROOT)
    cells = [cell for cell in found.worked_cells() if cell.cell_type == "code"]
    tables = [cell.source for cell in cells if any(mark in cell.source for mark in marks)]
    assert len(tables) == len(marks), f"{name}: {len(tables)} cells match {marks}"

    def wanted(node):
        names = [getattr(node, "name", ""), *map(ast.unparse, getattr(node, "targets", []))]
        return isinstance(node, ast.Import | ast.ImportFrom) or not set(names).isdisjoint(needed)

    parts = [ast.unparse(node) for cell in cells for node in meaning.syntax(cell.source).body if wanted(node)]
    start = f"from course_lib import runtime\n\nruntime.start(lesson={name!r}, seed=1)"
    return "\n\n".join([start, *parts, f"print({name!r})", *tables])


MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that holds the installed package: an sdist, the wheel from it, and that installed."""
    source, made, site = map(tmp_path_factory.mktemp, ("source", "made", "site"))
    # Copies, for setuptools would take what an earlier build left in build/.
    for folder in ("course_lib", "notebooks", "solutions"):
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(env.ROOT / folder, source / folder, ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(env.ROOT / name, source)
    # What a learner who worked in the checkout itself may have left there belongs to nobody else.
    (source / "notebooks/01_gan/.ipynb_checkpoints").mkdir()
    for name in (".ipynb_checkpoints/1_a-checkpoint.ipynb", "Untitled.ipynb", "1_a-Copy1.ipynb"):
        (source / "notebooks/01_gan" / name).write_text("mine")
    build = "import sys\nfrom setuptools import build_meta\nbuild_meta.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, made], cwd=source, check=True, capture_output=True)
    (archive,) = made.glob("*.tar.gz")
    pip, alone = [sys.executable, "-m", "pip"], ["--quiet", "--no-deps", "--no-index"]
    wheel = [*pip, "wheel", *alone, "--no-build-isolation", "--wheel-dir", str(made), str(archive)]
    subprocess.run(wheel, check=True)
    (archive,) = made.glob("*.whl")
    print(f"the wheel has {archive.stat().st_size / MEGABYTE:.1f} MB")
    assert archive.stat().st_size <= 100 * MEGABYTE
    subprocess.run([*pip, "install", *alone, "--target", str(site), str(archive)], check=True)
    return site


@pytest.fixture(scope="module")
def surroundings(installed):
    """The environment of a process that sees the installed package."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
    return kept | {"PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8", "COURSE_PROFILE": "smoke"}


@pytest.fixture(scope="module")
def printed(installed, surroundings, tmp_path_factory):
    """Lesson -> what its table says, in a process that sees the installed package and no checkout."""
    empty = tmp_path_factory.mktemp("empty")
    parts = ["import course_lib", "print(course_lib.__file__)", *map(script, TABLES)]
    (empty / "tables.py").write_text("\n\n".join(parts), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "tables.py"],
        cwd=empty,
        env=surroundings,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed)), "the checkout was imported, not the installed package"
    pieces = re.split("^(" + "|".join(map(re.escape, TABLES)) + ")$", done.stdout, flags=re.M)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_an_installed_lesson_shows_its_table(printed, name):
    assert re.search(TABLES[name][2], printed[name]), printed[name]
    assert "no stored" not in printed[name] and " of 0" not in printed[name]


def test_the_installed_package_brings_every_lesson_and_nothing_else(installed):
    found = {path.relative_to(installed / "course_lib").as_posix() for path in installed.rglob("*.ipynb")}
    files = [lesson["file"] for lesson in contents.lessons()]
    assert found == {f"{folder}/{file}" for folder in ("notebooks", "solutions") for file in files}


def command_of(installed):
    """The command that pip put there."""
    folder = "Scripts" if os.name == "nt" else "bin"
    return shutil.which("learning-to-draw", path=installed / folder)


@pytest.mark.skipif(os.name == "nt", reason="a terminal of its own needs Linux or macOS")
def test_the_installed_command_opens_the_lessons_in_jupyterlab(installed, surroundings, tmp_path):
    from terminal import Terminal

    options = {"cwd": tmp_path, "env": surroundings | {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}}
    with Terminal([command_of(installed), "lab", "--no-browser", "--port-retries=50"], **options) as terminal:
        terminal.until(r"24 lessons and 24 worked versions copied into my_notebooks/")
        terminal.until(r"Begin with home.md")
        said = terminal.until(r"(?s)(.*?)(http://127\S+:\d+)/lab/tree/home.md\?token=(\w+)")
        before, address, token = said.groups()
        assert "not recognized" not in before  # a setting of ours that JupyterLab does not have

        # Directly: the surroundings of the tests may name a proxy that does not exist.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def get(path, read=json.load):
            end = time.monotonic() + 120
            while True:
                try:
                    with opener.open(f"{address}/{path}?token={token}") as answer:
                        return read(answer)
                except urllib.error.HTTPError:
                    raise
                except urllib.error.URLError:  # it says its address before it listens there
                    time.sleep(0.1)
                    assert terminal.program.poll() is None and time.monotonic() < end

        names = {entry["name"] for entry in get("api/contents")["content"]}
        assert {"home.md", "00_start_here", "06_challenges", "worked"} <= names and "site" not in names
        with pytest.raises(urllib.error.HTTPError):
            get("api/contents/../runtime")
        news = get("lab/api/settings/@jupyterlab/apputils-extension:notification")["schema"]["properties"]
        assert news["fetchNews"]["default"] == "false"
        assert b"overflow-wrap" in get("custom/custom.css", lambda answer: answer.read())
        terminal.type("\x03")
        terminal.until("Shut down this Jupyter server")
        terminal.type("n\n")
        time.sleep(0.5)
        assert get("api/status")["kernels"] == 0
        terminal.type("\x03")
        terminal.until("Shut down this Jupyter server")
        terminal.type("y\n")
        assert terminal.ended() == 0
    assert not list((tmp_path / "runtime").glob("jpserver-*"))


def call(installed, surroundings, folder, *arguments):
    """What the command says in a folder."""
    done = subprocess.run(
        [command_of(installed), *arguments],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_installed_command_writes_a_page(installed, surroundings, tmp_path):
    """Of a lesson's first cells, up to a picture: the notebook's own test executes the rest."""
    path = installed / "course_lib/solutions/00_start_here/1_a_picture_is_a_tensor.ipynb"
    whole = json.loads(path.read_text(encoding="utf-8"))
    with_picture = [
        number for number, cell in enumerate(whole["cells"]) if "<img" in str(cell.get("outputs"))
    ]
    whole["cells"] = whole["cells"][: with_picture[0] + 1]
    path.write_text(json.dumps(whole), encoding="utf-8")
    page = tmp_path / "build/a_picture_is_a_tensor.html"
    assert call(installed, surroundings, tmp_path, "run", "00_start_here/1").endswith(f"{page}\n")
    assert "<title>A picture is a tensor</title>" in page.read_text(encoding="utf-8")
    assert [path.suffix for path in page.with_suffix("").iterdir()] == [".webp"]


def test_the_installed_doctor_finds_everything(installed, surroundings, tmp_path):
    said = call(installed, surroundings, tmp_path, "doctor")
    assert said.endswith("Everything is in order.\n") and not list(tmp_path.iterdir())
