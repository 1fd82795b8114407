"""The training run: three stages in one, resumable, the same for the same seed."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from demo_model.batches import Batch, Batches, Mixture
from demo_model.features import WINDOW_FRAMES
from demo_model.losses import Losses, losses
from demo_model.network import Network, Padding, sampled_padding

STAGES: tuple[tuple[float, Mixture], ...] = (
    (0.20, Mixture(((350, 0.4), (500, 0.6)), utterances=1)),
    (0.45, Mixture(((500, 0.4), (700, 0.3), (1_000, 0.3)), utterances=3)),
    (1.00, Mixture(((500, 0.1), (800, 0.1), (1_000, 0.35), (2_000, 0.15), (3_000, 0.3)), utterances=4)),
)
"""Until which share of the run which windows are composed: single sentences, then what the transcriber cuts."""

ROUGH_UNTIL = 0.12
"""Share of the run in which phonemes are also taught by their rough times; alone, CTC lingers on its plateau."""
PADDING_SAMPLES = 48
LOG_EVERY, KEEP_EVERY = 25, 200


@dataclass(frozen=True)
class Plan:
    """What a run is asked to do."""

    steps: int
    rate: float
    seed: int


def mixture_at(share: float) -> Mixture:
    """The windows composed at this share of the run."""
    return next(mixture for until, mixture in STAGES if share < until)


def rate_at(share: float, step: int, highest: float) -> float:
    """The learning rate: fifty steps up, level for a third of the run, then a half cosine down to nearly nothing."""
    level = 0.35
    fall = 1.0 if share < level else 0.5 * (1 + math.cos(math.pi * (share - level) / (1 - level)))
    return highest * min(1.0, (step + 1) / 50) * (0.01 + 0.99 * fall)


class Run:
    """A training run and its state; `averaged` is the exponential moving average of the weights, which is exported."""

    def __init__(self, network: Network, first_timestamp: int, plan: Plan) -> None:
        self.network = network
        self.plan = plan
        self.step = 0
        self.averaged = {name: value.clone() for name, value in network.state_dict().items()}
        self._first_timestamp = first_timestamp
        self._optimiser = _optimiser(network)

    def train(self, batches: Batches, kept: Path) -> None:
        """Trains up to the plan's last step, writing a log line and the state now and then."""
        since, seconds, tally = time.monotonic(), 0.0, torch.zeros(5)
        while self.step < self.plan.steps:
            batch = batches.batch(self.step, mixture_at(self.step / self.plan.steps))
            found = self._learn(batch)
            seconds += batch.features.numel() / 80 / 100
            tally += torch.tensor([*found.values(), found.right])
            if self.step % LOG_EVERY == 0:
                took, since = time.monotonic() - since, time.monotonic()
                self._log((tally / LOG_EVERY).tolist(), seconds, took)
                tally.zero_()
                seconds = 0.0
            if self.step % KEEP_EVERY == 0 or self.step == self.plan.steps:
                self.keep(kept)

    def keep(self, kept: Path) -> None:
        """Writes the state, atomically."""
        partial = kept.with_suffix(".partial")
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged,
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, partial)
        partial.rename(kept)

    def resume(self, kept: Path) -> None:
        """Takes up the state that `keep` wrote."""
        state = torch.load(kept)
        self.network.load_state_dict(state["network"])
        self.averaged = state["averaged"]
        self._optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]

    def _log(self, means: list[float], seconds: float, took: float) -> None:
        found = zip(("text", "phonemes", "roughly", "look", "right"), means, strict=True)
        print(
            f"step {self.step}/{self.plan.steps}",
            *(f"{name}={mean:.3f}" for name, mean in found),
            f"{took / LOG_EVERY:.2f} s a step, {seconds / took:.0f} s of sound a second",
            flush=True,
        )

    def _learn(self, batch: Batch) -> Losses:
        share = self.step / self.plan.steps
        for group in self._optimiser.param_groups:
            group["lr"] = rate_at(share, self.step, self.plan.rate)
        found = losses(self.network, batch, self._padding(batch), self._first_timestamp)
        total = (
            found.text
            + max(0.0, 1.0 - share / ROUGH_UNTIL) * found.roughly
            + (1.0 if share < 0.3 else 0.4) * found.phonemes
            + (0.5 if share < 0.5 else 0.25) * found.look
        )
        self._optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call] # torch leaves this one without types
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        self._average()
        return found

    def _padding(self, batch: Batch) -> Padding | None:
        """Padded to thirty seconds, as every Whisper may be; or to its own window only; or anywhere between."""
        generator = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + self.step)
        last, first = WINDOW_FRAMES // 2, batch.features.shape[2] // 2
        kind = torch.rand(1, generator=generator).item()
        if kind < 0.35:
            last = first
        elif kind < 0.55:
            last = int(torch.randint(first, last + 1, (1,), generator=generator))
        return sampled_padding(first, last, PADDING_SAMPLES, generator)

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(0.998, self.step / (self.step + 20))
        for name, value in self.network.state_dict().items():
            self.averaged[name].lerp_(value, 1 - keep)


def _optimiser(network: Network) -> torch.optim.AdamW:
    matrices: list[Tensor] = [p for p in network.parameters() if p.dim() > 1]
    vectors: list[Tensor] = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))
