"""Handing files out. What is sent is what was recorded: its SHA-256 is checked, for most files before the first byte leaves."""

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from digilab.errors import StoredFileDamagedError
from digilab.jobs.records import File
from digilab.store.contract import Store

CHECKED_BEFORE = 64 * 1024**2
"""Up to so many bytes a file is read twice, so that a damaged one is refused in words; a larger one breaks off at its end."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def send(request: Request, store: Store, file: File) -> Response:
    """The file, or the one range of it that was asked for. Raises StoredFileDamagedError, StoredFileMissingError."""
    tag = f'"{file.sha256}"'
    headers = {
        "Content-Disposition": disposition(file.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", tag) != tag:
        asked = ""
    wanted = range_of(asked, file.size)
    if wanted is None:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{file.size}"})
    small = file.size <= CHECKED_BEFORE
    if small:
        _check(store, file)
    elif store.size(file.key) != file.size:
        raise StoredFileDamagedError(name=file.name)
    start, length = wanted
    whole = length == file.size
    headers["Content-Length"] = str(length)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    blocks = _checking(store, file) if whole and not small else _plain(store, file.key, start, length)
    return StreamingResponse(blocks, 200 if whole else 206, headers, media_type=file.content_type)


def disposition(name: str) -> str:
    """RFC 6266 with the real name by RFC 8187, and an ASCII one for old clients."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in " ._-()") else "_" for sign in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def range_of(asked: str, size: int) -> tuple[int, int] | None:
    """(start, length) of what to send; None when nothing of the file lies in the range.

    Several ranges at once, or what is no range of bytes, get the whole file, as RFC 9110 allows: no answer is larger than the file.
    """
    match = _RANGE.fullmatch(asked.replace(" ", ""))
    if match is None or match.groups() == ("", "") or size == 0:
        return 0, size
    first, last = match.groups()
    if len(first) > 18 or len(last) > 18:
        return None
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else None
    start, end = int(first), min(int(last or size), size - 1)
    if last and int(last) < start:
        return 0, size
    return (start, end - start + 1) if start < size else None


def _check(store: Store, file: File) -> None:
    digest = hashlib.sha256()
    with store.open(file.key) as blocks:
        for block in blocks:
            digest.update(block)
    if digest.hexdigest() != file.sha256:
        raise StoredFileDamagedError(name=file.name)


def _plain(store: Store, key: str, start: int, length: int) -> Iterator[bytes]:
    with store.open(key, start, length) as blocks:
        yield from blocks


def _checking(store: Store, file: File) -> Iterator[bytes]:
    """The last block is held back until the hash is right: a damaged file arrives short, and the client says so."""
    digest = hashlib.sha256()
    held = b""
    with store.open(file.key) as blocks:
        for block in blocks:
            if held:
                yield held
            digest.update(block)
            held = block
    if digest.hexdigest() != file.sha256:
        raise StoredFileDamagedError(name=file.name)
    yield held
