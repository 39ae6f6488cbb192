"""The doctor: what it says of a sound machine, and of each thing that can be wrong with one."""

import json
import os
import re
import subprocess
import sys

import pytest

from course_lib import doctor

pytestmark = pytest.mark.tensorflow


def test_doctor_says_that_all_is_well(capsys):
    healthy = doctor.examine()
    out = capsys.readouterr().out
    assert healthy, out
    assert out.splitlines()[-1] == "Everything is in order."
    for line in out.splitlines()[:-1]:
        assert line[:2] in ("✓ ", "– ")
    for word in ("Python", "keras", "memory", "disk", "GPU", "Jupyter", "cache", "this folder"):
        assert word in out
    for word in ("bundled pictures", "weights", "dense", "convolutional", "recurrent"):
        assert word in out


def lines(check):
    return "\n".join(f"{mark} {text}" for mark, text in check())


def test_doctor_names_old_and_missing_packages(monkeypatch):
    wanted = ["numpy>=99", "no-such-package>=1", "pillow", "tifffile; sys_platform == 'none'"]
    monkeypatch.setattr(doctor, "_requirements", lambda: wanted)
    text = lines(doctor._check_packages)
    assert re.search(r"✗ numpy \S+ does not fit: run `pip install -U 'numpy>=99'`", text)
    assert "✗ no-such-package is not installed: run `pip install 'no-such-package>=1'`" in text
    assert "✓ pillow" in text
    assert "tifffile" not in text


def test_doctor_reads_the_packages_own_bounds():
    assert any(requirement.startswith("keras>=") for requirement in doctor._requirements())


def test_doctor_names_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert "✗ the cache cannot be written" in lines(doctor._check_writing)


def test_doctor_names_too_little_room(monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_MEMORY", 1e15)
    monkeypatch.setattr(doctor, "LEAST_DISK", 1e18)
    assert "close other programs" in lines(doctor._check_memory)
    assert "make room" in lines(doctor._check_disk)


@pytest.mark.parametrize("program", ["python", "/gone/python"])
def test_doctor_looks_for_the_kernel_that_jupyter_would_start(monkeypatch, tmp_path, program):
    """The word "python" in its settings means the Python that asks, which Debian has by other names only."""
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(
        json.dumps({"argv": [program, "-m", "ipykernel_launcher"], "display_name": "", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("PATH", str(tmp_path))
    text = lines(doctor._check_jupyter)
    if program == "python":
        assert text.startswith("✓ JupyterLab")
    else:
        assert f'starts {program}, which does not exist: run `"{sys.executable}" -m ipykernel' in text


def test_doctor_names_damaged_pictures(monkeypatch):
    from course_lib.data import bundled

    def damaged(name):
        raise bundled.DataError(f"{name} is damaged.")

    monkeypatch.setattr(bundled, "read_file", damaged)
    found = doctor._check_data()
    assert {mark for mark, _ in found} == {"✗"}
    assert len(found) == doctor.MOST_PROBLEMS + 1
    assert "more bundled files" in found[-1][1]


def test_doctor_names_damaged_weights(monkeypatch, tmp_path):
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "whole").write_bytes(b"")
    (folder / "torn").write_bytes(b"half")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest = {name: {"sha256": empty} for name in ("whole", "torn", "lost")}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "doctor.py"))
    text = lines(doctor._check_weights)
    assert "weights torn are damaged" in text
    assert "weights lost are missing" in text
    assert "whole" not in text


def test_a_check_that_falls_over_is_reported(monkeypatch, capsys):
    def broken():
        raise RuntimeError("two\nlines")

    for name in [name for name in vars(doctor) if name.startswith("_check_")]:
        monkeypatch.setattr(doctor, name, lambda: [("✓", "fine")])
    monkeypatch.setattr(doctor, "_check_gpu", broken)
    assert doctor.examine() is False
    out = capsys.readouterr().out
    assert "the check itself failed (RuntimeError: two)" in out
    assert "Something needs your attention" in out


def test_doctor_as_a_command_exits_with_1_when_something_fails(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "course_lib.doctor"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"COURSE_CACHE": str(tmp_path / "file" / "x"), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 1
    assert "✗ the cache cannot be written" in done.stdout
    assert done.stderr == ""


# ------------------------------------------------------------------------------ what a machine has set


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("PIP_USER", "1", "– PIP_USER has pip install elsewhere"),
        ("PIP_TARGET", "/tmp/x", "– PIP_TARGET has pip install elsewhere"),
    ],
)
def test_doctor_names_settings_that_the_course_sets_aside(monkeypatch, name, value, part):
    assert part not in lines(doctor._check_settings)
    monkeypatch.setenv(name, value)
    assert part in lines(doctor._check_settings)


def test_doctor_names_settings_in_a_file_of_pips(monkeypatch, tmp_path):
    (tmp_path / "pip.conf").write_text("[global]\nuser = true\ntarget = /elsewhere\n[install]\nprefix = no\n")
    assert "pip is set" not in lines(doctor._check_settings)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    text = lines(doctor._check_settings)
    assert "– pip is set to install elsewhere (global.user='true')" in text
    assert "– pip is set to install elsewhere (global.target='/elsewhere')" in text
    assert "install.prefix" not in text


def test_doctor_names_a_file_that_hides_a_module(monkeypatch, tmp_path):
    (tmp_path / "random.py").touch()
    (tmp_path / "course_lib.py").touch()
    monkeypatch.chdir(tmp_path)
    text = lines(doctor._check_settings)
    assert f"✗ The file {tmp_path / 'random.py'} hides the module random" in text
    assert f"✗ The file {tmp_path / 'course_lib.py'} hides the module course_lib" in text


def test_doctor_names_a_package_that_pythonpath_hides(monkeypatch, tmp_path):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert f"✗ PYTHONPATH has numpy come from {tmp_path / 'numpy'}" in lines(doctor._check_settings)


@pytest.mark.parametrize("user", [0, 1000])
def test_doctor_says_that_it_is_root(monkeypatch, user):
    """The user is stubbed."""
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("– you are root" in lines(doctor._check_settings)) == (user == 0)


def test_doctor_names_a_console_without_signs(monkeypatch):
    with open(os.devnull, "w", encoding="cp1252") as console:
        monkeypatch.setattr(sys, "stdout", console)
        text = lines(doctor._check_settings)
    assert "– this console writes cp1252" in text


def test_doctor_names_line_ends_of_windows(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.machine, "ROOT", tmp_path)
    (tmp_path / "constraints.txt").write_bytes(b"keras==3\n")
    assert "line ends" not in lines(doctor._check_settings)
    (tmp_path / "constraints.txt").write_bytes(b"keras==3\r\n")
    assert "✗ git gave the course's files Windows' line ends" in lines(doctor._check_settings)


def test_doctor_names_a_path_too_long_for_windows(monkeypatch):
    """Windows is stubbed."""
    monkeypatch.setattr(doctor.machine, "path_too_long", lambda folder: f"{folder} is too long")
    assert f"✗ {sys.prefix} is too long" in lines(doctor._check_settings)


@pytest.mark.parametrize("what", ["wrong_python", "wrong_processor"])
def test_doctor_names_a_computer_without_tensorflow(monkeypatch, what):
    """The computer is stubbed."""
    monkeypatch.setattr(doctor.machine, what, lambda: "this one cannot.")
    assert "✗ this one cannot." in lines(doctor._check_python)


def test_doctor_names_a_misspelt_profile(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    assert "✗ COURSE_PROFILE is 'fast'" in lines(doctor._check_profile)


def test_doctor_says_what_keras_json_would_change(monkeypatch):
    from course_lib import runtime

    monkeypatch.setattr(runtime.backend(), "REMARKS", ["Your keras.json says this."])
    assert "– Your keras.json says this." in lines(doctor._check_keras)


def test_doctor_names_two_tensorflows(monkeypatch):
    """What is installed is stubbed."""
    both = {"tensorflow": ["tensorflow", "tensorflow-intel"]}
    monkeypatch.setattr(doctor.importlib.metadata, "packages_distributions", lambda: both)
    assert "✗ tensorflow tensorflow-intel overwrite each other" in lines(doctor._check_keras)


def test_doctor_names_a_missing_temporary_folder(monkeypatch):
    """The disk is stubbed."""

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", full)
    text = lines(doctor._check_writing)
    assert "✗ the cache cannot be written" in text and "TMPDIR" in text


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (ModuleNotFoundError("No module named 'PIL'", name="PIL"), "PIL is not installed for "),
        (ImportError("DLL load failed while importing _pywrap"), "Visual C++ Redistributable"),
        (ImportError("a sentence of the course's own\nmore"), "✗ a sentence of the course's own\n"),
    ],
)
def test_doctor_says_once_what_stops_several_checks(monkeypatch, capsys, error, part):
    def broken():
        raise error

    for name in [name for name in vars(doctor) if name.startswith("_check_")]:
        monkeypatch.setattr(doctor, name, lambda: [("✓", "fine")])
    for name in ("_check_keras", "_check_gpu"):
        monkeypatch.setattr(doctor, name, broken)
    assert doctor.examine() is False
    out = capsys.readouterr().out
    assert out.count("✗") == 2 and part in out  # the other one is in the last line
    assert "please report this" not in out and ": left out, for the same reason" in out


@pytest.mark.parametrize(
    ("variables", "file", "part"),
    [
        ({"MPLBACKEND": "nonsense"}, b"", "with MPLBACKEND=nonsense: unset"),
        ({}, b"\xff\xfe\0", "with its settings ('utf-8' codec"),
    ],
)
def test_doctor_names_settings_with_which_matplotlib_does_not_start(tmp_path, variables, file, part):
    """Keras imports matplotlib, so nothing starts; that is said once."""
    (tmp_path / "matplotlibrc").write_bytes(file)
    variables = {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc"), "PYTHONIOENCODING": "utf-8"} | variables
    done = subprocess.run([sys.executable, "-m", "course_lib.doctor"], capture_output=True, text=True,
                          encoding="utf-8", env=os.environ | variables)  # fmt: skip
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert line.startswith("✗ matplotlib does not start ") and part in line
    assert "– figures: left out, for the same reason" in done.stdout
    assert "please report this" not in done.stdout


def test_doctor_names_a_style_of_matplotlib():
    import matplotlib.style

    assert "–" not in lines(doctor._check_figures)
    with matplotlib.style.context("dark_background"):
        assert "– your settings of matplotlib (axes.edgecolor and " in lines(doctor._check_figures)


def test_doctor_names_packages_that_do_not_fit_one_another(monkeypatch):
    """What they raise is stubbed."""
    from course_lib import runtime

    def broken():
        raise TypeError("Descriptors cannot be created directly.\nmore")

    monkeypatch.setattr(runtime, "backend", broken)
    with pytest.raises(ImportError, match=r"Keras does not start \(TypeError: Descr.*\): install the course"):
        list(doctor._check_keras())


def test_doctor_names_what_only_the_tests_need(monkeypatch):
    """What is installed is stubbed."""
    found = doctor.importlib.metadata.distributions
    monkeypatch.setattr(
        doctor.importlib.metadata,
        "distributions",
        lambda **by: [] if by.get("name") in ("nbval", "ruff") else list(found()),
    )
    assert "– nbval, ruff: not installed; only `make test` needs them: run" in lines(doctor._check_packages)


def test_doctor_names_a_broken_driver(monkeypatch, tmp_path):
    """The driver is stubbed, as it is after an update without a restart."""
    from course_lib import runtime

    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho Driver/library version mismatch\nexit 18\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(runtime, "gpus", tuple)
    assert "– GPU: NVIDIA's driver fails (Driver/library version mismatch): re" in lines(doctor._check_gpu)


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        ("python", "✓ JupyterLab"),
        ("python3", "✓ JupyterLab"),
        ("/gone/python", "✗ JupyterLab's kernel starts /gone/python"),
    ],
)
def test_doctor_asks_for_a_kernel_as_jupyter_does(monkeypatch, argv, part):
    """Jupyter starts its own Python for "python", which Debian does not have. The kernel is stubbed."""
    from jupyter_client import kernelspec

    spec = kernelspec.KernelSpec(argv=[argv])
    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", lambda *_: spec)
    monkeypatch.setenv("PATH", "/nowhere")
    assert part in lines(doctor._check_jupyter)


def test_doctor_in_a_folder_that_was_removed(monkeypatch, tmp_path, capsys):
    for name in [name for name in vars(doctor) if name.startswith("_check_")]:
        if name not in ("_check_settings", "_check_writing"):
            monkeypatch.setattr(doctor, name, lambda: [("✓", "fine")])
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    assert doctor.examine() is False
    out = capsys.readouterr().out
    assert "✗ the folder that this runs in was removed: change to another one" in out
    assert "– writing: left out, for the same reason" in out


def test_doctor_names_a_cache_that_is_a_file(monkeypatch, tmp_path):
    (tmp_path / "cache").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    assert "cannot be written (it is a file): change its rights, or let COURSE_CACHE" in lines(
        doctor._check_writing
    )


@pytest.mark.parametrize("home", ["none", "not writable"])
def test_without_a_home_folder_one_sentence_says_so(monkeypatch, tmp_path, home):
    """The user is stubbed: in a container it may have a number and nothing else."""
    from jupyter_core import paths

    from course_lib import desk, files
    from course_lib.desk import command

    def unknown(*_):
        raise RuntimeError("Could not determine home directory.")

    (tmp_path / "file").touch()
    runtime_folder = unknown if home == "none" else lambda: str(tmp_path / "file" / "jupyter")
    monkeypatch.setattr(paths, "jupyter_runtime_dir", runtime_folder)
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", unknown)
    with pytest.raises(desk.DeskError, match="let the environment variable HOME name a folder of yours"):
        desk.require_home()
    for arguments in (["lab"], ["run"]):
        with pytest.raises(SystemExit, match="variable HOME"):
            command.main(arguments)
    assert "✗ JupyterLab does not start: " in lines(doctor._check_jupyter)
    assert files.cache_folder().is_absolute()
