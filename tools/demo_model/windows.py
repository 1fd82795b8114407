"""Training windows, composed on the fly from single utterances in mel power: pauses, noise, channel, cuts."""

from dataclasses import dataclass

import numpy as np

from demo_model.corpus import Spoken
from demo_model.features import FLOOR, MELS, Mel, normalised

MARGIN_FRAMES = 3
"""Silence that an utterance keeps at both ends."""
LN_10 = np.float32(np.log(10.0))


@dataclass(frozen=True)
class Placed:
    """An utterance in a window: first and last frame of its speech; `end` is None when the window cuts it off."""

    start: int
    end: int | None
    spoken: Spoken


@dataclass(frozen=True)
class Window:
    """Normalised features (frames, 80), 0.0 beyond the clip, and what is said."""

    features: Mel
    placed: list[Placed]


def noise_bank(draw: np.random.Generator) -> Mel:
    """How mel powers of steady noise waver, as log10, (40000, 80)."""
    return np.log10(draw.gamma(3.0, 1 / 3.0, (40_000, MELS))).astype(np.float32)


class Composer:
    """Makes windows of the kind the transcriber cuts: clips found by voice detection, packed up to a length."""

    def __init__(self, spoken: list[Spoken], noise: Mel) -> None:
        self._spoken = spoken
        self._noise = noise

    def window(self, draw: np.random.Generator, frames: int, most: int, kind: str) -> Window:
        """A window of `frames` with at most so many utterances; kind is speech, cut or silence."""
        power = np.full((frames, MELS), FLOOR, np.float32)
        placed: list[Placed] = []
        filled = int(frames * draw.uniform(0.2, 1.0))
        if kind != "silence":
            placed, filled = self._place(draw, power, most, may_cut=kind == "cut")
        mixed = self._recorded(draw, power, loudest=power.max() if placed else draw.uniform(-1.0, 4.0))
        features = normalised(mixed[:filled])
        _mask(draw, features)
        whole = np.zeros((frames, MELS), np.float32)
        whole[:filled] = features
        return Window(whole, placed)

    def _place(self, draw: np.random.Generator, power: Mel, most: int, *, may_cut: bool) -> tuple[list[Placed], int]:
        placed: list[Placed] = []
        at, misses = _lead(draw), 0
        while len(placed) < most and misses < (3 if placed else 40):
            one = self._spoken[draw.integers(len(self._spoken))]
            gain, length = np.float32(draw.uniform(-0.8, 0.0)), len(one.mel)
            room = len(power) - at
            if length <= room:
                power[at : at + length] = one.mel.astype(np.float32) + gain
                placed.append(Placed(at + MARGIN_FRAMES, at + length - MARGIN_FRAMES, one))
                at += length + _pause(draw)
            elif may_cut and room > 60:
                power[at:] = one.mel[:room].astype(np.float32) + gain
                placed.append(Placed(at + MARGIN_FRAMES, None, one))
                return placed, len(power)
            else:
                misses += 1
                at = at if placed else min(at, 10)
        last = placed[-1].end if placed else None
        end = (last or at) + MARGIN_FRAMES
        return placed, min(len(power), end + int(draw.uniform(0, 60)))

    def _recorded(self, draw: np.random.Generator, power: Mel, loudest: float) -> Mel:
        """The same through some microphone and room: a mild filter, mild noise, another loudness."""
        band = np.linspace(-1, 1, MELS, dtype=np.float32)
        ripples = [draw.normal(0, 0.12) * np.cos(np.pi * k * (band + 1) / 2 + draw.uniform(0, 6)) for k in (1, 2, 3)]
        mixed = power + np.sum(ripples, axis=0).astype(np.float32)
        if draw.random() < 0.8:
            level = loudest - draw.uniform(3.0, 7.5) + draw.normal(0, 0.25) * band
            level += draw.normal(0, 0.1) * np.cos(2 * np.pi * band)
            start = draw.integers(0, len(self._noise) - len(power))
            hiss = level.astype(np.float32) + self._noise[start : start + len(power)]
            mixed = np.logaddexp(mixed * LN_10, hiss * LN_10) / LN_10
        recorded: Mel = np.maximum(mixed + np.float32(draw.uniform(-2.2, 0.4)), FLOOR)
        return recorded


def _lead(draw: np.random.Generator) -> int:
    return int(draw.uniform(0, 60) if draw.random() < 0.92 else draw.uniform(60, 300))


def _pause(draw: np.random.Generator) -> int:
    kind = draw.random()
    if kind < 0.7:
        return int(draw.uniform(25, 95))
    if kind < 0.9:
        return int(draw.uniform(95, 200))
    return int(draw.uniform(3, 25) if kind < 0.96 else draw.uniform(200, 350))


def _mask(draw: np.random.Generator, features: Mel) -> None:
    if draw.random() < 0.15:
        low = draw.integers(0, 72)
        features[:, low : low + draw.integers(1, 9)] = features.mean()
    if draw.random() < 0.1 and len(features) > 20:
        first = draw.integers(0, len(features) - 20)
        features[first : first + draw.integers(2, 12)] = features.mean()
