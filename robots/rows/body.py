"""The rows below a sheet's headings: each checked cell by cell, as they come."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from robots.columns import Column
from robots.errors import RowsTooManyError
from robots.robot import Robot
from robots.rows import totals
from robots.rows.cells import Cell, Range, SheetRow, Table, letters
from robots.rows.headings import Headings
from robots.rows.limits import Limits
from robots.rows.notices import Notices
from robots.rows.records import Finding, Place, RefusedRow, Row
from robots.values import Remark, Written, canonical, storable

VEIL = "●●●"
"""Stands in sentences for what a secret column holds."""
MOST_RAW = 4_000
"""Characters of a refused row's cell that are kept: a record of all its cells must pass through the jail's pipe."""
_EMPTY = Cell(Written())


@dataclass
class Pile:
    """All rows of a submission so far, and what is told about them."""

    robot: Robot
    limits: Limits
    notices: Notices
    rows: list[Row | RefusedRow]

    def room(self, file: str) -> int:
        """The next row's number. Raises RowsTooManyError."""
        if len(self.rows) >= self.limits.rows:
            raise RowsTooManyError(file=file, limit=self.limits.rows)
        return len(self.rows) + 1


class Body:
    """Reads one sheet's rows onto the pile."""

    def __init__(self, pile: Pile, table: Table, headings: Headings, place: Place) -> None:
        self._pile, self._table, self._headings, self._place = pile, table, headings, place
        self._notices = pile.notices
        self._columns = {column.name: column for column in pile.robot.columns}
        self._numbers = {name: number for number, name in headings.columns.items()}
        self._places = {
            name: replace(place, column=letters(number), heading=self._columns[name].heading)
            for name, number in self._numbers.items()
        }
        self._first = len(pile.rows)
        self._sum = 0
        self._left_out: dict[str, list[int]] = {
            code: [] for code in ("blank", "hidden", "total", "heading-again", "outside")
        }

    def read(self, rows: Iterable[SheetRow]) -> None:
        """All of them; afterwards what only the sheet's end tells (merged cells, the filter)."""
        for row in rows:
            if code := self._kept_out(row):
                self._left_out[code].append(row.line)
            else:
                self._row(row)
        shape = self._table.shape
        hidden = "rows-filtered" if shape.filtered else "rows-hidden"
        for code, lines in self._left_out.items():
            if code == "blank":
                continue
            self._notices.lines(hidden if code == "hidden" else f"rows-{code}", self._place, lines)
        concealed = [
            self._columns[name].heading
            for number, name in self._headings.columns.items()
            if number in shape.hidden_columns
        ]
        if concealed:
            self._notices.add("columns-hidden", self._place, headings="、".join(concealed))
        self._merged(shape.merged)

    def _kept_out(self, row: SheetRow) -> str:
        """Why a row is none, as the end of a notice's code; empty for a row."""
        texts = {number: cell.written.text for number, cell in row.cells.items()}
        if not any(text.strip() for text in texts.values()) and not any(cell.fault for cell in row.cells.values()):
            return "blank"
        if row.hidden:
            return "hidden"
        if not any(texts.get(number, "").strip() or _faulty(row, number) for number in self._headings.columns):
            return "outside"
        amount = self._pile.robot.amount
        if totals.is_total(row, self._numbers, self._pile.robot.columns, amount):
            self._compare_total(row)
            return "total"
        return "heading-again" if self._headings.repeated(texts) else ""

    def _compare_total(self, row: SheetRow) -> None:
        """A total that is not the sum of what stands above says that rows are missing, or there twice."""
        amount = self._pile.robot.amount
        if totals.word(row) not in totals.GRAND or amount not in self._numbers:
            return
        value = canonical(_unbounded(self._columns[amount]), row.cells.get(self._numbers[amount], _EMPTY).written)
        if value.text and not value.refused and int(value.text) != self._sum:
            place = replace(self._places[amount], line=row.line)
            self._notices.add("total-differs", place, written=f"{int(value.text):,}", meant=f"{self._sum:,}")

    # --- a row --------------------------------------------------------------------------------------------

    def _row(self, row: SheetRow) -> None:
        number = self._pile.room(self._place.file)
        place = replace(self._place, line=row.line)
        values: dict[str, str] = {}
        findings: list[Finding] = []
        for name, column in self._columns.items():
            cell = row.cells.get(self._numbers[name], _EMPTY) if name in self._numbers else _EMPTY
            values[name] = self._cell(column, cell, row.line, findings)
        if not self._table.name and (beyond := self._beyond(row)):
            findings.append(Finding("row-too-long", place, {"cells": beyond}))
        amount = values.get(self._pile.robot.amount, "")
        self._sum += int(amount) if amount.removeprefix("-").isdigit() else 0
        if not findings:
            findings += [self._of_robot(name, code, values, row.line) for name, code in self._pile.robot.check(values)]
        if findings:
            raw = {name: self._raw(row.cells.get(number, _EMPTY)) for name, number in self._numbers.items()}
            self._pile.rows.append(RefusedRow(number, place, raw, tuple(findings)))
        else:
            self._pile.rows.append(Row(number, place, values))

    def _raw(self, cell: Cell) -> str:
        """What goes back to be put right; no finance screen's field is a tenth as long."""
        return storable(cell.written.text[:MOST_RAW])

    def _cell(self, column: Column, cell: Cell, line: int, findings: list[Finding]) -> str:
        """Canonical text; what refuses it goes to the findings, what was understood to the notices."""
        if cell.fault:
            remarks: tuple[Remark, ...] = (cell.fault,)
            text = ""
        elif len(cell.written.text) > self._pile.limits.cell_characters:
            evidence = {
                "length": len(cell.written.text),
                "longest": column.longest or self._pile.limits.cell_characters,
            }
            remarks, text = (Remark("text-too-long", evidence),), ""
        else:
            value = canonical(column, cell.written)
            remarks, text = value.remarks, value.text
            if cell.formula:
                remarks = (*remarks, Remark("cell-formula", refuses=False))
        if remarks:
            place = replace(self._places.get(column.name, replace(self._place, heading=column.heading)), line=line)
            for remark in remarks:
                if column.secret and remark.evidence:
                    remark = Remark(remark.code, _veiled(remark.evidence), remark.refuses)
                if remark.refuses:
                    findings.append(Finding(remark.code, place, remark.evidence))
                else:
                    self._notices.cell(remark, place)
        return text

    def _of_robot(self, name: str, code: str, values: Mapping[str, str], line: int) -> Finding:
        """What a rule of the robot's own says; its sentence may name what is written."""
        written = VEIL if self._columns[name].secret else values[name]
        return Finding(code, replace(self._places.get(name, self._place), line=line), {"written": written})

    def _beyond(self, row: SheetRow) -> int:
        """How many values stand right of the last heading: in a csv, a comma within a value has shifted all that follow."""
        last = max(self._headings.texts)
        return (
            len(row.cells)
            if any(number > last and cell.written.text.strip() for number, cell in row.cells.items())
            else 0
        )

    # --- merged cells -------------------------------------------------------------------------------------

    def _merged(self, merged: Iterable[Range]) -> None:
        """Rows in a range that spans several of them, or several of our columns, are refused; other ranges are told."""
        lines = [row.place.line for row in self._pile.rows[self._first :]]
        spans: dict[int, str] = {}
        harmless: list[str] = []
        for each in merged:
            columns = [number for number in self._headings.columns if each.first_column <= number <= each.last_column]
            # Lines that are taken leave the list: however many ranges there are, each line is looked at once.
            first, last = bisect_left(lines, each.first_line), bisect_right(lines, each.last_line)
            if not columns or first == last:
                continue
            if each.first_line == each.last_line and len(columns) == 1:
                harmless.append(each.name)
                continue
            spans |= dict.fromkeys(lines[first:last], each.name)
            del lines[first:last]
        if harmless:
            self._notices.add("cells-merged", self._place, range=_first(harmless))
        if spans:
            self._pile.rows[self._first :] = [self._with_merged(row, spans) for row in self._pile.rows[self._first :]]

    def _with_merged(self, row: Row | RefusedRow, spans: Mapping[int, str]) -> Row | RefusedRow:
        name = spans.get(row.place.line)
        if name is None:
            return row
        finding = Finding("row-merged", row.place, {"range": name})
        if isinstance(row, Row):
            return RefusedRow(row.number, row.place, row.values, (finding,))
        # Empty cells are what merging leaves behind: no word of its own.
        others = tuple(each for each in row.findings if each.code != "cell-empty")
        return replace(row, findings=(finding, *others))


def _unbounded(column: Column) -> Column:
    """A total may be larger than any row."""
    return replace(column, least=None, most=None)


def _faulty(row: SheetRow, number: int) -> bool:
    cell = row.cells.get(number)
    return cell is not None and cell.fault is not None


def _veiled(evidence: Mapping[str, str | int]) -> dict[str, str | int]:
    """Lengths stay; what was written does not."""
    return {name: each if isinstance(each, int) else VEIL for name, each in evidence.items()}


def _first(names: list[str]) -> str:
    return "、".join(names[:10]) + ("…" if len(names) > 10 else "")
