"""How large a request's body may be and how long it may take (H4). Judged while it comes in, before anybody reads it whole."""

import asyncio
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digilab.errors import RequestMalformedError, SubmissionTooLargeError, UploadTooSlowError
from digilab.web.wording import size_text

IDLE_SECONDS = 60.0
"""A sender may be silent for so long."""
LEAST_RATE = 4096.0
"""Bytes per second that a body must come with on the average, after a first IDLE_SECONDS."""


class BodyLimits:
    """Raises out of `receive`, so that whoever reads the body has the error in hand and cleans up."""

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[Scope], int], idle_seconds: float) -> None:
        self._app = app
        self._limit_of = limit_of
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on but a body that is too much or too slow."""
        if scope["type"] == "http":
            receive = _Body(receive, scope, self._limit_of(scope), self._idle_seconds)
        await self._app(scope, receive, send)


class _Body:
    def __init__(self, receive: Receive, scope: Scope, limit: int, idle_seconds: float) -> None:
        self._receive = receive
        self._headers = scope["headers"]
        self._limit = limit
        self._idle = idle_seconds
        self._began = time.monotonic()
        self._received = 0
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # what follows is the news that the client has gone
            return await self._receive()
        if self._received == 0:
            self._check_stated()
        try:
            async with asyncio.timeout(self._idle):
                message = await self._receive()
        except TimeoutError as error:
            raise UploadTooSlowError from error
        if message["type"] == "http.request":
            self._count(len(message.get("body", b"")))
            self._whole = not message.get("more_body", False)
        return message

    def _check_stated(self) -> None:
        stated = next((value for name, value in self._headers if name == b"content-length"), b"0")
        if not stated.isdigit():
            raise RequestMalformedError(where="Content-Length")
        if int(stated) > self._limit:
            raise SubmissionTooLargeError(limit=size_text(self._limit))

    def _count(self, length: int) -> None:
        self._received += length
        if self._received > self._limit:
            raise SubmissionTooLargeError(limit=size_text(self._limit))
        if time.monotonic() - self._began > self._idle + self._received / LEAST_RATE:
            raise UploadTooSlowError
