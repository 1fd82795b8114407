"""Booking hours, and what they lead back to."""

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digilab.access.rules import Asker, Role
from digilab.database.session import now
from digilab.errors import BaselineMalformedError, MinutesMalformedError, NotAllowedError
from digilab.hours.records import Baseline, Booking
from digilab.hours.rules import net
from digilab.services.records import Service
from digilab.services.rules import Kind, Unit

JST = ZoneInfo("Asia/Tokyo")


def baseline_on(session: Session, service_id: int, unit: Unit, day: date) -> Baseline | None:
    """The approved baseline in force on that day (JST), in the unit of what is booked: minutes per sheet say nothing of a recording."""
    return session.scalars(
        select(Baseline)
        .where(
            Baseline.service_id == service_id,
            Baseline.unit == unit,
            Baseline.approved_at.is_not(None),
            Baseline.valid_from <= day,
        )
        .order_by(Baseline.valid_from.desc(), Baseline.id.desc())
        .limit(1)
    ).first()


def book(
    session: Session,
    *,
    job_id: int,
    service_id: int,
    department_id: int,
    unit: Unit,
    steps: float,
    human_minutes: float,
    ended_at: datetime,
) -> Booking | None:
    """Book a job that ended well. `unit` is its kind's, `steps` are the kind's own (seconds, sheets, rows).

    None when no approved baseline is in force: the job is booked as soon as one is approved (`approve`). Booking twice changes nothing.
    """
    if (already := of_job(session, job_id)) and already[0].sequence == 0:
        return already[0]
    # An approval that is under way is waited for: either this sees the baseline, or the approval sees the job and books it.
    session.execute(select(Service.id).where(Service.id == service_id).with_for_update(read=True))
    baseline = baseline_on(session, service_id, unit, ended_at.astimezone(JST).date())
    if baseline is None:
        return None
    figures = net(steps / unit.divisor, baseline.minutes_per_unit, human_minutes)
    booking = Booking(
        job_id=job_id,
        sequence=0,
        service_id=service_id,
        department_id=department_id,
        baseline_id=baseline.id,
        unit=baseline.unit,
        volume=figures.volume,
        manual_minutes=figures.manual_minutes,
        human_minutes=figures.human_minutes,
        net_minutes=figures.net_minutes,
        booked_at=now(session),
    )
    session.add(booking)
    session.flush()
    return booking


def amend_human_minutes(session: Session, job_id: int, minutes: float, reason: str) -> Booking | None:
    """Book further minutes that people spent on a booked job; None when the job has no booking yet.

    Raises MinutesMalformedError unless 0 ≤ minutes ≤ 100,000.
    """
    check_minutes(minutes)
    bookings = of_job(session, job_id)
    if not bookings:
        return None
    first = bookings[0]
    booking = Booking(
        job_id=job_id,
        sequence=bookings[-1].sequence + 1,
        service_id=first.service_id,
        department_id=first.department_id,
        baseline_id=first.baseline_id,
        unit=first.unit,
        volume=0.0,
        manual_minutes=0.0,
        human_minutes=minutes,
        net_minutes=-minutes,
        booked_at=now(session),
        reason=reason,
    )
    session.add(booking)
    session.flush()
    return booking


def check_minutes(minutes: float) -> None:
    """Raise MinutesMalformedError unless it is a plain number from 0 to 100,000."""
    if not (math.isfinite(minutes) and 0 <= minutes <= 100_000):
        raise MinutesMalformedError(minutes=str(minutes))


def of_job(session: Session, job_id: int) -> list[Booking]:
    """A job's bookings, the first one first."""
    return list(session.scalars(select(Booking).where(Booking.job_id == job_id).order_by(Booking.sequence)))


def net_minutes(session: Session, department_id: int | None = None) -> float:
    """Sum of all bookings, of one department or of the house: always from the rows, never from a counter."""
    query = select(func.coalesce(func.sum(Booking.net_minutes), 0.0))
    if department_id is not None:
        query = query.where(Booking.department_id == department_id)
    return float(session.execute(query).scalar_one())


def propose(
    session: Session,
    service: Service,
    *,
    minutes_per_unit: float,
    valid_from: date,
    owner: str,
    evidence: str,
) -> Baseline:
    """Record a baseline that still needs approval. Raises BaselineMalformedError."""
    if not (math.isfinite(minutes_per_unit) and 0 < minutes_per_unit <= 10_000 and owner.strip() and evidence.strip()):
        raise BaselineMalformedError
    baseline = Baseline(
        service_id=service.id,
        minutes_per_unit=minutes_per_unit,
        unit=Kind.named(service.kind).value.unit,
        valid_from=valid_from,
        owner=owner.strip(),
        evidence=evidence.strip(),
        created_at=now(session),
    )
    session.add(baseline)
    session.flush()
    return baseline


def approve(session: Session, baseline: Baseline, asker: Asker) -> None:
    """Approve a baseline; one that is approved keeps its first approval. Jobs that waited for one are booked by
    `digilab.jobs.lifecycle.book_waiting`. Raises NotAllowedError for anybody but an administrator.
    """
    if asker.role is not Role.ADMIN:
        raise NotAllowedError
    session.execute(select(Service.id).where(Service.id == baseline.service_id).with_for_update(key_share=True))
    if baseline.approved_at is None:
        baseline.approved_at = now(session)
        baseline.approved_by = asker.login
        session.flush()
