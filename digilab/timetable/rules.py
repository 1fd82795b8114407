"""Rules for due times. Pure: standard library and cronsim only.

A rule is a small record that knows its JSON; `occurrences.py` says when it falls due, `sentences.py` how a person reads and writes it.
Every kind keeps to JST, which has known no summer time since 1951.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from itertools import pairwise
from typing import Any, ClassVar, TypeAlias

from cronsim import CronSim, CronSimError

from digilab.errors import (
    RuleBackError,
    RuleCronError,
    RuleDayError,
    RuleFormError,
    RuleMonthsError,
    RuleNumberError,
    RuleOftenError,
    RuleTimeError,
    RuleWeekdaysError,
)

JST = timezone(timedelta(hours=9), "JST")
MOST_OPEN_DAYS = 23
"""No month has more days from Monday to Friday."""
FURTHEST_BACK = 60
"""Days before a closing day."""
LEAST_MINUTES = 5
"""Between two due times of a cron text."""
ALL_MONTHS = tuple(range(1, 13))
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?")


class Closed(StrEnum):
    """What becomes of a due day on which the city is closed."""

    BEFORE = "before"
    """It moves to the last open day before."""
    AFTER = "after"
    """It moves to the first open day after."""
    RUN = "none"
    """It stays."""
    SKIP = "skip"
    """It falls out."""


@dataclass(frozen=True)
class Cron:
    """Cron text with five fields, in JST."""

    kind: ClassVar[str] = "cron"
    text: str
    closed: Closed = Closed.RUN
    """A cron text is never moved: it runs, or it falls out."""

    def __post_init__(self) -> None:
        if self.closed not in (Closed.RUN, Closed.SKIP):
            raise RuleFormError(form=self.closed)
        _check_cron(self.text)


@dataclass(frozen=True)
class Once:
    """One day, once."""

    kind: ClassVar[str] = "once"
    day: date
    at: time


@dataclass(frozen=True)
class Daily:
    """毎営業日."""

    kind: ClassVar[str] = "daily"
    at: time
    months: tuple[int, ...] = ALL_MONTHS

    def __post_init__(self) -> None:
        _check_months(self.months)


@dataclass(frozen=True)
class Weekly:
    """Certain days of the week, Monday being 0."""

    kind: ClassVar[str] = "weekly"
    weekdays: tuple[int, ...]
    at: time
    closed: Closed = Closed.SKIP
    months: tuple[int, ...] = ALL_MONTHS

    def __post_init__(self) -> None:
        if not _ascending(self.weekdays, 0, 6):
            raise RuleWeekdaysError
        _check_months(self.months)


@dataclass(frozen=True)
class Nth:
    """第n営業日, from the end of the month when negative: -1 is 月末営業日."""

    kind: ClassVar[str] = "nth"
    number: int
    at: time
    months: tuple[int, ...] = ALL_MONTHS

    def __post_init__(self) -> None:
        if not 1 <= abs(self.number) <= MOST_OPEN_DAYS:
            raise RuleNumberError(number=self.number, most=MOST_OPEN_DAYS)
        _check_months(self.months)


@dataclass(frozen=True)
class DayOfMonth:
    """毎月d日. In a month without that day it is the month's last one, so 31 is 月末."""

    kind: ClassVar[str] = "day"
    day: int
    at: time
    closed: Closed = Closed.BEFORE
    months: tuple[int, ...] = ALL_MONTHS

    def __post_init__(self) -> None:
        _check_day(self.day)
        _check_months(self.months)


@dataclass(frozen=True)
class Deadline:
    """締日のn日前, in business days or calendar days."""

    kind: ClassVar[str] = "deadline"
    day: int
    """The closing day's date; in a month without it the last one."""
    back: int
    at: time
    business: bool = True
    """Count business days; else calendar days."""
    moved: Closed = Closed.BEFORE
    """Where the closing day itself goes when the city is closed on it."""
    closed: Closed = Closed.BEFORE
    """Where the day so found goes when the city is closed on it; counted in business days it never is."""
    months: tuple[int, ...] = ALL_MONTHS

    def __post_init__(self) -> None:
        _check_day(self.day)
        if not 1 <= self.back <= FURTHEST_BACK:
            raise RuleBackError(back=self.back, most=FURTHEST_BACK)
        if self.moved is Closed.SKIP or (self.business and self.closed is not Closed.BEFORE):
            raise RuleFormError(form=Closed.SKIP)
        _check_months(self.months)


Rule: TypeAlias = Cron | Once | Daily | Weekly | Nth | DayOfMonth | Deadline
KINDS: dict[str, type[Rule]] = {kind.kind: kind for kind in (Cron, Once, Daily, Weekly, Nth, DayOfMonth, Deadline)}


def to_json(rule: Rule) -> dict[str, Any]:
    """The rule as the record keeps it."""
    return {"kind": rule.kind} | {name: _plain(value) for name, value in vars(rule).items()}


def from_json(kept: Mapping[str, Any]) -> Rule:
    """The rule behind its JSON. Raises RuleError in words for one that is malformed or impossible."""
    made = KINDS.get(str(kept.get("kind", "")))
    given = {name: value for name, value in kept.items() if name != "kind"}
    if made is None or not set(given) <= set(made.__dataclass_fields__):
        raise RuleFormError(form=str(kept.get("kind", ""))[:60])
    try:
        return made(**{name: _read(name, value, made) for name, value in given.items()})
    except (TypeError, ValueError) as error:
        raise RuleFormError(form=made.kind) from error


def time_of(text: str) -> time:
    """`09:00` or `23:59:59`. Raises RuleTimeError."""
    if _TIME.fullmatch(text) is None:
        raise RuleTimeError(time=text[:20])
    return time.fromisoformat(text)


def shown(at: time) -> str:
    """`09:00`, with seconds only where there are some."""
    return at.isoformat("seconds" if at.second else "minutes")


def _read(name: str, value: Any, made: type[Rule]) -> Any:
    if name == "at":
        return time_of(str(value))
    if name in ("closed", "moved"):
        return Closed(value)
    if name in ("months", "weekdays"):
        return tuple(_whole(each) for each in value)
    if name == "day" and made is Once:
        return date.fromisoformat(str(value))
    if name in ("day", "number", "back"):
        return _whole(value)
    if name == "business" and not isinstance(value, bool):
        raise TypeError(name)
    return str(value) if name == "text" else value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(type(value).__name__)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return shown(value)
    if isinstance(value, Closed):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _ascending(values: tuple[int, ...], least: int, most: int) -> bool:
    """Some whole numbers between the two, each once and in order, so that one rule has one JSON."""
    return bool(values) and list(values) == sorted(set(values)) and least <= values[0] and values[-1] <= most


def _check_months(months: tuple[int, ...]) -> None:
    if not _ascending(months, 1, 12):
        raise RuleMonthsError


def _check_day(day: int) -> None:
    if not 1 <= day <= 31:
        raise RuleDayError(day=day)


def _check_cron(text: str) -> None:
    # cronsim takes a sixth field for seconds, and any length.
    if len(text) > 100 or len(text.split()) != 5:
        raise RuleCronError(text=text[:100])
    try:
        read = CronSim(text, datetime(2019, 1, 1, tzinfo=JST))
        next(read)
    except (CronSimError, StopIteration) as error:
        raise RuleCronError(text=text[:100]) from error
    minutes = sorted(read.minutes)
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    if any((hour + 1) % 24 in read.hours for hour in read.hours):
        gaps.append(minutes[0] + 60 - minutes[-1])
    if gaps and min(gaps) < LEAST_MINUTES:
        raise RuleOftenError(text=text[:100], least=LEAST_MINUTES)
