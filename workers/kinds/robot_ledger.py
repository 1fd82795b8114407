"""The engine's ledger over the record, and its shelf over the store. Every verb is one transaction, fenced by part and epoch."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import DatabaseUnreachableError, LeaseLostError
from digilab.language import LANGUAGES
from digilab.ledger import keying, rules
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import Outcome
from robots.errors import FencedError, StoppedError, sentence
from robots.ledger.contract import Entry, RowState
from workers.context import Context
from workers.kinds.robot_desk import is_open

log = logging.getLogger(__name__)

MARGIN = 2.0
"""Seconds before the end of the lease after which nothing is clicked any more."""
AGAIN_SECONDS = 1.0
PATIENCE = 120.0
"""Seconds that what came of a click is kept in hand for a database that is away; afterwards the next run finds it out anew."""

T = TypeVar("T")


class RowLedger:
    """Rows of one part."""

    def __init__(self, context: Context, target_id: int) -> None:
        self._context = context
        self._target = target_id
        self.final = 0
        """Rows that are final, as the runner tells."""

    def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        """The rows' records."""
        with self._verb() as session:
            moment = now(session)
            rows = keying.rows_of_part(session, self._context.job.id, numbers)
            return {row.number: entry(row, (moment - row.changed_at).total_seconds()) for row in rows}

    def check(self) -> None:
        """Raise FencedError or StoppedError, or return. Tells how far the part is, too: this is asked every second."""
        with _fenced():
            self._context.progress(float(self.final))
        with self._verb() as session:
            if not keying.check(session, *self._lease, self._target):
                raise StoppedError

    def intend(self, number: int, payload: str) -> Entry:
        """ready → intent, within the service hours only."""
        with self._verb() as session:
            if not is_open(session, self._target):
                raise StoppedError
            row = keying.intend(session, *self._lease, self._context.job.id, number, payload)
            if row is None:
                raise StoppedError
            return entry(row, 0.0)

    def send(self, number: int, evidence: Mapping[str, str]) -> float:
        """intent → sent; the seconds that the click may take."""
        with self._verb() as session:
            seconds = keying.send(session, *self._lease, self._context.job.id, number, evidence)
            if seconds is None:
                raise StoppedError
        return seconds - MARGIN

    def withdraw(self, number: int, code: str, evidence: Mapping[str, str]) -> None:
        """intent → ready."""
        self._settle(number, rules.RowState.READY, Outcome(code), "", evidence)

    def resend(self, number: int, code: str) -> None:
        """sent → ready."""
        self._settle(number, rules.RowState.READY, Outcome(code))

    def done(self, number: int, receipt: str, evidence: Mapping[str, str]) -> None:
        """→ done."""
        self._settle(number, rules.RowState.DONE, Outcome(), receipt, evidence)

    def reject(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """→ rejected."""
        self._settle(number, rules.RowState.REJECTED, told(code, words), "", evidence)

    def doubt(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """→ unknown."""
        self._settle(number, rules.RowState.UNKNOWN, told(code, words), "", evidence)

    @property
    def _lease(self) -> tuple[int, int]:
        return self._context.part.id, self._context.part.epoch

    def _settle(
        self,
        number: int,
        state: rules.RowState,
        outcome: Outcome,
        receipt: str = "",
        evidence: Mapping[str, str] | None = None,
    ) -> None:
        def write() -> None:
            with self._verb() as session:
                keying.settle(
                    session,
                    *self._lease,
                    self._context.job.id,
                    number,
                    state,
                    outcome,
                    receipt=receipt,
                    evidence=evidence,
                )

        _patiently(write)

    @contextmanager
    def _verb(self) -> Iterator[Session]:
        with _fenced(), self._context.transaction() as session:
            yield session


class StoreShelf:
    """Evidence in the store, under the part and epoch that made it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def keep(self, name: str, content: bytes) -> str:
        """Keep a file durably; its key."""
        return self._context.put(self._context.lasting_key(name), content)


def entry(row: LedgerRow, age: float) -> Entry:
    """A row's record as the engine knows it."""
    return Entry(
        number=row.number,
        state=RowState(row.state),
        attempt=row.attempt,
        payload=row.payload,
        age=age,
        receipt=row.receipt,
        code=row.code,
        words=row.words,
        evidence={name: str(key) for name, key in row.evidence.items()},
    )


def told(code: str, words: str) -> Outcome:
    """What the engine says of a row, with its sentences."""
    sentences: dict[str, str] = {}
    try:
        sentences = {language: sentence(f"outcomes.{code}", language, {}) for language in LANGUAGES}
    except KeyError:
        return Outcome(code, words)
    if words:
        sentences = {language: f"{text} {words}" for language, text in sentences.items()}
    return Outcome(code, words, sentences)


@contextmanager
def _fenced() -> Iterator[None]:
    try:
        yield
    except LeaseLostError as error:
        raise FencedError from error


def _patiently(write: Callable[[], T]) -> T:
    """What has happened is worth waiting for the database; what is about to happen is not."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return write()
        except DatabaseUnreachableError:
            if time.monotonic() > until:
                raise
            log.warning("what came of a row waits for the database")
            time.sleep(AGAIN_SECONDS)
