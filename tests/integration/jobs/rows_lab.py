"""The small job server with a robot's target, and what its workers do with rows, one step at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from digilab.access import people
from digilab.access.rules import Role
from digilab.database.session import now
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.ledger import approving, entering, keying, use
from digilab.ledger.records import LedgerEvent, LedgerRow
from digilab.ledger.rules import NewRow, Outcome, RowState
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.targets.records import Target
from integration.jobs.lab import PASSWORD, Lab

ROBOT = "expense_entry"
PAYMENTS = "payments"
PER_PART = 2
WORKBOOK = b"PK\x03\x04" + bytes(60)


def row(number: int, key: str = "", *, yen: int = 1000, refused: bool = False) -> NewRow:
    """A row as a split finds it; its business key is its number unless it is told."""
    return NewRow(
        number=number,
        reference="",
        file="支払.xlsx",
        sheet="10月",
        line=number + 1,
        values={"amount": str(yen), "payee": f"債権者{number}"},
        business_key="" if refused else (key or str(number)).rjust(64, "0"),
        findings=({"code": "cell-empty", "sentences": {"ja": "空です", "en": "empty"}},) if refused else (),
        refused=refused,
    )


@dataclass
class RowsLab(Lab):
    """One house with one robot."""

    def furnish(self) -> "RowsLab":
        """With heads of both sections and an operator."""
        super().furnish()
        self.kind = Kind.ROBOT.value.name
        accounts = {
            "kacho": ("010", Role.HEAD),
            "bucho": ("010", Role.HEAD),
            "zeimu": ("020", Role.HEAD),
            "ope": ("020", Role.OPERATOR),
        }
        with self.database.transaction() as session:
            add_service(session, slug=PAYMENTS, kind=Kind.ROBOT, name="支出命令", options={"robot": ROBOT})
            for login, (department, role) in accounts.items():
                person = people.add_person(
                    session, login=login, name=login, department_code=department, role=role, password=PASSWORD
                )
                self.askers[login] = people.asker(person)
            session.add(
                Target(
                    robot=ROBOT,
                    title="財務会計",
                    version="1",
                    money=True,
                    synchronous=False,
                    amount="amount",
                    columns=[{"name": "amount", "heading": "金額", "type": "amount", "secret": False}],
                    template={},
                    url="http://127.0.0.1:9",
                    windows=[],
                    changed_at=now(session),
                )
            )
        return self

    def change_target(self, **values: Any) -> None:
        """Set some of the target's columns."""
        with self.database.transaction() as session:
            target = session.scalars(select(Target)).one()
            for name, value in values.items():
                setattr(target, name, value)

    @property
    def target(self) -> Target:
        """The one target."""
        with self.database.reading() as session:
            return session.scalars(select(Target)).one()

    # --- steps ------------------------------------------------------------------------------------------

    def handed_in(self, login: str = "sato", **asked: Any) -> int:
        """A new robot job's id."""
        return self.job(login, files=None, service=PAYMENTS, **asked)

    def submit(self, login: str = "sato", *files: Any, **asked: Any) -> Any:
        """A workbook where no file is given."""
        asked.pop("files", None)
        asked.setdefault("service", PAYMENTS)
        return super().submit(login, *(files or [self.received(WORKBOOK, "支払.xlsx")]), **asked)

    def checked(self, lease: Lease, rows: Sequence[NewRow]) -> None:
        """A worker has checked the rows of a job: as the adapter does it."""
        numbered = [NewRow(**{**vars(each), "reference": f"DL{lease.job_id:06d}-{each.number:04d}-0"}) for each in rows]
        with self.database.transaction() as session:
            target = session.scalars(select(Target)).one()
            entering.enter(session, lease.part_id, lease.epoch, target, numbered, PER_PART)
            job = session.get_one(Job, lease.job_id)
            gate = approving.first_gate(job.options, money=target.money)
            lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, 0.0, gate=gate)

    def with_rows(self, *rows: NewRow, login: str = "sato", **asked: Any) -> int:
        """A job whose rows have been checked."""
        job_id = self.handed_in(login, **asked)
        self.checked(self.begin(), rows)
        return job_id

    def approved(self, job_id: int, login: str = "kacho") -> Job:
        """A second person says yes to what there is."""
        with self.database.transaction() as session:
            return use.approve(session, job_id, self.askers[login], use.digest(session, job_id))

    def keyed(self, lease: Lease, number: int, state: RowState = RowState.DONE, receipt: str = "") -> None:
        """A worker keys a row up to this state."""
        self.act(keying.intend, lease, lease.job_id, number, "hash")
        if state is RowState.INTENT:
            return
        assert self.act(keying.send, lease, lease.job_id, number, {"confirmation": "evidence/1"}) > 0
        if state is not RowState.SENT:
            outcome = Outcome("differs" if state is RowState.UNKNOWN else "")
            slip = receipt or f"S{lease.job_id}-{number}"
            self.act(
                keying.settle,
                lease,
                lease.job_id,
                number,
                state,
                outcome,
                receipt=slip if state is RowState.DONE else "",
            )

    def done(self, lease: Lease) -> None:
        """The part is done."""
        self.act(lifecycle.checkpoint, lease, {}, 1.0)

    def joined(self, *, review: bool = False, verified: float = 1.0) -> Job:
        """The next part is a join, and ends the job."""
        return self.finish(self.begin(), review=review, verified=verified, name="結果.xlsx")

    def in_review(self, state: RowState = RowState.UNKNOWN, *others: NewRow) -> int:
        """A job in review whose first row ended so."""
        job_id = self.with_rows(row(1), *others)
        self.approved(job_id)
        lease = self.begin()
        self.keyed(lease, 1, state)
        self.done(lease)
        self.joined(review=True, verified=0.0)
        assert self.look(job_id).status is JobState.REVIEW
        return job_id

    # --- looking ----------------------------------------------------------------------------------------

    def row(self, job_id: int, number: int = 1) -> LedgerRow:
        """The row as the record has it now."""
        with self.database.reading() as session:
            query = select(LedgerRow).where(LedgerRow.job_id == job_id, LedgerRow.number == number)
            return session.scalars(query).one()

    def states(self, job_id: int) -> list[str]:
        """The rows' states in order."""
        with self.database.reading() as session:
            return [each.state for each in use.rows_of(session, job_id)]

    def steps(self, row_id: int) -> list[str]:
        """The states that a row went through."""
        with self.database.reading() as session:
            query = select(LedgerEvent.state).where(LedgerEvent.row_id == row_id).order_by(LedgerEvent.id)
            return list(session.scalars(query))

    def do(self, change: Any, *values: Any, **named: Any) -> Any:
        """A use case in its own transaction."""
        with self.database.transaction() as session:
            return change(session, *values, **named)
