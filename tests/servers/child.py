"""Starting the servers that tests run against: they end with the test run, even when it is killed."""

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def program(path: Path | str) -> str:
    """The program's path; says how to get it when it is missing, as no test is skipped for want of one."""
    found = shutil.which(str(path))
    if found is None:
        raise FileNotFoundError(f"{path} is not installed and the tests need it: run `make setup`")
    return found


def start(
    command: Sequence[str], log: Path, *, signal: str = "KILL", user: str | None = None
) -> "subprocess.Popen[bytes]":
    """Start it in its own session; `signal` is what it gets when the test run dies."""
    wrapper = [program("setpriv"), "--pdeathsig", signal]
    if user is not None:
        wrapper += ["--reuid", user, "--regid", user, "--clear-groups"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*wrapper, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def wait(process: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path, patience: float = 60.0) -> None:
    """Return when `ready()`; raises with the server's own words when it ends or takes too long."""
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    raise RuntimeError(f"a server for the tests did not start:\n{log.read_text(errors='replace')[-2000:]}")


def end(process: "subprocess.Popen[bytes] | None") -> None:
    """Kill it and take its status."""
    if process is not None:
        process.kill()
        process.wait()
