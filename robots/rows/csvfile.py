"""A csv file → rows. Encoding and separator are those under which the headings are found."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from robots.errors import RowsEncodingError, RowsQuoteError
from robots.rows.cells import Cell, Shape, SheetRow
from robots.rows.encodings import Decoded, UndecodableError, decoded
from robots.values import Written

_SEPARATORS = ",\t;"
_LOOKED_AT = 20_000
"""Characters from the top in which the headings stand."""


class CsvTable:
    """A csv file, read whole: its size was checked before."""

    name = ""
    hidden = False

    def __init__(self, path: Path, file: str, fits: Callable[[Sequence[str]], int]) -> None:
        self.shape = Shape()
        self._file = file

        def best(text: str) -> tuple[int, str]:
            head = text[:_LOOKED_AT]
            tried = [(_best_line(head, separator, fits), separator) for separator in _SEPARATORS]
            return max(tried, key=lambda each: each[0])

        try:
            found: Decoded = decoded(path.read_bytes(), lambda text: best(text)[0])
        except UndecodableError as error:
            raise RowsEncodingError(file=file, line=error.line) from error
        self._text = found.text.removeprefix("\ufeff")
        self.encoding = found.encoding
        self.separator = best(self._text)[1]

    def rows(self) -> Iterator[SheetRow]:
        """Rows that hold anything; a row's line is the one that it begins in. Raises RowsQuoteError."""
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self.separator, strict=True)
        line = 1
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise RowsQuoteError(file=self._file, line=line) from error
            cells = {number: Cell(Written(text)) for number, text in enumerate(fields, 1) if text}
            if cells:
                yield SheetRow(line, cells)
            line = reader.line_num + 1


def _best_line(head: str, separator: str, fits: Callable[[Sequence[str]], int]) -> int:
    """How well the best of the first lines fits as headings."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
    best = 0
    try:
        for fields in reader:
            best = max(best, fits(fields))
    except csv.Error:
        pass
    return best
