"""The pages for staff: hand in, the department's jobs, one job."""

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digilab.access.audit import record
from digilab.errors import DigilabError, ForeignFormError, IntakeError, JobError, NoSpaceError
from digilab.forms import choose
from digilab.jobs import sight
from digilab.jobs.rules import JobState, job_id_of
from digilab.office import Office
from digilab.services.menu import open_services
from digilab.services.rules import Kind
from digilab.targets import use as targets
from digilab.web import acting
from digilab.web.events import Rhythm, stream
from digilab.web.failures import note_refusal, status_of, wants_json
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded, check_form
from digilab.web.handing_in import hand_in
from digilab.web.language import language_of
from digilab.web.pages import render
from digilab.web.rows import row_called
from digilab.web.targets import target_view
from digilab.web.views import row, view
from digilab.web.wording import size_text

router = APIRouter(include_in_schema=False)

RECENT = 10
PAGE = 50
State = Annotated[str, Query(max_length=20)]
RowsPage = Annotated[int, Query(ge=1, le=100_000)]
Before = Annotated[int | None, Query(ge=1, le=2**62)]


@router.get("/")
def hand_in_page(request: Request, office: OfficeNeeded, visit: VisitNeeded) -> Response:
    """The form, and below it the department's recent jobs."""
    return _hand_in_page(request, office, visit, {}, None)


@router.post("/")
async def take_in(request: Request, office: OfficeNeeded, visit: VisitNeeded) -> Response:
    """Accept a job and go to its page; refused, the form comes back with what was typed."""
    try:
        accepted = await hand_in(request, office, visit)
    except (IntakeError, ForeignFormError, NoSpaceError) as error:
        if wants_json(request):
            raise
        await run_in_threadpool(note_refusal, request, error)
        typed = getattr(request.state, "typed", {})
        return await run_in_threadpool(_hand_in_page, request, office, visit, typed, error)
    return RedirectResponse(f"/jobs/{accepted.receipt}", 303)


@router.get("/jobs")
def jobs_page(request: Request, office: OfficeNeeded, visit: VisitNeeded, before: Before = None) -> Response:
    """All jobs that the asker may see, newest first."""
    with office.database.reading() as session:
        jobs = sight.recent(session, visit.asker, PAGE + 1, before)
        rows = [row(session, visit.asker, job, language_of(request), office.alive_seconds) for job in jobs[:PAGE]]
    older = rows[-1].id if len(jobs) > PAGE else None
    return render(request, "jobs.html", rows=rows, older=older, departments=_several(visit))


@router.get("/find")
def find(office: OfficeNeeded, visit: VisitNeeded, receipt: str = "") -> Response:
    """Go to the job with this 受付番号, or to the row with this 照合番号 or 伝票番号. Raises NotFoundError."""
    with office.database.reading() as session:
        if job_id_of(receipt[:40]) is not None:
            address = f"/jobs/{sight.job_of(session, visit.asker, receipt[:40]).receipt}"
        else:
            row = row_called(session, visit.asker, receipt)
            address = f"/jobs/{row.job.receipt}/rows/{row.number}"
    return RedirectResponse(address, 303)


@router.get("/jobs/{receipt}")
def job_page(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, state: State = "", page: RowsPage = 1
) -> Response:
    """One job; of a robot's rows those in one state, page by page."""
    return _job_page(request, office, visit, receipt, {}, None, (state, page))


@router.get("/jobs/{receipt}/events")
async def job_events(request: Request, visit: VisitNeeded, receipt: str) -> Response:
    """Its live progress."""
    return await stream(request, receipt, visit, Rhythm())


@router.get("/jobs/{receipt}/files/{name}")
def job_file(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, name: str, role: str | None = None
) -> Response:
    """One of its files."""
    return acting.download(request, office, visit, receipt, name, role)


@router.post("/jobs/{receipt}/cancel")
def cancel(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Stop it."""
    return _acted(request, office, visit, receipt, form, partial(acting.cancel, office, visit, receipt))


@router.post("/jobs/{receipt}/retry")
def retry(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Try it again."""
    return _acted(request, office, visit, receipt, form, partial(acting.retry, office, visit, receipt))


@router.post("/jobs/{receipt}/accept")
def accept(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Take its minutes as they are."""
    return _acted(request, office, visit, receipt, form, partial(acting.accept, office, visit, receipt))


@router.post("/jobs/{receipt}/speakers")
def speakers(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Tell its speakers apart, or once more."""

    def ask() -> None:
        acting.separate(office, visit, receipt, form.get("speakers", ""))

    return _acted(request, office, visit, receipt, form, ask, "#speakers")


@router.post("/jobs/{receipt}/minutes")
def minutes(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Report minutes that people worked on it."""

    def report() -> None:
        acting.report_minutes(office, visit, receipt, acting.minutes_of(form.get("minutes", "")))

    return _acted(request, office, visit, receipt, form, report, "#hours")


def _acted(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    form: Mapping[str, str],
    act: Callable[[], None],
    place: str = "",
) -> Response:
    """Do it and show the job; refused, the job's page says why and keeps what was typed."""
    with office.database.reading() as session:  # what is not the asker's does not exist, whatever else is wrong
        receipt = sight.job_of(session, visit.asker, receipt).receipt
    try:
        check_form(request, visit, form.get("form_token", ""))
        act()
    except (ForeignFormError, JobError) as error:
        if wants_json(request):
            raise
        note_refusal(request, error)
        return _job_page(request, office, visit, receipt, form, error)
    return RedirectResponse(f"/jobs/{receipt}{place}", 303)


def _hand_in_page(
    request: Request, office: Office, visit: Visit, typed: Mapping[str, str], error: DigilabError | None
) -> Response:
    language, web = language_of(request), office.settings.web
    with office.database.reading() as session:
        rows = [
            row(session, visit.asker, job, language, office.alive_seconds)
            for job in sight.recent(session, visit.asker, RECENT)
        ]
        reviews = sight.recent(session, visit.asker, RECENT, state=JobState.REVIEW)
        awaiting = [row(session, visit.asker, job, language, office.alive_seconds) for job in reviews]
        services = [
            {
                "slug": service.slug,
                "name": service.name,
                "description": service.description,
                "kind": service.kind,
                "options": service.options,
                "accepts": sorted(Kind.named(service.kind).value.accepts),
            }
            for service in open_services(session)
        ]
        robots = {each.robot: target_view(session, each, language) for each in targets.targets(session)}
        approvals = sight.recent(session, visit.asker, RECENT, state=JobState.APPROVAL)
        approving = [row(session, visit.asker, job, language, office.alive_seconds) for job in approvals]
        forms = {each.definition.name: each.title for each in choose.usable(session, visit.asker.department_id)}
    values: dict[str, Any] = {
        "services": services,
        "forms": forms,
        "rows": rows,
        "approving": [each for each in approving if each.approves],
        "awaiting": awaiting,
        "robots": robots,
        "departments": _several(visit),
        "typed": typed,
        "error": error,
        "request_key": secrets.token_urlsafe(16),
        "max_bytes": web.max_file_bytes,
        "max_size": size_text(web.max_file_bytes),
        "max_files": web.max_files,
    }
    return render(request, "hand_in.html", 200 if error is None else status_of(error), **values)


def _job_page(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    typed: Mapping[str, str],
    error: DigilabError | None,
    rows: tuple[str, int] = ("", 1),
) -> Response:
    with office.database.reading() as session:
        job = view(session, visit.asker, receipt, language_of(request), office.alive_seconds, rows)
    if job.robot is not None and job.robot.rows.rows:
        with office.database.transaction() as session:
            record(session, visit.asker, "view-rows", job.row.now.receipt, page=job.robot.rows.page)
    status = 200 if error is None else status_of(error)
    return render(request, "job.html", status, job=job, typed=typed, error=error)


def _several(visit: Visit) -> bool:
    """Whether jobs of several departments are listed, so that the department must be told."""
    return visit.asker.sees_all
