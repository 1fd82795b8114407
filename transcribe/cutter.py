"""Decides where a recording is cut, from edges of speech alone. All places are samples from its start."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from transcribe.stretch import RATE, Span, Stretch
from transcribe.transcript import Damage
from transcribe.voice import WINDOW, Edge

_GRID = RATE // 1000  # cuts fall on whole milliseconds, so that times in records are exact
_EARLY, _LATE = 0.75, 1.25  # of the target: between them the longest silence wins
_SILENCE = round(0.3 * RATE)  # a silence that is still going on must be this long to be cut
_MARGIN = round(0.08 * RATE)  # between a cut and the speech after it
_LEAD = RATE // 2  # kept before speech that may begin right after a cut in a long silence
_SEARCH = 10 * RATE  # where the quietest place is looked for in speech that never pauses


class Cutter:
    """Keeps the samples since the last cut; `step` gives a stretch when a cut is due."""

    def __init__(self, target: int, most: int, damage: list[Damage]) -> None:
        if not 0 < _LATE * target <= most:
            raise ValueError("the longest stretch must be at least a quarter longer than the target")
        self._early, self._late, self._most = round(_EARLY * target), round(_LATE * target), most
        self._damage = damage
        self.heard = 0
        self._start = 0
        self._index = 0
        self._sound = np.empty(most, np.int16)  # one buffer for the whole recording: memory stays flat
        self._spans: list[tuple[int, int]] = []
        self._gaps: list[tuple[int, int]] = []
        self._speech_since: int | None = None
        self._quiet_since = 0

    def hear(self, block: NDArray[np.int16]) -> None:
        """Take samples; the steps of their windows follow."""
        held, whole = self.heard - self._start, self.heard - self._start + len(block)
        if whole > len(self._sound):
            self._sound = np.concatenate([self._sound, np.empty(whole - len(self._sound), np.int16)])
        self._sound[held:whole] = block
        self.heard += len(block)

    def step(self, now: int, edges: Iterable[Edge]) -> Stretch | None:
        """One window later: note the edges, and cut if it is time."""
        for edge in edges:
            self._note(edge)
        if now - self._start < self._late:
            return None
        place = self._best_silence(now)
        if place is None and now - self._start >= self._most:
            place = self._quietest(now)
        return None if place is None else self._cut(place)

    def finish(self, edges: Iterable[Edge]) -> Iterator[Stretch]:
        """What is left at the end of the recording."""
        for edge in edges:
            self._note(edge)
        if self.heard > self._start:
            yield self._cut(self.heard)

    def _note(self, edge: Edge) -> None:
        if edge.begins:
            self._gaps.append((self._quiet_since, edge.at))
            self._speech_since = edge.at
        elif self._speech_since is not None:
            self._spans.append((self._speech_since, edge.at))
            self._speech_since, self._quiet_since = None, edge.at

    def _best_silence(self, now: int) -> int | None:
        """The place farthest from speech that is not too early: the middle of a silence, where it can be."""
        early = self._start + self._early
        places = [(max((a + b) // 2, early), a, b) for a, b in self._gaps]
        if self._speech_since is None and now - self._quiet_since >= _SILENCE:
            middle = (self._quiet_since + now) // 2
            places.append((max(middle, now - _LEAD, early), self._quiet_since, now))
        fit = [(min(at - a, b - at), at) for at, a, b in places if a <= at <= b - _MARGIN]
        return max(fit)[1] // _GRID * _GRID if fit else None

    def _quietest(self, now: int) -> int:
        """The middle of the quietest window shortly before `now`."""
        begin = max(self._start + self._early, now - _SEARCH)
        sound = self._sound[begin - self._start : now - self._start].astype(np.float32)
        windows = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
        quietest = int(np.square(windows).sum(axis=1).argmin())
        return (begin + quietest * WINDOW + WINDOW // 2) // _GRID * _GRID

    def _cut(self, place: int) -> Stretch:
        length, held = place - self._start, self.heard - self._start
        stretch = Stretch(
            self._index,
            _seconds(self._start),
            _seconds(place),
            tuple(Span(_seconds(a), _seconds(b)) for a, b in self._spans_until(place)),
            self._sound[:length].copy(),
            self._damage_until(place),
        )
        self._sound[: held - length] = self._sound[length:held].copy()
        self._start, self._index = place, self._index + 1
        self._quiet_since = max(self._quiet_since, place)
        return stretch

    def _spans_until(self, place: int) -> list[tuple[int, int]]:
        """The spans before `place`, which are then forgotten; speech that goes on is split there."""
        before = [(start, min(end, place)) for start, end in self._spans if start < place]
        self._spans = [(max(start, place), end) for start, end in self._spans if end > place]
        self._gaps = [gap for gap in self._gaps if gap[0] >= place]
        if self._speech_since is not None and self._speech_since < place:
            before.append((self._speech_since, place))
            self._speech_since = place
        return before

    def _damage_until(self, place: int) -> tuple[Damage, ...]:
        begin, end = _seconds(self._start), _seconds(place)
        last = place >= self.heard
        return tuple(one for one in self._damage if begin <= one.start and (one.start < end or last))


def _seconds(samples: int) -> float:
    return round(samples / RATE, 3)
