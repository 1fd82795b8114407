"""`digilab up`: everything on one machine as child processes, started again when they die."""

import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from digilab.config import Settings
from digilab.database.session import Database
from digilab.errors import AlreadyUpError, DigilabError, PortTakenError, ProgramMissingError
from digilab.first_start import FirstAccount, bring_forms, bring_robots, prepare
from digilab.office import check_safe, open_office, worker_count
from digilab.redis_process import RedisProcess
from digilab.services.rules import Kind

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
"""A child that dies again and again is started after a pause that doubles up to this many seconds."""
REDIS_PAUSE = 2.0
STEADY = 10.0
"""A child that lived so long is taken for sound again."""


FRUGAL = {
    # Two engines that spin while they wait would steal each other's cores.
    "OMP_WAIT_POLICY": "PASSIVE",
    # glibc gives each thread a heap of its own and never gives it back; two are enough for a web process of many threads.
    "MALLOC_ARENA_MAX": "2",
    # Left alone it learns to keep what a page's pictures took: a worker of paper forms then holds 410 MB for 300 (measured).
    "MALLOC_MMAP_THRESHOLD_": "4194304",
    # Whoever sets that one is given the other's smallest value with it: an engine would hand its memory back and ask for it again at every
    # layer. So much may lie idle.
    "MALLOC_TRIM_THRESHOLD_": "33554432",
}
"""For every process of the house, unless the environment says otherwise."""
KEEPING = {
    # A speech model takes and frees the same buffers at every step, larger ones than glibc ever keeps: a fifth of the time with Whisper
    # small's dimensions (measured). In one heap without mapped buffers they are taken from what was freed before.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "268435456",
}
"""For workers that transcribe, in addition."""


def memory_settings(capability: str = "") -> dict[str, str]:
    """Environment of a process of the house; `capability` is a worker's."""
    return {**FRUGAL, **(KEEPING if capability == Kind.TRANSCRIPTION.value.name else {})}


@dataclass
class Child:
    """A process that should be running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    pause: float = 0.5
    due: float = 0.0
    output: IO[bytes] | None = None

    def start(self) -> None:
        """Start it; it dies with its parent even if that is killed."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*tied(), *self.command],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
        )
        log.info("%s started (%d)", self.name, self.process.pid)

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        return self.process is not None and self.process.poll() is None


class House:
    """All processes of one machine."""

    def __init__(self, settings: Settings) -> None:
        check_safe(settings)
        self.settings = settings
        self.redis: RedisProcess | None = None
        self.children: list[Child] = []
        self._stop = threading.Event()
        self._lock: IO[bytes] | None = None

    def prepare(self) -> FirstAccount | None:
        """Data folder (for this house alone until `stop`), schema, first account. Raises AlreadyUpError, PortTakenError."""
        self._lock = lock_folder(self.settings.data)
        # Before the first account is made: its password is shown once, and not at a start that fails.
        _check_free(self.settings.web.host, self.settings.web.port)
        database = Database(self.settings.database_url)
        try:
            account = prepare(database)
        finally:
            database.close()
        with open_office(self.settings) as office:
            bring_forms(office)
            bring_robots(office)
        return account

    def start(self, log_file: IO[bytes] | None = None) -> None:
        """Redis first, when it is our own, then the rest. What they say goes to `log_file`, else to our own output."""
        environment = {**os.environ, **self.settings.environment()}
        if not self.settings.queue.url:
            self.redis = RedisProcess(self.settings.data.resolve() / "redis", self.settings.redis_socket)
            self.redis.start()
            environment["DIGILAB_QUEUE__URL"] = self.redis.url
        environment["DIGILAB_DATA"] = str(self.settings.data.resolve())
        python = [sys.executable, "-P", "-m"]
        workers = [
            Child(
                f"worker-{kind.value.name}-{number + 1}",
                [*python, "workers.worker", kind.value.name],
                {**memory_settings(kind.value.name), **environment},
            )
            for kind in Kind
            for number in range(worker_count(self.settings))
        ]
        self.children = [
            Child("web", [*python, "digilab.web"], {**memory_settings(), **environment}),
            Child("clock", [*python, "workers.clock"], {**memory_settings(), **environment}),
            *workers,
        ]
        for child in self.children:
            child.output = log_file
            child.start()

    def watch(self, report: Callable[[str], None] = log.warning) -> None:
        """Until `end`: start again what has died."""
        while not self._stop.wait(0.2):
            self._revive_redis(report)
            for child in self.children:
                self._revive(child, report)

    def end(self) -> None:
        """Make `watch` return."""
        self._stop.set()

    def stop(self) -> None:
        """SIGTERM to all; workers may finish or hand back what they hold; Redis last."""
        for child in self.children:
            if child.process is not None and child.running:
                child.process.terminate()
        deadline = time.monotonic() + self.settings.work.drain_seconds + 10
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end; killing it", child.name)
                child.process.kill()
                child.process.wait()
        if self.redis is not None:
            self.redis.stop()
        if self._lock is not None:
            self._lock.close()

    def _revive_redis(self, report: Callable[[str], None]) -> None:
        if self.redis is None or self.redis.running:
            return
        report("redis died; starting it again")
        try:
            self.redis.start()
        except DigilabError as error:
            report(f"redis could not be started: {error}")
            self._stop.wait(REDIS_PAUSE)

    def _revive(self, child: Child, report: Callable[[str], None]) -> None:
        if child.running:
            return
        moment = time.monotonic()
        if child.due == 0.0:
            child.pause = 0.5 if moment - child.began > STEADY else min(LONGEST_PAUSE, child.pause * 2)
            child.due = moment + child.pause
            status = child.process.returncode if child.process is not None else None
            report(f"{child.name} ended ({status}); starting it again")
        elif moment >= child.due:
            child.due = 0.0
            child.start()


def run(settings: Settings, announce: Callable[[FirstAccount | None], None]) -> None:
    """Start, announce, watch until SIGTERM or Ctrl-C, stop."""
    house = House(settings)
    account = house.prepare()

    def end(_signum: int, _frame: FrameType | None) -> None:
        house.end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        try:
            house.start()
        finally:
            # Also when the start failed: the password was made and will not be shown again.
            if account is not None or house.children:
                announce(account)
        house.watch()
    finally:
        house.stop()


def lock_folder(data: Path) -> IO[bytes]:
    """The data folder for one house alone, until what is returned is closed. Raises AlreadyUpError."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (data / "up.lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise AlreadyUpError(folder=str(data)) from error
    return lock


def _check_free(host: str, port: int) -> None:
    """Raise PortTakenError when the web process could not listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web process does
            probe.bind(address)
    except OSError as error:
        raise PortTakenError(host=host, port=port, reason=error.strerror or str(error)) from error


def tied() -> list[str]:
    """Before a command: a child started through this dies with its parent, even when that is killed with -9."""
    program = shutil.which("setpriv")
    if program is None:
        raise ProgramMissingError(program="setpriv", package="util-linux")
    return [program, "--pdeathsig", "KILL"]
