"""A rule as a Japanese sentence, and back. Pure: standard library only.

`read(sentence(rule)) == rule` for every rule. What people type may differ from our own sentence in width, blanks and some usual turns
(`9時30分`, `最終営業日`, `月末`).
"""

import re
import unicodedata
from datetime import date, time

from digilab.errors import RuleUnreadError
from digilab.timetable.rules import (
    ALL_MONTHS,
    Closed,
    Cron,
    Daily,
    DayOfMonth,
    Deadline,
    Nth,
    Once,
    Rule,
    Weekly,
    shown,
    time_of,
)

WEEKDAYS = "月火水木金土日"
CLOSED = {
    Closed.BEFORE: "閉庁日は前の開庁日",
    Closed.AFTER: "閉庁日は次の開庁日",
    Closed.RUN: "閉庁日でもそのまま",
    Closed.SKIP: "閉庁日は休み",
}
_SHORT_MONTHS = "ない月は末日、"
_WORDS = {words: closed for closed, words in CLOSED.items()}
_IN_BRACKETS = r"(?:\((?:ない月は末日、?)?(?P<{name}>閉庁日[^()]*)?\))?"
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?P<second>:[0-9]{2})?|時(?:(?P<spoken>[0-9]{1,2})分)?)$"
)
_MONTHS = re.compile(r"毎月|(?P<months>(?:[0-9]{1,2}月[・、,と]?)+)の")
_DATE = r"(?P<day>[0-9]{1,2}日|末日|月末)"
_ONCE = re.compile(r"(?P<year>[0-9]{4})年(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})日")
_DAILY = re.compile(r"毎営業日")
_WEEKLY = re.compile(
    r"毎週(?P<days>[月火水木金土日](?:[・、,]?[月火水木金土日])*)曜日?" + _IN_BRACKETS.format(name="closed")
)
_NTH = re.compile(
    r"(?P<end>(?:後ろ|末尾)から)?(?:第(?P<number>[0-9]{1,3})|(?P<rank>[0-9]{1,3})番目の)営業日|(?P<last>(?:月末|最終)営業日)"
)
_DAY = re.compile(_DATE + _IN_BRACKETS.format(name="closed"))
_DEADLINE = re.compile(
    _DATE
    + "締め?切?り?"
    + _IN_BRACKETS.format(name="moved")
    + r"の(?P<back>[0-9]{1,3})(?P<unit>営業日|暦日|日)前"
    + _IN_BRACKETS.format(name="closed")
)
_CRON = re.compile(r"cron\s*:?\s*(?P<text>[^()]+)" + _IN_BRACKETS.format(name="closed"), re.IGNORECASE)


def sentence(rule: Rule) -> str:
    """The rule as a person reads it: `毎月第3営業日 09:00`."""
    if isinstance(rule, Cron):
        return f"cron {rule.text}({CLOSED[rule.closed]})"
    return f"{_body(rule)} {shown(rule.at)}"


def read(text: str) -> Rule:
    """The rule that a person wrote. Raises RuleUnreadError, or the RuleError that says why there is no such rule."""
    spelt = unicodedata.normalize("NFKC", text).strip()
    cron = _CRON.fullmatch(spelt)
    if cron is not None:
        return Cron(" ".join(cron["text"].split()), _closed(cron["closed"], Closed.RUN, text))
    spelt = "".join(spelt.split())
    clock = _TIME.search(spelt)
    if clock is None:
        raise RuleUnreadError(text=text[:100])
    at, rest = _at(clock), spelt[: clock.start()]
    once = _ONCE.fullmatch(rest)
    if once is not None:
        try:
            return Once(date(int(once["year"]), int(once["month"]), int(once["day"])), at)
        except ValueError as error:
            raise RuleUnreadError(text=text[:100]) from error
    prefix = _MONTHS.match(rest)
    months = _months(prefix["months"]) if prefix is not None and prefix["months"] else ALL_MONTHS
    if prefix is None and not rest.startswith("毎"):
        # `25日` or `12月1日` alone could be meant once; every month or every year would be the wrong guess with money.
        raise RuleUnreadError(text=text[:100])
    return _rule(rest[prefix.end() if prefix is not None else 0 :], months, at, text)


def _body(rule: Rule) -> str:
    if isinstance(rule, Once):
        return f"{rule.day.year}年{rule.day.month}月{rule.day.day}日"
    if isinstance(rule, Daily):
        return _only(rule.months, "") + "毎営業日"
    if isinstance(rule, Weekly):
        days = "・".join(WEEKDAYS[day] for day in rule.weekdays)
        return f"{_only(rule.months, '')}毎週{days}曜日({CLOSED[rule.closed]})"
    if isinstance(rule, Nth):
        return _only(rule.months, "毎月") + _nth(rule.number)
    if isinstance(rule, DayOfMonth):
        return f"{_only(rule.months, '毎月')}{_date(rule.day)}({_short(rule.day)}{CLOSED[rule.closed]})"
    if isinstance(rule, Deadline):
        closing = (
            f"{_only(rule.months, '毎月')}{_date(rule.day)}締め({_short(rule.day)}{CLOSED[rule.moved]})の{rule.back}"
        )
        return closing + ("営業日前" if rule.business else f"日前({CLOSED[rule.closed]})")
    raise TypeError(rule.kind)


def _rule(body: str, months: tuple[int, ...], at: time, text: str) -> Rule:
    if _DAILY.fullmatch(body):
        return Daily(at, months)
    if found := _WEEKLY.fullmatch(body):
        weekdays = tuple(sorted({WEEKDAYS.index(sign) for sign in found["days"] if sign in WEEKDAYS}))
        return Weekly(weekdays, at, _closed(found["closed"], Closed.SKIP, text), months)
    if found := _NTH.fullmatch(body):
        number = 1 if found["last"] else int(found["number"] or found["rank"])
        return Nth(-number if found["last"] or found["end"] else number, at, months)
    if found := _DAY.fullmatch(body):
        return DayOfMonth(_day(found["day"]), at, _closed(found["closed"], Closed.BEFORE, text), months)
    if found := _DEADLINE.fullmatch(body):
        business = found["unit"] == "営業日"
        if business and found["closed"]:
            raise RuleUnreadError(text=text[:100])
        return Deadline(
            _day(found["day"]),
            int(found["back"]),
            at,
            business,
            _closed(found["moved"], Closed.BEFORE, text),
            _closed(found["closed"], Closed.BEFORE, text),
            months,
        )
    raise RuleUnreadError(text=text[:100])


def _at(clock: re.Match[str]) -> time:
    minute = clock["minute"] or (clock["spoken"] or "0").zfill(2)
    return time_of(f"{clock['hour'].zfill(2)}:{minute}{clock['second'] or ''}")


def _months(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(number) for number in re.findall(r"[0-9]+", text)}))


def _closed(words: str | None, otherwise: Closed, text: str) -> Closed:
    if not words:
        return otherwise
    found = _WORDS.get(words)
    if found is None:
        raise RuleUnreadError(text=text[:100])
    return found


def _day(words: str) -> int:
    return int(words[:-1]) if words[:-1].isdecimal() else 31


def _date(day: int) -> str:
    return "末日" if day == 31 else f"{day}日"


def _short(day: int) -> str:
    return _SHORT_MONTHS if day in (29, 30) else ""


def _nth(number: int) -> str:
    if number == -1:
        return "月末営業日"
    return f"第{number}営業日" if number > 0 else f"後ろから第{-number}営業日"


def _only(months: tuple[int, ...], every: str) -> str:
    return every if months == ALL_MONTHS else "・".join(f"{month}月" for month in months) + "の"
