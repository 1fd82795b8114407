"""Kinds of work and what each takes. Pure: standard library only.

A fourth kind is one member of `Kind`, one file in `workers/kinds/`, one engine package and one options template.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

AUDIO = frozenset(["aac", "aif", "aiff", "amr", "flac", "m4a", "mka", "mp3", "oga", "ogg", "opus", "wav", "wma"])
SCANS = frozenset(["heic", "heif", "jpeg", "jpg", "pdf", "png", "tif", "tiff"])
SHEETS = frozenset(["csv", "xlsm", "xlsx"])
VIDEO = frozenset(["avi", "m4v", "mkv", "mov", "mp4", "mpg", "webm", "wmv"])


class Unit(StrEnum):
    """What volume is counted in. Within the system audio is kept in seconds and booked in minutes."""

    AUDIO_MINUTE = "audio-minute"
    SHEET = "sheet"
    ROW = "row"

    @property
    def divisor(self) -> float:
        """How many of the parts' own steps (seconds, sheets, rows) make one unit."""
        return 60.0 if self is Unit.AUDIO_MINUTE else 1.0


@dataclass(frozen=True)
class Trade:
    """What belongs to one kind of work."""

    name: str
    """Names the adapter `workers/kinds/<name>.py`, the options template and the queue."""
    unit: Unit
    accepts: frozenset[str]
    """Endings of file names, lower case, without the dot."""
    families: frozenset[str]
    """What the content may be (`sniff.family`)."""
    by_forms: bool = False
    """Whether its jobs are read by form definitions; acceptance pins a job to their revisions."""
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Options that take these values only; the first counts where none is given."""
    days: tuple[str, ...] = ()
    """Options that take a day only, or nothing."""


class Kind(Enum):
    """Which engine does the work."""

    TRANSCRIPTION = Trade(
        "transcription",
        Unit.AUDIO_MINUTE,
        AUDIO | VIDEO,
        frozenset({"sound"}),
        choices=(
            ("fillers", ("keep", "hide")),
            ("numbers", ("spoken", "written")),
            ("salvage", ("no", "yes")),
            ("speakers", ("off", "auto", *map(str, range(2, 11)))),
        ),
        days=("meeting_date",),
    )
    FORM = Trade("form", Unit.SHEET, SCANS, frozenset({"pdf", "image"}), by_forms=True)
    # An encrypted workbook is `office`, a page saved under a workbook's name `text`: the engine says in words what to do about it.
    ROBOT = Trade("robot", Unit.ROW, SHEETS, frozenset({"zip", "text", "office"}))

    @classmethod
    def named(cls, name: str) -> "Kind":
        """The kind that the record calls so. Raises KeyError."""
        return {kind.value.name: kind for kind in cls}[name]

    @classmethod
    def for_ending(cls, ending: str) -> "Kind | None":
        """The kind that takes files with this ending, to tell a clerk where a file belongs."""
        return next((kind for kind in cls if ending in kind.value.accepts), None)

    @classmethod
    def for_content(cls, found: str) -> "Kind | None":
        """The kind that such content surely belongs to: not every text or archive is a table."""
        kind = next((kind for kind in cls if found in kind.value.families), None)
        return None if kind is cls.ROBOT else kind
