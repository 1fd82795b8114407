"""A site made of pages that a test writes, and everything that was asked of it."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEAD = "<!DOCTYPE html><html lang=ja><head><meta charset=utf-8><title>{title}</title><link rel=icon href='data:,'></head><body>"


def page(heading: str, body: str) -> str:
    """A page of this heading."""
    return HEAD.format(title=heading) + f"<h1>{heading}</h1>{body}</body></html>"


@dataclass
class Site:
    """Pages by path; a path that has none is 404. A page is text, or a status and text."""

    pages: dict[str, str | tuple[int, str] | tuple[int, str, Mapping[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """`GET /path?query`, `POST /path body`, in order."""
    released: threading.Event = field(default_factory=threading.Event)
    """Pages under /slow wait for it."""
    port: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def posts(self) -> list[str]:
        """What was sent."""
        return [each for each in self.asked if each.startswith("POST")]


@contextmanager
def site(**pages: str) -> Iterator[Site]:
    """A running site; keywords are paths without the slash."""
    made = Site({f"/{path}": text for path, text in pages.items()})

    lines: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            lines.append(self.connection)

        def do_GET(self) -> None:
            made.asked.append(f"GET {self.path}")
            self._answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            made.asked.append(f"POST {self.path} {body}")
            self._answer()

        def _answer(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/slow"):
                made.released.wait(60)
            given = made.pages.get(path, (404, page("エラー", "ありません")))
            status, text, headers = (200, given, {}) if isinstance(given, str) else (*given, {})[:3]
            content = text.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A browser that goes away cuts its lines."""

    server = Server(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.released.set()
        server.shutdown()
        server.server_close()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        thread.join(5)
