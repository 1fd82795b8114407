"""Whisper's architecture, very small, with parameters named as in Hugging Face's WhisperForConditionalGeneration.

Two things differ from a plain Whisper while training, and neither changes what the exported model computes:

* Timestamp embeddings are a sinusoid times a learnt matrix, so that neighbours in time are neighbours here.
* The silence that pads a window to 30 seconds is attended to by sample: a few of its positions stand for all, each
  with the logarithm of how many it stands for as attention bias. A window of ten seconds then costs a third.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from demo_model.attention import attend
from demo_model.features import MELS, WINDOW_FRAMES
from demo_model.tokens import TIMESTAMPS


@dataclass(frozen=True)
class Dimensions:
    """The sizes of the network."""

    width: int = 128
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 2
    feed_forward: int = 512
    audio_positions: int = WINDOW_FRAMES // 2
    text_positions: int = 448


GUIDED_HEADS = (0, 1, 2)
"""Heads of every decoder layer that are taught to look where the word is spoken."""


@dataclass(frozen=True)
class Padding:
    """Positions that stand for the padded silence, and the attention bias (log of the number each stands for)."""

    positions: Tensor
    bias: Tensor


def sampled_padding(first: int, last: int, samples: int, generator: torch.Generator) -> Padding | None:
    """One position drawn from each of `samples` equal stretches of [first, last); None where there is no padding."""
    if last - first <= 0:
        return None
    edges = torch.linspace(first, last, min(samples, last - first) + 1).round().long()
    sizes = edges[1:] - edges[:-1]
    offsets = (torch.rand(len(sizes), generator=generator) * sizes).long()
    return Padding(edges[:-1] + offsets, sizes.float().log())


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's sinusoidal positions, (length, width)."""
    step = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(width // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    """Multi-head attention."""

    def __init__(self, size: Dimensions) -> None:
        super().__init__()
        self.heads = size.heads
        self.k_proj = nn.Linear(size.width, size.width, bias=False)
        self.v_proj = nn.Linear(size.width, size.width)
        self.q_proj = nn.Linear(size.width, size.width)
        self.out_proj = nn.Linear(size.width, size.width)

    def forward(self, x: Tensor, bias: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """Self-attention over x (batch, length, width); `bias` (length,) is added for each key."""
        queries, keys, values = self._heads(self.q_proj(x)), self._heads(self.k_proj(x)), self._heads(self.v_proj(x))
        if causal:
            return self._joined(functional.scaled_dot_product_attention(queries, keys, values, is_causal=True))
        bias = queries.new_zeros(x.shape[1]) if bias is None else bias
        return self._joined(attend(queries, keys, values, bias))

    def across(self, x: Tensor, audio: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
        """Cross-attention, and its weights (batch, heads, text, audio)."""
        queries, keys = self._heads(self.q_proj(x)), self._heads(self.k_proj(audio))
        scores = queries @ keys.transpose(2, 3) * queries.shape[-1] ** -0.5
        if bias is not None:
            scores = scores + bias
        weights = scores.softmax(-1)
        values = self._heads(self.v_proj(audio))
        return self._joined(weights.to(values.dtype) @ values), weights

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def _joined(self, x: Tensor) -> Tensor:
        joined: Tensor = self.out_proj(x.transpose(1, 2).flatten(2))
        return joined


class Layer(nn.Module):
    """What layers of both sides have: self-attention and feed-forward, each normed before."""

    def __init__(self, size: Dimensions) -> None:
        super().__init__()
        self.self_attn = Attention(size)
        self.self_attn_layer_norm = nn.LayerNorm(size.width)
        self.fc1 = nn.Linear(size.width, size.feed_forward)
        self.fc2 = nn.Linear(size.feed_forward, size.width)
        self.final_layer_norm = nn.LayerNorm(size.width)

    def fed_forward(self, x: Tensor) -> Tensor:
        """The last half of the layer."""
        out: Tensor = x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x))))
        return out


class EncoderLayer(Layer):
    """A layer that looks at the whole window."""

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """(batch, length, width) to the same."""
        return self.fed_forward(x + self.self_attn(self.self_attn_layer_norm(x), bias))


class DecoderLayer(Layer):
    """A layer that looks back over the text, and at the audio."""

    def __init__(self, size: Dimensions) -> None:
        super().__init__(size)
        self.encoder_attn = Attention(size)
        self.encoder_attn_layer_norm = nn.LayerNorm(size.width)

    def forward(self, x: Tensor, audio: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
        """The layer's output and where it looked."""
        x = x + self.self_attn(self.self_attn_layer_norm(x), causal=True)
        seen, weights = self.encoder_attn.across(self.encoder_attn_layer_norm(x), audio, bias)
        return self.fed_forward(x + seen), weights


class Encoder(nn.Module):
    """Two convolutions, fixed positions, self-attention."""

    positions: Tensor

    def __init__(self, size: Dimensions) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, size.width, kernel_size=3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, kernel_size=3, stride=2, padding=1)
        self.register_buffer("positions", sinusoids(size.audio_positions, size.width) * 0.5)
        self.layers = nn.ModuleList(EncoderLayer(size) for _ in range(size.encoder_layers))
        self.layer_norm = nn.LayerNorm(size.width)

    def forward(self, mel: Tensor, padding: Padding | None = None) -> tuple[Tensor, Tensor | None]:
        """Features (batch, 80, frames) to (batch, frames / 2 + sampled padding, width), and the keys' bias."""
        x, bias = self._convolved(mel), None
        length = x.shape[1]
        where = torch.arange(length)
        if padding is not None:
            # Far from any sound, every padded position comes out of the convolutions the same.
            silence = self._convolved(mel.new_zeros(1, MELS, 12))[:, 3:4]
            x = torch.cat([x, silence.expand(len(x), len(padding.positions), -1)], dim=1)
            where = torch.cat([where, padding.positions])
            bias = torch.cat([torch.zeros(length), padding.bias])
        x = x + self.positions[where]
        for layer in self.layers:
            x = layer(x, bias)
        return self.layer_norm(x), bias

    def _convolved(self, mel: Tensor) -> Tensor:
        hidden = functional.gelu(self.conv1(mel))
        return functional.gelu(self.conv2(hidden)).transpose(1, 2)


class Network(nn.Module):
    """The whole model; `phonemes` reads the encoder's states for the auxiliary CTC loss and is not exported."""

    timestamp_sinusoids: Tensor

    def __init__(self, vocabulary_size: int, phonemes: int, size: Dimensions | None = None) -> None:
        super().__init__()
        self.size = size or Dimensions()
        width = self.size.width
        self.encoder = Encoder(self.size)
        self.layers = nn.ModuleList(DecoderLayer(self.size) for _ in range(self.size.decoder_layers))
        self.layer_norm = nn.LayerNorm(width)
        self.token_embedding = nn.Parameter(torch.randn(vocabulary_size - TIMESTAMPS, width) * 0.05)
        self.text_positions = nn.Parameter(torch.randn(self.size.text_positions, width) * 0.02)
        self.register_buffer("timestamp_sinusoids", sinusoids(TIMESTAMPS, width))
        self.timestamp_matrix = nn.Parameter(torch.eye(width) * 0.1)
        self.timestamp_bias = nn.Parameter(torch.randn(width) * 0.05)
        self.phonemes = nn.Linear(width, phonemes + 1)

    def embeddings(self) -> Tensor:
        """The embedding of every token, timestamps last, (vocabulary, width); it is also the output matrix."""
        timestamps = self.timestamp_sinusoids @ self.timestamp_matrix + self.timestamp_bias
        return torch.cat([self.token_embedding, timestamps])

    def decode(self, tokens: Tensor, audio: Tensor, bias: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        """Logits (batch, length, vocabulary) and each layer's cross-attention."""
        table = self.embeddings()
        x = functional.embedding(tokens, table) + self.text_positions[: tokens.shape[1]]
        looks = []
        for layer in self.layers:
            x, weights = layer(x, audio, bias)
            looks.append(weights)
        return functional.linear(self.layer_norm(x), table), looks
