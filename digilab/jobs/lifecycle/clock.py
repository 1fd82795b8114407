"""What the clock does with leases."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.jobs.history import tell
from digilab.jobs.lifecycle.steps import count_crash
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import PartState


def expire(session: Session, crashes: int) -> int:
    """Take back leases that have run out; how many. A claimed part counts a crash, and `crashes` of them put the job aside."""
    overdue = session.execute(
        # In one order, so that two clocks do not hold one job each and wait for the other's.
        select(Part.id, Part.job_id)
        .where(Part.state == PartState.LEASED, Part.lease_until < now(session))
        .order_by(Part.job_id, Part.id)
    ).all()
    return sum(_take_back(session, part_id, job_id, crashes) for part_id, job_id in overdue)


def unsend(session: Session, part_id: int, epoch: int) -> None:
    """The queue did not take the message: the part waits again. Nothing happens when somebody claimed it all the same."""
    session.execute(
        update(Part)
        .where(Part.id == part_id, Part.epoch == epoch, Part.state == PartState.LEASED, Part.worker.is_(None))
        .values(state=PartState.WAITING, lease_until=None)
    )


def _take_back(session: Session, part_id: int, job_id: int, crashes: int) -> bool:
    # Nobody is waited for: one transaction that stands still must not keep the clock from all other jobs. The next round comes at once.
    job = session.scalars(
        select(Job)
        .where(Job.id == job_id)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        return False
    part = session.scalars(
        select(Part)
        .where(Part.id == part_id, Part.state == PartState.LEASED, Part.lease_until < now(session))
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if part is None:  # renewed or finished since it was listed, or about to be
        return False
    claimed = part.worker is not None
    part.state, part.worker, part.lease_until, part.progress = PartState.WAITING, None, None, 0.0
    session.flush()
    if claimed:
        tell(session, job.id, "lease-expired", ordinal=part.ordinal + 1, crashes=part.crashes + 1)
        count_crash(session, job, part, crashes)
    return True
