"""What people say of rows that a robot cannot answer for: unknown ones, blocked ones; and the way on from there."""

import math

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.errors import (
    JobNotInReviewError,
    NotAllowedError,
    NotFoundError,
    ReceiptMissingError,
    ReceiptTakenError,
    RowOwnError,
    RowSentLatelyError,
    RowSettledError,
    RowsOpenError,
)
from digilab.jobs import lifecycle
from digilab.jobs.history import tell
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.ledger import claims, entering, events, sight
from digilab.ledger.approving import uncovered
from digilab.ledger.claims import ENDED_BADLY
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import ASKED, Decision, RowState
from digilab.services.rules import Kind
from digilab.targets.use import reason_given

LONGEST_RECEIPT = 80
LEFT = frozenset({RowState.SENT, RowState.UNKNOWN})
"""Of a job that ended badly: what people still say something about, as it may be in the finance system."""


def settle(
    session: Session, row_id: int, asker: Asker, decision: str, receipt: str = "", reason: str = ""
) -> LedgerRow:
    """What a person found out about an unknown row (`Decision`), or about one that a job sent which ended badly.

    登録済 needs the finance system's number, the others need a reason. Raises NotFoundError, NotAllowedError, JobNotInReviewError,
    RowSettledError, RowSentLatelyError, RowOwnError, ReceiptMissingError, ReceiptTakenError, ReasonMissingError, ValueError for no
    decision.
    """
    chosen = Decision(decision)
    row, job = _asked(session, row_id, asker)
    left = row.state == RowState.SENT and job.status in ENDED_BADLY
    if row.state != RowState.UNKNOWN and not left:
        raise RowSettledError(row=row.number)
    words = reason_given(reason) if chosen is not Decision.REGISTERED or reason.strip() else ""
    if left:
        if chosen is not Decision.REGISTERED:
            _arrived_or_never(session, row)
        events.move(session, row, RowState.UNKNOWN, login=asker.login)
    match chosen:
        case Decision.REGISTERED:
            row.receipt = _receipt(session, row, receipt)
            events.move(session, row, RowState.DONE, login=asker.login, receipt=row.receipt, reason=words)
            tell(session, job.id, "row-registered", row=row.number, login=asker.login)
        case Decision.AGAIN:
            _not_own(row, job, asker)
            # Of a job that ended badly the part is still to come, when somebody tries it again.
            row.part_id = row.part_id if left else None
            events.move(session, row, RowState.READY, login=asker.login, reason=words)
            tell(session, job.id, "row-again", row=row.number, login=asker.login)
        case Decision.DROP:
            events.move(session, row, RowState.WITHDRAWN, login=asker.login, reason=words)
            tell(session, job.id, "row-drop", row=row.number, login=asker.login)
    return row


def release(session: Session, row_id: int, asker: Asker, reason: str) -> LedgerRow:
    """A blocked row is keyed although another one holds the same business case.

    Raises NotFoundError, NotAllowedError, JobNotInReviewError, RowSettledError, RowOwnError, ReasonMissingError.
    """
    words = reason_given(reason)
    row, job = _asked(session, row_id, asker)
    if not asker.may_release(job.department_id):
        raise NotAllowedError
    _not_own(row, job, asker)
    if row.state != RowState.BLOCKED:
        raise RowSettledError(row=row.number)
    claims.take_in_spite(session, row)
    row.part_id = None
    events.move(session, row, RowState.READY, login=asker.login, reason=words)
    tell(session, job.id, "row-released", row=row.number, login=asker.login)
    return row


def drop(session: Session, row_id: int, asker: Asker, reason: str) -> LedgerRow:
    """A blocked or unknown row is not keyed.

    Raises NotFoundError, NotAllowedError, JobNotInReviewError, RowSettledError, ReasonMissingError.
    """
    words = reason_given(reason)
    row, job = _asked(session, row_id, asker)
    if row.state not in ASKED:
        raise RowSettledError(row=row.number)
    events.move(session, row, RowState.WITHDRAWN, login=asker.login, reason=words)
    tell(session, job.id, "row-drop", row=row.number, login=asker.login)
    return row


def go_on(session: Session, job_id: int, asker: Asker, *, accept: str = "", per_part: int = 20) -> Job:
    """Rows that became ready are keyed, after an approval where nobody has given one yet; without such rows the results are written anew.

    `accept`: why the differences that 突合 found are taken as they are. Raises NotFoundError, NotAllowedError, JobNotInReviewError,
    RowsOpenError when there is nothing to key and rows still wait for somebody's word, ReasonMissingError.
    """
    accepted = reason_given(accept) if accept.strip() else ""
    job = _job(session, job_id, asker)
    if job.status is not JobState.REVIEW:
        raise JobNotInReviewError(receipt=job.receipt)
    ready = sight.rows_of(session, job.id, RowState.READY)
    if ready:
        gate = JobState.APPROVAL if uncovered(session, ready) else None
        for row in ready:  # no part of a job in review is alive
            row.part_id = None
        entering.deal(session, job, per_part)
        lifecycle.pass_gate(session, job, gate)
        tell(session, job.id, "goes-on", rows=len(ready), login=asker.login)
        return job
    if asked := sight.rows_of(session, job.id, *ASKED):
        raise RowsOpenError(count=len(asked))
    payload = {"accepted": {"reason": accepted, "login": asker.login}} if accepted else {}
    lifecycle.join_again(session, job, payload, asker.login, event="rows-settled")
    return job


def _job(session: Session, job_id: int, asker: Asker) -> Job:
    job = lifecycle.locked(session, job_id)
    if not asker.may_see(job.department_id) or job.work is not Kind.ROBOT:
        raise NotFoundError
    if not asker.may_act_on(job.department_id):
        raise NotAllowedError
    return job


def _asked(session: Session, row_id: int, asker: Asker) -> tuple[LedgerRow, Job]:
    """A row that a person may say something about, locked with its job."""
    job_id = session.execute(select(LedgerRow.job_id).where(LedgerRow.id == row_id)).scalar_one_or_none()
    if job_id is None:
        raise NotFoundError
    job = _job(session, job_id, asker)
    row = session.scalars(
        select(LedgerRow)
        .where(LedgerRow.id == row_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if job.status is not JobState.REVIEW and not (job.status in ENDED_BADLY and row.state in LEFT):
        raise JobNotInReviewError(receipt=job.receipt)
    return row, job


def _arrived_or_never(session: Session, row: LedgerRow) -> None:
    """Whoever looks before the settle time is over sees nothing, and the click of a worker that was stopped may still come.

    Raises RowSentLatelyError.
    """
    left = row.target.settle_seconds - (now(session) - row.changed_at).total_seconds()
    if left > 0:
        raise RowSentLatelyError(row=row.number, seconds=math.ceil(left))


def _not_own(row: LedgerRow, job: Job, asker: Asker) -> None:
    """Where money moves, whoever handed a row in is not the one to have it keyed against a doubt."""
    if row.target.money and asker.person_id == job.person_id:
        raise RowOwnError(row=row.number)


def _receipt(session: Session, row: LedgerRow, receipt: str) -> str:
    number = receipt.strip()
    if not number or len(number) > LONGEST_RECEIPT or not number.isprintable():
        raise ReceiptMissingError(row=row.number)
    other = session.scalars(
        select(LedgerRow.id).where(
            LedgerRow.target_id == row.target_id,
            LedgerRow.receipt == number,
            LedgerRow.state == RowState.DONE,
            LedgerRow.id != row.id,
        )
    ).first()
    if other is not None:
        raise ReceiptTakenError(receipt=number)
    return number
