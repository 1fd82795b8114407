"""The working calendar as the record has it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.timetable.calendar import Calendar, OwnDay
from digilab.timetable.records import ClosedDay


def calendar_of(session: Session) -> Calendar:
    """The calendar with what the city has entered up to now."""
    return Calendar({each.day: OwnDay(each.name, each.open) for each in own_days(session)})


def own_days(session: Session) -> Sequence[ClosedDay]:
    """The city's own days in order."""
    return session.scalars(select(ClosedDay).order_by(ClosedDay.day)).all()
