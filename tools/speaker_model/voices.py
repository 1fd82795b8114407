"""Made voices: one synthetic voice, spoken at many pitches and played back at many speeds, as tools/demo_model bends it.

A voice is a pitch before playback (half-tones) and a playback speed, which moves formants and pitch together.
"""

import math
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyopenjtalk
import soxr
from demo_model import grammar
from demo_model.speech import RATE, VOICES, labels, trimmed

from transcribe.speakers.features import Fbank, FeatureForm

PITCHES = (-9.0, 5.0)
SPEEDS = tuple(round(0.78 + 0.03 * number, 2) for number in range(14))
"""0.78 to 1.17: each utterance is heard at all of them."""
FACTORS = (1.0, 1.06, 1.12)
"""The benchmark plays the shipped samples' four voices at these speeds and so has voices of its own …"""
_KEPT_AWAY = (1.0, 0.025)
"""… from which every voice of the training is at least so far away, in half-tones or in speed."""

Mels = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Uttered:
    """One utterance, spoken at a pitch: its log mel energies at each of SPEEDS, frames × mels, not normalised."""

    pitch: float
    mels: list[Mels]


def uttered(work: Path, count: int, seed: int, processes: int) -> list[Uttered]:
    """That many sentences of the demo model's training set, each at a pitch of its own; kept in `work`."""
    file = work / f"uttered-{count}-{seed}.npz"
    texts = grammar.training_sentences()
    draw = random.Random(seed)
    chosen = draw.sample(texts, count)
    pitches = [draw.uniform(*PITCHES) for _ in chosen]
    if not file.exists():
        work.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(processes) as pool:
            made = list(pool.map(_said, chosen, pitches, repeat(seed), chunksize=8))
        np.savez(file, **{f"{at}-{speed}": mels for at, some in enumerate(made) for speed, mels in enumerate(some)})
    kept = np.load(file)
    return [Uttered(pitch, [kept[f"{at}-{speed}"] for speed in range(len(SPEEDS))]) for at, pitch in enumerate(pitches)]


def _said(text: str, pitch: float, seed: int) -> list[Mels]:
    draw = random.Random(f"{seed} {text}")
    made, rate = pyopenjtalk.synthesize(labels(text), speed=draw.uniform(0.85, 1.3), half_tone=pitch)
    fbank = Fbank(FeatureForm(normalise="none"))
    mels = []
    for speed in SPEEDS:
        sound = trimmed(soxr.resample(made.astype(np.float32), rate * speed, RATE))
        loud = sound / (np.abs(sound).max() + 1e-6) * 0.3 * 32767
        mels.append(fbank(loud.astype(np.int16)).astype(np.float16))
    return mels


@dataclass(frozen=True)
class MadeVoice:
    """A point in the space of voices."""

    pitch: float
    speed: float

    def differs(self, other: "MadeVoice", half_tones: float, speed: float) -> bool:
        """Whether at least one of the two is so far apart."""
        return abs(self.pitch - other.pitch) >= half_tones or abs(math.log(self.speed / other.speed)) >= speed


HELD_OUT = [MadeVoice(v.half_tones, v.playback * factor) for v in VOICES.values() for factor in FACTORS]


def drawn(draw: random.Random, count: int, half_tones: float = 2.5, speed: float = 0.06) -> list[MadeVoice]:
    """Voices that differ from each other, none of them near one of the benchmark's. There is room for some twenty."""
    found: list[MadeVoice] = []
    while len(found) < count:
        new = MadeVoice(draw.uniform(*PITCHES), draw.uniform(SPEEDS[0], SPEEDS[-1]))
        if all(new.differs(old, *_KEPT_AWAY) for old in HELD_OUT) and all(
            new.differs(old, half_tones, speed) for old in found
        ):
            found.append(new)
    return found
