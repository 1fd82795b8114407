"""Who asks, and whether a form is one of ours.

A browser has a cookie, a program a Bearer token. What changes something and comes with a cookie must carry the form token of that
sign-in and must not come from another site; a Bearer token is not sent by a browser on its own and needs neither.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request

from digilab.access import signing
from digilab.access.people import asker_of_token
from digilab.access.rules import Asker
from digilab.errors import (
    ForeignFormError,
    NotSignedInError,
    PasswordDueError,
    RequestMalformedError,
    TooManyFieldsError,
)
from digilab.office import Office

TOUCH_AFTER = timedelta(seconds=60)
"""A sign-in in use is written down this often."""
FIELDS = 100


@dataclass(frozen=True)
class Visit:
    """One request's asker. `form_token` is None for the holder of an API token."""

    asker: Asker
    form_token: str | None = None
    confirmed: bool = False
    """Whether this sign-in's password was typed again within the last minutes."""
    password_due: bool = False
    """Whether this sign-in may only choose another password, or end."""


def office_of(request: Request) -> Office:
    """The open house."""
    office: Office = request.app.state.office
    return office


def address_of(request: Request) -> str:
    """Where the request comes from, for the audit trail and the throttle."""
    return request.client.host if request.client else ""


def cookie_name(office: Office) -> str:
    """With `__Host-` a browser takes it over HTTPS from this very host only."""
    return "__Host-digilab" if office.settings.web.https else "digilab"


def visit_of(request: Request) -> Visit:
    """Who asks. Raises NotSignedInError, PasswordDueError."""
    visit = arriving(request)
    if visit.password_due:
        raise PasswordDueError
    return visit


def arriving(request: Request) -> Visit:
    """Who asks, also where another password has to be chosen first. Raises NotSignedInError."""
    visit = identified(request, use=True)
    request.state.visit = visit
    return visit


def identified(request: Request, *, use: bool) -> Visit:
    """Who asks; `use` keeps the sign-in alive, watching a page does not. Raises NotSignedInError."""
    office, address = office_of(request), address_of(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not secret:
            raise NotSignedInError
        with office.database.reading() as session:
            return Visit(asker_of_token(session, secret.strip(), address))
    cookie = request.cookies.get(cookie_name(office))
    if not cookie:
        raise NotSignedInError
    with office.database.reading() as session:
        found = _signed_in(session, office, cookie, address)
    if use and found.unseen > TOUCH_AFTER:
        with office.database.transaction() as session:
            signing.touch(session, cookie)
    return Visit(found.asker, found.form_token, found.confirmed, found.password_due)


def _signed_in(session: Session, office: Office, cookie: str, address: str) -> signing.SignedIn:
    web = office.settings.web
    idle, absolute = timedelta(minutes=web.idle_minutes), timedelta(hours=web.sign_in_hours)
    return signing.signed_in(session, cookie, address, idle=idle, absolute=absolute)


def check_site(request: Request) -> None:
    """Refuse what another site sent. Browsers say where a form comes from; programs say nothing. Raises ForeignFormError."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignFormError
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host", ""):
        raise ForeignFormError


def check_form(request: Request, visit: Visit, token: str) -> None:
    """Refuse a form that we did not hand out to this sign-in. Raises ForeignFormError."""
    if visit.form_token is None:
        return
    check_site(request)
    if not secrets.compare_digest(visit.form_token.encode(), token.encode()):
        raise ForeignFormError


def program_visit(request: Request, visit: Annotated[Visit, Depends(visit_of)]) -> Visit:
    """An API call that changes something: a cookie's holder must send the form token as `X-Form-Token`."""
    check_form(request, visit, request.headers.get("x-form-token", ""))
    return visit


async def form_fields(request: Request) -> Mapping[str, str]:
    """A small urlencoded form. Raises RequestMalformedError, TooManyFieldsError."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise RequestMalformedError(where="Content-Type")
    body = await request.body()
    try:
        fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS))
    except UnicodeDecodeError as error:
        raise RequestMalformedError(where="UTF-8") from error
    except ValueError as error:
        raise TooManyFieldsError(most=FIELDS) from error
    for name, value in fields.items():
        if "\0" in value:  # PostgreSQL keeps no NUL, and nobody types one
            raise RequestMalformedError(where=name[:40])
    return fields


OfficeNeeded = Annotated[Office, Depends(office_of)]
VisitNeeded = Annotated[Visit, Depends(visit_of)]
ArrivalNeeded = Annotated[Visit, Depends(arriving)]
ProgramVisit = Annotated[Visit, Depends(program_visit)]
FormNeeded = Annotated[Mapping[str, str], Depends(form_fields)]
