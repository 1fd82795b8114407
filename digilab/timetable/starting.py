"""A due run begins: its rows are found in a folder or among the department's uploads, and its job goes its way."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access import people
from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.errors import (
    DigilabError,
    HouseError,
    IdempotencyMismatchError,
    ScheduleDisabledError,
    SchedulePersonError,
    SourceChangingError,
    SourceEmptyError,
    SourceMissingError,
    SourceTakenError,
)
from digilab.jobs.history import tell
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import File, Job
from digilab.timetable import folders, uploads
from digilab.timetable.occurrences import midnight_after
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.rules import JST
from digilab.timetable.runs import House, RunState, because, become, locked

log = logging.getLogger(__name__)

QUIET = timedelta(seconds=10)
"""A file that looks the same after so long is no longer being written."""
PATIENCE = timedelta(hours=1)
"""So long a run waits for a file that keeps changing, or for a folder that cannot be read."""
MOST_TOLD = 20


def begin_due(house: House, record_time: Callable[[Session], datetime] = now) -> None:
    """Try to begin every run whose time has come. One that cannot begin yet is tried again in the next round."""
    with house.database.reading() as session:
        due = session.scalars(select(DueRun.id).where(DueRun.state == RunState.DUE).order_by(DueRun.due_at)).all()
    for run_id in due:
        try:
            _begin(house, run_id, record_time)
        except (HouseError, IdempotencyMismatchError) as error:
            # A mismatch: another clock has handed in a newer file for the same run in between; its job is found in the next round.
            log.warning("due run %d could not be begun for now: %s", run_id, error)
        except DigilabError as error:
            _end(house, run_id, RunState.FAILED, error, record_time)


def key_of(schedule: Schedule, due_at: datetime) -> str:
    """The idempotency key of a run's job: whatever happens in between, one run hands in one job."""
    return f"schedule {schedule.id} {due_at.isoformat()}"


@dataclass(frozen=True)
class _Task:
    """What is needed of a run while its folder is read, outside of any transaction."""

    run_id: int
    due_at: datetime
    schedule_id: int
    title: str
    service: str
    asker: Asker
    source: dict[str, Any]
    key: str
    rehearse: bool
    seen: dict[str, Any] | None
    noted_at: datetime | None
    last: str
    """Name of the file that the schedule took last."""


def _begin(house: House, run_id: int, record_time: Callable[[Session], datetime]) -> None:
    with house.database.transaction() as session:
        run = locked(session, run_id, RunState.DUE)
        if run is None:
            return
        moment, schedule = record_time(session), run.schedule
        if not schedule.enabled or schedule.stopped is not None:
            become(run, RunState.SKIPPED, moment, **because(ScheduleDisabledError()))
            return
        if schedule.person.disabled_at is not None:
            raise SchedulePersonError(login=schedule.person.login)
        if schedule.source["kind"] != folders.KIND:
            uploads.begin(session, run, moment, until=_until(session, run))
            return
        handed_in = select(Job).where(
            Job.person_id == schedule.person_id, Job.idempotency_key == key_of(schedule, run.due_at)
        )
        job = session.scalars(handed_in).one_or_none()
        if job is not None:  # handed in, and then the clock died
            _started(session, run, job, moment)
            return
        task = _task(session, run)
    _from_folder(house, task, moment, record_time)


def _task(session: Session, run: DueRun) -> _Task:
    schedule, noted = run.schedule, run.detail.get("noted_at")
    return _Task(
        run.id,
        run.due_at,
        schedule.id,
        schedule.title,
        schedule.service.slug,
        people.asker(schedule.person),
        schedule.source,
        key_of(schedule, run.due_at),
        schedule.rehearse,
        run.detail.get("seen"),
        None if noted is None else datetime.fromisoformat(noted),
        _last_taken(session, schedule),
    )


def _from_folder(house: House, task: _Task, moment: datetime, record_time: Callable[[Session], datetime]) -> None:
    try:
        found, others = folders.newest(house.settings.robots.sources, task.source)
        if found is None:
            raise SourceEmptyError(path=str(task.source["path"]), pattern=str(task.source["pattern"]))
        lay_still = task.seen == found.noted() and task.noted_at is not None and moment - task.noted_at >= QUIET
        if not lay_still:
            _wait(house, task.run_id, moment, SourceChangingError(name=found.name), found)
            return
        passed = [name for name in others if folders.order(name) > folders.order(task.last)] if task.last else []
        _hand_in(house, task, found, passed, record_time)
    except (SourceChangingError, SourceMissingError) as error:
        _wait(house, task.run_id, moment, error, None)
    except (SourceEmptyError, SourceTakenError) as error:
        _end(house, task.run_id, RunState.EMPTY, error, record_time)


def _hand_in(
    house: House,
    task: _Task,
    found: folders.Found,
    passed: list[str],
    record_time: Callable[[Session], datetime],
) -> None:
    settings = house.settings
    with house.store.receive() as incoming:
        folders.fetch(settings.robots.sources, task.source, found, incoming, settings.web.max_file_bytes)
        with house.database.reading() as session:
            if _taken(session, task.schedule_id, incoming.sha256):
                raise SourceTakenError(name=found.name)
        submission = Submission(
            service=task.service,
            files=[Received(found.name, incoming)],
            options={"start": "now"} | ({"rehearse": True} if task.rehearse else {}),
            title=f"{task.title} {task.due_at.astimezone(JST):%Y-%m-%d %H:%M}",
            idempotency_key=task.key,
        )
        accepted = submit(house.database, house.store, house.queue, task.asker, submission, max_files=1)
    with house.database.transaction() as session:
        run = locked(session, task.run_id, RunState.DUE)
        if run is not None:
            told = {"passed": passed[-MOST_TOLD:]} if passed else {}
            _started(session, run, session.get_one(Job, accepted.job_id), record_time(session), **told)


def _started(session: Session, run: DueRun, job: Job, moment: datetime, **told: Any) -> None:
    name = session.scalars(select(File.name).where(File.job_id == job.id, File.role == "input")).first() or ""
    run.job_id = job.id
    become(run, RunState.STARTED, moment, file=name, **told)
    tell(session, job.id, "by-schedule", title=run.schedule.title, due=f"{run.due_at.astimezone(JST):%Y-%m-%d %H:%M}")


def _wait(house: House, run_id: int, moment: datetime, error: DigilabError, seen: folders.Found | None) -> None:
    """Look again in a later round, by whatever clock: what was seen is in the record. At the end of patience the run has failed."""
    noted = None if seen is None else seen.noted()
    with house.database.transaction() as session:
        run = locked(session, run_id, RunState.DUE)
        if run is None:
            return
        since = datetime.fromisoformat(run.detail.get("since", moment.isoformat()))
        if moment - since > PATIENCE:
            become(run, RunState.FAILED, moment, **because(error))
        elif "since" not in run.detail or run.detail.get("seen") != noted:
            become(
                run,
                RunState.DUE,
                moment,
                since=since.isoformat(),
                seen=noted,
                noted_at=moment.isoformat(),
            )


def _end(
    house: House, run_id: int, state: RunState, error: DigilabError, record_time: Callable[[Session], datetime]
) -> None:
    with suppress(HouseError), house.database.transaction() as session:
        run = locked(session, run_id, RunState.DUE)
        if run is not None:
            become(run, state, record_time(session), **because(error))


def _until(session: Session, run: DueRun) -> datetime:
    """How long a run waits for its upload to be checked and approved: to the end of its day, or to the next due time before that."""
    later = session.scalars(
        select(DueRun.due_at)
        .where(DueRun.schedule_id == run.schedule_id, DueRun.due_at > run.due_at)
        .order_by(DueRun.due_at)
        .limit(1)
    ).first()
    # A run that is late waits to the end of the day on which it was found.
    begun = max(run.due_at, run.changed_at)
    return min(midnight_after(begun), later) if later is not None and later > begun else midnight_after(begun)


def _taken(session: Session, schedule_id: int, sha256: str) -> bool:
    query = (
        select(File.id)
        .join(DueRun, DueRun.job_id == File.job_id)
        .where(DueRun.schedule_id == schedule_id, File.role == "input", File.sha256 == sha256)
    )
    return session.scalars(query.limit(1)).first() is not None


def _last_taken(session: Session, schedule: Schedule) -> str:
    query = (
        select(DueRun.detail)
        .where(DueRun.schedule_id == schedule.id, DueRun.job_id.is_not(None))
        .order_by(DueRun.due_at.desc())
        .limit(1)
    )
    return str((session.scalars(query).first() or {}).get("file", ""))
