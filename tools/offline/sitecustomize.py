"""Refuses every connection that leaves this machine, so that the tests show that none is needed.

Python imports this file by itself when its folder is on PYTHONPATH, as tools/test.py puts it;
so do the kernels of notebooks.
"""

import os
import socket

HERE = ("127.", "::1", "localhost")
connect, resolve = socket.socket.connect, socket.getaddrinfo


def refuse(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host and not str(host).startswith(HERE) and host != socket.gethostname():
        raise OSError(f"a test tried to reach {host}, but the course must work without a network")


def offline_connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(address[0])
    return connect(self, address)


def offline_resolve(host, *arguments, **options):
    refuse(host)
    return resolve(host, *arguments, **options)


socket.socket.connect = offline_connect
socket.getaddrinfo = offline_resolve
# Libraries that do not go through Python's sockets obey these: nobody listens on port 9.
for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
    os.environ[name] = "http://127.0.0.1:9"
