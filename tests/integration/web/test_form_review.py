"""Checking values on the page and over the API: what each person sees, and what is taken from whom."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select, update

from digilab.database.session import now
from digilab.forms import choose
from digilab.forms.records import FieldValue, FormCase
from digilab.forms.values import Read
from digilab.jobs import lifecycle
from digilab.jobs.backlog import lease_next
from digilab.jobs.records import Job, Part, Worker
from digilab.jobs.rules import PartState, Stage
from digilab.review.records import Answer
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from doors.clerk import Clerk, program
from doors.definitions import published
from doors.house import House
from doors.sheets import read

PNG = b"\x89PNG\r\n\x1a\n a picture of the paper"


@dataclass
class Desk:
    """A job that waits for people: two values in doubt, one of which two people key, one that is sure, one page held back."""

    house: House
    receipt: str
    look: int
    twice: int
    sure: int

    @property
    def page(self) -> str:
        return f"/jobs/{self.receipt}/review"

    @property
    def api(self) -> str:
        return f"/api/v1/jobs/{self.receipt}/doubts"

    def state(self) -> str:
        return self.house.jobs()[-1].state

    def make(self, number: int, **columns: object) -> None:
        with self.house.office.database.transaction() as session:
            session.execute(update(FieldValue).where(FieldValue.id == number).values(**columns))

    def answers(self) -> list[tuple[str, str, str]]:
        """(login, text, verdict) of each answer."""
        logins = {asker.person_id: login for login, asker in self.house.askers.items()}
        with self.house.office.database.reading() as session:
            return [
                (logins[a.person_id], a.text, a.verdict) for a in session.scalars(select(Answer).order_by(Answer.id))
            ]


def laid_out(house: House, told: Read, login: str = "sato") -> Job:
    """A job of paper forms that has been read."""
    job = house.hand_in(login)
    database = house.office.database
    with database.transaction() as session:
        session.execute(update(Job).where(Job.id == job.id).values(kind="form"))
        session.execute(update(Part).where(Part.job_id == job.id).values(capability="form"))
    for stage in (Stage.SPLIT, Stage.WORK, Stage.JOIN):
        with database.transaction() as session:
            moment = now(session)
            session.merge(Worker(id="w1", capability="form", host="here", pid=1, started_at=moment, seen_at=moment))
        with database.transaction() as session:
            [lease] = lease_next(session, "form", 60, 60)
            lifecycle.claim(session, lease.part_id, lease.epoch, "w1", 60)
            if stage is Stage.SPLIT:
                lifecycle.add_work(session, lease.part_id, lease.epoch, [lifecycle.NewPart(0, 2.0, {})])
            if stage is Stage.JOIN:
                lifecycle.finish(
                    session, lease.part_id, lease.epoch, outputs=[], verified=1.0, review=True, result={}, read=told
                )
            else:
                lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, 0.0)
    return job


@pytest.fixture
def desk(house: House) -> Desk:
    office = house.office
    with office.database.transaction() as session:
        add_service(session, slug="paper-form", kind=Kind.FORM, name="紙帳票のデータ化")
    published(office.database, office.store, "refund")
    with office.store.receive() as incoming:
        incoming.write(bytes(10) + PNG)
        office.store.keep(incoming, "evidence/1/work-0-1/1.crops")
    with office.database.reading() as session:
        [revision] = choose.usable(session, 1)
    job = laid_out(house, read(revision.id))
    with office.database.reading() as session:
        look, twice, sure = session.scalars(select(FieldValue.id).order_by(FieldValue.id)).all()
    desk = Desk(house, job.receipt, look, twice, sure)
    finding = {"code": "amount-commas", "paths": [], "evidence": {}}
    said = {"ja": "コンマの位置が合いません。", "en": "The commas are misplaced."}
    desk.make(look, crop_length=len(PNG), findings=[{**finding, "sentences": said}])
    desk.make(twice, decision="two-keys", raw="￥7,777", value="7777", p_wrong=0.4)
    return desk


@pytest.fixture
def operator(url: str) -> Iterator[Clerk]:
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("operator")
        yield clerk


def test_the_api_tells_all_that_a_person_has_to_look_at(desk: Desk, api: httpx.Client) -> None:
    told = api.get(desk.api).json()
    assert told["open"] == 2
    assert told["held_acknowledged"] is False
    assert told["held"] == [
        {"file": "申請書.pdf", "page": 2, "verdict": "unknown", "sentence": "どの帳票とも一致しません。"}
    ]
    first, second = told["doubts"]
    assert first == {
        "id": desk.look, "case": 1, "sheet": 1, "page": 1, "path": "items.1.amount", "label": "1行目 金額",
        "type": "amount", "raw": "￥1,000", "value": "1000", "p_wrong": 0.25, "decision": "look",
        "reasons": ["コンマの位置が合いません。"], "crop": f"/api/v1/jobs/{desk.receipt}/crops/{desk.look}",
        "settled": False, "standing": "open", "keys": [],
    }  # fmt: skip
    assert (second["decision"], second["reasons"]) == ("two-keys", [])
    assert api.get(first["crop"]).content == PNG


def test_a_program_settles_a_job_bit_by_bit(desk: Desk, url: str, api: httpx.Client) -> None:
    answers = [{"id": desk.look, "text": "1000", "seconds": 3}, {"id": desk.twice, "text": "7777"}]
    assert api.post(desk.api, json={"answers": answers, "minutes": 2}).json() == {"open": 1, "state": "review"}
    with program(url, desk.house.token("operator")) as other:
        told = other.get(desk.api).json()["doubts"][1]
        assert (told["standing"], told["keys"]) == ("waiting", [])
        body = {"answers": [{"id": desk.twice, "text": "７，７７７"}], "minutes": 0.5}
        assert other.post(desk.api, json=body).json() == {"open": 0, "state": "review"}, "nobody knows of the held page"
        assert other.post(desk.api, json={"held_acknowledged": True}).json() == {"open": 0, "state": "running"}
    assert desk.house.jobs()[-1].human_minutes == 2.5
    again = api.post(desk.api, json={"answers": answers})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job-not-in-review")


def test_an_unknown_value_is_refused(desk: Desk, api: httpx.Client) -> None:
    assert api.post(desk.api, json={"answers": [{"id": 10**18}]}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"answers": [{"text": "1"}]},
        *({"answers": [{"id": number}]} for number in (10**30, 0, -(10**30))),
        {"minute": 1},
        [],
    ],
    ids=str,
)
def test_a_malformed_answer_is_refused(desk: Desk, api: httpx.Client, body: object) -> None:
    assert api.post(desk.api, json=body).status_code == 400


def test_half_characters_and_nul_do_no_harm(desk: Desk, api: httpx.Client) -> None:
    raw = b'{"answers": [{"id": %d, "text": "1\\u00000\\ud80000"}]}' % desk.look
    answer = api.post(desk.api, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400)
    assert {text for _, text, _ in desk.answers()} <= {"1000"}


def test_an_auditor_reads_and_answers_nothing(desk: Desk, url: str) -> None:
    with program(url, desk.house.token("auditor")) as auditor:
        assert auditor.get(desk.api).json()["open"] == 2
        refused = auditor.post(desk.api, json={"answers": [{"id": desk.look, "text": "1"}]})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not-allowed")
        page = auditor.get(desk.page)
        assert page.status_code == 200
        assert "<button" not in page.text.partition('id="doubts"')[2].partition("all-values")[0]


def test_nothing_of_a_personal_number_is_shown_or_taken(desk: Desk, api: httpx.Client, sato: Clerk) -> None:
    desk.make(desk.look, masked=True, type="personal-number", raw="*" * 12, value="*" * 12)
    told = api.get(desk.api).json()["doubts"][0]
    assert (told["crop"], told["value"]) == (None, "*" * 12)
    assert api.get(f"/api/v1/jobs/{desk.receipt}/crops/{desk.look}").status_code == 404
    assert sato.http.get(f"/jobs/{desk.receipt}/crops/{desk.look}").status_code == 404
    typed = api.post(desk.api, json={"answers": [{"id": desk.look, "text": "123456789018"}]})
    assert (typed.status_code, typed.json()["error"]["code"]) == (422, "personal-number-typed")
    assert "123456789018" not in typed.text
    page = sato.http.get(desk.page).text
    assert "紙で確かめた" in page
    assert f"crops/{desk.look}" not in page
    sato.post(f"{desk.page}/answer", id=str(desk.look))
    assert desk.answers() == [("sato", "", "confirmed")]


def test_a_crop_is_never_kept_by_a_browser(desk: Desk, sato: Clerk, suzuki: Clerk) -> None:
    crop = sato.http.get(f"/jobs/{desk.receipt}/crops/{desk.look}")
    assert (crop.content, crop.headers["content-type"]) == (PNG, "image/png")
    assert crop.headers["cache-control"] == "no-store"
    assert suzuki.http.get(f"/jobs/{desk.receipt}/crops/{desk.look}").status_code == 404


def test_a_value_is_only_found_in_its_own_job(desk: Desk, sato: Clerk) -> None:
    other = desk.house.finished("sato")
    assert sato.http.get(f"/jobs/{other.receipt}/crops/{desk.look}").status_code == 404
    sato.post(f"/jobs/{other.receipt}/review/answer", id=str(desk.look), text="1")
    assert desk.answers() == []


def form_of(page: str, number: int) -> str:
    found = re.search(rf'<li class="doubt" id="value-{number}">.*?</li>', page, re.DOTALL)
    return found[0] if found else ""


def test_without_a_script_every_answer_is_a_form_and_the_next_doubt_has_the_focus(desk: Desk, sato: Clerk) -> None:
    page = sato.http.get(desk.page).text
    assert "確認 0件/2件" in page
    look = form_of(page, desk.look)
    assert 'value="1000"' in look
    assert "autofocus" in look
    assert "コンマの位置が合いません。" in look
    assert "誤りの見込み 25%" in look
    answer = sato.post(f"{desk.page}/answer", id=str(desk.look), text="１，０００")
    assert (answer.status_code, answer.headers["location"]) == (303, desk.page)
    page = sato.http.get(desk.page).text
    assert form_of(page, desk.look) == ""
    assert "autofocus" in form_of(page, desk.twice)
    assert "確認 1件/2件" in page
    assert desk.answers() == [("sato", "１，０００", "corrected")]


def test_who_keys_a_value_twice_sees_neither_the_reading_nor_the_other_key(
    desk: Desk, sato: Clerk, operator: Clerk
) -> None:
    for clerk, text in ((sato, "7777"), (operator, "1777")):
        page = clerk.http.get(desk.page).text
        assert "7777" not in page
        assert "7,777" not in page
        assert "40%" not in form_of(page, desk.twice)
        clerk.post(f"{desk.page}/answer", id=str(desk.twice), text=text)
    page = sato.http.get(desk.page).text
    assert form_of(page, desk.twice) == ""
    assert "1777" not in page
    assert "ほかの人の入力か判断を待っている値が1件あります。" in page
    refused = sato.post(f"{desk.page}/answer", id=str(desk.twice), text="1777")
    assert refused.status_code == 409
    assert "answer-not-taken" in refused.text
    decide = form_of(operator.http.get(desk.page).text, desk.twice)
    assert 'name="key" value="7777"' in decide
    assert 'name="key" value="1777"' in decide
    assert 'name="settling"' in decide
    operator.post(f"{desk.page}/answer", id=str(desk.twice), text="", key="7777", settling="1")
    assert desk.answers()[-1] == ("operator", "7777", "confirmed")


def test_the_job_is_finished_on_the_page_with_the_minutes_that_were_measured(
    desk: Desk, sato: Clerk, operator: Clerk
) -> None:
    refused = sato.post(f"{desk.page}/finish", minutes="3")
    assert (refused.status_code, "doubts-open" in refused.text) == (409, True)
    sato.post(f"{desk.page}/answer", id=str(desk.look), text="1000", seconds="60.5")
    sato.post(f"{desk.page}/answer", id=str(desk.twice), text="", illegible="1", seconds="29.5")
    operator.post(f"{desk.page}/answer", id=str(desk.twice), illegible="1", seconds="30")
    page = operator.http.get(desk.page).text
    assert 'name="minutes" type="text" inputmode="decimal" maxlength="12" value="2"' in page
    assert "どの帳票とも一致しません。" in page
    refused = operator.post(f"{desk.page}/finish", minutes="2")
    assert (refused.status_code, "held-pages" in refused.text) == (409, True)
    refused = operator.post(f"{desk.page}/finish", minutes="二分", acknowledged="1")
    assert (refused.status_code, "minutes-malformed" in refused.text) == (422, True)
    done = operator.post(f"{desk.page}/finish", minutes="２.5", acknowledged="1")
    assert (done.status_code, done.headers["location"]) == (303, f"/jobs/{desk.receipt}")
    assert (desk.state(), desk.house.jobs()[-1].human_minutes) == ("running", 2.5)
    assert "確認待ちではありません" in sato.http.get(desk.page).text
    with desk.house.office.database.reading() as session:
        waiting = session.scalars(select(Part).where(Part.state == PartState.WAITING)).one()
    assert waiting.payload == {"corrections": {"1": {"items.1.amount": "1000", "items.2.amount": "●"}}}
    assert [row.detail["minutes"] for row in desk.house.audit("review-finish")] == [2.5]


def test_every_value_of_a_form_can_be_looked_at_and_put_right(desk: Desk, sato: Clerk) -> None:
    page = sato.http.get(desk.page, params={"case": 1}).text
    assert 'value="1000"' in form_of(page, desk.sure)
    assert "7777" not in page
    answer = sato.post(f"{desk.page}/answer", id=str(desk.sure), text="1001", case="1")
    assert answer.headers["location"] == f"{desk.page}?case=1#value-{desk.sure}"
    assert 'value="1001"' in form_of(sato.http.get(desk.page, params={"case": 1}).text, desk.sure)
    assert "連番 9 はありません。" in sato.http.get(desk.page, params={"case": 9}).text


def test_remarks_about_a_form_as_a_whole_are_told(desk: Desk, sato: Clerk) -> None:
    said = {"code": "page-missing", "paths": [], "evidence": {}, "sentences": {"ja": "2枚目がありません。", "en": "-"}}
    with desk.house.office.database.transaction() as session:
        session.execute(update(FormCase).values(findings=[said]))
    assert "2枚目がありません。" in sato.http.get(desk.page).text
    for number in (desk.look, desk.twice):
        desk.make(number, decision="accept")
    assert "2枚目がありません。" in sato.http.get(desk.page).text, "though nothing of it is in doubt"


def test_a_choice_is_chosen_and_not_typed(desk: Desk, sato: Clerk) -> None:
    desk.make(desk.look, type="tick", raw="", value="")
    tick = form_of(sato.http.get(desk.page).text, desk.look)
    assert '<option value="" selected>印なし</option>' in tick
    assert '<option value="1">印あり</option>' in tick


def test_what_waits_for_people_is_on_the_first_page_and_on_the_jobs_own(desk: Desk, sato: Clerk, suzuki: Clerk) -> None:
    home = sato.http.get("/").text
    assert "確認待ちの依頼" in home
    assert f'href="{desk.page}"' in home
    assert "確認待ちの依頼" not in suzuki.http.get("/").text
    assert "確認する(残り2件)" in sato.http.get(f"/jobs/{desk.receipt}").text


def test_a_finished_job_is_taken_back_and_its_hours_stay(desk: Desk, sato: Clerk, api: httpx.Client) -> None:
    refused = api.post(f"/api/v1/jobs/{desk.receipt}/reopen")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "reopen-refused")
    with desk.house.office.database.transaction() as session:
        session.execute(update(Job).values(state="done"))
    assert "値を直す" in sato.http.get(f"/jobs/{desk.receipt}").text
    answer = sato.post(f"/jobs/{desk.receipt}/reopen")
    assert (answer.status_code, answer.headers["location"]) == (303, desk.page)
    assert desk.state() == "review"
