"""What goes wrong, as an answer: one table from errors to HTTP statuses, JSON for programs, a page for people.

A traceback goes to the log under an inquiry number, never to a reader.
"""

import logging
import secrets
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digilab import errors
from digilab.access.audit import record
from digilab.errors import DigilabError
from digilab.language import Language
from digilab.web.guard import Visit, office_of
from digilab.web.language import language_of
from digilab.web.pages import render

log = logging.getLogger(__name__)

STATUS: dict[type[DigilabError], int] = {
    DigilabError: 500,
    errors.NotFoundError: 404,
    errors.NotSignedInError: 401,
    errors.SignInFailedError: 401,
    errors.TooManyTriesError: 429,
    errors.PasswordWrongError: 403,
    errors.NotAllowedError: 403,
    errors.ForeignFormError: 403,
    errors.MethodRefusedError: 405,
    errors.PasswordDueError: 403,
    errors.NewPasswordError: 422,
    errors.LoginTakenError: 409,
    errors.IntakeError: 422,
    errors.RequestMalformedError: 400,
    errors.UploadCutError: 400,
    errors.UploadTooSlowError: 408,
    errors.TooManyFieldsError: 400,
    errors.FieldTooLongError: 400,
    errors.FileTooLargeError: 413,
    errors.SubmissionTooLargeError: 413,
    errors.TypeMismatchError: 415,
    errors.WrongServiceError: 415,
    errors.FormError: 422,
    errors.HouseError: 503,
    errors.NoSpaceError: 507,
    errors.StoredFileMissingError: 500,
    errors.StoredFileDamagedError: 500,
    errors.KeyRefusedError: 500,
    errors.JobError: 409,
    errors.MinutesMalformedError: 422,
    errors.AnswerTooLongError: 422,
    errors.PersonalNumberTypedError: 422,
    errors.BaselineMalformedError: 422,
    errors.DecisionMissingError: 422,
    errors.ReceiptMissingError: 422,
    errors.TargetError: 409,
    errors.TargetUnknownError: 404,
    errors.ReasonMissingError: 422,
    errors.GlossaryError: 422,
    errors.GlossaryTermUnknownError: 404,
    errors.TimetableError: 422,
    errors.ModelError: 500,
}
"""An error that is not named has the status of the nearest one above it."""

REFUSED = (errors.NotFoundError, errors.NotAllowedError, errors.ForeignFormError)
"""Somebody known asked for what is not theirs: kept in the audit trail."""


def install(app: FastAPI) -> None:
    """Answers for everything that a route may raise."""
    app.add_exception_handler(DigilabError, _told)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(RequestValidationError, _malformed)


def status_of(error: DigilabError) -> int:
    """HTTP status by the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def answer(request: Request, error: DigilabError) -> Response:
    """The error as JSON or as a page."""
    status = status_of(error)
    if status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error.__cause__ or error)
    if wants_json(request):
        return JSONResponse(described(error, language_of(request)), status, headers=_headers(error))
    for first, address in ((errors.NotSignedInError, "/sign-in"), (errors.PasswordDueError, "/password")):
        if isinstance(error, first):
            return RedirectResponse(f"{address}?next={request.url.path}" if request.method == "GET" else address, 303)
    page = render(request, "failure.html", status, error=error, status=status, number="")
    page.headers.update(_headers(error))
    return page


def described(error: DigilabError, language: Language) -> dict[str, Any]:
    """The body of an API error."""
    return {"error": {"code": error.code, "sentence": error.sentence(language)}}


def wants_json(request: Request) -> bool:
    """Programs and our own scripts get JSON, people pages."""
    path, accept = request.url.path, request.headers.get("accept", "")
    return path.startswith("/api/") or path in ("/readyz", "/healthz", "/metrics") or "application/json" in accept


def note_refusal(request: Request, error: DigilabError) -> None:
    """Somebody known was refused: into the audit trail, in a transaction of its own as the request's was rolled back."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None or not isinstance(error, REFUSED):
        return
    subject = f"{request.method} {request.url.path}"
    with office_of(request).database.transaction() as session:
        record(session, visit.asker, "access", subject, "refused", code=error.code)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, DigilabError)  # noqa: S101 - registered for this class; for the type checker
    note_refusal(request, error)
    return answer(request, error)


def _of_the_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class; for the type checker
    if error.status_code == 404:
        return answer(request, errors.NotFoundError())
    if error.status_code == 405:
        refused = answer(request, errors.MethodRefusedError(method=request.method[:20]))
        refused.headers.update(error.headers or {})
        return refused
    if isinstance(error.__cause__, DigilabError):  # raised while FastAPI read the body
        return _told(request, error.__cause__)
    return answer(request, errors.RequestMalformedError(where="body"))


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class; for the type checker
    places = {".".join(str(step) for step in each["loc"])[:80] for each in error.errors()}
    return answer(request, errors.RequestMalformedError(where=", ".join(sorted(places))[:200]))


def _headers(error: DigilabError) -> dict[str, str]:
    if isinstance(error, errors.NotSignedInError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.TooManyTriesError):
        return {"Retry-After": str(error.evidence.get("seconds", 60))}
    return {}


class LastResort:
    """What nobody foresaw becomes a sentence with an inquiry number; the traceback goes to the log under the same number."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on and catches what falls through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            number = secrets.token_hex(4).upper()
            log.exception("inquiry %s: %s %s", number, scope["method"], scope["path"])
            if begun:  # half an answer is out; only breaking the connection tells that it is not whole
                raise
            await _unforeseen(Request(scope, receive), number)(scope, receive, send)


def _unforeseen(request: Request, number: str) -> Response:
    error = DigilabError()
    if wants_json(request):
        body = described(error, language_of(request))
        body["error"]["inquiry"] = number
        return JSONResponse(body, 500)
    return render(request, "failure.html", 500, error=error, status=500, number=number)
