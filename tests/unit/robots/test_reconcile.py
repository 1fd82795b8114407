"""突合: what agrees, and every way not to."""

from dataclasses import replace

import pytest

from robots.errors import ScreenChangedError
from robots.flows.expense_entry import robot
from robots.ledger.contract import Entry, RowState
from robots.reconcile import Kind, Reconciliation, reconcile
from robots.reference import reference
from robots.robot import Registered
from robots.rows.records import Place, Row

RUN = "RUN1"


def row(number: int) -> Row:
    values = {"amount": str(100 * number), "creditor": "0000000101", "account_number": "1234567", "summary": "件名"}
    return Row(number, Place("a.xlsx"), values)


def slip(number: int, **changed: str) -> Registered:
    return Registered(f"2026-{number:06d}", reference(RUN, number), {**row(number).values, **changed})


ROWS = [row(number) for number in range(1, 4)]
DONE = {number: Entry(number, RowState.DONE, receipt=f"2026-{number:06d}") for number in range(1, 4)}
SLIPS = [slip(number) for number in range(1, 4)]


def kinds(found: Reconciliation) -> list[tuple[Kind, int | None]]:
    return [(each.kind, each.number) for each in found.differences]


def test_the_same_rows_on_both_sides_agree() -> None:
    found = reconcile(robot, RUN, ROWS, DONE, list(reversed(SLIPS)))
    assert found.agrees
    assert (found.rows, found.rows_yen, found.slips, found.slips_yen) == (3, 600, 3, 600)


def test_rows_that_were_never_entered_do_not_count() -> None:
    entries = {**DONE, 3: Entry(3, RowState.REJECTED)}
    found = reconcile(robot, RUN, ROWS, entries, SLIPS[:2])
    assert found.agrees
    assert found.rows_yen == 300


def test_a_slip_that_is_not_there_is_missing() -> None:
    found = reconcile(robot, RUN, ROWS, DONE, SLIPS[:2])
    assert kinds(found) == [(Kind.MISSING, 3)]
    assert not found.agrees
    assert "2026-000003" in found.differences[0].sentence()


def test_a_slip_that_is_there_twice_is_told_once() -> None:
    twin = replace(SLIPS[1], receipt="2026-000009")
    found = reconcile(robot, RUN, ROWS, DONE, [*SLIPS, twin])
    assert kinds(found) == [(Kind.TWICE, 2)]
    assert found.differences[0].receipt == "2026-000002, 2026-000009"


@pytest.mark.parametrize("state", [RowState.UNKNOWN, RowState.REJECTED, RowState.READY, RowState.SENT])
def test_a_slip_of_a_row_that_is_not_done_is_told(state: RowState) -> None:
    found = reconcile(robot, RUN, ROWS, {**DONE, 2: Entry(2, state)}, SLIPS)
    assert kinds(found) == [(Kind.UNSETTLED, 2)]


WRONG_CHECK = f"{reference(RUN, 1)[:-1]}{(int(reference(RUN, 1)[-1]) + 1) % 10}"


@pytest.mark.parametrize("name", [reference(RUN, 9), reference("RUN2", 1), WRONG_CHECK, "", "手入力"])
def test_a_slip_with_a_reference_that_no_row_has_is_foreign(name: str) -> None:
    found = reconcile(robot, RUN, ROWS, DONE, [*SLIPS, Registered("2026-000009", name, {"amount": "0"})])
    assert kinds(found) == [(Kind.FOREIGN, None)]
    assert not found.agrees


def test_every_field_that_the_list_shows_is_compared() -> None:
    found = reconcile(robot, RUN, ROWS, DONE, [SLIPS[0], slip(2, amount="201", creditor="0000000102"), SLIPS[2]])
    assert kinds(found) == [(Kind.FIELD, 2), (Kind.FIELD, 2)]
    assert [each.heading for each in found.differences] == ["金額", "債権者コード"]
    assert (found.differences[0].ours, found.differences[0].theirs) == ("200", "201")
    assert found.slips_yen == 601


def test_a_secret_field_that_differs_is_told_without_its_value() -> None:
    found = reconcile(robot, RUN, ROWS, DONE, [SLIPS[0], slip(2, account_number="7654321"), SLIPS[2]])
    (difference,) = found.differences
    assert difference.heading == "口座番号"
    assert "7654321" not in difference.sentence()
    assert "1234567" not in difference.sentence()


def test_another_number_than_the_ledgers_is_told() -> None:
    found = reconcile(robot, RUN, ROWS, DONE, [SLIPS[0], replace(SLIPS[1], receipt="2026-000009"), SLIPS[2]])
    assert kinds(found) == [(Kind.RECEIPT, 2)]


def test_a_list_without_amounts_agrees_with_nothing() -> None:
    with pytest.raises(ScreenChangedError):
        reconcile(robot, RUN, ROWS, DONE, [Registered("2026-000001", reference(RUN, 1), {})])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_kind_has_its_sentence(language: str) -> None:
    found = reconcile(
        robot,
        RUN,
        ROWS,
        {**DONE, 2: Entry(2, RowState.UNKNOWN)},
        [slip(1, amount="1"), SLIPS[1], Registered("2026-000009", "x", {"amount": "0"})],
    )
    assert {each.kind for each in found.differences} == {Kind.FIELD, Kind.UNSETTLED, Kind.FOREIGN, Kind.MISSING}
    assert all(each.sentence(language) for each in found.differences)
