"""Where a reading may be wrong: speech without text, loops, very low probability, rates at which nobody speaks."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from transcribe.coverage.covering import covering, longest, signs
from transcribe.coverage.intervals import fused, seconds, within, without
from transcribe.stretch import Span
from transcribe.transcript import Segment

GAP, LOOP, PROBABILITY, RATE = "gap", "loop", "probability", "rate"

LEAST_GAP = 0.25  # seconds of speech without text: the shortest answers (はい) take about that
BESIDE = 0.5  # seconds between a sentence and what may be a lost word of it, at most
UNSURE = -1.0  # mean log probability that Whisper's authors take for a failed reading
MOST_SIGNS = 14.0  # a second; fast Japanese is below 10
MOST_LETTERS = 35.0  # a second, where an alphabet is written
_ENOUGH_SIGNS = 8  # the times of shorter text are too coarse for a rate
_MUCH_SLOWER = 0.45  # than the median of the stretch
_ENOUGH_SPEECH, _ENOUGH_SEGMENTS = 1.5, 8  # seconds and segments from which a rate says something
_SAME_SENTENCES = 3
_ONE_BREATH = 1.0  # seconds between sentences of a loop, at most
_WITHOUT_END = 8
_ENDLESS = re.compile(r"(.)\1{19,}|(.{2,60}?)\2{7,}")
_LOOPS = (
    re.compile(r"(.)\1{9,}"),
    re.compile(r"(.{2,3})\1{5,}"),
    re.compile(r"(.{4,60}?)\1{2,}"),
)


@dataclass(frozen=True)
class Doubt:
    """A place that is to be read again, and why."""

    start: float
    end: float
    reason: str


def doubts(segments: Sequence[Segment], spans: Sequence[Span], usual: float) -> list[Doubt]:
    """All of them, by time. `usual` is the rate of the whole stretch."""
    places = [*gaps(segments, spans), *_untouched(segments, spans)]
    found = [Doubt(gap.start, gap.end, GAP) for gap in fused(places)]
    found += [Doubt(one.start, one.end, LOOP) for one in looping(segments)]
    found += [Doubt(one.start, one.end, PROBABILITY) for one in segments if probability(one) < UNSURE]
    found += [Doubt(one.start, one.end, RATE) for one in segments if too_fast(one) or too_slow(one, spans, usual)]
    return sorted(found, key=lambda one: (one.start, one.end, one.reason))


def gaps(segments: Sequence[Segment], spans: Sequence[Span]) -> list[Span]:
    """Speech without text, where it is long enough to be a word."""
    left = without(spans, covering(segments, spans))
    return [one for one in left if one.end - one.start >= LEAST_GAP]


def _untouched(segments: Sequence[Segment], spans: Sequence[Span]) -> list[Span]:
    """Words that stand apart in the sound and that no text reaches, though it comes near enough to hide their lack.

    Right beside a sentence the least sound may be a lost word of it: there the network often hears a vowel or two only.
    """

    def away(span: Span) -> float:
        return min((max(one.start - span.end, span.start - one.end) for one in segments), default=math.inf)

    return [
        span for span in spans if away(span) >= 0.0 and (span.end - span.start >= LEAST_GAP or away(span) <= BESIDE)
    ]


def looping(segments: Sequence[Segment]) -> list[Segment]:
    """Segments that say one thing again and again, in themselves or one after the other."""
    found = {index for index, one in enumerate(segments) if loops(one.text)}
    for run in _same(segments):
        if len(run) >= _SAME_SENTENCES:
            found.update(run)
    return [segments[index] for index in sorted(found)]


def loops(text: str) -> bool:
    """Is something in it repeated as nobody repeats it?"""
    return any(pattern.search(_bare(text)) for pattern in _LOOPS)


def without_endless(segments: Sequence[Segment]) -> list[Segment]:
    """The segments without loops so long that nobody can have meant them: such text is no proof that what was said is there."""
    endless = {index for index, one in enumerate(segments) if _ENDLESS.search(_bare(one.text))}
    for run in _same(segments):
        if len(run) >= _WITHOUT_END:
            endless.update(run[1:])
    return [one for index, one in enumerate(segments) if index not in endless]


def _same(segments: Sequence[Segment]) -> Iterator[list[int]]:
    """Numbers of segments that say the same one after the other."""
    run: list[int] = []
    for index, one in enumerate(segments):
        if run and (one.text != segments[run[-1]].text or one.start - segments[run[-1]].end > _ONE_BREATH):
            yield run
            run = []
        if signs(one.text) >= 2:
            run.append(index)
    yield run


def _bare(text: str) -> str:
    return "".join(one for one in text if one.isalnum() or one == "ー")


def probability(segment: Segment) -> float:
    """Mean log probability of its words; of its whole clip where there are no words."""
    if not segment.words:
        return segment.log_probability
    words = [max(one.probability, 1e-6) for one in segment.words]
    return min(sum(map(math.log, words)) / len(words), 0.0)


def usual_rate(segments: Sequence[Segment], spans: Sequence[Span]) -> float:
    """Signs per second of speech, the median of a whole stretch; 0 where there is too little text to say."""
    spoken = [(one, _spoken(one, spans)) for one in segments]
    rates = [signs(one.text) / length for one, length in spoken if length >= _ENOUGH_SPEECH]
    return median(rates) if len(rates) >= _ENOUGH_SEGMENTS else 0.0


def too_slow(segment: Segment, spans: Sequence[Span], usual: float) -> bool:
    """So little text for its speech, by itself or beside the others, that some of it may be missing."""
    length = _spoken(segment, spans)
    return length > longest(segment.text) or (
        length >= _ENOUGH_SPEECH and signs(segment.text) < _MUCH_SLOWER * usual * length
    )


def _spoken(segment: Segment, spans: Sequence[Span]) -> float:
    return seconds(within(spans, segment.start, segment.end))


def too_fast(segment: Segment) -> bool:
    """More text than a mouth can say in that time."""
    said = signs(segment.text)
    if said < _ENOUGH_SIGNS:
        return False
    letters = sum(one.isascii() for one in segment.text if one.isalnum())
    least = letters / MOST_LETTERS + (said - letters) / MOST_SIGNS
    return segment.end - segment.start < least
