"""What people do with jobs: cancel, try again, hand back to the worker, report minutes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import CutChangedError, ExtraRefusedError, JobEndedError, JobNotEndedError, JobNotInReviewError
from digilab.hours import use as hours
from digilab.hours.records import Booking
from digilab.jobs import history
from digilab.jobs.facts import NewPart
from digilab.jobs.history import tell
from digilab.jobs.lifecycle.steps import GATE, add_join, ask, book, forget_outputs, give_up, locked, move, part_of
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState, Stage


def cancel(session: Session, job_id: int, login: str) -> Job:
    """Stop a job. Parts that are being worked on lose their lease. Raises JobEndedError when it was over already."""
    job = locked(session, job_id)
    if not may_cancel(session, job):
        raise JobEndedError(receipt=job.receipt)
    give_up(session, job, JobState.CANCELLED, None)
    tell(session, job.id, "cancelled", login=login)
    return job


def may_cancel(session: Session, job: Job) -> bool:
    """Whether it is not over. One that was taken back from DONE is: its hours are booked, so people finish it, changed or not."""
    over = job.status.ended and job.status is not JobState.REVIEW
    return not over and not hours.of_job(session, job.id)


def retry(session: Session, job_id: int, login: str) -> Job:
    """Try a job again that ended badly, with the same input; finished parts stay finished. Raises JobNotEndedError.

    A job that was cancelled while people were to look at it has nothing left for a worker to do: it goes back to them. So does one that
    was cancelled at a gate: what nobody has approved is not done by way of a retry.
    """
    job = locked(session, job_id)
    if not job.status.retryable:
        raise JobNotEndedError(receipt=job.receipt)
    again = _wait_again(session, Part.job_id == job.id, Part.stage != Stage.EXTRA)
    # Its results are there, and what was to be done with them; what failed by itself is asked for anew by people.
    if not again:
        _wait_again(session, Part.job_id == job.id, Part.result.is_(None))
    gate = (_split(session, job).result or {}).get(GATE)
    move(job, JobState(gate or JobState.RECEIVED) if again else JobState.REVIEW)
    if again:  # what showed the reason of the failure makes room for what comes of the new try
        forget_outputs(session, job)
    job.failure = None
    job.ended_at = None if again else now(session)
    tell(session, job.id, "retried", login=login)
    return job


def may_retry(job: Job) -> bool:
    """Whether trying again can help: what was cut before an update never fits what is cut after it, so that needs a new job."""
    return job.status.retryable and (job.failure or {}).get("code") != CutChangedError.code


def _wait_again(session: Session, *which: ColumnElement[bool]) -> bool:
    """Whether any of these parts had been given up."""
    given_up = update(Part).where(Part.state == PartState.FAILED, *which)
    anew = {"worker": None, "lease_until": None, "not_before": None, "crashes": 0, "progress": 0.0, "ended_at": None}
    return bool(session.scalars(given_up.values(state=PartState.WAITING, **anew).returning(Part.id)).all())


def ask_again(
    session: Session, job: Job, payload: dict[str, Any], login: str, *, weight: float = 0.0, ordinal: int = 0
) -> None:
    """A visible job's extra part is done again, alone, with another payload; or for the first time, then with this `weight`.

    Raises ExtraRefusedError.
    """
    job = locked(session, job.id)
    if not job.status.ended_well:
        raise ExtraRefusedError(receipt=job.receipt)
    named = select(Part.weight).where(Part.job_id == job.id, Part.stage == Stage.EXTRA, Part.ordinal == ordinal)
    before = session.scalars(named).one_or_none()
    ask(session, job, NewPart(ordinal, weight if before is None else before, payload))
    tell(session, job.id, "extra-asked", login=login)


def accept(session: Session, job_id: int, login: str) -> Job:
    """A person takes what the machine has made as it is: the job is done and its hours are booked. Raises JobNotInReviewError."""
    job = in_review(session, job_id)
    move(job, JobState.DONE)
    job.ended_at = now(session)
    tell(session, job.id, "accepted", login=login)
    book(session, job)
    return job


def _split(session: Session, job: Job) -> Part:
    return session.scalars(
        select(Part).where(Part.job_id == job.id, Part.stage == Stage.SPLIT).execution_options(populate_existing=True)
    ).one()


def in_review(session: Session, job_id: int) -> Job:
    """The locked job, which waits for people. Raises JobNotInReviewError."""
    job = locked(session, job_id)
    if job.status is not JobState.REVIEW:
        raise JobNotInReviewError(receipt=job.receipt)
    return job


def join_again(
    session: Session, job: Job, payload: dict[str, Any], login: str, *, event: str = "reviewed", **told: int
) -> None:
    """People have said what they had to of a locked job: a further join writes the results with their word in `payload`."""
    move(job, JobState.RUNNING)
    job.ended_at = None
    add_join(session, job, payload)
    history.tell(session, job.id, event, login=login, **told)


def more_work(session: Session, job: Job, parts: Sequence[tuple[float, dict[str, Any]]]) -> list[Part]:
    """Further work parts of a locked job, by weight and payload, after those that it has."""
    last = func.coalesce(func.max(Part.ordinal), -1)
    first = session.execute(select(last).where(Part.job_id == job.id, Part.stage == Stage.WORK)).scalar_one() + 1
    added = [
        part_of(session, job, Stage.WORK, NewPart(ordinal, weight, payload))
        for ordinal, (weight, payload) in enumerate(parts, first)
    ]
    session.add_all(added)
    session.flush()
    return added


def pass_gate(session: Session, job: Job, gate: JobState | None) -> None:
    """A locked job goes on to the next gate, or to the workers when there is none."""
    split = _split(session, job)
    split.result = {**(split.result or {}), GATE: gate}
    job.ended_at = None
    move(job, gate or JobState.RUNNING)
    session.flush()


def back_to_review(session: Session, job: Job, login: str) -> None:
    """A locked job that is done goes back to people. Its hours stay booked; minutes of now on amend them."""
    move(job, JobState.REVIEW)
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
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return sum(book(session, job, again=True) for job in jobs)
