"""What the API answers and takes about robots' rows."""

from datetime import datetime

from pydantic import Field

from digilab.web.rows import Counts, RowsView, RowView
from digilab.web.shapes import Shape


class RowsSummary(Shape):
    """A robot job's rows, counted."""

    total: int
    open: int = Field(description="Rows that wait for a person.")
    states: dict[str, int] = Field(description="Rows by state; states that no row is in are left out.")


class Reconciled(Shape):
    """突合: the ledger against the finance system's own list, as last done."""

    agrees: bool
    rows: int = Field(description="登録済 in the ledger.")
    rows_yen: int
    slips: int = Field(description="In the finance system's list.")
    slips_yen: int
    differences: list[str]
    accepted: str = Field(description="Why somebody took the differences as they are; empty when nobody did.")
    accepted_by: str


class Cell(Shape):
    """One cell of a row."""

    name: str
    heading: str
    value: str


class Twin(Shape):
    """The row that holds the same business case."""

    receipt: str = Field(description="Of its job; empty when it is another department's.")
    number: int
    state_text: str


class RowEntry(Shape):
    """A row and what became of it."""

    number: int = Field(description="From 1 over all files that were handed in together.")
    state: str = Field(
        description="`refused`, `blocked`, `ready`, `intent`, `sent`, `done`, `rejected`, `unknown`, `withdrawn`."
    )
    state_text: str
    place: str
    reference: str = Field(description="What the finance system's free field holds.")
    slip: str = Field(description="伝票番号; empty until it is known.")
    amount: int | None
    reasons: list[str]
    words: str = Field(description="The finance system's own.")
    twin: Twin | None
    cells: list[Cell]
    pictures: dict[str, str] = Field(description="Addresses by what they show.")
    changed_at: datetime


class Rows(Shape):
    """One page of a job's rows."""

    summary: RowsSummary
    page: int
    pages: int
    rows: list[RowEntry]
    digest: str = Field(description="Of the rows that would be keyed now: what `POST …/approval` is about.")


class Approval(Shape):
    """A second person's word."""

    approve: bool = Field(description="False: send back, with a reason.")
    password: str = Field(max_length=200, description="Of whoever the token acts as, typed now.")
    digest: str = Field(
        "", max_length=64, description="As `GET …/rows` told it; what has changed since is not approved."
    )
    reason: str = Field("", max_length=400)


class Settlement(Shape):
    """What became of a row that nobody knew about."""

    decision: str = Field(description="`registered` (with `slip`), `again` or `drop` (with `reason`).", max_length=20)
    password: str = Field(max_length=200)
    slip: str = Field("", max_length=80)
    reason: str = Field("", max_length=400)


class Reasoned(Shape):
    """An act with a reason and the password typed again."""

    password: str = Field(max_length=200)
    reason: str = Field("", max_length=400)


class Stop(Shape):
    """Why all robots are to stop. No password: it must be quick."""

    reason: str = Field(max_length=400)


class Robots(Shape):
    """Whether robots may work."""

    stopped: bool
    reason: str


def summary(counts: Counts) -> RowsSummary:
    """For a job's own answer."""
    return RowsSummary(total=counts.total, open=counts.open, states=dict(counts.rows))


def listed(base: str, view: RowsView, digest: str) -> Rows:
    """One page."""
    return Rows(
        summary=summary(view.counts),
        page=view.page,
        pages=view.pages,
        rows=[_entry(base, each) for each in view.rows],
        digest=digest,
    )


def _entry(base: str, row: RowView) -> RowEntry:
    return RowEntry(
        number=row.number,
        state=row.state,
        state_text=row.state_text,
        place=row.place,
        reference=row.reference,
        slip=row.slip,
        amount=row.amount,
        reasons=row.reasons,
        words=row.words,
        twin=row.other and Twin(**vars(row.other)),
        cells=[Cell(name=each.name, heading=each.heading, value=each.value) for each in row.fields if each.value],
        pictures={shows: f"{base}/jobs/{row.receipt}/rows/{row.number}/pictures/{shows}" for shows in row.pictures},
        changed_at=row.changed_at,
    )
