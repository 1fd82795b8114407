"""A graphics card that is not there: what computes is the CPU, what fails is said in the words of CTranslate2 and CUDA.

Everything but the card is real: the model, the way down, the lock, and in `main` a whole worker process.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import transcribe.warm
from transcribe.cards import Card
from transcribe.decoding import Reading, Settings
from transcribe.model import Device, Model
from transcribe.warm import Decoder
from workers import worker

GIB = 1 << 30
OUT_OF_MEMORY = "CUDA failed with error out of memory"
FULL_FORMATS = ("float32", "float16", "int8", "int8_float16", "int8_float32", "bfloat16", "int8_bfloat16")
PLAN = "BROKEN_CARD"
"""Environment variable with a BrokenCard's fields as JSON, for `main`."""

_load_decoder = transcribe.warm.load_decoder


def card(free: float = 24, *, identity: str = "GPU-0", index: int = 0, formats: Sequence[str] = FULL_FORMATS) -> Card:
    """One with so many GiB free."""
    return Card(index, identity, "Broken Card 24G", 24 * GIB, int(free * GIB), frozenset(formats))


@dataclass
class BrokenCard:
    """What goes wrong on it, and what was done with it."""

    most_clips: dict[str, int] = field(default_factory=dict)
    """By number format: with more at a time it is out of memory; 0: the model does not even load."""
    lost_from: int = sys.maxsize
    """From this reading on the driver is gone …"""
    says: str = "CUDA failed with error unspecified launch failure"
    """… and this is how it is told."""
    loads_not: str = ""
    """Why no model can be loaded onto it."""
    kills_from: int = sys.maxsize
    """From this reading on the process is gone with the driver."""
    loaded: list[Device] = field(default_factory=list)
    readings: int = 0

    def load(self, model: Model, device: Device, threads: int, language: str) -> Decoder:
        """As `transcribe.warm.load_decoder`."""
        self.loaded.append(device)
        if device.name == "cpu":
            return _load_decoder(model, device, threads, language)
        if self.loads_not:
            raise RuntimeError(self.loads_not)
        if self.most_clips.get(device.compute_type) == 0:
            raise RuntimeError(OUT_OF_MEMORY)
        return _OnCard(self, device, _load_decoder(model, Device("cpu", "int8"), threads, language))


@dataclass
class _OnCard:
    broken: BrokenCard
    device: Device
    decoder: Decoder

    def read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> list[Reading]:
        self.broken.readings += 1
        if self.broken.readings >= self.broken.kills_from:
            os.kill(os.getpid(), signal.SIGABRT)
        if self.broken.readings >= self.broken.lost_from:
            raise RuntimeError(self.broken.says)
        if len(sounds) > self.broken.most_clips.get(self.device.compute_type, sys.maxsize):
            raise RuntimeError(OUT_OF_MEMORY)
        return self.decoder.read(sounds, settings)


def main() -> None:
    """`python -m servers.card`: a worker of recordings that believes in a card."""
    plan: dict[str, Any] = json.loads(os.environ[PLAN])
    transcribe.warm.load_decoder = BrokenCard(**plan).load
    transcribe.warm.cards = lambda: (card(),)
    worker.main(["transcription"])


if __name__ == "__main__":
    main()
