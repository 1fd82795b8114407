"""What a cell holds, and what it was understood as. Pure: standard library only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

SURROGATE = re.compile("[\ud800-\udfff]")
REPLACED = "\ufffd"
EXACT = 15
"""Digits that a spreadsheet keeps of a number."""
_MOST = 60
"""Characters of a cell that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class Written:
    """A cell's content, whatever file it comes from."""

    text: str = ""
    """Text as it was typed; of a number its shortest decimal form, of a date ISO 8601."""
    number: bool = False
    """A numeric cell: leading zeros, if there ever were any, are gone."""
    day: date | None = None
    """A cell whose format says that its number is a date."""
    clock: bool = False
    """Such a cell has a time of day, too."""
    shown: str = ""
    """A number's digits as its format shows them (`000000` of 12345 shows 012345); empty where the format adds no zeros."""
    epoch: date = date(1899, 12, 30)
    """The day that a serial number of this file counts from, for those from March 1900 on."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a cell: a key under `[findings]`, what the sentence needs, and whether it makes the cell unusable."""

    code: str
    evidence: Mapping[str, str | int] = field(default_factory=dict)
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class Value:
    """Canonical text (whatever was understood, also where a remark refuses it) and what there is to say."""

    text: str
    remarks: tuple[Remark, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it cannot be keyed."""
        return any(remark.refuses for remark in self.remarks)


def refused(code: str, **evidence: str | int) -> Value:
    """Nothing was understood."""
    return Value("", (Remark(code, _tellable(evidence)),))


def told(code: str, **evidence: str | int) -> Remark:
    """Understood, and shown as understood."""
    return Remark(code, _tellable(evidence), refuses=False)


def storable(text: str) -> str:
    """The text without what no database and no workbook holds: half characters and NUL, each replaced by U+FFFD."""
    return text if text.isascii() and "\0" not in text else SURROGATE.sub(REPLACED, text).replace("\0", REPLACED)


def _tellable(evidence: Mapping[str, str | int]) -> dict[str, str | int]:
    return {
        name: each if isinstance(each, int) else storable(each if len(each) <= _MOST else f"{each[:_MOST]}…")
        for name, each in evidence.items()
    }
