"""Holds the shapes that a lesson's comments name against the arrays, while the tests run the lesson.

`%load_ext shapes` does so for every later cell of a notebook. A comment counts that begins with a shape and stands
at the end of an assignment, of a `return`, or of a function's first line, for its arguments:

    pictures, labels = data.load("fashion", "train")  # (60000, 28, 28, 1) uint8, (60000,)
    mean, log_var = encoder(pictures)  # (batch, 16) each
    return mean[:, 0]  # (batch,), whatever else there is to say

A number must be the axis' size. A letter or a word is free, but the same all over a cell, or in one call of a
function; where it is a whole number of the lesson (`n_score`), it is that number. `2 n`, `h / 2` and `5 or 10` are
worked out, `…` is any axes; what cannot be worked out ("3 seeds") says nothing, nor does anything about an axis that
is None while Keras or TensorFlow traces. `each` goes through the targets, a tuple, a list or a dict.
"""

import ast
import io
import re
import sys
import tokenize
from collections import ChainMap

import numpy as np

SHAPE = r"\([^()]*,[^()]*\)"
# Shapes, and what is said of them: "(n, 28, 28, 1) uint8, (n,)", " each".
COMMENT = re.compile(rf"#\s*({SHAPE}(?:[^,:;()]*, {SHAPE})*)([^,:;]*)")


class ShapeError(AssertionError):
    """An array has another shape than the comment beside it says."""


def load_ipython_extension(shell):
    """What `%load_ext shapes` calls."""
    holder = Holder()
    shell.user_ns["__hold__"] = hold
    shell.input_transformers_post.append(holder.read)
    shell.ast_transformers.append(holder)


class Holder(ast.NodeTransformer):
    """Adds to every statement with a shape the call that holds it: `__hold__(sizes, comment, names, values)`.

    What letters stand for is kept in a dict `__sizes__` of the cell, and of every call of a function.
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

    def visit_Assign(self, node):
        if node.lineno not in self.comments:
            return node
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        target = next((one for one in targets if not isinstance(one, ast.Tuple)), targets[0])
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [ast.unparse(part).lstrip("*") for part in parts]
        return [node, placed(self.call(node, names, names), node)]

    visit_AnnAssign = visit_AugAssign = visit_Assign

    def visit_Return(self, node):
        if node.lineno not in self.comments or node.value is None:
            return node
        return placed(f"return {self.call(node, ['the result'], [ast.unparse(node.value)])}[0]", node)

    def call(self, node, names, values):
        return f"__hold__(__sizes__, {self.comments[node.lineno]!r}, {names!r}, [{', '.join(values)}])"


def comments(source):
    """Line where a statement begins -> the comment at its end, if that begins with a shape."""
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


def with_sizes(node, start):
    """The cell or function, with a dict `__sizes__` of its own if a shape is held in it."""
    if any(isinstance(part, ast.Name) and part.id == "__sizes__" for part in ast.walk(node)):
        node.body.insert(start, placed("__sizes__ = {}", node.body[start]))
    return node


def hold(sizes, comment, names, values):
    """Raise ShapeError unless the values have the shapes that the comment lists; return the values.

    sizes: letter -> size, as far as they are known; what the comment adds is entered. names: for the message.
    """
    said, rest = COMMENT.match(comment).groups()
    shapes = re.findall(SHAPE, said)
    each = re.search(r"\beach\b", rest)
    pairs = list(zip(names, values, strict=True))
    if len(pairs) == 1 and (each or len(shapes) > 1):
        inside = values[0].items() if isinstance(values[0], dict) else enumerate(values[0])
        pairs = [(f"{names[0]}[{key!r}]", value) for key, value in inside]
    frame = sys._getframe(1)
    scope = ChainMap(frame.f_locals, frame.f_globals)
    of_lesson = {word: scope[word] for word in re.findall(r"\w+", said) if whole(scope.get(word))}
    for (name, value), shape in zip(pairs, shapes * len(pairs) if each else shapes, strict=False):
        axes = shape_of(value)
        items = [item.strip() for item in shape[1:-1].rstrip(", ").split(",")]
        if axes is not None and not fit(items, axes, ChainMap(sizes, of_lesson)):
            known = ", ".join(f"{word} = {size}" for word, size in (sizes | of_lesson).items())
            raise ShapeError(f"{name} has the shape {axes}, but its comment says `{comment}`, with {known}")
    return values


def whole(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def shape_of(value):
    """The sizes of an array's, tensor's or number's axes, None where one is open; None for other objects."""
    if isinstance(value, int | float | list | tuple):
        return np.shape(value)
    try:
        return tuple(value.shape)
    except (AttributeError, TypeError, ValueError):  # not an array; a tensor whose axes are not known
        return None


def fit(items, axes, sizes):
    """Whether axes have the sizes that the items of a comment say."""
    for dots in {"...", "…"} & set(items):
        at = items.index(dots)
        items = items[:at] + ["?"] * (len(axes) - len(items) + 1) + items[at + 1 :]
    return len(items) == len(axes) and all(
        any(fits(option, axis, sizes) for option in item.split(" or "))
        for item, axis in zip(items, axes, strict=True)
    )


def fits(item, axis, sizes):
    """Whether one axis has the size that an item says; an unknown letter is entered in `sizes`."""
    if axis is None:
        return True
    if item.isidentifier() and item not in sizes:
        sizes[item] = axis
    product = re.sub(r"\b(\d+) ?(?=[a-zA-Z])", r"\1 * ", item.replace("·", "*"))
    try:
        return eval(product, {"__builtins__": {}}, sizes) == axis
    except (NameError, SyntaxError, TypeError):  # words, or letters whose size nothing has said yet
        return True
