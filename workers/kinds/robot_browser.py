"""A browser that stays warm between parts, with an event loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from robots.session import Browser, open_browser

T = TypeVar("T")


class WarmBrowser:
    """One browser of this worker. It is started by the first seat that is taken, and again whenever it has died meanwhile."""

    def __init__(self, program: Path | None) -> None:
        self._program = program
        self._loop = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._browser: Browser | None = None
        self.rehearsed: set[int] = set()
        """Jobs whose screens this worker has walked."""

    def __enter__(self) -> Self:
        self._browser = self._loop.run(self._stack.enter_async_context(open_browser(self._program)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._loop.run(self._stack.aclose())
        finally:
            self._loop.close()

    def run(self, work: Callable[[Browser], Awaitable[T]]) -> T:
        """Do something with it."""
        if self._browser is None:
            raise RuntimeError("the browser is opened by the block around it")
        return self._loop.run(_awaited(work(self._browser)))


async def _awaited(work: Awaitable[T]) -> T:
    # What happened to the browser while nobody listened is heard first.
    await asyncio.sleep(0)
    return await work
