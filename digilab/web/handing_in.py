"""A submission from the page or the API becomes a job. Both doors come through `hand_in`."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from digilab.access import signing
from digilab.access.audit import record
from digilab.errors import NotAllowedError, OptionsMalformedError, RequestMalformedError
from digilab.jobs.intake import (
    Accepted,
    Submission,
    check_choices,
    check_ending,
    check_robot,
    forms_of,
    service_named,
    submit,
)
from digilab.jobs.rules import Priority
from digilab.office import Office
from digilab.services.rules import Kind
from digilab.web.guard import Visit, check_form, check_site, cookie_name
from digilab.web.upload import Handed, Limits, received

KEY_LENGTH = 200
OPTION = "option."
FORM = "form"
PRIORITIES = {priority.name.lower(): priority for priority in Priority}


async def hand_in(request: Request, office: Office, visit: Visit) -> Accepted:
    """Take the body in and accept the job. Raises an IntakeError, ForeignFormError, NotAllowedError or a HouseError.

    A browser's form must hold `form_token` (or the request `X-Form-Token`) before its first file: a foreign form, a wrong service or a
    wrong type of file is refused before the large body is read.
    """
    if visit.form_token is not None:
        check_site(request)
    if not visit.asker.may_hand_in:
        raise NotAllowedError
    key = _idempotency_key(request.headers.get("idempotency-key"))
    web = office.settings.web

    async def admit(fields: Mapping[str, str], name: str) -> None:
        _check_token(request, visit, fields)
        await run_in_threadpool(_check_service, office, visit, fields, name)

    async with received(request, office.store, Limits(web.max_file_bytes, web.max_files), admit) as handed:
        request.state.typed = handed.fields
        _check_token(request, visit, handed.fields)
        submission = _submission(handed, key)
        return await run_in_threadpool(_submit, request, office, visit, submission)


def _submit(request: Request, office: Office, visit: Visit, submission: Submission) -> Accepted:
    accepted = submit(
        office.database,
        office.store,
        office.queue,
        visit.asker,
        submission,
        max_files=office.settings.web.max_files,
        personal_numbers=office.settings.forms.personal_number_allowed,
    )
    with office.database.transaction() as session:
        if visit.form_token is not None:  # a long upload is use of the sign-in, too
            signing.touch(session, request.cookies.get(cookie_name(office), ""))
        record(
            session,
            visit.asker,
            "submit",
            accepted.receipt,
            service=submission.service,
            files=len(submission.files),
            fresh=accepted.fresh,
        )
    return accepted


def _check_token(request: Request, visit: Visit, fields: Mapping[str, str]) -> None:
    request.state.typed = fields
    check_form(request, visit, request.headers.get("x-form-token") or fields.get("form_token", ""))


def _check_service(office: Office, visit: Visit, fields: Mapping[str, str], name: str) -> None:
    """What can be refused by names alone is refused before the bytes come. Says nothing while the service is not known yet."""
    slug = fields.get("service")
    if slug is None:
        return
    with office.database.reading() as session:
        service = service_named(session, slug)
        allowed = office.settings.forms.personal_number_allowed
        check_robot(service, _options(fields))
        check_choices(service, _options(fields))
        forms_of(session, visit.asker, service, {**service.options, **_options(fields)}, personal_numbers=allowed)
        kind = Kind.named(service.kind)
    check_ending(kind, name)


def _submission(handed: Handed, key: str | None) -> Submission:
    fields = handed.fields
    return Submission(
        service=fields.get("service", ""),
        files=handed.files,
        options=_options(fields),
        title=_one_line(fields.get("title", "")),
        priority=_priority(fields.get("priority", "")),
        idempotency_key=key or _idempotency_key(fields.get("request_key") or None),
    )


def _options(fields: Mapping[str, str]) -> dict[str, Any]:
    """`options` as JSON with each filled-in `option.<name>` laid over it; no form at all is a choice, too. Raises OptionsMalformedError.

    `option.<name>@<service>` counts for that service only: without scripts a page sends the options of all of them.
    """
    options = flat_json(fields["options"]) if fields.get("options", "").strip() else {}
    typed = {}
    for field, value in fields.items():
        name, _, service = field.removeprefix(OPTION).partition("@")
        if field.startswith(OPTION) and service in ("", fields.get("service", "")):
            typed[name] = value
    return {**options, **{name: value for name, value in typed.items() if value or name == FORM}}


def flat_json(raw: str) -> dict[str, Any]:
    """A JSON object. Raises OptionsMalformedError for anything else: also NaN, a key that comes twice, too deep nesting."""
    try:
        value = json.loads(raw, object_pairs_hook=_without_twins, parse_constant=_refused)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise OptionsMalformedError from error
    if not isinstance(value, dict):
        raise OptionsMalformedError
    return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise OptionsMalformedError
    return dict(pairs)


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def _priority(name: str) -> Priority:
    if name and name not in PRIORITIES:
        raise RequestMalformedError(where="priority")
    return PRIORITIES.get(name, Priority.NORMAL)


def _idempotency_key(key: str | None) -> str | None:
    if key is not None and not (0 < len(key) <= KEY_LENGTH and key.isprintable()):
        raise RequestMalformedError(where="Idempotency-Key")
    return key


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
