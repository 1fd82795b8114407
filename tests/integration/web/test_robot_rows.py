"""A robot's job on the pages: handing in, rows with their states, what it waits for, pictures."""

from datetime import timedelta

import httpx
import pytest

from digilab.database.session import now
from digilab.ledger import control
from digilab.ledger.rules import RowState
from digilab.services.menu import service_of
from digilab.targets import use as targets
from digilab.vault import use as vault
from doors.clerk import Clerk, form, program
from doors.house import House
from doors.keyed import (
    ROBOT,
    SERVICE,
    SHEET,
    TEMPLATE,
    approve_rows,
    check,
    furnish_robot,
    hand_in,
    in_review,
    join,
    key,
    rows,
)


@pytest.fixture
def robots(house: House) -> House:
    """The house with one robot that moves money, its account known."""
    furnish_robot(house)
    with house.office.database.transaction() as session:
        target = targets.target_named(session, ROBOT)
        vault.put(session, house.office.settings, target, "kaikei", "a password", by="test")
    return house


# --- handing in -------------------------------------------------------------------------------------------


def test_the_intake_page_tells_of_the_robot_its_caps_and_its_template(robots: House, sato: Clerk) -> None:
    page = sato.http.get("/").text
    assert "一度に500行、100,000,000円まで" in page
    assert "所属長が行を確かめて承認します" in page
    assert "すぐには登録しません" not in page
    assert f'href="/robots/{ROBOT}/template"' in page
    fetched = sato.http.get(f"/robots/{ROBOT}/template")
    assert fetched.content == TEMPLATE
    assert "filename*=UTF-8''%E6%94%AF%E5%87%BA%E5%91%BD%E4%BB%A4.xlsx" in fetched.headers["content-disposition"]
    assert robots.jobs() == []


@pytest.mark.parametrize("robot", ["nothing", "..", "%00", "x" * 300])
def test_a_template_that_there_is_not_is_not_found(robots: House, sato: Clerk, robot: str) -> None:
    assert sato.http.get(f"/robots/{robot}/template").status_code == 404
    assert robots.jobs() == []


def test_a_robot_that_cannot_key_now_is_told_of_before_anything_is_handed_in(robots: House, sato: Clerk) -> None:
    with robots.office.database.transaction() as session:
        targets.hold_by_hand(session, targets.target_named(session, ROBOT), "画面が変わりました", "test")
    page = sato.http.get("/").text
    assert "すぐには登録しません" in page
    assert "画面が変わりました" in page


@pytest.mark.parametrize("start", ["now", "schedule"])
def test_a_sheet_is_handed_in_for_now_or_for_its_time(robots: House, sato: Clerk, start: str) -> None:
    fields = {"service": SERVICE, f"option.start@{SERVICE}": start, "option.start@another": "now"}
    assert sato.hand_in(("支払.csv", SHEET), **fields).status_code == 303
    assert robots.jobs()[0].options == {"robot": ROBOT, "start": start}


@pytest.mark.parametrize(
    "options", ['{"start": "scheduled"}', '{"start": ""}', '{"start": true}', '{"robot": "bank_transfer"}']
)
def test_a_slip_in_the_options_of_a_robot_keys_nothing_at_once(robots: House, api: httpx.Client, options: str) -> None:
    fields = {"service": SERVICE, "options": options}
    answer = api.post("/api/v1/jobs", files=form(fields, ("支払.csv", SHEET)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "robot-option")
    assert robots.jobs() == []


def test_a_service_whose_robot_is_not_there_says_so(house: House, sato: Clerk) -> None:
    furnish_robot(house)
    with house.office.database.transaction() as session:
        service_of(session, SERVICE).options = {"robot": "gone"}
    assert "このロボットはまだ使えません" in sato.http.get("/").text


# --- what a job waits for ---------------------------------------------------------------------------------


def place(sato: Clerk, receipt: str) -> str:
    return str(sato.http.get(f"/api/v1/jobs/{receipt}").json()["place"])


def test_a_job_says_that_it_waits_for_the_head_and_then_for_its_time(robots: House, sato: Clerk) -> None:
    job = check(robots, hand_in(robots, start="schedule"), rows(3))
    told = sato.http.get(f"/api/v1/jobs/{job.receipt}").json()
    assert (told["state"], told["state_text"], told["ended"]) == ("approval", "承認待ち", False)
    assert told["place"] == "総務課の所属長の承認を待っています"
    assert told["rows"] == {"total": 3, "open": 0, "states": {"ready": 3}}
    job = approve_rows(robots, job)
    assert job.state == "scheduled"
    assert place(sato, job.receipt) == "予定の時刻を待っています"


def test_a_job_says_what_is_in_the_robots_way(robots: House, sato: Clerk) -> None:
    job = approve_rows(robots, check(robots, hand_in(robots), rows(3)))
    database = robots.office.database
    assert place(sato, job.receipt) == ""
    with database.transaction() as session:
        target = targets.target_named(session, ROBOT)
        tomorrow = (now(session) + timedelta(hours=9, days=1)).strftime("%a").lower()
        targets.set_up(session, target, "test", windows=[f"{tomorrow} 08:30-17:00"])
    assert "利用時間外です" in place(sato, job.receipt)
    assert "8:30 に続けます" in place(sato, job.receipt)
    with database.transaction() as session:
        targets.hold_by_hand(session, targets.target_named(session, ROBOT), "画面が変わりました", "test")
    assert place(sato, job.receipt) == "デジラボがロボットを保留しています: 画面が変わりました"
    with database.transaction() as session:
        control.stop_all(session, "test", "二重登録の疑い")
    assert "デジラボがすべてのロボットを止めています(理由: 二重登録の疑い)" in place(sato, job.receipt)
    assert place(sato, job.receipt) in sato.http.get(f"/jobs/{job.receipt}").text


# --- rows -------------------------------------------------------------------------------------------------


def test_rows_stand_on_the_jobs_page_with_state_number_reference_and_reason(robots: House, sato: Clerk) -> None:
    job = approve_rows(robots, check(robots, hand_in(robots), rows(4, refused=(2,))))
    told = {3: (RowState.REJECTED, "予算残額が不足しています"), 4: (RowState.UNKNOWN, "通信エラー")}
    key(robots, job, told)
    job = join(robots, job)
    page = sato.http.get(f"/jobs/{job.receipt}").text
    for words in (
        "登録済", "R8-00001", "DL000001-0001", "12,3OO", "財務システムの表示: 「予算残額が不足しています」", "要照合",
    ):  # fmt: skip
        assert words in page, words
    assert "1234001" not in page, "an account number stands in no list that is open all day"
    assert "要照合を片付ける(残り1行)" in page
    only = sato.http.get(f"/jobs/{job.receipt}?state=rejected").text
    assert "予算残額" in only
    assert "R8-00001" not in only
    assert "R8-00001" in sato.http.get(f"/jobs/{job.receipt}?state=nonsense").text


def test_many_rows_come_page_by_page(robots: House, sato: Clerk) -> None:
    job = check(robots, hand_in(robots), rows(120))
    first, last = (sato.http.get(f"/jobs/{job.receipt}?page={page}").text for page in (1, 99))
    assert "1 / 3 ページ" in first
    assert 'id="row-50"' in first
    assert 'id="row-51"' not in first
    assert "3 / 3 ページ" in last
    assert 'id="row-120"' in last
    assert sato.http.get(f"/jobs/{job.receipt}?page=0").status_code == 400


def test_what_a_cell_holds_is_text_on_every_page(robots: House, sato: Clerk) -> None:
    found = rows(1)
    nasty = dict(found[0].values, payee="<script>alert(1)</script>", note="=cmd()")
    job = check(robots, hand_in(robots), [type(found[0])(**{**vars(found[0]), "values": nasty})])
    for path in (f"/jobs/{job.receipt}", f"/jobs/{job.receipt}/rows/1", f"/jobs/{job.receipt}/approval"):
        page = sato.http.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_a_rows_own_page_has_every_cell_and_its_history_and_who_looked_is_kept(robots: House, sato: Clerk) -> None:
    job = in_review(robots)
    page = sato.http.get(f"/jobs/{job.receipt}/rows/3").text
    for words in (
        "1234003",
        "DL000001-0003",
        "支払.csv 4行目",
        "登録ボタンを押したあと",
        "送信済み",
        "通信エラーが発生しました",
    ):
        assert words in page, words
    [looked] = robots.audit("view-rows")
    assert (looked.login, looked.subject) == ("sato", f"{job.receipt}/rows/3")
    for number in ("99", "0", "x", "99999999999999999999"):
        assert sato.http.get(f"/jobs/{job.receipt}/rows/{number}").status_code in (400, 404), number


# --- pictures ---------------------------------------------------------------------------------------------


def test_pictures_are_for_who_may_see_the_job_and_are_kept_by_nobody(robots: House, sato: Clerk, suzuki: Clerk) -> None:
    job = in_review(robots)
    address = f"/jobs/{job.receipt}/rows/3/pictures/search"
    shown = sato.http.get(address)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8")
    assert shown.headers["cache-control"] == "no-store"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert suzuki.http.get(address).status_code == 404
    [seen] = robots.audit("picture")
    assert (seen.login, seen.subject, seen.detail) == ("sato", f"{job.receipt}/rows/3", {"shows": "search"})


@pytest.mark.parametrize("shows", ["nothing", "..%2f..%2fdigilab.sqlite", "evidence", "%00", "trace"])
def test_no_picture_is_found_by_a_name_that_the_page_did_not_give(robots: House, sato: Clerk, shows: str) -> None:
    job = in_review(robots)
    assert sato.http.get(f"/jobs/{job.receipt}/rows/3/pictures/{shows}").status_code == 404


def test_a_trace_is_for_the_lab(robots: House, url: str) -> None:
    job = in_review(robots)
    with program(url, robots.token("operator")) as operator:
        [listed] = operator.get(f"/api/v1/jobs/{job.receipt}/rows?state=unknown").json()["rows"]
        fetched = operator.get(listed["pictures"]["trace"])
        assert fetched.headers["content-disposition"].startswith("attachment")
    with program(url, robots.token("kacho")) as head:
        [listed] = head.get(f"/api/v1/jobs/{job.receipt}/rows?state=unknown").json()["rows"]
        assert set(listed["pictures"]) == {"confirmation", "result", "search"}


# --- from any end -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["DL000001-0001", "dl000001-0001", " ＤＬ０００００１-０００１ ", "R8-00001"])
def test_a_row_is_found_by_its_reference_or_its_slip_number(
    robots: House, sato: Clerk, suzuki: Clerk, number: str
) -> None:
    job = in_review(robots)
    found = sato.http.get("/find", params={"receipt": number})
    assert found.headers["location"] == f"/jobs/{job.receipt}/rows/1"
    assert suzuki.http.get("/find", params={"receipt": number}).status_code == 404


@pytest.mark.parametrize("number", ["", "R8-99999", "a\0b", "x" * 500, "DL-000001-7"])
def test_a_number_that_nothing_has_is_not_found(robots: House, sato: Clerk, number: str) -> None:
    job = in_review(robots)
    assert sato.http.get("/find", params={"receipt": number}).status_code == 404
    assert sato.http.get("/find", params={"receipt": job.receipt}).headers["location"] == f"/jobs/{job.receipt}"
