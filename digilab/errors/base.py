"""The root of the tree, and the two branches that several subjects grow on."""

from datetime import datetime
from typing import ClassVar, TypeAlias

from digilab.language import Language, text

Evidence: TypeAlias = dict[str, str | int | float]


class DigilabError(Exception):
    """Something went wrong that a person can be told about in one sentence."""

    code: ClassVar[str] = "unexpected"

    def __init__(self, **evidence: str | int | float) -> None:
        super().__init__(self.code, evidence)
        self.evidence: Evidence = dict(evidence)

    def sentence(self, language: Language = "ja") -> str:
        """What happened, where, and what to do."""
        return text(language, f"errors.{self.code}", **self.evidence)

    def __str__(self) -> str:
        return f"{self.code} {self.evidence}" if self.evidence else self.code


class HouseError(DigilabError):
    """A part of the house is not available at present; trying again later may help."""

    code = "house"


class NotNowError(HouseError):
    """Something can be done at a known time, or as soon as somebody else is through; until then it waits and has not failed."""

    code = "not-now"
    no_news: ClassVar[bool] = False
    """Whether the job's history need not tell of it, as it is over in a moment."""

    def __init__(self, *, until: datetime | None = None, seconds: float = 0.0, **evidence: str | int | float) -> None:
        super().__init__(**evidence)
        self.until = until
        self.seconds = seconds
        """Counted from when the part is put back; where no time is known."""
