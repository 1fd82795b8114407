"""Dates as they stand on forms: every day in every way of writing, the borders of the eras, and what is no date."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from ocr.definition.form import DateField, DateParts
from ocr.errors import sentences
from ocr.records import Evidence, Reading
from ocr.values import dates
from ocr.values.dated import parse
from ocr.values.parsed import Parsed, Surroundings

TODAY = date(2026, 11, 21)
BOX = (10.0, 10.0, 60.0, 8.0)
PARTS = DateParts(year=BOX, month=BOX, day=BOX)


def era_year(day: date) -> tuple[str, str, str]:
    """Name, letter, year."""
    name, year = dates.era_of(day)
    return name, "MTSHR"[list(dates.STARTS).index(name)], str(year)


def full_width(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def in_letters(day: date) -> str:
    _, letter, year = era_year(day)
    return f"{letter}{year}.{day.month}.{day.day}"


def in_letters_solid(day: date) -> str:
    _, letter, year = era_year(day)
    return f"{letter}{int(year):02}{day.month:02}{day.day:02}"


def in_short_era(day: date) -> str:
    name, _, year = era_year(day)
    return f"{name[0]}{year}-{day.month:02}-{day.day:02}"


def by_code(day: date) -> str:
    name, _, year = era_year(day)
    return f"{list(dates.STARTS).index(name) + 1}{int(year):02}{day.month:02}{day.day:02}"


WAYS: dict[str, tuple[Callable[[date], str], str]] = {
    "元号": (dates.japanese, "ymd"),
    "元号 in full width, with blanks": (lambda day: full_width(dates.japanese(day)).replace("年", " 年　"), "ymd"),
    "letter and points": (in_letters, "ymd"),
    "letter, solid": (in_letters_solid, "ymd"),
    "one character and hyphens": (in_short_era, "ymd"),
    "元号コード": (by_code, "ymd"),
    "ISO": (date.isoformat, "ymd"),
    "slashes": (lambda day: f"{day.year}/{day.month}/{day.day}", "ymd"),
    "western with 年月日": (lambda day: f"{day.year}年{day.month}月{day.day}日", "ymd"),
    "eight digits": (lambda day: f"{day:%Y%m%d}", "ymd"),
    "month first": (lambda day: f"{day.month}/{day.day}/{day.year}", "mdy"),
    "month first, eight digits": (lambda day: f"{day:%m%d%Y}", "mdy"),
    "day first": (lambda day: full_width(f"{day.day}.{day.month}.{day.year}"), "dmy"),
}


def understood(written: str, order: str = "ymd", era: str = "", calendar: str = "either") -> dates.Understood:
    return dates.understand(dates.written(written, order), era=era, calendar=calendar, today=TODAY)


def calendar_of(write: Callable[[date], str]) -> str:
    return "japanese" if write is by_code else "either"


def refused(written: str, order: str = "ymd", era: str = "", calendar: str = "either") -> str:
    with pytest.raises(dates.DateError) as refusal:
        understood(written, order, era, calendar)
    return refusal.value.code


def test_every_day_from_1873_to_2040_is_understood() -> None:
    """Each day in three of the ways by turns: all days in all ways would take 10 s."""
    ways = list(WAYS.values())
    misread = []
    for number in range((date(2041, 1, 1) - dates.SOLAR).days):
        day = dates.SOLAR + timedelta(days=number)
        for write, order in (ways[(number + turn) % len(ways)] for turn in (0, 4, 9)):
            if understood(write(day), order, calendar=calendar_of(write)) != dates.Understood(day):
                misread.append(write(day))
    assert misread == []


@pytest.mark.parametrize("way", WAYS)
def test_the_days_around_a_new_era_and_the_leap_days_are_understood_in_every_way(way: str) -> None:
    write, order = WAYS[way]
    borders = [
        start + timedelta(days=shift)
        for start in (*list(dates.STARTS.values())[1:], dates.SOLAR)
        for shift in range(-40, 40)
    ]
    leap = [date(year, 2, 29) for year in range(1876, 2041, 4) if year != 1900]
    for day in (*(day for day in borders if day >= dates.SOLAR), *leap):
        assert understood(write(day), order, calendar=calendar_of(write)) == dates.Understood(day), write(day)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("明治45年7月29日", "大正元年7月30日"),
        ("大正15年12月24日", "昭和元年12月25日"),
        ("昭和64年1月7日", "平成元年1月8日"),
        ("平成31年4月30日", "令和元年5月1日"),
    ],
)
def test_an_era_ends_on_the_day_before_the_next_begins(last: str, first: str) -> None:
    before, after = understood(last), understood(first)
    assert (before.told, after.told) == ((), ())
    assert after.day - before.day == timedelta(days=1)
    assert (dates.japanese(before.day), dates.japanese(after.day)) == (last, first)


@pytest.mark.parametrize(
    ("written", "means", "told"),
    [
        ("平成31年5月1日", "令和元年5月1日", "date-era-over"),
        ("昭和64年1月8日", "平成元年1月8日", "date-era-over"),
        ("大正15年12月25日", "昭和元年12月25日", "date-era-over"),
        ("明治45年7月30日", "大正元年7月30日", "date-era-over"),
        ("令和元年4月30日", "平成31年4月30日", "date-before-era"),
        ("平成1年1月7日", "昭和64年1月7日", "date-before-era"),
        ("平成36年4月1日", "令和6年4月1日", "date-era-long-over"),
        ("S99.4.1", "令和6年4月1日", "date-era-long-over"),
    ],
)
def test_a_day_beyond_its_era_is_understood_and_told(written: str, means: str, told: str) -> None:
    """X11."""
    assert understood(written) == dates.Understood(understood(means).day, (told,))


def test_days_before_the_solar_calendar_are_not_converted() -> None:
    assert refused("明治5年12月2日") == "date-by-the-moon"
    assert refused("明治元年9月8日") == "date-by-the-moon"
    assert understood("明治6年1月1日").day == date(1873, 1, 1)
    assert dates.era_of(date(1868, 10, 23)) == ("明治", 1)


@pytest.mark.parametrize(
    "written",
    [
        "令和6年2月30日",
        "2023/2/29",
        "R6.13.1",
        "令和6年0月1日",
        "令和0年1月1日",
        "2026-04-31",
        "平成31年4月31日",
        "令和2026年4月1日",
    ],
)
def test_a_day_that_no_calendar_has_is_impossible(written: str) -> None:
    """X11."""
    assert refused(written) == "date-impossible"


def test_leap_days_are_days_in_leap_years_only() -> None:
    assert understood("2024/2/29").day == date(2024, 2, 29)
    assert understood("令和6年2月29日").day == date(2024, 2, 29)
    assert refused("令和5年2月29日") == "date-impossible"


@pytest.mark.parametrize(
    "written",
    ["", "未定", "令和年月日", "202641", "4", "2026", "令8年", "202/4/1", "元元年4月1日", "9080401", "R2026.4.1.1"],
)
def test_what_is_no_date_is_not_guessed(written: str) -> None:
    assert refused(written) in ("date-unreadable", "date-impossible", "date-incomplete", "date-era-unknown")


@pytest.mark.parametrize("written", ["6.4.1", "8-4-1", "26/4/1", "元年5月1日", "080401"])
def test_a_short_year_without_an_era_stays_open(written: str) -> None:
    assert refused(written) == "date-era-unknown"
    assert refused(written, calendar="japanese") == "date-era-unknown"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("平成30.3 17", date(2018, 3, 17)),
        ("2008 3 14", date(2008, 3, 14)),
        ("R8.1 1", date(2026, 1, 1)),
        ("R8.1 2.3", date(2026, 12, 3)),
        ("２０２６ / ４ / １", date(2026, 4, 1)),
        ("2 0 2 6 0 4 0 1", date(2026, 4, 1)),
    ],
)
def test_a_blank_between_digits_may_be_a_lost_point(written: str, day: date) -> None:
    assert understood(written) == dates.Understood(day)


def test_a_printed_era_completes_a_short_year() -> None:
    for written in ("8-4-1", "8.4.1", "８年４月１日", "080401"):
        assert understood(written, era="令和", calendar="japanese") == dates.Understood(date(2026, 4, 1))


def test_another_era_than_the_printed_one_is_followed_and_looked_at() -> None:
    assert understood("令和元年6月1日", era="平成") == dates.Understood(date(2019, 6, 1), ("date-era-conflict",))


def test_the_other_calendar_than_the_one_asked_for_is_understood_and_told() -> None:
    assert understood("2026年4月1日", era="令和", calendar="japanese") == dates.Understood(
        date(2026, 4, 1), ("date-western-year",)
    )
    assert understood("令和8年4月1日", calendar="western") == dates.Understood(
        date(2026, 4, 1), ("date-japanese-year",)
    )


def test_a_year_far_from_any_form_is_told() -> None:
    assert understood("1026/4/1").told == ("date-year-improbable",)
    assert understood("9026/4/1").told == ("date-year-improbable",)


def test_a_western_year_of_two_digits_wants_the_limits_to_settle_its_century() -> None:
    written = dates.written("26/4/1")
    born = (date(1900, 1, 1), date(1999, 12, 31))
    assert dates.understand(written, era="", calendar="western", today=TODAY, limits=born) == dates.Understood(
        date(1926, 4, 1), ("date-century-by-limits",)
    )
    assert dates.understand(written, era="", calendar="western", today=TODAY) == dates.Understood(
        date(2026, 4, 1), ("date-century-unknown",)
    )


def field(**more: object) -> DateField:
    return DateField.model_validate({"name": "day", "label": "日付", "type": "date", **more})


def read(field: DateField, *texts: str, other: str = "", today: date = TODAY) -> Parsed:
    """A date field with its line, or its pieces in the order year, month, day, era."""
    around = Surroundings("day", today, values={"era": other})
    if field.parts is None:
        return parse(field, Evidence("day", BOX, reading=Reading(texts[0])), around)
    return parse(field, Evidence("day", BOX, pieces=tuple(map(Reading, texts))), around)


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.findings]


def test_pieces_with_a_printed_era_are_a_date() -> None:
    printed = field(parts=PARTS, era="令和", calendar="japanese")
    for texts in (("8", "4", "1"), ("８", "４", "１"), (" 8", "04", "01")):
        assert read(printed, *texts) == Parsed("2026-04-01")
    assert read(printed, "元", "5", "1") == Parsed("2019-05-01")


def test_pieces_with_a_handwritten_era_are_a_date() -> None:
    handwritten = field(parts=PARTS.model_copy(update={"era": BOX}))
    for era in ("昭和", "昭", "S", "s", "㍼"):
        assert read(handwritten, "64", "1", "7", era) == Parsed("1989-01-07")
    assert codes(read(handwritten, "64", "1", "7", "照")) == ["date-era-unknown"]
    assert codes(read(handwritten, "64", "1", "7", "")) == ["date-era-unknown"]
    assert read(handwritten, "1989", "1", "7", "").value == "1989-01-07"


@pytest.mark.parametrize("circled", ["昭和", "S", "昭", "3"])
def test_an_era_may_be_circled_in_another_field(circled: str) -> None:
    assert read(field(parts=PARTS, era_from="era"), "63", "4", "1", other=circled) == Parsed("1988-04-01")


def test_an_era_that_nobody_circled_leaves_the_date_open() -> None:
    assert codes(read(field(parts=PARTS, era_from="era"), "63", "4", "1")) == ["date-era-unknown"]


def test_a_piece_that_is_empty_makes_the_date_incomplete() -> None:
    for texts in (("", "4", "1"), ("8", "", "1"), ("8", "4", "")):
        parsed = read(field(parts=PARTS, era="令和"), *texts)
        assert (parsed.value, codes(parsed)) == ("", ["date-incomplete"])


def test_a_form_that_asks_for_no_day_gets_a_month() -> None:
    monthly = field(parts=DateParts(year=BOX, month=BOX), era="令和", latest="today")
    assert read(monthly, "8", "4") == Parsed("2026-04")
    assert codes(read(field(), "令和8年4月")) == ["date-incomplete"]


def test_the_limits_of_a_date_may_be_the_day_of_reading() -> None:
    assert read(field(latest="today"), "2026-11-21").findings == ()
    assert codes(read(field(latest="today"), "2026-11-22")) == ["date-too-late"]
    assert codes(read(field(latest="today"), "2026-11-21", today=date(2026, 11, 20))) == ["date-too-late"]
    assert codes(read(field(earliest="2026-04-01"), "令和8年3月31日")) == ["date-too-early"]
    assert codes(read(field(earliest="2026-04-01"), "令和8年4月1日")) == []


def test_what_is_told_of_a_date_names_the_day_that_was_understood() -> None:
    parsed = read(field(), "平成31年5月1日")
    assert parsed.value == "2019-05-01"
    assert parsed.findings[0].evidence == {"meant": "令和元年5月1日"}
    assert "check_failed" not in parsed.signs
    said = sentences("ja")["date-era-over"].format(**parsed.findings[0].evidence)
    assert said == "改元の後の日付です（令和元年5月1日）。"


@pytest.mark.parametrize("calendar", ["western", "either"])
def test_a_western_date_that_lost_a_digit_is_not_taken_for_an_eras_code(calendar: str) -> None:
    assert refused("2020101", calendar=calendar) == "date-unreadable"


def test_a_year_of_an_era_that_is_still_far_away_is_a_reason_to_look() -> None:
    assert understood("R81.4.1").told == ("date-year-improbable",)
    assert understood("R40.4.1").told == ()
