"""What a row must hold: columns with types and rules. Pure: standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """How a cell is read, and what its canonical text is."""

    TEXT = "text"
    """As written; blanks at the ends are cut, names are never normalised (bad-inputs X22)."""
    KANA = "kana"
    """Half-width kana as banks use them (全銀); full-width and hiragana are understood."""
    DIGITS = "digits"
    """A code: ASCII digits, leading zeros kept."""
    AMOUNT = "amount"
    """Whole yen: ASCII digits, `-` in front of negative ones."""
    DATE = "date"
    """ISO 8601 (`2026-11-21`); 和暦, serials and full-width signs are understood."""
    CHOICE = "choice"
    """One of `choices`, by its code or by its words; the canonical text is the code."""


@dataclass(frozen=True)
class Column:
    """One column of a robot's workbook."""

    name: str
    """Key in the code."""
    heading: str
    """Heading in the workbook."""
    type: ColumnType = ColumnType.TEXT
    required: bool = True
    digits: int | None = None
    """DIGITS: the one length that the code has. A number cell that lost its leading zeros is listed, never filled up silently."""
    longest: int | None = None
    """Characters that the finance screen's field takes (R1)."""
    least: int | None = None
    most: int | None = None
    """AMOUNT: bounds in yen, both included."""
    choices: tuple[tuple[str, str], ...] = ()
    """CHOICE: code and words."""
    note: str = ""
    """One sentence for who fills it in; stands in the template."""
    secret: bool = False
    """Masked in pictures, traces and logs (account numbers, personal numbers)."""
    aliases: tuple[str, ...] = ()
    """Other headings that mean this column, such as those of a form-intake tool's export."""
