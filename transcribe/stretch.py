"""A stretch: a few minutes of a recording, cut where nobody speaks if there is such a place; the unit that one worker transcribes."""

import io
import json
import wave
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcribe.transcript import Damage

RATE = 16_000


@dataclass(frozen=True)
class Span:
    """Speech from `start` to `end`, seconds of the recording, without padding."""

    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Stretch:
    """The recording from `start` to `end` (seconds) and the speech in it.

    Where it was cut inside speech, `samples` reach `lead` seconds farther back and `tail` seconds farther on: sound that belongs to the
    neighbour and is there so that no word lies at the edge of what the model hears.
    """

    index: int
    start: float
    end: float
    spans: tuple[Span, ...]
    samples: NDArray[np.int16]
    damage: tuple[Damage, ...] = ()
    lead: float = 0.0
    tail: float = 0.0

    @property
    def sound_start(self) -> float:
        """Where the samples begin."""
        return round(self.start - self.lead, 3)

    @property
    def heard(self) -> tuple[Span, ...]:
        """The speech in all samples: a cut inside speech has speech on both sides."""
        spans = list(self.spans)
        if spans and self.lead:
            spans[0] = Span(self.sound_start, spans[0].end)
        if spans and self.tail:
            spans[-1] = Span(spans[-1].start, round(self.end + self.tail, 3))
        return tuple(spans)

    @property
    def speech(self) -> float:
        """Seconds of speech."""
        return round(sum(span.end - span.start for span in self.spans), 3)

    def to_json(self) -> str:
        """Everything but the samples, as stable text."""
        record: dict[str, Any] = {
            "index": self.index,
            "start": self.start,
            "end": self.end,
            "spans": [[span.start, span.end] for span in self.spans],
            "damage": [asdict(one) for one in self.damage],
        }
        if self.lead or self.tail:
            record |= {"lead": self.lead, "tail": self.tail}
        return json.dumps(record, sort_keys=True) + "\n"

    def to_wav(self) -> bytes:
        """The samples as a 16-bit mono WAV file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self.samples.astype("<i2", copy=False).tobytes())
        return buffer.getvalue()

    @classmethod
    def read(cls, record: str | bytes, wav: bytes) -> "Stretch":
        """The stretch that `to_json` and `to_wav` wrote."""
        fields: dict[str, Any] = json.loads(record)
        with wave.open(io.BytesIO(wav), "rb") as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return cls(
            fields["index"],
            fields["start"],
            fields["end"],
            tuple(Span(start, end) for start, end in fields["spans"]),
            samples,
            tuple(Damage(**one) for one in fields["damage"]),
            fields.get("lead", 0.0),
            fields.get("tail", 0.0),
        )
