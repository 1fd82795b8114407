"""What a screen shows, understood as what a row holds. Pure: standard library only."""

from collections.abc import Mapping, Sequence

from robots.columns import Column, ColumnType
from robots.reference import REFERENCE
from robots.values import canonical_text

FREE = "reference"
"""Stands among the labels for the field that bears our number."""


def understood(columns: Sequence[Column], labels: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """Texts by label in canonical text by column name, with `reference`; only what stands there.

    A code that is followed by its words (`01 一般会計`) is the code. Where the field of the reference is a column's, too, the reference is
    taken out of its text.
    """
    values = {
        column.name: _one(column, texts[labels[column.name]]) for column in columns if labels.get(column.name) in texts
    }
    if labels[FREE] in texts:
        bearing = texts[labels[FREE]]
        found = list(REFERENCE.finditer(bearing))
        values[FREE] = found[-1][0] if found else ""
        for column in columns:
            if labels.get(column.name) == labels[FREE]:
                rest = bearing[: found[-1].start()] + bearing[found[-1].end() :] if found else bearing
                values[column.name] = canonical_text(column, rest.strip())
    return values


def _one(column: Column, text: str) -> str:
    first = text.split(" ")[0]
    if column.type is ColumnType.DIGITS and first.isascii() and first.isdigit():
        return canonical_text(column, first)
    if column.type is ColumnType.CHOICE and first in {code for code, _ in column.choices}:
        return first
    return canonical_text(column, text)
