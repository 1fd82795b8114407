"""One run against the practice system within the test's own process: what was keyed, and how it ended."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from keying.killed import Count, counted
from keying.rows import expense_rows
from robots import browser as processes
from robots.assignment import Assignment, Outcome
from robots.flows import robot_named
from robots.ledger.contract import Entry
from robots.ledger.sqlite import SqliteLedger, open_ledger
from robots.robot import Account, Robot
from robots.rows.key import business_key
from robots.rows.records import Row
from robots.runner import run
from robots.session import Browser, Place, open_browser
from robots.shelf import FolderShelf
from servers.practice import LOGIN, PASSWORD, PracticeServer


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what stands where."""

    outcome: Outcome
    entries: dict[int, Entry]
    count: Count

    @property
    def states(self) -> list[str]:
        """Of all rows, in order."""
        return [str(entry.state) for _, entry in sorted(self.entries.items())]


class Runs:
    """Runs of one workbook, one after another, on one ledger."""

    def __init__(self, server: PracticeServer, folder: Path, name: str) -> None:
        self.server = server
        self.path = folder / f"{name}.sqlite"
        self.name = name
        self.progress: list[int] = []
        self.on_progress: Callable[[int], None] = lambda _: None
        self._folder = folder

    def on_their_way(self) -> int:
        """Rows that the ledger calls sent or done and of which the finance system has no slip yet."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            query = "SELECT count(*) FROM rows WHERE run = ? AND state IN ('sent', 'done')"
            (sent,) = database.execute(query, (self.name,)).fetchone()
        slips = [f"{slip['summary']}{slip['reference']}" for slip in self.server.vouchers()]
        return int(sent) - sum(f"DL{self.name}-" in slip for slip in slips)

    def key(
        self,
        rows: int | Sequence[Row] = 3,
        *,
        contexts: int = 1,
        settle: float = 1.5,
        timeout: float = 10.0,
        robot: Robot | None = None,
        password: str = PASSWORD,
        meanwhile: Callable[[SqliteLedger, Browser], None] = lambda _ledger, _browser: None,
        clean: bool = True,
        look_first: bool = False,
    ) -> Ended:
        """Key so many of the usual rows, or these; afterwards none of our browsers may be left, and (clean) no slip be there twice."""
        robot = robot or robot_named("expense_entry")
        lines = expense_rows(rows) if isinstance(rows, int) else list(rows)
        given = Assignment(
            robot,
            Place(self.server.url, timeout),
            Account(LOGIN, password),
            self.name,
            lines,
            contexts,
            settle,
            look_first,
            (0.2, 0.4, 0.8),
        )
        with open_ledger(self.path, robot.name, self.name) as ledger:
            ledger.enrol([(row, business_key(robot, row.values)) for row in lines])

            async def whole() -> Outcome:
                async with open_browser() as browser:
                    meanwhile(ledger, browser)
                    return await run(given, ledger, FolderShelf(self._folder / "evidence"), browser, self._heard)

            outcome = asyncio.run(whole())
            entries = ledger.entries([row.number for row in lines])
        assert own_browsers() == []
        count = counted(self.server, self.path, self.name, lines[0].number, len(lines))
        assert (count.false_done, count.foreign) == ([], []), count
        assert not (clean and count.duplicates), count
        return Ended(outcome, entries, count)

    def _heard(self, final: int) -> None:
        self.progress.append(final)
        self.on_progress(final)


def own_browsers() -> list[int]:
    """Process ids of browsers that this process has started and not ended."""
    return [pid for pid, switch in processes._all_marked() if f"={os.getpid()}." in switch]
