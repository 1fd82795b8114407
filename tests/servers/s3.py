"""A real S3 server: `rclone serve s3` over a temporary folder, on a loopback port, with real credentials."""

import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import uuid
from pathlib import Path
from typing import Any

from digilab.store.bucket import BucketStore
from servers import child

ACCESS_KEY = "digilab-tests"
SECRET_KEY = "only-for-the-tests-of-digilab"


def open_store(
    endpoint: str, incoming: Path, *, bucket: str | None = None, secret_key: str = SECRET_KEY, patience: float = 60.0
) -> BucketStore:
    """A store with the tests' credentials, on a new bucket or the one that is named."""
    return BucketStore(
        endpoint=endpoint,
        bucket=bucket or f"b-{uuid.uuid4().hex}",
        access_key=ACCESS_KEY,
        secret_key=secret_key,
        region="us-east-1",
        secure=False,
        incoming=incoming,
        patience=patience,
    )


class S3Server:
    """One server; many buckets. It may be killed and started again on the same port."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="digilab-s3-"))
        self._log = self.folder.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None
        self._address = "127.0.0.1:0"

    @property
    def endpoint(self) -> str:
        """Host and port."""
        return self._address

    def start(self) -> None:
        """Start it; when this returns it answers."""
        rclone = child.program(Path(sysconfig.get_path("scripts")) / "rclone")
        self._log.write_bytes(b"")
        command = [rclone, "serve", "s3", "--addr", self._address, "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
        # Nothing is read from a configuration of whoever runs the tests.
        command += ["--config", "/dev/null", "--cache-dir", str(self.folder / "cache"), "--log-level", "INFO"]
        files = self.folder / "buckets"
        files.mkdir(exist_ok=True)
        self._process = child.start([*command, str(files)], self._log)
        child.wait(self._process, self._answers, self._log)

    def stop(self) -> None:
        """End it as a crash does."""
        child.end(self._process)
        self._process = None

    def pause(self) -> None:
        """Stop answering without closing anything, until `proceed`."""
        self._running.send_signal(signal.SIGSTOP)

    def proceed(self) -> None:
        """Answer again."""
        self._running.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and remove what it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def store(self, incoming: Path, **changed: Any) -> BucketStore:
        """A store on a bucket of its own, or as `open_store` is told."""
        return open_store(self.endpoint, incoming, **changed)

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError("the S3 server is not running")
        return self._process

    def _answers(self) -> bool:
        told = re.search(r"http://(127\.0\.0\.1:\d+)/", self._log.read_text(errors="replace"))
        if told is None:
            return False
        self._address = told[1]
        host, _, port = self._address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True
