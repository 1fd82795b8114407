"""Signing in and out."""

import secrets
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from digilab.access import signing
from digilab.access.audit import record
from digilab.access.rules import LONGEST_PASSWORD, kept
from digilab.errors import DigilabError, ForeignFormError, NotSignedInError, SignInFailedError, TooManyTriesError
from digilab.office import Office
from digilab.web.failures import status_of
from digilab.web.guard import (
    ArrivalNeeded,
    FormNeeded,
    OfficeNeeded,
    VisitNeeded,
    address_of,
    check_form,
    check_site,
    cookie_name,
    visit_of,
)
from digilab.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """The form; who is signed in already goes on."""
    try:
        visit_of(request)
    except NotSignedInError:
        return _page(request, {"next": next}, None)
    return RedirectResponse(local(next), 303)


@router.post("/sign-in")
def sign_in(request: Request, office: OfficeNeeded, form: FormNeeded) -> Response:
    """Take login and password; a new cookie at each sign-in."""
    try:
        _check_door(request, form)
        opened = _signed_in(request, office, form.get("login", "").strip(), form.get("password", ""))
    except (ForeignFormError, SignInFailedError, TooManyTriesError) as error:
        return _page(request, form, error)
    answer = RedirectResponse(local(form.get("next", "/")), 303)
    _set_cookie(answer, office, cookie_name(office), opened.cookie, office.settings.web.sign_in_hours * 3600)
    answer.delete_cookie(_door_name(office), secure=office.settings.web.https, httponly=True, samesite="strict")
    return answer


@router.post("/sign-out")
def sign_out(request: Request, office: OfficeNeeded, visit: ArrivalNeeded, form: FormNeeded) -> Response:
    """End this sign-in, in the record and in the browser."""
    check_form(request, visit, form.get("form_token", ""))
    name = cookie_name(office)
    with office.database.transaction() as session:
        signing.sign_out(session, request.cookies.get(name, ""))
        record(session, visit.asker, "sign-out", visit.asker.login)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(name, secure=office.settings.web.https, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/form-token")
def form_token(visit: VisitNeeded) -> Response:
    """The present sign-in's form token: a page that has been open since before can send its form all the same."""
    return JSONResponse({"form_token": visit.form_token})


def _signed_in(request: Request, office: Office, login: str, password: str) -> signing.Opened:
    """Raises TooManyTriesError, SignInFailedError; the try is in the audit trail either way."""
    login, address = kept(login), address_of(request)
    with office.database.transaction() as session:
        wait = signing.wait_before_next_try(session, login, address)
        opened = None if wait else signing.sign_in(session, login, password[:LONGEST_PASSWORD], address)
        if opened is not None:
            record(session, opened.asker, "sign-in", login)
        else:
            record(session, None, "sign-in", login, "refused", login=login, address=address)
    if wait:
        raise TooManyTriesError(seconds=int(wait) + 1)
    if opened is None:
        raise SignInFailedError
    return opened


def _page(request: Request, form: Mapping[str, str], error: DigilabError | None) -> Response:
    """The form has a token of its own, before there is a sign-in to tie it to: in a cookie and in the form."""
    office: Office = request.app.state.office
    name = _door_name(office)
    token = request.cookies.get(name) or secrets.token_urlsafe(24)
    page = render(
        request,
        "sign_in.html",
        200 if error is None else status_of(error),
        error=error,
        login=form.get("login", ""),
        next=local(form.get("next", "/")),
        door_token=token,
    )
    _set_cookie(page, office, name, token, 12 * 3600, strict=True)
    return page


def _check_door(request: Request, form: Mapping[str, str]) -> None:
    check_site(request)
    kept = request.cookies.get(_door_name(request.app.state.office), "")
    if not kept or not secrets.compare_digest(kept.encode(), form.get("form_token", "").encode()):
        raise ForeignFormError


def _door_name(office: Office) -> str:
    return f"{cookie_name(office)}-door"


def _set_cookie(answer: Response, office: Office, name: str, value: str, seconds: int, *, strict: bool = False) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=office.settings.web.https,
        httponly=True,
        # `lax`: a link in a mail to a job's page should not ask for the password again. Forms are guarded by their token.
        samesite="strict" if strict else "lax",
    )


def local(address: str) -> str:
    """An address of this house, never another one's."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain and len(address) <= 300 else "/"
