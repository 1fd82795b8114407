"""Robots in a house of real processes: several workers at once, kill -9 in the middle, a worker that is stopped and wakes up late."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.database.session import Database
from digilab.jobs.records import Part
from digilab.jobs.rules import JobState, PartState
from digilab.ledger import control
from digilab.ledger.records import LedgerEvent
from digilab.ledger.rules import RowState
from digilab.targets.records import Seat
from doors.robot_house import RobotHouse, csv_of, robot_house
from keying.rows import expense_rows
from servers.house import HouseProcesses, environment
from servers.practice import PracticeServer, practice
from servers.redis import RedisServer

KILLS = (1, 4, 7) if os.environ.get("DIGILAB_FAULTS") == "full" else (1, 5)
"""So many slips are there when a worker is killed."""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[PracticeServer]:
    """The practice finance system, with screens that take a while."""
    with practice(tmp_path / "practice", slow_ms="60") as server:
        yield server


@contextmanager
def running(house: RobotHouse, redis: RedisServer, folder: Path, *names: str) -> Iterator[HouseProcesses]:
    """Clock and workers."""
    processes = HouseProcesses(house.office, redis, environment(house.office.settings), folder)
    try:
        for name in ("clock", *names):
            processes.start(name)
        yield processes
    finally:
        processes.stop()


def payments(count: int) -> bytes:
    return csv_of([dict(row.values) for row in expense_rows(count)])


def approved(house: RobotHouse, processes: HouseProcesses, count: int) -> int:
    job = house.hand_in(("支払.csv", payments(count)))
    processes.wait(job, JobState.APPROVAL)
    house.approve(job)
    return job


def nothing_twice_and_nothing_false(house: RobotHouse, job: int, system: PracticeServer) -> None:
    """Every 登録済 is a slip of its own, and every slip is a row that is 登録済 or waits for a person."""
    slips = {str(line["reference"]): str(line["number"]) for line in system.vouchers()}
    assert system.twice() == []
    assert len(slips) == len(system.vouchers())
    rows = house.rows(job)
    assert {row.reference: row.receipt for row in rows if row.state == RowState.DONE}.items() <= slips.items()
    assert slips.keys() <= {row.reference for row in rows if row.state in (RowState.DONE, RowState.UNKNOWN)}


def seats_held(house: RobotHouse) -> int:
    with house.office.database.reading() as session:
        return len(session.scalars(select(Seat)).all())


def test_two_workers_share_a_job_and_its_account(
    data: Path, tmp_path: Path, postgresql: Database, own_redis: RedisServer, system: PracticeServer
) -> None:
    house = robot_house(data, postgresql, system.url, rows_per_part=3, redis=own_redis.url, contexts=2)
    most = 0
    with running(house, own_redis, tmp_path, "robot-1", "robot-2") as processes:
        job = approved(house, processes, 12)

        def ended() -> bool:
            nonlocal most
            most = max(most, seats_held(house))
            return house.job(job).status is not JobState.RUNNING

        processes.until(ended, 200)
    assert house.job(job).status is JobState.DONE
    assert house.states(job) == ["done"] * 12
    assert most == 2
    nothing_twice_and_nothing_false(house, job, system)
    with postgresql.reading() as session:
        steps: dict[int, list[str]] = {}
        for event in session.scalars(select(LedgerEvent).order_by(LedgerEvent.id)):
            steps.setdefault(event.row_id, []).append(event.state)
    # A row whose button could not be pressed in time goes back to `ready` first; what two workers took up would be begun twice.
    for taken in steps.values():
        assert re.fullmatch(r"ready (intent (sent )?ready )*intent sent done", " ".join(taken))


def test_workers_killed_in_the_middle_leave_nothing_twice_and_the_job_goes_on(
    data: Path, tmp_path: Path, sqlite: Database, own_redis: RedisServer, system: PracticeServer
) -> None:
    house = robot_house(data, sqlite, system.url, rows_per_part=4, redis=own_redis.url)
    with running(house, own_redis, tmp_path, "robot-1") as processes:
        job = approved(house, processes, 10)
        for turn, accepted in enumerate(KILLS, 1):
            processes.until(lambda accepted=accepted: len(system.vouchers()) >= accepted)  # type: ignore[misc]
            processes.kill(f"robot-{turn}")
            processes.start(f"robot-{turn + 1}")
        ended = processes.wait(job, JobState.DONE, JobState.REVIEW)
    states = house.states(job)
    assert set(states) <= {"done", "unknown"}
    # At each kill at most one row per sign-in can have been on its way.
    assert states.count("done") >= 10 - len(KILLS) * 2
    assert (ended.status is JobState.DONE) == (states.count("unknown") == 0)
    nothing_twice_and_nothing_false(house, job, system)


def test_a_worker_that_is_told_to_end_leaves_its_rows_to_the_next_one(
    data: Path, tmp_path: Path, sqlite: Database, own_redis: RedisServer, system: PracticeServer
) -> None:
    house = robot_house(data, sqlite, system.url, rows_per_part=8, redis=own_redis.url, drain_seconds=1)
    with running(house, own_redis, tmp_path, "robot-1") as processes:
        job = approved(house, processes, 8)
        processes.until(lambda: len(system.vouchers()) >= 2)
        processes.signal("robot-1", signal.SIGTERM)
        assert processes.running["robot-1"].wait(15) == 0
        assert len(system.vouchers()) < 8
        processes.start("robot-2")
        processes.wait(job, JobState.DONE, JobState.REVIEW)
    states = house.states(job)
    assert set(states) <= {"done", "unknown"}
    # At most one row per sign-in can have been on its way.
    assert states.count("done") >= 8 - 2
    assert all(part.crashes == 0 for part in house.job(job).parts)
    nothing_twice_and_nothing_false(house, job, system)


def test_a_worker_that_is_stopped_and_wakes_up_late_keys_nothing_more(
    data: Path, tmp_path: Path, sqlite: Database, own_redis: RedisServer, system: PracticeServer
) -> None:
    house = robot_house(data, sqlite, system.url, rows_per_part=8, redis=own_redis.url)
    with running(house, own_redis, tmp_path, "robot-1") as processes:
        job = approved(house, processes, 8)
        processes.until(lambda: len(system.vouchers()) >= 2)
        processes.freeze("robot-1")
        processes.start("robot-2")
        processes.until(lambda: len(system.vouchers()) >= 5)
        processes.signal("robot-1", signal.SIGCONT)
        processes.wait(job, JobState.DONE, JobState.REVIEW)
        processes.until(
            lambda: any(
                words in processes.log("robot-1") for words in ("moved to another", "lease is over", "lease was lost")
            )
        )
    states = house.states(job)
    assert set(states) <= {"done", "unknown"}
    # At most one row per sign-in can have been on its way.
    assert states.count("done") >= 8 - 2
    nothing_twice_and_nothing_false(house, job, system)


def test_a_stop_ends_two_workers_within_five_seconds_however_slowly_the_system_answers(
    data: Path, tmp_path: Path, postgresql: Database, own_redis: RedisServer, system: PracticeServer
) -> None:
    house = robot_house(data, postgresql, system.url, rows_per_part=3, redis=own_redis.url, contexts=2)

    def busy() -> bool:
        with postgresql.reading() as session:
            return bool(session.scalars(select(Part.id).where(Part.state == PartState.LEASED)).all())

    with running(house, own_redis, tmp_path, "robot-1", "robot-2") as processes:
        job = approved(house, processes, 12)
        processes.until(lambda: len(system.vouchers()) >= 2 and seats_held(house) == 2)
        system.faults(slow_ms=8000)
        house.do(lambda session: control.stop_all(session, "ope", "調査"))
        pressed = time.monotonic()
        processes.until(lambda: not busy())
        assert time.monotonic() - pressed < 5
        accepted = len(system.vouchers())
        system.faults(slow_ms=60)
        house.do(lambda session: control.resume_all(session, "ope"))
        processes.wait(job, JobState.DONE, JobState.REVIEW)
    assert accepted < 12
    states = house.states(job)
    assert set(states) <= {"done", "unknown"}
    # At most one row per sign-in can have been on its way.
    assert states.count("done") >= 12 - 2
    nothing_twice_and_nothing_false(house, job, system)
