"""The page on which a second person looks at all rows before a robot touches anything, and says yes or no."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digilab.access.audit import record
from digilab.access.rules import Asker
from digilab.errors import DigilabError
from digilab.jobs import sight
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.language import Language, text
from digilab.ledger import use
from digilab.office import Office
from digilab.services.rules import Kind
from digilab.web import keying
from digilab.web.confirming import submitted
from digilab.web.failures import status_of
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded
from digilab.web.language import language_of
from digilab.web.pages import render
from digilab.web.rows import RowsView, rows_view
from digilab.web.targets import TargetView, target_of

router = APIRouter(include_in_schema=False)

Page = Annotated[int, Query(ge=1, le=100_000)]
State = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True)
class ApprovalView:
    """What is to be approved, with everything that was found about it."""

    receipt: str
    title: str
    department: str
    person: str
    waiting: bool
    scheduled: bool
    """It will wait for its time after the approval."""
    state_text: str
    target: TargetView | None
    rows: RowsView
    notices: list[str]
    yen: dict[str, int]
    """Sums by state."""
    digest: str
    """Of the rows that are shown; what is approved is what has this digest."""
    objection: str
    """Why this person cannot approve; empty when nothing is in the way."""


@router.get("/jobs/{receipt}/approval")
def approval_page(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, state: State = "", page: Page = 1
) -> Response:
    """All rows, the refused ones too. Noted in the audit trail: they hold accounts and names."""
    with office.database.transaction() as session:
        job = sight.job_of(session, visit.asker, receipt)
        if job.work is not Kind.ROBOT:
            return RedirectResponse(f"/jobs/{job.receipt}", 303)
        record(session, visit.asker, "view-rows", job.receipt, page=page)
    return _page(request, office, visit, receipt, state, page, {}, None)


@router.post("/jobs/{receipt}/approval")
def answer(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Yes, or no with a reason."""
    with office.database.reading() as session:  # what is not the asker's does not exist, whatever else is wrong
        receipt = sight.job_of(session, visit.asker, receipt).receipt
    password = form.get("password", "")

    def act() -> None:
        if form.get("answer") == "send-back":
            keying.send_back(office, visit, receipt, password, form.get("reason", ""))
        else:
            keying.approve(office, visit, receipt, password, form.get("digest", ""))

    def again(error: DigilabError) -> Response:
        return _page(request, office, visit, receipt, "", 1, form, error)

    return submitted(request, visit, form, act, f"/jobs/{receipt}", again)


def approval_view(
    session: Session, asker: Asker, number: str, language: Language, state: str = "", page: int = 1
) -> ApprovalView:
    """Raises NotFoundError for what the asker may not see."""
    job = sight.job_of(session, asker, number)
    summary = use.summary(session, job.id)
    return ApprovalView(
        receipt=job.receipt,
        title=job.title,
        department=job.department.name,
        person=job.person.name,
        waiting=job.status is JobState.APPROVAL,
        scheduled=str(job.options.get("start", "")) == "schedule",
        state_text=text(language, f"states.{job.state}"),
        target=target_of(session, job, language),
        rows=rows_view(session, asker, job, language, state, page),
        notices=use.notices(session, job.id, language),
        yen={str(state): total for state, total in summary.yen.items()},
        digest=summary.digest,
        objection=_objection(asker, job, language),
    )


def _objection(asker: Asker, job: Job, language: Language) -> str:
    if job.status is not JobState.APPROVAL:
        return text(language, "pages.approval.not-waiting", state=text(language, f"states.{job.state}"))
    if not asker.may_approve(job.department_id):
        return text(language, "pages.approval.not-head", department=job.department.name)
    if asker.person_id == job.person_id:
        return text(language, "pages.approval.own")
    return ""


def _page(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    state: str,
    page: int,
    typed: Mapping[str, str],
    error: DigilabError | None,
) -> Response:
    with office.database.reading() as session:
        view = approval_view(session, visit.asker, receipt, language_of(request), state, page)
    status = 200 if error is None else status_of(error)
    return render(request, "approval.html", status, approval=view, rows=view.rows, typed=typed, error=error)
