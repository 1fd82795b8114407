"""Conversations of made voices that no model here was trained on, from the shipped speech samples.

A voice is one of the samples' four, played faster by one of FACTORS: that raises pitch and formants together.
tools/speaker_model keeps these voices, and the samples' sentences, away from its training.
"""

import json
import random
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "speech"
FACTORS = (1.0, 1.06, 1.12)
_BENT = {"A": (0.0, 1.0), "B": (-4.0, 0.88), "C": (2.0, 1.07), "D": (-7.0, 0.82)}
"""Half-tones and playback of the samples' voices. Each sentence strays by up to 1.5 half-tones and 3 %."""

Voice = tuple[str, float]
Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Said:
    """One sentence of the truth, seconds from the start."""

    start: float
    end: float
    voice: str
    text: str


@dataclass(frozen=True, eq=False)
class Conversation:
    """A made recording, 16 kHz mono, and what is said in it by whom."""

    sound: Samples
    said: tuple[Said, ...]


def drawn(draw: random.Random, number: int, factors: tuple[float, ...] = FACTORS) -> tuple[Voice, ...]:
    """That many voices, each pair at least 4 half-tones or 8 % of playback apart: nearer ones stray into each other."""
    while True:
        voices = tuple((name, draw.choice(factors)) for name in draw.sample(sorted(_BENT), number))
        if all(_apart(one, other) for one, other in combinations(voices, 2)):
            return voices


def _apart(one: Voice, other: Voice) -> bool:
    (tones, playback), (other_tones, other_playback) = _BENT[one[0]], _BENT[other[0]]
    ratio = playback * one[1] / (other_playback * other[1])
    return abs(tones - other_tones) >= 4.0 or max(ratio, 1 / ratio) >= 1.08


def conversation(
    voices: tuple[Voice, ...], seconds: float, seed: int, pauses: tuple[float, float] = (0.25, 1.2)
) -> Conversation:
    """At least so long. `voices` are (name of the sample voice, factor); a turn is one to three sentences; no voice twice in a row.

    No overlap; white noise 46 dB below full scale; each voice has a loudness of its own.
    """
    draw = random.Random(seed)
    loudness = {voice: draw.uniform(0.45, 1.0) for voice in voices}
    pieces, now, said = [np.zeros(RATE // 2, np.int16)], RATE // 2, list[Said]()
    voice = draw.choice(voices)
    while now < seconds * RATE:
        voice = draw.choice([one for one in voices if one != voice] or list(voices))
        for text, sound in draw.sample(sentences(*voice), draw.randint(1, 3)):
            begin, name = now, f"{voice[0]}×{voice[1]}"
            pieces.append((sound * loudness[voice]).astype(np.int16))
            now += len(sound)
            said.append(Said(begin / RATE, now / RATE, name, text))
            pieces.append(np.zeros(int(draw.uniform(*pauses) * RATE), np.int16))
            now += len(pieces[-1])
    hiss = np.random.default_rng(seed).normal(0, 160, now)
    return Conversation(np.clip(np.concatenate(pieces) + hiss, -32768, 32767).astype(np.int16), tuple(said))


@cache
def sentences(voice: str, factor: float) -> list[tuple[str, Samples]]:
    """Text and sound of all that one of the samples' voices says, played so much faster."""
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    found = []
    for name in sorted(truth):
        sound = _decoded(name)
        for one in truth[name]:
            if one["voice"] == voice:
                piece = sound[round((one["start"] - 0.02) * RATE) : round((one["end"] + 0.02) * RATE)]
                found.append((one["text"], played(piece, factor)))
    return found


def played(sound: Samples, factor: float) -> Samples:
    """The same sound, `factor` times as fast."""
    if factor == 1.0:
        return sound
    rate = round(RATE * factor)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound)[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([one.to_ndarray()[0] for one in frames])


@cache
def _decoded(name: str) -> Samples:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(SAMPLES / name)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([one.to_ndarray()[0] for one in frames])
