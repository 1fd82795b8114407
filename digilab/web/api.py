"""The API under /api/v1. Answers are described by `schemas.py`; errors are `{"error": {"code", "sentence"}}`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from starlette.requests import Request
from starlette.responses import JSONResponse

from digilab.hours import use as hours
from digilab.jobs import sight
from digilab.review.use import Reply
from digilab.services.menu import open_services
from digilab.web import acting, minutes_schemas, review_schemas, schemas
from digilab.web.doubts import review_view
from digilab.web.events import Rhythm, stream
from digilab.web.guard import OfficeNeeded, ProgramVisit, VisitNeeded
from digilab.web.handing_in import hand_in
from digilab.web.language import language_of
from digilab.web.views import row, view

BASE = "/api/v1"
ValueId = Annotated[int, Path(ge=1, le=2**62)]

router = APIRouter(
    prefix=BASE,
    responses={
        status: {"model": schemas.Refusal, "description": words}
        for status, words in {
            401: "Nobody is signed in",
            403: "Not permitted to this role, or a foreign form",
            404: "No such thing, or another department's",
        }.items()
    },
)

SUBMISSION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["service", "file"],
                    "properties": {
                        "service": {"type": "string", "description": "Slug of an open service (`GET /services`)."},
                        "title": {"type": "string", "maxLength": 200},
                        "options": {"type": "string", "description": "A flat JSON object."},
                        "priority": {"type": "string", "enum": ["urgent", "normal", "low"]},
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            }
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 200},
            "description": "The same request sent again under the same key is the same job.",
        }
    ],
}


@router.post(
    "/jobs",
    status_code=201,
    response_model=schemas.Receipt,
    openapi_extra=SUBMISSION,
    responses={
        200: {"model": schemas.Receipt, "description": "The same Idempotency-Key came before: the job of then"},
        413: {"model": schemas.Refusal, "description": "Too large"},
        415: {"model": schemas.Refusal, "description": "A type that the service does not take"},
        422: {"model": schemas.Refusal, "description": "Cannot be accepted"},
        507: {"model": schemas.Refusal, "description": "No space left"},
    },
)
async def submit(request: Request, office: OfficeNeeded, visit: VisitNeeded) -> Response:
    """Hand in a job. Fields that are no file come before the files."""
    accepted = await hand_in(request, office, visit)
    body = schemas.Receipt(receipt=accepted.receipt, state="received", links=schemas.links(BASE, accepted.receipt))
    headers = {"Location": body.links.self}
    return JSONResponse(body.model_dump(), 201 if accepted.fresh else 200, headers)


@router.get("/jobs")
def jobs(
    request: Request,
    office: OfficeNeeded,
    visit: VisitNeeded,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")] = None,
) -> schemas.JobList:
    """The department's jobs, newest first."""
    with office.database.reading() as session:
        found = sight.recent(session, visit.asker, limit + 1, before)
        rows = [row(session, visit.asker, job, language_of(request), office.alive_seconds) for job in found[:limit]]
    return schemas.JobList(
        jobs=[schemas.in_list(BASE, each) for each in rows], next=rows[-1].id if len(found) > limit else None
    )


@router.get("/jobs/{receipt}")
def job(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str) -> schemas.JobDetail:
    """One job."""
    with office.database.reading() as session:
        return schemas.detail(BASE, view(session, visit.asker, receipt, language_of(request), office.alive_seconds))


@router.get(
    "/jobs/{receipt}/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "`event: job`"}},
)
async def events(request: Request, visit: VisitNeeded, receipt: str) -> Response:
    """Live progress as server-sent events; ends when the job has ended, else after ten minutes."""
    return await stream(request, receipt, visit, Rhythm())


@router.get(
    "/jobs/{receipt}/files/{name}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The one range that was asked for"},
        416: {"description": "Nothing of the file lies in the range"},
    },
)
def file(
    request: Request,
    office: OfficeNeeded,
    visit: VisitNeeded,
    receipt: str,
    name: str,
    role: Annotated[str | None, Query(description="`input` or `output`, where both have a file of this name")] = None,
) -> Response:
    """A file, its SHA-256 checked."""
    return acting.download(request, office, visit, receipt, name, role)


@router.post("/jobs/{receipt}/cancel", responses={409: {"model": schemas.Refusal, "description": "It has ended"}})
def cancel(request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str) -> schemas.JobDetail:
    """Stop a job."""
    acting.cancel(office, visit, receipt)
    return job(request, office, visit, receipt)


@router.post("/jobs/{receipt}/retry", responses={409: {"model": schemas.Refusal, "description": "Not ended badly"}})
def retry(request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str) -> schemas.JobDetail:
    """Try a job again that ended badly."""
    acting.retry(office, visit, receipt)
    return job(request, office, visit, receipt)


@router.post("/jobs/{receipt}/minutes")
def minutes(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, body: schemas.Minutes
) -> schemas.JobDetail:
    """Report minutes that people worked on a job; they lessen its hours."""
    acting.report_minutes(office, visit, receipt, body.minutes)
    return job(request, office, visit, receipt)


@router.post(
    "/jobs/{receipt}/accept", responses={409: {"model": schemas.Refusal, "description": "It does not wait for people"}}
)
def accept(request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str) -> schemas.JobDetail:
    """Take minutes that miss some of what was said as they are: the job is done and its hours are booked."""
    acting.accept(office, visit, receipt)
    return job(request, office, visit, receipt)


@router.post(
    "/jobs/{receipt}/speakers", responses={409: {"model": schemas.Refusal, "description": "Its results are not there"}}
)
def speakers(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, body: minutes_schemas.Speakers
) -> schemas.JobDetail:
    """Tell the speakers of a recording apart, or once more; the results are written anew, state and hours stay."""
    acting.separate(office, visit, receipt, str(body.speakers))
    return job(request, office, visit, receipt)


@router.get("/jobs/{receipt}/doubts")
def doubts(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str) -> review_schemas.Doubts:
    """What people have to say before a job is done. Values that somebody answered though nobody doubted them are in the list, too."""
    with office.database.reading() as session:
        return review_schemas.doubts(BASE, review_view(session, visit.asker, receipt, language_of(request)))


@router.post(
    "/jobs/{receipt}/doubts", responses={409: {"model": schemas.Refusal, "description": "It does not wait for people"}}
)
def answers(
    request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str, body: review_schemas.Answers
) -> review_schemas.Reviewed:
    """Answer doubts. When none is left and the held pages are known, the job goes on and its results are written anew."""
    replies = [Reply(each.id, each.text, each.illegible, each.seconds, each.settling) for each in body.answers]
    acting.review(office, visit, receipt, replies, body.minutes, acknowledged=body.held_acknowledged)
    with office.database.reading() as session:
        view = review_view(session, visit.asker, receipt, language_of(request))
    return review_schemas.Reviewed(open=view.open, state=view.state)


@router.get(
    "/jobs/{receipt}/crops/{value}",
    response_class=Response,
    responses={200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}},
)
def crop(office: OfficeNeeded, visit: VisitNeeded, receipt: str, value: ValueId) -> Response:
    """The picture of the place where a value stands."""
    return acting.crop(office, visit, receipt, value)


@router.post("/jobs/{receipt}/reopen", responses={409: {"model": schemas.Refusal, "description": "Not done"}})
def reopen(request: Request, office: OfficeNeeded, visit: ProgramVisit, receipt: str) -> schemas.JobDetail:
    """Take a finished job back to people, to put a value right."""
    acting.reopen(office, visit, receipt)
    return job(request, office, visit, receipt)


@router.get("/services")
def services(office: OfficeNeeded, visit: VisitNeeded) -> list[schemas.ServiceEntry]:  # noqa: ARG001 - only who is signed in
    """What can be handed in."""
    with office.database.reading() as session:
        return [schemas.service(each) for each in open_services(session)]


@router.get("/hours")
def booked(office: OfficeNeeded, visit: VisitNeeded) -> schemas.Hours:
    """Net hours of the asker's department and, for those who may see all, of the house: always the sum of the bookings."""
    with office.database.reading() as session:
        own = hours.net_minutes(session, visit.asker.department_id)
        house = hours.net_minutes(session) if visit.asker.sees_all else None
    return schemas.Hours(
        department=visit.asker.department,
        net_minutes=own,
        net_hours=own / 60,
        house_net_minutes=house,
        house_net_hours=None if house is None else house / 60,
    )
