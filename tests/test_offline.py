"""tools/offline: the tests' own proof that nothing needs a network."""

import os
import subprocess
import sys

import pytest

import env

pytestmark = pytest.mark.tools

LISTEN = "import socket; s = socket.create_server(('127.0.0.1', 0)); "


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 80), 1)", True),
        ("import socket; socket.getaddrinfo('example.org', 80)", True),
        ("import urllib.request as u; u.urlopen('http://example.org', timeout=1)", True),
        (LISTEN + "socket.create_connection(s.getsockname(), 5)", False),
        (LISTEN + "socket.create_connection(('localhost', s.getsockname()[1]), 5)", False),
    ],
)
def test_only_this_machine_can_be_reached(code, refused):
    variables = dict(os.environ, PYTHONPATH=str(env.ROOT / "tools" / "offline"))
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True)
    assert (done.returncode != 0) == refused, done.stderr
