"""What a machine's own settings, and files that lie about, do to the course: nothing, or one sentence."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import machine, surroundings

pytestmark = pytest.mark.tensorflow

ROOT = Path(surroundings.__file__).resolve().parents[1]


@pytest.fixture
def keras_json(tmp_path, monkeypatch):
    """Writes keras.json where Keras looks for it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("KERAS_BACKEND", *surroundings.LIMITS):
        monkeypatch.delenv(name, raising=False)

    def write(content):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "keras.json").write_text(text)

    return write


def said_by(code, folder, **variables):
    """(exit status, last line, of stderr where it failed, all of stdout) of a script in `folder`."""
    script = folder / "my_lesson.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, encoding="utf-8", cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | variables,
    )  # fmt: skip
    return (
        done.returncode,
        (done.stdout if not done.returncode else done.stderr).rstrip().splitlines()[-1],
        done.stdout,
    )


# ----------------------------------------------------------------------------------------- keras.json

FOREIGN = {
    "backend": "theano", "image_data_format": "channels_first", "floatx": "float16", "epsilon": 1e-4,
}  # fmt: skip
SHOW = "print(keras.backend.backend(), keras.config.image_data_format(), keras.config.floatx(), layer.dtype)"
OURS = "tensorflow channels_last float32 float32"


def test_a_lesson_runs_with_its_own_settings_whatever_keras_json_says(keras_json, tmp_path):
    keras_json(FOREIGN)
    code = (
        "from course_lib import runtime\n"
        "runtime.start('x')\n"
        "import keras\n"
        "layer = keras.layers.Conv2D(1, 3)\n" + SHOW
    )
    status, last, printed = said_by(code, tmp_path)
    assert (status, last) == (0, OURS)
    _, backend, others, _ = printed.splitlines()
    assert backend == (
        "Your keras.json names the backend theano, which the course does not run on; here it is tensorflow."
    )
    assert others == (
        "Your keras.json says image_data_format channels_first, floatx float16, epsilon 0.0001; "
        "here it is channels_last, float32, 1e-07."
    )


def test_the_library_alone_does_too_and_what_a_program_sets_is_its_own(keras_json, tmp_path):
    keras_json(FOREIGN | {"backend": "jax" if not surroundings.installed("jax") else "mxnet"})
    code = (
        "import course_lib, keras\n"
        "keras.layers.Dense(1)\n"  # which makes Keras keep the policy float16
        "keras.config.set_epsilon(1e-5)\n"
        "import course_lib.models.gan\n"
        "layer = keras.layers.Dense(1)\n"
        "assert keras.config.epsilon() == 1e-5\n"
        "keras.config.set_dtype_policy('mixed_float16')\n"
        "import course_lib.judge\n"
        "assert keras.config.dtype_policy().name == 'mixed_float16'\n" + SHOW
    )
    assert said_by(code, tmp_path)[:2] == (0, OURS)


def test_every_module_with_layers_settles_the_settings():
    """A module that imports Keras at its top imports the backend too, itself or through another."""
    import names

    texts = {names.module_of(path): path.read_text(encoding="utf-8") for path in names.LIBRARY}

    def imported(module):
        found = {module, module.rpartition(".")[0]}  # a package is imported before its modules
        for node in ast.parse(texts[module]).body:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        return found

    reached = {module: imported(module) for module in texts}
    for _ in reached:  # until nothing new is reached
        reached = {m: found.union(*(reached.get(n, ()) for n in found)) for m, found in reached.items()}
    makes_layers = re.compile(r"\blayers\.(Conv\w*|Dense)\(|\(keras\.layers\.Layer\)")
    with_layers = {module for module, text in texts.items() if makes_layers.search(text)}
    assert {"course_lib.judge", "course_lib.layers", "course_lib.models.unet"} <= with_layers
    assert {
        m for m in with_layers if "keras" in imported(m) and "course_lib.backend" not in reached[m]
    } == set()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[]", "does not start with the settings"),
        ("null", "does not start with the settings"),
        ({"floatx": "float8"}, "does not start with the settings"),
        ({"floatx": ["float32"]}, "does not start with the settings"),
        ({"image_data_format": "channel_last"}, "does not start with the settings"),
        ({"epsilon": 1}, "epsilon 1"),
        ({"epsilon": "1e-7"}, "epsilon '1e-7'"),
    ],
)
def test_a_file_that_stops_keras_is_named(keras_json, tmp_path, content, sentence):
    keras_json(content)
    problem = surroundings.why_no_keras()
    assert sentence in problem and str(tmp_path / "keras.json") in problem and "delete that file" in problem


@pytest.mark.parametrize("content", ["", "{", "\ufeff{}", "no JSON", {}, {"floatx": "float64", "more": 1}])
def test_a_file_that_keras_passes_over_stops_nothing(keras_json, content):
    keras_json(content)
    assert surroundings.why_no_keras() is None


def test_a_folder_in_the_place_of_the_file_is_named(keras_json, tmp_path):
    (tmp_path / "keras.json").mkdir()
    assert "cannot read its settings" in surroundings.why_no_keras()
    assert surroundings.keras_settings() == {}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("KERAS_BACKEND", "theano", "not on 'theano': set the environment variable KERAS_BACKEND"),
        ("KERAS_BACKEND", "numpy", "not on 'numpy'"),
        ("KERAS_MAX_EPOCHS", "many", "KERAS_MAX_EPOCHS=many: unset"),
        ("KERAS_MAX_STEPS_PER_EPOCH", "", "KERAS_MAX_STEPS_PER_EPOCH=: unset"),
    ],
)
def test_a_variable_that_stops_keras_is_named(keras_json, monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    assert sentence in surroundings.why_no_keras()


def test_a_chosen_backend_that_is_not_installed_is_refused_with_two_ways_on(keras_json, monkeypatch):
    """Whether it is installed is stubbed."""
    monkeypatch.setattr(surroundings, "installed", lambda package: package == "keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    problem = surroundings.why_no_keras()
    assert "torch is not installed: run `" in problem and problem.endswith("`. Or unset KERAS_BACKEND.")


@pytest.mark.parametrize(
    ("named", "here", "taken"),
    [
        ("tensorflow", ["tensorflow", "jax"], None),
        ("jax", ["tensorflow", "jax"], None),
        ("jax", ["tensorflow", "torch"], "tensorflow"),
        ("tensorflow", ["jax", "torch"], "jax"),
        ("openvino", ["torch"], "torch"),
        ("theano", [], None),
    ],
)
def test_a_backend_is_taken_that_is_there(keras_json, monkeypatch, named, here, taken):
    """What is installed is stubbed."""
    keras_json({"backend": named})
    monkeypatch.setattr(surroundings, "installed", lambda package: package in here)
    monkeypatch.setattr(surroundings, "_taken", [])
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    surroundings.choose_backend()
    assert os.environ.get("KERAS_BACKEND") == taken
    assert bool(surroundings._taken) == bool(taken)


def test_limits_on_every_training_are_said(monkeypatch, keras_json):
    import keras

    monkeypatch.setattr(surroundings, "_taken", [])
    assert surroundings.settle(keras) == []
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "1")
    assert surroundings.settle(keras) == ["KERAS_MAX_EPOCHS=1 cuts every training short: unset it."]


# ------------------------------------------------------------------------------- files that hide modules


@pytest.mark.parametrize("name", ["random", "tempfile", "keras", "numpy", "PIL"])
def test_a_script_beside_a_file_that_hides_a_module_ends_in_one_sentence(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("print('mine')")
    status, last, _ = said_by("from course_lib import runtime", tmp_path)
    file = tmp_path / f"{name}.py"
    assert status == 1
    assert last == (
        f"ImportError: The file {file} hides the module {name}, which the course needs: give it another name."
    )


def test_a_folder_that_hides_a_package_is_named(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").touch()
    (tmp_path / "keras").mkdir()  # without __init__.py it comes last, and hides nothing
    status, last, _ = said_by("import course_lib", tmp_path)
    assert status == 1
    assert f"The folder {tmp_path / 'tensorflow'} hides the module tensorflow" in last


def test_what_hides_nothing_stops_nothing(tmp_path):
    for name in ("turtle", "my_random", "test", "lesson"):
        (tmp_path / f"{name}.py").touch()
    assert said_by("import course_lib; print('fine')", tmp_path)[:2] == (0, "fine")


def test_a_notebook_finds_pythons_own_modules_before_its_folder(tmp_path, monkeypatch):
    """A notebook's path has its own folder, "", after Python's modules and before packages."""
    monkeypatch.chdir(tmp_path)
    for name in ("random", "keras"):
        (tmp_path / f"{name}.py").touch()
    standard = [entry for entry in sys.path if Path(entry, "random.py").is_file() and Path(entry) != tmp_path]
    others = [entry for entry in sys.path if entry not in (*standard, "")]
    assert list(surroundings.hiding_files(tmp_path, [*standard, "", *others])) == ["keras"]
    assert set(surroundings.hiding_files(tmp_path, ["", *standard, *others])) == {"keras", "random"}


def test_the_courses_own_folder_hides_nothing():
    assert surroundings.hiding_files(ROOT, [str(ROOT), *sys.path]) == {}


# -------------------------------------------------------------- computers and Pythons without TensorFlow


def test_this_machine_is_fit():
    assert machine.wrong_python() is None and machine.wrong_processor() is None
    assert machine.path_too_long("/" + 300 * "a") is None or os.name == "nt"


@pytest.mark.parametrize(
    ("what", "value", "sentence"),
    [
        ("sys.version_info", (3, 10, 1), "needs Python 3.11 to 3.13"),
        ("sys.version_info", (3, 14, 0), "needs Python 3.11 to 3.13"),
        ("sys.maxsize", 2**31 - 1, "install the 64-bit one"),
        ("sysconfig.get_config_var", lambda name: name == "Py_GIL_DISABLED", "not 3.13t"),
        ("sysconfig.get_config_var", lambda name: "x86_64-pc-linux-musl" if "HOST" in name else 0, "Alpine"),
    ],
)
def test_a_python_without_tensorflow_is_named(monkeypatch, what, value, sentence):
    """The platform is stubbed."""
    monkeypatch.setattr(machine.sys, "platform", "linux")
    owner, name = what.split(".")
    monkeypatch.setattr(getattr(machine, owner), name, value)
    assert sentence in machine.wrong_python()


@pytest.mark.parametrize(
    ("translated", "sentence"),
    [("1", "a Python for Intel's: install one for arm64"), ("", "Macs with Intel's")],
)
def test_a_mac_that_computes_as_intels_is_named(monkeypatch, translated, sentence):
    """The platform is stubbed: x86-64 on a Mac is Intel's, or Rosetta's."""
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(machine, "_asked", lambda *command: translated)
    assert sentence in machine.wrong_python()


@pytest.mark.parametrize(
    ("facts", "dies"),
    [
        ("flags\t\t: fpu sse4_2 avx avx2\n", False),
        ("flags\t\t: fpu sse4_2\n", True),
        ("Features : neon", False),
    ],
)
def test_a_processor_without_avx_is_named(monkeypatch, facts, dies):
    """The processor is stubbed."""
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(machine.Path, "read_text", lambda *_, **__: facts)
    problem = machine.wrong_processor()
    assert ("KERAS_BACKEND=torch" in problem) if dies else problem is None


@pytest.mark.parametrize(
    ("length", "allowed", "fits"), [(71, False, True), (72, False, False), (90, True, True)]
)
def test_a_path_too_long_for_windows_is_measured(monkeypatch, length, allowed, fits):
    """Windows is stubbed. 71 + \\.venv + \\Lib\\site-packages\\ + 163 is 259."""
    monkeypatch.setattr(machine.os, "name", "nt")
    monkeypatch.setattr(machine, "long_paths_enabled", lambda: allowed)
    problem = machine.path_too_long("C" * length + "\\.venv")
    assert problem is None if fits else "78 characters" in problem and "77 at most" in problem


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("version = {}", False),
        ("version_info = {}.final.0\nother = 1", False),
        ("version = 3.8.1", True),
        ("home = /usr", False),
        (None, False),
    ],
)
def test_an_environment_whose_python_is_another_one_is_named(monkeypatch, tmp_path, settings, named):
    """As venv and as uv write what it was made with."""
    if settings is not None:
        (tmp_path / "pyvenv.cfg").write_text(settings.format(machine.platform.python_version()))
    monkeypatch.setattr(machine.sys, "prefix", str(tmp_path))
    problem = machine.moved_python()
    assert ("was made with Python 3.8, and its Python is" in problem) if named else problem is None
