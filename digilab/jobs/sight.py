"""What an asker may see of jobs. Every id that comes in goes through here; what is not yours does not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from digilab.access.rules import Asker
from digilab.errors import NotFoundError
from digilab.jobs.names import printable
from digilab.jobs.records import File, Job, Part
from digilab.jobs.rules import JobState, PartState, Stage, job_id_of


@dataclass(frozen=True)
class Progress:
    """How far a job is, in the kind's own steps (seconds of recording, sheets, rows)."""

    done: float
    total: float | None
    """None until it is known."""

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


def job_of(session: Session, asker: Asker, number: str) -> Job:
    """The job with this 受付番号. Raises NotFoundError when it is none or another department's."""
    job_id = job_id_of(number)
    job = None if job_id is None else session.get(Job, job_id)
    if job is None or not asker.may_see(job.department_id):
        raise NotFoundError
    return job


def file_of(session: Session, asker: Asker, number: str, name: str, role: str | None = None) -> File:
    """A file of a visible job; an output goes before an input of the same name unless `role` says which. Raises NotFoundError."""
    job = job_of(session, asker, number)
    if printable(name) != name:  # NUL and the like: no file is called so, and no database can be asked
        raise NotFoundError
    query = select(File).where(File.job_id == job.id, File.name == name).order_by(File.role.desc()).limit(1)
    if role is not None:
        query = query.where(File.role == role)
    file = session.scalars(query).one_or_none()
    if file is None:
        raise NotFoundError
    return file


def recent(
    session: Session, asker: Asker, count: int, before: int | None = None, *, state: JobState | None = None
) -> Sequence[Job]:
    """The newest jobs that the asker may see; `before` a job id for the next page, `state` those of one state only."""
    query = (
        select(Job).options(joinedload(Job.department), joinedload(Job.service)).order_by(Job.id.desc()).limit(count)
    )
    if not asker.sees_all:
        query = query.where(Job.department_id == asker.department_id)
    if before is not None:
        query = query.where(Job.id < before)
    if state is not None:
        query = query.where(Job.state == state)
    return session.scalars(query).all()


def progress(session: Session, job: Job) -> Progress:
    """Steps done: finished work parts in full, running ones as last reported."""
    done = session.execute(
        select(func.coalesce(func.sum(Part.progress), 0.0)).where(
            Part.job_id == job.id,
            Part.stage == Stage.WORK,
            Part.state.in_((PartState.DONE, PartState.LEASED)),
        )
    ).scalar_one()
    total = job.verified or job.expected
    return Progress(min(float(done), total) if total else float(done), total)


def joined_result(session: Session, job_id: int) -> dict[str, Any]:
    """What the job's last join has told; empty before there was one."""
    query = select(Part.result).where(Part.job_id == job_id, Part.stage == Stage.JOIN, Part.state == PartState.DONE)
    return session.scalars(query.order_by(Part.ordinal.desc()).limit(1)).first() or {}


def extra_part(session: Session, job_id: int, ordinal: int = 0) -> Part | None:
    """What is, was or will be done with the job's results."""
    query = select(Part).where(Part.job_id == job_id, Part.stage == Stage.EXTRA, Part.ordinal == ordinal)
    return session.scalars(query).one_or_none()
