"""Which forms a department may use, and the pin that ties a job to the revisions of the moment of its acceptance."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from digilab.errors import FormNoneError, FormUnknownError, PersonalNumberRefusedError
from digilab.forms.records import FormDefinition, FormRevision, JobForm
from digilab.forms.rules import RevisionState


def usable(session: Session, department_id: int) -> list[FormRevision]:
    """Published revisions that a job of this department can be read by, in order of name.

    A department's own form stands before one of the house with the same name.
    """
    published = session.scalars(
        select(FormRevision)
        .join(FormRevision.definition)
        .options(joinedload(FormRevision.definition))
        .where(
            FormRevision.state == RevisionState.PUBLISHED,
            or_(FormDefinition.department_id.is_(None), FormDefinition.department_id == department_id),
        )
        .order_by(FormDefinition.name, FormRevision.id)
    ).all()
    own = {each.definition.name for each in published if each.definition.department_id is not None}
    return [each for each in published if each.definition.department_id is not None or each.definition.name not in own]


def chosen(session: Session, department_id: int, name: str, *, personal_numbers: bool) -> list[FormRevision]:
    """The revisions for a job that names a form, or for one that leaves it to the engine to tell forms apart (empty name).

    Raises FormUnknownError, also for another department's form; FormNoneError; PersonalNumberRefusedError.
    """
    revisions = [each for each in usable(session, department_id) if name in ("", each.definition.name)]
    if not revisions:
        raise FormUnknownError(form=_shown(name)) if name else FormNoneError
    allowed = [each for each in revisions if personal_numbers or not each.personal_number]
    if not allowed:
        raise PersonalNumberRefusedError(form=revisions[-1].title)
    return allowed


def pin(session: Session, job_id: int, revisions: Sequence[FormRevision]) -> None:
    """Tie a job to these revisions for good."""
    session.add_all(JobForm(job_id=job_id, revision_id=each.id) for each in revisions)


def pinned(session: Session, job_id: int) -> list[FormRevision]:
    """The revisions that a job is tied to, whatever has become of them since."""
    return list(
        session.scalars(
            select(FormRevision)
            .join(JobForm, JobForm.revision_id == FormRevision.id)
            .options(joinedload(FormRevision.definition))
            .where(JobForm.job_id == job_id)
            .order_by(FormRevision.id)
        )
    )


def _shown(name: str) -> str:
    return "".join(sign for sign in name if sign.isprintable())[:60]
