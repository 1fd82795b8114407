"""Seconds of time as lists of spans, ascending and apart."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from transcribe.stretch import Span


def seconds(spans: Iterable[Span]) -> float:
    """How long they are together."""
    return sum(span.end - span.start for span in spans)


def within(spans: Sequence[Span], start: float, end: float) -> list[Span]:
    """What of them lies between `start` and `end`. Every word of a text asks this: all spans but those few are passed over by halving."""
    first = bisect_right(spans, start, key=lambda one: one.end)
    last = bisect_left(spans, end, lo=first, key=lambda one: one.start)
    cut = (Span(max(one.start, start), min(one.end, end)) for one in spans[first:last])
    return [one for one in cut if one.end > one.start]


def without(spans: Iterable[Span], holes: Sequence[Span]) -> list[Span]:
    """What of them lies in none of the holes."""
    left: list[Span] = []
    for span in spans:
        at = span.start
        for hole in holes:
            if hole.end <= at:
                continue
            if hole.start >= span.end:
                break
            if hole.start > at:
                left.append(Span(at, hole.start))
            at = hole.end
        if at < span.end:
            left.append(Span(at, span.end))
    return left


def fused(spans: Iterable[Span], nearer_than: float = 0.0) -> list[Span]:
    """Any spans, ascending, with those that overlap or are nearer than that made one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if joined and span.start - joined[-1].end <= nearer_than:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined
