"""The lab's page of robots: stop and resume all, holds, service hours, seats, credentials' ends, schedules. Templates for everybody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.errors import DigilabError, NotAllowedError, NotFoundError, TargetUnknownError
from digilab.jobs.intake import wake
from digilab.language import Language
from digilab.ledger import control
from digilab.ledger.control import Stop
from digilab.ledger.records import LedgerRow
from digilab.office import Office
from digilab.targets import use as targets
from digilab.targets.records import Seat, Target
from digilab.vault import use as vault
from digilab.web.confirming import confirm, submitted
from digilab.web.downloads import disposition
from digilab.web.failures import status_of
from digilab.web.guard import FormNeeded, OfficeNeeded, Visit, VisitNeeded
from digilab.web.language import language_of
from digilab.web.pages import render
from digilab.web.schedules import ScheduleView, schedules
from digilab.web.targets import TargetView, target_view
from digilab.web.wording import JST

router = APIRouter(include_in_schema=False)

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SOON = timedelta(days=vault.WARN_DAYS)


@dataclass(frozen=True)
class RobotView:
    """One robot as the lab sees it."""

    target: TargetView
    url: str
    contexts: int
    seats: int
    """Sign-ins of the account in use now."""
    settle_seconds: float
    credential: bool
    owner: str
    """Section that owns the account."""
    expires_on: date | None
    expires_soon: bool
    waiting: int
    """Rows that may be keyed."""
    running: int
    """Rows that are being keyed, or whose outcome is being looked up."""
    unknown: int


@dataclass(frozen=True)
class LabView:
    """All robots."""

    stop: Stop | None
    robots: list[RobotView]
    schedules: list[ScheduleView]
    may_act: bool


@router.get("/lab/robots")
def lab_page(request: Request, office: OfficeNeeded, visit: VisitNeeded) -> Response:
    """The state of all robots. Auditors look, operators act, others have nothing to see here."""
    return _page(request, office, visit, {}, None)


@router.post("/lab/robots/stop")
def stop(request: Request, office: OfficeNeeded, visit: VisitNeeded, form: FormNeeded) -> Response:
    """Stop all robots, at once and without a password: whoever stops too much costs a minute, whoever stops too late money."""
    return _acted(request, office, visit, form, lambda: stop_all(office, visit, form.get("reason", "")))


@router.post("/lab/robots/resume")
def resume(request: Request, office: OfficeNeeded, visit: VisitNeeded, form: FormNeeded) -> Response:
    """Let them go on."""
    password, reason = form.get("password", ""), form.get("reason", "")
    return _acted(request, office, visit, form, lambda: resume_all(office, visit, password, reason))


@router.post("/lab/robots/{robot}/lift")
def lift(request: Request, office: OfficeNeeded, visit: VisitNeeded, robot: str, form: FormNeeded) -> Response:
    """One robot's hold is over."""
    password, reason = form.get("password", ""), form.get("reason", "")
    return _acted(request, office, visit, form, lambda: lift_hold(office, visit, robot, password, reason))


@router.post("/lab/robots/{robot}/hold")
def hold(request: Request, office: OfficeNeeded, visit: VisitNeeded, robot: str, form: FormNeeded) -> Response:
    """Hold one robot."""
    return _acted(request, office, visit, form, lambda: hold_robot(office, visit, robot, form.get("reason", "")))


@router.get("/robots/{robot}/template")
def template(office: OfficeNeeded, visit: VisitNeeded, robot: str) -> Response:  # noqa: ARG001 - only who is signed in
    """The empty workbook, for everybody who fills one in."""
    with office.database.reading() as session:
        target = _named(session, robot)
    if not target.template:
        raise NotFoundError
    with office.store.open(str(target.template["key"])) as blocks:
        content = b"".join(blocks)
    headers = {"Content-Disposition": disposition(str(target.template["name"]))}
    return Response(content, media_type=WORKBOOK, headers=headers)


def stop_all(office: Office, visit: Visit, reason: str) -> None:
    """Raises NotAllowedError, ReasonMissingError."""
    _change(office, visit, lambda session, asker: control.stop_all(session, asker, reason))


def resume_all(office: Office, visit: Visit, password: str, reason: str) -> None:
    """Raises NotAllowedError, PasswordWrongError, ReasonMissingError."""

    def change(session: Session, asker: Asker) -> None:
        control.resume_all(session, asker, targets.reason_given(reason))

    _change(office, visit, change, password)
    wake(office.queue)


def lift_hold(office: Office, visit: Visit, robot: str, password: str, reason: str) -> None:
    """Raises NotAllowedError, PasswordWrongError, NotFoundError, ReasonMissingError."""

    def change(session: Session, asker: Asker) -> None:
        control.lift(session, _named(session, robot, lock=True), asker, reason)

    _change(office, visit, change, password)
    wake(office.queue)


def hold_robot(office: Office, visit: Visit, robot: str, reason: str) -> None:
    """Raises NotAllowedError, NotFoundError, ReasonMissingError."""

    def change(session: Session, asker: Asker) -> None:
        targets.hold_by_hand(session, _named(session, robot, lock=True), reason, asker)

    _change(office, visit, change)


def lab_view(session: Session, asker: Asker, language: Language) -> LabView:
    """Raises NotAllowedError for who neither runs the lab nor looks over its shoulder."""
    if not asker.sees_all:
        raise NotAllowedError
    return LabView(
        stop=control.stopped(session),
        robots=[_robot(session, each, language) for each in targets.targets(session)],
        schedules=schedules(session, language),
        may_act=asker.runs_lab,
    )


def _named(session: Session, robot: str, *, lock: bool = False) -> Target:
    """Raises NotFoundError, also for what no database can be asked for."""
    try:
        return targets.target_named(session, robot if robot.isprintable() else "", lock=lock)
    except TargetUnknownError as error:
        raise NotFoundError from error


def _robot(session: Session, target: Target, language: Language) -> RobotView:
    credential = vault.shown(session, target)
    expires = None if credential is None else credential.expires_on
    seats = session.execute(select(func.count()).select_from(Seat).where(Seat.target_id == target.id)).scalar_one()
    counted = session.execute(
        select(LedgerRow.state, func.count()).where(LedgerRow.target_id == target.id).group_by(LedgerRow.state)
    )
    rows = dict(counted.all())
    return RobotView(
        target=target_view(session, target, language),
        url=target.url,
        contexts=target.contexts,
        seats=seats,
        settle_seconds=target.settle_seconds,
        credential=credential is not None,
        owner="" if credential is None else credential.department,
        expires_on=expires,
        expires_soon=expires is not None and expires <= _today(now(session)) + SOON,
        waiting=rows.get("ready", 0),
        running=rows.get("intent", 0) + rows.get("sent", 0),
        unknown=rows.get("unknown", 0),
    )


def _today(moment: datetime) -> date:
    return moment.astimezone(JST).date()


def _change(office: Office, visit: Visit, change: Callable[[Session, Asker], Any], password: str | None = None) -> None:
    if not visit.asker.runs_lab:
        raise NotAllowedError
    if password is not None:
        confirm(office, visit, password)
    with office.database.transaction() as session:
        change(session, visit.asker)


def _acted(
    request: Request, office: Office, visit: Visit, form: Mapping[str, str], act: Callable[[], None]
) -> Response:
    if not visit.asker.sees_all:  # no page of theirs could tell them why
        raise NotAllowedError

    def again(error: DigilabError) -> Response:
        return _page(request, office, visit, form, error)

    return submitted(request, visit, form, act, "/lab/robots", again)


def _page(
    request: Request, office: Office, visit: Visit, typed: Mapping[str, str], error: DigilabError | None
) -> Response:
    with office.database.reading() as session:
        view = lab_view(session, visit.asker, language_of(request))
    return render(request, "lab.html", 200 if error is None else status_of(error), lab=view, typed=typed, error=error)
