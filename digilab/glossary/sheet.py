"""A glossary's file: a table as spreadsheets save it (csv, UTF-8 or cp932), every line judged, every fault told with its line.

Either every line holds, or nothing is taken. Pure: no database.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from digilab.errors import GlossaryWrongError
from digilab.glossary.rules import LONGEST_READING, LONGEST_TEXT, WEIGHTS, Entry, TermKind
from digilab.language import LANGUAGES, Language, text
from digilab.timetable.days import day_of

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 20_000
MOST_FAULTS = 20
"""Told one by one; how many more there are is said."""

COLUMNS = {
    "text": ("用語", "term"),
    "reading": ("読み", "よみ", "ふりがな", "フリガナ", "reading"),
    "kind": ("種類", "kind"),
    "department": ("部署", "所属", "department"),
    "service": ("業務", "業務メニュー", "service"),
    "begins": ("有効開始", "from"),
    "ends": ("有効終了", "to"),
    "weight": ("優先", "weight"),
}
"""What heads a column; the first name of each is the one that we write."""
KINDS = {
    TermKind.PERSON: ("人名", "氏名"),
    TermKind.PLACE: ("地名", "場所"),
    TermKind.ORGANISATION: ("組織", "組織名", "団体"),
    TermKind.ORDINANCE: ("条例", "例規", "法令"),
    TermKind.OTHER: ("その他", ""),
}
_HOUSE = ("全庁", "全て", "すべて", "*")
# What a spreadsheet would take for a formula when it opens an export.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one line. `code` names the words under `glossary.faults`."""

    line: int
    code: str
    given: str = ""

    def sentence(self, language: Language) -> str:
        """Line, fault and what to do."""
        words = text(language, f"glossary.faults.{self.code}", given=self.given[:40])
        return text(language, "glossary.place", line=self.line, words=words)


def read_entries(content: bytes) -> list[Entry]:
    """The lines of a file. Raises GlossaryWrongError with every fault."""
    faults: list[Fault] = []
    rows = _rows(content, faults)
    columns = _columns(rows[0], faults) if rows else []
    if not rows and not faults:
        faults.append(Fault(1, "nothing"))
    entries: list[Entry] = []
    seen: dict[tuple[str, str, str, date | None], int] = {}
    for number, cells in rows[1:] if "text" in columns else []:
        found = _entry(number, dict(zip(columns, cells, strict=False)), len(cells) - len(columns))
        if isinstance(found, Fault):
            faults.append(found)
            continue
        earlier = seen.setdefault((found.text, found.department or "", found.service or "", found.begins), number)
        if earlier != number:
            faults.append(Fault(number, "twice", str(earlier)))
        entries.append(found)
    if not entries and not faults:
        faults.append(Fault(1, "nothing"))
    refuse(faults)
    return entries


def refuse(faults: Sequence[Fault]) -> None:
    """Raise GlossaryWrongError where there are faults."""
    if faults:
        raise GlossaryWrongError(
            {language: _told(faults, language) for language in LANGUAGES}, [fault.line for fault in faults]
        )


def written(lines: Iterable[Sequence[str]]) -> bytes:
    """A file that reads back as it was: UTF-8 with the mark that spreadsheets look for, CRLF."""
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer)
    table.writerow([names[0] for names in COLUMNS.values()])
    table.writerows(lines)
    return buffer.getvalue().encode("utf-8-sig")


def _rows(content: bytes, faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """Lines with something in them, numbered as a person counts them."""
    if len(content) > MOST_BYTES:
        faults.append(Fault(1, "too-large"))
        return []
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        faults.append(Fault(1, "workbook"))
        return []
    words = _decoded(content)
    if words is None or "\0" in words:
        faults.append(Fault(1, "encoding"))
        return []
    first = words.partition("\n")[0]
    reader = csv.reader(io.StringIO(words, newline=""), strict=True, delimiter="\t" if "\t" in first else ",")
    try:
        # No more than it takes to see that there are too many: two megabytes of empty lines would fill 300.
        some = islice(reader, MOST_LINES + 1)
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in some]
    except csv.Error:
        faults.append(Fault(reader.line_num, "quoting"))
        return []
    if len(rows) > MOST_LINES:
        faults.append(Fault(MOST_LINES + 1, "too-many"))
        return []
    return [(number, cells) for number, cells in rows if any(cells)]


def _decoded(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # what spreadsheets call Unicode text
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _columns(heading: tuple[int, list[str]], faults: list[Fault]) -> list[str]:
    number, cells = heading
    columns = []
    for cell in cells:
        plain = _plain(cell)
        name = next((name for name, names in COLUMNS.items() if plain in names), "")
        if not name and plain:
            faults.append(Fault(number, "column", cell))
        elif name in columns and name:
            faults.append(Fault(number, "column-twice", cell))
        columns.append(name)
    if "text" not in columns:
        faults.append(Fault(number, "heading"))
    return columns


def _entry(line: int, cells: dict[str, str], surplus: int) -> Entry | Fault:
    if surplus > 0:
        return Fault(line, "cells")
    # 山田　太郎: the wide blank of rosters is a blank.
    entry = Entry(line, " ".join(cells.get("text", "").split()), dated="begins" in cells or "ends" in cells)
    for name, judge in _JUDGES.items():
        if name in cells:
            found = judge(entry, cells[name])
            if isinstance(found, str):
                return Fault(line, found, cells[name])
            entry = found
    if entry.begins and entry.ends and entry.begins > entry.ends:
        return Fault(line, "period", f"{entry.begins} – {entry.ends}")
    return entry


def _text(entry: Entry, cell: str) -> Entry | str:
    if not entry.text:
        return "text-missing"
    if "\n" in cell or not entry.text.isprintable():
        return "text-signs"
    if entry.text.startswith(_FORMULA):
        return "text-formula"
    return entry if len(entry.text) <= LONGEST_TEXT else "text-long"


def _reading(entry: Entry, cell: str) -> Entry | str:
    kana = unicodedata.normalize("NFKC", cell)
    if len(kana) > LONGEST_READING or not all("ぁ" <= sign <= "ヿ" or sign == " " for sign in kana):
        return "reading"
    return replace(entry, reading=kana)


def _kind(entry: Entry, cell: str) -> Entry | str:
    plain = _plain(cell)
    kind = next((kind for kind, names in KINDS.items() if plain in (*names, kind.value)), None)
    return "kind" if kind is None else replace(entry, kind=kind)


def _department(entry: Entry, cell: str) -> Entry:
    return replace(entry, department="" if cell in _HOUSE else cell)


def _service(entry: Entry, cell: str) -> Entry:
    return replace(entry, service="" if cell in _HOUSE else cell)


def _begins(entry: Entry, cell: str) -> Entry | str:
    day = day_of(cell)
    return "date" if cell and day is None else replace(entry, begins=day)


def _ends(entry: Entry, cell: str) -> Entry | str:
    day = day_of(cell)
    return "date" if cell and day is None else replace(entry, ends=day)


def _weight(entry: Entry, cell: str) -> Entry | str:
    plain = _plain(cell)
    if not plain:
        return entry
    return replace(entry, weight=int(plain)) if plain in map(str, WEIGHTS) else "weight"


_JUDGES: dict[str, Callable[[Entry, str], Entry | str]] = {
    "text": _text,
    "reading": _reading,
    "kind": _kind,
    "department": _department,
    "service": _service,
    "begins": _begins,
    "ends": _ends,
    "weight": _weight,
}
"""Each takes the entry so far and a cell, and gives the entry with it or the code of a fault."""


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().casefold()


def _told(faults: Sequence[Fault], language: Language) -> str:
    lines = [fault.sentence(language) for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        lines.append(text(language, "glossary.more", count=len(faults) - MOST_FAULTS))
    return "\n".join(lines)
