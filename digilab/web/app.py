"""The application: routers, limits and answers to what goes wrong, around one open office."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from digilab.office import Office
from digilab.web import (
    api,
    approving,
    failures,
    glossary,
    glossary_acting,
    glossary_api,
    health,
    lab,
    password,
    reviewing,
    robot_api,
    settling,
    signing,
    staff,
)
from digilab.web.bodies import IDLE_SECONDS, BodyLimits
from digilab.web.headers import SecurityHeaders
from digilab.web.hub import Hub
from digilab.web.pages import STATIC, Pages

FORM_BYTES = 64 * 1024
"""Any body but a submission."""
FORM_OVERHEAD = 4 * 1024**2
"""What fields and boundaries may add to a submission's files."""
TAKES_FILES = ("/", f"{api.BASE}/jobs")
TAKES_TERMS = (glossary.PATH, f"{api.BASE}{glossary.PATH}")


def create_app(office: Office, patience: float = IDLE_SECONDS) -> FastAPI:
    """Everything that answers over HTTP. The office is opened and closed by the caller.

    `patience`: seconds that the sender of a body may be silent.
    """
    app = FastAPI(
        title="DigiLab",
        version=version("digilab"),
        lifespan=_lifespan,
        openapi_url=f"{api.BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.office = office
    app.state.pages = Pages()
    app.state.hub = Hub(office.queue)
    pages = (staff, reviewing, approving, settling, lab, glossary, password, signing)
    for door in (*pages, api, robot_api, glossary_api, health):
        app.include_router(door.router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    failures.install(app)
    whole = office.settings.web.max_file_bytes + FORM_OVERHEAD

    def limit_of(scope: Scope) -> int:
        if scope["path"] in TAKES_TERMS:
            return glossary_acting.BODY_BYTES
        return whole if scope["path"] in TAKES_FILES else FORM_BYTES

    # The last one added is the outermost.
    app.add_middleware(BodyLimits, limit_of=limit_of, idle_seconds=patience)
    app.add_middleware(failures.LastResort)
    app.add_middleware(SecurityHeaders, https=office.settings.web.https)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    hub: Hub = app.state.hub
    hub.start()
    yield
    hub.end()
    await asyncio.to_thread(hub.join)


class _Static(StaticFiles):
    """Files of ours; their address changes with their content, so a browser may keep them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                MutableHeaders(scope=message)["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        await super().__call__(scope, receive, kept)
