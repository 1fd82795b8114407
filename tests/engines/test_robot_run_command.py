"""`python -m robots run`: a real process, a real browser, the practice system."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from keying.rows import expense_rows
from robots import browser as processes
from robots.flows import robot_named
from servers.practice import LOGIN, PASSWORD, PracticeServer, practice

pytestmark = pytest.mark.slow
ROBOT = robot_named("expense_entry")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with practice(tmp_path_factory.mktemp("practice")) as started:
        yield started


def write(path: Path, count: int, first: int, **changed: str) -> Path:
    """A csv of so many rows; the second of them changed."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        lines = csv.writer(file)
        lines.writerow([column.heading for column in ROBOT.columns])
        for place, row in enumerate(expense_rows(count, first)):
            values = {**row.values, **(changed if place == 1 else {})}
            lines.writerow([values[column.name] for column in ROBOT.columns])
    return path


def command(server: PracticeServer, rows: Path, *more: str) -> list[str]:
    folder = rows.parent
    return [
        *(sys.executable, "-m", "robots", "run", "expense_entry", str(rows)),
        *("--url", server.url, "--login", LOGIN, "--settle", "2", "--contexts", "1"),
        *("--ledger", str(folder / "ledger.sqlite"), "--out", str(folder / "result.xlsx"), *more),
    ]


def called(call: list[str], password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"ROBOT_PASSWORD": password}
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False, timeout=120)


def result(path: Path) -> list[tuple[object, ...]]:
    """Number, state and receipt of each line."""
    sheet = openpyxl.load_workbook(path)["登録結果"]
    return [row[:3] for row in sheet.iter_rows(min_row=5, values_only=True)]


def test_rows_are_keyed_and_the_result_tells_of_each(server: PracticeServer, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", 4, 1, amount="あ")
    before = len(server.vouchers())
    ended = called(command(server, rows, "--evidence", str(tmp_path / "pictures")))
    assert ended.returncode == 1, ended.stderr
    assert "一致しました" in ended.stdout
    assert "3/3 行" in ended.stderr
    lines = result(tmp_path / "result.xlsx")
    assert [line[1] for line in lines] == ["登録済", "却下（記入の誤り）", "登録済", "登録済"]
    taken = server.vouchers()[before:]
    assert [line[2] for line in lines if line[2]] == [slip["number"] for slip in taken]
    pictures = {path.name for path in (tmp_path / "pictures").rglob("*.jpg")}
    assert pictures == {f"{number:04d}-1-{what}.jpg" for number in (1, 3, 4) for what in ("confirmation", "result")}
    assert PASSWORD not in ended.stdout + ended.stderr


def test_what_the_finance_system_refuses_comes_back_to_be_corrected_too(server: PracticeServer, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", 2, 401, creditor="0000099999")
    assert called(command(server, rows)).returncode == 1
    assert [line[1] for line in result(tmp_path / "result.xlsx")] == ["登録済", "却下（財務システム）"]
    sheet = openpyxl.load_workbook(tmp_path / "result.xlsx")["却下・修正用"]
    (again,) = list(sheet.iter_rows(min_row=4, values_only=True))
    assert "債権者コード0000099999は登録されていません" in str(again[0])
    assert "0000099999" in again


def test_the_same_call_again_keys_nothing_even_with_a_new_ledger(server: PracticeServer, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", 2, 101)
    before = len(server.vouchers())
    assert called(command(server, rows)).returncode == 0
    again = called(command(server, rows))
    assert again.returncode == 0, again.stderr
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    # Somebody has opened the file meanwhile, and saved it in another encoding.
    rows.write_text(rows.read_text(encoding="utf-8-sig"), encoding="cp932")
    lost = called(command(server, rows))
    assert lost.returncode == 0, lost.stderr
    assert [line[1] for line in result(tmp_path / "result.xlsx")] == ["登録済", "登録済"]
    assert len(server.vouchers()) == before + 2


def test_another_file_with_the_same_rows_is_blocked_and_says_by_which(server: PracticeServer, tmp_path: Path) -> None:
    first = write(tmp_path / "first.csv", 2, 201)
    second = write(tmp_path / "second.csv", 3, 201)
    before = len(server.vouchers())
    assert called(command(server, first)).returncode == 0
    ended = called(command(server, second))
    assert ended.returncode == 1
    assert [line[1] for line in result(tmp_path / "result.xlsx")] == ["重複のため停止", "重複のため停止", "登録済"]
    assert f"伝票 {server.vouchers()[before]['number']}" in ended.stdout
    assert len(server.vouchers()) == before + 3


def test_a_run_that_is_told_to_end_is_taken_up_by_the_next_call(server: PracticeServer, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", 5, 301)
    before = len(server.vouchers())
    environment = os.environ | {"ROBOT_PASSWORD": PASSWORD}
    with subprocess.Popen(command(server, rows), env=environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        while "1/5" not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        words = running.stderr.read()
        assert running.wait(20) == 130
    assert "続きから登録します" in words
    ended = called(command(server, rows))
    assert ended.returncode == 0, ended.stderr
    assert len(server.vouchers()) == before + 5
    assert server.twice() == []


def test_what_stops_a_run_is_told_in_words_and_by_the_exit_code(server: PracticeServer, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", 2, 401)
    refused = called(command(server, rows), password="wrong")
    assert refused.returncode == 3
    assert "ログインを受け付けません" in refused.stderr
    assert [line[1] for line in result(tmp_path / "result.xlsx")] == ["未登録", "未登録"]
    assert called([*command(server, rows), "--contexts", "0"]).returncode == 2
    for wrong in (("--settle", "nan"), ("--timeout", "-1"), ("--timeout", "inf")):
        call = called([*command(server, rows), *wrong])
        assert (call.returncode, "0より大きい秒数" in call.stderr) == (2, True)
    shutil.copyfile(rows, tmp_path / "ledger.sqlite.bak")
    broken = [*command(server, rows)]
    broken[broken.index("--ledger") + 1] = str(tmp_path / "ledger.sqlite.bak")
    other = called(broken)
    assert other.returncode == 1
    assert "登録台帳として開けません" in other.stderr


def test_a_stop_holds_until_it_is_lifted(server: PracticeServer, tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.csv", 2, 501)
    ledger = ("--ledger", str(tmp_path / "ledger.sqlite"))
    assert called([sys.executable, "-m", "robots", "stop", *ledger, "--reason", "点検"]).returncode == 0
    stopped = called(command(server, rows))
    assert stopped.returncode == 3
    assert "停止が指示されました" in stopped.stderr
    assert called([sys.executable, "-m", "robots", "resume", *ledger]).returncode == 0
    assert called(command(server, rows)).returncode == 0


def test_two_calls_at_once_key_every_row_once_whatever_their_ledgers(server: PracticeServer, tmp_path: Path) -> None:
    """As when somebody starts it in two windows, each in a folder of its own."""
    rows = write(tmp_path / "rows.csv", 4, 601)
    before = len(server.vouchers())
    environment = os.environ | {"ROBOT_PASSWORD": PASSWORD}
    calls = []
    for name in ("one", "two"):
        call = command(server, rows)
        call[call.index("--ledger") + 1] = str(tmp_path / f"{name}.sqlite")
        call[call.index("--out") + 1] = str(tmp_path / f"{name}.xlsx")
        calls.append(call)
    running = [subprocess.Popen(call, env=environment, stderr=subprocess.PIPE, text=True) for call in calls]
    words = [each.communicate(timeout=120)[1] for each in running]
    assert server.twice() == []
    assert sorted(each.returncode for each in running) == [0, 1], words
    assert "別の処理が登録に使っています" in "".join(words)
    assert called(calls[1]).returncode == 0
    assert len(server.vouchers()) == before + 4


@pytest.mark.parametrize("url", ["kaikei.example", "ftp://kaikei.example", "http://", "http://kaikei.example:99999"])
def test_an_address_that_is_none_is_told_before_anything_is_opened(
    server: PracticeServer, tmp_path: Path, url: str
) -> None:
    rows = write(tmp_path / "rows.csv", 1, 701)
    call = command(server, rows)
    call[call.index("--url") + 1] = url
    ended = called(call)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "ledger.sqlite").exists()


def test_whoever_presses_ctrl_c_again_and_again_leaves_no_browser_and_no_row_in_doubt(
    server: PracticeServer, tmp_path: Path
) -> None:
    rows = write(tmp_path / "rows.csv", 6, 801)
    before = len(server.vouchers())
    environment = os.environ | {"ROBOT_PASSWORD": PASSWORD}
    with subprocess.Popen(command(server, rows), env=environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        while "1/6" not in running.stderr.readline():
            assert running.poll() is None
        while running.poll() is None:
            running.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                running.wait(0.05)
        words = running.stderr.read()
        assert running.returncode in (130, -signal.SIGINT), words
    assert [switch for _, switch in processes._all_marked() if f"={running.pid}." in switch] == []
    ended = called(command(server, rows))
    assert ended.returncode == 0, ended.stderr
    assert len(server.vouchers()) == before + 6
    assert server.twice() == []
