"""Character error rate and errors in time, as a recording is transcribed in production."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment
from faster_whisper.vad import VadOptions, get_speech_timestamps

from demo_model.samples import Spoken
from demo_model.speech import RATE, Waveform

VAD = VadOptions(min_silence_duration_ms=160, speech_pad_ms=200)


@dataclass(frozen=True)
class Score:
    """What was heard against what was said; errors in time in seconds, for sentences that came out whole."""

    edits: int
    characters: int
    start_errors: list[float]
    end_errors: list[float]
    sentences: int

    @property
    def error_rate(self) -> float:
        """Edits per character of the truth."""
        return self.edits / self.characters

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.edits + other.edits,
            self.characters + other.characters,
            self.start_errors + other.start_errors,
            self.end_errors + other.end_errors,
            self.sentences + other.sentences,
        )

    def __str__(self) -> str:
        starts, ends = np.array(self.start_errors or [np.nan]), np.array(self.end_errors or [np.nan])
        return (
            f"CER {self.error_rate:.2%}, {len(self.start_errors)}/{self.sentences} sentences exact, "
            f"start off by {np.median(starts):.3f} s (at most {starts.max():.2f}), "
            f"end by {np.median(ends):.3f} s (at most {ends.max():.2f})"
        )


def clips(sound: Waveform, window_seconds: float) -> Iterator[dict[str, float]]:
    """Stretches with speech, packed up to the window's length with the pauses between them; seconds."""
    start = end = 0.0
    for span in get_speech_timestamps(sound, VAD, max_speech_duration_s=window_seconds):
        first, last = span["start"] / RATE, span["end"] / RATE
        if end and last - start > window_seconds:
            yield {"start": start, "end": end}
            start = first
        start, end = (start if end else first), last
    if end:
        yield {"start": start, "end": end}


def transcribed(model: WhisperModel, sound: Waveform, decoding: dict[str, object]) -> list[Segment]:
    """The recording's segments, asked for as the model's decoding.json says."""
    packed = list(clips(sound, float(str(decoding["window_seconds"]))))
    segments, _ = BatchedInferencePipeline(model).transcribe(
        sound,
        language=str(decoding["language"]),
        beam_size=int(str(decoding["beam_size"])),
        temperature=0.0,
        without_timestamps=bool(decoding["without_timestamps"]),
        clip_timestamps=packed,
        vad_filter=False,
    )
    return [segment for segment in segments if segment.text.strip()]


def score(segments: list[Segment], truth: list[Spoken]) -> Score:
    """Compares the joined text, and the times of sentences that came out as one segment, letter by letter."""
    heard, said = "".join(s.text.strip() for s in segments), "".join(s.text for s in truth)
    pairs = [
        (segment, spoken)
        for spoken in truth
        for segment in segments
        if segment.text.strip() == spoken.text and abs(segment.start - spoken.start) < 2
    ]
    return Score(
        edits=edit_distance(heard, said),
        characters=len(said),
        start_errors=[abs(segment.start - spoken.start) for segment, spoken in pairs],
        end_errors=[abs(segment.end - spoken.end) for segment, spoken in pairs],
        sentences=len(truth),
    )


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and substitutions from one text to the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        above, row[0] = row[0], place
        for column, wanted in enumerate(other, 1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (sign != wanted))
    return row[-1]


def decoding_defaults(folder: Path) -> dict[str, object]:
    """What decoding.json in the model's folder says."""
    defaults: dict[str, object] = json.loads((folder / "decoding.json").read_text(encoding="utf-8"))
    return defaults
