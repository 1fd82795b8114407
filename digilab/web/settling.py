"""要照合: rows of all jobs that wait for a person, one row's own page with its pictures, and what people say of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from digilab.access.audit import record
from digilab.access.rules import Asker
from digilab.errors import DigilabError
from digilab.jobs import sight
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.language import Language
from digilab.ledger import use
from digilab.ledger.claims import ENDED_BADLY
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import RowState
from digilab.ledger.settling import LEFT
from digilab.office import Office
from digilab.services.rules import Kind
from digilab.web import keying, rows
from digilab.web.confirming import submitted
from digilab.web.failures import status_of
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded
from digilab.web.language import language_of
from digilab.web.pages import render
from digilab.web.reconciled import ReconciledView, reconciled
from digilab.web.rows import RowView, Step

router = APIRouter(include_in_schema=False)

ON_A_PAGE = 10
"""Rows with their pictures and forms."""
RowNumber = Annotated[int, Path(ge=1, le=10**6)]
Page = Annotated[int, Query(ge=1, le=100_000)]
Receipt = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class Question:
    """A row that waits for a person."""

    row: RowView
    title: str
    """Of its job."""
    department: str
    target: str
    steps: list[Step]
    may_act: bool
    may_key: bool
    """Whoever handed money in does not have it keyed against a doubt."""
    may_release: bool


@dataclass(frozen=True)
class Ready:
    """A job that can go on."""

    receipt: str
    title: str
    may_act: bool
    ready: int
    """Rows that are keyed when it goes on."""
    open: int
    """Rows that still wait for a person."""
    reconciled: ReconciledView | None

    @property
    def differs(self) -> bool:
        """Whether it can end only with somebody's word on what 突合 found."""
        return not self.ready and not self.open and self.reconciled is not None and not self.reconciled.agrees


@router.get("/review/rows")
def list_page(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: Receipt = "", page: Page = 1
) -> Response:
    """What waits for a person, over all jobs that the asker may see, or of one job."""
    return _list(request, office, visit, receipt, page, {}, None)


@router.get("/jobs/{receipt}/rows/{number}")
def row_page(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, number: RowNumber) -> Response:
    """Everything about one row."""
    return _row(request, office, visit, receipt, number, {}, None)


@router.get("/jobs/{receipt}/rows/{number}/pictures/{shows}")
def picture(office: OfficeNeeded, visit: VisitNeeded, receipt: str, number: RowNumber, shows: str) -> Response:
    """What the robot's screen showed."""
    return keying.picture(office, visit, receipt, number, shows)


@router.post("/jobs/{receipt}/rows/{number}/settle")
def settle(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, number: RowNumber, form: FormNeeded
) -> Response:
    """What became of a row that nobody knew about."""

    def act() -> None:
        keying.settle(
            office,
            visit,
            receipt,
            number,
            form.get("password", ""),
            form.get("decision", ""),
            form.get("slip", "").strip(),
            form.get("reason", "").strip(),
        )

    return _acted(request, office, visit, receipt, number, form, act)


@router.post("/jobs/{receipt}/rows/{number}/release")
def release(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, number: RowNumber, form: FormNeeded
) -> Response:
    """Key a blocked row all the same."""

    def act() -> None:
        keying.release(office, visit, receipt, number, form.get("password", ""), form.get("reason", "").strip())

    return _acted(request, office, visit, receipt, number, form, act)


@router.post("/jobs/{receipt}/rows/{number}/drop")
def drop(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, number: RowNumber, form: FormNeeded
) -> Response:
    """Do not key it."""

    def act() -> None:
        keying.drop(office, visit, receipt, number, form.get("password", ""), form.get("reason", "").strip())

    return _acted(request, office, visit, receipt, number, form, act)


@router.post("/jobs/{receipt}/go-on")
def go_on(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """All is said: key what may be keyed, write the results anew."""
    with office.database.reading() as session:  # what is not the asker's does not exist, whatever else is wrong
        receipt = sight.job_of(session, visit.asker, receipt).receipt

    def act() -> None:
        keying.go_on(office, visit, receipt, form.get("password", ""), form.get("reason", "").strip())

    def again(error: DigilabError) -> Response:
        return _list(request, office, visit, receipt, 1, form, error)

    return submitted(request, visit, form, act, f"/jobs/{receipt}", again)


def waiting(session: Session, asker: Asker, job: Job | None) -> Sequence[LedgerRow]:
    """Rows that wait for a person: of all visible jobs, or of one."""
    return [row for row in use.open_questions(session, asker) if job is None or row.job_id == job.id]


def question(session: Session, asker: Asker, row: LedgerRow, view: RowView, language: Language) -> Question:
    """A row with everything that helps to answer for it."""
    job = row.job
    asked = job.status is JobState.REVIEW or (job.status in ENDED_BADLY and row.state in LEFT)
    own = row.target.money and asker.person_id == job.person_id
    return Question(
        row=view,
        title=job.title,
        department=job.department.name,
        target=row.target.title,
        steps=rows.steps(session, row, language),
        may_act=asked and asker.may_act_on(job.department_id),
        may_key=asked and not own,
        may_release=asked and not own and asker.may_release(job.department_id),
    )


def ready_jobs(session: Session, asker: Asker, language: Language) -> list[Ready]:
    """Jobs that can go on: something may be keyed, or every row has an answer."""
    found = []
    for job in sight.recent(session, asker, 200, state=JobState.REVIEW):
        counts = rows.counted(session, job.id) if job.work is Kind.ROBOT else None
        if counts is not None and (counts.of(RowState.READY) or not counts.open):
            may_act = asker.may_act_on(job.department_id)
            found.append(
                Ready(
                    receipt=job.receipt,
                    title=job.title,
                    may_act=may_act,
                    ready=counts.of(RowState.READY),
                    open=counts.open,
                    reconciled=reconciled(session, job, language),
                )
            )
    return found


def _acted(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    number: int,
    form: Mapping[str, str],
    act: Callable[[], None],
) -> Response:
    with office.database.reading() as session:  # what is not the asker's does not exist, whatever else is wrong
        row = rows.row_of(session, visit.asker, receipt, number)
        receipt = row.job.receipt
    typed = {**form, "row": str(row.id)}
    page = _page_of(form.get("page", ""))

    def again(error: DigilabError) -> Response:
        if form.get("from") == "row":
            return _row(request, office, visit, receipt, number, typed, error)
        return _list(request, office, visit, form.get("only", ""), page, typed, error)

    place = f"/jobs/{receipt}/rows/{number}" if form.get("from") == "row" else _list_address(form.get("only", ""), page)
    return submitted(request, visit, form, act, place, again)


def _page_of(typed: str) -> int:
    """The page of the list on which the form stood."""
    return int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) <= 5 and int(typed) else 1


def _list_address(only: str, page: int) -> str:
    known = only.isascii() and only.replace("-", "").isalnum()
    asked = ([f"receipt={only}"] if known else []) + ([f"page={page}"] if page > 1 else [])
    return f"/review/rows?{'&'.join(asked)}" if asked else "/review/rows"


def _list(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    page: int,
    typed: Mapping[str, str],
    error: DigilabError | None,
) -> Response:
    language, asker = language_of(request), visit.asker
    with office.database.transaction() as session:
        job = sight.job_of(session, asker, receipt) if receipt else None
        only = job.receipt if job else ""
        found = waiting(session, asker, job)
        pages = max(1, -(-len(found) // ON_A_PAGE))
        page = min(page, pages)
        shown = found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        viewed = rows.views(session, asker, shown, language)
        asked = [question(session, asker, row, view, language) for row, view in zip(shown, viewed, strict=True)]
        ready = [each for each in ready_jobs(session, asker, language) if only in ("", each.receipt)]
        if asked:  # accounts and names: who looked at them is asked for one day
            record(session, asker, "view-rows", only or "review/rows", rows=len(asked))
    status = 200 if error is None else status_of(error)
    return render(
        request,
        "settle.html",
        status,
        questions=asked,
        ready=ready,
        found=len(found),
        page=page,
        pages=pages,
        only=only,
        typed=typed,
        error=error,
    )


def _row(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    number: int,
    typed: Mapping[str, str],
    error: DigilabError | None,
) -> Response:
    language, asker = language_of(request), visit.asker
    with office.database.transaction() as session:
        row = rows.row_of(session, asker, receipt, number)
        [view] = rows.views(session, asker, [row], language)
        asked = question(session, asker, row, view, language)
        record(session, asker, "view-rows", f"{row.job.receipt}/rows/{number}", rows=1)
    status = 200 if error is None else status_of(error)
    return render(request, "row.html", status, question=asked, typed=typed, error=error)
