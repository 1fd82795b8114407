"""The rows of one run: which are still to be keyed, which are final, who works on what, and how the run ends."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from robots.assignment import Assignment, Outcome
from robots.books import Books
from robots.errors import FencedError, RunError, StoppedError
from robots.ledger.contract import FINAL, Entry, RowState
from robots.reference import reference
from robots.rows.records import Row

GRACE = 3.0
"""Seconds that rows which were sent already may take after a stop; then they are left to the next run."""


class Pile:
    """Shared by all who work on the run; lives in one event loop."""

    def __init__(self, assignment: Assignment, books: Books, progress: Callable[[int], None]) -> None:
        self.assignment = assignment
        self.books = books
        self.rows = {row.number: row for row in assignment.rows}
        self.ready: deque[Row] = deque()
        self.ended = asyncio.Event()
        self.reason: BaseException | None = None
        self._progress = progress
        self._states: Counter[RowState] = Counter()
        self._left = len(self.rows)
        self._changed = asyncio.Event()
        self._said = -1
        self._tasks: set[asyncio.Task[None]] = set()
        self._free: set[asyncio.Task[None]] = set()
        self._intended: dict[int, str] = {}

    # --- rows -------------------------------------------------------------------------------------------------

    def open(self, entries: Mapping[int, Entry]) -> list[Entry]:
        """Count what is final, line up what is ready; the entries that an earlier run left half-way."""
        half_way = []
        for number, row in self.rows.items():
            entry = entries[number]
            if entry.state in FINAL:
                self._states[entry.state] += 1
                self._left -= 1
            elif entry.state is RowState.READY:
                self.ready.append(row)
            else:
                half_way.append(entry)
        self._told()
        return half_way

    def reference(self, row: Row) -> str:
        """What is typed into the free field."""
        return reference(self.assignment.run, row.number)

    async def next(self) -> Row | None:
        """The next row to key; waits while none is ready but some may become so. None at the end."""
        while not self.ended.is_set():
            if self.ready:
                return self.ready.popleft()
            await self._changed.wait()
        return None

    def again(self, row: Row) -> None:
        """It may be keyed (again)."""
        self.ready.appendleft(row)
        self._told()

    # --- what the ledger says, and we remember -----------------------------------------------------------------

    async def intend(self, row: Row, payload: str) -> Entry:
        """From now on it is withdrawn when the run ends before it is sent."""
        self._intended[row.number] = "interrupted"
        return await self.books.intend(row.number, payload)

    async def send(self, row: Row, evidence: Mapping[str, str]) -> float:
        """The ledger's word that it may be sent, within so many seconds. Cancels who asks when the run has ended: what ended it, two slips
        of one row perhaps, is a reason to send nothing more."""
        if self.reason is not None:
            raise asyncio.CancelledError
        seconds = await self.books.send(row.number, evidence)
        self._intended.pop(row.number, None)
        return seconds

    async def withdraw(self, row: Row, code: str, evidence: Mapping[str, str]) -> None:
        """Back to ready, if it was intended and not sent."""
        if row.number in self._intended:
            self._intended[row.number] = code
            await self.books.withdraw(row.number, code, evidence)
            self._intended.pop(row.number, None)

    async def done(self, row: Row, receipt: str, evidence: Mapping[str, str]) -> None:
        """登録済."""
        await self.books.done(row.number, receipt, evidence)
        self._final(row, RowState.DONE)

    async def reject(self, row: Row, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """却下."""
        await self.books.reject(row.number, code, words, evidence)
        self._final(row, RowState.REJECTED)

    async def doubt(
        self, row: Row, code: str, words: str, evidence: Mapping[str, str], end: RunError | None = None
    ) -> None:
        """要照合; and the end of the run, when the doubt is about more than this row."""
        await self.books.doubt(row.number, code, words, evidence)
        if end is not None:
            self.halt(end)
        self._final(row, RowState.UNKNOWN)

    # --- who is at work ---------------------------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have it done beside everything else. What it raises ends the run."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Start what may be cancelled at once whenever the run ends."""
        task = self.start(work)
        self._free.add(task)
        task.add_done_callback(self._free.discard)

    async def pause(self, seconds: float) -> None:
        """Wait; the end of the run does not wait for it."""
        with self.free():
            if self.ended.is_set():
                raise asyncio.CancelledError
            await asyncio.sleep(seconds)

    @contextmanager
    def free(self) -> Iterator[None]:
        """Within it the present task may be cancelled at once when the run ends: it has nothing on its hands."""
        task = asyncio.current_task()
        if task is None or task in self._free:
            yield
            return
        self._free.add(task)
        try:
            yield
        finally:
            self._free.discard(task)

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Within it the end of the run waits for the present task, though it is free otherwise."""
        task = asyncio.current_task()
        if task is None or task not in self._free:
            yield
            return
        self._free.discard(task)
        try:
            yield
        finally:
            self._free.add(task)

    def halt(self, reason: BaseException) -> None:
        """End the run, for the first reason that was given."""
        if not self.ended.is_set():
            self.reason = reason
            self.ended.set()
            self._told()

    async def wind_down(self) -> None:
        """Let what was sent come to its end, for a while, and nothing else; then take back what was only intended."""
        fenced = isinstance(self.reason, FencedError)
        stopped = isinstance(self.reason, StoppedError)
        seconds = 0.0 if fenced else GRACE if stopped else self.assignment.place.timeout
        until = asyncio.get_running_loop().time() + seconds
        for task in self._free.copy():
            task.cancel()
        while self._tasks and (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
        for number, code in self._intended.items():
            # What cannot be taken back is found as `intent` by the next run.
            with suppress(RunError):
                await self.books.withdraw(number, code, {})

    def outcome(self) -> Outcome:
        """How it went. Raises what is no trouble of the run but a fault."""
        if self.reason is not None and not isinstance(self.reason, RunError):
            raise self.reason
        states = self._states
        return Outcome(
            self.reason, states[RowState.DONE], states[RowState.REJECTED], states[RowState.UNKNOWN], self._left
        )

    def _final(self, row: Row, state: RowState) -> None:
        self._intended.pop(row.number, None)
        self._states[state] += 1
        self._left -= 1
        self._told()

    def _told(self) -> None:
        if not self._left:
            self.ended.set()
        if self._said != (final := len(self.rows) - self._left):
            self._said = final
            self._progress(final)
        self._changed.set()
        self._changed = asyncio.Event()

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.halt(error)
