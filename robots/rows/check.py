"""Files of rows → rows that may be keyed, rows that may not with reasons, and what was left out or understood.

What is seen is keyed: hidden sheets, hidden rows and rows behind a filter are left out, hidden columns are read, and all of it is told.
Titles above the headings, totals, repeated headings and strangers' columns are left out and told. A row that is part of merged cells is
refused: whose value it is nobody can say.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from robots.errors import (
    RowsColumnsMissingError,
    RowsColumnTwiceError,
    RowsEmptyError,
    RowsHeadingsMissingError,
    RowsNoneError,
    RowsTooLargeError,
)
from robots.robot import Robot
from robots.rows import headings, marker
from robots.rows.body import Body, Pile
from robots.rows.cells import SheetRow, Table, letters
from robots.rows.csvfile import CsvTable
from robots.rows.key import business_key
from robots.rows.limits import Limits
from robots.rows.notices import Notices
from robots.rows.records import Checked, Place, RefusedRow, Row
from robots.rows.sniff import is_workbook
from robots.rows.workbook import opened

MIB = 1024 * 1024


def check_files(robot: Robot, files: Sequence[tuple[Path, str]], limits: Limits | None = None) -> Checked:
    """Check all files (path, and name as people know it) of a submission together. Raises RowsError's kinds for a file as a whole."""
    check = _Check(robot, limits or Limits())
    for path, name in files:
        check.file(path, name)
    return check.result()


class _Check:
    def __init__(self, robot: Robot, limits: Limits) -> None:
        self._robot, self._limits = robot, limits
        self._columns = {column.name: column for column in robot.columns}
        self._required = [column for column in robot.columns if column.required]
        self._known = headings.Known(robot.columns)
        self._notices = Notices()
        self._rows: list[Row | RefusedRow] = []
        self._pile = Pile(robot, self._limits, self._notices, self._rows)

    def file(self, path: Path, name: str) -> None:
        size = path.stat().st_size
        if not size:
            raise RowsEmptyError(file=name)
        if size > self._limits.bytes:
            raise RowsTooLargeError(file=name, megabytes=self._limits.bytes // MIB)
        before = len(self._rows)
        if is_workbook(path, name):
            with opened(path, name, self._limits) as book:
                if book.macros:
                    self._notices.add("macros-ignored", Place(name))
                found = [self._sheet(sheet, name) for sheet in book.sheets]
        else:
            table = CsvTable(path, name, self._known.fits)
            self._notices.add(
                "encoding-told", Place(name), encoding=table.encoding, delimiter=table.separator.replace("\t", "Tab")
            )
            found = [self._sheet(table, name)]
        if not any(found):
            raise RowsHeadingsMissingError(
                file=name, expected="、".join(column.heading for column in self._required[:6])
            )
        if len(self._rows) == before:
            raise RowsNoneError(file=name)

    def result(self) -> Checked:
        good = tuple(row for row in self._rows if isinstance(row, Row))
        self._note_twins(good)
        return Checked(good, tuple(row for row in self._rows if isinstance(row, RefusedRow)), self._notices.all())

    def _note_twins(self, rows: Iterable[Row]) -> None:
        """The ledger stops a row whose business case another one holds already; say so before anybody wonders."""
        first: dict[str, Place] = {}
        columns = "、".join(self._columns[name].heading for name in self._robot.key)
        for row in rows:
            before = first.setdefault(business_key(self._robot, row.values), row.place)
            if before is not row.place:
                self._notices.add("row-twice", row.place, first=before.told().removesuffix(": "), columns=columns)

    # --- a sheet ------------------------------------------------------------------------------------------

    def _sheet(self, table: Table, file: str) -> bool:
        """Whether the sheet has headings; hidden ones are not read."""
        place = Place(file, table.name)
        if table.hidden:
            self._notices.add("sheet-hidden", place)
            return False
        rows = table.rows()
        top: list[SheetRow] = []
        for row in rows:
            top.append(row)
            if len(top) == headings.SEARCHED:
                break
        marker.check([cell.written.text for row in top[:5] for cell in row.cells.values()], self._robot, file)
        if not top or marker.is_notes(top[0].cells.get(1)):
            return False
        found = headings.found(top, self._known)
        if found is None:
            if not marker.is_ours(top[0].cells.get(1)):
                self._notices.add("sheet-other", place)
            return False
        self._complete(found, place)
        above = [row for row in top if row.line < found.first_line]
        if above and not marker.is_ours(above[0].cells.get(1)):
            self._notices.add("sheet-title", place, count=len(above))
        if found.last_line > found.first_line:
            self._notices.add("sheet-two-lines", place, lines=f"{found.first_line}–{found.last_line}")
        Body(self._pile, table, found, place).read(chain((row for row in top if row.line > found.last_line), rows))
        return True

    def _complete(self, found: headings.Headings, place: Place) -> None:
        """Raises RowsColumnsMissingError, RowsColumnTwiceError."""
        for name, numbers in found.twice.items():
            columns = "、".join(map(letters, numbers))
            heading = self._columns[name].heading
            raise RowsColumnTwiceError(file=place.file, sheet=place.sheet, heading=heading, columns=columns)
        there = set(found.columns.values())
        missing = [column.heading for column in self._required if column.name not in there]
        strangers = found.strangers()
        if missing:
            raise RowsColumnsMissingError(
                file=place.file, sheet=place.sheet, missing="、".join(missing), found="、".join(strangers[:10])
            )
        if strangers:
            self._notices.add("columns-extra", place, headings="、".join(strangers[:20]))
        absent = [column.heading for column in self._robot.columns if column.name not in there]
        if absent:
            self._notices.add("column-absent", place, headings="、".join(absent))
