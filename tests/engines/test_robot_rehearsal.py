"""The rehearsal: to the last button and no further, and what it says of screens that are not as they were."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from engines.conftest import EXPENSE, TRANSFER
from robots.changes import Difference, Outline, differences
from robots.errors import RecordUnreadableError, SignInRefusedError, SystemUnavailableError
from robots.flows import robot_named
from robots.rehearsal import record, recorded, rehearse, walk
from robots.session import Seat
from servers.practice import LOGIN, PASSWORD, PracticeServer

Work = Callable[[Any], Any]
Seats = Callable[..., Seat]
ROWS = {"expense_entry": EXPENSE, "bank_transfer": TRANSFER}
FLOWS = sorted(ROWS)


@pytest.mark.parametrize("name", FLOWS)
def test_the_shipped_record_is_what_the_practice_system_shows(
    work: Work, seat_at: Seats, finance: PracticeServer, name: str
) -> None:
    robot = robot_named(name)
    walked = work(walk(robot, ROWS[name], seat_at(robot, finance.url)))
    shipped = Path(f"robots/flows/screens/{name}.json").read_text(encoding="utf-8")
    assert record(robot, walked) == shipped
    assert walked.found == []


@pytest.mark.parametrize("name", FLOWS)
def test_a_rehearsal_leaves_nothing_behind(work: Work, seat_at: Seats, finance: PracticeServer, name: str) -> None:
    robot = robot_named(name)
    before = (finance.vouchers(), finance.transfers())
    seat = seat_at(robot, finance.url)
    assert work(rehearse(robot, ROWS[name], seat, recorded(name))) == []
    assert (finance.vouchers(), finance.transfers()) == before
    assert finance.counts["register"] == 0
    assert seat.entry.page.url.endswith("/menu")


CHANGES = [
    ("口座番号=口座No.", [("支出命令入力", "renamed", "口座番号", "口座No.")]),
    ("支出命令入力:口座番号=", [("支出命令入力", "missing", "口座番号", "")]),
    ("支出命令確認:金額=支払金額", [("支出命令確認", "renamed", "金額", "支払金額")]),
    ("支出命令検索:起票日(自)=起票日(開始)", [("支出命令検索", "renamed", "起票日(自)", "起票日(開始)")]),
    ("支出命令確認:登録=確定", [("支出命令確認", "missing", "登録", "")]),
]


@pytest.mark.parametrize(("renamed", "told"), CHANGES)
def test_a_changed_label_holds_the_run_and_is_named(
    work: Work, seat_at: Seats, finance: PracticeServer, renamed: str, told: list[tuple[str, str, str, str]]
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(rename_label=renamed)
    found = work(rehearse(robot, EXPENSE, seat, recorded(robot.name)))
    holding = [(each.screen, each.kind, each.label, each.to) for each in found if each.holds]
    assert holding == told
    for each in found:
        assert each.screen in each.sentence()
        assert each.label in each.sentence("en")


def test_labels_that_changed_places_are_told_by_the_fields_behind_them(
    work: Work, seat_at: Seats, finance: PracticeServer
) -> None:
    """R7: the flow would follow the words; only a record knows that the field is another one."""
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(rename_label="支出命令入力:款=項,支出命令入力:項=款")
    found = work(rehearse(robot, EXPENSE, seat, recorded(robot.name)))
    assert {(each.kind, each.label) for each in found if each.holds} >= {("other-field", "款"), ("other-field", "項")}


@pytest.mark.parametrize(
    ("fault", "screen", "found"),
    [
        ({"popup_at": "1"}, "支出命令入力", "お知らせ"),
        ({"popup_at": "1:check"}, "支出命令確認・支出命令入力", "お知らせ"),
        ({"dialog_at": "1"}, "支出命令入力", ""),
        ({"password_notice": "7"}, "メニュー・ログイン", "パスワード有効期限のお知らせ"),
    ],
)
def test_a_page_in_the_way_is_named(
    work: Work, seat_at: Seats, finance: PracticeServer, fault: Mapping[str, str], screen: str, found: str
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(**fault)
    (difference,) = work(rehearse(robot, EXPENSE, seat, recorded(robot.name)))
    assert (difference.screen, difference.kind) == (screen, "stopped")
    assert found in difference.sentence()
    assert difference.holds


def test_a_value_that_is_cut_is_told_and_a_secret_one_is_not_shown(
    work: Work, seat_at: Seats, finance: PracticeServer
) -> None:
    robot = robot_named("bank_transfer")
    seat = seat_at(robot, finance.url)
    finance.faults(cut_field="受取人名(カナ):4")
    (difference,) = work(rehearse(robot, TRANSFER, seat, recorded(robot.name)))
    assert (difference.kind, difference.label) == ("value", "受取人名(カナ)")
    assert TRANSFER["account_holder"] not in difference.sentence()


def test_a_row_that_is_refused_is_no_changed_screen(work: Work, seat_at: Seats, finance: PracticeServer) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(closed_month="2026-11")
    (difference,) = work(rehearse(robot, EXPENSE, seat, recorded(robot.name)))
    assert (difference.kind, difference.holds) == ("refused", False)
    assert "月次締め" in difference.sentence()


def test_a_system_that_is_not_there_is_no_difference(work: Work, seat_at: Seats, finance: PracticeServer) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(maintenance="true")
    with pytest.raises(SystemUnavailableError):
        work(rehearse(robot, EXPENSE, seat, recorded(robot.name)))
    finance.no_faults()
    seat.account = type(seat.account)(LOGIN, "wrong")
    with pytest.raises(SignInRefusedError):
        work(rehearse(robot, EXPENSE, seat, recorded(robot.name)))


# --- comparing ------------------------------------------------------------------------------------------


def outline(*labels: str, longest: int | None = None, kind: str = "text", buttons: tuple[str, ...] = ()) -> Outline:
    fields = tuple({"label": each, "name": f"n-{each}", "type": kind, "longest": longest} for each in labels)
    return Outline("入力", (), fields, (), buttons)


def kinds(found: list[Difference]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.label, each.to) for each in found]


def test_fields_that_moved_do_not_hold() -> None:
    found = differences(outline("甲", "乙", "丙"), outline("乙", "丙", "甲"))
    assert kinds(found) == [("moved", "甲", "")]
    assert not any(each.holds for each in found)


def test_a_new_field_holds_because_it_may_have_to_be_filled() -> None:
    (found,) = differences(outline("甲"), outline("甲", "乙"))
    assert (found.kind, found.label, found.holds) == ("new", "乙", True)


def test_a_field_that_takes_less_or_other_things_holds() -> None:
    (shorter,) = differences(outline("甲", longest=40), outline("甲", longest=30))
    assert (shorter.kind, shorter.was, shorter.to, shorter.holds) == ("shorter", "40", "30", True)
    assert differences(outline("甲", longest=30), outline("甲", longest=40)) == []
    (other,) = differences(outline("甲"), outline("甲", kind="select-one"))
    assert (other.kind, other.was, other.to, other.holds) == ("type", "text", "select-one", True)


def test_links_that_come_and_go_are_told_only() -> None:
    found = differences(outline(buttons=("確認", "戻る")), outline(buttons=("確認", "印刷")))
    assert kinds(found) == [("button-missing", "戻る", ""), ("button-new", "印刷", "")]
    assert not any(each.holds for each in found)


def test_a_record_that_is_none_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "screens.json"
    broken.write_text('{"screens": [{}]}', encoding="utf-8")
    for file in (broken, tmp_path / "missing.json"):
        with pytest.raises(RecordUnreadableError, match=file.name):
            recorded("expense_entry", file)
    assert recorded("no_such_robot") is None


# --- the commands ---------------------------------------------------------------------------------------


def test_the_job_server_learns_of_all_robots() -> None:
    told = json.loads(ran("list", "--json").stdout)
    assert [each["name"] for each in told] == FLOWS
    expense = told[1]
    assert (expense["title"], expense["money"], expense["amount"]) == ("支出命令登録", True, "amount")
    assert {"name", "heading", "type", "secret", "required"} <= set(expense["columns"][0])
    assert "expense_entry" in ran("list").stdout


def test_a_rehearsal_by_command_records_compares_and_holds(finance: PracticeServer, tmp_path: Path) -> None:
    rows, screens = workbook(tmp_path / "rows.xlsx"), tmp_path / "screens.json"
    call = ["rehearse", "expense_entry", str(rows), "--url", finance.url, "--login", LOGIN]
    same = ran(*call)
    assert (same.returncode, same.stderr) == (0, "")
    assert "問題ありません" in same.stdout
    assert ran(*call, "--record", str(screens)).returncode == 0
    finance.faults(rename_label="口座番号=口座No.")
    held = ran(*call, "--screens", str(screens))
    assert held.returncode == 1
    assert "「口座番号」が「口座No.」に" in held.stdout
    assert PASSWORD not in held.stdout + held.stderr
    assert finance.counts["register"] == 0


def test_the_password_is_asked_for_where_the_environment_has_none(finance: PracticeServer, tmp_path: Path) -> None:
    rows = workbook(tmp_path / "rows.xlsx")
    call = ["rehearse", "expense_entry", str(rows), "--url", finance.url, "--login", LOGIN]
    environment = {key: value for key, value in os.environ.items() if key != "ROBOT_PASSWORD"}
    asked = subprocess.run(
        [sys.executable, "-m", "robots", *call],
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert asked.returncode == 0
    assert PASSWORD not in asked.stdout + asked.stderr


def ran(*call: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "robots", *call],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "ROBOT_PASSWORD": PASSWORD},
    )


def workbook(path: Path) -> Path:
    robot = robot_named("expense_entry")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([column.heading for column in robot.columns])
    sheet.append([EXPENSE[column.name] for column in robot.columns])
    book.save(path)
    return path
