"""Two scripts that key rows into the practice system without any safety, as people write them: `naive` and `bare`.

`naive`: a new page for each row, one field after the other, `networkidle` after each step. `bare`: one page for all rows, all fields by one
script, waiting for the page that comes. Neither searches, records, compares or photographs anything. Arguments: way, url, rows as JSON,
browser. Prints the seconds from the first sign-in to the last receipt number, and the numbers.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

FILL = """values => {
  for (const [label, text] of Object.entries(values)) {
    const row = [...document.querySelectorAll('tr')].find(each => each.querySelector('th')?.textContent.trim() === label)
    const field = row.querySelector('input:not([type=submit]), select')
    field.value = text
    field.dispatchEvent(new Event('input', {bubbles: true}))
    field.dispatchEvent(new Event('change', {bubbles: true}))
  }
}"""
LOGIN, PASSWORD = "kaikei", "practice-1"


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/login")
    page.locator("tr:has(th:text-is('ログインID')) >> input").fill(LOGIN)
    page.locator("tr:has(th:text-is('パスワード')) >> input").fill(PASSWORD)
    page.locator("input[type=submit][value=ログイン]").click()
    page.wait_for_url("**/menu")


def naive(page: Page, url: str, values: dict[str, str]) -> str:
    """One row on a page of its own."""
    page.goto(f"{url}/expense/input", wait_until="networkidle")
    for label, text in values.items():
        field = page.locator(f"tr:has(th:text-is('{label}')) >> :is(input:not([type=submit]), select)")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
    page.locator("input[type=submit][value=確認]").click()
    page.wait_for_load_state("networkidle")
    page.locator("input[type=submit][value=登録]").click()
    page.wait_for_load_state("networkidle")
    return number(page)


def bare(page: Page, url: str, values: dict[str, str]) -> str:
    """One row on the page of all."""
    page.goto(f"{url}/expense/input")
    page.evaluate(FILL, values)
    page.locator("input[type=submit][value=確認]").click()
    page.locator("h1:text-is('支出命令確認')").wait_for()
    page.locator("input[type=submit][value=登録]").click()
    page.locator("h1:text-is('登録結果')").wait_for()
    return number(page)


def number(page: Page) -> str:
    return str(page.locator("tr:has(th:text-is('伝票番号')) >> td").first.inner_text()).strip()


def keyed(way: str, url: str, rows: list[dict[str, str]], browser: str) -> dict[str, Any]:
    """All rows, one after the other."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser, args=["--disable-background-networking"])
        context = started.new_context()
        began = time.monotonic()
        page = context.new_page()
        sign_in(page, url)
        numbers = []
        for values in rows:
            if way == "naive":
                fresh = context.new_page()
                numbers.append(naive(fresh, url, values))
                fresh.close()
            else:
                numbers.append(bare(page, url, values))
        seconds = time.monotonic() - began
        started.close()
    return {"seconds": seconds, "numbers": numbers}


if __name__ == "__main__":
    way, url, rows, browser = sys.argv[1:]
    print(json.dumps(keyed(way, url, json.loads(Path(rows).read_text("utf-8")), browser)))
