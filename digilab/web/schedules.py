"""Schedules as pages tell of them: when they run next, what became of the last run, why one has stopped itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digilab.jobs.rules import receipt
from digilab.language import Language, text
from digilab.timetable import use
from digilab.timetable.records import Schedule
from digilab.timetable.sentences import sentence

NEXT = 3
"""Due times that a list shows."""


@dataclass(frozen=True)
class RunView:
    """One due time that has come."""

    due_at: datetime
    state_text: str
    receipt: str
    """Of the job that it became; empty when it became none."""


@dataclass(frozen=True)
class ScheduleView:
    """One schedule."""

    slug: str
    title: str
    rule: str
    service: str
    department: str
    person: str
    source: str
    enabled: bool
    failures: int
    stopped: str
    """Why it stopped itself; empty when it did not."""
    stopped_at: datetime | None
    upcoming: list[datetime]
    last: RunView | None


def schedules(session: Session, language: Language) -> list[ScheduleView]:
    """All of them."""
    return [_view(session, each, language) for each in use.schedules(session)]


def _view(session: Session, schedule: Schedule, language: Language) -> ScheduleView:
    stopped = schedule.stopped or {}
    sentences = stopped.get("sentences", {})
    source = schedule.source
    return ScheduleView(
        slug=schedule.slug,
        title=schedule.title,
        rule=sentence(use.rule_of(schedule)),
        service=schedule.service.name,
        department=schedule.department.name,
        person=schedule.person.name,
        source=text(language, f"pages.schedules.source-{source['kind']}", path=str(source.get("path", ""))),
        enabled=schedule.enabled,
        failures=schedule.failures,
        stopped=str(sentences.get(language) or sentences.get("ja", "")) if stopped else "",
        stopped_at=datetime.fromisoformat(stopped["at"]) if stopped else None,
        upcoming=use.upcoming(session, schedule, NEXT),
        last=_last(session, schedule, language),
    )


def _last(session: Session, schedule: Schedule, language: Language) -> RunView | None:
    run = next(iter(use.runs(session, schedule, 1)), None)
    if run is None:
        return None
    number = "" if run.job_id is None else receipt(run.job_id)
    return RunView(run.due_at, text(language, f"pages.schedules.states.{run.state}"), number)
