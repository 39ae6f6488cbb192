"""tools/env.py: which environment a tool runs in, and when pip is asked."""

import errno
import importlib.machinery
import os
import re
import shutil
import subprocess
import sys
import zipfile
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


class Commands(list):
    """What was run; the first entry says how it ends. created: the Pythons of environments that were made."""

    def __init__(self):
        super().__init__()
        self.created = []


@pytest.fixture
def commands(root, monkeypatch):
    """Records what would be run; venv is pretended too."""
    run = Commands()

    def pretend(python, arguments):
        run.append([str(python), *arguments])
        return pretend.code, pretend.said

    def create(folder):
        env.python_of(folder).parent.mkdir(parents=True, exist_ok=True)
        env.python_of(folder).touch()
        run.created.append(pretend.abi)

    pretend.code, pretend.said = 0, ""
    pretend.abi = [".cpython-311-x86_64-linux-gnu.so", "x86_64"]
    run.append(pretend)
    monkeypatch.setattr(env, "pip", pretend)
    monkeypatch.setattr(env, "create", create)
    monkeypatch.setattr(env, "abi", lambda python: pretend.abi if python.exists() else None)
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
    commands[0].code, commands[0].said = 1, "NewConnectionError: [Errno 111] Connection refused"
    with pytest.raises(env.SetupError, match="check the network"):
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


# ------------------------------------------------------------------------------- what pip complains of


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (
            "WARNING: Retrying … NewConnectionError …\nERROR: No matching distribution found for x",
            "the network",
        ),
        ("ERROR: No matching distribution found for tensorflow>=2.20", "has no version for this Python"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "global.cert"),
        ("ProxyError('Cannot connect to proxy.'", "HTTPS_PROXY"),
        ("ERROR: HTTP error 403 while getting https://…: 403 Client Error: Forbidden", "name and password"),
        ("OSError: [WinError 5] Access is denied: 'C:\\…\\python313.dll'", "close JupyterLab"),
        ("OSError: [Errno 13] Permission denied: '/course/.venv/lib'", "change its rights"),
        ("ERROR: Hashes are required in --require-hashes mode", "require-hashes"),
        ("ERROR: ResolutionImpossible: for help visit", "`constraint`"),
        ("pip's own settings install elsewhere: global.target='/tmp/x'", "`target`"),
        ("something new", "pip's message is above"),
    ],
)
def test_a_failed_installation_names_what_pip_complained_of(commands, said, part):
    commands[0].code, commands[0].said = 1, said
    with pytest.raises(env.SetupError) as error:
        env.ensure("main")
    assert part in str(error.value) and "run this again" in str(error.value)
    assert ("connection" in str(error.value)) == ("NewConnection" in said)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A folder with an environment that holds nothing but pip."""
    folder = tmp_path_factory.mktemp("bare")
    env.create(folder / "venv")
    return folder


def wheel(folder):
    """The smallest package that pip installs."""
    path = folder / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(
            "tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        archive.writestr("tiny-1.dist-info/RECORD", "")
    return path


def test_pip_installs_into_the_environment_whatever_its_settings(bare, monkeypatch, tmp_path):
    """PIP_USER and a `user = true` in pip.conf, folders of others, PYTHONPATH: nothing leads elsewhere."""
    (tmp_path / "pip.conf").write_text("[global]\nuser = true\nno-deps = true\ndry-run = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    python = env.python_of(bare / "venv")
    assert env.pip(python, ["install", "--no-index", str(wheel(bare))]) == (0, "")
    assert len(list((bare / "venv").rglob("tiny.py"))) == 1
    assert not (tmp_path / "elsewhere").exists()


def test_a_pip_that_is_set_to_install_elsewhere_is_named(bare, monkeypatch, tmp_path, capfd):
    (tmp_path / "pip.conf").write_text("[global]\ntarget = /tmp/elsewhere\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    code, said = env.pip(env.python_of(bare / "venv"), ["install", "--no-index", str(wheel(bare))])
    assert code == 1 and "global.target='/tmp/elsewhere'" in said


def test_what_pip_complains_of_is_passed_on(bare, capfd):
    code, said = env.pip(env.python_of(bare / "venv"), ["install", "--no-index", "no-such-package"])
    assert code == 1 and "No matching distribution" in said and capfd.readouterr().err == said


# ------------------------------------------------------------------------------------ another base Python


@pytest.mark.parametrize("now", [[".cpython-312-x86_64-linux-gnu.so", "x86_64"], None])
def test_an_environment_whose_base_moved_is_made_again(commands, capsys, now):
    """The Python is stubbed: its link leads to another minor version, or nowhere."""
    env.ensure("main")
    then, commands[0].abi = commands[0].abi, now
    if now is None:

        def mended(folder):
            commands.created.append(then)
            commands[0].abi = then

        env.create = mended  # the fixture's monkeypatch puts the real one back
    assert env.stands("main") is False
    env.ensure("main")
    assert commands.created == [then, now or then]
    assert len(installs(commands)) == 2
    assert ".venv was made with another Python, or is damaged: it is made again." in capsys.readouterr().out
    assert env.stands("main")


def test_an_environment_of_an_older_course_is_kept(commands, root):
    """Its stamp holds the hash alone."""
    env.ensure("main")
    stamp = root / ".venv" / env.STAMP
    stamp.write_text(stamp.read_text().split()[0])
    env.ensure("main")
    assert len(commands.created) == 1 and len(installs(commands)) == 2 and env.stands("main")


def test_what_compiled_packages_depend_on_is_asked_of_the_python_itself(tmp_path):
    suffix, *machine = env.abi(Path(sys.executable))
    assert suffix == importlib.machinery.EXTENSION_SUFFIXES[0]
    assert machine == ([] if os.name == "nt" else [os.uname().machine])
    (tmp_path / "python").symlink_to(tmp_path / "gone")
    assert env.abi(tmp_path / "python") is None
    (tmp_path / "text").write_text("no program")
    assert env.abi(tmp_path / "text") is None


# ---------------------------------------------------------------------------- no place for an environment


def test_a_checkout_that_cannot_be_written_is_named_before_anything_is_done(commands, root, monkeypatch):
    """The file system is stubbed: a tester may be root, who may write everywhere."""

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(env.SetupError, match="cannot be written .Read-only.*COURSE_PYTHON") as error:
        env.ensure("main")
    assert str(root) in str(error.value)
    assert installs(commands) == [] and commands.created == []


def test_an_environment_that_stands_needs_no_writing(commands, monkeypatch):
    env.ensure("main")
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    assert env.ensure("main")
    assert len(installs(commands)) == 1


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied"), OSError(28, "No space left on device"), OSError("no number")],
)
def test_an_environment_that_cannot_be_made_is_named(root, monkeypatch, error):
    """The making is stubbed: a file in use on Windows, a full disk, a file system without links."""

    def fail(self, folder):
        raise error

    monkeypatch.setattr(env.venv.EnvBuilder, "create", fail)
    with pytest.raises(env.SetupError, match="close what runs in it and make room"):
        env.create(root / ".venv")


def test_a_file_in_the_place_of_the_environment_is_named(root):
    (root / ".venv").write_text("")
    with pytest.raises(env.SetupError, match=r"\.venv"):
        env.create(root / ".venv")


def test_a_checkout_too_deep_for_windows_is_named_before_anything_is_done(commands, monkeypatch):
    """Windows is stubbed."""
    monkeypatch.setattr(env.machine, "path_too_long", lambda folder: f"{folder} is too long")
    with pytest.raises(env.SetupError, match="too long"):
        env.ensure("main")
    assert installs(commands) == []


# --------------------------------------------------------------------------------------- missing packages

TOOLS = sorted(
    path.stem
    for path in (env.ROOT / "tools").glob("*.py")
    if "    env.enter(" in path.read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def without_packages(bare):
    """COURSE_PYTHON for an environment that somebody made, and put nothing into."""
    return {**os.environ, "COURSE_PYTHON": str(env.python_of(bare / "venv"))}


@pytest.mark.parametrize("tool", [*(tool for tool in TOOLS if tool not in ("bench", "doctor")), "test"])
def test_every_tool_names_a_package_that_a_prepared_python_lacks(without_packages, tool):
    """The environment without the extra "test", and those that lack more."""
    variables = {name: value for name, value in without_packages.items() if name != "PYTHONPATH"}
    arguments = ["main"] if tool == "test" else []
    done = subprocess.run(
        [sys.executable, env.ROOT / "tools" / f"{tool}.py", *arguments], capture_output=True, text=True,
        encoding="utf-8", env=variables, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(r"\w+ is not installed.*: run `.+ -m pip install .+", line)
    assert variables["COURSE_PYTHON"] in line


def test_the_doctor_examines_an_environment_with_nothing_in_it(without_packages):
    variables = {name: value for name, value in without_packages.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, env.ROOT / "tools" / "doctor.py"], capture_output=True, text=True,
                          encoding="utf-8", env=variables | {"PYTHONIOENCODING": "utf-8"})  # fmt: skip
    assert done.returncode == 1 and done.stderr == ""
    found = [line for line in done.stdout.splitlines() if " is not installed for " in line]
    assert {"numpy", "packaging", "platformdirs"} <= {line.split()[1] for line in found}
    assert "please report this" not in done.stdout


def test_other_errors_are_shown_whole(tmp_path):
    (tmp_path / "tool.py").write_text("import env\nenv.enter('main')\nimport course_lib.no_such_module\n")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "tool.py")], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(env.ROOT / "tools"), "COURSE_PYTHON": sys.executable},
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" in done.stderr and "no_such_module" in done.stderr


# --------------------------------------------------------------------------------- consoles without UTF-8


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool in ("build", "execute", "lab", "run")])
def test_every_tool_speaks_to_every_console(tool):
    """As when its output goes to a file on Windows, or through Docker without a locale."""
    done = subprocess.run(
        [sys.executable, env.ROOT / "tools" / f"{tool}.py", "--help"], capture_output=True,
        env={**os.environ, "COURSE_PYTHON": sys.executable, "PYTHONIOENCODING": "ascii"},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("ascii").strip()


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp1252", "-- + x o \u2026 -> caf\xe9 ? \xb7"),
        ("cp437", "\u2500\u2500 + x o ... -> caf\xe9 ? \xb7"),
        ("ascii", "-- + x o ... -> caf? ? |"),
        ("utf-8", "\u2500\u2500 \u2713 \u2717 \u25cb \u2026 \u2192 caf\xe9 \u4e2d \xb7"),
    ],
)
def test_a_console_without_a_sign_shows_another(encoding, shown):
    """So do programs that the tool starts: there a "?" stands for it."""
    signs = "\u2500\u2500 \u2713 \u2717 \u25cb \u2026 \u2192 caf\xe9 \u4e2d \xb7"
    code = (
        "import subprocess, sys; from course_lib.console import speak_plainly; speak_plainly(); "
        "child = 'print(chr(0x2713))'; "
        f"print({ascii(signs)}, flush=True); subprocess.run([sys.executable, '-c', child], check=True); "
        f"sys.exit({ascii(signs)})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True,
        env={**os.environ, "PYTHONPATH": str(env.ROOT), "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    first, child = done.stdout.decode(encoding).splitlines()
    assert (first, done.stderr.decode(encoding).strip()) == (shown, shown)
    assert child == ("\u2713" if encoding == "utf-8" else "?")


# ------------------------------------------------------------------- what is found out before minutes of work


def test_weights_are_not_trained_for_a_folder_that_takes_none(tmp_path):
    (tmp_path / "file").write_text("")
    command = [sys.executable, env.ROOT / "tools" / "rebuild_weights.py", "people_gan", "--force"]
    done = subprocess.run(
        [*command, "--folder", tmp_path / "file"], capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "COURSE_PYTHON": sys.executable}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{tmp_path / 'file'} cannot be written" in done.stderr.splitlines()[-1]


def run_on_a_checkout(folder, tool, *arguments):
    """A tool that takes another folder for the checkout, in the Python that runs the tests."""
    code = (
        "import sys, runpy, pathlib; sys.path.insert(0, 'tools'); import env; env.enter = lambda name: None; "
        f"env.ROOT = pathlib.Path({str(folder)!r}); sys.argv = {[tool, *arguments]!r}; "
        f"runpy.run_path({str(env.ROOT / 'tools' / tool)!r}, run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=env.ROOT, timeout=60
    )


def test_no_test_runs_where_reports_could_not_be_written(tmp_path):
    """The checkout is stubbed by one that has a file in the place of build/."""
    (tmp_path / "build").write_text("")
    done = run_on_a_checkout(tmp_path, "test.py", "main")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert re.match(rf"{re.escape(str(tmp_path))}.* cannot be written .*: copy the course", line)


@pytest.mark.parametrize(
    ("program", "argument"),
    [
        ("backends", "--write"),
        ("combining_seeds", ""),
        ("data_needs", ""),
        ("few_pictures", ""),
        ("one_knob", ""),
        ("scoreboard", "--collect"),
        ("stability_seeds", ""),
        ("vae_seeds", ""),
    ],
)
def test_no_study_is_measured_that_could_not_be_kept(tmp_path, program, argument):
    """The place of the results is stubbed by a file."""
    code = (
        "import pathlib, runpy, sys; from course_lib import results; "
        f"results.FOLDER = pathlib.Path({str(tmp_path / 'file')!r}); sys.argv = ['x', *{argument.split()}]; "
        f"runpy.run_path({str(env.ROOT / 'benchmarks' / program)!r} + '.py', run_name='__main__')"
    )
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", timeout=60,
        env=os.environ | {"PYTHONPATH": str(env.ROOT), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert re.search(r"studies cannot be written .*: the study '\w+' is kept", done.stderr.splitlines()[-1])


def test_no_benchmark_of_several_runs_where_studies_could_not_be_kept(tmp_path):
    """The checkout is stubbed by one that has a file in the place of course_lib."""
    (tmp_path / "course_lib").write_text("")
    (tmp_path / "benchmarks").mkdir()
    for name in "ab":
        (tmp_path / "benchmarks" / f"{name}.py").write_text("print('measured')")
    done = run_on_a_checkout(tmp_path, "bench.py")
    assert done.returncode == 1 and "measured" not in done.stdout
    (line,) = done.stderr.splitlines()
    assert "studies cannot be written" in line and "name one benchmark that writes nothing" in line


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_starts_tools_that_find_one_another():
    """Whoever has set PYTHONSAFEPATH has no `import env`."""
    show = "PYTHON=sh -c 'echo \"[$$PYTHONSAFEPATH]\"' sh"
    done = subprocess.run(
        ["make", "--silent", "-C", str(env.ROOT), "doctor", show],
        capture_output=True, text=True, env=os.environ | {"PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    assert "[]" in done.stdout.splitlines(), done
