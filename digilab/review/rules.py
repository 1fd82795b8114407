"""When a doubtful value is settled: by one person's word, or by two people's equal keys. Pure: standard library only."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

TWO_KEYS = "two-keys"
"""Decision on a value that two people key, neither seeing the other's."""
ILLEGIBLE = "●"
"""Stands in the results for what nobody can read (判読不能)."""
LONGEST = 1000
"""Characters of one answer."""


class Verdict(StrEnum):
    """What an answer makes of the value as it was read."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ILLEGIBLE = "illegible"


class Standing(StrEnum):
    """Where a doubt stands."""

    OPEN = "open"
    WAITING = "waiting"
    """One of two people has keyed it."""
    DIFFER = "differ"
    """Two people keyed different things: somebody else decides."""
    SETTLED = "settled"


@dataclass(frozen=True)
class Given:
    """One answer, as far as it decides anything."""

    person_id: int
    text: str
    illegible: bool = False
    settling: bool = False
    """Given by somebody who saw both keys."""

    @property
    def word(self) -> str:
        """The value as it goes out."""
        return ILLEGIBLE if self.illegible else self.text


@dataclass(frozen=True)
class Doubt:
    """A value's answers, oldest first. `decision` and `type` are the value's."""

    decision: str
    type: str
    given: Sequence[Given] = ()

    @property
    def keys(self) -> tuple[Given, ...]:
        """Of the first two people who answered, each one's latest answer."""
        latest: dict[int, Given] = {}
        for each in self.given:
            if not each.settling and (each.person_id in latest or len(latest) < 2):
                latest[each.person_id] = each
        return tuple(latest.values())

    @property
    def settled_by(self) -> Given | None:
        """The answer that counts; None while the value is in doubt."""
        if self.decision != TWO_KEYS:
            return self.given[-1] if self.given else None
        last = next((each for each in reversed(self.given) if each.settling), None)
        if last is not None:
            return last
        match self.keys:
            case one, other if one.illegible == other.illegible and self._alike(one.text, other.text):
                return other
        return None

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        if self.settled_by is not None:
            return Standing.SETTLED
        return (Standing.OPEN, Standing.WAITING, Standing.DIFFER)[len(self.keys) if self.decision == TWO_KEYS else 0]

    def may_settle(self, person_id: int, *, of_the_lab: bool) -> bool:
        """Whether this person may see both keys and decide: a third one, or one of the lab."""
        return len(self.keys) == 2 and (of_the_lab or all(each.person_id != person_id for each in self.keys))

    def may_answer(self, person_id: int, *, of_the_lab: bool) -> bool:
        """Whether this person's answer would be taken. Whoever has keyed may change it until the other key is in."""
        if self.decision != TWO_KEYS or len(self.keys) < 2:
            return True
        return self.may_settle(person_id, of_the_lab=of_the_lab)

    def _alike(self, one: str, other: str) -> bool:
        return compared(one, self.type) == compared(other, self.type)


def compared(text: str, kind: str) -> str:
    """What two keys are compared by: free writing sign by sign, numbers and the like without width, blanks and commas."""
    if kind == "text":
        return unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(unicodedata.normalize("NFKC", text).split()).replace(",", "")


def verdict(text: str, value: str, raw: str, *, illegible: bool) -> Verdict:
    """What the answer makes of a value, typed as it stands on the paper or by its type."""
    if illegible:
        return Verdict.ILLEGIBLE
    return Verdict.CONFIRMED if text == value or (text == raw and value) else Verdict.CORRECTED
