"""From windows with a voice's likeness to turns: who speaks at each tenth of a second, changes preferred at pauses."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcribe.speakers.turns import Turn
from transcribe.speakers.windows import Spoken
from transcribe.stretch import RATE

Scores = NDArray[np.float32]
Places = NDArray[np.int64]

_TICK = RATE // 10
_CHANGE_IN_SPEECH, _CHANGE_AT_PAUSE = 1.5, 0.4  # what a change costs, in ticks of cosine
_JOINED = RATE // 2  # a pause shorter than this does not end a turn


def turns(spoken: Sequence[Spoken], places: Places, scores: Scores) -> list[Turn]:
    """`places` are windows' begin and end, in order; `scores` their likeness (cosine) to each voice."""
    ticks = _Ticks(spoken, places, scores)
    return _named(list(_pieces(spoken, ticks.bounds, _cheapest(ticks))))


class _Ticks:
    """The speech in tenths of a second; those of `spoken[i]` are `bounds[i]` to `bounds[i + 1]`."""

    def __init__(self, spoken: Sequence[Spoken], places: Places, scores: Scores) -> None:
        counts = [max(1, -(-(one.end - one.begin) // _TICK)) for one in spoken]
        self.bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.scores = np.zeros((int(self.bounds[-1]), scores.shape[1]), np.float32)
        weights = np.zeros(len(self.scores), np.float32)
        begins = np.array([one.begin for one in spoken], np.int64)
        owners = np.searchsorted(begins, places[:, 0], side="right") - 1
        for (begin, end), owner, score in zip(places.tolist(), owners.tolist(), scores, strict=True):
            first = int(self.bounds[owner]) + (begin - spoken[owner].begin) // _TICK
            last = min(int(self.bounds[owner]) + -(-(end - spoken[owner].begin) // _TICK), int(self.bounds[owner + 1]))
            # The middle of a window says more about its place than its ends do.
            heard = 1.0 - np.abs(np.linspace(-0.9, 0.9, last - first, dtype=np.float32))
            self.scores[first:last] += heard[:, None] * score
            weights[first:last] += heard
        self.scores /= np.maximum(weights, 1e-3)[:, None]
        self.changes = np.full(len(self.scores), _CHANGE_IN_SPEECH, np.float32)
        for index, (before, after) in enumerate(pairwise(spoken), 1):
            if after.begin > before.end:
                self.changes[self.bounds[index]] = _CHANGE_AT_PAUSE


def _cheapest(ticks: _Ticks) -> list[int]:
    """The voice of each tick on the way with the greatest likeness, less what its changes cost."""
    total = ticks.scores[0].copy()
    origins = np.zeros(ticks.scores.shape, np.uint8)
    same = np.arange(len(total), dtype=np.uint8)
    for at, (score, price) in enumerate(zip(ticks.scores[1:], ticks.changes[1:].tolist(), strict=True), 1):
        best = int(total.argmax())
        changed = total[best] - price
        stays = total >= changed
        origins[at] = np.where(stays, same, best)
        total = np.where(stays, total, changed) + score
    voice = int(total.argmax())
    way = [voice]
    for at in range(len(ticks.scores) - 1, 0, -1):
        voice = int(origins[at, voice])
        way.append(voice)
    return way[::-1]


def _pieces(spoken: Sequence[Spoken], bounds: Places, way: list[int]) -> Iterator[tuple[int, int, int]]:
    """(begin, end, voice), cut where the voice changes; still one for each piece of speech at least."""
    for index, one in enumerate(spoken):
        first, last = int(bounds[index]), int(bounds[index + 1])
        begin = first
        for at in range(first + 1, last + 1):
            if at == last or way[at] != way[begin]:
                start = one.begin + (begin - first) * _TICK
                yield start, one.end if at == last else one.begin + (at - first) * _TICK, way[begin]
                begin = at


def _named(pieces: list[tuple[int, int, int]]) -> list[Turn]:
    """Neighbours of one voice joined over short pauses; voices named in the order in which they first speak."""
    joined: list[tuple[int, int, int]] = []
    for begin, end, voice in pieces:
        if joined and joined[-1][2] == voice and begin - joined[-1][1] < _JOINED:
            joined[-1] = (joined[-1][0], end, voice)
        else:
            joined.append((begin, end, voice))
    names: dict[int, str] = {}
    for _, _, voice in joined:
        names.setdefault(voice, f"S{len(names) + 1}")
    return [Turn(round(begin / RATE, 3), round(end / RATE, 3), names[voice]) for begin, end, voice in joined]
