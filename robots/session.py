"""Browser, contexts, sign-ins: Playwright on the system's Chromium, watched, and killed by process id when it hangs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from robots.desk import Desk
from robots.robot import Account, Robot


@dataclass(frozen=True)
class Place:
    """The finance system, and how patient to be with it."""

    url: str
    timeout: float = 30.0
    """Seconds."""


class Seat:
    """One signed-in context of the account: a desk to type at, a second one to look things up at."""

    entry: Desk
    lookup: Desk

    async def sign_in(self) -> None:
        """Sign in, also anew after the system ended it. Raises SignInRefusedError, SystemUnavailableError."""
        raise NotImplementedError

    async def press_last(self, button: str, within: float) -> None:
        """The one click, and the wait for the page that follows it.

        A gate on the button lets a single click through and none after `within` seconds from now, by the browser's own clock: a process
        that was stopped and wakes up late cannot press it any more. Raises whatever a page may raise; the click may have gone out.

        What the click sends must not go through Chromium's own network: when a kept-alive connection closes before an answer came, Chromium
        sends the same POST again by itself, without a word, and the row stands twice (seen; no switch turns it off). So while the gate is
        armed every request of the page other than GET is caught (`page.route`), the first is sent by `route.fetch(max_redirects=0)`, which
        never repeats, and its answer handed in by `route.fulfill`; any further one is aborted.
        """
        raise NotImplementedError

    async def picture(self) -> bytes:
        """JPEG of the entry desk, secrets masked."""
        raise NotImplementedError

    async def begin_trace(self) -> None:
        """Begin what `end_trace` may keep: one row."""
        raise NotImplementedError

    async def end_trace(self, *, keep: bool) -> bytes | None:
        """The trace of the row (zip, without what was typed into secret fields or the login page), or None when it is not kept."""
        raise NotImplementedError

    async def recover(self) -> None:
        """After whatever went wrong: a new page or a new context, signed in; the old one closed or killed."""
        raise NotImplementedError


class Browser:
    """A started browser. Dead ones are noticed and killed by process id, children and all."""

    @property
    def alive(self) -> bool:
        """Whether it can still be worked with."""
        raise NotImplementedError

    @asynccontextmanager
    async def seat(self, robot: Robot, place: Place, account: Account) -> AsyncIterator[Seat]:
        """A context of its own, signed in."""
        raise NotImplementedError
        yield


@asynccontextmanager
async def open_browser(program: Path | None = None) -> AsyncIterator[Browser]:
    """Start it: the named program, else chromium-headless-shell, else chromium. Raises BrowserMissingError."""
    raise NotImplementedError
    yield
