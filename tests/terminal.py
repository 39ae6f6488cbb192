"""A program in a terminal of its own, where Ctrl-C reaches it and its children (Linux and macOS)."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

# Makes the terminal that is its standard input its own, then becomes the program.
BEGIN = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """`with Terminal(command) as terminal`: what is left of the program at the end is killed."""

    def __init__(self, command, **options):
        self.screen, other = pty.openpty()
        self.said = ""
        self.program = subprocess.Popen(
            [sys.executable, "-c", BEGIN, *map(str, command)],
            stdin=other, stdout=other, stderr=other, start_new_session=True, **options,
        )  # fmt: skip
        os.close(other)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()
        os.close(self.screen)

    def type(self, text):
        """Types a text; "\\x03" is Ctrl-C."""
        os.write(self.screen, text.encode())

    def until(self, pattern, seconds=120):
        """Waits until what was said since the last call matches; returns the match."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.said)):
            ready = select.select([self.screen], [], [], max(0, end - time.monotonic()))[0]
            try:
                new = os.read(self.screen, 65536) if ready else b""
            except OSError:  # how Linux says that the last program left the terminal
                new = b""
            assert new, f"it ended, or took too long, without a word like {pattern!r}:\n{self.said}"
            self.said += new.decode(errors="replace")
        self.said = self.said[found.end() :]
        return found

    def ended(self, seconds=60):
        """The program's exit status; nothing of it is left. Fails when it goes on."""
        status = self.program.wait(seconds)
        try:
            os.killpg(self.program.pid, 0)
        except ProcessLookupError:
            return status
        raise AssertionError("the program ended, and left a process behind")
