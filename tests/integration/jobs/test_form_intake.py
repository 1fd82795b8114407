"""Jobs of paper forms at the door: pinned to revisions, each department by its own forms, personal numbers kept out."""

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digilab.access.records import Audit
from digilab.database.session import Database
from digilab.errors import (
    FormNoneError,
    FormRevisionChangedError,
    FormUnknownError,
    NotFoundError,
    PersonalNumberRefusedError,
    TypeMismatchError,
)
from digilab.forms import choose, publish
from digilab.forms.records import FormDefinition, FormRevision, JobForm
from digilab.jobs.intake import Received
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.store.folder import FolderStore
from doors.definitions import published
from integration.jobs.lab import Lab

SCANS = "paper-form"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


@pytest.fixture
def forms(lab: Lab) -> Lab:
    """The house with an entry for paper forms."""
    with lab.database.transaction() as session:
        add_service(session, slug=SCANS, kind=Kind.FORM, name="紙帳票のデータ化")
    return lab


def scan(lab: Lab, name: str = "申請書.pdf", content: bytes = PDF) -> Received:
    return lab.received(content, name)


def handed_in(lab: Lab, login: str = "sato", form: str = "", *, key: str | None = None) -> int:
    options = {"form": form} if form else {}
    return lab.submit(login, scan(lab), service=SCANS, options=options, idempotency_key=key).job_id


def pins(lab: Lab, job_id: int) -> list[tuple[str, str, str | None]]:
    """(form, revision, department) that the job is read by."""
    with lab.database.reading() as session:
        return [
            (each.definition.name, each.revision, each.definition.department and each.definition.department.code)
            for each in choose.pinned(session, job_id)
        ]


def retire(lab: Lab, name: str, revision: str | None = None) -> int:
    with lab.database.transaction() as session:
        return publish.retire(session, name, department=None, revision=revision, login="test")


def test_a_job_that_names_a_form_is_pinned_to_its_revisions(forms: Lab) -> None:
    published(forms.database, forms.store, "refund", revision="1")
    published(forms.database, forms.store, "refund", revision="2", content=b"id: form 2")
    published(forms.database, forms.store, "aid")
    assert pins(forms, handed_in(forms, form="refund")) == [("refund", "1", None), ("refund", "2", None)]


def test_a_job_that_leaves_it_to_the_engine_is_pinned_to_all_forms_that_the_department_may_use(forms: Lab) -> None:
    published(forms.database, forms.store, "refund")
    published(forms.database, forms.store, "aid", department="010")
    published(forms.database, forms.store, "tax", department="020")
    assert {name for name, _, _ in pins(forms, handed_in(forms))} == {"refund", "aid"}
    assert {name for name, _, _ in pins(forms, handed_in(forms, "suzuki"))} == {"refund", "tax"}


def test_a_pinned_job_keeps_its_revision_whatever_is_published_or_retired_later(forms: Lab) -> None:  # D5
    published(forms.database, forms.store, "refund", revision="1")
    job_id = handed_in(forms, form="refund")
    published(forms.database, forms.store, "refund", revision="2", content=b"id: form 2")
    assert retire(forms, "refund", "1") == 1
    assert pins(forms, job_id) == [("refund", "1", None)]
    assert pins(forms, handed_in(forms, form="refund")) == [("refund", "2", None)]


def test_a_revision_that_a_job_is_pinned_to_cannot_be_deleted(forms: Lab) -> None:  # D6
    published(forms.database, forms.store, "refund")
    job_id = handed_in(forms, form="refund")
    retire(forms, "refund")

    def remove() -> None:
        with forms.database.transaction() as session:
            session.execute(delete(FormRevision))

    with pytest.raises(IntegrityError):
        remove()
    assert pins(forms, job_id) == [("refund", "1", None)]
    with forms.database.reading() as session:
        [file] = session.scalars(select(FormRevision)).one().files
    with forms.store.open(file["key"]) as blocks:
        assert b"".join(blocks) == b"id: form"


def test_the_same_name_in_two_departments_is_two_forms(forms: Lab) -> None:  # D7
    published(forms.database, forms.store, "refund", department="010", content=b"of 010")
    published(forms.database, forms.store, "refund", department="020", content=b"of 020")
    assert pins(forms, handed_in(forms, "sato", "refund")) == [("refund", "1", "010")]
    assert pins(forms, handed_in(forms, "suzuki", "refund")) == [("refund", "1", "020")]
    assert forms.count(FormDefinition) == 2


def test_a_departments_own_form_goes_before_the_houses_of_the_same_name(forms: Lab) -> None:
    published(forms.database, forms.store, "refund", content=b"of the house")
    published(forms.database, forms.store, "refund", department="010", revision="7", content=b"of 010")
    assert pins(forms, handed_in(forms, "sato", "refund")) == [("refund", "7", "010")]
    assert pins(forms, handed_in(forms, "suzuki", "refund")) == [("refund", "1", None)]


def test_the_house_has_one_form_of_a_name(forms: Lab) -> None:
    published(forms.database, forms.store, "refund")

    def add_another() -> None:
        with forms.database.transaction() as session:
            known = session.scalars(select(FormDefinition)).one()
            session.add(FormDefinition(department_id=None, name="refund", created_at=known.created_at))

    with pytest.raises(IntegrityError):
        add_another()


def test_another_departments_form_is_as_unknown_as_one_that_does_not_exist(forms: Lab) -> None:
    published(forms.database, forms.store, "aid")
    published(forms.database, forms.store, "tax", department="020")
    with pytest.raises(FormUnknownError) as foreign:
        handed_in(forms, "sato", "tax")
    with pytest.raises(FormUnknownError) as missing:
        handed_in(forms, "sato", "tix")
    assert foreign.value.sentence().replace("tax", "tix") == missing.value.sentence()
    assert forms.count(JobForm) == 0
    assert forms.kept("inputs/") == []


def test_a_retired_form_takes_no_new_jobs(forms: Lab) -> None:
    published(forms.database, forms.store, "refund")
    published(forms.database, forms.store, "aid")
    retire(forms, "refund")
    with pytest.raises(FormUnknownError):
        handed_in(forms, form="refund")
    assert pins(forms, handed_in(forms)) == [("aid", "1", None)]
    with pytest.raises(FormUnknownError):
        retire(forms, "refund")


def test_without_any_form_a_scan_is_refused_in_words(forms: Lab) -> None:
    with pytest.raises(FormNoneError) as refused:
        handed_in(forms)
    assert "帳票定義" in refused.value.sentence()


def test_recordings_are_pinned_to_no_form(forms: Lab) -> None:
    published(forms.database, forms.store, "refund")
    assert pins(forms, forms.job()) == []


def test_a_repeated_request_is_the_same_job_though_its_form_was_retired_since(forms: Lab) -> None:
    published(forms.database, forms.store, "refund")
    first = handed_in(forms, form="refund", key="k1")
    retire(forms, "refund")
    assert handed_in(forms, form="refund", key="k1") == first


def test_a_form_with_personal_numbers_is_neither_published_nor_handed_in_unless_the_house_may_hold_them(
    forms: Lab,
) -> None:  # S40
    with pytest.raises(PersonalNumberRefusedError) as refused:
        published(forms.database, forms.store, "tax", personal_number=True, title="扶養控除申告書")
    assert "扶養控除申告書" in refused.value.sentence()
    assert forms.kept("forms/") == []
    published(forms.database, forms.store, "tax", personal_number=True, personal_numbers=True)
    with pytest.raises(PersonalNumberRefusedError):
        handed_in(forms, form="tax")
    with pytest.raises(PersonalNumberRefusedError):
        handed_in(forms)
    published(forms.database, forms.store, "refund")
    assert pins(forms, handed_in(forms)) == [("refund", "1", None)]


def test_a_published_revision_never_changes(forms: Lab) -> None:
    assert published(forms.database, forms.store, "refund").fresh
    assert not published(forms.database, forms.store, "refund").fresh
    with pytest.raises(FormRevisionChangedError):
        published(forms.database, forms.store, "refund", content=b"id: something else")
    assert forms.count(FormRevision) == 1
    assert len(forms.kept("forms/")) == 1


def test_two_first_revisions_of_a_form_brought_in_at_once_are_both_there(
    postgresql: Database, folder_store: FolderStore
) -> None:
    """On SQLite the second one waits for the first one's end."""

    def quicker(_session: Session, *_: object) -> None:
        published(postgresql, folder_store, "refund", revision="1")

    event.listen(Session, "before_flush", quicker, once=True)
    told = published(postgresql, folder_store, "refund", revision="2", content=b"id: form 2")
    assert told.fresh
    with postgresql.reading() as session:
        assert {each.revision for each in publish.revisions_of(session, "refund", None)} == {"1", "2"}


def test_a_retired_revision_comes_back_when_the_same_content_is_published_again(forms: Lab) -> None:
    published(forms.database, forms.store, "refund")
    retire(forms, "refund")
    assert published(forms.database, forms.store, "refund").fresh
    assert pins(forms, handed_in(forms, form="refund")) == [("refund", "1", None)]
    with forms.database.reading() as session:
        told = [line.action for line in session.scalars(select(Audit).where(Audit.subject == "refund"))]
    assert told == ["form-publish", "form-retire", "form-publish"]


def test_a_form_for_a_department_that_does_not_exist_is_refused(forms: Lab) -> None:
    with pytest.raises(NotFoundError):
        published(forms.database, forms.store, "refund", department="999")
    assert forms.kept("forms/") == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("申請書.jpg", PDF),
        ("申請書.pdf", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
        ("申請書.pdf", "申請書".encode()),
        ("申請書.pdf", bytes(range(256))),
        ("申請書.png", b"PK\x03\x04\x14\x00"),
        ("申請書.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("申請書.jpg", b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00"),
        ("申請書.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ],
)
def test_a_scan_whose_content_is_not_what_its_name_says_is_refused_at_the_door(  # P1, P17, P24
    forms: Lab, name: str, content: bytes
) -> None:
    published(forms.database, forms.store, "refund")
    with pytest.raises(TypeMismatchError):
        forms.submit("sato", scan(forms, name, content), service=SCANS)
    assert forms.kept("inputs/") == []
