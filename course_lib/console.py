"""What is printed where signs are missing: a Windows log file, a terminal without UTF-8.

Importing this module imports the standard library only; the tools do so before anything is installed.
"""

import codecs
import os
import sys

PLAIN = {
    "─": "-", "█": "#", "✓": "+", "✗": "x", "○": "o", "…": "...", "→": "->", "·": "|", "–": "-", "—": "-",
    "×": "x", "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'",
}  # fmt: skip


def speak_plainly():
    """Have this process, and those that it starts, print another sign where the console lacks one.

    A stream that knows all of these signs, or is none of Python's own (a notebook's), stays as it is.
    """
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and not _knows_all(stream.encoding):
            stream.reconfigure(errors="plain")
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    os.environ["PYTHONIOENCODING"] = f"{encoding}:{errors or 'replace'}"


def _knows_all(encoding):
    try:
        return bool("".join(PLAIN).encode(encoding))
    except UnicodeEncodeError:
        return False


def _plain(error):
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in missing), error.end
