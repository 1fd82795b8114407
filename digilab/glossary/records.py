"""The terms."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digilab.access.records import Department
from digilab.database.base import Record
from digilab.glossary.rules import USUAL, Period
from digilab.services.records import Service


class GlossaryTerm(Record):
    """One term, for a department and a service or for all, from one day to another."""

    __tablename__ = "glossary_terms"
    __table_args__ = (Index("ix_glossary_terms_department_id_service_id", "department_id", "service_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    """None: the whole house."""
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    """None: every service."""
    text: Mapped[str] = mapped_column(String(60))
    """As the minutes shall spell it."""
    reading: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(20))
    weight: Mapped[int] = mapped_column(default=USUAL)
    """1 is offered to the model first, 3 last: it takes only some dozens."""
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """The last day."""
    changed_at: Mapped[datetime]

    department: Mapped[Department | None] = relationship(lazy="joined")
    service: Mapped[Service | None] = relationship(lazy="joined")

    @property
    def period(self) -> Period:
        """The days on which it counts."""
        return Period(self.valid_from, self.valid_to)
