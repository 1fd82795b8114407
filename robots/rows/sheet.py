"""One sheet's XML → rows, as it streams: no grid is ever built, so a cell at XFD1048576 costs as much as one at A1 (X3).

openpyxl's own reader keeps neither a number as it was written, nor whether a value came from a formula, nor hidden rows; it also takes
furigana apart from text only in shared strings. Parsed by defusedxml: entities are refused (S17, X1).
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import IO

from defusedxml.ElementTree import XMLParser

from robots.rows.cells import Cell, Range, Shape, SheetRow, number_of
from robots.values import Remark, Written

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CHUNK = 256 * 1024
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ABROAD = re.compile(r"\[[0-9]+\][^\[\]!]*!")
"""`[1]Sheet1!A1`: a cell of another workbook."""
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")
_TRUE = ("1", "true")
LAST_LINE, LAST_COLUMN = 1_048_576, 16_384
_MOST_MERGED = 100_000
_LAST_SERIAL = 2_958_465  # 9999-12-31


class TooManyCellsError(ValueError):
    """Raised when a sheet holds more cells than may be looked at."""


class Styles:
    """What a cell's format says about its number."""

    def __init__(self, dates: frozenset[int], zeros: dict[int, int], epoch: date) -> None:
        self.dates = dates
        """Styles that show a number as a date."""
        self.zeros = zeros
        """Styles that fill a number up with zeros, and to how many digits."""
        self.epoch = epoch


class Strings:
    """Target of the parser for the table of shared strings: text without furigana."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._phonetic = self._wanted = False

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        if tag == f"{_MAIN}si":
            self._parts = []
        elif tag == f"{_MAIN}rPh":
            self._phonetic = True
        elif tag == f"{_MAIN}t":
            self._wanted = not self._phonetic

    def end(self, tag: str) -> None:
        if tag == f"{_MAIN}si":
            self.texts.append(unescaped("".join(self._parts)))
        elif tag == f"{_MAIN}rPh":
            self._phonetic = False
        elif tag == f"{_MAIN}t":
            self._wanted = False

    def data(self, text: str) -> None:
        if self._wanted:
            self._parts.append(text)


class _Reader:
    """Target of the parser for a sheet: finished rows pile up in `ready` until they are taken."""

    def __init__(self, strings: list[str], styles: Styles, most: int) -> None:
        self.ready: list[SheetRow] = []
        self.shape = Shape()
        self._strings, self._styles, self._left = strings, styles, most
        self._line = self._column = 0
        self._hidden = False
        self._cells: dict[int, Cell] = {}
        self._kind, self._style = "n", 0
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._abroad: set[str] = set()
        self._shared = ""
        self._into: list[str] | None = None
        self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_MAIN}c":
            self._begin_cell(attributes)
        elif tag == f"{_MAIN}v" or (tag == f"{_MAIN}t" and not self._phonetic):
            self._into = self._value
        elif tag == f"{_MAIN}row":
            self._begin_row(attributes)
        elif tag == f"{_MAIN}f":
            self._formula = self._into = []
            self._shared = attributes.get("si", "")
        elif tag == f"{_MAIN}rPh":
            self._phonetic = True
        elif tag == f"{_MAIN}col":
            self._column_format(attributes)
        elif tag == f"{_MAIN}mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == f"{_MAIN}filterColumn":
            self.shape.filtered = True

    def end(self, tag: str) -> None:
        if tag == f"{_MAIN}c":
            self._end_cell()
        elif tag == f"{_MAIN}row":
            if self._cells:
                self.ready.append(SheetRow(self._line, self._cells, self._hidden))
        elif tag == f"{_MAIN}rPh":
            self._phonetic = False
        elif self._into is not None:
            self._into = None

    def data(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        # Numbers such as "7.0" are written by some libraries.
        self._line = int(float(attributes["r"])) if "r" in attributes else self._line + 1
        if not 1 <= self._line <= LAST_LINE:
            raise ValueError(f"row {self._line}")
        self._column = 0
        self._cells = {}
        self._hidden = attributes.get("hidden") in _TRUE or attributes.get("ht") == "0"

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooManyCellsError
        place = attributes.get("r")
        self._column = _column_of(place.rstrip("0123456789")) if place else self._column + 1
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s", "0"))
        self._value = []
        self._formula = None

    def _end_cell(self) -> None:
        if self._formula is None and not self._value:
            return
        cell = self._cell("".join(self._value))
        if cell is not None:
            self._cells[self._column] = cell

    def _cell(self, value: str) -> Cell | None:
        """None for a cell that is empty."""
        formula = self._formula is not None
        if self._formula is not None:
            text = "".join(self._formula)
            if _ABROAD.search(text) or (not text and self._shared in self._abroad):
                if self._shared:
                    self._abroad.add(self._shared)
                return Cell(Written(value), Remark("cell-external"), formula)
            if not value and self._kind != "str":
                return Cell(Written(f"={text}"), Remark("cell-formula-empty"), formula)
        if self._kind == "n":
            return Cell(*self._number(value), formula)
        if self._kind == "s":
            value = self._strings[int(value)]
        elif self._kind in ("str", "inlineStr"):
            value = unescaped(value)
        elif self._kind == "d":
            return Cell(*_iso(value), formula)
        elif self._kind == "b":
            return Cell(Written("TRUE" if value in _TRUE else "FALSE"), Remark("cell-yes-no"), formula)
        else:
            return Cell(Written(value), Remark("cell-error", {"written": value[:20]}), formula)
        return Cell(Written(value), None, formula) if value else None

    def _number(self, value: str) -> tuple[Written, Remark | None]:
        try:
            exact = Decimal(value)
            plain = shortest(exact)
        except (InvalidOperation, ValueError):
            return Written(value), Remark("cell-unreadable", {"written": value[:40]})
        if self._style in self._styles.dates:
            return _dated(float(exact), plain, self._styles.epoch)
        zeros = self._styles.zeros.get(self._style, 0)
        shown = plain.zfill(zeros) if zeros and plain.isdigit() else ""
        return Written(plain, number=True, shown=shown, epoch=self._styles.epoch), None

    def _column_format(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in _TRUE or attributes.get("width") == "0":
            last = min(int(attributes["max"]), LAST_COLUMN)
            self.shape.hidden_columns.update(range(int(attributes["min"]), last + 1))

    def _merge(self, name: str) -> None:
        found = _RANGE.fullmatch(name)
        if found is None:
            raise ValueError(name)
        first, top, last, bottom = found[1], found[2], found[3] or found[1], found[4] or found[2]
        if len(self.shape.merged) >= _MOST_MERGED:
            raise TooManyCellsError
        self.shape.merged.append(Range(name, int(top), int(bottom), number_of(first), number_of(last)))


def shared_strings(source: IO[bytes]) -> list[str]:
    """All texts of the workbook."""
    target = Strings()
    for _ in _parsed(source, target):
        pass
    return target.texts


class Sheet:
    """A sheet of an open workbook."""

    def __init__(
        self,
        name: str,
        hidden: bool,
        source: Callable[[], IO[bytes]],
        strings: list[str],
        styles: Styles,
        most: int,
        told: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.name, self.hidden = name, hidden
        self.shape = Shape()
        self._open, self._strings, self._styles, self._most = source, strings, styles, most
        self._told = told
        """Turns what a damaged file makes the reader raise into a sentence."""

    def rows(self) -> Iterator[SheetRow]:
        """Rows that hold anything. Raises RowsBrokenError, RowsEntitiesError, RowsUnpackTooFarError."""
        target = _Reader(self._strings, self._styles, self._most)
        self.shape = target.shape
        # What is done with a row is outside: only the reading's own errors are the file's.
        with self._told(), self._open() as source:
            for _ in _parsed(source, target):
                yield from target.ready
                target.ready.clear()
            yield from target.ready


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes what XML cannot hold: carriage returns, and half characters (X24)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def shortest(exact: Decimal) -> str:
    """Whole numbers in digits, others as a spreadsheet's own number is shortest: 0.1, not 0.1000000000000000055."""
    if not exact.is_finite() or exact.adjusted() > 40:
        raise ValueError(str(exact))
    if exact == exact.to_integral_value():
        return str(int(exact))
    return repr(float(exact))


def _dated(serial: float, plain: str, epoch: date) -> tuple[Written, Remark | None]:
    if not 0 <= serial <= _LAST_SERIAL - 1_462:
        return Written(plain), Remark("cell-unreadable", {"written": plain})
    # Excel counts a 29 February 1900 that never was; before it every number is one day further.
    early = epoch.year == 1899 and serial < 60
    day = epoch + timedelta(days=int(serial) + early)
    return Written(day.isoformat(), day=day, clock=serial % 1 > 1e-6), None


def _iso(value: str) -> tuple[Written, Remark | None]:
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return Written(value), Remark("cell-unreadable", {"written": value[:40]})
    return Written(day.isoformat(), day=day, clock=value[10:].strip("TZ0:.") != ""), None


@lru_cache(maxsize=LAST_COLUMN)
def _column_of(text: str) -> int:
    if not text.isascii() or not text.isalpha() or number_of(text.upper()) > LAST_COLUMN:
        raise ValueError(text)
    return number_of(text.upper())


def _parsed(source: IO[bytes], target: object) -> Iterator[None]:
    parser = XMLParser(target=target, forbid_dtd=True)
    while chunk := source.read(_CHUNK):
        parser.feed(chunk)
        yield
    parser.close()
