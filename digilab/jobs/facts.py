"""What is told about parts and jobs: why one fails, what a split asks for, what a join has written."""

from dataclasses import dataclass, field
from typing import Any

from digilab.errors import DigilabError
from digilab.language import LANGUAGES
from digilab.store.contract import Stored


@dataclass(frozen=True)
class Failure:
    """Why a job ends badly: a code, the sentence in each language, evidence."""

    code: str
    sentences: dict[str, str]
    evidence: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: DigilabError) -> "Failure":
        """From one of the house's own errors."""
        return cls(error.code, {language: error.sentence(language) for language in LANGUAGES}, dict(error.evidence))

    def record(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {"code": self.code, "sentences": self.sentences, "evidence": self.evidence}


@dataclass(frozen=True)
class NewPart:
    """A part that a split asks for. `ordinal` makes it one and the same however often the split runs."""

    ordinal: int
    weight: float
    payload: dict[str, Any]


@dataclass(frozen=True)
class Output:
    """A file that a join has put into the store."""

    name: str
    content_type: str
    stored: Stored
