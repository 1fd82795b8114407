"""`digilab up` itself, as an operator starts it, with a token for its first account."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from servers.plain_http import client

ROOT = Path(__file__).resolve().parents[2]
DIGILAB = Path(sys.executable).parent / "digilab"
ENDED = ("done", "review", "failed", "cancelled", "quarantined")


@dataclass
class UpHouse:
    """A house that is up."""

    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    folder: Path
    url: str
    password: str
    client: httpx.Client

    def command(self, *words: str) -> str:
        """What a `digilab …` command prints; it must end well."""
        return subprocess.run(
            [DIGILAB, *words], env=self.environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def hand_in(self, path: Path, service: str = "minutes", name: str | None = None, **fields: str) -> httpx.Response:
        """POST /api/v1/jobs."""
        with path.open("rb") as file:
            return self.client.post(
                "/api/v1/jobs", data={"service": service, **fields}, files={"file": (name or path.name, file)}
            )

    def wait(self, receipt: str, patience: float = 180.0) -> dict[str, Any]:
        """The job when it has ended."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.client.get(f"/api/v1/jobs/{receipt}").json()
            if job["state"] in ENDED:
                return job
            time.sleep(0.1)
        raise AssertionError(f"{receipt} has not ended; {self.log()[-3000:]}")

    def fetch(self, receipt: str, name: str) -> bytes:
        """A file of a job."""
        answer = self.client.get(f"/api/v1/jobs/{receipt}/files/{name}")
        answer.raise_for_status()
        return answer.content

    def log(self) -> str:
        """What everything has said."""
        return (self.folder / "up.log").read_text(encoding="utf-8")


@contextmanager
def digilab_up(folder: Path, ends_with: int = 0, **settings: str) -> Iterator[UpHouse]:
    """Start it with the demo model as the spare one; stop it by SIGTERM, which must end it with `ends_with`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DIGILAB_")},
        "DIGILAB_DATA": str(folder / "data"),
        "DIGILAB_WEB__PORT": str(port),
        "DIGILAB_WORK__HEARTBEAT_SECONDS": "1",
        "DIGILAB_WORK__LEASE_SECONDS": "5",
        **settings,
    }
    with (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [DIGILAB, "up", "--spare-model", str(ROOT / "models" / "demo")],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        with client(url, timeout=60) as admin:
            _wait_for(admin, process, folder)
            said = (folder / "up.log").read_text(encoding="utf-8")
            password = re.search(r"admin のパスワード: (\S+)", said)
            assert password is not None, said
            house = UpHouse(process, environment, folder, url, password[1], admin)
            admin.headers["Authorization"] = f"Bearer {house.command('token', 'add', 'admin', 'test')}"
            yield house
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert status == ends_with, (folder / "up.log").read_text(encoding="utf-8")[-3000:]


def _wait_for(admin: httpx.Client, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if admin.get("/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError((folder / "up.log").read_text(encoding="utf-8")[-3000:])
