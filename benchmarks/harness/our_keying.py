"""Keys rows into the practice system as `python -m robots run` does, every safety on. Arguments: url, workbook, folder, contexts.

Prints the seconds from the first sign-in to the last row that is final, the CPU seconds of this process and its browser, and the receipt
numbers.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from robots.assignment import Assignment
from robots.flows import robot_named
from robots.ledger.sqlite import open_ledger
from robots.robot import Account
from robots.rows.check import check_files
from robots.rows.key import business_key
from robots.runner import run
from robots.session import Place, open_browser
from robots.shelf import FolderShelf

RUN = "000001"


async def keyed(url: str, workbook: Path, folder: Path, contexts: int) -> dict[str, Any]:
    """All good rows of the workbook."""
    robot = robot_named("expense_entry")
    rows = check_files(robot, [(workbook, workbook.name)]).rows
    given = Assignment(robot, Place(url), Account("kaikei", "practice-1"), RUN, rows, contexts=contexts, settle=5.0)
    with open_ledger(folder / "ledger.sqlite", robot.name, RUN) as ledger:
        ledger.enrol([(row, business_key(robot, row.values)) for row in rows])
        async with open_browser() as browser:
            began = time.monotonic()
            outcome = await run(given, ledger, FolderShelf(folder / "evidence"), browser, lambda _: None)
            seconds = time.monotonic() - began
        entries = ledger.entries([row.number for row in rows]).values()
    if outcome.reason is not None or outcome.done != len(rows):
        raise SystemExit(f"{outcome}")
    pictures = len(list((folder / "evidence").iterdir()))
    return {"seconds": seconds, "numbers": [entry.receipt for entry in entries], "pictures": pictures}


if __name__ == "__main__":
    url, workbook, folder, contexts = sys.argv[1:]
    print(json.dumps(asyncio.run(keyed(url, Path(workbook), Path(folder), int(contexts)))))
