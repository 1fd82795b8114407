"""Opens files from outside in a child process with limits: memory, processor time, wall clock, no network, no new privileges.

The child runs a generator named by text (`module:function`) with JSON arguments and prints one JSON record per line; the parent reads
them as they come. A parser that aborts, loops or eats memory takes the child down, never the worker.
"""

import ctypes
import importlib
import json
import os
import resource
import select
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from digilab.errors import NoSpaceError
from digilab.jobs.facts import Failure
from workers.failures import EngineFailedError, OpeningFailedError, OpeningTooLongError, disk_full

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "VIRTUAL_ENV")
"""Of the worker's environment; settings and secrets stay outside."""
LONGEST_RECORD = 4 * 1024 * 1024
"""Bytes; an honest record has some thousand."""
LAST_WORDS = 4000
"""Bytes of what a child complained about that go to the log."""


@dataclass(frozen=True)
class Limits:
    """What the child may use."""

    memory_mib: int
    seconds: float
    """From its first breath to its last, however many threads it has."""


@contextmanager
def opened(target: str, arguments: dict[str, Any], limits: Limits) -> Iterator[Iterator[dict[str, Any]]]:
    """Records that `target(**arguments)` yields in the child. The child ends with the block, whatever happens.

    Raises EngineFailedError for what the engine says about the file, OpeningFailedError when the child died, OpeningTooLongError.
    """
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "workers.jail",
                target,
                str(os.getpid()),
                json.dumps(vars(limits)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        try:
            _hand_over(child, arguments)
            yield _records(child, limits.seconds, complaints)
        finally:
            _end(child)


def _hand_over(child: "subprocess.Popen[bytes]", arguments: dict[str, Any]) -> None:
    """Through a pipe: a command line with names of files is shown to every user of the machine."""
    if child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(json.dumps(arguments).encode())


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End it with whatever it has started."""
    # Until its status is taken nobody else can get its number, so the group is certainly its own.
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    # One thread: the jail's own limits count memory per thread, and other workers want the cores.
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }


def _records(child: "subprocess.Popen[bytes]", seconds: float, complaints: IO[bytes]) -> Iterator[dict[str, Any]]:
    if child.stdout is None:
        raise OpeningFailedError(reason="no pipe")
    deadline = time.monotonic() + seconds
    for line in _lines(child.stdout, deadline):
        record: dict[str, Any] = json.loads(line)
        if "failure" in record:
            raise EngineFailedError(Failure(**record["failure"]))
        if "full" in record:
            raise NoSpaceError
        yield record
    _await_end(child, deadline)
    _end(child)
    if child.returncode != 0:
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - LAST_WORDS))
        sys.stderr.buffer.write(complaints.read())
        raise OpeningFailedError(reason=_reason(child.returncode))


def _lines(pipe: IO[bytes], deadline: float) -> Iterator[bytes]:
    """Lines until the pipe ends. Raises OpeningTooLongError at the deadline."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise OpeningTooLongError
            block = os.read(pipe.fileno(), 65536)
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            if len(rest) > LONGEST_RECORD:
                raise OpeningFailedError(reason="endless record")


def _await_end(child: "subprocess.Popen[bytes]", deadline: float) -> None:
    """Wait without taking the status. Raises OpeningTooLongError for a child that closed its pipe and lives on."""
    handle = os.pidfd_open(child.pid)
    try:
        ended, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
    finally:
        os.close(handle)
    if not ended:
        raise OpeningTooLongError


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _confine(parent: int, limits: Limits) -> None:
    """Runs in the child before anything of the file is touched."""
    libc = ctypes.CDLL(None, use_errno=True)
    # A user namespace of its own needs no rights, and closes the worker's environment and memory (/proc/PID) to the child. Where the
    # kernel refuses both, the other limits still hold.
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWNET)
    # After the change of namespace, which may clear it.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the worker died while this child was being born
        sys.exit(1)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    memory = limits.memory_mib * 1024 * 1024
    # Of all threads together, and libraries start as many as there are cores. Who measures the time is the parent; this ends a child
    # whose parent stands still.
    seconds = int(limits.seconds * (os.cpu_count() or 1)) + 1
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(target: str, parent: int, limits: Limits) -> int:
    _confine(parent, limits)
    arguments = json.load(sys.stdin)
    # The engine's libraries may print; the pipe belongs to the records alone.
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    module, _, name = target.partition(":")
    try:
        for record in getattr(importlib.import_module(module), name)(**arguments):
            pipe.write(json.dumps(record) + "\n")
            pipe.flush()
    except EngineFailedError as error:
        failure = error.failure
        record = {"failure": {"code": failure.code, "sentences": failure.sentences, "evidence": failure.evidence}}
        pipe.write(json.dumps(record) + "\n")
    except OSError as error:
        if not disk_full(error):
            raise
        pipe.write(json.dumps({"full": True}) + "\n")
    pipe.flush()
    return 0


if __name__ == "__main__":
    sys.exit(_child(sys.argv[1], int(sys.argv[2]), Limits(**json.loads(sys.argv[3]))))
