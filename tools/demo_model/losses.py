"""The losses: text; phonemes, by CTC and, to set it going, by rough times; and where the decoder looks."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from demo_model.batches import NOT_ASKED, Batch
from demo_model.network import GUIDED_HEADS, Network, Padding

TIMESTAMP_BLUR = 1.5
"""Timestamps asked for are a Gaussian of this many steps of 20 ms."""
LOOK_WIDTH = 10.0
"""How far, in encoder positions of 20 ms, a guided head may look from where the word is thought to be spoken."""


@dataclass(frozen=True)
class Losses:
    """Mean losses of a batch, and how often the next text token was guessed right."""

    text: Tensor
    phonemes: Tensor
    roughly: Tensor
    look: Tensor
    right: float

    def values(self) -> list[float]:
        """The losses as numbers, in the order above."""
        return [loss.item() for loss in (self.text, self.phonemes, self.roughly, self.look)]


def losses(network: Network, batch: Batch, padding: Padding | None, first_timestamp: int) -> Losses:
    """Runs the network over a batch."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        audio, bias = network.encoder(batch.features, padding)
        logits, looks = network.decode(batch.shown, audio, bias)
        sounds = network.phonemes(audio[:, : batch.features.shape[2] // 2])
    logits = logits.float()
    asked_text = (batch.asked >= 0) & (batch.asked < first_timestamp)
    right = (logits.argmax(-1) == batch.asked)[asked_text].float().mean().item()
    return Losses(
        text_loss(logits, batch, first_timestamp),
        phoneme_loss(sounds.float(), batch),
        rough_loss(sounds.float(), batch.roughly),
        look_loss(looks, batch.said_at, audio.shape[1]),
        right,
    )


def text_loss(logits: Tensor, batch: Batch, first_timestamp: int) -> Tensor:
    """Cross-entropy; a timestamp near the one asked for is nearly right."""
    logs = logits.log_softmax(-1)
    loss = -logs.gather(-1, batch.asked.clamp(min=0)[..., None])[..., 0]
    timed = batch.asked >= first_timestamp
    if timed.any():
        offsets = torch.arange(-4, 5)
        near = batch.asked[timed][:, None] + offsets
        blur = torch.exp(-0.5 * (offsets / TIMESTAMP_BLUR) ** 2)
        blur = blur * ((near >= first_timestamp) & (near < logits.shape[-1]))
        blur = blur / blur.sum(1, keepdim=True)
        taken = logs[timed].gather(1, near.clamp(first_timestamp, logits.shape[-1] - 1))
        loss = loss.masked_scatter(timed, -(blur * taken).sum(1))
    return (loss * batch.weights).sum() / batch.weights.sum()


def phoneme_loss(sounds: Tensor, batch: Batch) -> Tensor:
    """CTC over the encoder's states, per phoneme. On characters it stays on its plateau; on phonemes it falls."""
    rows = [row for row, heard in enumerate(batch.phonemes) if heard and batch.whole[row]]
    if not rows:
        return sounds.sum() * 0
    lengths = torch.tensor([len(batch.phonemes[row]) for row in rows])
    targets = torch.tensor([sound + 1 for row in rows for sound in batch.phonemes[row]])
    logs = sounds[rows].log_softmax(-1).transpose(0, 1)
    positions = torch.full((len(rows),), logs.shape[0])
    loss = functional.ctc_loss(logs, targets, positions, lengths, blank=0, reduction="sum", zero_infinity=True)
    return loss / lengths.sum()


def rough_loss(sounds: Tensor, roughly: Tensor) -> Tensor:
    """Cross-entropy with the phoneme thought to be spoken at each position."""
    summed = functional.cross_entropy(sounds.transpose(1, 2), roughly, ignore_index=NOT_ASKED, reduction="sum")
    return summed / (roughly != NOT_ASKED).sum().clamp(min=1)


def look_loss(looks: list[Tensor], said_at: Tensor, positions: int) -> Tensor:
    """How much attention the guided heads give to other places than where the word is spoken."""
    known = said_at >= 0
    if not known.any():
        return said_at.sum() * 0
    distance = torch.arange(positions)[None] - said_at[known][:, None]
    allowed = (torch.exp(-0.5 * (distance / LOOK_WIDTH) ** 2) * 2.0).clamp(max=1.0)
    heads = [weights[:, head][known].float() for weights in looks for head in GUIDED_HEADS]
    return torch.stack([-torch.log((head * allowed).sum(-1) + 1e-6).mean() for head in heads]).mean()
