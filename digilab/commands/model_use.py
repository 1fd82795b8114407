"""What models have to do with the rest of the house: settings that name one, jobs that need one, the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from digilab.commands.house import audited
from digilab.config import Settings
from digilab.database import migrate
from digilab.database.session import Database
from digilab.errors import ModelMissingError, ModelSetError, ModelWorkingError, SpeakersMalformedError
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import PartState, Stage
from digilab.jobs.speakers import wanted
from digilab.models.folder import Model, chosen_model
from digilab.models.sorts import Sort
from digilab.services.rules import Kind

_SETTINGS = {Sort.TRANSCRIPTION: "DIGILAB_MODELS__TRANSCRIPTION", Sort.SPEAKERS: "DIGILAB_MODELS__SPEAKERS"}
_OPEN = (PartState.WAITING, PartState.LEASED)


def check_unused(settings: Settings, model: Model) -> None:
    """Raises ModelSetError, or ModelWorkingError when the model is what open jobs take without a setting."""
    if model.sort is Sort.FORMS:
        used = settings.forms.model
        if used is not None and used.resolve().is_relative_to(model.folder.resolve()):
            raise ModelSetError(name=model.name, setting="DIGILAB_FORMS__MODEL")
        return
    setting = _SETTINGS[model.sort]
    named = settings.models.transcription if model.sort is Sort.TRANSCRIPTION else settings.models.speakers
    if named == model.name:
        raise ModelSetError(name=model.name, setting=setting)
    if not named and _taken_unnamed(settings, model) and (receipt := _open_job(settings, model.sort)):
        raise ModelWorkingError(name=model.name, receipt=receipt, setting=setting)


def _taken_unnamed(settings: Settings, model: Model) -> bool:
    try:
        return chosen_model(settings.models_folder, "", model.sort) == model.folder
    except ModelMissingError:
        return False


@contextmanager
def noting(settings: Settings, action: str, subject: str, **detail: str | int | float) -> Iterator[None]:
    """A line in the audit trail for the deed of this block: while the record does not answer, nothing is done. Where this machine has a
    house, that is: the computer that packs has none. Raises DatabaseUnreachableError, NoSpaceError."""
    with _house(settings) as database:
        if database is None:
            yield
            return
        with database.transaction() as session:
            audited(session, action, subject, **detail)
            session.flush()
            yield


def noted(settings: Settings, action: str, subject: str, **detail: str | int | float) -> None:
    """The line of a deed that took too long to keep the record waiting for it (`check_notable` comes before such a one)."""
    with noting(settings, action, subject, **detail):
        pass


def check_notable(settings: Settings) -> None:
    """Before gigabytes are copied: does the record take a line at all? Raises DatabaseUnreachableError, NoSpaceError."""
    with _house(settings) as database:
        if database is not None:
            with database.transaction() as session:
                session.execute(select(1))


@contextmanager
def _house(settings: Settings) -> Iterator[Database | None]:
    file = settings.database_url.partition("sqlite:///")[2]
    if file and not Path(file).exists():
        yield None
        return
    database = Database(settings.database_url)
    try:
        yield database if migrate.current(database) is not None else None
    finally:
        database.close()


def _open_job(settings: Settings, sort: Sort) -> str:
    """The receipt of a recording that needs such a model yet; empty when there is none."""
    ask = select(Part).where(Part.capability == Kind.TRANSCRIPTION.value.name, Part.state.in_(_OPEN)).order_by(Part.id)
    with _house(settings) as database:
        if database is None:
            return ""
        with database.reading() as session:
            return next((part.job.receipt for part in session.scalars(ask) if _needs(part, sort)), "")


def _needs(part: Part, sort: Sort) -> bool:
    """Speakers are told apart last: a job that asks for it has such a part only once its text is there."""
    afterwards = part.stage == Stage.EXTRA
    return afterwards or _wants_speakers(part.job) if sort is Sort.SPEAKERS else not afterwards


def _wants_speakers(job: Job) -> bool:
    try:
        return wanted(job.options) is not None
    except SpeakersMalformedError:
        return False
