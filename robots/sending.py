"""Sends what the last button sends: once, in time, or not at all.

A browser cannot be trusted with it. When a kept-alive connection closes before an answer came, Chromium sends the same POST again by
itself, without a word, and the row stands twice; no switch turns that off. So the request that the click brings forth is caught on its way
and sent from here: over a connection of its own, one time, and not after the deadline. Its answer is handed back to the page.
"""

import asyncio
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Error, Page, Request, Route

from robots.errors import BrowserLostError, NotSentError, RunError, SystemUnavailableError

# Of one connection, not of the message: they are made anew on either side.
OF_THE_WIRE = {
    "connection",
    "content-length",
    "transfer-encoding",
    "keep-alive",
    "content-encoding",
    "accept-encoding",
    "host",
    "cookie",
}
WITH_A_BODY = ("POST", "PUT", "PATCH")
SEND_AGAIN = (307, 308)
"""Answers that ask for the same request once more, at another address: the browser would do that by itself."""
LONGEST = 16 * 2**20
"""Bytes of an answer."""
PATIENCE = 10.0
"""Seconds that the browser may take to do what it is told: begin to catch, end what was caught, stop catching."""
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
FOLD = re.compile(r"\r?\n[ \t]+")
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def origin(url: str) -> str:
    """Scheme, host and port as a browser writes them, however an operator wrote them."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def moment() -> float:
    """Seconds of a clock that goes on while the process, or the whole machine, is stopped."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Sending:
    """One press of the last button: catches the request, sends it, remembers what became of it."""

    page: Page
    house: str
    """Origin of the finance system."""
    until: float
    """By `moment`."""
    timeout: float
    wake: Callable[[], None]
    """Told when no page will come."""
    stop: Callable[[], Awaitable[None]]
    """Ends whatever the page is loading."""
    clicking: bool = False
    """Whether the click is due: what a script of the page sends before it (that somebody is still there) is not the row."""
    sent: bool = False
    """Whether any of it may have left this machine."""
    loose: bool = False
    """Whether anything went past us: a script that only asks, a window of its own. It may have been the one that counts."""
    given_up: bool = False
    trouble: RunError | None = None
    """Why there is no answer; the first reason."""
    caught: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0
    """Requests that were caught and whose end the browser has not told of."""
    _word: threading.Lock = field(default_factory=threading.Lock)
    _line: socket.socket | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _busy: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _others: frozenset[Page] = frozenset()

    def give_up(self) -> bool:
        """Nothing goes out from now on, though a connection may still be on its way; whether anything may have gone out already."""
        with self._word:
            self.given_up = True
            return self.sent or self.loose

    async def __aenter__(self) -> "Sending":
        """Raises NotSentError when the browser does not begin to catch: nothing was clicked then, and nothing is sent any more."""
        # Of the whole context: a button may open a window of its own, and what that one sends is no request of this page.
        context = self.page.context
        self._others = frozenset(context.pages) - {self.page}
        context.on("page", self._window)
        try:
            # Every page of the context is told, and one that hangs would keep the row for ever.
            async with asyncio.timeout(PATIENCE):
                await context.route("**/*", self._on_its_way)
        except (Error, TimeoutError) as error:
            context.remove_listener("page", self._window)
            # Some page may have begun, and a script of it have sent its form by itself.
            kind = BrowserLostError if self.give_up() else NotSentError
            raise kind(reason=type(error).__name__) from error
        return self

    async def __aexit__(self, *unused: object) -> None:
        context = self.page.context
        await self.end()
        context.remove_listener("page", self._window)
        # Whoever stops catching while a request is held lets it go: the browser then sends by itself what we have sent already. So what
        # does not find its end stays caught, and goes with its context.
        if not self.held:
            # The page may be gone, and its routes with it.
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(context.unroute("**/*", self._on_its_way), PATIENCE)

    async def end(self) -> None:
        """Whatever is caught comes to its end: with nothing, unless its answer is being handed back. No page can be stopped, or asked
        anything, before: Chromium keeps what it is told about a page whose request is held."""
        self.give_up()
        self._over.set()
        self._hang_up()
        while self._busy:
            self._idle.clear()
            await self._idle.wait()

    def _window(self, _: Page) -> None:
        self.loose = True

    def _hang_up(self) -> None:
        """A thread that waits for an answer which comes drop by drop would keep the whole process from ending."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _fail(self, trouble: RunError) -> None:
        self.trouble = self.trouble or trouble

    def _beside(self, request: Request) -> bool:
        """Whether it comes of another page, such as the one where rows are looked up."""
        try:
            return request.frame.page in self._others
        except Error:
            # The first request of a window that is not there yet.
            return False

    def _passes(self, request: Request) -> bool:
        """Whether the browser may send it by itself."""
        if self._others and self._beside(request):
            return True
        if request.is_navigation_request():
            return request.method == "GET" and self.caught.is_set()
        if not self.clicking:
            return True
        if request.method == "GET":
            self.loose = self.loose or not self.caught.is_set()
            return True
        return False

    async def _on_its_way(self, route: Route, request: Request) -> None:
        """Raises nothing: Playwright would keep it and raise it in whatever is called next, of any page."""
        if self._passes(request):
            with suppress(Error):
                await route.continue_()
            return
        self._busy += 1
        self.held += 1
        try:
            first = not self.caught.is_set()
            self.caught.set()
            answer = await self._answered(request) if first else None
            if await self._ended(route, request, answer):
                self.held -= 1
            if first and answer is None:
                self.wake()
        finally:
            self._busy -= 1
            self._idle.set()

    async def _answered(self, request: Request) -> Answer | None:
        """What the finance system answers; None when there is nothing to hand back to the page."""
        try:
            answer = await self._sent(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, what is caught must find its end
            self._fail(BrowserLostError(reason=type(error).__name__))
            return None
        if answer is not None and answer.status in SEND_AGAIN:
            self._fail(SystemUnavailableError(reason=f"HTTP {answer.status}"))
            return None
        return answer

    async def _sent(self, request: Request) -> Answer | None:
        if origin(request.url) != self.house:
            self._fail(SystemUnavailableError(reason=origin(request.url)))
            return None
        async with asyncio.timeout(PATIENCE):
            jar = await self.page.context.cookies(request.url)
        headers = {
            name: text
            for name, text in request.headers.items()
            if name.lower() not in OF_THE_WIRE and not name.startswith(":")
        }
        if jar:
            headers["Cookie"] = "; ".join(f"{each.get('name')}={each.get('value')}" for each in jar)
        wire = asyncio.ensure_future(
            asyncio.to_thread(self._over_the_wire, request.method, request.url, headers, request.post_data_buffer)
        )
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait({wire, over}, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if self.given_up:
            # Cut off by us: half a head reads like the whole of an empty answer.
            self._fail(SystemUnavailableError(reason="timeout"))
            return None
        return wire.result()

    async def _ended(self, route: Route, request: Request, answer: Answer | None) -> bool:
        """Hand the answer back, or none; whether the request is over. Playwright says that it handed an answer over also when the browser
        refused it and holds the request still: so an answer is believed when it was seen to arrive, and nothing less. A page that stops
        waiting for its request ends it for itself alone."""
        with suppress(Exception):
            async with asyncio.timeout(PATIENCE):
                if answer is None:
                    await route.abort()
                else:
                    await route.fulfill(status=answer.status, headers=_joined(answer.headers), body=answer.body)
                if await request.response() is not None or answer is None:
                    return True
        self._fail(BrowserLostError(reason="held"))
        await self.stop()
        self.wake()
        return False

    def _over_the_wire(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer | None:
        """In a thread of its own, which may outlive its row; so it raises nothing."""
        parts = urlsplit(url)
        connection: http.client.HTTPConnection
        try:
            if parts.scheme == "https":
                connection = http.client.HTTPSConnection(
                    parts.netloc, timeout=self.timeout, context=ssl.create_default_context()
                )
            else:
                connection = http.client.HTTPConnection(parts.netloc, timeout=self.timeout)
            try:
                return self._asked(
                    connection, method, f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}", headers, body
                )
            finally:
                self._line = None
                connection.close()
        except Exception as error:  # noqa: BLE001 - a cookie, a name, an answer: whatever it is, it is this row's trouble alone
            reason = "timeout" if isinstance(error, TimeoutError) else type(error).__name__
            self._fail(SystemUnavailableError(reason=reason))
            return None

    def _asked(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Answer | None:
        connection.connect()
        self._line = connection.sock
        # The head is written before the clock is looked at: one that cannot be written was certainly not sent.
        connection.putrequest(method, path)
        for name, text in headers.items():
            connection.putheader(name, text.encode())
        if body is not None or method in WITH_A_BODY:
            connection.putheader("Content-Length", str(len(body or b"")))
        connection.putheader("Connection", "close")
        # Nothing stands between this look at the clock and the system call that sends.
        with self._word:
            if self.given_up or moment() >= self.until:
                return None
            self.sent = True
        connection.endheaders(body)
        with connection.getresponse() as response:
            content = response.read(LONGEST + 1)
            if len(content) > LONGEST:
                raise http.client.HTTPException
            return Answer(response.status, tuple(response.getheaders()), content)


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """As Playwright and Chromium take them: one text per name, several cookies on lines of their own, and nothing that no header may hold.
    The browser would refuse the whole answer for one of them."""
    joined: dict[str, str] = {}
    for name, text in headers:
        low = name.lower()
        value = FOLD.sub(" ", _decoded(text)).strip()
        if low in OF_THE_WIRE or not TOKEN.fullmatch(low) or CONTROLS.search(value):
            continue
        if low not in joined:
            joined[low] = value
        elif value != joined[low]:
            joined[low] += f"\n{value}" if low == "set-cookie" else f", {value}"
    return joined


def _decoded(text: str) -> str:
    """A header's bytes, which the standard library takes for Latin-1 and Chromium for UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
