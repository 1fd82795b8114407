"""Kinds of work and what each takes. Pure: standard library only.

A fourth kind is one member of `Kind`, one file in `workers/kinds/`, one engine package and one options template.
"""

from enum import StrEnum
from typing import Self

AUDIO = frozenset("aac aif aiff amr flac m4a mka mp3 oga ogg opus wav wma".split())
VIDEO = frozenset("avi m4v mkv mov mp4 mpg webm wmv".split())


class Unit(StrEnum):
    """What volume is counted in. Within the system audio is kept in seconds and booked in minutes."""

    AUDIO_MINUTE = "audio-minute"
    SHEET = "sheet"
    ROW = "row"

    @property
    def divisor(self) -> float:
        """How many of the parts' own steps (seconds, sheets, rows) make one unit."""
        return 60.0 if self is Unit.AUDIO_MINUTE else 1.0


class Kind(StrEnum):
    """Which engine does the work. Its value names the adapter `workers/kinds/<value>.py` and the queue."""

    unit: Unit
    accepts: frozenset[str]
    families: frozenset[str]

    def __new__(cls, value: str, unit: Unit, accepts: frozenset[str], families: frozenset[str]) -> Self:
        """`accepts`: endings of file names, lower case; `families`: what the content may be (`sniff.family`)."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.unit = unit
        member.accepts = accepts
        member.families = families
        return member

    TRANSCRIPTION = "transcription", Unit.AUDIO_MINUTE, AUDIO | VIDEO, frozenset({"sound"})

    @classmethod
    def for_ending(cls, ending: str) -> "Kind | None":
        """The kind that takes files with this ending, to tell a clerk where a file belongs."""
        return next((kind for kind in cls if ending in kind.accepts), None)
