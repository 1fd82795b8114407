"""The practice finance system as a process of its own, and its tables read past its pages: what really was accepted."""

import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from servers import child
from servers.plain_http import client

ROOT = Path(__file__).resolve().parents[2]
LOGIN = "kaikei"
PASSWORD = "practice-1"
FAULTS = "/practice/faults"
TODAY = "2026-11-21"
"""The day as the system sees it, so that dates in tests stay in an open month of the current 会計年度."""


class PracticeServer:
    """One system on one port and one folder. It may be killed and started again."""

    def __init__(self, folder: Path, **faults: str) -> None:
        self._folder = folder
        self._first = {"today": TODAY, **faults}
        self._log = folder / "practice.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        # A new connection each time: a system that was killed and started again knows none of its old ones.
        self._door = client(self.url, limits=httpx.Limits(max_keepalive_connections=0))
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Where the browser goes."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def path(self) -> Path:
        """Its database."""
        return self._folder / "practice.sqlite"

    def start(self, *options: str) -> None:
        """Start it; when this returns it answers."""
        command = [sys.executable, "-m", "robots.practice", "--port", str(self.port), "--data", str(self._folder)]
        for name, value in self._first.items():
            command += ["--fault", f"{name}={value}"]
        self._process = child.start([*command, *options], self._log)
        child.wait(self._process, self._answers, self._log)

    def stop(self) -> None:
        """End it as a crash does; what was accepted stays."""
        child.end(self._process)
        self._process = None

    def end(self, number: int) -> int:
        """Ask it to end by a signal; its status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(30)

    def faults(self, **changed: str | int | bool | None) -> None:
        """Switch faults on, or off with None; their counting begins anew."""
        answer = self._door.post(FAULTS, json=changed)
        assert answer.is_success, answer.text

    def no_faults(self) -> None:
        """Switch all off."""
        self.faults(reset=True, today=TODAY)

    def forget(self) -> None:
        """As new, for the next test: no slips, none to come, numbers from 1, no faults."""
        with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
            for table in ("late", "vouchers", "transfers", "serials"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - the system's own tables
        self.no_faults()

    @property
    def counts(self) -> dict[str, int]:
        """How often each step was taken since the last change of faults: open, check, register, committed."""
        found: dict[str, int] = self._door.get(FAULTS).json()["counts"]
        return found

    def vouchers(self) -> list[dict[str, str | int]]:
        """支出命令 that were accepted, oldest first."""
        return self._lines("SELECT * FROM vouchers ORDER BY number")

    def transfers(self) -> list[dict[str, str | int]]:
        """振込 that were accepted, oldest first."""
        return self._lines("SELECT * FROM transfers ORDER BY number")

    def twice(self) -> list[str]:
        """References that stand on more than one slip."""
        counted = Counter(str(line["reference"]) for line in [*self.vouchers(), *self.transfers()] if line["reference"])
        return sorted(reference for reference, times in counted.items() if times > 1)

    def wait_for(self, count: int, patience: float = 120.0) -> None:
        """Return when so many slips of both kinds are accepted, as late ones come by themselves."""
        deadline = time.monotonic() + patience
        while len(self.vouchers()) + len(self.transfers()) < count:
            assert time.monotonic() < deadline, f"only {len(self.vouchers()) + len(self.transfers())} slips"
            time.sleep(0.02)

    def _lines(self, query: str) -> list[dict[str, str | int]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query)]

    def _answers(self) -> bool:
        try:
            return self._door.get(FAULTS).is_success
        except httpx.TransportError:
            return False


@contextmanager
def practice(folder: Path, *options: str, **faults: str) -> Iterator[PracticeServer]:
    """A running system with these faults on; it ends with the block."""
    server = PracticeServer(folder, **faults)
    try:
        server.start(*options)
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
