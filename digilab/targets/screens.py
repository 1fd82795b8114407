"""Screens as a rehearsal has recorded them (`python -m robots rehearse … --record FILE`), accepted by a person for what this house's
finance system looks like."""

import json
from typing import Any

from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import ScreensRefusedError
from digilab.targets.records import Target
from digilab.targets.use import Who, audited, login_of, reason_given

MOST_BYTES = 1024 * 1024
MOST_SCREENS = 100
_LISTS = ("labels", "fields", "headings", "buttons")


def accept(session: Session, target: Target, content: bytes, by: Who, reason: str) -> int:
    """From now on a rehearsal compares with these; how many screens. Raises ScreensRefusedError, ReasonMissingError."""
    words = reason_given(reason)
    told = _read(target, content)
    moment = now(session)
    target.screens = {**told, "by": login_of(by)[:80], "at": moment.isoformat()}
    target.changed_at = moment
    count = len(told["screens"])
    audited(session, by, "robot-screens", target.robot, screens=count, version=told["version"], reason=words)
    return count


def forget(session: Session, target: Target, by: Who, reason: str) -> None:
    """From now on a rehearsal compares with what the flow ships. Raises ReasonMissingError."""
    words = reason_given(reason)
    target.screens, target.changed_at = None, now(session)
    audited(session, by, "robot-screens", target.robot, screens=0, reason=words)


def _read(target: Target, content: bytes) -> dict[str, Any]:
    """The record, if it is one of this robot in this version. Raises ScreensRefusedError."""
    refused = ScreensRefusedError(robot=target.robot, version=target.version)
    if len(content) > MOST_BYTES:
        raise refused
    try:
        told = json.loads(content)
        screens = told["screens"]
        sound = (
            told["robot"] == target.robot
            and told["version"] == target.version
            and isinstance(screens, list)
            and 0 < len(screens) <= MOST_SCREENS
            and all(isinstance(each["heading"], str) for each in screens)
            and all(isinstance(each[name], list) for each in screens for name in _LISTS)
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused from error
    if not sound:
        raise refused
    return {"robot": target.robot, "version": target.version, "screens": screens}
