"""Paper forms on the pages and in the API: choosing a form, and what the job's page tells."""

import httpx
import pytest
from sqlalchemy import select

from digilab.database.session import now
from digilab.forms import choose
from digilab.forms.records import FormRevision
from digilab.forms.values import Read
from digilab.jobs import lifecycle
from digilab.jobs.backlog import lease_next
from digilab.jobs.lifecycle import NewPart
from digilab.jobs.records import Job, Worker
from digilab.services.menu import add_service, service_of
from digilab.services.rules import Kind
from doors.clerk import Clerk, form
from doors.definitions import published
from doors.house import House
from doors.sheets import read

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
FORMS = "paper-form"


@pytest.fixture
def forms(house: House) -> House:
    """The house with paper forms: one of everybody's, one of each department."""
    with house.office.database.transaction() as session:
        add_service(session, slug=FORMS, kind=Kind.FORM, name="紙帳票のデータ化")
    for name, department, title in (
        ("refund", None, "還付請求書"),
        ("aid", "010", "就学援助申請書"),
        ("tax", "020", "税の<申告>書"),
    ):
        published(house.office.database, house.office.store, name, department=department, title=title)
    return house


def pinned(house: House, job: Job) -> list[str]:
    with house.office.database.reading() as session:
        return [each.definition.name for each in choose.pinned(session, job.id)]


def test_the_intake_page_offers_the_forms_of_ones_own_department(forms: House, sato: Clerk, suzuki: Clerk) -> None:
    page = sato.http.get("/").text
    assert '<option value="refund">還付請求書</option>' in page
    assert '<option value="aid">就学援助申請書</option>' in page
    assert "tax" not in page
    assert "税の&lt;申告&gt;書" in suzuki.http.get("/").text
    assert len(forms.jobs()) == 0


def test_a_scan_is_handed_in_for_a_form_or_for_any(forms: House, sato: Clerk) -> None:
    answer = sato.hand_in(("申請.pdf", PDF), **{"service": FORMS, "option.form@paper-form": "refund"})
    assert answer.status_code == 303
    assert sato.hand_in(("申請.pdf", PDF), **{"service": FORMS, "option.form@paper-form": ""}).status_code == 303
    assert [pinned(forms, job) for job in forms.jobs()] == [["refund"], ["refund", "aid"]]
    page = sato.http.get(answer.headers["location"]).text
    assert "還付請求書 (1)" in page


def test_telling_forms_apart_can_be_chosen_where_the_service_names_one(forms: House, sato: Clerk) -> None:
    with forms.office.database.transaction() as session:
        service_of(session, FORMS).options = {"form": "refund"}
    for typed in ({}, {"option.form@paper-form": ""}):
        assert sato.hand_in(("申請.pdf", PDF), **{"service": FORMS, **typed}).status_code == 303
    assert [pinned(forms, job) for job in forms.jobs()] == [["refund"], ["refund", "aid"]]


def test_another_departments_form_is_refused_as_unknown_and_what_was_typed_stays(forms: House, sato: Clerk) -> None:
    answer = sato.hand_in(("申請.pdf", PDF), **{"service": FORMS, "option.form@paper-form": "tax", "title": "春の申請"})
    assert answer.status_code == 422
    assert "form-unknown" in answer.text
    assert "春の申請" in answer.text
    assert forms.jobs() == []
    assert forms.incoming == []


def test_the_api_refuses_an_unknown_form_before_it_takes_the_file(forms: House, api: httpx.Client) -> None:
    fields = {"service": FORMS, "options": '{"form": "tix"}'}
    answer = api.post("/api/v1/jobs", files=form(fields, ("申請.pdf", PDF)))
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "form-unknown"
    assert forms.kept == [key for key in forms.kept if key.startswith("forms/")]


def test_a_recording_is_no_scan(forms: House, sato: Clerk) -> None:
    answer = sato.hand_in(("会議.wav", b"RIFF\x00\x00\x00\x00WAVEfmt "), service=FORMS)
    assert answer.status_code == 415
    assert "wrong-service" in answer.text
    assert forms.jobs() == []


def ended(house: House, job: Job, told: Read) -> None:
    """The job from its split to its end, with two sheets."""
    database = house.office.database
    for stage in range(3):
        with database.transaction() as session:
            moment = now(session)
            session.merge(Worker(id="w1", capability="form", host="here", pid=1, started_at=moment, seen_at=moment))
        with database.transaction() as session:
            [lease] = lease_next(session, "form", 60, 60)
            lifecycle.claim(session, lease.part_id, lease.epoch, "w1", 60)
            if stage == 0:
                lifecycle.expect(session, lease.part_id, lease.epoch, 2.0)
                lifecycle.add_work(session, lease.part_id, lease.epoch, [NewPart(0, 2.0, {})])
            if stage < 2:
                lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, 2.0 * stage)
            else:
                lifecycle.finish(
                    session, lease.part_id, lease.epoch, outputs=[], verified=1.0, review=True, result={}, read=told
                )
    assert lease.job_id == job.id


def test_the_jobs_page_counts_values_and_doubts_and_lists_the_pages_that_were_not_read(
    forms: House, sato: Clerk, suzuki: Clerk
) -> None:
    sato.hand_in(("申請.pdf", PDF), **{"service": FORMS, "option.form@paper-form": "refund"})
    [job] = forms.jobs()
    with forms.office.database.reading() as session:
        revision = session.scalars(select(FormRevision.id).where(FormRevision.title == "還付請求書")).one()
    ended(forms, job, read(revision))
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "確認待ち" in page
    assert "2枚を調べ、3個の値を読みました。人の確認が要る値は1個です。" in page
    assert "読まなかったページ(1枚)" in page
    assert "どの帳票とも一致しません。" in page
    assert suzuki.http.get(f"/jobs/{job.receipt}").status_code == 404
