"""A small job server without processes: departments, people, a service, and what clock and workers do, one step at a time."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from digilab.access import people
from digilab.access.rules import Asker, Role
from digilab.database.base import Record, UTCDateTime
from digilab.database.session import Database, now
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs import backlog, history, lifecycle
from digilab.jobs.backlog import Lease
from digilab.jobs.intake import Accepted, Received, Submission, submit
from digilab.jobs.lifecycle import NewPart, Output
from digilab.jobs.records import File, Job, Part, Worker
from digilab.jobs.rules import PartState, Priority, Stage
from digilab.queue.contract import Queue
from digilab.services.menu import add_service, service_of
from digilab.services.rules import Kind
from digilab.store.contract import Store

KIND = Kind.TRANSCRIPTION.value.name
SERVICE = "minutes"
PASSWORD = "correct horse battery"
LEASE = 30.0
CLAIM = 10.0
ALIVE = 15.0
CRASHES = 3
AT_ONCE = 0.4
"""Seconds in which a step that does not wait for anybody is long over."""
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00"
"""The beginning of a WAV file."""


def eventually(happened: Callable[[], bool], patience: float = 20.0) -> None:
    """Wait until it has happened; fails when it does not."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


@dataclass
class Lab:
    """One house and its people."""

    database: Database
    store: Store
    queue: Queue
    askers: dict[str, Asker] = field(default_factory=dict)
    kind: str = KIND
    """Whose parts the clock's and the workers' steps are about."""

    def furnish(self) -> "Lab":
        """Two departments with a clerk each, an administrator, an auditor, one service."""
        accounts = {
            "sato": ("010", Role.STAFF),
            "suzuki": ("020", Role.STAFF),
            "boss": ("010", Role.ADMIN),
            "audit": ("020", Role.AUDITOR),
        }
        with self.database.transaction() as session:
            people.add_department(session, "010", "総務課")
            people.add_department(session, "020", "税務課")
            add_service(session, slug=SERVICE, kind=Kind.TRANSCRIPTION, name="会議録音", options={"language": "ja"})
            for login, (department, role) in accounts.items():
                person = people.add_person(
                    session, login=login, name=login, department_code=department, role=role, password=PASSWORD
                )
                self.askers[login] = people.asker(person)
        return self

    # --- handing in -------------------------------------------------------------------------------------

    def received(self, content: bytes = SOUND, name: str = "会議.wav") -> Received:
        """A file that has come in."""
        incoming = self.store.receive()
        incoming.write(content)
        return Received(name, incoming)

    def submit(self, login: str = "sato", *files: Received, **asked: Any) -> Accepted:
        """Hand a job in; without files a small recording."""
        submission = Submission(asked.pop("service", SERVICE), list(files) or [self.received()], **asked)
        try:
            return submit(self.database, self.store, self.queue, self.askers[login], submission, max_files=3)
        finally:
            for each in submission.files:
                each.incoming.discard()

    def job(self, login: str = "sato", **asked: Any) -> int:
        """A new job's id. `priority` is given by the lab, as clerks may not call anything urgent."""
        priority = asked.pop("priority", Priority.NORMAL)
        job_id = self.submit(login, **asked).job_id
        with self.database.transaction() as session:
            urgent(session, job_id, priority)
        return job_id

    # --- the clock's and the workers' steps --------------------------------------------------------------

    def workers(self, *names: str) -> None:
        """These workers give a sign of life."""
        with self.database.transaction() as session:
            moment = now(session)
            for name in names:
                session.merge(
                    Worker(
                        id=name,
                        capability=self.kind,
                        host="here",
                        pid=1,
                        started_at=moment,
                        seen_at=moment,
                        draining=False,
                    )
                )

    def dispatch(self) -> list[Lease]:
        """What the clock gives out."""
        with self.database.transaction() as session:
            return backlog.lease_next(session, self.kind, CLAIM, ALIVE)

    def expire(self) -> int:
        """The clock takes back what has run out."""
        with self.database.transaction() as session:
            return lifecycle.expire(session, CRASHES)

    def lease(self) -> Lease:
        """The one next part, leased to whoever claims it: one worker more is there than messages are on their way."""
        with self.database.transaction() as session:
            session.execute(delete(Worker))
            unclaimed = session.scalars(
                select(Part.id).where(Part.state == PartState.LEASED, Part.worker.is_(None))
            ).all()
        self.workers(*(f"spare{number}" for number in range(len(unclaimed) + 1)))
        [lease] = self.dispatch()
        return lease

    def leased(self) -> int:
        """How many parts are leased."""
        with self.database.reading() as session:
            return len(session.scalars(select(Part.id).where(Part.state == PartState.LEASED)).all())

    def claim(self, lease: Lease, worker: str = "w1") -> Part:
        """A worker begins."""
        with self.database.transaction() as session:
            return lifecycle.claim(session, lease.part_id, lease.epoch, worker, LEASE)

    def begin(self, worker: str = "w1") -> Lease:
        """Lease the next part and begin it."""
        lease = self.lease()
        self.claim(lease, worker)
        return lease

    def act(self, change: Callable[..., Any], lease: Lease, *values: Any, **named: Any) -> Any:
        """One of the lifecycle's steps with this lease, in its own transaction."""
        with self.database.transaction() as session:
            return change(session, lease.part_id, lease.epoch, *values, **named)

    def split(self, parts: int = 2, weight: float = 60.0) -> list[int]:
        """Do the next part, which is a split: it hands over work. Returns the work parts' ids."""
        lease = self.begin()
        self.act(lifecycle.expect, lease, parts * weight)
        self.act(lifecycle.add_work, lease, [NewPart(number, weight, {}) for number in range(parts)])
        self.act(lifecycle.checkpoint, lease, {}, 0.0)
        return [part.id for part in self.parts(lease.job_id) if part.stage == Stage.WORK]

    def work(self) -> Lease:
        """Do the next part, which is work."""
        lease = self.begin()
        part = self.part(lease.part_id)
        assert part.stage == Stage.WORK
        self.act(lifecycle.checkpoint, lease, {"text": f"part {part.ordinal}"}, part.weight)
        return lease

    def output(self, lease: Lease, name: str = "議事録.txt", text: str = "本日は") -> Output:
        """A result in the store."""
        with self.store.receive() as incoming:
            incoming.write(text.encode())
            return Output(name, "text/plain", self.store.keep(incoming, f"outputs/{uuid.uuid4().hex}/{lease.epoch}"))

    def finish(
        self,
        lease: Lease,
        *,
        review: bool = False,
        verified: float = 120.0,
        name: str = "議事録.txt",
        extra: Sequence[NewPart] = (),
    ) -> Job:
        """A join writes its output and ends the job."""
        job: Job = self.act(
            lifecycle.finish,
            lease,
            outputs=[self.output(lease, name)],
            verified=verified,
            review=review,
            result={"files": 1},
            extra=extra,
        )
        return job

    def whole_job(
        self,
        login: str = "sato",
        *,
        verified: float = 120.0,
        review: bool = False,
        extra: Sequence[NewPart] = (),
        **asked: Any,
    ) -> int:
        """A job from hand-in to its end."""
        job_id = self.job(login, **asked)
        self.split(1)
        self.work()
        self.finish(self.begin(), verified=verified, review=review, extra=extra)
        return job_id

    # --- looking ----------------------------------------------------------------------------------------

    def look(self, job_id: int) -> Job:
        """The job with its files as the record has it now."""
        with self.database.reading() as session:
            job = session.get_one(Job, job_id)
            assert job.files is not None
            assert job.parts is not None
            return job

    def part(self, part_id: int) -> Part:
        """The part as the record has it now."""
        with self.database.reading() as session:
            return session.get_one(Part, part_id)

    def parts(self, job_id: int) -> list[Part]:
        """A job's parts."""
        with self.database.reading() as session:
            return list(session.scalars(select(Part).where(Part.job_id == job_id).order_by(Part.id)))

    def told(self, job_id: int) -> list[str]:
        """The history's events."""
        with self.database.reading() as session:
            return [each.event for each in history.of_job(session, job_id, "ja")]

    def count(self, table: type[Record]) -> int:
        """Rows of a table."""
        with self.database.reading() as session:
            return len(session.scalars(select(table)).all())

    def kept(self, prefix: str = "") -> list[str]:
        """Keys in the store."""
        return [each.key for each in self.store.keys(prefix)]

    def files(self, job_id: int) -> list[File]:
        """A job's files."""
        return self.look(job_id).files

    # --- hours and time ---------------------------------------------------------------------------------

    def baseline(self, minutes: float = 4.0, valid_from: date = date(2020, 1, 1), *, approved: bool = True) -> int:
        """A baseline of the service; its id."""
        with self.database.transaction() as session:
            baseline = hours.propose(
                session,
                service_of(session, SERVICE),
                minutes_per_unit=minutes,
                valid_from=valid_from,
                owner="総務課長",
                evidence="10件の実測",
            )
            number = baseline.id
        if approved:
            self.approve(number)
        return number

    def approve(self, baseline_id: int, login: str = "boss") -> int:
        """Approve it and book what waited; how many."""
        with self.database.transaction() as session:
            baseline = session.get_one(Baseline, baseline_id)
            hours.approve(session, baseline, self.askers[login])
            return lifecycle.book_waiting(session, baseline.service_id)

    def pass_time(self, seconds: float) -> None:
        """Make everything in the record so much older, which is the same as waiting."""
        with self.database.transaction() as session:
            for table in Record.metadata.sorted_tables:
                times = [column for column in table.columns if isinstance(column.type, UTCDateTime)]
                keys = list(table.primary_key.columns)
                for row in session.execute(select(*keys, *times)).all() if times else ():
                    older = {
                        column.name: row._mapping[column] - timedelta(seconds=seconds)
                        for column in times
                        if row._mapping[column] is not None
                    }
                    if older:
                        same = [key == row._mapping[key] for key in keys]
                        session.execute(update(table).where(*same).values(older))


def parts_by_state(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """(stage, state) of each."""
    return [(part.stage, part.state) for part in parts]


def urgent(session: Session, job_id: int, priority: Priority) -> None:
    """Give a job and its parts another priority."""
    session.execute(update(Job).where(Job.id == job_id).values(priority=int(priority)))
    session.execute(update(Part).where(Part.job_id == job_id).values(priority=int(priority)))
