"""A schedule's run from its due time to the finance system's slips: the clock, the adapter, Chromium and the practice system."""

from datetime import timedelta

from digilab.database.session import now
from digilab.jobs.rules import JobState
from digilab.ledger import control
from digilab.targets.use import lift, target_named
from digilab.timetable import use as timetable
from digilab.timetable.records import DueRun
from digilab.timetable.rules import JST, Once
from doors.robot_house import ROBOT, SERVICE, RobotHouse, csv_of
from integration.jobs.lab import eventually
from keying.rows import expense_rows
from servers.practice import PracticeServer
from workers.run import Bench

SLUG = "payments-of-the-month"


def waiting(house: RobotHouse, bench: Bench, rows: int) -> int:
    """A job that has been checked and approved and waits for its time."""
    content = csv_of([dict(row.values) for row in expense_rows(rows, 1)])
    job = house.hand_in(("支払.csv", content), login="sato", start="schedule")
    house.work(bench)
    house.approve(job)
    house.work(bench)
    assert house.job(job).status is JobState.SCHEDULED
    return job


def due_soon(house: RobotHouse) -> None:
    """A schedule whose time comes in a moment."""
    with house.office.database.transaction() as session:
        soon = (now(session) + timedelta(seconds=3)).astimezone(JST).replace(microsecond=0)
        rule = Once(soon.date(), soon.time())
        plan = timetable.Plan(SLUG, SERVICE, "sato", rule, timetable.UPLOAD)
        timetable.create(session, "cli:test", plan, sources=None)


def run(house: RobotHouse) -> DueRun | None:
    """The schedule's latest run."""
    with house.office.database.reading() as session:
        found = timetable.runs(session, timetable.schedule_named(session, SLUG), 1)
        return found[0] if found else None


def comes_to(house: RobotHouse, bench: Bench, state: str) -> DueRun:
    """Clock and worker work until the run is in that state."""

    def there() -> bool:
        house.work(bench)
        found = run(house)
        return found is not None and found.state == state

    eventually(there, patience=90)
    found = run(house)
    assert found is not None
    return found


def test_an_upload_is_keyed_when_its_time_has_come_after_a_rehearsal(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    job = waiting(house, bench, 3)
    due_soon(house)
    ended = comes_to(house, bench, "done")
    assert ended.job_id == job
    assert (house.job(job).status, len(system.vouchers()), system.twice()) == (JobState.DONE, 3, [])


def test_a_changed_screen_holds_the_run_says_which_and_lets_it_go_on_when_it_is_put_right(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    job = waiting(house, bench, 1)
    system.faults(rename_label="款=款名")
    due_soon(house)
    failed = comes_to(house, bench, "failed")
    assert failed.detail["code"] == "rehearsal"
    assert "款" in failed.detail["sentences"]["ja"]
    assert (house.job(job).status, system.vouchers()) == (JobState.RUNNING, [])
    with house.office.database.reading() as session:
        assert timetable.schedule_named(session, SLUG).failures == 1
    system.no_faults()
    house.do(lambda session: lift(session, target_named(session, ROBOT), "cli:test", "画面が元に戻った"))
    house.hurry()
    comes_to(house, bench, "done")
    assert len(system.vouchers()) == 1


def test_a_run_waits_while_all_robots_are_stopped(house: RobotHouse, bench: Bench, system: PracticeServer) -> None:
    job = waiting(house, bench, 1)
    house.do(lambda session: control.stop_all(session, "cli:test", "確認のため"))
    due_soon(house)
    comes_to(house, bench, "started")
    house.work(bench)
    assert (house.job(job).status, system.vouchers()) == (JobState.RUNNING, [])
    house.do(lambda session: control.resume_all(session, "cli:test", "確認した"))
    comes_to(house, bench, "done")
    assert len(system.vouchers()) == 1
