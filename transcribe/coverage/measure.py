"""What is said about the completeness of a stretch's text, once nothing in it changes any more."""

from collections.abc import Sequence

from transcribe.certificate import Certificate, Gap, Note, Removed
from transcribe.coverage.covering import covered_seconds
from transcribe.coverage.doubts import gaps, without_endless
from transcribe.coverage.intervals import fused, seconds, within
from transcribe.stretch import Span
from transcribe.transcript import Segment

_ONE_GAP = 1.0  # seconds: holes that are nearer and have no text between them are listed as one


def measured(
    segments: Sequence[Segment],
    spans: Sequence[Span],
    heard_again: Sequence[Span] = (),
    removed: Sequence[Removed] = (),
    notes: Sequence[Note] = (),
) -> Certificate:
    """The certificate of a text over these spans of speech."""
    told = without_endless(segments)
    again = sum(seconds(within(spans, one.start, one.end)) for one in heard_again)
    return Certificate(
        speech=round(seconds(spans), 3),
        covered=round(covered_seconds(told, spans), 3),
        decoded_again=round(again, 3),
        gaps=tuple(_listed(told, spans)),
        removed=tuple(removed),
        notes=tuple(notes),
    )


def _listed(segments: Sequence[Segment], spans: Sequence[Span]) -> list[Gap]:
    left = gaps(segments, spans)
    listed = []
    for place in _apart(left, segments):
        speech = sum(seconds(within([place], one.start, one.end)) for one in left)
        listed.append(Gap(round(place.start, 3), round(place.end, 3), round(speech, 3)))
    return listed


def _apart(left: Sequence[Span], segments: Sequence[Segment]) -> list[Span]:
    """Near holes as one, unless text stands between them."""
    joined: list[Span] = []
    for one in left:
        near = joined and one.start - joined[-1].end <= _ONE_GAP
        if near and not any(joined[-1].end <= (each.start + each.end) / 2 <= one.start for each in segments):
            joined[-1:] = fused([joined[-1], one], _ONE_GAP)
        else:
            joined.append(one)
    return joined
