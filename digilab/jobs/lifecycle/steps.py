"""The steps that workers, clock and people have in common. Nobody outside this folder takes one alone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import ExtraCrashedError, LeaseLostError, NotFoundError, PartCrashedError
from digilab.hours import use as hours
from digilab.jobs.facts import Failure, NewPart, Output
from digilab.jobs.history import tell
from digilab.jobs.records import File, Job, Part
from digilab.jobs.rules import MOVES, JobState, PartState, Stage

GATE = "gate"
"""Key in a split's result: what its job's parts wait for. It outlives a cancellation, so that a retry does not go round it."""


def locked(session: Session, job_id: int) -> Job:
    """The job's row, held until the transaction ends: what concerns the whole job happens one after the other."""
    job = session.scalars(
        select(Job).where(Job.id == job_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        raise NotFoundError
    return job


def job_id_of(session: Session, part_id: int, epoch: int) -> int:
    job_id = session.execute(
        select(Part.job_id).where(Part.id == part_id, Part.epoch == epoch, Part.state == PartState.LEASED)
    ).scalar_one_or_none()
    if job_id is None:
        raise LeaseLostError(part=part_id, epoch=epoch)
    return job_id


def job_of_held(session: Session, part_id: int, epoch: int) -> Job:
    """The locked job of a part whose lease is held. Raises LeaseLostError."""
    job = locked(session, job_id_of(session, part_id, epoch))
    hold(session, part_id, epoch, state=PartState.LEASED)
    return job


def hold(session: Session, part_id: int, epoch: int, **values: Any) -> None:
    """The one conditional update."""
    held = session.execute(
        update(Part)
        .where(Part.id == part_id, Part.epoch == epoch, Part.state == PartState.LEASED, Part.worker.is_not(None))
        .values(**values)
        .returning(Part.id)
    ).scalar_one_or_none()
    if held is None:
        raise LeaseLostError(part=part_id, epoch=epoch)


def end(session: Session, part_id: int, epoch: int, result: dict[str, Any], steps: float) -> None:
    hold(
        session,
        part_id,
        epoch,
        state=PartState.DONE,
        result=result,
        progress=steps,
        lease_until=None,
        ended_at=now(session),
    )


def move(job: Job, state: JobState) -> None:
    if state not in MOVES[job.status]:
        raise ValueError(f"{job.status} → {state}")
    job.state = state


def give_up(session: Session, job: Job, state: JobState, failure: Failure | None) -> None:
    """End a job badly: no part of it will be given out or taken any more."""
    moment = now(session)
    session.execute(
        update(Part)
        .where(Part.job_id == job.id, Part.state.in_((PartState.WAITING, PartState.LEASED)))
        .values(state=PartState.FAILED, worker=None, lease_until=None, ended_at=moment)
    )
    move(job, state)
    job.ended_at = moment
    job.failure = None if failure is None else failure.record()


def count_crash(session: Session, job: Job, part: Part, crashes: int) -> None:
    part.crashes += 1
    session.flush()
    if part.crashes < crashes:
        return
    if part.stage == Stage.EXTRA:
        fail_alone(session, part, Failure.of(ExtraCrashedError(crashes=part.crashes)))
    else:
        give_up(session, job, JobState.QUARANTINED, Failure.of(PartCrashedError(crashes=part.crashes)))
        tell(session, job.id, "quarantined", crashes=part.crashes)


def fail_alone(session: Session, part: Part, failure: Failure) -> None:
    """An extra part cannot be done: its job stays what it is, with all its results."""
    part.state, part.worker, part.lease_until = PartState.FAILED, None, None
    part.result, part.ended_at = {"failure": failure.record()}, now(session)
    session.flush()
    tell(session, part.job_id, "extra-failed", code=failure.code)


def ask(session: Session, job: Job, new: NewPart) -> None:
    """An extra part of a locked job, anew where there is one of this ordinal already: a worker that is at it has lost it then."""
    part = session.scalars(
        select(Part)
        .where(Part.job_id == job.id, Part.stage == Stage.EXTRA, Part.ordinal == new.ordinal)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if part is None:
        session.add(part_of(session, job, Stage.EXTRA, new))
    else:
        # The same row, so that its epoch goes on rising: a message of before must not fit.
        part.state, part.worker, part.lease_until, part.not_before = PartState.WAITING, None, None, None
        part.payload, part.weight, part.result = new.payload, new.weight, None
        part.crashes, part.progress, part.created_at, part.ended_at = 0, 0.0, now(session), None
    session.flush()


def part_of(session: Session, job: Job, stage: Stage, new: NewPart) -> Part:
    return Part(
        job_id=job.id,
        department_id=job.department_id,
        capability=job.kind,
        stage=stage,
        ordinal=new.ordinal,
        state=PartState.WAITING,
        priority=job.priority,
        weight=new.weight,
        payload=new.payload,
        created_at=now(session),
    )


def add_join(session: Session, job: Job, payload: dict[str, Any]) -> None:
    """One more join; each writes the results anew."""
    joins = session.execute(
        select(func.count()).select_from(Part).where(Part.job_id == job.id, Part.stage == Stage.JOIN)
    ).scalar_one()
    session.add(part_of(session, job, Stage.JOIN, NewPart(joins, 0.0, payload)))


def add_outputs(session: Session, job: Job, outputs: Sequence[Output]) -> None:
    moment = now(session)
    for output in outputs:
        session.add(
            File(
                job_id=job.id,
                role="output",
                name=output.name,
                key=output.stored.key,
                size=output.stored.size,
                sha256=output.stored.sha256,
                content_type=output.content_type,
                created_at=moment,
            )
        )


def forget_outputs(session: Session, job: Job) -> None:
    """The store is tidied by the clock: whoever fetches one at this moment gets it whole."""
    session.execute(delete(File).where(File.job_id == job.id, File.role == "output"))


def book(session: Session, job: Job, *, again: bool = False) -> bool:
    """Book a job's hours if they can be; whether they were. `again`: the history says already that there is no baseline."""
    if job.test or job.verified is None or job.ended_at is None or hours.of_job(session, job.id):
        return False
    booking = hours.book(
        session,
        job_id=job.id,
        service_id=job.service_id,
        department_id=job.department_id,
        unit=job.work.value.unit,
        steps=job.verified,
        human_minutes=job.human_minutes,
        ended_at=job.ended_at,
    )
    if booking is None:
        if not again:
            tell(session, job.id, "no-baseline")
        return False
    tell(session, job.id, "booked", hours=f"{booking.net_minutes / 60:.2f}")
    return True
