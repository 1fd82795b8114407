"""The lab's page of the glossary: looked through, brought in as a file, taken away term by term."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digilab.access.records import Department
from digilab.errors import (
    DigilabError,
    ForeignFormError,
    GlossaryDayError,
    GlossaryError,
    IntakeError,
    NotAllowedError,
    NotFoundError,
    RequestMalformedError,
)
from digilab.glossary import sheet, use
from digilab.glossary.records import GlossaryTerm
from digilab.office import Office
from digilab.services.records import Service
from digilab.services.rules import Kind
from digilab.web import glossary_acting
from digilab.web.downloads import disposition
from digilab.web.failures import note_refusal, status_of, wants_json
from digilab.web.glossary_acting import FIGURES, Asked, Filter, Sent, TermId
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded, check_form, check_site
from digilab.web.pages import render

PATH = "/lab/glossary"
PAGE = 100
"""Terms on one page."""
NOT_TAKEN = (ForeignFormError, GlossaryError, IntakeError, NotAllowedError, NotFoundError, RequestMalformedError)
"""What the page tells in words."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class GlossaryView:
    """One page of terms."""

    terms: list[GlossaryTerm]
    count: int
    page: int
    pages: int
    chosen: Filter
    departments: list[tuple[str, str]]
    services: list[tuple[str, str]]
    kinds: dict[str, str]
    may_act: bool


@router.get(PATH)
def glossary_page(
    request: Request,
    office: OfficeNeeded,
    visit: VisitNeeded,
    chosen: Asked,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The terms, 100 at a time. Auditors look, operators act, others have nothing to see here."""
    return _page(request, office, visit, chosen, page, done=_figures(done))


@router.get(f"{PATH}/file")
def glossary_file(
    office: OfficeNeeded,
    visit: VisitNeeded,
    chosen: Asked,
) -> Response:
    """The terms as a file that can be brought in again."""
    _check_sees(visit)
    with office.database.reading() as session:
        content = use.exported(glossary_acting.listed(session, chosen))
    return Response(
        content, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition("用語集.csv")}
    )


@router.post(PATH)
async def bring_in_page(request: Request, office: OfficeNeeded, visit: VisitNeeded) -> Response:
    """Bring a file in."""
    _check_sees(visit)
    _check_header(request, visit)
    try:
        sent = await glossary_acting.received(request)
    except NOT_TAKEN as error:
        return await run_in_threadpool(_refused, request, office, visit, {}, error)
    return await run_in_threadpool(_brought_in, request, office, visit, sent)


@router.post(f"{PATH}/{{term}}/remove")
def remove_page(request: Request, office: OfficeNeeded, visit: VisitNeeded, term: TermId, form: FormNeeded) -> Response:
    """Take one term away."""
    _check_sees(visit)
    try:
        check_form(request, visit, form.get("form_token", ""))
        glossary_acting.remove(office, visit, term)
    except NOT_TAKEN as error:
        return _refused(request, office, visit, form, error)
    return RedirectResponse(f"{PATH}?{form.get('back', '')}", 303)


def _brought_in(request: Request, office: Office, visit: Visit, sent: Sent) -> Response:
    try:
        check_form(request, visit, request.headers.get("x-form-token") or sent.fields.get("form_token", ""))
        done = glossary_acting.bring_in(office, visit, sent)
    except NOT_TAKEN as error:
        return _refused(request, office, visit, sent.fields, error)
    figures = "-".join(str(getattr(done, name)) for name in FIGURES)
    return RedirectResponse(f"{PATH}?done={figures}", 303)


def _refused(request: Request, office: Office, visit: Visit, typed: Mapping[str, str], error: DigilabError) -> Response:
    if wants_json(request):
        raise error
    note_refusal(request, error)
    return _page(request, office, visit, Filter(), 1, typed=typed, error=error)


def _page(
    request: Request,
    office: Office,
    visit: Visit,
    chosen: Filter,
    page: int,
    *,
    typed: Mapping[str, str] | None = None,
    error: DigilabError | None = None,
    done: dict[str, int] | None = None,
) -> Response:
    _check_sees(visit)
    with office.database.reading() as session:
        try:
            found = glossary_acting.listed(session, chosen)
        except GlossaryDayError as unread:
            found, error = [], error or unread
        view = _view(session, visit, chosen, found, page)
    status = 200 if error is None else status_of(error)
    return render(request, "glossary.html", status, glossary=view, typed=typed or {}, error=error, done=done)


def _view(session: Session, visit: Visit, chosen: Filter, found: list[GlossaryTerm], page: int) -> GlossaryView:
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages)
    services = session.scalars(
        select(Service).where(Service.kind == Kind.TRANSCRIPTION.value.name).order_by(Service.id)
    )
    return GlossaryView(
        terms=found[(page - 1) * PAGE : page * PAGE],
        count=len(found),
        page=page,
        pages=pages,
        chosen=chosen,
        departments=[(each.code, each.name) for each in session.scalars(select(Department).order_by(Department.code))],
        services=[(each.slug, each.name) for each in services],
        kinds={kind.value: names[0] for kind, names in sheet.KINDS.items()},
        may_act=visit.asker.runs_lab,
    )


def _check_sees(visit: Visit) -> None:
    if not visit.asker.sees_all:
        raise NotAllowedError


def _check_header(request: Request, visit: Visit) -> None:
    """What can be refused before the file is read is refused before."""
    if visit.form_token is not None:
        check_site(request)
    if token := request.headers.get("x-form-token"):
        check_form(request, visit, token)


def _figures(done: str) -> dict[str, int] | None:
    parts: list[Any] = done.split("-")
    fits = len(parts) == len(FIGURES) and all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts)
    return dict(zip(FIGURES, map(int, parts), strict=True)) if fits else None
