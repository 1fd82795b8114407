"""What was read: readings, field evidence, pages, values, cases. All but pictures goes to JSON and back unchanged.

Places on a sheet are (x, y, width, height) in millimetres from the top left corner of the form's page.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Character:
    """One character as decoded: its probability, and the next best of the allowed ones."""

    text: str
    probability: float
    second: str = ""
    second_probability: float = 0.0


@dataclass(frozen=True)
class Reading:
    """One line of writing as the recogniser read it within the field's alphabet."""

    text: str
    characters: tuple[Character, ...] = ()
    free: str = ""
    """The reading with no alphabet given; a difference is a sign of doubt."""
    runner_up: str = ""
    margin: float = 0.0
    """Natural log of P(text) / P(runner_up); infinite margins are cut to 50."""

    @property
    def least(self) -> float:
        """Probability of the most doubtful character; 1 for an empty reading."""
        return min((each.probability for each in self.characters), default=1.0)


@dataclass(frozen=True)
class Mark:
    """A tick, circle or seal: `density` is the share of ink beyond the blank's, `marked` the decision."""

    option: str
    density: float
    marked: bool


@dataclass(frozen=True)
class Evidence:
    """Everything that one page tells about one field, before any check.

    `path` names the field: `payee_kana`, in tables `items.3.amount` with rows from 1.
    """

    path: str
    box: Box
    reading: Reading | None = None
    pieces: tuple[Reading, ...] = ()
    """Readings of a field written in pieces (year, month, day), in the definition's order."""
    marks: tuple[Mark, ...] = ()
    ink: float = 0.0
    """Share of the box covered by ink that is not the blank's."""
    signs: dict[str, float] = field(default_factory=dict)
    """Further signs of doubt, by name (`second_pass_differs`, `sharpness` …): what calibration learns from."""


@dataclass(frozen=True)
class Place:
    """Where a page belongs. `homography` maps the page's pixels to the template's at 12 px/mm, row by row, 9 numbers."""

    form: str
    revision: str
    page: int
    """Page of the form, from 1."""
    homography: tuple[float, ...]
    inliers: int
    fit: float
    """0–1: how much of the blank's ink was found where it should be."""
    size: tuple[float, float] = (210.0, 297.0)
    """Of the template's page in millimetres, width and height."""
    residual: float = 0.0
    """Median distance, in pixels at 12 px/mm, between the blank's line work and the page's after alignment."""


class Verdict(StrEnum):
    """What sorting says of a page."""

    FITS = "fits"
    BLANK = "blank"
    UNKNOWN = "unknown"
    """帳票が定義と一致しません: no revision of any form given fits."""
    CHANGED = "changed"
    """Most of a form is there, but not where its revision has it: an old or new edition."""
    CUT_OFF = "cut-off"
    """Part of the sheet is missing from the scan."""
    UNREADABLE = "unreadable"
    """The page's picture is damaged or beyond the limits; the file's other pages are not."""


@dataclass(frozen=True)
class Sorted:
    """The verdict on one page; `place` is set when it fits, `nearest` names the most similar form otherwise."""

    file: str
    page: int
    """Page in the file, from 1."""
    verdict: Verdict
    place: Place | None = None
    nearest: str = ""
    notices: tuple[str, ...] = ()
    """Codes of what a person should know (`turned`, `mirrored`, `hidden-text` …)."""


@dataclass(frozen=True)
class PageReading:
    """One page read: where it belongs, and the evidence of each of its fields."""

    sorted: Sorted
    evidence: tuple[Evidence, ...]
    quality: dict[str, float] = field(default_factory=dict)
    """Of the scan: `sharpness`, `contrast`, `noise`, `residual_px`."""
    engine: str = ""
    """Engine version and recogniser."""


class Decision(StrEnum):
    """What the form's policy makes of the probability of being wrong."""

    ACCEPT = "accept"
    LOOK = "look"
    """One person looks."""
    TWO_KEYS = "two-keys"
    """Two people key it, neither seeing the other's."""


@dataclass(frozen=True)
class Finding:
    """Something a check found: a code of the language files, with its evidence. `paths` are the fields concerned."""

    code: str
    paths: tuple[str, ...] = ()
    evidence: dict[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Value:
    """A field's value as it goes out."""

    path: str
    label: str
    type: str
    raw: str
    """What stands on the paper, as read."""
    value: str
    """By its type: dates ISO 8601, amounts and digits plain, ticks `1` or ``; names and free text as read."""
    p_wrong: float
    decision: Decision
    page: int
    """Page of the form, from 1."""
    box: Box
    findings: tuple[Finding, ...] = ()
    masked: bool = False
    """Personal numbers: value and raw hold the mask outside the one place that may see them."""


@dataclass(frozen=True)
class Case:
    """One form as handed in, of one or more pages."""

    form: str
    revision: str
    number: int
    """From 1 in the order of the pages."""
    pages: tuple[Sorted, ...]
    values: tuple[Value, ...]
    findings: tuple[Finding, ...] = ()
    """About the case as a whole: `page-missing`, rules across fields."""
    engine: str = ""

    def by_path(self) -> dict[str, Value]:
        """Values by field path."""
        return {value.path: value for value in self.values}

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The case that `to_json` wrote."""
        values = tuple(
            Value(
                **{
                    **each,
                    "box": tuple(each["box"]),
                    "decision": Decision(each["decision"]),
                    "findings": _findings(each),
                }
            )
            for each in data["values"]
        )
        pages = tuple(sorted_from_json(each) for each in data["pages"])
        return cls(**{**data, "pages": pages, "values": values, "findings": _findings(data)})


def _findings(data: dict[str, Any]) -> tuple[Finding, ...]:
    return tuple(Finding(**{**each, "paths": tuple(each["paths"])}) for each in data["findings"])


def sorted_from_json(data: dict[str, Any]) -> Sorted:
    """A `Sorted` from what `asdict` made of it."""
    place = data["place"] and Place(
        **{**data["place"], "homography": tuple(data["place"]["homography"]), "size": tuple(data["place"]["size"])}
    )
    return Sorted(**{**data, "verdict": Verdict(data["verdict"]), "place": place, "notices": tuple(data["notices"])})


def reading_from_json(data: dict[str, Any]) -> Reading:
    """A `Reading` from what `asdict` made of it."""
    return Reading(**{**data, "characters": tuple(Character(**each) for each in data["characters"])})


def page_to_json(page: PageReading) -> dict[str, Any]:
    """Plain data."""
    return asdict(page)


def page_from_json(data: dict[str, Any]) -> PageReading:
    """The page that `page_to_json` wrote."""
    evidence = tuple(
        Evidence(
            **{
                **each,
                "box": tuple(each["box"]),
                "reading": each["reading"] and reading_from_json(each["reading"]),
                "pieces": tuple(reading_from_json(piece) for piece in each["pieces"]),
                "marks": tuple(Mark(**mark) for mark in each["marks"]),
            }
        )
        for each in data["evidence"]
    )
    return PageReading(**{**data, "sorted": sorted_from_json(data["sorted"]), "evidence": evidence})
