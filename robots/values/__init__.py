"""Cells → canonical text by the column's type. Pure: standard library only.

The same function reads what stands in a workbook and what a finance screen shows, so that equal cases have equal text.
"""

from collections.abc import Callable

from robots.columns import Column, ColumnType
from robots.values import amounts, choices, codes, dates, kana, text
from robots.values.written import Remark, Value, Written, refused, storable

_PARSERS: dict[ColumnType, Callable[[Column, Written], Value]] = {
    ColumnType.TEXT: text.parse,
    ColumnType.KANA: kana.parse,
    ColumnType.DIGITS: codes.parse,
    ColumnType.AMOUNT: amounts.parse,
    ColumnType.DATE: dates.parse,
    ColumnType.CHOICE: choices.parse,
}


def canonical(column: Column, written: Written) -> Value:
    """What the cell means, and what there is to say about it. An empty cell is empty text; of a required column it is refused."""
    if not text.clean(written.text)[0]:
        return Value("", (Remark("cell-empty"),) if column.required else ())
    if wrong := text.broken(text.clean(written.text)[0]):
        return Value("", (wrong,))
    if written.day is not None and column.type in (ColumnType.TEXT, ColumnType.KANA):
        return refused("text-date", written=written.text)
    return _PARSERS[column.type](column, written)


def canonical_text(column: Column, shown: str) -> str:
    """What a screen or list shows, in canonical text; as it stands, without blanks at the ends, when it is nothing of the column's type."""
    value = canonical(column, Written(shown))
    return shown.strip() if value.refused else value.text


__all__ = ["Remark", "Value", "Written", "canonical", "canonical_text", "storable"]
