"""One job as it is shown: everything that its page and the API tell, as plain records."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.forms import choose, values
from digilab.forms.rules import FITS
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs import history, lifecycle, sight
from digilab.jobs.history import Told
from digilab.jobs.records import File, Job
from digilab.jobs.rules import JobState, Priority
from digilab.language import Language
from digilab.review import use
from digilab.services.rules import Kind
from digilab.web.minutes import MinutesView, minutes_view
from digilab.web.reconciled import ReconciledView, reconciled
from digilab.web.rows import RowsView, rows_view
from digilab.web.snapshot import Snapshot, snapshot
from digilab.web.targets import TargetView, target_of


@dataclass(frozen=True)
class FailureView:
    """Why it could not be done."""

    code: str
    sentence: str


@dataclass(frozen=True)
class HoursView:
    """What was booked for it, with everything that the formula needs."""

    unit: str
    minutes_per_unit: float
    volume: float
    manual_minutes: float
    human_minutes: float
    net_minutes: float
    booked_at: datetime


@dataclass(frozen=True)
class HeldSheet:
    """A scanned page that was not read."""

    ordinal: int
    file: str
    page: int
    verdict: str
    reason: str


@dataclass(frozen=True)
class FormsView:
    """What was read of a job's paper forms."""

    titles: list[str]
    """Of the forms that the job is read by, in their revisions."""
    sheets: int
    held: list[HeldSheet]
    values: int
    doubts: int
    """Values that a person must look at."""
    open: int
    """Of these, those that nobody has settled."""


@dataclass(frozen=True)
class Row:
    """A job in a list."""

    id: int
    title: str
    service: str
    department: str
    created_at: datetime
    now: Snapshot
    kind: str
    approves: bool
    """Whether it waits for the asker's approval."""


@dataclass(frozen=True)
class RobotView:
    """What a robot does of a job."""

    target: TargetView | None
    rows: RowsView
    approves: bool
    reconciled: ReconciledView | None


@dataclass(frozen=True)
class JobView:
    """A job on its own page."""

    row: Row
    person: str
    kind: str
    unit: str
    priority: str
    test: bool
    started_at: datetime | None
    ended_at: datetime | None
    failure: FailureView | None
    inputs: list[File]
    outputs: list[File]
    history: list[Told]
    hours: HoursView | None
    forms: FormsView | None
    """None for a kind that reads no forms."""
    robot: RobotView | None
    """None for a kind that no robot does."""
    minutes: MinutesView | None
    """None for a kind that has no recordings."""
    human_minutes: float
    may_cancel: bool
    may_retry: bool
    may_report: bool
    may_review: bool
    may_reopen: bool
    may_accept: bool
    """Minutes that a person takes as they are."""
    may_separate: bool
    """Speakers can be told apart, for the first time or again."""


def row(session: Session, asker: Asker, job: Job, language: Language, alive_seconds: float) -> Row:
    """For a list."""
    return Row(
        id=job.id,
        title=job.title,
        service=job.service.name,
        department=job.department.name,
        created_at=job.created_at,
        now=snapshot(session, job, language, alive_seconds),
        kind=job.kind,
        approves=_approves(asker, job),
    )


def view(
    session: Session,
    asker: Asker,
    number: str,
    language: Language,
    alive_seconds: float,
    rows: tuple[str, int] = ("", 1),
) -> JobView:
    """For its own page. `rows`: the state and the page of a robot's rows. Raises NotFoundError for what the asker may not see."""
    job = sight.job_of(session, asker, number)
    may_act = asker.may_act_on(job.department_id)
    recorded = job.work is Kind.TRANSCRIPTION
    return JobView(
        row=row(session, asker, job, language, alive_seconds),
        person=job.person.name,
        kind=job.kind,
        unit=job.work.value.unit.value,
        priority=Priority(job.priority).name.lower(),
        test=job.test,
        started_at=job.started_at,
        ended_at=job.ended_at,
        failure=_failure(job, language),
        inputs=[file for file in job.files if file.role == "input"],
        outputs=[file for file in job.files if file.role == "output"],
        history=history.of_job(session, job.id, language),
        hours=_hours(session, job),
        forms=_forms(session, job, language) if job.work.value.by_forms else None,
        robot=_robot(session, asker, job, language, rows) if job.work is Kind.ROBOT else None,
        minutes=minutes_view(session, job, language) if recorded else None,
        human_minutes=job.human_minutes,
        may_cancel=may_act and lifecycle.may_cancel(session, job),
        may_retry=may_act and lifecycle.may_retry(job),
        may_report=may_act,
        may_review=may_act and job.status is JobState.REVIEW and job.work.value.by_forms,
        may_reopen=may_act and job.status is JobState.DONE and job.work.value.by_forms,
        may_accept=may_act and recorded and job.status is JobState.REVIEW,
        may_separate=may_act and recorded and job.status.ended_well,
    )


def _failure(job: Job, language: Language) -> FailureView | None:
    if job.failure is None:
        return None
    sentences = job.failure["sentences"]
    return FailureView(job.failure["code"], sentences.get(language) or sentences.get("ja", ""))


def _forms(session: Session, job: Job, language: Language) -> FormsView:
    sheets = values.sheets(session, job.id)
    count, doubts = values.count(session, job.id)
    return FormsView(
        titles=[f"{each.title} ({each.revision})" for each in choose.pinned(session, job.id)],
        sheets=len(sheets),
        held=[
            HeldSheet(each.ordinal, each.file, each.page, each.verdict, each.reason.get(language, ""))
            for each in sheets
            if each.verdict != FITS
        ],
        values=count,
        doubts=doubts,
        open=use.open_doubts(session, job.id) if job.status is JobState.REVIEW else 0,
    )


def _approves(asker: Asker, job: Job) -> bool:
    waits = job.status is JobState.APPROVAL
    return waits and asker.may_approve(job.department_id) and asker.person_id != job.person_id


def _robot(session: Session, asker: Asker, job: Job, language: Language, rows: tuple[str, int]) -> RobotView:
    return RobotView(
        target=target_of(session, job, language),
        rows=rows_view(session, asker, job, language, *rows),
        approves=_approves(asker, job),
        reconciled=reconciled(session, job, language),
    )


def _hours(session: Session, job: Job) -> HoursView | None:
    """All bookings of the job together: an amendment by hand changes the sum, never the row."""
    bookings = hours.of_job(session, job.id)
    if not bookings:
        return None
    return HoursView(
        unit=bookings[0].unit,
        minutes_per_unit=session.get_one(Baseline, bookings[0].baseline_id).minutes_per_unit,
        volume=sum(each.volume for each in bookings),
        manual_minutes=sum(each.manual_minutes for each in bookings),
        human_minutes=sum(each.human_minutes for each in bookings),
        net_minutes=sum(each.net_minutes for each in bookings),
        booked_at=bookings[-1].booked_at,
    )
