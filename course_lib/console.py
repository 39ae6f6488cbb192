"""What is printed: in lines that fit a page, and with other signs where a console lacks some.

Importing this module imports the standard library only; the tools do so before anything is installed.
"""

import codecs
import os
import re
import sys
import textwrap

COLUMNS = 100  # of a printed line; JupyterLab breaks longer ones inside words where a window is narrow
PLAIN = {  # signs that a Windows log file, or a terminal without UTF-8, may lack: what stands for them
    "─": "-", "█": "#", "✓": "+", "✗": "x", "○": "o", "…": "...", "→": "->", "·": "|", "–": "-", "—": "-",
    "×": "x", "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'",
}  # fmt: skip


def speak_plainly():
    """Have this process, and those that it starts, print another sign where the console lacks one.

    A stream that knows all of these signs, or is none of Python's own (a notebook's), stays as it is.
    """
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and not knows_all(stream.encoding):
            stream.reconfigure(errors="plain")
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    os.environ["PYTHONIOENCODING"] = f"{encoding}:{errors or 'replace'}"


def wrapped(text):
    """The text in lines that fit a notebook's page, broken neither in words nor in `code`."""
    whole = re.sub(r"`[^`\n]*`|\(line \d+", lambda code: code[0].replace(" ", "\0"), text)
    how = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
    lines = [textwrap.fill(line, COLUMNS, **how) for line in whole.split("\n")]
    return "\n".join(lines).replace("\0", " ")


def knows_all(encoding):
    """Whether an encoding has all the signs that the course prints."""
    try:
        return bool("".join(PLAIN).encode(encoding))
    except UnicodeEncodeError:
        return False


def _plain(error):
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in missing), error.end
