"""The engine's ledger over the record: verbs of the engine, a record that is away, answers that were lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from digilab.database.session import Database
from digilab.errors import DatabaseUnreachableError
from digilab.jobs import backlog
from digilab.jobs.backlog import Lease
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import LEASE
from integration.jobs.rows_lab import RowsLab, row
from robots.errors import FencedError, StoppedError
from robots.ledger.contract import RowState
from workers.kinds import robot_ledger
from workers.kinds.robot_ledger import MARGIN, RowLedger


@pytest.fixture
def lab(database: Database, folder_store: FolderStore) -> RowsLab:
    """A house with a robot: on SQLite, then on PostgreSQL."""
    return RowsLab(database, folder_store, InProcessQueue()).furnish()


class Desk:
    """What the ledger uses of a part's context. The record fails when it is told to, before or after the commit."""

    def __init__(self, lab: RowsLab, lease: Lease) -> None:
        self._lab = lab
        self.job = SimpleNamespace(id=lease.job_id)
        self.part = SimpleNamespace(id=lease.part_id, epoch=lease.epoch)
        self.told: list[float] = []
        self.before = 0
        self.after = 0

    def progress(self, steps: float) -> None:
        self.told.append(steps)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        if self.before:
            self.before -= 1
            raise DatabaseUnreachableError
        with self._lab.database.transaction() as session:
            yield session
        if self.after:
            self.after -= 1
            raise DatabaseUnreachableError


def opened(lab: RowsLab) -> tuple[RowLedger, Any, int]:
    job = lab.with_rows(row(1), row(2))
    lab.approved(job)
    desk: Any = Desk(lab, lab.begin())
    return RowLedger(desk, lab.target.id), desk, job


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robot_ledger, "AGAIN_SECONDS", 0.01)


def test_a_row_goes_its_way_by_the_engines_verbs(lab: RowsLab) -> None:
    ledger, desk, job = opened(lab)
    found = ledger.entries([1, 2])
    assert [(each.state, each.attempt) for each in found.values()] == [(RowState.READY, 0)] * 2
    assert found[1].age < 60
    assert ledger.intend(1, "hash").attempt == 1
    assert LEASE - MARGIN - 5 < ledger.send(1, {"confirmation": "a"}) <= LEASE - MARGIN
    ledger.done(1, "2026-1", {"result": "b"})
    ledger.intend(2, "hash")
    ledger.withdraw(2, "interrupted", {"trace": "c"})
    ledger.intend(2, "hash")
    ledger.reject(2, "refused", "月締め済みです", {})
    first, second = ledger.entries([1, 2]).values()
    assert (first.state, first.receipt, first.evidence) == (
        RowState.DONE,
        "2026-1",
        {"confirmation": "a", "result": "b"},
    )
    assert (second.state, second.attempt, second.words) == (RowState.REJECTED, 2, "月締め済みです")
    assert second.evidence == {"trace": "c"}
    assert "月締め済みです" in lab.row(job, 2).findings[0]["sentences"]["ja"]
    ledger.final = 2
    ledger.check()
    assert desk.told == [2.0]


def test_what_came_of_a_click_waits_for_the_record(lab: RowsLab) -> None:
    ledger, desk, job = opened(lab)
    ledger.intend(1, "hash")
    ledger.send(1, {})
    desk.before = 3
    ledger.done(1, "2026-1", {})
    assert lab.states(job) == ["done", "ready"]


def test_what_was_said_counts_once_although_the_records_answer_was_lost(lab: RowsLab) -> None:
    ledger, desk, job = opened(lab)
    ledger.intend(1, "hash")
    ledger.send(1, {})
    desk.after = 1
    ledger.done(1, "2026-1", {})
    assert lab.steps(lab.row(job).id) == ["ready", "intent", "sent", "done"]


@pytest.mark.parametrize("lost", ["before", "after"])
def test_nothing_is_clicked_on_the_word_of_a_record_that_did_not_answer(lab: RowsLab, lost: str) -> None:
    ledger, desk, job = opened(lab)
    ledger.intend(1, "hash")
    setattr(desk, lost, 1)
    with pytest.raises(DatabaseUnreachableError):
        ledger.send(1, {})
    assert lab.states(job)[0] == ("intent" if lost == "before" else "sent")
    if lost == "after":  # nobody sends it a second time
        with pytest.raises(FencedError):
            ledger.send(1, {})


def test_a_stop_and_a_lost_lease_are_told_in_the_engines_words(lab: RowsLab) -> None:
    ledger, _, _ = opened(lab)
    ledger.intend(1, "hash")
    lab.do(backlog.pause, "robot", "ope", "調査")
    for verb in (ledger.check, lambda: ledger.send(1, {}), lambda: ledger.intend(2, "hash")):
        with pytest.raises(StoppedError):
            verb()
    lab.do(backlog.resume, "robot")
    lab.pass_time(60)
    lab.expire()
    for verb in (ledger.check, lambda: ledger.send(1, {}), lambda: ledger.doubt(1, "differs", "", {})):
        with pytest.raises(FencedError):
            verb()
