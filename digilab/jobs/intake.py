"""The one door in: whatever hands in a job (page, API, command line) comes through `submit`.

Bytes have been received into the store's incoming place and hashed by then. A job number is given only when the bytes are durable and
file, job, first part and history are committed together.
"""

import hashlib
import json
import math
import mimetypes
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.database.session import Database, now
from digilab.errors import (
    ArchiveRefusedError,
    DatabaseUnreachableError,
    FileEmptyError,
    FileMissingError,
    HouseError,
    IdempotencyMismatchError,
    NotAllowedError,
    OptionsMalformedError,
    OptionValueError,
    QueueUnreachableError,
    RobotOptionError,
    ServiceUnknownError,
    TooManyFilesError,
    TypeMismatchError,
    WrongServiceError,
)
from digilab.forms import choose
from digilab.forms.records import FormRevision
from digilab.jobs.history import tell
from digilab.jobs.names import display_name, printable, unique_names
from digilab.jobs.records import File, Job, Part
from digilab.jobs.rules import JobState, PartState, Priority, Stage
from digilab.queue.contract import Queue
from digilab.services.records import Service
from digilab.services.rules import Kind
from digilab.services.sniff import ARCHIVES, HEAD, agrees, family
from digilab.store.contract import Incoming, Store, Stored

STARTS = ("now", "schedule")
"""When a robot begins: as soon as it may, or at its department's scheduled time."""


@dataclass(frozen=True)
class Received:
    """A file that came in: what its sender called it, and where it waits."""

    name: str
    incoming: Incoming


@dataclass(frozen=True)
class Submission:
    """What somebody wants done."""

    service: str
    files: Sequence[Received]
    options: Mapping[str, Any] = field(default_factory=dict)
    """Laid over the service's own."""
    title: str = ""
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None
    test: bool = False


@dataclass(frozen=True)
class Accepted:
    """`fresh` is False when the same request had been accepted before."""

    job_id: int
    receipt: str
    fresh: bool


def submit(
    database: Database,
    store: Store,
    queue: Queue,
    asker: Asker,
    submission: Submission,
    *,
    max_files: int,
    personal_numbers: bool = False,
) -> Accepted:
    """Accept a job, or raise an IntakeError and keep nothing. `personal_numbers`: whether forms that ask for them may be handed in.

    The queue need not answer: the clock finds the job at its next round.
    """
    if not asker.may_hand_in or (submission.priority is Priority.URGENT and not asker.runs_lab):
        raise NotAllowedError  # who may go before everybody else is the lab's to say
    check_options(submission.options)
    fingerprint = _fingerprint(submission)
    with database.reading() as session:
        earlier = _earlier(session, asker, submission.idempotency_key)
        if earlier is not None:
            return _same(earlier, fingerprint)
        service = service_named(session, submission.service)
        options = {**service.options, **submission.options}
        check_robot(service, submission.options)
        check_choices(service, submission.options)
        forms_of(session, asker, service, options, personal_numbers=personal_numbers)
    check_files(Kind.named(service.kind), submission.files, max_files)
    kept: list[Stored] = []
    try:
        for received in submission.files:  # one by one: what was kept before an error must be known
            kept.append(store.keep(received.incoming, f"inputs/{uuid.uuid4().hex}"))  # noqa: PERF401 - see above
        with database.transaction() as session:
            job = _job(session, asker, service, submission, options, fingerprint)
            # Asked once more, in the transaction that counts: a form may have been retired since.
            choose.pin(session, job.id, forms_of(session, asker, service, options, personal_numbers=personal_numbers))
            names = unique_names([display_name(received.name) for received in submission.files])
            for name, stored in zip(names, kept, strict=True):
                session.add(
                    File(
                        job_id=job.id,
                        role="input",
                        name=name,
                        key=stored.key,
                        size=stored.size,
                        sha256=stored.sha256,
                        content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                        created_at=job.created_at,
                    )
                )
            _first_part(session, job)
            tell(
                session,
                job.id,
                "received",
                files=len(kept),
                bytes=sum(each.size for each in kept),
                login=asker.login,
            )
    except DatabaseUnreachableError:
        # Whether the commit arrived before the answer was lost is not known: the files of a job that exists must stay. The clock
        # removes them later if nobody recorded them.
        raise
    except BaseException as error:
        _forget(store, kept)
        if isinstance(error, IntegrityError) and submission.idempotency_key is not None:
            # The same request came twice at once and the other was first.
            with database.reading() as session:
                twin = _earlier(session, asker, submission.idempotency_key)
            if twin is not None:
                return _same(twin, fingerprint)
        raise
    wake(queue)
    return Accepted(job.id, job.receipt, fresh=True)


def wake(queue: Queue) -> None:
    """Nudge the clock; without Redis it comes by itself a second later."""
    try:
        queue.nudge()
    except QueueUnreachableError:
        return


def service_named(session: Session, slug: str) -> Service:
    """The open service of this name. Raises ServiceUnknownError."""
    # What no database can be asked for (NUL) is no name either.
    named = select(Service).where(Service.slug == slug, Service.open.is_(True))
    service = session.scalars(named).one_or_none() if slug.isprintable() else None
    if service is None:
        raise ServiceUnknownError(service=slug[:60])
    return service


def forms_of(
    session: Session, asker: Asker, service: Service, options: Mapping[str, Any], *, personal_numbers: bool
) -> list[FormRevision]:
    """The revisions that a job of this service would be read by; none where the kind reads no forms.

    Raises FormUnknownError, FormNoneError, PersonalNumberRefusedError.
    """
    if not Kind.named(service.kind).value.by_forms:
        return []
    named = str(options.get("form", ""))
    return choose.chosen(session, asker.department_id, named, personal_numbers=personal_numbers)


def check_robot(service: Service, given: Mapping[str, Any]) -> None:
    """Raise RobotOptionError where a robot's job names another robot than its service does, or a start that there is not.

    A slip in `start` must not key at once what was to wait.
    """
    if service.kind != Kind.ROBOT.value.name:
        return
    known = {"start": STARTS, "robot": (service.options.get("robot"),)}
    for option, values in known.items():
        if option in given and given[option] not in values:
            raise RobotOptionError(option=option, value=str(given[option])[:60])


def check_choices(service: Service, given: Mapping[str, Any]) -> None:
    """Raise OptionValueError where an option that takes some values only, or days, has another one.

    A slip in it must not give minutes that nobody asked for.
    """
    for option, known in Kind.named(service.kind).value.choices:
        if option in given and str(given[option]) not in known:
            raise OptionValueError(option=option, value=str(given[option])[:60], known=", ".join(known))
    for option in Kind.named(service.kind).value.days:
        if not _is_day(str(given.get(option, ""))):
            raise OptionValueError(option=option, value=str(given[option])[:60], known="YYYY-MM-DD")


def _is_day(given: str) -> bool:
    try:
        return not given or bool(date.fromisoformat(given))
    except ValueError:
        return False


def check_options(given: Mapping[str, Any]) -> None:
    """Raise OptionsMalformedError unless the options are flat, few and short."""
    fits = len(given) <= 30 and all(
        len(key) <= 60 and isinstance(value, str | int | float | bool) and len(str(value)) <= 2000
        for key, value in given.items()
    )
    # NaN and infinities are no JSON, and PostgreSQL refuses them.
    fits = fits and all(math.isfinite(value) for value in given.values() if isinstance(value, float))
    if not fits:
        raise OptionsMalformedError


def check_files(kind: Kind, files: Sequence[Received], max_files: int) -> None:
    """Raise the IntakeError that fits when the files are none, too many, empty, or of a type that the service does not take."""
    if not files:
        raise FileMissingError
    if len(files) > max_files:
        raise TooManyFilesError(most=max_files)
    for received in files:
        name = display_name(received.name)
        if received.incoming.size == 0:
            raise FileEmptyError(name=name)
        ending = check_ending(kind, name)
        found = family(received.incoming.head(HEAD))
        if not agrees(ending, found, kind.value.families):
            raise TypeMismatchError(name=name, found=found, ending=ending, kind=_name(Kind.for_content(found)))


def check_ending(kind: Kind, name: str) -> str:
    """The ending of a file's name. Raises WrongServiceError unless the service takes such files, which for an archive says what to do."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    accepts = "、".join(sorted(kind.value.accepts))
    if ending in ARCHIVES:
        raise ArchiveRefusedError(name=name, accepts=accepts)
    if ending not in kind.value.accepts:
        raise WrongServiceError(name=name, accepts=accepts, kind=_name(Kind.for_ending(ending)))
    return ending


def _name(kind: Kind | None) -> str:
    return kind.value.name if kind else ""


def _earlier(session: Session, asker: Asker, key: str | None) -> Job | None:
    if key is None:
        return None
    return session.scalars(
        select(Job).where(Job.person_id == asker.person_id, Job.idempotency_key == key)
    ).one_or_none()


def _same(job: Job, fingerprint: str) -> Accepted:
    if job.fingerprint != fingerprint:
        raise IdempotencyMismatchError(receipt=job.receipt)
    return Accepted(job.id, job.receipt, fresh=False)


def _forget(store: Store, kept: Sequence[Stored]) -> None:
    """Remove what was kept for a job that did not come to be; what the store cannot remove now the clock removes later."""
    for stored in kept:
        with suppress(HouseError):
            store.delete(stored.key)


def _fingerprint(submission: Submission) -> str:
    # As it was asked for, without the service's defaults: they may change between a request and its repetition.
    content = [
        submission.service,
        submission.title,
        dict(submission.options),
        [each.incoming.sha256 for each in submission.files],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _job(
    session: Session,
    asker: Asker,
    service: Service,
    submission: Submission,
    options: dict[str, Any],
    fingerprint: str,
) -> Job:
    title = printable(submission.title) or PurePath(display_name(submission.files[0].name)).stem
    job = Job(
        department_id=asker.department_id,
        person_id=asker.person_id,
        service_id=service.id,
        kind=service.kind,
        title=title[:200],
        state=JobState.RECEIVED,
        priority=int(submission.priority),
        options=options,
        idempotency_key=submission.idempotency_key,
        fingerprint=fingerprint,
        test=submission.test,
        human_minutes=0.0,
        created_at=now(session),
    )
    session.add(job)
    session.flush()
    return job


def _first_part(session: Session, job: Job) -> None:
    session.add(
        Part(
            job_id=job.id,
            department_id=job.department_id,
            capability=job.kind,
            stage=Stage.SPLIT,
            ordinal=0,
            state=PartState.WAITING,
            priority=job.priority,
            weight=0.0,
            payload={},
            created_at=job.created_at,
        )
    )
