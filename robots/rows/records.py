"""Rows as they were read, and what was found about them. Pure: no library but the standard one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from robots.errors import sentence


@dataclass(frozen=True)
class Place:
    """Where something stands, as a clerk would say it."""

    file: str
    sheet: str = ""
    """Empty for csv."""
    line: int = 0
    """Row of the sheet, or line of the csv, from 1; 0: the file or sheet as a whole."""
    column: str = ""
    """Column letter; empty: the whole row."""
    heading: str = ""

    def told(self, language: str = "ja") -> str:
        """File, sheet, row and column in words, ending in a colon."""
        parts = (
            sentence("findings.place-sheet", language, {"sheet": self.sheet}) if self.sheet else "",
            sentence("findings.place-line", language, {"line": self.line}) if self.line else "",
            sentence("findings.place-column", language, {"column": self.column}) if self.column else "",
            sentence("findings.place-heading", language, {"heading": self.heading}) if self.heading else "",
        )
        return sentence("findings.place", language, {"file": self.file, "where": "".join(parts)})


@dataclass(frozen=True)
class Finding:
    """Something about one cell, row or sheet."""

    code: str
    """Key of the sentence under `[findings]` of language/*.toml."""
    place: Place
    evidence: Mapping[str, str | int] = field(default_factory=dict)
    refuses: bool = True
    """Whether the row cannot be keyed because of it; otherwise it was understood and is shown as understood."""
    count: int = 1
    """Of a notice: cells of this column that the same is said of; the place is the first one's."""

    def sentence(self, language: str = "ja") -> str:
        """Sheet, row, column, what is wrong and what to do."""
        return f"{self.place.told(language)}{self.words(language)}"

    def words(self, language: str = "ja") -> str:
        """What is wrong and what to do, without the place."""
        more = sentence("findings.several", language, {"more": self.count - 1}) if self.count > 1 else ""
        return f"{sentence(f'findings.{self.code}', language, dict(self.evidence))}{more}"


@dataclass(frozen=True)
class Said(Finding):
    """Why the finance system refused a row, in its own words."""

    said: str = ""

    def words(self, language: str = "ja") -> str:  # noqa: ARG002 - the finance system speaks one language
        """What it said."""
        return self.said


@dataclass(frozen=True)
class Row:
    """A row that may be keyed."""

    number: int
    """From 1, over all rows of all files that were handed in together, refused ones included: part of the reference."""
    place: Place
    values: Mapping[str, str]
    """Canonical text by column name; empty cells are empty text."""


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be keyed as it is."""

    number: int
    place: Place
    raw: Mapping[str, str]
    """What the cells hold, as text, by column name."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Checked:
    """All rows of a submission, each either good or refused."""

    rows: tuple[Row, ...]
    refused: tuple[RefusedRow, ...]
    notices: tuple[Finding, ...]
    """What was left out or understood (hidden rows, totals rows, merged cells, 和暦 …): shown in the preview."""
