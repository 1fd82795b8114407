"""Schedules, their due runs, the city's own closed days."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digilab.access.records import Department, Person
from digilab.database.base import Record
from digilab.services.records import Service


class Schedule(Record):
    """When a robot runs, and where its rows come from."""

    __tablename__ = "schedules"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    """Who answers for it; jobs are handed in under this name."""
    rule: Mapped[dict[str, Any]]
    """A rule as `digilab.timetable.rules` reads it: cron text or a business-day rule, with the time of day."""
    source: Mapped[dict[str, Any]]
    """`{"kind": "folder", "path": …, "pattern": …}`: the newest file by its name; or `{"kind": "upload"}`: the newest job of
    the department that waits for its time."""
    missed: Mapped[str] = mapped_column(String(10))
    """What happens to due times that passed while nothing ran: `skip`, or `once` (the last of them, late)."""
    rehearse: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    stopped: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`{"at", "code", "sentences"}` when it stopped itself."""
    begins_at: Mapped[datetime]
    """Due times before this are none."""
    looked_at: Mapped[datetime]
    """Due times up to here are in the record."""
    created_at: Mapped[datetime]

    service: Mapped[Service] = relationship()
    department: Mapped[Department] = relationship()
    person: Mapped[Person] = relationship()


class DueRun(Record):
    """One due time of one schedule: once in the record, whatever number of clocks run."""

    __tablename__ = "due_runs"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id"))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), index=True)
    """`due`, `started`, `skipped` (missed), `empty` (nothing to run), `failed`, `done`."""
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    detail: Mapped[dict[str, Any]]
    """`code` and `sentences` of what went wrong; `file`, `passed` (over), `late`, `held`; what was seen of a file that is waited for."""
    changed_at: Mapped[datetime]

    schedule: Mapped[Schedule] = relationship()


class ClosedDay(Record):
    """A day on which the city itself is closed, beside weekends and national holidays (年末年始, 創立記念日 …)."""

    __tablename__ = "closed_days"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(120))
    open: Mapped[bool] = mapped_column(default=False)
    """True: open in spite of a weekend or holiday."""
