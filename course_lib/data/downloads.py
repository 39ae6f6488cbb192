"""Files from the network that go on where they stopped: what was once fetched is kept until it is used.

A file lies in a folder of its own, whole under the name of its address, or in part beside it with a note of
which version it is a part of. Only another part of the same version is put behind it (HTTP's Range and
If-Range); what the server cannot tell apart is fetched again, and a checksum has the last word.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter, Retry

from course_lib.files import write_atomically

PATIENCE = 60  # seconds without a byte
BLOCK = 2**13  # bytes that are read at once
NOTED = ("ETag", "Last-Modified", "Content-Type", "Content-Disposition")


class DownloadError(OSError):
    """A file could not be fetched; the message says why, and what to do."""


SAID = "said: "  # begins a line that `say` writes, so that another process finds it in a log


def say(text: str):
    """Prints a line for the learner, who may read it through another process."""
    print(f"{SAID}{text}", flush=True)


def fetch(url: str, folder: Path, checksum: str | None = None, verify: bool = True):
    """Fetches `url` into `folder`, or what is still missing of it.

    Args:
        checksum: the sha256 that the file must have, if it is known.
        verify: whether the server must prove who it is.

    Returns:
        `(path, note)`: the whole file, and a dict with its address after redirections ("url") and what its
        server said of it ("headers").

    Raises:
        DownloadError: if it cannot be fetched, or is not the right file. What came so far stays, unless it is
            wrong.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(5):
            with contextlib.suppress(FileNotFoundError):  # another process was faster, and took the part away
                return _fetch(url, folder, checksum, verify)
        return _fetch(url, folder, checksum, verify)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"{url} cannot be kept in {folder} ({error.strerror}): make room there, and try again."
        ) from error


def _fetch(url, folder, checksum, verify):
    whole = folder / hashlib.sha256(url.encode()).hexdigest()[:16]
    note = _read_note(whole)
    if note is not None:
        if _sha256(whole) == note["sha256"] and checksum in (None, note["sha256"]):
            return whole, note
        say(f"The file kept of {url} is damaged and fetched again.")
        _remove(whole)
    part, note, source = _longest_part(whole)
    begun = part.stat().st_size
    try:
        with requests.Session() as session:
            again = Retry(total=5, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
            for kind in ("http://", "https://"):
                session.mount(kind, HTTPAdapter(max_retries=again))
            note = _complete(session, url, part, note, verify, fixed=checksum is not None)
        size = part.stat().st_size
        if not note["decoded"] and note["length"] not in (None, str(size)):  # requests need not have counted
            raise requests.ConnectionError("it is too short")
    except OSError as error:
        came = part.stat().st_size
        if checksum is None or _sha256(part) != checksum:  # or else it is whole, whatever its server says
            _keep_the_better(part, begun, source)
            if not isinstance(error, requests.RequestException):
                raise
            raise DownloadError(
                f"{url} broke off after {came:,} bytes ({type(error).__name__}): what came is kept, so try "
                "again."
            ) from error
        note = _read_note(part)
    if source is not None and _size(source) == begun:  # else it is in use
        _remove(source)
    note["sha256"] = _sha256(part)
    if checksum not in (None, note["sha256"]):
        _remove(part)
        page = " It is a web page: does the network ask you to sign in?" if _is_page(note) else ""
        raise DownloadError(
            f"{url} is not the file that it should be (its checksum differs).{page} Try again."
        )
    write_atomically(_note_of(whole), json.dumps(note).encode())
    part.replace(whole)
    _remove(part)
    return whole, note


def _complete(session, url, part, note, verify, fixed) -> dict:
    """Puts what is missing behind `part`; returns the note of the file.

    fixed: whether the file's checksum is known, so that parts of two versions would be noticed.
    """
    size = part.stat().st_size
    version = _version(note)
    headers = {"Accept-Encoding": "identity"}  # or the server's bytes would not be the file's
    if size and (version or fixed):
        headers["Range"] = f"bytes={size}-"
        if version:
            headers["If-Range"] = version
    with session.get(url, headers=headers, stream=True, timeout=PATIENCE, verify=verify) as response:
        if "Range" in headers and response.status_code == 416 and _total(response) == size:
            return note  # it was whole already
        if "Range" in headers and response.status_code in (206, 416):
            if _goes_on(response, size, note):
                return _append(response, part, note)
            say(f"{url} has changed: it is fetched from the beginning.")
            part.write_bytes(b"")
            return _complete(session, url, part, {}, verify, fixed)
        if response.status_code != 200:
            raise DownloadError(f"{url} cannot be fetched: the server answers {response.status_code}.")
        new = {
            "url": response.url,
            "headers": {name: response.headers[name] for name in NOTED if name in response.headers},
            "length": response.headers.get("Content-Length"),
            "decoded": "Content-Encoding" in response.headers,
        }
        if size and _is_page(new) and not _is_page(note):
            raise DownloadError(
                f"{url} is answered with a web page: does the network ask you to sign in? What came of the "
                "file is kept, so try again after that."
            )
        if size:
            say(f"{url} cannot be continued: it is fetched from the beginning.")
        part.write_bytes(b"")
        return _append(response, part, new)


def _append(response, part: Path, note: dict) -> dict:
    write_atomically(_note_of(part), json.dumps(note).encode())
    response.raw.enforce_content_length = False  # or what came of the last block would be lost
    with part.open("r+b") as file:  # not "ab", which would make it again
        came = -file.seek(0, 2)
        for block in response.iter_content(BLOCK):
            file.write(block)
        came += file.tell()
    if not note["decoded"] and response.headers.get("Content-Length") not in (None, str(came)):
        raise requests.ConnectionError("it is too short")
    return note


def _version(note: dict) -> str | None:
    """What tells one version of a file from another: a strong ETag, or the time of its last change."""
    headers = note.get("headers", {})
    etag = headers.get("ETag", "W/")
    return headers.get("Last-Modified") if etag.startswith("W/") else etag


def _goes_on(response, size: int, note: dict) -> bool:
    """Whether a response of a range goes on with the same file at `size` bytes."""
    wanted = response.headers.get("Content-Range", "").startswith(f"bytes {size}-")
    length = note.get("length")
    same = all(
        note["headers"].get(name) == response.headers[name]
        for name in ("ETag", "Last-Modified")
        if name in response.headers and name in note["headers"]
    )
    encoded = "Content-Encoding" in response.headers
    return wanted and same and not encoded and length in (None, str(_total(response)))


def _total(response) -> int | None:
    """How long the whole file is, as a Content-Range says: "bytes 5-9/10" or "bytes */10"."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if total.isdecimal() else None


def _is_page(note: dict) -> bool:
    return note.get("headers", {}).get("Content-Type", "").startswith("text/html")


def _longest_part(whole: Path):
    """A part that nobody else writes to, its note, and whence it comes: the longest there, or None.

    It is a copy: another process may still write to that one, and what it has written so far is right.
    """
    own = whole.with_name(f"{whole.name}-{secrets.token_hex(4)}.part")
    own.write_bytes(b"")
    for part in sorted(whole.parent.glob(f"{whole.name}-*.part"), key=_size, reverse=True):
        note = _read_note(part)
        if part == own or note is None or note["decoded"]:
            continue
        try:
            with part.open("rb") as source, own.open("wb") as target:
                shutil.copyfileobj(source, target)
            write_atomically(_note_of(own), json.dumps(note).encode())
        except OSError:  # no room for two
            _remove(own)
            raise
        return own, note, part
    return own, {}, None


def _keep_the_better(part: Path, begun: int, source: Path | None) -> None:
    """Of a part that began with `begun` bytes of `source`, and that one, removes the needless one."""
    if source is not None and _size(source) == begun:  # else it is in use
        came = _size(part) > begun or _read_note(part) != _read_note(source)
        _remove(source if came else part)


def _size(path: Path) -> int:
    """Bytes of a file; -1 where it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _read_note(path: Path) -> dict | None:
    try:
        note = json.loads(_note_of(path).read_bytes())
        return note if path.exists() and {"headers", "decoded"} <= set(note) else None
    except (OSError, ValueError, TypeError):
        return None


def _remove(path: Path) -> None:
    for each in (path, _note_of(path)):
        with contextlib.suppress(OSError):
            each.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
