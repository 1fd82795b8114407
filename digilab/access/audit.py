"""The audit trail: rows are only ever added."""

from sqlalchemy.orm import Session

from digilab.access.records import Audit
from digilab.access.rules import Asker
from digilab.database.session import now


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
            login=(asker.login if asker else login)[:80],
            address=(asker.address if asker else address)[:80],
            action=action,
            subject=subject[:200],
            result=result,
            detail=dict(detail),
        )
    )
