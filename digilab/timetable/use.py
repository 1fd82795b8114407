"""Schedules and the city's own days, as people handle them. Every act is in the audit trail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digilab.access import people
from digilab.database.session import now
from digilab.errors import (
    DayUnknownError,
    NotAllowedError,
    ScheduleBusyError,
    ScheduleServiceError,
    ScheduleSlugError,
    ScheduleTakenError,
    ScheduleUnknownError,
)
from digilab.jobs.names import printable
from digilab.services.menu import service_of
from digilab.targets.use import Who, audited
from digilab.timetable import due, folders, occurrences
from digilab.timetable.calendar import OwnDay
from digilab.timetable.city import calendar_of, own_days
from digilab.timetable.records import ClosedDay, DueRun, Schedule
from digilab.timetable.rules import Rule, from_json, to_json
from digilab.timetable.runs import RunState
from digilab.timetable.sentences import sentence

ROBOT = "robot"
"""The kind of work that schedules run."""
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
UPLOAD: Mapping[str, Any] = {"kind": "upload"}
_INSTANT = timedelta(microseconds=1)


class Missed(StrEnum):
    """What happens to due times that passed while nothing ran."""

    SKIP = "skip"
    ONCE = "once"


@dataclass(frozen=True)
class Plan:
    """A schedule that somebody wants."""

    slug: str
    service: str
    person: str
    """Login of who answers for it; its department is the schedule's."""
    rule: Rule
    source: Mapping[str, Any]
    """`UPLOAD`, or `folders.source(path, pattern)`."""
    title: str = ""
    missed: Missed = Missed.SKIP
    rehearse: bool = True
    begins_at: datetime | None = None


def create(session: Session, by: Who, plan: Plan, *, sources: Path | None) -> Schedule:
    """Record a schedule. `sources`: the house's folder for spreadsheets. Raises TimetableError's kinds, NotFoundError for the person,
    NotAllowedError where that person may hand nothing in, ServiceUnknownError."""
    if SLUG.fullmatch(plan.slug) is None:
        raise ScheduleSlugError(slug=plan.slug[:60])
    if _found(session, plan.slug) is not None:
        raise ScheduleTakenError(slug=plan.slug)
    service = service_of(session, plan.service)
    if service.kind != ROBOT:
        raise ScheduleServiceError(service=service.slug)
    person = people.person_with(session, plan.person)
    if person.disabled_at is not None or not people.asker(person).may_hand_in:
        raise NotAllowedError
    if plan.source["kind"] == folders.KIND:
        folders.check(sources, plan.source)
    moment = now(session)
    begins = plan.begins_at or moment
    occurrences.check(plan.rule, calendar_of(session), max(begins, moment) - _INSTANT)
    schedule = Schedule(
        slug=plan.slug,
        title=printable(plan.title)[:200] or sentence(plan.rule)[:200],
        service_id=service.id,
        department_id=person.department_id,
        person_id=person.id,
        rule=to_json(plan.rule),
        source=dict(plan.source),
        missed=plan.missed.value,
        rehearse=plan.rehearse,
        enabled=True,
        failures=0,
        begins_at=max(begins, moment),
        looked_at=max(begins, moment) - _INSTANT,
        created_at=moment,
    )
    session.add(schedule)
    session.flush()
    audited(session, by, "schedule-add", plan.slug, rule=sentence(plan.rule), service=service.slug, person=person.login)
    return schedule


def schedules(session: Session) -> Sequence[Schedule]:
    """All of them, by name."""
    return session.scalars(select(Schedule).order_by(Schedule.slug)).all()


def schedule_named(session: Session, slug: str) -> Schedule:
    """The schedule of this name. Raises ScheduleUnknownError."""
    found = _found(session, slug)
    if found is None:
        raise ScheduleUnknownError(slug=slug[:60])
    return found


def rule_of(schedule: Schedule) -> Rule:
    """When it runs."""
    return from_json(schedule.rule)


def upcoming(session: Session, schedule: Schedule, count: int = 30) -> list[datetime]:
    """The next due times in JST; none for one that is disabled or has stopped itself."""
    if not schedule.enabled or schedule.stopped is not None:
        return []
    after = max(now(session), schedule.looked_at)
    return occurrences.following(rule_of(schedule), calendar_of(session), after, count)


def runs(session: Session, schedule: Schedule, count: int = 30) -> Sequence[DueRun]:
    """What became of its due times, the latest first."""
    query = select(DueRun).where(DueRun.schedule_id == schedule.id).order_by(DueRun.due_at.desc()).limit(count)
    return session.scalars(query).all()


def enable(session: Session, by: Who, schedule: Schedule) -> None:
    """Let it run from now on: what passed meanwhile was not missed, and failures are counted anew."""
    if schedule.enabled and schedule.stopped is None:
        return
    moment = now(session)
    schedule.enabled, schedule.stopped, schedule.failures = True, None, 0
    schedule.begins_at = max(moment, schedule.begins_at)
    schedule.looked_at = max(schedule.begins_at - _INSTANT, schedule.looked_at)
    audited(session, by, "schedule-enable", schedule.slug)


def disable(session: Session, by: Who, schedule: Schedule) -> None:
    """No run begins any more; jobs that were handed in go on."""
    if schedule.enabled:
        schedule.enabled = False
        audited(session, by, "schedule-disable", schedule.slug)


def remove(session: Session, by: Who, schedule: Schedule) -> None:
    """Forget it and its due times; its jobs stay. Raises ScheduleBusyError while one of its runs is under way."""
    under_way = (RunState.DUE, RunState.STARTED)
    query = select(DueRun.id).where(DueRun.schedule_id == schedule.id, DueRun.state.in_(under_way))
    if session.scalars(query).first() is not None:
        raise ScheduleBusyError(slug=schedule.slug)
    session.execute(delete(DueRun).where(DueRun.schedule_id == schedule.id))
    audited(session, by, "schedule-remove", schedule.slug, rule=sentence(rule_of(schedule)))
    session.delete(schedule)


# --- the city's own days ---------------------------------------------------------------------------------------


def import_days(session: Session, by: Who, days: Mapping[date, OwnDay]) -> tuple[int, int]:
    """Take these days into the calendar, in place of what it said of them; how many are new and how many have changed."""
    due.settle(session)
    known = {each.day: each for each in own_days(session)}
    new = changed = 0
    for day, said in days.items():
        kept = known.get(day)
        if kept is None:
            session.add(ClosedDay(day=day, name=said.name, open=said.open))
            new += 1
        elif (kept.name, kept.open) != (said.name, said.open):
            kept.name, kept.open = said.name, said.open
            changed += 1
    session.flush()
    audited(session, by, "days-import", "calendar", new=new, changed=changed)
    return new, changed


def remove_day(session: Session, by: Who, day: date) -> None:
    """Forget what the city said of a day. Raises DayUnknownError."""
    kept = session.scalars(select(ClosedDay).where(ClosedDay.day == day)).one_or_none()
    if kept is None:
        raise DayUnknownError(day=day.isoformat())
    due.settle(session)
    session.delete(kept)
    audited(session, by, "days-remove", day.isoformat(), name=kept.name)


def _found(session: Session, slug: str) -> Schedule | None:
    # What no database can be asked for (NUL) is no name either.
    if not slug.isprintable():
        return None
    return session.scalars(select(Schedule).where(Schedule.slug == slug)).one_or_none()
