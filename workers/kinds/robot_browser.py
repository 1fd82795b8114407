"""A browser that stays warm between parts, with an event loop of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from robots.session import Browser, open_browser

T = TypeVar("T")

LOOK = 1.0
"""Seconds between two looks whether the work may go on."""


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

    def run(self, work: Callable[[Browser], Coroutine[Any, Any, T]], check: Callable[[], None] | None = None) -> T:
        """Do something with it. Where `check` is given it is asked every second, and what it raises ends the work: for what only looks,
        as nothing is brought to its end."""
        if self._browser is None:
            raise RuntimeError("the browser is opened by the block around it")
        return self._loop.run(_awaited(work(self._browser), check))


async def _awaited(work: Coroutine[Any, Any, T], check: Callable[[], None] | None) -> T:
    # What happened to the browser while nobody listened is heard first.
    await asyncio.sleep(0)
    if check is None:
        return await work
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.to_thread(check)
            await asyncio.wait([task], timeout=LOOK)
        return task.result()
    finally:
        if task.cancel():
            await asyncio.wait([task])
