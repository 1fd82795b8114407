"""Jobs, their files, parts and history; workers and pauses."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digilab.access.records import Department, Person
from digilab.database.base import Record
from digilab.jobs.rules import JobState, receipt
from digilab.services.records import Service
from digilab.services.rules import Kind


class Job(Record):
    """依頼: what a department handed in."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("person_id", "idempotency_key"),
        Index("ix_jobs_department_id_created_at", "department_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), index=True)
    priority: Mapped[int]
    options: Mapped[dict[str, Any]]
    """The service's defaults with the job's own laid over; never changed afterwards."""
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 over service, options and the files' hashes: tells a repeated request from another one."""
    test: Mapped[bool] = mapped_column(default=False)
    """A trial that books no hours."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expected: Mapped[float | None]
    """Size in the kind's own steps (seconds, sheets, rows), as soon as it is known or guessed from the header."""
    verified: Mapped[float | None]
    """Size as really worked through, set when the job ends well. Hours are booked from it."""
    human_minutes: Mapped[float] = mapped_column(default=0.0)
    """Minutes that people reported for preparing, correcting and checking."""
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`{"code", "sentences": {language: text}, "evidence"}` of the reason why it ended badly."""

    department: Mapped[Department] = relationship()
    person: Mapped[Person] = relationship()
    service: Mapped[Service] = relationship()
    files: Mapped[list["File"]] = relationship(order_by="File.id", back_populates="job")
    parts: Mapped[list["Part"]] = relationship(order_by="Part.id", back_populates="job")

    @property
    def receipt(self) -> str:
        """受付番号."""
        return receipt(self.id)

    @property
    def status(self) -> JobState:
        """The state as a member."""
        return JobState(self.state)

    @property
    def work(self) -> Kind:
        """The kind as a member."""
        return Kind.named(self.kind)


class File(Record):
    """A file of a job. `name` is what people see; `key` is where the store keeps it."""

    __tablename__ = "files"
    __table_args__ = (UniqueConstraint("job_id", "role", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    role: Mapped[str] = mapped_column(String(10))
    """`input` or `output`."""
    name: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]

    job: Mapped[Job] = relationship(back_populates="files")


class Part(Record):
    """単位作業: what one worker takes at a time. Resumable, checkpointed, leased."""

    __tablename__ = "parts"
    __table_args__ = (
        UniqueConstraint("job_id", "stage", "ordinal"),
        Index("ix_parts_state_capability", "state", "capability"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    capability: Mapped[str] = mapped_column(String(40))
    stage: Mapped[str] = mapped_column(String(10))
    ordinal: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    priority: Mapped[int]
    weight: Mapped[float]
    """Expected cost in the kind's own steps; what fair share and progress count in."""
    payload: Mapped[dict[str, Any]]
    """What the kind's adapter needs to do it; ids and store keys, never content, but for what people said of single values."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    epoch: Mapped[int] = mapped_column(default=0)
    """Raised by each new lease; whoever comes with an older one is refused."""
    worker: Mapped[str | None] = mapped_column(String(40))
    """Who claimed the present lease; None while the message is still on its way."""
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    not_before: Mapped[datetime | None]
    """Postponed until then."""
    postponed_seconds: Mapped[float | None]
    """How long it was made to wait the last time because the house was not ready."""
    crashes: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)
    """Steps done within this part, as last reported."""
    created_at: Mapped[datetime]
    leased_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    job: Mapped[Job] = relationship(back_populates="parts")


class HistoryEntry(Record):
    """One sentence of a job's history; the words lie in the language files under `history.<event>`."""

    __tablename__ = "history"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    evidence: Mapped[dict[str, Any]]


class Worker(Record):
    """A worker process that is alive, or was."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    capability: Mapped[str] = mapped_column(String(40), index=True)
    host: Mapped[str] = mapped_column(String(120))
    pid: Mapped[int]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    draining: Mapped[bool] = mapped_column(default=False)


class Pause(Record):
    """A capability whose backlog is held."""

    __tablename__ = "pauses"

    capability: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime]
    login: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(400))
