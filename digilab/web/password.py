"""Everybody's own page to choose another password; whoever had one set by an operator comes here first."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from digilab.access import people
from digilab.access.audit import record
from digilab.access.rules import LONGEST_PASSWORD, PASSWORD_LENGTH
from digilab.errors import DigilabError, NotAllowedError, PasswordDiffersError, PasswordOldError
from digilab.office import Office
from digilab.web.confirming import confirm, submitted
from digilab.web.failures import status_of
from digilab.web.guard import ArrivalNeeded, FormNeeded, OfficeNeeded, Visit
from digilab.web.pages import render
from digilab.web.signing import local

PATH = "/password"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def password_page(request: Request, visit: ArrivalNeeded, next: str = "/", done: str = "") -> Response:  # noqa: A002 - the name in the address
    """The form; `done` after it was sent."""
    return _page(request, visit, {"next": next}, None, done=bool(done) and not visit.password_due)


@router.post(PATH)
def change(request: Request, office: OfficeNeeded, visit: ArrivalNeeded, form: FormNeeded) -> Response:
    """Take the new password; whoever had to choose one goes on to where they wanted to go."""

    def act() -> None:
        _change(office, visit, form.get("old", ""), form.get("new", ""), form.get("again", ""))

    def again(error: DigilabError) -> Response:
        return _page(request, visit, form, error)

    go_on = local(form.get("next", "/")) if visit.password_due else f"{PATH}?done=yes"
    return submitted(request, visit, form, act, go_on, again)


def _change(office: Office, visit: Visit, old: str, new: str, again: str) -> None:
    """Raises NotAllowedError for a program, NewPasswordError's kinds, TooManyTriesError, PasswordWrongError, NotSignedInError."""
    if visit.form_token is None:
        raise NotAllowedError
    # What is wrong with the new one costs no try of the old one.
    if new != again:
        raise PasswordDiffersError
    if new == old:
        raise PasswordOldError
    people.check_password(new)
    confirm(office, visit, old, given=True)
    with office.database.transaction() as session:
        people.change_password(session, visit.asker, new, visit.form_token)
        record(session, visit.asker, "password-change", visit.asker.login)


def _page(
    request: Request, visit: Visit, form: Mapping[str, str], error: DigilabError | None, *, done: bool = False
) -> Response:
    return render(
        request,
        "password.html",
        200 if error is None else status_of(error),
        error=error,
        due=visit.password_due,
        next=local(form.get("next", "/")),
        done=done,
        least=PASSWORD_LENGTH,
        most=LONGEST_PASSWORD,
    )
