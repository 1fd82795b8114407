"""Due times in the record: each once, whatever clocks look and whatever happens to their time (F17, F25)."""

from datetime import date, timedelta

import pytest

from digilab.database.session import now
from digilab.errors import DayUnknownError, ScheduleBusyError, ScheduleUnknownError
from digilab.timetable import use
from digilab.timetable.calendar import OwnDay
from digilab.timetable.city import own_days
from digilab.timetable.due import FRESH, MOST_MISSED
from integration.timetable.timetable_lab import TimetableLab

NOTHING = "upload-none"


def test_every_due_time_is_in_the_record_once_when_it_has_come(lab: TimetableLab) -> None:
    lab.schedule()
    assert lab.round() == 0
    lab.watched(lab.at(2, 10))
    assert lab.told_of_runs() == [(f"{day} 09:00", "empty", NOTHING) for day in ("11-30", "12-01", "12-02")]


def test_nothing_is_due_a_second_too_early(lab: TimetableLab) -> None:
    lab.schedule()
    lab.watched(lab.at(30, 8, 59, month=11))
    lab.wait(seconds=59)
    assert lab.round() == 0
    lab.wait(seconds=1)
    assert lab.round() == 1
    assert lab.round() == 0


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2028, 2, 29), (2027, 2, 28), (2026, 12, 31)], ids=["leap day", "February", "year-end"]
)
def test_the_last_second_of_a_month(lab: TimetableLab, year: int, month: int, day: int) -> None:
    lab.moment = lab.moment.replace(year=year, month=month, day=day, hour=23, minute=59, second=58)
    lab.schedule("毎月末日(閉庁日でもそのまま) 23:59:59")
    assert lab.round() == 0
    lab.wait(seconds=1)
    assert lab.round() == 1
    lab.wait(seconds=1)
    assert lab.round() == 0
    assert lab.told_of_runs() == [(f"{month:02d}-{day} 23:59", "empty", NOTHING)]


def test_nothing_is_due_over_the_year_end_days(lab: TimetableLab) -> None:
    lab.moment = lab.at(28, 8)
    lab.schedule()
    lab.watched(lab.at(5, 8, month=1))
    assert [day for day, _, _ in lab.told_of_runs()] == ["12-28 09:00", "01-04 09:00"]


@pytest.mark.parametrize("clocks", [1, 2])
def test_a_clock_set_an_hour_forward_and_back_changes_nothing(lab: TimetableLab, clocks: int) -> None:
    lab.schedule()
    watches = [lab.another_clock() for _ in range(clocks)]

    def minutes(count: int) -> None:
        for _ in range(count):
            lab.wait(minutes=1)
            for watch in watches:
                lab.round(watch)

    minutes(30)
    lab.jump(hours=1)
    minutes(1)
    lab.jump(hours=-1)
    minutes(20)
    assert lab.runs() == []
    minutes(40)
    assert lab.told_of_runs() == [("11-30 09:00", "empty", NOTHING)]
    lab.jump(hours=-1)
    minutes(130)
    assert len(lab.runs()) == 1


def test_a_clock_that_was_slow_and_is_set_right_misses_nothing(lab: TimetableLab) -> None:
    lab.schedule()
    lab.watched(lab.at(30, 8, 30, month=11))
    lab.jump(hours=1)
    lab.round()
    assert lab.runs() == []  # patience: perhaps it is set back at once
    lab.watched(lab.at(30, 9, 40, month=11))
    assert lab.told_of_runs() == [("11-30 09:00", "empty", NOTHING)]


def test_what_was_missed_is_left_out_by_the_policy_skip(lab: TimetableLab) -> None:
    lab.schedule()
    lab.wait(days=3, hours=2)
    assert lab.round(lab.another_clock()) == 4
    assert lab.told_of_runs() == [
        (f"{day} 09:00", "skipped", "run-missed") for day in ("11-30", "12-01", "12-02", "12-03")
    ]
    assert "手で提出" in lab.runs()[0].detail["sentences"]["ja"]


def test_of_what_was_missed_the_last_is_made_up_for_by_the_policy_once(lab: TimetableLab) -> None:
    lab.schedule(missed="once")
    lab.wait(days=3, hours=2)
    lab.round(lab.another_clock())
    assert [state for _, state, _ in lab.told_of_runs()] == ["skipped", "skipped", "skipped", "empty"]
    assert lab.runs()[-1].detail["late"] is True


def test_nothing_is_made_up_for_when_the_next_time_has_come_already(lab: TimetableLab) -> None:
    lab.schedule(missed="once")
    lab.wait(days=1, hours=1, minutes=5)
    lab.round(lab.another_clock())
    assert [state for _, state, _ in lab.told_of_runs()] == ["skipped", "empty"]


def test_a_clock_that_starts_a_few_minutes_late_has_missed_nothing(lab: TimetableLab) -> None:
    lab.schedule()
    lab.wait(hours=1)
    lab.wait(seconds=FRESH.total_seconds())
    lab.round(lab.another_clock())
    assert [state for _, state, _ in lab.told_of_runs()] == ["empty"]


def test_a_machine_that_slept_has_missed_what_passed_meanwhile(lab: TimetableLab) -> None:
    lab.schedule()
    lab.round()
    lab.wait(hours=3)
    lab.round()
    assert [state for _, state, _ in lab.told_of_runs()] == ["skipped"]


def test_a_long_silence_does_not_flood_the_record(lab: TimetableLab) -> None:
    lab.schedule("cron */5 * * * *")
    lab.wait(days=30)
    assert lab.round(lab.another_clock()) == MOST_MISSED
    lab.wait(minutes=5)
    assert lab.round() == 1


def test_what_passed_while_a_schedule_was_disabled_was_not_missed(lab: TimetableLab) -> None:
    lab.schedule()
    with lab.database.transaction() as session:
        use.disable(session, "cli:test", use.schedule_named(session, "daily"))
    lab.wait(days=3)
    assert lab.round() == 0
    with lab.database.reading() as session:
        assert use.upcoming(session, use.schedule_named(session, "daily")) == []
    with lab.database.transaction() as session:
        again = use.schedule_named(session, "daily")
        use.enable(session, "cli:test", again)
        again.begins_at, again.looked_at = lab.moment, lab.moment
    lab.watched(lab.at(3, 9, 30))
    assert [day for day, _, _ in lab.told_of_runs()] == ["12-03 09:00"]


def test_the_next_thirty_runs_are_told_in_order(lab: TimetableLab) -> None:
    lab.schedule()
    with lab.database.reading() as session:
        upcoming = use.upcoming(session, use.schedule_named(session, "daily"))
    assert len(upcoming) == 30
    assert upcoming == sorted(set(upcoming))


# --- the city's own days ---------------------------------------------------------------------------------------


def test_a_day_that_the_city_closes_later_makes_nothing_due_that_has_passed(lab: TimetableLab) -> None:
    lab.schedule("毎月月末営業日 09:00")
    lab.watched(lab.at(1, 10))
    assert [day for day, _, _ in lab.told_of_runs()] == ["11-30 09:00"]
    with lab.database.transaction() as session:
        new, changed = use.import_days(session, "cli:test", {date(2026, 11, 30): OwnDay("閉めていた")})
        assert (new, changed) == (1, 0)
    lab.round()
    assert len(lab.runs()) == 1


def test_a_rule_that_cannot_be_read_keeps_nobody_from_changing_the_calendar(lab: TimetableLab) -> None:
    """It was made by a later version of the program."""
    lab.schedule("毎月月末営業日 09:00", "later")
    lab.schedule("毎月月末営業日 09:00", "daily")
    with lab.database.transaction() as session:
        before = now(session) - timedelta(minutes=1)
        for slug in ("later", "daily"):
            use.schedule_named(session, slug).looked_at = before
        use.schedule_named(session, "later").rule = {"form": "of a later version"}
    with lab.database.transaction() as session:
        assert use.import_days(session, "cli:test", {date(2026, 12, 31): OwnDay("閉める")}) == (1, 0)
    assert lab.again("later").looked_at == before
    assert lab.again("daily").looked_at > before


def test_days_are_imported_changed_and_forgotten(lab: TimetableLab) -> None:
    day = date(2026, 12, 29)
    with lab.database.transaction() as session:
        assert use.import_days(session, "cli:test", {day: OwnDay("年末開庁", open=True)}) == (1, 0)
    with lab.database.transaction() as session:
        assert use.import_days(session, "cli:test", {day: OwnDay("年末開庁", open=True)}) == (0, 0)
        assert use.import_days(session, "cli:test", {day: OwnDay("やはり閉庁")}) == (0, 1)
        assert [(each.day, each.open) for each in own_days(session)] == [(day, False)]
    with lab.database.transaction() as session:
        use.remove_day(session, "cli:test", day)
        assert own_days(session) == []
        with pytest.raises(DayUnknownError):
            use.remove_day(session, "cli:test", day)


# --- removing ------------------------------------------------------------------------------------------------


def test_a_schedule_is_removed_with_its_due_times_but_not_while_one_is_under_way(lab: TimetableLab) -> None:
    lab.schedule()
    job_id = lab.uploaded(1)
    lab.watched(lab.at(30, 9, month=11))
    with pytest.raises(ScheduleBusyError), lab.database.transaction() as session:
        use.remove(session, "cli:test", use.schedule_named(session, "daily"))
    lab.ends(job_id, well=True)
    lab.round()
    with lab.database.transaction() as session:
        use.remove(session, "cli:test", use.schedule_named(session, "daily"))
    with lab.database.reading() as session, pytest.raises(ScheduleUnknownError):
        use.schedule_named(session, "daily")
    assert lab.state(job_id) == "done"
