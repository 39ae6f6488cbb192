"""The project's files agree with one another, and stand alone."""

import ast
import contextlib
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import env
import execute
import names
from course_lib import contents, results

pytestmark = pytest.mark.tools

FOLDERS = (
    ".ci",
    "benchmarks",
    "chapters",
    "course_lib",
    "docs",
    "notebooks",
    "solutions",
    "tests",
    "tools",
)
TEXT = {".py", ".md", ".txt", ".toml", ".yml", ".json", ".ipynb", ".svg", ".csv", ""}
# Import names that differ from their packages' names, or come with a package that is required.
PACKAGES = {
    "PIL": "pillow",
    "skimage": "scikit-image",
    "IPython": "ipywidgets",
    "ipykernel": "jupyterlab",
    "jupyter_client": "jupyterlab",
    "jupyter_core": "jupyterlab",
    "psutil": "jupyterlab",
    "traitlets": "ipywidgets",
}
PROJECT = tomllib.loads((env.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def files():
    """Every file of the project, generated caches aside."""
    found = [path for path in env.ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (env.ROOT / folder).rglob("*") if path.is_file()]
    caches = {"__pycache__", ".ipynb_checkpoints"}
    lessons = {env.ROOT / folder / lesson["file"] for folder in ("notebooks", "solutions")
               for lesson in contents.lessons()}  # fmt: skip
    own = {path for path in found if path.suffix == ".ipynb"} - lessons  # somebody's, who works here
    return sorted(path for path in set(found) - own if not caches & set(path.parts))


def texts():
    return [
        (path.relative_to(env.ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in files()
        if path.suffix in TEXT and path.stat().st_size < 2_000_000 and b"\0" not in path.read_bytes()
    ]


def pinned(name):
    lines = (env.ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), f"{name} holds names and exact versions only"
    return {canonicalize_name(package): version for package, version in pairs}


def test_every_folder_of_the_library_is_installed():
    project = tomllib.loads((env.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {path.parent for path in (env.ROOT / "course_lib").rglob("__init__.py")}
    found = {".".join(folder.relative_to(env.ROOT).parts) for folder in folders}
    notebooks = {f"course_lib.{folder}": folder for folder in ("notebooks", "solutions")}
    assert project["tool"]["setuptools"]["package-dir"] == notebooks
    assert set(project["tool"]["setuptools"]["packages"]) == found | set(notebooks)


def test_conda_and_pip_install_the_same():
    wanted = yaml.safe_load((env.ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = wanted["dependencies"]
    assert conda == [f"python{PROJECT['requires-python']}", "pip"]
    assert pip == {"pip": ["-e .[test]"]}


def test_the_package_has_lower_bounds_only():
    for line in PROJECT["dependencies"] + sum(PROJECT["optional-dependencies"].values(), []):
        operators = [specifier.operator for specifier in Requirement(line).specifier]
        assert operators == [">="], line


@pytest.mark.parametrize("name", env.ENVIRONMENTS)
def test_the_versions_that_ci_runs_satisfy_the_bounds(name):
    environment = env.ENVIRONMENTS[name]
    versions = pinned(environment.constraints)
    for line in env.requirements(environment):
        requirement = Requirement(line)
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{environment.constraints} does not pin {requirement.name}"
        assert requirement.specifier.contains(version), f"{line}, but {version} is pinned"


def test_what_is_pinned_runs_on_the_oldest_pythons():
    """Debian 12 has Python 3.11.2; a package that asks for 3.11.5 makes pip speak of a conflict there."""
    seen = 0
    for name, version in pinned("constraints.txt").items():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # of another system
            asks = importlib.metadata.metadata(name)["Requires-Python"] or ""
            if importlib.metadata.version(name) == version:
                seen += 1
                assert SpecifierSet(asks).contains("3.11.0"), f"{name} {version} asks for Python {asks}"
    assert seen > 100 or os.environ.get("COURSE_PYTHON")  # an own environment has its own versions


def test_colab_is_pinned_to_what_colab_has():
    versions = pinned("constraints-colab.txt")
    expected = {"tensorflow": "2.20.0", "keras": "3.13.2", "numpy": "2.1.3", "pillow": "11.3.0",
                "ipywidgets": "7.7.1", "matplotlib": "3.10.0", "scipy": "1.16.3",
                "scikit-image": "0.25.2", "tensorflow-datasets": "4.9.10"}  # fmt: skip
    assert {name: versions[name] for name in expected} == expected


def test_what_the_library_imports_is_required():
    required = {canonicalize_name(env.named(line)) for line in PROJECT["dependencies"]}
    required |= {"jax", "torch"}  # extras, imported by those who chose the backend
    for path in (env.ROOT / "course_lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - sys.stdlib_module_names:
                package = PACKAGES.get(name, canonicalize_name(name))
                where = f"{path.name} imports {name}, which pyproject.toml does not require"
                assert package in required | {"course-lib"}, where


def test_no_file_names_a_folder_of_somebodys_machine():
    # Put together here, or this file would name them itself.
    places = "|".join(["/" + "home/", "/" + "root/", "/" + "work/", "/" + "Users/", r"[A-Z]:\\Users"])
    pattern = re.compile(rf"(?<![\w.~/-])(?:{places})")
    for name, text in texts():
        found = pattern.search(text)
        assert not found, f"{name} names {text[found.start() :][:60]!r}"


def test_text_has_the_same_line_ends_on_every_system(tmp_path):
    """Also where git is told to change them, as Git for Windows is: generated files are compared by bytes."""
    if not (env.ROOT / ".git").exists():
        pytest.skip("this is no clone")
    options = ["--quiet", "--depth=1", "--config=core.autocrlf=true"]
    subprocess.run(["git", "clone", *options, env.ROOT.as_uri(), tmp_path / "clone"], check=True)
    listed = ["git", "-C", tmp_path / "clone", "ls-files", "--eol"]
    found = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
    assert any(line.startswith("i/lf") for line in found)
    assert not [line for line in found if line.startswith("i/lf") and "w/lf" not in line]
    check = [sys.executable, tmp_path / "clone" / "tools" / "build.py", "--check"]
    variables = {**os.environ, "COURSE_PYTHON": sys.executable}
    done = subprocess.run(check, capture_output=True, text=True, encoding="utf-8", env=variables)
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_files_hold_no_tabs_and_end_their_last_line():
    for name, text in texts():
        if name.endswith(".py") and text:
            assert text.endswith("\n") and "\t" not in text, name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted(
    (env.ROOT / "docs").glob("*.md")))])  # fmt: skip
def test_every_link_to_a_file_leads_somewhere(name):
    path = env.ROOT / name
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        if not re.match(r"\w+:|#", target):
            assert (path.parent / target.split("#")[0]).exists(), f"{name} links to {target}"


def test_solutions_and_results_stay_small():
    solutions = list((env.ROOT / "solutions").rglob("*.ipynb"))
    for path in solutions:
        assert path.stat().st_size <= execute.SOLUTION_LIMIT, path.name
    assert sum(path.stat().st_size for path in solutions) <= execute.SOLUTIONS_LIMIT
    for path in (results.FOLDER / "lessons").glob("*.json"):
        assert path.stat().st_size <= 200_000, path.name
        json.loads(path.read_text(encoding="utf-8"))
    for path in (results.FOLDER / "studies").glob("*.json"):
        assert path.stat().st_size <= 700_000, path.name


def test_no_cell_of_a_solution_ends_in_a_stray_value():
    """Such as the number that `runtime.record` returns where it is a cell's last line."""
    for path in (env.ROOT / "solutions").rglob("*.ipynb"):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            for output in cell.get("outputs", []):
                stray = output["output_type"] == "execute_result" and set(output["data"]) == {"text/plain"}
                assert not stray, f"{path.name}, cell {number}: {cell['source'][-1]}"


def test_weights_are_those_of_the_manifest():
    folder = env.ROOT / "course_lib" / "weights"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {path.name for path in [*folder.glob("*.h5"), *folder.glob("*.npz")]} == set(manifest)
    for name, entry in manifest.items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], name


def test_every_tool_is_in_the_makefile_and_the_other_way_round():
    makefile = (env.ROOT / "Makefile").read_text(encoding="utf-8")
    called = set(re.findall(r"tools/(\w+)\.py", makefile))
    assert called == {"lab", "run", "test", "build", "execute", "bench", "doctor"}
    assert all((env.ROOT / "tools" / f"{name}.py").exists() for name in called)


# Functions whose name `data.load` puts together, one that a process of its own calls, four for learners.
CALLED_OTHERWISE = {
    *(f"course_lib.data.bundled.{name}" for name in ("photos", "paintings", "films")),
    "course_lib.data.tfds_builders.download_into",
    "course_lib.desk.reset.exercise",
    "course_lib.check.hint",
    "course_lib.check.progress",
    "course_lib.desk.reset.lesson",
}


def used(what):
    """What the lessons, the tools, the benchmarks and the library itself use."""
    return set().union(
        *(getattr(names.uses(path), what) for path in names.LIBRARY + names.LESSONS + names.OTHERS)
    )


def test_every_public_name_is_used():
    """What nothing uses is deleted."""
    reached, unused = used("names"), set()
    for path in names.LIBRARY:
        module = names.module_of(path)
        unused |= {f"{module}.{n}" for n in names.public(path) if not names.is_used(module, n, reached)}
    assert unused == CALLED_OTHERWISE


def test_every_public_method_is_used():
    """But for those that another library calls: they override a method of a class that is not ours."""
    reached, unused = used("attributes"), set()
    for path in names.LIBRARY:
        for name, node in names.public(path).items():
            if isinstance(node, ast.ClassDef):
                _, *bases = getattr(importlib.import_module(names.module_of(path)), name).__mro__
                methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                unused |= {
                    f"{name}.{method}"
                    for method in methods - reached
                    if not method.startswith("_") and not any(hasattr(base, method) for base in bases)
                }
    assert not unused


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("from course_lib import judge\njudge.load('fashion')", True),
        ("from course_lib.judge import load", True),
        ("from course_lib import judge as jury\nscore = jury.load", True),
        ("@exercise(answer='judge.load')\ndef f(attempt): ...", True),
        ("print('judge.load')  # judge.load", False),
        ("def load(): ...\nload()", False),
        ("judge = Judge()\njudge.load()", False),
    ],
)
def test_a_name_is_used_where_it_is_reached(text, counts):
    assert names.is_used("course_lib.judge", "load", names.uses_of(text, "lesson").names) == counts


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("def load(): ...\nfirst = load()", True),
        ("def load(): ...\ndef other():\n    def inner(): return load()", True),
        ("def load(n): return load(n - 1)", False),
        ("class load:\n    def again(self): return load()", False),
        ("def load(): ...\ndef other():\n    load = 1\n    return load", False),
    ],
)
def test_a_definition_does_not_use_itself(text, counts):
    assert names.is_used("course_lib.judge", "load", names.uses_of(text, "course_lib.judge").names) == counts


def test_every_paper_stands_in_the_bibliography():
    bibliography = (env.ROOT / "docs" / "bibliography.md").read_text(encoding="utf-8")
    number = re.compile(r"\b(\d{4}\.\d{5}|1[0-4]\d\d\.\d{4})\b")  # arXiv's, new and before 2015
    places = [p for folder in ("chapters", "course_lib") for p in (env.ROOT / folder).rglob("*.py")]
    cited = {n for path in places for n in number.findall(path.read_text(encoding="utf-8"))}
    assert cited
    assert not cited - set(number.findall(bibliography))
