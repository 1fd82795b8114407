"""A house as `digilab up` starts it, for measuring: real processes, HTTP in, the record out."""

import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from digilab.access import people
from digilab.commands.door import Door
from digilab.config import ModelSettings, Settings, WebSettings, WorkSettings
from digilab.database.session import Database
from digilab.first_start import LOGIN, SERVICE
from digilab.jobs.records import HistoryEntry, Job, Part
from digilab.jobs.rules import JobState, Stage, job_id_of
from digilab.up import House

# The house's children are given this process's path: files of benchmarks/ that are named like engines must not come first in it.
sys.path.sort(key=lambda each: Path(each) == Path(__file__).resolve().parents[1])


class RunningHouse:
    """What a measurement asks of it."""

    def __init__(self, house: House, door: Door, database: Database) -> None:
        self.house, self.door, self.database = house, door, database

    def hand_in(self, recording: Path) -> str:
        """Submit; the receipt."""
        return str(self.door.hand_in(SERVICE, recording, title="measured")["receipt"])

    def wait(self, receipt: str, patience: float = 3600.0) -> None:
        """Until the results are written, complete or for a person to look at. Asks the record, not the web: many questions there would
        cost the workers a tenth of a core."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            job = self.job(receipt)
            if job.status in (JobState.DONE, JobState.REVIEW):
                return
            if job.status.ended:
                raise RuntimeError(f"{receipt}: {job.state} {job.failure}")
            time.sleep(0.1)
        raise TimeoutError(receipt)

    def timed(self, recording: Path) -> tuple[float, str]:
        """Seconds from hand-in to files written, and the receipt."""
        began = time.monotonic()
        receipt = self.hand_in(recording)
        self.wait(receipt)
        return time.monotonic() - began, receipt

    def waited(self, receipt: str) -> float:
        """Seconds from `received` to `started` as the record has them."""
        with self.database.reading() as session:
            entries = session.scalars(select(HistoryEntry).where(HistoryEntry.job_id == job_id_of(receipt))).all()
        times: dict[str, datetime] = {entry.event: entry.at for entry in entries}
        return (times["started"] - times["received"]).total_seconds()

    def stretches(self, receipt: str) -> int:
        """How many work parts the job had."""
        with self.database.reading() as session:
            query = select(Part.id).where(Part.job_id == job_id_of(receipt), Part.stage == Stage.WORK)
            return len(session.scalars(query).all())

    def peak_mib(self, name: str) -> float:
        """Peak resident memory of a child process whose name begins so (the greatest, if there are several)."""
        pids = [child.process.pid for child in self.house.children if child.name.startswith(name) and child.process]
        return max(_high_water(pid) for pid in pids) / 1024

    def output(self, receipt: str, ending: str, target: Path) -> Path:
        """Fetch one result."""
        job = self.door.get(f"/api/v1/jobs/{receipt}")
        name = next(file["name"] for file in job["files"] if file["name"].endswith(ending))
        self.door.fetch(f"/api/v1/jobs/{receipt}/files/{name}", target)
        return target

    def job(self, receipt: str) -> Job:
        """The record."""
        with self.database.reading() as session:
            return session.get_one(Job, job_id_of(receipt))


@contextmanager
def running(model: Path, *, workers: int = 1, threads: int = 1) -> Iterator[RunningHouse]:
    """A house with one model, in a temporary folder; its first recording finds the engine warm only after another one."""
    with tempfile.TemporaryDirectory(prefix="digilab-bench-") as folder:
        settings = Settings(
            data=Path(folder),
            web=WebSettings(port=_free_port()),
            work=WorkSettings(workers=workers, threads=threads),
            models=ModelSettings(folder=model.resolve().parent, transcription=model.name),
        )
        house = House(settings)
        house.prepare()
        database = Database(settings.database_url)
        with database.transaction() as session:
            token = people.add_token(session, people.person_with(session, LOGIN), "benchmark")
        watcher = threading.Thread(target=house.watch)
        with (Path(folder) / "server.log").open("ab") as log:
            house.start(log)
            watcher.start()
            try:
                door = Door(settings.web.host, settings.web.port, token)
                _wait_for(door)
                yield RunningHouse(house, door, database)
            finally:
                house.end()
                watcher.join()
                house.stop()
                database.close()


def _wait_for(door: Door) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            door.get("/api/v1/services")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _high_water(pid: int) -> int:
    """VmHWM in KiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
