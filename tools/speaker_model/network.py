"""A small time-delay network: frames × mels to one embedding. 140,000 numbers."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

MELS = 80
DIMENSION = 64
_WIDTH, _WIDE = 96, 192


class Network(nn.Module):
    """Convolutions over time, then mean and deviation over time, then the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.frames = nn.Sequential(
            *_layer(MELS, _WIDTH, 5, 1),
            *_layer(_WIDTH, _WIDTH, 3, 2),
            *_layer(_WIDTH, _WIDTH, 3, 3),
            *_layer(_WIDTH, _WIDE, 1, 1),
        )
        self.embedding = nn.Linear(2 * _WIDE, DIMENSION)

    def forward(self, feats: Tensor) -> Tensor:
        """Windows × frames × mels to windows × DIMENSION, of length 1."""
        heard = self.frames(feats.transpose(1, 2))
        mean = heard.mean(dim=2)
        deviation = ((heard - mean.unsqueeze(2)) ** 2).mean(dim=2).add(1e-5).sqrt()
        return functional.normalize(self.embedding(torch.cat([mean, deviation], dim=1)), dim=1)


def _layer(given: int, made: int, kernel: int, dilation: int) -> list[nn.Module]:
    return [nn.Conv1d(given, made, kernel, dilation=dilation), nn.BatchNorm1d(made), nn.ReLU()]


def export(network: Network, file: Path) -> None:
    """ONNX with the names that wespeaker's exports have; batch and time are free."""
    network.eval()
    torch.onnx.export(
        network,
        (torch.zeros(1, 148, MELS),),
        str(file),
        input_names=["feats"],
        output_names=["embs"],
        dynamic_axes={"feats": {0: "B", 1: "T"}, "embs": {0: "B"}},
        opset_version=17,
        dynamo=False,
    )
