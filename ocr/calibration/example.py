"""What is learnt from: one value as read, what stands on the paper, and the features."""

from dataclasses import dataclass, field

from ocr.calibration.features import Features
from ocr.definition.form import Harm


@dataclass(frozen=True)
class Example:
    """One value as read, and whether it is wrong."""

    case: str
    path: str
    type: str
    family: str
    kind: str
    hand: str
    harm: Harm
    expected: str
    got: str
    raw: str
    features: Features = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        """Whether one character differs."""
        return self.expected != self.got
