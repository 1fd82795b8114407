"""What a browser makes of the practice system, where it differs from a client that only sends what it is told."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from servers.child import program
from servers.practice import LOGIN, PASSWORD, PracticeServer, practice
from servers.practice_clerk import VOUCHER


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with practice(tmp_path_factory.mktemp("practice")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: PracticeServer) -> Iterator[Page]:
    """Signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium-headless-shell"))
        opened = browser.new_page()
        opened.goto(server.url)
        opened.fill("[name=login]", LOGIN)
        opened.fill("[name=password]", PASSWORD)
        opened.click("input[value=ログイン]")
        yield opened
        browser.close()


def confirmation(page: Page, server: PracticeServer) -> None:
    """Type a voucher in, up to the last button."""
    page.goto(f"{server.url}/expense/input")
    for name, value in VOUCHER.items():
        if name in ("account", "account_kind"):
            page.select_option(f"[name={name}]", value)
        else:
            page.fill(f"[name={name}]", value)
    page.click("input[value=確認]")


@pytest.mark.parametrize(("fault", "written"), [(None, 1), (True, 2)])
def test_a_slow_double_click_of_a_browser_is_two_requests(
    page: Page, server: PracticeServer, fault: bool | None, written: int
) -> None:
    confirmation(page, server)
    server.faults(double_on_double_click=fault, slow_ms=300)
    before = len(server.vouchers())
    page.dblclick("input[value=登録]", delay=100)
    page.wait_for_selector("h1:text-is('登録結果'), h1:text-is('エラー')")
    server.no_faults()
    server.wait_for(before + written)
    assert len(server.vouchers()) == before + written


def test_every_label_stands_beside_its_field_and_nothing_is_fetched_from_elsewhere(
    page: Page, server: PracticeServer
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/expense/input")
    labels = page.eval_on_selector_all(
        "fieldset tr",
        "rows => rows.map(row => [row.cells[0].innerText, row.cells[1].querySelector('input,select').name])",
    )
    assert [label for label, _ in labels] == [
        "会計年度", "所属", "会計", "款", "項", "目", "節", "金額", "支払予定日", "債権者コード", "債権者名",
        "金融機関コード", "支店コード", "預金種目", "口座番号", "口座名義", "摘要",
    ]  # fmt: skip
    assert [name for _, name in labels] == list(VOUCHER)
    assert asked == [f"{server.url}/expense/input"]
