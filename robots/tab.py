"""One page of the browser, below the words of a clerk: calls into it, what comes, dialogs, pictures, and its errors as a run's."""

import asyncio
import base64
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Dialog, Error, Page

from robots.errors import BrowserLostError, SystemUnavailableError, WrongScreenError
from robots.screen import Screen

SCRIPT = files("robots").joinpath("page.js").read_text(encoding="utf-8")
GONE = re.compile("closed|crashed|Connection|disconnected|detached")
HUNG = 10.0
"""Seconds beyond the patience with the finance system after which a page that answers nothing is taken for hung."""
QUALITY = 45
"""Of pictures: small Japanese print stays readable."""
TALLEST = 4000
"""Pixels of a page in a picture; what is below is left out."""
TURNS = 5
"""So often a page may go on by itself before it is no page to be read."""


@dataclass(frozen=True)
class Step:
    """One verb of a desk, for the trace of a row. Holds no value that was typed."""

    moment: float
    """Seconds since 1970."""
    verb: str
    what: str
    """Labels, words or address."""
    seconds: float
    heading: str = ""
    """Of the page that stood there afterwards."""
    trouble: str = ""


class Tab:
    """What a desk is made of. All raise BrowserLostError when the browser is gone."""

    def __init__(self, page: Page, url: str, timeout: float) -> None:
        self.page = page
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.steps: list[Step] = []
        self.answers: tuple[str, ...] = ()
        """Questions (confirm dialogs) that the flow knows and answers with yes."""
        self.masked: Callable[[str], str] = lambda text: text
        """Takes the secrets of the row out of what a system says by itself: its words go into errors."""
        self.on_screen: Callable[[Screen], None] = lambda _: None
        """Called with every page that came: the rehearsal looks on."""
        self._screen: Screen | None = None
        self._intruder = ""
        self._view = (page.viewport_size or {"height": 0})["height"]
        self._lens: CDPSession | None = None
        self._came = asyncio.Event()
        page.on("domcontentloaded", lambda _: self._came.set())
        page.on("crash", lambda _: self._came.set())
        page.on("close", lambda _: self._came.set())
        page.on("dialog", self._answer)

    @property
    def screen(self) -> Screen:
        """The page as it was read when it came."""
        if self._screen is None:
            raise WrongScreenError(expected="", found="")
        return self._screen

    @property
    def has_screen(self) -> bool:
        """Whether any page was read yet."""
        return self._screen is not None

    async def stand_by(self, address: str) -> None:
        """Go to a page only for its address: to ask from there with `look` and `fetch`."""
        try:
            await self.page.goto(address, wait_until="commit", timeout=self.timeout * 1000)
        except Error as error:
            raise self._told(error) from error

    # --- evidence ---------------------------------------------------------------------------------------

    async def picture(self, labels: Sequence[str], texts: Sequence[str]) -> bytes:
        """JPEG of the whole page, with flat boxes over what stands beside these labels and wherever these texts stand.

        The browser's own command: Playwright's waits for fonts and two frames first, which doubles its price.
        """
        try:
            async with asyncio.timeout(self.timeout + HUNG):
                lens = await self._opened_lens()
                size = await self._call("hide", labels=list(labels), texts=list(texts))
                height = min(size["height"], TALLEST)
                clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
                taken = await lens.send(
                    "Page.captureScreenshot",
                    {
                        "format": "jpeg",
                        "quality": QUALITY,
                        "clip": clip,
                        "captureBeyondViewport": height > self._view,
                        "optimizeForSpeed": True,
                    },
                )
        except TimeoutError as error:
            raise BrowserLostError(reason=f"{self.timeout + HUNG:.0f} s") from error
        except Error as error:
            raise self._told(error) from error
        return base64.b64decode(taken["data"])

    # --- inside -----------------------------------------------------------------------------------------

    async def _call(self, verb: str, leaves: object = ..., **given: object) -> Any:
        """One call into the page. `leaves`: the answer when the page was left before it could give one."""
        try:
            async with asyncio.timeout(self.timeout + HUNG):
                return await self.page.evaluate(SCRIPT, {"verb": verb, "given": given})
        except TimeoutError as error:
            raise BrowserLostError(reason=f"{self.timeout + HUNG:.0f} s") from error
        except Error as error:
            if leaves is not ... and "context was destroyed" in str(error):
                return leaves
            raise self._told(error) from error

    async def _arrive(self, patience: float, *, stays: bool = False) -> None:
        """The page that comes, read."""
        if not stays:
            try:
                async with asyncio.timeout(patience):
                    await self._came.wait()
            except TimeoutError as error:
                await self._stop_loading()
                self._no_intruder(())
                raise SystemUnavailableError(reason=f"{self.timeout:.0f} s") from error
        await self._read()

    async def _stop_loading(self) -> None:
        """A page that was given up must not come later and stand where something else is expected."""
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(HUNG):
                await (await self._opened_lens()).send("Page.stopLoading")

    async def _opened_lens(self) -> CDPSession:
        if self._lens is None:
            self._lens = await self.page.context.new_cdp_session(self.page)
        return self._lens

    async def _read(self) -> None:
        """Read the page; one that goes on by itself is read where it ends."""
        for _ in range(TURNS):
            self._came.clear()
            found = await self._call("read", leaves=None)
            if found is not None:
                self._screen = Screen.of(found)
                self.on_screen(self._screen)
                return
            try:
                async with asyncio.timeout(self.timeout):
                    await self._came.wait()
            except TimeoutError as error:
                await self._stop_loading()
                raise SystemUnavailableError(reason=f"{self.timeout:.0f} s") from error
        raise WrongScreenError(expected="", found=bare(self.page.url))

    async def _left(self) -> None:
        """Away from this page, so that no script of it can send anything any more; nothing to do when it is gone."""
        for turn in range(TURNS):
            try:
                await self.page.goto("about:blank", wait_until="commit", timeout=self.timeout * 1000)
            except Error as error:
                if GONE.search(error.message):
                    return
                # A page that was on its way came in between.
                if turn == TURNS - 1:
                    raise self._told(error) from error
            else:
                return

    def _begin(self) -> float:
        self._no_intruder(())
        return time.time()

    def _note(self, verb: str, what: str, begun: float) -> None:
        heading = self._screen.heading if self._screen else ""
        self.steps.append(Step(begun, verb, what, time.time() - begun, heading))

    def _answered(self, found: Any) -> Any:
        if "trouble" in found:
            trouble = found["trouble"]
            raise SystemUnavailableError(reason=f"{self.timeout:.0f} s" if trouble == "timeout" else trouble)
        return found

    async def _answer(self, dialog: Dialog) -> None:
        """A dialog stops everything in the page until it is answered; what nobody expected is refused and reported."""
        try:
            if dialog.type == "beforeunload" or (dialog.type == "confirm" and dialog.message in self.answers):
                await dialog.accept()
                return
            self.intrude(dialog.message)
            await dialog.dismiss()
        except Error:
            self._came.set()

    def intrude(self, words: str) -> None:
        """Something stepped in between (a pop-up): the next verb reports it."""
        self._intruder = self._intruder or self.masked(words) or "?"
        self._came.set()

    def _no_intruder(self, expected: Sequence[str]) -> None:
        if self._intruder:
            found, self._intruder = self._intruder, ""
            raise WrongScreenError(
                expected="・".join(expected) or (self._screen.heading if self._screen else ""), found=found
            )

    def _told(self, error: Error) -> Exception:
        """Playwright's error in the words of a run."""
        text = error.message
        network = re.search(r"net::ERR_\w+", text)
        if network:
            return SystemUnavailableError(reason=network[0])
        if error.name == "TimeoutError":
            return SystemUnavailableError(reason=f"{self.timeout:.0f} s")
        # The first line only: what follows is a log that may hold what was typed.
        return BrowserLostError(
            reason=text.splitlines()[0][:120] if GONE.search(text) else error.name or type(error).__name__
        )


def bare(address: str) -> str:
    """Without what was asked: a form that is sent by its address has all its fields in there."""
    return urlsplit(address)._replace(query="", fragment="").geturl()
