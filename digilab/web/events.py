"""A job's live progress as server-sent events: `event: job` with a snapshot whenever it has changed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from digilab.errors import DigilabError, HouseError
from digilab.jobs import sight
from digilab.language import Language
from digilab.office import Office
from digilab.web.guard import Visit, identified, office_of
from digilab.web.hub import Hub
from digilab.web.language import language_of
from digilab.web.snapshot import Snapshot, watched


@dataclass(frozen=True)
class Rhythm:
    """Seconds."""

    longest: float = 600.0
    """A stream ends by itself after so long; the browser comes again."""
    look: float = 3.0
    """Without any message the database is asked this often."""
    pause: float = 0.3
    """Between two looks at least."""
    sign: float = 15.0
    """A sign of life this often, so that proxies keep the line open."""


async def stream(request: Request, number: str, visit: Visit, rhythm: Rhythm) -> StreamingResponse:
    """The stream of one job. Raises NotFoundError before it begins."""
    office, language = office_of(request), language_of(request)
    job_id = await run_in_threadpool(_job_id, office, visit, number)
    body = _events(request, office, job_id, number, language, rhythm)
    return StreamingResponse(body, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(
    request: Request, office: Office, job_id: int, number: str, language: Language, rhythm: Rhythm
) -> AsyncIterator[str]:
    hub: Hub = request.app.state.hub
    began = said = time.monotonic()
    shown: Snapshot | None = None
    yield "retry: 3000\n\n"
    with hub.watching(job_id) as moved:
        while not hub.ending and time.monotonic() - began < rhythm.longest:
            moved.clear()
            current: Snapshot | None = None
            try:
                current = await run_in_threadpool(_look, request, office, number, language)
            except HouseError:
                pass  # the database is away for a moment; the page keeps what it shows
            except DigilabError:
                return  # signed out, or the job is not the reader's any more
            if current is not None and current != shown:
                shown, said = current, time.monotonic()
                yield f"event: job\ndata: {json.dumps(current.json(), ensure_ascii=False)}\n\n"
                if current.ended and not current.after:
                    return
            if time.monotonic() - said >= rhythm.sign:
                said = time.monotonic()
                yield ": alive\n\n"
            await asyncio.sleep(rhythm.pause)
            await _wait(moved, rhythm.look)


async def _wait(moved: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await moved.wait()
    except TimeoutError:
        return


def _job_id(office: Office, visit: Visit, number: str) -> int:
    with office.database.reading() as session:
        return sight.job_of(session, visit.asker, number).id


def _look(request: Request, office: Office, number: str, language: Language) -> Snapshot:
    """Asks each time who watches: a sign-in that has ended, or an account that was closed, sees no more."""
    visit = identified(request, use=False)
    with office.database.reading() as session:
        return watched(session, visit.asker, number, language, office.alive_seconds)
