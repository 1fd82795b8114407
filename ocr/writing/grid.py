"""Cases as rows and columns: one grid of values per form, one per table on it, one of the doubts, one of the held pages.

Columns follow from the form's definition alone, so a file of no rows has the same ones as a file of a thousand.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ocr.definition.form import AmountField, AnyField, DateField, Form, TableField
from ocr.errors import BrokenCharacterError, sentence
from ocr.records import Case, Decision, Sorted, Value
from ocr.writing.wording import held_because, labels, notes, said

_HALF = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)
_MASK = "*"


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    """Text of a whole number within the 15 digits that a spreadsheet keeps."""
    DATE = "date"
    """Text of an ISO date."""
    SHARE = "share"
    """Text of a number between 0 and 1."""


@dataclass(frozen=True)
class Cell:
    """One cell; its text is what csv holds before any escape."""

    text: str = ""
    kind: Kind = Kind.TEXT
    decision: Decision = Decision.ACCEPT


@dataclass(frozen=True)
class Grid:
    """Rows under headings. `name` is a table's name, empty for a form's values; `form` is None where forms are mixed."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    form: Form | None = None
    name: str = ""


def grids(form: Form, cases: Sequence[Case], *, receipt: str = "", language: str = "ja") -> list[Grid]:
    """The form's values, one row per case, then each of its tables, one row per row that is filled in."""
    tables = [field for field in form.fields() if isinstance(field, TableField)]
    return [
        _values(form, cases, receipt, language),
        *(_table(form, table, cases, receipt, language) for table in tables),
    ]


def doubts(forms: Sequence[Form], cases: Sequence[Case], *, receipt: str = "", language: str = "ja") -> Grid:
    """Every value that a person should look at, with the reasons, and every remark on a case as a whole."""
    by_key = {(form.id, form.revision): (form, labels(form, language)) for form in forms}
    codes = ("receipt", "number", "form", "file", "page", "label", "raw", "value", "p-wrong", "decision", "reasons")
    rows = [
        (Cell(receipt), _number(case.number), Cell(form.title), *row)
        for case in cases
        for form, named in (by_key[case.form, case.revision],)
        for row in _doubts_of(case, named, language)
    ]
    return Grid(sentence("output-sheet-doubts", language, {}), _headings(codes, language), rows)


def held_pages(held: Sequence[Sorted], *, receipt: str = "", language: str = "ja") -> Grid:
    """The pages that were not read, and why."""
    rows = [
        (Cell(receipt), Cell(readable(page.file)), _number(page.page), Cell(readable(held_because(page, language))))
        for page in held
    ]
    headings = _headings(("receipt", "file", "page", "reasons"), language)
    return Grid(sentence("output-sheet-held", language, {}), headings, rows)


def shown(value: Value) -> Value:
    """The value as it may leave the engine: a personal number only as its mask."""
    if value.type != "personal-number" or value.masked:
        return value
    return Value(**{**vars(value), "raw": _MASK * len(value.raw), "value": _MASK * len(value.value), "masked": True})


def refuse_broken(form: Form, case: Case, language: str) -> None:
    """Raises `BrokenCharacterError` where half a character is in a value: no encoding holds it (X24)."""
    for value in case.values:
        if _HALF.search(value.value + value.raw):
            named = labels(form, language)
            raise BrokenCharacterError(number=case.number, label=named.get(value.path, value.label))


def readable(name: str) -> str:
    """A file's name; bytes that are no character, which old file systems hand over, stand as �."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", name)


def _values(form: Form, cases: Sequence[Case], receipt: str, language: str) -> Grid:
    fields = [field for field in form.fields() if not isinstance(field, TableField)]
    named = labels(form, language)
    ahead = _headings(("receipt", "number", "file", "page", "form", "revision"), language)
    behind = _headings(("doubts", "notes"), language)
    own = (field.label for field in fields)
    headings = (*ahead, *_unique(own, (*ahead, *behind)), *behind)

    def row(case: Case) -> tuple[Cell, ...]:
        values = case.by_path()
        return (
            *_ahead(case, receipt),
            Cell(case.form),
            Cell(case.revision),
            *(_cell(field, values.get(field.name)) for field in fields),
            Cell(_doubtful(case.values, named)),
            Cell("".join(notes(case, named, language))),
        )

    return Grid(sentence("output-sheet-values", language, {}), headings, [row(case) for case in cases], form)


def _table(form: Form, table: TableField, cases: Sequence[Case], receipt: str, language: str) -> Grid:
    named = labels(form, language)
    ahead = _headings(("receipt", "number", "file", "page", "row"), language)
    behind = _headings(("doubts",), language)
    own = (column.label for column in table.columns)
    headings = (*ahead, *_unique(own, (*ahead, *behind)), *behind)

    def rows(case: Case) -> Iterator[tuple[Cell, ...]]:
        values = case.by_path()
        for number in range(1, table.rows + 1):
            cells = {column.name: values.get(f"{table.name}.{number}.{column.name}") for column in table.columns}
            there = [value for value in cells.values() if value is not None]
            if not any(value.value or value.raw or value.decision is not Decision.ACCEPT for value in there):
                continue
            yield (
                *_ahead(case, receipt),
                _number(number),
                *(_cell(column, cells[column.name]) for column in table.columns),
                Cell(_doubtful(there, named)),
            )

    return Grid(table.label, headings, [row for case in cases for row in rows(case)], form, table.name)


def _doubts_of(case: Case, named: dict[str, str], language: str) -> Iterator[tuple[Cell, ...]]:
    pages = {page.place.page: page for page in case.pages if page.place}
    for value in map(shown, case.values):
        if value.decision is Decision.ACCEPT:
            continue
        page = pages.get(value.page)
        reasons = "".join(said(finding, named, language) for finding in value.findings)
        yield (
            Cell(readable(page.file) if page else ""),
            _number(page.page) if page else Cell(),
            Cell(named.get(value.path, value.label)),
            Cell(value.raw),
            Cell(value.value, decision=value.decision),
            Cell(f"{value.p_wrong:.4f}", Kind.SHARE),
            Cell(sentence(f"output-decision-{value.decision}", language, {})),
            Cell(reasons or sentence("output-reason-probability", language, {})),
        )
    whole = sentence("output-whole-form", language, {})
    for note in notes(case, named, language):
        *_, file, page_number = _ahead(case, "")
        yield file, page_number, Cell(whole), Cell(), Cell(), Cell(), Cell(), Cell(note)


def _ahead(case: Case, receipt: str) -> tuple[Cell, Cell, Cell, Cell]:
    files = dict.fromkeys(page.file for page in case.pages)
    # Not 3-4 nor 3,4: a spreadsheet would make a date or a number of them.
    numbers = "、".join(str(page.page) for page in case.pages)
    at = Cell(numbers, Kind.NUMBER if len(case.pages) == 1 else Kind.TEXT)
    return Cell(receipt), _number(case.number), Cell("、".join(map(readable, files))), at


def _cell(field: AnyField, value: Value | None) -> Cell:
    if value is None:
        return Cell()
    text = shown(value).value
    kind = Kind.TEXT
    if isinstance(field, AmountField) and is_whole(text):
        kind = Kind.NUMBER
    elif isinstance(field, DateField) and _is_day(text):
        kind = Kind.DATE
    return Cell(text, kind, value.decision)


def _doubtful(values: Iterable[Value], named: dict[str, str]) -> str:
    doubtful = (value for value in values if value.decision is not Decision.ACCEPT)
    return "、".join(named.get(value.path, value.label) for value in doubtful)


def _number(number: int) -> Cell:
    return Cell(str(number), Kind.NUMBER)


def is_whole(text: str) -> bool:
    """Whether the text is a whole number that a spreadsheet keeps to the last digit."""
    return _WHOLE.fullmatch(text) is not None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _headings(codes: Iterable[str], language: str) -> tuple[str, ...]:
    return tuple(sentence(f"output-{code}", language, {}) for code in codes)


def _unique(own: Iterable[str], kept: tuple[str, ...]) -> tuple[str, ...]:
    """Each heading once, as robots look columns up by them: one that is taken, or is one of `kept`, gets （2）, （3）…"""
    taken = set(kept)
    unique = []
    for heading in own:
        name, again = heading, 1
        while name in taken:
            again += 1
            name = f"{heading}（{again}）"
        taken.add(name)
        unique.append(name)
    return tuple(unique)
