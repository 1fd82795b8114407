"""The one way in which a row changes its state: checked against the table of moves, and told in its history."""

from typing import Any

from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.language import LANGUAGES, text
from digilab.ledger.records import LedgerEvent, LedgerRow
from digilab.ledger.rules import CLAIMING, MOVES, Outcome, RowState


def move(
    session: Session,
    row: LedgerRow,
    state: RowState,
    outcome: Outcome | None = None,
    *,
    epoch: int = 0,
    login: str = "",
    **detail: Any,
) -> None:
    """A locked row goes to another state; what it holds is given up where that state holds nothing. Raises ValueError for no such move."""
    if state not in MOVES[RowState(row.state)]:
        raise ValueError(f"row {row.id}: {row.state} → {state}")
    told = outcome or Outcome()
    # What was found about the state that it leaves is no longer true of it.
    row.findings = [each for each in row.findings if not each.get("outcome")]
    if told.sentences:
        row.findings = [*row.findings, {"code": told.code, "sentences": dict(told.sentences), "outcome": True}]
    row.state, row.code, row.words = state, told.code[:60], told.words[:2000]
    row.changed_at = now(session)
    if epoch:
        row.epoch = epoch
    if state not in CLAIMING:
        row.claim = None
    said = {"code": told.code, "words": told.words[:2000], "sentences": dict(told.sentences), **detail}
    note(session, row, epoch=epoch, login=login, **{key: value for key, value in said.items() if value})


def outcome(code: str) -> Outcome:
    """One of the house's own reasons, with its sentences."""
    return Outcome(code, sentences={language: text(language, f"ledger.{code}") for language in LANGUAGES})


def note(session: Session, row: LedgerRow, *, epoch: int = 0, login: str = "", **detail: Any) -> None:
    """One step of a row's history, in the state that it has by now."""
    session.add(
        LedgerEvent(row_id=row.id, at=now(session), state=row.state, epoch=epoch, login=login[:80], detail=detail)
    )
    session.flush()
