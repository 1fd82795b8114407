"""Both flows at the practice system: what they key, find and list, and where they stop."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from engines.conftest import EXPENSE, TRANSFER
from robots.comparing import differing
from robots.errors import (
    RobotUnknownError,
    RunError,
    ScreenChangedError,
    SystemUnavailableError,
    WrongScreenError,
)
from robots.flows import names, robot_named
from robots.reference import reference
from robots.robot import Receipt, Rejection
from robots.session import Seat
from servers.practice import PracticeServer

Work = Callable[[Any], Any]
Seats = Callable[..., Seat]
ROWS = {"expense_entry": EXPENSE, "bank_transfer": TRANSFER}
FLOWS = sorted(ROWS)


def test_flows_are_found_by_their_files() -> None:
    assert names() == tuple(FLOWS)
    assert [robot_named(name).name for name in FLOWS] == FLOWS
    with pytest.raises(RobotUnknownError, match="expense_entry"):
        robot_named("../secret")


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_says_all_that_the_house_must_know(name: str) -> None:
    robot = robot_named(name)
    columns = {column.name for column in robot.columns}
    assert {*robot.key, robot.amount} <= columns
    assert set(robot.labels) - columns == {"reference", "receipt"}
    assert any(column.secret for column in robot.columns)
    assert robot.money
    assert not robot.synchronous


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_of_an_ordinary_screen_is_under_80_lines(name: str) -> None:
    assert len(Path(f"robots/flows/{name}.py").read_text(encoding="utf-8").splitlines()) < 80


@pytest.mark.parametrize("name", FLOWS)
def test_rows_are_keyed_shown_found_and_listed_as_they_are(
    work: Work, seat_at: Seats, finance: PracticeServer, name: str
) -> None:
    robot, row = robot_named(name), ROWS[name]
    seat = seat_at(robot, finance.url)
    numbers = [reference("000091", number) for number in (1, 2)]
    receipts = []
    for number in numbers:
        assert work(robot.enter(seat.entry, row, number)) is None
        assert work(robot.shown(seat.entry)) == {**row, "reference": number}
        receipts.append(pressed(work, seat))
    listed = work(robot.listed(seat.lookup, "000091"))
    assert [(each.receipt, each.reference, each.values) for each in listed] == [
        (receipt, number, row) for receipt, number in zip(receipts, numbers, strict=True)
    ]
    found = work(robot.find(seat.lookup, numbers[1]))
    assert [(each.receipt, each.values) for each in found] == [(receipts[1], row)]
    assert work(robot.find(seat.lookup, reference("000091", 3))) == []


def pressed(work: Work, seat: Seat) -> str:
    work(seat.aim(seat.robot.button))
    work(seat.press_last(5))
    taken = work(seat.robot.outcome(seat.entry))
    assert isinstance(taken, Receipt)
    return taken.number


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("expense_entry", {"department": "999999"}, "所属コード999999は存在しません。"),
        ("expense_entry", {"creditor_name": "別の会社"}, "債権者名が債権者コード"),
        ("expense_entry", {"summary": "外字\ue000"}, "外字"),
        ("bank_transfer", {"branch": "998"}, "支店コード998は"),
    ],
)
def test_what_the_system_objects_to_is_a_rejection_in_its_words(
    work: Work, seat_at: Seats, finance: PracticeServer, name: str, wrong: Mapping[str, str], words: str
) -> None:
    """R2."""
    robot = robot_named(name)
    seat = seat_at(robot, finance.url)
    refusal = work(robot.enter(seat.entry, {**ROWS[name], **wrong}, reference("000092", 1)))
    assert isinstance(refusal, Rejection)
    assert words in refusal.words
    assert not refusal.twin


@pytest.mark.parametrize("name", FLOWS)
def test_a_closed_month_is_a_rejection(work: Work, seat_at: Seats, finance: PracticeServer, name: str) -> None:
    """R3."""
    robot = robot_named(name)
    seat = seat_at(robot, finance.url)
    finance.faults(closed_month="2026-11")
    refusal = work(robot.enter(seat.entry, ROWS[name], reference("000093", 1)))
    assert isinstance(refusal, Rejection)
    assert "月次締め処理済み" in refusal.words


@pytest.mark.parametrize("manner", ["warn", "refuse"])
@pytest.mark.parametrize("name", FLOWS)
def test_a_slip_that_is_there_already_is_a_twin(
    work: Work, seat_at: Seats, finance: PracticeServer, name: str, manner: str
) -> None:
    """R4."""
    robot, row = robot_named(name), {**ROWS[name], "amount": "777"}
    seat = seat_at(robot, finance.url)
    assert work(robot.enter(seat.entry, row, reference("000094", 1))) is None
    pressed(work, seat)
    finance.faults(duplicates=manner)
    refusal = work(robot.enter(seat.entry, row, reference("000094", 2)))
    assert isinstance(refusal, Rejection)
    assert refusal.twin
    assert "既に登録されています" in refusal.words


def test_a_value_that_the_system_cuts_is_seen_on_the_confirmation(
    work: Work, seat_at: Seats, finance: PracticeServer
) -> None:
    """R1."""
    robot = robot_named("bank_transfer")
    seat = seat_at(robot, finance.url)
    finance.faults(cut_field="整理番号:10")
    number = reference("000095", 1)
    work(robot.enter(seat.entry, TRANSFER, number))
    assert work(robot.shown(seat.entry))["reference"] != number


FAULTS = [
    ({"popup_at": "1"}, WrongScreenError, "お知らせ"),
    ({"popup_at": "1:check"}, WrongScreenError, "お知らせ"),
    ({"dialog_at": "1"}, WrongScreenError, "支出命令入力|振込データ入力"),
    ({"error500_at": "1:open"}, SystemUnavailableError, "500"),
    ({"error500_at": "1:check"}, SystemUnavailableError, "500"),
    ({"maintenance": "true"}, SystemUnavailableError, "503"),
    ({"maintenance": "quiet"}, SystemUnavailableError, "保守中"),
    ({"rename_label": "口座番号=口座No."}, ScreenChangedError, "口座番号"),
    ({"rename_label": "金額="}, ScreenChangedError, "金額"),
    ({"rename_label": "確認=次へ"}, ScreenChangedError, "確認"),
]


@pytest.mark.parametrize(("fault", "error", "told"), FAULTS)
@pytest.mark.parametrize("name", FLOWS)
def test_every_trouble_before_the_last_button_stops_under_its_own_name(
    work: Work,
    seat_at: Seats,
    finance: PracticeServer,
    name: str,
    fault: Mapping[str, str],
    error: type[RunError],
    told: str,
) -> None:
    """R5, R7."""
    robot = robot_named(name)
    seat = seat_at(robot, finance.url)
    finance.faults(**fault)
    before = len(finance.vouchers()) + len(finance.transfers())
    with pytest.raises(error, match=told):
        work(robot.enter(seat.entry, ROWS[name], reference("000096", 1)))
    assert len(finance.vouchers()) + len(finance.transfers()) == before


def test_a_renamed_label_never_lets_a_value_into_the_wrong_field(
    work: Work, seat_at: Seats, finance: PracticeServer
) -> None:
    """R7."""
    robot = robot_named("bank_transfer")
    seat = seat_at(robot, finance.url)
    finance.faults(rename_label="口座番号=電話番号")
    with pytest.raises(ScreenChangedError):
        work(robot.enter(seat.entry, TRANSFER, reference("000097", 1)))
    every = "all => all.map(each => each.value).filter(Boolean)"
    assert work(seat.entry.page.eval_on_selector_all("table input:not([type=submit])", every)) == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"error500_at": "1"}, SystemUnavailableError), ({"popup_at": "1:committed"}, WrongScreenError)],
)
def test_a_trouble_after_the_last_button_is_no_outcome(
    work: Work, seat_at: Seats, finance: PracticeServer, fault: Mapping[str, str], error: type[RunError]
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(**fault)

    async def key() -> None:
        await robot.enter(seat.entry, EXPENSE, reference("000098", 1))
        await seat.aim(robot.button)
        await seat.press_last(5)
        await robot.outcome(seat.entry)

    with pytest.raises(error):
        work(key())


def test_a_notice_about_the_password_stops_the_sign_in(seat_at: Seats, finance: PracticeServer) -> None:
    """R5."""
    finance.faults(password_notice="7")
    with pytest.raises(WrongScreenError, match="パスワード有効期限のお知らせ"):
        seat_at(robot_named("expense_entry"), finance.url)


def test_four_seats_key_side_by_side_and_no_row_gets_anothers_number(
    work: Work, seat_at: Seats, finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seats = [seat_at(robot, finance.url) for _ in range(4)]

    async def key(number: int, seat: Seat) -> tuple[str, str]:
        own = reference("000099", number)
        await robot.enter(seat.entry, {**EXPENSE, "amount": str(number)}, own)
        await seat.aim(robot.button)
        await seat.press_last(10)
        taken = await robot.outcome(seat.entry)
        assert isinstance(taken, Receipt)
        return own, taken.number

    async def all_at_once() -> list[tuple[str, str]]:
        return await asyncio.gather(*(key(number, seat) for number, seat in enumerate(seats, start=1)))

    keyed = dict(work(all_at_once()))
    listed = work(robot.listed(seats[0].lookup, "000099"))
    assert {each.reference: each.receipt for each in listed} == keyed
    assert sorted(each.values["amount"] for each in listed) == ["1", "2", "3", "4"]
    assert len(set(keyed.values())) == 4


def test_wide_and_double_blanks_within_a_text_are_no_difference(
    work: Callable[[Any], Any], seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    """A page cannot show two blanks, and shows a wide one as it likes."""
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    row = {**EXPENSE, "summary": "事務　用品  一式"}
    number = reference("000069", 1)
    assert work(robot.enter(seat.entry, row, number)) is None
    assert differing(robot, row, number, work(robot.shown(seat.entry))) == []
    work(seat.aim(robot.button))
    work(seat.press_last(5))
    (found,) = work(robot.find(seat.lookup, number))
    (listed,) = work(robot.listed(seat.lookup, "000069"))
    for slip in (found, listed):
        assert differing(robot, row, number, {**slip.values, "reference": slip.reference}) == []
