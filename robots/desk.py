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
from collections.abc import Mapping, Sequence

from playwright.async_api import Error

from robots import tab
from robots.errors import (
    BrowserLostError,
    NotPressedError,
    NotSentError,
    RunError,
    ScreenChangedError,
    SignInExpiredError,
    SystemUnavailableError,
    WrongScreenError,
)
from robots.screen import Screen, plain
from robots.sending import Sending, moment, origin
from robots.tab import Tab, bare

CLOSED_FOR_NOW = re.compile("メンテナンス|保守|停止中|時間外|利用できません|ご利用いただけません|混み合って")
"""A heading with one of these is the system's own word that it is not there now."""


class Desk(Tab):
    """Verbs of a clerk. All raise BrowserLostError when the browser is gone, RunError's kinds as told above."""

    # --- pages ------------------------------------------------------------------------------------------

    async def open(self, path: str, screen: str) -> None:
        """Go to an address within the finance system and find this screen there."""
        begun = self._begin()
        try:
            await self.page.goto(self._address(path), wait_until="domcontentloaded", timeout=self.timeout * 1000)
            await self._read()
        except Error as error:
            raise self._told(error) from error
        finally:
            self._note("open", path, begun)
        await self.expect(screen)

    async def look(self, path: str, screen: str) -> Screen:
        """Read a page without opening it here: what stands on this desk stays as it is. A search by its address is one such page."""
        begun = self._begin()
        found = await self._call("look", path=self._address(path), patience=self.timeout * 1000)
        self._note("look", path, begun)
        page = Screen.of(self._answered(found))
        self.on_screen(page)
        return _expected(page, (screen,))

    async def fetch(self, path: str) -> bytes:
        """A file of the finance system with this sign-in, such as a csv export."""
        begun = self._begin()
        found = self._answered(await self._call("fetch", path=self._address(path), patience=self.timeout * 1000))
        self._note("fetch", path, begun)
        if "page" in found:
            page = Screen.of(found["page"])
            _expected(page, ())
        return base64.b64decode(found["base64"])

    async def csv(self, path: str, encoding: str = "cp932") -> Sequence[Mapping[str, str]]:
        """A csv export with headings, a mapping for each line.

        Raises ScreenChangedError when it is no such file, or a line is cut or has a heading of its own: what a list does not show
        counts as not there.
        """
        text = (await self.fetch(path)).decode(encoding, errors="replace").removeprefix("\ufeff")
        name = path.partition("?")[0]
        try:
            lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
        except csv.Error as error:
            raise ScreenChangedError(screen=name, missing="csv") from error
        if not lines:
            raise ScreenChangedError(screen=name, missing="csv")
        headings, *rest = lines
        for number, line in enumerate(rest, 2):
            if len(line) != len(headings):
                raise ScreenChangedError(
                    screen=f"{name} ({number})", missing=headings[min(len(line), len(headings) - 1)]
                )
        return [plain(zip(headings, line, strict=True)) for line in rest]

    def _address(self, path: str) -> str:
        """Below where the finance system begins, which need not be the root of its house."""
        return self.url + path if path.startswith("/") else path

    async def expect(self, *screens: str) -> str:
        """Which of these screens stands here, by its heading. Raises WrongScreenError and its kinds."""
        self._no_intruder(screens)
        return _expected(self.screen, screens).heading

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
            raise ScreenChangedError(screen=self._screen.heading, missing=self.masked(missing))

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
        return self.masked(self.screen.message)

    async def notice(self) -> str:
        """What else the page tells (a remark, a hint); empty when it tells nothing."""
        return self.masked(self.screen.notice)

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

    async def release(self, place: tuple[float, float], within: float) -> None:
        """Open the gate until `within` seconds after `aim`, click once, wait for the page.

        Raises NotPressedError when it is certain that nothing was sent, nor will be. Whatever else is raised: something may have been.
        """
        begun = time.time()
        sending = Sending(
            self.page, origin(self.url), self._aimed + within, self.timeout, self._came.set, self._stop_loading
        )
        self._came.clear()
        try:
            async with sending:
                await self._open_gate(within, sending)
                went = await self._clicked(place, sending)
                if not went:
                    # While the way is still watched: what a script of this page tries later would go out unseen.
                    await self._left()
        finally:
            self._note("press", "last", begun)
        if sending.held:
            # It stays caught as long as this page stands.
            raise sending.trouble or BrowserLostError(reason="held")
        if not went:
            raise (
                NotPressedError if sending.trouble is None else NotSentError(reason=sending.trouble.evidence["reason"])
            )

    async def _open_gate(self, within: float, sending: Sending) -> None:
        trouble = NotPressedError()
        try:
            self._no_intruder(())
            if await self._call("open", within=within):
                return
        except RunError as error:
            trouble = NotSentError(reason=error.code)
        if sending.give_up():
            # Nothing was clicked, but a script of the page has sent its form by itself.
            raise WrongScreenError(expected=self.screen.heading, found=bare(self.page.url))
        raise trouble

    async def _clicked(self, place: tuple[float, float], sending: Sending) -> bool:
        """Whether anything may have been sent."""
        try:
            sending.clicking = True
            await asyncio.wait_for(self.page.mouse.click(*place), self.timeout + tab.HUNG)
            if not await self._let_through(sending) and not sending.give_up():
                return False
            try:
                await asyncio.wait_for(self._came.wait(), self.timeout)
            except TimeoutError:
                await sending.end()
            await self._arrive(0.0)
        except Exception as error:
            # Asked in a way that also ends what is still connecting: it would be sent after its row was given out anew.
            if sending.caught.is_set() and not sending.give_up():
                return False
            if sending.trouble is not None:
                raise sending.trouble from error
            if isinstance(error, Error):
                raise self._told(error) from error
            if isinstance(error, TimeoutError):
                raise BrowserLostError(reason=f"{self.timeout + tab.HUNG:.0f} s") from error
            raise
        if sending.trouble is not None and sending.sent:
            raise sending.trouble
        return sending.give_up()

    async def _let_through(self, sending: Sending) -> bool:
        """Whether the gate let the click through. What the click brought forth tells it, too: from then on Chromium may keep our question
        until that is over."""
        asked = asyncio.ensure_future(self._call("pressed", leaves=True))
        caught = asyncio.ensure_future(sending.caught.wait())
        try:
            await asyncio.wait({asked, caught}, return_when=asyncio.FIRST_COMPLETED)
            return caught.done() or asked.result() is not False
        finally:
            for each in (asked, caught):
                each.cancel()
            await asyncio.gather(asked, caught, return_exceptions=True)


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
    raise WrongScreenError(expected="・".join(screens), found=screen.heading or bare(screen.address))
