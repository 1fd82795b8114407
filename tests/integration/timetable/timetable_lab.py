"""The small job server with a robot, a folder of spreadsheets and clocks whose time the test tells."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from digilab.config import RobotSettings, Settings
from digilab.jobs import lifecycle
from digilab.jobs.records import Job
from digilab.office import Office
from digilab.timetable import due, folders, use
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.rules import JST
from digilab.timetable.sentences import read
from digilab.timetable.use import Missed, Plan
from integration.jobs.rows_lab import PAYMENTS, WORKBOOK, RowsLab, row

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=JST)
"""Where every test begins."""
DAILY = "毎営業日 09:00"
INBOX = "kaikei/支払"


@dataclass
class TimetableLab(RowsLab):
    """One house with schedules."""

    sources: Path = Path()
    moment: datetime = MONDAY
    elapsed: float = 0.0
    watch: due.Watch = field(init=False)

    def furnish(self) -> "TimetableLab":
        """With a folder that schedules may read."""
        super().furnish()
        self.inbox.mkdir(parents=True)
        self.watch = self.another_clock()
        return self

    @property
    def inbox(self) -> Path:
        """The folder that the tests' schedules read."""
        return self.sources / INBOX

    @property
    def office(self) -> Office:
        """The house as a clock has it."""
        settings = Settings(robots=RobotSettings(sources=self.sources))
        return Office(settings, self.database, self.store, self.queue)

    # --- schedules --------------------------------------------------------------------------------------

    def schedule(
        self, rule: str = DAILY, slug: str = "daily", login: str = "sato", *, folder: bool = False, **asked: Any
    ) -> Schedule:
        """A schedule that begins now."""
        source = folders.source(INBOX, asked.pop("pattern", "支払_*.xlsx")) if folder else use.UPLOAD
        asked["missed"] = Missed(asked.get("missed", "skip"))
        with self.database.transaction() as session:
            plan = Plan(slug=slug, service=PAYMENTS, person=login, rule=read(rule), source=source, **asked)
            made = use.create(session, "cli:test", plan, sources=self.sources)
            made.begins_at = self.moment
            made.looked_at = self.moment - timedelta(microseconds=1)
            return made

    def again(self, slug: str = "daily") -> Schedule:
        """The schedule as the record has it now."""
        with self.database.reading() as session:
            return use.schedule_named(session, slug)

    def runs(self, slug: str = "daily") -> list[DueRun]:
        """Its due runs in order."""
        with self.database.reading() as session:
            query = select(DueRun).join(Schedule).where(Schedule.slug == slug).order_by(DueRun.due_at)
            return list(session.scalars(query))

    def told_of_runs(self, slug: str = "daily") -> list[tuple[str, str, str]]:
        """Day and time, state, code of each."""
        return [
            (f"{run.due_at.astimezone(JST):%m-%d %H:%M}", run.state, run.detail.get("code", ""))
            for run in self.runs(slug)
        ]

    # --- time -------------------------------------------------------------------------------------------

    def another_clock(self) -> due.Watch:
        """What a clock that has just started remembers."""
        return due.Watch(lambda: self.elapsed)

    def round(self, watch: due.Watch | None = None) -> int:
        """One round of a clock."""
        return due.look(self.office, watch or self.watch, lambda _session: self.moment)

    def wait(self, **time: float) -> None:
        """Time passes while no clock looks."""
        passed = timedelta(**time)
        self.moment += passed
        self.elapsed += passed.total_seconds()

    def jump(self, **time: float) -> None:
        """Somebody sets the record's clock."""
        self.moment += timedelta(**time)

    def watched(self, until: datetime) -> None:
        """Time passes while the clock looks all the while, as far as a schedule for nine o'clock can see."""
        first = self.moment.replace(hour=0, minute=0, second=0)
        days = [first + timedelta(days=count) for count in range((until - first).days + 1)]
        rounds = [day + timedelta(hours=9, minutes=minutes) for day in days for minutes in (-5, 1)]
        for moment in sorted({*rounds, until - timedelta(minutes=5), until}):
            if self.moment < moment <= until:
                self.wait(seconds=(moment - self.moment).total_seconds())
                self.round()

    def at(self, day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
        """A moment of the winter in which the tests play."""
        return datetime(2026 if month > 6 else 2027, month, day, hour, minute, tzinfo=JST)

    # --- files and jobs ---------------------------------------------------------------------------------

    def drop(self, name: str, content: bytes = WORKBOOK) -> Path:
        """Somebody puts a file into the folder, whole."""
        path = self.inbox / name
        path.write_bytes(content)
        os.utime(path, ns=(1, path.stat().st_size))
        return path

    def uploaded(self, number: int, login: str = "sato") -> int:
        """A job that has been checked and waits for its time."""
        job_id = self.with_rows(row(number), login=login, options={"start": "schedule"})
        self.approved(job_id)
        return job_id

    def state(self, job_id: int) -> str:
        """Of a job."""
        return self.look(job_id).state

    def ends(self, job_id: int, *, well: bool) -> None:
        """A job's workers come to an end with it."""
        with self.database.transaction() as session:
            job = session.get_one(Job, job_id)
            job.state = "done" if well else "failed"
            job.failure = None if well else {"code": "wrong", "sentences": {"ja": "行が誤りです。", "en": "wrong."}}

    def cancelled(self, job_id: int) -> None:
        """A person cancels a job."""
        with self.database.transaction() as session:
            lifecycle.cancel(session, job_id, "sato")
