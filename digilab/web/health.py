"""For whoever watches the server: alive, ready, figures."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from fastapi import APIRouter
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, PlainTextResponse, Response

from digilab.database.session import now
from digilab.errors import HouseError, StoredFileMissingError
from digilab.hours.use import net_minutes
from digilab.jobs import backlog
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState
from digilab.ledger import control
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import RowState
from digilab.office import Office
from digilab.services.rules import Kind
from digilab.targets.records import Target
from digilab.web.guard import OfficeNeeded

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(office: OfficeNeeded) -> Response:
    """Which parts answer. Without the queue jobs are accepted and wait, so it alone does not make the door unready."""
    parts = {
        "database": _answers(lambda: _ask_database(office)),
        "store": _answers(lambda: _ask_store(office)),
        "queue": _answers(office.queue.ping),
    }
    usable = parts["database"] == parts["store"] == "ok"
    status = "ok" if usable and parts["queue"] == "ok" else "degraded" if usable else "unready"
    return JSONResponse({"status": status, **parts}, 200 if usable else 503)


@router.get("/metrics")
def metrics(office: OfficeNeeded) -> Response:
    """Figures from the record, as Prometheus reads them. No names, no titles."""
    with office.database.reading() as session:
        lines = list(_figures(session, office.alive_seconds))
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _answers(ask: Callable[[], None]) -> str:
    try:
        ask()
    except HouseError as error:
        return error.code
    return "ok"


def _ask_database(office: Office) -> None:
    with office.database.reading() as session:
        session.execute(text("SELECT 1"))


def _ask_store(office: Office) -> None:
    office.store.receive().discard()
    try:
        office.store.size("health/none")
    except StoredFileMissingError:
        return


def _figures(session: Session, alive_seconds: float) -> Iterator[str]:
    moment = now(session)
    yield from _head("digilab_jobs", "Jobs in the record by kind and state.")
    counted = {
        (kind, state): count
        for kind, state, count in session.execute(
            select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)
        )
    }
    for kind in Kind:
        for state in JobState:
            yield f'digilab_jobs{{kind="{kind.value.name}",state="{state}"}} {counted.get((kind.value.name, state), 0)}'
    yield from _head("digilab_parts", "Parts that wait or are being worked on, by capability.")
    for kind in Kind:
        for part_state in (PartState.WAITING, PartState.LEASED):
            count = session.execute(
                select(func.count())
                .select_from(Part)
                .where(Part.capability == kind.value.name, Part.state == part_state)
            ).scalar_one()
            yield f'digilab_parts{{capability="{kind.value.name}",state="{part_state}"}} {count}'
    yield from _head("digilab_oldest_waiting_seconds", "Age of the oldest job that no worker has begun.")
    oldest = session.scalars(
        select(Job.created_at).where(Job.state == JobState.RECEIVED).order_by(Job.id).limit(1)
    ).first()
    yield f"digilab_oldest_waiting_seconds {0 if oldest is None else (moment - oldest).total_seconds():.1f}"
    yield from _head("digilab_workers", "Workers that gave a sign of life lately and take new parts.")
    for kind in Kind:
        workers = backlog.alive(session, kind.value.name, moment - timedelta(seconds=alive_seconds))
        yield f'digilab_workers{{capability="{kind.value.name}"}} {len(workers)}'
    yield from _head("digilab_rows", "Robots' rows by state; `unknown` and `blocked` wait for people.")
    counting = select(LedgerRow.state, func.count()).group_by(LedgerRow.state)
    rows = dict(session.execute(counting).all())
    for row_state in RowState:
        yield f'digilab_rows{{state="{row_state}"}} {rows.get(row_state, 0)}'
    yield from _head("digilab_robots_stopped", "1 while all robots are stopped.")
    yield f"digilab_robots_stopped {int(control.stopped(session) is not None)}"
    yield from _head("digilab_robots_held", "Robots that are held until an operator lifts it.")
    held = select(func.count()).select_from(Target).where(Target.held.is_not(None))
    yield f"digilab_robots_held {session.execute(held).scalar_one()}"
    yield from _head("digilab_net_minutes", "Sum of all bookings, in minutes; may be negative.")
    yield f"digilab_net_minutes {net_minutes(session):.3f}"


def _head(name: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
