"""Packs spans of speech into clips that fill the model's window, squeezing long silences between them.

Speech that is longer than the window goes into several clips, which overlap: `seams` tells where, and their texts are joined there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcribe.seams import Seam
from transcribe.stretch import RATE, Span

PADDING = 0.4  # seconds of sound kept around speech; 0.2 and 0.3 cost accuracy at the edges of utterances
SHARED = 2.0  # seconds on each side of a cut inside speech that both clips hear …
_SHARE = 5  # … and no more than this part of the window
_STEP = RATE // 50  # 20 ms: how finely the quietest place in overlong speech is looked for


@dataclass(frozen=True)
class Piece:
    """Samples `begin` to `end` of a stretch."""

    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True)
class Clip:
    """Pieces laid end to end; one input of the model."""

    pieces: tuple[Piece, ...]

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def sound(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """The clip's samples as float32 in -1 … 1."""
        whole = np.concatenate([samples[piece.begin : piece.end] for piece in self.pieces])
        return whole.astype(np.float32) / np.float32(32768.0)

    def place(self, seconds: float, *, is_end: bool = False) -> float:
        """Seconds in the stretch of a time in the clip; at a seam an end belongs to the piece before."""
        at = seconds * RATE
        for piece in self.pieces[:-1]:
            if at < len(piece) or (is_end and at <= len(piece)):
                return (piece.begin + at) / RATE
            at -= len(piece)
        return (self.pieces[-1].begin + min(at, len(self.pieces[-1]))) / RATE


def pack(
    spans: Sequence[Span], samples: NDArray[np.int16], window_seconds: float, padding: float = PADDING
) -> list[Clip]:
    """Clips no longer than the window; `spans` are seconds from the first sample."""
    window = round(window_seconds * RATE)
    clips: list[Clip] = []
    waiting: list[Piece] = []
    for piece in _pieces(spans, samples, window, round(padding * RATE)):
        if waiting and sum(map(len, waiting)) + len(piece) > window:
            clips.append(Clip(_fused(waiting)))
            waiting = []
        waiting.append(piece)
    if waiting:
        clips.append(Clip(_fused(waiting)))
    return clips


def _pieces(spans: Sequence[Span], samples: NDArray[np.int16], window: int, padding: int) -> Iterator[Piece]:
    """Each span with its padding; neighbours share a short silence half and half."""
    places = [(round(span.start * RATE), round(span.end * RATE)) for span in spans]
    for index, (begin, end) in enumerate(places):
        before = places[index - 1][1] if index else 0
        after = places[index + 1][0] if index + 1 < len(places) else len(samples)
        left = min(padding, (begin - before) // 2 if index else begin)
        right = min(padding, after - end - (after - end) // 2 if index + 1 < len(places) else after - end)
        yield from _halved(Piece(begin - left, end + right), samples, window)


def seams(clips: Sequence[Clip], offset: float = 0.0) -> list[Seam | None]:
    """Between each clip and the next: the sound that both hear, in seconds after `offset`; None where there is none."""
    return [_seam(before.pieces[-1], after.pieces[0], offset) for before, after in pairwise(clips)]


def _seam(before: Piece, after: Piece, offset: float) -> Seam | None:
    if before.end <= after.begin:
        return None
    start, end = offset + after.begin / RATE, offset + before.end / RATE
    return Seam(start, (start + end) / 2, end)


def _halved(piece: Piece, samples: NDArray[np.int16], window: int) -> Iterator[Piece]:
    """Pieces that fit the window: overlong speech is cut at the quietest place of a window's later half, with sound on both sides of it."""
    shared = min(round(SHARED * RATE), window // _SHARE)
    while len(piece) > window:
        low, high = piece.begin + window // 2, piece.begin + window - shared
        sound = samples[low:high].astype(np.float32)
        steps = sound[: len(sound) // _STEP * _STEP].reshape(-1, _STEP)
        place = low + int(np.square(steps).sum(axis=1).argmin()) * _STEP + _STEP // 2
        yield Piece(piece.begin, place + shared)
        piece = Piece(place - shared, piece.end)
    yield piece


def _fused(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Touching pieces as one."""
    fused = [pieces[0]]
    for piece in pieces[1:]:
        if piece.begin == fused[-1].end:
            fused[-1] = Piece(fused[-1].begin, piece.end)
        else:
            fused.append(piece)
    return tuple(fused)
