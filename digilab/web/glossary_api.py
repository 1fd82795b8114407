"""The API's part about the glossary."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from digilab.errors import NotAllowedError
from digilab.glossary.records import GlossaryTerm
from digilab.web import api, glossary_acting, schemas
from digilab.web.glossary_acting import Asked, TermId
from digilab.web.guard import OfficeNeeded, ProgramVisit, VisitNeeded
from digilab.web.shapes import Shape

router = APIRouter(prefix=api.BASE, responses=api.router.responses)

MOST = 1000


class Term(Shape):
    """One term."""

    id: int
    text: str = Field(examples=["髙橋一郎"])
    reading: str
    kind: str = Field(description="`person`, `place`, `organisation`, `ordinance` or `other`.")
    department: str | None = Field(description="Code; None: the whole house.")
    service: str | None = Field(description="Slug; None: every service.")
    valid_from: date | None
    valid_to: date | None = Field(description="The last day.")
    weight: int = Field(ge=1, le=3, description="1 is offered to the model first.")


class Terms(Shape):
    """Terms, in order of department, service and kind."""

    terms: list[Term]
    count: int = Field(description="Of all that were asked for; at most 1,000 come at once.")


class Brought(Shape):
    """What an import did."""

    added: int
    changed: int
    ended: int
    unchanged: int


IMPORT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "department": {"type": "string", "description": "Code, for a file without such a column."},
                        "service": {"type": "string", "description": "Slug, for a file without such a column."},
                        "from": {
                            "type": "string",
                            "description": "The file is the whole list of its kinds from this day on.",
                        },
                        "file": {"type": "string", "format": "binary", "description": "CSV, UTF-8 or cp932."},
                    },
                }
            }
        },
    }
}


@router.get("/lab/glossary")
def terms(
    office: OfficeNeeded,
    visit: VisitNeeded,
    chosen: Asked,
    offset: Annotated[int, Query(ge=0, le=10**7)] = 0,
) -> Terms:
    """The terms; `department` or `service` `*`: only those of the whole house, of every service."""
    if not visit.asker.sees_all:
        raise NotAllowedError
    with office.database.reading() as session:
        found = glossary_acting.listed(session, chosen)
        return Terms(terms=[_shape(each) for each in found[offset : offset + MOST]], count=len(found))


@router.post(
    "/lab/glossary",
    openapi_extra=IMPORT,
    response_model=Brought,
    responses={422: {"model": schemas.Refusal, "description": "Lines that do not fit, each named; nothing was taken"}},
)
async def bring_in(request: Request, office: OfficeNeeded, visit: ProgramVisit) -> Brought:
    """Bring a CSV file in: every line, or none."""
    if not visit.asker.runs_lab:
        raise NotAllowedError
    sent = await glossary_acting.received(request)
    done = await run_in_threadpool(glossary_acting.bring_in, office, visit, sent)
    return Brought(added=done.added, changed=done.changed, ended=done.ended, unchanged=done.unchanged)


@router.delete("/lab/glossary/{term}", status_code=204, response_class=Response)
def remove(office: OfficeNeeded, visit: ProgramVisit, term: TermId) -> Response:
    """Take a term away. Jobs that were split before keep it."""
    glossary_acting.remove(office, visit, term)
    return Response(status_code=204)


def _shape(term: GlossaryTerm) -> Term:
    return Term(
        id=term.id,
        text=term.text,
        reading=term.reading,
        kind=term.kind,
        department=term.department.code if term.department else None,
        service=term.service.slug if term.service else None,
        valid_from=term.valid_from,
        valid_to=term.valid_to,
        weight=term.weight,
    )
