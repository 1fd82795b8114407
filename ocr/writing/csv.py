"""Comma-separated values by RFC 4180 with CRLF: UTF-8 with a byte order mark, and cp932 with a list of what it cannot hold."""

import csv
import io
from collections.abc import Iterable, Sequence

from ocr.errors import sentence
from ocr.writing.codepage import CODEC, Remark, fit
from ocr.writing.formula import guard
from ocr.writing.grid import Cell, Grid, Kind

Notice = tuple[int, int, str, Remark]
"""Row (the heading's is 1), column from 1, heading, what to look at."""


def utf8(grid: Grid) -> bytes:
    """For spreadsheets and for uploads that take UTF-8."""
    return _text(guarded(grid)).encode("utf-8-sig")


def cp932(grid: Grid) -> tuple[bytes, list[Notice]]:
    """For systems that take the Windows code page only; with every character that a person should look at."""
    notices: list[Notice] = []
    rows = []
    for row_number, row in enumerate(guarded(grid), start=1):
        cells = []
        for column_number, (heading, text) in enumerate(zip(grid.headings, row, strict=True), start=1):
            held, remarks = fit(text)
            cells.append(held)
            notices += ((row_number, column_number, heading, remark) for remark in remarks)
        rows.append(cells)
    return _text(rows).encode(CODEC), notices


def guarded(grid: Grid) -> Iterable[Sequence[str]]:
    """The heading and the rows, escaped; numbers stay numbers, so −100 yen has no apostrophe."""
    yield [guard(heading) for heading in grid.headings]
    for row in grid.rows:
        yield [_escaped(cell) for cell in row]


def notices_grid(notices: Iterable[tuple[str, Notice]], language: str) -> Grid:
    """The list beside the cp932 files: file name, cell, character, code points, what stands there, why."""
    headings = tuple(
        sentence(f"output-{code}", language, {})
        for code in ("file", "row", "column", "heading", "character", "code", "written", "reasons")
    )
    rows = [
        (
            Cell(name),
            Cell(str(row), Kind.NUMBER),
            Cell(str(column), Kind.NUMBER),
            Cell(heading),
            Cell(remark.character),
            Cell(remark.points),
            Cell(remark.written),
            Cell(_reason(remark, language)),
        )
        for name, (row, column, heading, remark) in notices
    ]
    return Grid(sentence("output-characters-file", language, {}), headings, rows)


def _reason(remark: Remark, language: str) -> str:
    codes = [remark.reason] if remark.written == remark.character else dict.fromkeys([remark.reason, "missing"])
    return "".join(sentence(f"output-character-{code}", language, {}) for code in codes)


def _escaped(cell: Cell) -> str:
    return guard(cell.text) if cell.kind is Kind.TEXT else cell.text


def _text(rows: Iterable[Sequence[str]]) -> str:
    whole = io.StringIO(newline="")
    csv.writer(whole, lineterminator="\r\n").writerows(rows)
    return whole.getvalue()
