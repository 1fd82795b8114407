"""Which of two readings of the same sound is the better one. The rules in words: docs/developers/coverage.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from transcribe.coverage.covering import covered_seconds, signs
from transcribe.coverage.doubts import UNSURE, looping, loops, probability, too_fast, too_slow
from transcribe.stretch import Span
from transcribe.transcript import Segment

_CLEARLY_MORE = 0.3  # seconds of speech
_CLEARLY_SURER = 0.1  # of a mean log probability


@dataclass(frozen=True)
class Worth:
    """What speaks for a reading."""

    supported: float
    """Seconds of speech under its text. Text of very low probability counts half; loops and impossible rates count nothing."""
    doubtful: int
    """Segments that are one of these, or have little text for their speech."""
    probability: float
    """Mean log probability over its signs."""
    signs: int


def worth(segments: Sequence[Segment], spans: Sequence[Span], usual: float) -> Worth:
    """Of a reading of the sound in which the spans are speech; `usual` is the stretch's rate."""
    impossible = _impossible(segments)
    possible = [one for one in segments if one not in impossible]
    sure = [one for one in possible if probability(one) >= UNSURE]
    doubtful = [one for one in segments if one not in sure or too_slow(one, spans, usual)]
    told = sum(signs(one.text) for one in segments)
    weighed = sum(probability(one) * signs(one.text) for one in segments)
    return Worth(
        supported=(covered_seconds(sure, spans) + covered_seconds(possible, spans)) / 2,
        doubtful=len(doubtful),
        probability=weighed / told if told else UNSURE,
        signs=told,
    )


def better(other: Worth, first: Worth) -> bool:
    """Is the other the better one? In doubt it is not, and no text is never better than text."""
    if not other.signs:
        return False
    if abs(other.supported - first.supported) > _CLEARLY_MORE:
        return other.supported > first.supported
    if other.doubtful != first.doubtful:
        return other.doubtful < first.doubtful
    return other.probability > first.probability + _CLEARLY_SURER


def _impossible(segments: Sequence[Segment]) -> list[Segment]:
    """Loops, of which the first saying is let stand, and what nobody can say so fast."""
    seen: set[str] = set()
    found = []
    for one in looping(segments):
        if loops(one.text) or one.text in seen:
            found.append(one)
        seen.add(one.text)
    return found + [one for one in segments if too_fast(one)]
