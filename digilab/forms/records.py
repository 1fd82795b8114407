"""Form definitions, revisions, the jobs pinned to them; sheets and values as they were read.

Jobs are named by their table only: they lie above forms.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digilab.access.records import Department
from digilab.database.base import Record


class FormDefinition(Record):
    """帳票定義: a paper form of one department, or of the whole house. The same name in two departments is two forms."""

    __tablename__ = "form_definitions"
    __table_args__ = (
        UniqueConstraint("department_id", "name"),
        # In a unique constraint no NULL equals another: the house's own forms need a rule of their own.
        Index(
            "uq_form_definitions_name_of_house",
            "name",
            unique=True,
            sqlite_where=text("department_id IS NULL"),
            postgresql_where=text("department_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    """None: every department may use it."""
    name: Mapped[str] = mapped_column(String(40))
    """`id` in form.yaml."""
    created_at: Mapped[datetime]

    department: Mapped[Department | None] = relationship()
    revisions: Mapped[list["FormRevision"]] = relationship(order_by="FormRevision.id", back_populates="definition")


class FormRevision(Record):
    """One revision of a form. Never changes once it is published, but for its state, and is never deleted."""

    __tablename__ = "form_revisions"
    __table_args__ = (UniqueConstraint("definition_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("form_definitions.id"))
    revision: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the definition's files as the engine counts it."""
    personal_number: Mapped[bool]
    pages: Mapped[int]
    fields: Mapped[list[dict[str, Any]]]
    """`{"path", "label", "type", "page", "required", "harm", "review"}` of each field in order; `options` of a choice of one."""
    files: Mapped[list[dict[str, Any]]]
    """`{"name", "key", "size", "sha256"}` of each file in the store."""
    state: Mapped[str] = mapped_column(String(10))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[datetime | None]

    definition: Mapped[FormDefinition] = relationship(back_populates="revisions")


class JobForm(Record):
    """A job's pin: the job is read by this revision whatever is published or retired afterwards."""

    __tablename__ = "job_forms"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True, autoincrement=False)
    revision_id: Mapped[int] = mapped_column(ForeignKey("form_revisions.id"), primary_key=True, index=True)


class Sheet(Record):
    """One scanned page of a job: where it belongs, or why it was held back."""

    __tablename__ = "sheets"
    __table_args__ = (UniqueConstraint("job_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    ordinal: Mapped[int]
    """From 1, over all files of the job in order."""
    file: Mapped[str] = mapped_column(String(255))
    page: Mapped[int]
    """Page in that file, from 1."""
    verdict: Mapped[str] = mapped_column(String(20))
    """`fits`, or the engine's reason for holding it back."""
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("form_revisions.id"), index=True)
    form_page: Mapped[int | None]
    case_number: Mapped[int | None]
    """Which case it belongs to, from 1."""
    nearest: Mapped[str] = mapped_column(String(80))
    """The most similar form of a page that was held back."""
    reason: Mapped[dict[str, Any]]
    """Why it was held back, by language; empty when it fits."""
    notices: Mapped[list[dict[str, Any]]]
    """`{"code", "sentences": {language: text}}` of what a person should know (turned, mirrored, hidden text …)."""
    picture: Mapped[str | None] = mapped_column(String(200))
    """Store key: the page as its form lies (JPEG, 6 px/mm), personal numbers blacked out; of a held page what does not fit (PNG)."""


class FormCase(Record):
    """One form as handed in, of one or more sheets."""

    __tablename__ = "form_cases"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1 in the order of the sheets."""
    revision_id: Mapped[int] = mapped_column(ForeignKey("form_revisions.id"), index=True)
    findings: Mapped[list[dict[str, Any]]]
    """`{"code", "paths", "evidence", "sentences"}` about the case as a whole: a page is missing, rules across fields."""
    engine: Mapped[str] = mapped_column(String(200))
    """Version and recogniser."""


class FieldValue(Record):
    """One value as it was read. What people make of it is kept elsewhere; this row stays. Personal numbers are masked."""

    __tablename__ = "field_values"
    __table_args__ = (
        UniqueConstraint("job_id", "case_number", "path"),
        Index("ix_field_values_job_id_decision", "job_id", "decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    case_number: Mapped[int]
    """From 1."""
    ordinal: Mapped[int]
    """From 1 within the case, in the form's order."""
    sheet: Mapped[int]
    """Ordinal of the sheet that it stands on; 0 when that page is missing."""
    revision_id: Mapped[int] = mapped_column(ForeignKey("form_revisions.id"), index=True)
    page: Mapped[int]
    """Page of the form, from 1."""
    path: Mapped[str] = mapped_column(String(100))
    """`payee_kana`, in tables `items.3.amount`."""
    label: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(40))
    raw: Mapped[str]
    """What stands on the paper, as read."""
    value: Mapped[str]
    """By its type."""
    p_wrong: Mapped[float]
    decision: Mapped[str] = mapped_column(String(10))
    """`accept`, `look` or `two-keys`."""
    masked: Mapped[bool]
    findings: Mapped[list[dict[str, Any]]]
    """`{"code", "paths", "evidence", "sentences"}` of each check that found something."""
    box: Mapped[list[float]]
    """x, y, width, height in millimetres on the form's page."""
    crop_key: Mapped[str | None] = mapped_column(String(200))
    """Store key of the sheet's crops; this one's PNG lies at `crop_start`, `crop_length` bytes long."""
    crop_start: Mapped[int | None]
    crop_length: Mapped[int | None]
