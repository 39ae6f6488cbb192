"""Holds the shapes that a lesson's comments name against the arrays, while the tests run the lesson.

`%load_ext shapes` does so for every later cell of a notebook. A comment counts that begins with a shape and
stands at the end of an assignment, of a `return`, or of a function's first line, for its arguments:

    pictures, labels = data.load("fashion", "train")  # (60000, 28, 28, 1) uint8, (60000,)
    mean, log_var = encoder(pictures)  # (batch, 16) each
    return mean[:, 0]  # (batch,), whatever else there is to say

A number must be the axis' size. A letter or a word is free, but the same all over a cell, a call of a
function, a round of a loop; where it names a whole number there (`n_score`), it is that number. `2 n`,
`h / 2` and `5 or 10` are worked out, `…` is any axes, and what cannot be worked out ("3 seeds") says
nothing. An axis that is None, while Keras or TensorFlow traces, has any size. `each` means each target, or
each array in a tuple, a list or a dict.
"""

import ast
import io
import re
import sys
import tokenize
from collections import ChainMap

import numpy as np

SHAPE = r"\([^()]*,[^()]*\)"
# Shapes, and what is said of the last: "(n, 28, 28, 1) uint8, (n,)" and " each".
COMMENT = re.compile(rf"#\s*({SHAPE}(?:[^,:;()]*, {SHAPE})*)([^,:;]*)")


class ShapeError(AssertionError):
    """An array has another shape than the comment beside it says."""


def load_ipython_extension(shell):
    """What `%load_ext shapes` calls."""
    holder = Holder()
    shell.user_ns |= {"__hold__": hold, "__Sizes__": ChainMap}
    shell.input_transformers_post.append(holder.read)
    shell.ast_transformers.append(holder)


class Holder(ast.NodeTransformer):
    """Adds `__hold__(__sizes__, comment, names, values)` to every statement whose comment has a shape.

    `__sizes__`, a ChainMap, has what the letters stand for: in the cell, or in a call of a function, and in a
    round of a loop, which forgets what the round before found.
    """

    def read(self, lines):
        """Keep the text of a cell, for its tree is without comments."""
        self.source = "".join(lines)
        return lines

    def visit_Module(self, tree):
        self.comments = comments(self.source)
        self.generic_visit(tree)
        return with_sizes(tree, 0)

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        start = 0 if ast.get_docstring(node) is None else 1
        if node.lineno in self.comments:
            names = [argument.arg for argument in node.args.args if argument.arg != "self"]
            node.body.insert(start, placed(self.call(node, names, names), node))
        return with_sizes(node, start)

    def visit_For(self, node):
        self.generic_visit(node)
        if not holds(node):
            return node
        node.body.insert(0, placed("__sizes__ = __sizes__.parents.new_child()", node.body[0]))
        before, after = "__sizes__ = __sizes__.new_child()", "__sizes__ = __sizes__.parents"
        return [placed(before, node), node, placed(after, node)]

    visit_While = visit_For

    def visit_Assign(self, node):
        if node.lineno not in self.comments:
            return node
        target = node.targets[-1]
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [ast.unparse(part).lstrip("*") for part in parts]
        return [node, placed(self.call(node, names, names), node)]

    def visit_Return(self, node):
        if node.lineno not in self.comments:
            return node
        if not isinstance(node.value, ast.Tuple):
            return placed(f"return {self.call(node, ['the result'], [ast.unparse(node.value)])}[0]", node)
        values = [ast.unparse(part) for part in node.value.elts]
        return placed(f"return tuple({self.call(node, values, values)})", node)

    def call(self, node, names, values):
        return f"__hold__(__sizes__, {self.comments[node.lineno]!r}, {names!r}, [{', '.join(values)}])"


def comments(source):
    """Line where a statement begins -> the comment at its end, where that begins with a shape."""
    found, first, last = {}, None, None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE:
            if last.type == tokenize.COMMENT and COMMENT.match(last.string):
                found[first] = last.string
            first = None
        elif token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
            first = first or token.start[0]
        last = token
    return found


def placed(source, node):
    """A statement as the tree has it, on the lines of `node`."""
    statement = ast.parse(source).body[0]
    for part in ast.walk(statement):
        ast.copy_location(part, node)
    return statement


def holds(node):
    """Whether something in a part of the tree is held."""
    return any(isinstance(part, ast.Name) and part.id == "__sizes__" for part in ast.walk(node))


def with_sizes(node, start):
    """The cell or the function, with `__sizes__` of its own if something in it is held."""
    if holds(node):
        node.body.insert(start, placed("__sizes__ = __Sizes__()", node.body[start]))
    return node


def hold(sizes, comment, names, values):
    """Return the values if they have the shapes that the comment lists; what it adds goes into `sizes`.

    Raises:
        ShapeError: one has not; it is called by its name, and all known sizes are said.
    """
    said, rest = COMMENT.match(comment).groups()
    shapes = re.findall(SHAPE, said)
    each = re.search(r"\beach\b", rest)
    if len(names) == 1 and (each or len(shapes) > 1):
        inside = values[0] if isinstance(values[0], dict) else dict(enumerate(values[0]))
        pairs = [(f"{names[0]}[{key!r}]", value) for key, value in inside.items()]
    else:
        pairs = [
            pair for pair in zip(names, values, strict=True) if pair[0] != "_" or len(shapes) == len(names)
        ]
    scope = sys._getframe(1).f_locals
    words = re.findall(r"\w+", said)
    numbers = {word: scope[word] for word in words if type(scope.get(word)) in (int, np.int64)}
    for (name, value), shape in zip(pairs, shapes * len(pairs) if each else shapes, strict=False):
        axes = shape_of(value)
        if axes is not None and not shape_fits(shape, axes, ChainMap(sizes, numbers)):
            known = ", ".join(f"{word} = {size}" for word, size in (dict(sizes) | numbers).items())
            raise ShapeError(f"{name} has the shape {axes}, but its comment says `{comment}` ({known})")
    return values


def shape_of(value):
    """The sizes of the axes of an array, tensor, list or number; None where nothing has a size."""
    try:
        return np.shape(value) if isinstance(value, int | float | list | tuple) else tuple(value.shape)
    except (AttributeError, TypeError, ValueError):
        return None


def shape_fits(shape, axes, sizes):
    """Whether axes have the sizes that a comment's "(…)" says."""
    items = [item.strip() for item in shape[1:-1].rstrip(", ").split(",")]
    for dots in {"...", "…"} & set(items):
        at = items.index(dots)
        items[at : at + 1] = ["?"] * (len(axes) - len(items) + 1)
    return len(items) == len(axes) and all(
        any(size_fits(option, axis, sizes) for option in item.split(" or "))
        for item, axis in zip(items, axes, strict=True)
    )


def size_fits(item, axis, sizes):
    """Whether one axis has the size that an item says; a letter that is not known yet is entered."""
    if axis is None:
        return True
    if item.isidentifier():
        sizes.setdefault(item, axis)
    product = re.sub(r"\b(\d+) ?(?=[a-zA-Z])", r"\1 * ", item.replace("·", "*"))
    try:
        return eval(product, {"__builtins__": {}}, sizes) == axis
    except (NameError, SyntaxError, TypeError):  # words, or letters of which nothing is known yet
        return True
