"""The practice finance system over HTTP: a real process, its pages, its rules, its own table."""

import csv
import io
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.practice import PracticeServer, practice
from servers.practice_clerk import TRANSFER, VOUCHER, Clerk

SCREENS = (
    "/menu",
    "/expense/input",
    "/expense/search",
    "/transfer/input",
    "/transfer/search",
    "/transfer/upload",
    "/codes/departments",
    "/codes/budgets",
    "/codes/creditors",
    "/codes/banks",
    "/password",
    "/notice",
    "/no-such-page",
)


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
    assert person.sign_in().heading == "メニュー"
    yield person
    person.close()


# --- signing in -------------------------------------------------------------------------------------------


def test_every_page_says_that_it_is_for_practice(clerk: Clerk) -> None:
    for path in SCREENS:
        assert clerk.get(path).banner == "練習用・本物の財務会計システムではありません", path


def test_without_a_sign_in_every_page_leads_to_the_sign_in(server: PracticeServer) -> None:
    stranger = Clerk(server.url)
    for path in ("/menu", "/expense/input", "/expense/search.csv", "/transfer/upload", "/codes/banks"):
        page = stranger.get(path)
        assert (page.heading, page.messages) == ("ログイン", []), path
    stranger.close()


def test_a_wrong_password_is_refused_in_words(server: PracticeServer) -> None:
    stranger = Clerk(server.url)
    page = stranger.sign_in(password="practice-0")
    assert (page.heading, page.messages) == ("ログイン", ["ログインIDまたはパスワードが正しくありません。"])
    stranger.close()


def test_a_sign_in_that_was_left_alone_ends(tmp_path: Path) -> None:
    with practice(tmp_path, "--session-minutes", "0") as server:
        clerk = Clerk(server.url)
        page = clerk.sign_in()
        assert page.messages == ["セッションの有効期限が切れました。再度ログインしてください。"]
        assert page.heading == "ログイン"
        clerk.close()


def test_whoever_signs_out_is_out(clerk: Clerk) -> None:
    assert clerk.get("/logout").heading == "ログイン"
    assert clerk.get("/menu").heading == "ログイン"


def test_the_password_can_be_changed(tmp_path: Path) -> None:
    with practice(tmp_path, password_notice="0") as server:
        clerk = Clerk(server.url)
        page = clerk.sign_in()
        assert page.messages == ["パスワードの有効期限が切れています。変更してください。"]
        assert page.buttons == ["変更する"]
        assert clerk.get("/menu").heading == "パスワード有効期限のお知らせ"
        page = clerk.post("/password", current="x", new="short", again="other")
        assert len(page.messages) == 3
        page = clerk.post("/password", current="practice-1", new="practice-9", again="practice-9")
        assert page.heading == "メニュー"
        assert clerk.sign_in(password="practice-1").heading == "ログイン"
        assert clerk.sign_in(password="practice-9").heading == "メニュー"
        clerk.close()


# --- 支出命令 ---------------------------------------------------------------------------------------------


def test_a_voucher_is_entered_confirmed_and_gets_its_number(clerk: Clerk, server: PracticeServer) -> None:
    before = len(server.vouchers())
    confirmation = clerk.check(VOUCHER)
    assert confirmation.heading == "支出命令確認"
    assert confirmation.buttons == ["登録", "修正", "中止"]
    shown = confirmation.labels
    assert shown["所属"] == "010100 総務部総務課"
    assert (shown["会計"], shown["款"], shown["節"]) == ("01 一般会計", "02 総務費", "10 需用費")
    assert (shown["金額"], shown["支払予定日"]) == ("12,345 円", "2026/11/30")
    assert shown["債権者名"] == "株式会社蒼浜文具店"
    assert (shown["金融機関コード"], shown["支店コード"]) == ("0331 蒼浜銀行", "001 本店営業部")
    assert (shown["預金種目"], shown["摘要"]) == ("1 普通", "コピー用紙 DL000123-0007-8")
    assert len(server.vouchers()) == before

    result = clerk.register(confirmation.fields["entry"])
    assert (result.heading, result.messages) == ("登録結果", ["支出命令を登録しました。"])
    assert {label: result.labels[label] for label in shown} == shown
    slip = server.vouchers()[-1]
    assert slip["number"] == result.labels["伝票番号"]
    assert (slip["reference"], slip["amount"], slip["pay_on"]) == ("DL000123-0007-8", 12345, "2026-11-30")
    assert (slip["entered_on"], slip["entered_by"], slip["origin"]) == ("2026-11-21", "kaikei", "entry")
    assert len(server.vouchers()) == before + 1


def test_an_entry_is_registered_once_only(clerk: Clerk, server: PracticeServer) -> None:
    entry = clerk.check(VOUCHER).fields["entry"]
    clerk.register(entry)
    count = len(server.vouchers())
    page = clerk.register(entry)
    assert page.heading == "エラー"
    assert page.messages == ["この入力は登録処理が行われています。支出命令検索で登録の有無を確認してください。"]
    assert clerk.get("/expense/confirm", entry=entry).heading == "エラー"
    assert clerk.check(VOUCHER, entry=entry).heading == "エラー"
    assert len(server.vouchers()) == count


def test_what_was_typed_can_be_corrected_or_given_up(clerk: Clerk, server: PracticeServer) -> None:
    count = len(server.vouchers())
    entry = clerk.check(VOUCHER).fields["entry"]
    page = clerk.post("/expense/register", entry=entry, back="修正")
    assert (page.heading, page.fields["amount"]) == ("支出命令入力", "12345")
    assert clerk.check({**VOUCHER, "amount": "99"}, entry=entry).labels["金額"] == "99 円"
    assert clerk.post("/expense/register", entry=entry, stop="中止").heading == "メニュー"
    assert clerk.register(entry).heading == "エラー"
    assert len(server.vouchers()) == count


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount": ""}, "金額を入力してください。"),
        ({"amount": "１００"}, "金額は半角数字で入力してください。"),
        ({"amount": "-100"}, "金額は半角数字で入力してください。"),
        ({"amount": "0"}, "金額は1円以上で入力してください。"),
        ({"amount": "12345678901"}, "金額は10桁以内で入力してください。"),
        ({"pay_on": "2026/02/30"}, "支払予定日の日付が正しくありません。"),
        ({"kan": "2"}, "款は半角数字2桁で入力してください。"),
        ({"summary": "あ" * 41}, "摘要は40文字以内で入力してください(入力:41文字)。"),
        ({"summary": "𠮷田様分"}, "摘要に使用できない文字(𠮷)が含まれています。"),
        ({"summary": "\ue000様分"}, "摘要に使用できない文字(外字)が含まれています。"),
        ({"summary": "二行\nにわたる"}, "摘要に使用できない文字(制御文字)が含まれています。"),
        ({"account_holder": "アオハマ"}, "口座名義は半角カナで入力してください(使用できない文字:ア)。"),
        ({"account_kind": "3"}, "預金種目の選択が正しくありません。"),
        ({"department": "990000"}, "所属コード990000は存在しません。"),
        ({"kan": "99"}, "予算科目01-99-01-01は所属010100に存在しません。"),
        ({"setsu": "19"}, "予算科目01-02-01-01に節19の予算がありません。"),
        ({"creditor": "0000009999"}, "債権者コード0000009999は登録されていません。"),
        (
            {"creditor_name": "株式会社別人"},
            "債権者名が債権者コード0000000101の登録名(株式会社蒼浜文具店)と一致しません。",
        ),
        ({"creditor": "9999999999"}, "債権者名を入力してください。"),
        ({"bank": "0001"}, "金融機関コード0001は存在しません。"),
        ({"branch": "999"}, "支店コード999は金融機関0331に存在しません。"),
        ({"fiscal_year": "2024"}, "会計年度2024は登録できません(現在の会計年度:2026)。"),
        ({"pay_on": "2027/06/01"}, "支払予定日は2026年度の支払期間(2026/04/01~2027/05/31)の日付を入力してください。"),
    ],
)
def test_what_the_system_objects_to_it_says_in_words(
    clerk: Clerk, server: PracticeServer, changed: dict[str, str], words: str
) -> None:
    count = len(server.vouchers())
    page = clerk.check({**VOUCHER, **changed})
    assert (page.heading, page.messages) == ("支出命令入力", [words])
    # What was typed still stands there, to be corrected.
    assert page.fields["summary"] == {**VOUCHER, **changed}["summary"]
    assert len(server.vouchers()) == count


def test_several_objections_are_said_at_once(clerk: Clerk) -> None:
    page = clerk.check({**VOUCHER, "amount": "", "pay_on": "11/30", "bank": "33"})
    assert len(page.messages) == 3


def test_a_closed_month_is_refused(clerk: Clerk, server: PracticeServer) -> None:
    server.faults(closed_month="2026-10,2026-11")
    words = "2026年11月は月次締め処理済みのため登録できません(支払予定日:2026/11/30)。"
    assert clerk.check(VOUCHER).messages == [words]
    assert clerk.check({**VOUCHER, "pay_on": "2026/12/01"}).heading == "支出命令確認"


@pytest.mark.parametrize(
    ("today", "pay_on", "words"),
    [
        ("2027-03-31", "2027/04/10", ""),
        ("2027-04-20", "2027/05/31", ""),
        ("2027-05-31", "2027/05/31", ""),
        ("2027-04-20", "2027/03/31", "出納整理期間の支出命令の支払予定日は2027/04/01以降の日付を入力してください。"),
        ("2027-04-20", "2027/06/10", "支払予定日は2026年度の支払期間(2026/04/01~2027/05/31)の日付を入力してください。"),
        (
            "2027-06-01",
            "2027/05/31",
            "2026年度は出納閉鎖済みです。出納整理期間(4月1日~5月31日)以外は前年度の支出命令を登録できません。",
        ),
    ],
)
def test_the_year_before_can_be_paid_until_the_end_of_may(
    clerk: Clerk, server: PracticeServer, today: str, pay_on: str, words: str
) -> None:
    server.faults(today=today)
    page = clerk.check({**VOUCHER, "pay_on": pay_on})
    assert (page.heading == "支出命令確認") == (not words)
    assert not words or page.messages == [words]


def test_text_of_strangers_stays_text(clerk: Clerk) -> None:
    nasty = '"><script>alert(1)</script>&amp;'
    page = clerk.check({**VOUCHER, "summary": nasty})
    assert page.labels["摘要"] == nasty
    assert "<script>" not in page.source
    assert clerk.get("/expense/search", text=nasty).fields["text"] == nasty
    assert clerk.get("/notice", to="https://example.com/").source.count('action="/menu"') == 1
    assert clerk.get("/notice", to="//example.com/").source.count('action="/menu"') == 1


@pytest.mark.parametrize(
    ("button", "path", "heading", "text", "filled"),
    [
        ("look_departments", "departments", "所属検索", "市民課", {"department": "020100"}),
        ("look_budgets", "budgets", "予算科目検索", "道路維持費 委託料", {"kan": "08", "moku": "02", "setsu": "12"}),
        (
            "look_creditors",
            "creditors",
            "債権者検索",
            "竹の台印刷",
            {"creditor": "0000000302", "creditor_name": "株式会社竹の台印刷"},
        ),
        ("look_banks", "banks", "金融機関検索", "東都銀行 港支店", {"bank": "0672", "branch": "668"}),
    ],
)
def test_a_code_is_looked_up_and_comes_back_with_what_was_typed(
    clerk: Clerk, button: str, path: str, heading: str, text: str, filled: dict[str, str]
) -> None:
    entry = clerk.entry()
    page = clerk.post("/expense/input", entry=entry, **{**VOUCHER, button: "検索"})
    assert page.heading == heading
    page = clerk.get(f"/codes/{path}", entry=entry, text=text)
    assert len(page.lines) == 1
    back = clerk.get(page.links["選択"])
    assert back.heading == "支出命令入力"
    assert {name: back.fields[name] for name in filled} == filled
    assert back.fields["amount"] == VOUCHER["amount"]


def test_a_look_up_without_an_entry_only_shows(clerk: Clerk) -> None:
    page = clerk.get("/codes/banks", text="蒼浜銀行")
    assert "選択" not in page.links
    assert page.lines[0]["金融機関名"] == "蒼浜銀行"


def test_a_request_that_is_too_large_is_refused_in_words(clerk: Clerk) -> None:
    page = clerk.upload(b"x" * 5 * 1024**2)
    assert (page.status, page.heading, page.messages) == (413, "エラー", ["送信されたデータが大きすぎます。"])


# --- search and csv ---------------------------------------------------------------------------------------


def test_slips_are_found_by_reference_number_and_day(clerk: Clerk) -> None:
    slip = clerk.key({**VOUCHER, "summary": "検索 DL000200-0001-5"}).labels["伝票番号"]
    clerk.key({**VOUCHER, "summary": "検索 DL000201-0001-1"})
    for query in ({"text": "DL000200-0001-5"}, {"text": "DL000200-"}, {"number": slip}):
        page = clerk.get("/expense/search", **query)
        assert [line["伝票番号"] for line in page.lines] == [slip], query
    line = clerk.get("/expense/search", number=slip).lines[0]
    assert (line["金額"], line["支払予定日"], line["所属"]) == ("12,345", "2026/11/30", "010100")
    assert (line["摘要"], line["登録者"]) == ("検索 DL000200-0001-5", "kaikei")
    assert len(clerk.get("/expense/search", **{"from": "2026/11/21", "to": "20261121"}).lines) >= 2
    assert clerk.get("/expense/search", **{"from": "2026/11/22"}).lines == []
    wrong = clerk.get("/expense/search", **{"from": "11月"})
    assert wrong.messages == ["起票日(自)の日付が正しくありません。"]
    for path in ("/expense/search", "/expense/search.csv"):
        # A csv of everything is not what was asked for.
        page = clerk.get(path, **{"from": "11月", "csv": "CSV出力"})
        assert page.messages == ["起票日(自)の日付が正しくありません。"]
    detail = clerk.get(clerk.get("/expense/search", number=slip).links[slip])
    assert (detail.heading, detail.labels["伝票番号"]) == ("支出命令照会", slip)


def test_percent_and_underscore_are_no_wild_cards(clerk: Clerk) -> None:
    assert clerk.get("/expense/search", text="%").lines == []
    assert clerk.get("/expense/search", text="DL______-").lines == []


def test_a_long_list_comes_in_pages_and_the_csv_holds_it_all(clerk: Clerk) -> None:
    for number in range(1, 53):
        clerk.key({**VOUCHER, "amount": str(number), "summary": f"{number} DL000300-{number:04d}-0"})
    first, second = (clerk.get("/expense/search", text="DL000300-", page=page) for page in ("1", "2"))
    assert (len(first.lines), len(second.lines)) == (50, 2)
    assert "次ページ" in first.links
    assert "前ページ" in second.links
    answer = clerk.client.get("/expense/search.csv", params={"text": "DL000300-"})
    assert answer.headers["content-type"] == "text/csv; charset=Shift_JIS"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("cp932"), newline="")))
    assert [int(line["金額"]) for line in lines] == list(range(1, 53))
    assert (lines[0]["所属"], lines[0]["支払予定日"], lines[0]["起票日"]) == ("010100", "2026/11/30", "2026/11/21")
    assert lines[0]["口座番号"] == "1234567"
    button = clerk.client.get("/expense/search", params={"text": "DL000300-", "csv": "CSV出力"})
    assert button.content == answer.content


# --- many at once, and what stays -------------------------------------------------------------------------


def test_several_robots_at_once_get_numbers_of_their_own(server: PracticeServer) -> None:
    found: list[str] = []

    def work(name: int) -> None:
        person = Clerk(server.url)
        person.sign_in()
        for row in range(10):
            result = person.key({**VOUCHER, "summary": f"DL0004{name:02d}-{row:04d}-0"})
            found.append(result.labels["伝票番号"])
        person.close()

    people = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(set(found)) == 40
    references = [line["reference"] for line in server.vouchers() if str(line["reference"]).startswith("DL0004")]
    assert len(references) == len(set(references)) == 40


def test_accepted_slips_survive_a_kill_and_numbers_go_on(tmp_path: Path) -> None:
    with practice(tmp_path) as server:
        clerk = Clerk(server.url)
        clerk.sign_in()
        first = clerk.key(VOUCHER).labels["伝票番号"]
        server.stop()
        server.start()
        # As with an application server's sessions, a restart ends sign-ins.
        assert clerk.get("/menu").heading == "ログイン"
        clerk.sign_in()
        second = clerk.key(VOUCHER).labels["伝票番号"]
        assert (first, second) == ("2026-000001", "2026-000002")
        clerk.close()


def test_it_ends_on_sigterm_and_refuses_unknown_faults(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "robots.practice", "--port", "1", "--data", str(tmp_path)]
    wrong = subprocess.run([*command, "--fault", "no_such=1"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "no_such という障害はありません" in wrong.stderr
    with practice(tmp_path / "data") as server:
        assert server.end(signal.SIGTERM) in (0, -signal.SIGTERM)


# --- 振込データ -------------------------------------------------------------------------------------------


def test_a_transfer_is_entered_confirmed_and_found_by_its_reference(clerk: Clerk, server: PracticeServer) -> None:
    confirmation = clerk.check(TRANSFER, "transfer")
    assert confirmation.heading == "振込データ確認"
    assert confirmation.labels["受取人名(カナ)"] == "ｱｵﾊﾏ ﾊﾅｺ"
    result = clerk.register(confirmation.fields["entry"], "transfer")
    assert result.heading == "振込データ登録結果"
    number = result.labels["振込番号"]
    assert server.transfers()[-1]["number"] == number
    page = clerk.get("/transfer/search", text="DL000124-0001-3")
    assert [(line["振込番号"], line["金額"], line["整理番号"]) for line in page.lines] == [
        (number, "50,000", "DL000124-0001-3")
    ]
    lines = clerk.client.get("/transfer/search.csv", params={"text": "DL000124-"}).content.decode("cp932")
    assert lines.splitlines()[0] == (
        "振込番号,登録日,振込指定日,金融機関コード,支店コード,預金種目,口座番号,受取人名(カナ),金額,整理番号,登録者"
    )
    assert clerk.get("/transfer/detail", no=number).labels["支店コード"] == "224 栄町支店"


def test_a_transfer_is_checked_as_a_voucher_is(clerk: Clerk) -> None:
    page = clerk.check({**TRANSFER, "reference": "1" * 21, "branch": "9"}, "transfer")
    assert page.messages == [
        "支店コードは半角数字3桁で入力してください。",
        "整理番号は20文字以内で入力してください(入力:21文字)。",
    ]
    page = clerk.check({**TRANSFER, "pay_on": "2026/03/31"}, "transfer")
    assert page.messages == ["振込指定日は2026/04/01~2027/05/31の日付を入力してください。"]


INTAKE = (
    "受付番号,申請日時,口座名義（カナ）,金融機関コード,金融機関名,支店コード,支店名,預金種目,口座番号,請求金額\r\n"
    'A-0001,2026/11/01 09:12,アオハマ ハナコ,0331,蒼浜銀行,224,栄町支店,普通,0012345,"12,000円"\r\n'
    "A-0002,2026/11/01 10:40,カ）サクラダイキョウグ,0672,東都銀行,225,桜台支店,当座,1234567,3000\r\n"
)


@pytest.mark.parametrize("codec", ["cp932", "utf-8", "utf-8-sig"])
def test_a_csv_of_a_form_intake_tool_is_taken_as_a_whole(clerk: Clerk, server: PracticeServer, codec: str) -> None:
    count = len(server.transfers())
    page = clerk.upload(INTAKE.encode(codec), pay_on="2026/12/10")
    assert (page.heading, page.labels["件数"], page.labels["合計金額"]) == ("振込ファイル取込確認", "2 件", "15,000 円")
    assert len(server.transfers()) == count
    result = clerk.post("/transfer/upload/register", entry=page.fields["entry"], register="登録")
    assert (result.heading, result.messages) == ("振込ファイル取込結果", ["振込データを登録しました。"])
    first, second = server.transfers()[-2:]
    assert result.labels["振込番号"] == f"{first['number']} ~ {second['number']}"
    assert (first["account_holder"], second["account_holder"]) == ("ｱｵﾊﾏ ﾊﾅｺ", "ｶ)ｻｸﾗﾀﾞｲｷﾖｳｸﾞ")
    assert (first["amount"], first["account_kind"], second["account_kind"]) == (12000, "1", "2")
    assert (first["pay_on"], first["reference"]) == ("2026-12-10", "A-0001")
    again = clerk.post("/transfer/upload/register", entry=page.fields["entry"], register="登録")
    assert again.heading == "エラー"
    assert len(server.transfers()) == count + 2


@pytest.mark.parametrize(
    ("content", "pay_on", "words"),
    [
        (b"", "2026/12/10", "ファイルを指定してください。"),
        (INTAKE.encode(), "", "見出し「振込指定日」がありません。1行目に見出しのあるCSVを指定してください。"),
        (b"a,b\r\n1,2\r\n", "2026/12/10", "見出し「金融機関コード」「支店コード」「預金種目」"),
        (INTAKE.splitlines()[0].encode(), "2026/12/10", "データ行がありません。"),
        (b"\x81", "2026/12/10", "ファイルの文字コードを判別できません。"),
        ((INTAKE + '"open').encode(), "2026/12/10", "CSVの形式が正しくありません"),
        (INTAKE.replace("0672", "0673").encode(), "2026/12/10", "3行目:金融機関コード0673は存在しません。"),
        (INTAKE.replace("0012345", "12345").encode(), "2026/12/10", "2行目:口座番号は半角数字7桁で入力してください。"),
        (b"x" * (1024**2 + 1), "2026/12/10", "ファイルが大きすぎます(上限 1024 KB)。"),
    ],
)
def test_a_file_with_anything_wrong_is_not_taken_at_all(
    clerk: Clerk, server: PracticeServer, content: bytes, pay_on: str, words: str
) -> None:
    count = len(server.transfers())
    page = clerk.upload(content, pay_on=pay_on)
    assert page.heading == "振込ファイル取込"
    assert len(page.messages) == 1
    assert page.messages[0].startswith(words)
    assert len(server.transfers()) == count
