"""Spreadsheets that a department has handed in to be keyed at the schedule's time.

The newest of them runs, and no older one ever does by itself: it would key what somebody has replaced.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digilab.errors import UploadNoneError, UploadNotReadyError
from digilab.jobs.history import tell
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.ledger import use as ledger
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.rules import JST
from digilab.timetable.runs import RunState, because, become

LATER = "schedule"
"""What the option `start` says where a job waits for a schedule."""
_BEFORE_ITS_TIME = (JobState.RECEIVED, JobState.RUNNING, JobState.APPROVAL, JobState.SCHEDULED)


def begin(session: Session, run: DueRun, moment: datetime, *, until: datetime) -> None:
    """Let the newest upload run; when it is not checked and approved yet, wait for it until then."""
    schedule = run.schedule
    waiting = _waiting(session, schedule)
    if not waiting:
        become(run, RunState.EMPTY, moment, **because(UploadNoneError(service=schedule.service.name)))
        return
    newest, older = waiting[-1], waiting[:-1]
    if newest.status is not JobState.SCHEDULED:
        # An older one in its place would key what somebody has replaced.
        if moment >= until:
            become(run, RunState.EMPTY, moment, **because(UploadNotReadyError(receipt=newest.receipt)))
        return
    ledger.begin(session, newest.id, login=schedule.person.login, rehearse=schedule.rehearse)
    for job in older:
        tell(session, job.id, "passed-over", newer=newest.receipt)
    run.job_id = newest.id
    passed = {"passed": [job.receipt for job in older]} if older else {}
    become(run, RunState.STARTED, moment, **passed)
    tell(session, newest.id, "by-schedule", title=schedule.title, due=f"{run.due_at.astimezone(JST):%Y-%m-%d %H:%M}")


def _waiting(session: Session, schedule: Schedule) -> Sequence[Job]:
    """Uploads for this schedule that have not begun, the newest last. Whatever is older than one that a schedule has begun is out."""
    begun = (
        select(func.max(DueRun.job_id))
        .join(Schedule, Schedule.id == DueRun.schedule_id)
        .where(Schedule.service_id == schedule.service_id, Schedule.department_id == schedule.department_id)
    )
    last = session.scalars(begun).one() or 0
    query = (
        select(Job)
        .where(
            Job.service_id == schedule.service_id,
            Job.department_id == schedule.department_id,
            Job.state.in_(_BEFORE_ITS_TIME),
            Job.id > last,
        )
        .order_by(Job.id)
    )
    later = [job for job in session.scalars(query) if job.options.get("start") == LATER]
    return [job for job in later if job.status is not JobState.RUNNING or _is_being_checked(session, job)]


def _is_being_checked(session: Session, job: Job) -> bool:
    query = select(Part.id).where(
        Part.job_id == job.id, Part.stage == Stage.SPLIT, Part.state.in_((PartState.WAITING, PartState.LEASED))
    )
    return session.scalars(query.limit(1)).first() is not None
