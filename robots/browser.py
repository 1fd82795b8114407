"""The browser's processes: how it is started, found again and killed. Nothing of it may be left when its owner is gone."""

import os
import secrets
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from robots.errors import BrowserMissingError

MARK = "--digilab-robot="
"""A switch that Chromium does not know: it stands on the command line of its first process, and names its owner."""
PROC = Path("/proc")
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--no-pings",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # A container's /dev/shm is too small for pages with pictures.
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--disable-lcd-text",
)
"""A finance network has no internet; nothing may try to reach it."""


def program(named: Path | None = None) -> Path:
    """The browser to start. Raises BrowserMissingError."""
    if named is not None:
        if not os.access(named, os.X_OK):
            raise BrowserMissingError
        return named
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise BrowserMissingError


def new_mark() -> str:
    """A switch of its own for one start, naming this process as the owner."""
    return f"{MARK}{os.getpid()}.{_born(os.getpid())}.{secrets.token_hex(6)}"


def marked(mark: str) -> int | None:
    """Process id of the browser that was started with this mark; not of the shell script that some systems put before it."""
    pids = [pid for pid, switch in _all_marked() if switch == mark]
    return next((pid for pid in pids if _parent(pid) in pids), pids[0] if pids else None)


def kill(mark: str) -> None:
    """Kill it with everything that it started: Playwright gives it a process group of its own."""
    for pid, switch in _all_marked():
        if switch == mark:
            _kill_group(pid)


def sweep() -> None:
    """Kill browsers whose owner is gone: one that was killed itself could not clear up."""
    for pid, switch in _all_marked():
        owner, born, _ = (*switch.removeprefix(MARK).split("."), "", "")[:3]
        if not (owner.isdigit() and _born(int(owner)) == born):
            _kill_group(pid)


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of this machine that refuses every connection, and that nobody else can take meanwhile: bound, and never listened at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


def _all_marked() -> Iterator[tuple[int, str]]:
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            switches = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        mark = next((switch for switch in switches if switch.startswith(MARK)), None)
        if mark is not None:
            yield int(folder.name), mark


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(pid)
        if group == os.getpgrp():
            os.kill(pid, signal.SIGKILL)
        else:
            os.killpg(group, signal.SIGKILL)


def _parent(pid: int) -> int:
    return int(_stat(pid)[1] or 0)


def _born(pid: int) -> str:
    """Start time in ticks: a process id may be given out again. Empty when there is no such process."""
    return _stat(pid)[19]


def _stat(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [""] * 20
