"""A job's history, told as sentences."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.jobs.records import HistoryEntry
from digilab.language import Language, keys, text


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
    return [Told(entry.at, entry.event, _sentence(entry, language)) for entry in entries]


def _sentence(entry: HistoryEntry, language: Language) -> str:
    told = entry.evidence
    if entry.event == "postponed":
        told = {**told, "reason": _reason(str(told["code"]), told, language)}
    return text(language, f"history.{entry.event}", **told)


def _reason(code: str, evidence: dict[str, Any], language: Language) -> str:
    """Why a part was postponed: the error's own sentence, or where that tells its reader to try again by hand, one without."""
    own = f"postponed.{code}"
    try:
        return text(language, own if own in keys(language) else f"errors.{code}", **evidence)
    except KeyError:  # a line of an earlier version, which kept no evidence
        return code
