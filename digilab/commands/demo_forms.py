"""The demonstration's paper forms: scans handed in, doubtful values answered, the csv printed."""

import csv
import json
import time
from pathlib import Path
from typing import Any

import typer

from digilab.commands.door import Door
from digilab.commands.following import expect_state, fetched, followed, tell_results
from digilab.commands.house import words
from digilab.first_start import FORM_SERVICE

SECONDS_A_DOUBT = 10
"""What a look at one value is taken to cost when nobody really looks."""
COLUMNS = 7
WIDTH = 18
UNSHOWN = {"受付番号", "ファイル", "ページ", "帳票", "改訂"}
"""Columns that are the same in every row, or long."""


def show_forms(door: Door, second: Door, scans: Path, results: Path) -> None:
    """Hand in the scans. `truth.json` beside them answers in place of people who have the paper in hand, and only what is in doubt.

    `second`: somebody else's, for values that two people key.
    """
    typer.echo("\n" + words("demo-submitting-forms", name=scans.name, megabytes=f"{scans.stat().st_size / 1e6:.1f}"))
    began = time.monotonic()
    accepted = door.hand_in(FORM_SERVICE, scans, title=scans.stem)
    typer.echo(words("accepted", receipt=accepted["receipt"]))
    job = followed(door, accepted["receipt"])
    took = time.monotonic() - began
    if job["state"] == "review":
        _answered(door, second, job, _truth(scans))
        job = followed(door, accepted["receipt"])
    expect_state(job, "done")
    written = fetched(door, job, results)
    for path in written:
        if path.suffix == ".csv" and "_cp932" not in path.stem:
            _printed(path)
    typer.echo("\n" + words("demo-values", values=str(_values(written)), sheets=f"{job['hours']['volume']:g}"))
    tell_results(job, written)
    typer.echo(words("demo-took-forms", seconds=f"{took:.0f}"))


def _truth(scans: Path) -> dict[int, dict[str, str]]:
    """Values by page of the scan and path."""
    pages = json.loads(scans.with_name("truth.json").read_text("utf-8"))["pages"]
    return {int(page["page"]): {**page["fields"], **page.get("values", {})} for page in pages}


def _answered(door: Door, second: Door, job: dict[str, Any], truth: dict[int, dict[str, str]]) -> None:
    path = f"/api/v1/jobs/{job['receipt']}/doubts"
    told = door.get(path)
    typer.echo("\n" + words("demo-doubts", count=str(len(told["doubts"]))))
    answers = []
    for doubt in told["doubts"]:
        text = truth[doubt["sheet"]].get(doubt["path"], "")
        reasons = " ".join(doubt["reasons"]) or words("demo-doubt", percent=f"{doubt['p_wrong']:.1%}")
        typer.echo(f"  {doubt['sheet']:2d} {doubt['label']}: {doubt['value']} → {text}  ({reasons})")
        answers.append({"id": doubt["id"], "text": text})
    twice = {doubt["id"] for doubt in told["doubts"] if doubt["decision"] == "two-keys"}
    for each, said in ((door, answers), (second, [answer for answer in answers if answer["id"] in twice])):
        if said:
            minutes = round(len(said) * SECONDS_A_DOUBT / 60, 1)
            each.post(path, {"answers": said, "minutes": minutes, "held_acknowledged": True})
    typer.echo(words("demo-answered", seconds=str(SECONDS_A_DOUBT)))


def _printed(path: Path) -> None:
    """The first columns of a csv, for a look."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    shown = [number for number, name in enumerate(rows[0]) if name not in UNSHOWN][:COLUMNS]
    typer.echo("\n" + words("demo-columns", name=path.name, shown=str(len(shown)), all=str(len(rows[0]))))
    for row in rows:
        typer.echo("  " + " | ".join(row[number][:WIDTH] for number in shown))


def _values(results: list[Path]) -> int:
    """How many values were read."""
    record = next(path for path in results if path.suffix == ".json")
    return sum(len(case["values"]) for case in json.loads(record.read_text("utf-8"))["cases"])
