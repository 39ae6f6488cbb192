"""What the code of a cell means, whatever it looks like: the part of a lesson that decides its outputs.

    python tools/meaning.py < sources.json      the meanings of a list of sources, as JSON

Comments, line breaks and kinds of quotes are not part of it, and Python 3.11, 3.12 and 3.13 give the same
(their own `ast.dump` does not). Nothing but the standard library is imported, so any of them can be asked.
"""

import ast
import json
import re
import sys

MAGIC = re.compile(r"^([ \t]*)([%!].*)$", re.M)  # a line for IPython, not for Python
UNMEANT = ("ctx", "kind", "type_comment", "type_ignores")  # fields that follow from others, or are comments


def of(source: str):
    """The meaning of a cell as nested lists for JSON; the source itself where it is not valid Python.

    IPython's own lines count as they are written, and so does a last `;`, which hides a value.
    """
    try:
        tree = OneForm().visit(syntax(source))
    except SyntaxError:
        return source
    return [plain(tree), [line for _, line in MAGIC.findall(source)], source.rstrip().endswith(";")]


def syntax(source: str) -> ast.Module:
    """The cell as Python, IPython's own lines (%magic, !command) left out."""
    return ast.parse(MAGIC.sub(r"\1pass", source))


class OneForm(ast.NodeTransformer):
    """Gives code that means the same one tree."""

    def visit_described(self, node):
        """Takes the indentation out of a docstring."""
        self.generic_visit(node)
        if ast.get_docstring(node, clean=False) is not None:
            node.body[0].value.value = ast.get_docstring(node)  # by inspect.cleandoc
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_described

    def visit_JoinedStr(self, node):
        """Joins the pieces of text in an f-string: Python 3.12 adds empty ones."""
        self.generic_visit(node)
        pieces = []
        for piece in node.values:
            text = isinstance(piece, ast.Constant)
            if text and pieces and isinstance(pieces[-1], ast.Constant):
                piece = ast.Constant(pieces.pop().value + piece.value)
            if not text or piece.value:
                pieces.append(piece)
        node.values = pieces
        return node


def plain(node):
    """A syntax tree as nested lists, without positions, and without fields that are empty."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    if not isinstance(node, ast.AST):
        return ascii(node)  # what repr escapes depends on the version's Unicode
    if isinstance(node, ast.Constant):
        return ["Constant", ascii(node.value)]
    return [type(node).__name__] + [
        [name, plain(value)]
        for name, value in ast.iter_fields(node)
        if name not in UNMEANT and value is not None and value != []
    ]


if __name__ == "__main__":
    print(json.dumps([of(source) for source in json.load(sys.stdin)]))
