"""Pages for people with an account in a real browser: the password changed by its owner, the glossary cleared up."""

import pytest
from playwright.sync_api import Dialog, expect

from digilab.access import people
from digilab.glossary import sheet, use
from doors.house import PASSWORD, House
from doors.windows import Window, nameless, signed_in, tab_to

WIDTHS = [1280, 390]
GIVEN = "given by the lab 1"
NEW = "staple battery horse"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_given_password_is_changed_by_keyboard_alone(house: House, window: Window, width: int) -> None:
    with house.office.database.transaction() as session:
        people.set_password(session, people.person_with(session, "sato"), GIVEN)
    page = window(width).new_page()
    page.goto("/jobs")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("sato")
    tab_to(page, "#password")
    page.keyboard.type(GIVEN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/password?next=/jobs")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (nameless(page), page.locator("h1").count(), page.locator("nav").count()) == ([], 1, 0)
    for field, typed in (("#old", GIVEN), ("#new", NEW), ("#again", NEW + "x")):
        tab_to(page, field)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#again")).to_have_attribute("aria-invalid", "true")
    for field, typed in (("#old", GIVEN), ("#new", NEW), ("#again", NEW)):
        tab_to(page, field)
        page.keyboard.type(typed)
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs")
    assert page.locator("nav").count() == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_whoever_likes_changes_the_password_from_the_head_of_any_page(window: Window, width: int) -> None:
    page = signed_in(window(width))
    tab_to(page, "header a[href='/password']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/password")
    page.get_by_label("今のパスワード").fill(PASSWORD)
    page.get_by_label("新しいパスワード", exact=False).nth(0).fill(NEW)
    page.get_by_label("新しいパスワード(もう一度)").fill(NEW)
    page.get_by_role("button", name="変更する").click()
    expect(page.get_by_role("status")).to_contain_text("パスワードを変更しました")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_a_term_is_taken_away_when_one_is_sure(house: House, window: Window, width: int) -> None:
    with house.office.database.transaction() as session:
        use.bring_in(session, sheet.read_entries("用語,種類\n髙橋一郎,人名\n中央公民館,地名\n".encode()))
    page = signed_in(window(width), "operator")
    page.goto("/lab/glossary?kind=person")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    asked: list[str] = []

    def say(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", say)
    button = page.get_by_role("button", name="消す 髙橋一郎")
    button.press("Enter")
    expect(button).to_be_visible()
    with house.office.database.reading() as session:
        assert len(use.listed(session)) == 2
    button.press("Enter")
    expect(page.get_by_text("用語はありません。")).to_be_visible()
    assert page.url.endswith("/lab/glossary?kind=person")
    assert ["「髙橋一郎」を消します" in each for each in asked] == [True, True]
