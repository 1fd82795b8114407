"""Publishing, retiring and exporting revisions. A published revision never changes, and none is ever deleted."""

import hashlib
import shutil
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from digilab.access.audit import record
from digilab.access.records import Department
from digilab.database.session import Database, now
from digilab.errors import (
    FormRevisionChangedError,
    FormUnknownError,
    HouseError,
    NotFoundError,
    PersonalNumberRefusedError,
    StoredFileDamagedError,
)
from digilab.forms.check import Checked
from digilab.forms.records import FormDefinition, FormRevision
from digilab.forms.rules import RevisionState
from digilab.store.contract import BLOCK, Store


@dataclass(frozen=True)
class Published:
    """What an import came to. `fresh` is False when everything was there already."""

    name: str
    revision: str
    title: str
    fresh: bool


def publish(
    database: Database, store: Store, form: Checked, *, department: str | None, login: str, personal_numbers: bool
) -> Published:
    """Bring a checked definition in as a revision that new jobs are read by; a retired one with the same content comes back.

    `department`: code of the one department that may use it; None: all. Raises PersonalNumberRefusedError,
    FormRevisionChangedError, NotFoundError for the department.
    """
    if form.personal_number and not personal_numbers:
        raise PersonalNumberRefusedError(form=form.title)
    with database.transaction() as session:
        known = _known(session, form, department)
        if known is not None:
            fresh = known.state != RevisionState.PUBLISHED
            if fresh:
                known.state, known.retired_at = RevisionState.PUBLISHED, None
                _tell(session, "form-publish", known, login)
            return Published(form.name, form.revision, form.title, fresh)
    try:
        return _stored(database, store, form, department, login)
    except IntegrityError:  # somebody was quicker with this revision, or with the form's first one
        return _stored(database, store, form, department, login)


def retire(session: Session, name: str, *, department: str | None, revision: str | None, login: str) -> int:
    """New jobs are no longer read by these revisions (all published ones without `revision`); how many. Raises FormUnknownError."""
    revisions = [
        each
        for each in revisions_of(session, name, department)
        if each.state == RevisionState.PUBLISHED and revision in (None, each.revision)
    ]
    if not revisions:
        raise FormUnknownError(form=name)
    for each in revisions:
        each.state, each.retired_at = RevisionState.RETIRED, now(session)
        _tell(session, "form-retire", each, login)
    return len(revisions)


def export(
    session: Session, store: Store, name: str, target: Path, *, department: str | None, revision: str | None
) -> str:
    """Write a revision's files into a new folder `target`: the newest published one, or else the newest, without `revision`.

    Returns its revision. Raises FormUnknownError, StoredFileDamagedError; FileExistsError when the folder is there.
    """
    found = [each for each in revisions_of(session, name, department) if revision in (None, each.revision)]
    if not found:
        raise FormUnknownError(form=name)
    chosen = max(found, key=lambda each: (each.state == RevisionState.PUBLISHED, each.published_at, each.id))
    target.mkdir(parents=True)
    try:
        for file in chosen.files:
            with store.open(file["key"]) as blocks, (target / file["name"]).open("xb") as out:
                out.writelines(blocks)
            with (target / file["name"]).open("rb") as written:
                if hashlib.file_digest(written, "sha256").hexdigest() != file["sha256"]:
                    raise StoredFileDamagedError(name=file["name"])
    except BaseException:
        shutil.rmtree(target)
        raise
    return chosen.revision


def listed(session: Session) -> Sequence[FormRevision]:
    """All revisions of all forms: the house's own first, then by department, name and age."""
    query = (
        select(FormRevision)
        .join(FormRevision.definition)
        .options(joinedload(FormRevision.definition).joinedload(FormDefinition.department))
        .outerjoin(FormDefinition.department)
        .order_by(Department.code.is_not(None), Department.code, FormDefinition.name, FormRevision.id)
    )
    return session.scalars(query).all()


def revisions_of(session: Session, name: str, department: str | None) -> Sequence[FormRevision]:
    """All revisions of one form, oldest first. Raises NotFoundError for the department."""
    return session.scalars(
        select(FormRevision)
        .join(FormRevision.definition)
        .where(_same(session, name, department))
        .options(joinedload(FormRevision.definition))
        .order_by(FormRevision.id)
    ).all()


def _stored(database: Database, store: Store, form: Checked, department: str | None, login: str) -> Published:
    files: list[dict[str, Any]] = []
    fresh = False
    try:
        for name in form.files:
            files.append(_kept(store, form.folder / name))  # noqa: PERF401 - what was kept before an error must be known
        with database.transaction() as session:
            # The files were stored in between: somebody may have been quicker.
            fresh = _known(session, form, department) is None
            if fresh:
                _add(session, form, files, department, login)
    except BaseException:
        _forget(store, files)
        raise
    if not fresh:
        _forget(store, files)
    return Published(form.name, form.revision, form.title, fresh)


def _known(session: Session, form: Checked, department: str | None) -> FormRevision | None:
    known = next(
        (each for each in revisions_of(session, form.name, department) if each.revision == form.revision), None
    )
    if known is not None and known.digest != form.digest:
        raise FormRevisionChangedError(form=known.title, revision=known.revision)
    return known


def _add(session: Session, form: Checked, files: list[dict[str, Any]], department: str | None, login: str) -> None:
    moment = now(session)
    definition = session.scalars(select(FormDefinition).where(_same(session, form.name, department))).one_or_none()
    if definition is None:
        definition = FormDefinition(
            department_id=_department_id(session, department), name=form.name, created_at=moment
        )
        session.add(definition)
    revision = FormRevision(
        definition=definition,
        revision=form.revision,
        title=form.title[:200],
        digest=form.digest,
        personal_number=form.personal_number,
        pages=form.pages,
        fields=form.fields,
        files=files,
        state=RevisionState.PUBLISHED,
        published_at=moment,
        published_by=login,
    )
    session.add(revision)
    session.flush()
    _tell(session, "form-publish", revision, login)


def _same(session: Session, name: str, department: str | None) -> Any:
    department_id = _department_id(session, department)
    owner = FormDefinition.department_id
    return (FormDefinition.name == name) & (owner.is_(None) if department_id is None else owner == department_id)


def _department_id(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    department_id = session.scalars(select(Department.id).where(Department.code == code)).one_or_none()
    if department_id is None:
        raise NotFoundError
    return department_id


def _tell(session: Session, action: str, revision: FormRevision, login: str) -> None:
    record(
        session, None, action, revision.definition.name, login=login, revision=revision.revision, digest=revision.digest
    )


def _kept(store: Store, path: Path) -> dict[str, Any]:
    with store.receive() as incoming:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                incoming.write(block)
        stored = store.keep(incoming, f"forms/{uuid.uuid4().hex}")
    return {"name": path.name, "key": stored.key, "size": stored.size, "sha256": stored.sha256}


def _forget(store: Store, files: list[dict[str, Any]]) -> None:
    """Remove what was kept for a revision that did not come to be; what the store cannot remove now the clock removes later."""
    for file in files:
        with suppress(HouseError):
            store.delete(file["key"])
