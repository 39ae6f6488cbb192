"""tools/env.py: which environment a tool runs in, and when pip is asked."""

import subprocess
import sys
from pathlib import Path

import pytest

import env

pytestmark = pytest.mark.tools


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project in a temporary folder, and a record of the commands instead of their execution."""
    for name in ("pyproject.toml", "constraints.txt", "constraints-backends.txt"):
        (tmp_path / name).write_text((env.ROOT / name).read_text(encoding="utf-8"))
    monkeypatch.setattr(env, "ROOT", tmp_path)
    monkeypatch.delenv("COURSE_PYTHON", raising=False)
    return tmp_path


@pytest.fixture
def commands(root, monkeypatch):
    """Records what would be run; venv is pretended too."""
    run = []

    def pretend(command, **_):
        run.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, pretend.code)

    def create(folder):
        env.python_of(folder).parent.mkdir(parents=True)
        env.python_of(folder).touch()

    pretend.code = 0
    run.append(pretend)
    monkeypatch.setattr(env.subprocess, "run", pretend)
    monkeypatch.setattr(env, "create", create)
    return run


def installs(commands):
    return [" ".join(command[1:]) for command in commands[1:]]


def test_an_environment_is_installed_once(commands, root):
    assert env.ensure("main") == str(env.python_of(root / ".venv"))
    assert len(installs(commands)) == 1
    assert "-c constraints.txt -e .[test]" in installs(commands)[0]
    env.ensure("main")
    assert len(installs(commands)) == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "calls"),
    [
        ("constraints.txt", "keras==", "keras==9", 2),
        ("pyproject.toml", '"keras>=3.13"', '"keras>=3.14"', 2),
        ("pyproject.toml", "line-length = 110", "line-length = 99", 1),
        ("constraints-backends.txt", "keras==", "keras==9", 1),
    ],
)
def test_only_a_change_of_what_is_installed_installs_again(commands, root, name, old, new, calls):
    env.ensure("main")
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))
    env.ensure("main")
    assert len(installs(commands)) == calls


def test_a_failed_installation_is_tried_again(commands):
    commands[0].code = 1
    with pytest.raises(env.SetupError, match="Check the connection"):
        env.ensure("main")
    commands[0].code = 0
    env.ensure("main")
    env.ensure("main")
    assert len(installs(commands)) == 2


def test_the_backends_get_no_tensorflow(commands):
    env.ensure("backends")
    listed, package = installs(commands)
    assert "tensorflow" not in listed and "jax>=" in listed and "torch>=" in listed
    assert package.endswith("--no-deps -e .")


def test_a_prepared_python_is_used_as_it_is(commands, monkeypatch):
    monkeypatch.setenv("COURSE_PYTHON", sys.executable)
    assert Path(env.ensure("main")) == Path(sys.executable)
    assert Path(env.ensure("backends")) == Path(sys.executable)
    assert installs(commands) == []


def test_colab_is_about_exact_versions_so_nothing_stands_in(root, monkeypatch):
    monkeypatch.setenv("COURSE_PYTHON", sys.executable)
    assert env.prepared("colab") is None


def test_a_prepared_python_that_does_not_exist_is_named(root, monkeypatch):
    monkeypatch.setenv("COURSE_PYTHON", "no-such-python")
    with pytest.raises(env.SetupError, match="COURSE_PYTHON names no-such-python"):
        env.ensure("main")


def test_without_a_browser_its_tests_end_at_once_with_one_sentence(tmp_path):
    command = [sys.executable, env.ROOT / "tools" / "test.py", "browser"]
    nothing = {"PATH": str(tmp_path), "COURSE_PYTHON": "no-such-python"}
    done = subprocess.run(command, env=nothing, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == f"{env.NO_BROWSER}\n"


@pytest.mark.parametrize("version", [(3, 9, 0), (3, 14, 1)])
def test_an_unsuitable_python_looks_for_another(root, monkeypatch, version):
    started = []
    monkeypatch.setattr(env.sys, "version_info", version)
    monkeypatch.setattr(env.shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(env, "start_again", lambda python, _: started.append(python))
    with pytest.raises(env.SetupError, match=r"needs Python 3\.11 to 3\.13"):
        env.use_suitable_python()  # start_again does not return, other than here
    assert set(started) == {sys.executable}
    monkeypatch.setattr(env.shutil, "which", lambda name: None)
    with pytest.raises(env.SetupError, match=r"PYTHON=/path/to/python"):
        env.use_suitable_python()
