"""A due run goes the way of its job; a schedule that fails again and again stops itself."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from digilab.access.audit import record
from digilab.database.session import now
from digilab.errors import RunCancelledError
from digilab.jobs.history import tell
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.language import LANGUAGES, text
from digilab.targets.records import Target
from digilab.targets.use import BY_HAND
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.runs import House, RunState, because, become, locked

log = logging.getLogger(__name__)

MOST_FAILURES = 3
"""In a row, then the schedule stops itself."""
_BADLY = (JobState.FAILED, JobState.CANCELLED, JobState.QUARANTINED)


def follow(house: House, record_time: Callable[[Session], datetime] = now) -> None:
    """Bring runs to where their jobs are, and stop schedules that have failed too often."""
    with house.database.reading() as session:
        moved = session.scalars(
            select(DueRun.id)
            .join(Job, Job.id == DueRun.job_id)
            .where(
                or_(
                    DueRun.state == RunState.STARTED,
                    # A job that failed or was held may have been brought to a good end by people since.
                    (DueRun.state == RunState.FAILED) & (Job.state == JobState.DONE),
                )
            )
        ).all()
        failed = session.scalars(
            select(DueRun.schedule_id)
            .join(Schedule, Schedule.id == DueRun.schedule_id)
            .where(
                DueRun.state == RunState.FAILED,
                DueRun.due_at >= Schedule.begins_at,
                Schedule.enabled.is_(True),
                Schedule.stopped.is_(None),
            )
            .distinct()
        ).all()
        changes = [(run_id, *_where(session, session.get_one(DueRun, run_id))) for run_id in moved]
        counts = {schedule_id: len(_failures(session, schedule_id)) for schedule_id in failed}
        known = {schedule_id: session.get_one(Schedule, schedule_id).failures for schedule_id in failed}
        changed = {run_id for run_id, state, _ in changes if state is not None}
        schedules = {session.get_one(DueRun, run_id).schedule_id for run_id in changed}
    for run_id in sorted(changed):
        with house.database.transaction() as session:
            run = locked(session, run_id, RunState.STARTED, RunState.FAILED)
            state, detail = (None, {}) if run is None else _where(session, run)
            if run is not None and state is not None:
                become(run, state, record_time(session), **detail)
    schedules |= {schedule_id for schedule_id, count in counts.items() if count != known[schedule_id]}
    for schedule_id in sorted(schedules):
        with house.database.transaction() as session:
            _count(session, schedule_id, record_time(session))


def _where(session: Session, run: DueRun) -> tuple[RunState | None, dict[str, Any]]:
    """The state that the run's job has brought it into, and why; None while nothing has changed."""
    job = session.get_one(Job, run.job_id)
    if job.status is JobState.DONE:
        return RunState.DONE, {}
    if run.state != RunState.STARTED:
        return None, {}
    if job.status in _BADLY:
        failure = job.failure or because(RunCancelledError(receipt=job.receipt))
        return RunState.FAILED, {"code": failure["code"], "sentences": failure["sentences"]}
    held = _held(session, job) if job.status is JobState.RUNNING else None
    if held is not None:
        return RunState.FAILED, {"code": held["code"], "sentences": held["sentences"], "held": True}
    return None, {}


def _held(session: Session, job: Job) -> dict[str, Any] | None:
    """Why the job's robot was held: a screen has changed, say. The job waits, and somebody must come.

    A hold that a person put on is no failure of anything.
    """
    robot = str(job.options.get("robot", ""))
    held = session.scalars(select(Target.held).where(Target.robot == robot)).one_or_none()
    return None if held is None or held["code"] == BY_HAND else held


def _failures(session: Session, schedule_id: int) -> list[DueRun]:
    """The last runs in a row that failed, the latest first. What was empty or skipped says nothing."""
    query = (
        select(DueRun)
        .join(Schedule, Schedule.id == DueRun.schedule_id)
        .where(
            DueRun.schedule_id == schedule_id,
            DueRun.state.in_((RunState.FAILED, RunState.DONE)),
            DueRun.due_at >= Schedule.begins_at,
        )
        .order_by(DueRun.due_at.desc())
        .limit(MOST_FAILURES)
    )
    row: list[DueRun] = []
    for run in session.scalars(query):
        if run.state != RunState.FAILED:
            break
        row.append(run)
    return row


def _count(session: Session, schedule_id: int, moment: datetime) -> None:
    schedule = session.get_one(Schedule, schedule_id, with_for_update={"key_share": True}, populate_existing=True)
    row = _failures(session, schedule_id)
    schedule.failures = len(row)
    if len(row) < MOST_FAILURES or schedule.stopped is not None or not schedule.enabled:
        return
    last = row[0]
    sentences = {
        language: text(
            language,
            "errors.schedule-stopped",
            title=schedule.title,
            slug=schedule.slug,
            count=MOST_FAILURES,
            reason=last.detail.get("sentences", {}).get(language, ""),
        )
        for language in LANGUAGES
    }
    schedule.stopped = {"at": moment.isoformat(), "code": "schedule-stopped", "sentences": sentences}
    log.warning("schedule %s has failed %d times in a row and is stopped", schedule.slug, MOST_FAILURES)
    record(session, None, "schedule-stop", schedule.slug, login="clock", failures=MOST_FAILURES)
    for run in row:
        if run.job_id is not None:
            tell(session, run.job_id, "schedule-stopped", title=schedule.title, count=MOST_FAILURES)
