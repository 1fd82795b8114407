"""Made speech: Open JTalk's Japanese voice Mei, bent into four pseudo-speakers.

The voice "Mei" (mei_normal) is by the MMDAgent project team, Nagoya Institute of Technology, CC-BY 3.0.
"""

import random
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
import pyopenjtalk
import soxr

RATE = 16_000
"""Samples per second of all speech here."""

Waveform = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Voice:
    """A pseudo-speaker: pitch in half-tones, and how much faster the sound is played, which moves the formants."""

    half_tones: float
    playback: float


VOICES = {"A": Voice(0.0, 1.0), "B": Voice(-4.0, 0.88), "C": Voice(2.0, 1.07), "D": Voice(-7.0, 0.82)}
VOICE_SHARES = "AABCD"
"""Drawn from uniformly: the unbent voice is heard twice as often."""


@dataclass(frozen=True)
class Utterance:
    """One spoken sentence: `sound` in [-0.5, 0.5] at 16 kHz with 30 ms of silence at both ends."""

    text: str
    voice: str
    phonemes: tuple[str, ...]
    sound: Waveform


def labels(text: str) -> list[str]:
    """Full-context labels; the two options off would need models that must be downloaded."""
    return pyopenjtalk.make_label(pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False, predict_nani=False))


def phonemes(full_context: list[str]) -> tuple[str, ...]:
    """The phonemes in order, with the pauses inside the sentence and without the silences around it."""
    found = (re.search(r"-(.*?)\+", label) for label in full_context)
    return tuple(m.group(1) for m in found if m and m.group(1) != "sil")


def speak(text: str, voice: str, draw: random.Random) -> Utterance:
    """Says the text in one of the voices, with a little of the speaker's day-to-day difference drawn at random."""
    full_context = labels(text)
    half_tones = VOICES[voice].half_tones + draw.uniform(-1.5, 1.5)
    playback = VOICES[voice].playback * draw.uniform(0.97, 1.03)
    made, rate = pyopenjtalk.synthesize(full_context, speed=draw.uniform(0.85, 1.3) / playback, half_tone=half_tones)
    played: Waveform = soxr.resample(made.astype(np.float32), rate * playback, RATE)
    sound = trimmed(played)
    return Utterance(text, voice, phonemes(full_context), sound / (np.abs(sound).max() + 1e-6) * 0.5)


def trimmed(sound: Waveform, margin_seconds: float = 0.03) -> Waveform:
    """The sound without the silence around it, but for a margin."""
    power = np.convolve(sound * sound, np.ones(160) / 160, "same")
    (loud,) = np.where(power > power.max() * 1e-4)
    margin = int(margin_seconds * RATE)
    return sound[max(0, loud[0] - margin) : loud[-1] + margin]


def speak_all(texts: list[str], seed: int, processes: int) -> list[Utterance]:
    """Says every text once, each in a voice drawn from the seed and the text's place, whatever the number of processes."""
    seeds = range(seed * 1_000_000, seed * 1_000_000 + len(texts))
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_speak_seeded, texts, seeds, repeat(VOICE_SHARES), chunksize=32))


def _speak_seeded(text: str, seed: int, voices: str) -> Utterance:
    draw = random.Random(seed)
    return speak(text, draw.choice(voices), draw)
