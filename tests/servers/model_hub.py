"""A hub of models on a loopback port: as much of its protocol as fetching one repository needs, answered from a folder."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "5f0c7e1d3a9b42c68e1f0a7b3c5d9e2f1a4b6c8d"


class ModelHub:
    """One repository in one revision. `asked` has the path of every request."""

    def __init__(self, repository: str, folder: Path, licence: str | None) -> None:
        self.repository, self.folder, self.licence = repository, folder, licence
        self.asked: list[str] = []
        self.url = ""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.asked.append(path)
        if path.startswith(f"/api/models/{self.repository}/tree/"):
            return _json([{"type": "file", "path": name, **_facts(file)} for name, file in self._files()])
        if path in (f"/api/models/{self.repository}", f"/api/models/{self.repository}/revision/{COMMIT}"):
            told: dict[str, Any] = {
                "id": self.repository,
                "sha": COMMIT,
                "siblings": [{"rfilename": name} for name, _ in self._files()],
            }
            if self.licence is not None:
                told["cardData"] = {"license": self.licence}
            return _json(told)
        wanted = self.folder / path.removeprefix(f"/{self.repository}/resolve/{COMMIT}/")
        if path.startswith(f"/{self.repository}/resolve/{COMMIT}/") and wanted.is_file():
            headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{_facts(wanted)["oid"]}"', "Accept-Ranges": "bytes"}
            return 200, headers, wanted.read_bytes()
        return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"

    def _files(self) -> list[tuple[str, Path]]:
        return [(str(file.relative_to(self.folder)), file) for file in sorted(self.folder.rglob("*")) if file.is_file()]


@contextmanager
def model_hub(repository: str, folder: Path, licence: str | None = "mit") -> Iterator[ModelHub]:
    """Serves the folder's files as this repository."""
    hub = ModelHub(repository, folder, licence)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = hub.answer(unquote(urlsplit(self.path).path))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the server's own naming

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield hub
        server.shutdown()


def _json(told: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(told).encode()


def _facts(file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    return {"size": len(content), "oid": hashlib.sha1(content, usedforsecurity=False).hexdigest()}
