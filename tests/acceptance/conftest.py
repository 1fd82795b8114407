"""A house behind a web server and a real browser in front of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from digilab.database.session import Database
from doors.house import House, furnished
from doors.server import serving
from doors.windows import Window


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's own browser: nothing is downloaded. For a module only: while it is open no other test can run an event loop."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found is not None, "no Chromium is installed and the tests need it: run `make setup`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def house(data: Path, sqlite: Database) -> House:
    return furnished(data, sqlite, max_file_bytes=8 * 1024 * 1024)


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with serving(house.office) as (address, _):
        yield address


@pytest.fixture
def window(chromium: Browser, url: str) -> Iterator[Window]:
    """A fresh browser window that fails the test when a page asks somebody outside, complains, or breaks its own policy."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: request.url.startswith((url, "blob:")) or wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: complaint(message) and wrong.append(message.text))

    def complaint(message: Any) -> bool:
        # A refused form is answered with a status of 400 and above, and the browser notes that; it is no fault of the page. Neither is a
        # database that a test takes away.
        told = ("the server responded with a status of 4", "the server responded with a status of 503")
        return message.type == "error" and not any(each in message.text for each in told)

    def open_window(width: int = 1280, **options: Any) -> BrowserContext:
        size = {"width": width, "height": 900}
        context = chromium.new_context(**{"base_url": url, "locale": "ja-JP", "viewport": size, **options})
        context.set_default_timeout(15_000)
        context.on("page", watch)
        opened.append(context)
        return context

    yield open_window
    for context in opened:
        context.close()
    assert wrong == []
