"""What people say of rows and jobs of robots: approve, send back, settle, release, drop, go on."""

from collections.abc import Callable
from typing import Any

import pytest

from digilab.database.session import Database
from digilab.errors import (
    ApprovalOwnError,
    ApprovalStaleError,
    DigilabError,
    JobNotInReviewError,
    JobNotScheduledError,
    JobNotToApproveError,
    NotAllowedError,
    NotFoundError,
    ReasonMissingError,
    ReceiptMissingError,
    ReceiptTakenError,
    RowOwnError,
    RowSettledError,
    RowsOpenError,
)
from digilab.jobs import lifecycle
from digilab.jobs.rules import JobState, Stage
from digilab.ledger import use
from digilab.ledger.rules import RowState
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import Lab
from integration.jobs.rows_lab import RowsLab, row


@pytest.fixture
def lab(database: Database, folder_store: FolderStore) -> RowsLab:
    """A house with a robot: on SQLite, then on PostgreSQL."""
    return RowsLab(database, folder_store, InProcessQueue()).furnish()


def settle(
    lab: RowsLab, job: int, decision: str, login: str = "kacho", receipt: str = "", reason: str = "確認済"
) -> Any:
    return lab.do(use.settle, lab.row(job).id, lab.askers[login], decision, receipt, reason)


# --- approval ---------------------------------------------------------------------------------------------


def test_an_approval_keeps_who_what_and_how_much(lab: RowsLab) -> None:
    job = lab.with_rows(row(1, yen=1200), row(2, yen=300), row(3, refused=True))
    lab.approved(job)
    [approval] = lab.do(use.approvals, job)
    assert (approval.rows, approval.yen, approval.approved) == (2, 1500, True)
    assert approval.person_id == lab.askers["kacho"].person_id
    assert set(approval.evidence["rows"]) == {"1", "2"}
    assert lab.look(job).status is JobState.RUNNING
    assert "approved" in lab.told(job)


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ("sato", NotAllowedError),
        ("suzuki", NotFoundError),
        ("zeimu", NotFoundError),
        ("ope", NotAllowedError),
        ("boss", NotAllowedError),
        ("audit", NotAllowedError),
    ],
)
def test_nobody_but_a_head_of_the_section_approves(lab: RowsLab, login: str, error: type[DigilabError]) -> None:
    job = lab.with_rows(row(1))
    with pytest.raises(error):
        lab.approved(job, login)
    with pytest.raises(error):
        lab.do(use.send_back, job, lab.askers[login], "誤り")
    assert lab.look(job).status is JobState.APPROVAL


def test_a_head_does_not_approve_what_the_same_head_handed_in(lab: RowsLab) -> None:
    job = lab.with_rows(row(1), login="kacho")
    with pytest.raises(ApprovalOwnError):
        lab.approved(job, "kacho")
    assert lab.approved(job, "bucho").status is JobState.RUNNING


def test_what_has_changed_since_it_was_shown_is_not_approved(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    with pytest.raises(ApprovalStaleError):
        lab.do(use.approve, job, lab.askers["kacho"], "0" * 64)
    assert lab.do(use.approvals, job) == []


def test_a_job_is_approved_once(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    with pytest.raises(JobNotToApproveError):
        lab.approved(job, "bucho")
    with pytest.raises(JobNotScheduledError):
        lab.do(use.begin, job)


def test_what_is_sent_back_is_over_and_needs_an_approval_when_it_is_tried_again(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    with pytest.raises(ReasonMissingError):
        lab.do(use.send_back, job, lab.askers["kacho"], "  ")
    lab.do(use.send_back, job, lab.askers["kacho"], "金額が違う")
    assert lab.look(job).status is JobState.CANCELLED
    [word] = lab.do(use.approvals, job)
    assert (word.approved, word.reason) == (False, "金額が違う")
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.APPROVAL
    assert lab.states(lab.with_rows(row(1))) == ["blocked"], "the job that is tried again holds its rows"


def test_rows_that_were_sent_back_may_be_handed_in_anew(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.do(use.send_back, job, lab.askers["kacho"], "金額が違う")
    assert lab.states(lab.with_rows(row(1))) == ["ready"]
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.APPROVAL
    assert lab.states(job) == ["withdrawn"]


# --- unknown rows -----------------------------------------------------------------------------------------


def test_an_unknown_row_that_was_found_is_registered_and_the_results_are_written_anew(lab: RowsLab) -> None:
    job = lab.in_review()
    settle(lab, job, "registered", receipt=" 2026-77 ", reason="")
    assert (lab.row(job).state, lab.row(job).receipt) == ("done", "2026-77")
    lab.do(use.go_on, job, lab.askers["kacho"])
    assert lab.look(job).status is JobState.RUNNING
    assert [part.ordinal for part in lab.parts(job) if part.stage == Stage.JOIN] == [0, 1]
    assert lab.joined(verified=1.0).status is JobState.DONE


def test_an_unknown_row_that_was_not_found_is_keyed_again_under_the_same_approval(lab: RowsLab) -> None:
    job = lab.in_review()
    settle(lab, job, "again")
    assert lab.do(use.go_on, job, lab.askers["sato"]).status is JobState.RUNNING
    lease = lab.begin()
    assert lab.part(lease.part_id).payload == {"rows": [1]}
    lab.keyed(lease, 1)
    lab.done(lease)
    assert lab.joined().status is JobState.DONE
    assert lab.row(job).attempt == 2
    assert lab.steps(lab.row(job).id) == ["ready", "intent", "sent", "unknown", "ready", "intent", "sent", "done"]


@pytest.mark.parametrize("how", ["settle", "drop"])
def test_an_unknown_row_may_be_dropped_and_frees_its_case(lab: RowsLab, how: str) -> None:
    job = lab.in_review()
    if how == "settle":
        settle(lab, job, "drop")
    else:
        lab.do(use.drop, lab.row(job).id, lab.askers["sato"], "取り下げ")
    assert lab.states(job) == ["withdrawn"]
    lab.do(use.go_on, job, lab.askers["sato"])
    lab.joined()
    assert lab.states(lab.with_rows(row(1))) == ["ready"]


def test_whoever_handed_money_in_does_not_have_it_keyed_against_a_doubt(lab: RowsLab) -> None:
    job = lab.in_review()
    with pytest.raises(RowOwnError):
        settle(lab, job, "again", "sato")
    settle(lab, job, "again", "ope")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"decision": "registered", "receipt": " "}, ReceiptMissingError),
        ({"decision": "registered", "receipt": "x" * 81}, ReceiptMissingError),
        ({"decision": "registered", "receipt": "S-other"}, ReceiptTakenError),
        ({"decision": "again", "reason": ""}, ReasonMissingError),
        ({"decision": "drop", "reason": ""}, ReasonMissingError),
        ({"decision": "drop", "login": "suzuki"}, NotFoundError),
        ({"decision": "drop", "login": "audit"}, NotAllowedError),
        ({"decision": "perhaps"}, ValueError),
    ],
)
def test_a_decision_without_what_it_needs_changes_nothing(lab: RowsLab, asked: Any, error: type[Exception]) -> None:
    other = lab.with_rows(row(9))
    lab.approved(other)
    lease = lab.begin()
    lab.keyed(lease, 9, receipt="S-other")
    lab.done(lease)
    lab.joined()
    job = lab.in_review()
    before = lab.steps(lab.row(job).id)
    with pytest.raises(error):
        settle(lab, job, **asked)
    assert lab.states(job) == ["unknown"]
    assert lab.steps(lab.row(job).id) == before


def test_a_row_is_settled_once(lab: RowsLab) -> None:
    job = lab.in_review()
    settle(lab, job, "registered", receipt="1")
    with pytest.raises(RowSettledError):
        settle(lab, job, "again")
    with pytest.raises(RowSettledError):
        lab.do(use.drop, lab.row(job).id, lab.askers["sato"], "x")


def test_a_row_of_a_job_under_way_is_nobodys_to_settle(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lab.keyed(lab.begin(), 1, RowState.SENT)
    for act in ("registered", "again", "drop"):
        with pytest.raises(JobNotInReviewError):
            settle(lab, job, act, receipt="1")


def test_what_a_job_sent_that_was_cancelled_is_settled_by_people_or_by_a_retry(lab: RowsLab) -> None:
    job = lab.with_rows(row(1))
    lab.approved(job)
    lab.keyed(lab.begin(), 1, RowState.SENT)
    assert lab.do(use.open_questions, lab.askers["kacho"]) == []
    lab.do(lifecycle.cancel, job, "sato")
    assert [each.job_id for each in lab.do(use.open_questions, lab.askers["kacho"])] == [job]
    settle(lab, job, "registered", receipt="5")
    assert lab.states(job) == ["done"]
    assert lab.steps(lab.row(job).id) == ["ready", "intent", "sent", "unknown", "done"]


# --- blocked rows -----------------------------------------------------------------------------------------


def blocked(lab: RowsLab) -> tuple[int, int]:
    """A job with a registered row, and one whose only row is the same."""
    first = lab.with_rows(row(1, "a"))
    lab.approved(first)
    lease = lab.begin()
    lab.keyed(lease, 1)
    lab.done(lease)
    lab.joined()
    second = lab.with_rows(row(1, "a"))
    lab.joined(review=True, verified=0.0)
    return first, second


def test_a_blocked_row_is_released_with_a_reason_and_waits_for_another_approval(lab: RowsLab) -> None:
    _, job = blocked(lab)
    lab.do(use.release, lab.row(job).id, lab.askers["ope"], "別の月の支払")
    found = lab.row(job)
    assert (found.state, found.claim, found.code, found.findings) == ("ready", 1, "", [])
    assert lab.do(use.go_on, job, lab.askers["sato"]).status is JobState.APPROVAL
    lab.workers("w1")
    assert lab.dispatch() == []
    lab.approved(job)
    lease = lab.begin()
    lab.keyed(lease, 1)
    lab.done(lease)
    assert lab.joined().status is JobState.DONE


def test_the_approval_of_a_released_row_is_not_gone_round_by_a_retry(lab: RowsLab) -> None:
    _, job = blocked(lab)
    lab.do(use.release, lab.row(job).id, lab.askers["ope"], "別の月の支払")
    lab.do(use.go_on, job, lab.askers["sato"])
    lab.do(lifecycle.cancel, job, "sato")
    assert lab.do(lifecycle.retry, job, "sato").status is JobState.APPROVAL


@pytest.mark.parametrize("releaser", ["kacho"])
def test_whoever_released_a_row_does_not_approve_it(lab: RowsLab, releaser: str) -> None:
    _, job = blocked(lab)
    lab.do(use.release, lab.row(job).id, lab.askers[releaser], "別の月の支払")
    lab.do(use.go_on, job, lab.askers["sato"])
    with pytest.raises(ApprovalOwnError):
        lab.approved(job, releaser)
    lab.approved(job, "bucho")


@pytest.mark.parametrize(
    ("login", "reason", "error"),
    [
        ("sato", "別の支払", NotAllowedError),
        ("suzuki", "別の支払", NotFoundError),
        ("zeimu", "別の支払", NotFoundError),
        ("audit", "別の支払", NotAllowedError),
        ("kacho", "", ReasonMissingError),
    ],
)
def test_a_release_needs_a_second_person_and_a_reason(
    lab: RowsLab, login: str, reason: str, error: type[DigilabError]
) -> None:
    _, job = blocked(lab)
    with pytest.raises(error):
        lab.do(use.release, lab.row(job).id, lab.askers[login], reason)
    assert lab.states(job) == ["blocked"]


def test_the_operator_who_handed_a_row_in_does_not_release_it(lab: RowsLab) -> None:
    lab.with_rows(row(1, "a"))
    job = lab.with_rows(row(1, "a"), login="ope")
    lab.joined(review=True, verified=0.0)
    with pytest.raises(RowOwnError):
        lab.do(use.release, lab.row(job).id, lab.askers["ope"], "別の支払")


def test_a_release_after_the_other_row_was_rejected_takes_its_place(lab: RowsLab) -> None:
    first = lab.with_rows(row(1, "a"))
    job = lab.with_rows(row(1, "a"))
    lab.joined(review=True, verified=0.0)
    lab.approved(first)
    lab.keyed(lab.begin(), 1, RowState.REJECTED)
    lab.do(use.release, lab.row(job).id, lab.askers["ope"], "先の行は却下された")
    assert lab.row(job).claim == 0


def test_an_unknown_row_is_not_released_nor_a_blocked_one_settled(lab: RowsLab) -> None:
    unknown = lab.in_review()
    with pytest.raises(RowSettledError):
        lab.do(use.release, lab.row(unknown).id, lab.askers["ope"], "x")
    _, job = blocked(lab)
    with pytest.raises(RowSettledError):
        settle(lab, job, "again")


# --- the way on -------------------------------------------------------------------------------------------


def test_a_job_does_not_go_on_while_rows_wait_and_none_is_to_be_keyed(lab: RowsLab) -> None:
    job = lab.in_review()
    with pytest.raises(RowsOpenError):
        lab.do(use.go_on, job, lab.askers["sato"])
    assert lab.look(job).status is JobState.REVIEW


def test_ready_rows_are_keyed_while_others_still_wait(lab: RowsLab) -> None:
    lab.with_rows(row(7, "z"))
    job = lab.in_review(RowState.UNKNOWN, row(2, "z"))
    settle(lab, job, "again")
    assert lab.do(use.go_on, job, lab.askers["sato"]).status is JobState.RUNNING


def test_a_difference_that_people_accept_goes_to_the_join_with_their_reason(lab: RowsLab) -> None:
    job = lab.in_review(RowState.DONE)
    lab.do(use.go_on, job, lab.askers["kacho"], accept="財務側で訂正済み")
    [*_, join] = lab.parts(job)
    assert join.payload == {"accepted": {"reason": "財務側で訂正済み", "login": "kacho"}}


@pytest.mark.parametrize(("login", "error"), [("suzuki", NotFoundError), ("audit", NotAllowedError)])
def test_only_those_who_may_act_on_a_job_let_it_go_on(lab: RowsLab, login: str, error: type[DigilabError]) -> None:
    job = lab.in_review(RowState.DONE)
    with pytest.raises(error):
        lab.do(use.go_on, job, lab.askers[login])


def test_jobs_of_other_kinds_have_no_rows_to_go_on_with(lab: RowsLab) -> None:
    job = Lab.submit(lab).job_id
    with pytest.raises(NotFoundError):
        lab.do(use.go_on, job, lab.askers["sato"])


ACTS: list[Callable[..., Any]] = [use.settle, use.release, use.drop]


@pytest.mark.parametrize("act", ACTS)
def test_a_row_that_is_not_there_is_not_found(lab: RowsLab, act: Callable[..., Any]) -> None:
    words = ("drop", "", "x") if act is use.settle else ("x",)
    with pytest.raises(NotFoundError):
        lab.do(act, 10**9, lab.askers["kacho"], *words)


# --- looking ----------------------------------------------------------------------------------------------


def test_the_list_of_open_rows_shows_each_what_they_may_see(lab: RowsLab) -> None:
    job = lab.in_review()
    for login, seen in {"sato": 1, "kacho": 1, "ope": 1, "audit": 1, "boss": 1, "suzuki": 0, "zeimu": 0}.items():
        assert len(lab.do(use.open_questions, lab.askers[login])) == seen, login
    assert lab.do(use.summary, job).open == 1


def test_a_summary_counts_rows_and_yen_by_state(lab: RowsLab) -> None:
    job = lab.with_rows(row(1, yen=100), row(2, yen=50), row(3, refused=True), row(4, "2".rjust(64, "0"), yen=7))
    found = lab.do(use.summary, job)
    assert found.rows == {RowState.READY: 2, RowState.REFUSED: 1, RowState.BLOCKED: 1}
    assert (found.yen[RowState.READY], found.yen[RowState.BLOCKED]) == (150, 7)
    assert found.digest == lab.do(use.digest, job)
    assert lab.do(use.notices, job, "ja") == []
