"""Japanese and western dates. Nothing here reads the clock.

Era borders: 詔書 of 1868-10-23, 1912-07-30 and 1926-12-25, 政令 for 平成 (from 1989-01-08) and 令和 (from 2019-05-01); the solar
calendar by the 太政官布告 of 明治5年11月9日 (明治6年1月1日 = 1873-01-01).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ocr.values.width import hyphenate, narrow

STARTS = {
    "明治": date(1868, 10, 23),
    "大正": date(1912, 7, 30),
    "昭和": date(1926, 12, 25),
    "平成": date(1989, 1, 8),
    "令和": date(2019, 5, 1),
}
SOLAR = date(1873, 1, 1)
"""Before this day Japan counted by the moon: 明治5年 and earlier cannot be turned into a date by arithmetic."""
_FAR = 60  # years ahead that a form may still speak of: loans, graves, leases
_LETTERS = dict(zip("MTSHR", STARTS, strict=True))
_NAMES = (
    {name: name for name in STARTS}
    | {name[0]: name for name in STARTS}
    | _LETTERS
    | {letter.lower(): name for letter, name in _LETTERS.items()}
    | dict(zip("㍾㍽㍼㍻㋿", STARTS, strict=True))
    | {str(number): name for number, name in enumerate(STARTS, 1)}  # 元号コード of office data: 1 明治 … 5 令和
)
_ERA = "|".join(sorted((name for name in _NAMES if not name.isdigit()), key=len, reverse=True))
_SEPARATED = re.compile(
    rf"(?P<era>{_ERA})?(?P<one>元|\d{{1,4}})[年./-](?P<two>\d{{1,2}})(?:[月./-](?:(?P<three>\d{{1,4}})日?)?)?"
)
_GAP = re.compile(r"(?<=[0-9])\s+(?=[0-9])")
_SOLID = re.compile(rf"(?P<era>{_ERA})?(?P<digits>\d{{6,8}})")


class DateError(ValueError):
    """Raised for what is no date; `code` is a finding's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Written:
    """A date as it stands: numbers and, where one is written, the era. `day` 0: none is written."""

    year: int
    month: int
    day: int
    era: str = ""
    digits: int = 4
    """Of the year as written; 元 counts as one."""


@dataclass(frozen=True)
class Understood:
    """What a written date means; `told` are codes of what a person should know (平成31年5月1日 is 令和元年5月1日)."""

    day: date
    told: tuple[str, ...] = ()


def era_named(text: str) -> str:
    """The era by its name, its first character, its letter or its code (`5`); '' when it is none."""
    return _NAMES.get(narrow(text).strip(), "")


def era_of(day: date) -> tuple[str, int]:
    """Era and year of a day from 1868-10-23 on."""
    name = next(name for name, start in reversed(STARTS.items()) if day >= start)
    return name, day.year - STARTS[name].year + 1


def japanese(day: date) -> str:
    """As an office writes it: 令和元年5月1日."""
    name, year = era_of(day)
    return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def written(text: str, order: str = "ymd") -> Written:
    """A whole date in one line; a blank between digits stands for a point that was lost, or for nothing. Raises DateError."""
    plain = hyphenate(narrow(text).strip()).replace("・", ".").removesuffix("-")
    tries = dict.fromkeys("".join(each.split()) for each in (_GAP.sub(".", plain), plain))
    for each in tries:
        if found := _SEPARATED.fullmatch(each):
            return _ordered([found["one"], found["two"], found["three"] or ""], found["era"] or "", order)
        if found := _SOLID.fullmatch(each):
            return _solid(found["digits"], found["era"] or "", order)
    raise DateError("date-unreadable")


def in_pieces(year: str, month: str, day: str, era: str = "") -> Written:
    """A date whose 年 月 日 are printed; `day` is '' where the form asks for none. Raises DateError."""
    return _ordered([narrow(each).strip() for each in (year, month, day)], era, "ymd")


def understand(
    as_written: Written, *, era: str, calendar: str, today: date, limits: tuple[date | None, date | None] = (None, None)
) -> Understood:
    """The day that is meant. `era` is the one printed or circled elsewhere on the form. Raises DateError; nothing is guessed."""
    own = era_named(as_written.era)
    told = ["date-era-conflict"] if own and era and own != era else []
    # An era's code ahead of six digits looks like a western date that lost one.
    if as_written.digits == 3 or (as_written.era.isdigit() and calendar != "japanese"):
        raise DateError("date-unreadable")
    if as_written.digits == 4 and not own:
        if calendar == "japanese":
            told.append("date-western-year")
        if not SOLAR.year <= as_written.year <= today.year + _FAR:
            told.append("date-year-improbable")
        return Understood(_day(as_written.year, as_written), tuple(told))
    if named := own or era:
        if calendar == "western":
            told.append("date-japanese-year")
        day, more = _in_era(named, as_written)
        if day.year > today.year + _FAR:
            told.append("date-year-improbable")
        return Understood(day, (*told, *more))
    if calendar != "western":
        raise DateError("date-era-unknown")
    return _century(as_written, today, limits)


def _ordered(parts: list[str], era: str, order: str) -> Written:
    if order != "ymd" and not era and parts[2] and len(parts[0]) != 4:
        month, day = (0, 1) if order == "mdy" else (1, 0)
        parts = [parts[2], parts[month], parts[day]]
    year, month_text, day_text = parts
    if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in (year.replace("元", "1"), month_text)):
        raise DateError("date-unreadable" if year and month_text else "date-incomplete")
    if not re.fullmatch(r"[0-9]{0,2}", day_text):
        raise DateError("date-unreadable")
    first = year == "元"
    if "元" in year and not first:
        raise DateError("date-unreadable")
    return Written(1 if first else int(year), int(month_text), int(day_text or 0), era, len(year))


def _solid(digits: str, era: str, order: str) -> Written:
    if len(digits) == 7:
        if era or not "1" <= digits[0] <= "5":
            raise DateError("date-unreadable")
        era, digits = digits[0], digits[1:]
    years = len(digits) - 4
    if era and years != 2:
        raise DateError("date-unreadable")
    if order == "ymd" or era:
        return _ordered([digits[:years], digits[years:-2], digits[-2:]], era, "ymd")
    return _ordered([digits[:2], digits[2:4], digits[4:]], era, order)


def _day(year: int, as_written: Written) -> date:
    try:
        return date(year, as_written.month, as_written.day or 1)
    except ValueError as error:
        raise DateError("date-impossible") from error


def _in_era(era: str, as_written: Written) -> tuple[date, tuple[str, ...]]:
    if not 1 <= as_written.year <= 99:
        raise DateError("date-impossible")
    start = STARTS[era]
    year = start.year + as_written.year - 1
    if year < SOLAR.year:
        raise DateError("date-by-the-moon")
    day = _day(year, as_written)
    last = _last_day(era)
    # A month without a day belongs to the era when any of its days does.
    end_of_month = day if as_written.day else (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    if end_of_month < start:
        return day, ("date-before-era",)
    if last and day > last:
        return day, ("date-era-over" if year == last.year else "date-era-long-over",)
    return day, ()


def _last_day(era: str) -> date | None:
    starts = list(STARTS.values())
    following = starts[starts.index(STARTS[era]) + 1 :]
    return following[0] - timedelta(days=1) if following else None


def _century(as_written: Written, today: date, limits: tuple[date | None, date | None]) -> Understood:
    """A western year of two digits: the only century that the field's limits leave, or the nearest one, to be looked at."""
    possible = list(_possible(as_written, today.year))
    if not possible:
        raise DateError("date-impossible")
    earliest, latest = limits
    within = [day for day in possible if (not earliest or day >= earliest) and (not latest or day <= latest)]
    if len(within) == 1 and (earliest or latest):
        return Understood(within[0], ("date-century-by-limits",))
    nearest = min(within or possible, key=lambda day: abs(day - today))
    return Understood(nearest, ("date-century-unknown",))


def _possible(as_written: Written, year: int) -> Iterable[date]:
    for century in (year // 100 - 1, year // 100, year // 100 + 1):
        try:
            yield date(century * 100 + as_written.year, as_written.month, as_written.day or 1)
        except ValueError:
            continue
