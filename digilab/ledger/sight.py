"""Looking at rows: of one job, and those over all jobs that wait for a person."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from digilab.access.rules import Asker
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, Stage
from digilab.language import Language
from digilab.ledger import rules
from digilab.ledger.claims import ENDED_BADLY
from digilab.ledger.records import Approval, LedgerEvent, LedgerRow
from digilab.ledger.rules import ASKED, RowState


@dataclass(frozen=True)
class Summary:
    """A job's rows, counted."""

    rows: dict[RowState, int]
    yen: dict[RowState, int]
    digest: str
    """Of the rows that an approval would be about."""

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())

    @property
    def open(self) -> int:
        """Rows that wait for a person."""
        return sum(self.rows.get(state, 0) for state in ASKED)


def rows_of(session: Session, job_id: int, *states: RowState) -> Sequence[LedgerRow]:
    """A job's rows in order; with `states` those in one of them only."""
    query = select(LedgerRow).where(LedgerRow.job_id == job_id).options(joinedload(LedgerRow.target))
    if states:
        query = query.where(LedgerRow.state.in_(states))
    return session.scalars(query.order_by(LedgerRow.number).execution_options(populate_existing=True)).all()


def summary(session: Session, job_id: int) -> Summary:
    """A job's rows, counted."""
    counted: Counter[RowState] = Counter()
    yen: Counter[RowState] = Counter()
    rows = rows_of(session, job_id)
    for row in rows:
        counted[RowState(row.state)] += 1
        yen[RowState(row.state)] += rules.yen(row.values, row.target.amount)
    return Summary(dict(counted), dict(yen), _digest(rows))


def digest(session: Session, job_id: int) -> str:
    """SHA-256 (hex) over what an approval would be about now."""
    return _digest(rows_of(session, job_id, RowState.READY))


def digests(rows: Sequence[LedgerRow]) -> dict[str, str]:
    """What an approval keeps of each row."""
    return {str(row.number): rules.row_digest(row.number, row.reference, row.values) for row in rows}


def history_of(session: Session, row_id: int) -> Sequence[LedgerEvent]:
    """A row's steps in order."""
    return session.scalars(select(LedgerEvent).where(LedgerEvent.row_id == row_id).order_by(LedgerEvent.id)).all()


def approvals(session: Session, job_id: int) -> Sequence[Approval]:
    """What second persons said of a job, in order."""
    return session.scalars(select(Approval).where(Approval.job_id == job_id).order_by(Approval.id)).all()


def notices(session: Session, job_id: int, language: Language) -> list[str]:
    """What the check left out or understood of the files (hidden rows, totals, 和暦 …)."""
    split = session.scalars(select(Part.result).where(Part.job_id == job_id, Part.stage == Stage.SPLIT)).first()
    return [str(each["sentences"][language]) for each in (split or {}).get("notices", [])]


def open_questions(session: Session, asker: Asker) -> Sequence[LedgerRow]:
    """要照合: rows that wait for a person, over all jobs that the asker may see; with them those that were sent by a job that ended badly,
    for which nobody looks any more unless it is tried again."""
    waits = and_(LedgerRow.state.in_(ASKED), Job.state == JobState.REVIEW)
    left = and_(LedgerRow.state.in_((RowState.SENT, RowState.UNKNOWN)), Job.state.in_(ENDED_BADLY))
    query = (
        select(LedgerRow)
        .join(Job, Job.id == LedgerRow.job_id)
        .where(or_(waits, left))
        .options(joinedload(LedgerRow.job), joinedload(LedgerRow.target))
        .order_by(LedgerRow.job_id, LedgerRow.number)
    )
    if not asker.sees_all:
        query = query.where(Job.department_id == asker.department_id)
    return session.scalars(query).all()


def evidence_of(session: Session, jobs: Collection[int]) -> set[str]:
    """Store keys of everything that the rows of these jobs, or their steps, name."""
    rows = session.scalars(select(LedgerRow.evidence).where(LedgerRow.job_id.in_(jobs)))
    steps = session.scalars(
        select(LedgerEvent.detail).join(LedgerRow, LedgerRow.id == LedgerEvent.row_id).where(LedgerRow.job_id.in_(jobs))
    )
    found = [*rows, *(step.get("evidence", {}) for step in steps)]
    return {str(key) for each in found for key in each.values()}


def _digest(rows: Sequence[LedgerRow]) -> str:
    return rules.digest(digests([row for row in rows if row.state == RowState.READY]).values())
