"""When a rule falls due. Pure: no database, no clock of its own."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice

from cronsim import CronSim, CronSimError

from digilab.errors import RuleNeverError
from digilab.timetable.calendar import DAY, FURTHEST, Calendar, last_of
from digilab.timetable.rules import JST, Closed, Cron, Daily, DayOfMonth, Deadline, Nth, Once, Rule, Weekly

YEARS = 10
"""A rule that is due on no day of so many years is due never. Within them there is a leap day, and every weekday for each date but one."""
EARLIER = timedelta(days=2 * FURTHEST + 31)
"""How long before its due day the day may lie that a rule names: moved after a hole in the calendar, or counted back from."""


def next_after(rule: Rule, calendar: Calendar, moment: datetime) -> datetime | None:
    """The first due time later than `moment`, in JST; None when there is none within ten years."""
    return next(_after(rule, calendar, moment), None)


def following(rule: Rule, calendar: Calendar, moment: datetime, count: int) -> list[datetime]:
    """The next `count` due times later than `moment`, fewer when there are no more."""
    return list(islice(_after(rule, calendar, moment), count))


def between(rule: Rule, calendar: Calendar, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every due time later than `after` and not later than `until`."""
    for due in _after(rule, calendar, after):
        if due > until:
            return
        yield due


def check(rule: Rule, calendar: Calendar, moment: datetime) -> None:
    """Raise RuleNeverError for a rule that will not fall due any more (the 30th February, a day that has passed)."""
    if next_after(rule, calendar, moment) is None:
        raise RuleNeverError


def _after(rule: Rule, calendar: Calendar, moment: datetime) -> Iterator[datetime]:
    there = moment.astimezone(JST)
    if isinstance(rule, Cron):
        yield from _of_cron(rule, calendar, there)
        return
    until = there.date() + timedelta(days=366 * YEARS)
    latest = there
    for day in _days(rule, calendar, there.date(), until):
        due = datetime.combine(day, rule.at, JST)
        # Days come in order; two that moved to the same one are one due time.
        if due > latest:
            yield due
            latest = due


def _of_cron(rule: Cron, calendar: Calendar, there: datetime) -> Iterator[datetime]:
    until = there + timedelta(days=366 * YEARS)
    try:
        for due in CronSim(rule.text, there):
            if due > until:
                return
            if rule.closed is Closed.RUN or calendar.is_open(due.date()):
                yield due
    except (CronSimError, OverflowError):
        return


def _days(rule: Rule, calendar: Calendar, first: date, until: date) -> Iterator[date]:
    """Due days in order, from no later than `first` on. No rule moves a later day before an earlier one."""
    if isinstance(rule, Once):
        yield rule.day
    elif isinstance(rule, Daily):
        yield from (day for day in _each(first, until) if day.month in rule.months and calendar.is_open(day))
    elif isinstance(rule, Weekly):
        named = (day for day in _each(first - EARLIER, until) if day.weekday() in rule.weekdays)
        yield from _moved((day for day in named if day.month in rule.months), rule.closed, calendar)
    elif isinstance(rule, Nth):
        found = (calendar.nth(year, month, rule.number) for year, month in _months(first, until, rule.months))
        yield from (day for day in found if day is not None)
    elif isinstance(rule, DayOfMonth):
        yield from _moved(_dates(rule.day, rule.months, first - EARLIER, until), rule.closed, calendar)
    elif isinstance(rule, Deadline):
        closing = _moved(_dates(rule.day, rule.months, first - EARLIER, until + EARLIER), rule.moved, calendar)
        if rule.business:
            counted = (calendar.back(day, rule.back) for day in closing)
            yield from (day for day in counted if day is not None)
        else:
            yield from _moved((day - rule.back * DAY for day in closing), rule.closed, calendar)


def _moved(days: Iterator[date], closed: Closed, calendar: Calendar) -> Iterator[date]:
    for day in days:
        found: date | None = day
        if not calendar.is_open(day):
            if closed is Closed.SKIP:
                continue
            if closed is Closed.BEFORE:
                found = calendar.at_or_before(day)
            elif closed is Closed.AFTER:
                found = calendar.at_or_after(day)
        if found is not None:
            yield found


def _each(first: date, until: date) -> Iterator[date]:
    while first <= until:
        yield first
        first += DAY


def _months(first: date, until: date, months: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    year, month = first.year, first.month
    while (year, month) <= (until.year, until.month):
        if month in months:
            yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _dates(day: int, months: tuple[int, ...], first: date, until: date) -> Iterator[date]:
    for year, month in _months(first, until, months):
        last = last_of(year, month)
        yield last.replace(day=min(day, last.day))


def midnight_after(moment: datetime) -> datetime:
    """The end of that day in JST."""
    return datetime.combine(moment.astimezone(JST).date() + DAY, time(), JST)
