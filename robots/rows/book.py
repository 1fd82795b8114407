"""Workbooks that we write: text is written as text, so nothing in it ever runs (S18); numbers and dates are numbers and dates."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter

from robots.columns import Column, ColumnType
from robots.values import storable

MOST_CHARACTERS = 32_767
"""UTF-16 units that a cell holds."""
FIRST_LINE = 4
"""Where rows begin in our workbooks: the mark, the notes and the headings stand above."""
_FONT = "游ゴシック"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
_WIDEST = 40
_COLOURS = {"required": "#D6E4F5", "optional": "#EDEDED", "reason": "#FBE3D6", "fault": "#FFC9C9"}
DATE_FORMAT, AMOUNT_FORMAT = "yyyy/m/d", "#,##0"


@dataclass(frozen=True)
class Book:
    """A workbook that is being written, with its formats."""

    book: Any
    head: dict[str, Any]
    """Formats of headings: `required`, `optional`, `reason`."""
    plain: dict[ColumnType, Any]
    """Formats of whole columns, without a frame."""
    cell: dict[ColumnType, Any]
    fault: dict[ColumnType, Any]
    """The same, of a cell that has to be put right."""
    text: Any
    amount: Any
    note: Any
    title: Any
    good: Any
    bad: Any


@contextmanager
def written(path: Path) -> Iterator[Book]:
    """A new workbook at `path`; equal content gives equal bytes."""
    options = {
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": DATE_FORMAT,
        "default_format_properties": {"font_name": _FONT, "font_size": 10.5},
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": _MADE})
        bordered = {"border": 1, "border_color": "#BFBFBF", "valign": "top"}
        heading = {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"}
        kinds = {kind: {"num_format": _number_format(kind)} for kind in ColumnType}
        red = {**bordered, "bg_color": _COLOURS["fault"]}
        yield Book(
            book,
            head={
                name: book.add_format({**heading, "bg_color": _COLOURS[name]})
                for name in ("required", "optional", "reason")
            },
            plain={kind: book.add_format(each) for kind, each in kinds.items()},
            cell={kind: book.add_format({**bordered, **each}) for kind, each in kinds.items()},
            fault={kind: book.add_format({**red, **each}) for kind, each in kinds.items()},
            amount=book.add_format({**bordered, "num_format": AMOUNT_FORMAT}),
            text=book.add_format({**bordered, "text_wrap": True, "num_format": "@"}),
            note=book.add_format(
                {"text_wrap": True, "valign": "top", "font_size": 9, "font_color": "#595959", "num_format": "@"}
            ),
            title=book.add_format({"bold": True, "num_format": "@"}),
            good=book.add_format({**bordered, "bold": True, "font_color": "#115A36"}),
            bad=book.add_format({**bordered, "bold": True, "font_color": "#A30000"}),
        )


def put(sheet: Any, line: int, place: int, column: Column, text: str, look: Any) -> None:
    """A value of a column, line and place from 0: an amount as a number, an ISO date as a date, all else as text."""
    if not text:
        sheet.write_blank(line, place, None, look)
    elif (
        column.type is ColumnType.AMOUNT
        and text.removeprefix("-").isascii()
        and text.removeprefix("-").isdigit()
        and len(text) <= 15
    ):
        sheet.write_number(line, place, int(text), look)
    elif column.type is ColumnType.DATE and (day := _iso(text)) is not None:
        sheet.write_datetime(line, place, datetime(day.year, day.month, day.day), look)  # noqa: DTZ001 - a day has no zone
    else:
        sheet.write_string(line, place, short(text), look)


def short(text: str) -> str:
    """As much of a text as a cell holds, without what no workbook holds."""
    units = storable(text).encode("utf-16-le")
    return units[: 2 * MOST_CHARACTERS].decode("utf-16-le", "ignore")


def width(texts: list[str], least: int = 8, most: int = _WIDEST) -> float:
    """Of a column that shows these texts: Japanese takes two places a character."""
    widest = max((_columns(text[:most]) for text in texts), default=0)
    return float(max(least, min(most, widest + 2)))


def height(texts: Sequence[tuple[str, float]], most: int = 12) -> float:
    """Of a row with these texts in columns so wide: not every spreadsheet works it out on opening."""
    lines = [sum(max(1, ceil(_columns(line) / (wide - 1))) for line in text[:2000].split("\n")) for text, wide in texts]
    return 18.0 * min(most, max(lines, default=1))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "FWA" else 1 for sign in text)


def _number_format(kind: ColumnType) -> str:
    return {ColumnType.AMOUNT: AMOUNT_FORMAT, ColumnType.DATE: DATE_FORMAT}.get(kind, "@")


def _iso(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Before it, spreadsheets count a 29 February that never was.
    return day if day >= date(1900, 3, 1) and len(text) == 10 else None
