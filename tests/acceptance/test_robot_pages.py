"""Robots' pages in a real browser: approve and settle by keyboard alone, wide and narrow, with and without scripts."""

import pytest
from playwright.sync_api import expect

from digilab.jobs.records import Job
from digilab.ledger import control
from digilab.ledger.rules import RowState
from digilab.targets import use as targets
from doors.house import PASSWORD, House
from doors.keyed import (
    ROBOT,
    SHEET,
    approve_rows,
    check,
    furnish_robot,
    hand_in,
    in_review,
    join,
    key,
    look,
    row,
    rows,
)
from doors.windows import Window, nameless, signed_in, tab_to

WIDTHS = [1280, 390]


@pytest.fixture
def jobs(house: House) -> tuple[Job, Job]:
    """A job with a row that nobody knows about, and one that waits for approval with rows of every kind."""
    furnish_robot(house)
    first = in_review(house)
    second = check(
        house, hand_in(house, title="11月分の支払" * 8), rows(8, refused=(2,)), ["「合計」の行は登録しません。"]
    )
    return first, second


def paths(first: Job, second: Job) -> dict[str, str]:
    """Every page about robots, and who looks."""
    return {
        f"/jobs/{first.receipt}": "sato",
        f"/jobs/{second.receipt}": "sato",
        f"/jobs/{first.receipt}/rows/3": "kacho",
        f"/jobs/{second.receipt}/approval": "kacho",
        "/review/rows": "kacho",
        "/lab/robots": "operator",
        "/": "sato",
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_robots_is_wider_than_its_window_and_everything_has_a_name(
    house: House, window: Window, jobs: tuple[Job, Job], width: int
) -> None:
    with house.office.database.transaction() as session:
        targets.hold_by_hand(session, targets.target_named(session, ROBOT), "画面が変わりました" * 20, "test")
    pages = {login: signed_in(window(width), login) for login in ("sato", "kacho", "operator")}
    for path, login in paths(*jobs).items():
        page = pages[login]
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
        assert nameless(page) == [], path
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
        assert len(ids) == len(set(ids)), path


def test_the_head_approves_by_keyboard_alone_and_the_page_of_the_submitter_follows(
    house: House, window: Window
) -> None:
    furnish_robot(house)
    job = hand_in(house)
    sato = signed_in(window())
    sato.goto(f"/jobs/{job.receipt}")
    expect(sato.locator("#state")).to_have_text("受付済み")
    check(house, job, rows(5, refused=(2,)))
    expect(sato.locator("#state")).to_have_text("承認待ち")
    expect(sato.get_by_role("link", name="承認の画面を見る")).to_be_visible()
    kacho = signed_in(window(), "kacho")
    tab_to(kacho, "a[href$='/approval']")
    kacho.keyboard.press("Enter")
    kacho.wait_for_url("**/approval")
    expect(kacho.locator("#sums")).to_contain_text("15,000円")
    tab_to(kacho, "#approve-password")
    kacho.keyboard.type("not the password")
    kacho.keyboard.press("Enter")
    expect(kacho.locator("#problem")).to_be_focused()
    expect(kacho.locator("#problem")).to_contain_text("パスワードが違う")
    expect(kacho.locator("#approve-password")).to_have_value("")
    tab_to(kacho, "#approve-password")
    kacho.keyboard.type(PASSWORD)
    kacho.keyboard.press("Enter")
    kacho.wait_for_url(f"**/jobs/{job.receipt}")
    expect(kacho.locator("#state")).to_have_text("処理中")
    expect(sato.locator("#state")).to_have_text("処理中")
    key(house, job)
    join(house, job)
    expect(sato.locator("#state")).to_have_text("完了")
    expect(sato.locator("#row-5")).to_contain_text("R8-00005")
    expect(sato.locator("#reconciliation")).to_contain_text("突合: 一致")


def test_a_row_is_settled_by_keyboard_alone_after_looking_at_its_picture(house: House, window: Window) -> None:
    furnish_robot(house)
    job = in_review(house)
    page = signed_in(window())
    page.goto(f"/jobs/{job.receipt}")
    tab_to(page, "a[href^='/review/rows?receipt']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/rows?receipt=*")
    for picture in page.locator("img").all():
        expect(picture).to_have_js_property("complete", True)
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 50)")
    tab_to(page, "input[value=registered]")
    page.keyboard.press("Space")
    tab_to(page, "input[name=slip]")
    page.keyboard.type("R8-00777")
    assert page.locator("input[name=reason]").evaluate("(field) => field.required") is False
    tab_to(page, ".settle input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("要照合はすべて片付きました")).to_be_visible()
    assert (row(house, job, 3).state, row(house, job, 3).receipt) == ("done", "R8-00777")
    tab_to(page, "form[action$='/go-on'] input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/jobs/{job.receipt}")
    join(house, job)
    expect(page.locator("#state")).to_have_text("完了")


def test_without_scripts_rows_are_approved_and_settled_all_the_same(house: House, window: Window) -> None:
    furnish_robot(house)
    job = check(house, hand_in(house), rows(3))
    page = signed_in(window(390, java_script_enabled=False), "kacho")
    page.goto(f"/jobs/{job.receipt}/approval")
    page.locator("#approve-password").fill(PASSWORD)
    page.get_by_role("button", name="承認する").click()
    page.wait_for_url(f"**/jobs/{job.receipt}")
    assert look(house, job.id).state == "running"
    key(house, job, {2: (RowState.UNKNOWN, "")})
    join(house, job)
    page.goto("/review/rows")
    page.get_by_label("登録されていない。登録しない").check()
    page.get_by_label("理由").fill("財務会計システムで確かめた")
    # The password of the approval was typed a moment ago.
    expect(page.get_by_text("パスワードは確認済みです")).to_be_visible()
    page.get_by_role("button", name="答えを記録する").click()
    expect(page.get_by_text("要照合はすべて片付きました")).to_be_visible()
    assert row(house, job, 2).state == "withdrawn"


def test_robots_are_stopped_with_one_press(house: House, window: Window) -> None:
    furnish_robot(house)
    page = signed_in(window(), "operator")
    page.get_by_role("link", name="ロボット").click()
    page.get_by_role("button", name="すべてのロボットを止める").click()
    expect(page.get_by_role("heading", name="すべてのロボットを止めています")).to_be_visible()
    with house.office.database.reading() as session:
        stop = control.stopped(session)
    assert stop is not None
    assert (stop.login, stop.reason) == ("operator", "緊急停止")


def test_a_sheet_is_handed_in_for_its_time(house: House, window: Window) -> None:
    furnish_robot(house)
    page = signed_in(window())
    page.get_by_label("支出命令の登録").check()
    page.get_by_label("予定の時刻に").check()
    page.set_input_files("#file", [{"name": "支払.csv", "mimeType": "text/csv", "buffer": SHEET}])
    page.get_by_role("button", name="提出する").click()
    page.wait_for_url("**/jobs/DL-*")
    [job] = house.jobs()
    assert (job.kind, job.options["start"]) == ("robot", "schedule")


def test_rows_are_told_in_english_where_it_is_asked_for(house: House, window: Window) -> None:
    furnish_robot(house)
    job = approve_rows(house, check(house, hand_in(house), rows(2)))
    page = window(locale="en-GB").new_page()
    page.goto("/sign-in")
    page.get_by_label("Login").fill("sato")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    page.goto(f"/jobs/{job.receipt}")
    expect(page.locator("#row-1")).to_contain_text("To be keyed")
