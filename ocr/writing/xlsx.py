"""The workbook for people: values, each table, what to check, held pages. Text is written as text, so no cell ever runs."""

import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import ceil

import xlsxwriter

from ocr.errors import sentence
from ocr.records import Decision
from ocr.writing.grid import Cell, Grid, Kind

MOST_CHARACTERS = 32_767
"""UTF-16 units that a spreadsheet's cell holds."""

_FONT = "游ゴシック"
_FIRST_DAY = date(1900, 3, 1)
"""Before it, spreadsheets count a 29 February 1900 that never was."""
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
_WIDEST = 48
_LINE, _MOST_LINES = 18, 12
_FILLS = {Decision.LOOK: "#FFE3B3", Decision.TWO_KEYS: "#FFC9C9"}
_NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "#,##0;-#,##0",
    Kind.DATE: '[$-411]ggge"年"m"月"d"日"',
    Kind.SHARE: "0.00%",
}
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


def write(grids: Sequence[Grid], language: str = "ja") -> bytes:
    """One sheet per grid in this order; equal input gives equal bytes."""
    whole = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": _FONT, "font_size": 10.5},
    }
    with xlsxwriter.Workbook(whole, options) as book:
        book.set_properties({"created": _MADE})
        sheets = _Sheets(book, language)
        for grid, name in zip(grids, sheet_names(grids), strict=True):
            sheets.add(grid, name)
    return whole.getvalue()


def sheet_names(grids: Sequence[Grid]) -> list[str]:
    """At most 31 characters, each once whatever the case; with the form's title where there are several forms."""
    several = len({(grid.form.id, grid.form.revision) for grid in grids if grid.form}) > 1
    names: list[str] = []
    taken: set[str] = set()
    for grid in grids:
        title = f"{grid.title}_{grid.form.title} {grid.form.revision}" if grid.form and several else grid.title
        stem = " ".join(title.translate(_FORBIDDEN).split()) or "_"
        name, again = stem[:31], 1
        while name.casefold() in taken:
            again += 1
            name = f"{stem[: 31 - len(f'（{again}）')]}（{again}）"
        taken.add(name.casefold())
        names.append(name)
    return names


class _Sheets:
    """Sheets of one workbook that share their formats."""

    def __init__(self, book: xlsxwriter.Workbook, language: str) -> None:
        self._book = book
        self._cut = sentence("output-cut", language, {})
        head = {"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True, "valign": "vcenter"}
        self._head = book.add_format(head)
        self._formats = {
            (kind, decision): book.add_format(self._properties(kind, decision))
            for kind in Kind
            for decision in Decision
        }

    def add(self, grid: Grid, name: str) -> None:
        """Heading on top of every screen and every printed page."""
        sheet = self._book.add_worksheet(name)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        if grid.form:
            # As many columns as the form has fields: printed over several sheets, each with the case's number.
            sheet.freeze_panes(1, 2)
            sheet.repeat_columns(0, 1)
        else:
            sheet.freeze_panes(1, 0)
            sheet.fit_to_pages(1, 0)
        widths = [_width(heading, [row[column] for row in grid.rows]) for column, heading in enumerate(grid.headings)]
        for column, (heading, width) in enumerate(zip(grid.headings, widths, strict=True)):
            sheet.write_string(0, column, self._short(heading), self._head)
            sheet.set_column(column, column, width)
        for number, row in enumerate(grid.rows, start=1):
            sheet.set_row(number, _LINE * max(map(_lines, row, widths)))
            for column, cell in enumerate(row):
                self._write(sheet, number, column, cell)
        sheet.autofilter(0, 0, max(1, len(grid.rows)), len(grid.headings) - 1)

    def _write(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell) -> None:
        look = self._formats[cell.kind, cell.decision]
        if cell.kind is Kind.DATE and (day := date.fromisoformat(cell.text)) >= _FIRST_DAY:
            sheet.write_datetime(row, column, datetime.combine(day, datetime.min.time()), look)
        elif cell.kind in (Kind.NUMBER, Kind.SHARE):
            sheet.write_number(row, column, float(cell.text), look)
        elif cell.text:
            sheet.write_string(row, column, self._short(cell.text), self._formats[Kind.TEXT, cell.decision])
        else:
            sheet.write_blank(row, column, None, look)

    def _short(self, text: str) -> str:
        """The text, or as much of it as a cell holds and a sentence that says so: the library would leave it out altogether."""
        units = text.encode("utf-16-le")
        if len(units) <= 2 * MOST_CHARACTERS:
            return text
        room = MOST_CHARACTERS - len(self._cut)
        return units[: 2 * room].decode("utf-16-le", "ignore") + self._cut

    @staticmethod
    def _properties(kind: Kind, decision: Decision) -> dict[str, object]:
        properties: dict[str, object] = {"num_format": _NUMBER_FORMATS[kind], "valign": "top", "border": 1}
        properties["border_color"] = "#BFBFBF"
        if kind is Kind.TEXT:
            properties["text_wrap"] = True
        if decision in _FILLS:
            properties["bg_color"] = _FILLS[decision]
        return properties


def _width(heading: str, cells: Sequence[Cell]) -> float:
    texts = (line for cell in cells for line in (cell.text or "").splitlines())
    widest = max(map(_columns, texts), default=0)
    dates = 17 if any(cell.kind is Kind.DATE for cell in cells) else 0
    return float(min(_WIDEST, max(widest, _columns(heading) + 3, dates, 6)) + 1)


def _lines(cell: Cell, width: float) -> int:
    """Lines that the cell takes once wrapped, which not every spreadsheet works out on opening."""
    if cell.kind is not Kind.TEXT or (len(cell.text) < width / 2 and "\n" not in cell.text):
        return 1
    lines = (
        max(1, ceil(_columns(line, _MOST_LINES * _WIDEST) / (width - 1)))
        for line in cell.text[: _WIDEST * _MOST_LINES].split("\n")
    )
    return min(_MOST_LINES, sum(lines))


def _columns(text: str, most: int = _WIDEST + 1) -> int:
    """Half-width columns, of at most so many characters: Japanese takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "FWA" else 1 for sign in text[:most])
