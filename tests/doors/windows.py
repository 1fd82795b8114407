"""What tests do in a browser's window, by keyboard and eye."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from doors.house import PASSWORD

Window = Callable[..., BrowserContext]
"""Opens one: its width, and options of the context."""


def signed_in(context: BrowserContext, login: str = "sato") -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("利用者ID").fill(login)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    page.wait_for_url("/")
    return page


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; wherever it passes, the focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const at = document.activeElement, next = at.nextElementSibling;
                const ring = (element) => element && getComputedStyle(element).outlineWidth === "4px";
                return at === document.body || ring(at) || (at.type === "file" && ring(next));
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def nameless(page: Page) -> list[str]:
    """Fields, buttons and pictures that a screen reader would have no name for."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("input:not([type=hidden]), button, select, textarea, progress, img")]
            .filter((element) => !(element.labels && element.labels.length) && !element.textContent.trim()
                && !element.getAttribute("aria-label") && !element.alt)
            .map((element) => element.outerHTML)"""
    )
    return found
