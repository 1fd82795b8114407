"""Faults of the practice system: each does what its name says, at its row, and no more."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from servers.practice import PracticeServer, practice
from servers.practice_clerk import TRANSFER, VOUCHER, Clerk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with practice(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture
def server(running: PracticeServer) -> PracticeServer:
    running.no_faults()
    return running


@pytest.fixture
def clerk(server: PracticeServer) -> Iterator[Clerk]:
    person = Clerk(server.url)
    person.sign_in()
    yield person
    person.close()


def count(server: PracticeServer) -> int:
    return len(server.vouchers())


def test_the_answer_is_lost_after_the_slip_is_written(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(lose_answer_at=2)
    before = count(server)
    assert clerk.key(VOUCHER).heading == "登録結果"
    entry = clerk.check(VOUCHER).fields["entry"]
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        clerk.register(entry)
    assert count(server) == before + 2
    # A browser that sends it again by itself gets no answer either, and nothing is written twice.
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        clerk.register(entry)
    assert count(server) == before + 2
    assert clerk.key(VOUCHER).heading == "登録結果"


def test_the_request_is_lost_before_anything_is_written(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(lose_request_at="1")
    before = count(server)
    entry = clerk.check(VOUCHER).fields["entry"]
    for _ in range(2):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            clerk.register(entry)
    assert count(server) == before


def test_a_lost_answer_cuts_nobody_elses_line(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(lose_answer_at="1", slow_ms=200)
    other = Clerk(server.url)
    pages: list[str] = []
    waiting = threading.Thread(target=lambda: pages.append(other.get("/login").heading))
    entry = clerk.check(VOUCHER).fields["entry"]
    waiting.start()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        clerk.register(entry)
    waiting.join()
    other.close()
    assert pages == ["ログイン"]


def test_a_late_slip_comes_after_its_time_even_if_the_system_was_killed(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(accept_late_s=0.5, accept_late_at="1")
    before = count(server)
    page = clerk.key({**VOUCHER, "summary": "late DL000500-0001-0"})
    assert (page.status, page.heading) == (504, "システムエラー")
    assert page.messages[0].startswith("処理に時間がかかっているため応答できません。")
    assert clerk.get("/expense/search", text="DL000500-0001-0").lines == []
    server.stop()
    server.start()
    server.wait_for(before + 1)
    assert server.vouchers()[-1]["origin"] == "late"
    assert server.vouchers()[-1]["reference"] == "DL000500-0001-0"


def test_late_is_every_row_unless_rows_are_named(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(accept_late_s=0)
    before = count(server)
    assert [clerk.key(VOUCHER).status for _ in range(2)] == [504, 504]
    server.wait_for(before + 2)


def test_a_double_click_writes_twice_only_when_it_is_told_to(clerk: Clerk, server: PracticeServer) -> None:
    before = count(server)
    for wanted, written in ((None, 1), (True, 2)):
        server.faults(double_on_double_click=wanted)
        entry = clerk.check(VOUCHER).fields["entry"]
        people = [Clerk(server.url) for _ in range(2)]
        for person in people:
            person.client.cookies = clerk.client.cookies
        clicks = [threading.Thread(target=person.register, args=(entry,)) for person in people]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()
        for person in people:
            person.close()
        assert count(server) == before + written
        before += written
    # Which of two clicks at once is written down first is chance.
    assert {line["origin"] for line in server.vouchers()[-2:]} == {"entry", "double"}


def test_two_hits_are_two_slips_of_one_entry(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(two_hits_at="1")
    clerk.key({**VOUCHER, "summary": "DL000501-0001-0"})
    assert len(clerk.get("/expense/search", text="DL000501-0001-0").lines) == 2
    assert "DL000501-0001-0" in server.twice()


@pytest.mark.parametrize(
    ("step", "written"), [("", 0), (":open", 0), (":check", 0), (":register", 0), (":committed", 1)]
)
def test_the_sign_in_ends_at_its_row(clerk: Clerk, server: PracticeServer, step: str, written: int) -> None:
    clerk.key(VOUCHER)
    server.faults(expire_at=f"2{step}")
    before = count(server)
    assert clerk.key(VOUCHER).heading == "登録結果"
    headings = []
    page = clerk.get("/expense/input")
    headings.append(page.heading)
    if page.heading != "ログイン":
        page = clerk.check(VOUCHER, entry=page.fields["entry"])
        headings.append(page.heading)
    if page.heading != "ログイン":
        page = clerk.register(page.fields["entry"])
        headings.append(page.heading)
    assert headings[-1] == "ログイン"
    assert page.messages == ["セッションの有効期限が切れました。再度ログインしてください。"]
    assert count(server) == before + 1 + written


@pytest.mark.parametrize(("step", "written"), [("", 0), (":check", 0), (":committed", 1)])
def test_the_system_fails_at_its_row(clerk: Clerk, server: PracticeServer, step: str, written: int) -> None:
    server.faults(error500_at=f"1{step}")
    before = count(server)
    page = clerk.check(VOUCHER)
    if page.heading != "システムエラー":
        page = clerk.register(page.fields["entry"])
    assert (page.status, page.heading) == (500, "システムエラー")
    assert page.messages == ["システムエラーが発生しました。システム管理者に連絡してください。(コード:ZK-9999)"]
    assert "Traceback" not in page.source
    assert count(server) == before + written


def test_a_failure_that_nobody_asked_for_is_a_page_in_words_too(tmp_path: Path) -> None:
    with practice(tmp_path) as server:
        clerk = Clerk(server.url)
        clerk.sign_in()
        entry = clerk.check(VOUCHER).fields["entry"]
        with closing(sqlite3.connect(server.path)) as database:
            database.execute("ALTER TABLE vouchers RENAME TO gone")
        page = clerk.register(entry)
        assert (page.status, page.heading) == (500, "システムエラー")
        assert "sqlite" not in page.source
        clerk.close()


@pytest.mark.parametrize(
    ("step", "onward"), [("", "支出命令入力"), (":check", "支出命令確認"), (":committed", "登録結果")]
)
def test_a_notice_stands_in_the_way(clerk: Clerk, server: PracticeServer, step: str, onward: str) -> None:
    server.faults(popup_at=f"1{step}")
    page = clerk.get("/expense/input")
    seen = [page.heading]
    for move in (lambda entry: clerk.check(VOUCHER, entry=entry), clerk.register):
        if page.heading == "お知らせ":
            break
        page = move(page.fields["entry"])
        seen.append(page.heading)
    assert page.heading == "お知らせ"
    assert page.buttons == ["確認"]
    action = page.source.partition('<form method="get" action="')[2].partition('"')[0]
    fields = {name: value for name, value in page.fields.items() if value}
    assert clerk.get(action, **fields).heading == onward


def test_a_message_box_opens_with_the_entry_page(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(dialog_at="1")
    assert "alert(" in clerk.get("/expense/input").source
    assert "alert(" not in clerk.get("/expense/input").source


def test_labels_and_buttons_change_where_they_are_told_to(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(rename_label="債権者コード=債権者番号,支出命令確認:登録=確定,支出命令入力:口座名義=")
    page = clerk.check(VOUCHER)
    assert "債権者番号" in page.labels
    assert "債権者コード" not in page.labels
    assert page.buttons == ["確定", "修正", "中止"]
    assert "口座名義" in page.labels
    page = clerk.get("/expense/input")
    assert "account_holder" not in page.fields
    assert "債権者番号" in page.source
    assert "確認" in page.buttons


def test_a_button_without_words_is_not_there(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(rename_label="支出命令確認:登録=")
    assert clerk.check(VOUCHER).buttons == ["修正", "中止"]


def test_a_field_that_is_too_short_cuts_without_a_word(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(cut_field="摘要:10")
    assert clerk.check(VOUCHER).labels["摘要"] == "コピー用紙 DL00"


@pytest.mark.parametrize(("value", "status"), [(True, 503), ("quiet", 200)])
def test_maintenance_closes_every_page(clerk: Clerk, server: PracticeServer, value: str | bool, status: int) -> None:
    entry = clerk.check(VOUCHER).fields["entry"]
    server.faults(maintenance=value)
    before = count(server)
    for page in (clerk.get("/login"), clerk.get("/expense/search.csv"), clerk.register(entry)):
        assert (page.status, page.heading) == (status, "保守中")
        assert page.messages == ["ただいま保守作業中のため利用できません。時間をおいて再度アクセスしてください。"]
    assert count(server) == before
    server.faults(maintenance=None)
    assert clerk.register(entry).heading == "登録結果"


def test_the_passwords_end_is_told_after_the_sign_in(server: PracticeServer) -> None:
    server.faults(password_notice=7)
    clerk = Clerk(server.url)
    page = clerk.sign_in()
    assert page.heading == "パスワード有効期限のお知らせ"
    assert page.messages == ["パスワードの有効期限まであと7日です。変更してください。"]
    assert page.buttons == ["変更する", "後で変更する"]
    assert clerk.post("/password-notice", later="後で変更する").heading == "メニュー"
    clerk.close()


def test_a_new_sign_in_ends_the_older_one(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(one_sign_in=True)
    second = Clerk(server.url)
    second.sign_in()
    assert clerk.get("/menu").heading == "ログイン"
    assert second.get("/menu").heading == "メニュー"
    second.close()


def test_a_slip_like_another_one_is_remarked_on_or_refused(clerk: Clerk, server: PracticeServer) -> None:
    slip = {**VOUCHER, "amount": "777777"}
    number = clerk.key(slip).labels["伝票番号"]
    words = [f"同じ内容の支出命令(伝票番号{number})が既に登録されています。"]
    assert clerk.check(slip).messages == ["内容を確認し、よろしければ「登録」を押してください。"]
    server.faults(duplicates="warn")
    page = clerk.check(slip)
    assert (page.heading, page.messages) == ("支出命令確認", words)
    server.faults(duplicates="refuse")
    page = clerk.check(slip)
    assert (page.heading, page.messages) == ("支出命令入力", words)


def test_slow_pages_take_their_time(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(slow_ms=150)
    begun = time.monotonic()
    clerk.get("/menu")
    assert time.monotonic() - begun >= 0.15


def test_files_of_transfers_meet_the_same_faults(clerk: Clerk, server: PracticeServer) -> None:
    content = (
        "整理番号,振込指定日,金融機関コード,支店コード,預金種目,口座番号,受取人名(カナ),金額\r\n"
        "DL000502-0001-0,2026/12/10,0331,224,1,1234567,ｱｵﾊﾏ,100\r\n"
    ).encode("cp932")
    server.faults(lose_answer_at="2", error500_at="1")
    before = len(server.transfers())
    page = clerk.post("/transfer/upload/register", entry=clerk.upload(content).fields["entry"])
    assert page.heading == "システムエラー"
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        clerk.post("/transfer/upload/register", entry=clerk.upload(content).fields["entry"])
    assert len(server.transfers()) == before + 1


def test_rows_are_counted_over_both_sets_of_screens_from_the_last_change(clerk: Clerk, server: PracticeServer) -> None:
    clerk.key(VOUCHER)
    server.faults(error500_at="%2")
    kept = [clerk.key(VOUCHER), clerk.key(TRANSFER, "transfer"), clerk.key(VOUCHER), clerk.key(TRANSFER, "transfer")]
    assert [page.status for page in kept] == [200, 500, 200, 500]
    assert server.counts == {"open": 4, "check": 4, "register": 4, "committed": 4}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"lose_answer": 1}, "lose_answer という障害はありません。"),
        ({"lose_answer_at": "x"}, "lose_answer_at=x: 3 / 3,37 / * / %10 のいずれかに"),
        ({"lose_answer_at": "1:open"}, "lose_answer_at=1:open:"),
        ({"slow_ms": "fast"}, "slow_ms=fast: 0以上の数を指定してください。"),
        ({"maintenance": "soon"}, "maintenance=soon: true、quiet のいずれかを指定してください。"),
        ({"today": "2026-02-30"}, "today=2026-02-30: 書き方が正しくありません"),
        ({"nothing": None}, "nothing という障害はありません。"),
        ([], "JSON のオブジェクトで指定してください。"),
    ],
)
def test_a_fault_that_is_none_is_refused_and_changes_nothing(
    server: PracticeServer, wanted: object, words: str
) -> None:
    server.faults(slow_ms=1)
    answer = httpx.post(f"{server.url}/practice/faults", json=wanted, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(words)
    on = httpx.get(f"{server.url}/practice/faults", trust_env=False).json()["on"]
    assert on == {"today": "2026-11-21", "slow_ms": "1"}
