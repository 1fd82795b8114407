"""Which terms a recording is read with: those of its department and service that count on the day of the meeting, and the house's."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from digilab.glossary.records import GlossaryTerm
from digilab.glossary.rules import TermKind
from digilab.jobs.records import Job

JST = ZoneInfo("Asia/Tokyo")
_KINDS = tuple(TermKind)


def terms_for(session: Session, department_id: int, service_id: int, day: date) -> list[GlossaryTerm]:
    """Most useful first: by weight, then the nearer before the house's, then names of people before the rest.

    A spelling comes once, from the nearest place.
    """
    found = session.scalars(
        select(GlossaryTerm).where(
            or_(GlossaryTerm.department_id.is_(None), GlossaryTerm.department_id == department_id),
            or_(GlossaryTerm.service_id.is_(None), GlossaryTerm.service_id == service_id),
            or_(GlossaryTerm.valid_from.is_(None), GlossaryTerm.valid_from <= day),
            or_(GlossaryTerm.valid_to.is_(None), GlossaryTerm.valid_to >= day),
        )
    ).unique()
    nearest: dict[str, GlossaryTerm] = {}
    for term in sorted(found, key=lambda term: (_distance(term), term.id)):
        nearest.setdefault(term.text, term)
    return sorted(nearest.values(), key=lambda term: (term.weight, _distance(term), _rank(term.kind), term.id))


def terms_of(session: Session, job: Job) -> list[GlossaryTerm]:
    """Those of a job. The day is its option `meeting_date`, else that on which it was handed in."""
    return terms_for(session, job.department_id, job.service_id, meeting_day(job.options, job.created_at))


def meeting_day(options: Mapping[str, Any], handed_in: datetime) -> date:
    """The day that counts. Raises ValueError for a `meeting_date` that is no day."""
    given = str(options.get("meeting_date", ""))
    return date.fromisoformat(given) if given else handed_in.astimezone(JST).date()


def _distance(term: GlossaryTerm) -> int:
    return 2 * (term.department_id is None) + (term.service_id is None)


def _rank(kind: str) -> int:
    return _KINDS.index(TermKind(kind)) if kind in _KINDS else len(_KINDS)
