"""A program that keys rows as `python -m robots run` does, and kills itself where it is told to.

`python -m keying.child` reads one JSON object per line from standard input, keys in a process of its own for each, and answers with its
exit status. The processes are forked from one that has imported everything, for a thousand of them are started. All hooks are here: the
engine has none.
"""

import asyncio
import ctypes
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from keying.rows import expense_rows
from robots.assignment import Assignment
from robots.errors import LedgerBusyError
from robots.flows import robot_named
from robots.ledger.contract import Entry
from robots.ledger.sqlite import open_ledger
from robots.robot import Account
from robots.rows.key import business_key
from robots.runner import run
from robots.session import Place, Seat, open_browser
from robots.shelf import FolderShelf

FINISHED, LEFT, BUSY = 0, 3, 4
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Order:
    """What to key, and where to die."""

    url: str
    folder: str
    """Of ledger and evidence."""
    run: str
    first: int
    count: int
    contexts: int = 1
    settle: float = 1.0
    lease: float = 60.0
    step: str = ""
    """One of STEPS; empty: lives."""
    at: int = 1
    """At which time of this step."""
    seed: int = 0


STEPS = ("before-intent", "after-intent", "after-click", "after-response", "before-ledger")
STOPS = ("stop-before-send", "stop-after-send", "stop-at-the-wire")
"""Steps at which the process is not killed but stopped (SIGSTOP), as a machine that swaps or sleeps does."""


class Fate:
    """Counts the steps and strikes."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._left = order.at
        self._random = random.Random(order.seed)

    def comes(self, step: str) -> None:
        """The process is at this step."""
        if step == self._order.step:
            self._left -= 1
            if self._left == 0:
                self._strike()

    def _strike(self) -> None:
        if self._order.step in STOPS:
            # To this thread: one that is sent to the process may reach another first, and this one gets on for a while.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
            return
        self._die()

    def _die(self) -> NoReturn:
        # A moment for the other side, so that the server is met before, at and after its commit.
        end = time.monotonic() + self._random.choice((0.0, 0.0, 0.005, 0.02, 0.06))
        while time.monotonic() < end:
            pass
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody survives that")


class FatedLedger:
    """The ledger, with a step before and after some of its verbs."""

    def __init__(self, ledger: Any, fate: Fate) -> None:
        self._ledger = ledger
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def intend(self, number: int, payload: str) -> Entry:
        """Steps: before and after the intent."""
        self._fate.comes("before-intent")
        entry: Entry = self._ledger.intend(number, payload)
        self._fate.comes("after-intent")
        return entry

    def send(self, number: int, evidence: Mapping[str, str]) -> float:
        """Steps: the row is not sent, it is sent by the ledger and not pressed yet."""
        self._fate.comes("stop-before-send")
        seconds: float = self._ledger.send(number, evidence)
        self._fate.comes("stop-after-send")
        return seconds

    def done(self, number: int, receipt: str, evidence: Mapping[str, str]) -> None:
        """Step: read back, not recorded."""
        self._fate.comes("before-ledger")
        self._ledger.done(number, receipt, evidence)


def fated_wire(fate: Fate) -> None:
    """Steps: what the click sends has left this process; the page after it stands there."""
    answer: Callable[..., http.client.HTTPResponse] = http.client.HTTPConnection.getresponse
    connect = http.client.HTTPConnection.connect
    press = Seat.press_last

    def connected(self: http.client.HTTPConnection) -> None:
        connect(self)
        fate.comes("stop-at-the-wire")

    def getresponse(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
        fate.comes("after-click")
        return answer(self)

    async def press_last(self: Seat, within: float) -> None:
        await press(self, within)
        fate.comes("after-response")

    http.client.HTTPConnection.connect = connected  # type: ignore[method-assign]  # for this process alone
    http.client.HTTPConnection.getresponse = getresponse  # type: ignore[assignment]  # for this process alone
    Seat.press_last = press_last  # type: ignore[method-assign]  # for this process alone


async def key(order: Order) -> int:
    """Key them; the exit status."""
    robot = robot_named("expense_entry")
    fate = Fate(order)
    fated_wire(fate)
    rows = expense_rows(order.count, order.first)
    folder = Path(order.folder)
    try:
        with open_ledger(folder / "ledger.sqlite", robot.name, order.run, lease=order.lease) as ledger:
            ledger.enrol([(row, business_key(robot, row.values)) for row in rows])
            assignment = Assignment(
                robot,
                Place(order.url, 10.0),
                Account("kaikei", "practice-1"),
                order.run,
                rows,
                order.contexts,
                order.settle,
                backoff=(0.2, 0.5, 1.0),
            )
            async with open_browser() as browser:
                shelf = FolderShelf(folder / "evidence")
                outcome = await run(assignment, FatedLedger(ledger, fate), shelf, browser, lambda _: None)
    except LedgerBusyError:
        return BUSY
    print(outcome, file=sys.stderr, flush=True)
    return LEFT if outcome.left else FINISHED


def forked(order: Order) -> int:
    """In a process of its own; its status, negative for a signal."""
    parent = os.getpid()
    child = os.fork()
    if not child:
        status = 70
        try:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == parent:
                status = asyncio.run(key(order))
        except BaseException:  # noqa: BLE001 - for the log; nothing of the parent may run on in the child
            traceback.print_exc()
        finally:
            os._exit(status)
    print(json.dumps({"pid": child}), flush=True)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Order after order."""
    for line in sys.stdin:
        status = forked(Order(**json.loads(line)))
        print(json.dumps({"status": status}), flush=True)


if __name__ == "__main__":
    main()
