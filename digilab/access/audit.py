"""The audit trail: rows are only ever added, and read page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from digilab.access.records import Audit
from digilab.access.rules import Asker, kept
from digilab.database.session import now

PAGE = 1000
"""Lines that are read at a time: a trail of years is longer than a process should hold."""


@dataclass(frozen=True)
class Wanted:
    """Which lines are asked for; None: all of them."""

    since: datetime | None = None
    before: datetime | None = None
    login: str | None = None
    action: str | None = None

    def of(self, lines: Select[Audit]) -> Select[Audit]:
        """Those of the lines that are asked for."""
        wanted = [
            None if self.since is None else Audit.at >= self.since,
            None if self.before is None else Audit.at < self.before,
            None if self.login is None else Audit.login == self.login,
            None if self.action is None else Audit.action == self.action,
        ]
        return lines.where(*(each for each in wanted if each is not None))


def record(
    session: Session,
    asker: Asker | None,
    action: str,
    subject: str,
    result: str = "ok",
    *,
    login: str = "",
    address: str = "",
    **detail: str | int | float,
) -> None:
    """Who did what to which thing. `result`: `ok` or `refused`. `login`, `address`: where nobody is signed in."""
    session.add(
        Audit(
            at=now(session),
            person_id=asker.person_id if asker else None,
            login=kept(asker.login if asker else login),
            address=kept(asker.address if asker else address),
            action=action,
            subject="".join(sign for sign in subject if sign.isprintable())[:200],
            result=result,
            detail=dict(detail),
        )
    )


def newest(session: Session, wanted: Wanted, count: int) -> list[Audit]:
    """The latest `count` lines, in the order in which they were written."""
    return list(session.scalars(wanted.of(select(Audit)).order_by(Audit.id.desc()).limit(count)))[::-1]


def last(session: Session) -> int:
    """The number of the latest line; 0 where there is none."""
    return session.scalars(select(func.max(Audit.id))).one() or 0


def pages(session: Session, wanted: Wanted, upto: int) -> Iterator[Sequence[Audit]]:
    """The lines up to this number, in the order in which they were written, `PAGE` at a time."""
    after = 0
    while page := session.scalars(
        wanted.of(select(Audit)).where(Audit.id > after, Audit.id <= upto).order_by(Audit.id).limit(PAGE)
    ).all():
        after = page[-1].id
        yield page
        session.expunge_all()
