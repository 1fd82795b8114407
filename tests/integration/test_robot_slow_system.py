"""A finance system that takes many seconds for every answer, and what must not wait for it."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from digilab.jobs.rules import JobState, PartState, Stage
from digilab.ledger import control
from digilab.targets.records import Seat
from digilab.targets.rules import DAYS, JST
from doors.robot_house import RobotHouse, csv_of
from keying.rows import expense_rows
from robots.desk import Desk
from robots.flows.expense_entry import ExpenseEntry
from robots.robot import Registered
from servers.practice import PracticeServer
from workers.run import Bench

SLOW_MS = 8000


@pytest.fixture
def bench(bench_alone: Bench) -> Bench:
    """A worker whose browser no other test goes on with."""
    return bench_alone


def approved(house: RobotHouse, bench: Bench, count: int, **options: bool) -> int:
    rows = [dict(row.values) for row in expense_rows(count)]
    job = house.hand_in(("支払.csv", csv_of(rows)), **options)
    house.work(bench)
    house.approve(job)
    return job


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def parts(house: RobotHouse, job: int, stage: Stage) -> set[str]:
    return {part.state for part in house.job(job).parts if part.stage == stage}


def seats(house: RobotHouse) -> int:
    return int(house.do(lambda session: session.scalar(select(func.count()).select_from(Seat))))


def stopped_within(house: RobotHouse, running: threading.Thread) -> float:
    """Seconds from the stop until the worker has nothing in hand."""
    house.do(lambda session: control.stop_all(session, "ope", "調査"))
    pressed = time.monotonic()
    running.join(60)
    assert not running.is_alive()
    return time.monotonic() - pressed


@pytest.mark.parametrize("rehearse", [False, True], ids=["signing-in", "rehearsing"])
def test_a_stop_waits_for_no_answer_at_the_beginning(
    house: RobotHouse, bench: Bench, system: PracticeServer, rehearse: bool
) -> None:
    job = approved(house, bench, 2, rehearse=rehearse)
    system.faults(slow_ms=SLOW_MS)
    running = threading.Thread(target=house.work, args=(bench,))
    running.start()
    until(lambda: parts(house, job, Stage.WORK) == {PartState.LEASED})
    until(lambda: seats(house) > 0)
    assert stopped_within(house, running) < 5
    assert system.vouchers() == []


def test_a_stop_waits_for_no_answer_between_rows(house: RobotHouse, bench: Bench, system: PracticeServer) -> None:
    job = approved(house, bench, 4)
    system.faults(slow_at="3:open", slow_at_s=SLOW_MS // 1000)
    running = threading.Thread(target=house.work, args=(bench,))
    running.start()
    until(lambda: system.counts["open"] == 3)
    assert stopped_within(house, running) < 5
    assert house.job(job).status is JobState.RUNNING
    assert set(house.states(job)) == {"done", "ready"}


def test_a_stop_waits_for_no_list_of_the_reconciliation(
    house: RobotHouse, bench: Bench, system: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = ExpenseEntry.listed
    asked = threading.Event()

    async def slowly(robot: ExpenseEntry, desk: Desk, run: str) -> Sequence[Registered]:
        if house.states(job) == ["done"]:
            system.faults(slow_ms=SLOW_MS)
            asked.set()
        return await listed(robot, desk, run)

    job = approved(house, bench, 1)
    monkeypatch.setattr(ExpenseEntry, "listed", slowly)
    running = threading.Thread(target=house.work, args=(bench,))
    running.start()
    assert asked.wait(60)
    assert parts(house, job, Stage.JOIN) == {PartState.LEASED}
    assert stopped_within(house, running) < 5
    assert parts(house, job, Stage.JOIN) == {PartState.WAITING}


def test_no_row_is_begun_when_the_service_hours_are_over(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    job = approved(house, bench, 4)
    system.faults(slow_ms=300)
    running = threading.Thread(target=house.work, args=(bench,))
    running.start()
    system.wait_for(1)
    later = datetime.now(UTC).astimezone(JST) + timedelta(days=2)
    house.change_target(windows=[{"days": f"{DAYS[later.weekday()]},closed", "from": "12:00", "to": "12:01"}])
    running.join(60)
    assert not running.is_alive()
    assert "ready" in house.states(job)
    [part] = [part for part in house.job(job).parts if part.stage == Stage.WORK]
    assert part.not_before is not None
    house.change_target(windows=[])
    system.no_faults()
    house.hurry()
    house.work(bench)
    assert (house.job(job).status, system.twice()) == (JobState.DONE, [])
    assert len(system.vouchers()) == 4
