"""The password typed again (S10) before an act that moves money or lets robots go on; and what such a form answers."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digilab.access import signing
from digilab.access.audit import record
from digilab.access.rules import LONGEST_PASSWORD
from digilab.errors import (
    DigilabError,
    ForeignFormError,
    JobError,
    NewPasswordError,
    NotAllowedError,
    PasswordDueError,
    PasswordWrongError,
    TargetError,
    TooManyTriesError,
)
from digilab.office import Office
from digilab.web.failures import note_refusal, wants_json
from digilab.web.guard import Visit, check_form

REFUSALS = (
    ForeignFormError,
    JobError,
    NewPasswordError,
    NotAllowedError,
    PasswordWrongError,
    TargetError,
    TooManyTriesError,
)
"""What a form's own page tells in words, keeping what was typed."""


def confirm(office: Office, visit: Visit, password: str, *, lately: bool = False, given: bool = False) -> None:
    """Whoever asks knows the password now, or typed it again `lately`. A failure counts as one at the door does.

    A password that somebody else has set shows nothing of who typed it; it counts where `given`. Raises PasswordDueError,
    TooManyTriesError, PasswordWrongError.
    """
    if lately and visit.confirmed and not password:
        return
    asker = visit.asker
    with office.database.transaction() as session:
        due = not given and signing.password_due(session, asker)
        wait = signing.wait_before_next_try(session, asker.login, asker.address)
        fits = not due and not wait and signing.confirmed(session, asker, password[:LONGEST_PASSWORD])
        record(session, asker, "confirm", asker.login, "ok" if fits else "refused")
        if fits and visit.form_token is not None:
            signing.remember_confirmed(session, asker, visit.form_token)
    if due:
        raise PasswordDueError
    if wait:
        raise TooManyTriesError(seconds=int(wait) + 1)
    if not fits:
        raise PasswordWrongError


def submitted(
    request: Request,
    visit: Visit,
    form: Mapping[str, str],
    act: Callable[[], None],
    go_on: str,
    again: Callable[[DigilabError], Response],
) -> Response:
    """Do it and go on to an address; refused, `again` makes the page that says why."""
    try:
        check_form(request, visit, form.get("form_token", ""))
        act()
    except REFUSALS as error:
        if wants_json(request):
            raise
        note_refusal(request, error)
        return again(error)
    return RedirectResponse(go_on, 303)
