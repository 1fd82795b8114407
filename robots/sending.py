"""Sends what the last button sends: once, in time, or not at all.

A browser cannot be trusted with it. When a kept-alive connection closes before an answer came, Chromium sends the same POST again by
itself, without a word, and the row stands twice; no switch turns that off. So the request that the click brings forth is caught on its way
and sent from here: over a connection of its own, one time, and not after the deadline. Its answer is handed back to the page.
"""

import asyncio
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Error, Page, Request, Route

from robots.errors import RunError, SystemUnavailableError

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
SEND_AGAIN = (307, 308)
"""Answers that ask for the same request once more, at another address: the browser would do that by itself."""
LONGEST = 16 * 2**20
"""Bytes of an answer."""
PATIENCE = 5.0
"""Seconds until what was caught must have found its end."""


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
    sent: bool = False
    """Whether any of it may have left this machine."""
    loose: bool = False
    """Whether anything went past us: a script that only asks, a window of its own. It may have been the one that counts."""
    given_up: bool = False
    trouble: RunError | None = None
    caught: asyncio.Event = field(default_factory=asyncio.Event)
    _word: threading.Lock = field(default_factory=threading.Lock)
    _line: socket.socket | None = None
    _held: int = 0
    _let_go: asyncio.Event = field(default_factory=asyncio.Event)
    _others: frozenset[Page] = frozenset()

    def give_up(self) -> bool:
        """Nothing goes out from now on, though a connection may still be on its way; whether anything may have gone out already."""
        with self._word:
            self.given_up = True
            return self.sent or self.loose

    async def __aenter__(self) -> "Sending":
        # Of the whole context: a button may open a window of its own, and what that one sends is no request of this page.
        context = self.page.context
        self._others = frozenset(context.pages) - {self.page}
        context.on("page", self._window)
        await context.route("**/*", self._on_its_way)
        return self

    async def __aexit__(self, *unused: object) -> None:
        self.give_up()
        self._hang_up()
        context = self.page.context
        context.remove_listener("page", self._window)
        # Whoever stops catching while a request is held lets it go: the browser then sends by itself what we have sent already. So what
        # does not find its end stays caught, and goes with its context. The page may be gone, and its routes with it.
        with suppress(Error, TimeoutError):
            await asyncio.wait_for(self._nothing_held(), PATIENCE)
            await asyncio.wait_for(context.unroute("**/*", self._on_its_way), PATIENCE)

    async def _nothing_held(self) -> None:
        while self._held:
            self._let_go.clear()
            await self._let_go.wait()

    def _window(self, _: Page) -> None:
        self.loose = True

    def _hang_up(self) -> None:
        """A thread that waits for an answer which comes drop by drop would keep the whole process from ending."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _beside(self, request: Request) -> bool:
        """Whether it comes of another page, such as the one where rows are looked up."""
        try:
            return request.frame.page in self._others
        except Error:
            # The first request of a window that is not there yet.
            return False

    async def _on_its_way(self, route: Route, request: Request) -> None:
        self._held += 1
        try:
            if self._others and self._beside(request):
                await route.continue_()
            elif request.method == "GET" and (self.caught.is_set() or not request.is_navigation_request()):
                self.loose = self.loose or not self.caught.is_set()
                await route.continue_()
            elif self.caught.is_set():
                await route.abort()
            else:
                self.caught.set()
                await self._send(route, request)
        except Error:
            # The page went away meanwhile; whoever waits for it hears of that.
            return
        finally:
            self._held -= 1
            self._let_go.set()

    async def _send(self, route: Route, request: Request) -> None:
        jar = await self.page.context.cookies(request.url)
        headers = {
            name: text
            for name, text in request.headers.items()
            if name.lower() not in OF_THE_WIRE and not name.startswith(":")
        }
        if jar:
            headers["Cookie"] = "; ".join(f"{each.get('name')}={each.get('value')}" for each in jar)
        try:
            answer = await asyncio.to_thread(
                self._over_the_wire, request.method, request.url, headers, request.post_data_buffer
            )
        except (OSError, http.client.HTTPException) as error:
            self.trouble = SystemUnavailableError(
                reason="timeout" if isinstance(error, TimeoutError) else type(error).__name__
            )
            await self._nothing(route)
            return
        if answer is not None and self.given_up:
            # Cut off by us: half a head reads like the whole of an empty answer.
            self.trouble = SystemUnavailableError(reason="timeout")
        if answer is None or self.given_up:
            await self._nothing(route)
            return
        if answer.status in SEND_AGAIN:
            self.trouble = SystemUnavailableError(reason=f"HTTP {answer.status}")
            await self._nothing(route)
            return
        await route.fulfill(status=answer.status, headers=_joined(answer.headers), body=answer.body)

    async def _nothing(self, route: Route) -> None:
        """No answer for the page."""
        await route.abort()
        self.wake()

    def _over_the_wire(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer | None:
        parts = urlsplit(url)
        if origin(url) != self.house:
            return None
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(
                parts.netloc, timeout=self.timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=self.timeout)
        path = parts.path or "/"
        try:
            connection.connect()
            self._line = connection.sock
            # Nothing stands between this look at the clock and the system call that sends.
            with self._word:
                if self.given_up or moment() >= self.until:
                    return None
                self.sent = True
            connection.request(
                method, f"{path}?{parts.query}" if parts.query else path, body, {**headers, "Connection": "close"}
            )
            with connection.getresponse() as response:
                content = response.read(LONGEST + 1)
                if len(content) > LONGEST:
                    raise http.client.HTTPException
                return Answer(response.status, tuple(response.getheaders()), content)
        finally:
            self._line = None
            connection.close()


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """As Playwright takes them: one text per name, several cookies on lines of their own."""
    joined: dict[str, str] = {}
    for name, text in headers:
        low = name.lower()
        if low not in OF_THE_WIRE:
            joined[low] = f"{joined[low]}\n{text}" if low in joined else text
    return joined
