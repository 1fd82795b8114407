"""A job's history, told as sentences."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.jobs.records import HistoryEntry
from digilab.language import Language, text


@dataclass(frozen=True)
class Told:
    """One line of the history."""

    at: datetime
    event: str
    sentence: str


def tell(session: Session, job_id: int, event: str, **evidence: str | int | float) -> None:
    """Add one event. Its sentence stands in the language files under `history.<event>`."""
    session.add(HistoryEntry(job_id=job_id, at=now(session), event=event, evidence=dict(evidence)))


def of_job(session: Session, job_id: int, language: Language) -> list[Told]:
    """The whole history in order."""
    entries = session.scalars(select(HistoryEntry).where(HistoryEntry.job_id == job_id).order_by(HistoryEntry.id))
    return [
        Told(entry.at, entry.event, text(language, f"history.{entry.event}", **entry.evidence)) for entry in entries
    ]
