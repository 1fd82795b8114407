"""Utterances joined into paragraphs by speakers and by the pauses between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from transcribe.transcript import Segment

PAUSE_SECONDS = 1.2
MOST_CHARACTERS = 200
_WIDE_FROM = "\u2e80"  # from here on scripts are written without spaces between words


@dataclass(frozen=True)
class Paragraph:
    """What one speaker says without a longer pause."""

    start: float
    end: float
    text: str
    speaker: str = ""


def paragraphs(segments: Iterable[Segment]) -> list[Paragraph]:
    """A new paragraph for another speaker, after a pause, or when it has become long enough to read."""
    done: list[Paragraph] = []
    for segment in segments:
        last = done[-1] if done else None
        if last and _goes_on(last, segment):
            done[-1] = Paragraph(last.start, segment.end, joined(last.text, segment.text), last.speaker)
        else:
            done.append(Paragraph(segment.start, segment.end, segment.text, segment.speaker))
    return done


def _goes_on(last: Paragraph, segment: Segment) -> bool:
    close = segment.start - last.end < PAUSE_SECONDS
    return close and len(last.text) < MOST_CHARACTERS and segment.speaker == last.speaker


def joined(before: str, after: str) -> str:
    """Two texts as one, with a space only between words of scripts that use spaces."""
    if before and after and before[-1] < _WIDE_FROM and after[0] < _WIDE_FROM:
        return f"{before} {after}"
    return before + after
