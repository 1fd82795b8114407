"""Proposes the threshold of a speaker model from a recording with a known number of speakers.

    python tools/calibrate_speakers.py REC --speakers 4 --model DIR

The voices are told apart by their given number; then it is counted how alike windows of one voice are, and windows of two. The
threshold belongs between. Take several recordings of your own rooms: the model's `threshold` decides the number only where none
is given.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcribe.audio import stream
from transcribe.speakers import open_separator


@dataclass(frozen=True)
class Calibration:
    """Mean cosine of windows of one voice (of the voice least like itself) and of two (of the two most alike)."""

    same: float
    other: float

    @property
    def threshold(self) -> float:
        """Half-way."""
        return (self.same + self.other) / 2


def calibration(embeddings: NDArray[np.float16], likeness: NDArray[np.float32]) -> Calibration:
    """`likeness` of each window to each voice says whose it is."""
    owners = likeness.argmax(axis=1)
    vectors = embeddings.astype(np.float32)
    sums = np.stack([vectors[owners == voice].sum(axis=0) for voice in range(likeness.shape[1])])
    counts = np.bincount(owners, minlength=len(sums)).astype(np.float64)
    pairs = sums @ sums.T
    inside = (pairs.diagonal() - counts) / np.maximum(
        counts * (counts - 1), 1
    )  # without each window's cosine to itself
    between = (pairs / np.maximum(np.outer(counts, counts), 1))[~np.eye(len(sums), dtype=bool)]
    return Calibration(float(inside[counts > 1].min()), float(between.max(initial=-1.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--speakers", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    call = parser.parse_args()
    with open_separator(call.model, call.threads) as separator:
        heard = separator.heard(stream(call.recording))
        found = calibration(heard.embeddings, heard.likeness(separator.voices(heard, call.speakers, call.speakers)))
        now = len(separator.voices(heard, 1, 50))
    print(f"one voice: {found.same:.3f}; two voices: {found.other:.3f}")
    print(f"threshold: {found.threshold:.2f} (now {separator.model.threshold}, which finds {now})")


if __name__ == "__main__":
    main()
