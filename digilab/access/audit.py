"""The audit trail: rows are only ever added."""

from sqlalchemy.orm import Session

from digilab.access.records import Audit
from digilab.access.rules import Asker, kept
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
            login=kept(asker.login if asker else login),
            address=kept(asker.address if asker else address),
            action=action,
            subject="".join(sign for sign in subject if sign.isprintable())[:200],
            result=result,
            detail=dict(detail),
        )
    )
