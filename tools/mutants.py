"""Makes wrong answers of the worked ones mechanically, and counts how many of them the checks refuse.

    python tools/mutants.py                       # every exercise
    python tools/mutants.py gaussian_kl two_moves
    python tools/mutants.py --share 10            # every tenth mutant

A mutant is the worked answer with one change, or two, of the list `OPERATORS`, which was written down before
the checks that it measures. One that a check accepts is *equivalent* only if its values and its slopes agree
with the answer's on `AGREE` drawn inputs; else it has survived. The score of an exercise is the share of
mutants that are refused among those that are not equivalent.
"""

import argparse
import ast
import copy
import inspect
import random
import sys
import textwrap
import types
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

AGREE = 1000  # drawn inputs on which a mutant must do what the answer does to be called equivalent
LEAST, PAIRS = 15, 15  # mutants of an exercise where there are so many; pairs of changes at most
LEAST_SCORE, LEAST_OF_ONE, MOST_EQUIVALENT = 0.97, 0.85, 0.10
SECONDS = 3.0  # that a mutant may compute in one check

# What is put for a name of keras.ops, NumPy or Python: the word after the last dot is looked at.
EXCHANGED = {
    "sum": ("mean",), "mean": ("sum", "median"), "max": ("min", "mean"), "min": ("max",), "any": ("all",),
    "all": ("any",), "maximum": ("minimum",), "minimum": ("maximum",), "argmax": ("argmin",),
    "argmin": ("argmax",), "exp": ("expm1",), "log": ("log10", "log1p"), "sin": ("cos",), "cos": ("sin",),
    "floor": ("ceil", "round"), "ceil": ("floor",), "rint": ("floor",), "round": ("floor",),
    "std": ("var",), "var": ("std",), "median": ("mean",), "square": ("abs",), "abs": ("square",),
    "sigmoid": ("tanh",), "softplus": ("relu",), "relu": ("abs",), "cumsum": ("cumprod",),
    "ones_like": ("zeros_like",), "zeros_like": ("ones_like",), "zeros": ("ones",), "ones": ("zeros",),
    "less": ("less_equal",), "greater": ("greater_equal",), "logsumexp": ("max",),
    "softmax": ("sigmoid",), "log_softmax": ("softmax",), "searchsorted": ("digitize",), "sort": ("flip",),
}  # fmt: skip
UNWRAPPED = (
    "square",
    "sqrt",
    "exp",
    "log",
    "abs",
    "relu",
    "sigmoid",
    "tanh",
    "softplus",
    "floor",
    "ceil",
    "rint",
    "round",
    "clip",
    "cast",
    "astype",
    "maximum",
    "minimum",
    "transpose",
    "flip",
    "reshape",
    "sorted",
    "unique",
    "int",
    "float",
    "max",
    "min",
    "inv",
    "stop_gradient",
    "one_hot",
    "cumsum",
)  # fmt: skip  a call f(x, …) of which x alone is left; of x.f(…), x
BINARY = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mult), ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.MatMult: (ast.Mult,),
}  # fmt: skip
COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq, ast.GtE), ast.NotEq: (ast.Eq,),
}  # fmt: skip


# ------------------------------------------------------------------------------- changes of one node


def other_sign(node):
    """-x for x, and x for -x."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Tuple):
        yield ast.Return(ast.UnaryOp(ast.USub(), node.value))


def other_arithmetic(node):
    """+ for -, * for /, and so on."""
    if isinstance(node, ast.BinOp):
        for kind in BINARY.get(type(node.op), ()):
            yield ast.BinOp(node.left, kind(), node.right)


def dropped_term(node):
    """One side of a sum, a product or a power alone."""
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right


def sides_swapped(node):
    """b - a for a - b, where it matters."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.Pow | ast.MatMult):
        yield ast.BinOp(node.right, node.op, node.left)


def other_function(node):
    """mean for sum and back, the smaller for the larger, another logarithm."""
    for old, new in EXCHANGED.items():
        if isinstance(node, ast.Attribute) and node.attr == old:
            yield from (ast.Attribute(node.value, name, node.ctx) for name in new)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == old:
            yield from (ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords) for name in new)


def call_left_out(node):
    """x for f(x), and for x.f()."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        if name in UNWRAPPED:
            module = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in MODULES
            if isinstance(node.func, ast.Attribute) and not module:
                yield node.func.value
            else:
                yield from node.args[:2]


def other_axis(node):
    """Another axis, and keepdims the other way."""
    if isinstance(node, ast.keyword) and node.arg == "axis":
        for axis in (0, 1, -1, None):
            if ast.unparse(node.value) != str(axis):
                yield ast.keyword("axis", ast.Constant(axis))
    if isinstance(node, ast.keyword) and node.arg == "keepdims" and isinstance(node.value, ast.Constant):
        yield ast.keyword("keepdims", ast.Constant(not node.value.value))


def option_left_out(node):
    """A call without one of the arguments it names."""
    if isinstance(node, ast.Call):
        for given in node.keywords:
            yield ast.Call(node.func, node.args, [one for one in node.keywords if one is not given])


def other_constant(node):
    """Off by one, doubled, halved, of the other sign; True for False."""
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield ast.Constant(not value)
        elif isinstance(value, int):
            others = dict.fromkeys((value + 1, value - 1, -value, 2 * value))
            yield from (ast.Constant(one) for one in others if one != value)
        elif isinstance(value, float):
            yield from (
                ast.Constant(one) for one in (value + 1, value * 2, value / 2, -value) if one != value
            )
        elif isinstance(value, str) and value in ("float32", "uint8"):
            yield from (ast.Constant(one) for one in ("float16", "int8") if one != value)


def other_end(node):
    """A slice that begins or ends elsewhere, or takes all; steps of the other direction."""
    if isinstance(node, ast.Slice):
        one = ast.Constant(1)
        if node.lower is not None:
            yield ast.Slice(None, node.upper, node.step)
            yield ast.Slice(ast.BinOp(node.lower, ast.Add(), one), node.upper, node.step)
        if node.upper is not None:
            yield ast.Slice(node.lower, None, node.step)
            yield ast.Slice(node.lower, ast.BinOp(node.upper, ast.Sub(), one), node.step)
        if node.lower is None and node.upper is None and node.step is None:
            yield ast.Slice(one, None, None)
            yield ast.Slice(None, None, ast.Constant(-1))


def other_comparison(node):
    """< for <=, > for <, and the like; `and` for `or`; without `not`."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kind in COMPARED.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [kind()], node.comparators)
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other, node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand


def swapped_arguments(node):
    """Two neighbouring arguments of a call, elements of a tuple or branches exchanged."""
    if isinstance(node, ast.Call):
        for place in range(len(node.args) - 1):
            yield ast.Call(node.func, _swapped(node.args, place), node.keywords)
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for place in range(len(node.elts) - 1):
            yield ast.Tuple(_swapped(node.elts, place), node.ctx)
    if isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
        yield node.body
        yield node.orelse


def statement_left_out(node):
    """A loop without its first or last turn; an assignment that adds without adding; a condition turned."""
    if isinstance(node, ast.AugAssign):
        yield ast.Pass()
        yield ast.Assign([node.target], node.value)
    if isinstance(node, ast.If):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.For | ast.comprehension):
        for turns in ("[1:]", "[:-1]", "[::-1]"):
            other = copy.copy(node)
            other.iter = ast.parse(f"list({ast.unparse(node.iter)}){turns}", mode="eval").body
            yield other


def other_type(node):
    """The result by NumPy, as a list, as a float, in float16, as whole numbers, without its gradient."""
    if isinstance(node, ast.Return) and node.value is not None:
        text = ast.unparse(node.value)
        for form in (
            "keras.ops.convert_to_numpy({})", "np.asarray({}).tolist()", "float({})",
            "keras.ops.stop_gradient({})", "np.asarray({}).astype('float16')",
            "np.asarray({}).astype('int64')",
        ):  # fmt: skip
            yield ast.Return(ast.parse(form.format(f"({text})"), mode="eval").body)


def parameter_misused(node):
    """A parameter detached, by NumPy, in uint8, changed in place, replaced by the next one."""
    if isinstance(node, ast.FunctionDef):
        names = [argument.arg for argument in node.args.args]
        for name, after in zip(names, names[1:] + names[:1], strict=True):
            forms = [
                f"{name} = keras.ops.stop_gradient({name})",
                f"{name} = keras.ops.convert_to_numpy({name})",
                f"{name} = np.asarray({name}).astype('uint8')",
                f"{name} *= 2",
                f"{name} = {name}[:1]",
            ]
            if after != name:
                forms.append(f"{name} = {after}")
            for form in forms:
                yield _with_first(node, form)


OPERATORS = (
    other_sign, other_arithmetic, dropped_term, sides_swapped, other_function, call_left_out, other_axis,
    option_left_out, other_constant, other_end, other_comparison, swapped_arguments, statement_left_out,
    other_type, parameter_misused,
)  # fmt: skip
MODULES = ("ops", "keras.ops", "np", "keras", "np.linalg", "losses", "metrics", "special")


def _swapped(items, place):
    items = list(items)
    items[place], items[place + 1] = items[place + 1], items[place]
    return items


def _with_first(function, statement):
    """The function with a statement before its others, after its docstring."""
    other = copy.copy(function)
    start = 1 if ast.get_docstring(function) is not None else 0
    other.body = [*function.body[:start], *ast.parse(statement).body, *function.body[start:]]
    return other


# ------------------------------------------------------------------------------- mutants of a function


def changes(tree) -> list:
    """Every single change: [(number of the node, of the operator, of its form), …]."""
    found = []
    for place, node in enumerate(ast.walk(tree)):
        for which, operator in enumerate(OPERATORS):
            found += [(place, which, form) for form, _ in enumerate(operator(node))]
    return found


def changed(tree, *wanted):
    """A copy of the tree with these changes made, the ones deepest in the tree first."""
    tree = copy.deepcopy(tree)
    nodes = list(ast.walk(tree))
    parents = {
        id(child): (node, field, place)
        for node in nodes
        for field, value in ast.iter_fields(node)
        for place, child in enumerate(value if isinstance(value, list) else [value])
        if isinstance(child, ast.AST)
    }
    for place, which, form in sorted(wanted, reverse=True):
        node = nodes[place]
        new = list(OPERATORS[which](node))[form]
        if node is tree:
            tree = new
            continue
        parent, field, position = parents[id(node)]
        value = getattr(parent, field)
        if isinstance(value, list):
            value[position] = new
        else:
            setattr(parent, field, new)
    return ast.fix_missing_locations(tree)


def worked(exercise):
    """(syntax tree of the worked answer's function, the names it uses)."""
    function = exercise.answer
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    tree.decorator_list = []
    return tree, function.__globals__


def asked(exercise, text: str) -> bool:
    """Whether a change is one that the exercise asks about: no gradient where the lesson takes none."""
    if exercise.slopes or exercise.compiled or exercise.observe:
        return True
    return not any(
        name in text for name in ("keras.ops.stop_gradient", "keras.ops.convert_to_numpy", ".tolist()")
    )


def mutants(exercise) -> list:
    """[(what its code is, the function)]: all single changes that differ in code, and `PAIRS` of two."""
    tree, names = worked(exercise)
    single = changes(tree)
    rng = random.Random(zlib.crc32(exercise.name.encode()))
    places = sorted({place for place, *_ in single})
    pairs = []
    while len(pairs) < PAIRS and len(places) > 1:
        first, second = sorted(rng.sample(places, 2))
        one, other = (rng.choice([c for c in single if c[0] == place]) for place in (first, second))
        pairs.append((one, other))
    found, seen = [], {ast.unparse(tree)}
    for wanted in [*((one,) for one in single), *pairs]:
        try:
            text = ast.unparse(changed(tree, *wanted))
            code = compile(text, f"<mutant of {exercise.name}>", "exec")
        except (SyntaxError, ValueError, RecursionError, TypeError, AttributeError):
            continue  # two changes of which one took the other's place away
        if text in seen or not asked(exercise, text):
            continue
        seen.add(text)
        found.append((text, _made(code, names, tree.name)))
    return found


def _made(code, names, name):
    """The function that compiled code defines, among the names that the answer's module has."""
    import keras
    import numpy as np

    space = {"keras": keras, "np": np, **names}
    exec(code, space)
    function = space[name]
    return function if isinstance(function, types.FunctionType) else None


# ---------------------------------------------------------------------------------------- the count


def judged(exercise, share: int = 1) -> dict:
    """How many mutants there are, were refused, are equivalent, and the code of those that survived."""
    found = {"mutants": 0, "refused": 0, "equivalent": 0, "survived": []}
    chosen = mutants(exercise)
    for text, function in chosen[:: share if len(chosen) > LEAST * share else 1]:
        found["mutants"] += 1
        # What is refused need not be told which mistake it is; what seems accepted is graded as a learner's.
        if not exercise.accepts(function) or exercise.grade(function)[0] != "✓":
            found["refused"] += 1
        elif exercise.agrees(function, AGREE):
            found["equivalent"] += 1
        else:
            found["survived"].append(text)
    return found


def score(found: dict) -> float:
    """The share of mutants refused among those that are not equivalent."""
    return found["refused"] / max(found["mutants"] - found["equivalent"], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--share", type=int, default=1, help="every how manieth mutant")
    parser.add_argument("--survived", action="store_true", help="print the code of those that survived")
    arguments = parser.parse_args()
    from course_lib import check
    from course_lib.check import guard

    guard.SECONDS = SECONDS
    total, low = {"mutants": 0, "refused": 0, "equivalent": 0}, []
    for name, exercise in check.EXERCISES.items():
        if arguments.names and name not in arguments.names:
            continue
        found = judged(exercise, arguments.share)
        for key in total:
            total[key] += found[key]
        if score(found) < LEAST_OF_ONE:
            low.append(name)
        print(
            f"{name:28s} {found['mutants']:4d} mutants, {found['equivalent']:3d} equivalent, "
            f"{len(found['survived']):3d} survived: {score(found):.1%}",
            flush=True,
        )
        for text in found["survived"] if arguments.survived else ():
            print(textwrap.indent(text, "    "), flush=True)
    share = total["equivalent"] / max(total["mutants"], 1)
    print(f"all: {total['mutants']} mutants, {share:.1%} equivalent, score {score(total):.1%}")
    if low or score(total) < LEAST_SCORE or share > MOST_EQUIVALENT:
        sys.exit(f"too low: {', '.join(low) or 'the whole'}")


if __name__ == "__main__":
    main()
