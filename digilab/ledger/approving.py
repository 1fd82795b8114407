"""A second person's word, and the gates behind which a robot job waits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.errors import (
    ApprovalOwnError,
    ApprovalStaleError,
    JobNotScheduledError,
    JobNotToApproveError,
    NotAllowedError,
    NotFoundError,
)
from digilab.jobs import lifecycle
from digilab.jobs.history import tell
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, Stage
from digilab.ledger import rules, sight
from digilab.ledger.records import Approval, LedgerEvent, LedgerRow
from digilab.ledger.rules import RowState
from digilab.targets.use import reason_given

SCHEDULE = "schedule"
"""Job option `start`: keyed when its time has come, not at once."""

REHEARSE = "rehearse"
"""Key of a work part's payload, and a job option: the screens are walked before anything is keyed."""


def first_gate(options: Mapping[str, Any], *, money: bool) -> JobState | None:
    """What a checked job with these options waits for."""
    return JobState.APPROVAL if money else _time(options)


def approve(session: Session, job_id: int, asker: Asker, digest: str) -> Job:
    """A second person has seen the rows with this digest and says yes.

    Raises NotFoundError, NotAllowedError, JobNotToApproveError, ApprovalOwnError, ApprovalStaleError.
    """
    job = _to_approve(session, job_id, asker)
    rows = sight.rows_of(session, job.id, RowState.READY)
    if _released_by(session, rows, asker):
        raise ApprovalOwnError(receipt=job.receipt)
    seen = rules.digest(sight.digests(rows).values())
    if seen != digest:
        raise ApprovalStaleError(receipt=job.receipt)
    yen = sum(rules.yen(row.values, row.target.amount) for row in rows)
    session.add(
        Approval(
            job_id=job.id,
            person_id=asker.person_id,
            at=now(session),
            approved=True,
            reason="",
            rows=len(rows),
            yen=yen,
            digest=seen,
            evidence={"rows": sight.digests(rows)},
        )
    )
    tell(session, job.id, "approved", rows=len(rows), yen=f"{yen:,}", login=asker.login)
    lifecycle.pass_gate(session, job, None if _keyed_before(session, job) else _time(job.options))
    return job


def send_back(session: Session, job_id: int, asker: Asker, reason: str) -> Job:
    """A second person says no: the job is cancelled, and whoever tries it again finds it waiting for an approval.

    Raises NotFoundError, NotAllowedError, JobNotToApproveError, ApprovalOwnError, ReasonMissingError.
    """
    words = reason_given(reason)
    job = _to_approve(session, job_id, asker)
    rows = sight.rows_of(session, job.id, RowState.READY)
    session.add(
        Approval(
            job_id=job.id,
            person_id=asker.person_id,
            at=now(session),
            approved=False,
            reason=words,
            rows=len(rows),
            yen=sum(rules.yen(row.values, row.target.amount) for row in rows),
            digest=rules.digest(sight.digests(rows).values()),
            evidence=None,
        )
    )
    tell(session, job.id, "sent-back", reason=words, login=asker.login)
    return lifecycle.cancel(session, job.id, asker.login)


def begin(session: Session, job_id: int, login: str = "", *, rehearse: bool = False) -> Job:
    """The time of a scheduled job has come. `rehearse`: each worker walks the screens once before it keys a row of it.

    Raises NotFoundError, JobNotScheduledError.
    """
    job = lifecycle.locked(session, job_id)
    if job.status is not JobState.SCHEDULED:
        raise JobNotScheduledError(receipt=job.receipt)
    if rehearse:
        for part in session.scalars(select(Part).where(Part.job_id == job.id, Part.stage == Stage.WORK)):
            part.payload = {**part.payload, REHEARSE: True}
    lifecycle.pass_gate(session, job, None)
    tell(session, job.id, "time-came", login=login)
    return job


def uncovered(session: Session, rows: Sequence[LedgerRow]) -> bool:
    """Whether one of these rows of a job moves money and nobody has approved it as it stands."""
    approved: dict[str, str] = {}
    for approval in sight.approvals(session, rows[0].job_id) if rows else ():
        approved |= (approval.evidence or {}).get("rows", {}) if approval.approved else {}
    return any(row.target.money and approved.get(number) != one for row, (number, one) in _each(rows))


def _each(rows: Sequence[LedgerRow]) -> Iterable[tuple[LedgerRow, tuple[str, str]]]:
    return zip(rows, sight.digests(rows).items(), strict=True)


def _to_approve(session: Session, job_id: int, asker: Asker) -> Job:
    job = lifecycle.locked(session, job_id)
    if not asker.may_see(job.department_id):
        raise NotFoundError
    if not asker.may_approve(job.department_id):
        raise NotAllowedError
    if asker.person_id == job.person_id:
        raise ApprovalOwnError(receipt=job.receipt)
    if job.status is not JobState.APPROVAL:
        raise JobNotToApproveError(receipt=job.receipt)
    return job


def _released_by(session: Session, rows: Sequence[LedgerRow], asker: Asker) -> bool:
    """Who has freed a row in spite of another one that holds the same business case is not the one to approve it."""
    query = select(LedgerEvent.id).where(
        LedgerEvent.row_id.in_([row.id for row in rows]),
        LedgerEvent.state == RowState.READY,
        LedgerEvent.login == asker.login,
    )
    return session.scalars(query.limit(1)).first() is not None


def _keyed_before(session: Session, job: Job) -> bool:
    """Whether this is a further round: its time came once."""
    query = select(Part.id).where(Part.job_id == job.id, Part.stage == Stage.JOIN).limit(1)
    return session.scalars(query).first() is not None


def _time(options: Mapping[str, Any]) -> JobState | None:
    return JobState.SCHEDULED if options.get("start") == SCHEDULE else None
