"""Robots: what a part may work with (target, account, seats, browser), when it has to wait instead, and for how long."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NoReturn

from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import (
    HouseError,
    KeyingStoppedError,
    LeaseLostError,
    SeatsTakenError,
    SystemAwayError,
    TargetClosedError,
    TargetNotSetUpError,
    TargetOnHoldError,
    TargetUnreadyError,
    VaultError,
)
from digilab.jobs import backlog
from digilab.language import LANGUAGES
from digilab.ledger import control, seats
from digilab.ledger.records import LedgerRow
from digilab.targets import use as targets
from digilab.targets.records import Target
from digilab.targets.rules import JST
from digilab.timetable.city import calendar_of
from digilab.vault import use as vault
from robots.errors import (
    BrowserLostError,
    BrowserMissingError,
    FencedError,
    NotSentError,
    RunError,
    StoppedError,
    WrongScreenError,
)
from robots.flows import robot_named
from robots.robot import Account, Robot
from robots.rows.records import Place as RowPlace
from robots.rows.records import Row
from robots.session import Place
from workers.context import Context
from workers.jail import Limits
from workers.kinds.robot_browser import WarmBrowser

LOOK_AGAIN = 15.0
"""Seconds after which a part that waits for somebody in the lab asks again."""
SEAT_SECONDS = 2.0
AWAY_SECONDS = 60.0
WINDOW_LOOK = timedelta(hours=1)
"""Calendars and service hours change: what waits for days looks again as often."""
WEEKEND = ("土曜日", "日曜日")


@dataclass(frozen=True)
class Desk:
    """The target as it stands, its account, and how many sign-ins this part has."""

    target: Target
    flow: Robot
    account: Account
    seats: int

    def place(self, context: Context) -> Place:
        """Where the finance system is."""
        return Place(self.target.url, context.settings.robots.timeout_seconds)


@contextmanager
def at_desk(context: Context, target_id: int, wanted: int) -> Iterator[Desk]:
    """Up to `wanted` seats at the target's account for the time of the block. Raises NotNowError's kinds, each telling how long to wait."""
    with context.transaction() as session:
        # Held until the seats are taken: an address that is changed at this moment waits for us, or we find the new one.
        target = session.get_one(Target, target_id, with_for_update={"key_share": True})
        _may(session, target)
        account = _account(session, context, target)
        share = min(_share(session, context, target), max(1, wanted))
        taken = seats.take(session, target, context.part.id, context.part.epoch, share)
    if not taken:
        raise SeatsTakenError(seconds=SEAT_SECONDS, robot=target.title)
    try:
        yield Desk(target, robot_named(target.robot), account, taken)
    finally:
        _leave(context)


def give_way(context: Context, target: Target, reason: RunError) -> NoReturn:
    """Say why a run ended: what a person must see to holds the target, what passes is waited for."""
    name = target.title
    match reason:
        case FencedError():
            raise LeaseLostError(part=context.part.id, epoch=context.part.epoch) from reason
        case StoppedError():
            with context.transaction() as session:
                _may(session, session.get_one(Target, target.id))
            raise KeyingStoppedError from reason
        case BrowserLostError() | BrowserMissingError() | NotSentError():
            told = reason.sentence(context.settings.language)
            raise TargetUnreadyError(seconds=AWAY_SECONDS, robot=name, reason=told) from reason
    # A page that nobody expected comes again until somebody has read it.
    if reason.holds or isinstance(reason, WrongScreenError):
        hold(context, target, reason.code, {language: reason.sentence(language) for language in LANGUAGES})
    raise SystemAwayError(seconds=AWAY_SECONDS, robot=name) from reason


def hold(context: Context, target: Target, code: str, sentences: dict[str, str]) -> NoReturn:
    """Nothing is keyed by this robot until somebody has looked."""
    with context.transaction() as session:
        targets.hold(session, targets.target_named(session, target.robot, lock=True), code, sentences)
    raise TargetOnHoldError(seconds=LOOK_AGAIN, robot=target.title)


def browser(context: Context, target: Target) -> WarmBrowser:
    """This worker's browser. Raises TargetUnreadyError where the machine has none."""
    program = context.settings.robots.browser
    try:
        warm: WarmBrowser = context.engines.get(f"robot:{program}", lambda: WarmBrowser(program))
    except BrowserMissingError as error:
        told = error.sentence(context.settings.language)
        raise TargetUnreadyError(seconds=AWAY_SECONDS, robot=target.title, reason=told) from error
    return warm


def flow_of(context: Context) -> Robot:
    """The robot that the job's service names."""
    return robot_named(str(context.job.options.get("robot", "")))


def engine_row(row: LedgerRow) -> Row:
    """A row as the engine takes it."""
    values = {name: str(value) for name, value in row.values.items()}
    return Row(row.number, RowPlace(row.file, row.sheet, row.line), values)


def run_of(context: Context) -> str:
    """Names the job in every reference."""
    return f"{context.job.id:06d}"


def limits(context: Context) -> Limits:
    """Of the jail."""
    return Limits(context.settings.work.jail_memory_mib, context.settings.work.jail_seconds)


def is_open(session: Session, target_id: int) -> bool:
    """Whether a row may be begun now, by the service hours as they stand."""
    target = session.get_one(Target, target_id, populate_existing=True)
    return _opens(session, target, now(session)) is None


def _may(session: Session, target: Target) -> None:
    """Whether the target may be worked with now. Raises NotNowError's kinds."""
    name = target.title
    if control.stopped(session) is not None:
        # The backlog gives out nothing until robots are resumed.
        raise KeyingStoppedError
    if target.held is not None:
        raise TargetOnHoldError(seconds=LOOK_AGAIN, robot=name)
    if not target.url:
        told = TargetNotSetUpError(robot=target.robot).sentence()
        raise TargetUnreadyError(seconds=LOOK_AGAIN, robot=name, reason=told)
    moment = now(session)
    opens = _opens(session, target, moment)
    if opens is not None:
        told = f"{opens.astimezone(JST):%Y-%m-%d %H:%M}"
        raise TargetClosedError(until=min(opens, moment + WINDOW_LOOK), robot=name, opens=told)


def _opens(session: Session, target: Target, moment: datetime) -> datetime | None:
    """None within the service hours, else when they begin."""
    if not target.windows:
        return None
    calendar = calendar_of(session)

    def closed(day: date) -> bool:
        return not calendar.is_open(day) and calendar.closed_by(day) not in WEEKEND

    return targets.open_now(target, moment, closed)


def _account(session: Session, context: Context, target: Target) -> Account:
    try:
        secret = vault.credential(session, context.settings, target)
    except VaultError as error:
        told = error.sentence(context.settings.language)
        raise TargetUnreadyError(seconds=LOOK_AGAIN, robot=target.title, reason=told) from error
    return Account(secret.login, secret.password)


def _share(session: Session, context: Context, target: Target) -> int:
    """This worker's share of the account's sign-ins."""
    since = now(session) - timedelta(seconds=context.alive_seconds)
    return math.ceil(target.contexts / max(1, len(backlog.alive(session, context.job.kind, since))))


def _leave(context: Context) -> None:
    try:
        with context.transaction() as session:
            seats.leave(session, context.part.id, context.part.epoch)
    except HouseError:
        # They are free with the lease.
        return
