"""The clock takes nothing away too early and removes nothing that is not its own."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from digilab.config import Settings, WorkSettings
from digilab.database import session as record
from digilab.database.session import Database
from digilab.errors import DatabaseUnreachableError, NoSpaceError
from digilab.jobs import lifecycle
from digilab.jobs.records import File, HistoryEntry, Job, Part
from digilab.jobs.rules import PartState
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.contract import Listed
from digilab.store.folder import FolderStore
from integration.jobs.lab import KIND, LEASE, Lab, eventually
from workers import clock as clock_module
from workers.clock import UNKEPT_AFTER, Clock

HASTY = WorkSettings(heartbeat_seconds=0.1, lease_seconds=LEASE)


class Old(FolderStore):
    """A store in which everything has lain for long."""

    def keys(self, prefix: str) -> Iterator[Listed]:
        for listed in super().keys(prefix):
            yield replace(listed, changed_at=datetime.now(UTC) - UNKEPT_AFTER - timedelta(minutes=1))


@pytest.fixture
def office(lab: Lab, data: Path) -> Office:
    return Office(Settings(data=data, work=HASTY), lab.database, Old(data / "files"), InProcessQueue())


def set_ahead(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """The record's clock is set, or the machine slept for so long."""

    def later(session: Session) -> datetime:
        return record.now(session) + timedelta(hours=hours)

    monkeypatch.setattr(clock_module, "now", later)
    for module in ("clock", "people", "steps", "workers"):
        monkeypatch.setattr(f"digilab.jobs.lifecycle.{module}.now", later)


@pytest.mark.parametrize("hours", [1.0, -1.0])
def test_a_record_whose_time_jumps_takes_no_lease_from_a_worker_that_lives(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    job = lab.job()
    lease = lab.begin("w1")
    clock = Clock(office)
    clock.tick()
    set_ahead(monkeypatch, hours)
    clock.tick()
    lab.act(lifecycle.renew, lease, LEASE, 1.0)
    patient_until = clock._patient_until
    eventually(lambda: clock.tick() == 0 and time.monotonic() > patient_until + 0.1)
    assert lab.part(lease.part_id).state == PartState.LEASED
    assert "lease-expired" not in lab.told(job)


def test_a_worker_that_did_not_live_through_the_jump_loses_its_lease_all_the_same(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = lab.job()
    lab.begin("w1")
    clock = Clock(office)
    clock.tick()
    set_ahead(monkeypatch, 1.0)

    def taken_back() -> bool:
        clock.tick()
        return "lease-expired" in lab.told(job)

    eventually(taken_back)


def test_after_a_database_that_was_away_workers_may_first_say_that_they_live(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = lab.job()
    lease = lab.begin("w1")
    clock = Clock(office)
    with monkeypatch.context() as patch:
        away = replace(office, database=Database("postgresql://127.0.0.1:1/nobody"))
        patch.setattr(clock, "_office", away)
        with pytest.raises(DatabaseUnreachableError):
            clock.tick()
        away.database.close()
    lab.pass_time(LEASE + 1)
    clock.tick()
    lab.act(lifecycle.renew, lease, LEASE, 1.0)
    assert "lease-expired" not in lab.told(job)


def test_a_round_on_a_full_disk_is_not_the_last(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(office)
    rounds: list[int] = []

    def full(*_: object) -> int:
        rounds.append(1)
        if len(rounds) == 3:
            clock.stop()
        raise NoSpaceError

    monkeypatch.setattr(lifecycle, "expire", full)
    monkeypatch.setattr(office.settings.work, "clock_seconds", 0.01)
    clock.run()
    assert len(rounds) == 3


def test_a_round_that_breaks_down_is_not_the_last(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(office)
    rounds: list[int] = []

    def break_down(*_: object) -> int:
        rounds.append(1)
        if len(rounds) == 3:
            clock.stop()
        raise ZeroDivisionError

    monkeypatch.setattr(lifecycle, "expire", break_down)
    monkeypatch.setattr(office.settings.work, "clock_seconds", 0.01)
    clock.run()
    assert len(rounds) == 3


@pytest.mark.parametrize(
    "name", ["inputs/Thumbs.db", "work/Thumbs.db", "work/desktop.ini", "evidence/desktop.ini", f"work/{10**30}/x"]
)
def test_what_somebody_has_left_in_the_store_keeps_nothing_from_being_tidied(
    lab: Lab, office: Office, data: Path, name: str
) -> None:
    done = lab.whole_job()
    stray = data / "files" / "kept" / name
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"x")
    unneeded = [f"work/{done}/left/over", f"evidence/{done}/left/over"]
    for key in unneeded:
        with office.store.receive() as incoming:
            office.store.keep(incoming, key)
    Clock(office).tidy()
    assert not set(unneeded) & set(lab.kept())
    assert stray.exists()


def test_after_a_record_that_hung_in_the_middle_of_a_round_workers_may_first_say_that_they_live(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = lab.job()
    lease = lab.begin("w1")
    clock = Clock(office)

    def hang(*_: object) -> int:
        # As long as a record that stood still would have kept the clock.
        threading.Event().wait(office.alive_seconds + 0.1)
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(clock_module.due, "look", hang)
        clock.tick()
    lab.pass_time(LEASE + 1)
    clock.tick()
    lab.act(lifecycle.renew, lease, LEASE, 1.0)
    assert "lease-expired" not in lab.told(job)


def test_a_clock_whose_rounds_are_all_long_takes_leases_back_all_the_same(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schedule's folder that answers slowly, say: parts of workers that died must not wait for as long as that lasts."""
    job = lab.job()
    lab.begin("w1")
    clock = Clock(office)

    def slow(*_: object) -> int:
        threading.Event().wait(office.alive_seconds + 0.1)
        return 0

    monkeypatch.setattr(clock_module.due, "look", slow)
    lab.pass_time(LEASE + 1)
    clock._away = True
    for _ in range(clock_module.LONG_ROUNDS + 1):
        clock.tick()
        assert "lease-expired" not in lab.told(job)
    clock.tick()
    assert "lease-expired" in lab.told(job)


def test_after_a_record_that_went_away_in_the_middle_of_a_round_workers_may_first_say_that_they_live(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = lab.job()
    lease = lab.begin("w1")
    clock = Clock(office)

    def away(*_: object) -> int:
        raise DatabaseUnreachableError

    with monkeypatch.context() as patch:
        patch.setattr(clock_module.due, "look", away)
        with pytest.raises(DatabaseUnreachableError):
            clock.tick()
    lab.pass_time(LEASE + 1)
    clock.tick()
    lab.act(lifecycle.renew, lease, LEASE, 1.0)
    assert "lease-expired" not in lab.told(job)


def test_a_record_that_is_older_than_the_store_removes_nothing(lab: Lab, office: Office) -> None:
    """Restored from yesterday's backup: what came in since is unknown to it, and there is no other copy."""
    lab.whole_job()
    clock = Clock(office)
    clock.tidy()
    with office.store.receive() as incoming:
        office.store.keep(incoming, "inputs/never-recorded")
    clock.tidy()
    assert "inputs/never-recorded" not in lab.kept()

    newest = lab.job()
    clock.tidy()
    with lab.database.transaction() as session:
        for table in (Part, File, HistoryEntry):
            session.execute(delete(table).where(table.job_id == newest))
        session.execute(delete(Job).where(Job.id == newest))
    kept = lab.kept()
    clock.tidy()
    assert lab.kept() == kept
    lab.job()
    kept = lab.kept()
    clock.tidy()
    assert lab.kept() == kept, "a new job under the old number does not make the record whole"


def test_an_empty_record_removes_nothing_from_a_store_that_is_in_use(lab: Lab, office: Office) -> None:
    """A wrong address of the database, or two houses on one bucket."""
    with office.store.receive() as incoming:
        office.store.keep(incoming, "inputs/of-another-house")
    Clock(office).tidy()
    assert "inputs/of-another-house" in lab.kept()


def test_a_large_store_is_tidied_with_few_questions(lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.whole_job()
    monkeypatch.setattr(clock_module, "ASKED_AT_ONCE", 10)
    for number in range(25):
        with office.store.receive() as incoming:
            office.store.keep(incoming, f"inputs/{number}")
    Clock(office).tidy()
    assert len(lab.kept("inputs/")) == 1


class Large(Old):
    """A store that takes as long to look through as the test wants."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def keys(self, prefix: str) -> Iterator[Listed]:
        self.begun.set()
        assert self.go_on.wait(20)
        return super().keys(prefix)


def test_while_a_large_store_is_tidied_work_is_given_out_and_the_clock_can_be_ended(
    lab: Lab, office: Office, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.whole_job()
    monkeypatch.setattr(clock_module, "LEAVE_SECONDS", 0.05)
    monkeypatch.setattr(office.settings.work, "clock_seconds", 0.01)
    queue, store = InProcessQueue(), Large(data / "files")
    clock = Clock(replace(office, store=store, queue=queue))
    running = threading.Thread(target=clock.run)
    running.start()
    try:
        assert store.begun.wait(20)
        lab.job()

        def given_out() -> bool:
            lab.workers("w1")
            return queue.take(KIND) is not None

        eventually(given_out)
        clock.stop()
        running.join(20)
        assert not running.is_alive()
    finally:
        clock.stop()
        store.go_on.set()
        running.join(20)


def test_tidying_that_breaks_down_is_tried_again(
    lab: Lab, office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lab.whole_job()
    with office.store.receive() as incoming:
        office.store.keep(incoming, "inputs/never-recorded")
    monkeypatch.setattr(clock_module, "TIDY_EVERY", timedelta(seconds=0.01))
    monkeypatch.setattr(office.settings.work, "clock_seconds", 0.01)
    clock, real = Clock(office), clock_module.belong_together
    troubles: list[Exception] = [ZeroDivisionError(), NoSpaceError()]

    def belong_together(house: Office) -> bool:
        if troubles:
            raise troubles.pop()
        return real(house)

    monkeypatch.setattr(clock_module, "belong_together", belong_together)
    running = threading.Thread(target=clock.run)
    running.start()
    try:
        eventually(lambda: "inputs/never-recorded" not in lab.kept())
    finally:
        clock.stop()
        running.join(20)
    assert "tidying broke down" in caplog.text
