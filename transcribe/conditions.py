"""What made a stretch hard to read, as notes for its certificate: a voice hardly on record, text that the model doubts."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transcribe.certificate import Note
from transcribe.coverage.doubts import probability
from transcribe.coverage.intervals import seconds
from transcribe.segment import Segment
from transcribe.stretch import RATE, Span

QUIET, LOW_CONFIDENCE = Note("quiet"), Note("low-confidence")

_QUIET = 32768 * 10 ** (-50 / 20)  # root mean square of speech; a usual recording has -30 to -15 dB under full scale
_FRAME = RATE // 50
_LOUDER_PART = 80  # percent of frames that are softer: pauses and consonants do not count
_ENOUGH_SPEECH = 2.0  # seconds below which nothing is said about a stretch
_MUCH = 0.4  # share of the text's time that is doubtful: music, another language, dialect, several voices at once


def conditions(
    segments: Sequence[Segment],
    samples: NDArray[np.int16],
    spans: Sequence[Span],
    offset: float = 0.0,
    *,
    doubtful: float,
) -> list[Note]:
    """The notes on a stretch. They say no figures, so that a recording's certificate has each of them once."""
    if seconds(spans) < _ENOUGH_SPEECH:
        return []
    found = []
    if _loudness(samples, spans, offset) < _QUIET:
        found.append(QUIET)
    text = sum(one.end - one.start for one in segments)
    doubted = sum(one.end - one.start for one in segments if math.exp(probability(one)) < doubtful)
    if text and doubted >= _MUCH * text:
        found.append(LOW_CONFIDENCE)
    return found


def _loudness(samples: NDArray[np.int16], spans: Sequence[Span], offset: float) -> float:
    """Root mean square of the voice: of its louder frames."""
    power: list[NDArray[np.float32]] = []
    for span in spans:
        sound = samples[max(0, round((span.start - offset) * RATE)) : round((span.end - offset) * RATE)]
        frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float32)
        power.append(np.square(frames).mean(axis=1))
    every = np.concatenate(power)
    return float(np.sqrt(np.percentile(every, _LOUDER_PART))) if len(every) else math.inf
