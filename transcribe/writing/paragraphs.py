"""Utterances joined into paragraphs by the pauses between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from transcribe.transcript import Segment

PAUSE_SECONDS = 1.2
MOST_CHARACTERS = 200
_WIDE_FROM = "\u2e80"  # from here on scripts are written without spaces between words


@dataclass(frozen=True)
class Paragraph:
    """What is said without a longer pause."""

    start: float
    end: float
    text: str


def paragraphs(segments: Iterable[Segment]) -> list[Paragraph]:
    """A new paragraph after a pause, or when it has become long enough to read."""
    done: list[Paragraph] = []
    for segment in segments:
        last = done[-1] if done else None
        if last and segment.start - last.end < PAUSE_SECONDS and len(last.text) < MOST_CHARACTERS:
            done[-1] = Paragraph(last.start, segment.end, joined(last.text, segment.text))
        else:
            done.append(Paragraph(segment.start, segment.end, segment.text))
    return done


def joined(before: str, after: str) -> str:
    """Two texts as one, with a space only between words of scripts that use spaces."""
    if before and after and before[-1] < _WIDE_FROM and after[0] < _WIDE_FROM:
        return f"{before} {after}"
    return before + after
