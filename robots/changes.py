"""What is different between a screen as it was recorded and as it is now. Pure: standard library only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any

from robots.errors import sentence
from robots.screen import Screen

KINDS = (
    "missing",
    "renamed",
    "new",
    "moved",
    "type",
    "shorter",
    "button-missing",
    "button-new",
    "stopped",
    "refused",
    "value",
)
"""Keys under `[changes]` of language/*.toml."""
HARMLESS = frozenset({"moved", "button-missing", "button-new", "refused"})
"""The flow finds labels wherever they stand, says itself when a button that it needs is missing; a refused row is no changed screen."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was recorded."""

    screen: str
    kind: str
    label: str
    to: str = ""
    """New label, type, length, value or words."""
    was: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing may be keyed before a person has looked."""
        return self.kind not in HARMLESS

    def sentence(self, language: str = "ja") -> str:
        """Which screen, which label, what is different."""
        return sentence(
            f"changes.{self.kind}",
            language,
            {"screen": self.screen, "label": self.label, "to": self.to, "was": self.was},
        )


@dataclass(frozen=True)
class Outline:
    """A screen without any data: what is recorded."""

    heading: str
    labels: tuple[str, ...]
    """Of what is shown."""
    fields: tuple[Mapping[str, str | int | None], ...]
    """`label`, `name`, `type`, `longest`."""
    headings: tuple[str, ...]
    """Of its list."""
    buttons: tuple[str, ...]

    @classmethod
    def of(cls, screen: Screen) -> "Outline":
        """Of a screen as it was read."""
        fields = tuple(
            {"label": each.label, "name": each.name, "type": each.type, "longest": each.longest}
            for each in screen.fields
        )
        buttons = tuple(dict.fromkeys(screen.buttons))
        return cls(screen.heading, tuple(label for label, _ in screen.shown), fields, screen.headings, buttons)

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> "Outline":
        """From JSON."""
        return cls(
            record["heading"],
            tuple(record["labels"]),
            tuple(record["fields"]),
            tuple(record["headings"]),
            tuple(record["buttons"]),
        )

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def differences(before: Outline, now: Outline) -> list[Difference]:
    """All of one screen."""
    return [
        *_of_labels(now.heading, before.labels, now.labels),
        *_of_fields(now.heading, before.fields, now.fields),
        *_of_labels(now.heading, before.headings, now.headings),
        *(Difference(now.heading, "button-missing", words) for words in before.buttons if words not in now.buttons),
        *(Difference(now.heading, "button-new", words) for words in now.buttons if words not in before.buttons),
    ]


def _of_labels(screen: str, before: Sequence[str], now: Sequence[str]) -> Iterator[Difference]:
    missing = [label for label in before if label not in now]
    new = [label for label in now if label not in before]
    # Where as many went as came, and each stands where the old one stood, they are the same things under new names.
    places = [before.index(label) for label in missing], [now.index(label) for label in new]
    if missing and places[0] == places[1]:
        for old, renamed in zip(missing, new, strict=True):
            yield Difference(screen, "renamed", old, to=renamed)
    else:
        yield from (Difference(screen, "missing", label) for label in missing)
        yield from (Difference(screen, "new", label) for label in new)
    yield from _moved(screen, [each for each in before if each in now], [each for each in now if each in before])


def _of_fields(
    screen: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    old = {field["label"]: field for field in before}
    new = {field["label"]: field for field in now}
    named = {field["name"]: field for field in now if field["name"] and field["label"] not in old}
    renamed = set()
    for label, field in old.items():
        if label in new:
            yield from _of_one(screen, field, new[label])
        elif field["name"] in named:
            renamed.add(named[field["name"]]["label"])
            yield Difference(screen, "renamed", label, to=named[field["name"]]["label"])
        else:
            yield Difference(screen, "missing", label)
    yield from (Difference(screen, "new", label) for label in new if label not in old and label not in renamed)
    yield from _moved(screen, [label for label in old if label in new], [label for label in new if label in old])


def _of_one(screen: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    if before["name"] != now["name"]:
        yield Difference(screen, "other-field", now["label"], to=now["name"], was=before["name"])
    if before["type"] != now["type"]:
        yield Difference(screen, "type", now["label"], to=now["type"], was=before["type"])
    if now["longest"] is not None and (before["longest"] is None or now["longest"] < before["longest"]):
        yield Difference(screen, "shorter", now["label"], to=str(now["longest"]), was=str(before["longest"] or ""))


def _moved(screen: str, before: Sequence[str], now: Sequence[str]) -> Iterator[Difference]:
    stays = {
        label
        for block in SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks()
        for label in before[block.a : block.a + block.size]
    }
    yield from (Difference(screen, "moved", label) for label in now if label not in stays)
