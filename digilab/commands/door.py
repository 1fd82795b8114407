"""A small client of the API, for the commands that come in through the same door as everybody else."""

import http.client
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

BLOCK = 1024 * 1024


class Door:
    """The API of a house, with a token. Raises OSError when nobody answers and ValueError for an answer that is no success."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port = host, port
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        """JSON."""
        return json.loads(self._asked("GET", path))

    def fetch(self, path: str, target: Path) -> None:
        """A file."""
        target.write_bytes(self._asked("GET", path))

    def hand_in(self, service: str, file: Path, sent: Callable[[int], None] = lambda _: None, **fields: str) -> Any:
        """Submit one file, streamed; `sent` is told the bytes as they go."""
        boundary = uuid.uuid4().hex
        head = b"".join(_field(boundary, name, value) for name, value in {"service": service, **fields}.items())
        head += _file_head(boundary, file.name)
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers = {
            **self._headers,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + file.stat().st_size + len(tail)),
        }
        return json.loads(self._asked("POST", "/api/v1/jobs", _body(head, file, tail, sent), headers))

    def post(self, path: str, content: Any) -> Any:
        """JSON there and back."""
        body = json.dumps(content).encode()
        headers = {**self._headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
        return json.loads(self._asked("POST", path, iter([body]), headers))

    def _asked(
        self, method: str, path: str, body: Iterator[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            connection.request(method, quote(path), body=body, headers=headers or self._headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise ValueError(f"{answer.status}: {content.decode(errors='replace')}")
        return content


def _field(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _file_head(boundary: str, name: str) -> bytes:
    plain = name.replace('"', "'").replace("\r", " ").replace("\n", " ")
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{plain}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def _body(head: bytes, file: Path, tail: bytes, sent: Callable[[int], None]) -> Iterator[bytes]:
    yield head
    done = 0
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
            done += len(block)
            sent(done)
    yield tail
