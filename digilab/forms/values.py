"""What was read of a job's sheets, on its way into the record and out of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from digilab.forms.records import FieldValue, FormCase, Sheet
from digilab.forms.rules import ACCEPT
from digilab.store.contract import Store

AT_ONCE = 500
"""Rows of one statement: a large job has tens of thousands."""


@dataclass(frozen=True)
class Read:
    """Rows for the tables `sheets`, `form_cases` and `field_values`, by column, without the job."""

    sheets: Sequence[Mapping[str, Any]] = ()
    cases: Sequence[Mapping[str, Any]] = ()
    values: Sequence[Mapping[str, Any]] = ()


def keep(session: Session, job_id: int, read: Read) -> None:
    """Write down what was read of a job, in place of what an earlier try wrote."""
    tables: tuple[tuple[type[Sheet | FormCase | FieldValue], Sequence[Mapping[str, Any]]], ...] = (
        (Sheet, read.sheets),
        (FormCase, read.cases),
        (FieldValue, read.values),
    )
    for table, rows in tables:
        session.execute(delete(table).where(table.job_id == job_id))
        for start in range(0, len(rows), AT_ONCE):
            batch = rows[start : start + AT_ONCE]
            session.execute(insert(table), [{**row, "job_id": job_id} for row in batch])


def doubt(session: Session, job_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """People's word about other values has made these doubtful; `decision` and `findings` by `case_number` and `path`."""
    for row in rows:
        session.execute(
            update(FieldValue)
            .where(
                FieldValue.job_id == job_id,
                FieldValue.case_number == row["case_number"],
                FieldValue.path == row["path"],
            )
            .values(decision=row["decision"], findings=row["findings"])
        )


def sheets(session: Session, job_id: int) -> Sequence[Sheet]:
    """All pages of a job in order."""
    return session.scalars(select(Sheet).where(Sheet.job_id == job_id).order_by(Sheet.ordinal)).all()


def count(session: Session, job_id: int) -> tuple[int, int]:
    """How many values a job has, and how many of them a person must look at."""
    query = select(func.count(), func.count().filter(FieldValue.decision != ACCEPT))
    total, doubts = session.execute(query.where(FieldValue.job_id == job_id)).one()
    return total, doubts


def crop(store: Store, value: FieldValue) -> bytes | None:
    """The PNG of the place where a value stands; None where the page is missing."""
    if value.crop_key is None or value.crop_start is None or value.crop_length is None:
        return None
    with store.open(value.crop_key, value.crop_start, value.crop_length) as blocks:
        return b"".join(blocks)
