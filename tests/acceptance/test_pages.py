"""The pages in a real browser: by keyboard alone, with and without scripts, wide and narrow, asking nobody outside."""

import csv
import io
import json

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from pypdfium2 import PdfDocument
from sqlalchemy import select, text

from digilab.access.records import SignIn
from digilab.database.session import now
from digilab.forms.check import Checked, checked
from digilab.forms.publish import publish
from digilab.forms.records import FieldValue
from digilab.hours.use import approve, propose
from digilab.jobs import lifecycle
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import Job, Worker
from digilab.jobs.rules import JobState
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from doors.house import PASSWORD, WAV, House
from doors.windows import Window, nameless, signed_in, tab_to
from house.tree import ROOT
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench

WIDTHS = [1280, 390]
FORM = "bank-transfer-request"
SCANS = next((ROOT / "samples" / "forms").glob("*.pdf"))
TRUTH = next(
    page
    for page in json.loads(SCANS.with_name("truth.json").read_text("utf-8"))["pages"]
    if (page["form"], page["kind"]) == (FORM, "scan-200")
)
RECORDING: FilePayload = {
    "name": "20261120_総務常任委員会.wav",
    "mimeType": "audio/wav",
    "buffer": WAV + bytes(300_000),
}
SECOND: FilePayload = {"name": "20261120_後半.wav", "mimeType": "audio/wav", "buffer": WAV + bytes(100_000)}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_job_is_handed_in_and_cancelled_by_keyboard_alone(house: House, window: Window, width: int) -> None:
    page = window(width).new_page()
    # Heard from the start: asked for only beside the key, Chromium may open the dialog before the catching stands.
    page.on("filechooser", lambda chooser: chooser.set_files([RECORDING, SECOND]))
    page.goto("/")
    assert page.evaluate("document.activeElement.id") == "login"
    page.keyboard.type("sato")
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(page, "input[name=service]")
    tab_to(page, "#title")
    page.keyboard.type("総務常任委員会")
    tab_to(page, "#file")
    page.keyboard.press("Space")
    expect(page.locator("#chosen li")).to_have_count(2)
    tab_to(page, "button[aria-label='20261120_後半.wav を外す']")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen li")).to_have_count(1)
    tab_to(page, "#submit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/DL-*")
    expect(page.get_by_role("heading", level=1)).to_have_text("総務常任委員会")
    page.on("dialog", lambda dialog: dialog.accept())
    tab_to(page, "form[action$='/cancel'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("取消")
    (job,) = house.jobs()
    assert [file.size for file in house.files(job.id)] == [len(RECORDING["buffer"])]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(house: House, window: Window, width: int) -> None:
    house.finished()
    house.failed()
    house.hand_in(title="非常に長い件名" * 20, name="とても長いファイル名" * 15 + ".wav")
    page = signed_in(window(width))
    for path in ["/", "/jobs", *(f"/jobs/{job.receipt}" for job in house.jobs()), "/jobs/DL-999999-8"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto("/")
    page.set_input_files("#file", [{**RECORDING, "name": "長い名前" * 40 + ".wav"}])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_field_has_a_name_and_every_page_one_heading(house: House, window: Window) -> None:
    house.finished()
    page = signed_in(window())
    for path in ["/", "/jobs", f"/jobs/{house.jobs()[0].receipt}"]:
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.lang") == "ja"
        assert nameless(page) == [], path


def test_the_page_follows_its_job_and_shows_the_files_at_the_end(house: House, window: Window) -> None:
    job = house.hand_in()
    page = signed_in(window())
    page.goto(f"/jobs/{job.receipt}")
    expect(page.locator("#place")).to_contain_text("次の番です")
    expect(page.locator("#reload")).to_be_hidden()
    house.split([1800.0] * 4)
    house.work()
    lease = house.lease()
    house.report(lease, 720.0)
    expect(page.locator("#progress-text")).to_have_text("録音 42分/120分")
    expect(page.locator("#state")).to_have_text("処理中")
    assert page.evaluate("document.getElementById('bar').value") == 0.35
    with house.office.database.transaction() as session:
        lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, 1800.0)
    house.work()
    house.work()
    house.join({"定例会.docx": b"minutes", "定例会.txt": b"text"}, 7200.0)
    expect(page.locator("#state")).to_have_text("完了")
    expect(page.get_by_text("基準 4.0分/録音1分 × 120.0分 − 作業 0分 = 480.0分")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="定例会.docx").click()
    assert download.value.suggested_filename == "定例会.docx"
    assert download.value.path().read_bytes() == b"minutes"


def test_files_can_be_dropped_on_the_page(house: House, window: Window) -> None:
    page = signed_in(window())
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array([82, 73, 70, 70, 0, 0])], "会議.wav"));
            return transfer;
        }"""
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#chosen .file-name")).to_have_text("会議.wav")
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    assert [file.name for file in house.files(1)] == ["会議.wav"]


def test_a_refusal_is_told_in_words_and_nothing_that_was_typed_is_lost(house: House, window: Window) -> None:
    page = signed_in(window())
    page.get_by_label("件名").fill("定例会")
    page.set_input_files(
        "#file", [{"name": "会議.mp3", "mimeType": "audio/mpeg", "buffer": "これは文章です。".encode()}]
    )
    page.get_by_role("button", name="提出する").click()
    expect(page.locator("#refusal")).to_contain_text("中身は別の種類")
    expect(page.locator("#refusal")).to_be_focused()
    expect(page.get_by_label("件名")).to_have_value("定例会")
    expect(page.locator("#chosen .file-name")).to_have_text("会議.mp3")
    page.get_by_role("button", name="会議.mp3 を外す").click()
    page.set_input_files("#file", [RECORDING])
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    assert [job.title for job in house.jobs()] == ["定例会"]


def test_a_file_over_the_limit_is_refused_before_it_is_sent(house: House, window: Window) -> None:
    page = signed_in(window())
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.set_input_files("#file", [{"name": "長い.wav", "mimeType": "audio/wav", "buffer": bytes(9 * 1024 * 1024)}])
    page.get_by_role("button", name="提出する").click()
    expect(page.locator("#refusal")).to_contain_text("「長い.wav」が大きすぎます。上限は8.0 MB")
    assert posts == []
    assert house.jobs() == []


def test_a_sign_in_that_ran_out_costs_nothing_that_was_typed(house: House, window: Window) -> None:
    context = window()
    page = signed_in(context)
    page.get_by_label("件名").fill("定例会")
    page.set_input_files("#file", [RECORDING])
    with house.office.database.transaction() as session:
        session.query(SignIn).delete()
    page.get_by_role("button", name="提出する").click()
    expect(page.locator("#refusal")).to_contain_text("サインインが終わりました")
    with context.expect_page() as opened:
        page.get_by_role("link", name="新しいタブでサインインする").click()
    again = opened.value
    again.get_by_label("利用者ID").fill("sato")
    again.get_by_label("パスワード").fill(PASSWORD)
    again.get_by_role("button", name="サインイン").click()
    again.wait_for_url("/")
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    assert [job.title for job in house.jobs()] == ["定例会"]


def test_a_database_that_is_away_is_told_as_that_and_not_as_the_end_of_a_sign_in(house: House, window: Window) -> None:
    page = signed_in(window())
    page.get_by_label("件名").fill("定例会")
    page.set_input_files("#file", [RECORDING])
    renamed(house, "sign_ins", "away")
    page.get_by_role("button", name="提出する").click()
    expect(page.locator("#refusal")).to_contain_text("データベースに接続できません")
    expect(page.locator("#refusal")).not_to_contain_text("サインイン")
    renamed(house, "away", "sign_ins")
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    assert [job.title for job in house.jobs()] == ["定例会"]


def renamed(house: House, table: str, name: str) -> None:
    """The database no longer knows the one, as if it could not be read."""
    with house.office.database.transaction() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def test_sending_can_be_stopped_before_the_first_byte(house: House, window: Window) -> None:
    page = signed_in(window())
    page.set_input_files("#file", [RECORDING])
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 600_000, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.get_by_role("button", name="提出する").click()
    page.get_by_role("button", name="送信をやめる").click()
    expect(page.locator("#refusal")).to_contain_text("送信をやめました")
    expect(page.get_by_role("button", name="提出する")).to_be_visible()
    assert house.jobs() == []


def test_sending_can_be_stopped_and_nothing_is_left(house: House, window: Window) -> None:
    page = signed_in(window())
    page.set_input_files("#file", [{**RECORDING, "buffer": WAV + bytes(6_000_000)}])
    # As slow as a bad line, so that there is a middle to stop in.
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000},
    )
    page.get_by_role("button", name="提出する").click()
    expect(page.locator("#sending")).to_contain_text("を送信")
    page.get_by_role("button", name="送信をやめる").click()
    expect(page.locator("#refusal")).to_contain_text("送信をやめました")
    expect(page.get_by_role("button", name="提出する")).to_be_visible()
    assert house.jobs() == []


def test_without_scripts_a_job_is_handed_in_and_looked_at_all_the_same(house: House, window: Window) -> None:
    page = signed_in(window(java_script_enabled=False))
    page.get_by_label("件名").fill("定例会")
    page.locator("#file").set_input_files([RECORDING])
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    house.split([600.0])
    page.get_by_role("link", name="最新の状態を表示する").click()
    expect(page.locator("#state")).to_have_text("処理中")
    page.get_by_role("button", name="依頼を取り消す").click()
    expect(page.locator("#state")).to_have_text("取消")
    assert house.jobs()[0].status is JobState.CANCELLED


def test_without_scripts_each_service_gets_what_was_typed_under_it(house: House, window: Window) -> None:
    with house.office.database.transaction() as session:
        add_service(session, slug="council", kind=Kind.TRANSCRIPTION, name="本会議の文字起こし")
    page = signed_in(window(java_script_enabled=False))
    page.get_by_label("本会議の文字起こし").check()
    page.locator("#meeting-date-minutes").fill("2026-04-01")
    page.locator("#meeting-date-council").fill("2026-11-20")
    page.locator("#file").set_input_files([{**RECORDING, "name": "本会議.txt"}])
    page.get_by_role("button", name="提出する").click()
    expect(page.locator("#problem")).to_contain_text("本会議.txt")
    expect(page.locator("#meeting-date-minutes")).to_have_value("2026-04-01")
    expect(page.locator("#meeting-date-council")).to_have_value("2026-11-20")
    page.locator("#file").set_input_files([RECORDING])
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    assert [job.options["meeting_date"] for job in house.jobs()] == ["2026-11-20"]


def test_pages_read_well_in_english(house: House, window: Window) -> None:
    job = house.finished()
    page = signed_in_english(window(locale="en-GB"))
    page.goto(f"/jobs/{job.receipt}")
    expect(page.locator("#state")).to_have_text("Done")
    expect(page.get_by_text("Baseline 4.0 min per minute × 60.0 min − work 0 min = 240.0 min")).to_be_visible()


def signed_in_english(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Login").fill("sato")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


# --- checking values --------------------------------------------------------------------------------------


@pytest.fixture
def scanned(house: House) -> tuple[House, Job]:
    """The house with a scanned form that the real engine has read."""
    office = house.office
    with office.database.transaction() as session:
        service = add_service(session, slug="paper-form", kind=Kind.FORM, name="紙帳票のデータ化")
        baseline = propose(
            session,
            service,
            minutes_per_unit=3.0,
            valid_from=now(session).date(),
            owner="会計課長",
            evidence="実測10件",
        )
        approve(session, baseline, house.askers["admin"])
    with checked([ROOT / "form_definitions" / FORM], "ja") as [form]:
        assert isinstance(form, Checked)
        publish(office.database, office.store, form, department=None, login="test", personal_numbers=False)
    with office.store.receive() as incoming, PdfDocument(SCANS) as scans, PdfDocument.new() as one:
        one.import_pages(scans, [TRUTH["page"] - 1])
        one.save(incoming)
        submission = Submission("paper-form", [Received("請求.pdf", incoming)], title="請求")
        accepted = submit(office.database, office.store, office.queue, house.askers["sato"], submission, max_files=1)
    read_through(house)
    with office.database.reading() as session:
        return house, session.get_one(Job, accepted.job_id)


def read_through(house: House) -> None:
    """Clock and worker do everything there is to do."""
    office, queue = house.office, house.office.queue
    assert isinstance(queue, InProcessQueue)
    bench, clock = Bench(office, "w1", Keeper(office, "w1")), Clock(office)
    while alive(office) and clock.tick():
        while (message := queue.take("form")) is not None:
            bench.run(*message)
    bench.engines.close()


def alive(office: Office) -> bool:
    """The worker gives a sign of life."""
    with office.database.transaction() as session:
        moment = now(session)
        session.merge(Worker(id="w1", capability="form", host="here", pid=1, started_at=moment, seen_at=moment))
    return True


def in_doubt(house: House, job: Job, **decisions: str) -> None:
    """These values are in doubt and no others, whatever calibration says of this page."""
    with house.office.database.transaction() as session:
        for value in session.scalars(select(FieldValue).where(FieldValue.job_id == job.id)):
            value.decision = decisions.get(value.path, "accept")


def keyed(page: Page, job: Job, office: Office, wrong: dict[str, str]) -> int:
    """Answer by keyboard whatever the page asks, as the paper has it, `wrong` otherwise; how many answers."""
    with office.database.reading() as session:
        rows = session.execute(select(FieldValue.id, FieldValue.path).where(FieldValue.job_id == job.id))
        paths = {f"text-{number}": path for number, path in rows}
    right = {**TRUTH["fields"], **TRUTH["values"], **wrong}
    answers = 0
    while page.locator(".doubt:not(.doubt-saved)").count():
        at = page.evaluate("document.activeElement.id")
        assert at in paths, "the next doubt has the focus"
        wanted = right[paths[at]]
        if page.locator(f"select#{at}").count():
            page.locator(f"#{at}").select_option(wanted)
        else:
            page.keyboard.press("Control+A")
            page.keyboard.press("Delete")
            page.keyboard.type(wanted)
        with page.expect_response("**/review/answer"):
            page.keyboard.press("Enter")
        answers += 1
        page.wait_for_function("(before) => document.activeElement.id !== before", arg=at)
    return answers


def test_doubtful_values_are_checked_by_keyboard_and_stand_in_the_csv(
    scanned: tuple[House, Job], window: Window
) -> None:
    house, job = scanned
    assert job.state == "review", job.failure
    in_doubt(house, job, reason="look", amount="two-keys")
    first = signed_in(window())
    first.get_by_role("link", name=f"確認する {job.receipt}").first.press("Enter")
    first.wait_for_url("**/review")
    assert first.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 50)")
    assert (nameless(first), first.locator("h1").count()) == ([], 1)
    tab_to(first, "button[name=illegible]")
    first.reload()
    assert keyed(first, job, house.office, {"reason": "書籍の購入"}) == 2
    expect(first.locator("#review-progress")).to_have_text("確認 1件/2件")
    second = signed_in(window(390), "operator")
    second.goto(f"/jobs/{job.receipt}/review")
    assert second.evaluate("document.documentElement.scrollWidth") <= 390
    assert keyed(second, job, house.office, {}) == 1
    assert second.get_by_label("確認にかかった時間").input_value() != "", "measured by the page"
    second.get_by_label("確認にかかった時間").fill("1")
    second.keyboard.press("Enter")
    second.wait_for_url(f"**/jobs/{job.receipt}")
    expect(second.locator("#state")).to_have_text("処理中")
    read_through(house)
    expect(second.locator("#state")).to_have_text("完了")
    expect(second.get_by_text("基準 3.0分/1枚 × 1.0枚 − 作業 1分 = 2.0分")).to_be_visible()
    with second.expect_download() as download:
        second.get_by_role("link", name="請求.csv", exact=True).click()
    headings, row = csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    written = dict(zip(headings, row, strict=True))
    assert (written["請求の内容"], written["請求金額"]) == ("書籍の購入", TRUTH["values"]["amount"])


def test_doubtful_values_are_checked_without_scripts(scanned: tuple[House, Job], window: Window) -> None:
    house, job = scanned
    in_doubt(house, job, reason="look", address="look")
    page = signed_in(window(java_script_enabled=False))
    page.goto(f"/jobs/{job.receipt}/review")
    page.get_by_label("住所").fill("○○市東町1番")
    page.get_by_label("住所").press("Enter")
    expect(page.locator("#review-progress")).to_have_text("確認 1件/2件")
    page.get_by_role("button", name="読めない 請求の内容").click()
    page.get_by_role("button", name="確認を終えて結果を作る").click()
    page.wait_for_url(f"**/jobs/{job.receipt}")
    assert [each.state for each in house.jobs()] == ["running"]
