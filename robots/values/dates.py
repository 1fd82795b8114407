"""Dates as offices write them → ISO 8601. Nothing is guessed: what two days could mean is refused, and nothing here reads the clock.

Era borders: 詔書 of 1912-07-30 and 1926-12-25, 政令 for 平成 (from 1989-01-08) and 令和 (from 2019-05-01).
"""

import re
from datetime import date, timedelta

from robots.columns import Column
from robots.values.text import clean
from robots.values.width import hyphened, narrow
from robots.values.written import Remark, Value, Written, refused, told

STARTS = {
    "明治": date(1868, 10, 23),
    "大正": date(1912, 7, 30),
    "昭和": date(1926, 12, 25),
    "平成": date(1989, 1, 8),
    "令和": date(2019, 5, 1),
}
EARLIEST, LATEST = date(1900, 3, 1), date(2100, 12, 31)
"""Of what anybody pays or was born on; a cell that says 1900-01-06 is the number 6 under a date's format."""
_SERIALS = range(32_874, 54_789)  # 1990-01-01 … 2049-12-31 counted from 1900
_NAMES = (
    {name: name for name in STARTS}
    | {name[0]: name for name in STARTS}
    | dict(zip("MTSHR", STARTS, strict=True))
    | dict(zip("㍾㍽㍼㍻㋿", STARTS, strict=True))
)
_ERA = "|".join(sorted(_NAMES, key=len, reverse=True))
_SEPARATED = re.compile(
    rf"(?P<era>{_ERA})?(?P<one>元|\d{{1,4}})(?:年|[./-])(?P<two>\d{{1,2}})(?:月|[./-])(?P<three>\d{{1,4}})日?"
)
_SOLID = re.compile(rf"(?P<era>{_ERA})?(?P<digits>\d{{6,8}})")
_WEEKDAY = re.compile(r"\(?([月火水木金土日])(?:曜日?)?\)?$")
_MIDNIGHT = re.compile(r"[T ]?0{1,2}:00(?::00(?:\.0+)?)?$")
_CLOCK = re.compile(r"[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")


def parse(_column: Column, written: Written) -> Value:
    """ISO 8601, whatever era, width or signs."""
    if written.day is not None:
        return _probable(
            written.day, (told("date-time-dropped", meant=written.day.isoformat()),) if written.clock else ()
        )
    text, remarks = clean(written.text)
    if written.number:
        return _of_number(text, written.epoch)
    return _of_text(text, remarks)


def japanese(day: date) -> str:
    """As an office writes it: 令和元年5月1日."""
    name = next(name for name, start in reversed(STARTS.items()) if day >= start)
    year = day.year - STARTS[name].year + 1
    return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def _of_number(text: str, epoch: date) -> Value:
    """A number without a date's format: eight digits in order, or a serial that cannot also be a year, month and day of an era."""
    if len(text) == 8 and text.isdigit():
        return _of_text(text, ())
    whole = text.partition(".")[0]
    if len(whole) != 5 or not whole.isdigit() or int(whole) + (epoch - date(1899, 12, 30)).days not in _SERIALS:
        return refused("date-number", written=text)
    if 1 <= int(whole[1:3]) <= 12 and 1 <= int(whole[3:]) <= 31:
        return refused("date-number", written=text)
    day = epoch + timedelta(days=int(whole))
    return _probable(day, (told("date-serial", written=text, meant=_both(day)),))


def _of_text(text: str, remarks: tuple[Remark, ...]) -> Value:
    plain = " ".join(narrow(text).split()).upper()
    timed = _MIDNIGHT.sub("", plain)
    if timed == plain and _CLOCK.search(plain):
        timed = _CLOCK.sub("", plain)
        remarks = (*remarks, told("date-time-dropped", meant=timed))
    dayless, weekday = _without_weekday(timed)
    bare = "".join(hyphened(dayless).split()).replace("・", ".")
    if found := _SEPARATED.fullmatch(bare):
        value = _ordered(text, found["era"], found["one"], found["two"], found["three"])
    elif found := _SOLID.fullmatch(bare):
        value = _solid(text, found["era"], found["digits"])
    else:
        return refused("date-unreadable", written=text)
    if weekday and not value.refused and "月火水木金土日"[date.fromisoformat(value.text).weekday()] != weekday:
        return refused("date-weekday", written=text)
    return Value(value.text, (*remarks, *value.remarks))


def _without_weekday(text: str) -> tuple[str, str]:
    """`11月21日` ends in 日 without naming a day of the week: only what stands in brackets, ends in 曜 or follows 日 does."""
    found = _WEEKDAY.search(text)
    if not found or (found[0] == found[1] and not text[: found.start()].rstrip().endswith("日")):
        return text, ""
    return text[: found.start()].rstrip(), found[1]


def _ordered(text: str, era: str | None, one: str, two: str, three: str) -> Value:
    if len(three) > 2 or (len(one) == 3 and not era):
        return refused("date-order", written=text)
    year = 1 if one == "元" else int(one)
    if era:
        return _in_era(text, _NAMES[era], year, int(two), int(three))
    if one == "元" or len(one) != 4:
        return refused("date-era-missing", written=text)
    return _day(text, year, int(two), int(three), ())


def _solid(text: str, era: str | None, digits: str) -> Value:
    if len(digits) == 8 and not era:
        return _day(text, int(digits[:4]), int(digits[4:6]), int(digits[6:]), ())
    if len(digits) == 6 and era:
        return _in_era(text, _NAMES[era], int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    return refused("date-era-missing", written=text)


def _in_era(text: str, era: str, year: int, month: int, day: int) -> Value:
    if not 1 <= year <= 99:
        return refused("date-impossible", written=text)
    western = STARTS[era].year + year - 1
    value = _day(text, western, month, day, ())
    if value.refused:
        return value
    meant = date.fromisoformat(value.text)
    if meant < STARTS[era]:
        return refused("date-before-era", written=text, meant=_both(meant))
    following = [start for start in STARTS.values() if start > STARTS[era]]
    if following and meant >= following[0]:
        if meant.year - following[0].year > 1:
            return refused("date-era-long-over", written=text, meant=_both(meant))
        return Value(value.text, (told("date-era-over", written=text, meant=_both(meant)),))
    return Value(value.text, (told("date-understood", written=text, meant=value.text),))


def _day(text: str, year: int, month: int, day: int, remarks: tuple[Remark, ...]) -> Value:
    try:
        return _probable(date(year, month, day), remarks)
    except ValueError:
        return refused("date-impossible", written=text)


def _probable(day: date, remarks: tuple[Remark, ...]) -> Value:
    if not EARLIEST <= day <= LATEST:
        return refused("date-improbable", meant=day.isoformat())
    return Value(day.isoformat(), remarks)


def _both(day: date) -> str:
    return f"{day.isoformat()}（{japanese(day)}）"
