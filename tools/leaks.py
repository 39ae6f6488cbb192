"""Whether a lesson's training or choosing could know the test set, told from the names in its code.

Two rules of docs/authoring.md: `data.load(…, "test")` stands in one cell, tagged `final`; and what comes from
the test set is read by no statement that trains. What a statement assigns comes from the test set if it asks
for "test", or reads what came from there, be it in a function that it calls. So a choice made by test
pictures is followed up to the training that it would decide.

Names are all that is looked at, so this finds slips, not intent.
"""

import ast
from dataclasses import dataclass, field

import meaning

TRAINS = ("fit", "minimize", "train", "train_on_batch", "train_step")  # methods and functions of modules
CURE = 'watch and choose by "validation".'
GROWS = (
    "append",
    "extend",
    "update",
    "add",
    "setdefault",
)  # methods after which an object holds its arguments
LOADS = ("data.load", "data.heads")


@dataclass
class Told:
    """What a statement or a function does, by the names in it."""

    reads: set = field(default_factory=set)
    assigns: set = field(default_factory=set)
    trains: bool = False
    asks: bool = False  # for "test"
    loads: bool = False  # the test set itself


def find(cells: list) -> list:
    """Problems of a lesson's code cells: [(position of the cell, sentence)].

    cells: (source, tags) of each, in the order in which they run. Cells that are no Python are passed over.
    """
    problems, functions, tainted, final = [], {}, set(), []
    for position, (source, tags) in enumerate(cells):
        try:
            statements = meaning.syntax(source).body
        except SyntaxError:  # reported with the cell
            continue
        loads = any(told(statement).loads for statement in statements)
        if loads and "final" not in tags:
            problems.append((position, 'data.load(…, "test") belongs into the one cell tagged `final`.'))
        if "final" in tags:
            final.append(position)
        for statement in statements:
            here = told(statement)
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                functions[statement.name] = here
                tainted.discard(statement.name)
                continue
            found = with_functions(here, functions)
            leaked = sorted(found.reads & tainted)
            if found.trains and leaked:
                names = ", ".join(leaked)
                problems.append(
                    (position, f"{names} came from the test set, and this cell trains with it: {CURE}")
                )
            for name in here.assigns:
                functions.pop(name, None)
            tainted -= here.assigns
            if found.asks or leaked:
                tainted |= here.assigns
    if len(final) > 1:
        problems.append((final[1], "a lesson has one cell tagged `final`; this is the second."))
    return problems


def with_functions(here: Told, functions: dict) -> Told:
    """What a statement does, and what the lesson's functions do that it names."""
    found = Told(set(here.reads), here.assigns, here.trains, here.asks, here.loads)
    waiting, seen = list(here.reads), set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        called = functions[name]
        found.reads |= called.reads
        found.trains |= called.trains
        found.asks |= called.asks
        waiting += called.reads
    return found


def told(node) -> Told:
    """What a statement does by itself; of a function or a class, what its body does when it is called."""
    found, stored, calls = Told(), set(), []
    local, local_places = locals_of(node)
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Load()):
                found.reads.add(name)
            case ast.Name(id=name) if id(part) not in local_places:
                stored.add(name)
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                found.assigns |= base(part)
            case ast.Call():
                calls.append(part.func)
            case ast.Constant(value="test"):
                found.asks = True
    for called in calls:
        if isinstance(called, ast.Attribute):
            found.trains |= called.attr in TRAINS
            found.assigns |= base(called) if called.attr in GROWS else set()
            found.loads |= found.asks and ast.unparse(called) in LOADS
    found.reads -= local
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        found.reads -= stored  # what a function assigns is its own
        found.assigns = {node.name}
        return found
    # In a loop's body its name is no longer what it was before; what a plain assignment reads may be.
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr):
        found.reads -= stored
    found.assigns |= stored
    return found


def locals_of(node) -> tuple:
    """Names that exist only within a comprehension, a lambda or a function, and the ids of their nodes."""
    names, places = set(), set()
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            targets = [name for name in ast.walk(part.target) if isinstance(name, ast.Name)]
            names |= {name.id for name in targets}
            places |= {id(name) for name in targets}
        elif isinstance(part, ast.arg):
            names.add(part.arg)
    return names, places


def base(node) -> set:
    """The name of the object that a subscript or an attribute belongs to, as a set of one or none."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
