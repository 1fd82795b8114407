"""Ways around: what would key a business case twice, or lose one, by acts that are each allowed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from digilab.database.session import Database, now
from digilab.errors import RowSentLatelyError
from digilab.jobs import lifecycle
from digilab.jobs.rules import JobState
from digilab.ledger import use
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import RowState
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.rows_lab import RowsLab, row


@pytest.fixture
def lab(database: Database, folder_store: FolderStore) -> RowsLab:
    """A house with a robot: on SQLite, then on PostgreSQL."""
    return RowsLab(database, folder_store, InProcessQueue()).furnish()


def sent_long_ago(lab: RowsLab, job: int, seconds: float = 3600.0) -> None:
    """As if that time had passed since."""
    with lab.database.transaction() as session:
        moment = now(session) - timedelta(seconds=seconds)
        session.execute(update(LedgerRow).where(LedgerRow.job_id == job).values(changed_at=moment))


def cancelled_with_a_sent_row(lab: RowsLab) -> int:
    job = lab.with_rows(row(1, "a"), row(2, "b"))
    lab.approved(job)
    lab.keyed(lab.begin(), 1, RowState.SENT)
    lab.do(lifecycle.cancel, job, "sato")
    return job


def test_a_row_that_a_person_lets_key_again_after_a_cancellation_is_keyed_by_the_retry(lab: RowsLab) -> None:
    job = cancelled_with_a_sent_row(lab)
    sent_long_ago(lab, job)
    lab.do(use.settle, lab.row(job).id, lab.askers["kacho"], "again", "", "見当たらない")
    lab.do(lifecycle.retry, job, "sato")
    lease = lab.begin()
    lab.keyed(lease, 1)
    lab.keyed(lease, 2)
    lab.done(lease)
    assert lab.states(job) == ["done", "done"]


@pytest.mark.parametrize("decision", ["again", "drop"])
def test_nobody_can_say_that_a_row_is_not_there_while_its_click_may_still_come(lab: RowsLab, decision: str) -> None:
    """A worker that was stopped between its last commit and the click has until the end of its lease."""
    job = cancelled_with_a_sent_row(lab)
    with pytest.raises(RowSentLatelyError):
        lab.do(use.settle, lab.row(job).id, lab.askers["kacho"], decision, "", "見当たらない")
    assert lab.states(job)[0] == "sent"
    sent_long_ago(lab, job)
    lab.do(use.settle, lab.row(job).id, lab.askers["kacho"], decision, "", "見当たらない")


def test_a_case_that_was_registered_by_a_released_row_stays_held_when_its_first_holder_gives_way(lab: RowsLab) -> None:
    first = lab.with_rows(row(1, "a"))
    second = lab.with_rows(row(1, "a"))
    lab.joined(review=True, verified=0.0)
    lab.do(use.release, lab.row(second).id, lab.askers["ope"], "別の月")
    lab.do(use.go_on, second, lab.askers["sato"])
    lab.approved(second)
    lease = lab.begin()
    lab.keyed(lease, 1)
    lab.done(lease)
    lab.joined()
    lab.do(lifecycle.cancel, first, "sato")
    third = lab.with_rows(row(1, "a"))
    assert (lab.states(second), lab.states(third)) == (["done"], ["blocked"])
    assert lab.row(third).blocked_by == lab.row(second).id


@pytest.mark.parametrize("options", [{}, {"start": "schedule"}])
def test_a_job_without_a_row_to_key_does_not_wait_at_a_gate_after_a_retry(
    lab: RowsLab, options: dict[str, str]
) -> None:
    lab.with_rows(row(1, "a"))
    job = lab.with_rows(row(1, "a"), options=options)
    assert lab.states(job) == ["blocked"]
    lab.do(lifecycle.cancel, job, "sato")
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.RECEIVED
    assert lab.joined(review=True, verified=0.0).status is JobState.REVIEW
