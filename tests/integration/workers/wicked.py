"""What a parser that a hostile file has taken over may try in the jail. Each is run there by name."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HUGE = 64 * 1024 * 1024


def fall_silent() -> Iterator[dict[str, Any]]:
    """Close the pipe, as if all were told, and live on."""
    yield {"pid": os.getpid()}
    for handle in range(64):
        if handle != 2:
            try:
                os.close(handle)
            except OSError:
                continue
    while True:
        signal.pause()


def never_break_the_line() -> Iterator[dict[str, Any]]:
    """One record without an end."""
    yield {"before": True}
    pipe = next(handle for handle in range(3, 64) if _is_pipe(handle))
    while True:
        os.write(pipe, b"x" * 65536)


def _is_pipe(handle: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(handle).st_mode)
    except OSError:
        return False


def complain() -> Iterator[dict[str, Any]]:
    """Fill the memory of whoever reads the complaints as a whole."""
    for _ in range(HUGE // 1024):
        sys.stderr.write("x" * 1024)
    sys.stderr.write("last words")
    sys.stderr.flush()
    os._exit(3)
    yield {}  # type: ignore[unreachable] # makes it a generator, as the jail expects


def leave_a_child() -> Iterator[dict[str, Any]]:
    """Start a process that means to stay."""
    yield {"pid": subprocess.Popen(["sleep", "600"]).pid}


def tell_how_it_was_called(secret: str) -> Iterator[dict[str, Any]]:
    """What every user of the machine sees of this process, and what this one sees of its parent."""
    try:
        parent = Path(f"/proc/{os.getppid()}/environ").read_bytes()
    except PermissionError:
        parent = b""
    own = Path("/proc/self/cmdline").read_bytes()
    yield {"told": secret, "listed": secret.encode() in own, "parent": b"CANARY" in parent}
