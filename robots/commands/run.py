"""`python -m robots run NAME rows.xlsx --url … --ledger … --out …`: key the rows; called again it goes on where it ended."""

import argparse
import asyncio
import base64
import hashlib
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from robots.assignment import Assignment, Outcome
from robots.commands.account import account, add_account, alone, place, seconds
from robots.commands.say import DONE, SOME_FAILED, WRONG_CALL, Say
from robots.errors import RunError, sentence
from robots.flows import robot_named
from robots.ledger.contract import Entry
from robots.ledger.sqlite import Claim, SqliteLedger, open_ledger
from robots.listing import listed
from robots.reconcile import Reconciliation, reconcile
from robots.reference import reference
from robots.rows.check import check_files
from robots.rows.key import business_key, payload_hash
from robots.rows.records import Checked, RefusedRow, Row, Said
from robots.rows.results import Line, write_results
from robots.runner import run as key
from robots.session import open_browser
from robots.shelf import FolderShelf

CALL_AGAIN = 3
"""The run ended before every row was final: the same call goes on."""


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """Besides the robot's name and the files of rows."""
    add_account(parser, say)
    word = say.word
    parser.add_argument("--ledger", metavar="FILE", type=Path, required=True, help=word("run.ledger-help"))
    parser.add_argument("-o", "--out", metavar="FILE", type=Path, required=True, help=word("run.out-help"))
    parser.add_argument("--evidence", metavar="DIR", type=Path, help=word("run.evidence-help"))
    parser.add_argument("--contexts", metavar="N", type=int, default=1, help=word("run.contexts-help"))
    parser.add_argument("--settle", metavar="S", type=seconds(say), default=120.0, help=word("run.settle-help"))


@dataclass(frozen=True)
class Ended:
    """What a run left behind."""

    outcome: Outcome
    reconciliation: Reconciliation | None
    """None when the list could not be fetched, or nothing was keyed."""
    trouble: RunError | None = None
    """Why the list could not be fetched."""


def run(call: argparse.Namespace, say: Say) -> int:
    """0 all entered and 突合 一致, 1 something is left for people, 3 ended early, 130 stopped."""
    robot = robot_named(call.robot)
    if call.out.suffix.lower() != ".xlsx" or call.contexts < 1:
        say.trouble(say.word("run.wrong-options"))
        return WRONG_CALL
    checked = check_files(robot, [(path, path.name) for path in call.rows])
    who = account(call, say)
    call.out.parent.mkdir(parents=True, exist_ok=True)
    name = run_name(robot.name, checked.rows)
    with open_ledger(call.ledger, robot.name, name) as ledger, alone(call):
        claims = ledger.enrol([(row, business_key(robot, row.values)) for row in checked.rows])
        blocked = {claim.number for claim in claims}
        for other, count in ledger.half_way().items():
            say.trouble(say.word("run.half-way", run=other, rows=count))
        rows = [row for row in checked.rows if row.number not in blocked]
        given = Assignment(robot, place(call), who, name, rows, call.contexts, call.settle, look_first=True)
        shelf = FolderShelf((call.evidence or call.ledger.with_suffix("")) / name)
        try:
            ended = asyncio.run(_key(given, ledger, shelf, call.browser, _Bar(len(rows), say)))
        finally:
            entries = ledger.entries([row.number for row in rows])
            lines = [
                *(_line(name, row, entries[row.number], say) for row in rows),
                *(_blocked(row, claim, say) for claim in claims for row in checked.rows if row.number == claim.number),
                *(_refused(row, say) for row in checked.refused),
            ]
            objected = [_objected(row, entries[row.number]) for row in rows if entries[row.number].state == "rejected"]
        refused = sorted((*checked.refused, *objected), key=lambda row: row.number)
        write_results(robot, lines, ended.reconciliation, call.out, refused=refused, language=say.language)
    _tell(ended, lines, say)
    say("run.written", path=str(call.out))
    return _status(ended, checked, claims)


def run_name(robot: str, rows: Sequence[Row]) -> str:
    """Names the run by what was handed in: the same rows called again are the same run, even with another ledger, and in a file that was
    only saved anew. Begins with a letter, as no job's number does."""
    digest = hashlib.sha256(robot.encode())
    for row in rows:
        digest.update(f"{row.number} {payload_hash(row.values)}\n".encode())
    return f"X{base64.b32encode(digest.digest()).decode()[:9]}"


async def _key(given: Assignment, ledger: SqliteLedger, shelf: FolderShelf, program: Path | None, bar: "_Bar") -> Ended:
    with _ended_by_signal():
        async with open_browser(program) as browser:
            outcome = await key(given, ledger, shelf, browser, bar)
            if outcome.left or not given.rows:
                return Ended(outcome, None)
            try:
                slips = await listed(given, browser)
            except RunError as error:
                return Ended(outcome, None, error)
    entries = await asyncio.to_thread(ledger.entries, [row.number for row in given.rows])
    return Ended(outcome, reconcile(given.robot, given.run, given.rows, entries, slips))


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM and SIGINT end the run as a stop does: what was sent comes to its end, nothing more is sent."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("a run is a task")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class _Bar:
    """登録 12/40 行, on stderr."""

    def __init__(self, rows: int, say: Say) -> None:
        self._rows = rows
        self._say = say

    def __call__(self, final: int) -> None:
        end = "\r" if sys.stderr.isatty() and final < self._rows else "\n"
        print(self._say.word("run.progress", final=final, rows=self._rows), end=end, file=sys.stderr, flush=True)


# --- what became of each row ----------------------------------------------------------------------------------


def _line(run: str, row: Row, entry: Entry, say: Say) -> Line:
    reason = ""
    if entry.code and entry.state in ("rejected", "unknown"):
        reason = "\n".join(filter(None, (sentence(f"outcomes.{entry.code}", say.language, {}), entry.words)))
    return Line(row.number, row.place, row.values, str(entry.state), entry.receipt, reference(run, row.number), reason)


def _blocked(row: Row, claim: Claim, say: Say) -> Line:
    state = say.word(f"results.state-{claim.state}")
    holder = reference(claim.run, claim.holder)
    reason = say.word("run.blocked", holder=holder, state=state, receipt=claim.receipt)
    return Line(row.number, row.place, row.values, "blocked", reason=reason)


def _refused(row: RefusedRow, say: Say) -> Line:
    reason = "\n".join(finding.words(say.language) for finding in row.findings)
    return Line(row.number, row.place, row.raw, "refused", reason=reason)


def _objected(row: Row, entry: Entry) -> RefusedRow:
    """To be corrected and handed in again, as what the check refused."""
    return RefusedRow(row.number, row.place, row.values, (Said(entry.code, row.place, said=entry.words),))


def _tell(ended: Ended, lines: Sequence[Line], say: Say) -> None:
    counts = Counter(line.state for line in lines)
    for state, count in counts.items():
        say("run.count", state=say.word(f"results.state-{state}"), rows=count)
    for line in sorted(lines, key=lambda line: line.number):
        if line.reason:
            say.line(f"{line.place.told(say.language)}{line.reason}")
    if ended.reconciliation is not None:
        say("results.agrees" if ended.reconciliation.agrees else "results.disagrees")
        for each in ended.reconciliation.differences:
            say.line(each.sentence(say.language))
    for error in filter(None, (ended.outcome.reason, ended.trouble)):
        say.trouble(f"{error.sentence(say.language)} [{error.code}]")


def _status(ended: Ended, checked: Checked, claims: Sequence[Claim]) -> int:
    outcome = ended.outcome
    if outcome.left or ended.trouble:
        return CALL_AGAIN
    agrees = ended.reconciliation is None or ended.reconciliation.agrees
    left = outcome.rejected or outcome.unknown or checked.refused or claims
    return SOME_FAILED if left or not agrees else DONE
