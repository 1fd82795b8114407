"""Answers about values, and held pages that somebody has taken note of. Rows are only ever added."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from digilab.database.base import Record


class Answer(Record):
    """What one person said of one value at one moment; the person's later answer takes over."""

    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    value_id: Mapped[int] = mapped_column(ForeignKey("field_values.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]
    text: Mapped[str]
    """As typed, in one line; empty for what cannot be read and for personal numbers."""
    verdict: Mapped[str] = mapped_column(String(10))
    """`confirmed`, `corrected` or `illegible`."""
    settling: Mapped[bool]
    """Whether the person saw two keys that differ, and decided."""
    seconds: Mapped[float | None]
    """How long the person looked, where the page could measure it."""


class HeldAcknowledgement(Record):
    """Somebody knows that pages of this job were not read."""

    __tablename__ = "held_acknowledgements"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]
