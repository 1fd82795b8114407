"""The heartbeat outlives whatever the house does to it."""

from collections.abc import Callable
from typing import Any

import pytest

from digilab.config import Settings, WorkSettings
from digilab.errors import DigilabError, LeaseLostError, NoSpaceError
from digilab.jobs import lifecycle
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from integration.jobs.lab import LEASE, Lab, eventually
from workers import lease
from workers.lease import OVERDUE, Keeper

HASTY = WorkSettings(heartbeat_seconds=0.05, lease_seconds=LEASE)


def office(lab: Lab, work: WorkSettings = HASTY) -> Office:
    return Office(Settings(work=work), lab.database, lab.store, InProcessQueue())


@pytest.mark.parametrize("trouble", [NoSpaceError(), RuntimeError("nobody foresaw this")], ids=["full", "unforeseen"])
def test_a_heartbeat_that_fails_is_not_the_last(lab: Lab, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """With the thread gone the worker would never be given anything again, and never end."""
    lab.job()
    held = lab.begin("w1")
    renewed: list[float] = []

    def renew(*arguments: Any) -> None:
        renewed.append(1.0)
        if len(renewed) == 1:
            raise trouble
        real(*arguments)

    real: Callable[..., None] = lifecycle.renew
    monkeypatch.setattr(lease.lifecycle, "renew", renew)
    keeper = Keeper(office(lab), "w1")
    keeper.start()
    with keeper.holding(held.part_id, held.epoch):
        eventually(lambda: len(renewed) > 2)
    keeper.stop()


def test_a_worker_that_must_leave_while_the_disk_is_full_leaves(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.job()
    held = lab.begin("w1")
    keeper = Keeper(office(lab), "w1")

    def full(*_: Any) -> None:
        raise NoSpaceError

    monkeypatch.setattr(lease.lifecycle, "hand_back", full)
    with keeper.holding(held.part_id, held.epoch) as in_hand:
        keeper.let_go()
    assert in_hand.lost


def test_an_engine_that_hangs_after_its_lease_was_lost_ends_its_worker(lab: Lab) -> None:
    """Else nobody would notice: the worker looks alive and free, and does nothing any more."""
    job = lab.job()
    held = lab.begin("w1")
    ended: list[int] = []
    keeper = Keeper(office(lab, HASTY.model_copy(update={"part_seconds": 0.3})), "w1", ended.append)
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    keeper.start()
    with keeper.holding(held.part_id, held.epoch):
        eventually(lambda: OVERDUE in ended)
        with pytest.raises((LeaseLostError, DigilabError)):
            keeper.report(1.0)
    keeper.stop()


def test_a_part_that_goes_on_may_last_longer_than_the_deadline_and_one_that_stands_still_may_not(lab: Lab) -> None:
    """Speakers of many hours are told apart in one part, sound all the while."""
    lab.job()
    held = lab.begin("w1")
    ended: list[int] = []
    keeper = Keeper(office(lab, HASTY.model_copy(update={"part_seconds": 100.0})), "w1", ended.append)
    with keeper.holding(held.part_id, held.epoch) as in_hand:
        for step in range(5):
            in_hand.heard -= 99.0  # so long ago
            keeper.report(float(step))
            keeper._beat()
        assert ended == []
        in_hand.heard -= 101.0
        keeper._beat()
    assert ended == [OVERDUE]
