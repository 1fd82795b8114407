"""The glossary."""

from collections.abc import Mapping, Sequence

from digilab.errors.access import NotFoundError
from digilab.errors.base import DigilabError
from digilab.language import Language, text


class GlossaryError(DigilabError):
    """Something about the terms that recordings are read with cannot be as it was asked for."""

    code = "glossary"


class GlossaryWrongError(GlossaryError):
    """A glossary's file has faults; every one is told, nothing was taken."""

    code = "glossary-wrong"

    def __init__(self, faults: Mapping[Language, str], lines: Sequence[int]) -> None:
        super().__init__()
        self.faults = dict(faults)
        self.lines = tuple(lines)

    def sentence(self, language: Language = "ja") -> str:
        """That nothing was taken, and every fault with its line."""
        return text(language, f"errors.{self.code}", faults=self.faults[language])


class GlossaryTermUnknownError(GlossaryError):
    """No term of this spelling is in the glossary."""

    code = "glossary-term-unknown"


class GlossaryFileMissingError(GlossaryError):
    """No file came with the form."""

    code = "glossary-file-missing"


class GlossaryDayError(GlossaryError):
    """A day that there is not, or that cannot be read."""

    code = "glossary-day"


class GlossaryServiceUnknownError(NotFoundError):
    """Terms are asked for of a service that there is not, or that takes no recordings."""

    code = "glossary-service-unknown"


class GlossaryKindUnknownError(NotFoundError):
    """Terms are asked for of a kind that there is not."""

    code = "glossary-kind-unknown"
