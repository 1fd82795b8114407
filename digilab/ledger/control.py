"""The operators' hand on all robots: emergency stop, and set-up that does not lose sight of rows under way.

A stop is the pause of the robots' capability: the clock gives out nothing, and the ledger lets no running robot on (it asks before each
row, before its first keystroke and before the click).
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from digilab.errors import RobotsStoppedError, TargetBusyError
from digilab.jobs import backlog
from digilab.jobs.records import Part, Pause
from digilab.jobs.rules import PartState
from digilab.ledger.records import LedgerRow
from digilab.targets import use as targets
from digilab.targets.records import Seat, Target
from digilab.targets.use import Who, audited, login_of, reason_given

CAPABILITY = "robot"
_UNDER_WAY = ("intent", "sent", "unknown")
"""States whose outcome is looked up in the finance system."""


class Stop(NamedTuple):
    """Who stopped all robots, when and why."""

    login: str
    since: datetime
    reason: str


def stop_all(session: Session, login: Who, reason: str) -> None:
    """Stop all robots. A stop that is there stays as it is. Raises ReasonMissingError."""
    words = reason_given(reason)
    backlog.pause(session, CAPABILITY, login_of(login)[:80], words)
    audited(session, login, "robots-stop", CAPABILITY, reason=words)


def resume_all(session: Session, login: Who, reason: str = "") -> None:
    """Let them go on."""
    backlog.resume(session, CAPABILITY)
    _look_again(session)
    audited(session, login, "robots-resume", CAPABILITY, reason=reason_given(reason) if reason.strip() else "")


def stopped(session: Session) -> Stop | None:
    """The stop that is in force, or None."""
    held = session.get(Pause, CAPABILITY, populate_existing=True)
    return None if held is None else Stop(held.login, held.since, held.reason)


def lift(session: Session, target: Target, by: Who, reason: str) -> None:
    """A hold is over (`digilab.targets.use.lift`), and whatever waited for that asks again at once. Raises ReasonMissingError."""
    targets.lift(session, target, by, reason)
    _look_again(session)


def going(session: Session) -> None:
    """Robots may work. Raises RobotsStoppedError."""
    if (found := stopped(session)) is not None:
        raise RobotsStoppedError(login=found.login, reason=found.reason)


def set_up(session: Session, robot: str, by: Who, *, url: str | None = None, **changes: Any) -> bool:
    """Set a target up (`digilab.targets.use.set_up`); whether this gave it its first address.

    Raises TargetBusyError for another address while rows are under way: looked for in the wrong system they would not be found, and
    keyed a second time.
    """
    target = targets.target_named(session, robot, lock=True)
    before = target.url
    targets.set_up(session, target, by, url=url, **changes)
    if before and target.url != before:
        _nothing_under_way(session, target)
    _look_again(session)
    return not before and bool(target.url)


def _look_again(session: Session) -> None:
    """Parts that wait for an hour, as the service hours began later, do not wait for what is no longer in the way."""
    waiting = select(Part.id).where(
        Part.capability == CAPABILITY, Part.state == PartState.WAITING, Part.not_before.is_not(None)
    )
    # What another transaction holds is being moved by it; waiting for it here could be waiting crosswise.
    free = session.scalars(waiting.with_for_update(skip_locked=True, key_share=True)).all()
    session.execute(update(Part).where(Part.id.in_(free)).values(not_before=None))


def _nothing_under_way(session: Session, target: Target) -> None:
    """Raises TargetBusyError."""
    rows = session.execute(
        select(func.count()).where(LedgerRow.target_id == target.id, LedgerRow.state.in_(_UNDER_WAY))
    ).scalar_one()
    # Whoever takes a seat waits for the target's row, which is ours until this transaction ends, and then finds the new address.
    seats = session.execute(
        select(func.count())
        .select_from(Seat)
        .join(Part, Part.id == Seat.part_id)
        .where(Seat.target_id == target.id, Part.state == PartState.LEASED, Part.epoch == Seat.epoch)
    ).scalar_one()
    if rows or seats:
        raise TargetBusyError(robot=target.robot, rows=rows, seats=seats)
