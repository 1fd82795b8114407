"""The adapter of paper forms, with the real engine and made scans, stage by stage in this process."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.people import add_person, asker, person_with
from digilab.access.rules import Role
from digilab.config import FormSettings, Settings
from digilab.database.session import Database, now
from digilab.first_start import FORM_SERVICE, LAB, LOGIN, prepare
from digilab.forms import publish, values
from digilab.forms.check import Checked, checked
from digilab.forms.records import FieldValue, FormCase, FormRevision, Sheet
from digilab.forms.shipped import shipped
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs import history
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.lifecycle import retry
from digilab.jobs.records import Job, Part, Worker
from digilab.jobs.rules import PartState, Stage
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.review import use
from digilab.review.rules import ILLEGIBLE, Standing
from digilab.store.folder import FolderStore
from house.tree import ROOT
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench

SAMPLE = ROOT / "samples" / "forms"
MADE = next(SAMPLE.glob("*.pdf"))
TRUTH = {page["page"]: page for page in json.loads((SAMPLE / "truth.json").read_text("utf-8"))["pages"]}
TRANSFER, CLAIM = "bank-transfer-request", "travel-expense-claim"
PX_PER_MM = 12


def pages_of(form: str, kind: str) -> list[int]:
    return [number for number, page in TRUTH.items() if (page["form"], page["kind"]) == (form, kind)]


UPSIDE_DOWN = pages_of(TRANSFER, "upside-down")[0]
SKEWED = pages_of(CLAIM, "skew")[0]
FLAT = pages_of(TRANSFER, "scan-200")[0]


def pdf(path: Path, *numbers: int | None) -> Path:
    """Pages of the made scans as one file; None is a blank one."""
    with pypdfium2.PdfDocument(MADE) as source, pypdfium2.PdfDocument.new() as target:
        for number in numbers:
            if number is None:
                target.new_page(595, 842).close()
            else:
                target.import_pages(source, [number - 1])
        target.save(path)
    return path


def stranger(path: Path) -> Path:
    """A page that belongs to no form."""
    page = np.full((2338, 1654, 3), 255, np.uint8)
    for line in range(200, 2100, 60):
        cv2.putText(page, "NOTICE OF A MEETING 2026", (150, line), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (20, 20, 20), 2)
    path.write_bytes(cv2.imencode(".png", page)[1].tobytes())
    return path


@pytest.fixture(scope="module")
def forms() -> Iterator[list[Checked]]:
    """The shipped definitions, checked once for all tests."""
    with checked(shipped(None), "ja") as found:
        yield [form for form in found if isinstance(form, Checked)]


@pytest.fixture
def office(data: Path, sqlite: Database, forms: list[Checked]) -> Office:
    """A house with the shipped forms and a worker of paper forms."""
    settings = Settings(data=data, forms=FormSettings(pages_per_part=2))
    prepare(sqlite)
    office = Office(settings, sqlite, FolderStore(settings.store_folder), InProcessQueue())
    for form in forms:
        publish.publish(sqlite, office.store, form, department=None, login="test", personal_numbers=False)
    with sqlite.transaction() as session:
        for baseline in session.scalars(select(Baseline)):
            hours.approve(session, baseline, asker(person_with(session, LOGIN)))
    return office


@pytest.fixture(scope="module")
def warm() -> Iterator[list[Bench]]:
    """The engine of the first test's bench is handed on: loading it takes longer than reading a page."""
    benches: list[Bench] = []
    yield benches
    for bench in benches[:1]:
        bench.engines.close()


@pytest.fixture
def bench(office: Office, warm: list[Bench]) -> Bench:
    bench = Bench(office, "w1", Keeper(office, "w1"))
    if warm:
        bench.engines = warm[0].engines
    warm.append(bench)
    return bench


def handed_in(office: Office, *paths: Path, form: str = "", title: str = "") -> int:
    received = []
    for path in paths:
        incoming = office.store.receive()
        incoming.write(path.read_bytes())
        received.append(Received(path.name, incoming))
    with office.database.reading() as session:
        clerk = asker(person_with(session, LOGIN))
    submission = Submission(FORM_SERVICE, received, {"form": form} if form else {}, title=title)
    allowed = office.settings.forms.personal_number_allowed
    return submit(
        office.database, office.store, office.queue, clerk, submission, max_files=9, personal_numbers=allowed
    ).job_id


@dataclass(frozen=True)
class Outcome:
    """What the record says when nothing is left to do."""

    job: Job
    files: dict[str, bytes]
    """Outputs by name."""
    sheets: list[Sheet]
    values: list[FieldValue]
    work: list[Part]

    def read(self, sheet: int) -> dict[str, str]:
        """Raw strings of one sheet by path."""
        return {value.path: value.raw for value in self.values if value.sheet == sheet}

    def named(self, ending: str) -> bytes:
        """The one output whose name ends so."""
        [content] = [content for name, content in self.files.items() if name.endswith(ending)]
        return content


def worked_through(office: Office, bench: Bench, job_id: int) -> Outcome:
    """Give out and do parts, as clock and worker do."""
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    clock = Clock(office)
    while dispatched(office, clock):
        while (message := queue.take("form")) is not None:
            bench.run(*message)
    with office.database.reading() as session:
        job = session.get_one(Job, job_id)
        files = {}
        for file in job.files:
            if file.role == "output":
                with office.store.open(file.key) as blocks:
                    files[file.name] = b"".join(blocks)
        read = list(session.scalars(select(FieldValue).where(FieldValue.job_id == job_id).order_by(FieldValue.id)))
        work = [part for part in job.parts if part.stage == Stage.WORK]
        return Outcome(job, files, list(values.sheets(session, job_id)), read, work)


def dispatched(office: Office, clock: Clock) -> int:
    """One round of the clock while the worker is alive."""
    with office.database.transaction() as session:
        moment = now(session)
        session.merge(Worker(id="w1", capability="form", host="here", pid=1, started_at=moment, seen_at=moment))
    return clock.tick()


def picture(content: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)


def stored(office: Office, key: str | None) -> bytes:
    assert key is not None
    with office.store.open(key) as blocks:
        return b"".join(blocks)


def test_scans_become_values_in_every_format_and_wait_for_a_person(
    office: Office, bench: Bench, tmp_path: Path
) -> None:
    scan = pdf(tmp_path / "申請書.pdf", UPSIDE_DOWN, SKEWED, FLAT)
    outcome = worked_through(office, bench, handed_in(office, scan, title="令和8/9年度 申請"))
    assert outcome.job.state == "review", outcome.job.failure
    assert outcome.job.verified == 3
    assert [(sheet.verdict, sheet.case_number, sheet.form_page) for sheet in outcome.sheets] == [
        ("fits", 1, 1), ("fits", 2, 1), ("fits", 3, 1)
    ]  # fmt: skip
    assert [notice["code"] for notice in outcome.sheets[0].notices] == ["turned"]
    assert len(outcome.work) == 2, "two pages, then one"

    for number, page in enumerate((UPSIDE_DOWN, SKEWED, FLAT), 1):
        truth = TRUTH[page]["fields"]
        read = outcome.read(number)
        plain = {path: "".join(raw.split()) for path, raw in read.items()}
        right = [path for path in truth if plain.get(path, "") == "".join(truth[path].split())]
        assert len(right) > 0.8 * len(truth), {path: (truth[path], plain.get(path)) for path in truth}

    assert {Path(name).suffix for name in outcome.files} == {".csv", ".xlsx", ".json", ".pdf"}
    assert all(name.startswith("令和8／9年度 申請") for name in outcome.files)
    table = list(csv.reader(io.StringIO(outcome.named(f"{TRANSFER}_2026-04.csv").decode("utf-8-sig"))))
    assert len(table) == 1 + 2
    assert outcome.named(f"{TRANSFER}_2026-04_cp932.csv").decode("cp932").count("\r\n") == 3
    assert load_workbook(io.BytesIO(outcome.named(".xlsx"))).sheetnames
    assert len(json.loads(outcome.named(".json"))["cases"]) == 3
    with pypdfium2.PdfDocument(outcome.named("確認用.pdf")) as overlay:
        assert len(overlay) == 3
    with office.database.reading() as session:
        assert hours.of_job(session, outcome.job.id) == [], "booked when the review is over"


def test_every_value_has_its_place_its_picture_and_its_revision(office: Office, bench: Bench, tmp_path: Path) -> None:
    outcome = worked_through(office, bench, handed_in(office, pdf(tmp_path / "一枚.pdf", FLAT), form=TRANSFER))
    [sheet] = outcome.sheets
    page = picture(stored(office, sheet.picture))
    assert page.shape == (297 * PX_PER_MM // 2, 210 * PX_PER_MM // 2, 3)
    with office.database.reading() as session:
        revision = session.get_one(FormRevision, sheet.revision_id)
        assert revision.definition.name == TRANSFER
        assert session.scalars(select(FormCase.engine)).one().startswith("ocr ")
    assert {value.revision_id for value in outcome.values} == {revision.id}
    assert {value.path for value in outcome.values} == {field["path"] for field in revision.fields}
    for value in outcome.values:
        content = values.crop(office.store, value)
        assert content is not None, value.path
        crop = picture(content)
        margin = 3.0
        width, height = (round((each + margin) * PX_PER_MM * 2 / 3) for each in value.box[2:])
        assert crop.shape[:2] == pytest.approx((height, width), abs=3), value.path
        assert 0 <= value.p_wrong <= 1
    amount = next(value for value in outcome.values if value.path == "amount")
    assert amount.decision == "two-keys", "the form asks for two keys"
    x, y, width, height = (round(each * PX_PER_MM / 2) for each in amount.box)
    place = page[y : y + height, x : x + width].mean(axis=2)
    crop = picture(values.crop(office.store, amount) or b"")
    assert abs(place.mean() - crop.mean()) < 12, "the crop shows the same place as the page"


def test_pages_that_fit_no_form_are_held_and_told_and_the_rest_goes_on(
    office: Office, bench: Bench, tmp_path: Path
) -> None:
    scans = (pdf(tmp_path / "束.pdf", FLAT, None), stranger(tmp_path / "案内.png"))
    outcome = worked_through(office, bench, handed_in(office, *scans))
    assert outcome.job.state == "review"
    assert outcome.job.verified == 1
    assert [sheet.verdict for sheet in outcome.sheets] == ["fits", "blank", "unknown"]
    fits, blank, unknown = outcome.sheets
    assert (fits.file, blank.file, unknown.file) == ("束.pdf", "束.pdf", "案内.png")
    assert "白紙" in blank.reason["ja"]
    assert "案内.png" in unknown.reason["en"]
    assert blank.picture is None
    assert picture(stored(office, unknown.picture)).shape[2] == 3
    assert "案内.png" in outcome.named("保留ページ.csv").decode("utf-8-sig")
    with pypdfium2.PdfDocument(outcome.named("合わないページ.pdf")) as differences:
        assert len(differences) == 1


def test_a_form_that_was_not_chosen_is_none_of_the_jobs(office: Office, bench: Bench, tmp_path: Path) -> None:
    scan = pdf(tmp_path / "請求.pdf", FLAT, SKEWED)
    outcome = worked_through(office, bench, handed_in(office, scan, form=CLAIM))
    assert [sheet.verdict == "fits" for sheet in outcome.sheets] == [False, True]
    assert len(outcome.work) == 1


def test_when_no_page_fits_the_job_fails_with_the_picture_of_the_difference_and_can_be_tried_again(
    office: Office, bench: Bench, tmp_path: Path
) -> None:
    job_id = handed_in(office, stranger(tmp_path / "案内.png"))
    outcome = worked_through(office, bench, job_id)
    assert outcome.job.state == "failed"
    assert outcome.job.failure is not None
    assert outcome.job.failure["code"] == "form-mismatch"
    assert outcome.job.failure["evidence"]["name"] == "案内.png"
    assert outcome.job.failure["sentences"]["ja"].startswith("帳票が定義と一致しません")
    with pypdfium2.PdfDocument(outcome.named("案内_合わないページ.pdf")) as differences:
        assert len(differences) == 1
    with office.database.transaction() as session:
        retry(session, job_id, "test")
    again = worked_through(office, bench, job_id)
    assert again.job.state == "failed"
    assert list(again.files) == ["案内_合わないページ.pdf"]


def test_a_pile_of_blank_sheets_is_told_as_such(office: Office, bench: Bench, tmp_path: Path) -> None:
    outcome = worked_through(office, bench, handed_in(office, pdf(tmp_path / "裏.pdf", None, None)))
    assert outcome.job.failure is not None
    assert outcome.job.failure["code"] == "form-blank"
    assert outcome.files == {}


def test_when_no_page_can_be_opened_the_reason_is_told_and_no_picture_is_promised(
    office: Office, bench: Bench, tmp_path: Path
) -> None:
    office.settings.forms.max_pixels = 1_000_000
    outcome = worked_through(office, bench, handed_in(office, stranger(tmp_path / "案内.png")))
    assert outcome.job.state == "failed"
    assert outcome.job.failure is not None
    assert outcome.job.failure["code"] == "page-too-large"
    assert "案内.png" in outcome.job.failure["sentences"]["ja"]
    assert outcome.files == {}


def test_one_bad_file_among_several_fails_the_job_by_its_name(office: Office, bench: Bench, tmp_path: Path) -> None:
    good, cut = pdf(tmp_path / "良い.pdf", FLAT), tmp_path / "途中.pdf"
    cut.write_bytes(good.read_bytes()[:9000])
    outcome = worked_through(office, bench, handed_in(office, good, cut))
    assert outcome.job.state == "failed"
    assert outcome.job.failure is not None
    assert outcome.job.failure["evidence"]["name"] == "途中.pdf"
    assert "途中.pdf" in outcome.job.failure["sentences"]["ja"]
    assert outcome.work == []


def test_a_waiting_job_is_read_by_the_revision_of_its_day(  # D5, D6
    office: Office, bench: Bench, tmp_path: Path, forms: list[Checked]
) -> None:
    job_id = handed_in(office, pdf(tmp_path / "一枚.pdf", FLAT), form=TRANSFER)
    [old] = [form for form in forms if form.name == TRANSFER]
    folder = tmp_path / "newer"
    shutil.copytree(old.folder, folder)
    text = (folder / "form.yaml").read_text("utf-8")
    (folder / "form.yaml").write_text(text.replace("revision: 2026-04", "revision: 2027-04"), "utf-8")
    with checked([folder], "ja") as [newer]:
        assert isinstance(newer, Checked)
        publish.publish(office.database, office.store, newer, department=None, login="test", personal_numbers=False)
    with office.database.transaction() as session:
        publish.retire(session, TRANSFER, department=None, revision="2026-04", login="test")
    outcome = worked_through(office, bench, job_id)
    assert outcome.job.state == "review"
    assert [case["revision"] for case in json.loads(outcome.named(".json"))["cases"]] == ["2026-04"]


def test_a_split_that_runs_again_hands_no_page_over_twice(office: Office, bench: Bench, tmp_path: Path) -> None:
    job_id = handed_in(office, pdf(tmp_path / "束.pdf", FLAT, FLAT, FLAT), form=TRANSFER)
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    assert dispatched(office, Clock(office)) == 1
    message = queue.take("form")
    assert message is not None
    bench.run(*message)
    with office.database.transaction() as session:  # as if the split's worker had died after its last handful
        part = session.get_one(Part, message[0])
        part.state, part.worker, part.lease_until, part.result = PartState.WAITING, None, None, None
    office.settings.forms.pages_per_part = 1
    outcome = worked_through(office, bench, job_id)
    assert outcome.job.state == "review"
    assert [len(part.payload["pages"]) for part in outcome.work] == [2, 1]
    assert [sheet.ordinal for sheet in outcome.sheets] == [1, 2, 3]


def test_a_split_that_another_version_of_the_engine_began_goes_on(office: Office, bench: Bench, tmp_path: Path) -> None:
    job_id = handed_in(office, pdf(tmp_path / "束.pdf", FLAT, FLAT, FLAT), form=TRANSFER)
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    dispatched(office, Clock(office))
    message = queue.take("form")
    assert message is not None
    bench.run(*message)
    with office.database.transaction() as session:  # as if it had died after its first handful, and been updated
        part = session.get_one(Part, message[0])
        part.state, part.worker, part.lease_until, part.result = PartState.WAITING, None, None, None
        first, second = session.scalars(select(Part).where(Part.stage == Stage.WORK).order_by(Part.ordinal))
        pages = first.payload["pages"]
        told = [{**page, "sorted": {**page["sorted"], "notices": ["hidden-text"]}} for page in pages]
        first.payload = {**first.payload, "pages": told}
        session.delete(second)
    outcome = worked_through(office, bench, job_id)
    assert outcome.job.state == "review"
    assert [[page["sheet"] for page in part.payload["pages"]] for part in outcome.work] == [[1, 2], [3]]


def test_intermediate_files_go_and_pictures_for_the_review_stay(office: Office, bench: Bench, tmp_path: Path) -> None:
    outcome = worked_through(office, bench, handed_in(office, pdf(tmp_path / "一枚.pdf", FLAT)))
    assert list(office.store.keys("work/")) == []
    assert list(office.scratch.iterdir()) == []
    needed = {outcome.sheets[0].picture, *(value.crop_key for value in outcome.values)}
    needed |= {(part.result or {})["readings"] for part in outcome.work}
    assert {listed.key for listed in office.store.keys("evidence/")} == needed


# --- people's word ------------------------------------------------------------------------------------------


def settled(office: Office, job_id: int, minutes: float, **words: str) -> None:
    """Everything in doubt as the truth has it, by two people where two key it; and some values by path as they are given."""
    truth = TRUTH[FLAT]
    right = {**truth["fields"], **truth["values"], **words}
    with office.database.transaction() as session:
        job = session.get_one(Job, job_id)
        first, second = (asker(person_with(session, login)) for login in (LOGIN, "second"))
        for who in (first, second):
            doubts = [
                each.value for each in use.review(session, job, who).asked if each.standing is not Standing.SETTLED
            ]
            more = [value for value in values_of(session, job_id) if value.path in words and value not in doubts]
            use.answer(session, job_id, who, [reply(value, right) for value in doubts + (more if who is first else [])])
        use.finish(session, job_id, first, minutes)


def reply(value: FieldValue, right: dict[str, str]) -> use.Reply:
    return use.Reply(value.id, right.get(value.path, ""), illegible=right.get(value.path) == ILLEGIBLE)


def values_of(session: Session, job_id: int) -> list[FieldValue]:
    return list(session.scalars(select(FieldValue).where(FieldValue.job_id == job_id).order_by(FieldValue.id)))


def written(outcome: Outcome) -> dict[str, str]:
    """The one row of the csv by heading."""
    headings, row = csv.reader(io.StringIO(outcome.files["申請書.csv"].decode("utf-8-sig")))
    return dict(zip(headings, row, strict=True))


@pytest.fixture
def second(office: Office) -> None:
    """Somebody else who keys."""
    with office.database.transaction() as session:
        add_person(
            session,
            login="second",
            name="二人目",
            department_code=LAB,
            role=Role.STAFF,
            password="correct horse battery",
        )


@pytest.mark.usefixtures("second")
def test_the_results_are_written_anew_with_peoples_word_and_again_when_a_value_turns_out_to_be_wrong(
    office: Office, bench: Bench, tmp_path: Path
) -> None:
    job_id = handed_in(office, pdf(tmp_path / "申請書.pdf", FLAT), form=TRANSFER)
    before = worked_through(office, bench, job_id)
    assert before.job.state == "review"
    settled(office, job_id, 2.0, request_date="令和8年5月6日", address=ILLEGIBLE, reason="備品の購入")
    done = worked_through(office, bench, job_id)
    assert done.job.state == "done", done.job.failure
    row = written(done)
    assert (row["依頼日"], row["住所"], row["請求の内容"]) == ("2026-05-06", "●", "備品の購入")
    assert row["確認が要る項目"] == ""
    assert done.files.keys() == before.files.keys()
    assert [(each.raw, each.value, each.p_wrong) for each in done.values] == [
        (each.raw, each.value, each.p_wrong) for each in before.values
    ]
    record = {value["path"]: value for value in json.loads(done.named(".json"))["cases"][0]["values"]}
    assert (record["reason"]["p_wrong"], record["reason"]["decision"]) == (0.0, "accept")

    with office.database.transaction() as session:
        use.reopen(session, job_id, asker(person_with(session, LOGIN)))
    settled(office, job_id, 1.0, reason="書籍の購入")
    again = worked_through(office, bench, job_id)
    assert again.job.state == "done"
    assert written(again) == {**row, "請求の内容": "書籍の購入"}
    with office.database.reading() as session:
        assert [each.net_minutes for each in hours.of_job(session, job_id)] == [3.0 - 2.0, -1.0]
        assert [told.event for told in history.of_job(session, job_id, "ja")].count("booked") == 1
    Clock(office).tidy()
    assert all(stored(office, part.result["readings"]) for part in again.work if part.result)


@pytest.mark.usefixtures("second")
def test_a_word_that_breaks_a_rule_brings_the_other_fields_of_the_rule_back_to_people(
    office: Office, bench: Bench, tmp_path: Path
) -> None:
    job_id = handed_in(office, pdf(tmp_path / "申請書.pdf", FLAT), form=TRANSFER)
    worked_through(office, bench, job_id)
    with office.database.transaction() as session:
        for value in values_of(session, job_id):
            if value.path == "payee_kana":
                value.decision = "accept"
    settled(office, job_id, 1.0, holder_kana="ベツノ ナマエ")
    outcome = worked_through(office, bench, job_id)
    assert outcome.job.state == "review"
    doubted = next(value for value in outcome.values if value.path == "payee_kana")
    assert (doubted.decision, [finding["code"] for finding in doubted.findings]) == ("look", ["readings-differ"])
    settled(office, job_id, 1.0)
    assert worked_through(office, bench, job_id).job.state == "done"


# --- personal numbers ---------------------------------------------------------------------------------------

NUMBER = "123456789018"
"""Twelve digits whose last one is the right check digit; nobody's."""


@pytest.fixture
def guarded(office: Office) -> Office:
    """A house that may hold personal numbers, with a form that asks for one."""
    settings = Settings(data=office.settings.data, forms=FormSettings(personal_number_allowed=True))
    allowed = Office(settings, office.database, office.store, office.queue)
    with checked([ROOT / "tests" / "forms" / "personal-number-report"], "ja") as [form]:
        assert isinstance(form, Checked)
        publish.publish(office.database, office.store, form, department=None, login="test", personal_numbers=True)
    return allowed


def numbered(path: Path) -> Path:
    """The report with the number written into its cells."""
    folder = ROOT / "tests" / "forms" / "personal-number-report"
    page = cv2.imread(str(folder / "blank.png"))
    assert page is not None
    scale = page.shape[1] / 210
    left, top, width, height = 57, 69, 120, 11
    for place, digit in enumerate(NUMBER):
        corner = (round((left + width / 12 * (place + 0.3)) * scale), round((top + height * 0.75) * scale))
        cv2.putText(page, digit, corner, cv2.FONT_HERSHEY_DUPLEX, 0.21 * scale, (60, 30, 20), round(0.35 * scale))
    path.write_bytes(cv2.imencode(".png", page)[1].tobytes())
    return path


def test_a_personal_number_is_masked_in_the_record_the_results_and_the_pictures(
    guarded: Office, bench: Bench, tmp_path: Path
) -> None:  # S40
    bench = Bench(guarded, "w1", bench._keeper)
    job_id = handed_in(guarded, numbered(tmp_path / "届.png"), form="personal-number-report")
    outcome = worked_through(guarded, bench, job_id)
    assert outcome.job.state == "review", outcome.job.failure
    [number] = [value for value in outcome.values if value.type == "personal-number"]
    assert number.masked
    assert {*number.raw, *number.value} <= {"*"}
    assert number.value, "something was read"
    for name, content in outcome.files.items():
        assert NUMBER.encode() not in content, name
    for table in (FieldValue, Sheet, FormCase, Job, Part):
        with guarded.database.reading() as session:
            for row in session.execute(select(*table.__table__.columns)):
                assert NUMBER not in repr(row), table
    for prefix in ("evidence/", "work/", "outputs/"):
        for listed in guarded.store.keys(prefix):
            assert NUMBER.encode() not in stored(guarded, listed.key), listed.key
    crop = picture(values.crop(guarded.store, number) or b"")
    assert crop.std() < 1, "nothing of it shows"
    page = picture(stored(guarded, outcome.sheets[0].picture))
    x, y, width, height = (round(each * PX_PER_MM / 2) for each in number.box)
    assert page[y + 3 : y + height - 3, x + 3 : x + width - 3].max() < 40


def test_the_picture_of_what_does_not_fit_shows_no_personal_number(
    guarded: Office, bench: Bench, tmp_path: Path
) -> None:
    bench = Bench(guarded, "w1", bench._keeper)
    page = cv2.imread(str(numbered(tmp_path / "届.png")))
    assert page is not None
    lower = page.shape[0] // 3
    page[lower + 150 :] = page[lower:-150].copy()
    (tmp_path / "旧.png").write_bytes(cv2.imencode(".png", page)[1].tobytes())
    outcome = worked_through(guarded, bench, handed_in(guarded, tmp_path / "旧.png", form="personal-number-report"))
    assert outcome.job.failure is not None
    assert outcome.job.failure["code"] == "form-mismatch"
    [difference] = [picture(stored(guarded, each.key)) for each in guarded.store.keys("evidence/")]
    assert difference.min(axis=2).min() < 128, "lines are there"
    assert difference.max(axis=2).min() > 128, "and nothing dark"
