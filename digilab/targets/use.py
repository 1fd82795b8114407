"""What the lab does with target systems: set up, hold, lift; and when they may be worked with.

Every act of a person is in the audit trail; so is a hold, which a robot may put on by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.audit import record
from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.errors import (
    DigilabError,
    ReasonMissingError,
    TargetHeldError,
    TargetNotSetUpError,
    TargetNumberError,
    TargetUnknownError,
    TargetUrlCredentialsError,
    TargetUrlMalformedError,
    TargetUrlRefusedError,
    TargetWindowError,
)
from digilab.language import Language
from digilab.targets import rules
from digilab.targets.records import Target

LONGEST_REASON = 400
ROBOT = "robot"
"""Who holds a target in the audit trail when a robot does."""
BY_HAND = "by-hand"
"""Code of a hold that a person put on."""

Who = Asker | str
"""A person at a page, or the login of whoever sits at the command line."""

_REFUSALS: dict[str, type[DigilabError]] = {
    "url-malformed": TargetUrlMalformedError,
    "url-credentials": TargetUrlCredentialsError,
    "url-refused": TargetUrlRefusedError,
    "number": TargetNumberError,
    "window": TargetWindowError,
}


def targets(session: Session) -> Sequence[Target]:
    """All of them, by name."""
    return session.scalars(select(Target).order_by(Target.robot)).all()


def target_named(session: Session, robot: str, *, lock: bool = False) -> Target:
    """The target of this robot. Raises TargetUnknownError."""
    query = select(Target).where(Target.robot == robot)
    target = session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if target is None:
        raise TargetUnknownError(robot=robot[:60])
    return target


def set_up(
    session: Session,
    target: Target,
    by: Who,
    *,
    url: str | None = None,
    contexts: int | None = None,
    settle_seconds: float | None = None,
    most_rows: int | None = None,
    most_yen: int | None = None,
    windows: Sequence[str] | None = None,
) -> None:
    """Change what is given, leave the rest. Raises TargetError's kinds.

    `digilab.ledger.control.set_up` is the door for people: it also looks after rows that are under way at the old address.
    """
    try:
        changes: dict[str, Any] = {}
        if url is not None:
            changes["url"] = rules.address(url) if url.strip() else ""
        for setting, value, most, least in (
            ("contexts", contexts, rules.MOST_CONTEXTS, 1),
            ("settle_seconds", settle_seconds, rules.MOST_SETTLE_SECONDS, 1),
            ("most_rows", most_rows, rules.MOST_ROWS, 1),
            ("most_yen", most_yen, rules.MOST_YEN, 1),
        ):
            if value is not None:
                rules.bounded(f"--{setting.replace('_', '-')}", value, most, least)
                changes[setting] = value
        if windows is not None:
            rules.bounded("--window", len(windows), rules.MOST_WINDOWS, 0)
            changes["windows"] = [rules.window(each) for each in windows]
    except rules.SettingRefusedError as refusal:
        raise _REFUSALS[refusal.reason](**refusal.evidence) from refusal
    for setting, value in changes.items():
        setattr(target, setting, value)
    target.changed_at = now(session)
    told = {key: window_words(value) if key == "windows" else value for key, value in changes.items()}
    audited(session, by, "robot-set", target.robot, **told)


def hold(session: Session, target: Target, code: str, sentences: Mapping[str, str], by: Who = ROBOT) -> None:
    """Nothing is keyed until an operator lifts it. A hold that is there stays: its reason came first."""
    if target.held is not None:
        return
    moment = now(session)
    target.held = {"code": code, "sentences": dict(sentences), "at": moment.isoformat()}
    target.changed_at = moment
    audited(session, by, "robot-hold", target.robot, code=code, reason=sentences.get("ja", "")[:LONGEST_REASON])


def hold_by_hand(session: Session, target: Target, reason: str, by: Who) -> None:
    """A person holds one robot. Raises ReasonMissingError."""
    words = reason_given(reason)
    hold(session, target, BY_HAND, {"ja": words, "en": words}, by)


def lift(session: Session, target: Target, by: Who, reason: str) -> None:
    """Work may go on. Raises ReasonMissingError: what was seen to before is asked for one day."""
    words = reason_given(reason)
    if target.held is None:
        return
    code = str(target.held["code"])
    target.held, target.changed_at = None, now(session)
    audited(session, by, "robot-lift", target.robot, code=code, reason=words)


def held_words(target: Target, language: Language) -> str:
    """Why it is held, in words; empty when it is not."""
    if target.held is None:
        return ""
    sentences = target.held["sentences"]
    return str(sentences.get(language) or sentences.get("ja") or target.held["code"])


def open_now(target: Target, moment: datetime, closed: rules.Closed = rules.no_holidays) -> datetime | None:
    """None: within its service hours; else when they begin."""
    return rules.opens(target.windows, moment, closed)


def ready(target: Target, language: Language) -> None:
    """Whether it could be worked with at all. Raises TargetNotSetUpError, TargetHeldError."""
    if not target.url:
        raise TargetNotSetUpError(robot=target.robot)
    if target.held is not None:
        raise TargetHeldError(robot=target.robot, reason=held_words(target, language))


def window_words(windows: Sequence[Mapping[str, Any]]) -> str:
    """Service hours on one line, as `digilab robots set --window` takes them."""
    return "; ".join(f"{each['days']} {each['from']}-{each['to']}" for each in windows)


def reason_given(reason: str) -> str:
    """The reason as it is kept. Raises ReasonMissingError."""
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON or not words.isprintable():
        raise ReasonMissingError
    return words


def login_of(by: Who) -> str:
    """Who it is, for the record."""
    return by if isinstance(by, str) else by.login


def audited(session: Session, by: Who, action: str, subject: str, **detail: str | int | float) -> None:
    """A line in the audit trail, whoever it was."""
    if isinstance(by, str):
        record(session, None, action, subject, "ok", login=by, address="", **detail)
    else:
        record(session, by, action, subject, "ok", login="", address="", **detail)
