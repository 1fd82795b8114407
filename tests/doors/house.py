"""An open house with people of two departments, one service and a worker whose acts a test does by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from digilab.access import people
from digilab.access.records import Audit
from digilab.access.rules import Asker, Role
from digilab.config import Settings, WebSettings
from digilab.database.session import Database, now
from digilab.hours.use import approve, propose
from digilab.jobs import backlog, lifecycle
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import File, Job, Part, Worker
from digilab.office import Office
from digilab.queue.contract import Queue
from digilab.queue.inprocess import InProcessQueue
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.store.folder import FolderStore

PASSWORD = "correct horse battery"
SERVICE = "minutes"
WAV = b"RIFF\x00\x00\x00\x00WAVEfmt "
PEOPLE = {
    "sato": ("佐藤 花子", "010", Role.STAFF),
    "suzuki": ("鈴木 一郎", "020", Role.STAFF),
    "kacho": ("課長 みどり", "010", Role.HEAD),
    "zeicho": ("税務 課長", "020", Role.HEAD),
    "operator": ("運用 太郎", "010", Role.OPERATOR),
    "auditor": ("監査 次郎", "010", Role.AUDITOR),
    "admin": ("管理者", "010", Role.ADMIN),
}


@dataclass
class House:
    """The office and shorthands for what tests do with it."""

    office: Office
    askers: dict[str, Asker] = field(default_factory=dict)

    @property
    def incoming(self) -> list[str]:
        """What lies in the store's incoming place."""
        return sorted(path.name for path in (self.office.settings.store_folder / "incoming").iterdir())

    @property
    def kept(self) -> list[str]:
        """Every file that the store keeps."""
        return [listed.key for listed in self.office.store.keys("")]

    def token(self, login: str) -> str:
        """A new API token of this person."""
        with self.office.database.transaction() as session:
            return people.add_token(session, people.person_with(session, login), "test")

    def jobs(self) -> list[Job]:
        """All jobs in order."""
        with self.office.database.reading() as session:
            return list(session.scalars(select(Job).order_by(Job.id)))

    def files(self, job_id: int) -> list[File]:
        """A job's files."""
        with self.office.database.reading() as session:
            return list(session.scalars(select(File).where(File.job_id == job_id).order_by(File.id)))

    def audit(self, action: str) -> list[Audit]:
        """Rows of one action."""
        with self.office.database.reading() as session:
            return list(session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.id)))

    def hand_in(self, login: str = "sato", name: str = "会議.wav", content: bytes = WAV, title: str = "定例会") -> Job:
        """A job, as if it had come through a door."""
        office = self.office
        with office.store.receive() as incoming:
            incoming.write(content)
            wanted = Submission(SERVICE, [Received(name, incoming)], title=title)
            accepted = submit(office.database, office.store, office.queue, self.askers[login], wanted, max_files=20)
        with office.database.reading() as session:
            return session.get_one(Job, accepted.job_id)

    def lease(self, worker: str = "w1") -> backlog.Lease:
        """The next part goes to the worker, and it begins."""
        with self.office.database.transaction() as session:
            session.merge(self._worker(worker, now(session) + timedelta(hours=1)))
        with self.office.database.transaction() as session:
            lease = backlog.lease_next(session, "transcription", 3600, 3600)[0]
        with self.office.database.transaction() as session:
            lifecycle.claim(session, lease.part_id, lease.epoch, worker, 3600)
        return lease

    def split(self, stretches: Sequence[float]) -> None:
        """The next part is a split: it finds these stretches, in seconds."""
        lease = self.lease()
        with self.office.database.transaction() as session:
            lifecycle.expect(session, lease.part_id, lease.epoch, sum(stretches))
            parts = [lifecycle.NewPart(number, seconds, {}) for number, seconds in enumerate(stretches)]
            lifecycle.add_work(session, lease.part_id, lease.epoch, parts)
        with self.office.database.transaction() as session:
            lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, 0.0)

    def work(self) -> None:
        """The next part is work and is done."""
        lease = self.lease()
        with self.office.database.transaction() as session:
            steps = session.get_one(Part, lease.part_id).weight
            lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, steps)

    def report(self, lease: backlog.Lease, progress: float) -> None:
        """The worker tells how far it is."""
        with self.office.database.transaction() as session:
            lifecycle.renew(session, lease.part_id, lease.epoch, 3600, progress)
        self.office.queue.publish(lease.job_id, {"event": "progress", "done": progress, "total": None})

    def join(
        self,
        outputs: dict[str, bytes],
        seconds: float,
        *,
        result: dict[str, Any] | None = None,
        review: bool = False,
        extra: Sequence[lifecycle.NewPart] = (),
    ) -> Job:
        """The next part is a join: it writes these files and the job is done, or people must look."""
        lease = self.lease()
        written = []
        for name, content in outputs.items():
            with self.office.store.receive() as incoming:
                incoming.write(content)
                stored = self.office.store.keep(incoming, f"outputs/{lease.job_id}/{len(written)}")
            written.append(lifecycle.Output(name, "text/plain; charset=utf-8", stored))
        with self.office.database.transaction() as session:
            job = lifecycle.finish(
                session,
                lease.part_id,
                lease.epoch,
                outputs=written,
                verified=seconds,
                review=review,
                result=result or {},
                extra=extra,
            )
        self.office.queue.publish(job.id, {"event": "state", "state": job.state})
        return job

    def finished(self, login: str = "sato", seconds: float = 3600.0) -> Job:
        """A job that was handed in and is done."""
        self.hand_in(login)
        self.split([seconds])
        self.work()
        return self.join({"定例会.txt": "本日の会議を始めます。\n".encode()}, seconds)

    def failed(self, code: str = "audio-silent", sentence: str = "話し声が見つかりませんでした。") -> Job:
        """A job that could not be done."""
        self.hand_in()
        lease = self.lease()
        with self.office.database.transaction() as session:
            failure = lifecycle.Failure(code, {"ja": sentence, "en": "No speech was found."})
            return lifecycle.fail(session, lease.part_id, lease.epoch, failure)

    def _worker(self, name: str, seen: object) -> Worker:
        return Worker(id=name, capability="transcription", host="here", pid=1, started_at=seen, seen_at=seen)


def furnished(data: Path, database: Database, queue: Queue | None = None, **web: object) -> House:
    """People, service and approved baseline (4 minutes per minute of recording) in an empty database."""
    settings = Settings(data=data, city="〇〇市 デジラボ", web=WebSettings.model_validate(web))
    office = Office(settings, database, FolderStore(settings.store_folder), queue or InProcessQueue())
    house = House(office)
    with database.transaction() as session:
        people.add_department(session, "010", "総務課")
        people.add_department(session, "020", "税務課")
        for login, (name, department, role) in PEOPLE.items():
            person = people.add_person(
                session, login=login, name=name, department_code=department, role=role, password=PASSWORD
            )
            house.askers[login] = people.asker(person)
        service = add_service(session, slug=SERVICE, kind=Kind.TRANSCRIPTION, name="会議録音の文字起こし")
        baseline = propose(
            session,
            service,
            minutes_per_unit=4.0,
            valid_from=(now(session) - timedelta(days=10)).date(),
            owner="総務課長",
            evidence="実測10件",
        )
        approve(session, baseline, house.askers["admin"])
    return house
