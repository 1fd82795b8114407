"""Rows of totals below and between rows: told apart from rows, left out, and compared with what stands above them."""

import unicodedata
from collections.abc import Mapping, Sequence

from robots.columns import Column
from robots.rows.cells import SheetRow

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
    """Whether a row is one of totals: it says so and lacks most of what a row needs, or it is nothing but a formula's amount."""
    cells = {
        name: cell for name, number in columns.items() if (cell := row.cells.get(number)) and cell.written.text.strip()
    }
    if word(row):
        needed = [column.name for column in wanted if column.required]
        filled = [name for name in needed if name in cells and _bare(cells[name].written.text) not in _WORDS]
        return 2 * len(filled) <= len(needed)
    return set(cells) == {amount} and cells[amount].formula and len(row.cells) == 1


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).strip("【】[]()<>").casefold()
