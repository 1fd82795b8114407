"""A house of real processes: Redis, clock and workers, each of which a test may kill, stop and start again."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from digilab.access import people
from digilab.access.rules import Asker
from digilab.config import ModelSettings, QueueSettings, Settings, TranscriptionSettings, WorkSettings
from digilab.first_start import SERVICE, prepare
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import File, Job, Part
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.office import Office, open_office
from servers.redis import RedisServer

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
QUICK = WorkSettings(
    lease_seconds=3, claim_seconds=3, heartbeat_seconds=0.5, clock_seconds=0.3, drain_seconds=20, threads=1
)
"""Short leases, so that a fault is noticed within seconds."""


@dataclass
class HouseProcesses:
    """Processes by name; `worker-1`, `worker-2`, `clock`, and `robot-1` for one that does robots' parts."""

    office: Office
    redis: RedisServer
    environment: dict[str, str]
    folder: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        """A new process of this name."""
        module = "workers.clock" if name == "clock" else "workers.worker"
        capability = ["robot"] if name.startswith("robot") else []
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-P", "-m", module, *capability], env=self.environment, stdout=log, stderr=log, cwd="/"
            )
        return self.running[name]

    def kill(self, name: str) -> None:
        """kill -9."""
        self.running[name].kill()
        self.running[name].wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        """SIGSTOP, SIGCONT, SIGTERM."""
        self.running[name].send_signal(number)

    def freeze(self, name: str, ready: Callable[[], bool] = lambda: True) -> None:
        """SIGSTOP, when `ready()` and while the process is in no transaction: on SQLite it would stop all the others with it."""
        self.until(lambda: self._frozen(name, ready))

    def _frozen(self, name: str, ready: Callable[[], bool]) -> bool:
        self.signal(name, signal.SIGSTOP)
        path = self.office.database.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
                if ready():
                    return True
            except sqlite3.OperationalError:
                pass
        self.signal(name, signal.SIGCONT)
        return False

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def hand_in(self, path: Path, title: str = "") -> int:
        """Submit a recording; its job id."""
        with self.office.database.reading() as session:
            asker = people.asker(people.person_with(session, "admin"))
        with self.office.store.receive() as incoming:
            with path.open("rb") as source:
                while block := source.read(1 << 20):
                    incoming.write(block)
            submission = Submission(SERVICE, [Received(path.name, incoming)], title=title)
            return self.submit(asker, submission)

    def submit(self, asker: Asker, submission: Submission) -> int:
        """Through the one door in."""
        office = self.office
        return submit(office.database, office.store, office.queue, asker, submission, max_files=5).job_id

    def job(self, job_id: int) -> Job:
        """The job as it stands."""
        with self.office.database.reading() as session:
            return session.get_one(Job, job_id)

    def work_parts(self, job_id: int) -> list[Part]:
        """Its work parts in order."""
        with self.office.database.reading() as session:
            query = select(Part).where(Part.job_id == job_id, Part.stage == Stage.WORK).order_by(Part.ordinal)
            return list(session.scalars(query))

    def finished(self, job_id: int) -> dict[int, tuple[int, object]]:
        """Epoch and end of every finished work part, by ordinal."""
        return {
            part.ordinal: (part.epoch, part.ended_at)
            for part in self.work_parts(job_id)
            if part.state == PartState.DONE
        }

    def outputs(self, job_id: int) -> dict[str, str]:
        """SHA-256 of every output by ending, each compared with the stored bytes' length."""
        with self.office.database.reading() as session:
            files = session.scalars(select(File).where(File.job_id == job_id, File.role == "output")).all()
        for file in files:
            assert self.office.store.size(file.key) == file.size
        return {Path(file.name).suffix: file.sha256 for file in files}

    def wait(self, job_id: int, *states: JobState, patience: float = 240.0) -> Job:
        """Until the job is in one of these states."""
        self.until(lambda: self.job(job_id).status in states, patience)
        return self.job(job_id)

    def until(self, condition: Callable[[], bool], patience: float = 120.0) -> None:
        """Poll until it holds; fails with the processes' last words when it does not."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                said = {name: self.log(name)[-1500:] for name in self.running}
                raise AssertionError(f"not within {patience} s; {said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Everything, in good order where possible."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running_house(
    folder: Path, *, workers: int = 1, stretch_seconds: float = 180.0, work: WorkSettings = QUICK, **settings: Any
) -> Iterator[HouseProcesses]:
    """A house with a Redis of its own, the demo model, a clock and so many workers; `settings` are further groups."""
    redis = RedisServer()
    redis.start()
    chosen = Settings(
        data=folder,
        queue=QueueSettings(url=redis.url),
        work=work,
        models=ModelSettings(folder=MODELS, transcription="demo"),
        **{"transcription": TranscriptionSettings(stretch_seconds=stretch_seconds), **settings},
    )
    with open_office(chosen) as office:
        prepare(office.database)
        house = HouseProcesses(office, redis, environment(chosen), folder)
        try:
            house.start("clock")
            for number in range(workers):
                house.start(f"worker-{number + 1}")
            yield house
        finally:
            house.stop()
            redis.remove()


def environment(settings: Settings) -> dict[str, str]:
    """The same settings for child processes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGILAB_")}
    return {**kept, **settings.environment(), "OMP_WAIT_POLICY": "PASSIVE"}
