"""A screen as it was read: what stands on it, as plain values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robots.errors import ScreenChangedError


@dataclass(frozen=True)
class Field:
    """One field of a screen."""

    label: str
    name: str
    """The page's own name of it; tells a renamed label from a new field."""
    type: str
    longest: int | None
    """Characters that can be typed."""
    value: str


@dataclass(frozen=True)
class Screen:
    """One page, read in one go."""

    heading: str
    address: str
    status: int
    """Of the answer that brought it; 0 when the browser does not say."""
    password: int
    """How many password fields it has."""
    message: str
    """What it objects to; lines."""
    notice: str
    """What else it tells; lines."""
    fields: tuple[Field, ...]
    shown: tuple[tuple[str, str], ...]
    """Pairs of label and text."""
    headings: tuple[str, ...]
    """Of its list."""
    lines: tuple[tuple[str, ...], ...]
    buttons: tuple[str, ...]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Screen":
        """From what page.js reads."""
        return cls(
            heading=found["heading"],
            address=found["address"],
            status=found["status"],
            password=found["password"],
            message=found["message"],
            notice=found["notice"],
            fields=tuple(Field(**field) for field in found["fields"]),
            shown=tuple((label, text) for label, text in found["shown"]),
            headings=tuple(found["headings"]),
            lines=tuple(tuple(line) for line in found["lines"]),
            buttons=tuple(found["buttons"]),
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels in the order of the page, of what is shown, then of fields, then of the list."""
        return (*(label for label, _ in self.shown), *(field.label for field in self.fields), *self.headings)

    def text(self, label: str) -> str:
        """What is shown beside a label. Raises ScreenChangedError when it is not there."""
        for own, text in self.shown:
            if own == label:
                return text
        raise ScreenChangedError(screen=self.heading, missing=label)

    def texts(self) -> Mapping[str, str]:
        """What is shown, by label. What stands there twice and differs is not shown: nobody could say which one counts."""
        return plain(self.shown)

    def table(self) -> Sequence[Mapping[str, str]]:
        """The list, a mapping for each line, without what stands under a heading that is there twice and differs."""
        return [plain(zip(self.headings, line, strict=True)) for line in self.lines]


def plain(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Texts by label, without the labels that have several."""
    texts: dict[str, str] = {}
    doubtful = set()
    for label, text in pairs:
        if texts.setdefault(label, text) != text:
            doubtful.add(label)
    return {label: text for label, text in texts.items() if label not in doubtful}
