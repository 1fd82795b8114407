"""A desk: one page of a signed-in context, worked in the words that stand on the screen.

Finance screens have tables of labels, no test ids; so fields are found by the label beside them, buttons by their words. What is not
there is never guessed: ScreenChangedError says which screen lacks which label. Every page that comes is asked first whether it is the
expected one: a login page is SignInExpiredError, a maintenance page or a 5xx SystemUnavailableError, any other page WrongScreenError.

A page is read once when it comes, in one call; `expect`, `shown`, `fields`, `table` and `message` speak of that reading.
"""

import asyncio
import base64
import csv
import io
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Dialog, Error, Page

from robots.errors import (
    BrowserLostError,
    ScreenChangedError,
    SignInExpiredError,
    SystemUnavailableError,
    WrongScreenError,
)
from robots.screen import Screen
from robots.sending import Sending, moment

SCRIPT = files("robots").joinpath("page.js").read_text(encoding="utf-8")
CLOSED_FOR_NOW = re.compile("メンテナンス|保守|停止中|時間外|利用できません|ご利用いただけません|混み合って")
"""A heading with one of these is the system's own word that it is not there now."""
GONE = re.compile("closed|crashed|Connection|disconnected|detached")
HUNG = 10.0
"""Seconds beyond the patience with the finance system after which a page that answers nothing is taken for hung."""
QUALITY = 45
"""Of pictures: small Japanese print stays readable."""
TALLEST = 4000
"""Pixels of a page in a picture; what is below is left out."""


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


class Desk:
    """Verbs of a clerk. All raise BrowserLostError when the browser is gone, RunError's kinds as told above."""

    def __init__(self, page: Page, url: str, timeout: float) -> None:
        self.page = page
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.steps: list[Step] = []
        self.answers: tuple[str, ...] = ()
        """Questions (confirm dialogs) that the flow knows and answers with yes."""
        self.on_screen: Callable[[Screen], None] = lambda _: None
        """Called with every page that came: the rehearsal looks on."""
        self._screen: Screen | None = None
        self._intruder = ""
        self._aimed = 0.0
        self._view = (page.viewport_size or {"height": 0})["height"]
        self._lens: CDPSession | None = None
        self._came = asyncio.Event()
        page.on("domcontentloaded", lambda _: self._came.set())
        page.on("crash", lambda _: self._came.set())
        page.on("close", lambda _: self._came.set())
        page.on("dialog", self._answer)

    # --- pages ------------------------------------------------------------------------------------------

    async def open(self, path: str, screen: str) -> None:
        """Go to an address within the finance system and find this screen there."""
        begun = self._begin()
        try:
            await self.page.goto(self.url + path, wait_until="domcontentloaded", timeout=self.timeout * 1000)
            await self._read()
        except Error as error:
            raise self._told(error) from error
        finally:
            self._note("open", path, begun)
        await self.expect(screen)

    async def look(self, path: str, screen: str) -> Screen:
        """Read a page without opening it here: what stands on this desk stays as it is. A search by its address is one such page."""
        begun = self._begin()
        found = await self._call("look", path=path, patience=self.timeout * 1000)
        self._note("look", path, begun)
        page = Screen.of(self._answered(found))
        self.on_screen(page)
        return _expected(page, (screen,))

    async def fetch(self, path: str) -> bytes:
        """A file of the finance system with this sign-in, such as a csv export."""
        begun = self._begin()
        found = self._answered(await self._call("fetch", path=path, patience=self.timeout * 1000))
        self._note("fetch", path, begun)
        if "page" in found:
            page = Screen.of(found["page"])
            _expected(page, ())
        return base64.b64decode(found["base64"])

    async def csv(self, path: str, encoding: str = "cp932") -> Sequence[Mapping[str, str]]:
        """A csv export with headings, a mapping for each line."""
        text = (await self.fetch(path)).decode(encoding, errors="replace").removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    async def expect(self, *screens: str) -> str:
        """Which of these screens stands here, by its heading. Raises WrongScreenError and its kinds."""
        self._no_intruder(screens)
        return _expected(self.screen, screens).heading

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

    # --- reading and typing -----------------------------------------------------------------------------

    async def fill(self, values: Mapping[str, str]) -> None:
        """Type into fields by their labels, all by one script, with the events that typing causes; a select takes the code or the words.

        Raises ScreenChangedError naming a label that is not there (once, and open for typing), before anything is typed, or a choice that
        the field does not offer. Text beyond what the field takes is cut as a keyboard's would be: reading back tells.
        """
        begun = self._begin()
        result = await self._call("fill", values=dict(values))
        self._note("fill", "、".join(values), begun)
        if result["missing"]:
            raise ScreenChangedError(screen=result["heading"], missing="、".join(result["missing"]))
        self._screen = Screen.of(result["page"])
        if result["refused"]:
            missing = "、".join(f"{label}: {text}" for label, text in result["refused"])
            raise ScreenChangedError(screen=self._screen.heading, missing=missing)

    async def fields(self) -> Mapping[str, str]:
        """What stands in the fields of the page by label."""
        return {field.label: field.value for field in self.screen.fields}

    async def shown(self) -> Mapping[str, str]:
        """What a page of labels and values shows, by label."""
        return self.screen.texts()

    async def table(self) -> Sequence[Mapping[str, str]]:
        """The page's list, one mapping of heading and text per line."""
        return self.screen.table()

    async def message(self) -> str:
        """What the page objects to; empty when it objects to nothing."""
        return self.screen.message

    async def notice(self) -> str:
        """What else the page tells (a remark, a hint); empty when it tells nothing."""
        return self.screen.notice

    async def text(self, label: str) -> str:
        """What is shown beside a label. Raises ScreenChangedError when it is not there."""
        return self.screen.text(label)

    # --- buttons ----------------------------------------------------------------------------------------

    async def press(self, words: str, beside: str = "") -> None:
        """Press a button or follow a link, and wait for the page that comes (not for the network to fall silent).

        `beside`: the label of the table's row in which it stands, where several bear the same words.
        """
        begun = self._begin()
        self._came.clear()
        try:
            result = await self._call("press", words=words, beside=beside, leaves={"found": 1})
            if result["found"] != 1:
                missing = f"{words} ×{result['found']}" if result["found"] else words
                raise ScreenChangedError(screen=self.screen.heading, missing=missing)
            deadline = time.monotonic() + self.timeout
            while result.get("state") == "nothing" and not self._came.is_set() and time.monotonic() < deadline:
                result = await self._call("watch", leaves={"found": 1})
            patience = max(0.0, deadline - time.monotonic())
            await self._arrive(patience, stays=result.get("state") == "stays")
            self._no_intruder(())
        finally:
            self._note("press", words, begun)

    async def aim(self, words: str) -> tuple[float, float]:
        """Shut the gate in front of the last button and say where it is, after making sure that the page is still what was read.

        From now on nothing but `release` can press anything on this page.
        """
        read = self.screen
        self._aimed = moment()
        result = await self._call("aim", words=words)
        now = Screen.of(result["page"])
        if result["found"] != 1:
            raise ScreenChangedError(screen=now.heading, missing=words)
        if not result["free"]:
            raise WrongScreenError(expected=read.heading, found=f"{now.heading} ({words})")
        if (now.heading, now.shown, now.fields) != (read.heading, read.shown, read.fields):
            raise WrongScreenError(expected=read.heading, found=now.heading)
        self._no_intruder((read.heading,))
        return result["x"], result["y"]

    async def release(self, place: tuple[float, float], within: float) -> bool:
        """Open the gate until `within` seconds after `aim`, click once, wait for the page.

        False: it is certain that nothing was sent. Whatever is raised: something may have been.
        """
        begun = self._begin()
        parts = urlsplit(self.url)
        sending = Sending(
            self.page, f"{parts.scheme}://{parts.netloc}", self._aimed + within, self.timeout, self._came.set
        )
        self._came.clear()
        try:
            async with sending:
                if not await self._call("open", within=within):
                    return False
                await asyncio.wait_for(self.page.mouse.click(*place), self.timeout + HUNG)
                if await self._call("pressed", leaves=None) is False and not sending.give_up():
                    return False
                await self._arrive()
        except Exception as error:
            # Asked in a way that also ends what is still connecting: it would be sent after its row was given out anew.
            if sending.caught.is_set() and not sending.give_up():
                return False
            if sending.trouble is not None:
                raise sending.trouble from error
            if isinstance(error, Error):
                raise self._told(error) from error
            if isinstance(error, TimeoutError):
                raise BrowserLostError(reason=f"{self.timeout + HUNG:.0f} s") from error
            raise
        finally:
            self._note("press", "last", begun)
        if sending.trouble is not None and sending.sent:
            raise sending.trouble
        return sending.give_up()

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

    async def _arrive(self, patience: float | None = None, *, stays: bool = False) -> None:
        """The page that comes, read."""
        if not stays:
            try:
                async with asyncio.timeout(self.timeout if patience is None else patience):
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
        for _ in range(5):
            self._came.clear()
            found = await self._call("read", leaves=None)
            if found is not None:
                self._screen = Screen.of(found)
                self.on_screen(self._screen)
                return
            async with asyncio.timeout(self.timeout):
                await self._came.wait()
        raise WrongScreenError(expected="", found=self.page.url)

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
        self._intruder = self._intruder or words or "?"
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


def _expected(screen: Screen, screens: Sequence[str]) -> Screen:
    if screen.heading in screens:
        return screen
    if screen.address.startswith("chrome-error:"):
        raise SystemUnavailableError(reason="net::ERR")
    if screen.status >= 500:
        raise SystemUnavailableError(reason=f"HTTP {screen.status}")
    if CLOSED_FOR_NOW.search(screen.heading):
        raise SystemUnavailableError(reason=screen.heading)
    if screen.password == 1:
        raise SignInExpiredError(found=screen.heading)
    raise WrongScreenError(expected="・".join(screens), found=screen.heading or screen.address)
