"""Sends what the last button sends: once, in time, or not at all.

A browser cannot be trusted with it. When a kept-alive connection closes before an answer came, Chromium sends the same POST again by
itself, without a word, and the row stands twice; no switch turns that off. So the request that the click brings forth is caught on its way
and sent from here: over a connection of its own, one time, and not after the deadline. Its answer is handed back to the page.
"""

import asyncio
import http.client
import ssl
import threading
import time
from collections.abc import Callable, Mapping
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
    given_up: bool = False
    trouble: RunError | None = None
    caught: asyncio.Event = field(default_factory=asyncio.Event)
    _word: threading.Lock = field(default_factory=threading.Lock)

    def give_up(self) -> bool:
        """Nothing goes out from now on, though a connection may still be on its way; whether anything has gone out already."""
        with self._word:
            self.given_up = True
            return self.sent

    async def __aenter__(self) -> "Sending":
        await self.page.route("**/*", self._on_its_way)
        return self

    async def __aexit__(self, *unused: object) -> None:
        try:
            await self.page.unroute("**/*", self._on_its_way)
        except Error:
            # The page is gone, and its routes with it.
            return

    async def _on_its_way(self, route: Route, request: Request) -> None:
        try:
            if request.method == "GET" and (self.caught.is_set() or not request.is_navigation_request()):
                await route.continue_()
            elif self.caught.is_set():
                await route.abort()
            else:
                self.caught.set()
                await self._send(route, request)
        except Error:
            # The page went away meanwhile; whoever waits for it hears of that.
            return

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
            await route.abort()
            return
        if answer is None:
            await route.abort()
            return
        await route.fulfill(status=answer.status, headers=_joined(answer.headers), body=answer.body)

    def _over_the_wire(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer | None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self.house:
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
            # Nothing stands between this look at the clock and the system call that sends.
            with self._word:
                if self.given_up or moment() >= self.until:
                    return None
                self.sent = True
            connection.request(
                method, f"{path}?{parts.query}" if parts.query else path, body, {**headers, "Connection": "close"}
            )
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """As Playwright takes them: one text per name, several cookies on lines of their own."""
    joined: dict[str, str] = {}
    for name, text in headers:
        low = name.lower()
        if low not in OF_THE_WIRE:
            joined[low] = f"{joined[low]}\n{text}" if low in joined else text
    return joined
