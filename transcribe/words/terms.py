"""Terms of a glossary as the engine takes them: from the job server as JSON, from the command line as a CSV file."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from transcribe.errors import GlossaryUnreadableError

LONGEST = 60

_TEXT, _READING, _KIND, _FROM, _TO = range(5)
_NAMES = (
    frozenset({"用語", "term"}),
    frozenset({"読み", "reading"}),
    frozenset({"種類", "kind"}),
    frozenset({"有効開始", "from"}),
    frozenset({"有効終了", "to"}),
)


@dataclass(frozen=True)
class Term:
    """A name, place or expression that is likely to be said, spelt as the minutes shall spell it."""

    text: str
    reading: str = ""
    kind: str = ""


def terms_json(terms: Iterable[Term]) -> bytes:
    """Stable bytes: equal terms in equal order give the same."""
    return (json.dumps([asdict(term) for term in terms], ensure_ascii=False, sort_keys=True) + "\n").encode()


def terms_from_json(content: str | bytes) -> tuple[Term, ...]:
    """What `terms_json` wrote."""
    return tuple(Term(**one) for one in json.loads(content))


def read_terms(path: Path, day: date | None = None) -> tuple[Term, ...]:
    """The terms of a CSV file (UTF-8 or cp932) in its order, by its columns 用語, 読み, 種類.

    With a `day`, those that are not valid then are left out. Raises GlossaryUnreadableError.
    """
    name = path.name
    try:
        rows = [*csv.reader(io.StringIO(_decoded(path.read_bytes(), name)))]
    except csv.Error as error:
        raise GlossaryUnreadableError(name=name, line=1) from error
    columns = [_column(cell) for cell in rows[0]] if rows else []
    if _TEXT not in columns:
        raise GlossaryUnreadableError(name=name, line=1)
    found = []
    for line, row in enumerate(rows[1:], 2):
        cells = {column: cell.strip() for column, cell in zip(columns, row, strict=False) if column is not None}
        text = cells.get(_TEXT, "")
        if not text:
            continue
        if len(text) > LONGEST:
            raise GlossaryUnreadableError(name=name, line=line)
        begins, ends = (_day(cells.get(column, ""), name, line) for column in (_FROM, _TO))
        if day is None or ((begins is None or begins <= day) and (ends is None or day <= ends)):
            found.append(Term(text, cells.get(_READING, ""), cells.get(_KIND, "")))
    return tuple(dict.fromkeys(found))


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise GlossaryUnreadableError(name=name, line=1)


def _column(cell: str) -> int | None:
    plain = unicodedata.normalize("NFKC", cell).strip().lower()
    return next((at for at, names in enumerate(_NAMES) if plain in names), None)


def _day(cell: str, name: str, line: int) -> date | None:
    plain = unicodedata.normalize("NFKC", cell).replace("/", "-")
    try:
        year, month, day = map(int, plain.split("-")) if plain else (0, 0, 0)
        return date(year, month, day) if plain else None
    except ValueError as error:
        raise GlossaryUnreadableError(name=name, line=line) from error
