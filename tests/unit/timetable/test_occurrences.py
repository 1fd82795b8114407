"""When rules fall due: against days worked out by hand, and against brute force over every day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.errors import RuleNeverError
from digilab.timetable.calendar import Calendar, OwnDay, last_of
from digilab.timetable.occurrences import between, check, following, midnight_after, next_after
from digilab.timetable.rules import JST, Closed, Cron, Daily, DayOfMonth, Deadline, Nth, Once, Rule, Weekly
from digilab.timetable.sentences import read
from unit.timetable.rules_made import by_days, rules
from unit.timetable.test_calendar import FIRST, LAST, counted_by_hand

DAY = timedelta(days=1)
moments = st.integers(0, 11 * 366 * 86_400).map(
    lambda seconds: datetime(2019, 1, 1, tzinfo=JST) + timedelta(seconds=seconds)
)
own_days = st.dictionaries(
    st.dates(date(2019, 1, 1), date(2030, 12, 31)), st.builds(OwnDay, st.just("市の日"), st.booleans()), max_size=20
)
calendars = own_days.map(Calendar)


def days(text: str, calendar: Calendar, first: str, count: int) -> list[str]:
    """The next due days after the beginning of a day, as a person writes them."""
    after = datetime.fromisoformat(first).replace(tzinfo=JST) - timedelta(microseconds=1)
    return [f"{due:%m-%d}" for due in following(read(text), calendar, after, count)]


# --- by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [*range(1, 24), *range(-23, 0)])
def test_the_nth_business_day_falls_due_in_every_month_that_has_one(number: int) -> None:
    rule, due, found = Nth(number, time(9)), datetime(2018, 12, 31, 23, 59, tzinfo=JST), []
    while True:
        following_one = next_after(rule, Calendar(), due)
        assert following_one is not None
        if following_one.date() > LAST:
            break
        due = following_one
        found.append(due.date())
        assert due.timetz() == time(9, tzinfo=JST)
    months = [(year, month) for year in range(FIRST.year, LAST.year + 1) for month in range(1, 13)]
    lists = [counted_by_hand(year, month) for year, month in months]
    assert found == [each[number - 1 if number > 0 else number] for each in lists if len(each) >= abs(number)]


@pytest.mark.parametrize(
    ("text", "first", "expected"),
    [
        # 25 April 2026 is a Saturday, 25 July and 25 October are weekend days, too.
        ("毎月25日(閉庁日は前の開庁日) 09:00", "2026-04-01", ["04-24", "05-25", "06-25", "07-24"]),
        ("毎月25日(閉庁日は次の開庁日) 09:00", "2026-04-01", ["04-27", "05-25", "06-25", "07-27"]),
        ("毎月25日(閉庁日でもそのまま) 09:00", "2026-04-01", ["04-25", "05-25", "06-25", "07-25"]),
        ("毎月25日(閉庁日は休み) 09:00", "2026-04-01", ["05-25", "06-25", "08-25", "09-25"]),
        # 令和: 30 April to 6 May 2019 were closed without a gap.
        ("毎月30日(閉庁日は前の開庁日) 09:00", "2019-04-01", ["04-26", "05-30", "06-28", "07-30"]),
        ("毎月1日(閉庁日は次の開庁日) 09:00", "2019-05-01", ["05-07", "06-03", "07-01", "08-01"]),
        # Moved back over the month's and the year's edge.
        ("毎月1日(閉庁日は前の開庁日) 09:00", "2026-12-15", ["12-28", "02-01", "03-01", "04-01"]),
        ("毎月31日(閉庁日は前の開庁日) 09:00", "2027-12-01", ["12-28", "01-31", "02-29", "03-31"]),
        ("毎月29日(閉庁日でもそのまま) 09:00", "2027-02-01", ["02-28", "03-29", "04-29", "05-29"]),
        ("2月の29日(閉庁日でもそのまま) 09:00", "2026-01-01", ["02-28", "02-28", "02-29", "02-28"]),
        # 締日 25 September 2026 (Friday); 21 to 23 are 敬老の日, 国民の休日, 秋分の日.
        ("9月の25日締めの1営業日前 09:00", "2026-09-01", ["09-24"]),
        ("9月の25日締めの2営業日前 09:00", "2026-09-01", ["09-18"]),
        ("9月の25日締めの3営業日前 09:00", "2026-09-01", ["09-17"]),
        # 締日 25 July 2026 is a Saturday: the 24th at first, the 27th, or the 25th itself.
        ("7月の25日締め(閉庁日は前の開庁日)の3営業日前 09:00", "2026-07-01", ["07-21"]),
        ("7月の25日締め(閉庁日は次の開庁日)の3営業日前 09:00", "2026-07-01", ["07-22"]),
        ("7月の25日締め(閉庁日でもそのまま)の3営業日前 09:00", "2026-07-01", ["07-22"]),
        # In calendar days: the 15th itself counted back by ten days, and moved from Saturday 5 December.
        ("12月の15日締め(閉庁日でもそのまま)の10日前(閉庁日は前の開庁日) 09:00", "2026-12-01", ["12-04"]),
        ("12月の15日締め(閉庁日でもそのまま)の10日前(閉庁日は次の開庁日) 09:00", "2026-12-01", ["12-07"]),
        ("12月の15日締め(閉庁日でもそのまま)の10日前(閉庁日でもそのまま) 09:00", "2026-12-01", ["12-05"]),
        # 出納整理期間 ends on 31 May.
        ("5月の末日締めの5営業日前 17:00", "2026-05-01", ["05-22"]),
        ("毎営業日 08:30", "2026-12-25", ["12-25", "12-28", "01-04", "01-05"]),
        ("毎週月曜日(閉庁日は休み) 09:00", "2026-09-14", ["09-14", "09-28", "10-05", "10-19"]),
        ("毎週月曜日(閉庁日は次の開庁日) 09:00", "2026-09-14", ["09-14", "09-24", "09-28", "10-05"]),
        ("毎週月・火曜日(閉庁日は次の開庁日) 09:00", "2026-09-21", ["09-24", "09-28", "09-29", "10-05"]),
        ("4月・10月の第1営業日 09:00", "2026-01-01", ["04-01", "10-01", "04-01", "10-01"]),
        ("cron 0 9 29 2 *", "2026-01-01", ["02-29", "02-29"]),
        ("cron 0 9 * * 1-5(閉庁日は休み)", "2026-12-28", ["12-28", "01-04", "01-05", "01-06"]),
        ("cron 0 9 * * 1-5", "2026-12-28", ["12-28", "12-29", "12-30", "12-31"]),
    ],
)
def test_due_days_that_were_worked_out_by_hand(text: str, first: str, expected: list[str]) -> None:
    assert days(text, Calendar(), first, len(expected))[: len(expected)] == expected


def test_the_last_second_of_a_month_is_in_that_month() -> None:
    rule = read("毎月末日(閉庁日でもそのまま) 23:59:59")
    before = datetime(2028, 2, 29, 14, 59, 58, tzinfo=UTC)
    due = datetime(2028, 2, 29, 23, 59, 59, tzinfo=JST)
    assert next_after(rule, Calendar(), before) == due
    assert next_after(rule, Calendar(), due) == datetime(2028, 3, 31, 23, 59, 59, tzinfo=JST)
    assert next_after(read("毎月1日(閉庁日でもそのまま) 0:00"), Calendar(), due) == due + timedelta(seconds=1)


def test_times_are_those_of_japan_whatever_zone_the_question_comes_in() -> None:
    asked = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)  # 09:00 in Japan
    assert next_after(read("毎営業日 09:00"), Calendar(), asked) == datetime(2026, 12, 2, 9, tzinfo=JST)
    assert next_after(read("cron 0 9 * * *"), Calendar(), asked) == datetime(2026, 12, 2, 9, tzinfo=JST)
    assert next_after(read("cron 1 9 * * *"), Calendar(), asked) == datetime(2026, 12, 1, 9, 1, tzinfo=JST)


def test_the_citys_own_days_move_what_is_due() -> None:
    calendar = Calendar({date(2026, 12, 1): OwnDay("市制記念日"), date(2026, 12, 29): OwnDay("特別開庁", open=True)})
    assert days("毎月第1営業日 09:00", calendar, "2026-12-01", 1) == ["12-02"]
    assert days("毎月月末営業日 09:00", calendar, "2026-12-01", 1) == ["12-29"]


@pytest.mark.parametrize(
    "rule",
    [
        Once(date(2026, 11, 20), time(9)),
        Nth(23, time(9), (2,)),
        Nth(22, time(9), (1,)),
        Cron("0 9 * * 0", Closed.SKIP),
        Weekly((6,), time(9)),
    ],
    ids=["past", "no such February", "no such January", "Sundays only when open", "weekly Sundays only when open"],
)
def test_a_rule_that_never_falls_due_is_refused(rule: Rule) -> None:
    with pytest.raises(RuleNeverError):
        check(rule, Calendar(), datetime(2026, 11, 21, tzinfo=JST))


def test_the_day_ends_at_midnight_in_japan() -> None:
    assert midnight_after(datetime(2026, 12, 31, 14, 59, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=JST)
    assert midnight_after(datetime(2026, 12, 31, 15, 0, tzinfo=UTC)) == datetime(2027, 1, 2, tzinfo=JST)


# --- whatever the rule ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(rules, calendars, moments)
def test_the_next_time_is_later_and_nothing_lies_between(rule: Rule, calendar: Calendar, moment: datetime) -> None:
    due = next_after(rule, calendar, moment)
    if due is None:
        return
    assert due > moment
    assert next_after(rule, calendar, due - timedelta(microseconds=1)) == due
    halfway = moment + (due - moment) / 2
    assert next_after(rule, calendar, halfway) == due


@settings(deadline=None)
@given(rules, calendars, moments)
def test_due_times_come_in_order_and_each_once(rule: Rule, calendar: Calendar, moment: datetime) -> None:
    found = following(rule, calendar, moment, 8)
    assert found == sorted(set(found))
    if found:
        assert list(between(rule, calendar, moment, found[-1])) == found


@settings(deadline=None, max_examples=60)
@given(by_days, calendars, st.dates(date(2019, 6, 1), date(2029, 6, 1)))
def test_a_year_of_due_days_is_what_trying_every_day_finds(rule: Rule, calendar: Calendar, first: date) -> None:
    after = datetime.combine(first, time(), JST) - timedelta(microseconds=1)
    until = after + timedelta(days=366)
    found = {due.date() for due in between(rule, calendar, after, until)}
    assert found == {
        day for day in by_force(rule, calendar) if after < datetime.combine(day, rule_time(rule), JST) <= until
    }


def rule_time(rule: Rule) -> time:
    assert not isinstance(rule, Cron)
    return rule.at


def by_force(rule: Rule, calendar: Calendar) -> set[date]:
    """Due days by walking over each day of thirteen years, without the code under test but for `is_open`."""
    first = date(2018, 6, 1)
    every = [first + DAY * count for count in range((date(2031, 6, 1) - first).days)]
    is_open = {day: calendar.is_open(day) for day in every}
    if isinstance(rule, Once):
        return {rule.day}
    if isinstance(rule, Daily):
        return {day for day in every if day.month in rule.months and is_open[day]}
    if isinstance(rule, Nth):
        found = set()
        for day in every:
            if is_open[day] and day.month in rule.months:
                step = -DAY if rule.number > 0 else DAY
                rank, other = 1, day + step
                while other.month == day.month:
                    rank += is_open.get(other, False)
                    other += step
                if rank == abs(rule.number):
                    found.add(day)
        return found
    if isinstance(rule, Weekly):
        named = [day for day in every if day.weekday() in rule.weekdays and day.month in rule.months]
        return {moved for day in named if (moved := walk(day, rule.closed, is_open)) is not None}
    assert isinstance(rule, DayOfMonth | Deadline)
    named = [
        day for day in every if day.month in rule.months and day.day == min(rule.day, last_of(day.year, day.month).day)
    ]
    if isinstance(rule, DayOfMonth):
        return {moved for day in named if (moved := walk(day, rule.closed, is_open)) is not None}
    found = set()
    for day in named:
        closing = walk(day, rule.moved, is_open)
        if closing is None:
            continue
        if rule.business:
            left = rule.back
            while left and closing > first:
                closing -= DAY
                left -= is_open.get(closing, False)
            found.add(closing)
        elif (moved := walk(closing - rule.back * DAY, rule.closed, is_open)) is not None:
            found.add(moved)
    return found


def walk(day: date, closed: Closed, is_open: dict[date, bool]) -> date | None:
    if is_open.get(day, True) or closed is Closed.RUN:
        return day
    if closed is Closed.SKIP:
        return None
    step = DAY if closed is Closed.AFTER else -DAY
    while not is_open.get(day, True):
        day += step
    return day
