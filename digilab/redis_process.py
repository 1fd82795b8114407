"""Redis as a child process of ours, on a unix socket that only our own user may open."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from digilab.errors import ProgramMissingError, QueueUnreachableError

SOCKET_PATH_BYTES = 107
"""What the kernel takes as the path of a unix socket."""


class RedisProcess:
    """One redis-server with its append-only file in `folder`. `start` may be called again after it died.

    The server dies with the thread that started it, even by kill -9 (PR_SET_PDEATHSIG): start it from a thread that lives as long
    as it is needed. Where the path of `socket` is too long for the kernel, a short private folder is used; `url` knows.
    """

    def __init__(self, folder: Path, socket: Path) -> None:
        self.folder = folder
        self._wanted = socket
        self._short: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it listens; the same from `start` to `stop`, whatever happens in between."""
        if len(bytes(self._wanted)) <= SOCKET_PATH_BYTES:
            return self._wanted
        if self._short is None:
            self._short = Path(tempfile.mkdtemp(prefix="digilab-redis-"))
        return self._short / "redis.sock"

    @property
    def url(self) -> str:
        """Address for `queue.redis.RedisQueue`."""
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "redis.log"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id, None when it is not alive."""
        return self._process.pid if self._process is not None and self.running else None

    def start(self, patience: float = 30.0) -> None:
        """Start it unless it runs; when this returns it answers.

        Redis carries messages only, so a file that it cannot read any more is put aside and it starts empty. Raises
        ProgramMissingError, or QueueUnreachableError when it ends at once or has not read its file after `patience` seconds.
        """
        if self.running:
            return
        deadline = time.monotonic() + patience
        self._launch()
        answers = self._wait(deadline)
        if not answers and self.pid is None and self._put_aside():
            self._launch()
            answers = self._wait(deadline)
        if not answers:
            self.stop()
            raise QueueUnreachableError(log=str(self.log))

    def stop(self, patience: float = 10.0) -> None:
        """End it: by SIGTERM, and by SIGKILL when it has not ended after `patience` seconds."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._short is not None:
            shutil.rmtree(self._short, ignore_errors=True)
            self._short = None

    def _launch(self) -> None:
        command = [_program("setpriv", "util-linux"), "--pdeathsig", "KILL", _program("redis-server", "redis-server")]
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process = subprocess.Popen(
            command + self._options(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def _put_aside(self) -> bool:
        written, aside = self.folder / "appendonlydir", self.folder / "appendonlydir.damaged"
        if not written.exists():
            return False
        shutil.rmtree(aside, ignore_errors=True)
        written.rename(aside)
        return True

    def _options(self) -> list[str]:
        return [
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--unixsocketperm",
            "700",
            "--daemonize",
            "no",
            "--dir",
            str(self.folder),
            "--logfile",
            str(self.log),
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
        ]

    def _wait(self, deadline: float) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
            while self.running and time.monotonic() < deadline:
                try:
                    client.ping()
                except RedisError:  # not listening yet, or still reading its file
                    time.sleep(0.005)
                else:
                    return True
        return False


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ProgramMissingError(program=name, package=package)
    return path
