"""What may be done with a job from outside: cancel, retry, report minutes, fetch a file. Page and API come through here."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from digilab.access.audit import record
from digilab.errors import (
    ExtraRefusedError,
    JobNotInReviewError,
    MinutesMalformedError,
    NotAllowedError,
    NotFoundError,
    SpeakersMalformedError,
)
from digilab.forms import values
from digilab.jobs import lifecycle, sight
from digilab.jobs.intake import wake
from digilab.jobs.records import Job
from digilab.jobs.speakers import COST, LEAST, MOST, wanted
from digilab.office import Office
from digilab.review import use
from digilab.review.use import Reply
from digilab.services.rules import Kind
from digilab.web.doubts import value_of
from digilab.web.downloads import send
from digilab.web.guard import Visit


def cancel(office: Office, visit: Visit, receipt: str) -> None:
    """Stop a job. Raises NotFoundError, NotAllowedError, JobEndedError."""
    act(office, visit, receipt, "cancel", lambda session, job: lifecycle.cancel(session, job.id, visit.asker.login))


def retry(office: Office, visit: Visit, receipt: str) -> None:
    """Try a job again. Raises NotFoundError, NotAllowedError, JobNotEndedError."""
    act(office, visit, receipt, "retry", lambda session, job: lifecycle.retry(session, job.id, visit.asker.login))


def report_minutes(office: Office, visit: Visit, receipt: str, minutes: float) -> None:
    """Minutes that people worked on a job. Raises NotFoundError, NotAllowedError, MinutesMalformedError."""
    login = visit.asker.login
    act(
        office,
        visit,
        receipt,
        "minutes",
        lambda session, job: lifecycle.report_minutes(session, job.id, minutes, login),
        minutes=minutes,
    )


def answer(office: Office, visit: Visit, receipt: str, replies: Sequence[Reply]) -> None:
    """What a person says of some values. Raises NotFoundError, NotAllowedError and what `digilab.review.use.answer` does."""
    asker = visit.asker
    act(
        office,
        visit,
        receipt,
        "review",
        lambda session, job: use.answer(session, job.id, asker, replies),
        answers=len(replies),
    )


def finish_review(office: Office, visit: Visit, receipt: str, minutes: float, *, acknowledged: bool) -> None:
    """All doubts are settled: the results are written anew. Raises what `digilab.review.use.finish` does."""

    def change(session: Session, job: Job) -> Job:
        if acknowledged:
            use.acknowledge(session, job.id, visit.asker)
        return use.finish(session, job.id, visit.asker, minutes)

    act(office, visit, receipt, "review-finish", change, minutes=minutes)


def review(
    office: Office, visit: Visit, receipt: str, replies: Sequence[Reply], minutes: float, *, acknowledged: bool
) -> None:
    """What a program says of some values; the job is finished with the last of them."""

    def change(session: Session, job: Job) -> Job:
        use.answer(session, job.id, visit.asker, replies)
        if acknowledged:
            use.acknowledge(session, job.id, visit.asker)
        if use.review(session, job, visit.asker).ready:
            return use.finish(session, job.id, visit.asker, minutes)
        return lifecycle.report_minutes(session, job.id, minutes, visit.asker.login) if minutes else job

    act(office, visit, receipt, "review", change, answers=len(replies), minutes=minutes)


def accept(office: Office, visit: Visit, receipt: str) -> None:
    """Minutes are taken as they are. Raises NotFoundError, NotAllowedError, JobNotInReviewError."""

    def change(session: Session, job: Job) -> Job:
        if job.work is not Kind.TRANSCRIPTION:  # values and rows are settled one by one, elsewhere
            raise JobNotInReviewError(receipt=job.receipt)
        return lifecycle.accept(session, job.id, visit.asker.login)

    act(office, visit, receipt, "accept", change)


def separate(office: Office, visit: Visit, receipt: str, speakers: str) -> None:
    """Speakers are told apart, or once more. Raises NotFoundError, NotAllowedError, SpeakersMalformedError, ExtraRefusedError."""

    def change(session: Session, job: Job) -> Job:
        asked = wanted({"speakers": speakers})
        if asked is None:
            raise SpeakersMalformedError(speakers=speakers[:20], least=LEAST, most=MOST)
        if job.work is not Kind.TRANSCRIPTION:
            raise ExtraRefusedError(receipt=job.receipt)
        weight = (job.verified or 0.0) * COST
        lifecycle.ask_again(session, job, {"speakers": asked}, visit.asker.login, weight=weight)
        return job

    act(office, visit, receipt, "speakers", change, speakers=speakers[:20])


def reopen(office: Office, visit: Visit, receipt: str) -> None:
    """A finished job goes back to people. Raises NotFoundError, NotAllowedError, ReopenRefusedError."""
    act(office, visit, receipt, "reopen", lambda session, job: use.reopen(session, job.id, visit.asker))


def crop(office: Office, visit: Visit, receipt: str, value_id: int) -> Response:
    """The picture of the place where a value stands. Raises NotFoundError, for personal numbers, too."""
    with office.database.reading() as session:
        value = value_of(session, visit.asker, receipt, value_id)
    content = None if value is None else values.crop(office.store, value)
    if content is None:
        raise NotFoundError
    return Response(content, media_type="image/png")


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


def act(
    office: Office,
    visit: Visit,
    receipt: str,
    action: str,
    change: Callable[[Session, Job], Job],
    **detail: Any,
) -> None:
    """Change a visible job and note it in the audit trail, in one transaction. Raises NotFoundError, NotAllowedError."""
    with office.database.transaction() as session:
        job = sight.job_of(session, visit.asker, receipt)
        if not visit.asker.may_act_on(job.department_id):
            raise NotAllowedError
        change(session, job)
        record(session, visit.asker, action, job.receipt, **detail)
    wake(office.queue)
