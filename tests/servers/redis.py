"""A real Redis as `digilab up` starts it, in a temporary folder with a short path."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import redis

from digilab.redis_process import RedisProcess


class RedisServer(RedisProcess):
    """Our own child process with what a test does to it."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="digilab-redis-"))
        super().__init__(folder, folder / "redis.sock")

    def kill(self) -> None:
        """End it as a crash does; what it had been told may be lost."""
        self._signal(signal.SIGKILL)
        self.stop()

    def pause(self) -> None:
        """Stop answering without closing anything, until `proceed`."""
        self._signal(signal.SIGSTOP)

    def proceed(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def forget(self) -> None:
        """Lose everything, as a Redis that is started empty."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def remove(self) -> None:
        """Stop it and remove what it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is None:
            raise RuntimeError("Redis is not running")
        os.kill(self.pid, number)
