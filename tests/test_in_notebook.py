"""Plots and checks in a real kernel, where output, input and exit() work differently."""

import base64
import io
import os
import time

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from PIL import Image

from course_lib.desk import execution

pytestmark = pytest.mark.tensorflow


def run(*cells, **variables):
    """The executed cells of a notebook, with these variables of the environment, or without those of None."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    variables = {name: value for name, value in (os.environ | variables).items() if value is not None}
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, store_widget_state=False)
    client.execute(env=variables)
    return notebook.cells


def image(output):
    """The attributes of the one picture in an output, which holds nothing else than it and its words."""
    assert set(output.data) == {"text/html", "text/plain"} and output.metadata == {}
    parser = execution.Images()
    parser.feed(output.data["text/html"])
    (found,) = parser.found
    return found


def test_an_executed_notebook_carries_each_picture_once_with_its_description():
    said = "Four squares of noise: \"no\" <order> & 'no' end, α > 0."
    _, grid, line, bare, photograph = run(
        "import numpy as np\nfrom course_lib import plots\n"
        "noise = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype='uint8')",
        f"plots.show(plots.grid(noise), alt={said!r})",
        "import matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots(figsize=(4.333, 3))\naxes.plot([1, 2])\n"
        "plots.show(figure, alt='A line that rises.')",
        "plots.grid(noise)",
        "figure, axes = plt.subplots()\naxes.imshow(np.random.default_rng(0).random((300, 300, 3)))\n"
        "plots.show(figure, alt='Coloured noise.')",
    )
    for cell, alt in ((grid, said), (line, "A line that rises."), (photograph, "Coloured noise.")):
        (output,) = cell.outputs
        shown = image(output)
        assert shown["alt"] == alt
        assert output.data["text/plain"] == alt
        assert shown["src"].startswith("data:image/webp;base64,")
        assert "max-width: 100%" in shown["style"] and "height: auto" in shown["style"]
        picture = Image.open(io.BytesIO(base64.b64decode(shown["src"].partition(",")[2])))
        assert picture.size == (2 * int(shown["width"]), 2 * int(shown["height"]))
    assert image(line.outputs[0])["width"] == "433" and image(photograph.outputs[0])["width"] == "640"
    (output,) = bare.outputs
    assert "alt" not in image(output)  # nothing is known of it; tools/execute.py asks for words
    assert image(output)["src"] == image(grid.outputs[0])["src"]
    assert output.data["text/plain"].startswith("<Figure")


def test_a_film_carries_its_description_and_moves(tmp_path):
    (cell,) = run(
        "import numpy as np\nfrom course_lib import callbacks, plots\n"
        "film = np.zeros((3, 20, 30), 'uint8')\nfilm[1], film[2] = 99, 255\n"
        f"callbacks.save_gif(film, {str(tmp_path / 'film.gif')!r})\n"
        f"plots.show_film({str(tmp_path / 'film.gif')!r}, alt='It grows <bright>.')"
    )
    (output,) = cell.outputs
    shown = image(output)
    assert shown["alt"] == output.data["text/plain"] == "It grows <bright>."
    assert (shown["width"], shown["height"]) == ("30", "20")
    kind, _, content = shown["src"].partition(";base64,")
    assert kind == "data:image/gif" and Image.open(io.BytesIO(base64.b64decode(content))).n_frames == 3


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
    assert part in text(slips[cell]).replace("\n  ", " ")  # hints are wrapped
    assert len(text(slips[cell])) < 2_000


def test_nothing_is_printed_by_a_thread_left_behind(slips):
    assert all("late words" not in text(cell) for cell in slips)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    manager, client = start_new_kernel(cwd=str(tmp_path_factory.mktemp("kernel")))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


STOPPED = [  # the body of a learner's function, and what is said when it is stopped
    ("    while True:\n        begun.touch()", "(line "),
    ("    while True:\n        try:\n            begun.touch()\n            time.sleep(0.05)\n"
     "        except BaseException:\n            pass", "(line "),
    ("    begun.touch()\n    time.sleep(30)",
     "(line 3: `time.sleep(30)`), and it cannot be stopped: restart the kernel, unless it ends by itself"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "part"), STOPPED, ids=["loop", "swallows", "sleeps"])
def test_the_stop_button_leaves_the_courses_answer(kernel, tmp_path, body, part):
    manager, client = kernel
    begun = tmp_path / "begun"
    code = (
        "import pathlib, time\nimport numpy as np\nfrom course_lib import check\n"
        f"begun = pathlib.Path({str(begun)!r})\n\n%%\ndef to_signed(pictures):\n{body}\n\n%%\n"
        "to_signed = check.to_signed(to_signed)\nprint(to_signed(np.zeros(1)))"
    )
    first, function, checking = code.split("%%\n")
    for cell in (first, function):
        client.execute_interactive(cell, timeout=60)
    said = []
    client.execute(checking)
    deadline = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    manager.interrupt_kernel()
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
        said.append(message["content"].get("text", message["content"].get("traceback", "")))
    first_line, *rest = "".join(map(str, said)).replace("\n  ", " ").strip().splitlines()
    assert first_line.startswith("✗ to_signed: you stopped it while it was running " + part)
    assert rest == ["[-1.]"]  # the course's answer


def test_a_right_answer_is_noted_beside_the_copies_with_its_cell(kernel):
    _, client = kernel
    cell = "def to_signed(pictures):\n    return pictures.astype('float32') / 127.5 - 1.0  # mine\n"
    said = []
    for code in (
        "import json, pathlib\nfrom course_lib import check\npathlib.Path('.course').mkdir()\n"
        "pathlib.Path('.course/copies.json').write_text('{}');",
        cell,
        "to_signed = check.to_signed(to_signed)\n"
        "print(json.loads(pathlib.Path('.course/solved/to_signed.json').read_text())['source'])\n"
        "print('✓' in pathlib.Path('home.md').read_text(encoding='utf-8'))",
    ):
        client.execute_interactive(
            code, timeout=60, output_hook=lambda message: said.append(message["content"].get("text", ""))
        )
    assert "".join(said) == f"✓ to_signed\n{cell}\nTrue\n"
