"""What may be done with a job from outside: cancel, retry, report minutes, fetch a file. Page and API come through here."""

import unicodedata
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from digilab.access.audit import record
from digilab.errors import MinutesMalformedError, NotAllowedError, NotFoundError
from digilab.jobs import lifecycle, sight
from digilab.jobs.intake import wake
from digilab.jobs.records import Job
from digilab.office import Office
from digilab.web.downloads import send
from digilab.web.guard import Visit


def cancel(office: Office, visit: Visit, receipt: str) -> None:
    """Stop a job. Raises NotFoundError, NotAllowedError, JobEndedError."""
    _act(office, visit, receipt, "cancel", lambda session, job: lifecycle.cancel(session, job.id, visit.asker.login))


def retry(office: Office, visit: Visit, receipt: str) -> None:
    """Try a job again. Raises NotFoundError, NotAllowedError, JobNotEndedError."""
    _act(office, visit, receipt, "retry", lambda session, job: lifecycle.retry(session, job.id, visit.asker.login))


def report_minutes(office: Office, visit: Visit, receipt: str, minutes: float) -> None:
    """Minutes that people worked on a job. Raises NotFoundError, NotAllowedError, MinutesMalformedError."""
    login = visit.asker.login
    _act(
        office,
        visit,
        receipt,
        "minutes",
        lambda session, job: lifecycle.report_minutes(session, job.id, minutes, login),
        minutes=minutes,
    )


def minutes_of(typed: str) -> float:
    """A number as people type it, full-width digits too. Raises MinutesMalformedError."""
    plain = unicodedata.normalize("NFKC", typed).strip().removesuffix("分").strip()
    try:
        return float(plain)
    except ValueError as error:
        raise MinutesMalformedError(minutes=typed[:20]) from error


def download(request: Request, office: Office, visit: Visit, receipt: str, name: str, role: str | None) -> Response:
    """A file of a visible job, noted in the audit trail. Raises NotFoundError, StoredFileDamagedError, StoredFileMissingError."""
    if "\0" in name or role not in (None, "input", "output"):  # PostgreSQL would not even look for a NUL
        raise NotFoundError
    with office.database.reading() as session:
        file = sight.file_of(session, visit.asker, receipt, name, role)
    answer = send(request, office.store, file)
    with office.database.transaction() as session:
        record(session, visit.asker, "download", f"{receipt}/files/{file.id}", role=file.role)
    return answer


def _act(
    office: Office,
    visit: Visit,
    receipt: str,
    action: str,
    change: Callable[[Session, Job], Job],
    **detail: Any,
) -> None:
    with office.database.transaction() as session:
        job = sight.job_of(session, visit.asker, receipt)
        if not visit.asker.may_act_on(job.department_id):
            raise NotAllowedError
        change(session, job)
        record(session, visit.asker, action, job.receipt, **detail)
    wake(office.queue)
