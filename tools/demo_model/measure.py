"""Character error rate and errors in time of what the transcriber makes of a recording."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demo_model.samples import Spoken
from transcribe.engine import Transcriber
from transcribe.speech import cut
from transcribe.transcript import Segment


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


def transcribed(transcriber: Transcriber, recording: Path) -> list[Segment]:
    """The recording's segments, as a worker hears them."""
    return [
        segment
        for stretch in cut(recording)
        for segment in transcriber.transcribe(stretch.samples, stretch.spans, stretch.start).segments
    ]


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
