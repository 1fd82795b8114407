"""Target systems, and the seats at their accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from digilab.database.base import Record


class Target(Record):
    """A robot as this house uses it: what the engine says of it, and what the lab has set."""

    __tablename__ = "targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    robot: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(40))
    money: Mapped[bool]
    synchronous: Mapped[bool]
    amount: Mapped[str] = mapped_column(String(60))
    """Name of the column that holds yen."""
    columns: Mapped[list[dict[str, Any]]]
    """As the engine lists them: name, heading, type, secret."""
    template: Mapped[dict[str, Any]]
    """The empty workbook in the store: name, key, size, sha256."""
    url: Mapped[str] = mapped_column(String(400), default="")
    """Empty: not set up; nothing is keyed."""
    contexts: Mapped[int] = mapped_column(default=2)
    """At most so many sign-ins of the account at once."""
    settle_seconds: Mapped[float] = mapped_column(default=120.0)
    """After so long what was sent has arrived or never will: twice the finance system's own limit or more."""
    most_rows: Mapped[int] = mapped_column(default=500)
    most_yen: Mapped[int] = mapped_column(default=100_000_000)
    windows: Mapped[list[dict[str, Any]]]
    """Service hours in JST: `{"days": "mon-fri", "from": "08:30", "to": "22:00"}`; empty: always."""
    screens: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What a rehearsal recorded last, accepted by a person; None: the ones that the flow ships."""
    held: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`{"code", "sentences", "at"}`: nothing is keyed until an operator lifts it."""
    changed_at: Mapped[datetime]


class Seat(Record):
    """One sign-in of a target's account, taken by a part under its lease."""

    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("target_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    number: Mapped[int]
    part_id: Mapped[int] = mapped_column(ForeignKey("parts.id"), index=True)
    epoch: Mapped[int]
