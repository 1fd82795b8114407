"""The command line's ledger: one SQLite file beside the workbooks. Every verb is one transaction that is on the disk before it returns.

The rows of a robot have one holder at a time. Who takes them over raises the epoch, and every verb of an earlier holder is refused from
then on (FencedError). A holder that still lives is let alone until its time is over; one that died is followed at once.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from robots.errors import FencedError, LedgerUnwritableError, StoppedError
from robots.ledger.contract import Entry, RowState
from robots.ledger.file import opened, take, transaction
from robots.ledger.presence import Presence
from robots.reference import reference
from robots.rows.records import Row

LEASE = 60.0
"""Seconds that a holder may be silent before another takes its rows over."""


@dataclass(frozen=True)
class Claim:
    """Who holds the business case that a row is about."""

    number: int
    """The row that may not be keyed."""
    run: str
    holder: int
    """Number of the row that holds the case, in that run."""
    state: RowState
    receipt: str


class SqliteLedger:
    """The ledger of one run in a file. Used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, robot: str, run: str, epoch: int, lease: float) -> None:
        self._connection = connection
        self._robot = robot
        self.run = run
        self.epoch = epoch
        self._lease = lease
        self._presence = Presence.here()

    def enrol(self, rows: Sequence[tuple[Row, str]]) -> list[Claim]:
        """Take up rows with their business keys; those that are in already stay as they are. A case that another run took up and never
        sent moves here: its file was put right and handed in anew. Who holds the case of the rows that could not be taken up."""
        claims = []
        with self._writing():
            for row, key in rows:
                if self._row(row.number) is not None:
                    continue
                holder = self._connection.execute(
                    "SELECT run, number, state, receipt FROM rows WHERE robot = ? AND business_key = ? AND state != ?",
                    (self._robot, key, RowState.REJECTED),
                ).fetchone()
                if holder is not None and (holder[0] == self.run or holder[2] != RowState.READY):
                    claims.append(Claim(row.number, holder[0], holder[1], RowState(holder[2]), holder[3]))
                    continue
                if holder is not None:
                    self._move_away(holder[0], holder[1], reference(self.run, row.number))
                self._connection.execute(
                    "INSERT INTO rows (robot, run, number, reference, business_key, state, boot, changed)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        self._robot,
                        self.run,
                        row.number,
                        reference(self.run, row.number),
                        key,
                        RowState.READY,
                        self._presence.boot,
                        Presence.clock(),
                    ),
                )
                self._tell(row.number, RowState.READY, {"business_key": key})
        return claims

    def half_way(self) -> dict[str, int]:
        """Runs of this robot other than this one with rows whose end nobody knows, and how many: calling them again finds out."""
        return dict(
            self._connection.execute(
                "SELECT run, count(*) FROM rows WHERE robot = ? AND run != ? AND state IN (?, ?) GROUP BY run ORDER BY run",
                (self._robot, self.run, RowState.INTENT, RowState.SENT),
            )
        )

    def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        """The rows' records; all numbers must be known."""
        found = {}
        for number in numbers:
            row = self._row(number)
            if row is None:
                raise KeyError(number)
            found[number] = row
        return found

    def check(self) -> None:
        """Raise FencedError or StoppedError, or return. Says now and then that the holder is still there."""
        epoch, until = self._connection.execute(
            "SELECT epoch, until FROM holders WHERE robot = ?", (self._robot,)
        ).fetchone()
        if epoch != self.epoch:
            raise FencedError
        if until - Presence.clock() < self._lease * 2 / 3:
            with self._writing():
                pass
        self._raise_if_stopped()

    def intend(self, number: int, payload: str) -> Entry:
        """ready → intent, the attempt counted."""
        with self._writing():
            self._raise_if_stopped()
            self._move(
                number,
                (RowState.READY,),
                RowState.INTENT,
                "attempt = attempt + 1, payload = ?, code = '', words = '', evidence = '{}'",
                (payload,),
                {"payload": payload},
            )
            entry = self._row(number)
        if entry is None:
            raise KeyError(number)
        return entry

    def withdraw(self, number: int, code: str, evidence: Mapping[str, str]) -> None:
        """intent → ready."""
        with self._writing():
            self._finish(number, (RowState.INTENT,), RowState.READY, evidence, code=code)

    def resend(self, number: int, code: str) -> None:
        """sent → ready."""
        with self._writing():
            self._move(number, (RowState.SENT,), RowState.READY, "code = ?", (code,), {"code": code})

    def send(self, number: int, evidence: Mapping[str, str]) -> float:
        """intent → sent. The lease is renewed by the same transaction, so nobody takes the rows over before the click is out of time."""
        with self._writing():
            self._raise_if_stopped()
            self._finish(number, (RowState.INTENT,), RowState.SENT, evidence)
        return self._lease

    def done(self, number: int, receipt: str, evidence: Mapping[str, str]) -> None:
        """sent or intent → done."""
        with self._writing():
            self._finish(number, (RowState.SENT, RowState.INTENT), RowState.DONE, evidence, receipt=receipt)

    def reject(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """ready, intent or sent → rejected."""
        states = (RowState.READY, RowState.INTENT, RowState.SENT)
        with self._writing():
            self._finish(number, states, RowState.REJECTED, evidence, code=code, words=words)

    def doubt(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """intent or sent → unknown."""
        with self._writing():
            states = (RowState.INTENT, RowState.SENT)
            self._finish(number, states, RowState.UNKNOWN, evidence, code=code, words=words)

    def leave(self) -> None:
        """Give the rows back, so that the next one need not wait; nothing happens when somebody else has them."""
        with contextlib.suppress(FencedError, LedgerUnwritableError), self._writing():
            self._connection.execute("UPDATE holders SET held = 0 WHERE robot = ?", (self._robot,))

    # --- one transaction each ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that sees no other writer, is refused to whoever was followed, and renews the lease."""
        try:
            with transaction(self._connection):
                renewed = self._connection.execute(
                    "UPDATE holders SET until = ? WHERE robot = ? AND epoch = ?",
                    (Presence.clock() + self._lease, self._robot, self.epoch),
                )
                if not renewed.rowcount:
                    raise FencedError
                yield
        except sqlite3.OperationalError as error:
            raise LedgerUnwritableError(reason=str(error)) from error

    def _raise_if_stopped(self) -> None:
        if self._connection.execute("SELECT 1 FROM stops WHERE lifted IS NULL").fetchone():
            raise StoppedError

    def _row(self, number: int) -> Entry | None:
        row = self._connection.execute(
            "SELECT state, attempt, payload, boot, changed, receipt, code, words, evidence FROM rows"
            " WHERE robot = ? AND run = ? AND number = ?",
            (self._robot, self.run, number),
        ).fetchone()
        if row is None:
            return None
        state, attempt, payload, boot, changed, receipt, code, words, evidence = row
        age = self._presence.age(boot, changed)
        return Entry(number, RowState(state), attempt, payload, age, receipt, code, words, json.loads(evidence))

    def _finish(
        self,
        number: int,
        before: Sequence[RowState],
        after: RowState,
        evidence: Mapping[str, str],
        **values: str,
    ) -> None:
        """Move with values and further evidence: what was kept before stays."""
        kept = self._row(number)
        if kept is None:
            raise KeyError(number)
        changes = "".join(f"{name} = ?, " for name in values)
        texts = (*values.values(), json.dumps({**kept.evidence, **evidence}))
        detail = {**values, "evidence": dict(evidence)}
        self._move(number, before, after, f"{changes}evidence = ?", texts, detail)

    def _move(
        self,
        number: int,
        before: Sequence[RowState],
        after: RowState,
        changes: str,
        values: Sequence[str],
        detail: Mapping[str, object],
    ) -> None:
        """Change a row that stands as expected; one that does not is no longer ours to change."""
        moved = self._connection.execute(
            f"UPDATE rows SET {changes}, state = ?, boot = ?, changed = ? WHERE robot = ? AND run = ? AND number = ?"  # noqa: S608 - our own column names
            f" AND state IN ({', '.join('?' * len(before))})",
            (*values, after, self._presence.boot, Presence.clock(), self._robot, self.run, number, *before),
        )
        if not moved.rowcount:
            raise FencedError
        self._tell(number, after, detail)

    def _move_away(self, run: str, number: int, to: str) -> None:
        """A row of another run that was never sent: from now on it is keyed here, and never there."""
        self._connection.execute(
            "UPDATE rows SET state = ?, code = 'moved', words = ? WHERE robot = ? AND run = ? AND number = ?",
            (RowState.REJECTED, to, self._robot, run, number),
        )
        self._tell(number, RowState.REJECTED, {"code": "moved", "to": to}, run)

    def _tell(self, number: int, state: RowState, detail: Mapping[str, object], run: str = "") -> None:
        self._connection.execute(
            "INSERT INTO events (at, robot, run, number, epoch, state, detail)"
            " VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?, ?, ?, ?, ?, ?)",
            (self._robot, run or self.run, number, self.epoch, state, json.dumps(detail, ensure_ascii=False)),
        )


@contextlib.contextmanager
def open_ledger(path: Path, robot: str, run: str, *, lease: float = LEASE) -> Iterator[SqliteLedger]:
    """Open the file, made when it is new, and hold this robot's rows.

    Raises LedgerBusyError while a living process holds them, LedgerUnreadableError when the file is none of ours.
    """
    with contextlib.closing(opened(path)) as connection:
        ledger = SqliteLedger(connection, robot, run, take(connection, robot, lease), lease)
        try:
            yield ledger
        finally:
            ledger.leave()
