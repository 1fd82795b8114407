"""A table as it comes out of a file, whatever the file: rows of cells, and what is known about its shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from robots.values import Remark, Written


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell holds."""

    written: Written
    fault: Remark | None = None
    """Why its content is none, whatever the column."""
    formula: bool = False
    """The value is a formula's result."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that holds anything."""

    line: int
    """From 1."""
    cells: Mapping[int, Cell]
    """By column from 1; empty cells are not there."""
    hidden: bool = False


@dataclass(frozen=True)
class Range:
    """Merged cells: rows and columns from 1, both ends included."""

    name: str
    first_line: int
    last_line: int
    first_column: int
    last_column: int


@dataclass
class Shape:
    """What a sheet tells about itself only when it has been read to its end."""

    merged: list[Range] = field(default_factory=list)
    filtered: bool = False
    hidden_columns: set[int] = field(default_factory=set)


class Table(Protocol):
    """One sheet, or a csv file."""

    @property
    def name(self) -> str:
        """The sheet's; empty for csv."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether it is a hidden sheet."""
        ...

    @property
    def shape(self) -> Shape:
        """Complete once `rows` has come to its end."""
        ...

    def rows(self) -> Iterator[SheetRow]:
        """Rows that hold anything, from the top, one at a time."""
        ...


def letters(column: int) -> str:
    """Column 28 is AB."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def number_of(text: str) -> int:
    """AB is column 28."""
    number = 0
    for sign in text:
        number = number * 26 + ord(sign) - 64
    return number
