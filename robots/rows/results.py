"""The workbook of a run: what became of each row, 突合, and refused rows ready to be put right and handed in again.

Handed in again as it is, only its sheet of refused rows is read: the others bear the mark of sheets that hold no rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robots.errors import sentence
from robots.reconcile import Reconciliation
from robots.robot import Robot
from robots.rows import refused as refused_sheet
from robots.rows import sheet_of_rows
from robots.rows.book import Book, height, put, short, width, written
from robots.rows.marker import mark_of_notes
from robots.rows.records import Place, RefusedRow

NAME, RECONCILED = "登録結果", "突合"
STATES = ("done", "rejected", "unknown", "blocked", "refused", "withdrawn", "sent", "intent", "ready")
"""In the order in which the head of the sheet counts them."""
_WIDTHS = (6.0, 18.0, 16.0, 23.0, 44.0, 40.0)
_TROUBLE = frozenset({"rejected", "unknown", "blocked", "refused", "sent"})


@dataclass(frozen=True)
class Line:
    """What became of one row."""

    number: int
    place: Place
    values: Mapping[str, str]
    """Canonical text by column name; of a refused row what its cells hold."""
    state: str
    """One of STATES."""
    receipt: str = ""
    """伝票番号."""
    reference: str = ""
    """Our reference in the finance system; empty for a row that was never to be keyed."""
    reason: str = ""
    """Why it is not 登録済, in words."""


def write_results(
    robot: Robot,
    lines: Sequence[Line],
    reconciliation: Reconciliation | None,
    path: Path,
    *,
    refused: Sequence[RefusedRow] = (),
    language: str = "ja",
) -> None:
    """Write it. `reconciliation` is None when nothing was keyed, or the list could not be fetched."""
    with written(path) as book:
        _add_lines(book, robot, sorted(lines, key=lambda line: line.number), language)
        if reconciliation is not None:
            _add_reconciliation(book, robot, reconciliation, language)
        if refused:
            refused_sheet.add(book, robot, refused, language)
            sheet_of_rows.add_choices(book, robot)


# --- what became of each row ------------------------------------------------------------------------------


def _add_lines(book: Book, robot: Robot, lines: Sequence[Line], language: str) -> None:
    sheet = book.book.add_worksheet(NAME)
    sheet.write_string(0, 0, mark_of_notes(robot), book.title)
    sheet.write_string(1, 0, _counted(robot, lines, language), book.title)
    fixed = [
        sentence(f"results.{code}", language, {})
        for code in ("number", "state", "receipt", "reference", "reason", "place")
    ]
    for place, heading in enumerate(fixed):
        sheet.write_string(3, place, heading, book.head["reason"])
    for place, column in enumerate(robot.columns, len(fixed)):
        sheet.write_string(3, place, column.heading, book.head["optional"])
        sheet.set_column(
            place, place, width([column.heading, *(line.values.get(column.name, "") for line in lines[:200])], 10)
        )
    for row, line in enumerate(lines, 4):
        _add_line(sheet, book, robot, row, line, language)
    for place, wide in enumerate(_WIDTHS):
        sheet.set_column(place, place, wide)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.autofilter(3, 0, max(4, 3 + len(lines)), len(fixed) + len(robot.columns) - 1)


def _add_line(sheet: Any, book: Book, robot: Robot, row: int, line: Line, language: str) -> None:
    sheet.write_number(row, 0, line.number, book.text)
    state = sentence(f"results.state-{line.state}", language, {})
    sheet.write_string(row, 1, state, book.bad if line.state in _TROUBLE else book.good)
    where = line.place.told(language).removesuffix(": ")
    sheet.set_row(row, height([(line.reason, _WIDTHS[4]), (where, _WIDTHS[5])]))
    for place, text in enumerate((line.receipt, line.reference, line.reason, where), 2):
        sheet.write_string(row, place, short(text), book.text)
    for place, column in enumerate(robot.columns, 6):
        put(
            sheet,
            row,
            place,
            column,
            sheet_of_rows.offered(column, line.values.get(column.name, "")),
            book.cell[column.type],
        )


def _counted(robot: Robot, lines: Sequence[Line], language: str) -> str:
    """`登録済 37 件（1,234,500 円）　却下 3 件`."""
    counts = Counter(line.state for line in lines)
    yen: Counter[str] = Counter()
    for line in lines:
        amount = line.values.get(robot.amount, "")
        if amount.removeprefix("-").isascii() and amount.removeprefix("-").isdigit():
            yen[line.state] += int(amount)
    told = []
    for state in STATES:
        if counts[state]:
            words = sentence(f"results.state-{state}", language, {})
            told.append(
                sentence("results.count", language, {"state": words, "rows": counts[state], "yen": f"{yen[state]:,}"})
            )
    return "　".join(told)


# --- 突合 -------------------------------------------------------------------------------------------------


def _add_reconciliation(book: Book, robot: Robot, found: Reconciliation, language: str) -> None:
    sheet = book.book.add_worksheet(RECONCILED)
    sheet.write_string(0, 0, mark_of_notes(robot), book.title)
    agrees = sentence(f"results.{'agrees' if found.agrees else 'disagrees'}", language, {})
    sheet.write_string(1, 0, agrees, book.good if found.agrees else book.bad)
    for place, code in enumerate(("side", "rows", "yen")):
        sheet.write_string(3, place, sentence(f"results.{code}", language, {}), book.head["optional"])
    sides = (("ledger", found.rows, found.rows_yen), ("system", found.slips, found.slips_yen))
    for row, (code, rows, yen) in enumerate(sides, 4):
        sheet.write_string(row, 0, sentence(f"results.{code}", language, {}), book.text)
        sheet.write_number(row, 1, rows, book.amount)
        sheet.write_number(row, 2, yen, book.amount)
    if found.differences:
        for place, code in enumerate(("difference", "number", "receipt", "reference")):
            sheet.write_string(7, place, sentence(f"results.{code}", language, {}), book.head["optional"])
    for row, each in enumerate(found.differences, 8):
        sheet.write_string(row, 0, short(each.sentence(language)), book.text)
        if each.number is not None:
            sheet.write_number(row, 1, each.number, book.text)
        for place, text in ((2, each.receipt), (3, each.reference)):
            sheet.write_string(row, place, short(text), book.text)
    for place, wide in enumerate((70.0, 10.0, 18.0, 24.0)):
        sheet.set_column(place, place, wide)
