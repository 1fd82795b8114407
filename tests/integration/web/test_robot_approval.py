"""The second person's word: who may give it, on what, and with the password typed again."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import select, update

from digilab.access.records import FailedSignIn
from digilab.jobs.records import Job
from digilab.ledger import use
from digilab.ledger.records import Approval, LedgerRow
from doors.clerk import Clerk, program
from doors.house import PASSWORD, House
from doors.keyed import check, furnish_robot, hand_in, in_review, look, rows


@pytest.fixture
def job(house: House) -> Job:
    """A job of 総務課 that waits for approval: five rows, one of them refused."""
    furnish_robot(house)
    return check(house, hand_in(house), rows(5, refused=(2,)), ["「合計」と書かれた7行目は、登録しません。"])


@pytest.fixture
def kacho(url: str) -> Iterator[Clerk]:
    """The head of 総務課, signed in."""
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("kacho")
        yield clerk


def digest(house: House, job: Job) -> str:
    with house.office.database.reading() as session:
        return use.digest(session, job.id)


def approve(clerk: Clerk, house: House, job: Job, **fields: str) -> httpx.Response:
    wanted = {"answer": "approve", "digest": digest(house, job), "password": PASSWORD, **fields}
    return clerk.post(f"/jobs/{job.receipt}/approval", **wanted)


def approvals(house: House) -> list[Approval]:
    with house.office.database.reading() as session:
        return list(session.scalars(select(Approval).order_by(Approval.id)))


def test_the_page_shows_sums_refusals_notices_and_every_row(house: House, job: Job, kacho: Clerk) -> None:
    home = kacho.http.get("/").text
    assert "あなたの承認を待っている依頼" in home
    page = kacho.http.get(f"/jobs/{job.receipt}/approval").text
    for words in (
        "4行", "15,000円", "1行", "「12,3OO」は金額として読めません", "「合計」と書かれた7行目", "1234005",
        "佐藤 花子", "500行、100,000,000円",
    ):  # fmt: skip
        assert words in page, words
    assert digest(house, job) in page
    [looked] = house.audit("view-rows")
    assert (looked.login, looked.subject) == ("kacho", job.receipt)


def test_the_head_approves_what_was_shown_and_the_job_goes_on(house: House, job: Job, kacho: Clerk) -> None:
    answer = approve(kacho, house, job)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.receipt}")
    assert look(house, job.id).state == "running"
    [given] = approvals(house)
    assert (given.approved, given.rows, given.yen) == (True, 4, 15_000)
    [noted] = house.audit("approve")
    assert (noted.login, noted.subject, noted.result) == ("kacho", job.receipt, "ok")
    assert "あなたの承認を待っている依頼" not in kacho.http.get("/").text
    again = approve(kacho, house, job)
    assert again.status_code == 409
    assert "承認待ちではありません" in again.text or "承認を待っていません" in again.text


def test_a_job_for_its_time_waits_for_it_after_the_approval(house: House, kacho: Clerk) -> None:
    furnish_robot(house)
    job = check(house, hand_in(house, start="schedule"), rows(2))
    assert "予定の時刻まで待って" in kacho.http.get(f"/jobs/{job.receipt}/approval").text
    assert approve(kacho, house, job).status_code == 303
    assert look(house, job.id).state == "scheduled"


@pytest.mark.parametrize("login", ["sato", "operator", "admin", "auditor"])
def test_nobody_but_the_head_approves(house: House, job: Job, url: str, login: str) -> None:
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in(login)
        page = clerk.http.get(f"/jobs/{job.receipt}/approval").text
        assert "承認できるのは、総務課の所属長だけです" in page
        assert 'name="password"' not in page
        for fields in ({}, {"answer": "send-back", "reason": "x"}):
            assert approve(clerk, house, job, **fields).status_code == 403
    assert look(house, job.id).state == "approval"
    assert approvals(house) == []
    assert house.audit("confirm") == [], "whoever may not do it is not asked for a password"


def test_another_departments_head_does_not_even_see_it(house: House, job: Job, url: str) -> None:
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("zeicho")
        assert clerk.http.get(f"/jobs/{job.receipt}/approval").status_code == 404
        assert approve(clerk, house, job).status_code == 404
        assert job.receipt not in clerk.http.get("/").text


def test_a_head_who_handed_it_in_is_refused_in_words(house: House, kacho: Clerk) -> None:
    furnish_robot(house)
    job = check(house, hand_in(house, "kacho"), rows(2))
    page = kacho.http.get(f"/jobs/{job.receipt}/approval").text
    assert "自分が提出した依頼は、自分では承認できません" in page
    assert 'name="password"' not in page
    answer = approve(kacho, house, job)
    assert answer.status_code == 409
    assert "approval-own" in answer.text
    assert look(house, job.id).state == "approval"


@pytest.mark.parametrize("password", ["", "kaikei-2026", PASSWORD.upper(), "x" * 5000])
def test_without_the_password_typed_again_nothing_is_approved(
    house: House, job: Job, kacho: Clerk, password: str
) -> None:
    answer = approve(kacho, house, job, password=password)
    assert answer.status_code == 403
    assert "パスワードが違うため、行いませんでした" in answer.text
    assert password == "" or password not in answer.text
    assert look(house, job.id).state == "approval"
    [tried] = house.audit("confirm")
    assert (tried.login, tried.result, tried.detail) == ("kacho", "refused", {})


def test_guessing_the_password_is_slowed_down_as_at_the_door(house: House, job: Job, kacho: Clerk) -> None:
    statuses = [approve(kacho, house, job, password="guess").status_code for _ in range(8)]
    assert statuses[:5] == [403] * 5
    assert statuses[-1] == 429
    assert approve(kacho, house, job).status_code == 429, "also with the right one, until the time has passed"
    assert look(house, job.id).state == "approval"
    with house.office.database.transaction() as session:
        session.execute(update(FailedSignIn).values(tries=0))
    assert approve(kacho, house, job).status_code == 303


def test_what_has_changed_since_it_was_shown_is_not_approved(house: House, job: Job, kacho: Clerk) -> None:
    shown = digest(house, job)
    with house.office.database.transaction() as session:
        row = session.scalars(select(LedgerRow).where(LedgerRow.number == 1)).one()
        row.values = {**row.values, "amount": "9999999"}
    answer = approve(kacho, house, job, digest=shown)
    assert answer.status_code == 409
    assert "表示したあとに変わりました" in answer.text
    assert "9,999,999円" in answer.text, "the page shows what is there now"
    assert look(house, job.id).state == "approval"


def test_the_head_sends_back_with_a_reason(house: House, job: Job, kacho: Clerk, sato: Clerk) -> None:
    path = f"/jobs/{job.receipt}/approval"
    without = kacho.post(path, answer="send-back", password=PASSWORD, reason=" ")
    assert without.status_code == 422
    assert '<details class="card back" open>' in without.text
    assert look(house, job.id).state == "approval"
    sent = kacho.post(path, answer="send-back", password=PASSWORD, reason="3行目の債権者が違います")
    assert sent.status_code == 303
    assert look(house, job.id).state == "cancelled"
    assert "3行目の債権者が違います" in sato.http.get(f"/jobs/{job.receipt}").text
    [given] = approvals(house)
    assert (given.approved, given.reason) == (False, "3行目の債権者が違います")


def test_the_api_shows_rows_with_their_digest_and_takes_the_approval(house: House, job: Job, url: str) -> None:
    with program(url, house.token("kacho")) as head:
        told = head.get(f"/api/v1/jobs/{job.receipt}/rows").json()
        assert told["summary"] == {"total": 5, "open": 0, "states": {"ready": 4, "refused": 1}}
        assert told["rows"][1]["reasons"][0].startswith("支払.csv の3行目「金額」")
        assert told["rows"][0]["cells"][0] == {"name": "payee", "heading": "債権者名", "value": "〇〇印刷有限会社"}
        body = {"approve": True, "digest": told["digest"], "password": "wrong"}
        refused = head.post(f"/api/v1/jobs/{job.receipt}/approval", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password-wrong")
        stale = head.post(f"/api/v1/jobs/{job.receipt}/approval", json={**body, "password": PASSWORD, "digest": ""})
        assert (stale.status_code, stale.json()["error"]["code"]) == (409, "approval-stale")
        done = head.post(f"/api/v1/jobs/{job.receipt}/approval", json={**body, "password": PASSWORD})
        assert (done.status_code, done.json()["state"]) == (200, "running")
    with program(url, house.token("sato")) as staff:
        refused = staff.post(f"/api/v1/jobs/{job.receipt}/approval", json={**body, "password": PASSWORD})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not-allowed")


def test_a_job_of_another_kind_has_no_approval_page(house: House, sato: Clerk) -> None:
    job = house.finished("sato")
    assert sato.http.get(f"/jobs/{job.receipt}/approval").headers["location"] == f"/jobs/{job.receipt}"


def test_a_job_that_is_over_shows_what_was_approved_and_asks_nothing(house: House, kacho: Clerk) -> None:
    furnish_robot(house)
    job = in_review(house)
    page = kacho.http.get(f"/jobs/{job.receipt}/approval").text
    assert "いま承認を待っていません(状態: 確認待ち)" in page
    assert 'name="password"' not in page
