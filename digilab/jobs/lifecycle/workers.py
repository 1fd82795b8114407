"""What workers do with the part in hand.

Every write is one conditional update: part id, epoch and state must fit, else LeaseLostError and nothing has changed. So a result is
taken from the holder of the current lease only, whatever the queue delivered twice or a stopped process wakes up to say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import DigilabError, LeaseLostError, NotNowError
from digilab.forms import values
from digilab.forms.values import Read
from digilab.jobs import history
from digilab.jobs.facts import Failure, NewPart, Output
from digilab.jobs.history import tell
from digilab.jobs.lifecycle.steps import (
    GATE,
    add_join,
    add_outputs,
    ask,
    book,
    count_crash,
    end,
    fail_alone,
    forget_outputs,
    give_up,
    hold,
    job_id_of,
    job_of_held,
    locked,
    move,
    part_of,
)
from digilab.jobs.records import HistoryEntry, Job, Part
from digilab.jobs.rules import JobState, PartState, Stage

LONGEST_POSTPONEMENT = 300.0
"""Seconds between two tries while the house is not ready."""


def claim(session: Session, part_id: int, epoch: int, worker: str, lease_seconds: float) -> Part:
    """Begin a part. Of two deliveries of the same lease only one succeeds; the other gets LeaseLostError."""
    # The job's row is always locked before a part's: two transactions that took them crosswise would wait for each other.
    job = locked(session, job_id_of(session, part_id, epoch))
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
        move(job, JobState.RUNNING)
        job.started_at = job.started_at or moment
        tell(session, job.id, "started")
    return session.scalars(select(Part).where(Part.id == part_id).execution_options(populate_existing=True)).one()


def renew(session: Session, part_id: int, epoch: int, lease_seconds: float, progress: float) -> None:
    """A sign of life from the lease's holder, with the steps done so far. Raises LeaseLostError."""
    hold(
        session,
        part_id,
        epoch,
        lease_until=now(session) + timedelta(seconds=lease_seconds),
        progress=progress,
    )


def keep(session: Session, part_id: int, epoch: int) -> float:
    """Nobody takes the part away until this transaction ends; seconds that the lease has left. Raises LeaseLostError.

    For what is written outside the parts themselves, and counts for the lease's holder only.
    """
    hold(session, part_id, epoch, state=PartState.LEASED)
    until = session.execute(select(Part.lease_until).where(Part.id == part_id)).scalar_one()
    return 0.0 if until is None else (until - now(session)).total_seconds()


def expect(session: Session, part_id: int, epoch: int, steps: float) -> None:
    """A split has found out how large the job is (or what the file's header claims)."""
    job = job_of_held(session, part_id, epoch)
    job.expected = steps


def add_work(session: Session, part_id: int, epoch: int, parts: Sequence[NewPart]) -> int:
    """A split hands over work as soon as it is known; what an earlier run of the split handed over stays. Returns how many were new."""
    job = job_of_held(session, part_id, epoch)
    known = set(session.scalars(select(Part.ordinal).where(Part.job_id == job.id, Part.stage == Stage.WORK)))
    fresh = [part for part in parts if part.ordinal not in known]
    for part in fresh:
        session.add(part_of(session, job, Stage.WORK, part))
    return len(fresh)


def checkpoint(
    session: Session, part_id: int, epoch: int, result: dict[str, Any], steps: float, gate: JobState | None = None
) -> Job:
    """A split or a work part is done. The last one of a job brings its join into being, in the same transaction. Raises LeaseLostError.

    `gate`: where the job waits (for an approval, for its time) before the parts that this split has added are worked on.
    """
    job = job_of_held(session, part_id, epoch)
    open_parts = session.execute(
        select(func.count())
        .select_from(Part)
        .where(
            Part.job_id == job.id,
            Part.id != part_id,
            Part.stage.in_((Stage.SPLIT, Stage.WORK)),
            Part.state != PartState.DONE,
        )
    ).scalar_one()
    # A gate is kept only with something behind it: a join alone waits for nobody, after a retry either.
    gated = gate is not None and open_parts > 0
    end(session, part_id, epoch, {**result, GATE: gate} if gated else result, steps)
    if open_parts == 0:
        add_join(session, job, {})
    elif gate is not None:
        move(job, gate)
        tell(session, job.id, "waits-approval" if gate is JobState.APPROVAL else "waits-scheduled")
    return job


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
    extra: Sequence[NewPart] = (),
) -> Job:
    """The join is done: outputs and what was read are recorded, the job ends, hours are booked. One transaction. Raises LeaseLostError.

    The outputs take the place of those of an earlier join; `doubted` values of its reading are doubtful by now. `extra` parts are done
    afterwards.
    """
    job = job_of_held(session, part_id, epoch)
    end(session, part_id, epoch, result, 0.0)
    moment = now(session)
    forget_outputs(session, job)
    add_outputs(session, job, outputs)
    if read is not None:
        values.keep(session, job.id, read)
    values.doubt(session, job.id, doubted)
    job.verified = verified
    job.ended_at = moment
    move(job, JobState.REVIEW if review else JobState.DONE)
    tell(session, job.id, "to-review" if review else "done", files=len(outputs))
    if not review:
        book(session, job)
    for new in extra:
        ask(session, job, new)
    return job


def finish_extra(
    session: Session,
    part_id: int,
    epoch: int,
    *,
    outputs: Sequence[Output],
    result: dict[str, Any],
    event: str,
    told: Mapping[str, str | int | float],
) -> Job:
    """An extra part is done: its outputs take the place of the job's, in one transaction; state and hours stay. Raises LeaseLostError.

    `event`, with what is `told`, is its line in the history.
    """
    job = job_of_held(session, part_id, epoch)
    if not job.status.ended_well:  # the results that it was made from are being made anew
        raise LeaseLostError(part=part_id, epoch=epoch)
    end(session, part_id, epoch, result, 0.0)
    if outputs:
        forget_outputs(session, job)
        add_outputs(session, job, outputs)
    history.tell(session, job.id, event, **told)
    return job


def fail(session: Session, part_id: int, epoch: int, failure: Failure, outputs: Sequence[Output] = ()) -> Job:
    """The job cannot be done as it is: it fails with the reason, its other parts are given up, the original is kept.

    `outputs` show the reason, such as the picture of what does not fit. An extra part fails alone.
    """
    job = job_of_held(session, part_id, epoch)
    part = session.get_one(Part, part_id, populate_existing=True)
    if part.stage == Stage.EXTRA:
        fail_alone(session, part, failure)
        return job
    give_up(session, job, JobState.FAILED, failure)
    add_outputs(session, job, outputs)
    tell(session, job.id, "failed", code=failure.code)
    return job


def postpone(session: Session, part_id: int, epoch: int, reason: DigilabError) -> Job:
    """The house is not ready (store away, disk full): the part waits, longer each time, and is tried again; the job does not fail.

    NotNowError says by itself for how long. The history tells it once, however many parts wait and however often they ask.
    """
    job = job_of_held(session, part_id, epoch)
    if isinstance(reason, NotNowError):
        _let_go(session, part_id, epoch, reason.until or now(session) + timedelta(seconds=reason.seconds))
        event = f"waits-{reason.code}"
        if not reason.no_news and _last_told(session, job) != (event, reason.evidence):
            # Not by its plain name: which events there are is read off the errors, see the test of the history.
            history.tell(session, job.id, event, **reason.evidence)
        return job
    moment = now(session)
    seconds = min(LONGEST_POSTPONEMENT, 2 * _last_postponement(session, part_id, moment))
    _let_go(session, part_id, epoch, moment + timedelta(seconds=seconds), postponed_seconds=seconds)
    event, told = _last_told(session, job)
    if (event, told.get("code")) != ("postponed", reason.code):
        history.tell(session, job.id, "postponed", **{**reason.evidence, "code": reason.code})
    return job


def crash(session: Session, part_id: int, epoch: int, crashes: int) -> Job:
    """The part broke the worker's code in a way nobody foresaw. It is tried again; `crashes` of them put the job aside, but for an extra
    part, which then fails alone."""
    job = job_of_held(session, part_id, epoch)
    _let_go(session, part_id, epoch, now(session) + timedelta(seconds=1))
    count_crash(session, job, session.get_one(Part, part_id, populate_existing=True), crashes)
    return job


def hand_back(session: Session, part_id: int, epoch: int) -> None:
    """A worker that is being stopped gives its part back; this is no crash. Raises LeaseLostError."""
    job = job_of_held(session, part_id, epoch)
    hold(session, part_id, epoch, state=PartState.WAITING, worker=None, lease_until=None, progress=0.0)
    tell(session, job.id, "handed-back")


def _last_postponement(session: Session, part_id: int, moment: datetime) -> float:
    """Seconds that this part was made to wait the last time; half a second when that is long ago, so that trouble of today does not
    make tomorrow's waits long."""
    part = session.get_one(Part, part_id, populate_existing=True)
    lately = part.not_before is not None and moment - part.not_before < timedelta(seconds=3 * LONGEST_POSTPONEMENT)
    return part.postponed_seconds if lately and part.postponed_seconds else 0.5


def _last_told(session: Session, job: Job) -> tuple[str, dict[str, Any]]:
    """Event and evidence of the history's last line. A long recording has a thousand parts that wait for the same, and each asks again
    and again."""
    query = select(HistoryEntry).where(HistoryEntry.job_id == job.id).order_by(HistoryEntry.id.desc()).limit(1)
    last = session.scalars(query).one_or_none()
    return ("", {}) if last is None else (last.event, last.evidence)


def _let_go(session: Session, part_id: int, epoch: int, until: datetime, **values: Any) -> None:
    """The holder gives the part up for now; it may be taken again then."""
    hold(
        session,
        part_id,
        epoch,
        state=PartState.WAITING,
        worker=None,
        lease_until=None,
        not_before=until,
        progress=0.0,
        **values,
    )
