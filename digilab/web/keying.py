"""What people do about a robot's rows: approve, send back, settle, release, drop, go on. Page and API come through here.

Everything that may move money wants the password again; for answers to one row after the other once in five minutes. Who may do it is
asked before, so that a stranger's tries say nothing, and asked once more by the use case within the transaction that counts.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from digilab.access.audit import record
from digilab.errors import DecisionMissingError, NotAllowedError, NotFoundError
from digilab.jobs import sight
from digilab.jobs.records import Job
from digilab.ledger import use
from digilab.ledger.rules import Decision
from digilab.office import Office
from digilab.web import rows
from digilab.web.acting import act
from digilab.web.confirming import confirm
from digilab.web.guard import Visit

MEDIA = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "zip": "application/zip"}


def approve(office: Office, visit: Visit, receipt: str, password: str, digest: str) -> None:
    """The second person's yes to what was shown. Raises NotAllowedError, PasswordWrongError and what `ledger.use.approve` does."""
    _confirmed(office, visit, receipt, password, lambda job: visit.asker.may_approve(job.department_id))

    def change(session: Session, job: Job) -> Job:
        return use.approve(session, job.id, visit.asker, digest)

    act(office, visit, receipt, "approve", change, digest=digest[:64])


def send_back(office: Office, visit: Visit, receipt: str, password: str, reason: str) -> None:
    """The second person's no. Raises NotAllowedError, PasswordWrongError and what `ledger.use.send_back` does."""
    _confirmed(office, visit, receipt, password, lambda job: visit.asker.may_approve(job.department_id))

    def change(session: Session, job: Job) -> Job:
        return use.send_back(session, job.id, visit.asker, reason)

    act(office, visit, receipt, "send-back", change)


def settle(
    office: Office, visit: Visit, receipt: str, row: int, password: str, decision: str, slip: str, reason: str
) -> None:
    """What became of a row that nobody knew about.

    Raises DecisionMissingError, PasswordWrongError and what `ledger.use.settle` does.
    """
    if decision not in list(Decision):
        raise DecisionMissingError(row=row)
    _on_row(
        office,
        visit,
        receipt,
        row,
        password,
        "settle",
        lambda session, row_id: use.settle(session, row_id, visit.asker, decision, slip, reason),
        decision=decision[:20],
    )


def release(office: Office, visit: Visit, receipt: str, row: int, password: str, reason: str) -> None:
    """A blocked row is keyed all the same. Raises NotAllowedError, PasswordWrongError and what `ledger.use.release` does."""
    _on_row(
        office,
        visit,
        receipt,
        row,
        password,
        "release",
        lambda session, row_id: use.release(session, row_id, visit.asker, reason),
    )


def drop(office: Office, visit: Visit, receipt: str, row: int, password: str, reason: str) -> None:
    """A row is not keyed. Raises PasswordWrongError and what `ledger.use.drop` does."""
    _on_row(
        office,
        visit,
        receipt,
        row,
        password,
        "drop",
        lambda session, row_id: use.drop(session, row_id, visit.asker, reason),
    )


def go_on(office: Office, visit: Visit, receipt: str, password: str, accept: str = "") -> None:
    """All is settled: what may be keyed is keyed, and the results are written anew. Raises PasswordWrongError and what `use.go_on` does."""
    _confirmed(office, visit, receipt, password, lambda job: visit.asker.may_act_on(job.department_id))

    def change(session: Session, job: Job) -> Job:
        return use.go_on(session, job.id, visit.asker, accept=accept, per_part=office.settings.robots.rows_per_part)

    act(office, visit, receipt, "go-on", change)


def picture(office: Office, visit: Visit, receipt: str, row: int, shows: str) -> Response:
    """What a robot's screen showed, noted in the audit trail. The store's key comes from the record, never from who asks."""
    with office.database.reading() as session:
        found = rows.row_of(session, visit.asker, receipt, row)
        [view] = rows.views(session, visit.asker, [found], "ja")
    if shows not in view.pictures:
        raise NotFoundError
    key = str(found.evidence[shows])
    with office.store.open(key) as blocks:
        content = b"".join(blocks)
    ending = key.rpartition(".")[2]
    with office.database.transaction() as session:
        record(session, visit.asker, "picture", f"{view.receipt}/rows/{row}", shows=shows)
    name = f"{view.receipt}_{row:04d}_{shows}.{ending}"
    manner = "inline" if rows.PICTURES[shows] == "image" else "attachment"
    return Response(
        content,
        media_type=MEDIA.get(ending, "application/octet-stream"),
        headers={
            "Content-Disposition": f'{manner}; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def _confirmed(
    office: Office, visit: Visit, receipt: str, password: str, may: Callable[[Job], bool], *, lately: bool = False
) -> None:
    with office.database.reading() as session:
        allowed = may(sight.job_of(session, visit.asker, receipt))
    if not allowed:
        raise NotAllowedError
    confirm(office, visit, password, lately=lately)


def _on_row(
    office: Office,
    visit: Visit,
    receipt: str,
    row: int,
    password: str,
    action: str,
    change: Callable[[Session, int], Any],
    **detail: Any,
) -> None:
    asker = visit.asker
    with office.database.reading() as session:
        row_id = rows.row_of(session, asker, receipt, row).id
    may = asker.may_release if action == "release" else asker.may_act_on
    _confirmed(office, visit, receipt, password, lambda job: may(job.department_id), lately=True)

    def changed(session: Session, job: Job) -> Job:
        change(session, row_id)
        return job

    act(office, visit, receipt, action, changed, row=row, **detail)
