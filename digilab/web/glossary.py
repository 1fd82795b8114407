"""The glossary: what the lab's page and the API show of it, and how a file of terms comes in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Path, Query
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from digilab.access.audit import record
from digilab.access.records import Department
from digilab.errors import (
    DigilabError,
    FileTooLargeError,
    ForeignFormError,
    GlossaryDayError,
    GlossaryError,
    GlossaryFileMissingError,
    IntakeError,
    NotAllowedError,
    NotFoundError,
    RequestMalformedError,
    UploadCutError,
)
from digilab.glossary import sheet, use
from digilab.glossary.records import GlossaryTerm
from digilab.glossary.rules import TermKind
from digilab.glossary.use import Imported
from digilab.jobs.names import display_name
from digilab.office import Office
from digilab.services.records import Service
from digilab.services.rules import Kind
from digilab.timetable.days import day_of
from digilab.web.downloads import disposition
from digilab.web.failures import note_refusal, status_of, wants_json
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded, check_form, check_site
from digilab.web.multipart import Field, FileBegins, FileBytes, FormReader
from digilab.web.pages import render
from digilab.web.wording import size_text

PATH = "/lab/glossary"
FIELDS = 20
PAGE = 100
"""Terms on one page."""
BODY_BYTES = sheet.MOST_BYTES + 64 * 1024
NOT_TAKEN = (ForeignFormError, GlossaryError, IntakeError, NotAllowedError, NotFoundError, RequestMalformedError)
"""What the page tells in words."""
FIGURES = ("added", "changed", "ended", "unchanged")

router = APIRouter(include_in_schema=False)

TermId = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True)
class Sent:
    """A form with at most one file."""

    fields: Mapping[str, str]
    name: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Filter:
    """Which terms are asked for, as it was typed. Empty: all."""

    department: str = ""
    service: str = ""
    kind: str = ""
    day: str = ""

    @property
    def query(self) -> str:
        """For an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})


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
    department: Code = "",
    service: Code = "",
    kind: Code = "",
    day: Code = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The terms, 100 at a time. Auditors look, operators act, others have nothing to see here."""
    return _page(request, office, visit, Filter(department, service, kind, day), page, done=_figures(done))


@router.get(f"{PATH}/file")
def glossary_file(
    office: OfficeNeeded,
    visit: VisitNeeded,
    department: Code = "",
    service: Code = "",
    kind: Code = "",
    day: Code = "",
) -> Response:
    """The terms as a file that can be brought in again."""
    _check_sees(visit)
    with office.database.reading() as session:
        content = use.exported(terms(session, Filter(department, service, kind, day)))
    return Response(
        content, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition("用語集.csv")}
    )


@router.post(PATH)
async def bring_in_page(request: Request, office: OfficeNeeded, visit: VisitNeeded) -> Response:
    """Bring a file in."""
    _check_sees(visit)
    _check_header(request, visit)
    try:
        sent = await received(request)
    except NOT_TAKEN as error:
        return await run_in_threadpool(_refused, request, office, visit, {}, error)
    return await run_in_threadpool(_brought_in, request, office, visit, sent)


@router.post(f"{PATH}/{{term}}/remove")
def remove_page(request: Request, office: OfficeNeeded, visit: VisitNeeded, term: TermId, form: FormNeeded) -> Response:
    """Take one term away."""
    _check_sees(visit)
    try:
        check_form(request, visit, form.get("form_token", ""))
        remove(office, visit, term)
    except NOT_TAKEN as error:
        return _refused(request, office, visit, form, error)
    return RedirectResponse(f"{PATH}?{form.get('back', '')}", 303)


def bring_in(office: Office, visit: Visit, sent: Sent) -> Imported:
    """Raises NotAllowedError, GlossaryError."""
    if not visit.asker.runs_lab:
        raise NotAllowedError
    if sent.content is None or not sent.name:
        raise GlossaryFileMissingError
    entries = sheet.read_entries(sent.content)
    fields = {name: sent.fields.get(name, "").strip() for name in ("department", "service", "from")}
    with office.database.transaction() as session:
        done = use.bring_in(
            session,
            entries,
            department=fields["department"],
            service=fields["service"],
            from_day=_day(fields["from"]),
        )
        figures = {name: getattr(done, name) for name in FIGURES}
        record(session, visit.asker, "glossary-import", display_name(sent.name), **figures)
    return done


def remove(office: Office, visit: Visit, term_id: int) -> None:
    """Raises NotAllowedError, NotFoundError."""
    if not visit.asker.runs_lab:
        raise NotAllowedError
    with office.database.transaction() as session:
        term = session.get(GlossaryTerm, term_id)
        if term is None:
            raise NotFoundError
        record(session, visit.asker, "glossary-remove", term.text)
        use.remove(session, [term])


def terms(session: Session, chosen: Filter) -> list[GlossaryTerm]:
    """Raises NotFoundError, GlossaryDayError. `*` is only those of the whole house, of every service."""
    kind = next((each for each in TermKind if each.value == chosen.kind), None)
    if chosen.kind and kind is None:
        raise NotFoundError
    named = {
        name: "" if value == "*" else value
        for name, value in (("department", chosen.department), ("service", chosen.service))
        if value
    }
    if not all(value.isprintable() for value in named.values()):
        raise NotFoundError
    return use.listed(session, kind=kind, day=_day(chosen.day), **named)


async def received(request: Request) -> Sent:
    """A small form. Raises RequestMalformedError, FileTooLargeError, UploadCutError."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):  # a form without its file
        try:
            pairs = parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS)
        except ValueError as error:
            raise RequestMalformedError(where="form") from error
        return Sent(dict(pairs))
    reader = FormReader(kind)
    fields: dict[str, str] = {}
    name, content = "", bytearray()
    try:
        async for chunk in request.stream():
            for event in reader.feed(chunk):
                match event:
                    case Field(field, value):
                        fields.setdefault(field, value)
                    case FileBegins(_, file):
                        name, content = file, bytearray()
                    case FileBytes(block):
                        content += block
                if len(content) > sheet.MOST_BYTES:
                    raise FileTooLargeError(name=display_name(name), limit=size_text(sheet.MOST_BYTES))
    except ClientDisconnect as error:
        raise UploadCutError from error
    if not reader.ended:
        raise UploadCutError
    return Sent(fields, name, bytes(content))


def _brought_in(request: Request, office: Office, visit: Visit, sent: Sent) -> Response:
    try:
        check_form(request, visit, request.headers.get("x-form-token") or sent.fields.get("form_token", ""))
        done = bring_in(office, visit, sent)
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
            found = terms(session, chosen)
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


def _day(typed: str) -> date | None:
    if not typed:
        return None
    day = day_of(typed)
    if day is None:
        raise GlossaryDayError(day="".join(sign for sign in typed if sign.isprintable())[:30])
    return day


def _figures(done: str) -> dict[str, int] | None:
    parts: list[Any] = done.split("-")
    fits = len(parts) == len(FIGURES) and all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts)
    return dict(zip(FIGURES, map(int, parts), strict=True)) if fits else None
