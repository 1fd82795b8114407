"""What is known about how complete a transcript is: speech heard, speech covered by text, what was decoded again, what was taken out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Gap:
    """A place where somebody speaks and no text stands, seconds of the recording; `speech` of them are speech."""

    start: float
    end: float
    speech: float


@dataclass(frozen=True)
class Removed:
    """A sentence that the model gave and nobody said. `reason` is a code: its words are `removed-<reason>` in the language files."""

    start: float
    end: float
    text: str
    reason: str


@dataclass(frozen=True)
class Note:
    """Something about how the text was made that a reader of the certificate should know, such as a card that ran out of memory.

    `code` names the sentence `note-<code>` in the language files, `evidence` fills it.
    """

    code: str
    evidence: tuple[tuple[str, str | float | int], ...] = ()


@dataclass(frozen=True)
class Certificate:
    """Seconds of speech (by voice detection) of a stretch or a whole recording, and what became of them."""

    speech: float = 0.0
    covered: float = 0.0
    """Seconds of speech under a text."""
    decoded_again: float = 0.0
    """Seconds of speech that were decoded a second time, one after the other and with other settings."""
    gaps: tuple[Gap, ...] = ()
    removed: tuple[Removed, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of the speech that is covered, 0–1; 1 where nobody speaks."""
        return 1.0 if self.speech <= 0 else min(1.0, self.covered / self.speech)

    @classmethod
    def joined(cls, parts: Iterable["Certificate"]) -> "Certificate":
        """That of a recording, from those of its stretches in order. A note that several stretches make stands once."""
        parts = tuple(parts)
        return cls(
            speech=round(sum(part.speech for part in parts), 3),
            covered=round(sum(part.covered for part in parts), 3),
            decoded_again=round(sum(part.decoded_again for part in parts), 3),
            gaps=tuple(gap for part in parts for gap in part.gaps),
            removed=tuple(one for part in parts for one in part.removed),
            notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )

    def shifted(self, offset: float) -> "Certificate":
        """The same `offset` seconds later."""

        def later(one: Any) -> Any:
            return replace(one, start=round(one.start + offset, 3), end=round(one.end + offset, 3))

        return replace(self, gaps=tuple(map(later, self.gaps)), removed=tuple(map(later, self.removed)))

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Certificate":
        """What `asdict` made of one."""
        return cls(
            **{
                **record,
                "gaps": tuple(Gap(**one) for one in record["gaps"]),
                "removed": tuple(Removed(**one) for one in record["removed"]),
                "notes": tuple(
                    Note(one["code"], tuple((name, value) for name, value in one["evidence"]))
                    for one in record["notes"]
                ),
            }
        )
