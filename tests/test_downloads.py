"""Downloads that break off and go on: servers with and without ranges, changed files, pages instead."""

import contextlib
import errno
import hashlib
import http.server
import re
import threading

import numpy as np
import pytest
import requests

from course_lib.data import downloads

pytestmark = pytest.mark.tensorflow

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
PAGE = b"<!DOCTYPE html><title>Welcome to the Wi-Fi of the hotel</title>"


class Server(http.server.ThreadingHTTPServer):
    """Serves one file; the attributes say how well. `asked` holds the Range of each request, `sent` bytes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.etag, self.ranges, self.stop_after = CONTENT, '"1"', True, None
        self.page, self.status, self.length, self.changed = False, None, True, None
        self.asked, self.sent, self.too_much, self.leads_to = [], 0, 0, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append(wanted)
        content, begin = (PAGE if server.page else server.content), 0
        if wanted and server.ranges and self.headers.get("If-Range") in (None, server.etag, server.changed):
            begin = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        if begin and begin >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(server.status or (206 if begin else 200))
        if server.leads_to and self.path != "/new.gz":
            self.send_header("Location", server.leads_to)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        if server.etag:
            self.send_header("ETag", server.etag)
        if server.length:
            self.send_header("Content-Length", str(len(content) - begin + server.too_much))
        self.send_header("Content-Type", "text/html; charset=utf-8" if server.page else "application/gzip")
        self.end_headers()
        rest = content[begin:][: server.stop_after]
        server.sent += len(rest)
        self.wfile.write(rest)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def broken_off(server, folder, checksum=SHA):
    """After a first attempt that got 98,304 bytes."""
    server.stop_after = 98_304
    with pytest.raises(downloads.DownloadError, match=r"file.gz broke off after 98,304 bytes.*kept, so try"):
        downloads.fetch(server.url, folder, checksum)
    server.stop_after, server.sent = None, 0
    server.asked.clear()


def is_right(server, folder, checksum=SHA):
    path, note = downloads.fetch(server.url, folder, checksum)
    assert path.read_bytes() == server.content and note["url"] == server.url
    asked = len(server.asked)
    assert downloads.fetch(server.url, folder, checksum)[0] == path and len(server.asked) == asked
    return True


@pytest.mark.parametrize(("etag", "checksum"), [('"1"', SHA), ('"1"', None), (None, SHA), ('W/"1"', SHA)])
def test_a_download_goes_on_where_it_broke_off(server, tmp_path, etag, checksum):
    server.etag = etag
    broken_off(server, tmp_path, checksum)
    assert is_right(server, tmp_path, checksum)
    assert server.asked == ["bytes=98304-"] and server.sent == 201_696


def test_it_breaks_off_several_times(server, tmp_path):
    broken_off(server, tmp_path)
    server.stop_after = 98_304
    with pytest.raises(downloads.DownloadError, match="broke off after 196,608 bytes"):
        downloads.fetch(server.url, tmp_path, SHA)
    server.stop_after = None
    assert is_right(server, tmp_path)
    assert server.asked == ["bytes=98304-", "bytes=196608-"]


def test_a_server_without_ranges_begins_again_and_that_is_said(server, tmp_path, capsys):
    broken_off(server, tmp_path)
    server.ranges = False
    assert is_right(server, tmp_path)
    assert server.sent == 300_000
    assert "file.gz cannot be continued: it is fetched from the beginning" in capsys.readouterr().out


def test_without_a_version_and_a_checksum_parts_are_not_joined(server, tmp_path):
    server.etag = None
    broken_off(server, tmp_path, checksum=None)
    assert is_right(server, tmp_path, checksum=None)
    assert server.asked == [None]


@pytest.mark.parametrize("minds_if_range", [True, False])
@pytest.mark.parametrize("length", [300_000, 290_000, 90_000])
def test_a_file_that_changed_meanwhile_is_not_mixed(server, tmp_path, minds_if_range, length):
    broken_off(server, tmp_path, checksum=None)
    server.content, server.etag = CONTENT[::-1][:length], '"2"'
    if not minds_if_range:
        server.changed = '"1"'
    assert is_right(server, tmp_path, checksum=None)


def test_a_file_of_another_length_without_any_version(server, tmp_path):
    server.etag = None
    broken_off(server, tmp_path)
    server.content = CONTENT[:250_000]
    assert is_right(server, tmp_path, hashlib.sha256(server.content).hexdigest())


def test_a_part_that_was_whole(server, tmp_path):
    broken_off(server, tmp_path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(CONTENT)
    assert is_right(server, tmp_path)
    assert server.asked == ["bytes=300000-"] and server.sent == 0


@pytest.mark.parametrize("spoiled", [CONTENT[1:98_305], CONTENT + b"more"])
def test_a_damaged_part_is_thrown_away(server, tmp_path, spoiled):
    broken_off(server, tmp_path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(spoiled)
    with contextlib.suppress(downloads.DownloadError):  # too long is found at once, damaged at the end
        downloads.fetch(server.url, tmp_path, SHA)
    assert is_right(server, tmp_path)


@pytest.mark.parametrize("note", [b"", b"[1]", b'{"headers": {}}', None])
def test_a_part_whose_note_is_damaged_is_not_used(server, tmp_path, note):
    broken_off(server, tmp_path)
    (path,) = tmp_path.glob("*.json")
    path.unlink() if note is None else path.write_bytes(note)
    assert is_right(server, tmp_path) and server.asked == [None]


def test_a_whole_file_that_was_damaged_is_fetched_again(server, tmp_path, capsys):
    path, _ = downloads.fetch(server.url, tmp_path, SHA)
    path.write_bytes(b"?" + CONTENT[1:])
    assert is_right(server, tmp_path)
    assert "is damaged and fetched again" in capsys.readouterr().out


def test_a_page_of_the_network_costs_no_part(server, tmp_path):
    broken_off(server, tmp_path)
    server.page, server.etag = True, None
    with pytest.raises(downloads.DownloadError, match="answered with a web page: does the network ask you"):
        downloads.fetch(server.url, tmp_path, SHA)
    server.page, server.etag = False, '"1"'
    assert is_right(server, tmp_path) and server.asked[-1] == "bytes=98304-"


def test_a_page_in_place_of_a_new_file(server, tmp_path):
    server.page = True
    with pytest.raises(downloads.DownloadError, match="checksum differs.*web page: does the network ask"):
        downloads.fetch(server.url, tmp_path, SHA)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_keeps_the_part(server, tmp_path, status):
    broken_off(server, tmp_path)
    server.status = status
    with pytest.raises(downloads.DownloadError, match=f"cannot be fetched: the server answers {status}"):
        downloads.fetch(server.url, tmp_path, SHA)
    server.status = None
    assert is_right(server, tmp_path) and server.asked[-1] == "bytes=98304-"


def test_a_server_that_is_gone_keeps_the_part(server, tmp_path, monkeypatch):
    broken_off(server, tmp_path)
    monkeypatch.setattr(downloads, "Retry", lambda **settings: 0)
    server.shutdown()
    server.server_close()
    with pytest.raises(downloads.DownloadError, match="broke off after 98,304 bytes .ConnectionError"):
        downloads.fetch(server.url, tmp_path, SHA)
    (part,) = tmp_path.glob("*.part")
    assert part.read_bytes() == CONTENT[:98_304]


def test_the_wrong_file_is_not_kept(server, tmp_path):
    with pytest.raises(downloads.DownloadError, match="checksum differs"):
        downloads.fetch(server.url, tmp_path, "0" * 64)
    assert not list(tmp_path.iterdir())


def test_tries_leave_one_part_and_a_finished_file_none(server, tmp_path):
    broken_off(server, tmp_path)
    server.status = 404
    for _ in range(3):
        with pytest.raises(downloads.DownloadError):
            downloads.fetch(server.url, tmp_path, SHA)
    server.status, server.stop_after = None, 8192
    for _ in range(3):
        with pytest.raises(downloads.DownloadError):
            downloads.fetch(server.url, tmp_path, SHA)
    (part,) = tmp_path.glob("*.part")
    assert part.read_bytes() == CONTENT[: 98_304 + 3 * 8192]
    server.stop_after = None
    assert is_right(server, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2  # the file and its note


def test_two_at_once_do_not_mix(server, tmp_path):
    broken_off(server, tmp_path)
    failures = []

    def attempt():
        try:
            assert downloads.fetch(server.url, tmp_path, SHA)[0].exists()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert is_right(server, tmp_path)


@pytest.mark.parametrize("too_much", [1000, -1000])
def test_a_server_that_lies_about_the_length(server, tmp_path, too_much):
    """Of a file whose checksum is known: more was promised than there is, or less was sent."""
    server.too_much = too_much
    if too_much < 0:
        with pytest.raises(downloads.DownloadError, match="checksum differs"):
            downloads.fetch(server.url, tmp_path, SHA)
        assert not list(tmp_path.iterdir())
        server.too_much = 0
    assert is_right(server, tmp_path)


def test_without_a_checksum_a_length_that_is_too_large_keeps_what_came(server, tmp_path):
    server.too_much = 1000
    for _ in range(2):
        with pytest.raises(
            downloads.DownloadError, match="broke off after 300,000 bytes.*kept, so try again"
        ):
            downloads.fetch(server.url, tmp_path)
    server.too_much, server.etag = 0, '"2"'
    assert is_right(server, tmp_path, None)


def test_a_server_that_leads_in_a_circle(server, tmp_path):
    broken_off(server, tmp_path)
    server.status, server.leads_to = 302, "/file.gz"
    with pytest.raises(downloads.DownloadError, match="TooManyRedirects.*what came is kept"):
        downloads.fetch(server.url, tmp_path, SHA)
    server.status = server.leads_to = None
    assert is_right(server, tmp_path) and server.asked[-1] == "bytes=98304-"


@pytest.mark.parametrize("leads_to", ["file:///etc/hosts", "ftp://localhost/file.gz", ""])
def test_a_server_that_leads_to_what_is_no_web_address(server, tmp_path, leads_to):
    server.status, server.leads_to = 302, leads_to or None
    with pytest.raises(downloads.DownloadError, match="InvalidSchema|the server answers 302"):
        downloads.fetch(server.url, tmp_path, SHA)


def full_disk(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_keeps_one_part_and_goes_on_where_there_is_room(server, tmp_path, monkeypatch):
    def part(response, size):
        yield CONTENT[:98_304]
        full_disk()

    said = r"file.gz cannot be kept in .*No space left on device.: make room there"
    with monkeypatch.context() as patch:
        patch.setattr(requests.Response, "iter_content", part)
        with pytest.raises(downloads.DownloadError, match=said):
            downloads.fetch(server.url, tmp_path, SHA)
    with monkeypatch.context() as patch:
        patch.setattr(downloads.shutil, "copyfileobj", full_disk)
        for _ in range(2):
            with pytest.raises(downloads.DownloadError, match=said):
                downloads.fetch(server.url, tmp_path, SHA)
    assert [path.stat().st_size for path in tmp_path.glob("*.part")] == [98_304]
    assert is_right(server, tmp_path) and server.asked[-1] == "bytes=98304-"
