"""On which days the city is open. Pure: standard library and jpholiday only.

A day is a business day when it is neither Saturday nor Sunday, nor a national holiday, nor one of the days from 29 December to 3 January.
What the city itself has entered for a day outdoes all of that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import jpholiday

DAY = timedelta(days=1)
YEAR_END = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
"""Month and day of 年末年始, on which offices are closed (行政機関の休日に関する法律, and the cities' own ordinances after it)."""
FURTHEST = 100
"""Days that are searched for the next open one. A calendar with a longer hole is a slip, and the search must end."""


@dataclass(frozen=True)
class OwnDay:
    """What the city says of a day."""

    name: str
    open: bool = False


@dataclass(frozen=True)
class Calendar:
    """The working calendar of one city."""

    own: Mapping[date, OwnDay] = field(default_factory=dict)

    def is_open(self, day: date) -> bool:
        """Whether it is a business day."""
        said = self.own.get(day)
        if said is not None:
            return said.open
        return day.weekday() < 5 and (day.month, day.day) not in YEAR_END and holiday(day) is None

    def closed_by(self, day: date) -> str:
        """Why the city is closed on that day; empty when it is open. Japanese, as the law names it."""
        if self.is_open(day):
            return ""
        said = self.own.get(day)
        if said is not None:
            return said.name
        return holiday(day) or ("年末年始" if (day.month, day.day) in YEAR_END else "土日"[day.weekday() - 5] + "曜日")

    def open_days(self, year: int, month: int) -> list[date]:
        """The business days of a month in order."""
        return [day for day in days_of(year, month) if self.is_open(day)]

    def nth(self, year: int, month: int, number: int) -> date | None:
        """第n営業日; from the end of the month when `number` is negative. None when the month has not so many."""
        days = self.open_days(year, month)
        return days[number - 1 if number > 0 else number] if abs(number) <= len(days) else None

    def at_or_before(self, day: date) -> date | None:
        """The day itself when it is open, else the last open one before; None within a hole that nobody means."""
        return self._first(day, -DAY)

    def at_or_after(self, day: date) -> date | None:
        """The day itself when it is open, else the first open one after; None within a hole that nobody means."""
        return self._first(day, DAY)

    def back(self, day: date, number: int) -> date | None:
        """So many business days before `day`, which itself does not count."""
        found: date | None = day
        for _ in range(number):
            found = None if found is None else self.at_or_before(found - DAY)
        return found

    def _first(self, day: date, step: timedelta) -> date | None:
        return next((each for each in (day + step * count for count in range(FURTHEST)) if self.is_open(each)), None)


@lru_cache(maxsize=16_384)
def holiday(day: date) -> str | None:
    """The national holiday's name (祝日, 振替休日, 国民の休日), or None."""
    found = jpholiday.is_holiday_name(day)
    return None if found is None else str(found)


def days_of(year: int, month: int) -> Iterator[date]:
    """Every day of a month."""
    day = date(year, month, 1)
    while day.month == month:
        yield day
        day += DAY


def last_of(year: int, month: int) -> date:
    """月末."""
    return (date(year, month, 28) + 4 * DAY).replace(day=1) - DAY
