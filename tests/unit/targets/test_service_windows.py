"""When a target system may be worked with."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digilab.targets.rules import JST, Closed, SettingRefusedError, opens, window

HOLIDAY = date(2026, 11, 23)
"""Monday, 勤労感謝の日."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def holiday(day: date) -> bool:
    return day == HOLIDAY or day.weekday() > 4


def next_opening(moment: str, *windows: str, closed: Closed = holiday) -> str | None:
    found = opens([window(each) for each in windows], at(moment), closed)
    return None if found is None else f"{found.astimezone(JST):%Y-%m-%d %H:%M}"


def test_a_target_without_windows_is_always_open() -> None:
    assert opens([], at("2026-11-22 03:00")) is None


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-20 08:29", "2026-11-20 08:30"),
        ("2026-11-20 08:30", None),
        ("2026-11-20 21:59", None),
        ("2026-11-20 22:00", "2026-11-24 08:30"),  # over the weekend and the holiday
        ("2026-11-21 12:00", "2026-11-24 08:30"),
        ("2026-11-23 12:00", "2026-11-24 08:30"),
    ],
)
def test_a_run_outside_the_window_is_told_when_it_opens(moment: str, opening: str | None) -> None:
    assert next_opening(moment, "mon-fri 08:30-22:00") == opening


def test_a_window_that_names_closed_days_holds_on_holidays_too() -> None:
    assert next_opening("2026-11-23 12:00", "mon-fri,closed 08:30-22:00") is None
    assert next_opening("2026-11-21 12:00", "mon-fri,closed 08:30-22:00") == "2026-11-23 08:30"


def test_a_saturday_that_is_named_is_open_whatever_the_calendar_says_of_weekends() -> None:
    assert next_opening("2026-11-21 10:00", "mon-sat 09:00-12:00") is None
    assert next_opening("2026-11-21 12:00", "mon-sat 09:00-12:00") == "2026-11-24 09:00"


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-20 23:30", None),
        ("2026-11-21 05:59", None),  # Saturday's early morning belongs to Friday's window
        ("2026-11-21 06:00", "2026-11-24 22:00"),
        ("2026-11-23 01:00", "2026-11-24 22:00"),  # Sunday had none
        ("2026-11-24 05:00", "2026-11-24 22:00"),  # the holiday had none
    ],
)
def test_a_window_may_go_past_midnight(moment: str, opening: str | None) -> None:
    assert next_opening(moment, "mon-fri 22:00-06:00") == opening


def test_of_several_windows_the_nearest_counts() -> None:
    hours = ("mon-fri 09:00-12:00", "mon-fri 13:00-17:00", "sat 10:00-11:00")
    assert next_opening("2026-11-20 12:30", *hours) == "2026-11-20 13:00"
    assert next_opening("2026-11-20 17:00", *hours) == "2026-11-21 10:00"


def test_a_day_may_be_open_as_a_whole() -> None:
    assert next_opening("2026-11-23 23:59", "毎日 00:00-24:00") is None
    assert next_opening("2026-11-23 00:00", "毎日 0:00-24:00") is None


def test_the_hours_are_those_of_japan_wherever_the_clock_stands() -> None:
    hours = [window("mon-fri 08:30-22:00")]
    assert opens(hours, datetime(2026, 11, 19, 23, 30, tzinfo=UTC)) is None
    assert opens(hours, datetime(2026, 11, 19, 23, 29, tzinfo=UTC)) == at("2026-11-20 08:30")


def test_where_every_day_is_closed_it_is_looked_at_again_a_day_later() -> None:
    moment = at("2026-11-20 12:00")
    assert opens([window("mon-fri 08:30-22:00")], moment, lambda _day: True) == moment + timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("mon-fri 08:30-22:00", ("mon-fri", "08:30", "22:00")),
        ("月〜金 8:30～22:00", ("mon-fri", "08:30", "22:00")),
        ("月、水、金 ８：３０－１７：１５", ("mon,wed,fri", "08:30", "17:15")),
        ("毎日 0:00-24:00", ("mon-sun,closed", "00:00", "24:00")),
        ("月-金,閉庁日 9:00-17:00", ("mon-fri,closed", "09:00", "17:00")),
        ("fri-mon 22:00-06:00", ("mon,fri-sun", "22:00", "06:00")),
        ("MON-FRI  08:30 - 22:00", ("mon-fri", "08:30", "22:00")),
    ],
)
def test_service_hours_can_be_typed_as_people_write_them(typed: str, kept: tuple[str, str, str]) -> None:
    found = window(typed)
    assert (found["days"], found["from"], found["to"]) == kept
    assert window(f"{found['days']} {found['from']}-{found['to']}") == found


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "08:30-22:00",
        "mon-fri",
        "mon-fri 08:30",
        "mon-fri 25:00-26:00",
        "mon-fri 08:60-22:00",
        "mon-fri 24:00-06:00",
        "mon-fri 09:00-09:00",
        "mun-fri 09:00-17:00",
        "mon- 09:00-17:00-18:00",
        "closed 09:00-17:00",
        "mon,,fri 09:00-17:00",
    ],
)
def test_service_hours_that_cannot_be_read_are_refused(typed: str) -> None:
    with pytest.raises(SettingRefusedError) as refused:
        window(typed)
    assert refused.value.reason == "window"


minutes = st.integers(0, 1439)


@given(
    st.lists(st.sampled_from(["mon", "wed", "sat", "mon-fri", "fri-sun", "mon-sun,closed"]), min_size=1, max_size=3),
    minutes,
    minutes,
    st.integers(0, 14 * 1440),
)
def test_what_is_closed_now_is_open_at_the_time_that_it_names_and_not_before(
    days: list[str], begins: int, ends: int, after: int
) -> None:
    if begins == ends:
        return
    clock = "{:02d}:{:02d}-{:02d}:{:02d}".format(*divmod(begins, 60), *divmod(ends, 60))
    hours = [window(f"{each} {clock}") for each in days]
    moment = at("2026-11-16 00:00") + timedelta(minutes=after)
    opening = opens(hours, moment, holiday)
    if opening is None:
        return
    assert opening > moment
    assert opens(hours, opening, holiday) is None
    assert opens(hours, opening - timedelta(minutes=1), holiday) == opening
