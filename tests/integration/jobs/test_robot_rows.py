"""Rows in the record: entered, claimed, keyed under a lease; the same business case never twice."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session

from digilab.database.session import Database
from digilab.errors import LeaseLostError, NoRowsLeftError, NotApprovedError, RowsOverCapError, YenOverCapError
from digilab.jobs import backlog, lifecycle
from digilab.jobs.rules import JobState, PartState
from digilab.ledger import claims, entering, keying, seats, use
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import Outcome, RowState
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import CRASHES, parts_by_state
from integration.jobs.rows_lab import RowsLab, row


@pytest.fixture
def lab(database: Database, folder_store: FolderStore) -> RowsLab:
    """A house with a robot: on SQLite, then on PostgreSQL."""
    return RowsLab(database, folder_store, InProcessQueue()).furnish()


# --- entering ---------------------------------------------------------------------------------------------


def test_rows_parts_and_the_gate_come_into_being_together(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), row(2, refused=True), row(3), row(4))
    assert lab.look(job).status is JobState.APPROVAL
    assert lab.states(job) == ["ready", "refused", "ready", "ready"]
    assert [(part.payload, part.weight) for part in lab.parts(job)[1:]] == [
        ({"rows": [1, 3]}, 2.0),
        ({"rows": [4]}, 1.0),
    ]
    assert lab.told(job)[-1] == "waits-approval"


def test_nothing_is_given_out_before_the_approval(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.workers("w1", "w2")
    assert lab.dispatch() == []
    lab.approved(job)
    assert len(lab.dispatch()) == 1


def test_a_split_that_lost_its_lease_leaves_no_row_behind(lab: RowsLab) -> None:
    job = lab.handed_in()
    lease = lab.begin()
    lab.pass_time(60)
    lab.expire()
    with pytest.raises(LeaseLostError):
        lab.checked(lease, [row(1)])
    assert lab.states(job) == []
    assert lab.look(job).status is JobState.RUNNING


def test_a_robot_that_moves_no_money_begins_at_once(lab: RowsLab) -> None:
    lab.change_target(money=False)
    job = lab.with_rows(row(1))
    assert lab.look(job).status is JobState.RUNNING
    assert lab.begin().job_id == job


def test_a_job_for_a_later_time_waits_for_it_behind_the_approval(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), options={"start": "schedule"})
    assert lab.approved(job).status is JobState.SCHEDULED
    lab.workers("w1")
    assert lab.dispatch() == []
    lab.do(use.begin, job, rehearse=True)
    assert lab.look(job).status is JobState.RUNNING
    assert lab.part(lab.begin().part_id).payload == {"rows": [1], "rehearse": True}


def test_rows_that_are_all_blocked_go_to_the_join_at_once(lab: RowsLab) -> None:
    lab.with_rows(row(1))
    second = lab.with_rows(row(1))
    assert lab.states(second) == ["blocked"]
    assert parts_by_state(lab.parts(second)) == [("split", "done"), ("join", "waiting")]
    assert lab.look(second).status is JobState.RUNNING


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([row(1, refused=True)], NoRowsLeftError),
        ([row(1), row(2), row(3)], RowsOverCapError),
        ([row(1, yen=3000), row(2, yen=-3000)], YenOverCapError),
    ],
)
def test_caps_are_told_in_words(lab: RowsLab, rows: list, error: type[Exception]) -> None:  # type: ignore[type-arg]
    lab.change_target(most_rows=2, most_yen=5000)
    with pytest.raises(error):
        entering.check_caps(lab.target, rows)


def test_refused_rows_count_for_no_cap(lab: RowsLab) -> None:
    lab.change_target(most_rows=1, most_yen=1000)
    rows = [row(1), row(2, yen=10**9, refused=True)]
    entering.check_caps(lab.target, rows)
    with pytest.raises(RowsOverCapError):
        entering.check_caps(lab.target, [*rows, row(3)])


# --- one business case, one row (F16) ---------------------------------------------------------------------


def test_the_same_case_twice_in_one_file_is_keyed_once(lab: RowsLab) -> None:
    job = lab.with_rows(row(1, "a"), row(2, "b"), row(3, "a"))
    assert lab.states(job) == ["ready", "ready", "blocked"]
    blocked = lab.row(job, 3)
    assert blocked.blocked_by == lab.row(job, 1).id
    assert "二重" in blocked.findings[0]["sentences"]["ja"]


def test_the_same_case_in_two_files_is_blocked_in_the_second(lab: RowsLab) -> None:
    first, second = lab.with_rows(row(1, "a")), lab.with_rows(row(1, "a"), row(2, "b"), login="suzuki")
    assert lab.states(second) == ["blocked", "ready"]
    assert lab.row(second).blocked_by == lab.row(first).id


@pytest.mark.parametrize("state", [RowState.DONE, RowState.UNKNOWN])
def test_what_is_or_may_be_registered_keeps_its_case_for_ever(lab: RowsLab, state: RowState) -> None:
    lab.in_review(state)
    assert lab.states(lab.with_rows(row(1))) == ["blocked"]


def test_a_rejected_row_may_be_handed_in_again(lab: RowsLab) -> None:
    lab.in_review(RowState.REJECTED)
    assert lab.states(lab.with_rows(row(1))) == ["ready"]


def test_a_cancelled_job_gives_its_unsent_rows_to_the_next_one(lab: RowsLab) -> None:
    first = lab.with_rows(row(1), row(2), row(3))
    lab.approved(first)
    lease = lab.begin()
    lab.keyed(lease, 1, RowState.SENT)
    lab.keyed(lease, 2, RowState.INTENT)
    lab.do(lifecycle.cancel, first, "sato")
    second = lab.with_rows(row(1), row(2), row(3))
    assert lab.states(second) == ["blocked", "ready", "ready"]
    assert lab.states(first) == ["sent", "withdrawn", "withdrawn"]
    assert lab.steps(lab.row(first, 3).id) == ["ready", "withdrawn"]


def test_of_two_jobs_with_the_same_rows_at_once_each_row_goes_to_one(lab: RowsLab) -> None:
    leases = []
    for _ in range(2):
        lab.handed_in()
        leases.append(lab.begin())
    start = threading.Barrier(2)
    forth = [row(number, f"case{number}") for number in range(1, 41)]
    back = [row(number, f"case{41 - number}") for number in range(1, 41)]

    def enter(lease: backlog.Lease, rows: list) -> None:  # type: ignore[type-arg]
        start.wait(20)
        lab.checked(lease, rows)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(enter, *each) for each in zip(leases, (forth, back), strict=True)]:
            future.result(60)
    states = [lab.states(lease.job_id) for lease in leases]
    assert sorted([*states[0], *states[1]]) == ["blocked"] * 40 + ["ready"] * 40
    assert [a != b for a, b in zip(states[0], reversed(states[1]), strict=True)] == [True] * 40


def test_two_jobs_that_have_both_written_their_rows_claim_them_one_after_the_other(
    postgresql: Database, folder_store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new row holds a share of its target, so that asking for the whole of it would wait for the other job for ever."""
    lab = RowsLab(postgresql, folder_store, InProcessQueue()).furnish()
    leases = []
    for _ in range(2):
        lab.handed_in()
        leases.append(lab.begin())
    both, take = threading.Barrier(2), claims.take

    def when_both_have_written(session: Session, rows: Sequence[LedgerRow]) -> None:
        both.wait(20)
        take(session, rows)

    monkeypatch.setattr(claims, "take", when_both_have_written)
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(lab.checked, lease, [row(1), row(2)]) for lease in leases]:
            future.result(60)
    assert sorted(lab.states(lease.job_id) for lease in leases) == [["blocked"] * 2, ["ready"] * 2]


# --- keying under a lease ---------------------------------------------------------------------------------


def test_every_step_of_a_row_is_in_its_history(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lease = lab.begin()
    lab.keyed(lease, 1, receipt="2026-001")
    found = lab.row(job)
    assert (found.state, found.receipt, found.attempt, found.payload, found.epoch) == ("done", "2026-001", 1, "hash", 1)
    assert found.evidence == {"confirmation": "evidence/1"}
    assert lab.steps(found.id) == ["ready", "intent", "sent", "done"]


@pytest.mark.parametrize("verb", ["intend", "send", "done", "check"])
def test_whoever_lost_the_lease_moves_no_row(lab: RowsLab, verb: str) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lease = lab.begin()
    if verb in ("send", "done"):
        lab.keyed(lease, 1, RowState.INTENT if verb == "send" else RowState.SENT)
    before = lab.states(job)
    lab.pass_time(60)
    lab.expire()
    lab.claim(lab.lease())
    asked: dict[str, tuple[Any, ...]] = {
        "intend": (keying.intend, lease, job, 1, "hash"),
        "send": (keying.send, lease, job, 1, {}),
        "done": (keying.settle, lease, job, 1, RowState.DONE, Outcome()),
        "check": (keying.check, lease, lab.target.id),
    }
    with pytest.raises(LeaseLostError):
        lab.act(*asked[verb])
    assert lab.states(job) == before


def test_an_intent_of_an_earlier_lease_is_not_sent_by_a_later_one(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lab.keyed(lab.begin(), 1, RowState.INTENT)
    lab.pass_time(60)
    lab.expire()
    lab.pass_time(60)
    lease = lab.begin("w2")
    with pytest.raises(LeaseLostError):
        lab.act(keying.send, lease, job, 1, {})
    lab.act(keying.settle, lease, job, 1, RowState.READY, Outcome("not-sent"))
    lab.keyed(lease, 1)
    assert lab.steps(lab.row(job).id) == ["ready", "intent", "ready", "intent", "sent", "done"]
    assert lab.row(job).attempt == 2


def test_of_a_row_that_is_sent_nothing_is_sent_again(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lease = lab.begin()
    lab.keyed(lease, 1, RowState.SENT)
    for again in (
        lambda: lab.act(keying.intend, lease, job, 1, "hash"),
        lambda: lab.act(keying.send, lease, job, 1, {}),
    ):
        with pytest.raises(LeaseLostError):
            again()
    assert lab.states(job) == ["sent"]


def test_a_part_keys_its_own_rows_only(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), row(2), row(3))
    lab.approved(job)
    lease = lab.begin()
    with pytest.raises(LeaseLostError):
        lab.act(keying.intend, lease, job, 3, "hash")


def test_what_a_cancelled_job_types_is_never_sent(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lease = lab.begin()
    lab.keyed(lease, 1, RowState.INTENT)
    lab.do(lifecycle.cancel, job, "sato")
    with pytest.raises(LeaseLostError):
        lab.act(keying.send, lease, job, 1, {})
    assert lab.states(job) == ["intent"]


@pytest.mark.parametrize("how", ["stop", "hold"])
def test_a_stop_lets_nothing_begin_and_nothing_out_but_what_came_of_it_is_written(lab: RowsLab, how: str) -> None:
    job = lab.with_rows(row(1), row(2))
    lab.approved(job)
    lease = lab.begin()
    lab.keyed(lease, 1, RowState.SENT)
    lab.act(keying.intend, lease, job, 2, "hash")
    assert lab.act(keying.check, lease, lab.target.id) is True
    if how == "stop":
        lab.do(backlog.pause, "robot", "ope", "調査")
    else:
        lab.change_target(held={"code": "by-hand", "sentences": {}, "at": ""})
    assert lab.act(keying.check, lease, lab.target.id) is False
    assert lab.act(keying.send, lease, job, 2, {}) is None
    assert lab.states(job) == ["sent", "intent"]
    lab.act(keying.settle, lease, job, 2, RowState.READY, Outcome("not-sent"))
    assert lab.act(keying.intend, lease, job, 2, "hash") is None
    lab.act(keying.settle, lease, job, 1, RowState.DONE, Outcome(), receipt="1")
    assert lab.states(job) == ["done", "ready"]


def test_the_click_gets_no_more_time_than_the_lease_has(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lease = lab.begin()
    lab.keyed(lease, 1, RowState.INTENT)
    lab.pass_time(20)
    left = lab.act(keying.send, lease, job, 1, {})
    assert 5 < left <= 10


def test_rows_that_nobody_approved_are_not_keyed_whatever_the_job_says(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), row(2))
    lab.approved(job)

    def look(session: object) -> None:
        keying.check_approved(session, lab.target, keying.rows_of_part(session, job, [1, 2]))  # type: ignore[arg-type]

    lab.do(look)

    def tamper(session: object) -> None:
        keying.rows_of_part(session, job, [2])[0].values = {"amount": "9000"}  # type: ignore[arg-type]

    lab.do(tamper)
    with pytest.raises(NotApprovedError):
        lab.do(look)


# --- crashes, retries -------------------------------------------------------------------------------------


def test_rows_survive_a_quarantine_and_are_recovered_by_the_retry(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), row(2))
    lab.approved(job)
    for _ in range(CRASHES):
        lease = lab.begin()
        if lab.states(job)[0] == "ready":
            lab.keyed(lease, 1, RowState.SENT)
        lab.act(lifecycle.crash, lease, CRASHES)
        lab.pass_time(5)
    assert lab.look(job).status is JobState.QUARANTINED
    assert lab.states(job) == ["sent", "ready"]
    lab.do(lifecycle.retry, job, "sato")
    lease = lab.begin()
    lab.act(keying.settle, lease, job, 1, RowState.DONE, Outcome(), receipt="1")
    lab.keyed(lease, 2)
    lab.done(lease)
    assert lab.states(job) == ["done", "done"]


@pytest.mark.parametrize("options", [{}, {"start": "schedule"}])
def test_a_retry_does_not_go_round_an_approval(lab: RowsLab, options: dict[str, str]) -> None:
    job = lab.with_rows(row(1), options=options)
    lab.do(lifecycle.cancel, job, "sato")
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.APPROVAL
    lab.workers("w1")
    assert lab.dispatch() == []
    lab.approved(job)
    if options:
        lab.do(lifecycle.cancel, job, "sato")
        assert lab.do(lifecycle.retry, job, "sato").status is JobState.SCHEDULED
        assert lab.dispatch() == []
        lab.do(use.begin, job)
    assert len(lab.dispatch()) == 1


def test_an_approved_job_that_is_cancelled_and_retried_goes_on(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lab.do(lifecycle.cancel, job, "sato")
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.RECEIVED
    assert lab.begin().job_id == job


# --- seats ------------------------------------------------------------------------------------------------


def test_no_more_seats_are_taken_than_the_account_has(lab: RowsLab) -> None:
    lab.change_target(contexts=3)
    job = lab.with_rows(row(1), row(2), row(3), row(4))
    lab.approved(job)
    first, second = lab.begin("w1"), lab.begin("w2")
    assert lab.do(seats.take, lab.target, first.part_id, first.epoch, 2) == 2
    assert lab.do(seats.take, lab.target, second.part_id, second.epoch, 2) == 1
    lab.do(seats.leave, first.part_id, first.epoch)
    assert lab.do(seats.taken, lab.target.id) == 1


def test_a_seat_is_free_with_its_lease(lab: RowsLab) -> None:
    lab.change_target(contexts=1)
    job = lab.with_rows(row(1), row(2), row(3))
    lab.approved(job)
    first = lab.begin("w1")
    assert lab.do(seats.take, lab.target, first.part_id, first.epoch, 1) == 1
    second = lab.begin("w2")
    assert lab.do(seats.take, lab.target, second.part_id, second.epoch, 1) == 0
    lab.done(first)
    assert lab.do(seats.take, lab.target, second.part_id, second.epoch, 1) == 1
    assert lab.do(seats.take, lab.target, second.part_id, second.epoch, 1) == 1, "one's own seat is no one else's"
    with pytest.raises(LeaseLostError):
        lab.do(seats.take, lab.target, first.part_id, first.epoch, 1)
    assert lab.part(first.part_id).state == PartState.DONE


def test_two_workers_that_ask_at_once_get_no_seat_twice(lab: RowsLab) -> None:
    lab.change_target(contexts=3)
    job = lab.with_rows(*(row(number) for number in range(1, 9)))
    lab.approved(job)
    leases = [lab.begin(f"w{number}") for number in range(4)]
    start = threading.Barrier(4)

    def take(lease: backlog.Lease) -> int:
        start.wait(20)
        taken: int = lab.do(seats.take, lab.target, lease.part_id, lease.epoch, 2)
        return taken

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, leases)) == 3
