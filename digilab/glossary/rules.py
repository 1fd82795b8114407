"""What a term is, and when it counts. Pure: standard library only."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_TEXT = 60
LONGEST_READING = 120
USUAL = 2
"""Weight of a term that none is given for; 1 is the most, 3 the least."""
WEIGHTS = (1, 2, 3)


class TermKind(StrEnum):
    """What a term names, most useful to a recogniser first: it errs most in names of people."""

    PERSON = "person"
    PLACE = "place"
    ORGANISATION = "organisation"
    ORDINANCE = "ordinance"
    OTHER = "other"


@dataclass(frozen=True)
class Period:
    """Days on which a term counts; None is open."""

    begins: date | None = None
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)

    def meets(self, other: "Period") -> bool:
        """Whether there is a day in both."""
        return _not_after(self.begins, other.ends) and _not_after(other.begins, self.ends)


@dataclass(frozen=True)
class Entry:
    """One line of a glossary's file. None: the file has no such column."""

    line: int
    text: str
    reading: str | None = None
    kind: TermKind | None = None
    department: str | None = None
    """Code; empty for the whole house."""
    service: str | None = None
    """Slug; empty for all of them."""
    begins: date | None = None
    ends: date | None = None
    dated: bool = False
    """Whether the file says from when to when."""
    weight: int | None = None

    @property
    def period(self) -> Period:
        """As the file says it."""
        return Period(self.begins, self.ends)


def _not_after(begins: date | None, ends: date | None) -> bool:
    return begins is None or ends is None or begins <= ends
