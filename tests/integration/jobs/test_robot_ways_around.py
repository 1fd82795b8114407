"""Ways around: what would key a business case twice, or lose one, by acts that are each allowed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from digilab.database.session import Database, now
from digilab.errors import DigilabError, RowSentLatelyError, TargetOnHoldError
from digilab.jobs import lifecycle
from digilab.jobs.rules import JobState
from digilab.ledger import control, use
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import RowState
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from digilab.targets import use as targets
from integration.jobs.rows_lab import ROBOT, RowsLab, row


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


# --- two at once ------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each came to; refusals in words only."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        start.wait(20)
        try:
            return act()
        except DigilabError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(one, act) for act in acts]]


def refused(outcomes: list[Any]) -> int:
    return sum(isinstance(each, DigilabError) for each in outcomes)


def test_of_two_approvals_at_once_one_counts(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), row(2))
    digest = lab.do(use.digest, job)
    outcomes = at_once(
        lambda: lab.do(use.approve, job, lab.askers["kacho"], digest),
        lambda: lab.do(use.approve, job, lab.askers["bucho"], digest),
    )
    assert refused(outcomes) == 1
    assert len(lab.do(use.approvals, job)) == 1


def test_what_is_approved_and_cancelled_at_once_is_cancelled(lab: RowsLab) -> None:
    for _ in range(5):
        job = lab.with_rows(row(1, f"case{_}"))
        digest = lab.do(use.digest, job)
        at_once(
            lambda job=job, digest=digest: lab.do(use.approve, job, lab.askers["kacho"], digest),  # type: ignore[misc]
            lambda job=job: lab.do(lifecycle.cancel, job, "sato"),  # type: ignore[misc]
        )
        assert lab.look(job).status is JobState.CANCELLED
        lab.workers("w1")
        assert lab.dispatch() == []


def test_of_two_answers_at_once_one_counts_and_the_row_is_dealt_out_once(lab: RowsLab) -> None:
    job = lab.in_review()
    where = lab.row(job).id
    answers = at_once(
        *(
            lambda login=login: lab.do(use.settle, where, lab.askers[login], "again", "", "見当たらない")
            for login in ("kacho", "bucho")
        )  # type: ignore[misc]
    )
    assert refused(answers) == 1
    assert lab.steps(where).count("ready") == 2
    outcomes = at_once(*(lambda login=login: lab.do(use.go_on, job, lab.askers[login]) for login in ("sato", "kacho")))  # type: ignore[misc]
    assert refused(outcomes) == 1
    lease = lab.begin()
    lab.keyed(lease, 1)
    lab.done(lease)
    assert lab.joined().status is JobState.DONE


def test_two_rows_of_one_case_that_are_released_at_once_hold_a_claim_each(lab: RowsLab) -> None:
    lab.with_rows(row(1, "a"))
    jobs = []
    for _ in range(2):
        jobs.append(lab.with_rows(row(1, "a")))
        lab.joined(review=True, verified=0.0)
    rows = [lab.row(job).id for job in jobs]
    outcomes = at_once(
        *(lambda where=where: lab.do(use.release, where, lab.askers["ope"], "別の月") for where in (*rows, rows[0]))  # type: ignore[misc]
    )
    assert refused(outcomes) == 1
    assert sorted(str(lab.row(job).claim) for job in jobs) == ["1", "2"]


def test_a_row_that_is_settled_while_its_job_is_tried_again_is_keyed_once(lab: RowsLab) -> None:
    job = cancelled_with_a_sent_row(lab)
    sent_long_ago(lab, job)
    where = lab.row(job).id
    at_once(
        lambda: lab.do(use.settle, where, lab.askers["kacho"], "again", "", "見当たらない"),
        lambda: lab.do(lifecycle.retry, job, "sato"),
    )
    assert lab.states(job)[0] in ("ready", "sent")
    assert lab.row(job).part_id is not None


# --- what a job that was given up leaves behind ---------------------------------------------------------------


@pytest.mark.parametrize(("decision", "state"), [("registered", "done"), ("drop", "withdrawn"), ("again", "ready")])
def test_unknown_rows_of_a_cancelled_job_are_settled_where_they_are_listed(
    lab: RowsLab, decision: str, state: str
) -> None:
    job = lab.in_review()
    lab.do(lifecycle.cancel, job, "sato")
    assert [each.job_id for each in lab.do(use.open_questions, lab.askers["kacho"])] == [job]
    lab.do(use.settle, lab.row(job).id, lab.askers["kacho"], decision, "7", "確かめた")
    assert lab.states(job) == [state]
    assert lab.do(use.open_questions, lab.askers["kacho"]) == []


def test_what_is_let_key_again_in_a_cancelled_job_is_not_lost_by_its_retry(lab: RowsLab) -> None:
    job = lab.in_review()
    lab.do(lifecycle.cancel, job, "sato")
    lab.do(use.settle, lab.row(job).id, lab.askers["kacho"], "again", "", "見当たらない")
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.REVIEW
    lab.do(use.go_on, job, lab.askers["sato"])
    lease = lab.begin()
    lab.keyed(lease, 1)
    lab.done(lease)
    assert lab.joined().status is JobState.DONE


@pytest.mark.parametrize("state", [RowState.SENT, RowState.UNKNOWN])
def test_the_same_file_again_is_blocked_while_nobody_knows(lab: RowsLab, state: RowState) -> None:
    job = cancelled_with_a_sent_row(lab) if state is RowState.SENT else lab.in_review(state, row(2, "b"))
    if state is RowState.UNKNOWN:
        lab.do(lifecycle.cancel, job, "sato")
    key = "a" if state is RowState.SENT else ""
    again = lab.with_rows(row(1, key))
    assert lab.states(again) == ["blocked"]
    assert lab.row(again).blocked_by == lab.row(job).id


# --- waiting no longer than what it waits for -----------------------------------------------------------------


def lifted(session: Session) -> None:
    control.lift(session, targets.target_named(session, ROBOT, lock=True), "ope", "確かめた")


def all_day(session: Session) -> None:
    control.set_up(session, ROBOT, "ope", windows=[])


def resumed(session: Session) -> None:
    control.stop_all(session, "ope", "点検")
    control.resume_all(session, "ope")


@pytest.mark.parametrize("changed", [lifted, all_day, resumed])
def test_what_waits_for_an_hour_goes_on_as_soon_as_nothing_is_in_the_way(
    lab: RowsLab, changed: Callable[[Session], None]
) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lab.act(lifecycle.postpone, lab.begin(), TargetOnHoldError(seconds=3600, robot="財務会計"))
    lab.workers("w1")
    assert lab.dispatch() == []
    lab.do(changed)
    assert [lease.job_id for lease in lab.dispatch()] == [job]
