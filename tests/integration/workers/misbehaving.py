"""What a parser of a file from outside may do in the jail. Each is run there by name."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digilab.jobs.lifecycle import Failure
from workers.failures import EngineFailedError


def well(count: int) -> Iterator[dict[str, Any]]:
    """Behave."""
    for number in range(count):
        yield {"number": number, "文": "あ\n"}


def segfault() -> Iterator[dict[str, Any]]:
    """Crash as C code does."""
    yield {"before": True}
    ctypes.string_at(0)


def abort() -> Iterator[dict[str, Any]]:
    """Give up as an assertion in C does."""
    yield {"before": True}
    os.abort()


def eat_memory() -> Iterator[dict[str, Any]]:
    """Ask for ever more."""
    yield {"before": True}
    hoard = []
    while True:
        hoard.append(bytearray(16 * 1024 * 1024))


def loop() -> Iterator[dict[str, Any]]:
    """Never end, and burn the processor."""
    yield {"before": True}
    while True:
        pass


def hang() -> Iterator[dict[str, Any]]:
    """Never end, and do nothing."""
    yield {"pid": os.getpid()}
    while True:
        signal.pause()


def trickle() -> Iterator[dict[str, Any]]:
    """Never end, and always have a little more to say."""
    number = 0
    while True:
        number += 1
        yield {"number": number}
        time.sleep(0.01)


def call_out(port: int) -> Iterator[dict[str, Any]]:
    """Open a connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"secrets")
        yield {"sent": True}


def chatter() -> Iterator[dict[str, Any]]:
    """Print where only records belong, from Python, from C and from a child."""
    print('{"forged": "by Python"}', flush=True)
    sys.stderr.write("complaint\n")
    os.write(1, b'{"forged": "by C"}\n')
    subprocess.run(["/bin/echo", '{"forged": "by a child"}'], check=True)
    yield {"true": True}


def surroundings() -> Iterator[dict[str, Any]]:
    """Tell what the child can see."""
    status = Path("/proc/self/status").read_text()
    yield {
        "environment": sorted(os.environ),
        "folder": os.getcwd(),
        "new privileges": "NoNewPrivs:\t1" not in status,
        "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "processor": resource.getrlimit(resource.RLIMIT_CPU)[0],
        "input": sys.stdin.read(),
    }


def refuse() -> Iterator[dict[str, Any]]:
    """Say in words that the file cannot be done."""
    yield {"before": True}
    raise EngineFailedError(Failure("audio-broken", {"ja": "壊れています", "en": "broken"}, {"at": 3}))


def break_down() -> Iterator[dict[str, Any]]:
    """Raise what nobody foresaw."""
    yield {"before": True}
    raise ZeroDivisionError


def leave() -> Iterator[dict[str, Any]]:
    """End without a word."""
    yield {"before": True}
    os._exit(7)
