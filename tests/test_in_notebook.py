"""Plots and checks in a real kernel, where output, input and exit() work differently."""

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.tensorflow


def run(*cells):
    """The executed cells of a notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    return notebook.cells


def test_an_executed_notebook_carries_each_picture_once_with_its_description():
    _, grid, line, bare = run(
        "import numpy as np\nfrom course_lib import plots\n"
        "noise = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype='uint8')",
        "plots.show(plots.grid(noise), alt='Four squares of noise.')",
        "import matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots()\naxes.plot([1, 2])\n"
        "plots.show(figure, alt='A line that rises.')",
        "plots.grid(noise)",
    )
    for cell, alt in ((grid, "Four squares of noise."), (line, "A line that rises.")):
        (output,) = cell.outputs
        assert output.metadata["image/png"]["alt"] == alt
        assert output.data["text/plain"] == alt
        assert output.data["image/png"].startswith("iVBOR")
    (output,) = bare.outputs
    assert output.output_type == "execute_result"
    assert "image/png" in output.data


@pytest.fixture(scope="module")
def slips():
    return run(
        "import time\nfrom course_lib import check\nfrom course_lib.check import guard\n"
        "guard.SECONDS, guard.PATIENCE = 0.5, 0.5",
        "def to_signed(pictures):\n    exit()\n\ncheck.to_signed(to_signed);",
        "def to_signed(pictures):\n    while True:\n        print('round')\n\ncheck.to_signed(to_signed);",
        "def to_signed(pictures):\n    how = input('How? ')\n    return pictures\n\n"
        "check.to_signed(to_signed);",
        "def to_signed(pictures):\n    time.sleep(1.5)\n    print('late words')\n\n"
        "check.to_signed(to_signed);",
        "def to_signed(pictures):\n    half = 127.5\n    return pictures / half / none\n\n"
        "check.to_signed(to_signed);",
        "time.sleep(1)\nprint('the kernel is alive')",
    )


def text(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        (1, "your function calls exit(), which ends Python"),
        (2, "still running after 0.5 s (line "),
        (2, "more characters not shown"),
        (3, "input() would wait for ever here: use the arguments instead (line 2: `how = input("),
        (4, "cannot be stopped: restart the kernel"),
        (5, "name 'none' is not defined (line 3: `return pictures / half / none`)"),
        (6, "the kernel is alive\n"),
    ],
)
def test_slip_gets_its_sentence(slips, cell, part):
    assert part in text(slips[cell])
    assert len(text(slips[cell])) < 2_000


def test_nothing_is_printed_by_a_thread_left_behind(slips):
    assert all("late words" not in text(cell) for cell in slips)
