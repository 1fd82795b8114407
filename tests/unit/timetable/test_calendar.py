"""Business days of every month from 2019 to 2030, against tables made by hand.

`holidays.csv` was written from the law (祝日法 with its amendments up to the Olympic moves of 2020 and 2021, the law on the enthronement
of 2019), not from any library. The equinoxes up to 2027 are those that the National Astronomical Observatory has announced in the gazette;
those of 2028 to 2030 are computed here by the usual formula, as they are announced each February for the year after.
`business_days.csv` was counted on paper, month by month.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from digilab.timetable.calendar import Calendar, OwnDay, holiday, last_of

HERE = Path(__file__).parent
WEEKDAYS = "月火水木金土日"
FIRST, LAST = date(2019, 1, 1), date(2030, 12, 31)
MONTHS = [(year, month) for year in range(2019, 2031) for month in range(1, 13)]
DAYS = [FIRST + timedelta(days=count) for count in range((LAST - FIRST).days + 1)]
FIRST_COMPUTED = 2028


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


HOLIDAYS = {date.fromisoformat(row["day"]): row["name"] for row in rows("holidays.csv")}


def counted_by_hand(year: int, month: int) -> list[date]:
    """Business days by the table alone."""
    closed_at_year_end = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
    return [
        day
        for day in DAYS
        if (day.year, day.month) == (year, month)
        and WEEKDAYS[day.weekday()] not in "土日"
        and day not in HOLIDAYS
        and (day.month, day.day) not in closed_at_year_end
    ]


def test_the_table_made_by_hand_has_the_weekdays_of_the_calendar() -> None:
    wrong = [
        row for row in rows("holidays.csv") if WEEKDAYS[date.fromisoformat(row["day"]).weekday()] != row["weekday"]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("year", "number"),
    # 2019 has no 天皇誕生日 but three days of the enthronement; the rest is 16 holidays with 振替休日 and 国民の休日.
    [
        (2019, 22),
        (2020, 18),
        (2021, 17),
        (2022, 16),
        (2023, 17),
        (2024, 21),
        (2025, 19),
        (2026, 18),
        (2027, 17),
        (2028, 16),
        (2029, 19),
        (2030, 19),
    ],
)
def test_the_table_has_as_many_holidays_as_the_year(year: int, number: int) -> None:
    assert sum(day.year == year for day in HOLIDAYS) == number


@pytest.mark.parametrize("year", range(FIRST_COMPUTED, 2031))
def test_equinoxes_that_are_not_announced_yet_are_computed(year: int) -> None:
    passed = year - 1980
    spring = int(20.8431 + 0.242194 * passed - passed // 4)
    autumn = int(23.2488 + 0.242194 * passed - passed // 4)
    assert HOLIDAYS[date(year, 3, spring)] == "春分の日"
    assert HOLIDAYS[date(year, 9, autumn)] == "秋分の日"


def test_the_library_knows_the_holidays_of_the_table_and_no_others() -> None:
    assert [day for day in DAYS if (holiday(day) is not None) != (day in HOLIDAYS)] == []


@pytest.mark.parametrize(("year", "month"), MONTHS)
def test_every_business_day_of_a_month_is_where_the_table_has_it(year: int, month: int) -> None:
    calendar, expected = Calendar(), counted_by_hand(year, month)
    assert calendar.open_days(year, month) == expected
    count = len(expected)
    assert [calendar.nth(year, month, number) for number in range(1, count + 2)] == [*expected, None]
    assert [calendar.nth(year, month, -number) for number in range(1, count + 2)] == [*reversed(expected), None]


@pytest.mark.parametrize("row", rows("business_days.csv"), ids=lambda row: f"{row['month']} {row['number']}")
def test_the_days_that_were_counted_on_paper(row: dict[str, str]) -> None:
    year, month = map(int, row["month"].split("-"))
    expected = date(year, month, int(row["day"])) if row["day"] else None
    assert Calendar().nth(year, month, int(row["number"])) == expected


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2019, 4, 27), "土曜日"),
        (date(2019, 4, 28), "日曜日"),
        (date(2019, 4, 29), "昭和の日"),
        (date(2019, 5, 6), "振替休日"),
        (date(2020, 7, 24), "スポーツの日"),
        (date(2026, 12, 29), "年末年始"),
        (date(2027, 1, 3), "年末年始"),
        (date(2026, 12, 28), ""),
        (date(2020, 10, 12), ""),
    ],
)
def test_why_the_city_is_closed_can_be_told(day: date, reason: str) -> None:
    assert reason in Calendar().closed_by(day)
    assert bool(Calendar().closed_by(day)) is bool(reason)


def test_ten_days_in_a_row_were_closed_at_the_change_to_reiwa() -> None:
    closed = [date(2019, 4, 27) + timedelta(days=count) for count in range(10)]
    calendar = Calendar()
    assert not any(map(calendar.is_open, closed))
    assert calendar.at_or_before(date(2019, 5, 3)) == date(2019, 4, 26)
    assert calendar.at_or_after(date(2019, 5, 3)) == date(2019, 5, 7)
    assert calendar.back(date(2019, 5, 8), 2) == date(2019, 4, 26)


def test_what_the_city_says_of_a_day_outdoes_law_and_weekend() -> None:
    calendar = Calendar(
        {
            date(2026, 12, 29): OwnDay("年末特別開庁", open=True),
            date(2026, 11, 28): OwnDay("土曜開庁", open=True),
            date(2026, 11, 27): OwnDay("創立記念日"),
        }
    )
    assert calendar.nth(2026, 12, -1) == date(2026, 12, 29)
    assert calendar.nth(2026, 11, -1) == date(2026, 11, 30)
    assert calendar.at_or_before(date(2026, 11, 27)) == date(2026, 11, 26)
    assert calendar.at_or_after(date(2026, 11, 27)) == date(2026, 11, 28)
    assert calendar.closed_by(date(2026, 11, 27)) == "創立記念日"


def test_a_hole_that_nobody_means_is_not_searched_for_ever() -> None:
    hole = Calendar({date(2026, 1, 1) + timedelta(days=count): OwnDay("誤り") for count in range(366)})
    assert hole.at_or_after(date(2026, 1, 1)) is None
    assert hole.back(date(2026, 12, 31), 1) is None


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2024, 2, 29), (2026, 2, 28), (2026, 4, 30), (2026, 12, 31), (2100, 2, 28)]
)
def test_the_last_day_of_a_month_knows_leap_years(year: int, month: int, day: int) -> None:
    assert last_of(year, month) == date(year, month, day)
