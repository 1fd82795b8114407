"""Ledger and shelf as the runner uses them: each in a thread of its own, one verb at a time, off the event loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from robots.ledger.contract import Entry, Ledger, Shelf

T = TypeVar("T")


class Books:
    """A verb that was begun is carried out even when whoever waits for it is cancelled, and the next one comes after it."""

    def __init__(self, ledger: Ledger, shelf: Shelf) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._desk = ThreadPoolExecutor(1, "ledger")
        self._store = ThreadPoolExecutor(1, "shelf")

    async def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        """The rows' records."""
        return await self._write(lambda: self._ledger.entries(numbers))

    async def check(self) -> None:
        """Raise FencedError or StoppedError, or return."""
        await self._write(self._ledger.check)

    async def intend(self, number: int, payload: str) -> Entry:
        """ready → intent."""
        return await self._write(lambda: self._ledger.intend(number, payload))

    async def withdraw(self, number: int, code: str, evidence: Mapping[str, str]) -> None:
        """intent → ready."""
        await self._write(lambda: self._ledger.withdraw(number, code, evidence))

    async def resend(self, number: int, code: str) -> None:
        """sent → ready."""
        await self._write(lambda: self._ledger.resend(number, code))

    async def send(self, number: int, evidence: Mapping[str, str]) -> float:
        """intent → sent; seconds within which the click must happen, counted from when this was called."""
        return await self._write(lambda: self._ledger.send(number, evidence))

    async def done(self, number: int, receipt: str, evidence: Mapping[str, str]) -> None:
        """→ done."""
        await self._write(lambda: self._ledger.done(number, receipt, evidence))

    async def reject(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """→ rejected."""
        await self._write(lambda: self._ledger.reject(number, code, words, evidence))

    async def doubt(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """→ unknown."""
        await self._write(lambda: self._ledger.doubt(number, code, words, evidence))

    async def keep(self, name: str, content: bytes) -> str:
        """Keep a file durably; its key."""
        return await asyncio.get_running_loop().run_in_executor(self._store, self._shelf.keep, name, content)

    async def close(self) -> None:
        """Wait for what was begun."""
        for thread in (self._desk, self._store):
            await asyncio.to_thread(thread.shutdown)

    async def _write(self, verb: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._desk, verb)
