"""Bringing the engine's robots into the record: at first start, and whenever the engine tells something else of one of them.

What the lab has set of a target (address, contexts, caps, service hours, accepted screens, hold) is never touched.
"""

import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digilab.access.audit import record
from digilab.database.session import Database, now
from digilab.store.contract import BLOCK, Store
from digilab.targets import engine
from digilab.targets.engine import Facts
from digilab.targets.records import Target

Added = Callable[[Session, Target, Facts], None]
"""What belongs to a new robot beside its target, in the same transaction."""


def bring(database: Database, store: Store, login: str, added: Added) -> list[str]:
    """Names of the robots that are new or told of anew. Raises RobotEngineError."""
    changed = []
    for facts in engine.robots():
        with database.reading() as session:
            if _same(_found(session, facts.name), facts):
                continue
        with TemporaryDirectory() as scratch:
            file = Path(scratch) / "template.xlsx"
            engine.template(facts.name, file)
            kept = _kept(store, facts, file)
        unneeded = kept
        try:
            with database.transaction() as session:
                unneeded = _written(session, facts, kept, login, added)
            if unneeded is not kept:
                changed.append(facts.name)
        except IntegrityError:
            # Two starts at once: the other one has it now.
            continue
        finally:
            if unneeded:
                store.delete(unneeded["key"])
    return changed


def _written(session: Session, facts: Facts, kept: dict[str, Any], login: str, added: Added) -> dict[str, Any]:
    """Which template is needed no more: the one before, or `kept` itself where somebody was quicker."""
    target = _found(session, facts.name)
    if _same(target, facts):
        return kept
    new, moment = target is None, now(session)
    if target is None:
        target = Target(robot=facts.name, url="", windows=[])
    version, template = ("", {}) if new else (target.version, target.template)
    target.title, target.version, target.amount = facts.title, facts.version, facts.amount
    target.money, target.synchronous = facts.money, facts.synchronous
    target.columns, target.template = list(facts.columns), kept
    target.changed_at = moment
    session.add(target)
    session.flush()
    if new:
        added(session, target, facts)
    record(
        session, None, "robot-bring", facts.name, "ok", login=login, address="", version=facts.version, before=version
    )
    return template


def _found(session: Session, name: str) -> Target | None:
    return session.scalars(select(Target).where(Target.robot == name)).one_or_none()


def _same(target: Target | None, facts: Facts) -> bool:
    if target is None:
        return False
    known = (target.title, target.version, target.amount, target.money, target.synchronous, target.columns)
    return known == (facts.title, facts.version, facts.amount, facts.money, facts.synchronous, list(facts.columns))


def _kept(store: Store, facts: Facts, file: Path) -> dict[str, Any]:
    with store.receive() as incoming, file.open("rb") as source:
        while block := source.read(BLOCK):
            incoming.write(block)
        stored = store.keep(incoming, f"robots/{facts.name}/{uuid.uuid4().hex}.xlsx")
    return {
        "name": f"{_plain(facts.title)}_{_plain(facts.version)}.xlsx",
        "key": stored.key,
        "size": stored.size,
        "sha256": stored.sha256,
    }


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum() or sign in "-._")[:80] or "template"
