"""Windows of one voice are drawn together, those of different voices apart."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from speaker_model.network import Network
from speaker_model.voices import SPEEDS, MadeVoice, Uttered, drawn

FRAMES = 148
"""In a window of 1.5 s."""
VOICES, WINDOWS = 12, 5
"""In a batch: so many voices with so many windows each."""
_PITCH, _SPEED = 1.5, 0.03
"""How far a voice wanders from utterance to utterance."""

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Speech:
    """Utterances in the order of their pitch, and the spectrum of white noise in mels."""

    uttered: Sequence[Uttered]
    hiss: Features

    def window(self, voice: MadeVoice, draw: random.Random) -> Features:
        """1.5 s of the voice with some noise, or less than that again and again, as the engine does with short speech."""
        near = [one for one in self.uttered if abs(one.pitch - voice.pitch) <= _PITCH]
        speed = voice.speed * (1 + draw.uniform(-_SPEED, _SPEED))
        heard = draw.choice(near).mels[min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - speed))]
        length = FRAMES if draw.random() < 0.7 else draw.randint(30, FRAMES)
        begin = draw.randint(0, max(0, len(heard) - length))
        cut = heard[begin : begin + length].astype(np.float32)
        window = cut[np.arange(FRAMES) % len(cut)]
        noisy = np.logaddexp(window, self.hiss + window.max() - np.float32(draw.uniform(5.0, 14.0)))
        centred: Features = noisy - noisy.mean(axis=0)
        return centred

    def batch(self, voices: Sequence[MadeVoice], windows: int, draw: random.Random) -> Tensor:
        """Voices × windows, one after another."""
        return torch.from_numpy(np.stack([self.window(one, draw) for one in voices for _ in range(windows)]))


def train(network: Network, speech: Speech, steps: int, rate: float, seed: int) -> None:
    """Each window is to find its own voice among those of the batch, by the middle of the voice's other windows."""
    scale = nn.Parameter(torch.tensor(10.0))
    optimiser = torch.optim.AdamW([*network.parameters(), scale], lr=rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    wanted = torch.arange(VOICES).repeat_interleave(WINDOWS)
    network.train()
    for step in range(1, steps + 1):
        draw = random.Random(seed * 1_000_000 + step)
        found = network(speech.batch(drawn(draw, VOICES), WINDOWS, draw)).view(VOICES, WINDOWS, -1)
        whole = found.sum(dim=1)
        middles = functional.normalize(whole, dim=1)
        alike = torch.einsum("vwd,cd->vwc", found, middles)
        own = functional.cosine_similarity(found, whole.unsqueeze(1) - found, dim=2)
        alike = torch.where(torch.eye(VOICES, dtype=torch.bool).unsqueeze(1), own.unsqueeze(2), alike)
        loss = functional.cross_entropy(scale * alike.reshape(-1, VOICES), wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        if step % 25 == 0:
            right = (alike.reshape(-1, VOICES).argmax(dim=1) == wanted).float().mean()
            print(f"step {step}: loss {loss.item():.3f}, right {right.item():.3f}", flush=True)


@dataclass(frozen=True)
class Distances:
    """Mean cosines of ten windows against ten others: of the same voice, of two voices (some of them hardly apart)."""

    same: Features
    other: Features

    @property
    def threshold(self) -> float:
        """As far below a voice's least likeness to itself as that is below 1.

        The last groups of windows that are joined to a voice are its strangest ones, much less alike than any ten of its
        windows; and to take two voices for one is the worse error, but one voice for four is no minutes either.
        """
        return 2.0 * float(np.percentile(self.same, 2)) - 1.0


@torch.no_grad()
def distances(network: Network, speech: Speech, seed: int, voices: int = 12, rounds: int = 8) -> Distances:
    """Measured with voices that are drawn anew."""
    network.eval()
    same, other = [], []
    for number in range(rounds):
        draw = random.Random(seed * 1_000 + number)
        found = network(speech.batch(drawn(draw, voices), 20, draw)).view(voices, 2, 10, -1).mean(dim=2).numpy()
        alike = found[:, 0] @ found[:, 1].T
        same.append(alike.diagonal())
        other.append(alike[~np.eye(voices, dtype=bool)])
    return Distances(np.concatenate(same), np.concatenate(other))
