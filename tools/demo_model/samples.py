"""Passages of made meetings with their truth: several speakers, pauses, mild noise."""

import random
from dataclasses import asdict, dataclass

import numpy as np

from demo_model.speech import RATE, VOICE_SHARES, Waveform, speak


@dataclass(frozen=True)
class Spoken:
    """One sentence of the truth; times in seconds from the passage's start."""

    start: float
    end: float
    voice: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A made recording at 16 kHz and what is said in it."""

    sound: Waveform
    truth: list[Spoken]

    def truth_as_json(self) -> list[dict[str, float | str]]:
        """The truth as plain JSON values."""
        return [asdict(spoken) for spoken in self.truth]


SPOKEN_MARGIN = 0.03
"""Seconds of silence that an utterance keeps at both ends."""


def passage(sentences: list[str], seed: int, noise: float = 0.001) -> Passage:
    """Says the sentences one after another, in changing voices, with pauses of 0.35 to 1.8 seconds and white noise.

    A speaker keeps the word for one to three sentences, and no two turns in a row are the same voice's.
    """
    draw = random.Random(seed)
    voice, turns = "", 0
    pieces = [np.zeros(int(0.7 * RATE), np.float32)]
    truth: list[Spoken] = []
    for sentence in sentences:
        if turns == 0:
            voice, turns = draw.choice([v for v in VOICE_SHARES if v != voice]), draw.randint(1, 3)
        turns -= 1
        sound = speak(sentence, voice, draw).sound * np.float32(draw.uniform(0.5, 1.2))
        start = sum(map(len, pieces)) / RATE
        end = start + len(sound) / RATE
        truth.append(Spoken(round(start + SPOKEN_MARGIN, 2), round(end - SPOKEN_MARGIN, 2), voice, sentence))
        pieces += [sound, np.zeros(int(draw.uniform(0.35, 1.8) * RATE), np.float32)]
    mixed = np.concatenate(pieces)
    hiss = np.random.default_rng(seed).standard_normal(len(mixed)).astype(np.float32)
    return Passage(mixed + hiss * np.float32(noise), truth)
