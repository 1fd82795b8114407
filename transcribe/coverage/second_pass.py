"""Doubtful places are decoded again, one clip at a time and cut otherwise, until a reading leaves no doubt.

A model that lost a sentence in a full window often finds it when the sentence comes alone, or with other neighbours.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcribe.coverage.choice import better, worth
from transcribe.coverage.covering import covering
from transcribe.coverage.doubts import BESIDE, UNSURE, doubts, probability, usual_rate
from transcribe.coverage.edges import halves, quietest, trimmed
from transcribe.coverage.intervals import fused, seconds, within, without
from transcribe.packing import Clip, pack, seams
from transcribe.seams import sewn
from transcribe.stretch import RATE, Span
from transcribe.transcript import Segment

Read = Callable[[Clip, NDArray[np.int16]], list[Segment]]
"""The segments of one clip of these samples, in seconds of the samples, decoded with the settings of the second pass."""

_ONE_PLACE = 1.0  # seconds: doubts that are nearer are looked at together
_A_WORD, _BESIDE = (
    1.0,
    0.5,
)  # seconds without text that are rather a word lost than a sentence; where its sentence is looked for
_LONG = 2.0  # seconds of speech from which a place is also read in halves
_MOST = 60.0  # seconds of speech that are heard again in any stretch; in a longer one as much as it holds


@dataclass(frozen=True)
class Completed:
    """The segments after the second pass, and the sound that it read again."""

    segments: list[Segment]
    heard: list[Span]
    limited: bool = False
    """So much was in doubt that not every place was read in every way."""


class SecondPass:
    """Reads the doubtful places of one stretch again. All times are seconds of `samples`.

    Each place is read alone; in other ways only as long as no more is read than the stretch holds speech. Further ways to `read` are
    tried on a place that the first one leaves in doubt.
    """

    def __init__(
        self, samples: NDArray[np.int16], spans: Sequence[Span], window_seconds: float, read: Read, *further: Read
    ) -> None:
        self._samples, self._spans, self._window = samples, list(spans), window_seconds
        self._read, self._further = read, further
        self._usual = 0.0

    def complete(self, segments: Sequence[Segment]) -> Completed:
        """Better readings in the place of doubtful ones; where none is better the first one stays."""
        now = _ordered(segments)
        self._usual = usual_rate(now, self._spans)
        heard: list[Span] = []
        tried: set[tuple[Read, tuple[Span, ...]]] = set()
        # Music or a foreign language is in doubt everywhere: read in every way it would take many times as long as all the rest.
        left, limited = max(_MOST, seconds(self._spans)), False
        for place in self._places(now):
            for number, (sounds, read) in enumerate(self._framings(place, now)):
                if (read, tuple(sounds)) not in tried:  # or else with a place beside it, between the same two texts
                    cost = sum(seconds(within(self._spans, one.start, one.end)) for one in sounds)
                    if number and cost > left:
                        limited = True
                        continue
                    now = self._chosen(sounds, read, now)
                    tried.add((read, tuple(sounds)))
                    heard += sounds
                    left -= cost
                if not self._doubtful(now, place):
                    break
        return Completed(now, fused(heard), limited)

    def _places(self, segments: Sequence[Segment]) -> list[Span]:
        """The doubts with the segments that they touch, near ones as one.

        What is too short for a sentence belongs to the one beside it, which is then in doubt as a whole.
        """
        places = []
        for doubt in doubts(segments, self._spans, self._usual):
            reach = BESIDE if doubt.end - doubt.start < _A_WORD else 0.0
            touched = _touching(segments, Span(doubt.start - reach, doubt.end + reach))
            start = min([doubt.start, *(one.start for one in touched)])
            places.append(Span(start, max([doubt.end, *(one.end for one in touched)])))
        return fused(places, _ONE_PLACE)

    def _framings(self, place: Span, segments: Sequence[Segment]) -> Iterator[tuple[list[Span], Read]]:
        """Sounds that hold the place: alone, in halves, with its neighbours."""
        before = [one for one in segments if one.end <= place.start]
        after = [one for one in segments if one.start >= place.end]
        ends = [0.0, *sorted(one.end for one in before)]  # where two speak at once, what began last may end first
        starts = [*(one.start for one in after), len(self._samples) / RATE]
        alone = self._sound(ends[-1], starts[0])
        yield [alone], self._read
        spoken = within(self._spans, alone.start, alone.end)
        if seconds(spoken) >= _LONG:
            yield list(halves(self._samples, alone, spoken)), self._read
        wider = self._sound(ends[-2] if before else ends[-1], starts[1] if after else starts[0])
        if seconds(within(self._spans, wider.start, wider.end)) > seconds(spoken):
            yield [wider], self._read
        for read in self._further:
            yield [alone], read

    def _sound(self, after: float, before: float) -> Span:
        return Span(quietest(self._samples, after), quietest(self._samples, before))

    def _doubtful(self, segments: Sequence[Segment], place: Span) -> bool:
        return bool(doubts(_touching(segments, place), within(self._spans, place.start, place.end), self._usual))

    def _chosen(self, sounds: Sequence[Span], read: Read, segments: list[Segment]) -> list[Segment]:
        """The segments, those within the sounds read anew if that is better."""
        whole = Span(sounds[0].start, sounds[-1].end)
        spoken = within(self._spans, whole.start, whole.end)
        first = [one for one in segments if whole.start <= (one.start + one.end) / 2 < whole.end]
        kept = [one for one in segments if one not in first]
        other = trimmed([one for sound in sounds for one in self._decoded(sound, kept, read)], kept)
        other = [one for one in other if probability(one) >= UNSURE or _touching(first, Span(one.start, one.end))]
        anew = [replace(one, again=True) for one in other]
        chosen = first
        # The second: a reading often finds one sentence and loses another.
        for candidate in (anew, _ordered([*first, *trimmed(anew, first)])):
            if better(worth(candidate, spoken, self._usual), worth(chosen, spoken, self._usual)):
                chosen = candidate
        return segments if chosen is first else _ordered([*kept, *chosen])

    def _decoded(self, sound: Span, neighbours: Sequence[Segment], read: Read) -> list[Segment]:
        """What is said in the sound. The last breath of a neighbour in it would only mislead: it is left to the padding."""
        begin, end = round(sound.start * RATE), round(sound.end * RATE)
        samples, offset = self._samples[begin:end], begin / RATE
        spoken = without(within(self._spans, offset, end / RATE), covering(neighbours, self._spans))
        spans = [Span(one.start - offset, one.end - offset) for one in spoken]
        clips = pack(spans, samples, self._window)
        told = sewn((tuple(read(clip, samples)) for clip in clips), seams(clips))
        return [one.shifted(offset) for piece in told for one in piece]


def _touching(segments: Sequence[Segment], place: Span) -> list[Segment]:
    return [one for one in segments if one.start < place.end and place.start < one.end]


def _ordered(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda one: (one.start, one.end))
