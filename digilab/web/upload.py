"""Taking a submission in: the body is parsed, written and hashed while it arrives; memory does not grow with it.

The event loop parses, one thread per request writes and hashes. Between them lie at most DEPTH pieces. Whatever goes wrong
before the submission is complete (a cut line, a limit, a full disk, a foreign form), every file received so far is discarded.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect, Request

from digilab.errors import FileTooLargeError, TooManyFilesError, UploadCutError
from digilab.jobs.intake import Received
from digilab.jobs.names import display_name
from digilab.store.contract import Incoming, Store
from digilab.web.multipart import Event, Field, FileBegins, FileBytes, FileEnds, FormReader
from digilab.web.wording import size_text

PIECE = 512 * 1024
"""Bytes that are written at once."""
DEPTH = 4
"""Pieces that may wait for the writing thread."""


@dataclass(frozen=True)
class Limits:
    """What one submission may hold."""

    file_bytes: int
    files: int


@dataclass
class Handed:
    """A submission that has come in; its files wait in the store's incoming place."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Received] = field(default_factory=list)


Admit = Callable[[Mapping[str, str], str], Awaitable[None]]
"""Called with the fields so far and a file's name before its first byte is taken; raises to refuse."""


@asynccontextmanager
async def received(request: Request, store: Store, limits: Limits, admit: Admit) -> AsyncIterator[Handed]:
    """The whole submission. What was not kept when the block ends is discarded.

    Raises RequestMalformedError, UploadCutError, UploadTooSlowError, FileTooLargeError, TooManyFilesError, NoSpaceError and what
    `admit` raises.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="upload") as pool:
        reception = _Reception(store, limits, admit, _Writer(pool))
        try:
            await reception.take(request)
            yield reception.handed
        finally:
            await reception.discard()


class _Writer:
    """Calls that are made one after another in one thread, DEPTH of them ahead of who asked."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._under_way: deque[asyncio.Future[Any]] = deque()

    async def do(self, call: Callable[..., Any], *arguments: object) -> None:
        """Queue a call; raises what an earlier one raised."""
        while len(self._under_way) >= DEPTH:
            await self._under_way.popleft()
        self._under_way.append(asyncio.get_running_loop().run_in_executor(self._pool, call, *arguments))

    async def settle(self) -> None:
        """Return when all is done; raises what a call raised."""
        while self._under_way:
            await self._under_way.popleft()

    async def give_up(self) -> None:
        """Return when nothing runs any more, whatever became of it."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._under_way.clear()


class _Reception:
    def __init__(self, store: Store, limits: Limits, admit: Admit, writer: _Writer) -> None:
        self.handed = Handed()
        self._store = store
        self._limits = limits
        self._admit = admit
        self._writer = writer
        self._opened: list[Incoming] = []
        self._waiting: list[memoryview] = []
        self._gathered = 0
        self._size = 0
        self._name = ""

    async def take(self, request: Request) -> None:
        reader = FormReader(request.headers.get("content-type", ""))
        try:
            async for chunk in request.stream():
                for event in reader.feed(chunk):
                    await self._handle(event)
        except ClientDisconnect as error:
            raise UploadCutError from error
        if not reader.ended:
            raise UploadCutError
        await self._writer.settle()

    async def discard(self) -> None:
        await self._writer.give_up()
        await asyncio.to_thread(self._discard)

    def _discard(self) -> None:
        for incoming in self._opened:
            incoming.discard()

    async def _handle(self, event: Event) -> None:
        match event:
            case FileBytes(block):
                self._gather(block)
                if self._gathered >= PIECE:
                    await self._write()
            case Field(name, value):
                self.handed.fields.setdefault(name, value)
            case FileBegins(_, name):
                self._name, self._size = name, 0
                if name:
                    await self._begin(name)
            case FileEnds():
                await self._write()

    async def _begin(self, name: str) -> None:
        if len(self.handed.files) >= self._limits.files:
            raise TooManyFilesError(most=self._limits.files)
        await self._admit(self.handed.fields, display_name(name))
        incoming = await asyncio.to_thread(self._store.receive)
        self._opened.append(incoming)
        self.handed.files.append(Received(name, incoming))

    def _gather(self, block: memoryview) -> None:
        if not self._name:  # the empty part of a file chooser that was left empty
            return
        self._waiting.append(block)
        self._gathered += len(block)
        self._size += len(block)
        if self._size > self._limits.file_bytes:
            raise FileTooLargeError(name=display_name(self._name), limit=size_text(self._limits.file_bytes))

    async def _write(self) -> None:
        if not self._waiting:
            return
        block = b"".join(self._waiting)
        self._waiting, self._gathered = [], 0
        await self._writer.do(self._opened[-1].write, block)
