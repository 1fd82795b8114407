"""Starts keying processes one after another, and counts in the finance system's own tables what came of it."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from keying.child import Order
from keying.rows import expense_rows
from robots.reference import reference
from servers.practice import PracticeServer

ROOT = Path(__file__).resolve().parents[1]
KILLED = -9


class Keyers:
    """Processes that key, forked from one that waits for orders."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "keyers.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "keying.child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def start(self, order: Order) -> int:
        """Begin; its process id."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._answer()["pid"])

    def status(self) -> int:
        """Wait for the end of the one that was started last."""
        return int(self._answer()["status"])

    def key(self, order: Order) -> int:
        """Key, and wait."""
        self.start(order)
        return self.status()

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        self._log.close()

    def _answer(self) -> dict[str, int]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the keyers' parent died"
        found: dict[str, int] = json.loads(line)
        return found


@contextmanager
def keyers(folder: Path) -> Iterator[Keyers]:
    """For a while."""
    made = Keyers(folder)
    try:
        yield made
    finally:
        made.close()


@dataclass(frozen=True)
class Count:
    """What the finance system's table and the ledger say about each other."""

    rows: int
    states: dict[str, int]
    duplicates: list[str]
    """References on more than one slip."""
    false_done: list[str]
    """登録済 in the ledger, and not one equal slip with that number in the table."""
    foreign: list[str]
    """Slips of no row."""


def counted(server: PracticeServer, ledger: Path, run: str, first: int, count: int) -> Count:
    """Count, past every page and every line of the engine that keys."""
    slips = [slip for slip in server.vouchers() if f"DL{run}-" in str(slip["summary"]) + str(slip["reference"])]
    by_reference: dict[str, list[dict[str, str | int]]] = {}
    for slip in slips:
        by_reference.setdefault(str(slip["reference"]), []).append(slip)
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=30)) as database:
        entries = {
            number: (state, receipt)
            for number, state, receipt in database.execute(
                "SELECT number, state, receipt FROM rows WHERE run = ?", (run,)
            )
        }
    states: dict[str, int] = {}
    false_done = []
    names = set()
    for row in expense_rows(count, first):
        name = reference(run, row.number)
        names.add(name)
        state, receipt = entries[row.number]
        states[state] = states.get(state, 0) + 1
        found = by_reference.get(name, [])
        if state == "done" and not (
            len(found) == 1
            and found[0]["number"] == receipt
            and str(found[0]["amount"]) == row.values["amount"]
            and found[0]["creditor"] == row.values["creditor"]
            and str(found[0]["summary"]).startswith(row.values["summary"])
        ):
            false_done.append(f"{name} {receipt} {found}")
    return Count(
        rows=len(entries),
        states=states,
        duplicates=sorted(name for name, found in by_reference.items() if len(found) > 1),
        false_done=false_done,
        foreign=sorted(set(by_reference) - names),
    )
