"""A job watched from the command line: its bar, and its results."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from digilab.commands.door import Door
from digilab.commands.house import words

PATIENCE = 900.0
BAR = 30


WAITING = ("review", "approval")
"""States in which a person must do something."""


def followed(door: Door, receipt: str, ends: Sequence[str] = WAITING) -> dict[str, Any]:
    """The job when it has ended or has come into one of these states; a bar meanwhile."""
    deadline = time.monotonic() + PATIENCE
    shown = ""
    while True:
        job: dict[str, Any] = door.get(f"/api/v1/jobs/{receipt}")
        line = _bar(job)
        if line != shown:
            _draw(line)
            shown = line
        if job["ended"] or job["state"] in ends or time.monotonic() > deadline:
            if sys.stdout.isatty():
                typer.echo()
            return job
        time.sleep(0.3)


def speakers_told_apart(door: Door, receipt: str) -> dict[str, Any]:
    """The job when it is known who spoke, or when that was given up; a line whenever the words change."""
    deadline = time.monotonic() + PATIENCE
    shown = ""
    while True:
        job: dict[str, Any] = door.get(f"/api/v1/jobs/{receipt}")
        state = job["speakers"]
        if state["sentence"] != shown:
            _draw(state["sentence"])
            shown = state["sentence"]
        if state["standing"] not in ("waiting", "running") or time.monotonic() > deadline:
            if sys.stdout.isatty():
                typer.echo()
            return job
        time.sleep(0.3)


def _bar(job: dict[str, Any]) -> str:
    filled = round(float(job["progress"]["share"]) * BAR)
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {job['progress']['text'] or words('demo-waiting')}"


def _draw(line: str) -> None:
    """On a terminal in place, in a log line by line."""
    if sys.stdout.isatty():
        typer.echo(f"\r{line}\x1b[K", nl=False)
    else:
        typer.echo(line)


def fetched(door: Door, job: dict[str, Any], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for file in job["files"]:
        if file["role"] == "output":
            target = folder / file["name"]
            door.fetch(f"/api/v1/jobs/{job['receipt']}/files/{file['name']}", target)
            results.append(target)
    return results


def expect_state(job: dict[str, Any], state: str) -> None:
    """Say why a job did not come so far, and end. Raises typer.Exit."""
    if job["state"] != state:
        failure = job["failure"]
        typer.echo(f"[{failure['code']}] {failure['sentence']}" if failure else job["state"])
        raise typer.Exit(1)


def tell_results(job: dict[str, Any], results: list[Path]) -> None:
    """Where the results lie, and the hours that were booked."""
    typer.echo("\n" + words("demo-files"))
    for path in results:
        typer.echo(f"  {path}")
    booked = job["hours"]
    figures = {name: f"{booked[name]:g}" for name in ("minutes_per_unit", "human_minutes")}
    figures |= {name: f"{booked[name]:.1f}" for name in ("volume", "net_minutes")}
    line = words(f"demo-formula-{job['kind']}", **figures, hours=f"{booked['net_minutes'] / 60:.2f}")
    typer.echo("\n" + line)
