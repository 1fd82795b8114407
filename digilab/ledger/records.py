"""Rows, their history, approvals."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digilab.database.base import Record
from digilab.jobs.records import Job
from digilab.targets.records import Target


class LedgerRow(Record):
    """One row of a spreadsheet: what is to be keyed, and what became of it."""

    __tablename__ = "ledger_rows"
    __table_args__ = (
        UniqueConstraint("job_id", "number"),
        UniqueConstraint("reference"),
        # NULLs never clash: only a row that holds its business case has a claim, and of each case one row holds claim 0. What an operator
        # releases in spite of that gets the next number.
        UniqueConstraint("target_id", "business_key", "claim"),
        Index("ix_ledger_rows_state_target_id", "state", "target_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    number: Mapped[int]
    """From 1 within the job."""
    reference: Mapped[str] = mapped_column(String(40))
    """What is typed into the finance screen's free field."""
    file: Mapped[str] = mapped_column(String(255))
    sheet: Mapped[str] = mapped_column(String(120))
    line: Mapped[int]
    values: Mapped[dict[str, Any]]
    """Canonical text by column name; what the cells held when the row was refused."""
    business_key: Mapped[str] = mapped_column(String(64))
    """SHA-256 (hex) over the canonical fields that make it one business case."""
    claim: Mapped[int | None]
    """None: the row does not hold its case (blocked, refused, rejected, withdrawn)."""
    state: Mapped[str] = mapped_column(String(12))
    findings: Mapped[list[dict[str, Any]]]
    """What the check said: code, sentences, place."""
    part_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id"), index=True)
    """The work part that keys it."""
    epoch: Mapped[int] = mapped_column(default=0)
    """Of the lease under which it was last written."""
    attempt: Mapped[int] = mapped_column(default=0)
    payload: Mapped[str] = mapped_column(String(64), default="")
    receipt: Mapped[str] = mapped_column(String(80), default="")
    """伝票番号."""
    code: Mapped[str] = mapped_column(String(60), default="")
    words: Mapped[str] = mapped_column(String(2000), default="")
    evidence: Mapped[dict[str, Any]]
    """Store keys of pictures and traces by what they show."""
    blocked_by: Mapped[int | None] = mapped_column(ForeignKey("ledger_rows.id"))
    """The row that holds the same business case."""
    changed_at: Mapped[datetime]

    job: Mapped[Job] = relationship()
    target: Mapped[Target] = relationship()


class LedgerEvent(Record):
    """One step of a row, by a worker or a person. Rows are only ever added."""

    __tablename__ = "ledger_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(ForeignKey("ledger_rows.id"), index=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    """The state that it came into."""
    epoch: Mapped[int]
    """0: by a person."""
    login: Mapped[str] = mapped_column(String(80), default="")
    detail: Mapped[dict[str, Any]]


class Approval(Record):
    """A second person's word on the rows of a job."""

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    approved: Mapped[bool]
    """False: sent back."""
    reason: Mapped[str] = mapped_column(String(400))
    rows: Mapped[int]
    yen: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 (hex) over number, reference and values of every row that was approved: what is keyed must still be this."""
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
