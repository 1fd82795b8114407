"""Whether a screen shows what the row says, and what is decided after a search."""

import pytest

from robots.comparing import differing, told
from robots.errors import ScreenChangedError, sentence
from robots.flows.expense_entry import ExpenseEntry, robot
from robots.recovery import Absent, Done, Doubt, decide, not_arrived
from robots.reference import reference
from robots.robot import Registered

NAME = reference("RUN1", 1)
VALUES = {"amount": "1000", "summary": "消耗品の購入", "account_number": "1234567", "creditor_name": ""}


class Synchronous(ExpenseEntry):
    synchronous = True


def hit(receipt: str = "2026-000001", name: str = NAME, **changed: str) -> Registered:
    return Registered(receipt, name, {"amount": "1000", "summary": "消耗品の購入", **changed})


def test_only_what_is_shown_is_compared() -> None:
    assert differing(robot, VALUES, NAME, {"amount": "1000", "reference": NAME}) == []


def test_a_value_that_was_cut_is_told_apart_from_one_that_was_changed() -> None:
    shown = {"amount": "1001", "summary": "消耗品", "reference": NAME}
    found = differing(robot, VALUES, NAME, shown)
    assert [(each.column, each.cut) for each in found] == [("amount", False), ("summary", True)]
    words = told(robot, found)
    assert "金額: 画面では「1001」" in words
    assert "摘要: 画面に入りきらず「消耗品」" in words


def test_an_empty_cell_that_the_screen_filled_differs() -> None:
    shown = {"amount": "1000", "creditor_name": "株式会社蒼浜印刷", "reference": NAME}
    assert [each.column for each in differing(robot, VALUES, NAME, shown)] == ["creditor_name"]


def test_a_secret_value_is_not_told() -> None:
    found = differing(robot, VALUES, NAME, {"amount": "1000", "account_number": "7654321", "reference": NAME})
    assert told(robot, found) == "口座番号: 画面の内容が明細と違います。"


@pytest.mark.parametrize("missing", ["amount", "reference"])
def test_equal_never_means_that_nothing_was_compared(missing: str) -> None:
    shown = {"amount": "1000", "reference": NAME}
    del shown[missing]
    with pytest.raises(ScreenChangedError):
        differing(robot, VALUES, NAME, shown)


def test_one_equal_slip_is_done() -> None:
    assert decide(robot, VALUES, NAME, [hit()]) == Done("2026-000001")
    assert decide(robot, VALUES, NAME, [hit()], "2026-000001") == Done("2026-000001")


def test_nothing_is_absent() -> None:
    assert decide(robot, VALUES, NAME, []) == Absent()


@pytest.mark.parametrize(
    ("hits", "receipt", "code"),
    [
        ([hit(amount="1001")], "", "differs"),
        ([hit(name=reference("RUN1", 2))], "", "differs"),
        ([hit()], "2026-000002", "receipt-differs"),
        ([hit(), hit("2026-000002")], "", "found-twice"),
        ([hit(), hit()], "2026-000001", "found-twice"),
    ],
)
def test_anything_else_is_a_persons(hits: list[Registered], receipt: str, code: str) -> None:
    found = decide(robot, VALUES, NAME, hits, receipt)
    assert isinstance(found, Doubt)
    assert found.code == code
    assert found.twice == (code == "found-twice")
    assert found.words
    assert sentence(f"outcomes.{code}", "ja", {})


def test_what_never_arrived_is_a_persons_unless_the_screen_is_synchronous() -> None:
    doubt = not_arrived(robot, "")
    assert doubt is not None
    assert doubt.code == "not-arrived"
    assert not_arrived(Synchronous(), "") is None


def test_what_the_result_page_showed_is_never_sent_again() -> None:
    for each in (robot, Synchronous()):
        doubt = not_arrived(each, "2026-000001")
        assert doubt is not None
        assert doubt.code == "not-listed"
