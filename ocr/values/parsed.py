"""What parsing makes of a field, and what it may ask about the rest of the form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from ocr.definition.banks import BankMaster
from ocr.records import Finding


@dataclass(frozen=True)
class Surroundings:
    """What a field's value depends on beyond its own writing. `today` is given: judging again next year must say the same."""

    path: str
    today: date
    banks: BankMaster | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """Values that are parsed already, by path."""

    def other(self, name: str) -> str:
        """Value of the field `name`: of the same row when there is one, else of the form; '' when it is empty."""
        row = self.path.rpartition(".")[0]
        return self.values.get(f"{row}.{name}", self.values.get(name, ""))


@dataclass(frozen=True)
class Parsed:
    """A value by its type. `signs` speak for (`check_passed`, `master_found`) or against it (`check_failed`)."""

    value: str
    findings: tuple[Finding, ...] = ()
    signs: dict[str, float] = field(default_factory=dict)

    def told(self, path: str, code: str, /, **evidence: str | float | int) -> Self:
        """With one more finding."""
        return replace(self, findings=(*self.findings, Finding(code, (path,), evidence)))

    def failed(self, path: str, code: str, /, **evidence: str | float | int) -> Self:
        """With a finding that says that a check failed."""
        return replace(self.told(path, code, **evidence), signs={**self.signs, "check_failed": 1.0})

    def signed(self, **signs: float) -> Self:
        """With further signs."""
        return replace(self, signs={**self.signs, **signs})
