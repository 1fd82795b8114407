"""What the robot engine says of its robots, by child processes: `python -m robots list --json`, `python -m robots template NAME -o FILE`.

The job server knows the engine by its command line only.
"""

import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digilab.errors import RobotEngineError

ENGINE = (sys.executable, "-P", "-m", "robots")
MEMORY = 4096 * 1024 * 1024
SECONDS = 120.0
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "VIRTUAL_ENV")
"""Of our own environment; settings and secrets stay outside."""
_SHOWN = ("name", "heading", "type", "secret")
"""Of a column, what the record must have."""


@dataclass(frozen=True)
class Facts:
    """A robot, as the engine tells of it."""

    name: str
    title: str
    version: str
    money: bool
    synchronous: bool
    amount: str
    minutes_per_row: float
    columns: tuple[dict[str, Any], ...]


def robots() -> list[Facts]:
    """All robots of the engine. Raises RobotEngineError."""
    outcome = _run([*ENGINE, "list", "--json"])
    try:
        return [_facts(each) for each in json.loads(outcome.stdout)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RobotEngineError(reason=f"list: {type(error).__name__}") from error


def template(name: str, file: Path) -> None:
    """Write the robot's empty workbook. Raises RobotEngineError."""
    _run([*ENGINE, "template", name, "-o", str(file)])
    if not file.is_file() or file.stat().st_size == 0:
        raise RobotEngineError(reason=f"template {name}")


def _facts(told: dict[str, Any]) -> Facts:
    facts = Facts(
        name=str(told["name"]),
        title=str(told["title"])[:200],
        version=str(told["version"]),
        money=told["money"] is not False,
        synchronous=told["synchronous"] is True,
        amount=str(told["amount"]),
        minutes_per_row=float(told["minutes_per_row"]),
        columns=tuple(dict(column) for column in told["columns"]),
    )
    shown = all(key in column for column in facts.columns for key in _SHOWN)
    minutes = math.isfinite(facts.minutes_per_row) and facts.minutes_per_row > 0
    if (
        NAME.fullmatch(facts.name) is None
        or len(facts.version) > 40
        or len(facts.amount) > 60
        or not shown
        or not minutes
    ):
        raise ValueError(facts.name[:60])
    return facts


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    environment = {key: value for key, value in os.environ.items() if key in _KEPT}
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        outcome = subprocess.run(
            command, capture_output=True, env=environment, cwd="/", timeout=SECONDS, check=False, preexec_fn=_confine
        )
    except subprocess.TimeoutExpired:
        raise RobotEngineError(reason=f"{SECONDS:g} s") from None
    if outcome.returncode != 0:
        raise RobotEngineError(reason=_reason(outcome))
    return outcome


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seconds = math.ceil(SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _reason(outcome: "subprocess.CompletedProcess[bytes]") -> str:
    if outcome.returncode < 0:
        return signal.Signals(-outcome.returncode).name
    said = outcome.stderr.decode(errors="replace").strip().splitlines()
    return said[-1][:200] if said else f"exit {outcome.returncode}"
