"""What a worker does with rows. Every verb is one transaction of its own and counts only for the holder of the rows' part."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.errors import LeaseLostError, NotApprovedError
from digilab.jobs import lifecycle
from digilab.jobs.records import Pause
from digilab.ledger import events
from digilab.ledger.records import Approval, LedgerRow
from digilab.ledger.rules import MOVES, Outcome, RowState, row_digest
from digilab.services.rules import Kind
from digilab.targets.records import Target


def rows_of_part(session: Session, job_id: int, numbers: Sequence[int]) -> list[LedgerRow]:
    """The rows with these numbers, in order."""
    query = select(LedgerRow).where(LedgerRow.job_id == job_id, LedgerRow.number.in_(numbers))
    return list(session.scalars(query.order_by(LedgerRow.number).execution_options(populate_existing=True)))


def check_approved(session: Session, target: Target, rows: Sequence[LedgerRow]) -> None:
    """Where money moves: every row is, as it stands, what a second person has approved. Raises NotApprovedError.

    The states of the job see to it that nothing else is given out; this is asked all the same, as money leaves the city here.
    """
    if not target.money or not rows:
        return
    approved: dict[str, str] = {}
    query = select(Approval).where(Approval.job_id == rows[0].job_id, Approval.approved.is_(True)).order_by(Approval.id)
    for approval in session.scalars(query):
        approved |= dict((approval.evidence or {}).get("rows", {}))
    for row in rows:
        if approved.get(str(row.number)) != row_digest(row.number, row.reference, row.values):
            raise NotApprovedError(row=row.number)


def check(session: Session, part_id: int, epoch: int, target_id: int) -> bool:
    """Whether keying may go on: no emergency stop, no hold. Raises LeaseLostError."""
    lifecycle.keep(session, part_id, epoch)
    return not _stopped(session, target_id)


def intend(session: Session, part_id: int, epoch: int, job_id: int, number: int, payload: str) -> LedgerRow | None:
    """ready → intent, the attempt counted; None when a stop was pressed. Raises LeaseLostError."""
    row = _locked(session, part_id, epoch, job_id, number, RowState.INTENT)
    if _stopped(session, row.target_id):
        return None
    row.attempt += 1
    row.payload = payload
    events.move(session, row, RowState.INTENT, epoch=epoch, attempt=row.attempt)
    return row


def send(
    session: Session, part_id: int, epoch: int, job_id: int, number: int, evidence: Mapping[str, str]
) -> float | None:
    """intent → sent, the last thing before the click; the seconds that the lease has left, or None when a stop was pressed.

    Raises LeaseLostError, also for an intent that an earlier lease has committed: what it typed is on no screen of ours.
    """
    row = _locked(session, part_id, epoch, job_id, number, RowState.SENT)
    if row.epoch != epoch:
        raise LeaseLostError(part=part_id, epoch=epoch)
    if _stopped(session, row.target_id):
        return None
    row.evidence = {**row.evidence, **evidence}
    events.move(session, row, RowState.SENT, epoch=epoch, attempt=row.attempt, evidence=dict(evidence))
    return lifecycle.keep(session, part_id, epoch)


def settle(
    session: Session,
    part_id: int,
    epoch: int,
    job_id: int,
    number: int,
    state: RowState,
    outcome: Outcome,
    *,
    receipt: str = "",
    evidence: Mapping[str, str] | None = None,
) -> None:
    """What came of a row: back to ready, done, rejected or unknown. Said twice, as after an answer of the database that was lost, it counts
    once. Raises LeaseLostError."""
    row = _locked(session, part_id, epoch, job_id, number, state)
    if row.state == state:
        return
    row.evidence = {**row.evidence, **(evidence or {})}
    row.receipt = receipt[:80] or row.receipt
    events.move(
        session,
        row,
        state,
        outcome,
        epoch=epoch,
        attempt=row.attempt,
        receipt=receipt,
        # The row shows its last attempt's; those before stay with their steps.
        evidence=dict(evidence or {}),
    )


def _locked(session: Session, part_id: int, epoch: int, job_id: int, number: int, state: RowState) -> LedgerRow:
    """The row, held until the transaction ends, as the lease's holder may move it. Raises LeaseLostError."""
    lifecycle.keep(session, part_id, epoch)
    row = session.scalars(
        select(LedgerRow)
        .where(LedgerRow.job_id == job_id, LedgerRow.number == number, LedgerRow.part_id == part_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    # A row that is not where its keyer believes it to be was taken away from it: by a person, or in favour of another job.
    said = (
        row is not None and row.state == state and row.epoch == epoch and state not in (RowState.INTENT, RowState.SENT)
    )
    if row is None or (state not in MOVES[RowState(row.state)] and not said):
        raise LeaseLostError(part=part_id, epoch=epoch)
    return row


def _stopped(session: Session, target_id: int) -> bool:
    pause = session.get(Pause, Kind.ROBOT.value.name, populate_existing=True)
    held = session.scalars(select(Target.id).where(Target.id == target_id, Target.held.is_not(None))).first()
    return pause is not None or held is not None
