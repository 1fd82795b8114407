"""Baselines and bookings. Bookings are only ever added; what changes later is a further booking."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from digilab.database.base import Record


class Baseline(Record):
    """基準時間: manual minutes per unit of one service, from a date on. Never edited; a newer one takes over."""

    __tablename__ = "baselines"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    minutes_per_unit: Mapped[float]
    unit: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[date] = mapped_column(Date)
    owner: Mapped[str] = mapped_column(String(200))
    evidence: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(80))


class Booking(Record):
    """Minutes booked for one job. `sequence` 0 is the job itself, later ones are amendments."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("job_id", "sequence"),
        Index("ix_bookings_department_id_booked_at", "department_id", "booked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    sequence: Mapped[int]
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    baseline_id: Mapped[int] = mapped_column(ForeignKey("baselines.id"))
    unit: Mapped[str] = mapped_column(String(20))
    volume: Mapped[float]
    """Verified units of this booking; 0 for an amendment of human minutes."""
    manual_minutes: Mapped[float]
    """Baseline × volume."""
    human_minutes: Mapped[float]
    net_minutes: Mapped[float]
    """manual − human; may be negative and is then shown so."""
    booked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")
