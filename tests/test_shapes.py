"""tests/shapes.py: comments that name a shape are held against the arrays, cell by cell."""

import inspect
import traceback

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import shapes

pytestmark = pytest.mark.tools


@pytest.fixture
def run():
    """Runs cells one after the other, with the extension loaded; returns what became of the last."""
    shell = InteractiveShell()
    shapes.load_ipython_extension(shell)
    return lambda *cells: [shell.run_cell(cell) for cell in ("import numpy as np", *cells)][-1]


RIGHT = {
    "numbers": "x = np.zeros((2, 3))  # (2, 3) uint8, and whatever else: (9, 9)",
    "a number": "x = 2.0 * np.ones(4).sum()\ny = np.ones((1,))  # (1,)",
    "equal letters": "x = np.zeros((2, 3))  # (n, 3)\ny = x[:, 0]  # (n,)",
    "another cell's letter": ["x = np.zeros(2)  # (n,)", "x = np.zeros(3)  # (n,)"],
    "a number of the lesson": "count = 2\nx = np.zeros((2, 3))  # (count, 3)",
    "arithmetic": "x = np.zeros((2, 6, 5, 12, 3))  # (n, 3 n, 2n + 1, n * 6, 6 / n)",
    "a product with a dot": "x = np.zeros((2, 4))  # (n, 2 · n)",
    "letters that nothing has bound": "x = np.zeros((2, 4))  # (2, m // 3)",
    "one of two": "for n in (5, 10):\n    x = np.zeros((n, 1))  # (5 or 10, 1)",
    "any axes": "x = np.zeros((2, 3, 4, 5))  # (..., 4, 5)\ny = x  # (2, …)\nz = x[0, 0]  # (…, 4, 5)",
    "words": "x = np.zeros((3, 4))  # (3 seeds, rows and columns)",
    "two lines": "x = np.zeros(\n    (2, 3)  # (9, 9), not a statement's end\n)  # (2, 3)",
    "targets": "a, b = np.zeros((2, 3)), np.zeros(2)  # (n, 3) float64, (n,)",
    "an underscore": "_, b = np.zeros(9), np.zeros((2, 3))  # (2, 3)",
    "a returned pair": "def f():\n    return np.zeros(2), 'b'  # (2,), and a word\n\na, b = f()",
    "only the first target": "a, b = np.zeros((2, 3)), 'b'  # (2, 3)",
    "each target": "a, _ = np.zeros((2, 3)), np.ones((2, 3))  # (n, 3) each, drawn alike",
    "each of a list": "x = [np.zeros(2), np.ones(2)]  # (n,) each",
    "each of a dict": "x = {'a': np.zeros(2), 'b': np.ones(2)}  # (n,) numbers each",
    "a tuple of arrays": "x = np.zeros(2), np.ones(3)  # (2,), (3,)",
    "all targets in one": "a, b = both = np.zeros((2, 3))  # (2, 3)",
    "an entry": "x = {}\nx['a'] = np.zeros(3)  # (3,)",
    "rounds of a loop": "for n in (2, 3):\n    x = np.zeros(n)  # (m,)\n    while len(x) > 1:\n"
    "        x = x[1:]  # (k,)\nx = np.zeros(9)  # (m,)\ny = np.zeros(8)  # (k,)",
    "a function": "def f(x):  # (n, 3)\n    y = x[:, 0]  # (n,)\n    return y[None]  # (1, n)\n\n"
    "f(np.zeros((2, 3))), f(np.zeros((5, 3)))",
    "a method": "class A:\n    def f(self, x, y):  # (n,), (n, 2)\n        'It.'\n        return x  # (n,)\n"
    "A().f(np.zeros(2), np.zeros((2, 2)))",
    "a function in a function": "def f(n):\n    def g():\n        return np.zeros(n)  # (m,)\n"
    "    return g()\n\nf(2), f(3)",
    "an axis that is open": "import keras\nx = keras.Input((28, 28))  # (28, 28, 28)\ny = x[:, 0]  # (n, 28)",
    "an object without a shape": "x = {'a': 1}  # (network, budget) -> pictures",
    "no shape": "x = np.zeros(3)  # (in words)\ny = np.zeros(3)  # see (9, 9)",
}

WRONG = {
    "x = np.zeros((2, 3))  # (2, 4)": "x has the shape (2, 3), but its comment says `# (2, 4)`",
    "x = np.zeros((2, 3))  # (2, 3, 1)": "x has the shape (2, 3)",
    "x = np.zeros((2, 3))  # (n, n)": "(n = 2)",
    "x = np.zeros((2, 3))  # (n, 3)\ny = np.zeros(3)  # (n,)": "y has the shape (3,)",
    "count = 2\nx = np.zeros(3)  # (count,)": "(count = 2)",
    "x = np.zeros((2, 5))  # (n, 2 n)": "x has the shape (2, 5)",
    "x = np.zeros((2, 5))  # (3 or 4, 5)": "x has the shape (2, 5)",
    "x = np.zeros((2, 3, 4))  # (..., 5)": "x has the shape (2, 3, 4)",
    "x = np.zeros(3)  # (…, 4, 3)": "x has the shape (3,)",
    "x = np.zeros(3).sum()  # (1,)": "x has the shape ()",
    "x = [np.zeros(2)] * 3  # (2,)": "x has the shape (3, 2)",
    "a, b = np.zeros(2), np.zeros(3)  # (2,), (2,)": "b has the shape (3,)",
    "a, b = np.zeros(2), np.zeros(3)  # (n,) each": "b has the shape (3,)",
    "x = {'a': np.zeros(2), 'b': np.ones(3)}  # (2,) each": "x['b'] has the shape (3,)",
    "x = {}\nx['a'] = np.zeros(3)  # (2,)": "x['a'] has the shape (3,)",
    "if True:\n    for i in range(2):\n        x = np.zeros(3)  # (2,)": "x has the shape (3,)",
    "n = [0]\ny = np.zeros(2)  # (m,)\nfor _ in n:\n    x = np.zeros(3)  # (m,)": "x has the shape (3,)",
    "for _ in '12':\n    x = np.zeros(3)  # (n,)\n    y = np.zeros(2)  # (n,)": "y has the shape (2,)",
    "for n in '12':\n    pass\nx = np.zeros(3)  # (m,)\ny = np.zeros(2)  # (m,)": "y has the shape (2,)",
    "def f(x):\n    return x, x[0]  # (2,), (1,)\n\nf(np.zeros(2))": "x[0] has the shape ()",
    "def f(x):\n    return x  # (n, 2)\n\nf(np.zeros(2))": "the result has the shape (2,)",
    "def f(x):  # (n, 2)\n    return x\n\nf(np.zeros(2))": "x has the shape (2,)",
    "class A:\n    def f(self):\n        self.x = np.zeros(2)  # (3,)\nA().f()": "self.x has the shape (2,)",
    "import keras\nx = keras.Input((28, 28))  # (n, 28, 27)": "x has the shape (None, 28, 28)",
}


@pytest.mark.parametrize("cells", RIGHT.values(), ids=RIGHT)
def test_a_comment_that_is_true_disturbs_nothing(run, cells):
    assert run(*([cells] if isinstance(cells, str) else cells)).success


@pytest.mark.parametrize(("cell", "part"), WRONG.items())
def test_a_comment_that_is_wrong_stops_the_cell_and_is_named(run, cell, part):
    error = run(cell).error_in_exec
    assert isinstance(error, shapes.ShapeError)
    assert part in str(error)


def test_a_function_keeps_its_text_its_docstring_and_its_lines(run):
    text = """def half(x):  # (n, 2)
    "Half of it."
    y = (
        x / 2
    )  # (n, 2)
    raise KeyError
    return y  # (n, 2)
"""
    half = run(text + "\nhalf").result
    assert (inspect.getsource(half), half.__doc__) == (text, "Half of it.")
    assert list(inspect.signature(half).parameters) == ["x"]
    with pytest.raises(KeyError) as error:
        half(np.zeros((3, 2)))
    assert traceback.extract_tb(error.value.__traceback__)[-1].line == "raise KeyError"


def test_what_tensorflow_traces_is_held_while_it_traces(run):
    cell = """
import tensorflow as tf
@tf.function(autograph=False, input_signature=[tf.TensorSpec((None, 2))])
def f(x):  # (batch, 2)
    y = tf.reduce_sum(x, axis=1)  # (batch,)
    return y[:, None]  # {}

f(np.ones((3, 2), "float32"))"""
    assert run(cell.format("(batch, 1)")).result.shape == (3, 1)
    assert "the result has the shape (None, 1)" in str(run(cell.format("(batch, 2)")).error_in_exec)
