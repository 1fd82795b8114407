"""Where a row may go, and what an approval is about."""

import pytest

from digilab.ledger.rules import ASKED, CLAIMING, MOVES, UNFINISHED, UNSENT, RowState, digest, row_digest, yen

EXPECTED = {
    "refused": "",
    "blocked": "ready withdrawn",
    "ready": "intent rejected withdrawn",
    "intent": "sent ready done rejected unknown withdrawn",
    "sent": "ready done rejected unknown",
    "done": "",
    "rejected": "",
    "unknown": "done ready withdrawn",
    "withdrawn": "",
}


@pytest.mark.parametrize("before", RowState)
@pytest.mark.parametrize("after", RowState)
def test_every_move_of_a_row_is_allowed_or_not_as_the_pattern_says(before: RowState, after: RowState) -> None:
    assert (after in MOVES[before]) == (after.value in EXPECTED[before].split())


def test_what_is_registered_never_changes_again() -> None:
    assert MOVES[RowState.DONE] == frozenset()


def test_what_may_have_been_sent_is_never_withdrawn_without_a_look() -> None:
    assert RowState.WITHDRAWN not in MOVES[RowState.SENT]


def test_nothing_is_sent_without_an_intent() -> None:
    assert [state for state in RowState if RowState.SENT in MOVES[state]] == [RowState.INTENT]


def test_a_row_that_may_be_in_the_finance_system_or_may_come_there_holds_its_case() -> None:
    assert {RowState.SENT, RowState.UNKNOWN, RowState.DONE} | UNFINISHED <= CLAIMING
    assert not CLAIMING & {RowState.BLOCKED, RowState.REFUSED, RowState.REJECTED, RowState.WITHDRAWN}


def test_only_what_was_certainly_not_sent_may_be_taken_over() -> None:
    assert {RowState.READY, RowState.INTENT} == UNSENT
    assert all(RowState.WITHDRAWN in MOVES[state] for state in UNSENT)


def test_what_waits_for_a_person_is_blocked_or_unknown() -> None:
    assert {RowState.BLOCKED, RowState.UNKNOWN} == ASKED


def test_an_approval_is_about_number_reference_and_every_value() -> None:
    first = row_digest(1, "DL000001-0001-1", {"amount": "1000", "payee": "あ"})
    assert first == row_digest(1, "DL000001-0001-1", {"payee": "あ", "amount": "1000"})
    assert (
        len(
            {
                first,
                row_digest(2, "DL000001-0001-1", {"amount": "1000", "payee": "あ"}),
                row_digest(1, "DL000001-0001-2", {"amount": "1000", "payee": "あ"}),
                row_digest(1, "DL000001-0001-1", {"amount": "1001", "payee": "あ"}),
                row_digest(1, "DL000001-0001-1", {"amount": "1000", "payee": "い"}),
            }
        )
        == 5
    )
    assert digest([first]) != digest([first, first])


@pytest.mark.parametrize(
    ("written", "expected"), [("1000", 1000), ("-1000", -1000), ("", 0), ("１０００", 0), ("1,000", 0)]
)
def test_yen_are_read_from_canonical_text_only(written: str, expected: int) -> None:
    assert yen({"amount": written}, "amount") == expected
