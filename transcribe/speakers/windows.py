"""Cuts speech into short windows while the recording is still being read; nothing but the last half minute is kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcribe.stretch import RATE
from transcribe.voice import WINDOW, SpanFinder, VoiceProbability

Samples = NDArray[np.int16]

_BLOCK = 512 * WINDOW  # 16.4 s; a whole number of the voice detector's windows, as its state demands
_LONGEST = 30 * RATE  # speech without any pause is taken in pieces of this length
_KEPT = RATE  # before the present place: speech is told of a little after it began


@dataclass(frozen=True)
class Spoken:
    """Speech without a pause, in samples of the recording; two that touch are one that was too long."""

    begin: int
    end: int


@dataclass(frozen=True, eq=False)
class Window:
    """A piece of one `Spoken`: from sample `begin` to `end`, and its sound."""

    begin: int
    end: int
    sound: Samples


class SpeechWindows:
    """Windows of `length` samples every `step`; what they are pieces of is in `spoken` as it comes."""

    def __init__(self, length: int, step: int, least: int) -> None:
        self._length, self._step, self._least = length, step, least
        self.spoken: list[Spoken] = []
        self._voice, self._finder = VoiceProbability(), SpanFinder()
        self._sound = np.zeros(0, np.int16)
        self._base = 0
        self._open: int | None = None

    @property
    def heard(self) -> int:
        """Samples so far."""
        return self._base + len(self._sound)

    def over(self, blocks: Iterable[Samples]) -> Iterator[Window]:
        """Every window of the recording, in order."""
        for block in _even(blocks):
            self._sound = np.concatenate([self._sound, block])
            for probability in self._voice(block).tolist():
                for edge in self._finder.step(probability):
                    yield from self._at(edge.begins, edge.at)
            yield from self._shortened()
        for edge in self._finder.finish(self.heard):
            yield from self._at(edge.begins, edge.at)

    def _at(self, begins: bool, place: int) -> Iterator[Window]:
        if begins:
            self._open = place
        elif self._open is not None:
            yield from self._windows(Spoken(self._open, place))
            self._open = None

    def _shortened(self) -> Iterator[Window]:
        """Speech that does not end is dealt with as far as it goes, and what is no longer needed is let go."""
        while self._open is not None and self.heard - self._open > _LONGEST + _KEPT:
            yield from self._windows(Spoken(self._open, self._open + _LONGEST))
            self._open += _LONGEST
        needed = self.heard - _KEPT if self._open is None else min(self._open, self.heard - _KEPT)
        if needed > self._base:
            self._sound = self._sound[needed - self._base :].copy()
            self._base = needed

    def _windows(self, one: Spoken) -> Iterator[Window]:
        self.spoken.append(one)
        if one.end - one.begin < self._least:
            return
        last = max(one.begin, one.end - self._length)
        for begin in [*range(one.begin, last, self._step), last]:
            end = min(begin + self._length, one.end)
            yield Window(begin, end, self._sound[begin - self._base : end - self._base])


def _even(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """The same samples in blocks of one length, save the last."""
    waiting: list[Samples] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= _BLOCK:
            whole = np.concatenate(waiting)
            even = count // _BLOCK * _BLOCK
            yield from (whole[begin : begin + _BLOCK] for begin in range(0, even, _BLOCK))
            waiting, count = [whole[even:]], count - even
    if count:
        yield np.concatenate(waiting)
