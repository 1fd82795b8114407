"""The spoken training sentences as features, made once and kept in the work folder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from demo_model import grammar
from demo_model.features import MelPower
from demo_model.speech import Utterance, speak_all
from demo_model.tokens import Vocabulary


@dataclass(frozen=True)
class Spoken:
    """One utterance ready for windows: log10 mel power (frames, 80) as float16, token ids, phoneme numbers."""

    mel: npt.NDArray[np.float16]
    tokens: list[int]
    phonemes: list[int]


@dataclass(frozen=True)
class Corpus:
    """What is trained on, and the phonemes it is made of, in the order of their numbers."""

    spoken: list[Spoken]
    phonemes: list[str]

    @property
    def hours(self) -> float:
        """Hours of speech."""
        return sum(len(one.mel) for one in self.spoken) / 360_000


def corpus(folder: Path, vocabulary: Vocabulary, renditions: int, processes: int) -> Corpus:
    """The training sentences, each said `renditions` times; read from the folder if they were made before.

    A rendition takes about seven minutes on one core.
    """
    rows = [row for number in range(renditions) for row in _rendition(folder, number, processes)]
    inventory = sorted({sound for _, sounds, _ in rows for sound in sounds})
    number_of = {sound: number for number, sound in enumerate(inventory)}
    spoken = [
        Spoken(mel.numpy(), vocabulary.encode(text), [number_of[sound] for sound in sounds])
        for text, sounds, mel in rows
    ]
    return Corpus(spoken, inventory)


Row = tuple[str, tuple[str, ...], torch.Tensor]
"""Text, phonemes, log10 mel power."""


def _rendition(folder: Path, number: int, processes: int) -> list[Row]:
    kept = folder / f"rendition-{number}.pt"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mel = MelPower()
        made = speak_all(grammar.training_sentences(), seed=number + 1, processes=processes)
        partial = kept.with_suffix(".partial")
        torch.save([_row(utterance, mel) for utterance in made], partial)
        partial.rename(kept)
    rows: list[Row] = torch.load(kept)
    return rows


def _row(utterance: Utterance, mel: MelPower) -> Row:
    features = torch.from_numpy(mel(utterance.sound).astype(np.float16))
    return utterance.text, utterance.phonemes, features
