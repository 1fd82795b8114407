"""The web process: uvicorn around the application, ended without waiting for pages that only watch."""

import asyncio
from types import FrameType
from typing import cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from digilab.config import WebSettings
from digilab.office import Office
from digilab.web.app import create_app
from digilab.web.bodies import IDLE_SECONDS

HEAD_SECONDS = 20.0
"""A connection that has not sent the head of its first request after so long is closed (slow loris, H4)."""
GRACE_SECONDS = 30
"""Uploads and downloads may take so long to end after SIGTERM."""


class Server(uvicorn.Server):
    """Tells watching pages to end before it waits for them."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM and SIGINT."""
        self._app.state.hub.end()
        super().handle_exit(sig, frame)


class Protocol(H11Protocol):
    """HTTP/1.1 by h11, with patience for the first request's head only so long."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn's own
        """Start the clock."""
        super().connection_made(transport)
        self.loop.call_later(HEAD_SECONDS, self._close_if_silent)

    def _close_if_silent(self) -> None:
        request = cast(
            "RequestResponseCycle | None", self.cycle
        )  # uvicorn says that it is never None, and begins with it
        if request is None and not self.transport.is_closing():
            self.transport.close()


def server(office: Office, patience: float = IDLE_SECONDS) -> Server:
    """A server for this house, not started yet. `patience`: seconds that the sender of a body may be silent."""
    web: WebSettings = office.settings.web
    app = create_app(office, patience)
    config = uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        # The audit trail says who did what; addresses of pages need no second record.
        access_log=False,
        server_header=False,
        # Whom to believe about the client's address is only known where a proxy is set up.
        proxy_headers=web.https,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, app)
