"""Rows that a robot keys, as one person sees them: on the job's page, in the list of those nobody knows about, over the API."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from digilab.access.rules import Asker
from digilab.errors import NotFoundError
from digilab.jobs import sight
from digilab.jobs.records import Job
from digilab.jobs.rules import receipt
from digilab.language import Language, text
from digilab.ledger import use
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import ASKED, RowState, yen
from digilab.targets.records import Target

AT_ONCE = 50
"""Rows on one page."""
STATES = (
    RowState.UNKNOWN,
    RowState.BLOCKED,
    RowState.REFUSED,
    RowState.REJECTED,
    RowState.SENT,
    RowState.INTENT,
    RowState.READY,
    RowState.DONE,
    RowState.WITHDRAWN,
)
"""Those that want a person come first."""
TELLING = ("text", "kana", "date")
"""Types of columns by which people know a row."""
LAST = ("search", "result", "refusal", "confirmation")
"""Pictures, the latest first."""
PICTURES = {"confirmation": "image", "refusal": "image", "result": "image", "search": "image", "trace": "file"}
"""What evidence there may be of a row. A trace holds whole screens and is for the lab."""


@dataclass(frozen=True)
class FieldView:
    """One cell of a row."""

    name: str
    heading: str
    value: str
    secret: bool
    type: str
    words: str
    """What the code of a choice means."""

    @property
    def shown(self) -> str:
        """As people read it."""
        yen = self.type == "amount" and self.value.isascii() and self.value.removeprefix("-").isdigit()
        return f"{int(self.value):,}" if yen else f"{self.value} {self.words}".strip()


@dataclass(frozen=True)
class OtherRow:
    """The row that holds the same business case."""

    receipt: str
    """Of its job; empty when the asker may not see it."""
    number: int
    state_text: str


@dataclass(frozen=True)
class Step:
    """One line of a row's history."""

    at: datetime
    state_text: str
    login: str
    detail: str


@dataclass(frozen=True)
class RowView:
    """One row."""

    id: int
    receipt: str
    """Of its job."""
    number: int
    state: str
    state_text: str
    place: str
    """`支払.xlsx シート「10月」12行目`."""
    reference: str
    slip: str
    """伝票番号."""
    amount: int | None
    reasons: list[str]
    """Why it is refused, rejected, blocked or unknown, in words."""
    words: str
    """The finance system's own."""
    pictures: list[str]
    fields: list[FieldView]
    other: OtherRow | None
    attempts: int
    changed_at: datetime

    @property
    def open(self) -> bool:
        """Whether a person has to say what becomes of it."""
        return self.state in ASKED

    @property
    def shot(self) -> str:
        """The last picture; empty when there is none."""
        return next((shows for shows in LAST if shows in self.pictures), "")

    @property
    def plain(self) -> list[FieldView]:
        """What tells a row from others and may stand in a list that is open all day: words and days, no account, no code."""
        return [each for each in self.fields if each.value and each.type in TELLING and not each.secret]


@dataclass(frozen=True)
class Counts:
    """How many rows are in which state."""

    rows: dict[str, int]

    @property
    def total(self) -> int:
        """All rows of the job."""
        return sum(self.rows.values())

    @property
    def open(self) -> int:
        """Rows that wait for a person."""
        return self.of(*ASKED)

    def of(self, *states: str) -> int:
        """Rows in these states."""
        return sum(self.rows.get(state, 0) for state in states)


@dataclass(frozen=True)
class RowsView:
    """One page of a job's rows."""

    counts: Counts
    state: str
    """Which are listed; empty: all."""
    page: int
    pages: int
    rows: list[RowView]
    order: tuple[str, ...] = STATES


def rows_view(session: Session, asker: Asker, job: Job, language: Language, state: str = "", page: int = 1) -> RowsView:
    """Some of a visible job's rows, `AT_ONCE` at a time. A state that no row can be in lists all."""
    state = state if state in STATES else ""
    counts = counted(session, job.id)
    listed = counts.rows.get(state, 0) if state else counts.total
    pages = max(1, -(-listed // AT_ONCE))
    page = min(max(1, page), pages)
    query = select(LedgerRow).where(LedgerRow.job_id == job.id).order_by(LedgerRow.number)
    if state:
        query = query.where(LedgerRow.state == state)
    found = session.scalars(query.offset((page - 1) * AT_ONCE).limit(AT_ONCE)).all()
    return RowsView(counts, state, page, pages, views(session, asker, found, language))


def row_of(session: Session, asker: Asker, number: str, row: int) -> LedgerRow:
    """The row with this number of a visible job. Raises NotFoundError."""
    job = sight.job_of(session, asker, number)
    found = session.scalars(select(LedgerRow).where(LedgerRow.job_id == job.id, LedgerRow.number == row)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def row_called(session: Session, asker: Asker, name: str) -> LedgerRow:
    """The newest visible row with this 照合番号 or 伝票番号. Raises NotFoundError."""
    spelt = unicodedata.normalize("NFKC", name).strip()
    if not spelt or len(spelt) > 80 or not spelt.isprintable():
        raise NotFoundError
    query = select(LedgerRow).join(Job, Job.id == LedgerRow.job_id)
    query = query.where(or_(LedgerRow.reference == spelt.upper(), LedgerRow.receipt == spelt))
    if not asker.sees_all:
        query = query.where(Job.department_id == asker.department_id)
    found = session.scalars(query.order_by(LedgerRow.id.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def counted(session: Session, job_id: int) -> Counts:
    """A job's rows by state."""
    found = session.execute(
        select(LedgerRow.state, func.count()).where(LedgerRow.job_id == job_id).group_by(LedgerRow.state)
    )
    return Counts(dict(found.all()))


def steps(session: Session, row: LedgerRow, language: Language) -> list[Step]:
    """A row's history in order."""
    return [
        Step(each.at, text(language, f"pages.rows.states.{each.state}"), each.login, _told(each.detail, language))
        for each in use.history_of(session, row.id)
    ]


def views(session: Session, asker: Asker, rows: Sequence[LedgerRow], language: Language) -> list[RowView]:
    """Rows as the asker may see them; what is another department's is told without saying whose."""
    targets = {
        each.id: each for each in session.scalars(select(Target).where(Target.id.in_({row.target_id for row in rows})))
    }
    holder = aliased(LedgerRow)
    holders = {
        row.id: (row, department)
        for row, department in session.execute(
            select(holder, Job.department_id)
            .join(Job, Job.id == holder.job_id)
            .where(holder.id.in_({row.blocked_by for row in rows if row.blocked_by is not None}))
        )
    }
    return [_view(asker, row, targets[row.target_id], holders.get(row.blocked_by or 0), language) for row in rows]


def _view(
    asker: Asker, row: LedgerRow, target: Target, holder: tuple[LedgerRow, int] | None, language: Language
) -> RowView:
    return RowView(
        id=row.id,
        receipt=receipt(row.job_id),
        number=row.number,
        state=row.state,
        state_text=text(language, f"pages.rows.states.{row.state}"),
        place=_place(row, language),
        reference="" if row.state == RowState.REFUSED else row.reference,
        slip=row.receipt,
        amount=None if row.state == RowState.REFUSED else yen(row.values, target.amount),
        reasons=_reasons(row, language),
        words=row.words,
        pictures=[
            shows for shows, kind in PICTURES.items() if shows in row.evidence and (kind == "image" or asker.runs_lab)
        ],
        fields=[
            FieldView(
                name=column["name"],
                heading=column["heading"],
                value=str(row.values.get(column["name"], "")),
                secret=bool(column.get("secret", False)),
                type=str(column.get("type", "text")),
                words=str(column.get("choices", {}).get(row.values.get(column["name"]), "")),
            )
            for column in target.columns
        ],
        other=_other(asker, holder, language),
        attempts=row.attempt,
        changed_at=row.changed_at,
    )


def _other(asker: Asker, holder: tuple[LedgerRow, int] | None, language: Language) -> OtherRow | None:
    if holder is None:
        return None
    row, department = holder
    visible = asker.may_see(department)
    state = text(language, f"pages.rows.states.{row.state}")
    return OtherRow(receipt(row.job_id) if visible else "", row.number if visible else 0, state)


def _place(row: LedgerRow, language: Language) -> str:
    key = "pages.rows.place-sheet" if row.sheet else "pages.rows.place-file"
    return text(language, key, file=row.file, sheet=row.sheet, line=row.line)


def _reasons(row: LedgerRow, language: Language) -> list[str]:
    """What the check found, and what came of it since."""
    told = [sentence for each in row.findings if (sentence := _sentence(each, language))]
    return list(dict.fromkeys(told))


def _sentence(finding: Mapping[str, Any], language: Language) -> str:
    sentences = finding.get("sentences", {})
    return str(sentences.get(language) or sentences.get("ja", ""))


def _told(detail: Mapping[str, Any], language: Language) -> str:
    """What the record says of a step."""
    said = (_sentence(detail, language), detail.get("words", ""), detail.get("receipt", ""), detail.get("reason", ""))
    return " ".join(str(each) for each in said if each)
