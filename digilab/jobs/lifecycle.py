"""What happens to parts and jobs after intake: claim, renew, checkpoint, finish, fail, expire, cancel, retry.

Every write of a worker is one conditional update: part id, epoch and state must fit, else LeaseLostError and nothing has changed. So a
result is taken from the holder of the current lease only, whatever the queue delivered twice or a stopped process wakes up to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import (
    DigilabError,
    JobEndedError,
    JobNotEndedError,
    JobNotInReviewError,
    LeaseLostError,
    NotFoundError,
    PartCrashedError,
)
from digilab.forms import values
from digilab.forms.values import Read
from digilab.hours import use as hours
from digilab.hours.records import Booking
from digilab.jobs.history import tell
from digilab.jobs.records import File, HistoryEntry, Job, Part
from digilab.jobs.rules import MOVES, JobState, PartState, Stage
from digilab.language import LANGUAGES
from digilab.store.contract import Stored

LONGEST_POSTPONEMENT = 300.0
"""Seconds between two tries while the house is not ready."""


@dataclass(frozen=True)
class Failure:
    """Why a job ends badly: a code, the sentence in each language, evidence."""

    code: str
    sentences: dict[str, str]
    evidence: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: DigilabError) -> "Failure":
        """From one of the house's own errors."""
        return cls(error.code, {language: error.sentence(language) for language in LANGUAGES}, dict(error.evidence))


@dataclass(frozen=True)
class NewPart:
    """A part that a split asks for. `ordinal` makes it one and the same however often the split runs."""

    ordinal: int
    weight: float
    payload: dict[str, Any]


@dataclass(frozen=True)
class Output:
    """A file that a join has put into the store."""

    name: str
    content_type: str
    stored: Stored


def claim(session: Session, part_id: int, epoch: int, worker: str, lease_seconds: float) -> Part:
    """Begin a part. Of two deliveries of the same lease only one succeeds; the other gets LeaseLostError."""
    # The job's row is always locked before a part's: two transactions that took them crosswise would wait for each other.
    job = locked(session, _job_id(session, part_id, epoch))
    moment = now(session)
    taken = session.execute(
        update(Part)
        .where(Part.id == part_id, Part.epoch == epoch, Part.state == PartState.LEASED, Part.worker.is_(None))
        .values(worker=worker, lease_until=moment + timedelta(seconds=lease_seconds))
        .returning(Part.id)
    ).scalar_one_or_none()
    if taken is None:
        raise LeaseLostError(part=part_id, epoch=epoch)
    if job.status is JobState.RECEIVED:
        _move(job, JobState.RUNNING)
        job.started_at = job.started_at or moment
        tell(session, job.id, "started")
    return session.scalars(select(Part).where(Part.id == part_id).execution_options(populate_existing=True)).one()


def renew(session: Session, part_id: int, epoch: int, lease_seconds: float, progress: float) -> None:
    """A sign of life from the lease's holder, with the steps done so far. Raises LeaseLostError."""
    _hold(
        session,
        part_id,
        epoch,
        lease_until=now(session) + timedelta(seconds=lease_seconds),
        progress=progress,
    )


def expect(session: Session, part_id: int, epoch: int, steps: float) -> None:
    """A split has found out how large the job is (or what the file's header claims)."""
    job = _job_of_held(session, part_id, epoch)
    job.expected = steps


def add_work(session: Session, part_id: int, epoch: int, parts: Sequence[NewPart]) -> int:
    """A split hands over work as soon as it is known; what an earlier run of the split handed over stays. Returns how many were new."""
    job = _job_of_held(session, part_id, epoch)
    known = set(session.scalars(select(Part.ordinal).where(Part.job_id == job.id, Part.stage == Stage.WORK)))
    fresh = [part for part in parts if part.ordinal not in known]
    for part in fresh:
        session.add(_part(session, job, Stage.WORK, part))
    return len(fresh)


def checkpoint(session: Session, part_id: int, epoch: int, result: dict[str, Any], steps: float) -> None:
    """A split or a work part is done. The last one of a job brings its join into being, in the same transaction. Raises LeaseLostError."""
    job = _job_of_held(session, part_id, epoch)
    _end(session, part_id, epoch, result, steps)
    open_parts = session.execute(
        select(func.count())
        .select_from(Part)
        .where(Part.job_id == job.id, Part.stage != Stage.JOIN, Part.state != PartState.DONE)
    ).scalar_one()
    if open_parts == 0:
        session.add(_part(session, job, Stage.JOIN, NewPart(0, 0.0, {})))


def finish(
    session: Session,
    part_id: int,
    epoch: int,
    *,
    outputs: Sequence[Output],
    verified: float,
    review: bool,
    result: dict[str, Any],
    read: Read | None = None,
    doubted: Sequence[Mapping[str, Any]] = (),
) -> Job:
    """The join is done: outputs and what was read are recorded, the job ends, hours are booked. One transaction. Raises LeaseLostError.

    The outputs take the place of those of an earlier join; `doubted` values of its reading are doubtful by now.
    """
    job = _job_of_held(session, part_id, epoch)
    _end(session, part_id, epoch, result, 0.0)
    moment = now(session)
    _forget_outputs(session, job)
    _add_outputs(session, job, outputs)
    if read is not None:
        values.keep(session, job.id, read)
    values.doubt(session, job.id, doubted)
    job.verified = verified
    job.ended_at = moment
    _move(job, JobState.REVIEW if review else JobState.DONE)
    tell(session, job.id, "to-review" if review else "done", files=len(outputs))
    if not review:
        _book(session, job)
    return job


def fail(session: Session, part_id: int, epoch: int, failure: Failure, outputs: Sequence[Output] = ()) -> Job:
    """The job cannot be done as it is: it fails with the reason, its other parts are given up, the original is kept.

    `outputs` show the reason, such as the picture of what does not fit.
    """
    job = _job_of_held(session, part_id, epoch)
    _give_up(session, job, JobState.FAILED, failure)
    _add_outputs(session, job, outputs)
    tell(session, job.id, "failed", code=failure.code)
    return job


def postpone(session: Session, part_id: int, epoch: int, reason: DigilabError) -> Job:
    """The house is not ready (store away, disk full): the part waits, longer each time, and is tried again; the job does not fail."""
    job = _job_of_held(session, part_id, epoch)
    seconds = min(LONGEST_POSTPONEMENT, 2 * _last_postponement(session, job.id, part_id))
    _let_go(session, part_id, epoch, seconds)
    tell(session, job.id, "postponed", code=reason.code, seconds=round(seconds), part=part_id)
    return job


def crash(session: Session, part_id: int, epoch: int, crashes: int) -> Job:
    """The part broke the worker's code in a way nobody foresaw. It is tried again; `crashes` of them put the job aside."""
    job = _job_of_held(session, part_id, epoch)
    _let_go(session, part_id, epoch, 1.0)
    _count_crash(session, job, session.get_one(Part, part_id, populate_existing=True), crashes)
    return job


def hand_back(session: Session, part_id: int, epoch: int) -> None:
    """A worker that is being stopped gives its part back; this is no crash. Raises LeaseLostError."""
    job = _job_of_held(session, part_id, epoch)
    _hold(session, part_id, epoch, state=PartState.WAITING, worker=None, lease_until=None, progress=0.0)
    tell(session, job.id, "handed-back")


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
    job = locked(session, job_id)
    part = session.scalars(
        select(Part)
        .where(Part.id == part_id, Part.state == PartState.LEASED, Part.lease_until < now(session))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if part is None:  # renewed or finished since it was listed
        return False
    claimed = part.worker is not None
    part.state, part.worker, part.lease_until, part.progress = PartState.WAITING, None, None, 0.0
    session.flush()
    if claimed:
        tell(session, job.id, "lease-expired", ordinal=part.ordinal + 1, crashes=part.crashes + 1)
        _count_crash(session, job, part, crashes)
    return True


def _count_crash(session: Session, job: Job, part: Part, crashes: int) -> None:
    part.crashes += 1
    session.flush()
    if part.crashes >= crashes:
        _give_up(session, job, JobState.QUARANTINED, Failure.of(PartCrashedError(crashes=part.crashes)))
        tell(session, job.id, "quarantined", crashes=part.crashes)


def _last_postponement(session: Session, job_id: int, part_id: int) -> float:
    """Seconds that this part was made to wait the last time; half a second when that is long ago, so that trouble of today does not
    make tomorrow's waits long."""
    told = session.scalars(
        select(HistoryEntry.evidence)
        .where(
            HistoryEntry.job_id == job_id,
            HistoryEntry.event == "postponed",
            HistoryEntry.at > now(session) - timedelta(seconds=3 * LONGEST_POSTPONEMENT),
        )
        .order_by(HistoryEntry.id.desc())
    )
    return next((float(evidence["seconds"]) for evidence in told if evidence["part"] == part_id), 0.5)


def _let_go(session: Session, part_id: int, epoch: int, seconds: float) -> None:
    """The holder gives the part up for now; it may be taken again after `seconds`."""
    _hold(
        session,
        part_id,
        epoch,
        state=PartState.WAITING,
        worker=None,
        lease_until=None,
        not_before=now(session) + timedelta(seconds=seconds),
        progress=0.0,
    )


def cancel(session: Session, job_id: int, login: str) -> Job:
    """Stop a job. Parts that are being worked on lose their lease. Raises JobEndedError when it was over already."""
    job = locked(session, job_id)
    if not may_cancel(session, job):
        raise JobEndedError(receipt=job.receipt)
    _give_up(session, job, JobState.CANCELLED, None)
    tell(session, job.id, "cancelled", login=login)
    return job


def may_cancel(session: Session, job: Job) -> bool:
    """Whether it is not over. One that was taken back from DONE is: its hours are booked, so people finish it, changed or not."""
    over = job.status.ended and job.status is not JobState.REVIEW
    return not over and not hours.of_job(session, job.id)


def retry(session: Session, job_id: int, login: str) -> Job:
    """Try a job again that ended badly, with the same input; finished parts stay finished. Raises JobNotEndedError.

    A job that was cancelled while people were to look at it has nothing left for a worker to do: it goes back to them.
    """
    job = locked(session, job_id)
    if not job.status.retryable:
        raise JobNotEndedError(receipt=job.receipt)
    again = session.scalars(
        update(Part)
        .where(Part.job_id == job.id, Part.state == PartState.FAILED)
        .values(
            state=PartState.WAITING,
            worker=None,
            lease_until=None,
            not_before=None,
            crashes=0,
            progress=0.0,
            ended_at=None,
        )
        .returning(Part.id)
    ).all()
    _move(job, JobState.RECEIVED if again else JobState.REVIEW)
    if again:  # what showed the reason of the failure makes room for what comes of the new try
        _forget_outputs(session, job)
    job.failure = None
    job.ended_at = None if again else now(session)
    tell(session, job.id, "retried", login=login)
    return job


def in_review(session: Session, job_id: int) -> Job:
    """The locked job, which waits for people. Raises JobNotInReviewError."""
    job = locked(session, job_id)
    if job.status is not JobState.REVIEW:
        raise JobNotInReviewError(receipt=job.receipt)
    return job


def join_again(session: Session, job: Job, payload: dict[str, Any], login: str, values: int) -> None:
    """People have settled `values` values of a locked job: a further join writes the results with their word in `payload`."""
    _move(job, JobState.RUNNING)
    job.ended_at = None
    joins = session.execute(
        select(func.count()).select_from(Part).where(Part.job_id == job.id, Part.stage == Stage.JOIN)
    ).scalar_one()
    session.add(_part(session, job, Stage.JOIN, NewPart(joins, 0.0, payload)))
    tell(session, job.id, "reviewed", values=values, login=login)


def back_to_review(session: Session, job: Job, login: str) -> None:
    """A locked job that is done goes back to people. Its hours stay booked; minutes of now on amend them."""
    _move(job, JobState.REVIEW)
    tell(session, job.id, "reopened", login=login)


def report_minutes(session: Session, job_id: int, minutes: float, login: str) -> Job:
    """People say how long they worked on a job: gathered until it is booked, afterwards booked as an amendment."""
    hours.check_minutes(minutes)
    job = locked(session, job_id)
    job.human_minutes += minutes
    hours.amend_human_minutes(session, job.id, minutes, login)
    tell(session, job.id, "minutes-reported", minutes=f"{minutes:g}", login=login)
    return job


def book_waiting(session: Session, service_id: int) -> int:
    """Book the finished jobs of a service that had no approved baseline when they ended; how many were booked."""
    booked = select(Booking.job_id)
    jobs = session.scalars(
        select(Job)
        .where(
            Job.service_id == service_id,
            Job.state == JobState.DONE,
            Job.test.is_(False),
            Job.id.not_in(booked),
        )
        .order_by(Job.id)
        # Minutes that somebody reports at this moment are either in the booking or amend it.
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return sum(_book(session, job) for job in jobs)


def _book(session: Session, job: Job) -> bool:
    if job.test or job.verified is None or job.ended_at is None or hours.of_job(session, job.id):
        return False
    booking = hours.book(
        session,
        job_id=job.id,
        service_id=job.service_id,
        department_id=job.department_id,
        steps=job.verified,
        human_minutes=job.human_minutes,
        ended_at=job.ended_at,
    )
    if booking is None:
        tell(session, job.id, "no-baseline")
        return False
    tell(session, job.id, "booked", hours=f"{booking.net_minutes / 60:.2f}")
    return True


def _forget_outputs(session: Session, job: Job) -> None:
    """The store is tidied by the clock: whoever fetches one at this moment gets it whole."""
    session.execute(delete(File).where(File.job_id == job.id, File.role == "output"))


def _add_outputs(session: Session, job: Job, outputs: Sequence[Output]) -> None:
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


def _part(session: Session, job: Job, stage: Stage, new: NewPart) -> Part:
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


def locked(session: Session, job_id: int) -> Job:
    """The job's row, held until the transaction ends: what concerns the whole job happens one after the other."""
    job = session.scalars(
        select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        raise NotFoundError
    return job


def _job_id(session: Session, part_id: int, epoch: int) -> int:
    job_id = session.execute(
        select(Part.job_id).where(Part.id == part_id, Part.epoch == epoch, Part.state == PartState.LEASED)
    ).scalar_one_or_none()
    if job_id is None:
        raise LeaseLostError(part=part_id, epoch=epoch)
    return job_id


def _job_of_held(session: Session, part_id: int, epoch: int) -> Job:
    """The locked job of a part whose lease is held. Raises LeaseLostError."""
    job = locked(session, _job_id(session, part_id, epoch))
    _hold(session, part_id, epoch, state=PartState.LEASED)
    return job


def _hold(session: Session, part_id: int, epoch: int, **values: Any) -> None:
    """The one conditional update."""
    held = session.execute(
        update(Part)
        .where(Part.id == part_id, Part.epoch == epoch, Part.state == PartState.LEASED, Part.worker.is_not(None))
        .values(**values)
        .returning(Part.id)
    ).scalar_one_or_none()
    if held is None:
        raise LeaseLostError(part=part_id, epoch=epoch)


def _end(session: Session, part_id: int, epoch: int, result: dict[str, Any], steps: float) -> None:
    _hold(
        session,
        part_id,
        epoch,
        state=PartState.DONE,
        result=result,
        progress=steps,
        lease_until=None,
        ended_at=now(session),
    )


def _move(job: Job, state: JobState) -> None:
    if state not in MOVES[job.status]:
        raise ValueError(f"{job.status} → {state}")
    job.state = state


def _give_up(session: Session, job: Job, state: JobState, failure: Failure | None) -> None:
    """End a job badly: no part of it will be given out or taken any more."""
    moment = now(session)
    session.execute(
        update(Part)
        .where(Part.job_id == job.id, Part.state.in_((PartState.WAITING, PartState.LEASED)))
        .values(state=PartState.FAILED, worker=None, lease_until=None, ended_at=moment)
    )
    _move(job, state)
    job.ended_at = moment
    job.failure = (
        None
        if failure is None
        else {"code": failure.code, "sentences": failure.sentences, "evidence": failure.evidence}
    )
