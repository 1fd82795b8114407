"""Joins the shipped speech samples to a meeting recording of any length, with its truth.

    python tools/make_meeting.py OUT.m4a --minutes 10 [--truth OUT.json] [--samples samples/speech]

The samples follow each other in order, again and again, with a pause between them; the ending of OUT chooses the container.
"""

import argparse
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
PAUSE = 1.2
CODECS = {".wav": "pcm_s16le", ".flac": "flac", ".m4a": "aac", ".mp3": "libmp3lame", ".ogg": "libopus"}

Samples = NDArray[np.int16]
Sentence = dict[str, float | str]


def decoded(path: Path) -> Samples:
    """A whole sample as 16 kHz mono."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def meeting(samples: Path, seconds: float) -> Iterator[tuple[Samples, list[Sentence]]]:
    """Pieces of the recording, each with the sentences that were said in it (times in the whole recording)."""
    truth: dict[str, list[Sentence]] = json.loads((samples / "truth.json").read_text(encoding="utf-8"))
    sounds = {name: decoded(samples / name) for name in sorted(truth)}
    pause = np.zeros(int(PAUSE * RATE), np.int16)
    now = 0
    while now < seconds * RATE:
        for name, sound in sounds.items():
            left = int(seconds * RATE) - now
            if left <= 0:
                return
            piece = np.concatenate([sound, pause])[:left]
            offset, end = now / RATE, (now + len(piece)) / RATE
            said = [
                {**each, "start": round(float(each["start"]) + offset, 3), "end": round(float(each["end"]) + offset, 3)}
                for each in truth[name]
            ]
            yield piece, [each for each in said if float(each["end"]) <= end]
            now += len(piece)


def write(out: Path, samples: Path, seconds: float) -> list[Sentence]:
    """Write the recording; the sentences in it."""
    sentences: list[Sentence] = []
    with av.open(str(out), "w") as container:
        stream = container.add_stream(CODECS[out.suffix.lower()], rate=RATE)
        stream.layout = "mono"
        position = 0
        for piece, said in meeting(samples, seconds):
            sentences += said
            for begin in range(0, len(piece), RATE):
                block = piece[begin : begin + RATE]
                frame = av.AudioFrame.from_ndarray(block[None, :], format="s16", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, position, Fraction(1, RATE)
                position += len(block)
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return sentences


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Join the speech samples to a meeting recording.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--samples", type=Path, default=Path("samples/speech"))
    parser.add_argument("--truth", type=Path)
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    sentences = write(arguments.out, arguments.samples, arguments.minutes * 60)
    if arguments.truth:
        arguments.truth.write_text(json.dumps(sentences, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
