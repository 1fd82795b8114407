"""The page on which people look at doubtful values of paper forms, one after the other."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from digilab.errors import DigilabError, ForeignFormError, JobError
from digilab.jobs import sight
from digilab.language import Language, text
from digilab.office import Office
from digilab.review.use import Reply
from digilab.services.rules import Kind
from digilab.web import acting
from digilab.web.doubts import AT_ONCE, ReviewView, case_view, review_view
from digilab.web.failures import note_refusal, status_of, wants_json
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded, check_form
from digilab.web.language import language_of
from digilab.web.pages import render

router = APIRouter(include_in_schema=False)

CaseAsked = Annotated[int | None, Query(ge=1, le=2**31)]
ValueId = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/jobs/{receipt}/review")
def review_page(
    request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, case: CaseAsked = None
) -> Response:
    """The doubts that this person can settle; with `case` all values of one case. Robots and recordings have pages of their own for it."""
    with office.database.reading() as session:
        job = sight.job_of(session, visit.asker, receipt)
    if job.work is Kind.ROBOT:
        return RedirectResponse(f"/review/rows?receipt={job.receipt}", 303)
    if job.work is Kind.TRANSCRIPTION:
        return RedirectResponse(f"/jobs/{job.receipt}#incomplete", 303)
    return _page(request, office, visit, receipt, case, {}, None)


@router.get("/jobs/{receipt}/crops/{value}")
def crop(office: OfficeNeeded, visit: VisitNeeded, receipt: str, value: ValueId) -> Response:
    """The picture of the place where a value stands."""
    return acting.crop(office, visit, receipt, value)


@router.post("/jobs/{receipt}/review/answer")
def answer(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Keep one answer; a script hears how many doubts are left."""
    case = _number(form.get("case", ""))

    def keep() -> None:
        acting.answer(office, visit, receipt, [_reply(form)])

    place = f"?case={case}#value-{_number(form.get('id', ''))}" if case else ""
    return _acted(request, office, visit, receipt, form, keep, place)


@router.post("/jobs/{receipt}/review/finish")
def finish(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """All is settled: the results are written anew."""

    def end() -> None:
        minutes = acting.minutes_of(form.get("minutes", "").strip() or "0")
        acting.finish_review(office, visit, receipt, minutes, acknowledged="acknowledged" in form)

    return _acted(request, office, visit, receipt, form, end, None)


@router.post("/jobs/{receipt}/reopen")
def reopen(request: Request, office: OfficeNeeded, visit: VisitNeeded, receipt: str, form: FormNeeded) -> Response:
    """Take a finished job back."""
    return _acted(request, office, visit, receipt, form, lambda: acting.reopen(office, visit, receipt), "")


def _acted(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    form: Mapping[str, str],
    act: Callable[[], None],
    place: str | None,
) -> Response:
    """Do it and go on at `place` of the review (None: to the job); refused, the page says why and keeps what was typed."""
    with office.database.reading() as session:  # what is not the asker's does not exist, whatever else is wrong
        receipt = sight.job_of(session, visit.asker, receipt).receipt
    try:
        check_form(request, visit, form.get("form_token", ""))
        act()
    except (ForeignFormError, JobError) as error:
        if wants_json(request):
            raise
        note_refusal(request, error)
        return _page(request, office, visit, receipt, _number(form.get("case", "")) or None, form, error)
    if wants_json(request):
        with office.database.reading() as session:
            view = review_view(session, visit.asker, receipt, language_of(request))
        return JSONResponse({"open": view.open, "text": _progress(language_of(request), view)})
    return RedirectResponse(f"/jobs/{receipt}" if place is None else f"/jobs/{receipt}/review{place}", 303)


def _page(
    request: Request,
    office: Office,
    visit: Visit,
    receipt: str,
    case: int | None,
    typed: Mapping[str, str],
    error: DigilabError | None,
) -> Response:
    language = language_of(request)
    with office.database.reading() as session:
        view = review_view(session, visit.asker, receipt, language)
        listed = case_view(session, visit.asker, receipt, case, language) if case else view.asking[:AT_ONCE]
    return render(
        request,
        "review.html",
        200 if error is None else status_of(error),
        review=view,
        cases=[(number, list(found)) for number, found in groupby(listed, key=lambda each: each.case)],
        listed=len(listed),
        case=case,
        progress=_progress(language, view),
        typed=typed,
        error=error,
    )


def _progress(language: Language, view: ReviewView) -> str:
    return text(language, "pages.review.progress", done=view.settled, total=len(view.doubts))


def _reply(form: Mapping[str, str]) -> Reply:
    """`key` takes over one of two keys: its text, or that it cannot be read."""
    illegible = "illegible" in form
    seconds = form.get("seconds", "")
    return Reply(
        value_id=_number(form.get("id", "")),
        text=form.get("key", form.get("text", "")),
        illegible=illegible,
        settling="settling" in form,
        seconds=float(seconds)
        if seconds.replace(".", "", 1).isascii() and seconds.replace(".", "", 1).isdigit()
        else None,
    )


def _number(written: str) -> int:
    return int(written) if len(written) < 19 and written.isascii() and written.isdigit() else 0
