"""Which names of the library a file uses, by its syntax tree: words in strings and comments are none."""

import ast
import functools
import symtable
from pathlib import Path
from typing import NamedTuple

import env

LIBRARY = sorted((env.ROOT / "course_lib").rglob("*.py"))
LESSONS = sorted((env.ROOT / "chapters").rglob("*.py"))
OTHERS = [path for folder in ("tools", "benchmarks") for path in sorted((env.ROOT / folder).rglob("*.py"))]


class Uses(NamedTuple):
    """What one file uses.

    names: dotted, as reached: `course_lib.models.gan.GAN`; through a package `course_lib.data.folder`.
    attributes: every `.name` that stands in the file, whatever it is taken from.
    """

    names: set
    attributes: set


def module_of(path: Path) -> str:
    """`course_lib.models.gan`; of a package's `__init__.py`, the package."""
    *folders, last = path.relative_to(env.ROOT).with_suffix("").parts
    return ".".join(folders if last == "__init__" else [*folders, last])


@functools.cache
def uses(path: Path) -> Uses:
    """What a file uses of the library and of itself."""
    return uses_of(path.read_text(encoding="utf-8"), module_of(path), path.name == "__init__.py")


def uses_of(text: str, module: str, is_package: bool = False) -> Uses:
    """What the text of a module uses. What a package imports it passes on, and that is no use yet."""
    nodes = list(ast.walk(ast.parse(text)))
    bound = {}  # what the file calls its imports
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            bound |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name if alias.asname else alias.name.split(".")[0] for alias in node.names]
            bound |= {alias.asname or name: name for alias, name in zip(node.names, names, strict=True)}
    found = set() if is_package else set(bound.values())
    found |= {bound.get(name, f"{module}.{name}") for name in _mentioned(symtable.symtable(text, "", "exec"))}
    chains = [_chain(node) for node in nodes if isinstance(node, ast.Attribute)]
    found |= {".".join([bound.get(root, root), *rest]) for root, *rest in chains}
    # A check, which must not import Keras, says where its answer stands: answer="losses.gaussian_kl".
    answers = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "answer"]
    found |= {f"course_lib.{answer.value}" for answer in answers if isinstance(answer, ast.Constant)}
    return Uses(found, {names[-1] for names in chains})


def _chain(node):
    """`a.b.c` as a list of its names; a root that is no name, such as a call, is a `?`."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "?", *names]


def _mentioned(table, definition=None):
    """Names of the module's level that its code mentions; what a definition says of itself does not count."""
    outermost = table.get_type() == "module"
    found = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (outermost or s.is_global())}
    for child in table.get_children():
        found |= _mentioned(child, child.get_name() if outermost else definition)
    return found - {definition}


def is_used(module: str, name: str, names: set) -> bool:
    """Whether the dotted names hold a module's name, reached as it is, through its package, or off a call."""
    package = module.rpartition(".")[0]
    return not names.isdisjoint({f"{module}.{name}", f"{package}.{name}", f"?.{name}"})


def reaches(path: Path, module: str, where: Path) -> bool:
    """Whether a file names a module that lies at `where`, or, by way of its package, something it defines."""
    found = uses(path).names
    package = module.rpartition(".")[0]
    passed_on = {f"{package}.{name}" for name in public(where)} - {module_of(other) for other in LIBRARY}
    return any(f"{name}.".startswith(f"{module}.") for name in found) or not found.isdisjoint(passed_on)


def public(path: Path) -> dict:
    """From the public names that a module defines to the statements that do."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return {name: node for name, node in found.items() if not name.startswith("_")}
