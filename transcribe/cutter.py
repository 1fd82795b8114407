"""Decides where a recording is cut, from edges of speech and, between them, loudness. All places are samples from its start."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from transcribe.stretch import RATE, Span, Stretch
from transcribe.transcript import Damage
from transcribe.voice import WINDOW, Edge

_GRID = RATE // 1000  # cuts fall on whole milliseconds, so that times in records are exact
_EARLY, _LATE = 0.75, 1.25  # of the target: between them the longest silence wins
_HALVED = 2  # stretches at the start that are half as long: two workers have work at once, and a short meeting is shared by them
_SILENCE = round(0.3 * RATE)  # a silence that is still going on must be this long to be cut
_MARGIN = round(0.08 * RATE)  # between a cut and the speech after it
_LEAD = RATE // 2  # kept before speech that may begin right after a cut in a long silence
_HUSH = 9  # windows (0.3 s) in a silence that are to be quiet together: no pause within a word lasts so long
_APART = round(0.4 * RATE)  # between them and speech, as much as clips keep around it (`packing.PADDING`)
_SEARCH = 10 * RATE  # where the quietest place is looked for in speech that never pauses
_SHARED = (
    2 * RATE
)  # on each side of a cut inside speech: room for a word that lies across it, and some words to recognise the place by


class Cutter:
    """Keeps the samples since the last cut (and what is shared before it); `step` gives a stretch when a cut is due."""

    def __init__(self, target: int, most: int, damage: list[Damage]) -> None:
        if not 0 < _LATE * target <= most:
            raise ValueError("the longest stretch must be at least a quarter longer than the target")
        self._target, self._most = target, most
        self._damage = damage
        self.heard = 0
        self._start = 0
        self._lead = 0  # samples kept before the start, as the last cut lay in speech
        self._index = 0
        self._sound = np.empty(most, np.int16)  # one buffer for the whole recording: memory stays flat
        self._spans: list[tuple[int, int]] = []
        self._gaps: list[tuple[int, int]] = []
        self._speech_since: int | None = None
        self._quiet_since = 0

    def hear(self, block: NDArray[np.int16]) -> None:
        """Take samples; the steps of their windows follow."""
        held = self.heard - self._first
        whole = held + len(block)
        if whole > len(self._sound):
            self._sound = np.concatenate([self._sound, np.empty(whole - len(self._sound), np.int16)])
        self._sound[held:whole] = block
        self.heard += len(block)

    def step(self, now: int, edges: Iterable[Edge]) -> Stretch | None:
        """One window later: note the edges, and cut if it is time."""
        for edge in edges:
            self._note(edge)
        if now - self._start < self._aim(_LATE):
            return None
        place = self._best_silence(now)
        if place is not None:
            return self._cut(place)
        if now - self._start < self._most:
            return None
        place = self._quietest(now)
        if not self._spoken(place):  # right before speech that then never paused
            return self._cut(place)
        after = (now - place) // _GRID * _GRID
        return self._cut(place, min(_SHARED, after), min(_SHARED, place - self._start))

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
        """The quietest place in the silence that offers the one farthest from speech that is not too early."""
        early = self._start + self._aim(_EARLY)
        places = [(max((a + b) // 2, early), a, b) for a, b in self._gaps]
        if self._speech_since is None and now - self._quiet_since >= _SILENCE:
            middle = (self._quiet_since + now) // 2
            places.append((max(middle, now - _LEAD, early), self._quiet_since, now))
        fit = [(min(at - a, b - at), at, a, b) for at, a, b in places if a <= at <= b - _MARGIN]
        if not fit:
            return None
        _, at, a, b = max(fit)
        # Somebody far away whom voice detection does not notice may be speaking there.
        apart = min((b - a) // 4, _APART)
        begin, end = max(a + apart, early), b - apart
        return (at if end - begin < _HUSH * WINDOW else self._quietest_in(begin, end, _HUSH)) // _GRID * _GRID

    def _aim(self, share: float) -> int:
        """Samples: a share of the length that this stretch is to have."""
        return round(share * self._target / (2 if self._index < _HALVED else 1))

    @property
    def _first(self) -> int:
        """The recording's sample that the buffer begins with."""
        return self._start - self._lead

    def _quietest(self, now: int) -> int:
        """The middle of the quietest window shortly before `now`, with sound to share after it."""
        end = max(now - _SHARED, self._start + self._aim(_EARLY) + WINDOW)
        begin = max(self._start + self._aim(_EARLY), end - _SEARCH)
        return self._quietest_in(begin, end, 1) // _GRID * _GRID

    def _quietest_in(self, begin: int, end: int, count: int) -> int:
        """The middle of the quietest `count` windows in a row between two places; of equals the one nearest to their middle."""
        sound = self._sound[begin - self._first : end - self._first]
        windows = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
        power = np.einsum("ij,ij->i", windows, windows, dtype=np.int64)
        rows = np.convolve(power, np.ones(count, np.int64), "valid")
        equal = np.flatnonzero(rows == rows.min())
        quietest = int(equal[np.abs(2 * equal - (len(rows) - 1)).argmin()])
        return begin + quietest * WINDOW + count * WINDOW // 2

    def _spoken(self, place: int) -> bool:
        """Does `place` lie inside speech?"""
        open_ended = self._speech_since is not None and self._speech_since < place
        return open_ended or any(start < place < end for start, end in self._spans)

    def _cut(self, place: int, tail: int = 0, lead: int = 0) -> Stretch:
        """The stretch until `place`, which reaches `tail` farther; the next one reaches `lead` back."""
        stretch = Stretch(
            self._index,
            _seconds(self._start),
            _seconds(place),
            tuple(Span(_seconds(a), _seconds(b)) for a, b in self._spans_until(place)),
            self._sound[: place + tail - self._first].copy(),
            self._damage_until(place),
            _seconds(self._lead),
            _seconds(tail),
        )
        keep, held = place - lead - self._first, self.heard - self._first
        self._sound[: held - keep] = self._sound[keep:held].copy()
        self._start, self._lead, self._index = place, lead, self._index + 1
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
