"""突合: what the ledger and the finance system's own list count, and every line on which they do not agree."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.jobs.records import Job, Part
from digilab.jobs.rules import PartState, Stage
from digilab.language import Language


@dataclass(frozen=True)
class ReconciledView:
    """The last 突合 of a job."""

    agrees: bool
    rows: int
    """登録済 in the ledger."""
    rows_yen: int
    slips: int
    """In the finance system's list."""
    slips_yen: int
    differences: list[str]
    accepted: str
    """Why somebody took the differences as they are; empty when nobody did."""
    accepted_by: str


def reconciled(session: Session, job: Job, language: Language) -> ReconciledView | None:
    """None before the first, and where no row was ever tried."""
    query = select(Part.result).where(
        Part.job_id == job.id, Part.stage == Stage.JOIN, Part.state == PartState.DONE, Part.result.is_not(None)
    )
    result = session.scalars(query.order_by(Part.ordinal.desc()).limit(1)).first()
    kept = (result or {}).get("reconciliation")
    if kept is None:
        return None
    accepted = kept.get("accepted", {})
    return ReconciledView(
        agrees=kept["agrees"],
        rows=kept["rows"],
        rows_yen=kept["rows_yen"],
        slips=kept["slips"],
        slips_yen=kept["slips_yen"],
        differences=[str(each["sentences"][language]) for each in kept["differences"]],
        accepted=str(accepted.get("reason", "")),
        accepted_by=str(accepted.get("login", "")),
    )
