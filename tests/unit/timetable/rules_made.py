"""Rules as Hypothesis makes them."""

from datetime import date, time

from hypothesis import strategies as st

from digilab.timetable.rules import (
    ALL_MONTHS,
    FURTHEST_BACK,
    MOST_OPEN_DAYS,
    Closed,
    Cron,
    Daily,
    DayOfMonth,
    Deadline,
    Nth,
    Once,
    Rule,
    Weekly,
)

times = st.times().map(lambda at: at.replace(microsecond=0))
months = st.one_of(st.just(ALL_MONTHS), st.sets(st.integers(1, 12), min_size=1).map(lambda each: tuple(sorted(each))))
weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda each: tuple(sorted(each)))
closed = st.sampled_from(Closed)
numbers = st.integers(1, MOST_OPEN_DAYS).flatmap(lambda number: st.sampled_from((number, -number)))
texts = st.sampled_from(
    ["0 9 * * *", "*/15 8-17 * * 1-5", "30 17 L * *", "0 9 1,15 * *", "59 23 31 12 *", "0 0 29 2 *", "5 4 * * SUN#2"]
)
moved = st.sampled_from((Closed.BEFORE, Closed.AFTER, Closed.RUN))

crons = st.builds(Cron, texts, st.sampled_from((Closed.RUN, Closed.SKIP)))
onces = st.builds(Once, st.dates(date(2020, 1, 1), date(2035, 12, 31)), times)
dailies = st.builds(Daily, times, months)
weeklies = st.builds(Weekly, weekdays, times, closed, months)
nths = st.builds(Nth, numbers, times, months)
dates = st.builds(DayOfMonth, st.integers(1, 31), times, closed, months)
in_business_days = st.builds(
    Deadline, st.integers(1, 31), st.integers(1, FURTHEST_BACK), times, st.just(True), moved, months=months
)
in_calendar_days = st.builds(
    Deadline, st.integers(1, 31), st.integers(1, FURTHEST_BACK), times, st.just(False), moved, closed, months
)
by_days: st.SearchStrategy[Rule] = st.one_of(onces, dailies, weeklies, nths, dates, in_business_days, in_calendar_days)
rules: st.SearchStrategy[Rule] = st.one_of(by_days, crons)
noon = time(12)
