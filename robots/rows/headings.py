"""Which row holds the headings, and which column is which: by their words, wherever they stand (X8, X15)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from robots.columns import Column
from robots.rows.cells import SheetRow
from robots.values import storable

SEARCHED = 40
"""Rows from the top among which headings are looked for."""
LONGEST = 60
"""Characters of a heading that count."""
OURS = frozenset({"却下の理由", "元の場所"})
"""Columns of the workbook of refused rows: where it is handed in again they mean nothing."""
_DECORATION = re.compile(r"[\s*※●◎★☆・:]|【.*?】|\[.*?\]|[(（](?:必須|任意)[)）]")


def folded(heading: str) -> str:
    """What two headings agree on: width, case, blanks, line breaks and marks such as ※ or 【必須】 do not count."""
    wide = unicodedata.normalize("NFKC", heading)
    return _DECORATION.sub("", wide).casefold()


class Known:
    """The headings of a robot."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._names = {folded(each): column.name for column in columns for each in (column.heading, *column.aliases)}
        needed = sum(column.required for column in columns)
        self.least = max(min(2, len(columns)), (needed + 1) // 2)
        """Headings that make a row one of headings; a list of payees beside the rows has fewer of ours."""

    def column(self, heading: str) -> str | None:
        """Name of the column that a heading means."""
        return self._names.get(folded(heading)) if heading else None

    def fits(self, fields: Sequence[str]) -> int:
        """How many columns a row of headings names."""
        return len({name for each in fields if (name := self.column(each))})


@dataclass(frozen=True)
class Headings:
    """Where the headings stand."""

    first_line: int
    last_line: int
    columns: Mapping[int, str]
    """Name of our column by column from 1."""
    texts: Mapping[int, str]
    """All headings as they stand, by column."""
    twice: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Our columns that several columns claim to be."""

    def strangers(self) -> list[str]:
        """Headings that mean none of our columns."""
        return [text for number, text in self.texts.items() if number not in self.columns and text not in OURS]

    def repeated(self, row: Mapping[int, str]) -> bool:
        """Whether a row is these headings once more, as print-outs have them on each page."""
        return all(folded(row.get(number, "")) == folded(self.texts[number]) for number in self.columns)


def found(rows: Sequence[SheetRow], known: Known) -> Headings | None:
    """The headings among the first rows, in one row or two; None where there are none."""
    best: Headings | None = None
    for place, row in enumerate(rows):
        tries = [(row.line, _texts(row))]
        if place + 1 < len(rows) and rows[place + 1].line == row.line + 1:
            tries.append((row.line + 1, _joined(_texts(row), _texts(rows[place + 1]), known)))
        for last, texts in tries:
            candidate = _headings(row.line, last, texts, known)
            # Of equal ones a single row before two, an upper one before a lower one.
            if len(candidate.columns) >= known.least and (best is None or _weight(candidate) > _weight(best)):
                best = candidate
    return best


def _weight(headings: Headings) -> tuple[int, bool]:
    return len(set(headings.columns.values())), headings.first_line == headings.last_line


def _headings(first: int, last: int, texts: Mapping[int, str], known: Known) -> Headings:
    columns = {number: name for number, text in texts.items() if (name := known.column(text))}
    places: dict[str, list[int]] = {}
    for number, name in columns.items():
        places.setdefault(name, []).append(number)
    twice = {name: tuple(numbers) for name, numbers in places.items() if len(numbers) > 1}
    return Headings(first, last, columns, texts, twice)


def _texts(row: SheetRow) -> dict[int, str]:
    """As sentences may repeat them."""
    texts = {number: " ".join(storable(cell.written.text[:LONGEST]).split()) for number, cell in row.cells.items()}
    return {number: text for number, text in texts.items() if text}


def _joined(upper: Mapping[int, str], lower: Mapping[int, str], known: Known) -> dict[int, str]:
    """Two rows as one: 口座 over 金融機関コード and 支店コード. An upper heading reaches to the right over lower ones of its own."""
    joined: dict[int, str] = {}
    over = ""
    for number in sorted({*upper, *lower}):
        over = upper.get(number, over)
        under = lower.get(number, "")
        if not under:
            joined[number] = upper[number]
            continue
        several = (under, f"{over}{under}", f"{over}の{under}", f"{over}({under})")
        joined[number] = next((each for each in several if known.column(each)), under)
    return joined
