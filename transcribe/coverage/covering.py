"""Which seconds of speech stand under text.

Time marks alone would not do: a model that skips a sentence often stretches the words beside it over the hole. So
text covers no more speech than its signs can fill.
"""

from collections.abc import Iterable, Iterator, Sequence

from transcribe.coverage.intervals import fused, seconds, within, without
from transcribe.stretch import Span
from transcribe.transcript import Segment

SLACK = 0.2  # seconds: time marks and the edges of detected speech differ by less
_DRAWN_OUT = 1.2  # seconds of speech that a word may take beside …
_SLOWEST_SIGN = 0.4  # … this for each of its signs


def signs(text: str) -> int:
    """Letters, kana, kanji and digits; punctuation is not spoken."""
    return sum(one.isalnum() or one == "ー" for one in text)


def longest(text: str) -> float:
    """Seconds of speech that the text can fill, spoken as slowly as anybody speaks."""
    return _DRAWN_OUT + _SLOWEST_SIGN * signs(text)


def covering(segments: Iterable[Segment], spans: Sequence[Span]) -> list[Span]:
    """What the segments' text covers, a little widened on both sides."""
    return fused(Span(one.start - SLACK, one.end + SLACK) for segment in segments for one in _filled(segment, spans))


def covered_seconds(segments: Iterable[Segment], spans: Sequence[Span]) -> float:
    """Seconds of speech under text."""
    return seconds(spans) - seconds(without(spans, covering(segments, spans)))


def _filled(segment: Segment, spans: Sequence[Span]) -> Iterator[Span]:
    """The times of its words, or of the whole, each no longer than its signs allow."""
    for start, end, text in _words(segment):
        spoken = within(spans, start, end)
        most = longest(text)
        if seconds(spoken) <= most:
            yield Span(start, end)
            continue
        # Whether the hole is before or after what was read, the times do not say: it is looked for in the middle.
        yield Span(start, _after(spoken, most / 2))
        yield Span(_after(spoken, seconds(spoken) - most / 2), end)


def _words(segment: Segment) -> list[tuple[float, float, str]]:
    """Words that reach from the segment's start to its end: its marks are the better witnesses."""
    if not segment.words:
        return [(segment.start, segment.end, segment.text)]
    words = [(one.start, one.end, one.text) for one in segment.words]
    words[0] = (min(segment.start, words[0][0]), words[0][1], words[0][2])
    words[-1] = (words[-1][0], max(segment.end, words[-1][1]), words[-1][2])
    return words


def _after(spoken: Sequence[Span], wanted: float) -> float:
    """The time at which that many seconds of speech have passed."""
    for span in spoken:
        if wanted <= span.end - span.start:
            return span.start + wanted
        wanted -= span.end - span.start
    return spoken[-1].end
