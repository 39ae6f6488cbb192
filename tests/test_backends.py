"""The models of the course are written once: TensorFlow, JAX and PyTorch must agree (row S6)."""

import ast
import importlib.util
import os
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import backend
from separate_process import norm

pytestmark = pytest.mark.backends

# JAX and PyTorch are tested in an environment without TensorFlow, which then names another's Python.
TENSORFLOW_PYTHON = os.environ.get("COURSE_TENSORFLOW_PYTHON") or (
    sys.executable if importlib.util.find_spec("tensorflow") else None
)

BACKENDS = {"tensorflow", "jax", "torch"}
LIBRARY = Path(backend.__file__).parents[1]
FILES = sorted((LIBRARY / "backend").glob("[!_]*.py"))


@pytest.mark.parametrize("r1", ["0.0", "1.0"])
@pytest.mark.skipif(TENSORFLOW_PYTHON is None, reason="needs COURSE_TENSORFLOW_PYTHON to compare with")
def test_three_steps_agree_with_tensorflow(processes, tmp_path, r1):
    """From the same weights and noise; norms, for single weights differ more after a step of Adam."""

    def weights(name, python, backend, steps):
        settings = (f"steps={steps}", f"r1={r1}", "normalise=1")
        return processes.run(tmp_path / f"{name}.npz", *settings, python=python, backend=backend)

    before = weights("before", TENSORFLOW_PYTHON, "tensorflow", 0)
    expected = weights("tensorflow", TENSORFLOW_PYTHON, "tensorflow", 3)
    here = weights("here", sys.executable, backend.NAME, 3)
    for group in ("generator", "discriminator", "average"):
        # the steps did something, so that agreeing means something
        assert norm(before, group) != pytest.approx(norm(expected, group), rel=1e-4)
        assert norm(here, group) == pytest.approx(norm(expected, group), rel=1e-5)


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def knows_a_backend(node):
    """Whether a line imports a backend, asks Keras which one runs, or compares its name with something."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] in BACKENDS for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.module.split(".")[0] in BACKENDS
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith(("config.backend", "backend.backend"))
    if not isinstance(node, ast.Compare | ast.Dict | ast.Match):
        return isinstance(node, ast.Constant) and node.value == "KERAS_BACKEND"
    inside = list(ast.walk(node))
    names = {part.attr for part in inside if isinstance(part, ast.Attribute)}
    names |= {part.id for part in inside if isinstance(part, ast.Name)}
    words = {part.value for part in inside if isinstance(part, ast.Constant)}
    return bool(
        words & BACKENDS or not isinstance(node, ast.Dict) and names & {"BACKEND", "NAME", "keras_backend"}
    )


def test_no_module_knows_a_backend_but_those_for_it():
    """TensorFlow Datasets apart, which are TensorFlow's, and what chooses one before Keras is imported.

    That cannot stand in course_lib.backend, which imports Keras.
    """
    choice = ("BACKENDS = ", "def choose_backend(", "def why_no_keras(")
    found = []
    for path in LIBRARY.rglob("*.py"):
        if path.parent.name == "backend" or path.name.startswith("tfds"):
            continue
        parts = tree(path).body
        if path.name == "surroundings.py":
            parts = [part for part in parts if not ast.unparse(part).startswith(choice)]
        nodes = [node for part in parts for node in ast.walk(part)]
        found += [f"{path.name}:{node.lineno}" for node in nodes if knows_a_backend(node)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import tensorflow as tf",
        "from jax import numpy",
        "import torch.nn",
        "keras.config.backend()",
        "keras.backend.backend() == name",
        "backend.NAME == wanted",
        "if runtime.keras_backend() in wanted: pass",
        "{'torch': 1}[name]",
        "os.environ['KERAS_BACKEND']",
    ],
)
def test_what_it_is_to_know_a_backend(line):
    assert any(map(knows_a_backend, ast.walk(ast.parse(line))))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_backend_defines_what_is_promised(path):
    """All that has no body in `backend`, with its arguments; and nothing public that nobody calls."""

    def functions(path):
        return {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}

    def public(names):
        return {name for name in names if not name.startswith("_")}

    promised = functions(LIBRARY / "backend" / "__init__.py")
    needed = {name for name, node in promised.items() if isinstance(node.body[-1], ast.Raise)}
    assert needed == {"value_and_gradients", "pullback", "value_and_slope"}
    own = functions(path)
    assert needed <= public(own) <= public(promised)
    for name in public(own):
        arguments, wanted = (
            [argument.arg for argument in node.args.args] for node in (own[name], promised[name])
        )
        extra = ["state"] if path.stem == "jax" and name == "train_step" else []  # Keras' own contract
        assert [argument for argument in arguments if argument not in extra] == wanted, name
    assigned = [node.targets[0].id for node in tree(path).body if isinstance(node, ast.Assign)]
    assert {"TITLE"} <= public(assigned) <= {"TITLE", "SPARED"}


def test_there_is_a_file_for_each_backend_of_the_course():
    assert {path.stem for path in FILES} == BACKENDS
    assert backend.NAME in BACKENDS and backend.TITLE in ("TensorFlow", "JAX", "PyTorch")


def test_another_backend_is_refused_by_a_sentence(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "numpy")
    again = importlib.util.module_from_spec(backend.__spec__)
    with pytest.raises(ImportError, match="runs on the backends jax, tensorflow, torch, not on 'numpy'"):
        backend.__spec__.loader.exec_module(again)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"beta_1": 0.5, "epsilon": 1e-3},
        {"clipnorm": 0.5, "weight_decay": 0.1},
        {"learning_rate": keras.optimizers.schedules.CosineDecay(0.1, 4)},
        {"use_ema": True, "ema_overwrite_frequency": 2},
        {"gradient_accumulation_steps": 2},
        {"amsgrad": True},
    ],
    ids=["as it is", "small", "bounded", "schedule", "average", "gathered", "amsgrad"],
)
def test_a_step_of_adam_is_that_of_keras(settings):
    """A backend may take it in fewer operations."""
    rng = np.random.default_rng(1)
    gradients = [[rng.normal(size=shape) for shape in ((3, 2), (4,))] for _ in range(5)]
    ends = []
    for apply in (backend.apply, lambda optimizer, *pairs: optimizer.apply(*pairs)):
        optimizer = keras.optimizers.Adam(**settings)
        variables = [keras.Variable(np.ones(gradient.shape, "float32")) for gradient in gradients[0]]
        optimizer.build(variables)
        for step in gradients:
            apply(optimizer, [ops.convert_to_tensor(gradient, "float32") for gradient in step], variables)
        slots = [*optimizer._momentums, *optimizer._velocities]
        ends.append([ops.convert_to_numpy(kept) for kept in [*variables, *slots]])
    for here, keras_own in zip(*ends, strict=True):
        np.testing.assert_allclose(here, keras_own, rtol=1e-5, atol=1e-7)


def test_parts_keep_their_order():
    assert backend.side_by_side(lambda part: part * part, range(20)) == [part * part for part in range(20)]
