"""Target systems as pages tell of them: whether a robot may key now, and if not, why and until when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.language import Language, text
from digilab.ledger import control
from digilab.ledger.records import LedgerRow
from digilab.services.rules import Kind
from digilab.targets import use
from digilab.targets.records import Target
from digilab.timetable.city import calendar_of
from digilab.vault import use as vault
from digilab.web.wording import moment_text


@dataclass(frozen=True)
class TargetView:
    """A finance system and its robot."""

    robot: str
    title: str
    version: str
    money: bool
    set_up: bool
    template: str
    """Name of the empty workbook; empty when there is none yet."""
    most_rows: int
    most_yen: int
    windows: str
    """Service hours on one line; empty: always."""
    held: str
    """Why it is held; empty when it is not."""
    held_at: datetime | None
    opens: datetime | None
    """When service hours begin; None while they last."""
    obstacle: str
    """Why nothing is keyed now, in one sentence; empty when a robot may key."""


def target_view(session: Session, target: Target, language: Language) -> TargetView:
    """A target as it stands now."""
    held = use.held_words(target, language)
    calendar = calendar_of(session)
    opens = use.open_now(target, now(session), lambda day: not calendar.is_open(day))
    return TargetView(
        robot=target.robot,
        title=target.title,
        version=target.version,
        money=target.money,
        set_up=bool(target.url),
        template=str(target.template.get("name", "")),
        most_rows=target.most_rows,
        most_yen=target.most_yen,
        windows=use.window_words(target.windows),
        held=held,
        held_at=datetime.fromisoformat(target.held["at"]) if target.held else None,
        opens=opens,
        obstacle=_obstacle(session, target, held, opens, language),
    )


def target_of(session: Session, job: Job, language: Language) -> TargetView | None:
    """The target that a job's robot keys into; None while the robot is unknown to this house."""
    target = session.scalars(select(Target).where(Target.robot == str(job.options.get("robot", "")))).one_or_none()
    return None if target is None else target_view(session, target, language)


def waiting_text(session: Session, job: Job, language: Language) -> str:
    """What a robot's job waits for, and until when; empty when it waits for nothing but its turn."""
    if job.work is not Kind.ROBOT:
        return ""
    if job.status is JobState.APPROVAL:
        return text(language, "pages.robots.waits-approval", department=job.department.name)
    if job.status is JobState.SCHEDULED:
        return text(language, "pages.robots.waits-schedule")
    if job.status is not JobState.RUNNING or not _keys(session, job):
        return ""
    target = target_of(session, job, language)
    return "" if target is None else target.obstacle


def _obstacle(session: Session, target: Target, held: str, opens: datetime | None, language: Language) -> str:
    stop = control.stopped(session)
    if stop is not None:
        return text(language, "pages.robots.waits-stopped", reason=stop.reason)
    if held:
        return text(language, "pages.robots.waits-held", reason=held)
    if not target.url:
        return text(language, "pages.robots.waits-set-up", target=target.title)
    if vault.shown(session, target) is None:
        return text(language, "pages.robots.waits-credential", target=target.title)
    if opens is not None:
        return text(language, "pages.robots.waits-window", target=target.title, moment=moment_text(language, opens))
    return ""


def _keys(session: Session, job: Job) -> bool:
    """Whether rows of the job are still to be keyed: while they are checked or put together, no robot's obstacle matters."""
    work = select(Part.id).where(
        Part.job_id == job.id, Part.stage == Stage.WORK, Part.state.in_((PartState.WAITING, PartState.LEASED))
    )
    rows = select(LedgerRow.id).where(LedgerRow.job_id == job.id, LedgerRow.state.in_(("ready", "intent", "sent")))
    return session.scalars(work.limit(1)).first() is not None and session.scalars(rows.limit(1)).first() is not None
