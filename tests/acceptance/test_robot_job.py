"""A spreadsheet through a house of real processes: `digilab up`, a finance system, three people at their browsers."""

import csv
import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from sqlalchemy import func, select
from typer.testing import CliRunner

from digilab.cli import app
from digilab.database.session import Database
from digilab.jobs.records import Part
from digilab.jobs.rules import PartState, job_id_of
from digilab.ledger.records import LedgerRow
from doors.clerk import Clerk, form_token
from keying.rows import expense_rows
from robots.flows import robot_named
from servers.digilab_up import UpHouse, digilab_up
from servers.practice import LOGIN, PASSWORD, PracticeServer, practice

ROBOT = "expense_entry"
STOP_SECONDS = 5.0
"""Within so long of the press no robot touches anything any more (S39)."""
Desk = Callable[[str], Page]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """The practice finance system."""
    with practice(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, system: PracticeServer) -> Iterator[UpHouse]:
    """A house that is up, its robot set up as docs/operators/robots.md has it."""
    settings = {"DIGILAB_WORK__WORKERS": "1", "DIGILAB_ROBOTS__ROWS_PER_PART": "4"}
    with digilab_up(tmp_path_factory.mktemp("up"), **settings) as house:
        told(house, "robots", "set", ROBOT, "--url", system.url, "--contexts", "2", "--settle-seconds", "3")
        told(house, "department", "add", "010", "総務課")
        told(house, "robots", "credential", "set", ROBOT, "--login", LOGIN, "--department", "010", given=PASSWORD)
        yield house


def told(house: UpHouse, *words: str, given: str = "") -> str:
    """What a `digilab …` command prints, in this process: a start of its own takes a second each."""
    ended = CliRunner(env=house.environment).invoke(app, words, input=given)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.fixture(scope="module")
def passwords(up: UpHouse) -> dict[str, str]:
    """Three people, and what they sign in with."""
    people = {"sato": ("佐藤 花子", "staff"), "kacho": ("課長 みどり", "head"), "ope": ("運用 太郎", "operator")}
    found = {}
    for login, (name, role) in people.items():
        said = told(up, "user", "add", login, name, "010", "--role", role)
        match = re.search(r"パスワード: (\S+)", said)
        assert match is not None, said
        found[login] = changed(up, login, match[1])
    return found


def changed(up: UpHouse, login: str, given: str) -> str:
    """The password that somebody chose who was given one."""
    own = f"chosen by {login} alone"
    clerk = Clerk(up.url)
    with clerk.http:
        clerk.sign_in(login, given)
        token = form_token(clerk.http.get("/password").text)
        fields = {"form_token": token, "old": given, "new": own, "again": own}
        answer = clerk.http.post("/password", data=fields)
    assert answer.headers.get("location") == "/", answer.text
    return own


@pytest.fixture
def desk(chromium: Browser, up: UpHouse, passwords: dict[str, str]) -> Iterator[Desk]:
    """Somebody signed in at a browser of their own."""
    opened: list[BrowserContext] = []

    def sit_down(login: str) -> Page:
        context = chromium.new_context(
            base_url=up.url, locale="ja-JP", viewport={"width": 1280, "height": 900}, accept_downloads=True
        )
        context.set_default_timeout(60_000)
        opened.append(context)
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("利用者ID").fill(login)
        page.get_by_label("パスワード").fill(passwords[login])
        page.get_by_role("button", name="サインイン").click()
        page.wait_for_url("/")
        return page

    yield sit_down
    for context in opened:
        context.close()


def sheet(count: int, first: int, wrong: tuple[int, ...] = ()) -> FilePayload:
    """A csv of so many rows; those in `wrong` have an amount that is none."""
    columns = robot_named(ROBOT).columns
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([column.heading for column in columns])
    for number, row in enumerate(expense_rows(count, first), 1):
        values = dict(row.values, **({"amount": "一万円くらい"} if number in wrong else {}))
        writer.writerow([values[column.name] for column in columns])
    return {"name": "支払.csv", "mimeType": "text/csv", "buffer": written.getvalue().encode("utf-8-sig")}


def handed_in(page: Page, title: str, file: FilePayload) -> str:
    """Hand it in on the page; the receipt number."""
    page.goto("/")
    page.get_by_label("支出命令登録").check()
    page.get_by_label("件名").fill(title)
    page.set_input_files("#file", [file])
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    return page.url.rpartition("/")[2]


def approved(page: Page, receipt: str, password: str, picture: Path | None = None) -> None:
    """Look at the rows and say yes."""
    page.goto(f"/jobs/{receipt}")
    expect(page.locator("#state")).to_have_text("承認待ち", timeout=60_000)
    page.get_by_role("link", name="行を確かめて承認する").click()
    if picture is not None:
        page.screenshot(path=picture, full_page=True)
    page.locator("#approve-password").fill(password)
    page.get_by_role("button", name="承認する").click()
    page.wait_for_url(f"**/jobs/{receipt}")


def slips(system: PracticeServer, receipt: str) -> dict[str, str]:
    """Numbers by reference of what the finance system has really accepted of a job."""
    mark = f"DL{job_id_of(receipt):06d}-"
    found = [line for line in system.vouchers() if str(line["reference"]).startswith(mark)]
    return {str(line["reference"]): str(line["number"]) for line in found}


def count(up: UpHouse, receipt: str, *states: str) -> int:
    """Rows of a job in these states."""
    return sum(up.client.get(f"/api/v1/jobs/{receipt}").json()["rows"]["states"].get(state, 0) for state in states)


def test_rows_go_in_and_numbers_come_out_and_what_nobody_knows_is_settled(
    up: UpHouse, system: PracticeServer, desk: Desk, passwords: dict[str, str], tmp_path: Path
) -> None:
    # Row 2 of the good ones is accepted without an answer, row 4 is not accepted without an answer.
    system.faults(lose_answer_at="2", lose_request_at="4")
    sato, kacho = desk("sato"), desk("kacho")
    receipt = handed_in(sato, "10月分の支払", sheet(10, 1, wrong=(7,)))
    approved(kacho, receipt, passwords["kacho"], tmp_path / "approval.png")
    expect(sato.locator("#state")).to_have_text("確認待ち", timeout=120_000)
    told = up.wait(receipt)
    assert told["rows"] == {"total": 10, "open": 1, "states": {"done": 8, "refused": 1, "unknown": 1}}
    assert told["hours"] is None
    assert len(slips(system, receipt)) == 8
    system.no_faults()

    # The row that nobody knows about, by whoever did not hand it in.
    kacho.goto(f"/jobs/{receipt}")
    kacho.get_by_role("link", name="要照合を片付ける(残り1行)").click()
    expect(kacho.locator(".question")).to_have_count(1)
    expect(kacho.locator("img.shot")).to_be_visible()
    kacho.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth > 100)")
    kacho.screenshot(path=tmp_path / "settle.png", full_page=True)
    kacho.get_by_label("登録されていない。もう一度登録する").check()
    kacho.get_by_label("理由").fill("財務会計システムを照合番号で検索し、ないことを確かめた")
    # The head approved a moment ago: the password of then still counts for this.
    kacho.get_by_role("button", name="答えを記録する").click()
    kacho.locator("form[action$='/go-on'] input[name=password]").fill(passwords["kacho"])
    kacho.get_by_role("button", name="続ける").click()
    kacho.wait_for_url(f"**/jobs/{receipt}")
    expect(kacho.locator("#state")).to_have_text("完了", timeout=120_000)

    told = up.wait(receipt)
    assert told["rows"] == {"total": 10, "open": 0, "states": {"done": 9, "refused": 1}}
    accepted = slips(system, receipt)
    assert len(accepted) == 9
    assert system.twice() == []
    expect(kacho.locator("#reconciliation")).to_contain_text("突合: 一致")
    shown = kacho.locator("table.rows tbody tr").all_inner_texts()
    assert len(shown) == 10
    for reference, number in accepted.items():
        [line] = [text for text in shown if reference in text]
        assert number in line
        assert "登録済" in line
    assert "一万円くらい" in " ".join(shown)
    kacho.screenshot(path=tmp_path / "job.png", full_page=True)
    kacho.get_by_role("link", name="結果画面").first.click()
    assert "image/jpeg" in kacho.evaluate("document.contentType")

    [result] = [file["name"] for file in told["files"] if file["role"] == "output" and file["name"].endswith(".xlsx")]
    book = openpyxl.load_workbook(io.BytesIO(up.fetch(receipt, result)))
    cells = [str(cell) for line in book.worksheets[0].iter_rows(values_only=True) for cell in line]
    assert set(accepted.values()) <= set(cells)


def test_the_stop_button_stops_within_five_seconds_and_nothing_is_keyed_twice_afterwards(
    up: UpHouse, system: PracticeServer, desk: Desk, passwords: dict[str, str]
) -> None:
    sato, kacho, operator = desk("sato"), desk("kacho"), desk("ope")
    system.faults(slow_ms=150)
    receipt = handed_in(sato, "11月分の支払", sheet(16, 101))
    approved(kacho, receipt, passwords["kacho"])
    operator.goto("/lab/robots")
    until(lambda: len(slips(system, receipt)) >= 3, 120)
    began = time.monotonic()
    operator.get_by_role("button", name="すべてのロボットを止める").click()
    expect(operator.get_by_role("heading", name="すべてのロボットを止めています")).to_be_visible()
    with at_rest(up, receipt) as resting:
        until(resting, STOP_SECONDS - (time.monotonic() - began))
    keyed = slips(system, receipt)
    assert len(keyed) < 16, "there was something left to stop"
    sato.goto(f"/jobs/{receipt}")
    expect(sato.locator("#place")).to_contain_text("デジラボがすべてのロボットを止めています(理由: 緊急停止)")
    assert slips(system, receipt) == keyed

    operator.locator("#resume-reason").fill("画面を確かめた")
    operator.locator("#resume-password").fill(passwords["ope"])
    operator.get_by_role("button", name="ロボットを再開する").click()
    expect(operator.get_by_role("heading", name="ロボットは動いています")).to_be_visible()
    system.no_faults()
    expect(sato.locator("#state")).to_have_text("完了", timeout=180_000)
    assert len(slips(system, receipt)) == 16
    assert system.twice() == []
    assert count(up, receipt, "done") == 16
    sato.goto(f"/jobs/{receipt}")
    expect(sato.locator("#reconciliation")).to_contain_text("突合: 一致")


class at_rest:  # noqa: N801 - reads as a question
    """Whether no worker holds a part of the job and no row is under way, asked of the record itself."""

    def __init__(self, up: UpHouse, receipt: str) -> None:
        self._database = Database(f"sqlite:///{up.folder / 'data' / 'digilab.sqlite'}")
        self._job_id = job_id_of(receipt)

    def __enter__(self) -> Callable[[], bool]:
        return self._resting

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _resting(self) -> bool:
        leased = select(func.count()).select_from(Part)
        leased = leased.where(Part.job_id == self._job_id, Part.state == PartState.LEASED)
        typing = select(func.count()).select_from(LedgerRow)
        typing = typing.where(LedgerRow.job_id == self._job_id, LedgerRow.state == "intent")
        with self._database.reading() as session:
            return session.execute(leased).scalar_one() + session.execute(typing).scalar_one() == 0


def until(happened: Callable[[], bool], patience: float) -> None:
    """Wait until it has happened; fails when it does not."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
