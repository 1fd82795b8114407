"""One business case, one row: the record's UNIQUE key decides, whoever comes at the same moment."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.ledger import events
from digilab.ledger.events import outcome
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import UNSENT, RowState
from digilab.targets.records import Target

T = TypeVar("T")

ASKED_AT_ONCE = 500
ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED, JobState.QUARANTINED)


def take(session: Session, rows: Sequence[LedgerRow]) -> None:
    """Rows of one target that hold nothing yet become `ready` where their business case is free, else stay `blocked` by who holds it.

    What a job that was given up had not sent is withdrawn in favour of the newcomer.
    """
    waiting = sorted(rows, key=lambda row: row.number)
    if waiting:
        # One job after the other, so that two with the same rows do not hold one claim each and wait for the other's.
        session.execute(select(Target.id).where(Target.id == waiting[0].target_id).with_for_update(key_share=True))
    while waiting:
        holders = _holders(session, waiting)
        if _withdraw_given_up(session, holders):
            # A case may have a further holder, which a person released; it is not free then.
            continue
        first: dict[str, LedgerRow] = {}
        for row in waiting:
            if row.business_key not in holders:
                first.setdefault(row.business_key, row)
        try:
            with session.begin_nested():
                for ids in _by_the_hundred([row.id for row in first.values()]):
                    claimed = update(LedgerRow).where(LedgerRow.id.in_(ids))
                    session.execute(
                        claimed.values(claim=0, state=RowState.READY).execution_options(synchronize_session=False)
                    )
        except IntegrityError:
            # Another job was first with one of them; it has committed by now, so the next look sees who.
            continue
        _read_again(session, list(first.values()))
        for row in waiting:
            if (free := first.get(row.business_key)) is not row:
                row.blocked_by = free.id if free is not None else holders[row.business_key].id
        waiting = []
    session.flush()


def take_in_spite(session: Session, row: LedgerRow) -> None:
    """The next claim on a case that another row holds, because a person says so; the first one where nobody holds it any more."""
    while True:
        query = select(func.max(LedgerRow.claim)).where(
            LedgerRow.target_id == row.target_id, LedgerRow.business_key == row.business_key
        )
        last = session.execute(query).scalar_one()
        try:
            with session.begin_nested():
                claimed = update(LedgerRow).where(LedgerRow.id == row.id)
                session.execute(claimed.values(claim=0 if last is None else last + 1))
        except IntegrityError:
            continue
        session.refresh(row)
        return


def _read_again(session: Session, rows: Sequence[LedgerRow]) -> None:
    """With one question for each row a large file would keep everybody else from the record for long."""
    for ids in _by_the_hundred([row.id for row in rows]):
        query = select(LedgerRow).where(LedgerRow.id.in_(ids)).execution_options(populate_existing=True)
        session.scalars(query).all()


def _holders(session: Session, rows: Sequence[LedgerRow]) -> dict[str, LedgerRow]:
    """By business case the row that holds it, locked no longer than the look takes."""
    found: dict[str, LedgerRow] = {}
    for keys in _chunks(row.business_key for row in rows):
        query = (
            select(LedgerRow)
            .where(
                LedgerRow.target_id == rows[0].target_id,
                LedgerRow.business_key.in_(keys),
                LedgerRow.claim.is_not(None),
            )
            .order_by(LedgerRow.claim)
            .execution_options(populate_existing=True)
        )
        for row in session.scalars(query):
            found.setdefault(row.business_key, row)
    return found


def _withdraw_given_up(session: Session, holders: dict[str, LedgerRow]) -> bool:
    """Take what a job that ended badly still holds, unless it may have been sent; whether there was anything."""
    found = False
    for keys in _chunks(holders):
        query = (
            select(LedgerRow)
            .join(Job, Job.id == LedgerRow.job_id)
            .where(
                LedgerRow.id.in_([holders[key].id for key in keys]),
                LedgerRow.state.in_(UNSENT),
                Job.state.in_(ENDED_BADLY),
            )
            .order_by(LedgerRow.business_key)
            .with_for_update(of=LedgerRow, key_share=True)
            .execution_options(populate_existing=True)
        )
        for row in session.scalars(query).all():
            events.move(session, row, RowState.WITHDRAWN, outcome("taken-over"))
            found = True
    return found


def _chunks(keys: Iterable[str]) -> Iterable[Sequence[str]]:
    return _by_the_hundred(sorted(set(keys)))


def _by_the_hundred(asked: Sequence[T]) -> Iterable[Sequence[T]]:
    return [asked[start : start + ASKED_AT_ONCE] for start in range(0, len(asked), ASKED_AT_ONCE)]
