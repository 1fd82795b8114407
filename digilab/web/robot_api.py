"""The API's part about robots: rows, approval, settling, stop."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from starlette.requests import Request

from digilab.access.audit import record
from digilab.jobs import sight
from digilab.ledger import control, use
from digilab.web import api, keying, lab, schemas
from digilab.web import row_schemas as shapes
from digilab.web.guard import OfficeNeeded, ProgramVisit, VisitNeeded
from digilab.web.language import language_of
from digilab.web.rows import rows_view

router = APIRouter(prefix=api.BASE, responses=api.router.responses)

RowNumber = Annotated[int, Path(ge=1, le=10**6)]
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": schemas.Refusal,
        "description": "Its state does not permit it, or it has changed since it was shown",
    },
    422: {"model": schemas.Refusal, "description": "A reason, a number or a choice is missing"},
    429: {"model": schemas.Refusal, "description": "Too many wrong passwords"},
}


@router.get("/jobs/{receipt}/rows")
def rows(
    request: Request,
    office: OfficeNeeded,
    visit: VisitNeeded,
    receipt: str,
    state: Annotated[str, Query(max_length=20, description="Rows in this state only.")] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> shapes.Rows:
    """A robot job's rows, 50 at a time. Noted in the audit trail: they hold accounts and names."""
    with office.database.transaction() as session:
        job = sight.job_of(session, visit.asker, receipt)
        record(session, visit.asker, "view-rows", job.receipt, page=page)
        view = rows_view(session, visit.asker, job, language_of(request), state, page)
        return shapes.listed(api.BASE, view, use.digest(session, job.id))


@router.get(
    "/jobs/{receipt}/rows/{number}/pictures/{shows}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
)
def picture(office: OfficeNeeded, visit: VisitNeeded, receipt: str, number: RowNumber, shows: str) -> Response:
    """What the robot's screen showed."""
    return keying.picture(office, visit, receipt, number, shows)


@router.post("/jobs/{receipt}/approval", responses=CONFLICT)
def approval(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, body: shapes.Approval
) -> schemas.JobDetail:
    """The second person's yes or no."""
    if body.approve:
        keying.approve(office, visit, receipt, body.password, body.digest)
    else:
        keying.send_back(office, visit, receipt, body.password, body.reason)
    return api.job(request, office, visit, receipt)


@router.post("/jobs/{receipt}/rows/{number}/settle", responses=CONFLICT)
def settle(
    request: Request,
    office: OfficeNeeded,
    visit: ProgramVisit,
    receipt: str,
    number: RowNumber,
    body: shapes.Settlement,
) -> schemas.JobDetail:
    """What became of a row that nobody knew about."""
    keying.settle(office, visit, receipt, number, body.password, body.decision, body.slip, body.reason)
    return api.job(request, office, visit, receipt)


@router.post("/jobs/{receipt}/rows/{number}/release", responses=CONFLICT)
def release(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, number: RowNumber, body: shapes.Reasoned
) -> schemas.JobDetail:
    """Key a blocked row although another one holds the same business case."""
    keying.release(office, visit, receipt, number, body.password, body.reason)
    return api.job(request, office, visit, receipt)


@router.post("/jobs/{receipt}/rows/{number}/drop", responses=CONFLICT)
def drop(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, number: RowNumber, body: shapes.Reasoned
) -> schemas.JobDetail:
    """Do not key a row that is blocked or that nobody knows about."""
    keying.drop(office, visit, receipt, number, body.password, body.reason)
    return api.job(request, office, visit, receipt)


@router.post("/jobs/{receipt}/go-on", responses=CONFLICT)
def go_on(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, body: shapes.Reasoned
) -> schemas.JobDetail:
    """Key what became ready, or write the results anew. `reason`: why differences that the reconciliation found may stay."""
    keying.go_on(office, visit, receipt, body.password, body.reason)
    return api.job(request, office, visit, receipt)


@router.post("/lab/robots/stop", responses=CONFLICT)
def stop(office: OfficeNeeded, visit: ProgramVisit, body: shapes.Stop) -> shapes.Robots:
    """Stop all robots."""
    lab.stop_all(office, visit, body.reason)
    return _robots(office)


@router.post("/lab/robots/resume", responses=CONFLICT)
def resume(office: OfficeNeeded, visit: ProgramVisit, body: shapes.Reasoned) -> shapes.Robots:
    """Let robots go on."""
    lab.resume_all(office, visit, body.password, body.reason)
    return _robots(office)


def _robots(office: OfficeNeeded) -> shapes.Robots:
    with office.database.reading() as session:
        held = control.stopped(session)
    return shapes.Robots(stopped=held is not None, reason="" if held is None else held.reason)
