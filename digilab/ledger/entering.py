"""Rows come into the record with the work parts that key them, in the split's own transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import NoRowsLeftError, RowsOverCapError, YenOverCapError
from digilab.jobs import lifecycle
from digilab.jobs.records import Job, Part
from digilab.ledger import claims, events
from digilab.ledger.records import LedgerEvent, LedgerRow
from digilab.ledger.rules import NewRow, RowState, yen
from digilab.targets.records import Target


def check_caps(target: Target, rows: Sequence[NewRow]) -> None:
    """Raise NoRowsLeftError, RowsOverCapError or YenOverCapError unless so much may be keyed in one run."""
    good = [row for row in rows if not row.refused]
    if not good:
        raise NoRowsLeftError(count=len(rows))
    if len(good) > target.most_rows:
        raise RowsOverCapError(rows=len(good), most=target.most_rows)
    total = sum(abs(yen(row.values, target.amount)) for row in good)
    if total > target.most_yen:
        raise YenOverCapError(yen=f"{total:,}", most=f"{target.most_yen:,}")


def enter(
    session: Session, part_id: int, epoch: int, target: Target, rows: Sequence[NewRow], per_part: int
) -> list[LedgerRow]:
    """Record the rows that a split has found and deal the good ones out. Raises LeaseLostError."""
    job = lifecycle.job_of_held(session, part_id, epoch)
    moment = now(session)
    entered = [
        LedgerRow(
            job_id=job.id,
            target_id=target.id,
            number=row.number,
            reference=row.reference,
            file=row.file,
            sheet=row.sheet,
            line=row.line,
            values=dict(row.values),
            business_key=row.business_key,
            claim=None,
            state=RowState.REFUSED if row.refused else RowState.BLOCKED,
            findings=[dict(each) for each in row.findings],
            epoch=epoch,
            evidence={},
            changed_at=moment,
        )
        for row in rows
    ]
    session.add_all(entered)
    session.flush()
    held = events.outcome("row-held-elsewhere")
    claims.take(session, [row for row in entered if row.state == RowState.BLOCKED])
    for row in entered:
        if row.state == RowState.BLOCKED:
            row.code = held.code
            row.findings = [*row.findings, {"code": held.code, "sentences": dict(held.sentences), "outcome": True}]
    session.add_all(
        LedgerEvent(row_id=row.id, at=moment, state=row.state, epoch=epoch, login="", detail={}) for row in entered
    )
    deal(session, job, per_part)
    return entered


def deal(session: Session, job: Job, per_part: int) -> list[Part]:
    """Work parts for those rows of a locked job that are ready and that no part keys."""
    session.flush()
    rows = session.scalars(
        select(LedgerRow)
        .where(LedgerRow.job_id == job.id, LedgerRow.state == RowState.READY, LedgerRow.part_id.is_(None))
        .order_by(LedgerRow.number)
    ).all()
    handfuls = [rows[start : start + per_part] for start in range(0, len(rows), per_part)]
    asked: list[tuple[float, dict[str, Any]]] = [
        (float(len(handful)), {"rows": [row.number for row in handful]}) for handful in handfuls
    ]
    parts = lifecycle.more_work(session, job, asked)
    for part, handful in zip(parts, handfuls, strict=True):
        dealt = update(LedgerRow).where(LedgerRow.id.in_([row.id for row in handful])).values(part_id=part.id)
        # Looking for the rows among all that the session holds would take longer than everything else.
        session.execute(dealt.execution_options(synchronize_session=False))
        for row in handful:
            session.expire(row, ["part_id"])
    return parts
