"""Credentials as they lie in the database: sealed."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from digilab.database.base import Record


class Credential(Record):
    """Login and password of a target's account. The seal binds them to their target: a row copied elsewhere does not open."""

    __tablename__ = "credentials"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), unique=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(16))
    """Tells which key sealed it; not the key."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    """The section that owns the account."""
    expires_on: Mapped[date | None]
    """When the finance system's password runs out, as far as known."""
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))
