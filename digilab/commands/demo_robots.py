"""The demonstration's spreadsheet: handed in, approved by somebody else, keyed into a practice finance system beside the house."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.commands.door import Door
from digilab.commands.following import expect_state, fetched, followed, tell_results
from digilab.commands.house import words
from digilab.config import Settings
from digilab.errors import HouseError
from digilab.first_start import LOGIN
from digilab.ledger import control
from digilab.services.records import Service
from digilab.targets.use import target_named
from digilab.up import tied
from digilab.vault import use as vault

ROBOT = "expense_entry"
ACCOUNT = ("kaikei", "practice-1")
"""Of the practice system, where they are no secret."""
SETTLE_SECONDS = 5.0
SHOWN = 5
PATIENCE = 60.0


@dataclass(frozen=True)
class Head:
    """Who approves: not the one who hands in."""

    door: Door
    password: str


@contextmanager
def practice_system(folder: Path, log: IO[bytes]) -> Iterator[str]:
    """The practice finance system as a process of its own; its address."""
    port = free_port()
    command = [*tied(), sys.executable, "-P", "-m", "robots.practice", "--port", str(port), "--data", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ))
    try:
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def furnish(session: Session, settings: Settings, url: str) -> str:
    """Say where the finance system is and how one signs in there; the menu's entry, open by now."""
    control.set_up(session, ROBOT, LOGIN, url=url, settle_seconds=SETTLE_SECONDS)
    vault.put(session, settings, target_named(session, ROBOT), *ACCOUNT, by=LOGIN)
    services = session.scalars(select(Service).where(Service.kind == control.CAPABILITY))
    service = next(each for each in services if each.options["robot"] == ROBOT)
    service.open = True
    return service.slug


def show_robots(door: Door, head: Head, service: str, rows: Path, results: Path) -> None:
    """Hand the spreadsheet in, approve it as somebody else, watch it being keyed, look at what came of every row."""
    typer.echo("\n" + words("demo-submitting-rows", name=rows.name))
    began = time.monotonic()
    receipt = door.hand_in(service, rows, title=rows.stem)["receipt"]
    typer.echo(words("accepted", receipt=receipt))
    job = followed(door, receipt)
    expect_state(job, "approval")
    _approved(head, receipt)
    job = followed(door, receipt, ends=("review",))
    took = time.monotonic() - began
    expect_state(job, "done")
    told = _rows(door, receipt)
    _tell(told)
    found = job["reconciled"]
    agrees = words("demo-agrees" if found["agrees"] else "demo-differs")
    figures = {name: f"{found[name]:,}" for name in ("rows", "rows_yen", "slips", "slips_yen")}
    typer.echo("\n" + words("demo-reconciled", agrees=agrees, **figures))
    pictures = _pictures(door, told, results / words("demo-pictures-folder"))
    tell_results(job, fetched(door, job, results))
    typer.echo(words("demo-pictures", count=str(pictures), folder=str(results / words("demo-pictures-folder"))))
    typer.echo(words("demo-took-rows", seconds=f"{took:.0f}"))


def _approved(head: Head, receipt: str) -> None:
    seen = head.door.get(f"/api/v1/jobs/{receipt}/rows")
    ready = seen["summary"]["states"].get("ready", 0)
    typer.echo(words("demo-approving", rows=str(ready), refused=str(seen["summary"]["states"].get("refused", 0))))
    body = {"approve": True, "password": head.password, "digest": seen["digest"]}
    head.door.post(f"/api/v1/jobs/{receipt}/approval", body)


def _rows(door: Door, receipt: str) -> list[dict[str, Any]]:
    first = door.get(f"/api/v1/jobs/{receipt}/rows")
    rows: list[dict[str, Any]] = first["rows"]
    for page in range(2, first["pages"] + 1):
        rows += door.get(f"/api/v1/jobs/{receipt}/rows?page={page}")["rows"]
    return rows


def _tell(rows: list[dict[str, Any]]) -> None:
    done = [row for row in rows if row["state"] == "done"]
    typer.echo("\n" + words("demo-receipts", count=str(len(done))))
    for row in done[:SHOWN]:
        typer.echo(f"  {row['number']:3d} {row['slip']}  {row['reference']}  {row['amount']:,}円")
    if len(done) > SHOWN:
        typer.echo("  …")
    others = [row for row in rows if row["state"] != "done"]
    counted = Counter(row["state_text"] for row in others)
    typer.echo("\n" + words("demo-not-keyed", states="、".join(f"{name} {count}" for name, count in counted.items())))
    for row in others:
        typer.echo(f"  {row['number']:3d} {row['state_text']}: {' '.join(row['reasons']) or row['words']}")


def _pictures(door: Door, rows: list[dict[str, Any]], folder: Path) -> int:
    """The first row's pictures as files; how many there are of all rows."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = next((row for row in rows if row["pictures"]), None)
    for shows, address in (shown["pictures"] if shown else {}).items():
        door.fetch(address, folder / f"{shown['reference'] if shown else ''}-{shows}.jpg")
    return sum(len(row["pictures"]) for row in rows)


def free_port() -> int:
    """A port of this machine that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Until it takes connections. Raises HouseError when it ended or never does."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise HouseError
