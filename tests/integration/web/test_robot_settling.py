"""要照合: rows that nobody knows about and rows that another one blocks, over all jobs; what people say of them; going on."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from digilab.access.records import SignIn
from digilab.database.session import now
from digilab.jobs.records import Job, Part
from digilab.ledger import use
from digilab.ledger.rules import RowState
from digilab.services.rules import Kind
from doors.clerk import Clerk, program
from doors.house import PASSWORD, House
from doors.keyed import approve_rows, check, furnish_robot, hand_in, in_review, join, key, look, row, rows

REASON = "財務会計システムを照合番号と金額で検索して確かめた"


@pytest.fixture
def kacho(url: str) -> Iterator[Clerk]:
    """The head of 総務課, signed in."""
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("kacho")
        yield clerk


@pytest.fixture
def job(house: House) -> Job:
    """A job of 総務課 of which two rows of five are unknown."""
    furnish_robot(house)
    return in_review(house, unknown=(2, 3))


def act(clerk: Clerk, job: Job, number: int, action: str, **fields: str) -> httpx.Response:
    return clerk.post(f"/jobs/{job.receipt}/rows/{number}/{action}", **{"password": PASSWORD, **fields})


def twins(house: House) -> tuple[Job, Job]:
    """A job that is done, and one with the same rows, which waits for people: all of its rows are blocked, and one is new."""
    first = in_review(house, unknown=())
    second = approve_rows(house, check(house, hand_in(house), rows(6)))
    key(house, second)
    return first, join(house, second)


# --- the list ---------------------------------------------------------------------------------------------


def test_the_list_shows_everything_that_helps_to_answer(house: House, job: Job, sato: Clerk) -> None:
    page = sato.http.get("/review/rows").text
    for words in (
        "答えを待っている行 2件", f"{job.receipt} No.3", "3,500円", "照合番号で検索しても見つかりません", "「通信エラーが発生しました」",
        "1234003", "DL000001-0003", f'src="/jobs/{job.receipt}/rows/3/pictures/search"', "送信済み",
    ):  # fmt: skip
        assert words in page, words
    [looked] = house.audit("view-rows")
    assert (looked.login, looked.detail) == ("sato", {"rows": 2})


def test_the_list_is_ones_own_departments(house: House, job: Job, suzuki: Clerk, url: str) -> None:
    assert "答えを待っている行はありません" in suzuki.http.get("/review/rows").text
    assert suzuki.http.get(f"/review/rows?receipt={job.receipt}").status_code == 404
    auditor = Clerk(url)
    with auditor.http:
        auditor.sign_in("auditor")
        page = auditor.http.get("/review/rows").text
        assert "総務課" in page
        assert 'name="password"' not in page, "auditors read"
    assert house.audit("view-rows")[-1].login == "auditor"


def test_many_rows_come_page_by_page_and_of_one_job_only(house: House, job: Job, sato: Clerk) -> None:
    second = check(house, hand_in(house), rows(30, case="b"))
    approve_rows(house, second)
    for _ in range(2):
        key(house, second, dict.fromkeys(range(1, 31), (RowState.UNKNOWN, "")))
    join(house, second)
    page = sato.http.get("/review/rows?page=2").text
    assert "2 / 4 ページ" in page
    assert page.count('<article class="question"') == 10
    only = sato.http.get(f"/review/rows?receipt={job.receipt}").text
    assert "答えを待っている行 2件" in only


# --- settling ---------------------------------------------------------------------------------------------


def test_what_is_registered_is_settled_with_its_number(house: House, job: Job, sato: Clerk) -> None:
    answer = act(sato, job, 3, "settle", decision="registered", slip=" R8-00777 ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/review/rows")
    settled = row(house, job, 3)
    assert (settled.state, settled.receipt) == ("done", "R8-00777")
    [noted] = house.audit("settle")
    assert (noted.login, noted.subject, noted.detail) == ("sato", job.receipt, {"row": 3, "decision": "registered"})
    assert "R8-00777" in sato.http.get(f"/jobs/{job.receipt}").text
    assert "No.3 を登録済みと確かめました" in sato.http.get(f"/jobs/{job.receipt}").text


def test_an_answer_without_what_it_needs_is_refused_and_what_was_typed_stays(
    house: House, job: Job, kacho: Clerk
) -> None:
    for fields, code in (
        ({"decision": "registered"}, "receipt-missing"),
        ({"decision": "again"}, "reason-missing"),
        ({"decision": "drop", "reason": "  "}, "reason-missing"),
        ({"reason": REASON}, "decision-missing"),
        ({"decision": "maybe", "reason": REASON}, "decision-missing"),
    ):
        answer = act(kacho, job, 3, "settle", **fields)
        assert answer.status_code == 422, fields
        assert code in answer.text, fields
    answer = act(kacho, job, 3, "settle", decision="again", reason=REASON, password="wrong")
    assert answer.status_code == 403
    assert f'value="{REASON}"' in answer.text
    assert 'value="again" required checked' in answer.text
    assert row(house, job, 3).state == "unknown"


def test_a_number_that_another_row_has_is_refused(house: House, job: Job, sato: Clerk) -> None:
    answer = act(sato, job, 3, "settle", decision="registered", slip="R8-00001")
    assert answer.status_code == 409
    assert "receipt-taken" in answer.text
    assert row(house, job, 3).state == "unknown"


def test_whoever_handed_money_in_does_not_have_it_keyed_again(house: House, job: Job, sato: Clerk) -> None:
    page = sato.http.get(f"/jobs/{job.receipt}/rows/3").text
    assert 'value="again" required disabled' in page
    answer = act(sato, job, 3, "settle", decision="again", reason=REASON)
    assert answer.status_code == 409
    assert "row-own" in answer.text
    assert row(house, job, 3).state == "unknown"


def test_without_the_password_nothing_is_settled(house: House, job: Job, sato: Clerk, kacho: Clerk) -> None:
    for clerk, action in ((sato, "settle"), (sato, "drop"), (kacho, "release")):
        for password in ("", "wrong"):
            answer = act(clerk, job, 3, action, decision="drop", reason=REASON, password=password)
            assert answer.status_code == 403, action
            assert "password-wrong" in answer.text
    assert sato.post(f"/jobs/{job.receipt}/go-on", password="x").status_code == 403
    assert row(house, job, 3).state == "unknown"
    assert look(house, job.id).state == "review"


def test_after_the_last_answer_the_job_goes_on_and_is_done(house: House, job: Job, sato: Clerk) -> None:
    assert sato.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD).status_code == 409
    act(sato, job, 2, "settle", decision="registered", slip="R8-00777")
    assert "続ける" not in sato.http.get("/review/rows").text
    act(sato, job, 3, "settle", decision="drop", reason=REASON)
    page = sato.http.get("/review/rows").text
    assert "要照合はすべて片付きました" in page
    answer = sato.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.receipt}")
    ended = join(house, job)
    assert (ended.state, ended.verified) == ("done", 4.0)
    told = sato.http.get(f"/api/v1/jobs/{job.receipt}").json()
    assert told["hours"]["net_minutes"] == 8.0
    assert told["progress"]["text"] == "4行/4行"


def test_what_is_keyed_again_waits_for_the_head_once_more_where_he_had_not_approved_it(
    house: House, job: Job, kacho: Clerk
) -> None:
    act(kacho, job, 2, "settle", decision="again", reason=REASON)
    page = kacho.http.get("/review/rows").text
    assert "登録に回す行が1行あります" in page
    assert kacho.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD).status_code == 303
    assert look(house, job.id).state == "running", "this row was approved as it stands"
    key(house, job)
    assert row(house, job, 2).state == "done"
    assert join(house, job).state == "review", "row 3 still waits"


def test_going_on_keys_in_handfuls_of_the_houses_size(house: House, job: Job, kacho: Clerk) -> None:
    house.office.settings.robots.rows_per_part = 1
    for number in (2, 3):
        act(kacho, job, number, "settle", decision="again", reason=REASON)
    kacho.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD)
    with house.office.database.reading() as session:
        parts = session.scalars(
            select(func.count()).select_from(Part).where(Part.job_id == job.id, Part.state == "waiting")
        ).one()
    assert parts == 2


# --- 突合 ---------------------------------------------------------------------------------------------------


def test_differences_of_the_reconciliation_are_put_right_or_taken_with_a_reason(house: House, sato: Clerk) -> None:
    furnish_robot(house)
    job = approve_rows(house, check(house, hand_in(house), rows(5)))
    key(house, job)
    wrong = "No.1: 金額が違います(台帳 1,500円、財務会計システム 15,000円)。"
    assert join(house, job, wrong).state == "review"
    for path in (f"/jobs/{job.receipt}", "/review/rows"):
        page = sato.http.get(path).text
        assert "突合: 不一致" in page
        assert wrong in page
    assert "登録台帳 5行 17,500円 / 財務システム 5件 17,500円" in page
    sato.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD)
    assert join(house, job, wrong).state == "review", "once more, and it still differs"
    sato.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD, reason="会計課が訂正伝票を起こす")
    assert join(house, job, wrong).state == "done"
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "違いはこのままでよいとされました(sato)。理由: 会計課が訂正伝票を起こす" in page


# --- blocked rows -----------------------------------------------------------------------------------------


def test_a_blocked_row_says_which_one_holds_its_case(house: House, sato: Clerk) -> None:
    furnish_robot(house)
    first, second = twins(house)
    assert second.state == "review"
    page = sato.http.get(f"/review/rows?receipt={second.receipt}").text
    assert f'href="/jobs/{first.receipt}/rows/1"' in page
    assert "(登録済)" in page
    assert "重複ではない。登録する" not in page.replace("「重複ではない。登録する」", "")
    assert act(sato, second, 1, "drop", reason="二重に提出した").status_code == 303
    assert row(house, second, 1).state == "withdrawn"
    assert act(sato, second, 2, "release", reason=REASON).status_code == 403


def test_another_departments_row_is_told_of_without_saying_whose(house: House, url: str, suzuki: Clerk) -> None:
    furnish_robot(house)
    first = in_review(house, unknown=())
    second = approve_rows(house, check(house, hand_in(house, "suzuki"), rows(6)), "zeicho")
    key(house, second)
    join(house, second)
    page = suzuki.http.get("/review/rows").text
    assert "ほかの部署の依頼にあります(状態: 登録済)" in page
    assert first.receipt not in page
    with program(url, house.token("suzuki")) as client:
        told = client.get(f"/api/v1/jobs/{second.receipt}/rows?state=blocked").json()
    assert told["rows"][0]["twin"] == {"receipt": "", "number": 0, "state_text": "登録済"}


def test_a_head_releases_a_row_and_another_one_approves_it(house: House, kacho: Clerk) -> None:
    furnish_robot(house)
    _, job = twins(house)
    assert act(kacho, job, 2, "release", reason=" ").status_code == 422
    assert act(kacho, job, 2, "release", reason="毎月同額の支払である").status_code == 303
    assert row(house, job, 2).state == "ready"
    kacho.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD)
    assert look(house, job.id).state == "approval"
    digest = kacho.http.get(f"/api/v1/jobs/{job.receipt}/rows").json()["digest"]
    answer = kacho.post(f"/jobs/{job.receipt}/approval", answer="approve", password=PASSWORD, digest=digest)
    assert answer.status_code == 409
    assert "approval-own" in answer.text


# --- the API ----------------------------------------------------------------------------------------------


def test_programs_settle_with_the_password_of_whom_they_act_for(house: House, job: Job, url: str) -> None:
    with program(url, house.token("kacho")) as head:
        base = f"/api/v1/jobs/{job.receipt}"
        body = {"password": PASSWORD, "decision": "registered", "slip": "R8-00777"}
        assert head.post(f"{base}/rows/2/settle", json={**body, "password": ""}).status_code == 403
        settled = head.post(f"{base}/rows/2/settle", json=body).json()
        assert settled["rows"] == {"total": 5, "open": 1, "states": {"done": 4, "unknown": 1}}
        dropped = head.post(f"{base}/rows/3/drop", json={"password": PASSWORD, "reason": REASON})
        assert dropped.status_code == 200
        gone_on = head.post(f"{base}/go-on", json={"password": PASSWORD})
        assert gone_on.json()["state"] == "running"
        assert head.post(f"{base}/rows/3/settle", json=body).json()["error"]["code"] == "job-not-in-review"
        assert head.post(f"{base}/rows/77/settle", json=body).status_code == 404
        assert head.post(f"{base}/rows/2/settle", json={**body, "more": 1}).status_code == 400


def test_the_review_of_forms_does_not_go_round_the_rows(house: House, job: Job, sato: Clerk) -> None:
    answer = sato.post(f"/jobs/{job.receipt}/review/finish", minutes="0")
    assert answer.status_code == 409
    assert look(house, job.id).state == "review"
    assert look(house, job.id).work is Kind.ROBOT


# --- a password that was typed a moment ago -----------------------------------------------------------------


def typed_ago(house: House, seconds: float) -> None:
    with house.office.database.transaction() as session:
        ago = now(session) - timedelta(seconds=seconds)
        session.execute(update(SignIn).where(SignIn.confirmed_at.is_not(None)).values(confirmed_at=ago))


def test_for_five_minutes_after_a_right_password_the_next_row_wants_none(house: House, job: Job, sato: Clerk) -> None:
    assert act(sato, job, 2, "settle", decision="drop", reason=REASON, password="").status_code == 403
    assert 'name="password"' in sato.http.get("/review/rows").text
    assert act(sato, job, 2, "settle", decision="drop", reason=REASON).status_code == 303
    page = sato.http.get("/review/rows").text
    assert 'id="password-' not in page
    assert "パスワードは確認済みです" in page
    assert act(sato, job, 3, "settle", decision="drop", reason=REASON, password="wrong").status_code == 403
    typed_ago(house, 301)
    assert act(sato, job, 3, "settle", decision="drop", reason=REASON, password="").status_code == 403
    assert 'id="password-' in sato.http.get("/review/rows").text
    typed_ago(house, 290)
    assert act(sato, job, 3, "settle", decision="drop", reason=REASON, password="").status_code == 303


def test_a_password_typed_elsewhere_is_worth_nothing_here(house: House, job: Job, sato: Clerk, url: str) -> None:
    assert act(sato, job, 2, "settle", decision="drop", reason=REASON).status_code == 303
    other = Clerk(url)
    with other.http, program(url, house.token("sato")) as api:
        other.sign_in("sato")
        assert act(other, job, 3, "settle", decision="drop", reason=REASON, password="").status_code == 403
        said = {"decision": "drop", "reason": REASON, "password": ""}
        assert api.post(f"/api/v1/jobs/{job.receipt}/rows/3/settle", json=said).status_code == 403
    assert row(house, job, 3).state == "unknown"


def test_approving_and_going_on_want_the_password_each_time(house: House, kacho: Clerk) -> None:
    furnish_robot(house)
    first = in_review(house, unknown=(2,))
    assert act(kacho, first, 2, "settle", decision="drop", reason=REASON).status_code == 303
    assert kacho.post(f"/jobs/{first.receipt}/go-on", password="").status_code == 403
    second = check(house, hand_in(house), rows(2, first=11))
    digest = use_digest(house, second)
    sent = kacho.post(f"/jobs/{second.receipt}/approval", answer="approve", digest=digest, password="")
    assert sent.status_code == 403
    assert look(house, second.id).state == "approval"


def test_after_an_answer_the_list_stays_on_its_page(house: House, sato: Clerk) -> None:
    furnish_robot(house)
    job = in_review(house, unknown=tuple(range(1, 16)), count=15)
    page = sato.http.get("/review/rows?page=2").text
    assert '<input type="hidden" name="page" value="2">' in page
    answer = act(sato, job, 12, "settle", decision="drop", reason=REASON, page="2")
    assert answer.headers["location"] == "/review/rows?page=2"
    wrong = act(sato, job, 13, "settle", decision="registered", slip="", page="2")
    assert f"{job.receipt} No.13" in wrong.text
    for odd in ("", "0", "-1", "x", "٣", "99999"):
        assert act(sato, job, 13, "settle", decision="registered", slip="", page=odd).status_code == 422


def use_digest(house: House, job: Job) -> str:
    with house.office.database.reading() as session:
        return use.digest(session, job.id)
