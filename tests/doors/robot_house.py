"""A house with robots, set up for the practice finance system, and a worker whose parts a test has done in its own process."""

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from digilab.access import people
from digilab.access.people import asker, person_with
from digilab.access.rules import Asker, Role
from digilab.config import DatabaseSettings, QueueSettings, RobotSettings, Settings, WorkSettings
from digilab.database.session import Database, now
from digilab.first_start import LAB, LOGIN, prepare, refresh_robots
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import Job, Part, Worker
from digilab.ledger import control, use
from digilab.ledger.records import LedgerRow
from digilab.office import Office
from digilab.queue.contract import Queue
from digilab.queue.inprocess import InProcessQueue
from digilab.queue.redis import RedisQueue
from digilab.services.records import Service
from digilab.store.folder import FolderStore
from digilab.targets import engine
from digilab.targets.use import target_named
from digilab.vault import use as vault
from robots.flows import robot_named
from servers.practice import LOGIN as ACCOUNT
from servers.practice import PASSWORD as ACCOUNT_PASSWORD
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench, Engines

ROBOT = "expense_entry"
SERVICE = "expense-entry"
THIS_PROCESS = WorkSettings(lease_seconds=8, heartbeat_seconds=1, claim_seconds=8)
PROCESSES = WorkSettings(lease_seconds=5, heartbeat_seconds=0.5, claim_seconds=5)
"""Until a killed worker's rows go to the next one, nothing happens. Less is none: the last two seconds of a lease press no button."""


@dataclass
class RobotHouse:
    """The open house and shorthands for what tests do with it."""

    office: Office
    askers: dict[str, Asker] = field(default_factory=dict)

    # --- people -----------------------------------------------------------------------------------------

    def hand_in(self, *files: tuple[str, bytes], login: str = LOGIN, **options: Any) -> int:
        """A job of these files."""
        received = []
        for name, content in files:
            incoming = self.office.store.receive()
            incoming.write(content)
            received.append(Received(name, incoming))
        office = self.office
        submission = Submission(SERVICE, received, options)
        asking = self.askers[login]
        return submit(office.database, office.store, office.queue, asking, submission, max_files=9).job_id

    def approve(self, job_id: int, login: str = "kacho") -> None:
        """A second person says yes."""
        self.do(lambda session: use.approve(session, job_id, self.askers[login], use.digest(session, job_id)))

    def do(self, act: Any) -> Any:
        """Something in a transaction of its own."""
        with self.office.database.transaction() as session:
            return act(session)

    def change_target(self, **values: Any) -> None:
        """Set columns of the target."""

        def change(session: Any) -> None:
            target = target_named(session, ROBOT)
            for name, value in values.items():
                setattr(target, name, value)

        self.do(change)

    # --- clock and workers ------------------------------------------------------------------------------

    @contextmanager
    def worker(self, name: str = "w1", engines: Engines | None = None) -> Iterator[Bench]:
        """A worker of this process. Its browser is closed with the block; `engines` that are lent to it are not."""
        keeper = Keeper(self.office, name)
        keeper.start()
        bench = Bench(self.office, name, keeper)
        bench.engines = engines or bench.engines
        try:
            yield bench
        finally:
            if engines is None:
                bench.engines.close()
            keeper.stop()

    def work(self, bench: Bench, name: str = "w1") -> None:
        """Give out and do parts until nothing can be given out."""
        queue = self.office.queue
        assert isinstance(queue, InProcessQueue)
        clock = Clock(self.office)
        while self.dispatch(clock, name):
            while (message := queue.take("robot")) is not None:
                bench.run(*message)

    def dispatch(self, clock: Clock, *names: str) -> int:
        """One round of the clock while these workers are alive."""
        with self.office.database.transaction() as session:
            moment = now(session)
            for name in names:
                session.merge(
                    Worker(id=name, capability="robot", host="here", pid=1, started_at=moment, seen_at=moment)
                )
        return clock.tick()

    def hurry(self) -> None:
        """What waits for a moment waits no longer."""

        def due(session: Any) -> None:
            for part in session.scalars(select(Part).where(Part.not_before.is_not(None))):
                part.not_before = None

        self.do(due)

    # --- looking ----------------------------------------------------------------------------------------

    def job(self, job_id: int) -> Job:
        """As the record has it now."""
        with self.office.database.reading() as session:
            job = session.get_one(Job, job_id)
            assert job.files is not None
            assert job.parts is not None
            return job

    def rows(self, job_id: int) -> list[LedgerRow]:
        """A job's rows."""
        with self.office.database.reading() as session:
            return list(use.rows_of(session, job_id))

    def states(self, job_id: int) -> list[str]:
        """Their states in order."""
        return [row.state for row in self.rows(job_id)]

    def output(self, job_id: int, ending: str) -> bytes:
        """The one result whose name ends so."""
        [file] = [file for file in self.job(job_id).files if file.role == "output" and file.name.endswith(ending)]
        return self.stored(file.key)

    def stored(self, key: str) -> bytes:
        """A file of the store."""
        with self.office.store.open(key) as blocks:
            return b"".join(blocks)


def robot_house(
    data: Path,
    database: Database,
    url: str,
    *,
    rows_per_part: int = 4,
    redis: str = "",
    drain_seconds: float = 20,
    **target: Any,
) -> RobotHouse:
    """People, targets, credential and approved baselines. `redis`: address of the queue, for a house of real processes."""
    settings = Settings(
        data=data,
        database=DatabaseSettings(url=database.url),
        queue=QueueSettings(url=redis),
        robots=RobotSettings(rows_per_part=rows_per_part, timeout_seconds=15),
        work=(PROCESSES if redis else THIS_PROCESS).model_copy(update={"drain_seconds": drain_seconds}),
    )
    prepare(database)
    office = Office(settings, database, FolderStore(settings.store_folder), _queue(settings, redis))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "robots", _told)
        patch.setattr(engine, "template", lambda name, file: file.write_bytes(_template(name)))
        refresh_robots(office, LOGIN)
    house = RobotHouse(office)
    with database.transaction() as session:
        for login, role in {"kacho": Role.HEAD, "bucho": Role.HEAD, "ope": Role.OPERATOR, "sato": Role.STAFF}.items():
            person = people.add_person(
                session, login=login, name=login, department_code=LAB, role=role, password="correct horse battery"
            )
            house.askers[login] = asker(person)
        house.askers[LOGIN] = asker(person_with(session, LOGIN))
        control.set_up(session, ROBOT, LOGIN, url=url, settle_seconds=target.pop("settle_seconds", 3.0), **target)
        vault.put(session, settings, target_named(session, ROBOT), ACCOUNT, ACCOUNT_PASSWORD, by=house.askers[LOGIN])
        session.scalars(select(Service).where(Service.slug == SERVICE)).one().open = True
        for baseline in session.scalars(select(Baseline)):
            hours.approve(session, baseline, house.askers[LOGIN])
    return house


_told = cache(engine.robots)
"""The engine tells the same in every house of a run; each asking is a process that loads it."""


@cache
def _template(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.xlsx"
        _written(name, file)
        return file.read_bytes()


_written = engine.template


def _queue(settings: Settings, redis: str) -> Queue:
    return RedisQueue(redis, settings.queue.name) if redis else InProcessQueue()


def csv_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Rows by column name as a csv file (UTF-8 with its mark, as spreadsheets write it)."""
    columns = robot_named(ROBOT).columns
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([column.heading for column in columns])
    for row in rows:
        writer.writerow([row[column.name] for column in columns])
    return written.getvalue().encode("utf-8-sig")
