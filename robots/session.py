"""Browser, contexts, sign-ins: Playwright on the system's Chromium, watched, and killed by process id when it hangs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Error, Page, Playwright, async_playwright

from robots import browser, evidence
from robots.desk import Desk
from robots.errors import BrowserLostError, NotPressedError
from robots.robot import Account, Robot

GATE = files("robots").joinpath("gate.js").read_text(encoding="utf-8")
CLOSING = 5.0
"""Seconds that a browser may take to close a page; after them it is killed."""
STARTING = 60.0
VIEW = {"width": 1100, "height": 900}
"""Fixed, so that no screen of the machine and no zoom changes what stands where (R6)."""


@dataclass(frozen=True)
class Place:
    """The finance system, and how patient to be with it."""

    url: str
    timeout: float = 30.0
    """Seconds."""

    @property
    def house(self) -> str:
        """Host and port: all that may be asked anything."""
        parts = urlsplit(self.url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        return f"{parts.hostname}:{port}" if ":" not in (parts.hostname or "") else f"[{parts.hostname}]:{port}"


class Seat:
    """One signed-in context of the account: a desk to type at, a second one to look things up at."""

    entry: Desk
    lookup: Desk

    def __init__(self, owner: "Browser", robot: Robot, place: Place, account: Account) -> None:
        self.robot = robot
        self.place = place
        self.account = account
        self._owner = owner
        self._context: BrowserContext | None = None
        self._values: Mapping[str, str] = {}
        self._target: tuple[float, float] | None = None

    async def sign_in(self) -> None:
        """Sign in, also anew after the system ended it. Raises SignInRefusedError, SystemUnavailableError."""
        await self.robot.sign_in(self.entry, self.account)
        # The second page stands in the same house; it asks by addresses and shows nothing of its own.
        await self.lookup.stand_by(self.entry.screen.address)

    async def forget(self) -> None:
        """Be nobody again: without the cookies the finance system knows no sign-in."""
        if self._context is not None:
            try:
                await self._context.clear_cookies()
            except Error as error:
                raise BrowserLostError(reason=type(error).__name__) from error

    async def aim(self, button: str) -> None:
        """Shut the gate in front of the last button, and take the browser's time: the last thing before the ledger's `send`.

        Raises WrongScreenError when the page is no longer the one that was read back.
        """
        self._target = await self.entry.aim(button)

    async def press_last(self, within: float) -> None:
        """The one click, and the wait for the page that follows it.

        The gate lets a single click through and none after `within` seconds from `aim`, by the browser's own clock: a process that was
        stopped and wakes up late cannot press it any more. Raises NotPressedError when it is certain that nothing was pressed, and
        whatever a page may raise; then the click may have gone out.
        """
        if self._target is None:
            raise NotPressedError
        place, self._target = self._target, None
        await self.entry.release(place, within)

    async def picture(self) -> bytes:
        """JPEG of the entry desk, secrets masked."""
        return await evidence.picture(self.entry, self._secrets())

    async def begin_trace(self, values: Mapping[str, str]) -> None:
        """Begin a row: from now on its secret values are masked, and its steps noted."""
        self._values = values
        self.entry.steps.clear()
        self.lookup.steps.clear()

    async def end_trace(self, *, keep: bool) -> bytes | None:
        """The trace of the row (zip, without what was typed into secret fields or the login page), or None when it is not kept."""
        steps = sorted([*self.entry.steps, *self.lookup.steps], key=lambda step: step.moment)
        return await evidence.trace(self.entry, steps, self._secrets()) if keep else None

    async def recover(self) -> None:
        """After whatever went wrong: a new context, signed in; the old one closed or killed."""
        await self.leave()
        await self.take()

    async def take(self) -> None:
        """Open the context and sign in."""
        self._context = await self._owner.context(self.place)
        self.entry = await self._desk(self._context)
        self.lookup = await self._desk(self._context)
        self._context.on("page", self._close_window)
        await self.sign_in()

    async def leave(self) -> None:
        """Close the context, or kill the browser when it does not close."""
        context, self._context, self._target = self._context, None, None
        if context is not None:
            await self._owner.close(context.close())

    async def _desk(self, context: BrowserContext) -> Desk:
        try:
            page = await asyncio.wait_for(context.new_page(), STARTING)
        except (Error, TimeoutError) as error:
            raise BrowserLostError(reason=type(error).__name__) from error
        desk = Desk(page, self.place.url, self.place.timeout)
        desk.answers = self.robot.answers
        desk.masked = self._masked
        return desk

    async def _close_window(self, page: Page) -> None:
        """A window that the system opened by itself: closed, and reported by the next verb."""
        words = page.url
        with suppress(Error, TimeoutError):
            words = await asyncio.wait_for(page.title(), 1) or page.url
        self.entry.intrude(words)
        with suppress(Error, TimeoutError):
            await asyncio.wait_for(page.close(), CLOSING)

    def _masked(self, text: str) -> str:
        return evidence.masked(text, self._secrets())

    def _secrets(self) -> evidence.Secrets:
        return evidence.secrets(self.robot, self._values, self.account)


class Browser:
    """A started browser. Dead ones are noticed and killed by process id, children and all."""

    def __init__(self, program: Path, proxy: int) -> None:
        self._program = program
        self._proxy = f"http://127.0.0.1:{proxy}"
        self._playwright: Playwright | None = None
        self._chromium: Chromium | None = None
        self._mark = ""
        self._turn = asyncio.Lock()

    @property
    def alive(self) -> bool:
        """Whether it can still be worked with."""
        return self._chromium is not None and self._chromium.is_connected()

    @property
    def pid(self) -> int | None:
        """Process id of the running browser."""
        return browser.marked(self._mark) if self._mark else None

    @asynccontextmanager
    async def seat(self, robot: Robot, place: Place, account: Account) -> AsyncIterator[Seat]:
        """A context of its own, signed in."""
        seat = Seat(self, robot, place, account)
        try:
            await seat.take()
            yield seat
        finally:
            await seat.leave()

    async def context(self, place: Place) -> BrowserContext:
        """A new context that reaches nothing but this place; the browser is started, or started again, when it is not alive."""
        async with self._turn:
            try:
                return await self._context(place)
            except (Error, TimeoutError):
                # A browser may be dead without having been noticed, and Playwright's own process, too: once more with new ones.
                await self.stop()
            try:
                return await self._context(place)
            except (Error, TimeoutError) as error:
                await self.stop()
                raise BrowserLostError(reason=str(error).partition("\n")[0][:120] or "start") from error

    async def _context(self, place: Place) -> BrowserContext:
        if not self.alive:
            await self._start()
        if self._chromium is None:
            raise BrowserLostError(reason="start")
        opening = self._chromium.new_context(
            viewport={"width": VIEW["width"], "height": VIEW["height"]},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            accept_downloads=False,
            bypass_csp=True,
            service_workers="block",
            # Whatever is not the finance system goes to a port where nobody is.
            proxy={"server": self._proxy, "bypass": f"<-loopback>,{place.house}"},
        )
        context = await asyncio.wait_for(opening, STARTING)
        await context.add_init_script(GATE)
        return context

    async def close(self, closing: Awaitable[None]) -> None:
        """Wait for a page, context or browser to close; when it hangs, everything is killed by process id."""
        try:
            await asyncio.wait_for(closing, CLOSING)
        except TimeoutError:
            await self.kill()
        except Error:
            # Closed already: its browser died.
            return

    async def kill(self) -> None:
        """Kill it with all its processes; the next context starts another one."""
        if self._mark:
            await asyncio.to_thread(browser.kill, self._mark)
        self._chromium, self._mark = None, ""

    async def stop(self) -> None:
        """Close, or kill."""
        chromium = self._chromium
        if chromium is not None:
            await self.close(chromium.close())
        await self.kill()
        await self._stop_playwright()

    async def _stop_playwright(self) -> None:
        playwright, self._playwright = self._playwright, None
        if playwright is not None:
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(playwright.stop(), CLOSING)

    async def _start(self) -> None:
        await self.kill()
        await asyncio.to_thread(browser.sweep)
        if self._playwright is None:
            self._playwright = await async_playwright().start()
        self._mark = browser.new_mark()
        self._chromium = await self._playwright.chromium.launch(
            executable_path=self._program,
            args=[*browser.QUIET, self._mark],
            proxy={"server": self._proxy},
            timeout=STARTING * 1000,
            # Signals are this process's to answer: it settles its rows first.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )


@asynccontextmanager
async def open_browser(program: Path | None = None) -> AsyncIterator[Browser]:
    """Start it: the named program, else chromium-headless-shell, else chromium. Raises BrowserMissingError."""
    async with AsyncExitStack() as stack:
        proxy = stack.enter_context(browser.refusing_port())
        started = Browser(browser.program(program), proxy)
        stack.push_async_callback(started.stop)
        yield started
