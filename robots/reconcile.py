"""突合: the finance system's own list of a run against the ledger, line by line. Pure: no page, no ledger.

一致 means: as many slips as rows that are 登録済, the same sum, every reference on both sides exactly once, every field that the list shows
as the row says, the same 伝票番号, and nothing in the list that the ledger does not know as 登録済.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from robots.comparing import differing, heading
from robots.errors import sentence
from robots.ledger.contract import Entry, RowState
from robots.reference import reference, split_reference
from robots.robot import Registered, Robot
from robots.rows.records import Row


class Kind(StrEnum):
    """What is wrong with a line of the 突合."""

    MISSING = "missing"
    """登録済 in the ledger, not in the list."""
    TWICE = "twice"
    """One reference on several slips."""
    UNSETTLED = "unsettled"
    """In the list, but not 登録済 in the ledger."""
    FOREIGN = "foreign"
    """In the list with a reference of this run that no row has."""
    RECEIPT = "receipt"
    """Another 伝票番号 than the ledger's."""
    FIELD = "field"
    """A field differs."""


@dataclass(frozen=True)
class Difference:
    """One line that does not agree."""

    kind: Kind
    reference: str
    number: int | None = None
    """Of the row; None when no row has the reference."""
    receipt: str = ""
    """伝票番号 in the list, or in the ledger when the list has none."""
    column: str = ""
    """FIELD: the column's name."""
    heading: str = ""
    ours: str = ""
    theirs: str = ""

    def sentence(self, language: str = "ja") -> str:
        """What does not agree, for a clerk."""
        evidence: dict[str, str | float | int] = {
            "reference": self.reference,
            "number": self.number or 0,
            "receipt": self.receipt,
            "column": self.heading,
            "ours": self.ours,
            "theirs": self.theirs,
        }
        return sentence(f"reconciliation.{self.kind}", language, evidence)


@dataclass(frozen=True)
class Reconciliation:
    """The result: what each side counts, and every line that does not agree."""

    rows: int
    """登録済 in the ledger."""
    rows_yen: int
    slips: int
    """In the finance system's list."""
    slips_yen: int
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """一致."""
        return not self.differences and (self.rows, self.rows_yen) == (self.slips, self.slips_yen)


def reconcile(
    robot: Robot, run: str, rows: Sequence[Row], entries: Mapping[int, Entry], listed: Sequence[Registered]
) -> Reconciliation:
    """Compare the rows of a run and their ledger entries with all slips that bear a reference of the run."""
    by_number = {row.number: row for row in rows}
    done = [by_number[number] for number, entry in sorted(entries.items()) if entry.state is RowState.DONE]
    slips: dict[str, list[Registered]] = defaultdict(list)
    for slip in listed:
        slips[slip.reference].append(slip)
    differences = [
        *(
            each
            for row in done
            for each in _row(robot, row, entries[row.number], slips[reference(run, row.number)], run)
        ),
        *(each for name, found in slips.items() for each in _not_ours(run, name, found, entries)),
    ]
    return Reconciliation(
        rows=len(done),
        rows_yen=sum(int(row.values[robot.amount]) for row in done),
        slips=len(listed),
        slips_yen=sum(_yen(slip, robot) for slip in listed),
        differences=tuple(differences),
    )


def _row(robot: Robot, row: Row, entry: Entry, found: Sequence[Registered], run: str) -> Iterator[Difference]:
    """What is wrong with a row that is 登録済."""
    ours = reference(run, row.number)
    if not found:
        yield Difference(Kind.MISSING, ours, row.number, entry.receipt)
        return
    if len(found) > 1:
        yield Difference(Kind.TWICE, ours, row.number, ", ".join(slip.receipt for slip in found))
        return
    (slip,) = found
    if slip.receipt != entry.receipt:
        yield Difference(Kind.RECEIPT, ours, row.number, slip.receipt, ours=entry.receipt, theirs=slip.receipt)
    secret = {column.name for column in robot.columns if column.secret}
    for each in differing(robot, row.values, ours, {**slip.values, "reference": slip.reference}):
        hidden = each.column in secret
        yield Difference(
            Kind.FIELD,
            ours,
            row.number,
            slip.receipt,
            column=each.column,
            heading=heading(robot, each.column),
            ours="＊" if hidden else each.ours,
            theirs="＊" if hidden else each.theirs,
        )


def _not_ours(run: str, name: str, found: Sequence[Registered], entries: Mapping[int, Entry]) -> Iterator[Difference]:
    """Slips of a reference that no row which is 登録済 has."""
    parts = split_reference(name)
    number = parts[1] if parts is not None and parts[0] == run and parts[1] in entries else None
    state = entries[number].state if number is not None else None
    if state is RowState.DONE:
        return
    kind = Kind.FOREIGN if state is None else Kind.UNSETTLED
    for slip in found:
        yield Difference(kind, name, number, slip.receipt, ours="" if state is None else str(state))


def _yen(slip: Registered, robot: Robot) -> int:
    """Of a list that does not show the amount nothing adds up: the row's comparison says so."""
    text = slip.values.get(robot.amount, "0")
    return int(text) if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() else 0
