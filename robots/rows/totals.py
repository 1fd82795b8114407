"""Rows of totals below and between rows: told apart from rows, left out, and compared with what stands above them."""

import unicodedata
from collections.abc import Mapping, Sequence

from robots.columns import Column
from robots.rows.cells import Cell, SheetRow

_WORDS = frozenset(
    {"計", "小計", "合計", "総計", "総合計", "累計", "合計金額", "ページ計", "頁計", "total", "subtotal", "sum"}
)
GRAND = frozenset({"合計", "総計", "総合計", "合計金額", "計", "total", "sum"})


def word(row: SheetRow) -> str:
    """The first cell's text that says 合計 or the like; empty when none does."""
    for cell in row.cells.values():
        text = cell.written.text
        # Names and descriptions are longer.
        if text and len(text) <= 12 and (bare := _bare(text)) in _WORDS:
            return bare
    return ""


def is_total(row: SheetRow, columns: Mapping[str, int], wanted: Sequence[Column], amount: str) -> bool:
    """Whether a row is one of totals: it says so and lacks what a row needs, or it is nothing but a formula's amount."""
    filled = {name for name, number in columns.items() if _holds(row.cells.get(number))}
    if word(row):
        saying = {
            name
            for name, number in columns.items()
            if number in row.cells and _bare(row.cells[number].written.text) in _WORDS
        }
        return any(column.name not in filled or column.name in saying for column in wanted if column.required)
    cell = row.cells.get(columns.get(amount, 0))
    return filled == {amount} and cell is not None and cell.formula and len(row.cells) == 1


def _holds(cell: Cell | None) -> bool:
    return cell is not None and bool(cell.written.text.strip())


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).strip("【】[]()<>").casefold()
