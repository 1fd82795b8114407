"""Where the sound of a doubtful place begins and ends, and which words at its edges are its neighbours'."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcribe.stretch import RATE, Span
from transcribe.transcript import Segment, Word
from transcribe.words.places import places

_REACH = 0.15  # seconds: how far time marks may be off
_STEP = RATE // 100


def quietest(samples: NDArray[np.int16], near: float, reach: float = _REACH) -> float:
    """The middle of the quietest 10 ms near a time; the ends of the samples are edges already."""
    low, high = round((near - reach) * RATE), round((near + reach) * RATE)
    if low <= 0:
        return 0.0
    if high >= len(samples):
        return len(samples) / RATE
    steps = samples[low : low + (high - low) // _STEP * _STEP].astype(np.float32).reshape(-1, _STEP)
    return (low + int(np.square(steps).sum(axis=1).argmin()) * _STEP + _STEP // 2) / RATE


def halves(samples: NDArray[np.int16], sound: Span, spoken: Sequence[Span]) -> tuple[Span, Span]:
    """The sound cut in its longest silence, or at the quietest place of its middle half where it has none."""
    pauses = [(later.start - one.end, (one.end + later.start) / 2) for one, later in pairwise(spoken)]
    length = sound.end - sound.start
    middle = max(pauses)[1] if pauses else quietest(samples, sound.start + length / 2, length / 4)
    return Span(sound.start, middle), Span(middle, sound.end)


def trimmed(segments: Sequence[Segment], neighbours: Sequence[Segment]) -> list[Segment]:
    """The segments without words that were said in the time of a neighbour, whose text stands already."""
    return [left for one in segments if (left := _without(one, neighbours)) is not None]


def _without(segment: Segment, neighbours: Sequence[Segment]) -> Segment | None:
    def taken(one: Segment | Word) -> bool:
        return any(each.start <= (one.start + one.end) / 2 <= each.end for each in neighbours)

    known = places(segment)
    if not known:
        return None if taken(segment) else segment
    own = [number for number, word in enumerate(segment.words) if not taken(word)]
    if not own:
        return None
    if len(own) == len(segment.words):
        return segment
    words = segment.words[own[0] : own[-1] + 1]
    text = segment.text[known[own[0]][0] : known[own[-1]][1]]
    return replace(segment, start=words[0].start, end=words[-1].end, text=text, words=words)
