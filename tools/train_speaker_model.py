"""Makes the demo speaker model from nothing: speaks sentences in many made voices, trains, exports the folder.

Needs what tools/train_demo_model.py needs, and onnx: see docs/developers/speakers.md.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from speaker_model.network import DIMENSION, Network, export
from speaker_model.training import Speech, distances, train
from speaker_model.voices import uttered

from transcribe.speakers.features import Fbank, FeatureForm

KEPT_BACK = 60
"""Utterances for measuring alone."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder for the spoken sentences")
    parser.add_argument("model", type=Path, help="model folder to write")
    parser.add_argument("--sentences", type=int, default=500)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    spoken = uttered(options.work, options.sentences, options.seed, options.threads)
    hiss = _hiss(options.seed)
    network, begun = Network(), time.monotonic()
    print(f"{len(spoken)} sentences, {sum(p.numel() for p in network.parameters()):,} parameters", flush=True)
    train(network, Speech(spoken[KEPT_BACK:], hiss), options.steps, options.rate, options.seed)
    measured = distances(network, Speech(spoken[:KEPT_BACK], hiss), options.seed + 1)
    print(f"{time.monotonic() - begun:.0f} s; same voice: 2 % below {np.percentile(measured.same, 2):.3f}")
    print(f"other voice: 2 % above {np.percentile(measured.other, 98):.3f}; threshold {measured.threshold:.3f}")
    options.model.mkdir(parents=True, exist_ok=True)
    export(network, options.model / "embedding.onnx")
    settings = {"dimension": DIMENSION, "threshold": round(measured.threshold, 2)}
    (options.model / "speakers.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _hiss(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """White noise in mels, its greatest at 0."""
    noise = np.random.default_rng(seed).normal(0, 1000, 160_000).astype(np.int16)
    mels = Fbank(FeatureForm(normalise="none"))(noise).mean(axis=0)
    return np.asarray(mels - mels.max(), np.float32)


if __name__ == "__main__":
    main()
