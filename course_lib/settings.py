"""What a training is made with, in plain values, so that a checkpoint can tell when something else goes on.

Nothing here may take long, or read data that come only once: of arrays a sample of the bytes counts, of a
pipeline its kind.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import sys
import sysconfig
from pathlib import Path

import keras
import numpy as np
from keras import ops

from course_lib import backend
from course_lib.data.batches import Batches

SAMPLE = 2**22  # bytes of an array that its checksum is made of
NO_MATTER = ("name", "module", "registered_name")  # Keras numbers names by session
DEPTH = 5
INSTALLED = (
    str(Path(__file__).parent),
    *(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")),
)


def of_data(x, steps_per_epoch) -> dict:
    """What must stay the same of the data that `fit` was given: by name, values as JSON knows them."""
    found = {"steps_per_epoch": steps_per_epoch}
    if isinstance(x, Batches):
        found |= {name: getattr(x, name) for name in ("examples", "batch_size", "seed", "scale")}
        return found | {"data": _plain(x.arrays)}
    if isinstance(x, list) or _is_array(x):
        return found | {"data": _plain(x)}
    return found | {"data": {"class": type(x).__name__, "holds": str(getattr(x, "element_spec", ""))}}


def of_model(model) -> dict:
    """What must stay the same of a `training.Model`: its type, its arguments, the kinds of its optimizers."""
    optimizers = {name: _kind(optimizer) for name, optimizer in model.optimizer.named.items()}
    return {"dtype": model.dtype_policy.name, **optimizers, **_arguments(model)}


def that_may_change(model) -> dict:
    """What is taken over, and said, when training goes on: the optimizers' numbers, code, noise, backend.

    Learning rates are not among it: see `callbacks.Checkpoint`.
    """
    found = {"backend": backend.TITLE}
    if model.seeds.given is not None:
        found["seed of the model"] = model.seeds.given
    for name, optimizer in innermost(model).items():
        config = optimizer.get_config()
        found[name] = {key: _plain(value) for key, value in config.items() if key != "learning_rate"}
        found[name].pop("name")
    return found | {"code": _codes(model)}


def innermost(model) -> dict:
    """The optimizers of a `training.Model` by name, each without what wraps it for float16."""
    found = dict(model.optimizer.named)
    for name, optimizer in found.items():
        while hasattr(optimizer, "inner_optimizer"):
            optimizer = optimizer.inner_optimizer
        found[name] = optimizer
    return found


def differences(old, new, name="") -> dict:
    """`{name: (old, new)}` of what differs in what both have; what only one has, another version made."""
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [(f"{name}.{key}" if name else key, old[key], new[key]) for key in old if key in new]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and name:
        pairs = [(f"{name}[{i}]", *pair) for i, pair in enumerate(zip(old, new, strict=True))]
    else:
        return {} if old == new or (old != old and new != new) else {name: (old, new)}
    found = {}
    for each in pairs:
        found |= differences(each[1], each[2], each[0])
    return found


def _plain(value, depth=0):
    """Any setting as JSON keeps it, so that equal settings are equal in another process, too."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth > DEPTH:
        return type(value).__name__
    deeper = functools.partial(_plain, depth=depth + 1)
    if isinstance(value, dict):
        return {str(key): deeper(each) for key, each in value.items() if _matters(key)}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [deeper(each) for each in value]
    if _is_array(value):
        return _fingerprint(value)
    if isinstance(value, functools.partial):
        return {"function": deeper(value.func), "with": [deeper(value.args), deeper(value.keywords)]}
    if inspect.isroutine(value):
        given = [_contents(cell) for cell in getattr(value, "__closure__", None) or ()]
        return {"function": getattr(value, "__qualname__", value.__name__), "with": deeper(given)}
    found = {"class": type(value).__name__}
    if isinstance(value, keras.Model):
        return found | _arguments(value, depth) | {"layers": [deeper(layer) for layer in value.layers]}
    if hasattr(value, "get_config"):
        try:
            return found | deeper(value.get_config())
        except NotImplementedError:  # a layer of the learner's, with arguments that Keras cannot write down
            return found
    public = {name: each for name, each in getattr(value, "__dict__", {}).items() if name[0] != "_"}
    return found | {name: deeper(each) for name, each in public.items() if not inspect.isroutine(each)}


def _matters(key) -> bool:
    return key not in NO_MATTER and not str(key).endswith("initializer")


def _arguments(model, depth=0) -> dict:
    """The arguments of a model's constructors that it keeps as attributes of the same names."""
    names = []
    for kind in type(model).__mro__:
        if kind.__module__.partition(".")[0] == "keras":
            break
        if "__init__" in vars(kind):
            names += list(inspect.signature(kind.__init__).parameters)[1:]
    names = [name for name in dict.fromkeys(names) if name != "name" and hasattr(model, name)]
    return {name: _plain(getattr(model, name), depth + 1) for name in names}


def _kind(optimizer) -> str:
    kind = type(optimizer).__name__
    inner = getattr(optimizer, "inner_optimizer", None)
    return kind if inner is None else f"{kind} of {_kind(inner)}"


def _is_array(value) -> bool:
    return isinstance(value, np.ndarray | keras.Variable) or ops.is_tensor(value)


def _fingerprint(array) -> dict:
    """Shape, type and a checksum of an array; of a large one, of rows that lie evenly in it."""
    shape, kind = list(array.shape), str(getattr(array, "dtype", "")).rpartition(".")[2]
    if not isinstance(array, np.ndarray):
        array = ops.convert_to_numpy(array)
    if array.nbytes > SAMPLE:
        rows = min(len(array), max(16, SAMPLE * len(array) // array.nbytes))
        array = array[np.linspace(0, len(array) - 1, rows).astype(int)]
    content = np.ascontiguousarray(array).tobytes() if array.dtype != object else b""
    return {"shape": shape, "dtype": kind, "content": hashlib.sha256(content).hexdigest()[:12]}


def _contents(cell):
    try:
        return cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return None


def _codes(model) -> dict:
    """A checksum of each function that the learner wrote for a model, by its name and Python's version."""
    functions = {name: each for name, each in vars(model).items() if inspect.isfunction(each)}
    for kind in type(model).__mro__:
        own = {f"{kind.__name__}.{name}": each for name, each in vars(kind).items()}
        functions |= {name: each for name, each in own.items() if inspect.isfunction(each)}
    version = "Python 3-{1}".format(*sys.version_info)  # another Python makes other code of the same lines
    return {
        name: {version: hashlib.sha256(json.dumps(_code(function.__code__)).encode()).hexdigest()[:12]}
        for name, function in functions.items()
        if not function.__code__.co_filename.startswith(INSTALLED)
    }


def _code(code) -> list:
    """What a piece of code does, without its place in a file and without its docstring."""
    constants = [_code(each) if inspect.iscode(each) else repr(each) for each in code.co_consts]
    documented = code.co_consts and isinstance(code.co_consts[0], str)
    return [code.co_code.hex(), constants[1:] if documented else constants, list(code.co_names)]
