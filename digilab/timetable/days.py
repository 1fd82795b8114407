"""The city's own days from csv: `日付,名称[,開庁]`. Pure: standard library only.

Several files are read as one: either every line of all of them holds, or nothing is taken and every fault is told with file and line.
The Cabinet Office's list of holidays (`syukujitsu.csv`, cp932, `2026/1/1,元日`) is such a file as it stands.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digilab.errors import DaysWrongError
from digilab.language import Language, text
from digilab.timetable.calendar import OwnDay

LONGEST_NAME = 120
MOST_BYTES = 2 * 1024 * 1024
MOST_FAULTS = 20
"""Told one by one; how many more there are is said."""
FIRST_YEAR, LAST_YEAR = 1948, 2150
_ERAS = {"昭和": 1925, "S": 1925, "平成": 1988, "H": 1988, "令和": 2018, "R": 2018}
_WESTERN = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_JAPANESE = re.compile(
    r"(昭和|平成|令和|[SHR])([0-9]{1,2}|元)(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)
_OPEN = {"開庁": True, "開庁日": True, "閉庁": False, "閉庁日": False, "休": False, "": False}


@dataclass(frozen=True)
class Fault:
    """What is wrong in one line. `code` names the words under `timetable.days`."""

    file: str
    line: int
    code: str
    given: str = ""

    def sentence(self, language: Language) -> str:
        """File, line, fault and what to do."""
        words = text(language, f"timetable.days.{self.code}", given=self.given)
        return text(language, "timetable.days.place", file=self.file, line=self.line, words=words)


def read_days(files: Sequence[tuple[str, bytes]]) -> dict[date, OwnDay]:
    """The days of all files (name and content) together. Raises DaysWrongError with every fault."""
    days: dict[date, tuple[OwnDay, str, int]] = {}
    faults: list[Fault] = []
    for name, content in files:
        for number, cells in _lines(name, content, faults):
            found = _line(name, number, cells)
            if isinstance(found, Fault):
                faults.append(found)
                continue
            day, said = found
            earlier = days.setdefault(day, (said, name, number))
            if earlier[0].open != said.open:
                faults.append(Fault(name, number, "contradiction", f"{day} ({earlier[1]} {earlier[2]})"))
    if not faults and not days:
        faults.append(Fault(files[0][0] if files else "", 1, "nothing"))
    if faults:
        raise DaysWrongError(_sentences(faults))
    return {day: said for day, (said, _, _) in sorted(days.items())}


def day_of(written: str) -> date | None:
    """The day that somebody wrote, in western or Japanese years; None when there is no such day."""
    spelt = "".join(unicodedata.normalize("NFKC", written).split())
    western = _WESTERN.fullmatch(spelt) or _COMPACT.fullmatch(spelt)
    japanese = _JAPANESE.fullmatch(spelt)
    found = western or japanese
    if found is None:
        return None
    first, *rest = (each for each in found.groups() if each is not None)
    year = int(first) if japanese is None else _ERAS[first] + int(rest.pop(0).replace("元", "1"))
    month, day = map(int, rest)
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def _lines(name: str, content: bytes, faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """Lines with something in them, numbered as a person counts them, without headings."""
    if len(content) > MOST_BYTES:
        faults.append(Fault(name, 1, "too-large"))
        return []
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            words = content.decode("cp932")
        except UnicodeDecodeError:
            faults.append(Fault(name, 1, "encoding"))
            return []
    reader = csv.reader(io.StringIO(words, newline=""), strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error:
        faults.append(Fault(name, reader.line_num, "quoting"))
        return []
    filled = [(number, cells) for number, cells in rows if any(cells)]
    return filled[1:] if filled and _is_heading(filled[0][1]) else filled


def _is_heading(cells: list[str]) -> bool:
    return not any(sign.isdigit() for sign in cells[0]) and ("日" in cells[0] or cells[0].casefold() in ("date", "day"))


def _line(name: str, number: int, cells: list[str]) -> tuple[date, OwnDay] | Fault:
    if len(cells) not in (2, 3):
        return Fault(name, number, "cells", str(len(cells)))
    day = day_of(cells[0])
    if day is None:
        return Fault(name, number, "date", cells[0][:30])
    title = "".join(sign for sign in cells[1] if sign.isprintable())
    if not title or len(title) > LONGEST_NAME:
        return Fault(name, number, "name", title[:30])
    is_open = _OPEN.get(cells[2] if len(cells) == 3 else "")
    if is_open is None:
        return Fault(name, number, "open", cells[2][:30])
    return day, OwnDay(title, is_open)


def _sentences(faults: list[Fault]) -> dict[Language, str]:
    told: dict[Language, str] = {}
    languages: tuple[Language, ...] = ("ja", "en")
    for language in languages:
        lines = [fault.sentence(language) for fault in faults[:MOST_FAULTS]]
        if len(faults) > MOST_FAULTS:
            lines.append(text(language, "timetable.days.more", count=len(faults) - MOST_FAULTS))
        told[language] = "\n".join(lines)
    return told
