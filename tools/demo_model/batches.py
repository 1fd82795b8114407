"""What the decoder is shown and asked for each window, as tensors."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from demo_model.corpus import Corpus
from demo_model.tokens import Vocabulary
from demo_model.windows import Composer, Placed, Window

FIRST_TIMESTAMP_AT_MOST = 50
"""Whisper's decoders allow no first timestamp after one second."""
NOT_ASKED = -100


@dataclass(frozen=True)
class Mixture:
    """Which windows are composed at one stage of the training."""

    lengths: tuple[tuple[int, float], ...]
    """Frames of a window, and how often."""
    utterances: int
    """At most so many in a window of ten seconds; longer windows may hold more in proportion."""


@dataclass
class Script:
    """The decoder's side of a window: per place the token shown, the token asked for, its weight, and where it is said.

    `said_at` is a position of the encoder (50 a second), -1 where there is none.
    """

    asked: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    said_at: list[float] = field(default_factory=list)

    def add(self, token: int, *, said_at: float = -1.0, weight: float = 1.0) -> None:
        """Appends one token to be predicted."""
        self.asked.append(token)
        self.said_at.append(said_at)
        self.weights.append(weight)


@dataclass(frozen=True)
class Batch:
    """Tensors of B windows: features (B, 80, frames); the rest (B, length), and the phonemes heard in each window."""

    features: Tensor
    shown: Tensor
    asked: Tensor
    weights: Tensor
    said_at: Tensor
    roughly: Tensor
    """The phoneme's number plus one at each encoder position (B, frames / 2), as far as plain durations tell."""
    phonemes: list[list[int]]
    whole: list[bool]
    """False for a window that cuts off an utterance: its phonemes are not known to the frame."""


class Batches:
    """Composes the batch of a step from nothing but the seed and the step's number, so that a run can be resumed."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, composer: Composer, seed: int, frames: int) -> None:
        self._durations = np.array([_duration(sound) for sound in corpus.phonemes])
        self._vocabulary = vocabulary
        self._composer = composer
        self._seed = seed
        self._frames = frames

    def batch(self, step: int, mixture: Mixture) -> Batch:
        """About `frames` frames of windows of one length."""
        draw = np.random.default_rng((self._seed, step))
        lengths, shares = zip(*mixture.lengths, strict=True)
        frames = int(draw.choice(lengths, p=shares))
        most = max(1, round(mixture.utterances * frames / 1_000)) if mixture.utterances > 1 else 1
        windows = [
            self._composer.window(draw, frames, int(draw.integers(1, most + 1)), _kind(draw))
            for _ in range(max(4, self._frames // frames))
        ]
        scripts = [self._script(draw, window) for window in windows]
        return self._tensors(draw, windows, scripts)

    def _script(self, draw: np.random.Generator, window: Window) -> Script:
        words, script = self._vocabulary, Script()
        timed = draw.random() > 0.15 or any(one.end is None for one in window.placed)
        script.add(words.japanese if window.placed else words.no_speech, weight=0.3)
        script.add(words.transcribe, weight=0.1)
        if not timed:
            script.add(words.no_timestamps, weight=0.1)
        elif not window.placed:
            script.add(words.first_timestamp)
        for place, one in enumerate(window.placed):
            if timed:
                latest = FIRST_TIMESTAMP_AT_MOST if place == 0 else None
                self._add_time(script, one.start, latest)
            if one.end is None:
                break
            self._add_text(script, one, one.end)
            if timed:
                self._add_time(script, one.end, None)
        script.add(words.end)
        return script

    def _add_time(self, script: Script, frame: int, latest: int | None) -> None:
        stamp = round(frame / 2)
        stamp = stamp if latest is None else min(stamp, latest)
        script.add(self._vocabulary.first_timestamp + stamp, said_at=frame / 2)

    @staticmethod
    def _add_text(script: Script, one: Placed, end: int) -> None:
        tokens = one.spoken.tokens
        for place, token in enumerate(tokens):
            said_at = one.start + (place + 0.5) / len(tokens) * (end - one.start)
            script.add(token, said_at=said_at / 2)

    def _tensors(self, draw: np.random.Generator, windows: list[Window], scripts: list[Script]) -> Batch:
        words = self._vocabulary
        size = (len(windows), max(len(script.asked) for script in scripts))
        shown, asked = torch.full(size, words.end), torch.full(size, NOT_ASKED)
        weights, said_at = torch.zeros(size), torch.full(size, -1.0)
        for row, script in enumerate(scripts):
            length = len(script.asked)
            # The language is always Japanese in what is shown, even where "no speech" is asked for at its place.
            before = [words.start, words.japanese, *script.asked[1:-1]]
            shown[row, :length] = torch.tensor(_misheard(draw, before, len(words.text)))
            asked[row, :length] = torch.tensor(script.asked)
            weights[row, :length] = torch.tensor(script.weights)
            said_at[row, :length] = torch.tensor(script.said_at)
        features = torch.from_numpy(np.stack([window.features for window in windows])).transpose(1, 2)
        heard = [[sound for one in window.placed for sound in one.spoken.phonemes] for window in windows]
        whole = [all(one.end is not None for one in window.placed) for window in windows]
        roughly = torch.from_numpy(np.stack([self._roughly(window) for window in windows]))
        return Batch(features.contiguous(), shown, asked, weights, said_at, roughly, heard, whole)

    def _roughly(self, window: Window) -> npt.NDArray[np.int64]:
        sounds = np.full(len(window.features) // 2, NOT_ASKED, np.int64)
        for one in window.placed:
            if one.end is not None:
                ends = np.cumsum(self._durations[one.spoken.phonemes])
                moments = (np.arange(one.start // 2, one.end // 2) * 2 - one.start + 1) / (one.end - one.start)
                which = np.searchsorted(ends / ends[-1], moments).clip(max=len(ends) - 1)
                sounds[one.start // 2 : one.end // 2] = np.array(one.spoken.phonemes)[which] + 1
        return sounds


def _duration(sound: str) -> float:
    """How long a phoneme lasts beside the others: vowels longer than consonants, a pause longest."""
    if sound == "pau":
        return 3.0
    return 1.0 if sound in {"a", "i", "u", "e", "o", "N", "cl", "sh", "s", "ts", "ch"} else 0.65


def _kind(draw: np.random.Generator) -> str:
    return str(draw.choice(["speech", "cut", "silence"], p=[0.89, 0.06, 0.05]))


def _misheard(draw: np.random.Generator, tokens: list[int], text_tokens: int) -> list[int]:
    """The tokens with a few texts swapped for others, so that the decoder trusts what it hears over what it wrote."""
    return [
        int(draw.integers(256, text_tokens)) if token < text_tokens and draw.random() < 0.03 else token
        for token in tokens
    ]
