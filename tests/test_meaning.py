"""tools/meaning.py: what counts in a cell, and that every Python of the course counts the same."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import env
import lessons
import meaning

pytestmark = pytest.mark.tools

SAME = [
    ("a = f(1, 2)", "a = f(\n    1,\n    2,\n)  # why"),
    ('a = "x"', "a = 'x'"),
    ('a = "x" "y"', 'a = "xy"'),
    ('a = f"{b}x" "y"', 'a = f"{b}" "xy"'),
    ('def f():\n    """One.\n\n    Two.\n    """', 'def f():\n        """One.\n\n        Two.\n        """'),
    ("a = 1e3", "a = 1E3"),
    ("x = (1)\n\n\ny = 2", "x = 1\ny = 2"),
    ("%matplotlib inline\na = 1", "%matplotlib inline\na = 1  # one"),
]
DIFFERENT = [
    ("a = 1", "a = 2"),
    ("a = 1", "a = 1.0"),
    ("a = 1", "a = True"),
    ("a = None", "a = ()"),
    ("a = ''", "a = b''"),
    ("f(a)", "f(a);"),
    ("return_value = None", "return_value = 0"),
    ("def f():\n    return", "def f():\n    return None"),
    ('show(figure, alt="a")', 'show(figure, alt="b")'),
    ('a = f"{b:.1f}"', 'a = f"{b:.2f}"'),
    ('def f():\n    """One."""', 'def f():\n    """Two."""'),
    ("%matplotlib inline\na = 1", "%matplotlib widget\na = 1"),
    ("a = 1\nb = 2", "b = 2\na = 1"),
    ("f(*a)", "f(**a)"),
    ("x = {**a}", "x = {'a': a}"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_comments_layout_and_quotes_mean_nothing(one, other):
    assert meaning.of(one) == meaning.of(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_a_learner_would_see_run_differently_is_another_meaning(one, other):
    assert meaning.of(one) != meaning.of(other)


def test_what_is_no_python_counts_as_it_is_written():
    assert meaning.of("a = ") == "a = "


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_of_the_course_reads_the_same(version):
    """All code of all lessons, and f-strings of the kind that Python 3.12 takes apart differently."""
    python = found(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    sources = [c.source for one in lessons.find(env.ROOT) for c in one.cells if c.cell_type == "code"]
    sources += [text for pair in SAME + DIFFERENT for text in pair]
    sources += ['a = f"{b:{{}}}{{c}}{d!r}{e=}"', 'f""', "a = 'é\u0378\U0001fae8'"]
    assert len(sources) > 1000
    command = [python, env.ROOT / "tools" / "meaning.py"]
    done = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads(json.dumps([meaning.of(source) for source in sources]))


def found(version):
    """An interpreter of this version that starts, or None."""
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in (f"python{version}", *sorted(installed.glob(f"{version}.*/bin/python"))):
        python = shutil.which(python)
        if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return python
    return None
